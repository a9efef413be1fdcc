"""Pooling backward, step by step: how the gradient of the result is handed back to the cells of the image.

Numbers are exact where image and gradient are: integers stay, and equal shares of them are Fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, overload

import numpy as np

from convviz import arrays
from convviz._support.keywords import explained
from convviz.stage.step_cache import StepCache
from convviz.steps import BackwardStep, value_at
from convviz.trace.forward import Trace
from convviz.trace.sequence import StepSequence

if TYPE_CHECKING:
    from collections.abc import Callable

    from convviz._support.annotations import Captions, DataFormat, ImageLike, NumbersLike
    from convviz.operations import Operation
    from convviz.stage.protocol import Board

__all__ = ["BackwardTrace"]

#: How one channel of one image is written, for arrays that hold more.
ONE_CHANNEL = {
    ("channels_last", 3): "image[:, :, 0]",
    ("channels_last", 4): "image[0, :, :, 0]",
    ("channels_first", 3): "image[0]",
    ("channels_first", 4): "image[0, 0]",
}


#: Forward steps are kept where all windows together have at most so many cells, as for every image that is drawn.
KEPT_CELLS = 1 << 16


class BackwardTrace(StepSequence, Sequence[BackwardStep]):
    """Max or average pooling backward, cell by cell of the result: a sequence of `BackwardStep`.

    Made by ``operation.trace(image, view="backward", gradient=gradient)``. In max pooling the cell that was the maximum of
    a window gets its whole gradient; in average pooling every cell that was counted gets an equal part. Cells of several
    windows get the sum.

    Attributes
    ----------
    operation : convviz.operations.Pooling
    forward : convviz.trace.Trace
        The steps forward.
    gradient : numpy.ndarray, (rows, columns)
        The gradient of the loss with respect to each cell of the result.
    captions : dict
        What pictures call "input" and "output", see `convviz.trace.trace`.

    Raises
    ------
    TypeError
        Without a gradient, or for an operation that is no pooling.
    ValueError
        For an image of several channels, or a gradient that has not the shape of the result.

    Examples
    --------
    >>> import convviz as cv
    >>> trace = cv.AveragePooling(2).trace([[3, 4], [1, 2]], view="backward", gradient=[[6]])
    >>> trace[0].formula(), trace.output.tolist()
    ('6/4 = 1.5', [[1.5, 1.5], [1.5, 1.5]])
    """

    view = "backward"

    @explained
    def __init__(
        self,
        operation: Operation,
        image: ImageLike,
        data_format: DataFormat = "channels_last",
        captions: Captions | None = None,
        gradient: NumbersLike | None = None,
    ):
        if "backward" not in operation.views:
            copies = getattr(operation, "padding_mode", "zeros") != "zeros"
            back = "; what that gives for the padding is added to the cells that were copied there" if copies else ""
            raise TypeError(
                f"view='backward' is for pooling, not for {type(operation).__name__}: the gradient of a kernel is itself a "
                "convolution, Convolution(gradient) of the image, and the gradient of the image a transposed convolution, "
                f"TransposedConvolution(kernel) of the gradient, whose traces show it{back}"
            )
        self.operation, self.forward = operation, Trace(operation, image, data_format, captions)
        self.captions = self.forward.captions
        if self.forward.source.shape[0] * self.forward.source.shape[3] != 1:
            raise ValueError(
                f"image has shape {np.shape(image)}; expected one channel of one image, such as "
                f"{ONE_CHANNEL[data_format, np.ndim(image)]}, since pooling hands gradients back channel by channel"
            )
        self.gradient = self._checked(gradient)

    def _checked(self, gradient: NumbersLike | None) -> np.ndarray:
        """The gradient as exact numbers or floats, after a look that it fits the result."""
        shape = self.forward.result.shape[1:3]
        if gradient is None:
            cells = f"{shape[0]}×{shape[1]} cells of the result"
            raise TypeError(f"view='backward' needs gradient=, a number for each of the {cells}")
        found = arrays.read_numbers(gradient, "gradient")
        full_shape = np.shape(self.forward.output)  # in the layout of the image
        if found.array.shape not in (shape, full_shape):
            expected = f"{shape}, the shape of the result" if full_shape == shape else f"{shape} or {full_shape}"
            raise ValueError(f"gradient has shape {found.array.shape}; expected {expected}")
        dtype = arrays.common_dtype(found)
        numbers = arrays.as_dtype(found.array, np.dtype(object) if dtype.kind == "i" else dtype)
        return numbers.reshape(shape).copy()

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """How many steps there are in each direction: ``(1, 1, rows, columns)``."""
        return self.forward.shape

    def __len__(self) -> int:
        return len(self.forward)

    @overload
    def __getitem__(self, index: int) -> BackwardStep: ...
    @overload
    def __getitem__(self, index: slice) -> list[BackwardStep]: ...
    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        number = self._position_of(index)
        step = self._forward_steps[number]
        gradient = self.gradient[step.position]
        share, cells = step.shares(gradient)
        before, after = ({cell: value_at(self.history[cell], when, 0) for cell in cells} for when in (number - 1, number))
        return BackwardStep(step, gradient, share, before, after)

    def index_of(self, row: int, column: int) -> int:
        """Index of the step that hands back the gradient of the cell (`row`, `column`) of the result."""
        return self.forward.index_of(row, column)

    def at(self, row: int, column: int) -> BackwardStep:
        """The step that hands back the gradient of the cell (`row`, `column`) of the result."""
        return self[self.index_of(row, column)]

    @cached_property
    def _forward_steps(self):
        """The steps forward: the history and the steps backward are made from the same ones."""
        axes = self.forward.geometry.rows, self.forward.geometry.columns
        cells = len(self) * axes[0].window * axes[1].window
        return StepCache(self.forward, range(len(self)) if cells <= KEPT_CELLS else ())

    @cached_property
    def history(self):
        """How the gradient of each cell that gets one grows: a list of (step, value from then on)."""
        found = {}
        for number in range(len(self)):
            step = self._forward_steps[number]
            share, cells = step.shares(self.gradient[step.position])
            for cell in cells:
                past = found.setdefault(cell, [])
                with np.errstate(all="ignore"):
                    past.append((number, (past[-1][1] if past else 0) + share))
        return found

    @property
    def output(self) -> np.ndarray:
        """The gradient of the loss with respect to each cell of the image, (H, W)."""
        size = self.forward.source.shape[1:3]
        total = np.zeros(size, self.gradient.dtype)
        for cell, past in self.history.items():
            total[cell] = past[-1][1]
        if total.dtype != object or any(isinstance(value, Fraction) for value in self.gradient.flat):
            return total
        if any(isinstance(value, Fraction) for value in total.flat):
            return total.astype(np.float64) if arrays.within_int64(self.gradient.flat) else total
        return total.astype(np.int64) if arrays.within_int64(total.flat) else total

    def __repr__(self):
        sizes = ["×".join(map(str, part)) for part in (self.gradient.shape, self.forward.source.shape[1:3])]
        return f"<BackwardTrace of {self.operation!r}: {sizes[0]} back to {sizes[1]}, {len(self)} steps>"

    def _repr_html_(self):
        try:
            return super()._repr_html_()
        except ValueError as error:  # too large to be drawn: a notebook shows what it is, and why no more
            return f"<pre>{escape(f'{self!r}: {error}')}</pre>"

    def _board_maker(self) -> Callable[..., Board]:
        from convviz.stage.backward import backward_board

        return backward_board

    def _boards_maker(self) -> Callable[..., list[Board]]:
        from convviz.stage.backward import backward_boards

        return backward_boards
