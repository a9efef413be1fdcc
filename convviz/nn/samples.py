"""Samples: checked arrays of numbers for a model's inputs and targets, and batches of them in an order."""

import itertools

import numpy as np

from convviz._support.sequences import DEEPEST
from convviz.arrays import as_numpy, in_numpy_dtype, require_unmasked, shape_of

__all__ = ["Arrays", "Run", "array_of", "as_inputs", "numbers"]

#: Types of numbers that lists mostly hold.
NUMBERS = {bool, int, float, np.bool_, np.float32, np.float64, np.int32, np.int64, np.uint8}


def numbers(given, what):
    """An array of numbers, or an error."""
    if isinstance(given, (list, tuple)) and is_plain(given):
        array = array_of(given, what)  # numpy reads lists at once, which takes a tenth of the time
    else:
        found = as_numpy(given, what)
        require_unmasked(found, what)
        array = array_of(found, what)
    if array.dtype == object and not array.ndim:
        raise TypeError(f"{what} must be an array of numbers; {type(given).__name__} came")
    array = in_numpy_dtype(array)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{what} must be numbers; it is of dtype {array.dtype}")
    return array


def is_plain(given, depth=1):
    """Whether nested lists hold nothing but numbers and arrays of numbers, which numpy reads by itself."""
    kinds = set(map(type, given))
    if kinds <= {list, tuple}:
        if given and given[0] and type(given[0][0]) in NUMBERS:  # rows of numbers: all of them at once
            return set(map(type, itertools.chain.from_iterable(given))) <= NUMBERS
        return depth < DEEPEST and all(is_plain(part, depth + 1) for part in given)
    return kinds <= NUMBERS or (kinds == {np.ndarray} and all(part.dtype.kind in "biuf" for part in given))


def array_of(found, what):
    """Lists of numbers and of arrays, or another array-like, as an array, or an error."""
    try:
        return np.asarray(found)
    except MemoryError:
        raise
    except Exception as error:  # rows of different lengths, and arrays in memory that is none
        raise ValueError(f"{what} is no array of numbers: {ragged(found, what) or error}") from None


def ragged(found, what):
    """Where lists have rows of different lengths, in words; "" if they have not."""
    try:
        shape_of(found, what)
    except ValueError as error:
        return str(error).removeprefix(f"{what} is ragged: ")
    return ""


def as_inputs(x, shapes, what="x"):
    """Arrays for the inputs of a model, which have the shapes ``(None, ...)``; a missing axis of one channel is added.

    For a single input a list of one array is that array, unless it is one sample.

    Raises
    ------
    TypeError, ValueError
        If number, shapes or lengths do not fit.
    """
    several = len(shapes) > 1
    given = list(x) if isinstance(x, (list, tuple)) and (several or holds_one_array(x, shapes[0])) else [x]
    if len(given) != len(shapes):
        raise ValueError(f"the model has {len(shapes)} inputs {list(shapes)}; {what} must be a list of {len(shapes)} arrays")
    arrays = [fitted(numbers(array, what), shape, what) for array, shape in zip(given, shapes, strict=True)]
    if len({len(array) for array in arrays}) > 1:
        raise ValueError(f"the arrays of {what} have {[len(array) for array in arrays]} samples; they must be as many in each")
    return arrays


def holds_one_array(x, shape):
    """Whether a list has one element, and that is an array of samples for an input of a shape instead of a sample."""
    if len(x) != 1 or isinstance(x[0], (list, tuple)):
        return False
    said = getattr(x[0], "shape", None)
    found = said if isinstance(said, tuple) else array_of(as_numpy(x[0], "x"), "x").shape
    return len(found) == len(shape) or (shape[-1] == 1 and len(found) == len(shape) - 1 and found[1:] == shape[1:-1])


def fitted(array, shape, what):
    """An array of the shape ``(n, ...)``, or an error."""
    if array.ndim == len(shape) - 1 and shape[-1] == 1 and array.shape[1:] == shape[1:-1]:
        array = array[..., None]
    if array.ndim != len(shape) or array.shape[1:] != shape[1:]:
        hint = ""
        if array.shape == shape[1:] or (*array.shape, 1) == shape[1:]:
            hint = f"; a single sample needs an axis of samples in front: {what}[None]"
        raise ValueError(f"the model takes {what} of shape {('n', *shape[1:])}; it is {array.shape}{hint}")
    return array


class Arrays:
    """A data set in memory.

    Parameters
    ----------
    inputs : list of ndarray
    targets : ndarray or None
    weights : ndarray of float64 or None
        (n,): what the loss of each sample is multiplied by.
    """

    def __init__(self, inputs, targets=None, weights=None):
        self.inputs, self.targets, self.weights = inputs, targets, weights
        if targets is not None and len(targets) != len(inputs[0]):
            raise ValueError(f"x has {len(inputs[0])} samples and y has {len(targets)}; they must be as many")

    def __len__(self):
        return len(self.inputs[0])

    def part(self, start, stop):
        """The samples from `start` to `stop`."""
        parts = (None if array is None else array[start:stop] for array in (self.targets, self.weights))
        return Arrays([array[start:stop] for array in self.inputs], *parts)


class Run:
    """Batches, one after the other: the samples of a data set in an order.

    Parameters
    ----------
    arrays : Arrays
    order : ndarray of int64
    size : int
        Samples of a batch; the last may have fewer.
    once : bool, default False
        Whether these arrays will not come again, as those of an iterator.
    """

    def __init__(self, arrays, order, size, once=False):
        self.arrays, self.order, self.size, self.once = arrays, order, size, once

    def __len__(self):
        return -(-len(self.order) // self.size)

    def indices(self, number):
        """The samples of a batch, counted from 0."""
        return self.order[number * self.size : (number + 1) * self.size]
