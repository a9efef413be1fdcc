"""What people do wrong at the border of an image: padding is filled with other numbers than those that it should have."""

from functools import lru_cache, partial

import numpy as np

from convviz._support.padding_modes import copied_cell
from convviz.check.map_mistakes import Change

__all__ = ["border_mistakes", "own_border"]

#: Kinds of mistakes and how the border is filled then, the usual ones first: by a padding mode, or with a number.
BORDERS = {
    "border_mirrored": "reflect",
    "border_repeated": "replicate",
    "border_symmetric": "symmetric",
    "border_wrapped": "circular",
    "border_ones": 1,
    "border_zeros": 0,
}
#: Which of the kinds above the padding mode of an operation is.
OWN = {"zeros": "border_zeros"} | {fill: kind for kind, fill in BORDERS.items() if isinstance(fill, str)}


def own_border(operation):
    """Which kind of border an operation has itself; for a pooling, whose padding is no number, none of them."""
    if not operation.weighted:
        return None
    return OWN.get(getattr(operation, "padding_mode", "zeros"))


def border_mistakes(task):
    """Padding filled in another way, or added and filled where there is none, as `Attempt`s."""
    operation, where = task.operation, task.where
    if operation.transposed or "padding" not in operation.settings:
        return
    padded = where.padded
    own = own_border(operation) if padded else "border_zeros"
    settings = {"padding": "valid"}
    if "padding_mode" in operation.settings:
        settings["padding_mode"] = "zeros"
    if "ceil_mode" in operation.settings:
        settings["ceil_mode"] = False
    for kind, fill in BORDERS.items():
        if kind == own or (kind == "border_zeros" and not operation.weighted):
            continue  # padding taken as zero in a pooling has a sentence of its own
        change = Change(settings, image=partial(bordered, amounts(where), fill))
        yield task.changed(kind if padded else kind.replace("border", "border_added"), (), change)


def amounts(where):
    """Cells of padding on the four sides: those that windows read, or as many as keep the size where there are none."""
    axes = where.rows, where.columns
    if where.padded:
        return [(-axis.low, max(axis.high - axis.size, 0)) for axis in axes]
    return [((axis.reach - 1) // 2, axis.reach // 2) for axis in axes]


def bordered(sizes, fill, image):
    """A batch with its border filled in one of the ways of `BORDERS`."""
    if not isinstance(fill, str):
        return np.pad(image, [(0, 0), *sizes, (0, 0)], constant_values=fill)
    rows, columns = (read_from(size, fill, length) for size, length in zip(sizes, image.shape[1:3], strict=True))
    return image[:, rows[:, None], columns]


@lru_cache(maxsize=128)
def read_from(size, mode, length):
    """Which cell along one axis each cell of a filled border and of the image is read from."""
    before, after = size
    return np.array([copied_cell(position, length, mode) for position in range(-before, length + after)], np.intp)
