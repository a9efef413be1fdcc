"""From two traces on one image to scenes that show both, side by side."""

from dataclasses import dataclass, replace

import numpy as np

from convviz.operations import TransposedConvolution
from convviz.stage import frames, layout
from convviz.stage.captions import words
from convviz.stage.scene import Link, Moment, Scene, Stage

__all__ = ["PairBoard", "Places", "places"]

#: What the names of the two sides' grids and captions begin with.
SIDES = ("left", "right")
#: Room between the two sides, in units.
GAP = 0.4


@dataclass(frozen=True)
class Places:
    """Where the windows of two traces stand, along both axes of the image.

    Attributes
    ----------
    shape : tuple of int
        Images, filters, rows and columns of places; a step for each.
    traces : tuple of int
        The shapes of the two traces.
    rows, columns : tuple of tuple of int
        For each trace: at which place the windows of each row, or column, of its result stand.
    """

    shape: tuple
    traces: tuple
    rows: tuple
    columns: tuple

    def steps_at(self, index):
        """The steps of the two traces at a step of the pair; None for a trace that has no window there."""
        batch, channel, row, column = (int(part) for part in np.unravel_index(index, self.shape))
        found = []
        for shape, rows, columns in zip(self.traces, self.rows, self.columns, strict=True):
            there = channel < shape[1] and row in rows and column in columns
            place = there and (batch, channel, rows.index(row), columns.index(column))
            found.append(int(np.ravel_multi_index(place, shape)) if there else None)
        return tuple(found)


def places(left, right):
    """The `Places` of two traces.

    Parameters
    ----------
    left, right : convviz.trace.Trace

    Notes
    -----
    A window stands where the cell in its middle stands (of an even number of cells the first of the two middle ones). A
    transposed convolution, which reads a stretched image, is set beside another by the rows and columns of its result.

    Examples
    --------
    >>> import convviz as cv
    >>> image = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    >>> both = places(*(cv.Convolution([[1] * 3] * 3, padding=padding).trace(image) for padding in ("same", "valid")))
    >>> both.shape, both.rows, both.steps_at(4), both.steps_at(0)
    ((1, 1, 3, 3), ((0, 1, 2), (1,)), (4, 0), (0, None))
    """
    by_result = any(isinstance(trace.operation, TransposedConvolution) for trace in (left, right))
    axes = []
    for name in ("rows", "columns"):
        middles = [middles_of(getattr(trace.geometry, name), by_result) for trace in (left, right)]
        every = sorted({*middles[0], *middles[1]})
        axes.append((len(every), tuple(tuple(every.index(middle) for middle in each) for each in middles)))
    filters = max(left.shape[1], right.shape[1])
    shape = (left.shape[0], filters, axes[0][0], axes[1][0])
    return Places(shape, (left.shape, right.shape), axes[0][1], axes[1][1])


def middles_of(axis, by_result):
    """Where the middles of windows stand along an axis."""
    if by_result:
        return list(range(axis.output))
    return [axis.start(output) + (axis.reach - 1) // 2 for output in range(axis.output)]


def moved_text(text, stage, name, x, y, drop):
    """A caption of a side on the common stage: those above the grids stay at their height, those below are moved by `drop`."""
    top, bottom = min(grid.y for grid in stage.grids), max(grid.y + grid.height for grid in stage.grids)
    down = 0 if text.y < top else drop if text.y > bottom else y
    return replace(text, name=f"{name}.{text.name}", x=text.x + x, y=text.y + down)


def image_top(stage):
    """At which height row 0 of the image stands, which padding or a cut-off edge leave above or below a grid's top."""
    image = next(grid for grid in stage.grids if grid.name.split(".")[0] == "input")
    return image.y - image.origin[0] * image.pitch


class PairBoard:
    """The steps of a comparison that are shown, as scenes: what a `convviz.stage.layout.Board` is for a trace.

    Parameters
    ----------
    pair : convviz.trace.side_by_side.Comparison
    lang, steps, still
        As for `convviz.stage.layout.board`.

    Attributes
    ----------
    indices : list of int
    stage : convviz.stage.scene.Stage
    """

    def __init__(self, pair, lang="en", steps=None, still=False):
        self.pair, self.words = pair, words(lang)
        self.indices = layout.chosen(pair, steps)
        own = zip(*(pair.places.steps_at(index) for index in self.indices), strict=True)
        # a side that only waits shows its first step's grids, empty
        shown = [sorted({step for step in each if step is not None}) or [0] for each in own]
        traces = pair.left, pair.right
        self.boards = [layout.board(trace, lang, each, still) for trace, each in zip(traces, shown, strict=True)]
        # grids are moved down until the images stand beside each other, and captions until all below stand at one height
        stages = [board.stage for board in self.boards]
        tops = [image_top(stage) for stage in stages]
        depths = [max(grid.y + grid.height for grid in stage.grids) for stage in stages]
        down = [max(tops) - top for top in tops]
        lowest = max(depth + moved for depth, moved in zip(depths, down, strict=True))
        self.drops = [lowest - depth for depth in depths]
        self.offsets = [(0, down[0]), (stages[0].width + GAP, down[1])]
        self.stage = self.build(lang)

    def build(self, lang):
        """The stage of both sides."""
        stages, places = [board.stage for board in self.boards], self.pair.places
        grids, texts = [], []
        for name, stage, (x, y), drop, rows, columns in zip(
            SIDES, stages, self.offsets, self.drops, places.rows, places.columns, strict=True
        ):
            every = {grid.name: f"{name}.{grid.name}" for grid in stage.grids}
            grids += [self.placed(grid, every, x, y, rows, columns) for grid in stage.grids]
            texts += [moved_text(text, stage, name, x, y, drop) for text in stage.texts]
        right, (x, _) = stages[1], self.offsets[1]
        height = max(stage.height + drop for stage, drop in zip(stages, self.drops, strict=True))
        between = Link(x - GAP / 2, layout.MARGIN, x - GAP / 2, height - layout.MARGIN)
        return Stage(x + right.width, height, tuple(grids), tuple(texts), (between,), len(self.pair), self.words["both"], lang)

    def placed(self, grid, names, x, y, rows, columns):
        """A grid of a side on the common stage: its steps are the pair's."""
        moved = replace(grid, name=names[grid.name], x=grid.x + x, y=grid.y + y)
        if grid.meets:
            # a kernel whose input changes from step to step is found by counting marks, which only one side has
            met = names.get(grid.meets[0])
            moved = replace(moved, meets=met and (met, *grid.meets[1:]))
        if grid.first is None:
            return moved
        _, _, down, across = self.pair.shape
        first = grid.first // (grid.rows * grid.columns) * down * across
        return replace(moved, first=first, when=(tuple(row * across for row in rows), columns))

    def moment(self, index):
        """What step `index` changes on the stage."""
        return self.joined(index, lambda board, step: board.moment(step))

    def question(self, index):
        """What step `index` changes while its results are still to be found."""
        return self.joined(index, lambda board, step: board.question(step))

    def joined(self, index, ask):
        """The moments of both sides as one."""
        cells, marks, links, texts, spoken = {}, [], [], {}, []
        for name, board, (x, y), step in zip(SIDES, self.boards, self.offsets, self.pair.places.steps_at(index), strict=True):
            moment = self.waiting(index, board) if step is None else ask(board, step)
            cells |= {f"{name}.{grid}": changes for grid, changes in moment.cells.items()}
            marks += [replace(mark, grid=f"{name}.{mark.grid}") for mark in moment.marks]
            links += [Link(a.x1 + x, a.y1 + y, a.x2 + x, a.y2 + y, a.role, a.arrow) for a in moment.links]
            texts |= {f"{name}.{text}": shown for text, shown in moment.texts.items()}
            texts[f"{name}.place"] = self.place(index, board, step)
            spoken.append(f"{self.words[name]}: {moment.spoken or self.words['waits']}")
        return Moment(index, cells, tuple(marks), tuple(links), texts, " ".join(spoken))

    def waiting(self, index, board):
        """The moment of a side that has no window at a step."""
        return Moment(index, texts={"formula": "", "running": ""} if board.running_lines else {"formula": ""})

    def place(self, index, board, step):
        """The line under a side's title: which of how many steps, and which cell."""
        count = self.words["step"].format(f"{index + 1:,}", f"{len(self.pair):,}")
        where = self.words["waits"] if step is None else frames.where(board, board.trace[step])
        return f"{count} · {where}"

    def scene(self, index):
        """Step `index` as a `convviz.stage.scene.Scene`."""
        return Scene(self.stage, self.moment(index))
