"""Sizes of pictures: in pixels, as lengths such as "8in", a width alone, or by name.

A side is an int, pixels, or a text such as "8in". A size is ``(width, height)``; until the scene is known its height
may be None, as high as the scene needs.
"""

import numbers
import operator
import re
import unicodedata

from convviz._support.values import brief

__all__ = [
    "DPI",
    "checked_dpi",
    "checked_size",
    "full_size",
    "natural_size",
    "page_size",
    "parsed_size",
    "pixel_size",
    "shape_of",
]

#: Smallest and largest width and height, in pixels.
SIDES = (16, 10_000)
#: Width of a picture whose size is not given, in pixels; height of one whose height is not given, in widths.
WIDTH, HEIGHTS = 800, (0.25, 1.25)
#: A picture that is less wide, in pixels, may become as high as this, in widths: its grids are larger above each other.
SMALL, SMALL_HEIGHT = 600, 5 / 3
#: Least pixels for a cell of a wide stage, and the width beyond which cells get smaller.
LEAST_UNIT, WIDEST = 26, 1600
#: Pixels per inch where none are given, and the fewest and most.
DPI, DPIS = 100, (10, 1200)
#: Lengths of one unit, in inches; pt is that of PDF and of office programs, not TeX's.
UNITS = {"in": 1, "cm": 1 / 2.54, "mm": 1 / 25.4, "pt": 1 / 72}
#: "slide" fills a slide of 16:9.
NAMED = {"slide": (1280, 720)}
#: Width of such a slide in heights.
SLIDE = 16 / 9

EXPECTED = (
    "width and height, each in pixels or as a length with a unit (in, cm, mm, pt, px), such as (800, 400) or "
    "('8in', '4.5in'); or the width alone, such as 800 or '8in'; or 'slide', which is 1280 × 720 pixels"
)
_LENGTH = re.compile(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+) ?(in|cm|mm|pt|px)")
_SIDE = r"([0-9.]+ ?(?:in|cm|mm|pt|px)?)"
_TEXT = re.compile(rf"{_SIDE}(?:(?:\s*[x×,]\s*|\s+){_SIDE})?")


def checked_size(size, dpi=DPI):
    """A size that makes sense, its lengths without blanks.

    Parameters
    ----------
    size : pair of int or str, or int or str
        Width and height, or the width alone: pixels, or lengths with a unit: "8in", "20 cm", "200mm", "576pt", "800px".
        Or "slide".
    dpi : float
        Pixels per inch, for the largest and smallest size.

    Returns
    -------
    tuple
        Width and height, each an int, pixels, or a str such as "8in"; the height is None if it was not given.

    Raises
    ------
    TypeError
        When it is not one or two whole numbers or texts.
    ValueError
        For a text that is no length, and a side smaller than 16 or larger than 10,000 pixels.

    Examples
    --------
    >>> checked_size([800, "4.5 in"]), checked_size("20cm"), checked_size("slide")
    ((800, '4.5in'), ('20cm', None), (1280, 720))
    >>> checked_size("8 inches")
    Traceback (most recent call last):
        ...
    ValueError: size is '8 inches'; expected width and height, each in pixels or as a length with a unit (in, cm, mm, \
pt, px), such as (800, 400) or ('8in', '4.5in'); or the width alone, such as 800 or '8in'; or 'slide', which is \
1280 × 720 pixels
    """
    sides = _sides(size)
    low, high = SIDES
    for side in sides:
        if side is not None and not low <= _length(side, dpi) <= high:
            at = f" at {dpi:g} pixels per inch" if isinstance(side, str) else ""
            raise ValueError(f"size is {brief(size)}; expected width and height from {low} to {high} pixels{at}")
    return sides


def checked_dpi(dpi):
    """A number of pixels per inch that makes sense.

    Raises
    ------
    TypeError
        When it is not a number.
    ValueError
        When it is smaller than 10 or larger than 1,200.

    Examples
    --------
    >>> checked_dpi(200)
    200
    """
    if isinstance(dpi, bool) or not isinstance(dpi, numbers.Real):
        raise TypeError(f"dpi is {brief(dpi)}; expected a number of pixels per inch, such as {DPI}")
    if not DPIS[0] <= dpi <= DPIS[1]:
        raise ValueError(f"dpi is {brief(dpi)}; expected from {DPIS[0]} to {DPIS[1]} pixels per inch")
    return dpi


def natural_size(stage, width=None, dpi=DPI):
    """A size of this width with the height that a stage needs.

    Parameters
    ----------
    stage : convviz.stage.scene.Stage
    width : int or str, optional
        A number of pixels, or a length such as "8in". Without it `WIDTH` pixels, more for a wide stage, whose letters
        would be too small to be read.
    dpi : float
        Pixels per inch.

    Returns
    -------
    tuple
        Width and height, both pixels or both lengths.

    Examples
    --------
    >>> from convviz.stage.scene import Stage
    >>> stage = Stage(20, 15, (), (), (), 1, "")
    >>> natural_size(stage), natural_size(stage, "8in")
    ((800, 600), ('8in', '6in'))
    """
    highest = HEIGHTS[1] if width is None or _length(width, dpi) >= SMALL else SMALL_HEIGHT
    ratio = min(max(stage.height / stage.width, HEIGHTS[0]), highest)
    if width is None:
        width = min(max(WIDTH, 2 * round(LEAST_UNIT * stage.width / 2)), WIDEST)
    if isinstance(width, str):
        number, unit = _LENGTH.fullmatch(width).groups()
        return width, f"{float(number) * ratio:.6g}{unit}"
    height = round(width * ratio)
    # even, which is what a video needs
    return width, height + height % 2


def full_size(size, stage, dpi=DPI):
    """Width and height of a picture of a stage, each an int, pixels, or a length such as "8in".

    Parameters
    ----------
    size : as `checked_size` takes it, or None
        None for 800 pixels wide, or wider for a wide stage, and as high as that asks for.
    stage : convviz.stage.scene.Stage
    dpi : float
        Pixels per inch, for the largest and smallest size.

    Examples
    --------
    >>> from convviz.stage.scene import Stage
    >>> full_size("20cm", Stage(20, 15, (), (), (), 1, ""))
    ('20cm', '15cm')
    """
    width, height = (None, None) if size is None else checked_size(size, dpi)
    return checked_size(natural_size(stage, width, dpi), dpi) if height is None else (width, height)


def pixel_size(size, stage, dpi=DPI):
    """Width and height of a picture of a stage in whole pixels. The parameters are those of `full_size`.

    Examples
    --------
    >>> from convviz.stage.scene import Stage
    >>> stage = Stage(20, 15, (), (), (), 1, "")
    >>> pixel_size(("8in", "4.5in"), stage, dpi=200), pixel_size(1280, stage, dpi=200)
    ((1600, 900), (1280, 960))
    """
    dpi = checked_dpi(dpi)
    width, height = full_size(size, stage, dpi)
    return round(_length(width, dpi)), round(_length(height, dpi))


def shape_of(size, dpi=DPI):
    """Width of a size in heights; None where the height is not given. The parameters are those of `full_size`.

    A picture whose width alone is given, and small, may become as high as there is a use for: its shape is the highest.

    Examples
    --------
    >>> shape_of(("8in", 400)), shape_of("20cm"), shape_of(None), shape_of(400)
    (2.0, None, None, 0.6)
    """
    width, height = (None, None) if size is None else checked_size(size, dpi)
    if height is None:
        return 1 / SMALL_HEIGHT if width is not None and _length(width, dpi) < SMALL else None
    return _length(width, dpi) / _length(height, dpi)


def page_size(size, stage):
    """Width and height of a page for a stage in inches, a pixel being a hundredth of one; see `full_size`.

    Examples
    --------
    >>> from convviz.stage.scene import Stage
    >>> page_size(("8in", 450), Stage(20, 15, (), (), (), 1, ""))
    (8.0, 4.5)
    """
    width, height = full_size(size, stage)
    return _length(width, DPI) / DPI, _length(height, DPI) / DPI


def parsed_size(text):
    """A size that was written as one text, as `checked_size` takes it.

    Raises
    ------
    ValueError
        When it does not look like a size.

    Examples
    --------
    >>> parsed_size("800x400"), parsed_size("8in x 4.5in"), parsed_size("1280"), parsed_size(" slide ")
    ((800, 400), ('8in', '4.5in'), 1280, 'slide')
    """
    # full-width digits as ordinary ones
    normal = unicodedata.normalize("NFKC", text).strip().lower()
    found = _TEXT.fullmatch(normal)
    words = [word for word in found.groups() if word] if found else [normal]
    try:
        sides = [int(word) if word.isdigit() else word for word in words]
        _sides(sides if len(sides) == 2 else sides[0])
    except (TypeError, ValueError):
        raise ValueError(f"{brief(text.strip())} is not a size such as 800x400, 8inx4.5in, 1280, 20cm or slide") from None
    return tuple(sides) if len(sides) == 2 else sides[0]


def _sides(size):
    """Width and height, the latter None if it was not given; their size is not checked."""
    if isinstance(size, str) and size.strip().lower() in NAMED:
        return NAMED[size.strip().lower()]
    alone = isinstance(size, str | numbers.Integral)
    try:
        width, height = (_side(size), None) if alone else map(_side, size)
    except _Unreadable:
        raise ValueError(f"size is {brief(size)}; expected {EXPECTED}") from None
    except (TypeError, ValueError):
        # not a pair, or not of whole numbers and texts
        raise TypeError(f"size is {brief(size)}; expected {EXPECTED}") from None
    return width, height


class _Unreadable(Exception):
    """Raised for a text that is not a length."""


def _side(side):
    """One side, given alone or as one of two: an int, or a length without blanks."""
    if isinstance(side, bool):
        raise TypeError
    if not isinstance(side, str):
        return operator.index(side)
    found = _LENGTH.fullmatch(side.strip().lower())
    if not found or (found[2] == "px" and not float(found[1]).is_integer()):
        raise _Unreadable
    return int(float(found[1])) if found[2] == "px" else found[1] + found[2]


def _length(side, dpi):
    """A side in pixels, as a float."""
    if not isinstance(side, str):
        return side
    number, unit = _LENGTH.fullmatch(side).groups()
    return float(number) * UNITS[unit] * dpi
