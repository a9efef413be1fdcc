"""Numbers that are coloured by value: blue below 0, red above, the stronger the farther from 0; in every medium."""

import math
import re
from xml.etree import ElementTree

import numpy as np
import pptx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pptx.util import Inches
from test_contrast import LIGHTS, ratio

import convviz as cv
from convviz.render.figure import figure
from convviz.render.page import page
from convviz.render.slides import add_to_slide
from convviz.render.svg import SCALE, svg
from convviz.render.text import text
from convviz.stage.captions import captions
from convviz.stage.scene import Cell
from convviz.stage.theme import DARK, LIGHT
from convviz.stage.tints import COLOURS, LEVELS, STRENGTHS, level, number_in
from convviz.steps.notation import shorten

LECTURE = cv.examples.lecture_6x6.operation.trace(cv.examples.lecture_6x6.image)
SIGNED = cv.Convolution([[1, -2], [0, 3]], padding=1).trace([[2, -3, 0], [1, 5, -4], [0, 0, 1]])
TRACES = {
    "signed": SIGNED,
    "channels": cv.Convolution(np.arange(-8, 8).reshape(2, 2, 2, 2), bias=[1, -2]).trace(np.arange(-9, 9).reshape(3, 3, 2)),
    "max": cv.MaxPooling(2, padding=1).trace([[2, -3, 0], [1, 5, -4], [0, 0, 1]]),
    "backward": cv.MaxPooling(2).trace([[2, -3], [1, 5]], view="backward", gradient=[[-7]]),
    "scatter": cv.TransposedConvolution([[1, -2], [0, 3]]).trace([[2, -3], [1, 5]], view="scatter"),
    "pair": cv.compare(cv.MaxPooling(2), cv.Convolution([[1, -1]]), [[2, -3, 0], [1, 5, -4], [0, 0, 1]]),
}


def rgb(colour):
    return tuple(bytes.fromhex(colour[1:]))


@given(st.fractions() | st.floats() | st.integers())
def test_a_text_says_its_number(value):
    shown = shorten(value)
    if shown.value is not None:
        assert number_in(shown.text) == number_in(f"≈ {shown.text}") == shown.value
    else:
        assert number_in(shown.text) == (None if shown.text == "NaN" else float(value))


@given(st.fractions(-100, 100), st.fractions(-100, 100), st.integers(1, 100))
def test_tints_follow_the_order_of_numbers(one, other, scale):
    tints = [level(shorten(value).text, scale) for value in (one, other)]
    low, high = (shorten(value).value for value in (one, other))
    assert (tints[0] <= tints[1]) if low <= high else (tints[0] >= tints[1])
    for value, tint in zip((low, high), tints, strict=True):
        assert np.sign(tint) == np.sign(float(value)) and abs(tint) <= LEVELS
        assert (abs(tint) == LEVELS) >= (abs(value) >= scale)
        assert level(shorten(-value).text, scale) == -tint


@pytest.mark.parametrize("name", TRACES)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_number_of_a_picture_has_the_tint_of_its_value(name, lang):
    board = TRACES[name].board(lang, colour="sign")
    plain = TRACES[name].board(lang)
    for index in board.indices:
        scene, bare = board.scene(index), plain.scene(index)
        for grid in scene.stage.grids:
            for cell, without in zip(scene.cells(grid), bare.cells(plain.stage.grid(grid.name)), strict=True):
                assert (cell.text, cell.role, cell.note, without.tint) == (without.text, without.role, without.note, None)
                number = number_in(cell.text)
                if cell.role not in STRENGTHS or number is None:
                    assert cell.tint is None
                    continue
                assert np.sign(cell.tint) == np.sign(float(number))
                assert abs(cell.tint) == LEVELS or abs(number) < grid.scale
    legends = [caption.text for caption in board.stage.texts if caption.name == "legend"]
    assert [legend.replace("\n", " " if lang == "en" else "") for legend in legends] == [captions(lang)["tints"]]


@pytest.mark.parametrize("name", TRACES)
def test_the_largest_number_of_each_kind_of_grid_has_the_strongest_tint(name):
    board, found = TRACES[name].board(colour="sign"), {}
    for index in board.indices:
        scene = board.scene(index)
        for grid in scene.stage.grids:
            numbers = [abs(number) for cell in scene.cells(grid) if (number := number_in(cell.text)) is not None]
            found.setdefault((grid.name.split(".")[0], grid.scale), []).extend(numbers)
    if name != "pair":
        assert len({kind for kind, _ in found}) == len(found)  # channels have one scale
        for (kind, scale), numbers in found.items():
            assert scale == max(number for number in numbers if number != math.inf), kind


def test_without_a_number_but_0_nothing_is_tinted():
    board = cv.Convolution([[0]]).trace([[0, 0]]).board(colour="sign")
    assert {cell.tint for grid in board.stage.grids for cell in board.scene(0).cells(grid)} <= {0, None}


# What is asked for


@pytest.mark.parametrize(("colour", "error"), [("red", ValueError), ("Sign", ValueError), (True, TypeError), (3, TypeError)])
def test_other_colours_are_refused(tmp_path, colour, error):
    sentence = "expected 'sign', for colours by value, or None"
    for call in (
        lambda: LECTURE.save(tmp_path / "a.svg", colour=colour),
        lambda: LECTURE.board(colour=colour),
        lambda: LECTURE.figure(0, colour=colour),
    ):
        with pytest.raises(error, match=sentence):
            call()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("call", [LECTURE.board, lambda **how: LECTURE.figure(0, **how), lambda **how: LECTURE.text(0, **how)])
def test_the_american_spelling_is_answered(call):
    with pytest.raises(TypeError, match="colour"):
        call(color="sign")


def test_the_american_spelling_is_answered_by_save(tmp_path):
    with pytest.raises(TypeError, match="colour"):
        LECTURE.save(tmp_path / "a.svg", color="sign")
    with pytest.raises(TypeError, match="did you mean 'show'"):
        LECTURE.save(tmp_path / "a.svg", shwo=["title"])
    with pytest.raises(TypeError, match=".html has no option 'step'"):
        LECTURE.save(tmp_path / "a.html", step=1)


def test_the_legend_is_a_remark():
    names = {caption.name for caption in LECTURE.board(show=["formula"], colour="sign").stage.texts}
    assert "legend" not in names
    stage = LECTURE.board(colour="sign").stage
    for each in (stage, stage.narrow):
        (legend,) = (caption for caption in each.texts if caption.name == "legend")
        others = [caption.y for caption in each.texts if caption.name != "legend"] + [
            grid.y + grid.height for grid in each.grids
        ]
        lines = legend.text.count("\n") + 1
        assert legend.y - legend.size / 2 > max(others) and legend.y + (lines - 0.5) * legend.size * 1.35 < each.height


# Media


def fills(scene, theme):
    """The colour of each cell in an SVG, by the place of its top left corner."""
    root, found = ElementTree.fromstring(svg(scene, theme)), {}
    for path in root.iter("{http://www.w3.org/2000/svg}path"):
        for x, y in re.findall(r"M(\S+) ([\d.]+)h", path.get("d")):
            found[x, y] = path.get("fill")
    return found


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["signed", "channels"])
def test_a_picture_has_the_tints_of_its_scene(theme, name):
    board = TRACES[name].board(colour="sign")
    scene = board.scene(board.indices[-1])
    drawn, tints = fills(scene, theme), set()
    image = figure(scene, size=(1280, 720), theme=theme)
    image.canvas.draw()
    pixels = np.asarray(image.canvas.buffer_rgba())
    unit = min(1280 / board.stage.width, 720 / board.stage.height)
    left, top = (1280 - unit * board.stage.width) / 2, (720 - unit * board.stage.height) / 2
    for grid in board.stage.grids:
        for cell in scene.cells(grid):
            x, y = grid.x + cell.column * grid.pitch, grid.y + cell.row * grid.pitch
            place = tuple(f"{SCALE * side:.1f}".rstrip("0").rstrip(".") for side in (x, y))
            fill = theme.style(cell).fill
            assert drawn[place] == fill, (grid.name, cell)
            if not theme.cells[cell.role].hatched:
                corner = pixels[int(top + (y + 0.13 * grid.pitch) * unit), int(left + (x + 0.13 * grid.pitch) * unit)]
                assert tuple(corner[:3]) == rgb(fill), (grid.name, cell)
            tints.add(cell.tint)
    assert len(tints) > 5


def test_a_slide_has_the_tints_of_its_scene():
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    shapes = add_to_slide(SIGNED, 5, slide, top=Inches(2), colour="sign")
    scene = SIGNED.scene(5, colour="sign")
    tables = {shape.name: shape.table for shape in shapes if shape.has_table}
    for grid in scene.stage.grids:
        for cell in scene.cells(grid):
            fill = tables[f"convviz {grid.name}"].cell(cell.row, cell.column).fill.fore_color.rgb
            assert f"#{fill}".lower() == LIGHT.style(cell).fill
    assert any(shape.name == "convviz legend" for shape in shapes)


def test_a_page_has_what_its_tints_need_and_others_have_not(tmp_path):
    assert "color-mix" in page(LECTURE.board(colour="sign")) and '"tints"' in page(LECTURE.board(colour="sign"))
    assert "color-mix" not in page(LECTURE.board()) and "negative" not in page(LECTURE.board())


def test_a_terminal_has_tints_where_it_has_colours():
    board = SIGNED.board(steps=[5], colour="sign")
    plain, coloured = text(board.scene(5)), text(board.scene(5), True)
    assert coloured == SIGNED.text(5, colour="sign")
    words = re.sub("\033\\[[\\d;]*m", "", coloured)
    assert captions("en")["tints"] in " ".join(words.split("\n")) and captions("en")["tints"][:12] not in plain
    assert plain == SIGNED.text(5)
    codes = set(re.findall("\033\\[([\\d;]+)m", coloured))
    assert {"30;48;5;111", "30;48;5;231", "30;48;5;167"} <= codes  # the kernel is 1 −2 0 3
    assert "38;5;69" in codes


def test_the_command_line_colours_by_sign(tmp_path):
    from convviz.cli import main
    from convviz.cli.arguments import parser

    out = tmp_path / "a.svg"
    assert main(["conv", "1 -2 / 3 0", "1 -1", "--colour-by", "sign", "--quiet", "--out", str(out)]) == 0
    trace = cv.Convolution([[1, -1]]).trace([[1, -2], [3, 0]])
    trace.save(tmp_path / "b.svg", colour="sign")
    assert out.read_text() == (tmp_path / "b.svg").read_text()
    (option,) = (each for each in parser().commands["conv"]._actions if "--colour-by" in each.option_strings)
    assert option.choices == COLOURS and "--color-by" in option.option_strings


# Contrast


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("role", STRENGTHS)
def test_letters_are_read_on_every_tint(theme, role):
    for tint in range(-LEVELS, LEVELS + 1):
        style = theme.style(Cell(0, 0, "1", role, tint=tint))
        assert ratio(style.fill, style.text) >= 4.5, (role, tint)
        assert style.text == theme.cells[role].text


@pytest.mark.parametrize("medium", LIGHTS)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_strong_tints_are_told_from_0_and_signs_by_their_hue(theme, medium):
    fill = {tint: theme.style(Cell(0, 0, "1", "window", tint=tint)).fill for tint in (-LEVELS, 0, LEVELS)}
    assert ratio(fill[0], fill[LEVELS], medium) >= 1.25 and ratio(fill[0], fill[-LEVELS], medium) >= 1.25
    red, _, blue = rgb(fill[LEVELS])
    assert red > blue + 40
    red, _, blue = rgb(fill[-LEVELS])
    assert blue > red + 40


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_marks_stand_out_of_every_tint(theme):
    for role in STRENGTHS:
        for tint in range(-LEVELS, LEVELS + 1):
            fill = theme.style(Cell(0, 0, "1", role, tint=tint)).fill
            assert ratio(fill, theme.cells["current"].fill) >= 1.25, (role, tint)
            assert sum(abs(one - other) for one, other in zip(rgb(fill), rgb(theme.mark["window"]), strict=True)) > 120
