"""Weights from and for other libraries: `load_keras_weights`, `save_keras_weights`, `from_torch`, `to_torch`.

The network itself is built here, with the same layers; only numbers are exchanged.
"""

from convviz._support import lazy_names
from convviz.nn.exchange.keras_weights import load_keras_weights, save_keras_weights
from convviz.nn.exchange.torch_weights import from_torch, to_torch

__all__ = ["from_torch", "load_keras_weights", "save_keras_weights", "to_torch"]


def __dir__():
    return lazy_names.listed(globals())
