"""What people do wrong with a kernel: mistakes of the whole answer of a convolution."""

import numpy as np

__all__ = ["kernel_mistakes"]

#: Up to so many weights are tried one by one for a lost sign.
SIGNS = 150
#: Weights beyond this are not divided: floats end near 10³⁰⁸.
LARGEST = 10**300


def kernel_mistakes(task):
    """Mistakes with the kernel, the bias and the channels of a convolution, as `Attempt`s."""
    operation, change, kernel = task.operation, task.change, task.operation.kernel
    flips = getattr(operation, "flip_kernel", False)
    yield change("kernel_not_flipped" if flips else "kernel_flipped", kernel=kernel[::-1, ::-1])
    # an operation that flips both axes, given a kernel flipped along one, uses it flipped along the other
    yield change("kernel_mirrored" if flips else "kernel_upside_down", kernel=kernel[::-1])
    yield change("kernel_upside_down" if flips else "kernel_mirrored", kernel=kernel[:, ::-1])
    yield change("kernel_transposed", kernel=kernel.swapaxes(0, 1))
    if operation.bias is not None:
        yield change("bias_left_out", bias=None)
        yield change("bias_twice", bias=operation.bias * 2)
    yield from channel_mistakes(operation, change)
    yield change("not_multiplied", kernel=np.ones_like(kernel))
    yield from sign_mistakes(operation, change)
    yield from divided_mistakes(operation, change)
    if operation.transposed:
        channels = task.numbers.array.shape[3]
        yield task.attempt("not_transposed", lambda: operation.untransposed(channels).compute(task.numbers))


def divided_mistakes(operation, change):
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


def channel_mistakes(operation, change):
    """Mistakes with several channels: one left out, one alone, no sum."""
    kernel, axis = operation.kernel, operation.channel_axis
    depth = kernel.shape[axis] if kernel.ndim == 4 else 1
    if depth == 1:
        return
    for channel in range(depth):
        yield change("channel_left_out", (channel,), kernel=masked(kernel, axis, channel, keep=False))
    if depth > 2:
        for channel in range(depth):
            yield change("one_channel_only", (channel,), kernel=masked(kernel, axis, channel, keep=True))
    if not operation.transposed and kernel.shape[3] == 1 and operation.groups == 1:
        alone = kernel.transpose(0, 1, 3, 2)
        yield change("channels_not_summed", (), kernel=alone, groups=depth, bias=None)
        if operation.bias is not None:
            yield change("channels_not_summed", (), kernel=alone, groups=depth, bias=np.repeat(operation.bias, depth))


def masked(kernel, axis, channel, keep):
    """The kernel with the weights of one channel, or of all others, set to zero."""
    zero = np.arange(kernel.shape[axis]) == channel
    shape = [-1 if number == axis else 1 for number in range(4)]
    return np.where((~zero if keep else zero).reshape(shape), 0, kernel)


def sign_mistakes(operation, change):
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
    if operation.channel_axis == 3:
        channel, output, channels, outputs = output, channel, outputs, channels
    if outputs > 1:
        return "sign_lost_filter", (row, column, channel, output)
    return ("sign_lost_channel", (row, column, channel)) if channels > 1 else ("sign_lost", (row, column))
