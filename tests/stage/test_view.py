"""What is shown of a trace is decided before anything is drawn, and does not change."""

import dataclasses

import numpy as np
import pytest

import convviz as cv
from convviz.stage import grids
from convviz.stage.captions import captions
from convviz.stage.pictures import PIXELS
from convviz.stage.view import View, view_of
from convviz.steps.notation import shorten


def traced(side, channels=1, filters=1, kernel=3):
    """A convolution of an image of zeros."""
    return cv.Convolution(np.zeros((kernel, kernel, channels, filters), int)).trace(np.zeros((side, side, channels), int))


@pytest.mark.parametrize(
    ("trace", "numbers"),
    [
        (traced(15), (True, True, True)),
        (traced(16), (False, True, True)),
        (traced(18), (False, True, False)),
        (traced(9, channels=2), (True, True, True)),
        (traced(10, channels=2), (False, True, True)),
        (traced(11, filters=2), (True, True, True)),
        (traced(12, filters=2), (True, True, False)),
        (traced(14, kernel=11), (True, True, True)),
        (traced(14, kernel=12), (True, False, True)),
    ],
)
def test_what_has_few_cells_is_shown_as_numbers(trace, numbers):
    view = view_of(trace)
    assert (view.numeric_input, view.numeric_kernel, view.numeric_output) == numbers


@pytest.mark.parametrize(("channels", "shown"), [(1, 1), (4, 4), (5, 3), (32, 3)])
def test_of_many_channels_some_are_shown(channels, shown):
    view = view_of(traced(5, channels))
    assert (view.depth, view.slots, view.inputs) == (channels, shown, tuple(range(shown)))
    names = [view.input_name(channel) for channel in range(channels)]
    assert names == (["input"] if channels == 1 else [f"input.{c}" if c < shown else None for c in range(channels)])


def test_of_many_filters_those_of_the_first_step_are_shown():
    trace = traced(5, filters=9)
    assert view_of(trace).filters == (0, 1, 2, 3)
    assert view_of(trace, steps=[trace.index_of(0, 0, 8)]).filters == (8,)
    assert view_of(trace, steps=[trace.index_of(0, 0, 5)]).filters == (4, 5, 6, 7)


def test_colour_pictures_are_one_grid():
    assert view_of(traced(30, channels=3)).colour
    assert not view_of(traced(8, channels=3)).colour
    assert not view_of(traced(30, channels=2)).colour


@pytest.mark.parametrize(("side", "step"), [(16, 1), (PIXELS, 1), (PIXELS + 1, 2), (2 * PIXELS + 3, 3)])
def test_large_pictures_are_downsampled(side, step):
    assert view_of(traced(side), steps=[0]).downsampling == step


def test_a_view_is_frozen():
    view = view_of(traced(5), lang="ja", still=True)
    assert isinstance(view, View) and view.captions is captions("ja") and view.still
    for field in dataclasses.fields(view):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(view, field.name, None)


def test_rounding_is_remarked_where_a_number_is_rounded():
    view = view_of(traced(5))
    exact, rounded = shorten(0.25), shorten(1 / 3)
    assert grids.rounding_remark(view, [exact, exact]) == ()
    assert grids.rounding_remark(view, [exact, rounded, rounded]) == (captions("en")["rounded"],)


def test_making_a_grid_twice_gives_the_same_remarks():
    view = view_of(cv.AveragePooling(3).trace([[1, 2, 4]] * 3))
    for _ in range(2):
        assert grids.output_grid(view, 0).remarks == (captions("en")["rounded"],)
        assert grids.input_grid(view, 0).remarks == ()


@pytest.mark.parametrize(
    ("image", "numbers"),
    [
        (np.full((15, 15), 12), True),
        (np.full((15, 15), -12), False),
        (np.full((13, 13), -12), True),
        (np.full((10, 10), 2.75), True),
        (np.full((10, 10), -12.345), False),
        (np.full((6, 6), -12.345), True),
    ],
)
def test_numbers_that_a_telephone_could_not_show_are_a_picture(image, numbers):
    view = view_of(cv.MaxPooling(1).trace(image))
    assert view.numeric_input == view.numeric_output == numbers
