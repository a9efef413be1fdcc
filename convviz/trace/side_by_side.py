"""Two operations on one image, side by side, stepping together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convviz._support.keywords import explained
from convviz.stage.places import places
from convviz.trace.sequence import StepSequence

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from convviz.stage.protocol import Board
    from convviz.trace import BackwardTrace, Trace

__all__ = ["Comparison"]


class Comparison(StepSequence):
    """Two traces whose windows move over the image together. Made by `convviz.compare`.

    A step is a place of the window on the image, by its middle: one for each window of the operation that has more of them.
    The window of the other stands where it is nearest to that; it stays there, with its result, until the next one is nearer.

    Attributes
    ----------
    left, right : convviz.trace.Trace or convviz.trace.BackwardTrace

    Examples
    --------
    >>> import convviz as cv
    >>> both = cv.compare(cv.MaxPooling(2), cv.MaxPooling(2, strides=1), [[3, 4, 1], [1, 2, 0]])
    >>> len(both), both.steps_at(1)
    (2, (None, 1))
    """

    @explained
    def __init__(self, left: Trace[Any] | BackwardTrace, right: Trace[Any] | BackwardTrace):
        self.left, self.right = left, right
        self.places = places(left, right)

    def __len__(self) -> int:
        return int(np.prod(self.shape))

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """How many steps there are in each direction: images, filters, rows and columns of places."""
        return self.places.shape

    @explained
    def steps_at(self, index: int) -> tuple[int | None, int | None]:
        """The step of the left and of the right trace that is new at step `index`, as numbers; None where none is.

        Parameters
        ----------
        index : int
            Counted from 0, or from the end if negative.

        Returns
        -------
        pair of int or None
        """
        return self.places.steps_at(self._position_of(index))

    def _board_maker(self) -> Callable[..., Board]:
        from convviz.stage.side_by_side import pair_board

        return pair_board

    def __repr__(self):
        return f"<Comparison of {self.left.operation!r} and {self.right.operation!r}, {len(self)} steps>"
