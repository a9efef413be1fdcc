"""Rows of numbers on a GPU, a few threads for each, and what the threads of a row find out together.

A row has ``1 << bits`` threads, its lanes, of which lane l takes cells ``l + (i << bits)``; a block has as many rows as fit.
How many lanes there are depends on the length of a row only, and lanes meet in a fixed tree, so results are the same bits
however many blocks are launched.

Sums are kept as two numbers, a sum and what rounding took from it, in every lane and up the tree (D. E. Knuth, The Art of
Computer Programming, volume 2, 4.2.2, theorem B). The result is the exact sum of the n numbers, rounded, but for at most
about ``(n·u)²·Σ|x|`` with the unit of rounding u, 2⁻²⁴ for float32: as if more digits had been used, without float64, which
is slow on most GPUs.

Arguments of kernels besides those that `convviz.kernels` describes:

=========  ============================================
array      (rows, width)
rows       how many rows there are
width      cells of a row, 0 for one beyond the last
value      a number of one lane
high, low  a lane's sum, and what rounding took from it
shared     shared by a block, a number a thread
=========  ============================================
"""

import math

from convviz.kernels.cuda.launch import MOST_BLOCKS, cuda, device_function

__all__ = [
    "THREADS",
    "bits_of",
    "cells_of",
    "highest_of_lanes",
    "lane_of",
    "more",
    "over_rows",
    "put_mean",
    "rows_of",
    "sum_of_lanes",
    "width_of",
]

#: Threads of a block, a power of 2; a row has so many lanes at most.
THREADS = 128
#: Cells that are worth a lane: more lanes wait less for memory, and longer for one another.
WORTH = 4


def bits_of(width):
    """The number of bits for rows of so many cells."""
    return min((-(-width // WORTH) - 1).bit_length(), THREADS.bit_length() - 1)


def over_rows(kernel, shape, *arguments, stream=0):
    """Launch a kernel with `THREADS` threads a block for (rows, width); its last argument is the number of bits.

    In the kernel `rows_of`, `lane_of`, `width_of` and `cells_of` give what a thread takes.
    """
    rows, width = shape
    if rows:
        bits = bits_of(width)
        blocks = -(-rows // (THREADS >> bits))
        kernel(min(blocks, MOST_BLOCKS), *arguments, bits, stream=stream)


@device_function
def lane_of(bits):
    """The first cell of a row that a thread takes."""
    return cuda.threadIdx.x & (1 << bits) - 1


@device_function
def width_of(array, n):
    """How many cells row n of (rows, width) has: none beyond the last row."""
    return array.shape[1] if n < array.shape[0] else 0


@device_function
def cells_of(width, bits):
    """How many cells of a row a thread takes."""
    # a range with the lanes as its step would need a division
    return width - lane_of(bits) + (1 << bits) - 1 >> bits


@device_function
def rows_of(rows, bits):
    """The rows of a thread. All threads of a block get as many, since they meet at barriers: a few may be beyond the last."""
    held = cuda.blockDim.x >> bits
    first = cuda.blockIdx.x * held + (cuda.threadIdx.x >> bits)
    return range(first, (rows + held - 1) & -held, cuda.gridDim.x * held)


@device_function
def more(high, low, value):
    """A sum and what it lacks, after a number was added."""
    total = high + value
    kept = total - high
    return total, low + ((high - (total - kept)) + (value - kept))


@device_function
def sum_of_lanes(highs, lows, bits, high, low):
    """The sum of what all lanes of a row have, for each of them; `highs` and `lows` are shared, of a number a thread."""
    me, lane, step = cuda.threadIdx.x, lane_of(bits), (1 << bits) >> 1
    highs[me], lows[me] = high, low
    cuda.syncthreads()
    while step > 0:
        if lane < step:
            high, low = more(high, low + lows[me + step], highs[me + step])
            highs[me], lows[me] = high, low
        cuda.syncthreads()
        step >>= 1
    high, low = highs[me - lane], lows[me - lane]
    cuda.syncthreads()
    # of infinity nothing can be lacking; there `low` is NaN
    return high + low if math.isfinite(high) else high


@device_function
def put_mean(out, n, width, bits, highs, lows, high, low):
    """Let ``out[n]`` be the mean of a row, of which each lane has a sum."""
    total = sum_of_lanes(highs, lows, bits, high, low)
    if lane_of(bits) == 0 and width > 0:
        out[n] = total / out.dtype.type(width)


@device_function
def highest_of_lanes(shared, bits, value):
    """The largest of what all lanes of a row have, none of which is NaN, for each of them."""
    me, lane, step = cuda.threadIdx.x, lane_of(bits), (1 << bits) >> 1
    shared[me] = value
    cuda.syncthreads()
    while step > 0:
        if lane < step and shared[me + step] > shared[me]:
            shared[me] = shared[me + step]
        cuda.syncthreads()
        step >>= 1
    value = shared[me - lane]
    cuda.syncthreads()
    return value
