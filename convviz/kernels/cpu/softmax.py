"""Softmax over the last axis, and its gradient. Arrays (…, K), C-ordered, of float32 or float64."""

from convviz.kernels.cpu import memory, vector_math
from convviz.kernels.cpu.chunks import share_rows
from convviz.kernels.cpu.compile import compiled
from convviz.kernels.interpreted import math
from convviz.kernels.scalar.targets import arithmetic

__all__ = ["softmax", "softmax_gradient", "softmax_row"]

exp = vector_math.exp


@arithmetic
def softmax_row(logits, probabilities):
    """Softmax of a row; gives its largest number and the logarithm of what all were divided by."""
    highest = logits[0]
    for k in range(1, len(logits)):
        if logits[k] > highest:
            highest = logits[k]
    # a NaN is not noticed here, but makes the sum NaN
    for k in range(len(logits)):
        probabilities[k] = exp(logits[k] - highest)
    total = type(highest)(0)
    for k in range(len(logits)):
        total += probabilities[k]
    for k in range(len(logits)):
        probabilities[k] /= total
    return highest, math.log(total)


@compiled
def softmax_rows(logits, probabilities, begin, end):
    """Rows `begin` … `end` of `softmax`."""
    for n in range(begin, end):
        softmax_row(logits[n], probabilities[n])


def softmax(x, y):
    """e^x / Σ e^x along the last axis.

    Parameters
    ----------
    x, y : ndarray, (…, K) with K at least 1
        They may be the same array.
    """
    memory.require("y", y, x.shape, x.dtype)
    source, target = rows_of(memory.readable(x)), rows_of(memory.writable(y, "y").reshape(y.shape))
    share_rows(softmax_rows, len(source), source.size, source, target)


@compiled
def gradient_rows(gradient, y, begin, end):
    """Rows `begin` … `end` of `softmax_gradient`."""
    for n in range(begin, end):
        mine, result = gradient[n], y[n]
        common = gradient.dtype.type(0)
        for k in range(len(mine)):
            common += mine[k] * result[k]
        for k in range(len(mine)):
            mine[k] = result[k] * (mine[k] - common)


def softmax_gradient(gradient, y):
    """Gradient with respect to x from that of the result y, in its place: y·(g − Σ g·y)."""
    memory.require("y", y, gradient.shape, gradient.dtype)
    target = rows_of(memory.writable(gradient, "gradient").reshape(gradient.shape))
    share_rows(gradient_rows, len(target), target.size, target, rows_of(memory.readable(y)))


def rows_of(array):
    """An array as (rows, K)."""
    if array.ndim == 0 or array.shape[-1] == 0:
        raise ValueError(f"softmax is over the last axis, which must hold at least one number; the shape is {array.shape}")
    return array.reshape(-1, array.shape[-1])
