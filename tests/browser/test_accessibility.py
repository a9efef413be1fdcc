"""Who cannot use a pointer or see the picture: axe-core's rules, and everything by the keyboard."""

import boards
import numpy as np
import pytest

import convviz as cv
from convviz.check import report_page
from convviz.render.page import player
from convviz.render.page.quiz import quiz_page
from convviz.stage.forward import board as board_of

from .handles import drawn, roles, slider, step_of

IMAGE, KERNEL = [list(row) for row in boards.IMAGE], [list(row) for row in boards.KERNEL]
QUIZ = cv.exercise("convolution", 1, "hard").quiz()
NOTES = [("Output size", "⌊(6 − 3)/1⌋ + 1 = 4"), ("Keras", "keras.layers.Conv2D(1, 3)")]
WRONG = [[18, 22, 19, 20], [16, 18, 21, 18], [18, 25, 21, 19], [15, 17, 22, 16]]
READERS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 400, "height": 700}},
}


def lecture(lang="en"):
    return board_of(cv.Convolution(KERNEL, bias=1).trace(IMAGE), lang)


# What nbconvert's template puts around an output: colours of Jupyter's theme, and elements.
STYLE = """body{--jp-layout-color1:#fff;--jp-content-font-color1:#212121;background:#fff}
@media(prefers-color-scheme:dark){
    body{--jp-layout-color1:#111;--jp-content-font-color1:#fff;background:#111;color:#fff}}"""


def notebook(part, lang="en"):
    """A part of a page, twice, as it stands in a notebook's HTML."""
    cell = f'<div class="jp-Cell"><div class="jp-OutputArea-output">{part}</div></div>'
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>Notebook</title>'
        f'<style>{STYLE}</style></head><body class="jp-Notebook"><main><h1>Notebook</h1>{cell}{cell}</main></body></html>'
    )


def report(lang):
    return notebook(report_page.html(cv.Convolution(KERNEL).check(IMAGE, WRONG, lang=lang)), lang)


PAGES = {
    "page": lambda: player.page(lecture()),
    "heading": lambda: player.page(lecture(), title="Lecture"),
    "Japanese": lambda: player.page(lecture("ja")),
    "notes": lambda: player.page(lecture(), notes=NOTES),
    "predict": lambda: player.page(lecture(), predict=True),
    "Japanese predict": lambda: player.page(lecture("ja"), predict=True, notes=NOTES),
    "stamps": lambda: player.page(
        board_of(cv.TransposedConvolution(KERNEL).trace([[1, 2], [3, 4]], view="scatter")), predict=True
    ),
    "picture": lambda: player.page(board_of(cv.MaxPooling(2).trace(np.arange(784).reshape(28, 28)))),
    "slide": lambda: player.page(lecture(), reveal=True),
    "fragment": lambda: notebook(player.fragment(lecture())),
    "all": lambda: notebook(player.fragment(lecture("ja"), predict=True, notes=NOTES), "ja"),
    "quiz": lambda: quiz_page(QUIZ._board, QUIZ._sealed),
    "Japanese quiz": lambda: notebook(cv.exercise("max_pooling", 1).quiz("ja")._repr_html_(), "ja"),
    "report": lambda: report("en"),
    "Japanese report": lambda: report("ja"),
}


@pytest.fixture
def violations(npm):
    """A function that lists what axe-core finds in a page: rule, impact, and the first element."""
    axe = (npm("axe-core") / "axe.min.js").read_text("utf-8")

    def look(page):
        page.evaluate(axe)
        found = page.evaluate("axe.run()")["violations"]
        return [(rule["impact"], rule["id"], rule["nodes"][0]["html"][:200]) for rule in found]

    return look


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(visit, violations, name, reader):
    page = visit(PAGES[name](), bypass_csp=True, **READERS[reader])
    assert violations(page) == []
    if page.locator(".cv-show").count():
        page.locator(".cv-show").first.click()
        assert violations(page) == []
    if page.locator(".cv-ask").count():  # right cells and wrong ones
        page.locator(".cv-ask button").nth(1).click()
        page.locator(".cv-fields input").first.fill("x")
        page.locator(".cv-fields input").first.press("Enter")
        page.locator("[data-state=wrong]").first.wait_for()
        assert violations(page) == []


@pytest.mark.parametrize("name", ["page", "Japanese predict", "fragment", "quiz"])
def test_axe_finds_nothing_where_scripts_do_not_run(visit, violations, name):
    source = PAGES[name]()
    # What scripts would have made is not there; axe itself is one.
    without = source.replace("<script>", '<script type="text/plain">')
    page = visit(without, bypass_csp=True)
    assert page.locator(".convviz.mounted").count() == 0
    assert violations(page) == []


def test_axe_finds_what_is_wrong(visit, violations):
    page = visit("<!DOCTYPE html><html><head><meta charset='utf-8'></head><body><img src='data:,'><button></button>")
    assert {"image-alt", "button-name", "html-has-lang"} <= {rule for _, rule, _ in violations(page)}


def focused(page):
    return page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")


def texts(page):
    return [text for _, _, text, _, _ in drawn(page)["output"]]


STOPS = [
    "Weight [0, 0]: 1, meets 16 cells",
    "?: Show result",
    "Play",
    "Back one step",
    "Step",
    "On one step",
    "Speed",
    "Show result",
    "Copy: Output size",
    "Copy: Keras",
]


# How thick the ring is around what has the focus: of a cell, the outline of its square.
RING = """() => {
    const here = document.activeElement, square = here.querySelector(":scope > rect");
    return square ? getComputedStyle(square).strokeWidth : getComputedStyle(here).outlineWidth;
}"""


def go(page, name):
    """Press Tab until the element of that name has the focus."""
    for _ in STOPS:
        page.keyboard.press("Tab")
        if focused(page) == name:
            return
    raise AssertionError(f"Tab does not lead to {name}")


def test_tab_leads_to_everything_and_back(visit):
    page = visit(player.page(lecture(), predict=True, notes=NOTES))
    seen = []
    for _ in STOPS:
        page.keyboard.press("Tab")
        seen.append(focused(page))
        ring = page.evaluate(RING)
        assert float(ring.removesuffix("px")) >= 3, f"the focus on {seen[-1]} is not to be seen"
    assert seen == STOPS
    for name in STOPS[-2::-1]:
        page.keyboard.press("Shift+Tab")
        assert focused(page) == name


def test_everything_works_by_the_keyboard_alone(visit):
    page = visit(player.page(lecture(), predict=True, notes=NOTES), permissions=["clipboard-read", "clipboard-write"])
    keys = page.keyboard
    go(page, STOPS[0])
    assert "lit" in roles(page, "input").values()
    keys.press("ArrowRight")
    assert focused(page).startswith("Weight [0, 1]: 2")
    go(page, "?: Show result")
    keys.press("Enter")
    assert (texts(page)[0], focused(page)) == ("19", "19: Hide result")
    keys.press("ArrowRight")
    keys.press(" ")
    assert texts(page)[1] == "21"
    go(page, "Step")
    for key, step in (("End", 15), ("ArrowLeft", 14), ("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2)):
        keys.press(key)
        assert step_of(page) == step
    keys.press("Enter")
    assert texts(page)[2] == "20"
    go(page, "On one step")
    keys.press("Enter")
    assert step_of(page) == 3
    go(page, "Speed")
    keys.press("ArrowDown")
    assert page.get_by_label("Speed").input_value() == "2"
    keys.press("Tab")
    assert focused(page) == "Show result"
    keys.press(" ")
    assert (texts(page)[3], focused(page)) == ("21", "Hide result")
    go(page, "Copy: Keras")
    keys.press("Enter")
    page.get_by_text("Copied", exact=True).first.wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == NOTES[1][1]
    keys.press("Escape")
    assert page.evaluate("document.activeElement == document.body")
    keys.press(" ")
    assert page.get_by_role("button", name="Pause").count() == 1
    keys.press("Escape")
    slider(page).focus()
    keys.press(" ")
    assert page.get_by_role("button", name="Play").count() == 1
