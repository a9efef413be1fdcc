"""Numbers as objects that are no arrays: with an index that never ends, nested without end, with every attribute."""

import collections
import io
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convviz as cv
from convviz import arrays, geometry

IMAGE = [[1, 2], [3, 4]]


class Indexed:
    """A length and an index that never ends."""

    def __init__(self, parts):
        self.parts, self.places = parts, []

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, place):
        self.places.append(place)
        return self.parts[place % len(self.parts)]


class Endless:
    """Two elements that are such objects again."""

    def __len__(self):
        return 2

    def __getitem__(self, place):
        return Endless()


class Every:
    """An object with an attribute of any name."""

    def __getattr__(self, name):
        return lambda *args, **settings: self


def holding_itself(times):
    """A list that holds itself so often."""
    made = []
    made += [made] * times
    return made


def in_cells(value):
    """An array of objects, each the value."""
    made = np.empty((2, 2), object)
    for place in itertools.product(range(2), repeat=2):
        made[place] = value
    return made


USES = {
    "image": lambda given: cv.conv2d(given, [[1]]),
    "kernel": lambda given: cv.conv2d(IMAGE, given),
    "bias": lambda given: cv.conv2d(IMAGE, [[1]], given),
    "answer": lambda given: cv.Convolution([[1]]).check(IMAGE, given),
    "gradient": lambda given: cv.MaxPooling(2).trace(IMAGE, view="backward", gradient=given),
}


def wrapped(draw, parts):
    """Nested lists of which some are objects with an index."""
    if not isinstance(parts, list):
        return parts
    parts = [wrapped(draw, part) for part in parts]
    return Indexed(parts) if draw(st.booleans()) else parts


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_index_is_read_as_far_as_the_length_says(data):
    shape = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    size = math.prod(shape)
    expected = np.array(data.draw(st.lists(st.integers(-9, 9), min_size=size, max_size=size))).reshape(shape)
    found = wrapped(data.draw, expected.tolist())
    assert np.array_equal(arrays.read_numbers(found).array, expected)
    if isinstance(found, Indexed):
        assert found.places == list(range(shape[0]))


def test_an_index_without_an_end_in_every_place():
    rows = Indexed([[1, 2], [3, 4]])
    assert np.array_equal(USES["image"](rows), IMAGE)
    assert np.array_equal(USES["kernel"](rows), [[1 + 4 + 9 + 16]])
    assert np.array_equal(USES["bias"](Indexed([5])), np.array(IMAGE) + 5)
    assert USES["answer"](rows)
    assert [cell.position for cell in USES["answer"](Indexed([[1, 2], [3, 5]])).cells] == [(1, 1)]


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("value", [Endless(), holding_itself(1), holding_itself(2), [Endless()], [1, holding_itself(1)]])
def test_numbers_that_never_end(name, value):
    with pytest.raises(ValueError, match=f"{name} is nested more than 32 lists deep, or holds itself; expected numbers"):
        USES[name](value)


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("value", [holding_itself(1), [5, [6]], Endless(), in_cells(in_cells(holding_itself(1)))])
def test_cells_of_an_array_that_are_no_numbers(name, value):
    with pytest.raises((TypeError, ValueError), match=f"^{name}.*; (expected|every row needs)"):
        USES[name](in_cells(value))


@pytest.mark.parametrize("name", USES)
def test_what_has_every_attribute(name):
    said = f"{name} is of type Every, whose numbers cannot be read: it has an attribute of any name"
    with pytest.raises(TypeError, match=said):
        USES[name](Every())


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("value", [io.StringIO("1"), collections.UserDict({0: 1}), {0: 1}.keys()])
def test_what_is_no_sequence(name, value):
    with pytest.raises(TypeError, match=f"^{name} is .*; expected a"):
        USES[name](value)


def test_lengths_that_are_not_so():
    short = Indexed([1, 2])
    short.__class__ = type("Short", (Indexed,), {"__getitem__": lambda self, place: [1][place]})
    said = r"image is of type Short and says that it has 2 elements, but image\[1\] raised IndexError"
    with pytest.raises(TypeError, match=said):
        USES["image"](short)
    many = type("Many", (), {"__len__": lambda self: 2**62, "__getitem__": lambda self, place: 1})()
    with pytest.raises(ValueError, match=f"image is of type Many and has {2**62} elements; expected at most 100000000"):
        USES["image"](many)


@pytest.mark.parametrize(
    "value", [collections.deque([[1, 2], [3, 4]]), [range(1, 3), range(3, 5)], [bytearray([1, 2]), (3, 4)]]
)
def test_other_sequences(value):
    assert np.array_equal(USES["image"](value), IMAGE)


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda: geometry.receptive_field(5), "axes is 5; expected a list of axes, such as "),
        (lambda: geometry.receptive_field([5]), r"axes\[0\] is 5; expected a list of axes, such as "),
        (lambda: geometry.require_cells(5), "geometry is 5; expected a Geometry, as window_geometry gives it"),
    ],
)
def test_what_is_no_geometry(call, said):
    with pytest.raises(TypeError, match=said):
        call()
