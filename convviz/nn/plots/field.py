"""What a unit of a network sees of the image."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from convviz._support.keywords import explained
from convviz.nn.inspection import feature_maps, receptive_field
from convviz.nn.inspection.nodes import name_of, named_nodes
from convviz.nn.inspection.values import image_samples
from convviz.nn.layers.base import Layer
from convviz.nn.layers.checks import describe
from convviz.nn.network import Network
from convviz.nn.plots.maps import as_picture, extremes, scale_of
from convviz.nn.plots.paper import MARGIN, NORMAL, SMALL, TOP, Paper, decimals, greys, text_width
from convviz.stage.theme import Theme

__all__ = ["plot_receptive_field"]

#: Largest side of the image, and of the feature map; between the two, in pixels.
SIDE, MAP, BETWEEN = 460, 300, 150
#: Width of the line around what is seen, in pixels.
LINE = 3


@explained
def plot_receptive_field(
    model: Network,
    layer: str | Layer,
    row: int,
    column: int,
    image: Any = None,
    channel: int | None = None,
    theme: str | Theme = "light",
) -> Figure:
    """Draw which part of an image a unit of a layer sees, beside the unit in its feature map.

    Parameters
    ----------
    model : convviz.nn.Model
    layer : str or Layer
        One that gives images.
    row, column : int
        The unit's place in its feature map.
    image : array_like, optional
        As `convviz.nn.inspection.feature_maps` takes it; an empty one if not given.
    channel : int, optional
        Which feature map is drawn; the one with the largest value at that place if not given.
    theme : {"light", "dark"} or convviz.stage.theme.Theme

    Returns
    -------
    matplotlib.figure.Figure
        A dashed outline is the part that lies in the padding, too.

    Raises
    ------
    TypeError, ValueError
        For a model that is not built, a layer that is not there or gives no images, a unit or channel that is not there, and
        an image that does not fit.

    Examples
    --------
    >>> from convviz.nn import Conv2D, Sequential
    >>> model = Sequential([Conv2D(4, 3, padding="same", input_shape=(8, 8, 1)), Conv2D(4, 3, padding="same")])
    >>> figure = plot_receptive_field(model, "conv2d_1", 3, 3)
    >>> figure.axes[0].texts[1].get_text()
    'It sees 5 × 5 cells of the image: rows 1 to 5, columns 1 to 5.'
    """
    seen = receptive_field(model, layer, row, column)
    whole = receptive_field(model, layer, row, column, clipped=False)
    known = named_nodes(model)
    name = name_of(known, layer)
    shape = known[name].output.shape
    if len(shape) != 4:
        raise ValueError(f"{describe(known[name].layer)} gives no images but {shape}; name a layer before it")
    size = model.inputs[0].shape[1:3]
    around = overhang(whole, size)
    cell = cell_size(size[0] + around[0] + around[2], size[1] + around[1] + around[3], SIDE)
    wide, tall = (size[1] + around[1] + around[3]) * cell, (size[0] + around[0] + around[2]) * cell
    unit = cell_size(shape[1], shape[2], MAP)
    words = about(seen, whole, size)
    title = f"Unit in row {row}, column {column} of {name}"
    width = max(wide + BETWEEN + shape[2] * unit, text_width(title, 22, True), text_width(words, SMALL)) + 2 * MARGIN
    paper = Paper(width, TOP + 30 + max(tall, shape[1] * unit) + MARGIN, theme)
    paper.title(title, words)
    left, top = MARGIN + around[1] * cell, TOP + 30 + around[0] * cell
    draw_seen(paper, image_of(model, image), (left, top, cell), size, seen, whole)
    # whole pixels, or the thin frame is lost; beside the image's top, so that no line crosses the words above
    target = (round(MARGIN + wide + BETWEEN), TOP + 30)
    shown, channel = unit_channel(model, name, (row, column), image, channel, shape[3])
    place = draw_unit(paper, shown, channel, (row, column), shape, target, unit)
    join(paper, (left, top, cell), seen, place, unit)
    return paper.figure


def overhang(whole, size):
    """How many cells of padding a unit sees at the top, left, bottom and right of the image."""
    top, left, bottom, right = whole
    return max(0, -top), max(0, -left), max(0, bottom - size[0]), max(0, right - size[1])


def cell_size(rows, columns, side):
    """Pixels of a cell so that all fit into a square."""
    cell = side / max(rows, columns)
    return int(cell) if cell >= 1 else cell


def about(seen, whole, size):
    """What the unit sees, as words."""
    top, left, bottom, right = seen
    if bottom == top:
        return "It sees nothing of the image."
    place = f"rows {top} to {bottom - 1}, columns {left} to {right - 1}"
    text = f"It sees {bottom - top} × {right - left} cells of the image: {place}."
    if (top, left, bottom, right) == (0, 0, *size):
        text = f"It sees the whole image, {size[0]} × {size[1]} cells."
    return f"{text} With padding: {whole[2] - whole[0]} × {whole[3] - whole[1]}." if any(overhang(whole, size)) else text


def image_of(model, image):
    """The model's first input as it can be shown; None for none."""
    if image is None:
        return None
    given = image_samples(model, image)
    return as_picture((given[0] if isinstance(given, list) else given)[0])


def draw_seen(paper, picture, place, size, seen, whole):
    """The image, veiled where it is not seen, with the outline of what is seen."""
    left, top, cell = place
    wide, tall = size[1] * cell, size[0] * cell
    colour = paper.theme.mark["window"]
    paper.write(left, TOP + 12, f"image {size[0]} × {size[1]}", NORMAL, bold=True)
    if picture is None:
        draw_empty(paper, place, size)
    else:
        paper.picture(picture, (left, top, wide, tall), greys(paper.theme), *extremes(picture))
    first, begin, last, end = seen
    for x, y, across, down in (
        (0, 0, size[1], first),
        (0, last, size[1], size[0] - last),
        (0, first, begin, last - first),
        (end, first, size[1] - end, last - first),
    ):
        if picture is not None and across > 0 and down > 0:
            area = (left + x * cell, top + y * cell, across * cell, down * cell)
            veil = paper.box(area, paper.theme.background, zorder=3)
            veil.set_alpha(0.55)
    if last > first:
        outline = (left + begin * cell, top + first * cell, (end - begin) * cell, (last - first) * cell)
        paper.box(outline, "none", colour, LINE, zorder=4)
    if whole != seen and last > first:
        height, width = whole[2] - whole[0], whole[3] - whole[1]
        outline = (left + whole[1] * cell, top + whole[0] * cell, width * cell, height * cell)
        paper.box(outline, "none", colour, 1.5, dashed=True, zorder=4)


def draw_empty(paper, place, size):
    """Cells without values, with thin lines between them where they are large enough."""
    left, top, cell = place
    paper.box((left, top, size[1] * cell, size[0] * cell), paper.theme.cells["pending"].fill)
    paper.frame(left, top, size[1] * cell, size[0] * cell)
    if cell < 6:
        return
    colour = paper.theme.cells["padding"].fill
    for row in range(1, size[0]):
        paper.path([(left, top + row * cell), (left + size[1] * cell, top + row * cell)], colour, 1, zorder=2.5)
    for column in range(1, size[1]):
        paper.path([(left + column * cell, top), (left + column * cell, top + size[0] * cell)], colour, 1, zorder=2.5)


def unit_channel(model, name, unit_place, image, channel, channels):
    """A feature map (rows, columns) of a layer and its channel, by default the one with the largest value at the unit.

    (None, None) without an image.
    """
    if image is None:
        return None, None
    maps = feature_maps(model, image, [name])[name]
    if channel is None:
        channel = int(np.argmax(maps[unit_place]))
    elif not 0 <= channel < channels:
        raise ValueError(f"{name!r} gives the channels 0 to {channels - 1}, not {channel!r}")
    return maps[:, :, channel], channel


def draw_unit(paper, shown, channel, unit_place, shape, target, unit):
    """The feature map with the unit in it; where the unit is drawn, in pixels."""
    left, top = target
    row, column = unit_place
    words = f"{shape[1]} × {shape[2]}"
    if shown is None:
        draw_empty(paper, (left, top, unit), shape[1:3])
    else:
        colours, low, high, _ = scale_of(paper, shown)
        paper.picture(shown, (left, top, shape[2] * unit, shape[1] * unit), colours, low, high)
        words = f"{words}, channel {channel}, value {decimals(float(shown[row, column]))}"
    paper.write(left, TOP + 12, words, SMALL, paper.theme.faint, room=paper.width - MARGIN - left)
    x, y = left + column * unit, top + row * unit
    paper.box((x, y, unit, unit), "none", paper.theme.mark["window"], LINE, zorder=4)
    return x, y


def join(paper, place, seen, unit_place, unit):
    """Two thin lines from the corners of what is seen to the unit."""
    left, top, cell = place
    first, _, last, end = seen
    if last == first:
        return
    x = left + end * cell
    for y, goal in ((top + first * cell, unit_place[1]), (top + last * cell, unit_place[1] + unit)):
        paper.path([(x, y), (unit_place[0], goal)], paper.theme.mark["window"], 1, zorder=4)
