"""The common part of MNIST and Fashion-MNIST: four IDX files with the same names, 28×28 pixels, ten classes."""

import itertools

from convviz.nn.datasets import idx
from convviz.nn.datasets.download import Remote
from convviz.nn.datasets.places import Absent

__all__ = ["find", "load", "remotes"]

SIZE = (28, 28)
CLASSES = 10
#: Images and labels, for training and for testing.
PAIRS = (
    ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
)
NAMES = tuple(itertools.chain(*PAIRS))

#: The files of both have the same names; the first training labels tell which they are.
FIRST_LABELS = {
    "MNIST": (5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5, 3, 6, 1, 7, 2, 8, 6, 9),
    "Fashion-MNIST": (9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9, 5, 5, 7, 9, 1, 0, 6, 4),
}


def remotes(bases, checksums):
    """The four files at each of several addresses, with their SHA-256 in the order of NAMES."""
    return tuple(
        Remote(f"{name}.gz", checksum, tuple(f"{base}{name}.gz" for base in bases))
        for name, checksum in zip(NAMES, checksums, strict=True)
    )


def find(place, title):
    """The four files in a folder, packed or plain, by name.

    Raises
    ------
    Absent
        If one is missing, or if they are those of the other data set.
    """
    if not place.exists():
        raise Absent("no such folder")
    if not place.is_dir():
        raise Absent("this is a file; expected a folder")
    held = {name: path for name in NAMES for path in (place / f"{name}.gz", place / name) if path.is_file()}
    if missing := [name for name in NAMES if name not in held]:
        raise Absent(f"lacks {', '.join(missing) if held else 'all of them'}")
    labels = tuple(idx.read(held["train-labels-idx1-ubyte"], 1)[:20].tolist())
    for other, first in FIRST_LABELS.items():
        if other != title and labels == first:
            raise Absent(f"holds {other}, whose files have the same names")
    return held


def load(held):
    """``(x_train, y_train), (x_test, y_test)`` from the files found."""
    return tuple(idx.read_pair(held[images], held[labels], SIZE, CLASSES) for images, labels in PAIRS)
