"""The layers of Keras and PyTorch that convviz names, built and run: they must give the same numbers."""

import os
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convviz as cv
from convviz.operations.framework_code import FrameworkCode, framework_code

# Read when Keras is first imported. Its torch backend averages and crops otherwise than its documentation says.
os.environ.update(KERAS_BACKEND="jax", JAX_ENABLE_X64="1")
torch = pytest.importorskip("torch", reason="torch is not installed")

SIZES = st.tuples(st.integers(1, 3), st.integers(1, 3))
AMOUNTS = st.integers(0, 2)
PADDINGS = st.one_of(
    st.sampled_from(["valid", "same", "full"]),
    st.tuples(AMOUNTS, AMOUNTS),
    st.tuples(st.tuples(AMOUNTS, AMOUNTS), st.tuples(AMOUNTS, AMOUNTS)),
)


@st.composite
def convolutions(draw, transposed=False):
    """A convolution of 4 channels in some groups, with whole numbers for weights."""
    rng, groups = np.random.default_rng(draw(st.integers(0, 99))), draw(st.sampled_from([1, 2, 4]))
    options = {
        "strides": draw(SIZES),
        "padding": draw(PADDINGS),
        "dilation_rate": draw(SIZES),
        "groups": groups,
        "bias": draw(st.sampled_from([None, [1.0, 2, 3, 4]])),
    }
    shape = (4 // groups, 4)
    kernel = rng.integers(-3, 4, (*draw(SIZES), *shape)).astype(float)
    if not transposed:
        mode = draw(st.sampled_from(["zeros", "zeros", "reflect", "symmetric", "replicate", "circular"]))
        return cv.Convolution(kernel, flip_kernel=draw(st.booleans()), padding_mode=mode, **options)
    extra = tuple(
        draw(st.integers(0, max(pair) - 1)) for pair in zip(options["strides"], options["dilation_rate"], strict=True)
    )
    return cv.TransposedConvolution(kernel, output_padding=extra, **options)


@st.composite
def poolings(draw):
    """A max or average pooling."""
    size = draw(SIZES)
    options = {
        "strides": draw(st.one_of(st.none(), SIZES)),
        "padding": draw(PADDINGS),
        "dilation_rate": draw(SIZES),
        "ceil_mode": draw(st.booleans()),
    }
    if draw(st.booleans()):
        return cv.MaxPooling(size, **options)
    return cv.AveragePooling(size, **options, count_include_pad=draw(st.booleans()))


def fits(operation, image):
    try:
        operation(image)
    except ValueError:
        return False
    return True


def weights_of(operation):
    """The kernel as the remark asks for it, and the bias."""
    kernel = operation.kernel[::-1, ::-1] if getattr(operation, "flip_kernel", False) else operation.kernel
    return [kernel.copy(), *([] if operation.bias is None else [operation.bias])]


def batch_of(call, image):
    """A batch of one image in a framework's layout, padded as the remark says."""
    images = image[None] if call.framework == "Keras" else image.transpose(2, 0, 1)[None]
    padding = re.search(r"np\.pad\(images, .*?mode='\w+'\)", call.remark)
    return eval(padding[0], {"np": np, "images": images}) if padding else images


def by_torch(call, operation, image):
    layer = eval(call.code, {"torch": torch}).double()
    if hasattr(operation, "kernel"):
        # (kh, kw, a, b) -> (b, a, kh, kw), which is PyTorch's layout of both convolutions
        arrays = [array.transpose(3, 2, 0, 1) if array.ndim == 4 else array for array in weights_of(operation)]
        for parameter, array in zip(layer.parameters(), arrays, strict=True):
            assert tuple(parameter.shape) == array.shape
            parameter.data = torch.tensor(np.ascontiguousarray(array))
    with torch.no_grad():
        return layer(torch.tensor(batch_of(call, image))).numpy()[0].transpose(1, 2, 0)


def by_keras(call, operation, image):
    keras = pytest.importorskip("keras", reason="keras is not installed")
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        layer, images = eval(call.code, {"keras": keras}), batch_of(call, image)
        layer.build((None, *images.shape[1:]))
        if hasattr(operation, "kernel"):
            layer.set_weights(weights_of(operation))
        return np.asarray(layer(images))[0]
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])


RUN = {"Keras": by_keras, "PyTorch": by_torch}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("framework", RUN)
@pytest.mark.parametrize("operations", [convolutions(), convolutions(transposed=True), poolings()], ids=str)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_the_layer_computes_the_same(framework, operations, data):
    operation, rows, columns = data.draw(operations), data.draw(st.integers(1, 7)), data.draw(st.integers(1, 7))
    image = np.random.default_rng(rows * 8 + columns).integers(-9, 10, (rows, columns, 4)).astype(float)
    if not fits(operation, image):
        return
    call = next(call for call in framework_code(operation, image.shape) if call.framework == framework)
    if not call.code:
        assert call.remark.startswith(framework)
        return
    found, expected = RUN[framework](call, operation, image), operation(image)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_pytorch_cuts_off_what_is_cut_off_here_or_is_said_not_to(stride, dilation):
    image, computed = np.arange(100.0).reshape(5, 5, 4), 0
    kernel = np.arange(4.0 * 4 * 16).reshape(4, 4, 4, 4)
    for before, after in np.ndindex(4, 4):
        padding = ((before, after), (before, before))
        operation = cv.TransposedConvolution(kernel, strides=stride, padding=padding, dilation_rate=dilation)
        (call,) = [call for call in framework_code(operation, image.shape) if call.framework == "PyTorch"]
        # PyTorch cuts off as much at the end, and adds at most one cell less than the longer of the two steps
        assert bool(call.code) == (0 <= before - after < max(stride, dilation) or before == after)
        if call.code:
            computed += 1
            np.testing.assert_allclose(by_torch(call, operation, image), operation(image), rtol=1e-12)
    assert computed >= 4


def written(operation, shape=(6, 6, 1)):
    return [str(call) for call in framework_code(operation, shape)]


KERNEL = [[1, 2, 2], [0, 0, 1], [2, 1, 1]]


@pytest.mark.parametrize(
    ("operation", "keras", "torch_code"),
    [
        (cv.Convolution(KERNEL), "Conv2D(1, 3, use_bias=False)", "Conv2d(1, 1, 3, bias=False)"),
        (
            cv.Convolution(KERNEL, bias=1, padding="same"),
            "Conv2D(1, 3, padding='same')",
            "Conv2d(1, 1, 3, padding=1)",
        ),
        (cv.MaxPooling(2), "MaxPooling2D(2)", "MaxPool2d(2)"),
        (cv.MaxPooling(3, 2), "MaxPooling2D(3, strides=2)", "MaxPool2d(3, stride=2)"),
        (
            cv.AveragePooling(2, padding=1),
            None,
            "AvgPool2d(2, padding=1, count_include_pad=False)",
        ),
        (cv.GlobalMaxPooling(), "GlobalMaxPooling2D()", "AdaptiveMaxPool2d(1)"),
    ],
)
def test_calls_are_as_short_as_people_write_them(operation, keras, torch_code):
    by_keras, by_pytorch = written(operation)
    assert by_pytorch == f"torch.nn.{torch_code}"
    assert by_keras == f"keras.layers.{keras}" if keras else by_keras.startswith("# Keras pads pooling by 'same' only")


def test_padding_that_differs_comes_first():
    keras, torch_code = written(cv.Convolution(KERNEL, padding=((0, 1), (2, 3))))
    assert keras.startswith("keras.Sequential([keras.layers.ZeroPadding2D(((0, 1), (2, 3))), keras.layers.Conv2D(1, 3")
    assert torch_code.startswith("torch.nn.Sequential(torch.nn.ZeroPad2d((2, 3, 0, 1)), torch.nn.Conv2d(1, 1, 3")


def test_a_flipped_kernel_is_remarked():
    keras, torch_code = written(cv.Convolution(KERNEL, flip_kernel=True))
    assert keras.endswith("# the layer does not flip: give it kernel[::-1, ::-1]")
    assert torch_code.endswith("kernel.flip(2, 3)")


def test_a_border_of_copies_is_written_as_a_framework_has_it():
    conv = cv.Convolution(KERNEL, padding=1, padding_mode="reflect")
    keras, torch_code = written(conv)
    assert torch_code == "torch.nn.Conv2d(1, 1, 3, padding=1, bias=False, padding_mode='reflect')"
    pad = "give it np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode='reflect')"
    assert keras == f"keras.layers.Conv2D(1, 3, use_bias=False)  # Keras pads with zeros only: {pad}"
    uneven = written(conv.changed(padding=((0, 1), (2, 3)), padding_mode="replicate"))[1]
    assert uneven.startswith("torch.nn.Sequential(torch.nn.ReplicationPad2d((2, 3, 0, 1)), torch.nn.Conv2d(1, 1, 3")
    assert (
        "PyTorch has no padding_mode 'symmetric': give it np.pad(images, " in written(conv.changed(padding_mode="symmetric"))[1]
    )
    assert "PyTorch cannot pad so far with padding_mode 'reflect': " in written(conv.changed(padding=6))[1]
    assert written(conv.changed(padding="valid")) == written(cv.Convolution(KERNEL))


def test_an_image_that_does_not_fit_is_an_error():
    with pytest.raises(ValueError, match="spans 3 rows"):
        framework_code(cv.Convolution(KERNEL), (2, 2, 1))


def test_a_call_reads_as_a_line():
    assert str(FrameworkCode("Keras", "f(1)", "why")) == "f(1)  # why"
    assert str(FrameworkCode("Keras", "", "Keras cannot")) == "# Keras cannot"
