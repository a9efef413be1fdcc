"""A scene as text for a terminal."""

from dataclasses import replace

import numpy as np

from convviz.stage.arrangements import CHANNELS
from convviz.stage.boxes import TITLE
from convviz.stage.text_width import em_width, wrap
from convviz.stage.tints import LEVELS

__all__ = ["text"]

#: The brackets around a cell of a role if there are no colours.
BRACKETS = {
    "window": "[]",
    "padding_window": "[]",
    "copy": "()",
    "copy_window": "{}",
    "winner": "><",
    "current": "[]",
    "unreached": "//",
    "outside": "  ",
}
#: ANSI colours by role: foreground and background of the 256-colour palette, and bold.
COLOURS = {
    "window": "30;48;5;222",
    "padding_window": "30;48;5;180",
    "copy_window": "30;48;5;180",
    "winner": "1;97;48;5;24",
    "current": "1;97;48;5;166",
    "padding": "38;5;245",
    "copy": "38;5;245",
    "stuffed": "38;5;245",
    "outside": "38;5;245",
    "unreached": "38;5;245;9",
    "weight": "38;5;39",
    "product": "38;5;136",
    "done": "38;5;36",
    "pending": "38;5;245",
}
#: ANSI colours of numbers by value: of cells outside the window below and above 0; of others from the largest negative number
#: over 0 to the largest positive one.
FAINT = {-1: "38;5;69", 1: "38;5;167"}
TINTS = [f"30;48;5;{number}" for number in (69, 111, 153, 189, 231, 224, 217, 210, 167)]
#: Roles of cells that are shown as a dot: padding and results to come.
DOTTED = ("padding", "stuffed", "pending")
#: Blanks between blocks.
GAP = 3
#: Captions are broken into lines of so many columns, or as many as the grids take.
PAGE = 79
#: The least distance between columns of grids, in units: channels of an image are columns, kernel and products one.
WIDE_GAP = CHANNELS
#: A picture takes at most so many columns and lines; black to white.
COLUMNS, LINES, SHADES = 24, 12, " ░▒▓█"


def width_of(line):
    """How many columns a line takes in a terminal: a Japanese letter takes two."""
    return sum(2 if em_width(letter) == 1.0 else 1 for letter in line)


def padded(line, width):
    """`line`, filled with spaces up to `width` columns."""
    return line + " " * (width - width_of(line))


class Block:
    """Lines of text and how many columns a terminal shows of each, without the codes of colours."""

    def __init__(self, lines, width):
        self.lines, self.width = lines, width

    @classmethod
    def of(cls, lines):
        """A block of plain lines."""
        width = max(map(width_of, lines))
        return cls([padded(line, width) for line in lines], width)


def text(scene, colour=False):
    """A scene as lines of text.

    Parameters
    ----------
    scene : convviz.stage.scene.Scene
    colour : bool, default False
        Colour cells by their role with ANSI codes; without, brackets mark the cells that are read.

    Returns
    -------
    str

    Examples
    --------
    >>> import convviz as cv
    >>> print(cv.MaxPooling(2).trace([[3, 4], [1, 2]]).text(0))
    Max pooling: 2×2 pool, strides 2, padding valid
    step 1 of 1 · row 0, column 0 of the feature map
    <BLANKLINE>
    input 2×2   window 2×2   feature map 1×1
     [3] >4<     [3] >4<           [4]
     [1] [2]     [1] [2]
    <BLANKLINE>
    max(3, 4, 1, 2) = 4
    output size: ⌊(2 − 2)/2⌋ + 1 = 1
    """
    captions = {caption.name: caption.text for caption in scene.texts}
    pairs = [(grid, block_of(scene, grid, colour)) for grid in scene.stage.grids]
    body = arrange(pairs)
    if body.width > PAGE:
        body = arrange(list(piled(pairs)))
    kinds = ("formula", "running", "remark", *(["legend"] if colour else []))
    below = [line for name, line in captions.items() if kind_of(name) in kinds and line]
    above = [line for name, line in captions.items() if kind_of(name) in ("title", "place") and line]
    page = max(PAGE, body.width)
    lines = [*above, "", *(line.rstrip() for line in body.lines), ""]
    return "\n".join([*lines, *(wrap(line.replace("\n", " "), page, measure=width_of) for line in below)])


def kind_of(name):
    """What kind of caption a name stands for: those of two operations side by side begin with "left." or "right."."""
    return name.removeprefix("left.").removeprefix("right.").split(".")[0]


def arrange(pairs):
    """Blocks in the places of their grids, which are split by straight cuts between them, widest gaps first."""
    if len(pairs) == 1:
        return pairs[0][1]
    for spans, gap, join in ((across, WIDE_GAP, beside), (down, 0, above), (across, 0, beside)):
        parts = split(pairs, spans, gap)
        if len(parts) > 1:
            return join([arrange(part) for part in parts])
    return above([block for _, block in pairs])


def piled(pairs):
    """The pairs with the products of one channel below their kernel, where they take less of the width."""
    kernels = {grid.name.replace("kernel", "products"): grid for grid, _ in pairs if grid.name.split(".")[-1] == "kernel"}
    for grid, block in pairs:
        kernel = kernels.get(grid.name)
        if kernel is not None and grid.x > kernel.x + kernel.width:
            grid = replace(grid, x=kernel.x, y=kernel.y + kernel.height + TITLE)
        yield grid, block


def across(grid):
    """From where to where a grid or its title reaches horizontally, in units."""
    middle, half = grid.x + grid.width / 2, max(grid.width, em_width(grid.title) * TITLE) / 2
    return middle - half, middle + half


def down(grid):
    """From where to where a grid and its title reach vertically, in units."""
    return grid.y - TITLE, grid.y + grid.height


def split(pairs, spans, gap):
    """Groups of pairs whose grids' spans are more than `gap` units before those of the next group."""
    parts, end = [], -np.inf
    for pair in sorted(pairs, key=lambda pair: spans(pair[0])):
        start, stop = spans(pair[0])
        if start >= end + gap - 1e-9:
            parts.append([])
        parts[-1].append(pair)
        end = max(end, stop)
    return parts


def beside(blocks):
    """Blocks from left to right, their tops level."""
    rows = []
    for row in range(max(len(block.lines) for block in blocks)):
        cells = [block.lines[row] if row < len(block.lines) else " " * block.width for block in blocks]
        rows.append((" " * GAP).join(cells))
    return Block(rows, sum(block.width for block in blocks) + GAP * (len(blocks) - 1))


def above(blocks):
    """Blocks from top to bottom, a line apart."""
    width = max(block.width for block in blocks)
    rows = []
    for block in blocks:
        left = (width - block.width) // 2
        rows += [" " * left + line + " " * (width - block.width - left) for line in block.lines] + [" " * width]
    return Block(rows[:-1], width)


def block_of(scene, grid, colour):
    """A grid under its title."""
    cells = picture_lines(scene, grid) if grid.texts is None else cell_lines(scene, grid, colour)
    width = max(cells.width, width_of(grid.title))
    left = (width - cells.width) // 2
    title = padded(" " * ((width - width_of(grid.title)) // 2) + grid.title, width)
    return Block([title] + [" " * left + line + " " * (width - cells.width - left) for line in cells.lines], width)


def cell_lines(scene, grid, colour):
    """The cells of a grid, one line a row."""
    cells = list(scene.cells(grid))
    shown = [("·" if cell.role in DOTTED and cell.text in ("", "0", "−∞") else cell.text) for cell in cells]
    width = max(1, *map(width_of, shown))
    parts = []
    for cell, words in zip(cells, shown, strict=True):
        words = " " * (width - width_of(words)) + words
        if colour:
            code = COLOURS.get(cell.role) if cell.tint is None else tint_code(cell)
            parts.append(f"\033[{code}m {words} \033[0m" if code else f" {words} ")
        else:
            left, right = BRACKETS.get(cell.role, "  ")
            parts.append(left + words + right)
    between = "" if colour else " "
    rows = [between.join(parts[row * grid.columns : (row + 1) * grid.columns]) for row in range(grid.rows)]
    return Block(rows, grid.columns * (width + 2) + len(between) * (grid.columns - 1))


def tint_code(cell):
    """The ANSI colours of a cell that is coloured by value; None for none."""
    if cell.role == "cell":
        return FAINT.get(np.sign(cell.tint).item())
    middle = len(TINTS) // 2
    return TINTS[middle + int(np.sign(cell.tint)) * -(-abs(cell.tint) * middle // LEVELS)]


def picture_lines(scene, grid):
    """A picture in a few shades, its window marked and what is to come left out, and where the window is."""
    grey = grid.pixels if grid.pixels.ndim == 2 else grid.pixels.mean(axis=2)
    lines, columns = min(LINES, max(1, grey.shape[0] // 2)), min(COLUMNS, grey.shape[1])
    rows = np.linspace(0, grey.shape[0] - 1, lines).round().astype(int)
    across = np.linspace(0, grey.shape[1] - 1, columns).round().astype(int)
    shades = (grey[np.ix_(rows, across)] / 256 * len(SHADES)).astype(int)
    drawn = [[SHADES[shade] for shade in line] for line in shades]
    hide(scene, grid, drawn)
    marks = [mark for mark in scene.marks if mark.grid == grid.name]
    for mark in marks:
        draw_mark(mark, grid, drawn)
    return Block.of(["".join(line) for line in drawn] + [place_of(mark, grid) for mark in marks])


def hide(scene, grid, drawn):
    """Put dots where the picture of a feature map is not computed yet."""
    revealed = scene.revealed(grid)
    for y, line in enumerate(drawn):
        for x in range(len(line)):
            row, column = y * grid.rows // len(drawn), x * grid.columns // len(line)
            if row * grid.columns + column >= revealed:
                line[x] = "·"


def draw_mark(mark, grid, drawn):
    """Put an X over each letter that stands for cells of a marked window."""
    height, width = len(drawn), len(drawn[0])
    for y in range(mark.row * height // grid.rows, (mark.row + mark.rows - 1) * height // grid.rows + 1):
        for x in range(mark.column * width // grid.columns, (mark.column + mark.columns - 1) * width // grid.columns + 1):
            drawn[min(y, height - 1)][min(x, width - 1)] = "X"


def place_of(mark, grid):
    """Where a marked window is, as words."""
    top, left = grid.origin[0] + mark.row, grid.origin[1] + mark.column
    if mark.rows == mark.columns == 1:
        return f"[{top}, {left}]"
    return f"[{top}…{top + mark.rows - 1}, {left}…{left + mark.columns - 1}]"
