"""Whole arrays on the CPU: every output cell of a convolution or pooling.

Arrays are C-ordered: images ``(N, H, W, C)``, kernels ``(kh, kw, C_in // groups, C_out)`` (transposed ``(kh, kw, C_out //
groups, C_in)``), all of one dtype: int64, float32 or float64, or object. `rows` and `columns` are the axes of a
`convviz.geometry.Geometry`. Which code computes them is decided here and nowhere else:

========================================= ====================================================================
object                                    the functions of `window`, uncompiled: exact
fewer than `LARGE` products or cells      cell by cell with the functions of `window`, by one thread: compiles fast
integers                                  `rows`: row by row on all cores, each sum in the order of its cell
floats, one kernel for every channel by   `planes`: columns in the lanes of vectors
itself, strides 1
floats, any other convolution             `convolution.forward`: output channels in the lanes
floats, transposed                        `convolution.input_gradient`, whose sum it is
maxima of floats in windows of 2 × 2 or   `pooling.max_pool`
of 8 and more channels
other maxima, and means                   `rows`; means of floats are added up in float64
========================================= ====================================================================

Integers give the same bits either way. Floats that are large enough for vectors are added up in another order, and so
may differ from the cell-by-cell sum in the last digits; their bits do not depend on the number of threads. Where
weights are infinite or NaN nothing may be multiplied by a padding that the operation does not have, so a transposed
convolution with such weights goes row by row too.

The modules for large arrays are loaded when they are first needed. Those with vector code take the widest vectors that
the processor has; the environment variable ``CONVVIZ_SIMD`` names others: "avx512", "avx2", "sse", "neon", or "plain" for
loops that the compiler alone turns into vectors. Vectors wider than the processor's are split, and slow.
"""

import functools
import importlib
import os
from fractions import Fraction

import numpy as np
from numba.core.compiler_lock import global_compiler_lock

from convviz.geometry import Axis
from convviz.kernels.cpu.compile import compiled, leaf
from convviz.kernels.cpu.threads import share
from convviz.kernels.scalar import window

__all__ = ["average_pool", "convolve", "convolve_transposed", "max_pool", "tile"]

#: From how many multiplications (or cells read) on work is shared among all cores.
LARGE = 100_000

#: Planes with more cells than int32 counts keep the row-by-row search for maxima.
MOST_CELLS = 2**31 - 1

cell_convolve = leaf(window.convolve)
cell_transposed = leaf(window.convolve_transposed)
cell_maximum = leaf(window.maximum)
cell_total = leaf(window.total)


@functools.cache
def load(name):
    """A module for large arrays, loaded on first use."""
    # forking waits for this lock, so that no child inherits half a module and the lock of whoever loads it
    with global_compiler_lock:
        return importlib.import_module(f".{name}", __package__)


def tile():
    """The tile of vectors, see `convviz.kernels.cpu.simd`: the machine's, or the one that ``CONVVIZ_SIMD`` names."""
    simd = load("simd")
    name = os.environ.get("CONVVIZ_SIMD", "")
    if not name:
        return simd.machine()
    tiles = {kind.__name__.lower(): kind for kind in (simd.Avx512, simd.Avx2, simd.Sse, simd.Neon, simd.Plain)}
    if name.lower() not in tiles:
        raise ValueError(f"the environment variable CONVVIZ_SIMD is {name!r}; expected one of {', '.join(tiles)}, or nothing")
    return tiles[name.lower()]()


def place_of(rows, columns):
    """Strides, dilations and first positions of both axes, as `window` takes them."""
    return rows.stride, columns.stride, rows.dilation, columns.dilation, rows.start(0), columns.start(0)


def exactly(cell, out, *arguments):
    """Fill `out`, an array of dtype object, with what the uncompiled function `cell` gives for each index."""
    for index in np.ndindex(out.shape):
        out[index] = cell(*arguments, *index)


# ---------------------------------------------------------------- convolution


@compiled
def convolve_cells(image, kernel, bias, place, groups, out):
    """Convolution, cell by cell."""
    for n, row, column, f in np.ndindex(out.shape):
        out[n, row, column, f] = cell_convolve(image, kernel, bias, place, groups, n, row, column, f)


def convolve(image, kernel, bias, rows, columns, groups):
    """Cross-correlation of a batch.

    Parameters
    ----------
    image : ndarray, (N, H, W, C_in)
    kernel : ndarray, (kh, kw, C_in // groups, C_out)
    bias : ndarray, (C_out,)
    rows, columns : convviz.geometry.Axis
    groups : int

    Returns
    -------
    ndarray, (N, rows.output, columns.output, C_out)
    """
    out = np.empty((len(image), rows.output, columns.output, kernel.shape[3]), image.dtype)
    place = place_of(rows, columns)
    if image.dtype == object:
        exactly(window.convolve, out, image, kernel, bias, place, groups)
    elif out.size * kernel[..., 0].size < LARGE:
        convolve_cells(image, kernel, bias, place, groups, out)
    elif image.dtype.kind == "i":
        parts = image, kernel, bias, out
        if kernel.shape[2] == kernel.shape[3] == 1:
            parts = image.reshape(image.shape[:3]), kernel.reshape(kernel.shape[:2]), bias[0], out.reshape(out.shape[:3])
        share(load("rowwise").convolve_rows, out.shape[0] * out.shape[1], *parts[:3], place, groups, parts[3])
    else:
        convolve_floats(image, kernel, bias, rows, columns, groups, out)
    return out


def convolve_floats(image, kernel, bias, rows, columns, groups, out):
    """`convolve` with vectors, into `out`."""
    target = tile()
    if rows.stride == columns.stride == 1 and alike(kernel, bias, groups):
        load("planes").correlate(image, kernel[:, :, 0, 0], bias[0], rows, columns, out, target=target)
    else:
        convolution = load("convolution")
        packed = convolution.pack_forward(kernel, rows, columns, groups, target=target)
        convolution.forward(image, packed, bias, rows, columns, groups, out, target=target)


def alike(kernel, bias, groups):
    """Whether every channel by itself meets the same kernel and bias."""
    apart = kernel.shape[2] == 1 and kernel.shape[3] == groups
    return apart and bool((kernel == kernel[..., :1]).all() and (bias == bias[0]).all())


# ---------------------------------------------------------------- transposed convolution


@compiled
def transposed_cells(image, kernel, bias, place, groups, out):
    """Transposed convolution, cell by cell."""
    for n, row, column, f in np.ndindex(out.shape):
        out[n, row, column, f] = cell_transposed(image, kernel, bias, place, groups, n, row, column, f)


def convolve_transposed(image, kernel, bias, rows, columns, groups):
    """Transposed convolution of a batch.

    Parameters
    ----------
    image : ndarray, (N, H, W, C_in)
    kernel : ndarray, (kh, kw, C_out // groups, C_in)
    bias : ndarray, (C_out,)
    rows, columns : convviz.geometry.TransposedAxis
    groups : int

    Returns
    -------
    ndarray, (N, rows.output, columns.output, C_out)
    """
    out = np.empty((len(image), rows.output, columns.output, len(bias)), image.dtype)
    place = rows.stride, columns.stride, rows.dilation, columns.dilation, rows.before, columns.before
    if image.dtype == object:
        exactly(window.convolve_transposed, out, image, kernel, bias, place, groups)
    elif image[..., 0].size * kernel.size < LARGE:
        transposed_cells(image, kernel, bias, place, groups, out)
    elif image.dtype.kind == "i" or not np.isfinite(kernel).all():
        share(load("rowwise").transposed_rows, out.shape[0] * out.shape[1], image, kernel, bias, place, groups, out)
    else:
        transpose_floats(image, kernel, bias, rows, columns, groups, out)
    return out


def transpose_floats(image, kernel, bias, rows, columns, groups, out):
    """`convolve_transposed` with vectors, into `out`: the gradient with respect to the input of the convolution."""
    convolution, target = load("convolution"), tile()
    axes = transposed_back(rows), transposed_back(columns)
    packed = convolution.pack_backward(kernel, *axes, groups, target=target)
    convolution.input_gradient(image, packed, *axes, groups, out, target=target)
    if bias.any():
        out += bias


def transposed_back(axis):
    """The axis of the convolution that was transposed; its input is what the transposed one gives."""
    return Axis(axis.output, axis.window, axis.stride, axis.dilation, axis.before, axis.after, False, axis.size)


# ---------------------------------------------------------------- maxima


@compiled
def maximum_cells(image, pool, place, out, winners):
    """Maxima and where they stand, cell by cell."""
    for n, row, column, channel in np.ndindex(out.shape):
        winner = cell_maximum(image, pool, place, n, row, column, channel)
        winners[n, row, column, channel] = winner
        out[n, row, column, channel] = image[n, winner // image.shape[2], winner % image.shape[2], channel]


def max_pool(image, rows, columns):
    """Maxima of a batch's windows.

    Parameters
    ----------
    image : ndarray, (N, H, W, C)
    rows, columns : convviz.geometry.Axis

    Returns
    -------
    values, argmax : ndarray, (N, rows.output, columns.output, C)
        `argmax` is int64 or int32: ``row·W + column`` of each maximum in its plane.
    """
    out = np.empty((len(image), rows.output, columns.output, image.shape[3]), image.dtype)
    pool, place = (rows.window, columns.window), place_of(rows, columns)
    large = image.dtype != object and out.size * pool[0] * pool[1] >= LARGE
    vectors = large and vectors_of_channels(image, rows, columns)
    winners = np.empty(out.shape, np.int32 if vectors else np.int64)
    if vectors:
        load("pooling").max_pool(image, rows, columns, out, winners, tile())
    elif large:
        lines = flat(image), image.shape[3], pool, place, flat(out), flat(winners)
        share(load("rowwise").maximum_rows, len(out) * rows.output, *lines)
    elif image.dtype == object:
        exactly(window.maximum, winners, image, pool, place)
        planes = image.reshape(len(image), -1, image.shape[3])
        out[...] = np.take_along_axis(planes, winners.reshape(len(image), -1, image.shape[3]), 1).reshape(out.shape)
    else:
        maximum_cells(image, pool, place, out, winners)
    return out, winners


def vectors_of_channels(image, rows, columns):
    """Whether the maxima of an image are worth the vector code of `pooling`."""
    pairs = rows.window == columns.window == rows.stride == columns.stride == 2
    floats = image.dtype.kind == "f" and rows.size * columns.size <= MOST_CELLS
    return floats and (pairs or image.shape[3] >= 8)


# ---------------------------------------------------------------- means


@compiled
def mean_cells(image, zero, pool, place, down, across, out):
    """Means of windows, cell by cell."""
    for n, row, column, channel in np.ndindex(out.shape):
        total = cell_total(image, zero, pool, place, n, row, column, channel)
        out[n, row, column, channel] = total / (down[row] * across[column])


def average_pool(image, rows, columns, count_include_pad=False):
    """Means of a batch's windows; padding adds nothing.

    Parameters
    ----------
    image : ndarray, (N, H, W, C)
    rows, columns : convviz.geometry.Axis
    count_include_pad : bool, default False
        Whether padding counts as cells.

    Returns
    -------
    ndarray, (N, rows.output, columns.output, C)
        Of integers float64, of objects exact Fractions, else of the image's dtype.
    """
    shape, pool = (len(image), rows.output, columns.output, image.shape[3]), (rows.window, columns.window)
    down, across = (np.array(axis.counts(count_include_pad), np.int64) for axis in (rows, columns))
    out = np.empty(shape, np.float64 if image.dtype == np.int64 else image.dtype)
    if image.dtype == object:
        exactly(window.total, out, image, 0, pool, place_of(rows, columns))
        # two Python ints would divide into a float
        shares = [Fraction(1, int(count)) for count in np.multiply.outer(down, across).flat]
        return out * np.array(shares, object).reshape(1, len(down), len(across), 1)
    # in float32 a sum of ones ends at 2²⁴, so that the mean of a large photograph would be wrong
    zero = np.int64(0) if image.dtype == np.int64 else np.float64(0)
    numbers = zero, pool, place_of(rows, columns), down, across
    if out.size * pool[0] * pool[1] < LARGE:
        mean_cells(image, *numbers, out)
    else:
        share(load("rowwise").mean_rows, len(out) * rows.output, flat(image), image.shape[3], *numbers, flat(out))
    return out


def flat(batch):
    """A batch whose rows are flat: (N, H, W·C)."""
    return batch.reshape(*batch.shape[:2], -1)
