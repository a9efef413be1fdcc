"""Class numbers as rows of zeros with a single one."""

import operator

import numpy as np

from convviz._support.keywords import explained
from convviz._support.memory import memory
from convviz.nn.types import Array, ArrayLike

__all__ = ["to_categorical"]


@explained
def to_categorical(y: ArrayLike, num_classes: int | None = None) -> Array:
    """Class numbers as vectors that are 1 at the class and 0 elsewhere (one-hot), for categorical cross-entropy.

    Parameters
    ----------
    y : array_like of int, any shape, mostly (n,) or (n, 1)
        Class numbers from 0. Floats are taken if they are whole numbers. A last axis of length 1 is dropped.
    num_classes : int, optional
        Length of each vector; by default the largest label plus 1.

    Returns
    -------
    numpy.ndarray of float32, (..., num_classes)

    Raises
    ------
    TypeError
        For labels that are no numbers, and a `num_classes` that is no whole number.
    ValueError
        For a negative label, a float that is no whole number, a label of `num_classes` or more, and for no labels at
        all while `num_classes` is not given.

    Examples
    --------
    >>> to_categorical([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]], dtype=float32)
    >>> to_categorical([[3]], num_classes=5)
    array([[0., 0., 0., 1., 0.]], dtype=float32)
    >>> to_categorical([0, 3], num_classes=3)
    Traceback (most recent call last):
    ...
    ValueError: y[1] is 3, but num_classes=3 allows labels from 0 to 2; give num_classes=4 or correct the label
    """
    labels = whole_numbers(y)
    if num_classes is not None:
        num_classes = count_of_classes(num_classes)
    elif labels.size:
        num_classes = int(labels.max()) + 1
    else:
        raise ValueError("y holds no labels, so the number of classes is unknown; give num_classes")
    refuse(labels, labels >= num_classes, too_large(labels, num_classes))
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if 4 * labels.size * num_classes > memory():
        raise ValueError(f"{num_classes} classes for {labels.size} labels are more numbers than this machine's memory holds")
    vectors = np.zeros((labels.size, num_classes), np.float32)
    vectors[np.arange(labels.size), labels.reshape(-1)] = 1
    return vectors.reshape(*labels.shape, num_classes)


def whole_numbers(y):
    """Labels as int64, or an error that names the first one that is not a class number."""
    try:
        labels = np.asarray(y)
    except ValueError as error:
        raise ValueError(f"y is ragged ({error}); expected class numbers, one for each image") from None
    if labels.size == 0:
        return labels.astype(np.int64)
    if labels.dtype.kind not in "biuf":
        raise TypeError(f"y is an array of {labels.dtype}; expected class numbers: 0, 1, 2, ...")
    if labels.dtype.kind == "f":
        labels = labels.astype(np.float64)
        refuse(labels, ~(np.floor(labels) == labels), "a class number must be a whole number")
    refuse(labels, labels < 0, "class numbers start at 0")
    refuse(labels, labels >= 2**62, "that is more classes than memory holds")
    return labels.astype(np.int64)


def refuse(labels, wrong, reason):
    """Raise ValueError at the first label marked as wrong."""
    if wrong.any():
        place = tuple(int(part) for part in np.argwhere(wrong)[0])
        index = "".join(f"[{part}]" for part in place)
        raise ValueError(f"y{index} is {labels[place].item()}, but {reason}")


def too_large(labels, num_classes):
    """The end of the error for labels beyond the classes."""
    needed = int(labels.max(initial=0)) + 1
    return (
        f"num_classes={num_classes} allows labels from 0 to {num_classes - 1}; give num_classes={needed} or correct the label"
    )


def count_of_classes(num_classes):
    """A number of classes as an int, checked."""
    try:
        count = operator.index(num_classes)
    except TypeError:
        raise TypeError(f"num_classes is {num_classes!r}; expected a whole number") from None
    if isinstance(num_classes, bool | np.bool_):
        raise TypeError(f"num_classes is {num_classes!r}; expected a whole number")
    if count < 1:
        raise ValueError(f"num_classes is {count}; expected at least 1")
    return count
