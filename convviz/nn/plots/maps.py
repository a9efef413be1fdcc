"""What the layers of a network make of an image."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from convviz._support.keywords import explained
from convviz.nn.inspection import feature_maps
from convviz.nn.inspection.nodes import name_of, named_nodes
from convviz.nn.inspection.values import image_samples
from convviz.nn.layers.base import Layer
from convviz.nn.network import Network, require_built
from convviz.nn.plots.paper import HEIGHT, MARGIN, NORMAL, SMALL, TOP, WIDTH, Paper, decimals, diverging, greys, text_width
from convviz.stage.theme import Theme

__all__ = ["plot_feature_maps"]

#: Width of the column with the image, and height of the words above the maps of a layer, in pixels.
SIDE, WORDS = 230, 28
#: Least and largest height of a layer's maps, and the free space under it, in pixels.
LEAST, LARGEST, UNDER = 84, 190, 12
#: Between two maps, in pixels.
BETWEEN = 3


@explained
def plot_feature_maps(
    model: Network,
    image: Any,
    layers: str | Layer | Sequence[str | Layer] | None = None,
    theme: str | Theme = "light",
) -> Figure:
    """Draw an image and, layer by layer, all feature maps that a model makes of it.

    The maps of a layer are drawn on one scale, so that they can be compared: black is 0 and white the layer's largest
    value; where there are values below 0, blue is below, white 0 and orange above.

    Parameters
    ----------
    model : convviz.nn.Model
    image : array_like
        As `convviz.nn.inspection.feature_maps` takes it.
    layers : list of str or Layer, optional
        All that give images if not given, dropout apart, which changes nothing outside training.
    theme : {"light", "dark"} or convviz.stage.theme.Theme

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        For a model that is not built, layers that are not there or give no images, and an image that does not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from convviz.nn import Conv2D, Sequential
    >>> figure = plot_feature_maps(Sequential([Conv2D(4, 3, input_shape=(8, 8, 1))]), np.eye(8))
    >>> [text.get_text() for text in figure.axes[0].texts if "6 × 6" in text.get_text()]
    ['Conv2D · 4 maps of 6 × 6']
    """
    require_built(model)
    known = named_nodes(model)
    if layers is None:
        layers = [name for name, node in known.items() if is_shown(node)]
    found = feature_maps(model, image, layers)
    flat = [name for name, maps in found.items() if maps.ndim != 3]
    if flat or not found:
        what = f"{flat[0]!r} gives no images but {found[flat[0]].shape}" if flat else "no layer gives images"
        raise ValueError(f"{what}; name layers that give (rows, columns, channels)")
    given = image_samples(model, image)
    given = given if isinstance(given, list) else [given]
    tall = min(LARGEST, max(LEAST, (HEIGHT - TOP - MARGIN) / len(found) - WORDS - UNDER))
    grids = {name: grid(maps, WIDTH - 2 * MARGIN - SIDE, tall) for name, maps in found.items()}
    height = sum(WORDS + UNDER + rows * pitch[0] for rows, _, pitch in grids.values())
    paper = Paper(WIDTH, max(TOP + height + MARGIN, TOP + len(given) * (SIDE + 10)), theme)
    paper.title("Feature maps", f"of {model.name}: what its layers make of one image")
    draw_images(paper, model, given)
    top = TOP
    for name, maps in found.items():
        top = draw_maps(paper, name, known[name_of(known, name)], maps, grids[name], top)
    return paper.figure


def is_shown(node):
    """Whether the maps of a node are drawn if nothing is said."""
    return len(node.output.shape) == 4 and bool(node.inputs) and node.layer.kind != "dropout"


def grid(maps, wide, tall):
    """Rows and columns of maps, and the pixels (down, across) from one to the next: as large as they can be."""
    rows, columns, count = maps.shape
    best = None
    for across in range(1, count + 1):
        down = -(-count // across)
        scale = min((wide / across - BETWEEN) / columns, (tall / down - BETWEEN) / rows)
        if best is None or scale > best[0]:
            best = scale, down, across
    scale, down, across = best
    scale = max(scale, 2 / max(rows, columns))
    return down, across, (max(1, int(rows * scale)) + BETWEEN, max(1, int(columns * scale)) + BETWEEN)


def draw_images(paper, model, given):
    """The images that go in, at the left."""
    for number, (array, tensor) in enumerate(zip(given, model.inputs, strict=True)):
        picture = array[0]
        top = TOP + number * (SIDE + 10)
        words = " × ".join(map(str, tensor.shape[1:]))
        paper.write(MARGIN, top + 12, "image", NORMAL, bold=True)
        paper.write(MARGIN + text_width("image", NORMAL, True) + 10, top + 12, words, SMALL, paper.theme.faint)
        if picture.ndim >= 2:
            draw_image(paper, picture, MARGIN, top + WORDS, SIDE - 44)


def draw_image(paper, picture, left, top, side):
    """An image (rows, columns) or (rows, columns, channels), at most `side` pixels wide and high; how large it became."""
    rows, columns = picture.shape[:2]
    scale = side / max(rows, columns)
    scale = int(scale) if scale >= 1 else scale
    wide, tall = round(columns * scale), round(rows * scale)
    shown = as_picture(picture)
    low, high = extremes(shown)
    paper.picture(shown, (left, top, wide, tall), greys(paper.theme), low, high)
    return wide, tall


def as_picture(picture):
    """An image as it can be shown: (rows, columns), or (rows, columns, 3) from 0 to 1; the mean of other channels."""
    picture = np.asarray(picture, np.float64)
    if picture.ndim == 2 or picture.shape[2] == 1:
        return picture.reshape(picture.shape[:2])
    if picture.shape[2] not in (3, 4):
        return picture.mean(axis=2)
    low, high = extremes(picture)
    if 0 <= low and high <= 1:
        return picture
    return np.clip(picture / 255, 0, 1) if 0 <= low and high <= 255 else (picture - low) / (high - low)


def extremes(array):
    """Least and largest number of an array, apart from those that are not finite; not the same."""
    finite = array[np.isfinite(array)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return low, high if high > low else low + 1


def draw_maps(paper, name, node, maps, grid, top):
    """The maps of a layer under its name; where the next layer begins."""
    down, across, (pitch_y, pitch_x) = grid
    left = MARGIN + SIDE
    colours, low, high, words = scale_of(paper, maps)
    rows, columns, count = maps.shape
    paper.write(left, top + 12, name, NORMAL, bold=True)
    about = f"{type(node.layer).__name__} · {count} map{'s' * (count > 1)} of {rows} × {columns}"
    paper.write(left + text_width(name, NORMAL, True) + 12, top + 12, about, SMALL, paper.theme.faint)
    paper.write(paper.width - MARGIN, top + 12, words, SMALL, paper.theme.faint, anchor="right")
    for number in range(count):
        place = left + number % across * pitch_x, top + WORDS + number // across * pitch_y
        picture = maps[:, :, number]
        paper.picture(picture, (*place, pitch_x - BETWEEN, pitch_y - BETWEEN), colours, low, high, frame=False)
    return top + WORDS + down * pitch_y + UNDER


def scale_of(paper, maps):
    """Colours for the maps of a layer, the values at their ends, and words about that."""
    low, high = extremes(maps)
    if np.nanmin(maps) < 0:
        most = max(-low, high)
        return diverging(paper.theme), -most, most, f"−{decimals(most)} blue, 0 white, {decimals(most)} orange"
    top = float(np.nanmax(maps))
    return greys(paper.theme), 0.0, top or 1.0, f"0 black, {decimals(top)} white" if top else "all 0"
