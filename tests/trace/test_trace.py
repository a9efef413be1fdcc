"""Steps: every one against the kernels, and every formula against its own arithmetic."""

import re
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

import convviz as cv
from convviz.trace.forward import COPIED

LECTURE = [
    [0, 2, 3, 1, 2, 3],
    [4, 2, 1, 2, 3, 0],
    [2, 2, 1, 3, 2, 1],
    [1, 1, 2, 3, 1, 2],
    [1, 4, 2, 2, 3, 1],
    [2, 0, 2, 1, 4, 0],
]
KERNEL = [[1, 2, 2], [0, 0, 1], [2, 1, 1]]


def evaluate(text):
    """The value of a side of a formula, computed by Python from the text."""
    text = text.replace("−", "-").replace("×", "*")
    return eval(re.sub(r"\d+(\.\d+)?(e-?\d+)?", r"F('\g<0>')", text), {"F": Fraction, "max": max})


def sides(formula):
    """The sides of a formula and whether they are said to be equal."""
    parts = re.split(" (=|≈) ", formula)
    return parts[::2], parts[1::2]


@st.composite
def convolutions(draw):
    """A convolution and an image of small whole numbers that fit together."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    groups, depth, per_group = (draw(st.integers(1, 2)) for _ in range(3))
    kernel = rng.integers(-3, 4, (*(draw(st.integers(1, 3)) for _ in range(2)), depth, per_group * groups))
    conv = cv.Convolution(
        kernel,
        bias=rng.integers(-5, 6, per_group * groups) if draw(st.booleans()) else None,
        strides=(draw(st.integers(1, 2)), draw(st.integers(1, 3))),
        padding=draw(st.sampled_from(["valid", "same", "full", 1, ((1, 0), (0, 2))])),
        dilation_rate=draw(st.integers(1, 2)),
        groups=groups,
        flip_kernel=draw(st.booleans()),
    )
    image = rng.integers(-9, 10, (draw(st.integers(1, 2)), draw(st.integers(5, 6)), 5, depth * groups))
    return conv, image


@given(convolutions())
def test_every_step_of_a_convolution(case):
    conv, image = case
    trace = conv.trace(image)
    assert np.array_equal(trace.output, conv(image))
    assert [step.index for step in trace] == list(range(len(trace)))
    for step in trace:
        assert step.result == trace.output[step.batch, *step.position, step.channel]
        assert step.products.sum() + (step.bias or 0) == step.result
        assert list(step.sums) == [step.products[:, :, c].sum() for c in range(len(step.channels))]
        assert step.running[-1] == step.result
        left, right = sides(step.formula(None))[0]
        assert evaluate(left) == evaluate(right) == step.result
        for i, y in enumerate(step.rows):
            for j, x in enumerate(step.columns):
                inside = 0 <= y < image.shape[1] and 0 <= x < image.shape[2]
                assert (step.kinds[i][j] == "cell") == inside
                wanted = image[step.batch, y, x, list(step.channels)] if inside else 0
                assert np.array_equal(step.values[i, j], np.broadcast_to(wanted, step.values[i, j].shape))


@st.composite
def transposed(draw):
    """A transposed convolution and an image of small whole numbers that fit together."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    groups, per_group, depth = (draw(st.integers(1, 2)) for _ in range(3))
    stride = draw(st.integers(1, 3))
    up = cv.TransposedConvolution(
        rng.integers(-3, 4, (3, 2, per_group, depth * groups)),
        bias=rng.integers(-5, 6, per_group * groups) if draw(st.booleans()) else None,
        strides=(stride, 2),
        padding=draw(st.sampled_from(["valid", "same", 1, ((1, 0), (0, 1))])),
        output_padding=(draw(st.integers(0, stride - 1)), draw(st.integers(0, 1))),
        dilation_rate=(1, draw(st.integers(1, 2))),
        groups=groups,
    )
    return up, rng.integers(-9, 10, (3, 2, depth * groups))


@given(transposed())
def test_every_gather_step_of_a_transposed_convolution(case):
    up, image = case
    trace = up.trace(image)
    assert np.array_equal(trace.output, up(image))
    for step in trace:
        assert step.products.sum() + (step.bias or 0) == step.result == trace.output[*step.position, step.channel]
        left, right = sides(step.formula(None))[0]
        assert evaluate(left) == evaluate(right) == step.result


@given(transposed())
def test_scatter_steps_add_up_to_the_result(case):
    up, image = case
    trace = up.trace(image, view="scatter")
    total = np.zeros(trace.output.shape, int) + np.array(up.bias if up.bias is not None else 0)
    for step in trace:
        for i, y in enumerate(step.rows):
            for j, x in enumerate(step.columns):
                if 0 <= y < total.shape[0] and 0 <= x < total.shape[1]:
                    assert step.before[y, x] == total[y, x, step.channel]
                    total[y, x, step.channel] += step.sums[i, j]
                    assert step.after[y, x] == total[y, x, step.channel]
                else:
                    assert (y, x) not in step.after
    assert np.array_equal(total, trace.output)


@given(
    st.integers(0, 2**32),
    st.sampled_from(["valid", "same", 1, ((0, 1), (1, 0))]),
    st.booleans(),
    st.integers(1, 3),
    st.booleans(),
)
def test_every_step_of_pooling(seed, padding, ceil, stride, include):
    image = np.random.default_rng(seed).integers(-9, 10, (5, 6, 2))
    largest = cv.MaxPooling((2, 3), stride, padding, ceil_mode=ceil).trace(image)
    for step in largest:
        cells = [step.values[i, j, 0] for i in range(2) for j in range(3) if step.kinds[i][j] == "cell"]
        assert step.result == max(cells) == image[*step.winner, step.channel]
        assert step.formula().endswith(f" = {str(step.result).replace('-', '−')}")
    means = cv.AveragePooling((2, 3), stride, padding, ceil_mode=ceil, count_include_pad=include).trace(image)
    for step in means:
        assert step.total / step.count == step.result
        counted = {"cell", "padding"} if include else {"cell"}
        assert step.count == sum(kind in counted for line in step.kinds for kind in line)
        parts, signs = sides(step.formula())
        for left, sign, right in zip(parts, signs, parts[1:], strict=False):
            assert (evaluate(left) == evaluate(right)) == (sign == "=")


def test_winner_is_the_first_of_equals_and_the_first_nan():
    assert cv.MaxPooling(2).trace([[5, 5], [5, 5]])[0].winner == (0, 0)
    assert cv.MaxPooling(2).trace([[1, 5], [5, 5]])[0].winner == (0, 1)
    step = cv.MaxPooling(2).trace(np.array([[9, np.nan], [np.inf, np.nan]]))[0]
    assert step.winner == (0, 1)
    assert np.isnan(step.result)
    assert step.formula() == "max(9, NaN, ∞, NaN) = NaN"


def test_lecture_formula():
    assert cv.Convolution(KERNEL).trace(LECTURE)[0].formula() == "0×1 + 2×2 + 3×2 + 4×0 + 2×0 + 1×1 + 2×2 + 2×1 + 1×1 = 18"


def test_big_integers_and_fractions_are_exact():
    big = 10**30
    trace = cv.Convolution([[big, 1]]).trace([[big, 3]])
    assert trace[0].result == big * big + 3
    assert trace[0].formula() == f"{big}×{big} + 3×1 = {big * big + 3}"
    thirds = cv.Convolution([[Fraction(1, 3)] * 3]).trace([[1, 1, 1]])
    assert thirds[0].result == 1
    assert thirds[0].formula() == "1×(1/3) + 1×(1/3) + 1×(1/3) = 1"
    mean = cv.AveragePooling((1, 3)).trace([[Fraction(1), Fraction(1, 2), Fraction(1, 2)]])[0]
    assert mean.result == Fraction(2, 3)


def test_overflow_is_an_error_in_a_call_and_exact_in_a_trace():
    image = np.full((2, 2), 2**62)
    conv = cv.Convolution(np.ones((2, 2), int))
    with pytest.raises(OverflowError, match="int64"):
        conv(image)
    assert conv.trace(image)[0].result == 2**64
    # the bound on sums is beyond int64, the sums are not
    assert cv.conv2d([[2**62, -(2**62)]], [[1, 1]]).tolist() == [[0]]


def test_floats_say_when_they_are_rounded():
    step = cv.Convolution([[0.1, 0.2]]).trace([[1.0, 1.0]])[0]
    assert step.formula() == "1×0.1 + 1×0.2 = 0.3"  # as it is written; in floats they come to 0.30000000000000004
    assert cv.Convolution([[0.25, 0.5]]).trace([[1.0, 1.0]])[0].formula() == "1×0.25 + 1×0.5 = 0.75"
    assert cv.Convolution([[1 / 3]]).trace([[1.0]])[0].formula() == "1×0.3333 = 0.3333"
    assert cv.MaxPooling((1, 2)).trace([[0.123456, 0.5]])[0].formula() == "max(0.1235, 0.5) = 0.5"
    step = cv.Convolution([[1 / 3, 1]]).trace([[1.0, 1.0]])[0]
    assert step.formula() == "1×0.3333 + 1×1 ≈ 1.333"


def test_float32_steps_keep_their_dtype_and_result():
    rng = np.random.default_rng(3)
    image, kernel = rng.random((6, 6), np.float32), rng.random((3, 3), np.float32)
    trace = cv.Convolution(kernel).trace(image)
    assert trace.output.dtype == np.float32
    for step in trace:
        assert step.values.dtype == step.products.dtype == np.float32
        assert step.result == trace.output[step.position]
        bound = 2 * 9 * np.finfo(np.float32).eps * np.abs(step.products).sum()
        assert abs(float(step.products.astype(float).sum()) - float(step.result)) <= bound


def test_nan_and_infinity_pass_through():
    trace = cv.Convolution([[1.0, 1.0]]).trace([[np.nan, 1.0, np.inf]])
    assert trace[0].formula() == "NaN×1 + 1×1 = NaN"
    assert trace[1].formula() == "1×1 + ∞×1 = ∞"
    # zeros of padding times an infinite weight are NaN, in the result as in the step
    padded = cv.Convolution([[1.0, np.inf]], padding=((0, 0), (0, 1))).trace([[1.0, 2.0]])
    assert np.isnan(padded.output[0, 1])
    assert np.isnan(padded[1].products[0, 1, 0])


def test_indexing():
    trace = cv.Convolution(KERNEL).trace(LECTURE)
    assert trace[-1].position == (3, 3)
    assert [step.index for step in trace[2:5]] == [2, 3, 4]
    assert trace.at(1, 2).index == trace.index_of(1, 2) == 6
    for wrong in (16, -17):
        with pytest.raises(IndexError, match="16 steps, 0 to 15"):
            trace[wrong]
    with pytest.raises(IndexError, match="row 4 of 4"):
        trace.at(4, 0)


def test_order_is_filter_by_filter_image_by_image():
    trace = cv.Convolution(np.ones((1, 1, 1, 2), int)).trace(np.zeros((2, 1, 2, 1), int))
    assert [(s.batch, s.channel, s.position) for s in trace] == [
        (n, f, (0, x)) for n in range(2) for f in range(2) for x in range(2)
    ]


def test_a_large_trace_holds_little_more_than_its_result():
    image = np.random.default_rng(0).random((4096, 4096), np.float32)
    conv = cv.Convolution(np.ones((3, 3), np.float32))
    conv(image[:400, :400])
    tracemalloc.start()
    trace = conv.trace(image)
    held, peak = tracemalloc.get_traced_memory()
    step = trace[12_345_678]
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held < trace.result.nbytes + 1_000_000
    assert peak < trace.result.nbytes + 2_000_000
    assert after - held < 100_000
    assert step.result == trace.output[step.position]


def test_a_small_image_may_change_after_the_trace_was_made():
    image = np.array(LECTURE)
    trace = cv.Convolution(KERNEL).trace(image)
    image[:] = 0
    assert trace[0].formula().endswith("= 18")
    assert trace[0].products.sum() == 18


@pytest.mark.parametrize(
    "operation",
    [
        cv.Convolution(np.ones((3, 3), np.float32), bias=2),
        cv.MaxPooling(2),
        cv.AveragePooling(2),
        cv.AveragePooling(3, padding=1),
    ],
)
def test_a_large_image_that_was_changed_is_noticed(operation):
    for dtype in (np.float32, np.int64, np.uint8):
        image = np.random.default_rng(0).integers(0, 99, (2200, 2200)).astype(dtype)
        trace = operation.trace(image)
        assert trace[5].result == trace.output.ravel()[5]
        image[:] = 100
        if image.nbytes > COPIED:
            with pytest.raises(RuntimeError, match="the image was changed after the trace was made"):
                trace[5]


def test_drawing_a_step_of_a_large_trace_takes_little_memory():
    image = np.random.default_rng(0).random((4096, 4096), np.float32)
    trace = cv.Convolution(np.ones((3, 3), np.float32)).trace(image)
    trace.text(0)
    tracemalloc.start()
    trace.text(5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12_000_000


def test_formulas_of_fraction_means_can_be_read():
    step = cv.AveragePooling(2).trace([[Fraction(1, 3), 2], [2, 2]])[0]
    assert step.formula() == "((1/3) + 2 + 2 + 2)/4 = (19/3)/4 = 19/12"


def test_views():
    with pytest.raises(ValueError, match="view is 'gater'"):
        cv.TransposedConvolution([[1]]).trace([[1]], view="gater")
    with pytest.raises(ValueError, match="not for Convolution"):
        cv.Convolution([[1]]).trace([[1]], view="scatter")


def test_reference_agrees_with_a_trace_on_the_lecture():
    expected = reference.convolve([[[[v] for v in row] for row in LECTURE]], [[[[w]] for w in row] for row in KERNEL])
    assert [step.result for step in cv.Convolution(KERNEL).trace(LECTURE)] == list(np.array(expected).ravel())


def test_long_sums_leave_out_the_middle():
    step = cv.Convolution(np.ones((9, 9), int)).trace(np.ones((9, 9), int))[0]
    assert step.formula() == " + ".join(["1×1"] * 24) + " + … + 1×1 = 81"
    assert step.formula(None).count("×") == 81
