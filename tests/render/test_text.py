"""Scenes in the terminal."""

import re

import numpy as np
import pytest

import convviz as cv
from convviz.render.text import text, width_of

LECTURE = [
    [0, 2, 3, 1, 2, 3],
    [4, 2, 1, 2, 3, 0],
    [2, 2, 1, 3, 2, 1],
    [1, 1, 2, 3, 1, 2],
    [1, 4, 2, 2, 3, 1],
    [2, 0, 2, 1, 4, 0],
]
KERNEL = [[1, 2, 2], [0, 0, 1], [2, 1, 1]]


def test_lecture_step():
    assert cv.Convolution(KERNEL).trace(LECTURE).text(1) == "\n".join(
        [
            "Convolution: 3×3 kernel, strides 1, padding valid",
            "step 2 of 16 · row 0, column 1 of the feature map",
            "",
            "       input 6×6          kernel 3×3     products       feature map 4×4",
            " 0  [2] [3] [1]  2   3     1   2   2     2   6   2     18  [20]   ·    ·",
            " 4  [2] [1] [2]  3   0     0   0   1     0   0   2      ·    ·    ·    ·",
            " 2  [2] [1] [3]  2   1     2   1   1     4   1   3      ·    ·    ·    ·",
            " 1   1   2   3   1   2                                  ·    ·    ·    ·",
            " 1   4   2   2   3   1",
            " 2   0   2   1   4   0",
            "",
            "2×1 + 3×2 + 1×2 + 2×0 + 1×0 + 2×1 + 2×2 + 1×1 + 3×1 = 20",
            "running sum: 2 → 8 → 10 → 10 → 10 → 12 → 16 → 17 → 20",
            "output size: ⌊(6 − 3)/1⌋ + 1 = 4",
        ]
    )


def test_colours_hold_the_same_numbers_as_brackets():
    trace = cv.Convolution(KERNEL, padding="same").trace(LECTURE)
    for index in (0, 9, 35):
        plain = re.findall(r"[−\d.]+", trace.text(index))
        coloured = re.sub("\033\\[[0-9;]*m", "", trace.text(index, colour=True))
        assert re.findall(r"[−\d.]+", coloured) == plain
    assert "\033[1;97;48;5;166m 19 \033[0m" in trace.text(9, colour=True)


def test_lines_of_a_step_are_level_in_japanese():
    lines = cv.Convolution(KERNEL).trace(LECTURE).text(3, lang="ja").split("\n")
    assert "入力 6×6" in lines[3]
    column = width_of(lines[3][: lines[3].index("カーネル")])
    assert abs(column - lines[4].index(" 1   2   2")) <= 2
    assert width_of("入力") == 4


def test_channels_stand_beside_each_other():
    rng = np.random.default_rng(0)
    shown = cv.Convolution(rng.integers(0, 3, (2, 2, 3, 1))).trace(rng.integers(0, 9, (3, 3, 3))).text(0).split("\n")
    titles = next(line for line in shown if "channel 0" in line)
    assert titles.index("channel 0") < titles.index("channel 1") < titles.index("channel 2") < titles.index("feature map")


@pytest.mark.parametrize("factor", [1, 10, 1000])
def test_kernel_and_products_of_each_channel_stand_below_the_middle_of_its_input(factor):
    image = np.arange(72).reshape(6, 6, 2) % 10
    kernel = np.array([[1, 0, 1], [2, 2, 0]])[..., np.newaxis, np.newaxis] * [[1], [factor]]
    lines = cv.Convolution(kernel).trace(image).text(0).split("\n")
    grids = lines[3 : lines.index("", lines.index("", 3) + 1)]
    inputs, below = ([number.span() for number in re.finditer(r"\d+", line)] for line in (grids[6], grids[-1]))
    assert len(inputs) == len(below) == 2 * 6  # of two channels: a row of the input, or one of kernel and products
    for numbers in (slice(6), slice(6, 12)):
        middles = [sum(row[numbers][0] + row[numbers][-1]) / 4 for row in (inputs, below)]
        assert abs(middles[0] - middles[1]) <= 2


def test_pictures_are_shaded_and_say_where_the_window_is():
    image = np.zeros((40, 40))
    image[:, 20:] = 1
    shown = cv.Convolution(KERNEL).trace(image).text(800)
    assert " " * 12 + "█" * 12 in shown
    assert "[21…23, 2…4]" in shown
    lines = shown.split("\n")
    assert sum("X" in line for line in lines[3:15]) in (1, 2)
    assert "X" in next(line for line in lines if line.strip().startswith("X") or " X" in line)
    assert any("·" * 10 in line for line in lines)
    first = cv.Convolution(KERNEL).trace(image).text(0)
    assert first.count("·") > shown.count("·")


@pytest.mark.parametrize(("rows", "columns"), [(40, 18), (18, 40), (22, 20), (200, 30), (30, 200)])
def test_a_picture_has_half_as_many_lines_as_rows_because_letters_are_twice_as_high(rows, columns):
    shown = cv.Convolution([[1.0]]).trace(np.ones((rows, columns))).text(0)
    shaded = [re.search("[█X]{3,}", line)[0] for line in shown.split("\n") if "███" in line]
    assert len(shaded) == min(12, rows // 2)
    assert {len(line) for line in shaded} == {min(24, columns)}


def test_padding_and_results_to_come_are_dots():
    shown = cv.MaxPooling(3, padding=1).trace([[1, 2, 3], [4, 5, 6], [7, 8, 9]]).text(0)
    assert "[−∞]" in shown
    assert "·" in shown


def test_long_formulas_are_broken_where_the_page_ends():
    scene = cv.Convolution(np.ones((5, 5), int)).trace(np.ones((6, 6), int)).board().scene(0)
    lines = text(scene).split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith("1×1 + 1×1"))
    assert max(map(width_of, lines)) <= 79
    formula = " ".join(lines[start : start + 3])
    assert formula.startswith(" + ".join(["1×1"] * 25) + " = 25 ")
