"""Two operations side by side, stepping together."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from overlaps import require_apart

import convviz as cv
from convviz.stage.captions import LANGUAGES
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
    # windows of "valid" stand beside those around the border, and under the others
    assert [both.places.shown_at(index) for index in (0, 5, 7, 14, 35)] == [(0, 0), (5, 3), (7, 0), (14, 5), (35, 15)]
    assert (both.steps_at(0), both.steps_at(7), both.steps_at(14)) == ((0, 0), (7, None), (14, 5))
    scene = both.scene(7)
    assert scene.frame.texts["right.place"] == "step 8 of 36 · row 0, column 0 of the feature map (no new window)"
    assert "Second: Step 1 of 16, row 0, column 0 of the feature map" in scene.frame.spoken
    assert scene.frame.spoken.endswith(f"= {both.right[0].result} (no new window)")
    assert scene.cell(scene.stage.grid("right.output"), 0, 0).role == "done"
    assert {mark.grid for mark in scene.marks} >= {"right.input", "right.output"}


def middles(trace, index):
    """The middle of the window of a step, on the image; of a stamp, on the result."""
    step = trace[index]
    step = getattr(step, "forward", step)
    return tuple((axis[0] + axis[-1]) / 2 for axis in (step.rows, step.columns))


@given(operations(), operations(), st.sampled_from(sorted(LANGUAGES)), st.data())
def test_no_half_is_ever_blank(a, b, lang, data):
    both = cv.compare(a, b, IMAGE)
    board = both.board(lang, steps=range(len(both)), shape=data.draw(st.sampled_from([None, 16 / 9, 0.5, 1])))
    index = data.draw(st.integers(0, len(both) - 1))
    scene = board.scene(index)
    for side, trace, step in zip(("left", "right"), (both.left, both.right), both.places.shown_at(index), strict=True):
        marked = {mark.grid: mark for mark in scene.marks if mark.grid.startswith(side)}
        window, cell = marked[f"{side}.input"], marked[f"{side}.output"]
        assert (cell.row, cell.column) == trace[step].position
        grid = scene.stage.grid(f"{side}.input")
        assert (window.row + grid.origin[0], window.column + grid.origin[1]) == (trace[step].rows[0], trace[step].columns[0])
        shown = scene.cell(scene.stage.grid(f"{side}.output"), *trace[step].position)
        assert shown.text == f"{trace[step].result}".replace("-", "−")
        assert scene.frame.texts[f"{side}.formula"] and f"{index + 1} " in scene.frame.texts[f"{side}.place"]
        assert all(cell.text for grid in scene.stage.grids if grid.name == f"{side}.products" for cell in scene.cells(grid))


@given(operations(), operations())
def test_windows_stand_as_near_to_each_other_as_they_can(a, b):
    both = cv.compare(a, b, IMAGE)
    traces = both.left, both.right
    for axis in (0, 1):
        count = [trace.shape[2 + axis] for trace in traces]
        more, fewer = (0, 1) if count[0] >= count[1] else (1, 0)
        stride = both.shape[3] if axis == 0 else 1
        places = [both.places.shown_at(place * stride) for place in range(both.shape[2 + axis])]
        found = [[middles(traces[side], steps[side])[axis] for side in (more, fewer)] for steps in places]
        others = sorted({other for _, other in found})
        assert len(places) == count[more] and len(others) == count[fewer]
        nearest = [min(abs(one - other) for other in others) for one, _ in found]
        near = [abs(one - other) for one, other in found]
        # a window that is nearest to no other still has a place of its own, where it is not the nearest
        crowded = sum(one != best for one, best in zip(near, nearest, strict=True))
        chosen = {min(range(len(others)), key=lambda k: (abs(one - others[k]), k)) for one, _ in found}
        assert crowded == 0 or len(chosen) < len(others)


@pytest.mark.parametrize("filters", [(1, 3), (3, 1), (2, 3)])
def test_a_trace_with_fewer_filters_keeps_its_last(filters):
    operations = [cv.Convolution(np.arange(4 * count).reshape(2, 2, 1, count)) for count in filters]
    both = cv.compare(*operations, [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    assert len(both) == 4 * max(filters)
    for index in range(len(both)):
        for step, count in zip(both.places.shown_at(index), filters, strict=True):
            assert step == 4 * min(index // 4, count - 1) + index % 4


def test_steps_that_add_up_are_not_taken_back():
    operation = cv.TransposedConvolution([[1, 2], [3, 4]], strides=2)
    traces = [operation.trace([[1, 2], [3, 4]], view=view) for view in ("gather", "scatter")]
    both = cv.compare(*traces)
    board = both.board(steps=range(16))
    assert len(both) == 16
    for index in range(16):
        scene = board.scene(index)
        stamps = both.places.shown_at(index)[1] + 1
        grid = scene.stage.grid("right.output")
        full = [cell for cell in scene.cells(grid) if cell.text]
        assert len(full) == 4 * stamps
        assert stamps == [1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 4, 4, 4, 4, 4, 4][index]
    assert both.places.first_at(1, 3) == 10
    assert [cell.text for cell in scene.cells(grid)] == [str(value) for value in operation([[1, 2], [3, 4]]).ravel()]


def test_a_pooling_stands_beside_its_gradient():
    image = [[3, 4, 1, 0], [1, 2, 5, 2], [0, 1, 2, 3], [7, 1, 0, 2]]
    pooling = cv.MaxPooling(2)
    both = cv.compare(pooling.trace(image), pooling.trace(image, view="backward", gradient=[[1, 2], [3, 4]]))
    for shape in (None, 16 / 9, 0.5):
        board = both.board(shape=shape)
        for index in range(4):
            scene = board.scene(index)
            require_apart(scene)
            assert both.steps_at(index) == (index, index)
            assert scene.frame.texts["right.formula"]
    assert sum(int(cell.text or 0) for cell in scene.cells(scene.stage.grid("right.output"))) == 10


@given(operations(), operations(), st.sampled_from(sorted(LANGUAGES)), st.sampled_from([16 / 9, 4 / 3, 1, 0.5, 390 / 844]))
@settings(max_examples=40)
def test_both_sides_have_letters_of_one_size_and_nothing_overlaps(a, b, lang, shape):
    both = cv.compare(a, b, IMAGE)
    board = both.board(lang, shape=shape, steps=range(len(both)))
    numbers = {grid.font for grid in board.stage.grids if grid.texts is not None}
    assert max(numbers) <= max(min(numbers), 0.34) + 1e-9
    for index in {0, len(both) // 2, len(both) - 1}:
        require_apart(board.scene(index))


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
@pytest.mark.parametrize("shape", [None, 16 / 9, 0.5])
@pytest.mark.parametrize(
    "both",
    [
        cv.compare(cv.GlobalAveragePooling(), cv.MaxPooling(1), np.arange(784).reshape(28, 28) % 10),
        cv.compare(cv.MaxPooling(4), cv.Convolution(KERNEL), np.arange(900).reshape(30, 30) % 256),
        cv.compare(cv.Convolution(np.ones((3, 3, 3, 1), int)), cv.MaxPooling(2), np.arange(75).reshape(5, 5, 3)),
        cv.compare(cv.Convolution([[2]]), cv.Convolution(np.ones((7, 7), int), padding="same"), np.arange(81).reshape(9, 9)),
    ],
    ids=["one and 28×28", "pictures", "channels", "kernels"],
)
def test_sizes_that_differ_much_stand_apart(both, shape, lang):
    board = both.board(lang, steps=4, shape=shape)
    for index in board.indices:
        require_apart(board.scene(index))


@pytest.mark.parametrize(
    ("shape", "below"), [(16 / 9, False), (390 / 844, True), (4, False)], ids=["slide", "telephone", "banner"]
)
def test_sides_stand_beside_each_other_or_one_above_the_other(shape, below):
    both = cv.compare(cv.Convolution(KERNEL), cv.Convolution(KERNEL, strides=2), IMAGE)
    stage = both.board(shape=shape).stage
    boxes = [[grid for grid in stage.grids if grid.name.startswith(side)] for side in ("left", "right")]
    stands_below = max(grid.y + grid.height for grid in boxes[0]) < min(grid.y for grid in boxes[1])
    stands_beside = max(grid.x + grid.width for grid in boxes[0]) < min(grid.x for grid in boxes[1])
    assert (stands_below, stands_beside) == (below, not below)
    if below:  # images one under the other
        left, right = (stage.grid(f"{side}.input") for side in ("left", "right"))
        assert left.x - left.origin[1] == pytest.approx(right.x - right.origin[1])


def test_a_kept_step_is_drawn_once():
    both = cv.compare(cv.MaxPooling(4), cv.MaxPooling(1), np.arange(16).reshape(4, 4))
    board = both.board()
    held = [board.sides[0].frames[both.places.shown_at(index)[0]] for index in board.indices]
    assert len(held) == 16 and len({id(frame) for frame in held}) == 1


def test_what_was_found_before_is_not_asked_again():
    both = cv.compare(cv.MaxPooling(2), cv.MaxPooling(1), np.arange(4).reshape(2, 2))
    asked = [both.board().question(index).cells for index in range(4)]
    assert [cells["left.output"][0, 0][0] for cells in asked] == ["?", None, None, None]
    assert all("?" in [text for text, *_ in cells["right.output"].values()] for cells in asked)


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
    grouped = cv.Convolution(np.ones((2, 2, 2, 2)), groups=2)
    stage = cv.compare(grouped, grouped, np.ones((3, 3, 4))).board().stage
    assert all(grid.meets is None for grid in stage.grids)
    depthwise = cv.Convolution(np.ones((2, 2, 1, 2)), groups=2)  # each filter has a kernel of its own
    stage = cv.compare(depthwise, depthwise, np.ones((3, 3, 2))).board().stage
    for side, filter_ in itertools.product(("left", "right"), range(2)):
        assert stage.grid(f"{side}.kernel.{filter_}").meets[0] == f"{side}.input.{filter_}"


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
        ((cv.MaxPooling(2), cv.MaxPooling(2).trace(IMAGE)), TypeError, "b is a trace and a an operation; give two traces, or"),
        ((cv.MaxPooling(2).trace(IMAGE),) * 2 + (IMAGE,), TypeError, "two traces have images of their own"),
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
