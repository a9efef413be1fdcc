"""Images of two and three axes, and strided ones, on numba's own arrays: the simulator's arrays are more patient.

No GPU is needed: memory is an address that nobody looks at, and nothing is launched.
"""

import functools
import math

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

import convviz as cv
from convviz import geometry
from convviz.kernels.cuda import arrays, convolution, depthwise, device, launch, sums

if launch.SIMULATED:
    pytest.skip("for numba's arrays, not those of its simulator", allow_module_level=True)

from numba.cuda.cudadrv import devicearray, devices


class Memory:
    """What stands for memory of a GPU."""

    class device_ctypes_pointer:
        value = 256


class Context:
    """What stands for a GPU."""

    def memalloc(self, size):
        return Memory()


def steps(shape, dtype):
    """Strides of C order."""
    return tuple(np.dtype(dtype).itemsize * math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def on_gpu(shape, dtype, strides=None):
    """An array of numba's."""
    return devicearray.DeviceNDArray(shape, strides or steps(shape, dtype), np.dtype(dtype), gpu_data=Memory())


@pytest.fixture(autouse=True)
def pretended(monkeypatch):
    """A GPU on which launches do nothing, and results are zeros."""
    monkeypatch.setattr(devices, "get_context", lambda *arguments: Context())
    monkeypatch.setattr(arrays, "current_gpu", lambda: "pretended")
    monkeypatch.setattr(arrays, "require_this_gpu", lambda pointer, name: None)
    monkeypatch.setattr(launch.cuda, "to_device", lambda array: on_gpu(array.shape, array.dtype, array.strides))
    monkeypatch.setattr(launch.cuda, "device_array", on_gpu)
    monkeypatch.setattr(arrays, "to_host", lambda array: np.zeros(array.shape, array.dtype))
    monkeypatch.setattr(device, "probe", lambda process: "")
    monkeypatch.setattr(launch.Kernel, "__call__", lambda self, *arguments, **options: None)
    yield
    for kept in convolution.resident, arrays.kept_zeros, convolution.no_argmax:
        kept.cache_clear()


def ones(*shape):
    return np.ones(shape, np.float32)


CALLS = {
    "a grey image": (functools.partial(cv.conv2d, kernel=ones(5, 5)), (256, 256), (252, 252)),
    "a colour image": (functools.partial(cv.conv2d, kernel=ones(3, 3, 3, 8), padding="same"), (64, 64, 3), (64, 64, 8)),
    "a small image": (functools.partial(cv.conv2d, kernel=ones(3, 3)), (8, 8), (6, 6)),
    "transposed": (functools.partial(cv.conv2d_transpose, kernel=ones(3, 3)), (256, 256), (258, 258)),
    "depthwise": (functools.partial(cv.conv2d, kernel=ones(3, 3, 1, 64), groups=64), (64, 64, 64), (62, 62, 64)),
    "maxima": (functools.partial(cv.max_pool2d, pool_size=2), (8, 8, 3), (4, 4, 3)),
    "means": (functools.partial(cv.avg_pool2d, pool_size=2), (8, 8), (4, 4)),
    "the mean of a grey image": (cv.global_avg_pool2d, (8, 8), ()),
    "the mean of a colour image": (cv.global_avg_pool2d, (8, 8, 3), (3,)),
    "the largest": (cv.global_max_pool2d, (8, 8, 3), (3,)),
}


@pytest.mark.parametrize(("call", "shape", "wanted"), CALLS.values(), ids=CALLS)
def test_single_images(call, shape, wanted):
    assert np.shape(call(ones(*shape), device="cuda")) == wanted
    assert call(on_gpu(shape, np.float32), device="cuda").shape == wanted


def test_an_axis_of_one_cell_may_have_any_stride():
    image = on_gpu((1, 64, 64, 3), np.float32, (0, 768, 12, 4))
    assert cv.conv2d(image, ones(3, 3, 3, 8), device="cuda").shape == (1, 62, 62, 8)


def test_an_axis_that_was_added_on_the_host_is_one_of_c_order():
    image = ones(4, 8, 8)[..., None]
    assert image.strides[3] == 0
    assert arrays.to_gpu(image, "an image").strides == (256, 32, 4, 4)


def test_strides_of_other_axes_stay():
    assert arrays.usual((1, 4, 1, 3), (0, 24, 0, 4), 4) == (96, 24, 12, 4)
    assert arrays.usual((4, 3), (4, 16), 4) == (4, 16)


def axes(size, window, **settings):
    where = geometry.window_geometry(size, window, **settings)
    return where.rows, where.columns


def test_tiles_are_for_what_their_offsets_and_blocks_reach():
    rows = axes((8, 8), (3, 3), padding="same")
    assert convolution.tiled((64, 8, 8, 32), *rows, 1, 64, np.float32)
    assert not convolution.tiled((1, 8, 8, 70000 * 4), *rows, 70000, 70000 * 4, np.float32)
    assert not convolution.tiled((1, 8, 8, 4), *rows, 1, 32 * 65535 + 1, np.float32)
    # the array alone would be within reach, but not what a window spans beside its edges
    far = axes((256, 256), (3, 3), padding="same", dilation_rate=128)
    assert not convolution.tiled((1, 256, 256, 32767), *far, 1, 4, np.float32)


def test_one_launch_adds_up_the_splits_of_a_depthwise_gradient():
    for images, channels in (64, 64), (64, 32), (512, 4):
        assert sums.chunks_of(depthwise.splits_of((images, 28), 9 * channels)) == 1


def test_room_that_is_too_small_is_refused():
    rows = axes((28, 28), (3, 3), padding="same")
    image, gradient = (on_gpu((4, 28, 28, 8), np.float32) for _ in range(2))
    kernel = on_gpu((3, 3, 1, 8), np.float32)
    with pytest.raises(ValueError, match="scratch is float32 of shape .10,.; expected float32, one row of at least"):
        depthwise.kernel_gradient(image, gradient, *rows, kernel, on_gpu((10,), np.float32))
