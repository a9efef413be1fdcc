"""The optimizers' updates on a GPU: one launch for all weights, and the learning rates of a whole run beforehand."""

import numpy as np

from convviz.kernels.cuda import optimizers as kernels
from convviz.nn import optimizers

__all__ = ["knows", "launch", "rates", "settings"]


def sgd(optimizer, weights, slopes, averages, rates, clock, stream):
    """Launch `optimizers.SGD`."""
    if optimizer.momentum:
        kernels.momentum(
            weights, slopes, averages["velocity"], rates, clock, optimizer.momentum, optimizer.nesterov, stream=stream
        )
    else:
        kernels.sgd(weights, slopes, rates, clock, stream=stream)


def adagrad(optimizer, weights, slopes, averages, rates, clock, stream):
    """Launch `optimizers.Adagrad`."""
    kernels.adagrad(weights, slopes, averages["accumulator"], rates, clock, optimizer.epsilon, stream=stream)


def rmsprop(optimizer, weights, slopes, averages, rates, clock, stream):
    """Launch `optimizers.RMSprop`."""
    kernels.rmsprop(
        weights,
        slopes,
        averages["mean_square"],
        averages.get("buffer"),
        averages.get("mean_gradient"),
        rates,
        clock,
        optimizer.rho,
        optimizer.momentum,
        optimizer.epsilon,
        stream=stream,
    )


def adam(optimizer, weights, slopes, averages, rates, clock, stream):
    """Launch `optimizers.Adam`."""
    kernels.adam(
        weights,
        slopes,
        averages["mean"],
        averages["mean_square"],
        averages.get("largest"),
        rates,
        clock,
        optimizer.beta_1,
        optimizer.beta_2,
        optimizer.epsilon,
        stream=stream,
    )


def adadelta(optimizer, weights, slopes, averages, rates, clock, stream):
    """Launch `optimizers.Adadelta`."""
    given = averages["accumulated_gradient"], averages["accumulated_delta"]
    kernels.adadelta(weights, slopes, *given, rates, clock, optimizer.rho, optimizer.epsilon, stream=stream)


LAUNCHES = {
    optimizers.SGD: sgd,
    optimizers.Adagrad: adagrad,
    optimizers.RMSprop: rmsprop,
    optimizers.Adam: adam,
    optimizers.Adadelta: adadelta,
}


def knows(optimizer):
    """Whether there are kernels for an optimizer: not for custom classes."""
    return type(optimizer) in LAUNCHES


def launch(optimizer, device_weights, rates, clock, stream):
    """Update all trained weights by their gradients.

    Parameters
    ----------
    optimizer : convviz.nn.optimizers.Optimizer
    device_weights : convviz.nn.engine.cuda.device_weights.DeviceWeights
    rates : device array, float32
        What `rates` gives, for the steps of a run.
    clock : device array
        Says which of them is used.
    stream : a stream of numba's
    """
    rows = device_weights.weights, device_weights.slopes, device_weights.averages
    LAUNCHES[type(optimizer)](optimizer, *rows, rates, clock, stream)


def rates(optimizer, first, count):
    """The learning rates of `count` steps after `first` of them are done, float32."""
    return np.array([optimizer.rate(step) for step in range(first + 1, first + count + 1)], np.float32)


def settings(optimizer):
    """The arguments of a launch, which a captured one keeps: all settings but the learning rate."""
    config = optimizer.get_config()
    return type(optimizer), {name: value for name, value in config.items() if name not in ("learning_rate", "decay")}
