"""Where the parts of a stage stand on a slide: grids to scale, captions in letters that are read from the last row.

Lengths are in EMU, English Metric Units, of which slides are made: 914,400 to the inch and 12,700 to the point.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

from convviz.stage.text_width import bold_width, em_width, wrap

__all__ = ["INCH", "POINT", "Area", "Caption", "Placement", "Sheet", "bold_extent", "extent", "title_points"]

INCH, POINT = 914_400, 12_700
#: Distance of two lines of a caption in sizes of its letters, and how much wider bold letters are than others.
LEADING, BOLD = 1.35, 1.1
#: Height of the letters of grids' titles and of most captions, in units.
SMALL = 0.42
#: Size of these captions in points: the largest, the least that is large enough, the smallest.
LARGEST, GOOD, SMALLEST = 16, 12, 5
#: Captions may make the grids smaller by this factor, not more; and numbers no smaller than so many points if they need not.
LEAST_PART, ENOUGH = 0.9, 14
#: Gap between two captions, and between captions and grids, in sizes of letters; between columns of captions in EMU.
GAP, SEPARATION, BETWEEN = 0.35, 0.9, INCH // 8
#: How many of the longest texts of a caption are tried.
SAMPLES = 8
#: Largest side of an ordinary cell; how far a mark stands out of its cells, and out of small pixels, in units.
LARGEST_UNIT, MARK, MARK_ON_PIXELS = 0.8 * INCH, 0.1, 0.25
#: Smallest side of an ordinary cell; a number in a smaller one could not be read.
LEAST_UNIT = 0.06 * INCH
#: Letters that grids' titles should have at least, in points; the most that there is space for, and by how much a title
#: may be wider than its grid, in units.
TITLE_LETTERS, HIGHEST_TITLE, BESIDE = 12, 0.55, 0.2
#: Smallest letters of a title on one line, in points, and of one on several.
LEAST_TITLE, SMALLEST_TITLE = 18, 8


@dataclass(frozen=True)
class Area:
    """A rectangle of a slide."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self):
        return self.left + self.width

    @property
    def bottom(self):
        return self.top + self.height


@dataclass(frozen=True)
class Placement:
    """From units of the stage to a slide: `left` and `top` are where (0, 0) falls, `scale` is the EMU of one unit.

    From each height of `lower` on, ``(y, top)`` in units and EMU, things stand lower: `top` is then where (0, 0) would fall.
    """

    left: float
    top: float
    scale: float
    lower: tuple = ()

    def box(self, x, y, width, height):
        """``(left, top, width, height)`` on the slide, whole numbers."""
        top = next((top for start, top in reversed(self.lower) if y >= start), self.top)
        sides = self.left + x * self.scale, top + y * self.scale, width * self.scale, height * self.scale
        return tuple(round(side) for side in sides)

    def points(self, size):
        """The size of letters that are `size` units high, in points, rounded down to tenths."""
        return int(size * self.scale / POINT * 10) / 10


@dataclass(frozen=True)
class Caption:
    """Where a caption above or below the grids stands: lines at most `width` EMU long, letters `points` high."""

    left: int
    top: int
    width: int
    points: float
    bold: bool

    def wrapped(self, words):
        """The words in lines of this width."""
        return wrap(flat(words), self.width / (self.points * POINT), measure=bold_extent if self.bold else em_width)


def bold_extent(text):
    """Width of a line of bold letters in sizes of them, on the generous side."""
    return max(BOLD * em_width(text), bold_width(text))


def line_width(width, points, bold):
    """How many sizes of letters go into a line."""
    return width / (points * POINT * (BOLD if bold else 1))


def extent(text, size, x, y, anchor):
    """``(left, top, right, bottom)`` of a text that may have several lines, as `convviz.stage.scene.Text` places it.

    Examples
    --------
    >>> extent("1\\n2", 0.5, 5.0, 2.0, "start")
    (5.0, 1.6625, 5.32, 3.0125)
    """
    lines = text.split("\n")
    width, top = max(map(em_width, lines)) * size, y - LEADING * size / 2
    left = x - {"start": 0, "middle": width / 2, "end": width}[anchor]
    return left, top, left + width, top + LEADING * size * len(lines)


class Sheet:
    """How a stage is laid out in an area of a slide, the same for all its steps.

    What stands among the grids keeps its place, to scale. Captions above and below the grids get letters of their own
    size: those of a large stage would become too small to read if they were scaled with it.

    Parameters
    ----------
    stage : convviz.stage.scene.Stage
    texts : iterable of dict of str to str
        The texts that each step brings, `convviz.stage.scene.Frame.texts`.
    area : Area
    without : collection of str
        Names of texts that are not shown.

    Attributes
    ----------
    placement : Placement
    captions : dict of str to Caption
        The captions above and below the grids, by name.
    title_size : float
        Height of the letters of grids' titles, in units.

    Raises
    ------
    ValueError
        When the area is too small.

    Examples
    --------
    >>> from convviz.stage.scene import Grid, Stage, Text
    >>> grid = Grid("input", "", 1, 1, 1, 2, 2, None, None)
    >>> stage = Stage(4, 4, (grid,), (Text("formula", 1, 3.6, ""),), (), 1, "")
    >>> sheet = Sheet(stage, [{"formula": "1 + 1 = 2"}], Area(0, 0, 4 * INCH, 3 * INCH))
    >>> round(sheet.placement.scale / INCH, 2), sheet.captions["formula"].points
    (0.8, 16.0)
    """

    def __init__(self, stage, texts, area, without=()):
        self.stage, self.area, self.without = stage, area, set(without)
        shown = [text for text in stage.texts if text.name not in self.without]
        bands = bands_of(stage, [text for text in shown if text.anchor == "start"])
        flowing = [text for text in shown if text.anchor == "start" and not any(low <= text.y <= high for low, high in bands)]
        flow = Flow(flowing, longest(flowing, texts), stage, area)
        fixed = [text for text in shown if text not in flowing]
        self.bodies = [body(stage, fixed, flow.starts, band) for band in bands]
        edges = [-inf, *(high for _, high in bands), inf]
        stacked = [[text for text in flowing if low < text.y <= high] for low, high in pairwise(edges)]
        scale, stacks = self._fitted(flow, stacked)
        self.placement, self.captions = self._placed(scale, stacks)
        self.title_size = title_size(stage, scale)

    def _fitted(self, flow, texts):
        """EMU of one unit, and the captions above, between and below, in the best letters that leave the grids large enough."""
        tried = {points: [flow.stack(part, points) for part in texts] for points in range(LARGEST, SMALLEST - 1, -1)}
        scales = {points: self._scale(stacks) for points, stacks in tried.items()}
        if scales[SMALLEST] < LEAST_UNIT:
            sides = " × ".join(f"{side / INCH:.2f}" for side in (self.area.width, self.area.height))
            raise ValueError(f"there is too little room for a step of this trace: {sides} inches; make width and height larger")
        fit = [points for points in tried if scales[points] >= LEAST_PART * scales[SMALLEST]]
        good = [points for points in fit if points >= GOOD]
        letters = min((grid.font for grid in self.stage.grids if grid.texts is not None), default=inf)
        good = [points for points in good if letters * scales[points] >= ENOUGH * POINT] or good
        # A formula on one line matters more than the last point of size.
        best = min(good, key=lambda points: (sum(stack.lines for stack in tried[points]), -points), default=fit[0])
        return scales[best], tried[best]

    def separates(self, link):
        """Whether a line stands between grids that captions separate, which have places of their own."""
        gaps = [(above[3], below[1]) for above, below in pairwise(self.bodies)]
        return any(bottom < min(link.y1, link.y2) and max(link.y1, link.y2) < top for bottom, top in gaps)

    @property
    def body(self):
        """``(left, top, right, bottom)`` of all that is drawn to scale, in units."""
        sides = zip(*self.bodies, strict=True)
        return tuple(end(side) for end, side in zip((min, min, max, max), sides, strict=True))

    def _scale(self, stacks):
        """EMU of one unit, so that the grids fit between these captions; 0 where a word is wider than a line."""
        left, _, right, _ = self.body
        if any(stack.cut for stack in stacks):
            return 0
        units = sum(bottom - top for _, top, _, bottom in self.bodies)
        high = self.area.height - sum(stack.height for stack in stacks)
        return min(self.area.width / (right - left), high / units, LARGEST_UNIT)

    def _placed(self, scale, stacks):
        """Captions and grids as one block, in the middle of the area."""
        left, _, right, _ = self.body
        high = sum(bottom - top for _, top, _, bottom in self.bodies) * scale + sum(stack.height for stack in stacks)
        x = self.area.left + (self.area.width - (left + right) * scale) / 2
        y = self.area.top + (self.area.height - high) / 2
        captions, tops, past = stacks[0].moved(y), [], -inf
        y += stacks[0].height
        for (_, top, _, bottom), stack in zip(self.bodies, stacks[1:], strict=True):
            tops.append((past, y - top * scale))
            past = bottom
            y += (bottom - top) * scale
            captions |= stack.moved(y + stack.gap)
            y += stack.height
        return Placement(x, tops[0][1], scale, tuple(tops[1:])), captions


class Flow:
    """Captions that stand above each other in columns, one for each left edge on the stage.

    Parameters
    ----------
    texts : list of convviz.stage.scene.Text
    words : dict of str to list of str
        What each of them says, by name.
    stage : convviz.stage.scene.Stage
    area : Area
    """

    def __init__(self, texts, words, stage, area):
        self.words, self.right = words, area.right
        self.starts = sorted({text.x for text in texts})
        inner = max(stage.width - 2 * self.starts[0], 1) if texts else 1
        self.edges = [area.left + round(area.width * (start - self.starts[0]) / inner) for start in self.starts]

    def stack(self, texts, points):
        """Some of the captions in letters of this size."""
        captions, tops, height, total, cut = {}, {}, 0, 0, False
        gap = SEPARATION * points * POINT
        for text in sorted(texts, key=lambda text: text.y):
            heading = gap if text.role == "strong" and text.x in tops else 0  # of the next trace
            caption = self._caption(text, points, round(tops.get(text.x, 0) + heading))
            wrapped = {words: caption.wrapped(words) for words in self.words[text.name]}
            most = max(lines.count("\n") + 1 if lines else 0 for lines in wrapped.values())
            cut |= any(flat(lines) != flat(words) for words, lines in wrapped.items())
            total += most
            captions[text.name] = caption
            if most:
                end = caption.top + most * LEADING * caption.points * POINT
                tops[text.x] = round(end + GAP * caption.points * POINT)
                height = max(height, end + gap)
        return Stack(gap, captions, height, total, cut)

    def _caption(self, text, points, top):
        column = self.starts.index(text.x)
        right = self.right if column == len(self.starts) - 1 else self.edges[column + 1] - BETWEEN
        left = self.edges[column]
        return Caption(left, top, right - left, points * text.size / SMALL, text.role == "strong")


@dataclass(frozen=True)
class Stack:
    """Captions in columns, with their tops counted from 0.

    Attributes
    ----------
    gap : float
        What separates them from the grids, in EMU.
    captions : dict of str to Caption
    height : float
        With the gap; 0 if they say nothing.
    lines : int
        How many lines they have together, at most.
    cut : bool
        Whether a word is wider than a line.
    """

    gap: float
    captions: dict
    height: float
    lines: int
    cut: bool

    def moved(self, top):
        """The captions, with their tops on the slide."""
        return {name: replace(caption, top=round(caption.top + top)) for name, caption in self.captions.items()}


def flat(words):
    """Words on one line."""
    return words.replace("\n", " ")


def longest(captions, texts):
    """The longest words that each caption has at any step: those that may need the most lines."""
    seen = {caption.name: {caption.text} for caption in captions}
    for shown in texts:
        for name in seen.keys() & shown.keys():
            seen[name].add(shown[name])
    return {name: sorted(words, key=em_width, reverse=True)[:SAMPLES] for name, words in seen.items()}


def bands_of(stage, captions):
    """Heights from which to which grids or blocks stand, ``(top, bottom)`` in units; captions separate one from the next."""
    spans = [(stage.box[1], stage.box[3])] if stage.box else []
    spans = sorted([*spans, *((grid.y, grid.y + grid.height) for grid in stage.grids)]) or [(0, 0)]
    bands = [spans[0]]
    for top, bottom in spans[1:]:
        past = bands[-1][1]
        if any(past < caption.y < top for caption in captions):
            bands.append((top, bottom))
        else:
            bands[-1] = bands[-1][0], max(past, bottom)
    return bands


def body(stage, texts, starts, band=(-inf, inf)):
    """``(left, top, right, bottom)`` of what is drawn to scale in a band: grids, blocks and texts among them, in units."""
    grids = [grid for grid in stage.grids if band[0] <= grid.y <= band[1]]
    boxes = [marked(grid) for grid in grids] + ([stage.box] if stage.box else [])
    boxes += [extent(*title) for title in map(title_of, grids) if title[0]]
    boxes += [
        extent(text.text, text.size, text.x, text.y, text.anchor)
        for text in texts
        if band[0] - SMALL <= text.y <= band[1] + SMALL
    ]
    left, top, right, bottom = list(zip(*boxes, strict=True)) or [(0,), (0,), (1,), (1,)]
    if len(starts) > 1:  # each column of captions belongs to the grids beside it
        left, right = (*left, starts[0]), (*right, stage.width - starts[0])
    return min(left), min(top), max(right), max(bottom)


def marked(grid):
    """``(left, top, right, bottom)`` of a grid with the outlines that marks may draw around it."""
    out = MARK if grid.pixels is None else MARK_ON_PIXELS
    return grid.x - out, grid.y - out, grid.x + grid.width + out, grid.y + grid.height + out


def title_of(grid, size=SMALL):
    """The title of a grid as the arguments of `extent`: its last line stands above the grid."""
    first = grid.y - 0.4 - LEADING * size * grid.title.count("\n")
    return grid.title, size, grid.x + grid.width / 2, first, "middle"


def title_size(stage, scale):
    """Height of the letters of grids' titles in units: larger where they would be small and all have space for it."""
    titles = [grid for grid in stage.grids if grid.title]
    if not titles or any("\n" in grid.title for grid in titles):
        return SMALL
    widest = min((grid.width + BESIDE) / em_width(grid.title) for grid in titles)
    return max(SMALL, min(TITLE_LETTERS * POINT / scale, HIGHEST_TITLE, widest))


def title_points(title, below, width, height, largest, bold=False):
    """The sizes of letters of a slide's title and of the line below it.

    Parameters
    ----------
    title, below : str
    width, height : int
        The space, in EMU.
    largest : float
        The size of the title's letters if there is space, in points.
    bold : bool
        Whether the title's letters are bold.

    Returns
    -------
    tuple of float
        In points. A title that would become too small on one line gets several.

    Examples
    --------
    >>> title_points("Max pooling", "step 1 of 4", 10 * INCH, INCH, 30)
    (30, 18.0)
    """
    best = None
    for size in range(int(largest), SMALLEST_TITLE - 1, -1):
        small = max(0.6 * size, min(size, 14))
        above = wrap(title, line_width(width, size, bold)).count("\n") + 1
        under = wrap(below, line_width(width, small, False)).count("\n") + 1 if below else 0
        if 1.2 * POINT * (above * size + under * small) > height:
            continue
        if above == under == 1 and (size >= LEAST_TITLE or best is None):
            return size, small
        best = best or (size, small)
    return best or (SMALLEST_TITLE, SMALLEST_TITLE)
