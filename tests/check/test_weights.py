"""Mistakes with single weights: which weight it is, in every kind of kernel."""

import numpy as np
import pytest

import convviz as cv
from convviz.check.weight_mistakes import named_weight

IMAGE = np.random.default_rng(4).integers(-9, 10, (6, 6))
KERNEL = np.array([[1, -2, 4], [7, 3, -5], [-8, 6, 9]])
PAIRS = [((i, j), (i, j + 1)) for i in range(3) for j in range(2)] + [((i, j), (i + 1, j)) for i in range(2) for j in range(3)]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_any_two_weights_beside_each_other_that_are_swapped_are_named(one, other):
    kernel = KERNEL.copy()
    kernel[one], kernel[other] = KERNEL[other], KERNEL[one]
    report = cv.Convolution(KERNEL).check(IMAGE, cv.conv2d(IMAGE, kernel))
    assert (report.explanations[0].kind, report.explanations[0].details) == ("weights_swapped", (*one, *other))


@pytest.mark.parametrize("channel", range(3))
@pytest.mark.parametrize("output", range(2))
def test_channel_and_filter_of_a_weight_are_named_whichever_axis_they_are(channel, output):
    convolution, transposed = cv.Convolution(np.ones((2, 2, 3, 2))), cv.TransposedConvolution(np.ones((2, 2, 2, 3)))
    named = "weight_wrong_filter", (0, 1, channel, output)
    assert named_weight(convolution, (0, 1, channel, output), "weight_wrong") == named
    assert named_weight(transposed, (0, 1, output, channel), "weight_wrong") == named
    convolution, transposed = cv.Convolution(np.ones((2, 2, 3, 1))), cv.TransposedConvolution(np.ones((2, 2, 1, 3)))
    named = "weight_wrong_channel", (0, 1, channel)
    assert named_weight(convolution, (0, 1, channel, 0), "weight_wrong") == named
    assert named_weight(transposed, (0, 1, 0, channel), "weight_wrong") == named
