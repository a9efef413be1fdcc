"""Penalties on large weights on a GPU: their part of the loss, and of the gradients.

The weights of a model lie one after the other in one flat array, of float32 or float64, and so do their gradients. Segment
s of it ends before cell ``ends[s]`` and has factors ``l1[s]`` and ``l2[s]``; where both are 0, and beyond the last segment,
cells are not even read. The arrays of segments can be made once, with `segments`.

Arguments of kernels besides those that `convviz.kernels` describes:

============= =================================================================
ends, l1, l2  (segments,): see above
sums          (chunks,): the penalty of each chunk of weights
log, column   (steps, columns): the log of a run, and the column that is written
============= =================================================================
"""

import numpy as np

from convviz.kernels.cuda import arrays
from convviz.kernels.cuda import clock as clocks
from convviz.kernels.cuda.launch import cuda, device_function, kernel
from convviz.kernels.cuda.metrics import require_log, write
from convviz.kernels.cuda.row_reductions import more, sum_of_lanes
from convviz.kernels.scalar import optimizers as scalar
from convviz.kernels.scalar.targets import compile_functions

__all__ = ["add_penalty_gradient", "penalty", "chunks_of", "segments"]

#: Threads of a block that adds up penalties, a power of 2, and cells that are worth one.
THREADS, CHUNK = 256, 4096
#: Chunks that weights are cut into, at most, before their sums are added up by one block.
MOST_CHUNKS = 1024

(penalty_slope,) = compile_functions(scalar, "penalty_slope", how=device_function)


def segments(sizes, l1, l2, dtype=np.float32):
    """Device arrays `ends`, `l1` and `l2` of segments with these numbers of cells and factors."""
    ends = np.cumsum(np.asarray(sizes, np.int64), dtype=np.int64)
    return tuple(
        arrays.to_gpu(numbers, "penalties' segments") for numbers in (ends, np.asarray(l1, dtype), np.asarray(l2, dtype))
    )


@device_function
def segment_of(ends, cell):
    """The segment of cell number `cell`: the first that ends beyond it; one too many for cells beyond the last."""
    first, last = 0, ends.size
    while first < last:
        middle = (first + last) >> 1
        if ends[middle] > cell:
            last = middle
        else:
            first = middle + 1
    return first


@kernel
def slope_cells(weights, gradient, ends, l1, l2):
    """Add what `add_penalty_gradient` adds."""
    zero = weights.dtype.type(0)
    for cell in range(cuda.grid(1), weights.size, cuda.gridsize(1)):
        segment = segment_of(ends, cell)
        if segment < ends.size and (l1[segment] != zero or l2[segment] != zero):
            gradient[cell] += penalty_slope(weights[cell], l1[segment], l2[segment])


def add_penalty_gradient(weights, gradient, ends, l1, l2, stream=0):
    """Add the gradient of `penalty` to another: l1·sign(w) + 2·l2·w.

    Parameters
    ----------
    weights, gradient : device array, (cells,)
    ends : device array, int64 (segments,)
        Not descending.
    l1, l2 : device array, (segments,)
        Of the weights' dtype.
    stream : a stream of numba's, default 0
    """
    require_segments(weights, ends, l1, l2)
    arrays.require("gradient", gradient, weights.shape, weights.dtype)
    slope_cells.over(weights.size, weights, gradient, ends, l1, l2, stream=stream)


# ---------------------------------------------------------------- the sum


@kernel(threads=THREADS)
def penalty_chunks(weights, ends, l1, l2, bits, sums):
    """A block for each chunk of the weights, which is as long as the number of blocks says; the threads are its lanes."""
    highs = cuda.shared.array(THREADS, weights.dtype)
    lows = cuda.shared.array(THREADS, weights.dtype)
    chunk = (weights.size + cuda.gridDim.x - 1) // cuda.gridDim.x
    begin, zero = chunk * cuda.blockIdx.x, weights.dtype.type(0)
    high, low = zero, zero
    for cell in range(begin + cuda.threadIdx.x, min(begin + chunk, weights.size), cuda.blockDim.x):
        segment = segment_of(ends, cell)
        if segment < ends.size and (l1[segment] != zero or l2[segment] != zero):
            weight = weights[cell]
            high, low = more(high, low, l1[segment] * abs(weight))
            high, low = more(high, low, l2[segment] * (weight * weight))
    total = sum_of_lanes(highs, lows, bits, high, low)
    if cuda.threadIdx.x == 0:
        sums[cuda.blockIdx.x] = total


@kernel(threads=THREADS)
def penalty_total(sums, log, clock, column, bits):
    """The sum of the chunks' sums, by one block."""
    highs = cuda.shared.array(THREADS, sums.dtype)
    lows = cuda.shared.array(THREADS, sums.dtype)
    high, low = sums.dtype.type(0), sums.dtype.type(0)
    for chunk in range(cuda.threadIdx.x, sums.size, cuda.blockDim.x):
        high, low = more(high, low, sums[chunk])
    total = sum_of_lanes(highs, lows, bits, high, low)
    if cuda.threadIdx.x == 0:
        write(log, clock, column, total, True)


def chunks_of(cells):
    """Into how many chunks so many cells are cut; depends on nothing else."""
    return max(1, min(MOST_CHUNKS, -(-cells // CHUNK)))


def penalty(weights, ends, l1, l2, log, clock, column, sums=None, stream=0):
    """Write Σ l1·|w| + l2·w² into a column of the log, where the clock stands, to about 2 units in the last place.

    Where that is not finite, and the loss was so far, the clock's `BAD` becomes 1 + the position.

    Parameters
    ----------
    weights, ends, l1, l2 : device array
        As for `add_penalty_gradient`.
    log : device array, (steps, columns)
        Of the weights' dtype.
    clock : device array, int64 (3,)
        See `convviz.kernels.cuda.clock`.
    column : int
    sums : device array, (chunks_of(cells),), optional
        Room, of the weights' dtype; allocated unless it is given.
    stream : a stream of numba's, default 0
    """
    require_segments(weights, ends, l1, l2)
    clocks.require(clock)
    require_log(log, column + 1, weights.dtype)
    shape = (chunks_of(weights.size),)
    sums = arrays.empty(shape, weights.dtype, "sums of penalties") if sums is None else sums
    arrays.require("sums", sums, shape, weights.dtype)
    bits = THREADS.bit_length() - 1
    penalty_chunks(shape[0], weights, ends, l1, l2, bits, sums, stream=stream)
    penalty_total(1, sums, log, clock, column, bits, stream=stream)


def require_segments(weights, ends, l1, l2):
    """Raise ValueError unless weights are flat and each of some segments has its factors."""
    count = ends.size
    arrays.require("weights", weights, (None,), weights.dtype)
    arrays.require("ends", ends, (count,), np.int64)
    arrays.require("l1", l1, (count,), weights.dtype)
    arrays.require("l2", l2, (count,), weights.dtype)
    if 0 in (count, weights.size):
        raise ValueError("there are no weights to penalize, or no segments; leave penalties out")
