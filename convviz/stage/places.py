"""Where the windows of two traces stand on their image, so that they can move over it together."""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

__all__ = ["Places", "places"]

#: Views whose steps add to cells of the result: a step that is shown again would take back what others have added.
ADDING = ("scatter", "backward")


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
        For each trace: at which place the windows of each of its rows, or columns, stand first. There they stay until the
        place of the next, so that a trace has a window at every place.
    adding : tuple of bool
        Whether the steps of each trace add to cells of the result.
    """

    shape: tuple
    traces: tuple
    rows: tuple
    columns: tuple
    adding: tuple = (False, False)

    def steps_at(self, index):
        """The steps of the two traces that are new at a step of the pair; None for a trace whose window was shown before."""
        shown = self.shown_at(index)
        return tuple(step if self.first_at(side, step) == index else None for side, step in enumerate(shown))

    def shown_at(self, index):
        """The steps of the two traces that are shown at a step of the pair.

        The window of each stands as near to the other as it can; where steps add up, it is the last one so far.
        """
        place = tuple(int(part) for part in np.unravel_index(index, self.shape))
        return tuple(self._shown(side, *place) for side in range(2))

    def _shown(self, side, batch, channel, row, column):
        shape, rows, columns = self.traces[side], self.rows[side], self.columns[side]
        cell = bisect_right(rows, row) - 1, bisect_right(columns, column) - 1
        past = channel >= shape[1] or batch >= shape[0]
        if self.adding[side] and (past or rows[cell[0]] < row):
            cell = (shape[2] - 1 if past else cell[0]), shape[3] - 1
        return int(np.ravel_multi_index((min(batch, shape[0] - 1), min(channel, shape[1] - 1), *cell), shape))

    def first_at(self, side, step):
        """The step of the pair at which a step of a trace is shown first."""
        batch, channel, row, column = (int(part) for part in np.unravel_index(step, self.traces[side]))
        place = batch, channel, self.rows[side][row], self.columns[side][column]
        return int(np.ravel_multi_index(place, self.shape))


def places(left, right):
    """The `Places` of two traces.

    Parameters
    ----------
    left, right : convviz.trace.Trace

    Notes
    -----
    Along each axis there is a place for each window of the trace that has more of them, and each window of the other stands
    where its middle is nearest. A transposed convolution, which reads a stretched image, is set beside another by the rows
    and columns of its result.

    Examples
    --------
    >>> import convviz as cv
    >>> image = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    >>> both = places(*(cv.Convolution([[1] * 2] * 2, padding=padding).trace(image) for padding in ("same", "valid")))
    >>> both.shape, both.rows, both.steps_at(4), both.steps_at(2), both.shown_at(2)
    ((1, 1, 3, 3), ((0, 1, 2), (0, 1)), (4, 3), (2, None), (2, 1))
    """
    traces = left, right
    by_result = any(trace.operation.transposed for trace in traces)
    (left_rows, right_rows), (left_columns, right_columns) = (
        first_places(*(middles_of(trace, name, by_result) for trace in traces)) for name in ("rows", "columns")
    )
    shapes = left.shape, right.shape
    return Places(
        tuple(max(sides) for sides in zip(*shapes, strict=True)),
        shapes,
        (left_rows, right_rows),
        (left_columns, right_columns),
        tuple(trace.view in ADDING for trace in traces),
    )


def middles_of(trace, name, by_result):
    """Twice the middles of the windows of a trace along an axis, and the size of what they stand on."""
    axis = getattr(trace.forward.geometry if trace.view == "backward" else trace.geometry, name)
    if trace.view == "scatter":
        spans = [axis.targets(cell) for cell in range(axis.size)]
        return np.array([span[0] + span[-1] + 1 for span in spans]), axis.output
    if by_result:
        return 2 * np.arange(axis.output) + 1, axis.output
    return 2 * (axis.start(0) + np.arange(axis.output) * axis.step) + axis.reach, axis.size


def first_places(left, right):
    """At which places the windows of two traces stand first along an axis, given their middles and sizes."""
    (one, size), (other, other_size) = left, right
    one, other = one * other_size, other * size  # on images of different sizes: as parts of the image
    if len(one) < len(other):
        return tuple(reversed(first_places(right, left)))
    count, places = len(other), len(one)
    nearer = np.searchsorted(2 * one, other[:-1] + other[1:], side="right")
    # every window has a place of its own
    free = np.arange(count)
    first = np.maximum.accumulate(np.array([0, *nearer]) - free) + free
    first = np.minimum(first, places - count + free)
    return tuple(range(places)), tuple(first.tolist())
