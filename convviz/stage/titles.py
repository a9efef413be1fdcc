"""The title of a stage: the operation and its settings in one line."""

from convviz.geometry import padding_rules
from convviz.stage.captions import pair_text
from convviz.stage.grids import size_text

__all__ = ["copies_border", "title_of"]

#: Settings that a title names only if they differ from these.
USUAL = {"dilation_rate": (1, 1), "output_padding": (0, 0), "groups": 1}


def title_of(view, backward=False):
    """One line that names the operation and its settings, or its backward pass.

    Examples
    --------
    >>> import convviz as cv
    >>> title_of(cv.MaxPooling(2).trace([[3, 4], [1, 2]]).board().view)
    'Max pooling: 2×2 pool, strides 2, padding valid'
    """
    names = view.captions
    if names["title"]:
        return names["title"]
    title = view.operation.names.title(view.lang)
    title = names["backward"].format(title) if backward else title
    if view.operation.is_global:
        return title
    colon = ": " if view.lang == "en" else ":"
    return title + colon + names["comma"].join(settings_of(view))


def settings_of(view):
    """The settings of the operation as texts."""
    operation, names = view.operation, view.captions
    yield names["pool_size" if view.pooled else "kernel_size"].format(size_text(*view.kernel_size))
    if "strides" in operation.settings:
        yield names["strides"].format(pair_text(operation.strides))
    if "padding" in operation.settings:
        yield names["padding"].format(padding_text(operation.padding))
    if copies_border(view):
        yield names[f"border_{operation.padding_mode}"]
    if depthwise(view):
        yield names["depthwise"]
    for name, usual in USUAL.items():
        value = getattr(operation, name, usual)
        if value != usual and not (name == "groups" and depthwise(view)):
            yield names[name].format(pair_text(value) if isinstance(value, tuple) else value)
    for name in ("ceil_mode", "count_include_pad", "flip_kernel"):
        if getattr(operation, name, False):
            yield names[name]


def depthwise(view):
    """Whether each channel has its own filters and is added to no other."""
    groups = getattr(view.operation, "groups", 1)
    return not view.transposed and groups > 1 and groups == view.trace.source.shape[3]


def copies_border(view):
    """Whether the padding that is drawn holds copies of cells of the input."""
    return view.gathers and view.trace.geometry.copies


def padding_text(padding):
    """Padding as text: the name of a rule, or one number, two, or all four."""
    rules = padding_rules(padding)
    if isinstance(rules[0], str):
        return rules[0]
    (top, bottom), (left, right) = rules
    return pair_text((top, left)) if (top, left) == (bottom, right) else f"({top}, {bottom}), ({left}, {right})"
