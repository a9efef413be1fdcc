"""A grid that shows a picture."""

import numpy as np
from matplotlib.image import BboxImage
from matplotlib.transforms import Bbox, TransformedBbox

from convviz.render.figure.paper import ring

__all__ = ["Picture"]


class Picture:
    """Draws a grid that shows a picture."""

    def __init__(self, drawing, grid):
        self.drawing, self.grid = drawing, grid
        self.columns, self.rows = drawing.paper.edges(grid)
        left, right, top, bottom = self.columns[0], self.columns[-1], self.rows[0], self.rows[-1]
        pixels = grid.pixels if grid.pixels.ndim == 3 else np.stack([grid.pixels] * 3, axis=2)
        coarse = pixels.shape[0] <= bottom - top and pixels.shape[1] <= right - left
        # Skipping pixels would create patterns that are not in the picture, so a large one is averaged.
        box = TransformedBbox(Bbox([(left, top), (right, bottom)]), drawing.transform)
        image = BboxImage(box, interpolation="nearest" if coarse else "hanning", origin="upper", zorder=1)
        image.set_data(pixels)
        line = drawing.paper.line
        frame = drawing.fill(ring((left, top, right, bottom), line, 0), drawing.theme.edge, 1.2)
        self.image, self.frame, self.veil = drawing.figure.add_artist(image), frame, None
        self.revealed = None

    def forget(self):
        """Treat everything as changed at the next scene."""
        self.revealed = None

    def show(self, scene):
        """Update the veil over the cells that are still to come; return the artists to draw again, from back to front."""
        revealed = scene.revealed(self.grid)
        if revealed == self.revealed:
            return []
        self.revealed = revealed
        if self.veil:
            self.veil.remove()
            self.veil = None
        boxes = list(self._hidden(revealed))
        if boxes:
            self.veil = self.drawing.fill(boxes, self.drawing.theme.veil, 1.1)
            self.veil.set_alpha(scene.veil)
        return [artist for artist in (self.image, self.veil, self.frame) if artist]

    def _hidden(self, revealed):
        row, column = divmod(revealed, self.grid.columns)
        if column:
            yield self.columns[column], self.rows[row], self.columns[-1], self.rows[row + 1]
            row += 1
        if row < self.grid.rows:
            yield self.columns[0], self.rows[row], self.columns[-1], self.rows[-1]
