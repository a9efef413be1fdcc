"""Sums, copies, biases, channels and padding in numba's simulator, against numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nn_kernels import DTYPES, arrays_of

pytest.importorskip("numba_cuda")

from convviz.kernels.cuda import arrays, elementwise, launch

pytestmark = pytest.mark.usefixtures("tiny_blocks")

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

#: Fours alone, fours and a rest, a rest alone, nothing.
SIZES = [0, 3, 8, 16, 33]


def on_gpu(array):
    """A copy on the GPU."""
    return arrays.to_gpu(array, "a test's array")


def unknown(shape, dtype=np.float32):
    """An array on the GPU that holds what no result holds."""
    return on_gpu(np.full(shape, 99, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", SIZES)
def test_sums(size, dtype):
    a, b = arrays_of((1, size), dtype, 2)
    out = unknown((1, size), dtype)
    elementwise.add(on_gpu(a), on_gpu(b), out)
    np.testing.assert_array_equal(arrays.to_host(out), a + b)
    first, second = on_gpu(a), on_gpu(b)
    elementwise.add(first, second, first)
    elementwise.add(on_gpu(a), second, second)
    elementwise.accumulate(out, on_gpu(b))
    for found, wanted in (first, a + b), (second, a + b), (out, a + b + b):
        np.testing.assert_array_equal(arrays.to_host(found), wanted)


@pytest.mark.parametrize("dtype", [*DTYPES, np.int64, np.uint8])
@pytest.mark.parametrize("size", SIZES)
def test_copies_and_values_everywhere(size, dtype):
    x = np.arange(size, dtype=dtype).reshape(size, 1)
    out = unknown(x.shape, dtype)
    elementwise.copy(on_gpu(x), out)
    np.testing.assert_array_equal(arrays.to_host(out), x)
    elementwise.fill(out, 5)
    assert (arrays.to_host(out) == 5).all()


def test_a_value_may_be_nan_and_an_array_its_own_copy(monkeypatch):
    out = unknown((2, 3))
    elementwise.fill(out, float("nan"))
    assert np.isnan(arrays.to_host(out)).all()
    monkeypatch.setattr(launch.Kernel, "__call__", None)
    elementwise.copy(out, out)


def test_nothing_is_launched_for_empty_arrays(monkeypatch):
    monkeypatch.setattr(launch.Kernel, "__call__", None)
    nothing, image = unknown((0, 4)), unknown((0, 2, 2, 1))
    elementwise.add(nothing, nothing, nothing)
    elementwise.fill(nothing, 1)
    elementwise.add_bias(nothing, unknown((4,)))
    elementwise.copy_channels(nothing, 0, nothing, 0, 4)
    elementwise.copy_channels(unknown((3, 4)), 4, unknown((3, 2)), 0, 0)
    elementwise.zero_pad(image, unknown((0, 4, 4, 1)), 1, 1)
    elementwise.crop(unknown((0, 4, 4, 1)), image, 1, 1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(2, 3, 3, 4), (2, 5, 8), (3, 3), (5, 1), (0, 4)])
def test_biases(shape, dtype):
    x = arrays_of(shape, dtype, 1)[0]
    (bias,) = arrays_of(shape[-1], dtype, 1, seed=1)
    out = on_gpu(x)
    elementwise.add_bias(out, on_gpu(bias))
    np.testing.assert_array_equal(arrays.to_host(out), x + bias)


@pytest.mark.parametrize("wide", [True, False])
@settings(max_examples=15)
@given(channels=st.lists(st.sampled_from([0, 1, 3, 4, 8]), min_size=1, max_size=3), rows=st.integers(0, 3))
def test_channels(wide, channels, rows):
    """Concatenated and taken apart; with channels by the four both go four at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elementwise, "aligned", lambda array: wide)
        parts = [arrays_of((2, rows, c), np.float32, 1, seed=c)[0] for c in channels]
        together, at = unknown((2, rows, sum(channels))), 0
        for part in parts:
            elementwise.copy_channels(on_gpu(part), 0, together, at, part.shape[-1])
            at += part.shape[-1]
        np.testing.assert_array_equal(arrays.to_host(together), np.concatenate(parts, -1))
        at = 0
        for part in parts:
            taken = unknown(part.shape)
            elementwise.copy_channels(together, at, taken, 0, part.shape[-1])
            np.testing.assert_array_equal(arrays.to_host(taken), part)
            at += part.shape[-1]


def test_only_the_channels_that_are_asked_for_are_written(monkeypatch):
    """And four at once only from where a GPU can load them."""
    fours = []
    plain = elementwise.load4
    monkeypatch.setattr(elementwise, "load4", lambda array, i: fours.append(i) or plain(array, i))
    (source,) = arrays_of((3, 8), np.float32, 1)
    for number, (start, into, channels) in enumerate([(4, 0, 4), (1, 4, 4), (4, 2, 4), (0, 4, 3)]):
        target, wanted = unknown((3, 8)), np.full((3, 8), 99, np.float32)
        elementwise.copy_channels(on_gpu(source), start, target, into, channels)
        wanted[:, into : into + channels] = source[:, start : start + channels]
        np.testing.assert_array_equal(arrays.to_host(target), wanted, f"case {number}")
    assert fours
    assert all(i % 4 == 0 for i in fours)


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=15)
@given(
    size=st.tuples(st.integers(0, 2), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3)),
    around=st.tuples(*[st.integers(0, 2)] * 4),
)
def test_padding(dtype, size, around):
    (x,) = arrays_of(size, dtype, 1)
    top, bottom, left, right = around
    wanted = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    out, back = unknown(wanted.shape, dtype), unknown(x.shape, dtype)
    elementwise.zero_pad(on_gpu(x), out, top, left)
    np.testing.assert_array_equal(arrays.to_host(out), wanted)
    elementwise.crop(out, back, top, left)
    np.testing.assert_array_equal(arrays.to_host(back), x)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: elementwise.zero_pad(x, x[:, :2], 0, 0), r"\(2, 3, 3, 4\) does not lie in float64 \(2, 2, 3, 4\)"),
        (lambda x: elementwise.crop(x, x, 1, 0), "from row 1 and column 0 on"),
        (lambda x: elementwise.copy_channels(x, 2, x, 0, 3), "source has 4 channels, not 3 from channel 2 on"),
        (lambda x: elementwise.copy_channels(x, 0, x[:1], 0, 1), r"target is .* expected .* shape \(2, 3, 3, 4\)"),
        (lambda x: elementwise.add(x, x[:1], x), r"b is float64 of shape \(1, 3, 3, 4\)"),
        (lambda x: elementwise.accumulate(x, x[0]), r"x is float64 of shape \(3, 3, 4\)"),
        (lambda x: elementwise.copy(x, x[0]), r"out is float64 of shape \(3, 3, 4\)"),
        (lambda x: elementwise.add_bias(x, x[0, 0, 0, :3]), r"bias is float64 of shape \(3,\); expected .*\(4\)"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(on_gpu(np.zeros((2, 3, 3, 4))))
