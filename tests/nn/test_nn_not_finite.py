"""Numbers that are not finite reach what they are multiplied with, and nothing else: zeros between cells are no cells."""

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

import convviz as cv
from convviz.nn import Conv2DTranspose, Sequential

BAD = (np.nan, np.inf, -np.inf)
sizes = st.tuples(st.integers(1, 4), st.integers(1, 4))


def spoilt(data, array):
    """An array with a number that is not finite somewhere."""
    array = array.copy()
    array[tuple(data.draw(st.integers(0, length - 1)) for length in array.shape)] = data.draw(st.sampled_from(BAD))
    return array


def stamped(image, kernel, **options):
    """What plain loops stamp."""
    with np.errstate(invalid="ignore"):
        return np.array(reference.transposed(image.astype(np.float64), kernel.astype(np.float64), **options))


@settings(max_examples=30, deadline=None)
@given(st.data(), sizes, sizes, sizes, st.sampled_from(["valid", "same"]), st.integers(1, 2), st.integers(1, 3))
def test_an_operation_stamps_what_is_not_finite_where_it_stamps(data, size, kernel_size, strides, padding, dilation, filters):
    """In the image or in the kernel, computed as a whole and cell by cell."""
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    dtype = data.draw(st.sampled_from([np.float32, np.float64]))
    image = random.integers(-3, 4, (1, *size, 2)).astype(dtype)
    kernel = random.integers(1, 4, (*kernel_size, filters, 2)).astype(dtype)
    if data.draw(st.booleans()):
        image = spoilt(data, image)
    else:
        kernel = spoilt(data, kernel)
    options = {"strides": strides, "padding": padding, "dilation_rate": dilation}
    expected = stamped(image, kernel, **options)
    operation = cv.TransposedConvolution(kernel, **options)
    np.testing.assert_array_equal(operation(image), expected)
    for step in operation.trace(image):
        np.testing.assert_array_equal(step.result, expected[step.batch, *step.position, step.channel])


@settings(max_examples=40, deadline=None)
@given(st.data(), sizes, sizes, sizes, st.sampled_from([1, 4]), st.sampled_from([1, 3]))
def test_a_layer_stamps_what_is_not_finite_where_it_stamps(data, size, kernel_size, strides, filters, channels):
    """Of a batch only the image with that number, and of it only the cells under its stamps."""
    layer = Conv2DTranspose(filters, kernel_size, strides=strides, input_shape=(*size, channels))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    x = random.integers(-3, 4, (3, *size, channels)).astype(np.float32)
    x[1] = spoilt(data, x[1])
    kernel = random.integers(1, 4, (*kernel_size, filters, channels)).astype(np.float32)
    model = Sequential([layer])
    model.set_weights([kernel, np.zeros(filters)])
    result, expected = model.predict(x, verbose=0), stamped(x, kernel, strides=strides)
    # Keras's "valid" keeps the zeros after the last stamp that strides larger than the kernel leave
    np.testing.assert_array_equal(result[:, : expected.shape[1], : expected.shape[2]], expected)
    assert not result[:, expected.shape[1] :].any() and not result[:, :, expected.shape[2] :].any()


def test_an_infinite_target_is_named_before_anything_is_trained():
    model = Sequential([Conv2DTranspose(1, 1, strides=3, input_shape=(2, 2, 1))])
    model.compile("sgd", "mean_squared_error", device="cpu")
    before = model.get_weights()
    y = np.zeros((1, 6, 6, 1))
    y[0, 1, 1] = np.inf  # where nothing is stamped
    with pytest.raises(ArithmeticError, match="in epoch 1, batch 1 the loss became inf: the targets hold 1 infinite of 36"):
        model.fit(np.ones((1, 2, 2, 1)), y, verbose=0)
    assert all(map(np.array_equal, before, model.get_weights()))
