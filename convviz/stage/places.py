"""Where the windows of two traces stand on their image, so that they can move over it together."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Places", "places"]


@dataclass(frozen=True)
class Places:
    """Where the windows of two traces stand, along both axes of the image.

    Attributes
    ----------
    shape : tuple of int
        Images, filters, rows and columns of places; a step for each.
    traces : tuple of int
        The shapes of the two traces.
    rows, columns : tuple of tuple of int
        For each trace: at which place the windows of each row, or column, of its result stand.
    """

    shape: tuple
    traces: tuple
    rows: tuple
    columns: tuple

    def steps_at(self, index):
        """The steps of the two traces at a step of the pair; None for a trace that has no window there."""
        batch, channel, row, column = (int(part) for part in np.unravel_index(index, self.shape))
        found = []
        for shape, rows, columns in zip(self.traces, self.rows, self.columns, strict=True):
            there = channel < shape[1] and row in rows and column in columns
            cell = there and (batch, channel, rows.index(row), columns.index(column))
            found.append(int(np.ravel_multi_index(cell, shape)) if there else None)
        return tuple(found)


def places(left, right):
    """The `Places` of two traces.

    Parameters
    ----------
    left, right : convviz.trace.Trace

    Notes
    -----
    A window stands where the cell in its middle stands (of an even number of cells the first of the two middle ones). A
    transposed convolution, which reads a stretched image, is set beside another by the rows and columns of its result.

    Examples
    --------
    >>> import convviz as cv
    >>> image = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    >>> both = places(*(cv.Convolution([[1] * 3] * 3, padding=padding).trace(image) for padding in ("same", "valid")))
    >>> both.shape, both.rows, both.steps_at(4), both.steps_at(0)
    ((1, 1, 3, 3), ((0, 1, 2), (1,)), (4, 0), (0, None))
    """
    by_result = left.operation.transposed or right.operation.transposed
    axes = []
    for name in ("rows", "columns"):
        middles = [middles_of(getattr(trace.geometry, name), by_result) for trace in (left, right)]
        both = sorted({*middles[0], *middles[1]})
        axes.append((len(both), tuple(tuple(both.index(middle) for middle in each) for each in middles)))
    filters = max(left.shape[1], right.shape[1])
    shape = (left.shape[0], filters, axes[0][0], axes[1][0])
    return Places(shape, (left.shape, right.shape), axes[0][1], axes[1][1])


def middles_of(axis, by_result):
    """Where the middles of windows stand along an axis."""
    if by_result:
        return list(range(axis.output))
    return [axis.start(output) + (axis.reach - 1) // 2 for output in range(axis.output)]
