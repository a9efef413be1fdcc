"""Softmax and its gradient on the GPU, in numba's simulator."""

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

from loss_rows import EXTREME, IEEE, SHAPES, on_gpu, same_for_any_launch, to_host, unknown

from convviz.kernels.cpu import softmax as cpu
from convviz.kernels.cuda import launch, softmax

pytestmark = [pytest.mark.usefixtures("tiny_blocks"), *map(pytest.mark.filterwarnings, IEEE)]

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

DTYPES = [np.float32, np.float64]


def exact(x):
    """Softmax in float64."""
    powers = np.exp(np.float64(x) - np.float64(x).max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def draw(shape, dtype, seed=0, scale=3):
    return (np.random.default_rng(seed).standard_normal(shape) * scale).astype(dtype)


def softmax_of(x):
    y = unknown(*x.shape, dtype=x.dtype)
    softmax.softmax(on_gpu(x), y)
    return to_host(y)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [*SHAPES, (3,), (2, 3, 1, 7)])
def test_softmax(shape, dtype):
    """A logit less the largest is rounded, and its power is as much off; beside that four numbers are rounded."""
    x = draw(shape, dtype)
    wanted, spread = exact(x), x.max() - x.min()
    bound = (spread + 4) * np.finfo(dtype).eps / 2
    assert np.abs(softmax_of(x) / wanted - 1).max() <= bound + np.finfo(float).eps * (spread + 4)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("times", [1, 3])
def test_extreme_numbers_give_what_they_give_on_the_cpu(times, dtype):
    """In one lane, and in several."""
    x = np.repeat(np.array(EXTREME, dtype), times, axis=1)
    wanted = np.empty_like(x)
    cpu.softmax(x, wanted)
    assert np.isnan(wanted).any(axis=1).sum() == 6
    assert np.allclose(softmax_of(x), wanted, rtol=1e-6, atol=0, equal_nan=True)


def test_in_place():
    x = draw((5, 10), np.float32)
    both = on_gpu(x)
    softmax.softmax(both, both)
    assert np.array_equal(to_host(both), softmax_of(x))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_gradient(shape, dtype):
    gradient, y = draw(shape, dtype, 1), exact(draw(shape, dtype)).astype(dtype)
    given = on_gpu(gradient)
    softmax.softmax_gradient(given, on_gpu(y))
    g, p = np.float64(gradient), np.float64(y)
    wanted = p * (g - (g * p).sum(-1, keepdims=True))
    # products, their sum, the difference and the last product are rounded
    most = p * (np.abs(g) + 2 * (np.abs(g) * p).sum(-1, keepdims=True)) * 3 * np.finfo(dtype).eps
    assert (np.abs(to_host(given) - wanted) <= most).all()


@pytest.mark.parametrize("shape", [(9, 10), (3, 40)])
def test_rows_are_the_same_bits_in_any_batch_and_any_launch(monkeypatch, shape):
    x, gradient = draw(shape, np.float32), draw(shape, np.float32, 1)

    def both():
        y, given = unknown(*shape), on_gpu(gradient)
        softmax.softmax(on_gpu(x), y)
        softmax.softmax_gradient(given, y)
        return to_host(y), to_host(given)

    same_for_any_launch(monkeypatch, both)
    assert np.array_equal(softmax_of(x[2:3]), both()[0][2:3])


def test_sums_of_long_rows_keep_their_small_numbers():
    """1 + 999 · 2⁻²⁵: in float32 every single 2⁻²⁵ would be lost on 1."""
    x = np.full((1, 1000), -25 * np.log(2), np.float32)
    x[0, 0] = 0
    wanted = 1 / (1 + 999 * np.exp(np.float64(x[0, 1])))
    assert abs(softmax_of(x)[0, 0] - wanted) <= np.finfo(np.float32).eps


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"y is float32 of shape \(2, 4\); expected float32 of shape \(2, 3\)"):
        softmax.softmax(unknown(2, 3), unknown(2, 4))
    with pytest.raises(ValueError, match=r"at least one number; the shape is \(2, 0\)"):
        softmax.softmax(unknown(2, 0), unknown(2, 0))
    with pytest.raises(ValueError, match="y is float64"):
        softmax.softmax_gradient(unknown(2, 3), unknown(2, 3, dtype=np.float64))


def test_no_rows():
    softmax.softmax(unknown(0, 3), unknown(0, 3))
