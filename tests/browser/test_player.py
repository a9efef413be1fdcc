"""The player in a browser: what it draws, and what it does with keys and pointer."""

import io
from dataclasses import replace
from xml.etree import ElementTree

import boards
import numpy as np
import pytest
from PIL import Image

import convviz as cv
from convviz.render.page import player
from convviz.render.svg import SCALE, svg
from convviz.stage import theme as themes
from convviz.stage.forward import board as board_of
from convviz.stage.scene import Frame

from .handles import cell, drawn, expected, go_to, roles, slider, step_of

# Every line of text that is drawn, with its place.
TEXTS = """(svg) => [...svg.querySelectorAll("text")].flatMap((text) => {
    const spans = [...text.querySelectorAll("tspan")].map((span) => [span.textContent, +span.getAttribute("x"), null]);
    return [[text.firstChild ? text.firstChild.data : "", +text.getAttribute("x"), +text.getAttribute("y")], ...spans];
})"""


# ---- what is drawn ----


def history():
    """A board whose output cells change more than once, and one of which never comes."""
    board = boards.lecture()
    past = {(row, column): ((row, "a"), (row + column + 2, "b"), (9, "c")) for row in range(3) for column in range(4)}
    past[3, 3] = ((99, "never"),)
    grid = replace(board.stage.grid("output"), history=past)
    frame = replace(board.frames[7], cells={"output": {(0, 0): (None, "current", "+4"), (3, 3): ("x", None, None)}})
    stage = replace(board.stage, grids=(*board.stage.grids[:3], grid))
    return replace(board, stage=stage, frames=(*board.frames[:7], frame, *board.frames[8:]))


IMAGE, KERNEL = [list(row) for row in boards.IMAGE], [list(row) for row in boards.KERNEL]
REAL = {
    "padded": (cv.Convolution(KERNEL, strides=2, padding="same", bias=1), IMAGE, {}),
    "pooling": (cv.MaxPooling(2), IMAGE, {}),
    "ceil": (cv.AveragePooling(4, ceil_mode=True), IMAGE, {}),
    "gather": (cv.TransposedConvolution(KERNEL, strides=2), [[1, 2], [3, 4]], {}),
    "scatter": (cv.TransposedConvolution(KERNEL, strides=2), [[1, 2], [3, 4]], {"view": "scatter"}),
    "single cell": (cv.Convolution([[2]]), [[3]], {}),
}


@pytest.mark.parametrize("make", [boards.lecture, boards.padded, history])
def test_every_cell_shows_what_the_scene_says(visit, make):
    board = make()
    page = visit(player.page(board))
    for step in (0, 1, 5, 7, 9, 10, 15, 2):
        go_to(page, step)
        assert step_of(page) == step
        assert drawn(page) == expected(board.scene(step))


@pytest.mark.parametrize("name", REAL)
def test_every_cell_of_real_traces_shows_what_the_scene_says(visit, name):
    operation, image, view = REAL[name]
    board = board_of(operation.trace(image, **view))
    page = visit(player.page(board))
    for position, step in enumerate(board.indices):
        if len(board.indices) > 1:
            go_to(page, position)
        assert step_of(page) == step
        assert drawn(page) == expected(board.scene(step))


@pytest.mark.parametrize("make", [boards.lecture, boards.padded, lambda: board_of(cv.Convolution(KERNEL).trace(IMAGE))])
def test_every_text_stands_where_the_svg_has_it(visit, make):
    board = make()
    page = visit(player.page(board))
    for step in (0, 6):
        go_to(page, step)
        found = page.locator(".convviz svg[role=group]").evaluate(TEXTS)
        root = ElementTree.fromstring(svg(board.scene(step)))
        texts = []
        for text in root.iter("{http://www.w3.org/2000/svg}text"):
            texts.append([text.text, float(text.get("x")), float(text.get("y"))])
            texts += [[span.text, float(span.get("x")), None] for span in text]
        by_text = sorted((line for line in found if line[0]), key=lambda line: (line[0], line[1], line[2] or 0))
        texts.sort(key=lambda line: (line[0], line[1], line[2] or 0))
        assert [line[0] for line in by_text] == [line[0] for line in texts]
        for mine, theirs in zip(by_text, texts, strict=True):
            assert mine[1] == pytest.approx(theirs[1], abs=0.06)
            assert mine[2] == pytest.approx(theirs[2], abs=0.06)


def test_marks_and_arrows_follow_the_step(visit):
    page = visit(player.page(boards.lecture()))
    go_to(page, 6)
    window = page.locator(".cv-mark").first
    corner = [float(window.get_attribute(name)) for name in "xy"]
    assert corner == pytest.approx([(0.7 + 2) * SCALE - 1.6, (1.5 + 1) * SCALE - 1.6])
    assert page.locator(".cv-mark").count() == 2
    assert page.locator(".convviz polygon").count() == 1


def test_a_picture_is_veiled_up_to_the_step(visit):
    board = boards.picture(8)
    page = visit(player.page(board))
    veil = page.locator('[data-grid="output"] .cv-veil')
    pitch = 7.8 / 6 * SCALE
    go_to(page, 9)
    # Ten of 36 cells are there: one row of six, and four of the next.
    start = [float(side) for side in veil.get_attribute("d")[1:].split("H")[0].split()]
    assert start == pytest.approx([10.4 * SCALE + 4 * pitch, 1.2 * SCALE + pitch], abs=0.2)
    go_to(page, 35)
    assert veil.get_attribute("d") == ""
    assert page.locator('[data-grid="input"] .cv-veil').get_attribute("d") == ""
    assert page.locator(".convviz image").count() == 2


def leaping(pictures=False):
    """A board whose 4×4 feature map has 16 of 28 steps: rows begin 7 steps apart, after 2, and columns leap once."""
    board = boards.lecture()
    grid = replace(board.stage.grid("output"), first=2, when=((0, 7, 14, 21), (0, 1, 3, 4)))
    if pictures:
        grid = replace(grid, texts=None, roles=None, pixels=np.arange(0, 256, 16, np.uint8).reshape(4, 4))
    stage = replace(board.stage, grids=(*board.stage.grids[:3], grid), steps=28)
    return replace(board, stage=stage, frames=tuple(map(Frame, range(28))), indices=tuple(range(28)))


def test_cells_whose_steps_do_not_follow_each_other_appear_with_theirs(visit):
    board = leaping()
    page = visit(player.page(board))
    for step in (0, 1, 2, 4, 5, 6, 8, 9, 27):
        go_to(page, step)
        assert drawn(page) == expected(board.scene(step))
    assert drawn(page)["output"][15][3] == "done"


def test_such_cells_are_clicked_and_hovered(visit):
    page = visit(player.page(leaping()))
    for row, column, step in [(1, 2, 2 + 7 + 3), (3, 3, 2 + 21 + 4), (0, 0, 2)]:
        cell(page, "output", row, column).click()
        assert step_of(page) == step
    cell(page, "output", 2, 1).hover()
    assert step_of(page) == 2 + 14 + 1


def test_the_veil_over_such_a_picture_follows_their_steps(visit):
    board = leaping(pictures=True)
    page = visit(player.page(board))
    veil, grid = page.locator('[data-grid="output"] .cv-veil'), board.stage.grid("output")
    for step, cells in [(0, 0), (2, 1), (4, 2), (5, 3), (8, 4), (10, 6), (26, 15)]:
        go_to(page, step)
        assert board.scene(step).revealed(grid) == cells
        start = [float(side) for side in veil.get_attribute("d")[1:].split("H")[0].split()]
        row, column = divmod(cells, 4)
        assert start == pytest.approx([(grid.x + column) * SCALE, (grid.y + row) * SCALE], abs=0.2)
    go_to(page, 27)
    assert veil.get_attribute("d") == ""


def test_text_of_the_caller_stays_text(visit):
    nasty = "</script><img src=x onerror='window.hacked=1'><!-- \"&amp;"
    board = boards.lecture()
    grid = replace(board.stage.grids[0], title=nasty)
    frame = replace(board.frames[0], texts={"formula": nasty}, spoken=nasty)
    stage = replace(board.stage, title=nasty, grids=(grid, *board.stage.grids[1:]))
    page = visit(player.page(replace(board, stage=stage, frames=(frame, *board.frames[1:])), title=nasty))
    assert page.locator("h1").text_content() == nasty
    assert page.locator("svg text", has_text="onerror").count() == 2
    assert page.locator(".cv-spoken").text_content() == nasty
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0


def test_the_page_requests_nothing_but_itself(visit):
    page = visit(player.page(boards.picture(8)))
    slider(page).press("End")
    others = [address for address in page.requested if not address.startswith("data:")]
    assert others == [page.url]


# ---- keys ----


def test_keys_step_from_the_slider(visit):
    page = visit(player.page(boards.lecture()))
    keys = ("ArrowRight", "ArrowRight", "ArrowLeft", "Home", "ArrowLeft", "End", "ArrowRight")
    for key, step in zip(keys, (1, 2, 1, 0, 0, 15, 15), strict=True):
        slider(page).press(key)
        assert step_of(page) == step
        assert slider(page).input_value() == str(step)
        assert page.locator(".cv-count").text_content() == f"{step + 1} / 16"


def test_a_page_of_its_own_takes_keys_without_a_click(visit):
    page = visit(player.page(boards.lecture()))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert step_of(page) == 2
    page.keyboard.press(" ")
    assert page.get_by_role("button", name="Pause").count() == 1


def test_a_fragment_takes_only_keys_meant_for_it(visit):
    page = visit(player.fragment(boards.lecture()))
    page.keyboard.press("ArrowRight")
    assert step_of(page) == 0


def test_handled_keys_reach_nothing_around_the_player(visit):
    page = visit(player.fragment(boards.lecture()))
    page.evaluate("window.heard = []; document.addEventListener('keydown', (event) => heard.push(event.key))")
    for key in ("ArrowRight", "ArrowLeft", "Home", "End", " ", "Escape"):
        slider(page).press(key)
        page.get_by_role("button", name="Back one step").press(key)
    page.get_by_label("Speed").press("ArrowDown")
    assert page.evaluate("heard") == []
    slider(page).press("b")
    slider(page).press("Control+ArrowRight")
    assert page.evaluate("heard") == ["b", "Control", "ArrowRight"]


def test_jupyters_shortcuts_are_suppressed_on_everything_that_takes_the_focus(visit):
    page = visit(player.fragment(boards.lecture()))
    lacking = page.locator(".convviz").evaluate(
        """mount => [...mount.querySelectorAll("*")].filter((element) => element.tabIndex >= 0
        && !element.hasAttribute("data-lm-suppress-shortcuts")).map((element) => element.localName)"""
    )
    assert lacking == []


def test_escape_gives_the_focus_back(visit):
    page = visit(player.page(boards.lecture()))
    for control in (slider(page), page.get_by_role("button", name="Play"), page.get_by_label("Speed")):
        control.focus()
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement === document.body")


def test_space_on_a_button_presses_that_button(visit):
    page = visit(player.page(boards.lecture()))
    page.get_by_role("button", name="On one step").press(" ")
    assert step_of(page) == 1
    assert page.get_by_role("button", name="Play").count() == 1
    page.get_by_role("button", name="Back one step").press("Enter")
    assert step_of(page) == 0


def test_tab_goes_from_control_to_control(visit):
    page = visit(player.page(boards.lecture()))
    names = []
    for _ in range(6):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    weight = "Weight [0, 0]: 1, meets 16 cells"
    assert names == [weight, "Play", "Back one step", "Step", "On one step", "Speed"]


# ---- playing ----


def with_a_clock(visit):
    """A page whose time stands still but for what a test lets pass."""
    page = visit("<!DOCTYPE html><meta charset='utf-8'>")
    page.clock.install(time=0)
    page.clock.pause_at(1)
    page.set_content(player.fragment(boards.lecture()))
    return page


def test_play_runs_to_the_end_and_begins_again(visit):
    # To wait for a function, playwright evaluates text, which the page's own policy forbids.
    page = visit(player.page(boards.lecture()), bypass_csp=True)
    page.get_by_label("Speed").select_option("16")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("+document.querySelector('.convviz').dataset.step >= 2")
    page.locator(".convviz[data-step='15']").wait_for()
    assert page.get_by_role("button", name="Play").count() == 1
    page.get_by_label("Speed").select_option("0.5")
    page.get_by_role("button", name="Play").click()
    assert step_of(page) == 0
    page.get_by_role("button", name="Pause").click()
    assert page.get_by_role("button", name="Play").count() == 1


def test_the_speed_is_kept(visit):
    page = with_a_clock(visit)
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(799)
    assert step_of(page) == 0
    page.clock.run_for(2)
    assert step_of(page) == 1
    page.get_by_label("Speed").select_option("4")
    page.clock.run_for(800)
    assert step_of(page) == 2
    page.clock.run_for(800)
    assert step_of(page) == 6


def test_a_step_by_hand_stops_the_play(visit):
    page = visit(player.page(boards.lecture()))
    for act in (lambda: slider(page).press("ArrowRight"), lambda: cell(page, "output", 2, 2).click()):
        page.get_by_role("button", name="Play").click()
        act()
        assert page.get_by_role("button", name="Play").count() == 1


def test_a_screen_reader_hears_the_step_that_stands_and_not_those_that_run_by(visit):
    page = with_a_clock(visit)
    live = page.locator("[aria-live=polite]")
    page.clock.run_for(400)
    assert live.text_content() == "Step 1 of 16"
    slider(page).press("ArrowRight")
    slider(page).press("ArrowRight")
    page.clock.run_for(400)
    assert live.text_content() == "Step 3 of 16"
    assert slider(page).get_attribute("aria-valuetext") == "Step 3 of 16"
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(2000)
    assert step_of(page) == 4
    assert live.text_content() == "Step 3 of 16"
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(400)
    assert live.text_content() == "Step 5 of 16"


# ---- pointer ----


def test_a_click_on_an_output_cell_jumps_to_its_step(visit):
    page = visit(player.page(boards.lecture()))
    cell(page, "output", 2, 1).click()
    assert step_of(page) == 9
    # The arrow keys go on from there, without another click and with the pointer still on the cell.
    page.keyboard.press("ArrowRight")
    assert step_of(page) == 10
    page.mouse.move(1, 1)
    assert step_of(page) == 10


def test_after_a_click_a_fragment_takes_the_keys(visit):
    page = visit(player.fragment(boards.lecture()))
    cell(page, "input", 2, 2).click()
    page.keyboard.press("ArrowRight")
    assert step_of(page) == 1


def test_hovering_an_output_cell_shows_its_step_for_the_time(visit):
    page = visit(player.page(boards.lecture()))
    go_to(page, 3)
    cell(page, "output", 3, 3).hover()
    assert step_of(page) == 15
    cell(page, "output", 1, 0).hover()
    assert step_of(page) == 4
    page.mouse.move(1, 1)
    assert step_of(page) == 3


def test_other_cells_do_nothing(visit):
    page = visit(player.page(boards.lecture()))
    for grid in ("input", "products"):
        cell(page, grid, 1, 1).click()
        assert step_of(page) == 0


def test_a_picture_is_clicked_by_place(visit):
    page = visit(player.page(boards.picture()))
    box = page.locator('[data-grid="output"] image').bounding_box()
    page.mouse.click(box["x"] + 20.5 / 26 * box["width"], box["y"] + 3.5 / 26 * box["height"])
    assert step_of(page) == 3 * 26 + 20


def test_of_some_steps_the_nearest_is_shown(visit):
    page = visit(player.page(boards.lecture().only(2, 8, 15)))
    assert step_of(page) == 2
    assert slider(page).get_attribute("max") == "2"
    slider(page).press("ArrowRight")
    assert step_of(page) == 8
    assert page.locator(".cv-count").text_content() == "9 / 16"
    # Step 5 is as far from 2 as from 8: the earlier one is shown.
    for row, column, step in [(0, 0, 2), (1, 1, 2), (1, 2, 8), (3, 2, 15)]:
        cell(page, "output", row, column).click()
        assert step_of(page) == step


def test_a_weight_lights_every_input_cell_that_it_meets(visit):
    page = visit(player.page(boards.padded()))
    before = roles(page, "input")
    cell(page, "kernel", 2, 1).hover()
    # The board says that every weight meets rows and columns 0 to 3 of the input.
    after = roles(page, "input")
    assert {place for place, role in after.items() if role == "lit"} == {(i, j) for i in range(4) for j in range(4)}
    assert {place: role for place, role in after.items() if role != "lit"} == {
        place: role for place, role in before.items() if max(place) > 3
    }
    page.mouse.move(1, 1)
    assert roles(page, "input") == before


def test_a_weight_of_a_real_trace_meets_what_it_is_multiplied_with(visit):
    trace = cv.Convolution(KERNEL, strides=2, padding="same").trace(IMAGE)
    page = visit(player.page(board_of(trace)))
    cell(page, "kernel", 2, 0).hover()
    # Padded at the bottom and right, windows start at rows and columns 0, 2 and 4.
    lit = {place for place, role in roles(page, "input").items() if role == "lit"}
    assert lit == {(i, j) for i in (2, 4, 6) for j in (0, 2, 4)}


def test_weights_are_reached_by_keys(visit):
    page = visit(player.page(boards.lecture()))
    weights = page.locator('[data-grid="kernel"] [tabindex="0"]')
    assert weights.count() == 1
    weights.focus()
    assert "lit" in roles(page, "input").values()
    label = "document.activeElement.getAttribute('aria-label')"
    assert page.evaluate(label) == "Weight [0, 0]: 1, meets 16 cells"
    for key, words in [("ArrowRight", "[0, 1]: 2"), ("ArrowDown", "[1, 1]: 0"), ("ArrowLeft", "[1, 0]: 0")]:
        page.keyboard.press(key)
        assert words in page.evaluate(label)
    page.keyboard.press("ArrowLeft")
    assert step_of(page) == 0
    assert weights.count() == 1
    page.keyboard.press("Escape")
    assert "lit" not in roles(page, "input").values()


def lit_cells(page):
    """The cells that are lit, by input; in a picture those whose middle the overlay covers."""
    return page.locator(".convviz").evaluate(
        """mount => Object.fromEntries([...mount.querySelectorAll("[data-grid^=input]")].map((grid) => {
            const over = grid.querySelector(".cv-over"), cells = [...grid.querySelectorAll("g[data-role=lit]")];
            if (!over) return [grid.dataset.grid, cells.map((cell) => [+cell.dataset.row, +cell.dataset.column])];
            const frame = grid.querySelector(".cv-frame"), [rows, columns, some] = window.sizes;
            const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => +frame.getAttribute(name));
            const found = [];
            for (const row of some ?? Array(rows).keys()) for (const column of some ?? Array(columns).keys()) {
                const middle = new DOMPoint(x + (column + 0.5) / columns * width, y + (row + 0.5) / rows * height);
                if (over.isPointInStroke(middle)) found.push([row, column]);
            }
            return [grid.dataset.grid, found];
        }))"""
    )


def met_in_steps(trace, channel, i, j):
    """Where the steps of a channel of the result read the cell that weight (i, j) is multiplied with, as drawn."""
    rows, columns = trace.geometry.rows, trace.geometry.columns
    steps = [step for step in trace if step.channel == channel]
    return sorted({(step.rows[i] - rows.low, step.columns[j] - columns.low) for step in steps})


def told(page, i, j):
    """How many cells the label of a weight says that it meets."""
    return int(cell(page, "kernel", i, j).get_attribute("aria-label").split("meets ")[1].split()[0])


def places(cells):
    return sorted(map(tuple, cells))


@pytest.mark.parametrize("strides", [1, 2])
def test_a_weight_of_a_depthwise_convolution_lights_its_own_channel(visit, strides):
    random = np.random.default_rng(0)
    kernel = np.arange(36).reshape(3, 3, 1, 4)
    trace = cv.Convolution(kernel, strides=strides, groups=4).trace(random.integers(0, 10, (5, 5, 4)))
    board = board_of(trace)
    page = visit(player.page(board))
    size = len(trace) // 4
    for channel in (0, 2, 1, 3):
        go_to(page, channel * size + 1)
        cell(page, "kernel", 2, 1).hover()
        expected = {f"input.{other}": [] for other in range(4)}
        expected[f"input.{channel}"] = met_in_steps(trace, channel, 2, 1)
        assert len(expected[f"input.{channel}"]) == told(page, 2, 1) == size
        assert {name: places(cells) for name, cells in lit_cells(page).items()} == expected
        assert f": {kernel[2, 1, 0, channel]}, " in cell(page, "kernel", 2, 1).get_attribute("aria-label")
        page.mouse.move(1, 1)
        assert not any(lit_cells(page).values())


def test_what_is_lit_follows_the_step_to_the_next_filter(visit):
    trace = cv.Convolution(np.arange(36).reshape(3, 3, 1, 4), groups=4).trace(np.zeros((5, 5, 4)))
    page = visit(player.page(board_of(trace)))
    cell(page, "kernel", 0, 0).hover()
    for step, name in [(8, "input.0"), (9, "input.1"), (18, "input.2"), (17, "input.1")]:
        go_to(page, step)
        assert [other for other, cells in lit_cells(page).items() if cells] == [name]


def test_a_kernel_of_its_own_lights_its_channel_at_every_step(visit):
    trace = cv.Convolution(np.arange(27).reshape(3, 3, 1, 3), groups=3).trace(np.zeros((5, 5, 3)))
    page = visit(player.page(board_of(trace)))
    for step, channel in [(0, 0), (0, 2), (12, 1), (26, 0)]:
        go_to(page, step)
        cell(page, f"kernel.{channel}", 2, 1).hover()
        lit = {name: places(cells) for name, cells in lit_cells(page).items() if cells}
        assert lit == {f"input.{channel}": met_in_steps(trace, channel, 2, 1)}


def test_each_kernel_of_a_group_lights_the_channel_that_it_meets(visit):
    # Two groups of two channels: the second filter reads channels 2 and 3.
    kernel = np.arange(16).reshape(2, 2, 2, 2)
    trace = cv.Convolution(kernel, groups=2).trace(np.arange(36).reshape(3, 3, 4))
    page = visit(player.page(board_of(trace)))
    for step, slot, channel in [(0, 0, 0), (0, 1, 1), (5, 0, 2), (5, 1, 3)]:
        go_to(page, step)
        cell(page, f"kernel.{slot}", 1, 0).hover()
        lit = lit_cells(page)
        assert places(lit.pop(f"input.{channel}")) == [(1, 0), (1, 1), (2, 0), (2, 1)]
        assert not any(lit.values())


def shot(page):
    box = page.locator('[data-grid="input"] image').bounding_box()
    clip = {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}
    return np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")).astype(int)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"strides": 2},
        {"strides": (1, 2)},
        {"strides": (3, 1)},
        {"padding": "same", "dilation_rate": 2},
    ],
)
def test_in_a_picture_exactly_the_cells_that_a_weight_meets_are_covered(visit, options):
    image = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    trace = cv.Convolution(KERNEL, **options).trace(image)
    board = board_of(trace)
    grid = board.stage.grid("input")
    page = visit(player.page(board, "light"), bypass_csp=True)
    page.evaluate(f"window.sizes = [{grid.rows}, {grid.columns}]")
    page.evaluate("document.querySelectorAll('.cv-mark,.cv-casing,line').forEach((element) => element.remove())")
    before = shot(page)
    for i, j in [(0, 0), (2, 1)]:
        cell(page, "kernel", i, j).hover()
        met = met_in_steps(trace, 0, i, j)
        assert places(lit_cells(page)["input"]) == met
        assert told(page, i, j) == len(met)
        page.evaluate("document.querySelectorAll('.cv-mark,.cv-casing,line').forEach((element) => element.remove())")
        changed = (shot(page) != before).any(axis=2)
        down, across = (
            ((np.arange(count) + 0.5) / count * side).astype(int)
            for count, side in zip((grid.rows, grid.columns), changed.shape, strict=True)
        )
        assert list(map(tuple, np.argwhere(changed[np.ix_(down, across)]))) == met
    page.mouse.move(1, 1)
    assert not any(lit_cells(page).values())


@pytest.mark.parametrize(("strides", "lines"), [(1, 1), (2, 255)])
def test_a_weight_lights_a_photograph_with_few_lines(visit, strides, lines):
    pixels = np.random.default_rng(0).integers(0, 256, (512, 512, 3)).astype(np.uint8)
    trace = cv.Convolution(np.ones((3, 3, 3, 1)), strides=strides).trace(pixels)
    page = visit(player.page(board_of(trace, steps=4)), bypass_csp=True)
    some = [0, 1, 2, 3, 256, 257, 509, 510, 511]
    page.evaluate(f"window.sizes = [512, 512, {some}]")
    cell(page, "kernel.2", 1, 2).hover()
    assert page.locator('[data-grid="input"] .cv-over').get_attribute("d").count("M") == lines
    # Cells that lie apart are smaller than the screen shows, and would leave a faint tint.
    opacity = page.locator('[data-grid="input"] .cv-over').evaluate("over => getComputedStyle(over).opacity")
    assert opacity == ("1" if strides > 1 else "0.55")
    rows, columns = range(1, 511, strides), range(2, 512, strides)
    expected = [(row, column) for row in some if row in rows for column in some if column in columns]
    assert places(lit_cells(page)["input"]) == expected
    assert str(len(rows) * len(columns)) in cell(page, "kernel.2", 1, 2).get_attribute("aria-label")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_window_of_a_photograph_is_an_open_ring_as_in_the_svg(visit, theme):
    trace = cv.Convolution(np.ones((3, 3, 3, 1))).trace(np.zeros((512, 512, 3), np.uint8))
    board = board_of(trace, steps=[130_000])
    page = visit(player.page(board, theme))
    root = ElementTree.fromstring(svg(board.scene(130_000), theme))
    for name in ("casing", "mark"):
        rects = [rect for rect in root.iter("{http://www.w3.org/2000/svg}rect") if rect.get("class") == name]
        drawn_ones = page.locator(f".cv-{name}").all()
        assert len(drawn_ones) == len(rects) == 2
        for mine, theirs in zip(drawn_ones, rects, strict=True):
            for side in ("x", "y", "width", "height"):
                assert float(mine.get_attribute(side)) == pytest.approx(float(theirs.get(side)), abs=0.06)
            width, stroke = mine.evaluate("rect => [getComputedStyle(rect).strokeWidth, getComputedStyle(rect).stroke]")
            assert float(width.removesuffix("px")) == pytest.approx(float(theirs.get("stroke-width")))
            assert stroke == "rgb({}, {}, {})".format(*bytes.fromhex(theirs.get("stroke")[1:]))
    # The pixels within are seen.
    ring = page.locator(".cv-mark").first
    assert float(ring.get_attribute("width")) - 3.2 >= 0.3 * SCALE
    assert ring.evaluate("rect => getComputedStyle(rect).fill") == "none"


# ---- themes, languages, copies ----


def colours(page):
    """Colours of the paper, of the words and of a plain cell."""
    return page.locator(".convviz").first.evaluate(
        """mount => [getComputedStyle(mount.querySelector(".cv-body")).backgroundColor,
        getComputedStyle(mount.querySelector(".cv-body")).color,
        getComputedStyle(mount.querySelector("[data-grid=input] .cv-cell rect")).fill]"""
    )


def of_theme(look):
    def rgb(colour):
        return "rgb({}, {}, {})".format(*bytes.fromhex(colour[1:]))

    return [rgb(look.background), rgb(look.text), rgb(look.cells["cell"].fill)]


def test_a_page_follows_the_preference_of_its_reader(visit):
    page = visit(player.page(boards.lecture()), color_scheme="light")
    assert colours(page) == of_theme(themes.LIGHT)
    page.emulate_media(color_scheme="dark")
    page.locator(".convviz.cv-dark").wait_for()
    assert colours(page) == of_theme(themes.DARK)


def test_a_theme_that_is_given_stays(visit):
    assert colours(visit(player.page(boards.lecture(), "dark"), color_scheme="light")) == of_theme(themes.DARK)
    assert colours(visit(player.page(boards.lecture(), "light"), color_scheme="dark")) == of_theme(themes.LIGHT)


def test_a_fragment_follows_the_notebook_around_it(visit):
    notebook = """<!DOCTYPE html><meta charset="utf-8"><style>body{--jp-layout-color1:#fff}
    body[data-jp-theme-light=false]{--jp-layout-color1:#111}</style><body data-jp-theme-light="true">"""
    page = visit(notebook + player.fragment(boards.lecture()), color_scheme="dark")
    assert colours(page) == of_theme(themes.LIGHT)
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    page.locator(".convviz.cv-dark").wait_for()
    assert colours(page) == ["rgb(17, 17, 17)", *of_theme(themes.DARK)[1:]]


def test_a_fragment_on_a_dark_slide_is_dark(visit):
    source = player.fragment(boards.lecture())
    show = "<!DOCTYPE html><meta charset='utf-8'><body style='background:#191919'>"
    assert colours(visit(show + source)) == of_theme(themes.DARK)
    assert colours(visit(show + "<section class='has-light-background'>" + source)) == of_theme(themes.LIGHT)


def test_every_role_has_its_colours(visit):
    board = boards.lecture()
    cells = {"input": {divmod(i, 6): ("7", role, "n") for i, role in enumerate(themes.ROLES)}}
    page = visit(player.page(replace(board, frames=(Frame(0, cells),), indices=(0,)), theme="dark"))
    for index, role in enumerate(themes.ROLES):
        style = themes.DARK.cells[role]
        rect, text, bold, dashes, hatch = cell(page, "input", *divmod(index, 6)).evaluate(
            """cell => { const look = (name) => getComputedStyle(cell.querySelector(name)); return [look("rect").fill,
            look("text").fill, look("text").fontWeight, look("rect").strokeDasharray,
            cell.querySelector("path") ? look("path").display : "none"]; }"""
        )
        fill, ink = ("rgb({}, {}, {})".format(*bytes.fromhex(colour[1:])) for colour in (style.fill, style.text))
        assert (rect, text, bold == "700", dashes != "none", hatch != "none") == (
            fill,
            ink,
            style.bold,
            style.dashed,
            style.hatched,
        )


def test_a_single_step_needs_no_controls(visit):
    page = visit(player.page(boards.lecture().only(4)))
    assert step_of(page) == 4
    assert not page.locator(".cv-controls").is_visible()
    page.keyboard.press(" ")
    page.keyboard.press("ArrowRight")
    assert step_of(page) == 4


def test_controls_speak_the_language_of_the_stage(visit):
    page = visit(player.page(boards.lecture("ja")))
    page.get_by_role("button", name="再生").click()
    assert page.get_by_role("button", name="一時停止").count() == 1
    page.get_by_role("slider", name="ステップ").press("End")
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == "ステップ 16 / 16"
    assert page.locator(".cv-body").get_attribute("lang") == "ja"


def test_copies_of_one_output_work_side_by_side(visit):
    source = player.fragment(boards.lecture())
    page = visit(f"<!DOCTYPE html><meta charset='utf-8'><body>{source}{source}")
    assert page.locator(".convviz.mounted").count() == 2
    page.get_by_role("slider").nth(1).press("End")
    assert [mount.get_attribute("data-step") for mount in page.locator(".convviz").all()] == ["0", "15"]
    assert page.locator(".convviz [id]").count() == 0


def test_the_picture_is_a_group_with_a_name(visit):
    page = visit(player.page(boards.lecture()))
    assert page.get_by_role("group", name="Convolution").count() == 1
    assert page.locator(".convviz svg[role=img]").count() == 0


@pytest.mark.parametrize("width", [400, 1000])
def test_nothing_is_cut_off(visit, width):
    page = visit(player.page(boards.padded()), viewport={"width": width, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for control in page.locator(".cv-controls > *").all():
        box = control.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert box["height"] >= 40
    # Where the picture is small, its sentence stands below in letters of full size.
    assert page.locator(".cv-spoken").is_visible() == (width == 400)


@pytest.mark.parametrize("make", [player.page, player.fragment])
def test_without_scripts_the_last_step_is_shown(visit, make):
    page = visit(make(boards.lecture()), java_script_enabled=False)
    if make is player.page:
        assert page.locator("td").all_text_contents() == [str(value) for row in boards.OUTPUT for value in row]
        assert page.locator("table").is_visible()
    else:
        image = page.get_by_role("img", name="Step 16 of 16")
        assert image.bounding_box()["width"] > 300
        assert image.bounding_box()["width"] / image.bounding_box()["height"] == pytest.approx(2, abs=0.01)
    assert not page.get_by_role("slider").is_visible()
