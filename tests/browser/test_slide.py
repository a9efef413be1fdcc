"""In a page the window slides from step to step, unless the reader wants no motion."""

import pytest

import convviz as cv

TRACES = {
    "convolution": lambda: cv.Convolution([[1, 2], [3, 4]]).trace([[1, 2, 3, 4]] * 3),
    "channels": lambda: cv.Convolution([[[[1], [2]]]]).trace([[[1, 2], [3, 4], [5, 6]]] * 2),
    "comparison": lambda: cv.compare(cv.MaxPooling(2), cv.AveragePooling(2), [[1, 2, 3, 4]] * 4),
    "photograph": lambda: cv.Convolution([[1, 0, -1]] * 3).trace(cv.examples.photograph()),
}
#: Goes to the next step and stops every motion half-way; for each outline that moves, how far it is from its place.
HALF = """(svg) => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    return svg.getAnimations({ subtree: true }).map((motion) => {
        motion.pause();
        motion.currentTime = motion.effect.getTiming().duration / 2;
        const ring = motion.effect.target, { e, f } = new DOMMatrix(getComputedStyle(ring).transform);
        return [ring.getAttribute("class"), e, f];
    });
}"""
#: Waits until nothing moves; how many motions there are, and where the outlines are seen.
FINISHED = "(svg) => Promise.all(svg.getAnimations({ subtree: true }).map((motion) => motion.finished)).then(() => null)"
MOTIONS = "(svg) => svg.getAnimations({ subtree: true }).length"
SEEN = """(svg) => [...svg.querySelectorAll(".cv-mark")].map((ring) =>
    ring.getBBox().x + new DOMMatrix(getComputedStyle(ring).transform).e)"""
#: The places of outlines by their class.
PLACES = """(svg) => [...svg.querySelectorAll(".cv-mark")].map((ring) => [+ring.getAttribute("x"), +ring.getAttribute("y")])"""


@pytest.fixture
def page_of(browser, tmp_path):
    """A function that opens the page of a trace for readers who want motion or do not."""
    opened = []

    def go(trace, motion="no-preference"):
        page = browser.new_page(viewport={"width": 1280, "height": 720}, reduced_motion=motion)
        opened.append(page)
        page.goto(trace.save(tmp_path / f"{len(opened)}.html").as_uri())
        return page

    yield go
    for page in opened:
        page.close()


@pytest.mark.parametrize("name", TRACES)
def test_half_way_the_window_is_between_its_places(name, page_of):
    svg = page_of(TRACES[name]()).locator(".convviz > .cv-body > svg")
    before, half, after = svg.evaluate(PLACES), svg.evaluate(HALF), svg.evaluate(PLACES)
    moved = [(x - to_x, y - to_y) for (x, y), (to_x, to_y) in zip(before, after, strict=True) if (x, y) != (to_x, to_y)]
    rings = [[x, y] for ring, x, y in half if ring == "cv-mark"]
    assert len(rings) == len(moved) > 0
    assert rings == [pytest.approx([x / 2, y / 2], abs=0.01) for x, y in moved]


def test_an_outline_ends_in_its_place(page_of):
    page = page_of(TRACES["convolution"]())
    svg = page.locator(".convviz > .cv-body > svg")
    page.keyboard.press("ArrowRight")
    svg.evaluate(FINISHED)
    assert svg.evaluate(SEEN) == pytest.approx([x for x, _ in svg.evaluate(PLACES)])


def test_who_wants_no_motion_gets_none(page_of):
    page = page_of(TRACES["convolution"](), "reduce")
    assert page.locator(".convviz > .cv-body > svg").evaluate(HALF) == []
    assert page.locator(".convviz").get_attribute("data-step") == "1"


def test_a_step_that_is_pointed_at_is_there_at_once(page_of):
    page = page_of(TRACES["convolution"]())
    page.locator('[data-grid="output"] [data-row="1"][data-column="2"]').hover()
    assert page.locator(".convviz").get_attribute("data-step") == "5"
    assert page.locator(".convviz > .cv-body > svg").evaluate(MOTIONS) == 0
