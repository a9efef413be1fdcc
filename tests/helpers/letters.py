"""Widths of texts with the metrics of a font, and where the cells of a scene are."""

import functools
import unicodedata
from pathlib import Path

import matplotlib
from PIL import ImageFont

#: Fonts are measured in this size.
LARGE = 1000


@functools.cache
def font(bold):
    """DejaVu Sans, which matplotlib brings; other fonts of slides and pages have narrower letters."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(folder / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"), LARGE)


@functools.cache
def letter_width(letter, bold):
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return font(bold).getlength(letter) / LARGE


def text_width(text, bold=False):
    """Width of a line in sizes of its letters."""
    return sum(letter_width(letter, bold) for letter in text)


def cell_boxes(scene):
    """Each cell that shows a text, with its box in units: the grid, the cell, left, top, right, bottom."""
    for grid in scene.stage.grids:
        for cell in scene.cells(grid):
            left, top = grid.x + cell.column * grid.pitch, grid.y + cell.row * grid.pitch
            if cell.text or cell.note:
                yield grid, cell, (left, top, left + grid.pitch, top + grid.pitch)
