"""Tiled convolutions launch their kernels with the arguments that `test_ptx` compiles them for, and within a GPU's
limits."""

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

import test_ptx

from convviz.geometry import window_geometry
from convviz.kernels.cuda import arrays, convolution, launch, sums

if launch.SIMULATED:
    pytest.skip("for the compiler, not for numba's simulator", allow_module_level=True)

from numba.cuda.cudadrv.devicearray import DeviceNDArray
from numba.cuda.typing.typeof import typeof


def on_gpu(shape, dtype=np.float32):
    """An array on the GPU, as compilers see it."""
    return DeviceNDArray(tuple(shape), np.empty(shape, dtype).strides, dtype, gpu_data="no memory")


@pytest.fixture
def launches(monkeypatch):
    """Names of kernels, their blocks and the types of their arguments, instead of launches."""
    found = []

    def configured(kernel, blocks, threads, stream):
        def noted(*arguments):
            found.append((kernel.function.__name__, blocks, tuple(map(typeof, arguments))))

        return noted

    monkeypatch.setattr(launch.Kernel, "_configured", configured)
    monkeypatch.setattr(arrays, "empty", lambda shape, dtype, name="": on_gpu(shape, dtype))
    monkeypatch.setattr(arrays, "to_gpu", lambda array, name="": on_gpu(array.shape, array.dtype))
    monkeypatch.setattr(arrays, "current_gpu", lambda: "none")
    monkeypatch.setattr(arrays, "aligned", lambda array: True)
    monkeypatch.setattr(sums, "column_sums", lambda *arguments, **options: None)
    yield found
    for kept in convolution.resident, arrays.kept_zeros, convolution.no_argmax:
        kept.cache_clear()


def check(found, **names):
    """So many launches of each kernel, each with the types that are compiled in tests."""
    signatures = {name.partition(".")[2]: signature for name, signature in test_ptx.SIGNATURES.items()}
    signatures["tiles"] = test_ptx.TILED
    for name, blocks, kinds in found:
        assert kinds == signatures[name], name
        assert not isinstance(blocks, tuple) or (max(blocks[1:]) <= 65535 and min(blocks) >= 1)
    given = [name for name, _, _ in found]
    assert {name: given.count(name) for name in given} == names


def layer(image, window, groups=1, **settings):
    """Axes, and stand-ins for image, kernel, bias and result."""
    found = window_geometry(image[1:3], window[:2], **settings)
    result = image[0], found.rows.output, found.columns.output, window[2]
    shapes = image, (*window[:2], image[3] // groups, window[2]), window[2:], result
    return (found.rows, found.columns, groups), *map(on_gpu, shapes)


def train(axes, image, kernel, bias, result, **options):
    """Forward and both gradients."""
    convolution.convolve(image, kernel, bias, *axes, result, relu=True, **options)
    convolution.input_gradient(result, kernel, *axes, image, **options)
    convolution.kernel_gradient(image, result, *axes, kernel, bias, **options)


@pytest.mark.parametrize("precision", ["float32", "tf32"])
def test_convolution(launches, precision):
    train(*layer((64, 28, 28, 32), (3, 3, 64), padding="same"), precision=precision)
    check(launches, tiles=3, join=1)


def test_strides_have_phases(launches):
    train(*layer((512, 32, 32, 8), (3, 3, 16), padding="same", strides=2))
    check(launches, tiles=1 + 4 + 1, join=1)


def test_pooling(launches):
    axes, image, kernel, bias, result = layer((8, 28, 28, 1), (3, 3, 32), padding="same")
    out = on_gpu((8, 14, 14, 32)), on_gpu((8, 14, 14, 32), np.int32)
    convolution.convolve(image, kernel, bias, *axes, *out, relu=True)
    check(launches, tiles=1)


def test_depthwise(launches):
    train(*layer((64, 28, 28, 32), (3, 3, 32), 32, padding="same"))
    check(launches, depthwise_cells=1, depthwise_inputs=1, depthwise_weights=1)


def test_dense(launches):
    shapes = (64, 3136), (3136, 128), (128,), (64, 128)
    image, kernel, bias, result = map(on_gpu, shapes)
    convolution.dense(image, kernel, bias, result, relu=True)
    convolution.dense_input_gradient(result, kernel, image)
    convolution.dense_kernel_gradient(image, result, kernel, bias)
    check(launches, tiles=3, join=1)


def test_room_can_be_kept(launches, monkeypatch):
    axes, image, kernel, bias, result = layer((64, 28, 28, 32), (3, 3, 64), padding="same")
    sizes = 64, *axes, 32, 64
    monkeypatch.setattr(arrays, "empty", None)
    scratch = on_gpu((convolution.scratch_cells("kernel_gradient", *sizes),))
    convolution.kernel_gradient(image, result, *axes, kernel, scratch=scratch)
    with pytest.raises(ValueError, match=f"one row of at least {scratch.size} cells"):
        convolution.kernel_gradient(image, result, *axes, kernel, scratch=on_gpu((scratch.size - 1,)))
    check(launches, tiles=1, join=1)
