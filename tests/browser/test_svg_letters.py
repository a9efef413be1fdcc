"""Texts of SVG pictures as Chromium draws them: numbers inside of their cells, all in the picture, none on another."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from letters import cell_boxes
from random_traces import traces

import convviz as cv
from convviz.render.svg import SCALE, svg
from convviz.stage.captions import LANGUAGES

#: Each text with its box in the units of the picture, as left, top, right and bottom of its letters.
BOXES = """() => {
    const svg = document.querySelector("svg"), { x, y, width, height } = svg.viewBox.baseVal;
    return [[x, y, x + width, y + height], ...[...svg.querySelectorAll("text")].filter((text) => text.textContent.trim())
        .flatMap((text) => (text.querySelector("tspan") ? [...text.querySelectorAll("tspan")] : [text]))
        .map((line) => {
            const first = line.getStartPositionOfChar(0), size = parseFloat(getComputedStyle(line).fontSize);
            return [line.textContent, first.x, first.y - 0.7 * size, first.x + line.getComputedTextLength(), first.y];
        })];
}"""


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page()
    yield page
    page.close()


def require_readable(page, scene):
    """The numbers of a scene stand inside of their cells, and no text on another or beyond the edge."""
    page.set_content(f"<!doctype html>{svg(scene)}")
    (left, top, right, bottom), *texts = page.evaluate(BOXES)
    for text, *box in texts:
        assert left <= box[0] and box[2] <= right and top <= box[1] and box[3] <= bottom, (text, box)
    for grid, cell, box in cell_boxes(scene):
        edges = [side * SCALE for side in box]
        middle = (edges[0] + edges[2]) / 2
        inside = [each for each in texts if edges[1] < each[4] <= edges[3] and each[1] < middle < each[3]]
        assert sorted(each[0] for each in inside) == sorted(filter(None, [cell.text, cell.note])), (grid.name, cell)
        assert all(edges[0] <= each[1] and each[3] <= edges[2] for each in inside), (grid.name, cell, inside)
    boxes = np.array([box for _, *box in texts])
    across = np.minimum(boxes[:, None, 2], boxes[None, :, 2]) - np.maximum(boxes[:, None, 0], boxes[None, :, 0])
    down = np.minimum(boxes[:, None, 3], boxes[None, :, 3]) - np.maximum(boxes[:, None, 1], boxes[None, :, 1])
    on_another = np.argwhere(np.triu((across > 0.01) & (down > 0.01), 1))
    assert not len(on_another), [(texts[one], texts[other]) for one, other in on_another]


@given(traces(sizes=(3, 6)), st.sampled_from(sorted(LANGUAGES)), st.sampled_from([None, 16 / 9, 1, 0.5]), st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_texts_of_a_picture_stand_apart_and_inside(page, trace, lang, shape, data):
    step = data.draw(st.integers(0, trace.shape[2] * trace.shape[3] - 1))
    require_readable(page, trace.board(lang, [step], shape=shape).scene(step))


@given(traces(sizes=(3, 5)), traces(sizes=(3, 5)), st.sampled_from(sorted(LANGUAGES)), st.sampled_from([None, 16 / 9, 0.5]))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_so_do_those_of_two_traces_side_by_side(page, left, right, lang, shape):
    require_readable(page, cv.compare(left, right).board(lang, [0], shape=shape).scene(0))


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_so_do_those_of_pictures_and_long_numbers(page, lang):
    kernel = np.array([[0.25, -1.5, 0.125], [0, 2, -0.75], [1, 0.5, -3]])
    for trace in (
        cv.Convolution(kernel, bias=[-12.5]).trace(np.arange(36).reshape(6, 6) * 7),
        cv.Convolution(kernel).trace(cv.examples.photograph()),
        cv.MaxPooling(2).trace([[3, 4], [1, 2]], view="backward", gradient=[[-0.125]]),
    ):
        require_readable(page, trace.board(lang, [0], shape=16 / 9).scene(0))
