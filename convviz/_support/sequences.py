"""Objects with a length and an index that are no arrays and no lists, as lists; and how deep lists may be nested.

NumPy reads such objects until they raise IndexError, which those of Keras's kind never do: their length counts here.
"""

from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

__all__ = ["DEEPEST", "LARGEST", "elements", "is_buffer", "require_shallow"]

#: Lists are nested no deeper: the oldest NumPy that is supported has no more axes.
DEEPEST = 32
#: An object that says it has more elements is a mistake.
LARGEST = 10**8


def require_shallow(depth: int, name: str) -> None:
    """Raise ValueError for lists that are nested deeper than any array, as those that hold themselves are.

    Examples
    --------
    >>> require_shallow(33, "image")
    Traceback (most recent call last):
    ...
    ValueError: image is nested more than 32 lists deep, or holds itself; expected numbers, or lists such as [[1, 2], [3, 4]]
    """
    if depth > DEEPEST:
        raise ValueError(
            f"{name} is nested more than {DEEPEST} lists deep, or holds itself; expected numbers, or lists such as "
            "[[1, 2], [3, 4]]"
        )


def elements(value: Any, name: str) -> Sequence[Any] | None:
    """The elements of an object by its length and its index; None for what has not both, and for buffers, which NumPy reads.

    Raises
    ------
    TypeError, ValueError
        For mappings, for an object that is its own first element, for one that has fewer elements than it says, and for
        more than `LARGEST` elements.

    Examples
    --------
    >>> class Squares:
    ...     def __len__(self):
    ...         return 3
    ...
    ...     def __getitem__(self, place):
    ...         return place**2
    >>> elements(Squares(), "image"), elements(5, "image")
    ([0, 1, 4], None)
    """
    kind = type(value)
    if isinstance(value, Mapping):
        raise TypeError(f"{name} is of type {kind.__name__}, a mapping; expected an array of numbers")
    if isinstance(value, collections.deque):  # its index is slow
        return list(value)
    if not all(callable(getattr(kind, method, None)) for method in ("__len__", "__getitem__")) or is_buffer(value):
        return None
    try:
        count = len(value)
    except Exception:  # what says no length, or one that is none, is no sequence for NumPy either
        return None
    if count > LARGEST:
        raise ValueError(f"{name} is of type {kind.__name__} and has {count} elements; expected at most {LARGEST}, or an array")
    return [element(value, place, count, name) for place in range(count)]


def element(value, place, count, name):
    """An element of an object, or an error if there is none or if it is the object."""
    kind = type(value).__name__
    try:
        found = value[place]
    except MemoryError:
        raise
    except Exception as error:  # the index of what is not ours may fail in any way
        text = f"{name} is of type {kind} and says that it has {count} elements, but {name}[{place}] raised {error!r}"
        raise TypeError(text) from error
    if found is value:
        raise TypeError(f"{name} must be an array of numbers; {name}[{place}] of the {kind} that came is itself")
    return found


def is_buffer(value):
    """Whether an object lets its memory be read, as ``array.array`` does."""
    try:
        memoryview(value).release()
    except Exception:  # TypeError, or BufferError
        return False
    return True
