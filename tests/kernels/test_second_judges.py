"""The kernels against PyTorch and SciPy, which share no line with the reference.

Whole numbers are compared exactly; float32 results are held against the judge's float64 ones within the bound that
rounding theory gives for a sum of n products: γ(n)·Σ|terms| with γ(n) = n·u / (1 − n·u).
"""

import random

import numpy as np
import pytest

import convviz as cv

SEEDS = pytest.mark.parametrize("seed", range(60))


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch, a second judge, is not installed: pip install torch==2.13.0")


@pytest.fixture(scope="module")
def signal():
    return pytest.importorskip("scipy.signal", reason="SciPy, a second judge, is not installed: pip install scipy")


@pytest.fixture(scope="module")
def ndimage():
    return pytest.importorskip("scipy.ndimage", reason="SciPy, a second judge, is not installed: pip install scipy")


def whole(seed, *shape):
    """Small whole numbers as float64, whose sums are exact."""
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(float)


def random_floats(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def to_torch(torch, array):
    """(N, H, W, C) as PyTorch has it, (N, C, H, W), in float64."""
    return torch.from_numpy(np.ascontiguousarray(array.transpose(0, 3, 1, 2))).double()


def kernel_to_torch(torch, kernel):
    """(kh, kw, a, b) as (b, a, kh, kw), for convolution and transposed convolution alike, in float64."""
    return torch.from_numpy(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))).double()


def from_torch(tensor):
    return tensor.numpy().transpose(0, 2, 3, 1)


def pair(chance, least, most):
    return chance.randint(least, most), chance.randint(least, most)


def spans(window, dilation):
    return tuple((k - 1) * d + 1 for k, d in zip(window, dilation, strict=True))


def bound(terms, magnitude, dtype=np.float32):
    unit = np.finfo(dtype).eps / 2
    return terms * unit / (1 - terms * unit) * magnitude


# Convolution


def convolution_case(seed):
    """Shapes of image and kernel, and options with numbers as padding."""
    chance = random.Random(seed)
    window, dilation, strides = pair(chance, 1, 5), pair(chance, 1, 3), pair(chance, 1, 4)
    padding = (pair(chance, 0, 4), pair(chance, 0, 4))
    groups = chance.choice([1, 1, 2, 4])
    depth, per_group = pair(chance, 1, 4)
    large = 20 if seed % 4 == 0 else 0
    size = [max(span, 1) + chance.randint(0, 9) + large for span in spans(window, dilation)]
    image = (chance.randint(1, 3), *size, groups * depth)
    options = {"strides": strides, "padding": padding, "dilation_rate": dilation, "groups": groups}
    return image, (*window, depth, groups * per_group), options


def torch_convolution(torch, image, kernel, bias, options):
    (top, bottom), (left, right) = options["padding"]
    padded = torch.nn.functional.pad(to_torch(torch, image), (left, right, top, bottom))
    answer = torch.nn.functional.conv2d(
        padded,
        kernel_to_torch(torch, kernel),
        None if bias is None else torch.from_numpy(bias).double(),
        stride=options["strides"],
        dilation=options["dilation_rate"],
        groups=options["groups"],
    )
    return from_torch(answer)


@SEEDS
def test_convolution_of_whole_numbers(seed, torch):
    image_shape, kernel_shape, options = convolution_case(seed)
    image, kernel, bias = whole(seed, *image_shape), whole(seed + 1, *kernel_shape), whole(seed + 2, kernel_shape[3])
    expected = torch_convolution(torch, image, kernel, bias, options)
    for dtype in (np.int64, np.float32, np.float64):
        got = cv.conv2d(image.astype(dtype), kernel.astype(dtype), bias.astype(dtype), **options)
        assert got.dtype == dtype
        np.testing.assert_array_equal(got, expected)


@SEEDS
def test_convolution_of_floats(seed, torch):
    image_shape, kernel_shape, options = convolution_case(seed)
    image, kernel = random_floats(seed, *image_shape), random_floats(seed + 1, *kernel_shape)
    got = cv.conv2d(image, kernel, **options)
    expected = torch_convolution(torch, image, kernel, None, options)
    magnitude = torch_convolution(torch, np.abs(image), np.abs(kernel), None, options)
    assert got.dtype == np.float32
    assert (np.abs(got - expected) <= bound(np.prod(kernel_shape[:3]), magnitude)).all()


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@SEEDS
def test_same_padding_without_strides(seed, torch):
    image_shape, kernel_shape, options = convolution_case(seed)
    image, kernel = whole(seed, *image_shape), whole(seed + 1, *kernel_shape)
    dilation, groups = options["dilation_rate"], options["groups"]
    got = cv.conv2d(image, kernel, padding="same", dilation_rate=dilation, groups=groups)
    expected = torch.nn.functional.conv2d(
        to_torch(torch, image), kernel_to_torch(torch, kernel), padding="same", dilation=dilation, groups=groups
    )
    np.testing.assert_array_equal(got, from_torch(expected))


@pytest.mark.parametrize("modes", [("valid", "valid"), ("full", "full")])
@pytest.mark.parametrize("seed", range(20))
def test_convolution_and_its_flipped_kind_in_scipy(seed, modes, signal):
    chance = random.Random(seed)
    rows, columns = pair(chance, 1, 6)
    image = whole(seed, rows + chance.randint(0, 30), columns + chance.randint(0, 30))
    kernel = whole(seed + 1, rows, columns)
    padding, mode = modes
    np.testing.assert_array_equal(cv.conv2d(image, kernel, padding=padding), signal.correlate2d(image, kernel, mode=mode))
    np.testing.assert_array_equal(
        cv.conv2d(image, kernel, padding=padding, flip_kernel=True), signal.convolve2d(image, kernel, mode=mode)
    )


@pytest.mark.parametrize("seed", range(20))
def test_same_padding_in_scipy(seed, signal, ndimage):
    chance = random.Random(seed)
    rows, columns = (2 * half + 1 for half in pair(chance, 0, 3))
    image, kernel = whole(seed, *pair(chance, 7, 40)), whole(seed + 1, rows, columns)
    got = cv.conv2d(image, kernel, padding="same")
    np.testing.assert_array_equal(got, signal.correlate2d(image, kernel, mode="same"))
    np.testing.assert_array_equal(got, ndimage.correlate(image, kernel, mode="constant"))
    flipped = cv.conv2d(image, kernel, padding="same", flip_kernel=True)
    np.testing.assert_array_equal(flipped, ndimage.convolve(image, kernel, mode="constant"))
    strides = pair(chance, 1, 3)
    centred = cv.conv2d(image, kernel, padding=(rows // 2, columns // 2), strides=strides)
    np.testing.assert_array_equal(centred, got[:: strides[0], :: strides[1]])


# Transposed convolution


@SEEDS
def test_transposed_convolution(seed, torch):
    chance = random.Random(seed)
    window, dilation, strides = pair(chance, 1, 5), pair(chance, 1, 3), pair(chance, 1, 4)
    reach = spans(window, dilation)
    padding = tuple(chance.randint(0, (span - 1) // 2) for span in reach)
    extra = tuple(chance.randint(0, max(s, d) - 1) for s, d in zip(strides, dilation, strict=True))
    groups = chance.choice([1, 1, 2, 4])
    depth, per_group = pair(chance, 1, 4)
    size = pair(chance, 12, 25) if seed % 4 == 0 else pair(chance, 1, 8)
    image = whole(seed, chance.randint(1, 3), *size, groups * depth)
    kernel, bias = whole(seed + 1, *window, per_group, groups * depth), whole(seed + 2, groups * per_group)
    expected = torch.nn.functional.conv_transpose2d(
        to_torch(torch, image),
        kernel_to_torch(torch, kernel),
        torch.from_numpy(bias),
        stride=strides,
        padding=padding,
        output_padding=extra,
        groups=groups,
        dilation=dilation,
    )
    for dtype in (np.int64, np.float32, np.float64):
        got = cv.conv2d_transpose(
            image.astype(dtype), kernel.astype(dtype), bias.astype(dtype), strides, padding, extra, dilation, groups
        )
        assert got.dtype == dtype
        np.testing.assert_array_equal(got, from_torch(expected))


@SEEDS
def test_transposed_convolution_is_the_gradient_of_convolution(seed, torch):
    """PyTorch works out the gradient of ⟨conv(x), y⟩ with respect to x: for uneven, "same" and "full" padding too."""
    chance = random.Random(seed)
    (batch, *size, channels), kernel_shape, options = convolution_case(seed)
    strides, padding = options["strides"], chance.choice([options["padding"], "same", "full", "valid"])
    if padding == "same":  # whose padding depends on the size, unless that is a multiple of the strides
        size = [chance.randint(1, 6) * stride for stride in strides]
    reach = spans(kernel_shape[:2], options["dilation_rate"])
    around = [amounts(padding, axis, reach[axis], strides[axis]) for axis in (0, 1)]
    left_over = [(size[axis] + sum(around[axis]) - reach[axis]) % strides[axis] for axis in (0, 1)]

    x = to_torch(torch, whole(seed, batch, *size, channels)).requires_grad_()
    kernel = whole(seed + 1, *kernel_shape)
    padded = torch.nn.functional.pad(x, (*around[1], *around[0]))
    weight = kernel_to_torch(torch, kernel)
    forward = torch.nn.functional.conv2d(
        padded, weight, stride=strides, dilation=options["dilation_rate"], groups=options["groups"]
    )
    y = whole(seed + 3, *from_torch(forward.detach()).shape)
    forward.backward(to_torch(torch, y))

    extra = 0 if padding == "same" else left_over
    got = cv.conv2d_transpose(y, kernel, **(options | {"padding": padding}), output_padding=extra)
    np.testing.assert_array_equal(got, from_torch(x.grad))


def amounts(padding, axis, reach, stride):
    """Cells of padding before and after an axis whose size is a multiple of the stride where padding is "same"."""
    if padding == "valid":
        return 0, 0
    if padding == "full":
        return reach - 1, reach - 1
    if padding == "same":
        return max(reach - stride, 0) // 2, -(-max(reach - stride, 0) // 2)
    return padding[axis]


# Pooling


def pooling_case(seed):
    """Shape of an image and options, with no more padding than PyTorch allows."""
    chance = random.Random(seed)
    window, dilation, strides = pair(chance, 1, 5), pair(chance, 1, 3), pair(chance, 1, 5)
    padding = tuple(chance.randint(0, k // 2) for k in window)
    large = 40 if seed % 4 == 0 else 0
    size = [span + chance.randint(0, 8) + large for span in spans(window, dilation)]
    options = {"pool_size": window, "strides": strides, "padding": padding, "ceil_mode": chance.random() < 0.5}
    return (chance.randint(1, 3), *size, chance.randint(1, 4)), dilation, options


@SEEDS
def test_max_pooling(seed, torch):
    shape, dilation, options = pooling_case(seed)
    image = whole(seed, *shape)  # with many equal numbers
    expected, places = torch.nn.functional.max_pool2d(
        to_torch(torch, image),
        options["pool_size"],
        options["strides"],
        options["padding"],
        dilation,
        ceil_mode=options["ceil_mode"],
        return_indices=True,
    )
    for dtype in (np.int64, np.float32, np.float64):
        values, argmax = cv.max_pool2d(image.astype(dtype), dilation_rate=dilation, return_argmax=True, **options)
        assert values.dtype == dtype
        np.testing.assert_array_equal(values, from_torch(expected))
        np.testing.assert_array_equal(argmax, from_torch(places))


@SEEDS
def test_max_pooling_of_nan(seed, torch):
    shape, dilation, options = pooling_case(seed)
    image = np.where(np.random.default_rng(seed).random(shape) < 0.1, np.nan, whole(seed, *shape))
    expected = torch.nn.functional.max_pool2d(
        to_torch(torch, image),
        options["pool_size"],
        options["strides"],
        options["padding"],
        dilation,
        ceil_mode=options["ceil_mode"],
    )
    np.testing.assert_array_equal(cv.max_pool2d(image, dilation_rate=dilation, **options), from_torch(expected))


@pytest.mark.parametrize("count_include_pad", [False, True])
@SEEDS
def test_average_pooling(seed, count_include_pad, torch):
    shape, _, options = pooling_case(seed)
    image = whole(seed, *shape)
    expected = torch.nn.functional.avg_pool2d(
        to_torch(torch, image),
        options["pool_size"],
        options["strides"],
        options["padding"],
        ceil_mode=options["ceil_mode"],
        count_include_pad=count_include_pad,
    )
    for dtype in (np.int64, np.float32, np.float64):
        got = cv.avg_pool2d(image.astype(dtype), count_include_pad=count_include_pad, **options)
        assert got.dtype == (np.float64 if dtype == np.int64 else dtype)
        # both sums are exact: what remains is the rounding of one division
        np.testing.assert_array_equal(got, from_torch(expected).astype(got.dtype))


@pytest.mark.parametrize("seed", range(10))
def test_pooling_in_scipy(seed, ndimage):
    chance = random.Random(seed)
    rows, columns = (2 * half + 1 for half in pair(chance, 0, 2))
    image = whole(seed, *pair(chance, 6, 30))
    largest = ndimage.maximum_filter(image, (rows, columns), mode="constant", cval=-np.inf)
    np.testing.assert_array_equal(cv.max_pool2d(image, (rows, columns), 1, "same"), largest)
    totals = ndimage.correlate(image, np.ones((rows, columns)), mode="constant")
    mean = cv.avg_pool2d(image, (rows, columns), 1, "same", count_include_pad=True)
    np.testing.assert_array_equal(mean, totals / (rows * columns))
    counts = ndimage.correlate(np.ones(image.shape), np.ones((rows, columns)), mode="constant")
    np.testing.assert_array_equal(cv.avg_pool2d(image, (rows, columns), 1, "same"), totals / counts)


@pytest.mark.parametrize("seed", range(5))
def test_global_pooling(seed, torch):
    image = whole(seed, 2, 9, 7, 3)
    np.testing.assert_array_equal(cv.global_max_pool2d(image), to_torch(torch, image).amax((2, 3)).numpy())
    np.testing.assert_array_equal(cv.global_avg_pool2d(image), to_torch(torch, image).mean((2, 3)).numpy())
