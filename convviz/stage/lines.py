"""Lines of a step: from the window to what it is multiplied with, and from the products to the cell of the result.

They leave a grid of numbers at its edge, in line with the cells that they come from, and cross no other grid. In a picture they
begin at the corners of the window.
"""

from convviz.stage.scene import Link

__all__ = ["lines_of"]

#: Height of the title above a grid, where a line from above ends, in units.
TITLE = 0.66
#: Lines downwards that are flatter, height by width, would look like a rule across the picture.
FLATTEST = 0.3
#: At how many places it is looked up whether a line crosses a grid.
PLACES = 24


def lines_of(board, marks):
    """The lines of a step whose window and cell are marked, as `convviz.stage.scene.Link`."""
    view, stage = board.view, board.stage
    if not view.numeric_kernel:
        return
    windows = [mark for mark in marks if mark.role == "window"]
    one_picture = view.colour or len(view.inputs) == 1
    if not view.numeric_input and one_picture:
        yield from enlarging(view, stage, windows[0])
    elif view.numeric_input and view.slots == 1:  # of several channels each has its kernel under it
        yield from joining(stage, windows[0], stage.grid(view.slot_name("window" if view.pooled else "kernel", 0)))
    cell = next((mark for mark in marks if mark.role == "current"), None)
    if cell and view.slots == 1 and not any(grid.name == "sums" for grid in stage.grids):
        source = stage.grid(view.slot_name("window" if view.pooled else "products", 0))
        yield from reaching(stage, source, cell)


def enlarging(view, stage, mark):
    """Lines from the corners of the window in a picture to the enlarged windows beside it."""
    source = stage.grid(mark.grid)
    first, last = (stage.grid(view.slot_name("window", slot)) for slot in (0, view.slots - 1))
    x, y = source.x + (mark.column + mark.columns) * source.pitch, source.y + mark.row * source.pitch
    yield Link(x, y, first.x, first.y, "window")
    yield Link(x, y + mark.rows * source.pitch, last.x, last.y + last.height, "window")


def joining(stage, mark, target):
    """Lines from a window, at the edge of its grid, to the near corners of another grid."""
    source = stage.grid(mark.grid)
    top, left = source.y + mark.row * source.pitch, source.x + mark.column * source.pitch
    bottom, right = top + mark.rows * source.pitch, left + mark.columns * source.pitch
    if target.x >= source.x + source.width:
        x = source.x + source.width
        ends = [(x, top, target.x, target.y), (x, bottom, target.x, target.y + target.height)]
    else:
        y = source.y + source.height
        end = target.y - TITLE
        ends = [(left, y, target.x, end), (right, y, target.x + target.width, end)]
    yield from clear(stage, ends)


def reaching(stage, source, mark):
    """Lines from the far corners of a grid to a cell of another, at the edge of its grid."""
    target = stage.grid(mark.grid)
    top, left = target.y + mark.row * target.pitch, target.x + mark.column * target.pitch
    if target.x >= source.x + source.width:
        x = source.x + source.width
        ends = [(x, source.y, target.x, top), (x, source.y + source.height, target.x, top + target.pitch)]
    else:
        y = source.y + source.height
        end = target.y - TITLE
        ends = [(source.x, y, left, end), (source.x + source.width, y, left + target.pitch, end)]
    yield from clear(stage, ends)


def clear(stage, ends):
    """The lines with these ends, if none of them crosses a grid or is nearly level."""
    level = any(abs(y2 - y1) < FLATTEST * abs(x2 - x1) for x1, y1, x2, y2 in ends) and ends[0][1] == ends[1][1]
    if not level and not any(crosses(grid, *line) for line in ends for grid in stage.grids):
        yield from (Link(*line) for line in ends)


def crosses(grid, x1, y1, x2, y2):
    """Whether a line runs through a grid."""
    for place in range(1, PLACES):
        x, y = x1 + (x2 - x1) * place / PLACES, y1 + (y2 - y1) * place / PLACES
        if grid.x < x < grid.x + grid.width and grid.y < y < grid.y + grid.height:
            return True
    return False
