"""Two operations on one image side by side, by default on that of the lecture; or two traces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convviz._support.keywords import explained
from convviz._support.operations import require_operation
from convviz._support.values import brief
from convviz.examples import catalogue
from convviz.trace.backward import BackwardTrace
from convviz.trace.forward import Trace
from convviz.trace.side_by_side import Comparison

if TYPE_CHECKING:
    from typing import Any

    from convviz._support.annotations import DataFormat, ImageLike
    from convviz.operations import Operation

__all__ = ["compare"]


@explained
def compare(
    a: Operation | Trace[Any] | BackwardTrace,
    b: Operation | Trace[Any] | BackwardTrace,
    image: ImageLike | None = None,
    data_format: DataFormat = "channels_last",
) -> Comparison:
    """Two operations on one image side by side, stepping together.

    Parameters
    ----------
    a, b : convviz.operations.Operation
        For example a convolution with and without ``flip_kernel``, "same" and "valid" padding, max and average
        pooling. Or traces, also of other views: a pooling beside its gradient, with ``view="backward"``.
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
        For what is no operation, and for an image beside traces, which have their own.
    ValueError
        For an image that does not fit one of them.

    Examples
    --------
    >>> import convviz as cv
    >>> both = compare(cv.MaxPooling(2), cv.AveragePooling(2), [[3, 4], [1, 2]])
    >>> len(both), both.left.output.tolist(), both.right.output.tolist()
    (1, [[4]], [[2.5]])
    """
    given = {"a": a, "b": b}
    traces = [name for name, value in given.items() if isinstance(value, Trace | BackwardTrace)]
    for name in given.keys() - set(traces):
        require_operation(given[name], name)
    if len(traces) == 1:
        (other,) = given.keys() - set(traces)
        raise TypeError(f"{traces[0]} is a trace and {other} an operation; give two traces, or two operations and an image")
    if traces:
        if image is not None:
            raise TypeError(f"image is {brief(image)}; two traces have images of their own, so leave it out")
        return Comparison(a, b)
    image = catalogue.get("lecture_6x6").image if image is None else image
    return Comparison(a.trace(image, data_format), b.trace(image, data_format))
