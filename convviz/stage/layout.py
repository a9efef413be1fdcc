"""The places of the grids and captions of a view."""

from dataclasses import dataclass
from itertools import chain

from convviz.stage import arrangements, frames, grids
from convviz.stage.boxes import captioned
from convviz.stage.scene import Stage, Text
from convviz.stage.text_width import bold_width, em_width, wrap
from convviz.steps.notation import shorten

__all__ = ["FORMULA", "MARGIN", "SMALL", "CaptionBelow", "arrange", "page_width", "remark_captions", "stage_of"]

#: Heights of letters, in units: of the title, of the formula, of other captions; and the distance of lines.
TITLE, FORMULA, SMALL, LEADING = 0.5, 0.48, 0.42, 1.35
MARGIN, LEAST_WIDTH, NARROWEST = 0.6, 19.2, 8.0


@dataclass(frozen=True)
class CaptionBelow:
    """A caption under the grids: its height of letters, its role, how many lines it takes, its text if all steps share it."""

    name: str
    size: float
    role: str
    lines: int
    text: str = ""


def page_width(body, title, places, narrow=False):
    """Width of a stage without its margins: on a narrow medium titles are broken into lines, which `places` are not."""
    widest = max((em_width(place) * SMALL for place in places), default=0)
    return max(body.width, widest, NARROWEST if narrow else LEAST_WIDTH, 0 if narrow else bold_width(title) * TITLE)


def stage_of(body, title, below, steps, lang, width, shown):
    """A stage: grids as a box, the title above them, captions below.

    Parameters
    ----------
    body : convviz.stage.boxes.Box
    title : str
    below : iterable of CaptionBelow
    steps : int
        How many steps the trace has.
    lang : str
    width : float
        Without the margins; see `page_width`.
    shown : frozenset of str
        What of `convviz.stage.parts.PARTS` is shown.
    """
    heading, captions, top = wrap(title, width / TITLE, measure=bold_width), [], MARGIN
    if "title" in shown:
        captions.append(Text("title", MARGIN, top + 0.3, heading, TITLE, "start", "strong"))
        top += 0.7 + heading.count("\n") * TITLE * LEADING
    if "step" in shown:
        captions.append(Text("place", MARGIN, top + 0.3, "", SMALL, "start", "faint"))
        top += 0.7
    top += 0.3
    placed, texts = body.moved(MARGIN + (width - body.width) / 2, top)
    y = top + body.height + 0.7
    for line in below:
        captions.append(Text(line.name, MARGIN, y, line.text, line.size, "start", line.role))
        y += line.lines * line.size * LEADING + 0.12
    return Stage(width + 2 * MARGIN, y + 0.2, placed, (*captions, *texts), (), steps, title, lang)


def remark_captions(remarks, width, parts):
    """Remarks as captions below, broken into lines; the first is the size of the result, or the most important one.

    `parts` are the captions that are shown; see `convviz.stage.parts`.

    Each comes with whether it is shown; for one that is not, there is space.
    """
    for number, (remark, shown) in enumerate(remarks):
        if ("remarks" if number else "output size") not in parts:
            continue
        text = wrap(remark, width / SMALL)
        role = "text" if number == 0 else "faint"
        yield CaptionBelow(f"remark.{number}", SMALL, role, text.count("\n") + 1, text if shown else "")


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
    list of convviz.stage.boxes.Box
    tuple of str
    """
    channels = [None] if view.colour else view.inputs
    inputs = [grids.input_grid(view, channel) for channel in channels]
    outputs = [grids.output_grid(view, channel) for channel in view.filters]
    slots = slot_grids(view, samples, notes)
    sums = [sums_of(view, samples)] if view.sum_labels() else []
    remarks = dict.fromkeys(remark for part in (*inputs, *outputs, *chain(*slots), *sums) for remark in part.remarks)
    counts = [len(part) for part in (inputs, outputs, sums, *slots)]
    same_size = iter(grids.alike([*inputs, *outputs, *sums, *chain(*slots)]))
    inputs, outputs, sums, *slots = ([next(same_size) for _ in range(count)] for count in counts)
    inputs, outputs, sums = ([captioned(part.grid) for part in parts] for parts in (inputs, outputs, sums))
    slots = [[captioned(part.grid) for part in slot] for slot in slots]
    return arrangements.bodies(arrangements.Parts(view, samples[0].kind, inputs, slots, sums, outputs)), tuple(remarks)


def slot_grids(view, samples, notes):
    """The grids of each channel that a step reads, as far as these are shown: a list of `GridPart` for each."""
    slots = range(view.slots)
    if not view.numeric_kernel:
        return [[] if view.pooled else [grids.kernel_grid(view, slot)] for slot in slots]
    if not view.gathers:
        return [[grids.kernel_grid(view, slot), stamp_grid(view, slot, samples)] for slot in slots]
    windows = window_grids(view, samples) if view.pooled or not view.numeric_input else [[]] * view.slots
    if view.pooled:
        return windows
    products = product_grids(view, samples, notes)
    return [[*windows[slot], grids.kernel_grid(view, slot), products[slot]] for slot in slots]


def stamp_grid(view, slot, samples):
    """The kernel times an input cell."""
    numbers = [shorten(value) for step in samples for value in step.products[:, :, slot].ravel()]
    return grids.window_grid(view, view.slot_name("stamp", slot), view.captions["stamp"], numbers)


def window_grids(view, samples):
    """The enlarged window of each channel, as a list of one."""
    numbers = [shorten(value) for step in samples for value in step.values[:, :, : view.slots].ravel()]
    alike = len({view.trace.channels_of(f) for f in view.filters}) == 1
    titles = [f"{view.captions['window']} {grids.size_text(*view.kernel_size)}"] * view.slots
    if view.depth > 1 and alike:
        titles = [view.captions["of_channel"].format(view.slot_channel(slot)) for slot in range(view.slots)]
    names = [view.slot_name("window", slot) for slot in range(view.slots)]
    return [[grids.window_grid(view, name, title, numbers)] for name, title in zip(names, titles, strict=True)]


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
