"""Batches, pooling of whole images, sums, channels and padding against NumPy, the reference and PyTorch."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from nn_kernels import DTYPES, arrays_of, same_for_any_threads, tolerance

from convviz.kernels.cpu import batches, elementwise, global_pooling

SOURCES = "bool uint8 int8 int16 uint16 int32 uint32 int64 uint64 float16 float32 float64 >f4 <i2 >i8".split()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", SOURCES)
def test_gather(kind, dtype):
    random = np.random.default_rng(0)
    source = random.integers(0, 100, (30, 5, 4)).astype(kind)
    indices = random.integers(0, 30, 50)
    out = np.full((50, 5, 4), 99, dtype)
    batches.gather(source, indices, out)
    np.testing.assert_array_equal(out, source[indices].astype(dtype))


def frozen(array):
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    "change",
    [np.asfortranarray, lambda a: a[:, ::2], lambda a: a[::-1], frozen, lambda a: a.transpose(0, 2, 1)],
    ids=["columns first", "every other", "backwards", "read-only", "turned"],
)
def test_gather_from_any_array(change):
    source = change(np.arange(30 * 6 * 4, dtype=np.uint8).reshape(30, 6, 4))
    indices = np.array([3, 0, 29, 3])
    out = np.full((4, *source.shape[1:]), 99, np.float32)
    batches.gather(source, indices, out)
    np.testing.assert_array_equal(out, source[[3, 0, 29, 3]])


@given(rows=st.integers(0, 9), shape=st.lists(st.integers(0, 5), max_size=3))
def test_gather_shapes(rows, shape):
    (source,) = arrays_of((7, *shape), np.float32, 1)
    indices = np.arange(rows) * 3 % 7
    out = np.full((rows, *shape), 99, np.float32)
    batches.gather(source, indices, out)
    np.testing.assert_array_equal(out, source[indices])


def test_gather_from_a_file(tmp_path):
    np.save(tmp_path / "data.npy", np.arange(24, dtype=np.uint8).reshape(6, 4))
    source = np.load(tmp_path / "data.npy", mmap_mode="r")
    out = np.empty((2, 4), np.float32)
    batches.gather(source, np.array([5, 1]), out)
    assert out.tolist() == [[20, 21, 22, 23], [4, 5, 6, 7]]


@pytest.mark.parametrize(
    ("indices", "out", "error", "words"),
    [
        ([0, 6], (2, 4), IndexError, r"there are rows 0 … 5; indices\[1\] is 6"),
        ([-1, 0], (2, 4), IndexError, r"indices\[0\] is -1"),
        ([0, 1], (2, 3), ValueError, r"rows of the source have the shape \(4,\), those of out \(3,\)"),
        ([0, 1], (3, 4), ValueError, r"indices is int64 of shape \(2,\); expected int64 of shape \(3,\)"),
    ],
)
def test_rows_that_are_not_there_are_refused(indices, out, error, words):
    with pytest.raises(error, match=words):
        batches.gather(np.zeros((6, 4)), np.array(indices), np.zeros(out))


@pytest.mark.parametrize("dtype", DTYPES)
@given(
    shape=st.tuples(st.integers(0, 3), st.integers(1, 6), st.integers(1, 6), st.integers(1, 20)),
    seed=st.integers(0, 99),
)
def test_global_pooling(dtype, shape, seed):
    random = np.random.default_rng(seed)
    image = random.integers(-3, 4, shape).astype(dtype)
    image[random.random(shape) < 0.02] = np.nan
    out, argmax = np.full((shape[0], shape[3]), 99, dtype), np.full((shape[0], shape[3]), 99, np.int32)
    global_pooling.global_max_pool(image, out, argmax)
    np.testing.assert_array_equal(out, np.reshape(reference.global_max_pool(image.tolist()), out.shape))
    flat = image.reshape(shape[0], shape[1] * shape[2], shape[3])
    # NumPy's argmax too takes the first of equals, and the first NaN
    np.testing.assert_array_equal(argmax, flat.argmax(1))
    gradient, given = random.standard_normal(out.shape).astype(dtype), np.full_like(image, 99)
    global_pooling.global_max_pool_gradient(gradient, argmax, given)
    hit = np.arange(flat.shape[1])[:, None] == argmax[:, None]
    np.testing.assert_array_equal(given.reshape(flat.shape), np.where(hit, gradient[:, None], 0))
    global_pooling.global_average_pool(image, out)
    np.testing.assert_allclose(
        out, np.reshape(reference.global_avg_pool(image.tolist()), out.shape), rtol=tolerance(dtype, 1), atol=0
    )
    global_pooling.global_average_pool_gradient(gradient, given)
    wanted = np.broadcast_to(gradient[:, None, None] / (shape[1] * shape[2]), shape)
    np.testing.assert_allclose(given, wanted, rtol=tolerance(dtype, 2))


def test_mean_of_many_cells():
    image = np.full((1, 1024, 1024, 2), 0.1, np.float32)
    out = np.empty((1, 2), np.float32)
    global_pooling.global_average_pool(image, out)
    assert (out == np.float32(0.1)).all()


def test_global_pooling_of_nothing_is_refused():
    with pytest.raises(ValueError, match=r"an image without cells has no mean.*\(2, 0, 3, 4\)"):
        global_pooling.global_average_pool(np.zeros((2, 0, 3, 4)), np.zeros((2, 4)))
    with pytest.raises(ValueError, match=r"what is pooled is float64 of shape \(2, 5\); expected float64 of shape \(2, 4\)"):
        global_pooling.global_average_pool(np.zeros((2, 3, 3, 4)), np.zeros((2, 5)))


@pytest.mark.parametrize("dtype", DTYPES)
@given(size=st.integers(0, 3000))
def test_sums(dtype, size):
    a, b = arrays_of(size, dtype, 2)
    out, wanted = np.full_like(a, 99), a + b
    elementwise.add(a, b, out)
    np.testing.assert_array_equal(out, wanted)
    for first, second in (a.copy(), b), (a, b.copy()):
        elementwise.add(first, second, first if second is b else second)
        np.testing.assert_array_equal(first if second is b else second, wanted)
    elementwise.accumulate(out, b)
    np.testing.assert_array_equal(out, wanted + b)


@given(channels=st.lists(st.integers(0, 9), min_size=1, max_size=4), rows=st.integers(0, 7))
def test_channels(channels, rows):
    parts = [arrays_of((2, rows, c), np.float32, 1, seed=c)[0] for c in channels]
    together, at = np.full((2, rows, sum(channels)), 99, np.float32), 0
    for part in parts:
        elementwise.copy_channels(part, 0, together, at, part.shape[-1])
        at += part.shape[-1]
    np.testing.assert_array_equal(together, np.concatenate(parts, -1))
    at = 0
    for part in parts:
        given = np.full_like(part, 99)
        elementwise.copy_channels(together, at, given, 0, part.shape[-1])
        np.testing.assert_array_equal(given, part)
        at += part.shape[-1]


@pytest.mark.parametrize("dtype", DTYPES)
@given(
    size=st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 5), st.integers(1, 5)),
    around=st.tuples(*[st.integers(0, 3)] * 4),
)
def test_padding(dtype, size, around):
    (x,) = arrays_of(size, dtype, 1)
    top, bottom, left, right = around
    wanted = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    out, back = np.full_like(wanted, 99), np.full_like(x, 99)
    elementwise.zero_pad(x, out, top, left)
    np.testing.assert_array_equal(out, wanted)
    elementwise.crop(wanted, back, top, left)
    np.testing.assert_array_equal(back, x)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: elementwise.zero_pad(x, x[:, :2], 0, 0), r"\(2, 3, 3, 4\) does not lie in float64 \(2, 2, 3, 4\)"),
        (lambda x: elementwise.crop(x, x.copy(), 1, 0), "from row 1 and column 0 on"),
        (lambda x: elementwise.copy_channels(x, 2, x.copy(), 0, 3), "source has 4 channels, not 3 from channel 2 on"),
        (lambda x: elementwise.copy_channels(x, 0, x[:1], 0, 1), r"target is .* expected float64 of shape \(2, 3, 3, 4\)"),
        (lambda x: elementwise.add(x, x[:1], x.copy()), r"b is float64 of shape \(1, 3, 3, 4\)"),
        (lambda x: elementwise.accumulate(x[:, ::-1], x), "out must be a C-ordered"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(np.zeros((2, 3, 3, 4)))


def test_thread_count_does_not_matter(monkeypatch):
    image, other = arrays_of((33, 15, 17, 19), np.float32, 2)
    indices = np.arange(33)[::-1].copy()

    def calculate():
        results = []

        def take(function, shape, *arguments, dtype=np.float32):
            out = np.full(shape, 99, dtype)
            function(*arguments, out)
            results.append(out)
            return out

        take(elementwise.add, image.shape, image, other)
        take(batches.gather, image.shape, image, indices)
        pooled = take(global_pooling.global_average_pool, (33, 19), image)
        argmax = np.empty((33, 19), np.int32)
        global_pooling.global_max_pool(image, pooled, argmax)
        take(global_pooling.global_max_pool_gradient, image.shape, pooled, argmax)
        take(global_pooling.global_average_pool_gradient, image.shape, pooled)
        padded = np.full((33, 18, 20, 19), 99, np.float32)
        elementwise.zero_pad(image, padded, 1, 2)
        part = np.full((33, 15, 17, 9), 99, np.float32)
        elementwise.copy_channels(image, 3, part, 0, 9)
        return [*results, argmax, padded, part]

    same_for_any_threads(monkeypatch, calculate)
