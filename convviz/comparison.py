"""Two operations on one image, side by side, stepping together."""

import numpy as np

from . import examples, pairs
from .operations import Operation
from .shown import Shown

__all__ = ["Comparison", "compare"]


class Comparison(Shown):
    """Two traces whose windows move over the image together. Made by `compare`.

    A step is a place of the window on the image, by the cell in its middle. Where only one of the two operations has a
    window, the other waits: with "same" and "valid" padding, the second has none around the border.

    Attributes
    ----------
    left, right : convviz.trace.Trace

    Examples
    --------
    >>> import convviz as cv
    >>> both = cv.compare(cv.MaxPooling(2), cv.MaxPooling(2, strides=1), [[3, 4, 1], [1, 2, 0]])
    >>> len(both), both.steps_at(1)
    (2, (None, 1))
    """

    def __init__(self, left, right):
        self.left, self.right = left, right
        self.places = pairs.places(left, right)

    def __len__(self):
        return int(np.prod(self.shape))

    @property
    def shape(self):
        """How many steps there are in each direction: images, filters, rows and columns of places."""
        return self.places.shape

    def steps_at(self, index):
        """The step of the left and of the right trace at step `index`, as numbers; None for one that waits.

        Parameters
        ----------
        index : int
            Counted from 0, or from the end if negative.

        Returns
        -------
        pair of int or None
        """
        return self.places.steps_at(self.position_of(index))

    def board(self, lang="en", steps=None, still=False):
        """The steps as scenes, for a renderer, as `convviz.layout.board` makes them of a trace."""
        return pairs.PairBoard(self, lang, steps, still)

    def __repr__(self):
        return f"<Comparison of {self.left.operation!r} and {self.right.operation!r}, {len(self)} steps>"


def compare(a, b, image=None, data_format="channels_last"):
    """Two operations on one image side by side, stepping together.

    Parameters
    ----------
    a, b : convviz.operations.Operation
        For example a convolution with and without ``flip_kernel``, "same" and "valid" padding, max and average
        pooling.
    image : array_like, (H, W), (H, W, C) or (N, H, W, C), optional
        The 6×6 image of the lecture if not given.
    data_format : {"channels_last", "channels_first"}

    Returns
    -------
    Comparison
        In a notebook it shows itself; ``.save(path)`` writes every format that a trace has.

    Raises
    ------
    TypeError
        For what is no operation.
    ValueError
        For an image that does not fit one of them.

    Examples
    --------
    >>> import convviz as cv
    >>> both = compare(cv.MaxPooling(2), cv.AveragePooling(2), [[3, 4], [1, 2]])
    >>> len(both), both.left.output.tolist(), both.right.output.tolist()
    (1, [[4]], [[2.5]])
    """
    for name, operation in (("a", a), ("b", b)):
        if not isinstance(operation, Operation):
            raise TypeError(f"{name} is {operation!r}; expected an operation such as convviz.Convolution(…)")
    image = examples.get("lecture_6x6").image if image is None else image
    return Comparison(a.trace(image, data_format), b.trace(image, data_format))
