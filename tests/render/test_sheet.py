"""How a stage is laid out on a slide: in the middle, inside, nothing on anything else, letters as large as they can be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_traces import traces

import convviz as cv
from convviz.render.slides.arrangement import INCH, POINT, Area, Sheet, extent, marked, title_points
from convviz.stage.text_width import em_width

AREAS = [Area(INCH // 2, INCH, 12 * INCH, 6 * INCH), Area(0, 3 * INCH, 6 * INCH, 5 * INCH), Area(INCH, 0, 9 * INCH, 3 * INCH)]
WITHOUT = ("title", "place")


def laid_out(board, area):
    """A sheet for all steps of a board, and the boxes of its captions and grids on the slide, by name."""
    texts = [board.frame(index).texts for index in board.indices]
    sheet = Sheet(board.stage, texts, area, WITHOUT)
    boxes = {}
    for name, caption in sheet.captions.items():
        words = {shown.get(name, "") for shown in texts} | {text.text for text in board.stage.texts if text.name == name}
        lines = max(caption.wrapped(each).count("\n") + 1 if each else 0 for each in words)
        if lines:
            height = 1.35 * lines * caption.points * POINT
            boxes[name] = caption.left, caption.top, caption.left + caption.width, caption.top + height
            for line in (line for each in words for line in caption.wrapped(each).split("\n")):
                wide = em_width(line) * caption.points * POINT * (1.1 if caption.bold else 1)
                assert wide <= caption.width * (1 + 1e-9), line
    for grid in board.stage.grids:
        left, top, right, bottom = marked(grid)
        x, y, wide, high = sheet.placement.box(left, top, right - left, bottom - top)
        boxes[f"grid {grid.name}"] = x, y, x + wide, y + high
        if grid.title:
            box = extent(grid.title, 0.42, grid.x + grid.width / 2, grid.y - 0.4, "middle")
            x, y, wide, high = sheet.placement.box(box[0], box[1], box[2] - box[0], box[3] - box[1])
            boxes[f"title {grid.name}"] = x, y, x + wide, y + high
    return sheet, boxes


def require_laid_out(board, area):
    sheet, boxes = laid_out(board, area)
    left, top = (min(box[side] for box in boxes.values()) for side in (0, 1))
    right, bottom = (max(box[side] for box in boxes.values()) for side in (2, 3))
    near = INCH / 200
    assert area.left - near <= left and right <= area.right + near
    assert area.top - near <= top and bottom <= area.bottom + near
    assert top - area.top == pytest.approx(area.bottom - bottom, abs=near), "as much space above as below"
    drawn = [box for name, box in boxes.items() if name.startswith(("grid", "title"))]
    if len({caption.left for caption in sheet.captions.values()}) < 2:
        across = min(box[0] for box in drawn) - area.left, area.right - max(box[2] for box in drawn)
        assert across[0] == pytest.approx(across[1], abs=near)
    captions = [box for name, box in boxes.items() if name in sheet.captions]
    for number, one in enumerate(captions):
        for other in [*captions[number + 1 :], *drawn]:
            apart = one[1] >= other[3] - near or other[1] >= one[3] - near or one[0] >= other[2] or other[0] >= one[2]
            assert apart, (one, other)
    return sheet


@given(traces(sizes=(3, 6)), st.sampled_from(AREAS))
@settings(max_examples=25)
def test_a_sheet_stands_in_the_middle_and_nothing_on_anything_else(trace, area):
    require_laid_out(trace.board(steps=range(min(4, trace.shape[2] * trace.shape[3]))), area)


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_two_operations_stand_in_the_middle(area, lang):
    left, right = cv.Convolution(np.ones((2, 2), int)), cv.MaxPooling(2)
    pair = cv.compare(left, right, np.arange(25).reshape(5, 5))
    sheet = require_laid_out(pair.board(lang), area)
    assert len({caption.left for caption in sheet.captions.values()}) == 2


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize(
    "operations", [(cv.MaxPooling(2), cv.Convolution([[1, 2], [3, 4]], padding="same")), (cv.MaxPooling(5),) * 2]
)
def test_captions_of_two_traces_above_each_other_have_letters_of_one_size(lang, operations):
    area = Area(INCH, INCH, 5 * INCH, 7 * INCH)
    board = cv.compare(*operations, np.arange(25).reshape(5, 5)).board(lang, shape=area.width / area.height)
    sheet = require_laid_out(board, area)
    assert len(sheet.bodies) == 2
    for name in ("title", "place", "formula", "remark.0"):
        assert sheet.captions[f"left.{name}"].points == sheet.captions[f"right.{name}"].points
    boxes = {grid.name: sheet.placement.box(grid.x, grid.y, grid.width, grid.height) for grid in board.stage.grids}
    assert sheet.captions["left.remark.0"].top < sheet.captions["right.title"].top < boxes["right.input"][1]
    assert boxes["left.output"][1] + boxes["left.output"][3] < sheet.captions["left.formula"].top
    (line,) = board.stage.links
    assert sheet.separates(line)
    assert not any(sheet.separates(link) for link in board.frame(0).links)


words = st.text("abc ABC", min_size=1, max_size=90).map(lambda text: text.strip() or "a")


@given(words, words, st.integers(2, 12), st.floats(0.3, 1.5), st.integers(10, 44), st.booleans())
@settings(max_examples=200)
def test_a_title_has_the_largest_letters_that_fit(title, below, width, height, largest, bold):
    width, height = width * INCH, round(height * INCH)
    size, small = title_points(title, below, width, height, largest, bold)
    assert 8 <= size <= largest

    def lines(text, points, wide=1.0):
        return wrapped_lines(text, width / (points * POINT * wide))

    def fits(points):
        little = max(0.6 * points, min(points, 14))
        counts = lines(title, points, 1.1 if bold else 1.0), lines(below, little)
        return 1.2 * POINT * (counts[0] * points + counts[1] * little) <= height, counts

    if (size, small) == (8, 8) and not fits(8)[0]:
        return  # nothing fits: the smallest letters
    assert small == max(0.6 * size, min(size, 14))
    good, counts = fits(size)
    assert good
    larger = [fits(points) for points in range(size + 1, largest + 1)]
    if counts == (1, 1) and size >= 18:
        assert not any(fit and each == (1, 1) for fit, each in larger)
    elif counts != (1, 1):
        assert not any(fit for fit, _ in larger)


def wrapped_lines(text, room):
    """How many lines a text takes, word by word; a word that is too long has a line of its own."""
    count, line = 1, ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and em_width(longer) > room:
            count, line = count + 1, word
        else:
            line = longer
    return count
