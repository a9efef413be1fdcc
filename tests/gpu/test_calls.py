"""What users call, on a GPU: every function against the CPU, and arrays of other libraries, taken and answered there."""

import hardware
import libraries
import numpy as np
import pytest

import convviz as cv
from convviz.kernels.cuda import arrays
from convviz.operations import devices

#: Image (N, H, W, C) of a run.
SHAPE = hardware.scaled((16, 28, 28, 32), (4, 12, 12, 16), (2, 4, 3, 2))


def calls(draw):
    """Calls of every function with several settings, as (function, arguments, settings)."""
    channels = SHAPE[3]
    filters = hardware.scaled(64, 32, 4)
    return {
        "convolution": (cv.conv2d, (draw(3, 3, channels, filters), draw(filters)), {"padding": "same"}),
        "strides": (cv.conv2d, (draw(3, 2, channels, filters),), {"strides": 2, "padding": 1}),
        "one filter a channel": (cv.conv2d, (draw(2, 2),), {"groups": channels, "flip_kernel": True}),
        "groups": (cv.conv2d, (draw(2, 2, channels // 2, filters),), {"groups": 2, "dilation_rate": 2, "padding": "full"}),
        "transposed": (
            cv.conv2d_transpose,
            (draw(3, 3, filters, channels), draw(filters)),
            {"strides": 2, "output_padding": 1},
        ),
        "transposed, same": (cv.conv2d_transpose, (draw(2, 2, filters, channels),), {"strides": 2, "padding": "same"}),
        "maxima": (cv.max_pool2d, (2,), {"ceil_mode": True}),
        "means": (cv.avg_pool2d, (2,), {"padding": "same", "count_include_pad": True}),
        "largest": (cv.global_max_pool2d, (), {}),
        "mean": (cv.global_avg_pool2d, (), {}),
    }


NAMES = list(calls(lambda *shape: np.zeros(shape)))
#: Those that are large enough for tiles.
TILED = "convolution", "strides", "groups", "transposed", "transposed, same"


def same(found, wanted):
    """Whether arrays agree in shape, dtype and every number."""
    return np.shape(found) == np.shape(wanted) and found.dtype == wanted.dtype and np.array_equal(found, wanted)


@pytest.fixture(params=libraries.LIBRARIES)
def library(request, monkeypatch):
    """A library whose arrays lie on the GPU."""
    found = libraries.LIBRARIES[request.param]()
    if hardware.REHEARSAL and request.param == "torch":
        libraries.torch_in_main_memory(monkeypatch)
    return found


@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8, np.float16])
@pytest.mark.parametrize("name", NAMES)
def test_results_are_those_of_the_cpu(integers, name, dtype, layout):
    function, arguments, settings = calls(integers)[name]
    if np.dtype(dtype).kind in "iu":
        arguments = [part.astype(int) if isinstance(part, np.ndarray) else part for part in arguments]
    image = abs(integers(*SHAPE)).astype(dtype)
    if layout == "channels_first":
        image = np.ascontiguousarray(image.transpose(0, 3, 1, 2))
    wanted = function(image, *arguments, **settings, data_format=layout)
    found = function(image, *arguments, **settings, data_format=layout, device="cuda")
    assert isinstance(found, np.ndarray)
    assert same(found, wanted)


@pytest.mark.parametrize("name", NAMES)
def test_a_single_image_is_one_of_a_batch(library, integers, name):
    """From main memory and from the GPU; axes of one cell that convviz adds have strides that say nothing."""
    function, arguments, settings = calls(integers)[name]
    image = integers(*SHAPE[1:])
    wanted = function(image, *arguments, **settings)
    assert same(function(image, *arguments, **settings, device="cuda"), wanted)
    assert same(library.numbers(function(library.make(image), *arguments, **settings, device="cuda")), wanted)


@pytest.mark.parametrize("shape", [(96, 96), (10, 9)])
def test_a_grey_image_needs_no_channels(integers, shape):
    image, kernel = integers(*hardware.scaled(shape, shape, (9, 8))), integers(5, 5)
    for function, arguments in (cv.conv2d, (kernel,)), (cv.conv2d_transpose, (kernel,)), (cv.max_pool2d, (2,)):
        assert same(function(image, *arguments, device="cuda"), function(image, *arguments))


@pytest.mark.parametrize("name", TILED)
@pytest.mark.parametrize("precision", ["tf32"])
def test_tf32_rounds_and_no_more(integers, numbers, name, precision):
    """Of whole numbers nothing is lost; of others what comes of 10 bits. A rehearsal allows it and multiplies in float32."""
    allowed = {"device": "auto" if hardware.REHEARSAL else "cuda", "precision": precision}
    function, arguments, settings = calls(integers)[name]
    image = integers(*SHAPE)
    assert same(function(image, *arguments, **settings, **allowed), function(image, *arguments, **settings))
    function, (kernel, *rest), settings = calls(numbers)[name]
    image = numbers(*SHAPE)
    found, exact = function(image, kernel, *rest, **settings, **allowed), function(image, kernel, *rest, **settings)
    weight = function(abs(image), abs(kernel), *map(abs, rest), **settings)
    assert (abs(found - exact) <= (2.0**-10 + 32 * 2.0**-24) * weight).all()
    assert hardware.REHEARSAL or not np.array_equal(found, exact)


def test_auto_takes_the_gpu_for_what_is_worth_it(numbers):
    image, kernel = numbers(64, 32, 32, 64), numbers(3, 3, 64, 64)
    conv = cv.Convolution(kernel, padding="same")
    chosen = devices.goes_to_gpu(conv, image, "channels_last", "auto")
    assert chosen == (not hardware.REHEARSAL)
    assert not devices.goes_to_gpu(conv, image[:1, :8, :8], "channels_last", "auto")


# ---------------------------------------------------------------- arrays of other libraries


def test_arrays_are_taken_without_a_copy(library, integers):
    array = library.make(integers(*SHAPE))
    assert hardware.address(arrays.take(array)) == library.address(array)


@pytest.mark.parametrize("name", NAMES)
def test_results_stay_on_the_gpu_and_belong_to_the_library(library, integers, name, monkeypatch):
    """The result that a kernel wrote is the one that is answered."""
    function, arguments, settings = calls(integers)[name]
    image = integers(*SHAPE)
    array = library.make(image)
    written = []
    give = arrays.give
    monkeypatch.setattr(arrays, "give", lambda result, owner: written.append(result) or give(result, owner))
    found = function(array, *arguments, **settings)
    assert type(found) is type(array)
    assert library.address(found) == hardware.address(written[0])
    assert same(library.numbers(found), function(image, *arguments, **settings))
    assert np.array_equal(library.numbers(array), image)


def test_kernels_and_biases_may_lie_there_too(library, integers):
    image, kernel, bias = integers(*SHAPE), integers(3, 3, SHAPE[3], 8), integers(8)
    found = cv.conv2d(*map(library.make, (image, kernel, bias)))
    assert same(library.numbers(found), cv.conv2d(image, kernel, bias))


def test_other_orders_are_copied_on_the_gpu(library, integers):
    image = integers(*SHAPE)
    array, kernel = library.make(image), integers(2, 2, SHAPE[3], 4)
    for view in (lambda x: x[:, 1:], lambda x: x[:, ::2], lambda x: x[:, :, 1:3], lambda x: x[..., :1]):
        part = kernel[:, :, : view(image).shape[3]]
        assert same(library.numbers(cv.conv2d(view(array), part)), cv.conv2d(view(image), part))


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int16, np.int32, np.float16, np.float64])
def test_other_numbers_are_converted_as_on_the_cpu(library, integers, dtype):
    image, kernel = abs(integers(*SHAPE)).astype(dtype), integers(2, 2, SHAPE[3], 4, dtype=np.int64)
    assert same(library.numbers(cv.conv2d(library.make(image), kernel)), cv.conv2d(image, kernel))


@pytest.mark.parametrize("shape", [(0, 4, 4, 1), (4,)])
def test_shapes_that_make_no_sense_are_refused(library, shape):
    with pytest.raises(ValueError, match=r"image is empty|image has shape \(4,\); expected"):
        cv.max_pool2d(library.make(np.zeros(shape, np.float32)))


def test_complex_numbers_are_refused(library):
    with pytest.raises(TypeError, match="image is an array of complex64 on a GPU; expected"):
        cv.max_pool2d(library.make(np.zeros((4, 4), np.complex64)))


def test_work_on_another_stream_is_waited_for(library, integers):
    """What is written to the image last is what counts, and the result is ready for what comes on that stream."""
    stale, image, kernel = integers(*SHAPE), integers(*SHAPE), integers(3, 3, SHAPE[3], 8)
    array = library.make(stale)
    cv.conv2d(array, kernel)
    hardware.synchronize()
    with library.busy_stream():
        library.later(array, image)
        found = library.numbers(cv.conv2d(array, kernel))
    assert same(found, cv.conv2d(image, kernel))


def test_tensors_of_pytorch_in_its_own_layout(integers, monkeypatch):
    """PyTorch's channels_last lies in memory as images of `convviz` do."""
    library = libraries.Torch()
    if hardware.REHEARSAL:
        libraries.torch_in_main_memory(monkeypatch)
    image, kernel = integers(*SHAPE), integers(3, 3, SHAPE[3], 8)
    planes = library.make(image).permute(0, 3, 1, 2)
    found = cv.conv2d(planes, kernel, data_format="channels_first")
    assert same(library.numbers(found.permute(0, 2, 3, 1)), cv.conv2d(image, kernel))
    assert hardware.address(arrays.take(planes)) == library.address(planes)


@pytest.mark.skipif(hardware.REHEARSAL, reason="PyTorch's tensors in main memory know no such rules")
def test_tensors_that_pytorch_does_not_hand_out(integers):
    library = libraries.Torch()
    image = library.make(integers(*SHAPE))
    with pytest.raises(RuntimeError, match="requires grad"):
        cv.max_pool2d(image.clone().requires_grad_())
    with pytest.raises(TypeError, match="on a GPU; expected"):
        cv.max_pool2d(image.to(library.torch.bfloat16))
