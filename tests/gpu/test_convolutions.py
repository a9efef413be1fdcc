"""Convolutions and their gradients on a GPU against PyTorch and the CPU, on layers of real size."""

import hardware
import numpy as np
import pytest
import real_layers
from hardware import host, on_gpu, unknown
from real_layers import COURSE, LAYERS, RARE, Judged, each

from convviz.kernels.cpu import convolution as on_the_cpu
from convviz.kernels.cuda import cellwise, convolution

PRECISIONS = ["float32", "tf32"]
#: Images, inputs and units of dense layers.
DENSE = hardware.scaled(
    [(64, 3136, 10), (512, 6272, 128), (7, 33, 5)], [(16, 600, 10), (32, 600, 128), (7, 33, 5)], [(5, 18, 6)]
)
every_layer, course_layers = each(LAYERS), each(COURSE)
every_precision = pytest.mark.parametrize("precision", hardware.scaled(PRECISIONS, PRECISIONS, ["tf32"]))


def trained(layer, given, precision="float32"):
    """Result and gradients by the tiled kernels, as arrays on the GPU; `given` are image, kernel, bias and gradient there.

    A rehearsal rounds what tensor cores would, and multiplies in float32.
    """
    image, kernel, bias, gradient = given
    if hardware.REHEARSAL and precision == "tf32":
        image, kernel, gradient = (on_gpu(hardware.rounded(host(value)))[0] for value in (image, kernel, gradient))
        precision = "float32"
    axes = *layer.axes, layer.parts
    outs = Judged(*(unknown(*value.shape) for value in (gradient, image, kernel, bias)))
    convolution.convolve(image, kernel, bias, *axes, outs.result, precision=precision)
    convolution.input_gradient(gradient, kernel, *axes, outs.image, precision=precision)
    convolution.kernel_gradient(image, gradient, *axes, *outs[2:], precision=precision)
    return outs


def by_the_cpu(layer, image, kernel, bias, gradient):
    """The same by the CPU's kernels."""
    axes = *layer.axes, layer.parts
    outs = Judged(*(np.full_like(value, np.nan) for value in (gradient, image, kernel, bias)))
    on_the_cpu.convolve(image, on_the_cpu.pack_forward(kernel, *axes), bias, *axes, outs.result)
    on_the_cpu.input_gradient(gradient, on_the_cpu.pack_backward(kernel, *axes), *axes, outs.image)
    on_the_cpu.kernel_gradient(image, gradient, *axes, *outs[2:])
    return outs


# ---------------------------------------------------------------- whole numbers: nothing may round


@pytest.mark.sanitize
@every_precision
@every_layer
def test_whole_numbers_come_out_exactly(layer, precision, integers):
    given = layer.drawn(integers)
    assert convolution.tiled(given[0].shape, *layer.axes, layer.parts, layer.sizes[3], np.float32)
    found = trained(layer, on_gpu(*given), precision)
    wanted, cpu = real_layers.judged(layer, *given), by_the_cpu(layer, *given)
    for name in Judged._fields:
        np.testing.assert_array_equal(host(getattr(found, name)), getattr(wanted, name), err_msg=name)
        np.testing.assert_array_equal(host(getattr(found, name)), getattr(cpu, name), err_msg=f"{name}, CPU")


@every_layer
def test_relu_keeps_what_is_positive_and_nan(layer, integers):
    image, kernel, bias, gradient = layer.drawn(integers)
    image[0, 0, 0, 0] = np.nan
    out = unknown(*gradient.shape)
    convolution.convolve(*on_gpu(image, kernel, bias), *layer.axes, layer.parts, out, relu=True)
    wanted = real_layers.judged(layer, image, kernel, bias, gradient).result
    assert np.isnan(wanted).any()
    np.testing.assert_array_equal(host(out), np.maximum(wanted, 0))


@pytest.mark.sanitize
@every_precision
@course_layers
def test_pooling_at_once(layer, precision, integers):
    """Equal numbers abound, of which the first wins: PyTorch promises nothing there, the CPU does."""
    image, kernel, bias, gradient = layer.drawn(integers)
    rows, columns = layer.axes
    shape = image.shape[0], rows.output // 2, columns.output // 2, len(bias)
    out, argmax = unknown(*shape), unknown(*shape, dtype=np.int32)
    precision = "float32" if hardware.REHEARSAL else precision
    given = *on_gpu(image, kernel, bias), rows, columns, layer.parts
    convolution.convolve(*given, out, argmax, relu=True, precision=precision)
    wanted, places = np.full(shape, np.nan, np.float32), np.full(shape, -1, np.int32)
    packed = on_the_cpu.pack_forward(kernel, rows, columns, layer.parts)
    on_the_cpu.convolve(image, packed, bias, rows, columns, layer.parts, wanted, places, relu=True)
    np.testing.assert_array_equal(host(out), wanted)
    np.testing.assert_array_equal(host(argmax), places)
    judge = np.maximum(real_layers.judged(layer, image, kernel, bias, gradient).result, 0)
    windows = judge[:, : 2 * shape[1], : 2 * shape[2]].reshape(shape[0], shape[1], 2, shape[2], 2, shape[3])
    np.testing.assert_array_equal(wanted, windows.max(axis=(2, 4)))


@pytest.mark.sanitize
@each(LAYERS, "28x28 32to64", "4 groups", "depthwise")
def test_arrays_may_begin_anywhere(layer, integers):
    """Loads of four cells want multiples of 16 bytes."""
    given = layer.drawn(integers)
    there = [hardware.unaligned(value) for value in given]
    outs = Judged(*(hardware.unaligned(np.full_like(given[k], 12345)) for k in (3, 0, 1, 2)))
    axes = *layer.axes, layer.parts
    convolution.convolve(*there[:3], *axes, outs.result)
    convolution.input_gradient(there[3], there[1], *axes, outs.image)
    convolution.kernel_gradient(there[0], there[3], *axes, *outs[2:])
    for found, wanted in zip(outs, real_layers.judged(layer, *given), strict=True):
        np.testing.assert_array_equal(host(found), wanted)


# ---------------------------------------------------------------- numbers that round


@every_precision
@every_layer
def test_sums_are_as_exact_as_their_precision(layer, precision, numbers):
    """TF32 is judged by the products of rounded numbers, which leaves no more room than the order of sums does."""
    given = layer.drawn(numbers)
    direct = layer.parts > 1 and layer.sizes[2] == layer.parts
    found = trained(layer, on_gpu(*given), "float32" if direct else precision)
    tensor = precision == "tf32" and not direct
    wanted = rounded_judge(layer, given) if tensor else real_layers.judged(layer, *given)
    weights, counts = real_layers.weighed(layer, *given), real_layers.products(layer)
    for name in Judged._fields:
        parts = host(getattr(found, name)), *(getattr(one, name) for one in (wanted, weights, counts))
        assert real_layers.close(*parts, tensor=tensor), name


def rounded_judge(layer, given):
    """What PyTorch says of products of numbers as tensor cores read them."""
    image, kernel, bias, gradient = given
    known = real_layers.judged(layer, hardware.rounded(image), hardware.rounded(kernel), bias, hardware.rounded(gradient))
    # what is only added up, for the bias, is not rounded
    return known if hardware.REHEARSAL else known._replace(bias=gradient.astype(np.float64).sum(axis=(0, 1, 2)))


@pytest.mark.parametrize("precision", ["tf32"])
@course_layers
def test_tf32_rounds_to_ten_bits(layer, precision, numbers):
    """No more, so that three digits are right, and no less, else tensor cores took no part."""
    given = layer.drawn(numbers)
    full, short = (trained(layer, on_gpu(*given), one) for one in ("float32", precision))
    wanted, weights = (call(layer, *given) for call in (real_layers.judged, real_layers.weighed))
    counts = real_layers.products(layer)
    for name in ("result", "image", "kernel"):
        judge, weight, count = (getattr(one, name) for one in (wanted, weights, counts))
        errors = [host(getattr(one, name)) - judge for one in (full, short)]
        assert real_layers.close(host(getattr(short, name)), judge, weight, count, tensor=True, more=2.0**-10), name
        sizes = [np.sqrt(np.mean(error**2)) for error in errors]
        assert sizes[1] > 10 * sizes[0], name


# ---------------------------------------------------------------- the same bits


@pytest.mark.sanitize
@every_precision
@every_layer
def test_every_run_gives_the_same_bits(layer, precision, numbers):
    there = on_gpu(*layer.drawn(numbers))
    first = [hardware.bits(found) for found in trained(layer, there, precision)]
    for _ in range(hardware.scaled(5, 2, 1)):
        assert [hardware.bits(found) for found in trained(layer, there, precision)] == first


# ---------------------------------------------------------------- dense layers


@pytest.mark.sanitize
@every_precision
@pytest.mark.parametrize("sizes", DENSE, ids=str)
def test_dense(sizes, precision, integers):
    images, inputs, units = sizes
    precision = "float32" if hardware.REHEARSAL else precision
    shapes = (images, inputs), (inputs, units), (units,), (images, units)
    image, kernel, bias, gradient = (integers(*shape) for shape in shapes)
    there = on_gpu(image, kernel, bias, gradient)
    outs = unknown(images, units), unknown(images, inputs), unknown(inputs, units), unknown(units)
    convolution.dense(*there[:3], outs[0], relu=True, precision=precision)
    convolution.dense_input_gradient(there[3], there[1], outs[1], precision=precision)
    convolution.dense_kernel_gradient(there[0], there[3], *outs[2:], precision=precision)
    image, kernel, gradient = (value.astype(np.float64) for value in (image, kernel, gradient))
    wanted = np.maximum(image @ kernel + bias, 0), gradient @ kernel.T, image.T @ gradient, gradient.sum(axis=0)
    for found, one in zip(outs, wanted, strict=True):
        np.testing.assert_array_equal(host(found), one)


# ---------------------------------------------------------------- plain kernels


@pytest.mark.sanitize
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@each(RARE + LAYERS, *(layer.name for layer in RARE), "28x28 1to32", "stride 3 unpadded")
def test_plain_kernels(layer, dtype, integers):
    given = [value.astype(dtype) for value in layer.drawn(integers)]
    image, kernel, bias, gradient = on_gpu(*given)
    outs = Judged(*(unknown(*value.shape, dtype=dtype) for value in (gradient, image, kernel, bias)))
    axes = *layer.axes, layer.parts
    cellwise.convolve(image, kernel, bias, *axes, outs.result)
    cellwise.input_gradient(gradient, kernel, *axes, outs.image)
    cellwise.kernel_gradient(image, gradient, *axes, *outs[2:])
    for name, found, wanted in zip(Judged._fields, outs, real_layers.judged(layer, *given), strict=True):
        np.testing.assert_array_equal(host(found), wanted, err_msg=name)
        assert host(found).dtype == dtype


@each(RARE)
def test_tiles_leave_these_to_plain_kernels(layer):
    shapes = layer.shapes()
    assert hardware.REHEARSAL or not convolution.tiled(shapes[0], *layer.axes, layer.parts, layer.sizes[3], np.float32)
