"""Answers in every layout that holds the same cells, as lists, tensors and tables."""

import array
from decimal import Decimal

import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import convviz as cv
from convviz.check.answers import holds_cells, read_answer

IMAGE = [[0, 2, 3, 1, 2, 3], [4, 2, 1, 2, 3, 0], [2, 2, 1, 3, 2, 1], [1, 1, 2, 3, 1, 2], [1, 4, 2, 2, 3, 1], [2, 0, 2, 1, 4, 0]]
CONV = cv.Convolution([[1, 2, 2], [0, 0, 1], [2, 1, 1]])
RIGHT = CONV(IMAGE)


class Duck:
    """An object with one of the ways in which libraries hand out their arrays."""

    def __init__(self, **methods):
        self.__dict__.update(methods)


class WithArray:
    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


class WithDlpack:
    def __init__(self, values):
        self.values = values

    def __dlpack__(self, **options):
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()


def as_lists(values):
    return values.tolist()


CONTAINERS = {
    "lists": as_lists,
    "numpy": np.asarray,
    "not contiguous": lambda values: np.asarray(values).T.copy().T,
    "masked": np.ma.masked_array,
    "torch": torch.tensor,
    "with a gradient": lambda values: torch.tensor(values, dtype=torch.float64).requires_grad_() * 1,
    "bfloat16": lambda values: torch.tensor(values, dtype=torch.bfloat16),
    "sparse": lambda values: torch.tensor(values).to_sparse(),
    "rows of tensors": lambda values: [torch.tensor(part, dtype=torch.float32, requires_grad=True) for part in values],
    "numbers of tensors": lambda values: [[[torch.tensor(v) for v in row] for row in part] for part in values],
    "jax": jnp.asarray,
    "jax bfloat16": lambda values: jnp.asarray(values, jnp.bfloat16),
    "__array__": WithArray,
    "a table of objects": lambda values: WithArray(np.asarray(values, object)),
    "numpy()": lambda values: Duck(numpy=lambda: np.asarray(values)),
    "__dlpack__": lambda values: WithDlpack(np.ascontiguousarray(values)),
    "memoryview": lambda values: memoryview(np.ascontiguousarray(values)),
}


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 1), (1, 4, 4), (1, 4, 4, 1), (1, 1, 4, 4), (1, 1, 1, 4, 4), (16,)])
def test_axes_of_length_one_and_flat_answers(shape, data_format):
    report = CONV.check(IMAGE, RIGHT.reshape(shape), data_format=data_format)
    assert str(report) == "All 16 cells are right."
    cv.assert_feature_map(CONV, IMAGE, RIGHT.reshape(shape), data_format=data_format)
    wrong = RIGHT.copy()
    wrong[1, 2] += 1
    assert [cell.position for cell in CONV.check(IMAGE, wrong.reshape(shape), data_format=data_format).cells] == [(1, 2)]


@pytest.mark.parametrize("kind", CONTAINERS)
def test_every_kind_of_container(kind):
    made = CONTAINERS[kind](RIGHT[None])
    cv.assert_feature_map(CONV, IMAGE, made)
    # the same kinds hold images and kernels
    image = CONTAINERS[kind](np.array(IMAGE)[None])
    np.testing.assert_array_equal(CONV(image, data_format="channels_first")[0], RIGHT)
    assert CONV.trace(image, data_format="channels_first").result.shape == (1, 4, 4, 1)


def layout_line(report):
    return str(report).splitlines()[1]


@pytest.mark.parametrize("shape", [(1, 16), (16, 1), (1, 1, 16), (1, 16, 1), (16, 1, 1, 1)])
def test_all_cells_in_one_row_or_column(shape):
    said = f"The answer is {'×'.join(map(str, shape))}; it was read as a list of all cells, row by row."
    for data_format in ("channels_last", "channels_first"):
        report = CONV.check(IMAGE, RIGHT.reshape(shape), data_format=data_format)
        assert report and report.line_shape == shape and layout_line(report) == said and said in report._repr_html_()
    wrong = RIGHT.copy()
    wrong[1, 2] += 1
    report = CONV.check(IMAGE, wrong.reshape(shape))
    assert [cell.position for cell in report.cells] == [(1, 2)] and layout_line(report) == said
    report = CONV.check(IMAGE, CONV.changed(kernel=CONV.kernel[::-1, ::-1])(IMAGE).reshape(shape), lang="ja")
    assert report.explanations[0].kind == "kernel_flipped" and "行の順に並べたもの" in layout_line(report)


def test_one_line_of_another_setting_is_explained_by_it():
    rows = np.arange(20).reshape(4, 5) ** 2 % 7
    conv = cv.Convolution([[1, 2], [3, 5]])
    for setting in ({"strides": (4, 1)}, {"strides": (5, 1)}):
        other = conv.changed(**setting)(rows)
        report = conv.changed(strides=(2, 2))(rows), conv.changed(strides=(2, 2)).check(rows, other)
        assert (
            report[0].size == other.size == 4 and report[1].wrong is None and report[1].explanations[0].kind == "strides_taken"
        )


def test_a_row_is_no_column():
    conv = cv.Convolution([[1, 2]])
    assert conv.check([[1, 2, 3, 4]], [[5, 8, 11]]).line_shape == ()
    assert conv.check([[1, 2, 3, 4]], [[5], [8], [11]]).wrong is None


def test_blank_cells_of_tables():
    missing = type("NAType", (), {"__ne__": lambda self, other: self})()
    for blank in (None, np.nan, Decimal("NaN"), missing):
        table = RIGHT.astype(object)
        table[0, 1] = blank
        assert str(CONV.check(IMAGE, WithArray(table))).endswith("1 is blank.")
    masked = np.ma.masked_array(RIGHT, np.eye(4, dtype=bool))
    assert str(CONV.check(IMAGE, masked)) == "All 12 cells that are filled in are right; 4 are blank."


def test_tensors_without_numbers_are_refused_by_a_sentence():
    with pytest.raises(TypeError, match="answer is of type Tensor, whose numbers cannot be read: .*meta"):
        CONV.check(IMAGE, torch.empty(4, 4, device="meta"))
    with pytest.raises(TypeError, match="expected a number"):
        CONV.check(IMAGE, iter([1]))
    assert read_answer(array.array("d", [1, 2]))[0].tolist() == [1, 2]


# Channels first and channels last


def filters(rng, channels, count):
    return cv.Convolution(rng.integers(-3, 4, (2, 2, channels, count)))


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_report_says_which_of_two_layouts_was_taken(lang):
    rng = np.random.default_rng(0)
    conv, image = filters(rng, 1, 3), rng.integers(0, 9, (4, 4))
    last = conv(image)
    first = np.moveaxis(last, -1, 0)
    said = {
        "en": "The answer was read with channels first (channels, rows, columns); "
        "channels last (rows, columns, channels) would fit too.",
        "ja": "答えは「チャンネルが最初(チャンネル、行、列)」の並びとして読みました。"
        "「チャンネルが最後(行、列、チャンネル)」としても読めます。",
    }
    for data_format in ("channels_last", "channels_first"):
        given_image = image[None] if data_format == "channels_first" else image
        report = conv.check(given_image, first, data_format=data_format, lang=lang)
        assert report
        assert report.layouts == ("channels_first", "channels_last")
        assert said[lang] in str(report) and said[lang] in report._repr_html_()
        assert report.to_dict()["layouts"] == ["channels_first", "channels_last"]
        wrong = first.copy()
        wrong[2, 0, 1] += 1
        report = conv.check(image, wrong, lang=lang)
        assert [(cell.position, cell.channel) for cell in report.cells] == [((0, 1), 2)]
        assert said[lang] in str(report) and said[lang] in report._repr_html_()
    # where both agree as well as each other, the image decides
    nonsense = np.full((3, 3, 3), 10**6)
    assert conv.check(image, nonsense).layouts[0] == "channels_last"
    assert conv.check(image[None], nonsense, data_format="channels_first").layouts[0] == "channels_first"


def test_one_possible_layout_that_is_not_the_image_s_is_said():
    rng = np.random.default_rng(1)
    conv, image = filters(rng, 1, 2), rng.integers(0, 9, (4, 5))
    report = conv.check(image, np.moveaxis(conv(image), -1, 0))
    assert report and report.layouts == ("channels_first",)
    assert str(report).splitlines() == [
        "All 24 cells are right.",
        "The answer was read with channels first (channels, rows, columns).",
    ]
    assert str(conv.check(image, conv(image))) == "All 24 cells are right."


OPERATIONS = [
    lambda rng, channels: filters(rng, channels, int(rng.integers(1, 4))),
    lambda rng, channels: cv.MaxPooling(2, 1),
    lambda rng, channels: cv.GlobalAveragePooling(),
    lambda rng, channels: cv.TransposedConvolution(rng.integers(-2, 3, (2, 2, int(rng.integers(1, 4)), channels))),
]


def every_layout(rng, cells):
    """The cells of a result, (N, rows, columns, C), in each order, with random axes of length 1 left out or added."""
    for order in ((0, 1, 2, 3), (0, 3, 1, 2)):
        moved = cells.transpose(order)
        spatial = [order.index(1), order.index(2)]
        kept = [i for i in range(4) if moved.shape[i] > 1 or i in spatial or rng.random() < 0.5]
        part = moved.reshape([moved.shape[i] for i in kept])
        yield part
        yield part[None]
        yield part[..., None]
        yield moved.ravel()
        if sum(length > 1 for length in moved.shape) > 1:
            yield moved.reshape(1, -1)
            yield moved.reshape(-1, 1)


@given(st.integers(0, 2**32), st.sampled_from(OPERATIONS))
def test_the_same_cells_are_always_judged_the_same(seed, make):
    rng = np.random.default_rng(seed)
    channels, images = (int(n) for n in rng.integers(1, 4, 2))
    image = rng.integers(-9, 10, (images, *rng.integers(3, 6, 2), channels))
    operation = make(rng, channels)
    right = operation.trace(image).result
    spoiled = right.astype(float)
    place = tuple(int(rng.integers(n)) for n in right.shape)
    spoiled[place] += 1000
    for cells, wrong in ((right, []), (spoiled, [place])):
        for answer in every_layout(rng, cells):
            report = operation.check(image, answer)
            assert [(cell.batch, *cell.position, cell.channel) for cell in report.cells] == wrong, (answer.shape, right.shape)
            assert bool(report) == (not wrong)
            assert len(report.layouts) < 2 or "would fit too" in str(report)


@given(st.integers(0, 2**32))
def test_other_shapes_are_refused_and_hints_about_them_are_true(seed):
    rng = np.random.default_rng(seed)
    conv = filters(rng, 1, int(rng.integers(1, 3)))
    image = rng.integers(0, 9, (4, 5))
    shape = tuple(int(n) for n in rng.integers(1, 7, rng.integers(1, 5)))
    report = conv.check(image, np.zeros(shape, int))
    fits = any(holds_cells(shape, conv.trace(image).result.shape, layout) for layout in ("channels_last", "channels_first"))
    assert (report.wrong is None) == (not fits)
    name, _, value = report.shape_hint.partition(" ")
    if name in ("padding", "strides"):
        value = value if value.isalpha() else tuple(int(part) for part in value.strip("()").split(","))
        value = value[0] if len(value) == 1 else value
        made = conv.changed(**{name: value}).trace(image).result.shape
        assert any(holds_cells(shape, made, layout) for layout in ("channels_last", "channels_first")), (
            shape,
            report.shape_hint,
        )


def test_a_false_hint_about_the_axes_is_gone():
    report = CONV.check(IMAGE, np.zeros((1, 1, 6, 6)))
    assert report.shape_hint == "padding 1"
    assert CONV.check(IMAGE, np.zeros((1, 1, 3, 5))).shape_hint == ""
    assert CONV.check(IMAGE, cv.Convolution(CONV.kernel, padding=1)(IMAGE)[None, None]).explanations[0].kind == "padding_added"


def times(factor):
    return lambda conv, image: conv(image) * factor


def with_weight(conv, image):
    kernel = conv.kernel.copy()
    kernel[0, 1, 0, 2] += 3
    return conv.changed(kernel=kernel)(image)


#: What is done to the results of a convolution whose result is a cube, and which mistake has to be named.
IN_A_CUBE = {
    "a known mistake": ("kernel_flipped", lambda conv, image: conv.changed(kernel=conv.kernel[::-1, ::-1])(image)),
    "a number added": ("all_too_large", lambda conv, image: conv(image) + 5),
    "a factor": ("all_times", times(3)),
    "one weight": ("weight_wrong_filter", with_weight),
    "one cell of the input": ("input_wrong", lambda conv, image: conv(image + np.eye(4, dtype=int) * 2 * (np.arange(4) == 1))),
    "two mistakes": ("two_mistakes", lambda conv, image: -conv.changed(kernel=conv.kernel[::-1, ::-1])(image)),
    "rounded": ("rounded", lambda conv, image: np.round(conv(image), 1)),
    "cut off": ("truncated_one", lambda conv, image: np.trunc(conv(image) * 10) / 10),
}


@pytest.mark.parametrize("mistake", IN_A_CUBE)
@pytest.mark.parametrize("seed", range(3))
def test_every_diagnosis_is_tried_in_every_layout(mistake, seed):
    rng = np.random.default_rng(seed)
    kind, make = IN_A_CUBE[mistake]
    whole = kind not in ("rounded", "truncated_one")
    conv = cv.Convolution(rng.integers(-3, 5, (2, 2, 1, 3)) if whole else rng.normal(size=(2, 2, 1, 3)))
    image = rng.integers(1, 9, (4, 4))
    mine = make(conv, image)
    for answer, layout in ((mine, "channels_last"), (np.moveaxis(mine, -1, 0), "channels_first")):
        report = conv.check(image, answer)
        assert report.layouts[0] == layout and len(report.layouts) == 2
        assert report.explanations[0].kind == kind and all(explanation.whole for explanation in report.explanations)


@pytest.mark.parametrize("seed", range(3))
def test_every_layout_of_an_answer_of_another_shape_is_tried(seed):
    rng = np.random.default_rng(seed)
    image, kernel = rng.integers(0, 9, (4, 4)), rng.integers(-3, 5, (2, 2, 1, 4))
    conv, same = cv.Convolution(kernel, padding=1), cv.Convolution(kernel, padding="same")(image)
    for answer in (same, np.moveaxis(same, -1, 0)):
        assert [explanation.kind for explanation in conv.check(image, answer).explanations] == ["padding_same"]


def test_a_factor_is_found_where_some_results_are_zero():
    conv = cv.Convolution([[1, 0], [0, -1]])
    report = conv.check(IMAGE, conv(IMAGE) * 3)
    assert 0 in conv(IMAGE)
    assert [explanation.sentence() for explanation in report.explanations] == ["All results are 3 times the right ones."]
