"""Lines of a step: from the window to what it is multiplied with, and from the products to the cell of the result.

They leave a grid of numbers at its edge, in line with the cells that they come from, and cross no other grid. In a picture they
begin at the corners of the window.
"""

from convviz.stage.scene import Link, Mark

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
        yield from joining(stage, windows[0], whole(stage, view.slot_name("window" if view.pooled else "kernel", 0)))
    cell = next((mark for mark in marks if mark.role == "current"), None)
    if cell and view.slots == 1 and not any(grid.name == "sums" for grid in stage.grids):
        yield from joining(stage, whole(stage, view.slot_name("window" if view.pooled else "products", 0)), cell)


def whole(stage, name):
    """A mark around all cells of a grid."""
    grid = stage.grid(name)
    return Mark(name, 0, 0, grid.rows, grid.columns)


def enlarging(view, stage, mark):
    """Lines from the corners of the window in a picture to the enlarged windows beside it."""
    source = stage.grid(mark.grid)
    first, last = (stage.grid(view.slot_name("window", slot)) for slot in (0, view.slots - 1))
    _, top, right, bottom = box(source, mark)
    yield Link(right, top, first.x, first.y, "window")
    yield Link(right, bottom, last.x, last.y + last.height, "window")


def joining(stage, start, end):
    """Lines from marked cells, at the edge of their grid, to marked cells of a grid beside or below it, at its edge."""
    source, target = stage.grid(start.grid), stage.grid(end.grid)
    (left, top, right, bottom), (near_left, near_top, near_right, near_bottom) = box(source, start), box(target, end)
    if target.x >= source.x + source.width:
        x = source.x + source.width
        ends = [(x, top, target.x, near_top), (x, bottom, target.x, near_bottom)]
    else:
        y, below = source.y + source.height, target.y - TITLE
        ends = [(left, y, near_left, below), (right, y, near_right, below)]
    yield from clear(stage, ends)


def box(grid, mark):
    """``(left, top, right, bottom)`` of the cells that a mark outlines."""
    left, top = grid.x + mark.column * grid.pitch, grid.y + mark.row * grid.pitch
    return left, top, left + mark.columns * grid.pitch, top + mark.rows * grid.pitch


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
