"""Batches picked by a clock in numba's simulator."""

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

from convviz.kernels.cpu import batches as cpu
from convviz.kernels.cuda import arrays, batches, clock, launch

pytestmark = pytest.mark.usefixtures("tiny_blocks")

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)


def on_gpu(array):
    """A copy on the GPU."""
    return arrays.to_gpu(np.asarray(array), "a test's array")


def source_of(dtype, *shape):
    """Numbers that float32 rounds, as far as the dtype has such."""
    low, high = (0, 256) if dtype == np.uint8 else (-(2**31), 2**31)
    numbers = np.random.default_rng(3).integers(low, high, shape)
    return (numbers / 7 if np.dtype(dtype).kind == "f" else numbers).astype(dtype)


@pytest.mark.parametrize("orders", [np.int32, np.int64])
@pytest.mark.parametrize("made", [np.float32, np.float64])
@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.float32, np.float64])
def test_numbers_are_made_float_as_on_the_cpu(dtype, made, orders):
    source, order = source_of(dtype, 5, 2, 3, 1), np.array([4, 0, 4], orders)
    out, wanted = on_gpu(np.full((3, 2, 3, 1), 99, made)), np.empty((3, 2, 3, 1), made)
    batches.gather(on_gpu(source), on_gpu(order), clock.new(), out)
    cpu.gather(source, order.astype(np.int64), wanted)
    assert arrays.to_host(out).tobytes() == wanted.tobytes()


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_labels_stay_whole(dtype):
    labels = source_of(dtype, 6)
    out = on_gpu(np.full(4, 99, np.int64))
    batches.gather(on_gpu(labels), on_gpu([5, 1, 1, 0]), clock.new(), out)
    assert arrays.to_host(out).tolist() == labels[[5, 1, 1, 0]].tolist()


def test_batches_follow_one_another_and_the_last_is_shorter():
    """Launches that differ in nothing but the clock, as they are replayed; the optimizer's steps do not matter."""
    source, order = np.arange(10, dtype=np.uint8).reshape(10, 1), np.random.default_rng(0).permutation(10)
    moment, there, found = clock.new(17), (on_gpu(source), on_gpu(order)), []
    for _ in range(2):
        out = on_gpu(np.zeros((4, 1), np.float32))
        batches.gather(*there, moment, out, 4)
        found += arrays.to_host(out)[:, 0].tolist()
        clock.advance(moment)
    rest = on_gpu(np.zeros((2, 1), np.float32))
    batches.gather(*there, moment, rest, size=4)
    assert found + arrays.to_host(rest)[:, 0].tolist() == order.tolist()


def test_nothing_is_launched_for_empty_batches(monkeypatch):
    monkeypatch.setattr(launch.Kernel, "__call__", None)
    batches.gather(on_gpu(np.zeros((3, 2))), on_gpu([0]), clock.new(), on_gpu(np.zeros((0, 2), np.float32)))
    batches.gather(on_gpu(np.zeros((3, 0))), on_gpu([0]), clock.new(), on_gpu(np.zeros((1, 0), np.float32)))


@pytest.mark.parametrize(
    ("source", "order", "made", "words"),
    [
        (np.zeros((3, 4)), np.zeros(2, int), np.zeros((2, 5), np.float32), r"source is .*\(3, 4\); .*\(any, 5\)"),
        (np.zeros((3, 4)), np.zeros((2, 1), int), np.zeros((2, 4), np.float32), r"order is int64 of shape \(2, 1\)"),
        (np.zeros((3, 4)), np.zeros(2), np.zeros((2, 4), np.float32), "order is float64 .* expected int64"),
        (np.zeros((3, 4)), np.zeros(2, int), np.zeros((2, 4), int), "rows of float64 are to become int64; expected"),
        (np.zeros(3, np.int16), np.zeros(2, int), np.zeros(2, np.float32), "rows of int16 are to become float32"),
        (np.zeros(3, int), np.zeros(2, int), np.zeros(2, np.int32), "rows of int64 are to become int32"),
    ],
)
def test_what_does_not_fit_is_refused(source, order, made, words):
    with pytest.raises(ValueError, match=words):
        batches.gather(on_gpu(source), on_gpu(order), clock.new(), on_gpu(made))
