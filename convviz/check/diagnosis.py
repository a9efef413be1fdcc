"""Checking a hand calculation: which cells are wrong, and which mistake explains them.

The rule for equality. Where the right answer is whole numbers or Fractions, an answer is right if it is equal.
Where it is floats, it may differ by ``tolerance·max(1, |right|)``, 1e-6 for float64 and 1e-4 for float32 unless
told otherwise. With ``decimals=n`` an answer may also differ by half a unit of the n-th decimal, so that both ways
of rounding a tie are accepted.
"""

import itertools
import math
import numbers
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from convviz import arrays
from convviz.check.cell_mistakes import slips
from convviz.check.map_mistakes import mistakes
from convviz.check.sentences import sentence
from convviz.geometry import whole
from convviz.stage.captions import pair_text, words
from convviz.steps.notation import show

__all__ = ["CheckReport", "Explanation", "WrongCell", "assert_feature_map", "check"]

#: A mistake that explains only part of an answer is told if chance would hardly do so: one in so many unrelated answers.
RARE = 1 / 1000
#: How likely an unrelated number is taken to hit the one that a mistake gives, and with how many mistakes it may agree.
HIT, TRIES = 0.12, 40
#: Slips in single cells are looked for while at most this share of the filled cells is wrong, and in at most so many cells.
FEW, MANY = 0.34, 12
#: How many wrong cells a report lists.
LISTED = 50


@dataclass(frozen=True)
class Explanation:
    """A mistake that would explain what is wrong.

    Attributes
    ----------
    kind : str
        Which mistake: a key of the sentences in `convviz.check.sentences`.
    details : tuple
        What the sentence names: a channel, a weight, a product.
    share : float
        Share of the wrong cells that it explains.
    whole : bool
        Whether it explains every cell that was filled in, the right ones too.
    sure : bool
        Whether so much agrees that chance can be left out; else it is no more than a possibility.
    alternatives : int
        How many other mistakes, or slips, explain as much.
    cell : tuple of int or None
        ``(row, column, channel, batch)`` for a slip in one cell.
    """

    kind: str
    details: tuple
    share: float
    whole: bool
    sure: bool = False
    alternatives: int = 0
    cell: tuple | None = None

    def sentence(self, lang="en"):
        """The mistake in a sentence.

        Parameters
        ----------
        lang : {"en", "ja"}

        Returns
        -------
        str
        """
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
    slips : tuple of convviz.check.cell_mistakes.Slip
        Slips that give what was answered, the likeliest first.
    searched : bool
        Whether slips were looked for: not where many cells are wrong, nor where a mistake surely explains the answer.
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
    searched: bool = False


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
        The language of text and page.

    Examples
    --------
    >>> import convviz as cv
    >>> report = cv.Convolution([[1, 2]]).check([[3, 4, 5]], [[11, 41]])
    >>> print(report)
    1 of 2 cells is wrong.
      11  [41]
    row 0, column 1: 4×1 + 5×2 = 14, not 41 (27 too much)
      Two digits were swapped.
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
        from convviz.check.report_text import text

        return text(self)

    def __repr__(self):
        from convviz.check.report_text import summary

        return summary(self)

    def _repr_html_(self):
        from convviz.check.report_page import html

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
            "row": cell.position[0],
            "column": cell.position[1],
            "channel": cell.channel,
            "batch": cell.batch,
            "right": json_number(cell.right),
            "answered": json_number(cell.answered),
            "difference": json_number(cell.difference),
            "formula": cell.formula,
            "slips": [{"kind": slip.kind, "sentence": sentence(slip.kind, slip.details, self.lang)} for slip in cell.slips],
        }

    def explanation_dict(self, explanation):
        """An explanation for `to_dict`."""
        return {
            "kind": explanation.kind,
            "sentence": explanation.sentence(self.lang),
            "share": explanation.share,
            "whole": explanation.whole,
            "sure": explanation.sure,
            "alternatives": explanation.alternatives,
            "cell": None if explanation.cell is None else list(explanation.cell),
        }


def json_number(value):
    """A number as JSON has it: an int or float, or a text for Fractions, NaN and infinities."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else str(value)
    return value if isinstance(value, int) or math.isfinite(value) else show(value).text


@dataclass(frozen=True)
class Equality:
    """When an answered number counts as the same as another.

    Attributes
    ----------
    exact : bool
        Whole numbers and Fractions have to be equal.
    tolerance : float
        Floats may differ by ``tolerance·max(1, |wanted|)``.
    decimals : int or None
        All may differ by half a unit of this decimal.
    """

    exact: bool
    tolerance: float
    decimals: int | None = None

    def __call__(self, answered, wanted):
        """Whether `answered` counts as `wanted`: numbers, or arrays of one shape."""
        answered, wanted = np.asarray(answered), np.asarray(wanted)
        if "O" in answered.dtype.kind + wanted.dtype.kind:
            pairs = zip(answered.ravel().tolist(), wanted.ravel().tolist(), strict=True)
            return np.array([self.same(*pair) for pair in pairs], bool).reshape(answered.shape)
        if self.exact and "f" not in answered.dtype.kind + wanted.dtype.kind:
            return answered == wanted
        return self.close(answered, wanted)

    def close(self, answered, wanted):
        """`__call__` for arrays of numbers that floats hold."""
        strict = self.exact and wanted.dtype.kind != "f"
        answered, wanted = answered.astype(np.float64), wanted.astype(np.float64)
        with np.errstate(all="ignore"):
            slack = np.zeros(wanted.shape) if strict else self.tolerance * np.maximum(1, np.abs(wanted))
            if self.decimals is not None:  # a hair more than half a unit: 2.345 and 2.35 are not exactly what they say
                slack = np.maximum(slack, 0.5 * 10.0**-self.decimals * (1 + 1e-9))
            same = np.isfinite(wanted) & (np.abs(answered - wanted) <= slack)
        return same | (answered == wanted) | (np.isnan(answered) & np.isnan(wanted))

    def same(self, answered, wanted):
        """Whether two numbers count as the same, exactly where both are whole numbers or Fractions, of any size."""
        if answered == wanted or (answered != answered and wanted != wanted):
            return True
        if any(isinstance(value, float) and not math.isfinite(value) for value in (answered, wanted)):
            return False
        answered, wanted = Fraction(answered), Fraction(wanted)
        slack = Fraction(0)
        if not self.exact:
            slack = Fraction(self.tolerance) * max(1, abs(wanted))
        if self.decimals is not None:
            slack = max(slack, Fraction(1, 2 * 10**self.decimals) * (1 + Fraction(1, 10**9)))
        return abs(answered - wanted) <= slack


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
        return wrong_shape(trace, values, blank, equality, lang)
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

    Raises
    ------
    AssertionError
        For an answer with a wrong cell, or of a wrong shape; blank cells pass.
    TypeError, ValueError
        As from `check`.

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
        decimals = whole(decimals, "decimals", 0)
    given = tolerance is not None
    if not given:
        tolerance = 1e-4 if trace.result.dtype == np.float32 else 1e-6
    elif isinstance(tolerance, bool) or not isinstance(tolerance, numbers.Real) or not 0 <= tolerance < math.inf:
        raise ValueError(f"tolerance is {tolerance!r}; expected a number of at least 0")
    return Equality(trace.result.dtype.kind != "f" and not given, float(tolerance), decimals)


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
    """Whether an element of an answer stands for a blank cell."""
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


def diagnose(trace, values, filled, wrong, equality):
    """Explanations and wrong cells of an answer of the right shape."""
    count = int(wrong.sum())
    if not count:
        return (), ()
    whole = rounding(trace, values, wrong, equality) or whole_mistakes(trace, values, filled, wrong, equality)
    few = count <= MANY and count <= max(2, FEW * filled.sum())
    search = few and not (whole and whole[0].sure)
    places = itertools.islice(np.argwhere(wrong), LISTED)
    cells = tuple(wrong_cell(trace, values, index, equality, search) for index in places)
    slipped = slip_explanations(cells, count)
    if count == 1 and slipped and not (whole and whole[0].sure):
        return ranked((*slipped, *whole)), cells
    if any(explanation.whole for explanation in whole):
        return whole, cells
    return (*slipped, *whole), cells


def ranked(explanations):
    """Explanations of one wrong cell, each with the number of all others: slips in other places, and mistakes."""
    total = sum(1 + explanation.alternatives if explanation.cell else 1 for explanation in explanations)
    return tuple(replace(explanation, alternatives=total - 1) for explanation in explanations)


def rounding(trace, values, wrong, equality):
    """The explanation that all numbers are right but rounded, if they are."""
    right, answered = trace.result[wrong], values[wrong]
    if trace.result.dtype.kind == "i" or equality.decimals is not None:
        return ()
    if any(value == value // 1 for value in right.tolist() if is_finite(value)):
        return ()  # rounding does not change a whole number
    for decimals in range(1, 7):
        rounded = replace(equality, decimals=decimals)
        kept = all(is_finite(value) and round(value, decimals) == value for value in answered.tolist())
        if kept and rounded(answered, right).all():
            return (Explanation("rounded", (decimals,), 1.0, True, True),)
    return ()


def is_finite(value):
    """Whether a number is neither infinite nor NaN; Python's own are of any size."""
    return not isinstance(value, float | np.floating) or math.isfinite(value)


def whole_mistakes(trace, values, filled, wrong, equality):
    """Mistakes of the whole answer that explain it, the likeliest first.

    A mistake is sure if an unrelated answer would hardly ever agree with it.
    """
    count, found = int(wrong.sum()), []
    for mistake in mistakes(trace.operation, image_of(trace), trace.result):
        if mistake.answer.shape != values.shape or changes_nothing(mistake.answer, trace.result, equality):
            continue
        hits = filled & equality(values, mistake.answer)
        explained, whole = int((hits & wrong).sum()), bool(hits[filled].all())
        sure = is_rare(mistake.answer, count, explained)
        if whole or (sure and 2 * explained >= count):
            fit = hits.sum() / filled.sum()
            found.append((fit, Explanation(mistake.kind, mistake.details, explained / count, whole, whole and sure)))
    found.sort(key=lambda entry: -entry[0])
    return tuple(
        replace(explanation, alternatives=sum(bool(other == fit) for other, _ in found) - 1) for fit, explanation in found
    )


def changes_nothing(answer, right, equality):
    """Whether a mistake gives the right answer."""
    return answer.shape == right.shape and bool(equality(answer, right).all())


def image_of(trace):
    """The image of a trace in the dtype of its computation."""
    if trace.dtype == object:
        return arrays.read_numbers(trace.source)
    return arrays.Numbers(trace.convert(trace.source))


def is_rare(answer, count, explained):
    """Whether an unrelated answer would hardly ever agree with one of many mistakes in so many of its wrong cells."""
    _, times = np.unique(np.vectorize(str)(answer) if answer.dtype == object else answer, return_counts=True)
    hit = min(max(HIT, times.max() / answer.size), 0.99)
    ways = math.lgamma(count + 1) - math.lgamma(explained + 1) - math.lgamma(count - explained + 1)
    return ways + explained * math.log(hit) + math.log(TRIES) < math.log(RARE)


def wrong_cell(trace, values, index, equality, with_slips):
    """A `WrongCell`; its slips are looked for if `with_slips`."""
    n, row, column, channel = (int(part) for part in index)
    step = trace.at(row, column, channel, n)
    answered = values[n, row, column, channel]
    answered = int(answered) if isinstance(answered, np.integer) else answered
    if isinstance(answered, np.floating) and equality.exact and math.isfinite(answered) and answered == np.floor(answered):
        answered = int(answered)
    with np.errstate(all="ignore"):
        found = slips(trace, step, answered, lambda a, b: bool(equality(a, b))) if with_slips else ()
        difference = minus(answered, step.result)
    return WrongCell(
        (row, column), channel, n, step.index, step.result, answered, difference, step.formula(), tuple(found), with_slips
    )


def minus(answered, right):
    """The difference of two numbers, exact if either is a Python number of any size and both are finite."""
    if isinstance(right, int | Fraction) and is_finite(answered):
        exact = Fraction(answered) - right
        return int(exact) if exact.denominator == 1 else exact
    return answered - right


def slip_explanations(cells, count):
    """The likeliest slip of each cell that has one."""
    return tuple(
        Explanation(
            cell.slips[0].kind,
            cell.slips[0].details,
            1 / count,
            False,
            False,
            sum(slip.places for slip in cell.slips) - 1,
            (*cell.position, cell.channel, cell.batch),
        )
        for cell in cells
        if cell.slips
    )


def wrong_shape(trace, values, blank, equality, lang):
    """The report on an answer of another shape than the right one."""
    explanations = ()
    if 2 <= values.ndim <= 4:
        data_format = "channels_first" if trace.layout.channels_first else "channels_last"
        answer, filled = (arrays.arrange(part, data_format)[0] for part in (values, ~blank))
        explanations = channels_elsewhere(trace, values, equality)
        explanations = explanations or whole_mistakes(trace, answer, filled, filled, equality)
    return CheckReport(trace, values, None, None, (), explanations, shape_hint(trace, values.shape, lang), lang)


def channels_elsewhere(trace, values, equality):
    """The explanation that the channels stand on another axis, if moving them gives the right answer."""
    output = np.asarray(trace.output)
    if output.ndim < 3:
        return ()
    moved = np.moveaxis(output, -3, -1) if trace.layout.channels_first else np.moveaxis(output, -1, -3)
    if moved.shape == values.shape and equality(values, moved).all():
        return (Explanation("channels_elsewhere", (), 1.0, True, True),)
    return ()


def shape_hint(trace, shape, lang):
    """Which other settings give an answer of `shape`, as words; empty if none does."""
    operation, names = trace.operation, words(lang)
    if not 2 <= len(shape) <= 4:
        return ""
    spatial = shape if len(shape) == 2 else shape[-2:] if trace.layout.channels_first else shape[-3:-1]
    if tuple(spatial) == trace.result.shape[1:3]:
        return ""
    for setting, value, phrase in other_settings(operation, names):
        try:
            made = operation.changed(**{setting: value}).output_shape(trace.source.shape[1:3])
        except (TypeError, ValueError):
            continue
        if made == tuple(spatial):
            return phrase
    return ""


def other_settings(operation, names):
    """Settings that may have been taken for the right ones: name, value, words; those of both axes alike first."""
    pairs = sorted(itertools.product(range(6), repeat=2), key=lambda pair: (pair[0] != pair[1], sum(pair)))
    if "ceil_mode" in operation.settings:
        yield "ceil_mode", not operation.ceil_mode, names["floor_mode" if operation.ceil_mode else "ceil_mode"]
    for setting in ("padding", "strides"):
        for pair in pairs if setting in operation.settings else ():
            if setting == "padding" or min(pair) > 0:
                yield setting, pair, names[setting].format(pair_text(pair))
    for name in ("same", "full") if "padding" in operation.settings else ():
        yield "padding", name, names["padding"].format(name)
