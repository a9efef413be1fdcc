"""Every launch that a call makes compiles for the arguments it really has, which the simulator does not show.

Arrays on the GPU are stand-ins without memory, and a launch becomes a compilation to PTX for sm_80 and sm_90.
"""

import ctypes
import sys
import types

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

from convviz.geometry import transposed_geometry, window_geometry
from convviz.kernels.cuda import (
    arrays,
    cellwise,
    convolution,
    dispatch,
    global_pooling,
    launch,
    numba_cuda_private,
    pooling,
    transfer,
)

if launch.SIMULATED:
    pytest.skip("for the compiler, not for numba's simulator", allow_module_level=True)

import test_cache
from cuda.bindings import driver
from numba.cuda import dispatcher
from numba.cuda.cudadrv.devicearray import DeviceNDArray
from numba.cuda.typing.typeof import typeof


def on_gpu(*shape, dtype=np.float32, strides=None):
    """An array on the GPU, as compilers see it."""
    if strides is None:
        strides = np.empty(shape, np.dtype(dtype)).strides
    return DeviceNDArray(shape, strides, dtype, gpu_data="no memory")


class Launches:
    """What was launched: kernels with the types of their arguments; each compiled once."""

    def __init__(self):
        self.seen = {}

    def configured(self, kernel, blocks, threads, stream):
        """Stand in for `launch.Kernel._configured`."""
        assert threads <= kernel.threads
        assert all(number >= 1 for number in (blocks if isinstance(blocks, tuple) else (blocks,)))

        def compiled(*arguments):
            kinds = tuple(typeof(argument) for argument in arguments)
            if (kernel, kinds) not in self.seen:
                self.seen[kernel, kinds] = [launch.ptx(kernel, kinds, cc) for cc in ((8, 0), (9, 0))]

        return compiled

    def names(self):
        """The names of the kernels."""
        return sorted(kernel.function.__name__ for kernel, _ in self.seen)

    def texts(self):
        """All PTX."""
        return [text for texts in self.seen.values() for text in texts]


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch):
    """Let there be a GPU with number 0, and nothing in its memory."""

    class Gpu:
        id = 0

    monkeypatch.setattr(launch.cuda, "get_current_device", Gpu)
    arrays.kept_zeros.cache_clear()
    yield
    arrays.kept_zeros.cache_clear()


@pytest.fixture
def launches(monkeypatch):
    """Compile instead of launching, and let allocations give stand-ins."""
    found = Launches()
    monkeypatch.setattr(launch.Kernel, "_configured", lambda *arguments: found.configured(*arguments))
    monkeypatch.setattr(arrays, "empty", lambda shape, dtype, name="": on_gpu(*shape, dtype=dtype))
    monkeypatch.setattr(arrays, "to_gpu", lambda array, name="": on_gpu(*array.shape, dtype=array.dtype))
    return found


DTYPES = [np.float32, np.float64, np.int64]


def check(launches, dtype, *names):
    """The kernels that were launched, none with float64 or a stack where numbers are float32."""
    assert launches.names() == sorted(names)
    for text in launches.texts():
        assert "__local_depot" not in text
        assert dtype != np.float32 or ".f64" not in text


@pytest.mark.parametrize("dtype", DTYPES)
def test_convolutions(launches, dtype):
    """Also of a GPU's image, by numpy's weights."""
    where = window_geometry((9, 8), (3, 3), 2, "same")
    image, kernel, bias = on_gpu(2, 9, 8, 4, dtype=dtype), np.ones((3, 3, 2, 6), dtype), np.ones(6, dtype)
    out = dispatch.convolve(image, kernel, bias, where.rows, where.columns, 2)
    assert out.shape == (2, 5, 4, 6)
    up = transposed_geometry((9, 8), (3, 3), 2)
    out = dispatch.convolve_transposed(image, np.ones((3, 3, 5, 4), dtype), np.ones(5, dtype), up.rows, up.columns, 1)
    assert out.shape == (2, 19, 17, 5)
    check(launches, dtype, "convolve_cells", "transposed_cells")


@pytest.mark.parametrize("dtype", DTYPES[:2])
def test_gradients(launches, dtype):
    where = window_geometry((9, 8), (3, 3))
    image, gradient = on_gpu(64, 9, 8, 4, dtype=dtype), on_gpu(64, 7, 6, 5, dtype=dtype)
    kernel, bias = on_gpu(3, 3, 4, 5, dtype=dtype), on_gpu(5, dtype=dtype)
    cellwise.kernel_gradient(image, gradient, where.rows, where.columns, 1, kernel, bias)
    cellwise.input_gradient(gradient, kernel, where.rows, where.columns, 1, image)
    check(launches, dtype, "sum_chunks", "transposed_cells", "weight_cells")


@pytest.mark.parametrize("dtype", DTYPES)
def test_poolings(launches, dtype):
    where = window_geometry((9, 8), (2, 2), 2, kind="pool")
    image = on_gpu(2, 9, 8, 4, dtype=dtype)
    values, argmax = dispatch.max_pool(image, where.rows, where.columns)
    assert (values.dtype, argmax.dtype) == (dtype, np.int64)
    assert dispatch.max_pool(image, where.rows, where.columns, with_argmax=False)[1] is None
    means = dispatch.average_pool(image, where.rows, where.columns, True)
    assert means.dtype == (np.float64 if dtype == np.int64 else dtype)
    check(launches, dtype, "maximum_cells", "mean_cells", "argmax_cells")


@pytest.mark.parametrize("places", [np.int32, np.int64])
@pytest.mark.parametrize("dtype", DTYPES[:2])
def test_gradients_of_poolings(launches, dtype, places):
    where = window_geometry((9, 8), (2, 2), 2, kind="pool")
    image, pooled = on_gpu(2, 9, 8, 4, dtype=dtype), on_gpu(2, 4, 4, 4, dtype=dtype)
    argmax = on_gpu(2, 4, 4, 4, dtype=places)
    pooling.max_pool_gradient(pooled, argmax, where.rows, where.columns, image)
    pooling.max_pool_gradient(pooled, argmax, where.rows, where.columns, image, pooled)
    counts = pooling.counts_of(where.rows, where.columns, dtype)
    pooling.average_pool_gradient(pooled, where.rows, where.columns, image, counts)
    check(launches, dtype, "give_maxima", "give_means")


@pytest.mark.parametrize("dtype", DTYPES[:2])
def test_global_poolings(launches, dtype):
    image, flat, argmax = on_gpu(2, 9, 8, 4, dtype=dtype), on_gpu(2, 4, dtype=dtype), on_gpu(2, 4, dtype=np.int32)
    global_pooling.global_average_pool(image, flat)
    global_pooling.global_average_pool_gradient(flat, image)
    global_pooling.global_max_pool(image, flat, argmax)
    global_pooling.global_max_pool_gradient(flat, argmax, image)
    check(launches, dtype, "give_maximum_images", "give_mean_images", "maximum_images", "sum_chunks")


@pytest.mark.parametrize("given", [np.bool_, np.uint8, np.int16, np.uint32, np.float16, np.float32])
def test_what_comes_in_is_converted(launches, given, monkeypatch):
    monkeypatch.setattr(arrays, "to_host", lambda array: np.array([-3, 7]))
    image = on_gpu(2, 9, 8, 4, dtype=given, strides=tuple(np.dtype(given).itemsize * n for n in (288, 1, 9, 72)))
    known = transfer.extent(image)
    wanted = np.float32 if np.dtype(given).kind == "f" else np.int64
    assert known.dtype == wanted
    assert (known.min(), known.max()) == ((0, 0) if wanted == np.float32 else (-3, 7))
    copy = transfer.as_dtype(image, wanted)
    assert copy.dtype == wanted
    assert transfer.as_dtype(copy, wanted) is copy
    check(launches, wanted, "rearrange_cells", *(["extreme_cells"] if wanted == np.int64 else []))


@pytest.fixture
def anywhere(monkeypatch):
    """Let stand-ins be on any GPU."""
    monkeypatch.setattr(DeviceNDArray, "device_ctypes_pointer", property(lambda array: ctypes.c_void_p(4096)))

    def on(number):
        found = driver.CUresult.CUDA_SUCCESS, number
        monkeypatch.setattr(driver, "cuPointerGetAttribute", lambda attribute, pointer: found)

    return on


def test_arrays_of_another_gpu_are_refused(anywhere, monkeypatch):
    class Foreign:
        __cuda_array_interface__ = {"shape": (4, 4), "typestr": "<f4", "data": (4096, False), "version": 3}

    monkeypatch.setattr(arrays, "view", lambda interface, owner: owner)
    for value in (on_gpu(4, 4), Foreign()):
        anywhere(0)
        assert arrays.take(value) is value
        anywhere(1)
        with pytest.raises(ValueError, match=r"image is on GPU 1, but kernels run on GPU 0; .*numba.cuda.gpus\[1\]"):
            arrays.take(value)


@pytest.mark.parametrize("layout", [(0, 1, 2), (2, 0, 1)])
def test_views_have_other_axes_and_the_same_memory(layout, anywhere):
    anywhere(0)
    array = on_gpu(3, 4, 5)
    batch, seen = transfer.taken(array, lambda stand_in: (stand_in.transpose(layout)[None], stand_in.shape))
    assert seen == (3, 4, 5)
    assert batch.shape == (1, *(array.shape[axis] for axis in layout))
    assert batch.strides[1:] == tuple(array.strides[axis] for axis in layout)
    assert batch.gpu_data == array.gpu_data


def test_a_number_alone_comes_back_without_axes():
    found = transfer.given(on_gpu(1, 1, 1, 1), lambda batch: batch[0, 0, 0, 0], on_gpu(4, 4))
    assert (found.shape, found.dtype) == ((), np.float32)


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (1, 1)])
def test_kernels_get_what_numba_would_give_them(monkeypatch, shape, tmp_path):
    """Arrays in a way of our own, which has to give the driver the same addresses and sizes."""
    test_cache.stand_in_for_a_gpu(monkeypatch.setattr)
    test_cache.keep_in(monkeypatch, tmp_path)
    monkeypatch.setattr(DeviceNDArray, "device_ctypes_pointer", property(lambda array: ctypes.c_void_p(4096)))
    given = []

    def launched(stream, sizes, kernel, *handed):
        given.append((str(sizes), [getattr(one, "value", one) for one in handed]))

    monkeypatch.setattr(dispatcher, "launch", launched)
    values = on_gpu(*shape), 7, on_gpu(*shape, dtype=np.int64), np.float32(0.5), (1, 2), True
    for extensions in numba_cuda_private.EXTENSIONS, []:
        monkeypatch.setattr(launch, "EXTENSIONS", extensions)
        kernel = launch.kernel(threads=64, key=len(extensions))(lambda one, two, three, four, five, six: None)
        kernel((3, 2), *values)
        assert kernel.compiled.overloads.popitem()[1].extensions == extensions
    ours, numbas = given
    assert ours == numbas
    assert ours[1][:5] == [0, 0, np.prod(shape), 4, 4096]


@pytest.mark.parametrize("other_stream", [False, True])
@pytest.mark.parametrize("library", ["cupy", "torch"])
def test_libraries_get_arrays_of_their_own_and_streams_wait(monkeypatch, library, other_stream):
    """Kernels run on the default stream; where the library works on another, each waits for the other."""
    waits = []

    class Stream:
        ptr = cuda_stream = 7 if other_stream else 0

        def synchronize(self):
            waits.append("theirs")

    class Ours:
        def synchronize(self):
            waits.append("ours")

    owner = type("Array", (), {"__module__": f"{library}.arrays", "device": "cuda:0"})()
    module = types.ModuleType(library)
    module.cuda = types.SimpleNamespace(current_stream=lambda device: Stream(), get_current_stream=Stream)
    module.asarray = lambda array: ("cupy", array)
    module.as_tensor = lambda array, device: ("torch", array)
    monkeypatch.setitem(sys.modules, library, module)
    monkeypatch.setattr(launch.cuda, "default_stream", Ours)
    arrays.synchronize_with(owner)
    result = on_gpu(2, 3)
    assert arrays.give(result, owner) == (library, result)
    assert waits == (["theirs", "ours"] if other_stream else [])


def test_large_convolutions_go_to_tiles(launches, monkeypatch):
    went = []
    monkeypatch.setattr(convolution, "convolve", lambda *arguments, **options: went.append("there"))
    monkeypatch.setattr(convolution, "input_gradient", lambda *arguments, **options: went.append("back"))
    where, up = window_geometry((30, 30), (3, 3)), transposed_geometry((30, 30), (3, 3))
    image, kernel, bias = on_gpu(2, 30, 30, 8), np.ones((3, 3, 8, 8), np.float32), np.ones(8, np.float32)
    dispatch.convolve(image, kernel, bias, where.rows, where.columns, 1)
    dispatch.convolve_transposed(image, kernel, bias, up.rows, up.columns, 1)
    assert went == ["there", "back"]
    assert launches.names() == []
    kernel[0, 0, 0, 0] = np.inf
    dispatch.convolve(image, kernel, bias, where.rows, where.columns, 1)
    dispatch.convolve(
        on_gpu(2, 30, 30, 8, dtype=np.float64), kernel.astype(np.float64), np.ones(8), where.rows, where.columns, 1
    )
    assert launches.names() == ["convolve_cells"] * 2
