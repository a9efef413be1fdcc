"""Pooling over whole images on a GPU, (N, H, W, C) to (N, C), forward and backward.

Arrays are C-ordered and on the GPU, of float32 or float64; maxima also of int64. The place of a maximum is ``y·W + x``, as
int32 or int64.

Arguments of kernels besides those that `convviz.kernels` describes:

======= ==============================
weight  one over the cells of an image
======= ==============================
"""

from convviz.kernels.cuda import arrays, sums
from convviz.kernels.cuda.launch import cuda, kernel
from convviz.kernels.cuda.pooling import require_argmax

__all__ = [
    "global_average_pool",
    "global_average_pool_gradient",
    "global_max_pool",
    "global_max_pool_gradient",
]


@kernel
def maximum_images(image, out, argmax):
    """A thread for each channel of each image; image (N, 1, cells, C), out and argmax (1, 1, N, C)."""
    channels = out.shape[3]
    for task in range(cuda.grid(1), out.shape[2] * channels, cuda.blockDim.x * cuda.gridDim.x):
        n, channel = task // channels, task % channels
        best, where = image[n, 0, 0, channel], 0
        for cell in range(1, image.shape[2]):
            value = image[n, 0, cell, channel]
            # no NaN is less or equal; once one is best, nothing is better
            if best == best and not value <= best:
                best, where = value, cell
        out[0, 0, n, channel] = best
        argmax[0, 0, n, channel] = where


@kernel
def give_maximum_images(gradient, argmax, zero, out):
    """A thread for each cell of the image; gradient and argmax (N, C), out (N, H, W, C)."""
    channels, width = out.shape[3], out.shape[2]
    for n in range(cuda.blockIdx.z, out.shape[0], cuda.gridDim.z):
        for y in range(cuda.blockIdx.y, out.shape[1], cuda.gridDim.y):
            for cell in range(cuda.grid(1), width * channels, cuda.blockDim.x * cuda.gridDim.x):
                x, channel = cell // channels, cell % channels
                won = argmax[n, channel] == y * width + x
                out[n, y, x, channel] = gradient[n, channel] if won else zero


@kernel
def give_mean_images(gradient, weight, out):
    """A thread for each cell of the image; gradient (N, C), out (N, H, W, C)."""
    channels = out.shape[3]
    for n in range(cuda.blockIdx.z, out.shape[0], cuda.gridDim.z):
        for y in range(cuda.blockIdx.y, out.shape[1], cuda.gridDim.y):
            for cell in range(cuda.grid(1), out.shape[2] * channels, cuda.blockDim.x * cuda.gridDim.x):
                out[n, y, cell // channels, cell % channels] = gradient[n, cell % channels] * weight


def global_average_pool(image, out, stream=0):
    """Means of the channels of each image, (N, H, W, C) of floats, into `out` (N, C)."""
    sums.image_sums(image, image.shape[1] * image.shape[2], out, stream=stream)


def global_average_pool_gradient(gradient, out, stream=0):
    """Gradient of `global_average_pool`, (N, C), with respect to its input, `out` (N, H, W, C)."""
    arrays.require("gradient", gradient, (out.shape[0], out.shape[3]), out.dtype)
    weight = out.dtype.type(1 / (out.shape[1] * out.shape[2]))
    give_mean_images.over_cells(out.shape, gradient, weight, out, stream=stream)


def global_max_pool(image, out, argmax, stream=0):
    """Maxima of the channels of each image, (N, H, W, C), into `out` (N, C), and their places into `argmax` (N, C)."""
    images, rows, columns, channels = image.shape
    arrays.require("out", out, (images, channels), image.dtype)
    require_argmax(argmax, out, rows * columns)
    shape = 1, 1, images, channels
    lines = image.reshape(images, 1, rows * columns, channels), out.reshape(shape), argmax.reshape(shape)
    maximum_images.over_cells(shape, *lines, stream=stream)


def global_max_pool_gradient(gradient, argmax, out, stream=0):
    """Gradient of `global_max_pool`, (N, C), with respect to its input, `out` (N, H, W, C)."""
    arrays.require("gradient", gradient, (out.shape[0], out.shape[3]), out.dtype)
    require_argmax(argmax, gradient, out.shape[1] * out.shape[2])
    give_maximum_images.over_cells(out.shape, gradient, argmax, out.dtype.type(0), out, stream=stream)
