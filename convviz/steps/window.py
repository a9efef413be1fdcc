"""What a trace reads for one step, before the operation makes the step of it."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Window"]


@dataclass(frozen=True, eq=False)
class Window:
    """One window on the image, and the cell of the result that was computed from it.

    Its fields are fields of `convviz.steps.Step`, so that ``Step(**vars(window), …)`` is a step.

    Attributes
    ----------
    index, position, channel, batch, rows, columns, kinds, channels, values, result, sources
        As in `convviz.steps.Step`.
    weights : numpy.ndarray, (kh, kw, C), or None
        The kernel as it meets the window; None if the operation has none.
    bias : number or None
    """

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
    bias: object = None
    sources: tuple[tuple[tuple[int, int] | None, ...], ...] = ()
