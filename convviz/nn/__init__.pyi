# The names that the package loads on first use, for type checkers and editors; `__init__.py` says where each is defined.
from convviz.nn import activations as activations
from convviz.nn import callbacks as callbacks
from convviz.nn import datasets as datasets
from convviz.nn import exchange as exchange
from convviz.nn import initializers as initializers
from convviz.nn import inspection as inspection
from convviz.nn import layers as layers
from convviz.nn import losses as losses
from convviz.nn import metrics as metrics
from convviz.nn import models as models
from convviz.nn import optimizers as optimizers
from convviz.nn import plots as plots
from convviz.nn import regularizers as regularizers
from convviz.nn import utils as utils
from convviz.nn.datasets.labels import to_categorical as to_categorical
from convviz.nn.layers import Activation as Activation
from convviz.nn.layers import Add as Add
from convviz.nn.layers import AveragePooling2D as AveragePooling2D
from convviz.nn.layers import AvgPool2D as AvgPool2D
from convviz.nn.layers import BatchNormalization as BatchNormalization
from convviz.nn.layers import Concatenate as Concatenate
from convviz.nn.layers import Conv2D as Conv2D
from convviz.nn.layers import Conv2DTranspose as Conv2DTranspose
from convviz.nn.layers import Dense as Dense
from convviz.nn.layers import DepthwiseConv2D as DepthwiseConv2D
from convviz.nn.layers import Dropout as Dropout
from convviz.nn.layers import Flatten as Flatten
from convviz.nn.layers import GlobalAveragePooling2D as GlobalAveragePooling2D
from convviz.nn.layers import GlobalMaxPooling2D as GlobalMaxPooling2D
from convviz.nn.layers import Input as Input
from convviz.nn.layers import Layer as Layer
from convviz.nn.layers import MaxPool2D as MaxPool2D
from convviz.nn.layers import MaxPooling2D as MaxPooling2D
from convviz.nn.layers import ZeroPadding2D as ZeroPadding2D
from convviz.nn.live import LivePlot as LivePlot
from convviz.nn.model import Model as Model
from convviz.nn.seeds import set_random_seed as set_random_seed
from convviz.nn.sequential import Sequential as Sequential
from convviz.nn.storage.loading import load_model as load_model

__all__ = [
    "Activation",
    "Add",
    "AveragePooling2D",
    "AvgPool2D",
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
    "Layer",
    "MaxPool2D",
    "MaxPooling2D",
    "ZeroPadding2D",
    "Model",
    "Sequential",
    "set_random_seed",
    "LivePlot",
    "load_model",
    "to_categorical",
    "activations",
    "callbacks",
    "datasets",
    "exchange",
    "initializers",
    "inspection",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "plots",
    "regularizers",
    "utils",
]
