"""What networks are made of beside convolutions and poolings, on a GPU, at real size: against the CPU in float64."""

import hardware
import numpy as np
import pytest
import torch
from hardware import host, on_gpu, scaled, unknown
from nn_kernels import DTYPES, tolerance

from convviz.kernels.cpu import activations as cpu_activations
from convviz.kernels.cpu import dropout as cpu_dropout
from convviz.kernels.cpu import losses as cpu_losses
from convviz.kernels.cpu import normalization as cpu_normalization
from convviz.kernels.cpu import softmax as cpu_softmax
from convviz.kernels.cuda import activations, clock, dropout, elementwise, losses, metrics, normalization, softmax
from convviz.nn import metrics as cpu_metrics

pytestmark = pytest.mark.sanitize
either_dtype = pytest.mark.parametrize("dtype", DTYPES)

#: Maps of a convolution, and an odd number of cells.
SHAPES = scaled([(64, 28, 28, 32), (7, 5, 3, 11)], [(4, 10, 10, 32), (7, 5, 3, 11)], [(2, 3, 2, 4), (3, 5)])
either_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def within(found, wanted, near):
    """Whether numbers are near enough, and infinite ones and NaN the same."""
    found, wanted = np.asarray(found, np.float64), np.asarray(wanted, np.float64)
    finite = np.isfinite(wanted)
    if not np.array_equal(found[~finite], wanted[~finite], equal_nan=True):
        return False
    return bool((abs(found[finite] - wanted[finite]) <= np.broadcast_to(near, wanted.shape)[finite]).all())


def same_bits(call):
    """Assert that arrays on the GPU that ``call()`` gives hold the same bits time after time."""
    first = [hardware.bits(array) for array in call()]
    for _ in range(scaled(5, 2, 1)):
        assert [hardware.bits(array) for array in call()] == first


# ---------------------------------------------------------------- activations


@either_dtype
@either_shape
@pytest.mark.parametrize("name", list(cpu_activations.ACTIVATIONS))
def test_activations(name, shape, dtype, numbers):
    """Functions of CUDA's library are off by two units in the last place, each; infinite numbers and NaN are among them."""
    x, gradient = 4 * numbers(*shape, dtype=dtype), numbers(*shape, dtype=dtype)
    x.reshape(-1)[:6] = np.inf, -np.inf, np.nan, 0, 90, -90
    gradient.reshape(-1)[:3] = 1
    there, y, back = *on_gpu(x), unknown(*shape, dtype=dtype), *on_gpu(gradient)
    activations.activate(name, there, y)
    activations.activation_gradient(name, back, y, there)
    wide, value, slope = x.astype(np.float64), np.empty(shape), gradient.astype(np.float64)
    cpu_activations.activate(name, wide, value)
    cpu_activations.activation_gradient(name, slope, value, wide)
    near = tolerance(dtype, 8) * np.maximum(1, abs(np.nan_to_num(wide, posinf=1, neginf=1)))
    assert within(host(y), value, near)
    assert within(host(back), slope, near * np.maximum(1, abs(gradient)))


# ---------------------------------------------------------------- copies and sums


@pytest.mark.parametrize("place", [hardware.unaligned, lambda array: on_gpu(array)[0]], ids=["anywhere", "aligned"])
@either_dtype
@either_shape
def test_sums_and_copies(shape, dtype, place, integers):
    a, b, bias = integers(*shape, dtype=dtype), integers(*shape, dtype=dtype), integers(shape[-1], dtype=dtype)
    out, copied, filled, grown, biased = (place(value) for value in (a * 0 + 99, a * 0 + 99, a, a, a))
    elementwise.add(place(a), place(b), out)
    elementwise.copy(place(a), copied)
    elementwise.fill(filled, 2.5)
    elementwise.accumulate(grown, place(b))
    elementwise.add_bias(biased, place(bias))
    for found, wanted in ((out, a + b), (copied, a), (filled, a * 0 + 2.5), (grown, a + b), (biased, a + bias)):
        np.testing.assert_array_equal(host(found), wanted)


@either_dtype
@pytest.mark.parametrize("widths", [(32, 64), (3, 5)])
def test_channels_side_by_side(widths, dtype, integers):
    front = scaled((64, 14, 14), (4, 7, 7), (2, 3, 2))
    parts = [integers(*front, width, dtype=dtype) for width in widths]
    whole, first = unknown(*front, sum(widths), dtype=dtype), unknown(*front, widths[0], dtype=dtype)
    elementwise.copy_channels(*on_gpu(parts[0]), 0, whole, 0, widths[0])
    elementwise.copy_channels(*on_gpu(parts[1]), 0, whole, widths[0], widths[1])
    elementwise.copy_channels(whole, 0, first, 0, widths[0])
    np.testing.assert_array_equal(host(whole), np.concatenate(parts, -1))
    np.testing.assert_array_equal(host(first), parts[0])


@either_dtype
def test_zeros_around_images_and_away(dtype, integers):
    image = integers(*scaled((64, 28, 28, 32), (4, 9, 8, 16), (2, 3, 4, 2)), dtype=dtype)
    n, rows, columns, channels = image.shape
    padded, back = unknown(n, rows + 3, columns + 5, channels, dtype=dtype), unknown(*image.shape, dtype=dtype)
    elementwise.zero_pad(*on_gpu(image), padded, 1, 4)
    elementwise.crop(padded, back, 1, 4)
    np.testing.assert_array_equal(host(padded), np.pad(image, ((0, 0), (1, 2), (4, 1), (0, 0))))
    np.testing.assert_array_equal(host(back), image)


# ---------------------------------------------------------------- dropout


@either_dtype
@either_shape
@pytest.mark.parametrize("rate", [0, 0.1, 0.5, 1])
def test_masks_are_those_of_the_cpu(rate, shape, dtype, numbers):
    """To the bit, and others at the next step."""
    x, key = numbers(*shape, dtype=dtype), (0x01234567, 0xFEDCBA98)
    there, now = on_gpu(x)[0], clock.new(2**32 - 2)
    for step in (2**32 - 2, 2**32 - 1):
        y, wanted = unknown(*shape, dtype=dtype), np.empty_like(x)
        dropout.dropout(there, y, rate, key, now, 3)
        cpu_dropout.dropout(x, wanted, rate, key, step, 3)
        assert hardware.bits(y) == wanted.tobytes()
        (back,) = on_gpu(x)
        dropout.dropout_gradient(back, rate, key, now, 3)
        assert hardware.bits(back) == wanted.tobytes()
        clock.advance(now)


@either_dtype
@either_shape
def test_gradient_of_relu_and_dropout(shape, dtype, numbers):
    y, gradient = np.maximum(numbers(*shape, dtype=dtype), 0), numbers(*shape, dtype=dtype)
    back, wanted = on_gpu(gradient)[0], gradient.copy()
    dropout.relu_dropout_gradient(back, *on_gpu(y), 2.0)
    cpu_dropout.relu_dropout_gradient(wanted, y, 2.0)
    assert hardware.bits(back) == wanted.tobytes()


# ---------------------------------------------------------------- batch normalization

EPSILON, MOMENTUM = 1e-3, 0.9
NORMALIZED = scaled(
    [(64, 28, 28, 32), (512, 14, 14, 64), (8, 56, 56, 128), (64, 128), (1000, 3)],
    [(8, 12, 12, 32), (64, 128), (1000, 3)],
    [(3, 4, 2, 5), (9, 3)],
)


def normalized(x, gradient, gamma, beta, moving):
    """y, mean, 1 / deviation, moving statistics, and the gradients of x, gamma and beta, as arrays on the GPU."""
    there, back, gamma, beta, *moving = on_gpu(x, gradient, gamma, beta, *moving)
    y = unknown(*x.shape, dtype=x.dtype)
    mean, inverse, of_gamma, of_beta = (unknown(x.shape[-1], dtype=x.dtype) for _ in range(4))
    normalization.batch_norm_training(there, y, gamma, beta, EPSILON, mean, inverse, *moving, MOMENTUM)
    normalization.batch_norm_gradient(back, there, gamma, mean, inverse, of_gamma, of_beta)
    return y, mean, inverse, *moving, back, of_gamma, of_beta


def normalized_by_pytorch(x, gradient, gamma, beta, moving):
    """The same in float64; the moving variance is Keras's, of the biased one."""
    x, gamma, beta = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (x, gamma, beta))
    flat = x.reshape(-1, x.shape[-1])
    mean, variance = flat.mean(0), flat.var(0, correction=0)
    y = torch.nn.functional.batch_norm(flat, None, None, gamma, beta, True, 0, EPSILON).reshape(x.shape)
    y.backward(torch.tensor(gradient, dtype=torch.float64))
    means = [moving[k] * MOMENTUM + part.detach().numpy() * (1 - MOMENTUM) for k, part in enumerate((mean, variance))]
    known = y, mean, 1 / torch.sqrt(variance + EPSILON)
    return *(part.detach().numpy() for part in known), *means, *(part.grad.numpy() for part in (x, gamma, beta))


@either_dtype
@pytest.mark.parametrize("middle", [0, 100])
@pytest.mark.parametrize("shape", NORMALIZED, ids=str)
def test_batch_normalization(shape, middle, dtype, numbers):
    """Also where the mean is a hundred deviations; then rounding it is what counts, for everything that is made of it."""
    x, gradient = numbers(*shape, dtype=dtype) + dtype(middle), numbers(*shape, dtype=dtype)
    gamma, beta, *moving = (1 + abs(numbers(shape[-1], dtype=dtype)) for _ in range(4))
    wanted = normalized_by_pytorch(x, gradient, gamma, beta, moving)
    found = normalized(x, gradient, gamma, beta, moving)
    # what is rounded beside the result itself: means, and sums of slopes
    slopes, scale = abs(gradient).reshape(-1, shape[-1]).sum(0), (1 + middle) * gamma.max()
    nears = 8 * scale, 1 + middle, 2, 1 + middle, 1, 16 * scale, (1 + middle) * 4 * slopes, 4 * slopes
    names = "y", "mean", "inverse", "moving mean", "moving variance", "gradient", "of gamma", "of beta"
    # of a few rows the deviation may be small
    few = 8 if x.size // shape[-1] < 100 else 1
    for name, one, right, near in zip(names, found, wanted, nears, strict=True):
        assert within(host(one), right, tolerance(dtype, 2) * (few * near + 2 * abs(right))), name
    same_bits(lambda: normalized(x, gradient, gamma, beta, moving))


@either_dtype
@pytest.mark.parametrize("shape", NORMALIZED, ids=str)
def test_batch_normalization_that_is_done_learning(shape, dtype, numbers):
    x, gradient = numbers(*shape, dtype=dtype), numbers(*shape, dtype=dtype)
    gamma, beta, mean, variance = (1 + abs(numbers(shape[-1], dtype=dtype)) for _ in range(4))
    there, back, *numbers_there = on_gpu(x, gradient, gamma, beta, mean, variance)
    y = unknown(*shape, dtype=dtype)
    normalization.batch_norm_inference(there, y, *numbers_there[:2], EPSILON, *numbers_there[2:])
    normalization.batch_norm_frozen_gradient(back, numbers_there[0], numbers_there[3], EPSILON)
    wide = [value.astype(np.float64) for value in (x, gradient, gamma, beta, mean, variance)]
    value, slope = np.empty(shape), wide[1].copy()
    cpu_normalization.batch_norm_inference(wide[0], value, wide[2], wide[3], EPSILON, wide[4], wide[5])
    cpu_normalization.batch_norm_frozen_gradient(slope, wide[2], wide[5], EPSILON)
    reach = (abs(x) + mean) * gamma + beta
    assert within(host(y), value, tolerance(dtype) * reach)
    assert within(host(back), slope, tolerance(dtype) * gamma * abs(gradient))


# ---------------------------------------------------------------- softmax, losses, metrics

#: Rows and numbers of each: the course's ten classes, a thousand as of ImageNet, pixels of a map, and one number.
ROWS = scaled([(64, 10), (512, 10), (64, 1000), (200_704, 3), (512, 1)], [(64, 10), (16, 1000), (512, 1)], [(3, 10), (2, 33)])
every_row = pytest.mark.parametrize("shape", ROWS, ids=str)
#: Losses: whether they take labels and give probabilities, and the function.
LOSSES = {
    "softmax of labels": (True, True, "softmax_cross_entropy"),
    "softmax of rows": (False, True, "softmax_cross_entropy"),
    "sigmoid": (False, True, "sigmoid_cross_entropy"),
    "squared": (False, False, "mean_squared_error"),
    "binary": (False, False, "binary_cross_entropy"),
    "categorical of labels": (True, False, "categorical_cross_entropy"),
    "categorical of rows": (False, False, "categorical_cross_entropy"),
}


@either_dtype
@every_row
def test_softmax(shape, dtype, numbers):
    x, gradient = 5 * numbers(*shape, dtype=dtype), numbers(*shape, dtype=dtype)
    y, back = unknown(*shape, dtype=dtype), *on_gpu(gradient)
    softmax.softmax(*on_gpu(x), y)
    softmax.softmax_gradient(back, y)
    value, slope = np.empty(shape), gradient.astype(np.float64)
    cpu_softmax.softmax(x.astype(np.float64), value)
    cpu_softmax.softmax_gradient(slope, value)
    # a power of e is as exact as its exponent, which may be 30
    near = tolerance(dtype, 32) * value
    assert within(host(y), value, near)
    assert within(host(back), slope, near * (abs(gradient) + abs(gradient * value).sum(1, keepdims=True)))


def loss_of(kind, predictions, targets, functions, put, take):
    """Losses, gradient and probabilities (or None) of a batch, by the CPU's or the GPU's functions."""
    _, merged, name = LOSSES[kind]
    gradient, found = put(np.full_like(predictions, 99)), put(np.full(len(predictions), 99, predictions.dtype))
    probabilities = [put(np.full_like(predictions, 99))] if merged else []
    getattr(functions, name)(put(predictions), put(targets), *probabilities, gradient, found)
    return [take(array) for array in (found, gradient, *probabilities)]


@either_dtype
@every_row
@pytest.mark.parametrize("kind", LOSSES)
def test_losses(kind, shape, dtype, numbers):
    by_label, merged, name = LOSSES[kind]
    if name == "categorical_cross_entropy" and shape[1] == 1:
        pytest.skip("one class alone is certain, which float32 and float64 clip to different numbers")
    predictions = 3 * numbers(*shape, dtype=dtype)
    if not merged and name != "mean_squared_error":
        predictions = np.clip(1 / (1 + np.exp(-predictions)), 1e-4, 1 - 1e-4).astype(dtype)
    labels = np.random.default_rng(1).integers(0, shape[1], shape[0])
    targets = labels if by_label else (1 / (1 + np.exp(-numbers(*shape, dtype=dtype)))).astype(dtype)
    found = loss_of(kind, predictions, targets, losses, lambda array: on_gpu(array)[0], host)
    wide = targets if by_label else targets.astype(np.float64)
    wanted = loss_of(kind, predictions.astype(np.float64), wide, cpu_losses, np.copy, np.asarray)
    for one, right in zip(found, wanted, strict=True):
        # some terms of a row, and of differences, are as large as the largest result
        assert within(one, right, tolerance(dtype, 8) * max(1 if right.ndim == 1 else 0, abs(right).max()))
    if kind == "softmax of labels":
        judge = torch.nn.functional.cross_entropy(torch.tensor(predictions).double(), torch.tensor(labels), reduction="none")
        assert within(found[0], judge.numpy(), tolerance(dtype, 8) * max(1, float(judge.max())))


@every_row
def test_hits_are_counted_exactly(shape, integers):
    """Whole numbers, of which many are equal: the first counts."""
    predictions, targets = integers(*shape), integers(*shape)
    labels = np.random.default_rng(1).integers(0, shape[1], shape[0])
    cases = ("hits", labels), ("hits", labels.astype(np.int32)), ("hits", targets), ("binary_hits", targets)
    for name, wanted in cases:
        out = unknown(shape[0])
        getattr(metrics, name)(*on_gpu(wanted, predictions), out)
        judge = np.asarray(getattr(cpu_metrics, name)(wanted, predictions), np.float64).reshape(shape[0], -1).mean(1)
        assert within(host(out), judge, tolerance(np.float32, 1))


@either_dtype
@every_row
def test_means_of_rows(shape, dtype, numbers):
    predictions, targets = numbers(*shape, dtype=dtype), numbers(*shape, dtype=dtype)
    apart = abs(predictions.astype(np.float64) - targets)
    for name, wanted in (("squares", apart**2), ("distances", apart)):
        out = unknown(shape[0], dtype=dtype)
        getattr(metrics, name)(*on_gpu(targets, predictions), out)
        # a difference is rounded, its square, and the mean
        assert within(host(out), wanted.mean(1), tolerance(dtype, 4) * (wanted.mean(1) + apart.max()))
