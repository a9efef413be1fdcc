"""Worked examples with known answers, and kernels by name.

Every example carries the answer, what its source printed where that differs, and where it comes from. All are
attributes of this module: ``examples.lecture_6x6``. `names` lists them, `get` finds one, `entries` runs through them.
An `Example` is an operation on an image; a `Calculation` is a number or a table of layers. `kernel` gives a kernel by
its name, `photograph` a picture to try it on.
"""

from convviz.examples import worked
from convviz.examples.worked import (
    KINDS,
    Calculation,
    Example,
    Layer,
    entries,
    get,
    kernel,
    kernel_titles,
    kernels,
    names,
    photograph,
    summarize,
    titles,
)

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


def __getattr__(name):
    return getattr(worked, name)


def __dir__():
    return sorted({*dir(worked), *__all__})
