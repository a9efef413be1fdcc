"""Numbers that are not finite reach what they are multiplied with, and nothing else: zeros between cells are no cells."""

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

import convviz as cv
from convviz.nn import Conv2D, Conv2DTranspose, DepthwiseConv2D, MaxPooling2D, Sequential, inspection, optimizers

WIDE = 32  # channels from which on windows of 3 × 3 are computed with fewer products
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


@settings(max_examples=60, deadline=None)
@given(st.data(), sizes, sizes, sizes, st.sampled_from(["valid", "same", 1]), st.sampled_from([1, 4]), st.sampled_from([1, 3]))
def test_a_layer_stamps_what_is_not_finite_where_it_stamps(data, size, kernel_size, strides, padding, filters, channels):
    """In the image: of a batch only that image, and of it only the cells under its stamps. In the kernel: those cells that
    this weight is stamped on.
    """
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    dilation = data.draw(st.integers(1, 2)) if strides == (1, 1) else 1
    x = random.integers(-3, 4, (3, *size, channels)).astype(np.float32)
    kernel = random.integers(1, 4, (*kernel_size, filters, channels)).astype(np.float32)
    if data.draw(st.booleans()):
        x[1] = spoilt(data, x[1])
    else:
        kernel = spoilt(data, kernel)
    options = {"strides": strides, "padding": padding, "dilation_rate": dilation}
    try:
        model = Sequential([Conv2DTranspose(filters, kernel_size, **options, input_shape=(*size, channels))])
    except ValueError:  # padding that leaves nothing
        return
    model.set_weights([kernel, np.zeros(filters)])
    result, expected = model.predict(x, verbose=0), stamped(x, kernel, **options)
    # Keras's "valid" keeps the zeros after the last stamp that strides larger than the kernel leave
    np.testing.assert_array_equal(result[:, : expected.shape[1], : expected.shape[2]], expected)
    assert not result[:, expected.shape[1] :].any() and not result[:, :, expected.shape[2] :].any()


def test_an_infinite_weight_that_is_cut_off_is_multiplied_with_nothing():
    """Of a 3 × 3 kernel, "same" leaves the middle where the image is one cell: for the result and for both gradients."""
    scale, up = DepthwiseConv2D(1, use_bias=False, input_shape=(1, 1, 1)), Conv2DTranspose(1, 3, padding="same", use_bias=False)
    model = Sequential([scale, up])
    kernel = np.full((3, 3, 1, 1), 3.0)
    kernel[0, 0] = np.inf
    model.set_weights([np.full((1, 1, 1, 1), 2.0), kernel])
    x = np.full((1, 1, 1, 1), 5.0)
    assert model.predict(x, verbose=0).item() == 3 * (2 * 5)
    model.compile(optimizers.SGD(1.0), "mean_squared_error", device="cpu")
    model.train_on_batch(x, np.full((1, 1, 1, 1), 29.0))  # the gradient of the result is 2 · (30 − 29)
    assert scale.get_weights()[0].item() == 2 - 2 * 3 * 5
    np.testing.assert_array_equal(up.kernel.ravel(), [np.inf, 3, 3, 3, 3 - 2 * (2 * 5), 3, 3, 3, 3])


@settings(max_examples=40, deadline=None)
@given(
    st.data(),
    sizes,
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    sizes,
    st.sampled_from(["same", "valid", 1]),
    st.integers(1, 2),
    st.integers(1, 2),
)
def test_gradients_are_sums_over_the_cells_that_are_stamped(data, size, kernel_size, strides, padding, filters, channels):
    """Where a cell or a weight is infinite, too: sigmoid keeps the loss finite."""
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    x = random.integers(1, 4, (2, *size, channels)).astype(np.float64) / 4
    kernel = random.integers(1, 4, (*kernel_size, filters, channels)) / 4
    spoil = np.array(data.draw(st.sampled_from([np.inf, -np.inf])))
    target = x if data.draw(st.booleans()) else kernel
    target[tuple(data.draw(st.integers(0, length - 1)) for length in target.shape)] = spoil
    try:
        up = Conv2DTranspose(filters, kernel_size, strides, padding, activation="sigmoid", use_bias=False, dtype="float64")
        scale = DepthwiseConv2D(1, use_bias=False, dtype="float64", input_shape=(*size, channels))
        model = Sequential([scale, up])
    except ValueError:  # padding that leaves nothing
        return
    model.set_weights([np.ones((1, 1, channels, 1)), kernel])
    result = model.predict(x, verbose=0)
    model.compile(optimizers.SGD(1.0), "mean_squared_error", device="cpu")
    model.train_on_batch(x, np.zeros_like(result))
    gradient = 2 * result / result.size * result * (1 - result)
    windows = up.windows((None, *size, channels))
    before = windows.rows.before, windows.columns.before
    for_image, for_kernel = stamp_gradients(x, kernel, gradient, strides, before)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(up.kernel, kernel - for_kernel, rtol=1e-9, atol=1e-12)
        scales = 1 - (x * for_image).sum(axis=(0, 1, 2))
    np.testing.assert_allclose(scale.get_weights()[0].ravel(), scales, rtol=1e-9, atol=1e-12)


def test_infinite_weights_that_are_cut_off_stay_out_of_gradients_of_many_channels():
    """Of 2 × 2 cells, no cell stamps the first rows of a kernel of 3 × 3 where two rows and columns are cut off."""
    scale = DepthwiseConv2D(1, use_bias=False, input_shape=(2, 2, WIDE))
    up = Conv2DTranspose(WIDE, 3, padding=((2, 0), (2, 0)), use_bias=False)
    model = Sequential([scale, up])
    random = np.random.default_rng(3)
    x, kernel = random.integers(-3, 4, (1, 2, 2, WIDE)) / 8, random.integers(-3, 4, (3, 3, WIDE, WIDE)) / 8
    kernel[0, 0] = np.inf
    model.set_weights([np.ones((1, 1, WIDE, 1)), kernel])
    result = model.predict(x, verbose=0).astype(np.float64)
    model.compile(optimizers.SGD(1.0), "mean_squared_error", device="cpu")
    model.train_on_batch(x, np.zeros_like(result))
    for_image, for_kernel = stamp_gradients(x, kernel, 2 * result / result.size, (1, 1), (2, 2))
    np.testing.assert_allclose(up.kernel, kernel - for_kernel, rtol=1e-5, atol=1e-6)
    scales = 1 - (x * for_image).sum(axis=(0, 1, 2))
    np.testing.assert_allclose(scale.get_weights()[0].ravel(), scales, rtol=1e-5, atol=1e-6)


def stamp_gradients(image, kernel, gradient, strides, before):
    """The gradients of image and kernel, summed up stamp by stamp."""
    for_image, for_kernel = np.zeros_like(image), np.zeros_like(kernel)
    for n, y, x in np.ndindex(image.shape[:3]):
        for i, j in np.ndindex(kernel.shape[:2]):
            row, column = y * strides[0] + i - before[0], x * strides[1] + j - before[1]
            if 0 <= row < gradient.shape[1] and 0 <= column < gradient.shape[2]:
                for f, c in np.ndindex(kernel.shape[2:]):
                    with np.errstate(invalid="ignore"):
                        for_image[n, y, x, c] += gradient[n, row, column, f] * kernel[i, j, f, c]
                        for_kernel[i, j, f, c] += gradient[n, row, column, f] * image[n, y, x, c]
    return for_image, for_kernel


@settings(max_examples=40, deadline=None)
@given(st.data(), sizes, sizes, sizes, st.sampled_from(["valid", "same", 1]), st.sampled_from([1, 4]), st.sampled_from([1, 3]))
def test_a_convolution_predicts_what_its_operation_gives(data, size, kernel_size, strides, padding, filters, channels):
    """Zeros of padding are cells: times an infinite weight they are NaN."""
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    x = random.integers(-3, 4, (2, *size, channels)).astype(np.float32)
    kernel = random.integers(1, 4, (*kernel_size, channels, filters)).astype(np.float32)
    if data.draw(st.booleans()):
        x[1] = spoilt(data, x[1])
    else:
        kernel = spoilt(data, kernel)
    try:
        model = Sequential([Conv2D(filters, kernel_size, strides, padding, input_shape=(*size, channels))])
    except ValueError:  # a window that does not fit
        return
    model.set_weights([kernel, np.zeros(filters)])
    np.testing.assert_array_equal(model.predict(x, verbose=0), model.layers[0].operation()(x))


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("spoils", ["image", "kernel"])
@pytest.mark.parametrize(
    "layers",
    [
        lambda: [Conv2D(WIDE, 3, padding="same", input_shape=(6, 8, WIDE))],
        lambda: [Conv2D(WIDE, 3, activation="relu", input_shape=(6, 8, WIDE)), MaxPooling2D(2)],
        lambda: [Conv2DTranspose(WIDE, 3, input_shape=(6, 8, WIDE))],
    ],
    ids=["same", "pooling", "transposed"],
)
def test_many_channels_do_not_spread_what_is_not_finite(layers, spoils, value):
    """To neighbours of the cells whose windows have it, in predictions and in feature maps."""
    model = Sequential(layers())
    random = np.random.default_rng(5)
    x = random.integers(-3, 4, (2, 6, 8, WIDE)).astype(np.float32)
    kernel = random.integers(1, 4, (3, 3, WIDE, WIDE)).astype(np.float32)
    if spoils == "image":
        x[1, 2, 3, 4] = value
        kernel[..., 5] *= -1  # so that a ReLU keeps something of either infinity
    else:
        kernel[0, 2, 3, 4] = value
    model.set_weights([kernel, np.zeros(WIDE)])
    expected = model.layers[0].operation()(x)
    if len(model.layers) > 1:
        expected = cv.max_pool2d(np.maximum(expected, 0), 2)
    assert not np.isfinite(expected).all() or value == -np.inf
    np.testing.assert_array_equal(model.predict(x, verbose=0), expected)
    name = model.layers[-1].name
    np.testing.assert_array_equal(inspection.feature_maps(model, x[1], name)[name], expected[1])


def test_an_infinite_target_is_named_before_anything_is_trained():
    model = Sequential([Conv2DTranspose(1, 1, strides=3, input_shape=(2, 2, 1))])
    model.compile("sgd", "mean_squared_error", device="cpu")
    before = model.get_weights()
    y = np.zeros((1, 6, 6, 1))
    y[0, 1, 1] = np.inf  # where nothing is stamped
    with pytest.raises(ArithmeticError, match="in epoch 1, batch 1 the loss became inf: the targets hold 1 infinite of 36"):
        model.fit(np.ones((1, 2, 2, 1)), y, verbose=0)
    assert all(map(np.array_equal, before, model.get_weights()))
