"""A form for an exercise: it checks each cell as it is filled in."""

import math
from dataclasses import replace
from html import escape

import ipywidgets

from convviz.check.cell_mistakes import cell_mistakes
from convviz.check.report_text import PHRASES, explanation_lines, slip_line
from convviz.interactive.worksheets import blank_scene
from convviz.render.svg import svg
from convviz.steps.notation import show

__all__ = ["Quiz", "quiz"]

ENGLISH = {
    "reveal": "Reveal",
    "hint": "Hint",
    "cell": "row {}, column {}",
    "right": "{}: right.",
    "wrong": "{}: not right.",
    "number": "{}: “{}” is not a number.",
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

    def __init__(self, exercise, lang="en"):
        self.exercise, self.lang, self.words = exercise, lang, WORDS[lang]
        self.answer = exercise.answer
        if max(self.answer.shape) > SIDE:
            raise ValueError(f"the feature map is {self.answer.shape}; a quiz has at most {SIDE} rows and columns")
        self.cells = [[self.field(row, column) for column in range(self.answer.shape[1])] for row in range(len(self.answer))]
        self.message = ipywidgets.HTML()
        self.hint = ipywidgets.Button(description=self.words["hint"], icon="lightbulb-o")
        self.reveal = ipywidgets.Button(description=self.words["reveal"], icon="eye")
        self.hint.on_click(lambda _: self.give_hint())
        self.reveal.on_click(lambda _: self.show_answer())
        scene = blank_scene(exercise, lang)
        picture = ipywidgets.HTML(svg(scene, size=(640, round(640 * scene.stage.height / scene.stage.width))))
        rows = [ipywidgets.HBox(row) for row in self.cells]
        super().__init__([picture, *rows, ipywidgets.HBox([self.hint, self.reveal]), self.message])

    def field(self, row, column):
        """The field of one cell."""
        cell = ipywidgets.Text(
            continuous_update=False,
            layout=ipywidgets.Layout(width="5em"),
            tooltip=self.words["cell"].format(row, column),
        )
        cell.observe(lambda _: self.judge(row, column), names="value")
        return cell

    def judge(self, row, column):
        """Look at the cell that was just filled in, and say whether it is right."""
        place, text = self.words["cell"].format(row, column), self.cells[row][column].value
        value = self.number(text)
        if not text.strip():
            self.mark(row, column, "")
            self.say()
            return
        if value is None:
            self.mark(row, column, "wrong")
            self.say(self.words["number"].format(place, text))
            return
        right = value == self.answer[row, column]
        self.mark(row, column, "right" if right else "wrong")
        self.say(self.words["right" if right else "wrong"].format(place), self.progress())

    def number(self, text):
        """A field's text as a number; None if it is none."""
        text = text.strip().replace("−", "-").replace(",", ".")
        try:
            value = float(text)
        except ValueError:
            return None
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() else value

    def values(self):
        """What is filled in, None for blank fields and for texts that are not numbers."""
        return [[self.number(cell.value) for cell in row] for row in self.cells]

    def progress(self):
        """How many cells are right."""
        values = self.values()
        right = sum(value == self.answer[r, c] for r, row in enumerate(values) for c, value in enumerate(row))
        everything = self.answer.size
        return self.words["done"].format(everything) if right == everything else self.words["left"].format(right, everything)

    def mark(self, row, column, state):
        """Colour a field and its border."""
        cell = self.cells[row][column]
        cell.style.background, cell.style.text_color = FILLS[state], "#1a1a1a"
        cell.layout.border = BORDERS[state]

    def say(self, *lines):
        """Show lines of text under the form."""
        self.message.value = "<br>".join(escape(line) for line in lines)

    def give_hint(self):
        """Say which mistake would explain what is filled in."""
        values = self.values()
        if all(value is None for row in values for value in row):
            self.say(self.words["no_hint"])
            return
        report = self.exercise.check(values, lang=self.lang)
        if report:
            self.say(self.progress())
            return
        fits = report.explanations and report.explanations[0].whole and len(report.cells) > 1
        lines = explanation_lines(report, PHRASES[self.lang])
        self.say(*(lines if fits else [self.cell_hint(report, cell) for cell in report.cells[:3]]))

    def cell_hint(self, report, cell):
        """A hint for one cell that does not give the answer away."""
        step = report.trace[cell.index]
        found = cell.slips or cell_mistakes(report.trace, step, cell.answered, lambda a, b: a == b)
        said = slip_line(replace(cell, slips=tuple(found)), PHRASES[self.lang], self.lang) if found else None
        return f"{self.words['cell'].format(*cell.position)} ({show(cell.answered).text}): {said or self.words['unexplained']}"

    def show_answer(self):
        """Fill in the right numbers."""
        for row, line in enumerate(self.cells):
            for column, cell in enumerate(line):
                cell.value = str(int(self.answer[row, column]))
        self.say(self.words["revealed"])


def quiz(exercise, lang="en"):
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
