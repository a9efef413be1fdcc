"""Losses and their gradients on the GPU, in numba's simulator, against those of the CPU in float64."""

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

from loss_rows import EXTREME, IEEE, SHAPES, on_gpu, same_for_any_launch, to_host, unknown

from convviz.kernels.cpu import losses as cpu
from convviz.kernels.cuda import launch, losses

pytestmark = [pytest.mark.usefixtures("tiny_blocks"), *map(pytest.mark.filterwarnings, IEEE)]

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

DTYPES = [np.float32, np.float64]
#: The kernel, and whether it takes labels.
KINDS = {
    "softmax of labels": ("softmax_cross_entropy", True),
    "softmax of targets": ("softmax_cross_entropy", False),
    "sigmoid": ("sigmoid_cross_entropy", False),
    "squared": ("mean_squared_error", False),
    "binary": ("binary_cross_entropy", False),
    "categorical of labels": ("categorical_cross_entropy", True),
    "categorical of targets": ("categorical_cross_entropy", False),
}
MERGED = "softmax_cross_entropy", "sigmoid_cross_entropy"


def batch(kind, shape, dtype, seed=0):
    """Predictions or logits, and targets."""
    name, by_label = KINDS[kind]
    random = np.random.default_rng(seed)
    predictions = random.standard_normal(shape) * 3
    if name not in (*MERGED, "mean_squared_error"):
        # some are clipped
        predictions = random.choice([0, 1, 1e-8, *random.uniform(0.01, 0.99, 20)], shape)
        predictions[:, 0] = 0.25
    targets = random.integers(0, shape[1], shape[0]) if by_label else random.random(shape).astype(dtype)
    return predictions.astype(dtype), targets


def on_cpu(kind, predictions, targets):
    """Losses, gradient and probabilities (or None) in the arrays' dtype."""
    name = KINDS[kind][0]
    given, found = np.empty_like(predictions), np.empty(len(predictions), predictions.dtype)
    probabilities = np.empty_like(predictions) if name in MERGED else None
    getattr(cpu, name)(predictions, targets, *([probabilities] if name in MERGED else []), given, found)
    return found, given, probabilities


def found_of(kind, predictions, targets, with_gradient=True):
    """The same from the GPU."""
    name, dtype = KINDS[kind][0], predictions.dtype
    given = unknown(*predictions.shape, dtype=dtype) if with_gradient else None
    found = unknown(len(predictions), dtype=dtype)
    probabilities = unknown(*predictions.shape, dtype=dtype) if name in MERGED else None
    merged = [probabilities] if name in MERGED else []
    getattr(losses, name)(*on_gpu(predictions, targets), *merged, given, found)
    return to_host(found), to_host(given), to_host(probabilities)


def double(kind, predictions, targets):
    """`on_cpu` in float64, of the same numbers."""
    if not KINDS[kind][1]:
        targets = targets.astype(np.float64)
    return on_cpu(kind, predictions.astype(np.float64), targets)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_float64_is_what_it_is_on_the_cpu(kind, shape):
    predictions, targets = batch(kind, shape, np.float64)
    for one, other in zip(found_of(kind, predictions, targets), on_cpu(kind, predictions, targets), strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert np.allclose(one, other, rtol=1e-13, atol=1e-14)


#: Without probabilities of 1, which float32 clips to another number; of a single class there is no other.
NOT_CLIPPED = [(kind, shape) for kind in KINDS for shape in SHAPES if shape[1] > 1 or not kind.startswith("categorical")]


@pytest.mark.parametrize(("kind", "shape"), NOT_CLIPPED)
def test_float32_is_off_by_a_few_roundings_of_the_largest(kind, shape):
    """However long the rows are."""
    predictions, targets = batch(kind, shape, np.float32)
    if kind.startswith(("binary", "categorical")):
        predictions[predictions == 1] = 0.5
    found = found_of(kind, predictions, targets)
    for one, exact in zip(found, double(kind, predictions, targets), strict=True):
        if exact is not None:
            assert np.abs(one - exact).max() <= 4 * 2**-24 * np.abs(exact).max()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["binary", "categorical of labels", "categorical of targets"])
def test_probabilities_are_clipped_to_the_same_float32(kind, shape):
    """In float32 1 − 1e-7 is 1 − 2⁻²³, and −log of the rest is 15.9 instead of 16.1."""
    predictions, targets = batch(kind, shape, np.float32)
    if shape[1] > 1:
        predictions[0, 1] = 1
    found = found_of(kind, predictions, targets)
    for one, other in zip(found[:2], on_cpu(kind, predictions, targets)[:2], strict=True):
        # of 1000 numbers the CPU's sums are off by that
        assert np.abs(one - other).max() <= 16 * 2**-24 * np.abs(other).max()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("times", [1, 3])
def test_extreme_numbers_give_what_they_give_on_the_cpu(times, kind, dtype):
    """In one lane, and in several."""
    predictions = np.repeat(np.array(EXTREME, dtype), times, axis=1)
    targets = np.arange(len(EXTREME)) % 4 * times
    if not KINDS[kind][1]:
        targets = np.eye(4 * times, dtype=dtype)[targets]
        targets[3] = 0
        targets[4] = np.repeat([-1, 0.5, 2, 0], times)
    wanted = on_cpu(kind, predictions, targets)
    assert not np.isfinite(wanted[0]).all()
    for one, other in zip(found_of(kind, predictions, targets), wanted, strict=True):
        if other is not None:
            assert np.allclose(one, other, rtol=1e-6, atol=0, equal_nan=True)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_gradient_the_losses_are_the_same(kind):
    predictions, targets = batch(kind, (7, 10), np.float32)
    with_it, without = found_of(kind, predictions, targets), found_of(kind, predictions, targets, False)
    assert without[1] is None
    assert np.array_equal(with_it[0], without[0])
    assert with_it[2] is None or np.array_equal(with_it[2], without[2])


@pytest.mark.parametrize("where", ["probabilities", "gradient", "both", "gradient in probabilities"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind][0] in MERGED])
def test_logits_may_be_where_results_go(kind, where):
    logits, targets = batch(kind, (7, 10), np.float32)
    wanted = found_of(kind, logits, targets)
    source, aim = on_gpu(logits, targets)
    probabilities = source if where in ("probabilities", "both") else unknown(7, 10)
    gradient = {"probabilities": unknown(7, 10), "gradient in probabilities": probabilities}.get(where, source)
    found = unknown(7)
    getattr(losses, KINDS[kind][0])(source, aim, probabilities, gradient, found)
    assert np.array_equal(to_host(found), wanted[0])
    assert np.array_equal(to_host(gradient), wanted[1])
    assert gradient is probabilities or np.array_equal(to_host(probabilities), wanted[2])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind][0] not in MERGED])
def test_predictions_may_be_where_the_gradient_goes(kind):
    predictions, targets = batch(kind, (7, 10), np.float32)
    source, aim = on_gpu(predictions, targets)
    found = unknown(7)
    getattr(losses, KINDS[kind][0])(source, aim, source, found)
    for one, wanted in zip((found, source), found_of(kind, predictions, targets)[:2], strict=True):
        assert np.array_equal(to_host(one), wanted)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind][1]])
def test_labels_may_be_int32(kind):
    predictions, labels = batch(kind, (7, 10), np.float32)
    short = found_of(kind, predictions, labels.astype(np.int32))
    for one, other in zip(short, found_of(kind, predictions, labels), strict=True):
        assert np.array_equal(one, other)


class Watched(np.ndarray):
    """Rows that may only be read and written where they are."""

    def checked(self, index):
        assert all(0 <= i < size for i, size in zip(index, self.shape, strict=True)), index
        return index

    def __getitem__(self, index):
        return super().__getitem__(self.checked(index) if isinstance(index, tuple) else index)

    def __setitem__(self, index, value):
        super().__setitem__(self.checked(index) if isinstance(index, tuple) else index, value)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind][1]])
@pytest.mark.parametrize("wrong", [-1, 3, 10**12, -(10**12)])
def test_a_wrong_label_gives_a_loss_that_is_no_number_and_nothing_beyond_its_row(kind, wrong):
    predictions, labels = batch(kind, (5, 3), np.float32)
    right = found_of(kind, predictions, labels)
    labels[[1, 4]] = wrong
    name = KINDS[kind][0]
    source, given = on_gpu(predictions), unknown(5, 3)
    for array in (source, given):
        array._ary = array._ary.view(Watched)
    found = unknown(5)
    merged = [unknown(5, 3)] if name in MERGED else []
    getattr(losses, name)(source, on_gpu(labels), *merged, given, found)
    others = [0, 2, 3]
    assert np.isnan(to_host(found)[[1, 4]]).all()
    assert np.array_equal(to_host(found)[others], right[0][others])
    assert np.array_equal(to_host(given)[others], right[1][others])


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_the_same_bits_in_any_launch(monkeypatch, kind):
    predictions, targets = batch(kind, (9, 40), np.float32)
    same_for_any_launch(monkeypatch, lambda: found_of(kind, predictions, targets)[:2])


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_has_the_same_loss_in_any_batch(kind):
    predictions, targets = batch(kind, (9, 10), np.float32)
    alone = found_of(kind, predictions[4:5], targets[4:5])
    assert alone[0][0] == found_of(kind, predictions, targets)[0][4]


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows(kind):
    assert found_of(kind, *batch(kind, (0, 3), np.float32))[0].shape == (0,)


def test_what_does_not_fit_is_refused():
    logits, labels, found = unknown(2, 3), unknown(2, dtype=np.int64), unknown(2)
    with pytest.raises(ValueError, match=r"labels is float32 of shape \(2,\); expected int64 of shape \(2\)"):
        losses.softmax_cross_entropy(logits, unknown(2), logits, None, found)
    with pytest.raises(ValueError, match=r"labels is int64 of shape \(3,\)"):
        losses.categorical_cross_entropy(logits, unknown(3, dtype=np.int64), None, found)
    with pytest.raises(ValueError, match=r"target is float32 of shape \(2, 4\); expected float32 of shape \(2, 3\)"):
        losses.softmax_cross_entropy(logits, unknown(2, 4), logits, None, found)
    with pytest.raises(ValueError, match="probabilities is float64"):
        losses.softmax_cross_entropy(logits, labels, unknown(2, 3, dtype=np.float64), None, found)
    with pytest.raises(ValueError, match=r"gradient is float32 of shape \(3, 2\)"):
        losses.sigmoid_cross_entropy(logits, logits, logits, unknown(3, 2), found)
    with pytest.raises(ValueError, match=r"losses is float32 of shape \(2, 1\); expected float32 of shape \(2\)"):
        losses.mean_squared_error(logits, logits, None, unknown(2, 1))
    with pytest.raises(ValueError, match=r"K at least 1; the shape is \(2, 0\)"):
        losses.binary_cross_entropy(unknown(2, 0), unknown(2, 0), None, found)
