"""Batch normalization against plain formulas in float64, differences, PyTorch and Keras."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nn_kernels import DTYPES, same_for_any_threads, tolerance

from convviz.kernels.cpu import memory, normalization

EPSILON, MOMENTUM = 1e-3, 0.9


class Case:
    """Arrays for one layer."""

    def __init__(self, shape, dtype, seed=0):
        random = np.random.default_rng(seed)
        self.x, self.gradient = ((random.standard_normal(shape) * 3 + 2).astype(dtype) for _ in range(2))
        self.gamma, self.beta, self.moving_mean = (random.standard_normal(shape[-1]).astype(dtype) for _ in range(3))
        self.moving_variance = random.uniform(0.5, 2, shape[-1]).astype(dtype)
        self.mean, self.inverse = np.full_like(self.gamma, 99), np.full_like(self.gamma, 99)

    def train(self, y=None, workspace=None, scaled=True):
        """The result of a step."""
        y = np.full_like(self.x, 99) if y is None else y
        weights = (self.gamma, self.beta) if scaled else (None, None)
        normalization.batch_norm_training(
            self.x,
            y,
            *weights,
            EPSILON,
            self.mean,
            self.inverse,
            self.moving_mean,
            self.moving_variance,
            MOMENTUM,
            workspace,
        )
        return y

    def back(self, workspace=None, scaled=True):
        """The gradients with respect to x, gamma and beta."""
        given, of_gamma, of_beta = self.gradient.copy(), np.full_like(self.gamma, 99), np.full_like(self.gamma, 99)
        gamma = self.gamma if scaled else None
        normalization.batch_norm_gradient(given, self.x, gamma, self.mean, self.inverse, of_gamma, of_beta, workspace)
        return given, of_gamma, of_beta


def plain(x, gamma, beta, mean=None, variance=None):
    """The formula, in float64."""
    x = x.astype(np.float64).reshape(-1, x.shape[-1])
    mean = x.mean(0) if mean is None else mean.astype(np.float64)
    variance = ((x - mean) ** 2).mean(0) if variance is None else variance.astype(np.float64)
    return (x - mean) / np.sqrt(variance + EPSILON) * gamma + beta


@pytest.mark.parametrize("dtype", DTYPES)
@given(
    rows=st.integers(1, 300),
    channels=st.one_of(st.integers(1, 40), st.sampled_from([511, 512, 513])),
    scaled=st.booleans(),
    seed=st.integers(0, 99),
)
def test_formulas(dtype, rows, channels, scaled, seed):
    case = Case((rows, channels), dtype, seed)
    moving = case.moving_mean.astype(float), case.moving_variance.astype(float)
    y = case.train(scaled=scaled)
    numbers = (case.gamma, case.beta) if scaled else (1, 0)
    # sums in float64 around a cell that may be far from the mean: float64 itself feels it
    near = tolerance(dtype, 20 if dtype == np.float32 else 100)
    # rows that are all alike are divided by the root of epsilon
    steep = np.abs(np.broadcast_to(numbers[0], channels)) / np.sqrt(case.x.astype(float).var(0) + EPSILON) + 1
    assert (np.abs(y - plain(case.x, *numbers)) <= near * np.maximum(1, steep)).all()
    exact = case.x.astype(float)
    np.testing.assert_allclose(case.moving_mean, moving[0] * 0.9 + exact.mean(0) * 0.1, rtol=0, atol=near)
    np.testing.assert_allclose(case.moving_variance, moving[1] * 0.9 + exact.var(0) * 0.1, rtol=near)
    np.testing.assert_allclose(case.inverse, 1 / np.sqrt(exact.var(0) + EPSILON), rtol=near)


@pytest.mark.parametrize("scaled", [False, True])
def test_gradients_are_slopes(scaled):
    case = Case((2, 3, 2, 5), np.float64)
    case.train(scaled=scaled)
    numbers = [case.gamma, case.beta] if scaled else [np.ones(5), np.zeros(5)]
    given, of_gamma, of_beta = case.back(scaled=scaled)

    def slope(array):
        result = np.empty(array.size)
        for i in range(array.size):
            values, before = [], array.flat[i]
            for step in 1e-6, -1e-6:
                array.flat[i] = before + step
                values.append((plain(case.x, *numbers).ravel() * case.gradient.ravel()).sum())
            array.flat[i] = before
            result[i] = (values[0] - values[1]) / 2e-6
        return result

    np.testing.assert_allclose(given.ravel(), slope(case.x), rtol=0, atol=1e-7)
    np.testing.assert_allclose(of_gamma, slope(numbers[0]), rtol=0, atol=1e-7)
    np.testing.assert_allclose(of_beta, slope(numbers[1]), rtol=0, atol=1e-7)


@pytest.mark.parametrize("shape", [(5, 9, 7, 3), (33, 130), (4, 8, 8, 64), (70, 1)], ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_against_pytorch(shape, dtype):
    torch = pytest.importorskip("torch")
    case = Case(shape, dtype)
    x, gamma, beta = (torch.tensor(a, requires_grad=True) for a in (case.x.reshape(-1, shape[-1]), case.gamma, case.beta))
    moving_mean, moving_variance = torch.tensor(case.moving_mean), torch.tensor(case.moving_variance)
    result = torch.nn.functional.batch_norm(
        x, moving_mean, moving_variance, gamma, beta, training=True, momentum=1 - MOMENTUM, eps=EPSILON
    )
    result.backward(torch.tensor(case.gradient.reshape(x.shape)))
    near = tolerance(dtype, 40)
    np.testing.assert_allclose(case.train().reshape(x.shape), result.detach().numpy(), rtol=near, atol=near)
    given, of_gamma, of_beta = case.back()
    rows = len(x)
    np.testing.assert_allclose(given.reshape(x.shape), x.grad.numpy(), rtol=near, atol=near)
    np.testing.assert_allclose(of_gamma, gamma.grad.numpy(), rtol=0, atol=near * rows)
    np.testing.assert_allclose(of_beta, beta.grad.numpy(), rtol=0, atol=near * rows)
    np.testing.assert_allclose(case.moving_mean, moving_mean.numpy(), rtol=near, atol=near)


def test_ten_steps_of_keras(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    case = Case((16, 6, 5, 7), np.float32)
    layer = keras.layers.BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON)
    layer.build(case.x.shape)
    # copies: jax may use the memory of arrays it is given
    layer.set_weights([a.copy() for a in (case.gamma, case.beta, case.moving_mean, case.moving_variance)])
    for step in range(10):
        case.x = np.random.default_rng(step).standard_normal(case.x.shape).astype(np.float32) * step + 1
        # of a batch of ones alone, Keras makes 0 · gamma with errors of some 1e-6 / sqrt(epsilon)
        np.testing.assert_allclose(case.train(), np.asarray(layer(case.x, training=True)), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(case.moving_mean, np.asarray(layer.moving_mean.value), rtol=1e-5)
    np.testing.assert_allclose(case.moving_variance, np.asarray(layer.moving_variance.value), rtol=1e-5)
    y = np.empty_like(case.x)
    moving = case.moving_mean, case.moving_variance
    normalization.batch_norm_inference(case.x, y, case.gamma, case.beta, EPSILON, *moving)
    np.testing.assert_allclose(y, np.asarray(layer(case.x, training=False)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", DTYPES)
@given(rows=st.integers(1, 300), channels=st.integers(1, 40), scaled=st.booleans())
def test_inference(dtype, rows, channels, scaled):
    case = Case((rows, channels), dtype, rows)
    moving = case.moving_mean, case.moving_variance
    numbers = (case.gamma, case.beta) if scaled else (1, 0)
    wanted, y = plain(case.x, *numbers, *moving), np.full_like(case.x, 99)
    weights = (case.gamma, case.beta) if scaled else (None, None)
    normalization.batch_norm_inference(case.x, y, *weights, EPSILON, *moving)
    np.testing.assert_allclose(y, wanted, rtol=tolerance(dtype, 20), atol=tolerance(dtype, 20))
    normalization.batch_norm_inference(case.x, case.x, *weights, EPSILON, *moving)
    np.testing.assert_array_equal(case.x, y)
    given = case.gradient.copy()
    normalization.batch_norm_frozen_gradient(given, weights[0], case.moving_variance, EPSILON)
    slope = numbers[0] / np.sqrt(case.moving_variance.astype(float) + EPSILON)
    np.testing.assert_allclose(given, case.gradient * slope, rtol=tolerance(dtype))


@pytest.mark.parametrize("shape", [(40_000, 3), (64, 28, 28, 20)], ids=str)
def test_statistics_are_stable(shape):
    case = Case(shape, np.float32)
    case.x = (np.random.default_rng(0).standard_normal(shape) + 1e4).astype(np.float32)
    case.x.reshape(-1, shape[-1])[0] += 3000  # even if the first row is far away from all others
    exact = case.x.astype(float).reshape(-1, shape[-1])
    case.train()
    np.testing.assert_allclose(case.mean, exact.mean(0), rtol=tolerance(np.float32, 1))
    np.testing.assert_allclose(case.inverse, 1 / np.sqrt(exact.var(0) + EPSILON), rtol=tolerance(np.float32, 1))


def test_nan_and_infinity_stay_in_their_channel():
    case = Case((50, 6), np.float32)
    case.x[3, 2], case.x[0, 4] = np.nan, np.inf
    y = case.train()
    assert np.isnan(y).any(0).tolist() == [False, False, True, False, True, False]
    given, *_ = case.back()
    assert np.isnan(given).any(0).tolist() == [False, False, True, False, True, False]


def test_in_place():
    case, other = Case((9, 7, 7, 5), np.float32), Case((9, 7, 7, 5), np.float32)
    np.testing.assert_array_equal(case.train(y=case.x), other.train())


def test_workspace_is_used_again():
    case, workspace = Case((64, 14, 14, 24), np.float32), memory.Workspace()
    case.train(workspace=workspace)
    held = workspace.nbytes
    for _ in range(3):
        case.train(workspace=workspace)
        case.back(workspace=workspace)
    assert 0 < workspace.nbytes == held


@pytest.mark.parametrize("shape", [(64, 14, 14, 24), (300_001, 1), (100, 2100)], ids=str)
def test_thread_count_does_not_matter(shape, monkeypatch):
    def calculate():
        case = Case(shape, np.float32)
        return [case.train(), *case.back(), case.mean, case.inverse, case.moving_mean, case.moving_variance]

    same_for_any_threads(monkeypatch, calculate)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": np.zeros((0, 4), np.float32)}, r"expected at least one row and one channel to normalize.*\(0, 4\)"),
        ({"gamma": np.zeros(3, np.float32)}, r"gamma is float32 of shape \(3,\); expected float32 of shape \(4,\)"),
        ({"moving_variance": np.zeros(4)}, "moving_variance is float64"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change, words):
    case = Case((6, 4), np.float32)
    vars(case).update(change)
    with pytest.raises(ValueError, match=words):
        case.train()
