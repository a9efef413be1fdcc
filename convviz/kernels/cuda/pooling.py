"""Pooling on a GPU, forward and backward: one thread a cell, with the functions of `window`.

Arrays are C-ordered and on the GPU, of float32, float64 or int64: images (N, H, W, C). The place of a maximum is ``y·W +
x`` in its plane, as int32 or int64. Gradients are gathered: every cell of the image looks at the windows that read it, in
their order, so nothing is added up by atomic operations.

Arguments of kernels besides those that `convviz.kernels` describes:

====== ===============================================
gated  whether nothing comes back where a maximum is 0
====== ===============================================
"""

import numpy as np

from convviz.kernels.cuda import arrays
from convviz.kernels.cuda.launch import cuda, device_function, kernel
from convviz.kernels.sampling import window_sampling
from convviz.kernels.scalar import window
from convviz.kernels.scalar.targets import compile_functions

__all__ = [
    "average_pool",
    "average_pool_gradient",
    "counts_of",
    "max_pool",
    "max_pool_gradient",
    "require_argmax",
]

(cell_maximum, row_total) = compile_functions(window, "maximum row_total", how=device_function)


# ---------------------------------------------------------------- maxima


@kernel
def maximum_cells(image, pool, sampling, out):
    """A thread for each maximum."""
    channels = out.shape[3]
    for n in range(cuda.blockIdx.z, out.shape[0], cuda.gridDim.z):
        for row in range(cuda.blockIdx.y, out.shape[1], cuda.gridDim.y):
            for cell in range(cuda.grid(1), out.shape[2] * channels, cuda.blockDim.x * cuda.gridDim.x):
                column, channel = cell // channels, cell % channels
                place = cell_maximum(image, pool, sampling, n, row, column, channel)
                out[n, row, column, channel] = image[n, place // image.shape[2], place % image.shape[2], channel]


@kernel
def argmax_cells(image, pool, sampling, out, argmax):
    """A thread for each maximum and its place."""
    channels = out.shape[3]
    for n in range(cuda.blockIdx.z, out.shape[0], cuda.gridDim.z):
        for row in range(cuda.blockIdx.y, out.shape[1], cuda.gridDim.y):
            for cell in range(cuda.grid(1), out.shape[2] * channels, cuda.blockDim.x * cuda.gridDim.x):
                column, channel = cell // channels, cell % channels
                place = cell_maximum(image, pool, sampling, n, row, column, channel)
                argmax[n, row, column, channel] = place
                out[n, row, column, channel] = image[n, place // image.shape[2], place % image.shape[2], channel]


@device_function
def window_over(position, tap, stride, dilation, first, count):
    """Which of `count` windows has its cell number `tap` at `position`, or -1; window 0 begins at `first`."""
    way = position - first - tap * dilation
    if way % stride != 0 or not 0 <= way // stride < count:
        return -1
    return way // stride


@device_function
def row_over(y, tap, sampling, count):
    """The row of the window whose tap in row number `tap` reads row y of the image, or -1; `count` rows of windows."""
    return window_over(y, tap, sampling.stride_rows, sampling.dilation_rows, sampling.first_row, count)


@device_function
def column_over(x, tap, sampling, count):
    """The column of the window whose tap in column number `tap` reads column x, or -1; `count` columns of windows."""
    return window_over(x, tap, sampling.stride_columns, sampling.dilation_columns, sampling.first_column, count)


@kernel
def give_maxima(gradient, argmax, pooled, gated, pool, sampling, zero, out):
    """A thread for each cell of the image; windows are met in ascending order, since taps go down."""
    channels, width = out.shape[3], out.shape[2]
    for n in range(cuda.blockIdx.z, out.shape[0], cuda.gridDim.z):
        for y in range(cuda.blockIdx.y, out.shape[1], cuda.gridDim.y):
            for cell in range(cuda.grid(1), width * channels, cuda.blockDim.x * cuda.gridDim.x):
                x, channel = cell // channels, cell % channels
                result = zero
                for i in range(pool[0] - 1, -1, -1):
                    row = row_over(y, i, sampling, gradient.shape[1])
                    if row >= 0:
                        for j in range(pool[1] - 1, -1, -1):
                            column = column_over(x, j, sampling, gradient.shape[2])
                            if column >= 0 and argmax[n, row, column, channel] == y * width + x:
                                # a NaN is not ≤ 0: it gives back, as on the CPU
                                if not (gated and pooled[n, row, column, channel] <= zero):
                                    result += gradient[n, row, column, channel]
                out[n, y, x, channel] = result


def max_pool(image, rows, columns, out, argmax=None, stream=0):
    """Maxima of a batch's windows.

    Parameters
    ----------
    image : device array, (N, H, W, C)
    rows, columns : convviz.geometry.Axis
    out : device array, (N, rows.output, columns.output, C)
    argmax : device array of int32 or int64, of the same shape, optional
        For the places of the maxima.
    stream : a stream of numba's, default 0
    """
    require_pooling(image, rows, columns, out)
    numbers = image, (rows.window, columns.window), window_sampling(rows, columns), out
    if argmax is None:
        maximum_cells.over_cells(out.shape, *numbers, stream=stream)
    else:
        require_argmax(argmax, out, rows.size * columns.size)
        argmax_cells.over_cells(out.shape, *numbers, argmax, stream=stream)


def max_pool_gradient(gradient, argmax, rows, columns, out, pooled=None, stream=0):
    """Gradient of `max_pool`, and if wanted of the ReLU before it, with respect to its input.

    Parameters
    ----------
    gradient : device array, (N, rows.output, columns.output, C)
    argmax : device array of int32 or int64, of the same shape
    rows, columns : convviz.geometry.Axis
    out : device array, (N, H, W, C)
    pooled : device array, shape of `gradient`, optional
        The maxima, if they are of ReLUs: where they are 0 nothing comes back.
    stream : a stream of numba's, default 0
    """
    require_pooling(out, rows, columns, gradient)
    require_argmax(argmax, gradient, rows.size * columns.size)
    if pooled is not None:
        arrays.require("pooled", pooled, gradient.shape, gradient.dtype)
    known = gradient if pooled is None else pooled
    numbers = pooled is not None, (rows.window, columns.window), window_sampling(rows, columns), out.dtype.type(0)
    give_maxima.over_cells(out.shape, gradient, argmax, known, *numbers, out, stream=stream)


def require_pooling(image, rows, columns, out):
    """Raise ValueError unless an image and what is pooled of it fit the axes."""
    images, channels = image.shape[0], image.shape[3]
    arrays.require("image", image, (None, rows.size, columns.size, None), image.dtype)
    arrays.require("what is pooled", out, (images, rows.output, columns.output, channels), out.dtype)


def require_argmax(argmax, out, cells):
    """Raise ValueError unless `argmax` can hold the places in planes of `cells` cells, one for each cell of `out`."""
    if argmax.dtype == np.int32 and cells > arrays.MOST_OFFSETS:
        raise ValueError(f"argmax are int32, but a plane has {cells:,} cells; expected int64")
    dtype = np.int64 if argmax.dtype == np.int64 else np.int32
    arrays.require("argmax", argmax, out.shape, dtype)


# ---------------------------------------------------------------- means


@kernel
def mean_cells(image, zero, pool, sampling, down, across, out):
    """A thread for each mean; rows of a window are added up by themselves first, which keeps large windows exact."""
    channels = out.shape[3]
    for n in range(cuda.blockIdx.z, out.shape[0], cuda.gridDim.z):
        for row in range(cuda.blockIdx.y, out.shape[1], cuda.gridDim.y):
            top = sampling.first_row + row * sampling.stride_rows
            for cell in range(cuda.grid(1), out.shape[2] * channels, cuda.blockDim.x * cuda.gridDim.x):
                column, channel = cell // channels, cell % channels
                total = zero
                for i in range(pool[0]):
                    y = top + i * sampling.dilation_rows
                    total += row_total(image, zero, pool[1], sampling, n, y, column, channel)
                out[n, row, column, channel] = total / (down[row] * across[column])


@kernel
def give_means(gradient, pool, sampling, down, across, zero, out):
    """A thread for each cell of the image; windows are met in ascending order, since taps go down."""
    channels, width = out.shape[3], out.shape[2]
    for n in range(cuda.blockIdx.z, out.shape[0], cuda.gridDim.z):
        for y in range(cuda.blockIdx.y, out.shape[1], cuda.gridDim.y):
            for cell in range(cuda.grid(1), width * channels, cuda.blockDim.x * cuda.gridDim.x):
                x, channel = cell // channels, cell % channels
                result = zero
                for i in range(pool[0] - 1, -1, -1):
                    row = row_over(y, i, sampling, gradient.shape[1])
                    if row >= 0:
                        for j in range(pool[1] - 1, -1, -1):
                            column = column_over(x, j, sampling, gradient.shape[2])
                            if column >= 0:
                                result += gradient[n, row, column, channel] / (down[row] * across[column])
                out[n, y, x, channel] = result


def counts_of(rows, columns, dtype, count_include_pad=False):
    """How many cells count in the windows, down and across: two device arrays, which can be kept for more calls."""
    dtype = np.float64 if np.dtype(dtype).kind == "i" else dtype
    return tuple(arrays.to_gpu(np.array(axis.counts(count_include_pad), dtype), "counts of cells") for axis in (rows, columns))


def average_pool(image, rows, columns, out, counts, stream=0):
    """Means of a batch's windows.

    Parameters
    ----------
    image : device array, (N, H, W, C)
    rows, columns : convviz.geometry.Axis
    out : device array, (N, rows.output, columns.output, C)
        Of the image's dtype; of integers float64.
    counts : pair of device arrays
        What `counts_of` gives for these axes.
    stream : a stream of numba's, default 0
    """
    require_pooling(image, rows, columns, out)
    numbers = image.dtype.type(0), (rows.window, columns.window), window_sampling(rows, columns), *counts
    mean_cells.over_cells(out.shape, image, *numbers, out, stream=stream)


def average_pool_gradient(gradient, rows, columns, out, counts, stream=0):
    """Gradient of `average_pool` with respect to its input, `out` (N, H, W, C); other arguments as there."""
    require_pooling(out, rows, columns, gradient)
    numbers = (rows.window, columns.window), window_sampling(rows, columns), *counts, out.dtype.type(0)
    give_means.over_cells(out.shape, gradient, *numbers, out, stream=stream)
