"""The grids of a stage: input, kernel, window, products, sums and feature map, as numbers or as pictures.

Nothing here knows where on the stage a grid will stand. What is remarked about a grid is returned with it.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from convviz.stage.boxes import TITLE
from convviz.stage.pictures import PICTURE, SMALL_PICTURE, extremes, picture_of, signed_picture, with_padding
from convviz.stage.scene import Grid
from convviz.stage.text_width import LATIN, bold_width, em_width
from convviz.steps.notation import shorten

__all__ = [
    "GridPart",
    "alike",
    "cell_size",
    "filled",
    "font_size",
    "growing",
    "has_notes",
    "input_grid",
    "kernel_grid",
    "level",
    "output_grid",
    "rounding_remark",
    "flat",
    "size_text",
    "sums_grid",
    "tight",
    "titled",
    "texts_of",
    "window_grid",
]

#: The largest part of a cell's height and width that its letters take, also bold ones; of its height below a note.
TALL, TALL_UNDER_NOTE, WIDE = 0.54, 0.38, 0.94
#: The largest side of cells with long numbers, in units.
WIDENED = 1.6
#: Side of cells that hold a note above their text, in units, and the least height of a note's letters.
NOTED_PITCH, LEAST_NOTE = 1.35, 0.24
#: The largest height of the letters of a note, in cells; and of what is added to a cell, of which seven fit, as in +1.23e6.
NOTE, STAMP_NOTE = 0.32, (0.2, 0.28)
#: Side of the cells of the grid of sums: the least, the largest for long numbers, and that for what stands above them.
SUMS_PITCH = 1.3, 2.0, 1.5
#: Height of the letters that these cells are enlarged for, and the largest part of their width that letters above numbers take.
SUM, LABEL = 0.42, 0.95
#: Height of letters that the cells of a small grid are enlarged for, and the largest side of such a grid, in units.
READABLE, LARGEST = 0.5, 7.0
#: No grid's letters become smaller than this because another's are.
LEAST_COMMON = 0.34
#: Side of the largest kernel or window, in units; and up to how many cells a side its numbers are not left to colours easily.
LARGEST_KERNEL, SMALL_KERNEL = 6, 5


@dataclass(frozen=True)
class GridPart:
    """A grid, what is remarked about it under the grids, and whether its cells have notes above their texts."""

    grid: Grid
    remarks: tuple = ()
    noted: bool = False


def size_text(rows, columns):
    """A size as text: ``6×6``."""
    return f"{rows}×{columns}"


def font_size(texts, pitch, under_note=False):
    """The largest height of letters with which all of `texts` fit into a cell."""
    widest = max([bold_width(text) for text in texts] or [1.0])
    return pitch * min(TALL_UNDER_NOTE if under_note else TALL, WIDE / max(widest, 0.64))


def cell_size(texts, side, noted=False):
    """Side of the cells of a grid of `side` cells a side: larger than usual where numbers are long, or have notes above.

    Examples
    --------
    >>> cell_size(["20"], 4), round(cell_size(["−1.33"], 2), 2), cell_size(["−1.33"], 14), cell_size(["4"], 5, noted=True)
    (1.0, 1.6, 1.0, 1.35)
    """
    widest = max(map(bold_width, texts), default=0.0)
    wanted = NOTED_PITCH if noted else READABLE * widest / WIDE
    return max(1.0, min(wanted, WIDENED, LARGEST / side))


def alike(parts):
    """The parts with letters of one size, as far as none gets too small by it."""
    fonts = [part.grid.font for part in parts if part.grid.texts is not None]
    common = max(min(fonts, default=0), LEAST_COMMON)
    return [replace(part, grid=with_letters(part, common)) for part in parts]


def tight(part):
    """A part with letters as high as those of titles, in the smallest cells that hold these; a large kernel stays small."""
    grid = part.grid
    if grid.texts is None:
        return part
    kernel = grid.name.split(".")[0] in ("kernel", "window", "products", "stamp")
    largest = LARGEST_KERNEL / max(grid.rows, grid.columns) / grid.pitch if kernel else math.inf
    factor = min(TITLE / grid.font, largest)
    note = factor * grid.note_font if part.noted else 0.0
    return replace(part, grid=replace(grid, pitch=factor * grid.pitch, font=factor * grid.font, note_font=note))


def titled(part, title):
    """A part with another title above its grid."""
    return replace(part, grid=replace(part.grid, title=title))


def level(parts):
    """The parts, those with numbers in cells as large as the largest of them."""
    largest = max((part.grid.pitch for part in parts if part.grid.texts is not None), default=0)
    return [part if part.grid.texts is None else replace(part, grid=replace(part.grid, pitch=largest)) for part in parts]


def with_letters(part, font):
    """The grid of a part with letters of at most this height, and cells that are no larger than these need."""
    grid = part.grid
    if grid.texts is None or grid.font <= font:
        return grid
    spare = grid.pitch > 1 and not part.noted
    return replace(grid, font=font, pitch=max(1.0, grid.pitch * font / grid.font) if spare else grid.pitch)


def filled(rows, columns, value):
    """The same text or role in every cell."""
    return ((value,) * columns,) * rows


def texts_of(numbers):
    """The texts of numbers, by row."""
    return tuple(tuple(number.text for number in row) for row in numbers)


def flat(rows):
    """The cells of all rows, one after the other."""
    return [cell for row in rows for cell in row]


def rounding_remark(view, numbers, computed=True):
    """The remark that numbers are rounded, if one of them is: a tuple of texts.

    Parameters
    ----------
    view : convviz.stage.view.View
    numbers : iterable of convviz.steps.notation.NumberText
    computed : bool, default True
        Whether the numbers were computed, so that 0.1 + 0.2, in floats 0.30000000000000004, is not rounded where it is 0.3.
    """
    whole = all(number.complete if computed else number.exact for number in numbers)
    return () if whole else (view.captions["rounded"],)


def input_grid(view, channel):
    """The input, or one channel of it; None for `channel` means a colour picture of three."""
    trace, names = view.trace, view.captions
    rows, columns = (high - low for low, high in view.extent)
    size, several = size_text(*trace.source.shape[1:3]), len(view.inputs) > 1 and channel is not None
    word = "stretched" if view.stretched else "input"
    title = names[f"{word}_channel"].format(size, channel) if several else names[word].format(size)
    grid = Grid(
        "input" if channel is None else view.input_name(channel),
        title,
        rows=rows,
        columns=columns,
        colour="" if channel is None else view.input_colour(channel),
        origin=tuple(low for low, _ in view.extent),
        first=None if view.gathers else trace.index_of(0, 0, view.filters[0], view.batch),
    )
    if view.numeric_input:
        return numeric_input(view, grid, channel)
    values = trace.source[view.batch]
    values = values if channel is None else values[:, :, channel]
    axes = trace.geometry.rows, trace.geometry.columns
    pixels = with_padding(values, axes) if view.gathers else picture_of(values)[0]
    side = PICTURE if len(view.inputs) == 1 or channel is None else SMALL_PICTURE
    return GridPart(replace(grid, pixels=pixels, pitch=side / max(rows, columns)))


def numeric_input(view, grid, channel):
    """The grid of an input as numbers: its cells, padding, and zeros between cells."""
    cells = [[view.input_cell(y, x) for x in range(*view.extent[1])] for y in range(*view.extent[0])]
    numbers = {cell: shorten(view.input_value(cell, channel)) for kind, cell in flat(cells) if kind == "cell"}
    others = {"padding": padding_text(view.operation), "outside": "", "stuffed": "0"}
    texts = tuple(tuple(others[kind] if kind in others else numbers[cell].text for kind, cell in row) for row in cells)
    missed = [set(missing) for missing in view.trace.geometry.unreached()]
    roles = tuple(
        tuple("unreached" if kind == "cell" and (cell[0] in missed[0] or cell[1] in missed[1]) else kind for kind, cell in row)
        for row in cells
    )
    pitch = cell_size(flat(texts), max(grid.rows, grid.columns)) if len(view.inputs) == 1 else 1.0
    drawn = replace(grid, texts=texts, roles=roles, pitch=pitch, font=font_size(flat(texts), pitch))
    return GridPart(drawn, rounding_remark(view, numbers.values(), computed=False))


def kernel_grid(view, slot):
    """The kernel for one of the channels that a step reads."""
    names, (rows, columns) = view.captions, view.kernel_size
    title = names["kernel"].format(size_text(rows, columns) if view.depth == 1 else "").strip()
    if getattr(view.operation, "flip_kernel", False):
        title = names["flipped"]
    elif view.transposed and view.gathers:
        title = names["rotated"]
    weights = [view.slot_weights(f, slot) for f in view.filters]
    largest = LARGEST_KERNEL / max(rows, columns)
    name, hue = view.slot_name("kernel", slot), view.slot_colour(slot)
    grid = Grid(name, title, pitch=min(1.0, largest), rows=rows, columns=columns, colour=hue)
    if not view.numeric_kernel:
        return GridPart(replace(grid, pixels=kernel_picture(np.asarray(weights[0], np.float64))))
    numbers = [[[shorten(weight) for weight in row] for row in each] for each in weights]
    shown = [number.text for each in numbers for number in flat(each)]
    pitch = min(cell_size(shown, max(rows, columns)), largest)
    drawn = replace(
        grid,
        texts=texts_of(numbers[0]),
        roles=filled(rows, columns, "weight"),
        pitch=pitch,
        font=font_size(shown, pitch),
        meets=meeting(view, slot),
    )
    return GridPart(drawn, rounding_remark(view, (number for each in numbers for number in flat(each)), computed=False))


def kernel_picture(weights):
    """A large kernel as pixels: in colour where it has weights of both signs."""
    low, high = extremes(weights)
    return signed_picture(weights)[0] if low < 0 < high else picture_of(weights)[0]


def meeting(view, slot):
    """Which cells of which input each row and column of the kernel meets; None where the input is not shown.

    The name of the input is None where it depends on the step: with groups, each filter has channels of its own.
    """
    trace, name = view.trace, view.input_name(view.slot_channel(slot))
    if len(view.groups) > 1:
        name = None
    elif name is None:
        return None
    lists = []
    for axis, (low, _) in zip((trace.geometry.rows, trace.geometry.columns), view.extent, strict=True):
        if view.gathers:
            first, steps = axis.start(0) - low, range(0, axis.output * axis.step, axis.step)
            reads = (first + k * axis.dilation for k in range(axis.window))
            lists.append(tuple(range(at, at + steps.stop, axis.step) for at in reads))
        else:
            lists.append((range(axis.size),) * axis.window)
    return (name, *lists)


def window_grid(view, name, title, numbers, notes=(), colour="", greys=None):
    """A grid as large as the window, filled by each step.

    Parameters
    ----------
    view : convviz.stage.view.View
    name, title : str
    numbers : list of convviz.steps.notation.NumberText
        Numbers of some steps, which must fit into its cells.
    notes : list of str
        Notes of some steps above them; they are left out where they would be too small.
    colour : str
        Name of the colour of its channel.
    greys : tuple, optional
        The numbers that are black and white in the picture that it is a part of.
    """
    rows, columns = view.kernel_size
    texts, largest = [number.text for number in numbers], LARGEST_KERNEL / max(rows, columns)
    pitch = min(NOTED_PITCH if any(notes) else 1.0, largest)
    grid = Grid(
        name,
        title,
        pitch=pitch,
        rows=rows,
        columns=columns,
        texts=filled(rows, columns, ""),
        roles=filled(rows, columns, "product"),
        font=font_size(texts, pitch, True),
        note_font=pitch * min(0.23, 0.9 / max([em_width(note) for note in notes if note] or [1.0])),
        colour=colour,
        greys=greys,
    )
    noted = any(notes) and has_notes(grid)
    if not noted:
        pitch = min(cell_size(texts, max(rows, columns)), largest)
        grid = replace(grid, pitch=pitch, font=font_size(texts, pitch))
    return GridPart(grid, rounding_remark(view, numbers), noted)


def has_notes(grid):
    """Whether the cells of a grid are large enough for notes above their texts that can be read."""
    return grid.pitch > 1.0 and grid.note_font >= LEAST_NOTE


def sums_grid(view, samples):
    """The sums of the channels one above the other, the bias, the total, filled by each step.

    `samples` are lines of some steps, which must fit.
    """
    labels, (least, *largest) = view.sum_labels(), SUMS_PITCH
    long, noted = max(bold_width(line.text) for line in samples), max(em_width(line.note) for line in samples)
    wanted = SUM * long / WIDE, SUM * noted / LABEL
    pitch = max(least, *map(min, wanted, largest))
    grid = Grid(
        "sums",
        view.captions["sums" if any(labels) else "bias"],
        pitch=pitch,
        rows=len(labels),
        columns=1,
        texts=filled(len(labels), 1, ""),
        roles=filled(len(labels), 1, "product"),
        font=font_size([line.text for line in samples], pitch, True),
        note_font=min(pitch * NOTE, SUM, pitch * LABEL / max(noted, 1.0)),
    )
    return GridPart(grid, rounding_remark(view, [line.number for line in samples]), noted=True)


def output_grid(view, channel):
    """The feature map of one channel of the result."""
    trace, names = view.trace, view.captions
    values = trace.result[view.batch, :, :, channel]
    size = size_text(*values.shape)
    title = names["output"].format(size)
    if len(view.groups) > 1:
        title = names["output"].format(channel)  # short: many grids stand beside each other, and all maps have one size
    elif trace.result.shape[3] > 1:
        title = names["output_pooled" if view.pooled else "output_channel"].format(size, channel)
    grid = Grid(
        view.output_name(channel),
        title,
        rows=values.shape[0],
        columns=values.shape[1],
        first=trace.index_of(0, 0, channel, view.batch) if view.gathers else None,
        reveals=view.gathers,
        colour=view.output_colour(channel),
    )
    if not view.numeric_output:
        return output_picture(view, grid, values)
    numbers = [[shorten(value) for value in row] for row in values]
    texts = texts_of(numbers)
    pitch = cell_size(flat(texts), max(values.shape))
    roles = filled(*values.shape, "done")
    grid = replace(grid, texts=texts, roles=roles, pitch=pitch, font=font_size(flat(texts), pitch))
    if view.gathers:
        return GridPart(grid, rounding_remark(view, flat(numbers)))
    history = history_of(view, grid, channel)
    shown = [*flat(numbers), *(number for past in history.values() for _, number in past)]
    return GridPart(growing(grid, history), rounding_remark(view, shown), noted=True)


def output_picture(view, grid, values):
    """The grid of a feature map as a picture, with a remark about its greys, or its colours where it has both signs."""
    names, several = view.captions, len(view.filters) > 1
    least, most = extremes(values)
    if isinstance(least, float) and isinstance(most, float) and least < 0 < most:
        pixels, bound = signed_picture(values, rare=not several)
        signs = "signs_or_more" if bound < max(-least, most) else "signs"
        greys = names["signs_of_each"] if several else names[signs].format(shorten(-bound).text, shorten(bound).text)
    else:
        pixels, low, high = picture_of(values, rare=not several)
        grey = "grey_or_more" if low > least or high < most else "grey"
        greys = names["greys"] if several else names[grey].format(shorten(low).text, shorten(high).text)
    pitch = (SMALL_PICTURE if several else PICTURE) / max(values.shape)
    return GridPart(replace(grid, pixels=pixels, pitch=pitch), (greys,) if view.gathers else (names["finished"], greys))


def history_of(view, grid, channel):
    """How the cells of a feature map grow as input cells are stamped onto it: by cell, from which step on which number."""
    trace, history = view.trace, {}
    first = trace.index_of(0, 0, channel, view.batch)
    for cell in np.ndindex(grid.rows, grid.columns):
        past = trace.history(view.batch, channel, *cell)
        if past:
            history[cell] = tuple((first + step, shorten(value)) for step, value in past)
    return history


def growing(grid, history):
    """A grid whose cells change their numbers from step to step, large enough for all of them and for a note above."""
    history = {cell: tuple((step, number.text) for step, number in past) for cell, past in history.items()}
    shown = [text for past in history.values() for _, text in past] or ["0"]
    pitch = cell_size(shown, max(grid.rows, grid.columns), noted=True)
    font = font_size(shown, pitch, True)
    least, most = STAMP_NOTE
    note = min(most, WIDE / (max(map(em_width, shown)) + 2 * LATIN))  # the notes are about as long, with a sign
    return replace(grid, history=history, pitch=pitch, font=font, note_font=max(least, note) * pitch)


def padding_text(operation):
    """The text of a cell of padding: the value that it counts as; empty where it does not count."""
    return shorten(operation.padding_value).text if operation.padding_counts else ""
