"""Models, under the name of Keras's module: ``from convviz.nn.models import Sequential``."""

from .model import Model, Sequential
from .saving import load_model

__all__ = ["Model", "Sequential", "load_model"]
