"""Optimizers against plain formulas in float64, PyTorch and Keras over ten steps."""

import numpy as np
import pytest
from nn_kernels import DTYPES, arrays_of, same_for_any_threads, tolerance

from convviz.kernels.cpu import optimizers, penalties

STEPS, RATE = 10, 0.05


class Case:
    """An optimizer: how convviz, NumPy, Keras and PyTorch make their steps."""

    def __init__(self, states, ours, plain, keras=None, torch=None):
        self.states, self.ours, self.plain, self.keras, self.torch = states, ours, plain, keras, torch


def plain_momentum(nesterov):
    def step(w, g, t, v):
        v[...] = 0.9 * v - RATE * g
        w += 0.9 * v - RATE * g if nesterov else v

    return step


def plain_sgd(w, g, t):
    w -= RATE * g


def plain_adagrad(w, g, t, s):
    s += g**2
    w -= RATE * g / np.sqrt(s + 1e-7)


def plain_rmsprop(w, g, t, s, b=None, a=None):
    s[...] = 0.9 * s + 0.1 * g**2
    if a is not None:
        a[...] = 0.9 * a + 0.1 * g
    step = RATE * g / np.sqrt(s + 1e-7 - (0 if a is None else a**2))
    if b is not None:
        b[...] = 0.8 * b + step
    w -= step if b is None else b


def plain_adam(w, g, t, m, v, largest=None):
    m[...] = 0.9 * m + 0.1 * g
    v[...] = 0.999 * v + 0.001 * g**2
    root = v
    if largest is not None:
        largest[...] = root = np.maximum(largest, v)
    w -= RATE * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(root) + 1e-7)


def plain_adadelta(w, g, t, s, u):
    s[...] = 0.95 * s + 0.05 * g**2
    d = -np.sqrt(u + 1e-7) / np.sqrt(s + 1e-7) * g
    u[...] = 0.95 * u + 0.05 * d**2
    w += RATE * d


def our_adam(w, g, t, m, v, vhat=None):
    optimizers.adam(w, g, m, v, vhat, optimizers.adam_rate(RATE, 0.9, 0.999, t), 0.9, 0.999, 1e-7)


def our_rmsprop(momentum, centered):
    def step(w, g, t, s, *rest):
        rest = list(rest)
        buffer = rest.pop(0) if momentum else None
        mean = rest.pop(0) if centered else None
        optimizers.rmsprop(w, g, s, buffer, mean, RATE, 0.9, momentum, 1e-7)

    return step


def torch_sgd(**options):
    return lambda torch, p: torch.optim.SGD(p, RATE, **options)


def torch_rmsprop(**options):
    return lambda torch, p: torch.optim.RMSprop(p, RATE, alpha=0.9, eps=0, **options)


CASES = {
    "sgd": Case([], lambda w, g, t: optimizers.sgd(w, g, RATE), plain_sgd, ("SGD", {}), torch_sgd()),
    "momentum": Case(
        [0],
        lambda w, g, t, v: optimizers.momentum(w, g, v, RATE, 0.9),
        plain_momentum(False),
        ("SGD", {"momentum": 0.9}),
        torch_sgd(momentum=0.9),
    ),
    "nesterov": Case(
        [0],
        lambda w, g, t, v: optimizers.momentum(w, g, v, RATE, 0.9, nesterov=True),
        plain_momentum(True),
        ("SGD", {"momentum": 0.9, "nesterov": True}),
        torch_sgd(momentum=0.9, nesterov=True),
    ),
    "adagrad": Case(
        [0.1],
        lambda w, g, t, s: optimizers.adagrad(w, g, s, RATE),
        plain_adagrad,
        ("Adagrad", {}),
        lambda torch, p: torch.optim.Adagrad(p, RATE, initial_accumulator_value=0.1, eps=0),
    ),
    "rmsprop": Case([0], our_rmsprop(0, False), plain_rmsprop, ("RMSprop", {}), torch_rmsprop()),
    "rmsprop with momentum": Case(
        [0, 0], our_rmsprop(0.8, False), plain_rmsprop, ("RMSprop", {"momentum": 0.8}), torch_rmsprop(momentum=0.8)
    ),
    "rmsprop, centered": Case(
        [0, 0],
        our_rmsprop(0, True),
        lambda w, g, t, s, a: plain_rmsprop(w, g, t, s, None, a),
        ("RMSprop", {"centered": True}),
    ),
    "rmsprop with momentum, centered": Case(
        [0, 0, 0], our_rmsprop(0.8, True), plain_rmsprop, ("RMSprop", {"momentum": 0.8, "centered": True})
    ),
    "adam": Case([0, 0], our_adam, plain_adam, ("Adam", {}), lambda torch, p: torch.optim.Adam(p, RATE, eps=1e-7)),
    "amsgrad": Case([0, 0, 0], our_adam, plain_adam, ("Adam", {"amsgrad": True})),
    "adadelta": Case(
        [0, 0],
        lambda w, g, t, s, u: optimizers.adadelta(w, g, s, u, RATE),
        plain_adadelta,
        ("Adadelta", {}),
        lambda torch, p: torch.optim.Adadelta(p, RATE, rho=0.95, eps=1e-7),
    ),
}


def start(dtype, size=1001, sizes=(-3, 2)):
    """Weights and ten gradients of many sizes, 10 to the power of at least one of `sizes` and less than the other."""
    random = np.random.default_rng(5)
    gradients = [random.standard_normal(size) * 10.0 ** random.integers(*sizes, size) for _ in range(STEPS)]
    return random.standard_normal(size).astype(dtype), [g.astype(dtype) for g in gradients]


def steps(case, function, weights, gradients):
    """Weights and state after all steps."""
    w, state = weights.copy(), [np.full_like(weights, first) for first in case.states]
    for t, g in enumerate(gradients, 1):
        function(w, g, t, *state)
    return [w, *state]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_formulas(name, dtype):
    case = CASES[name]
    weights, gradients = start(dtype)
    wanted = steps(case, case.plain, weights.astype(np.float64), [g.astype(np.float64) for g in gradients])
    results = steps(case, case.ours, weights, gradients)
    # what is taken under a root in centered RMSprop is a difference of squares
    roundings = 400 if "centered" in name else 20
    for result, one in zip(results, wanted, strict=True):
        assert result.dtype == dtype
        scale = max(1, np.abs(one).max()) if result is not results[0] else 1
        np.testing.assert_allclose(result, one, rtol=tolerance(dtype, roundings), atol=tolerance(dtype, roundings) * scale)


@pytest.mark.parametrize("name", CASES)
def test_ten_steps_of_keras(name, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    case = CASES[name]
    kind, options = case.keras
    weights, gradients = start(np.float32)
    optimizer, variable = getattr(keras.optimizers, kind)(RATE, **options), keras.Variable(weights)
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
    # Keras takes powers of betas close to 1 in float32
    roundings = 400 if "centered" in name else 50 if name in ("adam", "amsgrad") else 20
    result = steps(case, case.ours, weights, gradients)[0]
    near = tolerance(np.float32, roundings)
    np.testing.assert_allclose(result, np.asarray(variable.value), rtol=near, atol=near)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.torch])
def test_ten_steps_of_pytorch(name):
    torch = pytest.importorskip("torch")
    case = CASES[name]
    # so large that it does not matter that PyTorch adds epsilon elsewhere
    weights, gradients = start(np.float64, sizes=(11, 13))
    parameter = torch.nn.Parameter(torch.tensor(weights))
    optimizer = case.torch(torch, [parameter])
    for gradient in gradients:
        parameter.grad = torch.tensor(gradient)
        optimizer.step()
    result = steps(case, case.ours, weights, gradients)[0]
    np.testing.assert_allclose(result, parameter.detach().numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_thread_count_does_not_matter(name, monkeypatch):
    weights, gradients = start(np.float32, 70_001)
    same_for_any_threads(monkeypatch, lambda: steps(CASES[name], CASES[name].ours, weights, gradients[:3]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_penalties(dtype, monkeypatch):
    w, g = arrays_of(70_001, dtype, 2)
    w[:3] = 0, -0.0, 2
    numbers, before = w.astype(np.float64), g.copy()
    wanted = 0.1 * np.abs(numbers).sum() + 0.02 * (numbers**2).sum()
    assert penalties.penalty(w, 0.1, 0.02) == pytest.approx(wanted, rel=1e-14)
    same_for_any_threads(monkeypatch, lambda: [penalties.penalty(w, 0.1, 0.02)])
    penalties.add_penalty_gradient(w, g, 0.1, 0.02)
    np.testing.assert_allclose(g, before + 0.1 * np.sign(w) + 0.04 * w, rtol=0, atol=tolerance(dtype, 8))
    assert (g[:2] == before[:2]).all()


def test_arrays_that_do_not_fit_are_refused():
    w = np.zeros(4, np.float32)
    with pytest.raises(ValueError, match=r"g is float32 of shape \(3,\); expected float32 of shape \(4,\)"):
        optimizers.sgd(w, w[:3], 0.1)
    with pytest.raises(ValueError, match="vhat is float64"):
        optimizers.adam(w, w.copy(), w.copy(), w.copy(), np.zeros(4), 0.1)
