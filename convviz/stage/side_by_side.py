"""The board of two traces that step together: their boards beside or above each other."""

import itertools
from dataclasses import dataclass, replace
from functools import partial

from convviz.stage import layout, telephone
from convviz.stage.boxes import scale_on
from convviz.stage.captions import captions
from convviz.stage.fitting import checked_shape
from convviz.stage.grids import LEAST_COMMON, has_notes
from convviz.stage.places import Places
from convviz.stage.protocol import Board
from convviz.stage.scene import Frame, Link, Scene, Stage
from convviz.stage.selection import selected_steps, with_step
from convviz.stage.step_cache import StepCache
from convviz.stage.text_width import bold_width, em_width, wrap
from convviz.stage.view import view_of

__all__ = ["PairBoard", "pair_board"]

#: What the names of the two sides' grids and captions begin with.
NAMES = ("left", "right")
#: Distance between the two sides, in units.
GAP = 0.4
#: Height of the titles of grids, in units.
TITLE = 0.7
#: Width of a screen in pixels, and the least letters of notes there.
SCREEN, LEGIBLE = 1280, 8
#: Distance of the title of a side from the title of a grid under it on a narrow medium, in units.
UNDER_TITLE = 0.25
#: Width of a page in a wide window, in heights.
PAGE = 2.1
#: Letters may be smaller by this factor where more of the medium is filled by it.
NEARLY = 0.9


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two boards, and where it stands on the common stage.

    Attributes
    ----------
    name : str
        "left" or "right".
    board : convviz.stage.forward.ForwardBoard or convviz.stage.backward.BackwardBoard
    frames : convviz.stage.step_cache.StepCache
        The frames of its steps, some of which are shown more than once.
    x, y : float
        How far its grids are moved, in units.
    captions : tuple of float
        How far its captions are moved: to the right, those above the grids down, those below the grids down.
    """

    name: str
    board: Board
    frames: StepCache
    x: float
    y: float
    captions: tuple


@dataclass(frozen=True)
class Placed:
    """Two sides in their places.

    Attributes
    ----------
    sides : tuple of Side
    width, height : float
        Size of a stage for both, in units.
    line : convviz.stage.scene.Link
        What separates them.
    """

    sides: tuple
    width: float
    height: float
    line: Link

    @property
    def filled(self):
        """The area of the grids, taking those of each side as one block."""
        blocks = [block_of(side.board.stage) for side in self.sides]
        return sum((right - left) * (bottom - top) for left, top, right, bottom in blocks)


class FramesOf:
    """The frames of a board as a sequence."""

    def __init__(self, board):
        self._board = board

    def __getitem__(self, index):
        return self._board.frame(index)


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
        return self.joined(index, [side.frames[step] for side, step, _ in self.steps_at(index)])

    def question(self, index):
        """What step `index` changes while its results are still to be found; those that were found before are shown."""
        asked = [side.board.question(step) if new else side.frames[step] for side, step, new in self.steps_at(index)]
        return self.joined(index, asked)

    def scene(self, index):
        """Step `index` as a `convviz.stage.scene.Scene`."""
        return Scene(self.stage, self.frame(index))

    def steps_at(self, index):
        """Each side with its step at step `index` of the pair, and whether that is new."""
        new = (step is not None for step in self.places.steps_at(index))
        return list(zip(self.sides, self.places.shown_at(index), new, strict=True))

    def joined(self, index, side_frames):
        """The frames of both sides as one."""
        cells, marks, links, texts, spoken = {}, [], [], {}, []
        for (side, step, new), shown in zip(self.steps_at(index), side_frames, strict=True):
            frame = shown if new else settled(shown)
            cells |= {f"{side.name}.{grid}": changes for grid, changes in frame.cells.items()}
            marks += [replace(mark, grid=f"{side.name}.{mark.grid}") for mark in frame.marks]
            links += [moved_link(link, side) for link in frame.links]
            texts |= {f"{side.name}.{text}": shown for text, shown in frame.texts.items()}
            place = side.board.position(step)
            words, place = side.board.view.captions, place if new else self.waiting(place)
            texts[f"{side.name}.place"] = counted(words, index, self.stage.steps, place)
            spoken.append(f"{self.captions[side.name]}: {frame.spoken if new else self.waiting(frame.spoken)}")
        return Frame(index, cells, tuple(marks), tuple(links), texts, " ".join(spoken))

    def waiting(self, text):
        """A text about a step that has been shown before."""
        return self.captions["waits"].format(text)


def pair_board(pair, lang="en", steps=None, still=False, shape=None, show=None):
    """The steps of a comparison, ready to be drawn.

    Parameters
    ----------
    pair : convviz.trace.Comparison
    lang, steps, still, show
        As for `convviz.stage.forward.board`.
    shape : float, optional
        Width of the medium in heights. The sides then stand beside or above each other, each in one of its arrangements:
        what gives the largest letters. If not given, each is arranged as in a page, and they stand as on a wide screen.
    """
    names, indices, shape = captions(lang), selected_steps(pair, steps), checked_shape(shape)
    strongest = None if steps is not None else strongest_of(pair, lang)
    indices = tuple(indices if strongest is None else with_step(indices, strongest))
    traces = pair.left, pair.right
    own = [sorted(set(steps)) for steps in zip(*map(pair.places.shown_at, indices), strict=True)]
    makers = [partial(trace._boards_maker(), trace, lang, each, still, show) for trace, each in zip(traces, own, strict=True)]
    boards = [list(map(titled, make(page=True))) if shape is None else smallest(make()) for make in makers]
    widths = [place_width(pair, names, indices, each[0], number) for number, each in enumerate(boards)]
    placed = best_placed(boards, widths, shape or PAGE)
    if shape is None and not notes_are_legible(placed):
        placed = best_placed([list(map(without_notes, each)) for each in boards], widths, PAGE)
    stage = replace(stage_of(placed, pair, names["both"], lang), strongest=strongest)
    return PairBoard(indices, pair.places, names, placed.sides, stage)


def strongest_of(pair, lang):
    """The step of a comparison at which one of the traces first has the step that shows most; None if neither has one."""
    for side, trace in enumerate((pair.left, pair.right)):
        step = view_of(trace, lang).strongest if trace.view == "gather" else None
        if step is not None:
            return pair.places.first_at(side, step)
    return None


def titled(board):
    """A board that has its title on a narrow medium too, where it says which side is which."""
    stage, narrow = board.stage, board.stage.narrow
    title = next((text for text in stage.texts if text.name == "title"), None)
    if narrow is None or title is None:
        return board
    words = wrap(stage.title, (narrow.width - 2 * telephone.MARGIN) / title.size, measure=bold_width)
    down = (words.count("\n") + 1) * title.size * layout.LEADING + UNDER_TITLE
    grids = tuple(replace(grid, y=grid.y + down) for grid in narrow.grids)
    texts = (replace(title, x=telephone.MARGIN, text=words), *(replace(text, y=text.y + down) for text in narrow.texts))
    narrow = replace(narrow, height=narrow.height + down, grids=grids, texts=texts)
    return replace(board, stage=replace(stage, narrow=narrow))


def best_placed(boards, widths, shape):
    """The boards of both sides beside or above each other: of some for each side, the two that suit a medium best."""
    return best([place(both, widths) for both in itertools.product(*boards) for place in (beside, over)], shape)


def notes_are_legible(placed):
    """Whether the notes above products can be read on a screen."""
    notes = [grid.note_font for side in placed.sides for grid in noted_grids(side.board)]
    return min(notes, default=placed.width) * SCREEN / placed.width >= LEGIBLE


def noted_grids(board):
    """The grids of a board that have notes above products."""
    return [grid for grid in board.stage.grids if grid.name.split(".")[0] == "products" and has_notes(grid)]


def without_notes(board):
    """A board without notes above its products."""
    noted = {grid.name for grid in noted_grids(board)}
    grids = tuple(replace(grid, note_font=0.0) if grid.name in noted else grid for grid in board.stage.grids)
    return replace(board, stage=replace(board.stage, grids=grids))


def smallest(boards):
    """Those of some boards that have no larger width and height than another."""
    found = {}
    for board in boards:
        size = round(board.stage.width, 6), round(board.stage.height, 6)
        if not any(width <= size[0] and height <= size[1] for width, height in found):
            found = {other: kept for other, kept in found.items() if other[0] < size[0] or other[1] < size[1]}
            found[size] = board
    return list(found.values())


def best(found, shape):
    """Of several `Placed`, that with the largest letters on a medium; if others come near, that which fills most of it."""
    scales = [scale_on(placed, shape) for placed in found]
    near = [pair for pair in zip(scales, found, strict=True) if pair[0] >= NEARLY * max(scales)]
    return max(near, key=lambda pair: pair[1].filled * pair[0] ** 2)[1]


def counted(names, index, count, place):
    """The line under a side's title: which of how many steps, and which cell."""
    return names["step_line"].format(f"{index + 1:,}", f"{count:,}", place)


def place_width(pair, names, indices, board, number):
    """The width that the line under the title of side number `number` needs on a stage, with margins; 0 if it has none."""
    if all(text.name != "place" for text in board.stage.texts):
        return 0
    steps = {pair.places.shown_at(index)[number] for index in indices}
    longest = max((board.position(step) for step in steps), key=em_width)
    line = counted(board.view.captions, indices[-1], len(pair), names["waits"].format(longest))
    return em_width(line) * layout.SMALL + 2 * layout.MARGIN


def beside(boards, widths):
    """Two boards beside each other: images stand at one height, and so do the captions below. `widths` are the least."""
    stages = [each.stage for each in boards]
    tops = [image_corner(stage)[1] for stage in stages]
    down = [max(tops) - top for top in tops]
    depths = [block_of(stage)[3] for stage in stages]
    lowest = max(depth + moved for depth, moved in zip(depths, down, strict=True))
    drops = [lowest - depth for depth in depths]
    height = max(stage.height + drop for stage, drop in zip(stages, drops, strict=True))
    broad = [max(stage.width, width) for stage, width in zip(stages, widths, strict=True)]
    starts = 0, broad[0] + GAP
    across = [x + (width - stage.width) / 2 for x, width, stage in zip(starts, broad, stages, strict=True)]
    captions = [(x, 0, drop) for x, drop in zip(starts, drops, strict=True)]
    middle, highest = starts[1] - GAP / 2, min(block_of(stage)[1] + moved for stage, moved in zip(stages, down, strict=True))
    line = Link(middle, highest - TITLE, middle, lowest)  # on slides captions have letters, and places, of their own
    return Placed(sides_of(boards, across, down, captions), starts[1] + broad[1], height, line)


def over(boards, widths):
    """Two boards above each other: images stand one under the other, and so do the captions. `widths` are the least."""
    stages = [each.stage for each in boards]
    corners = [image_corner(stage)[0] for stage in stages]
    across = [max(corners) - corner for corner in corners]
    blocks = [block_of(stage) for stage in stages]
    left, right = (end(block[side] + x for block, x in zip(blocks, across, strict=True)) for end, side in ((min, 0), (max, 2)))
    width = max(right - left + 2 * layout.MARGIN, *(stage.width for stage in stages), *widths)
    down = 0, stages[0].height + GAP
    middle = (width - left - right) / 2
    line = Link(layout.MARGIN, down[1] - GAP / 2, width - layout.MARGIN, down[1] - GAP / 2)
    sides = sides_of(boards, [x + middle for x in across], down, [(0, y, y) for y in down])
    return Placed(sides, width, down[1] + stages[1].height, line)


def sides_of(boards, across, down, captions):
    """Two boards with their places as a tuple of `Side`."""
    frames = [StepCache(FramesOf(board), board.indices) for board in boards]
    return tuple(itertools.starmap(Side, zip(NAMES, boards, frames, across, down, captions, strict=True)))


def block_of(stage):
    """``(left, top, right, bottom)`` of the grids of a stage, with their titles and the signs between them."""
    spans = [(grid.x + grid.width / 2, max(grid.width, em_width(grid.title) * layout.SMALL)) for grid in stage.grids]
    spans += [(text.x, em_width(text.text) * text.size) for text in stage.texts if text.anchor == "middle"]
    left, right = min(middle - width / 2 for middle, width in spans), max(middle + width / 2 for middle, width in spans)
    return left, min(grid.y for grid in stage.grids), right, max(grid.y + grid.height for grid in stage.grids)


def stage_of(placed, pair, title, lang):
    """The stage of both sides, whose numbers have letters of one size as far as none gets too small by it."""
    sides, grids, texts = placed.sides, [], []
    fonts = [grid.font for side in sides for grid in side.board.stage.grids if grid.texts is not None]
    common = max(min(fonts, default=0), LEAST_COMMON)
    for number, side in enumerate(sides):
        for grid in side.board.stage.grids:
            smaller = replace(grid, font=min(grid.font, common))
            grids.append(placed_grid(smaller, side, pair.places, number))
        texts += [placed_text(text, side) for text in side.board.stage.texts]
    narrow = narrow_stage(sides, title, lang)
    return Stage(placed.width, placed.height, tuple(grids), tuple(texts), (placed.line,), len(pair), title, lang, narrow)


def narrow_stage(sides, title, lang):
    """The grids of both sides above each other, for a narrow medium; None where the sides have no such places."""
    stages = [side.board.stage.narrow for side in sides]
    if None in stages:
        return None
    width, y, grids, texts = max(stage.width for stage in stages), 0, [], []
    for side, stage in zip(sides, stages, strict=True):
        x = (width - stage.width) / 2
        grids += [replace(grid, name=f"{side.name}.{grid.name}", x=grid.x + x, y=grid.y + y) for grid in stage.grids]
        for text in stage.texts:
            left = text.x if text.anchor == "start" else text.x + x
            texts.append(replace(text, name=f"{side.name}.{text.name}", x=left, y=text.y + y))
        y += stage.height
    return Stage(width, y, tuple(grids), tuple(texts), (), 0, title, lang)


def placed_grid(grid, side, places, number):
    """A grid of side number `number` on the common stage: its steps become those of the pair."""
    meets = grid.meets
    if meets:
        # without a name, the input is found by counting the marks of the whole stage, which would count the other side's too
        meets = meets[0] and (f"{side.name}.{meets[0]}", *meets[1:])
    moved = replace(grid, name=f"{side.name}.{grid.name}", x=grid.x + side.x, y=grid.y + side.y, meets=meets)
    if grid.history:
        past = {
            cell: tuple((places.first_at(number, step), text) for step, text in shown) for cell, shown in grid.history.items()
        }
        moved = replace(moved, history=past)
    if grid.first is None:
        return moved
    rows = tuple(row * places.shape[3] for row in places.rows[number])
    return replace(moved, first=places.first_at(number, grid.first), when=(rows, places.columns[number]))


def placed_text(text, side):
    """A text of a side on the common stage: captions above and below the grids move on their own, signs with the grids."""
    across, above, below = side.captions
    _, top, _, bottom = block_of(side.board.stage)
    x, y = across, above if text.y < top else below if text.y > bottom else side.y
    if text.anchor == "middle":
        x, y = side.x, side.y
    return replace(text, name=f"{side.name}.{text.name}", x=text.x + x, y=text.y + y)


def image_corner(stage):
    """Where cell (0, 0) of the image stands, which with padding is not the corner of its grid."""
    image = next(grid for grid in stage.grids if grid.name.split(".")[0] == "input")
    return image.x - image.origin[1] * image.pitch, image.y - image.origin[0] * image.pitch


def moved_link(link, side):
    """A line of a side on the common stage."""
    return replace(link, x1=link.x1 + side.x, y1=link.y1 + side.y, x2=link.x2 + side.x, y2=link.y2 + side.y)


def settled(frame):
    """The frame of a step that has been shown before: its cell keeps its outline, but not the colour of a new result."""
    cells = {
        grid: {cell: (text, None if role == "current" else role, note) for cell, (text, role, note) in changes.items()}
        for grid, changes in frame.cells.items()
    }
    return replace(frame, cells=cells)
