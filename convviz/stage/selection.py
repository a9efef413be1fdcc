"""Which steps of a trace are shown."""

from functools import reduce

import numpy as np

from convviz._support.values import brief, whole_number

__all__ = ["FILTERS", "filters_with", "selected_steps", "strongest_step", "with_step"]

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
    shown = min(FILTERS, trace.shape[1]) * trace.shape[2] * trace.shape[3]  # of the first image and filters
    if steps is None:
        return spread(shown, shown if shown <= ALL else SOME)
    if isinstance(steps, slice):
        try:
            picked = list(range(count)[steps])
        except (TypeError, ValueError) as error:
            raise TypeError(f"steps is {brief(steps)}: {error}") from None
    elif given is None:
        picked = spread(shown, whole_number(steps, "steps", 1))
    else:
        picked = sorted({range(count)[step] for step in checked_steps(given, count)})
    if not picked:
        raise ValueError(f"steps is {brief(steps)}, which picks none of the {count} steps")
    return picked


def filters_with(wanted, count):
    """The filters that are drawn so that all of `wanted` are among them: neighbours if possible. None if there are too many.

    Parameters
    ----------
    wanted : iterable of int
    count : int

    Examples
    --------
    >>> filters_with([5], 8), filters_with([3, 4], 8), filters_with([4], 5), filters_with([0, 6], 8), filters_with(range(5), 8)
    ((4, 5, 6, 7), (3, 4, 5, 6), (4,), (0, 6), None)
    """
    wanted = sorted(set(wanted))
    first = wanted[0] // FILTERS * FILTERS
    if wanted[-1] >= first + FILTERS:
        first = min(wanted[0], count - FILTERS)
    if wanted[-1] < first + FILTERS:
        return tuple(range(first, min(first + FILTERS, count)))
    return tuple(wanted) if len(wanted) <= FILTERS else None


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


def strongest_step(trace, batch, filters):
    """The step of one image and some filters that shows most: whose result is farthest from 0, the first if there are several.

    Windows that read padding are left out where others do not: a border is often the strongest edge of a picture. Where no
    weight has another sign than the others, as in a mean or a pooling, the window of that result is often flat; of the results
    at least half as far from 0, it is then the one whose window varies most.

    Examples
    --------
    >>> import convviz as cv
    >>> strongest_step(cv.Convolution([[-1, 1]], padding="same").trace([[9, 9, 5, 9, 9]]), 0, (0,))
    1
    """
    (top, bottom), (left, right) = inner(trace.geometry.rows), inner(trace.geometry.columns)
    values = trace.result[batch, top:bottom, left:right][..., list(filters)]
    finite = np.where(np.isfinite(values), values, 0) if values.dtype.kind == "f" else values
    if smooths(trace, filters[0]):
        best = np.argmax(np.where(strong(finite), window_ranges(trace, batch, (top, bottom), (left, right), filters), -1))
    else:
        ends = sorted(int(find(finite)) for find in (np.argmin, np.argmax))
        best = max(ends, key=lambda end: abs(np.asarray(finite.flat[end]).tolist()))  # Python's numbers do not overflow
    row, column, filter_ = np.unravel_index(best, values.shape)
    return trace.index_of(top + int(row), left + int(column), filters[filter_], batch)


def smooths(trace, channel):
    """Whether an operation reads windows with weights of one sign, or with none."""
    if trace.operation.transposed:
        return False
    weights = () if trace.weights is None else trace.weights_for(channel).ravel().tolist()
    return not (any(weight < 0 for weight in weights) and any(weight > 0 for weight in weights))


def strong(values):
    """Which values are at least half as far from 0 as the farthest.

    Examples
    --------
    >>> strong(np.array([-9, 4, 5, 0])).tolist()
    [True, False, True, False]
    """
    sizes = abs(values if values.dtype == object else values.astype(np.float64))
    return 2 * sizes >= sizes.max()


def window_ranges(trace, batch, rows, columns, filters):
    """The ranges of the cells of windows, summed over their channels: (rows, columns, filters).

    `rows` and `columns` are the first window and the end of the windows. Cells of padding do not count.
    """
    found = []
    for filter_ in filters:
        cells = trace.source[batch][:, :, list(trace.channels_of(filter_))]
        cells = cells if cells.dtype == object else cells.astype(np.float64)
        most, least = (over_windows(cells, trace.geometry, rows, columns, end) for end in (np.fmax, np.fmin))
        with np.errstate(all="ignore"):
            ranges = (most - least).sum(axis=2)
        found.append(np.where(np.isfinite(ranges), ranges, 0) if ranges.dtype != object else ranges)
    return np.stack(found, axis=2)


def over_windows(cells, geometry, rows, columns, end):
    """The largest or the smallest cell of each window, by channel; `end` is np.fmax or np.fmin."""
    for number, (axis, (first, stop)) in enumerate(((geometry.rows, rows), (geometry.columns, columns))):
        starts = np.array([axis.start(output) for output in range(first, stop)])
        reads = (np.clip(starts + place * axis.dilation, 0, axis.size - 1) for place in range(axis.window))
        cells = reduce(end, (cells.take(read, axis=number) for read in reads))
    return cells


def inner(axis):
    """The first and the end of the windows along an axis that read no padding; of all windows where each reads some."""
    starts = map(axis.start, range(axis.output))
    inside = [number for number, start in enumerate(starts) if start >= 0 and start + axis.reach <= axis.stretched]
    return (inside[0], inside[-1] + 1) if inside else (0, axis.output)


def with_step(indices, step):
    """Steps of which the nearest one, but neither the first nor the last, makes way for `step`.

    Examples
    --------
    >>> with_step([0, 10, 20, 30], 12), with_step([0, 10], 4)
    ([0, 12, 20, 30], [0, 4, 10])
    """
    between = [index for index in indices[1:-1] if index != step]
    if step in indices:
        return indices
    nearest = min(between, key=lambda index: abs(index - step), default=None)
    return sorted([index for index in indices if index != nearest] + [step])
