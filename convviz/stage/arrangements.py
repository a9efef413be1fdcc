"""How the grids of a view can stand beside and above each other, and the signs between them.

Which arrangement a medium gets, `convviz.stage.forward.board` decides: that with the largest letters.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain

from convviz.stage.boxes import TITLE_SPACE, Box, above, beside, caption, combine
from convviz.stage.text_width import bold_width
from convviz.stage.view import View
from convviz.steps.notation import shorten

__all__ = [
    "CLOSE",
    "NEAR",
    "STACKED",
    "Bodies",
    "Parts",
    "after_sums",
    "bodies",
    "groups_of",
    "lines_of_slots",
    "rows_of_channels",
    "rows_of_filters",
    "sign",
    "signs",
]

#: Heights of the signs between grids and of those that are words, in units, and the distance of grids with one between them.
SIGN, WORD, NEAR = 0.8, 0.6, 0.4
#: Distance of grids with a sign between them where many stand beside each other, in units.
CLOSE = 0.1
#: Distance of filters that have grids of their own, and of the input and the result of one, in units.
APART, BESIDE = 0.5, 0.2
#: Distance of grids above each other, in units.
STACKED = 0.15
#: Distance of the channels of an image.
CHANNELS = 0.5
#: Width between a picture and the window that is enlarged beside it, where lines join the two, in units.
ZOOM = 1.2
#: Higher than this, grids above each other are put into two columns.
TALLEST = 17


@dataclass(frozen=True, eq=False)
class Parts:
    """The grids of a view as boxes.

    Attributes
    ----------
    view : convviz.stage.view.View
    kind : str
        What its steps do: "maximum", "average" and so on; see `convviz.steps.BaseStep`.
    inputs, sums, outputs : list of convviz.stage.boxes.Box
    slots : list of list of convviz.stage.boxes.Box
        For each of the channels that a step reads and that is shown: window, kernel, products, as far as there are.
    """

    view: View
    kind: str
    inputs: list
    slots: list
    sums: list
    outputs: list


@dataclass(frozen=True, eq=False)
class Bodies:
    """The arrangements of a view's grids, each a list of `convviz.stage.boxes.Box`.

    Attributes
    ----------
    usual, narrow : list
        For most media, and for telephones.
    tight : function
        Without parameters; returns those in cells no larger than their letters need, which few media want.
    """

    usual: list
    narrow: list
    tight: Callable[[], list] = list


def bodies(parts):
    """The arrangements that suit a view: a list of `convviz.stage.boxes.Box`, the usual one first."""
    if parts.view.apart:
        return filters_apart(parts)
    groups = groups_of(parts)
    if len(groups) > 1:
        return in_groups(parts, groups)
    usual, *others = (bodies_with(parts, outputs) for outputs in together(parts.outputs))
    return [*usual, *chain(*others)]


def bodies_with(parts, outputs):
    """The arrangements for results that stand together as the box `outputs`."""
    view = parts.view
    if view.slots > 1 and view.numeric_input:
        return [channels_across(parts, outputs), channels_down(parts, outputs), *channels_in_rows(parts, outputs)]
    if view.slots > 1 or not parts.slots[0]:
        return [in_a_row(parts, pile(parts), outputs), piled(parts, outputs)]
    several = [in_two_rows(parts, outputs)] if len(parts.inputs) > 1 or view.pooled else []
    if len(parts.slots[0]) == 1:
        return [in_a_row(parts, parts.slots[0], outputs), in_a_column(parts, outputs), *several]
    rows = [beside([stacked(parts.inputs), block(parts), outputs], NEAR), in_a_row(parts, line(parts.slots[0]), outputs)]
    return [*rows, in_a_column(parts, outputs), *in_a_loop(parts, outputs), *several]


def groups_of(parts):
    """The inputs and the results of each group of channels, as pairs of lists of boxes; none where they can't be paired."""
    view = parts.view
    if len(parts.inputs) < len(view.inputs):  # a picture in colour
        return []
    made = [view.trace.channels_of(filter_) for filter_ in view.filters]
    return [
        (
            [box for channel, box in zip(view.inputs, parts.inputs, strict=True) if channel in channels],
            [box for read, box in zip(made, parts.outputs, strict=True) if tuple(read) == channels],
        )
        for channels in view.groups
    ]


def in_groups(parts, groups):
    """The arrangements for operations that add up no channels of different groups: each group has a column or a row.

    What is multiplied stands between the inputs and the results.
    """
    columns = even_columns([(beside(inputs, CLOSE), beside(outputs, CLOSE)) for inputs, outputs in groups])
    stacks = even_rows([(stacked(inputs), stacked(outputs)) for inputs, outputs in groups])
    rows = even_rows([(beside(inputs, NEAR), beside(outputs, NEAR)) for inputs, outputs in groups])
    sides = [tuple(map(above, stacks)), tuple(map(above, rows))]
    if len(groups) > 2:
        sides.append(tuple(map(in_columns, rows)))
    sides.sort(key=lambda side: max(side[0].height, TALLEST))
    high, flat = between(parts)
    return [
        *(beside([inputs, middle, outputs], NEAR) for inputs, outputs in sides for middle in (high, flat)),
        above([beside(columns[0], CHANNELS), flat, beside(columns[1], CHANNELS)]),
        *(above([inputs, flat, outputs]) for inputs, outputs in sides),
    ]


def filters_apart(parts):
    """The arrangements for filters that have kernels and products of their own: each with its input and result."""
    filters = zip(parts.view.filters, parts.inputs, parts.slots, parts.outputs, strict=True)
    loops = [loop_of_filter(parts.view, *each) for each in filters]
    rows = [beside(row, NEAR) for row in rows_of_filters(parts)]
    several = [beside(loops, APART), above(loops, APART), above(rows, STACKED)]
    return [*several, *([in_columns(loops)] if len(loops) > 2 else [])]


def total_of(view, filter_):
    """The sign before the result of a filter that has grids of its own, with its bias if there is one."""
    if view.operation.bias is None:
        return "Σ"
    bias = shorten(view.operation.bias[filter_]).text
    return f"Σ − {bias.removeprefix('−')}" if bias.startswith("−") else f"Σ + {bias}"


def loop_of_filter(view, filter_, source, slot, output):
    """The `loop` of a filter that has grids of its own."""
    times, equal = low_sign(f"input.{filter_}", "×"), low_sign(f"products.{filter_}", "=")
    total = low_sign(f"output.{filter_}", total_of(view, filter_))
    return loop(source, slot, output, times, equal, total)


def in_a_loop(parts, outputs):
    """One channel for a medium about as high as wide: under its input the kernel, at its right the products and the result."""
    if parts.view.pooled or not parts.view.gathers or len(parts.inputs) > 1:
        return []
    *factors, products = parts.slots[0]
    enlarged = len(factors) > 1  # a window, to which lines lead from the picture
    slot = beside(line(parts.slots[0])[:-2], BESIDE) if enlarged else factors[0], products
    times = low_sign("input", "" if enlarged else "×")
    after = after_sums(parts)
    total = low_sign("output", after[0].texts[0].text) if len(after) == 1 else beside(after, NEAR)
    return [loop(parts.inputs[0], slot, outputs, times, low_sign("products", "="), total, NEAR)]


def loop(source, slot, output, times, equal, total, least=BESIDE):
    """Under an input its kernel, the products at the right of this, and above them the result; with the signs between them.

    The distance of input and result is at least `least`.
    """
    (kernel, products), height = slot, max(source.height, output.height)
    left, right = (max(box.width for box in column) for column in ((source, kernel), (output, products, total)))
    # the sign may stand between a kernel and products that are less wide than what is above them
    spare = (left - kernel.width + right - products.width) / 2
    signed = max(times.height, total.height)
    lower, gap = height + signed, max(least, equal.width + 2 * CLOSE - spare)
    placed = [
        (source, (left - source.width) / 2, height - source.height),
        (times, (left - times.width) / 2, height + (signed - times.height) / 2),
        (kernel, (left - kernel.width) / 2, lower),
        (
            equal,
            ((left + kernel.width) / 2 + left + gap + (right - products.width) / 2 - equal.width) / 2,
            lower + TITLE_SPACE + (kernel.height - TITLE_SPACE - SIGN) / 2,
        ),
        (products, left + gap + (right - products.width) / 2, lower),
        (total, left + gap + (right - total.width) / 2, height + (signed - total.height) / 2),
        (output, left + gap + (right - output.width) / 2, height - output.height),
    ]
    return combine(left + gap + right, lower + max(kernel.height, products.height), placed)


def rows_of_filters(parts):
    """For each filter that has grids of its own: its input, kernel, products and result, with the signs between them."""
    for filter_, source, slot, output in zip(parts.view.filters, parts.inputs, parts.slots, parts.outputs, strict=True):
        times, total = sign(f"input.{filter_}", "×"), sign(f"output.{filter_}", total_of(parts.view, filter_))
        yield [source, times, *line(slot, f".{filter_}"), total, output]


def between(parts):
    """What stands between inputs and results, with the signs around it, as two boxes: narrow, and flat."""
    first, _ = signs(parts)
    if not parts.slots[0]:
        return first, first
    if parts.view.slots > 1:
        lines = enumerate(lines_of_slots(parts))
        rows = above([beside([sign(f"input.{number}", "×"), *slot], NEAR) for number, slot in lines])
        after = beside(after_sums(parts), NEAR)
        return beside([rows, after], NEAR), above([rows, after], CLOSE)
    flat = beside([first, *line(parts.slots[0]), *after_sums(parts)], NEAR)
    return flat, block(parts) if len(parts.slots[0]) > 1 else flat


def even_columns(pairs):
    """The first and the second boxes of pairs, as wide as their partners and as high as each other."""
    widths = [max(box.width for box in pair) for pair in pairs]
    return [
        [padded(box, width, max(each.height for each in row)) for box, width in zip(row, widths, strict=True)]
        for row in zip(*pairs, strict=True)
    ]


def even_rows(pairs):
    """The first and the second boxes of pairs, as high as their partners and as wide as each other."""
    heights = [max(box.height for box in pair) for pair in pairs]
    return [
        [padded(box, max(each.width for each in column), height) for box, height in zip(column, heights, strict=True)]
        for column in zip(*pairs, strict=True)
    ]


def padded(box, width, height):
    """A box in the middle of a larger one."""
    return combine(width, height, [(box, (width - box.width) / 2, (height - box.height) / 2)])


def together(outputs):
    """How the results of several filters can stand together: a list of boxes, the usual one first."""
    if len(outputs) == 1:
        return outputs
    return [stacked(outputs), beside(outputs, CHANNELS), *([in_columns(outputs)] if len(outputs) > 2 else [])]


def sign(name, text):
    """A sign between two grids as a box."""
    if len(text) > 1 and text.isalpha():
        return caption(f"sign.{name}", text, WORD, "strong", bold_width)
    return caption(f"sign.{name}", text, SIGN, "strong")


def low_sign(name, text):
    """A sign as a box that is as low as the sign itself."""
    box = sign(name, text)
    return replace(box, height=SIGN, texts=tuple(replace(text, y=SIGN / 2) for text in box.texts))


def signs(parts):
    """The signs before and after what stands between the input and the result."""
    view = parts.view
    first, last = "×", "Σ"
    if view.pooled:
        first, last = "→", view.captions.get(f"sign_{parts.kind}", "→")
    elif not view.gathers:
        last = "→"
    elif parts.sums and not view.adds_channels:  # the bias follows, which is added
        last = "Σ +"
    if not view.numeric_input and not view.pooled:
        first = "→"
    return sign("input", first), sign("output", last)


def in_a_row(parts, middle, outputs):
    """Input, window, kernel and products, and result from left to right."""
    ends = after_sums(parts) if middle else []
    return beside([stacked(parts.inputs), before_all(parts) if middle else signs(parts)[0], *middle, *ends, outputs], NEAR)


def before_all(parts):
    """What stands between an input and what is at its right: a sign, or space for the lines that enlarge the window."""
    view = parts.view
    if not view.numeric_input and view.numeric_kernel and len(parts.inputs) == 1:
        return Box(ZOOM, 0)
    return signs(parts)[0]


def with_bias(parts):
    """The bias or the sums, and the sign that follows them."""
    return [*parts.sums, sign("total", "=")] if parts.sums else []


def in_a_column(parts, outputs):
    """Input, window, kernel and products, and result from top to bottom, for what is higher than wide."""
    first, _ = signs(parts)
    middle = beside(line(parts.slots[0]), NEAR)
    if len(parts.slots[0]) == 3:  # an enlarged window stands above what it is multiplied with
        window, times, *others = line(parts.slots[0])
        middle = above([window, times, beside(others, NEAR)], STACKED)
    return above([stacked(parts.inputs), first, middle, beside(after_sums(parts), NEAR), outputs], STACKED)


def in_two_rows(parts, outputs):
    """The channels beside each other; under them what they are multiplied with or the window, and the results."""
    first = [] if parts.view.pooled else [signs(parts)[0]]  # lines lead down to the window, no arrow from its left
    below = [*first, *line(parts.slots[0]), *after_sums(parts), outputs]
    return above([beside(parts.inputs, CHANNELS), beside(below, NEAR)], 0.6)


def line(slot, number=""):
    """Window, kernel and products from left to right, with the signs between them; `number` is that of the channel."""
    if len(slot) == 1:
        return slot
    *factors, products = slot
    window = [factors[0], sign(f"window{number}", "×")] if len(factors) > 1 else []
    return [*window, factors[-1], sign(f"products{number}", "="), products]


def lines_of_slots(parts):
    """The `line` of each of several channels, or of the only one; none where the channels have no grids."""
    several = len(parts.slots) > 1
    return [line(slot, f".{number}" if several else "") for number, slot in enumerate(parts.slots) if slot]


def block(parts):
    """The kernel above the products, a sign before the former and one after the latter; at their left an enlarged window."""
    *factors, products = parts.slots[0]
    window = [factors[0], sign("window", "×")] if len(factors) > 1 else []
    before, after, equal = beside([before_all(parts), *window], NEAR), beside(after_sums(parts), NEAR), sign("products", "=")
    kernel, width = factors[-1], max(factors[-1].width, products.width)
    left, lower = before.width + NEAR, max(before.height, factors[-1].height) + equal.height + 2 * CLOSE
    upper, last = lower - equal.height - 2 * CLOSE, max(products.height, after.height)
    placed = [
        (before, 0, (upper - before.height) / 2),
        (kernel, left + (width - kernel.width) / 2, (upper - kernel.height) / 2),
        (equal, left + (width - equal.width) / 2, upper + CLOSE),
        (products, left + (width - products.width) / 2, lower + (last - products.height) / 2),
        (after, left + width + NEAR, lower + (last - after.height) / 2),
    ]
    return combine(left + width + NEAR + after.width, lower + last, placed)


def pile(parts):
    """The grids of each channel beside each other, the channels above each other."""
    return [above([beside(slot, NEAR) for slot in lines_of_slots(parts)])] if any(parts.slots) else []


def channels_across(parts, outputs):
    """The channels from left to right: each has its grids under its input; then the sums and the result."""
    return beside([beside(columns(parts), CHANNELS), *after_sums(parts), outputs], NEAR)


def channels_down(parts, outputs):
    """The channels from top to bottom, each with its grids under its input; then the sums and the results."""
    return above([*columns(parts), beside(after_sums(parts), NEAR), outputs], 0.3)


def channels_in_rows(parts, outputs):
    """Each channel in a row, from its input to its products; beside the rows or below them the sums and the result."""
    rows, ends = above(rows_of_channels(parts, NEAR), STACKED), beside([*after_sums(parts), outputs], NEAR)
    return [beside([rows, ends], NEAR), above([rows, ends], 0.3)]


def rows_of_channels(parts, gap):
    """For each channel a row from its input to its products, with this distance between the grids."""
    pairs = enumerate(zip(parts.inputs, lines_of_slots(parts), strict=True))
    return [beside([source, sign(f"input.{number}", "×"), *slot], gap) for number, (source, slot) in pairs]


def columns(parts):
    """For each channel its input, and under it what it is multiplied with, and the products."""
    boxes = []
    for number, (source, (factor, *others)) in enumerate(zip(parts.inputs, lines_of_slots(parts), strict=True)):
        times = low_sign(f"input.{number}", "×")
        lower = beside([above([times, factor], 0), *(above([Box(0, SIGN), box], 0) for box in others)], CLOSE)
        width = max(source.width, lower.width)  # the kernel begins where its input does, so that lines between them are short
        boxes.append(above([replace(box, width=width) for box in (source, lower)], 0))
    return boxes


def after_sums(parts):
    """The signs before and after the sums, with the sums between them."""
    _, last = signs(parts)
    return [last, *with_bias(parts)]


def piled(parts, outputs):
    """Everything from top to bottom, for what is higher than wide."""
    first, _ = signs(parts)
    ends = [beside(after_sums(parts), NEAR)] if any(parts.slots) else []
    return above([*parts.inputs, first, *pile(parts), *ends, outputs], 0.3)


def stacked(boxes):
    """Boxes above each other, or in two columns if one would be too high."""
    if len(boxes) < 4 or len(boxes) * boxes[0].height < TALLEST:
        return above(boxes, STACKED)
    return in_columns(boxes)


def in_columns(boxes):
    """Boxes in two columns, row by row."""
    columns = above(boxes[0::2]), above(boxes[1::2])
    height = max(column.height for column in columns)
    return beside([replace(column, height=height) for column in columns])
