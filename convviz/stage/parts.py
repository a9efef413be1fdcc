"""Which captions a picture has beside its grids, and how steps can be drawn."""

from collections.abc import Mapping

from convviz._support.suggestions import spelled
from convviz._support.values import brief

__all__ = ["PARTS", "STYLES", "checked_show"]

#: What can be shown: the title, which step it is, the formula, the sum as it grows, the size of the result, remarks.
PARTS = ("title", "step", "formula", "running sum", "output size", "remarks")

#: How the steps of an operation can be drawn: as grids of numbers, or as blocks of height × width × channels.
STYLES = ("grid", "volume")


def checked_show(show):
    """The captions that are shown, as a frozenset of some of `PARTS`; all for None. A single one may be given by its name.

    Examples
    --------
    >>> sorted(checked_show(["formula", "output_size"])), checked_show(None) == checked_show(PARTS)
    (['formula', 'output size'], True)
    >>> checked_show("formulas")
    Traceback (most recent call last):
        ...
    ValueError: show has 'formulas'; did you mean 'formula'?
    """
    if show is None:
        return frozenset(PARTS)
    try:
        given, found = [show] if isinstance(show, str) else listed(show), set()
    except TypeError:
        message = f"show is {brief(show)}; expected names of captions, such as ['title', 'formula'], or [] for none"
        raise TypeError(message) from None
    for name in given:
        part = name.replace("_", " ").replace("-", " ") if isinstance(name, str) else name
        if not isinstance(part, str) or part not in PARTS:
            raise ValueError(f"show has {brief(name)}; {advice(part)}")
        found.add(part)
    return frozenset(found)


def listed(names):
    """Names as a list; TypeError for a dict, whose values would be ignored, and for bytes, which are read as numbers."""
    if isinstance(names, Mapping | bytes | bytearray):
        raise TypeError
    return list(names)


def advice(name):
    """What to write for a name that is none."""
    near = spelled(name, PARTS)
    return f"did you mean {near!r}?" if near else f"expected some of {', '.join(map(repr, PARTS))}"
