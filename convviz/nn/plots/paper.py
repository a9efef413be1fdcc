"""What all plots are drawn on: a figure measured in pixels from its top left corner, with convviz's colours and fonts."""

import functools
import math

import numpy as np
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle

from convviz.render.figure import LATIN, StepFigure, japanese_family
from convviz.render.sizes import DPI
from convviz.stage.theme import theme as find_theme

__all__ = ["Paper", "contrasting", "cut", "decimals", "diverging", "shares", "text_width"]

#: Heights of letters in pixels: what is said of the whole, names, and the rest. On a slide of 1280 × 720 all can be read.
TITLE, NORMAL, SMALL = 22, 16, 14
#: Between the edge of the figure and what is drawn, in pixels.
MARGIN = 28
#: Where drawings begin below a title, in pixels.
TOP = 78
#: Width of a slide, and the height of its drawings, in pixels.
WIDTH, HEIGHT = 1280, 720
#: Colours of curves by theme, after Okabe and Ito.
CURVES = {
    "light": ("#0072b2", "#d55e00", "#009e73", "#a8558a", "#8a6d00", "#3a3a3a"),
    "dark": ("#56b4e9", "#ffb000", "#3fc79a", "#e8a3c9", "#f0e442", "#dddddd"),
}


class Paper:
    """A figure without axes of its own, on which everything has a place in pixels; y grows downwards.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    sheet : matplotlib.axes.Axes
        Covers the whole figure; its data are pixels.
    theme : convviz.stage.theme.Theme
    """

    def __init__(self, width, height, theme="light"):
        self.theme = find_theme(theme)
        # rounded up: a page that is as wide as its title must not cut it
        self.width, self.height = math.ceil(width - 1e-6), math.ceil(height - 1e-6)
        # the next larger float: rounding must not cost the last pixel
        inches = [np.nextafter(side / DPI, np.inf) for side in (self.width, self.height)]
        paper = {"facecolor": self.theme.background, "edgecolor": "none"}
        self.figure = StepFigure(figsize=inches, dpi=DPI, layout="none", **paper)
        FigureCanvasAgg(self.figure)
        self.sheet = self.figure.add_axes((0, 0, 1, 1), frameon=False, autoscale_on=False)
        self.sheet.set_axis_off()
        self.sheet.set_xlim(0, self.width)
        self.sheet.set_ylim(self.height, 0)

    def write(self, x, y, words, size=NORMAL, colour=None, anchor="left", bold=False, room=None):
        """One line whose middle is at height y; cut with … to `room` pixels."""
        words = cut(words, size, bold, room) if room is not None else words
        style = {"color": colour or self.theme.text, "fontproperties": font(words, size, bold)}
        return self.sheet.text(x, y, words, ha=anchor, va="center_baseline", parse_math=False, zorder=5, **style)

    def write_upwards(self, x, y, words, size=NORMAL, colour=None, room=None):
        """One line that is read from the bottom to the top, with its middle at (x, y); cut with … to `room` pixels."""
        words = cut(words, size, False, room) if room is not None else words
        style = {"color": colour or self.theme.text, "fontproperties": font(words, size, False)}
        return self.sheet.text(x, y, words, ha="center", va="center", rotation=90, parse_math=False, zorder=5, **style)

    def title(self, words, note=""):
        """What the figure shows, and a line about it."""
        self.write(MARGIN, 30, words, TITLE, bold=True, room=self.width - 2 * MARGIN)
        if note:
            self.write(MARGIN, 57, note, SMALL, self.theme.faint, room=self.width - 2 * MARGIN)

    def box(self, area, fill="none", edge="none", line=1.0, dashed=False, zorder=2):
        """A rectangle over an area (left, top, width, height); its edge is `line` pixels wide."""
        style = {"linewidth": points(line), "linestyle": "--" if dashed else "-", "zorder": zorder}
        patch = Rectangle(area[:2], *area[2:], facecolor=fill, edgecolor=edge, **style)
        return self.sheet.add_patch(patch)

    def frame(self, left, top, width, height):
        """A line of one pixel around something that is drawn over it."""
        self.box((left - 1, top - 1, width + 2, height + 2), self.theme.edge, zorder=1.5)

    def path(self, places, colour=None, line=2.0, zorder=1):
        """A line through points (x, y)."""
        x, y = np.transpose(places)
        style = {"linewidth": points(line), "linestyle": "-", "solid_capstyle": "butt", "marker": "", "zorder": zorder}
        return self.sheet.add_line(Line2D(x, y, color=colour or self.theme.edge, **style))

    def head(self, x, y, colour=None, size=9):
        """The head of an arrow that points down to (x, y)."""
        corners = [(x, y), (x - 0.5 * size, y - size), (x + 0.5 * size, y - size)]
        return self.sheet.add_patch(Polygon(corners, facecolor=colour or self.theme.edge, edgecolor="none", zorder=1))

    def picture(self, array, area, colours="gray", low=None, high=None, frame=True):
        """An array (rows, columns), or (rows, columns, 3), as an image with sharp cells over (left, top, width, height)."""
        left, top, width, height = area
        image = AxesImage(
            self.sheet,
            cmap=colours,
            interpolation=smoothing(np.shape(array), width, height),
            origin="upper",
            zorder=2,
            extent=(left, left + width, top + height, top),
            resample=False,
        )
        image.set_data(array)
        image.set_clim(low, high)
        image.set_clip_path(self.sheet.patch)
        self.sheet.add_image(image)
        if frame:
            self.frame(left, top, width, height)
        return image

    def axes(self, left, top, width, height):
        """Axes for curves, in the theme's colours."""
        place = (left / self.width, 1 - (top + height) / self.height, width / self.width, height / self.height)
        axes = self.figure.add_axes(place, facecolor=self.theme.background)
        for side, spine in axes.spines.items():
            spine.set(visible=side in ("left", "bottom"), color=self.theme.edge, linewidth=0.8)
        axes.tick_params(
            axis="both",
            which="both",
            colors=self.theme.edge,
            labelcolor=self.theme.text,
            width=0.8,
            length=4,
            direction="out",
            top=False,
            right=False,
            labelsize=points(SMALL),
            labelfontfamily=LATIN,
        )
        axes.grid(True, which="major", color=self.theme.cells["padding"].fill, linewidth=0.8, linestyle="-")
        axes.set_axisbelow(True)
        return axes


def points(pixels):
    """A size of letters as matplotlib takes it."""
    return pixels * 72 / DPI


def is_wide(words):
    """Whether a text has letters that DejaVu Sans lacks: Japanese, Chinese, Korean."""
    return any(letter > "\u2e7f" for letter in words)


def font(words, size, bold=False):
    """The font of a text: a Japanese one for letters that DejaVu Sans lacks, which has no bold."""
    family = (LATIN, japanese_family()) if is_wide(words) and japanese_family() else (LATIN,)
    return _font(family, "bold" if bold and len(family) == 1 else "normal", size)


@functools.lru_cache(maxsize=256)
def _font(family, weight, size):
    return font_manager.FontProperties(family=list(family), weight=weight, size=points(size))


@functools.lru_cache(maxsize=4096)
def text_width(words, size=NORMAL, bold=False):
    """Width of a line in pixels."""
    return RendererAgg(8, 8, DPI).get_text_width_height_descent(words, font(words, size, bold), False)[0]


def cut(words, size, bold, room):
    """As much of a text as fits into `room` pixels, ending in … if that is not all."""
    if text_width(words, size, bold) <= room:
        return words
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if text_width(f"{words[:middle]}…", size, bold) <= room else (low, middle - 1)
    return f"{words[:low].rstrip()}…"


def smoothing(shape, width, height):
    """How an image is scaled: sharply, where cells are equally large or large; else smoothly, so that none gets lost."""
    scale = min(height / shape[0], width / shape[1])
    return "nearest" if scale >= 2 or (scale >= 1 and scale == int(scale)) else "hanning"


def decimals(value):
    """A number in a picture: three digits that count, without needless zeros, with a real minus.

    Examples
    --------
    >>> decimals(0.12345), decimals(-2.0), decimals(1234.5), decimals(0.00012)
    ('0.123', '−2', '1234', '0.00012')
    """
    size = abs(value)
    text = f"{value:.0f}" if size >= 100 else f"{value:.3g}"
    return text.replace("-", "−")


def luminance(colour):
    """Relative luminance of a colour, from 0 to 1 (WCAG 2)."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrasting(colour):
    """Black or white, whichever is easier to read on a colour."""
    bright = luminance(colour)
    return "#000000" if (bright + 0.05) / 0.05 >= 1.05 / (bright + 0.05) else "#ffffff"


def diverging(theme):
    """Colours for values around 0: blue below, white at 0, orange above; the lines between cells where there is none."""
    colours = LinearSegmentedColormap.from_list("around 0", ["#08306b", "#3f8fc4", "#ffffff", "#e8833a", "#7a2f00"])
    return colours.with_extremes(bad=theme.edge)


def greys(theme):
    """Colours from black to white; the paper where there is no value."""
    return LinearSegmentedColormap.from_list("greys", ["#000000", "#ffffff"]).with_extremes(bad=theme.background)


def shares(theme):
    """Colours for shares from 0 to 1, which begin near the paper."""
    ends = ["#1d2025", "#2b5f86", "#8fd0ff"] if theme.name == "dark" else ["#ffffff", "#7fb6dc", "#0b3c6f"]
    return LinearSegmentedColormap.from_list("shares", ends)
