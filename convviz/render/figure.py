"""A scene as a matplotlib figure.

Everything is placed in the pixels of the figure and edges are snapped to whole ones, so that lines are sharp and one
cell can be drawn again without touching its neighbours. The figure scales like any other: ``savefig`` takes another
`dpi`, or the name of a PDF.
"""

import functools
import io
import os
import warnings

import numpy as np
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import BboxImage
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox, TransformedBbox

from convviz.render.sizes import DPI, pixel_size
from convviz.stage.theme import theme as find_theme

__all__ = ["Drawing", "figure"]

#: Height of the titles above grids, and how far their middle stands above the grid, in units.
TITLE_SIZE, TITLE_GAP = 0.42, 0.4
#: Distance of two lines of a caption, in sizes of its letters.
LINE_STEP = 1.35
#: Half the height of capitals and digits of DejaVu Sans, in sizes: how far the baseline is below the middle of a line.
HALF_HEIGHT = 0.365
#: Shifts lines of letters by less than can be seen, so that positions half way between two that a font knows, which are
#: common, are rounded the same way wherever a cell stands: equal cells have equal pixels.
NUDGE = 1 / 512
#: No glyph of the fonts used is wider, in sizes; text that is short enough by this measure need not be measured.
WIDEST = 1.05

LATIN = "DejaVu Sans"
#: Families that cover Japanese, as Linux distributions, macOS and Windows name them; the first one found is taken.
JAPANESE = (
    "IPAexGothic",
    "IPAGothic",
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Source Han Sans JP",
    "Source Han Sans",
    "TakaoPGothic",
    "TakaoGothic",
    "VL PGothic",
    "VL Gothic",
    "M+ 1p",
    "Hiragino Sans",
    "Hiragino Kaku Gothic ProN",
    "Hiragino Maru Gothic Pro",
    "Yu Gothic",
    "YuGothic",
    "Meiryo",
    "BIZ UDGothic",
    "MS Gothic",
    "MS PGothic",
    "Arial Unicode MS",
    "Noto Sans CJK SC",
)
_JAPANESE_FILES = ("ipaexg", "ipag", "notosanscjk", "notosansjp", "takao", "vl-gothic", "hiragino", "yugoth", "meiryo")
_SAMPLE = frozenset("あんアン畳込入力出行列、。")
_BOX = "□"
_NO_JAPANESE = (
    "no installed font has Japanese letters, so boxes stand in their place. Install one: on Debian or Ubuntu "
    "'apt install fonts-ipaexfont' or 'apt install fonts-noto-cjk', then start Python anew; Windows and macOS have one."
)


def figure(scene, size=None, theme="light", dpi=DPI, transparent=False):
    """Draw a scene as a matplotlib figure.

    Parameters
    ----------
    scene : convviz.stage.scene.Scene
    size : as `convviz.render.sizes.checked_size` takes it, or None
        Width and height in pixels or as lengths such as "8in". The scene is scaled to fit and centred.
    theme : {"light", "dark"} or convviz.stage.theme.Theme
    dpi : float
        Pixels per inch: a figure of 800 pixels is ``800 / dpi`` inches wide.
    transparent : bool
        Whether the figure has no background of its own.

    Returns
    -------
    matplotlib.figure.Figure
        Independent of pyplot; nothing needs to be closed.

    Raises
    ------
    ValueError
        For an unknown theme, and a size or dpi that makes no sense.

    Warns
    -----
    UserWarning
        When no installed font has a letter that is to be shown.

    Examples
    --------
    >>> from convviz.stage.scene import Frame, Grid, Scene, Stage
    >>> grid = Grid("input", "input", 1, 1, 1, 1, 2, (("3", "4"),), (("cell", "window"),))
    >>> drawn = figure(Scene(Stage(4, 3, (grid,), (), (), 1, "two cells"), Frame(0)), size=(200, 150))
    >>> sorted(text.get_text() for text in drawn.findobj(Text))
    ['3', '4', 'input']
    """
    drawing = Drawing(scene.stage, size, theme, dpi, transparent)
    drawing.show(scene)
    return drawing.figure


class Drawing:
    """The figure of a stage, whose artists follow from one scene to the next.

    Attributes
    ----------
    size : tuple of int
        Width and height of the figure in pixels.
    figure : matplotlib.figure.Figure
    grids : list
        What draws each grid: opaque, and each cell within pixels of its own.
    lines : list of Artist
        The links and marks over the grids, in drawing order.
    captions : dict of str to list of Text
        The lines of captions by name, those of grids' titles by "title of " and the grid's name; drawn last.
    """

    def __init__(self, stage, size=None, theme="light", dpi=DPI, transparent=False):
        self.stage = stage
        self.theme = find_theme(theme)
        self.size = width, height = pixel_size(size, stage, dpi)
        self.paper = Paper(stage, self.size, dpi)
        # The next larger float: rounding must not cost the last pixel.
        inches = (np.nextafter(width / dpi, np.inf), np.nextafter(height / dpi, np.inf))
        paper = {"facecolor": "none" if transparent else self.theme.background, "edgecolor": "none"}
        self.figure = StepFigure(figsize=inches, dpi=dpi, layout="none", **paper)
        FigureCanvasAgg(self.figure)
        self.transform = self.paper.inches + self.figure.dpi_scale_trans
        self._warned = False
        self._words = {}
        self.lines = []
        self.grids = [(Picture if grid.texts is None else Cells)(self, grid) for grid in stage.grids]
        self.captions = {f"title of {grid.name}": [self._title(grid)] for grid in stage.grids if grid.title}

    def show(self, scene):
        """Make the figure show `scene`, which belongs to the same stage."""
        for grid in self.grids:
            grid.show(scene)
        self.show_lines(scene)
        self.show_captions(scene)

    def show_lines(self, scene):
        """Replace the links and marks by those of `scene`."""
        for artist in self.lines:
            artist.remove()
        self.lines = [part for link in scene.links for part in self._link(link)]
        self.lines += [part for mark in scene.marks for part in self._mark(mark)]

    def show_captions(self, scene):
        """Replace the captions whose words differ in `scene`; return their names."""
        changed = [caption for caption in scene.texts if self._words.get(caption.name) != caption.text]
        for caption in changed:
            for artist in self.captions.get(caption.name, ()):
                artist.remove()
            self._words[caption.name] = caption.text
            self.captions[caption.name] = list(self._caption(caption))
        return {caption.name for caption in changed}

    def add(self, artist, zorder):
        """Put an artist that is placed in pixels into the figure."""
        artist.set_zorder(zorder)
        artist.set_transform(self.transform)
        return self.figure.add_artist(artist)

    def fill(self, boxes, colour, zorder):
        """Fill rectangles, each ``(left, top, right, bottom)`` in pixels."""
        patch = PathPatch(_rectangles(boxes), facecolor=colour, edgecolor="none", linewidth=0, snap=True)
        return self.add(patch, zorder)

    def write(self, x, middle, words, size, colour, anchor="center", bold=False, room=None, zorder=6):
        """Write one line around the height `middle`, at most `room` wide; all in pixels."""
        words = self.literal(words)
        size = min(size, self._fitting(words, size, bold, room)) if room is not None else size
        font, literally = self._font(words, size, bold), {"va": "baseline", "parse_math": False, "usetex": False}
        baseline = middle + HALF_HEIGHT * size
        artist = Text(x + NUDGE, baseline, words, color=colour, fontproperties=font, ha=anchor, **literally)
        return self.add(artist, zorder)

    def clip(self, artist, box):
        """Let an artist draw within a rectangle only."""
        artist.set_clip_box(TransformedBbox(Bbox([box[:2], box[2:]]), self.transform))
        return artist

    def literal(self, words):
        """The words with a box for every letter that no font has; a warning is given once."""
        words = words.replace("\t", "    ")
        missing = set(words) - _letters(LATIN)
        if missing and japanese_family():
            missing -= _letters(japanese_family())
        if not missing:
            return words
        self._warn(missing)
        return "".join(_BOX if letter in missing else letter for letter in words)

    def _warn(self, missing):
        if not self._warned:
            self._warned = True
            japanese = self.stage.lang == "ja" or any("\u3000" <= letter <= "\u9fff" for letter in missing)
            some = ", ".join(f"U+{ord(letter):04X}" for letter in sorted(missing)[:8])
            words = f"no installed font has {some}, so boxes stand in their place"
            warnings.warn(_NO_JAPANESE if japanese and not japanese_family() else words, UserWarning, stacklevel=2)

    def _font(self, words, size, bold):
        """DejaVu Sans, which has the signs of formulas; a Japanese font only for what it lacks."""
        plain = set(words) <= _letters(LATIN)
        family = (LATIN,) if plain else (LATIN, japanese_family())
        weight = "bold" if bold and all(map(_has_bold, family)) else "normal"
        return _properties(family, weight, size * 72 / self.paper.dpi)

    def _fitting(self, words, size, bold, room):
        """The largest size, `size` at most, at which the words are no wider than `room`."""
        # Letters are fitted to pixels, so widths do not follow sizes exactly: a second or third look may be needed.
        while size > 1 and len(words) * size * WIDEST > room and (width := self._width(words, size, bold)) > room:
            size *= 0.99 * room / width
        return max(size, 0.5)

    def _width(self, words, size, bold):
        """Width of a line in pixels."""
        renderer = self.figure.canvas.get_renderer()
        return renderer.get_text_width_height_descent(words, self._font(words, size, bold), False)[0]

    def _title(self, grid):
        paper = self.paper
        middle = grid.x + grid.width / 2
        room = 2 * min(middle, self.stage.width - middle) * paper.unit
        y = paper.y(grid.y - TITLE_GAP)
        words = grid.title.replace("\n", " ")
        return self.write(paper.x(middle), y, words, TITLE_SIZE * paper.unit, self.theme.text, room=room)

    def _caption(self, caption):
        paper, size = self.paper, caption.size * self.paper.unit
        anchor = {"start": "left", "middle": "center", "end": "right"}[caption.anchor]
        free = {"start": self.stage.width - caption.x, "end": caption.x}
        room = free.get(caption.anchor, 2 * min(caption.x, self.stage.width - caption.x)) * paper.unit
        colour = self.theme.faint if caption.role == "faint" else self.theme.text
        strong, x = caption.role == "strong", paper.x(caption.x)
        for line, words in enumerate(caption.text.split("\n")):
            middle = paper.y(caption.y) + line * LINE_STEP * size
            if words:
                yield self.write(x, middle, words, size, colour, anchor, strong, max(room, 1), zorder=7)

    def _colour(self, role):
        return self.theme.mark.get(role, self.theme.mark["link"])

    def _link(self, link):
        paper, colour = self.paper, self._colour(link.role)
        start = np.array([paper.x(link.x1), paper.y(link.y1)])
        end = np.array([paper.x(link.x2), paper.y(link.y2)])
        width = max(1.0, 0.045 * paper.unit)
        length = np.hypot(*(end - start))
        if link.arrow and length > 0:
            along = (end - start) / length
            head = min(0.3 * paper.unit, length)
            across = 0.4 * head * np.array([-along[1], along[0]])
            base = end - head * along
            corners = np.array([end, base + across, base - across])
            yield self.add(Polygon(corners, facecolor=colour, edgecolor="none", linewidth=0), 3)
            end = base
        line = Line2D(
            *np.array([start, end]).T,
            color=colour,
            linewidth=width * 72 / paper.dpi,
            linestyle="-",
            marker="",
            solid_capstyle="butt",
            snap=False,
        )
        yield self.add(line, 3)

    def _mark(self, mark):
        grid = self.stage.grid(mark.grid)
        columns, rows = self.paper.edges(grid)
        box = (columns[mark.column], rows[mark.row], columns[mark.column + mark.columns], rows[mark.row + mark.rows])
        width = max(2, round(0.09 * self.paper.unit))
        if grid.texts is None:
            # Over a picture the outline stands outside the cells, which may be smaller than the line is wide, between
            # two lines of paper, since a picture may have any colour.
            casing = max(1, width // 3)
            yield self.fill(_ring(box, width + 2 * casing, 0), self.theme.background, 4)
            yield self.fill(_ring(box, width + casing, -casing), self._colour(mark.role), 4)
        else:
            inside = (width - self.paper.line) // 2 + self.paper.line - self.paper.line // 2
            yield self.fill(_ring(box, width - inside, inside), self._colour(mark.role), 4)


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
        """What the lines at the edges `low` and `high` leave of the pixels between them."""
        low += self.line - self.line // 2
        return low, max(high - self.line // 2, low)


class StepFigure(Figure):
    """A figure that notebooks show without pyplot."""

    def _repr_png_(self):
        file = io.BytesIO()
        self.savefig(file, format="png")
        return file.getvalue()


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
        """The cells that differ from those of the scene asked about before."""
        changed = [cell for cell in scene.cells(self.grid) if self.shown.get((cell.row, cell.column)) != cell]
        self.shown.update(((cell.row, cell.column), cell) for cell in changed)
        return changed

    def forget(self):
        """Take every cell and line for changed at the next scene."""
        self.shown, self.dashed = {}, None

    def show_lines(self):
        """Replace the lines between cells if other ones are dashed now; return the new artists."""
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
        style, unit = drawing.theme.cells[cell.role], drawing.paper.unit
        left, top, right, bottom = box = self.box(cell.row, cell.column)
        # of the grid, not of the cell, whose pixels are rounded: in one grid the same words have the same size
        room, pitch = 0.92 * (grid.pitch * unit - drawing.paper.line), bottom - top
        yield drawing.fill([box], style.fill, 1)
        if style.hatched:
            yield self._hatching(box)
        words, note = cell.text.replace("\n", " "), cell.note.replace("\n", " ")
        centre = (left + right) / 2
        if words:
            size, middle = min(grid.font * unit, 0.8 * pitch), top + (0.62 if note else 0.5) * pitch
            artist = drawing.write(centre, middle, words, size, style.text, bold=style.bold, room=room, zorder=2)
            yield drawing.clip(artist, box)
        if note:
            size = min(grid.note_font * unit, 0.4 * pitch)
            artist = drawing.write(centre, top + 0.21 * pitch, note, size, style.text, room=room, zorder=2)
            yield drawing.clip(artist, box)

    def _hatching(self, box):
        """Rising diagonals that end at the cell's border, spaced alike in every cell."""
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
        colour = _faded(drawing.theme)
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
        """What is drawn of the lines: they have gaps where no cell but dashed ones lies beside them."""
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
        """What gaps leave of a line from `low` to `high`, whose parts between two `edges` have them if `gapped`."""
        for part in gapped:
            for start, end in _gaps(*edges[part : part + 2], self.drawing.paper.unit):
                yield low, start
                low = end
        yield low, high


class Picture:
    """Draws a grid that shows a picture."""

    def __init__(self, drawing, grid):
        self.drawing, self.grid = drawing, grid
        self.columns, self.rows = drawing.paper.edges(grid)
        left, right, top, bottom = self.columns[0], self.columns[-1], self.rows[0], self.rows[-1]
        pixels = grid.pixels if grid.pixels.ndim == 3 else np.stack([grid.pixels] * 3, axis=2)
        coarse = pixels.shape[0] <= bottom - top and pixels.shape[1] <= right - left
        # Skipping pixels would make a pattern that is not in the picture, so a large one is averaged.
        box = TransformedBbox(Bbox([(left, top), (right, bottom)]), drawing.transform)
        image = BboxImage(box, interpolation="nearest" if coarse else "hanning", origin="upper", zorder=1)
        image.set_data(pixels)
        line = drawing.paper.line
        frame = drawing.fill(_ring((left, top, right, bottom), line, 0), drawing.theme.edge, 1.2)
        self.image, self.frame, self.veil = drawing.figure.add_artist(image), frame, None
        self.revealed = None

    def forget(self):
        """Take everything for changed at the next scene."""
        self.revealed = None

    def show(self, scene):
        """Bring the veil over the cells to come up to date; return what has to be drawn again, from back to front."""
        revealed = scene.revealed(self.grid)
        if revealed == self.revealed:
            return []
        self.revealed = revealed
        if self.veil:
            self.veil.remove()
            self.veil = None
        boxes = list(self._hidden(revealed))
        if boxes:
            self.veil = self.drawing.fill(boxes, self.drawing.theme.cells["pending"].fill, 1.1)
        return [artist for artist in (self.image, self.veil, self.frame) if artist]

    def _hidden(self, revealed):
        row, column = divmod(revealed, self.grid.columns)
        if column:
            yield self.columns[column], self.rows[row], self.columns[-1], self.rows[row + 1]
            row += 1
        if row < self.grid.rows:
            yield self.columns[0], self.rows[row], self.columns[-1], self.rows[-1]


def _rectangles(boxes):
    """One path around all boxes ``(left, top, right, bottom)``."""
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    corners = [[(a, b), (c, b), (c, d), (a, d), (a, b)] for a, b, c, d in boxes]
    return Path(np.reshape(np.array(corners, float), (-1, 2)), codes * len(corners))


def _ring(box, outside, inside):
    """Four boxes that surround `box`, from `outside` pixels beyond it to `inside` pixels within."""
    left, top, right, bottom = box
    a, b, c, d = left - outside, top - outside, right + outside, bottom + outside
    e, f, g, h = left + inside, top + inside, right - inside, bottom - inside
    return [(a, b, c, f), (a, h, c, d), (a, f, e, h), (g, f, c, h)]


def _gaps(low, high, unit):
    """Where a dashed line from `low` to `high` is interrupted: both ends are drawn, so that corners are closed."""
    count = max(1, round((high - low) / (0.25 * unit)))
    step = (high - low) / count
    for gap in range(count):
        yield round(low + (gap + 0.28) * step), round(low + (gap + 0.72) * step)


def _faded(theme):
    """A colour half way from the lines to the paper: hatching that leaves a number on it readable."""
    pairs = zip(bytes.fromhex(theme.edge[1:]), bytes.fromhex(theme.background[1:]), strict=True)
    return "#" + "".join(f"{(a + b) // 2:02x}" for a, b in pairs)


@functools.lru_cache(maxsize=256)
def _properties(family, weight, points):
    return font_manager.FontProperties(family=list(family), weight=weight, size=points)


@functools.lru_cache
def _has_bold(family):
    """Whether a family has a bold font; matplotlib complains when it is asked for one that is not there."""
    weights = font_manager.weight_dict
    fonts = (font for font in font_manager.fontManager.ttflist if font.name == family)
    return any(weights.get(font.weight, font.weight) >= weights["semibold"] for font in fonts)


@functools.lru_cache
def _letters(family):
    """The characters that the font of this name has."""
    return _covered(font_manager.findfont(font_manager.FontProperties(family=[family]), fallback_to_default=False))


def _covered(path):
    return frozenset(map(chr, font_manager.get_font(path).get_charmap()))


@functools.lru_cache
def japanese_family():
    """The name of an installed font that has Japanese letters, or None."""
    known = {font.name for font in font_manager.fontManager.ttflist}
    for family in JAPANESE:
        if family in known and _SAMPLE <= _letters(family):
            return family
    return _unlisted_family()


def _unlisted_family():
    """Look for the font among the files: matplotlib's list may be older than the font."""
    for path in sorted(font_manager.findSystemFonts()):
        if os.path.basename(path).lower().startswith(_JAPANESE_FILES) and _SAMPLE <= _covered(path):
            font_manager.fontManager.addfont(path)
            return font_manager.get_font(path).family_name
    return None
