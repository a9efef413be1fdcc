"""Every number in every caption, in both languages, against what it is about, worked out from settings and arrays alone."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_traces import traces

import convviz as cv

LANGUAGES = ("en", "ja")


def numbers(text):
    """The whole numbers in a caption, in order; 12,345 is one number."""
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text.replace("\n", " "))
    return [int(found.replace("−", "-")) for found in re.findall(r"−?\d+", text)]


def pair(value):
    """The numbers of a setting of both axes: one where they are equal."""
    return [value[0]] if value[0] == value[1] else list(value)


def title_numbers(trace):
    """The settings as they were given, in the order in which a title names them."""
    operation = trace.operation
    found = [*(operation.pool_size if trace.weights is None else operation.kernel.shape[:2]), *pair(operation.strides)]
    if not isinstance(operation.padding, str):
        (top, bottom), (left, right) = np.broadcast_to(
            np.reshape(operation.padding, (-1, 1)) if np.ndim(operation.padding) < 2 else operation.padding, (2, 2)
        ).tolist()
        found += pair((top, left)) if (top, left) == (bottom, right) else [top, bottom, left, right]
    found += pair(operation.dilation_rate) if operation.dilation_rate != (1, 1) else []
    if operation.kind == "transposed_convolution" and operation.output_padding != (0, 0):
        found += pair(operation.output_padding)
    groups = getattr(operation, "groups", 1)
    depthwise = operation.kind == "convolution" and groups == trace.source.shape[3]  # it is said in words
    return found + ([groups] if groups != 1 and not depthwise else [])


def rows_and_columns_read(trace):
    """Which rows and which columns of the image count for the result, found by looking at every step."""
    spacing = trace.operation.strides if trace.operation.kind == "transposed_convolution" else (1, 1)
    read = [set(), set()]
    for step in (trace[index] for index in range(trace.shape[2] * trace.shape[3])):
        for axis, positions in enumerate((step.rows, step.columns)):
            if trace.view == "gather":
                read[axis] |= {at // spacing[axis] for at in positions if at % spacing[axis] == 0}
            elif any(0 <= at < trace.result.shape[1 + axis] for at in positions):
                read[axis].add(step.position[axis])
    return read


def place_numbers(trace, index):
    """Row, column, and channel and image where there are several, of a step: steps run through them in row order."""
    images, channels, rows, columns = trace.shape
    image, channel, row, column = np.unravel_index(index, (images, channels, rows, columns))
    return [row, column, *([channel] if channels > 1 else []), *([image] if images > 1 else [])]


@given(traces(images=2), st.randoms(use_true_random=False))
def test_every_number_in_title_and_place(trace, random):
    index = random.randrange(len(trace))
    for lang in LANGUAGES:
        board = trace.board(lang, steps=[index])
        assert numbers(board.stage.title) == title_numbers(trace)
        frame = board.frame(index)
        place = [index + 1, len(trace), *place_numbers(trace, index)]
        assert numbers(frame.texts["place"]) == place
        assert numbers(frame.spoken)[: len(place)] == place
        asked = board.question(index)
        assert asked.texts["place"] == frame.texts["place"]
        assert numbers(asked.spoken)[: len(place)] == place


@given(traces(sizes=(3, 5)))
@settings(max_examples=50)
def test_every_number_in_the_titles_of_grids(trace):
    scatter, weighted = trace.view == "scatter", trace.weights is not None
    _, rows, columns, channels = trace.source.shape
    _, down, across, filters = trace.result.shape
    size = list(trace.operation.kernel.shape[:2] if weighted else trace.operation.pool_size)
    for lang in LANGUAGES:
        board = trace.board(lang, steps=[0])
        for grid in board.stage.grids:
            kind, _, part = grid.name.partition(".")
            found = numbers(grid.title)
            if kind == "input":
                found = numbers(grid.title.replace("(間に 0)", ""))
                assert found == [rows, columns, *([int(part)] if part else [])]
                assert bool(part) == (len(board.view.inputs) > 1 and not board.view.colour)
            elif kind == "output":
                named = [int(part or 0)] if filters > 1 else []
                assert found == (named if len(board.view.groups) > 1 else [down, across, *named])
            elif kind == "kernel" and found != [180]:
                assert found == ([] if part or getattr(trace.operation, "flip_kernel", False) else size)
            elif kind == "kernel":
                assert trace.operation.kind == "transposed_convolution" and not scatter
            elif kind == "window":
                assert found in (size, [int(part or 0)])
            else:
                assert found == []


@given(traces(), st.integers(1, 9))
@settings(max_examples=60)
def test_every_number_in_the_remarks(trace, few):
    chosen = np.linspace(0, trace.shape[2] * trace.shape[3] - 1, few).astype(int).tolist()
    sizes, read = trace.source.shape[1:3], rows_and_columns_read(trace)
    missing = [len(set(range(size)) - each) for size, each in zip(sizes, read, strict=True)]
    depth, filters = len(trace[0].channels), trace.shape[1]
    for lang in LANGUAGES:
        board = trace.board(lang, steps=chosen)
        words = board.view.captions
        expected = {}
        if any(missing):
            expected[words["unreached"].split("{}")[0]] = [each for each in missing if each]
        if depth > 4:
            expected[words["more"].split("{}")[0]] = [depth - 3]
        if filters > 4:
            expected[words["some_channels" if trace.weights is None else "some_filters"].split("{}")[0]] = [0, 3, filters]
        for start, wanted in expected.items():
            (found,) = [text.text for text in board.stage.texts if text.text.replace("\n", " ").startswith(start)]
            assert numbers(found) == wanted
        texts = [text.text.replace("\n", " ") for text in board.stage.texts if text.name.startswith("remark.")]
        shown = len(set(chosen))
        picked = words["picked"].format(f"{shown:,}", f"{len(trace):,}")
        assert (picked in texts) == (1 < shown < len(trace))
        known = [*expected, words["picked"].split("{}")[0] or picked, words["size"], words["rounded"], words["finished"]]
        # another test is about greys and colours
        known += list(filter(None, (words[key].split("{}")[0] for key in ("grey", "signs", "signs_of_each"))))
        for text in texts:
            assert numbers(text) == [] or text == picked or any(text.startswith(start) for start in known), text
        size = next(text for text in texts if text.startswith(words["size"]))
        require_size(size.removeprefix(words["size"] + ": "), trace)


def require_size(text, trace):
    """A size formula is made of the settings, and comes to the size, evaluated as arithmetic."""
    formulas = re.findall(r"[⌊⌈\d][^,、=]*= \d+", text)
    assert len(formulas) in (1, 2)
    for axis, formula in zip((0, 1), formulas * 2 if len(formulas) == 1 else formulas, strict=True):
        left, right = formula.split(" = ")
        assert int(right) == trace.result.shape[1 + axis]
        python = left.replace("−", "-").replace("·", "*")
        for sign, name in (("⌊", "math.floor("), ("⌈", "math.ceil(")):
            python = python.replace(sign, name)
        assert eval(re.sub("[⌋⌉]", ")", python), {"math": math}) == int(right), formula
        window = (trace.operation.kernel if trace.weights is not None else np.empty(trace.operation.pool_size)).shape[axis]
        within = set(numbers(left))
        assert {trace.source.shape[1 + axis], trace.operation.strides[axis]} <= within, formula
        assert window in within or trace.operation.padding == "same", formula


@given(traces(kinds=("convolution", "transposed", "scatter"), sizes=(3, 5)))
@settings(max_examples=50)
def test_the_labels_beside_the_sums_name_the_channels_of_the_step(trace):
    for lang in LANGUAGES:
        board = trace.board(lang, steps=range(trace.shape[2] * trace.shape[3]))
        if not any(grid.name == "sums" for grid in board.stage.grids):
            continue
        words = board.view.captions
        for index in (0, board.indices[-1]):
            step, cells = trace[index], board.frame(index).cells["sums"]
            labels = [cells[row, 0][2] for row in range(len(cells))]
            shown = list(step.channels if len(step.channels) <= 4 else step.channels[:3])
            expected = [words["channel"].format(channel) for channel in shown] if len(step.channels) > 1 else []
            expected = [] if trace.view == "scatter" else expected
            if expected and len(step.channels) > 4:
                expected.append(words["others"].format(len(step.channels) - 3))
            if step.bias is not None:
                expected.append(words["bias"] if expected else "")
            if len(step.channels) > 1 and trace.view != "scatter":
                expected.append(words["total"])
                signs = ["", *["+ "] * (len(expected) - 2), ""]
                expected = [sign + label for sign, label in zip(signs, expected, strict=True)]
            assert labels == expected


@pytest.mark.parametrize("lang", LANGUAGES)
@given(data=st.data())
@settings(max_examples=40)
def test_every_number_in_the_sentences_of_a_gradient(lang, data):
    pool = data.draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**16)))
    image = rng.permutation(42).reshape(6, 7)
    operation = cv.MaxPooling(pool, data.draw(st.integers(1, 3)))
    gradient = rng.integers(1, 99, operation(image).shape)
    trace = operation.trace(image, view="backward", gradient=gradient)
    index = data.draw(st.integers(0, len(trace) - 1))
    board = trace.board(lang)
    row, column = divmod(index, gradient.shape[1])
    top, left = (place * stride for place, stride in zip((row, column), operation.strides, strict=True))
    window = image[top : top + pool[0], left : left + pool[1]]
    (y,), (x,) = np.nonzero(image == window.max())
    handed, sums = gradient[row, column], np.zeros_like(image)
    for earlier in range(index + 1):
        r, c = divmod(earlier, gradient.shape[1])
        part = image[r * operation.strides[0] :, c * operation.strides[1] :][: pool[0], : pool[1]]
        sums[image == part.max()] += gradient[r, c]
    before, after = sums[y, x] - handed, sums[y, x]
    frame = board.frame(index)
    assert numbers(frame.texts["formula"]) == [handed, y, x, window.max(), before, handed, after]
    place = [index + 1, len(trace), row, column]
    assert numbers(frame.texts["place"]) == place
    assert numbers(frame.spoken) == place + numbers(frame.texts["formula"])
    assert numbers(board.question(index).texts["formula"]) == [handed]
    titles = {grid.name: numbers(grid.title) for grid in board.stage.grids}
    assert titles["gradient"] == list(gradient.shape) and titles["output"] == [6, 7] == titles["input"]


@pytest.mark.parametrize("lang", LANGUAGES)
@given(st.integers(17, 40), st.integers(-500, 500), st.integers(1, 900), st.integers(1, 3))
@settings(max_examples=30)
def test_every_number_in_what_is_said_of_pictures(lang, side, low, span, filters):
    rng = np.random.default_rng(span)
    image = rng.integers(low, low + span + 1, (side, side))
    image[0, :2], image[1, :2] = low, low + span
    trace = cv.Convolution(np.ones((1, 1, 1, filters), int)).trace(image)
    board = trace.board(lang, steps=[0])
    both = low < 0 < low + span  # then 0 is white, and blue and red reach equally far
    start = board.view.captions["signs" if both else "grey"].split("{}")[0]
    said = [text.text for text in board.stage.texts if text.text.startswith(start)]
    if filters > 1:
        assert len(said) == (start.startswith("each") or not start)
    else:
        (found,) = said
        most = max(-low, low + span)
        assert numbers(found) == ([-most, 0, most] if both else [low, low + span])


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("side", [256, 257, 513, 700, 1300])
def test_the_number_of_pixels_that_a_picture_leaves_out(lang, side):
    board = cv.Convolution([[1]]).trace(np.zeros((side, 20), np.uint8)).board(lang, steps=[0])
    step = math.ceil(side / 256)
    start = board.view.captions["reduced"].split("{")[0]
    said = [numbers(text.text)[:2] for text in board.stage.texts if text.text.startswith(start)]
    assert said == ([] if step == 1 else [[step, step]])
    assert board.stage.grid("input").pixels.shape[0] == math.ceil(side / step)


@given(traces(kinds=("scatter",)), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_every_number_in_the_sentence_of_a_stamp(trace, random):
    index = random.randrange(len(trace))
    image, _, row, column = np.unravel_index(index, trace.shape)
    step = trace[index]
    values = trace.source[image, row, column][list(step.channels)].tolist()
    for lang in LANGUAGES:
        text = trace.board(lang, steps=[index]).frame(index).texts["formula"]
        several = len(values) > 1
        expected = [
            number
            for value, channel in zip(values, step.channels, strict=True)
            for number in ([value, channel] if several else [value])
        ]
        assert numbers(text) == expected
