"""A model's weights and its optimizer's averages on a GPU, copied there and back."""

import numpy as np

from convviz.kernels.cuda import arrays
from convviz.kernels.cuda.parameters import STEP, Parameters
from convviz.nn import optimizers

__all__ = ["DeviceWeights"]


class DeviceWeights:
    """The weights of a model while a GPU computes with them.

    All that training changes is in one row, with a row for the gradients and one for each of the optimizer's averages, so
    that a single launch updates everything. The others, moving averages among them, lie in a second row.

    Parameters
    ----------
    model : convviz.nn.Model
    stream : a stream of numba's

    Attributes
    ----------
    arrays, gradients : dict
        Device arrays by the ``id`` of a `convviz.nn.layers.Weight`.
    weights, slopes : device array
        The rows of trained weights and of their gradients.
    averages : dict of device array
        The optimizer's rows, by the names of its slots.
    """

    def __init__(self, model, stream):
        self.model, self.stream = model, stream
        self.keys = {id(weight): f"{layer.name}/{weight.name}" for layer in model.layers for weight in layer.weights}
        self.trained, self.others = model.trainable_weights, model.non_trainable_weights
        self.layout = Parameters([weight.array.shape for weight in self.trained])
        self.rest = Parameters([weight.array.shape for weight in self.others])
        self.weights, self.slopes = self.row(self.layout), self.row(self.layout)
        self.fixed, self.averages = self.row(self.rest), {}
        self.arrays = by_weight(self.trained, self.layout, self.weights) | by_weight(self.others, self.rest, self.fixed)
        self.gradients = by_weight(self.trained, self.layout, self.slopes)

    @staticmethod
    def row(layout):
        """Zeros for a layout; a few even for an empty one, since kernels take no empty arrays."""
        return arrays.zeros((max(layout.size, STEP),), np.float32, "weights")

    @property
    def optimizer(self):
        """The model's optimizer; None before `compile`."""
        return self.model.optimizer

    # ------------------------------------------------------------ there and back

    def states(self):
        """What the optimizer keeps on the host, a list of arrays for each slot in the order of `trained`."""
        if self.optimizer is None:
            return {}
        held = [optimizers.state_of(self.optimizer, self.keys[id(weight)], weight.array) for weight in self.trained]
        return {slot: [found[slot] for found in held] for slot in optimizers.slots(self.optimizer)}

    def upload(self):
        """Copy the host's weights to the GPU."""
        put(self.weights, self.layout.pack([weight.array for weight in self.trained]), self.stream)
        put(self.fixed, self.rest.pack([weight.array for weight in self.others]), self.stream)

    def upload_averages(self):
        """Copy what the host has of the optimizer's averages to the GPU; other settings may need other ones."""
        states = self.states()
        self.averages = {slot: self.averages[slot] if slot in self.averages else self.row(self.layout) for slot in states}
        for slot, held in states.items():
            put(self.averages[slot], self.layout.pack(held), self.stream)

    def trained_numbers(self):
        """The trained weights on the GPU, as pairs of an array of the host's, which is not changed, and its numbers."""
        found = self.layout.unpack(get(self.weights, self.layout, self.stream))
        return [(weight.array, numbers) for weight, numbers in zip(self.trained, found, strict=True)]

    def numbers(self):
        """All that training has changed on the GPU, likewise."""
        pairs = self.trained_numbers()
        others = self.rest.unpack(get(self.fixed, self.rest, self.stream))
        pairs += [(weight.array, numbers) for weight, numbers in zip(self.others, others, strict=True)]
        for slot, held in self.states().items():
            if slot in self.averages:
                pairs += zip(held, self.layout.unpack(get(self.averages[slot], self.layout, self.stream)), strict=True)
        return pairs

    @property
    def nbytes(self):
        """Bytes held on the GPU."""
        return sum(row.nbytes for row in (self.weights, self.slopes, self.fixed, *self.averages.values()))


def by_weight(weights, layout, row):
    """Parts of a row by the ``id`` of the weights that they are of."""
    return dict(zip(map(id, weights), layout.views(row[: layout.size]), strict=True)) if weights else {}


def put(row, numbers, stream):
    """Copy numbers to the beginning of a row on the GPU; the host may drop them afterwards."""
    if numbers.size:
        row[: numbers.size].copy_to_device(numbers, stream=stream)
        stream.synchronize()


def get(row, layout, stream):
    """The numbers of a row on the GPU."""
    host = np.empty(row.size, np.float32)
    row.copy_to_host(host, stream=stream)
    stream.synchronize()
    return host[: layout.size]
