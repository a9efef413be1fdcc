"""The three boards: one protocol, nothing in them changes, and each step is made once."""

import ast
import dataclasses
import itertools
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
from convviz.stage.forward import board as board_of
from convviz.stage.protocol import Board, TraceData
from convviz.stage.scene import Frame, Scene, Stage
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


def attributes_set(folder):
    """Where attributes are set, but for those of `self` in ``__init__``: file and expression."""
    for path in sorted(folder.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            for node in ast.walk(function) if isinstance(function, ast.FunctionDef) else ():
                own = function.name == "__init__" and ast.unparse(getattr(node, "value", node)) == "self"
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and not own:
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
    getattr(trace, "history", None)  # of a gradient: made once a trace, from every step
    made.clear()
    steps = None if name == "forward" else 5
    trace.save(tmp_path / f"file{ending}", steps=steps, **({} if ending in (".pptx", ".html") else {"size": SMALL}))
    assert made and set(made.values()) == {1}
    assert len({trace for trace, _ in made}) == (2 if name == "side by side" else 1)


@pytest.mark.parametrize("name", TRACES)
def test_a_step_is_made_once_for_a_page_that_asks_and_for_files_of_each_step(name, made, tmp_path):
    trace = TRACES[name]()
    getattr(trace, "history", None)
    for path, options in (("file.html", {"predict": True}), ("file-{step}.svg", {}), ("file-{step}.png", {"size": SMALL})):
        made.clear()
        trace.save(tmp_path / path, steps=5, **options)
        assert made and set(made.values()) == {1}, path


@pytest.mark.parametrize("name", TRACES)
def test_a_step_is_made_once_for_a_picture_of_it(name, made):
    pptx = pytest.importorskip("pptx")
    trace, deck = TRACES[name](), pptx.Presentation()
    getattr(trace, "history", None)
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    for show in (trace.scene, trace.text, trace.figure, lambda index: add_to_slide(trace, index, slide)):
        made.clear()
        show(1)
        assert set(made.values()) == {1}


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
