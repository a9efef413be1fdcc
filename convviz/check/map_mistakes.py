"""What people do wrong: for an operation and an image, the answers that common mistakes give.

A mistake of the whole answer is a changed operation, or a changed image, computed as the right one is. Mistakes
come in the order in which they are likely; the sentences that name them stand in `convviz.check.sentences`.
"""

from dataclasses import dataclass

import numpy as np

from convviz.arrays import Numbers
from convviz.operations import AveragePooling, Convolution, Global, MaxPooling, Pooling, TransposedConvolution

__all__ = ["Mistake", "mistakes"]

#: Up to so many weights are tried one by one for a lost sign.
SIGNS = 150
#: Weights beyond this are not divided: floats end near 10³⁰⁸.
LARGEST = 10**300


@dataclass(frozen=True, eq=False)
class Mistake:
    """An answer that a mistake gives.

    Attributes
    ----------
    kind : str
        Which mistake: a key of the sentences in `convviz.check.sentences`.
    details : tuple
        What the sentence names: a channel, a weight, amounts.
    answer : numpy.ndarray, (N, rows, columns, C)
        What comes out.
    """

    kind: str
    details: tuple
    answer: np.ndarray


def mistakes(operation, numbers, right):
    """The answers that common mistakes give; those that a mistake does not apply to or that cannot be computed are
    left out.

    Parameters
    ----------
    operation : convviz.operations.Operation
    numbers : convviz.arrays.Numbers, (N, H, W, C)
        The image.
    right : numpy.ndarray, (N, rows, columns, C)
        The right answer.

    Yields
    ------
    Mistake

    Examples
    --------
    >>> from convviz.arrays import as_batch
    >>> conv, (numbers, _) = Convolution([[1, 2]]), as_batch([[1, 0, 3]])
    >>> found = {mistake.kind: mistake.answer.ravel().tolist() for mistake in mistakes(conv, numbers, conv.compute(numbers))}
    >>> found["kernel_flipped"], found["not_multiplied"]
    ([2, 3], [1, 3])
    """
    for kind, details, make in attempts(operation, numbers, right):
        try:
            with np.errstate(all="ignore"):
                answer = make()
        except (ValueError, TypeError, OverflowError, ZeroDivisionError):
            continue  # no such answer: the window does not fit, or nothing would be left
        yield Mistake(kind, details, answer)


def attempts(operation, numbers, right):
    """Every mistake as its kind, its details and a function that computes the answer."""
    where = operation.geometry(numbers.array.shape[1:3])

    def change(kind, details=(), **settings):
        return kind, details, lambda: operation.changed(**settings).compute(numbers)

    if isinstance(operation, Pooling):
        yield from pooling_attempts(operation, numbers, right, change, where)
    else:
        yield from kernel_attempts(operation, numbers, right, change)
    if not isinstance(operation, Global):
        yield from position_attempts(operation, numbers, change, where)
    yield "input_transposed", (), lambda: operation.compute(Numbers(numbers.array.transpose(0, 2, 1, 3), numbers.weak))
    yield "answer_transposed", (), lambda: right.transpose(0, 2, 1, 3)
    if not isinstance(operation, Pooling):
        yield "negative_zeroed", (), lambda: np.maximum(right, 0)


def kernel_attempts(operation, numbers, right, change):
    """Mistakes with the kernel, the bias and the channels."""
    kernel = operation.kernel
    flips = getattr(operation, "flip_kernel", False)
    yield change("kernel_not_flipped" if flips else "kernel_flipped", kernel=kernel[::-1, ::-1])
    # an operation that flips both axes, given a kernel flipped along one, uses it flipped along the other
    yield change("kernel_mirrored" if flips else "kernel_upside_down", kernel=kernel[::-1])
    yield change("kernel_upside_down" if flips else "kernel_mirrored", kernel=kernel[:, ::-1])
    yield change("kernel_transposed", kernel=kernel.swapaxes(0, 1))
    if operation.bias is not None:
        yield change("bias_left_out", bias=None)
        yield change("bias_twice", bias=operation.bias * 2)
    yield from channel_attempts(operation, numbers, change)
    yield change("not_multiplied", kernel=np.ones_like(kernel))
    yield from sign_attempts(operation, change)
    yield from divided_attempts(operation, change)
    if isinstance(operation, TransposedConvolution):
        yield "not_transposed", (), lambda: as_convolution(operation, numbers).compute(numbers)


def divided_attempts(operation, change):
    """The kernel divided by the sum of its weights, or by how many there are."""
    kernel = operation.kernel
    if kernel.dtype == object and any(abs(weight) > LARGEST for weight in kernel.ravel()):
        return  # no float holds what would come out
    total = np.asarray(kernel.sum() if kernel.ndim == 2 else kernel.sum(axis=(0, 1, 2)), float)
    if np.all(total != 0) and np.any(total != 1):
        yield change("kernel_normalised", (), kernel=kernel / total)
        if operation.bias is not None:
            yield change("kernel_normalised", (), kernel=kernel / total, bias=operation.bias / total)
    terms = kernel[..., 0].size if kernel.ndim == 4 else kernel.size
    if terms > 1:
        yield change("averaged", (terms,), kernel=kernel / float(terms))


def as_convolution(operation, numbers):
    """The convolution that someone computes who does not transpose."""
    kernel = operation.spread_kernel(numbers.array.shape[3]).transpose(0, 1, 3, 2)
    return Convolution(kernel, operation.bias, operation.strides, operation.padding, operation.dilation_rate)


def channel_attempts(operation, numbers, change):
    """Mistakes with several channels: one left out, one alone, no sum."""
    kernel, axis = operation.kernel, 2 if isinstance(operation, Convolution) else 3
    depth = kernel.shape[axis] if kernel.ndim == 4 else 1
    if depth == 1:
        return
    for channel in range(depth):
        yield change("channel_left_out", (channel,), kernel=masked(kernel, axis, channel, keep=False))
    if depth > 2:
        for channel in range(depth):
            yield change("one_channel_only", (channel,), kernel=masked(kernel, axis, channel, keep=True))
    if isinstance(operation, Convolution) and kernel.shape[3] == 1 and operation.groups == 1:
        alone = kernel.transpose(0, 1, 3, 2)
        yield change("channels_not_summed", (), kernel=alone, groups=depth, bias=None)
        if operation.bias is not None:
            yield change("channels_not_summed", (), kernel=alone, groups=depth, bias=np.repeat(operation.bias, depth))


def masked(kernel, axis, channel, keep):
    """The kernel with the weights of one channel, or of all others, set to zero."""
    zero = np.arange(kernel.shape[axis]) == channel
    shape = [-1 if number == axis else 1 for number in range(4)]
    return np.where((~zero if keep else zero).reshape(shape), 0, kernel)


def sign_attempts(operation, change):
    """The sign of one weight lost, or of all."""
    kernel = operation.kernel
    negative = np.argwhere(kernel < 0)
    for index in negative[:SIGNS]:
        lost = kernel.copy()
        lost[tuple(index)] = -lost[tuple(index)]
        yield change(*named_weight(operation, [int(part) for part in index]), kernel=lost)
    if len(negative) > 1:
        yield change("signs_lost", kernel=np.abs(kernel))


def named_weight(operation, index):
    """Kind and details of a lost sign: row and column, then the channel and the filter where there are several."""
    if len(index) == 2:
        return "sign_lost", tuple(index)
    row, column, channel, output = index
    channels, outputs = operation.kernel.shape[2:]
    if isinstance(operation, TransposedConvolution):
        channel, output, channels, outputs = output, channel, outputs, channels
    if outputs > 1:
        return "sign_lost_filter", (row, column, channel, output)
    return ("sign_lost_channel", (row, column, channel)) if channels > 1 else ("sign_lost", (row, column))


def pooling_attempts(operation, numbers, right, change, where):
    """Mistakes with what a pooling takes of a window, and with its padding."""
    largest, mean = (operation.sibling(kind) for kind in ("max_pooling", "average_pooling"))
    negative = Numbers(-numbers.array, numbers.weak)
    if isinstance(operation, MaxPooling):
        yield "mean_taken", (), lambda: mean.compute(numbers)
    else:
        yield "maximum_taken", (), lambda: largest.compute(numbers)
    yield "minimum_taken", (), lambda: -largest.compute(negative)
    if isinstance(operation, AveragePooling):
        yield "sum_taken", (), lambda: right * operation.counts(where)[None, :, :, None]
        yield "mean_rounded_down", (), lambda: np.floor(right)
        yield "mean_rounded", (), lambda: np.floor(right + 0.5)
        if where.padded and not isinstance(operation, Global):
            include = not operation.count_include_pad
            yield change("padding_counted" if include else "padding_not_counted", count_include_pad=include)
    elif where.padded:
        yield "padding_zero", (), lambda: max_with_zeros(operation, numbers, where)
    if isinstance(operation, Global):
        return
    if operation.strides != (1, 1):
        yield change("strides_one", strides=1)
    if operation.strides != operation.pool_size:
        yield change("strides_pool", strides=operation.pool_size)
    yield change("floor_taken" if operation.ceil_mode else "ceil_taken", ceil_mode=not operation.ceil_mode)
    if operation.pool_size[0] != operation.pool_size[1]:
        yield change("pool_swapped", pool_size=operation.pool_size[::-1], strides=operation.strides[::-1])


def max_with_zeros(operation, numbers, where):
    """A maximum for which padding is 0."""
    sizes = [(-axis.low, axis.high - axis.size) for axis in (where.rows, where.columns)]
    padded = np.pad(numbers.array, [(0, 0), *sizes, (0, 0)])
    answer = operation.changed(padding="valid", ceil_mode=False).compute(Numbers(padded, numbers.weak))
    return answer


def position_attempts(operation, numbers, change, where):
    """Mistakes with where the windows stand: padding, strides, dilation, one row or column off."""
    yield from padding_attempts(where, change)
    if operation.strides != (1, 1) and not isinstance(operation, Pooling):
        yield change("strides_ignored", strides=1)
    if operation.strides[0] != operation.strides[1]:
        yield change("strides_swapped", strides=operation.strides[::-1])
    if operation.strides == (1, 1) and not isinstance(operation, Pooling):
        yield change("strides_two", strides=2)
    if operation.dilation_rate != (1, 1):
        yield change("dilation_ignored", dilation_rate=1)
    if getattr(operation, "output_padding", (0, 0)) != (0, 0):
        yield change("output_padding_ignored", output_padding=0)
    for kind, down, across in (("row_late", 1, 0), ("row_early", -1, 0), ("column_late", 0, 1), ("column_early", 0, -1)):
        yield kind, (), lambda d=down, a=across: operation.compute(Numbers(shifted(numbers.array, d, a), numbers.weak))


def padding_attempts(where, change):
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
