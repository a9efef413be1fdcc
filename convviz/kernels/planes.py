"""Photographs: one kernel for every channel, by itself, with the columns of the image in the lanes.

An image (H, W, C) is read as H rows of W·C numbers; a tap to the right is C numbers further on. A tile is 14 rows of
two vectors of columns, so that each weight is spread once for 28 multiply-adds.
"""

import numpy as np

from . import memory, plans, simd
from .compile import compiled, leaf
from .threads import share_with, thread_count

__all__ = ["correlate"]


@leaf
def fill_band(source, plan, n, row, count, halo):
    """Copy the rows that `count` output rows from `row` on read into `halo`, with zeros all around."""
    start = max(0, plan.left)
    stop = max(start, min(plan.width, plan.left + plan.halo_columns))
    before, copied = (start - plan.left) * plan.channels, (stop - start) * plan.channels
    for i in range(count - 1 + plan.reach):
        y, line = plan.top + row + i, i * plan.pitch
        if 0 <= y < plan.height:
            simd.clear(halo, line, before)
            simd.copy(halo, line + before, source, ((n * plan.height + y) * plan.width + start) * plan.channels, copied)
            simd.clear(halo, line + before + copied, plan.pitch - before - copied)
        else:
            simd.clear(halo, line, plan.pitch)


@compiled
def plane_rows(source, weights, bias, out, offsets, plan, target, taps, space, begin, end):
    """Bands of output rows, number `begin` … `end` through the batch, of `correlate`."""
    lanes = target.bytes // source.itemsize
    wide = lanes * target.vectors
    length = plan.columns * plan.channels
    pieces = (length + wide - 1) // wide
    start = np.full(wide, bias, source.dtype)
    for task in range(begin, end):
        n, row = task // plan.bands, task % plan.bands * plan.band
        count = min(plan.band, plan.rows - row)
        fill_band(source, plan, n, row, count, space)
        to = (n * plan.rows + row) * length
        for first in range(0, count, target.rows):
            rows = min(target.rows, count - first)
            for piece in range(pieces):
                column = piece * wide
                here = min(wide, length - column)
                vectors = (here + lanes - 1) // lanes
                simd.tile(
                    "plane", target, (space, first * plan.pitch + column, plan.pitch, plan.tap_step, 3 * plan.pitch),
                    (offsets, 0, len(offsets), 0, taps, 0), (weights, 0, 1), (start, 0, 0),
                    (out, to + first * length + column, length), (rows, vectors, here - (vectors - 1) * lanes), -np.inf,
                )  # fmt: skip


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
        As in `convviz.kernels.training.forward`.
    """
    workspace, target = workspace or memory.Workspace(), target or simd.machine()
    plan = plans.plane_sweep(len(image), rows, columns, image.shape[3], image.itemsize, target)
    numbers = plan.sweep
    room = (numbers.band - 1 + numbers.reach) * numbers.pitch + 2 * target.bytes // image.itemsize * target.vectors
    bands = numbers.images * numbers.bands
    spaces = workspace.take("planes", min(thread_count(), bands), room, image.dtype)
    share_with(
        spaces, plane_rows, bands, memory.readable(image).reshape(-1),
        memory.readable(kernel).reshape(-1),
        image.dtype.type(bias), memory.writable(out, "out"), plan.offsets, numbers, target, kernel.shape[1],
    )  # fmt: skip
