"""Remarks under the grids: about cells that no window reads, rounding, and what is not shown."""

from convviz.stage.titles import copies_border

__all__ = ["remarks_of"]


def remarks_of(view, grid_remarks=()):
    """The remarks of a view, one after the other, each with whether it is shown; else only space is left for it.

    Where the user has a caption for them, that is the only one.
    """
    line, usual = view.captions["remarks_line"], usual_remarks(view, grid_remarks)
    if not line:
        return usual
    return [(line.format(view.captions["clause"].join(remark for remark, shown in usual if shown)), True)]


def usual_remarks(view, grid_remarks):
    """The remarks of a view in the usual words.

    `grid_remarks`, those about its grids, come last but for one: which part of the steps is shown. Single pictures do not
    say that, but are as high as an animation that does.
    """
    if copies_border(view):
        yield view.captions[f"padding_{view.operation.padding_mode}"], True
    yield from ((remark, True) for remark in reach_remarks(view))
    yield from ((remark, True) for remark in selection_remarks(view))
    if view.downsampling > 1:
        yield view.captions["reduced"].format(view.downsampling), True
    yield from ((remark, True) for remark in grid_remarks)
    if 1 < len(view.indices) < len(view.trace):
        yield view.captions["picked"].format(f"{len(view.indices):,}", f"{len(view.trace):,}"), not view.still


def reach_remarks(view):
    """Remarks about cells that no window reads, and about windows that reach beyond the padding."""
    names, geometry, parts = view.captions, view.trace.geometry, []
    hatched = names["hatched"] if view.numeric_input else ""
    for axis, missing in zip(("row", "column"), geometry.unreached(), strict=True):
        if missing:
            parts.append(names[f"unreached_{axis}{'' if len(missing) == 1 else 's'}"].format(len(missing)))
    if parts:
        yield names["unreached"].format(names["and"].join(parts)) + hatched
    outside = view.operation.names.outside.get(view.lang)
    if outside and view.gathers and geometry.kind(*(end - 1 for _, end in view.extent)) == "outside":
        yield outside.format(hatched)


def selection_remarks(view):
    """Remarks about channels and filters that are not shown."""
    names, trace = view.captions, view.trace
    if view.depth > view.slots:
        yield names["more"].format(view.depth - view.slots)
    if trace.shape[1] > len(view.filters):
        counted = names["some_channels" if view.pooled else "some_filters"]
        yield counted.format(numbered(view.filters, names), trace.shape[1])


def numbered(numbers, names):
    """Ascending whole numbers as text: their span where they follow each other, such as ``4 to 7``."""
    first, last = numbers[0], numbers[-1]
    if last - first == len(numbers) - 1:
        return names["span"].format(first, last)
    return names["comma"].join(map(str, numbers))
