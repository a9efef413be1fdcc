"""Dropout in numba's simulator: the masks of the CPU, to the bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nn_kernels import DTYPES, arrays_of

pytest.importorskip("numba_cuda")

from convviz.kernels.cpu import dropout as cpu
from convviz.kernels.cuda import arrays, clock, dropout, elementwise, launch
from convviz.kernels.scalar import philox

pytestmark = pytest.mark.usefixtures("tiny_blocks")

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

KEY = 0x01234567, 0xFEDCBA98
WORDS = st.one_of(st.sampled_from([0, 1, 2**31, 2**32 - 1]), st.integers(0, 2**32 - 1))


def on_gpu(array):
    """A copy on the GPU."""
    return arrays.to_gpu(array, "a test's array")


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=25)
@given(
    size=st.integers(0, 45),
    rate=st.sampled_from([0, 0.1, 0.25, 0.5, 0.999, 1]),
    words=st.tuples(WORDS, WORDS, WORDS, WORDS),
)
def test_the_same_cells_are_dropped_as_on_the_cpu(dtype, size, rate, words):
    *key, step, number = words
    (x,) = arrays_of(size, dtype, 1, seed=size)
    x[::7] = np.nan
    wanted = np.full_like(x, 99)
    cpu.dropout(x, wanted, rate, key, step, number)
    there, y, moment = on_gpu(x), on_gpu(np.full_like(x, 99)), clock.new(step)
    dropout.dropout(there, y, rate, key, moment, number)
    assert arrays.to_host(y).tobytes() == wanted.tobytes()
    assert arrays.to_host(there).tobytes() == x.tobytes()
    dropout.dropout_gradient(there, rate, key, moment, number)
    assert arrays.to_host(there).tobytes() == wanted.tobytes()


def test_a_cell_is_kept_if_its_word_is_at_least_the_rate():
    """Rates at which one cell's word is just enough, and just not."""
    (word, *_) = philox.philox(0, 0, 3, 2, *KEY)
    for rate, kept in (word / 2**32, True), ((word + 1) / 2**32, False):
        cells = on_gpu(np.ones(1, np.float32))
        dropout.dropout(cells, cells, rate, KEY, clock.new(3), 2)
        assert (arrays.to_host(cells)[0] > 0) == kept


@pytest.mark.parametrize("wide", [True, False])
def test_masks_are_the_same_wherever_arrays_begin_and_whatever_their_axes(wide, monkeypatch):
    monkeypatch.setattr(elementwise, "aligned", lambda array: wide)
    for size in range(1, 13):
        ones = np.ones((1, size, 3), np.float32)
        there, wanted = on_gpu(ones), ones.copy()
        dropout.dropout(there, there, 0.5, KEY, clock.new(7), 2)
        cpu.dropout(wanted, wanted, 0.5, KEY, 7, 2)
        assert arrays.to_host(there).tobytes() == wanted.tobytes()


def test_the_step_is_read_when_the_kernel_runs():
    """A captured launch is replayed with the arguments of the first time; only the clock's memory changes."""
    ones, moment, masks = on_gpu(np.ones(40, np.float32)), clock.new(2**32 - 1), []
    for step in 2**32 - 1, 0:  # a word, which begins again
        y, wanted = on_gpu(np.empty(40, np.float32)), np.ones(40, np.float32)
        dropout.dropout(ones, y, 0.4, KEY, moment, 0)
        cpu.dropout(wanted, wanted, 0.4, KEY, step, 0)
        assert arrays.to_host(y).tobytes() == wanted.tobytes()
        masks.append(wanted.tobytes())
        clock.advance(moment)
    assert masks[0] != masks[1]


@pytest.mark.parametrize("dtype", DTYPES)
def test_relu_and_dropout_need_no_mask(dtype):
    x, gradient = arrays_of((3, 9), dtype, 2)
    y, moment = on_gpu(np.maximum(x, 0)), clock.new(5)
    dropout.dropout(y, y, 0.25, KEY, moment, 6)
    by_steps, at_once = on_gpu(gradient), on_gpu(gradient)
    dropout.dropout_gradient(by_steps, 0.25, KEY, moment, 6)
    dropout.relu_dropout_gradient(at_once, y, 1 / 0.75)
    wanted = np.where(x > 0, arrays.to_host(by_steps), 0)
    assert 0 < (wanted != 0).sum() < (x > 0).sum()
    np.testing.assert_array_equal(arrays.to_host(at_once), wanted)


def test_gradients_that_do_not_pass_become_zero_even_if_infinite():
    gradient = on_gpu(np.full(9, np.inf, np.float32))
    y = np.arange(9, dtype=np.float32) % 2
    y[[1, 8]] = np.nan
    dropout.relu_dropout_gradient(gradient, on_gpu(y), 2)
    assert arrays.to_host(gradient).tolist() == [0, 0, 0, np.inf, 0, np.inf, 0, np.inf, 0]


def test_nothing_is_launched_for_empty_arrays(monkeypatch):
    monkeypatch.setattr(launch.Kernel, "__call__", None)
    nothing = on_gpu(np.zeros((0, 3), np.float32))
    dropout.dropout(nothing, nothing, 0.5, KEY, clock.new(), 0)
    dropout.relu_dropout_gradient(nothing, nothing, 2)


def test_arrays_that_do_not_fit_are_refused():
    x, moment = on_gpu(np.zeros((2, 3), np.float32)), clock.new()
    with pytest.raises(ValueError, match=r"y is float32 of shape \(3, 2\); expected float32 of shape \(2, 3\)"):
        dropout.dropout(x, on_gpu(np.zeros((3, 2), np.float32)), 0.5, KEY, moment, 0)
    with pytest.raises(ValueError, match=r"clock is int64 of shape \(1,\); expected int64 of shape \(3\)"):
        dropout.dropout(x, x, 0.5, KEY, on_gpu(np.zeros(1, np.int64)), 0)
    with pytest.raises(ValueError, match="y is float64"):
        dropout.relu_dropout_gradient(x, on_gpu(np.zeros((2, 3))), 1)
