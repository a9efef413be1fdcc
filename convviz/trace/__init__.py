"""Every step of an operation as data: forward, stamp by stamp, backward, side by side."""

from convviz.steps.step import AverageStep, BackwardStep, MaximumStep, ScatterStep, Step
from convviz.trace.backward import BackwardTrace
from convviz.trace.forward import ScatterTrace, Trace, trace
from convviz.trace.side_by_side import Comparison

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
