"""Every medium writes the formula that the step says, and no other one."""

import io
import re
from html import unescape

import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image, ImageSequence
from pptx import Presentation

import convviz as cv
from convviz.interactive import Explorer
from convviz.interactive.start import settings_of
from convviz.steps import Step

TRACE = cv.Convolution([[0.1, 1 / 3]]).trace([[0.3, 0.6, 0.9]])
EXERCISE = cv.exercise("convolution", seed=1)
WRONG = [[1, 1], [1, 1]]


def said(step, *how):
    """What a step might say that nothing else says."""
    return f"7×{step.index} ≈ 7777"


def deck(path):
    """The texts of a deck."""
    return "\n".join(
        shape.text_frame.text for slide in Presentation(path).slides for shape in slide.shapes if shape.has_text_frame
    )


def saved(ending, read, **options):
    """A medium that is a file of all steps."""

    def text(folder):
        return read(TRACE.save(folder / f"steps{ending}", **options))

    return text


def written(path):
    """A file that is text."""
    return unescape(path.read_text())


def explored(folder):
    explorer = Explorer(settings_of("convolution"))
    return unescape(explorer._html)


def figure_texts(folder):
    return "\n".join(text.get_text() for text in TRACE.figure(0).findobj(Text))


#: What writes the formula of step 0 as text, by name: a function of a folder.
MEDIA = {
    "terminal": lambda folder: TRACE.text(0),
    "svg": saved(".svg", written),
    "page": saved(".html", written),
    "page that hides results": saved(".html", written, predict=True),
    "notebook": lambda folder: unescape(TRACE._repr_html_()),
    "slides": saved(".pptx", deck),
    "figure": figure_texts,
    "explore": explored,
    "report": lambda folder: str(TRACE.operation.check([[0.3, 0.6, 0.9]], [[5, 5]])),
    "report, cells": lambda folder: TRACE.operation.check([[0.3, 0.6, 0.9]], [[5, 5]]).cells[0].formula,
    "answer key": lambda folder: written(EXERCISE.worksheet(folder / "sheet.html")[1]),
    "answer key as PDF": lambda folder: drawn_texts(lambda: EXERCISE.worksheet(folder / "sheet.pdf")),
    "pdf": lambda folder: drawn_texts(lambda: TRACE.save(folder / "steps.pdf")),
    "repr": lambda folder: repr(TRACE[0]),
}


def drawn_texts(write):
    """The texts that matplotlib is given while a file is written."""
    texts, original = [], Text.set_text

    def noted(self, text):
        texts.append(str(text))
        original(self, text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "set_text", noted)
        write()
    return "\n".join(texts)


@pytest.mark.parametrize("medium", MEDIA)
def test_the_formula_is_that_of_the_step(medium, monkeypatch, tmp_path):
    before = MEDIA[medium](tmp_path)
    assert "7777" not in before
    monkeypatch.setattr(Step, "write", said)
    after = MEDIA[medium](tmp_path)
    # a page sends what all steps have in common once
    assert "7×0 ≈ 7777" in after or ("7×" in after and " ≈ 7777" in after), after


def frames(data):
    """The frames of a picture."""
    with Image.open(io.BytesIO(data)) as picture:
        return [np.asarray(frame.convert("RGB"), int) for frame in ImageSequence.Iterator(picture)]


@pytest.mark.parametrize("ending", [".png", ".gif", ".webp", ".apng"])
def test_pictures_show_the_formula_of_the_step(ending, monkeypatch, tmp_path):
    before = frames(TRACE.save(tmp_path / f"a{ending}").read_bytes())
    monkeypatch.setattr(Step, "write", said)
    after = frames(TRACE.save(tmp_path / f"b{ending}").read_bytes())
    assert before[0].shape == after[0].shape
    changed = np.argwhere((abs(before[0] - after[0]) > 60).any(axis=2))  # the palette of a GIF moves a little
    assert len(changed) and np.ptp(changed[:, 0]) < 40  # one line of text, and nothing else


def formulas(text):
    """What a text states with numbers."""
    return [line for line in text.split("\n") if re.search(r"\d [=≈] ", line)]


def test_a_terminal_says_nothing_else():
    shown = formulas(TRACE.text(0))
    assert shown[0] == TRACE[0].formula() == "0.3×0.1 + 0.6×0.3333 ≈ 0.23"
    assert all("output size" in line or line == shown[0] for line in shown)
