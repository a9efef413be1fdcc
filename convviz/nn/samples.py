"""Samples: checked arrays of numbers for a model's inputs and targets, and batches of them in an order."""

import numpy as np

from convviz.arrays import as_numpy, in_numpy_dtype, require_unmasked

__all__ = ["Arrays", "Run", "as_inputs", "numbers"]


def numbers(given, what):
    """An array of numbers, or an error."""
    try:
        # lists are read at once by numpy, which takes a tenth of the time
        array = np.asarray(given) if isinstance(given, (list, tuple)) else as_array(given, what)
    except Exception as error:
        if not isinstance(given, (list, tuple)):
            raise
        array = listed(given, what, error)
    if array.dtype == object and not array.ndim:
        raise TypeError(f"{what} must be an array of numbers; {type(given).__name__} came")
    array = in_numpy_dtype(array)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{what} must be numbers; it is of dtype {array.dtype}")
    return array


def as_array(given, what):
    """What is no list as an array, tensors of other libraries too, or an error."""
    found = as_numpy(given, what)
    require_unmasked(found, what)
    if is_its_first(found):  # numpy would look for numbers in it without end
        raise TypeError(f"{what} must be an array of numbers; x[0] of the {type(found).__name__} that came is itself")
    return np.asarray(found)


def is_its_first(found):
    """Whether an object that is no array has itself as its first element."""
    if isinstance(found, (np.ndarray, np.generic, str, bytes)) or not hasattr(type(found), "__getitem__"):
        return False
    try:
        return found[0] is found
    except Exception:  # what has no first element
        return False


def listed(given, what, error):
    """A list that numpy does not read, because of an error: of tensors, or rows of different lengths."""
    try:
        return np.asarray(as_numpy(given, what))
    except ValueError:
        raise ValueError(f"{what} is no array of numbers: {error}") from None


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
    found = said if isinstance(said, tuple) else np.shape(as_numpy(x[0], "x"))
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
