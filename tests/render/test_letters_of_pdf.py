"""The letters of a PDF, read from its pages: one size in each grid, and numbers inside of their cells."""

import re
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from letters import cell_boxes, text_width
from random_traces import traces

import convviz as cv
from convviz.stage import theme as themes
from convviz.stage.captions import LANGUAGES

#: The end of a rectangle to which what follows is clipped; the place and the size of a text.
CLIPPED = b" re W n"
TEXT = re.compile(rb"\n1 0 -?0 1 (\S+) (\S+) cm\nBT\n/F\d+ (\S+) Tf")


def pages_of(path):
    """The content of each page of a PDF."""
    data = path.read_bytes()
    contents = re.findall(rb"/Contents (\d+) 0 R", data)
    for number in contents:
        stream = re.search(rb"\n" + number + rb" 0 obj\n.*?stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
        yield zlib.decompress(stream[1])


def written(page):
    """The texts in cells: the box of the cell, left, bottom, width and height; where the text starts; and its size."""
    before, *parts = page.split(CLIPPED)
    for part in parts:
        box, before = before.split()[-4:], part
        if found := TEXT.search(part):
            yield [float(number) for number in (*box, *found.groups())]


def sizes_by_grid(trace, path, step, lang, side=(1280, 720)):
    """The sizes of the numbers of each grid on the page of a step, in points; they stand inside of their cells."""
    trace.save(path, lang=lang, steps=[step], size=side)
    (page,) = pages_of(path)
    scene = trace.board(lang, [step], shape=side[0] / side[1]).scene(step)
    stage, found, texts = scene.stage, {}, list(written(page))
    width, height = (pixels * 0.72 for pixels in side)
    unit = min(width / stage.width, height / stage.height)
    across, down = (width - unit * stage.width) / 2, (height - unit * stage.height) / 2
    for grid, cell, box in cell_boxes(scene):
        x, y = across + unit * (box[0] + box[2]) / 2, height - down - unit * (box[1] + box[3]) / 2
        inside = [text for text in texts if text[0] < x < text[0] + text[2] and text[1] < y < text[1] + text[3]]
        assert len(inside) == bool(cell.text) + bool(cell.note), (grid.name, cell)
        if cell.text:
            left, _, wide, _, start, _, size = inside[0]
            found.setdefault(grid.name, set()).add(round(size, 2))
            end = start + size * text_width(cell.text, themes.LIGHT.cells[cell.role].bold)
            assert left <= start and end <= left + wide, (grid.name, cell)
    return found


@given(traces(sizes=(3, 6)), st.sampled_from(sorted(LANGUAGES)), st.data())
@settings(max_examples=12)
def test_numbers_of_a_grid_have_one_size(tmp_path_factory, trace, lang, data):
    step = data.draw(st.integers(0, trace.shape[2] * trace.shape[3] - 1))
    side = data.draw(st.sampled_from([(1280, 720), (900, 900), (700, 1200)]))
    sizes = sizes_by_grid(trace, tmp_path_factory.mktemp("pdf") / "a.pdf", step, lang, side)
    assert all(len(each) == 1 for each in sizes.values()), sizes


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_digits_of_the_example_are_24_pixels_high(lang, tmp_path):
    sizes = sizes_by_grid(cv.examples.lecture_6x6.trace(), tmp_path / "a.pdf", 5, lang)
    assert all(len(each) == 1 for each in sizes.values()), sizes
    assert min(min(each) for each in sizes.values()) >= 24 * 0.72
