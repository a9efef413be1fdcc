"""Values of settings: checks that they are what was expected, and how an error writes those that are not."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from convviz._support.suggestions import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["as_index", "brief", "choice", "flag", "index_number", "is_bool", "real_number", "whole_number"]

#: Most characters of a value in an error.
LONGEST = 80
#: Whole numbers of at most so many bits are written in full.
BITS = 128
#: Python writes numbers of fewer bits.
WRITABLE = 14_000


def brief(value: Any) -> str:
    """A value as an error writes it: its repr, on one line and shortened where it is long.

    Examples
    --------
    >>> brief("same "), brief(2**64)
    ("'same '", '18446744073709551616')
    >>> brief(10**400)
    'a number of 401 digits'
    """
    if isinstance(value, int) and value.bit_length() > BITS:
        # Python refuses to write numbers of more than 4,300 digits
        bits = value.bit_length()
        digits = len(str(abs(value))) if bits < WRITABLE else f"about {bits * 0.30103:.0f}"
        return f"a {'negative ' if value < 0 else ''}number of {digits} digits"
    try:
        text = " ".join(repr(value).split())
    except Exception:  # the repr of what is not ours may fail in any way
        text = f"an object of type {type(value).__name__}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 10]}…{text[-9:]}"


def is_bool(value: Any) -> bool:
    """Whether a value is True or False: Python's, NumPy's, or an array or tensor of that dtype."""
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool") or "bool" in str(getattr(value, "dtype", ""))


def whole_number(value: Any, name: str, least: int, most: int | None = None) -> int:
    """`value` as an int, or an error that names `name`: a whole number of at least `least`,
    and at most `most` where that is given, is wanted.

    True and False are no numbers.

    Examples
    --------
    >>> whole_number(True, "strides", 1)
    Traceback (most recent call last):
    ...
    TypeError: strides is True; expected a whole number of at least 1
    """
    number = as_index(value)
    if number is None:
        raise TypeError(f"{name} is {brief(value)}; expected a whole number of at least {least}")
    if number < least:
        raise ValueError(f"{name} is {brief(number)}; expected a whole number of at least {least}")
    if most is not None and number > most:
        raise ValueError(f"{name} is {brief(number)}; expected a whole number of at most {most}")
    return number


def index_number(value: Any, name: str) -> int:
    """`value` as an int of any sign, or a TypeError that names `name`.

    Examples
    --------
    >>> index_number(1.5, "row")
    Traceback (most recent call last):
    ...
    TypeError: row is 1.5; expected a whole number
    """
    number = as_index(value)
    if number is None:
        raise TypeError(f"{name} is {brief(value)}; expected a whole number")
    return number


def as_index(value):
    """`value` as an int; None for what is no whole number, and for True and False."""
    try:
        return None if is_bool(value) else operator.index(value)
    except Exception:  # TypeError, and whatever a tensor of several numbers raises
        return None


def real_number(value: Any) -> float | None:
    """`value` as a float; None for what is no real number, for True and False, and for what no float holds.

    Examples
    --------
    >>> real_number(2), real_number("2"), real_number(True), real_number(10**400)
    (2.0, None, None, None)
    """
    if is_bool(value) or isinstance(value, str | bytes) or not hasattr(value, "__float__"):
        return None
    try:
        return float(value)
    except Exception:  # OverflowError, and whatever an array of several numbers raises
        return None


def flag(value: Any, name: str) -> bool:
    """`value` as a bool, or an error that names `name`: only True and False are taken, not 1, "yes" or None.

    Examples
    --------
    >>> flag("no", "ceil_mode")
    Traceback (most recent call last):
    ...
    TypeError: ceil_mode is 'no'; expected True or False
    """
    if not is_bool(value) or getattr(value, "ndim", 0):
        raise TypeError(f"{name} is {brief(value)}; expected True or False")
    return bool(value)


def choice(value: Any, name: str, known: Iterable[str]) -> str:
    """`value` if it is one of the texts `known`, or an error that names `name` and the nearest of them.

    Examples
    --------
    >>> choice("gathr", "view", ("gather", "scatter"))
    Traceback (most recent call last):
    ...
    ValueError: view is 'gathr'; expected 'gather' or 'scatter'; did you mean 'gather'?
    """
    known = list(known)
    if isinstance(value, str) and value in known:
        return value
    *others, last = map(repr, known)
    listed = f"{', '.join(others)} or {last}" if len(others) < 3 else f"one of {', '.join(map(repr, known))}"
    near = spelled(value, known)
    raise ValueError(f"{name} is {brief(value)}; expected {listed}{f'; did you mean {near!r}?' if near else ''}")
