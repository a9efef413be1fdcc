"""Activations against plain formulas in float64, PyTorch and Keras, and their gradients against differences."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nn_kernels import DTYPES, arrays_of, same_for_any_threads, tolerance

from convviz.kernels.cpu import activations, softmax, vector_math
from convviz.kernels.scalar import activations as scalar

NAMES = list(activations.ACTIVATIONS)


def normal(x):
    """The normal distribution."""
    return np.array([math.erfc(-v / math.sqrt(2)) / 2 for v in x])


def with_negative(function):
    return lambda x: np.where(x > 0, x, function(np.minimum(x, 0)))


#: As the formulas are written; good for numbers that are neither huge nor tiny.
PLAIN = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": with_negative(lambda x: 0.2 * x),
    "elu": with_negative(lambda x: np.exp(x) - 1),
    "selu": lambda x: 1.0507009873554805 * with_negative(lambda x: 1.6732632423543772 * (np.exp(x) - 1))(x),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "swish": lambda x: x / (1 + np.exp(-x)),
    "gelu": lambda x: x * normal(x),
    "mish": lambda x: x * np.tanh(np.log(1 + np.exp(x))),
}
#: Values at −∞ and at ∞.
ENDS = {
    "linear": (-np.inf, np.inf),
    "relu": (0, np.inf),
    "leaky_relu": (-np.inf, np.inf),
    "elu": (-1, np.inf),
    "selu": (-1.7580993408473766, np.inf),
    "sigmoid": (0, 1),
    "tanh": (-1, 1),
    "softplus": (0, np.inf),
    "swish": (0, np.inf),
    "gelu": (0, np.inf),
    "mish": (0, np.inf),
}
#: Slopes there, where they are not 0 and 1.
SLOPES = {"linear": (1, 1), "leaky_relu": (0.2, 1), "selu": (0, 1.0507009873554805), "sigmoid": (0, 0), "tanh": (0, 0)}


def calculated(name, x, gradient=None, parameter=None):
    """Value, and gradient of what `gradient` is with respect to the value (ones unless given)."""
    y = np.full_like(x, 99)
    activations.activate(name, x, y, parameter)
    gradient = np.ones_like(x) if gradient is None else gradient.copy()
    activations.activation_gradient(name, gradient, y, x, parameter)
    return y, gradient


def roundings(name, x):
    """How many roundings a float32 result may be away from the truth, relative to max(1, |x|)."""
    return (6 if name == "gelu" else 3) * np.maximum(np.abs(x), 1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_formulas(name, dtype):
    x = np.concatenate([np.linspace(-20, 20, 1999), np.linspace(-0.1, 0.1, 333)]).astype(dtype)
    y, slope = calculated(name, x)
    precise = x.astype(np.float64)
    near = roundings(name, x) * tolerance(dtype, 1)
    assert (np.abs(y - PLAIN[name](precise)) <= near).all()
    difference = (PLAIN[name](precise + 1e-5) - PLAIN[name](precise - 1e-5)) / 2e-5
    smooth = np.abs(x) > 1e-4
    assert (np.abs(slope - difference) <= 2 * near + 3e-9)[smooth].all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_large_and_infinite_arguments(name, dtype):
    for size in 2000, 1e4, 1e30, np.inf:
        low, high = calculated(name, np.array([-size, size], dtype))[0]
        at_low, at_high = ENDS[name]
        assert low == dtype(at_low) if np.isfinite(at_low) else low in (-size, dtype(0.2) * dtype(-size))
        assert high == dtype(at_high) if np.isfinite(at_high) else high >= dtype(size)
        slopes = calculated(name, np.array([-size, size], dtype))[1]
        np.testing.assert_array_equal(slopes, np.array(SLOPES.get(name, (0, 1)), dtype))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_nan_stays_nan_and_zero_is_exact(name, dtype):
    x = np.zeros(40, dtype)
    x[[3, 36]] = np.nan
    y, slope = calculated(name, x)
    assert np.isnan(y).nonzero()[0].tolist() == [3, 36]
    if name not in ("linear", "relu", "leaky_relu"):  # whose slopes are constants
        assert np.isnan(slope[[3, 36]]).all()
    assert y[0] == pytest.approx(PLAIN[name](np.zeros(1))[0], rel=tolerance(dtype))
    y, _ = calculated(name, np.array([1e-30, -1e-30], dtype))
    if name not in ("relu", "sigmoid", "softplus"):
        slope = calculated(name, np.zeros(1, dtype))[1][0] if name not in ("leaky_relu", "elu", "selu") else None
        assert y[0] > 0 > y[1] and (slope is None or y[0] == pytest.approx(1e-30 * slope, rel=1e-6))


@pytest.mark.parametrize("dtype", DTYPES)
@given(size=st.integers(0, 5000), name=st.sampled_from(NAMES), start=st.integers(0, 3))
def test_every_cell_is_done_whatever_the_size(dtype, size, name, start):
    x, gradient = arrays_of(size + start, dtype, 2, seed=size)
    x, gradient = x[start:], gradient[start:]
    y, given = calculated(name, x, gradient)
    if size:
        last, last_gradient = calculated(name, x[-1:], gradient[-1:])
        np.testing.assert_allclose(y[-1:], last, rtol=tolerance(dtype), atol=0)
        np.testing.assert_allclose(given[-1:], last_gradient, rtol=tolerance(dtype), atol=0)
    np.testing.assert_allclose(y, PLAIN[name](x.astype(np.float64)), rtol=0, atol=tolerance(dtype, 40))
    activations.activate(name, x, x)
    np.testing.assert_array_equal(x, y)


TORCH = {"leaky_relu": lambda f, x: f.leaky_relu(x, 0.2), "swish": lambda f, x: f.silu(x), "linear": lambda f, x: x * 1}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_against_pytorch(name, dtype):
    torch = pytest.importorskip("torch")
    x, gradient = arrays_of((7, 501), dtype, 2)
    x *= 3
    theirs = torch.tensor(x, requires_grad=True)
    function = TORCH.get(name, lambda f, x: getattr(f, name)(x))
    result = function(torch.nn.functional, theirs)
    result.backward(torch.tensor(gradient))
    y, given = calculated(name, x, gradient)
    near = roundings(name, x) * tolerance(dtype, 1)
    if name == "softplus" and dtype == np.float64:
        near = near + 3e-9  # PyTorch leaves the exponential out above 20
    assert (np.abs(y - result.detach().numpy()) <= near).all()
    assert (np.abs(given - theirs.grad.numpy()) <= 2 * near * np.maximum(1, np.abs(gradient))).all()


@pytest.mark.parametrize("name", NAMES)
def test_against_keras(name, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    (x,) = arrays_of((7, 501), np.float32, 1)
    x *= 3
    options = {"approximate": False} if name == "gelu" else {}
    wanted = np.asarray(getattr(keras.activations, name)(x, **options))
    assert (np.abs(calculated(name, x)[0] - wanted) <= roundings(name, x) * tolerance(np.float32, 1)).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_parameters(dtype):
    x = np.array([-2, 0, 3], dtype)
    y, slope = calculated("leaky_relu", x, parameter=0.25)
    assert y.tolist() == [-0.5, 0, 3] and slope[[0, 2]].tolist() == [0.25, 1]
    y, slope = calculated("leaky_relu", x, parameter=0)
    assert y.tolist() == [0, 0, 3] and slope.tolist() == [0, 0, 1]
    y, slope = calculated("elu", x, parameter=2)
    np.testing.assert_allclose(y, [2 * np.exp(-2) - 2, 0, 3], rtol=1e-6)
    np.testing.assert_allclose(slope, [2 * np.exp(-2), 2, 1], rtol=1e-6)


def test_relu_lets_no_infinite_gradient_through():
    gradient = np.full(4, np.inf, np.float32)
    activations.activation_gradient("relu", gradient, np.array([0, 1, 0, 2], np.float32))
    assert gradient.tolist() == [0, np.inf, 0, np.inf]


@pytest.mark.parametrize("name", NAMES)
def test_thread_count_does_not_matter(name, monkeypatch):
    x, gradient = arrays_of((3, 8, 28, 97), np.float32, 2)
    same_for_any_threads(monkeypatch, lambda: calculated(name, x, gradient))


def units(result, truth):
    """How far float32 results are from the truth, in units in the last place."""
    return np.abs(result.astype(np.float64) - truth) / np.spacing(np.abs(truth.astype(np.float32)))


def every(function, x):
    """A function of `vector_math` at many places."""
    return np.array([function(v) for v in x], np.float32)


@pytest.mark.parametrize(("name", "low", "high", "limit"), [("exp", -103, 88.7, 1), ("expm1", -30, 0, 1), ("log1p", 0, 1, 3)])
def test_float32_exponentials(name, low, high, limit):
    x = np.linspace(low, high, 20_011).astype(np.float32)
    x = np.concatenate([x, np.geomspace(1e-38, 0.5, 999).astype(np.float32) * (-1 if high <= 0 else 1)])
    function, truth = getattr(vector_math, f"{name}_float32"), getattr(np, name)(x.astype(np.float64))
    assert units(every(function, x), truth).max() <= limit


def test_float32_error_function():
    x = np.linspace(-6, 9, 20_011).astype(np.float32)
    truth = np.array([math.erfc(v) for v in x.tolist()])
    result = every(vector_math.erfc_float32, x)
    assert np.abs(result - truth).max() < 4e-7
    assert (units(result, truth) <= 10 + x.astype(np.float64) ** 2).all()


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")  # of Python, which runs it if numba compiles nothing
def test_ends_of_the_exponential():
    exp = vector_math.exp_float32
    assert exp(np.float32(np.inf)) == exp(np.float32(88.73)) == np.inf and exp(np.float32(88.72)) < np.inf
    assert exp(np.float32(-np.inf)) == exp(np.float32(-104)) == 0 and exp(np.float32(-103)) > 0
    assert exp(np.float32(0)) == 1 and np.isnan(exp(np.float32(np.nan)))


@pytest.mark.parametrize("dtype", DTYPES)
@given(rows=st.integers(0, 9), width=st.integers(1, 40))
def test_softmax(dtype, rows, width):
    x, gradient = arrays_of((2, rows, width), dtype, 2)
    y = np.full_like(x, 99)
    softmax.softmax(x, y)
    raised = np.exp(x.astype(np.float64))
    wanted = raised / raised.sum(-1, keepdims=True)
    np.testing.assert_allclose(y, wanted, rtol=tolerance(dtype, 20))
    back = wanted * (gradient - (gradient * wanted).sum(-1, keepdims=True))
    softmax.softmax_gradient(gradient, y)
    np.testing.assert_allclose(gradient, back, rtol=0, atol=tolerance(dtype, 20))
    softmax.softmax(x, x)
    np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_of_extreme_numbers(dtype):
    x = np.array([[1e4, 1e4, -1e4], [-np.inf, 0, -np.inf], [np.nan, 0, 1], [0, np.nan, 1]], dtype)
    softmax.softmax(x, x)
    np.testing.assert_array_equal(x, [[0.5, 0.5, 0], [0, 1, 0], [np.nan] * 3, [np.nan] * 3])


def test_softmax_on_any_number_of_threads(monkeypatch):
    x, gradient = arrays_of((400, 211), np.float32, 2)

    def calculate():
        y, given = np.empty_like(x), gradient.copy()
        softmax.softmax(x, y)
        softmax.softmax_gradient(given, y)
        return y, given

    same_for_any_threads(monkeypatch, calculate)


def test_plain_functions_are_python():
    assert scalar.swish(0.5, 0) == pytest.approx(0.5 / (1 + math.exp(-0.5)), rel=1e-15)
    assert scalar.mish(-2.0, 0) == pytest.approx(-2 * math.tanh(math.log1p(math.exp(-2))), rel=1e-15)
    assert scalar.gelu(-1000.0, 0) == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: activations.activate("rely", x, x), "unknown activation 'rely'; there are elu, gelu, .*tanh"),
        (lambda x: activations.activate("relu", x, x[:2]), r"y is float32 of shape \(2,\); expected float32 of shape"),
        (lambda x: activations.activation_gradient("gelu", x, x), "gradient of gelu is calculated from x, which is None"),
        (lambda x: activations.activation_gradient("tanh", x, None, x), "calculated from y, which is None"),
        (lambda x: softmax.softmax(x.reshape(3, 1)[:, :0], x.reshape(3, 1)[:, :0]), r"at least one number.*\(3, 0\)"),
    ],
)
def test_what_does_not_fit_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(np.zeros(3, np.float32))
