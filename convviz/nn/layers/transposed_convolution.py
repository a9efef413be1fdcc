"""The layer of transposed convolution, and Keras's rules for its padding."""

from typing import Any

from convviz import geometry, operations
from convviz._support.keywords import explained
from convviz.nn import initializers, regularizers
from convviz.nn.layers.convolution import ConvolutionLayer
from convviz.nn.types import IntPair, Padding, Shape

__all__ = ["Conv2DTranspose"]


class Conv2DTranspose(ConvolutionLayer):
    """Transposed convolution: each input cell stamps the kernel onto a larger output.

    Parameters
    ----------
    filters, kernel_size, strides, padding : as in `Conv2D`
    output_padding : int or pair of int, optional
        Cells added at the bottom and right of what `padding` leaves. Without it "same" gives as many cells as the input has
        times the strides, and "valid" at least as many; with it "same" cuts half a window off on both sides.
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

    _settings = (
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

    @explained
    def __init__(
        self,
        filters: int,
        kernel_size: IntPair,
        strides: IntPair = 1,
        padding: Padding = "valid",
        output_padding: IntPair | None = None,
        data_format: str | None = None,
        dilation_rate: IntPair = 1,
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
        given = output_padding is not None
        self.output_padding = geometry.whole_pair(output_padding, "output_padding", 0) if given else None
        self._set_windows(kernel_size, strides, padding, dilation_rate, data_format)
        self.kernel_initializer, self.kernel_regularizer = self._set_weight_settings(
            activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
        )

    def windows(self, input_shape: Shape) -> geometry.Geometry:
        padding, output_padding = self._cropping()
        return geometry.transposed_geometry(
            input_shape[1:3], self.kernel_size, self.strides, padding, output_padding, self.dilation_rate
        )

    def _cropping(self):
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

    def _make_weights(self, input_shape):
        shape = (*self.kernel_size, self.filters, input_shape[3])
        self.add_weight("kernel", shape, self.kernel_initializer, self.kernel_regularizer)
        if self.use_bias:
            self.add_weight("bias", (self.filters,), self.bias_initializer, self.bias_regularizer)

    @explained
    def operation(self, filter: int | None = None) -> operations.TransposedConvolution:
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
        chosen = self._chosen(filter)
        kernel, (padding, output_padding) = self.kernel[:, :, chosen].copy(), self._cropping()
        return operations.TransposedConvolution(
            kernel, self._biases(chosen), self.strides, padding, output_padding, self.dilation_rate
        )


def halved(reach, extra):
    """Keras's "same" of a transposed convolution whose window reaches over so many cells, with output padding: how much
    is cut off before and after, and how much output padding is left.
    """
    before = max(reach - 1 - (reach + reach % 2 + extra - 1) // 2, 0)
    after = reach - reach % 2 - extra - before
    return (before, max(after, 0)), max(-after, 0)
