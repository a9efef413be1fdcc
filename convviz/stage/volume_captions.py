"""What is written at and under the blocks of a trace: see `convviz.stage.volumes`."""

from convviz.stage.grids import rounding_remark, size_text
from convviz.stage.remarks import numbered
from convviz.stage.titles import copies_border

__all__ = ["labels_of", "longest_labels", "remarks_of", "signs_of", "size_line"]


def size_line(view):
    """The size of the output, with its numbers filled in."""
    return view.captions["size_line"].format(view.trace.geometry.formula(view.captions["axes"]))


def labels_of(view, step):
    """The two lines under each block at a step: what it is and its size; and which of its layers is in front."""
    names, trace = view.captions, view.trace
    size = "×".join(map(str, trace.source.shape[1:]))
    labels = {"input": (names["input"].format(size), names["front_channel"].format(step.channels[-1]))}
    if not view.pooled:
        size = "×".join(map(str, (*view.kernel_size, view.depth)))
        title = names["kernel"].format(size) if trace.result.shape[3] == 1 else names["filter_size"].format(step.channel, size)
        labels["kernel"] = title, names["front_channel"].format(step.channels[-1])
    size = "×".join(map(str, trace.result.shape[1:]))
    front = names["front_channel" if view.pooled else "front_filter"].format(step.channel)
    labels["output"] = names["output"].format(size), front
    depths = {"input": trace.source.shape[3], "kernel": view.depth, "output": trace.result.shape[3]}
    return {name: (title, front if depths[name] > 1 else "") for name, (title, front) in labels.items()}


def longest_labels(view, samples):
    """The longest lines under each block, and the numbers of filters under the small ones."""
    every = [labels_of(view, step) for step in samples]
    found = {
        name: tuple(max(lines, key=len) for lines in zip(*(each[name] for each in every), strict=True)) for name in every[0]
    }
    return found | {f"filter.{number}": (str(number), "") for number in view.filters}


def signs_of(view, kind):
    """What stands between the blocks."""
    if view.pooled:
        return [view.captions.get(f"sign_{kind}", "→")]
    return ["×", "Σ" if view.gathers else "→"]


def remarks_of(view, numbers):
    """The remarks under the picture, each with whether it is shown; else only space is left for it."""
    names = view.captions
    usual = [(remark, True) for remark in depth_remarks(view)]
    if copies_border(view):
        usual.append((names[f"padding_{view.operation.padding_mode}"], True))
    if view.trace.shape[1] > len(view.filters):
        counted = names["some_channels" if view.pooled else "some_filters"]
        usual.append((counted.format(numbered(view.filters, names), view.trace.shape[1]), True))
    results = [number for past in numbers.get("output", {}).values() for _, number in past]
    rounded = rounding_remark(view, numbers.get("input", {}).values(), computed=False) or rounding_remark(view, results)
    usual += [(remark, True) for remark in rounded]
    if 1 < len(view.indices) < len(view.trace):
        usual.append((names["picked"].format(f"{len(view.indices):,}", f"{len(view.trace):,}"), not view.still))
    if names["remarks_line"]:
        return [(names["remarks_line"].format(names["clause"].join(remark for remark, shown in usual if shown)), True)]
    return usual


def depth_remarks(view):
    """What is remarked about the depth of filters."""
    names, channels = view.captions, view.trace.source.shape[3]
    if view.pooled:
        return [names["pooled_apart"]] if channels > 1 else []
    if view.depth < channels:
        return [names["depth_one" if view.depth == 1 else "depth_some"].format(view.depth, channels)]
    if view.depth == 1 or not view.gathers:
        return []
    rows, columns = view.kernel_size
    key = "depth_all" if view.operation.bias is None else "depth_all_bias"
    return [names[key].format(size_text(*view.kernel_size), view.depth, rows * columns * view.depth)]
