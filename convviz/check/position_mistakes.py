"""What people do wrong with the place of windows: mistakes of the whole answer of any operation."""

from functools import partial

import numpy as np

from convviz.arrays import Numbers

__all__ = ["axis_mistakes", "position_mistakes"]


def position_mistakes(task):
    """Mistakes with where the windows stand: padding, strides, dilation, one row or column off; as `Attempt`s."""
    operation, numbers, change = task.operation, task.numbers, task.change
    if "padding" in operation.settings:
        yield from padding_mistakes(task.where, change)
    if "strides" in operation.settings:
        yield from stride_mistakes(operation, change)
    if "dilation_rate" in operation.settings and operation.dilation_rate != (1, 1):
        yield change("dilation_ignored", dilation_rate=1)
    if "output_padding" in operation.settings and operation.output_padding != (0, 0):
        yield change("output_padding_ignored", output_padding=0)
    for kind, down, across in (("row_late", 1, 0), ("row_early", -1, 0), ("column_late", 0, 1), ("column_early", 0, -1)):
        moved = partial(shifted, numbers.array, down, across)
        yield task.attempt(kind, lambda moved=moved: operation.compute(Numbers(moved(), numbers.weak)))


def stride_mistakes(operation, change):
    """Strides ignored, swapped, or taken as two."""
    if operation.strides != (1, 1) and operation.weighted:
        yield change("strides_ignored", strides=1)
    if operation.strides[0] != operation.strides[1]:
        yield change("strides_swapped", strides=operation.strides[::-1])
    if operation.strides == (1, 1) and operation.weighted:
        yield change("strides_two", strides=2)


def axis_mistakes(task):
    """Rows taken for columns, as `Attempt`s."""
    numbers = task.numbers
    turned = Numbers(numbers.array.transpose(0, 2, 1, 3), numbers.weak)
    yield task.attempt("input_transposed", lambda: task.operation.compute(turned))
    yield task.attempt("answer_transposed", lambda: task.right.transpose(0, 2, 1, 3))


def padding_mistakes(where, change):
    """Padding left out, added, of another amount, on the other side."""
    axes = where.rows, where.columns
    amounts = tuple((axis.before, axis.after) for axis in axes)
    padded = any(part for pair in amounts for part in pair)
    if padded:
        yield change("padding_left_out", padding="valid")
    for amount in range(1, max(max(axis.reach for axis in axes), 3)):
        if amounts != ((amount, amount), (amount, amount)):
            yield change("padding_wrong" if padded else "padding_added", (amount,), padding=amount)
    totals = [sum(pair) for pair in amounts]
    one_sided = {
        "padding_first": tuple((total, 0) for total in totals),
        "padding_last": tuple((0, total) for total in totals),
        "padding_swapped": tuple(pair[::-1] for pair in amounts),
    }
    for kind, pairs in one_sided.items():
        if padded and pairs != amounts:
            yield change(kind, padding=pairs)


def shifted(batch, down, across):
    """A batch moved so that windows read one row or column further on; zeros come in at the end."""
    height, width = batch.shape[1:3]
    moved = np.zeros_like(batch)
    rows, columns = (slice(max(0, -step), size - max(0, step)) for step, size in ((down, height), (across, width)))
    from_rows, from_columns = (slice(max(0, step), size - max(0, -step)) for step, size in ((down, height), (across, width)))
    moved[:, rows, columns] = batch[:, from_rows, from_columns]
    return moved
