"""The kernels of a layer as small pictures, in colours that say the same everywhere."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from convviz._support.keywords import explained
from convviz.nn.inspection import kernels_of
from convviz.nn.layers.base import Layer
from convviz.nn.layers.checks import describe
from convviz.nn.plots.paper import HEIGHT, MARGIN, SMALL, TOP, WIDTH, Paper, contrasting, decimals, diverging, text_width
from convviz.stage.theme import Theme

__all__ = ["plot_filters"]

#: Smallest cells into which numbers are written, and the largest cells, in pixels.
WRITTEN, LARGEST = 44, 64
#: Where nothing is chosen: the most kernels in lines, and the smallest cells of a table, in pixels.
MOST, READABLE = 128, 16
#: Height of a name above its kernel, and the free space between kernels, in pixels.
NAME, BETWEEN = 22, 14
#: Between kernels in a table, and the smallest cells for which lines are so wide, in pixels.
WIDE, CLEAR = 8, 12
#: Room for the scale of colours at the right, in pixels.
SCALE = 120


@explained
def plot_filters(
    layer: Layer,
    channel: int | Sequence[int] | None = None,
    filters: int | Sequence[int] | None = None,
    theme: str | Theme = "light",
) -> Figure:
    """Draw the kernels of a layer: blue for weights below 0, white for 0, orange above, on one scale.

    A layer that takes one channel, or is asked for one, shows a kernel for each filter, with numbers where there is room.
    Of a layer that takes several, filters stand side by side and their channels below each other. Of a large layer only
    the first filters and channels are shown, as many as can be read; the line under the title says which.

    Parameters
    ----------
    layer : Conv2D, DepthwiseConv2D, Conv2DTranspose or Dense
        A built one; the kernel of a Dense layer is one picture, inputs downwards and units to the right.
    channel : int or sequence of int, optional
        Only the kernels for this channel, or these channels, that go in (of the filter's group).
    filters : int or sequence of int, optional
        Only this filter, or these filters, such as ``range(16, 32)``. All of the choice is drawn, however small:
        ``filters=range(layer.filters)`` are all.
    theme : {"light", "dark"} or convviz.stage.theme.Theme

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        For a layer that has no kernel, or is not built, a channel or filter that is not there, and a choice for Dense.

    Examples
    --------
    >>> from convviz.nn import Conv2D, Sequential
    >>> layer = Sequential([Conv2D(8, 3, input_shape=(28, 28, 1))]).layers[0]
    >>> len(plot_filters(layer).axes[0].images) - 1  # the scale of colours is one, too
    8
    """
    kernels = kernels_of(layer)
    if layer.kind == "dense":
        if channel is not None or filters is not None:
            raise ValueError(f"{describe(layer)} has units, which are drawn as one picture; leave channel and filters out")
        return draw_dense(layer, kernels[0, 0], theme)
    shown = selected(layer, kernels, channel, filters)
    kernels = kernels[np.ix_(shown.channels, shown.filters)]
    return (draw_named if len(kernels) == 1 else draw_table)(layer, kernels, shown, theme)


class Shown(NamedTuple):
    """Which channels and filters are drawn, and how many of both there are."""

    channels: list
    filters: list
    of: tuple


def selected(layer, kernels, channel, filters):
    """What is drawn: what was chosen, else all, or the first ones of a large layer."""
    channels = chosen(channel, len(kernels), f"{describe(layer)} takes the channels")
    wanted = chosen(filters, kernels.shape[1], f"{describe(layer)} has the filters")
    across, down = readable(kernels, len(channels or kernels), len(wanted or kernels[0]))
    channels = list(range(down)) if channels is None else channels
    return Shown(channels, list(range(across)) if wanted is None else wanted, kernels.shape[:2])


def chosen(numbers, count, what):
    """A choice out of a number of things as a list, None as it is, or an error."""
    if numbers is None:
        return None
    found = [numbers] if hasattr(numbers, "__index__") else numbers
    if isinstance(found, (str, bytes)) or not hasattr(found, "__iter__"):
        raise TypeError(f"{what} 0 to {count - 1}; choose one, or a list of them, not {numbers!r}")
    found = list(found)
    for number in found:
        if isinstance(number, (bool, np.bool_)) or not hasattr(number, "__index__") or not 0 <= number < count:
            raise ValueError(f"{what} 0 to {count - 1}, not {number!r}")
    if not found:
        raise ValueError(f"{what} 0 to {count - 1}; choose at least one of them")
    return [int(number) for number in found]


def readable(kernels, channels, filters):
    """How many filters and channels are drawn where nothing is chosen, so that weights can be distinguished."""
    if channels == 1:
        return min(filters, MOST), 1
    rows, columns = kernels.shape[2:]
    if table_cell(channels, filters, rows, columns) >= CLEAR:
        return filters, channels
    wide, tall = table_room()
    fit = int(wide / (columns * READABLE + WIDE)), int(tall / (rows * READABLE + WIDE))
    return min(filters, max(1, fit[0])), min(channels, max(1, fit[1]))


def draw_dense(layer, kernel, theme):
    """The weights of a dense layer as one picture that fills a slide; where cells are smaller than pixels, their means."""
    inputs, units = kernel.shape
    wide = units * min(LARGEST, max(1, int((WIDTH - 2 * MARGIN - SCALE) / units))) if units < 1000 else 1000
    cell = (HEIGHT - TOP - NAME - MARGIN) / inputs
    tall = round(inputs * (min(int(cell), LARGEST) if cell >= 1 else cell))
    title, note = f"Weights of {layer.name}", f"{inputs:,} inputs (downwards) × {units:,} units (to the right)"
    width = max(wide + SCALE, text_width(title, 22, True), text_width(note, SMALL)) + 2 * MARGIN
    paper = Paper(width, max(TOP + NAME + tall + MARGIN, TOP + 300), theme)
    colours, most = diverging(paper.theme), limit(kernel)
    paper.title(title, note)
    if cell < 1:
        begins = np.arange(tall) * inputs // tall
        kernel = np.add.reduceat(kernel, begins) / np.diff(begins, append=inputs)[:, None]
    paper.picture(kernel, (MARGIN, TOP + NAME, wide, tall), colours, -most, most)
    draw_scale(paper, colours, most)
    return paper.figure


def limit(kernels):
    """The largest weight by size, where the scale of colours ends."""
    found = np.abs(kernels[np.isfinite(kernels)])
    return float(found.max(initial=0)) or 1.0


def about(kernels, shown):
    """The line under the title."""
    rows, columns = kernels.shape[2:]
    channels, filters = shown.of
    text = f"{filters} filter{'s' * (filters > 1)} of {rows} × {columns}" + f" × {channels} channels" * (channels > 1)
    if len(shown.filters) < filters:
        text += f", of which {listed('filter', shown.filters)}"
    if len(shown.channels) < channels:
        text += f"{' and' if len(shown.filters) < filters else ', of which'} {listed('channel', shown.channels)}"
    return f"{text}: filters to the right, channels downwards" if len(shown.channels) > 1 else text


def listed(what, numbers):
    """Numbers as words, short where they follow each other."""
    if len(numbers) == 1:
        return f"{what} {numbers[0]}"
    if numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return f"{what}s {numbers[0]} to {numbers[-1]}"
    return f"{what}s {', '.join(map(str, numbers))}" if len(numbers) <= 8 else f"{len(numbers)} {what}s"


def draw_named(layer, kernels, shown, theme):
    """Kernels (1, filters, rows, columns) in lines like words, each under its number."""
    _, count, rows, columns = kernels.shape
    room = (WIDTH - 2 * MARGIN - SCALE, HEIGHT - TOP - MARGIN)
    across, cell = best_grid(count, rows, columns, room)
    wide, tall = columns * cell + BETWEEN, rows * cell + NAME + BETWEEN
    title, note = f"Filters of {layer.name}", about(kernels, shown)
    words = max(text_width(title, 22, True), text_width(note, SMALL))
    width = max(across * wide + SCALE, words) + 2 * MARGIN
    paper = Paper(width, max(TOP + -(-count // across) * tall + MARGIN, TOP + 300), theme)
    colours, most = diverging(paper.theme), limit(kernels)
    paper.title(title, note)
    for number, kernel in enumerate(kernels[0]):
        left = MARGIN + number % across * wide
        top = TOP + number // across * tall
        name = str(shown.filters[number])
        if shown.of[1] > 1 and text_width(name, SMALL) < wide:
            paper.write(left + columns * cell / 2, top + 9, name, SMALL, paper.theme.faint, anchor="center")
        paper.picture(kernel, (left, top + NAME, columns * cell, rows * cell), colours, -most, most)
        if cell >= WRITTEN:
            write_numbers(paper, kernel, left, top + NAME, cell, colours, most)
    draw_scale(paper, colours, most)
    return paper.figure


def best_grid(count, rows, columns, room):
    """How many kernels stand side by side, and the pixels of a cell: as large as they can be."""
    best = 1, 0.0
    for across in range(1, count + 1):
        wide = (room[0] / across - BETWEEN) / columns
        tall = (room[1] / -(-count // across) - NAME - BETWEEN) / rows
        cell = min(wide, tall, LARGEST)
        if cell >= best[1]:
            best = across, cell
    across, cell = best
    across = -(-count // -(-count // across))  # as many in every line, where that goes
    return across, float(int(cell)) if cell >= 1 else max(cell, 0.05)


def write_numbers(paper, kernel, left, top, cell, colours, most):
    """Weights in the cells of a picture."""
    norm = Normalize(-most, most)
    for (row, column), value in np.ndenumerate(kernel):
        x, y = left + (column + 0.5) * cell, top + (row + 0.5) * cell
        text = f"{value:.2f}".replace("-", "−").replace("−0.00", "0.00")
        size = SMALL if text_width(text, SMALL) < cell - 4 else 12
        paper.write(x, y, text, size, contrasting(colours(norm(value))), anchor="center", room=cell)


def table_room():
    """Width and height of a table, in pixels."""
    return WIDTH - 2 * MARGIN - SCALE - 40, HEIGHT - TOP - MARGIN - 24


def table_cell(channels, filters, rows, columns):
    """Pixels of a cell of a table."""
    wide, tall = table_room()
    return int(min((wide / filters - WIDE) / columns, (tall / channels - WIDE) / rows, LARGEST))


def draw_table(layer, kernels, shown, theme):
    """Kernels (channels, filters, rows, columns) as a table with lines between them, in one picture."""
    channels, filters, rows, columns = kernels.shape
    cell = table_cell(channels, filters, rows, columns)
    cell, line = (cell, WIDE) if cell >= CLEAR else (max(1, cell + (cell < CLEAR - 1)), 1)
    table = mosaic(kernels, cell, line)
    tall, wide = table.shape
    left, top = MARGIN + 40, TOP + 24
    title, note = f"Filters of {layer.name}", about(kernels, shown)
    words = max(text_width(title, 22, True), text_width(note, SMALL))
    width = max(left + wide + SCALE, words + MARGIN) + MARGIN
    paper = Paper(width, max(top + tall + MARGIN, TOP + 300), theme)
    most = limit(kernels)
    colours = diverging(paper.theme).with_extremes(bad=paper.theme.edge if line == 1 else paper.theme.background)
    paper.title(title, note)
    paper.picture(table, (left, top, wide, tall), colours, -most, most, frame=False)
    for number in counted(filters, columns * cell + line, 34):
        x = left + number * (columns * cell + line) + (columns * cell) / 2
        paper.write(x, top - 12, str(shown.filters[number]), SMALL, paper.theme.faint, anchor="center")
    for number in counted(channels, rows * cell + line, 20):
        y = top + number * (rows * cell + line) + (rows * cell) / 2
        paper.write(left - 8, y, str(shown.channels[number]), SMALL, paper.theme.faint, anchor="right")
    draw_scale(paper, colours, most)
    return paper.figure


def mosaic(kernels, cell, line):
    """Kernels as one array of pixels, NaN for the lines between them."""
    channels, filters, rows, columns = kernels.shape
    table = np.full((channels, rows * cell + line, filters, columns * cell + line), np.nan)
    large = kernels.repeat(cell, axis=2).repeat(cell, axis=3)
    table[:, :-line, :, :-line] = large.transpose(0, 2, 1, 3)
    return table.reshape(channels * (rows * cell + line), -1)[:-line, :-line]


def counted(count, pitch, apart):
    """The interval at which numbers fit: every one, second, fifth, tenth, and so on."""
    for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        if step * pitch >= apart:
            return range(0, count, step)
    return range(0, 1)


def draw_scale(paper, colours, most):
    """What the colours say, at the right."""
    left, top, tall = paper.width - MARGIN - 84, TOP + NAME, 220
    paper.picture(np.linspace(1, -1, tall)[:, None], (left, top, 22, tall), colours, -1, 1)
    for share, value in ((0, most), (0.5, 0.0), (1, -most)):
        paper.write(left + 30, top + share * tall, decimals(value) if value else "0", SMALL)
