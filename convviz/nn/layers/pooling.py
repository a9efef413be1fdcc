"""Layers that pool. Each opens as an operation of the explainer: ``layer.operation().trace(image)``."""

from typing import Any

from convviz import geometry, operations
from convviz._support.keywords import explained
from convviz._support.values import flag
from convviz.nn.layers.base import Layer
from convviz.nn.layers.checks import require_channels_last
from convviz.nn.types import IntPair, Padding, Shape

__all__ = ["AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "MaxPooling2D"]


class PoolingLayer(Layer):
    """Base class of the layers with pooling windows."""

    _rank = 4

    @explained
    def __init__(
        self,
        pool_size: IntPair = 2,
        strides: IntPair | None = None,
        padding: Padding = "valid",
        data_format: str | None = None,
        ceil_mode: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        require_channels_last(data_format)
        self.pool_size = geometry.whole_pair(pool_size, "pool_size")
        self.strides = self.pool_size if strides is None else geometry.whole_pair(strides, "strides")
        geometry.padding_rules(padding)
        self.padding, self.ceil_mode = padding, flag(ceil_mode, "ceil_mode")

    def windows(self, input_shape: Shape) -> geometry.Geometry:
        """The `convviz.geometry.Geometry` of the layer on inputs of a shape."""
        windows = geometry.window_geometry(
            input_shape[1:3], self.pool_size, self.strides, self.padding, 1, self.ceil_mode, "pool"
        )
        geometry.require_cells(windows)
        return windows

    @explained
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (None, *self.windows(input_shape).output_shape, input_shape[3])


class MaxPooling2D(PoolingLayer):
    """The largest value of every window.

    Parameters
    ----------
    pool_size : int or pair of int, default 2
    strides : int or pair of int, optional
        The pool size if not given.
    padding : {"valid", "same"} or what else `convviz.geometry.window_geometry` takes
    data_format : {"channels_last"}, optional
    ceil_mode : bool, default False
        Round the number of windows up.
    **common
        name, trainable, dtype, input_shape: see `Layer`.

    Examples
    --------
    >>> from convviz.nn import Sequential
    >>> Sequential([MaxPooling2D(2, input_shape=(28, 28, 64))]).output_shape
    (None, 14, 14, 64)
    """

    _settings = ("pool_size", "strides", "padding", "ceil_mode")
    kind = "max_pooling"

    @explained
    def operation(self) -> operations.MaxPooling:
        """The layer as a `convviz.MaxPooling`."""
        return operations.MaxPooling(self.pool_size, self.strides, self.padding, ceil_mode=self.ceil_mode)


class AveragePooling2D(PoolingLayer):
    """The mean of every window; padding is not counted by default.

    Parameters
    ----------
    pool_size, strides, padding, data_format, ceil_mode : as in `MaxPooling2D`
    count_include_pad : bool, default False
    **common
        name, trainable, dtype, input_shape: see `Layer`.

    Examples
    --------
    >>> from convviz.nn import Sequential
    >>> Sequential([AveragePooling2D(2, input_shape=(5, 5, 3))]).output_shape
    (None, 2, 2, 3)
    """

    _settings = ("pool_size", "strides", "padding", "ceil_mode", "count_include_pad")
    kind = "average_pooling"

    @explained
    def __init__(
        self,
        pool_size: IntPair = 2,
        strides: IntPair | None = None,
        padding: Padding = "valid",
        data_format: str | None = None,
        ceil_mode: bool = False,
        count_include_pad: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, ceil_mode, **common)
        self.count_include_pad = flag(count_include_pad, "count_include_pad")

    @explained
    def operation(self) -> operations.AveragePooling:
        """The layer as a `convviz.AveragePooling`."""
        return operations.AveragePooling(
            self.pool_size, self.strides, self.padding, ceil_mode=self.ceil_mode, count_include_pad=self.count_include_pad
        )


class GlobalPooling(Layer):
    """Base class of the layers that pool whole feature maps."""

    _rank = 4
    _settings = ("keepdims",)

    @explained
    def __init__(self, data_format: str | None = None, keepdims: bool = False, **common: Any) -> None:
        super().__init__(**common)
        require_channels_last(data_format)
        self.keepdims = flag(keepdims, "keepdims")

    @explained
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (None, 1, 1, input_shape[3]) if self.keepdims else (None, input_shape[3])


class GlobalAveragePooling2D(GlobalPooling):
    """The mean of every feature map.

    Parameters
    ----------
    data_format : {"channels_last"}, optional
    keepdims : bool, default False
        Give (1, 1, C) instead of (C,).
    **common
        name, trainable, dtype, input_shape: see `Layer`.

    Examples
    --------
    >>> from convviz.nn import Sequential
    >>> Sequential([GlobalAveragePooling2D(input_shape=(7, 7, 64))]).output_shape
    (None, 64)
    """

    kind = "global_average"

    @explained
    def operation(self) -> operations.GlobalAveragePooling:
        """The layer as a `convviz.GlobalAveragePooling`."""
        return operations.GlobalAveragePooling()


class GlobalMaxPooling2D(GlobalPooling):
    """The largest value of every feature map.

    Parameters
    ----------
    data_format, keepdims, **common
        As in `GlobalAveragePooling2D`.

    Examples
    --------
    >>> from convviz.nn import Sequential
    >>> Sequential([GlobalMaxPooling2D(keepdims=True, input_shape=(7, 7, 64))]).output_shape
    (None, 1, 1, 64)
    """

    kind = "global_max"

    @explained
    def operation(self) -> operations.GlobalMaxPooling:
        """The layer as a `convviz.GlobalMaxPooling`."""
        return operations.GlobalMaxPooling()
