"""Output shapes and numbers of parameters of networks, layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from convviz import geometry
from convviz._support.keywords import explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

__all__ = ["Layer", "summarize", "total_parameters"]


class Layer(NamedTuple):
    """A row of a network's table: what the layer is, the shape it gives, and how many weights and biases it has."""

    name: str
    output_shape: tuple
    parameters: int


@explained
def summarize(input_shape: Sequence[int], layers: Iterable[Sequence[Any]]) -> tuple[Layer, ...]:
    """Output shapes and parameters of a stack of layers.

    Parameters
    ----------
    input_shape : tuple of int
        ``(rows, columns, channels)`` or ``(cells,)``.
    layers : sequence of tuple
        ``("Conv2D", filters, kernel_size, padding)``, ``("MaxPooling2D", pool_size)``, ``("Flatten",)``,
        ``("Dropout", rate)`` or ``("Dense", units)``.

    Returns
    -------
    tuple of Layer

    Examples
    --------
    >>> layers = [("Conv2D", 32, 3, "valid"), ("MaxPooling2D", 2), ("Flatten",), ("Dense", 10)]
    >>> for layer in summarize((28, 28, 1), layers):
    ...     print(*layer)
    Conv2D (26, 26, 32) 320
    MaxPooling2D (13, 13, 32) 0
    Flatten (5408,) 0
    Dense (10,) 54090
    """
    shape, table = tuple(input_shape), []
    for name, *settings in layers:
        shape, parameters = LAYERS[name](shape, *settings)
        table.append(Layer(name, shape, parameters))
    return tuple(table)


def conv2d_layer(shape, filters, kernel_size, padding):
    """Output shape and parameters of a convolution of all channels."""
    where = geometry.window_geometry(shape[:2], kernel_size, padding=padding)
    return (*where.output_shape, filters), geometry.convolution_parameters(kernel_size, shape[2], filters)


def pooling_layer(shape, pool_size):
    """Output shape and parameters of a pooling whose strides are its size."""
    where = geometry.window_geometry(shape[:2], pool_size, strides=pool_size, kind="pool")
    return (*where.output_shape, shape[2]), 0


def dense_layer(shape, units):
    """Output shape and parameters of a dense layer."""
    return (units,), geometry.dense_parameters(shape[0], units)


LAYERS = {
    "Conv2D": conv2d_layer,
    "MaxPooling2D": pooling_layer,
    "Flatten": lambda shape: ((int(np.prod(shape)),), 0),
    "Dropout": lambda shape, rate: (shape, 0),
    "Dense": dense_layer,
}


def total_parameters(calculation):
    """All weights and biases of a network."""
    return sum(layer.parameters for layer in summarize(calculation.input_shape, calculation.layers))
