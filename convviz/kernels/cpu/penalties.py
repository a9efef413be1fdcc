"""Penalties on large weights on the CPU: their part of the loss, and of the gradients. Arrays are of float32 or float64.

Arguments of kernels besides those that `convviz.kernels` describes:

======= ================================================
l1, l2  factors of |w| and of w²
sums    (chunks, 2), float64: of each chunk Σ|w| and Σw²
======= ================================================
"""

import numpy as np

from convviz.kernels.cpu import memory
from convviz.kernels.cpu.chunks import CHUNK, chunk_count, share_cells
from convviz.kernels.cpu.compile import compiled
from convviz.kernels.scalar import optimizers as scalar
from convviz.kernels.scalar.targets import compile_functions

__all__ = ["add_penalty_gradient", "penalty"]

(penalty_slope,) = compile_functions(scalar, "penalty_slope")


@compiled
def penalty_cells(gradient, weights, l1, l2, begin, end):
    """Cells `begin` … `end` of `add_penalty_gradient`."""
    gradient, weights = gradient[begin:end], weights[begin:end]
    for i in range(len(gradient)):
        gradient[i] += penalty_slope(weights[i], l1, l2)


def add_penalty_gradient(weights, gradient, l1=0.0, l2=0.0):
    """Add the gradient of `penalty` to another: l1·sign(w) + 2·l2·w.

    Parameters
    ----------
    weights, gradient : ndarray
        Of one shape and dtype.
    l1, l2 : float
    """
    memory.require("gradient", gradient, weights.shape, weights.dtype)
    arrays = memory.writable(gradient, "gradient"), memory.readable(weights).reshape(-1)
    share_cells(penalty_cells, weights.size, *arrays, weights.dtype.type(l1), weights.dtype.type(l2))


@compiled
def penalty_sums(weights, sums, begin, end):
    """Sums of |w| and w² of every chunk that begins in `begin` … `end`."""
    for first in range(begin, end, CHUNK):
        absolute, squares = 0.0, 0.0
        for value in weights[first : min(first + CHUNK, end)]:
            number = np.float64(value)
            absolute += abs(number)
            squares += number * number
        sums[first // CHUNK, 0], sums[first // CHUNK, 1] = absolute, squares


def penalty(weights, l1=0.0, l2=0.0):
    """l1·Σ|w| + l2·Σw², a float added up in float64."""
    sums = np.zeros((chunk_count(weights.size), 2))
    share_cells(penalty_sums, weights.size, memory.readable(weights).reshape(-1), sums)
    absolute, squares = (in_order(column) for column in sums.T)
    return float(l1) * absolute + float(l2) * squares


def in_order(numbers):
    """The sum of numbers, one after the other."""
    total = 0.0
    for number in numbers.tolist():
        total += number
    return total
