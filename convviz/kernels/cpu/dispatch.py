"""Whole arrays on the CPU: every output cell of a convolution or pooling, see `convviz.kernels.interface`.

Arrays are numpy's and C-ordered. Which code computes them is decided here and nowhere else:

========================================= ====================================================================
object; fewer than `LARGE` products or    `cellwise`: cell by cell with the functions of `window`, by one thread:
cells                                     compiles fast, and exact
integers                                  `rowwise`: row by row on all cores, each sum in the order of its cell
floats, one kernel for every channel by   `planes`: columns in the lanes of vectors
itself, strides 1
floats, any other convolution             `convolution.convolve`: output channels in the lanes
floats, transposed                        `convolution.input_gradient`, whose sum it is
maxima of floats in windows of 2 × 2 or   `pooling.max_pool`
of 8 and more channels
other maxima, and means                   `rowwise`; means of floats are added up in float64
========================================= ====================================================================

Integers give the same bits either way. Floats that are large enough for vectors are added up in another order, and so
may differ from the cell-by-cell sum in the last digits; their bits do not depend on the number of threads. Where
weights are infinite or NaN nothing may be multiplied by a padding that the operation does not have, so a transposed
convolution with such weights goes row by row too.

The modules for large arrays are loaded when they are first needed. Those with vector code take the widest vectors that
the processor has; the environment variable ``CONVVIZ_SIMD`` names others, see `convviz.kernels.cpu.simd.selected`.
"""

import functools
import importlib

import numpy as np

from convviz.kernels.cpu import cellwise, threads
from convviz.kernels.cpu.numba_private import compiler_lock
from convviz.kernels.sampling import transposed_axis, transposed_sampling, window_sampling

__all__ = ["average_pool", "convolve", "convolve_transposed", "max_pool", "padded", "tensor_cores"]

#: From how many multiplications (or cells read) on work is shared among all cores.
LARGE = 100_000

#: Planes with more cells than int32 counts keep the row-by-row search for maxima.
MOST_CELLS = 2**31 - 1


@functools.cache
def load(name):
    """A module for large arrays, loaded on first use."""
    # forking waits for this lock, so that no child inherits half a module and the lock of whoever loads it
    with compiler_lock:
        return importlib.import_module(f".{name}", __package__)


def tensor_cores():
    """False: a CPU has none."""
    return False


# ---------------------------------------------------------------- convolution


def convolve(image, kernel, bias, rows, columns, groups, precision="float32"):
    """Cross-correlation of a batch; the CPU computes float32 in full, whatever `precision` allows."""
    out = np.empty((len(image), rows.output, columns.output, kernel.shape[3]), image.dtype)
    if image.dtype == object or out.size * kernel[..., 0].size < LARGE:
        cellwise.convolve(image, kernel, bias, rows, columns, groups, out)
    elif image.dtype.kind == "i":
        convolve_integers(image, kernel, bias, window_sampling(rows, columns), groups, out)
    else:
        convolve_floats(image, kernel, bias, rows, columns, groups, out)
    return out


def convolve_integers(image, kernel, bias, sampling, groups, out):
    """`convolve` row by row, into `out`."""
    rows = out.shape[0] * out.shape[1]
    if kernel.shape[2] == kernel.shape[3] == 1:  # planes without an axis of channels
        image, out = image.reshape(image.shape[:3]), out.reshape(out.shape[:3])
        kernel, bias = kernel.reshape(kernel.shape[:2]), bias[0]
    threads.share(load("rowwise").convolve_rows, rows, image, kernel, bias, sampling, groups, out)


def convolve_floats(image, kernel, bias, rows, columns, groups, out):
    """`convolve` with vectors, into `out`."""
    target = load("simd").selected()
    if rows.stride == columns.stride == 1 and alike(kernel, bias, groups):
        load("planes").correlate(image, kernel[:, :, 0, 0], bias[0], rows, columns, out, target=target)
    else:
        convolution = load("convolution")
        packed = convolution.pack_forward(kernel, rows, columns, groups, target=target)
        convolution.convolve(image, packed, bias, rows, columns, groups, out, target=target)


def alike(kernel, bias, groups):
    """Whether every channel by itself meets the same kernel and bias."""
    apart = kernel.shape[2] == 1 and kernel.shape[3] == groups
    return apart and bool((kernel == kernel[..., :1]).all() and (bias == bias[0]).all())


# ---------------------------------------------------------------- transposed convolution


def convolve_transposed(image, kernel, bias, rows, columns, groups, precision="float32"):
    """Transposed convolution of a batch; the CPU computes float32 in full, whatever `precision` allows."""
    out = np.empty((len(image), rows.output, columns.output, len(bias)), image.dtype)
    if image.dtype == object or image[..., 0].size * kernel.size < LARGE:
        cellwise.convolve_transposed(image, kernel, bias, rows, columns, groups, out)
    elif image.dtype.kind == "i" or not np.isfinite(kernel).all():
        numbers = image, kernel, bias, transposed_sampling(rows, columns), groups, out
        threads.share(load("rowwise").transposed_rows, out.shape[0] * out.shape[1], *numbers)
    else:
        transpose_floats(image, kernel, bias, rows, columns, groups, out)
    return out


def transpose_floats(image, kernel, bias, rows, columns, groups, out):
    """`convolve_transposed` with vectors, into `out`: the gradient with respect to the input of the convolution."""
    convolution, target = load("convolution"), load("simd").selected()
    axes = transposed_axis(rows), transposed_axis(columns)
    packed = convolution.pack_backward(kernel, *axes, groups, target=target)
    convolution.input_gradient(image, packed, *axes, groups, out, target=target)
    if bias.any():
        out += bias


# ---------------------------------------------------------------- maxima


def max_pool(image, rows, columns, with_argmax=True):
    """Maxima of a batch's windows, and where they stand: int32 from vector code, else int64."""
    out = np.empty((len(image), rows.output, columns.output, image.shape[3]), image.dtype)
    large = image.dtype != object and out.size * rows.window * columns.window >= LARGE
    vectors = large and vectors_of_channels(image, rows, columns)
    argmax = np.empty(out.shape, np.int32 if vectors else np.int64)
    if vectors:
        load("pooling").max_pool(image, rows, columns, out, argmax, load("simd").selected())
    elif large:
        windows = (rows.window, columns.window), window_sampling(rows, columns)
        lines = flat(image), image.shape[3], *windows, flat(out), flat(argmax)
        threads.share(load("rowwise").maximum_rows, len(out) * rows.output, *lines)
    else:
        cellwise.max_pool(image, rows, columns, out, argmax)
    return out, argmax if with_argmax else None


def vectors_of_channels(image, rows, columns):
    """Whether the maxima of an image are worth the vector code of `pooling`."""
    pairs = rows.window == columns.window == rows.stride == columns.stride == 2
    floats = image.dtype.kind == "f" and rows.size * columns.size <= MOST_CELLS
    return floats and (pairs or image.shape[3] >= 8)


# ---------------------------------------------------------------- means


def average_pool(image, rows, columns, count_include_pad=False):
    """Means of a batch's windows; of objects exact Fractions."""
    out = np.empty(
        (len(image), rows.output, columns.output, image.shape[3]), np.float64 if image.dtype == np.int64 else image.dtype
    )
    counts = [np.array(axis.counts(count_include_pad), np.int64) for axis in (rows, columns)]
    if image.dtype == object or out.size * rows.window * columns.window < LARGE:
        cellwise.average_pool(image, rows, columns, out, counts)
    else:
        windows = (rows.window, columns.window), window_sampling(rows, columns)
        lines = flat(image), image.shape[3], cellwise.zero_of(image.dtype), *windows, *counts, flat(out)
        threads.share(load("rowwise").mean_rows, len(out) * rows.output, *lines)
    return out


def flat(batch):
    """A batch whose rows are flat: (N, H, W·C)."""
    return batch.reshape(*batch.shape[:2], -1)


# ---------------------------------------------------------------- padding


def padded(image, above, below, left, right):
    """An image with zeros around it."""
    return np.ascontiguousarray(np.pad(image, [(0, 0), (above, below), (left, right), (0, 0)]))
