"""The trace of an operation on an image, in each of its views."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from convviz._support.keywords import explained
from convviz._support.operations import require_operation
from convviz._support.values import choice
from convviz.trace.backward import BackwardTrace
from convviz.trace.forward import Trace
from convviz.trace.scatter import ScatterTrace

if TYPE_CHECKING:
    from typing import Any, Literal

    from convviz._support.annotations import Captions, DataFormat, ImageLike, NumbersLike
    from convviz.operations import Operation
    from convviz.operations.base import _StepMaker
    from convviz.trace.forward import StepT

__all__ = ["VIEWS", "trace"]

#: The class of each view of an operation.
VIEWS = {"gather": Trace, "scatter": ScatterTrace, "backward": BackwardTrace}


@overload
def trace(
    operation: _StepMaker[StepT],
    image: ImageLike,
    data_format: DataFormat = "channels_last",
    view: Literal["gather"] = "gather",
    captions: Captions | None = None,
    gradient: None = None,
) -> Trace[StepT]: ...
@overload
def trace(
    operation: Operation,
    image: ImageLike,
    data_format: DataFormat = "channels_last",
    *,
    view: Literal["scatter"],
    captions: Captions | None = None,
) -> ScatterTrace: ...
@overload
def trace(
    operation: Operation,
    image: ImageLike,
    data_format: DataFormat = "channels_last",
    *,
    view: Literal["backward"],
    captions: Captions | None = None,
    gradient: NumbersLike,
) -> BackwardTrace: ...
@explained
def trace(
    operation: Operation,
    image: ImageLike,
    data_format: DataFormat = "channels_last",
    view: Literal["gather", "scatter", "backward"] = "gather",
    captions: Captions | None = None,
    gradient: NumbersLike | None = None,
) -> Any:
    """The trace of an operation on an image.

    Parameters
    ----------
    operation : convviz.operations.Operation
    image : array_like, (H, W), (H, W, C) or (N, H, W, C)
    data_format : {"channels_last", "channels_first"}
    view : {"gather", "scatter", "backward"}
        "scatter" is for transposed convolutions: a step is an input cell that stamps the kernel. With "gather" a
        step is a cell of the result, of a transposed convolution read from the input with zeros put between its
        cells. "backward" is for max and average pooling: a step is a cell of the result that hands its gradient back.
    captions : dict, optional
        What pictures call "input", "kernel" and "output", where the usual words are not those of the lesson: a text, or one
        for each of some languages, as in ``{"kernel": {"en": "gradient", "ja": "勾配"}}``. In the same way other words for
        "title", "step", "position", "filter", "channel", "batch", "window", "products", "stamp", "sums", "bias", "total",
        "others", "max", "mean", "formula", "running" (sum), (output) "size", "remarks", and for the acts of an animation:
        "slide", "multiply", "compare", "add", "write". Numbers stand in braces: ``{"step": "Step {step} of {steps}"}``, with
        {position}, {row}, {column}, {filter}, {channel}, {batch}, {channels}, {formula}, {sums}, {size} and {remarks} in the
        captions that have them.
    gradient : array_like, (rows, columns), optional
        With view "backward", the gradient of the loss with respect to each cell of the result.

    Returns
    -------
    Trace, ScatterTrace or convviz.trace.backward.BackwardTrace

    Examples
    --------
    >>> import convviz as cv
    >>> len(trace(cv.TransposedConvolution([[1, 2]]), [[3, 4]], view="gather"))
    3
    """
    require_operation(operation)
    choice(view, "view", VIEWS)
    if view == "backward":
        return BackwardTrace(operation, image, data_format, captions, gradient)
    if gradient is not None:
        raise ValueError(f"gradient is for view='backward', not for {view!r}")
    if view not in operation.views:
        raise ValueError(f"view={view!r} is for TransposedConvolution, not for {type(operation).__name__}")
    return VIEWS[view](operation, image, data_format, captions)
