"""Convolution for training: forward, and both gradients, on all cores.

Arrays are C-ordered and of one dtype, float32 or float64: images (N, H, W, C_in), kernels (kh, kw, C_in // groups,
C_out). Nothing is allocated that grows: results are written into arrays of the caller, weights are packed into arrays that
can be kept, and a `convviz.kernels.cpu.memory.Workspace` holds scratch space for a few padded rows per thread. That is at
most twice the padded source, or `sweeps.SMALL_BYTES` if that is more; where it is not enough for all threads, fewer work.

Work is cut into chunks that depend on shapes only, and every sum is added up in a fixed order, so results are the same
bits on any number of threads.

Compiled functions share the names of their arguments. Arrays are flat unless a shape is given, of the dtype of the
convolution, and positions in them count elements. They come one by one and not as a tuple, since each array that is taken
from a tuple is counted as a reference, in the innermost loops too.

=============== ===========================================================================================================
depthwise       `plan.depthwise` as a literal, so that a network without such layers never compiles their tiles
kernel, taps    the kernel, and (steps, 2): its taps (i, j) in the order in which they are packed
transposed      whether weights are packed for the gradient of the input: channels in and out change places
lanes, vectors  numbers of a vector, and vectors of a block of weights
at              element of `packed` where packing begins
splits          of `join_splits`: how many there are
source, image   what is read: the image, or in a sweep for the gradient of the input the gradient of the result
read            what tiles read: `source`, or a band's rows of it with padding around them
gradient        the gradient of the result
packed          weights in blocks of vectors, see `pack`
bias            what sums begin with, one for each output channel
out             the result
argmax          int32: with pooling, of each maximum its place ``y·columns + x`` in its plane, else without elements
pool            columns of output that are pooled at a time, or 0
offsets         int64: from a window's first element to the first of each run of its taps, see `convviz.kernels.cpu.sweeps`
lines           int64: from the first row of source that a chunk reads to the first of each of its rows of output
partial         (splits, elements): of each split the sums of the kernel's gradient, packed as weights are
sums            (splits, channels): of each split the sums of the bias's gradient
packed_chunk    the channels of a `Chunk` of pixels of `gradient`, row by row of vectors
plan            the `convviz.kernels.cpu.sweeps.Sweep`: all sizes and steps
target          the tile of `convviz.kernels.cpu.simd`
floor           what results below it become: 0 for ReLU, −∞ for none
cut             the `Cut` of the work
space           scratch space of one thread
line            numbers that are copied
pixels          the `Pixels` that are computed
block           the `Block` or, in a gradient of the kernel, the `Channels` that are computed
chunk           the `Chunk` of pixels whose gradients are added up
part, parts     number of a part of the work, and how many parts there are
halo            the part of `space` for the padded rows of a band
begin, end      which tasks of all a call computes
=============== ===========================================================================================================
"""

import math
from typing import NamedTuple

import numpy as np

from convviz.kernels.cpu import memory, pooling, simd, sweeps
from convviz.kernels.cpu.compile import compiled, device_function, inline
from convviz.kernels.cpu.halo import copy_padded
from convviz.kernels.cpu.threads import share, share_with, thread_count

__all__ = [
    "convolve",
    "input_gradient",
    "kernel_gradient",
    "pack_backward",
    "pack_forward",
    "splits_of",
]

#: Pixels of an output's gradient that are packed at a time: their vectors stay in the first-level cache.
CHUNK_PIXELS = 128

#: The same where memory sets the pace and the next chunk is asked for meanwhile.
FAR_PIXELS = 32

#: Cache lines ahead of time at which memory is asked for, to be read and to be written, where memory sets the pace.
READ_AHEAD, WRITE_AHEAD = 192, 128

#: Bytes of two rows of output that are pooled at a time: they stay in the first-level cache.
PAIR_BYTES = 32 * 1024

#: Into how many splits at most the sums of a kernel's gradient are cut; they are added in order at the end.
SPLITS = 16


# ---------------------------------------------------------------- packing


@device_function
def copy_line(line, target, at):
    """Copy numbers to `target` from `at` on. As a slice it would take numba two seconds more to compile its error."""
    for i in range(len(line)):
        target[at + i] = line[i]


@compiled
def pack(kernel, taps, transposed, groups, lanes, vectors, packed, at):
    """Copy weights into blocks of vectors: (group, block, tap, input channel, lane), missing lanes 0."""
    inputs, outputs = kernel.shape[2], kernel.shape[3] // groups
    if transposed:
        inputs, outputs = outputs, inputs
    for g in range(groups):
        for block in range(0, outputs, lanes * vectors):
            here = min(lanes * vectors, outputs - block)
            wide = (here + lanes - 1) // lanes * lanes
            for t in range(len(taps)):
                weights = kernel[taps[t, 0], taps[t, 1]]
                for c in range(inputs):
                    # cell by cell, since making a slice takes longer than copying the few numbers of a dense layer's line
                    for lane in range(here):
                        if transposed:
                            packed[at + lane] = weights[block + lane, g * inputs + c]
                        else:
                            packed[at + lane] = weights[c, g * outputs + block + lane]
                    for lane in range(here, wide):
                        packed[at + lane] = 0
                    at += wide


def as_groups(kernel, groups):
    """The kernel and groups as they are packed: a depthwise kernel is one of a single group whose lanes are channels."""
    depthwise = groups > 1 and kernel.shape[2] == 1 and kernel.shape[3] == groups
    return (kernel, 1, True) if depthwise else (kernel, groups, False)


def pack_forward(kernel, rows, columns, groups=1, out=None, target=None):
    """Weights as `convolve` reads them.

    Parameters
    ----------
    kernel : ndarray, (kh, kw, C_in // groups, C_out)
    rows, columns : convviz.geometry.Axis
    groups : int
    out : ndarray, optional
        What an earlier call gave, to be used again.
    target : a tile of `convviz.kernels.cpu.simd`, optional

    Returns
    -------
    ndarray, 1-D
    """
    target = target or simd.machine()
    depth, filters = kernel.shape[2], kernel.shape[3] // groups
    plan = sweeps.forward_sweep(1, rows, columns, groups, depth, filters, kernel.itemsize)
    memory.require("kernel", kernel, (rows.window, columns.window, *kernel.shape[2:]), kernel.dtype)
    return pack_all((plan,), kernel, groups, False, out, target)


def pack_backward(kernel, rows, columns, groups=1, out=None, target=None):
    """Weights as `input_gradient` reads them; arguments as in `pack_forward`."""
    target = target or simd.machine()
    depth, filters = kernel.shape[2], kernel.shape[3] // groups
    parts = sweeps.backward_sweeps(1, rows, columns, groups, depth, filters, kernel.itemsize, target)
    memory.require("kernel", kernel, (rows.window, columns.window, *kernel.shape[2:]), kernel.dtype)
    return pack_all(parts, kernel, groups, True, out, target)


def pack_all(parts, kernel, groups, transposed, out, target):
    """The weights of all sweeps, one after the other."""
    lanes = target.bytes // kernel.itemsize
    kernel, groups, depthwise = as_groups(memory.readable(kernel), groups)
    last = parts[-1].sweep
    size = last.packed_at + sweeps.packed_size(last, lanes)
    out = memory.aligned(size, kernel.dtype) if out is None else out
    memory.require("out", out, (size,), kernel.dtype)
    for plan in parts:
        where = lanes, target.vectors, out, plan.sweep.packed_at
        pack(kernel, plan.taps, transposed and not depthwise, groups, *where)
    return out


# ---------------------------------------------------------------- sweeps: forward and gradient of the input


@device_function
def inside(shift, step, size, count):
    """Which of `count` numbers q have ``0 ≤ shift + q·step < size``, as first and stop: cells of an axis of `size` cells.

    `shift` is the cell of number 0, negative in padding; neighbours are `step` cells apart.
    """
    first = max(0, -(shift // step))
    return first, max(first, min(count, (size - 1 - shift) // step + 1))


class Block(NamedTuple):
    """A block of output pixels of a band, or of pooling's two rows, and where it is read and written."""

    first_row: int  # its first output row in the image
    rows: int
    start: int  # its first output column
    stop: int  # one past its last
    read_at: int  # element of the source that the first tap of its first window reads
    write_at: int  # element of the result that its first pixel goes to
    row_step: int  # elements of the result from row to row
    pixel_step: int  # and from pixel to pixel


class Pixels(NamedTuple):
    """Some output pixels of one row that meet the weights of a sheet of output channels."""

    start: int  # the first one's column
    count: int
    read_at: int  # element of the source that the first tap of the first one's window reads
    write_at: int  # element of the result that it goes to
    pixel_step: int  # elements of the result from pixel to pixel
    first_taps: int  # rows of taps that lie in the source: the first
    stop_taps: int  # and one past the last
    group: int
    sheet: int  # the first channel of the sheet in the group


@inline
def sweep_rows(depthwise, source, packed, bias, out, offsets, plan, target, floor, block):
    """The results of a `Block`.

    Channels go in sheets, whose weights stay in the second-level cache. Within a sheet a tile's pixels, which the
    first-level cache holds, meet all weights before the next tile's turn.
    """
    wide = block.stop - block.start
    chunks = (wide + target.rows - 1) // target.rows
    pixel = plan.column_step * plan.channels
    for g in range(plan.groups):
        for sheet in range(0, plan.filters, plan.sheet):
            for row in range(block.rows):
                read = block.read_at + row * plan.row_step * plan.pitch + g * plan.depth
                top = plan.top + (block.first_row + row) * plan.row_step
                taps = inside(top, plan.row_spacing, plan.height, plan.tap_rows)
                write = block.write_at + row * block.row_step
                for chunk in range(chunks):
                    passed = wide * chunk // chunks
                    start, count = block.start + passed, wide * (chunk + 1) // chunks - passed
                    read_at, write_at = read + start * pixel, write + passed * block.pixel_step
                    if depthwise:
                        if plan.far and sheet == 0:
                            # as much as the tiles work on, since a core waits if it asks for too much at once
                            later = read_at + (plan.reach - 1) * plan.pitch + READ_AHEAD * plan.far
                            simd.fetch_cells(source, later, count * pixel, False)
                            simd.fetch_cells(out, write_at + WRITE_AHEAD * plan.far, count * block.pixel_step, True)
                    some = Pixels(start, count, read_at, write_at, block.pixel_step, taps[0], taps[1], g, sheet)
                    sweep_tiles(depthwise, source, packed, bias, out, offsets, plan, target, floor, some)


@inline
def sweep_tiles(depthwise, source, packed, bias, out, offsets, plan, target, floor, pixels):
    """The channels of a sheet for some `Pixels`."""
    lanes = target.bytes // source.itemsize
    width = lanes * target.vectors
    pixel = plan.column_step * plan.channels
    padded = (plan.filters + lanes - 1) // lanes * lanes
    left = plan.left_steps if pixels.start == 0 else 0
    right = plan.right_steps if pixels.start + pixels.count == plan.columns else 0
    tap_rows = pixels.stop_taps - pixels.first_taps
    steps = offsets, pixels.first_taps * plan.runs, tap_rows * plan.runs, left, plan.run - left - right, right
    skipped = pixels.first_taps * plan.runs * plan.run
    for block in range(pixels.sheet, min(plan.filters, pixels.sheet + plan.sheet), width):
        here = min(width, plan.filters - block)
        vectors = (here + lanes - 1) // lanes
        weights = plan.packed_at + (pixels.group * padded + block) * plan.steps + skipped * vectors * lanes
        first = pixels.group * plan.filters + block
        size = pixels.count, vectors, here - (vectors - 1) * lanes
        if depthwise:
            simd.tile(
                "channels",
                target,
                (source, pixels.read_at + block, pixel, plan.tap_step, 3 * pixel),
                steps,
                (packed, weights, vectors * lanes),
                (bias, first, 0),
                (out, pixels.write_at + first, pixels.pixel_step),
                size,
                floor,
            )
        else:
            simd.tile(
                "pixels",
                target,
                (source, pixels.read_at, pixel, 1, 3 * pixel),
                steps,
                (packed, weights, vectors * lanes),
                (bias, first, 0),
                (out, pixels.write_at + first, pixels.pixel_step),
                size,
                floor,
            )


@device_function
def fetch_part(source, start, count, part, parts):
    """Ask for the `part`-th of `parts` of `count` cells from `start` on."""
    for at in range(start + count * part // parts, start + count * (part + 1) // parts, 64 // source.itemsize):
        simd.fetch(source, at)


@device_function
def fetch_rows(source, plan, n, row, rows, part, parts):
    """Ask for a part of the source rows that are new to `rows` output rows from `row` on, ahead of their time."""
    start = (n * plan.height + plan.top + row * plan.row_step + plan.reach - plan.row_step) * plan.width * plan.channels
    fetch_part(source, start, rows * plan.row_step * plan.width * plan.channels, part, parts)


@device_function
def source_of(source, plan, n, row, count, halo):
    """Where `count` output rows from `row` on are read: an array, and the place in it."""
    if plan.halo:
        top = plan.top + row * plan.row_step
        rows = (count - 1) * plan.row_step + plan.reach
        copy_padded(source, plan, n, top, plan.left, rows, plan.halo_columns, halo, False)
        return halo, 0
    return source, ((n * plan.height + plan.top + row * plan.row_step) * plan.width + plan.left) * plan.channels


@inline
def sweep_bands(depthwise, source, packed, bias, out, argmax, pool, offsets, plan, target, floor, space, begin, end):
    """Bands of output rows, number `begin` … `end` through the batch.

    If `pool` is not 0, maxima of 2 × 2 rows, `pool` columns at a time. `space` holds a band's padded rows, then, for
    pooling, two rows of so many columns of output.
    """
    halo = space[: plan.halo]
    pair = space[plan.halo :]
    steps = plan.out_row_step * plan.out_width * plan.out_channels, plan.out_column_step * plan.out_channels
    for task in range(begin, end):
        n, row = task // plan.bands, task % plan.bands * plan.band
        count = min(plan.band, plan.rows - row)
        read, at = source_of(source, plan, n, row, count, halo)
        if pool:
            for twin in range(count // 2):
                start = at + 2 * twin * plan.row_step * plan.pitch
                line = row // 2 + twin
                to = (n * (plan.rows // 2) + line) * (plan.columns // 2) * plan.out_channels
                for first in range(0, plan.columns // 2 * 2, pool):
                    # an odd last column is swept too, since its number says what lies at a row's end
                    last = min(first + pool, plan.columns)
                    block = Block(row + 2 * twin, 2, first, last, start, 0, pool * plan.out_channels, plan.out_channels)
                    sweep_rows(depthwise, read, packed, bias, pair, offsets, plan, target, floor, block)
                    halves = (last - first) // 2, plan.columns, plan.out_channels, pool
                    pooling.pool_pair(
                        target,
                        pair,
                        0,
                        halves,
                        out,
                        argmax,
                        to + first // 2 * plan.out_channels,
                        2 * line * plan.columns + first,
                    )
        else:
            y = n * plan.out_height + plan.out_top + row * plan.out_row_step
            to = (y * plan.out_width + plan.out_left) * plan.out_channels
            block = Block(row, count, 0, plan.columns, at, to, steps[0], steps[1])
            sweep_rows(depthwise, read, packed, bias, out, offsets, plan, target, floor, block)


@compiled
def sweep(source, packed, bias, out, argmax, pool, offsets, plan, target, floor, space, begin, end):
    """`sweep_bands` of all but depthwise kernels."""
    sweep_bands(False, source, packed, bias, out, argmax, pool, offsets, plan, target, floor, space, begin, end)


@compiled
def sweep_depthwise(source, packed, bias, out, argmax, pool, offsets, plan, target, floor, space, begin, end):
    """`sweep_bands` of depthwise kernels."""
    sweep_bands(True, source, packed, bias, out, argmax, pool, offsets, plan, target, floor, space, begin, end)


NO_ARGMAX = np.empty(0, np.int32)


def check_packed(packed, parts, dtype, target, maker):
    """An error for packed weights that cannot be those of a list of `plans.Planned` sweeps."""
    memory.require("packed", packed, None, dtype)
    last = parts[-1].sweep
    size = last.packed_at + sweeps.packed_size(last, target.bytes // packed.itemsize)
    if packed.shape != (size,):
        raise ValueError(
            f"packed has shape {packed.shape}; expected ({size},): what {maker} makes for these shapes, axes and groups "
            f"and the target {type(target).__name__}"
        )


def pair_columns(plan, itemsize, target):
    """How many columns of output to pool at a time, an even number: whole tiles, if they fit."""
    fitting = min(PAIR_BYTES // itemsize, plan.scratch_limit(itemsize) - plan.halo) // (2 * plan.out_channels)
    tiles = fitting // (2 * target.rows) * 2 * target.rows
    return min(tiles or max(2, fitting // 2 * 2), plan.columns + plan.columns % 2)


def run_sweep(plan, source, packed, bias, out, argmax, floor, workspace, target):
    """All bands of a `plans.Planned` sweep, on all cores."""
    numbers = plan.sweep
    pool = 0 if argmax is NO_ARGMAX else pair_columns(numbers, source.itemsize, target)
    size = numbers.halo + 2 * pool * numbers.out_channels
    bands = numbers.images * numbers.bands
    spaces = min(thread_count(), bands, numbers.spaces(size, source.itemsize))
    spaces = workspace.take("sweep", spaces, size, source.dtype)
    share_with(
        spaces,
        sweep_depthwise if numbers.depthwise else sweep,
        bands,
        memory.flat(source),
        packed,
        memory.readable(bias),
        memory.writable(out, "out"),
        argmax.reshape(-1),
        pool,
        plan.offsets,
        numbers,
        target,
        source.dtype.type(floor),
    )


def convolve(image, packed, bias, rows, columns, groups, out, argmax=None, relu=False, workspace=None, target=None):
    """Convolution of a batch with packed weights, with ReLU and 2 × 2 max pooling at once if wanted.

    Parameters
    ----------
    image : ndarray, (N, H, W, C_in)
    packed : ndarray
        From `pack_forward`, for the same target.
    bias : ndarray, (C_out,)
    rows, columns : convviz.geometry.Axis
    groups : int
    out : ndarray
        For the result, (N, rows.output, columns.output, C_out); with `argmax` for the maxima, (N, rows.output // 2,
        columns.output // 2, C_out).
    argmax : ndarray of int32, optional
        For the place ``y·columns.output + x`` of each maximum; its shape is that of `out`.
    relu : bool
    workspace : convviz.kernels.cpu.memory.Workspace, optional
    target : a tile of `convviz.kernels.cpu.simd`, optional
    """
    depth, filters = image.shape[3] // groups, len(bias) // groups
    part = 1 if argmax is None else 2
    shape = len(image), rows.output // part, columns.output // part, len(bias)
    memory.require("out", out, shape, image.dtype)
    if argmax is not None:
        memory.require("argmax", argmax, shape, np.int32)
    plan = sweeps.forward_sweep(len(image), rows, columns, groups, depth, filters, image.itemsize, even=argmax is not None)
    argmax = NO_ARGMAX if argmax is None else memory.writable(argmax, "argmax")
    workspace, target = workspace or memory.Workspace(), target or simd.machine()
    check_packed(packed, (plan,), image.dtype, target, "pack_forward")
    run_sweep(plan, image, packed, bias, out, argmax, 0 if relu else -math.inf, workspace, target)


def input_gradient(gradient, packed, rows, columns, groups, out, workspace=None, target=None):
    """Gradient with respect to the image of a convolution.

    Parameters
    ----------
    gradient : ndarray, (N, rows.output, columns.output, C_out)
        With respect to the result.
    packed : ndarray
        From `pack_backward`, for the same target.
    rows, columns : convviz.geometry.Axis
    groups : int
    out : ndarray, (N, H, W, C_in)
    workspace, target
        As in `convolve`.
    """
    workspace, target = workspace or memory.Workspace(), target or simd.machine()
    depth, filters = out.shape[3] // groups, gradient.shape[3] // groups
    memory.require("gradient", gradient, (len(out), rows.output, columns.output, gradient.shape[3]), out.dtype)
    memory.require("out", out, (len(out), rows.size, columns.size, out.shape[3]), out.dtype)
    zeros = np.zeros(out.shape[3], out.dtype)
    parts = sweeps.backward_sweeps(len(out), rows, columns, groups, depth, filters, out.itemsize, target)
    check_packed(packed, parts, out.dtype, target, "pack_backward")
    for plan in parts:
        run_sweep(plan, gradient, packed, zeros, out, NO_ARGMAX, -math.inf, workspace, target)


# ---------------------------------------------------------------- gradient of the kernel


@device_function
def pack_chunk(gradient, at, step, pixels, here, width, chunk):
    """Copy `here` channels of `pixels` pixels, `step` apart, into rows of `width` in `chunk`; the rest becomes 0."""
    for p in range(pixels):
        line = chunk[p * width : (p + 1) * width]
        cells = gradient[at + p * step : at + p * step + here]
        for f in range(here):
            line[f] = cells[f]
        for f in range(here, width):
            line[f] = 0


@device_function
def add_pixels(gradient, at, channels, pixels, sums):
    """Add the `channels` of `pixels` pixels to `sums`, four pixels at a time, since a sum waits for the one before."""
    fours = pixels // 4 * 4
    for p in range(0, fours, 4):
        pixel = at + p * channels
        first = gradient[pixel : pixel + channels]
        second = gradient[pixel + channels : pixel + 2 * channels]
        third = gradient[pixel + 2 * channels : pixel + 3 * channels]
        fourth = gradient[pixel + 3 * channels : pixel + 4 * channels]
        for f in range(channels):
            sums[f] += (first[f] + second[f]) + (third[f] + fourth[f])
    for p in range(fours, pixels):
        cells = gradient[at + p * channels : at + (p + 1) * channels]
        for f in range(channels):
            sums[f] += cells[f]


class Chunk(NamedTuple):
    """Output pixels whose gradients are added up at a time: the same columns of some rows."""

    image: int
    row: int  # the first output row in the image
    rows: int
    start: int  # the first output column
    stop: int  # one past the last
    top: int  # row of the source that the first row's windows begin with; negative in padding
    read_at: int  # element of `read` that the first row's window of column 0 begins with
    pixel: int  # the first pixel's number in the batch


class Channels(NamedTuple):
    """A block of output channels as the gradient of the kernel goes through them."""

    read_at: int  # elements from the first channel of the source to the first that these channels see
    to: int  # element of a split's sums where the block begins
    vectors: int


class Cut(NamedTuple):
    """How the work of a kernel's gradient is cut; it depends on shapes only."""

    splits: int  # of the batch
    parts: int  # of each split's blocks of channels
    rows: int  # output rows of a chunk
    columns: int  # output columns of a chunk


@inline
def add_taps(read, pixels, partial, offsets, lines, plan, target, chunk, block):
    """Add the products of a `Chunk` of pixels with all cells of their windows, for one block of `Channels`.

    `pixels` is (array, start, from pixel to pixel): where the gradients of the chunk stand.
    """
    width = block.vectors * (target.bytes // read.itemsize)
    cells = plan.run
    parts = (cells + target.rows - 1) // target.rows
    pixel = plan.column_step * plan.channels
    floor = read.dtype.type(-np.inf)
    size = target.bytes // read.itemsize
    wide = chunk.stop - chunk.start
    at = chunk.read_at + block.read_at + chunk.start * pixel
    for s in range(plan.tap_rows * plan.runs):
        first, stop = inside(chunk.top + s // plan.runs * plan.row_spacing, plan.row_step, plan.height, chunk.rows)
        steps = lines, first, stop - first, 0, wide, 0
        some = pixels[0], pixels[1] + first * wide * width, width
        for part in range(parts):
            start = cells * part // parts
            count = cells * (part + 1) // parts - start
            block_sums = (partial, block.to + (s * cells + start) * width, width)
            simd.tile(
                "taps",
                target,
                (read, at + offsets[s] + start, 1, pixel, 3),
                steps,
                some,
                block_sums,
                block_sums,
                (count, block.vectors, size),
                floor,
            )


@inline
def add_channel_taps(read, pixels, partial, offsets, lines, plan, target, chunk, block, ahead):
    """`add_taps` for a depthwise kernel. `ahead` are places in `read` and `pixels`, and how much is asked for from there on."""
    lanes = target.bytes // read.itemsize
    width = block.vectors * lanes
    pixel = plan.column_step * plan.channels
    floor = read.dtype.type(-np.inf)
    wide = chunk.stop - chunk.start
    at = chunk.read_at + block.read_at + chunk.start * pixel
    for i in range(plan.tap_rows):
        first, stop = inside(chunk.top + i * plan.row_spacing, plan.row_step, plan.height, chunk.rows)
        some = pixels[0], pixels[1] + first * wide * pixels[2], pixels[2]
        for start in range(0, plan.run, target.rows):
            count = min(target.rows, plan.run - start)
            left = plan.left_steps if start == chunk.start == 0 else 0
            right = plan.right_steps if start + count == plan.run and chunk.stop == plan.columns else 0
            steps = lines, first, stop - first, left, wide - left - right, right
            block_sums = (partial, block.to + (i * plan.run + start) * width, width)
            if plan.far and start == 0:
                cells = ahead[2] // plan.tap_rows
                simd.fetch_cells(read, ahead[0] + i * cells, cells, False)
                simd.fetch_cells(pixels[0], ahead[1] + i * cells, cells, False)
            simd.tile(
                "channels",
                target,
                (read, at + offsets[i] + start * plan.tap_step, plan.tap_step, pixel, 3 * plan.tap_step),
                steps,
                some,
                block_sums,
                block_sums,
                (count, block.vectors, lanes),
                floor,
            )


@inline
def add_chunk(depthwise, image, read, gradient, packed_chunk, partial, offsets, lines, plan, target, chunk, part, parts):
    """Add what a `Chunk` gives to the kernel's gradient: every block with number `part` modulo `parts`.

    Meanwhile what comes a band later is asked for, or the next chunk of a depthwise kernel.
    """
    lanes = target.bytes // read.itemsize
    wide = lanes * target.vectors
    pixels = chunk.rows * (chunk.stop - chunk.start)
    to = 0
    number = 0
    blocks = plan.groups * ((plan.filters + wide - 1) // wide)
    for g in range(plan.groups):
        for block in range(0, plan.filters, wide):
            here = min(wide, plan.filters - block)
            vectors = (here + lanes - 1) // lanes
            if number % parts == part:
                if not depthwise:
                    later = (chunk.pixel + plan.band * plan.columns) * plan.out_channels
                    fetch_part(gradient, later, pixels * plan.out_channels, number, blocks)
                    if chunk.start == 0:
                        fetch_rows(image, plan, chunk.image, chunk.row + plan.band, chunk.rows, number, blocks)
                first = chunk.pixel * plan.out_channels + g * plan.filters + block
                some = gradient, first, plan.out_channels
                # whole vectors can be read where they lie; others would read the next group's channels, or beyond the end
                if not plan.out_channels == here == vectors * lanes and not (depthwise and here % lanes == 0):
                    some = packed_chunk, 0, vectors * lanes
                    pack_chunk(gradient, first, plan.out_channels, pixels, here, some[2], packed_chunk)
                if depthwise:
                    # of the next chunk as much as is worked on, since a core waits if it asks for too much at once
                    fresh = chunk.read_at + (plan.reach - 1) * plan.pitch + chunk.stop * plan.column_step * plan.channels
                    cells = pixels * plan.channels // blocks
                    ahead = fresh + number * cells, (chunk.pixel + pixels) * plan.channels + number * cells, cells
                    channels = Channels(block, to, vectors)
                    add_channel_taps(read, some, partial, offsets, lines, plan, target, chunk, channels, ahead)
                else:
                    channels = Channels(g * plan.depth, to, vectors)
                    add_taps(read, some, partial, offsets, lines, plan, target, chunk, channels)
            to += plan.steps * vectors * lanes
            number += 1


@inline
def add_bands(depthwise, image, gradient, partial, sums, offsets, lines, plan, target, cut, space, begin, end):
    """Kernel gradients of splits of the batch: task number t is part ``t % cut.parts`` of split ``t // cut.parts``.

    `space` holds a band's padded rows, then the packed gradients of a chunk.
    """
    halo = space[: plan.halo]
    packed_chunk = space[plan.halo :]
    units = plan.images * plan.bands
    for task in range(begin, end):
        split, part = task // cut.parts, task % cut.parts
        if part == 0 and cut.parts == 1:
            partial[split] = 0
            sums[split] = 0
        for unit in range(units * split // cut.splits, units * (split + 1) // cut.splits):
            n, row = unit // plan.bands, unit % plan.bands * plan.band
            count = min(plan.band, plan.rows - row)
            read, at = source_of(image, plan, n, row, count, halo)
            for begun in range(0, count, cut.rows):
                rows = min(cut.rows, count - begun)
                top, read_at = plan.top + (row + begun) * plan.row_step, at + begun * plan.row_step * plan.pitch
                for start in range(0, plan.columns, cut.columns):
                    stop = min(start + cut.columns, plan.columns)
                    pixel = (n * plan.rows + row + begun) * plan.columns + start
                    chunk = Chunk(n, row + begun, rows, start, stop, top, read_at, pixel)
                    add_chunk(
                        depthwise,
                        image,
                        read,
                        gradient,
                        packed_chunk,
                        partial[split],
                        offsets,
                        lines,
                        plan,
                        target,
                        chunk,
                        part,
                        cut.parts,
                    )
                    if part == 0:  # last: by now the chunk is near the core
                        channels = plan.out_channels
                        add_pixels(gradient, pixel * channels, channels, rows * (stop - start), sums[split, :channels])


@compiled
def add_splits(image, gradient, partial, sums, offsets, lines, plan, target, cut, space, begin, end):
    """`add_bands` of all but depthwise kernels."""
    add_bands(False, image, gradient, partial, sums, offsets, lines, plan, target, cut, space, begin, end)


@compiled
def add_depthwise(image, gradient, partial, sums, offsets, lines, plan, target, cut, space, begin, end):
    """`add_bands` of depthwise kernels."""
    add_bands(True, image, gradient, partial, sums, offsets, lines, plan, target, cut, space, begin, end)


@compiled
def join_splits(partial, groups, lanes, vectors, kernel, splits, begin, end):
    """Add the splits in order and lay rows `begin` … `end` of the packed gradient out as the kernel (steps, C_out)."""
    filters = kernel.shape[1] // groups
    to = 0
    for g in range(groups):
        for block in range(0, filters, lanes * vectors):
            here = min(lanes * vectors, filters - block)
            wide = (here + lanes - 1) // lanes * lanes
            first = g * filters + block
            for step in range(begin, end):
                start = to + step * wide
                line = kernel[step, first : first + here]
                copy_line(partial[0, start : start + here], line, 0)
                for split in range(1, splits):
                    cells = partial[split, start : start + here]
                    for f in range(here):
                        line[f] += cells[f]
            to += kernel.shape[0] * wide


def chunk_of(plan):
    """Rows and columns of output whose gradients are packed at a time: several rows, or a chunk of one."""
    pixels = FAR_PIXELS if plan.far else CHUNK_PIXELS
    return max(1, min(plan.band, pixels // plan.columns)), min(plan.columns, pixels)


def split_size(plan, lanes):
    """Elements of a split, at most: packed weights and biases, each in whole cache lines."""
    return sum(memory.whole_lines(size, 4) for size in (sweeps.packed_size(plan, lanes), plan.out_channels))


def splits_of(plan, lanes, spare=math.inf):
    """Into how many splits the batch is cut for a kernel's gradient, and each split's work into how many parts.

    So many that many threads find work, but no more memory than half of the padded input, and all but the first in
    `spare` elements; the same for any number of threads.
    """
    sweep = plan.sweep
    size = split_size(sweep, lanes)
    splits = int(max(1, min(SPLITS, sweep.images * sweep.bands, sweep.padded // (2 * size), 1 + spare // size)))
    blocks = sweep.groups * -(-sweep.filters // lanes)
    return splits, max(1, min(blocks, SPLITS // splits))


def kernel_gradient(image, gradient, rows, columns, groups, kernel_out, bias_out, workspace=None, target=None):
    """Gradients with respect to the kernel and the bias of a convolution.

    Parameters
    ----------
    image : ndarray, (N, H, W, C_in)
    gradient : ndarray, (N, rows.output, columns.output, C_out)
        With respect to the result.
    rows, columns : convviz.geometry.Axis
    groups : int
    kernel_out : ndarray, (kh, kw, C_in // groups, C_out)
    bias_out : ndarray, (C_out,)
    workspace, target
        As in `convolve`.
    """
    workspace, target = workspace or memory.Workspace(), target or simd.machine()
    depth, filters = kernel_out.shape[2], kernel_out.shape[3] // groups
    memory.require("image", image, (len(image), rows.size, columns.size, depth * groups), image.dtype)
    memory.require("gradient", gradient, (len(image), rows.output, columns.output, filters * groups), image.dtype)
    memory.require("kernel_out", kernel_out, (rows.window, columns.window, *kernel_out.shape[2:]), image.dtype)
    memory.require("bias_out", bias_out, (filters * groups,), image.dtype)
    plan = sweeps.kernel_sweep(len(image), rows, columns, groups, depth, filters, image.itemsize)
    numbers, lanes = plan.sweep, target.bytes // image.itemsize
    shape = chunk_of(numbers)
    size = numbers.halo + shape[0] * shape[1] * lanes * target.vectors
    splits, parts = splits_of(plan, lanes, numbers.scratch_limit(image.itemsize) - size)
    partial = workspace.take("splits", splits, sweeps.packed_size(numbers, lanes), image.dtype)
    sums = workspace.take("sums", splits, len(bias_out), image.dtype)
    if parts > 1:
        partial[:splits], sums[:splits] = 0, 0
    lines = np.arange(shape[0], dtype=np.int64) * (numbers.row_step * numbers.pitch)
    held = (splits - 1) * split_size(numbers, lanes)
    spaces = min(thread_count(), splits * parts, numbers.spaces(size, image.itemsize, held))
    spaces = workspace.take("gradient", spaces, size, image.dtype)
    share_with(
        spaces,
        add_depthwise if numbers.depthwise else add_splits,
        splits * parts,
        memory.flat(image),
        memory.flat(gradient),
        partial,
        sums,
        plan.offsets,
        lines,
        numbers,
        target,
        Cut(splits, parts, *shape),
    )
    steps = memory.writable(kernel_out, "kernel_out").reshape(-1, kernel_out.shape[3])
    where = numbers.groups, lanes, target.vectors, steps, splits
    share(join_splits, len(steps), partial, *where)
    np.sum(sums[:splits, : len(bias_out)], axis=0, out=bias_out)
