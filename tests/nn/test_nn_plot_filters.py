"""Where the weights of a layer stand in a picture, how large, and under which numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convviz.nn import Conv2D, Dense, Flatten, Sequential
from convviz.nn.plots import filters, plot_filters
from convviz.nn.plots.paper import HEIGHT, MARGIN, TOP, WIDTH, text_width


@given(st.integers(1, 3000), st.integers(1, 80), st.integers(1, 60))
def test_numbers_stand_as_close_as_they_fit(count, pitch, apart):
    found = filters.counted(count, pitch, apart)
    steps = [step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if step * pitch >= apart]
    assert list(found) == list(range(0, count, steps[0]))


@pytest.mark.parametrize("step", [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000])
def test_each_round_interval_is_taken_where_numbers_just_fit(step):
    assert filters.counted(3000, 2, 2 * step) == range(0, 3000, step)


def pictures(figure):
    """The pictures of a figure: their numbers, and left, right, bottom and top in pixels from the top."""
    return [(image.get_array(), image.get_extent()) for image in figure.axes[0].images]


@pytest.mark.parametrize(("inputs", "units"), [(1, 1), (5, 3), (10, 40), (80, 10), (300, 20), (900, 10), (2000, 64)])
def test_the_weights_of_a_dense_layer_fill_the_height_and_do_not_leave_it(inputs, units):
    layer = Sequential([Dense(units, input_shape=(inputs,))]).layers[0]
    (weights, (left, right, bottom, top)), *_ = pictures(plot_filters(layer))
    room = HEIGHT - TOP - filters.NAME - MARGIN
    tall = abs(bottom - top)
    assert min(bottom, top) == TOP + filters.NAME and left == MARGIN
    assert tall <= room and right <= WIDTH - MARGIN - filters.SCALE
    cell = tall / inputs
    if inputs <= room:
        assert cell == int(cell) == min(room // inputs, filters.LARGEST)
        np.testing.assert_array_equal(weights, layer.kernel)
    else:  # cells smaller than a pixel: each row is the mean of some
        assert tall == pytest.approx(room, abs=1) and len(weights) == tall
        assert weights.mean() == pytest.approx(layer.kernel.mean(), abs=0.01)


@pytest.mark.parametrize("letters", [1, 20, 21, 40, 60])
def test_a_page_is_as_wide_as_its_title_in_bold_letters(letters):
    name = "W" * letters
    model = Sequential([Conv2D(2, 3, name=name, input_shape=(5, 5, 1)), Flatten(), Dense(3, name=f"{name}2")])
    for layer in (model.layers[0], model.layers[-1]):
        figure = plot_filters(layer)
        title = next(text.get_text() for text in figure.axes[0].texts if name in text.get_text())
        assert figure.axes[0].get_xlim()[1] >= text_width(title, 22, True) + 2 * MARGIN


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 7))
@settings(max_examples=150)
def test_kernels_side_by_side_are_as_large_as_they_can_be(count, rows, columns):
    room = WIDTH - 2 * MARGIN - filters.SCALE, HEIGHT - TOP - MARGIN
    across, cell = filters.best_grid(count, rows, columns, room)
    lines = -(-count // across)
    assert across * (columns * cell + filters.BETWEEN) <= room[0] + 1e-6
    assert lines * (rows * cell + filters.NAME + filters.BETWEEN) <= room[1] + 1e-6
    for other in range(1, count + 1):
        wide = (room[0] / other - filters.BETWEEN) / columns
        tall = (room[1] / -(-count // other) - filters.NAME - filters.BETWEEN) / rows
        assert int(min(wide, tall, filters.LARGEST)) <= cell


def test_each_kernel_stands_under_its_own_number():
    layer = Sequential([Conv2D(12, 3, input_shape=(8, 8, 1))]).layers[0]
    chosen = [7, 2, 11, 4, 9]
    axes = plot_filters(layer, filters=chosen).axes[0]
    shown = axes.images[: len(chosen)]
    assert len(axes.images) == len(chosen) + 1
    for number, image in zip(chosen, shown, strict=True):
        left, right, bottom, top = image.get_extent()
        above = [
            text.get_text()
            for text in axes.texts
            if left <= text.get_position()[0] <= right and 0 < min(top, bottom) - text.get_position()[1] < filters.NAME
        ]
        assert above == [str(number)]
        np.testing.assert_array_equal(image.get_array(), layer.kernel[:, :, 0, number])
