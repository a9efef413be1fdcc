"""Worked examples: every answer against plain loops and PyTorch, and against the numbers as their sources print them."""

import subprocess
import sys

import numpy as np
import pytest
import reference

from convviz import examples
from convviz.geometry import dense_parameters
from convviz.operations import AveragePooling, Convolution, MaxPooling, TransposedConvolution

OPERATIONS = [name for name in examples.names() if name not in examples.names("calculation")]
CALCULATIONS = examples.names("calculation")


def settings_of(operation):
    """The settings of an operation that the reference takes too."""
    return {name: getattr(operation, name) for name in operation.settings if name not in ("kernel", "bias")}


def channels_last(array, axes):
    """An array with as many axes, those that lack at the end."""
    return array.reshape(array.shape + (1,) * (axes - array.ndim))


def biases(example):
    """The bias of an example, one for each filter; None if it has none."""
    bias = example.operation.bias
    return None if bias is None else bias.tolist()


def by_reference(example):
    """The answer in plain loops: rows of cells, and of channels where there are several."""
    image = [channels_last(example.image, 3).tolist()]
    settings = settings_of(example.operation)
    if isinstance(example.operation, MaxPooling):
        answer = reference.max_pool(image, **settings)[0]
    elif isinstance(example.operation, AveragePooling):
        answer = reference.avg_pool(image, **settings)
    else:
        kernel = channels_last(example.operation.kernel, 4).tolist()
        judge = reference.transposed if isinstance(example.operation, TransposedConvolution) else reference.convolve
        answer = judge(image, kernel, biases(example), **settings)
    return answer[0] if example.answer.ndim == 3 else [[cell[0] for cell in row] for row in answer[0]]


def by_torch(example):
    """The answer by PyTorch in float64, laid out as the example's."""
    torch = pytest.importorskip("torch")
    functional, operation = torch.nn.functional, example.operation
    image = torch.tensor(channels_last(example.image, 3).transpose(2, 0, 1), dtype=torch.float64)[None]
    if isinstance(operation, MaxPooling):
        found = functional.max_pool2d(image, operation.pool_size, operation.strides, ceil_mode=operation.ceil_mode)
    elif isinstance(operation, AveragePooling):
        found = functional.avg_pool2d(image, operation.pool_size, operation.strides)
    else:
        kernel = torch.tensor(channels_last(operation.kernel, 4).transpose(3, 2, 0, 1), dtype=torch.float64)
        bias = None if biases(example) is None else torch.tensor(biases(example), dtype=torch.float64)
        common = {"bias": bias, "stride": operation.strides, "dilation": operation.dilation_rate, "groups": operation.groups}
        if isinstance(operation, TransposedConvolution):
            amount = {"valid": 0, "full": operation.kernel_size[0] - 1}.get(operation.padding, operation.padding)
            common |= {"padding": amount, "output_padding": operation.output_padding}
            found = functional.conv_transpose2d(image, kernel, **common)
        else:
            axes = zip(example.image.shape[:2], operation.kernel_size, operation.strides, operation.dilation_rate, strict=True)
            rows, columns = (reference.pad_amounts(*axis, operation.padding) for axis in axes)
            kernel = kernel.flip(2, 3) if operation.flip_kernel else kernel
            found = functional.conv2d(functional.pad(image, (*columns, *rows)), kernel, **common)
    return found[0].numpy().transpose(1, 2, 0).reshape(example.answer.shape)


@pytest.mark.parametrize("name", OPERATIONS)
class TestEveryExample:
    def test_convviz_gives_the_answer(self, name):
        example = examples.get(name)
        result = example.operation(example.image)
        assert result.dtype == example.answer.dtype
        np.testing.assert_array_equal(result, example.answer)

    def test_plain_loops_give_the_answer(self, name):
        assert by_reference(examples.get(name)) == examples.get(name).answer.tolist()

    def test_pytorch_gives_the_answer(self, name):
        np.testing.assert_allclose(by_torch(examples.get(name)), examples.get(name).answer, rtol=1e-15)

    def test_the_steps_give_the_answer(self, name):
        example = examples.get(name)
        filter_by_filter = channels_last(example.answer, 3).transpose(2, 0, 1)
        assert [step.result for step in example.trace()] == filter_by_filter.ravel().tolist()

    def test_says_what_it_is_and_where_it_comes_from(self, name):
        example = examples.get(name)
        assert example.name == name and example.title and example.title_ja and example.source
        size, made = ("×".join(map(str, array.shape)) for array in (example.image, example.answer))
        assert repr(example).startswith(f"<Example {name}: {type(example.operation).__name__}, {size} → {made}")

    def test_cannot_be_changed(self, name):
        example = examples.get(name)
        with pytest.raises(AttributeError):
            example.answer = 0
        for array in (example.image, example.answer):
            with pytest.raises(ValueError, match="read-only"):
                array[0, 0] = 99
        assert example.image.copy().flags.writeable


# The numbers as the sources print them

LECTURE = [
    [0, 2, 3, 1, 2, 3],
    [4, 2, 1, 2, 3, 0],
    [2, 2, 1, 3, 2, 1],
    [1, 1, 2, 3, 1, 2],
    [1, 4, 2, 2, 3, 1],
    [2, 0, 2, 1, 4, 0],
]
TEXTBOOK = [[2, 1, 2, 1], [1, 2, 3, 2], [2, 3, 1, 3], [2, 0, 1, 1]]
GUIDE = [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]]


@pytest.mark.parametrize(
    "name, image, answer",
    [
        ("lecture_6x6", LECTURE, [[18, 20, 19, 20], [16, 18, 21, 18], [18, 25, 21, 19], [15, 16, 22, 16]]),
        ("lecture_5x5_strides_1", [row[:5] for row in LECTURE[:5]], [[18, 20, 19], [16, 18, 21], [18, 25, 21]]),
        ("lecture_5x5_strides_2", [row[:5] for row in LECTURE[:5]], [[18, 19], [18, 21]]),
        ("lecture_max_pooling", [[3, 4, 5, 6], [1, 2, 3, 4], [-1, 3, 0, 3], [2, 2, 5, 2]], [[4, 6], [3, 5]]),
        ("textbook_4x4", TEXTBOOK, [[28, 29], [26, 24]]),
        ("textbook_4x4_same", TEXTBOOK, [[9, 15, 20, 16], [19, 28, 29, 23], [17, 26, 24, 21], [16, 15, 14, 13]]),
        ("textbook_max_pooling", TEXTBOOK, [[2, 3], [3, 3]]),
        ("neuron", [[1, 2, 0.5]], [[0.4]]),
        ("numerical_no_padding_no_strides", GUIDE, [[12, 12, 17], [10, 17, 19], [9, 6, 14]]),
        ("numerical_padding_strides", GUIDE, [[6, 17, 3], [8, 17, 13], [6, 4, 4]]),
        ("numerical_max_pooling", GUIDE, [[3, 3, 3], [3, 3, 3], [3, 2, 3]]),
    ],
)
def test_the_numbers_are_those_of_the_source(name, image, answer):
    example = examples.get(name)
    assert example.image.tolist() == image
    assert example.answer.tolist() == answer


def test_average_pooling_is_in_ninths():
    sums = [[15, 15, 15], [9, 11, 16], [10, 7, 12]]
    assert (examples.numerical_average_pooling.answer * 9).tolist() == sums


def test_the_first_step_is_written_as_on_the_slides():
    formula = "0×1 + 2×2 + 3×2 + 4×0 + 2×0 + 1×1 + 2×2 + 2×1 + 1×1 = 18"
    assert examples.lecture_6x6.trace()[0].formula() == formula
    assert formula in examples.lecture_6x6.note


def test_wrong_cells_of_the_slides():
    example, padded = examples.lecture_6x6, examples.lecture_6x6_same
    assert example.wrong_cells == [(0, 1), (3, 1)]
    assert [example.published[cell] for cell in example.wrong_cells] == [22, 17]
    assert [example.answer[cell] for cell in example.wrong_cells] == [20, 16]
    assert padded.wrong_cells == [(1, 2), (4, 2)]
    assert [padded.published[cell] for cell in padded.wrong_cells] == [22, 17]
    np.testing.assert_array_equal(padded.answer[1:5, 1:5], example.answer)
    np.testing.assert_array_equal(padded.published[1:5, 1:5], example.published)
    others = [name for name in OPERATIONS if examples.get(name).wrong_cells]
    assert others == ["lecture_6x6", "lecture_6x6_same"]
    assert "2 published cells are wrong" in repr(example)


def test_the_trace_takes_options():
    trace = examples.no_padding_strides_transposed.trace(view="scatter")
    assert trace.view == "scatter" and len(trace) == 4


# The conv_arithmetic set: i k s p d → o, and of the transposed twin i′ ĩ p′ a → o′

SHAPES = {
    "no_padding_no_strides": (4, 3, 1, 0, 1, 2, (2, 2, 2, 0, 4)),
    "arbitrary_padding_no_strides": (5, 4, 1, 2, 1, 6, (6, 6, 1, 0, 5)),
    "same_padding_no_strides": (5, 3, 1, 1, 1, 5, (5, 5, 1, 0, 5)),
    "full_padding_no_strides": (5, 3, 1, 2, 1, 7, (7, 7, 0, 0, 5)),
    "no_padding_strides": (5, 3, 2, 0, 1, 2, (2, 3, 2, 0, 5)),
    "padding_strides": (5, 3, 2, 1, 1, 3, (3, 5, 1, 0, 5)),
    "padding_strides_odd": (6, 3, 2, 1, 1, 3, (3, 5, 1, 1, 6)),
    "dilation": (7, 3, 1, 0, 2, 3, None),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_of_the_guide(name):
    i, k, s, p, d, o, _ = SHAPES[name]
    example = examples.get(name)
    rows = example.operation.geometry(example.image.shape).rows
    assert (example.image.shape, example.operation.kernel_size, example.answer.shape) == ((i, i), (k, k), (o, o))
    assert (rows.stride, rows.before, rows.dilation) == (s, p, d)


@pytest.mark.parametrize("name", [name for name, row in SHAPES.items() if row[-1]])
class TestTransposedTwins:
    def test_shapes_of_the_guide(self, name):
        i, k, s, p, _, _, (size, stretched, around, extra, made) = SHAPES[name]
        example = examples.get(f"{name}_transposed")
        rows = example.operation.geometry(example.image.shape).rows
        assert made == i
        assert (example.image.shape, example.operation.kernel_size, example.answer.shape) == ((size,) * 2, (k, k), (i, i))
        assert (rows.stride, rows.before, rows.output_padding, rows.stretched) == (s, p, extra, stretched)
        assert (-rows.low, rows.high - stretched) == (around, around + extra)

    def test_it_is_the_direct_convolution_of_the_stretched_input_with_the_rotated_kernel(self, name):
        s, (_, stretched, around, extra, _) = SHAPES[name][2], SHAPES[name][-1]
        example = examples.get(f"{name}_transposed")
        spread = np.zeros((stretched, stretched), int)
        spread[::s, ::s] = example.image
        padded = np.pad(spread, (around, around + extra))
        direct = Convolution(np.rot90(example.operation.kernel, 2))
        np.testing.assert_array_equal(direct(padded), example.answer)

    def test_it_is_the_transpose_of_its_twin(self, name):
        direct, twin = examples.get(name), examples.get(f"{name}_transposed")
        np.testing.assert_array_equal(direct.operation.kernel, twin.operation.kernel)
        # ⟨A x, y⟩ = ⟨x, Aᵀ y⟩ for the matrix A of the direct convolution
        assert (direct.answer * twin.image).sum() == (direct.image * twin.answer).sum()


# What the conv_arithmetic set does not show


def test_same_padding_with_strides_is_one_sided():
    example = examples.same_padding_strides
    where = example.operation.geometry(example.image.shape)
    assert [(axis.before, axis.after) for axis in (where.rows, where.columns)] == [(0, 1), (0, 1)]
    both_sides = Convolution(example.operation.kernel, strides=2, padding=1)(example.image)
    assert both_sides.shape == example.answer.shape and (both_sides != example.answer).any()


def test_groups_and_depthwise_read_only_their_channels():
    first = (1 * 1 + 0 * 0 + 0 * 2 + 2 * 1) + (0 * 0 + 1 * 1 + 1 * 1 + 0 * 0)
    assert examples.groups.answer[0, 0].tolist() == [first, (2 + 1 + 0 + 2) + (2 + 0 + 0 + 1)]
    assert [step.channels for step in examples.groups.trace()[::9]] == [(0, 1), (2, 3)]
    assert examples.groups.operation.kernel.size * 2 == 2 * 2 * 4 * 2
    example = examples.depthwise
    for channel in range(3):
        alone = Convolution(example.operation.kernel[:, :, 0, channel])(example.image[:, :, channel])
        np.testing.assert_array_equal(alone, example.answer[:, :, channel])


def test_the_flipped_kernel_is_the_kernel_turned():
    example = examples.flipped_kernel
    np.testing.assert_array_equal(Convolution(np.rot90(example.operation.kernel, 2))(example.image), example.answer)
    assert example.answer[0, 0] == 0 * 1 + 2 * 1 + 3 * 2 + 4 * 1 + 2 * 0 + 1 * 0 + 2 * 2 + 2 * 2 + 1 * 1


def test_uncovered_cells_do_not_matter():
    example = examples.uncovered_cells
    rows, columns = example.operation.geometry(example.image.shape).unreached()
    unread = np.array([[row in rows or column in columns for column in range(6)] for row in range(6)])
    assert unread.sum() == 20 and "20 of the 36 cells" in example.note
    np.testing.assert_array_equal(example.operation(np.where(unread, 99, example.image)), example.answer)


def test_ceil_mode_reads_what_floor_mode_does_not():
    example = examples.ceil_mode
    np.testing.assert_array_equal(MaxPooling(2)(example.image), example.answer[:2, :2])
    assert example.answer[2, 2] == example.image[4, 4]


# Calculations


@pytest.mark.parametrize("name", CALCULATIONS)
def test_every_calculation(name):
    entry = examples.get(name)
    assert entry.name == name and entry.title and entry.title_ja and entry.source and entry.expression
    assert repr(entry).startswith(f"<Calculation {name}: {entry.expression}")
    if entry.rule is None:
        with pytest.raises(ValueError, match=f"{name} was measured, not calculated; its answer is {entry.answer}"):
            entry.compute()
    elif isinstance(entry.answer, tuple):
        assert tuple(round(value, 8) for value in entry.compute()) == entry.answer
    else:
        assert entry.compute() == entry.answer
    if entry.table:
        assert examples.summarize(entry.input_shape, entry.layers) == entry.table
        assert sum(layer.parameters for layer in entry.table) == entry.answer


@pytest.mark.parametrize("name", [name for name in CALCULATIONS if "·" in examples.get(name).expression])
def test_expressions_come_to_the_answer(name):
    entry = examples.get(name)
    assert eval(entry.expression.replace("·", "*"), {}) == entry.answer


def test_numbers_of_the_sources():
    answers = {name: examples.get(name).answer for name in CALCULATIONS}
    assert answers["lecture_conv2d_32"] == (3 * 3 * 1 + 1) * 32 == 320
    assert answers["lecture_conv2d_64"] == (3 * 3 * 32 + 1) * 64 == 18496
    assert answers["lecture_dense_28x28x32"] == (28 * 28 * 32 + 1) * 10 == 250890
    assert answers["lecture_dense_28x28x64"] == (28 * 28 * 64 + 1) * 10 == 501770
    assert answers["lecture_dense_14x14x64"] == (14 * 14 * 64 + 1) * 10 == 125450
    assert answers["lecture_network_1"] == 320 + 250890 == 251210
    assert answers["lecture_network_2"] == 320 + 18496 + 501770 == 520586
    assert answers["lecture_network_3"] == 320 + 18496 + 125450 == 144266
    assert answers["mlp_784_32_10"] == 25120 + 330 == 25450
    assert answers["textbook_flatten"] == 32 * 32 * 64 == 65536
    assert answers["vgg16"] == 138357544
    assert answers["textbook_softmax_1"] == (0.44694665, 0.22194714, 0.33110622)
    assert answers["textbook_softmax_2"] == (0.4005471, 0.1989058, 0.4005471)
    assert [answers[f"lecture_accuracy_{number}"] for number in (1, 2, 3, 4)] == [0.9032, 0.9117, 0.9247, 0.929]


def test_the_page_that_counts_biases_once():
    wrong, beside = examples.lecture_weights_28x28, examples.lecture_weights_224x224
    assert (wrong.answer, wrong.published) == (784 * 10, 7850)
    assert wrong.published == dense_parameters(784, 10) == wrong.answer + 10
    assert (beside.answer, beside.published) == (50176 * 10, None)
    assert "counts the 10 biases" in wrong.note and "(published: 7850)" in repr(wrong)
    assert [name for name in CALCULATIONS if examples.get(name).published is not None] == ["lecture_weights_28x28"]


def test_vgg16_layer_by_layer():
    table = examples.vgg16.table
    kinds = [layer.name for layer in table]
    assert (kinds.count("Conv2D"), kinds.count("MaxPooling2D"), kinds.count("Dense")) == (13, 5, 3)
    assert [layer.parameters for layer in table[-3:]] == [102764544, 16781312, 4097000]
    assert table[-5].output_shape == (7, 7, 512)


def test_network_of_the_keras_book():
    shapes = [layer.output_shape for layer in examples.keras_network.table]
    assert shapes[:6] == [(26, 26, 32), (13, 13, 32), (11, 11, 64), (5, 5, 64), (3, 3, 64), (576,)]
    assert [layer.parameters for layer in examples.keras_network.table] == [320, 0, 18496, 0, 36928, 0, 36928, 650]


def test_networks_of_the_accuracies_are_those_of_the_parameters():
    for number in (1, 2, 3, 4):
        measured, counted = (examples.get(f"lecture_{what}_{number}") for what in ("accuracy", "network"))
        assert measured.layers == counted.layers and measured.input_shape == counted.input_shape


def test_a_network_that_does_not_fit_is_an_error():
    with pytest.raises(ValueError, match="the kernel spans 5 rows, but the input has only 4"):
        examples.summarize((4, 4, 1), [("Conv2D", 8, 5, "valid")])


# Asking by name


def test_names_by_kind():
    kinds = {kind: examples.names(kind) for kind in examples.KINDS}
    assert {kind: len(names) for kind, names in kinds.items()} == {
        "convolution": 24,
        "transposed": 8,
        "pooling": 5,
        "calculation": 23,
    }
    assert sorted(sum(kinds.values(), [])) == sorted(examples.names())
    for kind in examples.KINDS:
        assert [entry.name for entry in examples.entries(kind)] == kinds[kind]
        assert {entry.kind for entry in examples.entries(kind)} == {kind}
    with pytest.raises(ValueError, match="kind is 'conv'; expected one of 'convolution', 'transposed'"):
        examples.names("conv")


def test_an_entry_is_an_attribute_and_built_once():
    assert examples.lecture_6x6 is examples.get("lecture_6x6")
    assert set(examples.names()) <= set(dir(examples))


@pytest.mark.parametrize(
    "name, hint",
    [
        ("lecture_6x7", "did you mean 'lecture_6x6'"),
        ("Lecture_6x6", "did you mean 'lecture_6x6'"),
        ("softmax", "did you mean 'textbook_softmax_1' or 'textbook_softmax_2'"),
        ("zzz", "convviz.examples.names() lists all"),
        ("", "convviz.examples.names() lists all"),
        (None, "convviz.examples.names() lists all"),
        (7, "convviz.examples.names() lists all"),
        ("__class__", "convviz.examples.names() lists all"),
    ],
)
def test_an_unknown_name_gets_the_nearest(name, hint):
    with pytest.raises(ValueError) as caught:
        examples.get(name)
    assert f"no worked example is called {name!r}" in str(caught.value) and hint in str(caught.value)


def test_an_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'lecture_6x7'; did you mean 'lecture_6x6'"):
        _ = examples.lecture_6x7
    assert not hasattr(examples, "__wrapped__")


def test_titles_in_both_languages():
    english, japanese = examples.titles(), examples.titles("ja")
    assert list(english) == list(japanese) == examples.names()
    assert all(title.isascii() or any(sign in title for sign in "×–") for title in english.values())
    assert all(any("぀" <= letter <= "鿿" for letter in title) for title in japanese.values())
    assert len(set(english.values())) == len(english) and len(set(japanese.values())) == len(japanese)
    assert english["lecture_6x6"] == examples.lecture_6x6.title and japanese["vgg16"] == examples.vgg16.title_ja


def test_listing_names_loads_no_kernels():
    code = (
        "import sys; from convviz import examples; examples.names(); examples.titles(); examples.kernel('blur'); "
        "examples.vgg16.compute(); print([m for m in ('numba', 'matplotlib', 'PIL') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


# Kernels


def test_kernels_that_sharpen_and_blur_keep_brightness():
    flat = np.full((5, 5), 7)
    for name in ("identity", "sharpen", "blur", "gaussian", "gaussian_5", "emboss"):
        result = Convolution(examples.kernel(name))(flat)
        np.testing.assert_allclose(result, 7, rtol=1e-15, err_msg=name)


def test_kernels_of_edges_are_silent_on_flat_ground():
    for name in ("edge", "edge_8", "laplacian", "sobel_x", "sobel_y", "prewitt_x", "prewitt_y"):
        assert examples.kernel(name).sum() == 0, name


def test_kernels_do_what_their_titles_say():
    ramp = np.tile(np.arange(5), (5, 1))
    assert (Convolution(examples.kernel("sobel_x"))(ramp) == 8).all()
    assert (Convolution(examples.kernel("prewitt_x"))(ramp) == 6).all()
    assert (Convolution(examples.kernel("sobel_y"))(ramp) == 0).all()
    for family in ("sobel", "prewitt"):
        np.testing.assert_array_equal(examples.kernel(f"{family}_x").T, examples.kernel(f"{family}_y"))
    np.testing.assert_array_equal(examples.kernel("sharpen"), examples.kernel("identity") + examples.kernel("edge"))
    np.testing.assert_array_equal(examples.kernel("laplacian"), -examples.kernel("edge"))
    assert examples.kernel("edge_8").tolist() == [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]
    assert examples.kernel("emboss").tolist() == [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]
    np.testing.assert_array_equal(Convolution(examples.kernel("identity"), padding="same")(ramp), ramp)


def test_blurs_are_exact_parts():
    assert examples.kernel("blur").tolist() == [[1 / 9] * 3] * 3
    for name, weights in (("gaussian", [1, 2, 1]), ("gaussian_5", [1, 4, 6, 4, 1])):
        np.testing.assert_array_equal(examples.kernel(name), np.outer(weights, weights) / sum(weights) ** 2)


def test_a_kernel_is_the_callers_own():
    kernel = examples.kernel("sobel_x")
    assert kernel.dtype == np.int64
    kernel[0, 0] = 99
    assert examples.kernel("sobel_x")[0, 0] == -1


def test_every_kernel_has_titles():
    assert list(examples.kernel_titles()) == list(examples.kernel_titles("ja")) == examples.kernels()
    for name in examples.kernels():
        assert examples.kernel(name).shape in ((3, 3), (5, 5))


@pytest.mark.parametrize("name, hint", [("sobel", "'sobel_"), ("Blur", "'blur'"), ("gausian", "'gaussian'"), ("", "lists")])
def test_an_unknown_kernel_gets_the_nearest(name, hint):
    with pytest.raises(ValueError, match=f"no kernel is called '{name}'; .*{hint}"):
        examples.kernel(name)


# The photograph


def test_photograph():
    grey, colour = examples.photograph(), examples.photograph(colour=True)
    assert (grey.shape, grey.dtype) == ((600, 512), np.uint8)
    assert (colour.shape, colour.dtype) == ((600, 512, 3), np.uint8)
    assert grey.std() > 40 and not (colour[:, :, 0] == colour[:, :, 2]).all()
    # brightness as Rec. 601 weighs red, green and blue
    np.testing.assert_allclose(colour @ [0.299, 0.587, 0.114], grey, atol=1)
    edges = Convolution(examples.kernel("edge"))(grey)
    assert edges.shape == (598, 510) and edges.min() < 0


def test_photograph_does_without_pyplot():
    code = "import sys, convviz; convviz.examples.photograph(); print('matplotlib.pyplot' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_photograph_that_is_not_there(monkeypatch, tmp_path):
    import matplotlib

    monkeypatch.setattr(matplotlib, "get_data_path", lambda: str(tmp_path))
    with pytest.raises(FileNotFoundError, match="matplotlib was installed without its sample data"):
        examples.photograph()


def test_examples_of_gradients_call_things_what_they_are():
    titles = [grid.title for grid in examples.get("gradient_kernel").trace().scene(0).stage.grids]
    assert titles == ["image 5×5", "gradient of the feature map 3×3", "products", "gradient of the kernel 3×3"]
    assert examples.get("gradient_kernel").trace(captions=None).scene(0).stage.grids[0].title == "input 5×5"
