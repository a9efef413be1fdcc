"""CUDA graphs against a driver that plays along: what is called, in which order, and what happens where a call fails."""

import contextlib
import functools
import gc
import re
import weakref

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

from convviz.kernels.cuda import device, graphs, launch

if launch.SIMULATED:
    pytest.skip("for the driver's bindings, not for numba's simulator", allow_module_level=True)

import cuda.bindings
from cuda.bindings import driver as real
from numba.cuda.cudadrv.driver import Stream

GOOD, BAD = real.CUresult.CUDA_SUCCESS, real.CUresult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED
#: What each function answers beside its status.
ANSWERS = {
    "cuStreamBeginCapture": (),
    "cuStreamEndCapture": ("graph",),
    "cuGraphInstantiate": ("executable",),
    "cuGraphLaunch": (),
    "cuGraphDestroy": (),
    "cuGraphExecDestroy": (),
}
STREAM = Stream(real.CUstream(77))


class Driver:
    """What the driver's bindings have of use here; `fails` names functions that do not succeed."""

    CUresult, CUstream, CUstreamCaptureMode = real.CUresult, real.CUstream, real.CUstreamCaptureMode

    def __init__(self):
        self.log, self.fails = [], ()

    def __getattr__(self, name):
        answers = ANSWERS[name]

        def function(*arguments):
            self.log.append((name, *map(plain, arguments)))
            # where a call fails, the bindings give nothing or None in place of a handle
            return (BAD, *[None] * len(answers)) if name in self.fails else (GOOD, *answers)

        return function

    @contextlib.contextmanager
    def defer_cleanup(self):
        """As `numba.cuda` has it."""
        self.log.append("wait with freeing")
        yield
        self.log.append("free")


def plain(argument):
    """A handle as a number, and other arguments as they are."""
    return int(argument) if isinstance(argument, real.CUstream) else argument


@pytest.fixture
def driver(monkeypatch):
    """A driver in place of that of a GPU."""
    found = Driver()
    monkeypatch.setattr(cuda.bindings, "driver", found)
    monkeypatch.setattr(launch.cuda, "defer_cleanup", found.defer_cleanup)
    monkeypatch.setattr(launch.Kernel, "_configured", lambda kernel, *choice: lambda *arguments: None)
    return found


def names(log):
    """What was called."""
    return [line if isinstance(line, str) else line[0] for line in log]


BEGIN = ("cuStreamBeginCapture", 77, real.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED)
CAPTURED = [
    "wait with freeing",
    BEGIN,
    "launches",
    ("cuStreamEndCapture", 77),
    "free",
    ("cuGraphInstantiate", "graph", 0),
    ("cuGraphDestroy", "graph"),
]


def test_a_graph_is_captured_launched_and_destroyed(driver):
    graph = graphs.captured(lambda: driver.log.append("launches"), STREAM)
    assert driver.log == CAPTURED
    driver.log.clear()
    graph()
    graph(Stream(real.CUstream(5)))
    assert driver.log == [("cuGraphLaunch", "executable", 77), ("cuGraphLaunch", "executable", 5)]
    driver.log.clear()
    del graph
    assert driver.log == [("cuGraphExecDestroy", "executable")]


def test_arrays_live_as_long_as_the_graph_that_has_their_addresses(driver):
    array = np.zeros(4, np.float32)
    held = weakref.ref(array)
    graph = graphs.captured(functools.partial(launch.count_up, 1, array, stream=STREAM), STREAM)
    del array
    gc.collect()
    assert graph.calls[0].arguments[0] is held() is not None
    assert launch.RECORDS == []
    del graph
    assert held() is None


@pytest.mark.parametrize("name", ["cuStreamBeginCapture", "cuStreamEndCapture", "cuGraphInstantiate"])
def test_a_call_that_fails_is_named_and_nothing_is_left(name, driver):
    driver.fails = (name,)
    words = f"^{name} of the NVIDIA driver failed: CUDA_ERROR_STREAM_CAPTURE_INVALIDATED$"
    with pytest.raises(graphs.DriverError, match=words):
        graphs.captured(lambda: driver.log.append("launches"), STREAM)
    wanted = names(CAPTURED)[: names(CAPTURED).index(name) + 1]
    if name == "cuGraphInstantiate":
        wanted.append("cuGraphDestroy")
    assert [one for one in names(driver.log) if one != "free"] == [one for one in wanted if one != "free"]
    assert launch.RECORDS == []


class CUDAError(Exception):
    """As cuda.core calls its errors."""


@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError, CUDAError])
def test_what_fails_while_it_is_captured_ends_the_capture(error, ends, driver):
    """An error of the driver becomes one of capturing, so that kernels can be launched one by one instead."""
    driver.fails = () if ends else ("cuStreamEndCapture",)

    def function():
        raise error("CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED")

    wanted = graphs.DriverError if error is CUDAError else error
    with pytest.raises(wanted, match="CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED") as caught:
        graphs.captured(function, STREAM)
    assert isinstance(caught.value.__cause__, CUDAError) == (error is CUDAError)
    called = ["cuStreamBeginCapture", "cuStreamEndCapture", *["cuGraphDestroy"] * ends]
    assert [one for one in names(driver.log) if one.startswith("cu")] == called
    assert launch.RECORDS == []


def test_a_launch_that_fails_is_an_error_of_the_gpu(driver):
    graph = graphs.captured(lambda: None, STREAM)
    driver.fails = ("cuGraphLaunch",)
    with pytest.raises(graphs.DriverError, match="^cuGraphLaunch of the NVIDIA driver failed: CUDA_ERROR_") as caught:
        graph()
    assert device.failed(caught.value)


def test_a_driver_that_is_gone_keeps_nothing_from_ending(driver):
    graph = graphs.captured(lambda: None, STREAM)
    driver.fails = ("cuGraphExecDestroy",)
    del graph
    assert names(driver.log)[-1] == "cuGraphExecDestroy"


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("cuStreamBeginCapture", 2),
        ("cuStreamEndCapture", 1),
        ("cuGraphInstantiate", 2),
        ("cuGraphLaunch", 2),
        ("cuGraphDestroy", 1),
        ("cuGraphExecDestroy", 1),
    ],
)
def test_the_bindings_take_what_they_are_given(name, count):
    """As many arguments as their own words say."""
    arguments = re.match(rf"{name}\(([^)]*)\)", getattr(real, name).__doc__).group(1)
    assert len(arguments.split(",")) == count
