"""The places of the grids and captions of a view."""

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain

from convviz.stage import arrangements, frames, grids, telephone
from convviz.stage.boxes import captioned
from convviz.stage.pictures import grey_bounds
from convviz.stage.scene import Stage, Text
from convviz.stage.text_width import bold_width, em_width, wrap
from convviz.steps.notation import shorten

__all__ = [
    "FORMULA",
    "LEAST_WIDTH",
    "MARGIN",
    "SMALL",
    "CaptionBelow",
    "arrange",
    "page_width",
    "remark_captions",
    "stage_of",
]

#: Heights of letters, in units: of the heading, of the formula, of other captions; and the distance of lines.
HEADING, FORMULA, SMALL, LEADING = 0.5, 0.48, 0.42, 1.35
MARGIN, LEAST_WIDTH = 0.6, 19.2


@dataclass(frozen=True)
class CaptionBelow:
    """A caption under the grids: its height of letters, its role, how many lines it takes, its text if all steps share it."""

    name: str
    size: float
    role: str
    lines: int
    text: str = ""


def page_width(body, title, places, least=LEAST_WIDTH):
    """Width of a stage without its margins, at least `least`. A title that may be broken into lines is given as ""."""
    widest = max((em_width(place) * SMALL for place in places), default=0)
    return max(body.width, widest, least, bold_width(title) * HEADING)


def stage_of(body, title, below, width, shown, margin=MARGIN):
    """A stage: grids as a box, the title above them, captions below.

    Parameters
    ----------
    body : convviz.stage.boxes.Box
    title : str
    below : iterable of CaptionBelow
    width : float
        Without the margins; see `page_width`.
    shown : frozenset of str
        What of `convviz.stage.parts.PARTS` is shown.
    margin : float
        Width of the space around the stage's content, in units.
    """
    heading, captions, top = wrap(title, width / HEADING, measure=bold_width), [], margin
    if "title" in shown:
        captions.append(Text("title", margin, top + 0.3, heading, HEADING, "start", "strong"))
        top += 0.7 + heading.count("\n") * HEADING * LEADING
    if "step" in shown:
        captions.append(Text("place", margin, top + 0.3, "", SMALL, "start", "faint"))
        top += 0.7
    top += 0.3
    placed, texts = body.moved(margin + (width - body.width) / 2, top)
    y = top + body.height + 0.7
    for line in below:
        captions.append(Text(line.name, margin, y, line.text, line.size, "start", line.role))
        y += line.lines * line.size * LEADING + 0.12
    return Stage(width + 2 * margin, y + 0.2, placed, (*captions, *texts), (), 0, title)


def remark_captions(remarks, width, parts):
    """Remarks as captions below, broken into lines; the first is the size of the result, or the most important one.

    `parts` are the captions that are shown; see `convviz.stage.parts`.

    Each comes with whether it is shown; for one that is not, there is space.
    """
    for number, (remark, shown) in enumerate(remarks):
        if ("remarks" if number else "output size") not in parts:
            continue
        text = wrap(remark, width / SMALL) if number else between_equations(remark, width / SMALL)
        role = "text" if number == 0 else "faint"
        yield CaptionBelow(f"remark.{number}", SMALL, role, text.count("\n") + 1, text if shown else "")


def between_equations(text, width):
    """Equations, with ", " between them, in lines of at most `width` sizes of letters; broken within one only if it must be."""
    equations = text.split(", ")
    if em_width(text) > width and all(em_width(equation) <= width for equation in equations):
        return ",\n".join(equations)
    return wrap(text, width)


def arrange(view, samples, notes=True):
    """All grids in the arrangements that are possible, as boxes, and what is remarked about them.

    Parameters
    ----------
    view : convviz.stage.view.View
    samples : list of convviz.steps.Step
        Some of the steps, whose numbers the grids must have space for.
    notes : bool, default True
        Whether what is multiplied stands above each product.

    Returns
    -------
    convviz.stage.arrangements.Bodies
    tuple of str
    """
    channels = [None] if view.colour else view.inputs
    inputs = [grids.input_grid(view, channel) for channel in channels]
    outputs = [grids.output_grid(view, channel) for channel in view.filters]
    slots = slot_grids(view, samples, notes)
    sums = [sums_of(view, samples)] if view.sum_labels() else []
    remarks = dict.fromkeys(remark for part in (*inputs, *outputs, *chain(*slots), *sums) for remark in part.remarks)
    found = GridParts(inputs, slots, sums, outputs)
    usual, narrow = (kind.boxes(view, samples[0].kind) for kind in (found.alike(), found.alike_by_kind()))

    def tight():
        return arrangements.bodies(found.tight(view).boxes(view, samples[0].kind))

    return arrangements.Bodies(arrangements.bodies(usual), telephone.narrow_bodies(narrow), tight), tuple(remarks)


@dataclass(frozen=True)
class GridParts:
    """The grids of a view as `convviz.stage.grids.GridPart`, by kind; `slots` has a list of grids for each channel."""

    inputs: list
    slots: list
    sums: list
    outputs: list

    def alike(self):
        """All of them with letters of one size, where none gets too small by it."""
        parts = [*self.inputs, *self.outputs, *self.sums, *chain(*self.slots)]
        same_size = iter(grids.alike(parts))
        inputs, outputs, sums, *slots = (
            [next(same_size) for _ in kind] for kind in (self.inputs, self.outputs, self.sums, *self.slots)
        )
        return GridParts(inputs, slots, sums, outputs)

    def tight(self, view):
        """All of them with letters as high as those of titles, in the smallest cells that hold these, and with short titles."""
        names, inputs, outputs = view.captions, list(map(grids.tight, self.inputs)), list(map(grids.tight, self.outputs))
        if len(inputs) > 1:
            titles = [names["of_channel"].format(channel) for channel in view.inputs]
            inputs = [grids.titled(part, title) for part, title in zip(inputs, titles, strict=True)]
        if len(outputs) > 1:
            titles = [names["output"].format(channel) for channel in view.filters]
            outputs = [grids.titled(part, title) for part, title in zip(outputs, titles, strict=True)]
        slots, sums = [list(map(grids.tight, slot)) for slot in self.slots], list(map(grids.tight, self.sums))
        return GridParts(inputs, slots, sums, outputs).alike()

    def alike_by_kind(self):
        """Those of each kind with letters of one size, where space is too scarce for one size of all."""
        slots = zip(*(grids.alike(kind) for kind in zip(*self.slots, strict=True)), strict=True)
        alike = list(map(list, slots)) or self.slots
        return GridParts(grids.alike(self.inputs), alike, self.sums, grids.alike(self.outputs))

    def boxes(self, view, kind):
        """Each grid with its title, as `convviz.stage.arrangements.Parts` of steps of a kind."""
        inputs, outputs, sums = (
            [captioned(part.grid) for part in grids.level(parts)] for parts in (self.inputs, self.outputs, self.sums)
        )
        slots = [[captioned(part.grid) for part in slot] for slot in self.slots]
        return arrangements.Parts(view, kind, inputs, slots, sums, outputs)


def slot_grids(view, samples, notes):
    """The grids of each channel that a step reads, as far as these are shown: a list of `GridPart` for each."""
    slots = range(view.slots)
    if not view.numeric_kernel:
        return [[] if view.pooled else [grids.kernel_grid(view, slot)] for slot in slots]
    if view.apart:
        return [apart_grids(view, filter_, samples) for filter_ in view.filters]
    if not view.gathers:
        return [[grids.kernel_grid(view, slot), stamp_grid(view, slot, samples)] for slot in slots]
    windows = window_grids(view, samples) if view.pooled or not view.numeric_input else [[]] * view.slots
    if view.pooled:
        return windows
    products = product_grids(view, samples, notes)
    return [[*windows[slot], grids.kernel_grid(view, slot), products[slot]] for slot in slots]


def apart_grids(view, filter_, samples):
    """The kernel and the products of one of several filters that each have their own; notes would be too small there."""
    alone = replace(view, filters=(filter_,))
    kernel, (products,) = grids.kernel_grid(alone, 0), product_grids(alone, samples, notes=False)
    channel, colour = view.trace.channels_of(filter_)[0], view.output_colour(filter_)
    meets = (view.input_name(channel), *kernel.grid.meets[1:])
    names = [view.slot_name(kind, 0, filter_) for kind in ("kernel", "products")]
    return [
        replace(kernel, grid=replace(kernel.grid, name=names[0], colour=colour, meets=meets)),
        replace(products, grid=replace(products.grid, name=names[1], colour=colour)),
    ]


def stamp_grid(view, slot, samples):
    """The kernel times an input cell."""
    numbers = [shorten(value) for step in samples for value in step.products[:, :, slot].ravel()]
    return grids.window_grid(view, view.slot_name("stamp", slot), view.captions["stamp"], numbers)


def window_grids(view, samples):
    """The enlarged window of each channel, as a list of one."""
    numbers = [shorten(value) for step in samples for value in step.values[:, :, : view.slots].ravel()]
    alike = len(view.groups) == 1
    titles = [f"{view.captions['window']} {grids.size_text(*view.kernel_size)}"] * view.slots
    if view.depth > 1 and alike:
        titles = [view.captions["of_channel"].format(view.slot_channel(slot)) for slot in range(view.slots)]
    names = [view.slot_name("window", slot) for slot in range(view.slots)]
    greys = None if view.numeric_input else tuple(map(Fraction, grey_bounds(view.trace.source[view.batch])))
    return [[grids.window_grid(view, name, title, numbers, greys=greys)] for name, title in zip(names, titles, strict=True)]


def product_grids(view, samples, notes):
    """The products of each channel, in cells of one size."""
    numbers = [shorten(value) for step in samples for value in step.products[:, :, : view.slots].ravel()]
    slots = range(view.slots)
    notes = [note for step in samples for slot in slots for row in frames.product_notes(step, slot) for note in row if notes]
    title = view.captions["products"]
    return [
        grids.window_grid(view, view.slot_name("products", slot), title, numbers, notes, view.slot_colour(slot))
        for slot in slots
    ]


def sums_of(view, samples):
    """The grid of the channels' sums and the bias."""
    return grids.sums_grid(view, [line for step in samples for line in frames.channel_sums(view, step)])
