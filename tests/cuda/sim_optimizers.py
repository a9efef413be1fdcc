"""Optimizers that move all weights of a model in one launch, in numba's simulator, against formulas and the CPU's kernels."""

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

from convviz.kernels.cpu import optimizers as on_cpu
from convviz.kernels.cuda import arrays, clock, launch, optimizers
from convviz.kernels.cuda.parameters import Parameters

pytestmark = pytest.mark.usefixtures("tiny_blocks")

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

STEPS = 4
#: Different at every step.
RATES = [0.05, 0.03, 0.5, 0.01]
#: With two blocks of eight threads, of which each takes four cells, some go round twice.
SHAPES = [(3, 3, 2, 4), (5,), (1,), (4, 4)]
PARAMETERS = Parameters(SHAPES)


def cpu_rmsprop(momentum, centered):
    """A step of RMSprop on the CPU; states as on the GPU: mean square, mean, momentum's buffer."""

    def step(w, g, rate, s, *rest):
        mean = rest[0] if centered else None
        buffer = rest[-1] if momentum else None
        on_cpu.rmsprop(w, g, s, buffer, mean, rate, 0.8, momentum, 1e-7)

    return step


def gpu_rmsprop(momentum, centered):
    """The same on the GPU."""

    def step(w, g, rates, now, s, *rest):
        mean = rest[0] if centered else None
        buffer = rest[-1] if momentum else None
        optimizers.rmsprop(w, g, s, buffer, mean, rates, now, 0.8, momentum, 1e-7)

    return step


def plain_rmsprop(w, g, rate, s, a=None, b=None, momentum=0.7):
    """The formula."""
    s[...] = 0.8 * s + 0.2 * g**2
    if a is not None:
        a[...] = 0.8 * a + 0.2 * g
    step = rate * g / np.sqrt(s + 1e-7 - (0 if a is None else a**2))
    if b is not None:
        b[...] = momentum * b + step
    w -= step if b is None else b


def plain_sgd(w, g, rate):
    """The formula."""
    w -= rate * g


def plain_momentum(nesterov):
    """The formulas."""

    def step(w, g, rate, v):
        v[...] = 0.9 * v - rate * g
        w += 0.9 * v - rate * g if nesterov else v

    return step


def plain_adagrad(w, g, rate, s):
    """The formula."""
    s += g**2
    w -= rate * g / np.sqrt(s + 1e-6)


def plain_adam(w, g, rate, m, v, largest=None):
    """The formula; the rate holds the corrections."""
    m[...] = 0.8 * m + 0.2 * g
    v[...] = 0.99 * v + 0.01 * g**2
    root = v
    if largest is not None:
        largest[...] = root = np.maximum(largest, v)
    w -= rate * m / (np.sqrt(root) + 1e-6)


def plain_adadelta(w, g, rate, s, u):
    """The formula."""
    s[...] = 0.9 * s + 0.1 * g**2
    d = -np.sqrt(u + 1e-6) / np.sqrt(s + 1e-6) * g
    u[...] = 0.9 * u + 0.1 * d**2
    w += rate * d


#: What states start from; steps on the CPU, on the GPU, and by the formula: ``step(w, g, rate, *states)``, and on the GPU
#: ``step(w, g, rates, clock, *states)``.
CASES = {
    "sgd": ([], on_cpu.sgd, optimizers.sgd, plain_sgd),
    "momentum": (
        [0],
        lambda w, g, rate, v: on_cpu.momentum(w, g, v, rate, 0.9),
        lambda w, g, rates, now, v: optimizers.momentum(w, g, v, rates, now, 0.9),
        plain_momentum(False),
    ),
    "nesterov": (
        [0],
        lambda w, g, rate, v: on_cpu.momentum(w, g, v, rate, 0.9, True),
        lambda w, g, rates, now, v: optimizers.momentum(w, g, v, rates, now, 0.9, True),
        plain_momentum(True),
    ),
    "adagrad": (
        [0.1],
        lambda w, g, rate, s: on_cpu.adagrad(w, g, s, rate, 1e-6),
        lambda w, g, rates, now, s: optimizers.adagrad(w, g, s, rates, now, 1e-6),
        plain_adagrad,
    ),
    "rmsprop": ([0], cpu_rmsprop(0, False), gpu_rmsprop(0, False), plain_rmsprop),
    "rmsprop with momentum": (
        [0, 0],
        cpu_rmsprop(0.7, False),
        gpu_rmsprop(0.7, False),
        lambda w, g, rate, s, b: plain_rmsprop(w, g, rate, s, None, b),
    ),
    "rmsprop, centered": ([0, 0], cpu_rmsprop(0, True), gpu_rmsprop(0, True), plain_rmsprop),
    "rmsprop with momentum, centered": ([0, 0, 0], cpu_rmsprop(0.7, True), gpu_rmsprop(0.7, True), plain_rmsprop),
    "adam": (
        [0, 0],
        lambda w, g, rate, m, v: on_cpu.adam(w, g, m, v, None, rate, 0.8, 0.99, 1e-6),
        lambda w, g, rates, now, m, v: optimizers.adam(w, g, m, v, None, rates, now, 0.8, 0.99, 1e-6),
        plain_adam,
    ),
    "amsgrad": (
        [0, 0, 0],
        lambda w, g, rate, m, v, most: on_cpu.adam(w, g, m, v, most, rate, 0.8, 0.99, 1e-6),
        lambda w, g, rates, now, m, v, most: optimizers.adam(w, g, m, v, most, rates, now, 0.8, 0.99, 1e-6),
        plain_adam,
    ),
    "adadelta": (
        [0, 0],
        lambda w, g, rate, s, u: on_cpu.adadelta(w, g, s, u, rate, 0.9, 1e-6),
        lambda w, g, rates, now, s, u: optimizers.adadelta(w, g, s, u, rates, now, 0.9, 1e-6),
        plain_adadelta,
    ),
}


def start():
    """Weights and the gradients of some steps, flat, of many sizes; AMSGrad's largest square comes first."""
    random = np.random.default_rng(5)

    def draw(sizes):
        return PARAMETERS.pack([random.standard_normal(shape) * 10.0 ** random.integers(*sizes, shape) for shape in SHAPES])

    return draw((0, 1)), [draw((-3, 2)) * np.float32(1 if step else 5) for step in range(STEPS)]


def run(step, states, weights, gradients):
    """Weights and states after all steps of numpy arrays."""
    arrays_ = [weights.copy(), *(np.full_like(weights, value) for value in states)]
    for gradient, rate in zip(gradients, RATES, strict=True):
        step(arrays_[0], gradient, rate, *arrays_[1:])
    return arrays_


def on_gpu(*values):
    """Copies on the GPU."""
    return [arrays.to_gpu(value, "a test's array") for value in values]


def run_on_gpu(step, states, weights, gradients, now=None):
    """The same on the GPU, where the clock moves between steps."""
    rates, *flat = on_gpu(np.float32(RATES), weights, *(np.full_like(weights, value) for value in states))
    now = clock.new() if now is None else now
    for gradient in gradients:
        step(flat[0], *on_gpu(gradient), rates, now, *flat[1:])
        clock.advance(now)
    return [arrays.to_host(array) for array in flat]


@pytest.mark.parametrize("name", CASES)
def test_several_steps(name):
    """As the CPU's kernels and as the formulas; zeros between weights stay what they are."""
    states, cpu, gpu, plain = CASES[name]
    weights, gradients = start()
    assert (weights == 0).sum() == PARAMETERS.size - sum(int(np.prod(shape)) for shape in SHAPES) > 0
    found = run_on_gpu(gpu, states, weights, gradients)
    exact = run(plain, states, weights.astype(np.float64), [gradient.astype(np.float64) for gradient in gradients])
    same = run(cpu, states, weights, gradients)
    # what is taken under a root in centered RMSprop is a difference of squares
    near = (400 if "centered" in name else 8) * 2.0**-23
    for one, right, close in zip(found, exact, same, strict=True):
        scale = np.maximum(np.abs(right), 1 if one is found[0] else np.abs(right).max())
        assert (np.abs(one - right) <= near * scale).all()
        assert (np.abs(one - close) <= near * scale).all()
        assert len(np.unique(one[weights == 0])) == 1
    assert (found[0][weights == 0] == 0).all()
    assert not np.array_equal(found[0], weights)


@pytest.mark.parametrize("cells", [4, 36, 128])
def test_any_number_of_cells(cells):
    weights, gradient = np.arange(1, cells + 1, dtype=np.float32), np.arange(cells, dtype=np.float32)
    w, g, rates = on_gpu(weights, gradient, np.float32([0.5]))
    optimizers.sgd(w, g, rates, clock.new())
    assert np.array_equal(arrays.to_host(w), weights - gradient / 2)
    assert np.array_equal(arrays.to_host(g), gradient)


@pytest.mark.parametrize("name", CASES)
def test_after_a_bad_loss_nothing_changes(name):
    """Not even by gradients that are no numbers."""
    states, _, gpu, _ = CASES[name]
    weights, gradients = start()
    gradients[2][:] = np.nan
    (now,) = on_gpu(np.array([7, 0, 3], np.int64))
    found = run_on_gpu(gpu, states, weights, gradients, now)
    assert np.array_equal(found[0], weights)
    for one, value in zip(found[1:], states, strict=True):
        assert (one == np.float32(value)).all()


def test_the_rate_is_that_of_the_batch():
    w, g, rates, now = on_gpu(
        np.zeros(8, np.float32), np.ones(8, np.float32), np.float32([1, 10, 100]), np.array([50, 1, 0], np.int64)
    )
    optimizers.sgd(w, g, rates, now)
    assert np.array_equal(arrays.to_host(w), np.full(8, -10))
    clock.advance(now)
    optimizers.sgd(w, g, rates, now)
    assert np.array_equal(arrays.to_host(w), np.full(8, -110))


def test_arrays_that_do_not_fit_are_refused():
    w, g, rates, short, odd, double = on_gpu(*(np.zeros(n, np.float32) for n in (8, 8, 3, 4, 6)), np.zeros(8))
    now = clock.new()
    with pytest.raises(ValueError, match=r"g is float32 of shape \(4,\); expected float32 of shape \(8\)"):
        optimizers.sgd(w, short, rates, now)
    with pytest.raises(ValueError, match="w has 6 cells; expected a multiple of 4"):
        optimizers.sgd(odd, odd, rates, now)
    with pytest.raises(ValueError, match="vhat is float64"):
        optimizers.adam(w, g, w, w, double, rates, now)
    with pytest.raises(ValueError, match="momentum_buffer is float32 of shape"):
        optimizers.rmsprop(w, g, w, short, None, rates, now)
    with pytest.raises(ValueError, match="rates is float64"):
        optimizers.sgd(w, g, double, now)
    with pytest.raises(ValueError, match="clock is float32"):
        optimizers.sgd(w, g, rates, rates)
