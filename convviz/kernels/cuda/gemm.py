"""Matrix products as tiles: what convolutions, their gradients and dense layers have in common on a GPU.

A block of threads computes a tile of ``c[m, n] = Σ_k a[m, k]·b[k, n]``. It goes through k in steps: all threads
together copy a few columns of `a` and a few rows of `b` into shared memory, each keeps a small tile of sums in
registers and adds the products of what the shared tiles hold, and meanwhile the next columns and rows are under way
from global memory::

                                columns (filters)
                             ┌──────────────────────┐
                             │ b: depth × columns   │ shared, two of each: one is multiplied, one is filled
                             └──────────────────────┘
             ┌───────┐       ┌──────────────────────┐
     rows    │ a:    │       │  8 × 8 sums a thread │ registers
    (pixels) │ rows ×│       │                      │
             │ depth │       │                      │
             └───────┘       └──────────────────────┘

Neither matrix need exist. Cell ``(m, k)`` of `a` is the number at ``offset[m] + offset[k]`` of an array of pixels, and
0 where it lies in padding: a row has a mask with a bit for each row and column of taps that finds pixels, a step the
two bits that it needs. Both stand in a table that is made on the CPU once per shape
(`convviz.kernels.cuda.convolution`), so nothing is divided, no padded copy is made, and strides, dilation and the
phases of a gradient are a matter of tables. This is "implicit GEMM" as in S. Chetlur et al., "cuDNN: Efficient
Primitives for Deep Learning" (2014); the tiles are those of V. Volkov and J. Demmel, "Benchmarking GPUs to Tune Dense
Linear Algebra" (2008).

A kernel is a row of phases with barriers between them. A phase takes its thread's number and its registers as
arguments, so that tests can run the very same functions on the CPU, thread after thread. Beyond such tests are the
barriers between phases, the loop that overlaps them, and what the instructions of `convviz.kernels.cuda.intrinsics` do.
So far these were compiled and assembled only, tiles without tensor cores also simulated; none has run on a GPU.

Arguments of kernels besides those that `convviz.kernels` describes:

==================  ==============================================================================================
a, b                float32: the arrays whose products are added up; of threads, elements of `shared`
at                  element of a, b or `shared` from which offsets count; of `bias`, a filter
table, plan         int64: offsets and masks, two words of 32 bits in each; the `Numbers` of the product
thread              number of a thread in its block
block               number of a block's tile of rows or columns; of `c` the tile has both, `block_x` and `block_y`
group, split        number of a group of columns, and of a split of the steps
step, k             number of a step of the product, and of one in the shared tiles
q, i, j             number of a load of four cells; of a cell in it, or of a row and a column of a thread's sums
row, column         of the tile or of `c`
one, other          words of the table of a row and a step; across, of a step and a row
corner              row or column in the tile of a thread's first sum
fixed               (fixed_size,), int64, in registers: words of the table that stay the same from step to step
hold                (hold_size,), float32, in registers: cells that were fetched and are not shared yet
cells               (cells_size,), float32, in registers: cells that are multiplied
sums                (sums_size,), float32, in registers: the sums of a thread
shared, stage       (2 · stage_size,), float32: two stages of shared tiles; element where one begins
jump, count, first  from four cells of `shared` to the next; how many fours; where they go in `cells`
total               a sum of products
parts               (splits, size): sums of each split
splits, size        how many splits there are, and cells of each
==================  ==============================================================================================
"""

import collections
import functools
import types
from typing import NamedTuple

import numpy as np

from convviz.kernels.cuda import intrinsics, launch
from convviz.kernels.cuda.launch import cuda

__all__ = ["LARGE", "MEDIUM", "NARROW", "Numbers", "SMALL", "TINY", "Tile", "Variant", "gemm", "join", "phases"]

#: Bits of a row's mask: taps of rows from bit 0 on, taps of columns from bit `COLUMN_BIT` on, and one that no row has.
COLUMN_BIT, NEVER = 15, 1 << 30


class Tile(NamedTuple):
    """How the work of a block is cut.

    Attributes
    ----------
    rows, columns : int
        Of the matrix that a block computes.
    depth : int
        Steps between barriers.
    thread_rows, thread_columns : int
        Sums of a thread; 8 × 8 for tensor cores.
    blocks_at_once : int
        Blocks for which a multiprocessor's 65536 registers shall do.
    """

    rows: int
    columns: int
    depth: int
    thread_rows: int
    thread_columns: int
    blocks_at_once: int

    @property
    def threads(self):
        """Threads of a block."""
        return self.rows * self.columns // (self.thread_rows * self.thread_columns)

    @property
    def a_loads(self):
        """How often a thread fetches four cells of `a`."""
        return self.rows * self.depth // (4 * self.threads)

    @property
    def b_loads(self):
        """How often a thread fetches four cells of `b`."""
        return self.columns * self.depth // (4 * self.threads)

    def pitches(self, tensor):
        """From step to step of the shared tiles, so that the threads of a warp read and write different banks."""
        more = 8 if tensor else 4
        return self.rows + more, self.columns + more


#: For many filters, for 33 to 64 filters, for few filters, and for few rows; see `convviz.kernels.cuda.convolution`.
LARGE = Tile(128, 128, 8, 8, 8, 2)
MEDIUM = Tile(128, 64, 8, 8, 8, 3)
NARROW = Tile(128, 32, 16, 8, 4, 4)
SMALL = Tile(64, 32, 16, 4, 4, 8)
#: For tests in the simulator.
TINY = Tile(8, 8, 4, 4, 4, 1)


class Variant(NamedTuple):
    """What a kernel is compiled for.

    Attributes
    ----------
    tile : Tile
    across : bool
        Whether rows of `c` are steps of the table and steps are pixels: so for the gradient of a kernel.
    a_wide, b_wide, out_wide : bool
        Whether four cells that lie side by side begin at a multiple of 16 bytes.
    turned : bool
        Whether `b` is read by its columns: so for the gradient of the input.
    pooled : bool
        Whether four rows in turn are a window, of which the largest is written.
    relu : bool
    tensor : bool
        Whether tensor cores multiply, with TF32's 10 bits after the point.
    """

    tile: Tile
    across: bool = False
    a_wide: bool = True
    b_wide: bool = True
    out_wide: bool = True
    turned: bool = False
    pooled: bool = False
    relu: bool = False
    tensor: bool = False


class Numbers(NamedTuple):
    """The numbers of a product, in elements. The table holds the words of rows, of steps, of outputs, and steps of
    `b`."""

    rows: int  # of c
    columns: int  # of c, in a group
    steps: int
    span: int  # steps of a split
    groups: int
    steps_at: int  # where regions of the table begin
    outs_at: int
    b_at: int
    a_group: int  # from group to group
    b_group: int
    b_step: int  # from step to step of b, or from column to column where it is turned
    out_split: int  # from split to split of the result


def log2(number):
    """The exponent of a power of two."""
    return number.bit_length() - 1


def of(fields):
    """Let a function of a variant, and more, see these fields only, and keep what it makes for all that agree in them.

    Numba compiles every phase again, which takes it longer than what then makes machine code of them.
    """
    seen = collections.namedtuple("Seen", fields)

    def limited(make):
        kept = functools.lru_cache(maxsize=None)(make)

        @functools.wraps(make)
        def made(variant, *more):
            return kept(seen(*(getattr(variant, name) for name in seen._fields)), *more)

        return made

    return limited


#: The same tools on every call, without which nothing could be kept.
gpu_tools = functools.lru_cache(maxsize=1)(intrinsics.tools)


# ---------------------------------------------------------------- from global memory to registers


@of("tile across a_wide")
def a_phases(variant, tools):
    """How `a` gets into registers.

    Of a step of the loop a thread fetches four cells at a time, along the steps, or `across` along the rows. What
    belongs to the rows (or, across, to the steps of the table) stays the same from step to step: `prepare` keeps it in
    `fixed`.
    """
    tile, across, wide, load4 = variant.tile, variant.across, variant.a_wide, tools.load4
    loads, threads, tile_rows = tile.a_loads, tile.threads, tile.rows
    run = tile.rows if across else tile.depth  # cells side by side
    mask, shift = run // 4 - 1, log2(run // 4)
    kept = 4 if across and not wide else 1  # words per load

    @tools.device_function
    def prepare(thread, block, table, plan, fixed):
        for q in range(loads):
            quad = q * threads + thread
            for i in range(kept):
                if across:
                    fixed[kept * q + i] = table[plan.steps_at + block * tile_rows + 4 * (quad & mask) + i]
                else:
                    fixed[kept * q + i] = table[block * tile_rows + (quad >> shift)]

    @tools.device_function
    def word(thread, q, step, i, table, plan):
        quad = q * threads + thread
        if across:
            return table[step + (quad >> shift)]
        return table[plan.steps_at + step + 4 * (quad & mask) + i]

    @tools.device_function
    def found(one, other):
        """Whether a row and a step meet in a pixel; `needs` has the bits of the step."""
        needs = (one if across else other) >> 32
        return (one >> 32) & (other >> 32) == needs

    @tools.device_function
    def offset(one, other):
        return ((one << 32) >> 32) + ((other << 32) >> 32)

    if wide:

        @tools.device_function
        def fetch(thread, step, a, at, table, plan, fixed, hold):
            for q in range(loads):
                one, other = fixed[q], word(thread, q, step, 0, table, plan)
                for i in range(4):
                    hold[4 * q + i] = 0
                if found(one, other):
                    cells = load4(a, at + offset(one, other))
                    hold[4 * q] = cells[0]
                    hold[4 * q + 1] = cells[1]
                    hold[4 * q + 2] = cells[2]
                    hold[4 * q + 3] = cells[3]

    else:

        @tools.device_function
        def fetch(thread, step, a, at, table, plan, fixed, hold):
            for q in range(loads):
                for i in range(4):
                    one, other = fixed[kept * q + (i if across else 0)], word(thread, q, step, i, table, plan)
                    hold[4 * q + i] = 0
                    if found(one, other):
                        hold[4 * q + i] = a[at + offset(one, other)]

    return prepare, fetch, kept * loads


@of("tile turned b_wide")
def b_phases(variant, tools):
    """How `b` gets into registers, four cells at a time along its rows, or, turned, along the steps."""
    tile, turned, wide, load4 = variant.tile, variant.turned, variant.b_wide, tools.load4
    loads, threads, tile_columns = tile.b_loads, tile.threads, tile.columns
    run = tile.depth if turned else tile.columns
    mask, shift, first = run // 4 - 1, log2(run // 4), 4 * tile.a_loads

    @tools.device_function
    def where(thread, q, step, block):
        """The step and the column of the first of four cells."""
        quad = q * threads + thread
        if turned:
            return step + 4 * (quad & mask), block * tile_columns + (quad >> shift)
        return step + (quad >> shift), block * tile_columns + 4 * (quad & mask)

    @tools.device_function
    def offset(step, column, table, plan):
        if turned:
            return table[plan.b_at + step] + column * plan.b_step
        return step * plan.b_step + column

    if wide:

        @tools.device_function
        def fetch(thread, step, block, b, at, table, plan, hold):
            for q in range(loads):
                row, column = where(thread, q, step, block)
                for i in range(4):
                    hold[first + 4 * q + i] = 0
                if row < plan.steps and column < plan.columns:
                    cells = load4(b, at + offset(row, column, table, plan))
                    hold[first + 4 * q] = cells[0]
                    hold[first + 4 * q + 1] = cells[1]
                    hold[first + 4 * q + 2] = cells[2]
                    hold[first + 4 * q + 3] = cells[3]

    else:

        @tools.device_function
        def fetch(thread, step, block, b, at, table, plan, hold):
            for q in range(loads):
                row, column = where(thread, q, step, block)
                for i in range(4):
                    hold[first + 4 * q + i] = 0
                    if row < plan.steps and column < plan.columns:
                        hold[first + 4 * q + i] = b[at + offset(row, column, table, plan)]
                    if turned:
                        row += 1
                    else:
                        column += 1

    return fetch


# ---------------------------------------------------------------- from registers to shared memory


@of("tile across turned tensor")
def put_phase(variant, tools):
    """How what was fetched gets into the shared tiles, both as (step, row or column)."""
    tile, tensor, store4, rounded = variant.tile, variant.tensor, tools.store4, tools.rounded
    threads, a_loads, b_loads = tile.threads, tile.a_loads, tile.b_loads
    a_pitch, b_pitch = tile.pitches(tensor)
    b_first = tile.depth * a_pitch

    @tools.device_function
    def slot(row):
        """Where a row stands: rows in turn of four, which are a window if pooled, become those of one thread."""
        if tensor:
            return (row & ~63) + (row & 3) * 16 + ((row >> 2) & 15)
        return row

    def put_one(run, loads, pitch, along, at, first, slot):
        mask, shift = run // 4 - 1, log2(run // 4)

        @tools.device_function
        def put(thread, shared, stage, hold):
            for q in range(loads):
                quad = q * threads + thread
                line, start, h = quad >> shift, 4 * (quad & mask), at + 4 * q
                if tensor:
                    for i in range(4):
                        if along:
                            shared[stage + first + (start + i) * pitch + slot(line)] = rounded(hold[h + i])
                        else:
                            shared[stage + first + line * pitch + slot(start + i)] = rounded(hold[h + i])
                elif along:
                    for i in range(4):
                        shared[stage + first + (start + i) * pitch + line] = hold[h + i]
                else:
                    store4(shared, stage + first + line * pitch + start, hold[h], hold[h + 1], hold[h + 2], hold[h + 3])

        return put

    @tools.device_function
    def same(column):
        return column

    across, turned = variant.across, variant.turned
    put_a = put_one(tile.rows if across else tile.depth, a_loads, a_pitch, not across, 0, 0, slot)
    put_b = put_one(tile.depth if turned else tile.columns, b_loads, b_pitch, turned, 4 * a_loads, b_first, same)

    @tools.device_function
    def put(thread, shared, stage, hold):
        put_a(thread, shared, stage, hold)
        put_b(thread, shared, stage, hold)

    return put


# ---------------------------------------------------------------- products


@of("tile tensor")
def position_phases(variant, tools):
    """Which cell of the tile sum (i, j) of a thread is; of rows four in turn are a thread's."""
    tile, tensor = variant.tile, variant.tensor
    across, down = tile.columns // tile.thread_columns, tile.rows // tile.thread_rows
    wide, high = (4, 8) if tensor else (min(8, across), min(4, down))  # threads of a warp
    warp_shift, wide_shift, wide_mask, high_mask = log2(wide * high), log2(wide), wide - 1, high - 1
    warps_mask, warps_shift = across // wide - 1, log2(across // wide)
    group = 2 if tensor else 4  # columns in a row
    group_shift, group_mask = log2(group), group - 1
    row_jump, column_jump = (32, 8) if tensor else (4 * down, 4 * across)

    @tools.device_function
    def corner(thread):
        warp = thread >> warp_shift
        row = ((thread >> wide_shift) & high_mask) * 4
        column = (thread & wide_mask) * group
        if tensor:
            return row + (warp >> warps_shift) * 64, column + (warp & warps_mask) * 32
        return row + (warp >> warps_shift) * (high * 4), column + (warp & warps_mask) * (wide * 4)

    @tools.device_function
    def row_of(corner, i):
        return corner + (i >> 2) * row_jump + (i & 3)

    @tools.device_function
    def column_of(corner, j):
        return corner + (j >> group_shift) * column_jump + (j & group_mask)

    return corner, row_of, column_of


@of("tile")
def multiply_phase(variant, tools, corner):
    """The products of the shared tiles, in single precision."""
    tile, load4 = variant.tile, tools.load4
    depth, rows, columns = tile.depth, tile.thread_rows, tile.thread_columns
    down, across = 4 * (tile.rows // rows), 4 * (tile.columns // columns)
    a_pitch, b_pitch = tile.pitches(False)
    b_first = depth * a_pitch

    @tools.device_function
    def load(shared, at, jump, count, cells, first):
        for i in range(count):
            four = load4(shared, at + i * jump)
            cells[first + 4 * i] = four[0]
            cells[first + 4 * i + 1] = four[1]
            cells[first + 4 * i + 2] = four[2]
            cells[first + 4 * i + 3] = four[3]

    @tools.device_function
    def one(shared, a, b, cells, sums):
        load(shared, a, down, rows // 4, cells, 0)
        load(shared, b, across, columns // 4, cells, rows)
        for i in range(rows):
            for j in range(columns):
                sums[i * columns + j] += cells[i] * cells[rows + j]

    @tools.device_function
    def four(shared, a, b, cells, sums):
        # written out, since a loop would keep the loads of one step from being issued before the sums of the last
        one(shared, a, b, cells, sums)
        one(shared, a + a_pitch, b + b_pitch, cells, sums)
        one(shared, a + 2 * a_pitch, b + 2 * b_pitch, cells, sums)
        one(shared, a + 3 * a_pitch, b + 3 * b_pitch, cells, sums)

    @tools.device_function
    def multiply(thread, shared, stage, cells, sums):
        row, column = corner(thread)
        a, b = stage + row, stage + b_first + column
        for k in range(0, depth, 8):
            four(shared, a + k * a_pitch, b + k * b_pitch, cells, sums)
            if depth > 4:
                four(shared, a + (k + 4) * a_pitch, b + (k + 4) * b_pitch, cells, sums)

    return multiply


@of("tile")
def tensor_phases(variant, tools):
    """The products of the shared tiles on tensor cores: a warp's 64 rows and 32 columns, as 4 × 4 products of
    fragments.

    `collect` loads the fragments of eight steps; `combine` multiplies them, all threads of a warp together.
    """
    tile, products = variant.tile, tools.products
    a_pitch, b_pitch = tile.pitches(True)
    b_first, warps_mask, warps_shift = tile.depth * a_pitch, tile.columns // 32 - 1, log2(tile.columns // 32)

    @tools.device_function
    def collect(thread, shared, stage, k, cells):
        warp, g, t = thread >> 5, (thread >> 2) & 7, thread & 3
        a = stage + (k + t) * a_pitch + (warp >> warps_shift) * 64 + g
        b = stage + b_first + (k + t) * b_pitch + (warp & warps_mask) * 32 + g
        for m in range(4):
            for h in range(2):
                cells[4 * m + h] = shared[a + 16 * m + 8 * h]
                cells[4 * m + 2 + h] = shared[a + 16 * m + 8 * h + 4 * a_pitch]
        for n in range(4):
            cells[16 + 2 * n] = shared[b + 8 * n]
            cells[16 + 2 * n + 1] = shared[b + 8 * n + 4 * b_pitch]

    @tools.device_function
    def combine(cells, sums):
        for m in range(4):
            a = (cells[4 * m], cells[4 * m + 1], cells[4 * m + 2], cells[4 * m + 3])
            for n in range(4):
                b = (cells[16 + 2 * n], cells[17 + 2 * n])
                s = 8 * m + 2 * n
                four = products((sums[s], sums[s + 1], sums[s + 32], sums[s + 33]), a, b)
                sums[s] = four[0]
                sums[s + 1] = four[1]
                sums[s + 32] = four[2]
                sums[s + 33] = four[3]

    return collect, combine


# ---------------------------------------------------------------- results


@of("tile out_wide pooled relu tensor")
def finish_phase(variant, tools, corner, row_of, column_of):
    """Bias, ReLU and pooling of a thread's sums, and where they go."""
    tile, relu, store4 = variant.tile, variant.relu, tools.store4
    rows, columns = tile.thread_rows, tile.thread_columns
    tile_rows, tile_columns = tile.rows, tile.columns

    @tools.device_function
    def finished(total, bias, at):
        total += bias[at]
        return np.float32(0) if relu and total < 0 else total

    @tools.device_function
    def narrow(thread, block_x, block_y, group, split, sums, bias, out, argmax, table, plan):
        row, column = corner(thread)
        for i in range(rows):
            m = block_x * tile_rows + row_of(row, i)
            if m < plan.rows:
                at = split * plan.out_split + table[plan.outs_at + m] + group * plan.columns
                for j in range(columns):
                    n = block_y * tile_columns + column_of(column, j)
                    if n < plan.columns:
                        out[at + n] = finished(sums[i * columns + j], bias, group * plan.columns + n)

    @tools.device_function
    def wide(thread, block_x, block_y, group, split, sums, bias, out, argmax, table, plan):
        row, column = corner(thread)
        for i in range(rows):
            m = block_x * tile_rows + row_of(row, i)
            if m < plan.rows:
                at = split * plan.out_split + table[plan.outs_at + m] + group * plan.columns
                for j in range(0, columns, 4):
                    n = block_y * tile_columns + column_of(column, j)
                    if n < plan.columns:
                        f, s = group * plan.columns + n, i * columns + j
                        store4(
                            out,
                            at + n,
                            finished(sums[s], bias, f),
                            finished(sums[s + 1], bias, f + 1),
                            finished(sums[s + 2], bias, f + 2),
                            finished(sums[s + 3], bias, f + 3),
                        )

    @tools.device_function
    def pooled(thread, block_x, block_y, group, split, sums, bias, out, argmax, table, plan):
        row, column = corner(thread)
        for i in range(0, rows, 4):
            m = block_x * tile_rows + row_of(row, i)
            if m < plan.rows:
                at = ((table[plan.outs_at + m] << 32) >> 32) + group * plan.columns
                for j in range(columns):
                    n = block_y * tile_columns + column_of(column, j)
                    if n < plan.columns:
                        best = finished(sums[i * columns + j], bias, group * plan.columns + n)
                        which = 0
                        for cell in range(1, 4):
                            value = finished(sums[(i + cell) * columns + j], bias, group * plan.columns + n)
                            # only a NaN differs from itself, and the first one stays
                            if value > best or (value != value and best == best):
                                best = value
                                which = cell
                        out[at + n] = best
                        argmax[at + n] = table[plan.outs_at + m + which] >> 32

    if variant.pooled:
        return pooled
    return wide if variant.out_wide and not variant.tensor else narrow


# ---------------------------------------------------------------- the whole


def phases(variant, tools):
    """The phases of a kernel as a namespace, and how much memory they need.

    Parameters
    ----------
    variant : Variant
    tools : convviz.kernels.cuda.intrinsics.Tools

    Returns
    -------
    types.SimpleNamespace
        ``prepare(thread, block, table, plan, fixed)``, ``fetch_a(thread, step, a, at, table, plan, fixed, hold)``,
        ``fetch_b(thread, step, block, b, at, table, plan, hold)``, ``put(thread, shared, stage, hold)``,
        ``multiply(thread, shared, stage, cells, sums)`` or for tensor cores ``collect(thread, shared, stage, k,
        cells)`` and ``combine(cells, sums)``, ``finish(thread, block_x, block_y, group, split, sums, bias, out, argmax,
        table, plan)``; and the sizes of a thread's registers, ``fixed_size``, ``hold_size``, ``cells_size``,
        ``sums_size``, and of a shared tile, ``stage_size``.
    """
    tile = variant.tile
    if variant.tensor and (tile.rows % 64 or tile.columns % 32 or (tile.thread_rows, tile.thread_columns) != (8, 8)):
        raise ValueError(f"{tile}: warps of tensor cores compute 64 rows and 32 columns, 8 × 8 sums a thread")
    prepare, fetch_a, fixed = a_phases(variant, tools)
    corner, row_of, column_of = position_phases(variant, tools)
    made = types.SimpleNamespace(
        prepare=prepare,
        fetch_a=fetch_a,
        fetch_b=b_phases(variant, tools),
        put=put_phase(variant, tools),
        finish=finish_phase(variant, tools, corner, row_of, column_of),
        fixed_size=fixed,
        hold_size=4 * (tile.a_loads + tile.b_loads),
        sums_size=tile.thread_rows * tile.thread_columns,
        cells_size=24 if variant.tensor else tile.thread_rows + tile.thread_columns,
        stage_size=tile.depth * sum(tile.pitches(variant.tensor)),
    )
    if variant.tensor:
        made.collect, made.combine = tensor_phases(variant, tools)
        made.multiply = tensor_multiply(variant, tools, made.collect, made.combine)
    else:
        made.multiply = multiply_phase(variant, tools, corner)
    return made


@of("tile")
def tensor_multiply(variant, tools, collect, combine):
    """Eight steps after the other."""
    depth = variant.tile.depth

    @tools.device_function
    def multiply(thread, shared, stage, cells, sums):
        for k in range(0, depth, 8):
            collect(thread, shared, stage, k, cells)
            combine(cells, sums)

    return multiply


def tiles_of(made, depth):
    """The code of a tiled kernel of such phases."""
    prepare, fetch_a, fetch_b, put = made.prepare, made.fetch_a, made.fetch_b, made.put
    multiply, finish, stage_size = made.multiply, made.finish, made.stage_size
    sums_size, cells_size, hold_size, fixed_size = made.sums_size, made.cells_size, made.hold_size, made.fixed_size
    shared_size, alignment = 2 * stage_size, None if launch.SIMULATED else 16

    def tiles(a, b, bias, out, argmax, table, plan):
        shared = cuda.shared.array(shared_size, np.float32, alignment)
        sums = cuda.local.array(sums_size, np.float32)
        cells = cuda.local.array(cells_size, np.float32)
        hold = cuda.local.array(hold_size, np.float32)
        fixed = cuda.local.array(fixed_size, np.int64)
        thread, row_block, column_block = cuda.threadIdx.x, cuda.blockIdx.x, cuda.blockIdx.y
        split, group = cuda.blockIdx.z // plan.groups, cuda.blockIdx.z % plan.groups
        first = split * plan.span
        last = min(first + plan.span, plan.steps)
        # a plain 0 would have phases compiled for a 0 as well
        a_at, b_at, stage = group * plan.a_group, group * plan.b_group, np.int64(0)
        for i in range(sums_size):
            sums[i] = 0
        if first < last:
            prepare(thread, row_block, table, plan, fixed)
            fetch_a(thread, first, a, a_at, table, plan, fixed, hold)
            fetch_b(thread, first, column_block, b, b_at, table, plan, hold)
            put(thread, shared, stage, hold)
        cuda.syncthreads()
        for step in range(first + depth, last + depth, depth):
            more = step < last
            if more:
                fetch_a(thread, step, a, a_at, table, plan, fixed, hold)
                fetch_b(thread, step, column_block, b, b_at, table, plan, hold)
            multiply(thread, shared, stage, cells, sums)
            stage = stage_size - stage
            if more:
                put(thread, shared, stage, hold)
            cuda.syncthreads()
        finish(thread, row_block, column_block, group, split, sums, bias, out, argmax, table, plan)

    return tiles


@functools.cache
def gemm(variant):
    """The kernel of a variant; its arguments are ``a, b, bias, out, argmax, table, plan``, arrays of one dimension.

    A launch has a block for each tile of rows, of columns, and for each group and split of steps (``split·groups +
    group``). `bias` and `out` belong to the columns of all groups. With several splits, results are parts of sums, which
    `join` adds up.
    """
    tile = variant.tile
    function = tiles_of(phases(variant, gpu_tools()), tile.depth)
    return launch.kernel(function, threads=tile.threads, blocks_at_once=tile.blocks_at_once, key=variant)


@launch.kernel
def join(parts, splits, size, bias, columns, floor, out):
    """Add splits of sums in order, then the bias of each of `columns`; a thread for every cell.

    `parts` is (splits, size). What is below `floor` becomes `floor`, and NaN stays.
    """
    for i in range(cuda.grid(1), size, cuda.gridsize(1)):
        total = parts[i]
        for split in range(1, splits):
            total += parts[split * size + i]
        total += bias[i % columns]
        out[i] = floor if total < floor else total
