"""What people do wrong with single weights, rows and columns of a kernel: mistakes of the whole answer."""

import itertools

import numpy as np

from convviz.check.map_mistakes import is_whole

__all__ = ["named_weight", "weight_mistakes"]

#: Up to so many weights are tried one by one for a lost sign, and so many pairs of neighbours for being swapped.
SIGNS, PAIRS = 150, 24


def weight_mistakes(task):
    """Mistakes with signs, zeros, rows and columns of a kernel, as `Attempt`s."""
    kernel = task.operation.kernel
    yield from sign_mistakes(task)
    if np.any(kernel == 0) and np.any(kernel != 0):
        yield task.on_kernel("weight_zeros_as_ones", lambda given: np.where(given == 0, 1, given))
    yield from line_mistakes(task)
    yield from swap_mistakes(task)
    if not is_whole(kernel):
        yield task.on_kernel("weights_cut_off", np.trunc)
        yield task.on_kernel("weights_rounded", np.rint)


def sign_mistakes(task):
    """The sign of one weight lost, or of all."""
    kernel = task.operation.kernel
    negative = np.argwhere(kernel < 0)
    for index in negative[:SIGNS]:
        place = tuple(int(part) for part in index)
        kind, details = named_weight(task.operation, place, "sign_lost")
        yield task.on_kernel(kind, negated(place), details)
    if len(negative) > 1:
        yield task.on_kernel("signs_lost", np.abs)


def negated(place):
    """What changes the sign of one weight."""

    def function(kernel):
        lost = kernel.copy()
        lost[place] = -lost[place]
        return lost

    return function


def named_weight(operation, index, kind):
    """Kind and details of a mistake with one weight: row, column, then channel and filter where there are several."""
    if len(index) == 2:
        return kind, tuple(index)
    row, column, channel, output = index
    channels, outputs = operation.kernel.shape[2:]
    if operation.channel_axis == 3:
        channel, output, channels, outputs = output, channel, outputs, channels
    if outputs > 1:
        return f"{kind}_filter", (row, column, channel, output)
    return (f"{kind}_channel", (row, column, channel)) if channels > 1 else (kind, (row, column))


def line_mistakes(task):
    """A row or a column of the kernel left out: its products are missing, or the kernel is smaller."""
    kernel = task.operation.kernel
    for axis, kind in ((0, "kernel_row_left_out"), (1, "kernel_column_left_out")):
        size = kernel.shape[axis]
        if size == 1:
            continue
        for number in range(size):
            yield task.on_kernel(kind, without(axis, number), (number,))
            yield task.change(kind, (number,), kernel=np.delete(kernel, number, axis))
        name = "kernel_rows_swapped" if axis == 0 else "kernel_columns_swapped"
        for one, other in itertools.combinations(range(size), 2) if 2 < size < 6 else ():
            if (size, other - one) != (3, 2):  # that is the kernel upside down, or mirrored
                order = list(range(size))
                order[one], order[other] = other, one
                yield task.on_kernel(name, taken(axis, order), (one, other))


def without(axis, number):
    """What sets one row or column to zero."""

    def function(kernel):
        left = kernel.copy()
        left[(slice(None),) * axis + (number,)] = 0
        return left

    return function


def taken(axis, order):
    """What takes rows or columns in another order."""
    return lambda kernel: np.take(kernel, order, axis=axis)


def swap_mistakes(task):
    """Two weights beside each other swapped, in a kernel that is small."""
    rows, columns = task.operation.kernel_size
    if task.operation.kernel.size != rows * columns:
        return
    across = [((i, j), (i, j + 1)) for i in range(rows) for j in range(columns - 1)]
    down = [((i, j), (i + 1, j)) for i in range(rows - 1) for j in range(columns)]
    for one, other in (across + down)[:PAIRS]:
        yield task.on_kernel("weights_swapped", swapped(one, other), (*one, *other))


def swapped(one, other):
    """What swaps two weights."""

    def function(kernel):
        changed = kernel.copy()
        changed[one], changed[other] = kernel[other], kernel[one]
        return changed

    return function
