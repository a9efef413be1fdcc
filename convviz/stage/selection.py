"""Which steps of a trace are shown."""

from convviz._support.values import brief, whole_number

__all__ = ["FILTERS", "selected_steps"]

#: How many filters are shown together.
FILTERS = 4
#: A trace of more steps than `ALL` shows `SOME` of them if none are chosen.
ALL, SOME = 200, 60


def selected_steps(trace, steps=None):
    """The indices of the steps to show, ascending.

    Parameters
    ----------
    trace : sequence with a shape
        A `convviz.trace.Trace` or anything else whose `shape` is images, filters, rows and columns.
    steps : int, slice or iterable of int, optional
        As for `convviz.stage.forward.board`.

    Returns
    -------
    list of int
    """
    count, given = len(trace), as_list(steps)
    if steps is None:
        count = min(FILTERS, trace.shape[1]) * trace.shape[2] * trace.shape[3]
        return spread(count, count if count <= ALL else SOME)
    if isinstance(steps, slice):
        try:
            picked = list(range(count)[steps])
        except (TypeError, ValueError) as error:
            raise TypeError(f"steps is {brief(steps)}: {error}") from None
    elif given is None:
        picked = spread(count, whole_number(steps, "steps", 1))
    else:
        picked = sorted({range(count)[step] for step in checked_steps(given, count)})
    if not picked:
        raise ValueError(f"steps is {brief(steps)}, which picks none of the {count} steps")
    return picked


def as_list(steps):
    """Steps that were given one by one, as a list; None for a number of them, and for what names none."""
    if isinstance(steps, dict | str | bytes):
        return None
    try:
        return list(steps)
    except TypeError:
        return None


def checked_steps(steps, count):
    """Steps as ints; ValueError if one is not a step of the trace."""
    checked = [whole_number(step, "a step", -count) for step in steps]
    for step in checked:
        if step >= count:
            raise ValueError(f"there is no step {brief(step)}: the trace has {count} steps, 0 to {count - 1}")
    return checked


def spread(count, steps):
    """`steps` indices spread evenly over ``range(count)``, the first and the last among them."""
    steps = min(count, steps)
    return sorted({round(i * (count - 1) / max(steps - 1, 1)) for i in range(steps)})
