"""The training kernels against the reference, PyTorch and numerical gradients, for every tile of vectors."""

import ctypes
import functools
import mmap
import sys
import threading

import numba
import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

from convviz import geometry
from convviz.kernels.cpu import convolution, memory, planes, pooling, simd, sweeps

TARGETS = [simd.machine(), simd.Plain()]
if isinstance(simd.machine(), simd.Avx512):
    TARGETS += [simd.Avx2(), simd.Sse(), simd.Neon()]
elif isinstance(simd.machine(), simd.Avx2):
    TARGETS += [simd.Sse()]

#: Images, rows, columns, channels, filters, kernel, strides, padding, dilation, groups.
SHAPES = [
    (2, 9, 11, 5, 7, (3, 3), 1, "same", 1, 1),
    (1, 1, 1, 1, 1, (1, 1), 1, "valid", 1, 1),
    (2, 28, 28, 1, 33, (3, 3), 1, "same", 1, 1),
    (1, 15, 17, 6, 40, (5, 5), 2, "same", 1, 1),
    (2, 9, 9, 37, 37, (3, 3), 1, "same", 1, 37),
    (2, 9, 10, 16, 16, (3, 2), (2, 1), 1, (1, 2), 16),
    (2, 9, 9, 8, 12, (3, 3), 2, "same", 1, 4),
    (1, 8, 9, 3, 6, (3, 3), 1, "same", 1, 3),
    (2, 9, 9, 4, 3, (3, 2), (2, 3), "full", (2, 1), 1),
    (2, 7, 7, 33, 49, (1, 1), 1, "valid", 1, 1),
    (3, 8, 8, 4, 70, (1, 1), 2, "valid", 1, 1),
    (1, 13, 13, 3, 2, (2, 2), 3, ((4, 0), (0, 5)), 2, 1),
    (1, 3, 70, 2, 16, (3, 15), 1, ((0, 0), (7, 7)), 1, 1),
    (1, 2, 2, 3, 4, (2, 2), 1, ((9, 9), (9, 9)), 1, 1),
    (2, 10, 29, 32, 32, (3, 3), 1, "same", 1, 32),
    (2, 9, 8, 48, 48, (5, 5), 2, "same", 1, 48),
    (2, 5, 2, 16, 16, (3, 3), 1, "same", 2, 16),
    (2, 6, 1, 3, 5, (3, 3), 1, "same", 1, 1),
    (2, 6, 1, 16, 16, (3, 3), 1, "same", 1, 16),
    (1, 3, 1, 4, 8, (1, 1), (1, 3), ((0, 0), (5, 0)), 1, 1),
    (1, 3, 4, 4, 8, (1, 2), (1, 3), ((0, 0), (1, 9)), (1, 13), 1),
    (1, 8, 8, 8, 16, (3, 3), 1, "same", 1, 4),
    (1, 3, 300, 2, 5, (3, 3), 1, "same", 1, 1),
    (1, 3, 290, 16, 16, (3, 3), 1, "same", 1, 16),
    (1, 2, 270, 5, 5, (2, 4), 1, "same", 1, 5),
]


class Case:
    """Arrays of one shape, of small whole numbers, so that every order of sums gives the same."""

    def __init__(self, shape, dtype, seed=0):
        images, height, width, channels, filters, kernel, strides, padding, dilation, self.groups = shape
        random = np.random.default_rng(seed)
        where = geometry.window_geometry((height, width), kernel, strides, padding, dilation)
        self.settings = strides, padding, dilation, self.groups
        self.axes = where.rows, where.columns
        self.image = random.integers(-4, 5, (images, height, width, channels)).astype(dtype)
        self.kernel = random.integers(-4, 5, (*kernel, channels // self.groups, filters)).astype(dtype)
        self.bias = random.integers(-4, 5, filters).astype(dtype)
        self.gradient = random.integers(-4, 5, (images, where.rows.output, where.columns.output, filters)).astype(dtype)

    def forward(self, target=None, relu=False, **more):
        out = np.full_like(self.gradient, np.nan, order="C")
        packed = convolution.pack_forward(self.kernel, *self.axes, self.groups, target=target)
        convolution.convolve(self.image, packed, self.bias, *self.axes, self.groups, out, relu=relu, target=target, **more)
        return out

    def gradients(self, target=None, **more):
        image, kernel, bias = (np.full_like(array, np.nan, order="C") for array in (self.image, self.kernel, self.bias))
        packed = convolution.pack_backward(self.kernel, *self.axes, self.groups, target=target)
        convolution.input_gradient(self.gradient, packed, *self.axes, self.groups, image, target=target, **more)
        convolution.kernel_gradient(self.image, self.gradient, *self.axes, self.groups, kernel, bias, target=target, **more)
        return image, kernel, bias

    def judged(self):
        """The reference's result."""
        image, kernel, bias = (array.astype(int).tolist() for array in (self.image, self.kernel, self.bias))
        strides, padding, dilation, groups = self.settings
        return np.array(reference.convolve(image, kernel, bias, strides, padding, dilation, groups))

    def judged_gradients(self):
        """Gradients as one writes them down: every product of the result, back to what it came from."""
        image, kernel = np.zeros(self.image.shape), np.zeros(self.kernel.shape)
        depth, filters = kernel.shape[2], kernel.shape[3] // self.groups
        rows, columns = self.axes
        for n, y, x, i, j in np.ndindex(*self.gradient.shape[:3], *kernel.shape[:2]):
            row, column = rows.cells(y)[i], columns.cells(x)[j]
            if 0 <= row < rows.size and 0 <= column < columns.size:
                for g in range(self.groups):
                    c, f = slice(g * depth, (g + 1) * depth), slice(g * filters, (g + 1) * filters)
                    given = self.gradient[n, y, x, f].astype(float)
                    image[n, row, column, c] += self.kernel[i, j, :, f].astype(float) @ given
                    kernel[i, j, :, f] += np.outer(self.image[n, row, column, c], given)
        return image, kernel, self.gradient.sum(axis=(0, 1, 2), dtype=float)


def name_of(value):
    return type(value).__name__ if isinstance(value, tuple) and hasattr(value, "_fields") else None


@functools.cache
def answers(shape):
    """The reference's result and gradients for the float32 `Case` of a shape, once for all targets."""
    case = Case(shape, np.float32)
    return case.judged(), case.judged_gradients()


@pytest.mark.parametrize("target", TARGETS, ids=name_of)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_forward_equals_reference(shape, target):
    case = Case(shape, np.float32)
    wanted, _ = answers(shape)
    np.testing.assert_array_equal(case.forward(target), wanted)
    np.testing.assert_array_equal(case.forward(target, relu=True), np.maximum(wanted, 0))


@pytest.mark.parametrize("target", TARGETS, ids=name_of)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_gradients_equal_written_out_sums(shape, target):
    case = Case(shape, np.float32)
    _, gradients = answers(shape)
    for got, wanted in zip(case.gradients(target), gradients, strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("shape", SHAPES[:6], ids=str)
def test_float64(shape):
    case = Case(shape, np.float64)
    case.image += 1 / 3
    out = case.forward()
    whole = Case(shape, np.float64)
    ones = Case(shape, np.float64)
    ones.image[:], ones.bias[:] = 1, 0
    np.testing.assert_allclose(out, whole.judged() + ones.judged() / 3, rtol=0, atol=1e-10)
    for got, wanted in zip(case.gradients(), case.judged_gradients(), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-9)


def test_random_shapes_equal_written_out_sums():
    random = np.random.default_rng(5)
    for seed in range(60):
        kernel, dilation = tuple(random.integers(1, 5, 2).tolist()), tuple(random.integers(1, 3, 2).tolist())
        size = [int(random.integers((k - 1) * d + 1, 20)) for k, d in zip(kernel, dilation, strict=True)]
        groups, strides = int(random.choice([1, 1, 2, 3])), tuple(random.integers(1, 4, 2).tolist())
        channels, filters = (groups * int(random.integers(1, most)) for most in (20, 45))
        padding = ["valid", "same", "full", tuple(random.integers(0, 3, 2).tolist())][random.integers(4)]
        shape = (int(random.integers(1, 4)), *size, channels, filters, kernel, strides, padding, dilation, groups)
        case = Case(shape, np.float32, seed)
        np.testing.assert_array_equal(case.forward(), case.judged(), err_msg=str(shape))
        for got, wanted in zip(case.gradients(), case.judged_gradients(), strict=True):
            np.testing.assert_array_equal(got, wanted, err_msg=str(shape))


def test_gradient_is_the_slope():
    case = Case((2, 6, 7, 3, 4, (3, 3), 2, "same", 1, 1), np.float64)
    rising = Case((2, 6, 7, 3, 4, (3, 3), 2, "same", 1, 1), np.float64)
    gradients = case.gradients()
    for name, gradient in zip(("image", "kernel", "bias"), gradients, strict=True):
        way = np.random.default_rng(1).standard_normal(gradient.shape)
        setattr(rising, name, getattr(case, name) + way)
        rise = ((rising.forward() - case.forward()) * case.gradient).sum()
        setattr(rising, name, getattr(case, name))
        assert rise == pytest.approx((gradient * way).sum(), rel=1e-10)


def test_agrees_with_pytorch_on_a_real_layer():
    torch = pytest.importorskip("torch")
    case = Case((8, 28, 28, 32, 64, (3, 3), 1, "same", 1, 1), np.float32)
    random = np.random.default_rng(2)
    for name in ("image", "gradient"):
        setattr(case, name, random.standard_normal(getattr(case, name).shape).astype(np.float32))
    image = torch.tensor(case.image).permute(0, 3, 1, 2).double().requires_grad_()
    kernel = torch.tensor(case.kernel).permute(3, 2, 0, 1).double().requires_grad_()
    bias = torch.tensor(case.bias).double().requires_grad_()
    out = torch.nn.functional.conv2d(image, kernel, bias, padding=1)
    out.backward(torch.tensor(case.gradient).permute(0, 3, 1, 2).double())
    wanted = out.permute(0, 2, 3, 1), image.grad.permute(0, 2, 3, 1), kernel.grad.permute(2, 3, 1, 0), bias.grad
    for got, one in zip((case.forward(), *case.gradients()), wanted, strict=True):
        one = one.detach().numpy()
        np.testing.assert_allclose(got, one, rtol=0, atol=2e-6 * abs(one).max())


@pytest.mark.parametrize(
    "shape", [(5, 28, 28, 8, 64, (3, 3), 1, "same", 1, 1), (7, 15, 14, 48, 48, (3, 3), 1, 1, 1, 48)], ids=str
)
def test_same_bits_on_any_number_of_threads(shape):
    case = Case(shape, np.float32)
    random = np.random.default_rng(3)
    for name in ("image", "gradient"):
        setattr(case, name, random.standard_normal(getattr(case, name).shape).astype(np.float32))
    before = numba.get_num_threads()
    results = []
    try:
        for threads in (1, 2, min(4, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
            results.append([case.forward(), *case.gradients()])
    finally:
        numba.set_num_threads(before)
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(one, two)


def test_plans_do_not_know_how_many_threads_there_are(monkeypatch):
    case = Case((6, 12, 12, 8, 20, (3, 3), 1, "same", 1, 1), np.float32)
    random = np.random.default_rng(3)
    for name in ("image", "gradient"):
        setattr(case, name, random.standard_normal(getattr(case, name).shape).astype(np.float32))
    wanted = [case.forward(), *case.gradients()]
    from convviz.kernels.cpu import threads

    for count in (3, 4, 7):
        monkeypatch.setattr(threads, "thread_count", lambda count=count: count)
        monkeypatch.setattr(convolution, "thread_count", lambda count=count: count)
        for one, two in zip(wanted, [case.forward(), *case.gradients()], strict=True):
            np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("target", TARGETS, ids=name_of)
@pytest.mark.parametrize(
    "shape", [(3, 9, 11, 5, 7), (2, 28, 28, 8, 64), (5, 2, 2, 1, 1), (1, 6, 5, 3, 39), (1, 5, 301, 1, 33)], ids=str
)
def test_fused_pooling(shape, target):
    case = Case((*shape, (3, 3), 1, "same", 1, 1), np.float32)
    values, places = reference.max_pool(np.maximum(case.judged(), 0).tolist())
    pooled = np.full(np.shape(values), np.nan, np.float32)
    argmax = np.full(pooled.shape, -1, np.int32)
    packed = convolution.pack_forward(case.kernel, *case.axes, target=target)
    convolution.convolve(case.image, packed, case.bias, *case.axes, 1, pooled, argmax, relu=True, target=target)
    np.testing.assert_array_equal(pooled, values)
    np.testing.assert_array_equal(argmax, places)


POOLS = [
    (9, 11, 5, 2, 2, 0, 1, False),
    (28, 28, 37, 2, 2, 0, 1, False),
    (7, 6, 3, 3, 2, 1, 1, False),
    (9, 9, 2, (3, 2), 1, "same", 2, False),
    (7, 7, 3, 2, 2, 0, 1, True),
    (5, 4, 1, 3, 1, 1, 1, False),
]


@pytest.mark.parametrize("target", TARGETS, ids=name_of)
@pytest.mark.parametrize("shape", POOLS, ids=str)
def test_pooling(shape, target):
    height, width, channels, pool, strides, padding, dilation, ceil = shape
    where = geometry.window_geometry((height, width), pool, strides, padding, dilation, ceil, "pool")
    random = np.random.default_rng(0)
    image = random.integers(-3, 4, (2, height, width, channels)).astype(np.float32)
    values, places = map(np.array, reference.max_pool(image.tolist(), pool, strides, padding, dilation, ceil))
    out, argmax = np.full(values.shape, np.nan, np.float32), np.full(values.shape, -1, np.int32)
    pooling.max_pool(image, where.rows, where.columns, out, argmax, target)
    np.testing.assert_array_equal(out, values)
    np.testing.assert_array_equal(argmax, places)
    gradient = random.integers(-3, 4, values.shape).astype(np.float32)
    for pooled, factor in (None, 1), (np.maximum(out, 0), values > 0):
        given = np.full_like(image, np.nan)
        pooling.max_pool_gradient(gradient, argmax, where.rows, where.columns, given, pooled, target)
        wanted = np.zeros((2, height * width, channels))
        np.add.at(wanted, (np.arange(2)[:, None, None, None], places, np.arange(channels)), gradient * factor)
        np.testing.assert_array_equal(given, wanted.reshape(image.shape))


@pytest.mark.parametrize("shape", POOLS, ids=str)
@pytest.mark.parametrize("include", [False, True])
def test_average_pooling(shape, include):
    height, width, channels, pool, strides, padding, dilation, ceil = shape
    where = geometry.window_geometry((height, width), pool, strides, padding, dilation, ceil, "pool")
    random = np.random.default_rng(0)
    image = random.standard_normal((2, height, width, channels))
    wanted = reference.avg_pool(image.tolist(), pool, strides, padding, dilation, ceil, include)
    out = np.full(np.shape(wanted), np.nan)
    pooling.average_pool(image, where.rows, where.columns, out, include)
    np.testing.assert_allclose(out, wanted, rtol=0, atol=1e-14)
    gradient, given = random.standard_normal(out.shape), np.full_like(image, np.nan)
    pooling.average_pool_gradient(gradient, where.rows, where.columns, given, include)
    assert (given * image).sum() == pytest.approx((gradient * out).sum(), rel=1e-12)  # pooling is linear


def test_means_are_added_up_in_float64():
    image = np.ones((1, 4, 8, 3), np.float32)
    image[0, 0, 0] = 2**24  # in float32 adding 1 to it changes nothing
    where = geometry.window_geometry((4, 8), 4, 4, kind="pool")
    out = np.empty((1, 1, 2, 3), np.float32)
    pooling.average_pool(image, where.rows, where.columns, out)
    assert out[0, 0].tolist() == [[np.float32((2**24 + 15) / 16)] * 3, [1] * 3]


@pytest.mark.parametrize("shape", POOLS + [(9, 8, 4, (3, 3), (1, 2), "same", 2, False)], ids=str)
@pytest.mark.parametrize("chunks", [2, 3, 18])
def test_rows_shared_by_windows_are_added_up_alike(shape, chunks, monkeypatch):
    """However the rows of a batch are cut among threads, cells get the same bits."""
    height, width, channels, *options = shape
    where = geometry.window_geometry((height, width), *options, kind="pool")
    random = np.random.default_rng(0)
    image = random.standard_normal((2, height, width, channels)).astype(np.float32)
    sizes = 2, where.rows.output, where.columns.output, channels
    out, argmax = np.empty(sizes, np.float32), np.empty(sizes, np.int32)
    pooling.max_pool(image, where.rows, where.columns, out, argmax)
    gradient = random.standard_normal(sizes).astype(np.float32)

    def gradients():
        maxima, means = np.full_like(image, np.nan), np.full_like(image, np.nan)
        pooling.max_pool_gradient(gradient, argmax, where.rows, where.columns, maxima, np.maximum(out, 0))
        pooling.average_pool_gradient(gradient, where.rows, where.columns, means)
        return maxima, means

    def cut(function, rows, *arguments):
        for chunk in reversed(range(chunks)):
            function(*arguments, rows * chunk // chunks, rows * (chunk + 1) // chunks)

    whole = gradients()
    monkeypatch.setattr(pooling, "share", cut)
    for one, other in zip(whole, gradients(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_nan_and_first_of_equals_win():
    image = np.zeros((1, 2, 6, 20), np.float32)
    image[0, 1, 0], image[0, 0, 3], image[0, 1, 2] = np.nan, np.nan, np.inf
    where = geometry.window_geometry((2, 6), 2, 2)
    out, argmax = np.empty((1, 1, 3, 20), np.float32), np.empty((1, 1, 3, 20), np.int32)
    pooling.max_pool(image, where.rows, where.columns, out, argmax)
    np.testing.assert_array_equal(argmax[0, 0, :, 0], [6, 3, 4])
    np.testing.assert_array_equal(out[0, 0, :, 7], [np.nan, np.nan, 0])


def halos(shape):
    """Whether the forward pass, the input's gradient and the kernel's gradient of a shape copy padding around rows."""
    case = Case(shape, np.float32)
    depth, filters = case.kernel.shape[2], case.kernel.shape[3] // case.groups
    numbers = len(case.image), *case.axes, case.groups, depth, filters, 4
    every = sweeps.forward_sweep(*numbers), *sweeps.backward_sweeps(*numbers, simd.machine()), sweeps.kernel_sweep(*numbers)
    return [int(plan.sweep.halo > 0) for plan in every]


def test_rows_are_read_where_they_lie_if_only_their_ends_meet_padding():
    assert halos((2, 28, 28, 32, 64, (3, 3), 1, "same", 1, 1)) == [0, 0, 1]
    assert halos((2, 28, 28, 64, 64, (3, 3), 1, "same", 1, 64)) == [0, 0, 0]
    assert halos((2, 28, 28, 63, 63, (3, 3), 1, "same", 1, 63)) == [1, 1, 1]
    assert halos((2, 28, 28, 32, 64, (5, 5), 1, "same", 1, 1)) == [1, 1, 1]
    assert halos((2, 28, 28, 32, 64, (3, 3), 1, "valid", 1, 1))[0] == 0


@pytest.mark.parametrize("target", TARGETS, ids=name_of)
@pytest.mark.parametrize("groups", [1, 16])
def test_what_lies_beside_a_row_is_not_read(target, groups):
    case = Case((1, 5, 30, 16, 16, (3, 3), 1, "same", 1, groups), np.float32)
    case.image[0, 2, -1] = case.gradient[0, 2, -1] = np.nan
    touched = np.zeros((5, 30), bool)
    touched[1:4, -2:] = True
    for result in case.forward(target), case.gradients(target)[0]:
        np.testing.assert_array_equal(np.isnan(result[0]).all(2), touched)
        np.testing.assert_array_equal(np.isnan(result[0]).any(2), touched)


def test_relu_keeps_nan():
    case = Case((1, 4, 4, 2, 3, (1, 1), 1, "valid", 1, 1), np.float32)
    case.image[0, 1, 2, 0] = np.nan
    assert np.isnan(case.forward(relu=True)[0, 1, 2]).all()


@pytest.mark.parametrize("target", TARGETS, ids=name_of)
@pytest.mark.parametrize(
    "shape",
    [(1, 1, 1, 1, 1), (30, 41, 1, 3, 1), (5, 100, 3, 5, 1), (40, 17, 3, 15, 1), (9, 9, 2, 4, 2), (3, 1200, 1, 3, 1)],
    ids=str,
)
def test_photographs(shape, target):
    height, width, channels, size, dilation = shape
    where = geometry.window_geometry((height, width), size, 1, "same", dilation)
    random = np.random.default_rng(0)
    image, kernel = (random.integers(-4, 5, s).astype(np.float32) for s in ((2, height, width, channels), (size, size)))
    out = np.full_like(image, np.nan)
    planes.correlate(image, kernel, 3.0, where.rows, where.columns, out, target=target)
    spread = np.broadcast_to(kernel[..., None, None], (size, size, 1, channels))
    wanted = reference.convolve(image.tolist(), spread.tolist(), [3] * channels, 1, "same", dilation, channels)
    np.testing.assert_array_equal(out, wanted)


def shifted(array):
    """The same numbers, one byte off."""
    raw = np.empty(array.nbytes + 1, np.uint8)[1:].view(array.dtype).reshape(array.shape)
    raw[...] = array
    return raw


def frozen(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def turned(array):
    """The same numbers behind negative strides."""
    return array[::-1].copy()[::-1]


@pytest.mark.parametrize("change", [shifted, frozen, np.asfortranarray, turned])
def test_any_array_can_be_read(change):
    case = Case(SHAPES[0], np.float32)
    wanted = [case.forward(), *case.gradients()]
    compiled = len(convolution.sweep.signatures)
    for name in ("image", "kernel", "bias", "gradient"):
        setattr(case, name, change(getattr(case, name)))
    for got, one in zip([case.forward(), *case.gradients()], wanted, strict=True):
        np.testing.assert_array_equal(got, one)
    assert len(convolution.sweep.signatures) == compiled


def test_results_must_be_writable_in_order():
    case = Case(SHAPES[0], np.float32)
    packed = convolution.pack_forward(case.kernel, *case.axes)
    with pytest.raises(ValueError, match="out must be a C-ordered, aligned and writable array"):
        convolution.convolve(case.image, packed, case.bias, *case.axes, 1, case.gradient[:, ::-1])


def test_workspace_is_used_again():
    case, workspace = Case((4, 28, 28, 8, 16, (3, 3), 1, "same", 1, 1), np.float32), memory.Workspace()
    case.forward(workspace=workspace)
    case.gradients(workspace=workspace)
    held = {key: array.ctypes.data for key, array in workspace.arrays.items()}
    size = workspace.nbytes
    for _ in range(3):
        case.forward(workspace=workspace)
        case.gradients(workspace=workspace)
    assert workspace.nbytes == size and held == {key: array.ctypes.data for key, array in workspace.arrays.items()}
    padded = 4 * 30 * 30 * 8 * 4
    assert size <= 2 * padded + 2 * case.kernel.nbytes


def test_many_threads_at_once():
    case = Case((3, 14, 14, 8, 20, (3, 3), 1, "same", 1, 1), np.float32)
    wanted = [case.forward(), *case.gradients()]
    wrong = []

    def work():
        for _ in range(5):
            for got, one in zip([case.forward(), *case.gradients()], wanted, strict=True):
                if not np.array_equal(got, one):
                    wrong.append(1)

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def before_a_wall(shape, dtype):
    """An array whose last byte is the last before memory that may not be read; None where that cannot be made."""
    if sys.platform != "linux":
        return None
    page, size = mmap.PAGESIZE, int(np.prod(shape)) * np.dtype(dtype).itemsize
    pages = -(-size // page)
    room = mmap.mmap(-1, (pages + 1) * page)
    wall = ctypes.addressof(ctypes.c_char.from_buffer(room)) + pages * page
    assert ctypes.CDLL(None).mprotect(ctypes.c_void_p(wall), page, 0) == 0
    return np.frombuffer(room, dtype, int(np.prod(shape)), pages * page - size).reshape(shape)


@pytest.mark.parametrize("target", TARGETS, ids=name_of)
@pytest.mark.parametrize(("channels", "filters", "groups"), [(4, 16, 4), (2, 16, 2), (2, 8, 2), (2, 4, 2), (3, 5, 1)])
def test_nothing_is_read_beyond_the_end_of_a_gradient(target, channels, filters, groups):
    where = geometry.window_geometry((8, 8), (3, 3), 1, "same")
    gradient = before_a_wall((1, 8, 8, filters), np.float32)
    if gradient is None:
        return
    gradient[...] = 1
    kernel, bias = np.empty((3, 3, channels // groups, filters), np.float32), np.empty(filters, np.float32)
    image = np.ones((1, 8, 8, channels), np.float32)
    convolution.kernel_gradient(image, gradient, where.rows, where.columns, groups, kernel, bias, target=target)
    assert bias.tolist() == [64] * filters
    assert kernel[1, 1].tolist() == [[64] * filters] * (channels // groups)


@st.composite
def shapes(draw):
    """A shape as in `SHAPES`, of few or many pixels and channels."""
    kernel = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)) | st.sampled_from([(15, 15), (1, 15), (3, 3)]))
    strides, dilation = draw(st.tuples(st.integers(1, 3), st.integers(1, 3))), draw(st.integers(1, 2))
    sides = [(k - 1) * dilation + draw(st.integers(1, 40) | st.sampled_from([300, 4096])) for k in kernel]
    if sides[0] > 300 and sides[1] > 300:
        sides[draw(st.integers(0, 1))] = kernel[0] * dilation
        sides = [max(side, k * dilation) for side, k in zip(sides, kernel, strict=True)]
    groups = draw(st.sampled_from([1, 1, 1, 2, 16, 17]))
    depth, filters = (1, 1) if groups > 2 else (draw(st.integers(1, 40)), draw(st.integers(1, 70)))
    padding = draw(st.sampled_from(["valid", "same", "full", 1]))
    numbers = draw(st.integers(1, 3)), *sides, depth * groups, filters * groups
    return *numbers, kernel, strides, padding, dilation, groups


def promised(source, cells, packed=0):
    """Bytes that scratch space may take: twice the padded source, or 64 kB, and packed gradients of weights and biases."""
    return max(2 * cells * len(source) * source.shape[3] * source.itemsize, 64 * 1024) + packed


def scratch(function, *arguments, **options):
    """Bytes of scratch space that a call asks for."""
    workspace = memory.Workspace()
    with np.errstate(invalid="ignore", over="ignore"):  # what nothing was written to is added up
        function(*arguments, workspace=workspace, **options)
    return workspace.nbytes


@given(shape=shapes(), threads=st.sampled_from([1, 2, 16]), target=st.sampled_from(TARGETS))
def test_scratch_space_follows_the_size_of_arrays(shape, threads, target):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "thread_count", lambda: threads)
        for name in ("share", "share_with"):  # the room is all that counts here
            patch.setattr(convolution, name, lambda *arguments: None)
        case = Case(shape, np.float32)
        where = *case.axes, case.groups
        rows, columns = case.axes
        padded = promised(case.image, (rows.high - rows.low) * (columns.high - columns.low))
        packed = convolution.pack_forward(case.kernel, *where, target=target)
        assert scratch(case.forward, target) <= padded
        half = [size // part for size, part in zip(case.gradient.shape, (1, 2, 2, 1), strict=True)]
        pooled = np.empty(half, np.float32), np.empty(half, np.int32)
        arguments = case.image, packed, case.bias, *where, *pooled
        assert scratch(convolution.convolve, *arguments, target=target) <= padded

        bias = 4 * memory.whole_lines(len(case.bias), 4)
        arguments = case.image, case.gradient, *where, case.kernel, case.bias
        assert scratch(convolution.kernel_gradient, *arguments, target=target) <= padded + packed.nbytes + 64 + bias

        packed = convolution.pack_backward(case.kernel, *where, target=target)
        arguments = case.gradient, packed, *where, case.image
        over = [axis.output + 2 * ((axis.reach - 1) // axis.stride) for axis in case.axes]
        assert scratch(convolution.input_gradient, *arguments, target=target) <= promised(case.gradient, over[0] * over[1])


def test_layers_that_share_a_workspace_find_it_large_enough():
    cases = [Case(shape, np.float32) for shape in (SHAPES[2], SHAPES[9], SHAPES[0])]
    workspace = memory.Workspace()
    for case in cases:
        case.gradients(workspace=workspace)
    held = {name: array.ctypes.data for name, array in workspace.arrays.items()}
    for case in cases:
        case.gradients(workspace=workspace)
    assert {name: array.ctypes.data for name, array in workspace.arrays.items()} == held


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"out": np.empty((2, 4, 11, 7), np.float32)}, r"out is float32 of shape \(2, 4, 11, 7\); expected float32"),
        ({"out": np.empty((2, 9, 11, 7))}, "out is float64"),
        ({"packed": np.empty(4000)}, "packed is float64 of shape .*; expected float32"),
        ({"packed": np.empty(4000, np.float32)}, r"packed has shape \(4000,\); expected .* what pack_forward makes"),
        ({"argmax": np.empty((2, 4, 5, 7), np.int64), "out": np.empty((2, 4, 5, 7), np.float32)}, "argmax is int64"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change, words):
    case = Case(SHAPES[0], np.float32)
    packed = convolution.pack_forward(case.kernel, *case.axes, case.groups)
    given = {"packed": packed, "out": np.empty((2, 9, 11, 7), np.float32)} | change
    with pytest.raises(ValueError, match=words):
        convolution.convolve(case.image, given["packed"], case.bias, *case.axes, 1, given["out"], given.get("argmax"))


def test_weights_packed_for_another_target_or_shape_are_refused():
    case = Case((1, 6, 6, 3, 5, (3, 3), 1, "same", 1, 1), np.float32)
    other = simd.Sse() if not isinstance(simd.machine(), simd.Sse) else simd.Plain()
    narrow = convolution.pack_backward(case.kernel, *case.axes, target=other)
    with pytest.raises(ValueError, match="packed has shape .* expected .* what pack_backward makes .* target"):
        convolution.input_gradient(case.gradient, narrow, *case.axes, 1, np.empty_like(case.image))
    with pytest.raises(ValueError, match=r"out is float32 of shape \(.*\); expected float32 of shape"):
        convolution.pack_forward(case.kernel, *case.axes, out=np.empty(5, np.float32))
    with pytest.raises(ValueError, match=r"kernel is float32 of shape \(2, 3, 3, 5\); expected float32 of shape \(3, 3"):
        convolution.pack_forward(case.kernel[:2], *case.axes)


def test_no_images_give_no_results():
    case = Case(SHAPES[0], np.float32)
    packed = convolution.pack_forward(case.kernel, *case.axes, case.groups)
    convolution.convolve(case.image[:0], packed, case.bias, *case.axes, 1, np.empty((0, 9, 11, 7), np.float32))
    packed = convolution.pack_backward(case.kernel, *case.axes, case.groups)
    convolution.input_gradient(case.gradient[:0], packed, *case.axes, 1, np.empty((0, 9, 11, 5), np.float32))


@pytest.mark.parametrize("target", TARGETS, ids=name_of)
def test_infinite_gradients_go_to_the_maximum_only(target):
    where = geometry.window_geometry((2, 2), (2, 2), 2, kind="pool")
    gradient, out = np.full((1, 1, 1, 3), np.inf, np.float32), np.empty((1, 2, 2, 3), np.float32)
    argmax = np.zeros((1, 1, 1, 3), np.int32)
    pooling.max_pool_gradient(gradient, argmax, where.rows, where.columns, out, target=target)
    assert out[0].tolist() == [[[np.inf] * 3, [0] * 3], [[0] * 3, [0] * 3]]
