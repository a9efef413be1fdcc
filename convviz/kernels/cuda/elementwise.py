"""Sums of arrays, ranges of channels, zeros around images, biases, and copies on a GPU.

Arrays are C-ordered and on the GPU, of float32 or float64; `copy` and `fill` take any numbers. Where all arrays of a
call are of float32 and begin at multiples of 16 bytes, a thread moves four cells at once.

Arguments of kernels besides those that `convviz.kernels` describes:

=============== =========================================================================
a, b            two arrays to be added
source, target  (rows, channels): what channels are copied from, and to
top, left       rows and columns of zeros around the smaller array, before its first cell
value           what cells become
rows            rows of cells
parts           parts of a row, each of four cells or of one
wide            whether a part has four cells
=============== =========================================================================
"""

import math

import numpy as np

from convviz.kernels.cpu.elementwise import lines
from convviz.kernels.cuda import arrays
from convviz.kernels.cuda.arrays import aligned, flat
from convviz.kernels.cuda.intrinsics import tools
from convviz.kernels.cuda.launch import cuda, device_function, kernel

__all__ = [
    "accumulate",
    "add",
    "add_bias",
    "by_fours",
    "copy",
    "copy_channels",
    "crop",
    "fill",
    "fours_of",
    "launch",
    "launch_fours",
    "zero_pad",
]

load4, store4 = tools().load4, tools().store4


# ---------------------------------------------------------------- launches


def by_fours(*cells):
    """Whether four cells of arrays can be moved at once: all are of float32 and begin at multiples of 16 bytes."""
    return all(array.dtype == np.float32 and aligned(array) for array in cells)


def fours_of(*cells):
    """How many times four cells of arrays of one size are to be moved at once; 0 unless those of all can be."""
    return int(cells[0].size) // 4 if by_fours(*cells) else 0


def launch(made, count, *arguments, stream=0):
    """Launch a kernel of which thread i does thing i of `count`.

    Threads that go on to further things in steps of the grid would do a division first, for how often they go round,
    which is as much as all else that they do for a few cells.
    """
    made(-(-count // made.threads), *arguments, stream=stream)


def launch_fours(made, cells, *numbers, stream=0):
    """Launch a kernel ``made(*cells, *numbers, fours)`` of which thread i < fours does four cells, any other one cell.

    Parameters
    ----------
    made : convviz.kernels.cuda.launch.Kernel
    cells : list of device arrays of one size and dtype
        Handed over as rows of cells.
    *numbers
        Handed over as they are.
    """
    size = int(cells[0].size)
    if size:
        fours = fours_of(*cells)
        launch(made, size - 3 * fours, *map(flat, cells), *numbers, fours, stream=stream)


# ---------------------------------------------------------------- cell by cell


@kernel
def add_cells(a, b, out, fours):
    """out = a + b."""
    i = cuda.grid(1)
    if i < fours:
        first, second, third, fourth = load4(a, 4 * i)
        e, f, g, h = load4(b, 4 * i)
        store4(out, 4 * i, first + e, second + f, third + g, fourth + h)
    else:
        i += 3 * fours
        if i < out.size:
            out[i] = a[i] + b[i]


@kernel
def copy_cells(x, out, fours):
    """out = x."""
    i = cuda.grid(1)
    if i < fours:
        first, second, third, fourth = load4(x, 4 * i)
        store4(out, 4 * i, first, second, third, fourth)
    else:
        i += 3 * fours
        if i < out.size:
            out[i] = x[i]


@kernel
def fill_cells(out, value, fours):
    """out = value."""
    i = cuda.grid(1)
    if i < fours:
        store4(out, 4 * i, value, value, value, value)
    else:
        i += 3 * fours
        if i < out.size:
            out[i] = value


@kernel
def bias_cells(out, bias, fours):
    """out = out + bias, whose numbers come round again and again."""
    i = cuda.grid(1)
    if i < fours:
        first, second, third, fourth = load4(out, 4 * i)
        e, f, g, h = load4(bias, 4 * i % bias.size)
        store4(out, 4 * i, first + e, second + f, third + g, fourth + h)
    else:
        i += 3 * fours
        if i < out.size:
            out[i] += bias[i % bias.size]


def add(a, b, out, stream=0):
    """out = a + b; all have one shape and dtype, and `out` may be one of the others."""
    arrays.require("b", b, a.shape, a.dtype)
    arrays.require("out", out, a.shape, a.dtype)
    launch_fours(add_cells, [a, b, out], stream=stream)


def accumulate(out, x, stream=0):
    """out = out + x, of one shape and dtype."""
    arrays.require("x", x, out.shape, out.dtype)
    launch_fours(add_cells, [out, x, out], stream=stream)


def copy(x, out, stream=0):
    """out = x, of one shape and dtype."""
    arrays.require("out", out, x.shape, x.dtype)
    if out is not x:
        launch_fours(copy_cells, [x, out], stream=stream)


def fill(out, value, stream=0):
    """Every cell of an array becomes `value`, a number."""
    launch_fours(fill_cells, [out], out.dtype.type(value), stream=stream)


def add_bias(out, bias, stream=0):
    """Add to each channel its bias: what a transposed convolution ends with.

    Parameters
    ----------
    out : device array, (…, C)
    bias : device array of the same dtype, (C,)
    stream : a stream of numba's, default 0
    """
    *_, channels = out.shape
    arrays.require("bias", bias, (channels,), out.dtype)
    size = int(out.size)
    if size:
        fours = size // 4 if channels % 4 == 0 and by_fours(out, bias) else 0
        launch(bias_cells, size - 3 * fours, flat(out), bias, fours, stream=stream)


# ---------------------------------------------------------------- channels


@kernel
def channel_cells(source, target, layout, rows, parts, wide):
    """`copy_channels` of rows of cells, each in so many parts of four cells or one; `layout` is the first channel and
    the width in the source, and in the target."""
    at, width, into, target_width = layout
    i = cuda.grid(1)
    if i < rows * parts:
        row = i // parts
        channel = (i - row * parts) * (4 if wide else 1)
        given, mine = row * width + at + channel, row * target_width + into + channel
        if wide:
            first, second, third, fourth = load4(source, given)
            store4(target, mine, first, second, third, fourth)
        else:
            target[mine] = source[given]


def copy_channels(source, source_start, target, target_start, channels, stream=0):
    """Copy channels from some place of the last axis to another place: concatenation, and its gradient.

    Arrays can be concatenated along another axis by reshaping them so that all axes from that one on are one.

    Parameters
    ----------
    source, target : device array
        Two arrays of the same dtype and, but for the last axis, shape.
    source_start, target_start : int
        The first of the channels in each.
    channels : int
        How many.
    stream : a stream of numba's, default 0

    Raises
    ------
    ValueError
        If there are no such channels, or the arrays do not fit.
    """
    (*front, width), (*_, target_width) = source.shape, target.shape
    arrays.require("target", target, (*front, target_width), source.dtype)
    for name, held, start in ("source", width, source_start), ("target", target_width, target_start):
        if not 0 <= start <= start + channels <= held:
            raise ValueError(f"{name} has {held} channels, not {channels} from channel {start} on")
    rows, layout = math.prod(front), tuple(map(int, (source_start, width, target_start, target_width)))
    if rows * channels:
        wide = all(number % 4 == 0 for number in (*layout, channels)) and by_fours(source, target)
        parts = channels // 4 if wide else channels
        numbers = layout, int(rows), int(parts), wide
        launch(channel_cells, rows * parts, flat(source), flat(target), *numbers, stream=stream)


# ---------------------------------------------------------------- images within images


@device_function
def index_of(i, shape):
    """Image, row and cell of cell `i` of an array whose `shape` is (N, rows, cells)."""
    line = i // shape[2]
    n = line // shape[1]
    return n, line - n * shape[1], i - line * shape[2]


@kernel
def pad_cells(x, out, top, left, zero):
    """A thread for each cell of `out`; arrays (N, rows, cells)."""
    i = cuda.grid(1)
    if i < out.size:
        n, row, cell = index_of(i, out.shape)
        above, before = row - top, cell - left
        inside = 0 <= above < x.shape[1] and 0 <= before < x.shape[2]
        out[n, row, cell] = x[n, above, before] if inside else zero


@kernel
def crop_cells(x, out, top, left):
    """A thread for each cell of `out`; arrays (N, rows, cells)."""
    i = cuda.grid(1)
    if i < out.size:
        n, row, cell = index_of(i, out.shape)
        out[n, row, cell] = x[n, row + top, cell + left]


def zero_pad(x, out, top, left, stream=0):
    """Images with zeros around them.

    Parameters
    ----------
    x : device array, (N, H, W, C)
    out : device array, (N, H', W', C)
        x is put at row `top` and column `left`; all other cells become 0.
    stream : a stream of numba's, default 0
    """
    shape, large, before = lines(x, out, top, left)
    if out.size:
        numbers = top, before, out.dtype.type(0)
        launch(pad_cells, int(out.size), x.reshape(shape), out.reshape(large), *numbers, stream=stream)


def crop(x, out, top, left, stream=0):
    """The part of images that fills `out`, from row `top` and column `left` on: the gradient of `zero_pad`.

    Parameters
    ----------
    x : device array, (N, H', W', C)
    out : device array, (N, H, W, C)
    stream : a stream of numba's, default 0
    """
    shape, large, before = lines(out, x, top, left)
    if out.size:
        launch(crop_cells, int(out.size), x.reshape(large), out.reshape(shape), top, before, stream=stream)
