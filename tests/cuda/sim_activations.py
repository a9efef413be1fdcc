"""Activations by kernels of their own, in numba's simulator, against those of the CPU in float64."""

import numpy as np
import pytest
from nn_kernels import DTYPES, arrays_of, tolerance

pytest.importorskip("numba_cuda")

from convviz.kernels.cpu import activations as cpu
from convviz.kernels.cuda import activations, arrays, elementwise, launch

pytestmark = pytest.mark.usefixtures("tiny_blocks")

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

NAMES = list(cpu.ACTIVATIONS)


def on_gpu(array):
    """A copy on the GPU."""
    return arrays.to_gpu(array, "a test's array")


def calculated(name, x, gradient, parameter=None):
    """Value and gradient."""
    y, back, there = on_gpu(np.full_like(x, 99)), on_gpu(gradient), on_gpu(x)
    activations.activate(name, there, y, parameter)
    activations.activation_gradient(name, back, y, there, parameter)
    return arrays.to_host(y), arrays.to_host(back)


def truth(name, x, gradient, parameter=None):
    """The same by the CPU in float64."""
    x, y, back = x.astype(np.float64), np.empty(x.shape), gradient.astype(np.float64)
    cpu.activate(name, x, y, parameter)
    cpu.activation_gradient(name, back, y, x, parameter)
    return y, back


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_are_those_of_the_cpu(name, dtype):
    """Both signs, 0, and numbers whose exponential is tiny; 35 cells are eight fours and three more."""
    x = np.concatenate([np.linspace(-9, 9, 29), [0, 1e-3, -1e-3, 40, -40, 90]]).astype(dtype).reshape(5, 7)
    (gradient,) = arrays_of((5, 7), dtype, 1)
    for found, wanted in zip(calculated(name, x, gradient), truth(name, x, gradient), strict=True):
        assert found.dtype == dtype
        assert (np.abs(found - wanted) <= tolerance(dtype) * np.maximum(1, np.abs(x))).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_infinite_numbers_and_nan(name, dtype):
    x = np.array([np.inf, -np.inf, np.nan, 0, -np.inf], dtype)
    gradient = np.ones_like(x)
    for found, wanted in zip(calculated(name, x, gradient), truth(name, x, gradient), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=tolerance(dtype))


@pytest.mark.parametrize("size", [0, 1, 3, 4, 8, 33])
@pytest.mark.parametrize("wide", [True, False])
def test_every_cell_is_done_in_place_and_wherever_arrays_begin(size, wide, monkeypatch):
    monkeypatch.setattr(elementwise, "aligned", lambda array: wide)
    x, gradient = arrays_of(size, np.float32, 2, seed=size)
    there, back = on_gpu(x), on_gpu(gradient)
    activations.activate("relu", there, there)
    activations.activation_gradient("relu", back, there)
    np.testing.assert_array_equal(arrays.to_host(there), np.maximum(x, 0))
    np.testing.assert_array_equal(arrays.to_host(back), np.where(x > 0, gradient, 0))


def test_parameters():
    x, gradient = np.array([-2, 3], np.float32), np.ones(2, np.float32)
    y, slope = calculated("leaky_relu", x, gradient, 0.25)
    assert y.tolist() == [-0.5, 3]
    assert slope.tolist() == [0.25, 1]
    y, slope = calculated("elu", x, gradient, 2)
    np.testing.assert_allclose(y, [2 * np.exp(-2) - 2, 3], rtol=1e-6)
    np.testing.assert_allclose(slope, [2 * np.exp(-2), 1], rtol=1e-6)


def test_relu_lets_no_infinite_gradient_through():
    gradient = on_gpu(np.full(5, np.inf, np.float32))
    activations.activation_gradient("relu", gradient, on_gpu(np.array([0, 1, 0, 2, 0], np.float32)))
    assert arrays.to_host(gradient).tolist() == [0, np.inf, 0, np.inf, 0]


def test_linear_copies_only_to_another_array(monkeypatch):
    x, y = on_gpu(np.arange(7, dtype=np.float32)), on_gpu(np.zeros(7, np.float32))
    activations.activate("linear", x, y)
    assert arrays.to_host(y).tolist() == list(range(7))
    monkeypatch.setattr(launch.Kernel, "__call__", None)
    activations.activate("linear", x, x)
    activations.activation_gradient("linear", x, None)


def test_gradients_look_at_nothing_they_do_not_need():
    x = on_gpu(np.array([-1, 1], np.float32))
    for name in NAMES:
        gradient = on_gpu(np.ones(2, np.float32))
        known = (None, x) if name in cpu.NEEDS_X else (x, None)
        activations.activation_gradient(name, gradient, *known)


def test_each_kernel_has_a_name_of_its_own():
    """The profiler and the cache on disk know kernels by it."""
    made = [*activations.VALUES.values(), *activations.GRADIENTS.values()]
    assert len({kernel.function.__qualname__ for kernel in made}) == len({kernel.key for kernel in made}) == 20
    assert activations.GRADIENTS["gelu"].function.__name__ == "gelu_gradient_cells"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: activations.activate("rely", x, x), "unknown activation 'rely'; there are elu, gelu, .*tanh"),
        (lambda x: activations.activate("relu", x, x[:2]), r"y is float32 of shape \(2,\); expected float32 of shape"),
        (lambda x: activations.activation_gradient("sigmoyd", x, x), "unknown activation 'sigmoyd'"),
        (lambda x: activations.activation_gradient("gelu", x, x), "of gelu is calculated from x, which is None"),
        (lambda x: activations.activation_gradient("tanh", x, None, x), "calculated from y, which is None"),
        (lambda x: activations.activation_gradient("mish", x, None, x[1:]), r"x is float32 of shape \(2,\)"),
    ],
)
def test_what_does_not_fit_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(on_gpu(np.zeros(3, np.float32)))
