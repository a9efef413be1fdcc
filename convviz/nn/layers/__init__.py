"""The layers, by Keras's names."""

from .activation import Activation
from .base import Input, InputLayer, Layer, Weight
from .convolution import Conv2D, Conv2DTranspose, DepthwiseConv2D
from .dense import Dense
from .pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from .regularization import BatchNormalization, Dropout
from .shaping import Add, Concatenate, Flatten, ZeroPadding2D

__all__ = [
    "Activation",
    "Add",
    "AveragePooling2D",
    "BatchNormalization",
    "Concatenate",
    "Conv2D",
    "Conv2DTranspose",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "Flatten",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "Input",
    "InputLayer",
    "Layer",
    "MaxPooling2D",
    "Weight",
    "ZeroPadding2D",
    "kinds",
]


#: Keras knows these under a second name.
MaxPool2D, AvgPool2D = MaxPooling2D, AveragePooling2D


def kinds():
    """All classes of layers by name, as files of models name them."""
    known = {name: globals()[name] for name in __all__ if isinstance(globals()[name], type)}
    return {name: kind for name, kind in known.items() if issubclass(kind, Layer) and kind is not Layer}
