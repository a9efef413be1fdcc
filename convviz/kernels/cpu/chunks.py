"""Cells of flat arrays, handed out in chunks whose bounds depend on how many cells there are and on nothing else."""

from convviz.kernels.cpu.threads import share

__all__ = ["CHUNK", "SMALL", "chunk_count", "share_cells", "share_rows"]

#: Cells of a chunk. A multiple of every vector's length, so that a cell is computed by the same instructions whoever
#: takes its chunk.
CHUNK = 4096
#: Handing out work costs about as much as computing so many cells.
SMALL = 50_000


def chunk_count(size):
    """How many chunks so many cells fill."""
    return -(-size // CHUNK)


def share_cells(function, size, *arguments):
    """Call ``function(*arguments, begin, end)`` for ranges that cover ``range(size)``, on all cores if they are many.

    Every `begin` is a multiple of `CHUNK`.
    """
    if size <= SMALL:
        function(*arguments, 0, size)
        return

    def cells(start, stop):
        function(*arguments, start * CHUNK, min(stop * CHUNK, size))

    share(cells, chunk_count(size))


def share_rows(function, rows, cells, *arguments):
    """Call ``function(*arguments, start, stop)`` for ranges that cover ``range(rows)``, on all cores if they are large.

    `cells` is how many cells all rows have together. What is computed for a row may not depend on its range.
    """
    if cells <= SMALL:
        function(*arguments, 0, rows)
    else:
        share(function, rows, *arguments)
