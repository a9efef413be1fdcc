"""Sums of integers at the edge of int64: the bound that decides whether they are computed exactly is never too small."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convviz as cv
from convviz import arrays

LOW, HIGH = -(2**63), 2**63 - 1
#: Numbers at and around the powers of two at which sums and products leave int64.
EDGES = [sign * 2**power + more for sign in (1, -1) for power in (0, 31, 32, 53, 61, 62, 63) for more in (-1, 0, 1)]
edge = st.sampled_from([number for number in EDGES if LOW <= number <= HIGH]) | st.integers(LOW, HIGH)
small = st.sampled_from([0, 1, -1, 2, -2, 3])


def grid(draw, rows, columns, numbers):
    """Nested lists of numbers."""
    return [[draw(numbers) for _ in range(columns)] for _ in range(rows)]


def agree(compute, right):
    """Raise AssertionError unless a result is right, or is refused because int64 does not hold it."""
    right = np.array(right, object)
    if arrays.within_int64(right.flat):
        assert np.array(compute(), object).tolist() == right.tolist()
    else:
        with pytest.raises(OverflowError, match=r"a sum reaches -?\d+, which int64 cannot hold"):
            compute()


@pytest.mark.parametrize(
    ("image", "weight", "bias", "right"),
    [
        (1, 1, HIGH, None),
        (-1, 1, LOW, None),
        (1, -1, LOW, None),
        (1, 1, HIGH - 1, HIGH),
        (-1, 1, HIGH, HIGH - 1),
        (0, 1, HIGH, HIGH),
        (0, 1, LOW, LOW),
        (HIGH, 1, -1, HIGH - 1),
        (LOW, 1, 0, LOW),
        (LOW, -1, 0, None),
        (LOW, -1, -1, HIGH),
    ],
)
@pytest.mark.parametrize("function", [cv.conv2d, cv.conv2d_transpose])
@pytest.mark.parametrize("kind", [int, lambda n: [n], lambda n: np.array([n])], ids=["number", "list", "array"])
def test_the_bias_counts_in_the_bound(function, image, weight, bias, right, kind):
    if right is None:
        with pytest.raises(OverflowError, match=f"a sum reaches {image * weight + bias}, which int64 cannot hold"):
            function([[image]], [[weight]], kind(bias))
    else:
        assert function([[image]], [[weight]], kind(bias)).tolist() == [[right]]


def test_the_largest_bias_counts():
    kernel, image = np.ones((1, 1, 1, 3), int), [[[1]]]
    assert cv.conv2d(image, kernel, [HIGH - 1, 0, LOW]).tolist() == [[[HIGH, 1, LOW + 1]]]
    with pytest.raises(OverflowError, match=str(HIGH + 1)):
        cv.conv2d(image, kernel, [0, 0, HIGH])
    exact = cv.Convolution(kernel, [0, HIGH, LOW]).trace(image)
    assert [step.result for step in exact] == [1, 2**63, LOW + 1]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_sums_over_windows_and_channels(data):
    rows, columns, channels = (data.draw(st.integers(1, most)) for most in (2, 2, 3))
    image = [grid(data.draw, columns, channels, edge) for _ in range(rows)]
    kernel = [[[[data.draw(small)] for _ in range(channels)] for _ in range(columns)] for _ in range(rows)]
    bias = data.draw(edge | st.none())
    taps = [(i, j, c) for i in range(rows) for j in range(columns) for c in range(channels)]
    right = sum(image[i][j][c] * kernel[i][j][c][0] for i, j, c in taps) + (bias or 0)
    agree(lambda: cv.conv2d(image, kernel, bias), [[[right]]])
    agree(lambda: cv.conv2d(np.array(image), np.array(kernel), bias), [[[right]]])
    assert cv.Convolution(kernel, bias).trace(image)[0].result == right


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_sums_of_transposed_convolutions(data):
    size, window = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    image, kernel = grid(data.draw, 1, size, edge), grid(data.draw, 1, window, small)
    bias = data.draw(edge | st.just(0))
    right = [bias] * (size + window - 1)
    for i in range(size):
        for j in range(window):
            right[i + j] += image[0][i] * kernel[0][j]
    agree(lambda: cv.conv2d_transpose(image, kernel, bias), [right])


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_means_of_numbers_at_the_edge(data):
    rows, columns = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    image = grid(data.draw, rows, columns, edge)
    total = sum(map(sum, image))
    right = total / (rows * columns)  # Python divides whole numbers of any size without rounding them first
    for mean in (cv.global_avg_pool2d(image), cv.avg_pool2d(image, (rows, columns))[0, 0]):
        assert mean == pytest.approx(right, rel=1e-15)
    with_padding = cv.avg_pool2d(image, (rows + 1, columns + 1), padding=((1, 0), (1, 0)), count_include_pad=True)
    assert with_padding[0, 0] == pytest.approx(total / ((rows + 1) * (columns + 1)), rel=1e-15)
    assert cv.max_pool2d(image, (rows, columns)).tolist() == [[max(map(max, image))]]


def test_unsigned_numbers_that_int64_cannot_hold_are_refused_or_exact():
    large = np.array([[2**64 - 1]], np.uint64)
    with pytest.raises(OverflowError, match="image holds 18446744073709551615, more than int64 can"):
        cv.conv2d(large, [[1]])
    with pytest.raises(OverflowError, match="kernel holds 18446744073709551615, more than int64 can"):
        cv.Convolution(large)
    with pytest.raises(OverflowError, match="bias holds 18446744073709551615, more than int64 can"):
        cv.Convolution([[1]], large[0])
    assert cv.conv2d(large.astype(object), [[2]], 1).tolist() == [[2**65 - 1]]
    fits = np.array([[2**63 - 1]], np.uint64)
    assert cv.conv2d(fits, [[1]]).tolist() == [[HIGH]]
    with pytest.raises(OverflowError, match=f"a sum reaches {2 * HIGH}"):
        cv.conv2d(fits, [[2]])


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_bound_is_never_smaller_than_a_sum_within(data):
    """Not only the result but each sum on the way to it, in whatever order, is within the bound."""
    size = data.draw(st.integers(1, 4))
    image, kernel = grid(data.draw, 1, size, edge), grid(data.draw, 1, size, small)
    bias = data.draw(edge)
    operation, batch = cv.Convolution(kernel, bias), np.array(image)[None, :, :, None]
    products = [a * b for a, b in zip(image[0], kernel[0], strict=True)]
    widest = max(abs(sum(part for part in [*products, bias] if part * sign > 0)) for sign in (1, -1))
    assert operation.bound(batch) >= widest
    assert cv.AveragePooling((1, size)).bound(batch) >= sum(map(abs, image[0]))
    assert cv.GlobalAveragePooling().bound(batch) >= sum(map(abs, image[0]))
