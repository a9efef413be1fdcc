"""Dropout on a GPU, with the masks of `convviz.kernels.cpu.dropout` to the bit.

Nothing is stored of a mask: who needs it computes it from (key, step, number). The step is read from a clock in the
GPU's memory (`convviz.kernels.cuda.clock`), so that a captured launch drops other cells every time it is replayed. A
thread does four cells, as many as one block of random words decides over. Arrays are C-ordered and on the GPU, of any
shape, of float32 or float64.

Arguments of kernels besides those that `convviz.kernels` describes:

=========== =============================================
key0, key1  two words that a seed gives
number      an int: which dropout layer of the model
last        the largest word of 32 bits that drops a cell
=========== =============================================
"""

import math

from convviz.kernels.cpu.dropout import WORD
from convviz.kernels.cuda import arrays, elementwise
from convviz.kernels.cuda import clock as clocks
from convviz.kernels.cuda.clock import STEP
from convviz.kernels.cuda.intrinsics import tools
from convviz.kernels.cuda.launch import cuda, device_function, kernel
from convviz.kernels.scalar import philox
from convviz.kernels.scalar.targets import compile_functions

__all__ = ["dropout", "dropout_gradient", "relu_dropout_gradient"]

load4, store4 = tools().load4, tools().store4
(random_block,) = compile_functions(philox, "philox", how=device_function)


@device_function
def chosen(cell, word, last, scale):
    """`cell` scaled, or 0 where its random `word` is up to `last`."""
    return cell * scale if word > last else type(cell)(0)


@kernel
def drop_cells(x, y, key0, key1, clock, number, last, scale, fours):
    """`dropout` of rows of cells; a thread for four."""
    i, step = cuda.grid(1), int(clock[STEP]) & WORD
    if 4 * i < x.size:
        k0, k1, k2, k3 = random_block(i & WORD, i >> 32, step, number & WORD, key0 & WORD, key1 & WORD)
        if i < fours:
            a, b, c, d = load4(x, 4 * i)
            a, b = chosen(a, k0, last, scale), chosen(b, k1, last, scale)
            store4(y, 4 * i, a, b, chosen(c, k2, last, scale), chosen(d, k3, last, scale))
        else:
            y[4 * i] = chosen(x[4 * i], k0, last, scale)
            if 4 * i + 1 < x.size:
                y[4 * i + 1] = chosen(x[4 * i + 1], k1, last, scale)
            if 4 * i + 2 < x.size:
                y[4 * i + 2] = chosen(x[4 * i + 2], k2, last, scale)
            if 4 * i + 3 < x.size:
                y[4 * i + 3] = chosen(x[4 * i + 3], k3, last, scale)


def dropout(x, y, rate, key, clock, number, stream=0):
    """Drop cells of an array and scale the others.

    Parameters
    ----------
    x, y : device array of float32 or float64, of one shape
        Source and result; they may be the same array.
    rate : float
        How many of the cells are dropped, 0 … 1. At 0 all are copied, at 1 all become 0.
    key : (int, int)
        Two words, 0 … 2³² − 1: the seed.
    clock : device array, int64 (3,)
        Whose `convviz.kernels.cuda.clock.STEP` is the step.
    number : int
        A word too: which of the layers this is.
    stream : a stream of numba's, default 0
    """
    arrays.require("y", y, x.shape, x.dtype)
    clocks.require(clock)
    last = math.ceil(rate * 2**32) - 1
    if last < 0:
        elementwise.copy(x, y, stream=stream)
        return
    scale = y.dtype.type(1 / (1 - rate) if rate < 1 else 0)
    words = int(key[0]) & WORD, int(key[1]) & WORD, clock, int(number) & WORD
    if x.size:
        fours, cells = elementwise.fours_of(x, y), (elementwise.flat(x), elementwise.flat(y))
        elementwise.launch(drop_cells, -(-int(x.size) // 4), *cells, *words, last, scale, fours, stream=stream)


def dropout_gradient(gradient, rate, key, clock, number, stream=0):
    """Gradient of `dropout` with respect to x, computed from that of y in its place: the same cells become 0."""
    dropout(gradient, gradient, rate, key, clock, number, stream)


@device_function
def gated(cell, result, scale):
    """`cell`, a gradient, scaled, or 0 where the `result` is not above 0."""
    return cell * scale if result > type(result)(0) else type(cell)(0)


@kernel
def relu_dropout_cells(gradient, y, scale, fours):
    """`relu_dropout_gradient` of rows of cells."""
    i = cuda.grid(1)
    if i < fours:
        a, b, c, d = load4(gradient, 4 * i)
        e, f, g, h = load4(y, 4 * i)
        store4(gradient, 4 * i, gated(a, e, scale), gated(b, f, scale), gated(c, g, scale), gated(d, h, scale))
    else:
        i += 3 * fours
        if i < gradient.size:
            gradient[i] = gated(gradient[i], y[i], scale)


def relu_dropout_gradient(gradient, y, scale, stream=0):
    """Gradient of ReLU and then dropout, from their result alone: gradient · scale where y > 0, else 0, in place.

    Parameters
    ----------
    gradient : device array of float32 or float64
    y : device array of the same shape and dtype
    scale : float
        ``1 / (1 − rate)``; 1 for a ReLU alone.
    stream : a stream of numba's, default 0
    """
    arrays.require("y", y, gradient.shape, gradient.dtype)
    elementwise.launch_fours(relu_dropout_cells, [gradient, y], gradient.dtype.type(scale), stream=stream)
