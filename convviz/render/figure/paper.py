"""Where the units of a stage lie among the pixels of a figure, and shapes in pixels."""

import numpy as np
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

__all__ = ["Paper", "faded", "gaps", "rectangles", "ring"]


class Paper:
    """Where the units of a stage lie among the pixels of a figure; y grows downwards."""

    def __init__(self, stage, size, dpi):
        width, height = size
        self.dpi = dpi
        self.unit = min(width / stage.width, height / stage.height)
        self.left = (width - self.unit * stage.width) / 2
        self.top = (height - self.unit * stage.height) / 2
        #: Width of the lines between cells, in pixels.
        self.line = max(1, round(0.024 * self.unit))
        self.inches = Affine2D().scale(1 / dpi, -1 / dpi).translate(0, height / dpi)

    def x(self, units):
        return self.left + units * self.unit

    def y(self, units):
        return self.top + units * self.unit

    def edges(self, grid):
        """The pixels at which columns and rows begin, one more of each than there are."""
        columns = [round(self.x(grid.x + grid.pitch * column)) for column in range(grid.columns + 1)]
        rows = [round(self.y(grid.y + grid.pitch * row)) for row in range(grid.rows + 1)]
        return columns, rows

    def inner(self, low, high):
        """The pixels between the edges `low` and `high` that their lines leave free."""
        low += self.line - self.line // 2
        return low, max(high - self.line // 2, low)


def rectangles(boxes):
    """One path around all boxes ``(left, top, right, bottom)``."""
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    corners = [[(a, b), (c, b), (c, d), (a, d), (a, b)] for a, b, c, d in boxes]
    return Path(np.reshape(np.array(corners, float), (-1, 2)), codes * len(corners))


def ring(box, outside, inside):
    """Four boxes that surround `box`, from `outside` pixels beyond it to `inside` pixels within."""
    left, top, right, bottom = box
    a, b, c, d = left - outside, top - outside, right + outside, bottom + outside
    e, f, g, h = left + inside, top + inside, right - inside, bottom - inside
    return [(a, b, c, f), (a, h, c, d), (a, f, e, h), (g, f, c, h)]


def gaps(low, high, unit):
    """The gaps of a dashed line from `low` to `high`; both ends are drawn, so that corners are closed."""
    count = max(1, round((high - low) / (0.25 * unit)))
    step = (high - low) / count
    for gap in range(count):
        yield round(low + (gap + 0.28) * step), round(low + (gap + 0.72) * step)


def faded(theme):
    """The colour of hatching, half way between lines and background, so that numbers on it stay readable."""
    pairs = zip(bytes.fromhex(theme.edge[1:]), bytes.fromhex(theme.background[1:]), strict=True)
    return "#" + "".join(f"{(a + b) // 2:02x}" for a, b in pairs)
