"""The faces of the blocks of a trace at a step, and the lines between them: see `convviz.stage.volumes`."""

from dataclasses import replace

from convviz.stage.scene import Link
from convviz.stage.text_width import bold_width
from convviz.stage.volume_looks import input_look, kernel_look, output_look

__all__ = ["faces_of", "links_of", "window_of"]

#: Space between a sign and the lines that pass it, in units.
CLEAR = 0.1
#: How far inside the cells a line ends, in units.
INSET = 0.05


def faces_of(board, step, asked=False):
    """The faces of all blocks at a step, those of each from the back."""
    view, hues = board.view, board.hues
    source = board.blocks["input"].cut(input_stops(view, step))
    yield from source.faces(input_look(view, step, hues, board.numbers.get("input")), step.channels[-1] + 1)
    yield source.outline(*window_of(view, step), step.channels[-1], hues.filter(step.channel))
    if not view.pooled:
        kernel = board.blocks["kernel"]
        yield from kernel.faces(kernel_look(view, step.channel, hues, bool(kernel.font)))
        yield whole_outline(kernel, hues.filter(step.channel))
    for number in view.filters if f"filter.{view.filters[0]}" in board.blocks else ():
        block = board.blocks[f"filter.{number}"]
        yield from block.faces(kernel_look(view, number, hues, numbers=False))
        if number == step.channel:
            yield whole_outline(block, hues.filter(number))
    result = board.blocks["output"].cut(output_stops(view, step))
    yield from result.faces(output_look(view, step, hues, board.numbers.get("output"), asked), step.channel + 1)
    if not view.gathers and step.after:
        yield result.outline(*span_of(step.after), step.channel, hues.filter(step.channel))


def whole_outline(block, colour):
    """A line around the front of a block."""
    return block.outline((0, block.rows), (0, block.columns), block.layers - 1, colour)


def window_of(view, step):
    """The rows and the columns of the block of the input that a step reads, each as first and end."""
    if not view.gathers:
        return tuple((place, place + 1) for place in step.position)
    reads = zip((step.rows, step.columns), view.extent, strict=True)
    return tuple((places[0] - low, places[-1] + 1 - low) for places, (low, _) in reads)


def span_of(cells):
    """The rows and the columns of the smallest rectangle around cells, each as first and end."""
    return tuple((min(side), max(side) + 1) for side in zip(*cells, strict=True))


def input_stops(view, step):
    """Where cells of the input can differ from those before them."""
    sizes, stops = view.trace.source.shape[1:3], []
    axes = view.trace.geometry.rows, view.trace.geometry.columns
    reads = (step.rows, step.columns) if view.gathers else ([step.position[0]], [step.position[1]])
    for axis, (low, _), places, size in zip(axes, view.extent, reads, sizes, strict=True):
        ends = (0, axis.stretched if view.gathers else size)
        beyond = (axis.size + axis.after,) if view.gathers and not view.transposed else ()
        stops.append(
            {stop - low for place in places for stop in (place, place + 1)} | {stop - low for stop in (*ends, *beyond)}
        )
    return (*stops, {step.channels[0], step.channels[-1] + 1} | group_stops(view))


def group_stops(view):
    """Where the channels of groups begin."""
    groups = getattr(view.operation, "groups", 1)
    channels = view.trace.source.shape[3]
    return set(range(0, channels, channels // groups)) if not view.pooled else set()


def output_stops(view, step):
    """Where cells of the output can differ from those before them."""
    layers = {step.channel, step.channel + 1}
    if view.gathers:
        row, column = step.position
        return {row, row + 1}, {column, column + 1}, layers
    rows, columns = view.trace.geometry.output_shape
    return set(range(rows)), set(range(columns)), layers


def links_of(board, step):
    """The lines from the window to the filter, and from there to the cell that it computes; of a pooling without the filter."""
    view, colour = board.view, board.hues.filter(step.channel) or "window"
    cells = {step.position} if view.gathers else set(step.after)
    source, result, front = board.blocks["input"], board.blocks["output"], step.channels[-1]
    ends = [right_edge(source, window_of(view, step), front)]
    if not view.pooled:
        kernel = board.blocks["kernel"]
        rows, columns = (0, kernel.rows), (0, kernel.columns)
        ends += [left_edge(kernel, (rows, columns), kernel.layers - 1), right_edge(kernel, (rows, columns), kernel.layers - 1)]
    if cells:
        ends.append(left_edge(result, span_of(cells), step.channel))
    signs = [text for text in board.stage.texts if text.name.startswith("sign.")]
    for start, end in zip(ends[::2], ends[1::2], strict=False):
        for one, other in zip(start, end, strict=True):
            yield from around(Link(*one, *other, colour), signs)


def around(link, signs):
    """A line without the parts that would run through signs."""
    parts = [link]
    for sign in signs:
        half = bold_width(sign.text) * sign.size / 2 + CLEAR, sign.size / 2 + CLEAR
        parts = [rest for part in parts for rest in outside(part, (sign.x, sign.y), half)]
    return parts


def outside(link, middle, half):
    """What of a line is outside a rectangle, given by its middle and half its sides: two lines, one, or none.

    Examples
    --------
    >>> [(part.x1, part.x2) for part in outside(Link(0, 0, 4, 0), (2, 0), (1, 1))]
    [(0, 1.0), (3.0, 4)]
    """
    low, high = 0.0, 1.0
    for start, end, centre, reach in zip((link.x1, link.y1), (link.x2, link.y2), middle, half, strict=True):
        length = end - start
        if length == 0:
            if abs(start - centre) >= reach:
                return [link]
            continue
        one, other = sorted(((centre - reach - start) / length, (centre + reach - start) / length))
        low, high = max(low, one), min(high, other)
    if low >= high:
        return [link]
    enters, leaves = ((link.x1 + part * (link.x2 - link.x1), link.y1 + part * (link.y2 - link.y1)) for part in (low, high))
    first = [replace(link, x2=enters[0], y2=enters[1])] if low > 0 else []
    return first + ([replace(link, x1=leaves[0], y1=leaves[1])] if high < 1 else [])


def left_edge(block, cells, layer):
    """The corners at the left of cells of the front of a layer."""
    rows, (left, _) = cells
    return tuple(block.point(row, left, layer + 1) for row in within(block, rows))


def right_edge(block, cells, layer):
    """The corners at the right of cells of the front of a layer."""
    rows, (_, right) = cells
    return tuple(block.point(row, right, layer + 1) for row in within(block, rows))


def within(block, rows):
    """The first and the end of rows, a little inside them, so that a line that ends there is hidden behind the block."""
    top, bottom = rows
    inset = min(INSET / block.pitch, (bottom - top) / 4)
    return top + inset, bottom - inset
