"""A small neural-network package in the words of Keras, on convviz's own kernels.

Layers
    `Input`, `Conv2D`, `DepthwiseConv2D`, `Conv2DTranspose`, `MaxPooling2D`, `AveragePooling2D`, `GlobalMaxPooling2D`,
    `GlobalAveragePooling2D`, `Flatten`, `Dense`, `Dropout`, `BatchNormalization`, `Activation`, `ZeroPadding2D`, `Add`,
    `Concatenate`.
Models
    `Sequential` and `Model`: ``compile``, ``fit``, ``evaluate``, ``predict``, ``summary``, ``save``; `load_model`.
    ``model.layers[0].operation(filter=3).trace(image)`` explains a trained filter.
Around them
    `datasets`, `callbacks`, `optimizers`, `losses`, `metrics`, `initializers`, `regularizers`, `activations`,
    `to_categorical`, `set_random_seed`; `inspection` and `plots` look inside, `LivePlot` shows training while it runs,
    `exchange` reads and writes the weights of Keras and PyTorch.

For a split into training and test sets that `fit`'s ``validation_split`` does not make, scikit-learn has
``train_test_split``.
"""

from convviz._support import lazy_names

_HOMES = {
    "layers": (
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
    ),
    "model": ("Model",),
    "sequential": ("Sequential",),
    "seeds": ("set_random_seed",),
    "live": ("LivePlot",),
    "storage.loading": ("load_model",),
    "datasets.labels": ("to_categorical",),
}
_NAMES = {name: home for home, names in _HOMES.items() for name in names}
_MODULES = (
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
)

__all__ = [*_NAMES, *_MODULES]


def __getattr__(name):
    return lazy_names.load(globals(), name, _NAMES, _MODULES)


def __dir__():
    return lazy_names.listed(globals())
