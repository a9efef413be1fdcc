"""Which settings give an answer of another shape."""

import itertools
from typing import NamedTuple

from convviz.check.answers import holds_cells, layouts_of
from convviz.stage.captions import captions, pair_text

__all__ = ["OtherSetting", "fitting_settings"]


class OtherSetting(NamedTuple):
    """A setting that may have been taken for the right one.

    Attributes
    ----------
    name : str
    value : object
    words : str
        What it is called in a hint.
    """

    name: str
    value: object
    words: str

    def attempt(self, task):
        """The mistake to have taken this setting, as an `Attempt`."""
        details = self.value if isinstance(self.value, tuple) else ()
        kind = f"{self.name}_taken" if details else f"{self.name}_{self.value}".lower()
        return task.change(kind, details, **{self.name: self.value})


def fitting_settings(trace, shape, lang):
    """The settings that give an answer of `shape`, each an `OtherSetting`, the simplest first."""
    operation, found = trace.operation, []
    images, *right, channels = trace.result.shape
    for setting in other_settings(operation, captions(lang)) if len(shape) > 1 else ():
        try:
            made = operation.changed(**{setting.name: setting.value}).output_shape(trace.source.shape[1:3])
        except (TypeError, ValueError):
            continue
        wanted = (images, *made, channels)
        if made != tuple(right) and any(holds_cells(shape, wanted, layout) for layout in layouts_of(trace)):
            found.append(setting)
    return found


def other_settings(operation, names):
    """Settings that may have been taken for the right ones, each an `OtherSetting`; those of both axes alike first."""
    pairs = sorted(itertools.product(range(6), repeat=2), key=lambda pair: (pair[0] != pair[1], sum(pair)))
    if "ceil_mode" in operation.settings:
        words = names["floor_mode" if operation.ceil_mode else "ceil_mode"]
        yield OtherSetting("ceil_mode", not operation.ceil_mode, words)
    for setting in ("padding", "strides"):
        for pair in pairs if setting in operation.settings else ():
            if setting == "padding" or min(pair) > 0:
                yield OtherSetting(setting, pair, names[setting].format(pair_text(pair)))
    for name in ("same", "full") if "padding" in operation.settings else ():
        yield OtherSetting("padding", name, names["padding"].format(name))
