"""What moves a training step along on a GPU: batches, optimizers, penalties, the log and the clock; alone, and in a graph."""

import hardware
import numpy as np
import pytest
from hardware import Graph, host, on_gpu, scaled, unknown
from nn_kernels import DTYPES, tolerance

from convviz.kernels.cpu import batches as cpu_batches
from convviz.kernels.cpu import optimizers as cpu
from convviz.kernels.cpu import penalties as cpu_penalties
from convviz.kernels.cuda import arrays, batches, clock, losses, metrics, optimizers, penalties
from convviz.kernels.cuda.parameters import Parameters

#: The weights of the course's fourth network, and a few of odd sizes.
REAL = [(3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,), (3, 3, 64, 64), (64,), (3, 3, 64, 128), (128,), (6272, 10), (10,), (7,)]
PARAMETERS = Parameters(scaled(REAL, [*REAL[:8], (7,)], [(3, 3, 1, 4), (5,), (1,)]))
#: Different at every step.
RATES = np.float32([0.05, 0.03, 0.5, 0.01])


# ---------------------------------------------------------------- batches


@pytest.mark.sanitize
@pytest.mark.parametrize("made", DTYPES)
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
def test_batches_are_those_of_the_cpu(dtype, made):
    """One after the other, as the clock says."""
    count, size, *shape = scaled((60_000, 512, 28, 28, 1), (500, 64, 9, 9, 1), (9, 4, 2, 3, 1))
    random = np.random.default_rng(3)
    source, labels = random.integers(0, 200, (count, *shape)).astype(dtype), random.integers(0, 10, count)
    order, now = random.permutation(count), clock.new(17)
    there, where, classes = on_gpu(source, order, labels)
    for batch in range(scaled(5, 2, 2)):
        out, picked, wanted = unknown(size, *shape, dtype=made), unknown(size, dtype=np.int64), np.empty((size, *shape), made)
        batches.gather(there, where, now, out)
        batches.gather(classes, where, now, picked)
        rows = order[batch * size : (batch + 1) * size]
        cpu_batches.gather(source, rows, wanted)
        np.testing.assert_array_equal(host(out), wanted)
        np.testing.assert_array_equal(host(picked), labels[rows])
        clock.advance(now)
    assert host(now).tolist() == [17 + batch + 1, batch + 1, 0]


# ---------------------------------------------------------------- optimizers


def rmsprop(momentum, centered):
    """Steps of RMSprop on the CPU, ``step(w, g, rate, *states)``, and on the GPU, ``step(w, g, rates, clock, *states)``."""

    def ordered(s, *rest):
        return s, rest[-1] if momentum else None, rest[0] if centered else None

    return (
        lambda w, g, rate, *states: cpu.rmsprop(w, g, *ordered(*states), rate, 0.8, momentum, 1e-7),
        lambda w, g, rates, now, *states: optimizers.rmsprop(w, g, *ordered(*states), rates, now, 0.8, momentum, 1e-7),
    )


def adam(largest):
    """The same of Adam, or AMSGrad."""

    def ordered(m, v, *rest):
        return m, v, rest[0] if largest else None

    return (
        lambda w, g, rate, *states: cpu.adam(w, g, *ordered(*states), rate, 0.8, 0.99, 1e-6),
        lambda w, g, rates, now, *states: optimizers.adam(w, g, *ordered(*states), rates, now, 0.8, 0.99, 1e-6),
    )


def momentum(nesterov):
    """The same of momentum."""
    return (
        lambda w, g, rate, v: cpu.momentum(w, g, v, rate, 0.9, nesterov),
        lambda w, g, rates, now, v: optimizers.momentum(w, g, v, rates, now, 0.9, nesterov),
    )


#: What states start from, and steps on the CPU and on the GPU.
OPTIMIZERS = {
    "sgd": ([], cpu.sgd, optimizers.sgd),
    "momentum": ([0], *momentum(False)),
    "nesterov": ([0], *momentum(True)),
    "adagrad": (
        [0.1],
        lambda w, g, rate, s: cpu.adagrad(w, g, s, rate),
        lambda w, g, rates, now, s: optimizers.adagrad(w, g, s, rates, now),
    ),
    "rmsprop": ([0], *rmsprop(0, False)),
    "rmsprop with momentum": ([0, 0], *rmsprop(0.7, False)),
    "rmsprop, centered": ([0, 0], *rmsprop(0, True)),
    "rmsprop with momentum, centered": ([0, 0, 0], *rmsprop(0.7, True)),
    "adam": ([0, 0], *adam(False)),
    "amsgrad": ([0, 0, 0], *adam(True)),
    "adadelta": (
        [0, 0],
        lambda w, g, rate, s, u: cpu.adadelta(w, g, s, u, rate, 0.9, 1e-6),
        lambda w, g, rates, now, s, u: optimizers.adadelta(w, g, s, u, rates, now, 0.9, 1e-6),
    ),
}


def start(draw):
    """Weights, and the gradients of each step, flat."""
    flat = [PARAMETERS.pack([draw(*shape) for shape in PARAMETERS.shapes]) for _ in range(1 + len(RATES))]
    return flat[0], flat[1:]


def stepped(step, states, weights, gradients, now=None):
    """Weights and states on the GPU after all steps."""
    rates, *flat = on_gpu(RATES, weights, *(np.full_like(weights, value) for value in states))
    now = clock.new() if now is None else now
    for gradient in gradients:
        step(flat[0], *on_gpu(gradient), rates, now, *flat[1:])
        clock.advance(now)
    return flat


@pytest.mark.sanitize
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_move_weights_as_on_the_cpu(name, numbers):
    """Some steps, judged by the CPU in float64; the same bits every time."""
    states, on_cpu, step = OPTIMIZERS[name]
    weights, gradients = start(numbers)
    found = [host(array) for array in stepped(step, states, weights, gradients)]
    wide = [weights.astype(np.float64), *(np.full(weights.shape, float(np.float32(value))) for value in states)]
    for gradient, rate in zip(gradients, RATES, strict=True):
        on_cpu(wide[0], gradient.astype(np.float64), float(rate), *wide[1:])
    # under a root in centered RMSprop stands a difference of squares
    near = tolerance(np.float32, 400 if "centered" in name else 8)
    for one, right in zip(found, wide, strict=True):
        assert (abs(one - right) <= near * np.maximum(abs(right), 1)).all()
    assert (found[0][weights == 0] == 0).all()
    assert [array.tobytes() for array in found] == [hardware.bits(array) for array in stepped(step, states, weights, gradients)]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_after_a_bad_loss_nothing_changes(name, numbers):
    states, _, step = OPTIMIZERS[name]
    weights, gradients = start(numbers)
    gradients[0][:] = np.nan
    (now,) = on_gpu(np.array([7, 0, 3], np.int64))
    found = stepped(step, states, weights, gradients, now)
    assert hardware.bits(found[0]) == weights.tobytes()
    for one, value in zip(found[1:], states, strict=True):
        assert (host(one) == np.float32(value)).all()


# ---------------------------------------------------------------- penalties, the log


@pytest.mark.sanitize
@pytest.mark.parametrize("dtype", DTYPES)
def test_penalties(dtype, numbers):
    sizes = [int(np.prod(shape)) for shape in PARAMETERS.shapes]
    l1, l2 = ((np.arange(len(sizes)) % 3 * factor).astype(dtype) for factor in (0.01, 0.25))
    weights, gradient = numbers(sum(sizes) + 3, dtype=dtype), numbers(sum(sizes) + 3, dtype=dtype)
    there, back, log, now = *on_gpu(weights, gradient), unknown(3, 4, dtype=dtype), clock.new()
    segments = penalties.segments(sizes, l1, l2, dtype)
    clock.advance(now)
    penalties.penalty(there, *segments, log, now, 2)
    penalties.add_penalty_gradient(there, back, *segments)
    ends, wanted, total = np.cumsum(sizes), gradient.copy(), 0.0
    for first, end, one, two in zip(ends - sizes, ends, l1, l2, strict=True):
        part = weights[first:end].astype(np.float64)
        total += float(one) * abs(part).sum() + float(two) * (part * part).sum()
        cpu_penalties.add_penalty_gradient(weights[first:end], wanted[first:end], one, two)
    assert abs(host(log)[1, 2] - total) <= tolerance(dtype, 4) * total
    # a product and its sum may be rounded once instead of twice
    assert (abs(host(back) - wanted) <= tolerance(dtype, 2) * (1 + abs(wanted))).all()
    assert host(now).tolist() == [1, 1, 0]


@pytest.mark.sanitize
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_the_log_tells_means_and_the_first_that_is_not_finite(numbers):
    steps, rows = 5, scaled(512, 64, 6)
    values = [abs(numbers(2, rows)) for _ in range(steps)]
    values[2][0, 3], values[3][0, 0] = np.nan, np.inf
    log, now = unknown(steps - 1, 3), clock.new(40)
    for one in values:
        metrics.record(*on_gpu(one), log, now)
        clock.advance(now)
    found = host(log)
    for step, one in enumerate(values[:-1]):
        assert np.allclose(found[step, :2], one.astype(np.float64).mean(1), rtol=tolerance(np.float32, 2), equal_nan=True)
        assert found[step, 2] == 12345
    assert host(now).tolist() == [45, 5, 3]


# ---------------------------------------------------------------- in a graph


class Descent:
    """A softmax layer's loss and gradient in its logits, and a step of Adam, batch after batch: all that a clock decides."""

    def __init__(self, draw):
        count, self.size, classes = scaled((4096, 512, 12), (512, 64, 12), (8, 2, 4))
        random = np.random.default_rng(2)
        self.stream, self.now, self.steps = hardware.stream(), clock.new(), count // self.size
        given = draw(count, classes), random.integers(0, classes, count), random.permutation(count)
        self.logits, self.labels, self.order = on_gpu(*given)
        self.rates = on_gpu(np.linspace(0.1, 0.01, self.steps, dtype=np.float32))[0]
        self.x, self.y, self.probabilities = (unknown(self.size, classes) for _ in range(3))
        self.picked, self.values = unknown(self.size, dtype=np.int64), unknown(1, self.size)
        self.log = unknown(self.steps, 1)
        self.weights, self.m, self.v = (on_gpu(np.zeros(self.size * classes, np.float32))[0] for _ in range(3))

    def step(self):
        more = {"stream": self.stream}
        batches.gather(self.logits, self.order, self.now, self.x, **more)
        batches.gather(self.labels, self.order, self.now, self.picked, **more)
        row = self.values.reshape(self.size)
        losses.softmax_cross_entropy(self.x, self.picked, self.probabilities, self.y, row, **more)
        metrics.record(self.values, self.log, self.now, **more)
        slopes = self.y.reshape(self.weights.size)
        optimizers.adam(self.weights, slopes, self.m, self.v, None, self.rates, self.now, **more)
        clock.advance(self.now, **more)

    def found(self):
        """The clock and all that was computed, as bytes."""
        self.stream.synchronize()
        return [hardware.bits(array) for array in (self.now, self.log, self.weights, self.m, self.v)]


def test_a_replayed_graph_goes_from_batch_to_batch(monkeypatch):
    """And does bit for bit what launches one after the other do."""
    plain, replayed = (Descent(hardware.normal(1)) for _ in range(2))
    for _ in range(plain.steps):
        plain.step()
    replayed.step()
    replayed.stream.synchronize()
    monkeypatch.setattr(arrays, "empty", None)
    monkeypatch.setattr(arrays, "to_gpu", None)
    graph = Graph(replayed.stream, replayed.step)
    for _ in range(replayed.steps - (2 if hardware.REHEARSAL else 1)):
        graph.replay()
    assert replayed.found() == plain.found()
    assert host(plain.now).tolist() == [plain.steps, plain.steps, 0]
    assert (host(plain.log) < 100).all()
