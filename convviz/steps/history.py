"""How a cell grows while steps run: a list of ``(step, value from then on)``, in order."""

__all__ = ["value_at"]


def value_at(past, step, start):
    """The value of a history after `step`; `start` before its first entry."""
    return next((value for when, value in reversed(past) if when <= step), start)
