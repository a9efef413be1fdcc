"""The board of two operations on one image: their boards side by side."""

from dataclasses import dataclass, replace

from convviz.stage import frames, layout
from convviz.stage.captions import captions
from convviz.stage.forward import ForwardBoard, board
from convviz.stage.places import Places
from convviz.stage.scene import Frame, Link, Scene, Stage
from convviz.stage.selection import selected_steps

__all__ = ["PairBoard", "pair_board"]

#: What the names of the two sides' grids and captions begin with.
NAMES = ("left", "right")
#: Distance between the two sides, in units.
GAP = 0.4


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two boards, and where it stands on the common stage.

    Attributes
    ----------
    name : str
        "left" or "right".
    board : convviz.stage.forward.ForwardBoard
    x, y : float
        How far its grids are moved, in units.
    drop : float
        How far the captions below its grids are moved down.
    """

    name: str
    board: ForwardBoard
    x: float
    y: float
    drop: float


@dataclass(frozen=True, eq=False)
class PairBoard:
    """The steps of a comparison that are shown; a `convviz.stage.protocol.Board`. Made by `pair_board`.

    Attributes
    ----------
    indices : tuple of int
    places : convviz.stage.places.Places
    captions : dict of str to str
    sides : tuple of Side
    stage : convviz.stage.scene.Stage
    """

    indices: tuple
    places: Places
    captions: dict
    sides: tuple
    stage: Stage

    def frame(self, index):
        """What step `index` changes on the stage."""
        return self.joined(index, [None if step is None else side.board.frame(step) for side, step in self.steps_at(index)])

    def question(self, index):
        """What step `index` changes while its results are still to be found."""
        return self.joined(index, [None if step is None else side.board.question(step) for side, step in self.steps_at(index)])

    def scene(self, index):
        """Step `index` as a `convviz.stage.scene.Scene`."""
        return Scene(self.stage, self.frame(index))

    def steps_at(self, index):
        """Each side with its step at step `index` of the pair; None for one that has no window there."""
        return list(zip(self.sides, self.places.steps_at(index), strict=True))

    def joined(self, index, side_frames):
        """The frames of both sides as one; None for a side that has no window."""
        cells, marks, links, texts, spoken = {}, [], [], {}, []
        for (side, step), frame in zip(self.steps_at(index), side_frames, strict=True):
            frame = frame or waiting(index, side.board)
            cells |= {f"{side.name}.{grid}": changes for grid, changes in frame.cells.items()}
            marks += [replace(mark, grid=f"{side.name}.{mark.grid}") for mark in frame.marks]
            links += [moved_link(link, side) for link in frame.links]
            texts |= {f"{side.name}.{text}": shown for text, shown in frame.texts.items()}
            texts[f"{side.name}.place"] = self.step_text(index, side.board, step)
            spoken.append(f"{self.captions[side.name]}: {frame.spoken or self.captions['waits']}")
        return Frame(index, cells, tuple(marks), tuple(links), texts, " ".join(spoken))

    def step_text(self, index, side_board, step):
        """The line under a side's title: which of how many steps, and which cell."""
        count = self.captions["step"].format(f"{index + 1:,}", f"{self.stage.steps:,}")
        if step is None:
            return f"{count} · {self.captions['waits']}"
        return f"{count} · {frames.position_text(side_board.view, side_board.steps[step])}"


def pair_board(pair, lang="en", steps=None, still=False, shape=None, show=None):
    """The steps of a comparison, ready to be drawn.

    Parameters
    ----------
    pair : convviz.trace.Comparison
    lang, steps, still, shape, show
        As for `convviz.stage.forward.board`.
    """
    names, indices = captions(lang), tuple(selected_steps(pair, steps))
    own = zip(*(pair.places.steps_at(index) for index in indices), strict=True)
    # a side without any window shows the grids of its first step, empty
    shown = [sorted({step for step in each if step is not None}) or [0] for each in own]
    boards = [
        board(trace, lang, each, still, shape and shape / 2, show)
        for trace, each in zip((pair.left, pair.right), shown, strict=True)
    ]
    sides = placed_sides(boards)
    return PairBoard(indices, pair.places, names, sides, stage_of(sides, pair, names["both"], lang))


def placed_sides(boards):
    """Two boards with their places: images stand beside each other, and so do the captions below."""
    stages = [each.stage for each in boards]
    tops = [image_top(stage) for stage in stages]
    depths = [max(grid.y + grid.height for grid in stage.grids) for stage in stages]
    down = [max(tops) - top for top in tops]
    lowest = max(depth + moved for depth, moved in zip(depths, down, strict=True))
    right = stages[0].width + GAP
    return tuple(
        Side(*side) for side in zip(NAMES, boards, (0, right), down, (lowest - depth for depth in depths), strict=True)
    )


def stage_of(sides, pair, title, lang):
    """The stage of both sides."""
    grids, texts = [], []
    for side, rows, columns in zip(sides, pair.places.rows, pair.places.columns, strict=True):
        grids += [placed_grid(grid, side, pair.shape, rows, columns) for grid in side.board.stage.grids]
        texts += [placed_text(text, side) for text in side.board.stage.texts]
    right, height = sides[1], max(side.board.stage.height + side.drop for side in sides)
    between = Link(right.x - GAP / 2, layout.MARGIN, right.x - GAP / 2, height - layout.MARGIN)
    width = right.x + right.board.stage.width
    return Stage(
        width, height, tuple(grids), tuple(texts), (between,), len(pair), title, lang, narrow_stage(sides, title, lang)
    )


def narrow_stage(sides, title, lang):
    """The grids of both sides above each other, for a narrow medium; None where the sides have no such places."""
    stages = [side.board.stage.narrow for side in sides]
    if None in stages:
        return None
    width, y, grids, texts = max(stage.width for stage in stages), 0, [], []
    for side, stage in zip(sides, stages, strict=True):
        x = (width - stage.width) / 2
        grids += [replace(grid, name=f"{side.name}.{grid.name}", x=grid.x + x, y=grid.y + y) for grid in stage.grids]
        texts += [replace(text, name=f"{side.name}.{text.name}", x=text.x + x, y=text.y + y) for text in stage.texts]
        y += stage.height
    return Stage(width, y, tuple(grids), tuple(texts), (), 0, title, lang)


def placed_grid(grid, side, shape, rows, columns):
    """A grid of a side on the common stage: its steps are those of the pair, which has them in `shape`."""
    meets = grid.meets
    if meets:
        # without a name, the input is found by counting the marks of the whole stage, which would count the other side's too
        meets = meets[0] and (f"{side.name}.{meets[0]}", *meets[1:])
    moved = replace(grid, name=f"{side.name}.{grid.name}", x=grid.x + side.x, y=grid.y + side.y, meets=meets)
    if grid.first is None:
        return moved
    _, _, down, across = shape
    first = grid.first // (grid.rows * grid.columns) * down * across
    return replace(moved, first=first, when=(tuple(row * across for row in rows), columns))


def placed_text(text, side):
    """A caption of a side on the common stage: one above the grids keeps its height, one below is moved by the drop."""
    grids = side.board.stage.grids
    top, bottom = min(grid.y for grid in grids), max(grid.y + grid.height for grid in grids)
    down = 0 if text.y < top else side.drop if text.y > bottom else side.y
    return replace(text, name=f"{side.name}.{text.name}", x=text.x + side.x, y=text.y + down)


def image_top(stage):
    """The height of row 0 of the image, which with padding is below the top of its grid."""
    image = next(grid for grid in stage.grids if grid.name.split(".")[0] == "input")
    return image.y - image.origin[0] * image.pitch


def moved_link(link, side):
    """A line of a side on the common stage."""
    return replace(link, x1=link.x1 + side.x, y1=link.y1 + side.y, x2=link.x2 + side.x, y2=link.y2 + side.y)


def waiting(index, side_board):
    """The frame of a side that has no window at a step."""
    return Frame(index, texts={"formula": "", "running": ""} if side_board.running_area.lines else {"formula": ""})
