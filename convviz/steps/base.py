"""The base class of steps: the attributes that steps of every operation have."""

from __future__ import annotations

import numpy as np

from convviz._support.read_only import ReadOnlyDict, read_only

__all__ = ["BaseStep"]


class BaseStep:
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
        Which cells of the window count; None if all do.
    running : list of number
        The result as it grows, cell by cell; empty where nothing is added up.
    """

    kind = ""
    chosen = ()
    counted = None
    running = ()

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
