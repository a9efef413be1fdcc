"""Convolutions and poolings on the CPU cell by cell, by one thread, with the functions of `window`: small arrays.

Arrays are C-ordered and all of one dtype: images (N, H, W, C_in), kernels (kh, kw, C_in // groups, C_out). Those of int64,
float32 and float64 are computed by compiled code, which is quick to compile; those of dtype object (Fractions, integers
beyond int64) by the same functions uncompiled, so they stay exact.
"""

from fractions import Fraction

import numpy as np

from convviz.kernels.cpu.compile import compiled, device_function
from convviz.kernels.sampling import transposed_sampling, window_sampling
from convviz.kernels.scalar import targets, window

__all__ = ["average_pool", "convolve", "convolve_transposed", "max_pool"]

cell_convolve, cell_transposed, cell_maximum, cell_total = targets.compile_functions(
    window, "convolve convolve_transposed maximum total", how=device_function
)


def fill(cell, out, *arguments):
    """Fill `out`, an array of dtype object, with what the uncompiled function `cell` gives for each index."""
    for index in np.ndindex(out.shape):
        out[index] = cell(*arguments, *index)


# ---------------------------------------------------------------- convolution


@compiled
def convolve_cells(image, kernel, bias, sampling, groups, out):
    """Convolution, cell by cell."""
    for n, row, column, f in np.ndindex(out.shape):
        out[n, row, column, f] = cell_convolve(image, kernel, bias, sampling, groups, n, row, column, f)


def convolve(image, kernel, bias, rows, columns, groups, out):
    """Cross-correlation of a batch.

    Parameters
    ----------
    image : ndarray, (N, H, W, C_in)
    kernel : ndarray, (kh, kw, C_in // groups, C_out)
    bias : ndarray, (C_out,)
    rows, columns : convviz.geometry.Axis
    groups : int
    out : ndarray, (N, rows.output, columns.output, C_out)
    """
    numbers = image, kernel, bias, window_sampling(rows, columns), groups
    if out.dtype == object:
        fill(window.convolve, out, *numbers)
    else:
        convolve_cells(*numbers, out)


@compiled
def transposed_cells(image, kernel, bias, sampling, groups, out):
    """Transposed convolution, cell by cell."""
    for n, row, column, f in np.ndindex(out.shape):
        out[n, row, column, f] = cell_transposed(image, kernel, bias, sampling, groups, n, row, column, f)


def convolve_transposed(image, kernel, bias, rows, columns, groups, out):
    """Transposed convolution of a batch; arguments as for `convolve`, but the kernel is (kh, kw, C_out // groups, C_in).

    `rows` and `columns` are `convviz.geometry.TransposedAxis`.
    """
    numbers = image, kernel, bias, transposed_sampling(rows, columns), groups
    if out.dtype == object:
        fill(window.convolve_transposed, out, *numbers)
    else:
        transposed_cells(*numbers, out)


# ---------------------------------------------------------------- pooling


@compiled
def maximum_cells(image, pool, sampling, out, argmax):
    """Maxima and where they stand, cell by cell."""
    for n, row, column, channel in np.ndindex(out.shape):
        place = cell_maximum(image, pool, sampling, n, row, column, channel)
        argmax[n, row, column, channel] = place
        out[n, row, column, channel] = image[n, place // image.shape[2], place % image.shape[2], channel]


def max_pool(image, rows, columns, out, argmax):
    """Maxima of a batch's windows.

    Parameters
    ----------
    image : ndarray, (N, H, W, C)
    rows, columns : convviz.geometry.Axis
    out : ndarray, (N, rows.output, columns.output, C)
    argmax : ndarray of int64, of the same shape
        For the places ``y·W + x`` of the maxima. The first of equals wins, and the first NaN over everything.
    """
    pool, sampling = (rows.window, columns.window), window_sampling(rows, columns)
    if image.dtype == object:
        fill(window.maximum, argmax, image, pool, sampling)
        shape = len(image), -1, image.shape[3]
        out[...] = np.take_along_axis(image.reshape(shape), argmax.reshape(shape), 1).reshape(out.shape)
    else:
        maximum_cells(image, pool, sampling, out, argmax)


@compiled
def mean_cells(image, zero, pool, sampling, down, across, out):
    """Means of windows, cell by cell."""
    for n, row, column, channel in np.ndindex(out.shape):
        total = cell_total(image, zero, pool, sampling, n, row, column, channel)
        out[n, row, column, channel] = total / (down[row] * across[column])


def average_pool(image, rows, columns, out, counts):
    """Means of a batch's windows; padding adds nothing.

    Parameters
    ----------
    image : ndarray, (N, H, W, C)
    rows, columns : convviz.geometry.Axis
    out : ndarray, (N, rows.output, columns.output, C)
        Of integers float64, of objects exact Fractions, else of the image's dtype.
    counts : pair of ndarray of int64, (rows.output,) and (columns.output,)
        How many cells count in the windows, down and across.
    """
    pool, sampling = (rows.window, columns.window), window_sampling(rows, columns)
    if image.dtype == object:
        fill(window.total, out, image, 0, pool, sampling)
        # two Python ints would divide into a float
        shares = [Fraction(1, int(count)) for count in np.multiply.outer(*counts).flat]
        out *= np.array(shares, object).reshape(1, rows.output, columns.output, 1)
    else:
        mean_cells(image, zero_of(image.dtype), pool, sampling, *counts, out)


def zero_of(dtype):
    """What sums of a dtype's numbers begin with: float64 for floats."""
    # in float32 a sum of ones ends at 2²⁴, so that the mean of a large photograph would be wrong
    return np.int64(0) if dtype == np.int64 else np.float64(0)
