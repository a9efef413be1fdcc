"""Models, under the name of Keras's module: ``from convviz.nn.models import Sequential``."""

from convviz.nn.model import Model, Sequential
from convviz.nn.storage.saving import load_model

__all__ = ["Model", "Sequential", "load_model"]
