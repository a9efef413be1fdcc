"""A quiz: an exercise whose feature map is filled in on a page, which judges each cell and gives hints."""

from __future__ import annotations

import math
import operator
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from convviz._support.files import write_text
from convviz._support.keywords import explained
from convviz.check.all_answers import all_answers
from convviz.check.cell_mistakes import all_cell_mistakes
from convviz.check.equality import equality_for
from convviz.check.report_text import PHRASES, slip_line
from convviz.check.whole_answers import image_of
from convviz.inputs.numbers import number
from convviz.interactive.worksheets import checked_path, problem_board
from convviz.render.options import checked_options
from convviz.render.page.quiz import quiz_fragment, quiz_page, sealed
from convviz.stage.captions import captions
from convviz.stage.problem import is_numeric
from convviz.steps.notation import show

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from convviz._support.annotations import FilePath, Language
    from convviz.interactive.exercises import Exercise
    from convviz.stage.theme import Theme

__all__ = ["Quiz", "quiz"]

ENGLISH = {
    "hint": "Hint",
    "reveal": "Reveal",
    "clear": "Clear",
    "cell": "row {0}, column {1}",
    "right": "{0}: right.",
    "wrong": "{0}: not right.",
    "number": "{0}: “{1}” is not a number. Write one such as 7, −2 or 0.5.",
    "ambiguous": "{0}: “{1}” has two meanings; write it without a mark between thousands, and with a point for decimals.",
    "left": "{0} of {1} cells are right.",
    "done": "All {0} cells are right. Well done.",
    "no_hint": "Fill in a cell first; a wrong one gives a hint.",
    "unexplained": "no common slip explains it.",
    "revealed": "The answer is shown.",
    "cleared": "All cells are blank again.",
    "script": "The fields for the answer need JavaScript.",
}
JAPANESE = {
    "hint": "ヒント",
    "reveal": "答えを見る",
    "clear": "消去",
    "cell": "行 {0}、列 {1}",
    "right": "{0}: 正解です。",
    "wrong": "{0}: 違います。",
    "number": "{0}: 「{1}」は数ではありません。7、−2、0.5 のような数を書いてください。",
    "ambiguous": "{0}: 「{1}」は 2 通りに読めます。桁区切りを付けず、小数点は「.」で書いてください。",
    "left": "{0} / {1} 個のセルが正解です。",
    "done": "{0} 個のセルは全て正解です。",
    "no_hint": "先にセルを 1 つ埋めてください。間違いにヒントが出ます。",
    "unexplained": "よくある誤りでは説明できません。",
    "revealed": "答えを表示しました。",
    "cleared": "全てのセルを空白に戻しました。",
    "script": "答えの記入欄には JavaScript が必要です。",
}
WORDS = {"en": ENGLISH, "ja": JAPANESE}
#: Phrases of reports that hints use too.
OF_REPORTS = ("likely", "perhaps", "whole", "other", "others")

#: Up to how many cells a side a quiz has.
SIDE = 12


class Quiz:
    """An exercise with fields in the cells of its feature map. Made by `Exercise.quiz`.

    A notebook shows it; `save` writes it as a page. It runs in the reader's browser, without Python.

    Parameters
    ----------
    exercise : convviz.interactive.exercises.Exercise
    lang : {"en", "ja"}

    Attributes
    ----------
    exercise : convviz.interactive.exercises.Exercise
    lang : {"en", "ja"}
    """

    def __init__(self, exercise: Exercise, lang: Language = "en") -> None:
        captions(lang)
        trace = exercise.trace()
        shape = trace.result.shape[1:3]
        if max(shape) > SIDE:
            raise ValueError(f"the feature map is {shape}; a quiz has at most {SIDE} rows and columns")
        if not is_numeric(trace):
            raise ValueError(
                f"the image is {exercise.image.shape} and the result has {trace.result.shape[3]} channels; a quiz needs an "
                "image that is shown as numbers and a result of one channel"
            )
        self.exercise, self.lang = exercise, lang

    @explained
    def save(self, path: FilePath, theme: Literal["auto", "light", "dark"] | Theme = "auto", title: str | None = None) -> Path:
        """Write the quiz as a page that needs no other file and no network.

        Parameters
        ----------
        path : str or os.PathLike
            Ends in .html.
        theme : {"auto", "light", "dark"} or convviz.stage.theme.Theme
            "auto" follows the reader's preference.
        title : str, optional
            Heading of the page.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        TypeError
            For a path or a title that is no text.
        ValueError
            For another ending, or an unknown theme.
        OSError
            If the file cannot be written.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> import convviz as cv
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> cv.exercise("max_pooling", seed=1).quiz().save(folder / "quiz.html").name
        'quiz.html'
        """
        path = checked_path(path, (".html",))
        options = checked_options({"theme": theme, "title": title}, path)
        write_text(path, quiz_page(self._board, self._sealed, **options))
        return path

    @cached_property
    def _board(self):
        return problem_board(self.exercise, self.lang)

    @cached_property
    def _sealed(self):
        words = WORDS[self.lang] | {name: numbered(PHRASES[self.lang][name]) for name in OF_REPORTS}
        return sealed(words, answers_of(self.exercise.trace(), self.lang))

    def _repr_html_(self):
        return quiz_fragment(self._board, self._sealed)

    def __repr__(self):
        return f"{self.exercise!r}.quiz({'' if self.lang == 'en' else f'lang={self.lang!r}'})"


def numbered(phrase):
    """A phrase with numbers in its braces: ``{0} of {1}``.

    Examples
    --------
    >>> numbered("{} other mistakes explain as much: {}")
    '{0} other mistakes explain as much: {1}'
    """
    return phrase.format(*(f"{{{n}}}" for n in range(phrase.count("{}"))))


def answers_of(trace, lang):
    """The right numbers of a trace and what is said of wrong ones, as `convviz.render.page.quiz.sealed` takes them."""
    equality = equality_for(trace, image_of(trace), None, None)
    equal = operator.eq if equality.exact else partial(close, equality)
    return {
        "cells": [cell_of(trace[trace.index_of(*place)], trace, equal, lang) for place in np.ndindex(trace.result.shape[1:3])],
        "answers": [
            [[written(value) for value in answer[0, :, :, 0].ravel().tolist()], found[0].sure, sentences_of(found, lang)]
            for answer, found in all_answers(trace, equality)
        ],
        "tolerance": 0 if equality.exact else equality.tolerance,
        "unit": equality.unit,
        "rounding": equality.rounding if math.isfinite(equality.rounding) else 0,
    }


def close(equality, answered, wanted):
    """Whether an `Equality` of floats takes two numbers as the same; for single numbers it is faster than the `Equality`."""
    try:
        answered, wanted = float(answered), float(wanted)
    except OverflowError:
        return equality.same(answered, wanted)
    if not math.isfinite(answered) or not math.isfinite(wanted):
        return answered == wanted or (answered != answered and wanted != wanted)
    slack = max(equality.tolerance * max(1, abs(wanted)), equality.unit * abs(wanted) + equality.rounding)
    return abs(answered - wanted) <= slack


def cell_of(step, trace, equal, lang):
    """The right number of a cell, the same as it is shown, and what is said of wrong ones."""
    shown = show(step.result).text
    shown = shown if equal(number(shown), step.result) else written(step.result)
    slips = [
        [written(value), slip_line(found, value, PHRASES[lang], lang)] for value, found in all_cell_mistakes(trace, step, equal)
    ]
    return [written(step.result), shown, slips]


def sentences_of(found, lang):
    """Explanations as sentences."""
    return [explanation.sentence(lang) for explanation in found]


def written(value):
    """A number as text with all its digits.

    Examples
    --------
    >>> written(np.int64(3)), written(0.1 + 0.2)
    ('3', '0.30000000000000004')
    """
    return str(value.item() if isinstance(value, np.generic) else value)


@explained
def quiz(exercise: Exercise, lang: Language = "en") -> Quiz:
    """An exercise with fields in the cells of its feature map; see `convviz.interactive.exercises.Exercise.quiz`.

    Parameters
    ----------
    exercise : convviz.interactive.exercises.Exercise
    lang : {"en", "ja"}

    Returns
    -------
    Quiz

    Examples
    --------
    >>> from convviz.interactive.exercises import exercise
    >>> quiz(exercise("max_pooling", seed=1))
    exercise('max_pooling', seed=1, difficulty='easy').quiz()
    """
    return Quiz(exercise, lang)
