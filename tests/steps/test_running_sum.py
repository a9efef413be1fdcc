"""The sum as it grows, over several channels: after every product in the order of the formula, worked out by plain loops."""

import re
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from random_traces import traces

import convviz as cv


def sums_by_hand(trace, step):
    """The running sum of a step of a convolution: channel by channel, each in row order, then the bias."""
    operation, image = trace.operation, trace.source[step.batch]
    rows, columns, per_group, filters = operation.kernel.shape
    group = step.channel // (filters // operation.groups)
    top, left = (
        place * stride - before
        for place, stride, before in zip(
            step.position,
            operation.strides,
            (trace.geometry.rows.before, trace.geometry.columns.before),
            strict=True,
        )
    )
    total, sums = 0, []
    for channel in range(per_group):
        for i in range(rows):
            for j in range(columns):
                y, x = top + i * operation.dilation_rate[0], left + j * operation.dilation_rate[1]
                inside = 0 <= y < image.shape[0] and 0 <= x < image.shape[1]
                turned = operation.flip_kernel
                at = (rows - 1 - i, columns - 1 - j) if turned else (i, j)
                weight = int(operation.kernel[(*at, channel, step.channel)])
                total += int(image[y, x, group * per_group + channel]) * weight if inside else 0
                sums.append(total)
    return sums if operation.bias is None else [*sums, total + int(operation.bias[step.channel])]


def rows_times_columns(trace):
    return trace.operation.kernel.shape[0] * trace.operation.kernel.shape[1]


@given(traces(kinds=("convolution",), sizes=(3, 5)))
@settings(max_examples=60)
def test_the_running_sum_is_that_of_plain_loops(trace):
    for index in {0, len(trace) // 2, len(trace) - 1}:
        step = trace[index]
        expected = sums_by_hand(trace, step)
        assert [int(value) for value in step.running] == expected
        assert expected[-1] == step.result
        texts = {name: text.replace("\n", " ") for name, text in trace.board(steps=[index]).frame(index).texts.items()}
        channels = len(step.channels)
        if channels > 1:  # their sums are added up in the formula
            assert "running" not in texts
            ends = expected[rows_times_columns(trace) - 1 : channels * rows_times_columns(trace) : rows_times_columns(trace)]
            sums = np.diff([0, *ends]).tolist() if channels <= 4 else np.diff([0, *ends[:3], ends[-1]]).tolist()
            left, right = texts["formula"].split(" = ")
            terms = [int(term.split(" ")[-1].replace("−", "-")) for term in left.split(" + ")]
            assert terms == (sums if step.bias is None else [*sums, int(step.bias)])
            assert int(right.replace("−", "-")) == expected[-1]
            continue
        text = texts["running"].removeprefix("running sum: ")
        numbers = [None if number == "…" else Fraction(number.replace("−", "-")) for number in text.split(" → ")]
        if None in numbers:
            assert len(expected) > len(numbers)
            expected = [*expected[: len(numbers) - 2], None, expected[-1]]
        assert numbers == expected


@given(traces(kinds=("convolution", "transposed"), sizes=(3, 5)))
@settings(max_examples=60)
def test_the_running_sum_has_the_order_of_the_formula(trace):
    for index in {0, len(trace) // 2, len(trace) - 1}:
        step, total, sums = trace[index], Fraction(0), []
        left = re.split(" [=≈] ", step.formula(None))[0]
        factors = re.findall(r"(\(−\d+\)|\d+)×(\(−\d+\)|\d+)", left)
        for pair in factors:
            one, other = (int(number.strip("()").replace("−", "-")) for number in pair)
            total += one * other
            sums.append(total)
        if step.bias is not None:
            sums.append(total + int(step.bias))
        assert [int(value) for value in step.running] == sums
        assert (sums or [0])[-1] == step.result


def test_every_channel_adds_to_the_sum_of_those_before():
    image = np.arange(1, 13).reshape(2, 2, 3)
    step = cv.Convolution(np.ones((2, 2, 3, 1), int), bias=100).trace(image)[0]
    assert step.running == [1, 5, 12, 22, 24, 29, 37, 48, 51, 57, 66, 78, 178]
    assert step.sums.tolist() == [22, 26, 30]


@given(traces(kinds=("average",), sizes=(3, 6)))
@settings(max_examples=40)
def test_the_running_sum_of_a_mean_has_the_cells_that_count(trace):
    for index in {0, len(trace) // 2, len(trace) - 1}:
        step = trace[index]
        image = trace.source[0, :, :, step.channel]
        inside = [
            int(image[y, x]) for y in step.rows for x in step.columns if 0 <= y < image.shape[0] and 0 <= x < image.shape[1]
        ]
        assert [int(value) for value in step.running] == np.cumsum(inside).tolist()
        assert (
            Fraction(int(step.running[-1]), len(inside)) == Fraction(step.result)
            or abs(float(step.result) - sum(inside) / len(inside)) < 1e-6
        )
