"""Volumes in each kind of file."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

import convviz as cv
from convviz.render.screen import Screen
from convviz.render.svg import SCALE, svg
from convviz.stage.theme import LIGHT
from convviz.stage.volumes import volume_board

RNG = np.random.default_rng(5)
TWO = cv.Convolution(RNG.integers(-2, 3, (2, 2, 3, 2)), bias=[1, -3]).trace(RNG.integers(0, 9, (3, 3, 3)))
POOL = cv.MaxPooling(2).trace(RNG.integers(0, 9, (4, 4, 2)))
LARGE = cv.Convolution(RNG.integers(-2, 3, (3, 3, 3, 2)), padding="same").trace(RNG.integers(0, 9, (14, 14, 3)))


@pytest.mark.parametrize("trace", [TWO, POOL, LARGE])
def test_a_picture_has_every_face_and_number(trace):
    board = volume_board(trace)
    scene = board.scene(3)
    root = ElementTree.fromstring(svg(scene))
    polygons = [part for part in root.iter() if part.tag.endswith("polygon") and part.get("class")]
    assert [part.get("class") for part in polygons] == [face.role for face in scene.faces]
    first = [float(number) for number in re.split("[ ,]", polygons[0].get("points"))]
    assert first == pytest.approx([SCALE * side for point in scene.faces[0].points for side in point], abs=0.01)
    words = [part.text for part in root.iter() if part.tag.endswith("}text")]
    shown = [face.text for face in scene.faces if face.text]
    assert [word for word in words if word in set(shown)][: len(shown)] == shown


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("trace", [TWO, POOL, LARGE])
def test_an_animation_draws_what_a_picture_draws(trace, theme):
    board = volume_board(trace, steps=6)
    one_after_the_other = Screen(board.stage, (800, 450), theme)
    for index in board.indices:
        alone = Screen(board.stage, (800, 450), theme).paint(board.scene(index)).copy()
        assert np.array_equal(one_after_the_other.paint(board.scene(index)), alone), index


def test_the_cell_in_question_has_the_colour_of_its_filter(tmp_path):
    for index, name in ((0, "channel-0"), (4, "channel-1")):
        path = TWO.save(tmp_path / "one.png", style="volume", step=index, size=(1600, 900))
        board = volume_board(TWO, shape=1600 / 900)
        left, top = next(face.points[0] for face in board.frame(index).faces if face.role == "current" and face.side == "front")
        unit = min(1600 / board.stage.width, 900 / board.stage.height)
        x, y = (1600 - unit * board.stage.width) / 2, (900 - unit * board.stage.height) / 2
        with Image.open(path) as picture:
            colour = picture.convert("RGB").getpixel((round(x + (left + 0.1) * unit), round(y + (top + 0.1) * unit)))
        assert colour == tuple(bytes.fromhex(LIGHT.mark[name][1:]))


@pytest.mark.parametrize("ending", ["gif", "webp", "apng"])
def test_an_animation_has_a_frame_a_step(tmp_path, ending):
    path = TWO.save(tmp_path / f"two.{ending}", style="volume", size=(400, 225))
    with Image.open(path) as animation:
        assert animation.n_frames == len(TWO)


def test_a_document_has_a_page_a_step(tmp_path):
    document = TWO.save(tmp_path / "two.pdf", style="volume").read_bytes()
    assert document.count(b"/Type /Page ") == len(TWO) or document.count(b"/Type /Page\n") == len(TWO)


def test_unknown_styles_are_refused(tmp_path):
    with pytest.raises(ValueError, match="style is 'volumes'; expected 'grid' or 'volume'; did you mean 'volume'?"):
        TWO.save(tmp_path / "two.gif", style="volumes")
    with pytest.raises(TypeError, match="style"):
        TWO.save(tmp_path / "two.gif", styles="volume")
    assert not list(tmp_path.iterdir())


def test_what_has_no_volumes_says_so(tmp_path):
    both = cv.compare(cv.MaxPooling(2), cv.MaxPooling(2, strides=1), [[3, 4, 1], [1, 2, 0]])
    backward = cv.MaxPooling(2).trace([[3, 4], [1, 2]], view="backward", gradient=[[1]])
    for trace in (both, backward):
        with pytest.raises(ValueError, match="style='volume' shows the steps of one operation"):
            trace.save(tmp_path / "two.gif", style="volume")
    with pytest.raises(ValueError, match="colour='sign' is for style='grid'"):
        TWO.save(tmp_path / "two.gif", style="volume", colour="sign")
    with pytest.raises(ValueError, match="motion=True is for operations and comparisons as grids; volumes"):
        TWO.save(tmp_path / "two.gif", style="volume", motion=True)
    assert not list(tmp_path.iterdir())
