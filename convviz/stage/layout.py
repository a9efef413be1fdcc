"""The places of the grids and captions of a view."""

from dataclasses import dataclass
from itertools import chain

from convviz.stage import frames, grids
from convviz.stage.boxes import Box, above, beside, caption, captioned
from convviz.stage.scene import Stage, Text
from convviz.stage.text_width import bold_width, wrap
from convviz.steps.notation import shorten

__all__ = ["FORMULA", "MARGIN", "SMALL", "CaptionBelow", "arrange", "arranged", "page_width", "remark_captions", "stage_of"]

#: Heights of letters, in units: of the title, of the formula, of other captions; and the distance of lines.
TITLE, FORMULA, SMALL, LEADING = 0.5, 0.48, 0.42, 1.35
MARGIN, LEAST_WIDTH = 0.6, 19.2
#: Higher than this, grids above each other are put into two columns.
TALLEST = 17


@dataclass(frozen=True)
class CaptionBelow:
    """A caption under the grids: its height of letters, its role, how many lines it takes, its text if all steps share it."""

    name: str
    size: float
    role: str
    lines: int
    text: str = ""


def page_width(body, title):
    """Width of a stage without its margins."""
    return max(body.width, bold_width(title) * TITLE, LEAST_WIDTH)


def stage_of(body, title, below, steps, lang):
    """A stage: grids as a box, the title above them, captions below.

    Parameters
    ----------
    body : convviz.stage.boxes.Box
    title : str
    below : iterable of CaptionBelow
    steps : int
        How many steps the trace has.
    lang : str
    """
    width, top = page_width(body, title), MARGIN + 1.7
    placed, texts = body.moved(MARGIN + (width - body.width) / 2, top)
    captions = [
        Text("title", MARGIN, MARGIN + 0.3, title, TITLE, "start", "strong"),
        Text("place", MARGIN, MARGIN + 1.0, "", SMALL, "start", "faint"),
    ]
    y = top + body.height + 0.7
    for line in below:
        captions.append(Text(line.name, MARGIN, y, line.text, line.size, "start", line.role))
        y += line.lines * line.size * LEADING + 0.12
    return Stage(width + 2 * MARGIN, y + 0.2, placed, (*captions, *texts), (), steps, title, lang)


def remark_captions(remarks, width):
    """Remarks as captions below, broken into lines; the first is the most important one.

    Each comes with whether it is shown; for one that is not, there is space.
    """
    for number, (remark, shown) in enumerate(remarks):
        text = wrap(remark, width / SMALL)
        role = "text" if number == 0 else "faint"
        yield CaptionBelow(f"remark.{number}", SMALL, role, text.count("\n") + 1, text if shown else "")


def arrange(view, samples):
    """All grids in their places, as a box, and what is remarked about them.

    Parameters
    ----------
    view : convviz.stage.view.View
    samples : list of convviz.steps.Step
        Some of the steps, whose numbers the grids must have space for.
    """
    channels = [None] if view.colour else view.inputs
    inputs = [grids.input_grid(view, channel) for channel in channels]
    outputs = [grids.output_grid(view, channel) for channel in view.filters]
    slots = slot_grids(view, samples)
    sums = [sums_of(view, samples)] if view.sum_labels() else []
    remarks = dict.fromkeys(remark for part in (*inputs, *outputs, *chain(*slots), *sums) for remark in part.remarks)
    inputs, outputs, sums = ([captioned(part.grid) for part in parts] for parts in (inputs, outputs, sums))
    slots = [[captioned(part.grid) for part in slot] for slot in slots]
    return arranged(view, inputs, slots, sums, outputs), tuple(remarks)


def arranged(view, inputs, slots, sums, outputs):
    """Boxes of the input, of each channel that is read, of the sums and of the result, as one box."""
    first, second = (caption(f"arrow.{number}", "→", 0.7, "faint") for number in (0, 1))
    if view.slots == 1 or not view.numeric_input:
        middle = [above([packed(slot, view) for slot in slots])] if any(slots) else []
        if middle and not view.numeric_input and view.numeric_kernel and len(inputs) == 1:
            first = Box(1.2, 0)  # the lines that enlarge the window are drawn here
        return beside([stacked(inputs), first, *middle, *sums, *([second] if middle else []), stacked(outputs)], 0.55)
    slots = [beside(slot, 0.4) for slot in slots]
    if len(inputs) == len(slots):
        left = beside([above(pair) for pair in zip(inputs, slots, strict=True)], 0.9)
    else:  # a step reads the channels of one group only
        left = above([beside(inputs, 0.9), beside(slots, 0.9)])
    return beside([left, *sums, second, stacked(outputs)], 0.55)


def stacked(boxes):
    """Boxes above each other, or in two columns if one would be too high."""
    if len(boxes) < 3 or len(boxes) * boxes[0].height < TALLEST:
        return above(boxes)
    return beside([above(boxes[:2]), above(boxes[2:])])


def packed(boxes, view):
    """The grids of one channel: above each other where they are few, the enlarged window at their left."""
    if view.slots > 1:
        return beside(boxes, 0.5)
    return above(boxes) if len(boxes) < 3 else beside([boxes[0], above(boxes[1:])], 0.6)


def slot_grids(view, samples):
    """The grids of each channel that a step reads, as far as these are shown: a list of `GridPart` for each."""
    slots = range(view.slots)
    if not view.numeric_kernel:
        return [[] if view.pooled else [grids.kernel_grid(view, slot)] for slot in slots]
    if not view.gathers:
        return [[grids.kernel_grid(view, slot), stamp_grid(view, slot, samples)] for slot in slots]
    windows = window_grids(view, samples) if view.pooled or not view.numeric_input else [[]] * view.slots
    if view.pooled:
        return windows
    products = product_grids(view, samples)
    return [[*windows[slot], grids.kernel_grid(view, slot), products[slot]] for slot in slots]


def stamp_grid(view, slot, samples):
    """The kernel times an input cell."""
    numbers = [shorten(value) for step in samples for value in step.products[:, :, slot].ravel()]
    return grids.window_grid(view, view.slot_name("stamp", slot), view.captions["stamp"], numbers)


def window_grids(view, samples):
    """The enlarged window of each channel, as a list of one."""
    numbers = [shorten(value) for step in samples for value in step.values[:, :, : view.slots].ravel()]
    alike = len({view.trace.channels_of(f) for f in view.filters}) == 1
    titles = [view.captions["window"].format(grids.size_text(*view.kernel_size))] * view.slots
    if view.depth > 1 and alike:
        titles = [view.captions["of_channel"].format(view.slot_channel(slot)) for slot in range(view.slots)]
    names = [view.slot_name("window", slot) for slot in range(view.slots)]
    return [[grids.window_grid(view, name, title, numbers)] for name, title in zip(names, titles, strict=True)]


def product_grids(view, samples):
    """The products of each channel, in cells of one size."""
    numbers = [shorten(value) for step in samples for value in step.products[:, :, : view.slots].ravel()]
    slots = range(view.slots)
    notes = [note for step in samples for slot in slots for row in frames.product_notes(step, slot) for note in row]
    title = view.captions["products"]
    return [grids.window_grid(view, view.slot_name("products", slot), title, numbers, notes) for slot in slots]


def sums_of(view, samples):
    """The grid of the channels' sums and the bias."""
    return grids.sums_grid(view, [line for step in samples for line in frames.channel_sums(view, step)])
