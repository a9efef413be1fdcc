"""A grid of numbers, cell by cell."""

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from convviz.render.figure.letters import Letters
from convviz.render.figure.paper import faded, gaps

__all__ = ["Cells"]

#: How much of the width of a cell its letters take at most.
WIDE = 0.93


class Cells:
    """Draws a grid of numbers."""

    def __init__(self, drawing, grid):
        self.drawing, self.grid = drawing, grid
        self.columns, self.rows = drawing.paper.edges(grid)
        self.shown = {}
        self.parts = {}
        self.dashed = None
        self.lines = []

    def show(self, scene):
        """Replace the artists of cells and lines that differ in `scene`."""
        for cell in self.changes(scene):
            for artist in self.parts.get((cell.row, cell.column), ()):
                artist.remove()
            self.parts[cell.row, cell.column] = list(self.draw(cell))
        self.show_lines()

    def changes(self, scene):
        """The cells that differ from those of the scene before."""
        changed = [cell for cell in scene.cells(self.grid) if self.shown.get((cell.row, cell.column)) != cell]
        self.shown.update(((cell.row, cell.column), cell) for cell in changed)
        return changed

    def forget(self):
        """Treat every cell and line as changed at the next scene."""
        self.shown, self.dashed = {}, None

    def show_lines(self):
        """Replace the lines between cells if their dashes have changed; return the new artists."""
        styles = self.drawing.theme.cells
        dashed = {place for place, cell in self.shown.items() if styles[cell.role].dashed}
        if dashed == self.dashed:
            return []
        self.dashed = dashed
        for artist in self.lines:
            artist.remove()
        boxes = list(self._drawn_boxes()) if dashed else self.line_boxes()
        self.lines = [self.drawing.fill(boxes, self.drawing.theme.edge, 1)]
        return self.lines

    def box(self, row, column):
        """Left, top, right and bottom of a cell between its lines, in pixels."""
        left, right = self.drawing.paper.inner(*self.columns[column : column + 2])
        top, bottom = self.drawing.paper.inner(*self.rows[row : row + 2])
        return left, top, right, bottom

    def draw(self, cell):
        """Yield the new artists of a cell."""
        drawing, grid = self.drawing, self.grid
        style, unit = drawing.theme.style(cell), drawing.paper.unit
        left, top, right, bottom = box = self.box(cell.row, cell.column)
        # of the grid, not of the cell, whose pixels are rounded: in one grid the same words have the same size
        width, pitch = WIDE * grid.pitch * unit, bottom - top
        yield drawing.fill([box], style.fill, 1)
        if style.hatched:
            yield self._hatching(box)
        words, note = cell.text.replace("\n", " "), cell.note.replace("\n", " ")
        centre = (left + right) / 2
        if words:
            size, middle = min(grid.font * unit, 0.8 * pitch), top + (0.62 if note else 0.5) * pitch
            letters = Letters(size, style.text, bold=style.bold, width=width, zorder=2)
            yield drawing.clip(drawing.write(centre, middle, words, letters), box)
        if note:
            size = min(grid.note_font * unit, 0.4 * pitch)
            letters = Letters(size, style.text, width=width, zorder=2)
            yield drawing.clip(drawing.write(centre, top + 0.21 * pitch, note, letters), box)

    def _hatching(self, box):
        """Rising diagonals within a cell, equally spaced in all cells."""
        drawing = self.drawing
        left, top, right, bottom = box
        step = max(4, round(0.2 * drawing.paper.unit))
        points = []
        for total in range((left + top) // step * step, right + bottom, step):
            low, high = max(left, total - bottom), min(right, total - top)
            if low < high:
                points += [(low, total - low), (high, total - high)]
        path = Path(np.reshape(points, (-1, 2)), [Path.MOVETO, Path.LINETO] * (len(points) // 2))
        width = max(1.0, 0.024 * drawing.paper.unit) * 72 / drawing.paper.dpi
        colour = faded(drawing.theme)
        hatching = PathPatch(path, facecolor="none", edgecolor=colour, linewidth=width, capstyle="butt")
        return drawing.clip(drawing.add(hatching, 1.5), box)

    def line_boxes(self):
        """The lines between cells, without gaps, as boxes in pixels: upright ones, then level ones."""
        before, after = self.drawing.paper.line // 2, self.drawing.paper.line - self.drawing.paper.line // 2
        left, right = self.columns[0] - before, self.columns[-1] + after
        top, bottom = self.rows[0] - before, self.rows[-1] + after
        boxes = [(x - before, top, x + after, bottom) for x in self.columns]
        return boxes + [(left, y - before, right, y + after) for y in self.rows]

    def _drawn_boxes(self):
        """The parts of the lines that are drawn: there are gaps where only dashed cells lie beside them."""
        boxes, count = self.line_boxes(), len(self.columns)
        for column, (left, top, right, bottom) in enumerate(boxes[:count]):
            gapped = [row for row in range(self.grid.rows) if self._all_dashed((row, column - 1), (row, column))]
            for low, high in self._rest(top, bottom, self.rows, gapped):
                yield left, low, right, high
        for row, (left, top, right, bottom) in enumerate(boxes[count:]):
            gapped = [c for c in range(self.grid.columns) if self._all_dashed((row - 1, c), (row, c))]
            for low, high in self._rest(left, right, self.columns, gapped):
                yield low, top, high, bottom

    def _all_dashed(self, *places):
        there = [place for place in places if place in self.shown]
        return all(place in self.dashed for place in there)

    def _rest(self, low, high, edges, gapped):
        """The parts of a line from `low` to `high` between its gaps, which lie between the `edges` that `gapped` names."""
        for part in gapped:
            for start, end in gaps(*edges[part : part + 2], self.drawing.paper.unit):
                yield low, start
                low = end
        yield low, high
