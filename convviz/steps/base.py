"""The base class of steps: the attributes that steps of every operation have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convviz._support.public_dir import PublicDir
from convviz._support.read_only import ReadOnlyDict, read_only

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

__all__ = ["BaseStep"]


class BaseStep(PublicDir):
    """Base class of steps: what the stage draws and the checker explains without asking for the class of a step.

    Subclasses have `index`, `position`, `channel` and `batch`, and define `formula`.

    Attributes
    ----------
    kind : str
        "sum", "maximum", "average", "scatter" or "backward"; another word in an operation of one's own.
    index : int
        Which step of the trace it is.
    position : tuple of int
        ``(row, column)`` of the cell that the step is about.
    channel, batch : int
        Which channel of the result and which image of a batch.
    chosen : tuple of (int, int)
        ``(row, column)`` of the cells of the image that were chosen from the window and marked: in max pooling the maximum.
    counted : numpy.ndarray of bool, (kh, kw), or None
        Which cells of the window count, so that they are added or multiplied; None if all do.
    running : list of number
        The result as it grows, cell by cell; empty where nothing is added up.
    """

    # what the stage asks of a step
    _internal = frozenset({"ends_written", "sums_written", "terms_written", "write"})

    kind = ""
    chosen = ()
    counted = None
    running = ()

    def sums_written(self, number: Callable) -> list[Fraction | float]:
        """What the terms of the formula come to as `number` writes them: one sum for each of `running`."""
        # a step that says nothing else of its terms has them written as they are
        return [number(value).number for value in self.running]

    def ends_written(self, number: Callable, most: int) -> list[Fraction | float]:
        """The first `most` of `sums_written`, and the last."""
        sums = self.sums_written(number)
        return [*sums[:most], sums[-1]]

    def terms_written(self, number: Callable) -> list[str]:
        """The terms that are added up, as the formula has them, one for each of `sums_written`; empty where none are."""
        return []

    def __init_subclass__(cls, **settings):
        super().__init_subclass__(**settings)
        # a step that only says how its formula reads is written so in pictures too, whatever the class above it does
        if "formula" in vars(cls):
            for name in ("write", "terms_written"):
                if name not in vars(cls):
                    setattr(cls, name, getattr(BaseStep, name))

    def __post_init__(self):
        # a step is frozen, and so are the arrays and dicts that it holds: steps of a trace share its weights
        for name, value in list(vars(self).items()):
            if isinstance(value, np.ndarray):
                object.__setattr__(self, name, read_only(value))
            elif isinstance(value, dict):
                object.__setattr__(self, name, ReadOnlyDict(value))

    def holds(self) -> bool:
        """Whether the numbers that were read come to the result."""
        return True

    def formula(self, limit=None):
        """The step written out, with the middle left out from `limit` terms on."""
        raise NotImplementedError

    def write(self, number, limit=None):
        """The formula, its numbers as text by `number`, such as `convviz.steps.notation.shorten`."""
        return self.formula(limit)
