"""Two operations on one image side by side, by default on that of the lecture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convviz._support.keywords import explained
from convviz._support.operations import require_operation
from convviz.examples import catalogue
from convviz.trace.side_by_side import Comparison

if TYPE_CHECKING:
    from convviz._support.annotations import DataFormat, ImageLike
    from convviz.operations import Operation

__all__ = ["compare"]


@explained
def compare(
    a: Operation, b: Operation, image: ImageLike | None = None, data_format: DataFormat = "channels_last"
) -> Comparison:
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
        require_operation(operation, name)
    image = catalogue.get("lecture_6x6").image if image is None else image
    return Comparison(a.trace(image, data_format), b.trace(image, data_format))
