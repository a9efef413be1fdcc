"""Answers as they are given: nested lists or arrays, with blank cells, in several shapes."""

import math

import numpy as np

from convviz import arrays

__all__ = ["not_a_number", "read_answer", "shape_like"]


def not_a_number(array):
    """Where an array holds NaN."""
    return np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)


def read_answer(answer):
    """An answer as an array with 0 in blank cells, and where it is blank."""
    if isinstance(answer, np.ndarray) and answer.dtype.kind == "O":
        answer = answer.tolist()
    if isinstance(answer, list | tuple):
        arrays.shape_of(answer, "answer")
        blank = np.array(mapped(answer, is_blank), bool)
        values = arrays.read_numbers(mapped(answer, lambda value: 0 if is_blank(value) else value), "answer").array
        return values, blank.reshape(values.shape)
    values = arrays.read_numbers(answer, "answer").array
    blank = not_a_number(values)
    return np.where(blank, values.dtype.type(0), values), blank


def is_blank(value):
    """Whether an element of an answer means a blank cell."""
    return value is None or (isinstance(value, float | np.floating) and math.isnan(value))


def mapped(value, function):
    """Nested lists with `function` applied to each element."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return [mapped(part, function) for part in value] if isinstance(value, list | tuple) else function(value)


def shape_like(values, blank, trace):
    """Answer and blanks in the shape of the trace's result; None where they are of another shape.

    An axis of length 1 for the images or the channels may be left out or added: the numbers are what counts.
    """
    output, shape = np.shape(trace.output), values.shape
    fitting = {output, (1, *output), (*output, 1), (1, *output, 1)}
    if len(output) > 2 and output[0] == 1:
        fitting.add(output[1:])
    if len(output) > 2 and output[-1] == 1:
        fitting |= {output[:-1], output[output[0] == 1 and len(output) > 3 : -1]}
    if shape not in fitting:
        return None
    first = trace.layout.channels_first and len(output) > 2
    order = (0, 2, 3, 1) if len(output) == 4 else (1, 2, 0)
    parts = (part.reshape(output) for part in (values, blank))
    return tuple((part.transpose(order) if first else part).reshape(trace.result.shape) for part in parts)
