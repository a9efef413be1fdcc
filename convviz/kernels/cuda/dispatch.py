"""Whole arrays on a GPU: every output cell of a convolution or pooling.

The counterpart of `convviz.kernels.cpu.dispatch`: the same functions with the same arguments, but images and results are
on the GPU; weights are numpy's. Which kernels compute them is decided here and nowhere else:

================================================= ============================================================
fewer than `LARGE` products; integers; float64;   `plain`: a thread a cell, 64-bit offsets; compiles fast
windows, groups or arrays beyond tiles' bounds
other convolutions of float32                     `convolution`: tiles
transposed, with weights that are not finite      `plain`: nothing is multiplied by a padding that is not there
poolings                                          `pooling`: a thread a cell
means of whole images of floats                   `sums`: blocks that share the cells of an image
================================================= ============================================================
"""

import numpy as np

from convviz.kernels.cpu.dispatch import transposed_back
from convviz.kernels.cuda import arrays, cellwise, convolution, launch, pooling

__all__ = [
    "Extent",
    "as_dtype",
    "average_pool",
    "convolve",
    "convolve_transposed",
    "extent",
    "given",
    "max_pool",
    "numbers_of",
    "padded",
    "taken",
    "tensor_cores",
]


# ---------------------------------------------------------------- what comes in


#: From how many multiplications on tiles are worth their time to compile.
LARGE = 100_000
#: The compute capability from which on tensor cores multiply TF32.
FIRST_TF32 = 8, 0


class Extent:
    """What is known of an array on the GPU without its numbers: `shape`, `dtype`, and `min()` and `max()` of integers."""

    def __init__(self, shape, dtype, low=0, high=0):
        self.shape, self.dtype, self.low, self.high = tuple(shape), np.dtype(dtype), low, high

    def min(self):
        """The smallest number, for integers."""
        return self.low

    def max(self):
        """The largest number, for integers."""
        return self.high


def stand_in(array):
    """A numpy array of the shape, strides and dtype of another, whose numbers may not be looked at."""
    return np.lib.stride_tricks.as_strided(np.empty(1, array.dtype), array.shape, array.strides, writeable=False)


def taken(value, arrange, name="image"):
    """A batch on the GPU, and what `arrange` says of its layout.

    Parameters
    ----------
    value : numpy array, or array on a GPU
    arrange : callable
        Gives for an array a view with four axes and something more; it sees shape and strides only.
    name : str
        What the array is called in errors.
    """
    array = arrays.take(value, name)
    batch, layout = arrange(stand_in(array))
    return arrays.restrided(array, batch.shape, batch.strides), layout


def extent(batch):
    """The `Extent` of a batch in the dtype that `convviz.arrays` gives its numbers."""
    if batch.dtype.kind == "f":
        return Extent(batch.shape, np.float32 if batch.dtype.itemsize <= 4 else np.float64)
    ends = np.iinfo(np.int64)
    found = arrays.to_gpu(np.array([ends.max, ends.min], np.int64), "two numbers")
    cellwise.extreme_cells.over_cells(batch.shape, batch, found)
    return Extent(batch.shape, np.int64, *(int(number) for number in arrays.to_host(found)))


def as_dtype(batch, dtype):
    """A batch in `dtype` and C-ordered: as it is, or copied on the GPU."""
    lined = stand_in(batch).flags.c_contiguous
    if lined and batch.dtype == dtype:
        return batch
    out = arrays.empty(batch.shape, dtype, "a copy of the image")
    cellwise.rearrange(batch, out)
    return out


def numbers_of(value, name):
    """The numbers of an array on the GPU, such as a kernel, as a numpy array."""
    array = arrays.take(value, name)
    if stand_in(array).flags.c_contiguous:
        return arrays.to_host(array)
    if len(array.shape) > 4:
        raise ValueError(f"{name} has shape {tuple(array.shape)}; expected four axes at most")
    more = 4 - len(array.shape)
    batch = arrays.restrided(array, (1,) * more + array.shape, (0,) * more + array.strides)
    return arrays.to_host(as_dtype(batch, array.dtype)).reshape(array.shape)


def given(batch, restore, owner):
    """A result in the layout of what it was computed from.

    Parameters
    ----------
    batch : array on the GPU, (N, rows, columns, C)
    restore : callable
        Gives for such an array the view that a caller expects; it sees shape and strides only.
    owner : array on a GPU, or None
        What the caller gave; with None the result is numpy's.
    """
    if owner is None:
        return restore(arrays.to_host(batch))
    view = np.asarray(restore(stand_in(batch)))
    return arrays.give(arrays.restrided(batch, view.shape, view.strides), owner)


# ---------------------------------------------------------------- operations


def large(image, kernel, places, rows, columns, groups, filters):
    """Whether tiles shall compute a convolution of an image whose result has so many places and filters."""
    if places * kernel.size < LARGE or not np.isfinite(kernel).all():
        return False
    return convolution.tiled(image.shape, rows, columns, groups, filters, image.dtype)


def tensor_cores():
    """Whether the GPU has tensor cores that multiply TF32."""
    return not launch.SIMULATED and launch.cuda.get_current_device().compute_capability >= FIRST_TF32


def options(precision, tiles):
    """What tiles are told of a precision, and plain kernels not; an error where the GPU can't do what was asked for."""
    if convolution.is_tensor(precision) and not tensor_cores():
        found = ".".join(map(str, launch.cuda.get_current_device().compute_capability))
        raise RuntimeError(
            f"precision='tf32' needs tensor cores of compute capability {'.'.join(map(str, FIRST_TF32))} or later (NVIDIA's "
            f"Ampere of 2020), and this GPU has {found}: leave precision out, or give device='auto' to allow both"
        )
    return {"precision": precision} if tiles else {}


def convolve(image, kernel, bias, rows, columns, groups, precision="float32"):
    """Cross-correlation of a batch, as `convviz.kernels.cpu.dispatch.convolve`; plain kernels keep float32 with "tf32" too."""
    places = image.shape[0] * rows.output * columns.output
    tiles = large(image, kernel, places, rows, columns, groups, kernel.shape[3])
    chosen = options(precision, tiles)
    out = arrays.empty((image.shape[0], rows.output, columns.output, kernel.shape[3]), image.dtype, "the result")
    weights = arrays.to_gpu(kernel, "the kernel"), arrays.to_gpu(bias, "the bias")
    (convolution if tiles else cellwise).convolve(image, *weights, rows, columns, groups, out, **chosen)
    return out


def convolve_transposed(image, kernel, bias, rows, columns, groups, precision="float32"):
    """Transposed convolution of a batch, as `cpu.dispatch.convolve_transposed`; `precision` as for `convolve`."""
    out = arrays.empty((image.shape[0], rows.output, columns.output, len(bias)), image.dtype, "the result")
    weights = arrays.to_gpu(kernel, "the kernel"), arrays.to_gpu(bias, "the bias")
    back = transposed_back(rows), transposed_back(columns)
    places = image.shape[0] * image.shape[1] * image.shape[2]
    tiles = large(out, kernel, places, *back, groups, kernel.shape[3])
    chosen = options(precision, tiles)
    if tiles:
        convolution.input_gradient(image, weights[0], *back, groups, out, bias=weights[1], **chosen)
    else:
        cellwise.convolve_transposed(image, *weights, rows, columns, groups, out)
    return out


def max_pool(image, rows, columns, places=True):
    """Maxima of a batch's windows and their places, as `cpu.dispatch.max_pool`; None for places not asked for."""
    shape = image.shape[0], rows.output, columns.output, image.shape[3]
    out = arrays.empty(shape, image.dtype, "the result")
    winners = arrays.empty(shape, np.int64, "places of maxima") if places else None
    pooling.max_pool(image, rows, columns, out, winners)
    return out, winners


def average_pool(image, rows, columns, count_include_pad=False):
    """Means of a batch's windows, as `convviz.kernels.cpu.dispatch.average_pool`."""
    dtype = np.dtype(np.float64) if image.dtype.kind == "i" else image.dtype
    shape = image.shape[0], rows.output, columns.output, image.shape[3]
    out = arrays.empty(shape, dtype, "the result")
    if dtype == image.dtype and rows.output == columns.output == 1 and covers(rows) and covers(columns):
        # one window over everything: a thread a cell would leave the GPU idle
        pooling.global_average_pool(image, out.reshape(shape[0], shape[3]))
    else:
        pooling.average_pool(image, rows, columns, out, pooling.counts_of(rows, columns, dtype, count_include_pad))
    return out


def covers(axis):
    """Whether the one window of an axis is the whole input."""
    return axis.window == axis.size and axis.dilation == 1 and axis.before == axis.after == 0


def padded(image, above, below, left, right):
    """An image with zeros around it."""
    images, rows, columns, channels = image.shape
    out = arrays.empty((images, above + rows + below, left + columns + right, channels), image.dtype, "the padded image")
    cellwise.rearrange(image, out, above, left)
    return out
