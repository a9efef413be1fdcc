"""A form for an exercise: it checks each cell as it is filled in."""

from __future__ import annotations

import math
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

import ipywidgets

from convviz.check.cell_mistakes import cell_mistakes
from convviz.check.report_text import PHRASES, explanation_lines, slip_line
from convviz.inputs import Ambiguous, Usage
from convviz.inputs.numbers import number
from convviz.interactive.widget_versions import give_tooltip
from convviz.interactive.worksheets import blank_scene
from convviz.render.svg import svg
from convviz.steps.notation import show

if TYPE_CHECKING:
    from convviz._support.annotations import Language
    from convviz.interactive.exercises import Exercise

__all__ = ["Quiz", "quiz"]

ENGLISH = {
    "reveal": "Reveal",
    "hint": "Hint",
    "cell": "row {}, column {}",
    "right": "{}: right.",
    "wrong": "{}: not right.",
    "number": "{}: “{}” is not a number.",
    "ambiguous": "{}: “{}” has two meanings; write it without a mark between thousands, and with a point for decimals.",
    "left": "{} of {} cells are right.",
    "done": "All {} cells are right. Well done.",
    "no_hint": "Fill in a cell first; a wrong one gives a hint.",
    "unexplained": "no common slip explains it.",
    "revealed": "The answer is shown.",
}
JAPANESE = {
    "reveal": "答えを見る",
    "hint": "ヒント",
    "cell": "行 {}、列 {}",
    "right": "{}: 正解です。",
    "wrong": "{}: 違います。",
    "number": "{}: 「{}」は数ではありません。",
    "ambiguous": "{}: 「{}」は 2 通りに読めます。桁区切りを付けず、小数点は「.」で書いてください。",
    "left": "{} / {} 個のセルが正解です。",
    "done": "{} 個のセルは全て正解です。",
    "no_hint": "先にセルを 1 つ埋めてください。間違いにヒントが出ます。",
    "unexplained": "よくある誤りでは説明できません。",
    "revealed": "答えを表示しました。",
}
WORDS = {"en": ENGLISH, "ja": JAPANESE}

#: Colours and borders of fields; a dashed border says what the colour says to those who do not tell colours apart.
FILLS = {"right": "#bfe3d3", "wrong": "#ffd2bf", "": "#ffffff"}
BORDERS = {"right": "2px solid #14513b", "wrong": "2px dashed #c24e00", "": "2px solid transparent"}
#: Up to how many cells a side a form is made.
SIDE = 12


class Quiz(ipywidgets.VBox):
    """A form that checks each cell as it is filled in. Made by `Exercise.quiz`.

    Attributes
    ----------
    exercise : convviz.interactive.exercises.Exercise
    cells : list of list of ipywidgets.Text
        One field per cell of the feature map.
    message : ipywidgets.HTML
        What is said of the last cell that was filled in.
    hint, reveal : ipywidgets.Button
    """

    def __init__(self, exercise: Exercise, lang: Language = "en"):
        self.exercise, self._lang, self._words = exercise, lang, WORDS[lang]
        self._answer = exercise.answer
        if max(self._answer.shape) > SIDE:
            raise ValueError(f"the feature map is {self._answer.shape}; a quiz has at most {SIDE} rows and columns")
        self.cells = [[self._field(row, column) for column in range(self._answer.shape[1])] for row in range(len(self._answer))]
        self.message = ipywidgets.HTML()
        self.hint = ipywidgets.Button(description=self._words["hint"], icon="lightbulb-o")
        self.reveal = ipywidgets.Button(description=self._words["reveal"], icon="eye")
        self.hint.on_click(lambda _: self._give_hint())
        self.reveal.on_click(lambda _: self._show_answer())
        scene = blank_scene(exercise, lang)
        picture = ipywidgets.HTML(svg(scene, size=(640, round(640 * scene.stage.height / scene.stage.width))))
        rows = [ipywidgets.HBox(row) for row in self.cells]
        super().__init__([picture, *rows, ipywidgets.HBox([self.hint, self.reveal]), self.message])

    def _field(self, row, column):
        """The field of one cell."""
        cell = ipywidgets.Text(continuous_update=False, layout=ipywidgets.Layout(width="5em"))
        give_tooltip(cell, self._words["cell"].format(row, column))
        cell.observe(lambda _: self._judge(row, column), names="value")
        return cell

    def _judge(self, row, column):
        """Say whether the cell that was just filled in is right."""
        place, text = self._words["cell"].format(row, column), self.cells[row][column].value
        value = self._number(text)
        if not text.strip():
            self._mark(row, column, "")
            self._say()
            return
        if value is None:
            self._mark(row, column, "wrong")
            self._say(self._words["ambiguous" if is_ambiguous(text) else "number"].format(place, text))
            return
        right = value == self._answer[row, column]
        self._mark(row, column, "right" if right else "wrong")
        self._say(self._words["right" if right else "wrong"].format(place), self._progress())

    def _number(self, text):
        """A field's text as a number; None if it is none."""
        try:
            value = number(text)
        except Usage:
            return None
        if not math.isfinite(value):
            return None
        return int(value) if value == int(value) else value

    def _values(self):
        """What is filled in, None for blank fields and for texts that are not numbers."""
        return [[self._number(cell.value) for cell in row] for row in self.cells]

    def _progress(self):
        """How many cells are right."""
        values = self._values()
        right = sum(value == self._answer[r, c] for r, row in enumerate(values) for c, value in enumerate(row))
        everything = self._answer.size
        return self._words["done"].format(everything) if right == everything else self._words["left"].format(right, everything)

    def _mark(self, row, column, state):
        """Colour a field and its border."""
        cell = self.cells[row][column]
        cell.style.background, cell.style.text_color = FILLS[state], "#1a1a1a"
        cell.layout.border = BORDERS[state]

    def _say(self, *lines):
        """Show lines of text under the form."""
        self.message.value = "<br>".join(escape(line) for line in lines)

    def _give_hint(self):
        """Say which mistake would explain what is filled in."""
        values = self._values()
        if all(value is None for row in values for value in row):
            self._say(self._words["no_hint"])
            return
        report = self.exercise.check(values, lang=self._lang)
        if report:
            self._say(self._progress())
            return
        fits = report.explanations and report.explanations[0].whole and len(report.cells) > 1
        lines = explanation_lines(report, PHRASES[self._lang])
        self._say(*(lines if fits else [self._cell_hint(report, cell) for cell in report.cells[:3]]))

    def _cell_hint(self, report, cell):
        """A hint for one cell that does not give the answer away."""
        step = report.trace[cell.index]
        found = cell.slips or cell_mistakes(report.trace, step, cell.answered, lambda a, b: a == b)
        said = slip_line(replace(cell, slips=tuple(found)), PHRASES[self._lang], self._lang) if found else None
        return (
            f"{self._words['cell'].format(*cell.position)} ({show(cell.answered).text}): {said or self._words['unexplained']}"
        )

    def _show_answer(self):
        """Fill in the right numbers."""
        for row, line in enumerate(self.cells):
            for column, cell in enumerate(line):
                cell.value = str(int(self._answer[row, column]))
        self._say(self._words["revealed"])


def is_ambiguous(text):
    """Whether a text can be two numbers."""
    try:
        number(text)
    except Ambiguous:
        return True
    except Usage:
        pass
    return False


def quiz(exercise: Exercise, lang: Language = "en") -> Quiz:
    """A form for an exercise; see `convviz.interactive.exercises.Exercise.quiz`.

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
    >>> form = quiz(exercise("max_pooling", seed=1))
    >>> form.cells[0][0].value = "999"
    >>> form.message.value
    'row 0, column 0: not right.<br>0 of 4 cells are right.'
    """
    from convviz.stage.captions import captions

    captions(lang)
    return Quiz(exercise, lang)
