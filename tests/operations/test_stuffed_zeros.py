"""NaN and infinity beside the zeros that a transposed convolution puts between cells: they reach only what they stamp."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convviz as cv

STRANGE = (np.nan, np.inf, -np.inf)


def stamped(image, kernel, strides, dilation=(1, 1)):
    """A transposed convolution by its definition: every cell stamps the kernel, and nothing is added where none lands."""
    (rows, columns), (high, wide) = image.shape, kernel.shape
    shape = [
        (size - 1) * stride + (window - 1) * gap + 1
        for size, stride, window, gap in zip(image.shape, strides, kernel.shape, dilation, strict=True)
    ]
    result = np.zeros(shape)
    with np.errstate(all="ignore"):
        for y in range(rows):
            for x in range(columns):
                for i in range(high):
                    for j in range(wide):
                        result[y * strides[0] + i * dilation[0], x * strides[1] + j * dilation[1]] += image[y, x] * kernel[i, j]
    return result


def numbers(data, shape):
    """An array of small whole numbers, some of them NaN or infinite."""
    values = st.one_of(st.integers(-3, 3).map(float), st.sampled_from(STRANGE))
    return np.array(data.draw(st.lists(values, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))).reshape(shape)


@given(st.data())
@settings(max_examples=80)
def test_what_is_not_a_number_reaches_only_the_cells_that_it_stamps(data):
    pair = st.tuples(st.integers(1, 3), st.integers(1, 3))
    image, kernel = numbers(data, data.draw(pair)), numbers(data, data.draw(pair))
    strides, dilation = data.draw(pair), data.draw(st.sampled_from([(1, 1), (2, 1), (1, 2)]))
    operation = cv.TransposedConvolution(kernel, strides=strides, dilation_rate=dilation)
    expected = stamped(image, kernel, strides, dilation)
    np.testing.assert_array_equal(operation(image), expected)
    for view in ("gather", "scatter"):
        trace = operation.trace(image, view=view)
        np.testing.assert_array_equal(trace.output, expected)
        for step in trace:
            assert step.holds()
            assert trace.text(step.index)
    for step in operation.trace(image):
        np.testing.assert_equal(float(step.result), expected[step.position])


@pytest.mark.parametrize("strange", STRANGE)
def test_a_zero_between_cells_is_shown_as_a_zero(strange):
    trace = cv.TransposedConvolution([[1, 2], [3, 4]], strides=2).trace([[strange, 1.0], [1.0, 1.0]])
    scene = trace.scene(0)
    grid = scene.stage.grid("input")
    stuffed = [(1, 2), (2, 1), (2, 2)]
    assert [scene.cell(grid, *cell).text for cell in stuffed] == ["0"] * 3
    assert scene.cell(grid, 1, 1).text == {"nan": "NaN", "inf": "∞", "-inf": "−∞"}[str(strange)]


@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("padding", ["same", "full", 1])
def test_padding_beside_what_is_not_a_number_counts_as_zero(strange, padding):
    image = np.zeros((3, 3))
    image[1, 1] = strange
    kernel = np.arange(1.0, 10).reshape(3, 3)
    padded = np.pad(image, 2 if padding == "full" else 1)
    with np.errstate(all="ignore"):
        expected = np.array(
            [[(padded[y : y + 3, x : x + 3] * kernel).sum() for x in range(len(padded) - 2)] for y in range(len(padded) - 2)]
        )
    np.testing.assert_array_equal(cv.Convolution(kernel, padding=padding)(image), expected)
