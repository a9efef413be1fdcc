"""What people do wrong: for an operation and an image, the answers that common mistakes give.

A mistake of the whole answer is a changed operation, or a changed image, computed as the right one is. Each operation
lists its own in `map_mistakes(task)`, the likely ones first; the sentences that name them are in `convviz.check.sentences`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from convviz.arrays import Numbers

__all__ = ["Attempt", "MapMistake", "Task", "map_mistakes"]


class Attempt(NamedTuple):
    """A mistake that may apply to a task.

    Attributes
    ----------
    kind : str
    details : tuple
        As in `MapMistake`.
    compute : callable
        Gives the answer; an error where the mistake does not apply.
    """

    kind: str
    details: tuple
    compute: Callable


@dataclass(frozen=True, eq=False)
class Task:
    """What had to be computed, from which mistakes are made.

    Attributes
    ----------
    operation : convviz.operations.Operation
    numbers : convviz.arrays.Numbers, (N, H, W, C)
        The image.
    right : numpy.ndarray, (N, rows, columns, C)
        The right answer.
    """

    operation: object
    numbers: Numbers
    right: np.ndarray

    @cached_property
    def where(self):
        """Where the windows stand, a `convviz.geometry.Geometry`."""
        return self.operation.geometry(self.numbers.array.shape[1:3])

    def attempt(self, kind, compute, details=()):
        """The `Attempt` that gives ``compute()``."""
        return Attempt(kind, details, compute)

    def change(self, kind, details=(), **settings):
        """The `Attempt` of the same operation with some settings changed."""
        return Attempt(kind, details, lambda: self.operation.changed(**settings).compute(self.numbers))


@dataclass(frozen=True, eq=False)
class MapMistake:
    """An answer that a mistake gives.

    Attributes
    ----------
    kind : str
        Which mistake: a key of the sentences in `convviz.check.sentences`.
    details : tuple
        What the sentence names: a channel, a weight, amounts.
    answer : numpy.ndarray, (N, rows, columns, C)
        What comes out.
    """

    kind: str
    details: tuple
    answer: np.ndarray


def map_mistakes(operation, numbers, right):
    """The answers that common mistakes give; those that a mistake does not apply to or that cannot be computed are
    left out.

    Parameters
    ----------
    operation : convviz.operations.Operation
    numbers : convviz.arrays.Numbers, (N, H, W, C)
        The image.
    right : numpy.ndarray, (N, rows, columns, C)
        The right answer.

    Yields
    ------
    MapMistake

    Examples
    --------
    >>> from convviz import Convolution
    >>> from convviz.arrays import as_batch
    >>> conv, (numbers, _) = Convolution([[1, 2]]), as_batch([[1, 0, 3]])
    >>> mistakes = map_mistakes(conv, numbers, conv.compute(numbers))
    >>> found = {mistake.kind: mistake.answer.ravel().tolist() for mistake in mistakes}
    >>> found["kernel_flipped"], found["not_multiplied"]
    ([2, 3], [1, 3])
    """
    for kind, details, compute in operation.map_mistakes(Task(operation, numbers, right)):
        try:
            with np.errstate(all="ignore"):
                answer = compute()
        except (ValueError, TypeError, OverflowError, ZeroDivisionError):
            continue  # no such answer: the window does not fit, or nothing would be left
        yield MapMistake(kind, details, answer)
