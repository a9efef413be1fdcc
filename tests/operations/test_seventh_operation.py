"""An operation of one's own: minimum pooling, defined in this file alone, gets all that the six operations have."""

from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

import convviz as cv
from convviz.check.sentences import SENTENCES, add_sentences
from convviz.interactive.start import settings_of
from convviz.operations import Pooling, class_of, register
from convviz.operations.base import CLASSES
from convviz.operations.framework_code import framework_code, python_code
from convviz.operations.names import OperationNames
from convviz.steps import Step
from convviz.steps.notation import equation, show

IMAGE = [[3, 4, 5, 6], [1, 2, 3, 4], [-1, 3, 0, 3], [2, 2, 5, 2]]


@dataclass(frozen=True, eq=False, repr=False)
class MinimumStep(Step):
    """A step of minimum pooling; `chosen` holds the cell that is the minimum."""

    kind = "minimum"
    running = ()

    chosen: tuple = ()

    def holds(self):
        return min(float(value) for value in self.values.ravel()) == float(self.result)

    def formula(self, limit=49):
        cells = [show(value) for value in self.values.ravel()]
        texts = ", ".join(cell.text for cell in cells)
        return equation(f"min({texts})", min(cell.number for cell in cells), show(self.result))


class MinPooling(Pooling):
    """The smallest value of every window."""

    names = OperationNames(
        kind="min_pooling",
        python="MinPooling",
        titles={"en": "Min pooling", "ja": "最小値プーリング"},
        outside={"en": "cells beyond the end{} are never the minimum", "ja": "端を越えるセル{}は最小値にならない"},
    )
    padding_value = np.inf

    def bound(self, batch):
        return 0

    def _compute(self, batch, kernels=None):
        where = self.geometry(batch.shape[1:3])
        result = np.empty((batch.shape[0], *where.output_shape, batch.shape[3]), batch.dtype)
        for row in range(result.shape[1]):
            for column in range(result.shape[2]):
                y, x = (
                    [cell for cell in map(axis.source, axis.cells(i)) if cell is not None]
                    for axis, i in ((where.rows, row), (where.columns, column))
                )
                result[:, row, column] = batch[:, y][:, :, x].min(axis=(1, 2))
        return result

    def make_step(self, window):
        values = window.values[:, :, 0]
        i, j = min(np.ndindex(values.shape), key=lambda cell: values[cell])
        return MinimumStep(**vars(window), chosen=((window.rows[i], window.columns[j]),))

    def map_mistakes(self, task):
        yield task.attempt("maximum_for_minimum", lambda: self.sibling("max_pooling").compute(task.numbers))
        yield from super().map_mistakes(task)

    def cell_mistakes(self, trace, step):
        cells = sorted(set(step.values.ravel()))
        if len(cells) > 1:
            yield "second_smallest", (cells[1],), cells[1]
        yield from super().cell_mistakes(trace, step)


MIN = MinPooling(2)
PADDED = MinPooling(3, strides=2, padding="same")


@pytest.fixture(scope="module", autouse=True)
def known():
    """Let convviz know the operation and the sentences about its mistakes, while the tests of this file run."""
    register(MinPooling)
    add_sentences(
        "maximum_for_minimum",
        "The maximum of each window was taken, not the minimum.",
        "最小値ではなく最大値を取っています。",
    )
    add_sentences("second_smallest", "The second smallest value, {}, was taken.", "2 番目に小さい値 {} を取っています。")
    yield
    del CLASSES["min_pooling"]
    for sentences in SENTENCES.values():
        del sentences["maximum_for_minimum"], sentences["second_smallest"]


@pytest.fixture
def trace():
    return MIN.trace(IMAGE)


def test_result():
    rng = np.random.default_rng(0)
    image = rng.integers(-9, 10, (2, 7, 6, 3))
    wanted = [[image[:, y : y + 3, x : x + 3].min(axis=(1, 2)) for x in range(0, 4, 2)] for y in range(0, 5, 2)]
    assert np.array_equal(MinPooling(3, strides=2)(image), np.array(wanted).transpose(2, 0, 1, 3))
    assert MIN(IMAGE).tolist() == [[1, 3], [-1, 0]]
    assert class_of("min_pooling") is MinPooling
    assert MIN.changed(strides=1)(IMAGE).tolist() == [[1, 2, 3], [-1, 0, 0], [-1, 0, 0]]
    assert cv.MaxPooling(3, 2).sibling("min_pooling").strides == (2, 2)


def test_trace(trace):
    assert len(trace) == 4
    assert trace.output.tolist() == [[1, 3], [-1, 0]]
    assert trace[0].formula() == "min(3, 4, 1, 2) = 1"
    assert (trace[0].kind, trace[0].chosen) == ("minimum", ((1, 0),))
    assert PADDED.trace(IMAGE)[3].formula() == "min(0, 3, ∞, 5, 2, ∞, ∞, ∞, ∞) = 0"


def test_backward():
    trace = MIN.trace(IMAGE, view="backward", gradient=[[1, 2], [3, 4]])
    assert trace.output.tolist() == [[0, 0, 0, 0], [1, 0, 2, 0], [3, 0, 4, 0], [0, 0, 0, 0]]


def test_terminal_text(trace):
    text = trace.text(0)
    assert "Min pooling: 2×2 pool" in text
    assert "min(3, 4, 1, 2) = 1" in text
    assert "最小値プーリング" in trace.text(0, lang="ja")
    assert "∞" in PADDED.trace(IMAGE).text(3)


def roles(trace, index):
    """The roles of the cells of the image that a step colours, by position."""
    return {cell: role for cell, (_, role, _) in trace.scene(index).frame.cells["input"].items()}


def test_the_minimum_is_marked(trace):
    assert roles(trace, 0) == {(0, 0): "window", (0, 1): "window", (1, 0): "winner", (1, 1): "window"}


def test_cells_beyond_the_end():
    image = [[5, 6, 7]]
    texts = [text.text for text in MinPooling(2, ceil_mode=True, padding=((0, 1), (0, 0))).trace(image).scene(0).stage.texts]
    assert any("are never the minimum" in text for text in texts)


@pytest.mark.parametrize("ending", ["svg", "html", "gif", "pptx"])
def test_files(trace, tmp_path, ending):
    path = trace.save(tmp_path / f"min.{ending}", **({"step": 1} if ending == "svg" else {}))
    data = path.read_bytes()
    if ending == "svg":
        assert "min(5, 6, 3, 4)" in data.decode()
    elif ending == "html":
        assert "min(0, 3, 5, 2) = 0" in data.decode()
    elif ending == "gif":
        with Image.open(path) as film:
            assert film.n_frames >= 4
    else:
        from pptx import Presentation

        slides = Presentation(path).slides
        assert len(slides) == 4
        assert any("min(3, 4, 1, 2) = 1" in shape.text_frame.text for shape in slides[0].shapes if shape.has_text_frame)


def test_check():
    assert MIN.check(IMAGE, [[1, 3], [-1, 0]])
    report = MIN.check(IMAGE, cv.MaxPooling(2)(IMAGE))
    assert report.explanations[0].kind == "maximum_for_minimum"
    assert "The maximum of each window was taken, not the minimum." in str(report)
    assert report.explanations[0].sentence("ja") == "最小値ではなく最大値を取っています。"
    report = MIN.check(IMAGE, MIN.changed(strides=1)(IMAGE))
    assert report.explanations[0].kind == "strides_one"
    report = MIN.check(IMAGE, [[2, 3], [-1, 0]])
    assert report.cells[0].formula == "min(3, 4, 1, 2) = 1"
    assert report.explanations[0].sentence() == "The second smallest value, 2, was taken."
    assert "min(3, 4, 1, 2)" in report._repr_html_()


def test_side_by_side():
    both = cv.compare(MIN, cv.MaxPooling(2), IMAGE)
    assert "min(3, 4, 1, 2) = 1" in both.text(0)


def test_code():
    assert python_code(MIN) == "MinPooling(2)"
    assert [str(code) for code in framework_code(MIN, (4, 4, 1))] == [
        "# Keras has no such layer",
        "# PyTorch has no such layer",
    ]


def test_settings():
    now = settings_of(MIN, IMAGE)
    assert now.kind == "min_pooling"
    assert now.operation()(IMAGE).tolist() == [[1, 3], [-1, 0]]
    assert now.change("strides", (1, 1)).trace().output.tolist() == [[1, 2, 3], [-1, 0, 0], [-1, 0, 0]]
    assert now.options("pool_size", 0).values == (1, 2, 3, 4)
    assert now.change("kind", "max_pooling").operation()(IMAGE).tolist() == [[4, 6], [3, 5]]
    assert now.change("kind", "max_pooling").change("kind", "min_pooling").operation()(IMAGE).tolist() == [[1, 3], [-1, 0]]


def test_explore(monkeypatch):
    monkeypatch.setattr("convviz.interactive.explorer.require_notebook", lambda *words: None)
    explorer = cv.explore(MIN, IMAGE)
    assert explorer.operation.kind == "min_pooling"
    assert explorer.trace.output.tolist() == [[1, 3], [-1, 0]]
    assert "min(0, 3, 5, 2) = 0" in explorer._html
    next(choice for choice in explorer._panels.choices if (choice.name, choice.axis) == ("strides", "all")).widget.value = 1
    assert explorer.trace.output.tolist() == [[1, 2, 3], [-1, 0, 0], [-1, 0, 0]]
