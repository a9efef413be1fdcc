"""Every step of a transposed convolution, seen from the input: a cell of it stamps the kernel onto the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convviz.steps import ScatterStep, value_at
from convviz.trace.forward import Trace, plain_number

if TYPE_CHECKING:
    from typing import Any

    from convviz._support.annotations import Number

__all__ = ["ScatterTrace"]


class ScatterTrace(Trace[ScatterStep]):
    """A transposed convolution traced input cell by input cell: a sequence of `ScatterStep`.

    Made by ``operation.trace(image, view="scatter")``; its attributes are those of `Trace`.
    """

    view = "scatter"

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """How many steps there are in each direction: ``(N, C_out, input rows, input columns)``."""
        n, rows, columns, _ = self.source.shape
        return n, self.result.shape[3], rows, columns

    def _make_step(self, index: int, n: int, channel: int, row: int, column: int) -> ScatterStep:
        """The step for one cell of the input."""
        axes = self.geometry.rows, self.geometry.columns
        rows, columns = (tuple(axis.targets(i)) for axis, i in zip(axes, (row, column), strict=True))
        channels = self.channels_of(channel)
        weights = self.weights_for(channel)[::-1, ::-1]
        values = self.convert(self.source[n, row, column, list(channels)])
        with np.errstate(all="ignore"):
            products = values * weights
            sums = products.sum(axis=2)
        under = [(y, x) for y in rows for x in columns if 0 <= y < axes[0].output and 0 <= x < axes[1].output]
        sofar = {cell: self.history(n, channel, *cell) for cell in under}
        here = row * self.source.shape[2] + column
        before = {cell: value_at(past, here - 1, self._empty(channel)) for cell, past in sofar.items()}
        after = {cell: value_at(past, here, self._empty(channel)) for cell, past in sofar.items()}
        bias = self._bias_of(channel)
        return ScatterStep(
            index,
            (row, column),
            channel,
            n,
            rows,
            columns,
            channels,
            values,
            weights,
            products,
            sums,
            before,
            after,
            bias,
        )

    def _empty(self, channel: int) -> Number:
        """What a cell of the result holds before anything is stamped onto it: the bias."""
        return plain_number(self._biases[channel])

    def history(self, n: int, channel: int, row: int, column: int) -> list[tuple[int, Any]]:
        """How a cell of the result grows: ``(input cell as row·W + column, value from then on)`` in order.

        The last value is the one that the kernels computed, so that rounding in another order does not show.
        """
        axes = self.geometry.rows, self.geometry.columns
        weights, channels = self.weights_for(channel), list(self.channels_of(channel))
        total, past = self._biases[channel], []
        with np.errstate(all="ignore"):
            for i, y in enumerate(axes[0].cells(row)):
                for j, x in enumerate(axes[1].cells(column)):
                    source = axes[0].source(y), axes[1].source(x)
                    if None not in source:
                        total = total + (self.convert(self.source[n][source][channels]) * weights[i, j]).sum()
                        past.append((source[0] * self.source.shape[2] + source[1], plain_number(total)))
        if past:
            past[-1] = past[-1][0], plain_number(self.result[n, row, column, channel])
        return past
