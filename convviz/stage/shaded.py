"""Large kernels whose numbers would be too small to read: colours in their place, and the numbers that count most."""

import math
from dataclasses import replace

from convviz.stage.boxes import scale_on
from convviz.stage.captions import captions
from convviz.stage.coloured import kind_of, largest_of, shown_texts, with_legend
from convviz.stage.grids import SMALL_KERNEL, WIDE
from convviz.stage.parts import checked_show
from convviz.stage.text_width import em_width
from convviz.stage.tints import number_in

__all__ = ["shaded"]

#: The grids whose numbers can be left to colours: their place in the formula says the same.
KINDS = "window", "kernel", "products", "stamp"
#: Grids of up to so many cells a side always keep their numbers; those of up to `SMALL_KERNEL` lose them only if their letters
#: are smaller than this part of what can be read.
TINY_KERNEL, TOO_SMALL = 3, 2 / 3
#: Letters that can be read, in heights of the medium: 12 points on a slide of 7.5 inches; and in units where that is not known.
READABLE, READABLE_UNITS = 1 / 45, 0.36
#: The largest part of the cells whose numbers are shown, and how many weights are shown or named at least.
STRONGEST, NAMED = 0.25, 3
#: The largest part of a cell's height that these numbers take, around which most cells are empty.
TALL = 0.6


def shaded(board, shape=None, show=None):
    """A board in which large kernels, windows and products with small letters are coloured by value.

    Of their numbers those farthest from 0 are shown, as far as they can be read. A kernel that does not show its
    largest weights has them named under the grids.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    shape : float, optional
        Width of the medium in heights.
    show : str or iterable of str, optional
        The captions that are shown, as for `convviz.stage.forward.board`.
    """
    stage = board.stage
    letters = READABLE_UNITS if shape is None else READABLE / scale_on(stage, shape)
    if not any(is_small(grid, letters) for grid in stage.grids):
        return board
    texts = shown_texts(board)
    scales = largest_of(texts)
    grids = tuple(
        with_strongest(replace(grid, scale=scales[grid.name]), texts[grid.name], letters) if is_small(grid, letters) else grid
        for grid in stage.grids
    )
    words = legend(grids, captions(stage.lang), any(text.name == "legend" for text in stage.texts))
    stage = replace(stage, grids=grids)
    if stage.narrow:
        stage = replace(stage, narrow=with_letters_of(grids, stage.narrow))
    if words and "remarks" in checked_show(show):
        stage = with_legend(stage, words, "strongest")
        if stage.narrow:
            stage = replace(stage, narrow=with_legend(stage.narrow, words, "strongest"))
    return replace(board, stage=stage)


def is_small(grid, letters):
    """Whether the numbers of a grid are left to colours where letters can be read from this height on, in units."""
    side = max(grid.rows, grid.columns)
    kind = kind_of(grid.name).split(".")[-1]
    least = letters if side > SMALL_KERNEL else letters * TOO_SMALL if side > TINY_KERNEL else 0
    return kind in KINDS and grid.texts is not None and grid.font < least


def with_strongest(grid, texts, letters):
    """A grid of which only the numbers farthest from 0 are shown, in letters of at least this height; or none.

    `texts` has those of all its cells at all steps, each as often as it is shown.
    """
    pairs = [(abs(number), text) for text in texts if (number := number_in(text)) is not None and math.isfinite(number)]
    pairs.sort(reverse=True)
    for place in range(int(STRONGEST * len(pairs)), 0, -1):
        if place < len(pairs) and pairs[place][0] == pairs[place - 1][0]:
            continue  # equal numbers are all shown or none
        widest = max(em_width(text) for _, text in pairs[:place])
        font = grid.pitch * min(TALL, WIDE / widest)
        if font >= letters:
            return replace(grid, least=pairs[place - 1][0], font=font)
    return replace(grid, least=2 * grid.scale)


def with_letters_of(grids, narrow):
    """A narrow stage whose coloured grids have the letters of those of a wide one, in cells."""
    wide = {grid.name: grid for grid in grids if grid.scale}
    return replace(
        narrow,
        grids=tuple(
            replace(grid, font=wide[grid.name].font * grid.pitch / wide[grid.name].pitch) if grid.name in wide else grid
            for grid in narrow.grids
        ),
    )


def legend(grids, names, known):
    """What is said of the colours, unless it is `known`, and of the largest weights of a kernel that does not show them."""
    words = [] if known else [names["tints"]]
    kernels = [grid for grid in grids if kind_of(grid.name) == "kernel" and grid.least]
    if len(kernels) == 1:
        cells = {(row, column): text for row, line in enumerate(kernels[0].texts) for column, text in enumerate(line)}
        ordered = sorted(cells.items(), key=lambda cell: -size_of(cell[1]))
        largest = ordered[:NAMED]
        places = [names["weight_at"].format(text, row, column) for (row, column), text in largest]
        # if more weights are equally far from 0, none of them is the farthest
        differ = size_of(ordered[NAMED][1]) < size_of(ordered[0][1])
        if differ and any(size_of(text) < kernels[0].least for _, text in largest):
            words.append(names["strongest"].format(names["comma"].join(places)))
    return names["clause"].join(words)


def size_of(text):
    """How far the number of a cell is from 0; 0 where there is none."""
    return abs(number_in(text) or 0)
