"""Convolutions as products of matrices, worked out on the CPU: tables of offsets, tiles, and how sums are cut into
splits.

Everything here depends on shapes only, so a result is the same bits on every run and every GPU. The tables are those
that `convviz.kernels.cuda.gemm` describes, made from the lines of `convviz.kernels.cpu.sweeps`: the CPU and the GPU share
what says which tap meets which pixel.
"""

from typing import NamedTuple

import numpy as np

from convviz.kernels.cpu import sweeps
from convviz.kernels.cuda import gemm

__all__ = ["FEW_TAPS", "Product", "backward", "forward", "weights"]

#: Taps of a kernel along an axis, at most: each has a bit in a row's mask.
FEW_TAPS = gemm.COLUMN_BIT
#: Blocks that keep a large GPU busy: two for each multiprocessor. With half of them sums are cut into splits, and with
#: less than one for each, tiles are smaller. Not yet tuned on a GPU.
BUSY_BLOCKS, LEAST_BLOCKS = 264, 132
#: Steps of a split, at least, and cells of all splits, at most.
LEAST_SPAN, MOST_PARTS = 256, 1 << 24
#: What the lengths of a table's regions are multiples of: every tile's rows and depth.
REGION = 128
#: Tiles of tensor cores for few filters: sums are 8 × 8 a thread.
TENSOR_NARROW = gemm.Tile(128, 32, 8, 8, 8, 6)


class Product(NamedTuple):
    """One launch.

    Attributes
    ----------
    variant : convviz.kernels.cuda.gemm.Variant
    blocks : (int, int, int)
        Tiles of rows, tiles of columns, groups times splits.
    splits : int
    numbers : convviz.kernels.cuda.gemm.Numbers
    table : ndarray of int64
    """

    variant: gemm.Variant
    blocks: tuple
    splits: int
    numbers: gemm.Numbers
    table: np.ndarray


# ---------------------------------------------------------------- tables


def word(offsets, bits):
    """An offset in the lower half and bits (or a second number) in the upper half of 64."""
    offsets = np.asarray(offsets, np.int64)
    if offsets.size and not -(2**31) <= offsets.min() <= offsets.max() < 2**31:
        raise ValueError("an offset is more than 32 bits reach; use smaller batches")
    return (np.asarray(bits, np.int64) << 32) + (offsets & 0xFFFFFFFF)


def region(words, filler=0):
    """Words in one row, filled up to a multiple of `REGION`."""
    words = np.ravel(words)
    return np.concatenate([words, np.full(-words.size % REGION, filler, np.int64)])


def bits(line, outputs):
    """For each output of a line, which taps find a cell of the source."""
    cells = line.first + outputs[:, None] * line.step + np.array(line.shifts, np.int64)[None]
    found = (cells >= 0) & (cells < line.size)
    return (found << np.arange(len(line.shifts))).sum(axis=1)


def spread(images, rows, columns, pooled):
    """The image, row and column of each row of the matrix, as arrays to broadcast; windows of 2 × 2 in turn if
    `pooled`."""
    if pooled:
        n, p, q, i, j = np.ogrid[:images, : rows // 2, : columns // 2, :2, :2]
        return n, 2 * p + i, 2 * q + j
    return tuple(np.ogrid[:images, :rows, :columns])


def row_words(images, down, right, channels, pooled):
    """Offsets and masks of output pixels, whose lines are `down` and `right`."""
    n, p, q = spread(images, down.outputs, right.outputs, pooled)
    y, x = down.first + p * down.step, right.first + q * right.step
    offsets = ((n * down.size + y) * right.size + x) * channels
    masks = bits(down, np.arange(down.outputs))[p] | bits(right, np.arange(right.outputs))[q] << gemm.COLUMN_BIT
    return word(offsets, masks + 0 * n)


def step_words(down, right, channels, depth):
    """Offsets and needs of the steps: taps in row order, at each tap channel by channel."""
    i, j, c = np.ogrid[: len(down.shifts), : len(right.shifts), :depth]
    i, j, c = np.broadcast_arrays(i, j, c)
    shifts = np.array(down.shifts or (0,))[i] * right.size + np.array(right.shifts or (0,))[j]
    return word(shifts * channels + c, 1 << i | 1 << (j + gemm.COLUMN_BIT))


def out_words(images, down, right, channels, pooled):
    """Where results go; if `pooled`, of all four cells of a window to one place, and above it their own ``y·W + x``."""
    n, p, q = spread(images, down.outputs, right.outputs, pooled)
    if pooled:
        halves = (n * (down.outputs // 2) + p // 2) * (right.outputs // 2) + q // 2
        return word(halves * channels, p * right.outputs + q + 0 * n)
    y, x = down.out_first + p * down.out_step, right.out_first + q * right.out_step
    return ((n * down.out_size + y) * right.out_size + x) * channels


# ---------------------------------------------------------------- tiles and splits


def ceil_divide(number, divisor):
    """The quotient, rounded up."""
    return -(-number // divisor)


def blocks_of(tile, rows, columns, groups):
    """Blocks of a launch without splits."""
    return ceil_divide(rows, tile.rows) * ceil_divide(columns, tile.columns) * groups


def tile_of(rows, columns, groups, steps, tensor):
    """The largest tile that its columns fill and that makes enough blocks, splits of `steps` included."""
    narrow = TENSOR_NARROW if tensor else gemm.NARROW
    for least, tile in (64, gemm.LARGE), (32, gemm.MEDIUM), (0, narrow):
        blocks = blocks_of(tile, rows, columns, groups) * max(1, steps // LEAST_SPAN)
        if columns > least and rows > gemm.SMALL.rows and blocks >= LEAST_BLOCKS:
            return tile
    return narrow if tensor else gemm.SMALL


def splits_of(tile, rows, columns, groups, steps):
    """Into how many splits the steps are cut, and how many steps each has: a multiple of the tile's depth."""
    blocks = blocks_of(tile, rows, columns, groups)
    parts = min(BUSY_BLOCKS // blocks, steps // LEAST_SPAN, MOST_PARTS // max(1, rows * columns * groups))
    span = ceil_divide(ceil_divide(steps, max(1, parts)), tile.depth) * tile.depth
    return max(1, ceil_divide(steps, max(1, span))), max(span, tile.depth)


def product(variant, sizes, table, cut=True, **steps):
    """A `Product` of ``(rows, columns, steps, groups)``, from the regions of its table."""
    rows, columns, count, groups = sizes
    splits, span = splits_of(variant.tile, rows, columns, groups, count) if cut else (1, max(count, 1))
    starts = np.cumsum([len(part) for part in table])
    numbers = gemm.Numbers(
        rows=rows,
        columns=columns,
        steps=count,
        span=span,
        groups=groups,
        steps_at=int(starts[0]),
        outs_at=int(starts[1]),
        b_at=int(starts[2]),
        **steps,
    )
    blocks = ceil_divide(rows, variant.tile.rows), ceil_divide(columns, variant.tile.columns), groups * splits
    return Product(variant, blocks, splits, numbers, np.concatenate(table))


# ---------------------------------------------------------------- the three products of a convolution


def fours(*numbers):
    """Whether four cells side by side begin at a multiple of four, if each of these is one."""
    return all(number % 4 == 0 for number in numbers)


def forward(images, rows, columns, groups, depth, filters, pooled=False, relu=False, tensor=False, tile=None):
    """The product of a forward pass: rows are output pixels, columns filters, steps the cells of a window.

    Parameters
    ----------
    images : int
    rows, columns : convviz.geometry.Axis
    groups, depth, filters : int
        `depth` and `filters` are the input and output channels of a group.
    pooled, relu, tensor : bool
        As in `convviz.kernels.cuda.gemm.Variant`.
    tile : convviz.kernels.cuda.gemm.Tile, optional

    Returns
    -------
    list of one Product
    """
    down, right = sweeps.forward_line(rows), sweeps.forward_line(columns)
    pixels = images * (rows.output // 2 * (columns.output // 2) * 4 if pooled else rows.output * columns.output)
    sizes = pixels, filters, rows.window * columns.window * depth, groups
    tile = tile or tile_of(pixels, filters, groups, 1, tensor)
    channels = groups * filters
    table = (
        region(row_words(images, down, right, groups * depth, pooled)),
        region(step_words(down, right, groups * depth, depth), gemm.NEVER << 32),
        region(out_words(images, down, right, channels, pooled)),
    )
    wide = fours(filters)
    variant = gemm.Variant(tile, False, fours(depth), wide, wide, False, pooled, relu, tensor)
    return [
        product(
            variant,
            sizes,
            table,
            cut=not pooled,
            a_group=depth,
            b_group=filters,
            b_step=channels,
            out_split=images * rows.output * columns.output * channels,
        )
    ]


def backward(images, rows, columns, groups, depth, filters, relu=False, tensor=False, tile=None):
    """The products of a gradient with respect to the input, one for each phase of the strides; arguments as in
    `forward`.

    Rows are the input pixels of a phase, columns their channels, steps the filters at the taps that reach them.
    """
    channels, outputs = groups * depth, groups * filters
    lines = [(down, right) for down in sweeps.backward_lines(rows) for right in sweeps.backward_lines(columns)]
    return [
        phase(images, down, right, columns.window, groups, depth, filters, relu, tensor, tile, len(lines) == 1)
        for down, right in lines
        if channels and outputs
    ]


def phase(images, down, right, width, groups, depth, filters, relu, tensor, tile, alone):
    """One of the products of `backward`; `width` is the kernel's."""
    channels, outputs = groups * depth, groups * filters
    pixels = images * down.outputs * right.outputs
    sizes = pixels, depth, len(down.taps) * len(right.taps) * filters, groups
    tile = tile or tile_of(pixels, depth, groups, 1, tensor)
    taps = np.array(down.taps, np.int64)[:, None, None] * width + np.array(right.taps, np.int64)[None, :, None]
    table = (
        region(row_words(images, down, right, outputs, False)),
        region(step_words(down, right, outputs, filters), gemm.NEVER << 32),
        region(out_words(images, down, right, channels, False)),
        region(taps * (depth * outputs) + np.arange(filters)),
    )
    wide = fours(filters)
    variant = gemm.Variant(tile, False, wide, wide, fours(depth), True, False, relu, tensor)
    return product(
        variant,
        sizes,
        table,
        cut=alone,
        a_group=filters,
        b_group=filters,
        b_step=outputs,
        out_split=images * down.out_size * right.out_size * channels,
    )


def weights(images, rows, columns, groups, depth, filters, tensor=False, tile=None):
    """The product of a kernel's gradient: rows are the cells of a window, columns filters, steps output pixels.

    Arguments and result are those of `forward`.
    """
    down, right = sweeps.forward_line(rows), sweeps.forward_line(columns)
    cells, outputs = rows.window * columns.window * depth, groups * filters
    sizes = cells, filters, images * rows.output * columns.output, groups
    tile = tile or tile_of(cells, filters, groups, sizes[2], tensor)
    table = (
        region(row_words(images, down, right, groups * depth, False)),
        region(step_words(down, right, groups * depth, depth), gemm.NEVER << 32),
        region(np.arange(cells, dtype=np.int64) * outputs),
    )
    wide = fours(filters)
    variant = gemm.Variant(tile, True, fours(depth), wide, wide, False, False, False, tensor)
    return [product(variant, sizes, table, a_group=depth, b_group=filters, b_step=outputs, out_split=cells * outputs)]
