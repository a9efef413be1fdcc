"""The callbacks, which are called in the course of training and may end it, by Keras's names."""

from convviz._support import lazy_names
from convviz.nn.callbacks.base import Callback, History, LambdaCallback
from convviz.nn.callbacks.checkpoint import ModelCheckpoint
from convviz.nn.callbacks.rates import LearningRateScheduler, ReduceLROnPlateau
from convviz.nn.callbacks.stopping import EarlyStopping

__all__ = [
    "Callback",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
]


def __dir__():
    return lazy_names.listed(globals())
