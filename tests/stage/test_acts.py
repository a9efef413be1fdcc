"""A step is played in acts: every moment of it is a scene whose numbers are right."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from overlaps import require_apart
from PIL import Image
from random_traces import traces

import convviz as cv
from convviz.stage.acts import Playing
from convviz.stage.captions import LANGUAGES
from convviz.stage.motion import film, playing
from convviz.stage.problem import problem
from convviz.stage.scene import Scene
from convviz.steps.arithmetic import add_up
from convviz.steps.notation import shorten

LECTURE = cv.examples.lecture_6x6.trace()
CHANNELS = cv.Convolution(np.arange(24).reshape(2, 2, 3, 2) % 5 - 2, bias=[1, -3]).trace(np.arange(48).reshape(4, 4, 3) % 7)


def played(trace, lang="en", index=None):
    """A board and one of its steps, played."""
    board = trace.board(lang)
    index = board.indices[len(board.indices) // 2] if index is None else index
    return board, Playing(board, index)


def act(playing, name):
    """The number of an act."""
    return [each.name for each in playing.acts].index(name)


def moments(playing):
    """Every moment of a step that differs from those beside it."""
    for number, each in enumerate(playing.acts):
        for part in range(max(each.parts, 4) + 1):
            yield number, part / max(each.parts, 4)


@given(traces(sizes=(2, 5)), st.sampled_from(sorted(LANGUAGES)))
@settings(max_examples=60)
def test_every_moment_is_a_scene_on_the_stage(trace, lang):
    board, playing = played(trace, lang)
    grids = {grid.name: grid for grid in board.stage.grids}
    for moment in moments(playing):
        frame = playing.moment(*moment)
        require_apart(Scene(board.stage, frame))
        for name, changes in frame.cells.items():
            assert all(0 <= row < grids[name].rows and 0 <= column < grids[name].columns for row, column in changes)
        for mark in frame.marks:
            grid = grids[mark.grid]
            assert 0 <= mark.row <= grid.rows - mark.rows and 0 <= mark.column <= grid.columns - mark.columns
        assert set(frame.texts) == set(board.frame(board.indices[0]).texts)


@given(traces(sizes=(2, 5)))
@settings(max_examples=60)
def test_the_last_moment_is_the_step(trace):
    board, playing = played(trace)
    last, final = playing.moment(len(playing.acts) - 1, 1.0), board.frame(playing.step.index)
    assert (last.cells, last.marks, last.links) == (final.cells, final.marks, final.links)
    assert {**last.texts, "place": ""} == {**final.texts, "place": ""}


@given(traces(kinds=("convolution", "transposed"), sizes=(2, 5)))
@settings(max_examples=60)
def test_products_appear_in_order(trace):
    board, playing = played(trace)
    names = [each.name for each in playing.acts]
    if "multiply" not in names:  # every cell of the window is one that was put in between
        return
    number = names.index("multiply")
    parts, final = playing.acts[number].parts, board.frame(playing.step.index)
    for count in range(parts + 1):
        cells = playing.moment(number, count / parts).cells
        for name in (name for name in cells if name.startswith("products")):
            found = [cells[name][cell][0] for cell in sorted(final.cells[name])]
            right = [final.cells[name][cell][0] for cell in sorted(final.cells[name])]
            right = [text for text in right if text][:count]
            assert [text for text in found if text] == right


@given(traces(kinds=("convolution", "average"), sizes=(2, 5)))
@settings(max_examples=60)
def test_the_sum_grows_term_by_term(trace):
    board, playing = played(trace)
    names = [each.name for each in playing.acts]
    if "add" not in names:
        return
    number = names.index("add")
    parts, step = playing.acts[number].parts, playing.step
    name = board.view.output_name(step.channel)
    for count in range(1, parts + 1):
        frame = playing.moment(number, count / parts)
        written, _, result = frame.texts["formula"].replace("\n", " ").replace("≈", "=").rpartition(" = ")
        assert frame.cells[name][step.position] == (result, "current", None)
        if not board.view.adds_channels:
            assert result == shorten(step.running[count - 1]).text
            assert written.count(" + ") == count - 1


def test_a_sum_of_channels_grows_channel_by_channel():
    board, playing = played(CHANNELS)
    number, step = act(playing, "add"), playing.step
    totals = [*step.sums.tolist(), step.bias]
    for count in range(1, 5):
        frame = playing.moment(number, count / 4)
        assert [cell[0] for cell in frame.cells["sums"].values() if cell[0]] == [
            shorten(number).text for number in totals[:count]
        ]
        assert frame.texts["formula"].endswith(f"= {shorten(sum(totals[:count])).text}")
        assert add_up(totals[:count]) == sum(totals[:count])


def test_a_mean_adds_up_its_cells_as_they_are():
    playing = Playing(cv.AveragePooling(2).trace([[3, -4], [1, 2]]).board(), 0)
    number = [each.name for each in playing.acts].index("add")
    formulas = [playing.moment(number, part / 4).texts["formula"] for part in range(1, 5)]
    assert formulas == ["3", "3 + (−4) = −1", "3 + (−4) + 1 = 0", "3 + (−4) + 1 + 2 = 2"]


@pytest.mark.parametrize("part", [0, 0.25, 0.5, 1])
def test_the_window_is_on_its_way(part):
    board = LECTURE.board()
    for index in range(1, 16):
        before, after = board.frame(index - 1).marks[0], board.frame(index).marks[0]
        (mark,) = Playing(board, index).moment(0, part).marks
        assert mark.row == pytest.approx(before.row + (after.row - before.row) * part)
        assert mark.column == pytest.approx(before.column + (after.column - before.column) * part)


def test_nothing_tells_the_result_before_it_is_added_up():
    board, playing = played(LECTURE)
    for number in range(act(playing, "add")):
        for part in (0, 0.5, 1):
            scene = Scene(board.stage, playing.moment(number, part))
            assert scene.cell(board.stage.grid("output"), *playing.step.position).text == ""
            assert "=" not in scene.frame.texts["formula"] and scene.frame.texts["running"] == ""


def test_the_largest_so_far_is_marked():
    board, playing = played(cv.MaxPooling(2).trace([[3, 4], [9, 2]]))
    number = act(playing, "compare")
    for count, best in enumerate([(0, 0), (0, 1), (1, 0), (1, 0)], 1):
        frame = playing.moment(number, count / 4)
        assert [cell for cell, change in frame.cells["window"].items() if change[1] == "winner"] == [best]
    assert frame.texts["formula"] == "max(3, 4, 9, 2)"


@given(traces(sizes=(2, 4)))
@settings(max_examples=30)
def test_a_film_shows_every_step_and_ends_with_the_last(trace):
    board = trace.board()
    shown = film(board)
    assert len(shown.shots) == len(shown.seconds) == len(shown.indices)
    finished = [shot[0] for shot, seconds in zip(shown.shots, shown.seconds, strict=True) if seconds is None]
    assert finished == list(board.indices)
    assert shown.frame(len(shown.shots) - 1).cells == board.frame(board.indices[-1]).cells


@pytest.mark.parametrize("ending", [".gif", ".webp", ".apng"])
def test_files_have_a_frame_for_every_moment(ending, tmp_path):
    trace = cv.MaxPooling(2).trace([[3, 4, 1], [9, 2, 0], [1, 2, 3]])
    path = trace.save(tmp_path / f"a{ending}", size=(160, 90), motion=True, seconds=0.9, hold=1.5)
    with Image.open(path) as file:
        times = []
        for number in range(file.n_frames):
            file.seek(number)
            file.load()  # WebP knows the time of a frame once it is read
            times.append(file.info["duration"])
    shown = film(trace.board(shape=160 / 90))
    finished = [900] * (len(trace) - 1) + [1500]
    expected = [finished.pop(0) if seconds is None else 1000 * seconds for seconds in shown.seconds]
    assert sum(times) == pytest.approx(sum(expected)) and len(times) <= len(expected)
    assert times[-1] == 1500


@given(
    st.integers(2, 5), st.integers(1, 3), st.booleans(), st.randoms(use_true_random=False), st.sampled_from(sorted(LANGUAGES))
)
@settings(max_examples=40)
def test_a_gradient_is_handed_on_when_its_window_is_found(side, pool, largest, random, lang):
    pooling = (cv.MaxPooling if largest else cv.AveragePooling)(min(pool, side), 1)
    shape = (side - min(pool, side) + 1,) * 2
    image = [[random.randint(-9, 9) for _ in range(side)] for _ in range(side)]
    trace = pooling.trace(image, view="backward", gradient=np.arange(1, np.prod(shape) + 1).reshape(shape))
    board = trace.board(lang)
    before = np.zeros((side, side))
    for index in board.indices:
        played = playing(board, index)
        assert [each.name for each in played.acts] == ["slide", "find", "write"]
        for moment in moments(played):
            require_apart(Scene(board.stage, played.moment(*moment)))
        for moment in ((0, 0.0), (0, 1.0), (1, 0.0), (1, 1.0)):
            texts = [[cell.text for cell in row] for row in rows_of(board, played.moment(*moment))]
            assert all(
                not text or text == shorten(value).text
                for row, values in zip(texts, before, strict=True)
                for text, value in zip(row, values, strict=True)
            )
        assert played.moment(1, 1.0).cells["input"] == board.frame(index).cells["input"]
        assert played.moment(2, 1.0).cells == board.frame(index).cells
        for cell, value in trace[index].after.items():
            before[cell] = value


def rows_of(board, frame):
    """The cells of the feature map, row by row."""
    scene, grid = Scene(board.stage, frame), board.stage.grid("output")
    return [[scene.cell(grid, row, column) for column in range(grid.columns)] for row in range(grid.rows)]


def test_the_cell_of_a_gradient_moves_to_the_next():
    board = cv.MaxPooling(2).trace(np.eye(4), view="backward", gradient=[[1, 2], [3, 4]]).board()
    half = playing(board, 1).moment(0, 0.25)
    assert [(mark.row, mark.column) for mark in half.marks] == [(0, 0.25)]
    assert half.cells["gradient"] == {(0, 0): (None, "current", None)}


PAIRS = [
    (cv.MaxPooling(2), cv.AveragePooling(2)),
    (cv.Convolution([[1, 2], [3, 4]]), cv.Convolution([[1, 2], [3, 4]], strides=2)),
    (cv.Convolution([[1, 0], [0, 1]], padding="same"), cv.MaxPooling(2, 1)),
]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_both_sides_of_a_comparison_play_their_acts_together(pair, lang):
    both = cv.compare(*pair, np.arange(16).reshape(4, 4) % 7)
    board = both.board(lang)
    for index in board.indices:
        played, final = playing(board, index), board.frame(index)
        for moment in moments(played):
            require_apart(Scene(board.stage, played.moment(*moment)))
        last = played.moment(len(played.acts) - 1, 1.0)
        assert last.cells == final.cells and last.marks == final.marks
        first = played.moment(0, 0.0)
        for (side, step, new), trace in zip(board.steps_at(index), (both.left, both.right), strict=True):
            name = f"{side.name}.output"
            assert (first.cells[name][trace[step].position][0] == "") == new
            own = [each.name for each in playing(side.board, step).acts]
            assert not new or [each.name for each in played.acts if each.name in own] == own


def test_what_has_no_acts_is_refused():
    board = problem(LECTURE, "en", "Work out the feature map.")
    with pytest.raises(ValueError, match="motion=True is for operations and comparisons"):
        film(board)


def test_stills_have_no_motion(tmp_path):
    with pytest.raises(TypeError, match=r"\.png has no option 'motion'"):
        LECTURE.save(tmp_path / "a.png", motion=True)
