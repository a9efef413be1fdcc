"""``device="cuda"`` from end to end in numba's simulator: what users call, arrays on the GPU, and what is refused."""

from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

import convviz as cv
from convviz.kernels.cuda import arrays, device, disk_cache, dispatch, launch, transfer
from convviz.operations import devices

pytestmark = pytest.mark.usefixtures("tiny_blocks")

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)


def on_gpu(array):
    """A copy on the GPU."""
    return launch.cuda.to_device(np.ascontiguousarray(array))


def same(found, wanted):
    """Whether arrays agree in shape, dtype and every number."""
    return np.shape(found) == np.shape(wanted) and found.dtype == wanted.dtype and np.array_equal(found, wanted, equal_nan=True)


def calls(integers):
    """Calls of every function with several settings, as (function, arguments, settings)."""
    kernel = integers(3, 2, 2, 4)
    return {
        "convolution": (cv.conv2d, (kernel, integers(4)), {"strides": 2, "padding": "same"}),
        "flipped, one filter a channel": (cv.conv2d, (integers(2, 2),), {"groups": 2, "flip_kernel": True}),
        "transposed": (cv.conv2d_transpose, (integers(2, 2, 3, 2),), {"strides": 2, "output_padding": 1}),
        "maxima": (cv.max_pool2d, (2,), {"ceil_mode": True}),
        "means": (cv.avg_pool2d, (2,), {"padding": "same", "count_include_pad": True}),
        "largest": (cv.global_max_pool2d, (), {}),
        "mean": (cv.global_avg_pool2d, (), {}),
    }


NAMES = list(calls(lambda *shape: np.zeros(shape)))


@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8, np.float16])
@pytest.mark.parametrize("name", NAMES)
def test_results_are_those_of_the_cpu(integers, name, dtype, layout):
    """From main memory and back, and from the GPU to the GPU."""
    function, arguments, settings = calls(integers)[name]
    if np.dtype(dtype).kind in "iu":
        arguments = [part.astype(int) if isinstance(part, np.ndarray) else part for part in arguments]
    image = abs(integers(2, 2, 4, 2) if layout == "channels_first" else integers(2, 4, 3, 2)).astype(dtype)
    wanted = function(image, *arguments, **settings, data_format=layout)
    there = function(image, *arguments, **settings, data_format=layout, device="cuda")
    assert isinstance(there, np.ndarray)
    assert same(there, wanted)
    stays = function(on_gpu(image), *arguments, **settings, data_format=layout)
    assert not isinstance(stays, np.ndarray)
    assert same(np.array(stays.copy_to_host()), wanted)


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 2)])
def test_images_alone_keep_their_axes(integers, shape):
    image, kernel = integers(*shape), integers(2, 2)
    settings = {"groups": shape[2]} if len(shape) == 3 else {}
    for function, arguments in ((cv.conv2d, (kernel,)), (cv.max_pool2d, ()), (cv.global_max_pool2d, ())):
        more = settings if arguments else {}
        wanted = function(image, *arguments, **more)
        assert same(function(image, *arguments, **more, device="cuda"), wanted)
        assert same(function(on_gpu(image), *arguments, **more).copy_to_host(), wanted)


def test_places_of_maxima_come_from_both_memories(integers):
    image = integers(1, 5, 4, 2)
    wanted = cv.max_pool2d(image, 2, return_argmax=True)
    assert all(map(same, cv.max_pool2d(image, 2, return_argmax=True, device="cuda"), wanted))
    there = cv.max_pool2d(on_gpu(image), 2, return_argmax=True)
    assert all(same(part.copy_to_host(), right) for part, right in zip(there, wanted, strict=True))


def test_operations_compute_where_the_image_is(integers):
    conv = cv.Convolution(integers(2, 2))
    image = integers(3, 4)
    assert same(conv(on_gpu(image)).copy_to_host(), conv(image))
    assert same(conv(image, device="cuda"), conv(image))


def test_kernels_may_be_on_the_gpu_too(integers):
    image, kernel, bias = integers(1, 4, 4, 2), integers(2, 2, 2, 3), integers(3)
    found = cv.conv2d(on_gpu(image), on_gpu(kernel), on_gpu(bias))
    assert same(found.copy_to_host(), cv.conv2d(image, kernel, bias))
    turned = on_gpu(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)))
    strides = kernel.transpose(3, 2, 0, 1).copy().transpose(2, 3, 1, 0).strides
    assert same(transfer.numbers_of(arrays.restrided(turned, kernel.shape, strides), "kernel"), kernel)


@pytest.mark.filterwarnings("ignore:.*invalid value:RuntimeWarning")
def test_infinite_weights_meet_the_zeros_of_padding(integers):
    image, kernel = abs(integers(1, 3, 3, 1)) + 1, np.full((3, 3, 1, 1), np.inf, np.float32)
    padding = (2, 0), (0, 1)
    wanted = cv.conv2d(image, kernel, padding=padding)
    assert np.isnan(wanted).any()
    assert np.isinf(wanted).any()
    assert same(cv.conv2d(image, kernel, padding=padding, device="cuda"), wanted)


@pytest.mark.parametrize("name", ["convolution", "transposed"])
def test_large_convolutions_go_to_tiles(integers, monkeypatch, name):
    function, arguments, settings = calls(integers)[name]
    image = integers(1, 4, 3, 2)
    wanted = function(image, *arguments, **settings)
    monkeypatch.setattr(dispatch, "LARGE", 0)
    monkeypatch.setattr(dispatch.cellwise, "convolve", None)
    monkeypatch.setattr(dispatch.cellwise, "convolve_transposed", None)
    assert same(function(image, *arguments, **settings, device="cuda"), wanted)


def test_a_transposed_convolution_multiplies_no_padding_that_is_not_there(integers, monkeypatch):
    monkeypatch.setattr(dispatch, "LARGE", 0)
    image, kernel = abs(integers(1, 2, 2, 1)) + 1, np.full((3, 3, 1, 1), np.inf, np.float32)
    wanted = cv.conv2d_transpose(image, kernel)
    assert not np.isnan(wanted).any()
    assert same(cv.conv2d_transpose(image, kernel, device="cuda"), wanted)


def test_auto_leaves_the_simulator_alone():
    image, kernel = np.ones((1, 4, 4, 1), np.float32), np.ones((2, 2, 1, 1), np.float32)
    conv = cv.Convolution(kernel)
    assert device.missing() == ""
    assert not devices.goes_to_gpu(conv, image, "channels_last", "auto")
    assert devices.goes_to_gpu(conv, on_gpu(image), "channels_last", "auto")


# ---------------------------------------------------------------- arrays of other libraries


class Foreign:
    """An array of another library, in memory that is taken for a GPU's."""

    def __init__(self, array, **more):
        self.array = array
        self.__cuda_array_interface__ = {**array.__array_interface__, "version": 3, "stream": None, **more}


@pytest.fixture
def foreign(monkeypatch):
    """Let the simulator take `Foreign` arrays."""
    kind = type(on_gpu(np.zeros(1)))
    monkeypatch.setattr(arrays, "view", lambda interface, owner: kind(owner.array))
    return Foreign


def test_foreign_arrays_are_taken_without_a_copy(foreign, integers):
    image, kernel = integers(1, 4, 5, 2), integers(2, 2, 2, 1)
    taken, _ = transfer.taken(foreign(image), lambda batch: (batch, None))
    assert np.shares_memory(transfer.as_dtype(taken, np.float32)._ary, image)
    assert same(cv.conv2d(foreign(image), kernel).copy_to_host(), cv.conv2d(image, kernel))


def test_foreign_arrays_of_other_orders_are_copied_on_the_gpu(foreign, integers):
    image, kernel = integers(1, 4, 5, 2), integers(2, 2, 2, 1)
    for view in (image[:, ::2], image[:, :, ::-1], np.asfortranarray(image)):
        assert same(cv.conv2d(foreign(view), kernel).copy_to_host(), cv.conv2d(view, kernel))
        taken, _ = transfer.taken(foreign(view), lambda batch: (batch, None))
        assert transfer.as_dtype(taken, np.float32)._ary.flags.c_contiguous


@pytest.mark.parametrize(
    ("value", "more", "error", "words"),
    [
        (np.zeros((0, 4, 4, 1), np.float32), {}, ValueError, r"image is empty: its shape is \(0, 4, 4, 1\)"),
        (np.zeros((4, 4), np.complex64), {}, TypeError, "image is an array of complex64 on a GPU; expected"),
        (np.zeros((4, 4), np.uint64), {}, TypeError, "image is an array of uint64 on a GPU; expected"),
        (np.zeros((4, 4), "V2"), {}, TypeError, "expected booleans, integers"),
        (np.zeros((4, 4), ">f4"), {}, TypeError, "bytes stand in the other order"),
        (np.zeros((4, 4), np.float32), {"mask": 1}, ValueError, "image is a masked array"),
        (np.zeros(4, np.float32), {}, ValueError, r"image has shape \(4,\); expected \(H, W\)"),
    ],
)
def test_foreign_arrays_that_make_no_sense_are_refused(foreign, value, more, error, words):
    with pytest.raises(error, match=words):
        cv.max_pool2d(foreign(value, **more))


# ---------------------------------------------------------------- what is refused


def test_integers_stay_exact_or_are_refused():
    image, kernel = np.array([[2**40, 1]]), np.array([[2**20, 3]])
    assert cv.conv2d(image, kernel, device="cuda").tolist() == [[2**60 + 3]]
    image[0, 0] = 2**43
    for given in (image, -image, on_gpu(image), on_gpu(-image)):
        with pytest.raises(OverflowError, match="might leave int64, which a GPU would not notice; device='cpu'"):
            cv.conv2d(given, kernel, device="cuda")


def test_exact_numbers_are_for_the_cpu():
    with pytest.raises(TypeError, match="Fractions and integers beyond int64 are computed on the CPU only"):
        cv.conv2d([[Fraction(1, 3), 1]], [[1]], device="cuda")


@pytest.mark.parametrize("function", [cv.max_pool2d, lambda image, device: cv.conv2d(image, [[1]], device=device)])
def test_empty_batches_are_refused(function):
    with pytest.raises(ValueError, match=r"image is empty: its shape is \(0, 4, 4, 1\)"):
        function(np.zeros((0, 4, 4, 1), np.float32), device="cuda")


def test_shapes_are_checked_as_on_the_cpu():
    with pytest.raises(ValueError, match="the kernel .* is for 3 channels, but the image has 2"):
        cv.conv2d(on_gpu(np.zeros((1, 4, 4, 2))), np.zeros((2, 2, 3, 1)))
    with pytest.raises(ValueError, match="the kernel spans 5 rows, but the input has only 4"):
        cv.conv2d(np.zeros((4, 4)), np.zeros((5, 5)), device="cuda")


def test_out_of_memory_says_how_much_was_needed(monkeypatch):
    def full(*arguments):
        raise RuntimeError("[CUresult.CUDA_ERROR_OUT_OF_MEMORY] Call to cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY")

    monkeypatch.setattr(launch.cuda, "device_array", full)
    monkeypatch.setattr(device, "memory_info", lambda: (3 << 30, 8 << 30))
    words = r"the result of shape \(1, 3, 3, 1\) and float64 needs 72 bytes on the GPU, of whose 8.0 GiB 3.0 GiB are free"
    with pytest.raises(MemoryError, match=words):
        cv.conv2d(np.zeros((4, 4)), np.zeros((2, 2)), device="cuda")


def test_other_errors_of_allocation_stay_what_they_are(monkeypatch):
    def broken(*arguments):
        raise RuntimeError("unknown error")

    monkeypatch.setattr(launch.cuda, "device_array", broken)
    with pytest.raises(RuntimeError, match="unknown error"):
        arrays.empty((1,), np.float32)


def test_shapes_beyond_32_bit_offsets_are_named():
    arrays.require_offsets("image", (2**31 - 1,))
    with pytest.raises(ValueError, match=r"image has shape \(512, 2048, 2048, 1\): 2,147,483,648 cells, more than the"):
        arrays.require_offsets("image", (512, 2048, 2048, 1))


# ---------------------------------------------------------------- launching


def test_configured_launches_are_kept(monkeypatch):
    """As they are outside of the simulator."""
    made, ran = [], []

    class Dispatcher:
        def __getitem__(self, choice):
            made.append(choice)
            return lambda *arguments: ran.append((choice, arguments))

    kernel = launch.kernel(threads=64)(lambda: None)
    kernel.compiled = Dispatcher()
    monkeypatch.setattr(launch, "SIMULATED", False)
    for blocks in (2, 2, (1, 2)):
        kernel(blocks, "argument")
    kernel(2, "argument", threads=32)
    assert made == [(2, 64, 0), ((1, 2), 64, 0), (2, 32, 0)]
    assert [choice for choice, _ in ran] == [made[0], made[0], made[1], made[2]]
    monkeypatch.setattr(launch, "KEPT", 3)
    kernel(5)
    kernel(2)
    assert made[3:] == [(5, 64, 0), (2, 64, 0)]


@pytest.mark.parametrize("count", [1, 8, 9, 100])
def test_launches_over_things_reach_each_once(monkeypatch, count):
    monkeypatch.setattr(launch.count_up, "threads", 8)
    found = on_gpu(np.zeros(count, np.int64))
    launch.count_up.over(count, found)
    assert found.copy_to_host().tolist() == list(range(1, count + 1))


def test_closures_of_numbers_tell_functions_apart_and_others_do_not():
    numbers, function = (3, "three"), launch.device_function(abs)
    assert disk_cache.closed_over(lambda: numbers) == (numbers,)
    assert disk_cache.closed_over(lambda: None) == ()
    assert disk_cache.closed_over(lambda: function) is None
