"""Answers as they are given: nested lists, arrays or tables, with blank cells, in any layout that holds the same cells."""

import itertools
import math
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from convviz import arrays

__all__ = ["Reading", "holds_cells", "is_one_line", "layouts_of", "not_a_number", "of_another_shape", "read_answer", "readings"]


def not_a_number(array):
    """Where an array holds NaN."""
    return np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)


def read_answer(answer):
    """An answer as an array with 0 in blank cells, and where it is blank."""
    answer = arrays.as_numpy(answer, "answer")
    if isinstance(answer, np.ndarray) and (answer.dtype.kind == "O" or np.ma.isMaskedArray(answer)):
        answer = arrays.as_numpy(answer.tolist(), "answer")  # a masked cell is None
    if isinstance(answer, list | tuple):
        arrays.shape_of(answer, "answer")
        blank = np.array(mapped(answer, is_blank), bool)
        values = arrays.read_numbers(mapped(answer, lambda value: 0 if is_blank(value) else value), "answer").array
        return values, blank.reshape(values.shape)
    values = arrays.read_numbers(answer, "answer").array
    blank = not_a_number(values)
    return np.where(blank, values.dtype.type(0), values), blank


def is_blank(value):
    """Whether an element of an answer means a blank cell: None, NaN, or what pandas has for a missing number."""
    if value is None or (isinstance(value, float | np.floating | Decimal) and math.isnan(value)):
        return True
    return type(value).__name__ in ("NAType", "NaTType")


def mapped(value, function):
    """Nested lists with `function` applied to each element."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return [mapped(part, function) for part in value] if isinstance(value, list | tuple) else function(value)


@dataclass(frozen=True, eq=False)
class Reading:
    """One way to read an answer.

    Attributes
    ----------
    layout : {"channels_last", "channels_first"}
        How its axes were taken.
    values, blank : numpy.ndarray, (N, rows, columns, C)
    """

    layout: str
    values: np.ndarray
    blank: np.ndarray


def readings(values, blank, trace):
    """All ways to read an answer as a result of the trace, that in the layout of the image first; empty for other shapes.

    The numbers are what counts: axes of length 1 for images or channels may be left out or added, channels may stand before
    the rows or last, and all numbers may stand in one line.
    """
    layouts = layouts_of(trace)
    if trace.result.shape[3] == 1 or trace.result.shape[1:3] == (1, 1):
        layouts = layouts[:1]  # both are the same
    return [
        Reading(layout, *(as_channels_last(part, trace.result.shape, layout) for part in (values, blank)))
        for layout in layouts
        if holds_cells(values.shape, trace.result.shape, layout) or is_one_line(values.shape, trace.result.shape)
    ]


def layouts_of(trace):
    """The two layouts, that of the trace's image first."""
    layouts = ("channels_last", "channels_first")
    return layouts[::-1] if trace.layout.channels_first else layouts


def axes_of(result, layout):
    """The lengths of a result's axes, (N, rows, columns, C), in the order of a layout."""
    images, rows, columns, channels = result
    return (images, channels, rows, columns) if layout == "channels_first" else (images, rows, columns, channels)


def holds_cells(shape, result, layout):
    """Whether an array of `shape` can be a result of shape (N, rows, columns, C) in a layout.

    Examples
    --------
    >>> [holds_cells(shape, (1, 2, 3, 1), "channels_last") for shape in ((2, 3), (1, 1, 2, 3), (6,), (3, 2), (1, 6))]
    [True, True, True, False, False]
    """
    if shape == (math.prod(result),):
        return True
    images, rows, columns, channels = axes_of(result, "channels_last")
    spatial = () if rows == columns == 1 else (rows, columns)
    channel, image = (tuple(length for length in (axis,) if length > 1) for axis in (channels, images))
    needed = (*image, *channel, *spatial) if layout == "channels_first" else (*image, *spatial, *channel)
    others = list(shape)
    for length in needed:  # they stand there in this order, and all others have length 1
        if length not in others:
            return False
        while others[0] != length:
            if others.pop(0) != 1:
                return False
        others.pop(0)
    return all(length == 1 for length in others)


def is_one_line(shape, result):
    """Whether an array of `shape` has all cells of a result along one of several axes, and the result has them along more.

    A row is no column: of a result that is one line itself, the other line is not the same.

    Examples
    --------
    >>> [is_one_line(shape, (1, 2, 3, 1)) for shape in ((1, 6), (6, 1), (1, 1, 6), (6,), (2, 3))]
    [True, True, True, False, False]
    >>> is_one_line((6, 1), (1, 1, 6, 1))
    False
    """
    longer = [length for length in shape if length > 1]
    return len(shape) > 1 and longer == [math.prod(result)] and sum(length > 1 for length in result) > 1


def as_channels_last(array, result, layout):
    """An array that holds the cells of a result in a layout, as (N, rows, columns, C)."""
    array = array.reshape(axes_of(result, layout))
    return array.transpose(0, 2, 3, 1) if layout == "channels_first" else array


def of_another_shape(values, blank, trace):
    """Answer and blanks of a shape that the result does not have, as (N, rows, columns, C), in each way to read them."""
    shapes = dict.fromkeys((values.shape, tuple(length for length in values.shape if length > 1)))
    found = []
    for shape, layout in itertools.product(shapes, layouts_of(trace)):
        if 2 <= len(shape) <= 4:
            parts = [arrays.arrange(part.reshape(shape), layout)[0] for part in (values, blank)]
            if not any(all(map(np.array_equal, parts, others)) for others in found):
                found.append(parts)
    return found
