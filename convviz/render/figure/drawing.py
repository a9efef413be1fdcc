"""The figure of a stage, whose artists follow from one scene to the next."""

import io
import warnings

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox, TransformedBbox

from convviz.render.figure import fonts
from convviz.render.figure.cells import Cells
from convviz.render.figure.faces import face_artists
from convviz.render.figure.letters import Letters
from convviz.render.figure.paper import Paper, rectangles, ring
from convviz.render.figure.picture import Picture
from convviz.render.sizes import DPI, pixel_size
from convviz.stage.theme import theme as find_theme

__all__ = ["Drawing", "StepFigure", "figure"]

#: Height of the titles above grids, and how far their middle stands above the grid, in units.
TITLE_SIZE, TITLE_GAP = 0.42, 0.4
#: Distance of two lines of a caption, in sizes of its letters.
LINE_STEP = 1.35
#: Half the height of capitals and digits of DejaVu Sans, in sizes: how far the baseline is below the middle of a line.
HALF_HEIGHT = 0.365
#: An invisible shift of lines of letters: positions half way between two of a font's, which are common, are then rounded
#: the same way in all cells, so that equal cells have equal pixels.
NUDGE = 1 / 512
#: No glyph of the fonts used is wider, in sizes; text that is short enough by this measure need not be measured.
WIDEST = 1.05
#: The smallest letters in points: FreeType draws letters of smaller sizes as large as these.
SMALLEST = 1
#: Shown in place of words that are too wide in the smallest letters, since a part of a number looks like another number.
TOO_LONG = "…"


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
    faces : dict of convviz.stage.scene.Face to list of Artist
        The sides of blocks over the lines, in drawing order. Those that the next scene has too stay.
    captions : dict of str to list of Text
        The lines of captions by name, those of grids' titles by "title of " and the grid's name; drawn last.
    """

    def __init__(self, stage, size=None, theme="light", dpi=DPI, transparent=False):
        self.stage = stage
        self.theme = find_theme(theme)
        self.size = width, height = pixel_size(size, stage, dpi)
        self.paper = Paper(stage, self.size, dpi)
        # The next larger float, so that rounding does not lose the last pixel.
        inches = (np.nextafter(width / dpi, np.inf), np.nextafter(height / dpi, np.inf))
        paper = {"facecolor": "none" if transparent else self.theme.background, "edgecolor": "none"}
        self.figure = StepFigure(figsize=inches, dpi=dpi, layout="none", **paper)
        FigureCanvasAgg(self.figure)
        self.transform = self.paper.inches + self.figure.dpi_scale_trans
        self._warned = False
        self._words = {}
        self.lines, self.faces = [], {}
        self.grids = [(Picture if grid.texts is None else Cells)(self, grid) for grid in stage.grids]
        self.captions = {f"title of {grid.name}": [self._title(grid)] for grid in stage.grids if grid.title}

    def show(self, scene):
        """Make the figure show `scene`, which belongs to the same stage."""
        for grid in self.grids:
            grid.show(scene)
        self.show_lines(scene)
        self.show_faces(scene)
        self.show_captions(scene)

    def show_lines(self, scene):
        """Replace the links and marks by those of `scene`."""
        for artist in self.lines:
            artist.remove()
        self.lines = [part for link in scene.links for part in self._link(link)]
        self.lines += [part for mark in scene.marks for part in self._mark(mark)]

    def show_faces(self, scene):
        """Show the sides of the blocks of `scene`."""
        shown = dict.fromkeys(scene.faces)
        for face in self.faces.keys() - shown.keys():
            for artist in self.faces[face]:
                artist.remove()
        self.faces = {face: self.faces.get(face) or list(face_artists(self, face)) for face in shown}

    def show_captions(self, scene):
        """Replace the captions whose words differ in `scene`; return their names."""
        changed = [caption for caption in scene.texts if self._words.get(caption.name) != caption.text]
        for caption in changed:
            for artist in self.captions.get(caption.name, ()):
                artist.remove()
            self._words[caption.name] = caption.text
            self.captions[caption.name] = list(self._caption(caption))
        return {caption.name for caption in changed}

    def release(self):
        """Empty the drawing and all its artists. They refer to one another and would stay until the garbage collector comes."""
        for each in (*self.figure.findobj(), self.figure.canvas, self):
            vars(each).clear()

    def add(self, artist, zorder):
        """Put an artist that is placed in pixels into the figure."""
        artist.set_zorder(zorder)
        artist.set_transform(self.transform)
        return self.figure.add_artist(artist)

    def fill(self, boxes, colour, zorder):
        """Fill rectangles, each ``(left, top, right, bottom)`` in pixels."""
        patch = PathPatch(rectangles(boxes), facecolor=colour, edgecolor="none", linewidth=0, snap=True)
        return self.add(patch, zorder)

    def write(self, x, middle, words, letters):
        """Write one line of `Letters` around the height `middle`; all in pixels."""
        words = self.literal(words)
        words, size = self._fitting(words, letters)
        font, literally = self._font(words, size, letters.bold), {"va": "baseline", "parse_math": False, "usetex": False}
        baseline = middle + HALF_HEIGHT * size
        colour, anchor = letters.colour, letters.anchor
        artist = Text(x + NUDGE, baseline, words, color=colour, fontproperties=font, ha=anchor, **literally)
        return self.add(artist, letters.zorder)

    def clip(self, artist, box):
        """Let an artist draw within a rectangle only."""
        artist.set_clip_box(TransformedBbox(Bbox([box[:2], box[2:]]), self.transform))
        return artist

    def literal(self, words):
        """The words, with a box for every letter that no font has; warns once."""
        words = words.replace("\t", "    ")
        missing = set(words) - fonts.letters_of(fonts.LATIN)
        if missing and fonts.japanese_family():
            missing -= fonts.letters_of(fonts.japanese_family())
        if not missing:
            return words
        self._warn(missing)
        return "".join(fonts.BOX if letter in missing else letter for letter in words)

    def _warn(self, missing):
        if not self._warned:
            self._warned = True
            japanese = self.stage.lang == "ja" or any("\u3000" <= letter <= "\u9fff" for letter in missing)
            some = ", ".join(f"U+{ord(letter):04X}" for letter in sorted(missing)[:8])
            words = f"no installed font has {some}, so boxes stand in their place"
            warnings.warn(fonts.NO_JAPANESE if japanese and not fonts.japanese_family() else words, UserWarning, stacklevel=2)

    def _font(self, words, size, bold):
        """The font of words: DejaVu Sans, which has the signs of formulas, and a Japanese font for what it lacks."""
        is_latin = set(words) <= fonts.letters_of(fonts.LATIN)
        family = (fonts.LATIN,) if is_latin else (fonts.LATIN, fonts.japanese_family())
        weight = "bold" if bold and all(map(fonts.has_bold, family)) else "normal"
        return fonts.properties(family, weight, size * 72 / self.paper.dpi)

    def _fitting(self, words, letters):
        """The words and the largest size, that of `letters` at most, at which they are no wider than the letters may be."""
        if letters.width is None or not words:
            return words, letters.size
        size, smallest = letters.size, SMALLEST * self.paper.dpi / 72
        limit = letters.width - 2 * NUDGE
        # Letters are fitted to pixels, so widths are not proportional to sizes; it may take two or three attempts.
        while len(words) * max(size, smallest) * WIDEST > limit and (width := self._width(words, size, letters.bold)) > limit:
            if size <= smallest:
                return self._fitting("" if words == TOO_LONG else TOO_LONG, letters)
            size *= 0.99 * limit / width
        return words, max(size, 0.5)

    def _width(self, words, size, bold):
        """Width of a line in pixels."""
        renderer = self.figure.canvas.get_renderer()
        return renderer.get_text_width_height_descent(words, self._font(words, size, bold), False)[0]

    def _title(self, grid):
        paper = self.paper
        middle = grid.x + grid.width / 2
        width = 2 * min(middle, self.stage.width - middle) * paper.unit
        y = paper.y(grid.y - TITLE_GAP)
        words = grid.title.replace("\n", " ")
        return self.write(
            paper.x(middle), y, words, Letters(TITLE_SIZE * paper.unit, self.theme.title_colour(grid), width=width)
        )

    def _caption(self, caption):
        paper, size = self.paper, caption.size * self.paper.unit
        anchor = {"start": "left", "middle": "center", "end": "right"}[caption.anchor]
        free = {"start": self.stage.width - caption.x, "end": caption.x}
        width = free.get(caption.anchor, 2 * min(caption.x, self.stage.width - caption.x)) * paper.unit
        colour = self.theme.faint if caption.role == "faint" else self.theme.text
        letters = Letters(size, colour, anchor, caption.role == "strong", max(width, 1), zorder=7)
        for line, words in enumerate(caption.text.split("\n")):
            if words:
                yield self.write(paper.x(caption.x), paper.y(caption.y) + line * LINE_STEP * size, words, letters)

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
        # not a Line2D: its markers would outlive the drawing until the garbage collector comes
        line = PathPatch(Path([start, end]), fill=False, edgecolor=colour, linewidth=width * 72 / paper.dpi, snap=False)
        line.set_capstyle("butt")
        yield self.add(line, 3)

    def _mark(self, mark):
        grid = self.stage.grid(mark.grid)
        columns, rows = self.paper.edges(grid)
        colour = self.theme.outline_colour(mark, grid)
        left, right = (edge_at(columns, place) for place in (mark.column, mark.column + mark.columns))
        top, bottom = (edge_at(rows, place) for place in (mark.row, mark.row + mark.rows))
        box = left, top, right, bottom
        width = max(2, round(0.09 * self.paper.unit))
        if grid.texts is None:
            # On a picture the outline is drawn outside the cells, which may be smaller than the line is wide, and between
            # two lines of the background's colour, since a picture may have any colour.
            casing = max(1, width // 3)
            yield self.fill(ring(box, width + 2 * casing, 0), self.theme.background, 4)
            yield self.fill(ring(box, width + casing, -casing), colour, 4)
        else:
            inside = (width - self.paper.line) // 2 + self.paper.line - self.paper.line // 2
            yield self.fill(ring(box, width - inside, inside), colour, 4)


def edge_at(edges, place):
    """The pixel of a place among edges, which may be between two of them, where an outline is on its way."""
    first = min(int(place), len(edges) - 2)
    return round(edges[first] + (edges[first + 1] - edges[first]) * (place - first))


class StepFigure(Figure):
    """A figure that notebooks show without pyplot."""

    def _repr_png_(self):
        file = io.BytesIO()
        self.savefig(file, format="png")
        return file.getvalue()
