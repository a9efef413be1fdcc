"""The layers, by Keras's names."""

from convviz._support import lazy_names
from convviz._support.keywords import explained
from convviz.nn.layers.activation import Activation
from convviz.nn.layers.base import Input, InputLayer, Layer, Weight
from convviz.nn.layers.convolution import Conv2D, DepthwiseConv2D
from convviz.nn.layers.dense import Dense
from convviz.nn.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from convviz.nn.layers.regularization import BatchNormalization, Dropout
from convviz.nn.layers.reshaping import Add, Concatenate, Flatten, ZeroPadding2D
from convviz.nn.layers.transposed_convolution import Conv2DTranspose

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


def __dir__():
    return lazy_names.listed(globals())


#: Keras knows these under a second name.
MaxPool2D, AvgPool2D = MaxPooling2D, AveragePooling2D


@explained
def kinds() -> dict[str, type[Layer]]:
    """All classes of layers by name, as files of models name them."""
    known = {name: globals()[name] for name in __all__ if isinstance(globals()[name], type)}
    return {name: kind for name, kind in known.items() if issubclass(kind, Layer) and kind is not Layer}
