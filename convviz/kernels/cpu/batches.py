"""Batches picked from a data set and made float.

Arguments of kernels besides those that `convviz.kernels` describes:

======== =======================================
source   (rows, …): a data set
indices  (N,), int64: the rows that make a batch
======== =======================================
"""

import numpy as np

from convviz.kernels.cpu import memory
from convviz.kernels.cpu.chunks import share_rows
from convviz.kernels.cpu.compile import compiled

__all__ = ["gather"]

#: What compiled code reads; float16 and others are left to NumPy.
COMPILED = frozenset("?bBhHiIlLqQfd")


@compiled
def gather_rows(source, indices, out, begin, end):
    """Rows `begin` … `end` of `gather`; source and out are (rows, cells)."""
    for i in range(begin, end):
        row, mine = source[indices[i]], out[i]
        for k in range(len(mine)):
            mine[k] = row[k]


def gather(source, indices, out):
    """Copy rows of a data set, cast to the dtype of `out`.

    Parameters
    ----------
    source : ndarray, (n, …), of bools, integers or floats
        Rows of C-ordered arrays are shared among the cores; of others, and of float16, they are copied one by one.
    indices : ndarray of int64, (rows,)
        Which rows, 0 … n − 1; any may come more than once.
    out : ndarray of float32 or float64, (rows, …)

    Raises
    ------
    ValueError
        If shapes do not fit.
    IndexError
        If there is no such row.
    """
    memory.require("indices", indices, (len(out),), np.int64)
    if source.shape[1:] != out.shape[1:]:
        raise ValueError(f"rows of the source have the shape {source.shape[1:]}, those of out {out.shape[1:]}")
    if len(indices) and not 0 <= indices.min() <= indices.max() < len(source):
        worst = int(np.argmax((indices < 0) | (indices >= len(source))))
        raise IndexError(f"there are rows 0 … {len(source) - 1}; indices[{worst}] is {indices[worst]}")
    target = memory.writable(out, "out").reshape(len(out), int(np.prod(out.shape[1:])))
    flags = source.flags
    if source.dtype.char in COMPILED and source.dtype.isnative and flags.c_contiguous and flags.aligned:
        rows = memory.readable(np.asarray(source)).reshape(len(source), target.shape[1])
        share_rows(gather_rows, len(out), out.size, rows, memory.readable(indices), target)
    else:
        for i, index in enumerate(indices.tolist()):
            out[i] = source[index]
