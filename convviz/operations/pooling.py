"""The poolings: of the largest value or the mean of every window, or of the whole image."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from convviz import arrays, geometry
from convviz._support.keywords import explained
from convviz._support.values import flag
from convviz.kernels.cpu import dispatch as cpu
from convviz.operations import devices
from convviz.operations.base import Operation, largest, register, require_room
from convviz.operations.names import NAMES
from convviz.steps import AverageStep, MaximumStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from convviz._support.annotations import DataFormat, Device, ImageLike, Number, PaddingLike, PairLike
    from convviz.arrays import Layout
    from convviz.check.map_mistakes import Attempt, Task
    from convviz.geometry import Geometry
    from convviz.steps import BaseStep, Window
    from convviz.trace import Trace

__all__ = ["AveragePooling", "GlobalAveragePooling", "GlobalMaxPooling", "MaxPooling"]


class Pooling(Operation):
    """Base class of poolings: a pool size and where windows stand."""

    settings = ("pool_size", "strides", "padding", "dilation_rate", "ceil_mode")
    views = ("gather", "backward")

    @explained
    def __init__(
        self,
        pool_size: PairLike = 2,
        strides: PairLike | None = None,
        padding: PaddingLike = "valid",
        dilation_rate: PairLike = 1,
        ceil_mode: bool = False,
    ):
        self.pool_size = geometry.whole_pair(pool_size, "pool_size")
        self.strides = self.pool_size if strides is None else geometry.whole_pair(strides, "strides")
        self.dilation_rate = geometry.whole_pair(dilation_rate, "dilation_rate")
        geometry.padding_rules(padding)
        self.padding = padding
        self.ceil_mode = flag(ceil_mode, "ceil_mode")

    @explained
    def geometry(self, shape: Sequence[int]) -> Geometry:
        """Where the windows stand on an image of ``(rows, columns)``, as a `convviz.geometry.Geometry`."""
        where = geometry.window_geometry(
            shape, self.pool_size, self.strides, self.padding, self.dilation_rate, self.ceil_mode, "pool"
        )
        geometry.require_cells(where)
        return where

    def _where(self, batch):
        """Where the windows stand on a batch, after a look that the result is not larger than memory."""
        where = self.geometry(batch.shape[1:3])
        require_room(batch, where, batch.shape[3])
        return where

    def map_mistakes(self, task: Task) -> Iterator[Attempt]:
        from convviz.check.pooling_mistakes import window_mistakes

        if not self.is_global:
            yield from window_mistakes(task)
        yield from super().map_mistakes(task)


@register
class MaxPooling(Pooling):
    """Max pooling: the largest value of every window, channel by channel.

    Of equal values the first in row order wins. Padding is −∞, never 0. A NaN in a window is its maximum.

    Parameters
    ----------
    pool_size : int or (int, int), default 2
    strides : int or (int, int), optional
        The pool size if not given.
    padding : as in `Convolution`, default "valid"
    dilation_rate : int or (int, int), default 1
    ceil_mode : bool, default False
        Let the last windows hang over the end rather than leave cells unread.

    Raises
    ------
    TypeError, ValueError
        For settings that make no sense; on a call where a window would hold nothing but padding.

    Examples
    --------
    >>> MaxPooling(2)([[3, 4, 5, 6], [1, 2, 3, 4], [-1, 3, 0, 3], [2, 2, 5, 2]])
    array([[4, 6],
           [3, 5]])
    """

    names = NAMES["max_pooling"]
    padding_value = -np.inf

    def map_mistakes(self, task: Task) -> Iterator[Attempt]:
        from convviz.check.pooling_mistakes import maximum_mistakes

        yield from maximum_mistakes(task)
        yield from super().map_mistakes(task)

    def cell_mistakes(self, trace: Trace, step: BaseStep) -> Iterator[tuple[str, tuple[Any, ...], Number]]:
        from convviz.check.cell_mistakes import maximum_mistakes

        yield from maximum_mistakes(trace, step)

    def make_step(self, window: Window) -> MaximumStep:
        return MaximumStep(**vars(window), winner=first_maximum(window))

    def bound(self, batch: np.ndarray) -> int:
        return 0  # nothing is added up

    def _compute(self, batch, kernels=cpu):
        where = self._where(batch)
        return kernels.max_pool(batch, where.rows, where.columns, with_argmax=False)[0]

    def _values_and_argmax(self, batch, kernels=cpu):
        """Maxima of a batch, and the position of each in its plane, ``row·W + column``, int64."""
        where = self._where(batch)
        values, argmax = kernels.max_pool(batch, where.rows, where.columns)
        return values, argmax if argmax.dtype == np.int64 else argmax.astype(np.int64)

    @explained
    def with_argmax(
        self, image: ImageLike, data_format: DataFormat = "channels_last", device: Device = "cpu"
    ) -> tuple[np.ndarray, np.ndarray]:
        """The maxima of `image`, and the position of each.

        Parameters
        ----------
        image, data_format, device
            As for every operation, see `Operation`.

        Returns
        -------
        maxima : numpy.ndarray
            As a call gives them.
        argmax : numpy.ndarray of int64
            The position of each maximum in its plane, ``row·W + column``; an array of the same shape.

        Examples
        --------
        >>> MaxPooling(2).with_argmax([[3, 4], [1, 2]])
        (array([[4]]), array([[1]]))
        """
        if devices.goes_to_gpu(self, image, data_format, device):
            return tuple(devices.compute_on_gpu(self, image, data_format, self._values_and_argmax))
        numbers, layout = arrays.as_batch(image, data_format)
        found = self._values_and_argmax(arrays.as_dtype(numbers.array, self.dtype(numbers)))
        return tuple(self.restore(part, layout) for part in found)


@register
class AveragePooling(Pooling):
    """Average pooling: the mean of every window, channel by channel.

    Parameters
    ----------
    pool_size, strides, padding, dilation_rate, ceil_mode
        As in `MaxPooling`.
    count_include_pad : bool, default False
        Count the zeros of padding as cells. What hangs over beyond the padding in `ceil_mode` never counts.

    Raises
    ------
    TypeError, ValueError
        As in `MaxPooling`.

    Notes
    -----
    Means of integers are float64; of Fractions and large integers, exact Fractions.

    Examples
    --------
    >>> AveragePooling(2)([[3, 4, 5, 6], [1, 2, 3, 4]])
    array([[2.5, 4.5]])
    """

    names = NAMES["average_pooling"]
    settings = (*Pooling.settings, "count_include_pad")

    @explained
    def __init__(
        self,
        pool_size: PairLike = 2,
        strides: PairLike | None = None,
        padding: PaddingLike = "valid",
        dilation_rate: PairLike = 1,
        ceil_mode: bool = False,
        count_include_pad: bool = False,
    ):
        super().__init__(pool_size, strides, padding, dilation_rate, ceil_mode)
        self.count_include_pad = flag(count_include_pad, "count_include_pad")

    def bound(self, batch: np.ndarray) -> int:
        sides = (min(pool, size) for pool, size in zip(self.pool_size, batch.shape[1:3], strict=True))
        return largest(batch) * math.prod(sides)

    @property
    def padding_counts(self) -> bool:
        return self.count_include_pad

    def map_mistakes(self, task: Task) -> Iterator[Attempt]:
        from convviz.check.pooling_mistakes import average_mistakes

        yield from average_mistakes(task)
        yield from super().map_mistakes(task)

    def cell_mistakes(self, trace: Trace, step: BaseStep) -> Iterator[tuple[str, tuple[Any, ...], Number]]:
        from convviz.check.cell_mistakes import average_mistakes

        yield from average_mistakes(step)

    def make_step(self, window: Window) -> AverageStep:
        kinds = np.array(window.kinds)
        counted = kinds == "cell"
        if self.count_include_pad:
            counted |= kinds == "padding"
        if isinstance(window.result, int):
            window = replace(window, result=Fraction(window.result))
        return AverageStep(**vars(window), count=int(counted.sum()), counted=counted)

    def counts(self, where: Geometry) -> np.ndarray:
        """By how many cells the sum of each window is divided: int64, ``(rows, columns)`` of the result."""
        rows, columns = (axis.counts(self.count_include_pad) for axis in (where.rows, where.columns))
        return np.multiply.outer(np.array(rows, np.int64), np.array(columns, np.int64))

    def _compute(self, batch, kernels=cpu):
        where = self._where(batch)
        return kernels.average_pool(batch, where.rows, where.columns, self.count_include_pad)


class Global:
    """One window over the whole image; results drop the two axes of position."""

    settings = ()
    is_global = True

    @explained
    def __init__(self) -> None:
        super().__init__(1)

    @explained
    def geometry(self, shape: Sequence[int]) -> Geometry:
        """One window as large as the image."""
        return geometry.window_geometry(shape, shape, kind="pool")

    def bound(self, batch: np.ndarray) -> int:
        return largest(batch) * batch.shape[1] * batch.shape[2]

    def restore(self, batch: np.ndarray, layout: Layout) -> np.ndarray:
        batch = batch[:, 0, 0, :]
        return batch if layout.ndim == 4 else batch[0] if layout.ndim == 3 else batch[0, 0]

    @explained
    def sibling(self, kind: str) -> Any:
        """The global pooling of another kind, whether or not `kind` says "global"."""
        return super().sibling(kind if kind.startswith("global_") else f"global_{kind}")


@register
class GlobalMaxPooling(Global, MaxPooling):
    """The largest value of each channel: a number for ``(H, W)``, ``(C,)`` for ``(H, W, C)``, ``(N, C)`` for a batch.

    Examples
    --------
    >>> GlobalMaxPooling()([[3, 4], [1, 2]])
    np.int64(4)
    """

    names = NAMES["global_max_pooling"]


@register
class GlobalAveragePooling(Global, AveragePooling):
    """The mean of each channel: a number for ``(H, W)``, ``(C,)`` for ``(H, W, C)``, ``(N, C)`` for a batch.

    Examples
    --------
    >>> GlobalAveragePooling()([[3, 4], [1, 2]])
    np.float64(2.5)
    """

    names = NAMES["global_average_pooling"]


def first_maximum(window):
    """``(row, column)`` of the maximum of a window; the first of equals, the first NaN."""
    values, rows, columns = window.values[:, :, 0], window.rows, window.columns
    cells = [(i, j) for i in range(len(rows)) for j in range(len(columns)) if window.kinds[i][j] == "cell"]
    nan = [cell for cell in cells if values[cell] != values[cell]]
    i, j = nan[0] if nan else max(cells, key=lambda cell: values[cell])
    return rows[i], columns[j]
