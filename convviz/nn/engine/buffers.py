"""Where a plan's arrays are: which of them are needed at the same time, and how the others share memory.

Times are numbered: step t of n forward has time t, its backward pass time 2·n − t. An array is needed from the
time at which it is written to the last at which it is read. All sizes are numbers a sample, so that one layout holds
for every number of samples.
"""

from typing import NamedTuple

__all__ = ["Layout", "Need", "layout", "needs", "pack"]

#: Arrays begin on whole cache lines whatever the number of samples.
ALIGNMENT = 16


class Need(NamedTuple):
    """An array that is needed from one time to another."""

    name: tuple
    size: int
    first: int
    last: int


class Layout(NamedTuple):
    """Where arrays begin, by name, and how many numbers a sample all of them take."""

    places: dict
    size: int


def gradient_slots(plan):
    """For every slot, the slot whose gradient's memory holds its own gradient.

    Steps that give every number its gradient do so in place, if nothing else adds to it.
    """
    slots = {}
    for step in reversed(plan.steps):
        mine = slots.setdefault(step.output.slot, step.output.slot)
        for value in step.inputs:
            shared = step.kind in ("activation", "dropout", "batch_normalization")
            if shared and plan.readings(value.slot) == 1:
                slots.setdefault(value.slot, mine)
    return slots


def wanted(plan):
    """The slots whose gradients are needed: those that trained weights have a part in."""
    found = set()
    for step in plan.steps:
        if step.trained or any(value.slot in found for value in step.inputs):
            found.add(step.output.slot)
    return found


def needs(plan):
    """What arrays a plan needs, and when.

    Names are ("value", slot), ("gradient", slot), ("argmax", slot) for the places of maxima, ("unpooled", slot) for the
    gradient of what a step of several parts pools, and ("added", step, place) for what is added to the gradient of an
    input that others read too.

    Returns
    -------
    list of Need
    """
    spans = {}

    def use(name, size, time):
        first, last, most = spans.get(name, (time, time, 0))
        spans[name] = min(first, time), max(last, time), max(most, size)

    for value in plan.inputs:
        use(("value", value.slot), value.size, -1)
    for time, step in enumerate(plan.steps):
        for value in (*step.inputs, step.output):
            use(("value", value.slot), value.size, time)
        if step.pool or step.kind in ("max_pooling", "global_max"):
            use(("argmax", step.output.slot), step.output.size, time)
    end = len(plan.steps)
    for value in plan.outputs:
        use(("value", value.slot), value.size, end)
    if plan.training:
        use_backward(plan, use)
    return [Need(name, size, first, last) for name, (first, last, size) in spans.items()]


def use_backward(plan, use):
    """What the backward pass reads and writes, passed to ``use(name, size, time)``."""
    end = len(plan.steps)
    slots, found = gradient_slots(plan), wanted(plan)
    for value in plan.outputs:
        use(("gradient", slots.get(value.slot, value.slot)), value.size, end)
    for time, step in enumerate(plan.steps):
        if step.output.slot not in found:
            continue
        back = 2 * end - time
        use(("gradient", slots[step.output.slot]), step.output.size, back)
        if step.needs_output:
            use(("value", step.output.slot), step.output.size, back)
        if step.pool or step.kind in ("max_pooling", "global_max"):
            use(("argmax", step.output.slot), step.output.size, back)
        if step.pool:
            use(("unpooled", step.output.slot), step.before.size, back)
        for place, value in enumerate(step.inputs):
            if step.needs_inputs:
                use(("value", value.slot), value.size, back)
            if value.slot in found:
                use(("gradient", slots.get(value.slot, value.slot)), value.size, back)
                if plan.readings(value.slot) > 1:
                    use(("added", time, place), value.size, back)


def pack(wishes):
    """Lay arrays out so that those needed at the same time do not overlap: the largest first, each as low as it goes.

    Parameters
    ----------
    wishes : sequence of Need

    Returns
    -------
    Layout

    Examples
    --------
    >>> pack([Need("a", 100, 0, 1), Need("b", 50, 2, 3), Need("c", 20, 1, 2)])
    Layout(places={'a': 0, 'b': 0, 'c': 112}, size=144)
    """
    places, placed, size = {}, [], 0
    for need in sorted(wishes, key=lambda need: -need.size):
        wide = -(-need.size // ALIGNMENT) * ALIGNMENT
        start = 0
        for begin, stop in sorted(taken(placed, need)):
            if begin - start >= wide:
                break
            start = max(start, stop)
        places[need.name] = start
        placed.append((need, start, start + wide))
        size = max(size, start + wide)
    return Layout(places, size)


def taken(placed, need):
    """The ranges of arrays that are needed at the same time as `need`."""
    for other, begin, stop in placed:
        if other.first <= need.last and need.first <= other.last:
            yield begin, stop


def layout(plan):
    """The `Layout` of all arrays of a plan."""
    return pack(needs(plan))
