"""Blocks of cells in oblique projection, as faces from the back.

A block has rows, columns and layers. Layer 0 is at the back, and every layer further to the front stands lower and further to
the left, so that one sees its front, its top and its right side.
"""

from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import NamedTuple

from convviz.stage.scene import Face

__all__ = ["DEPTH", "LARGEST_SIDE", "MOST_CELLS", "MOST_LAYERS", "Block", "Look"]

#: Up to how many rows and columns the cells of a front are drawn, and up to how many layers those of the sides.
MOST_CELLS, MOST_LAYERS = 12, 8
#: Longer side of a front whose cells are not drawn, in cells of others.
LARGEST_SIDE = 6.5
#: By how much a layer stands to the right of and above the one before it, in sides of a cell.
DEPTH = 0.42, 0.34


class Look(NamedTuple):
    """How a cell of a block looks: its role, the colour of its filter or channel, its text on the front."""

    role: str
    colour: str = ""
    text: str = ""


@dataclass(frozen=True)
class Block:
    """A block of cells.

    Attributes
    ----------
    name : str
    rows, columns, layers : int
    stops : tuple of tuple of int
        Where the cells of rows, of columns and of layers begin that can differ from those before them, and the ends of the
        block. Where cells are not drawn one by one, those between two stops are one face.
    x, y : float
        Top left corner of the front of the front layer, in units.
    pitch : float
        Side of a cell, in units.
    font : float
        Height of the letters of its numbers, in units; 0 for none.

    Examples
    --------
    >>> block = Block.of("input", 2, 2, 3)
    >>> block.width, round(block.thickness[0], 2), len(list(block.faces(lambda *cell: Look("cell"))))
    (2.0, 1.26, 16)
    """

    name: str
    rows: int
    columns: int
    layers: int
    stops: tuple
    x: float = 0.0
    y: float = 0.0
    pitch: float = 1.0
    font: float = 0.0

    @classmethod
    def of(cls, name, rows, columns, layers, stops=((), (), ())):
        """A block whose cells have the side 1, or less where there are many; `stops` are some of those between the ends."""
        pitch = 1.0 if max(rows, columns) <= MOST_CELLS else LARGEST_SIDE / max(rows, columns)
        return cls(name, rows, columns, layers, ((), (), ()), pitch=pitch).cut(stops)

    def cut(self, stops):
        """The block with other stops, some of those between the ends of rows, columns and layers."""
        sizes, each = (self.rows, self.columns, self.layers), (self.lined, self.lined, self.sliced)
        found = (
            tuple(range(size + 1)) if single else tuple(sorted({0, size, *(stop for stop in some if 0 < stop < size)}))
            for size, single, some in zip(sizes, each, stops, strict=True)
        )
        return replace(self, stops=tuple(found))

    @property
    def lined(self):
        """Whether the cells of the front are drawn one by one."""
        return max(self.rows, self.columns) <= MOST_CELLS

    @property
    def sliced(self):
        """Whether the layers are drawn one by one."""
        return self.layers <= MOST_LAYERS

    @property
    def width(self):
        """Width of the front, in units."""
        return self.columns * self.pitch

    @property
    def height(self):
        """Height of the front, in units."""
        return self.rows * self.pitch

    @property
    def thickness(self):
        """By how much the back stands to the right of and above the front, in units."""
        cell = self.pitch if self.lined else self.pitch * max(self.rows, self.columns) / LARGEST_SIDE
        return tuple(side * cell * min(self.layers, MOST_LAYERS) for side in DEPTH)

    @property
    def box(self):
        """Left, top, right, bottom, in units."""
        right, up = self.thickness
        return self.x, self.y - up, self.x + self.width + right, self.y + self.height

    def point(self, row, column, layer):
        """Where the corner at the top left and back of a cell is drawn; of the front layer, `layer` + 1 is its front."""
        back = (self.layers - layer) / self.layers
        right, up = self.thickness
        return self.x + column * self.pitch + back * right, self.y + row * self.pitch - back * up

    def faces(self, look, front=None):
        """The faces that are seen, from the back.

        Parameters
        ----------
        look : callable
            ``look(row, column, layer)`` is the `Look` of a cell.
        front : int, optional
            How many layers are seen, from the back; one looks through the others. All unless given.

        Yields
        ------
        convviz.stage.scene.Face
        """
        front = self.layers if front is None else front
        for first, end in pairwise(stop for stop in self.stops[2] if stop <= front):
            yield from self._tops(look, first, end)
            yield from self._rights(look, first, end)
        yield from self._front(look, front)
        if not self.lined:
            yield from self._edges(front)
        for first, end in pairwise(stop for stop in self.stops[2] if stop >= front):
            yield from self._glass(look(0, 0, first), first, end)

    def outline(self, rows, columns, layer, colour):
        """A line around cells of the front of a layer; `rows` and `columns` are their first and end."""
        (top, bottom), (left, right) = rows, columns
        size = bottom - top, right - left, 1
        return Face(self._rectangle(rows, columns, layer), "outline", colour, "front", self.name, (top, left, layer), size)

    def _rectangle(self, rows, columns, layer):
        """The corners of cells of the front of a layer."""
        (top, bottom), (left, right) = rows, columns
        return tuple(
            self.point(row, column, layer + 1) for row, column in ((top, left), (top, right), (bottom, right), (bottom, left))
        )

    def _runs(self, stops, look_at):
        """Cells that look alike, as ``(first, end, look)``; one by one where cells are drawn."""
        parts = [(first, end, look_at(first)) for first, end in pairwise(stops)]
        if self.lined:
            yield from parts
            return
        for look, run in groupby(parts, key=lambda part: part[2]):
            run = list(run)
            yield run[0][0], run[-1][1], look

    def _tops(self, look, first, end):
        for left, right, each in self._runs(self.stops[1], lambda column: look(0, column, first)):
            corners = ((left, first), (right, first), (right, end), (left, end))
            points = tuple(self.point(0, column, layer) for column, layer in corners)
            yield self._side(points, each, "top", (0, left, first), (1, right - left, end - first))

    def _rights(self, look, first, end):
        column = self.columns
        for top, bottom, each in self._runs(self.stops[0], lambda row: look(row, column - 1, first)):
            corners = ((top, end), (top, first), (bottom, first), (bottom, end))
            points = tuple(self.point(row, column, layer) for row, layer in corners)
            yield self._side(points, each, "right", (top, column - 1, first), (bottom - top, 1, end - first))

    def _side(self, points, look, side, cell, cells):
        return Face(points, look.role, look.colour, side, self.name, cell, cells, lined=self.sliced)

    def _front(self, look, front):
        layer = front - 1
        for top, bottom in pairwise(self.stops[0]):
            for left, right, each in self._runs(self.stops[1], lambda column, row=top: look(row, column, layer)):
                points, size = self._rectangle((top, bottom), (left, right), layer), (bottom - top, right - left, 1)
                face = Face(points, each.role, each.colour, "front", self.name, (top, left, layer), size, lined=self.lined)
                yield replace(face, text=each.text, size=self.font) if self.font and each.text else face

    def _edges(self, front):
        """The edges of a block whose cells are not drawn."""
        rows, columns = self.rows, self.columns
        corners = {
            "top": ((0, 0, 0), (0, columns, 0), (0, columns, front), (0, 0, front)),
            "right": ((0, columns, front), (0, columns, 0), (rows, columns, 0), (rows, columns, front)),
            "front": ((0, 0, front), (0, columns, front), (rows, columns, front), (rows, 0, front)),
        }
        for side, each in corners.items():
            yield Face(tuple(self.point(*corner) for corner in each), "edge", "", side, self.name)

    def _glass(self, look, first, end):
        """The left and the lower side of layers that one looks through."""
        rows = self.rows
        left = ((0, first), (0, end), (rows, end), (rows, first))
        bottom = ((0, end), (0, first), (self.columns, first), (self.columns, end))
        points = tuple(self.point(row, 0, layer) for row, layer in left)
        yield Face(points, "glass", look.colour, "left", self.name, (0, 0, first), (rows, 1, end - first))
        points = tuple(self.point(rows, column, layer) for column, layer in bottom)
        yield Face(points, "glass", look.colour, "bottom", self.name, (rows - 1, 0, first), (1, self.columns, end - first))
