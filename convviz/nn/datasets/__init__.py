"""Images with their classes, to train on.

From files
    `fashion_mnist`, `mnist` and `cifar10` are modules, as in Keras: ``(x_train, y_train), (x_test, y_test) =
    fashion_mnist.load_data()``, and ``fashion_mnist.class_names`` says what the labels mean. The files are taken from
    the folder given, from the folder named by the environment variable CONVVIZ_DATA, or from where Keras or torchvision
    left them; if they are nowhere, they are downloaded once.
Generated
    ``x, y = shapes(2000, seed=1)``: bars, crosses, circles and corners, with no file at all.
Labels
    `to_categorical` turns class numbers into rows of zeros with a single one.

To split arrays into a part for training and one for testing, use scikit-learn's
``sklearn.model_selection.train_test_split(x, y, test_size=0.2, stratify=y, random_state=0)``. Images of `shapes` are
drawn independently of each other, so there ``x[:1600]`` and ``x[1600:]`` will do.
"""

import importlib

_HOMES = {"shapes": "synthetic", "to_categorical": "labels"}
_MODULES = ("cifar10", "fashion_mnist", "mnist")

__all__ = [*_MODULES, *_HOMES]


def __getattr__(name):
    if name in _HOMES:
        value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    elif name in _MODULES:
        value = importlib.import_module(f".{name}", __name__)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted({name for name in globals() if not name.startswith("_") and name != "importlib"} | set(__all__))
