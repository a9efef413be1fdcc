"""What people do wrong with the windows of a pooling: with what is taken of each, with strides and padding."""

from fractions import Fraction
from functools import lru_cache

import numpy as np

from convviz._support.read_only import read_only
from convviz.arrays import Numbers
from convviz.check.map_mistakes import Change
from convviz.check.result_mistakes import ROUNDING

__all__ = ["average_mistakes", "maximum_mistakes", "window_mistakes"]


def window_mistakes(task):
    """Mistakes with the strides, the rounding of the output size and the pool size, as `Attempt`s."""
    operation, change = task.operation, task.change
    if operation.strides != (1, 1):
        yield change("strides_one", strides=1)
    if operation.strides != operation.pool_size:
        yield change("strides_pool", strides=operation.pool_size)
    for amount in range(2, 5):
        if (amount, amount) not in (operation.strides, operation.pool_size):
            yield change("strides_wrong", (amount,), strides=amount)
    yield change("floor_taken" if operation.ceil_mode else "ceil_taken", ceil_mode=not operation.ceil_mode)
    if operation.pool_size[0] != operation.pool_size[1]:
        yield change("pool_swapped", pool_size=operation.pool_size[::-1], strides=operation.strides[::-1])
    for amount in range(2, 5):
        if operation.pool_size != (amount, amount):
            strides = amount if operation.strides == operation.pool_size else operation.strides
            yield change("pool_wrong", (amount, amount), pool_size=amount, strides=strides)


def maximum_mistakes(task):
    """Something else than the maximum of each window taken, as `Attempt`s."""
    yield instead(task, "mean_taken", mean)
    yield instead(task, "minimum_taken", minimum)
    yield instead(task, "sum_for_maximum", total)
    if task.where.padded:
        yield task.attempt("padding_zero", lambda: with_padding_zero(task))
    yield from picked_mistakes(task)


def average_mistakes(task):
    """Something else than the mean of each window taken, or the sum divided by another number, as `Attempt`s."""
    rows, columns = task.where.rows.window, task.where.columns.window
    yield instead(task, "maximum_taken", maximum)
    yield instead(task, "minimum_taken", minimum)
    yield instead(task, "sum_taken", total)
    yield task.on_result("mean_rounded_down", ROUNDING["rounded_down"])
    yield task.on_result("mean_rounded", ROUNDING["rounded_to_whole"])
    yield task.on_result("mean_rounded", halves_up)
    if task.where.padded and not task.operation.is_global:
        include = not task.operation.count_include_pad
        yield task.change("padding_counted" if include else "padding_not_counted", count_include_pad=include)
    for divisor in dict.fromkeys((rows, columns, rows + columns, rows * columns - 1, rows * columns + 1, rows * columns)):
        if divisor > 1:
            yield instead(task, "mean_divided_by", divided(divisor), (divisor,))
    yield instead(task, "zeros_not_counted", mean_of_others)
    for bits in (8, 16):
        yield instead(task, "sum_wrapped", wrapped_mean(bits), (bits, 2**bits - 1))
    yield from picked_mistakes(task)


def picked_mistakes(task):
    """One cell of each window taken, or the middle of all, as `Attempt`s."""
    yield instead(task, "first_taken", first)
    yield instead(task, "last_taken", last)
    yield instead(task, "median_taken", median)
    yield instead(task, "second_taken", second)
    if np.any(task.numbers.array < 0):
        yield instead(task, "magnitude_taken", lambda operation, numbers: maximum(operation, absolute(numbers)))
    yield instead(task, "range_taken", lambda *given: maximum(*given) - minimum(*given))


def halves_up(result):
    """Means rounded to whole numbers, halves up even where they are negative."""
    return ROUNDING["rounded_down"](result + (Fraction(1, 2) if result.dtype == object else 0.5))


def instead(task, kind, compute, details=()):
    """The `Attempt` that something else is taken of each window."""
    return task.changed(kind, details, Change(compute=compute))


def mean(operation, numbers):
    """The mean of each window."""
    return operation.sibling("average_pooling").compute(numbers)


def maximum(operation, numbers):
    """The maximum of each window."""
    return operation.sibling("max_pooling").compute(numbers)


def minimum(operation, numbers):
    """The minimum of each window."""
    return -maximum(operation, Numbers(-numbers.array, numbers.weak))


def absolute(numbers):
    """Numbers without their signs."""
    return Numbers(np.abs(numbers.array), numbers.weak)


def gathered(operation, image):
    """The cells of each window, (N, rows, columns, C, cells), and which are no padding, (rows, columns, cells)."""
    where = operation.geometry(image.shape[1:3])
    rows, columns, inside = cells_read(where.rows, where.columns)
    return np.moveaxis(image[:, rows, columns], 4, 3), inside


@lru_cache(maxsize=64)
def cells_read(rows, columns):
    """The row, the column of each cell of each window, -1 in padding, and which are no padding: (rows, columns, cells)."""
    along = [
        np.array(
            [[-1 if cell is None else cell for cell in map(axis.source, axis.cells(number))] for number in range(axis.output)]
        )
        for axis in (rows, columns)
    ]
    down, across = np.broadcast_arrays(along[0][:, None, :, None], along[1][None, :, None, :])
    shape = (rows.output, columns.output, -1)
    return tuple(read_only(part.reshape(shape)) for part in (down, across, (down >= 0) & (across >= 0)))


def total(operation, numbers):
    """The sum of each window."""
    cells, inside = gathered(operation, numbers.array)
    return np.where(inside[:, :, None], cells, 0).sum(axis=4)


def divided(divisor):
    """What divides the sum of each window by a number."""
    return lambda operation, numbers: total(operation, numbers) / divisor


def mean_of_others(operation, numbers):
    """The mean of the cells that are not zero; zero where all are."""
    cells, inside = gathered(operation, numbers.array)
    counted = inside[:, :, None] & (cells != 0)
    return np.where(counted, cells, 0).sum(axis=4) / np.maximum(counted.sum(axis=4), 1)


def wrapped_mean(bits):
    """What takes the mean of sums that wrap around as unsigned integers do."""

    def function(operation, numbers):
        counts = operation.counts(operation.geometry(numbers.array.shape[1:3]))[None, :, :, None]
        return total(operation, numbers) % 2**bits / counts

    return function


def chosen(cells, place):
    """The cells that stand at a place, (rows, columns), of each window."""
    return np.take_along_axis(cells, np.broadcast_to(place[:, :, None, None], (*cells.shape[:4], 1)), axis=4)[..., 0]


def first(operation, numbers):
    """The first cell of each window."""
    cells, inside = gathered(operation, numbers.array)
    return chosen(cells, inside.argmax(axis=2))


def last(operation, numbers):
    """The last cell of each window."""
    cells, inside = gathered(operation, numbers.array)
    return chosen(cells, inside.shape[2] - 1 - inside[:, :, ::-1].argmax(axis=2))


def in_order(operation, numbers):
    """The cells of each window in ascending order, those of padding last, and how many are none, (rows, columns)."""
    cells, inside = gathered(operation, numbers.array)
    most = np.iinfo(cells.dtype).max if cells.dtype.kind == "i" else np.inf
    return np.sort(np.where(inside[:, :, None], cells, most), axis=4), inside.sum(axis=2)


def second(operation, numbers):
    """The second largest cell of each window, the only one where there is one."""
    cells, counts = in_order(operation, numbers)
    return chosen(cells, np.maximum(counts - 2, 0))


def median(operation, numbers):
    """The median of each window."""
    cells, counts = in_order(operation, numbers)
    return (chosen(cells, (counts - 1) // 2) + chosen(cells, counts // 2)) / 2


def with_padding_zero(task):
    """The answer of a pooling for which padding is 0."""
    numbers, where = task.numbers, task.where
    sizes = [(-axis.low, axis.high - axis.size) for axis in (where.rows, where.columns)]
    padded = np.pad(numbers.array, [(0, 0), *sizes, (0, 0)])
    valid = task.operation.changed(padding="valid", ceil_mode=False)
    return valid.compute(Numbers(padded, numbers.weak))
