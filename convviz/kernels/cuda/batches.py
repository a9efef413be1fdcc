"""Batches picked on a GPU from a data set that lies there, and made float.

Arguments of kernels besides those that `convviz.kernels` describes:

======= ====================================================================
source  (rows, cells): a data set
order   (rows,): the rows of all batches of a run, one batch after the other
size    rows of a batch
======= ====================================================================
"""

import math

import numpy as np

from convviz.kernels.cuda import arrays
from convviz.kernels.cuda import clock as clocks
from convviz.kernels.cuda.clock import POSITION
from convviz.kernels.cuda.elementwise import launch
from convviz.kernels.cuda.launch import cuda, kernel

__all__ = ["gather"]

#: What data sets may be of.
SOURCES = "uint8", "int32", "int64", "float32", "float64"


@kernel
def gather_cells(source, order, clock, size, out):
    """A thread for each cell of `out`; source and out are (rows, cells)."""
    i = cuda.grid(1)
    if i < out.size:
        row = i // out.shape[1]
        k = i - row * out.shape[1]
        out[row, k] = source[order[clock[POSITION] * size + row], k]


def gather(source, order, clock, out, size=None, stream=0):
    """Copy the rows of a data set that the batch consists of, cast to the dtype of `out`.

    Row i of `out` becomes row ``order[position · size + i]`` of `source`, where the position is read on the GPU: a
    captured launch picks the next batch every time it is replayed.

    What `order` holds, and whether it goes that far, is known to the GPU only and not checked: it is for the caller to
    see that all numbers of `order` are 0 … n − 1 and that there are at least ``position · size + rows`` of them. With
    others the launch reads memory that is not the data set's.

    Parameters
    ----------
    source : device array of uint8, int32, int64, float32 or float64, (n, …)
        The data set, images or targets.
    order : device array of int32 or int64, (any,)
        Which rows, batch after batch.
    clock : device array, int64 (3,)
        Whose `convviz.kernels.cuda.clock.POSITION` says which batch this is.
    out : device array, (rows, …)
        Of float32 or float64; for labels, which are integers, of int64.
    size : int, optional
        Rows of every batch before this one, which may be the shorter last one; as many as `out` has unless it is given.
    stream : a stream of numba's, default 0

    Raises
    ------
    ValueError
        If shapes or dtypes do not fit.
    """
    rows, shape = out.shape[0], tuple(out.shape[1:])
    arrays.require("order", order, (None,), np.int32 if order.dtype == np.int32 else np.int64)
    arrays.require("source", source, (None, *shape), dtype_for(source, out))
    clocks.require(clock)
    cells = math.prod(shape)
    if rows * cells:
        lines = source.reshape(source.shape[0], cells), out.reshape(rows, cells)
        size = rows if size is None else int(size)
        launch(gather_cells, rows * cells, lines[0], order, clock, size, lines[1], stream=stream)


def dtype_for(source, out):
    """The dtype of `source`, or ValueError if rows of it can't become rows of `out`."""
    known = source.dtype.name in SOURCES
    fits = out.dtype.name in ("float32", "float64") or (out.dtype == np.int64 and source.dtype.kind in "ui")
    if not (known and fits):
        raise ValueError(
            f"rows of {source.dtype.name} are to become {out.dtype.name}; expected {', '.join(SOURCES)} to become "
            "float32 or float64, or integers to become int64"
        )
    return source.dtype
