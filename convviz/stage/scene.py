"""A picture as plain data: grids of cells, texts and links, laid out in units, coloured by role.

A `Stage` is what a whole trace shares: where every grid stands and what it holds. A `Frame` is what one step
changes. A `Scene` is the two together, and answers what each cell shows. Renderers draw scenes and hold no
arithmetic, so a picture and its numbers cannot disagree. One unit is the side of an ordinary cell; y grows
downwards.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from convviz._support.read_only import ReadOnlyDict, read_only
from convviz.stage.theme import VEIL
from convviz.stage.tints import STRENGTHS, grey_of, level, number_in

__all__ = ["Cell", "Face", "Frame", "Grid", "Link", "Mark", "Scene", "Stage", "Text"]


@dataclass(frozen=True)
class Cell:
    """What one cell of a grid shows: its text, a small note above the text, its role, and its tint or grey if it has one."""

    row: int
    column: int
    text: str
    role: str
    note: str = ""
    tint: int | None = None
    grey: int | None = None


@dataclass(frozen=True)
class Grid:
    """A rectangle of equal cells.

    Attributes
    ----------
    name : str
        Names the grid within its stage: "input", "kernel", "products", "output"; a channel is added as ".1".
    title : str
        Stands centred above the grid.
    x, y : float
        Top left corner, in units.
    pitch : float
        Side of a cell, in units.
    rows, columns : int
    texts, roles : tuple of tuple of str, or None
        What each cell shows and is, by row. None where `pixels` are shown instead.
    font, note_font : float
        Height of the letters of a cell's text and of its note, in units.
    pixels : numpy.ndarray of uint8, (height, width) or (height, width, 3), or None
        A picture that covers the whole grid in place of numbers; it may have fewer pixels than the grid has cells.
    first : int or None
        The step that belongs to cell (0, 0). The others follow in row order; None where cells have no step.
    when : tuple of tuple of int, or None
        ``(rows, columns)`` where steps do not follow each other: cell (r, c) then belongs to step ``first + rows[r] +
        columns[c]``. Both lists ascend, and every later cell in row order belongs to a later step.
    reveals : bool
        The grid fills up: a cell (or its part of the picture) shows only from its step on, being "pending" before.
    history : dict of (int, int) to tuple of (int, str)
        For cells whose text changes more than once: from which step on which text.
    meets : tuple or None
        For a kernel's grid: ``(grid name, rows, columns)``. Weight (i, j) is multiplied with the cells of the named
        grid in every row of the range ``rows[i]`` and every column of the range ``columns[j]`` in the course of the
        trace. The name is None where the grid changes with the step: the kernel's n-th grid then meets the grid of
        the step's n-th mark of role "window".
    colour : str
        The colour of its title and of the outline of the window, as the name of a mark of the theme: "channel-0". Grids of
        one channel have one colour. Empty where they do not differ.
    origin : tuple of int
        Which cell of the array stands at (0, 0): (-1, -1) where one row and column of padding is drawn.
    scale : Fraction or None
        The distance from 0 at which its numbers have the strongest tints; see `convviz.stage.tints`. None for no tints.
    least : Fraction or None
        Of its numbers with tints, those nearer to 0 than this are shown by their tints alone.
    greys : tuple of Fraction, or None
        The numbers that are black and white where it enlarges a part of a picture: its cells are then grey instead of tinted.
    """

    name: str
    title: str
    x: float = 0
    y: float = 0
    pitch: float = 1.0
    rows: int = 1
    columns: int = 1
    texts: tuple | None = None
    roles: tuple | None = None
    font: float = 0.44
    note_font: float = 0.22
    pixels: np.ndarray | None = None
    first: int | None = None
    when: tuple | None = None
    reveals: bool = False
    history: dict = field(default_factory=dict)
    meets: tuple | None = None
    origin: tuple = (0, 0)
    colour: str = ""
    scale: Fraction | None = None
    least: Fraction | None = None
    greys: tuple | None = None

    def __post_init__(self):
        object.__setattr__(self, "history", ReadOnlyDict(self.history))
        if self.pixels is not None:
            object.__setattr__(self, "pixels", read_only(self.pixels))

    @property
    def width(self):
        """Width in units."""
        return self.columns * self.pitch

    @property
    def height(self):
        """Height in units."""
        return self.rows * self.pitch

    def step_of(self, row, column):
        """The step that cell (`row`, `column`) belongs to; None where cells have no step."""
        if self.first is None:
            return None
        if self.when is None:
            return self.first + row * self.columns + column
        return self.first + self.when[0][row] + self.when[1][column]

    def reached(self, step):
        """How many cells, in row order, belong to `step` or an earlier one; all where cells have no step.

        Examples
        --------
        >>> Grid("output", "", 0, 0, 1, 2, 2, None, None, first=3, when=((0, 5), (0, 2))).reached(8)
        3
        """
        everything = self.rows * self.columns
        if self.first is None:
            return everything
        if self.when is None:
            return min(max(step - self.first + 1, 0), everything)
        rows, columns = self.when
        past = bisect_right(rows, step - self.first - columns[-1])
        if past == self.rows:
            return everything
        return past * self.columns + bisect_right(columns, step - self.first - rows[past])


@dataclass(frozen=True)
class Text:
    """A caption. `text` may hold line breaks; (x, y) is the middle of the first line's height.

    `anchor` is "start", "middle" or "end"; `role` is "text", "faint" or "strong"; `size` is the height of letters
    in units; lines are 1.35 sizes apart. A frame may replace the text by `name`.
    """

    name: str
    x: float
    y: float
    text: str
    size: float = 0.42
    anchor: str = "start"
    role: str = "text"


@dataclass(frozen=True)
class Link:
    """A straight line between two points in units, with an arrow head at its end if `arrow`."""

    x1: float
    y1: float
    x2: float
    y2: float
    role: str = "link"
    arrow: bool = False


@dataclass(frozen=True)
class Mark:
    """A thick outline around `rows` × `columns` cells of a grid, from (`row`, `column`) on."""

    grid: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    role: str = "window"


@dataclass(frozen=True)
class Face:
    """A side of a cell, or of several that look alike, of a block that is drawn in oblique projection: a polygon.

    Attributes
    ----------
    points : tuple of (float, float)
        Its corners, in units, around the polygon.
    role : str
        What its cells are: a role of cells, "glass" for a side of layers that one looks through, or "outline" for a line
        around others, which is not filled.
    colour : str
        The colour of its filter or channel, as the name of a mark of the theme; empty where there is only one.
    side : {"front", "top", "right", "left", "bottom"}
    block : str
        "input", "kernel" or "output"; "filter.1" for a small block that stands for a filter.
    cell : tuple of int, or None
        Row, column and layer of the first of its cells.
    cells : tuple of int
        Over how many rows, columns and layers it reaches.
    text : str
        Stands in its middle.
    size : float
        Height of the letters of the text, in units.
    lined : bool
        Whether its edges are drawn.
    """

    points: tuple
    role: str
    colour: str = ""
    side: str = "front"
    block: str = ""
    cell: tuple | None = None
    cells: tuple = (1, 1, 1)
    text: str = ""
    size: float = 0.0
    lined: bool = True

    @property
    def middle(self):
        """The middle of its corners, ``(x, y)``."""
        return tuple(sum(side) / len(self.points) for side in zip(*self.points, strict=True))


@dataclass(frozen=True)
class Frame:
    """What one step changes on its stage.

    Attributes
    ----------
    step : int
        Index of the step in the trace.
    cells : dict of str to dict of (int, int) to (text, role, note)
        Replacements by grid name and cell; None in a place leaves what is there.
    marks : tuple of Mark
    links : tuple of Link
    texts : dict of str to str
        Replacements of captions by name.
    spoken : str
        The step as one sentence without line breaks, for a screen reader and a picture's description.
    asked : bool
        The step is a question: what is still to come in a picture is covered, rather than veiled.
    faces : tuple of Face
        The blocks of a picture in oblique projection, from the back.
    """

    step: int
    cells: dict = field(default_factory=dict)
    marks: tuple = ()
    links: tuple = ()
    texts: dict = field(default_factory=dict)
    spoken: str = ""
    asked: bool = False
    faces: tuple = ()

    def __post_init__(self):
        cells = {name: ReadOnlyDict(changes) for name, changes in self.cells.items()}
        object.__setattr__(self, "cells", ReadOnlyDict(cells))
        object.__setattr__(self, "texts", ReadOnlyDict(self.texts))


@dataclass(frozen=True)
class Stage:
    """What the steps of a trace share.

    Attributes
    ----------
    width, height : float
        Size in units, margins included.
    grids : tuple of Grid
    texts : tuple of Text
    links : tuple of Link
    steps : int
        How many steps the trace has.
    title : str
        One line that says what is shown.
    lang : str
        "en" or "ja".
    narrow : Stage or None
        The same grids, the signs between them, and of several traces their titles, in places for a medium as narrow as a
        telephone.
    strongest : int or None
        The step that shows most of a picture: the one that a single picture shows, and at which a page begins.
    box : tuple of float, or None
        Where faces stand, and the texts at them: left, top, right, bottom. None where there are none.
    blocks : dict of str to tuple of float
        Where each block of faces stands, in the same way.
    """

    width: float
    height: float
    grids: tuple
    texts: tuple
    links: tuple
    steps: int
    title: str
    lang: str = "en"
    narrow: "Stage | None" = None
    strongest: int | None = None
    box: tuple | None = None
    blocks: dict = field(default_factory=dict)

    def __post_init__(self):
        object.__setattr__(self, "blocks", ReadOnlyDict(self.blocks))

    def grid(self, name):
        """The grid called `name`."""
        return next(grid for grid in self.grids if grid.name == name)


@dataclass(frozen=True)
class Scene:
    """A stage at one step: everything that a still picture shows.

    Layers, from the back: the grids' pixels and cells, `links`, `marks`, `faces`, the titles of grids, `texts`.
    """

    stage: Stage
    frame: Frame

    @property
    def links(self):
        """The stage's lines and the frame's."""
        return self.stage.links + self.frame.links

    @property
    def marks(self):
        """Outlines to draw over the cells."""
        return self.frame.marks

    @property
    def faces(self):
        """The sides of blocks, from the back."""
        return self.frame.faces

    @property
    def texts(self):
        """Captions, with the texts of the frame in place."""
        for text in self.stage.texts:
            shown = self.frame.texts.get(text.name, text.text)
            yield Text(text.name, text.x, text.y, shown, text.size, text.anchor, text.role)

    def cell(self, grid, row, column):
        """What cell (`row`, `column`) of `grid` shows at this step, as a `Cell`."""
        step = self.frame.step
        text = grid.texts[row][column] if grid.texts else ""
        role = grid.roles[row][column] if grid.roles else "cell"
        if (row, column) in grid.history:
            past = [shown for start, shown in grid.history[row, column] if start <= step]
            text, role = (past[-1], "done") if past else ("", "pending")
        elif grid.reveals and grid.first is not None:
            shown = grid.step_of(row, column) <= step
            text, role = (text, "done") if shown else ("", "pending")
        change = self.frame.cells.get(grid.name, {}).get((row, column), (None, None, None))
        text, role = (text if change[0] is None else change[0]), (role if change[1] is None else change[1])
        tint = level(text, grid.scale) if grid.scale and role in STRENGTHS else None
        number = None if tint is None else number_in(text)
        if grid.least and number is not None and abs(number) < grid.least:
            text = ""
        if tint is None or grid.greys is None:
            return Cell(row, column, text, role, change[2] or "", tint)
        return Cell(row, column, text, role, change[2] or "", None, grey_of(number, *grid.greys) if role == "window" else None)

    def cells(self, grid):
        """Every cell of `grid` in row order; nothing for a grid of pixels."""
        if grid.texts is not None:
            for row in range(grid.rows):
                for column in range(grid.columns):
                    yield self.cell(grid, row, column)

    @property
    def veil(self):
        """How much of what is still to come in a picture is covered: 1 for all."""
        return 1 if self.frame.asked else VEIL

    def revealed(self, grid):
        """How many cells of `grid`, in row order, show their part of the picture at this step."""
        return grid.reached(self.frame.step) if grid.reveals else grid.rows * grid.columns
