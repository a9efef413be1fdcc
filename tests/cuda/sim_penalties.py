"""Penalties on weights on the GPU, in numba's simulator, against those of the CPU."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("numba_cuda")

from loss_rows import IEEE, on_gpu, to_host, unknown

from convviz.kernels.cpu import penalties as on_cpu
from convviz.kernels.cuda import launch, penalties

pytestmark = [pytest.mark.usefixtures("tiny_blocks"), *map(pytest.mark.filterwarnings, IEEE)]

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
#: Cells of a segment and its factors.
SEGMENTS = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from([0, 0.01, 0.5]), st.sampled_from([0, 0.25])), min_size=1, max_size=6
)


@pytest.fixture(autouse=True)
def tiny_chunks(monkeypatch):
    """Several chunks, and fewer than would be worth it."""
    monkeypatch.setattr(penalties, "CHUNK", 5)
    monkeypatch.setattr(penalties, "MOST_CHUNKS", 10)


def numbers(count, dtype=np.float32, seed=0):
    """Of both signs, zeros among them."""
    random = np.random.default_rng(seed)
    return (random.standard_normal(count) * random.integers(0, 3, count)).astype(dtype)


def parts_of(array, sizes):
    """The segments of an array."""
    return np.split(array, np.cumsum(sizes))[:-1]


def penalty_of(weights, sizes, l1, l2, position=1):
    """The penalty, and the clock."""
    log, clock = unknown(3, 4, dtype=weights.dtype), on_gpu(np.array([0, position, 0], np.int64))
    penalties.penalty(on_gpu(weights), *penalties.segments(sizes, l1, l2, weights.dtype), log, clock, 2)
    host = to_host(log)
    others = np.arange(host.size) != 4 * position + 2
    assert (host.reshape(-1)[others] == 12345).all()
    return host[position, 2], to_host(clock).tolist()


def plain(weights, sizes, l1, l2):
    """The penalty in float64."""
    wide = [part.astype(np.float64) for part in parts_of(weights, sizes)]
    pairs = zip(wide, np.asarray(l1, weights.dtype), np.asarray(l2, weights.dtype), strict=True)
    return math.fsum(float(a) * np.abs(part).sum() + float(b) * (part * part).sum() for part, a, b in pairs)


@FEW
@given(rows=SEGMENTS, beyond=st.integers(0, 7), seed=st.integers(0, 99))
def test_penalty(rows, beyond, seed):
    """Cells may stand beyond the last segment, and segments be empty."""
    sizes, l1, l2 = zip(*rows, strict=True)
    weights = numbers(max(sum(sizes) + beyond, 1), seed=seed)
    found, clock = penalty_of(weights, sizes, l1, l2)
    wanted = plain(weights, sizes, l1, l2)
    assert wanted == pytest.approx(sum(map(on_cpu.penalty, parts_of(weights, sizes), l1, l2)), rel=1e-6)
    # a factor times a square is rounded twice, the sum of a chunk and that of the chunks once
    assert abs(found - wanted) <= 4 * 2**-24 * wanted
    assert clock == [0, 1, 0]


@FEW
@given(rows=SEGMENTS, beyond=st.integers(0, 7), seed=st.integers(0, 99))
def test_gradient(rows, beyond, seed):
    sizes, l1, l2 = zip(*rows, strict=True)
    weights, gradient = (numbers(max(sum(sizes) + beyond, 1), seed=seed + one) for one in (0, 1))
    given_back = on_gpu(gradient)
    penalties.add_penalty_gradient(on_gpu(weights), given_back, *penalties.segments(sizes, l1, l2))
    wanted = gradient.copy()
    for part, slopes, first, second in zip(parts_of(weights, sizes), parts_of(wanted, sizes), l1, l2, strict=True):
        on_cpu.add_penalty_gradient(part, slopes, first, second)
    assert np.array_equal(to_host(given_back), wanted)


def test_float64():
    weights = numbers(57, np.float64)
    sizes, l1, l2 = (20, 30), (0.1, 0), (0, 0.3)
    assert penalty_of(weights, sizes, l1, l2)[0] == pytest.approx(plain(weights, sizes, l1, l2), rel=1e-15)


def test_many_weights_are_as_exact_as_few(monkeypatch):
    """A 1 for each lane, and then squares of 2⁻²⁶, of which each would be lost on a 1."""
    monkeypatch.setattr(penalties, "MOST_CHUNKS", 1)
    weights = np.float32([1] * 8 + [2**-13] * 2992)
    assert penalty_of(weights, [3000], [0], [1])[0] == np.float32(8 + 2992 * 2.0**-26) != 8


def test_segments_may_end_beyond_the_weights():
    weights = numbers(9)
    assert penalty_of(weights, [30], [1], [0])[0] == pytest.approx(np.abs(weights).sum(dtype=np.float64))
    slopes = on_gpu(np.zeros(9, np.float32))
    penalties.add_penalty_gradient(on_gpu(weights), slopes, *penalties.segments([30], [1], [0]))
    assert np.array_equal(to_host(slopes), np.sign(weights))


@pytest.mark.parametrize(("value", "wanted"), [(np.nan, np.nan), (np.inf, np.inf), (1e30, np.inf)])
def test_weights_that_are_no_numbers_are_noted(value, wanted):
    """Where nothing is penalized they do no harm."""
    weights = numbers(30)
    weights[[3, 25]] = value
    found, clock = penalty_of(weights, [10, 20], [0, 0.5], [0, 0.5])
    assert np.array_equal(found, np.float32(wanted), equal_nan=True)
    assert clock == [0, 1, 2]
    weights[25] = 1
    found, clock = penalty_of(weights, [10, 20], [0, 0.5], [0, 0.5])
    assert np.isfinite(found)
    assert clock == [0, 1, 0]
    slopes = on_gpu(np.zeros(30, np.float32))
    penalties.add_penalty_gradient(on_gpu(weights), slopes, *penalties.segments([10, 20], [0, 0.5], [0, 0.5]))
    assert np.isfinite(to_host(slopes)).all()


def test_chunks_depend_on_the_number_of_weights_only(monkeypatch):
    monkeypatch.setattr(penalties, "CHUNK", 4096)
    monkeypatch.setattr(penalties, "MOST_CHUNKS", 1024)
    assert [penalties.chunks_of(cells) for cells in (1, 4096, 4097, 10**6, 10**9)] == [1, 1, 2, 245, 1024]


def test_room_may_be_given():
    weights, room = numbers(30), unknown(6)
    log, clock = unknown(1, 1), on_gpu(np.zeros(3, np.int64))
    penalties.penalty(on_gpu(weights), *penalties.segments([30], [1], [0]), log, clock, 0, sums=room)
    assert to_host(room).sum() == pytest.approx(np.abs(weights).sum())
    with pytest.raises(ValueError, match=r"sums is float32 of shape \(5,\); expected float32 of shape \(6\)"):
        penalties.penalty(on_gpu(weights), *penalties.segments([30], [1], [0]), log, clock, 0, sums=unknown(5))


def test_what_does_not_fit_is_refused():
    weights, clock, made = unknown(8), on_gpu(np.zeros(3, np.int64)), penalties.segments([8], [1], [0])
    with pytest.raises(ValueError, match="the log has 2 columns; expected 3 or more"):
        penalties.penalty(weights, *made, unknown(1, 2), clock, 2)
    with pytest.raises(ValueError, match="gradient is float64"):
        penalties.add_penalty_gradient(weights, unknown(8, dtype=np.float64), *made)
    with pytest.raises(ValueError, match=r"l2 is float32 of shape \(2,\); expected float32 of shape \(1\)"):
        penalties.add_penalty_gradient(weights, weights, made[0], made[1], unknown(2))
    with pytest.raises(ValueError, match="ends is float32"):
        penalties.add_penalty_gradient(weights, weights, made[1], *made[1:])
    with pytest.raises(ValueError, match="no weights to penalize"):
        penalties.add_penalty_gradient(unknown(0), unknown(0), *made)
