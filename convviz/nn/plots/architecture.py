"""The layers of a model as boxes, joined by arrows: chains downwards, branches side by side.

Each layer stands in a row of its own, below everything it takes. A line that passes a row between boxes has a place
there like a box, and bends only between rows, so that no line crosses a box. Where a single line joins two rows the
drawing may continue in a further column, so that deep models fit a page.
"""

import math
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from convviz._support.keywords import explained
from convviz.nn.graph import nodes_of
from convviz.nn.inspection.nodes import named_nodes
from convviz.nn.network import Network, require_built
from convviz.nn.plots.paper import MARGIN, NORMAL, SMALL, TOP, Paper, text_width
from convviz.stage.theme import Theme

__all__ = ["plot_model"]

#: Height of a box, and the free height between rows: in chains, and where lines bend, in pixels.
TALL, GAP, BENDING = 54, 28, 44
#: Free width between boxes, between columns of boxes, and that of a line beside a box, in pixels.
BESIDE, GUTTER, LANE = 26, 56, 18
#: Inside a box, left and right, and between its two texts; the widest box, in pixels.
INSIDE, APART, WIDEST = 12, 24, 420
#: Rows of a column before a further one is begun.
ROWS = 8
#: Which style of the theme a kind of layer has.
STYLES = {
    "convolution": "weight",
    "depthwise": "weight",
    "transposed": "weight",
    "dense": "done",
    "max_pooling": "window",
    "average_pooling": "window",
    "global_average": "window",
    "global_max": "window",
    "add": "product",
    "concatenate": "product",
    "input": "cell",
}


@explained
def plot_model(model: Network, theme: str | Theme = "light") -> Figure:
    """Draw a model: each layer with its name, kind, the shape that it gives and its number of weights.

    Parameters
    ----------
    model : convviz.nn.Model
    theme : {"light", "dark"} or convviz.stage.theme.Theme

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        For a model that is not built.

    Examples
    --------
    >>> from convviz.nn import Dense, Flatten, Sequential
    >>> figure = plot_model(Sequential([Flatten(input_shape=(28, 28)), Dense(10)], name="linear"))
    >>> [text.get_text() for text in figure.axes[0].texts][:2]
    ['linear', '7,850 parameters, all trained · from 28 × 28 to 10']
    """
    require_built(model)
    boxes = described(model)
    width = min(WIDEST, max(map(wanted_width, boxes.values())))
    columns, edges = arranged(model, width)
    gap = BENDING if any(len(row) > 1 for rows in columns for row in rows) else GAP
    placed, size = coordinates(columns, width, gap)
    title, note = model.name, about(model)
    words = max(text_width(title, 22, True), text_width(note, SMALL))
    paper = Paper(max(size[0], words, 480) + 2 * MARGIN, TOP + size[1] + MARGIN, theme)
    paper.title(title, note)
    left = (paper.width - size[0]) / 2
    for edge, shift in zip(edges, entries(edges, placed, width), strict=True):
        draw_edge(paper, edge, shift, placed, left, gap)
    for key, text in boxes.items():
        draw_box(paper, text, left + placed[key].x - width / 2, placed[key].y, width)
    return paper.figure


# ------------------------------------------------------------ what boxes say


class Words(NamedTuple):
    """What stands in a box: at the left the name over the kind, at the right the shape over the number of weights."""

    name: str
    kind: str
    shape: str
    params: str
    style: str


def described(model):
    """The `Words` of every node, by its place in ``nodes_of(model)``."""
    found = {}
    for number, (name, node) in enumerate(named_nodes(model).items()):
        layer = node.layer
        frozen = ", frozen" if layer.weights and not layer.trainable else ""
        count = "" if layer.kind == "input" else f"{layer.count_params():,} params{frozen}"
        style = STYLES.get(layer.kind, "pending")
        found[number] = Words(name, kind_of(layer), sizes(node.output.shape), count, style)
    return found


def kind_of(layer):
    """A layer's kind with the settings that matter most."""
    kind = type(layer).__name__.removesuffix("Layer")
    window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    notes = [f"{window[0]}×{window[1]}"] if window else []
    if layer.kind == "dropout":
        notes.append(f"{layer.rate:g}")
    if layer.activation not in (None, "linear"):
        notes.append(layer.activation)
    return f"{kind} {', '.join(notes)}".strip()


def sizes(shape):
    """A shape without the samples' axis: 28 × 28 × 32."""
    return " × ".join(f"{size:,}" for size in shape[1:])


def about(model):
    """How many weights there are and what goes in and comes out."""
    trained, whole = sum(weight.array.size for weight in model.trainable_weights), model.count_params()
    part = "all trained" if trained == whole else f"{trained:,} of them trained"
    ends = [", ".join(sizes(tensor.shape) for tensor in tensors) for tensors in (model.inputs, model.outputs)]
    return f"{whole:,} parameters{', ' + part if whole else ''} · from {ends[0]} to {ends[1]}"


def wanted_width(words):
    """How wide a box must be for its words, in pixels."""
    upper = text_width(words.name, NORMAL, True) + text_width(words.shape, NORMAL)
    lower = text_width(words.kind, SMALL) + text_width(words.params, SMALL)
    return math.ceil(max(upper, lower)) + APART + 2 * INSIDE


# ------------------------------------------------------------ where boxes stand


class Place(NamedTuple):
    """Where the middle of a box or passing line is, the top of its row, its column, and the free width before that."""

    x: float
    y: float
    column: int
    gutter: float


def arranged(model, width):
    """Columns of rows of keys, and the edges as lists of keys.

    A key is the number of a node, or (edge, row) for a line that passes. Each column is a list of rows, each row a list of
    (key, x) from left to right, x in pixels from the column's middle line.
    """
    nodes = nodes_of(model)
    numbers = {id(node.output): number for number, node in enumerate(nodes)}
    links = [(numbers[id(tensor)], number) for number, node in enumerate(nodes) for tensor in node.inputs]
    ranks = ranked(len(nodes), links)
    edges = [[a, *(((a, b, turn), row) for row in range(ranks[a] + 1, ranks[b])), b] for turn, (a, b) in enumerate(links)]
    rows = [[] for _ in range(max(ranks) + 1)]
    for number, rank in enumerate(ranks):
        rows[rank].append(number)
    for edge in edges:
        for key in edge[1:-1]:
            rows[key[1]].append(key)
    above = {}
    for edge in edges:
        for upper, lower in zip(edge, edge[1:], strict=False):
            above.setdefault(lower, []).append(upper)
    placed = spread_rows(rows, above, width)
    return split(placed, [(ranks[a], ranks[b]) for a, b in links]), edges


def ranked(count, links):
    """The row of every node: below all it takes; inputs just above what takes them first."""
    ranks = [0] * count
    for start, end in links:  # in the order of nodes, each after what it takes
        ranks[end] = max(ranks[end], ranks[start] + 1)
    fed = {end for _, end in links}
    for number in range(count):
        readers = [ranks[end] for start, end in links if start == number]
        if number not in fed and readers:
            ranks[number] = min(readers) - 1
    return ranks


def spread_rows(rows, above, width):
    """Rows of (key, x): each thing below what it takes as far as its neighbours allow."""
    middles, placed = {}, []
    for row in rows:
        wishes = {}
        for key in row:
            upper = above.get(key, [])
            boxes = [middles[other] for other in upper if is_box(other)] or [middles[other] for other in upper] or [0.0]
            wishes[key] = float(np.mean(boxes))
        row = sorted(row, key=lambda key: (wishes[key], not is_box(key)))
        reach = [width / 2 if is_box(key) else LANE / 2 for key in row]
        apart = [left + right + BESIDE for left, right in zip(reach, reach[1:], strict=False)]
        weights = [1000.0 if is_box(key) else 1.0 for key in row]
        xs = kept_apart([wishes[key] for key in row], apart, weights)
        middles.update(zip(row, xs, strict=True))
        placed.append(list(zip(row, xs, strict=True)))
    return placed


def is_box(key):
    """Whether a key stands for a node, not for a line that passes."""
    return not isinstance(key, tuple)


def kept_apart(wishes, apart, weights):
    """Numbers nearest to `wishes` (least squares) that keep order and stand at least `apart` from each other.

    Examples
    --------
    >>> kept_apart([0, 0], [10], [1, 1])
    [-5.0, 5.0]
    """
    offsets = np.concatenate([[0], np.cumsum(apart)])
    blocks = []  # of (mean, weight, how many), their means rising: the pool-adjacent-violators algorithm
    for wish, offset, weight in zip(wishes, offsets, weights, strict=True):
        block = (wish - offset, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            mean, heavy, many = blocks.pop()
            whole = heavy + block[1]
            block = ((mean * heavy + block[0] * block[1]) / whole, whole, many + block[2])
        blocks.append(block)
    means = [mean for mean, _, many in blocks for _ in range(many)]
    return [float(mean + offset) for mean, offset in zip(means, offsets, strict=True)]


def split(rows, spans):
    """Rows as columns of about `ROWS`, parted only where a single line goes from one row to the next."""
    count = math.ceil(len(rows) / ROWS)
    most = math.ceil(len(rows) / count)
    columns, begin = [], 0
    crossed = [sum(start <= row < end for start, end in spans) for row in range(len(rows) - 1)]
    while len(rows) - begin > most:
        free = [row + 1 for row in range(begin, len(rows) - 1) if crossed[row] == 1]
        if not free:
            break
        end = min(free, key=lambda row: abs(row - begin - most))
        columns.append(rows[begin:end])
        begin = end
    return [*columns, rows[begin:]]


def coordinates(columns, width, gap):
    """The `Place` of every key, and width and height of the whole."""
    placed, left, height = {}, 0.0, 0
    for number, rows in enumerate(columns):
        spans = [(x - half, x + half) for row in rows for key, x in row for half in [width / 2 if is_box(key) else LANE / 2]]
        low, high = min(low for low, _ in spans), max(high for _, high in spans)
        for depth, row in enumerate(rows):
            for key, x in row:
                y = TOP + (len(columns) > 1) * gap + depth * (TALL + gap)
                placed[key] = Place(left + x - low, y, number, left - GUTTER / 2)
        left += high - low + GUTTER
        height = max(height, len(rows) * (TALL + gap) - gap + 1.5 * (len(columns) > 1) * gap)
    return placed, (left - GUTTER, height)


# ------------------------------------------------------------ drawing


def draw_box(paper, words, left, top, width):
    """A layer."""
    style = paper.theme.cells[words.style]
    left = round(left)
    paper.box((left + 0.5, top + 0.5, width - 1, TALL - 1), style.fill, paper.theme.edge, 1.3)
    room = width - 2 * INSIDE
    for y, (say, size, bold), right, colour in (
        (top + 17, (words.name, NORMAL, True), words.shape, style.text),
        (top + 38, (words.kind, SMALL, False), words.params, style.text),
    ):
        taken = text_width(right, size) + (APART / 2 if right else 0)
        paper.write(left + INSIDE, y, say, size, colour, bold=bold, room=room - taken)
        paper.write(left + width - INSIDE, y, right, size, colour, anchor="right")


def draw_edge(paper, edge, shift, placed, left, gap):
    """A line from a box down to another, with an arrow's head; it ends `shift` beside the box's middle."""
    points = []
    for upper, lower in zip(edge, edge[1:], strict=False):
        a, b = placed[upper], placed[lower]
        start = (left + a.x, a.y + TALL)
        end = (left + b.x + (shift if lower == edge[-1] else 0), b.y)
        if not is_box(upper):
            points.append((start[0], a.y))
        points += bend(start, end) if a.column == b.column else around(start, end, left + b.gutter, gap)
    paper.path([*points[:-1], (end[0], end[1] - 6)])
    paper.head(*end)


def entries(edges, placed, width):
    """How far from the middle of its box each edge ends, so that those into one box do not end in one point."""
    into = {}
    for number, edge in enumerate(edges):
        into.setdefault(edge[-1], []).append(number)
    shifts = [0.0] * len(edges)
    for numbers in into.values():
        numbers.sort(key=lambda number: placed[edges[number][-2]].x)
        aside = [placed[edges[number][-2]].x - placed[edges[number][-1]].x for number in numbers]
        straight = [place for place, x in enumerate(aside) if abs(x) < 1]
        middle = straight[0] if straight else (len(numbers) - 1) / 2
        step = min(36, 0.4 * width / len(numbers))
        for place, number in enumerate(numbers):
            shifts[number] = (place - middle) * step
    return shifts


def around(start, end, x, gap):
    """A line from the foot of a column through the free width at x to the head of the next."""
    low, high = start[1] + gap / 2, end[1] - gap
    return [start, (start[0], low), (x, low), (x, high), (end[0], high), end]


def bend(start, end):
    """A smooth line from one point down to another, upright at both, and straight where the arrow's head is."""
    if abs(start[0] - end[0]) < 0.5:
        return [start, end]
    t = np.linspace(0, 1, 25)[:, None]
    a, b = np.array(start), np.array(end) - (0, 12)
    middle = (a[1] + b[1]) / 2
    c, d = np.array([a[0], middle]), np.array([b[0], middle])
    curve = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * c + 3 * (1 - t) * t**2 * d + t**3 * b
    return [*(tuple(point) for point in curve), end]
