"""Lines of a step: from the window to what it is multiplied with, and from the products to the cell of the result.

They begin at the corners of the window and run between the cells of its grid to the edge; so they end at the cell of the
result. They cross no other grid, and meet no number.
"""

from dataclasses import replace
from itertools import chain

from convviz.stage.scene import Link, Mark
from convviz.stage.text_width import bold_width, em_width

__all__ = ["lines_of"]

#: Height of the title above a grid, where a line from above ends, in units.
TITLE = 0.66
#: Lines downwards that are flatter, height by width, would look like a rule across the picture.
FLATTEST = 0.3
#: Height of the letters of signs in sizes of them, and how far a line stays away from one, in units.
SIGN_HEIGHT, BESIDE_SIGN = 0.75, 0.05
#: Height of the letters of titles, in units.
TITLE_SIZE = 0.42
#: At how many places it is looked up whether a line crosses a grid.
PLACES = 24


def lines_of(board, marks, channel):
    """The lines of a step whose window and cell are marked, as `convviz.stage.scene.Link`.

    `channel` is the channel of the result that the step makes.
    """
    view, stage = board.view, board.stage
    if not view.numeric_kernel:
        return
    windows = [mark for mark in marks if mark.role == "window"]
    one_picture = view.colour or len(view.inputs) == 1
    if not view.numeric_input and one_picture:
        yield from enlarging(view, stage, windows[0])
    elif view.numeric_input and view.slots == 1:
        yield from joining(stage, windows[0], whole(stage, view.slot_name("window" if view.pooled else "kernel", 0, channel)))
    elif view.numeric_input:
        yield from of_channels(view, stage, windows)
    cell = next((mark for mark in marks if mark.role == "current"), None)
    if cell and view.slots == 1 and not any(grid.name == "sums" for grid in stage.grids):
        yield from joining(stage, whole(stage, view.slot_name("window" if view.pooled else "products", 0, channel)), cell)


def of_channels(view, stage, windows):
    """Lines from the window of each channel to its kernel, and from its products to their sum: for all channels or for none."""
    kernels = [joining(stage, window, whole(stage, view.slot_name("kernel", slot))) for slot, window in enumerate(windows)]
    sums = [joining(stage, whole(stage, view.slot_name("products", slot)), Mark("sums", slot, 0)) for slot in range(view.slots)]
    for lines in (list(map(list, kernels)), list(map(list, sums))):
        if all(lines):
            yield from chain.from_iterable(lines)


def whole(stage, name):
    """A mark around all cells of a grid."""
    grid = stage.grid(name)
    return Mark(name, 0, 0, grid.rows, grid.columns)


def enlarging(view, stage, mark):
    """Lines from the corners of the window in a picture to the enlarged windows beside or below it."""
    source = stage.grid(mark.grid)
    first, last = (stage.grid(view.slot_name("window", slot)) for slot in (0, view.slots - 1))
    left, top, right, bottom = box(source, mark)
    ends = []
    if first.x >= source.x + source.width:
        ends = [(right, top, first.x, first.y), (right, bottom, last.x, last.y + last.height)]
    elif first.y > source.y + source.height:
        ends = [(x, bottom, near, first.y - TITLE) for x, near in ((left, first.x), (right, first.x + first.width))]
    if not crossing(stage, ends, source):
        yield from (Link(*line, "window") for line in ends)


def joining(stage, start, end):
    """Lines from marked cells to those of a grid beside, above or below theirs; within the grids they are edges of cells."""
    source, target = stage.grid(start.grid), stage.grid(end.grid)
    (left, top, right, bottom), (near_left, near_top, near_right, near_bottom) = box(source, start), box(target, end)
    if target.x >= source.x + source.width:
        x = source.x + source.width
        ends = [(x, top, target.x, near_top), (x, bottom, target.x, near_bottom)]
        before = [(right, y, x, y) for y in (top, bottom)]
        after = [(target.x, y, near_left, y) for y in (near_top, near_bottom)]
    elif target.y + target.height < source.y:
        y, above = source.y - TITLE, target.y + target.height
        ends = [(left, y, near_left, above), (right, y, near_right, above)]
        before, after = [], [(x, above, x, near_bottom) for x in (near_left, near_right)]
    else:
        y, below = source.y + source.height, target.y - TITLE
        ends = [(left, y, near_left, below), (right, y, near_right, below)]
        before, after = [(x, bottom, x, y) for x in (left, right)], []
    role = source.colour or "window"
    links = list(clear(stage, ends, role, (source, target)))
    inside = [*before, *(after if target.texts is not None else [])]
    yield from (Link(*line, role) for line in inside if links and line[:2] != line[2:])
    yield from links


def box(grid, mark):
    """``(left, top, right, bottom)`` of the cells that a mark outlines."""
    left, top = grid.x + mark.column * grid.pitch, grid.y + mark.row * grid.pitch
    return left, top, left + mark.columns * grid.pitch, top + mark.rows * grid.pitch


def clear(stage, ends, role, joined):
    """The lines with these ends, if none of them crosses a grid or a title, or is nearly level.

    Where they meet the title of one of the two grids that are joined, which may be wider than its grid, they are open.
    """
    level = any(abs(y2 - y1) < FLATTEST * abs(x2 - x1) for x1, y1, x2, y2 in ends) and ends[0][1] == ends[1][1]
    if not level and not crossing(stage, ends, joined=joined):
        spaces = [*map(space_of, signs_of(stage)), *map(title_space, joined)]
        for line in ends:
            yield from (Link(*part, role) for part in outside(spaces, *line))


def crossing(stage, ends, within=None, joined=()):
    """Whether one of the lines with these ends crosses a grid other than that `within` which they begin, or a title.

    The titles of the grids that they join do not count.
    """
    grids = [grid for grid in stage.grids if grid is not within]
    titles = [title_box(grid) for grid in stage.grids if grid not in joined]
    return any(crosses(grid, *line) for line in ends for grid in (*grids, *titles))


def signs_of(stage):
    """The signs between grids."""
    return [text for text in stage.texts if text.name.startswith("sign.")]


def space_of(sign):
    """``(left, top, right, bottom)`` of a sign, with some space around it."""
    wide, high = bold_width(sign.text) * sign.size / 2 + BESIDE_SIGN, sign.size * SIGN_HEIGHT / 2 + BESIDE_SIGN
    return sign.x - wide, sign.y - high, sign.x + wide, sign.y + high


def title_space(grid):
    """``(left, top, right, bottom)`` of a grid's title, with some space beside it."""
    title = title_box(grid)
    return title.x - BESIDE_SIGN, title.y, title.x + title.width + BESIDE_SIGN, title.y + title.height


def outside(spaces, x1, y1, x2, y2):
    """The parts of a line that are outside these spaces, each as the coordinates of its ends."""
    parts = [(0.0, 1.0)]
    for left, top, right, bottom in spaces:
        begin, end = within((x1, x2, left, right), (y1, y2, top, bottom))
        parts = [piece for part in parts for piece in without(*part, begin, end)]
    for begin, end in parts:
        yield tuple(start + (stop - start) * t for t in (begin, end) for start, stop in ((x1, x2), (y1, y2)))


def within(*axes):
    """From where to where a line from 0 to 1 is inside a box: for each axis, its start and end, and those of the box."""
    begin, end = 0.0, 1.0
    for start, stop, low, high in axes:
        if start == stop:
            begin = begin if low < start < high else 1.0
            continue
        first, last = sorted(((low - start) / (stop - start), (high - start) / (stop - start)))
        begin, end = max(begin, first), min(end, last)
    return begin, end


def without(low, high, begin, end):
    """What is left of the interval from `low` to `high` without that from `begin` to `end`."""
    if begin >= end:
        return [(low, high)]
    return [(a, b) for a, b in ((low, min(high, begin)), (max(low, end), high)) if a < b]


def title_box(grid):
    """The space of a grid's title as a grid."""
    width = em_width(grid.title) * TITLE_SIZE
    return replace(grid, x=grid.x + (grid.width - width) / 2, y=grid.y - TITLE, pitch=1, columns=width, rows=TITLE)


def crosses(grid, x1, y1, x2, y2):
    """Whether a line runs through a grid."""
    for place in range(1, PLACES):
        x, y = x1 + (x2 - x1) * place / PLACES, y1 + (y2 - y1) * place / PLACES
        if grid.x < x < grid.x + grid.width and grid.y < y < grid.y + grid.height:
            return True
    return False
