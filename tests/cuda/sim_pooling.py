"""Pooling by one thread a cell, and its gradients, in numba's simulator."""

import numpy as np
import pytest
import reference

pytest.importorskip("numba_cuda")

from convviz.geometry import window_geometry
from convviz.kernels.cuda import arrays, global_pooling, launch, pooling

pytestmark = pytest.mark.usefixtures("tiny_blocks")

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

#: Image (N, H, W, C), and settings.
CASES = [
    ((2, 4, 6, 3), {"pool_size": 2}),
    ((1, 5, 5, 2), {"pool_size": 3, "strides": 1, "padding": "same"}),
    ((1, 5, 6, 2), {"pool_size": (2, 3), "strides": (3, 2), "ceil_mode": True}),
    ((1, 6, 7, 1), {"pool_size": 2, "strides": (1, 2), "dilation_rate": (2, 3), "padding": 1}),
]


def axes_of(shape, settings):
    """The axes of a pooling."""
    rest = {name: value for name, value in settings.items() if name not in ("pool_size", "strides", "count_include_pad")}
    where = window_geometry(
        shape[1:3], settings["pool_size"], settings.get("strides", settings["pool_size"]), kind="pool", **rest
    )
    return where.rows, where.columns


def on_gpu(*values):
    """Copies on the GPU."""
    return [arrays.to_gpu(value, "a test's array") for value in values]


def unknown(*shape, dtype=np.float32):
    """An array on the GPU that holds what no result holds."""
    return arrays.to_gpu(np.full(shape, 12345, dtype), "a test's array")


def pooled_shape(shape, axes):
    return shape[0], axes[0].output, axes[1].output, shape[3]


@pytest.mark.parametrize("places", [np.int32, np.int64])
@pytest.mark.parametrize(("shape", "settings"), CASES)
def test_max_pooling(integers, shape, settings, places):
    """Equal numbers and NaNs occur."""
    image = integers(*shape)
    image[integers(*shape) == 3] = np.nan
    axes = axes_of(shape, settings)
    out, alone = unknown(*pooled_shape(shape, axes)), unknown(*pooled_shape(shape, axes))
    argmax = unknown(*pooled_shape(shape, axes), dtype=places)
    pooling.max_pool(*on_gpu(image), *axes, out, argmax)
    pooling.max_pool(*on_gpu(image), *axes, alone)
    values, wanted = reference.max_pool(image.tolist(), **settings)
    assert np.isnan(values).any()
    assert np.array_equal(arrays.to_host(argmax), wanted)
    for found in (out, alone):
        assert np.array_equal(arrays.to_host(found), np.array(values), equal_nan=True)


@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize(("shape", "settings"), CASES)
def test_max_pooling_gradient(integers, shape, settings, gated):
    image = np.maximum(integers(*shape) - 1, 0) if gated else integers(*shape)
    axes = axes_of(shape, settings)
    values, places = (np.array(found) for found in reference.max_pool(image.tolist(), **settings))
    gradient = integers(*pooled_shape(shape, axes))
    out = unknown(*shape)
    maxima = on_gpu(values.astype(np.float32))[0] if gated else None
    pooling.max_pool_gradient(*on_gpu(gradient, places.astype(np.int32)), *axes, out, maxima)
    assert not gated or (values == 0).any()
    wanted = np.zeros(shape)
    for (n, row, column, c), place in np.ndenumerate(places):
        if not gated or values[n, row, column, c] > 0:
            wanted[n, place // shape[2], place % shape[2], c] += gradient[n, row, column, c]
    assert np.array_equal(arrays.to_host(out), wanted)


@pytest.mark.parametrize("include", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
@pytest.mark.parametrize(("shape", "settings"), CASES)
def test_average_pooling(integers, shape, settings, dtype, include):
    image = integers(*shape, dtype=dtype)
    axes = axes_of(shape, settings)
    out = unknown(*pooled_shape(shape, axes), dtype=np.float64 if dtype == np.int64 else dtype)
    pooling.average_pool(*on_gpu(image), *axes, out, pooling.counts_of(*axes, dtype, include))
    wanted = np.array(reference.avg_pool(image.tolist(), **settings, count_include_pad=include))
    # the sums are whole numbers, so one division is all that rounds
    assert np.array_equal(arrays.to_host(out), wanted.astype(out.dtype))


@pytest.mark.parametrize("include", [False, True])
@pytest.mark.parametrize(("shape", "settings"), CASES)
def test_average_pooling_gradient_is_what_each_cell_adds(integers, shape, settings, include):
    axes = axes_of(shape, settings)
    gradient = integers(*pooled_shape(shape, axes))
    out = unknown(*shape)
    pooling.average_pool_gradient(*on_gpu(gradient), *axes, out, pooling.counts_of(*axes, np.float32, include))
    found = arrays.to_host(out)
    for index in np.ndindex(*shape):
        unit = np.zeros(shape)
        unit[index] = 1
        reply = np.array(reference.avg_pool(unit.tolist(), **settings, count_include_pad=include))
        assert found[index] == pytest.approx((reply * gradient).sum(), rel=1e-6, abs=1e-6)


def test_rows_of_a_window_are_added_up_by_themselves():
    """2²⁴ + 1 is 2²⁴ in float32: cell after cell the ones would be lost, and so would those of a large photograph."""
    image = np.array([[2**24, 0, 0], [1, 1, 1]], np.float32).reshape(1, 2, 3, 1)
    out = unknown(1, 1, 1, 1)
    axes = axes_of(image.shape, {"pool_size": (2, 3)})
    pooling.average_pool(*on_gpu(image), *axes, out, pooling.counts_of(*axes, np.float32))
    assert arrays.to_host(out).item() == np.float32(2**24 + 3) / np.float32(6)


@pytest.mark.parametrize("shape", [(3, 2, 3, 5), (1, 5, 4, 1)])
def test_global_pooling_both_ways(integers, shape):
    image, gradient = integers(*shape), integers(shape[0], shape[3])
    image[0, 1, 1, 0] = np.nan
    flat = shape[0], shape[3]
    out, argmax, back = unknown(*flat), unknown(*flat, dtype=np.int32), unknown(*shape)
    global_pooling.global_max_pool(*on_gpu(image), out, argmax)
    assert np.array_equal(arrays.to_host(out), np.array(reference.global_max_pool(image.tolist())), equal_nan=True)
    places = np.array(reference.max_pool(image.tolist(), shape[1:3])[1]).reshape(flat)
    assert np.array_equal(arrays.to_host(argmax), places)
    global_pooling.global_max_pool_gradient(*on_gpu(gradient), argmax, back)
    wanted = np.zeros((shape[0], shape[1] * shape[2], shape[3]))
    np.put_along_axis(wanted, places[:, None], gradient[:, None], 1)
    assert np.array_equal(arrays.to_host(back), wanted.reshape(shape))


@pytest.mark.parametrize("shape", [(3, 2, 4, 5), (1, 4, 4, 1)])
def test_global_means_both_ways(integers, shape):
    """The numbers of cells are powers of 2, so nothing rounds."""
    image, gradient = integers(*shape), integers(shape[0], shape[3])
    out, back = unknown(shape[0], shape[3]), unknown(*shape)
    global_pooling.global_average_pool(*on_gpu(image), out)
    assert np.array_equal(arrays.to_host(out), np.array(reference.global_avg_pool(image.tolist())))
    global_pooling.global_average_pool_gradient(*on_gpu(gradient), back)
    cells = shape[1] * shape[2]
    assert np.array_equal(arrays.to_host(back), np.broadcast_to(gradient[:, None, None] / cells, shape))


def test_arrays_that_do_not_fit_are_refused(integers):
    (image,) = on_gpu(integers(1, 4, 4, 2))
    axes = axes_of((1, 4, 4, 2), {"pool_size": 2})
    with pytest.raises(ValueError, match=r"what is pooled is float32 of shape \(1, 2, 3, 2\); expected .* \(1, 2, 2, 2\)"):
        pooling.max_pool(image, *axes, unknown(1, 2, 3, 2))
    with pytest.raises(ValueError, match="argmax is float32 .*; expected int32 of shape"):
        pooling.max_pool(image, *axes, unknown(1, 2, 2, 2), unknown(1, 2, 2, 2))
    with pytest.raises(ValueError, match=r"image is float32 of shape \(1, 4, 4, 2\); expected .*\(any, 5, 5, any\)"):
        pooling.max_pool(image, *axes_of((1, 5, 5, 2), {"pool_size": 2}), unknown(1, 2, 2, 2))


def test_places_in_huge_planes_need_int64():
    class Places:
        dtype, shape = np.dtype(np.int32), (1, 1, 1, 1)

    with pytest.raises(ValueError, match="2,147,483,648 cells; expected int64"):
        pooling.require_argmax(Places, Places, 2**31)
