"""What the precision of floats does to a right answer: how far it may be from the exact one."""

import math

import numpy as np

from convviz import arrays

__all__ = ["DOUBLE", "precision_of", "rounding_error"]

#: How many bits the significand has, by the name of the dtype; the longer name first.
BITS = {"bfloat16": 8, "float16": 11, "float32": 24}
#: Those of Python's own floats.
DOUBLE = 53


def precision_of(answer):
    """How many bits the significands of an answer have, as it is given: those of its shortest floats.

    Examples
    --------
    >>> precision_of([[0.5]]), precision_of(np.float32([[0.5]])), precision_of([np.float16(0.5), 1])
    (53, 24, 11)
    """
    if isinstance(answer, list | tuple):
        return min(map(precision_of, answer), default=DOUBLE)
    dtypes = getattr(answer, "dtype", None)
    dtypes = [dtypes] if dtypes is not None else getattr(answer, "dtypes", ())  # a table has one for each column
    return min((bits_of(str(dtype).lower()) for dtype in dtypes), default=DOUBLE)


def bits_of(dtype):
    """How many bits the significand of a dtype has, by its name in any library."""
    return next((bits for name, bits in BITS.items() if name in dtype), DOUBLE)


def rounding_error(trace, numbers, bits):
    """How far rounding may move any cell of a right answer, besides the rounding of the cell itself.

    Image, kernel and bias are rounded to significands of `bits` bits. What that changes is computed, not estimated. Sums are
    taken to be made in float32 at least, as all libraries do.

    Parameters
    ----------
    trace : convviz.trace.Trace
    numbers : convviz.arrays.Numbers
        The image, in the dtype of the computation.
    bits : int
    """
    try:
        image = numbers.array.astype(np.float64)
        exact, rounded, size, terms = operations(trace.operation, bits)
        with np.errstate(all="ignore"):
            right = result_of(exact, image)
            error = largest(result_of(exact, shortened(image, bits)) - right)
            if rounded is not None:
                error += largest(result_of(rounded, image) - right)
            total = largest(result_of(size, np.abs(image)))
    except OverflowError:  # numbers that no float holds: they are compared as they are
        return 0.0
    whole = trace.result.dtype.kind == "i"
    if trace.operation.transposed and not (whole and total < 2.0**bits):
        # PyTorch keeps the cells in the answer's dtype while one stamp after the other is added to them
        error += math.sqrt(math.prod(trace.operation.kernel_size)) * 2.0**-bits * total
    if whole and total < 2.0 ** BITS["float32"]:
        return error  # whole numbers that float32 adds without an error
    return error + math.sqrt(terms) * 2.0 ** -BITS["float32"] * total


def operations(operation, bits):
    """The operation in floats, with weights rounded, and with their magnitudes; and how many terms a sum has."""
    if not operation.weighted:
        return operation, None, operation, 1
    given = {"kernel": operation.kernel, "bias": operation.bias}
    weights = {name: array.astype(np.float64) for name, array in given.items() if array is not None}
    made = [
        operation.changed(**{name: change(array) for name, array in weights.items()})
        for change in (lambda array: array, lambda array: shortened(array, bits), np.abs)
    ]
    shape = operation.kernel.shape
    terms = math.prod(shape[:2]) * (shape[operation.channel_axis] if len(shape) == 4 else 1)
    return *made, terms


def result_of(operation, image):
    """The result of an operation for a batch of floats."""
    return operation.compute(arrays.Numbers(image))


def shortened(array, bits):
    """An array of floats with each number rounded to a significand of so many bits.

    Examples
    --------
    >>> shortened(np.array([257.0, 0.1]), 8)
    array([2.56000000e+02, 1.00097656e-01])
    """
    significand, exponent = np.frexp(array)
    return np.ldexp(np.round(np.ldexp(significand, bits)), exponent - bits)


def largest(array):
    """The largest magnitude of the finite numbers in an array of floats."""
    return float(np.max(np.abs(array), where=np.isfinite(array), initial=0.0))
