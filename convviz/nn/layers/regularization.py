"""Layers that help training: dropout and batch normalization."""

from typing import Any

from convviz._support.keywords import explained
from convviz._support.values import brief, flag, real_number, whole_number
from convviz.nn import initializers, regularizers
from convviz.nn.layers.base import Layer
from convviz.nn.layers.checks import describe

__all__ = ["BatchNormalization", "Dropout"]


def number(value, name, least, below):
    """A setting as a float in ``least ≤ value < below``, or an error."""
    found = real_number(value)
    if found is None or not least <= found < below:
        raise ValueError(f"{name} must be a number from {least:g} to below {below:g}, not {brief(value)}")
    return found


class Dropout(Layer):
    """While training, every number is made 0 with a probability, and the others are scaled so that the mean stays.

    Parameters
    ----------
    rate : float
        The probability, from 0 to below 1.
    seed : int, optional
        For the same choice each time, whatever the model's seed.
    **common
        name, trainable, dtype, input_shape: see `Layer`.

    Examples
    --------
    >>> from convviz.nn import Sequential
    >>> Sequential([Dropout(0.5, input_shape=(10,))]).output_shape
    (None, 10)
    """

    _settings = ("rate", "seed")
    kind = "dropout"

    @explained
    def __init__(self, rate: float, seed: int | None = None, **common: Any) -> None:
        super().__init__(**common)
        self.rate = number(rate, "rate of Dropout", 0, 1)
        self.seed = None if seed is None else whole_number(seed, "seed", 0)


class BatchNormalization(Layer):
    """Every channel is brought to mean beta and standard deviation gamma: while training by the batch's own mean and
    variance, else by moving averages of them.

    Parameters
    ----------
    axis : int, default -1
        The last axis; no other is known.
    momentum : float, default 0.99
        How much of a moving average is kept at every step.
    epsilon : float, default 1e-3
        Added to the variance.
    center, scale : bool, default True
        Whether there is a beta and a gamma.
    beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer : str or Initializer
    beta_regularizer, gamma_regularizer : str or L1L2, optional
    **common
        name, trainable, dtype, input_shape: see `Layer`. With ``trainable=False`` the moving averages serve in training
        too, and stay as they are.

    Notes
    -----
    S. Ioffe and C. Szegedy, "Batch normalization" (2015). The variance is the biased one, in the moving average too, as
    in Keras.

    Examples
    --------
    >>> from convviz.nn import Sequential
    >>> [weight.name for weight in Sequential([BatchNormalization(input_shape=(8,))]).weights]
    ['gamma', 'beta', 'moving_mean', 'moving_variance']
    """

    _settings = (
        "axis",
        "momentum",
        "epsilon",
        "center",
        "scale",
        "beta_initializer",
        "gamma_initializer",
        "moving_mean_initializer",
        "moving_variance_initializer",
        "beta_regularizer",
        "gamma_regularizer",
    )
    kind = "batch_normalization"

    @explained
    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: initializers.Given = "zeros",
        gamma_initializer: initializers.Given = "ones",
        moving_mean_initializer: initializers.Given = "zeros",
        moving_variance_initializer: initializers.Given = "ones",
        beta_regularizer: regularizers.Given = None,
        gamma_regularizer: regularizers.Given = None,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.axis = axis
        self.momentum = number(momentum, "momentum", 0, 1)
        self.epsilon = number(epsilon, "epsilon", 0, float("inf"))
        self.center, self.scale = flag(center, "center"), flag(scale, "scale")
        self.beta_initializer, self.gamma_initializer = map(initializers.get, (beta_initializer, gamma_initializer))
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer, self.gamma_regularizer = map(regularizers.get, (beta_regularizer, gamma_regularizer))

    def _check(self, input_shape):
        super()._check(input_shape)
        if self.axis not in (-1, len(input_shape) - 1):
            raise ValueError(f"{describe(self)} normalizes along the last axis, -1; axis is {brief(self.axis)}")

    def _make_weights(self, input_shape):
        shape = input_shape[-1:]
        if self.scale:
            self.add_weight("gamma", shape, self.gamma_initializer, self.gamma_regularizer)
        if self.center:
            self.add_weight("beta", shape, self.beta_initializer, self.beta_regularizer)
        self.add_weight("moving_mean", shape, self.moving_mean_initializer, trained=False)
        self.add_weight("moving_variance", shape, self.moving_variance_initializer, trained=False)
