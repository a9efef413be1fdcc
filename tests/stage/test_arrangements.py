"""Grids are arranged so that letters are large on the medium, and lines lead from the window to the result."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from overlaps import require_apart
from random_traces import traces

import convviz as cv
from convviz.stage.captions import LANGUAGES
from convviz.stage.forward import board, scale_on
from convviz.stage.lines import crosses

RNG = np.random.default_rng(1)


def digits(*shape):
    return RNG.integers(-2, 4, shape)


def units(stage, width, height):
    """Pixels or points of a unit on a medium of this size."""
    return height * scale_on(stage, width / height)


def letters(stage, kinds=("input", "kernel", "products", "window", "output", "sums")):
    """Heights of the letters of numbers, in units, by grid."""
    return {grid.name: grid.font for grid in stage.grids if grid.texts is not None and grid.name.split(".")[0] in kinds}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("trace", "points"),
    [
        (cv.examples.lecture_6x6.trace(), 18),
        (cv.Convolution(digits(3, 3)).trace(digits(5, 5)), 18),
        (cv.Convolution(digits(3, 3, 3, 1), bias=[-2]).trace(digits(5, 5, 3)), 14),
        (cv.Convolution(digits(7, 7)).trace(digits(10, 10)), 12),
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
    assert min(letters(stage).values()) * scale >= 24


@given(traces(sizes=(3, 6)), st.permutations([16 / 9, 4 / 3, 2.5, 8.0]), st.sampled_from(sorted(LANGUAGES)))
@settings(max_examples=60)
def test_no_other_arrangement_has_larger_letters(trace, shapes, lang):
    shape, *others = shapes
    shown = trace.board(lang, shape=shape)
    for other in others:
        assert scale_on(shown.stage, shape) >= scale_on(trace.board(lang, shape=other).stage, shape)
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
            assert not crosses(grid, link.x1, link.y1, link.x2, link.y2)


def test_lines_lead_from_the_window_to_the_kernel_and_from_the_products_to_the_cell():
    trace = cv.examples.lecture_6x6.trace()
    shown = trace.board(shape=16 / 9)
    grids = {grid.name: grid for grid in shown.stage.grids}
    for index, step in enumerate(trace):
        first, second, third, fourth = shown.frame(index).links
        source, kernel, products, output = (grids[name] for name in ("input", "kernel", "products", "output"))
        edge = source.x + source.width
        assert (first.x1, first.y1) == (edge, source.y + step.rows[0]) and (first.x2, first.y2) == (kernel.x, kernel.y)
        assert (second.x1, second.y1) == (edge, pytest.approx(source.y + step.rows[-1] + 1))
        assert (second.x2, second.y2) == (kernel.x, kernel.y + kernel.height)
        assert (third.x1, third.y1) == (products.x + products.width, products.y)
        assert (third.x2, third.y2) == (output.x, pytest.approx(output.y + step.position[0] * output.pitch))
        assert fourth.y2 - third.y2 == pytest.approx(output.pitch)


@pytest.mark.parametrize(
    ("operation", "channels", "signs"),
    [
        (cv.Convolution(digits(3, 3)), 1, ["×", "=", "Σ"]),
        (cv.Convolution(digits(3, 3), bias=[1]), 1, ["×", "=", "Σ +", "="]),
        (cv.Convolution(digits(2, 2, 2, 1)), 2, ["Σ", "="]),
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
