"""Batch normalization on a GPU, in numba's simulator, against formulas in float64 and the CPU's kernels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba_cuda")

from convviz.kernels.cpu import normalization as on_cpu
from convviz.kernels.cuda import arrays, launch, normalization

pytestmark = pytest.mark.usefixtures("tiny_blocks")

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

EPSILON, MOMENTUM = 1e-3, 0.9
#: Half a unit in the last place of numbers from 1 to 2.
ROUNDING = {np.float32: 2.0**-24, np.float64: 2.0**-53}
DTYPES = [np.float32, np.float64]
#: With four channels and eight threads a block: whole and cut parts of the channels, one chunk and several, rows left over.
SHAPES = [(1, 1), (2, 3), (7, 5), (64, 4), (33, 6), (150, 2), (2, 5, 3, 9), (4, 4, 4, 8), (95, 1)]


def on_gpu(*values):
    """Copies on the GPU; None stays."""
    return [None if value is None else arrays.to_gpu(value, "a test's array") for value in values]


class Case:
    """Arrays for one layer, and what both machines make of them."""

    def __init__(self, shape, dtype=np.float32, scaled=True, x=None):
        random = np.random.default_rng(len(shape) + shape[0])
        self.x, self.gradient = ((random.standard_normal(shape) * 3 + 2).astype(dtype) for _ in range(2))
        self.x = self.x if x is None else x.astype(dtype)
        self.gamma, self.beta, self.moving_mean = (random.standard_normal(shape[-1]).astype(dtype) for _ in range(3))
        self.moving_variance = random.uniform(0.5, 2, shape[-1]).astype(dtype)
        self.unknown = np.full(shape[-1], 99, dtype)
        if not scaled:
            self.gamma = self.beta = None

    def exact(self):
        """y, mean, inverse, moving mean and variance, and the gradients of x, gamma and beta, by their formulas."""
        x, slopes = (array.astype(np.longdouble).reshape(-1, self.x.shape[-1]) for array in (self.x, self.gradient))
        gamma, beta = (1, 0) if self.gamma is None else (self.gamma, self.beta)
        mean, variance = x.mean(0), ((x - x.mean(0)) ** 2).mean(0)
        inverse = 1 / np.sqrt(variance + EPSILON)
        moving_mean = self.moving_mean * MOMENTUM + mean * (1 - MOMENTUM)
        moving_variance = self.moving_variance * MOMENTUM + variance * (1 - MOMENTUM)
        straight = (x - mean) * inverse
        of_gamma, of_beta = (slopes * straight).sum(0), slopes.sum(0)
        gradient = (slopes - of_beta / len(x) - straight * of_gamma / len(x)) * inverse * gamma
        shape = self.x.shape
        y = (straight * gamma + beta).reshape(shape)
        return y, mean, inverse, moving_mean, moving_variance, gradient.reshape(shape), of_gamma, of_beta

    def cpu(self):
        """The same by the CPU's kernels."""
        y, gradient = self.x * 0, self.gradient.copy()
        mean, inverse, of_gamma, of_beta = (self.unknown.copy() for _ in range(4))
        moving = self.moving_mean.copy(), self.moving_variance.copy()
        on_cpu.batch_norm_training(self.x, y, self.gamma, self.beta, EPSILON, mean, inverse, *moving, MOMENTUM)
        on_cpu.batch_norm_gradient(gradient, self.x, self.gamma, mean, inverse, of_gamma, of_beta)
        return y, mean, inverse, *moving, gradient, of_gamma, of_beta

    def gpu(self, scratch=None, in_place=False):
        """The same by the kernels that are tested here."""
        x, gradient, gamma, beta, *moving = on_gpu(
            self.x, self.gradient, self.gamma, self.beta, self.moving_mean, self.moving_variance
        )
        y, mean, inverse, of_gamma, of_beta = on_gpu(self.x * 0 + 99, *[self.unknown] * 4)
        normalization.batch_norm_training(
            x, x if in_place else y, gamma, beta, EPSILON, mean, inverse, *moving, MOMENTUM, scratch
        )
        y = x if in_place else y
        (x,) = on_gpu(self.x)
        normalization.batch_norm_gradient(gradient, x, gamma, mean, inverse, of_gamma, of_beta, scratch)
        return [arrays.to_host(array) for array in (y, mean, inverse, *moving, gradient, of_gamma, of_beta)]


def allowed(case, wanted):
    """How far the GPU may be off: some roundings of what numbers are made of, for each of the results."""
    u = ROUNDING[case.x.dtype.type]
    y, mean, inverse, moving_mean, moving_variance, gradient, _, _ = (np.abs(array) for array in wanted)
    x, slopes = (np.abs(array).reshape(-1, len(mean)) for array in (case.x, case.gradient))
    apart = np.abs(case.x.reshape(x.shape) - wanted[1])
    gamma = np.ones(len(mean)) if case.gamma is None else np.abs(case.gamma)
    whole, product = slopes.sum(0), (slopes * apart).sum(0) * inverse
    # x − mean is as exact as the mean, which is rounded
    through = (slopes + whole / len(x) + apart * inverse * (product + whole * mean * inverse) / len(x)) * inverse * gamma
    beside = gamma * inverse * mean
    return [
        8 * u * (y + beside + 1),
        4 * u * (mean + 1 / inverse),
        8 * u * inverse,
        8 * u * (moving_mean + mean + 1 / inverse),
        8 * u * moving_variance,
        16 * u * through.reshape(case.x.shape),
        16 * u * (product + whole * mean * inverse),
        16 * u * whole,
    ]


NAMES = "y", "mean", "inverse", "moving_mean", "moving_variance", "gradient", "of_gamma", "of_beta"


def check(case, found):
    """Hold what the GPU gave against formulas, and against the CPU where that is as good as they are."""
    for wanted in (case.exact(), case.cpu()) if case.x.dtype == np.float32 else (case.exact(),):
        for name, one, right, near in zip(NAMES, found, wanted, allowed(case, wanted), strict=True):
            assert one.dtype == case.x.dtype
            assert (np.abs(one - right) <= near).all(), name


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_step(shape, dtype):
    case = Case(shape, dtype, scaled=shape[0] != 33)
    check(case, case.gpu())


@settings(max_examples=15, deadline=None)
@given(rows=st.integers(1, 60), channels=st.integers(1, 9), scaled=st.booleans())
def test_any_shape(rows, channels, scaled):
    case = Case((rows, channels), scaled=scaled)
    check(case, case.gpu())


@pytest.mark.parametrize("threads", [7, 12, 20])
def test_any_number_of_strips(threads, monkeypatch):
    """Rows are shared by 7, 3 and 2 threads, or 12, 6, 4 and 3, or 20, 10, 6 and 5; chunks by 1, 3 or 5."""
    monkeypatch.setattr(normalization, "THREADS", threads)
    for value in vars(normalization).values():
        if isinstance(value, launch.Kernel):
            monkeypatch.setattr(value, "threads", threads)
    for channels in (1, 2, 3, 4):
        case = Case((170, channels))
        check(case, case.gpu())


def test_the_formula(integers):
    """Eight rows of ±1 have mean 0 and variance 1: nothing rounds."""
    x = np.where(np.arange(16).reshape(8, 2) % 4 < 2, 1, -1).astype(np.float32)
    x, y, gamma, beta, mean, inverse = on_gpu(x, x, integers(2), integers(2), *[np.zeros(2, np.float32)] * 2)
    moving = on_gpu(np.array([4, 8], np.float32), np.array([3, 5], np.float32))
    normalization.batch_norm_training(x, y, gamma, beta, 0, mean, inverse, *moving, 0.5)
    x, y, gamma, beta, mean, inverse, moving_mean, moving_variance = map(
        arrays.to_host, (x, y, gamma, beta, mean, inverse, *moving)
    )
    assert np.array_equal(y, x * gamma + beta)
    assert np.array_equal([mean, inverse], [[0, 0], [1, 1]])
    assert np.array_equal([moving_mean, moving_variance], [[2, 4], [2, 3]])


def test_against_pytorch():
    torch = pytest.importorskip("torch")
    case = Case((3, 4, 5, 6), np.float64)
    x, gamma, beta = (torch.tensor(a, requires_grad=True) for a in (case.x.reshape(-1, 6), case.gamma, case.beta))
    moving_mean, moving_variance = torch.tensor(case.moving_mean), torch.tensor(case.moving_variance)
    y = torch.nn.functional.batch_norm(x, moving_mean, moving_variance, gamma, beta, True, 1 - MOMENTUM, EPSILON)
    y.backward(torch.tensor(case.gradient.reshape(-1, 6)))
    found = dict(zip(NAMES, case.gpu(), strict=True))
    for name, right in (("y", y.detach()), ("gradient", x.grad), ("of_gamma", gamma.grad), ("of_beta", beta.grad)):
        np.testing.assert_allclose(found[name].reshape(right.shape), right.numpy(), rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(found["moving_mean"], moving_mean.numpy(), rtol=1e-13)


# ---------------------------------------------------------------- accuracy


#: Cells whose sums of squares cancel, grow or are those of one cell, and how many roundings of 2⁻²⁴ the variance may feel.
DIFFICULT = {
    "around 0": (lambda noise: noise, 5),
    "far from 0": (lambda noise: noise + 1000, 5),
    "very far from 0": (lambda noise: noise + 1e5, 5),
    "growing": (lambda noise: noise + np.linspace(0, 1e4, len(noise)), 5),
    "after a ReLU": (lambda noise: np.maximum(noise, 0), 5),
    # the outlier's square goes through all sums
    "one is all": (lambda noise: noise + 1e4 + 3000 * (np.arange(len(noise)) == 0), 15),
}


@pytest.mark.parametrize("name", DIFFICULT)
def test_statistics_are_good_to_a_few_roundings(name, monkeypatch):
    """With blocks as large as they are on a GPU, and as many rows for a thread as of some 300,000 rows of 64 channels."""
    monkeypatch.undo()
    monkeypatch.setattr(normalization, "SUMMING", 1)
    monkeypatch.setattr(normalization, "SCALING", 1)
    function, roundings = DIFFICULT[name]
    exact = function(np.random.default_rng(3).standard_normal(40_000)).astype(np.float32).astype(np.float64)
    x, *given = on_gpu(exact.astype(np.float32)[:, None], *np.zeros((4, 1), np.float32))
    normalization.batch_norm_training(x, x, None, None, 0, *given, 0)
    mean, inverse, _, variance = (arrays.to_host(array).item() for array in given)
    u, right, spread = 2.0**-24, exact.mean(), exact.var()
    assert abs(mean - right) <= u * (abs(right) + np.sqrt(spread))
    assert abs(variance - spread) <= roundings * u * spread
    assert abs(inverse * np.sqrt(spread) - 1) <= roundings * u


def test_a_constant_has_no_variance():
    case = Case((90, 3), x=np.full((90, 3), 0.1))
    y, mean, inverse, *_ = case.gpu()
    assert (mean == np.float32(0.1)).all()
    np.testing.assert_allclose(inverse, 1 / np.sqrt(EPSILON), rtol=1e-6)
    assert np.array_equal(y, np.broadcast_to(case.beta, y.shape))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_and_infinity_stay_in_their_channel():
    case = Case((50, 7))
    case.x[3, 2], case.x[0, 4], case.x[49, 5] = np.nan, np.inf, -np.inf
    y, *_, gradient, _, _ = case.gpu()
    for array in (y, gradient):
        assert np.isnan(array).all(0).tolist() == [False, False, True, False, True, True, False]
        assert np.isnan(array).any(0).tolist() == np.isnan(array).all(0).tolist()


def test_the_same_bits_every_time():
    case = Case((150, 5))
    for one, two in zip(case.gpu(), case.gpu(), strict=True):
        assert one.tobytes() == two.tobytes()


# ---------------------------------------------------------------- room, and what may be left out


def test_room_can_be_given_and_nothing_is_allocated_then(monkeypatch):
    case = Case((150, 5))
    free = case.gpu()
    cells = normalization.partial_cells(150, 5)
    (scratch,) = on_gpu(np.full(cells + 3, 77, np.float32))
    for made in (normalization.no_gamma, arrays.no_bias):
        made(5, np.float32)
    monkeypatch.setattr(arrays, "empty", None)
    for one, two in zip(case.gpu(scratch), free, strict=True):
        assert one.tobytes() == two.tobytes()
    assert (arrays.to_host(scratch)[cells:] == 77).all()
    with pytest.raises(ValueError, match=rf"scratch is float32 of shape \(4,\); expected float32 of at least \({cells},\)"):
        case.gpu(scratch[:4])
    with pytest.raises(ValueError, match="scratch is float64"):
        case.gpu(*on_gpu(np.zeros(cells)))


def test_in_place():
    case = Case((33, 5))
    for one, two in zip(case.gpu(in_place=True), case.gpu(), strict=True):
        assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("wanted", [(True, False), (False, True), (False, False)])
def test_gradients_of_weights_may_be_left_out(wanted):
    case = Case((33, 5))
    everything = dict(zip(NAMES, case.gpu(), strict=True))
    gradient, x, gamma, mean, inverse = on_gpu(case.gradient, case.x, case.gamma, everything["mean"], everything["inverse"])
    targets = [array if want else None for array, want in zip(on_gpu(*[case.unknown] * 2), wanted, strict=True)]
    normalization.batch_norm_gradient(gradient, x, gamma, mean, inverse, *targets)
    assert np.array_equal(arrays.to_host(gradient), everything["gradient"])
    assert np.array_equal(arrays.to_host(mean), everything["mean"])
    for name, array in zip(("of_gamma", "of_beta"), targets, strict=True):
        assert array is None or np.array_equal(arrays.to_host(array), everything[name])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1), (33, 6), (2, 5, 3, 9)], ids=str)
@pytest.mark.parametrize("scaled", [False, True])
def test_inference_and_its_gradient(shape, scaled, dtype):
    case = Case(shape, dtype, scaled)
    x, y, gradient, gamma, beta, *moving = on_gpu(
        case.x, case.x * 0, case.gradient, case.gamma, case.beta, case.moving_mean, case.moving_variance
    )
    normalization.batch_norm_inference(x, y, gamma, beta, EPSILON, *moving)
    normalization.batch_norm_frozen_gradient(gradient, gamma, moving[1], EPSILON)
    result, slopes = case.x * 0, case.gradient.copy()
    on_cpu.batch_norm_inference(case.x, result, case.gamma, case.beta, EPSILON, case.moving_mean, case.moving_variance)
    on_cpu.batch_norm_frozen_gradient(slopes, case.gamma, case.moving_variance, EPSILON)
    near = 8 * ROUNDING[dtype]
    np.testing.assert_allclose(arrays.to_host(y), result, rtol=near, atol=20 * near)
    np.testing.assert_allclose(arrays.to_host(gradient), slopes, rtol=near)
    normalization.batch_norm_inference(x, x, gamma, beta, EPSILON, *moving)
    assert np.array_equal(arrays.to_host(x), arrays.to_host(y))
    assert np.array_equal(arrays.to_host(moving[0]), case.moving_mean)


def test_chunks_cover_all_rows_and_none_is_empty(monkeypatch):
    monkeypatch.undo()
    for rows in (1, 2, 63, 64, 65, 1000, 43264, 200704, 3_000_001):
        for channels in (1, 3, 32, 64, 65, 130, 256, 2048, 40_000):
            chunk, chunks = normalization.chunks_of(rows, channels)
            assert (chunks - 1) * chunk < rows <= chunks * chunk
            width, parts = normalization.width_of(channels)
            assert width <= normalization.CHANNELS
            assert (parts - 1) * width < channels <= parts * width
            assert chunks * parts <= max(normalization.SUMMING, parts)
            assert normalization.partial_cells(rows, channels) == 3 * chunks * channels


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": np.zeros((0, 4), np.float32)}, r"expected at least one row and one channel to normalize.*\(0, 4\)"),
        ({"gamma": np.zeros(3, np.float32)}, r"gamma is float32 of shape \(3,\); expected float32 of shape \(4\)"),
        ({"moving_variance": np.zeros(4)}, "moving_variance is float64"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change, words):
    case = Case((6, 4))
    vars(case).update(change)
    with pytest.raises(ValueError, match=words):
        case.gpu()
