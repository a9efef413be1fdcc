"""The weights of layers: their arrays, and the numbers that they begin with."""

import dataclasses
import itertools
import math

import numpy as np

from convviz._support.sequences import elements
from convviz._support.values import brief
from convviz.arrays import as_numpy
from convviz.nn.layers.checks import describe
from convviz.nn.regularizers import L1L2
from convviz.nn.samples import array_of

__all__ = ["Weight", "assign", "copies", "initial_array", "listed_arrays", "split"]

#: No model has more arrays of weights.
MOST = 10_000


@dataclasses.dataclass(eq=False)
class Weight:
    """A weight of a layer.

    Attributes
    ----------
    name : str
        "kernel", "bias", "gamma" and so on.
    array : ndarray
        The numbers themselves, C-ordered; training writes into them.
    trained : bool
        Whether training changes it by its gradient. The moving means of batch normalization are not.
    regularizer : convviz.nn.regularizers.L1L2 or None
    """

    name: str
    array: np.ndarray
    trained: bool = True
    regularizer: L1L2 | None = None


def initial_array(layer, name, shape, initializer):
    """The array of a new weight, or an error that names the layer if the initializer gives another shape."""
    array = np.ascontiguousarray(initial_numbers(layer, name, shape, initializer))
    if array.shape != tuple(shape):
        raise ValueError(f"the initializer of {name} in {describe(layer)} gave {array.shape} instead of {tuple(shape)}")
    return array


def initial_numbers(layer, name, shape, initializer):
    """What an initializer gives, or an error that names the layer if memory cannot hold it."""
    large = f"the {name} of {describe(layer)} would have the shape {tuple(shape)}, which {{}}; make the layer smaller"
    size = math.prod(shape) * np.dtype(layer.dtype).itemsize
    if size > np.iinfo(np.intp).max:
        raise ValueError(large.format("no memory can hold"))
    try:
        return initializer(shape, layer.dtype)
    except MemoryError:
        raise MemoryError(large.format(f"takes {size / 2**30:,.1f} GiB, more than there is")) from None


def copies(weights):
    """Copies of the arrays of weights."""
    return [weight.array.copy() for weight in weights]


def listed_arrays(arrays):
    """The arrays that are given for weights, or an error."""
    expected = "expected a list of arrays, as get_weights gives them"
    if isinstance(arrays, (str, bytes, dict)):
        raise TypeError(f"weights is {brief(arrays)}; {expected}")
    try:
        parts = elements(arrays, "weights") if not isinstance(arrays, (list, tuple, np.ndarray)) else arrays
        parts = list(itertools.islice(arrays if parts is None else parts, MOST + 1))
    except TypeError:
        raise TypeError(f"weights is {brief(arrays)}; {expected}") from None
    if len(parts) > MOST:
        raise ValueError(f"weights is {brief(arrays)}, which gives more than {MOST:,} arrays; {expected}")
    names = [f"weights[{number}]" for number in range(len(parts))]
    return [array_of(as_numpy(part, name), name) for part, name in zip(parts, names, strict=True)]


def assign(layer, arrays):
    """Copy arrays to the weights of a layer, in order; an error before anything is changed if they do not fit."""
    arrays = listed_arrays(arrays)
    held = [weight.array.shape for weight in layer.weights]
    came = [array.shape for array in arrays]
    if held != came:
        raise ValueError(f"{describe(layer)} has weights of the shapes {held}, but {came} came")
    for weight, array in zip(layer.weights, arrays, strict=True):
        if array.dtype.kind not in "biuf":
            raise TypeError(f"the {weight.name} of {describe(layer)} is made of numbers, not of {array.dtype}")
    for weight, array in zip(layer.weights, arrays, strict=True):
        weight.array[...] = array


def split(layers, arrays):
    """Each layer with its part of a list of arrays for all weights."""
    ends = np.cumsum([0, *(len(layer.weights) for layer in layers)])
    return [(layer, arrays[start:stop]) for layer, (start, stop) in zip(layers, itertools.pairwise(ends), strict=True)]
