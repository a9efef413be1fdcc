"""Arrangements for telephones, where a page is narrow and may be long."""

from dataclasses import replace
from itertools import chain

from convviz.stage.arrangements import (
    CLOSE,
    NEAR,
    STACKED,
    after_sums,
    bodies,
    groups_of,
    lines_of_slots,
    rows_of_channels,
    rows_of_filters,
    signs,
)
from convviz.stage.boxes import TITLE, above, beside, captioned, scale_on
from convviz.stage.grids import SMALL_KERNEL
from convviz.stage.view import LETTERS, TELEPHONE, TOUCHED

__all__ = ["MARGIN", "NARROWEST", "narrow_bodies", "suits"]

#: Width of the part of a page that a telephone shows, in heights.
SHAPE = 0.5
#: Margins of a stage, and its least width without them, in units.
MARGIN, NARROWEST = 0.1, 8.0
#: The largest width that grids are enlarged to, in units.
TOUCHABLE = 12
#: The heights of letters that grids are enlarged to, in units.
SIZES = (0.0, 0.5)


def narrow_bodies(parts):
    """The arrangements that suit a telephone: a list of `convviz.stage.boxes.Box`."""
    found, sums = [], [labelled(box) for box in parts.sums]
    widest = max([TOUCHABLE, *(box.width for box in parts.inputs)])
    for letters in SIZES:
        slots = [[enlarged(box, letters) for box in slot] for slot in parts.slots]
        inputs, outputs = ([enlarged(box, letters, widest) for box in boxes] for boxes in (parts.inputs, parts.outputs))
        larger = replace(parts, inputs=inputs, slots=slots, sums=sums, outputs=outputs)
        found += [*bodies(larger), *(in_a_column_each(larger) if parts.view.apart else columns_and_rows(larger))]
    return found


def enlarged(box, letters, widest=TOUCHABLE):
    """A grid with its title, enlarged to cells of a unit and letters of this height as far as its width allows."""
    (grid,) = box.grids
    if grid.texts is None:
        return box
    return scaled(grid, min(max(1 / grid.pitch, letters / grid.font), widest / grid.width))


def labelled(box):
    """The grid of sums with its title, enlarged until the labels above its numbers are as large as titles."""
    (grid,) = box.grids
    return scaled(grid, TITLE / grid.note_font)


def scaled(grid, factor):
    """A grid with its title, enlarged by a factor if this is more than 1."""
    factor = max(1, factor)
    return captioned(replace(grid, pitch=grid.pitch * factor, font=grid.font * factor, note_font=grid.note_font * factor))


def suits(body):
    """How well grids suit a telephone, as a tuple to compare: whether they can be read, then how large they are on it."""
    unit = TELEPHONE / (max(body.width, NARROWEST) + 2 * MARGIN)
    letters = unit * min((grid.font for grid in body.grids if has_to_be_read(grid)), default=TITLE)
    if letters >= LETTERS and unit >= TOUCHED:
        return True, scale_on(body, SHAPE)
    return False, letters


def has_to_be_read(grid):
    """Whether a grid has numbers that are not left to colours; those of large kernels and their products can be."""
    always = grid.name.split(".")[0] in ("input", "output", "sums")
    return grid.texts is not None and (always or max(grid.rows, grid.columns) <= SMALL_KERNEL)


def in_a_column_each(parts):
    """The grids of each filter in a column, the columns above each other."""
    return [above([above(row, STACKED) for row in rows_of_filters(parts)])]


def columns_and_rows(parts):
    """The arrangements of grids that all filters share."""
    return [*in_stacks(parts), *in_close_rows(parts), in_one_column(parts)]


def in_one_column(parts):
    """All grids in one column."""
    first, _ = signs(parts)
    middle = list(chain(*lines_of_slots(parts)))
    return above([*parts.inputs, first, *middle, *ends(parts), *parts.outputs], STACKED)


def in_close_rows(parts):
    """A row for each channel, from its input to its products; below the sums, with the results beside or below them."""
    if len(parts.slots) < 2 or len(parts.slots) != len(parts.inputs):
        return []
    rows = rows_of_channels(parts, CLOSE)
    sums = beside(after_sums(parts), NEAR)
    return [above([*rows, beside([sums, *parts.outputs], NEAR)], STACKED), above([*rows, sums, *parts.outputs], STACKED)]


def in_stacks(parts):
    """The inputs of each group above its results; below, from top to bottom, what a step does."""
    groups = groups_of(parts)
    if len(groups) < 2:
        return []
    first, _ = signs(parts)
    steps = [beside(slot, CLOSE) for slot in lines_of_slots(parts)]
    stacks = [above([beside(boxes, NEAR) for boxes in group], STACKED) for group in groups]
    return [above([*stacks, first, *steps, *ends(parts)], 0.25)]


def ends(parts):
    """The sums with the signs around them as a list of one box; empty where the channels have no grids."""
    return [beside(after_sums(parts), NEAR)] if any(parts.slots) else []
