"""Convolutions with one thread for each cell, and their gradients, in numba's simulator."""

import numpy as np
import pytest
import reference

pytest.importorskip("numba_cuda")

from convviz.geometry import transposed_geometry, window_geometry
from convviz.kernels.cuda import arrays, cellwise, launch, sums

pytestmark = pytest.mark.usefixtures("tiny_blocks")

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

#: Image (N, H, W, C), kernel (kh, kw, filters), and settings.
CASES = [
    ((2, 5, 6, 2), (3, 3, 3), {}),
    ((1, 5, 4, 2), (3, 2, 3), {"padding": "same", "strides": 2}),
    ((2, 4, 5, 4), (2, 3, 4), {"padding": "full", "groups": 2}),
    ((1, 6, 7, 3), (3, 2, 3), {"dilation_rate": (2, 3), "groups": 3, "strides": (1, 2), "padding": ((2, 1), (0, 3))}),
    ((3, 3, 3, 1), (1, 1, 5), {"strides": 2}),
]
UP_CASES = [
    ((2, 3, 2, 2), (3, 3, 3), {"strides": 2}),
    ((1, 3, 4, 4), (2, 3, 2), {"padding": "same", "strides": (2, 1), "groups": 2}),
    ((1, 2, 3, 2), (3, 2, 1), {"padding": 1, "strides": 3, "output_padding": 2, "dilation_rate": (2, 1)}),
]


def kernel_shape(shape, window, settings):
    return (*window[:2], shape[3] // settings.get("groups", 1), window[2])


def axes_of(shape, window, settings):
    """The axes of a convolution, and its number of groups."""
    rest = {name: value for name, value in settings.items() if name != "groups"}
    where = window_geometry(shape[1:3], window[:2], **rest)
    return where.rows, where.columns, settings.get("groups", 1)


def on_gpu(*values):
    """Copies on the GPU."""
    return [arrays.to_gpu(value, "a test's array") for value in values]


def filled(*shape, dtype=np.float32):
    """An array on the GPU, filled with a number that no result contains."""
    return arrays.to_gpu(np.full(shape, 12345, dtype), "a test's array")


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
@pytest.mark.parametrize(("shape", "window", "settings"), CASES)
def test_convolution(integers, shape, window, settings, dtype):
    image, bias = integers(*shape, dtype=dtype), integers(window[2], dtype=dtype)
    kernel = integers(*kernel_shape(shape, window, settings), dtype=dtype)
    rows, columns, groups = axes_of(shape, window, settings)
    out = filled(shape[0], rows.output, columns.output, window[2], dtype=dtype)
    cellwise.convolve(*on_gpu(image, kernel, bias), rows, columns, groups, out)
    wanted = reference.convolve(image.tolist(), kernel.tolist(), bias.tolist(), **settings)
    assert np.array_equal(arrays.to_host(out), np.array(wanted))


@pytest.mark.parametrize(("shape", "window", "settings"), UP_CASES)
def test_transposed_convolution(integers, shape, window, settings):
    groups = settings.get("groups", 1)
    image, kernel = integers(*shape), integers(*window[:2], window[2] // groups, shape[3])
    bias = integers(window[2])
    rest = {name: value for name, value in settings.items() if name != "groups"}
    where = transposed_geometry(shape[1:3], window[:2], **rest)
    out = filled(shape[0], *where.output_shape, window[2])
    cellwise.convolve_transposed(*on_gpu(image, kernel, bias), where.rows, where.columns, groups, out)
    wanted = reference.transposed(image.tolist(), kernel.tolist(), bias.tolist(), **settings)
    assert np.array_equal(arrays.to_host(out), np.array(wanted))


def units(shape):
    """Every array of this shape that has a single 1, with its index."""
    for index in np.ndindex(*shape):
        unit = np.zeros(shape, int)
        unit[index] = 1
        yield index, unit.tolist()


@pytest.mark.parametrize(("shape", "window", "settings"), CASES)
def test_input_gradient_sums_the_outputs_of_each_cell(integers, shape, window, settings):
    kernel = integers(*kernel_shape(shape, window, settings))
    rows, columns, groups = axes_of(shape, window, settings)
    gradient = integers(shape[0], rows.output, columns.output, window[2])
    out = filled(*shape)
    cellwise.input_gradient(*on_gpu(gradient, kernel), rows, columns, groups, out)
    found = arrays.to_host(out)
    for n in range(shape[0]):
        for index, unit in units(shape[1:]):
            response = np.array(reference.convolve([unit], kernel.tolist(), **settings))[0]
            assert found[(n, *index)] == (response * gradient[n]).sum()


@pytest.mark.parametrize("busy", [1, 4, 1 << 17])
@pytest.mark.parametrize(("shape", "window", "settings"), CASES)
def test_kernel_gradient_sums_the_outputs_of_each_weight(integers, monkeypatch, shape, window, settings, busy):
    """With one split, with four, and with one for each row."""
    weights = kernel_shape(shape, window, settings)
    monkeypatch.setattr(cellwise, "BUSY", busy * int(np.prod(weights)))
    image = integers(*shape)
    rows, columns, groups = axes_of(shape, window, settings)
    gradient = integers(shape[0], rows.output, columns.output, window[2])
    out, bias = filled(*weights), filled(window[2])
    assert cellwise.splits_of(gradient, out) == min(busy, shape[0] * rows.output)
    cellwise.kernel_gradient(*on_gpu(image, gradient), rows, columns, groups, out, bias)
    found = arrays.to_host(out)
    for index, unit in units(weights):
        response = np.array(reference.convolve(image.tolist(), unit, **settings))
        assert found[index] == (response * gradient).sum()
    assert np.array_equal(arrays.to_host(bias), gradient.sum((0, 1, 2)))


def test_gradients_of_a_transposed_convolution_are_those_of_a_convolution(integers):
    """The gradient of the input is a convolution; for that of the kernel, image and gradient are exchanged."""
    image, kernel = integers(1, 3, 3, 2), integers(3, 3, 3, 2)
    where = window_geometry((7, 7), (3, 3), 2)
    gradient = integers(1, 7, 7, 3)
    input_gradient, kernel_gradient = filled(1, 3, 3, 2), filled(3, 3, 3, 2)
    cellwise.convolve(*on_gpu(gradient, kernel, np.zeros(2, np.float32)), where.rows, where.columns, 1, input_gradient)
    cellwise.kernel_gradient(*on_gpu(gradient, image), where.rows, where.columns, 1, kernel_gradient)
    for array, found, other in ((image, input_gradient, kernel), (kernel, kernel_gradient, image)):
        for index, unit in units(array.shape):
            pair = (unit, other.tolist()) if array is image else (other.tolist(), unit)
            response = np.array(reference.transposed(*pair, strides=2))
            assert arrays.to_host(found)[index] == (response * gradient).sum()


@pytest.mark.parametrize(("count", "channels"), [(1, 1), (7, 3), (9, 5), (40, 9)])
def test_column_sums(integers, monkeypatch, count, channels):
    monkeypatch.setattr(sums, "FEW", 4)
    monkeypatch.setattr(sums, "MOST_CHUNKS", 3)
    cells, out = integers(count, channels), filled(channels)
    sums.column_sums(*on_gpu(cells), out)
    assert sums.chunks_of(count) == min(3, max(1, count // 4))
    assert np.array_equal(arrays.to_host(out), cells.sum(0))


def test_column_sums_of_no_rows_are_zero():
    out = filled(3)
    sums.column_sums(*on_gpu(np.ones((0, 3), np.float32)), out)
    assert arrays.to_host(out).tolist() == [0, 0, 0]


@pytest.mark.parametrize("given", [np.float16, np.float32, np.uint8, np.bool_])
def test_rearrange_converts_reorders_and_pads(integers, given):
    source = abs(integers(2, 3, 4, 5)).astype(given)
    wanted = np.pad(source.transpose(0, 2, 3, 1), [(0, 0), (1, 2), (3, 0), (0, 0)])
    dtype = np.float32 if np.dtype(given).kind == "f" else np.int64
    out = filled(*wanted.shape, dtype=dtype)
    (plane,) = on_gpu(source)
    view = source.transpose(0, 2, 3, 1)
    cellwise.rearrange(arrays.restrided(plane, view.shape, view.strides), out, top=1, left=3)
    assert np.array_equal(arrays.to_host(out), wanted.astype(dtype))


def test_arrays_of_wrong_shape_or_dtype_raise(integers):
    image, kernel, bias = on_gpu(integers(1, 4, 4, 2), integers(3, 3, 2, 3), integers(3))
    where = window_geometry((4, 4), (3, 3))
    axes = where.rows, where.columns, 1
    out = filled(1, 2, 2, 3)
    with pytest.raises(ValueError, match=r"image is float32 of shape \(1, 4, 4, 2\); expected float32 of shape \(any, 4, 4, 4"):
        cellwise.convolve(image, kernel, bias, *axes[:2], 2, out)
    with pytest.raises(ValueError, match="bias is float64"):
        cellwise.convolve(image, kernel, *on_gpu(np.zeros(3)), *axes, out)
    with pytest.raises(ValueError, match=r"result is float32 of shape \(1, 2, 3, 3\); expected .* \(1, 2, 2, 3\)"):
        cellwise.convolve(image, kernel, bias, *axes, filled(1, 2, 3, 3))
    with pytest.raises(ValueError, match=r"partial is float32 of shape \(1, 1\)"):
        cellwise.kernel_gradient(image, out, *axes, kernel, partial=filled(1, 1))
    assert (arrays.to_host(out) == 12345).all()
