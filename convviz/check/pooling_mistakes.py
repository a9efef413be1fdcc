"""What people do wrong with the windows of a pooling, and with its padding: mistakes of the whole answer."""

import numpy as np

from convviz.arrays import Numbers

__all__ = ["minimum", "window_mistakes", "with_padding_zero"]


def window_mistakes(task):
    """Mistakes with the strides, the rounding of the output size and the pool size, as `Attempt`s."""
    operation, change = task.operation, task.change
    if operation.strides != (1, 1):
        yield change("strides_one", strides=1)
    if operation.strides != operation.pool_size:
        yield change("strides_pool", strides=operation.pool_size)
    yield change("floor_taken" if operation.ceil_mode else "ceil_taken", ceil_mode=not operation.ceil_mode)
    if operation.pool_size[0] != operation.pool_size[1]:
        yield change("pool_swapped", pool_size=operation.pool_size[::-1], strides=operation.strides[::-1])


def minimum(task):
    """The minimum of each window."""
    largest = task.operation.sibling("max_pooling")
    return -largest.compute(Numbers(-task.numbers.array, task.numbers.weak))


def with_padding_zero(task):
    """The answer of a pooling for which padding is 0."""
    numbers, where = task.numbers, task.where
    sizes = [(-axis.low, axis.high - axis.size) for axis in (where.rows, where.columns)]
    padded = np.pad(numbers.array, [(0, 0), *sizes, (0, 0)])
    valid = task.operation.changed(padding="valid", ceil_mode=False)
    return valid.compute(Numbers(padded, numbers.weak))
