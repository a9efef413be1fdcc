"""What people do wrong with a kernel, as a whole: it is turned, normalised, left out; its channels; the bias."""

import itertools
from functools import partial

import numpy as np

from convviz.check.map_mistakes import Change
from convviz.check.weight_mistakes import weight_mistakes

__all__ = ["kernel_mistakes"]

#: Weights beyond this are not divided: floats end near 10³⁰⁸.
LARGEST = 10**300
#: Orders of the axes of a kernel that have no sentence of their own.
NAMED = ((0, 1, 2, 3), (1, 0, 2, 3), (0, 1, 3, 2), (3, 2, 0, 1), (2, 3, 1, 0))
ORDERS = [order for order in itertools.permutations(range(4)) if order not in NAMED]


def kernel_mistakes(task):
    """Mistakes with the kernel, the bias and the channels of a convolution, as `Attempt`s."""
    operation, kernel = task.operation, task.operation.kernel
    yield from turned_mistakes(task)
    if operation.bias is not None:
        yield from bias_mistakes(task)
    yield from channel_mistakes(task)
    yield task.on_kernel("not_multiplied", np.ones_like)
    yield added_mistake(task)
    yield from weight_mistakes(task)
    yield from divided_mistakes(task)
    if operation.transposed:
        yield from transposed_mistakes(task)
    else:
        yield from matrix_mistakes(task)
    if kernel.ndim == 4:
        yield from order_mistakes(task)


def turned_mistakes(task):
    """The kernel turned or mirrored."""
    flips = getattr(task.operation, "flip_kernel", False)
    yield task.on_kernel("kernel_not_flipped" if flips else "kernel_flipped", lambda kernel: kernel[::-1, ::-1])
    # an operation that flips both axes, given a kernel flipped along one, uses it flipped along the other
    yield task.on_kernel("kernel_mirrored" if flips else "kernel_upside_down", lambda kernel: kernel[::-1])
    yield task.on_kernel("kernel_upside_down" if flips else "kernel_mirrored", lambda kernel: kernel[:, ::-1])
    yield transposed_kernel(task)
    if task.operation.kernel_size[0] == task.operation.kernel_size[1]:
        yield task.on_kernel("kernel_turned_left", lambda kernel: np.rot90(kernel, 1))
        yield task.on_kernel("kernel_turned_right", lambda kernel: np.rot90(kernel, -1))


def transposed_kernel(task):
    """The kernel with rows and columns swapped, which may change its shape."""
    rows, columns = task.operation.kernel_size
    if rows == columns:
        return task.on_kernel("kernel_transposed", lambda kernel: kernel.swapaxes(0, 1))
    return task.change("kernel_transposed", kernel=task.operation.kernel.swapaxes(0, 1))


def bias_mistakes(task):
    """The bias left out, used more than once, subtracted, multiplied, or that of another filter."""
    operation, bias = task.operation, task.operation.bias
    terms = terms_of(operation, task.numbers.array.shape[3])
    yield task.change("bias_left_out", bias=None)
    yield task.change("bias_twice", bias=bias * 2)
    yield task.change("bias_subtracted", bias=-bias)
    for kind, times in (
        ("bias_each_product", terms),
        ("bias_each_channel", terms // (operation.kernel_size[0] * operation.kernel_size[1])),
    ):
        if times > 2:
            yield task.change(kind, (times,), bias=bias * times)
    if bias.size > 1:
        yield task.change("bias_reversed", bias=bias[::-1])
        yield task.change("bias_of_first", bias=bias[:1])

    yield task.changed("bias_multiplied", (), Change({"bias": None}, result=lambda result: result * bias.reshape(-1)))


def terms_of(operation, channels):
    """How many products one cell of the result is the sum of."""
    kernel = operation.kernel
    return kernel.size if kernel.ndim == 2 else kernel.size // kernel.shape[operation.filter_axis]


def added_mistake(task):
    """Window and kernel added, not multiplied."""
    return task.changed("added", (), Change(compute=added, of_kernels=added_of_kernels))


def added(operation, numbers):
    """The sum of all cells of window and kernel."""
    kernel = operation.kernel
    total = np.atleast_1d(kernel.sum(axis=summed_axes(operation)))
    bias = total if operation.bias is None else operation.bias + total
    return operation.changed(kernel=np.ones_like(kernel), bias=bias).compute(numbers)


def added_of_kernels(operation, numbers, kernels):
    """`added` with each of many kernels (kernel's axes, V), as floats."""
    cells = operation.changed(kernel=np.ones_like(operation.kernel)).compute(numbers).astype(np.float64)
    total = np.atleast_2d(kernels.sum(axis=summed_axes(operation)))
    return cells + total.T[:, None, None, None, :]


def summed_axes(operation):
    """The axes of a kernel whose products are added."""
    return (0, 1) if operation.kernel.ndim == 2 else (0, 1, operation.channel_axis)


def divided_mistakes(task):
    """The kernel divided by the sum of its weights, or by how many there are."""
    operation, change, kernel = task.operation, task.change, task.operation.kernel
    given = [kernel] if operation.bias is None else [kernel, operation.bias]
    if any(array.dtype == object and any(abs(number) > LARGEST for number in array.ravel()) for array in given):
        return  # no float holds what would come out
    axes = (0, 1) if kernel.ndim == 2 else (0, 1, 2)
    total = np.asarray(kernel.sum(axis=axes), float)
    if np.all(total != 0) and np.any(total != 1):
        yield task.on_kernel("kernel_normalised", lambda given: given / given.sum(axis=axes))
        if operation.bias is not None and operation.bias.size in (1, total.size):
            yield change("kernel_normalised", (), kernel=kernel / total, bias=operation.bias / total)
    terms = kernel[..., 0].size if kernel.ndim == 4 else kernel.size
    if terms > 1:
        yield task.on_kernel("averaged", lambda given: given / float(terms), (terms,))


def channel_mistakes(task):
    """Mistakes with several channels: one left out, one alone, no sum, all summed."""
    operation, kernel = task.operation, task.operation.kernel
    axis = operation.channel_axis
    depth = kernel.shape[axis] if kernel.ndim == 4 else 1
    if depth == 1:
        return
    for channel in range(depth):
        yield task.on_kernel("channel_left_out", masked(axis, channel, depth, keep=False), (channel,))
    if depth > 2:
        for channel in range(depth):
            yield task.on_kernel("one_channel_only", masked(axis, channel, depth, keep=True), (channel,))
    if not operation.transposed and kernel.shape[3] == 1 and operation.groups == 1:
        yield task.changed("channels_not_summed", (), Change(compute=partial(not_summed, with_bias=False)))
        if operation.bias is not None:
            yield task.changed("channels_not_summed", (), Change(compute=partial(not_summed, with_bias=True)))


def not_summed(operation, numbers, with_bias):
    """The result of each channel by itself."""
    alone = operation.kernel.transpose(0, 1, 3, 2)
    depth = alone.shape[3]
    bias = np.repeat(operation.bias, depth) if with_bias and operation.bias is not None else None
    return operation.changed(kernel=alone, groups=depth, bias=bias).compute(numbers)


def masked(axis, channel, depth, keep):
    """What sets the weights of one channel, or of all others, to zero."""
    zero = np.arange(depth) == channel
    zero = ~zero if keep else zero

    def function(kernel):
        return np.where(zero.reshape([-1 if number == axis else 1 for number in range(kernel.ndim)]), 0, kernel)

    return function


def order_mistakes(task):
    """The axes of a kernel read in another order, above all in that of PyTorch: (C_out, C_in, kh, kw)."""
    kernel = task.operation.kernel
    if kernel.shape[2:] == (1, 1):
        return
    yield task.on_kernel("kernel_read_as_ours", read_as_ours)
    yield task.on_kernel("kernel_read_as_torch", read_as_torch)
    if kernel.shape[2] == kernel.shape[3] > 1:
        yield task.on_kernel("kernel_channels_swapped", lambda given: given.swapaxes(2, 3))
    for order in ORDERS:
        moved = kernel.transpose(order)
        if moved.shape == kernel.shape:
            yield task.change("kernel_axes", tuple(number + 1 for number in order), kernel=moved)


def read_as_ours(kernel):
    """The numbers of a kernel as PyTorch keeps them, (C_out, C_in, kh, kw), read in the shape of the kernel."""
    others = tuple(range(4, kernel.ndim))
    return kernel.transpose(3, 2, 0, 1, *others).reshape(kernel.shape)


def read_as_torch(kernel):
    """The numbers of a kernel read as if PyTorch kept them, (C_out, C_in, kh, kw)."""
    rows, columns, inputs, outputs, *others = kernel.shape
    torch = kernel.reshape(outputs, inputs, rows, columns, *others)
    return torch.transpose(2, 3, 1, 0, *range(4, kernel.ndim))


def matrix_mistakes(task):
    """The matrix product of window and kernel in place of the products at the same place."""
    operation = task.operation
    rows, columns = operation.kernel_size
    if rows != columns or rows == 1 or getattr(operation, "flip_kernel", False):
        return
    yield task.on_kernel("matrix_product", lambda kernel: np.repeat(kernel.sum(axis=1)[None], rows, axis=0))
    yield task.on_kernel("matrix_product_reversed", lambda kernel: np.repeat(kernel.sum(axis=0)[:, None], rows, axis=1))

    def first(kernel):
        only = np.zeros_like(kernel)
        only[0] = kernel[:, 0]
        return only

    yield task.on_kernel("matrix_product_first", first)


def transposed_mistakes(task):
    """A transposed convolution that was not transposed, or whose stamps cover one another."""
    channels = task.numbers.array.shape[3]
    yield task.attempt("not_transposed", lambda: task.operation.untransposed(channels).compute(task.numbers))
    yield task.attempt("overlap_last", lambda: stamped(task, last=True))
    yield task.attempt("overlap_first", lambda: stamped(task, last=False))


def stamped(task, last):
    """The result where each cell keeps what was stamped on it last (or first) instead of the sum."""
    operation, where, image = task.operation, task.where, task.numbers.array
    images, height, width, channels = image.shape
    if operation.groups > 1 or height * width > 1000:
        raise ValueError("stamps are laid one by one on small images of one group only")
    kernel = operation.spread_kernel(channels)
    result = np.zeros_like(task.right)
    written = np.zeros(where.output_shape, bool)
    for y, x in itertools.product(range(height), range(width)):
        for (i, row), (j, column) in itertools.product(enumerate(where.rows.targets(y)), enumerate(where.columns.targets(x))):
            inside = 0 <= row < where.rows.output and 0 <= column < where.columns.output
            if inside and (last or not written[row, column]):
                result[:, row, column] = image[:, y, x] @ kernel[i, j].T
                written[row, column] = True
    return result + operation.spread_bias(result.shape[3])
