"""Metrics of a batch on a GPU, by row as in `convviz.nn.metrics`, and the log of means that is read once a run of batches.

Predictions are device arrays (N, K), C-ordered, of float32 or float64; what comes out is (N,), of their dtype. A metric of
single cells is given as the mean of a row. Differences are those of the predictions' dtype, and what is added up is rounded
once, see `convviz.kernels.cuda.row_reductions`.

Arguments of kernels besides those that `convviz.kernels` describes:

================= =====================================================================
values            (columns, N): what losses and metrics gave for the rows of a batch
log               (steps, columns): their means
width             cells of a row, 0 for one beyond the last
array             (N, K): predictions, or targets
numbers, indices  shared by a block, one a thread: the largest numbers and their places
column            of the log
================= =====================================================================
"""

import math

import numpy as np

from convviz.kernels.cuda import arrays, losses
from convviz.kernels.cuda import clock as clocks
from convviz.kernels.cuda.clock import BAD, POSITION
from convviz.kernels.cuda.launch import cuda, device_function, kernel
from convviz.kernels.cuda.row_reductions import (
    THREADS,
    cells_of,
    lane_of,
    more,
    over_rows,
    put_mean,
    rows_of,
    sum_of_lanes,
    width_of,
)

__all__ = ["binary_hits", "distances", "hits", "record", "require_log", "squares", "write"]

#: Threads of a block that adds up a column of the log, a power of 2.
COLUMN = 256


# ---------------------------------------------------------------- the place of the largest number


@device_function
def beats(value, place, best, where):
    """Whether `value` at `place` beats `best` at `where`, as in numpy's argmax: a NaN is the largest, of equals the first."""
    if value != value or best != best:
        return value != value and (best == best or place < where)
    return value > best or (value == best and place < where)


@device_function
def argmax_of_row(array, n, width, bits, numbers, indices):
    """The place of the largest number of row n, for each lane; `numbers` and `indices` are shared, of one a thread."""
    me, lane, step = cuda.threadIdx.x, lane_of(bits), (1 << bits) >> 1
    best, where = array.dtype.type(-math.inf), array.shape[1]
    for i in range(cells_of(width, bits)):
        place = lane + (i << bits)
        value = array[n, place]
        if beats(value, place, best, where):
            best, where = value, place
    numbers[me], indices[me] = best, where
    cuda.syncthreads()
    while step > 0:
        if lane < step and beats(numbers[me + step], indices[me + step], numbers[me], indices[me]):
            numbers[me], indices[me] = numbers[me + step], indices[me + step]
        cuda.syncthreads()
        step >>= 1
    where = indices[me - lane]
    cuda.syncthreads()
    return where


@device_function
def label_of(targets, n, width, bits, numbers, indices):
    """The right place in row n: its label, or where a row of targets is largest."""
    if targets.ndim == 1:  # known when this is compiled
        return targets[n] if width > 0 else -1
    return argmax_of_row(targets, n, width, bits, numbers, indices)


@kernel(threads=THREADS)
def hit_rows(targets, predictions, out, bits):
    """Rows of `hits`."""
    numbers = cuda.shared.array(THREADS, out.dtype)
    indices = cuda.shared.array(THREADS, np.int64)
    for n in rows_of(predictions.shape[0], bits):
        width = width_of(predictions, n)
        label = label_of(targets, n, width, bits, numbers, indices)
        place = argmax_of_row(predictions, n, width, bits, numbers, indices)
        if lane_of(bits) == 0 and width > 0:
            out[n] = out.dtype.type(place == label)


def hits(targets, predictions, out, stream=0):
    """For each row 1 where its largest number is where it should be, and else 0.

    Parameters
    ----------
    targets : device array
        Labels, int64 or int32 (N,), or rows (N, K) whose largest number is in the right place. The first of equals counts
        as the largest, and a NaN as larger than everything.
    predictions : device array, (N, K)
    out : device array, (N,)
    stream : a stream of numba's, default 0
    """
    losses.require_target(targets, predictions)
    launch(hit_rows, targets, predictions, out, stream)


# ---------------------------------------------------------------- means of rows


@kernel(threads=THREADS)
def binary_hit_rows(targets, predictions, out, bits):
    """Rows of `binary_hits`."""
    highs = cuda.shared.array(THREADS, out.dtype)
    lows = cuda.shared.array(THREADS, out.dtype)
    zero, half = out.dtype.type(0), out.dtype.type(0.5)
    for n in rows_of(predictions.shape[0], bits):
        width, count = width_of(predictions, n), zero
        for i in range(cells_of(width, bits)):
            k = lane_of(bits) + (i << bits)
            count += out.dtype.type((predictions[n, k] > half) == (targets[n, k] > half))
        put_mean(out, n, width, bits, highs, lows, count, zero)


def binary_hits(targets, predictions, out, stream=0):
    """The share of each row's cells that are on the right side of 0.5.

    Parameters
    ----------
    targets, predictions : device array, (N, K)
    out : device array, (N,)
    stream : a stream of numba's, default 0
    """
    arrays.require("targets", targets, predictions.shape, predictions.dtype)
    launch(binary_hit_rows, targets, predictions, out, stream)


def squares(targets, predictions, out, stream=0):
    """The mean squared difference of each row; arguments as for `binary_hits`."""
    losses.mean_squared_error(predictions, targets, None, out, stream=stream)


@kernel(threads=THREADS)
def distance_rows(targets, predictions, out, bits):
    """Rows of `distances`."""
    highs = cuda.shared.array(THREADS, out.dtype)
    lows = cuda.shared.array(THREADS, out.dtype)
    for n in rows_of(predictions.shape[0], bits):
        width, high, low = width_of(predictions, n), out.dtype.type(0), out.dtype.type(0)
        for i in range(cells_of(width, bits)):
            k = lane_of(bits) + (i << bits)
            high, low = more(high, low, abs(predictions[n, k] - targets[n, k]))
        put_mean(out, n, width, bits, highs, lows, high, low)


def distances(targets, predictions, out, stream=0):
    """The mean absolute difference of each row; arguments as for `binary_hits`."""
    arrays.require("targets", targets, predictions.shape, predictions.dtype)
    launch(distance_rows, targets, predictions, out, stream)


def launch(kernel, targets, predictions, out, stream):
    """Launch the kernel of a metric."""
    if predictions.shape[1] == 0:
        raise ValueError(f"expected rows of numbers, (N, K) with K at least 1; the shape is {predictions.shape}")
    arrays.require("out", out, predictions.shape[:1], predictions.dtype)
    over_rows(kernel, predictions.shape, targets, predictions, out, stream=stream)


# ---------------------------------------------------------------- the log


@device_function
def write(log, clock, column, number, watched):
    """Write `number` where the clock stands, and into the clock if it is `watched` and the first that is not finite."""
    position = clock[POSITION]
    if position < log.shape[0]:
        log[position, column] = number
        if watched and not math.isfinite(number) and clock[BAD] == 0:
            clock[BAD] = 1 + position


@kernel(threads=COLUMN)
def record_columns(values, log, clock, bits):
    """A block for each column; the threads are the lanes of its sum."""
    highs = cuda.shared.array(COLUMN, values.dtype)
    lows = cuda.shared.array(COLUMN, values.dtype)
    column, rows = cuda.blockIdx.x, values.shape[1]
    high, low = values.dtype.type(0), values.dtype.type(0)
    for i in range(cells_of(rows, bits)):
        high, low = more(high, low, values[column, lane_of(bits) + (i << bits)])
    mean = sum_of_lanes(highs, lows, bits, high, low) / values.dtype.type(rows)
    if cuda.threadIdx.x == 0:
        write(log, clock, column, mean, column == 0)


def record(values, log, clock, stream=0):
    """Write the mean of each column of a batch into the log, where the clock stands.

    Column 0 is the loss: where its mean is not finite, and was so far, the clock's `BAD` becomes 1 + the position. A mean
    is that of exact sums, rounded, to about 2 units in the last place; what exceeds the dtype in sum is infinite.

    Parameters
    ----------
    values : device array, (columns, N) with N at least 1
        What losses and metrics gave for the rows of this batch.
    log : device array, (steps, columns or more)
        Of the same dtype. What stands beyond the columns of `values` is left alone, and so is all of it once the clock is
        beyond the last step.
    clock : device array, int64 (3,)
        See `convviz.kernels.cuda.clock`.
    stream : a stream of numba's, default 0
    """
    clocks.require(clock)
    if len(values.shape) != 2 or 0 in values.shape:
        raise ValueError(f"expected a number for each column and row, (columns, N); the shape is {values.shape}")
    require_log(log, values.shape[0], values.dtype)
    bits = record_columns.threads.bit_length() - 1
    record_columns(values.shape[0], values, log, clock, bits, stream=stream)


def require_log(log, columns, dtype):
    """Raise ValueError unless a log has so many columns."""
    arrays.require("log", log, (None, None), dtype)
    if log.shape[1] < columns:
        raise ValueError(f"the log has {log.shape[1]} columns; expected {columns} or more")
