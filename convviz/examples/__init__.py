"""Worked examples with known answers, and kernels by name.

Every example carries the answer, what its source printed where that differs, and where it comes from. All are
attributes of this module: ``examples.lecture_6x6``. `names` lists them, `get` finds one, `entries` runs through them.
An `Example` is an operation on an image; a `Calculation` is a number or a table of layers. `kernel` gives a kernel by
its name, `photograph` a picture to try it on.
"""

from typing import Any

from convviz._support import suggestions
from convviz.examples import catalogue
from convviz.examples.catalogue import entries, get, names, titles
from convviz.examples.named_kernels import kernel, kernel_titles, kernels, photograph
from convviz.examples.networks import Layer, summarize
from convviz.examples.records import KINDS, Calculation, Example

__all__ = [
    "KINDS",
    "Calculation",
    "Example",
    "Layer",
    "entries",
    "get",
    "kernel",
    "kernel_titles",
    "kernels",
    "names",
    "photograph",
    "summarize",
    "titles",
]


def __getattr__(name: str) -> Any:
    if name in catalogue.names():
        return catalogue.get(name)
    hint = "" if name.startswith("_") else f"; {suggestions.nearest(name, catalogue.names(), 'names()')}"
    raise AttributeError(f"module 'convviz.examples' has no attribute {name!r}{hint}")


def __dir__():
    return sorted([*__all__, *catalogue.names()])
