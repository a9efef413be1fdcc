"""The operations: each is given its settings once, and then computes any number of images."""

from convviz._support import lazy_names
from convviz.operations.base import Operation, class_of, register
from convviz.operations.convolution import Convolution
from convviz.operations.pooling import (
    AveragePooling,
    Global,
    GlobalAveragePooling,
    GlobalMaxPooling,
    MaxPooling,
    Pooling,
)
from convviz.operations.transposed_convolution import TransposedConvolution

__all__ = [
    "AveragePooling",
    "Convolution",
    "Global",
    "GlobalAveragePooling",
    "GlobalMaxPooling",
    "MaxPooling",
    "Operation",
    "Pooling",
    "TransposedConvolution",
    "class_of",
    "register",
]


def __dir__():
    return lazy_names.listed(globals())
