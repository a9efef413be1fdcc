"""The arithmetic of one output cell, as plain functions that are compiled for every target.

Images are ``(N, H, W, C)``, kernels ``(kh, kw, C_in // groups, C_out)``. An output cell is named by its index ``n,
row, column`` and its channel. `sampling` is a `convviz.kernels.sampling.Sampling`, `pool` the rows and columns of a
window. Cells outside the image add nothing to a sum and take no part in a maximum. Sums start from a value of the
arrays' dtype: a literal 0 would make float32 sums float64.
"""

__all__ = ["convolve", "convolve_transposed", "maximum", "row_total", "total"]


def convolve(image, kernel, bias, sampling, groups, n, row, column, f):
    """One cell of a convolution: the bias, then the products tap by tap in row order, at each tap channel by channel."""
    top, left = sampling.first_row + row * sampling.stride_rows, sampling.first_column + column * sampling.stride_columns
    channel = f // (kernel.shape[3] // groups) * kernel.shape[2]
    result = bias[f]
    for i in range(kernel.shape[0]):
        y = top + i * sampling.dilation_rows
        if 0 <= y < image.shape[1]:
            for j in range(kernel.shape[1]):
                x = left + j * sampling.dilation_columns
                if 0 <= x < image.shape[2]:
                    for c in range(kernel.shape[2]):
                        result += image[n, y, x, channel + c] * kernel[i, j, c, f]
    return result


def convolve_transposed(image, kernel, bias, sampling, groups, n, row, column, f):
    """One cell of a transposed convolution: the bias and all that input cells stamp onto it.

    Input cell y stamps weight i onto row ``y·stride + i·dilation − before``; the kernel is ``(kh, kw, C_out //
    groups, C_in)``, and `sampling` is that of `convviz.kernels.sampling.transposed_sampling`.
    """
    depth, per_group = kernel.shape[3] // groups, kernel.shape[2]
    channel, output = f // per_group * depth, f % per_group
    result = bias[f]
    for i in range(kernel.shape[0]):
        down = row + sampling.first_row - i * sampling.dilation_rows
        y = down // sampling.stride_rows
        if down % sampling.stride_rows == 0 and 0 <= y < image.shape[1]:
            for j in range(kernel.shape[1]):
                across = column + sampling.first_column - j * sampling.dilation_columns
                x = across // sampling.stride_columns
                if across % sampling.stride_columns == 0 and 0 <= x < image.shape[2]:
                    for c in range(depth):
                        result += image[n, y, x, channel + c] * kernel[i, j, output, channel + c]
    return result


def maximum(image, pool, sampling, n, row, column, channel):
    """Where the largest value of a window of `pool` cells stands, as ``y·W + x``.

    The first of equals in row order wins, and the first NaN wins over everything. At least one cell lies in the
    image.
    """
    top, left = sampling.first_row + row * sampling.stride_rows, sampling.first_column + column * sampling.stride_columns
    place = -1
    best = image[n, 0, 0, channel]
    for i in range(pool[0]):
        y = top + i * sampling.dilation_rows
        if 0 <= y < image.shape[1]:
            for j in range(pool[1]):
                x = left + j * sampling.dilation_columns
                if 0 <= x < image.shape[2]:
                    value = image[n, y, x, channel]
                    # only a NaN differs from itself; once one is best, the last test fails for every later value
                    if place < 0 or value > best or (value != value and best == best):
                        place = y * image.shape[2] + x
                        best = value
    return place


def row_total(image, start, columns, sampling, n, y, column, channel):
    """`start` plus the values of one row of a window, `columns` cells wide; 0 more where row y is not in the image."""
    left = sampling.first_column + column * sampling.stride_columns
    result = start
    if 0 <= y < image.shape[1]:
        for j in range(columns):
            x = left + j * sampling.dilation_columns
            if 0 <= x < image.shape[2]:
                result += image[n, y, x, channel]
    return result


def total(image, zero, pool, sampling, n, row, column, channel):
    """`zero` plus the values of a window of `pool` cells."""
    top = sampling.first_row + row * sampling.stride_rows
    result = zero
    for i in range(pool[0]):
        result = row_total(image, result, pool[1], sampling, n, top + i * sampling.dilation_rows, column, channel)
    return result
