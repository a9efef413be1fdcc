"""An operation of one's own that is no pooling, with a setting of its own, and definitions that make no sense."""

from dataclasses import dataclass

import numpy as np
import pytest

import convviz as cv
from convviz import geometry
from convviz.check import check
from convviz.check.sentences import sentence
from convviz.interactive.start import settings_of
from convviz.operations import Operation, class_of, register
from convviz.operations.base import CLASSES
from convviz.operations.framework_code import framework_code, python_code
from convviz.operations.names import OperationNames
from convviz.steps import Step
from convviz.trace import trace

IMAGE = [[3, 4, 5], [1, 2, 9], [0, 7, 2]]
RIGHT = [[3, 7], [7, 7]]


@dataclass(frozen=True, eq=False, repr=False)
class RangeStep(Step):
    """A step: the largest value of a window less the smallest."""

    kind = "range"
    running = ()

    def holds(self):
        return self.values.max() - self.values.min() == self.result

    def formula(self, limit=49):
        return f"{self.values.max()} − {self.values.min()} = {self.result}"


class Range(Operation):
    """The largest value of every square window less the smallest. It has no strides, padding or titles."""

    names = OperationNames(kind="range", python="Range")
    settings = ("size",)

    def __init__(self, size=2):
        self.size = size

    def geometry(self, shape):
        return geometry.window_geometry(shape, (self.size, self.size), kind="pool")

    def _compute(self, batch, kernels=None):
        windows = np.lib.stride_tricks.sliding_window_view(batch, (self.size, self.size), axis=(1, 2))
        return windows.max(axis=(4, 5)) - windows.min(axis=(4, 5))

    def make_step(self, window):
        return RangeStep(**vars(window))

    def cell_mistakes(self, trace, step):
        yield "largest_taken", (), step.values.max()
        yield from super().cell_mistakes(trace, step)


@pytest.fixture(autouse=True)
def known():
    """Let convviz know the operation while a test runs."""
    before = dict(CLASSES)
    register(Range)
    yield
    CLASSES.clear()
    CLASSES.update(before)


@pytest.fixture
def explorer(monkeypatch):
    """A function that explores an operation, as in a notebook."""
    monkeypatch.setattr("convviz.interactive.explorer.require_notebook", lambda *words: None)
    return cv.explore


def test_result_trace_and_code():
    assert Range()(IMAGE).tolist() == RIGHT
    made = Range().trace(IMAGE)
    assert made.output.tolist() == RIGHT
    assert made[1].formula() == "9 − 2 = 7"
    assert python_code(Range(3)) == "Range(size=3)"
    assert [code.code for code in framework_code(Range(), (3, 3, 1))] == ["", ""]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_text_and_files(tmp_path, lang):
    made = Range().trace(IMAGE)
    assert "9 − 2 = 7" in made.text(1, lang=lang)
    assert "Range" in made.text(1, lang=lang)
    assert "9 − 2 = 7" in made.save(tmp_path / "range.svg", step=1, lang=lang).read_text(encoding="utf-8")
    assert "9 − 2 = 7" in made.save(tmp_path / "range.html", lang=lang).read_text(encoding="utf-8")


def test_a_wrong_answer_is_explained():
    assert Range().check(IMAGE, RIGHT)
    report = Range().check(IMAGE, np.transpose([[3, 7], [7, 7]]) + 1)
    assert not report
    assert "9 − 2 = 7" in str(report)
    late = Range()(np.vstack([IMAGE[1:], [[0, 0, 0]]]))
    assert "row_late" in [each.kind for each in Range().check(IMAGE, late).explanations]


def test_a_mistake_without_a_sentence_shows_its_kind():
    report = Range().check(IMAGE, [[4, 7], [7, 7]])
    assert report.explanations[0].kind == "largest_taken"
    assert "largest_taken" in str(report)
    assert sentence("largest_taken", (1, 2), "ja") == "largest_taken"
    assert "largest_taken" in report._repr_html_()


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_explore_keeps_a_setting_without_controls(explorer, lang):
    made = explorer(Range(3), np.arange(16).reshape(4, 4), lang)
    assert repr(made.operation) == "Range(size=3)"
    assert made.trace.output.tolist() == [[10, 10], [10, 10]]
    state = settings_of(Range(3), IMAGE)
    assert repr(state.change("kind", "max_pooling").change("kind", "range").operation()) == "Range(size=3)"
    assert "range" in state.options("kind").values
    assert repr(state.change("size", (4, 5)).operation()) == "Range(size=3)"


def test_other_operations_are_explored_beside_one_without_titles(explorer):
    made = explorer(cv.MaxPooling(2), lang="ja")
    listed = next(choice for choice in made._panels.choices if choice.name == "kind").widget.options
    assert ("range", "range") in listed


def test_a_subclass_is_explored_as_what_it_is(explorer):
    class Doubled(cv.MaxPooling):
        def _compute(self, batch, kernels=None):
            return 2 * super()._compute(batch)

        def make_step(self, window):
            return RangeStep(**vars(window))

    made = explorer(Doubled(2), IMAGE)
    assert type(made.operation) is Doubled
    state = settings_of(Doubled(2), IMAGE).change("strides", (1, 1))
    assert state.operation()(IMAGE).tolist() == [[8, 18], [14, 18]]
    assert type(state.change("kind", "average_pooling").operation()) is cv.AveragePooling


@pytest.mark.parametrize("value", [3, dict, "max_pooling", None])
def test_only_operations_can_be_registered(value):
    with pytest.raises(TypeError, match="expected a subclass of convviz.operations.Operation"):
        register(value)


def test_an_operation_without_names_is_refused():
    class Nameless(Operation):
        pass

    with pytest.raises(TypeError, match="the names of Nameless are None; expected convviz.operations.names.OperationNames"):
        register(Nameless)


def test_a_kind_belongs_to_one_class():
    class Other(cv.MaxPooling):
        pass

    with pytest.raises(ValueError, match="the kind 'max_pooling' of Other is that of MaxPooling"):
        register(Other)
    assert class_of("max_pooling") is cv.MaxPooling


def test_a_class_defined_again_replaces_the_one_before():
    again = type("Range", (Range,), {"__module__": Range.__module__, "__qualname__": Range.__qualname__})
    assert register(again) is again
    assert class_of("range") is again


@pytest.mark.parametrize("kind", [[], {}, None, 3, "max"])
def test_what_is_no_kind_is_refused(kind):
    with pytest.raises(ValueError, match="expected one of 'convolution'"):
        class_of(kind)


def test_methods_that_return_nothing_are_named():
    class Empty(Range):
        def _compute(self, batch, kernels=None):
            pass

    class Stepless(Range):
        def make_step(self, window):
            pass

    with pytest.raises(TypeError, match="Empty._compute returned None; expected an array"):
        Empty()(IMAGE)
    with pytest.raises(TypeError, match="Stepless.make_step returned None; expected a step"):
        Stepless().trace(IMAGE)[0]


@pytest.mark.parametrize("value", ["x", None, 3, cv.MaxPooling])
def test_what_is_no_operation_has_no_trace_and_no_check(value):
    for call in (lambda: trace(value, IMAGE), lambda: check(value, IMAGE, RIGHT), lambda: cv.compare(value, Range(), IMAGE)):
        with pytest.raises(TypeError, match=r"expected an operation such as convviz.Convolution\(…\)"):
            call()


class Weighted(Operation):
    """A convolution by a kernel that covers the image's channels one by one, with no more than what the docs list."""

    names = OperationNames(kind="weighted", python="Weighted")
    settings = ("kernel",)
    weighted = True
    bias = None

    def __init__(self, kernel):
        self.kernel = np.array(kernel)

    groups = 1

    def geometry(self, shape):
        return geometry.window_geometry(shape, self.kernel.shape)

    def _compute(self, batch, kernels=None):
        windows = np.lib.stride_tricks.sliding_window_view(batch, self.kernel.shape, axis=(1, 2))
        return (windows * self.kernel).sum(axis=(3, 4, 5))[..., None]

    def weights(self, channels):
        return np.repeat(self.kernel[:, :, None, None], channels, axis=2)

    def spread_bias(self, filters):
        return np.zeros(filters, int)

    def window_weights(self, weights, channel, channels):
        return weights[:, :, :, channel]

    def make_step(self, window):
        products = window.values * window.weights
        return Step(**vars(window), products=products, sums=products.sum(axis=(0, 1)))


def test_an_operation_with_a_kernel_needs_only_what_the_docs_list(tmp_path):
    operation = Weighted([[1, 2]])
    made = operation.trace([[3, 4, 5]])
    assert made[0].formula() == "3×1 + 4×2 = 11"
    assert "3×1 + 4×2 = 11" in made.text(0)
    assert "Weighted" in made.save(tmp_path / "weighted.html").read_text(encoding="utf-8")
    report = operation.check([[3, 4, 5]], [[11, 41]])
    assert "4×1 + 5×2 = 14" in str(report)


def test_a_remark_may_be_missing_in_a_language():
    class Quiet(cv.MaxPooling):
        names = OperationNames(kind="quiet", python="Quiet", outside={"en": "cells beyond the end{} are skipped"})

    made = Quiet(2, ceil_mode=True).trace(IMAGE)
    assert any("are skipped" in text.text for text in made.scene(0).stage.texts)
    assert not any("are skipped" in text.text for text in made.scene(0, lang="ja").stage.texts)
