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

from convviz._support import lazy_names

_HOMES = {"shapes": "synthetic", "to_categorical": "labels"}
_MODULES = ("cifar10", "fashion_mnist", "mnist")

__all__ = [*_MODULES, *_HOMES]


def __getattr__(name):
    return lazy_names.load(globals(), name, _HOMES, _MODULES)


def __dir__():
    return lazy_names.listed(globals())
