"""One step of an operation as data, and numbers and formulas as text."""

from convviz.steps.base import BaseStep
from convviz.steps.step import AverageStep, BackwardStep, MaximumStep, ScatterStep, Step

__all__ = ["AverageStep", "BackwardStep", "BaseStep", "MaximumStep", "ScatterStep", "Step"]
