"""Every step of an operation as data: forward, stamp by stamp, backward, side by side."""

from convviz._support import lazy_names
from convviz.steps import AverageStep, BackwardStep, MaximumStep, ScatterStep, Step
from convviz.trace.backward import BackwardTrace
from convviz.trace.forward import Trace
from convviz.trace.scatter import ScatterTrace
from convviz.trace.side_by_side import Comparison
from convviz.trace.views import trace

__all__ = [
    "AverageStep",
    "BackwardStep",
    "BackwardTrace",
    "Comparison",
    "MaximumStep",
    "ScatterStep",
    "ScatterTrace",
    "Step",
    "Trace",
    "trace",
]


def __dir__():
    return lazy_names.listed(globals())
