"""Large kernels: numbers where they can be read on the medium, else colours with the numbers that count most."""

import numpy as np
import pptx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from luminance import ratio
from matplotlib.text import Text
from pptx.util import Inches

import convviz as cv
from convviz.render.page import page
from convviz.render.slides import add_to_slide
from convviz.render.svg import svg
from convviz.render.text import text
from convviz.stage.boxes import scale_on
from convviz.stage.captions import captions
from convviz.stage.coloured import coloured, kind_of
from convviz.stage.pictures import picture_of
from convviz.stage.shaded import KINDS, READABLE, READABLE_UNITS, shaded
from convviz.stage.text_width import em_width
from convviz.stage.theme import LIGHT
from convviz.stage.tints import number_in
from convviz.steps.notation import shorten

SLIDE = 16 / 9
RNG = np.random.default_rng(3)
KERNEL = np.round(RNG.normal(size=(7, 7)), 2)
LARGE = cv.Convolution(KERNEL).trace(RNG.integers(0, 10, (12, 12)))
PHOTO = cv.Convolution(KERNEL).trace(RNG.integers(0, 256, (40, 40)))


def letters_read(stage, shape):
    """The least height of letters that can be read, in units."""
    return READABLE_UNITS if shape is None else READABLE / scale_on(stage, shape)


@settings(max_examples=25)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 11),
    st.integers(0, 2),
    st.sampled_from([None, SLIDE, 1.0, 0.6]),
    st.sampled_from(["en", "ja"]),
)
def test_numbers_of_large_kernels_are_read_or_colours(seed, side, places, shape, lang):
    rng = np.random.default_rng(seed)
    kernel = np.round(rng.normal(size=(side, side)) * 3, places)
    trace = cv.Convolution(kernel).trace(rng.integers(0, 10, rng.integers(side, 20, 2)))
    index = int(rng.integers(len(trace)))
    plain = trace.board(lang, [index], True, shape)
    board = shaded(plain, shape)
    scene, before = board.scene(index), plain.scene(index)
    least = letters_read(plain.stage, shape)
    for grid in board.stage.grids:
        old = plain.stage.grid(grid.name)
        assert (grid.x, grid.y, grid.pitch, grid.texts, grid.meets) == (old.x, old.y, old.pitch, old.texts, old.meets)
        limit = least if side > 5 else least * 2 / 3 if side > 3 else 0
        small = grid.name in KINDS and old.texts is not None and old.font < limit
        assert bool(grid.scale) == bool(grid.least) == bool(small)
        if not small:
            assert grid.font == old.font
            continue
        pairs = list(zip(scene.cells(grid), before.cells(old), strict=True))
        shown = [number_in(cell.text) for cell, _ in pairs if cell.text]
        hidden = [number_in(cell.text) for other, cell in pairs if not other.text]
        assert all(cell.text in ("", whole.text) and (cell.tint, cell.grey) != (None, None) for cell, whole in pairs)
        assert max(map(abs, hidden), default=0) < min(map(abs, shown), default=float("inf"))  # the strongest are shown
        assert not shown or grid.font >= least
        assert all(em_width(cell.text) * grid.font <= grid.pitch for cell, _ in pairs)


def test_numbers_that_can_be_read_stay():
    trace = cv.Convolution(RNG.integers(-2, 4, (7, 7))).trace(RNG.integers(-2, 4, (10, 10)))
    board = trace.board(shape=SLIDE)
    assert shaded(board, SLIDE) is board


def test_the_strongest_numbers_are_shown_where_they_can_be_read():
    kernel = np.full((7, 7), 0.015625)
    kernel[3, 3], kernel[2, 4] = 3, -2
    trace = cv.Convolution(kernel).trace(np.ones((9, 9), int))
    board = shaded(trace.board(steps=[0], shape=SLIDE), SLIDE)
    cells = board.scene(0).cells(board.stage.grid("kernel"))
    assert {(cell.row, cell.column): cell.text for cell in cells if cell.text} == {(3, 3): "3", (2, 4): "−2"}


def test_equal_weights_are_all_shown_or_none():
    trace = cv.Convolution(np.full((9, 9), 0.015625)).trace(np.ones((12, 12), int))
    board = shaded(trace.board(steps=[0], shape=SLIDE), SLIDE)
    assert {cell.text for cell in board.scene(0).cells(board.stage.grid("kernel"))} == {""}


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_legend_names_the_largest_weights_of_a_kernel_without_numbers(lang):
    board = shaded(PHOTO.board(lang, [5], True, SLIDE), SLIDE)
    names, order = captions(lang), sorted(np.ndindex(7, 7), key=lambda place: -abs(KERNEL[place]))
    words = "".join(next(each.text for each in board.stage.texts if each.name == "strongest").split())
    assert words.startswith("".join(names["tints"].split()))
    for row, column in order[:3]:
        place = names["weight_at"].format(str(KERNEL[row, column]).replace("-", "−"), row, column)
        assert "".join(place.split()) in words


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(6, 11), st.integers(0, 2), st.sampled_from([None, SLIDE, 0.7]))
def test_the_three_largest_weights_are_shown_or_named(seed, side, places, shape):
    rng = np.random.default_rng(seed)
    kernel = np.round(rng.normal(size=(side, side)) * 3, places)
    board = shaded(cv.Convolution(kernel).trace(rng.integers(0, 256, (40, 40))).board("en", [5], True, shape), shape)
    grid = board.stage.grid("kernel")
    if grid.scale is None:
        return
    texts = [cell.text for cell in board.scene(5).cells(grid)]
    words = " ".join(" ".join(each.text.split()) for each in board.stage.texts if each.name == "strongest")
    for place in sorted(np.ndindex(side, side), key=lambda place: -abs(kernel[place]))[:3]:
        number = shorten(kernel[place]).text
        assert number in texts or f"{number} at row {place[0]}, column {place[1]}" in words


@pytest.mark.parametrize(
    "image",
    [
        RNG.integers(0, 256, (40, 40)).astype(np.uint8),
        RNG.random((40, 40)),
        RNG.integers(-300, 900, (40, 40)),
        RNG.integers(0, 256, (40, 40, 3)).astype(np.uint8),
    ],
    ids=["bytes", "parts of one", "integers", "colours"],
)
def test_the_window_of_a_photograph_is_grey_as_the_picture_is(image, tmp_path):
    kernel = np.full((7, 7) if image.ndim == 2 else (7, 7, 3, 1), 0.015625)
    trace = cv.Convolution(kernel, padding="same").trace(image)
    board = shaded(trace.board(steps=[45], shape=SLIDE), SLIDE)
    scene, step = board.scene(45), trace[45]
    for slot in range(step.values.shape[2]):
        grid = board.stage.grid("window" if step.values.shape[2] == 1 else f"window.{slot}")
        assert grid.scale
        pixels = picture_of(image if image.ndim == 3 else image[:, :, None])[0][..., slot].astype(int)
        for cell in scene.cells(grid):
            y, x = step.rows[cell.row], step.columns[cell.column]
            if step.kinds[cell.row][cell.column] == "cell":
                assert cell.tint is None and abs(cell.grey - pixels[y, x]) <= (0 if image.dtype == np.uint8 else 1)
                fill, letters = LIGHT.style(cell).fill, LIGHT.style(cell).text
                assert fill == f"#{cell.grey:02x}" + 2 * f"{cell.grey:02x}" and ratio(fill, letters) >= 4.5
            else:
                assert cell.grey is None and cell.role == "padding_window"
    assert coloured(board).stage.grid(grid.name).greys is None


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize(("center", "named"), [(0.015625, False), (-0.015625, False), (0.515625, True)])
def test_of_equal_weights_none_is_farthest_from_0(lang, center, named):
    kernel = np.full((11, 11), 0.015625)
    kernel[5, 5] = center
    board = shaded(cv.Convolution(kernel).trace(RNG.integers(0, 256, (40, 40))).board(lang, [5], True), 0.4)
    words = "".join("".join(text.text.split()) for text in board.stage.texts if text.name == "strongest")
    shown = {cell.text for cell in board.scene(5).cells(board.stage.grid("kernel"))} - {""}
    label = "".join(captions(lang)["strongest"].split("{}")[0].split())
    assert words and (label in words or "0.515625" in shown) == named


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("shape", [None, SLIDE, 0.6])
def test_no_line_is_blank_above_a_remark(lang, shape):
    for trace in (PHOTO, cv.Convolution(np.full((9, 9), 0.015625)).trace(RNG.integers(0, 256, (60, 60)))):
        stages = [shaded(trace.board(lang, None, still, shape), shape).stage for still in (False, True)]
        for stage in stages:
            lines = [text for text in stage.texts if text.name.startswith(("remark", "strongest"))]
            blank = [text.y for text in lines if not text.text]
            assert min(blank, default=stage.height) >= max(text.y for text in lines if text.text)
        assert stages[0].height == stages[1].height and len(blank) == 1


def test_without_remarks_there_is_no_legend():
    board = shaded(PHOTO.board(steps=[5], shape=SLIDE, show=["title"]), SLIDE, ["title"])
    assert "strongest" not in {caption.name for caption in board.stage.texts}
    assert board.stage.grid("kernel").scale


def test_files_figures_and_slides_have_colours_and_a_terminal_numbers(tmp_path):
    board = shaded(LARGE.board(steps=[7], still=True, shape=SLIDE), SLIDE)
    LARGE.save(tmp_path / "a.svg", size="slide", steps=[7])
    assert (tmp_path / "a.svg").read_text() == svg(board.scene(7), size="slide")
    scene = shaded(PHOTO.board(steps=[5])).scene(5)
    numbers = [cell.text for grid in scene.stage.grids for cell in scene.cells(grid) if cell.text]
    drawn = [artist.get_text() for artist in PHOTO.figure(5).findobj(Text)]
    assert sorted(word for word in drawn if number_in(word) is not None) == sorted(numbers)
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    shapes = {shape.name: shape for shape in add_to_slide(LARGE, 7, slide, top=Inches(2))}
    table = shapes["convviz kernel"].table
    assert sum(bool(table.cell(i, j).text) for i in range(7) for j in range(7)) <= 12
    assert "convviz strongest" in shapes
    whole = LARGE.text(7)
    assert all(str(weight).replace("-", "−") in whole for weight in KERNEL[KERNEL % 1 != 0].ravel())
    assert text(LARGE.scene(7)) == whole


def test_a_page_has_the_numbers_that_it_does_not_show():
    source = page(shaded(PHOTO.board(steps=[5])))
    assert '"least"' in source and all(str(weight).replace("-", "−") in source for weight in KERNEL.ravel() if weight % 1)


def test_kinds_are_those_of_the_grids():
    assert {kind_of(grid.name) for grid in PHOTO.board(steps=[5]).stage.grids} & set(KINDS) == {"window", "kernel", "products"}
