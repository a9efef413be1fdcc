"""The grids of a stage: input, kernel, window, products, sums and feature map, as numbers or as pictures.

A `convviz.stage.layout.Board` says what is shown; nothing here knows where on the stage a grid will stand.
"""

from dataclasses import replace

import numpy as np

from convviz.operations import AveragePooling, MaxPooling
from convviz.stage.captions import em_width
from convviz.stage.scene import Grid
from convviz.steps.notation import shorten

__all__ = ["growing", "input_grid", "kernel_grid", "output_grid", "sums_grid", "window_grid"]

#: How many rows of a picture are looked at at a time.
ROWS = 64
#: Most pixels a side of a picture that is shown, and its side in units when it stands alone or with others.
PIXELS, PICTURE, SMALL_PICTURE = 256, 8.0, 4.8
#: Letters of a cell take at most this much of its height and width; less height where a note stands above.
TALL, TALL_UNDER_NOTE, WIDE = 0.46, 0.38, 0.86
#: Side of cells that hold a note above their text, in units, and the least height of a note's letters.
NOTED_PITCH, LEAST_NOTE = 1.35, 0.24
#: Height of letters that say what a stamp adds to a cell: its seven letters, as in +1.23e6, fit.
STAMP_NOTE = 0.2
#: Height of letters for which the cells of a small grid grow, and the side up to which the grid does, in units.
READABLE, ROOM = 0.36, 7.0
#: Which part of the values of a feature map, at either end, is not heeded in its greys where they reach so many times as far.
RARE, FAR = 0.005, 1.5
#: The grey of padding in a picture, as in the light theme.
PADDING_GREY = 236


def times(rows, columns):
    """A size as text: ``6×6``."""
    return f"{rows}×{columns}"


def letters(texts, pitch, under_note=False):
    """Height of letters with which every one of `texts` fits into a cell."""
    widest = max([em_width(text) for text in texts] or [1.0])
    return pitch * min(TALL_UNDER_NOTE if under_note else TALL, WIDE / max(widest, 0.64))


def roomy(texts, side, noted=False):
    """Side of the cells of a grid of `side` cells a side: larger than usual where numbers are long, or have notes above.

    Examples
    --------
    >>> roomy(["20"], 4), round(roomy(["−1.33"], 2), 2), roomy(["−1.33"], 14), roomy(["4"], 5, noted=True)
    (1.0, 1.34, 1.0, 1.35)
    """
    widest = max(map(em_width, texts), default=0.0)
    wanted = NOTED_PITCH if noted else READABLE * widest / WIDE
    return max(1.0, min(wanted, NOTED_PITCH, ROOM / side))


def filled(rows, columns, value):
    """The same text or role in every cell."""
    return ((value,) * columns,) * rows


def every(shape):
    """Of how many pixels a side one is shown of a picture of ``(rows, columns, …)``."""
    return -(-max(shape[:2]) // PIXELS)


def picture_of(values, rare=False):
    """Values as pixels.

    Parameters
    ----------
    values : numpy.ndarray, (rows, columns) or (rows, columns, 3)
    rare : bool
        Whether a few values that lie far from the others may be black and white like lesser ones, so that the others
        differ in grey.

    Returns
    -------
    pixels : numpy.ndarray of uint8
        Every so-many-th value, at most `PIXELS` a side.
    low, high : float
        The values that are black and white: 0 and 255 of uint8, 0 and 1 where floats lie between these, else the
        extremes, or those of the values that are not rare.
    """
    step, dtype = every(values.shape), values.dtype
    low, high = extremes(values)
    values = np.asarray(values[::step, ::step], np.float64)
    if dtype == np.uint8:
        low, high = 0.0, 255.0
    elif dtype.kind == "f" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif rare:
        low, high = without_rare(values, low, high)
    with np.errstate(all="ignore"):
        scaled = np.nan_to_num((values - low) / ((high - low) or 1), nan=0.5, posinf=1, neginf=0)
    return np.clip(np.rint(scaled * 255), 0, 255).astype(np.uint8), low, high


def extremes(values):
    """The smallest and the largest finite value; 0 and 0 where there is none."""
    found = []
    for start in range(0, len(values), ROWS):  # in pieces, so that a large image is not held a second time
        part = values[start : start + ROWS]
        part = part[np.isfinite(part)] if part.dtype.kind == "f" else part
        found += [float(part.min()), float(part.max())] if part.size else []
    return (min(found), max(found)) if found else (0.0, 0.0)


def without_rare(values, low, high):
    """The extremes `low` and `high`; or, where these lie far beyond, those of all values but the `RARE` at either end.

    Examples
    --------
    >>> edges = np.array([0.0] * 500 + [1, 2] * 250 + [90])
    >>> without_rare(edges, 0.0, 90.0), without_rare(edges[:-1], 0.0, 2.0)
    ((0.0, 2.0), (0.0, 2.0))
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return low, high
    inner = np.quantile(finite, (RARE, 1 - RARE)).tolist()
    return tuple(inner) if 0 < FAR * (inner[1] - inner[0]) < high - low else (low, high)


def with_padding(values, axes):
    """Pixels of a padded image: grey around it, and zeros put between cells as far as the axes say."""
    pixels = picture_of(values)[0]
    if max(values.shape[:2]) > PIXELS:  # a margin of a few cells is thinner than a pixel
        return pixels
    shape = [axis.high - axis.low for axis in axes]
    canvas = np.full((*shape, *pixels.shape[2:]), PADDING_GREY, np.uint8)
    rows, columns = (slice(-axis.low, -axis.low + (axis.size - 1) * axis.spacing + 1, axis.spacing) for axis in axes)
    canvas[rows, columns] = pixels
    return canvas


def padding_text(operation):
    """What stands in a cell of padding: what it counts as, or nothing where it does not count."""
    if isinstance(operation, MaxPooling):
        return "−∞"
    return "" if isinstance(operation, AveragePooling) and not operation.count_include_pad else "0"


def input_grid(board, channel):
    """The input, or one channel of it; None for `channel` means a colour picture of three."""
    trace, names = board.trace, board.words
    rows, columns = (high - low for low, high in board.extent)
    size, several = times(*trace.source.shape[1:3]), len(board.inputs) > 1 and channel is not None
    word = "stretched" if board.stretched else "input"
    title = names[f"{word}_channel"].format(size, channel) if several else names[word].format(size)
    grid = Grid(
        "input" if channel is None else board.input_name(channel),
        title,
        0,
        0,
        1.0,
        rows,
        columns,
        None,
        None,
        origin=tuple(low for low, _ in board.extent),
        first=None if board.gathers else trace.index_of(0, 0, board.filters[0], board.batch),
    )
    if board.numeric_input:
        texts, roles = input_cells(board, channel)
        shown = [text for row in texts for text in row]
        pitch = roomy(shown, max(rows, columns)) if len(board.inputs) == 1 else 1.0
        return replace(grid, texts=texts, roles=roles, pitch=pitch, font=letters(shown, pitch))
    values = trace.source[board.batch]
    values = values if channel is None else values[:, :, channel]
    axes = trace.geometry.rows, trace.geometry.columns
    pixels = with_padding(values, axes) if board.gathers else picture_of(values)[0]
    side = PICTURE if len(board.inputs) == 1 or channel is None else SMALL_PICTURE
    return replace(grid, pixels=pixels, pitch=side / max(rows, columns))


def input_cells(board, channel):
    """Texts and roles of an input that is shown as numbers: cells, padding, zeros put between."""
    where, texts, roles = board.trace.geometry, [], []
    missed = [set(missing) for missing in where.unreached()]
    plain = {"padding": padding_text(board.trace.operation), "outside": "", "stuffed": "0"}
    for y in range(*board.extent[0]):
        line = [board.input_cell(y, x) for x in range(*board.extent[1])]
        texts.append(
            tuple(board.short(board.input_value(cell, channel)) if kind == "cell" else plain[kind] for kind, cell in line)
        )
        roles.append(
            tuple(
                "unreached" if kind == "cell" and (cell[0] in missed[0] or cell[1] in missed[1]) else kind
                for kind, cell in line
            )
        )
    return tuple(texts), tuple(roles)


def kernel_grid(board, slot):
    """The kernel for one of the channels that a step reads."""
    names, (rows, columns) = board.words, board.kernel_size
    title = names["kernel"].format(times(rows, columns) if board.depth == 1 else "").strip()
    if getattr(board.trace.operation, "flip_kernel", False):
        title = names["flipped"]
    elif board.transposed and board.gathers:
        title = names["rotated"]
    weights = [board.slot_weights(f, slot) for f in board.filters]
    grid = Grid(
        board.slot_name("kernel", slot),
        title,
        0,
        0,
        min(1.0, 5 / max(rows, columns)),
        rows,
        columns,
        None,
        None,
    )
    if not board.numeric_kernel:
        return replace(grid, pixels=picture_of(np.asarray(weights[0], np.float64))[0])
    shown = [[[board.short(weight) for weight in row] for row in each] for each in weights]
    every = [text for each in shown for row in each for text in row]
    pitch = min(roomy(every, max(rows, columns)), 5 / max(rows, columns))
    return replace(
        grid,
        texts=tuple(map(tuple, shown[0])),
        roles=filled(rows, columns, "weight"),
        pitch=pitch,
        font=letters(every, pitch),
        meets=meeting(board, slot),
    )


def meeting(board, slot):
    """Which cells of which input each row and column of the kernel meets; None where the input is not shown.

    The name of the input is None where it depends on the step: with groups, each filter has channels of its own.
    """
    trace, name = board.trace, board.input_name(board.slot_channel(slot))
    if len({trace.channels_of(f) for f in board.filters}) > 1:
        name = None
    elif name is None:
        return None
    lists = []
    for axis, (low, _) in zip((trace.geometry.rows, trace.geometry.columns), board.extent, strict=True):
        if board.gathers:
            first, steps = axis.start(0) - low, range(0, axis.output * axis.step, axis.step)
            reads = (first + k * axis.dilation for k in range(axis.window))
            lists.append(tuple(range(at, at + steps.stop, axis.step) for at in reads))
        else:
            lists.append((range(axis.size),) * axis.window)
    return (name, *lists)


def window_grid(board, name, title, samples, notes=()):
    """A grid as large as the window, filled by each step; `samples` and `notes` are texts that must fit."""
    rows, columns = board.kernel_size
    pitch = min(NOTED_PITCH if notes else 1.0, 5 / max(rows, columns))
    small = pitch * min(0.23, 0.9 / max([em_width(note) for note in notes] or [1.0]))
    empty, plain = filled(rows, columns, ""), filled(rows, columns, "product")
    grid = Grid(name, title, 0, 0, pitch, rows, columns, empty, plain, letters(samples, pitch, True), small)
    if notes and notes_fit(grid):
        return grid
    pitch = min(roomy(samples, max(rows, columns)), 5 / max(rows, columns))
    return replace(grid, pitch=pitch, font=letters(samples, pitch))


def notes_fit(grid):
    """Whether the notes above the texts of a grid are large enough to be read."""
    return grid.pitch > 1.0 and grid.note_font >= LEAST_NOTE


def sums_grid(board, samples):
    """The sums of the channels one above the other, then the bias: filled by each step."""
    labels = board.sum_labels()
    pitch = 1.3
    small = pitch * min(0.25, 0.9 / max(em_width(label) or 1.0 for label in labels))
    return Grid(
        "sums",
        board.words["sums" if any(labels) else "bias"],
        0,
        0,
        pitch,
        len(labels),
        1,
        filled(len(labels), 1, ""),
        filled(len(labels), 1, "product"),
        letters(samples, pitch, True),
        small,
    )


def output_grid(board, channel):
    """The feature map of one channel of the result."""
    trace, names = board.trace, board.words
    values = trace.result[board.batch, :, :, channel]
    size = times(*values.shape)
    title = names["output"].format(size)
    if trace.result.shape[3] > 1:
        title = names["output_pooled" if board.pooled else "output_channel"].format(size, channel)
    grid = Grid(
        board.output_name(channel),
        title,
        0,
        0,
        1.0,
        *values.shape,
        None,
        None,
        first=trace.index_of(0, 0, channel, board.batch) if board.gathers else None,
        reveals=board.gathers,
    )
    if not board.numeric_output:
        several = len(board.filters) > 1
        pixels, low, high = picture_of(values, rare=not several)
        if not board.gathers:
            board.note(names["finished"])
        least, most = extremes(values)
        grey = "grey_or_more" if low > least or high < most else "grey"
        board.note(names["greys"] if several else names[grey].format(shorten(low).text, shorten(high).text))
        return replace(grid, pixels=pixels, pitch=(PICTURE if len(board.filters) == 1 else SMALL_PICTURE) / max(values.shape))
    texts = tuple(tuple(board.short(value) for value in row) for row in values)
    shown = [text for row in texts for text in row]
    pitch = roomy(shown, max(values.shape))
    grid = replace(grid, texts=texts, roles=filled(*values.shape, "done"), pitch=pitch, font=letters(shown, pitch))
    return grid if board.gathers else with_history(board, grid, channel)


def with_history(board, grid, channel):
    """A feature map that grows as input cells stamp onto it."""
    trace, history = board.trace, {}
    first = trace.index_of(0, 0, channel, board.batch)
    for row in range(grid.rows):
        for column in range(grid.columns):
            past = trace.history(board.batch, channel, row, column)
            if past:
                history[row, column] = tuple((first + when, board.short(value)) for when, value in past)
    return growing(grid, history)


def growing(grid, history):
    """A grid whose cells change their texts in the course of the steps, with room for every one and for a note above it."""
    shown = [text for past in history.values() for _, text in past] or ["0"]
    pitch = roomy(shown, max(grid.rows, grid.columns), noted=True)
    font = letters(shown, pitch, True)
    return replace(grid, history=history, pitch=pitch, font=font, note_font=STAMP_NOTE * pitch)
