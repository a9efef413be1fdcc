"""What a check found, as data: wrong cells, and mistakes that would explain them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from convviz._support.keywords import explained
from convviz.check.sentences import sentence
from convviz.steps.notation import show

if TYPE_CHECKING:
    from typing import Any

    from convviz._support.annotations import Language
    from convviz.trace import Trace

__all__ = ["CheckReport", "Explanation", "WrongCell"]


@dataclass(frozen=True)
class Explanation:
    """A mistake that would explain what is wrong.

    Attributes
    ----------
    kind : str
        Which mistake: a key of the sentences in `convviz.check.sentences`.
    details : tuple
        What the sentence names: a channel, a weight, a product.
    share : float
        Share of the wrong cells that it explains.
    whole : bool
        Whether it explains every cell that was filled in, the right ones too.
    sure : bool
        Whether so much agrees that chance can be left out; else it is no more than a possibility.
    alternatives : int
        How many other mistakes explain as much.
    cell : tuple of int or None
        ``(row, column, channel, batch)`` for a mistake in one cell.
    """

    kind: str
    details: tuple
    share: float
    whole: bool
    sure: bool = False
    alternatives: int = 0
    cell: tuple | None = None

    def sentence(self, lang: Language = "en") -> str:
        """The mistake in a sentence.

        Parameters
        ----------
        lang : {"en", "ja"}

        Returns
        -------
        str
        """
        return sentence(self.kind, self.details, lang)


class Written:
    """A field of a dataclass that is a text, or a function that writes it when it is read for the first time."""

    def __set_name__(self, owner, name):
        self._name = f"_{name}"

    def __get__(self, instance, owner=None):
        if instance is None:
            raise AttributeError(self._name)  # so the field has no default
        text = vars(instance)[self._name]
        if callable(text):
            text = vars(instance)[self._name] = text()
        return text

    def __set__(self, instance, text):
        vars(instance)[self._name] = text


@dataclass(frozen=True, eq=False)
class WrongCell:
    """A wrong cell of an answer.

    Attributes
    ----------
    position : tuple of int
        ``(row, column)`` in the feature map.
    channel, batch : int
    index : int
        The step of the trace that computes it.
    right, answered, difference : number
        `difference` is answered − right.
    formula : str
        The right sum written out.
    slips : tuple of convviz.check.cell_mistakes.CellMistake
        Mistakes in this cell that give what was answered, the likeliest first.
    searched : bool
        Whether they were looked for: not where many cells are wrong, nor where a mistake surely explains the answer.
    """

    position: tuple[int, int]
    channel: int
    batch: int
    index: int
    right: object
    answered: object
    difference: object
    formula: str = Written()
    slips: tuple = ()
    searched: bool = False


@dataclass(frozen=True, eq=False)
class CheckReport:
    """What a check found; true if every cell that was filled in is right.

    Made by ``operation.check(image, answer)``.

    Attributes
    ----------
    trace : convviz.trace.Trace
        The right answer and every step to it.
    answer : numpy.ndarray
        The answer, (N, rows, columns, C), with 0 in blank cells; of another shape than the right one if that is
        what was given.
    filled, wrong : numpy.ndarray of bool or None
        Which cells were filled in, and which of them are wrong; None if the shape is wrong.
    cells : tuple of WrongCell
        The wrong cells, at most the first 50.
    explanations : tuple of Explanation
        Mistakes that would explain the answer, the likeliest first; of a right answer, that its channels stand on another
        axis.
    shape_hint : str
        What gives an answer of this shape, if the shape is wrong.
    lang : str
        The language of text and page.
    layouts : tuple of str
        The layouts in which the answer can be read, "channels_last" or "channels_first", the one that was taken first;
        empty if the shape is wrong.
    line_shape : tuple of int
        The shape of an answer that has all cells in one row or column and was read row by row, such as (1, 16) for 4×4;
        empty for others.

    Examples
    --------
    >>> import convviz as cv
    >>> report = cv.Convolution([[1, 2]]).check([[3, 4, 5]], [[11, 41]])
    >>> print(report)
    1 of 2 cells is wrong.
      11  [41]
    row 0, column 1: 4×1 + 5×2 = 14, not 41 (27 too much)
      Two digits were swapped.
    """

    trace: Trace[Any]
    answer: np.ndarray
    filled: np.ndarray | None
    wrong: np.ndarray | None
    cells: tuple[WrongCell, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    shape_hint: str = ""
    lang: str = field(default="en")
    layouts: tuple[str, ...] = ()
    line_shape: tuple[int, ...] = ()

    def __bool__(self):
        return self.wrong is not None and not self.wrong.any()

    @property
    def right(self) -> np.ndarray:
        """The right answer, (N, rows, columns, C)."""
        return self.trace.result

    def __str__(self):
        from convviz.check.report_text import text

        return text(self)

    def __repr__(self):
        from convviz.check.report_text import summary

        return summary(self)

    def _repr_html_(self):
        from convviz.check.report_page import html

        return html(self)

    @explained
    def to_dict(self) -> dict[str, Any]:
        """The report as lists, dicts, numbers and texts, fit for JSON.

        Returns
        -------
        dict
            With keys "right" (bool), "shape", "right_shape", "layouts", "cells", "blank", "wrong" (a list of cells) and
            "explanations".
        """
        spatial = [list(map(int, array.shape)) for array in (self.answer, self.right)]
        return {
            "right": bool(self),
            "shape": spatial[0],
            "right_shape": spatial[1],
            "layouts": list(self.layouts),
            "cells": 0 if self.filled is None else int(self.filled.size),
            "blank": 0 if self.filled is None else int((~self.filled).sum()),
            "wrong_cells": None if self.wrong is None else int(self.wrong.sum()),
            "wrong": [cell_dict(cell, self.lang) for cell in self.cells],
            "explanations": [explanation_dict(explanation, self.lang) for explanation in self.explanations],
            "shape_hint": self.shape_hint,
        }


def cell_dict(cell, lang):
    """A wrong cell for `CheckReport.to_dict`."""
    return {
        "row": cell.position[0],
        "column": cell.position[1],
        "channel": cell.channel,
        "batch": cell.batch,
        "right": json_number(cell.right),
        "answered": json_number(cell.answered),
        "difference": json_number(cell.difference),
        "formula": cell.formula,
        "slips": [{"kind": slip.kind, "sentence": sentence(slip.kind, slip.details, lang)} for slip in cell.slips],
    }


def explanation_dict(explanation, lang):
    """An explanation for `CheckReport.to_dict`."""
    return {
        "kind": explanation.kind,
        "sentence": explanation.sentence(lang),
        "share": explanation.share,
        "whole": explanation.whole,
        "sure": explanation.sure,
        "alternatives": explanation.alternatives,
        "cell": None if explanation.cell is None else list(explanation.cell),
    }


def json_number(value):
    """A number as JSON has it: an int or float, or a text for Fractions, NaN and infinities."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else str(value)
    return value if isinstance(value, int) or math.isfinite(value) else show(value).text
