"""Predict mode in a browser: what is to be found is hidden until it is asked for, and only then."""

import re

import boards
import numpy as np
import pytest

import convviz as cv
from convviz.render.page import player
from convviz.stage.forward import board as board_of

from .handles import cell, drawn, expected, go_to, roles, slider, step_of

IMAGE, KERNEL = [list(row) for row in boards.IMAGE], [list(row) for row in boards.KERNEL]
PIXELS = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)


def lecture(lang="en"):
    return board_of(cv.Convolution(KERNEL).trace(IMAGE), lang)


@pytest.fixture
def page(visit):
    return visit(player.page(lecture(), predict=True))


def results(page):
    """What the cells of the feature map show, in row order."""
    return [text for _, _, text, _, _ in drawn(page)["output"]]


def numbers(rows):
    return [str(value) for row in rows for value in row]


ANSWERS = numbers(boards.OUTPUT)


# ---- what is hidden ----


BOARDS = {
    "convolution": lambda: board_of(cv.Convolution(KERNEL, bias=3).trace(IMAGE)),
    "channels": lambda: board_of(cv.Convolution(np.arange(16).reshape(2, 2, 2, 2)).trace(np.arange(18).reshape(3, 3, 2))),
    "maximum": lambda: board_of(cv.MaxPooling(2).trace(IMAGE)),
    "average": lambda: board_of(cv.AveragePooling(2).trace(IMAGE)),
    "scatter": lambda: board_of(cv.TransposedConvolution(KERNEL, strides=2).trace([[1, 2], [3, 4]], view="scatter")),
    "Japanese": lambda: lecture("ja"),
}


@pytest.mark.parametrize("name", BOARDS)
def test_a_question_hides_what_its_frame_hides_and_an_answer_shows_what_the_scene_does(visit, name):
    board = BOARDS[name]()
    page = visit(player.page(board, predict=True))
    hidden = {grid: kinds for grid, kinds in expected(board.scene(0)).items() if not grid.startswith("output")}
    for step in board.indices:
        page.locator(".cv-controls input").fill(str(step))
        question, shown = board.question(step), drawn(page)
        for grid, changes in question.cells.items():
            for row, column, text, role, note in shown[grid]:
                if (row, column) in changes:
                    wanted = changes[row, column]
                    assert (text, role) == (wanted[0] if wanted[0] is not None else text, wanted[1] or role)
                    assert not grid.startswith("products") or note == (wanted[2] or "")
        texts = page.locator(".convviz svg[role=group] > text").all_text_contents()
        assert question.texts["formula"].replace("\n", "") in texts
        page.keyboard.press("Enter")
        answered = drawn(page)
        assert {grid: answered[grid] for grid in hidden} == {
            grid: cells for grid, cells in expected(board.scene(step)).items() if grid in hidden
        }
    # Everything is solved, in order: from here on it is the ordinary player.
    assert drawn(page) == expected(board.scene(board.indices[-1]))


def test_what_is_not_solved_stays_hidden_and_what_is_solved_stays(page):
    assert results(page) == ["?"] + [""] * 15
    slider(page).press("ArrowRight")
    assert results(page) == ["?", "?"] + [""] * 14
    slider(page).press("Enter")
    assert results(page) == ["?", ANSWERS[1]] + [""] * 14
    slider(page).press("End")
    assert results(page) == ["?", ANSWERS[1]] + ["?"] * 14
    slider(page).press("Home")
    assert results(page) == ["?", ANSWERS[1]] + [""] * 14
    assert roles(page, "output") == {
        **{(i, j): "pending" for i in range(4) for j in range(4)},
        (0, 0): "current",
        (0, 1): "done",
    }


def test_the_sentence_is_a_question(visit):
    for lang in ("en", "ja"):
        page = visit(player.page(lecture(lang), predict=True))
        sentence = page.locator(".cv-spoken")
        assert sentence.text_content().endswith("1×1 = ?")
        page.keyboard.press("Enter")
        assert sentence.text_content().endswith("1×1 = 18")


def test_no_maximum_is_marked_before(visit):
    page = visit(player.page(board_of(cv.MaxPooling(2).trace(IMAGE)), predict=True))
    assert "winner" not in {*roles(page, "input").values(), *roles(page, "window").values()}
    page.keyboard.press("Enter")
    assert "winner" in roles(page, "input").values() and "winner" in roles(page, "window").values()


def all_texts(page):
    """All that a reader or a screen reader can come across in the page."""
    return page.locator(".convviz").evaluate(
        """mount => [...mount.querySelectorAll("*")].filter((element) => !["SCRIPT", "STYLE"].includes(element.nodeName))
        .flatMap((element) => [...element.attributes].map(({ value }) => value)
            .concat([...element.childNodes].filter((node) => node.nodeType == 3).map(({ data }) => data)))"""
    )


def test_nothing_else_gives_the_result_away(visit):
    board = board_of(cv.Convolution([[1000]]).trace([[7, 8], [9, 6]]))
    page = visit(player.page(board, predict=True))
    cell(page, "output", 1, 1).hover()
    for text in all_texts(page):
        assert not re.search(r"(?<!\d)[6-9]000(?!\d)", text), text
    page.keyboard.press("Enter")
    assert any("= 7000" in text for text in all_texts(page))


def test_hovering_a_cell_shows_its_question(page):
    cell(page, "output", 2, 2).hover()
    assert step_of(page) == 10
    assert results(page) == ["?"] * 11 + [""] * 5
    assert page.get_by_role("button", name="Show result").count() == 2


def test_cells_whose_steps_are_not_asked_appear_as_ever(visit):
    page = visit(player.page(board_of(cv.Convolution(KERNEL).trace(IMAGE), steps=[1, 6]), predict=True))
    page.keyboard.press("ArrowRight")
    assert results(page) == [ANSWERS[0], "?", *ANSWERS[2:6], "?", *[""] * 9]


# ---- asking ----


def test_a_click_on_the_cell_in_question_shows_it_and_on_another_goes_there(page):
    cell(page, "output", 1, 1).click()
    assert (step_of(page), results(page)[5]) == (5, "?")
    cell(page, "output", 1, 1).click()
    assert (step_of(page), results(page)[5]) == (5, ANSWERS[5])
    cell(page, "output", 1, 1).click()
    assert results(page)[5] == ANSWERS[5]
    cell(page, "output", 1, 2).click()
    assert (step_of(page), results(page)[5:7]) == (6, [ANSWERS[5], "?"])
    cell(page, "input", 0, 0).click()
    assert results(page)[6] == "?"


def test_a_button_shows_and_hides(page):
    button = page.locator(".cv-controls button").last
    assert button.text_content() == "Show result"
    button.click()
    assert (results(page)[0], button.text_content()) == (ANSWERS[0], "Hide result")
    button.press("Enter")
    assert (results(page)[0], button.text_content()) == ("?", "Show result")
    button.press(" ")
    assert results(page)[0] == ANSWERS[0]
    button.press("ArrowRight")
    assert button.text_content() == "Show result"


def test_the_enter_key_shows_and_hides(page):
    page.keyboard.press("Enter")
    assert results(page)[0] == ANSWERS[0]
    slider(page).press("Enter")
    assert results(page)[0] == "?"


def test_the_cell_in_question_is_a_button_that_goes_along(page):
    here = page.locator('[data-grid="output"] [role="button"]')
    assert here.count() == 1
    here.focus()
    page.keyboard.press(" ")
    assert results(page)[0] == ANSWERS[0]
    assert here.get_attribute("aria-label") == f"{ANSWERS[0]}: Hide result"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Object.values({ ...document.activeElement.dataset })")[:2] == ["0", "1"]
    page.keyboard.press("Enter")
    assert results(page)[:3] == [ANSWERS[0], ANSWERS[1], ""]
    assert page.locator('[data-grid="output"] [tabindex]').count() == 1


def test_play_shows_each_result_as_it_goes(visit):
    page = visit(player.page(lecture(), predict=True), bypass_csp=True)
    page.get_by_label("Speed").select_option("16")
    page.get_by_role("button", name="Play").click()
    assert results(page)[0] == ANSWERS[0]
    page.locator(".convviz[data-step='15']").wait_for()
    assert results(page) == ANSWERS


def test_a_result_that_is_shown_while_playing_ends_the_play(page):
    page.get_by_role("button", name="Play").click()
    page.locator(".cv-show").click()
    assert page.get_by_role("button", name="Play").count() == 1
    assert results(page)[0] == "?"


def test_a_single_step_has_its_button_only(visit):
    page = visit(player.page(board_of(cv.Convolution(KERNEL).trace(IMAGE), steps=[5]), predict=True))
    assert [control.is_visible() for control in page.locator(".cv-controls > *").all()] == [False] * 6 + [True]
    page.locator(".cv-show").click()
    assert results(page)[5] == ANSWERS[5]


def test_two_players_are_asked_apart(visit):
    source = player.fragment(lecture(), predict=True)
    plain = player.fragment(lecture())
    page = visit(f"<!DOCTYPE html><meta charset='utf-8'><body>{source}{plain}{source}")
    assert page.locator(".convviz.mounted").count() == 3
    page.locator(".cv-show").last.click()
    firsts = page.locator('[data-grid="output"] [data-row="0"][data-column="0"] text').all_text_contents()
    assert firsts == ["?", ANSWERS[0], ANSWERS[0]]


# ---- stamps and pictures ----


def scatter():
    return board_of(cv.TransposedConvolution([[1, 2], [3, 4]]).trace([[1, 2], [3, 4]], view="scatter"))


def stamped(page):
    return {(row, column): (text, note) for row, column, text, _, note in drawn(page)["output"]}


def test_a_stamp_asks_for_every_cell_under_it(visit):
    page = visit(player.page(scatter(), predict=True))
    assert {text for text, _ in list(stamped(page).values())} == {"?", ""}
    assert {text for _, _, text, _, _ in drawn(page)["stamp"]} == {""}
    cell(page, "output", 1, 1).click()
    assert stamped(page)[1, 1] == ("4", "+4")
    page.keyboard.press("ArrowRight")
    # Under the second stamp, what was there before stands above.
    assert (stamped(page)[0, 1], stamped(page)[0, 2], stamped(page)[0, 0]) == (("?", "2→"), ("?", ""), ("1", ""))
    page.keyboard.press("ArrowRight")
    # The second stamp was not asked for, so neither its sum nor what depends on it is shown.
    assert (stamped(page)[0, 1], stamped(page)[1, 1], stamped(page)[1, 0]) == (("?", ""), ("?", ""), ("?", "3→"))
    cell(page, "input", 0, 1).click()
    assert step_of(page) == 1
    cell(page, "output", 0, 0).click()
    assert stamped(page)[0, 1] == ("?", "2→")
    cell(page, "output", 0, 2).click()
    assert stamped(page)[0, 1] == ("4", "+2")


def veiled_from(page, board):
    """How many cells of the picture of the feature map are to be seen."""
    grid = board.stage.grid("output")
    place = page.locator('[data-grid="output"] .cv-veil').get_attribute("d")
    if not place:
        return grid.rows * grid.columns
    x, y = (float(side) / 40 for side in place[1:].split("H")[0].split())
    return round((y - grid.y) / grid.pitch) * grid.columns + round((x - grid.x) / grid.pitch)


def test_a_picture_shows_up_to_the_first_step_that_is_not_solved(visit):
    board = board_of(cv.Convolution(KERNEL).trace(PIXELS), steps=[0, 100, 300, 675])
    page = visit(player.page(board, predict=True))
    assert veiled_from(page, board) == 0
    page.keyboard.press("Enter")
    assert veiled_from(page, board) == 1
    page.keyboard.press("End")
    assert veiled_from(page, board) == 100
    page.keyboard.press("Enter")
    assert veiled_from(page, board) == 100
    for position in (1, 2):
        go_to(page, position)
        page.keyboard.press("Enter")
        assert veiled_from(page, board) == [101, 301][position - 1]
    page.keyboard.press("End")
    assert veiled_from(page, board) == 676
    assert not any("grey" in text for text in all_texts(page))


def test_a_picture_of_all_stamps_is_hidden_until_all_are_solved(visit):
    operation = cv.TransposedConvolution([[1, 2], [3, 4]])
    board = board_of(operation.trace(PIXELS, view="scatter"), steps=2)
    page = visit(player.page(board, predict=True))
    page.keyboard.press("Enter")
    assert veiled_from(page, board) == 0
    assert not any("as it is in the end" in text for text in all_texts(page))
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    assert veiled_from(page, board) == 29 * 29


@pytest.mark.parametrize("make", [player.page, player.fragment])
def test_without_scripts_the_first_question_is_shown(visit, make):
    page = visit(make(lecture(), predict=True), java_script_enabled=False)
    image = page.locator(".convviz img")
    assert image.is_visible()
    assert image.get_attribute("alt").endswith("1×1 = ?")
    shown = image.get_attribute("src")
    assert "= ?" in shown and "= 18" not in shown
