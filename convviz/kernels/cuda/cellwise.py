"""Convolutions on a GPU, of any stride, padding, dilation and groups: one thread a cell, with the functions of `window`.

Arrays are C-ordered and on the GPU, of one dtype, float32, float64 or int64: images (N, H, W, C_in), kernels (kh, kw,
C_in // groups, C_out). Offsets are 64-bit. Every sum is added up by one thread, or in splits whose bounds depend on shapes
only and that are added in order, so results are the same bits on every run and GPU.

A transposed convolution is the gradient of a convolution with respect to its input, and so are its gradients those of a
convolution: with respect to its input `convolve`, to its kernel `kernel_gradient` with image and gradient exchanged.

Arguments of kernels besides those that `convviz.kernels` describes:

============== ===================================================================
partial        (splits, elements): sums of each split
split, splits  number of a split of the output rows, and how many splits there are
i, j, c, f     which weight of a kernel: row, column, channel, filter
============== ===================================================================
"""

import numpy as np

from convviz.kernels.cuda import arrays, sums
from convviz.kernels.cuda.launch import MOST_ROWS, cuda, device_function, kernel
from convviz.kernels.sampling import transposed_sampling, window_sampling
from convviz.kernels.scalar import window
from convviz.kernels.scalar.targets import compile_functions

__all__ = ["convolve", "convolve_transposed", "input_gradient", "kernel_gradient", "rearrange", "splits_of"]

#: Threads that are enough to keep a GPU busy.
BUSY = 1 << 17

(cell_convolve, cell_transposed) = compile_functions(window, "convolve convolve_transposed", how=device_function)


# ---------------------------------------------------------------- convolution and transposed convolution


@kernel
def convolve_cells(image, kernel, bias, sampling, groups, out):
    """A thread for each cell of a convolution."""
    filters = out.shape[3]
    for n in range(cuda.blockIdx.z, out.shape[0], cuda.gridDim.z):
        for row in range(cuda.blockIdx.y, out.shape[1], cuda.gridDim.y):
            for cell in range(cuda.grid(1), out.shape[2] * filters, cuda.blockDim.x * cuda.gridDim.x):
                column, f = cell // filters, cell % filters
                out[n, row, column, f] = cell_convolve(image, kernel, bias, sampling, groups, n, row, column, f)


@kernel
def transposed_cells(image, kernel, bias, sampling, groups, out):
    """A thread for each cell of a transposed convolution."""
    filters = out.shape[3]
    for n in range(cuda.blockIdx.z, out.shape[0], cuda.gridDim.z):
        for row in range(cuda.blockIdx.y, out.shape[1], cuda.gridDim.y):
            for cell in range(cuda.grid(1), out.shape[2] * filters, cuda.blockDim.x * cuda.gridDim.x):
                column, f = cell // filters, cell % filters
                out[n, row, column, f] = cell_transposed(image, kernel, bias, sampling, groups, n, row, column, f)


def convolve(image, kernel, bias, rows, columns, groups, out, stream=0):
    """Cross-correlation of a batch.

    Parameters
    ----------
    image : device array, (N, H, W, C_in)
    kernel : device array, (kh, kw, C_in // groups, C_out)
    bias : device array, (C_out,)
    rows, columns : convviz.geometry.Axis
    groups : int
    out : device array, (N, rows.output, columns.output, C_out)
    stream : a stream of numba's, default 0
    """
    require_convolution(image, kernel, out, rows, columns, groups)
    arrays.require("bias", bias, (out.shape[3],), out.dtype)
    convolve_cells.over_cells(out.shape, image, kernel, bias, window_sampling(rows, columns), groups, out, stream=stream)


def convolve_transposed(image, kernel, bias, rows, columns, groups, out, stream=0):
    """Transposed convolution of a batch; arguments as for `convolve`, but the kernel is (kh, kw, C_out // groups, C_in).

    `rows` and `columns` are `convviz.geometry.TransposedAxis`.
    """
    filters = kernel.shape[2] * groups
    arrays.require("image", image, (None, rows.size, columns.size, kernel.shape[3]), out.dtype)
    arrays.require("kernel", kernel, (rows.window, columns.window, None, None), out.dtype)
    arrays.require("bias", bias, (filters,), out.dtype)
    arrays.require("out", out, (image.shape[0], rows.output, columns.output, filters), out.dtype)
    sampling = transposed_sampling(rows, columns)
    transposed_cells.over_cells(out.shape, image, kernel, bias, sampling, groups, out, stream=stream)


def require_convolution(image, kernel, out, rows, columns, groups):
    """Raise ValueError unless image, kernel and result of a convolution fit its axes and one another."""
    arrays.require("image", image, (None, rows.size, columns.size, kernel.shape[2] * groups), kernel.dtype)
    arrays.require("kernel", kernel, (rows.window, columns.window, None, None), kernel.dtype)
    arrays.require("result", out, (image.shape[0], rows.output, columns.output, kernel.shape[3]), kernel.dtype)


# ---------------------------------------------------------------- gradients


def input_gradient(gradient, kernel, rows, columns, groups, out, stream=0):
    """Gradient of `convolve` with respect to its image: every cell gathers what its windows give back.

    Parameters
    ----------
    gradient : device array, (N, rows.output, columns.output, C_out)
    kernel : device array, (kh, kw, C_in // groups, C_out)
    rows, columns : convviz.geometry.Axis
    groups : int
    out : device array, (N, H, W, C_in)
    stream : a stream of numba's, default 0
    """
    require_convolution(out, kernel, gradient, rows, columns, groups)
    sampling = transposed_sampling(rows, columns)
    nothing = arrays.no_bias(out.shape[3], out.dtype)
    transposed_cells.over_cells(out.shape, gradient, kernel, nothing, sampling, groups, out, stream=stream)


@device_function
def weight_sum(image, gradient, sampling, groups, split, splits, i, j, c, f, zero):
    """What a weight's gradient gathers in rows ``split, split + splits, …`` of the output rows of all images."""
    filters = gradient.shape[3] // groups
    channel = f // filters * (image.shape[3] // groups) + c
    result = zero
    for task in range(split, gradient.shape[0] * gradient.shape[1], splits):
        n, row = task // gradient.shape[1], task % gradient.shape[1]
        y = sampling.first_row + row * sampling.stride_rows + i * sampling.dilation_rows
        if 0 <= y < image.shape[1]:
            for column in range(gradient.shape[2]):
                x = sampling.first_column + column * sampling.stride_columns + j * sampling.dilation_columns
                if 0 <= x < image.shape[2]:
                    result += image[n, y, x, channel] * gradient[n, row, column, f]
    return result


@kernel
def weight_cells(image, gradient, sampling, groups, shape, zero, partial):
    """A thread for each weight of each split; partial (splits, weights), weights in the order of a kernel of `shape`."""
    width, depth, filters = shape[1], shape[2], shape[3]
    for split in range(cuda.blockIdx.y, partial.shape[0], cuda.gridDim.y):
        for weight in range(cuda.grid(1), partial.shape[1], cuda.blockDim.x * cuda.gridDim.x):
            f, rest = weight % filters, weight // filters
            c, tap = rest % depth, rest // depth
            partial[split, weight] = weight_sum(
                image, gradient, sampling, groups, split, partial.shape[0], tap // width, tap % width, c, f, zero
            )


def splits_of(gradient, kernel):
    """Into how many splits the sums of a kernel's gradient are cut; depends on shapes only."""
    weights = kernel.shape[0] * kernel.shape[1] * kernel.shape[2] * kernel.shape[3]
    return sums.few(min(gradient.shape[0] * gradient.shape[1], BUSY // weights))


def kernel_gradient(
    image, gradient, rows, columns, groups, kernel_out, bias_out=None, partial=None, bias_partial=None, stream=0
):
    """Gradients of `convolve` with respect to its kernel and bias.

    Parameters
    ----------
    image : device array, (N, H, W, C_in)
    gradient : device array, (N, rows.output, columns.output, C_out)
    rows, columns : convviz.geometry.Axis
    groups : int
    kernel_out : device array, (kh, kw, C_in // groups, C_out)
    bias_out : device array, (C_out,), optional
    partial : device array, (splits_of(gradient, kernel_out), kernel_out.size), optional
        Room for the sums of splits; allocated unless it is given.
    bias_partial : device array, optional
        Room as `convviz.kernels.cuda.sums.column_sums` wants it; allocated unless it is given.
    stream : a stream of numba's, default 0
    """
    require_convolution(image, kernel_out, gradient, rows, columns, groups)
    shape = splits_of(gradient, kernel_out), kernel_out.size
    partial = arrays.empty(shape, kernel_out.dtype, "sums of splits") if partial is None else partial
    arrays.require("partial", partial, shape, kernel_out.dtype)
    zero = kernel_out.dtype.type(0)
    blocks = -(-shape[1] // weight_cells.threads), min(shape[0], MOST_ROWS)
    sampling = window_sampling(rows, columns)
    weight_cells(blocks, image, gradient, sampling, groups, kernel_out.shape, zero, partial, stream=stream)
    sums.column_sums(partial, kernel_out.reshape(kernel_out.size), stream=stream)
    if bias_out is not None:
        arrays.require("bias_out", bias_out, (gradient.shape[3],), gradient.dtype)
        pixels = gradient.size // gradient.shape[3]
        sums.column_sums(gradient.reshape(pixels, gradient.shape[3]), bias_out, bias_partial, stream=stream)


# ---------------------------------------------------------------- copies


@kernel
def rearrange_cells(source, top, left, zero, out):
    """A thread for each cell of `out`: what `source` holds `top` rows up and `left` columns to the left, or `zero`."""
    channels = out.shape[3]
    for n in range(cuda.blockIdx.z, out.shape[0], cuda.gridDim.z):
        for row in range(cuda.blockIdx.y, out.shape[1], cuda.gridDim.y):
            y = row - top
            for cell in range(cuda.grid(1), out.shape[2] * channels, cuda.blockDim.x * cuda.gridDim.x):
                x, channel = cell // channels - left, cell % channels
                if 0 <= y < source.shape[1] and 0 <= x < source.shape[2]:
                    out[n, row, cell // channels, channel] = source[n, y, x, channel]
                else:
                    out[n, row, cell // channels, channel] = zero


def rearrange(source, out, top=0, left=0, stream=0):
    """Copy a batch into `out`: into another dtype or order of cells, or with padding of zeros around it.

    Parameters
    ----------
    source : device array with four axes, of any strides
    out : C-ordered device array with four axes, (N, rows, columns, channels)
    top, left : int
        Rows and columns of zeros before the first cells of `source`.
    """
    rearrange_cells.over_cells(out.shape, source, top, left, out.dtype.type(0), out, stream=stream)


@kernel
def extreme_cells(source, found):
    """Let the smallest and the largest cell of `source` into `found`; of integers, whose order does not matter."""
    low, high = found[0], found[1]
    channels = source.shape[3]
    for n in range(cuda.blockIdx.z, source.shape[0], cuda.gridDim.z):
        for row in range(cuda.blockIdx.y, source.shape[1], cuda.gridDim.y):
            for cell in range(cuda.grid(1), source.shape[2] * channels, cuda.blockDim.x * cuda.gridDim.x):
                value = np.int64(source[n, row, cell // channels, cell % channels])
                low, high = min(low, value), max(high, value)
    cuda.atomic.min(found, 0, low)
    cuda.atomic.max(found, 1, high)
