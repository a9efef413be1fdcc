"""Scenes: what they say against the trace, and that nothing overlaps or leaves the stage."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from overlaps import require_apart

import convviz as cv
from convviz.stage import forward
from convviz.stage.pictures import NEGATIVE, POSITIVE
from convviz.stage.text_width import em_width
from convviz.steps.notation import shorten

RNG = np.random.default_rng(7)
LECTURE = [
    [0, 2, 3, 1, 2, 3],
    [4, 2, 1, 2, 3, 0],
    [2, 2, 1, 3, 2, 1],
    [1, 1, 2, 3, 1, 2],
    [1, 4, 2, 2, 3, 1],
    [2, 0, 2, 1, 4, 0],
]
KERNEL = [[1, 2, 2], [0, 0, 1], [2, 1, 1]]


def digits(*shape):
    """An image or kernel of whole numbers."""
    return RNG.integers(-9, 10, shape)


CASES = {
    "lecture": cv.Convolution(KERNEL).trace(LECTURE),
    "same": cv.Convolution(KERNEL, padding="same", bias=-3).trace(LECTURE),
    "strides": cv.Convolution(KERNEL, strides=(2, 3), padding=((1, 0), (0, 2))).trace(LECTURE),
    "dilation": cv.Convolution(KERNEL, dilation_rate=2, padding="full").trace(digits(4, 4)),
    "flipped": cv.Convolution(KERNEL, flip_kernel=True).trace(LECTURE),
    "one cell": cv.Convolution([[3]]).trace([[5]]),
    "long numbers": cv.Convolution([[123456789, -5]]).trace([[10**12, 3, 4]]),
    "channels": cv.Convolution(digits(3, 3, 3, 2), bias=[1, 2]).trace(digits(5, 5, 3)),
    "many channels": cv.Convolution(digits(3, 3, 32, 16)).trace(digits(8, 8, 32)),
    "groups": cv.Convolution(digits(2, 2, 2, 4), groups=2, bias=digits(4)).trace(digits(4, 4, 4)),
    "depthwise": cv.Convolution(KERNEL, groups=3, padding="same").trace(digits(5, 5, 3)),
    "transposed": cv.TransposedConvolution(KERNEL, strides=2, padding=1, output_padding=1, bias=1).trace(digits(3, 3)),
    "scatter": cv.TransposedConvolution(KERNEL, strides=2).trace(digits(3, 3), view="scatter"),
    "scatter channels": cv.TransposedConvolution(digits(2, 2, 2, 3), bias=[1, 2]).trace(digits(3, 3, 3), view="scatter"),
    "scatter picture": cv.TransposedConvolution(KERNEL, strides=2).trace(digits(28, 28), view="scatter"),
    "max": cv.MaxPooling(2).trace(digits(4, 4)),
    "max padded": cv.MaxPooling(3, 2, padding=1, ceil_mode=True).trace(digits(6, 5, 2)),
    "mean": cv.AveragePooling(2, padding="same", ceil_mode=True).trace(digits(5, 5)),
    "global": cv.GlobalAveragePooling().trace(digits(28, 28)),
    "28": cv.Convolution(RNG.random((3, 3, 1, 8))).trace(RNG.random((28, 28))),
    "photograph": cv.Convolution(KERNEL).trace(RNG.integers(0, 256, (300, 400)).astype(np.uint8)),
    "colours": cv.Convolution(digits(3, 3, 3, 1), padding="same").trace(RNG.integers(0, 256, (64, 48, 3)).astype(np.uint8)),
    "large kernel": cv.Convolution(RNG.random((15, 15))).trace(RNG.random((40, 40))),
    "medium kernel": cv.Convolution(digits(7, 7)).trace(digits(12, 12)),
    "batch": cv.Convolution(np.ones((2, 2, 1, 1), int)).trace(digits(2, 4, 4, 1)),
    "nan": cv.Convolution([[1.0, np.inf]]).trace([[np.nan, 1.5, -np.inf]]),
}


def boards():
    """A board in each language for each case."""
    return [pytest.param(trace, lang, id=f"{name}-{lang}") for name, trace in CASES.items() for lang in ("en", "ja")]


@pytest.mark.parametrize(("trace", "lang"), boards())
def test_nothing_overlaps_and_nothing_leaves_the_stage(trace, lang):
    board = forward.board(trace, lang)
    for index in {board.indices[0], board.indices[len(board.indices) // 2], board.indices[-1]}:
        require_apart(board.scene(index))


@pytest.mark.parametrize(("trace", "lang"), boards())
def test_texts_fit_their_cells(trace, lang):
    board = forward.board(trace, lang)
    for index in board.indices[:: max(1, len(board.indices) // 7)]:
        scene = board.scene(index)
        for grid in board.stage.grids:
            for cell in scene.cells(grid):
                size = grid.font
                assert em_width(cell.text) * size <= grid.pitch * 1.02, (grid.name, cell)
                if cell.note:
                    assert em_width(cell.note) * grid.note_font <= grid.pitch * 1.02, (grid.name, cell)


def test_long_numbers_in_small_grids_have_larger_cells():
    few = forward.board(cv.AveragePooling(3, 2).trace([[1, 2, 4, 8, 15]] * 5)).stage.grid("output")
    assert few.texts[0] == ("2.333", "9") and few.font >= 0.359 and few.pitch > 1
    many = forward.board(cv.AveragePooling(3, 1).trace(np.arange(100).reshape(10, 10) / 4)).stage.grid("output")
    assert many.pitch == 1.0 and many.texts[0][0] == "2.75"
    image = np.full((3, 3), -4 / 3)
    alone = forward.board(cv.Convolution(np.ones((2, 2))).trace(image)).stage.grid("input")
    assert alone.texts[0][0] == "−1.333" and alone.pitch > 1 and alone.font >= 0.358
    several = forward.board(cv.Convolution(np.ones((2, 2, 2, 1))).trace(np.stack([image, image], axis=2))).stage
    assert [several.grid(name).pitch for name in ("input.0", "input.1")] == [1.0, 1.0]
    stamped = forward.board(cv.TransposedConvolution(KERNEL).trace(digits(3, 3), view="scatter")).stage.grid("output")
    assert stamped.pitch == pytest.approx(1.35) and stamped.note_font == pytest.approx(0.378)


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith("scatter")])
def test_numbers_in_the_scene_are_those_of_the_trace(name):
    trace = CASES[name]
    board = forward.board(trace)
    top, left = (low for low, _ in board.view.extent)
    for index in board.indices[:: max(1, len(board.indices) // 9)]:
        step, scene = trace[index], board.scene(index)
        for slot, channel in enumerate(step.channels[: board.view.slots]):
            grids = {grid.name: grid for grid in board.stage.grids}
            inside = grids.get(board.view.input_name(channel))
            if inside is not None and inside.texts:
                for i, y in enumerate(step.rows):
                    for j, x in enumerate(step.columns):
                        cell = scene.cell(inside, y - top, x - left)
                        assert cell.role in ("window", "padding_window", "winner")
                        if step.kinds[i][j] == "cell":
                            assert cell.text == shorten(step.values[i, j, slot]).text
            for name, values in (("products", step.products), ("kernel", step.weights), ("window", step.values)):
                grid = grids.get(board.view.slot_name(name, slot, step.channel))
                if grid is not None and grid.texts and values is not None:
                    for (i, j), value in np.ndenumerate(values[:, :, slot]):
                        text = scene.cell(grid, i, j).text
                        assert text in (shorten(value).text, "") and (text or step.kinds[i][j] != "cell")
        out = board.stage.grid(board.view.output_name(step.channel))
        if out.texts:
            current = scene.cell(out, *step.position)
            assert (current.text, current.role) == (shorten(step.result).text, "current")
            shown = [cell for cell in scene.cells(out) if cell.role == "done"]
            assert len(shown) == index - out.first
            for cell in shown:
                assert cell.text == shorten(trace.result[step.batch, cell.row, cell.column, step.channel]).text
        else:
            assert scene.revealed(out) == index - out.first + 1


@pytest.mark.parametrize("name", ["scatter", "scatter channels"])
def test_the_feature_map_grows_as_cells_are_stamped(name):
    trace = CASES[name]
    board = forward.board(trace)
    for index in board.indices:
        step, scene = trace[index], board.scene(index)
        out = board.stage.grid(board.view.output_name(step.channel))
        for cell in scene.cells(out):
            past = trace.history(step.batch, step.channel, cell.row, cell.column)
            here = step.position[0] * trace.source.shape[2] + step.position[1]
            shown = [value for when, value in past if when <= here]
            if past:
                assert cell.text == (shorten(shown[-1]).text if shown else "")
            assert (cell.role == "window") == ((cell.row, cell.column) in step.after)


def test_roles_of_the_input():
    trace = cv.Convolution(KERNEL, strides=3, padding=((1, 0), (0, 0))).trace(np.ones((6, 5), int))
    scene = forward.board(trace).scene(0)
    grid = scene.stage.grid("input")
    roles = [[scene.cell(grid, r, c).role for c in range(grid.columns)] for r in range(grid.rows)]
    assert grid.origin == (-1, 0)
    assert roles[0] == ["padding_window"] * 3 + ["padding"] * 2
    assert roles[-1] == ["unreached"] * 5
    assert {row[4] for row in roles[1:]} == {"unreached"}
    assert any("no window reads 1 row and 2 columns" in text.text for text in scene.texts)


def test_padding_shows_what_it_counts_as():
    def corner(operation):
        scene = forward.board(operation.trace(np.ones((4, 4), int))).scene(0)
        return scene.cell(scene.stage.grid("input"), 0, 0).text

    assert corner(cv.Convolution(KERNEL, padding=1)) == "0"
    assert corner(cv.MaxPooling(3, padding=1)) == "−∞"
    assert corner(cv.AveragePooling(3, padding=1)) == ""
    assert corner(cv.AveragePooling(3, padding=1, count_include_pad=True)) == "0"


def test_a_weight_meets_exactly_the_cells_it_is_multiplied_with():
    trace = cv.Convolution(KERNEL, strides=2, dilation_rate=2, padding="same").trace(LECTURE)
    board = forward.board(trace)
    target, rows, columns = board.stage.grid("kernel").meets
    grid = board.stage.grid(target)
    for i, j in itertools.product(range(3), range(3)):
        met = {(step.rows[i] - grid.origin[0], step.columns[j] - grid.origin[1]) for step in trace}
        assert set(itertools.product(rows[i], columns[j])) == met


def test_formula_and_size_stand_under_the_picture():
    scene = forward.board(CASES["lecture"]).scene(0)
    texts = {text.name: text.text for text in scene.texts}
    assert texts["formula"] == "0×1 + 2×2 + 3×2 + 4×0 + 2×0 + 1×1 + 2×2 + 2×1 + 1×1 = 18"
    assert texts["running"] == "running sum: 0 → 4 → 10 → 10 → 10 → 11 → 15 → 17 → 18"
    assert texts["remark.0"] == "output size: ⌊(6 − 3)/1⌋ + 1 = 4"
    assert texts["place"] == "step 1 of 16 · row 0, column 0 of the feature map"
    assert scene.frame.spoken == f"Step 1 of 16, row 0, column 0 of the feature map: {texts['formula']}"


def test_rounding_is_remarked():
    def remarks(image):
        scene = forward.board(cv.Convolution([[1.0]]).trace(image)).scene(0)
        return [text.text for text in scene.texts if "rounded" in text.text]

    assert remarks([[0.25]]) == []
    assert remarks([[1 / 3]]) == ["cells show rounded numbers"]


def test_what_floats_add_by_themselves_is_no_rounding():
    for dtype in (np.float64, np.float32):
        tenths = np.array([[0.1, 0.2], [0.3, 0.6]], dtype)
        for operation in (cv.Convolution(np.array([[0.7, 0.1]], dtype), bias=[0.1]), cv.AveragePooling((1, 2))):
            shown = operation.trace(tenths).text(0)
            assert "≈" not in shown and "rounded" not in shown
    # a channel's sum is a number in a cell like others
    image = np.array([[[1.0, 1.0]]])
    assert "rounded" in cv.Convolution(np.array([[[[1.00001], [1.99999]]]])).trace(image).text(0)


def test_large_images_are_pictures_with_the_window_enlarged():
    board = forward.board(CASES["photograph"])
    scene = board.scene(5000)
    grid = board.stage.grid("input")
    assert grid.texts is None
    assert max(grid.pixels.shape) <= 256
    assert len(board.indices) == 60
    step = CASES["photograph"][5000]
    window = board.stage.grid("window")
    assert scene.cell(window, 1, 1).text == str(step.values[1, 1, 0])
    assert [mark for mark in scene.marks if mark.grid == "input"][0].row == step.rows[0]


def test_pictures_keep_negative_values_apart_from_black():
    image = np.arange(900, dtype=float).reshape(30, 30) - 450
    board = forward.board(cv.Convolution([[1.0]]).trace(image))
    pixels = board.stage.grid("output").pixels
    assert pixels[0, 0].tolist() == list(NEGATIVE)
    assert abs(pixels[-1, -1].astype(int) - POSITIVE).max() <= 1
    assert pixels[15, 0].tolist() == [255, 255, 255]
    assert any("from −450 (blue) over 0 (white) to 450 (red)" in text.text for text in board.stage.texts)


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        (None, list(range(16))),
        (1, [0]),
        (4, [0, 5, 10, 15]),
        (99, list(range(16))),
        ([3, 1, 3], [1, 3]),
        ([-1], [15]),
        (slice(0, 16, 8), [0, 8]),
        (np.array([2, 4]), [2, 4]),
        (range(2), [0, 1]),
    ],
)
def test_choosing_steps(steps, wanted):
    assert forward.board(CASES["lecture"], steps=steps).indices == tuple(wanted)


@pytest.mark.parametrize(
    ("steps", "error", "words"),
    [
        (0, ValueError, "at least 1"),
        (-3, ValueError, "at least 1"),
        (1.5, TypeError, "whole number"),
        ([16], ValueError, "no step 16"),
        ([-17], ValueError, "at least -16"),
        ([], ValueError, "none of the 16 steps"),
        ("all", TypeError, "whole number"),
        (True, TypeError, "whole"),
    ],
)
def test_choosing_steps_that_are_not_there(steps, error, words):
    with pytest.raises(error, match=words):
        forward.board(CASES["lecture"], steps=steps)


def test_steps_of_several_images_cannot_share_a_board():
    trace = CASES["batch"]
    assert len(forward.board(trace).indices) == 9
    assert forward.board(trace, steps=[9, 10]).view.batch == 1
    with pytest.raises(ValueError, match="several images"):
        forward.board(trace, steps=[0, 9])


@pytest.mark.parametrize("filters", [5, 6, 8])
def test_a_number_of_steps_is_spread_over_the_filters_that_are_drawn(filters):
    trace = cv.Convolution(np.ones((2, 2, 1, filters), int)).trace(np.ones((2, 3, 3, 1), int))
    for count in (1, 4, 7, 16):
        board = forward.board(trace, steps=count)
        assert len(board.indices) == count and board.view.filters == (0, 1, 2, 3) and board.view.batch == 0
    assert forward.board(trace, steps=4).indices == (0, 5, 10, 15)


@given(st.integers(1, 12), st.data())
def test_the_filters_that_are_drawn_are_those_of_the_steps(count, data):
    wanted = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=6))
    trace = cv.Convolution(np.ones((1, 1, 1, count), int)).trace([[1, 2]])
    steps = [2 * filter_ for filter_ in wanted]
    if len(wanted) > 4:
        with pytest.raises(ValueError, match=f"at most 4 filters, not of {len(wanted)}"):
            forward.board(trace, steps=steps)
        return
    board = forward.board(trace, steps=steps)
    filters = board.view.filters
    assert wanted <= set(filters) and list(filters) == sorted(set(filters))
    assert filters == tuple(sorted(wanted)) or filters == tuple(range(filters[0], min(filters[0] + 4, count)))
    shown = {grid.name for grid in board.stage.grids if grid.name.startswith("output")}
    assert shown == ({f"output.{f}" for f in filters} if len(filters) > 1 else {"output"})
    for index, filter_ in zip(steps, wanted, strict=True):
        (mark,) = (mark for mark in board.frame(index).marks if mark.role == "current")
        assert mark.grid == board.view.output_name(filter_)


def test_unknown_language():
    with pytest.raises(ValueError, match="lang is 'fr'; expected 'en' or 'ja'"):
        forward.board(CASES["lecture"], lang="fr")


def test_both_languages_have_the_same_captions():
    from convviz.stage.captions import LANGUAGES

    english, japanese = LANGUAGES["en"], LANGUAGES["ja"]
    assert english.keys() == japanese.keys()
    # another order of words needs fields with numbers
    fields = [{key: len(re.findall(r"\{\d?\}", text)) for key, text in texts.items()} for texts in (english, japanese)]
    assert fields[0] == fields[1]


def test_a_few_far_values_leave_the_others_their_greys():
    image = np.tile(np.arange(40), (40, 1))
    usual, rare = "grey from 0 (black) to 39 (white)", "grey from 0 and less (black) to 39 and more (white)"
    for corner, words in ((1, usual), (900, rare)):
        image[0, 0] = corner
        stage = forward.board(cv.Convolution([[1]]).trace(image)).stage
        assert any(words in text.text for text in stage.texts)
        assert stage.grid("output").pixels[0, 20] == round(20 / 39 * 255)
    assert stage.grid("output").pixels[0, 0] == 255
    signed = np.tile(np.arange(-20, 20), (40, 1))
    signed[0, 0] = 900
    stage = forward.board(cv.Convolution([[1]]).trace(signed)).stage
    assert any("from −20 and less (blue) over 0 (white) to 20 and more (red)" in text.text for text in stage.texts)
    assert stage.grid("output").pixels[0, 0].tolist() == list(POSITIVE)


def test_windows_are_marked_in_the_order_of_the_channels():
    trace = cv.Convolution(digits(2, 2, 4, 16), groups=4).trace(digits(4, 4, 16))
    board = forward.board(trace, steps=[trace.index_of(0, 0, 12)])
    marks = [mark.grid for mark in board.scene(board.indices[0]).marks if mark.role == "window"]
    assert marks == ["input.12", "input.13", "input.14", "input.15"]
    page = forward.board(cv.Convolution(digits(2, 2, 4, 16), groups=4).trace(digits(4, 4, 16)), steps=[8 * 9])
    assert [mark.grid for mark in page.scene(72).marks if mark.role == "window"] == [f"input.{c}" for c in range(8, 12)]


def test_of_groups_the_channels_that_a_step_reads_are_named():
    trace = cv.examples.groups.trace()
    board = forward.board(trace)
    for index, names in ((0, ["ch 0", "+ ch 1"]), (9, ["ch 2", "+ ch 3"]), (17, ["ch 2", "+ ch 3"])):
        scene = board.scene(index)
        assert [scene.cell(board.stage.grid("sums"), slot, 0).note for slot in range(2)] == names
    picture = cv.Convolution(trace.operation.kernel, groups=2).trace(np.zeros((40, 40, 4), int))
    titles = [grid.title for grid in forward.board(picture, steps=4).stage.grids if grid.name.startswith("window")]
    assert titles == ["window 2×2", "window 2×2"]


def test_only_what_is_drawn_as_cells_is_called_hatched():
    def remark(side):
        trace = cv.Convolution([[1, 1], [1, 1]], strides=2).trace(np.ones((side, side), int))
        return next(text.text for text in forward.board(trace).stage.texts if "no window reads" in text.text)

    assert remark(5) == "no window reads 1 row and 1 column (hatched)"
    assert remark(45) == "no window reads 1 row and 1 column"


# Captions with other names


def test_grids_have_the_names_that_they_are_given():
    trace = cv.Convolution([[1, 2]]).trace(
        [[3, 4, 5]], captions={"kernel": "gradient", "output": {"en": "result", "ja": "結果"}}
    )
    scene = trace.scene(0)
    assert [grid.title for grid in scene.stage.grids] == ["input 1×3", "gradient 1×2", "products", "result 1×2"]
    assert scene.frame.texts["place"] == "step 1 of 2 · row 0, column 0 of the result"
    japanese = trace.scene(0, lang="ja")
    assert [grid.title for grid in japanese.stage.grids] == ["入力 1×3", "gradient 1×2", "積", "結果 1×2"]


def test_a_stamp_is_called_what_it_is():
    stamped = cv.TransposedConvolution([[1, 2]]).trace([[3]], view="scatter", captions={"kernel": "stencil", "output": "{}"})
    scene = stamped.scene(0)
    assert scene.frame.texts["formula"] == "3 × stencil is added to the {} where the stencil lands"
    assert scene.stage.grid("output").title == "{} 1×2"


@pytest.mark.parametrize(
    "captions, error, words",
    [
        ("gradient", TypeError, "expected a dict such as"),
        ({"image": "x"}, ValueError, "captions has 'image'; expected some of 'input', 'kernel', 'output'"),
        ({"kernel": ""}, ValueError, "the caption of 'kernel' is ''; expected a text of one line"),
        ({"kernel": "a\nb"}, ValueError, "expected a text of one line"),
        ({"kernel": 3}, ValueError, "expected a text of one line"),
        ({"kernel": "核" * 26}, ValueError, "at most 40 Latin or 25 Japanese letters"),
        ({"kernel": "x" * 41}, ValueError, "at most 40 Latin or 25 Japanese letters"),
        ({"kernel": {"fr": "noyau"}}, ValueError, "lang is 'fr'"),
    ],
)
def test_names_that_cannot_be_used(captions, error, words):
    with pytest.raises(error, match=words):
        cv.Convolution([[1]]).trace([[1]], captions=captions)


def test_names_of_every_kind_stand_as_they_are_given():
    longest = {"input": "x" * 40, "kernel": "k{0}", "output": {"en": "{} <input>", "ja": "核" * 25}}
    trace = cv.Convolution([[1, 2]], flip_kernel=True).trace([[3, 4, 5]], captions=longest)
    longest["output"]["en"] = "changed later"
    titles = [grid.title for grid in trace.scene(0).stage.grids]
    assert titles == ["x" * 40 + " 1×3", "k{0}, flipped", "products", "{} <input> 1×2"]


def test_pooling_has_no_kernel_to_name():
    with pytest.raises(ValueError, match="captions has 'kernel'; expected some of 'input', 'output'"):
        cv.MaxPooling(1).trace([[1]], captions={"kernel": "x"})


def test_cells_beyond_the_end_are_remarked():
    image = np.arange(25).reshape(5, 5)
    for pool, lang, words in (
        (cv.MaxPooling(2, ceil_mode=True), "en", "cells beyond the end (hatched) are never the maximum"),
        (cv.AveragePooling(2, ceil_mode=True), "ja", "端を越えるセル(斜線)は数えない"),
    ):
        assert words in [text.text for text in forward.board(pool.trace(image), lang).stage.texts]
    texts = [text.text for text in forward.board(cv.MaxPooling(2).trace(image)).stage.texts]
    assert not any("beyond" in text for text in texts)


def test_the_size_formula_speaks_the_language():
    trace = cv.MaxPooling((1, 2)).trace([[1, 2, 3, 4], [5, 6, 7, 8]])
    for lang, words in (
        ("en", "output size: rows ⌊(2 − 1)/1⌋ + 1 = 2, columns ⌊(4 − 2)/2⌋ + 1 = 2"),
        ("ja", "出力の大きさ: 行 ⌊(2 − 1)/1⌋ + 1 = 2、列 ⌊(4 − 2)/2⌋ + 1 = 2"),
    ):
        assert words in [text.text for text in trace.board(lang).stage.texts]
