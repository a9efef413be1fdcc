"""One step of a pooling as data: what was read, and which cell was chosen or which cells were averaged."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from convviz.steps.notation import TERMS, add_up, agree, equation, factor, join, show
from convviz.steps.step import Step

if TYPE_CHECKING:
    from typing import Any

    from convviz._support.annotations import Number

__all__ = ["AverageStep", "MaximumStep"]


@dataclass(frozen=True, eq=False, repr=False)
class MaximumStep(Step):
    """A step of max pooling.

    Attributes
    ----------
    winner : tuple of int
        ``(row, column)`` in the image of the cell that is the maximum; of equals the first in row order.

    Examples
    --------
    >>> import convviz as cv
    >>> step = cv.MaxPooling(2).trace([[3, 4], [1, 2]])[0]
    >>> step.winner, step.formula()
    ((0, 1), 'max(3, 4, 1, 2) = 4')
    """

    kind = "maximum"
    running = ()

    winner: tuple[int, int] = field(default=(0, 0))

    @property
    def chosen(self) -> tuple[tuple[int, int], ...]:
        """The cell that is the maximum."""
        return (self.winner,)

    def holds(self) -> bool:
        """Whether the result is the largest value that was read."""
        values = [float(value) for value in self.values.ravel()]
        return any(value != value for value in values) or max(values) == float(self.result)

    def formula(self, limit: int | None = TERMS) -> str:
        """The step written out, e.g. ``max(3, 4, 1, 2) = 4``; padding is written −∞."""
        cells = [show(value) for value in self.values.ravel()]
        words = [cell.text for cell in cells]
        if limit is not None and len(words) > limit:
            words = [*words[: limit // 2], "…", words[-1]]
        return equation(f"max({', '.join(words)})", None, show(self.result), all(cell.exact for cell in cells))


@dataclass(frozen=True, eq=False, repr=False)
class AverageStep(Step):
    """A step of average pooling.

    Attributes
    ----------
    count : int
        By how many cells the sum is divided.
    counted : numpy.ndarray of bool, (kh, kw)
        Which cells of the window count.

    Examples
    --------
    >>> import convviz as cv
    >>> cv.AveragePooling(2).trace([[3, 4], [1, 2]])[0].formula()
    '(3 + 4 + 1 + 2)/4 = 10/4 = 2.5'
    """

    kind = "average"

    count: int = 1
    counted: np.ndarray | None = None

    @property
    def total(self) -> Number:
        """Sum of the cells that count."""
        return self.values[self.counted].sum()

    @property
    def running(self) -> list[Any]:
        """The sum after each cell that counts, in row order."""
        with np.errstate(all="ignore"):
            return list(itertools.accumulate(self.values[self.counted].ravel()))

    def holds(self) -> bool:
        """Whether the mean of what was read is the result, but for rounding."""
        terms = [value / self.count for value in self.values[self.counted].ravel().tolist()]
        return agree(terms, self.result, np.asarray(self.result).dtype)

    def shares(self, gradient: Number) -> tuple[Number, tuple[tuple[int, int], ...]]:
        """What each cell of the image gets of the gradient of the result, and the cells that get it: equal parts."""
        exact = isinstance(gradient, int | Fraction)
        with np.errstate(all="ignore"):
            share = Fraction(gradient) / self.count if exact else gradient / self.count
        rows, columns = enumerate(self.rows), list(enumerate(self.columns))
        return share, [(y, x) for i, y in rows for j, x in columns if self.kinds[i][j] == "cell"]

    def formula(self, limit: int | None = TERMS) -> str:
        """The step written out, e.g. ``(3 + 4 + 1 + 2)/4 = 10/4 = 2.5``."""
        cells = [show(value) for value in self.values[self.counted].ravel()]
        with np.errstate(all="ignore"):
            total = show(self.total)
        words = [factor(cell.text) for cell in cells]
        written = add_up(cell.value for cell in cells)
        exact = all(cell.exact for cell in cells)
        left = equation(f"({join(words, 1, limit)})/{self.count}", written, replace(total, text=factor(total.text)), exact)
        value = None if total.value is None else total.value / self.count
        return equation(f"{left}/{self.count}", value, mean_text(self.result), total.exact)


def mean_text(result):
    """A mean as text; a Fraction as a decimal number where that is short and exact."""
    if isinstance(result, Fraction):
        as_float = show(float(result))
        if as_float.value == result:
            return as_float
    return show(result)
