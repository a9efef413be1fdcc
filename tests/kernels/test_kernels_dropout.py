"""Philox against the vectors of its authors, and dropout against masks made number by number."""

import math

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nn_kernels import DTYPES, arrays_of, same_for_any_threads

from convviz.kernels.cpu import dropout
from convviz.kernels.scalar import philox

KEY = (0x01234567, 0xFEDCBA98)

#: Counter, key and random words from kat_vectors of Random123.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_known_answers(counter, key, words):
    assert philox.philox(*counter, *key) == words
    assert dropout.random_block(*counter, *key) == words


@pytest.mark.parametrize("first", [0, 4096, 4 * (2**32 - 3)])
def test_words_of_many_blocks(first):
    words = np.empty(64, np.uint32)
    numba.njit(lambda *arguments: dropout.fill_words(*arguments))(words, first, KEY, 7, 9)
    for block in range(16):
        high, low = divmod(first // 4 + block, 2**32)
        assert tuple(words[4 * block : 4 * block + 4]) == philox.philox(low, high, 7, 9, *KEY)


def slow_mask(size, rate, key, step, number):
    """Which cells are kept, decided one by one."""
    mask = np.empty(size, bool)
    for i in range(size):
        mask[i] = philox.philox(i // 4, 0, step, number, *key)[i % 4] >= rate * 2**32
    return mask


@pytest.mark.parametrize("dtype", DTYPES)
@given(size=st.integers(0, 3000), rate=st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.999, 1.0]), step=st.integers(0, 2**32 - 1))
def test_dropout(dtype, size, rate, step):
    (x,) = arrays_of(size, dtype, 1, seed=step)
    x[::7] = np.nan
    y = np.full_like(x, 99)
    dropout.dropout(x, y, rate, KEY, step, 3)
    scale = dtype(1 / (1 - rate) if rate < 1 else 0)
    wanted = np.where(slow_mask(size, rate, KEY, step, 3), x * scale, dtype(0))
    np.testing.assert_array_equal(y, wanted)
    assert not np.signbit(y[y == 0]).any() or rate == 0
    dropout.dropout_gradient(x, rate, KEY, step, 3)
    np.testing.assert_array_equal(x, wanted)


def test_mask_depends_on_everything():
    ones, masks = np.ones(4096, np.float32), set()
    for key in (1, 2), (1, 3), (2, 2):
        for step in 0, 1:
            for number in 0, 1:
                y = np.empty_like(ones)
                dropout.dropout(ones, y, 0.5, key, step, number)
                masks.add(y.tobytes())
    assert len(masks) == 12


def test_as_many_are_dropped_as_the_rate_says():
    y = np.ones((64, 28, 28, 64), np.float32)
    dropout.dropout(y, y, 0.3, KEY, 0, 0)
    assert abs((y == 0).mean() - 0.3) < 5 * math.sqrt(0.3 * 0.7 / y.size)
    assert abs(y.mean(dtype=float) - 1) < 5 * math.sqrt(0.3 / 0.7 / y.size)
    # neighbours know nothing of each other
    dropped = (y.reshape(-1) == 0) - 0.3
    for distance in 1, 2, 4, 1024, 4096:
        assert abs((dropped[:-distance] * dropped[distance:]).mean()) < 5 * 0.21 / math.sqrt(y.size)


@pytest.mark.parametrize("dtype", DTYPES)
def test_thread_count_does_not_matter(monkeypatch, dtype):
    x, gradient = arrays_of((9, 8, 28, 61), dtype, 2)

    def calculate():
        y, given = np.empty_like(x), gradient.copy()
        dropout.dropout(x, y, 0.4, KEY, 1, 2)
        dropout.relu_dropout_gradient(given, y, 1.7)
        return y, given

    same_for_any_threads(monkeypatch, calculate)


@pytest.mark.parametrize("dtype", DTYPES)
def test_relu_and_dropout_need_no_mask(dtype):
    x, gradient = arrays_of((70, 1001), dtype, 2)
    y = np.maximum(x, 0)
    dropout.dropout(y, y, 0.25, KEY, 5, 6)
    by_steps = gradient.copy()
    dropout.dropout_gradient(by_steps, 0.25, KEY, 5, 6)
    by_steps[x <= 0] = 0
    dropout.relu_dropout_gradient(gradient, y, 1 / 0.75)
    np.testing.assert_array_equal(gradient, by_steps)
    assert 0.3 < (gradient != 0).mean() < 0.45


def test_infinite_gradients_do_not_become_nan():
    gradient = np.full(8, np.inf, np.float32)
    dropout.relu_dropout_gradient(gradient, np.arange(8, dtype=np.float32) % 2, 2)
    assert gradient.tolist() == [0, np.inf] * 4


def test_arrays_that_do_not_fit_are_refused():
    x = np.zeros((2, 3), np.float32)
    with pytest.raises(ValueError, match=r"y is float32 of shape \(3, 2\); expected float32 of shape \(2, 3\)"):
        dropout.dropout(x, np.zeros((3, 2), np.float32), 0.5, KEY, 0, 0)
    with pytest.raises(ValueError, match="y is float64"):
        dropout.relu_dropout_gradient(x, np.zeros((2, 3)), 1)
    with pytest.raises(ValueError, match="y must be a C-ordered"):
        dropout.dropout(x, np.zeros((3, 2), np.float32).T, 0.5, KEY, 0, 0)
