"""Settings, shapes and what is refused by the operations; values are judged in test_kernels."""

import numpy as np
import pytest

import convviz as cv


def test_two_dimensional_in_two_dimensional_out():
    image, kernel = np.ones((5, 6), int), np.ones((3, 3), int)
    assert cv.conv2d(image, kernel).shape == (3, 4)
    assert cv.conv2d(image, kernel[:, :, None, None]).shape == (3, 4, 1)
    assert cv.conv2d(image[..., None], kernel).shape == (3, 4, 1)
    assert cv.max_pool2d(image).shape == (2, 3)
    assert cv.max_pool2d(image[None, ..., None]).shape == (1, 2, 3, 1)
    assert cv.conv2d_transpose(image, kernel).shape == (7, 8)


def test_a_flat_kernel_filters_each_channel_with_groups():
    image = np.random.default_rng(0).integers(0, 256, (6, 7, 3), dtype=np.uint8)
    kernel = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
    result = cv.conv2d(image, kernel, groups=3)
    for channel in range(3):
        assert np.array_equal(result[:, :, channel], cv.conv2d(image[:, :, channel], kernel))
    up = cv.conv2d_transpose(image, kernel, groups=3, strides=2)
    for channel in range(3):
        assert np.array_equal(up[:, :, channel], cv.conv2d_transpose(image[:, :, channel], kernel, strides=2))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: cv.conv2d(np.ones((5, 5, 3)), np.ones((3, 3))), ValueError, r"\(3, 3\).*3 channels.*groups=3"),
        (lambda: cv.conv2d(np.ones((5, 5, 2)), np.ones((3, 3, 4, 1))), ValueError, r"is for 4 channels.*image has 2"),
        (lambda: cv.conv2d(np.ones((5, 5)), np.ones((3, 3, 3))), ValueError, r"\(3, 3, 3\).*kernel\[\.\.\., None\]"),
        (lambda: cv.conv2d(np.ones((2, 2)), np.ones((3, 3))), ValueError, "spans 3 rows, but the input has only 2"),
        (lambda: cv.conv2d(np.ones((4, 4)), np.ones((3, 3)), dilation_rate=2), ValueError, r"5 rows \(3 with dilation 2\)"),
        (lambda: cv.Convolution([[1]], strides=0), ValueError, "strides is 0"),
        (lambda: cv.Convolution([[1]], strides=-1), ValueError, "strides is -1"),
        (lambda: cv.Convolution([[1]], strides=1.5), TypeError, r"strides is 1\.5"),
        (lambda: cv.Convolution([[1]], strides=(1, 2, 3)), ValueError, r"\(rows, columns\)"),
        (lambda: cv.Convolution([[1]], padding=-1), ValueError, "padding is -1"),
        (lambda: cv.Convolution([[1]], padding="some"), ValueError, "'valid', 'same', 'full'"),
        (lambda: cv.Convolution([[1]], padding=((1, 2), (3, -1))), ValueError, "at least 0"),
        (lambda: cv.Convolution([[1]], dilation_rate=0), ValueError, "dilation_rate is 0"),
        (lambda: cv.Convolution([[1]], groups=0), ValueError, "groups is 0"),
        (lambda: cv.Convolution(np.ones((1, 1, 1, 3)), groups=2), ValueError, "groups=2 does not divide"),
        (lambda: cv.Convolution(np.ones((1, 1, 1, 3)), bias=[1, 2]), ValueError, r"bias has shape \(2,\).*3 filters"),
        (lambda: cv.Convolution([[1]], bias=[[1]]), ValueError, "one number per filter"),
        (lambda: cv.Convolution("abc"), TypeError, "kernel is 'abc'"),
        (lambda: cv.Convolution([[1, 2], [3]]), ValueError, "kernel is ragged"),
        (lambda: cv.Convolution([[1j]]), TypeError, "complex numbers are not supported"),
        (lambda: cv.TransposedConvolution([[1]], output_padding=1), ValueError, "output_padding"),
        (lambda: cv.TransposedConvolution([[1]], output_padding=-1), ValueError, "at least 0"),
        (lambda: cv.conv2d_transpose([[1]], [[1, 1]], padding=((0, 0), (1, 1))), ValueError, "nothing is left"),
        (lambda: cv.conv2d_transpose(np.ones((2, 2, 3)), np.ones((1, 1, 2, 4))), ValueError, "is for 4 channels"),
        (lambda: cv.MaxPooling(0), ValueError, "pool_size is 0"),
        (lambda: cv.max_pool2d([[1]], 2), ValueError, "the pool spans 2 rows"),
        (lambda: cv.max_pool2d([[1, 2]], (1, 2), 1, padding=((0, 0), (2, 0))), ValueError, "nothing but padding"),
        (lambda: cv.avg_pool2d([[1, 2]], (1, 2), 1, padding=((0, 0), (2, 0))), ValueError, "nothing but padding"),
        (lambda: cv.conv2d([[1]], [[1]], device="gpu"), ValueError, "device is 'gpu'"),
    ],
)
def test_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_repr_says_what_to_type():
    conv = cv.Convolution([[1, 2]], strides=2, padding="same")
    assert repr(conv) == (
        "Convolution(kernel=[[1, 2]], bias=None, strides=(2, 2), padding='same', dilation_rate=(1, 1), groups=1, "
        "flip_kernel=False)"
    )
    again = eval(repr(conv), {"Convolution": cv.Convolution})
    assert repr(again) == repr(conv)
    assert "<float64 array (9, 9)>" in repr(cv.Convolution(np.ones((9, 9))))
    assert repr(cv.GlobalMaxPooling()) == "GlobalMaxPooling()"


def test_global_pooling_shapes():
    image = np.arange(24).reshape(2, 4, 3)
    assert cv.global_max_pool2d(image).tolist() == [21, 22, 23]
    assert cv.global_avg_pool2d(image).tolist() == [10.5, 11.5, 12.5]
    assert cv.global_max_pool2d(image[None]).shape == (1, 3)
    assert cv.global_max_pool2d(image[:, :, 0]) == 21


def test_output_shape_and_names():
    assert cv.Convolution(np.ones((3, 3)), strides=2, padding="same").output_shape((6, 7)) == (3, 4)
    assert cv.__version__
    assert set(cv.__all__) <= set(dir(cv))
    with pytest.raises(AttributeError, match="no attribute 'conv3d'"):
        cv.conv3d  # noqa: B018


def test_an_operation_keeps_its_own_kernel():
    kernel = np.ones((2, 2), int)
    conv = cv.Convolution(kernel)
    kernel[:] = 5
    assert conv([[1, 1], [1, 1]]) == 4
    with pytest.raises(ValueError, match="read-only"):
        conv.kernel[0, 0] = 7


@pytest.mark.parametrize("strides", [np.array(2), np.array([2, 2]), [2, 2], np.int64(2)])
def test_settings_may_be_arrays(strides):
    assert cv.Convolution([[1]], strides=strides).strides == (2, 2)


@pytest.mark.parametrize("strides", [{1, 2}, {1: 2, 3: 4}, "12", np.array([1.5, 2])])
def test_settings_may_not_be_anything(strides):
    with pytest.raises(TypeError, match="strides"):
        cv.Convolution([[1]], strides=strides)


def test_the_bound_on_sums_is_that_of_the_largest_filter():
    image = np.full((2, 2, 1), 2**54)
    many = cv.Convolution(np.ones((2, 2, 1, 1000), int))
    assert many.bound(image[None]) < 2**63
    assert (many(image) == 2**56).all()
    assert cv.max_pool2d([[-(2**63), 1], [1, 2**63 - 1]]).tolist() == [[2**63 - 1]]


def test_an_operation_with_other_settings():
    conv = cv.Convolution([[1.5, 2]], bias=[0.5], strides=2)
    other = conv.changed(padding="same")
    assert (other.padding, other.strides, conv.padding) == ("same", (2, 2), "valid")
    # the kernel came as Python's floats, so that the image decides the dtype: in the changed operation as well
    image = np.ones((3, 3), np.float32)
    assert conv(image).dtype == other(image).dtype == np.float32
    assert cv.Convolution(np.array([[1.5]])).changed(strides=2)(image).dtype == np.float64


@pytest.mark.parametrize("operation", [cv.Convolution, cv.TransposedConvolution])
@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.float64])
@pytest.mark.parametrize("bias", [1, 0.5, [0.5], np.float64(0.5)], ids=repr)
def test_a_bias_changes_the_dtype_as_it_does_in_numpy(operation, dtype, bias):
    image, kernel = np.ones((3, 3), dtype), np.ones((2, 2), dtype)
    one = bias[0] if isinstance(bias, list) else bias
    found = operation(kernel, bias)(image)
    assert found.dtype == operation(kernel, bias).trace(image).output.dtype == (image * kernel[0, 0] + one).dtype
    np.testing.assert_array_equal(found, operation(kernel)(image) + one)


def test_the_same_settings_in_another_kind_of_operation():
    pool = cv.MaxPooling(3, strides=2, padding="same", ceil_mode=True)
    mean = pool.sibling("average_pooling")
    assert repr(mean) == repr(cv.AveragePooling(3, 2, "same", ceil_mode=True))
    assert repr(mean.sibling("max_pooling")) == repr(pool)
    assert cv.GlobalMaxPooling().sibling("average_pooling").kind == "global_average_pooling"
    with pytest.raises(ValueError, match="kind of operation is 'pooling'; expected one of 'convolution', "):
        pool.sibling("pooling")
