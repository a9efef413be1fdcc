"""Which settings give an answer of another shape."""

import itertools

from convviz.check.answers import holds_cells
from convviz.stage.captions import captions, pair_text

__all__ = ["shape_hint"]


def shape_hint(trace, shape, lang):
    """Which other settings give an answer of `shape`, as words; empty if none does."""
    operation, names = trace.operation, captions(lang)
    images, *right, channels = trace.result.shape
    if len(shape) < 2:
        return ""
    for setting, value, phrase in other_settings(operation, names):
        try:
            made = operation.changed(**{setting: value}).output_shape(trace.source.shape[1:3])
        except (TypeError, ValueError):
            continue
        wanted = (images, *made, channels)
        if made != tuple(right) and any(holds_cells(shape, wanted, layout) for layout in ("channels_last", "channels_first")):
            return phrase
    return ""


def other_settings(operation, names):
    """Settings that may have been taken for the right ones: name, value, words; those of both axes alike first."""
    pairs = sorted(itertools.product(range(6), repeat=2), key=lambda pair: (pair[0] != pair[1], sum(pair)))
    if "ceil_mode" in operation.settings:
        yield "ceil_mode", not operation.ceil_mode, names["floor_mode" if operation.ceil_mode else "ceil_mode"]
    for setting in ("padding", "strides"):
        for pair in pairs if setting in operation.settings else ():
            if setting == "padding" or min(pair) > 0:
                yield setting, pair, names[setting].format(pair_text(pair))
    for name in ("same", "full") if "padding" in operation.settings else ():
        yield "padding", name, names["padding"].format(name)
