"""Output rows one by one, for large arrays without vector code of their own: integers, and the pooling of single planes.

A row adds up its products tap by tap along the columns, in the order in which a cell would, so results are the same bits
as cell by cell. Functions fill the rows `begin` … `end`, counted through the batch, so that threads can share them.
Arguments are those of the functions of `cpu` and `window`; in pooling rows of pixels are flat, (N, H, W·C): the channels
of pixel x begin at x·C.

Arguments of kernels besides those that `convviz.kernels` describes:

============ =======================================================================
channels     how many numbers a pixel has
line         an output row that is added to, see `add_tap`; in pooling (W_out·C,)
best         (W_out·C,): the maxima of an output row so far
pixels       (W_out·C,): the number of each maximum's window in its row
offset       cell of the input row that a tap of window 0 reads; negative in padding
start, stop  which outputs of a row are computed
left         cell where window 0 begins; negative in padding
size, width  cells of an input row
outputs      cells of an output row
first        place of the first cell of an input row in its plane
============ =======================================================================
"""

import numpy as np

from convviz.kernels.cpu.compile import compiled, device_function

__all__ = ["convolve_rows", "maximum_rows", "mean_rows", "transposed_rows"]

#: From how many numbers on a line is worth a loop of its own for each tap.
WIDE = 16


@device_function
def span(offset, stride, size, outputs):
    """Which outputs x read a cell of the input: those with ``0 ≤ x·stride + offset < size``, as start and stop."""
    start = max(0, (stride - 1 - offset) // stride)
    stop = min(outputs, (size - 1 - offset) // stride + 1)
    return start, max(start, stop)


@device_function
def add_tap(line, image, weights, stride, offset, start, stop, groups):
    """Add to every pixel of an output line the products of one tap.

    Line and image are (pixels, channels), weights (channels, filters); for one channel and one filter (pixels,) and a
    number: then a line without strides is a loop that the compiler turns into vector code.
    """
    if line.ndim == 1:
        if stride == 1:
            source, target = image[start + offset : stop + offset], line[start:stop]
            for x in range(stop - start):
                target[x] += source[x] * weights
        else:
            for x in range(start, stop):
                line[x] += image[x * stride + offset] * weights
    else:
        depth, per_group = weights.shape[0], weights.shape[1] // groups
        for x in range(start, stop):
            source = image[x * stride + offset]
            target = line[x]
            for g in range(groups):
                for c in range(depth):
                    value = source[g * depth + c]
                    for f in range(g * per_group, (g + 1) * per_group):
                        target[f] += value * weights[c, f]


@compiled
def convolve_rows(image, kernel, bias, sampling, groups, out, begin, end):
    """Convolution of output rows `begin` … `end`, counted through the batch; see `add_tap` for planes."""
    for task in range(begin, end):
        n, row = task // out.shape[1], task % out.shape[1]
        line = out[n, row]
        line[:] = bias
        for i in range(kernel.shape[0]):
            y = sampling.first_row + row * sampling.stride_rows + i * sampling.dilation_rows
            if 0 <= y < image.shape[1]:
                for j in range(kernel.shape[1]):
                    offset = sampling.first_column + j * sampling.dilation_columns
                    start, stop = span(offset, sampling.stride_columns, image.shape[2], out.shape[2])
                    add_tap(line, image[n, y], kernel[i, j], sampling.stride_columns, offset, start, stop, groups)


@compiled
def transposed_rows(image, kernel, bias, sampling, groups, out, begin, end):
    """Transposed convolution of output rows `begin` … `end`: each gathers the input rows that stamp onto it."""
    per_group, depth = kernel.shape[2], kernel.shape[3] // groups
    for task in range(begin, end):
        n, row = task // out.shape[1], task % out.shape[1]
        line = out[n, row]
        line[:] = bias
        for i in range(kernel.shape[0]):
            down = row + sampling.first_row - i * sampling.dilation_rows
            y = down // sampling.stride_rows
            if down % sampling.stride_rows == 0 and 0 <= y < image.shape[1]:
                for j in range(kernel.shape[1]):
                    shift = j * sampling.dilation_columns - sampling.first_column
                    for x in range(image.shape[2]):
                        column = x * sampling.stride_columns + shift
                        if 0 <= column < out.shape[2]:
                            for g in range(groups):
                                for o in range(per_group):
                                    f = g * per_group + o
                                    result = line[column, f]
                                    for c in range(g * depth, (g + 1) * depth):
                                        result += image[n, y, x, c] * kernel[i, j, o, c]
                                    line[column, f] = result


@device_function
def taps(start, dilation, window, size):
    """Which taps of a window that begins at `start` lie in the input, as first and stop."""
    first, stop = 0, window
    if start < 0:  # divisions are slow, and most windows lie inside
        first = (dilation - 1 - start) // dilation
    if start + (window - 1) * dilation >= size:
        stop = (size - 1 - start) // dilation + 1
    return first, max(first, stop)


@device_function
def better(value, best, place):
    """Whether `value` replaces the `best` so far, which stands at `place`: the first of equals and the first NaN stay."""
    return place < 0 or (best == best and not value <= best)


@device_function
def larger_tap(best, argmax, pixels, image, channels, offset, start, stop, first):
    """Compare a line of maxima with one tap, for windows one pixel apart."""
    source = image[(start + offset) * channels : (stop + offset) * channels]
    best, argmax = best[start * channels : stop * channels], argmax[start * channels : stop * channels]
    pixels = pixels[start * channels : stop * channels]
    for k in range(len(source)):  # without a branch: the compiler turns it into vector code
        take = better(source[k], best[k], argmax[k])
        best[k] = source[k] if take else best[k]
        argmax[k] = first + offset + pixels[k] if take else argmax[k]


@device_function
def larger_windows(best, argmax, image, channels, window, stride, dilation, left, width, first):
    """Compare a line of maxima with one row of their windows, window by window."""
    for x in range(len(best) // channels):
        begin = left + x * stride
        low, high = taps(begin, dilation, window, width)
        for k in range(x * channels, (x + 1) * channels):
            most, where = best[k], argmax[k]
            for j in range(low, high):
                cell = begin + j * dilation
                value = image[cell * channels + k - x * channels]
                if better(value, most, where):
                    most, where = value, first + cell
            best[k], argmax[k] = most, where


@compiled
def maximum_rows(image, channels, pool, sampling, out, argmax, begin, end):
    """Maxima and where they stand, of output rows `begin` … `end`; rows of pixels are flat, (N, H, W·C)."""
    height, width, outputs = image.shape[1], image.shape[2] // channels, out.shape[2] // channels
    pixels = np.arange(out.shape[2]) // channels
    for task in range(begin, end):
        n, row = task // out.shape[1], task % out.shape[1]
        best, argmax_row = out[n, row], argmax[n, row]
        argmax_row[:] = -1
        for i in range(pool[0]):
            y = sampling.first_row + row * sampling.stride_rows + i * sampling.dilation_rows
            if 0 <= y < height and sampling.stride_columns == 1 and len(best) >= WIDE:
                for j in range(pool[1]):
                    offset = sampling.first_column + j * sampling.dilation_columns
                    start, stop = span(offset, 1, width, outputs)
                    larger_tap(best, argmax_row, pixels, image[n, y], channels, offset, start, stop, y * width)
            elif 0 <= y < height:
                steps = pool[1], sampling.stride_columns, sampling.dilation_columns, sampling.first_column
                larger_windows(best, argmax_row, image[n, y], channels, *steps, width, y * width)


@device_function
def add_cells(line, image, channels, offset, start, stop):
    """Add one tap to a line of sums, for windows one pixel apart."""
    source = image[(start + offset) * channels : (stop + offset) * channels]
    line = line[start * channels : stop * channels]
    for k in range(len(source)):
        line[k] += source[k]


@device_function
def add_windows(line, image, channels, window, stride, dilation, left, width):
    """Add one row of their windows to a line of sums, window by window."""
    for x in range(len(line) // channels):
        begin = left + x * stride
        low, high = taps(begin, dilation, window, width)
        if channels < WIDE:
            for k in range(x * channels, (x + 1) * channels):
                total = line[k]
                for j in range(low, high):
                    total += image[(begin + j * dilation) * channels + k - x * channels]
                line[k] = total
        else:
            for j in range(low, high):
                source = image[(begin + j * dilation) * channels : (begin + j * dilation + 1) * channels]
                sums = line[x * channels : (x + 1) * channels]
                for c in range(channels):
                    sums[c] += source[c]


@compiled
def mean_rows(image, channels, zero, pool, sampling, down, across, out, begin, end):
    """Means of the windows of output rows `begin` … `end`; so many cells count `down` and `across`."""
    line = np.full(out.shape[2], zero)
    for task in range(begin, end):
        n, row = task // out.shape[1], task % out.shape[1]
        line[:] = zero
        for i in range(pool[0]):
            y = sampling.first_row + row * sampling.stride_rows + i * sampling.dilation_rows
            if 0 <= y < image.shape[1] and sampling.stride_columns == 1 and len(line) >= WIDE:
                for j in range(pool[1]):
                    offset = sampling.first_column + j * sampling.dilation_columns
                    start, stop = span(offset, 1, image.shape[2] // channels, len(across))
                    add_cells(line, image[n, y], channels, offset, start, stop)
            elif 0 <= y < image.shape[1]:
                steps = pool[1], sampling.stride_columns, sampling.dilation_columns, sampling.first_column
                add_windows(line, image[n, y], channels, *steps, image.shape[2] // channels)
        for column in range(len(across)):
            count = down[row] * across[column]
            for k in range(column * channels, (column + 1) * channels):
                out[n, row, k] = line[k] / count
