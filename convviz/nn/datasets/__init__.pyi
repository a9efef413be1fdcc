# The names that the package loads on first use, for type checkers and editors; `__init__.py` says where each is defined.
from convviz.nn.datasets import cifar10 as cifar10
from convviz.nn.datasets import fashion_mnist as fashion_mnist
from convviz.nn.datasets import mnist as mnist
from convviz.nn.datasets.labels import to_categorical as to_categorical
from convviz.nn.datasets.synthetic import shapes as shapes

__all__ = ["cifar10", "fashion_mnist", "mnist", "shapes", "to_categorical"]
