"""One step of a pooling as data: what was read, and which cell was chosen or which cells were averaged."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from convviz._support.values import whole_number
from convviz.steps.arithmetic import add_up, largest, plus, times
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
        cells, result = self.values.ravel(), number(self.result)
        if limit is not None and cells.size > limit:
            *first, last = (number(value).text for value in ends(cells, limit))
            maximum = [] if result.text in (*first, last) else [result.text, "…"]
            words = [*first, "…", *maximum, last]
        else:
            words = [number(value).text for value in cells]
        return equation(f"max({', '.join(words)})", largest([number(value).number for value, _ in counted(cells)]), result)


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
        return sums_of(self.values[self.counted], number)

    def ends_written(self, number: Callable, most: int) -> list[Fraction | float]:
        """The first `most` of `sums_written`, and the last."""
        cells = self.values[self.counted].ravel()
        return [*sums_of(cells[:most], number), sum_of(cells, number)]

    def terms_written(self, number: Callable) -> list[str]:
        """The cells that count, as the formula has them."""
        return [factor(number(value).text) for value in self.values[self.counted].flat]

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
        cells, total, count = self.values[self.counted].ravel(), number(self.total), self.count
        whole = limit is None or cells.size <= limit
        terms = self.terms_written(number) if whole else [factor(number(value).text) for value in ends(cells, limit)]
        words = join(terms, 1, None) if whole else " + ".join([*terms[:-1], "…", terms[-1]])
        # a single negative number has its parentheses already
        inside = words if words == f"({number(cells[0]).text})" else f"({words})"
        # two statements: what the cells come to, and what their sum comes to
        sign = relation(sum_of(cells, number), total.number)
        left = f"{inside}/{count} {sign} {factor(total.text)}/{count}"
        return equation(left, total.number / count, mean_text(self.result, number))


def ends(cells, limit):
    """The values at both ends of more than `limit`, between which the others are left out."""
    return [*cells[: whole_number(limit, "limit", 0) // 2], cells[-1]]


def counted(cells):
    """The values of an array of one axis, each once and with how often it is there: a photograph has few of them."""
    if cells.dtype == object:
        return Counter(cells.tolist()).items()
    return zip(*np.unique(cells, return_counts=True), strict=True)


def sum_of(cells, number):
    """What values come to as `number` writes them.

    Examples
    --------
    >>> sum_of(np.array([1.5, 2, 1.5]), show)
    Fraction(5, 1)
    """
    return add_up(times(number(value).number, Fraction(int(count))) for value, count in counted(cells))


def sums_of(cells, number):
    """What values come to as `number` writes them, one after the other."""
    return list(itertools.accumulate((number(value).number for value in cells.flat), plus))


def mean_text(result, number):
    """A mean as text; a Fraction as a decimal number where that is short and exact."""
    as_decimal = number(decimal(result))
    return as_decimal if as_decimal.value == result else number(result)
