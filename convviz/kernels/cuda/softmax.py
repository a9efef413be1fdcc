"""Softmax over the last axis on a GPU, and its gradient.

Arrays are device arrays (…, K), C-ordered, of float32 or float64. A NaN or +∞ in a row makes all of it NaN, and so does a
row of nothing but −∞, as on the CPU.
"""

import math

from convviz.kernels.cuda import arrays
from convviz.kernels.cuda.launch import cuda, device_function, kernel
from convviz.kernels.cuda.row_reductions import (
    THREADS,
    cells_of,
    highest_of_lanes,
    lane_of,
    more,
    over_rows,
    rows_of,
    sum_of_lanes,
    width_of,
)

__all__ = ["softmax", "softmax_gradient", "softmax_numbers"]


@device_function
def softmax_numbers(logits, n, width, bits, highs, lows):
    """The largest of the `width` numbers of row n and the sum of the exponentials, of what all exceed it by; for each lane.

    `highs` and `lows` are shared, of a number a thread. A NaN is not noticed at first, but makes the sum NaN.
    """
    zero, lane, cells = logits.dtype.type(0), lane_of(bits), cells_of(width, bits)
    highest = logits.dtype.type(-math.inf)
    for i in range(cells):
        logit = logits[n, lane + (i << bits)]
        highest = logit if logit > highest else highest
    highest = highest_of_lanes(highs, bits, highest)
    high, low = zero, zero
    for i in range(cells):
        high, low = more(high, low, math.exp(logits[n, lane + (i << bits)] - highest))
    return highest, sum_of_lanes(highs, lows, bits, high, low)


@kernel(threads=THREADS)
def softmax_rows(logits, probabilities, bits):
    """Rows of `softmax`."""
    highs = cuda.shared.array(THREADS, logits.dtype)
    lows = cuda.shared.array(THREADS, logits.dtype)
    for n in rows_of(logits.shape[0], bits):
        width = width_of(logits, n)
        highest, total = softmax_numbers(logits, n, width, bits, highs, lows)
        for i in range(cells_of(width, bits)):
            k = lane_of(bits) + (i << bits)
            probabilities[n, k] = math.exp(logits[n, k] - highest) / total


@kernel(threads=THREADS)
def gradient_rows(gradient, y, bits):
    """Rows of `softmax_gradient`."""
    highs = cuda.shared.array(THREADS, gradient.dtype)
    lows = cuda.shared.array(THREADS, gradient.dtype)
    lane, zero = lane_of(bits), gradient.dtype.type(0)
    for n in rows_of(gradient.shape[0], bits):
        width = width_of(gradient, n)
        high, low = zero, zero
        for i in range(cells_of(width, bits)):
            k = lane + (i << bits)
            high, low = more(high, low, gradient[n, k] * y[n, k])
        common = sum_of_lanes(highs, lows, bits, high, low)
        for i in range(cells_of(width, bits)):
            k = lane + (i << bits)
            gradient[n, k] = y[n, k] * (gradient[n, k] - common)


def softmax(x, y, stream=0):
    """e^x / Σ e^x along the last axis.

    Parameters
    ----------
    x, y : device array, (…, K) with K at least 1
        They may be the same array.
    stream : a stream of numba's, default 0
    """
    arrays.require("y", y, x.shape, x.dtype)
    lines = as_rows(x)
    over_rows(softmax_rows, lines.shape, lines, as_rows(y), stream=stream)


def softmax_gradient(gradient, y, stream=0):
    """Gradient with respect to x from that of the result y, in its place: y·(g − Σ g·y)."""
    arrays.require("y", y, gradient.shape, gradient.dtype)
    lines = as_rows(gradient)
    over_rows(gradient_rows, lines.shape, lines, as_rows(y), stream=stream)


def as_rows(array):
    """An array as (rows, K)."""
    shape = tuple(array.shape)
    if not shape or shape[-1] == 0:
        raise ValueError(f"softmax is over the last axis, which must hold at least one number; the shape is {shape}")
    return array if len(shape) == 2 else array.reshape(array.size // shape[-1], shape[-1])
