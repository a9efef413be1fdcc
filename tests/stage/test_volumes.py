"""Volumes: the faces of blocks neither overlap nor leave the picture, and look as the step says."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from luminance import ratio
from overlaps import overlap, require_apart, text_box
from random_traces import traces

import convviz as cv
from convviz.stage.captions import LANGUAGES
from convviz.stage.scene import Face
from convviz.stage.text_width import bold_width
from convviz.stage.theme import DARK, FACES, LIGHT
from convviz.stage.volumes import LEAST_LETTERS, volume_board
from convviz.steps import value_at
from convviz.steps.notation import shorten

RNG = np.random.default_rng(0)
LINES = ("outline", "edge")
READ = ("window", "padding_window", "winner")


def shown(trace, lang="en", shape=None):
    """A board of volumes and one of its steps."""
    board = volume_board(trace, lang, shape=shape)
    return board, board.indices[len(board.indices) * 2 // 3]


def faces_of(board, index, block):
    """The faces of a block at a step that are filled."""
    return [face for face in board.frame(index).faces if face.block == block and face.role not in LINES]


def cells_of(face):
    """Every cell of a face: row, column, layer."""
    return itertools.product(*(range(first, first + size) for first, size in zip(face.cell, face.cells, strict=True)))


def area(points):
    """The area of a polygon."""
    x, y = np.transpose(points)
    return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2


def holders(faces, point):
    """How many of some faces hold a point; all are convex."""
    count = 0
    for face in faces:
        corners = np.array(face.points)
        along, towards = np.roll(corners, -1, axis=0) - corners, np.array(point) - corners
        turns = along[:, 0] * towards[:, 1] - along[:, 1] * towards[:, 0]
        count += bool((turns > 1e-9).all() or (turns < -1e-9).all())
    return count


@given(traces(sizes=(2, 7)))
@settings(max_examples=40)
def test_the_faces_of_a_block_cover_it_once(trace):
    board, index = shown(trace)
    for name, block in board.blocks.items():
        faces = faces_of(board, index, name)
        (right, up), sides = block.thickness, (block.width, block.height)
        whole = sides[0] * sides[1] + sides[0] * up + sides[1] * right
        assert sum(area(face.points) for face in faces) == pytest.approx(whole)
        for face in faces[:: max(1, len(faces) // 40)]:
            assert holders(faces, face.middle) == 1, (name, face)


@given(traces(sizes=(2, 7)), st.sampled_from([None, 4 / 3, 0.6, 3.0]))
@settings(max_examples=40)
def test_no_face_leaves_the_picture(trace, shape):
    board, index = shown(trace, shape=shape)
    left, top, right, bottom = board.stage.box
    assert 0 <= left < right <= board.stage.width and 0 <= top < bottom <= board.stage.height
    for face in board.frame(index).faces:
        for x, y in face.points:
            assert left - 1e-9 <= x <= right + 1e-9 and top - 1e-9 <= y <= bottom + 1e-9


@given(traces(sizes=(2, 7)))
@settings(max_examples=40)
def test_faces_come_from_the_back(trace):
    board, index = shown(trace)
    for name in board.blocks:
        faces = [face for face in faces_of(board, index, name) if face.role != "glass"]
        sides = [face.cell[2] for face in faces if face.side != "front"]
        assert sides == sorted(sides)
        fronts = [place for place, face in enumerate(faces) if face.side == "front"]
        assert fronts == list(range(len(faces) - len(fronts), len(faces)))
        assert {faces[place].cell[2] for place in fronts} == {max(sides)}


@given(traces(sizes=(2, 7)))
@settings(max_examples=40)
def test_the_window_is_what_the_step_reads(trace):
    board, index = shown(trace)
    step, view = trace[index], board.view
    (top, _), (left, _) = view.extent
    rows, columns = (step.rows, step.columns) if view.gathers else ([step.position[0]], [step.position[1]])
    read = {(y - top, x - left, channel) for y in rows for x in columns for channel in step.channels}
    faces = faces_of(board, index, "input")
    marked = {cell for face in faces if face.role in READ for cell in cells_of(face)}
    others = {cell for face in faces if face.role not in READ for cell in cells_of(face)}
    assert marked <= read and not others & read
    front = step.channels[-1]
    assert {cell for cell in read if cell[2] == front} <= marked  # what is not in front is seen at the edges alone
    assert {face.colour for face in faces if face.role in READ} == {board.hues.filter(step.channel)}


@given(traces(sizes=(2, 7)))
@settings(max_examples=40)
def test_the_output_has_the_colours_of_its_filters(trace):
    board, index = shown(trace)
    step, several = trace[index], trace.result.shape[3] > 1
    for face in faces_of(board, index, "output"):
        assert face.colour == (f"channel-{face.cell[2] % 4}" if several else "")
        if face.cell[2] < step.channel:
            assert face.role == "done"
        assert (face.role == "glass") == (face.cell[2] > step.channel)
    for face in faces_of(board, index, "kernel"):
        assert face.colour == (f"channel-{step.channel % 4}" if several else "")
    for number in board.view.filters if several and "kernel" in board.blocks else ():
        assert {face.colour for face in faces_of(board, index, f"filter.{number}")} == {f"channel-{number % 4}"}


@given(traces(kinds=("convolution", "transposed", "max", "average"), sizes=(2, 7)))
@settings(max_examples=40)
def test_the_output_fills_step_by_step(trace):
    board, index = shown(trace)
    step = trace[index]
    for face in faces_of(board, index, "output"):
        if face.side == "front":
            for row, column, _ in cells_of(face):
                place = (row, column)
                role = "current" if place == step.position else "done" if place < step.position else "pending"
                assert face.role == role


@given(traces(kinds=("scatter",), sizes=(2, 5)))
@settings(max_examples=40)
def test_a_stamp_fills_what_it_reaches(trace):
    board, index = shown(trace)
    step = trace[index]
    here = step.position[0] * trace.source.shape[2] + step.position[1]
    for face in (face for face in faces_of(board, index, "output") if face.side == "front"):
        for row, column, layer in cells_of(face):
            past = trace.history(0, layer, row, column)
            now = value_at(past, here, None)
            role = "window" if (row, column) in step.after else "pending" if now is None else "done"
            assert face.role == role
            if face.text:
                assert face.text == shorten(now).text


@given(traces(kinds=("convolution", "transposed", "max", "average"), sizes=(2, 6)))
@settings(max_examples=40)
def test_fronts_show_the_numbers_of_the_step(trace):
    board, index = shown(trace)
    step, (top, left) = trace[index], (low for low, _ in board.view.extent)
    if board.blocks["input"].font:
        texts = {face.cell: face.text for face in faces_of(board, index, "input") if face.side == "front"}
        for (i, y), (j, x) in itertools.product(enumerate(step.rows), enumerate(step.columns)):
            if step.kinds[i][j] == "cell":
                assert texts[y - top, x - left, step.channels[-1]] == shorten(step.values[i, j, -1]).text
    if board.blocks["output"].font:
        texts = {face.cell: face.text for face in faces_of(board, index, "output") if face.side == "front"}
        assert texts[*step.position, step.channel] == shorten(step.result).text
    if "kernel" in board.blocks and board.blocks["kernel"].font:
        for face in faces_of(board, index, "kernel"):
            if face.side == "front":
                assert face.text == shorten(step.weights[*face.cell[:2], -1]).text


@given(traces(sizes=(2, 7)), st.sampled_from(sorted(LANGUAGES)), st.sampled_from([None, 4 / 3, 0.6]))
@settings(max_examples=40)
def test_letters_fit_and_nothing_overlaps(trace, lang, shape):
    board, index = shown(trace, lang, shape)
    scene = board.scene(index)
    require_apart(scene)
    for face in scene.faces:
        if face.text:
            assert face.size >= LEAST_LETTERS * board.stage.width
            wide = face.points[1][0] - face.points[0][0]
            assert bold_width(face.text) * face.size <= wide and face.size <= wide
    blocks = [(name, block.box) for name, block in board.blocks.items()]
    texts = [(text.name, text_box(text)) for text in scene.texts if text.text]
    for one, other in itertools.chain(itertools.combinations(blocks, 2), itertools.product(blocks, texts)):
        assert not overlap(one[1], other[1]), (one, other)


@given(traces(sizes=(2, 7)), st.sampled_from(sorted(LANGUAGES)))
@settings(max_examples=40)
def test_on_a_telephone_nothing_overlaps(trace, lang):
    board, _ = shown(trace, lang)
    stage = board.stage.narrow
    assert set(stage.blocks) == set(board.blocks)
    boxes = [*stage.blocks.items(), *((text.name, text_box(text)) for text in stage.texts)]
    for one, other in itertools.combinations(boxes, 2):
        assert not overlap(one[1], other[1]), (one, other)
    for name, (left, top, right, bottom) in boxes:
        assert -1e-6 <= left < right <= stage.width + 1e-6 and 0 <= top < bottom <= stage.height + 1e-6, name
    assert {text.name for text in stage.texts} <= {text.name for text in board.stage.texts}


@given(traces(sizes=(2, 7)))
@settings(max_examples=40)
def test_no_line_runs_through_a_sign(trace):
    board, index = shown(trace)
    scene = board.scene(index)
    signs = [text_box(text) for text in scene.texts if text.name.startswith("sign.")]
    for link, part in itertools.product(scene.links, np.linspace(0, 1, 41)):
        x, y = link.x1 + part * (link.x2 - link.x1), link.y1 + part * (link.y2 - link.y1)
        assert not any(left < x < right and top < y < bottom for left, top, right, bottom in signs)


def test_a_question_does_not_give_the_result_away():
    trace = cv.examples.lecture_6x6.trace()
    board = volume_board(trace)
    asked, answered = board.question(4), board.frame(4)
    differ = [(one, other) for one, other in zip(asked.faces, answered.faces, strict=True) if one != other]
    assert [(one.text, other.text) for one, other in differ] == [("?", shorten(trace[4].result).text)]
    assert asked.texts["formula"].endswith("= ?") and asked.asked


def test_groups_have_the_colours_of_their_filters():
    trace = cv.Convolution(np.ones((2, 2, 2, 2), int), groups=2).trace(np.ones((3, 3, 4), int))
    board = volume_board(trace)
    roles = {(face.cell[2], face.colour) for index in (0, len(trace) - 1) for face in faces_of(board, index, "input")}
    assert roles == {(0, "channel-0"), (1, "channel-0"), (2, "channel-1"), (3, "channel-1")}
    assert {face.cell[2] for face in faces_of(board, 0, "input") if face.role == "glass"} == {2, 3}
    assert "a filter reads 2 of 4 channels" in [text.text for text in board.stage.texts]


def test_of_one_group_only_the_window_has_a_colour():
    trace = cv.Convolution(np.ones((2, 2, 3, 2), int)).trace(np.ones((3, 3, 3), int))
    faces = faces_of(volume_board(trace), 0, "input")
    assert {face.colour for face in faces if face.role == "cell"} == {""}
    assert {face.colour for face in faces if face.role == "window"} == {"channel-0"}


@pytest.mark.parametrize(
    ("shape", "filters", "lined", "sliced"),
    [
        ((10, 10, 8), 2, True, True),
        ((13, 5, 3), 2, False, True),
        ((6, 6, 9), 2, True, False),
        ((300, 200, 64), 16, False, False),
    ],
)
def test_of_large_blocks_cells_or_layers_are_not_drawn(shape, filters, lined, sliced):
    trace = cv.Convolution(RNG.integers(-3, 4, (3, 3, shape[2], filters)), padding="same").trace(RNG.integers(0, 9, shape))
    board = volume_board(trace, steps=[7])
    block = board.blocks["input"]
    assert (block.lined, block.sliced) == (lined, sliced)
    assert bool([face for face in board.frame(7).faces if face.block == "input" and face.role == "edge"]) != lined
    assert board.frame(7).texts["label.input"] == f"input {'×'.join(map(str, shape))}"
    assert len(board.frame(7).faces) < 700


def test_several_images_and_chosen_filters():
    trace = cv.Convolution(RNG.integers(-3, 4, (2, 2, 2, 6))).trace(RNG.integers(0, 9, (2, 3, 3, 2)))
    index = trace.index_of(1, 0, 5, 1)
    board = volume_board(trace, steps=[index])
    assert {face.text for face in faces_of(board, index, "output") if face.role == "current" and face.text} == {
        shorten(trace[index].result).text
    }
    assert board.frame(index).texts["label.kernel"] == "filter 5: 2×2×2"


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_numbers_on_faces_can_be_read(look):
    for role, colour in itertools.product(FACES, ["", *(f"channel-{number}" for number in range(4))]):
        style = look.face(Face((), role, colour))
        assert ratio(style.fill, style.text) >= 4.5, (role, colour, style)
