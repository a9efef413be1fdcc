"""Where words of plots stand: in the middle of their boxes, on one line with what they belong to, within the margins."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convviz.nn import Conv2D, Dense, Flatten, MaxPooling2D, Sequential
from convviz.nn.plots import plot_confusion_matrix, plot_history, plot_model
from convviz.nn.plots.confusion import percent
from convviz.nn.plots.maps import draw_image
from convviz.nn.plots.paper import MARGIN, Paper


def middles(figure):
    """The height at which each text of the sheet stands, by its words."""
    return {text.get_text(): text.get_position()[1] for text in figure.axes[0].texts}


@pytest.mark.parametrize("width", [200, 640, 1280])
@pytest.mark.parametrize("words", ["W" * 300, "i" * 900, "十" * 200])
def test_long_titles_and_notes_are_cut_at_the_margin(words, width):
    paper = Paper(width, 100)
    paper.title(words, words)
    for text in paper.sheet.texts:
        box = text.get_window_extent(paper.figure.canvas.get_renderer())
        assert box.x0 >= MARGIN - 2 and box.x1 <= width - MARGIN + 2
        assert text.get_text().endswith("…") and box.width > (width - 2 * MARGIN) * 0.85, "no more than needed is cut"


def test_the_two_lines_of_a_layer_stand_around_the_middle_of_its_box():
    model = Sequential([Conv2D(4, 3, name="first", input_shape=(9, 9, 1)), MaxPooling2D(2), Flatten(), Dense(3, name="last")])
    figure = plot_model(model)
    where = middles(figure)
    boxes = [(box.get_y(), box.get_y() + box.get_height()) for box in figure.axes[0].patches if hasattr(box, "get_height")]
    for name, kind in (("first", "Conv2D 3×3"), ("last", "Dense")):
        top, bottom = next((top, bottom) for top, bottom in boxes if top < where[name] < bottom)
        assert top < where[name] < where[kind] < bottom
        assert abs((where[name] + where[kind]) / 2 - (top + bottom) / 2) <= 0.5


@pytest.mark.parametrize("count", [2, 3, 5])
def test_the_heading_of_the_rates_stands_on_the_line_of_the_names(count):
    names = list("abcde"[:count])
    figure = plot_confusion_matrix(np.eye(count, dtype=int) * 3, names)
    above = [text for text in figure.axes[0].texts if text.get_text() in names and text.get_ha() == "center"]
    assert len(above) == count
    assert {text.get_position()[1] for text in above} == {middles(figure)["right"]}


@pytest.mark.parametrize("count", [2, 3, 6])
def test_lines_between_counts_are_straight_and_evenly_apart(count):
    figure = plot_confusion_matrix(np.ones((count, count), int))
    left, right, bottom, top = figure.axes[0].images[0].get_extent()
    across, down = np.linspace(left, right, count + 1)[1:-1], np.linspace(top, bottom, count + 1)[1:-1]
    expected = [[(x, top), (x, bottom)] for x in across] + [[(left, y), (right, y)] for y in down]
    found = [line.get_xydata().tolist() for line in figure.axes[0].lines]
    np.testing.assert_allclose(sorted(found), sorted(np.array(expected).tolist()))


@settings(max_examples=15)
@given(low=st.floats(-50, 50), span=st.floats(0.01, 100))
def test_a_curve_has_as_many_round_ticks_as_a_seventh_of_its_axis_allows(low, span):
    axes = plot_history({"loss": [low, low + span]}).axes[1]
    bottom, top = axes.get_ylim()
    ticks = np.array(axes.get_yticks())
    least = (top - bottom) / 7
    round_steps = [step * 10.0**power for power in range(-5, 4) for step in (1, 2, 2.5, 5)]
    step = min(step for step in round_steps if step >= least * (1 - 1e-6))
    assert np.allclose(np.diff(ticks), step, rtol=1e-6, atol=0)
    assert all(a < b for a, b in itertools.pairwise(ticks))


@given(st.floats(0, 1) | st.floats(0.99, 1))
def test_a_share_in_percent_is_near_and_never_rounded_up_to_all(share):
    words = percent(share)
    assert words.endswith(" %")
    number = float(words.removesuffix(" %"))
    assert abs(number - 100 * share) <= (0.5 if "." not in words else 0.05) + 1e-9
    assert number < 100 or share >= 0.9995


@pytest.mark.parametrize("shape", [(28, 14), (14, 28), (28, 14, 3), (300, 200), (200, 300), (1, 7)])
def test_images_keep_their_proportions(shape):
    rows, columns = shape[:2]
    wide, tall = draw_image(Paper(400, 400), np.linspace(0, 1, np.prod(shape)).reshape(shape), 20, 20, 140)
    assert max(wide, tall) <= 140
    assert abs(wide * rows - tall * columns) <= max(rows, columns)
