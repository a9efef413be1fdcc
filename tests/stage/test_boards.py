"""The three boards: one protocol, nothing in them changes, and each step is made once."""

import ast
import copy
import dataclasses
import itertools
import pickle
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import boards
import numpy as np
import pytest

import convviz as cv
import convviz.stage as stage_package
from convviz.render.slides import add_to_slide
from convviz.stage import step_cache
from convviz.stage.captions import captions
from convviz.stage.forward import board as board_of
from convviz.stage.protocol import Board, TraceData
from convviz.stage.scene import Frame, Grid, Scene, Stage
from convviz.trace import backward
from convviz.trace.forward import Trace

IMAGE, KERNEL = [list(row) for row in boards.IMAGE], [list(row) for row in boards.KERNEL]
GRADIENT = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
TRACES = {
    "forward": lambda: cv.Convolution(KERNEL, bias=1).trace(IMAGE),
    "pooling": lambda: cv.MaxPooling(2).trace(IMAGE),
    "picture": lambda: cv.Convolution(KERNEL, strides=9).trace(np.arange(900).reshape(30, 30)),
    "scatter": lambda: cv.TransposedConvolution(KERNEL).trace([[1, 2, 3], [4, 5, 6]], view="scatter"),
    "backward": lambda: cv.MaxPooling(2).trace(IMAGE, view="backward", gradient=GRADIENT),
    "side by side": lambda: cv.compare(cv.Convolution(KERNEL), cv.Convolution(KERNEL, padding="same", strides=2), IMAGE),
}
SMALL = 160, 120
ENDINGS = [".gif", ".webp", ".apng", ".mp4", ".pdf", ".pptx", ".html", ".png", ".svg"]


@pytest.fixture(params=TRACES)
def trace(request):
    return TRACES[request.param]()


def test_every_board_has_the_protocol(trace):
    board = trace.board()
    assert isinstance(board, Board)
    assert isinstance(board.stage, Stage)
    first = board.indices[0]
    assert isinstance(board.frame(first), Frame) and isinstance(board.question(first), Frame)
    assert board.scene(first) == Scene(board.stage, board.frame(first))
    assert list(board.indices) == sorted(set(board.indices))


LARGE = {
    **TRACES,
    "large kernel": lambda: cv.Convolution(np.ones((12, 12), int)).trace(np.ones((14, 14), int)),
    "picture": lambda: cv.Convolution(np.ones((3, 3), int)).trace(np.ones((30, 30), int)),
    "picture, large kernel": lambda: cv.Convolution(np.ones((12, 12), int)).trace(np.ones((30, 30), int)),
    "colours": lambda: cv.Convolution(np.ones((2, 2, 3, 2), int), bias=[1, 2]).trace(np.ones((30, 30, 3), int)),
    "many": lambda: cv.Convolution(np.ones((2, 2, 6, 5), int)).trace(np.ones((4, 4, 6), int)),
    "large stamp": lambda: cv.TransposedConvolution(np.ones((12, 12), int)).trace(np.ones((3, 3), int), view="scatter"),
}


@pytest.mark.parametrize("kind", TRACES)
def test_a_board_equals_itself_alone_and_can_be_a_key(kind):
    trace = TRACES[kind]()
    one, other = trace.board(), trace.board()
    assert one == one and one != other
    assert len({one, other, one}) == 2


@pytest.mark.parametrize("name", LARGE)
def test_a_step_changes_only_cells_and_captions_that_are_on_the_stage(name):
    board = LARGE[name]().board(steps=range(3))
    sizes = {grid.name: (grid.rows, grid.columns) for grid in board.stage.grids if grid.texts is not None}
    captions_there = {text.name for text in board.stage.texts}
    for index in board.indices:
        for frame in (board.frame(index), board.question(index)):
            assert frame.texts.keys() <= captions_there
            assert {mark.grid for mark in frame.marks} <= {grid.name for grid in board.stage.grids}
            for grid, cells in frame.cells.items():
                assert all(0 <= row < sizes[grid][0] and 0 <= column < sizes[grid][1] for row, column in cells)


def test_what_lacks_a_method_is_no_board():
    board = TRACES["forward"]().board()
    methods = {name: getattr(board, name) for name in ("indices", "stage", "frame", "question", "scene")}
    assert isinstance(SimpleNamespace(**methods), Board)
    for missing in methods:
        assert not isinstance(SimpleNamespace(**{name: found for name, found in methods.items() if name != missing}), Board)
    assert isinstance(boards.lecture(), Board)


def test_boards_are_frozen(trace):
    board = trace.board()
    for name in ("stage", "indices", "anything"):
        with pytest.raises((dataclasses.FrozenInstanceError, AttributeError)):
            setattr(board, name, None)
    assert isinstance(board.indices, tuple)


@pytest.mark.parametrize("name", ["forward", "pooling", "scatter"])
def test_a_trace_has_what_the_stage_reads(name):
    trace = TRACES[name]()
    assert isinstance(trace, TraceData)
    assert not isinstance([1, 2], TraceData)


def test_captions_are_read_only():
    for words in (captions("en"), captions("en", {"input": {"en": "picture"}}), TRACES["forward"]().board().view.captions):
        with pytest.raises(TypeError):
            words["step"] = "XX"
        assert words["step"] == "step {} of {}"


def test_frames_and_grids_are_read_only(trace):
    board = trace.board()
    frame = board.frame(board.indices[0])
    for found in (frame.cells, frame.texts, *frame.cells.values(), *(grid.history for grid in board.stage.grids)):
        with pytest.raises(TypeError):
            found["anything"] = None
    for grid in board.stage.grids:
        if grid.pixels is not None:
            with pytest.raises(ValueError):
                grid.pixels[...] = 0
    assert pickle.loads(pickle.dumps(frame)) == copy.deepcopy(frame) == frame


def test_frames_and_grids_do_not_change_with_what_they_were_made_of():
    cells, texts, history, pixels = (
        {"input": {(0, 0): ("1", None, None)}},
        {"place": "1"},
        {(0, 0): ()},
        np.zeros((1, 1), np.uint8),
    )
    frame, grid = Frame(0, cells, texts=texts), Grid("output", "", history=history, pixels=pixels)
    cells["input"].clear(), cells.clear(), texts.clear(), history.clear()
    assert frame == Frame(0, {"input": {(0, 0): ("1", None, None)}}, texts={"place": "1"})
    assert grid.history == {(0, 0): ()}
    pixels[...] = 1  # the caller's array is still the caller's
    assert pixels.flags.writeable


@pytest.mark.parametrize("name", ["forward", "pooling", "average", "scatter", "backward"])
def test_steps_are_read_only(name):
    trace = TRACES[name]() if name in TRACES else cv.AveragePooling(2).trace(IMAGE)
    step, written = trace[0], trace[1].formula()
    arrays = [value for value in vars(step).values() if isinstance(value, np.ndarray)]
    dicts = [value for value in vars(step).values() if isinstance(value, dict)]
    assert arrays or dicts
    for array in arrays:
        with pytest.raises(ValueError):
            array[...] = 99
    for found in dicts:
        with pytest.raises(TypeError):
            found[0, 0] = 99
    assert trace[1].formula() == written
    copied = pickle.loads(pickle.dumps(step))
    assert copied.formula() == step.formula() and type(copied) is type(step)


def test_weights_of_a_trace_are_read_only():
    trace = TRACES["forward"]()
    with pytest.raises(ValueError):
        trace.weights[...] = 99


def attributes_set(folder):
    """Where attributes are set, but for those of `self` in ``__init__``: file and expression."""
    for path in sorted(folder.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            for node in ast.walk(function) if isinstance(function, ast.FunctionDef) else ():
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                    if function.name != "__init__" or ast.unparse(node.value) != "self":
                        yield f"{path.name}: {ast.unparse(node)}"


def test_no_function_of_the_stage_sets_an_attribute(tmp_path):
    assert list(attributes_set(Path(stage_package.__file__).parent)) == []
    (tmp_path / "bad.py").write_text("def note(board):\n    board.remarks, x = 1, 2\n")
    assert list(attributes_set(tmp_path)) == ["bad.py: board.remarks"]


def test_frames_do_not_depend_on_what_was_asked_for_before(trace):
    one, other = trace.board(), trace.board()
    stage = one.stage
    for index in one.indices:
        assert one.frame(index) and one.question(index)
    for index in reversed(other.indices):
        assert other.question(index) == one.question(index)
        assert other.frame(index) == one.frame(index)
    assert one.stage is stage


# How often steps are made


@pytest.fixture
def made(monkeypatch):
    """How often each step was made: a count by trace and index."""
    counts, make_step = Counter(), Trace.__getitem__

    def counted(trace, index):
        counts[id(trace), index] += 1
        return make_step(trace, index)

    monkeypatch.setattr(Trace, "__getitem__", counted)
    return counts


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", TRACES)
def test_a_step_is_made_once_a_save(name, ending, made, tmp_path):
    if ending == ".mp4":
        pytest.importorskip("imageio_ffmpeg")
    trace = TRACES[name]()
    steps = None if name == "forward" else 5
    trace.save(tmp_path / f"file{ending}", steps=steps, **({} if ending in (".pptx", ".html") else {"size": SMALL}))
    assert made and set(made.values()) == {1}
    assert len({trace for trace, _ in made}) == (2 if name == "side by side" else 1)


@pytest.mark.parametrize("name", TRACES)
def test_a_step_is_made_once_for_a_page_that_asks_and_for_files_of_each_step(name, made, tmp_path):
    for path, options in (("file.html", {"predict": True}), ("file-{step}.svg", {}), ("file-{step}.png", {"size": SMALL})):
        trace = TRACES[name]()
        made.clear()
        trace.save(tmp_path / path, steps=5, **options)
        assert made and set(made.values()) == {1}, path


@pytest.mark.parametrize("name", TRACES)
def test_a_step_is_made_once_for_a_picture_of_it(name, made):
    pptx = pytest.importorskip("pptx")
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    shows = (
        lambda trace: trace.scene(1),
        lambda trace: trace.text(1),
        lambda trace: trace.figure(1),
        lambda trace: add_to_slide(trace, 1, slide),
    )
    for show in shows:
        trace = TRACES[name]()
        made.clear()
        show(trace)
        assert made and set(made.values()) == {1}


def test_forward_steps_of_a_gradient_are_made_once_a_trace(made):
    trace = TRACES["backward"]()
    assert [trace.text(index) for index in range(len(trace))] and trace.output.any()
    assert sorted(made.values()) == [1] * len(trace)


def test_forward_steps_of_a_large_gradient_are_not_kept(made, monkeypatch):
    monkeypatch.setattr(backward, "KEPT_CELLS", 3)
    trace = TRACES["backward"]()
    assert trace[0].forward is not trace[0].forward and trace.output.any()


def test_steps_of_a_long_trace_are_not_kept_without_end(monkeypatch):
    monkeypatch.setattr(step_cache, "KEPT", 3)
    trace = cv.Convolution([[1]]).trace(IMAGE)
    steps = step_cache.StepCache(trace, range(5))
    kept = [steps[index] for index in range(6)]
    assert [steps[index] is step for index, step in enumerate(kept)] == [True] * 3 + [False] * 3
    # what is not shown is not kept
    few = step_cache.StepCache(trace, [4])
    assert few[4] is few[4] and few[3] is not few[3]


def test_only_steps_that_are_shown_are_looked_at(made):
    trace = cv.Convolution([[1.5]]).trace(np.ones((20, 20)))
    board = board_of(trace, steps=range(10, 15))
    for index in itertools.chain(board.indices, board.indices):
        board.frame(index)
    assert {index for _, index in made} == set(range(10, 15))
