"""The arithmetic of one output cell, as plain leaf functions that are compiled for every target.

Images are ``(N, H, W, C)``, kernels ``(kh, kw, C_in // groups, C_out)``. An output cell is named by its index ``n,
row, column`` and its channel. `place` is ``(row stride, column stride, row dilation, column dilation, top, left)``,
where top and left are the position of the very first cell that is read (negative in the padding). Cells outside the
image add nothing to a sum and take no part in a maximum. Sums start from a value of the arrays' dtype: a literal 0
would make float32 sums float64.
"""

__all__ = ["convolve", "convolve_transposed", "maximum", "total"]


def convolve(image, kernel, bias, place, groups, n, row, column, f):
    """One cell of a convolution: the bias, then the products tap by tap in row order, at each tap channel by channel."""
    top, left = place[4] + row * place[0], place[5] + column * place[1]
    channel = f // (kernel.shape[3] // groups) * kernel.shape[2]
    result = bias[f]
    for i in range(kernel.shape[0]):
        y = top + i * place[2]
        if 0 <= y < image.shape[1]:
            for j in range(kernel.shape[1]):
                x = left + j * place[3]
                if 0 <= x < image.shape[2]:
                    for c in range(kernel.shape[2]):
                        result += image[n, y, x, channel + c] * kernel[i, j, c, f]
    return result


def convolve_transposed(image, kernel, bias, place, groups, n, row, column, f):
    """One cell of a transposed convolution: the bias and all that input cells stamp onto it.

    Input cell y stamps weight i onto row ``y·stride + i·dilation − before``; the kernel is ``(kh, kw, C_out //
    groups, C_in)``, and ``before`` stands in the places of `place` that otherwise hold top and left.
    """
    depth, per_group = kernel.shape[3] // groups, kernel.shape[2]
    channel, output = f // per_group * depth, f % per_group
    result = bias[f]
    for i in range(kernel.shape[0]):
        down = row + place[4] - i * place[2]
        y = down // place[0]
        if down % place[0] == 0 and 0 <= y < image.shape[1]:
            for j in range(kernel.shape[1]):
                across = column + place[5] - j * place[3]
                x = across // place[1]
                if across % place[1] == 0 and 0 <= x < image.shape[2]:
                    for c in range(depth):
                        result += image[n, y, x, channel + c] * kernel[i, j, output, channel + c]
    return result


def maximum(image, pool, place, n, row, column, channel):
    """Where the largest value of a window of `pool` cells stands, as ``y·W + x``.

    The first of equals in row order wins, and the first NaN wins over everything. At least one cell lies in the
    image.
    """
    top, left = place[4] + row * place[0], place[5] + column * place[1]
    winner = -1
    best = image[n, 0, 0, channel]
    for i in range(pool[0]):
        y = top + i * place[2]
        if 0 <= y < image.shape[1]:
            for j in range(pool[1]):
                x = left + j * place[3]
                if 0 <= x < image.shape[2]:
                    value = image[n, y, x, channel]
                    # only a NaN differs from itself; once one is best, the last test fails for every later value
                    if winner < 0 or value > best or (value != value and best == best):
                        winner = y * image.shape[2] + x
                        best = value
    return winner


def total(image, zero, pool, place, n, row, column, channel):
    """`zero` plus the values of a window of `pool` cells."""
    top, left = place[4] + row * place[0], place[5] + column * place[1]
    result = zero
    for i in range(pool[0]):
        y = top + i * place[2]
        if 0 <= y < image.shape[1]:
            for j in range(pool[1]):
                x = left + j * place[3]
                if 0 <= x < image.shape[2]:
                    result += image[n, y, x, channel]
    return result
