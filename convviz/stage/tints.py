"""Colours of numbers by value: how strong a tint a number has, and which cells take one.

A number's tint follows from its text, so that a colour says what the number beside it says.
"""

import math
from fractions import Fraction
from functools import lru_cache

from convviz._support.values import brief
from convviz.steps.notation import MINUS, NOT_FINITE

__all__ = ["COLOURS", "LEVELS", "STRENGTHS", "checked_colour", "grey_of", "level", "number_in"]

#: What cells can be coloured by, apart from their role.
COLOURS = ("sign",)
#: How many tints there are on either side of 0.
LEVELS = 8
#: How much of the colour of its sign the largest number has, by the role of its cell; cells of other roles keep their colours.
#: Those outside the window are fainter, so that it stands out.
STRENGTHS = {
    "cell": 0.15,
    "window": 0.55,
    "padding_window": 0.55,
    "copy_window": 0.55,
    "weight": 0.55,
    "product": 0.55,
    "done": 0.55,
}


def checked_colour(colour):
    """`colour` after a check that it is "sign" or None.

    Examples
    --------
    >>> checked_colour("sign"), checked_colour(None)
    ('sign', None)
    >>> checked_colour("red")
    Traceback (most recent call last):
        ...
    ValueError: colour is 'red'; expected 'sign', for colours by value, or None, for colours by role
    """
    if colour is None or (isinstance(colour, str) and colour in COLOURS):
        return colour
    error = ValueError if isinstance(colour, str) else TypeError
    raise error(f"colour is {brief(colour)}; expected 'sign', for colours by value, or None, for colours by role")


@lru_cache(4096)
def number_in(text):
    """The number that a cell shows, as a Fraction, or an infinity as a float; None where it shows none.

    Examples
    --------
    >>> number_in("−1.5"), number_in("≈ 0.25"), number_in("−∞"), number_in("?"), number_in("")
    (Fraction(-3, 2), Fraction(1, 4), -inf, None, None)
    """
    text = text.removeprefix("≈ ")
    try:
        return Fraction(text.replace(MINUS, "-"))
    except ValueError:
        number = NOT_FINITE.get(text, math.nan)
        return None if math.isnan(number) else number


def level(text, scale):
    """The tint of a number, from ``-LEVELS`` to ``LEVELS``: 0 for 0 alone; None where there is no number.

    Parameters
    ----------
    text : str
        What a cell shows.
    scale : Fraction
        The distance from 0 at which tints are strongest.

    Examples
    --------
    >>> level("−2", 4), level("0.001", 4), level("0", 4), level("9", 4), level("", 4)
    (-4, 1, 0, 8, None)
    """
    number = number_in(text)
    if not number:
        return None if number is None else 0
    part = 1 if math.isinf(number) else min(abs(number) / scale, 1)
    steps = max(math.floor(LEVELS * part + Fraction(1, 2)), 1)
    return steps if number > 0 else -steps


def grey_of(number, low, high):
    """The grey of a number, from 0 for `low` to 255 for `high`, as pictures have it.

    Examples
    --------
    >>> grey_of(Fraction(51), 0, 255), grey_of(Fraction(1, 2), 0, 1), grey_of(math.inf, 0, 1), grey_of(Fraction(3), 3, 3)
    (51, 128, 255, 0)
    """
    part = min(max((number - low) / ((high - low) or 1), 0), 1)
    return math.floor(255 * part + Fraction(1, 2))
