"""What the layers of a model give and receive for an image, and their kernels."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from convviz._support.keywords import explained
from convviz.nn.engine.prediction import predict_tensors
from convviz.nn.inspection.nodes import name_of, named_nodes
from convviz.nn.layers.base import Layer
from convviz.nn.layers.checks import describe
from convviz.nn.network import Network, require_built
from convviz.nn.types import Array

__all__ = ["feature_maps", "image_samples", "kernels_of", "layer_input"]


@explained
def feature_maps(model: Network, image: Any, layers: str | Layer | Sequence[str | Layer] | None = None) -> dict[str, Array]:
    """What the layers of a model give for one image, computed in one pass.

    Parameters
    ----------
    model : convviz.nn.Model
    image : array_like, or a list of them for a model with several inputs
        ``(rows, columns, channels)``; ``(rows, columns)`` where there is one channel. No axis of samples.
    layers : list of str or Layer, optional
        All whose outputs are images if not given, inputs apart.

    Returns
    -------
    dict of str to ndarray
        By layer name ``(rows, columns, channels)``, or ``(units,)`` for a layer that gives no images. A layer at several
        places has the names "name", "name#2", and so on.

    Raises
    ------
    ValueError
        For an image that does not fit, and names of layers that are not there.

    Examples
    --------
    >>> import numpy as np
    >>> from convviz.nn import Conv2D, Dense, Flatten, MaxPooling2D, Sequential
    >>> model = Sequential([Conv2D(4, 3, input_shape=(8, 8, 1)), MaxPooling2D(), Flatten(), Dense(10)])
    >>> {name: maps.shape for name, maps in feature_maps(model, np.zeros((8, 8))).items()}
    {'conv2d': (6, 6, 4), 'max_pooling2d': (3, 3, 4)}
    """
    require_built(model)
    known = named_nodes(model)
    if layers is None:
        chosen = [name for name, node in known.items() if len(node.output.shape) == 4 and node.inputs]
    else:
        given = [layers] if isinstance(layers, (str, Layer)) else list(layers)
        chosen = [name_of(known, layer) for layer in given]
    return dict(zip(chosen, computed(model, [known[name].output for name in chosen], image), strict=True))


@explained
def layer_input(model: Network, layer: str | Layer, image: Any) -> Any:
    """What a layer receives when the model is given an image: for ``layer.operation(filter).trace(...)``.

    Parameters
    ----------
    model : convviz.nn.Model
    layer : str or Layer
    image : array_like
        As in `feature_maps`.

    Returns
    -------
    ndarray or list of ndarray
        ``(rows, columns, channels)`` or ``(size,)``; a list for a layer with several inputs.

    Examples
    --------
    >>> import numpy as np
    >>> from convviz.nn import Conv2D, MaxPooling2D, Sequential
    >>> model = Sequential([MaxPooling2D(input_shape=(8, 8, 2)), Conv2D(4, 3)])
    >>> seen = layer_input(model, "conv2d", np.ones((8, 8, 2)))
    >>> seen.shape, model.layers[1].operation(filter=0).trace(seen).output.shape
    ((4, 4, 2), (2, 2, 1))
    """
    require_built(model)
    known = named_nodes(model)
    node = known[name_of(known, layer)]
    if not node.inputs:
        raise ValueError(f"{describe(node.layer)} is where images enter; no layer stands before it")
    found = computed(model, node.inputs, image)
    return found[0] if len(found) == 1 else found


def computed(model, tensors, image):
    """The values of tensors of a model for one image, without the samples' axis."""
    if not tensors:
        return []
    return [array[0] for array in predict_tensors(model.inputs, tensors, image_samples(model, image))]


def image_samples(model, image):
    """One image, or a list of them, with an axis of samples in front, or an error."""
    several = len(model.inputs) > 1
    given = list(image) if several and isinstance(image, (list, tuple)) else [image]
    if len(given) != len(model.inputs):
        raise ValueError(f"the model has {len(model.inputs)} inputs; give a list of as many images")
    arrays = [np.asarray(one)[None] for one in given]
    for array, tensor in zip(arrays, model.inputs, strict=True):
        wanted = tensor.shape[1:]
        if array.shape[1:] != wanted and (*array.shape[1:], 1) != wanted:
            hint = "; this looks like several images: take one, x[0]" if array.shape[2:] == wanted else ""
            raise ValueError(f"the model takes an image of shape {wanted}; it is {array.shape[1:]}{hint}")
    return arrays if several else arrays[0]


@explained
def kernels_of(layer: Layer) -> Array:
    """A layer's kernels, in the same order for every kind of layer.

    Parameters
    ----------
    layer : Conv2D, DepthwiseConv2D, Conv2DTranspose or Dense

    Returns
    -------
    ndarray, (channels, filters, rows, columns)
        Channels that go in; with groups, those of a filter's own group; 1 for a depthwise layer, whose filters each read one
        channel. A Dense layer has one kernel, (1, 1, inputs, units).

    Raises
    ------
    TypeError, ValueError
        For a layer that has no kernel, and one that is not built.

    Examples
    --------
    >>> from convviz.nn import Conv2D, Sequential
    >>> kernels_of(Sequential([Conv2D(8, 3, input_shape=(28, 28, 1))]).layers[0]).shape
    (1, 8, 3, 3)
    """
    if getattr(layer, "kind", "") not in ("convolution", "depthwise", "transposed", "dense"):
        raise TypeError(
            f"{describe(layer) if isinstance(layer, Layer) else repr(layer)} has no kernel; convolutions and Dense have one"
        )
    kernel = layer.kernel
    if kernel is None:
        raise ValueError(f"{describe(layer)} has no weights yet; build the model")
    if layer.kind == "dense":
        return kernel[None, None]
    if layer.kind == "transposed":
        return kernel.transpose(3, 2, 0, 1)
    if layer.kind == "depthwise":  # every output channel reads one channel
        return kernel.reshape(*kernel.shape[:2], 1, -1).transpose(2, 3, 0, 1)
    return kernel.transpose(2, 3, 0, 1)
