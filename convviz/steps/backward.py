"""One step of pooling backward as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from convviz.steps.arithmetic import plus
from convviz.steps.base import BaseStep
from convviz.steps.notation import decimal, equation, factor, show

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from convviz._support.annotations import Number

__all__ = ["BackwardStep"]


@dataclass(frozen=True, eq=False, repr=False)
class BackwardStep(BaseStep):
    """One step: the gradient of one cell of the result, and the cells of the image that get it.

    Attributes
    ----------
    forward : convviz.steps.Step
        The step that computed the cell.
    gradient : number
        The gradient of the loss with respect to the cell.
    share : number
        What each cell of `after` gets: in max pooling the gradient itself, in average pooling its part.
    before, after : dict of (int, int) to number
        The gradients of the cells of the image that get something, before and after this step.

    Examples
    --------
    >>> import convviz as cv
    >>> trace = cv.MaxPooling(2, strides=1).trace([[1, 2, 3], [4, 9, 5]], view="backward", gradient=[[3, 1]])
    >>> trace[1].forward.winner, trace[1].before, trace[1].after, trace[1].formula()
    ((1, 1), {(1, 1): 3}, {(1, 1): 4}, '3 + 1 = 4')
    """

    kind = "backward"

    forward: Any
    gradient: Number
    share: Number
    before: dict[tuple[int, int], Number]
    after: dict[tuple[int, int], Number]

    @property
    def index(self) -> int:
        """Which step of the trace it is."""
        return self.forward.index

    @property
    def position(self) -> tuple[int, int]:
        """``(row, column)`` of the cell of the result."""
        return self.forward.position

    @property
    def channel(self) -> int:
        """Which channel of the result."""
        return self.forward.channel

    @property
    def batch(self) -> int:
        """Which image of a batch."""
        return self.forward.batch

    @property
    def chosen(self) -> tuple[tuple[int, int], ...]:
        """The cells that get the whole gradient because they were chosen; empty where all get a part."""
        return self.forward.chosen

    def formula(self, limit: int | None = None) -> str:
        """What is computed: the sum in the chosen cell, or the share of each cell of a mean."""
        return self.write(show, limit)

    def write(self, number: Callable, limit: int | None = None) -> str:
        """The formula, its numbers as text by `number`."""
        gradient = number(self.gradient)
        if self.chosen:
            (before,), (after,) = map(number, self.before.values()), map(number, self.after.values())
            return equation(f"{factor(before.text)} + {factor(gradient.text)}", plus(before.number, gradient.number), after)
        count = self.forward.count
        return equation(f"{factor(gradient.text)}/{count}", gradient.number / count, number(decimal(self.share)))

    def __repr__(self):
        return f"<{type(self).__name__} {self.index} at {self.position}: {self.formula()}>"
