"""``precision="tf32"`` in numba's simulator, which has no tensor cores."""

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

import convviz as cv
from convviz.kernels.cuda import cellwise, convolution, dispatch, launch

pytestmark = pytest.mark.usefixtures("tiny_blocks")

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

CALLS = [cv.conv2d, cv.conv2d_transpose]


def on_gpu(array):
    """A copy on the GPU."""
    return launch.cuda.to_device(np.ascontiguousarray(array))


@pytest.fixture
def ampere(monkeypatch):
    """A GPU with tensor cores, whose kernels are still the simulator's; and which precision each launch was told."""
    told = []

    def spy(module, name):
        function = getattr(module, name)

        def noted(*arguments, precision="float32", **options):
            told.append((module.__name__.rpartition(".")[2], precision))
            return function(*arguments, **options)

        monkeypatch.setattr(module, name, noted)

    monkeypatch.setattr(dispatch, "tensor_cores", lambda: True)
    monkeypatch.setattr(convolution, "is_tensor", lambda precision: precision == "tf32")
    for module, names in ((convolution, ("convolve", "input_gradient")), (cellwise, ("convolve", "convolve_transposed"))):
        for name in names:
            spy(module, name)
    return told


@pytest.mark.parametrize("function", CALLS)
def test_the_simulator_has_no_tensor_cores(integers, function):
    """Whether the image is large enough for them or not, and wherever it is."""
    image, kernel = integers(1, 4, 4, 2), integers(2, 2, 2, 2)
    for given in (image, on_gpu(image)):
        with pytest.raises(ValueError, match="precision='tf32' needs a GPU: the simulator has no tensor cores"):
            function(given, kernel, device="cuda", precision="tf32")


@pytest.mark.parametrize("function", CALLS)
def test_auto_takes_what_there_is(integers, function):
    image, kernel = integers(1, 4, 4, 2), integers(2, 2, 2, 2)
    wanted = function(image, kernel)
    assert np.array_equal(function(image, kernel, device="auto", precision="tf32"), wanted)
    assert np.array_equal(function(on_gpu(image), kernel, device="auto", precision="tf32").copy_to_host(), wanted)


@pytest.mark.parametrize("where", [{"device": "cuda"}, {"device": "auto"}, {}])
@pytest.mark.parametrize("function", CALLS)
def test_tiles_are_told_and_plain_kernels_are_not(integers, monkeypatch, ampere, function, where):
    image, kernel = integers(1, 4, 4, 2), integers(2, 2, 2, 2)
    wanted = function(image, kernel)
    for least, told in ((dispatch.LARGE, ("cellwise", "float32")), (0, ("convolution", "tf32"))):
        monkeypatch.setattr(dispatch, "LARGE", least)
        found = function(on_gpu(image), kernel, **where, precision="tf32")
        assert np.array_equal(found.copy_to_host(), wanted)
        assert ampere.pop() == told
    function(on_gpu(image), kernel, **where)
    assert ampere == [("convolution", "float32")]


@pytest.mark.parametrize("function", CALLS)
@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_other_numbers_than_float32_are_refused(integers, function, dtype):
    image, kernel = integers(1, 4, 4, 2, dtype=dtype), integers(2, 2, 2, 2, dtype=dtype)
    for given in (image, on_gpu(image)):
        with pytest.raises(TypeError, match=f"computed in {np.dtype(dtype).name}: give image"):
            function(given, kernel, device="cuda", precision="tf32")


def test_half_precision_is_computed_as_float32(integers, ampere, monkeypatch):
    monkeypatch.setattr(dispatch, "LARGE", 0)
    image, kernel = integers(1, 4, 4, 2, dtype=np.float16), integers(2, 2, 2, 2)
    assert np.array_equal(cv.conv2d(image, kernel, device="cuda", precision="tf32"), cv.conv2d(image, kernel))
    assert ampere == [("convolution", "tf32")]


def test_older_gpus_are_told_apart(monkeypatch):
    class Turing:
        compute_capability = 7, 5

    monkeypatch.setattr(launch, "SIMULATED", False)
    monkeypatch.setattr(launch.cuda, "get_current_device", Turing)
    monkeypatch.setattr(convolution, "SIMULATED", False)
    assert not dispatch.tensor_cores()
    with pytest.raises(RuntimeError, match=r"tensor cores of compute capability 8.0 or later .* this GPU has 7.5: leave"):
        dispatch.options("tf32", True)
    assert dispatch.options("float32", True) == {"precision": "float32"}
    Turing.compute_capability = 9, 0
    assert dispatch.tensor_cores()
    assert dispatch.options("tf32", True) == {"precision": "tf32"}
    assert dispatch.options("tf32", False) == {}
