"""Optimizers on a GPU, with one launch for all weights of a model: the counterpart of `convviz.kernels.cpu.optimizers`.

Weights stand in one flat array, as `parameters.Parameters` lays them out, their gradients in another, and so does each state
that is kept for them. Arrays are on the GPU, of float32, begin at multiples of 16 bytes and have a multiple of four cells: a
thread takes four, since memory sets the pace. Formulas are those of `convviz.kernels.scalar.optimizers`. The zeros between
weights stay zeros as long as epsilon is not 0. Penalties stand in `penalties`.

A step is captured into a CUDA graph and replayed, so what differs from step to step stands in the GPU's memory: the
learning rate of batch `POSITION` of a planned run is ``rates[clock[POSITION]]``, see `clock`. Once a loss was not finite,
``clock[BAD]`` says so and nothing is changed any more. The other settings are baked into what is captured.

Arguments of kernels besides those that `convviz.kernels` describes:

===================== ==============================================================================
w, g                  weights and their gradients
a, b, c               states of each weight; those that an optimizer does not have are not looked at
rates                 (batches,): the learning rate of each batch of a run
settings              the optimizer's other numbers
rate                  the learning rate of this batch
velocity, buffer      a weight's state of momentum
squares, mean_square  sum or moving average of a slope's squares
mean                  moving average of a slope
largest               the largest `mean_square` so far
steps                 moving average of the squares of steps
===================== ==============================================================================
"""

import numpy as np

from convviz.kernels.cuda import arrays, clock
from convviz.kernels.cuda.clock import BAD, POSITION
from convviz.kernels.cuda.intrinsics import tools
from convviz.kernels.cuda.launch import cuda, device_function, kernel
from convviz.kernels.scalar import optimizers as scalar
from convviz.kernels.scalar.targets import compile_functions

__all__ = ["adadelta", "adagrad", "adam", "momentum", "rmsprop", "sgd"]

load4, store4 = tools().load4, tools().store4
move_momentum, move_nesterov, move_adagrad, rms_step, rms_step_centered = compile_functions(
    scalar, "momentum nesterov adagrad rms rms_centered", how=device_function
)
move_adam, move_amsgrad, move_adadelta = compile_functions(scalar, "adam adam_amsgrad adadelta", how=device_function)

# ---------------------------------------------------------------- one weight
# Each takes a weight, its slope, three states, the learning rate and four settings, and gives the weight and the states;
# those that it has no use for come back as they are.


@device_function
def sgd_cell(w, g, a, b, c, rate, settings):
    """As in `sgd`."""
    return w - g * rate, a, b, c


@device_function
def momentum_cell(w, g, velocity, b, c, rate, settings):
    """As in `momentum`."""
    w, velocity = move_momentum(w, g, velocity, rate, settings[0])
    return w, velocity, b, c


@device_function
def nesterov_cell(w, g, velocity, b, c, rate, settings):
    """As in `momentum` in Nesterov's form."""
    w, velocity = move_nesterov(w, g, velocity, rate, settings[0])
    return w, velocity, b, c


@device_function
def adagrad_cell(w, g, squares, b, c, rate, settings):
    """As in `adagrad`."""
    w, squares = move_adagrad(w, g, squares, rate, settings[0])
    return w, squares, b, c


@device_function
def rmsprop_cell(w, g, mean_square, b, c, rate, settings):
    """As in `rmsprop`, without momentum."""
    step, mean_square = rms_step(g, mean_square, rate, settings[0], settings[1], settings[2])
    return w - step, mean_square, b, c


@device_function
def rmsprop_momentum_cell(w, g, mean_square, buffer, c, rate, settings):
    """As in `rmsprop` with momentum."""
    step, mean_square = rms_step(g, mean_square, rate, settings[0], settings[1], settings[2])
    buffer = settings[3] * buffer + step
    return w - buffer, mean_square, buffer, c


@device_function
def centered_cell(w, g, mean_square, mean, c, rate, settings):
    """As in centered `rmsprop`, without momentum."""
    step, mean_square, mean = rms_step_centered(g, mean_square, mean, rate, settings[0], settings[1], settings[2])
    return w - step, mean_square, mean, c


@device_function
def centered_momentum_cell(w, g, mean_square, mean, buffer, rate, settings):
    """As in centered `rmsprop` with momentum."""
    step, mean_square, mean = rms_step_centered(g, mean_square, mean, rate, settings[0], settings[1], settings[2])
    buffer = settings[3] * buffer + step
    return w - buffer, mean_square, mean, buffer


@device_function
def adam_cell(w, g, mean, mean_square, c, rate, settings):
    """As in `adam`."""
    w, mean, mean_square = move_adam(w, g, mean, mean_square, rate, settings[0], settings[1], settings[2])
    return w, mean, mean_square, c


@device_function
def amsgrad_cell(w, g, mean, mean_square, largest, rate, settings):
    """As in `adam` with AMSGrad."""
    return move_amsgrad(w, g, mean, mean_square, largest, rate, settings[0], settings[1], settings[2])


@device_function
def adadelta_cell(w, g, squares, steps, c, rate, settings):
    """As in `adadelta`."""
    w, squares, steps = move_adadelta(w, g, squares, steps, rate, settings[0], settings[1], settings[2])
    return w, squares, steps, c


# ---------------------------------------------------------------- all weights

#: Settings that a kernel takes; missing ones are zeros.
SETTINGS = 4


def updating(name, move, states):
    """The kernel that moves all weights, with so many states of each; any array stands for a state that is missing."""

    @kernel(key=name)
    def update_cells(w, g, a, b, c, rates, clock, settings):
        if clock[BAD] == 0:
            rate = rates[clock[POSITION]]
            for i in range(4 * cuda.grid(1), w.size, 4 * cuda.gridsize(1)):
                weights, slopes, first, second, third = load4(w, i), load4(g, i), load4(a, i), load4(b, i), load4(c, i)
                p = move(weights[0], slopes[0], first[0], second[0], third[0], rate, settings)
                q = move(weights[1], slopes[1], first[1], second[1], third[1], rate, settings)
                r = move(weights[2], slopes[2], first[2], second[2], third[2], rate, settings)
                s = move(weights[3], slopes[3], first[3], second[3], third[3], rate, settings)
                store4(w, i, p[0], q[0], r[0], s[0])
                if states > 0:
                    store4(a, i, p[1], q[1], r[1], s[1])
                if states > 1:
                    store4(b, i, p[2], q[2], r[2], s[2])
                if states > 2:
                    store4(c, i, p[3], q[3], r[3], s[3])

    return update_cells


#: The kernels, and of how many states each is.
KERNELS = {
    name: updating(name, move, states)
    for name, move, states in (
        ("sgd", sgd_cell, 0),
        ("momentum", momentum_cell, 1),
        ("nesterov", nesterov_cell, 1),
        ("adagrad", adagrad_cell, 1),
        ("rmsprop", rmsprop_cell, 1),
        ("rmsprop momentum", rmsprop_momentum_cell, 2),
        ("rmsprop centered", centered_cell, 2),
        ("rmsprop centered momentum", centered_momentum_cell, 3),
        ("adam", adam_cell, 2),
        ("amsgrad", amsgrad_cell, 3),
        ("adadelta", adadelta_cell, 2),
    )
}


def update(name, w, g, states, rates, now, settings, stream):
    """Launch a kernel; `states` are arrays by name, in its order."""
    size = int(w.size)
    if size % 4:
        raise ValueError(f"w has {size} cells; expected a multiple of 4, as parameters.Parameters lays weights out")
    for title, array in {"w": w, "g": g, **states}.items():
        arrays.require(title, array, (size,), np.float32)
    arrays.require("rates", rates, (None,), np.float32)
    clock.require(now)
    given = [*states.values(), w, w, w][:3]
    numbers = tuple(np.float32(number) for number in (*settings, 0, 0, 0, 0)[:SETTINGS])
    KERNELS[name].over(size // 4, w, g, *given, rates, now, numbers, stream=stream)


def sgd(w, g, rates, clock, stream=0):
    """Gradient descent: w ← w − η·g.

    Parameters
    ----------
    w, g : device array, float32 (size,)
        Weights, and their gradients.
    rates : device array, float32 (batches of the run,)
        The learning rate η of each; the caller sees to it that there is one for ``clock[POSITION]``.
    clock : device array, int64 (3,)
        See `convviz.kernels.cuda.clock`.
    stream : a stream of numba's, default 0

    Raises
    ------
    ValueError
        If shapes or dtypes do not fit, here and in the functions below, or the size is no multiple of four.
    """
    update("sgd", w, g, {}, rates, clock, (), stream)


def momentum(w, g, velocity, rates, clock, momentum, nesterov=False, stream=0):
    """Gradient descent with momentum: v ← m·v − η·g, w ← w + v; Nesterov's form adds m·v − η·g instead."""
    update("nesterov" if nesterov else "momentum", w, g, {"velocity": velocity}, rates, clock, (momentum,), stream)


def adagrad(w, g, accumulator, rates, clock, epsilon=1e-7, stream=0):
    """Adagrad: s ← s + g², w ← w − η·g / √(s + ε); the accumulator s starts from 0.1 in Keras."""
    update("adagrad", w, g, {"accumulator": accumulator}, rates, clock, (epsilon,), stream)


def rmsprop(w, g, mean_square, momentum_buffer, mean_gradient, rates, clock, rho=0.9, momentum=0, epsilon=1e-7, stream=0):
    """RMSprop: s ← ρ·s + (1 − ρ)·g², step = η·g / √(s + ε), w ← w − step.

    With a `momentum_buffer`, unless it is None, b ← momentum·b + step, w ← w − b. With a `mean_gradient` ("centered")
    a ← ρ·a + (1 − ρ)·g and the root is √(s − a² + ε).
    """
    name, states = "rmsprop", {"mean_square": mean_square}
    if mean_gradient is not None:
        name, states["mean_gradient"] = f"{name} centered", mean_gradient
    if momentum_buffer is not None:
        name, states["momentum_buffer"] = f"{name} momentum", momentum_buffer
    update(name, w, g, states, rates, clock, (rho, 1 - rho, epsilon, momentum), stream)


def adam(w, g, m, v, vhat, rates, clock, beta_1=0.9, beta_2=0.999, epsilon=1e-7, stream=0):
    """Adam: m ← m + (g − m)·(1 − β₁), v ← v + (g² − v)·(1 − β₂), w ← w − α·m / (√v + ε).

    `rates` are α, with the corrections for the start: see `convviz.kernels.cpu.optimizers.adam_rate`. With `vhat` (AMSGrad),
    unless it is None, the root is of the largest v so far, which is kept there.
    """
    states = {"m": m, "v": v} if vhat is None else {"m": m, "v": v, "vhat": vhat}
    settings = 1 - beta_1, 1 - beta_2, epsilon
    update("adam" if vhat is None else "amsgrad", w, g, states, rates, clock, settings, stream)


def adadelta(w, g, accumulated_gradient, accumulated_delta, rates, clock, rho=0.95, epsilon=1e-7, stream=0):
    """Adadelta: s ← ρ·s + (1 − ρ)·g², d = −√(u + ε) / √(s + ε)·g, u ← ρ·u + (1 − ρ)·d², w ← w + η·d."""
    states = {"accumulated_gradient": accumulated_gradient, "accumulated_delta": accumulated_delta}
    update("adadelta", w, g, states, rates, clock, (rho, 1 - rho, epsilon), stream)
