"""Depthwise convolution on a GPU, a kernel for each channel, and its gradients: a thread for four channels of a pixel.

There is nothing to share but neighbours' pixels, which caches keep, so memory sets the pace: four channels come in one
load. Arrays are C-ordered, on the GPU, of float32, and begin at multiples of 16 bytes: images (N, H, W, C), C a
multiple of 4, kernels (kh, kw, 1, C). Sums of the kernel's gradient are cut into splits whose bounds depend on shapes
only, and added in order.

Arguments of kernels besides those that `convviz.kernels` describes:

======== =======================================================
sizes    N, H, W, C, rows, columns, kh, kw
splits   into how many the sums of the kernel's gradient are cut
partial  (splits, kh·kw·C): sums of each split
======== =======================================================
"""

import numpy as np

from convviz.kernels.cuda import sums
from convviz.kernels.cuda.arrays import flat
from convviz.kernels.cuda.intrinsics import tools
from convviz.kernels.cuda.launch import MOST_ROWS, cuda, device_function, kernel
from convviz.kernels.sampling import window_sampling

__all__ = ["convolve", "input_gradient", "kernel_gradient", "splits_of"]

load4, store4 = tools().load4, tools().store4
#: Threads that are enough to keep a GPU busy.
BUSY = 1 << 17


@device_function
def with_products(first, second, third, fourth, a, b):
    """The sums `first`, `second`, `third` and `fourth`, each with a product of the four numbers of `a` and `b` more."""
    # four names and not a tuple, which would take more registers
    return first + a[0] * b[0], second + a[1] * b[1], third + a[2] * b[2], fourth + a[3] * b[3]


@device_function
def at_least(floor, value):
    """`value`, or `floor` if it is below; NaN stays."""
    return floor if value < floor else value


@kernel
def depthwise_cells(image, weights, bias, sampling, sizes, floor, out):
    """Outputs; `sizes` are N, H, W, C, rows, columns, kh, kw. What is below `floor` becomes `floor`."""
    images, height, width, channels, rows, columns, high, wide = sizes
    fours = channels // 4
    for n in range(cuda.blockIdx.z, images, cuda.gridDim.z):
        for row in range(cuda.blockIdx.y, rows, cuda.gridDim.y):
            for cell in range(cuda.grid(1), columns * fours, cuda.blockDim.x * cuda.gridDim.x):
                column, c = cell // fours, cell % fours * 4
                top = sampling.first_row + row * sampling.stride_rows
                left = sampling.first_column + column * sampling.stride_columns
                first, second, third, fourth = load4(bias, c)
                for i in range(high):
                    y = top + i * sampling.dilation_rows
                    if 0 <= y < height:
                        for j in range(wide):
                            x = left + j * sampling.dilation_columns
                            if 0 <= x < width:
                                a = load4(image, ((n * height + y) * width + x) * channels + c)
                                w = load4(weights, (i * wide + j) * channels + c)
                                first, second, third, fourth = with_products(first, second, third, fourth, a, w)
                first, second = at_least(floor, first), at_least(floor, second)
                third, fourth = at_least(floor, third), at_least(floor, fourth)
                store4(out, ((n * rows + row) * columns + column) * channels + c, first, second, third, fourth)


@kernel
def depthwise_inputs(gradient, weights, sampling, sizes, zero, out):
    """Cells of the image, which gather what their windows give back; `sizes` as for `depthwise_cells`."""
    images, height, width, channels, rows, columns, high, wide = sizes
    fours = channels // 4
    for n in range(cuda.blockIdx.z, images, cuda.gridDim.z):
        for y in range(cuda.blockIdx.y, height, cuda.gridDim.y):
            for cell in range(cuda.grid(1), width * fours, cuda.blockDim.x * cuda.gridDim.x):
                x, c = cell // fours, cell % fours * 4
                first, second, third, fourth = zero, zero, zero, zero
                for i in range(high):
                    down = y - sampling.first_row - i * sampling.dilation_rows
                    row = down // sampling.stride_rows
                    if down % sampling.stride_rows == 0 and 0 <= row < rows:
                        for j in range(wide):
                            across = x - sampling.first_column - j * sampling.dilation_columns
                            column = across // sampling.stride_columns
                            if across % sampling.stride_columns == 0 and 0 <= column < columns:
                                g = load4(gradient, ((n * rows + row) * columns + column) * channels + c)
                                w = load4(weights, (i * wide + j) * channels + c)
                                first, second, third, fourth = with_products(first, second, third, fourth, g, w)
                store4(out, ((n * height + y) * width + x) * channels + c, first, second, third, fourth)


@kernel
def depthwise_weights(image, gradient, sampling, sizes, zero, splits, partial):
    """What weights gather in rows ``split, split + splits, …`` of the output rows of all images; partial (splits,
    kh·kw·C)."""
    images, height, width, channels, rows, columns, high, wide = sizes
    weights = high * wide * channels
    for split in range(cuda.blockIdx.y, splits, cuda.gridDim.y):
        for four in range(cuda.grid(1), weights // 4, cuda.blockDim.x * cuda.gridDim.x):
            c, tap = 4 * four % channels, 4 * four // channels
            up = sampling.first_row + tap // wide * sampling.dilation_rows
            left = sampling.first_column + tap % wide * sampling.dilation_columns
            first, second, third, fourth = zero, zero, zero, zero
            for task in range(split, images * rows, splits):
                n, y = task // rows, up + task % rows * sampling.stride_rows
                if 0 <= y < height:
                    for column in range(columns):
                        x = left + column * sampling.stride_columns
                        if 0 <= x < width:
                            a = load4(image, ((n * height + y) * width + x) * channels + c)
                            g = load4(gradient, (task * columns + column) * channels + c)
                            first, second, third, fourth = with_products(first, second, third, fourth, a, g)
            store4(partial, split * weights + 4 * four, first, second, third, fourth)


def sizes_of(image, rows, columns):
    """N, H, W, C, rows, columns, kh, kw."""
    return tuple(map(int, (*image.shape, rows.output, columns.output, rows.window, columns.window)))


def convolve(image, weights, bias, rows, columns, out, relu=False, stream=0):
    """Depthwise convolution of a batch.

    Parameters
    ----------
    image : device array, (N, H, W, C)
    weights : device array, (kh, kw, 1, C)
    bias : device array, (C,)
    rows, columns : convviz.geometry.Axis
    out : device array, (N, rows.output, columns.output, C)
    relu : bool
    stream : a stream of numba's, default 0
    """
    images, down, across, channels = out.shape
    depthwise_cells.over_cells(
        (images, down, across, channels // 4),
        flat(image),
        flat(weights),
        bias,
        window_sampling(rows, columns),
        sizes_of(image, rows, columns),
        np.float32(0 if relu else -np.inf),
        flat(out),
        stream=stream,
    )


def input_gradient(gradient, weights, rows, columns, out, stream=0):
    """Gradient of `convolve` with respect to its image, `out` (N, H, W, C)."""
    images, height, width, channels = out.shape
    depthwise_inputs.over_cells(
        (images, height, width, channels // 4),
        flat(gradient),
        flat(weights),
        window_sampling(rows, columns),
        sizes_of(out, rows, columns),
        np.float32(0),
        flat(out),
        stream=stream,
    )


def splits_of(gradient_shape, weights):
    """Into how many splits the sums of so many weights' gradients are cut."""
    return sums.few(min(gradient_shape[0] * gradient_shape[1], 4 * BUSY // weights))


def kernel_gradient(image, gradient, rows, columns, kernel_out, scratch=None, stream=0):
    """Gradient of `convolve` with respect to its kernel, `kernel_out` (kh, kw, 1, C).

    `scratch` is memory for ``splits_of(gradient.shape, kernel_out.size)`` times as many float32; allocated unless it is
    given.
    """
    weights = int(kernel_out.size)
    splits = splits_of(gradient.shape, weights)
    partial = sums.scratch_or_new(splits * weights, scratch)
    partial = partial if partial.size == splits * weights else partial[: splits * weights]
    blocks = -(-weights // 4 // depthwise_weights.threads), min(splits, MOST_ROWS)
    depthwise_weights(
        blocks,
        flat(image),
        flat(gradient),
        window_sampling(rows, columns),
        sizes_of(image, rows, columns),
        np.float32(0),
        splits,
        partial,
        stream=stream,
    )
    sums.column_sums(partial.reshape(splits, weights), flat(kernel_out), stream=stream)
