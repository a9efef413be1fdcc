"""MNIST: 70,000 grey images of handwritten digits.

Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", http://yann.lecun.com/exdb/mnist/.
"""

import os
import zipfile
from pathlib import Path

import numpy as np

from convviz._support import lazy_names
from convviz._support.keywords import explained
from convviz.nn.datasets import digits
from convviz.nn.datasets.places import Absent, Source, obtain
from convviz.nn.types import PathLikeStr, Split

__all__ = ["class_names", "load_data"]


def __dir__():
    return lazy_names.listed(globals())


class_names = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")

SOURCE = Source(
    title="MNIST",
    module="mnist",
    folder="mnist",
    keras=("", "mnist"),
    torchvision=("MNIST/raw",),
    files=digits.remotes(
        ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
        (
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    ),
)
ARCHIVE = "mnist.npz"


@explained
def load_data(path: PathLikeStr | None = None) -> Split:
    """Images of handwritten digits, 28×28 grey pixels: 60,000 for training and 10,000 for testing.

    Parameters
    ----------
    path : str or os.PathLike, optional
        A folder with the four IDX files (``train-images-idx3-ubyte`` and so on, with ``.gz`` or without) or Keras's
        ``mnist.npz``, or with a sub-folder ``mnist`` or ``MNIST/raw`` that has them; or such an .npz file. Then
        nothing else is looked at; only Keras's own default, ``"mnist.npz"``, is the same as giving nothing if there
        is no such file here. Without it: the folder in the environment variable CONVVIZ_DATA, Keras's folder,
        torchvision's ``./data``, the cache; and if they are in none of these, they are downloaded (11 MB).

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : numpy.ndarray of uint8
        Images (n, 28, 28) from 0 to 255, and labels (n,) from 0 to 9.

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
    FileNotFoundError: the files of MNIST were not found.
    ...
    """
    if path == ARCHIVE and not os.path.exists(path):
        path = None
    found = obtain(SOURCE, path, find)
    return load_npz(found) if isinstance(found, Path) else digits.load(found)


def find(place):
    """Keras's file, or the four IDX files."""
    if place.is_file() and place.suffix == ".npz":
        return place
    if (place / ARCHIVE).is_file():
        return place / ARCHIVE
    if place.is_file():
        raise Absent("this is a file, but no .npz; expected a folder or Keras's mnist.npz")
    return digits.find(place, SOURCE.title)


def load_npz(path):
    """The four arrays of Keras's file, checked."""
    try:
        if not zipfile.is_zipfile(path):
            raise ValueError("it is no .npz file")
        with open(path, "rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: array_in(file, name) for name in ("x_train", "y_train", "x_test", "y_test")}
    except Exception as error:
        # what a damaged header makes numpy and zipfile raise is nearly anything
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ValueError(f"{path} is not Keras's {ARCHIVE}, or damaged: {error}; get the file anew") from None
    for part in ("train", "test"):
        check_pair(path, part, arrays[f"x_{part}"], arrays[f"y_{part}"])
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def array_in(file, name):
    """One array of bytes."""
    if name not in file:
        raise ValueError(f"it has no array {name!r}, only {', '.join(map(repr, file.files)) or 'nothing'}")
    array = file[name]
    if array.dtype != np.uint8:
        raise ValueError(f"{name} is an array of {array.dtype}; expected uint8")
    return array


def check_pair(path, part, x, y):
    """Raise ValueError unless images and labels are what they should be and belong together."""
    if x.ndim != 3 or x.shape[1:] != digits.SIZE or y.shape != x.shape[:1] or len(x) == 0:
        raise ValueError(
            f"{path}: x_{part} has the shape {x.shape} and y_{part} {y.shape}; "
            f"expected (n, {digits.SIZE[0]}, {digits.SIZE[1]}) and (n,)"
        )
    if y.max() >= digits.CLASSES:
        raise ValueError(f"{path}: y_{part} holds the label {y.max()}; expected 0 to {digits.CLASSES - 1}")
