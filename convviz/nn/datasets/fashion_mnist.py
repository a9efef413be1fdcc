"""Fashion-MNIST: 70,000 grey images of clothing in ten classes.

H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms",
2017, arXiv:1708.07747; https://github.com/zalandoresearch/fashion-mnist (MIT licence).
"""

from convviz._support import lazy_names
from convviz._support.keywords import explained
from convviz.nn.datasets import digits
from convviz.nn.datasets.places import Source, obtain
from convviz.nn.types import PathLikeStr, Split

__all__ = ["class_names", "load_data"]


def __dir__():
    return lazy_names.listed(globals())


class_names = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

SOURCE = Source(
    title="Fashion-MNIST",
    module="fashion_mnist",
    folder="fashion-mnist",
    keras=("fashion-mnist",),
    torchvision=("FashionMNIST/raw",),
    files=digits.remotes(
        (
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        (
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    ),
)


@explained
def load_data(path: PathLikeStr | None = None) -> Split:
    """Images of clothing, 28×28 grey pixels: 60,000 for training and 10,000 for testing.

    Parameters
    ----------
    path : str or os.PathLike, optional
        A folder with the four IDX files (``train-images-idx3-ubyte`` and so on, with ``.gz`` or without), or with a
        sub-folder ``fashion-mnist`` or ``FashionMNIST/raw`` that has them. Then nothing else is looked at. Without
        it: the folder in the environment variable CONVVIZ_DATA, Keras's folder, torchvision's ``./data``, the cache;
        and if they are in none of these, they are downloaded (30 MB).

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : numpy.ndarray of uint8
        Images (n, 28, 28) from 0 to 255, and labels (n,) from 0 to 9, which ``fashion_mnist.class_names`` names.

    Raises
    ------
    FileNotFoundError
        If the files are not found and cannot be downloaded.
    ValueError
        If a file is damaged, cut short, too long or not what its name says.

    Examples
    --------
    >>> load_data("no/such/folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    FileNotFoundError: the files of Fashion-MNIST were not found.
    ...
    """
    return digits.load(obtain(SOURCE, path, lambda place: digits.find(place, SOURCE.title)))
