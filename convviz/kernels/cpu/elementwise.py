"""Sums of arrays, ranges of channels, and zeros around images. Arrays are C-ordered, of float32 or float64.

Arguments of kernels besides those that `convviz.kernels` describes:

=========================== =========================================================================
a, b                        two arrays to be added
source, target              (rows, channels): what channels are copied from, and to
top, left                   rows and columns of zeros around the smaller array, before its first cell
source_start, target_start  the first channel in each
channels                    how many channels are copied
=========================== =========================================================================
"""

import math

from convviz.kernels.cpu import memory, simd
from convviz.kernels.cpu.chunks import share_cells, share_rows
from convviz.kernels.cpu.compile import compiled

__all__ = ["accumulate", "add", "copy_channels", "crop", "zero_pad"]


@compiled
def add_cells(a, b, out, begin, end):
    """Cells `begin` … `end` of `add`; flat arrays."""
    a, b, out = a[begin:end], b[begin:end], out[begin:end]
    for i in range(len(out)):
        out[i] = a[i] + b[i]


@compiled
def accumulate_cells(out, x, begin, end):
    """Cells `begin` … `end` of `accumulate`; flat arrays."""
    out, x = out[begin:end], x[begin:end]
    for i in range(len(out)):
        out[i] += x[i]


def add(a, b, out):
    """out = a + b; all have one shape and dtype, and `out` may be one of the others."""
    if out is b:
        a, b = b, a
    if out is a:
        accumulate(out, b)
        return
    memory.require("b", b, a.shape, a.dtype)
    memory.require("out", out, a.shape, a.dtype)
    sources = (memory.readable(array).reshape(-1) for array in (a, b))
    share_cells(add_cells, out.size, *sources, memory.writable(out, "out"))


def accumulate(out, x):
    """out = out + x, of one shape and dtype."""
    memory.require("x", x, out.shape, out.dtype)
    share_cells(accumulate_cells, out.size, memory.writable(out, "out"), memory.readable(x).reshape(-1))


@compiled
def copy_rows(source, source_start, target, target_start, channels, begin, end):
    """Rows `begin` … `end` of `copy_channels`; arrays (rows, channels)."""
    flat, into = source.reshape(-1), target.reshape(-1)
    for i in range(begin, end):
        given = i * source.shape[1] + source_start
        simd.copy(into, i * target.shape[1] + target_start, flat, given, channels)


def copy_channels(source, source_start, target, target_start, channels):
    """Copy channels from some place of the last axis to another place: concatenation, and its gradient.

    Arrays can be concatenated along another axis by reshaping them so that all axes from that one on are one.

    Parameters
    ----------
    source, target : ndarray
        Two arrays of the same dtype and, but for the last axis, shape.
    source_start, target_start : int
        The first of the channels in each.
    channels : int
        How many.

    Raises
    ------
    ValueError
        If there are no such channels, or the arrays do not fit.
    """
    memory.require("target", target, (*source.shape[:-1], target.shape[-1]), source.dtype)
    for name, array, start in ("source", source, source_start), ("target", target, target_start):
        if not 0 <= start <= start + channels <= array.shape[-1]:
            raise ValueError(f"{name} has {array.shape[-1]} channels, not {channels} from channel {start} on")
    rows = math.prod(target.shape[:-1])
    given = memory.readable(source).reshape(rows, source.shape[-1])
    mine = memory.writable(target, "target").reshape(rows, target.shape[-1])
    share_rows(copy_rows, rows, rows * channels, given, source_start, mine, target_start, channels)


@compiled
def pad_rows(x, out, top, left, begin, end):
    """Rows `begin` … `end` of `zero_pad`, counted through the batch; arrays (N, rows, cells)."""
    height, width = x.shape[1:]
    for task in range(begin, end):
        n, row = task // out.shape[1], task % out.shape[1]
        mine = out[n, row]
        if not top <= row < top + height:
            mine[:] = 0
        else:
            given, middle = x[n, row - top], mine[left : left + width]
            mine[:left] = 0
            for i in range(len(middle)):
                middle[i] = given[i]
            mine[left + width :] = 0


@compiled
def crop_rows(x, out, top, left, begin, end):
    """Rows `begin` … `end` of `crop`, counted through the batch; arrays (N, rows, cells)."""
    for task in range(begin, end):
        n, row = task // out.shape[1], task % out.shape[1]
        mine, given = out[n, row], x[n, row + top, left : left + out.shape[2]]
        for i in range(len(mine)):
            mine[i] = given[i]


def lines(small, large, top, left):
    """Numbers and shapes of rows for an image and one with more around it, or an error if it is not there."""
    images, height, width, channels = small.shape
    room = large.shape
    fits = room[0] == images and room[3] == channels and min(top, left) >= 0
    if not (fits and top + height <= room[1] and left + width <= room[2] and small.dtype == large.dtype):
        raise ValueError(
            f"{small.dtype} {small.shape} does not lie in {large.dtype} {room} from row {top} and column {left} on"
        )
    return (images, height, width * channels), (images, room[1], room[2] * channels), left * channels


def zero_pad(x, out, top, left):
    """Images with zeros around them.

    Parameters
    ----------
    x : ndarray, (N, H, W, C)
    out : ndarray, (N, H', W', C)
        x is put at row `top` and column `left`; all other cells become 0.
    """
    shape, large, before = lines(x, out, top, left)
    cells = memory.readable(x).reshape(shape), memory.writable(out, "out").reshape(large)
    share_rows(pad_rows, large[0] * large[1], out.size, *cells, top, before)


def crop(x, out, top, left):
    """The part of images that fills `out`, from row `top` and column `left` on: the gradient of `zero_pad`.

    Parameters
    ----------
    x : ndarray, (N, H', W', C)
    out : ndarray, (N, H, W, C)
    """
    shape, large, before = lines(out, x, top, left)
    cells = memory.readable(x).reshape(large), memory.writable(out, "out").reshape(shape)
    share_rows(crop_rows, shape[0] * shape[1], out.size, *cells, top, before)
