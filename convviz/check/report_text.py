"""A check's report as text."""

from fractions import Fraction

import numpy as np

from convviz.check.answers import layouts_of
from convviz.check.sentences import sentence
from convviz.steps.notation import DIGITS, shorten, show

__all__ = ["summary", "text"]

#: How many wrong cells are written out, and how many mistakes that explain as much are named.
CELLS, OTHERS = 8, 3
#: Up to how many cells a side the answer is shown with its wrong cells marked.
MAP = 16
#: About how many letters a summary has.
SUMMARY = 190

ENGLISH = {
    "right": "All {} cells are right.",
    "right_one": "The cell is right.",
    "right_filled": "All {} cells that are filled in are right; {}.",
    "wrong": "{} of {} cells are wrong.",
    "wrong_one": "1 of {} cells is wrong.",
    "blank": "{} are blank",
    "blank_one": "1 is blank",
    "cell": "row {}, column {}",
    "filter": ", filter {}",
    "image": ", image {}",
    "much": "{}: {}, not {} ({} too much)",
    "little": "{}: {}, not {} ({} too little)",
    "not": "{}: {}, not {}",
    "more": "… and {} more",
    "slips": "Perhaps: {} ({} other slips would give {} too)",
    "slip_other": "Perhaps: {} (one other slip would give {} too)",
    "likely": "Likely mistake: {}",
    "perhaps": "Perhaps: {}",
    "whole": "This explains the whole answer.",
    "part": "This explains {} of the {} wrong cells.",
    "others": "{} other mistakes explain as much: {}",
    "other": "One other mistake explains as much: {}",
    "unexplained": "No common mistake explains the answer.",
    "unsearched": "With so many wrong cells, slips in single cells were not looked for.",
    "unexplained_cells": "No common slip explains {} of the wrong cells.",
    "summary": "{} {}",
    "summary_cell": "{} is {}, not {}",
    "full": "Print the report for the working.",
    "no_size": "No common setting gives that size.",
    "number": "a single number",
    "shape": "The answer is {}, the right one {}.",
    "hint": "{} is what {} would give.",
    "hint_only": "The numbers are other ones, and no common mistake explains them.",
    "channels_last": "channels last (rows, columns, channels)",
    "channels_first": "channels first (channels, rows, columns)",
    "layout": "The answer was read with {}.",
    "layouts": "The answer was read with {}; {} would fit too.",
    "line": "The answer is {}; it was read as a list of all cells, row by row.",
}

JAPANESE = {
    "right": "{} 個のセルは全て正解です。",
    "right_one": "正解です。",
    "right_filled": "記入された {} 個のセルは全て正解です({})。",
    "wrong": "{} / {} 個のセルが間違っています。",
    "wrong_one": "1 / {} 個のセルが間違っています。",
    "blank": "空白 {} 個",
    "blank_one": "空白 1 個",
    "cell": "行 {}、列 {}",
    "filter": " フィルタ {}",
    "image": " 画像 {}",
    "much": "{}: {}(答え {} は {} 大きい)",
    "little": "{}: {}(答え {} は {} 小さい)",
    "not": "{}: {}(答えは {})",
    "more": "… 他 {} 個",
    "slips": "もしかすると: {}(他に {} 通りの誤りでも {} になります)",
    "slip_other": "もしかすると: {}(他に 1 通りの誤りでも {} になります)",
    "likely": "考えられる誤り: {}",
    "perhaps": "もしかすると: {}",
    "whole": "これで答え全体が説明できます。",
    "part": "これで間違い {} / {} 個が説明できます。",
    "others": "同じだけ説明できる誤りが他に {} つあります: {}",
    "other": "同じだけ説明できる誤りが他に 1 つあります: {}",
    "unexplained": "よくある誤りでは説明できません。",
    "unsearched": "間違いが多いため、セルごとの計算誤りは調べていません。",
    "summary": "{} {}",
    "summary_cell": "{} は {}(答え {})",
    "full": "print で計算を表示します。",
    "no_size": "その大きさになるよくある設定はありません。",
    "number": "1 つの数",
    "unexplained_cells": "間違いのうち {} 個は、よくある誤りでは説明できません。",
    "shape": "答えの大きさは {} ですが、正しくは {} です。",
    "hint": "{} は、{} のときの大きさです。",
    "hint_only": "ただし値は異なり、よくある誤りでは説明できません。",
    "channels_last": "チャンネルが最後(行、列、チャンネル)",
    "channels_first": "チャンネルが最初(チャンネル、行、列)",
    "layout": "答えは「{}」の並びとして読みました。",
    "layouts": "答えは「{}」の並びとして読みました。「{}」としても読めます。",
    "line": "答えの大きさは {} です。全てのセルを行の順に並べたものとして読みました。",
}

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
        lines = [right_line(report, names), *layout_lines(report, names)]
    else:
        lines = [*count_lines(report, names), *layout_lines(report, names), *map_lines(report), *cell_lines(report, names)]
        lines += explanation_lines(report, names)
    return "\n".join(lines)


def summary(report):
    """A report in one line, for ``repr`` and for pytest, which cuts longer ones.

    Parameters
    ----------
    report : convviz.check.CheckReport

    Returns
    -------
    str
        At most about 230 letters.

    Examples
    --------
    >>> import convviz as cv
    >>> summary(cv.Convolution([[1, 2]]).check([[3, 4, 5]], [[11, 12]]))
    '1 of 2 cells is wrong. row 0, column 1 is 14, not 12. Print the report for the working.'
    """
    names = PHRASES[report.lang]
    if report.wrong is None:
        return shape_lines(report, names)[0]
    if report:
        return right_line(report, names)
    said = count_lines(report, names)[0]
    for cell in report.cells:
        numbers = (shorten(cell.right).text, shorten(cell.answered).text)
        more = names["summary_cell"].format(cell_name(report, cell, names), *numbers)
        if len(said) + len(more) > SUMMARY:
            break
        said += ("; " if cell is not report.cells[0] else " ") + more
    return f"{said.rstrip('.')}. {names['full']}"


def size_of(shape, names):
    """A shape as text."""
    return "×".join(map(str, shape)) or names["number"]


def shape_lines(report, names):
    """What is said of an answer of the wrong shape."""
    answer = size_of(report.answer.shape, names)
    lines = [names["shape"].format(answer, size_of(np.shape(report.trace.output), names))]
    if report.shape_hint:
        lines.append(names["hint"].format(answer, report.shape_hint))
        if not report.explanations:
            lines.append(names["hint_only"])
    elif not report.explanations:
        lines.append(names["no_size"])
    return lines + explanation_lines(report, names)


def right_line(report, names):
    """What is said of a right answer."""
    filled, blank = int(report.filled.sum()), int((~report.filled).sum())
    if blank:
        return names["right_filled"].format(filled, blank_words(blank, names))
    return names["right"].format(filled) if filled > 1 else names["right_one"]


def layout_lines(report, names):
    """How the answer was read, where it is one line, could be read in two layouts or stands in another than the image."""
    own, _ = layouts_of(report.trace)
    lines = [names["line"].format(size_of(report.line_shape, names))] if report.line_shape else []
    if len(report.layouts) > 1:
        return [*lines, names["layouts"].format(*(names[layout] for layout in report.layouts))]
    return lines + [names["layout"].format(names[layout]) for layout in report.layouts if layout != own]


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
        right = report.right[n, :, :, channel]
        shown = [
            [map_text(*cell) if f else "·" for f, *cell in zip(*row, strict=True)]
            for row in zip(filled, values, right, wrong, strict=True)
        ]
        width = max(len(word) for row in shown for word in row)
        for words, marks in zip(shown, wrong, strict=True):
            cells = (("[{}]" if bad else " {} ").format(word.rjust(width)) for word, bad in zip(words, marks, strict=True))
            lines.append(" " + " ".join(cells).rstrip())
    return lines


def map_text(value, right, wrong):
    """A number for a map, with all its digits where it is wrong and would look like the right one."""
    short = shorten(value).text
    return show(value, None).text if wrong and short == shorten(right).text else short


def cell_name(report, cell, names):
    """The place of a wrong cell, as words."""
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
            lines.append("  " + slip_line(cell.slips, cell.answered, names, report.lang))
    left = int(report.wrong.sum()) - CELLS
    return lines + ([names["more"].format(left)] if left > 0 else [])


def cell_line(report, cell, names):
    """One wrong cell."""
    where, answered = cell_name(report, cell, names), show(cell.answered, None).text
    formula = cell.formula + more_digits(cell.right, answered)
    difference = abs(cell.difference)
    difference = show(float(difference) if isinstance(difference, Fraction) else difference)
    if not difference.value:
        return names["not"].format(where, formula, answered)
    about = "" if difference.exact else "≈"
    return names["much" if cell.difference > 0 else "little"].format(where, formula, answered, about + difference.text)


def more_digits(right, answered):
    """The right number with more digits, in parentheses, where its formula ends with what was answered: 10.64 for 10.645."""
    if show(right).text != answered:
        return ""
    texts = (show(right, digits).text for digits in range(DIGITS + 1, 18))
    return next((f" ({text})" for text in texts if text != answered), "")


def slip_line(slips, answered, names, lang):
    """The likeliest of some slips in one cell, and how many others give the number that was answered too."""
    said = sentence(slips[0].kind, slips[0].details, lang)
    others = sum(slip.places for slip in slips) - 1
    answered = show(answered, None).text
    if others > 1:
        return names["slips"].format(said, others, answered)
    return names["slip_other"].format(said, answered) if others else said


def explanation_lines(report, names):
    """The mistakes that explain the answer, or that none does."""
    of_map = [explanation for explanation in report.explanations if explanation.cell is None]
    if not of_map:
        return unexplained_lines(report, names)
    first = of_map[0]
    lines = [names["likely" if first.sure else "perhaps"].format(first.sentence(report.lang))]
    if first.whole:
        lines.append("  " + names["whole"])
    elif report.wrong is not None:
        wrong = int(report.wrong.sum())
        lines.append("  " + names["part"].format(round(first.share * wrong), wrong))
    others = [other.sentence(report.lang) for other in of_map[1:] if other.whole == first.whole and other.share == first.share]
    if others:
        several = names["others"].format(len(others), " ".join(others[:OTHERS]))
        lines.append("  " + (names["other"].format(others[0]) if len(others) == 1 else several))
    return lines


def unexplained_lines(report, names):
    """What is said where no mistake of the whole answer explains it."""
    if report.wrong is None:
        return []
    missing = sum(not cell.slips for cell in report.cells)
    if missing < len(report.cells):
        return [names["unexplained_cells"].format(missing)] if missing else []
    return [names["unexplained"]] + ([] if report.cells[0].searched else [names["unsearched"]])
