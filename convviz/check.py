"""Checking a hand calculation: which cells are wrong, and which mistake explains them.

The rule for equality. Where the right answer is whole numbers or Fractions, an answer is right if it is equal.
Where it is floats, it may differ by ``tolerance·max(1, |right|)``, 1e-6 for float64 and 1e-4 for float32 unless
told otherwise. With ``decimals=n`` an answer may also differ by half a unit of the n-th decimal, so that both ways
of rounding a tie are accepted.
"""

import itertools
import math
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from . import arrays
from .mistakes import mistakes
from .notation import show
from .sentences import sentence
from .slips import slips
from .words import words

__all__ = ["CheckReport", "Explanation", "WrongCell", "assert_feature_map", "check"]

#: A mistake that explains only part of an answer is told if chance would hardly do so: one in so many unrelated answers.
RARE = 1 / 1000
#: How likely an unrelated number is taken to hit the one that a mistake gives.
HIT = 0.12
#: Slips in single cells are looked for while at most this share of the filled cells is wrong, and in at most so many cells.
FEW, MANY = 0.34, 12


@dataclass(frozen=True)
class Explanation:
    """A mistake that would explain what is wrong.

    Attributes
    ----------
    kind : str
        Which mistake: a key of the sentences in `convviz.sentences`.
    details : tuple
        What the sentence names: a channel, a weight, a product.
    share : float
        Share of the wrong cells that it explains.
    whole : bool
        Whether it explains every cell that was filled in, the right ones too.
    alternatives : int
        How many other mistakes explain as much.
    cell : tuple of int or None
        ``(row, column, channel, batch)`` for a slip in one cell.
    """

    kind: str
    details: tuple
    share: float
    whole: bool
    alternatives: int = 0
    cell: tuple | None = None

    def sentence(self, lang="en"):
        """The mistake in a sentence."""
        return sentence(self.kind, self.details, lang)


@dataclass(frozen=True, eq=False)
class WrongCell:
    """A wrong cell of an answer.

    Attributes
    ----------
    position : tuple of int
        ``(row, column)`` in the feature map.
    channel, batch : int
    index : int
        The step of the trace that computes it.
    right, answered, difference : number
        `difference` is answered − right.
    formula : str
        The right sum written out.
    slips : tuple of convviz.slips.Slip
        Slips that give what was answered, the likeliest first.
    """

    position: tuple
    channel: int
    batch: int
    index: int
    right: object
    answered: object
    difference: object
    formula: str
    slips: tuple = ()


@dataclass(frozen=True, eq=False)
class CheckReport:
    """What a check found; true if every cell that was filled in is right.

    Made by ``operation.check(image, answer)``.

    Attributes
    ----------
    trace : convviz.trace.Trace
        The right answer and every step to it.
    answer : numpy.ndarray
        The answer, (N, rows, columns, C), with 0 in blank cells; of another shape than the right one if that is
        what was given.
    filled, wrong : numpy.ndarray of bool or None
        Which cells were filled in, and which of them are wrong; None if the shape is wrong.
    cells : tuple of WrongCell
        The wrong cells, at most the first `convviz.check.LISTED`.
    explanations : tuple of Explanation
        Mistakes that would explain the answer, the likeliest first.
    shape_hint : str
        What gives an answer of this shape, if the shape is wrong.
    lang : str
    """

    trace: object
    answer: np.ndarray
    filled: np.ndarray | None
    wrong: np.ndarray | None
    cells: tuple = ()
    explanations: tuple = ()
    shape_hint: str = ""
    lang: str = field(default="en")

    def __bool__(self):
        return self.wrong is not None and not self.wrong.any()

    @property
    def right(self):
        """The right answer, (N, rows, columns, C)."""
        return self.trace.result

    def __str__(self):
        from .render.report import text

        return text(self)

    __repr__ = __str__

    def _repr_html_(self):
        from .render.report_page import html

        return html(self)

    def to_dict(self):
        """The report as lists, dicts, numbers and texts, fit for JSON.

        Returns
        -------
        dict
            With keys "right" (bool), "shape", "right_shape", "cells", "blank", "wrong" (a list of cells) and
            "explanations".
        """
        spatial = [list(map(int, array.shape)) for array in (self.answer, self.right)]
        return {
            "right": bool(self),
            "shape": spatial[0],
            "right_shape": spatial[1],
            "cells": 0 if self.filled is None else int(self.filled.size),
            "blank": 0 if self.filled is None else int((~self.filled).sum()),
            "wrong_cells": None if self.wrong is None else int(self.wrong.sum()),
            "wrong": [self.cell_dict(cell) for cell in self.cells],
            "explanations": [self.explanation_dict(explanation) for explanation in self.explanations],
            "shape_hint": self.shape_hint,
        }

    def cell_dict(self, cell):
        """A wrong cell for `to_dict`."""
        return {
            "row": cell.position[0], "column": cell.position[1], "channel": cell.channel, "batch": cell.batch,
            "right": json_number(cell.right), "answered": json_number(cell.answered),
            "difference": json_number(cell.difference), "formula": cell.formula,
            "slips": [{"kind": slip.kind, "sentence": sentence(slip.kind, slip.details, self.lang)} for slip in cell.slips],
        }  # fmt: skip

    def explanation_dict(self, explanation):
        """An explanation for `to_dict`."""
        return {
            "kind": explanation.kind, "sentence": explanation.sentence(self.lang), "share": explanation.share,
            "whole": explanation.whole, "alternatives": explanation.alternatives,
            "cell": None if explanation.cell is None else list(explanation.cell),
        }  # fmt: skip


#: How many wrong cells a report lists.
LISTED = 50


def json_number(value):
    """A number as JSON has it: an int or float, or a text for Fractions, NaN and infinities."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else str(value)
    return value if isinstance(value, int) or math.isfinite(value) else show(value).text


@dataclass(frozen=True)
class Equality:
    """When an answered number counts as the same as another."""

    exact: bool
    tolerance: float
    decimals: int | None = None

    def __call__(self, answered, wanted):
        """Whether `answered` counts as `wanted`: numbers or arrays."""
        if self.exact and self.decimals is None and getattr(wanted, "dtype", np.dtype(object)).kind != "f":
            if not isinstance(wanted, float | np.floating):
                return answered == wanted
        answered, wanted = np.asarray(answered).astype(float), np.asarray(wanted).astype(float)
        with np.errstate(all="ignore"):
            slack = self.tolerance * np.maximum(1, np.abs(wanted))
            if self.decimals is not None:  # a hair more than half a unit: 2.345 and 2.35 are not exactly what they say
                slack = np.maximum(0 if self.exact else slack, 0.5 * 10.0**-self.decimals * (1 + 1e-9))
            same = np.abs(answered - wanted) <= slack
        return same | (answered == wanted) | (np.isnan(answered) & np.isnan(wanted))


def check(operation, image, answer, decimals=None, tolerance=None, data_format="channels_last", lang="en"):
    """Compare an answer with the right one, and explain what is wrong.

    Parameters
    ----------
    operation : convviz.operations.Operation
    image : array_like, (H, W), (H, W, C) or (N, H, W, C)
    answer : array_like
        The feature map worked out by hand, in the shape in which the operation gives it. None and NaN are blank
        cells.
    decimals : int, optional
        Accept numbers that were rounded to so many decimals, ties in both ways.
    tolerance : float, optional
        For floats: accept a difference of ``tolerance·max(1, |right|)``. 1e-6 if not given, for float32 1e-4.
    data_format : {"channels_last", "channels_first"}
    lang : {"en", "ja"}

    Returns
    -------
    CheckReport

    Raises
    ------
    TypeError, ValueError
        For an answer that is ragged, empty, all blank or not numbers.

    Examples
    --------
    >>> import convviz as cv
    >>> report = check(cv.Convolution([[1, 2]]), [[3, 4, 5]], [[11, 41]])
    >>> bool(report), [cell.position for cell in report.cells], report.explanations[0].sentence()
    (False, [(0, 1)], 'Two digits were swapped.')
    """
    words(lang)
    trace = operation.trace(image, data_format)
    values, blank = read_answer(answer)
    if blank.all():
        raise ValueError(f"answer has no number in it: all {blank.size} cells are blank")
    shaped = shape_like(values, blank, trace)
    equality = equality_for(trace, decimals, tolerance)
    if shaped is None:
        return wrong_shape(trace, values, equality, lang)
    values, blank = shaped
    nowhere = not_a_number(trace.result)
    if nowhere.any():  # where NaN is right, NaN is an answer
        values, blank = np.where(blank & nowhere, np.nan, values), blank & ~nowhere
    filled = ~blank
    wrong = filled & ~np.asarray(equality(values, trace.result), bool)
    explanations, cells = diagnose(trace, values, filled, wrong, equality)
    return CheckReport(trace, values, filled, wrong, cells, explanations, "", lang)


def assert_feature_map(operation, image, answer, **options):
    """Raise AssertionError, with the report as its text, unless `answer` is what `operation` gives for `image`.

    Parameters
    ----------
    operation, image, answer
        As in `check`.
    **options
        ``decimals``, ``tolerance``, ``data_format``, ``lang`` of `check`.

    Examples
    --------
    >>> import convviz as cv
    >>> assert_feature_map(cv.MaxPooling(2), [[3, 4], [1, 2]], [[4]])
    """
    report = check(operation, image, answer, **options)
    if not report:
        raise AssertionError(str(report))


def equality_for(trace, decimals, tolerance):
    """How numbers of a trace's result are compared."""
    if decimals is not None:
        from .geometry import whole

        decimals = whole(decimals, "decimals", 0)
    if tolerance is None:
        tolerance = 1e-4 if trace.result.dtype == np.float32 else 1e-6
    elif not (isinstance(tolerance, int | float) and 0 <= tolerance < math.inf):
        raise ValueError(f"tolerance is {tolerance!r}; expected a number of at least 0")
    return Equality(trace.result.dtype.kind != "f", tolerance, decimals)


def not_a_number(array):
    """Where an array holds NaN."""
    return np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)


def read_answer(answer):
    """An answer as an array with 0 in blank cells, and where it is blank."""
    if isinstance(answer, np.ndarray) and answer.dtype.kind != "O":
        values = arrays.read_numbers(answer, "answer").array
        blank = not_a_number(values)
        return np.where(blank, values.dtype.type(0), values), blank
    if isinstance(answer, np.ndarray):
        answer = answer.tolist()
    if isinstance(answer, list | tuple):
        arrays.shape_of(answer, "answer")
        blank = np.array(mapped(answer, is_blank), bool)
        values = arrays.read_numbers(mapped(answer, lambda value: 0 if is_blank(value) else value), "answer").array
        return values, blank.reshape(values.shape)
    values = arrays.read_numbers(answer, "answer").array
    return values, not_a_number(values)


def is_blank(value):
    """Whether an element of an answer stands for a blank cell."""
    return value is None or (isinstance(value, float | np.floating) and math.isnan(value))


def mapped(value, function):
    """Nested lists with `function` applied to each element."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return [mapped(part, function) for part in value] if isinstance(value, list | tuple) else function(value)


def shape_like(values, blank, trace):
    """Answer and blanks in the shape of the trace's result; None where they are of another shape."""
    output = np.shape(trace.output)
    if values.shape != output and not (len(output) == 3 and output[-1] == 1 and values.shape == output[:2]):
        return None
    first = trace.layout.channels_first and len(output) > 2
    order = (0, 2, 3, 1) if len(output) == 4 else (1, 2, 0)
    return tuple((part.transpose(order) if first else part).reshape(trace.result.shape) for part in (values, blank))


def diagnose(trace, values, filled, wrong, equality):
    """Explanations and wrong cells of an answer of the right shape."""
    count = int(wrong.sum())
    if not count:
        return (), ()
    explanations = rounding(trace, values, wrong, equality) or whole_mistakes(trace, values, filled, wrong, equality)
    few = count <= MANY and count <= max(1, FEW * filled.sum())
    sure = bool(explanations) and explanations[0].whole and count > 1
    cells = tuple(
        wrong_cell(trace, values, index, equality, few and not sure) for index in itertools.islice(np.argwhere(wrong), LISTED)
    )
    if not any(explanation.whole for explanation in explanations):
        explanations = (*slip_explanations(cells, count), *explanations)
    return explanations, cells


def rounding(trace, values, wrong, equality):
    """The explanation that all numbers are right but rounded, if they are."""
    if equality.exact and trace.result.dtype.kind == "i" or equality.decimals is not None:
        return ()
    for decimals in range(7):
        rounded = Equality(equality.exact, equality.tolerance, decimals)
        kept = np.round(values.astype(float), decimals) == values.astype(float)
        if (rounded(values, trace.result) & kept)[wrong].all() and decimals > 0:
            return (Explanation("rounded", (decimals, decimals), 1.0, True),)
    return ()


def whole_mistakes(trace, values, filled, wrong, equality):
    """Mistakes of the whole answer that explain it, the likeliest first."""
    numbers = arrays.Numbers(trace.source)
    count, found = int(wrong.sum()), []
    every = [m for m in mistakes(trace.operation, numbers_of(trace, numbers), trace.result) if m.answer.shape == values.shape]
    for mistake in every:
        hits = filled & np.asarray(equality(values, mistake.answer), bool)
        explained, fit = int((hits & wrong).sum()), hits.sum() / filled.sum()
        if fit == 1 or (2 * explained >= count and is_rare(mistake.answer, count, explained, len(every))):
            found.append((fit, explained / count, mistake))
    found.sort(key=lambda entry: -entry[0])
    return tuple(
        Explanation(
            mistake.kind, mistake.details, share, bool(fit == 1), sum(other[0] == fit for other in found) - 1,
        )
        for fit, share, mistake in found
    )  # fmt: skip


def numbers_of(trace, numbers):
    """The image of a trace in the dtype of its computation."""
    return arrays.Numbers(trace.convert(numbers.array)) if trace.dtype != object else arrays.read_numbers(numbers.array)


def is_rare(answer, count, explained, tries):
    """Whether an unrelated answer would hardly ever agree with one of `tries` mistakes in so many of its wrong cells."""
    _, times = np.unique(answer.astype(float), return_counts=True)
    hit = max(HIT, times.max() / answer.size)
    ways = math.lgamma(count + 1) - math.lgamma(explained + 1) - math.lgamma(count - explained + 1)
    return ways + explained * math.log(hit) + math.log(tries) < math.log(RARE)


def wrong_cell(trace, values, index, equality, with_slips):
    """A `WrongCell`; its slips are looked for if `with_slips`."""
    n, row, column, channel = (int(part) for part in index)
    step = trace.at(row, column, channel, n)
    answered = values[n, row, column, channel]
    answered = int(answered) if isinstance(answered, np.integer) else answered
    if isinstance(answered, np.floating) and equality.exact and answered == np.floor(answered):
        answered = int(answered)
    with np.errstate(all="ignore"):
        found = slips(trace, step, answered, lambda a, b: bool(equality(a, b))) if with_slips else ()
        difference = answered - step.result
    return WrongCell(
        (row, column), channel, n, step.index, step.result, answered, difference, step.formula(), tuple(found)
    )


def slip_explanations(cells, count):
    """The likeliest slip of each cell that has one."""
    return tuple(
        Explanation(
            cell.slips[0].kind, cell.slips[0].details, 1 / count, False, sum(slip.places for slip in cell.slips) - 1,
            (*cell.position, cell.channel, cell.batch),
        )
        for cell in cells if cell.slips
    )  # fmt: skip


def wrong_shape(trace, values, equality, lang):
    """The report on an answer of another shape than the right one."""
    explanations = []
    numbers = numbers_of(trace, arrays.Numbers(trace.source))
    for mistake in mistakes(trace.operation, numbers, trace.result):
        candidate = mistake.answer
        if values.ndim < 4:
            candidate = candidate[0] if values.ndim == 3 else candidate[0, :, :, 0] if candidate.shape[3] == 1 else candidate
        if candidate.shape == values.shape and np.all(equality(values, candidate)):
            explanations.append(Explanation(mistake.kind, mistake.details, 1.0, True))
    alternatives = len(explanations) - 1
    explanations = tuple(
        Explanation(e.kind, e.details, e.share, e.whole, alternatives) for e in explanations
    )
    return CheckReport(trace, values, None, None, (), explanations, shape_hint(trace, values.shape, lang), lang)


def shape_hint(trace, shape, lang):
    """Which other settings give an answer of `shape`, as words; empty if none does."""
    operation, names = trace.operation, words(lang)
    spatial = shape if len(shape) == 2 else shape[-3:-1] if not trace.layout.channels_first else shape[-2:]
    if len(shape) < 2 or spatial == trace.result.shape[1:3]:
        return ""
    kept = {name: getattr(operation, name) for name in operation.settings}
    other = not kept.get("ceil_mode")
    tries = [("ceil_mode", other, names["ceil_mode" if other else "floor_mode"])]
    tries += [("padding", amount, names["padding"].format(amount)) for amount in range(8)]
    tries += [("padding", name, names["padding"].format(name)) for name in ("same", "full")]
    tries += [("strides", step, names["strides"].format(step)) for step in range(1, 6)]
    for setting, value, phrase in tries:
        if setting not in kept:
            continue
        try:
            made = type(operation)(**{**kept, setting: value}).output_shape(trace.source.shape[1:3])
        except (TypeError, ValueError):
            continue
        if made == tuple(spatial):
            return phrase
    return ""
