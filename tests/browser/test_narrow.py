"""On a narrow screen grids stand above each other, in letters and cells that a finger and an eye can use."""

import numpy as np
import pytest

import convviz as cv

from .handles import CELLS, cell, expected

RNG = np.random.default_rng(5)
TRACES = {
    "lecture": lambda: cv.examples.lecture_6x6.trace(),
    "channels": lambda: cv.Convolution(RNG.integers(-2, 3, (3, 3, 3, 3)), bias=[1, 2, 3]).trace(RNG.integers(0, 4, (5, 5, 3))),
    "pooling": lambda: cv.MaxPooling(2).trace(RNG.integers(0, 99, (6, 6))),
    "depthwise": lambda: cv.Convolution(RNG.integers(-2, 3, (2, 2, 1, 3)), groups=3).trace(RNG.integers(0, 4, (4, 4, 3))),
    "photograph": lambda: cv.Convolution([[1, 0, -1]] * 3).trace(RNG.integers(0, 256, (60, 60))),
    "side by side": lambda: cv.compare(*PAIR),
    "groups": lambda: cv.Convolution(RNG.integers(-2, 3, (3, 3, 2, 4)), groups=2).trace(RNG.integers(0, 4, (5, 5, 4))),
    "eight channels": lambda: cv.Convolution(RNG.integers(-2, 3, (3, 3, 8, 1)), bias=[1]).trace(RNG.integers(0, 4, (6, 6, 8))),
    "fifteen columns": lambda: cv.Convolution(RNG.integers(-2, 3, (3, 3))).trace(RNG.integers(-2, 4, (15, 15))),
    "large kernel": lambda: cv.Convolution(RNG.integers(-2, 3, (7, 7))).trace(RNG.integers(-2, 4, (12, 12))),
    "decimals": lambda: cv.Convolution(RNG.integers(-200, 200, (3, 3)) / 100).trace(RNG.integers(0, 256, (6, 6))),
}
PAIR = cv.Convolution([[1, 2], [0, 1]], padding="same"), cv.Convolution([[1, 2], [0, 1]])
#: The boxes of all grids, and the heights of letters, in pixels of the screen.
BOXES = """(mount) => [...mount.querySelectorAll("[data-grid]")].map((grid) => {
    const { left, top, right, bottom } = grid.getBoundingClientRect();
    return [grid.dataset.grid, left, top, right, bottom];
})"""
LETTERS = """(mount) => {
    const svg = mount.querySelector("svg"), scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    return [...svg.querySelectorAll("text")].filter((text) => text.textContent)
        .map((text) => scale * parseFloat(text.getAttribute("font-size")));
}"""


@pytest.fixture
def narrow(browser, tmp_path):
    """A function that opens the page of a trace on a telephone."""
    pages = []

    def opened(trace, width=390, **options):
        path = trace.save(tmp_path / f"{len(pages)}.html", steps=4, **options)
        page = browser.new_page(viewport={"width": width, "height": 844})
        pages.append(page)
        page.goto(path.as_uri())
        return page

    yield opened
    for page in pages:
        page.close()


@pytest.mark.parametrize("name", TRACES)
def test_letters_and_cells_are_large_enough_and_nothing_overlaps(name, narrow):
    trace = TRACES[name]()
    page = narrow(trace)
    mount = page.locator(".convviz").first
    boxes = mount.evaluate(BOXES)
    assert all(left >= 0 and right <= 390 for _, left, _, right, _ in boxes)
    for at, (one, *first) in enumerate(boxes):
        for other, *second in boxes[at + 1 :]:
            apart = first[2] <= second[0] or second[2] <= first[0] or first[3] <= second[1] or second[3] <= first[1]
            assert apart, (one, other)
    assert min(mount.evaluate(LETTERS)) >= 11
    stage = trace.board(steps=4).stage
    sizes = {name: (right - left) / stage.grid(name).columns for name, left, _, right, _ in boxes}
    shown = [grid.name for grid in stage.grids if grid.texts is not None]
    assert min(sizes[name] for name in shown) >= 24, sizes
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_comparison_stands_one_above_the_other(narrow):
    boxes = {name: box for name, *box in narrow(cv.compare(*PAIR)).locator(".convviz").first.evaluate(BOXES)}
    assert max(box[3] for name, box in boxes.items() if name.startswith("left")) <= min(
        box[1] for name, box in boxes.items() if name.startswith("right")
    )


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_each_side_of_a_comparison_has_its_title(narrow, lang):
    pair = cv.Convolution([[1, 2], [0, 1]], strides=2, padding="same"), cv.Convolution([[1, 2], [0, 1]], flip_kernel=True)
    mount = narrow(cv.compare(*pair), lang=lang).locator(".convviz").first
    texts = mount.locator("svg text").evaluate_all(
        "(texts) => texts.map((text) => [[...text.childNodes].map((line) => line.textContent).join(' '),"
        " text.getBoundingClientRect().left, text.getBoundingClientRect().right])"
    )
    for operation in pair:
        title = operation.trace(cv.examples.get("lecture_6x6").image).board(lang).stage.title
        found = [text for text in texts if text[0] == title]
        assert len(found) == 1, (title, texts)
        assert 0 <= found[0][1] < found[0][2] <= 390


def test_cells_show_the_same_as_on_a_wide_screen(narrow):
    trace = TRACES["channels"]()
    page = narrow(trace)
    scene = trace.board(steps=4).scene(0)
    found, wanted = page.locator(".convviz").first.evaluate(CELLS), expected(scene)
    for name in wanted:
        # notes that could not be read are left out
        assert [cell[:4] for cell in found[name]] == [cell[:4] for cell in wanted[name]]
        assert all(cell[4] in ("", other[4]) for cell, other in zip(found[name], wanted[name], strict=True))
    assert set(found) == set(wanted)
    sentence = page.locator(".cv-spoken").inner_text()
    assert sentence == scene.frame.spoken
    assert page.get_by_role("heading").inner_text() == scene.stage.title


def test_pointing_finds_the_moved_cells(narrow):
    trace = TRACES["lecture"]()
    page = narrow(trace)
    cell(page, "output", 3, 3).click()
    assert page.locator(".convviz").first.get_attribute("data-step") == "15"


def test_an_output_of_a_notebook_has_its_title_on_a_telephone(browser):
    trace = TRACES["lecture"]()
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_content(trace._repr_html_())
    assert page.locator(".cv-body > p.cv-strong").inner_text() == trace.board().stage.title
    page.close()


def test_a_wide_page_has_its_captions(narrow):
    page = narrow(TRACES["lecture"](), width=900)
    assert page.locator("svg text", has_text="output size").count() == 1
