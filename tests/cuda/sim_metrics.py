"""Metrics, the log and the clock on the GPU, in numba's simulator."""

import math

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

from loss_rows import EXTREME, IEEE, SHAPES, on_gpu, same_for_any_launch, to_host, unknown

from convviz.kernels.cuda import clock as clocks
from convviz.kernels.cuda import launch, metrics
from convviz.nn import metrics as known

pytestmark = [pytest.mark.usefixtures("tiny_blocks"), *map(pytest.mark.filterwarnings, IEEE)]

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

MEANS = "binary_hits", "squares", "distances"


def found_of(name, targets, predictions):
    """What a metric gives for each row."""
    out = unknown(len(predictions), dtype=predictions.dtype)
    getattr(metrics, name)(*on_gpu(targets, predictions), out)
    return to_host(out)


# ---------------------------------------------------------------- hits


def ties(shape, seed):
    """Few different numbers, so that many are equal; some rows hold a NaN, some several, some −∞ only."""
    random = np.random.default_rng(seed)
    numbers = random.choice([-np.inf, -1, 0, 0.5, 1, np.inf], shape)
    numbers[random.random(shape) < 0.4 / shape[1]] = np.nan
    numbers[::5] = np.where(random.random(shape[1]) < 0.5, np.nan, numbers[::5])
    numbers[1::5] = -np.inf
    return numbers.astype(np.float32)


@pytest.mark.parametrize("kind", [np.int64, np.int32])
@pytest.mark.parametrize("shape", [*SHAPES, (40, 5), (30, 17)])
def test_hits_of_labels(shape, kind):
    """Each row is told its argmax, and then another."""
    predictions = ties(shape, 1)
    labels = predictions.argmax(1).astype(kind)
    assert (found_of("hits", labels, predictions) == 1).all()
    assert (found_of("hits", labels + 1, predictions) == 0).all()
    for row in range(shape[0]):
        labels[row] = row % shape[1]
    assert np.array_equal(found_of("hits", labels, predictions), known.hits(labels, predictions))


@pytest.mark.parametrize("shape", [*SHAPES, (40, 5), (30, 17)])
def test_hits_of_rows(shape):
    predictions, targets = ties(shape, 1), ties(shape, 2)
    targets[::2] = predictions[::2]
    assert np.array_equal(found_of("hits", targets, predictions), known.hits(targets, predictions))


@pytest.mark.parametrize("times", [1, 3])
def test_the_largest_number_is_where_numpy_sees_it(times):
    """In one lane, and in several."""
    predictions = np.repeat(np.array(EXTREME, np.float32), times, axis=1)
    for label in range(4 * times):
        labels = np.full(len(predictions), label)
        assert np.array_equal(found_of("hits", labels, predictions), predictions.argmax(1) == label)


# ---------------------------------------------------------------- means of rows


def wanted_of(name, targets, predictions):
    """What nn.metrics gives, a number a cell, in float64, as the mean of each row."""
    return np.asarray(getattr(known, name)(targets, predictions), np.float64).mean(1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", MEANS)
def test_means_of_rows(name, shape, dtype):
    """A difference, its square, and the mean are rounded, and the sum, however long it is."""
    random = np.random.default_rng(3)
    targets, predictions = random.random(shape).astype(dtype), random.choice([0.5, *random.random(5)], shape).astype(dtype)
    wanted = wanted_of(name, targets, predictions)
    found = found_of(name, targets, predictions)
    assert np.abs(found - wanted).max() <= 2.5 * np.finfo(dtype).eps * np.abs(wanted).max()


@pytest.mark.parametrize("name", MEANS)
def test_means_of_extreme_rows(name):
    predictions = np.array(EXTREME, np.float32)
    targets = np.zeros_like(predictions)
    with np.errstate(over="ignore", invalid="ignore"):
        wanted = wanted_of(name, targets, predictions).astype(np.float32)
    assert np.allclose(found_of(name, targets, predictions), wanted, rtol=1e-6, atol=0, equal_nan=True)


@pytest.mark.parametrize("name", ["hits", *MEANS])
def test_rows_are_the_same_bits_in_any_launch(monkeypatch, name):
    targets, predictions = np.random.default_rng(5).random((2, 9, 40)).astype(np.float32)
    same_for_any_launch(monkeypatch, lambda: [found_of(name, targets, predictions)])


@pytest.mark.parametrize("name", ["hits", *MEANS])
def test_no_rows(name):
    found_of(name, np.empty((0, 3), np.float32), np.empty((0, 3), np.float32))


@pytest.mark.parametrize("name", ["hits", *MEANS])
def test_what_does_not_fit_is_refused(name):
    with pytest.raises(ValueError, match=r"targets? is float32 of shape \(2, 4\); expected float32 of shape \(2, 3\)"):
        getattr(metrics, name)(unknown(2, 4), unknown(2, 3), unknown(2))
    with pytest.raises(ValueError, match=r"(out|losses) is float32 of shape \(3,\); expected float32 of shape \(2\)"):
        getattr(metrics, name)(unknown(2, 3), unknown(2, 3), unknown(3))
    with pytest.raises(ValueError, match=r"K at least 1; the shape is \(2, 0\)"):
        getattr(metrics, name)(unknown(2, 0), unknown(2, 0), unknown(2))


# ---------------------------------------------------------------- the log and the clock


def at(position, bad=0):
    """A clock."""
    return on_gpu(np.array([7, position, bad], np.int64))


@pytest.mark.parametrize("rows", [1, 5, 8, 64, 3001])
def test_means_of_columns_are_rounded_once_or_twice(rows):
    random = np.random.default_rng(rows)
    values = (random.standard_normal((3, rows)) * 10 ** random.uniform(-3, 3, (3, rows))).astype(np.float32)
    values[1] = np.abs(values[1])
    log, clock = unknown(4, 3), at(2)
    metrics.record(on_gpu(values), log, clock)
    found, wanted = to_host(log), [math.fsum(row) / rows for row in values.tolist()]
    # beside two roundings: (n·u)² of what was added up
    slack = (rows * 2**-24) ** 2 * np.abs(values).mean(1, dtype=np.float64)
    assert (np.abs(found[2] - wanted) <= 2 * 2**-24 * np.abs(wanted) + slack).all()
    assert (found[[0, 1, 3]] == 12345).all()
    assert to_host(clock).tolist() == [7, 2, 0]


def test_a_run_of_batches():
    """Three batches, of which the second has no finite loss, and the third neither; accuracies do not matter."""
    clock, log = clocks.new(step=41), unknown(3, 3)
    for first in ([1, 2], [np.nan, 1], [np.inf, -3]):
        metrics.record(on_gpu(np.array([first, [np.nan, 0]], np.float32)), log, clock)
        clocks.advance(clock)
    assert to_host(clock).tolist() == [44, 3, 2]
    wanted = [[1.5, np.nan, 12345], [np.nan, np.nan, 12345], [np.inf, np.nan, 12345]]
    assert np.array_equal(to_host(log), np.float32(wanted), equal_nan=True)


@pytest.mark.parametrize("values", [[np.inf, 1], [-np.inf, 1], [np.inf, -np.inf], [np.nan, 1], [3e38, 3e38]])
def test_a_loss_that_is_not_finite_is_noted_once(values):
    for bad, wanted in (0, 1), (9, 9):
        log, clock = unknown(1, 1), at(0, bad)
        metrics.record(on_gpu(np.array([values], np.float32)), log, clock)
        assert np.array_equal(to_host(log)[0, 0], np.float32(values).mean(), equal_nan=True)
        assert to_host(clock).tolist() == [7, 0, wanted]


def test_nothing_is_written_beyond_the_log():
    clock, log = at(2), unknown(2, 1)
    metrics.record(on_gpu(np.full((1, 3), np.nan, np.float32)), log, clock)
    assert (to_host(log) == 12345).all()
    assert to_host(clock).tolist() == [7, 2, 0]


def test_a_log_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="the log has 2 columns; expected 3 or more"):
        metrics.record(unknown(3, 4), unknown(5, 2), at(0))
    with pytest.raises(ValueError, match=r"log is float64 .*; expected float32 of shape \(any, any\)"):
        metrics.record(unknown(3, 4), unknown(5, 3, dtype=np.float64), at(0))
    with pytest.raises(ValueError, match=r"\(columns, N\); the shape is \(3, 0\)"):
        metrics.record(unknown(3, 0), unknown(5, 3), at(0))
    for wrong in unknown(2, dtype=np.int64), unknown(3):
        with pytest.raises(ValueError, match=r"clock is .*; expected int64 of shape \(3\)"):
            metrics.record(unknown(3, 4), unknown(5, 3), wrong)
        with pytest.raises(ValueError, match=r"clock is .*; expected int64 of shape \(3\)"):
            clocks.advance(wrong)
