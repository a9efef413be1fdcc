"""One step of a convolution as data: what was read, multiplied and added, and its formula.

Integers and Fractions are exact, whatever their size; floats keep their dtype. An operation makes the steps from what its
trace read, the stage draws them, the checker explains them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from convviz.steps.arithmetic import add_up, plus
from convviz.steps.base import BaseStep
from convviz.steps.notation import TERMS, Term, agree, equation, factor, join, product_term, show

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction
    from typing import Any

    from convviz._support.annotations import Number

__all__ = ["Step"]


@dataclass(frozen=True, eq=False)
class Step(BaseStep):
    """One step: one cell of the result, and all that went into it.

    Attributes
    ----------
    index : int
        Which step of the trace it is.
    position : tuple of int
        ``(row, column)`` of the cell in the result.
    channel, batch : int
        Which filter (channel of the result) and which image of a batch.
    rows, columns : tuple of int
        Positions that the window reads; outside the image is padding. Of a transposed convolution, positions in the
        input with zeros put between its cells.
    kinds : tuple of tuple of str
        By row and column of the window: "cell", "padding", "outside" (beyond the padding) or "stuffed" (a zero put
        in between).
    channels : tuple of int
        The channels that are read.
    values : numpy.ndarray, (kh, kw, C)
        What was read. Padding is 0, or in other padding modes a copy of a cell of the image; in max pooling it is −∞.
    weights, products : numpy.ndarray, (kh, kw, C), or None
        The kernel for this step, and values times weights; None for pooling.
    sums : numpy.ndarray, (C,), or None
        Sum of the products of each channel.
    bias : number or None
    counted : numpy.ndarray of bool, (kh, kw), or None
        Which cells of the window are multiplied; None if all are. Of a transposed convolution, those in which an input
        cell stands: zeros that were put between them stamp nothing.
    result : number
        The cell of the result, as the kernels computed it.
    sources : tuple of tuple of ((int, int) or None)
        By row and column of the window: ``(row, column)`` of the cell of the image whose value was read, of a cell of
        padding that of the cell that is copied there. None where no cell of the image stands.

    Examples
    --------
    >>> import convviz as cv
    >>> step = cv.Convolution([[1, 2], [0, 1]], bias=3).trace([[0, 2, 3], [4, 2, 1]])[1]
    >>> step.position, step.formula(), step.running
    ((0, 1), '2×1 + 3×2 + 2×0 + 1×1 + 3 = 12', [2, 8, 8, 9, 12])
    >>> step.products[:, :, 0].tolist()
    [[2, 6], [0, 1]]
    """

    kind = "sum"

    index: int
    position: tuple[int, int]
    channel: int
    batch: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    kinds: tuple[tuple[str, ...], ...]
    channels: tuple[int, ...]
    values: np.ndarray
    result: object
    weights: np.ndarray | None = None
    products: np.ndarray | None = None
    sums: np.ndarray | None = None
    bias: object = None
    counted: np.ndarray | None = field(default=None, kw_only=True)
    sources: tuple[tuple[tuple[int, int] | None, ...], ...] = field(default=(), kw_only=True)

    def _multiplied(self, array):
        """The entries of an array (kh, kw, C) that are multiplied, channel by channel, each in row order."""
        chosen = ... if self.counted is None else self.counted
        return [entry for channel in np.moveaxis(array, 2, 0) for entry in channel[chosen].ravel()]

    @property
    def terms(self) -> list[tuple[Any, Any]]:
        """``(value, weight)`` of every product, channel by channel, each in row order."""
        return list(zip(self._multiplied(self.values), self._multiplied(self.weights), strict=True))

    @property
    def running(self) -> list[Any]:
        """The sum after each product in the order of the formula, and after the bias if there is one.

        The last is the result, which the kernels may have added up in another order.
        """
        terms = self._multiplied(self.products) + ([] if self.bias is None else [self.bias])
        with np.errstate(all="ignore"):
            return [*itertools.accumulate(terms[:-1]), *([self.result] if terms else [])]

    def sums_written(self, number: Callable) -> list[Fraction | float]:
        """What the terms of the formula come to as `number` writes them, one after the other."""
        return list(itertools.accumulate((term.number for term in self._terms_written(number)), plus))

    def terms_written(self, number: Callable) -> list[str]:
        """The products and the bias as the formula has them: ``2×3``."""
        return [term.text for term in self._terms_written(number)]

    def _terms_written(self, number):
        """The products and the bias as the formula writes them."""
        terms = [product_term(number(value), number(weight)) for value, weight in self.terms]
        if self.bias is None:
            return terms
        bias = number(self.bias)
        return [*terms, Term(factor(bias.text), bias.number)]

    def holds(self) -> bool:
        """Whether the numbers that were read come to the result, but for rounding."""
        terms = [*self.products.ravel().tolist(), *([] if self.bias is None else [self.bias])]
        return agree(terms, self.result, self.products.dtype)

    def formula(self, limit: int | None = TERMS) -> str:
        """The step written out, e.g. ``0×1 + 2×2 = 4``.

        Parameters
        ----------
        limit : int or None
            From how many terms on the middle of the sum is left out.

        Returns
        -------
        str
            With "≈" for "=" where the numbers as they are written, those left out too, do not come to the result as it is
            written.
        """
        return self.write(show, limit)

    def write(self, number: Callable, limit: int | None = TERMS) -> str:
        """The formula, its numbers as text by `number`."""
        terms = self._terms_written(number)
        words = [term.text for term in terms]
        products = words if self.bias is None else words[:-1]
        left = " + ".join([join(products, len(self.channels), limit), *words[len(products) :]])
        return equation(left, add_up(term.number for term in terms), number(self.result))

    def __repr__(self):
        return f"<{type(self).__name__} {self.index} at {self.position}: {self.formula(12)}>"

    def shares(self, gradient: np.ndarray) -> tuple[Number, tuple[tuple[int, int], ...]]:
        """What each cell of the image gets of the gradient of the result, and the cells that get it.

        Each chosen cell gets all of it.
        """
        return gradient, list(self.chosen)
