"""The transposed convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convviz import arrays, geometry
from convviz._support.keywords import explained
from convviz._support.values import brief
from convviz.kernels.cpu import dispatch as cpu
from convviz.operations.base import register, require_room
from convviz.operations.convolution import BaseConvolution, Convolution, quantity
from convviz.operations.names import NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convviz._support.annotations import NumbersLike, PaddingLike, PairLike
    from convviz.geometry import Geometry

__all__ = ["TransposedConvolution"]


@register
class TransposedConvolution(BaseConvolution):
    """A transposed convolution: every input cell stamps the kernel, times its value, onto the result.

    It undoes the shape of the `Convolution` with the same settings, not its values.

    Parameters
    ----------
    kernel : array_like, (kh, kw) or (kh, kw, C_out // groups, C_in)
    bias : array_like, (C_out,), or number, optional
    strides, dilation_rate : int or (int, int), default 1
    padding : {"valid", "same", "full"}, int, (int, int) or ((int, int), (int, int)), default "valid"
        The padding of the convolution that is transposed: so many cells are cut off the result. "same" gives
        ``size·strides`` cells.
    output_padding : int or (int, int), default 0
        Cells added at the bottom and right, smaller than the strides or the dilation: with strides several input
        sizes of the convolution share one output size, and this says which is meant.
    groups : int, default 1

    Raises
    ------
    TypeError, ValueError
        For settings that make no sense; on a call for images that do not fit.

    Examples
    --------
    >>> up = TransposedConvolution([[1, 2], [3, 4]], strides=2)
    >>> up([[1, 10]])
    array([[ 1,  2, 10, 20],
           [ 3,  4, 30, 40]])
    """

    names = NAMES["transposed_convolution"]
    settings = ("kernel", "bias", "strides", "padding", "output_padding", "dilation_rate", "groups")
    views = ("gather", "scatter")
    transposed = True
    kernel_layout = "(kh, kw, C_out // groups, C_in)"
    channel_axis, filter_axis = 3, 2

    @explained
    def __init__(
        self,
        kernel: NumbersLike,
        bias: NumbersLike | None = None,
        strides: PairLike = 1,
        padding: PaddingLike = "valid",
        output_padding: PairLike = 0,
        dilation_rate: PairLike = 1,
        groups: int = 1,
    ):
        super().__init__(kernel, bias, strides, padding, dilation_rate, groups)
        self.output_padding = geometry.whole_pair(output_padding, "output_padding", 0)
        for extra, stride, dilation in zip(self.output_padding, self.strides, self.dilation_rate, strict=True):
            if extra and extra >= max(stride, dilation):
                raise ValueError(
                    f"output_padding is {brief(output_padding)}; it must be smaller than the strides {self.strides} "
                    f"or the dilation_rate {self.dilation_rate}"
                )
        if self.kernel.ndim == 4 and self.kernel.shape[3] % self.groups:
            raise ValueError(
                f"the kernel {self.kernel.shape} is for {quantity(self.kernel.shape[3], 'channel')}; "
                f"groups={groups} does not divide that"
            )
        self._check_bias(self.groups * (1 if self.kernel.ndim == 2 else self.kernel.shape[2]))

    def check_channels(self, channels: int) -> None:
        """Raise ValueError unless a 4-D kernel fits `channels` channels."""
        wanted = self.kernel.shape[3]
        if channels != wanted:
            raise ValueError(
                f"the kernel {self.kernel.shape} is for {quantity(wanted, 'channel')}, but the image has {channels}; "
                f"expected an image (H, W, {wanted}) or a kernel (kh, kw, C_out // groups, {channels})"
            )

    @explained
    def geometry(self, shape: Sequence[int]) -> Geometry:
        """Where the cells of the result come from, as a `convviz.geometry.Geometry`."""
        return geometry.transposed_geometry(
            shape, self.kernel_size, self.strides, self.padding, self.output_padding, self.dilation_rate
        )

    def weights(self, channels: int) -> np.ndarray:
        """The kernel for an image of `channels` channels: (kh, kw, C_out // groups, C_in)."""
        return self.spread_kernel(channels)

    def window_weights(self, weights: np.ndarray, channel: int, channels: int) -> np.ndarray:
        stamped = weights[:, :, channel % weights.shape[2], list(channels)]
        return stamped[::-1, ::-1]

    def untransposed(self, channels: int) -> Convolution:
        """The convolution with the same settings: what someone computes who forgets to transpose."""
        kernel = self.spread_kernel(channels).transpose(0, 1, 3, 2)
        return Convolution(kernel, self.bias, self.strides, self.padding, self.dilation_rate)

    def _counted(self, window):
        # where there is no input cell nothing is stamped: there is no product, even of an infinite weight
        counted = np.array(window.kinds) == "cell"
        return None if counted.all() else counted

    def _compute(self, batch, kernels=cpu, **precision):
        kernel = arrays.as_dtype(self.weights(batch.shape[3]), batch.dtype)
        bias = arrays.as_dtype(self.spread_bias(kernel.shape[2] * self.groups), batch.dtype)
        where = self.geometry(batch.shape[1:3])
        require_room(batch, where, len(bias))
        return kernels.convolve_transposed(batch, kernel, bias, where.rows, where.columns, self.groups, **precision)
