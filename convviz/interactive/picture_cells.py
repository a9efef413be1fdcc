"""The numbers of the input and the kernel that can be edited in the picture, and what the page sends when one is."""

import json
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from convviz.inputs import Usage
from convviz.inputs.tables import read_table
from convviz.interactive.cells import read_cell, written

__all__ = ["PictureCells", "Typed", "picture_cells", "typed_numbers"]


class Typed(NamedTuple):
    """A text that was typed or pasted into a cell of the picture.

    Attributes
    ----------
    number : int
        Later ones have larger numbers.
    grid : str
        Name of the grid.
    step, row, column : int
        The step that was shown, and the place in the grid.
    shape : tuple of int
        Rows and columns of the grid.
    text : str
    """

    number: int
    grid: str
    step: int
    row: int
    column: int
    shape: tuple
    text: str


@dataclass(frozen=True, eq=False)
class PictureCells:
    """Which cells of a picture hold which numbers of the input and the kernel.

    Attributes
    ----------
    settings : convviz.interactive.settings.Settings
    grids : dict of str to tuple
        By grid, what it shows, "pixel" or "weight" as `Settings.change` calls them, and for each filter an array (rows,
        columns) of places in the flattened array, -1 for cells that cannot be edited.
    starts : tuple of int
        The first step of each filter.
    """

    settings: object
    grids: dict
    starts: tuple

    def data(self):
        """What the page needs: for each grid and filter the numbers as texts, None for cells that cannot be edited."""
        grids = {name: [self._texts(kind, places) for places in each] for name, (kind, each) in self.grids.items()}
        return {"starts": self.starts, "grids": grids}

    def _texts(self, kind, places):
        numbers = self._array(kind).reshape(-1)
        return [[None if place < 0 else written(numbers[place]) for place in row] for row in places.tolist()]

    def _array(self, kind):
        return self.settings.image if kind == "pixel" else self.settings.kernel

    def places(self, typed, rows, columns):
        """What kind of numbers stands there, and the places (row, column) of a block of cells from the one typed into.

        None where the picture has changed since; an IndexError has how many cells there are.
        """
        kind, each = self.grids.get(typed.grid, ("", ()))
        places = each[sum(typed.step >= start for start in self.starts[1:]) if len(each) > 1 else 0] if each else None
        if places is None or places.shape != typed.shape:
            return None
        block = places[typed.row : typed.row + rows, typed.column : typed.column + columns]
        if block.shape != (rows, columns) or (block < 0).any():
            inside = places[typed.row :, typed.column :] >= 0
            raise IndexError(int(inside[:, 0].sum()), int(inside[0].sum()))
        return kind, block

    def changed(self, settings, kind, block, numbers):
        """The settings with the numbers of a block of places changed."""
        shape = self._array(kind).shape
        for place, number in zip(block.ravel().tolist(), (each for row in numbers for each in row), strict=True):
            settings = settings.change("pixel" if kind == "pixel" else "cell", number, np.unravel_index(place, shape))
        return settings


def picture_cells(settings, view):
    """The numbers that can be edited in a picture of these settings, as `PictureCells`.

    Parameters
    ----------
    settings : convviz.interactive.settings.Settings
    view : convviz.stage.view.View
    """
    grids, trace = {}, view.trace
    if view.numeric_input:
        numbered = np.arange(settings.image.size).reshape(settings.image.shape)
        grids |= {view.input_name(channel): ("pixel", [input_places(view, numbered, channel)]) for channel in view.inputs}
    if not view.pooled and view.numeric_kernel:
        numbered = np.arange(settings.kernel.size).reshape(settings.kernel.shape)
        operation = replace(settings, kernel=numbered, weak=True).operation()
        weights = operation.weights(settings.channels)
        each = [operation.window_weights(weights, f, trace.channels_of(f)) for f in view.filters]
        shown = [np.rint(places if view.gathers else places[::-1, ::-1]).astype(int) for places in each]
        if view.apart:
            for filter_, places in zip(view.filters, shown, strict=True):
                grids[view.slot_name("kernel", 0, filter_)] = ("weight", [places[:, :, 0]] * len(shown))
        else:
            for slot in range(view.slots):
                grids[view.slot_name("kernel", slot)] = ("weight", [places[:, :, slot] for places in shown])
    starts = tuple(trace.index_of(0, 0, f, view.batch) for f in view.filters)
    return PictureCells(settings, grids, starts)


def input_places(view, numbered, channel):
    """The place of each cell of the grid of a channel in the flattened image; -1 for padding and zeros between cells."""
    rows, columns = (range(*extent) for extent in view.extent)
    cells = [[view.input_cell(y, x) for x in columns] for y in rows]
    return np.array([[numbered[cell][channel] if kind == "cell" else -1 for kind, cell in row] for row in cells])


def typed_numbers(text, since):
    """What the page sent of cells of the picture: a list of `Typed` with larger numbers than `since`.

    Examples
    --------
    >>> edit = {"n": 5, "grid": "kernel", "step": 0, "row": 1, "column": 2, "shape": [3, 3], "text": "-7"}
    >>> typed_numbers(json.dumps([edit]), since=4)
    [Typed(number=5, grid='kernel', step=0, row=1, column=2, shape=(3, 3), text='-7')]
    >>> typed_numbers(json.dumps([edit]), since=5)
    []
    """
    made = [
        Typed(
            int(edit["n"]),
            str(edit["grid"]),
            int(edit["step"]),
            int(edit["row"]),
            int(edit["column"]),
            tuple(edit["shape"]),
            str(edit["text"]),
        )
        for edit in json.loads(text)
    ]
    return [typed for typed in made if typed.number > since]


def numbers_of(text):
    """The numbers of a text in rows, and what is worth knowing of how it was read: one number, or a block of a spreadsheet.

    Raises
    ------
    ValueError
        For anything else.

    Examples
    --------
    >>> numbers_of("1/2"), numbers_of("1\\t2\\n3\\t4\\n")
    (([[Fraction(1, 2)]], []), ([[1, 2], [3, 4]], []))
    """
    if not any(mark in text.strip() for mark in "\t\n"):
        return [[read_cell(text)]], []
    try:
        return read_table(text, "the pasted text", table="\t" in text)
    except Usage as error:
        raise ValueError(str(error)) from None
