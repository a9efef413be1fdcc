"""Runs the phases of tiled kernels on the CPU, at full size: blocks one after the other, in each phase thread after
thread.

The phases are the very functions of which `convviz.kernels.cuda.gemm` makes its kernels, compiled for the CPU. Shared
memory and registers are filled with NaN before a block begins, loads of four cells must begin at a multiple of four,
and places are checked, so a cell that is read before it was written, or from beside an array, is seen. What cannot be
seen here: a missing barrier, since a phase is over before the next one begins; what PTX instructions do, since twins
stand in for them (for a tensor core one that is written from the layout of fragments in NVIDIA's manual); and whatever
depends on the hardware.
"""

import functools

import numba
import numpy as np

from convviz.kernels.cuda import gemm, intrinsics


def part(function):
    """For the CPU, with checks of places."""
    return numba.njit(boundscheck=True)(function)


@part
def load4(array, i):
    """Four neighbours, if they may be loaded at once."""
    if i % 4 != 0 or i < 0:
        raise IndexError("four cells must begin at a multiple of four")
    return array[i], array[i + 1], array[i + 2], array[i + 3]


@part
def store4(array, i, a, b, c, d):
    """Write four neighbours, if they may be written at once."""
    if i % 4 != 0 or i < 0:
        raise IndexError("four cells must begin at a multiple of four")
    array[i], array[i + 1], array[i + 2], array[i + 3] = a, b, c, d


@part
def rounded(number):
    """To 10 bits after the point, ties away from 0."""
    cell = np.empty(1, np.float32)
    cell[0] = number
    as_bits = cell.view(np.uint32)
    as_bits[0] = np.uint32((np.int64(as_bits[0]) + 0x1000) & 0xFFFFE000)
    return cell[0]


HOST = intrinsics.Tools(part, load4, store4, rounded, numba.njit(intrinsics.no_products))


@numba.njit
def combine_warps(cells, sums):
    """Add the products of all warps' fragments, cell by cell by the layout that `intrinsics.TENSOR` describes."""
    for warp in range(0, len(cells), 32):
        for m in range(4):
            for n in range(4):
                for row in range(16):
                    for column in range(8):
                        lane = warp + (row % 8) * 4 + column // 2
                        place = (4 * (row // 8) + m) * 8 + 2 * n + column % 2
                        for k in range(8):
                            a = cells[warp + (row % 8) * 4 + k % 4, 4 * m + row // 8 + 2 * (k // 4)]
                            b = cells[warp + column * 4 + k % 4, 16 + 2 * n + k // 4]
                            sums[lane, place] += a * b


@functools.cache
def runner(variant):
    """A compiled function that runs one block of a variant."""
    made = gemm.phases(variant, HOST)
    prepare, fetch_a, fetch_b, put, finish = made.prepare, made.fetch_a, made.fetch_b, made.put, made.finish
    threads, depth, stage_size, tensor = variant.tile.threads, variant.tile.depth, made.stage_size, variant.tensor
    sizes = made.sums_size, made.cells_size, made.hold_size, made.fixed_size
    first_phase = made.collect if tensor else made.multiply

    if tensor:

        @numba.njit
        def multiply(shared, stage, cells, sums):
            for k in range(0, depth, 8):
                for thread in range(threads):
                    first_phase(thread, shared, stage, k, cells[thread])
                combine_warps(cells, sums)

    else:

        @numba.njit
        def multiply(shared, stage, cells, sums):
            for thread in range(threads):
                first_phase(thread, shared, stage, cells[thread], sums[thread])

    @numba.njit
    def block(x, y, group, split, a, b, bias, out, argmax, table, plan):
        shared = np.full(2 * stage_size, np.nan, np.float32)
        sums, cells = np.zeros((threads, sizes[0]), np.float32), np.full((threads, sizes[1]), np.nan, np.float32)
        hold, fixed = np.full((threads, sizes[2]), np.nan, np.float32), np.full((threads, sizes[3]), -(2**62), np.int64)
        first = split * plan.span
        last = min(first + plan.span, plan.steps)
        a_at, b_at = group * plan.a_group, group * plan.b_group
        stage = 0
        for thread in range(threads):
            prepare(thread, x, table, plan, fixed[thread])
        for step in range(first, last, depth):
            hold[:] = np.nan
            for thread in range(threads):
                fetch_a(thread, step, a, a_at, table, plan, fixed[thread], hold[thread])
                fetch_b(thread, step, y, b, b_at, table, plan, hold[thread])
            # what was there before the last step must not be needed any more
            shared[stage : stage + stage_size] = np.nan
            for thread in range(threads):
                put(thread, shared, stage, hold[thread])
            multiply(shared, stage, cells, sums)
            stage = stage_size - stage
        for thread in range(threads):
            finish(thread, x, y, group, split, sums[thread], bias, out, argmax, table, plan)

    @numba.njit
    def all_blocks(blocks, a, b, bias, out, argmax, table, plan):
        for z in range(blocks[2]):
            for y in range(blocks[1]):
                for x in range(blocks[0]):
                    block(x, y, z % plan.groups, z // plan.groups, a, b, bias, out, argmax, table, plan)

    return all_blocks


def guarded(array):
    """An array's cells in one row, NaN behind them."""
    return np.concatenate([np.ravel(array), np.full(4, np.nan, np.float32)])


def run(products, a, b, bias, out, argmax=None, relu=False):
    """What `convviz.kernels.cuda.convolution.run` does with the products of a plan; the result is written into
    `out`."""
    a, b, bias = guarded(a), guarded(b), bias.astype(np.float32)
    argmax = np.zeros(4, np.int32) if argmax is None else argmax.reshape(-1)
    for one in products:
        variant, splits = one.variant, one.splits
        if splits == 1:
            runner(variant)(one.blocks, a, b, bias, out.reshape(-1), argmax, one.table, one.numbers)
        else:
            parts = np.full(splits * out.size, np.nan, np.float32)
            variant = variant._replace(relu=False)
            runner(variant)(one.blocks, a, b, np.zeros_like(bias), parts, argmax, one.table, one.numbers)
            total = functools.reduce(np.add, parts.reshape(splits, -1)) + np.tile(bias, out.size // bias.size)
            out[...] = (np.maximum(total, 0) if relu else total).reshape(out.shape)
