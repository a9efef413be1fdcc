"""One step of an operation as data, and numbers and formulas as text."""

from convviz.steps.backward import BackwardStep
from convviz.steps.base import BaseStep
from convviz.steps.history import value_at
from convviz.steps.pooling import AverageStep, MaximumStep
from convviz.steps.scatter import ScatterStep
from convviz.steps.step import Step
from convviz.steps.window import Window

__all__ = ["AverageStep", "BackwardStep", "BaseStep", "MaximumStep", "ScatterStep", "Step", "Window", "value_at"]
