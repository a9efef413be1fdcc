"""The SVG renderer: what it makes of a scene, read back as XML."""

import base64
import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import boards
import numpy as np
import pytest
from PIL import Image

from convviz.render.png import png
from convviz.render.svg import SCALE, number, svg
from convviz.stage import theme as themes
from convviz.stage.scene import Frame, Link, Mark, Scene

SVG = "{http://www.w3.org/2000/svg}"


def drawn(scene, **options):
    return ElementTree.fromstring(svg(scene, **options))


def texts(root):
    """Every piece of text that is drawn, by line, with its position."""
    found = []
    for element in root.iter(f"{SVG}text"):
        found.append((element.text, element.get("x"), element.get("y")))
        found += [(span.text, span.get("x"), None) for span in element]
    return found


def cells_by_role(root):
    counts = {}
    for path in root.iter(f"{SVG}path"):
        role = path.get("class")
        if role:
            counts[role] = counts.get(role, 0) + path.get("d").count("M")
    return counts


@pytest.mark.parametrize("index", [0, 5, 15])
def test_every_cell_is_drawn_in_its_role(index):
    board = boards.lecture()
    roles = {}
    for grid in board.stage.grids:
        for cell in board.scene(index).cells(grid):
            roles[cell.role] = roles.get(cell.role, 0) + 1
    assert sum(roles.values()) == 36 + 9 + 9 + 16
    assert cells_by_role(drawn(board.scene(index))) == roles


def test_every_text_stands_in_its_place():
    scene = boards.lecture().scene(5)
    found = texts(drawn(scene))
    shown = [cell for grid in scene.stage.grids for cell in scene.cells(grid)]
    expected = [cell.text for cell in shown if cell.text] + [cell.note for cell in shown if cell.note]
    expected += ["input", "kernel", "products", "feature map", "∗", scene.frame.texts["formula"]]
    expected += ["size of the output", "⌊(6 + 2·0 − 3)/1⌋ + 1 = 4"]
    assert sorted(text for text, _, _ in found) == sorted(expected)
    # The first input cell is at 0.7 units, one unit wide: its middle is at 1.2 units.
    assert found[0] == ("0", number(1.2 * SCALE), number((2.0 + 0.35 * 0.44) * SCALE))


def test_line_breaks_become_lines_at_the_same_left_edge():
    root = drawn(boards.lecture().scene(0))
    caption = next(element for element in root.iter(f"{SVG}text") if element.text == "size of the output")
    (line,) = caption
    assert line.text == "⌊(6 + 2·0 − 3)/1⌋ + 1 = 4"
    assert line.get("x") == caption.get("x")
    assert float(line.get("dy")) == pytest.approx(1.35 * 0.42 * SCALE, abs=0.05)


def test_padding_is_dashed_and_cells_that_no_window_reaches_are_hatched():
    root = drawn(boards.padded().scene(0))
    by_role = {path.get("class"): path for path in root.iter(f"{SVG}path") if path.get("class")}
    assert by_role["padding"].get("stroke-dasharray") and by_role["padding_window"].get("stroke-dasharray")
    assert not by_role["cell"].get("stroke-dasharray")
    hatching = [path for path in root.iter(f"{SVG}path") if not path.get("class")]
    # Five lines in each of the six unreached cells and the eight outside.
    assert sorted(path.get("d").count("M") for path in hatching) == [5 * 6, 5 * 8]


def test_edges_of_dashed_neighbours_coincide():
    board = boards.padded()
    path = next(path for path in drawn(board.scene(0)).iter(f"{SVG}path") if path.get("class") == "padding")
    dash, gap = map(float, path.get("stroke-dasharray").split())
    # Half a dash at both ends of each side: run either way, the same pattern.
    assert 5 * (dash + gap) == pytest.approx(board.stage.grid("input").pitch * SCALE)
    assert float(path.get("stroke-dashoffset")) == pytest.approx(dash / 2)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_colours_come_from_the_theme(name):
    look = themes.theme(name)
    root = drawn(boards.lecture().scene(5), theme=name)
    background = next(root.iter(f"{SVG}rect"))
    assert background.get("fill") == look.background
    for path in root.iter(f"{SVG}path"):
        assert path.get("fill") == look.cells[path.get("class")].fill
    current = next(group for group in root.iter(f"{SVG}g") if group.get("font-weight") == "700")
    assert [element.text for element in current] == ["18"]
    assert current.get("fill") == look.cells["current"].text


def test_marks_surround_their_cells():
    window, current = (rect for rect in drawn(boards.lecture().scene(5)).iter(f"{SVG}rect") if rect.get("class") == "mark")
    thick = float(window.get("stroke-width"))
    # Step 5 is row 1, column 1; the input begins at (0.7, 1.5).
    assert float(window.get("x")) == pytest.approx(1.7 * SCALE - thick / 2, abs=0.05)
    assert float(window.get("y")) == pytest.approx(2.5 * SCALE - thick / 2, abs=0.05)
    assert float(window.get("width")) == pytest.approx(3 * SCALE + thick, abs=0.05)
    assert float(current.get("width")) == pytest.approx(SCALE + thick, abs=0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_a_window_in_a_photograph_is_an_open_ring_between_lines_of_paper(name):
    board, look = boards.picture(256), themes.theme(name)
    grid = board.stage.grid("input")
    casing, mark = (
        next(rect for rect in drawn(board.scene(3000), theme=name).iter(f"{SVG}rect") if rect.get("class") == kind)
        for kind in ("casing", "mark")
    )
    row, column = divmod(3000, 254)
    thick, around = (float(rect.get("stroke-width")) for rect in (mark, casing))
    for start, at, side in (
        ("x", grid.x + (column + 1.5) * grid.pitch, "width"),
        ("y", grid.y + (row + 1.5) * grid.pitch, "height"),
    ):
        assert casing.get(start) == mark.get(start) and casing.get(side) == mark.get(side)
        # Within the casing, 0.3 units are open around the middle of the window.
        assert float(mark.get(side)) - around == pytest.approx(0.3 * SCALE, abs=0.1)
        assert float(mark.get(start)) + float(mark.get(side)) / 2 == pytest.approx(at * SCALE, abs=0.1)
    assert around > thick + 2
    assert (casing.get("stroke"), mark.get("stroke")) == (look.background, look.mark["window"])
    assert casing.get("fill") == mark.get("fill") == "none"


def test_a_window_of_large_pixels_is_outlined_outside_them():
    board = boards.picture(8)
    rects = [rect for rect in drawn(board.scene(8)).iter(f"{SVG}rect") if rect.get("class") in ("casing", "mark")]
    assert [rect.get("class") for rect in rects] == ["casing", "mark"] * 2
    casing = rects[0]
    grid, around = board.stage.grid("input"), float(casing.get("stroke-width"))
    assert float(casing.get("x")) + around / 2 == pytest.approx((grid.x + 2 * grid.pitch) * SCALE, abs=0.1)
    assert float(casing.get("width")) - around == pytest.approx(3 * grid.pitch * SCALE, abs=0.1)


def test_an_arrow_ends_at_its_end_in_a_head():
    stage = replace(boards.lecture().stage, grids=(), texts=(), links=(Link(1, 2, 4, 2, arrow=True), Link(1, 3, 4, 3)))
    root = drawn(Scene(stage, Frame(0)))
    (head,) = root.iter(f"{SVG}polygon")
    corners = [tuple(map(float, corner.split(","))) for corner in head.get("points").split()]
    assert corners[0] == (4 * SCALE, 2 * SCALE)
    assert corners[1][0] == corners[2][0] < 4 * SCALE
    assert [line.get("x2") for line in root.iter(f"{SVG}line")] == [number(corners[1][0]), number(4 * SCALE)]


def test_a_link_of_no_length_is_drawn_without_error():
    stage = replace(boards.lecture().stage, grids=(), texts=(), links=(Link(1, 2, 1, 2, arrow=True),))
    assert len(list(drawn(Scene(stage, Frame(0))).iter(f"{SVG}line"))) == 1


@pytest.mark.parametrize("nasty", ["</svg><script>alert(1)</script>", "a \"b\" 'c' & <d>", "nul \0 bell \a \ud800 \ufffe"])
def test_text_of_the_caller_is_escaped(nasty):
    board = boards.lecture()
    grid = replace(board.stage.grids[0], title=nasty, texts=((nasty,) * 6,) * 6)
    stage = replace(board.stage, title=nasty, grids=(grid, *board.stage.grids[1:]))
    frame = replace(board.frame(0), spoken=nasty, texts={"formula": nasty})
    root = drawn(Scene(stage, frame))
    assert root.find(f".//{SVG}script") is None
    shown = re.sub("[\0\a\ud800\ufffe]", "\ufffd", nasty)
    assert root.find(f"{SVG}title").text == root.find(f"{SVG}desc").text == shown
    assert [text for text, _, _ in texts(root)].count(shown) == 36 + 1 + 1
    svg(Scene(stage, frame)).encode("utf-8")


def test_it_is_named_and_described_for_those_who_do_not_see_it():
    root = drawn(boards.lecture("ja").scene(3))
    assert root.get("role") == "img"
    assert root.get("lang") == "ja"
    assert root.find(f"{SVG}title").text == "畳み込み"
    assert root.find(f"{SVG}desc").text == "Step 4 of 16"
    assert {"Hiragino Sans", "Noto Sans CJK JP"} <= set(root.get("font-family").split(","))


def test_size_keeps_the_proportions():
    scene = boards.lecture().scene(0)
    plain = drawn(scene)
    assert (plain.get("width"), plain.get("height")) == (number(19.2 * SCALE), number(9.6 * SCALE))
    root = drawn(scene, size=(800, 800))
    assert (root.get("width"), root.get("height")) == ("800", "800")
    # The scene is twice as wide as high: half of the square's height is left, above and below.
    left, top, width, height = map(float, root.get("viewBox").split())
    assert (left, width) == (0, 19.2 * SCALE)
    assert (top, height) == (-4.8 * SCALE, 19.2 * SCALE)
    paper = next(root.iter(f"{SVG}rect"))
    assert [paper.get(name) for name in ("x", "y", "width", "height")] == root.get("viewBox").split()


@pytest.mark.parametrize(
    ("size", "sides"),
    [
        (("8in", "4.5in"), ("8in", "4.5in")),
        (("200 mm", "7cm"), ("200mm", "7cm")),
        ((800, "300pt"), ("800", "300pt")),
        ("8in", ("8in", "4in")),
        (1280, ("1280", "640")),
        ("slide", ("1280", "720")),
    ],
)
def test_the_picture_states_the_lengths_that_were_asked_for(size, sides):
    root = drawn(boards.lecture().scene(0), size=size)
    assert (root.get("width"), root.get("height")) == sides
    left, top, width, height = map(float, root.get("viewBox").split())
    assert 2 * left + width == pytest.approx(19.2 * SCALE, abs=0.2)
    assert 2 * top + height == pytest.approx(9.6 * SCALE, abs=0.2)


def test_mixed_units_keep_the_proportions():
    # 800 pixels are 8 inches, which are 576 points.
    root = drawn(boards.lecture().scene(0), size=(800, "576pt"))
    assert root.get("viewBox") == drawn(boards.lecture().scene(0), size=(800, 800)).get("viewBox")


@pytest.mark.parametrize(
    ("size", "error"),
    [
        (0, ValueError),
        ((800,), TypeError),
        ((0, 400), ValueError),
        ((-1, 400), ValueError),
        (("wide", 3), ValueError),
        ((float("nan"), 1), TypeError),
        ((float("inf"), 1), TypeError),
        ("8 inches", ValueError),
    ],
)
def test_a_size_that_makes_no_sense_is_refused(size, error):
    with pytest.raises(error, match="expected width and height"):
        svg(boards.lecture().scene(0), size=size)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("size", [None, (800, 800)])
def test_a_transparent_picture_is_the_same_without_the_paper(name, size):
    scene = boards.padded().scene(5)
    paper, clear = (svg(scene, name, size, transparent) for transparent in (False, True))
    (background,) = re.findall(rf'<rect [^>]*fill="{themes.theme(name).background}"/>', paper)
    assert clear == paper.replace(background, "")
    assert "<rect" in clear, "marks are rectangles too"


def test_an_unknown_theme_is_refused():
    with pytest.raises(ValueError, match="expected 'light', 'dark'"):
        svg(boards.lecture().scene(0), theme="sepia")


@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (28, 28), (3, 4, 3), (64, 48, 3)])
def test_png_is_read_back_by_pillow(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(pixels)))), pixels)
    smooth = np.cumsum(np.ones(shape, np.uint8), axis=0, dtype=np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(smooth)))), smooth)


@pytest.mark.parametrize("pixels", [np.zeros((2, 2)), np.zeros((2, 2, 4), np.uint8), np.zeros((0, 2), np.uint8)])
def test_png_refuses_what_is_no_picture(pixels):
    with pytest.raises(ValueError, match="array of uint8 of shape"):
        png(pixels)


def test_a_picture_is_embedded_and_what_is_to_come_is_veiled():
    board = boards.picture()
    root = drawn(board.scene(30))
    first, second = root.iter(f"{SVG}image")
    data = base64.b64decode(first.get("href").removeprefix("data:image/png;base64,"))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), board.stage.grid("input").pixels)
    assert float(second.get("width")) == pytest.approx(7.8 * SCALE, abs=0.05)
    (veil,) = (path for path in root.iter(f"{SVG}path") if path.get("class") == "pending")
    # 31 cells of 26 in a row are there: one row and five cells of the next.
    x, y = map(float, re.match(r"M(\S+) ([\d.]+)", veil.get("d")).groups())
    assert x == pytest.approx((10.4 + 5 * 7.8 / 26) * SCALE, abs=0.06)
    assert y == pytest.approx((1.2 + 7.8 / 26) * SCALE, abs=0.06)
    assert (veil.get("fill"), float(veil.get("fill-opacity"))) == (themes.LIGHT.veil, themes.VEIL)


def test_the_last_step_veils_nothing():
    root = drawn(boards.picture().scene(26 * 26 - 1))
    assert [path for path in root.iter(f"{SVG}path") if path.get("class") == "pending"] == []


def test_a_picture_veiled_in_full_before_its_first_step():
    board = boards.picture()
    grid = replace(board.stage.grid("output"), first=10)
    stage = replace(board.stage, grids=(board.stage.grids[0], grid))
    root = drawn(Scene(stage, Frame(3, marks=(Mark("output", 0, 0),))))
    (veil,) = (path for path in root.iter(f"{SVG}path") if path.get("class") == "pending")
    left, top = map(float, re.match(r"M(\S+?) ([\d.]+)", veil.get("d")).groups())
    assert (left, top) == (pytest.approx(10.4 * SCALE, abs=0.06), pytest.approx(1.2 * SCALE, abs=0.06))
