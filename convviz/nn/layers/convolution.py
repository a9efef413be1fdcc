"""Layers that convolve. Each opens as an operation of the explainer: ``layer.operation(filter=3).trace(image)``.

The operation is the convolution with its bias; the layer's activation is left out of it.
"""

from typing import Any

import numpy as np

from convviz import geometry, operations
from convviz._support.keywords import explained
from convviz._support.values import brief, flag
from convviz.nn import activations, initializers, regularizers
from convviz.nn.layers.base import Layer
from convviz.nn.layers.checks import describe, require_channels_last
from convviz.nn.types import IntPair, Padding, Shape

__all__ = ["Conv2D", "DepthwiseConv2D"]


class ConvolutionLayer(Layer):
    """Base class of the layers with a kernel over rows and columns."""

    _rank = 4

    def _set_windows(self, kernel_size, strides, padding, dilation_rate, data_format):
        """Check and set the settings of the windows."""
        require_channels_last(data_format)
        self.kernel_size = geometry.whole_pair(kernel_size, "kernel_size")
        self.strides = geometry.whole_pair(strides, "strides")
        self.dilation_rate = geometry.whole_pair(dilation_rate, "dilation_rate")
        geometry.padding_rules(padding)
        self.padding = padding.lower() if isinstance(padding, str) else padding

    def _set_weight_settings(self, activation, use_bias, initializer, bias_initializer, regularizer, bias_regularizer):
        """Check and set what concerns bias and activation; gives the initializer and the regularizer of the kernel."""
        self.activation = activations.get(activation)
        self.use_bias = flag(use_bias, "use_bias")
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        return initializers.get(initializer), regularizers.get(regularizer)

    def windows(self, input_shape: Shape) -> geometry.Geometry:
        """The `convviz.geometry.Geometry` of the layer on inputs of a shape."""
        return geometry.window_geometry(input_shape[1:3], self.kernel_size, self.strides, self.padding, self.dilation_rate)

    @explained
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (None, *self.windows(input_shape).output_shape, self._channels_out(input_shape[3]))

    def _channels_out(self, channels):
        """The number of output channels for a number of input channels."""
        return self.filters

    def _chosen(self, filter):
        """The output channels that an operation shows, as a slice: all for None, else one."""
        if not self.built:
            raise ValueError(f"{describe(self)} has no weights yet; build the model")
        count = self._channels_out(self.input_shape[3])
        if filter is None:
            return slice(None)
        if isinstance(filter, bool) or not hasattr(filter, "__index__") or not 0 <= filter < count:
            raise ValueError(f"{describe(self)} has the filters 0 to {count - 1}, not {brief(filter)}")
        return slice(int(filter), int(filter) + 1)

    def _biases(self, chosen):
        """The biases of the chosen output channels, or None."""
        return None if self.bias is None else self.bias[chosen].copy()


class Conv2D(ConvolutionLayer):
    """Convolution of images with learned kernels: what `convviz.Convolution` shows, with many filters.

    Parameters
    ----------
    filters : int
        Channels that come out.
    kernel_size : int or pair of int
    strides : int or pair of int, default 1
    padding : {"valid", "same"} or what else `convviz.geometry.window_geometry` takes
    data_format : {"channels_last"}, optional
    dilation_rate : int or pair of int, default 1
    groups : int, default 1
    activation : str, optional
        See `convviz.nn.activations`.
    use_bias : bool, default True
    kernel_initializer, bias_initializer : str or Initializer
    kernel_regularizer, bias_regularizer : str or L1L2, optional
    **common
        name, trainable, dtype, input_shape: see `Layer`.

    Notes
    -----
    The kernel is ``(kh, kw, C_in // groups, filters)``, ``(kh·kw·C_in/groups + 1)·filters`` weights with the biases.

    Examples
    --------
    >>> from convviz.nn import Sequential
    >>> model = Sequential([Conv2D(32, 3, padding="same", activation="relu", input_shape=(28, 28, 1))])
    >>> model.output_shape, model.count_params(), model.layers[0].kernel.shape
    ((None, 28, 28, 32), 320, (3, 3, 1, 32))
    """

    _settings = (
        "filters",
        "kernel_size",
        "strides",
        "padding",
        "dilation_rate",
        "groups",
        "activation",
        "use_bias",
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "bias_regularizer",
    )
    kind = "convolution"

    @explained
    def __init__(
        self,
        filters: int,
        kernel_size: IntPair,
        strides: IntPair = 1,
        padding: Padding = "valid",
        data_format: str | None = None,
        dilation_rate: IntPair = 1,
        groups: int = 1,
        activation: str | None = None,
        use_bias: bool = True,
        kernel_initializer: initializers.Given = "glorot_uniform",
        bias_initializer: initializers.Given = "zeros",
        kernel_regularizer: regularizers.Given = None,
        bias_regularizer: regularizers.Given = None,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.filters = geometry.whole_number(filters, "filters", 1)
        self.groups = geometry.whole_number(groups, "groups", 1)
        if self.filters % self.groups:
            raise ValueError(f"groups is {groups}; it must divide the filters ({filters})")
        self._set_windows(kernel_size, strides, padding, dilation_rate, data_format)
        self.kernel_initializer, self.kernel_regularizer = self._set_weight_settings(
            activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
        )

    def _check(self, input_shape):
        super()._check(input_shape)
        if input_shape[3] % self.groups:
            raise ValueError(
                f"{describe(self)}: groups is {self.groups}; it must divide the {input_shape[3]} channels of {input_shape}"
            )

    def _make_weights(self, input_shape):
        shape = (*self.kernel_size, input_shape[3] // self.groups, self.filters)
        self.add_weight("kernel", shape, self.kernel_initializer, self.kernel_regularizer)
        if self.use_bias:
            self.add_weight("bias", (self.filters,), self.bias_initializer, self.bias_regularizer)

    @explained
    def operation(self, filter: int | None = None) -> operations.Convolution:
        """The layer as an operation of the explainer: kernel and bias; the activation is left out.

        What it computes is what the activation is given: with ``activation="relu"`` the layer's output is
        ``numpy.maximum(layer.operation()(image), 0)``.

        Parameters
        ----------
        filter : int, optional
            One filter only, for a picture with a single feature map.

        Returns
        -------
        convviz.Convolution
            With copies of the present weights.

        Examples
        --------
        >>> import numpy as np
        >>> from convviz.nn import Sequential
        >>> model = Sequential([Conv2D(4, 3, input_shape=(6, 6, 1))])
        >>> trace = model.layers[0].operation(filter=2).trace(np.eye(6, dtype="float32"))
        >>> trace.output.shape
        (4, 4)
        """
        chosen = self._chosen(filter)
        kernel, groups = self.kernel, self.groups
        if filter is not None and groups > 1:
            kernel, groups = spread(kernel[..., chosen], groups, int(filter) // (self.filters // groups)), 1
        else:
            kernel = kernel[..., chosen]
        if kernel.shape[2] * groups == 1 and kernel.shape[3] == 1:
            kernel = kernel[:, :, 0, 0]
        return operations.Convolution(
            kernel.copy(), self._biases(chosen), self.strides, self.padding, self.dilation_rate, groups
        )


def spread(kernel, groups, group):
    """A kernel over one group's channels as one over all channels, 0 for those of other groups."""
    rows, columns, depth, filters = kernel.shape
    whole = np.zeros((rows, columns, depth * groups, filters), kernel.dtype)
    whole[:, :, group * depth : (group + 1) * depth] = kernel
    return whole


class DepthwiseConv2D(ConvolutionLayer):
    """Convolution of every channel by itself, with kernels of its own.

    Parameters
    ----------
    kernel_size : int or pair of int
    strides, padding, data_format : as in `Conv2D`
    depth_multiplier : int, default 1
        Channels that come out for each channel.
    dilation_rate, activation, use_bias : as in `Conv2D`
    depthwise_initializer, bias_initializer, depthwise_regularizer, bias_regularizer : as in `Conv2D`
    **common
        name, trainable, dtype, input_shape: see `Layer`.

    Notes
    -----
    The kernel is ``(kh, kw, C, depth_multiplier)``.

    Examples
    --------
    >>> from convviz.nn import Sequential
    >>> Sequential([DepthwiseConv2D(3, input_shape=(8, 8, 5))]).count_params()
    50
    """

    _settings = (
        "kernel_size",
        "strides",
        "padding",
        "depth_multiplier",
        "dilation_rate",
        "activation",
        "use_bias",
        "depthwise_initializer",
        "bias_initializer",
        "depthwise_regularizer",
        "bias_regularizer",
    )
    kind = "depthwise"

    @explained
    def __init__(
        self,
        kernel_size: IntPair,
        strides: IntPair = 1,
        padding: Padding = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: IntPair = 1,
        activation: str | None = None,
        use_bias: bool = True,
        depthwise_initializer: initializers.Given = "glorot_uniform",
        bias_initializer: initializers.Given = "zeros",
        depthwise_regularizer: regularizers.Given = None,
        bias_regularizer: regularizers.Given = None,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.depth_multiplier = geometry.whole_number(depth_multiplier, "depth_multiplier", 1)
        self._set_windows(kernel_size, strides, padding, dilation_rate, data_format)
        self.depthwise_initializer, self.depthwise_regularizer = self._set_weight_settings(
            activation, use_bias, depthwise_initializer, bias_initializer, depthwise_regularizer, bias_regularizer
        )

    def _channels_out(self, channels):
        return channels * self.depth_multiplier

    def _make_weights(self, input_shape):
        channels = input_shape[3]
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.add_weight("kernel", shape, self.depthwise_initializer, self.depthwise_regularizer)
        if self.use_bias:
            self.add_weight("bias", (self._channels_out(channels),), self.bias_initializer, self.bias_regularizer)

    @explained
    def operation(self, filter: int | None = None) -> operations.Convolution:
        """The layer as a `convviz.Convolution` with one group a channel: kernel and bias; the activation is left out.

        Parameters
        ----------
        filter : int, optional
            One output channel only.

        Returns
        -------
        convviz.Convolution
            With copies of the present weights.
        """
        chosen = self._chosen(filter)
        rows, columns, channels, multiplier = self.kernel.shape
        kernel, groups = self.kernel.reshape(rows, columns, 1, channels * multiplier)[..., chosen], channels
        if filter is not None:
            kernel, groups = spread(kernel, channels, int(filter) // multiplier), 1
        return operations.Convolution(
            kernel.copy(), self._biases(chosen), self.strides, self.padding, self.dilation_rate, groups
        )
