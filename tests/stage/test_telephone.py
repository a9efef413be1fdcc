"""On a telephone all letters can be read and all cells can be touched, whatever is shown."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from overlaps import require_apart
from random_traces import traces

import convviz as cv
from convviz.stage.captions import LANGUAGES
from convviz.stage.scene import Scene
from convviz.stage.shaded import shaded
from convviz.stage.view import LETTERS, TELEPHONE

RNG = np.random.default_rng(8)
#: The least side of a cell, in pixels.
TOUCHED = 24


def digits(*shape):
    return RNG.integers(-2, 4, shape)


def decimals(*shape):
    return np.round(RNG.normal(size=shape), 2)


CASES = {
    "lecture": lambda: cv.examples.lecture_6x6.trace(),
    "decimals": lambda: cv.Convolution(decimals(3, 3)).trace(RNG.integers(0, 256, (6, 6))),
    "15×15": lambda: cv.Convolution(digits(3, 3)).trace(digits(15, 15)),
    "7×7 kernel": lambda: cv.Convolution(digits(7, 7)).trace(digits(12, 12)),
    "11×11 kernel": lambda: cv.Convolution(decimals(11, 11)).trace(decimals(20, 20)),
    "three channels": lambda: cv.Convolution(digits(3, 3, 3, 3), bias=[1, 2, 3]).trace(digits(6, 6, 3)),
    "decimals in channels": lambda: cv.Convolution(decimals(3, 3, 3, 1)).trace(decimals(5, 5, 3)),
    "eight channels": lambda: cv.Convolution(digits(3, 3, 8, 8), bias=digits(8)).trace(digits(6, 6, 8)),
    "depthwise": lambda: cv.Convolution(digits(3, 3, 1, 3), groups=3).trace(digits(6, 6, 3)),
    "depthwise, 8": lambda: cv.Convolution(digits(3, 3, 1, 8), groups=8).trace(digits(6, 6, 8)),
    "groups": lambda: cv.Convolution(digits(3, 3, 2, 4), groups=2).trace(digits(5, 5, 4)),
    "transposed": lambda: cv.TransposedConvolution(digits(3, 3), strides=2).trace(digits(3, 3)),
    "stamps": lambda: cv.TransposedConvolution(digits(3, 3), strides=2).trace(digits(3, 3), view="scatter"),
    "pooling": lambda: cv.MaxPooling(2).trace(digits(4, 4, 3)),
    "backward": lambda: cv.MaxPooling(2).trace(digits(6, 6), view="backward", gradient=digits(3, 3)),
    "comparison": lambda: cv.compare(
        cv.Convolution(digits(3, 3), padding="same"), cv.Convolution(digits(5, 5), padding="same"), digits(5, 5)
    ),
}


def board_of(trace, lang):
    """The board of a page."""
    return shaded(trace.board(lang))


def smallest(board):
    """Of the letters of numbers, and of the cells, of a board on a telephone, the smallest, in pixels."""
    narrow = board.stage.narrow
    unit = TELEPHONE / narrow.width
    shown = [grid for grid in narrow.grids if grid.texts is not None]
    scene = board.scene(board.indices[-1])
    read = [board.stage.grid(grid.name) for grid in shown]
    fonts = [grid.font for grid, wide in zip(shown, read, strict=True) if any(cell.text for cell in scene.cells(wide))]
    return unit * min(fonts, default=1), unit * min((grid.pitch for grid in shown), default=1)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
def test_letters_can_be_read_and_cells_can_be_touched(name, lang):
    letters, cells = smallest(board_of(CASES[name](), lang))
    assert letters >= LETTERS and cells >= TOUCHED, (letters, cells)


@given(traces(sizes=(3, 9)), st.sampled_from(sorted(LANGUAGES)))
@settings(max_examples=60)
def test_random_operations_can_be_read_on_a_telephone(trace, lang):
    letters, cells = smallest(board_of(trace, lang))
    assert letters >= LETTERS and cells >= TOUCHED, (letters, cells)


@given(traces(sizes=(3, 9)))
@settings(max_examples=40)
def test_nothing_overlaps_on_a_telephone(trace):
    board = board_of(trace, "en")
    for index in {board.indices[0], board.indices[-1]}:
        require_apart(Scene(board.stage.narrow, board.frame(index)))
