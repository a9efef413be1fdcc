"""The fully connected layer."""

from typing import Any

from convviz import geometry
from convviz._support.keywords import explained
from convviz._support.values import flag
from convviz.nn import activations, initializers, regularizers
from convviz.nn.layers.base import Layer
from convviz.nn.types import Shape

__all__ = ["Dense"]


class Dense(Layer):
    """Every unit is the sum of all inputs, each times its weight, and a bias.

    Parameters
    ----------
    units : int
    activation : str, optional
        See `convviz.nn.activations`.
    use_bias : bool, default True
    kernel_initializer, bias_initializer : str or Initializer
    kernel_regularizer, bias_regularizer : str or L1L2, optional
    **common
        name, trainable, dtype, input_shape: see `Layer`.

    Notes
    -----
    The kernel is ``(inputs, units)``, ``(inputs + 1)·units`` weights with the biases. Inputs of more than two axes are
    joined along the last one.

    Examples
    --------
    >>> from convviz.nn import Sequential
    >>> Sequential([Dense(32, input_shape=(784,)), Dense(10)]).count_params()
    25450
    """

    _settings = (
        "units",
        "activation",
        "use_bias",
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "bias_regularizer",
    )
    kind = "dense"

    @explained
    def __init__(
        self,
        units: int,
        activation: str | None = None,
        use_bias: bool = True,
        kernel_initializer: initializers.Given = "glorot_uniform",
        bias_initializer: initializers.Given = "zeros",
        kernel_regularizer: regularizers.Given = None,
        bias_regularizer: regularizers.Given = None,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.units = geometry.whole_number(units, "units", 1)
        self.activation = activations.get(activation)
        self.use_bias = flag(use_bias, "use_bias")
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)

    def _make_weights(self, input_shape):
        self.add_weight("kernel", (input_shape[-1], self.units), self.kernel_initializer, self.kernel_regularizer)
        if self.use_bias:
            self.add_weight("bias", (self.units,), self.bias_initializer, self.bias_regularizer)

    @explained
    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.units)
