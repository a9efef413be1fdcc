"""Arrays as pixels: reduced by averaging, in colour where they have both signs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convviz as cv
from convviz.stage.pictures import NEGATIVE, PIXELS, POSITIVE, means, picture_of, signed_picture


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 6), st.integers(0, 2**32), st.booleans())
@settings(max_examples=80)
def test_means_are_those_of_plain_loops(rows, columns, step, seed, colour):
    values = np.random.default_rng(seed).integers(0, 256, (rows, columns, 3) if colour else (rows, columns)).astype(np.uint8)
    found = means(values, step)
    for i in range(-(-rows // step)):
        for j in range(-(-columns // step)):
            block = values[i * step : (i + 1) * step, j * step : (j + 1) * step].astype(float)
            np.testing.assert_allclose(found[i, j], block.mean(axis=(0, 1)), rtol=1e-12)


def test_no_pixel_of_a_large_image_is_dropped():
    image = np.zeros((4 * PIXELS, 4 * PIXELS), np.uint8)
    image[1::4, 1::4] = 255  # what taking one of so many pixels would miss, or take alone
    pixels, low, high = picture_of(image)
    assert (low, high) == (0, 255) and set(pixels.ravel().tolist()) == {round(255 / 16)}


@given(st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=16))
def test_colours_say_the_sign_and_how_far_a_value_is_from_0(values):
    array = np.array([values])
    if not array.min() < 0 < array.max():
        return
    pixels, bound = signed_picture(array)
    assert bound == abs(array).max()
    for value, (red, green, blue) in zip(values, pixels[0].astype(int).tolist(), strict=True):
        strength = abs(value) / bound
        assert abs(green - (255 + strength * ((NEGATIVE if value < 0 else POSITIVE)[1] - 255))) <= 0.5 + 1e-6
        if strength > 0.1:
            assert (blue > red) == (value < 0)
    order = np.argsort(abs(array[0]))
    assert (np.diff(pixels[0, order][array[0, order] < 0].astype(int).sum(axis=1)) <= 0).all()


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_map_of_both_signs_has_a_legend_with_its_range(lang):
    image = np.zeros((30, 30), int)
    image[:, 15:] = 9
    image[10:20, 5:8] = 4
    trace = cv.Convolution([[-1, 1]]).trace(image)
    board = trace.board(lang, steps=[0])
    grid = board.stage.grid("output")
    assert grid.pixels.shape == (30, 29, 3)
    assert grid.pixels[0, 14].tolist() == list(POSITIVE) and grid.pixels[0, 0].tolist() == [255, 255, 255]
    assert any("−9" in text.text and " 9" in text.text.replace("て", " ").replace("に", " ") for text in board.stage.texts)
    plain = cv.Convolution([[1, 1]]).trace(image).board(lang, steps=[0])
    assert plain.stage.grid("output").pixels.ndim == 2


def test_a_question_hides_the_legend():
    image = np.arange(900).reshape(30, 30) % 7
    board = cv.Convolution([[-1, 1]]).trace(image).board(steps=[0])
    legend = next(text for text in board.stage.texts if "(blue)" in text.text)
    assert board.question(0).texts[legend.name] == ""
