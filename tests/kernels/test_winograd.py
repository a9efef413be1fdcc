"""Minimal filtering against the reference, PyTorch and numerical gradients, for every tile of vectors."""

import numba
import numpy as np
import pytest
from test_kernels_convolution import TARGETS, Case, answers, name_of

from convviz import geometry
from convviz.kernels.cpu import memory, pooling, simd, threads, winograd

#: Images, rows, columns, channels, filters, padding.
SHAPES = [
    (2, 9, 11, 5, 7, "same"),
    (1, 1, 1, 1, 1, "same"),
    (2, 28, 28, 16, 40, "same"),
    (3, 14, 14, 33, 65, "same"),
    (2, 7, 8, 17, 33, ((0, 3), (3, 1))),
    (1, 3, 3, 4, 4, "valid"),
    (2, 1, 6, 3, 5, 2),
    (1, 6, 1, 16, 16, 3),
    (2, 5, 4, 20, 12, "valid"),
    (1, 2, 2, 3, 4, ((5, 0), (0, 6))),
    (5, 2, 3, 1, 96, 1),
]


def case_of(shape, dtype=np.float32, seed=0):
    """A case of small whole numbers, for which every product and sum of the transforms is exact."""
    return Case(whole(shape), dtype, seed)


def whole(shape):
    """A shape with its kernel, strides, dilation and groups, as `Case` takes it."""
    *size, padding = shape
    return *size, (3, 3), 1, padding, 1, 1


def random_case(shape, dtype=np.float32, seed=0):
    """A case of random numbers."""
    case, random = case_of(shape, dtype, seed), np.random.default_rng(seed)
    for name in ("image", "kernel", "bias", "gradient"):
        setattr(case, name, random.standard_normal(getattr(case, name).shape).astype(dtype))
    return case


def blank(array, shape=None):
    """An array for results, full of NaN."""
    return np.full(array.shape if shape is None else shape, np.nan, array.dtype)


def forward(case, target=None, **more):
    out = blank(case.gradient)
    packed = winograd.pack_forward(case.kernel, target=target)
    winograd.convolve(case.image, packed, case.bias, *case.axes, out, target=target, **more)
    return out


def input_gradient(case, target=None, **more):
    out = blank(case.image)
    packed = winograd.pack_backward(case.kernel, target=target)
    winograd.input_gradient(case.gradient, packed, *case.axes, out, target=target, **more)
    return out


def kernel_gradient(case, target=None, **more):
    kernel, bias = blank(case.kernel), blank(case.bias)
    winograd.kernel_gradient(case.image, case.gradient, *case.axes, kernel, bias, target=target, **more)
    return kernel, bias


def everything(case, target=None, **more):
    """The result and the gradients with respect to image, kernel and bias."""
    return [forward(case, target, **more), input_gradient(case, target, **more), *kernel_gradient(case, target, **more)]


def pooled(case, target=None, relu=True, **more):
    """Maxima and their places of the fused pass."""
    shape = len(case.image), *(axis.output // 2 for axis in case.axes), len(case.bias)
    out, argmax = blank(case.gradient, shape), np.full(shape, -1, np.int32)
    packed = winograd.pack_forward(case.kernel, target=target)
    winograd.convolve(case.image, packed, case.bias, *case.axes, out, argmax, relu, target=target, **more)
    return out, argmax


# Whole numbers come out exact


@pytest.mark.parametrize("target", TARGETS, ids=name_of)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_whole_numbers_equal_reference(shape, target):
    case = case_of(shape)
    wanted, wanted_gradients = answers(whole(shape))
    np.testing.assert_array_equal(forward(case, target), wanted)
    np.testing.assert_array_equal(forward(case, target, relu=True), np.maximum(wanted, 0))
    gradients = [input_gradient(case, target), *kernel_gradient(case, target)]
    for got, one in zip(gradients, wanted_gradients, strict=True):
        np.testing.assert_array_equal(got, one)


@pytest.mark.parametrize("target", [simd.machine(), simd.Plain()], ids=name_of)
@pytest.mark.parametrize("shape", SHAPES[:5], ids=str)
def test_float64(shape, target):
    case = case_of(shape, np.float64)
    case.image *= 2.0**30  # exact as double, and not as float
    case.gradient += 2.0**30
    wanted = [case.judged(), *case.judged_gradients()]
    for got, one in zip(everything(case, target), wanted, strict=True):
        assert got.dtype == np.float64
        np.testing.assert_array_equal(got, one)


def test_random_shapes_equal_written_out_sums():
    random = np.random.default_rng(7)
    for seed in range(40):
        paddings = [0, 1, 2, 3, "same", "full", *[tuple(map(tuple, random.integers(0, 4, (2, 2)).tolist()))] * 3]
        size = random.integers(3, 18, 2).tolist()
        shape = (int(random.integers(1, 4)), *size, *random.integers(1, 70, 2).tolist(), paddings[random.integers(9)])
        case = case_of(shape, seed=seed)
        wanted = [case.judged(), *case.judged_gradients()]
        for got, one in zip(everything(case), wanted, strict=True):
            np.testing.assert_array_equal(got, one, err_msg=str(shape))


# Rounding


@pytest.mark.parametrize(
    ("dtype", "target"),
    [*((np.float32, target) for target in TARGETS), (np.float64, simd.machine()), (np.float64, simd.Plain())],
    ids=name_of,
)
def test_errors_are_those_of_rounding(dtype, target):
    """Errors stay below twice ε times the sum of |cell|·|weight|, of the result itself or one beside it.

    They reach 1.5 times that, those of the direct kernels 2.0 times.
    """
    case = random_case((2, 11, 10, 48, 40, "same"), dtype)
    for got, one, size in zip(everything(case, target), exact_results(case), sizes(case), strict=True):
        assert (np.abs(got - one) <= 2 * np.finfo(dtype).eps * size).all()


def exact_results(case):
    """Result and gradients in the widest numbers that there are."""
    wide = case_of((2, 11, 10, 48, 40, "same"))
    for name in ("image", "kernel", "bias", "gradient"):
        setattr(wide, name, getattr(case, name).astype(np.longdouble))
    return written_out(wide)


def written_out(case):
    """Result and gradients of padding 1, as sums over the nine cells of the window."""
    height, width = case.image.shape[1:3]
    image = np.pad(case.image, ((0, 0), (1, 1), (1, 1), (0, 0)))
    out, back, kernel = 0, np.zeros_like(image), np.zeros_like(case.kernel)
    for i, j in np.ndindex(3, 3):
        seen = image[:, i : i + height, j : j + width]
        out = out + seen @ case.kernel[i, j]
        back[:, i : i + height, j : j + width] += case.gradient @ case.kernel[i, j].T
        kernel[i, j] = np.tensordot(seen, case.gradient, ((0, 1, 2), (0, 1, 2)))
    return out + case.bias, back[:, 1:-1, 1:-1], kernel, case.gradient.sum(axis=(0, 1, 2))


def sizes(case):
    """What `written_out` gives for the sizes of all numbers; the largest of those that may share a tile."""
    wide = case_of((2, 11, 10, 48, 40, "same"))
    for name in ("image", "kernel", "bias", "gradient"):
        setattr(wide, name, np.abs(getattr(case, name)).astype(float))
    out, back, kernel, bias = written_out(wide)
    shifts = [(i - 1, j - 1) for i, j in np.ndindex(3, 3)]
    around = [np.max([np.roll(sums, shift, (1, 2)) for shift in shifts], axis=0) for sums in (out, back)]
    return *around, kernel.max(axis=(0, 1)), bias


def test_agrees_with_pytorch():
    torch = pytest.importorskip("torch")
    case = random_case((8, 28, 28, 32, 64, "same"))
    image = torch.tensor(case.image).permute(0, 3, 1, 2).double().requires_grad_()
    kernel = torch.tensor(case.kernel).permute(3, 2, 0, 1).double().requires_grad_()
    bias = torch.tensor(case.bias).double().requires_grad_()
    out = torch.nn.functional.conv2d(image, kernel, bias, padding=1)
    out.backward(torch.tensor(case.gradient).permute(0, 3, 1, 2).double())
    wanted = out.permute(0, 2, 3, 1), image.grad.permute(0, 2, 3, 1), kernel.grad.permute(2, 3, 1, 0), bias.grad
    for got, one in zip(everything(case), wanted, strict=True):
        one = one.detach().numpy()
        np.testing.assert_allclose(got, one, rtol=0, atol=2e-6 * abs(one).max())


def test_gradients_are_the_slope():
    shape = (2, 6, 7, 3, 4, ((2, 0), (1, 3)))
    case, rising = random_case(shape, np.float64), random_case(shape, np.float64)
    gradients = input_gradient(case), *kernel_gradient(case)
    for name, gradient in zip(("image", "kernel", "bias"), gradients, strict=True):
        way = np.random.default_rng(1).standard_normal(gradient.shape)
        setattr(rising, name, getattr(case, name) + way)
        rise = ((forward(rising) - forward(case)) * case.gradient).sum()
        setattr(rising, name, getattr(case, name))
        assert rise == pytest.approx((gradient * way).sum(), rel=1e-10)


# Fused pooling, ReLU's gradient


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("target", TARGETS, ids=name_of)
@pytest.mark.parametrize("shape", [SHAPES[0], SHAPES[3], (5, 2, 2, 1, 1, "same"), (1, 6, 5, 3, 39, 0)], ids=str)
def test_maxima_are_those_of_the_whole_result(shape, target, relu):
    case = random_case(shape)
    whole = forward(case, target, relu=relu)
    where = geometry.window_geometry(whole.shape[1:3], 2, 2, kind="pool")
    values, places = pooled(case, target, relu)
    wanted, wanted_places = np.empty_like(values), np.empty_like(places)
    pooling.max_pool(whole, where.rows, where.columns, wanted, wanted_places)
    np.testing.assert_array_equal(values, wanted)
    np.testing.assert_array_equal(places, wanted_places)


@pytest.mark.parametrize("target", TARGETS, ids=name_of)
def test_first_of_equals_and_first_nan_win(target):
    case = case_of((1, 4, 4, 1, 20, "same"))
    case.image[:], case.bias[:] = 0, 1
    values, places = pooled(case, target)
    np.testing.assert_array_equal(values, np.ones((1, 2, 2, 20)))
    np.testing.assert_array_equal(places[0, :, :, 3], [[0, 2], [8, 10]])
    case.bias[5] = np.nan
    values, places = pooled(case, target)
    assert np.isnan(values[..., 5]).all()
    np.testing.assert_array_equal(places[0, :, :, 5], [[0, 2], [8, 10]])
    assert np.isfinite(np.delete(values, 5, axis=-1)).all()


@pytest.mark.parametrize("target", TARGETS, ids=name_of)
@pytest.mark.parametrize("shape", SHAPES[:4], ids=str)
def test_nothing_comes_back_where_a_relu_gave_nothing(shape, target):
    case = case_of(shape)
    gradient = input_gradient(case, target)
    masked = input_gradient(case, target, mask=case.image)
    np.testing.assert_array_equal(masked, np.where(case.image <= 0, 0, gradient))


def test_an_infinite_cell_stays_in_the_tiles_that_read_it():
    case = random_case((1, 12, 12, 4, 8, "same"))
    whole = forward(case)
    case.image[0, 5, 6, 2] = np.inf
    spoilt = ~np.isfinite(forward(case))
    assert spoilt[0, 4:7, 5:8].all()  # its windows
    assert not np.delete(np.delete(spoilt[0], np.s_[4:8], axis=0), np.s_[4:8], axis=1).any()
    np.testing.assert_array_equal(forward(case)[~spoilt], whole[~spoilt])


# Threads, memory, arrays of all kinds


@pytest.mark.parametrize("shape", [(5, 28, 28, 8, 72, "same"), (1, 9, 9, 128, 16, 1), (16, 14, 14, 64, 64, 1)], ids=str)
def test_same_bits_on_any_number_of_threads(shape, monkeypatch):
    case = random_case(shape)
    results = []
    for count in (1, 2, 4, 7):
        for module in (threads, winograd):
            monkeypatch.setattr(module, "thread_count", lambda count=count: count)
        results.append([*everything(case), *pooled(case)])
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(one, two)


def test_numba_says_how_many_threads():
    case, before, results = random_case((4, 14, 14, 32, 32, "same")), numba.get_num_threads(), []
    try:
        for count in (1, numba.config.NUMBA_NUM_THREADS):
            numba.set_num_threads(count)
            results.append(everything(case))
    finally:
        numba.set_num_threads(before)
    for one, two in zip(*results, strict=True):
        np.testing.assert_array_equal(one, two)


def test_room_is_used_again_and_bounded():
    case, workspace = random_case((16, 28, 28, 32, 64, "same")), memory.Workspace()
    packed = winograd.pack_forward(case.kernel)
    assert packed.nbytes == case.kernel.nbytes * 16 // 9
    assert winograd.pack_forward(case.kernel, out=packed) is packed
    forward(case, workspace=workspace)
    bands = threads.thread_count() * (winograd.BAND_BYTES + 64 * 1024)
    assert workspace.nbytes <= bands
    everything(case, workspace=workspace)
    held = workspace.nbytes
    assert held <= 2 * bands + case.image.nbytes / 2 + 64 * 1024
    everything(case, workspace=workspace)
    assert workspace.nbytes == held


def test_every_kind_of_array_is_read():
    case = random_case((2, 9, 8, 17, 19, "same"))
    wanted = everything(case)
    case.image, case.kernel = np.asfortranarray(case.image), case.kernel[::-1, :, :, ::-1][::-1, :, :, ::-1]
    wide = np.zeros((*case.gradient.shape[:3], 40), np.float32)
    wide[..., :19] = case.gradient
    case.gradient = wide[..., :19]
    case.bias.flags.writeable = case.gradient.flags.writeable = False
    kernel, bias = np.empty((3, 3, 17, 19), np.float32), np.empty(19, np.float32)
    out, back = np.empty((2, 9, 8, 19), np.float32), np.empty((2, 9, 8, 17), np.float32)
    winograd.convolve(case.image, winograd.pack_forward(case.kernel), case.bias, *case.axes, out)
    winograd.input_gradient(case.gradient, winograd.pack_backward(case.kernel), *case.axes, back)
    winograd.kernel_gradient(case.image, case.gradient, *case.axes, kernel, bias)
    for one, two in zip((out, back, kernel, bias), wanted, strict=True):
        np.testing.assert_array_equal(one, two)


def test_no_images_give_no_results():
    case = case_of((1, 9, 8, 17, 19, "same"))
    case.image, case.gradient = case.image[:0], case.gradient[:0]
    out, back, kernel, bias = everything(case)
    assert out.size == back.size == 0
    assert not kernel.any() and not bias.any()


# What it is for


@pytest.mark.parametrize(
    ("size", "kernel", "options", "groups", "depth", "filters", "wanted"),
    [
        (28, 3, {}, 1, 32, 64, True),
        (28, 3, {"padding": ((0, 3), (1, 2))}, 1, 64, 64, True),
        (28, 3, {}, 1, 1, 64, False),
        (28, 3, {}, 1, 64, 3, False),
        (28, 3, {}, 2, 64, 64, False),
        (28, 3, {"strides": 2}, 1, 64, 64, False),
        (28, 3, {"strides": (1, 2)}, 1, 64, 64, False),
        (28, 3, {"dilation_rate": 2}, 1, 64, 64, False),
        (28, 5, {}, 1, 64, 64, False),
        (28, (3, 1), {}, 1, 64, 64, False),
        (3, 3, {}, 1, 64, 64, False),
        (7, 3, {}, 1, 32, 32, False),
    ],
)
def test_where_it_applies(size, kernel, options, groups, depth, filters, wanted):
    where = geometry.window_geometry((size, size), kernel, **{"strides": 1, "padding": "same", **options})
    assert winograd.applies(where.rows, where.columns, groups, depth, filters) is wanted


def test_other_windows_are_refused():
    case = case_of(SHAPES[0])
    other = geometry.window_geometry((9, 11), 3, (1, 2), "same")
    packed, out = winograd.pack_forward(case.kernel), np.empty((2, 9, 6, 7), np.float32)
    with pytest.raises(ValueError, match="along columns the window has 3, the stride is 2 and the dilation 1"):
        winograd.convolve(case.image, packed, case.bias, other.rows, other.columns, out)
    with pytest.raises(ValueError, match=r"the kernel's shape is \(5, 3, 5, 7\); expected \(3, 3, C_in, C_out\)"):
        winograd.pack_forward(np.empty((5, 3, 5, 7), np.float32))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"out": np.empty((2, 4, 11, 7), np.float32)}, r"out is float32 of shape \(2, 4, 11, 7\); expected float32"),
        ({"out": np.empty((2, 9, 11, 7))}, "out is float64"),
        ({"packed": np.empty(4000, np.float32)}, r"packed is float32 of shape \(4000,\); expected float32 of shape"),
        ({"bias": np.empty(7)}, "bias is float64"),
        ({"image": np.empty((2, 9, 9, 5), np.float32)}, r"image is float32 of shape \(2, 9, 9, 5\); expected"),
        ({"argmax": np.empty((2, 4, 5, 7), np.int64), "out": np.empty((2, 4, 5, 7), np.float32)}, "argmax is int64"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change, words):
    case = case_of(SHAPES[0])
    packed, out = winograd.pack_forward(case.kernel), np.empty((2, 9, 11, 7), np.float32)
    given = {"image": case.image, "packed": packed, "bias": case.bias, "out": out, "argmax": None} | change
    with pytest.raises(ValueError, match=words):
        winograd.convolve(given["image"], given["packed"], given["bias"], *case.axes, given["out"], given["argmax"])


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("out", (2, 11, 9, 5)),
        ("mask", (2, 9, 11, 7)),
        ("gradient", (2, 9, 10, 7)),
        ("kernel_out", (2, 3, 5, 7)),
        ("bias_out", (6,)),
    ],
)
def test_gradients_that_do_not_fit_are_refused(name, shape):
    case, wrong = case_of(SHAPES[0]), np.empty(shape, np.float32)
    words = ", ".join(map(str, shape))
    with pytest.raises(ValueError, match=rf"{name} is float32 of shape \({words},?\); expected float32 of shape"):
        if name.endswith("_out"):
            given = {"kernel_out": blank(case.kernel), "bias_out": blank(case.bias)} | {name: wrong}
            winograd.kernel_gradient(case.image, case.gradient, *case.axes, **given)
        else:
            given = {"gradient": case.gradient, "out": blank(case.image), "mask": None} | {name: wrong}
            packed = winograd.pack_backward(case.kernel)
            axes = dict(zip(("rows", "columns"), case.axes, strict=True))
            winograd.input_gradient(packed=packed, **axes, **given)


@pytest.mark.parametrize("threads", [1, 2, 16])
@pytest.mark.parametrize(
    "images, size, depth, filters", [(64, 28, 32, 64), (64, 14, 64, 64), (64, 14, 64, 128), (8, 56, 128, 128)]
)
def test_extra_memory_is_at_most_twice_the_padded_image(monkeypatch, threads, images, size, depth, filters):
    monkeypatch.setattr(winograd, "thread_count", lambda: threads)
    where = geometry.window_geometry((size, size), 3, padding="same")
    axes = where.rows, where.columns
    image, gradient = (np.zeros((images, size, size, channels), np.float32) for channels in (depth, filters))
    kernel, bias = np.zeros((3, 3, depth, filters), np.float32), np.zeros(filters, np.float32)
    packed = winograd.pack_forward(kernel)
    for number, channels in enumerate((depth, filters, depth)):
        workspace = memory.Workspace()
        if number == 0:
            winograd.convolve(image, packed, bias, *axes, gradient, workspace=workspace)
        elif number == 1:
            winograd.input_gradient(gradient, winograd.pack_backward(kernel), *axes, image, workspace=workspace)
        else:
            winograd.kernel_gradient(image, gradient, *axes, kernel, bias, workspace)
        padded = images * (size + 2) ** 2 * channels * 4
        assert workspace.nbytes <= 2 * padded + packed.nbytes
