"""A step as a question: what is to be found is hidden, and nothing else is."""

import re

import boards
import numpy as np
import pytest

import convviz as cv
from convviz.stage.forward import board as board_of
from convviz.stage.scene import Scene

IMAGE, KERNEL = [list(row) for row in boards.IMAGE], [list(row) for row in boards.KERNEL]
PIXELS = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)


def texts_of(cells):
    return {text for text, _, _ in cells.values()}


def test_of_a_convolution_products_and_result_are_hidden_and_factors_stay():
    board = board_of(cv.Convolution(KERNEL).trace(IMAGE))
    answer, question = board.frame(6), board.question(6)
    assert question.cells["output"] == {(1, 2): ("?", "current", None)}
    assert texts_of(question.cells["products"]) == {""}
    notes = {place: note for place, (_, _, note) in question.cells["products"].items()}
    assert notes == {(i, j): f"{IMAGE[1 + i][2 + j]}×{KERNEL[i][j]}" for i in range(3) for j in range(3)}
    assert question.cells["input"] == answer.cells["input"]
    assert (question.step, question.marks, question.links) == (6, answer.marks, answer.links)
    terms = " + ".join(f"{IMAGE[1 + i][2 + j]}×{KERNEL[i][j]}" for i in range(3) for j in range(3))
    assert question.texts == {**answer.texts, "formula": f"{terms} = ?", "running": ""}
    assert question.spoken == f"Step 7 of 16, row 1, column 2 of the feature map: {terms} = ?"


def test_sums_and_bias_are_hidden_under_their_labels():
    trace = cv.Convolution(np.ones((2, 2, 2, 1), int), bias=5).trace(np.ones((3, 3, 2), int))
    board = board_of(trace)
    answer, question = board.frame(0).cells["sums"], board.question(0).cells["sums"]
    assert [text for text, _, _ in answer.values()] == ["4", "4", "5", "13"]
    assert board.frame(0).texts["formula"] == "ch 0: 4 + ch 1: 4 + bias 5 = 13"
    assert list(question.values()) == [("", None, label) for label in ("ch 0", "+ ch 1", "+ bias", "total")]
    assert board.question(0).texts["formula"] == "(1×1 + 1×1 + 1×1 + 1×1) + (1×1 + 1×1 + 1×1 + 1×1) + 5 = ?"
    for slot in (0, 1):
        assert texts_of(board.question(0).cells[f"products.{slot}"]) == {""}


def test_each_filter_is_asked_for_in_its_own_map():
    trace = cv.Convolution(np.arange(8).reshape(2, 2, 1, 2)).trace([[1, 2], [3, 4]])
    question = board_of(trace).question(1)
    assert question.cells["output.1"] == {(0, 0): ("?", "current", None)}
    assert "output.0" not in question.cells
    # The weights of the second filter are given.
    assert question.cells["kernel"] == board_of(trace).frame(1).cells["kernel"]


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_the_maximum_is_not_marked(padding):
    board = board_of(cv.MaxPooling(3, strides=2, padding=padding).trace(IMAGE))
    for index in board.indices:
        answer, question = board.frame(index), board.question(index)
        for name in ("input", "window"):
            roles = {place: role for place, (_, role, _) in question.cells[name].items()}
            assert roles == {
                place: "window" if role == "winner" else role for place, (_, role, _) in answer.cells[name].items()
            }
            assert "winner" not in roles.values()
    assert question.texts["formula"].endswith(") = ?")


def test_a_mean_is_asked_for_before_its_sum():
    question = board_of(cv.AveragePooling(2).trace([[3, 4], [1, 2]])).question(0)
    assert question.texts["formula"] == "(3 + 4 + 1 + 2)/4 = ?"
    assert question.spoken.endswith("(3 + 4 + 1 + 2)/4 = ?")
    assert texts_of(question.cells["window"]) == {"1", "2", "3", "4"}


def test_a_rounded_result_is_asked_for_with_the_same_sign():
    board = board_of(cv.Convolution([[0.1]]).trace([[1 / 3]]))
    assert board.frame(0).texts["formula"] == "0.3333×0.1 = 0.03333"
    assert board.question(0).texts["formula"] == "0.3333×0.1 = ?"
    board = board_of(cv.Convolution([[0.3]]).trace([[2 / 3]]))
    assert "≈" in board.frame(0).texts["formula"]
    assert board.question(0).texts["formula"] == "0.6667×0.3 = ?"


def test_a_question_speaks_japanese():
    question = board_of(cv.Convolution([[2]]).trace([[3]]), lang="ja").question(0)
    assert question.spoken == "ステップ 1 / 1、特徴マップの行 0、列 0: 3×2 = ?"


def test_of_a_stamp_the_sums_are_hidden_and_what_was_there_stands_above():
    board = board_of(cv.TransposedConvolution([[1, 2], [3, 4]]).trace([[1, 2], [3, 4]], view="scatter"))
    assert board.question(0).cells["output"] == {(i, j): ("?", "window", None) for i in (0, 1) for j in (0, 1)}
    question = board.question(3)
    # On the middle cell three stamps have fallen: 1·4, 2·3 and 3·2.
    assert question.cells["output"] == {
        (1, 1): ("?", "window", f"{4 + 6 + 6}→"),
        (1, 2): ("?", "window", f"{2 * 4}→"),
        (2, 1): ("?", "window", f"{3 * 4}→"),
        (2, 2): ("?", "window", None),
    }
    assert texts_of(question.cells["stamp"]) == {""}
    assert question.texts["formula"] == board.frame(3).texts["formula"]


def test_stamps_of_later_filters_show_their_own_past():
    trace = cv.TransposedConvolution(np.arange(1, 5).reshape(1, 2, 2, 1)).trace([[1, 2]], view="scatter")
    board = board_of(trace)
    (second,) = (index for index in board.indices if trace[index].channel == 1 and trace[index].position == (0, 1))
    before = trace[second].before
    cells = board.question(second).cells["output.1"]
    assert cells[0, 1] == ("?", "window", f"{before[0, 1]}→")
    assert cells[0, 2] == ("?", "window", None)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_of_a_picture_the_range_of_greys_is_hidden(lang):
    board = board_of(cv.Convolution(KERNEL).trace(PIXELS), lang)
    question = board.question(0)
    shown = {text.name: text.text for text in board.stage.texts}
    (hidden,) = {name for name, text in question.texts.items() if text == "" and name != "running"}
    low, high = board.view.trace.result.min(), board.view.trace.result.max()
    assert str(low) in shown[hidden] and str(high) in shown[hidden]
    assert "grey" in shown[hidden] if lang == "en" else "濃淡" in shown[hidden]


def test_several_pictures_tell_no_range():
    board = board_of(cv.Convolution(np.ones((3, 3, 1, 2))).trace(PIXELS.astype(float)))
    assert any("smallest number" in text.text for text in board.stage.texts)
    assert {name for name, text in board.question(0).texts.items() if not text} == {"running"}


@pytest.mark.parametrize("view", ["gather", "scatter"])
@pytest.mark.parametrize("image", [[[123, 456], [789, 321]], PIXELS[:20, :20]])
def test_a_picture_of_a_question_is_drawn_without_its_result(view, image):
    operation = cv.TransposedConvolution([[7]])
    board = board_of(operation.trace(image, view=view), steps=3)
    for index in board.indices:
        scene, step = Scene(board.stage, board.question(index)), board.view.trace[index]
        result = step.result if view == "gather" else next(iter(step.after.values()))
        results = [grid for grid in scene.stage.grids if not grid.name.startswith("input")]
        shown = [scene.cell(grid, *step.position).text for grid in results if max(step.position) < grid.rows]
        words = [text.text for text in scene.texts if not text.name.startswith("remark")]
        assert not any(re.search(rf"(?<!\d){result}(?!\d)", text) for text in [*shown, *words, scene.frame.spoken])
