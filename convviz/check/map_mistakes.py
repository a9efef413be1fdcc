"""What people do wrong: for an operation and an image, the answers that common mistakes give.

A mistake of the whole answer is a changed operation, or a changed image, computed as the right one is. Each operation
lists its own in `map_mistakes(task)`, the likely ones first; the sentences that name them are in `convviz.check.sentences`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from convviz.arrays import Numbers

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["Attempt", "Change", "MapMistake", "Task", "answer_of", "both", "computed", "excluded", "is_whole", "map_mistakes"]


class Change(NamedTuple):
    """What a mistake changes, in parts, so that it can be made together with another one.

    Attributes
    ----------
    settings : dict
        Other settings of the operation.
    kernel : callable or None
        Makes another kernel of the same shape of the right one; further axes behind those of the kernel are left alone.
    image : callable or None
        Makes another image, (N, H, W, C), of the right one.
    compute : callable or None
        ``compute(operation, numbers)`` stands in for ``operation.compute(numbers)``.
    result : callable or None
        Makes the answer of what was computed, (…, N, rows, columns, C).
    of_kernels : callable or None
        ``of_kernels(operation, numbers, kernels)`` gives what `compute` gives with each of many kernels (kernel's axes, V), as
        floats, (V, N, rows, columns, C).
    """

    settings: dict[str, Any] = {}
    kernel: Callable[[np.ndarray], np.ndarray] | None = None
    image: Callable[[np.ndarray], np.ndarray] | None = None
    compute: Callable[..., np.ndarray] | None = None
    result: Callable[[np.ndarray], np.ndarray] | None = None
    of_kernels: Callable[..., np.ndarray] | None = None


class Attempt(NamedTuple):
    """A mistake that may apply to a task.

    Attributes
    ----------
    kind : str
    details : tuple
        As in `MapMistake`.
    compute : callable
        Gives the answer; an error where the mistake does not apply.
    change : Change or None
        The mistake in parts; None where it is tried alone only.
    """

    kind: str
    details: tuple[Any, ...]
    compute: Callable[[], np.ndarray]
    change: Change | None = None


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

    operation: Any
    numbers: Numbers
    right: np.ndarray

    @cached_property
    def where(self) -> Any:
        """Where the windows stand, a `convviz.geometry.Geometry`."""
        return self.operation.geometry(self.numbers.array.shape[1:3])

    def attempt(self, kind: str, compute: Callable[[], np.ndarray], details: tuple[Any, ...] = ()) -> Attempt:
        """The `Attempt` that gives ``compute()``."""
        return Attempt(kind, details, compute)

    def changed(self, kind: str, details: tuple[Any, ...], change: Change) -> Attempt:
        """The `Attempt` of a `Change`."""
        return Attempt(kind, details, lambda: computed(self, change), change)

    def change(self, kind: str, details: tuple[Any, ...] = (), **settings: Any) -> Attempt:
        """The `Attempt` of the same operation with some settings changed."""
        return self.changed(kind, details, Change(settings))

    def on_kernel(self, kind: str, function: Callable[[np.ndarray], np.ndarray], details: tuple[Any, ...] = ()) -> Attempt:
        """The `Attempt` of the same operation with another kernel; see `Change`."""
        return self.changed(kind, details, Change(kernel=function))

    def on_image(self, kind: str, function: Callable[[np.ndarray], np.ndarray], details: tuple[Any, ...] = ()) -> Attempt:
        """The `Attempt` of the same operation on another image; see `Change`."""
        return self.changed(kind, details, Change(image=function))

    def on_result(self, kind: str, function: Callable[[np.ndarray], np.ndarray], details: tuple[Any, ...] = ()) -> Attempt:
        """The `Attempt` of something done to the right answer; see `Change`."""
        return self.changed(kind, details, Change(result=function))


def computed(task: Task, change: Change) -> np.ndarray:
    """The answer that a change gives, (N, rows, columns, C).

    Examples
    --------
    >>> from convviz import Convolution
    >>> from convviz.arrays import as_batch
    >>> conv, (numbers, _) = Convolution([[1, 2]]), as_batch([[1, 0, 3]])
    >>> task = Task(conv, numbers, conv.compute(numbers))
    >>> computed(task, Change(kernel=lambda kernel: kernel[:, ::-1], result=lambda result: -result)).ravel()
    array([-2, -3])
    """
    settings, kernel, image, compute, result, _ = change
    if not (settings or kernel or image or compute):
        answer = task.right
    else:
        if kernel is not None:
            settings = {**settings, "kernel": kernel(task.operation.kernel)}
        operation = task.operation.changed(**settings) if settings else task.operation
        numbers = task.numbers if image is None else Numbers(image(task.numbers.array), task.numbers.weak)
        answer = operation.compute(numbers) if compute is None else compute(operation, numbers)
    return answer if result is None else result(answer)


def both(one: Attempt, other: Attempt, border_first: bool = False) -> Change | None:
    """The `Change` of one attempt and then another; None where both change the same part in ways that exclude each other.

    A border is filled last unless `border_first`.
    """
    first, second = one.change, other.change
    if excluded(first, second):
        return None
    by_place = (second, first) if "padding" in first.settings and not border_first else (first, second)
    return Change(
        {**first.settings, **second.settings},
        chained([first.kernel, second.kernel]),
        chained([change.image for change in by_place]),
        first.compute or second.compute,
        chained([first.result, second.result]),
    )


def excluded(first: Change, second: Change) -> bool:
    """Whether two changes cannot be made together."""
    if not first.settings.keys().isdisjoint(second.settings) or (first.compute and second.compute):
        return True
    return bool((first.kernel and "kernel" in second.settings) or (second.kernel and "kernel" in first.settings))


def chained(functions):
    """One function after another; None where there is none."""
    functions = [function for function in functions if function]
    if len(functions) < 2:
        return functions[0] if functions else None
    return lambda value: functions[1](functions[0](value))


def is_whole(array: np.ndarray) -> bool:
    """Whether all numbers of an array that are finite are whole."""
    if array.dtype.kind == "O":
        return all(value == value // 1 for value in array.ravel() if value == value and abs(value) != np.inf)
    return array.dtype.kind != "f" or bool((array == np.trunc(array))[np.isfinite(array)].all())


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
    for attempt in operation.map_mistakes(Task(operation, numbers, right)):
        answer = answer_of(attempt)
        if answer is not None:
            yield MapMistake(attempt.kind, attempt.details, answer)


def answer_of(attempt):
    """The answer that an attempt gives; None if there is none: the window does not fit, or nothing would be left."""
    try:
        with np.errstate(all="ignore"):
            return attempt.compute()
    except (ValueError, TypeError, OverflowError, ZeroDivisionError):
        return None
