"""The kernels against the reference, through the functions that users call.

Whole numbers must come out exactly, whatever the dtype. Random floats must lie within the bound that rounding theory
gives for the sum at hand: with unit roundoff u, adding up n terms of one rounding each is off by at most γ(n)·Σ|terms|,
where γ(n) = n·u / (1 − n·u) (N. Higham, "Accuracy and Stability of Numerical Algorithms", 3.1). The reference computes
such cases with Fractions, so that only the kernels round. Every case runs through the serial code, cell by cell, and
through what is made for large arrays, on threads; where sums are exact the two must give the same bits.
"""

import functools
from contextlib import contextmanager
from fractions import Fraction

import numba
import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

import convviz as cv
from convviz.kernels.cpu import cellwise, convolution, dispatch, planes, pooling, rowwise, threads

NAN, INFINITY = float("nan"), float("inf")

#: The dtype in which an input of each dtype is computed.
COMPUTED_IN = {
    "bool": "int64",
    "int8": "int64",
    "uint8": "int64",
    "int16": "int64",
    "uint16": "int64",
    "int32": "int64",
    "uint32": "int64",
    "int64": "int64",
    "uint64": "int64",
    "float16": "float32",
    "float32": "float32",
    "float64": "float64",
}


# Cases


@contextmanager
def path(name):
    """Make every size take one path: "serial" or "threads" (three of them, whatever the machine has)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch, "LARGE", {"serial": 10**12, "threads": 0}[name])
        if name == "threads":
            three_threads(patch)
        yield


def three_threads(patch):
    """Let there be three threads, wherever they are counted."""
    for module in (planes, threads, convolution):
        patch.setattr(module, "thread_count", lambda: 3)


def answers(function, *arguments, **options):
    """What serial code, threads and the function itself give; they must be alike in dtype and shape."""
    found = []
    for name in ("serial", "threads"):
        with path(name):
            found.append(function(*arguments, **options))
    found.append(function(*arguments, **options))
    for other in found[1:]:
        for one, two in zip(parts(found[0]), parts(other), strict=True):
            assert one.dtype == two.dtype and one.shape == two.shape
    return found


def agreed(function, *arguments, **options):
    """The one of `answers`, which must be the same to the bit."""
    first, *others = answers(function, *arguments, **options)
    for other in others:
        for one, two in zip(parts(first), parts(other), strict=True):
            assert bits(one) == bits(two)
    return first


def bits(array):
    """An array's bytes; of NaNs, whose sign and payload mean nothing, only that they are NaNs."""
    if array.dtype == object:
        return array.tolist()
    return np.where(array != array, np.array(0).astype(array.dtype), array).tobytes(), (array != array).tobytes()


def parts(answer):
    return answer if isinstance(answer, tuple) else (answer,)


def same_numbers(got, expected):
    """Whether an array holds just the numbers of nested lists: equal, NaN where NaN, of the same shape."""
    expected = np.array(expected, got.dtype if got.dtype == object else None)
    assert got.shape == expected.shape
    np.testing.assert_array_equal(got, expected)


def fractions(array):
    """An array's numbers as nested lists of Fractions, which are exact."""
    return nested(array, Fraction)


def sizes(array):
    """The absolute values of an array's numbers, as nested lists of Fractions."""
    return nested(np.abs(array), Fraction)


def nested(array, kind):
    return [nested(part, kind) for part in array] if array.ndim else kind(array.item())


def within_rounding(got, exact, magnitude, terms):
    """Assert |got − exact| ≤ γ(terms)·magnitude for every number; the latter two are nested lists of Fractions."""
    unit = Fraction(float(np.finfo(got.dtype).eps)) / 2
    bound = terms * unit / (1 - terms * unit)
    tiny = terms * Fraction(float(np.finfo(got.dtype).smallest_subnormal))
    exact, magnitude = np.array(exact, object), np.array(magnitude, object)
    assert got.shape == exact.shape
    for index in np.ndindex(got.shape):
        assert abs(Fraction(float(got[index])) - exact[index]) <= bound * magnitude[index] + tiny, index


def whole_numbers(seed, shape, dtype, low=-9, high=9):
    """Random whole numbers in a dtype; for unsigned ones from 0 to the largest of uint8."""
    random = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "b":
        return random.integers(0, 2, shape).astype(dtype)
    if np.dtype(dtype).kind == "u":
        low, high = 0, 255
    return random.integers(low, high + 1, shape).astype(dtype)


def floats(seed, shape, dtype):
    """Random floats of both signs over six orders of magnitude."""
    random = np.random.default_rng(seed)
    return (random.standard_normal(shape) * 10.0 ** random.integers(-3, 4, shape)).astype(dtype)


def cases(count):
    """How many cases of a test are tried: `count`, or as many times more as the hypothesis profile asks for."""
    return settings(max_examples=count * settings().max_examples // 100)


pairs_of = {most: st.tuples(st.integers(1, most), st.integers(1, most)) for most in (2, 3, 4)}
seeds = st.integers(0, 2**32 - 1)


#: Groups, and channels and filters of a group; one of each is a case of its own in the kernels.
channels = st.one_of(st.just((1, 1, 1)), st.tuples(st.sampled_from([1, 1, 2, 3]), st.integers(1, 3), st.integers(1, 3)))


@st.composite
def paddings(draw, most=3):
    """Every kind of padding an operation takes."""
    amount = st.integers(0, most)
    kinds = [
        st.sampled_from(["valid", "same", "full"]),
        amount,
        st.tuples(amount, amount),
        st.tuples(st.tuples(amount, amount), st.tuples(amount, amount)),
    ]
    return draw(st.one_of(kinds))


@st.composite
def windows(draw, most_padding=3):
    """Window, strides, dilation and padding, and an image size that the window fits into."""
    window, strides, dilation = draw(pairs_of[3]), draw(pairs_of[3]), draw(pairs_of[3])
    padding = draw(paddings(most_padding))
    size = []
    for axis in (0, 1):
        rule = reference.along(padding, axis)
        before, after = reference.pad_amounts(1, window[axis], strides[axis], dilation[axis], rule)
        if rule == "same":
            before = after = reference.span(window[axis], dilation[axis])
        least = max(reference.span(window[axis], dilation[axis]) - before - after, 1)
        size.append(draw(st.integers(least, least + 5)))
    return tuple(size), window, {"strides": strides, "padding": padding, "dilation_rate": dilation}


@st.composite
def convolutions(draw):
    """Shapes of image, kernel and bias (or None), and options, of a convolution."""
    size, window, options = draw(windows())
    groups, depth, per_group = draw(channels)
    batch = draw(st.integers(1, 2))
    image = (batch, *size, groups * depth)
    kernel = (*window, depth, groups * per_group)
    bias = draw(st.sampled_from([None, (groups * per_group,)]))
    return image, kernel, bias, options | {"groups": groups, "flip_kernel": draw(st.booleans())}


@st.composite
def transposed_convolutions(draw):
    """Shapes of image, kernel and bias (or None), and options, of a transposed convolution that leaves something."""
    window, strides, dilation = draw(pairs_of[3]), draw(pairs_of[3]), draw(pairs_of[3])
    groups, depth, per_group = draw(channels)
    padding = draw(paddings())
    extra = tuple(draw(st.integers(0, max(strides[axis], dilation[axis]) - 1)) for axis in (0, 1))
    size = []
    for axis in (0, 1):
        rule = reference.along(padding, axis)
        least = 1
        while not leaves_something(least, window[axis], strides[axis], dilation[axis], rule, extra[axis]):
            least += 1
        size.append(draw(st.integers(least, least + 3)))
    image = (draw(st.integers(1, 2)), *size, groups * depth)
    kernel = (*window, per_group, groups * depth)
    bias = draw(st.sampled_from([None, (groups * per_group,)]))
    options = {"strides": strides, "padding": padding, "dilation_rate": dilation}
    return image, kernel, bias, options | {"output_padding": extra, "groups": groups}


def leaves_something(*case):
    try:
        return reference.transposed_size(*case) > 0
    except ValueError:
        return False


@st.composite
def poolings(draw):
    """Shape of an image and the options of a pooling, some of which give windows without a real cell."""
    size, window, options = draw(windows(most_padding=2))
    shape = (draw(st.integers(1, 2)), *size, draw(st.integers(1, 3)))
    strides = draw(st.sampled_from([options["strides"], None]))
    ceil_mode = draw(st.booleans())
    return shape, options | {"pool_size": window, "strides": strides, "ceil_mode": ceil_mode}


# Convolution


@given(convolutions(), st.sampled_from(sorted(COMPUTED_IN)), st.sampled_from(["int8", "int64"]), seeds)
@cases(250)
def test_convolution_of_whole_numbers_is_exact(case, dtype, kernel_dtype, seed):
    image_shape, kernel_shape, bias_shape, options = case
    image = whole_numbers(seed, image_shape, dtype)
    kernel = whole_numbers(seed + 1, kernel_shape, kernel_dtype)
    bias = None if bias_shape is None else whole_numbers(seed + 2, bias_shape, kernel_dtype)
    got = agreed(cv.conv2d, image, kernel, bias, **options)
    assert got.dtype == COMPUTED_IN[dtype]
    known = None if bias is None else bias.tolist()
    same_numbers(got, reference.convolve(image.tolist(), kernel.tolist(), known, **options))


@given(convolutions(), st.sampled_from(["float32", "float64"]), seeds)
@cases(60)
def test_convolution_of_floats_is_within_rounding(case, dtype, seed):
    image_shape, kernel_shape, bias_shape, options = case
    image, kernel = floats(seed, image_shape, dtype), floats(seed + 1, kernel_shape, dtype)
    bias = np.zeros(kernel_shape[3], dtype) if bias_shape is None else floats(seed + 2, bias_shape, dtype)
    got = answers(cv.conv2d, image, kernel, bias, **options)
    exact = reference.convolve(fractions(image), fractions(kernel), fractions(bias), **options)
    magnitude = reference.convolve(sizes(image), sizes(kernel), sizes(bias), **options)
    rows, columns, depth, _ = kernel_shape
    for one in got:
        assert one.dtype == dtype
        within_rounding(one, exact, magnitude, rows * columns * depth + 1)


@given(convolutions(), st.sampled_from(["float32", "float64"]), seeds)
@cases(60)
def test_convolution_of_nan_and_infinity(case, dtype, seed):
    image_shape, kernel_shape, _, options = case
    image = with_strangers(seed, whole_numbers(seed, image_shape, dtype))
    kernel = whole_numbers(seed + 1, kernel_shape, dtype, -2, 2)
    got = agreed(cv.conv2d, image, kernel, **options)
    same_numbers(got, reference.convolve(image.tolist(), kernel.tolist(), **options))


def with_strangers(seed, array):
    """A copy in which about one number in eight is NaN, ∞ or −∞."""
    random = np.random.default_rng(seed + 7)
    strangers = random.choice([NAN, INFINITY, -INFINITY], array.shape)
    return np.where(random.random(array.shape) < 1 / 8, strangers, array).astype(array.dtype)


@given(convolutions(), st.sampled_from(["float32", "float64"]), seeds)
@cases(60)
def test_padding_is_zero_even_for_infinite_weights(case, dtype, seed):
    """Zero times infinity is NaN, whether the zero comes from padding or from the image."""
    image_shape, kernel_shape, _, options = case
    image = whole_numbers(seed, image_shape, dtype, -2, 2)
    kernel = with_strangers(seed, whole_numbers(seed + 1, kernel_shape, dtype))
    got = agreed(cv.conv2d, image, kernel, **options)
    same_numbers(got, reference.convolve(image.tolist(), kernel.tolist(), **options))


def test_nan_and_infinity_in_the_kernel():
    image = np.array([[1.0, 2, 0], [3, 0, 4], [0, 5, 6]])
    got = agreed(cv.conv2d, image, np.array([[INFINITY, 1.0]]))
    np.testing.assert_array_equal(got, [[INFINITY, INFINITY], [INFINITY, NAN], [NAN, INFINITY]])
    assert np.isnan(agreed(cv.conv2d, image, np.array([[INFINITY, 1], [NAN, -INFINITY]]))).all()


@given(convolutions(), seeds)
@cases(30)
def test_convolution_of_fractions_and_large_integers_is_exact(case, seed):
    image_shape, kernel_shape, bias_shape, options = case
    random = np.random.default_rng(seed)
    image = nested(random.integers(-9, 10, image_shape), lambda n: Fraction(n, 7))
    kernel = nested(random.integers(-9, 10, kernel_shape), lambda n: n * 10**20 + 1)
    bias = None if bias_shape is None else nested(random.integers(-9, 10, bias_shape), lambda n: Fraction(n, 3))
    got = cv.conv2d(image, kernel, bias, **options)
    assert got.dtype == object
    same_numbers(got, reference.convolve(image, kernel, bias, **options))


#: Shapes of image and kernel, and options, that are large enough for the threads without help.
LARGE_CONVOLUTIONS = {
    "one channel": ((1, 130, 120, 1), (3, 3, 1, 1), {}),
    "one channel, batch": ((3, 80, 70, 1), (3, 3, 1, 1), {"padding": ((2, 0), (0, 1))}),
    "one channel, strides": ((2, 160, 170, 1), (3, 4, 1, 1), {"strides": (1, 2), "padding": ((0, 3), (2, 1))}),
    "one channel, dilated": ((1, 150, 140, 1), (3, 3, 1, 1), {"dilation_rate": (5, 7), "padding": "same"}),
    "channels": ((1, 24, 22, 5), (3, 2, 5, 9), {"padding": "same"}),
    "channels, strides": ((2, 30, 41, 3), (4, 3, 3, 7), {"strides": (2, 3), "padding": "full", "flip_kernel": True}),
    "groups": ((1, 40, 30, 6), (3, 3, 2, 12), {"groups": 3, "padding": 2, "dilation_rate": 2}),
    "depthwise": ((1, 60, 50, 5), (3, 3, 1, 5), {"groups": 5, "padding": "same"}),
    "kernel as large as the image": ((20, 15, 15, 3), (15, 15, 3, 8), {}),
    "one row": ((1, 1, 20_000, 1), (1, 7, 1, 1), {"padding": "same"}),
    "one column": ((1, 20_000, 1, 1), (7, 1, 1, 1), {"padding": "same"}),
}
LARGE_TRANSPOSED = {
    "one channel": ((1, 120, 110, 1), (3, 3, 1, 1), {}),
    "one channel, strides": ((2, 60, 70, 1), (4, 3, 1, 1), {"strides": (2, 3), "padding": 1, "output_padding": (1, 2)}),
    "channels": ((1, 20, 22, 9), (3, 2, 5, 9), {"padding": "same", "strides": 2}),
    "groups": ((1, 20, 25, 6), (3, 3, 4, 6), {"groups": 3, "padding": ((1, 0), (2, 1)), "dilation_rate": 2}),
}
LARGE_POOLINGS = {
    "twos": ((1, 330, 310, 1), {}),
    "overlapping": ((1, 80, 60, 3), {"pool_size": 3, "strides": 1, "padding": "same"}),
    "dilated": ((2, 90, 70, 2), {"pool_size": (3, 2), "strides": 1, "dilation_rate": (2, 5), "padding": (2, 1)}),
    "ceil mode": ((1, 170, 163, 2), {"pool_size": 5, "strides": (3, 4), "padding": 2, "ceil_mode": True}),
    "whole image": ((3, 200, 190, 1), {"pool_size": (200, 190)}),
}


@functools.cache
def large_image(shape):
    return whole_numbers(1, shape, "int64", 0, 99)


@functools.cache
def large_kernel(shape):
    return whole_numbers(2, shape, "int64")


@functools.cache
def judged_convolution(name):
    image, kernel, options = LARGE_CONVOLUTIONS[name]
    bias = large_kernel(kernel[3:]).tolist()
    return reference.convolve(large_image(image).tolist(), large_kernel(kernel).tolist(), bias, **options)


@functools.cache
def judged_transposed(name):
    image, kernel, options = LARGE_TRANSPOSED[name]
    bias = large_kernel((kernel[2] * options.get("groups", 1),)).tolist()
    return reference.transposed(large_image(image).tolist(), large_kernel(kernel).tolist(), bias, **options)


@functools.cache
def judged_max_pool(name):
    image, options = LARGE_POOLINGS[name]
    return reference.max_pool(large_image(image).tolist(), **options)


@functools.cache
def judged_avg_pool(name, count_include_pad):
    image, options = LARGE_POOLINGS[name]
    return reference.avg_pool(large_image(image).tolist(), **options, count_include_pad=count_include_pad)


@pytest.fixture
def shared(monkeypatch):
    """A list that grows whenever an operation shares its rows among threads; there are three threads."""
    calls, spread = [], threads.spread

    def recorded(function, rows, arguments, count):
        calls.append(rows)
        spread(function, rows, arguments, count)

    monkeypatch.setattr(threads, "spread", recorded)
    three_threads(monkeypatch)
    return calls


LARGE_DTYPES = pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "float64"])


@LARGE_DTYPES
@pytest.mark.parametrize("name", LARGE_CONVOLUTIONS)
def test_large_convolutions_are_exact(name, dtype, shared):
    image, kernel, options = LARGE_CONVOLUTIONS[name]
    arguments = large_image(image).astype(dtype), large_kernel(kernel), large_kernel(kernel[3:])
    got = cv.conv2d(*arguments, **options)
    assert shared and got.dtype == COMPUTED_IN[dtype]
    same_numbers(got, judged_convolution(name))
    same_without_threads(shared, got, cv.conv2d, *arguments, **options)


@LARGE_DTYPES
@pytest.mark.parametrize("name", LARGE_TRANSPOSED)
def test_large_transposed_convolutions_are_exact(name, dtype, shared):
    image, kernel, options = LARGE_TRANSPOSED[name]
    bias = large_kernel((kernel[2] * options.get("groups", 1),))
    arguments = large_image(image).astype(dtype), large_kernel(kernel), bias
    got = cv.conv2d_transpose(*arguments, **options)
    assert shared and got.dtype == COMPUTED_IN[dtype]
    same_numbers(got, judged_transposed(name))
    same_without_threads(shared, got, cv.conv2d_transpose, *arguments, **options)


@LARGE_DTYPES
@pytest.mark.parametrize("name", LARGE_POOLINGS)
def test_large_max_pooling_is_exact(name, dtype, shared):
    image, options = LARGE_POOLINGS[name]
    batch = large_image(image).astype(dtype)
    values, places = cv.max_pool2d(batch, **options, return_argmax=True)
    assert shared and values.dtype == COMPUTED_IN[dtype] and places.dtype == np.int64
    expected_values, expected_places = judged_max_pool(name)
    same_numbers(values, expected_values)
    same_numbers(places, expected_places)
    same_without_threads(shared, places, lambda: cv.max_pool2d(batch, **options, return_argmax=True)[1])


@pytest.mark.parametrize("count_include_pad", [False, True])
@LARGE_DTYPES
@pytest.mark.parametrize("name", LARGE_POOLINGS)
def test_large_average_pooling_is_exact(name, dtype, count_include_pad, shared):
    image, options = LARGE_POOLINGS[name]
    options = options | {"count_include_pad": count_include_pad}
    batch = large_image(image).astype(dtype)
    got = cv.avg_pool2d(batch, **options)
    assert shared and got.dtype == ("float32" if dtype == "float32" else "float64")
    same_numbers(got, np.array(judged_avg_pool(name, count_include_pad)).astype(got.dtype))
    same_without_threads(shared, got, cv.avg_pool2d, batch, **options)


def same_without_threads(shared, got, function, *arguments, **options):
    """Assert that serial code gives the same bits, and that it was serial."""
    shared.clear()
    with path("serial"):
        assert function(*arguments, **options).tobytes() == got.tobytes()
    assert not shared


@pytest.mark.parametrize("more", [0, 1])
def test_the_two_sides_of_the_threshold(more, shared):
    width = 100
    rows = (dispatch.LARGE - 1) // (9 * width) + more
    image, kernel = large_image((1, 120, width, 1))[0, :rows, :, 0], large_kernel((3, 3, 1, 1))[..., 0, 0]
    got = cv.conv2d(image, kernel, padding=1)
    assert len(shared) == more
    expected = reference.convolve([image[..., None].tolist()], kernel[..., None, None].tolist(), padding=1)
    same_numbers(got[None, :, :, None], expected)


def test_the_path_is_chosen_by_the_work_to_do(shared, monkeypatch):
    image, kernel = np.ones((2, 6, 7, 4)), np.ones((2, 3, 2, 6))
    cases = [
        (lambda: cv.conv2d(image, kernel, groups=2), 2 * 5 * 5 * 6 * (2 * 3 * 2)),
        (lambda: cv.conv2d_transpose(image, np.ones((2, 3, 5, 4))), 2 * 6 * 7 * (2 * 3 * 5 * 4)),
        (lambda: cv.max_pool2d(image, (2, 3)), 2 * 3 * 2 * 4 * (2 * 3)),
        (lambda: cv.avg_pool2d(image, (2, 3)), 2 * 3 * 2 * 4 * (2 * 3)),
    ]
    for call, work in cases:
        shared.clear()
        monkeypatch.setattr(dispatch, "LARGE", work + 1)
        serial = call()
        assert not shared
        monkeypatch.setattr(dispatch, "LARGE", work)
        assert call().tobytes() == serial.tobytes()
        assert shared


# Transposed convolution


@given(transposed_convolutions(), st.sampled_from(sorted(COMPUTED_IN)), st.sampled_from(["int8", "int64"]), seeds)
@cases(250)
def test_transposed_convolution_of_whole_numbers_is_exact(case, dtype, kernel_dtype, seed):
    image_shape, kernel_shape, bias_shape, options = case
    image = whole_numbers(seed, image_shape, dtype)
    kernel = whole_numbers(seed + 1, kernel_shape, kernel_dtype)
    bias = None if bias_shape is None else whole_numbers(seed + 2, bias_shape, kernel_dtype)
    got = agreed(cv.conv2d_transpose, image, kernel, bias, **options)
    assert got.dtype == COMPUTED_IN[dtype]
    known = None if bias is None else bias.tolist()
    same_numbers(got, reference.transposed(image.tolist(), kernel.tolist(), known, **options))


@given(transposed_convolutions(), st.sampled_from(["float32", "float64"]), seeds)
@cases(50)
def test_transposed_convolution_of_floats_is_within_rounding(case, dtype, seed):
    image_shape, kernel_shape, bias_shape, options = case
    filters = kernel_shape[2] * options["groups"]
    image, kernel = floats(seed, image_shape, dtype), floats(seed + 1, kernel_shape, dtype)
    bias = np.zeros(filters, dtype) if bias_shape is None else floats(seed + 2, bias_shape, dtype)
    got = answers(cv.conv2d_transpose, image, kernel, bias, **options)
    exact = reference.transposed(fractions(image), fractions(kernel), fractions(bias), **options)
    magnitude = reference.transposed(sizes(image), sizes(kernel), sizes(bias), **options)
    rows, columns, _, channels = kernel_shape
    for one in got:
        within_rounding(one, exact, magnitude, rows * columns * channels // options["groups"] + 1)


@given(transposed_convolutions(), st.sampled_from(["float32", "float64"]), seeds)
@cases(60)
def test_transposed_convolution_of_nan_and_infinity(case, dtype, seed):
    """Stamps only: the zeros between cells in the equivalent convolution are no cells, so they make no NaN."""
    image_shape, kernel_shape, _, options = case
    image, kernel = whole_numbers(seed, image_shape, dtype), whole_numbers(seed + 1, kernel_shape, dtype, -2, 2)
    if seed % 3:
        image = with_strangers(seed, image)
    if seed % 3 < 2:
        kernel = with_strangers(seed + 1, kernel)
    got = agreed(cv.conv2d_transpose, image, kernel, **options)
    same_numbers(got, reference.transposed(image.tolist(), kernel.tolist(), **options))


@given(transposed_convolutions(), seeds)
@cases(30)
def test_transposed_convolution_of_fractions_and_large_integers_is_exact(case, seed):
    image_shape, kernel_shape, _, options = case
    random = np.random.default_rng(seed)
    image = nested(random.integers(-9, 10, image_shape), lambda n: Fraction(n, 7))
    kernel = nested(random.integers(-9, 10, kernel_shape), lambda n: n * 10**20 + 1)
    got = cv.conv2d_transpose(image, kernel, **options)
    assert got.dtype == object
    same_numbers(got, reference.transposed(image, kernel, **options))


@given(transposed_convolutions(), seeds)
@cases(30)
def test_transposed_convolution_is_the_adjoint_of_convolution(case, seed):
    """⟨conv(x), y⟩ = ⟨x, transposed(y)⟩ for every x and y, with the same kernel and settings."""
    y_shape, kernel_shape, _, options = case
    options = {name: value for name, value in options.items() if name != "output_padding"}
    y, kernel = whole_numbers(seed, y_shape, "int64"), whole_numbers(seed + 1, kernel_shape, "int64")
    try:
        back = cv.conv2d_transpose(y, kernel, **options)
    except ValueError as nothing_left:  # only output_padding left something
        assert "nothing is left" in str(nothing_left)
        return
    x = whole_numbers(seed + 2, back.shape, "int64")
    # (kh, kw, C_out // groups, C_in) of the transposed one is (kh, kw, C_in // groups, C_out) of the direct one
    assert (cv.conv2d(x, kernel, **options) * y).sum() == (x * back).sum()


# Max pooling


@given(poolings(), st.sampled_from(sorted(COMPUTED_IN)), st.integers(1, 9), seeds)
@cases(250)
def test_max_pooling(case, dtype, largest, seed):
    shape, options = case
    image = whole_numbers(seed, shape, dtype, -largest, largest)
    expected = answer_or_error(reference.max_pool, image, options, cv.max_pool2d)
    if expected is not None:
        values, places = agreed(cv.max_pool2d, image, **options, return_argmax=True)
        assert values.dtype == COMPUTED_IN[dtype] and places.dtype == np.int64
        same_numbers(values, expected[0])
        same_numbers(places, expected[1])
        assert cv.max_pool2d(image, **options).tobytes() == values.tobytes()


def answer_or_error(judge, image, options, function):
    """The judge's answer; None where it finds an error, once `function` was seen to find one on both paths."""
    try:
        return judge(image.tolist(), **options)
    except ValueError:
        for name in ("serial", "threads"):
            with path(name), pytest.raises(ValueError, match="pool|window"):
                function(image, **options)
    return None


@given(poolings(), st.sampled_from(["float32", "float64"]), seeds)
@cases(80)
def test_max_pooling_of_nan_and_infinity(case, dtype, seed):
    shape, options = case
    image = with_strangers(seed, whole_numbers(seed, shape, dtype, -1, 1))
    expected = answer_or_error(reference.max_pool, image, options, cv.max_pool2d)
    if expected is not None:
        values, places = agreed(cv.max_pool2d, image, **options, return_argmax=True)
        same_numbers(values, expected[0])
        same_numbers(places, expected[1])


@pytest.mark.parametrize("dtype", ["int64", "float32", "float64", "object"])
def test_max_pooling_of_equals_takes_the_first(dtype):
    image = np.full((1, 5, 6, 2), 3).astype(dtype)
    values, places = agreed(cv.max_pool2d, image, (2, 3), return_argmax=True)
    assert (values == 3).all()
    assert places[0, :, :, 0].tolist() == places[0, :, :, 1].tolist() == [[0, 3], [12, 15]]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_max_pooling_padding_is_never_read(dtype):
    image = np.full((3, 3), -INFINITY, dtype)
    values, places = agreed(cv.max_pool2d, image, 2, 1, padding=1, return_argmax=True)
    assert (values == -INFINITY).all()
    assert places.tolist() == [[0, 0, 1, 2], [0, 0, 1, 2], [3, 3, 4, 5], [6, 6, 7, 8]]
    assert (agreed(cv.max_pool2d, np.full((3, 3), -7), 2, 1, padding=1) == -7).all()


def test_max_pooling_of_the_smallest_integers():
    least = np.iinfo(np.int64).min
    image = np.array([[least, least + 1], [least + 2, least]])
    assert cv.max_pool2d(image, 2).tolist() == [[least + 2]]
    assert cv.max_pool2d(image, (1, 2), return_argmax=True)[1].tolist() == [[1], [2]]
    assert cv.global_max_pool2d(image) == least + 2


def test_max_pooling_of_fractions_and_large_integers():
    image = [[Fraction(1, 3), Fraction(1, 2)], [10**30, 10**30 + 1]]
    values, places = cv.max_pool2d(image, (1, 2), return_argmax=True)
    assert values.tolist() == [[Fraction(1, 2)], [10**30 + 1]]
    assert places.tolist() == [[1], [3]]


# Average pooling


@given(poolings(), st.booleans(), st.sampled_from(sorted(COMPUTED_IN)), seeds)
@cases(250)
def test_average_pooling_of_whole_numbers(case, count_include_pad, dtype, seed):
    """The sum is exact, so the mean is the exact quotient, rounded once."""
    shape, options = case
    options = options | {"count_include_pad": count_include_pad}
    image = whole_numbers(seed, shape, dtype)
    expected = answer_or_error(reference.avg_pool, image, options, cv.avg_pool2d)
    if expected is not None:
        got = agreed(cv.avg_pool2d, image, **options)
        assert got.dtype == ("float32" if COMPUTED_IN[dtype] == "float32" else "float64")
        same_numbers(got, np.array(expected).astype(got.dtype))


@given(poolings(), st.booleans(), st.sampled_from(["float32", "float64"]), seeds)
@cases(50)
def test_average_pooling_of_floats_is_within_rounding(case, count_include_pad, dtype, seed):
    shape, options = case
    options = options | {"count_include_pad": count_include_pad}
    image = floats(seed, shape, dtype)
    if answer_or_error(reference.avg_pool, image, options, cv.avg_pool2d) is not None:
        got = agreed(cv.avg_pool2d, image, **options)
        rows, columns = options["pool_size"]
        exact, magnitude = (reference.avg_pool(numbers, **options) for numbers in (fractions(image), sizes(image)))
        # sums of float32 are float64, whose roundings together are less than the last one, to float32
        within_rounding(got, exact, magnitude, 2 if dtype == "float32" else rows * columns)


@given(poolings(), st.booleans(), st.sampled_from(["float32", "float64"]), seeds)
@cases(50)
def test_average_pooling_of_nan_and_infinity(case, count_include_pad, dtype, seed):
    shape, options = case
    options = options | {"count_include_pad": count_include_pad}
    image = with_strangers(seed, whole_numbers(seed, shape, dtype))
    expected = answer_or_error(reference.avg_pool, image, options, cv.avg_pool2d)
    if expected is not None:
        got = agreed(cv.avg_pool2d, image, **options)
        same_numbers(got, np.array(expected).astype(dtype))


@given(poolings(), st.booleans(), seeds)
@cases(30)
def test_average_pooling_of_fractions_is_exact(case, count_include_pad, seed):
    shape, options = case
    options = options | {"count_include_pad": count_include_pad}
    image = np.array(nested(whole_numbers(seed, shape, "int64"), lambda n: Fraction(n, 7)), object)
    expected = answer_or_error(reference.avg_pool, image, options, cv.avg_pool2d)
    if expected is not None:
        got = cv.avg_pool2d(image, **options)
        assert got.dtype == object and all(isinstance(number, Fraction) for number in got.flat)
        same_numbers(got, expected)


def test_average_pooling_of_large_integers_stays_exact():
    got = cv.avg_pool2d([[10**30, 10**30 + 1]], (1, 2))
    assert got.dtype == object and got[0, 0] == Fraction(2 * 10**30 + 1, 2)


def test_average_pooling_of_int64_near_its_limit_does_not_wrap():
    half = 2**62
    assert cv.avg_pool2d(np.full((2, 2), half), 2).tolist() == [[float(half)]]
    assert cv.avg_pool2d(np.full((2, 2), -half - 1), 2).tolist() == [[float(-half)]]
    assert cv.global_avg_pool2d(np.full((2, 2), half)) == float(half)


# Global pooling


@given(st.tuples(*[st.integers(1, 5)] * 4), st.sampled_from(sorted(COMPUTED_IN)), seeds)
@cases(50)
def test_global_pooling(shape, dtype, seed):
    image = whole_numbers(seed, shape, dtype)
    largest, mean = agreed(cv.global_max_pool2d, image), agreed(cv.global_avg_pool2d, image)
    assert largest.dtype == COMPUTED_IN[dtype]
    same_numbers(largest, reference.global_max_pool(image.tolist()))
    same_numbers(mean, np.array(reference.global_avg_pool(image.tolist())).astype(mean.dtype))


def test_global_pooling_of_nan_fractions_and_each_rank():
    image = np.array([[1.0, NAN], [INFINITY, 2.0]])
    assert np.isnan(cv.global_max_pool2d(image)) and np.isnan(cv.global_avg_pool2d(image))
    assert cv.global_avg_pool2d([[Fraction(1, 3), 1]]) == Fraction(2, 3)
    assert np.shape(cv.global_max_pool2d(np.ones((2, 3)))) == ()
    assert cv.global_max_pool2d(np.ones((2, 3, 4))).shape == (4,)
    assert cv.global_avg_pool2d(np.ones((5, 2, 3, 4))).shape == (5, 4)
    assert cv.global_avg_pool2d(np.ones((4, 2, 3)), data_format="channels_first").shape == (4,)


def test_means_of_many_float32_do_not_get_stuck():
    """A float32 sum of ones ends at 2**24, where adding one more changes nothing; the mean must still be one."""
    image = np.ones((4100, 4100), np.float32)
    assert image.size > 2**24
    assert cv.global_avg_pool2d(image) == 1
    assert cv.avg_pool2d(image, image.shape).tolist() == [[1.0]]


# Dtypes


@pytest.mark.parametrize(
    "image, kernel, bias, dtype",
    [
        ("uint8", "int8", None, "int64"),
        ("bool", "bool", None, "int64"),
        ("int32", "uint16", "int64", "int64"),
        ("float16", "float16", None, "float32"),
        ("float32", "float32", "float32", "float32"),
        ("float32", "float64", None, "float64"),
        ("float64", "float32", None, "float64"),
        ("float32", "float32", "float64", "float64"),
        ("int64", "float32", None, "float32"),
        ("float32", "int64", "int64", "float32"),
        ("uint8", "float16", None, "float32"),
        ("float16", "int64", None, "float32"),
        ("int64", "int64", "float32", "float32"),
        ("longdouble", "int64", None, "float64"),
        ("float32", "python int", None, "float32"),
        ("float32", "python float", "python float", "float32"),
        ("float64", "python float", None, "float64"),
        ("float16", "python float", None, "float32"),
        ("python float", "float32", None, "float32"),
        ("int64", "python float", None, "float64"),
        ("int64", "python int", "python float", "float64"),
        ("python int", "python int", "python int", "int64"),
        ("python float", "python float", None, "float64"),
        ("python float", "int64", None, "float64"),
        ("float32", "int64", "python float", "float32"),
        ("object", "int64", None, "object"),
        ("int64", "fraction", None, "object"),
        ("fraction", "python int", "object", "object"),
        ("fraction", "float64", None, "float64"),
        ("fraction", "python float", None, "float64"),
        ("large", "python int", None, "object"),
        ("int64", "int64", "large", "object"),
    ],
)
def test_dtype_of_a_result(image, kernel, bias, dtype):
    def made(kind, shape):
        whole = np.arange(1, 1 + np.prod(shape)).reshape(shape)
        if kind == "python int":
            return whole.tolist()
        if kind == "python float":
            return whole.astype(float).tolist()
        if kind == "fraction":
            return nested(whole, Fraction)
        if kind == "object":
            return nested(whole, lambda n: n + 2**70)
        if kind == "large":
            return (whole.astype(object) + 2**70).tolist()
        return whole.astype(kind)

    arguments = made(image, (3, 4)), made(kernel, (2, 2)), None if bias is None else made(bias, (1,))
    for answer in (cv.conv2d(*arguments), cv.conv2d_transpose(*arguments)):
        assert answer.dtype == dtype


def test_numbers_do_not_depend_on_the_dtype_they_come_in():
    image = np.array([[0, 200, 255], [128, 1, 90], [255, 255, 255]])
    kernel = np.array([[1, -2], [100, 3]])
    expected = [[0 - 2 * 200 + 100 * 128 + 3 * 1, 200 - 2 * 255 + 100 * 1 + 3 * 90]]
    expected += [[128 - 2 * 1 + 100 * 255 + 3 * 255, 1 - 2 * 90 + 100 * 255 + 3 * 255]]
    for dtype in ("uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "float64"):
        for order in ("<", ">"):
            assert cv.conv2d(image.astype(np.dtype(dtype).newbyteorder(order)), kernel).tolist() == expected
    assert cv.conv2d(image.tolist(), kernel.tolist()).tolist() == expected
    assert cv.conv2d(image.astype(object), kernel).tolist() == expected


@pytest.mark.parametrize("name", ["serial", "threads"])
def test_uint8_never_wraps(name):
    image = np.full((3, 3), 255, np.uint8)
    with path(name):
        assert cv.conv2d(image, np.full((3, 3), 255, np.uint8)).tolist() == [[9 * 255 * 255]]
        assert cv.conv2d(image, [[-1]]).tolist() == [[-255] * 3] * 3
        assert cv.conv2d_transpose(image, np.full((1, 1), 255, np.uint8)).max() == 255 * 255
        assert cv.avg_pool2d(image, 3).tolist() == [[255.0]]
        assert cv.conv2d(np.full((3, 3), -128, np.int8), np.full((3, 3), -128, np.int8)).tolist() == [[9 * 128 * 128]]
        assert cv.conv2d(image, np.ones((3, 3), bool), bias=np.array([255], np.uint8)).tolist() == [[10 * 255]]


def test_float16_is_added_up_in_float32():
    image = np.full((64, 64), 60_000, np.float16)
    assert cv.avg_pool2d(image, 64).tolist() == [[float(np.float16(60_000))]]
    assert cv.conv2d(image, np.ones((2, 2), np.float16)).max() == 4 * float(np.float16(60_000))


@pytest.mark.parametrize("kind", ["complex64", "complex128", "complex256", "list", "object"])
def test_complex_numbers_are_refused(kind):
    image = [[1, 2j], [3, 4]] if kind == "list" else np.array([[1, 2j], [3, 4]]).astype(kind)
    calls = [
        lambda: cv.conv2d(image, [[1]]),
        lambda: cv.conv2d([[1, 2], [3, 4]], image),
        lambda: cv.conv2d_transpose(image, [[1]]),
        lambda: cv.max_pool2d(image),
        lambda: cv.avg_pool2d(image),
        lambda: cv.global_max_pool2d(image),
    ]
    for call in calls:
        with pytest.raises(TypeError, match="complex numbers are not supported"):
            call()


# Integers at the edge of int64


MOST = 2**63 - 1


@pytest.mark.parametrize(
    "image, kernel, bias, sums",
    [
        ([[2**62, 2**62]], [[1, 1]], None, None),
        ([[MOST]], [[1]], 1, None),
        ([[2**32]], [[2**31]], None, None),
        ([[-(2**32), -1]], [[2**31, 1]], None, None),
        ([[MOST]], [[1]], 0, MOST),
        ([[-MOST]], [[1]], -1, -MOST - 1),
        ([[-MOST - 1]], [[1]], None, -MOST - 1),
        ([[-MOST - 1]], [[-1]], None, None),
        ([[2**62, 2**62]], [[1, -1]], None, 0),
        ([[2**62, 2**62 - 1]], [[1, 1]], None, MOST),
        ([[2**62, 2**62, 2**62]], [[1, 1, -1]], None, 2**62),
        ([[2**40, 5]], [[2**40, 1]], None, None),
        ([[2**40, 2**40]], [[2**40, -(2**40)]], None, 0),
    ],
)
def test_sums_beyond_int64_are_errors_and_others_exact(image, kernel, bias, sums):
    arrays = np.array(image, np.int64), np.array(kernel, np.int64)
    for name in ("serial", "threads"):
        with path(name):
            for pair in (arrays, (image, kernel)):
                if sums is None:
                    with pytest.raises(OverflowError, match="int64"):
                        cv.conv2d(*pair, bias)
                else:
                    got = cv.conv2d(*pair, bias)
                    assert got.dtype == np.int64 and got.tolist() == [[sums]]


def test_transposed_sums_beyond_int64():
    with pytest.raises(OverflowError, match="int64"):
        cv.conv2d_transpose(np.array([[2**62, 2**62]]), np.array([[1, 1]]))
    assert cv.conv2d_transpose(np.array([[2**62, 2**62]]), np.array([[1, -1]])).tolist() == [[2**62, 0, -(2**62)]]


def test_one_overflow_among_many_cells_is_found():
    image = np.ones((200, 200), np.int64)
    image[150, 70] = MOST
    with pytest.raises(OverflowError, match="int64"):
        cv.conv2d(image, np.ones((3, 3), np.int64))


def test_exact_inputs_never_overflow():
    assert cv.conv2d([[2**63]], [[2**63]]).tolist() == [[2**126]]
    assert cv.conv2d(np.array([[2**62, 2**62]]).astype(object), [[1, 2**64]]).tolist() == [[2**62 + 2**126]]


def test_unsigned_numbers_beyond_int64():
    with pytest.raises(OverflowError, match=str(2**63)):
        cv.conv2d(np.array([[2**63]], np.uint64), [[1]])
    assert cv.conv2d(np.array([[2**63 - 1]], np.uint64), [[1]]).tolist() == [[2**63 - 1]]


def test_lists_of_numpy_integers_stay_exact():
    for image in (
        [[np.int64(2**62 + 1), 2]],
        [np.array([2**62 + 1, 2])],
        [[np.uint64(2**62 + 1), 2]],
        [[np.uint64(2**62 + 1), np.int64(2)]],
    ):
        got = cv.conv2d(image, [[1, 1]])
        assert got.dtype == np.int64 and got.tolist() == [[2**62 + 3]]


# How an image may lie in memory, and which axes it may have


def disguises(array):
    """The same numbers in arrays of other memory layouts."""
    spread = np.zeros([2 * length for length in array.shape], array.dtype)
    spread[tuple(slice(None, None, 2) for _ in array.shape)] = array
    raw = bytearray(array.nbytes + 1)
    askew = np.frombuffer(raw, array.dtype, array.size, offset=1).reshape(array.shape)
    askew[...] = array
    readonly = array.copy()
    readonly.flags.writeable = False
    backwards = tuple(slice(None, None, -1) for _ in array.shape)
    return {
        "Fortran order": np.asfortranarray(array),
        "negative strides": array[backwards].copy()[backwards],
        "every second cell": spread[tuple(slice(None, None, 2) for _ in array.shape)],
        "swapped axes": np.ascontiguousarray(array.swapaxes(1, -1)).swapaxes(1, -1),
        "unaligned": askew,
        "read-only": readonly,
        "other byte order": array.astype(array.dtype.newbyteorder()),
        "memoryview": memoryview(array),
        "subclass": array.view(np.ma.MaskedArray),
        "list of arrays": list(array),
        "tuple of lists of arrays": tuple(list(part) for part in array),
    }


@pytest.mark.parametrize("name", ["serial", "threads"])
@pytest.mark.parametrize("dtype", ["int64", "float64", "float32"])
def test_memory_layout_does_not_matter(name, dtype):
    image, kernel = whole_numbers(1, (2, 7, 6, 4), dtype), whole_numbers(2, (3, 2, 4, 4), dtype)
    functions = [
        lambda image, kernel: cv.conv2d(image, kernel, padding=1),
        lambda image, kernel: cv.conv2d_transpose(image, kernel, strides=2),
        lambda image, kernel: cv.max_pool2d(image, 2, return_argmax=True)[1],
        lambda image, kernel: cv.avg_pool2d(image, (3, 2), 1),
        lambda image, kernel: cv.global_max_pool2d(image),
    ]
    with path(name):
        for function in functions:
            expected = function(image, kernel)
            for layout, strange in disguises(image).items():
                np.testing.assert_array_equal(function(strange, kernel), expected, err_msg=layout)
            for layout, strange in disguises(kernel).items():
                np.testing.assert_array_equal(function(image, strange), expected, err_msg=layout)
            if dtype != "float32":  # Python floats alone are float64
                np.testing.assert_array_equal(function(image.tolist(), kernel.tolist()), expected)


@pytest.mark.parametrize("name", ["convolve", "convolve_transposed", "max_pool", "average_pool"])
def test_kernels_are_given_arrays_of_one_layout(name, monkeypatch):
    """Compiling takes longer than a copy, and numba takes an array that is not aligned for one that is."""
    kernel_function, flags = getattr(dispatch, name), []

    def watched(*arguments, **options):
        flags.extend(part.flags for part in arguments if isinstance(part, np.ndarray))
        return kernel_function(*arguments, **options)

    monkeypatch.setattr(dispatch, name, watched)
    image, kernel = whole_numbers(1, (1, 4, 5, 2), "float64"), whole_numbers(2, (2, 2, 2, 2), "float64")
    for strange, stranger in zip(disguises(image).values(), disguises(kernel).values(), strict=True):
        cv.conv2d(strange, stranger)
        cv.conv2d_transpose(strange, stranger)
        cv.max_pool2d(strange)
        cv.avg_pool2d(strange)
    assert flags and all(flag.c_contiguous and flag.aligned and flag.writeable for flag in flags)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="looks into compiled code, and there is none")
def test_kernels_are_compiled_for_arrays_of_one_layout():
    for name in ("serial", "threads"):
        with path(name):
            cv.conv2d(np.ones((3, 3)), np.ones((2, 2)))
            cv.conv2d_transpose(np.ones((3, 3)), np.ones((2, 2)))
            cv.max_pool2d(np.ones((3, 3)))
            cv.avg_pool2d(np.ones((3, 3)))
    functions = [value for module in (cellwise, planes, pooling, rowwise, convolution) for value in vars(module).values()]
    outer = [function for function in functions if getattr(function, "targetoptions", {}).get("nogil")]
    signatures = [kind for function in outer for kind in function.signatures]
    arrays = [part for kind in signatures for part in kind if isinstance(part, numba.types.Array)]
    assert arrays and all(array.layout == "C" and array.mutable for array in arrays)


@pytest.mark.parametrize("name", ["serial", "threads"])
def test_inputs_stay_as_they_are_and_results_are_new(name):
    image, kernel, bias = np.arange(30.0).reshape(1, 5, 6, 1), np.ones((1, 1, 1, 1)), np.zeros(1)
    calls = [
        lambda: cv.conv2d(image, kernel, bias),
        lambda: cv.conv2d(image, kernel, bias, flip_kernel=True, padding=1),
        lambda: cv.conv2d_transpose(image, kernel, bias),
        lambda: cv.max_pool2d(image, 1),
        lambda: cv.avg_pool2d(image, 1),
    ]
    before = [array.copy() for array in (image, kernel, bias)]
    with path(name):
        for call in calls:
            answer = call()
            assert answer.flags.writeable
            assert not any(np.shares_memory(answer, array) for array in (image, kernel, bias))
            answer[...] = -1
            for array, copy in zip((image, kernel, bias), before, strict=True):
                np.testing.assert_array_equal(array, copy)


def test_ranks():
    image, kernel = whole_numbers(1, (2, 6, 7, 3), "int64"), whole_numbers(2, (3, 2, 3, 5), "int64")
    whole = cv.conv2d(image, kernel)
    assert whole.shape == (2, 4, 6, 5)
    np.testing.assert_array_equal(cv.conv2d(image[1], kernel), whole[1])
    plane, square = image[0, :, :, 0], kernel[:, :, 0, 0]
    flat = cv.conv2d(plane, square)
    assert flat.shape == (4, 6)
    np.testing.assert_array_equal(cv.conv2d(plane[:, :, None], square[:, :, None, None])[..., 0], flat)
    np.testing.assert_array_equal(cv.conv2d(plane, square[:, :, None, None])[..., 0], flat)
    np.testing.assert_array_equal(cv.conv2d(plane[:, :, None], square)[..., 0], flat)
    for pool in (cv.max_pool2d, cv.avg_pool2d):
        np.testing.assert_array_equal(pool(image[1]), pool(image)[1])
        np.testing.assert_array_equal(pool(plane), pool(image)[0, :, :, 0])
    stamped = cv.conv2d_transpose(plane, square)
    assert stamped.shape == (8, 8)
    np.testing.assert_array_equal(cv.conv2d_transpose(plane[None, :, :, None], square)[0, :, :, 0], stamped)


def test_a_flat_kernel_for_each_channel():
    image, kernel = whole_numbers(1, (2, 6, 7, 3), "int64"), whole_numbers(2, (3, 2), "int64")
    for function in (cv.conv2d, cv.conv2d_transpose):
        got = function(image, kernel, groups=3)
        for c in range(3):
            np.testing.assert_array_equal(got[1, :, :, c], function(image[1, :, :, c], kernel))


def test_channels_first():
    image, kernel = whole_numbers(1, (2, 6, 7, 3), "int64"), whole_numbers(2, (3, 2, 3, 5), "int64")
    first = {"data_format": "channels_first"}
    turned = image.transpose(0, 3, 1, 2)
    np.testing.assert_array_equal(cv.conv2d(turned, kernel, **first), cv.conv2d(image, kernel).transpose(0, 3, 1, 2))
    np.testing.assert_array_equal(cv.conv2d(turned[0], kernel, **first), cv.conv2d(image[0], kernel).transpose(2, 0, 1))
    stamp = kernel.transpose(0, 1, 3, 2)
    np.testing.assert_array_equal(
        cv.conv2d_transpose(turned, stamp, **first), cv.conv2d_transpose(image, stamp).transpose(0, 3, 1, 2)
    )
    for pool in (cv.max_pool2d, cv.avg_pool2d):
        np.testing.assert_array_equal(pool(turned, **first), pool(image).transpose(0, 3, 1, 2))
    _, places = cv.max_pool2d(turned, return_argmax=True, **first)
    np.testing.assert_array_equal(places, cv.max_pool2d(image, return_argmax=True)[1].transpose(0, 3, 1, 2))


def test_a_bias_may_be_one_number():
    image, kernel = np.ones((3, 3), int), np.ones((2, 2), int)
    assert (cv.conv2d(image, kernel, 10) == 14).all()
    assert (cv.conv2d(image, kernel, [10]) == 14).all()


# Errors: what a person reads


IMAGE = np.ones((4, 5, 3))


@pytest.mark.parametrize(
    "call, kind, words",
    [
        (lambda: cv.conv2d([], [[1]]), ValueError, ["image is empty", "(0,)"]),
        (lambda: cv.conv2d([[]], [[1]]), ValueError, ["image is empty", "(1, 0)"]),
        (lambda: cv.conv2d(np.ones((0, 4, 4, 1)), [[1]]), ValueError, ["image is empty", "(0, 4, 4, 1)"]),
        (lambda: cv.max_pool2d(np.ones((0, 4, 4, 1))), ValueError, ["image is empty", "(0, 4, 4, 1)"]),
        (lambda: cv.conv2d(IMAGE, np.ones((0, 3))), ValueError, ["kernel is empty", "(0, 3)"]),
        (lambda: cv.conv2d([[1]], [[1]], []), ValueError, ["bias is empty"]),
        (lambda: cv.conv2d([1, 2], [[1]]), ValueError, ["image has shape (2,)", "(H, W), (H, W, C) or (N, H, W, C)"]),
        (lambda: cv.conv2d(5, [[1]]), ValueError, ["image has shape ()", "(H, W)"]),
        (lambda: cv.avg_pool2d(np.ones((1,) * 5)), ValueError, ["image has shape (1, 1, 1, 1, 1)"]),
        (lambda: cv.conv2d([[1, 2], [3]], [[1]]), ValueError, ["image is ragged", "image[0]", "image[1]"]),
        (lambda: cv.conv2d([[1]], [[1, 2], [3]]), ValueError, ["kernel is ragged"]),
        (lambda: cv.conv2d([["a", 1]], [[1]]), TypeError, ["image[0][0] is 'a'", "expected a number"]),
        (lambda: cv.conv2d([[1, None]], [[1]]), TypeError, ["image[0][1] is None"]),
        (lambda: cv.conv2d("abc", [[1]]), TypeError, ["image is 'abc'"]),
        (lambda: cv.conv2d(None, [[1]]), TypeError, ["image is None"]),
        (lambda: cv.conv2d([[1]], None), TypeError, ["kernel is None"]),
        (lambda: cv.conv2d([[1]], "edge"), TypeError, ["kernel is 'edge'"]),
        (lambda: cv.conv2d(np.array([["a"]]), [[1]]), TypeError, ["image", "expected numbers"]),
        (lambda: cv.conv2d(np.array([["2020"]], "M8[Y]"), [[1]]), TypeError, ["datetime64"]),
        (lambda: cv.conv2d([[1]], [[1]], "b"), TypeError, ["bias is 'b'"]),
        (lambda: cv.conv2d([[1]], [1, 2]), ValueError, ["kernel has shape (2,)", "(kh, kw)"]),
        (lambda: cv.conv2d(IMAGE, np.ones((2, 2, 3))), ValueError, ["kernel has shape (2, 2, 3)", "kernel[..., None]"]),
        (lambda: cv.conv2d(IMAGE, np.ones((2, 2))), ValueError, ["(2, 2)", "3 channels", "(2, 2, 3, 1)"]),
        (lambda: cv.conv2d(IMAGE, np.ones((2, 2, 4, 1))), ValueError, ["(2, 2, 4, 1)", "4 channels", "has 3"]),
        (lambda: cv.conv2d(IMAGE, np.ones((2, 2, 2, 1))), ValueError, ["(2, 2, 2, 1)", "2 channels", "has 3"]),
        (lambda: cv.conv2d(IMAGE[..., :1], np.ones((2, 2)), groups=2), ValueError, ["groups is 2", "1 channel"]),
        (lambda: cv.conv2d_transpose(IMAGE, np.ones((2, 2))), ValueError, ["(2, 2)", "3 channels"]),
        (lambda: cv.conv2d(IMAGE, np.ones((2, 2, 1, 4)), groups=3), ValueError, ["groups=3", "4 filters"]),
        (lambda: cv.conv2d(IMAGE, np.ones((2, 2, 2, 4)), groups=2), ValueError, ["4 channels in 2 groups", "has 3"]),
        (lambda: cv.conv2d(IMAGE, np.ones((2, 2, 3, 4)), [1, 2]), ValueError, ["bias has shape (2,)", "4 filters"]),
        (lambda: cv.conv2d([[1]], [[1]], [[1]]), ValueError, ["bias has shape (1, 1)", "(C_out,)"]),
        (lambda: cv.conv2d(IMAGE, np.ones((5, 1, 3, 1))), ValueError, ["kernel spans 5 rows", "only 4"]),
        (lambda: cv.conv2d(IMAGE, np.ones((1, 3, 3, 1)), dilation_rate=3), ValueError, ["7 columns (3 with", "only 5"]),
        (lambda: cv.conv2d([[1]], [[1]], strides=0), ValueError, ["strides is 0"]),
        (lambda: cv.conv2d([[1]], [[1]], strides=(1, -1)), ValueError, ["strides (columns) is -1"]),
        (lambda: cv.conv2d([[1]], [[1]], strides=1.5), TypeError, ["strides is 1.5"]),
        (lambda: cv.conv2d([[1]], [[1]], dilation_rate=0), ValueError, ["dilation_rate is 0"]),
        (lambda: cv.conv2d([[1]], [[1]], padding=-1), ValueError, ["padding is -1"]),
        (lambda: cv.conv2d([[1]], [[1]], padding="half"), ValueError, ["padding is 'half'", "'valid', 'same', 'full'"]),
        (lambda: cv.conv2d([[1]], [[1]], groups=0), ValueError, ["groups is 0"]),
        (lambda: cv.conv2d([[1]], [[1]], groups=True), TypeError, ["groups is True"]),
        (lambda: cv.conv2d([[1]], [[1]], data_format="NCHW"), ValueError, ["'NCHW'", "channels_first"]),
        (lambda: cv.conv2d_transpose(IMAGE, np.ones((2, 2, 3, 4))), ValueError, ["(2, 2, 3, 4)", "has 3"]),
        (lambda: cv.conv2d_transpose(IMAGE, np.ones((2, 2, 1, 3)), groups=2), ValueError, ["groups=2", "3 channels"]),
        (lambda: cv.conv2d_transpose([[1]], [[1]], output_padding=1), ValueError, ["output_padding", "smaller"]),
        (lambda: cv.conv2d_transpose([[1]], [[1]], padding=1), ValueError, ["nothing is left"]),
        (lambda: cv.conv2d_transpose([[1]], [[1, 2]], bias=[1, 2]), ValueError, ["bias has shape (2,)", "1 filter;"]),
        (lambda: cv.max_pool2d(IMAGE, 5), ValueError, ["pool spans 5 rows", "only 4"]),
        (lambda: cv.max_pool2d(IMAGE, 0), ValueError, ["pool_size is 0"]),
        (lambda: cv.max_pool2d(IMAGE, (2, 2, 2)), ValueError, ["pool_size is (2, 2, 2)"]),
        (lambda: cv.max_pool2d(IMAGE, 2, padding=2), ValueError, ["padding"]),
        (lambda: cv.avg_pool2d(IMAGE, 2, padding=((0, 0), (0, 3)), strides=1), ValueError, ["padding"]),
        (lambda: cv.avg_pool2d(IMAGE, 2, padding=2, count_include_pad=True), ValueError, ["padding"]),
        (lambda: cv.avg_pool2d(IMAGE, "2"), TypeError, ["pool_size is '2'"]),
    ],
)
def test_errors_say_what_came_and_what_was_expected(call, kind, words):
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
    assert type(caught.value) is kind


def test_masked_arrays_with_masked_cells_are_refused():
    image = np.ma.array([[1, 2], [3, 4]], mask=[[0, 1], [0, 0]])
    with pytest.raises(ValueError, match="filled"):
        cv.conv2d(image, [[1]])


@given(windows(), seeds)
@cases(40)
def test_a_kernel_too_large_by_one_is_refused(case, seed):
    size, window, options = case
    if options["padding"] in ("same", "full"):
        return
    axis = seed % 2
    span = reference.span(window[axis], options["dilation_rate"][axis])
    before, after = reference.pad_amounts(1, window[axis], 1, 1, reference.along(options["padding"], axis))
    fitting = list(size)
    fitting[axis] = span - before - after - 1
    if fitting[axis] >= 1:
        with pytest.raises(ValueError, match=f"spans {span}"):
            cv.conv2d(np.ones(fitting), np.ones(window), **options)
