"""Sums over many cells on a GPU, in a fixed order: the same bits on every run, whatever else the GPU does.

Arguments of kernels besides those that `convviz.kernels` describes:

====== ================================================
cells  (count, C): what is added up, channel by channel
chunk  cells of a chunk
====== ================================================
"""

import numpy as np

from convviz.kernels.cuda import arrays
from convviz.kernels.cuda.launch import MOST_ROWS, cuda, kernel

__all__ = ["column_sums", "few", "image_sums", "scratch_or_new"]

#: Channels of a block, and slices that its cells are cut into; a block has a thread for each of both.
CHANNELS, SLICES = 32, 8
THREADS = CHANNELS * SLICES
#: Blocks that cells are cut into, at most, before their sums are added up by one block for each few channels.
MOST_CHUNKS = 256
#: Cells that are worth a block.
FEW = 256


@kernel(threads=THREADS)
def sum_chunks(cells, chunk, zero, divisor, out):
    """The sums over cells ``block·chunk …`` of cells (count, C), divided by `divisor`, as out (chunks, C)."""
    partial = cuda.shared.array(THREADS, cells.dtype)
    lane, part = cuda.threadIdx.x % CHANNELS, cuda.threadIdx.x // CHANNELS
    channel = cuda.blockIdx.x * CHANNELS + lane
    for number in range(cuda.blockIdx.y, out.shape[0], cuda.gridDim.y):
        total = zero
        if channel < out.shape[1]:
            for cell in range(number * chunk + part, min((number + 1) * chunk, cells.shape[0]), SLICES):
                total += cells[cell, channel]
        partial[cuda.threadIdx.x] = total
        cuda.syncthreads()
        if part == 0 and channel < out.shape[1]:
            for other in range(1, SLICES):
                total += partial[other * CHANNELS + lane]
            out[number, channel] = total / divisor
        cuda.syncthreads()


def launch(cells, chunk, divisor, out, stream):
    """`sum_chunks` for all of `out`."""
    blocks = -(-out.shape[1] // CHANNELS), min(out.shape[0], MOST_ROWS)
    sum_chunks(blocks, cells, chunk, out.dtype.type(0), out.dtype.type(divisor), out, stream=stream)


def image_sums(image, divisor, out, stream=0):
    """The sums over the cells of each image, divided by a number.

    Parameters
    ----------
    image : device array, (N, H, W, C)
    divisor : number
    out : device array, (N, C)
    """
    images, rows, columns, channels = image.shape
    arrays.require("out", out, (images, channels), image.dtype)
    launch(image.reshape(images * rows * columns, channels), rows * columns, divisor, out, stream)


def column_sums(cells, out, partial=None, stream=0):
    """Sums down the columns of a matrix.

    Parameters
    ----------
    cells : device array, (count, C)
    out : device array, (C,)
    partial : device array, (chunks_of(count), C), optional
        Room for the sums of chunks; allocated unless it is given.
    """
    arrays.require("out", out, (cells.shape[1],), cells.dtype)
    chunks = chunks_of(cells.shape[0])
    target = out.reshape(1, out.shape[0])
    if chunks > 1:
        shape = chunks, cells.shape[1]
        partial = arrays.empty(shape, cells.dtype, "sums of chunks") if partial is None else partial
        arrays.require("partial", partial, shape, cells.dtype)
        launch(cells, -(-cells.shape[0] // chunks), 1, partial, stream)
        cells = partial
    launch(cells, cells.shape[0], 1, target, stream)


def scratch_or_new(cells, scratch):
    """Scratch space of so many float32: the caller's, or new."""
    if scratch is None:
        return arrays.empty((cells,), np.float32, "sums of splits")
    if scratch.size < cells or scratch.dtype != np.float32 or len(scratch.shape) != 1:
        raise ValueError(
            f"scratch is {scratch.dtype.name} of shape {scratch.shape}; expected float32, one row of at least {cells} cells"
        )
    return scratch


def few(splits):
    """As many splits as one launch adds up, at most, for which no more memory is needed."""
    return max(1, min(splits, 2 * FEW - 1))


def chunks_of(count):
    """Into how many chunks so many cells are cut; depends on nothing else."""
    return max(1, min(MOST_CHUNKS, count // FEW))
