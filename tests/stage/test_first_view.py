"""What is seen first of a photograph: the step whose result is farthest from 0, and the whole feature map, veiled."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text

import convviz as cv
from convviz.render.figure import figure
from convviz.render.options import single_step
from convviz.render.page.content import Content
from convviz.render.svg import svg
from convviz.stage.pictures import signed_picture
from convviz.stage.scene import Scene
from convviz.stage.selection import strongest_step, with_step

SIDE = 30
EDGE = cv.Convolution([[-1, 0, 1]] * 3)


def with_edge(row, column, side=SIDE):
    """A dark picture with one bright cell."""
    image = np.full((side, side), 7)
    image[row, column] = 90
    return image


def strong_places(trace):
    """The cells of the result that are farthest from 0 in plain loops, of windows without padding if there are any."""
    cells = inner_results(trace)
    most = max(abs(value) for value in cells.values())
    return [cell for cell, value in cells.items() if abs(value) == most]


def inner_results(trace):
    """The results by cell, of windows without padding if there are any."""
    rows, columns = trace.geometry.rows, trace.geometry.columns
    cells = {(y, x): trace.result[0, y, x, 0] for y in range(rows.output) for x in range(columns.output)}
    inside = {
        (y, x): value
        for (y, x), value in cells.items()
        if all(0 <= at < rows.size for at in rows.cells(y)) and all(0 <= at < columns.size for at in columns.cells(x))
    }
    return inside or cells


def varied_places(trace):
    """Of the cells that are at least half as far from 0 as the farthest, those whose windows vary most, in plain loops."""
    rows, columns, image = trace.geometry.rows, trace.geometry.columns, trace.source[0]
    cells, varied = inner_results(trace), {}
    most = max(abs(float(value)) for value in cells.values())
    for (y, x), value in cells.items():
        places = [(min(max(i, 0), rows.size - 1), j) for i in rows.cells(y) for j in columns.cells(x)]
        places = [(i, min(max(j, 0), columns.size - 1)) for i, j in places]
        if 2 * abs(float(value)) >= most:
            varied[y, x] = sum(
                max(image.item(*place, c) for place in places) - min(image.item(*place, c) for place in places)
                for c in trace.channels_of(0)
            )
    return [place for place, range_ in varied.items() if range_ == max(varied.values())]


@given(st.integers(0, 2**32 - 1), st.sampled_from(["valid", "same", 2]), st.integers(1, 3), st.integers(1, 2))
def test_the_strongest_step_is_farthest_from_0(seed, padding, strides, dilation):
    rng = np.random.default_rng(seed)
    image = rng.integers(-5, 6, rng.integers(6, 24, 2))
    trace = cv.Convolution(rng.integers(-2, 3, (3, 2)), padding=padding, strides=strides, dilation_rate=dilation).trace(image)
    signs = np.sign(trace.operation.kernel)
    places = strong_places(trace) if signs.min() < 0 < signs.max() else varied_places(trace)
    assert strongest_step(trace, 0, (0,)) in [trace.index_of(*place) for place in places]


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["mean", "sum", "darker", "maximum", "average"]),
    st.sampled_from(["valid", "same"]),
    st.integers(1, 3),
    st.integers(1, 2),
    st.sampled_from([np.uint8, np.float32, object]),
)
def test_where_a_mean_is_shown_there_is_something_to_see(seed, kind, padding, strides, channels, dtype):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (*rng.integers(6, 20, 2), channels))
    kernels = {"mean": np.full((3, 2, channels, 1), 1 / 6), "sum": np.ones((2, 3, channels, 1), int)}
    kernels["darker"] = -kernels["sum"]
    pools = {"maximum": cv.MaxPooling, "average": cv.AveragePooling}
    if kind in pools:
        operation = pools[kind](3, strides=strides, padding=padding)
    else:
        operation = cv.Convolution(kernels[kind], strides=strides, padding=padding)
    image = [[[Fraction(int(c)) for c in x] for x in row] for row in image] if dtype is object else image.astype(dtype)
    trace = operation.trace(image)
    assert strongest_step(trace, 0, (0,)) in [trace.index_of(*place) for place in varied_places(trace)]


def test_the_first_view_of_a_mean_is_no_flat_white():
    image = np.full((40, 40), 255, np.uint8)
    image[20:, 17:] = 30
    for operation in (cv.Convolution(np.full((7, 7), 1 / 49)), cv.AveragePooling(2, strides=1), cv.MaxPooling(2, strides=1)):
        trace = operation.trace(image)
        step = trace[trace.board().stage.strongest]
        assert {30, 255} == set(step.values.ravel().tolist())


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, object])
def test_numbers_of_all_kinds_have_a_strongest_step(dtype):
    image = with_edge(20, 11)
    image = [[Fraction(int(value)) for value in row] for row in image] if dtype is object else image.astype(dtype)
    trace = EDGE.trace(image)
    assert trace[strongest_step(trace, 0, (0,))].position in strong_places(trace)


def test_what_is_not_finite_is_not_the_strongest():
    image = with_edge(20, 11).astype(float)
    image[3, 3], image[5, 25] = np.nan, np.inf
    trace = EDGE.trace(image)
    assert abs(trace[strongest_step(trace, 0, (0,))].result) == 83


@given(st.sets(st.integers(0, 500), min_size=1).map(sorted), st.integers(0, 500))
def test_a_step_takes_the_place_of_the_nearest(indices, step):
    found = with_step(indices, step)
    assert step in found and found == sorted(set(found))
    assert {indices[0], indices[-1]} <= set(found)
    assert len(found) == len(indices) + (step not in indices and len(indices) < 3)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_single_picture_and_a_page_show_the_strongest_step(tmp_path, lang):
    trace = EDGE.trace(with_edge(20, 11))
    board = trace.board(lang)
    strongest = board.stage.strongest
    assert trace[strongest].position in strong_places(trace)
    assert strongest in board.indices and single_step(board) == strongest
    content = Content(board, "light", False, (), True)
    assert board.indices[content.start] == strongest
    for name in ("a.svg", "b.svg"):
        trace.save(tmp_path / name, lang=lang, **({"step": strongest} if name == "b.svg" else {}))
    assert (tmp_path / "a.svg").read_text() == (tmp_path / "b.svg").read_text()


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_figure_shows_the_step_that_a_file_shows(lang):
    for trace in (EDGE.trace(with_edge(20, 11)), EDGE.trace(with_edge(3, 3, 6))):
        shown, told = trace.figure(lang=lang), trace.figure(single_step(trace.board(lang)), lang=lang)
        assert [text.get_text() for text in shown.findobj(Text)] == [text.get_text() for text in told.findobj(Text)]


def test_steps_that_are_given_are_shown(tmp_path):
    trace = EDGE.trace(with_edge(20, 11))
    for steps in (5, [0, 1], slice(3)):
        board = trace.board(steps=steps)
        assert board.stage.strongest is None and single_step(board) == board.indices[-1]
        assert Content(board, "light", False, (), True).start == 0
    trace.save(tmp_path / "a.svg", step=4)
    assert "step 5 of" in (tmp_path / "a.svg").read_text()


def test_numbers_are_shown_at_the_last_step_and_pages_at_the_first():
    board = EDGE.trace(with_edge(3, 3, 6)).board()
    assert board.stage.strongest is None and single_step(board) == board.indices[-1]
    assert Content(board, "light", False, (), True).start == 0


def test_pages_whose_steps_come_in_order_begin_with_the_first():
    board = EDGE.trace(with_edge(20, 11)).board()
    assert Content(board, "light", True, (), True).start == 0  # predict
    assert Content(board, "light", False, (), True, framed=True).start == 0


def test_a_comparison_shows_the_strongest_step_of_the_first_picture():
    pair = cv.compare(cv.MaxPooling(15), EDGE, with_edge(20, 11))
    board = pair.board()
    step = pair.steps_at(board.stage.strongest)[1]
    assert pair.right[step].position in strong_places(pair.right)
    assert board.stage.strongest in board.indices
    assert pair.board(steps=[0]).stage.strongest is None


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_question_covers_what_is_to_come_and_a_step_veils_it(theme):
    board = EDGE.trace(with_edge(20, 11)).board(steps=[40])
    step, question = board.scene(40), Scene(board.stage, board.question(40))
    assert 0 < step.veil < 1 == question.veil
    assert "fill-opacity" in svg(step, theme) and "fill-opacity" not in svg(question, theme)


def test_the_whole_map_is_seen_through_the_veil():
    """The cell that is 83 differs from its neighbours, which are 0, also before its step."""
    board = EDGE.trace(with_edge(20, 11)).board(steps=[0])
    scene, grid = board.scene(0), board.stage.grid("output")
    drawn = figure(scene, size=(1280, 720))
    drawn.canvas.draw()
    pixels = np.asarray(drawn.canvas.buffer_rgba())[..., :3].astype(int)
    unit = min(1280 / board.stage.width, 720 / board.stage.height)
    left, top = (1280 - unit * board.stage.width) / 2, (720 - unit * board.stage.height) / 2

    def seen(row, column):
        x, y = grid.x + (column + 0.5) * grid.pitch, grid.y + (row + 0.5) * grid.pitch
        return pixels[int(top + y * unit), int(left + x * unit)]

    assert abs(seen(19, 9) - seen(10, 10)).max() > 40
    assert (signed_picture(EDGE.trace(with_edge(20, 11)).result[0, ..., 0])[0][19, 9] != 255).any()
