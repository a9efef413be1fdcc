"""Photographs: one kernel for every channel, by itself, with the columns of the image in the lanes.

An image (H, W, C) is read as H rows of W·C numbers; a tap to the right is C numbers further on. A tile is 14 rows of
two vectors of columns, so that each weight is spread once for 28 multiply-adds. Blocks of the image, as wide as the
caches have room for, are copied with what lies around them, or with zeros where padding does: so tiles find all of
their numbers near the core, and rows that begin at multiples of a page do not push each other out.

Arguments of kernels besides those that `convviz.kernels` describes:

======== ================================================================
source   the image, flat
weights  the taps of the kernel, flat
offsets  int64: from a window's first element to that of each of its taps
plan     the `convviz.kernels.cpu.sweeps.Sweep`: all sizes and steps
target   the tile of `convviz.kernels.cpu.simd`
taps     how many taps the kernel has
space    scratch space of one thread
======== ================================================================
"""

import numpy as np

from convviz.kernels.cpu import memory, simd, sweeps
from convviz.kernels.cpu.compile import compiled
from convviz.kernels.cpu.halo import copy_padded
from convviz.kernels.cpu.threads import share_with, thread_count

__all__ = ["correlate"]


@compiled
def plane_blocks(source, weights, bias, out, offsets, plan, target, taps, space, begin, end):
    """Blocks of output, number `begin` … `end` through the batch, of `correlate`."""
    lanes = target.bytes // source.itemsize
    wide = lanes * target.vectors
    across = (plan.columns + plan.sheet - 1) // plan.sheet
    start = np.full(wide, bias, source.dtype)
    for task in range(begin, end):
        n, row = task // across // plan.bands, task // across % plan.bands * plan.band
        left = task % across * plan.sheet
        rows, columns = min(plan.band, plan.rows - row), min(plan.sheet, plan.columns - left)
        copy_padded(source, plan, n, plan.top + row, plan.left + left, rows - 1 + plan.reach, plan.halo_columns, space, True)
        to = (n * plan.rows + row) * plan.columns + left
        for first in range(0, rows, target.rows):
            count = min(target.rows, rows - first)
            for column in range(0, columns, wide):
                here = min(wide, columns - column)
                vectors = (here + lanes - 1) // lanes
                simd.tile(
                    "plane",
                    target,
                    (space, first * plan.pitch + column, plan.pitch, plan.tap_step, 3 * plan.pitch),
                    (offsets, 0, len(offsets), 0, taps, 0),
                    (weights, 0, 1),
                    (start, 0, 0),
                    (out, to + first * plan.columns + column, plan.columns),
                    (count, vectors, here - (vectors - 1) * lanes),
                    -np.inf,
                )


def correlate(image, kernel, bias, rows, columns, out, workspace=None, target=None):
    """Correlation of every channel with the same kernel; strides must be 1.

    Parameters
    ----------
    image : ndarray, (N, H, W, C)
    kernel : ndarray, (kh, kw)
    bias : float
    rows, columns : convviz.geometry.Axis
    out : ndarray, (N, rows.output, columns.output, C)
    workspace, target
        As in `convviz.kernels.cpu.convolution.convolve`.
    """
    workspace, target = workspace or memory.Workspace(), target or simd.machine()
    plan = sweeps.plane_sweep(len(image), rows, columns, image.shape[3], image.itemsize, target)
    numbers = plan.sweep
    tasks = numbers.images * numbers.bands * -(-numbers.columns // numbers.sheet)
    spaces = min(thread_count(), tasks, numbers.spaces(numbers.halo, image.itemsize))
    spaces = workspace.take("planes", spaces, numbers.halo, image.dtype)
    share_with(
        spaces,
        plane_blocks,
        tasks,
        memory.readable(image).reshape(-1),
        memory.readable(kernel).reshape(-1),
        image.dtype.type(bias),
        memory.writable(out, "out"),
        plan.offsets,
        numbers,
        target,
        kernel.shape[1],
    )
