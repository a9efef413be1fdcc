"""Pooling over whole images, (N, H, W, C) to (N, C), forward and backward.

Arrays are C-ordered, of float32 or float64. The place of a maximum is ``y·W + x``, as int32.

Arguments of kernels besides those that `convviz.kernels` describes:

======= ==============================
weight  one over the cells of an image
======= ==============================
"""

import numpy as np

from convviz.kernels.cpu import memory
from convviz.kernels.cpu.chunks import share_rows
from convviz.kernels.cpu.compile import compiled

__all__ = [
    "global_average_pool",
    "global_average_pool_gradient",
    "global_max_pool",
    "global_max_pool_gradient",
]


@compiled
def mean_images(image, out, begin, end):
    """Means of images `begin` … `end`; image (N, cells, C). They are added up in float64, cell by cell."""
    sums = np.empty(image.shape[2], np.float64)
    for n in range(begin, end):
        sums[:] = 0
        for place in range(image.shape[1]):
            cells = image[n, place]
            for c in range(len(sums)):
                sums[c] += cells[c]
        weight = 1 / np.float64(image.shape[1])
        for c in range(len(sums)):
            out[n, c] = sums[c] * weight


@compiled
def give_means(gradient, out, weight, begin, end):
    """Gradients of the means of images `begin` … `end` back to all cells; out (N, cells, C)."""
    for n in range(begin, end):
        given = gradient[n]
        for place in range(out.shape[1]):
            cells = out[n, place]
            for c in range(len(given)):
                cells[c] = given[c] * weight


@compiled
def maximum_images(image, pooled, argmax, begin, end):
    """Maxima of images `begin` … `end`; image (N, cells, C)."""
    for n in range(begin, end):
        best, where = pooled[n], argmax[n]
        best[:] = image[n, 0]
        where[:] = 0
        for place in range(1, image.shape[1]):
            cells, here = image[n, place], np.int32(place)
            for c in range(len(best)):
                # no NaN is less or equal; once one is best, nothing is better
                better = best[c] == best[c] and not cells[c] <= best[c]
                best[c] = cells[c] if better else best[c]
                where[c] = here if better else where[c]


@compiled
def give_maxima(gradient, argmax, out, begin, end):
    """Gradients of the maxima of images `begin` … `end` back to their cells; out (N, cells, C)."""
    for n in range(begin, end):
        out[n] = 0
        for c in range(gradient.shape[1]):
            out[n, argmax[n, c], c] = gradient[n, c]


def planes(array, pooled):
    """An image as (N, cells, C), or an error if it does not fit to what is pooled of it."""
    images, height, width, channels = array.shape
    if height * width == 0:
        raise ValueError(f"an image without cells has no mean and no maximum; the shape is {array.shape}")
    memory.require("what is pooled", pooled, (images, channels), array.dtype)
    return array.reshape(images, height * width, channels)


def global_average_pool(image, out):
    """Means of the channels of each image.

    Parameters
    ----------
    image : ndarray, (N, H, W, C)
    out : ndarray, (N, C)
    """
    cells, target = planes(memory.readable(image), out), memory.writable(out, "out").reshape(out.shape)
    share_rows(mean_images, len(out), image.size, cells, target)


def global_average_pool_gradient(gradient, out):
    """Gradient of `global_average_pool`, (N, C), with respect to its input, `out` (N, H, W, C)."""
    cells = planes(memory.writable(out, "out").reshape(out.shape), gradient)
    weight = out.dtype.type(1 / cells.shape[1])
    share_rows(give_means, len(out), out.size, memory.readable(gradient), cells, weight)


def global_max_pool(image, out, argmax):
    """Maxima of the channels of each image.

    Parameters
    ----------
    image : ndarray, (N, H, W, C)
    out : ndarray, (N, C)
    argmax : ndarray of int32, (N, C)
        For the places ``y·W + x`` of the maxima. The first of equals wins, and the first NaN over everything.
    """
    memory.require("argmax", argmax, out.shape, np.int32)
    cells, target = planes(memory.readable(image), out), memory.writable(out, "out").reshape(out.shape)
    where = memory.writable(argmax, "argmax").reshape(argmax.shape)
    share_rows(maximum_images, len(out), image.size, cells, target, where)


def global_max_pool_gradient(gradient, argmax, out):
    """Gradient of `global_max_pool`, (N, C), with respect to its input, `out` (N, H, W, C)."""
    cells = planes(memory.writable(out, "out").reshape(out.shape), gradient)
    memory.require("argmax", argmax, gradient.shape, np.int32)
    share_rows(give_maxima, len(out), out.size, memory.readable(gradient), memory.readable(argmax), cells)
