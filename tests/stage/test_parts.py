"""Captions that are chosen, worded and timed by the user."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from overlaps import require_apart
from random_traces import traces

import convviz as cv
from convviz.render.animation.options import delays
from convviz.stage.parts import PARTS

LECTURE = cv.examples.lecture_6x6.trace()
#: The caption that each part is.
NAMES = {"title": "title", "step": "place", "formula": "formula", "running sum": "running", "output size": "remark.0"}


def captions_of(stage):
    return {text.name for text in stage.texts if not text.name.startswith("sign.")}


@pytest.mark.parametrize("count", range(len(PARTS) + 1))
def test_what_is_chosen_is_shown_and_nothing_else(count):
    for show in itertools.combinations(PARTS, count):
        stage = LECTURE.board(show=show).stage
        assert captions_of(stage) == {NAMES[part] for part in show if part in NAMES}
        assert LECTURE.board(show=[part.replace(" ", "_") for part in show]).stage.texts == stage.texts


@given(traces(sizes=(3, 5)), st.sets(st.sampled_from(PARTS)), st.sampled_from([None, 16 / 9]))
@settings(max_examples=40)
def test_what_is_left_out_leaves_no_gap(trace, show, shape):
    whole, some = trace.board(shape=shape), trace.board(shape=shape, show=show)
    require_apart(some.scene(some.indices[0]))
    if whole.stage.width == some.stage.width:
        left_out = captions_of(whole.stage) - captions_of(some.stage)
        assert some.stage.height < whole.stage.height if left_out else some.stage.height == whole.stage.height


@pytest.mark.parametrize("part", PARTS)
def test_one_part_is_given_by_its_name(part):
    assert LECTURE.board(show=part).stage.texts == LECTURE.board(show=[part]).stage.texts


def test_other_boards_choose_too():
    pair = cv.compare(cv.Convolution([[1, 2]]), cv.Convolution([[2, 1]]), image=[[1, 2, 3], [4, 5, 6]])
    names = {text.name for text in pair.board(show=["formula"]).stage.texts if "sign" not in text.name}
    assert names == {"left.formula", "right.formula"}
    backward = cv.MaxPooling(2).trace([[3, 4], [1, 2]], view="backward", gradient=[[1]])
    assert captions_of(backward.board(show=["title"]).stage) - {"arrow"} == {"title"}


@pytest.mark.parametrize(
    ("show", "error", "words"),
    [
        (["titel"], ValueError, "show has 'titel'; did you mean 'title'"),
        ("everything", ValueError, "expected some of 'title', 'step', 'formula'"),
        (3, TypeError, "expected names of captions"),
        ([3], ValueError, "show has 3; expected some of"),
        (True, TypeError, "expected names of captions"),
        ({"title": False}, TypeError, "show is {'title': False}; expected names of captions"),
        (b"title", TypeError, "expected names of captions"),
        ("title, step", ValueError, "show has 'title, step'; expected some of"),
    ],
)
def test_what_cannot_be_shown_is_said(show, error, words, tmp_path):
    with pytest.raises(error, match=words):
        LECTURE.save(tmp_path / "a.svg", show=show)
    assert not list(tmp_path.iterdir())


def test_every_caption_can_have_words_of_one_s_own():
    own = {"title": "Edges", "products": "element by element", "sums": "per channel", "bias": "offset", "total": "all"}
    own |= {"size": "so", "window": "patch", "running": "so far"}
    image, kernel = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]], [[[[1], [2]], [[3], [4]]]]
    trace = cv.Convolution(kernel, bias=[1]).trace(image, captions=own)
    scene = trace.scene(0)
    texts = {text.name: text.text for text in scene.texts}
    titles = {grid.name: grid.title for grid in scene.stage.grids}
    assert texts["title"] == scene.stage.title == "Edges" and texts["remark.0"].startswith("so: ")
    assert titles["products.0"] == "element by element" and titles["sums"] == "per channel"
    notes = [scene.cell(scene.stage.grid("sums"), row, 0).note for row in range(4)]
    assert notes == ["ch 0", "+ ch 1", "+ offset", "all"] and "offset 1" in texts["formula"]
    pooled = cv.AveragePooling(2).trace([[1, 2], [3, 4]], captions=own).scene(0)
    assert pooled.stage.grid("window").title == "patch 2×2" and pooled.frame.texts["running"].startswith("so far: ")


def test_times_follow_a_list_or_what_there_is_to_read():
    board = LECTURE.board(steps=4)
    assert delays(board, (0.1, 0.2, 0.3, 0.4), None) == [0.1, 0.2, 0.3, 0.4]
    assert delays(board, (0.1, 0.2, 0.3, 0.4), 2) == [0.1, 0.2, 0.3, 2]
    assert delays(board, None, None) == [0.8, 0.8, 0.8, 2.0]
    with pytest.raises(ValueError, match="seconds has 3 times; expected one for each of the 4 steps"):
        delays(board, (1, 2, 3), None)
    with pytest.raises(ValueError, match="seconds has 1 time; expected one for each of the 4 steps"):
        delays(board, (1,), None)
    with pytest.raises(ValueError, match="seconds has 2 times; expected one for the only step that is shown"):
        delays(LECTURE.board(steps=[3]), (1, 2), None)
    long = cv.Convolution([[1] * 7] * 7).trace([[123] * 7] * 7).board()
    assert 1.5 < delays(long, None, None)[0] <= 3 or len(long.indices) == 1


@pytest.mark.parametrize(("seconds", "error"), [([0.5, "1"], TypeError), ([0.5, -1], ValueError), ([True, 1], TypeError)])
def test_a_time_in_a_list_is_checked(seconds, error, tmp_path):
    with pytest.raises(error, match=r"seconds\["):
        LECTURE.save(tmp_path / "a.gif", steps=2, seconds=seconds)
