"""Settings of any size and kind: each is taken as documented, or refused in one sentence that names it."""

import inspect
import itertools
import operator

import numpy as np
import odd_settings
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convviz as cv
from convviz._support.values import brief
from convviz.geometry import LARGEST, window_geometry

#: What counts cells: a whole number, or one for each axis; of padding one for each side, or a name.
CELLS = {"strides", "dilation_rate", "pool_size", "padding", "output_padding"}
FLAGS = {"flip_kernel", "ceil_mode", "count_include_pad", "return_argmax", "colour", "transparent"}
#: Where a colour is that of numbers by value, not whether a picture is in colour.
BY_VALUE = {(f"Trace.{method}", "colour") for method in ("scene", "figure", "board")}
NAMES = {"data_format": "channels_last channels_first", "device": "cpu cuda auto", "lang": "en ja", "precision": "float32 tf32"}
OPERATIONS = ("conv2d", "conv2d_transpose", "max_pool2d", "avg_pool2d")


def plain(value):
    """A setting as Python's own ints in tuples; TypeError for anything else."""
    if isinstance(value, str):
        return value.lower()
    if isinstance(value, list | tuple | np.ndarray) and getattr(value, "ndim", 1):
        return tuple(plain(part) for part in value)
    if isinstance(value, bool | np.bool_):
        raise TypeError
    return operator.index(value)


def judge(title, name, value, result):
    """Raise AssertionError if a value was taken that is none of those that are documented, or was misread."""
    if (title, name) in BY_VALUE:
        assert value is None or value == "sign"
    elif name in FLAGS:
        assert isinstance(value, bool | np.bool_)
    if name in NAMES:
        assert isinstance(value, str) and value in NAMES[name].split()
    if name in CELLS and not (value is None and name == "strides"):
        understood = plain(value)
        if title in OPERATIONS:
            again = odd_settings.CALLS[title](name, understood)
            np.testing.assert_array_equal(again, result)


@pytest.mark.parametrize("title", odd_settings.CALLS)
def test_every_setting_is_taken_as_documented_or_refused_in_a_sentence(title):
    call = odd_settings.CALLS[title]
    for name, value in itertools.product(call.names, odd_settings.VALUES):
        result, sentence = odd_settings.outcome(call, name, value)
        if sentence is None:
            judge(title, name, value, result)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_two_odd_settings_at_once(data):
    call = odd_settings.CALLS[data.draw(st.sampled_from(OPERATIONS))]
    names = data.draw(st.lists(st.sampled_from(call.names), min_size=2, max_size=3, unique=True))
    values = {name: data.draw(st.sampled_from(odd_settings.VALUES), name) for name in names}
    both = odd_settings.Named(lambda **given: call.function(**{**call.valid, **given}))
    both.valid = dict(list(values.items())[1:])
    odd_settings.outcome(both, names[0], values[names[0]])


def test_all_settings_of_the_operations_are_tried():
    for function in (cv.conv2d, cv.conv2d_transpose, cv.max_pool2d, cv.avg_pool2d):
        assert set(inspect.signature(function).parameters) == set(odd_settings.CALLS[function.__name__].names)
    assert len(odd_settings.PLACES) * len(odd_settings.VALUES) > 15_000


@pytest.mark.parametrize("name", ["strides", "dilation_rate"])
@pytest.mark.parametrize("value", [2**31, 2**63, 2**64, 10**400, 10**5000], ids=["31", "63", "64", "400", "5000"])
@pytest.mark.parametrize("place", [lambda n: n, lambda n: (1, n)], ids=["both", "columns"])
def test_strides_and_dilations_that_no_image_has_end_in_a_sentence(name, value, place):
    axis = "" if place(1) == 1 else r" \(columns\)"
    expected = rf"^{name}{axis} is (\d+|a number of (about )?\d+ digits); expected a whole number of at most 2147483647$"
    for make in (
        lambda setting: cv.conv2d([[1]], [[1]], **setting),
        lambda setting: cv.conv2d_transpose([[1]], [[1]], **setting),
        lambda setting: cv.max_pool2d([[1]], 1, **setting),
        lambda setting: cv.avg_pool2d([[1]], 1, **setting),
    ):
        with pytest.raises(ValueError, match=expected):
            make({name: place(value)})


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_largest_settings_give_right_results(data):
    """Where only one window or a few fit, strides and padding may be as large as int32 counts."""
    size = data.draw(st.integers(1, 4))
    image = np.array(data.draw(st.lists(st.integers(-9, 9), min_size=size, max_size=size))).reshape(1, size)
    huge = data.draw(st.sampled_from([10**6, 10**8, LARGEST - 1, LARGEST]))
    window = data.draw(st.integers(1, size))
    assert cv.max_pool2d(image, (1, window), strides=huge).tolist() == [[image[0, :window].max()]]
    assert cv.conv2d(image, np.ones((1, window), int), strides=huge).tolist() == [[image[0, :window].sum()]]
    assert cv.conv2d(image, [[2]], dilation_rate=huge).tolist() == (2 * image).tolist()
    # windows at −far, 0 and far, of which the middle one reads the image
    far = data.draw(st.integers(size, 2000))
    found = cv.conv2d(image, [[3]], bias=1, strides=far, padding=((0, 0), (far, far)))
    assert found.tolist() == [[1, 3 * image[0, 0] + 1, 1]]


@pytest.mark.parametrize(
    "make",
    [
        lambda: cv.conv2d([[1]], [[1]], padding=LARGEST),
        lambda: cv.conv2d(np.float32([[1]]), np.float32([[np.inf]]), padding=10**9),
        lambda: cv.conv2d_transpose([[1, 2], [3, 4]], [[1]], strides=LARGEST),
        lambda: cv.max_pool2d([[1]], LARGEST, padding="same"),
        lambda: cv.avg_pool2d([[1]], LARGEST, padding="same", count_include_pad=True),
        lambda: cv.MaxPooling(LARGEST, padding="same").with_argmax([[1]]),
        lambda: cv.Convolution([[1]], padding=LARGEST).trace([[1]]),
    ],
)
def test_results_that_no_memory_holds_are_refused(make):
    with pytest.raises(ValueError, match=r"have [\d,]+ cells, more than this machine's memory holds; use less padding"):
        make()


def test_a_pooling_finds_its_first_window_without_a_cell():
    rng = np.random.default_rng(16)
    for _ in range(3000):
        size, window, stride, dilation = (int(rng.integers(1, most)) for most in (8, 5, 6, 10))
        padding = (0, 0), tuple(map(int, rng.integers(0, 10, 2)))
        try:
            axis = window_geometry((1, size), (1, window), stride, padding, dilation, bool(rng.random() < 0.5)).columns
        except ValueError:
            continue
        pool = cv.MaxPooling((1, window), stride, padding, dilation, axis.ceil)
        counts = axis.counts()
        if 0 not in counts:
            assert pool.output_shape((1, size)) == (1, axis.output)
        else:
            with pytest.raises(ValueError, match=f"window {counts.index(0)} along the columns holds nothing but padding"):
                pool.output_shape((1, size))


def test_sizes_of_large_images_take_no_time_to_find():
    assert cv.MaxPooling(2).output_shape((2**31 - 1, 2**31 - 1)) == (2**30 - 1, 2**30 - 1)
    assert cv.AveragePooling(3, 1, padding=1).output_shape((2**30, 2**30)) == (2**30, 2**30)


@pytest.mark.parametrize("value", [1, 0, "no", "False", None, 2, np.array([True]), []])
@pytest.mark.parametrize(
    "make",
    [
        lambda value: cv.Convolution([[1]], flip_kernel=value),
        lambda value: cv.MaxPooling(2, ceil_mode=value),
        lambda value: cv.AveragePooling(2, count_include_pad=value),
        lambda value: cv.max_pool2d([[1]], 1, return_argmax=value),
        lambda value: window_geometry((2, 2), 1, ceil_mode=value),
        lambda value: cv.geometry.convolution_parameters(3, 1, 1, bias=value),
    ],
)
def test_switches_are_true_or_false_and_nothing_else(make, value):
    with pytest.raises(TypeError, match="is .*; expected True or False"):
        make(value)


def test_true_and_false_are_no_numbers_of_cells():
    for value in (True, False, np.True_, np.array(True), (True, 1)):
        with pytest.raises(TypeError, match=r"strides.* is .*True|False.*; expected a whole number of at least 1"):
            cv.MaxPooling(2, strides=value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (2**64, "18446744073709551616"),
        (10**400, "a number of 401 digits"),
        (-(10**5000), "a negative number of about 5000 digits"),
        ("same ", "'same '"),
        ("x" * 500, "'" + "x" * 69 + "…" + "x" * 8 + "'"),
        (np.zeros((2, 2)), "array([[0., 0.], [0., 0.]])"),
        (odd_settings.Broken(), "an object of type Broken"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_written_on_one_short_line(value, written):
    assert brief(value) == written


def test_numbers_of_any_kind_are_taken_where_they_are_whole():
    torch = pytest.importorskip("torch")
    for two in (2, np.int8(2), np.uint64(2), np.array(2), torch.tensor(2), torch.tensor([2, 2]), [np.int16(2), 2]):
        pool = cv.MaxPooling(two)
        assert pool.pool_size == (2, 2) and {type(side) for side in pool.pool_size} == {int}
    for odd in (torch.tensor(True), torch.tensor(2.0), torch.tensor([1, 2, 3]), torch.tensor([True, False])):
        with pytest.raises((TypeError, ValueError), match="pool_size"):
            cv.MaxPooling(odd)
