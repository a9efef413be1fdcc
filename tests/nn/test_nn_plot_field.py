"""Where a receptive field and its unit are outlined: on the cells that they are, at the places of the pictures' cells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convviz.nn import Conv2D, MaxPooling2D, Sequential
from convviz.nn.inspection import feature_maps, receptive_field
from convviz.nn.plots import plot_receptive_field
from convviz.stage.theme import theme

MODEL = Sequential([Conv2D(3, 3, padding="same", input_shape=(11, 8, 1)), MaxPooling2D(2), Conv2D(2, 2)])
NAMES = [layer.name for layer in MODEL.layers]
IMAGE = np.random.default_rng(3).random((11, 8))


def outlines(figure):
    """The solid outlines in the colour of a window: left, top, width and height."""
    from matplotlib.colors import to_rgba

    colour = to_rgba(theme("light").mark["window"])
    boxes = [box for box in figure.axes[0].patches if box.get_edgecolor() == colour and box.get_linestyle() in ("-", "solid")]
    return [(*box.get_xy(), box.get_width(), box.get_height()) for box in boxes]


def cell_of(picture, rows, columns):
    """The side of a picture's cells, which are squares."""
    left, right, bottom, top = picture.get_extent()
    side = (right - left) / columns
    assert side == pytest.approx((bottom - top) / rows)
    return left, top, side


@given(st.sampled_from(NAMES), st.data())
@settings(max_examples=40)
def test_the_unit_and_what_it_sees_are_outlined_where_they_are(name, data):
    rows, columns, channels = MODEL.get_layer(name).output.shape[1:]
    row, column = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    channel = data.draw(st.integers(0, channels - 1))
    figure = plot_receptive_field(MODEL, name, row, column, IMAGE, channel)
    image, maps = figure.axes[0].images
    np.testing.assert_array_equal(maps.get_array(), feature_maps(MODEL, IMAGE, [name])[name][:, :, channel])
    seen, unit = outlines(figure)
    left, top, cell = cell_of(image, 11, 8)
    first, begin, last, end = receptive_field(MODEL, name, row, column)
    assert seen == pytest.approx((left + begin * cell, top + first * cell, (end - begin) * cell, (last - first) * cell))
    left, top, cell = cell_of(maps, rows, columns)
    assert unit == pytest.approx((left + column * cell, top + row * cell, cell, cell))
    for x, y in (line.get_xydata().T for line in figure.axes[0].lines if len(line.get_xydata()) == 2):
        if x[1] == pytest.approx(unit[0]):  # the lines from what is seen to the unit
            assert y[1] in (pytest.approx(unit[1]), pytest.approx(unit[1] + cell))


@pytest.mark.parametrize("channel", [-1, 3, 99])
def test_channels_that_are_not_there(channel):
    with pytest.raises(ValueError, match=rf"'{NAMES[0]}' gives the channels 0 to 2, not {channel}"):
        plot_receptive_field(MODEL, NAMES[0], 0, 0, IMAGE, channel)
