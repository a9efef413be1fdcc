"""The judge: convolution and pooling as one writes them on a board, in plain loops.

Nothing here is fast and nothing is clever. Arrays are nested lists (or anything indexed like them) of ints, Fractions
or floats: images ``image[n][row][column][channel]``, kernels ``kernel[i][j][channel][filter]``, kernels of a
transposed convolution ``kernel[i][j][filter][channel]``. Every function gives nested lists. Nothing of convviz is
imported.
"""

__all__ = [
    "avg_pool",
    "convolve",
    "crop_amounts",
    "global_avg_pool",
    "global_max_pool",
    "max_pool",
    "output_size",
    "pad_amounts",
    "transposed",
    "transposed_size",
]


def pair(value):
    """One value for both axes, or a value for each: (rows, columns)."""
    return (value, value) if isinstance(value, int) else tuple(value)


def along(padding, axis):
    """What `padding` says about axis 0 (rows) or 1 (columns)."""
    return padding if isinstance(padding, (str, int)) else padding[axis]


def span(window, dilation):
    """How many cells lie between the first and the last cell of a window, both included."""
    return (window - 1) * dilation + 1


def pad_amounts(size, window, stride, dilation, padding):
    """How many cells are added before and after one axis.

    `padding` is "valid", "same" (TensorFlow's rule), "full", an int, or (before, after).
    """
    if padding == "valid":
        return 0, 0
    if padding == "full":
        return span(window, dilation) - 1, span(window, dilation) - 1
    if padding == "same":
        wanted = divide_up(size, stride)
        total = max((wanted - 1) * stride + span(window, dilation) - size, 0)
        return total // 2, total - total // 2
    return pair(padding)


def divide_up(number, divisor):
    """The quotient, rounded up."""
    return -(-number // divisor)


def output_size(size, window, stride, dilation, padding, ceil_mode=False):
    """How many windows there are along one axis."""
    before, after = pad_amounts(size, window, stride, dilation, padding)
    way = size + before + after - span(window, dilation)
    if ceil_mode:
        count = divide_up(way, stride) + 1
        if (count - 1) * stride >= size + before:
            count = count - 1
    else:
        count = way // stride + 1
    if count < 1:
        raise ValueError(f"a window that spans {span(window, dilation)} does not fit into {size} + {before} + {after}")
    return count


def crop_amounts(window, stride, dilation, padding):
    """How many cells are cut off before and after one axis of a transposed convolution (for "same": only before)."""
    if padding == "same":
        return max(span(window, dilation) - stride, 0) // 2, None
    return pad_amounts(None, window, stride, dilation, padding)


def transposed_size(size, window, stride, dilation, padding, output_padding=0):
    """How many cells one axis of a transposed convolution has."""
    if output_padding >= max(stride, dilation):
        raise ValueError("output_padding must be smaller than the stride or the dilation")
    if padding == "same":
        return size * stride + output_padding
    before, after = crop_amounts(window, stride, dilation, padding)
    count = stride * (size - 1) + span(window, dilation) - before - after + output_padding
    if count < 1:
        raise ValueError("nothing is left after cropping")
    return count


def inside(image, row, column):
    """Whether there is such a cell in the image (padding is not)."""
    return 0 <= row < len(image) and 0 <= column < len(image[0])


def folded(position, size, mode):
    """The cell that is copied to a position before or after `size` cells: walk, and turn at each end until one is met."""
    while not 0 <= position < size:
        end = 0 if position < 0 else size - 1
        if mode == "replicate" or (mode == "reflect" and size == 1):
            position = end
        elif mode == "reflect":  # as far on the other side of the last cell
            position = 2 * end - position
        elif mode == "symmetric":  # as far on the other side of the edge behind the last cell
            position = 2 * end - position + (-1 if position < 0 else 1)
        elif mode == "circular":  # back in at the other end
            position += size if position < 0 else -size
        else:
            raise ValueError(mode)
    return position


def padded_value(plane, row, column, channel, mode):
    """What stands at a position of a padded image."""
    if mode == "zeros":
        return plane[row][column][channel] if inside(plane, row, column) else 0
    return plane[folded(row, len(plane), mode)][folded(column, len(plane[0]), mode)][channel]


def convolve(
    image,
    kernel,
    bias=None,
    strides=1,
    padding="valid",
    dilation_rate=1,
    groups=1,
    flip_kernel=False,
    padding_mode="zeros",
):
    """Each output cell: lay the kernel on the image, multiply cell by cell, add up."""
    (down, right), (dilate_down, dilate_right) = pair(strides), pair(dilation_rate)
    kernel_rows, kernel_columns = len(kernel), len(kernel[0])
    group_channels, filters = len(kernel[0][0]), len(kernel[0][0][0])
    answer = []
    for plane in image:
        top, _ = pad_amounts(len(plane), kernel_rows, down, dilate_down, along(padding, 0))
        left, _ = pad_amounts(len(plane[0]), kernel_columns, right, dilate_right, along(padding, 1))
        rows = output_size(len(plane), kernel_rows, down, dilate_down, along(padding, 0))
        columns = output_size(len(plane[0]), kernel_columns, right, dilate_right, along(padding, 1))
        output = zeros(rows, columns, filters)
        for y in range(rows):
            for x in range(columns):
                for f in range(filters):
                    first_channel = f // (filters // groups) * group_channels
                    total = 0 if bias is None else bias[f]
                    for i in range(kernel_rows):
                        for j in range(kernel_columns):
                            row = y * down + i * dilate_down - top
                            column = x * right + j * dilate_right - left
                            for c in range(group_channels):
                                if flip_kernel:
                                    weight = kernel[kernel_rows - 1 - i][kernel_columns - 1 - j][c][f]
                                else:
                                    weight = kernel[i][j][c][f]
                                value = padded_value(plane, row, column, first_channel + c, padding_mode)
                                total = total + value * weight
                    output[y][x][f] = total
        answer.append(output)
    return answer


def transposed(image, kernel, bias=None, strides=1, padding="valid", output_padding=0, dilation_rate=1, groups=1):
    """Each input cell stamps the kernel, times its value, onto the output; what falls outside is cut off."""
    (down, right), (dilate_down, dilate_right) = pair(strides), pair(dilation_rate)
    more_rows, more_columns = pair(output_padding)
    kernel_rows, kernel_columns = len(kernel), len(kernel[0])
    group_filters, channels = len(kernel[0][0]), len(kernel[0][0][0])
    top, _ = crop_amounts(kernel_rows, down, dilate_down, along(padding, 0))
    left, _ = crop_amounts(kernel_columns, right, dilate_right, along(padding, 1))
    answer = []
    for plane in image:
        rows = transposed_size(len(plane), kernel_rows, down, dilate_down, along(padding, 0), more_rows)
        columns = transposed_size(len(plane[0]), kernel_columns, right, dilate_right, along(padding, 1), more_columns)
        output = zeros(rows, columns, group_filters * groups)
        for y in range(len(plane)):
            for x in range(len(plane[0])):
                for c in range(channels):
                    first_filter = c // (channels // groups) * group_filters
                    for i in range(kernel_rows):
                        for j in range(kernel_columns):
                            row = y * down + i * dilate_down - top
                            column = x * right + j * dilate_right - left
                            if inside(output, row, column):
                                for f in range(group_filters):
                                    stamp = plane[y][x][c] * kernel[i][j][f][c]
                                    output[row][column][first_filter + f] += stamp
        if bias is not None:
            for row in range(rows):
                for column in range(columns):
                    for f in range(group_filters * groups):
                        output[row][column][f] += bias[f]
        answer.append(output)
    return answer


def max_pool(image, pool_size=2, strides=None, padding="valid", dilation_rate=1, ceil_mode=False):
    """The largest real cell of each window and its place, row * width + column. The first of equals; NaN wins."""
    values, places = [], []
    for plane in image:
        windows = pool_windows(plane, pool_size, strides, padding, dilation_rate, ceil_mode)
        value_map = zeros(len(windows), len(windows[0]), len(plane[0][0]))
        place_map = zeros(len(windows), len(windows[0]), len(plane[0][0]))
        for y in range(len(windows)):
            for x in range(len(windows[0])):
                real = [(row, column) for row, column in windows[y][x] if inside(plane, row, column)]
                if not real:
                    raise ValueError(f"window ({y}, {x}) holds no cell of the image")
                for c in range(len(plane[0][0])):
                    best_row, best_column = real[0]
                    for row, column in real:
                        if beats(plane[row][column][c], plane[best_row][best_column][c]):
                            best_row, best_column = row, column
                    value_map[y][x][c] = plane[best_row][best_column][c]
                    place_map[y][x][c] = best_row * len(plane[0]) + best_column
        values.append(value_map)
        places.append(place_map)
    return values, places


def beats(challenger, champion):
    """Whether a later cell takes the place of the best so far: only if larger, or if it is the first NaN."""
    return challenger > champion or (is_nan(challenger) and not is_nan(champion))


def is_nan(value):
    """NaN alone differs from itself."""
    return value != value


def avg_pool(image, pool_size=2, strides=None, padding="valid", dilation_rate=1, ceil_mode=False, count_include_pad=False):
    """The mean of each window: of its real cells, or of its real and padding cells (zeros) with `count_include_pad`."""
    (rows_down, columns_right), (dilate_down, dilate_right) = pair(pool_size), pair(dilation_rate)
    down, right = pair(pool_size if strides is None else strides)
    answer = []
    for plane in image:
        top, bottom = pad_amounts(len(plane), rows_down, down, dilate_down, along(padding, 0))
        left, right_side = pad_amounts(len(plane[0]), columns_right, right, dilate_right, along(padding, 1))
        windows = pool_windows(plane, pool_size, strides, padding, dilation_rate, ceil_mode)
        output = zeros(len(windows), len(windows[0]), len(plane[0][0]))
        for y in range(len(windows)):
            for x in range(len(windows[0])):
                real = [(row, column) for row, column in windows[y][x] if inside(plane, row, column)]
                padded = [
                    (row, column)
                    for row, column in windows[y][x]
                    if -top <= row < len(plane) + bottom and -left <= column < len(plane[0]) + right_side
                ]
                count = len(padded) if count_include_pad else len(real)
                if not real:
                    raise ValueError(f"window ({y}, {x}) holds no cell of the image")
                for c in range(len(plane[0][0])):
                    total = 0
                    for row, column in real:
                        total = total + plane[row][column][c]
                    output[y][x][c] = total / count
        answer.append(output)
    return answer


def pool_windows(plane, pool_size, strides, padding, dilation_rate, ceil_mode):
    """The cells (row, column) of every window, in row order, those of the padding and beyond included."""
    (pool_rows, pool_columns), (dilate_down, dilate_right) = pair(pool_size), pair(dilation_rate)
    down, right = pair(pool_size if strides is None else strides)
    top, _ = pad_amounts(len(plane), pool_rows, down, dilate_down, along(padding, 0))
    left, _ = pad_amounts(len(plane[0]), pool_columns, right, dilate_right, along(padding, 1))
    rows = output_size(len(plane), pool_rows, down, dilate_down, along(padding, 0), ceil_mode)
    columns = output_size(len(plane[0]), pool_columns, right, dilate_right, along(padding, 1), ceil_mode)
    return [
        [
            [
                (y * down + i * dilate_down - top, x * right + j * dilate_right - left)
                for i in range(pool_rows)
                for j in range(pool_columns)
            ]
            for x in range(columns)
        ]
        for y in range(rows)
    ]


def global_max_pool(image):
    """The largest cell of each channel: ``answer[n][channel]``."""
    answer = []
    for plane in image:
        largest = list(plane[0][0])
        for row in plane:
            for cell in row:
                for c, value in enumerate(cell):
                    if beats(value, largest[c]):
                        largest[c] = value
        answer.append(largest)
    return answer


def global_avg_pool(image):
    """The mean of each channel: ``answer[n][channel]``."""
    answer = []
    for plane in image:
        totals = [0] * len(plane[0][0])
        for row in plane:
            for cell in row:
                for c, value in enumerate(cell):
                    totals[c] = totals[c] + value
        answer.append([total / (len(plane) * len(plane[0])) for total in totals])
    return answer


def zeros(rows, columns, channels):
    """A map of zeros, every cell its own."""
    return [[[0 for _ in range(channels)] for _ in range(columns)] for _ in range(rows)]
