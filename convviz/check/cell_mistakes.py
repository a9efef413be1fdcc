"""Mistakes in a single cell: which small error turns the right number of a step into the one that was answered.

Each kind of mistake could have happened in several places. The likeliest kind is the one most of whose places give the
number that was answered: digits can be swapped in one or two ways, a factor be read from a neighbour in dozens, so
a match of the first says more.
"""

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

__all__ = [
    "CellMistake",
    "all_cell_mistakes",
    "average_mistakes",
    "cell_mistakes",
    "maximum_mistakes",
    "product_mistakes",
    "windows_beside",
]

#: How common a kind of mistake is beside the others, as far as its places do not tell; `USUAL` if it is not listed.
USUAL = 2
COMMON = {
    "product_left_out": 3,
    "product_twice": 3,
    "bias_left_out_here": 3,
    "value_from_neighbour": 3,
    "weight_from_neighbour": 1,
    "zero_as_one": 3,
    "digits_swapped": 3,
    "addition": 3,
    "sign_of_product": 2,
    "added_not_multiplied": 1,
    "sign_of_result": 2,
    "second_largest": 3,
    "smallest": 1,
    "cell_left_out": 3,
    "cell_forgotten": 2,
    "cell_twice": 3,
    "not_divided": 3,
    "divided_by": 2,
    "neighbouring_window": 2,
}


@dataclass(frozen=True)
class CellMistake:
    """A mistake in one cell that gives the number that was answered.

    Attributes
    ----------
    kind : str
        A key of the sentences in `convviz.check.sentences`.
    details : tuple
        What the sentence names.
    places : int
        In how many places a mistake of this kind gives the number.
    chance : float
        Share of the places where this kind could happen that give the number, weighted by how common the kind is.
    """

    kind: str
    details: tuple
    places: int
    chance: float


def cell_mistakes(trace, step, answered, equal):
    """The mistakes that turn the result of `step` into `answered`, the likeliest first.

    Parameters
    ----------
    trace : convviz.trace.Trace
    step : convviz.trace.Step
    answered : number
    equal : callable
        ``equal(a, b)`` says whether two numbers count as the same.

    Returns
    -------
    list of CellMistake

    Examples
    --------
    >>> import convviz as cv
    >>> trace = cv.Convolution([[2, 3]]).trace([[5, 1]])
    >>> [mistake.kind for mistake in cell_mistakes(trace, trace[0], 10, lambda a, b: a == b)]
    ['product_left_out', 'added_not_multiplied']
    """
    candidates, possible = possible_mistakes(trace, step, equal)
    return matching_mistakes(candidates, possible, answered, equal)


def all_cell_mistakes(trace, step, equal):
    """Every wrong number that a mistake turns the result of `step` into, with these mistakes as `cell_mistakes` gives them.

    Parameters
    ----------
    trace, step, equal
        As in `cell_mistakes`.

    Returns
    -------
    list of (number, list of CellMistake)
        Numbers that count as the same stand there once.

    Examples
    --------
    >>> import convviz as cv
    >>> trace = cv.MaxPooling(2).trace([[7, 4], [1, 2]])
    >>> [(value, found[0].kind) for value, found in all_cell_mistakes(trace, trace[0], lambda a, b: a == b)][:3]
    [(4, 'second_largest'), (1, 'smallest'), (-7, 'sign_of_result')]
    """
    candidates, possible = possible_mistakes(trace, step, equal)
    numbers = []
    with np.errstate(all="ignore"):
        for *_, value in candidates:
            if not any(equal(value, number) for number in numbers):
                numbers.append(value)
    return [(number, matching_mistakes(candidates, possible, number, equal)) for number in numbers]


def possible_mistakes(trace, step, equal):
    """The mistakes that change the result of `step`, as (kind, details, number), and how many there are of each kind."""
    candidates, possible = [], {}
    with np.errstate(all="ignore"):
        written = writing_mistakes(step.result, added=step.kind != "maximum")
        for kind, details, value in itertools.chain(trace.operation.cell_mistakes(trace, step), written):
            if not equal(value, step.result):
                candidates.append((kind, details, value))
                possible[kind] = possible.get(kind, 0) + 1
    return candidates, possible


def matching_mistakes(candidates, possible, answered, equal):
    """Those of `possible_mistakes` that give a number, as `CellMistake`, the likeliest first."""
    matching = {}
    with np.errstate(all="ignore"):
        for kind, details, value in candidates:
            if equal(value, answered):
                matching.setdefault(kind, []).append(details)
    found = [
        CellMistake(kind, places[0], len(places), COMMON.get(kind, USUAL) * len(places) / possible[kind])
        for kind, places in matching.items()
    ]
    return sorted(found, key=lambda mistake: -mistake.chance)


def writing_mistakes(result, added=True):
    """Mistakes with the finished number: its sign, two digits swapped, a carry lost if numbers were `added`."""
    yield "sign_of_result", (), -result
    digits = whole_digits(result)
    if digits is None:
        return
    sign = -1 if result < 0 else 1
    for place in range(len(digits) - 1):
        swapped = [*digits]
        swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
        yield "digits_swapped", (), sign * int("".join(swapped))
    for size in (1, 10, 100) if added else ():
        if size < 100 or len(digits) > 2:
            yield "addition", (size,), result + size
            yield "addition", (-size,), result - size


def whole_digits(number):
    """The digits of a whole number; None for any other."""
    if isinstance(number, float | np.floating) and not (math.isfinite(number) and number == int(number)):
        return None
    if isinstance(number, Fraction) and number.denominator != 1:
        return None
    return list(str(abs(int(number))))


def product_mistakes(trace, step):
    """Mistakes in a sum of products."""
    right = step.result
    for (i, j, c), product in np.ndenumerate(step.products):
        if step.counted is not None and not step.counted[i, j]:
            continue  # a zero that stamps nothing is no factor
        value, weight = step.values[i, j, c], step.weights[i, j, c]
        here = (value, weight, product)
        if product != 0:
            yield "product_left_out", here, right - product
            yield "product_twice", here, right + product
            yield "sign_of_product", here, right - 2 * product
        if (value == 0) != (weight == 0):
            yield "zero_as_one", here, right + value + weight
        yield "added_not_multiplied", here, right - product + value + weight
        for neighbour in value_neighbours(trace, step, i, j, c):
            yield "value_from_neighbour", (value, neighbour), right - product + neighbour * weight
        for neighbour in weight_neighbours(step, i, j, c):
            yield "weight_from_neighbour", (weight, neighbour), right - product + value * neighbour
    if step.bias is not None and step.bias != 0:
        yield "bias_left_out_here", (step.bias,), right - step.bias


NEXT = ((-1, 0), (0, -1), (0, 1), (1, 0))


def value_neighbours(trace, step, i, j, c):
    """The neighbours of the cell that tap (i, j) reads: cells of the image, or of the padding."""
    for down, across in NEXT:
        y = trace.geometry.rows.source(step.rows[i] + down)
        x = trace.geometry.columns.source(step.columns[j] + across)
        if y is not None and x is not None:
            yield trace.convert(trace.source[step.batch, y, x, step.channels[c]])[()]
        elif trace.geometry.kind(step.rows[i] + down, step.columns[j] + across) == "padding" and trace.geometry.padded:
            yield 0


def weight_neighbours(step, i, j, c):
    """The weights beside that of tap (i, j)."""
    rows, columns = step.weights.shape[:2]
    for down, across in NEXT:
        if 0 <= i + down < rows and 0 <= j + across < columns:
            yield step.weights[i + down, j + across, c]


def maximum_mistakes(trace, step):
    """Mistakes in a maximum: the second largest, the smallest, that of the window beside."""
    cells = sorted({value for value in step.values.ravel() if np.isfinite(float(value))})
    if len(cells) > 1:
        yield "second_largest", (cells[-2],), cells[-2]
        yield "smallest", (cells[0],), cells[0]
    yield from windows_beside(trace, step)


def windows_beside(trace, step):
    """Results of the windows next to that of `step`."""
    for down, across in NEXT:
        row, column = step.position[0] + down, step.position[1] + across
        if 0 <= row < trace.result.shape[1] and 0 <= column < trace.result.shape[2]:
            yield "neighbouring_window", (row, column), trace.result[step.batch, row, column, step.channel]


def average_mistakes(step):
    """Mistakes in a mean: a cell left out or twice, an error in the sum, not divided, divided by another number."""
    total, count = step.total, step.count

    def over(value, divisor):
        return Fraction(value) / divisor if isinstance(value, int | Fraction) else value / divisor

    for value in step.values[step.counted].ravel():
        if value != 0:
            yield "cell_left_out", (value,), over(total - value, count)
            yield "cell_twice", (value,), over(total + value, count)
        if count > 1:
            yield "cell_forgotten", (value, count - 1), over(total - value, count - 1)
    for size in (1, -1, 10, -10):
        yield "addition", (size,), over(total + size, count)
    yield "not_divided", (), total
    for divisor in range(1, 2 * count + 1):
        if divisor not in (1, count):
            yield "divided_by", (divisor, count), over(total, divisor)
