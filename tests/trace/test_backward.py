"""Pooling backward, step by step: judged by PyTorch's gradients, by differences, and by sums that a person would write."""

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convviz as cv

IMAGE = np.array([[1, 7, 2, 6, 3], [5, 0, 4, 10, 8], [9, 12, 20, 11, 14], [13, 23, 15, 16, 21], [17, 22, 18, 24, 19]])
GRADIENT = [[3, 1], [-2, 5]]


def back(operation, gradient, image=IMAGE, **options):
    return operation.trace(image, view="backward", gradient=gradient, **options)


def test_the_maximum_gets_the_whole_gradient():
    trace = back(cv.MaxPooling(3, strides=2), GRADIENT)
    assert trace.output.tolist() == [[0] * 5, [0] * 5, [0, 0, 3 + 1, 0, 0], [0, -2, 0, 0, 0], [0, 0, 0, 5, 0]]
    assert trace.output.dtype == np.int64
    assert [step.formula() for step in trace] == ["0 + 3 = 3", "3 + 1 = 4", "0 + (−2) = −2", "0 + 5 = 5"]
    assert (trace[1].before, trace[1].after) == ({(2, 2): 3}, {(2, 2): 4})
    assert (trace[-1].index, trace[-1].position, trace[1:3][0].position) == (3, (1, 1), (0, 1))


def test_a_mean_hands_back_equal_parts():
    trace = back(cv.AveragePooling(2), [[4]], [[1, 2], [3, 4]])
    assert (trace.output == 1).all()
    assert trace[0].formula() == "4/4 = 1"
    thirds = back(cv.AveragePooling((1, 3)), [[1]], [[1, 2, 3]])
    assert thirds[0].share == Fraction(1, 3)
    assert thirds[0].formula() == "1/3 ≈ 0.3333"
    assert thirds.output.tolist() == [[1 / 3] * 3]


def test_padding_that_counts_takes_its_part():
    without, counted = (
        back(cv.AveragePooling(2, padding=1, count_include_pad=counts), [[8] * 2] * 2, [[1, 2], [3, 4]])
        for counts in (False, True)
    )
    assert without.output.tolist() == [[8, 8], [8, 8]]
    assert counted.output.tolist() == [[2, 2], [2, 2]]


def test_exact_numbers_stay():
    large = back(cv.MaxPooling(2), [[2**70]], [[1, 2], [3, 4]])
    assert large.output[1, 1] == 2**70
    parts = back(cv.MaxPooling(2), [[Fraction(1, 3)]], [[1, 2], [3, 4]])
    assert parts.output[1, 1] == Fraction(1, 3)
    assert back(cv.MaxPooling(2), np.float32([[0.1]]), [[1, 2], [3, 4]]).output.dtype == np.float32


@st.composite
def poolings(draw):
    size = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    settings = {
        "pool_size": size,
        "strides": draw(st.integers(1, 3)),
        "ceil_mode": draw(st.booleans()),
        "padding": tuple(draw(st.integers(0, part // 2)) for part in size),
    }
    if draw(st.booleans()):
        return cv.MaxPooling(**settings, dilation_rate=draw(st.integers(1, 2)))
    return cv.AveragePooling(**settings, count_include_pad=draw(st.booleans()))


@given(poolings(), st.integers(5, 7), st.integers(5, 7), st.integers(0, 2**32 - 1))
def test_gradients_are_those_of_pytorch(operation, rows, columns, seed):
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(seed)
    image = random.permutation(rows * columns).reshape(rows, columns)
    gradient = random.integers(-5, 6, operation.output_shape(image.shape))
    trace = back(operation, gradient, image)
    leaf = torch.tensor(image[None, None], dtype=torch.float64, requires_grad=True)
    options = dict(
        kernel_size=operation.pool_size,
        stride=operation.strides,
        ceil_mode=operation.ceil_mode,
        padding=tuple(map(int, operation.padding)),
    )
    if isinstance(operation, cv.MaxPooling):
        result = torch.nn.functional.max_pool2d(leaf, dilation=operation.dilation_rate, **options)
    else:
        result = torch.nn.functional.avg_pool2d(leaf, count_include_pad=operation.count_include_pad, **options)
    result.backward(torch.tensor(gradient[None, None], dtype=torch.float64))
    np.testing.assert_allclose(trace.output.astype(float), leaf.grad[0, 0].numpy(), rtol=1e-13, atol=1e-13)


@given(st.integers(0, 2**32 - 1))
def test_of_equal_maxima_the_first_gets_it(seed):
    random = np.random.default_rng(seed)
    image, gradient = random.integers(0, 3, (5, 5)), random.integers(-5, 6, (2, 2))
    pool = cv.MaxPooling(3, strides=2)
    expected = np.zeros(25, int)
    np.add.at(expected, pool.with_argmax(image)[1], gradient)
    assert back(pool, gradient, image).output.ravel().tolist() == expected.tolist()


def test_what_it_needs_is_said():
    pool = cv.MaxPooling(2)
    with pytest.raises(TypeError, match="needs gradient=, a number for each of the 2×2 cells"):
        pool.trace(IMAGE, view="backward")
    with pytest.raises(ValueError, match=re.escape("gradient has shape (1, 2); expected (2, 2), the shape of the result")):
        back(pool, [[1, 2]])
    with pytest.raises(ValueError, match="expected one channel of one image"):
        back(pool, [[1]], np.zeros((2, 2, 3)))
    with pytest.raises(TypeError, match="the gradient of a kernel is itself a convolution"):
        back(cv.Convolution([[1]]), [[1]])
    with pytest.raises(ValueError, match="gradient is for view='backward', not for 'gather'"):
        pool.trace(IMAGE, gradient=GRADIENT)
    with pytest.raises(ValueError, match="at most 15 a side"):
        back(pool, np.ones((10, 10), int), np.ones((20, 20), int)).figure(0)


def test_later_changes_of_the_gradient_change_nothing():
    gradient = np.ones((1, 2))
    trace = back(cv.MaxPooling(2), gradient, [[1, 2, 3, 4], [5, 6, 7, 8]])
    assert trace.output[1].tolist() == [0, 1, 0, 1]
    gradient[0, 0] = 99
    assert trace[0].formula() == "0 + 1 = 1"


def test_means_of_numbers_beyond_int64_stay_exact():
    assert back(cv.AveragePooling(1), [[2**70 + 1]], [[3]]).output[0, 0] == 2**70 + 1
    quarter = back(cv.AveragePooling(2), [[10**400 + 1]], [[3, 4], [1, 2]])
    assert quarter.output[0, 0] == Fraction(10**400 + 1, 4)
    assert quarter.text(0)


def test_a_gradient_may_have_the_shape_that_the_operation_gives():
    assert back(cv.GlobalMaxPooling(), 5).output.sum() == 5
    image = IMAGE[:, :, None]
    assert back(cv.MaxPooling(2), np.ones_like(cv.MaxPooling(2)(image)), image).output.sum() == 4
    with pytest.raises(ValueError, match=re.escape("gradient has shape (3,); expected (1, 1) or ()")):
        back(cv.GlobalMaxPooling(), [1, 2, 3])


@pytest.mark.parametrize(
    "shape, data_format, advice",
    [
        ((4, 4, 2), "channels_last", "image[:, :, 0]"),
        ((2, 4, 4, 2), "channels_last", "image[0, :, :, 0]"),
        ((2, 4, 4), "channels_first", "image[0]"),
        ((1, 2, 4, 4), "channels_first", "image[0, 0]"),
    ],
)
def test_advice_about_channels_can_be_followed(shape, data_format, advice):
    image = np.zeros(shape)
    with pytest.raises(ValueError, match=re.escape(advice)):
        back(cv.MaxPooling(2), np.ones((2, 2)), image, data_format=data_format)
    assert back(cv.MaxPooling(2), np.ones((2, 2)), eval(advice)).output.shape == (4, 4)


def test_steps_are_found_by_their_cell():
    trace = back(cv.MaxPooling(3, strides=2), GRADIENT)
    assert (trace.index_of(1, 0), trace.at(1, 0).gradient) == (2, -2)


# What is drawn


def test_only_rounded_numbers_that_are_shown_are_remarked():
    image = np.arange(28).reshape(4, 7) ** 2  # its mean is no short number
    texts = [text.text for text in back(cv.GlobalAveragePooling(), 7, image).board().stage.texts]
    assert not any("rounded" in text for text in texts)
    texts = [text.text for text in back(cv.GlobalAveragePooling(), 1, image).board().stage.texts]
    assert any("rounded" in text for text in texts)


def test_a_sentence_writes_a_number_in_one_way():
    trace = back(cv.MaxPooling(2), [[0.12345678]], [[1, 2], [3, 4]])
    said = trace.scene(0).frame.texts["formula"].replace("\n", " ")
    assert said.startswith("0.1235 goes to row 1, column 1") and "0 + 0.1235" in said


def test_what_is_too_large_to_be_drawn_says_so_in_a_notebook():
    large = back(cv.MaxPooling(2), np.ones((14, 14)), np.ones((28, 28)))
    assert "&lt;BackwardTrace of MaxPooling" in large._repr_html_() and "at most 15 a side" in large._repr_html_()


def shown(scene, name):
    """The texts of a grid at a step, by row."""
    grid = scene.stage.grid(name)
    cells = list(scene.cells(grid))
    return [[cell.text for cell in cells[row * grid.columns : (row + 1) * grid.columns]] for row in range(grid.rows)]


def test_the_gradient_of_the_image_grows():
    trace = back(cv.MaxPooling(3, strides=2), GRADIENT)
    assert shown(trace.scene(0), "output")[2] == ["", "", "3", "", ""]
    assert shown(trace.scene(1), "output")[2] == ["", "", "4", "", ""]
    assert shown(trace.scene(3), "output")[2:] == [["", "", "4", "", ""], ["", "−2", "", "", ""], ["", "", "", "5", ""]]
    scene = trace.scene(1)
    assert scene.cell(scene.stage.grid("output"), 2, 2).note == "+1"
    assert scene.cell(scene.stage.grid("input"), 2, 2).role == "winner"
    assert scene.frame.texts["formula"] == "1 goes to row 2, column 2, where the maximum 20 is: 3 + 1 = 4"
    assert scene.stage.grid("gradient").step_of(1, 0) == 2


def test_a_mean_outlines_its_window_once_and_a_dilated_one_cell_by_cell():
    trace = back(cv.AveragePooling(2), [[4, 8]], [[1, 2, 3, 4], [5, 6, 7, 8]])
    (mark,) = [mark for mark in trace.scene(1).marks if mark.grid == "output"]
    assert (mark.row, mark.column, mark.rows, mark.columns) == (0, 2, 2, 2)
    dilated = back(cv.AveragePooling(2, dilation_rate=2), [[4]], np.arange(9).reshape(3, 3))
    assert len([mark for mark in dilated.scene(0).marks if mark.grid == "output"]) == 4
    assert trace.scene(0).frame.texts["formula"] == "every cell of the window gets 4/4 = 1"


def test_a_question_tells_nothing():
    board = back(cv.MaxPooling(3, strides=2), GRADIENT).board()
    asked = board.question(1)
    assert asked.texts["formula"] == "1 goes to the maximum, ?"
    assert "20" not in asked.spoken
    assert asked.cells["output"][2, 2] == ("3", "done", None)
    assert "winner" not in {role for _, role, _ in asked.cells["input"].values()}
    assert not [mark for mark in asked.marks if mark.grid == "output"]
    assert board.question(0).cells["output"][2, 2] == ("", "pending", None)


def test_it_has_every_medium(tmp_path):
    trace = back(cv.MaxPooling(3, strides=2), GRADIENT, captions={"input": "image"})
    for ending in ("gif", "webp", "apng", "html", "svg", "png", "pdf", "mp4", "pptx"):
        assert trace.save(tmp_path / f"back.{ending}").stat().st_size
    assert "gradient of the image 5×5" in trace.text(0)
    assert "画像の勾配 5×5" in back(cv.MaxPooling(3, strides=2), GRADIENT, captions={"input": {"ja": "画像"}}).text(
        0, lang="ja"
    )
    assert "画像" not in trace.text(0, lang="ja")
