"""Diagnoses of whole answers: every sentence holds when the slow reference computes it, and names what was done."""

import re
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path[:0] = [str(Path(__file__).parents[1] / folder) for folder in ("helpers", "benchmarks")]

import diagnosis
import mistakes

import convviz as cv
from convviz.check.sentences import SENTENCES, sentence

IMAGE = np.array(
    [[0, 2, 3, 1, 2, 3], [4, 2, 1, 2, 3, 0], [2, 2, 1, 3, 2, 1], [1, 1, 2, 3, 1, 2], [1, 4, 2, 2, 3, 1], [2, 0, 2, 1, 4, 0]]
)
KERNEL = np.array([[1, 2, 2], [0, 0, 1], [2, 1, 1]])
CONV, SAME = cv.Convolution(KERNEL), cv.Convolution(KERNEL, padding="same")
SIGNED = cv.Convolution([[1, -2], [-3, 1]])
MEAN, PICTURE = cv.AveragePooling(2), IMAGE * 50
RGB = np.random.default_rng(1).integers(0, 9, (6, 6, 3))
FOUR = np.random.default_rng(2).integers(-3, 5, (3, 3, 3, 2))


def padded(mode, **options):
    return np.pad(IMAGE, 1, mode=mode, **options)


def products(window):
    """The sum of the matrix product of each 3×3 window and the kernel."""
    return np.array([[(IMAGE[y : y + 3, x : x + 3] @ KERNEL).sum() for x in range(4)] for y in range(4)])


def used(row, column, weight):
    changed = KERNEL.copy()
    changed[row, column] = weight
    return changed


def blocks(function):
    """Something of each 2×2 block of the image."""
    return [[function(IMAGE[y : y + 2, x : x + 2]) for x in range(0, 6, 2)] for y in range(0, 6, 2)]


ROWS = {
    "border_mirrored": (SAME, IMAGE, lambda: CONV(padded("reflect"))),
    "border_symmetric": (SAME, IMAGE, lambda: CONV(padded("symmetric"))),
    "border_repeated": (SAME, IMAGE, lambda: CONV(padded("edge"))),
    "border_wrapped": (SAME, IMAGE, lambda: CONV(padded("wrap"))),
    "border_ones": (SAME, IMAGE, lambda: CONV(padded("constant", constant_values=1))),
    "border_added_mirrored": (CONV, IMAGE, lambda: CONV(padded("reflect"))),
    "channels_reversed": (cv.Convolution(FOUR), RGB, lambda: cv.conv2d(RGB[..., ::-1], FOUR)),
    "kernel_read_as_ours": (
        cv.Convolution(FOUR),
        RGB,
        lambda: cv.conv2d(RGB, np.ascontiguousarray(FOUR.transpose(3, 2, 0, 1)).reshape(FOUR.shape)),
    ),
    "kernel_read_as_torch": (
        cv.Convolution(FOUR),
        RGB,
        lambda: cv.conv2d(RGB, FOUR.reshape(2, 3, 3, 3).transpose(2, 3, 1, 0)),
    ),
    "absolute_value": (SIGNED, IMAGE, lambda: np.abs(SIGNED(IMAGE))),
    "weight_wrong": (CONV, IMAGE, lambda: cv.conv2d(IMAGE, used(1, 2, 7))),
    "kernel_row_left_out": (CONV, IMAGE, lambda: cv.conv2d(IMAGE, KERNEL * [[1], [1], [0]])),
    "kernel_column_left_out": (CONV, IMAGE, lambda: cv.conv2d(IMAGE, KERNEL[:, 1:])),
    "weight_zeros_as_ones": (CONV, IMAGE, lambda: cv.conv2d(IMAGE, KERNEL + (KERNEL == 0))),
    "input_zeros_as_ones": (CONV, IMAGE, lambda: CONV(IMAGE + (IMAGE == 0))),
    "bias_subtracted": (cv.Convolution(KERNEL, bias=3), IMAGE, lambda: CONV(IMAGE) - 3),
    "added": (CONV, IMAGE, lambda: cv.conv2d(IMAGE, np.ones((3, 3), int)) + KERNEL.sum()),
    "cut_off": (cv.Convolution(KERNEL / 8), IMAGE, lambda: np.trunc(CONV(IMAGE) / 8)),
    "truncated_one": (cv.Convolution(KERNEL / 8), IMAGE, lambda: np.trunc(CONV(IMAGE) / 8 * 10) / 10),
    "rounded_half_even": (MEAN, IMAGE * 2 + 1, lambda: np.rint(MEAN(IMAGE * 2 + 1))),
    "strides_kernel": (CONV, IMAGE, lambda: cv.conv2d(IMAGE, KERNEL, strides=3)),
    "matrix_product": (CONV, IMAGE, lambda: products(IMAGE)),
    "sum_for_maximum": (cv.MaxPooling(2), IMAGE, lambda: blocks(np.sum)),
    "first_taken": (cv.MaxPooling(2), IMAGE, lambda: IMAGE[::2, ::2]),
    "mean_taken": (cv.MaxPooling(2), IMAGE, lambda: blocks(np.mean)),
    "maximum_taken": (MEAN, IMAGE, lambda: blocks(np.max)),
    "median_taken": (cv.MaxPooling(2), IMAGE, lambda: blocks(np.median)),
    "wrapped_unsigned": (CONV, PICTURE, lambda: CONV(PICTURE).astype(np.uint8)),
    "wrapped_signed": (CONV, PICTURE, lambda: CONV(PICTURE).astype(np.int8)),
    "clipped": (CONV, PICTURE - 60, lambda: np.clip(CONV(PICTURE - 60), 0, 255)),
    "sum_wrapped": (MEAN, PICTURE + 40, lambda: np.array(blocks(np.sum)) * 0 + wrapped_sums()),
    "scaled_to_range": (CONV, IMAGE, lambda: (CONV(IMAGE) - CONV(IMAGE).min()) * 255 / np.ptp(CONV(IMAGE))),
    "input_wrong": (CONV, IMAGE, lambda: CONV(IMAGE + 4 * (np.arange(36).reshape(6, 6) == 14))),
    "overlap_last": (
        cv.TransposedConvolution([[1, 2], [3, 4]]),
        IMAGE[:2, :2],
        lambda: [[0, 2, 4], [4, 2, 4], [12, 6, 8]],
    ),
}


def wrapped_sums():
    picture = (PICTURE + 40).astype(np.uint8)
    return [[picture[y : y + 2, x : x + 2].sum(dtype=np.uint8) / 4 for x in range(0, 6, 2)] for y in range(0, 6, 2)]


@pytest.mark.parametrize("kind", ROWS)
def test_a_mistake_is_named_first(kind):
    operation, image, made = ROWS[kind]
    report = operation.check(image, made())
    assert not report
    whole = [explanation.kind for explanation in report.explanations if explanation.whole]
    assert kind in whole, str(report)
    assert report.explanations[0].whole
    for lang in ("en", "ja"):
        text = str(operation.check(image, made(), lang=lang))
        assert report.explanations[whole.index(kind)].sentence(lang) in text


def test_the_sentence_about_a_weight_has_its_place_and_both_numbers():
    report = CONV.check(IMAGE, cv.conv2d(IMAGE, used(1, 2, 7)))
    assert [e.sentence() for e in report.explanations] == ["The weight in row 1, column 2 of the kernel is 1; 7 was used."]
    assert report.explanations[0].sentence("ja") == "カーネルの行 1、列 2 の重みは 1 ですが、7 を使っています。"
    kernel = FOUR.copy()
    kernel[2, 0, 1, 1] += 6
    report = cv.Convolution(FOUR).check(RGB, cv.conv2d(RGB, kernel))
    right = FOUR[2, 0, 1, 1]
    said = f"The weight in row 2, column 0, channel 1 of filter 1 is {right}; {right + 6} was used.".replace("-", "−")
    assert report.explanations[0].sentence() == said


def test_two_mistakes_are_named_together():
    conv = cv.Convolution(KERNEL, bias=3, padding="same")
    report = conv.check(IMAGE, cv.conv2d(IMAGE, KERNEL[::-1, ::-1], padding="same"))
    said = report.explanations[0].sentence()
    assert said.startswith("Two mistakes together: ")
    assert "The kernel was flipped" in said and "The bias was left out." in said
    assert said in str(report)
    japanese = report.explanations[0].sentence("ja")
    assert "バイアスを足していません。" in japanese and japanese.startswith("2 つの誤りが重なっています。")


def added(kernel, bias=0):
    return cv.conv2d(IMAGE, np.ones((3, 3), int)) + kernel.sum() + bias


BIASED = cv.Convolution(KERNEL, bias=3)
COLOURS = np.random.default_rng(4).integers(-3, 5, (3, 3, 3, 1))
WIDE = np.random.default_rng(5).integers(-9, 10, (8, 8))
PAIRS = {
    "the kernel and a bias that is multiplied": (
        ("bias_multiplied", "kernel_flipped"),
        (BIASED, IMAGE, lambda: CONV.changed(kernel=KERNEL[::-1, ::-1])(IMAGE) * 3),
    ),
    "window and kernel added, and the bias": (("added", "bias_subtracted"), (BIASED, IMAGE, lambda: added(KERNEL, -3))),
    "channels that are not summed": (
        ("channels_not_summed", "kernel_flipped"),
        (
            cv.Convolution(COLOURS),
            RGB,
            lambda: np.stack([cv.conv2d(RGB[..., c], COLOURS[::-1, ::-1, c, 0]) for c in range(3)], axis=-1),
        ),
    ),
    "results in an unusual order": (
        ("divided_by_255", "truncated_one"),
        (MEAN, IMAGE * 3 + 7, lambda: np.trunc(MEAN(IMAGE * 3 + 7) * 10) / 10 / 255),
    ),
    "many cells that are the same": (
        ("clipped", "last_taken"),
        (MEAN, WIDE, lambda: np.maximum(WIDE[1::2, 1::2], 0)),
    ),
    "another layout than that with the fewest wrong cells": (
        ("input_transposed", "minimum_taken"),
        (MEAN, RGB, lambda: -cv.max_pool2d(-RGB.swapaxes(0, 1), 2)),
    ),
    "a shift of the filled border": (
        ("border_wrapped", "row_late"),
        (SAME, IMAGE, lambda: CONV(np.vstack([padded("wrap")[1:], np.zeros((1, 8), int)]))),
    ),
}


def one_more(kernel):
    """A kernel whose last weight was copied wrong."""
    changed = kernel.copy()
    changed[-1, -1] += 3
    return changed


BESIDE_A_WEIGHT = {
    "kernel_flipped": (CONV, IMAGE, lambda: CONV.changed(kernel=one_more(KERNEL)[::-1, ::-1])(IMAGE)),
    "bias_subtracted": (BIASED, IMAGE, lambda: CONV.changed(kernel=one_more(KERNEL), bias=-3)(IMAGE)),
    "border_mirrored": (SAME, IMAGE, lambda: CONV.changed(kernel=one_more(KERNEL))(padded("reflect"))),
    "padding_added": (CONV, IMAGE, lambda: CONV.changed(kernel=one_more(KERNEL), padding=1)(IMAGE)),
    "negated": (CONV, IMAGE, lambda: -CONV.changed(kernel=one_more(KERNEL))(IMAGE)),
    "clipped": (CONV, IMAGE * 9, lambda: np.clip(CONV.changed(kernel=one_more(KERNEL))(IMAGE * 9), 0, 255)),
}


@pytest.mark.parametrize("kind", BESIDE_A_WEIGHT)
def test_a_weight_copied_wrong_is_found_beside_a_known_mistake(kind):
    operation, image, made = BESIDE_A_WEIGHT[kind]
    first = operation.check(image, made()).explanations[0]
    place = tuple(size - 1 for size in KERNEL.shape)
    weight = int(KERNEL[place])
    assert first.kind == "two_mistakes" and first.sure and first.whole
    assert [part[0] for part in first.details] == ["weight_wrong", kind]
    assert first.details[0][1] == (*place, weight, weight + 3)
    sentences = [sentence(*part) for part in first.details]
    assert first.sentence() == "Two mistakes together: " + " ".join(sentences)


def test_numbers_of_any_size_are_searched_in_floats():
    """A bias that no int64 holds, and an answer of another shape and of one number all over."""
    operation = cv.Convolution(KERNEL, bias=10**20 - 1)
    for answer in (np.ones((3, 4), int), operation(IMAGE)[::-1], np.ones(operation(IMAGE).shape, int)):
        assert not operation.check(IMAGE, answer)


#: Mistakes in which no number of the answer is lost, beside which a weight can be found.
KEEPING = (
    "kernel_mirrored kernel_turned_left averaged kernel_row_left_out channel_left_out padding_first padding_added "
    "padding_wrong border_symmetric border_wrapped row_late column_early input_transposed input_mirrored answer_transposed "
    "negated multiplied_by_255 dilation_ignored strides_swapped bias_left_out bias_twice"
).split()


@pytest.mark.parametrize("seed", range(8))
def test_what_is_said_of_a_weight_and_another_mistake_gives_the_answer(seed):
    rng = np.random.default_rng(seed)
    found = total = 0
    for problem, operation, _ in diagnosis.drawn(8, rng):
        for pair in diagnosis.beside_a_weight(problem, rng, KEEPING):
            answer, weight, other = (mistakes.applied(problem, made) for made in (pair, pair[:1], pair[1:]))
            if answer is None or answer.size < 9 or any(diagnosis.agree(answer, one) for one in (weight, other)):
                continue
            report = operation.check(problem.image, answer)
            total += 1
            for explanation in report.explanations:
                assert explanation.whole and diagnosis.gives(explanation, problem, operation(problem.image), answer), pair
                found += explanation is report.explanations[0]
    assert found >= 0.9 * total > 0, (found, total)


@pytest.mark.parametrize("pair", PAIRS)
def test_pairs_of_every_sort_are_found(pair):
    kinds, (operation, image, made) = PAIRS[pair]
    report = operation.check(image, made())
    assert [explanation.kind for explanation in report.explanations][:1] == ["two_mistakes"], str(report)
    assert {tuple(sorted(kind for kind, _ in explanation.details)) for explanation in report.explanations} >= {kinds}


def test_a_part_is_not_named_beside_what_explains_all():
    report = SAME.check(IMAGE, CONV(padded("symmetric")))
    assert all(explanation.whole for explanation in report.explanations), str(report)


def test_a_zero_that_stamps_nothing_is_no_factor():
    operation = cv.TransposedConvolution([[1, 2], [3, 4]], strides=2)
    right = operation([[5, 6], [7, 8]])
    mine = right.copy()
    mine[0, 0] += 4  # a weight that meets a zero between the cells
    slips = operation.check([[5, 6], [7, 8]], mine).cells[0].slips
    assert "zero_as_one" not in [slip.kind for slip in slips]


BORDERS = {
    "zeros": ("constant", "border_zeros"),
    "reflect": ("reflect", "border_mirrored"),
    "symmetric": ("symmetric", "border_symmetric"),
    "replicate": ("edge", "border_repeated"),
    "circular": ("wrap", "border_wrapped"),
}


@pytest.mark.parametrize("own", BORDERS)
@pytest.mark.parametrize("taken", BORDERS)
def test_another_border_than_that_of_the_operation_is_named(own, taken):
    kernel = np.random.default_rng(3).integers(-3, 5, (5, 5))
    operation = cv.Convolution(kernel, bias=2, padding="same", padding_mode=own)
    mode, kind = BORDERS[taken]
    report = operation.check(IMAGE, cv.conv2d(np.pad(IMAGE, 2, mode=mode), kernel, bias=2))
    assert [explanation.kind for explanation in report.explanations] == ([] if own == taken else [kind])


def test_only_hints_that_agree_with_the_numbers_stand_beside_an_explanation():
    pool = cv.MaxPooling(2)
    report = pool.check(IMAGE[:4, :4], cv.max_pool2d(IMAGE[:4, :4], 2, 1))
    assert report.explanations[0].kind == "strides_one"
    assert "padding" not in str(report)
    report = CONV.check(IMAGE, cv.conv2d(IMAGE, KERNEL, strides=3))
    assert report.explanations[0].kind == "strides_kernel"
    assert "strides 2" not in str(report)
    report = CONV.check(IMAGE, np.arange(36).reshape(6, 6) * 7)
    assert "6×6 is what padding 1 would give." in str(report)
    assert "The numbers are other ones" in str(report)


def test_settings_of_both_axes_are_named_where_they_give_the_numbers():
    report = CONV.check(IMAGE, cv.conv2d(IMAGE, KERNEL, padding=((1, 1), (0, 0))))
    assert report.explanations[0].sentence() == "The padding was taken as 1 for the rows and 0 for the columns."
    assert report.shape_hint == "padding (1, 0)"


def test_every_kind_of_mistake_has_a_judge():
    cells = SENTENCES["en"].keys() - mistakes.MISTAKES.keys()
    from convviz.check.cell_mistakes import COMMON

    assert cells == COMMON.keys() | {"two_mistakes", "channels_elsewhere", "kernel_not_flipped"}


def random_answer(seed):
    """A problem, the operation, and an answer: with one or two mistakes, slips beside, blanks, or unrelated."""
    rng = np.random.default_rng(seed)
    while True:
        problem = diagnosis.MAKERS[rng.integers(4)](rng)
        try:
            operation = diagnosis.as_operation(problem)
            right = operation(problem.image)
        except ValueError:
            continue
        names = list(mistakes.DETAILS[problem.kind])
        chosen = [
            mistakes.drawn_details(problem, names[i], rng) for i in rng.choice(len(names), rng.integers(1, 3), replace=False)
        ]
        found = mistakes.applied(problem, [mistake for mistake in chosen if mistake])
        if found is None:
            continue
        found = found.astype(float)
        for _ in range(rng.integers(0, 3)):
            found[tuple(rng.integers(size) for size in found.shape)] += rng.integers(1, 9)
        if rng.random() < 0.2:
            found[tuple(rng.integers(size) for size in found.shape)] = np.nan
        if rng.random() < 0.1:
            found = rng.integers(int(right.min()), int(right.max()) + 2, right.shape).astype(float)
        if not np.isnan(found).all():
            return problem, operation, right, found


@given(st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_whatever_is_said_of_a_whole_answer_holds(seed):
    problem, operation, right, found = random_answer(seed)
    report = operation.check(problem.image, found)
    filled = ~np.isnan(report.answer if report.wrong is None else np.where(report.filled, report.answer, np.nan))
    for explanation in report.explanations:
        if explanation.cell is not None or explanation.kind not in mistakes.MISTAKES.keys() | {"two_mistakes"}:
            continue
        ways = mistakes.made(problem, explanation.kind, explanation.details)
        ways = [way for way in ways if way.shape == found.shape]
        agreeing = [np.isclose(way.astype(float), found, rtol=1e-6, atol=1e-6) for way in ways]
        blank = np.isnan(found)
        if explanation.whole:
            assert any((hits | blank).all() for hits in agreeing), (explanation, str(report))
        else:
            wrong = ~blank if report.wrong is None else ~np.isclose(found, right.astype(float), rtol=1e-6, atol=1e-6) & ~blank
            shares = [(hits & wrong).sum() / wrong.sum() for hits in agreeing]
            assert any(share == pytest.approx(explanation.share) for share in shares), (explanation, str(report))
    assert filled.any()


@given(st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_the_numbers_of_a_report_are_counted_right_in_both_languages(seed):
    problem, operation, right, found = random_answer(seed)
    for lang in ("en", "ja"):
        report = operation.check(problem.image, found, lang=lang)
        text = str(report)
        whole = [explanation for explanation in report.explanations if explanation.cell is None]
        if report.wrong is not None and not report:
            blank = np.isnan(found)
            wrong = int((~np.isclose(found, right.astype(float), rtol=1e-6, atol=1e-6) & ~blank).sum())
            if report.layouts[0] == "channels_last" and len(report.layouts) == 1:
                counts = [int(number) for number in re.findall(r"\d+", text.splitlines()[0])]
                assert counts[:2] == [wrong, int((~blank).sum())]
        if not whole:
            continue
        first = whole[0]
        assert sum(other.share == first.share and other.whole == first.whole for other in whole) - 1 >= first.alternatives
        equal = [other for other in whole[1:] if other.whole == first.whole and other.share == first.share]
        phrase = {"en": "other mistakes explain as much", "ja": "同じだけ説明できる誤りが他に"}[lang]
        said = next((line for line in text.splitlines() if phrase in line), None)
        if len(equal) > 1:
            assert re.search(r"\d+", said.replace(phrase, "").lstrip()).group() == str(len(equal))


@given(st.sampled_from(sorted(SENTENCES["en"])), st.lists(st.integers(10, 10**6), min_size=6, max_size=6, unique=True))
@settings(max_examples=100, deadline=None)
def test_every_detail_stands_once_in_both_sentences(kind, details):
    if kind == "two_mistakes":
        return
    details = details[: SENTENCES["en"][kind].count("{}")]
    for lang in ("en", "ja"):
        said = re.findall(r"\d+", sentence(kind, details, lang))
        assert [number for number in said if int(number) in details] == sorted(map(str, details), key=said.index)
        assert sorted(int(number) for number in said if int(number) in details) == sorted(details)


def test_the_order_of_details_is_that_of_the_english_sentence():
    """Row before column before channel, what should be before what was used: in both languages."""
    for kind in ("weight_wrong", "weight_wrong_channel", "input_wrong", "input_wrong_channel", "bias_wrong", "weights_swapped"):
        details = tuple(range(11, 11 + SENTENCES["en"][kind].count("{}")))
        for lang in ("en", "ja"):
            assert [int(number) for number in re.findall(r"\d+", sentence(kind, details, lang))] == list(details)
    weight = sentence("weight_wrong_filter", (1, 2, 3, 4, 5, 6), "ja")
    assert weight == "行 1、列 2、チャンネル 3、フィルタ 4 の重みは 5 ですが、6 を使っています。"


def test_a_part_of_the_measures():
    rng = np.random.default_rng(7)
    hits, _, counts, misses = diagnosis.whole_answers(3, rng)
    assert sum(hits.values()) >= 0.98 * sum(counts.values()), misses
    hits, _, counts, misses = diagnosis.whole_answers(2, rng, diagnosis.pairs)
    assert sum(hits.values()) >= 0.75 * sum(counts.values()), misses
    unexplained, total = diagnosis.unrelated(12, rng)
    assert unexplained >= total - 1
    assert diagnosis.false_alarms(45, rng) == 0
    rows = [row for found in diagnosis.single_cells(3, rng).values() for row in found]
    assert all(row[0] for row in rows)
    assert sum(row[1] for row in rows) >= 0.95 * len(rows)


def test_fractions_and_large_numbers_are_explained_exactly():
    conv = cv.Convolution([[Fraction(1, 3), 2], [1, Fraction(1, 2)]])
    report = conv.check(IMAGE, cv.conv2d(IMAGE, [[2, Fraction(1, 3)], [Fraction(1, 2), 1]]))
    assert report.explanations[0].kind == "kernel_mirrored"
    huge = cv.Convolution([[10**20, 3]])
    assert huge.check([[1, 2, 3, 4]], [[-(10**20) - 6, -2 * 10**20 - 9, -3 * 10**20 - 12]]).explanations[0].kind == "negated"


@pytest.mark.parametrize("seed", range(20))
def test_no_sentence_stands_twice_and_nothing_wraps_that_fits(seed):
    image = np.random.default_rng(seed).integers(0, 64, (6, 6))
    for answer in (np.floor(MEAN(image)), np.floor(MEAN(image) + 0.5), np.ceil(MEAN(image))):
        said = [explanation.sentence() for explanation in MEAN.check(image, answer).explanations]
        assert len(said) == len(set(said)) and said
        assert not any("wrapped" in sentence for sentence in said)


def test_a_wrong_number_that_looks_like_the_rounded_right_one_stands_beside_more_digits():
    operation, image = cv.Convolution([[0.5, 0.6451234]]), [[20.0, 1.0, 10.0]]
    text = str(operation.check(image, [[10.65, 6.951234]]))
    assert "≈ 10.65 (10.645), not 10.65 (" in text
    assert "10.65, not 10.66 (" in str(operation.check(image, [[10.66, 6.951234]]))
