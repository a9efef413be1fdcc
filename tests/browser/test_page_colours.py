"""Colours in a page: tints of numbers, and the picture and the step with which it begins."""

from dataclasses import replace

import numpy as np
import pytest

import convviz as cv
from convviz.render.page import player
from convviz.stage import theme as themes
from convviz.stage.scene import Scene
from convviz.stage.shaded import shaded

from .handles import go_to, step_of

IMAGE = [[2, -3, 0.5], [1, 5, -4], [0, 0, 1]]
TRACES = {
    "convolution": cv.Convolution([[1, -2], [0, 3]], padding=1).trace(IMAGE),
    "pooling": cv.MaxPooling(2, padding=1).trace(IMAGE),
    "scatter": cv.TransposedConvolution([[1, -2], [0, 3]], strides=2).trace(IMAGE, view="scatter"),
}
# The colour of each cell on the screen, by its grid, row and column, as red, green and blue from 0 to 1 or to 255.
FILLS = """() => [...document.querySelectorAll(".cv-grid")].flatMap((grid) =>
    [...grid.querySelectorAll("g")].map((cell) => [grid.dataset.grid, +cell.dataset.row, +cell.dataset.column,
        getComputedStyle(cell.firstChild).fill]))"""


def channels(fill):
    """Red, green and blue of a computed colour: ``rgb(1, 2, 3)``, or ``color(srgb 0.1 0.2 0.3)`` where colours are mixed."""
    numbers = [float(part) for part in fill.split("(")[1].rstrip(")").replace("srgb", "").replace(",", " ").split()[:3]]
    return [255 * number for number in numbers] if fill.startswith("color") else numbers


@pytest.mark.parametrize("name", TRACES)
@pytest.mark.parametrize("theme", [themes.LIGHT, themes.DARK], ids=["light", "dark"])
def test_a_page_has_the_tints_of_its_scenes(visit, name, theme):
    board = TRACES[name].board(colour="sign")
    page = visit(player.page(board, theme.name))
    for step in (0, 3, board.indices[-1], 2):
        go_to(page, step)
        scene, found = board.scene(step), page.evaluate(FILLS)
        assert len(found) == sum(grid.rows * grid.columns for grid in board.stage.grids)
        for grid, row, column, fill in found:
            wanted = theme.style(scene.cell(board.stage.grid(grid), row, column)).fill
            assert channels(fill) == pytest.approx(list(bytes.fromhex(wanted[1:])), abs=0.51), (grid, row, column)


@pytest.mark.parametrize("dtype", [np.uint8, float])
def test_the_window_of_a_photograph_is_as_grey_in_a_page(visit, dtype):
    rng = np.random.default_rng(5)
    image = rng.integers(0, 256, (40, 40)).astype(np.uint8) if dtype is np.uint8 else rng.random((40, 40))
    trace = cv.Convolution(np.round(rng.normal(size=(11, 11)), 2), padding="same").trace(image)
    board = shaded(trace.board(steps=[3, 700], shape=0.4), 0.4)
    grid = board.stage.grid("window")
    assert grid.scale and grid.greys
    page = visit(player.page(board, "light"))
    for position, step in enumerate(board.indices):
        go_to(page, position)
        cells = {(cell.row, cell.column): cell for cell in board.scene(step).cells(grid)}
        assert any(cell.grey is not None for cell in cells.values())
        for name, row, column, fill in page.evaluate(FILLS):
            cell = cells.get((row, column))
            if name == "window" and cell.grey is not None:
                assert channels(fill) == pytest.approx([cell.grey] * 3, abs=1), (row, column)


def test_what_is_hidden_has_no_tint_until_it_is_shown(visit):
    board = TRACES["convolution"].board(colour="sign")
    page = visit(player.page(board, "light", predict=True))
    go_to(page, 6)

    def products():
        return [channels(fill) for grid, _, _, fill in page.evaluate(FILLS) if grid == "products"]

    plain = list(bytes.fromhex(themes.LIGHT.cells["product"].fill[1:]))
    assert products() == [plain] * 4
    page.keyboard.press("Enter")
    assert plain not in products()


def test_a_photograph_begins_where_the_response_is_strongest(visit):
    image = np.zeros((24, 24), int)
    image[15, 10] = 9
    board = cv.Convolution([[-1, 0, 1]] * 3).trace(image).board()
    page = visit(player.page(board))
    assert step_of(page) == board.stage.strongest != board.indices[0]
    veil = page.locator('[data-grid="output"] .cv-veil')
    assert float(veil.evaluate("(veil) => getComputedStyle(veil).opacity")) == themes.VEIL
    asked = visit(player.page(board, predict=True))
    assert step_of(asked) == board.indices[0]
    assert float(asked.locator('[data-grid="output"] .cv-veil').evaluate("(veil) => getComputedStyle(veil).opacity")) == 1


def test_numbers_that_are_not_shown_are_told_on_pointing(visit):
    rng = np.random.default_rng(3)
    trace = cv.Convolution(np.round(rng.normal(size=(9, 9)), 2)).trace(rng.integers(0, 256, (40, 40)))
    board = shaded(trace.board(steps=[3, 700]))
    shaded_grids = [grid for grid in board.stage.grids if grid.least]
    assert {"kernel", "products"} <= {grid.name for grid in shaded_grids}
    page = visit(player.page(board))
    for position, step in enumerate(board.indices):
        go_to(page, position)
        scene = board.scene(step)
        for grid in shaded_grids:
            name = grid.name
            whole = Scene(replace(board.stage, grids=(replace(grid, least=None),)), scene.frame)
            cells = page.locator(f'[data-grid="{name}"] g')
            assert cells.locator("text").all_text_contents() == [cell.text for cell in scene.cells(grid)]
            told = [cell.text for cell in whole.cells(whole.stage.grid(name))]
            assert cells.locator("title").all_text_contents() == told and "" not in told
    kernel = [cell.text for cell in board.scene(3).cells(board.stage.grid("kernel"))]
    assert sum(map(bool, kernel)) < 30
