"""Grids are arranged so that letters are large on the medium, and lines lead from the window to the result."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from overlaps import require_apart
from random_traces import traces

import convviz as cv
from convviz.render.sizes import pixel_size, shape_of
from convviz.stage.boxes import scale_on
from convviz.stage.captions import LANGUAGES
from convviz.stage.fitting import letters_on
from convviz.stage.forward import board
from convviz.stage.lines import crosses
from convviz.stage.text_width import em_width

RNG = np.random.default_rng(1)
#: The kinds of grids that hold numbers.
KINDS = ("input", "kernel", "products", "window", "output", "sums")


def digits(*shape):
    return RNG.integers(-2, 4, shape)


def units(stage, width, height):
    """Pixels or points of a unit on a medium of this size."""
    return height * scale_on(stage, width / height)


def letters(stage, kinds=KINDS):
    """Heights of the letters of numbers, in units, by grid."""
    return {grid.name: grid.font for grid in stage.grids if grid.texts is not None and grid.name.split(".")[0] in kinds}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("trace", "points"),
    [
        (cv.examples.lecture_6x6.trace(), 18),
        (cv.Convolution(digits(3, 3)).trace(digits(5, 5)), 18),
        (cv.Convolution(digits(3, 3), bias=[-2]).trace(digits(6, 6)), 18),
        (cv.Convolution(digits(3, 3), padding="same").trace(digits(5, 5)), 18),
        (cv.Convolution(digits(3, 3, 3, 1), bias=[-2]).trace(digits(5, 5, 3)), 14),
        (cv.Convolution(digits(3, 3, 3, 3), bias=[1, 2, -2]).trace(digits(5, 5, 3)), 14),
        (cv.Convolution(digits(3, 3, 1, 3)).trace(digits(6, 6)), 14),
        (cv.Convolution(digits(3, 3, 1, 3), groups=3).trace(digits(5, 5, 3)), 14),
        (cv.Convolution(digits(7, 7)).trace(digits(10, 10)), 12),
        (cv.TransposedConvolution(digits(3, 3), strides=2).trace(digits(3, 3)), 18),
        (cv.MaxPooling(2).trace(digits(6, 6)), 18),
    ],
)
def test_numbers_on_a_slide_are_read_from_the_last_row(trace, points, lang):
    stage = board(trace, lang, shape=16 / 9).stage
    scale = units(stage, 13.333 * 72, 7.5 * 72)
    assert min(letters(stage).values()) * scale >= points, {name: font * scale for name, font in letters(stage).items()}


def test_the_example_fills_a_picture_of_1280_to_720_pixels():
    trace = cv.examples.lecture_6x6.trace()
    stage = trace.board(shape=1280 / 720).stage
    scale = units(stage, 1280, 720)
    left, right = min(grid.x for grid in stage.grids), max(grid.x + grid.width for grid in stage.grids)
    assert (right - left) * scale >= 0.85 * 1280 or stage.height * scale >= 0.85 * 720
    assert min(letters(stage).values()) * scale >= 30


@given(traces(sizes=(3, 6)), st.permutations([16 / 9, 4 / 3, 2.5, 8.0]), st.sampled_from(sorted(LANGUAGES)))
@settings(max_examples=60)
def test_no_other_arrangement_has_larger_letters(trace, shapes, lang):
    shape, *others = shapes
    shown = trace.board(lang, shape=shape)
    for other in others:
        stage = trace.board(lang, shape=other).stage
        assert letters_on(shown.stage, shape) >= letters_on(stage, shape) or scale_on(shown.stage, shape) >= scale_on(
            stage, shape
        )
    for index in {shown.indices[0], shown.indices[-1]}:
        require_apart(shown.scene(index))


@given(traces(sizes=(3, 6)), st.floats(0.3, 1.2))
@settings(max_examples=40)
def test_nothing_overlaps_on_a_narrow_medium(trace, shape):
    shown = trace.board(shape=shape)
    for index in {shown.indices[0], shown.indices[-1]}:
        require_apart(shown.scene(index))


@given(traces(sizes=(3, 6)))
@settings(max_examples=40)
def test_letters_of_all_grids_are_alike_as_far_as_they_stay_readable(trace):
    stage = trace.board(shape=1.5).stage
    fonts = list(letters(stage).values())
    assert max(fonts) <= max(min(fonts), 0.34) + 1e-9


@given(traces(kinds=("convolution", "max", "average"), sizes=(3, 6)), st.sampled_from([None, 16 / 9, 0.6]))
@settings(max_examples=60)
def test_lines_cross_no_grid(trace, shape):
    shown = trace.board(shape=shape)
    for index in {shown.indices[0], shown.indices[len(shown.indices) // 2], shown.indices[-1]}:
        for link, grid in itertools.product(shown.frame(index).links, shown.stage.grids):
            assert not crosses(grid, link.x1, link.y1, link.x2, link.y2) or between_cells(grid, link)


def between_cells(grid, link):
    """Whether a line runs along the edges of a grid's cells, within the grid, where no number stands."""
    if grid.texts is None:
        return False
    places = [((x - grid.x) / grid.pitch, (y - grid.y) / grid.pitch) for x, y in ((link.x1, link.y1), (link.x2, link.y2))]
    (across, down), (end_across, end_down) = places
    within = all(-1e-6 < x < grid.columns + 1e-6 and -1e-6 < y < grid.rows + 1e-6 for x, y in places)
    level, upright = (down, end_down), (across, end_across)
    return within and any(abs(one - other) < 1e-6 and abs(one - round(one)) < 1e-6 for one, other in (level, upright))


@given(traces(sizes=(3, 6)), st.sampled_from([None, 16 / 9, 1.0, 0.6]))
@settings(max_examples=60)
def test_lines_cross_no_title_of_a_third_grid(trace, shape):
    shown = trace.board(shape=shape)
    for index in {shown.indices[0], shown.indices[-1]}:
        for link, grid in itertools.product(whole_lines(shown.frame(index).links), shown.stage.grids):
            ends = ((link.x1, link.y1), (link.x2, link.y2))
            if any(
                grid.x - 0.1 <= x <= grid.x + grid.width + 0.1 and grid.y - 0.8 <= y <= grid.y + grid.height + 0.1
                for x, y in ends
            ):
                continue
            half, middle = em_width(grid.title) * 0.42 / 2, grid.x + grid.width / 2
            for part in np.linspace(0, 1, 25):
                x, y = link.x1 + (link.x2 - link.x1) * part, link.y1 + (link.y2 - link.y1) * part
                assert abs(x - middle) >= half - 0.1 or not grid.y - 0.55 < y < grid.y - 0.1


@given(traces(sizes=(3, 6)), st.sampled_from([None, 16 / 9, 1.0, 0.6]))
@settings(max_examples=60)
def test_lines_stop_at_signs(trace, shape):
    shown = trace.board(shape=shape)
    signs = [text for text in shown.stage.texts if text.name.startswith("sign.")]
    for index in {shown.indices[0], shown.indices[-1]}:
        for link, sign in itertools.product(shown.frame(index).links, signs):
            wide, high = em_width(sign.text) * sign.size / 2, 0.35 * sign.size
            for part in np.linspace(0, 1, 41):
                x, y = link.x1 + (link.x2 - link.x1) * part, link.y1 + (link.y2 - link.y1) * part
                assert abs(x - sign.x) >= wide or abs(y - sign.y) >= high


def whole_lines(links):
    """Lines, the parts of one that is interrupted by a sign joined."""
    lines = []
    for link in links:
        if lines:
            last = lines[-1]
            dx, dy = last.x2 - last.x1, last.y2 - last.y1
            aside = abs(dx * (link.y2 - last.y1) - dy * (link.x2 - last.x1)) / math.hypot(dx, dy)
            if aside < 1e-6 and (link.x1 - last.x2) * dx > 0:
                lines[-1] = replace(last, x2=link.x2, y2=link.y2)
                continue
        lines.append(link)
    return lines


def test_lines_lead_from_the_window_to_the_kernel_and_from_the_products_to_the_cell():
    trace = cv.examples.lecture_6x6.trace()
    shown = trace.board(shape=16 / 9)
    grids = {grid.name: grid for grid in shown.stage.grids}
    source, kernel, products, output = (grids[name] for name in ("input", "kernel", "products", "output"))
    for index, step in enumerate(trace):
        links = [((link.x1, link.y1), (link.x2, link.y2)) for link in whole_lines(shown.frame(index).links)]
        edge, right = source.x + source.width, source.x + step.columns[-1] + 1
        row, column = step.position
        left, end = output.x + column * output.pitch, products.x + products.width
        for part in (0, 1):
            y, near = source.y + (step.rows[0], step.rows[-1] + 1)[part], output.y + (row + part) * output.pitch
            ways = [[(right, y), (edge, y), (kernel.x, kernel.y + part * kernel.height)]]
            ways.append([(end, products.y + part * products.height), (output.x, near), (left, near)])
            for way in ways:  # from the corner of the window to that of the kernel, and from the products to the cell
                for line in itertools.pairwise(way):
                    assert line[0] == pytest.approx(line[1]) or any(
                        np.allclose(line, link, rtol=0, atol=1e-9) for link in links
                    ), (index, line, links)
        inner = (right < edge) + (column > 0)
        assert len(links) == 4 + 2 * inner


@pytest.mark.parametrize(
    ("operation", "channels", "signs"),
    [
        (cv.Convolution(digits(3, 3)), 1, ["×", "=", "Σ"]),
        (cv.Convolution(digits(3, 3), bias=[1]), 1, ["×", "=", "Σ +", "="]),
        (cv.Convolution(digits(2, 2, 2, 1)), 2, ["×", "=", "×", "=", "Σ", "="]),
        (cv.MaxPooling(2), 1, ["→", "max"]),
        (cv.AveragePooling(2), 1, ["→", "mean"]),
    ],
)
def test_signs_say_what_happens(operation, channels, signs):
    stage = operation.trace(digits(5, 5, channels)).board(shape=16 / 9).stage
    found = sorted((text.x, text.text) for text in stage.texts if text.name.startswith("sign."))
    assert [text for _, text in found] == signs


def test_channels_have_colours_that_pair_what_belongs_together():
    plain = cv.Convolution(digits(3, 3, 3, 2)).trace(digits(5, 5, 3)).board().stage
    for channel in range(3):
        assert {plain.grid(f"{name}.{channel}").colour for name in ("input", "kernel", "products")} == {f"channel-{channel}"}
    assert {plain.grid(f"output.{f}").colour for f in range(2)} == {""}
    depthwise = cv.Convolution(digits(3, 3, 1, 3), groups=3).trace(digits(5, 5, 3)).board().stage
    assert depthwise.title.endswith("depthwise")
    assert all(depthwise.grid(f"input.{c}").colour == depthwise.grid(f"output.{c}").colour != "" for c in range(3))
    grouped = cv.Convolution(digits(3, 3, 2, 2), groups=2).trace(digits(5, 5, 4)).board().stage
    assert [grouped.grid(f"input.{c}").colour for c in range(4)] == ["channel-0", "channel-0", "channel-1", "channel-1"]
    assert [grouped.grid(f"output.{f}").colour for f in range(2)] == ["channel-0", "channel-1"]
    assert cv.Convolution(digits(3, 3)).trace(digits(5, 5)).board().stage.grid("input").colour == ""


#: Pictures of an operation, and the least letters in pixels on a square of 800, half a slide (620 × 500), and 400 wide.
SMALLER = [
    (cv.examples.lecture_6x6.trace(), 24, 17, 13),
    (cv.Convolution(digits(3, 3), padding="same").trace(digits(5, 5)), 20, 15, 11),
    (cv.Convolution(digits(3, 3, 3, 1), bias=[-2]).trace(digits(5, 5, 3)), 15, 10, 9),
    (cv.Convolution(digits(3, 3, 3, 3), bias=[1, 2, -2]).trace(digits(5, 5, 3)), 14, 10, 8),
    (cv.MaxPooling(2).trace(digits(6, 6)), 24, 18, 14),
    (cv.TransposedConvolution(digits(3, 3), strides=2).trace(digits(3, 3)), 17, 12, 11),
    (cv.MaxPooling(2).trace(digits(4, 4), view="backward", gradient=[[1, 2], [3, 4]]), 22, 15, 14),
]


@pytest.mark.parametrize(("trace", "square", "half", "narrow"), SMALLER)
def test_numbers_on_smaller_media_are_read(trace, square, half, narrow):
    for size, least in (((800, 800), square), ((620, 500), half), (400, narrow)):
        stage = trace.board(shape=shape_of(size)).stage
        width, height = pixel_size(size, stage)
        found = letters(stage, (*KINDS, "gradient"))
        scale = min(width / stage.width, height / stage.height)
        assert min(found.values()) * scale >= least, (size, {name: font * scale for name, font in found.items()})


@pytest.mark.parametrize("shape", [None, 16 / 9, 2.5])
def test_every_step_of_a_pooling_has_lines_to_its_window_and_to_its_result(shape):
    shown = cv.MaxPooling(2).trace(digits(6, 6)).board(shape=shape)
    window = shown.stage.grid("window")
    for index in shown.indices:
        links = shown.frame(index).links
        assert any(max(link.y1, link.y2) >= window.y and min(link.x1, link.x2) < window.x for link in links), index
        assert any(max(link.x1, link.x2) > window.x + window.width for link in links), index
