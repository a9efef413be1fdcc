"""The layer that is nothing but an activation function."""

from typing import Any

from convviz._support.keywords import explained
from convviz.nn import activations
from convviz.nn.layers.base import Layer

__all__ = ["Activation"]


class Activation(Layer):
    """A function of every number, or softmax along the last axis.

    Parameters
    ----------
    activation : str
        One of `convviz.nn.activations`: relu, sigmoid, tanh, softmax, linear, leaky_relu, elu, selu, softplus, swish,
        gelu, mish.
    **common
        name, trainable, dtype, input_shape: see `Layer`.

    Examples
    --------
    >>> from convviz.nn import Sequential
    >>> Sequential([Activation("relu", input_shape=(3,))]).predict([[-1.0, 0.0, 2.0]], verbose=0).tolist()
    [[0.0, 0.0, 2.0]]
    """

    _settings = ("activation",)
    kind = "activation"

    @explained
    def __init__(self, activation: str, **common: Any) -> None:
        super().__init__(**common)
        self.activation = activations.get(activation)
