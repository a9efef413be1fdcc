"""Layers that convolve. Each opens as an operation of the explainer: ``layer.operation(filter=3).trace(image)``.

The operation is the convolution with its bias; the layer's activation is left out of it.
"""

import numpy as np

from convviz import geometry, operations
from convviz.nn import activations, initializers, regularizers
from convviz.nn.layers.base import Layer, require_channels_last

__all__ = ["Conv2D", "Conv2DTranspose", "DepthwiseConv2D"]


class Convolving(Layer):
    """What the layers with a kernel over rows and columns share."""

    rank = 4

    def settle(self, kernel_size, strides, padding, dilation_rate, data_format):
        """Check and keep the settings of windows."""
        require_channels_last(data_format)
        self.kernel_size = geometry.whole_pair(kernel_size, "kernel_size")
        self.strides = geometry.whole_pair(strides, "strides")
        self.dilation_rate = geometry.whole_pair(dilation_rate, "dilation_rate")
        geometry.padding_rules(padding)
        self.padding = padding.lower() if isinstance(padding, str) else padding

    def settle_weights(self, activation, use_bias, initializer, bias_initializer, regularizer, bias_regularizer):
        """Check and keep what concerns weights."""
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        return initializers.get(initializer), regularizers.get(regularizer)

    def windows(self, input_shape):
        """The `convviz.geometry.Geometry` of the layer on inputs of a shape."""
        return geometry.window_geometry(input_shape[1:3], self.kernel_size, self.strides, self.padding, self.dilation_rate)

    def compute_output_shape(self, input_shape):
        return (None, *self.windows(input_shape).output_shape, self.outputs(input_shape[3]))

    def outputs(self, channels):
        """Channels that come out for channels that go in."""
        return self.filters

    def chosen(self, filter):
        """Which outputs an operation shows: all for None, else one, as a slice."""
        if not self.built:
            raise ValueError(f"{self.title} has no weights yet; build the model")
        count = self.outputs(self.input_shape[3])
        if filter is None:
            return slice(None)
        if isinstance(filter, bool) or not hasattr(filter, "__index__") or not 0 <= filter < count:
            raise ValueError(f"{self.title} has the filters 0 to {count - 1}, not {filter!r}")
        return slice(int(filter), int(filter) + 1)

    def biases(self, chosen):
        """The biases of the chosen outputs, or None."""
        return None if self.bias is None else self.bias[chosen].copy()


class Conv2D(Convolving):
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

    settings = (
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

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        groups=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        **common,
    ):
        super().__init__(**common)
        self.filters = geometry.whole(filters, "filters", 1)
        self.groups = geometry.whole(groups, "groups", 1)
        if self.filters % self.groups:
            raise ValueError(f"groups is {groups}; it must divide the filters ({filters})")
        self.settle(kernel_size, strides, padding, dilation_rate, data_format)
        self.kernel_initializer, self.kernel_regularizer = self.settle_weights(
            activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
        )

    def check(self, input_shape):
        super().check(input_shape)
        if input_shape[3] % self.groups:
            raise ValueError(
                f"{self.title}: groups is {self.groups}; it must divide the {input_shape[3]} channels of {input_shape}"
            )

    def make_weights(self, input_shape):
        shape = (*self.kernel_size, input_shape[3] // self.groups, self.filters)
        self.add_weight("kernel", shape, self.kernel_initializer, self.kernel_regularizer)
        if self.use_bias:
            self.add_weight("bias", (self.filters,), self.bias_initializer, self.bias_regularizer)

    def operation(self, filter=None):
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
        chosen = self.chosen(filter)
        kernel, groups = self.kernel, self.groups
        if filter is not None and groups > 1:
            kernel, groups = spread(kernel[..., chosen], groups, int(filter) // (self.filters // groups)), 1
        else:
            kernel = kernel[..., chosen]
        if kernel.shape[2] * groups == 1 and kernel.shape[3] == 1:
            kernel = kernel[:, :, 0, 0]
        return operations.Convolution(
            kernel.copy(), self.biases(chosen), self.strides, self.padding, self.dilation_rate, groups
        )


def spread(kernel, groups, group):
    """A kernel over one group's channels as one over all channels, 0 for those of other groups."""
    rows, columns, depth, filters = kernel.shape
    whole = np.zeros((rows, columns, depth * groups, filters), kernel.dtype)
    whole[:, :, group * depth : (group + 1) * depth] = kernel
    return whole


class DepthwiseConv2D(Convolving):
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

    settings = (
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

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        **common,
    ):
        super().__init__(**common)
        self.depth_multiplier = geometry.whole(depth_multiplier, "depth_multiplier", 1)
        self.settle(kernel_size, strides, padding, dilation_rate, data_format)
        self.depthwise_initializer, self.depthwise_regularizer = self.settle_weights(
            activation, use_bias, depthwise_initializer, bias_initializer, depthwise_regularizer, bias_regularizer
        )

    def outputs(self, channels):
        return channels * self.depth_multiplier

    def make_weights(self, input_shape):
        channels = input_shape[3]
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.add_weight("kernel", shape, self.depthwise_initializer, self.depthwise_regularizer)
        if self.use_bias:
            self.add_weight("bias", (self.outputs(channels),), self.bias_initializer, self.bias_regularizer)

    def operation(self, filter=None):
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
        chosen = self.chosen(filter)
        rows, columns, channels, multiplier = self.kernel.shape
        kernel, groups = self.kernel.reshape(rows, columns, 1, channels * multiplier)[..., chosen], channels
        if filter is not None:
            kernel, groups = spread(kernel, channels, int(filter) // multiplier), 1
        return operations.Convolution(
            kernel.copy(), self.biases(chosen), self.strides, self.padding, self.dilation_rate, groups
        )


class Conv2DTranspose(Convolving):
    """Transposed convolution: each input cell stamps the kernel onto a larger output.

    Parameters
    ----------
    filters, kernel_size, strides, padding : as in `Conv2D`
    output_padding : int or pair of int, optional
        Cells added at the bottom and right of what `padding` leaves. Without it "same" gives as many cells as the input has
        times the strides, and "valid" at least so many; with it "same" cuts half a window off on both sides.
    data_format, dilation_rate, activation, use_bias : as in `Conv2D`
    kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer : as in `Conv2D`
    **common
        name, trainable, dtype, input_shape: see `Layer`.

    Notes
    -----
    The kernel is ``(kh, kw, filters, C_in)``.

    Examples
    --------
    >>> from convviz.nn import Sequential
    >>> Sequential([Conv2DTranspose(3, 2, strides=2, input_shape=(7, 7, 4))]).output_shape
    (None, 14, 14, 3)
    """

    settings = (
        "filters",
        "kernel_size",
        "strides",
        "padding",
        "output_padding",
        "dilation_rate",
        "activation",
        "use_bias",
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "bias_regularizer",
    )
    kind = "transposed"

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        **common,
    ):
        super().__init__(**common)
        self.filters = geometry.whole(filters, "filters", 1)
        given = output_padding is not None
        self.output_padding = geometry.whole_pair(output_padding, "output_padding", 0) if given else None
        self.settle(kernel_size, strides, padding, dilation_rate, data_format)
        self.kernel_initializer, self.kernel_regularizer = self.settle_weights(
            activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
        )

    def windows(self, input_shape):
        return geometry.transposed_geometry(
            input_shape[1:3], self.kernel_size, self.strides, *self.cropping(), self.dilation_rate
        )

    def cropping(self):
        """Padding and output padding as `convviz.geometry.transposed_geometry` takes them, by Keras's rules."""
        reaches = [(size - 1) * step + 1 for size, step in zip(self.kernel_size, self.dilation_rate, strict=True)]
        if self.output_padding is not None and self.padding == "same":
            halves = [halved(reach, extra) for reach, extra in zip(reaches, self.output_padding, strict=True)]
            return tuple(amounts for amounts, _ in halves), tuple(extra for _, extra in halves)
        if self.output_padding is not None:
            return self.padding, self.output_padding
        if self.padding != "valid":
            return self.padding, (0, 0)
        return "valid", tuple(max(stride - reach, 0) for stride, reach in zip(self.strides, reaches, strict=True))

    def make_weights(self, input_shape):
        shape = (*self.kernel_size, self.filters, input_shape[3])
        self.add_weight("kernel", shape, self.kernel_initializer, self.kernel_regularizer)
        if self.use_bias:
            self.add_weight("bias", (self.filters,), self.bias_initializer, self.bias_regularizer)

    def operation(self, filter=None):
        """The layer as an operation of the explainer: kernel and bias; the activation is left out.

        Parameters
        ----------
        filter : int, optional
            One output channel only.

        Returns
        -------
        convviz.TransposedConvolution
            With copies of the present weights.
        """
        chosen = self.chosen(filter)
        return operations.TransposedConvolution(
            self.kernel[:, :, chosen].copy(), self.biases(chosen), self.strides, *self.cropping(), self.dilation_rate
        )


def halved(reach, extra):
    """Keras's "same" of a transposed convolution whose window reaches over so many cells, with output padding: how much
    is cut off before and after, and how much output padding is left.
    """
    before = max(reach - 1 - (reach + reach % 2 + extra - 1) // 2, 0)
    after = reach - reach % 2 - extra - before
    return (before, max(after, 0)), max(-after, 0)
