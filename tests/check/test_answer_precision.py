"""Answers in short floats: right ones are never called wrong, and a slip is still found."""

from fractions import Fraction

import numpy as np
import pytest
import torch

import convviz as cv
from convviz.check.precision import precision_of

functional = torch.nn.functional
SHORT = (torch.float32, torch.float16, torch.bfloat16)


def channels_first(image):
    return torch.tensor(np.ascontiguousarray(np.moveaxis(image, -1, 0)))[None]


def problem(seed, channels):
    """An image, a kernel and a bias in float64, of one of several kinds of numbers."""
    rng = np.random.default_rng(seed)
    shape = (*rng.integers(5, 8, 2), channels)
    images = (rng.normal(size=shape), rng.random(shape), rng.random(shape) * 255, np.round(rng.normal(size=shape), 1))
    size = int(rng.integers(1, 4))
    return images[seed % 4], rng.normal(size=(size, size, channels, 2)), rng.normal(size=2)


def computed(image, kernel, bias, inputs, dtype):
    """What PyTorch gives for the convolution in one dtype, converted to another."""
    weights = torch.tensor(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))).to(inputs)
    return functional.conv2d(channels_first(image).to(inputs), weights, torch.tensor(bias).to(inputs)).to(dtype)


@pytest.mark.parametrize("channels", [1, 3, 64])
@pytest.mark.parametrize("dtype", SHORT, ids=str)
def test_right_answers_are_right(dtype, channels):
    for seed in range(16):
        image, kernel, bias = problem(seed, channels)
        for inputs in (dtype, torch.float32, torch.float64):
            answer = computed(image, kernel, bias, inputs, dtype)
            assert cv.Convolution(kernel=kernel, bias=bias).check(image, answer), (seed, inputs)
            assert cv.Convolution(kernel=kernel, bias=bias).check(image.astype(np.float32), answer), (seed, inputs)


@pytest.mark.parametrize("dtype", SHORT, ids=str)
def test_right_answers_of_other_operations_are_right(dtype):
    for seed in range(12):
        image, kernel, _ = problem(seed, 3)
        short = channels_first(image).to(dtype)
        weights = torch.tensor(np.ascontiguousarray(kernel.transpose(2, 3, 0, 1))).to(dtype)
        answers = {
            cv.MaxPooling(2): functional.max_pool2d(short, 2),
            cv.AveragePooling(2): functional.avg_pool2d(short, 2),
            cv.GlobalAveragePooling(): short.mean((2, 3)),
            cv.TransposedConvolution(kernel=np.ascontiguousarray(kernel.transpose(0, 1, 3, 2)), strides=2): (
                functional.conv_transpose2d(short, weights, stride=2)
            ),
        }
        for operation, answer in answers.items():
            assert operation.check(image, answer), (seed, operation)


@pytest.mark.parametrize("dtype", SHORT, ids=str)
def test_whole_numbers_are_right_only_as_their_nearest(dtype):
    rng = np.random.default_rng(0)
    for _ in range(20):
        image, kernel = rng.integers(0, 200, (6, 6)), rng.integers(-3, 4, (3, 3))
        convolution = cv.Convolution(kernel=kernel)
        right = torch.tensor(np.asarray(convolution(image))).to(dtype)
        assert convolution.check(image, right)
        row, column = rng.integers(0, 4, 2)
        below = torch.full_like(right, -torch.inf)
        next_but_one = torch.nextafter(torch.nextafter(right, below), below)  # the next one may be as near
        other = right.clone()
        other[row, column] = min(next_but_one[row, column], right[row, column] - 1)
        assert np.argwhere(convolution.check(image, other).wrong).tolist() == [[0, row, column, 0]]


@pytest.mark.parametrize(("dtype", "found"), [(torch.float32, 1.0), (torch.float16, 0.98), (torch.bfloat16, 0.85)], ids=str)
def test_a_slip_is_found(dtype, found):
    """One product is left out, in one cell: it is found unless it is smaller than the rounding errors."""
    rng, hits, tries = np.random.default_rng(1), 0, 60
    for seed in range(tries):
        image, kernel, bias = problem(seed, 3)
        answer = computed(image, kernel, bias, torch.float64, torch.float64)[0]
        row, column, channel = (int(rng.integers(0, size)) for size in (*answer.shape[1:], 2))
        part = (int(rng.integers(0, len(kernel))), int(rng.integers(0, len(kernel))), int(rng.integers(0, 3)))
        product = image[row + part[0], column + part[1], part[2]] * kernel[(*part, channel)]
        answer[channel, row, column] -= product or 1.0
        report = cv.Convolution(kernel=kernel, bias=bias).check(image, answer.to(dtype))
        assert not report.wrong.any() or np.argwhere(report.wrong).tolist() == [[0, row, column, channel]]
        hits += bool(report.wrong.any())
    assert hits >= found * tries


def test_a_fraction_is_right_as_its_nearest_float():
    mean = cv.AveragePooling(3)
    thirds = [[Fraction(1), Fraction(0), Fraction(0)]] * 3
    assert mean.check(thirds, np.float32([[1 / 3]])) and not mean.check(thirds, np.float32([[0.33334]]))


def test_a_tolerance_that_is_given_counts_alone():
    image, kernel, bias = problem(0, 3)
    convolution, answer = cv.Convolution(kernel=kernel, bias=bias), computed(*problem(0, 3), torch.float16, torch.float16)
    assert convolution.check(image, answer) and not convolution.check(image, answer, tolerance=1e-9)
    assert not convolution.check(image, answer.double())  # in float64 they are the user's own numbers


def test_the_precision_is_that_of_the_shortest_float():
    assert [precision_of(torch.zeros(1, dtype=dtype)) for dtype in (torch.float64, *SHORT)] == [53, 24, 11, 8]
    assert precision_of(np.zeros(1, int)) == precision_of([[1, 0.5, None]]) == precision_of(5) == 53
    assert precision_of([torch.zeros(2, dtype=torch.float16), np.zeros(2)]) == 11


def test_numbers_that_no_float_holds():
    image = [[10**400, 1], [1, 1]]
    assert cv.Convolution(kernel=[[1]]).check(image, image)
    assert not cv.Convolution(kernel=[[1]]).check(image, np.float32([[1, 1], [1, 1]]))
