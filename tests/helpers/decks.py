"""Traces and templates for the tests of slides, and what is read back from a deck."""

import functools
import re

import boards
import numpy as np
import pptx
from pptx.enum.dml import MSO_FILL
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml import parse_xml

import convviz as cv
from convviz.stage import theme as themes

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
A_P = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
IMAGE, KERNEL = np.array(boards.IMAGE), np.array(boards.KERNEL)
CHANNELS = (np.arange(6 * 6 * 4).reshape(6, 6, 4) * 7) % 10


def grouped():
    weights = (np.arange(3 * 3 * 2 * 2).reshape(3, 3, 2, 2) % 5) - 2
    return cv.Convolution(weights, padding="same", groups=2, bias=[1, -2]).trace(CHANNELS)


def scattered():
    return cv.TransposedConvolution(KERNEL, strides=2, bias=1).trace(IMAGE[:3, :3], view="scatter")


TRACES = {
    "lecture": lambda: cv.examples.lecture_6x6.trace(),
    "same with bias": lambda: cv.Convolution(KERNEL, padding="same", bias=-20).trace(IMAGE),
    "strides that leave cells out": lambda: cv.Convolution([[1, 2], [3, 4]], strides=3).trace(IMAGE),
    "groups": grouped,
    "max pooling": lambda: cv.MaxPooling(3, strides=2, padding=1, ceil_mode=True).trace(IMAGE),
    "average pooling": lambda: cv.AveragePooling(3, strides=2, padding=1).trace(IMAGE),
    "transposed, gathered": lambda: cv.TransposedConvolution(KERNEL, strides=2).trace(IMAGE[:3, :3]),
    "transposed, scattered": scattered,
    "floats": lambda: cv.Convolution(KERNEL / 7).trace(IMAGE / 3),
}
PICTURES = {
    "photograph": lambda: cv.Convolution(cv.examples.kernel("sobel_x")).trace(cv.examples.photograph()),
    "28×28": lambda: cv.Convolution(KERNEL).trace(np.arange(784).reshape(28, 28).astype(np.uint8)),
}


@functools.cache
def board_of(name, lang="en"):
    traces = TRACES | PICTURES
    if name == "compared":
        return cv.compare(cv.Convolution(KERNEL, padding="same"), cv.Convolution(KERNEL)).board(lang, [0, 7, 35])
    return traces[name]().board(lang, 3)


def named(slide):
    """Shapes by name, without the "convviz " before it."""
    return {shape.name.removeprefix("convviz "): shape for shape in slide.shapes}


def colour(fill):
    return f"#{fill.fore_color.rgb}".lower()


def flat(shape):
    """The words of a text box on one line."""
    return re.sub(r"\s", " ", shape.text_frame.text)


def theme_of(master):
    """The theme of a master, as the bytes of its file."""
    return master.part.part_related_by(RELATIONSHIP_TYPE.THEME).blob


def assert_same_cells(slide, scene, look=themes.LIGHT):
    """Each grid of numbers is one table, and each of its cells as the scene says."""
    shapes = named(slide)
    grids = [grid for grid in scene.stage.grids if grid.texts is not None]
    assert sum(shape.has_table for shape in slide.shapes) == len(grids)
    for grid in grids:
        table = shapes[grid.name].table
        assert (len(table.rows), len(table.columns)) == (grid.rows, grid.columns)
        for cell in scene.cells(grid):
            assert_same_cell(table.cell(cell.row, cell.column), cell, look.cells[cell.role])


def assert_same_cell(drawn, cell, style):
    assert drawn.text == "\n".join(filter(None, [cell.note, cell.text]))
    assert (drawn.margin_left, drawn.margin_top, drawn.margin_right, drawn.margin_bottom) == (0, 0, 0, 0)
    assert drawn.fill.type == (MSO_FILL.PATTERNED if style.hatched else MSO_FILL.SOLID)
    if style.hatched:
        assert f"#{drawn.fill.back_color.rgb}".lower() == style.fill
    else:
        assert colour(drawn.fill) == style.fill
    paragraphs = drawn.text_frame.paragraphs
    runs = [run for paragraph in paragraphs for run in paragraph.runs]
    assert {colour(run.font.fill) for run in runs} <= {style.text}
    if cell.text:
        assert bool(runs[-1].font.bold) == style.bold
    if cell.note:
        assert not runs[0].font.bold
    if cell.note and cell.text:
        assert runs[0].font.size < runs[1].font.size


NAVY, GOLD, CREAM = "0A1F44", "F2C14E", "FFF4D6"


def template(path, title_only=True):
    """A deck of 4:3 whose master has a background, colours and fonts of its own, with two slides."""
    deck = pptx.Presentation()
    master = deck.slide_master
    theme = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    theme.blob = theme.blob.replace(b'latin typeface="Calibri"', b'latin typeface="Georgia"')
    background = f'<a:solidFill {A_P}><a:srgbClr val="{NAVY}"/></a:solidFill>'
    (place,) = master._element.xpath("p:cSld/p:bg")
    place.clear()
    place.append(
        parse_xml(
            f'<p:bgPr xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main">{background}'
            f"<a:effectLst {A_P}/></p:bgPr>"
        )
    )
    for style, ink in (("titleStyle", GOLD), ("bodyStyle", CREAM)):
        (fill,) = master._element.xpath(f"p:txStyles/p:{style}/a:lvl1pPr/a:defRPr/a:solidFill")
        fill[:] = [parse_xml(f'<a:srgbClr {A_P} val="{ink}"/>')]
    for number in (1, 2):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = f"example {number}"
        slide.notes_slide.notes_text_frame.text = f"example {number}"
    add_what_points_to_slides(deck)
    if not title_only:
        for layout in list(deck.slide_layouts):
            if layout.name in ("Title Only", "Blank"):
                deck.slide_layouts.remove(layout)
    deck.save(path)
    return path


def add_what_points_to_slides(deck):
    """A section, and a button of the master that leads to the first slide."""
    ids = "".join(f'<p14:sldId id="{slide.slide_id}"/>' for slide in deck.slides)
    deck.part._element.append(
        parse_xml(
            '<p:extLst xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main">'
            '<p:ext uri="{521415D9-36F7-43E2-AB2F-B90AF26B5E84}">'
            '<p14:sectionLst xmlns:p14="http://schemas.microsoft.com/office/powerpoint/2010/main">'
            '<p14:section name="x" id="{00000000-0000-0000-0000-000000000001}">'
            f"<p14:sldIdLst>{ids}</p14:sldIdLst></p14:section></p14:sectionLst></p:ext></p:extLst>"
        )
    )
    master = deck.slide_master
    name = master.part.relate_to(deck.slides[0].part, RELATIONSHIP_TYPE.SLIDE)
    (footer,) = (shape for shape in master.placeholders if shape._element.ph.get("type") == "ftr")
    footer._element.xpath(".//p:cNvPr")[0].append(
        parse_xml(
            f'<a:hlinkClick {A_P} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
            f' r:id="{name}" action="ppaction://hlinksldjump"/>'
        )
    )
