"""Volumes in each kind of file."""

import re
from xml.etree import ElementTree

import numpy as np
import pptx
import pytest
from matplotlib.patches import Polygon
from matplotlib.text import Text
from PIL import Image
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.util import Inches

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


@pytest.mark.parametrize("trace", [TWO, POOL, LARGE])
def test_slides_have_a_group_for_each_block(tmp_path, trace):
    board = volume_board(trace, steps=3, shape=16 / 9)
    deck = pptx.Presentation(trace.save(tmp_path / "two.pptx", style="volume", steps=3))
    assert len(deck.slides) == 3
    for index, slide in zip(board.indices, deck.slides, strict=True):
        faces = board.frame(index).faces
        groups = [shape for shape in slide.shapes if shape.shape_type == MSO_SHAPE_TYPE.GROUP]
        assert [group.name for group in groups] == [f"convviz {name}" for name in dict.fromkeys(face.block for face in faces)]
        shapes = [shape for group in groups for shape in group.shapes]
        assert [shape.text_frame.text for shape in shapes] == [face.text for face in faces]
        assert {shape.shape_type for shape in shapes} == {MSO_SHAPE_TYPE.FREEFORM}
        for shape, face in zip(shapes, faces, strict=True):
            style = LIGHT.face(face)
            assert (f"#{shape.fill.fore_color.rgb}".lower() if style.fill else None) == style.fill
            assert 0 <= shape.left <= shape.left + shape.width <= deck.slide_width
            assert 0 <= shape.top <= shape.top + shape.height <= deck.slide_height
            assert all(run.font.size.pt >= 9 for part in shape.text_frame.paragraphs for run in part.runs)
        numbers = [shape.shape_id for shape in (*slide.shapes, *shapes)]
        assert len(numbers) == len(set(numbers))


def test_a_template_without_space_leaves_small_numbers_out(tmp_path):
    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Inches(4), Inches(3)
    deck.save(tmp_path / "small.pptx")
    path = TWO.save(tmp_path / "two.pptx", style="volume", steps=1, template=tmp_path / "small.pptx")
    groups = [shape for shape in pptx.Presentation(path).slides[0].shapes if shape.shape_type == MSO_SHAPE_TYPE.GROUP]
    assert groups and not any(shape.text_frame.text for group in groups for shape in group.shapes)


def test_a_figure_has_volumes_too():
    drawn = TWO.figure(3, size=(800, 450), style="volume")
    scene = volume_board(TWO, steps=[3], still=True, shape=800 / 450).scene(3)
    faces = [artist for artist in drawn.findobj(Polygon) if artist.get_zorder() > 4]
    assert len(faces) == len(scene.faces)
    words = [artist.get_text() for artist in drawn.findobj(Text)]
    assert set(words) >= {face.text for face in scene.faces} - {""}
    assert not [artist for artist in TWO.figure(3).findobj(Polygon) if artist.get_zorder() > 4]


def test_unknown_styles_are_refused(tmp_path):
    with pytest.raises(ValueError, match="style is 'volumes'; expected 'grid' or 'volume'; did you mean 'volume'?"):
        TWO.save(tmp_path / "two.gif", style="volumes")
    with pytest.raises(ValueError, match="style is 'cube'"):
        TWO.figure(style="cube")
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
    with pytest.raises(ValueError, match="motion=True is for style='grid'"):
        TWO.save(tmp_path / "two.gif", style="volume", motion=True)
    with pytest.raises(ValueError, match="predict=True is for style='grid'"):
        TWO.save(tmp_path / "two.html", style="volume", predict=True)
    assert not list(tmp_path.iterdir())
