"""From a graph of layers to the steps that compute it, and the devices that carry them out."""
