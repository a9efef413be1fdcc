"""Optimizers as updates in place of weights and state, in one pass over memory.

All arrays of a call are flat or of any shape, C-ordered, of one float dtype, and of as many cells; they do not
overlap. The formulas are those of Keras 3, see `convviz.kernels.scalar.optimizers`.

Arguments of kernels besides those that `convviz.kernels` describes:

=============================== ===================================================
w, g                            weights and their gradients
rates                           the optimizer's numbers, a named tuple
velocity, accumulator, squares  a state of each weight, see the optimizer's formula
mean, mean_square               averages of g and of g²
largest                         the largest average of g² so far
steps                           the average of squared steps
buffer                          what steps add up to
=============================== ===================================================
"""

import math
from typing import NamedTuple

from convviz.kernels.cpu import memory
from convviz.kernels.cpu.chunks import share_cells
from convviz.kernels.cpu.compile import compiled
from convviz.kernels.scalar import optimizers as scalar
from convviz.kernels.scalar.targets import compile_functions

__all__ = [
    "adadelta",
    "adagrad",
    "adam",
    "adam_rate",
    "momentum",
    "rmsprop",
    "sgd",
]

move_momentum, move_nesterov, move_adagrad, rms_step, rms_step_centered = compile_functions(
    scalar, "momentum nesterov adagrad rms rms_centered"
)
move_adam, move_amsgrad, move_adadelta = compile_functions(scalar, "adam adam_amsgrad adadelta")


class MomentumRates(NamedTuple):
    """η and m; gradient descent without momentum does not look at m."""

    learning_rate: float
    momentum: float = 0


class AdagradRates(NamedTuple):
    """η and ε."""

    learning_rate: float
    epsilon: float


class RmsRates(NamedTuple):
    """η, ρ, 1 − ρ, ε and the factor of the momentum buffer; those without a buffer, and Adadelta, do not look at that."""

    learning_rate: float
    rho: float
    rest: float
    epsilon: float
    momentum: float = 0


class AdamRates(NamedTuple):
    """α, 1 − β₁, 1 − β₂ and ε."""

    learning_rate: float
    rest_1: float
    rest_2: float
    epsilon: float


def update(function, arrays, rates):
    """Share the cells of arrays among all cores: ``function(w, g, *states, rates, begin, end)``.

    Parameters
    ----------
    function : callable
    arrays : dict
        Weights "w", their gradients "g", then the optimizer's states, by the names that errors give them.
    rates : named tuple of numbers
        They take the weights' dtype.
    """
    weights = arrays["w"]
    for name, array in arrays.items():
        memory.require(name, array, weights.shape, weights.dtype)
    flat = [memory.writable(array, name) for name, array in arrays.items() if name != "g"]
    flat.insert(1, memory.readable(arrays["g"]).reshape(-1))
    share_cells(function, weights.size, *flat, type(rates)(*(weights.dtype.type(number) for number in rates)))


@compiled
def sgd_cells(w, g, rates, begin, end):
    """Cells `begin` … `end` of `sgd`."""
    w, g = w[begin:end], g[begin:end]
    for i in range(len(w)):
        w[i] -= g[i] * rates.learning_rate


def sgd(w, g, learning_rate):
    """Gradient descent: w ← w − η·g."""
    update(sgd_cells, {"w": w, "g": g}, MomentumRates(learning_rate))


@compiled
def momentum_cells(w, g, velocity, rates, begin, end):
    """Cells `begin` … `end` of `momentum`."""
    w, g, velocity = w[begin:end], g[begin:end], velocity[begin:end]
    for i in range(len(w)):
        w[i], velocity[i] = move_momentum(w[i], g[i], velocity[i], rates.learning_rate, rates.momentum)


@compiled
def nesterov_cells(w, g, velocity, rates, begin, end):
    """Cells `begin` … `end` of `momentum` in Nesterov's form."""
    w, g, velocity = w[begin:end], g[begin:end], velocity[begin:end]
    for i in range(len(w)):
        w[i], velocity[i] = move_nesterov(w[i], g[i], velocity[i], rates.learning_rate, rates.momentum)


def momentum(w, g, velocity, learning_rate, momentum, nesterov=False):
    """Gradient descent with momentum: v ← m·v − η·g, w ← w + v; Nesterov's form adds m·v − η·g instead."""
    arrays = {"w": w, "g": g, "velocity": velocity}
    update(nesterov_cells if nesterov else momentum_cells, arrays, MomentumRates(learning_rate, momentum))


@compiled
def adagrad_cells(w, g, accumulator, rates, begin, end):
    """Cells `begin` … `end` of `adagrad`."""
    w, g, accumulator = w[begin:end], g[begin:end], accumulator[begin:end]
    for i in range(len(w)):
        w[i], accumulator[i] = move_adagrad(w[i], g[i], accumulator[i], rates.learning_rate, rates.epsilon)


def adagrad(w, g, accumulator, learning_rate, epsilon=1e-7):
    """Adagrad: s ← s + g², w ← w − η·g / √(s + ε); the accumulator s starts from 0.1 in Keras."""
    update(adagrad_cells, {"w": w, "g": g, "accumulator": accumulator}, AdagradRates(learning_rate, epsilon))


@compiled
def rmsprop_cells(w, g, mean_square, rates, begin, end):
    """Cells `begin` … `end` of `rmsprop`, without momentum."""
    w, g, mean_square = w[begin:end], g[begin:end], mean_square[begin:end]
    for i in range(len(w)):
        step, mean_square[i] = rms_step(g[i], mean_square[i], rates.learning_rate, rates.rho, rates.rest, rates.epsilon)
        w[i] -= step


@compiled
def rmsprop_momentum_cells(w, g, mean_square, buffer, rates, begin, end):
    """Cells `begin` … `end` of `rmsprop` with momentum."""
    w, g, mean_square, buffer = w[begin:end], g[begin:end], mean_square[begin:end], buffer[begin:end]
    for i in range(len(w)):
        step, mean_square[i] = rms_step(g[i], mean_square[i], rates.learning_rate, rates.rho, rates.rest, rates.epsilon)
        buffer[i] = rates.momentum * buffer[i] + step
        w[i] -= buffer[i]


@compiled
def centered_cells(w, g, mean_square, mean, rates, begin, end):
    """Cells `begin` … `end` of centered `rmsprop`, without momentum."""
    w, g, mean_square, mean = w[begin:end], g[begin:end], mean_square[begin:end], mean[begin:end]
    for i in range(len(w)):
        step, mean_square[i], mean[i] = rms_step_centered(
            g[i], mean_square[i], mean[i], rates.learning_rate, rates.rho, rates.rest, rates.epsilon
        )
        w[i] -= step


@compiled
def centered_momentum_cells(w, g, mean_square, mean, buffer, rates, begin, end):
    """Cells `begin` … `end` of centered `rmsprop` with momentum."""
    w, g, buffer = w[begin:end], g[begin:end], buffer[begin:end]
    mean_square, mean = mean_square[begin:end], mean[begin:end]
    for i in range(len(w)):
        step, mean_square[i], mean[i] = rms_step_centered(
            g[i], mean_square[i], mean[i], rates.learning_rate, rates.rho, rates.rest, rates.epsilon
        )
        buffer[i] = rates.momentum * buffer[i] + step
        w[i] -= buffer[i]


def rmsprop(
    w, g, mean_square, momentum_buffer=None, mean_gradient=None, learning_rate=0.001, rho=0.9, momentum=0, epsilon=1e-7
):
    """RMSprop: s ← ρ·s + (1 − ρ)·g², step = η·g / √(s + ε), w ← w − step.

    With a `momentum_buffer` b ← momentum·b + step, w ← w − b. With a `mean_gradient` ("centered") a ← ρ·a + (1 − ρ)·g
    and the root is √(s − a² + ε).
    """
    arrays = {"w": w, "g": g, "mean_square": mean_square}
    functions = rmsprop_cells, rmsprop_momentum_cells
    if mean_gradient is not None:
        arrays["mean_gradient"] = mean_gradient
        functions = centered_cells, centered_momentum_cells
    if momentum_buffer is not None:
        arrays["momentum_buffer"] = momentum_buffer
    rates = RmsRates(learning_rate, rho, 1 - rho, epsilon, momentum)
    update(functions[momentum_buffer is not None], arrays, rates)


@compiled
def adam_cells(w, g, mean, mean_square, rates, begin, end):
    """Cells `begin` … `end` of `adam`."""
    w, g, mean, mean_square = w[begin:end], g[begin:end], mean[begin:end], mean_square[begin:end]
    for i in range(len(w)):
        w[i], mean[i], mean_square[i] = move_adam(
            w[i], g[i], mean[i], mean_square[i], rates.learning_rate, rates.rest_1, rates.rest_2, rates.epsilon
        )


@compiled
def amsgrad_cells(w, g, mean, mean_square, largest, rates, begin, end):
    """Cells `begin` … `end` of `adam` with AMSGrad."""
    w, g, mean, mean_square = w[begin:end], g[begin:end], mean[begin:end], mean_square[begin:end]
    largest = largest[begin:end]
    for i in range(len(w)):
        w[i], mean[i], mean_square[i], largest[i] = move_amsgrad(
            w[i], g[i], mean[i], mean_square[i], largest[i], rates.learning_rate, rates.rest_1, rates.rest_2, rates.epsilon
        )


def adam_rate(learning_rate, beta_1, beta_2, step):
    """The learning rate of Adam's step 1, 2, … with both corrections for a start from 0: η·√(1 − β₂ᵗ) / (1 − β₁ᵗ)."""
    return learning_rate * math.sqrt(1 - beta_2**step) / (1 - beta_1**step)


def adam(w, g, m, v, vhat, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """Adam: m ← m + (g − m)·(1 − β₁), v ← v + (g² − v)·(1 − β₂), w ← w − α·m / (√v + ε).

    `learning_rate` is α, with the corrections for the start: see `adam_rate`. With `vhat` (AMSGrad), unless it
    is None, the root is of the largest v so far, which is kept there.
    """
    arrays = {"w": w, "g": g, "m": m, "v": v}
    if vhat is not None:
        arrays["vhat"] = vhat
    rates = AdamRates(learning_rate, 1 - beta_1, 1 - beta_2, epsilon)
    update(adam_cells if vhat is None else amsgrad_cells, arrays, rates)


@compiled
def adadelta_cells(w, g, squares, steps, rates, begin, end):
    """Cells `begin` … `end` of `adadelta`."""
    w, g, squares, steps = w[begin:end], g[begin:end], squares[begin:end], steps[begin:end]
    for i in range(len(w)):
        w[i], squares[i], steps[i] = move_adadelta(
            w[i], g[i], squares[i], steps[i], rates.learning_rate, rates.rho, rates.rest, rates.epsilon
        )


def adadelta(w, g, accumulated_gradient, accumulated_delta, learning_rate=0.001, rho=0.95, epsilon=1e-7):
    """Adadelta: s ← ρ·s + (1 − ρ)·g², d = −√(u + ε) / √(s + ε)·g, u ← ρ·u + (1 − ρ)·d², w ← w + η·d."""
    arrays = {"w": w, "g": g, "accumulated_gradient": accumulated_gradient, "accumulated_delta": accumulated_delta}
    update(adadelta_cells, arrays, RmsRates(learning_rate, rho, 1 - rho, epsilon))
