"""Numbers of other libraries copied to layers: all of them, or none."""

import numpy as np

from convviz.nn.layers.checks import describe
from convviz.nn.network import Network, require_built

__all__ = ["layers_with_weights", "numbers", "put", "require_fit", "require_model"]


def require_model(model):
    """Raise an error for what is no model, or has no weights yet."""
    if not isinstance(model, Network):
        raise TypeError(f"weights are exchanged with a convviz.nn.Model, not with {type(model).__name__}")
    require_built(model)


def layers_with_weights(model):
    """The layers that have weights, in order."""
    return [layer for layer in model.layers if layer.weights]


def numbers(array, what):
    """An array of numbers, or an error."""
    array = np.asarray(array)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{what} must be numbers; it is of dtype {array.dtype}")
    return array


def require_fit(found):
    """Raise ValueError where arrays do not fit their layers; see `put`."""
    for layer, source, arrays in found:
        held = {weight.name: weight.array.shape for weight in layer.weights}
        came = [array.shape for array in arrays]
        if list(held.values()) != came:
            shapes = ", ".join(f"{name} {shape}" for name, shape in held.items())
            raise ValueError(
                f"{describe(layer)} has the weights {shapes}; {source} has {', '.join(map(str, came)) or 'none'}. "
                "Build the layer with the same settings; nothing was changed"
            )


def put(found):
    """Put arrays into layers after all of them are checked.

    Parameters
    ----------
    found : list of (Layer, str, list of ndarray)
        The layer, what its numbers are called where they come from, and they themselves in the order of `layer.weights`.

    Raises
    ------
    ValueError
        If number or shapes do not fit; then nothing is changed.
    """
    require_fit(found)
    for layer, _, arrays in found:
        layer.set_weights(arrays)
