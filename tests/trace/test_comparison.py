"""Two operations side by side, stepping together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convviz as cv
from convviz.stage.theme import ROLES

KERNEL = [[1, 2, 2], [0, 0, 1], [2, 1, 1]]
IMAGE = cv.examples.get("lecture_6x6").image
AMOUNTS = st.integers(0, 2)


@st.composite
def operations(draw):
    options = {
        "strides": draw(st.integers(1, 3)),
        "dilation_rate": draw(st.integers(1, 2)),
        "padding": draw(st.sampled_from(["valid", "same", "full"])),
    }
    if draw(st.booleans()):
        return cv.Convolution(np.arange(1, 1 + draw(st.integers(1, 3)))[:, None], **options)
    return cv.MaxPooling(draw(st.integers(1, 3)), **options)


@given(operations(), operations(), st.data())
def test_each_side_is_its_own_trace(a, b, data):
    both = cv.compare(a, b, IMAGE)
    for trace, side in ((both.left, 0), (both.right, 1)):
        found = [both.steps_at(index)[side] for index in range(len(both))]
        assert [step for step in found if step is not None] == list(range(len(trace)))
    board = both.board(steps=range(len(both)))
    index = data.draw(st.integers(0, len(both) - 1))
    scene = board.scene(index)
    for name, trace, step in zip(("left", "right"), (both.left, both.right), both.steps_at(index), strict=True):
        grid = scene.stage.grid(f"{name}.output")
        done = [cell for cell in scene.cells(grid) if cell.text]
        before = [s for i in range(index + 1) if (s := both.steps_at(i)[name == "right"]) is not None]
        assert len(done) == len(before)
        assert [cell.text for cell in done] == [f"{value}".replace("-", "−") for value in trace.output.ravel()[: len(done)]]
        current = [cell for cell in scene.cells(grid) if cell.role == "current"]
        assert len(current) == (step is not None)
        if step is not None:
            assert grid.step_of(*trace[step].position) == index


def test_same_and_valid_meet_where_both_have_a_window():
    both = cv.compare(cv.Convolution(KERNEL, padding="same"), cv.Convolution(KERNEL), IMAGE)
    assert len(both) == 36
    assert both.steps_at(0) == (0, None)
    assert both.steps_at(7) == (7, 0)
    scene = both.scene(0)
    assert scene.frame.texts["right.place"] == "step 1 of 36 · no window stands here"
    assert "Right: no window stands here" in scene.frame.spoken
    assert not any(mark.grid.startswith("right") for mark in scene.marks)


def test_what_differs_is_named():
    both = cv.compare(cv.Convolution(KERNEL), cv.Convolution(KERNEL, flip_kernel=True), IMAGE)
    texts = {text.name: text.text for text in both.board().stage.texts}
    left, right = texts["left.title"], texts["right.title"]
    assert (left, right) == (both.left.board().stage.title, both.right.board().stage.title)
    assert right.endswith("kernel flipped")


def test_kernels_light_what_they_meet_on_their_side():
    both = cv.compare(cv.Convolution(KERNEL), cv.Convolution(KERNEL, strides=2), IMAGE)
    stage = both.board().stage
    assert [stage.grid(f"{side}.kernel").meets[0] for side in ("left", "right")] == ["left.input", "right.input"]
    grouped = cv.Convolution(np.ones((2, 2, 1, 2)), groups=2)
    stage = cv.compare(grouped, grouped, np.ones((3, 3, 2))).board().stage
    assert all(grid.meets is None for grid in stage.grids)


def test_everything_stands_on_the_stage():
    for both in (
        cv.compare(cv.MaxPooling(2), cv.AveragePooling(2), cv.examples.photograph()),
        cv.compare(cv.Convolution(KERNEL), cv.MaxPooling(2), IMAGE),
        cv.compare(cv.TransposedConvolution(KERNEL, strides=2), cv.TransposedConvolution(KERNEL), [[1, 2], [3, 4]]),
    ):
        scene = both.scene(len(both) // 2)
        stage = scene.stage
        left = [grid for grid in stage.grids if grid.name.startswith("left.")]
        right = [grid for grid in stage.grids if grid.name.startswith("right.")]
        assert max(grid.x + grid.width for grid in left) < min(grid.x for grid in right)
        assert all(0 <= grid.x and grid.x + grid.width <= stage.width for grid in stage.grids)
        assert all(0 <= grid.y and grid.y + grid.height <= stage.height for grid in stage.grids)
        assert all(cell.role in ROLES for grid in stage.grids for cell in scene.cells(grid))


@pytest.mark.parametrize("ending", ["gif", "html", "svg", "png", "pdf"])
def test_every_file_can_be_written(ending, tmp_path):
    both = cv.compare(cv.MaxPooling(2), cv.AveragePooling(2), [[3, 4, 1, 1], [1, 2, 0, 5]])
    assert both.save(tmp_path / f"both.{ending}").stat().st_size > 1000
    assert both._repr_html_().startswith('<div class="convviz"')
    assert "step 2 of 2" in both.text(1)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((cv.MaxPooling(2), "average"), TypeError, "b is 'average'; expected an operation"),
        ((cv.MaxPooling(2), cv.MaxPooling(7), IMAGE), ValueError, "spans 7 rows"),
    ],
)
def test_nonsense_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        cv.compare(*arguments)


def test_a_step_that_there_is_not():
    with pytest.raises(IndexError, match="step 99"):
        cv.compare(cv.MaxPooling(2), cv.AveragePooling(2)).scene(99)


@pytest.mark.parametrize("settings", [{"padding": "same"}, {"padding": "full"}, {"strides": 2, "padding": 1}])
def test_both_images_stand_at_one_height(settings):
    both = cv.compare(cv.Convolution(KERNEL), cv.Convolution(KERNEL, **settings), IMAGE)
    stage = both.board().stage
    grids = [stage.grid(f"{side}.input") for side in ("left", "right")]
    assert len({round(grid.y - grid.origin[0] * grid.pitch, 9) for grid in grids}) == 1
    below = {text.name.split(".", 1)[1]: text.y for text in stage.texts if text.name.startswith("left.formula")}
    assert below == {text.name.split(".", 1)[1]: text.y for text in stage.texts if text.name.startswith("right.formula")}
    assert all(grid.y + grid.height < below["formula"] for grid in stage.grids)
