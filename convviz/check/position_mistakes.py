"""What people do wrong with the place of windows: mistakes of the whole answer of any operation."""

from functools import partial

import numpy as np

from convviz.check.border_mistakes import border_mistakes
from convviz.check.map_mistakes import is_whole
from convviz.check.result_mistakes import clipped, wrapped

__all__ = ["axis_mistakes", "position_mistakes"]


def position_mistakes(task):
    """Mistakes with where the windows stand: padding, strides, dilation, one row or column off; as `Attempt`s."""
    operation, change = task.operation, task.change
    if "padding" in operation.settings:
        yield from padding_mistakes(task.where, change)
        yield from border_mistakes(task)
    if "strides" in operation.settings:
        yield from stride_mistakes(operation, change)
    if "dilation_rate" in operation.settings:
        yield from dilation_mistakes(operation, change)
    if "output_padding" in operation.settings and operation.output_padding != (0, 0):
        yield change("output_padding_ignored", output_padding=0)
    for kind, down, across in (("row_late", 1, 0), ("row_early", -1, 0), ("column_late", 0, 1), ("column_early", 0, -1)):
        yield task.on_image(kind, partial(shifted, down, across))


def stride_mistakes(operation, change):
    """Strides ignored, swapped, taken as the size of the kernel, or as another number."""
    strides = operation.strides
    if operation.weighted and strides != (1, 1):
        yield change("strides_ignored", strides=1)
    if strides[0] != strides[1]:
        yield change("strides_swapped", strides=strides[::-1])
    if not operation.weighted:
        return
    if strides != operation.kernel_size:
        yield change("strides_kernel", strides=operation.kernel_size)
    if strides == (1, 1):
        yield change("strides_two", strides=2)
    for amount in range(2, 5):
        if (amount, amount) not in (strides, operation.kernel_size) and (strides != (1, 1) or amount > 2):
            yield change("strides_wrong", (amount,), strides=amount)


def dilation_mistakes(operation, change):
    """Dilation ignored, or taken as another number."""
    if operation.dilation_rate != (1, 1):
        yield change("dilation_ignored", dilation_rate=1)
    for amount in (2, 3):
        if operation.dilation_rate != (amount, amount):
            yield change("dilation_wrong", (amount,), dilation_rate=amount)


def axis_mistakes(task):
    """Rows taken for columns, the image turned, its channels in reverse order, its zeros taken for ones, as `Attempt`s."""
    image = task.numbers.array
    yield task.on_image("input_transposed", lambda given: given.swapaxes(-3, -2))
    yield task.on_result("answer_transposed", lambda result: result.swapaxes(-3, -2))
    if image.shape[3] > 1:
        yield task.on_image("channels_reversed", reversed_channels)
    if not task.operation.is_global:
        yield task.on_image("input_upside_down", lambda given: np.flip(given, -3))
        yield task.on_image("input_mirrored", lambda given: np.flip(given, -2))
    if np.any(image == 0):
        yield task.on_image("input_zeros_as_ones", lambda given: np.where(given == 0, given.dtype.type(1), given))
    yield from stored_images(task)


def reversed_channels(image):
    """A batch with its colours in reverse order; the fourth channel, transparency, stays."""
    order = [2, 1, 0, 3] if image.shape[-1] == 4 else slice(None, None, -1)
    return image[..., order]


def stored_images(task):
    """The image as another type of numbers holds it, as `Attempt`s."""
    image = task.numbers.array
    if image.dtype == object:
        return
    if not is_whole(image):
        yield task.on_image("input_cut_off", np.trunc)
        yield task.on_image("input_rounded", np.rint)
    for kind, low in (("input_wrapped_unsigned", 0), ("input_wrapped_signed", -128)):
        if image.min() < low or image.max() > low + 255:
            details = (8, 255) if low == 0 else (8, -128, 127)
            yield task.on_image(kind, partial(wrapped, 8, low), details)
    if image.min() < 0 or image.max() > 255:
        yield task.on_image("input_clipped", partial(clipped, 0, 255), (0, 255))
    if task.operation.weighted and task.operation.bias is not None:
        yield task.on_image("input_divided", lambda given: given / 255, (255,))


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


def shifted(down, across, batch):
    """A batch moved so that windows read one row or column further on; zeros come in at the end."""
    height, width = batch.shape[-3:-1]
    moved = np.zeros_like(batch)
    rows, columns = (slice(max(0, -step), size - max(0, step)) for step, size in ((down, height), (across, width)))
    from_rows, from_columns = (slice(max(0, step), size - max(0, -step)) for step, size in ((down, height), (across, width)))
    moved[..., rows, columns, :] = batch[..., from_rows, from_columns, :]
    return moved
