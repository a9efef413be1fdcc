"""Models, under the name of Keras's module: ``from convviz.nn.models import Sequential``."""

from convviz._support import lazy_names
from convviz.nn.model import Model
from convviz.nn.sequential import Sequential
from convviz.nn.storage.loading import load_model

__all__ = ["Model", "Sequential", "load_model"]


def __dir__():
    return lazy_names.listed(globals())
