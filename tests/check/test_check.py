"""Checking hand calculations: which cells, which mistake, in which words."""

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convviz as cv

IMAGE = [[0, 2, 3, 1, 2, 3], [4, 2, 1, 2, 3, 0], [2, 2, 1, 3, 2, 1], [1, 1, 2, 3, 1, 2], [1, 4, 2, 2, 3, 1], [2, 0, 2, 1, 4, 0]]
KERNEL = [[1, 2, 2], [0, 0, 1], [2, 1, 1]]
PUBLISHED = [[18, 22, 19, 20], [16, 18, 21, 18], [18, 25, 21, 19], [15, 17, 22, 16]]
CONV = cv.Convolution(KERNEL)
SAME = cv.Convolution(KERNEL, padding="same")


def positions(report):
    """Where the wrong cells are."""
    return [cell.position for cell in report.cells]


def kinds(report):
    """Kinds of the explanations, in order."""
    return [explanation.kind for explanation in report.explanations]


def test_the_slides_valid_map_has_exactly_its_two_wrong_cells():
    report = CONV.check(IMAGE, PUBLISHED)
    assert not report
    assert positions(report) == [(0, 1), (3, 1)]
    assert [(cell.right, cell.answered, cell.difference) for cell in report.cells] == [(20, 22, 2), (16, 17, 1)]
    assert report.cells[0].formula == "2×1 + 3×2 + 1×2 + 2×0 + 1×0 + 2×1 + 2×2 + 1×1 + 3×1 = 20"


def test_the_slides_same_map_has_exactly_its_two_wrong_cells():
    published = SAME(IMAGE)
    published[1, 2], published[4, 2] = 22, 17
    assert positions(SAME.check(IMAGE, published)) == [(1, 2), (4, 2)]


def test_a_right_answer_is_true_and_unexplained():
    report = CONV.check(IMAGE, CONV(IMAGE).tolist())
    assert report
    assert report.explanations == report.cells == ()
    assert str(report) == "All 16 cells are right."
    assert report.to_dict()["right"] is True


def test_text_of_a_report():
    report = cv.Convolution([[1, 2]]).check([[3, 4, 5]], [[11, 41]])
    assert str(report) == "\n".join(
        [
            "1 of 2 cells is wrong.",
            "  11  [41]",
            "row 0, column 1: 4×1 + 5×2 = 14, not 41 (27 too much)",
            "  Two digits were swapped.",
        ]
    )
    japanese = str(cv.Convolution([[1, 2]]).check([[3, 4, 5]], [[11, 41]], lang="ja"))
    assert "1 / 2 個のセルが間違っています。" in japanese
    assert "2 つの数字が入れ替わっています。" in japanese


@pytest.mark.parametrize(("blanks", "cells"), [(0, 16), (1, 16), (15, 16), (None, 0)])
def test_to_dict_counts_the_cells_that_can_be_compared(blanks, cells):
    answer = np.array(CONV(IMAGE), float)
    if blanks is None:  # of another shape
        answer = answer[1:]
    else:
        answer.flat[:blanks] = np.nan
    found = CONV.check(IMAGE, answer).to_dict()
    assert (found["cells"], found["blank"]) == (cells, blanks or 0)


def test_to_dict_is_json():
    found = json.loads(json.dumps(CONV.check(IMAGE, PUBLISHED).to_dict()))
    assert found["wrong_cells"] == 2
    assert found["wrong"][0]["row"] == 0
    assert found["wrong"][0]["column"] == 1
    assert found["wrong"][0]["slips"][0]["sentence"]
    assert found["explanations"][0]["share"] == 0.5
    floats = cv.Convolution([[0.5]]).check([[np.nan, 1.0]], [[1.0, np.inf]]).to_dict()
    assert json.loads(json.dumps(floats, allow_nan=False))["wrong"][0]["right"] == "NaN"
    exact = cv.Convolution([[Fraction(1, 3)]]).check([[1]], [[Fraction(2, 3)]]).to_dict()
    assert json.loads(json.dumps(exact))["wrong"][0]["right"] == "1/3"


def test_blank_cells_are_left_out():
    answer = [[18, None, None, 20], [16, 18, float("nan"), 18], [18, 25, 21, 19], [15, 17, 22, 16]]
    report = CONV.check(IMAGE, answer)
    assert positions(report) == [(3, 1)]
    assert str(report).startswith("1 of 13 cells is wrong. (3 are blank)")
    answer[3][1] = 16
    assert CONV.check(IMAGE, answer)
    assert str(CONV.check(IMAGE, answer)) == "All 13 cells that are filled in are right; 3 are blank."
    assert CONV.check(IMAGE, np.array(answer, object))
    assert CONV.check(IMAGE, np.array(answer, float))


def test_nan_is_an_answer_where_it_is_right():
    conv = cv.Convolution([[1.0]])
    assert conv.check([[np.nan, 1.0]], [[np.nan, 1.0]])
    assert not conv.check([[np.nan, 1.0]], [[3.0, 1.0]])
    assert str(conv.check([[np.nan, 1.0]], [[np.nan, 1.0]])) == "All 2 cells are right."


def test_big_integers_are_compared_exactly():
    conv = cv.Convolution([[10**20]])
    assert conv.check([[3]], [[3 * 10**20]])
    assert not conv.check([[3]], [[3 * 10**20 + 1]])
    assert cv.Convolution([[1]]).check([[2**62]], [[2**62]])
    assert not cv.Convolution([[1]]).check([[2**62]], [[2**62 + 1]])


def test_integers_are_exact_and_floats_within_the_tolerance():
    assert not cv.Convolution([[2]]).check([[1]], [[2.0000001]])
    halves = cv.Convolution([[0.1]])
    assert halves.check([[3.0]], [[0.3]])
    assert not halves.check([[3.0]], [[0.30001]])
    assert halves.check([[3.0]], [[0.30001]], tolerance=1e-4)
    assert cv.Convolution(np.float32([[0.1]])).check(np.float32([[3]]), [[0.30001]])


@pytest.mark.parametrize("answer", [2.34, 2.35])
def test_ties_are_accepted_both_ways(answer):
    conv = cv.Convolution([[1.0]])
    assert conv.check([[2.345]], [[answer]], decimals=2)
    assert not conv.check([[2.345]], [[answer]])
    assert not conv.check([[2.345]], [[answer + 0.01 if answer > 2.345 else answer - 0.01]], decimals=2)


def test_a_rounded_answer_is_told_how_to_be_accepted():
    mean = cv.AveragePooling(3)
    image = [[1, 2, 3], [4, 4, 4], [7, 8, 8]]
    report = mean.check(image, [[4.56]])
    assert kinds(report) == ["rounded"]
    assert "decimals=2" in str(report)
    assert mean.check(image, [[4.56]], decimals=2)


WHOLE = {
    "kernel_flipped": lambda: cv.conv2d(IMAGE, KERNEL, flip_kernel=True),
    "kernel_upside_down": lambda: cv.conv2d(IMAGE, KERNEL[::-1]),
    "kernel_mirrored": lambda: cv.conv2d(IMAGE, [row[::-1] for row in KERNEL]),
    "kernel_transposed": lambda: cv.conv2d(IMAGE, np.transpose(KERNEL)),
    "input_transposed": lambda: cv.conv2d(np.transpose(IMAGE), KERNEL),
    "answer_transposed": lambda: CONV(IMAGE).T,
    "not_multiplied": lambda: cv.conv2d(IMAGE, np.ones((3, 3), int)),
    "kernel_normalised": lambda: CONV(IMAGE) / 10,
    "averaged": lambda: CONV(IMAGE) / 9,
    "padding_added": lambda: SAME(IMAGE),
    "strides_two": lambda: cv.conv2d(IMAGE, KERNEL, strides=2),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_mistakes_of_the_whole_answer(kind):
    report = CONV.check(IMAGE, WHOLE[kind]())
    assert not report
    assert report.explanations[0].kind == kind
    assert report.explanations[0].whole


RNG = np.random.default_rng(5)
COLOURS, FILTER = RNG.integers(0, 9, (5, 5, 3)), RNG.integers(1, 4, (3, 3, 3, 1))
MORE = {
    "bias_left_out": (cv.Convolution(KERNEL, bias=3), IMAGE, lambda: CONV(IMAGE)),
    "bias_twice": (cv.Convolution(KERNEL, bias=3), IMAGE, lambda: CONV(IMAGE) + 6),
    "padding_left_out": (SAME, IMAGE, lambda: CONV(IMAGE)),
    "padding_wrong": (SAME, IMAGE, lambda: cv.conv2d(IMAGE, KERNEL, padding=2)),
    "padding_last": (SAME, IMAGE, lambda: cv.conv2d(IMAGE, KERNEL, padding=((0, 2), (0, 2)))),
    "padding_first": (SAME, IMAGE, lambda: cv.conv2d(IMAGE, KERNEL, padding=((2, 0), (2, 0)))),
    "padding_swapped": (
        cv.Convolution(KERNEL, padding=((1, 0), (0, 1))),
        IMAGE,
        lambda: cv.conv2d(IMAGE, KERNEL, padding=((0, 1), (1, 0))),
    ),
    "strides_ignored": (cv.Convolution(KERNEL, strides=2), IMAGE, lambda: CONV(IMAGE)),
    "strides_swapped": (cv.Convolution(KERNEL, strides=(1, 2)), IMAGE, lambda: cv.conv2d(IMAGE, KERNEL, strides=(2, 1))),
    "dilation_ignored": (cv.Convolution(KERNEL, dilation_rate=2), IMAGE, lambda: CONV(IMAGE)),
    "kernel_not_flipped": (cv.Convolution(KERNEL, flip_kernel=True), IMAGE, lambda: CONV(IMAGE)),
    "channel_left_out": (cv.Convolution(FILTER), COLOURS, lambda: cv.conv2d(COLOURS[..., 1:], FILTER[:, :, 1:])),
    "one_channel_only": (cv.Convolution(FILTER), COLOURS, lambda: cv.conv2d(COLOURS[..., :1], FILTER[:, :, :1])),
    "channels_not_summed": (
        cv.Convolution(FILTER),
        COLOURS,
        lambda: cv.conv2d(COLOURS, FILTER.transpose(0, 1, 3, 2), groups=3),
    ),
    "sign_lost": (cv.Convolution([[1, -2], [3, -1]]), IMAGE, lambda: cv.conv2d(IMAGE, [[1, 2], [3, -1]])),
    "signs_lost": (cv.Convolution([[1, -2], [3, -1]]), IMAGE, lambda: cv.conv2d(IMAGE, [[1, 2], [3, 1]])),
    "negative_zeroed": (
        cv.Convolution([[1, -2], [0, 1]]),
        IMAGE,
        lambda: np.maximum(cv.conv2d(IMAGE, [[1, -2], [0, 1]]), 0),
    ),
    "mean_taken": (cv.MaxPooling(2), IMAGE, lambda: cv.avg_pool2d(IMAGE)),
    "maximum_taken": (cv.AveragePooling(2), IMAGE, lambda: cv.max_pool2d(IMAGE)),
    "minimum_taken": (cv.MaxPooling(3, 1), IMAGE, lambda: -cv.max_pool2d(-np.array(IMAGE), 3, 1)),
    "sum_taken": (cv.AveragePooling(2), IMAGE, lambda: cv.avg_pool2d(IMAGE) * 4),
    "mean_rounded_down": (cv.AveragePooling(2), IMAGE, lambda: np.floor(cv.avg_pool2d(IMAGE))),
    "padding_counted": (
        cv.AveragePooling(2, padding=1),
        IMAGE,
        lambda: cv.avg_pool2d(IMAGE, 2, padding=1, count_include_pad=True),
    ),
    "padding_not_counted": (
        cv.AveragePooling(2, padding=1, count_include_pad=True),
        IMAGE,
        lambda: cv.avg_pool2d(IMAGE, 2, padding=1),
    ),
    "padding_zero": (
        cv.MaxPooling(2, padding=1),
        -1 - np.array(IMAGE),
        lambda: cv.max_pool2d(np.pad(-1 - np.array(IMAGE), 1)),
    ),
    "strides_one": (cv.MaxPooling(2), IMAGE, lambda: cv.max_pool2d(IMAGE, 2, 1)),
    "ceil_taken": (cv.MaxPooling(4, 3), IMAGE, lambda: cv.max_pool2d(IMAGE, 4, 3, ceil_mode=True)),
    "floor_taken": (cv.MaxPooling(4, 3, ceil_mode=True), IMAGE, lambda: cv.max_pool2d(IMAGE, 4, 3)),
    "row_late": (cv.Convolution(KERNEL), IMAGE, lambda: cv.conv2d([*IMAGE[1:], [0] * 6], KERNEL)),
    "column_early": (cv.Convolution(KERNEL), IMAGE, lambda: cv.conv2d([[0, *row[:-1]] for row in IMAGE], KERNEL)),
}


@pytest.mark.parametrize("kind", MORE)
def test_more_mistakes_of_the_whole_answer(kind):
    operation, image, answer = MORE[kind]
    report = operation.check(image, answer())
    assert not report
    first = [e.kind for e in report.explanations if e.whole][: report.explanations[0].alternatives + 1]
    assert kind in first, str(report)
    assert report.explanations[0].sentence("ja") != report.explanations[0].sentence("en")


SLIPS = {"product_left_out": -6, "product_twice": 6, "zero_as_one": 3, "addition": 10}


@pytest.mark.parametrize("kind", SLIPS)
def test_slips_in_one_cell(kind):
    answer = CONV(IMAGE)
    answer[2, 2] += SLIPS[kind]
    report = CONV.check(IMAGE, answer)
    assert positions(report) == [(2, 2)]
    assert kind in [slip.kind for slip in report.cells[0].slips]


def test_swapped_digits_come_first():
    answer = CONV(IMAGE)
    answer[2, 1] = 52
    report = CONV.check(IMAGE, answer)
    assert report.explanations[0].kind == "digits_swapped"
    assert report.explanations[0].cell == (2, 1, 0, 0)


def test_a_report_says_how_many_slips_would_do():
    report = CONV.check(IMAGE, PUBLISHED)
    first = report.cells[0].slips
    assert report.explanations[0].alternatives == sum(slip.places for slip in first) - 1 > 0
    assert f"({report.explanations[0].alternatives} other slips would give 22 too)" in str(report)


def test_pooling_slips():
    image = [[1, 7, 3, 3], [5, 2, 3, 3]]
    report = cv.MaxPooling(2).check(image, [[5, 3]])
    assert report.cells[0].slips[0].kind == "second_largest"
    report = cv.AveragePooling(2).check(image, [[15, 3]])
    assert report.cells[0].slips[0].kind == "not_divided"


def test_unrelated_answers_are_called_unexplained():
    answer = np.random.default_rng(0).integers(10, 30, (4, 4))
    report = CONV.check(IMAGE, answer)
    assert report.explanations == ()
    assert "No common mistake explains the answer." in str(report)


@pytest.mark.parametrize(
    ("operation", "shape", "hint"),
    [
        (CONV, (6, 6), "padding 1"),
        (CONV, (8, 8), "padding 2"),
        (CONV, (2, 2), "strides 2"),
        (SAME, (4, 4), "padding 0"),
        (CONV, (5, 7), ""),
        (cv.MaxPooling(4, 3), (2, 2), "ceil mode"),
    ],
)
def test_a_wrong_shape_is_explained(operation, shape, hint):
    report = operation.check(IMAGE, np.arange(np.prod(shape)).reshape(shape))
    assert not report
    assert report.shape_hint == hint
    answer = "×".join(map(str, shape))
    assert f"The answer is {answer}" in str(report)
    if hint:
        assert f"{answer} is what {hint} would give." in str(report)


def test_a_transposed_answer_of_another_shape():
    image = np.arange(30).reshape(5, 6) ** 2 % 11
    report = CONV.check(image, CONV(image).T)
    assert report.explanations[0].kind in ("answer_transposed", "input_transposed")
    assert "answer_transposed" in kinds(report)


def test_ranks_that_do_not_fit():
    report = CONV.check(IMAGE, [1, 2, 3])
    assert not report
    assert "The answer is 3, the right one 4×4." in str(report)


@given(st.integers(0, 2**32), st.booleans())
def test_right_answers_are_never_called_wrong(seed, whole):
    rng = np.random.default_rng(seed)
    image = rng.integers(-9, 10, (5, 5)) if whole else rng.normal(size=(5, 5))
    kernel = rng.integers(-3, 4, (2, 3)) if whole else rng.normal(size=(2, 3))
    for operation in (cv.Convolution(kernel, padding="same", strides=2), cv.MaxPooling(2), cv.AveragePooling(3, 1)):
        report = operation.check(image, operation(image).tolist())
        assert report, str(report)
        assert report.explanations == ()


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ([[1, 2], [3]], ValueError, r"answer is ragged: answer\[0\]"),
        ([], ValueError, "answer is empty"),
        ([["a", 2]], TypeError, r"answer\[0\]\[0\] is 'a'"),
        ("18 20", TypeError, "answer is '18 20'"),
        ([[None, None]], ValueError, "all 2 cells are blank"),
        ([[1j]], TypeError, "complex"),
        (None, TypeError, "answer is None"),
    ],
)
def test_unusable_answers(answer, error, words):
    with pytest.raises(error, match=words):
        CONV.check(IMAGE, answer)


@pytest.mark.parametrize(("option", "value"), [("decimals", -1), ("decimals", 1.5), ("tolerance", -1), ("lang", "fr")])
def test_unusable_options(option, value):
    with pytest.raises((TypeError, ValueError), match=option):
        CONV.check(IMAGE, PUBLISHED, **{option: value})


def test_assert_feature_map():
    cv.assert_feature_map(CONV, IMAGE, CONV(IMAGE))
    with pytest.raises(AssertionError, match="2 of 16 cells are wrong") as caught:
        cv.assert_feature_map(CONV, IMAGE, PUBLISHED)
    assert str(caught.value) == str(CONV.check(IMAGE, PUBLISHED))


def test_channels_first():
    image, kernel = COLOURS.transpose(2, 0, 1), np.concatenate([FILTER, FILTER + 1], axis=3)
    conv = cv.Convolution(kernel)
    answer = conv(image, data_format="channels_first")
    assert conv.check(image, answer, data_format="channels_first")
    answer[1, 2, 0] += 1
    report = conv.check(image, answer, data_format="channels_first")
    assert [(cell.position, cell.channel) for cell in report.cells] == [((2, 0), 1)]
    assert "row 2, column 0, filter 1" in str(report)


def test_transposed_and_global():
    up = cv.TransposedConvolution(KERNEL, strides=2)
    assert up.check([[1, 2], [3, 4]], up([[1, 2], [3, 4]]))
    report = up.check([[1, 2], [3, 4]], cv.conv2d_transpose([[1, 2], [3, 4]], np.array(KERNEL)[::-1, ::-1], strides=2))
    assert report.explanations[0].kind == "kernel_flipped"
    assert cv.GlobalMaxPooling().check(COLOURS, COLOURS.max(axis=(0, 1)))
    assert kinds(cv.GlobalMaxPooling().check(COLOURS, COLOURS.mean(axis=(0, 1))))[0] == "mean_taken"


def test_every_kind_has_a_sentence_in_both_languages():
    from convviz.check.cell_mistakes import COMMON
    from convviz.check.sentences import SENTENCES

    assert SENTENCES["en"].keys() == SENTENCES["ja"].keys()
    assert COMMON.keys() <= SENTENCES["en"].keys()
    for key, text in SENTENCES["en"].items():
        assert text.count("{}") == SENTENCES["ja"][key].count("{}"), key


def test_to_dict_of_every_kind_of_report_is_json():
    reports = [CONV.check(IMAGE, WHOLE[kind]()) for kind in WHOLE]
    reports += [CONV.check(IMAGE, np.zeros((3, 3))), CONV.check(IMAGE, PUBLISHED)]
    for report in reports:
        assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["right"] is False


@pytest.mark.parametrize(("right", "answer"), [(np.inf, 1.0), (-np.inf, np.inf), (np.inf, 1e308), (1.0, np.inf), (1.0, np.nan)])
def test_infinity_is_equal_to_itself_only(right, answer):
    conv = cv.Convolution([[1.0]])
    if not np.isnan(answer):
        report = conv.check([[right, 2.0]], [[answer, 2.0]])
        assert not report
        assert str(report)
        assert [slip.kind for slip in report.cells[0].slips] == ["sign_of_result"] * (right == -answer)
    assert conv.check([[right, 2.0]], [[right, 2.0]])


def test_decimals_do_not_make_large_integers_equal():
    assert not cv.Convolution([[1]]).check([[2**60]], [[2**60 + 1]], decimals=2)
    big = cv.Convolution([[10**30, -1]])
    assert not big.check([[3, 4, 5]], [[3 * 10**30, 4 * 10**30 + 5]], decimals=1)
    assert big.check([[3, 4, 5]], [[3 * 10**30 - 4, 4 * 10**30 - 5]], decimals=1)


def test_rounding_is_not_blamed_where_there_is_nothing_to_round():
    report = cv.Convolution([[10**30, -1]]).check([[3, 4, 5]], [[3 * 10**30 + 4, 4 * 10**30 + 5]])
    assert "rounded" not in kinds(report)
    assert "sign_lost" in kinds(report)


def test_huge_numbers_are_no_obstacle():
    report = CONV.check(IMAGE, [[10**400, *PUBLISHED[0][1:]], *PUBLISHED[1:]])
    assert len(report.cells) == 3
    assert str(report)
    assert report.to_dict()
    huge = cv.Convolution([[10**400]])
    assert huge.check([[2]], [[2 * 10**400]])
    assert str(huge.check([[2]], [[2 * 10**400 + 1]]))
    assert str(CONV.check(IMAGE, np.where(np.array(PUBLISHED) == 22, np.inf, PUBLISHED)))


@pytest.mark.parametrize("shape", [(1, 4, 4, 1), (4, 4, 1), (1, 4, 4)])
def test_axes_of_length_one_do_not_matter(shape):
    assert CONV.check(IMAGE, CONV(IMAGE).reshape(shape))
    assert positions(CONV.check(IMAGE, np.reshape(PUBLISHED, shape))) == [(0, 1), (3, 1)]


def test_channels_on_another_axis():
    conv = cv.Convolution(np.concatenate([FILTER, FILTER + 1], axis=3))
    report = conv.check(COLOURS, np.moveaxis(conv(COLOURS), -1, 0))
    assert kinds(report) == ["channels_elsewhere"]


def test_a_mistake_that_changes_nothing_is_no_explanation():
    report = cv.Convolution([[1, 2, 1], [2, 4, 2], [1, 2, 1]]).check(IMAGE, np.zeros((5, 5)))
    assert not set(kinds(report)) & {"kernel_flipped", "negative_zeroed"}
    report = cv.MaxPooling(2).check(np.full((4, 4), 3), np.full((2, 2), 3.0000001))
    assert report.explanations == ()
    assert "3.0000001" in str(report)


def test_one_cell_is_too_little_to_be_sure():
    answer = [[None] * 4 for _ in range(4)]
    answer[0][0] = 21
    report = CONV.check(IMAGE, answer)
    assert not any(explanation.sure for explanation in report.explanations)
    assert report.explanations[0].alternatives == sum(slip.places for slip in report.cells[0].slips) - 1 + sum(
        explanation.cell is None for explanation in report.explanations
    )
    assert "Likely" not in str(report)
    assert "Perhaps" in str(report)


def test_two_right_numbers_by_chance_are_not_called_a_mistake_for_sure():
    rng = np.random.default_rng(3)
    pool, image = cv.MaxPooling(2), rng.integers(0, 10, (8, 8))
    for _ in range(100):
        answer = np.full((4, 4), np.nan)
        answer[0, 0], answer[2, 1] = rng.integers(0, 10, 2)
        assert not any(explanation.sure for explanation in pool.check(image, answer).explanations)


def test_it_says_when_slips_were_not_looked_for():
    answer = CONV(IMAGE) + np.arange(16).reshape(4, 4) % 3 + 40
    text = str(CONV.check(IMAGE, answer))
    assert "slips in single cells were not looked for" in text
    assert "No common mistake explains the answer." in text


def test_two_of_four_cells_are_few_enough_for_slips():
    image = [[1, 7, 3, 2], [5, 2, 1, 9], [4, 4, 8, 1], [6, 3, 2, 5]]
    report = cv.MaxPooling(2).check(image, [[5, 3], [6, 8]])
    assert [cell.slips[0].kind for cell in report.cells] == ["second_largest", "second_largest"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (np.where(np.eye(6, dtype=bool), SAME(IMAGE) + 1, SAME(IMAGE)), None),
        (np.where(np.arange(36).reshape(6, 6) == 7, 99, SAME(IMAGE)), "padding_added"),
        ([[None, *row[1:]] for row in SAME(IMAGE).tolist()], "padding_added"),
    ],
)
def test_mistakes_in_answers_of_another_shape_may_have_slips_and_blanks(answer, kind):
    report = CONV.check(IMAGE, answer)
    assert (kinds(report)[:1] == [kind]) or kind is None
    assert report.shape_hint == "padding 1"


def test_lost_signs_are_named_with_channel_and_filter():
    kernel = np.ones((2, 2, 3, 2), int)
    kernel[1, 0, 2, 1] = -3
    wrong = np.abs(kernel)
    explanation = cv.Convolution(kernel).check(COLOURS, cv.conv2d(COLOURS, wrong)).explanations[0]
    assert explanation.sentence() == "The minus sign of the weight in row 1, column 0, channel 2 of filter 1 was lost."
    one = cv.Convolution(kernel[..., 1:]).check(COLOURS, cv.conv2d(COLOURS, wrong[..., 1:])).explanations[0]
    assert "row 1, column 0, channel 2 of the kernel" in one.sentence()


def test_flipped_operations_name_the_axis_as_the_kernel_was_used():
    conv, kernel = cv.Convolution(KERNEL, flip_kernel=True), np.array(KERNEL)
    assert kinds(conv.check(IMAGE, cv.conv2d(IMAGE, kernel[::-1])))[0] == "kernel_upside_down"
    assert kinds(conv.check(IMAGE, cv.conv2d(IMAGE, kernel[:, ::-1])))[0] == "kernel_mirrored"


def test_more_slips_of_averages():
    image = [[18, 4, 6, 2], [3, 3, 1, 1]]
    mean = cv.AveragePooling((2, 4))
    for wrong, kind in ((48 / 8, "addition"), (20 / 7, "cell_forgotten"), (38 / 4, "divided_by")):
        assert kind in [slip.kind for slip in mean.check(image, [[wrong]]).cells[0].slips]


def test_fractions_against_floats_say_that_they_are_close():
    text = str(cv.Convolution([[Fraction(-1, 6)]]).check([[1]], [[-1 / 6]]))
    assert "0 too" not in text
    assert not cv.Convolution([[Fraction(-1, 6)]]).check([[1]], [[-0.17]])
    assert cv.Convolution([[Fraction(-1, 6)]]).check([[1]], [[-0.17]], decimals=2)


def test_repr_is_one_line_that_pytest_shows_whole():
    for report in (CONV.check(IMAGE, PUBLISHED), CONV.check(IMAGE, np.zeros((4, 4))), CONV.check(IMAGE, np.zeros(3))):
        assert "\n" not in repr(report)
        assert len(repr(report)) < 240
    assert repr(CONV.check(IMAGE, PUBLISHED)) == (
        "2 of 16 cells are wrong. row 0, column 1 is 20, not 22; row 3, column 1 is 16, not 17. "
        "Print the report for the working."
    )


def test_a_row_is_not_a_column():
    conv = cv.Convolution([[1, 2]])
    assert not conv.check([[3, 4, 5]], [[11], [14]])
    assert conv.check([[3, 4, 5]], [[[11], [14]]])


def test_a_sentence_is_not_replaced():
    from convviz.check.sentences import SENTENCES, add_sentences

    taken = {lang: SENTENCES[lang]["bias_twice"] for lang in SENTENCES}
    add_sentences("bias_twice", **taken)
    with pytest.raises(ValueError, match="'bias_twice' has a sentence already: The bias was added twice."):
        add_sentences("bias_twice", "Another.", "別の文。")
    assert {lang: SENTENCES[lang]["bias_twice"] for lang in SENTENCES} == taken


@given(st.lists(st.lists(st.integers(-99, 99), min_size=4, max_size=4), min_size=4, max_size=4), st.integers(1, 100))
def test_a_maximum_is_not_said_to_be_added(image, much):
    for wrong in (much, -much):
        answer = cv.MaxPooling(2)(image)
        answer[0, 1] += wrong
        report = cv.MaxPooling(2).check(image, answer)
        assert "addition" not in {explanation.kind for explanation in report.explanations}


@pytest.mark.parametrize(
    ("weight", "bias", "cell"), [(10**400, None, 2), (1, 10**400, 2), (1, None, 10**400), (0, None, 10**400)]
)
def test_numbers_beyond_floats_are_checked_exactly(weight, bias, cell):
    operation = cv.Convolution([[weight]], bias)
    right = [[number * weight + (bias or 0) for number in (1, cell)]]
    assert operation.check([[1, cell]], right)
    report = operation.check([[1, cell]], [[number + 1 for number in right[0]]])
    assert not report and report.wrong.sum() == 2 and str(report)


@given(st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_windows_are_added_to_many_kernels_as_to_each(seed):
    from convviz.arrays import Numbers
    from convviz.check.kernel_mistakes import added, added_of_kernels

    rng = np.random.default_rng(seed)
    channels, filters = (int(number) for number in rng.integers(1, 4, 2))
    numbers = Numbers(rng.integers(-9, 10, (2, 5, 4, channels)))
    kernels = rng.integers(-3, 4, (2, 3, channels, filters, 5))
    bias = rng.integers(1, 9, filters) if rng.random() < 0.5 else None
    operations = [cv.Convolution(kernels[..., number], bias, padding=1) for number in range(5)]
    expected = np.stack([added(operation, numbers) for operation in operations])
    np.testing.assert_array_equal(added_of_kernels(operations[0], numbers, kernels.astype(float)), expected)
    flat = [cv.Convolution(kernels[:, :, 0, 0, number], groups=channels) for number in range(5)]
    expected = np.stack([added(operation, numbers) for operation in flat])
    np.testing.assert_array_equal(added_of_kernels(flat[0], numbers, kernels[:, :, 0, 0].astype(float)), expected)


def test_the_formula_of_a_wrong_cell_is_a_text_however_it_is_read():
    import dataclasses
    import pickle

    cell = cv.Convolution([[1, 2]]).check([[3, 4, 5]], [[11, 41]]).cells[0]
    copied = dataclasses.replace(cell, channel=1)
    assert "formula='4×1 + 5×2 = 14'" in repr(cell)
    assert pickle.loads(pickle.dumps(cell)).formula == copied.formula == cell.formula == "4×1 + 5×2 = 14"
