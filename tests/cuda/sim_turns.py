"""The simulator with threads that take turns: barriers hold, one that is missing shows, and errors come out."""

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

from convviz.kernels.cuda import arrays, launch
from convviz.kernels.cuda.launch import cuda, device_function, kernel

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

import turns

THREADS = 6


@pytest.fixture(autouse=True)
def taken(monkeypatch):
    """Threads take turns."""
    turns.take_turns(monkeypatch.setattr)


@device_function
def wait():
    """A barrier in a function of its own."""
    cuda.syncthreads()


@kernel(threads=THREADS)
def reverse(numbers):
    """Turn the numbers of each block round, three times."""
    held = cuda.shared.array(THREADS, np.float32)
    me, first = cuda.threadIdx.x, cuda.blockIdx.x * THREADS
    for _ in range(3):
        held[me] = numbers[first + me]
        wait()
        numbers[first + me] = held[THREADS - 1 - me]
        wait()


@kernel(threads=THREADS)
def hasty(numbers):
    """The same, once, without waiting."""
    held = cuda.shared.array(THREADS, np.float32)
    me, first = cuda.threadIdx.x, cuda.blockIdx.x * THREADS
    held[me] = 7
    cuda.syncthreads()
    held[me] = numbers[first + me]
    numbers[first + me] = held[THREADS - 1 - me]


@kernel(threads=THREADS)
def failing(numbers):
    """Thread 2 fails while others wait for it, or have not begun."""
    if cuda.threadIdx.x == 2:
        numbers[-1, 99] = 0
    cuda.syncthreads()
    numbers[cuda.threadIdx.x] += 1


@kernel(threads=THREADS)
def places(numbers):
    """No barrier."""
    numbers[cuda.grid(1)] = 100 * cuda.blockIdx.x + 10 * cuda.threadIdx.x + cuda.blockDim.x


def test_threads_wait_at_barriers():
    numbers = arrays.to_gpu(np.arange(12, dtype=np.float32), "numbers")
    reverse(2, numbers)
    assert arrays.to_host(numbers).tolist() == [5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 6]


def test_a_barrier_that_is_missing_shows():
    numbers = arrays.to_gpu(np.arange(12, dtype=np.float32), "numbers")
    hasty(2, numbers)
    assert arrays.to_host(numbers)[:6].tolist() != [5, 4, 3, 2, 1, 0]


def test_an_error_of_a_thread_is_raised_and_the_next_launch_is_right():
    for _ in range(2):
        numbers = arrays.to_gpu(np.zeros(6, np.float32), "numbers")
        with pytest.raises(IndexError):
            failing(1, numbers)
        assert arrays.to_host(numbers).tolist() == [0] * 6
        test_threads_wait_at_barriers()


def test_kernels_without_barriers():
    numbers = arrays.to_gpu(np.zeros(12), "numbers")
    places(2, numbers)
    assert arrays.to_host(numbers).tolist() == [6, 16, 26, 36, 46, 56, 106, 116, 126, 136, 146, 156]
    assert [turns.waits(one.function) for one in (reverse, hasty, failing, places)] == [True, True, True, False]
