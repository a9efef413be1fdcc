"""One step of a pooling as data: what was read, and which cell was chosen or which cells were averaged."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from convviz.steps.arithmetic import add_up, largest, plus
from convviz.steps.notation import TERMS, agree, decimal, equation, factor, join, relation, show
from convviz.steps.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable
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
        """The step written out, e.g. ``max(3, 4, 1, 2) = 4``; padding is written −∞, and the maximum is never left out."""
        return self.write(show, limit)

    def write(self, number: Callable, limit: int | None = TERMS) -> str:
        """The formula, its numbers as text by `number`."""
        cells, result = [number(value) for value in self.values.ravel()], number(self.result)
        words = [cell.text for cell in cells]
        if limit is not None and len(words) > limit:
            first, last = words[: limit // 2], words[-1]
            maximum = [] if result.text in (*first, last) else [result.text, "…"]
            words = [*first, "…", *maximum, last]
        return equation(f"max({', '.join(words)})", largest([cell.number for cell in cells]), result)


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

    @property
    def total(self) -> Number:
        """Sum of the cells that count: the one that was divided, where rounding in another order gives another one."""
        with np.errstate(all="ignore"):
            total = self.values[self.counted].sum()
            if self.values.dtype == object or show(total / self.count) == show(self.result):
                return total
            return self.result * self.count

    @property
    def running(self) -> list[Any]:
        """The sum after each cell that counts, in row order; the last is `total`."""
        with np.errstate(all="ignore"):
            return [*itertools.accumulate(self.values[self.counted].ravel()[:-1]), self.total]

    def sums_written(self, number: Callable) -> list[Fraction | float]:
        """What the cells come to as `number` writes them, one after the other."""
        return list(itertools.accumulate((number(value).number for value in self.values[self.counted].flat), plus))

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
        return self.write(show, limit)

    def write(self, number: Callable, limit: int | None = TERMS) -> str:
        """The formula, its numbers as text by `number`."""
        cells = [number(value) for value in self.values[self.counted].flat]
        total = number(self.total)
        terms, count = [factor(cell.text) for cell in cells], self.count
        words = join(terms, 1, limit)
        # a single negative number has its parentheses already
        inside = words if words == f"({cells[0].text})" else f"({words})"
        # two statements: what the cells come to, and what their sum comes to
        sign = relation(add_up(cell.number for cell in cells), total.number)
        left = f"{inside}/{count} {sign} {factor(total.text)}/{count}"
        return equation(left, total.number / count, mean_text(self.result, number))


def mean_text(result, number):
    """A mean as text; a Fraction as a decimal number where that is short and exact."""
    as_decimal = number(decimal(result))
    return as_decimal if as_decimal.value == result else number(result)
