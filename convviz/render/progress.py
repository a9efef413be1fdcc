"""Progress bars."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

__all__ = ["watched"]

#: The number of steps from which a progress bar is shown at a terminal by default.
MANY = 40


def watched(steps: Sequence[Any], progress: bool | None = None) -> Iterable[Any]:
    """The steps, with a progress bar while they are iterated if one is wanted.

    Parameters
    ----------
    steps : sequence
    progress : bool or None
        None for a bar if there are many steps and standard error is a terminal.

    Examples
    --------
    >>> list(watched(range(3), progress=False))
    [0, 1, 2]
    """
    if progress is None:
        progress = len(steps) > MANY and sys.stderr is not None and sys.stderr.isatty()
    if not progress:
        return steps
    from tqdm import tqdm

    return tqdm(steps, unit="step", leave=False)
