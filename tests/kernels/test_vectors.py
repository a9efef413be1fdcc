"""Large float arrays through the functions that users call: which code computes them, and that it is right."""

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import reference

import convviz as cv
from convviz.kernels.cpu import convolution, dispatch, planes, pooling, simd, threads
from convviz.kernels.sampling import Sampling
from convviz.kernels.scalar import window

TILES = ["avx512", "avx2", "sse", "neon", "plain"]

#: Modules that a small example does without.
LATE = {
    f"convviz.kernels.cpu.{name}"
    for name in ("convolution", "halo", "memory", "planes", "pooling", "rowwise", "simd", "sweeps", "winograd")
}


@pytest.fixture
def always(monkeypatch):
    """Vector code for arrays of every size."""
    monkeypatch.setattr(dispatch, "LARGE", 0)


def whole(random, *shape):
    """Small whole numbers as float32, whose sums are exact."""
    return random.integers(-9, 10, shape).astype(np.float32)


def setting(random, transposed=False):
    """Random shapes of an image and a kernel, and options, that fit together."""
    window, strides, dilation = (tuple(random.integers(1, most, 2).tolist()) for most in (6, 4, 3))
    groups = int(random.choice([1, 1, 2, 3, 17]))
    depth, filters = (1, 1) if groups == 17 else random.integers(1, 20, 2).tolist()
    least = 3 if transposed else 1  # so that something is left when padding is cut off
    size = [(k - 1) * d + int(random.integers(least, 14)) for k, d in zip(window, dilation, strict=True)]
    paddings = ["valid", "same", 1, ((0, 2), (1, 0))] + ([] if transposed else ["full", ((5, 0), (0, 7))])
    options = {"strides": strides, "dilation_rate": dilation, "groups": groups}
    options["padding"] = paddings[random.integers(len(paddings))]
    inner = (filters, groups * depth) if transposed else (depth, groups * filters)
    return (int(random.integers(1, 4)), *size, groups * depth), (*window, *inner), groups * filters, options


# Which code computes what


@pytest.mark.parametrize(
    ("call", "module", "function"),
    [
        (lambda x: cv.conv2d(x[0, :, :, 0], np.ones((3, 3))), planes, "correlate"),
        (lambda x: cv.conv2d(x, np.ones((3, 3)), bias=2, groups=16, padding="full"), planes, "correlate"),
        (lambda x: cv.conv2d(x, np.ones((3, 3)), bias=range(16), groups=16), convolution, "convolve"),
        (lambda x: cv.conv2d(x, np.arange(144.0).reshape(3, 3, 1, 16), groups=16), convolution, "convolve"),
        (lambda x: cv.conv2d(x, np.ones((3, 3)), groups=16, strides=(1, 2)), convolution, "convolve"),
        (lambda x: cv.conv2d(x, np.ones((3, 3, 16, 2))), convolution, "convolve"),
        (lambda x: cv.conv2d_transpose(x, np.ones((3, 3, 2, 16))), convolution, "input_gradient"),
        (lambda x: cv.max_pool2d(x[..., :1]), pooling, "max_pool"),
        (lambda x: cv.max_pool2d(x, 3, 1, "same"), pooling, "max_pool"),
    ],
)
def test_the_rule_that_chooses(call, module, function, always, monkeypatch):
    taken, original = [], getattr(module, function)
    monkeypatch.setattr(module, function, lambda *given, **named: (taken.append(1), original(*given, **named))[1])
    image = np.ones((1, 7, 8, 16))
    fast = call(image)
    assert taken
    monkeypatch.setattr(dispatch, "LARGE", 10**12)
    taken.clear()
    np.testing.assert_array_equal(call(image), fast)
    np.testing.assert_array_equal(call(image.astype(int)), fast)
    assert not taken


def test_small_floats_are_added_up_in_the_order_of_the_window():
    random = np.random.default_rng(0)
    image, kernel = (random.standard_normal(shape).astype(np.float32) for shape in ((1, 6, 7, 3), (3, 2, 3, 4)))
    sampling, bias = Sampling(1, 1, 1, 1, 0, 0), np.zeros(4, np.float32)
    for index, value in np.ndenumerate(cv.conv2d(image, kernel)):
        assert value == window.convolve(image, kernel, bias, sampling, 1, *index)


def loaded_by(call):
    code = f"import sys, numpy as np, convviz as cv\n{call}\nprint(*(name for name in sys.modules if 'convviz' in name))"
    path = os.pathsep.join([str(Path(cv.__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return LATE & set(done.stdout.split())


def test_small_examples_load_no_vector_code():
    small = "x = np.ones((9, 9)); cv.conv2d(x, x[:3, :3]); cv.conv2d_transpose(x, x); cv.max_pool2d(x); cv.avg_pool2d(x)"
    assert loaded_by(small) == set()
    assert loaded_by("cv.conv2d(np.ones((400, 400), int), np.ones((3, 3), int))") == {"convviz.kernels.cpu.rowwise"}
    plane = loaded_by("cv.conv2d(np.ones((400, 400)), np.ones((3, 3)))")
    assert plane == {f"convviz.kernels.cpu.{name}" for name in ("halo", "memory", "planes", "simd", "sweeps")}


def test_what_a_cache_holds_finds_the_tiles_in_another_process(tmp_path):
    code = (
        "import numpy as np, numba.core.event as event, convviz as cv;"
        "compiled = event.RecordingListener(); event.register('numba:compile', compiled);"
        "x = np.random.default_rng(0).random((400, 400)); y = cv.conv2d(x, x[:3, :3]);"
        "print(len(compiled.buffer) > 0, y.sum().hex())"
    )
    variables = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(Path(cv.__file__).parent.parent)}
    command = [sys.executable, "-c", code]
    first, second = (subprocess.check_output(command, env=variables, text=True).split() for _ in range(2))
    assert first[0] == "True" and second == ["False", first[1]]


# The tiles of all machines


def test_every_tile_has_a_name(monkeypatch):
    for name in TILES:
        monkeypatch.setenv("CONVVIZ_SIMD", name)
        assert type(simd.selected()).__name__.lower() == name
    monkeypatch.setenv("CONVVIZ_SIMD", "AVX2")
    assert simd.selected() == simd.Avx2()
    for unset in ("", None):
        monkeypatch.setenv("CONVVIZ_SIMD", unset) if unset is not None else monkeypatch.delenv("CONVVIZ_SIMD")
        assert simd.selected() == simd.machine()


@pytest.mark.parametrize("call", [cv.conv2d, cv.conv2d_transpose])
def test_an_unknown_tile_is_an_error(call, monkeypatch):
    monkeypatch.setenv("CONVVIZ_SIMD", "avx3")
    with pytest.raises(ValueError, match="CONVVIZ_SIMD is 'avx3'; expected one of avx512, avx2, sse, neon, plain"):
        call(np.ones((200, 200)), np.ones((3, 3)))
    assert call(np.ones((2, 2)), np.ones((1, 1))).all()


@pytest.mark.parametrize("name", TILES)
def test_every_tile_equals_the_reference(name, always, monkeypatch):
    monkeypatch.setenv("CONVVIZ_SIMD", name)
    random = np.random.default_rng(TILES.index(name))
    for _ in range(25):
        shape, kernel_shape, filters, options = setting(random)
        image, kernel, bias = whole(random, *shape), whole(random, *kernel_shape), whole(random, filters)
        wanted = reference.convolve(image.tolist(), kernel.tolist(), bias.tolist(), **options)
        np.testing.assert_array_equal(cv.conv2d(image, kernel, bias, **options), wanted, err_msg=f"{shape} {options}")
        plane, square = image[..., :1], kernel[:, :, :1, :1]
        options["groups"] = 1
        wanted = reference.convolve(plane.tolist(), square.tolist(), **options)
        np.testing.assert_array_equal(cv.conv2d(plane, square, **options), wanted, err_msg=f"{shape} {options}")


@pytest.mark.parametrize("name", TILES)
def test_every_tile_transposes_as_the_reference(name, always, monkeypatch):
    monkeypatch.setenv("CONVVIZ_SIMD", name)
    random = np.random.default_rng(TILES.index(name))
    for _ in range(20):
        shape, kernel_shape, filters, options = setting(random, transposed=True)
        image, kernel, bias = whole(random, *shape), whole(random, *kernel_shape), whole(random, filters)
        wanted = reference.transposed(image.tolist(), kernel.tolist(), bias.tolist(), **options)
        got = cv.conv2d_transpose(image, kernel, bias, **options)
        np.testing.assert_array_equal(got, wanted, err_msg=f"{shape} {kernel_shape} {options}")


@pytest.mark.parametrize("name", TILES)
@pytest.mark.parametrize("channels", [1, 3, 8, 37])
def test_every_tile_finds_the_reference_s_maxima(name, channels, always, monkeypatch):
    monkeypatch.setenv("CONVVIZ_SIMD", name)
    random = np.random.default_rng(channels)
    image = random.integers(-3, 4, (2, 12, 11, channels)).astype(np.float32)
    image[random.random(image.shape) < 0.02] = np.nan
    for pool, strides, padding in ((2, None, "valid"), (3, 1, "same"), ((3, 2), (2, 3), 1), (2, 1, "valid")):
        values, places = cv.max_pool2d(image, pool, strides, padding, return_argmax=True)
        wanted = reference.max_pool(image.tolist(), pool, strides, padding)
        np.testing.assert_array_equal(values, wanted[0])
        np.testing.assert_array_equal(places, wanted[1])


# Other judges


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_random_layers_in_pytorch(dtype, always):
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(4)
    for _ in range(40):
        shape, kernel_shape, filters, options = setting(random)
        options["padding"] = tuple(random.integers(0, 3, 2).tolist())
        image, kernel, bias = (random.standard_normal(s).astype(dtype) for s in (shape, kernel_shape, filters))
        names = {"stride": "strides", "dilation": "dilation_rate", "groups": "groups", "padding": "padding"}
        tensors = (torch.tensor(a).double() for a in (image.transpose(0, 3, 1, 2), kernel.transpose(3, 2, 0, 1), bias))
        wanted = torch.nn.functional.conv2d(*tensors, **{name: options[ours] for name, ours in names.items()})
        got = cv.conv2d(image, kernel, bias, **options)
        assert got.dtype == dtype
        terms = kernel[..., 0].size + 1
        np.testing.assert_allclose(got, wanted.permute(0, 2, 3, 1).numpy(), rtol=0, atol=terms * np.finfo(dtype).eps * 30)


@pytest.mark.parametrize("size", [1, 3, 4, 7, 15, 31])
def test_photographs_in_scipy(size):
    signal = pytest.importorskip("scipy.signal")
    random = np.random.default_rng(size)
    image, kernel = random.integers(0, 256, (333, 401)).astype(np.float32), whole(random, size, size)
    for padding, mode in (("same", "same"), ("valid", "valid"), ("full", "full")):
        if padding == "same" and size % 2 == 0:  # whose odd cell of padding is before the image in SciPy
            continue
        wanted = signal.correlate2d(image.astype(float), kernel.astype(float), mode)
        for dtype in (np.float32, np.float64):
            got = cv.conv2d(image.astype(dtype), kernel.astype(dtype), padding=padding)
            assert got.dtype == dtype
            np.testing.assert_array_equal(got, wanted)


# Numbers that are none, and signs of zero


@pytest.mark.parametrize("groups", [1, 2, 20])
@pytest.mark.parametrize("stranger", [np.nan, np.inf, -np.inf])
def test_strangers_in_the_corners(stranger, groups, always):
    """What lies beyond the last pixel of a row, or in the lanes of a vector that are left over, must not come in."""
    random = np.random.default_rng(1)
    for channels in (20, 1):
        if channels % groups:
            continue
        image, kernel = whole(random, 2, 7, 9, channels), whole(random, 3, 2, channels // groups, groups)
        image[:, [0, 0, -1, -1], [0, -1, 0, -1]] = stranger
        kernel[1, 1] = 0
        uneven = {"dilation_rate": 2, "padding": ((0, 3), (4, 0))}
        for options in ({"padding": "same"}, {"padding": "full", "strides": 2}, uneven):
            wanted = reference.convolve(image.tolist(), kernel.tolist(), groups=groups, **options)
            np.testing.assert_array_equal(cv.conv2d(image, kernel, groups=groups, **options), wanted)
        back = np.ascontiguousarray(whole(random, 3, 2, 2, channels))
        for options in ({"strides": (2, 3)}, {"padding": 1}):
            wanted = reference.transposed(image.tolist(), back.tolist(), groups=groups, **options)
            np.testing.assert_array_equal(cv.conv2d_transpose(image, back, groups=groups, **options), wanted)


@pytest.mark.parametrize("shape", [(3, 3, 1, 1), (3, 3, 1, 40)])
@pytest.mark.parametrize("weight", [np.nan, np.inf])
def test_padding_meets_infinite_weights(shape, weight, always):
    image, kernel = np.ones((1, 5, 6, 1), np.float32), np.ones(shape, np.float32)
    kernel[0, 0] = kernel[2, 1, :, -1] = weight
    for padding in ("valid", "same", ((2, 0), (0, 1))):
        wanted = reference.convolve(image.tolist(), kernel.tolist(), padding=padding)
        np.testing.assert_array_equal(cv.conv2d(image, kernel, padding=padding), wanted)


@pytest.mark.parametrize("channels", [1, 8])
def test_a_zero_keeps_its_sign_where_it_is_the_first_of_equals(channels, always):
    image = np.where(np.random.default_rng(0).random((6, 8, channels)) < 0.5, -0.0, 0.0)
    for pool, strides in ((2, 2), (3, 1)):
        values, places = cv.max_pool2d(image, pool, strides, return_argmax=True)
        wanted = np.take_along_axis(image.reshape(-1, channels), places.reshape(-1, channels), 0).reshape(values.shape)
        np.testing.assert_array_equal(np.signbit(values), np.signbit(wanted))
        assert places[0, 0, 0] == 0


def test_no_sum_of_zeros_is_negative(always):
    for image in (np.zeros((4, 5)), np.full((4, 5), -0.0)):
        for weight in (1.0, -1.0):
            assert not np.signbit(cv.conv2d(image, np.full((3, 3), weight), padding="same")).any()


# Arrays as they come


def frozen(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def shifted(array):
    raw = np.empty(array.nbytes + 1, np.uint8)[1:].view(array.dtype).reshape(array.shape)
    raw[...] = array
    return raw


@pytest.mark.parametrize("change", [shifted, frozen, np.asfortranarray, lambda a: a[::-1, ::-1].copy()[::-1, ::-1]])
def test_large_arrays_as_they_lie(change):
    random = np.random.default_rng(0)
    image, kernel = whole(random, 90, 80, 4), whole(random, 3, 3, 4, 9)
    stamp, square = whole(random, 3, 3, 9, 4), kernel[:, :, 0, 0].copy()
    calls = [
        lambda image, kernel, stamp, square: cv.conv2d(image, kernel, strides=2),
        lambda image, kernel, stamp, square: cv.conv2d(image, square, groups=4),
        lambda image, kernel, stamp, square: cv.conv2d_transpose(image, stamp),
        lambda image, kernel, stamp, square: cv.max_pool2d(image, 3, 1, return_argmax=True)[1],
        lambda image, kernel, stamp, square: cv.avg_pool2d(image, 3, 1),
    ]
    plain = image, kernel, stamp, square
    for call in calls:
        np.testing.assert_array_equal(call(*map(change, plain)), call(*plain))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_bits_on_any_number_of_threads(dtype, monkeypatch):
    random = np.random.default_rng(0)
    image, kernel = random.standard_normal((3, 40, 37, 12)).astype(dtype), random.standard_normal((3, 3, 4, 21)).astype(dtype)
    stamp = np.ascontiguousarray(kernel[:, :, :, :12])
    answers = []
    for count in (1, 2, 4, 7):
        for module in (planes, threads, convolution):
            monkeypatch.setattr(module, "thread_count", lambda count=count: count)
        found = [
            cv.conv2d(image, kernel, padding="same", groups=3),
            cv.conv2d(image, kernel[:, :, 0, 0], groups=12),
            cv.conv2d_transpose(image, stamp, strides=2, groups=3),
            *cv.max_pool2d(image, return_argmax=True),
            cv.avg_pool2d(image, 3, 1),
        ]
        answers.append([array.tobytes() for array in found])
    assert all(answer == answers[0] for answer in answers)


# Memory


def extra(call):
    """Bytes that a call held at its peak beyond what it returned."""
    call()
    tracemalloc.start()
    try:
        answer = call()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak - sum(part.nbytes for part in (answer if isinstance(answer, tuple) else (answer,)))


@pytest.mark.parametrize(
    ("shape", "kernel", "options"),
    [
        ((700, 600), (3, 3), {"padding": "same"}),
        ((700, 600), (15, 15), {"padding": "full"}),
        ((700, 600), (5, 5), {"strides": 2}),
        ((300, 400, 3), (5, 5), {"groups": 3, "padding": 2}),
        ((8, 28, 28, 32), (3, 3, 32, 64), {"padding": "same"}),
        ((8, 28, 28, 33), (3, 3, 1, 33), {"padding": "same", "groups": 33}),
        ((4, 56, 56, 16), (1, 1, 16, 64), {}),
        ((1, 400_000), (1, 3), {"padding": "same"}),
        ((40, 3000), (9, 9), {}),
        ((1, 30, 30, 64), (15, 15, 64, 8), {"padding": "same"}),
    ],
)
@pytest.mark.parametrize("count", [1, 4, 16])
def test_a_convolution_needs_little_memory(shape, kernel, options, count, monkeypatch):
    for module in (planes, threads, convolution):
        monkeypatch.setattr(module, "thread_count", lambda: count)
    image, kernel = np.ones(shape, np.float32), np.ones(kernel, np.float32)
    where = cv.Convolution(kernel, **options).geometry(shape[:2] if len(shape) < 4 else shape[1:3])
    padded = image.nbytes * (where.rows.high - where.rows.low) * (where.columns.high - where.columns.low)
    padded /= where.rows.size * where.columns.size
    packed = kernel.nbytes * 64  # a single filter fills a vector
    assert extra(lambda: cv.conv2d(image, kernel, **options)) <= max(2 * padded, 64 * 1024) + packed + 20_000  # of Python's


@pytest.mark.parametrize(
    "call",
    [
        lambda x: cv.conv2d_transpose(x, np.ones((4, 4, 8, 16), np.float32), strides=2),
        lambda x: cv.max_pool2d(x, 3, 1, "same"),
        lambda x: cv.max_pool2d(x, return_argmax=True),
        lambda x: cv.avg_pool2d(x, 3, 1, "same"),
        lambda x: cv.avg_pool2d(x),
    ],
)
def test_others_need_little_memory(call):
    image = np.ones((4, 120, 130, 16), np.float32)
    assert extra(lambda: call(image)) <= 2 * image.nbytes + 4 * 4 * 8 * 16 * 16 + 50_000


# Traces


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["grey", "colour", "each colour", "stride", "transposed"])
def test_steps_of_photographs_hold(kind, dtype):
    random = np.random.default_rng(0)
    grey, colour = (cv.examples.photograph(colour=colour).astype(dtype) / dtype(255) for colour in (False, True))
    blur = random.standard_normal((9, 9)).astype(dtype)
    image, operation = {
        "grey": (grey, cv.Convolution(blur, padding="same")),
        "colour": (colour, cv.Convolution(random.standard_normal((5, 5, 3, 4)).astype(dtype), bias=[1, 2, 3, 0.1])),
        "each colour": (colour, cv.Convolution(blur, groups=3, padding="same")),
        "stride": (colour, cv.Convolution(blur, groups=3, strides=2)),
        "transposed": (grey, cv.TransposedConvolution(blur, strides=2)),
    }[kind]
    trace = operation.trace(image)
    assert trace.output.dtype == dtype
    for index in random.integers(0, len(trace), 300).tolist() + [0, len(trace) - 1]:
        step = trace[index]
        assert step.holds(), step
        assert step.result == trace.output[(*step.position, step.channel)[: trace.output.ndim]]


def test_windows_that_stand_beside_the_whole_image():
    """Strides and dilation that step over an image of one column."""
    image = np.ones((3000, 1, 4), np.float32)
    found = cv.Convolution(np.ones((1, 1, 4, 8), np.float32), strides=(1, 3), padding=((0, 0), (5, 0)))(image)
    assert found.shape == (3000, 2, 8) and not found.any()
    image, kernel = np.ones((3000, 2, 4), np.float32), np.ones((1, 2, 8, 4), np.float32)
    options = {"strides": (1, 3), "dilation_rate": (1, 13), "padding": ((0, 0), (1, 9))}
    found = cv.TransposedConvolution(kernel, **options)(image)
    np.testing.assert_array_equal(found, cv.TransposedConvolution(kernel.astype(np.int64), **options)(image.astype(np.int64)))
