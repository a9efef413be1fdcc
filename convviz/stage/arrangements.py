"""How the grids of a view can stand beside and above each other, and the signs between them.

Which arrangement a medium gets, `convviz.stage.forward.board` decides: that with the largest letters.
"""

from dataclasses import dataclass

from convviz.stage.boxes import Box, above, beside, caption
from convviz.stage.view import View

__all__ = ["Parts", "bodies"]

#: Height of the signs between grids, in units, and the distance of grids with a sign between them.
SIGN, NEAR = 0.8, 0.4
#: Distance of the channels of an image.
CHANNELS = 0.7
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


def bodies(parts):
    """The arrangements that suit a view: a list of `convviz.stage.boxes.Box`, the usual one first.

    One of them is for narrow media.
    """
    view = parts.view
    if view.slots > 1 and view.numeric_input:
        return [channels_across(parts), channels_down(parts)]
    if view.slots > 1 or not parts.slots[0]:
        return [in_a_row(parts, pile(parts)), piled(parts)]
    several = [in_two_rows(parts)] if len(parts.inputs) > 1 else []
    if len(parts.slots[0]) == 1:
        return [in_a_row(parts, parts.slots[0]), in_a_column(parts), *several]
    return [in_a_row(parts, [block(parts)]), in_a_row(parts, line(parts)), in_a_column(parts), *several]


def sign(name, text):
    """A sign between two grids as a box."""
    return caption(f"sign.{name}", text, SIGN, "strong")


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


def in_a_row(parts, middle):
    """Input, window, kernel and products, and result from left to right."""
    view = parts.view
    first, last = signs(parts)
    if middle and not view.numeric_input and view.numeric_kernel and len(parts.inputs) == 1:
        first = Box(ZOOM, 0)  # the lines that enlarge the window are drawn here
    ends = [last, *with_bias(parts)] if middle else []
    return beside([stacked(parts.inputs), first, *middle, *ends, stacked(parts.outputs)], NEAR)


def with_bias(parts):
    """The bias or the sums, and the sign that follows them."""
    return [*parts.sums, sign("total", "=")] if parts.sums else []


def in_a_column(parts):
    """Input, window, kernel and products, and result from top to bottom, for what is higher than wide."""
    first, last = signs(parts)
    middle = beside(line(parts), NEAR)
    if len(parts.slots[0]) == 3:  # an enlarged window stands above what it is multiplied with
        window, times, *others = line(parts)
        middle = above([window, times, beside(others, NEAR)], 0.15)
    ends = [beside([last, *with_bias(parts)], NEAR)] if parts.sums else [last]
    return above([stacked(parts.inputs), first, middle, *ends, stacked(parts.outputs)], 0.15)


def in_two_rows(parts):
    """Several channels beside each other; under them what they are multiplied with, and the results."""
    first, last = signs(parts)
    below = [first, *line(parts), last, *with_bias(parts), beside(parts.outputs, CHANNELS)]
    return above([beside(parts.inputs, CHANNELS), beside(below, NEAR)], 0.6)


def line(parts):
    """Window, kernel and products from left to right, with the signs between them."""
    if len(parts.slots[0]) == 1:
        return parts.slots[0]
    *factors, products = parts.slots[0]
    window = [factors[0], sign("window", "×")] if len(factors) > 1 else []
    return [*window, factors[-1], sign("products", "="), products]


def block(parts):
    """The kernel above the products, an enlarged window at their left."""
    *factors, products = parts.slots[0]
    right = above([factors[-1], sign("products", "="), products], 0.1)
    return beside([factors[0], sign("window", "×"), right], NEAR) if len(factors) > 1 else right


def pile(parts):
    """The grids of each channel beside each other, the channels above each other."""
    return [above([beside(slot, 0.5) for slot in parts.slots])] if any(parts.slots) else []


def channels_across(parts):
    """The channels from left to right: each has its grids under its input; then the sums and the result."""
    slots = [beside(slot, 0.4) for slot in parts.slots]
    if len(parts.inputs) == len(slots):
        left = beside([above(pair) for pair in zip(parts.inputs, slots, strict=True)], CHANNELS)
    else:  # a step reads the channels of one group only
        left = above([beside(parts.inputs, CHANNELS), beside(slots, CHANNELS)])
    _, last = signs(parts)
    return beside([left, last, *with_bias(parts), stacked(parts.outputs)], NEAR)


def channels_down(parts):
    """The channels from top to bottom, each with its grids under its input; then the sums and the results."""
    slots = [beside(slot, NEAR) for slot in parts.slots]
    if len(parts.inputs) == len(slots):
        upper = [above(pair, 0.15) for pair in zip(parts.inputs, slots, strict=True)]
    else:
        upper = [*parts.inputs, *slots]
    _, last = signs(parts)
    return above([*upper, beside([last, *with_bias(parts)], NEAR), *parts.outputs], 0.3)


def piled(parts):
    """Everything from top to bottom, for what is higher than wide."""
    _, last = signs(parts)
    return above([*parts.inputs, *pile(parts), *([last] if any(parts.slots) else []), *parts.sums, *parts.outputs], 0.3)


def stacked(boxes):
    """Boxes above each other, or in two columns if one would be too high."""
    if len(boxes) < 4 or len(boxes) * boxes[0].height < TALLEST:
        return above(boxes)
    return beside([above(boxes[:2]), above(boxes[2:])])
