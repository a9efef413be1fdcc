"""Where a GPU ends: its memory, and 32-bit offsets."""

import hardware
import numpy as np
import pytest
from hardware import on_gpu

import convviz as cv
from convviz.geometry import window_geometry
from convviz.kernels.cuda import arrays, convolution, device, launch

#: Rows and columns of a plane with more cells than 32-bit offsets reach.
HUGE = hardware.scaled((46_350, 46_350), None, (9, 8))
GIBIBYTE = 1 << 30


def no_more_memory(*arguments):
    """What the driver says where memory ends, for a rehearsal."""
    raise RuntimeError("Call to cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY")


@pytest.fixture
def little_memory(monkeypatch):
    """In a rehearsal memory ends at once."""
    if hardware.REHEARSAL:
        monkeypatch.setattr(launch.cuda, "device_array", no_more_memory)
        monkeypatch.setattr(device, "memory_info", lambda: (GIBIBYTE, 2 * GIBIBYTE))
    return monkeypatch


def test_out_of_memory_says_how_much_was_needed_and_goes_on(little_memory, integers):
    words = r"an array of shape \(1099511627776,\) and float32 needs 4,096.0 GiB on the GPU, of whose [\d,.]+ GiB [\d,.]+ GiB"
    with pytest.raises(MemoryError, match=words):
        arrays.empty((1 << 40,), np.float32)
    little_memory.undo()
    image = integers(1, 4, 4, 1)
    assert np.array_equal(cv.max_pool2d(image, device="cuda"), cv.max_pool2d(image))


def test_a_call_that_needs_too_much_says_what_for(little_memory):
    """Many times the memory that there is, by a small image."""
    up = cv.TransposedConvolution(np.ones((1, 1)), strides=1_000_000)
    little_memory.setattr("convviz.operations.base.memory", lambda: 1 << 60)  # the GPU's memory ends before the machine's
    with pytest.raises(MemoryError, match=r"the result of shape \(1, 1000001, 1000001, 1\) and float64 needs 7,450.6 GiB"):
        up(np.ones((2, 2)), device="cuda")


def test_memory_is_told():
    if hardware.REHEARSAL:
        pytest.skip("the simulator makes numbers up")
    free, total = device.memory_info()
    assert GIBIBYTE < total
    assert 0 < free <= total


def test_freed_memory_can_be_used_again():
    """Arrays of a quarter of what is free, eight after the other."""
    size = GIBIBYTE // 4096 if hardware.REHEARSAL else device.memory_info()[0] // 16
    for _ in range(8):
        assert arrays.empty((size,), np.float32).size == size


def test_tiles_refuse_more_cells_than_they_reach():
    """An array of one number that claims to be many: nothing is read."""
    shape = 512, 2048, 2049, 1
    (one,) = on_gpu(np.zeros((1, 1, 1, 1), np.float32))
    kernel, bias = on_gpu(np.zeros((1, 1, 1, 4), np.float32), np.zeros(4, np.float32))
    huge = arrays.restrided(one, shape, (0, 0, 0, 0))
    where = window_geometry(shape[1:3], (1, 1))
    out = arrays.restrided(one, (*shape[:3], 4), (0, 0, 0, 0))
    with pytest.raises(ValueError, match=r"image has shape \(512, 2048, 2049, 1\): 2,148,532,224 cells, more than the"):
        convolution.convolve(huge, kernel, bias, where.rows, where.columns, 1, out)
    assert not convolution.tiled(shape, where.rows, where.columns, 1, 4, np.float32)


@pytest.mark.skipif(hardware.SANITIZE, reason="too much for compute-sanitizer")
def test_plain_kernels_reach_further(integers):
    """The last rows of a plane of eight gigabytes, whose offsets no 32-bit number holds."""
    rows, columns = HUGE
    if not hardware.REHEARSAL and device.memory_info()[0] < 3 * 4 * rows * columns:
        pytest.skip("the GPU has not enough memory that is free")
    values = integers(rows, 1)
    image = arrays.restrided(on_gpu(values)[0], (1, rows, columns, 1), (0, 4, 0, 4))
    kernel = integers(2, 2)
    found = cv.conv2d(image, kernel).reshape(rows - 1, columns - 1)
    wanted = cv.conv2d(np.broadcast_to(values[-4:], (4, columns)), kernel)
    assert np.array_equal(hardware.host(found[rows - 4 :]), wanted)
