"""A check's report as text."""

import numpy as np

from ..notation import shorten, show
from ..sentences import sentence

__all__ = ["text"]

#: How many wrong cells are written out, and how many mistakes that explain as much are named.
CELLS, OTHERS = 8, 3
#: Up to how many cells a side the answer is shown with its wrong cells marked.
MAP = 16

ENGLISH = {
    "right": "All {} cells are right.", "right_one": "The cell is right.",
    "right_filled": "All {} cells that are filled in are right; {}.",
    "wrong": "{} of {} cells are wrong.", "wrong_one": "1 of {} cells is wrong.", "blank": "{} are blank",
    "blank_one": "1 is blank",
    "cell": "row {}, column {}", "filter": ", filter {}", "image": ", image {}",
    "much": "{}: {}, not {} ({} too much)", "little": "{}: {}, not {} ({} too little)", "not": "{}: {}, not {}",
    "more": "… and {} more", "slips": "Perhaps: {} ({} other slips would give {} too)",
    "slip_other": "Perhaps: {} (one other slip would give {} too)", "likely": "Likely mistake: {}", "perhaps": "Perhaps: {}",
    "whole": "This explains the whole answer.", "part": "This explains {} of the {} wrong cells.",
    "others": "{} other mistakes explain as much: {}", "other": "One other mistake explains as much: {}",
    "unexplained": "No common mistake explains the answer.",
    "unexplained_cells": "No common slip explains {} of the wrong cells.",
    "shape": "The answer is {}, the right one {}.", "hint": "{} is what {} would give.",
}  # fmt: skip

JAPANESE = {
    "right": "{} 個のセルは全て正解です。", "right_one": "正解です。",
    "right_filled": "記入された {} 個のセルは全て正解です({})。",
    "wrong": "{} / {} 個のセルが間違っています。", "wrong_one": "1 / {} 個のセルが間違っています。", "blank": "空白 {} 個", "blank_one": "空白 1 個",
    "cell": "{} 行 {} 列", "filter": " フィルタ {}", "image": " 画像 {}",
    "much": "{}: {}(答え {} は {} 大きい)", "little": "{}: {}(答え {} は {} 小さい)", "not": "{}: {}(答えは {})",
    "more": "… 他 {} 個", "slips": "もしかすると: {}(他に {} 通りの誤りでも {} になります)",
    "slip_other": "もしかすると: {}(他に 1 通りの誤りでも {} になります)", "likely": "考えられる誤り: {}", "perhaps": "もしかすると: {}",
    "whole": "これで答え全体が説明できます。", "part": "これで間違い {} / {} 個が説明できます。",
    "others": "同じだけ説明できる誤りが他に {} つあります: {}", "other": "同じだけ説明できる誤りが他に 1 つあります: {}",
    "unexplained": "よくある誤りでは説明できません。",
    "unexplained_cells": "間違いのうち {} 個は、よくある誤りでは説明できません。",
    "shape": "答えの大きさは {} ですが、正しくは {} です。", "hint": "{} は、{} のときの大きさです。",
}  # fmt: skip

PHRASES = {"en": ENGLISH, "ja": JAPANESE}


def text(report):
    """A report as lines of text.

    Parameters
    ----------
    report : convviz.check.CheckReport

    Returns
    -------
    str

    Examples
    --------
    >>> import convviz as cv
    >>> print(text(cv.Convolution([[1, 2]]).check([[3, 4, 5]], [[11, 12]])))
    1 of 2 cells is wrong.
      11  [12]
    row 0, column 1: 4×1 + 5×2 = 14, not 12 (2 too little)
      The value 5 was read from a neighbouring cell, as 4.
    """
    names = PHRASES[report.lang]
    if report.wrong is None:
        lines = shape_lines(report, names)
    elif report:
        lines = [right_line(report, names)]
    else:
        lines = [*count_lines(report, names), *map_lines(report), *cell_lines(report, names)]
        lines += explanation_lines(report, names)
    return "\n".join(lines)


def size_of(shape):
    """A shape as text, without axes that hold one thing only."""
    shape = [side for number, side in enumerate(shape) if side > 1 or number in (len(shape) - 3, len(shape) - 2)]
    return "×".join(map(str, shape))


def shape_lines(report, names):
    """What is said of an answer of the wrong shape."""
    answer = "×".join(map(str, report.answer.shape))
    lines = [names["shape"].format(answer, "×".join(map(str, np.shape(report.trace.output))))]
    if report.shape_hint:
        lines.append(names["hint"].format(answer, report.shape_hint))
    return lines + explanation_lines(report, names)


def right_line(report, names):
    """What is said of a right answer."""
    filled, blank = int(report.filled.sum()), int((~report.filled).sum())
    if blank:
        return names["right_filled"].format(filled, blank_words(blank, names))
    return names["right"].format(filled) if filled > 1 else names["right_one"]


def count_lines(report, names):
    """How many cells are wrong."""
    wrong, filled, blank = int(report.wrong.sum()), int(report.filled.sum()), int((~report.filled).sum())
    said = names["wrong_one"].format(filled) if wrong == 1 else names["wrong"].format(wrong, filled)
    return [said + (f" ({blank_words(blank, names)})" if blank else "")]


def blank_words(blank, names):
    """How many cells are blank."""
    return names["blank"].format(blank) if blank > 1 else names["blank_one"]


def map_lines(report):
    """The answer with its wrong cells in brackets, for each channel that has some."""
    lines = []
    for n, channel in sorted({(cell.batch, cell.channel) for cell in report.cells}):
        values, wrong = report.answer[n, :, :, channel], report.wrong[n, :, :, channel]
        if max(values.shape) > MAP:
            continue
        filled = report.filled[n, :, :, channel]
        shown = [[shorten(v).text if f else "·" for v, f in zip(*row, strict=True)] for row in zip(values, filled, strict=True)]
        width = max(len(word) for row in shown for word in row)
        for words, marks in zip(shown, wrong, strict=True):
            cells = (("[{}]" if bad else " {} ").format(word.rjust(width)) for word, bad in zip(words, marks, strict=True))
            lines.append(" " + " ".join(cells).rstrip())
    return lines


def cell_name(report, cell, names):
    """Where a wrong cell stands, as words."""
    name = names["cell"].format(*cell.position)
    if report.right.shape[3] > 1:
        name += names["filter"].format(cell.channel)
    return name + (names["image"].format(cell.batch) if report.right.shape[0] > 1 else "")


def cell_lines(report, names):
    """The right sum of each wrong cell, what was answered, and the slip that explains it."""
    lines = []
    for cell in report.cells[:CELLS]:
        lines.append(cell_line(report, cell, names))
        if cell.slips:
            lines.append("  " + slip_line(cell, names, report.lang))
    left = int(report.wrong.sum()) - CELLS
    return lines + ([names["more"].format(left)] if left > 0 else [])


def cell_line(report, cell, names):
    """One wrong cell."""
    where, answered = cell_name(report, cell, names), show(cell.answered, None).text
    difference = show(abs(cell.difference))
    if difference.value is None:
        return names["not"].format(where, cell.formula, answered)
    return names["much" if cell.difference > 0 else "little"].format(where, cell.formula, answered, difference.text)


def slip_line(cell, names, lang):
    """The likeliest slip, and how many others give the same number."""
    said = sentence(cell.slips[0].kind, cell.slips[0].details, lang)
    others = sum(slip.places for slip in cell.slips) - 1
    answered = show(cell.answered, None).text
    if others > 1:
        return names["slips"].format(said, others, answered)
    return names["slip_other"].format(said, answered) if others else said


def explanation_lines(report, names):
    """The mistakes that explain the answer, or that none does."""
    whole = [explanation for explanation in report.explanations if explanation.cell is None]
    if not whole:
        if report.wrong is None:
            return []
        missing = sum(not cell.slips for cell in report.cells)
        if missing == len(report.cells):
            return [names["unexplained"]]
        return [names["unexplained_cells"].format(missing)] if missing else []
    first = whole[0]
    lines = [names["likely" if first.whole else "perhaps"].format(first.sentence(report.lang))]
    if first.whole:
        lines.append("  " + names["whole"])
    else:
        wrong = int(report.wrong.sum())
        lines.append("  " + names["part"].format(round(first.share * wrong), wrong))
    if first.alternatives:
        others = " ".join(other.sentence(report.lang) for other in whole[1 : 1 + min(OTHERS, first.alternatives)])
        several = names["others"].format(first.alternatives, others)
        lines.append("  " + (names["other"].format(others) if first.alternatives == 1 else several))
    return lines
