"""Whole arrays on the CPU: every output cell of a convolution or pooling.

Small outputs are computed cell by cell with the functions of `window`, by one thread, which compiles fast. Large
ones are computed row by row on all cores; a row adds up its products tap by tap along the columns, in the order in
which a cell would, so both give the same bits. Arrays are C-ordered: images ``(N, H, W, C)``, kernels ``(kh, kw,
C_in // groups, C_out)`` (transposed ``(kh, kw, C_out // groups, C_in)``), all of one dtype: int64, float32 or
float64, or object, which the interpreter computes exactly. `rows` and `columns` are the axes of a
`convviz.geometry.Geometry`.
"""

import numpy as np

from . import window
from .compile import compiled, leaf
from .threads import share

__all__ = ["convolve", "convolve_transposed", "max_pool", "sum_pool"]

#: From how many multiplications (or cells read) on rows are shared among all cores.
LARGE = 100_000

cell_convolve = leaf(window.convolve)
cell_transposed = leaf(window.convolve_transposed)
cell_maximum = leaf(window.maximum)
cell_total = leaf(window.total)


def place_of(rows, columns):
    """Strides, dilations and first positions of both axes, as `window` takes them."""
    return rows.stride, columns.stride, rows.dilation, columns.dilation, rows.start(0), columns.start(0)


def exactly(cell, out, *arguments):
    """Fill `out`, an array of dtype object, with what the uncompiled function `cell` gives for each index."""
    for index in np.ndindex(out.shape):
        out[index] = cell(*arguments, *index)


@compiled
def convolve_cells(image, kernel, bias, place, groups, out):
    """Convolution, cell by cell."""
    for n, row, column, f in np.ndindex(out.shape):
        out[n, row, column, f] = cell_convolve(image, kernel, bias, place, groups, n, row, column, f)


@leaf
def span(offset, stride, size, outputs):
    """Which outputs x read a cell of the input: those with ``0 ≤ x·stride + offset < size``, as start and stop."""
    start = max(0, (stride - 1 - offset) // stride)
    stop = min(outputs, (size - 1 - offset) // stride + 1)
    return start, max(start, stop)


@leaf
def add_tap(line, image, weights, stride, offset, start, stop, groups):
    """Add to every pixel of an output line the products of one tap; line and image are (pixels, channels)."""
    depth, filters = weights.shape
    per_group = filters // groups
    for x in range(start, stop):
        source = image[x * stride + offset]
        target = line[x]
        for g in range(groups):
            for c in range(depth):
                value = source[g * depth + c]
                for f in range(g * per_group, (g + 1) * per_group):
                    target[f] += value * weights[c, f]


@compiled
def convolve_rows(image, kernel, bias, place, groups, out, begin, end):
    """Convolution of output rows `begin` … `end`, counted through the batch."""
    for task in range(begin, end):
        n, row = task // out.shape[1], task % out.shape[1]
        line = out[n, row]
        line[:] = bias
        for i in range(kernel.shape[0]):
            y = place[4] + row * place[0] + i * place[2]
            if 0 <= y < image.shape[1]:
                for j in range(kernel.shape[1]):
                    offset = place[5] + j * place[3]
                    start, stop = span(offset, place[1], image.shape[2], out.shape[2])
                    add_tap(line, image[n, y], kernel[i, j], place[1], offset, start, stop, groups)


@compiled
def convolve_planes(image, kernel, bias, place, groups, out, begin, end):
    """`convolve_rows` for one channel and one filter, whose columns lie side by side: (N, H, W) and (kh, kw)."""
    for task in range(begin, end):
        n, row = task // out.shape[1], task % out.shape[1]
        line = out[n, row]
        line[:] = bias[0]
        for i in range(kernel.shape[0]):
            y = place[4] + row * place[0] + i * place[2]
            if 0 <= y < image.shape[1]:
                for j in range(kernel.shape[1]):
                    offset = place[5] + j * place[3]
                    start, stop = span(offset, place[1], image.shape[2], out.shape[2])
                    weight = kernel[i, j]
                    if place[1] == 1:  # a loop without strides is what the compiler turns into vector code
                        source = image[n, y, start + offset : stop + offset]
                        target = line[start:stop]
                        for x in range(stop - start):
                            target[x] += source[x] * weight
                    else:
                        for x in range(start, stop):
                            line[x] += image[n, y, x * place[1] + offset] * weight


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
    elif image.shape[3] == kernel.shape[3] == 1:
        planes = image[..., 0], kernel[..., 0, 0], bias, place, groups, out[..., 0]
        share(convolve_planes, out.shape[0] * out.shape[1], *map(contiguous, planes))
    else:
        share(convolve_rows, out.shape[0] * out.shape[1], image, kernel, bias, place, groups, out)
    return out


def contiguous(value):
    """An array whose last axis of length 1 was dropped, in the type of a C-ordered one; other values as they are."""
    return value.reshape(value.shape) if isinstance(value, np.ndarray) else value


@compiled
def transposed_cells(image, kernel, bias, place, groups, out):
    """Transposed convolution, cell by cell."""
    for n, row, column, f in np.ndindex(out.shape):
        out[n, row, column, f] = cell_transposed(image, kernel, bias, place, groups, n, row, column, f)


@compiled
def transposed_rows(image, kernel, bias, place, groups, out, begin, end):
    """Transposed convolution of output rows `begin` … `end`: each gathers the input rows that stamp onto it."""
    per_group, depth = kernel.shape[2], kernel.shape[3] // groups
    for task in range(begin, end):
        n, row = task // out.shape[1], task % out.shape[1]
        line = out[n, row]
        line[:] = bias
        for i in range(kernel.shape[0]):
            down = row + place[4] - i * place[2]
            y = down // place[0]
            if down % place[0] == 0 and 0 <= y < image.shape[1]:
                for j in range(kernel.shape[1]):
                    shift = j * place[3] - place[5]
                    for x in range(image.shape[2]):
                        column = x * place[1] + shift
                        if 0 <= column < out.shape[2]:
                            for g in range(groups):
                                for o in range(per_group):
                                    f = g * per_group + o
                                    result = line[column, f]
                                    for c in range(g * depth, (g + 1) * depth):
                                        result += image[n, y, x, c] * kernel[i, j, o, c]
                                    line[column, f] = result


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
    else:
        share(transposed_rows, out.shape[0] * out.shape[1], image, kernel, bias, place, groups, out)
    return out


@compiled
def maximum_rows(image, pool, place, out, winners, begin, end):
    """Maxima and where they stand, of output rows `begin` … `end`."""
    for task in range(begin, end):
        n, row = task // out.shape[1], task % out.shape[1]
        for column in range(out.shape[2]):
            for channel in range(out.shape[3]):
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
        `argmax` is int64: ``row·W + column`` of each maximum in its plane.
    """
    out = np.empty((len(image), rows.output, columns.output, image.shape[3]), image.dtype)
    winners = np.empty(out.shape, np.int64)
    pool, place = (rows.window, columns.window), place_of(rows, columns)
    if image.dtype == object:
        exactly(window.maximum, winners, image, pool, place)
        planes = image.reshape(len(image), -1, image.shape[3])
        out[...] = np.take_along_axis(planes, winners.reshape(len(image), -1, image.shape[3]), 1).reshape(out.shape)
    else:
        by_size(maximum_rows, out, pool, image, pool, place, out, winners)
    return out, winners


@compiled
def total_rows(image, zero, pool, place, out, begin, end):
    """Sums of the windows of output rows `begin` … `end`."""
    for task in range(begin, end):
        n, row = task // out.shape[1], task % out.shape[1]
        for column in range(out.shape[2]):
            for channel in range(out.shape[3]):
                out[n, row, column, channel] = cell_total(image, zero, pool, place, n, row, column, channel)


def sum_pool(image, rows, columns):
    """Sums of a batch's windows; padding adds nothing. Those of float32 are float64.

    Parameters
    ----------
    image : ndarray, (N, H, W, C)
    rows, columns : convviz.geometry.Axis

    Returns
    -------
    ndarray, (N, rows.output, columns.output, C)
    """
    # in float32 a sum of ones ends at 2²⁴, so that the mean of a large photograph would be wrong
    dtype = np.dtype(np.float64) if image.dtype == np.float32 else image.dtype
    out = np.empty((len(image), rows.output, columns.output, image.shape[3]), dtype)
    pool, place = (rows.window, columns.window), place_of(rows, columns)
    if image.dtype == object:
        exactly(window.total, out, image, 0, pool, place)
    else:
        by_size(total_rows, out, pool, image, dtype.type(0), pool, place, out)
    return out


def by_size(function, out, pool, *arguments):
    """Call a function of rows on all cores if windows of `pool` cells for `out` are many cells, else at once."""
    rows = out.shape[0] * out.shape[1]
    if out.size * pool[0] * pool[1] < LARGE:
        function(*arguments, 0, rows)
    else:
        share(function, rows, *arguments)
