"""The answer that was handed in, as the search for mistakes compares it in floats."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

__all__ = ["Target"]


@dataclass(frozen=True, eq=False)
class Target:
    """The answer that mistakes have to give.

    Attributes
    ----------
    values : numpy.ndarray, (N, rows, columns, C)
    filled : numpy.ndarray of bool
    slack : numpy.ndarray
        By how much floats may differ from it.
    """

    values: np.ndarray
    filled: np.ndarray
    slack: np.ndarray

    def met(self, maps):
        """The numbers of those answers (V, N, rows, columns, C) that agree in all cells that are filled in."""
        if maps.shape[1:] != self.values.shape:
            return []
        probe = self.probe
        near = np.flatnonzero(np.abs(maps[(slice(None), *probe)] - self.values[probe]) <= self.slack[probe])
        if not len(near):
            return near
        agrees = np.abs(maps[near] - self.values) <= self.slack
        return near[np.all(agrees | ~self.filled, axis=(1, 2, 3, 4))]

    @cached_property
    def probe(self):
        """The cell in which answers are compared first: the one that is farthest from the others."""
        far = np.abs(self.values - np.median(self.values[self.filled]))
        return np.unravel_index(np.argmax(np.where(self.filled, far, -1)), self.values.shape)
