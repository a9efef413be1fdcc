"""Placing grids beside and above each other."""

from dataclasses import dataclass, replace

from convviz.stage.scene import Text
from convviz.stage.text_width import em_width

__all__ = ["TITLE", "TITLE_SPACE", "Box", "above", "beside", "captioned", "caption", "combine", "scale_on"]

#: Height of the letters of a grid's title, and of the space for it above the grid, in units.
TITLE, TITLE_SPACE = 0.42, 0.7


@dataclass(frozen=True)
class Box:
    """Grids and texts in an area of `width` × `height` units."""

    width: float
    height: float
    grids: tuple = ()
    texts: tuple = ()

    def moved(self, dx, dy):
        """The grids and texts, moved."""
        grids = tuple(replace(grid, x=grid.x + dx, y=grid.y + dy) for grid in self.grids)
        return grids, tuple(replace(text, x=text.x + dx, y=text.y + dy) for text in self.texts)


def captioned(grid):
    """A grid with space for its title, which may be wider than the grid."""
    width = max(grid.width, em_width(grid.title) * TITLE)
    return Box(width, grid.height + TITLE_SPACE, (replace(grid, x=(width - grid.width) / 2, y=TITLE_SPACE),))


def caption(name, text, size=TITLE, role="text", measure=em_width):
    """A line of text as a box, whose width in sizes of letters `measure` finds."""
    width = measure(text) * size
    return Box(width, size * 1.35, (), (Text(name, width / 2, size * 0.7, text, size, "middle", role),))


def combine(width, height, placed):
    """One box from boxes with their places."""
    grids, texts = (), ()
    for box, x, y in placed:
        more_grids, more_texts = box.moved(x, y)
        grids, texts = grids + more_grids, texts + more_texts
    return Box(width, height, grids, texts)


def beside(boxes, gap=0.9):
    """Boxes from left to right, centred vertically."""
    height, x, placed = max(box.height for box in boxes), 0, []
    for box in boxes:
        placed.append((box, x, (height - box.height) / 2))
        x += box.width + gap
    return combine(x - gap, height, placed)


def above(boxes, gap=0.35):
    """Boxes from top to bottom, centred horizontally."""
    width, y, placed = max(box.width for box in boxes), 0, []
    for box in boxes:
        placed.append((box, (width - box.width) / 2, y))
        y += box.height + gap
    return combine(width, y - gap, placed)


def scale_on(body, shape):
    """How large a unit of a box or a stage is on a medium of this shape, whose height is 1."""
    return min(shape / body.width, 1 / body.height)
