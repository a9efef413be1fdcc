"""Losses against plain formulas, PyTorch and Keras, and their gradients against differences of losses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nn_kernels import DTYPES, same_for_any_threads, tolerance

from convviz.kernels.cpu import losses

KINDS = ["softmax", "sigmoid", "squared", "binary", "categorical"]


def batch(kind, rows, width, dtype, seed=0):
    """Predictions or logits, targets (N, K), and labels where there are any."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, width, rows)
    predictions = random.standard_normal((rows, width)) * 3
    targets = random.random((rows, width))
    if kind in ("binary", "categorical"):
        predictions = random.uniform(0.01, 0.99, (rows, width))
    if kind == "categorical":
        targets /= targets.sum(1, keepdims=True)
    return predictions.astype(dtype), targets.astype(dtype), labels


def calculated(kind, predictions, target, with_gradient=True):
    """Losses, gradient and probabilities (or None)."""
    gradient = np.full_like(predictions, 99) if with_gradient else None
    result, probabilities = np.full(len(predictions), 99, predictions.dtype), None
    if kind in ("softmax", "sigmoid"):
        probabilities = np.full_like(predictions, 99)
        function = losses.softmax_cross_entropy if kind == "softmax" else losses.sigmoid_cross_entropy
        function(predictions, target, probabilities, gradient, result)
    else:
        functions = losses.mean_squared_error, losses.binary_cross_entropy, losses.categorical_cross_entropy
        functions[KINDS.index(kind) - 2](predictions, target, gradient, result)
    return result, gradient, probabilities


def plain(kind, predictions, targets):
    """Losses as the formulas are written, in float64."""
    p, t = predictions.astype(np.float64), targets.astype(np.float64)
    if kind == "softmax":
        return -(t * np.log(np.exp(p) / np.exp(p).sum(1, keepdims=True))).sum(1)
    if kind == "squared":
        return ((p - t) ** 2).mean(1)
    if kind == "categorical":
        return -(t * np.log(np.clip(p / p.sum(1, keepdims=True), 1e-7, 1 - 1e-7))).sum(1)
    if kind == "sigmoid":
        return (t * np.log(1 + np.exp(-p)) + (1 - t) * np.log(1 + np.exp(p))).mean(1)
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", DTYPES)
@given(rows=st.integers(0, 9), width=st.integers(1, 12), seed=st.integers(0, 99))
def test_formulas(kind, dtype, rows, width, seed):
    predictions, targets, _ = batch(kind, rows, width, dtype, seed)
    result, gradient, _ = calculated(kind, predictions, targets)
    wanted = plain(kind, predictions, targets)
    np.testing.assert_allclose(result, wanted, rtol=tolerance(dtype, 40), atol=tolerance(dtype, 40))
    np.testing.assert_array_equal(calculated(kind, predictions, targets, with_gradient=False)[0], result)
    if dtype == np.float64:
        for k in range(width):
            step = np.zeros_like(predictions)
            step[:, k] = 1e-6
            difference = plain(kind, predictions + step, targets) - plain(kind, predictions - step, targets)
            np.testing.assert_allclose(gradient[:, k] * rows, difference / 2e-6, rtol=1e-6, atol=1e-7)
    else:
        exact = calculated(kind, predictions.astype(np.float64), targets.astype(np.float64))[1]
        np.testing.assert_allclose(gradient, exact, rtol=tolerance(dtype, 40), atol=tolerance(dtype, 10))


@pytest.mark.parametrize("kind", ["softmax", "categorical"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_labels_are_rows_with_a_single_one(kind, dtype):
    predictions, _, labels = batch(kind, 17, 5, dtype)
    one_hot = np.eye(5, dtype=dtype)[labels]
    for one, two in zip(calculated(kind, predictions, labels), calculated(kind, predictions, one_hot), strict=True):
        if one is not None:
            np.testing.assert_allclose(one, two, rtol=tolerance(dtype), atol=tolerance(dtype) / 17)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_against_pytorch(kind, dtype):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    predictions, targets, labels = batch(kind, 33, 7, dtype)
    p, t = torch.tensor(predictions, requires_grad=True), torch.tensor(targets)
    loss = {
        "softmax": lambda: functional.cross_entropy(p, torch.tensor(labels)),
        "sigmoid": lambda: functional.binary_cross_entropy_with_logits(p, t),
        "squared": lambda: functional.mse_loss(p, t),
        "binary": lambda: functional.binary_cross_entropy(p, t),
        "categorical": lambda: functional.nll_loss((p / p.sum(1, keepdim=True)).log(), torch.tensor(labels)),
    }[kind]()
    loss.backward()
    target = labels if kind in ("softmax", "categorical") else targets
    result, gradient, _ = calculated(kind, predictions, target)
    assert losses.total(result) / 33 == pytest.approx(loss.item(), rel=tolerance(dtype, 8))
    np.testing.assert_allclose(gradient, p.grad.numpy(), rtol=tolerance(dtype, 40), atol=tolerance(dtype))


@pytest.mark.parametrize("kind", KINDS)
def test_against_keras(kind, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    predictions, targets, _ = batch(kind, 33, 7, np.float32)
    predictions[:3, :2] = [[0, 1], [1e-9, 0.5], [1, 1]]
    of_keras = {
        "softmax": keras.losses.CategoricalCrossentropy(from_logits=True, reduction=None),
        "sigmoid": keras.losses.BinaryCrossentropy(from_logits=True, reduction=None),
        "squared": keras.losses.MeanSquaredError(reduction=None),
        "binary": keras.losses.BinaryCrossentropy(reduction=None),
        "categorical": keras.losses.CategoricalCrossentropy(reduction=None),
    }[kind]
    wanted = np.asarray(of_keras(targets, predictions))
    np.testing.assert_allclose(calculated(kind, predictions, targets)[0], wanted, rtol=2e-6, atol=2e-7)


@pytest.mark.parametrize("dtype", DTYPES)
def test_huge_logits(dtype):
    logits = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [0, 1e4, 1e4]], dtype)
    result, gradient, probabilities = calculated("softmax", logits, np.array([0, 1, 0]))
    np.testing.assert_allclose(result, [0, np.log(3), 1e4 + np.log(2)], rtol=1e-6)
    np.testing.assert_allclose(probabilities, [[1, 0, 0], [1 / 3] * 3, [0, 0.5, 0.5]], rtol=1e-6)
    np.testing.assert_allclose(gradient * 3, [[0, 0, 0], [1 / 3, -2 / 3, 1 / 3], [-1, 0.5, 0.5]], rtol=1e-6)
    targets = np.array([[1, 0, 0.5], [0, 1, 0.25], [0, 0, 1]], dtype)
    result, gradient, probabilities = calculated("sigmoid", logits, targets)
    wanted = np.array([np.log(2), 1e4 * 1.25, 1e4 + np.log(2)]) / 3
    np.testing.assert_allclose(result, wanted, rtol=1e-6)
    np.testing.assert_array_equal(probabilities, [[1, 0, 0.5], [0, 0, 0], [0.5, 1, 1]])


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_logit_of_minus_infinity_is_a_class_that_cannot_be(dtype):
    logits = np.array([[-np.inf, 0, 0]], dtype)
    for target in np.array([1]), np.array([[0, 1, 0]], dtype):
        result, gradient, probabilities = calculated("softmax", logits, target)
        assert result[0] == pytest.approx(np.log(2), rel=1e-6)
        assert probabilities.tolist() == [[0, 0.5, 0.5]] and gradient.tolist() == [[0, -0.5, 0.5]]
    assert calculated("softmax", logits, np.array([0]))[0][0] == np.inf


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", [0, 1, 4])
def test_nan_stays(kind, place):
    predictions, targets, _ = batch(kind, 3, 5, np.float32)
    predictions[1, place] = np.nan
    result, gradient, _ = calculated(kind, predictions, targets)
    assert np.isnan(result).tolist() == [False, True, False]
    assert np.isnan(gradient[1, place]) and not np.isnan(gradient[::2]).any()


def test_clipped_probabilities_have_no_slope():
    predictions, targets = np.array([[0, 1, 0.5]], np.float32), np.array([[1, 0, 1]], np.float32)
    result, gradient, _ = calculated("binary", predictions, targets)
    top = float(np.float32(1) - np.float32(1e-7))
    assert result[0] == pytest.approx(-(np.log(1e-7) + np.log(1 - top) + np.log(0.5)) / 3, rel=1e-6)
    np.testing.assert_allclose(gradient, [[0, 0, -2 / 3]], rtol=1e-6)
    _, gradient, _ = calculated("categorical", np.array([[0, 0.5, 0.5]], np.float32), np.eye(3, dtype=np.float32)[:1])
    assert gradient.tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("kind", KINDS)
def test_results_may_overwrite_sources(kind):
    predictions, targets, _ = batch(kind, 40, 6, np.float32)
    result, gradient, probabilities = calculated(kind, predictions, targets)
    again, given = np.empty_like(result), predictions.copy()
    if kind in ("softmax", "sigmoid"):
        function = losses.softmax_cross_entropy if kind == "softmax" else losses.sigmoid_cross_entropy
        function(given, targets, given, None, again)
        np.testing.assert_array_equal(given, probabilities)
        np.testing.assert_array_equal(again, result)
        given = predictions.copy()
        function(given, targets, given, given, again)
    else:
        functions = losses.mean_squared_error, losses.binary_cross_entropy, losses.categorical_cross_entropy
        functions[KINDS.index(kind) - 2](given, targets, given, again)
    np.testing.assert_array_equal(given, gradient)
    np.testing.assert_array_equal(again, result)


@pytest.mark.parametrize("kind", KINDS)
def test_thread_count_does_not_matter(kind, monkeypatch):
    predictions, targets, _ = batch(kind, 777, 101, np.float32)
    same_for_any_threads(monkeypatch, lambda: [a for a in calculated(kind, predictions, targets) if a is not None])


def test_sum_is_in_order():
    values = np.array([1e8, 1, -1e8] * 1000, np.float32)
    assert losses.total(values) == 1000
    values = np.array([2.0**53, 1, 1, -(2.0**53)])
    assert losses.total(values) == 0
    assert losses.total(values[::-1]) == 2
    assert losses.total(np.empty(0, np.float32)) == 0


def test_count_correct():
    predictions = np.array([[0.1, 0.9, 0], [0.5, 0.5, 0], [0, np.nan, 9], [3, 2, 1]], np.float32)
    assert losses.count_correct(predictions, np.array([1, 0, 1, 2])) == 3
    assert losses.count_correct(predictions, np.array([1, 1, 2, 0])) == 2
    assert losses.count_correct(predictions, np.eye(3, dtype=np.float32)[[1, 0, 1, 2]]) == 3


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.array([0, 3]), r"labels must be 0 … 2, as there are 3 classes; labels\[1\] is 3"),
        (np.array([-1, 0]), r"labels\[0\] is -1"),
        (np.array([1]), r"labels is int64 of shape \(1,\); expected int64 of shape \(2,\)"),
        (np.array([1, 2], np.int32), "labels is int32"),
        (np.zeros((2, 2), np.float32), r"target is float32 of shape \(2, 2\); expected float32 of shape \(2, 3\)"),
    ],
)
@pytest.mark.parametrize("kind", ["softmax", "categorical"])
def test_targets_that_do_not_fit_are_refused(kind, labels, words):
    with pytest.raises(ValueError, match=words):
        calculated(kind, np.ones((2, 3), np.float32), labels)


def test_rows_without_numbers_are_refused():
    with pytest.raises(ValueError, match=r"expected rows of numbers, \(N, K\) with K at least 1"):
        calculated("squared", np.ones((2, 0), np.float32), np.ones((2, 0), np.float32))
