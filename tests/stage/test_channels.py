"""Pictures of several channels and groups: what belongs together stands together, with signs and lines between."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from overlaps import grid_box, overlap, require_apart

import convviz as cv
from convviz.stage.boxes import scale_on
from convviz.stage.captions import LANGUAGES
from convviz.stage.side_by_side import NEARLY, PAGE, beside, over, place_width

SHAPES = (None, 16 / 9, 4 / 3, 1.0, 0.8, 0.5)


@st.composite
def convolutions(draw, groups=(1, 2, 3, 4, 8)):
    """A trace of a convolution of random sizes, some channels, groups and filters."""
    parts = draw(st.sampled_from(groups))
    depth, filters = draw(st.integers(1, 8 // parts)), draw(st.integers(1, 2 if parts > 1 else 5))
    kernel, side = draw(st.integers(1, 3)), draw(st.integers(3, 7))
    seed = np.random.default_rng(draw(st.integers(0, 99)))
    weights = seed.integers(-2, 4, (kernel, kernel, depth, parts * filters))
    bias = seed.integers(-2, 4, parts * filters) if draw(st.booleans()) else None
    operation = cv.Convolution(weights, bias=bias, groups=parts, padding=draw(st.sampled_from(["valid", "same"])))
    return operation.trace(seed.integers(-2, 4, (side, side, parts * depth)))


def around(grids):
    """The rectangle around some grids with their titles."""
    boxes = list(zip(*map(grid_box, grids), strict=True))
    return min(boxes[0]), min(boxes[1]), max(boxes[2]), max(boxes[3])


def partners(view, stage):
    """The grids that belong together: those of each filter with grids of its own, else of each channel."""
    grids = {grid.name: grid for grid in stage.grids}
    if view.apart:
        kinds = ("kernel", "products")
        each = [(f, view.input_name(*view.trace.channels_of(f)), view.output_name(f)) for f in view.filters]
        return [
            [grids[source], grids[made], *(grids[view.slot_name(kind, 0, f)] for kind in kinds)] for f, source, made in each
        ]
    names = [
        [view.input_name(view.slot_channel(slot)), *(view.slot_name(kind, slot) for kind in ("kernel", "products"))]
        for slot in range(view.slots)
    ]
    return [[grids[name] for name in each] for each in names]


@given(convolutions(), st.sampled_from(SHAPES))
@settings(max_examples=80)
def test_what_belongs_together_stands_together(trace, shape):
    board = trace.board(shape=shape)
    if len(board.view.groups) > 1 and not board.view.apart:
        return
    for one, other in itertools.combinations(map(around, partners(board.view, board.stage)), 2):
        assert not overlap(one, other)


@given(convolutions(groups=(2, 3, 4, 8)), st.sampled_from(SHAPES))
@settings(max_examples=60)
def test_results_of_groups_stand_as_their_inputs_do(trace, shape):
    board = trace.board(shape=shape)
    view, stage = board.view, board.stage
    if view.apart:
        return
    inputs = [around([stage.grid(view.input_name(c)) for c in group if c in view.inputs]) for group in view.groups]
    made = [[f for f in view.filters if tuple(view.trace.channels_of(f)) == group] for group in view.groups]
    results = [around([stage.grid(view.output_name(f)) for f in each]) for each in made]
    for boxes in (inputs, results):
        assert not any(overlap(one, other) for one, other in itertools.combinations(boxes, 2))
    for one, other in itertools.combinations(range(len(inputs)), 2):
        assert direction(inputs[one], inputs[other]) == direction(results[one], results[other])


def direction(one, other):
    """Whether a rectangle begins below another one, else whether at its right."""
    if other[1] >= one[3] or one[1] >= other[3]:
        return "below", other[1] > one[1]
    return "right", other[0] > one[0]


@given(convolutions(), st.sampled_from(SHAPES), st.sampled_from(sorted(LANGUAGES)))
@settings(max_examples=60)
def test_channels_and_groups_do_not_overlap(trace, shape, lang):
    board = trace.board(lang, shape=shape)
    for index in {board.indices[0], board.indices[-1]}:
        require_apart(board.scene(index))


@given(convolutions(), st.sampled_from(SHAPES))
@settings(max_examples=60)
def test_every_kernel_and_every_product_has_its_sign(trace, shape):
    board = trace.board(shape=shape)
    stage, view = board.stage, board.view
    signs = [text for text in stage.texts if text.name.startswith("sign.")]
    assert len({text.name for text in signs}) == len(signs)
    units = len(view.filters) if view.apart else 1
    assert [sign.text for sign in signs].count("×") == units * view.slots
    assert len([grid for grid in stage.grids if grid.name.startswith("products")]) == units * view.slots
    for slot, filter_ in itertools.product(range(view.slots), view.filters if view.apart else view.filters[:1]):
        kernel, products = (stage.grid(view.slot_name(kind, slot, filter_)) for kind in ("kernel", "products"))
        between = around([kernel, products])
        inside = [sign.text for sign in signs if between[0] < sign.x < between[2] and between[1] < sign.y < between[3]]
        assert "=" in inside, (slot, inside)
    assert [sign.text.split()[0] for sign in signs].count("Σ") == units


@given(convolutions(groups=(1,)), st.sampled_from(SHAPES))
@settings(max_examples=60)
def test_lines_of_channels_have_their_colours_and_join_the_windows_columns_or_rows(trace, shape):
    board = trace.board(shape=shape)
    frame, view = board.frame(board.indices[len(board.indices) // 2]), board.view
    if view.slots == 1:
        return
    counts = {}
    for link in frame.links:
        counts[link.role] = counts.get(link.role, 0) + 1
    roles = {view.slot_colour(slot) or "window" for slot in range(view.slots)}
    assert not frame.links or set(counts) == roles
    event("lines" if frame.links else "no lines")
    windows = [mark for mark in frame.marks if mark.role == "window"]
    ends = [end for link in frame.links for end in ((link.x1, link.y1), (link.x2, link.y2))]
    for mark in windows if frame.links else ():
        grid = board.stage.grid(mark.grid)
        left, top = grid.x + mark.column * grid.pitch, grid.y + mark.row * grid.pitch
        right, bottom = left + mark.columns * grid.pitch, top + mark.rows * grid.pitch
        corners = [[(right, top), (right, bottom)], [(left, bottom), (right, bottom)]]
        assert any(all(any(near(end, place) for end in ends) for place in side) for side in corners)


def near(one, other):
    return math.dist(one, other) < 1e-6


def test_three_channels_read_as_a_sum():
    digits = np.random.default_rng(2).integers(-2, 4, (3, 3, 3, 1))
    trace = cv.Convolution(digits, bias=[-2]).trace(np.arange(75).reshape(5, 5, 3) % 4)
    for lang, words in (("en", ["ch 0", "+ ch 1", "+ ch 2", "+ bias", "total"]), ("ja", None)):
        board = trace.board(lang, shape=16 / 9)
        scene = board.scene(4)
        notes = [scene.cell(board.stage.grid("sums"), row, 0).note for row in range(5)]
        assert [note[0] for note in notes[1:-1]] == ["+", "+", "+"] and notes == (words or notes)
        assert len(scene.frame.links) >= 6


@pytest.mark.parametrize("channels", [2, 3, 4])
@pytest.mark.parametrize("shape", SHAPES)
def test_each_channel_of_a_depthwise_convolution_has_a_column_or_a_row(channels, shape):
    kernel = np.random.default_rng(2).integers(-2, 4, (3, 3, 1, channels))
    board = (
        cv.Convolution(kernel, groups=channels).trace(np.arange(25 * channels).reshape(5, 5, channels) % 4).board(shape=shape)
    )
    for channel in range(channels):
        source, result = board.stage.grid(f"input.{channel}"), board.stage.grid(f"output.{channel}")
        middles = [(grid.x + grid.width / 2, grid.y + grid.height / 2) for grid in (source, result)]
        bottoms = source.y + source.height, result.y + result.height
        assert math.isclose(*bottoms) or any(math.isclose(one, other, abs_tol=0.4) for one, other in zip(*middles, strict=True))
        assert source.colour == result.colour != ""


@given(st.integers(2, 3), st.integers(1, 3), st.sampled_from(SHAPES), st.integers(0, 99))
@settings(max_examples=40)
def test_few_filters_of_a_depthwise_convolution_have_kernels_and_products_of_their_own(filters, side, shape, seed):
    random = np.random.default_rng(seed)
    kernel = random.integers(-2, 4, (side, side, 1, filters))
    trace = cv.Convolution(kernel, groups=filters).trace(random.integers(-2, 4, (5, 5, filters)))
    board = trace.board(shape=shape)
    for index in board.indices[:: max(1, len(board.indices) // 5)]:
        scene, step = board.scene(index), trace[index]
        for filter_ in range(filters):
            grids = [board.stage.grid(f"{name}.{filter_}") for name in ("input", "kernel", "products", "output")]
            assert {grid.colour for grid in grids} == {f"channel-{filter_}"}
            weights = [cell.text for cell in scene.cells(grids[1])]
            assert weights == [str(weight).replace("-", "−") for weight in kernel[:, :, 0, filter_].ravel()]
            products = [cell.text for cell in scene.cells(grids[2])]
            own = [str(product).replace("-", "−") for product in step.products.ravel()]
            assert products == (own if filter_ == step.channel else [""] * side**2)
            assert grids[1].meets[0] == f"input.{filter_}"
        assert {link.role for link in scene.frame.links} <= {f"channel-{step.channel}"}
        asked = board.question(index)
        assert {text for text, _, _ in asked.cells[f"products.{step.channel}"].values()} == {""}


@given(convolutions(groups=(1, 2, 3)), convolutions(groups=(1, 3)))
@settings(max_examples=30)
def test_comparisons_in_a_page_stand_as_they_have_the_larger_letters(left, right):
    board = cv.trace.Comparison(left, right).board()
    boards = [side.board for side in board.sides]
    widths = [
        place_width(cv.trace.Comparison(left, right), board.captions, board.indices, each, n) for n, each in enumerate(boards)
    ]
    possible = [scale_on(way(boards, widths), PAGE) for way in (beside, over)]
    assert scale_on(board.stage, PAGE) in possible and scale_on(board.stage, PAGE) >= NEARLY * max(possible)


def test_rows_that_are_compared_stand_above_each_other_in_a_page():
    stage = cv.compare(cv.Convolution([[1, 0, -1]]), cv.Convolution([[1, 2, 1]]), [list(range(12))]).board().stage
    first, second = stage.grid("left.input"), stage.grid("right.input")
    assert first.x == second.x and second.y > first.y + first.height
