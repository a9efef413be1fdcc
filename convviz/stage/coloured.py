"""Boards whose numbers are coloured by value, and what is said of their colours."""

import math
from dataclasses import replace
from fractions import Fraction

from convviz.stage.captions import captions
from convviz.stage.layout import LEADING, MARGIN, SMALL
from convviz.stage.parts import checked_show
from convviz.stage.scene import Text
from convviz.stage.text_width import wrap
from convviz.stage.tints import number_in

__all__ = ["coloured", "kind_of", "largest_of", "shown_texts", "with_legend"]

#: Distance of the legend from what stands above it, in units.
GAP = 0.12


def coloured(board, show=None):
    """A board with a tint for each number: blue below 0, white at 0, red above, on one scale for each kind of grid.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    show : str or iterable of str, optional
        The captions that are shown, as for `convviz.stage.forward.board`; the legend is one of the remarks.

    Examples
    --------
    >>> import convviz as cv
    >>> shown = coloured(cv.Convolution([[1, -2]]).trace([[3, 0, -1]]).board())
    >>> {grid.name: int(grid.scale) for grid in shown.stage.grids}
    {'input': 3, 'kernel': 2, 'products': 3, 'output': 3}
    >>> [cell.tint for cell in shown.scene(1).cells(shown.stage.grid("input"))]
    [8, 0, -3]
    """
    stage, scales = board.stage, largest_of(shown_texts(board))
    grids = tuple(replace(grid, scale=scales[grid.name], greys=None) if grid.name in scales else grid for grid in stage.grids)
    stage = replace(stage, grids=grids)
    if scales and "remarks" in checked_show(show):
        words = captions(stage.lang)["tints"]
        stage = with_legend(stage, words)
        if stage.narrow:
            stage = replace(stage, narrow=with_legend(stage.narrow, words))
    return replace(board, stage=stage)


def shown_texts(board):
    """The texts of the cells of each grid of numbers at all steps that are shown, by the name of the grid."""
    texts = {grid.name: list(texts_of(grid)) for grid in board.stage.grids if grid.texts is not None}
    for index in board.indices:
        for name, cells in board.frame(index).cells.items():
            texts[name].extend(text for text, _, _ in cells.values() if text)
    return texts


def largest_of(texts):
    """The largest distance from 0 of the numbers of each grid; the grids of several channels have one.

    `texts` and what is returned are by the name of the grid; where there is no number but 0 it is 1.
    """
    found = {}
    for name, shown in texts.items():
        found[kind_of(name)] = max(found.get(kind_of(name), Fraction(0)), farthest(shown))
    return {name: found[kind_of(name)] or Fraction(1) for name in texts}


def texts_of(grid):
    """The texts of a grid of numbers, those too that its cells have one after the other."""
    yield from (text for row in grid.texts for text in row)
    yield from (text for past in grid.history.values() for _, text in past)


def kind_of(name):
    """What a grid is, apart from its channel: "kernel" of "kernel.2"."""
    return name.rstrip("0123456789").removesuffix(".")


def farthest(texts):
    """The largest distance from 0 of the finite numbers among texts; 0 if there is none."""
    numbers = map(number_in, set(texts))
    return max((abs(number) for number in numbers if number is not None and math.isfinite(number)), default=Fraction(0))


def with_legend(stage, words, name="legend"):
    """A stage with a line of this name under all others that says what the colours mean."""
    y = stage.height - MARGIN / 2 + GAP
    last = stage.texts[-1:] and max(stage.texts, key=lambda each: each.y)
    if last and last.name.startswith("remark.") and not last.text:  # the space for a remark that is not shown stays below
        y = last.y
    text = wrap(words, (stage.width - 2 * MARGIN) / SMALL)
    height = (text.count("\n") + 1) * SMALL * LEADING + GAP
    legend = Text(name, MARGIN, y, text, SMALL, "start", "faint")
    return replace(stage, height=stage.height + height, texts=(*stage.texts, legend))
