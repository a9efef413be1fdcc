"""The letters of a deck of slides, read from the file: one size in each grid, and no text is wider than its shape."""

import numpy as np
import pptx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from letters import text_width
from pptx.util import Pt
from random_traces import traces

import convviz as cv
from convviz.stage.captions import LANGUAGES

RNG = np.random.default_rng(5)


def digits(*shape):
    return RNG.integers(-2, 4, shape)


def numbers_of(table):
    """The numbers of a table with the runs that write them, by cell; a note above a number is none of them."""
    for row, cells in enumerate(table.rows):
        for column, cell in enumerate(cells.cells):
            runs = [run for paragraph in cell.text_frame.paragraphs for run in paragraph.runs]
            if runs:
                yield (row, column), runs[-1]


def require_one_size(slide):
    """Every number of a grid has one size; returns the smallest size of all, in points."""
    smallest = []
    for shape in slide.shapes:
        if shape.has_table:
            sizes = {run.font.size for _, run in numbers_of(shape.table)}
            assert len(sizes) <= 1, (shape.name, {size.pt for size in sizes})
            smallest += sizes
    return min(smallest).pt


def require_within(slide):
    """No line of words is wider than its text box, no number than its cell; and nothing stands outside of the slide."""
    width = slide.part.package.presentation_part.presentation.slide_width
    for shape in slide.shapes:
        assert 0 <= shape.left and shape.left + shape.width <= width, shape.name
        if shape.has_table:
            for (_, column), run in numbers_of(shape.table):
                wide = text_width(run.text, bool(run.font.bold)) * run.font.size
                assert wide <= shape.table.columns[column].width, (shape.name, run.text)
        elif shape.has_text_frame and not shape.is_placeholder:
            for paragraph in shape.text_frame.paragraphs:
                for line in lines_of(paragraph):
                    wide = sum(text_width(run.text, bool(run.font.bold)) * run.font.size for run in line)
                    assert wide <= shape.width + Pt(0.05), (shape.name, [run.text for run in line])


def lines_of(paragraph):
    """The runs of a paragraph, line by line."""
    lines = [[]]
    runs = {run._r: run for run in paragraph.runs}
    for element in paragraph._p:
        if element.tag.endswith("}br"):
            lines.append([])
        elif element in runs:
            lines[-1].append(runs[element])
    return lines


def slides_of(trace, folder, **options):
    return pptx.Presentation(trace.save(folder / "deck.pptx", **options)).slides


@given(traces(sizes=(3, 6)), st.sampled_from(sorted(LANGUAGES)), st.data())
@settings(max_examples=20)
def test_numbers_of_a_grid_have_one_size_and_no_text_is_too_wide(tmp_path_factory, trace, lang, data):
    steps = sorted(data.draw(st.sets(st.integers(0, trace.shape[2] * trace.shape[3] - 1), min_size=1, max_size=2)))
    for slide in slides_of(trace, tmp_path_factory.mktemp("deck"), lang=lang, steps=steps):
        require_one_size(slide)
        require_within(slide)


@given(traces(sizes=(3, 5)), traces(sizes=(3, 5)), st.sampled_from(sorted(LANGUAGES)))
@settings(max_examples=10)
def test_so_have_those_of_two_traces_side_by_side(tmp_path_factory, left, right, lang):
    for slide in slides_of(cv.compare(left, right), tmp_path_factory.mktemp("deck"), lang=lang, steps=[0]):
        require_one_size(slide)
        require_within(slide)


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
@pytest.mark.parametrize(
    ("trace", "points"),
    [
        (cv.examples.lecture_6x6.trace(), 18),
        (cv.Convolution(digits(3, 3)).trace(digits(5, 5)), 18),
        (cv.Convolution(digits(3, 3), padding="same").trace(digits(5, 5)), 18),
        (cv.Convolution(digits(3, 3, 3, 1), bias=[-2]).trace(digits(5, 5, 3)), 14),
        (cv.Convolution(digits(3, 3, 3, 3), bias=[1, 2, -2]).trace(digits(5, 5, 3)), 14),
        (cv.Convolution(digits(7, 7)).trace(digits(10, 10)), 12),
        (cv.MaxPooling(2).trace(digits(6, 6)), 18),
    ],
    ids=["lecture", "5×5", "same", "three channels", "three channels and filters", "7×7 kernel", "pooling"],
)
def test_numbers_in_the_file_are_read_from_the_last_row(trace, points, lang, tmp_path):
    for slide in slides_of(trace, tmp_path, lang=lang, steps=[4]):
        assert require_one_size(slide) >= points
        require_within(slide)
