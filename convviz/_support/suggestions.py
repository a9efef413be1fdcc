"""Suggestions for a name that is not known: "did you mean"."""

import difflib

__all__ = ["nearest", "spelled"]


def nearest(name, known, where):
    """The end of an error for a name that is not known: the nearest ones, or where all are listed."""
    if not isinstance(name, str) or not name:
        return f"{where} lists all"
    close = difflib.get_close_matches(name.lower(), list(known), n=3, cutoff=0.7)
    close = close or [other for other in known if name.lower() in other][:3]
    if not close:
        return f"{where} lists all"
    return f"did you mean {' or '.join(repr(other) for other in close)}?"


def spelled(name, known):
    """The one name of those known that was probably meant; None if there is none."""
    if not isinstance(name, str) or len(name) > 100:
        return None
    return next(iter(difflib.get_close_matches(name.strip().lower(), list(known), n=1, cutoff=0.7)), None)
