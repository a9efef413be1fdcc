"""Dropout whose mask is computed from (key, step, number) wherever it is needed, and stored nowhere.

Inverted dropout: what is kept is scaled by 1 / (1 − rate). Word ``i % 4`` of the Philox block with counter ``(i // 4
mod 2³², i // 4 div 2³², step, number)`` decides over cell i: it is kept if the word is at least rate · 2³². Arrays are
C-ordered, of any shape, of float32 or float64.

Arguments of kernels besides those that `convviz.kernels` describes:

======= =============================================
last    the largest word of 32 bits that drops a cell
key     two words that a seed gives
step    an int: the training step
number  an int: which dropout layer of the model
======= =============================================
"""

import math

import numpy as np

from convviz.kernels.cpu import memory
from convviz.kernels.cpu.chunks import share_cells
from convviz.kernels.cpu.compile import compiled, device_function
from convviz.kernels.scalar import philox
from convviz.kernels.scalar.targets import compile_functions

__all__ = ["dropout", "dropout_gradient", "relu_dropout_gradient"]

#: Cells that are done at a time; their random words stay in the nearest cache.
BLOCK = 1024
WORD = 0xFFFFFFFF

(random_block,) = compile_functions(philox, "philox")


@device_function
def fill_words(words, first, key, step, number):
    """Fill `words` with those of cells `first` and following; `first` and the number of words are multiples of four."""
    for block in range(len(words) // 4):
        counter = first // 4 + block
        c0, c1, c2, c3 = random_block(counter & WORD, counter >> 32, step, number, key[0], key[1])
        words[4 * block] = c0
        words[4 * block + 1] = c1
        words[4 * block + 2] = c2
        words[4 * block + 3] = c3


@compiled
def drop_cells(x, y, last, scale, key, step, number, begin, end):
    """Cells `begin`, a multiple of four, … `end` of `dropout`; flat arrays. Words up to `last` drop a cell."""
    words = np.empty(BLOCK, np.uint32)
    # x and y may be one array; compilers make vector code only where they see that source and target are two
    results = np.empty(BLOCK, y.dtype)
    zero = y.dtype.type(0)
    for first in range(begin, end, BLOCK):
        fill_words(words, first, key, step, number)
        source = x[first : min(first + BLOCK, end)]
        target = y[first : min(first + BLOCK, end)]
        for i in range(len(source)):
            results[i] = source[i] * scale if words[i] > last else zero
        for i in range(len(target)):
            target[i] = results[i]


def dropout(x, y, rate, key, step, number):
    """Drop cells of an array and scale the others.

    Parameters
    ----------
    x, y : ndarray of float32 or float64, of one shape
        Source and result; they may be the same array.
    rate : float
        How many of the cells are dropped, 0 … 1. At 0 all are copied, at 1 all become 0.
    key : (int, int)
        Two words, 0 … 2³² − 1: the seed.
    step, number : int
        Words too: which training step this is, and which of the layers.
    """
    memory.require("y", y, x.shape, x.dtype)
    source, target = memory.readable(x).reshape(-1), memory.writable(y, "y")
    last = math.ceil(rate * 2**32) - 1
    if last < 0:
        np.copyto(y, x)
        return
    scale = y.dtype.type(1 / (1 - rate) if rate < 1 else 0)
    key = int(key[0]) & WORD, int(key[1]) & WORD
    share_cells(drop_cells, x.size, source, target, np.uint32(last), scale, key, step & WORD, number & WORD)


def dropout_gradient(gradient, rate, key, step, number):
    """Gradient of `dropout` with respect to x, computed from that of y in its place: the same cells become 0."""
    dropout(gradient, gradient, rate, key, step, number)


@compiled
def relu_dropout_cells(gradient, y, scale, begin, end):
    """Cells `begin` … `end` of `relu_dropout_gradient`; flat arrays."""
    mine, results, zero = gradient[begin:end], y[begin:end], gradient.dtype.type(0)
    for i in range(len(mine)):
        mine[i] = mine[i] * scale if results[i] > 0 else zero


def relu_dropout_gradient(gradient, y, scale):
    """Gradient of ReLU and then dropout, from their result alone: gradient · scale where y > 0, else 0, in place.

    Parameters
    ----------
    gradient : ndarray of float32 or float64
    y : ndarray of the same shape and dtype
    scale : float
        ``1 / (1 − rate)``; 1 for a ReLU alone.
    """
    memory.require("y", y, gradient.shape, gradient.dtype)
    cells = memory.writable(gradient, "gradient"), memory.readable(y).reshape(-1)
    share_cells(relu_dropout_cells, gradient.size, *cells, gradient.dtype.type(scale))
