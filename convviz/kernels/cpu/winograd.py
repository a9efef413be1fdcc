"""3 × 3 convolution with fewer products, for training: 2 × 2 results take 16 products per channel instead of 36.

Results are cut into tiles of 2 × 2. Each tile reads 4 × 4 cells of the image; neighbours share two rows or columns::

    cells of the image                 products                      results
    ┌───┬───┬───┬───┐             ┌────┬────┬────┬────┐
    │   │   │   │   │             │  0 │  1 │  2 │  3 │
    ├───┼───┼───┼───┤  adds and   ├────┼────┼────┼────┤  adds and   ┌───┬───┐
    │   │   │   │   │  subtracts  │  4 │  5 │  6 │  7 │  subtracts  │   │   │   also a window
    ├───┼───┼───┼───┤ ──────────► ├────┼────┼────┼────┤ ──────────► ├───┼───┤   of 2 × 2 pooling
    │   │   │   │   │             │  8 │  9 │ 10 │ 11 │             │   │   │
    ├───┼───┼───┼───┤             ├────┼────┼────┼────┤             └───┴───┘
    │   │   │   │   │             │ 12 │ 13 │ 14 │ 15 │
    └───┴───┴───┴───┘             └────┴────┴────┴────┘
       C_in channels               each a sum over C_in            C_out channels

Each of the 16 places is a product of matrices, (tiles × C_in) · (C_in × C_out), that `convviz.kernels.cpu.simd.tile` adds
up for a group of as many tiles as it has rows. A group's sums for two vectors of output channels stay in the
first-level cache until they have become results; the transformed image of a band of groups stays in the second-level
cache and meets all weights there. Meanwhile the memory that comes next is asked for.

The gradient with respect to the image is the same with the kernel rotated. That with respect to the kernel sums up, in
each of the 16 places, transformed image × transformed gradient of the results over all tiles,
(C_in × tiles) · (tiles × C_out).

Results are those of a direct sum but for rounding, and whole numbers come out exact as long as they are small. The
transforms add rounding errors, in the order of ε times the sum of |cell| · |weight| over the cells of the tile, but
sums are nine times shorter: in all, errors are about those of the direct kernels. Infinity and NaN in a cell reach all
2 × 2 results of the tiles that read it, mostly as NaN, also those whose windows it is not in. So this is for training,
where nobody reads single numbers; the public operations add up as it is written down.

Memory: packed weights are 16/9 of the kernel; each thread has `BAND_BYTES` and the sums of a group, or more where one
group is all of a band (more than 300 channels). More than one thread works only where all of them together have no more
than twice the padded image. The kernel's gradient is summed up in at most `SPLITS` arrays of the
size of packed weights, which are no more than half of the image if they are more than one.

Compiled functions share the names of their arguments. Arrays are flat unless a shape is given, of the dtype of the
convolution, and positions in them count elements. They come one by one, see `convviz.kernels.cpu.convolution`.

============== ====================================================================================================
kernel         (3, 3, C_in, C_out)
source, image  what is read: the image, or for its gradient the gradient of the result
gradient       the gradient of the result
packed         transformed weights in blocks of vectors, see `pack`
bias           what results begin with, one for each output channel
initial        the bias and after it zeros
blank          zeros
mask           what has to be above 0 for a result not to become 0: for each result, or the same for all tiles
out            the results, or with pooling the maxima of each tile
argmax         int32: with pooling, of each maximum its place ``y·columns + x`` in its plane, else without elements
spread         transformed cells: (group of tiles, place of 16, tile, channel)
products       what a group's cells and weights give: (place of 16, tile, output channel)
given          transformed gradients of a block of filters: (place of 16, tile, filter)
partial        (splits, elements): of each split the sums of the kernel's gradient, packed as weights are
sums           (splits, channels): of each split the sums of the bias's gradient
one            a single 1
runs           int64, a single 0: products read their cells from one place
plan           the `Tiles`: all sizes and steps
target         the tile of `convviz.kernels.cpu.simd`
group, block   the `Group` or `FilterBlock` that is computed
finish         the `Finish` of a sweep
splits, parts  into how many splits the batch is cut, and the filters of each split into how many parts
space          scratch space of one thread
tile           number of a tile in the batch
position       what `tile_position` gives: image, row, column
row, column    where the first of a tile's results is in its plane
line           elements of a cache line
begin, end     which tasks of all a call computes
============== ====================================================================================================

Sources: A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural Networks" (2015); S. Winograd, "Arithmetic
Complexity of Computations" (1980).
"""

import functools
import math
from typing import NamedTuple

import numpy as np

from convviz.kernels.cpu import memory, simd
from convviz.kernels.cpu.compile import compiled, device_function, inline
from convviz.kernels.cpu.threads import share_with, thread_count
from convviz.kernels.cpu.winograd_transforms import join_pool, join_tile, transform

__all__ = ["applies", "convolve", "input_gradient", "kernel_gradient", "pack_backward", "pack_forward"]

#: Bytes of the transformed image that are worked on at a time: with a block of weights they fill a second-level cache.
BAND_BYTES = 320 * 1024

#: The same where the kernel's gradient is summed up, beside the sums of a block.
CHUNK_BYTES = 256 * 1024

#: Into how many splits at most the sums of a kernel's gradient are cut; they are added in order at the end.
SPLITS = 8


class Line(NamedTuple):
    """One axis: result q reads the source from cell ``first + q`` on."""

    size: int
    first: int
    outputs: int


class Tiles(NamedTuple):
    """The numbers of a batch's tiles, as compiled code takes them. Sizes count elements."""

    height: int
    width: int
    channels: int  # of the source
    top: int  # where the first tile begins; negative in padding
    left: int
    rows: int  # results
    columns: int
    tile_rows: int
    tile_columns: int
    tiles: int  # in the batch
    band: int  # of them so many are worked on at a time
    row: int  # from tile to tile where they stand transformed
    plane: int  # from each of the 16 places to the next
    filters: int  # channels of the results


class Group(NamedTuple):
    """Tiles that are multiplied with a block of weights at once."""

    first: int  # the first tile's number in the batch
    count: int
    at: int  # element of the transformed cells where the first tile begins
    block: int  # the first channel of the block of weights
    channels: int  # of the block
    zeros: int  # element of what sums begin with from where on there are zeros


class Finish(NamedTuple):
    """What becomes of a group's products."""

    pool: bool  # whether the maxima of tiles are wanted, not their cells
    moving: int  # 1 if `mask` has a number for each result, 0 if its numbers are the same for all tiles
    floor: float  # what results below it become: 0 for ReLU, −∞ for none; of the dtype of the convolution


class FilterBlock(NamedTuple):
    """A chunk of tiles and a block of filters, for the gradient of a kernel."""

    first: int  # the first tile's number in the batch
    count: int
    start: int  # the first filter
    channels: int  # filters of the block
    vectors: int  # that they fill
    width: int  # channels that these hold


def fits(axis):
    """Whether windows along an axis are such as the transforms are for."""
    return (axis.window, axis.stride, axis.dilation) == (3, 1, 1)


def applies(rows, columns, groups, depth, filters):
    """Whether a convolution can be computed this way, and is expected to be faster for it.

    Transforms take time for each tile and channel, products for each pair of channels: with few channels there is
    nothing to be gained. Tiles that odd sizes fill by half are paid for in full. The bounds are measured.

    Parameters
    ----------
    rows, columns : convviz.geometry.Axis
    groups : int
    depth, filters : int
        Input and output channels of a group.

    Returns
    -------
    bool
    """
    if groups != 1 or not fits(rows) or not fits(columns):
        return False
    used = math.prod(axis.output / (axis.output + axis.output % 2) for axis in (rows, columns))
    return min(depth, filters) >= max(32, 30 / used**3)


def require_window(rows, columns):
    """Raise ValueError unless windows are such as the transforms are for."""
    for name, axis in ("rows", rows), ("columns", columns):
        if not fits(axis):
            raise ValueError(
                f"minimal filtering is for windows of 3 cells with stride 1 and dilation 1; along {name} the window "
                f"has {axis.window}, the stride is {axis.stride} and the dilation {axis.dilation}"
            )


@functools.lru_cache(maxsize=256)
def plan_tiles(images, rows, columns, channels, filters, itemsize, group, most=BAND_BYTES, pooled=False, summed=False):
    """The tiles of a batch, from its two lines, in bands of whole groups of `group` tiles and at most `most` bytes."""
    tile_rows, tile_columns = (line.outputs // 2 if pooled else -(-line.outputs // 2) for line in (rows, columns))
    tiles = images * tile_rows * tile_columns
    groups = max(1, min(most // (16 * group * channels * itemsize), -(-tiles // group)))
    # powers of two would send all that is read together to the same few lines of the first-level cache
    row = channels | 64 // itemsize if summed else channels
    plane = (groups * group if summed else group) * row + 64 // itemsize
    return Tiles(
        height=rows.size,
        width=columns.size,
        channels=channels,
        top=rows.first,
        left=columns.first,
        rows=rows.outputs,
        columns=columns.outputs,
        tile_rows=tile_rows,
        tile_columns=tile_columns,
        tiles=tiles,
        band=groups * group,
        row=row,
        plane=plane,
        filters=filters,
    )


def forward_line(axis):
    """The line of a forward pass along a `convviz.geometry.Axis`."""
    return Line(axis.size, -axis.before, axis.output)


def backward_line(axis):
    """The line of the input's gradient: windows over the results' gradient, with padding 2 − before."""
    return Line(axis.output, axis.before - 2, axis.size)


# ---------------------------------------------------------------- packing


@compiled
def pack(kernel, transposed, target, window, packed):
    """Transformed weights in blocks of vectors: (block, place of 16, input channel, lane), missing lanes 0.

    With `transposed` the kernel is rotated and its channels change places. `window` is scratch space for 9 rows.
    """
    steps, filters = kernel.shape[2], kernel.shape[3]
    if transposed:
        steps, filters = filters, steps
    lanes = target.bytes // kernel.itemsize
    width = lanes * target.vectors
    for block in range(0, filters, width):
        here = min(width, filters - block)
        wide = (here + lanes - 1) // lanes * lanes
        for c in range(steps):
            for tap in range(9):
                i, j = tap // 3, tap % 3
                if transposed:
                    line = kernel[2 - i, 2 - j, block : block + here, c]
                else:
                    line = kernel[i, j, c, block : block + here]
                for f in range(here):
                    window[tap * width + f] = line[f]
            to = packed, 16 * steps * block + c * wide
            every = 0, 3, 0, 3
            pace = 4 * steps * wide, steps * wide
            transform("kernel", target, (window, 0), (3 * width, width, here), every, (window, 0), to, pace)


def pack_forward(kernel, out=None, target=None):
    """Weights as `convolve` reads them.

    Parameters
    ----------
    kernel : ndarray, (3, 3, C_in, C_out)
    out : ndarray, optional
        What an earlier call gave, to be used again.
    target : a tile of `convviz.kernels.cpu.simd`, optional

    Returns
    -------
    ndarray, 1-D
    """
    return pack_all(kernel, False, out, target or simd.machine())


def pack_backward(kernel, out=None, target=None):
    """Weights as `input_gradient` reads them; arguments as in `pack_forward`."""
    return pack_all(kernel, True, out, target or simd.machine())


def packed_size(depth, filters, lanes):
    """Elements of transformed weights."""
    return 16 * depth * (-(-filters // lanes) * lanes)


def pack_all(kernel, transposed, out, target):
    """The weights for one way through the layer."""
    if kernel.shape[:2] != (3, 3):
        raise ValueError(f"the kernel's shape is {kernel.shape}; expected (3, 3, C_in, C_out)")
    lanes = target.bytes // kernel.itemsize
    depth, filters = kernel.shape[:1:-1] if transposed else kernel.shape[2:]
    size = packed_size(depth, filters, lanes)
    out = memory.aligned(size, kernel.dtype) if out is None else out
    memory.require("out", out, (size,), kernel.dtype)
    memory.writable(out, "out")
    window = memory.aligned(9 * lanes * target.vectors, kernel.dtype)
    pack(memory.readable(kernel), transposed, target, window, out)
    return out


# ---------------------------------------------------------------- forward and gradient of the input


@device_function
def tile_position(plan, tile):
    """The image that a tile belongs to, and the tile's first row and column of results."""
    image, inside = divmod(tile, plan.tile_rows * plan.tile_columns)
    return image, inside // plan.tile_columns * 2, inside % plan.tile_columns * 2


@device_function
def next_position(plan, image, row, column):
    """`tile_position` for the tile after."""
    column += 2
    if column >= 2 * plan.tile_columns:
        column, row = 0, row + 2
        if row >= 2 * plan.tile_rows:
            row, image = 0, image + 1
    return image, row, column


@device_function
def spread_tiles(source, plan, target, first, count, group, blank, zeros, spread):
    """Transform what `count` tiles from `first` on read, into (group of `group` tiles, place of 16, tile, channel).

    `blank` has zeros from `zeros` on.
    """
    image, row, column = tile_position(plan, first)
    steps = plan.width * plan.channels, plan.channels, plan.channels
    for begun in range(0, count, group):
        for t in range(min(group, count - begun)):
            top, left = plan.top + row, plan.left + column
            at = ((image * plan.height + top) * plan.width + left) * plan.channels
            extent = -top, plan.height - top, -left, plan.width - left
            to = begun // group * 16 * plan.plane + t * plan.row
            pace = 4 * plan.plane, plan.plane
            transform("image", target, (source, at), steps, extent, (blank, zeros), (spread, to), pace)
            image, row, column = next_position(plan, image, row, column)


@device_function
def fetch_cells(array, start, count, line):
    """Ask for `count` cells of `array` from `start` on, ahead of their time; `line` cells come at once."""
    for at in range(start, start + count, line):
        simd.fetch(array, at)


@device_function
def fresh(plan, tile):
    """Where the source's rows begin that a tile is the first to read."""
    image, row, _ = tile_position(plan, tile)
    return (image * plan.height + plan.top + row + 2) * plan.width * plan.channels


@device_function
def share_of(start, stop, part, parts):
    """The `part`-th of `parts` of the cells `start` … `stop`: where it begins, and a sixteenth of it."""
    first = start + (stop - start) * part // parts
    return first, (start + (stop - start) * (part + 1) // parts - first) // 16 + 1


@device_function
def fetch_results(out, plan, position, tile, stop, group, pool, line):
    """Ask for the memory that a group's results of tiles `tile` … `stop` go to; gives the position of `stop`."""
    image, row, column = position
    for number in range(tile, stop):
        if pool:
            fetch_cells(out, number * plan.filters + group.block, group.channels, line)
        else:
            to = ((image * plan.rows + row) * plan.columns + column) * plan.filters + group.block
            for cell in (to, to + plan.columns * plan.filters):
                fetch_cells(out, cell, group.channels, line)
                fetch_cells(out, cell + plan.filters, group.channels, line)
        image, row, column = next_position(plan, image, row, column)
    return image, row, column


@inline
def multiply(spread, packed, products, runs, plan, target, group, number, start):
    """Product number `number` of the 16, of a group's tiles with its block of weights; `start` is what sums begin with."""
    lanes = target.bytes // spread.itemsize
    width = lanes * target.vectors
    vectors = (group.channels + lanes - 1) // lanes
    channels = plan.channels
    weights = 16 * channels * group.block + number * channels * vectors * lanes
    simd.tile(
        "pixels",
        target,
        (spread, group.at + number * plan.plane, plan.row, 1, 3 * plan.row),
        (runs, 0, 1, 0, channels, 0),
        (packed, weights, vectors * lanes),
        start,
        (products, number * target.rows * width, width),
        (group.count, vectors, group.channels - (vectors - 1) * lanes),
        spread.dtype.type(-np.inf),
    )


@device_function
def join_group(products, mask, out, argmax, plan, target, group, finish):
    """Turn the products of a group's tiles into results."""
    width = target.bytes // products.itemsize * target.vectors
    pace = 4 * target.rows * width, target.rows * width
    image, row, column = tile_position(plan, group.first)
    for t in range(group.count):
        read = products, t * width
        if finish.pool:
            to = (group.first + t) * plan.filters + group.block
            place = row * plan.columns + column, plan.columns
            join_pool(target, read, pace, (out, to), (argmax, to), group.channels, place, finish.floor)
        else:
            to = ((image * plan.rows + row) * plan.columns + column) * plan.filters + group.block
            size = min(2, plan.rows - row), min(2, plan.columns - column)
            steps = plan.columns * plan.filters, plan.filters, group.channels
            shown = mask, to if finish.moving else 0, finish.moving
            join_tile(target, read, pace, (out, to), steps, size, shown, finish.floor)
        image, row, column = next_position(plan, image, row, column)


@inline
def sweep_group(source, spread, packed, initial, mask, products, out, argmax, runs, plan, target, group, finish, ahead):
    """The products and results of a `Group`; `ahead` says what of the source to ask for meanwhile, as `share_of` says."""
    line = 64 // spread.itemsize
    position = tile_position(plan, group.first)
    for number in range(16):
        some = group.first + group.count * number // 16, group.first + group.count * (number + 1) // 16
        fetch_cells(source, ahead[0] + number * ahead[1], ahead[1], line)
        position = fetch_results(out, plan, position, some[0], some[1], group, finish.pool, line)
        # every result takes product number 5 once, so that is where the bias may begin
        start = initial, group.block if number == 5 else group.zeros, 0
        multiply(spread, packed, products, runs, plan, target, group, number, start)
    join_group(products, mask, out, argmax, plan, target, group, finish)


@compiled
def sweep(source, packed, bias, mask, out, argmax, runs, plan, target, finish, space, begin, end):
    """Bands of tiles, number `begin` … `end`.

    `space` holds the bias and zeros, the products of a group of tiles, and a band's transformed cells.
    """
    width = target.bytes // source.itemsize * target.vectors
    zeros = (plan.filters + width - 1) // width * width
    initial = space[: zeros + max(plan.channels, width)]
    products = space[len(initial) : len(initial) + 16 * target.rows * width]
    spread = space[len(initial) + len(products) :]
    initial[:] = 0
    simd.copy(initial, 0, bias, 0, plan.filters)  # a slice would have numba compile its error for two seconds
    blocks = (plan.filters + width - 1) // width
    for band in range(begin, end):
        start = band * plan.band
        tiles = min(plan.band, plan.tiles - start)
        groups = (tiles + target.rows - 1) // target.rows
        spread_tiles(source, plan, target, start, tiles, target.rows, initial, zeros, spread)
        ahead, beyond = fresh(plan, start + plan.band), fresh(plan, start + 2 * plan.band)
        for task in range(blocks * groups):
            passed, block = task % groups * target.rows, task // groups * width
            count, channels = min(target.rows, tiles - passed), min(width, plan.filters - block)
            group = Group(start + passed, count, task % groups * 16 * plan.plane, block, channels, zeros)
            part = share_of(ahead, beyond, task, blocks * groups)
            sweep_group(source, spread, packed, initial, mask, products, out, argmax, runs, plan, target, group, finish, part)


NO_ARGMAX = np.empty(0, np.int32)
RUNS = np.zeros(1, np.int64)


def threads_for(plan, tasks, size):
    """How many threads work at once if each takes `size` elements: together they take at most twice the padded source, but
    that of one.
    """
    images = plan.tiles // max(plan.tile_rows * plan.tile_columns, 1)
    padded = images * (plan.height + 2) * (plan.width + 2) * plan.channels
    return max(1, min(thread_count(), tasks, 2 * padded // size))


def run_sweep(plan, source, packed, bias, mask, out, argmax, floor, workspace, target):
    """All bands of tiles, on all cores."""
    dtype, lanes = source.dtype, target.bytes // source.itemsize
    memory.require("packed", packed, (packed_size(plan.channels, plan.filters, lanes),), dtype)
    width = lanes * target.vectors
    bands = -(-plan.tiles // plan.band)
    initial = plan.filters + width + max(plan.channels, width)
    size = initial + 16 * target.rows * width + 16 * plan.plane * (plan.band // target.rows)
    spaces = workspace.take("winograd", threads_for(plan, bands, size), size, dtype)
    moving = mask is not None
    mask = memory.flat(mask) if moving else np.ones(plan.filters, dtype)
    share_with(
        spaces,
        sweep,
        bands,
        memory.flat(source),
        memory.readable(packed),
        memory.readable(bias),
        mask,
        memory.writable(out, "out"),
        argmax.reshape(-1),
        RUNS,
        plan,
        target,
        Finish(argmax is not NO_ARGMAX, int(moving), dtype.type(floor)),
    )


def convolve(image, packed, bias, rows, columns, out, argmax=None, relu=False, workspace=None, target=None):
    """Convolution of a batch with packed weights, with ReLU and 2 × 2 max pooling at once if wanted.

    Parameters
    ----------
    image : ndarray, (N, H, W, C_in)
    packed : ndarray
        From `pack_forward`, for the same target.
    bias : ndarray, (C_out,)
    rows, columns : convviz.geometry.Axis
        Of windows of 3 cells, with stride 1 and dilation 1.
    out : ndarray
        For the result, (N, rows.output, columns.output, C_out); with `argmax` for the maxima, (N, rows.output // 2,
        columns.output // 2, C_out).
    argmax : ndarray of int32, optional
        For the place ``y·columns.output + x`` of each maximum; its shape is that of `out`.
    relu : bool
    workspace : convviz.kernels.cpu.memory.Workspace, optional
    target : a tile of `convviz.kernels.cpu.simd`, optional
    """
    require_window(rows, columns)
    part = 1 if argmax is None else 2
    shape = len(image), rows.output // part, columns.output // part, len(bias)
    memory.require("image", image, (len(image), rows.size, columns.size, image.shape[-1]), image.dtype)
    memory.require("bias", bias, (len(bias),), image.dtype)
    memory.require("out", out, shape, image.dtype)
    if argmax is not None:
        memory.require("argmax", argmax, shape, np.int32)
    workspace, target = workspace or memory.Workspace(), target or simd.machine()
    plan = plan_tiles(
        len(image),
        forward_line(rows),
        forward_line(columns),
        image.shape[3],
        len(bias),
        image.itemsize,
        target.rows,
        pooled=argmax is not None,
    )
    argmax = NO_ARGMAX if argmax is None else memory.writable(argmax, "argmax")
    run_sweep(plan, image, packed, bias, None, out, argmax, 0 if relu else -math.inf, workspace, target)


def input_gradient(gradient, packed, rows, columns, out, mask=None, workspace=None, target=None):
    """Gradient with respect to the image of a convolution.

    Parameters
    ----------
    gradient : ndarray, (N, rows.output, columns.output, C_out)
        With respect to the result.
    packed : ndarray
        From `pack_backward`, for the same target.
    rows, columns : convviz.geometry.Axis
        Of windows of 3 cells, with stride 1 and dilation 1.
    out : ndarray, (N, H, W, C_in)
    mask : ndarray, (N, H, W, C_in), optional
        The image, if a ReLU gave it: where it is 0 or less the gradient becomes 0, as that ReLU would make it.
    workspace, target
        As in `convolve`.
    """
    require_window(rows, columns)
    shape = len(out), rows.size, columns.size, out.shape[-1]
    memory.require("gradient", gradient, (len(out), rows.output, columns.output, gradient.shape[-1]), out.dtype)
    memory.require("out", out, shape, out.dtype)
    if mask is not None:
        memory.require("mask", mask, shape, out.dtype)
    workspace, target = workspace or memory.Workspace(), target or simd.machine()
    plan = plan_tiles(
        len(out),
        backward_line(rows),
        backward_line(columns),
        gradient.shape[3],
        out.shape[3],
        out.itemsize,
        target.rows,
    )
    bias = np.zeros(out.shape[3], out.dtype)
    run_sweep(plan, gradient, packed, bias, mask, out, NO_ARGMAX, -math.inf, workspace, target)


# ---------------------------------------------------------------- gradient of the kernel


@device_function
def given_plane(plan, wide):
    """From place to place of 16 where transformed gradients of `wide` channels stand."""
    return plan.band * wide + 16


@device_function
def spread_gradients(gradient, plan, target, block, blank, spread):
    """Transform a `FilterBlock` of the results' gradients into (place of 16, tile, lane)."""
    image, row, column = tile_position(plan, block.first)
    steps = plan.columns * plan.filters, plan.filters, block.channels
    pace = given_plane(plan, block.width)
    for t in range(block.count):
        at = ((image * plan.rows + row) * plan.columns + column) * plan.filters + block.start
        extent, to = (0, plan.rows - row, 0, plan.columns - column), (spread, t * block.width)
        transform("gradient", target, (gradient, at), steps, extent, (blank, 0), to, (4 * pace, pace))
        image, row, column = next_position(plan, image, row, column)


@inline
def add_products(spread, given, partial, runs, plan, target, block, number):
    """Add product number `number` of 16, of the tiles' transformed cells and gradients, to the sums of a `FilterBlock`."""
    wide, channels = block.width, plan.channels
    to = 16 * channels * block.start
    chunks = (channels + target.rows - 1) // target.rows
    for chunk in range(chunks):
        start = channels * chunk // chunks
        rows = channels * (chunk + 1) // chunks - start
        block_sums = partial, to + (number * channels + start) * wide, wide
        simd.tile(
            "taps",
            target,
            (spread, number * plan.plane + start, 1, plan.row, 3),
            (runs, 0, 1, 0, block.count, 0),
            (given, number * given_plane(plan, wide), wide),
            block_sums,
            block_sums,
            (rows, block.vectors, target.bytes // spread.itemsize),
            spread.dtype.type(-np.inf),
        )


@inline
def add_chunk(image, gradient, spread, given, partial, sums, blank, one, runs, plan, target, block, ahead):
    """Add what a `FilterBlock` gives; `ahead` says what of the image to ask for meanwhile, as `share_of` says."""
    spread_gradients(gradient, plan, target, block, blank, given)
    # place number 5 holds the sums of each tile's gradients: times 1 and added up they are the gradient of the bias
    bias_sums = sums, block.start, block.width
    simd.tile(
        "taps",
        target,
        (one, 0, 1, 0, 0),
        (runs, 0, 1, 0, block.count, 0),
        (given, 5 * given_plane(plan, block.width), block.width),
        bias_sums,
        bias_sums,
        (1, block.vectors, target.bytes // spread.itemsize),
        spread.dtype.type(-np.inf),
    )
    for number in range(16):
        fetch_cells(image, ahead[0] + number * ahead[1], ahead[1], 64 // image.itemsize)
        add_products(spread, given, partial, runs, plan, target, block, number)


@compiled
def add_splits(image, gradient, partial, sums, one, runs, plan, target, splits, parts, space, begin, end):
    """Kernel gradients of splits of the batch: task number t is part ``t % parts`` of split ``t // parts``.

    `space` holds zeros, the transformed cells of a chunk of tiles, and their gradients for one block of filters.
    """
    lanes = target.bytes // image.itemsize
    width = lanes * target.vectors
    blank = space[: max(plan.channels, width)]
    spread = space[len(blank) : len(blank) + 16 * plan.plane]
    given = space[len(blank) + len(spread) :]
    blank[:] = 0
    chunks, blocks = (plan.tiles + plan.band - 1) // plan.band, (plan.filters + width - 1) // width
    for task in range(begin, end):
        split, part = task // parts, task % parts
        for block in range(part * width, plan.filters, parts * width):
            sums[split, block : block + width] = 0
            partial[split, 16 * plan.channels * block : 16 * plan.channels * (block + width)] = 0
        for chunk in range(chunks * split // splits, chunks * (split + 1) // splits):
            first = chunk * plan.band
            count = min(plan.band, plan.tiles - first)
            spread_tiles(image, plan, target, first, count, count, blank, 0, spread)
            ahead, beyond = fresh(plan, first + plan.band), fresh(plan, first + 2 * plan.band)
            for number in range(part, blocks, parts):
                start = number * width
                channels = min(width, plan.filters - start)
                vectors = (channels + lanes - 1) // lanes
                some = FilterBlock(first, count, start, channels, vectors, vectors * lanes)
                ask = share_of(ahead, beyond, number, blocks)
                add_chunk(
                    image, gradient, spread, given, partial[split], sums[split], blank, one, runs, plan, target, some, ask
                )


@compiled
def join_splits(partial, splits, target, kernel, space, begin, end):
    """Add the splits in order, and transform them into the gradients of input channels `begin` … `end` of a kernel."""
    lanes = target.bytes // partial.itemsize
    width = lanes * target.vectors
    depth, filters = kernel.shape[2], kernel.shape[3]
    out = kernel.reshape(-1)
    for c in range(begin, end):
        for block in range(0, filters, width):
            here = min(width, filters - block)
            wide = (here + lanes - 1) // lanes * lanes
            for number in range(16):
                at = 16 * depth * block + (number * depth + c) * wide
                line = space[number * width : number * width + wide]
                simd.copy(line, 0, partial[0], at, wide)
                for split in range(1, splits):
                    more = partial[split, at : at + wide]
                    for f in range(wide):
                        line[f] += more[f]
            to, every = (out, c * filters + block), (0, 4, 0, 4)
            pace = 3 * depth * filters, depth * filters
            transform("back", target, (space, 0), (4 * width, width, here), every, (space, 0), to, pace)


def splits_of(plan, images, lanes):
    """Into how many splits the batch is cut for a kernel's gradient.

    So many that threads find work, but no more memory than half of the image; the same for any number of threads.
    """
    image = images * plan.height * plan.width * plan.channels
    chunks = -(-plan.tiles // plan.band)
    return max(1, min(SPLITS, chunks, image // (2 * packed_size(plan.channels, plan.filters, lanes))))


def parts_of(splits, filters, width):
    """Into how many parts the filters of a split are cut. No sum is cut, so that this may depend on threads.

    Each part transforms the image again, so there are no more than threads have a use for.
    """
    return min(-(-filters // width), -(-2 * thread_count() // splits))


def kernel_gradient(image, gradient, rows, columns, kernel_out, bias_out, workspace=None, target=None):
    """Gradients with respect to the kernel and the bias of a convolution.

    Parameters
    ----------
    image : ndarray, (N, H, W, C_in)
    gradient : ndarray, (N, rows.output, columns.output, C_out)
        With respect to the result.
    rows, columns : convviz.geometry.Axis
        Of windows of 3 cells, with stride 1 and dilation 1.
    kernel_out : ndarray, (3, 3, C_in, C_out)
    bias_out : ndarray, (C_out,)
    workspace, target
        As in `convolve`.
    """
    require_window(rows, columns)
    workspace, target = workspace or memory.Workspace(), target or simd.machine()
    dtype, (depth, filters), lanes = image.dtype, kernel_out.shape[2:], target.bytes // image.itemsize
    memory.require("image", image, (len(image), rows.size, columns.size, depth), dtype)
    memory.require("gradient", gradient, (len(image), rows.output, columns.output, filters), dtype)
    memory.require("kernel_out", kernel_out, (3, 3, depth, filters), dtype)
    memory.require("bias_out", bias_out, (filters,), dtype)
    memory.writable(kernel_out, "kernel_out")
    plan = plan_tiles(
        len(image),
        forward_line(rows),
        forward_line(columns),
        depth,
        filters,
        image.itemsize,
        16,
        CHUNK_BYTES,
        summed=True,
    )
    width, splits = lanes * target.vectors, splits_of(plan, len(image), lanes)
    parts = parts_of(splits, filters, width)
    partial = workspace.take("splits", splits, packed_size(depth, filters, lanes), dtype)
    sums = workspace.take("sums", splits, -(-filters // lanes) * lanes, dtype)
    size = max(depth, width) + 16 * (plan.plane + plan.band * width + 16)
    spaces = workspace.take("winograd", threads_for(plan, splits * parts, size), size, dtype)
    share_with(
        spaces,
        add_splits,
        splits * parts,
        memory.flat(image),
        memory.flat(gradient),
        partial,
        sums,
        np.ones(1, dtype),
        RUNS,
        plan,
        target,
        splits,
        parts,
    )
    spaces = workspace.take("winograd", min(thread_count(), depth), 16 * width, dtype)
    share_with(spaces, join_splits, depth, partial, splits, target, kernel_out)
    np.sum(sums[:, :filters], axis=0, out=bias_out)
