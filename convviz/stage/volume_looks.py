"""What the cells of the blocks of a trace look like at a step: input, kernel and output of `convviz.stage.volumes`."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from convviz.stage.blocks import Look
from convviz.stage.grids import padding_text
from convviz.steps import value_at
from convviz.steps.notation import shorten

__all__ = ["HUES", "Hues", "input_look", "input_numbers", "kernel_look", "output_look", "result_numbers", "stamped"]

#: How many colours filters have, one after the other.
HUES = 4


@dataclass(frozen=True)
class Hues:
    """The colours of filters, and those of the channels that they read.

    Attributes
    ----------
    filters : int
        How many filters there are: channels of the result.
    owners : dict of int to int
        The first filter that reads a channel of the input.
    apart : bool
        Whether filters read channels of their own, or a pooling does.
    """

    filters: int
    owners: dict
    apart: bool

    @classmethod
    def of(cls, trace):
        """The colours of a trace."""
        filters, owners = trace.result.shape[3], {}
        for number in reversed(range(filters)):
            owners.update(dict.fromkeys(trace.channels_of(number), number))
        return cls(filters, owners, len(set(owners.values())) > 1)

    def filter(self, number):
        """The colour of a filter, as the name of a mark of the theme; empty where there is one filter only."""
        return f"channel-{number % HUES}" if self.filters > 1 else ""

    def channel(self, number, step):
        """The colour of a channel of the input: that of the filter that reads it; empty where all filters read all channels."""
        if not self.apart:
            return ""
        return self.filter(step.channel if number in step.channels else self.owners[number])


def input_numbers(view):
    """The numbers of the input that can be in front: by row, column and channel."""
    rows, columns = view.trace.source.shape[1:3]
    fronts = {view.trace.channels_of(number)[-1] for number in view.filters}
    values = view.trace.convert(view.trace.source[view.batch])
    return {cell: shorten(values[cell]) for cell in product(range(rows), range(columns), sorted(fronts))}


def input_look(view, step, hues, numbers=None):
    """What the cells of the input look like at a step, as `convviz.stage.blocks.Block.faces` asks for it.

    `numbers` are those that are shown, as `input_numbers` gives them; without them nothing stands between cells.
    """
    (top, _), (left, _) = view.extent
    read = (
        {
            (y, x): kind
            for y, kinds in zip(step.rows, step.kinds, strict=True)
            for x, kind in zip(step.columns, kinds, strict=True)
        }
        if view.gathers
        else {step.position: "cell"}
    )
    chosen, channels = (set(step.chosen) if view.gathers else set()), set(step.channels)
    others = {"padding": padding_text(view.operation), "outside": "", "stuffed": "0"}

    def look(row, column, layer):
        place = row + top, column + left
        kind, cell = view.input_cell(*place)
        text = ""
        if numbers is not None:
            text = others[kind] if kind in others else numbers[(*cell, layer)].text if (*cell, layer) in numbers else ""
        kind = {"copy": "padding"}.get(kind, "cell" if kind == "stuffed" and numbers is None else kind)
        colour = hues.channel(layer, step)
        if place in read and layer in channels:
            role = "winner" if place in chosen else "window" if read[place] == "cell" else "padding_window"
            return Look(role, hues.filter(step.channel), text)
        return Look(kind, colour, text)

    return look


def kernel_look(view, channel, hues, numbers=True):
    """What the cells of a filter look like: the weights that make a channel of the result."""
    depth = len(view.trace.channels_of(channel))
    texts = None
    if numbers:
        texts = [[shorten(weight).text for weight in row] for row in view.slot_weights(channel, depth - 1)]

    def look(row, column, layer):
        return Look("weight", hues.filter(channel), texts[row][column] if texts and layer == depth - 1 else "")

    return look


def result_numbers(view):
    """The numbers of the result that are shown: by row, column and channel, those of each step from which on it stands there.

    Of a result that is read window by window each cell has one.
    """
    rows, columns = view.trace.geometry.output_shape
    numbers = {}
    for row, column, channel in product(range(rows), range(columns), view.filters):
        past = [] if view.gathers else view.trace.history(view.batch, channel, row, column)
        past = past or [(0, view.trace.result[view.batch, row, column, channel])]  # no stamp may reach a cell
        numbers[row, column, channel] = tuple((when, shorten(value)) for when, value in past)
    return numbers


def stamped(view, step):
    """The cells of the result that a stamp of this step or of one before it has reached: rows and columns as arrays of bool.

    Of the rows there are two: those of steps before its row of the input, and those of this row, where only the columns count.
    """
    axes = view.trace.geometry.rows, view.trace.geometry.columns
    row, column = step.position

    def reached(axis, positions):
        found = np.zeros(axis.output, bool)
        for position in positions:
            found[[target for target in axis.targets(position) if 0 <= target < axis.output]] = True
        return found

    above, here = reached(axes[0], range(row)), reached(axes[0], [row])
    return above, here, reached(axes[1], range(axes[1].size)), reached(axes[1], range(column + 1))


def output_look(view, step, hues, numbers=None, asked=False):
    """What the cells of the result look like at a step; "?" stands in the cells that it is about if it is `asked`."""
    reached, about = reached_cells(view, step), about_cells(view, step)
    here = step.position[0] * view.trace.source.shape[2] + step.position[1]

    def text_of(row, column, layer):
        if numbers is None or (row, column, layer) not in numbers:
            return ""
        if asked and (row, column) in about:
            return "?"
        past = numbers[row, column, layer]
        number = past[-1][1] if view.gathers or layer < step.channel else value_at(past, here, None)
        return "" if number is None else number.text

    def look(row, column, layer):
        colour = hues.filter(layer)
        if layer < step.channel:
            return Look("done", colour, text_of(row, column, layer))
        if layer > step.channel or not ((row, column) in about or reached(row, column)):
            return Look("pending", colour)
        role = "done" if (row, column) not in about else "current" if view.gathers else "window"
        return Look(role, colour, text_of(row, column, layer))

    return look


def about_cells(view, step):
    """The cells of the result that a step is about."""
    return {step.position} if view.gathers else set(step.after)


def reached_cells(view, step):
    """Which cells of the result are there at a step: a function of row and column."""
    if view.gathers:
        return lambda row, column: (row, column) < step.position
    above, here, every, columns = stamped(view, step)
    return lambda row, column: bool((above[row] and every[column]) or (here[row] and columns[column]))
