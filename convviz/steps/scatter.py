"""One step of a transposed convolution, seen from the input, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convviz.steps.base import BaseStep
from convviz.steps.notation import TERMS, factor, join, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from convviz._support.annotations import Number

__all__ = ["ScatterStep"]


@dataclass(frozen=True, eq=False, repr=False)
class ScatterStep(BaseStep):
    """A step of a transposed convolution seen from the input: one input cell stamps the kernel onto the result.

    Attributes
    ----------
    index : int
    position : tuple of int
        ``(row, column)`` of the input cell.
    channel, batch : int
        Which channel of the result, which image of a batch.
    rows, columns : tuple of int
        Where the stamp falls in the result; positions outside it are cut off.
    channels : tuple of int
        The channels of the input that are summed.
    values : numpy.ndarray, (C,)
        The input cell.
    weights, products : numpy.ndarray, (kh, kw, C)
        The kernel, and the cell times the kernel.
    sums : numpy.ndarray, (kh, kw)
        What is added to each cell of the result: the products summed over channels.
    before, after : dict of (int, int) to number
        Cells of the result under the stamp, before and after this step.

    Examples
    --------
    >>> import convviz as cv
    >>> trace = cv.TransposedConvolution([[1, 2]]).trace([[3, 4]], view="scatter")
    >>> trace[1].formula(), trace[1].after
    ('4 × kernel', {(0, 1): 10, (0, 2): 8})
    """

    kind = "scatter"

    index: int
    position: tuple
    channel: int
    batch: int
    rows: tuple
    columns: tuple
    channels: tuple
    values: np.ndarray
    weights: np.ndarray
    products: np.ndarray
    sums: np.ndarray
    before: dict[tuple[int, int], Number]
    after: dict[tuple[int, int], Number]
    bias: object = None

    def __repr__(self):
        return f"<ScatterStep {self.index} at {self.position}: {self.formula(12)}>"

    def formula(self, limit: int | None = TERMS, kernel: str = "kernel") -> str:
        """What is stamped, e.g. ``4 × kernel``; `kernel` is the word for it."""
        return self.write(show, limit, kernel)

    def write(self, number: Callable, limit: int | None = TERMS, kernel: str = "kernel") -> str:
        """The formula, its numbers as text by `number`; `kernel` is the word for the kernel."""
        words = [f"{factor(number(value).text)} × {kernel}" for value in self.values]
        if len(words) > 1:
            words = [f"{word} {c}" for word, c in zip(words, self.channels, strict=True)]
        return join(words, 1, limit)
