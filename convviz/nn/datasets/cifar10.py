"""CIFAR-10: 60,000 small colour images of animals and vehicles in ten classes.

A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009;
https://www.cs.toronto.edu/~kriz/cifar.html.
"""

import numpy as np

from convviz._support import lazy_names
from convviz._support.keywords import explained
from convviz.nn.datasets import cifar_files
from convviz.nn.datasets.download import Remote
from convviz.nn.datasets.places import Absent, Source, obtain
from convviz.nn.types import PathLikeStr, Split

__all__ = ["class_names", "load_data"]


def __dir__():
    return lazy_names.listed(globals())


class_names = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

#: Images in each of the six files.
COUNT = 10_000
TRAINING = tuple(f"data_batch_{number}" for number in range(1, 6))
NAMES = (*TRAINING, "test_batch")
#: The names of the archive at its source, and in Keras.
ARCHIVES = (
    "cifar-10-python.tar.gz",
    "cifar-10-binary.tar.gz",
    "cifar-10-batches-py.tar.gz",
    "cifar-10-batches-py-target_archive",
)

SOURCE = Source(
    title="CIFAR-10",
    module="cifar10",
    folder="cifar10",
    keras=("cifar-10-batches-py-target/cifar-10-batches-py", "cifar-10-batches-py", ""),
    torchvision=("cifar-10-batches-py", "cifar-10-batches-bin", ""),
    files=(
        Remote(
            ARCHIVES[0],
            "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            (
                "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
                "https://storage.googleapis.com/tensorflow/tf-keras-datasets/cifar-10-python.tar.gz",
            ),
        ),
    ),
)


@explained
def load_data(path: PathLikeStr | None = None) -> Split:
    """Images of animals and vehicles, 32×32 pixels in colour: 50,000 for training and 10,000 for testing.

    The files are read without running any code that they may hold, and an archive without unpacking it on disk.

    Parameters
    ----------
    path : str or os.PathLike, optional
        A folder with the six batches of the python version (``data_batch_1`` and so on, ``test_batch``) or of the
        binary version (``data_batch_1.bin``), or with an archive of either, or with a sub-folder ``cifar10``,
        ``cifar-10-batches-py`` or ``cifar-10-batches-bin`` that has them; or such an archive. Then nothing else is
        looked at. Without it: the folder in the environment variable CONVVIZ_DATA, Keras's folder, torchvision's
        ``./data``, the cache; and if they are in none of these, they are downloaded (163 MB).

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : numpy.ndarray of uint8
        Images (n, 32, 32, 3) from 0 to 255, red, green, blue last, and labels (n, 1) from 0 to 9, which
        ``cifar10.class_names`` names.

    Raises
    ------
    FileNotFoundError
        If the files are not found and cannot be downloaded.
    ValueError
        If a file is damaged, cut short, too long, not what its name says, or asks for code to be run.

    Examples
    --------
    >>> load_data("no/such/folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    FileNotFoundError: the files of CIFAR-10 were not found.
    ...
    """
    return assembled(contents(obtain(SOURCE, path, find)))


def find(place):
    """The six batches in a folder, by name, or the archive that holds them."""
    if not place.exists():
        raise Absent("no such folder")
    if place.is_file():
        return place
    for ending in ("", ".bin"):
        held = {name + ending: place / (name + ending) for name in NAMES}
        if all(path.is_file() for path in held.values()):
            return held
    for name in ARCHIVES:
        if (place / name).is_file():
            return place / name
    some = [name for name in NAMES if (place / name).is_file() or (place / f"{name}.bin").is_file()]
    missing = ", ".join(name for name in NAMES if name not in some)
    raise Absent(f"lacks {missing}" if some else f"lacks {ARCHIVES[0]} and the batches that it holds")


def contents(found):
    """For each batch its name, its name in errors, and its bytes."""
    if isinstance(found, dict):
        for path in found.values():
            yield path.name, path, path.read_bytes()
        return
    for name, content in cifar_files.members(found, NAMES):
        yield name, f"{found} ({name})", content


def assembled(named):
    """Batches in any order as ``(x_train, y_train), (x_test, y_test)``."""
    images = {"train": empty(len(TRAINING)), "test": empty(1)}
    for name, title, content in named:
        read = cifar_files.read_binary if name.endswith(".bin") else cifar_files.read_pickle
        pixels, labels = read(content, title, COUNT)
        stem = name.removesuffix(".bin")
        x, y = images["train" if stem in TRAINING else "test"]
        start = COUNT * TRAINING.index(stem) if stem in TRAINING else 0
        x[start : start + COUNT] = pixels.transpose(0, 2, 3, 1)
        y[start : start + COUNT, 0] = labels
    return images["train"], images["test"]


def empty(count):
    """Arrays for the images and labels of a number of batches."""
    return np.empty((count * COUNT, 32, 32, 3), np.uint8), np.empty((count * COUNT, 1), np.uint8)
