"""Batches of callers: on the GPU in the layout that kernels take, and results in the layout and memory that callers expect."""

import numpy as np

from convviz.kernels.cuda import arrays, cellwise

__all__ = ["Extent", "as_dtype", "extent", "given", "numbers_of", "taken"]


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


def layout_of(array):
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
    batch, layout = arrange(layout_of(array))
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
    lined = layout_of(batch).flags.c_contiguous
    if lined and batch.dtype == dtype:
        return batch
    out = arrays.empty(batch.shape, dtype, "a copy of the image")
    cellwise.rearrange(batch, out)
    return out


def numbers_of(value, name):
    """The numbers of an array on the GPU, such as a kernel, as a numpy array."""
    array = arrays.take(value, name)
    if layout_of(array).flags.c_contiguous:
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
    view = np.asarray(restore(layout_of(batch)))
    return arrays.give(arrays.restrided(batch, view.shape, view.strides), owner)
