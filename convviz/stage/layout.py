"""From a trace to scenes: which steps are shown, what is shown of them, and where it stands.

A board shows one image of a batch and up to `FILTERS` filters at a time. What has few cells is shown as numbers; a
larger image is a picture, with the window enlarged beside it.
"""

import numpy as np

from convviz.geometry import padding_rules, whole
from convviz.operations import AveragePooling, Global, MaxPooling, TransposedConvolution
from convviz.stage import frames, grids
from convviz.stage.boxes import Box, above, beside, caption, captioned
from convviz.stage.captions import bold_width, em_width, pair_text, words, wrap
from convviz.stage.scene import Scene, Stage, Text
from convviz.steps.notation import shorten

__all__ = ["Board", "board"]

#: Up to how many cells a side an input or feature map is shown as numbers, alone or beside others; and a kernel.
NUMERIC, NUMERIC_OF_SEVERAL, NUMERIC_KERNEL = 16, 9, 11
#: How many filters and how many channels stand side by side.
FILTERS, CHANNELS = 4, 4
#: A trace of more steps than `ALL` shows `SOME` of them unless it is told which.
ALL, SOME = 200, 60
#: How many steps are looked at to find how much room captions take.
SAMPLES = 24
#: Heights of letters, in units: of the title, of the formula, of other captions; and the space between lines.
TITLE, FORMULA, SMALL, LEADING = 0.5, 0.48, 0.42, 1.35
MARGIN, LEAST_WIDTH = 0.6, 19.2
#: Higher than this, grids above each other are put into two columns.
TALLEST = 17


class Board:
    """The steps of a trace that are shown, as scenes. Made by `board`.

    Attributes
    ----------
    trace : convviz.trace.Trace
    lang : str
    words : dict of str to str
        Captions in that language.
    indices : list of int
        The steps that are shown, ascending.
    batch : int
    filters : list of int
        The channels of the result that are shown.
    inputs : list of int
        The channels of the image that are shown.
    depth, slots : int
        How many channels a step reads, and how many of these are shown.
    stage : convviz.stage.scene.Stage
    """

    def __init__(self, trace, lang="en", steps=None, still=False):
        self.trace, self.lang, self.words, self.still = trace, lang, words(lang, trace.captions), still
        self.indices = chosen(trace, steps)
        self.notes = []
        self.choose_filters()
        self.choose_views()
        self.stage = build(self)

    def choose_filters(self):
        """Take the image and the filters of the first step; the others must be of them."""
        batches, channels = np.unravel_index(self.indices, self.trace.shape)[:2]
        page = int(channels[0]) // FILTERS * FILTERS
        self.batch = int(batches[0])
        self.filters = list(range(page, min(page + FILTERS, self.trace.shape[1])))
        if (batches != self.batch).any() or not np.isin(channels, self.filters).all():
            raise ValueError(
                f"the chosen steps belong to several images or to more filters than are shown together; choose steps of image "
                f"{self.batch} and of filters {self.filters[0]} to {self.filters[-1]}"
            )

    def choose_views(self):
        """Decide what is shown as numbers and what as a picture, and which channels."""
        trace, where = self.trace, self.trace.geometry
        self.gathers = trace.view == "gather"
        self.transposed = isinstance(trace.operation, TransposedConvolution)
        self.pooled = trace.weights is None
        self.stretched = self.transposed and self.gathers and max(trace.operation.strides) > 1
        self.extent = [(axis.low, axis.high) for axis in (where.rows, where.columns)]
        if not self.gathers:
            self.extent = [(0, size) for size in trace.source.shape[1:3]]
        self.kernel_size = where.rows.window, where.columns.window
        self.numeric_kernel = max(self.kernel_size) <= NUMERIC_KERNEL
        read = [trace.channels_of(f) for f in self.filters]
        every = sorted({channel for channels in read for channel in channels})
        self.depth, self.slots = len(read[0]), shown_of(len(read[0]))
        self.inputs = every[: shown_of(len(every))]
        side = max(high - low for low, high in self.extent)
        self.numeric_input = side <= (NUMERIC if len(self.inputs) == 1 else NUMERIC_OF_SEVERAL)
        self.numeric_output = max(where.output_shape) <= (NUMERIC if len(self.filters) == 1 else NUMERIC_OF_SEVERAL)
        self.colour = not self.numeric_input and trace.source.shape[3] == len(every) == 3
        pictures = {trace.source.shape[1:3]: not self.numeric_input, where.output_shape: not self.numeric_output}
        self.every = max((grids.every(shape) for shape, drawn in pictures.items() if drawn), default=1)

    def note(self, text):
        """Add a remark under the picture, once."""
        if text not in self.notes:
            self.notes.append(text)

    def short(self, value):
        """A number as the text of a cell; a rounded one is remarked under the picture."""
        shown = shorten(value)
        if not shown.exact:
            self.note(self.words["rounded"])
        return shown.text

    def input_cell(self, y, x):
        """What is drawn at a position of the input: its kind, and ``(row, column)`` of the input cell if it is one."""
        where = self.trace.geometry
        if not self.gathers:
            return "cell", (y, x)
        return where.kind(y, x), (where.rows.source(y), where.columns.source(x))

    def input_value(self, cell, channel):
        """The value of a cell ``(row, column)`` of the image, in the dtype of steps."""
        return self.trace.convert(self.trace.source[self.batch][cell][channel])[()]

    def input_name(self, channel):
        """Name of the grid that shows a channel of the image; None if none does."""
        if self.colour or self.inputs == [channel]:
            return "input"
        return f"input.{channel}" if channel in self.inputs else None

    def output_name(self, channel):
        """Name of the grid that shows a channel of the result."""
        return f"output.{channel}" if len(self.filters) > 1 else "output"

    def slot_name(self, name, slot):
        """Name of a grid of which there is one per channel that a step reads."""
        return f"{name}.{slot}" if self.depth > 1 else name

    def slot_channel(self, slot):
        """The channel that a slot shows, for the first filter."""
        return self.trace.channels_of(self.filters[0])[slot]

    def slot_weights(self, channel, slot):
        """The weights of a slot for a channel of the result, as they are drawn: (kh, kw)."""
        weights = self.trace.weights_for(channel)[:, :, slot]
        return weights if self.gathers else weights[::-1, ::-1]

    def sum_labels(self, channels=None):
        """What stands beside each number of the sums: `channels`, those not shown, the bias; or those of the first filter."""
        labels = []
        if self.depth > 1 and self.gathers:
            channels = channels or self.trace.channels_of(self.filters[0])
            labels = [self.words["channel"].format(channel) for channel in channels[: self.slots]]
            if self.depth > self.slots:
                labels.append(self.words["others"].format(self.depth - self.slots))
        if self.trace.operation.bias is not None:
            labels.append(self.words["bias"] if labels else "")  # alone it stands under a title that says so
        return labels

    def samples(self):
        """A few of the steps, to find out how long their texts are."""
        every = max(1, len(self.indices) // SAMPLES)
        return [self.trace[index] for index in self.indices[::every]]

    def moment(self, index):
        """What step `index` of the trace changes on the stage, as a `convviz.stage.scene.Moment`."""
        return frames.moment(self, index)

    def question(self, index):
        """What step `index` changes on the stage, with its results hidden, as a `convviz.stage.scene.Moment`."""
        return frames.question(self, index)

    def scene(self, index):
        """Step `index` of the trace as a `convviz.stage.scene.Scene`."""
        return Scene(self.stage, self.moment(index))


def shown_of(channels):
    """How many of so many channels are shown: all if they fit, else one fewer, to leave room for a remark."""
    return channels if channels <= CHANNELS else CHANNELS - 1


def chosen(trace, steps):
    """The indices of the steps to show: see `board`."""
    count = len(trace)
    if steps is None:
        count = min(FILTERS, trace.shape[1]) * trace.shape[2] * trace.shape[3]
        steps = count if count <= ALL else SOME
        return spread(count, steps)
    if isinstance(steps, slice):
        picked = list(range(count))[steps]
    elif hasattr(steps, "__len__") or hasattr(steps, "__iter__"):
        picked = sorted({range(count)[whole(step, "a step", -count)] for step in checked(steps, count)})
    else:
        picked = spread(count, whole(steps, "steps", 1))
    if not picked:
        raise ValueError(f"steps is {steps!r}, which picks none of the {count} steps")
    return picked


def checked(steps, count):
    """`steps`, after a look that each is a step of the trace."""
    steps = list(steps)
    for step in steps:
        if whole(step, "a step", -count) >= count:
            raise ValueError(f"there is no step {step}: the trace has {count} steps, 0 to {count - 1}")
    return steps


def spread(count, steps):
    """`steps` indices spread evenly over ``range(count)``, the first and the last among them."""
    steps = min(count, steps)
    return sorted({round(i * (count - 1) / max(steps - 1, 1)) for i in range(steps)})


def board(trace, lang="en", steps=None, still=False):
    """The steps of a trace as scenes.

    Parameters
    ----------
    trace : convviz.trace.Trace
    lang : {"en", "ja"}
        Language of the captions.
    steps : int, slice or iterable of int, optional
        How many steps, evenly spread, or which. Without it all, but of more than 200 only 60.
    still : bool, default False
        The scenes become single pictures: they do not say how many of the steps are shown.

    Returns
    -------
    Board

    Examples
    --------
    >>> import convviz as cv
    >>> shown = board(cv.MaxPooling(2).trace([[3, 4], [1, 2]]))
    >>> shown.indices, [grid.name for grid in shown.stage.grids]
    ([0], ['input', 'window', 'output'])
    >>> shown.scene(0).cell(shown.stage.grid("output"), 0, 0).text
    '4'
    """
    return Board(trace, lang, steps, still)


def build(board):
    """The stage of a board: all grids placed, and captions around them."""
    samples = board.samples()

    def below(width):
        return captions_below(board, samples, width)

    return staged(arrange(board, samples), title_of(board), below, len(board.trace), board.lang)


def staged(body, title, below, steps, lang):
    """A stage: grids as a box, captions above them, and under them those that ``below(width)`` yields.

    Each of these is name, size, role, lines it takes, and text, which is empty where steps bring it.
    """
    width = max(body.width, bold_width(title) * TITLE, LEAST_WIDTH)
    top = MARGIN + 1.7
    placed, texts = body.moved(MARGIN + (width - body.width) / 2, top)
    captions = [
        Text("title", MARGIN, MARGIN + 0.3, title, TITLE, "start", "strong"),
        Text("place", MARGIN, MARGIN + 1.0, "", SMALL, "start", "faint"),
    ]
    y = top + body.height + 0.7
    for name, size, role, lines, text in below(width):
        captions.append(Text(name, MARGIN, y, text, size, "start", role))
        y += lines * size * LEADING + 0.12
    return Stage(width + 2 * MARGIN, y + 0.2, placed, (*captions, *texts), (), steps, title, lang)


def captions_below(board, samples, width):
    """Captions under the grids, for `staged`."""
    board.formula_room, board.running_room = width / FORMULA, width / SMALL
    formulas = [frames.formula(board, step) for step in samples]
    board.formula_lines = room(formulas, board.formula_room, 3, bold_width)
    yield "formula", FORMULA, "strong", board.formula_lines, ""
    board.running_lines = room([frames.running(board, step) for step in samples], board.running_room, 2)
    if board.running_lines:
        yield "running", SMALL, "faint", board.running_lines, ""
    size = f"{board.words['size']}: {board.trace.geometry.formula(board.words['axes'])}"
    yield from remarks_below([size, *remarks_of(board)], width)


def remarks_below(remarks, width):
    """Remarks as captions, for `staged`; the first is the most important one."""
    for number, remark in enumerate(remarks):
        text = wrap(remark, width / SMALL)
        yield f"remark.{number}", SMALL, "text" if number == 0 else "faint", text.count("\n") + 1, text


def room(texts, width, most, measure=em_width):
    """How many lines the longest of `texts` takes, at most so many; 0 if all are empty."""
    return max(min(most, wrap(text, width, measure=measure).count("\n") + 1) if text else 0 for text in texts)


def remarks_of(board):
    """What is remarked under the picture: cells that no window reads, rounding, what is left out."""
    names, missed = board.words, board.trace.geometry.unreached()
    parts = []
    for axis, missing in zip(("row", "column"), missed, strict=True):
        if missing:
            parts.append(names[f"unreached_{axis}{'' if len(missing) == 1 else 's'}"].format(len(missing)))
    if parts:
        yield names["unreached"].format(names["and"].join(parts)) + (names["hatched"] if board.numeric_input else "")
    if board.gathers and board.trace.geometry.kind(*(end - 1 for _, end in board.extent)) == "outside":
        said = names["outside_maximum" if isinstance(board.trace.operation, MaxPooling) else "outside_average"]
        yield said.format(names["hatched"] if board.numeric_input else "")
    if board.depth > board.slots:
        yield names["more"].format(board.depth - board.slots)
    if board.trace.shape[1] > len(board.filters):
        first, last = board.filters[0], board.filters[-1]
        yield names["some_channels" if board.pooled else "some_filters"].format(first, last, board.trace.shape[1])
    if len(board.indices) < len(board.trace) and len(board.indices) > 1 and not board.still:
        yield names["picked"].format(f"{len(board.indices):,}", f"{len(board.trace):,}")
    if board.every > 1:
        yield names["reduced"].format(board.every)
    yield from board.notes


def title_of(board, way=""):
    """One line that names the operation and its settings; `way` is "_backward" for what goes back through it."""
    operation, names = board.trace.operation, board.words
    spread = {"strides": (1, 1), "dilation_rate": (1, 1), "output_padding": (0, 0), "groups": 1}
    if isinstance(operation, Global):
        return names[("global_average" if isinstance(operation, AveragePooling) else "global_maximum") + way]
    if board.pooled:
        kind, size = ("average" if isinstance(operation, AveragePooling) else "maximum"), "pool_size"
    else:
        kind, size = ("transposed" if board.transposed else "convolution"), "kernel_size"
    parts = [names[size].format(grids.times(*board.kernel_size)), names["strides"].format(pair_text(operation.strides))]
    parts.append(names["padding"].format(padding_text(operation.padding)))
    for name in ("dilation_rate", "output_padding", "groups"):
        value = getattr(operation, name, spread[name])
        if value != spread[name]:
            parts.append(names[name].format(pair_text(value) if isinstance(value, tuple) else value))
    parts += [names[name] for name in ("ceil_mode", "count_include_pad", "flip_kernel") if getattr(operation, name, False)]
    colon = ": " if board.lang == "en" else ":"
    return names[kind + way] + colon + names["comma"].join(parts)


def padding_text(padding):
    """Padding as it is called in a title: a rule's name, or as few amounts as say it."""
    rules = padding_rules(padding)
    if isinstance(rules[0], str):
        return rules[0]
    (top, bottom), (left, right) = rules
    return pair_text((top, left)) if (top, left) == (bottom, right) else f"({top}, {bottom}), ({left}, {right})"


def arrange(board, samples):
    """All grids in their places, as a box."""
    channels = [None] if board.colour else board.inputs
    inputs = [captioned(grids.input_grid(board, channel)) for channel in channels]
    outputs = [captioned(grids.output_grid(board, channel)) for channel in board.filters]
    middle = [slot_grids(board, slot, samples) for slot in range(board.slots)]
    sums = [captioned(sums_of(board, samples))] if not board.pooled and board.sum_labels() else []
    first, second = (caption(f"arrow.{number}", "→", 0.7, "faint") for number in (0, 1))
    if board.slots == 1 or not board.numeric_input:
        middle = [above([packed(slot, board) for slot in middle])] if any(middle) else []
        if middle and not board.numeric_input and board.numeric_kernel and len(inputs) == 1:
            first = Box(1.2, 0)  # the lines that enlarge the window run here
        parts = [stacked(inputs), first, *middle, *sums, *([second] if middle else []), stacked(outputs)]
        return beside(parts, 0.55)
    slots = [beside([captioned(grid) for grid in slot], 0.4) for slot in middle]
    if len(inputs) == len(slots):
        left = beside([above(pair) for pair in zip(inputs, slots, strict=True)], 0.9)
    else:  # a step reads the channels of one group only
        left = above([beside(inputs, 0.9), beside(slots, 0.9)])
    return beside([left, *sums, second, stacked(outputs)], 0.55)


def stacked(boxes):
    """Boxes above each other, or in two columns where they would stand too high."""
    if len(boxes) < 3 or len(boxes) * boxes[0].height < TALLEST:
        return above(boxes)
    return beside([above(boxes[:2]), above(boxes[2:])])


def packed(slot, board):
    """The grids of one slot: above each other where they are few, the enlarged window at their left."""
    boxes = [captioned(grid) for grid in slot]
    if board.slots > 1:
        return beside(boxes, 0.5)
    return above(boxes) if len(boxes) < 3 else beside([boxes[0], above(boxes[1:])], 0.6)


def slot_grids(board, slot, samples):
    """What one slot shows: the window where the input is a picture or is pooled, the kernel, the products."""
    names, size = board.words, grids.times(*board.kernel_size)
    shown = []
    if not board.numeric_kernel:
        return [] if board.pooled else [grids.kernel_grid(board, slot)]
    if not board.gathers:
        texts = [board.short(value) for step in samples for value in step.products[:, :, slot].ravel()]
        stamp = grids.window_grid(board, board.slot_name("stamp", slot), names["stamp"], texts)
        return [grids.kernel_grid(board, slot), stamp]
    if board.pooled or not board.numeric_input:
        texts = [board.short(value) for step in samples for value in step.values[:, :, : board.slots].ravel()]
        alike = len({board.trace.channels_of(f) for f in board.filters}) == 1
        several = board.depth > 1 and alike
        title = names["of_channel"].format(board.slot_channel(slot)) if several else names["window"].format(size)
        shown.append(grids.window_grid(board, board.slot_name("window", slot), title, texts))
    if not board.pooled:
        # all slots are looked at, so that their cells are of one size
        texts = [board.short(value) for step in samples for value in step.products[:, :, : board.slots].ravel()]
        every = range(board.slots)
        notes = [note for step in samples for each in every for row in frames.product_notes(step, each) for note in row]
        shown.append(grids.kernel_grid(board, slot))
        shown.append(grids.window_grid(board, board.slot_name("products", slot), names["products"], texts, notes))
        board.notes_fit = grids.notes_fit(shown[-1])
    return shown


def sums_of(board, samples):
    """The grid of the channels' sums and the bias."""
    return grids.sums_grid(board, [text for step in samples for text, _ in frames.sums(board, step)])
