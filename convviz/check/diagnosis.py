"""Checking a hand calculation: which cells are wrong, and which mistake explains them."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from convviz._support.keywords import explained
from convviz._support.operations import require_operation
from convviz.check.answers import is_one_line, layouts_of, not_a_number, of_another_shape, read_answer, readings
from convviz.check.cell_mistakes import cell_mistakes
from convviz.check.equality import equality_for, is_finite
from convviz.check.precision import precision_of
from convviz.check.report import CheckReport, Explanation, WrongCell
from convviz.check.result_mistakes import truncating_mistakes
from convviz.check.shapes import fitting_settings
from convviz.check.whole_answers import Judge, image_of
from convviz.stage.captions import captions

if TYPE_CHECKING:
    from convviz._support.annotations import DataFormat, ImageLike, Language, NumbersLike
    from convviz.operations import Operation

__all__ = ["assert_feature_map", "check"]

#: Mistakes in single cells are looked for while at most this share of the filled cells is wrong, and in at most so many cells.
FEW, MANY = 0.34, 12
#: How many wrong cells a report lists.
LISTED = 50


@explained
def check(
    operation: Operation,
    image: ImageLike,
    answer: NumbersLike,
    decimals: int | None = None,
    tolerance: float | None = None,
    data_format: DataFormat = "channels_last",
    lang: Language = "en",
) -> CheckReport:
    """Compare an answer with the right one, and explain what is wrong.

    Parameters
    ----------
    operation : convviz.operations.Operation
    image : array_like, (H, W), (H, W, C) or (N, H, W, C)
    answer : array_like
        The feature map worked out by hand: lists, an array, a tensor of another library, a table of pandas. Any layout
        that holds the same cells will do: axes of length 1 may be left out or added, channels may come first or last, and
        all cells may stand in one row or column.
        Where two layouts are possible, the one with fewer wrong cells is taken, and the report says which. None, NaN and
        masked cells are blank.
    decimals : int, optional
        Accept numbers that were rounded to so many decimals, ties in both ways.
    tolerance : float, optional
        For floats: accept a difference of ``tolerance·max(1, |right|)``. 1e-6 if not given, for float32 1e-4; an answer of
        shorter floats, such as a tensor of float32 or bfloat16, may then also have the rounding errors of its dtype.
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
    require_operation(operation)
    captions(lang)
    trace = operation.trace(image, data_format)
    values, blank = read_answer(answer)
    if blank.all():
        raise ValueError(f"answer has no number in it: all {blank.size} cells are blank")
    possible = readings(values, blank, trace)
    equality = equality_for(trace, image_of(trace), decimals, tolerance, precision_of(answer))
    if not possible:
        return wrong_shape(trace, values, blank, equality, lang)
    possible = in_order(possible, trace, equality)
    moved = len(possible) == 1 and possible[0].layout != layouts_of(trace)[0]
    line = values.shape if is_one_line(values.shape, trace.result.shape) else ()
    unsure = moved or (line and not is_explained(possible[0], trace, equality, known))
    if unsure and wrong_cells(possible[0], trace, equality).any():
        report = wrong_shape(trace, values, blank, equality, lang)
        if any(explanation.whole for explanation in report.explanations):
            return report  # a mistake explains it in the layout of the image
    values, blank = possible[0].values, possible[0].blank
    nowhere = not_a_number(trace.result)
    if nowhere.any():  # where NaN is right, NaN is an answer
        values, blank = np.where(blank & nowhere, np.nan, values), blank & ~nowhere
    filled = ~blank
    wrong = filled & ~np.asarray(equality(values, trace.result), bool)
    explanations, cells = diagnose(trace, values, filled, wrong, equality)
    layouts = tuple(reading.layout for reading in possible)
    if moved and not wrong.any():
        explanations = (Explanation("channels_elsewhere", (), 1.0, True, True),)
    return CheckReport(trace, values, filled, wrong, cells, explanations, "", lang, layouts, line)


@explained
def assert_feature_map(
    operation: Operation,
    image: ImageLike,
    answer: NumbersLike,
    decimals: int | None = None,
    tolerance: float | None = None,
    data_format: DataFormat = "channels_last",
    lang: Language = "en",
) -> None:
    """Raise AssertionError, with the report as its text, unless `answer` is what `operation` gives for `image`.

    Parameters
    ----------
    operation, image, answer, decimals, tolerance, data_format, lang
        As in `check`.

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
    report = check(operation, image, answer, decimals, tolerance, data_format, lang)
    if not report:
        raise AssertionError(str(report))


def diagnose(trace, values, filled, wrong, equality):
    """Explanations and wrong cells of an answer of the right shape."""
    count = int(wrong.sum())
    if not count:
        return (), ()
    judge = Judge(trace, values, filled, wrong, equality)
    of_map = known(judge)
    few = count <= MANY and count <= max(2, FEW * filled.sum())
    search = few and not (of_map and of_map[0].sure)
    places = itertools.islice(np.argwhere(wrong), LISTED)
    cells = tuple(wrong_cell(trace, values, index, equality, search) for index in places)
    in_cells = cell_explanations(cells, count)
    if not any(explanation.whole for explanation in of_map):
        of_map = judge.one_number() or (judge.two() if len(in_cells) < count else ()) or of_map
    whole = tuple(explanation for explanation in of_map if explanation.whole)
    if count == 1 and in_cells and not (of_map and of_map[0].sure):
        # the right cells speak for a mistake of the whole answer too
        first, others = (whole, ()) if filled.sum() > 1 else ((), whole)
        return ranked((*first, *in_cells, *others)), cells
    return (of_map if whole else (*in_cells, *of_map)), cells


def ranked(explanations):
    """Explanations of one wrong cell, each with the number of all others, in this cell or of the whole answer."""
    total = sum(1 + explanation.alternatives if explanation.cell else 1 for explanation in explanations)
    return tuple(replace(explanation, alternatives=total - 1) for explanation in explanations)


def known(judge):
    """Explanations of a whole answer by rounding, or by one of the known mistakes."""
    rounded = rounding(judge.task.right, judge.values, judge.wrong, judge.equality)
    cut_off = judge.explained_by(truncating_mistakes(judge.task)) if rounded else ()
    return ranked((*rounded, *(explanation for explanation in cut_off if explanation.whole))) or judge.known()


def rounding(result, values, wrong, equality):
    """The explanation that all numbers are right but rounded, if they are."""
    right, answered = result[wrong], values[wrong]
    if result.dtype.kind == "i" or equality.decimals is not None:
        return ()
    if any(value == value // 1 for value in right.tolist() if is_finite(value)):
        return ()  # rounding does not change a whole number
    for decimals in range(1, 7):
        rounded = replace(equality, decimals=decimals)
        kept = all(is_finite(value) and round(value, decimals) == value for value in answered.tolist())
        if kept and rounded(answered, right).all():
            return (Explanation("rounded", (decimals,), 1.0, True, True),)
    return ()


def wrong_cell(trace, values, index, equality, search):
    """A `WrongCell`; with the mistakes that explain it if `search`."""
    n, row, column, channel = (int(part) for part in index)
    step = trace.at(row, column, channel, n)
    answered = values[n, row, column, channel]
    answered = int(answered) if isinstance(answered, np.integer) else answered
    if isinstance(answered, np.floating) and equality.exact and math.isfinite(answered) and answered == np.floor(answered):
        answered = int(answered)
    with np.errstate(all="ignore"):
        found = cell_mistakes(trace, step, answered, lambda a, b: bool(equality(a, b))) if search else ()
        difference = minus(answered, step.result)
    return WrongCell(
        (row, column), channel, n, step.index, step.result, answered, difference, step.formula, tuple(found), search
    )


def minus(answered, right):
    """The difference of two numbers, exact if either is a Python number of any size and both are finite."""
    if isinstance(right, int | Fraction) and is_finite(answered):
        exact = Fraction(float(answered) if isinstance(answered, np.floating) else answered) - right
        return int(exact) if exact.denominator == 1 else exact
    return answered - right


def cell_explanations(cells, count):
    """The likeliest mistake of each cell that has one."""
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


def in_order(possible, trace, equality):
    """The ways to read an answer: a right one or one that a mistake explains first, then that with the fewest wrong cells."""
    ordered = sorted(possible, key=lambda reading: wrong_cells(reading, trace, equality).sum())
    if len(ordered) == 1 or not wrong_cells(ordered[0], trace, equality).any():
        return ordered
    searches = [known, Judge.one_number, *(() if mostly_right(ordered[0], trace, equality) else (Judge.two,))]
    explained = (reading for search in searches for reading in possible if is_explained(reading, trace, equality, search))
    first = next(explained, ordered[0])
    return [first, *(reading for reading in ordered if reading is not first)]


def mostly_right(reading, trace, equality):
    """Whether so few cells are wrong that each has its own mistake."""
    return wrong_cells(reading, trace, equality).sum() <= max(2, FEW * (~reading.blank).sum())


def is_explained(reading, trace, equality, search):
    """Whether mistakes of one search explain several cells of an answer, read in one way, and all that are filled in."""
    wrong = wrong_cells(reading, trace, equality)
    found = search(Judge(trace, reading.values, ~reading.blank, wrong, equality)) if wrong.sum() > 1 else ()
    return any(explanation.whole for explanation in found)


def wrong_cells(reading, trace, equality):
    """Which of the cells that are filled in are wrong in one way to read an answer."""
    return ~np.asarray(equality(reading.values, trace.result), bool) & ~reading.blank


def wrong_shape(trace, values, blank, equality, lang):
    """The report on an answer of another shape than the right one."""
    settings = fitting_settings(trace, values.shape, lang)
    judges = [Judge(trace, answer, ~blanks, ~blanks, equality) for answer, blanks in of_another_shape(values, blank, trace)]
    judge, found = first_explained(judges, settings)
    hint = settings[0].words if settings else ""
    if found:
        agreeing = (setting for setting in settings if judge.share(setting.attempt(judge.task)) >= found[0].share)
        hint = next((setting.words for setting in agreeing), "")
    return CheckReport(trace, values, None, None, (), found, hint, lang)


def first_explained(judges, settings):
    """Of the ways to read an answer of another shape that which is explained best, as a `Judge`, and the explanations.

    What explains the whole answer in any of them comes before what explains a part in the first.
    """
    part = None, ()
    for search in (Judge.known, lambda judge: of_settings(judge, settings), Judge.one_number, Judge.two):
        for judge in judges:
            found = search(judge)
            if any(explanation.whole for explanation in found):
                return judge, found
            part = part if part[1] else (judge, found)
    return part


def of_settings(judge, settings):
    """Explanations by settings that give an answer of the same shape."""
    return judge.explained_by([setting.attempt(judge.task) for setting in settings])
