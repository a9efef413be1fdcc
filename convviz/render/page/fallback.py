"""What a page shows where scripts do not run: the step at which it begins, or the last, as a picture or in words and tables."""

from dataclasses import replace
from html import escape

import numpy as np

from convviz.render.page.colours import themes_of
from convviz.render.svg import svg
from convviz.stage.scene import Scene

__all__ = ["fallback"]

# The most cells of a picture, the side of photographs in it, and the most rows and columns of a table: the fallback
# stays small beside the data.
_PICTURE_CELLS = 700
_PHOTOGRAPH_SIDE = 64
_TABLE_SIDE = 20
# The grey of a picture that is hidden.
_BLANK = 236

# Characters that are escaped in an address within double quotes.
_IN_ADDRESS = {ord(letter): f"%{ord(letter):02X}" for letter in '%#<&"\n'}


def fallback(content):
    """The last step: a picture in a notebook, which may refuse scripts; words and numbers in a page of its own.

    Of a quiz it is the problem as a picture, and a sentence.
    In predict mode it is the first question, as a picture, for a page too: without the input nobody could answer it.
    """
    scene = _first_question(content) if content.predict else Scene(content.stage, content.frames[content.start or -1])
    numbers = [grid for grid in scene.stage.grids if grid.texts is not None]
    cells = sum(grid.rows * grid.columns for grid in numbers)
    results = [grid for grid in numbers if grid.reveals or grid.history]
    if results and (content.standalone and not content.predict or cells > _PICTURE_CELLS):
        return f"<p>{escape(scene.frame.spoken)}</p>{''.join(_table(scene, grid) for grid in results)}"
    stage = replace(scene.stage, grids=tuple(map(_coarse, scene.stage.grids)))
    picture = svg(Scene(stage, scene.frame), themes_of(content.theme)[0])
    # Texts hold no plain double quote, only the markup does: single ones need no escape in the attribute.
    address = "data:image/svg+xml," + picture.replace('"', "'").translate(_IN_ADDRESS)
    needed = "" if content.quiz is None else f"<p>{escape(content.quiz['say']['script'])}</p>"
    return f'<img alt="{escape(scene.frame.spoken)}" style="max-width:100%;height:auto" src="{address}">{needed}'


def _first_question(content):
    """The first step with its results hidden, those that are shown as pictures too."""
    grids = []
    for grid in content.stage.grids:
        if grid.name in content.veiled:
            grid = replace(grid, pixels=np.full_like(grid.pixels, _BLANK))
        elif grid.pixels is not None and grid.reveals and grid.first is not None:
            # the cell of a step is revealed one step later
            grid = replace(grid, first=grid.first + 1)
        grids.append(grid)
    return Scene(replace(content.stage, grids=tuple(grids)), content.questions[0])


def _coarse(grid):
    if grid.pixels is None:
        return grid
    step = -(-max(grid.pixels.shape[:2]) // _PHOTOGRAPH_SIDE)
    return replace(grid, pixels=grid.pixels[::step, ::step])


def _table(scene, grid):
    """The numbers of a grid, or of its top left corner."""
    rows = range(min(grid.rows, _TABLE_SIDE))
    columns = range(min(grid.columns, _TABLE_SIDE))
    more = "<td>…" if grid.columns > _TABLE_SIDE else ""
    lines = ["<tr>" + "".join(f"<td>{escape(scene.cell(grid, i, j).text)}" for j in columns) + more for i in rows]
    if grid.rows > _TABLE_SIDE:
        lines.append("<tr><td>…")
    return f"<table><caption>{escape(grid.title)}</caption>{''.join(lines)}</table>"
