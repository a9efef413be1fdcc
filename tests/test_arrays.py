"""What comes in: dtypes, layouts, and what is refused."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import convviz as cv
from convviz.arrays import arrange, as_batch, common_dtype, read_numbers


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (np.bool_, np.int64),
        (np.int8, np.int64),
        (np.uint8, np.int64),
        (np.uint32, np.int64),
        (np.uint64, np.int64),
        (np.int64, np.int64),
        (np.float16, np.float32),
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.longdouble, np.float64),
    ],
)
def test_dtype_rule(given, wanted):
    found = read_numbers(np.ones((2, 2), given))
    assert found.array.dtype == wanted
    assert not found.weak


def test_lists_of_ints_are_int64_and_lists_of_floats_weak_float64():
    assert read_numbers([[1, 2]]).array.dtype == np.int64
    floats = read_numbers([[1, 2.5]])
    assert floats.array.dtype == np.float64
    assert floats.weak


def test_a_float_of_python_by_itself_is_weak_as_one_in_a_list_is():
    assert read_numbers(0.5).weak and not read_numbers(np.float64(0.5)).weak and not read_numbers(np.float32(0.5)).weak
    assert read_numbers(0.5).array.shape == ()


def test_exact_numbers_stay_exact():
    big = read_numbers([[2**70, 1]]).array
    assert big.dtype == object
    assert big[0, 0] == 2**70
    thirds = read_numbers([[Fraction(1, 3), 1]]).array
    assert thirds[0, 0] == Fraction(1, 3)
    assert read_numbers([[Decimal("0.1")]]).array[0, 0] == Fraction(1, 10)


def test_object_array_of_small_ints_is_int64():
    assert read_numbers(np.array([[1, 2]], object)).array.dtype == np.int64


def test_common_dtype():
    ints, singles, doubles = (read_numbers(np.ones((1, 1), t)) for t in (np.uint8, np.float32, np.float64))
    weak, exact = read_numbers([[0.5]]), read_numbers([[Fraction(1, 2)]])
    assert common_dtype(ints, ints) == np.int64
    assert common_dtype(ints, singles) == np.float32
    assert common_dtype(singles, doubles) == np.float64
    assert common_dtype(singles, weak) == np.float32
    assert common_dtype(ints, weak) == np.float64
    assert common_dtype(ints, exact) == np.dtype(object)
    assert common_dtype(singles, exact) == np.float64
    assert common_dtype(exact, weak) == np.float64


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ([[1, 2], [3]], ValueError, r"ragged.*image\[1\] has shape \(1,\)"),
        ([], ValueError, "empty"),
        (np.empty((0, 3)), ValueError, r"empty.*\(0, 3\)"),
        ("abc", TypeError, "'abc'"),
        (None, TypeError, "None"),
        ([[1, "two"]], TypeError, r"image\[0\]\[1\] is 'two' \(str\)"),
        ([[1, None]], TypeError, r"image\[0\]\[1\] is None"),
        ([[1, 1j]], TypeError, "complex numbers are not supported"),
        (np.ones((2, 2), complex), TypeError, "complex numbers are not supported"),
        (np.array([["a"]]), TypeError, "expected numbers"),
        (np.array([["2020-01-01"]], "M8[D]"), TypeError, "expected numbers"),
        (np.array([[object()]]), TypeError, r"image\[0\]\[0\]"),
        ({"a": 1}, TypeError, "expected an array"),
        (np.array([[2**63]], np.uint64), OverflowError, "astype"),
        (np.ma.masked_array([[1, 2]], [[True, False]]), ValueError, "masked"),
    ],
)
def test_refused(value, error, words):
    with pytest.raises(error, match=words):
        read_numbers(value)


@pytest.mark.parametrize("shape", [(), (6,), (1, 2, 3, 4, 5)])
def test_wrong_ranks_name_the_shape(shape):
    with pytest.raises(ValueError, match=r"expected \(H, W\), \(H, W, C\) or \(N, H, W, C\)") as caught:
        as_batch(np.ones(shape))
    assert str(shape) in str(caught.value)


def test_channels_first_goes_in_and_comes_back():
    image = np.arange(24).reshape(2, 3, 4)
    numbers, layout = as_batch(image, "channels_first")
    assert numbers.array.shape == (1, 3, 4, 2)
    assert numbers.array[0, 1, 2, 1] == image[1, 1, 2]
    assert np.array_equal(layout.restore(numbers.array), image)
    with pytest.raises(ValueError, match="data_format is 'NCHW'"):
        arrange(image, "NCHW")


@pytest.mark.parametrize(("letters", "ours"), [("NCHW", "first"), ("chw", "first"), ("NHWC", "last"), ("HWC", "last")])
def test_letters_for_the_order_of_axes_are_answered_with_ours(letters, ours):
    with pytest.raises(ValueError) as caught:
        cv.conv2d([[1, 2]], [[1]], data_format=letters)
    assert str(caught.value) == f"data_format is {letters!r}; it is called 'channels_{ours}' here"


def test_channels_first_result_equals_channels_last():
    image = np.random.default_rng(0).integers(0, 9, (5, 6, 3))
    kernel = np.random.default_rng(1).integers(-2, 3, (3, 3, 3, 2))
    last = cv.conv2d(image, kernel)
    first = cv.conv2d(image.transpose(2, 0, 1), kernel, data_format="channels_first")
    assert np.array_equal(first, last.transpose(2, 0, 1))
