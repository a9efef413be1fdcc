"""Pixels that show one scene after another."""

import weakref

import numpy as np
from matplotlib.transforms import Bbox

from convviz.render.figure import Drawing, Picture
from convviz.render.pixels import over, packed
from convviz.render.sizes import DPI

__all__ = ["Screen", "frames"]

#: How many pictures of cells are kept at most; each takes some kilobytes.
MOST_STAMPS = 2000


def frames(board, size=None, theme="light"):
    """Draw the steps of a board, one after the other.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    size : as `convviz.render.sizes.checked_size` takes it, or None
        Width and height in pixels or as lengths such as "8in".
    theme : {"light", "dark"} or convviz.stage.theme.Theme

    Yields
    ------
    numpy.ndarray of uint8, (height, width, 3)
        One frame for each of `board.indices`: red, green, blue.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from convviz.stage.scene import Frame, Grid, Scene, Stage
    >>> grid = Grid("output", "output", 1, 1, 1, 1, 2, (("3", "4"),), None, first=0, reveals=True)
    >>> stage = Stage(4, 3, (grid,), (), (), 2, "two steps")
    >>> board = SimpleNamespace(stage=stage, indices=range(2), scene=lambda i: Scene(stage, Frame(i)))
    >>> [frame.shape for frame in frames(board, size=(40, 30))]
    [(30, 40, 3), (30, 40, 3)]
    """
    screen = Screen(board.stage, size, theme)
    for index in board.indices:
        yield screen.paint(board.scene(index))[..., :3].copy()


class Screen:
    """The pixels of a scene. For the next scene only what differs is drawn.

    Attributes
    ----------
    drawing : convviz.render.figure.Drawing
        Makes the artists. Those of cells are dropped once drawn: equal cells have equal pixels, which are kept.
    pixels : numpy.ndarray of uint8, (height, width, 4)
        What is shown: red, green, blue, and alpha, by which the colours are not multiplied.
    blank : numpy.ndarray of uint8, (4,)
        A pixel of the paper.
    ground : numpy.ndarray of uint8, (height, width, 4)
        The paper, the grids and the captions that have stayed the same and do not touch anything else.
    fixed : set of str
        The names of these captions.
    """

    def __init__(self, stage, size=None, theme="light", dpi=DPI, transparent=False):
        self.drawing = Drawing(stage, size, theme, dpi, transparent)
        weakref.finalize(self, self.drawing.release).atexit = False
        self.renderer = self.drawing.figure.canvas.get_renderer()
        self.pixels = np.asarray(self.renderer.buffer_rgba())
        self.blank = self.ground = None
        self.fixed = set()
        self._stamps = {}
        self._extents = {}
        self._grids = [self._grid_extent(grid) for grid in self.drawing.grids]
        self._blocks = [self._box_extent(stage.box)] if stage.box else []

    def paint(self, scene):
        """Show a scene; return the (height, width, 4) pixels, which the next scene overwrites."""
        self.drawing.show_lines(scene)
        self.drawing.show_faces(scene)
        changed = self.drawing.show_captions(scene)
        if self.ground is None:
            changed = set(scene.frame.texts)
            self.fixed = set(self.drawing.captions)
        for name in changed:
            self._extents.pop(name, None)
        lines = [artist.get_window_extent(self.renderer) for artist in self.drawing.lines] + self._blocks
        moved = {name for name in self.fixed if name in changed or self._touched(name, lines)}
        self.fixed -= moved
        if self.ground is None or moved:
            self._start(scene)
        else:
            np.copyto(self.pixels, self.ground)
            self._draw_grids(scene)
        np.copyto(self.ground, self.pixels)
        self._draw(self.drawing.lines)
        for artists in self.drawing.faces.values():
            self._draw(artists)
        self._draw_captions(set(self.drawing.captions) - self.fixed)
        return self.pixels

    def paint_keys(self, scene):
        """Show a scene; return the colours that it has on the theme's paper, packed, (height, width)."""
        pixels = self.paint(scene)
        return packed(pixels if self.blank[3] else over(pixels, self.drawing.theme.background))

    def _start(self, scene):
        """Draw the ground from nothing."""
        self.ground = np.empty_like(self.pixels)
        self.renderer.clear()
        self.drawing.figure.patch.draw(self.renderer)
        self.blank = self.pixels[0, 0].copy()
        for grid in self.drawing.grids:
            grid.forget()
        self._draw_grids(scene)
        self._draw_captions(self.fixed)

    def _draw(self, artists):
        for artist in artists:
            artist.draw(self.renderer)

    def _draw_captions(self, names):
        for name, lines in self.drawing.captions.items():
            if name in names:
                self._draw(lines)

    def _draw_grids(self, scene):
        for grid in self.drawing.grids:
            if isinstance(grid, Picture):
                self._draw(grid.show(scene))
            else:
                for cell in grid.changes(scene):
                    self._stamp(grid, cell)
                self._draw_lines(grid)

    def _draw_lines(self, grid):
        """Draw the lines of a grid again if their dashes have changed."""
        lines = grid.show_lines()
        for left, top, right, bottom in grid.line_boxes() if lines else ():
            self.pixels[max(top, 0) : bottom, max(left, 0) : right] = self.blank
        self._draw(lines)

    def _stamp(self, grid, cell):
        """Draw a cell, or copy one that looks the same."""
        left, top, right, bottom = grid.box(cell.row, cell.column)
        place = self.pixels[top:bottom, left:right]
        # Hatching continues from cell to cell, so it differs between equal cells.
        alike = not self.drawing.theme.cells[cell.role].hatched
        look = (cell.text, cell.note, cell.role, cell.tint, cell.grey, place.shape, grid.grid.font, grid.grid.note_font)
        if alike and look in self._stamps:
            place[:] = self._stamps[look]
            return
        for artist in list(grid.draw(cell)):
            artist.draw(self.renderer)
            artist.remove()
        if len(self._stamps) >= MOST_STAMPS:
            self._stamps.clear()
        self._stamps[look] = place.copy()

    def _touched(self, name, lines):
        """Whether a caption may share pixels with a line or a grid."""
        if name not in self._extents:
            parts = [artist.get_window_extent(self.renderer).padded(2) for artist in self.drawing.captions[name]]
            self._extents[name] = Bbox.union(parts) if parts else Bbox.null()
        return self._extents[name].count_overlaps(lines + self._grids) > 0

    def _box_extent(self, box):
        """The box of all blocks in matplotlib's pixels, which are counted from the bottom."""
        paper, height = self.drawing.paper, self.drawing.size[1]
        left, right, top, bottom = paper.x(box[0]), paper.x(box[2]), height - paper.y(box[1]), height - paper.y(box[3])
        return Bbox([(left, bottom), (right, top)]).padded(0.1 * paper.unit)

    def _grid_extent(self, grid):
        """The box of a grid in matplotlib's pixels, which are counted from the bottom."""
        height, line = self.drawing.size[1], self.drawing.paper.line
        box = Bbox([(grid.columns[0], height - grid.rows[-1]), (grid.columns[-1], height - grid.rows[0])])
        return box.padded(line)
