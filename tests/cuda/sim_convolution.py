"""Tiled convolutions, dense layers and their gradients in numba's simulator, with tiles of a few cells."""

import numpy as np
import pytest
import reference

pytest.importorskip("numba_cuda")

from convviz.geometry import window_geometry
from convviz.kernels.cuda import arrays, convolution, gather_tables, gemm, launch

pytestmark = pytest.mark.usefixtures("tiny_blocks")

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

#: Image (N, H, W, C), kernel (kh, kw, filters), and settings.
CASES = [
    ((2, 4, 3, 2), (3, 3, 3), {"padding": "same"}),
    ((1, 5, 4, 4), (3, 2, 4), {"padding": 1, "strides": 2}),
    ((1, 4, 5, 4), (2, 3, 4), {"padding": "full", "groups": 2, "strides": (1, 2)}),
    ((1, 6, 7, 3), (3, 2, 3), {"dilation_rate": (2, 3), "groups": 3, "padding": ((2, 1), (0, 3))}),
    ((3, 3, 3, 1), (1, 1, 5), {"strides": 2}),
    ((2, 5, 4, 4), (3, 2, 4), {"groups": 4, "strides": (1, 2), "dilation_rate": (2, 1), "padding": "same"}),
]


def on_gpu(*values):
    """Copies on the GPU."""
    return [arrays.to_gpu(value, "a test's array") for value in values]


def unknown(*shape, dtype=np.float32):
    """An array on the GPU that holds what no result holds."""
    return arrays.to_gpu(np.full(shape, 12345, dtype), "a test's array")


def axes_of(shape, window, settings):
    """The axes of a convolution, and its number of groups."""
    rest = {name: value for name, value in settings.items() if name != "groups"}
    where = window_geometry(shape[1:3], window[:2], **rest)
    return where.rows, where.columns, settings.get("groups", 1)


@pytest.mark.parametrize(("shape", "window", "settings"), CASES)
def test_convolution(integers, shape, window, settings):
    image, bias = integers(*shape), integers(window[2])
    rows, columns, groups = axes_of(shape, window, settings)
    kernel = integers(*window[:2], shape[3] // groups, window[2])
    out = unknown(shape[0], rows.output, columns.output, window[2])
    convolution.convolve(*on_gpu(image, kernel, bias), rows, columns, groups, out, relu=True, tile=gemm.TINY)
    wanted = np.maximum(reference.convolve(image.tolist(), kernel.tolist(), bias.tolist(), **settings), 0)
    np.testing.assert_array_equal(arrays.to_host(out), wanted)


@pytest.mark.parametrize(("shape", "window", "settings"), CASES)
def test_gradients(integers, shape, window, settings):
    rows, columns, groups = axes_of(shape, window, settings)
    image, kernel = integers(*shape), integers(*window[:2], shape[3] // groups, window[2])
    gradient = integers(shape[0], rows.output, columns.output, window[2])
    outs = unknown(*shape), unknown(*kernel.shape), unknown(window[2])
    arrays_there = on_gpu(image, kernel, gradient)
    where = rows, columns, groups
    convolution.input_gradient(arrays_there[2], arrays_there[1], *where, outs[0], tile=gemm.TINY)
    convolution.kernel_gradient(arrays_there[0], arrays_there[2], *where, *outs[1:], tile=gemm.TINY)
    for got, wanted in zip(outs, slopes(image, kernel, gradient, settings), strict=True):
        np.testing.assert_array_equal(arrays.to_host(got), wanted)


def slopes(image, kernel, gradient, settings):
    """Gradients with respect to image, kernel and bias: each cell alone, as a convolution is linear in it."""

    def along(array, results):
        answer = np.zeros(array.size)
        for k in range(array.size):
            one = np.zeros(array.size)
            one[k] = 1
            answer[k] = (np.array(results(one.reshape(array.shape).tolist())) * gradient).sum()
        return answer.reshape(array.shape)

    return (
        along(image, lambda cells: reference.convolve(cells, kernel.tolist(), **settings)),
        along(kernel, lambda cells: reference.convolve(image.tolist(), cells, **settings)),
        gradient.sum(axis=(0, 1, 2)),
    )


def test_pooled_convolution(integers):
    image, kernel, bias = integers(2, 5, 7, 2), integers(3, 3, 2, 5), integers(5)
    rows, columns, groups = axes_of(image.shape, (3, 3), {"padding": "same"})
    out, argmax = unknown(2, 2, 3, 5), unknown(2, 2, 3, 5, dtype=np.int32)
    convolution.convolve(*on_gpu(image, kernel, bias), rows, columns, 1, out, argmax, relu=True, tile=gemm.TINY)
    map_ = np.maximum(reference.convolve(image.tolist(), kernel.tolist(), bias.tolist(), padding="same"), 0)
    wanted, places = reference.max_pool(map_.tolist())
    np.testing.assert_array_equal(arrays.to_host(out), wanted)
    np.testing.assert_array_equal(arrays.to_host(argmax), places)


@pytest.mark.parametrize("splits", [False, True])
def test_dense(integers, monkeypatch, splits):
    monkeypatch.setattr(gather_tables, "LEAST_SPAN", 4 if splits else 256)
    image, kernel, bias, gradient = integers(5, 18), integers(18, 6), integers(6), integers(5, 6)
    there = on_gpu(image, kernel, bias, gradient)
    outs = unknown(5, 6), unknown(5, 18), unknown(18, 6), unknown(6)
    convolution.dense(*there[:3], outs[0], relu=True, tile=gemm.TINY)
    convolution.dense_input_gradient(there[3], there[1], outs[1], tile=gemm.TINY)
    convolution.dense_kernel_gradient(there[0], there[3], *outs[2:], tile=gemm.TINY)
    wanted = np.maximum(image @ kernel + bias, 0), gradient @ kernel.T, image.T @ gradient, gradient.sum(axis=0)
    for got, one in zip(outs, wanted, strict=True):
        np.testing.assert_array_equal(arrays.to_host(got), one)


def test_what_does_not_fit_is_refused(integers):
    image, kernel, bias = on_gpu(integers(1, 4, 4, 2), integers(3, 3, 2, 3), integers(3))
    rows, columns, _ = axes_of((1, 4, 4, 2), (3, 3), {})
    with pytest.raises(ValueError, match=r"out is float32 of shape \(1, 3, 3, 3\); expected float32 of shape \(1, 2, 2, 3\)"):
        convolution.convolve(image, kernel, bias, rows, columns, 1, unknown(1, 3, 3, 3))
    with pytest.raises(ValueError, match="precision is 'float16'"):
        convolution.convolve(image, kernel, bias, rows, columns, 1, unknown(1, 2, 2, 3), precision="float16")
    with pytest.raises(ValueError, match="simulator has no tensor cores"):
        convolution.convolve(image, kernel, bias, rows, columns, 1, unknown(1, 2, 2, 3), precision="tf32")


def test_what_tiles_are_for():
    rows, columns, _ = axes_of((1, 20, 20, 2), (16, 3), {})
    assert not convolution.tiled((1, 20, 20, 2), rows, columns, 1, 4, np.float32)
    rows, columns, _ = axes_of((1, 20, 20, 2), (15, 3), {})
    assert convolution.tiled((1, 20, 20, 2), rows, columns, 1, 4, np.float32)
    assert not convolution.tiled((1, 20, 20, 2), rows, columns, 1, 4, np.float64)
    assert not convolution.tiled((2**23, 20, 20, 2), rows, columns, 1, 4, np.float32)
