"""The table of a model's layers, as Keras prints it: names, shapes, numbers of weights."""

import textwrap
import unicodedata

from convviz._support import lazy_names
from convviz.nn import graph
from convviz.nn.network import Network

__all__ = ["summary"]


def __dir__():
    return lazy_names.listed(globals())


#: What is longer is broken into several lines, so that the table fits a page.
LAYER_WIDTH, SHAPE_WIDTH, CONNECTED_WIDTH = 36, 26, 24
NOT_BUILT = (
    "The model is not built: shapes and numbers of weights are known once it knows its input. Give the first layer "
    "input_shape=(...), call build((None, ...)), or call fit."
)


def summary(model: Network) -> str:
    """A model's layers with the shapes that they give and their numbers of weights.

    Parameters
    ----------
    model : convviz.nn.Model

    Returns
    -------
    str
        Without a line break at its end. Models that are no plain chain have a column that says where inputs come from.

    Examples
    --------
    >>> from convviz.nn import Dense, Flatten, Sequential
    >>> print(summary(Sequential([Flatten(input_shape=(28, 28)), Dense(32), Dense(10)])))
    Model: "sequential"
    ┌───────────────────┬──────────────┬─────────┐
    │ Layer (type)      │ Output Shape │ Param # │
    ├───────────────────┼──────────────┼─────────┤
    │ flatten (Flatten) │ (None, 784)  │       0 │
    │ dense (Dense)     │ (None, 32)   │  25,120 │
    │ dense_1 (Dense)   │ (None, 10)   │     330 │
    └───────────────────┴──────────────┴─────────┘
    Total params: 25,450
    Trainable params: 25,450
    Non-trainable params: 0
    """
    title = f'Model: "{model.name}"'
    if not model.layers:
        return f"{title}\nThe model has no layers; add some."
    head = ["Layer (type)", "Output Shape", "Param #"]
    if not model.built:
        unknown = [[titled(layer), ["?"], ["?"]] for layer in model.layers]
        return "\n".join([title, *table(head, unknown), *textwrap.wrap(NOT_BUILT, 79)])
    rows = [[titled(layer), shapes(model, layer), [f"{layer.count_params():,}"]] for layer in model.layers]
    if not is_chain(model):
        head.append("Connected to")
        for row, layer in zip(rows, model.layers, strict=True):
            row.append(sources(model, layer))
    return "\n".join([title, *table(head, rows), *totals(model)])


def totals(model):
    """The three lines under the table."""
    trained = sum(weight.array.size for weight in model.trainable_weights)
    whole = model.count_params()
    return [
        f"Total params: {whole:,}",
        f"Trainable params: {trained:,}",
        f"Non-trainable params: {whole - trained:,}",
    ]


def titled(layer):
    """A layer's name and kind as lines."""
    kind = f"({type(layer).__name__})"
    whole = f"{layer.name} {kind}"
    return [whole] if width_of(whole) <= LAYER_WIDTH else [*broken(layer.name, LAYER_WIDTH), kind]


def places(model, layer):
    """The nodes of a layer that belong to a model: more than one where it is shared."""
    return [node for node in graph.nodes_of(model) if node.layer is layer]


def shapes(model, layer):
    """The shapes that a layer gives, as lines: several where it is shared and they differ."""
    texts = dict.fromkeys(str(node.output.shape) for node in places(model, layer))
    return [line for text in texts for line in broken(text, SHAPE_WIDTH)]


def sources(model, layer):
    """The names of the layers that a layer takes its inputs from, as lines."""
    names = [tensor.node.layer.name for node in places(model, layer) for tensor in node.inputs]
    return [line for name in names for line in broken(name, CONNECTED_WIDTH)] or ["–"]


def is_chain(model):
    """Whether every layer takes the output of the one before it, and nothing else."""
    return graph.is_chain(graph.nodes_of(model)) and len(model.outputs) == len(model.inputs) == 1


def broken(text, width):
    """A text as lines no wider than `width` columns of a terminal."""
    lines, line = [], ""
    for letter in text:
        if width_of(line + letter) > width:
            lines.append(line)
            line = ""
        line += letter
    return [*lines, line]


def width_of(text):
    """How many columns a text takes in a terminal: a Japanese letter takes two.

    Examples
    --------
    >>> width_of("conv"), width_of("畳み込み")
    (4, 8)
    """
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def table(head, rows):
    """Rows of cells, each a list of lines, as the lines of a table with frames; numbers, the third column, end level."""
    cells = [[[word] for word in head], *rows]
    widths = [max(width_of(line) for row in cells for line in row[column]) for column in range(len(head))]
    lengths = ["─" * (width + 2) for width in widths]
    frames = [left + middle.join(lengths) + right for left, middle, right in ("┌┬┐", "├┼┤", "└┴┘")]
    tall = any(len(cell) > 1 for row in rows for cell in row)
    lines = [frames[0], *drawn(cells[0], widths), frames[1]]
    for number, row in enumerate(rows):
        if tall and number:
            lines.append(frames[1])
        lines += drawn(row, widths)
    return [*lines, frames[2]]


def drawn(row, widths):
    """A row of cells as lines."""
    for number in range(max(map(len, row))):
        parts = []
        for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
            text = cell[number] if number < len(cell) else ""
            blank = " " * (width - width_of(text))
            parts.append(blank + text if column == 2 else text + blank)
        yield "│ " + " │ ".join(parts) + " │"
