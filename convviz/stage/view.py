"""What is shown of a trace: decided once, before anything is drawn.

A view holds one image of a batch and up to `FILTERS` filters. What has few cells is shown as numbers; a larger image is
a picture, with the window enlarged beside it.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from convviz.stage.captions import captions
from convviz.stage.grids import font_size
from convviz.stage.pictures import downsampling_of
from convviz.stage.protocol import TraceData
from convviz.stage.selection import FILTERS, filters_with, selected_steps, strongest_step, with_step
from convviz.steps.notation import shorten

__all__ = ["FILE", "LETTERS", "NUMERIC", "PAGE", "TELEPHONE", "TOUCHED", "View", "view_of"]

#: Up to how many cells a side an input or feature map is shown as numbers, alone or beside others; and a kernel.
NUMERIC, NUMERIC_OF_SEVERAL, NUMERIC_KERNEL = 15, 9, 11
#: How many filters of a depthwise convolution have kernels and products of their own.
APART = 3
#: Up to how many columns numbers are shown however long they are.
FEW = 6
#: Up to how many rows a grid counts as flat.
FLAT = 3
#: Width of what a telephone shows of a page, the least height of letters there, and the least side of cells that a finger can
#: hit, in pixels.
TELEPHONE, LETTERS, TOUCHED = 366, 11, 24
#: The width of a grid and the least height of its letters: on a page, which may be read on a telephone, in pixels; and on
#: less than half a slide, as in a file, in points.
PAGE, FILE = (TELEPHONE, LETTERS), (400, 9)
#: How many channels are shown together.
CHANNELS = 4


@dataclass(frozen=True, eq=False)
class View:
    """What of a trace is shown.

    Attributes
    ----------
    trace : convviz.stage.protocol.TraceData
    lang : {"en", "ja"}
    captions : dict of str to str
        The captions of that language.
    indices : tuple of int
        The steps that are shown, ascending.
    batch : int
        The image that is shown.
    filters : tuple of int
        The channels of the result that are shown.
    still : bool
        Whether each step is a picture of its own, which does not say how many steps are shown.
    strongest : int or None
        Where steps are not chosen and the feature map is a picture: the step whose result is farthest from 0, or of a
        mean or a pooling one whose window varies, by which a single picture shows what the operation does. It is one of
        those that are shown.
    reading : tuple or None
        `PAGE` or `FILE`, in which letters must not be too small; None where numbers are shown however long they are.
    """

    trace: TraceData
    lang: str
    captions: dict
    indices: tuple
    batch: int
    filters: tuple
    still: bool = False
    strongest: int | None = None
    reading: tuple | None = PAGE

    # What kind of trace it is

    @property
    def operation(self):
        """The operation whose steps are shown."""
        return self.trace.operation

    @cached_property
    def gathers(self):
        """Whether a step is a cell of the result that reads a window, rather than an input cell that is stamped."""
        return self.trace.view == "gather"

    @property
    def transposed(self):
        """Whether the operation is a transposed convolution."""
        return self.operation.transposed

    @cached_property
    def pooled(self):
        """Whether the operation has no kernel."""
        return self.trace.weights is None

    @property
    def stretched(self):
        """Whether the input is drawn with zeros between its cells."""
        return self.transposed and self.gathers and max(self.operation.strides) > 1

    # What is shown of the input, the kernel and the result

    @cached_property
    def extent(self):
        """The rows and the columns that are drawn of the input, each as first and end; padding included where it is read."""
        if not self.gathers:
            return tuple((0, size) for size in self.trace.source.shape[1:3])
        return tuple((axis.low, axis.high) for axis in (self.trace.geometry.rows, self.trace.geometry.columns))

    @cached_property
    def kernel_size(self):
        """Rows and columns of the window."""
        return self.trace.geometry.rows.window, self.trace.geometry.columns.window

    @cached_property
    def depth(self):
        """How many channels a step reads."""
        return len(self.trace.channels_of(self.filters[0]))

    @cached_property
    def slots(self):
        """How many of the channels that a step reads are shown."""
        return shown_of(self.depth)

    @cached_property
    def groups(self):
        """The channels of each group that the steps read, ascending; without groups there is one."""
        return tuple(sorted({tuple(self.trace.channels_of(f)) for f in self.filters}))

    @cached_property
    def channels(self):
        """All channels of the image that the steps read, ascending."""
        return tuple(channel for group in self.groups for channel in group)

    @cached_property
    def inputs(self):
        """The channels of the image that are shown: of several groups, as many of each."""
        groups = len(self.groups)
        each = self.slots if groups == 1 or groups * self.depth <= CHANNELS else max(1, CHANNELS // groups)
        return tuple(channel for group in self.groups for channel in group[:each])

    @cached_property
    def numeric_kernel(self):
        """Whether the kernel is shown as numbers."""
        return max(self.kernel_size) <= NUMERIC_KERNEL

    @cached_property
    def numeric_input(self):
        """Whether the input is shown as numbers."""
        rows, columns = (high - low for low, high in self.extent)

        def values():
            return self.trace.convert(self.trace.source[self.batch][:, :, list(self.inputs)])

        return self.is_numeric(rows, columns, len(self.inputs), values)

    @cached_property
    def numeric_output(self):
        """Whether the feature map is shown as numbers."""

        def values():
            return self.trace.result[self.batch][:, :, list(self.filters)]

        return self.is_numeric(*self.trace.geometry.output_shape, len(self.filters), values)

    def is_numeric(self, rows, columns, count, values):
        """Whether `count` grids of this size are shown as numbers, those that `values` returns.

        They are if they can be read in what they have of the width. Small grids always count as legible.
        """
        width, letters = self.reading or (0, 0)
        flat = self.reading == FILE and count == 1 and rows <= FLAT  # it can have the whole width
        limit = NUMERIC if count == 1 else NUMERIC_OF_SEVERAL
        if max(rows, columns) > limit * (2 if flat else 1):
            return False
        if self.reading is None or columns <= FEW:
            return True
        texts = [shorten(value).text for value in values().ravel()]
        return font_size(texts, width * (2 if flat else 1) / columns) >= letters

    @cached_property
    def colour(self):
        """Whether the input is one picture in colour."""
        return not self.numeric_input and self.trace.source.shape[3] == len(self.channels) == 3

    @cached_property
    def downsampling(self):
        """The step with which pixels are taken, in the picture where it is largest; 1 if all are shown."""
        shapes = [] if self.numeric_input else [self.trace.source.shape[1:3]]
        shapes += [] if self.numeric_output else [self.trace.geometry.output_shape]
        return max(map(downsampling_of, shapes), default=1)

    # Cells of the input

    def input_cell(self, y, x):
        """What is drawn at a position of the input: its kind, "copy" for a copy in the padding, and the input cell.

        The cell, ``(row, column)``, is the one that stands or is copied there; it has a None where a zero stands.
        """
        geometry = self.trace.geometry
        if not self.gathers:
            return "cell", (y, x)
        kind, cell = geometry.kind(y, x), (geometry.rows.source(y), geometry.columns.source(x))
        return "copy" if kind == "padding" and None not in cell else kind, cell

    def input_value(self, cell, channel):
        """The value of a cell ``(row, column)`` of the image, in the dtype of steps."""
        return self.trace.convert(self.trace.source[self.batch][cell][channel])[()]

    # Colours of channels

    def input_colour(self, channel):
        """Name of the colour of a channel of the image, which it shares with what it is multiplied with or becomes.

        With groups the channels of one group have one colour. Empty if only one channel is shown.
        """
        if len(self.inputs) < 2 or not self.numeric_input:
            return ""
        groups = getattr(self.operation, "groups", 1)
        number = channel * groups // self.trace.source.shape[3] if groups > 1 else self.inputs.index(channel)
        return f"channel-{number % CHANNELS}"

    def slot_colour(self, slot):
        """Name of the colour of the grids of a slot; empty where a slot has another channel in another step."""
        alike = len(self.inputs) == self.slots > 1
        return self.input_colour(self.slot_channel(slot)) if alike else ""

    def output_colour(self, channel):
        """Name of the colour of a channel of the result that is made of one channel or group only; empty for others."""
        read = self.trace.channels_of(channel)
        alone = len(read) < len(self.channels) and read[0] in self.inputs
        return self.input_colour(read[0]) if alone else ""

    # Names of grids

    def input_name(self, channel):
        """Name of the grid that shows a channel of the image; None if none does."""
        if self.colour or self.inputs == (channel,):
            return "input"
        return f"input.{channel}" if channel in self.inputs else None

    def output_name(self, channel):
        """Name of the grid that shows a channel of the result."""
        return f"output.{channel}" if len(self.filters) > 1 else "output"

    def slot_name(self, name, slot, channel=None):
        """Name of a grid of which there is one per channel that a step reads.

        `channel` is the channel of the result that the step computes. It matters only if filters have grids of their own; see
        `apart`.
        """
        if self.apart:
            return f"{name}.{self.filters[0] if channel is None else channel}"
        return f"{name}.{slot}" if self.depth > 1 else name

    @cached_property
    def apart(self):
        """Whether each filter has a kernel and products of its own in the picture: few filters that read one channel each."""
        numeric = self.gathers and not self.pooled and self.numeric_input and self.numeric_kernel
        few = 1 < len(self.filters) == len(self.groups) <= APART
        return numeric and few and self.depth == 1

    # Channels of a step

    def slot_channel(self, slot):
        """The channel that a slot shows, for the first filter."""
        return self.trace.channels_of(self.filters[0])[slot]

    def slot_weights(self, channel, slot):
        """The weights of a slot for a channel of the result, as they are drawn: (kh, kw)."""
        weights = self.trace.weights_for(channel)[:, :, slot]
        return weights if self.gathers else weights[::-1, ::-1]

    @cached_property
    def adds_channels(self):
        """Whether a step adds up the sums of several channels."""
        return self.gathers and not self.pooled and self.depth > 1

    def sum_labels(self, channels=None):
        """What stands beside each number of the sums: `channels`, those not shown, the bias; or those of the first filter."""
        names, biased = self.captions, not self.pooled and self.operation.bias is not None
        if self.apart:
            return []  # the bias of each filter stands beside its sign
        if not self.adds_channels:
            return [""] if biased else []  # alone it stands under a title that says so
        channels = channels or self.trace.channels_of(self.filters[0])
        labels = [names["channel"].format(channel) for channel in channels[: self.slots]]
        if self.depth > self.slots:
            labels.append(names["others"].format(self.depth - self.slots))
        return [*labels, *([names["bias"]] if biased else []), names["total"]]


def view_of(trace, lang="en", steps=None, still=False, reading=PAGE):
    """Decide what of a trace is shown. The parameters are those of `convviz.stage.forward.board`, and that of `View`.

    The image is that of the first step, the filters are those of all; ValueError if the steps are of several images, or of too
    many filters.
    """
    words = captions(lang, trace.captions)
    indices = selected_steps(trace, steps)
    batches, channels = np.unravel_index(indices, trace.shape)[:2]
    batch, filters = int(batches[0]), filters_with(map(int, channels), trace.shape[1])
    if (batches != batch).any() or filters is None:
        raise ValueError(
            f"the chosen steps belong to several images or to more filters than are shown together; choose steps of image "
            f"{batch} and of at most {FILTERS} filters, not of {len(set(channels.tolist()))}"
        )
    view = View(trace, lang, words, tuple(indices), batch, filters, still, reading=reading)
    if steps is not None or not view.gathers or view.numeric_output:
        return view
    strongest = strongest_step(trace, batch, filters)
    return replace(view, indices=tuple(with_step(indices, strongest)), strongest=strongest)


def shown_of(channels):
    """How many of so many channels are shown: all if they fit, else one fewer, to leave space for a remark."""
    return channels if channels <= CHANNELS else CHANNELS - 1
