"""Padding that copies cells of the image: against the judge, numpy.pad, PyTorch and SciPy, and what is shown of it."""

from fractions import Fraction

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

import convviz as cv
from convviz._support.padding_modes import MODE_OF, PADDING_MODES, SYNONYMS
from convviz.geometry import window_geometry
from convviz.operations.functions import conv2d

COPYING = ("reflect", "symmetric", "replicate", "circular")
NUMPY = {"zeros": "constant", "reflect": "reflect", "symmetric": "symmetric", "replicate": "edge", "circular": "wrap"}
#: SciPy calls numpy's "symmetric" by the name that numpy and PyTorch have for another mode.
SCIPY = {"zeros": "constant", "reflect": "mirror", "symmetric": "reflect", "replicate": "nearest", "circular": "wrap"}
ROW = [[1, 2, 3, 4]]

SIZES = st.tuples(st.integers(1, 3), st.integers(1, 3))
AMOUNTS = st.integers(0, 6)
PADDINGS = st.one_of(
    st.sampled_from(["valid", "same", "full"]),
    AMOUNTS,
    st.tuples(AMOUNTS, AMOUNTS),
    st.tuples(st.tuples(AMOUNTS, AMOUNTS), st.tuples(AMOUNTS, AMOUNTS)),
)
DTYPES = st.sampled_from([np.uint8, np.int64, np.float32, np.float64, object])


@st.composite
def problems(draw):
    """A convolution of 2 channels in some groups, and a batch for it."""
    rng, groups = np.random.default_rng(draw(st.integers(0, 999))), draw(st.sampled_from([1, 2]))
    options = {
        "strides": draw(SIZES),
        "padding": draw(PADDINGS),
        "dilation_rate": draw(SIZES),
        "groups": groups,
        "bias": draw(st.sampled_from([None, [1, 2]])),
        "flip_kernel": draw(st.booleans()),
        "padding_mode": draw(st.sampled_from(COPYING)),
    }
    kernel = rng.integers(-3, 4, (draw(st.integers(1, 4)), draw(st.integers(1, 3)), 2 // groups, 2))
    image = rng.integers(0, 200, (draw(st.integers(1, 2)), draw(st.integers(1, 5)), draw(st.integers(1, 5)), 2))
    return kernel, options, image


def fits(kernel, options, shape):
    try:
        cv.Convolution(kernel, **options).output_shape(shape)
    except ValueError:
        return False
    return True


@settings(max_examples=80, deadline=None)
@given(problem=problems(), dtype=DTYPES)
def test_every_mode_is_what_the_judge_computes(problem, dtype):
    kernel, options, image = problem
    if not fits(kernel, options, image.shape[1:3]):
        return
    found = cv.Convolution(kernel, **options)(image.astype(dtype))
    wanted = np.array(reference.convolve(image.tolist(), kernel.tolist(), **options))
    assert found.dtype == (dtype if np.dtype(dtype).kind == "f" else np.int64)
    np.testing.assert_array_equal(found, wanted)  # whole numbers: sums of floats are exact too


@settings(max_examples=60, deadline=None)
@given(problem=problems())
def test_a_mode_is_the_padded_image_without_padding(problem):
    kernel, options, image = problem
    if not fits(kernel, options, image.shape[1:3]):
        return
    conv = cv.Convolution(kernel, **options)
    where = conv.geometry(image.shape[1:3])
    around = [(0, 0), (where.rows.before, where.rows.after), (where.columns.before, where.columns.after), (0, 0)]
    padded = np.pad(image, around, mode=NUMPY[options["padding_mode"]])
    np.testing.assert_array_equal(conv(image), conv.changed(padding="valid")(padded))


@settings(max_examples=60, deadline=None)
@given(problem=problems())
def test_the_modes_of_pytorch(problem):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    kernel, options, image = problem
    size = min(image.shape[1:3])
    amount = options["padding"] if isinstance(options["padding"], int) else 1
    options |= {"padding": min(amount, size - 1), "flip_kernel": False}
    if options["padding_mode"] == "symmetric" or not fits(kernel, options, image.shape[1:3]):
        return
    layer = torch.nn.Conv2d(
        2, 2, kernel.shape[:2], options["strides"], options["padding"], options["dilation_rate"], options["groups"],
        bias=options["bias"] is not None, padding_mode=options["padding_mode"], dtype=torch.float64,
    )  # fmt: skip
    arrays = [kernel.transpose(3, 2, 0, 1).astype(float), *([options["bias"]] if options["bias"] else [])]
    for parameter, array in zip(layer.parameters(), arrays, strict=True):
        parameter.data = torch.tensor(np.asarray(array, float))
    with torch.no_grad():
        theirs = layer(torch.tensor(image.transpose(0, 3, 1, 2).astype(float))).numpy().transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(cv.Convolution(kernel, **options)(image), theirs)


@settings(max_examples=60, deadline=None)
@given(
    mode=st.sampled_from(tuple(NUMPY)),
    shape=st.tuples(st.integers(1, 7), st.integers(1, 7)),
    size=st.sampled_from([(1, 3), (3, 3), (5, 3), (3, 7)]),
    seed=st.integers(0, 999),
)
def test_the_modes_of_scipy(mode, shape, size, seed):
    ndimage = pytest.importorskip("scipy.ndimage", reason="SciPy is not installed")
    rng = np.random.default_rng(seed)
    image, kernel = rng.integers(-9, 10, shape), rng.integers(-3, 4, size)
    found = conv2d(image, kernel, padding="same", padding_mode=mode)
    np.testing.assert_array_equal(found, ndimage.correlate(image, kernel, mode=SCIPY[mode]))


@pytest.mark.parametrize(("mode", "shown"), PADDING_MODES.items())
def test_the_row_by_which_a_mode_is_explained(mode, shown):
    before, row, after = (part.split() for part in shown.split("|"))
    read = cv.Convolution([[1]], padding=((0, 0), (2, 2)), padding_mode=mode)(ROW)
    assert read.tolist() == [[int(word) for word in (*before, *row, *after)]]


def test_large_images_too():
    """Enough to multiply that vectors and several threads compute it."""
    rng = np.random.default_rng(3)
    image = rng.integers(0, 9, (1, 60, 70, 4)).astype(np.float32)
    kernel = rng.integers(-3, 4, (3, 3, 4, 8)).astype(np.float32)
    for mode in COPYING:
        conv = cv.Convolution(kernel, padding="same", padding_mode=mode)
        padded = np.pad(image, [(0, 0), (1, 1), (1, 1), (0, 0)], mode=NUMPY[mode])
        np.testing.assert_array_equal(conv(image), conv.changed(padding="valid")(padded))


def test_more_padding_than_memory_is_refused():
    with pytest.raises(ValueError, match="use less padding"):
        conv2d(ROW, [[1]], padding=10**7, padding_mode="circular")


def test_numbers_stay_exact():
    big = 2**70
    assert conv2d([[big, 1]], [[1, 1, 1]], padding="same", padding_mode="reflect").tolist() == [[big + 2, 2 * big + 1]]
    third = Fraction(1, 3)
    found = cv.Convolution([[third, third, third]], padding="same", padding_mode="replicate")([[1, 1, 2]])
    assert found.tolist() == [[1, Fraction(4, 3), Fraction(5, 3)]]


def test_an_infinite_weight_meets_copies_and_no_zeros():
    found = cv.Convolution([[np.inf, 1.0, 1.0]], padding="same", padding_mode="replicate")([[1.0, 2.0]])
    assert found.tolist() == [[np.inf, np.inf]]


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(("word", "mode"), MODE_OF.items())
def test_words_of_other_libraries(word, mode):
    for written in (word, word.upper(), word.replace("_", "-"), f" cv2.{word} "):
        assert cv.Convolution([[1]], padding_mode=written).padding_mode == mode


def test_scipys_own_word_is_read_as_numpy_reads_it():
    """SciPy says "reflect" for "symmetric"; its other words have one meaning."""
    words = {"mirror": "reflect", "nearest": "replicate", "wrap": "circular", "grid-mirror": "symmetric", "constant": "zeros"}
    assert {word: cv.Convolution([[1]], padding_mode=word).padding_mode for word in words} == words
    assert all("reflect" not in words.split() for words in SYNONYMS.values())


@pytest.mark.parametrize("value", ["", "mirrored", "reflection", "linear_ramp", "ones", "same", "None"])
def test_an_unknown_mode_lists_those_there_are(value):
    with pytest.raises(ValueError, match="^padding_mode is") as caught:
        conv2d(ROW, [[1]], padding_mode=value)
    assert repr(value) in str(caught.value) and all(repr(mode) in str(caught.value) for mode in PADDING_MODES)


@pytest.mark.parametrize("value", [None, 4, True, np.int64(1), 1.5, ["reflect"], b"reflect", {}])
def test_a_mode_that_is_no_text(value):
    with pytest.raises(TypeError, match="^padding_mode is .*; expected 'zeros' "):
        cv.Convolution([[1]], padding_mode=value)


def test_settings_show_the_mode_where_it_is_not_zeros():
    conv = cv.Convolution([[1, 2]], padding=1, padding_mode="wrap")
    assert repr(conv).endswith("flip_kernel=False, padding_mode='circular')")
    assert repr(conv.changed(padding_mode="constant")) == repr(cv.Convolution([[1, 2]], padding=1))
    assert conv.changed(strides=2).padding_mode == "circular"
    assert eval(repr(conv), vars(cv))(ROW).tolist() == conv(ROW).tolist()


def test_a_gpu_is_refused_in_a_sentence():
    conv = cv.Convolution([[1.0]], padding=1, padding_mode="reflect")
    with pytest.raises(ValueError, match=r"^padding_mode='reflect' is computed on the CPU only"):
        conv(np.ones((3, 3), np.float32), device="cuda")
    assert conv(np.ones((3, 3), np.float32), device="auto").tolist() == np.ones((5, 5)).tolist()


# ---------------------------------------------------------------- traces and pictures


@settings(max_examples=30, deadline=None)
@given(problem=problems())
def test_steps_say_where_each_value_comes_from(problem):
    kernel, options, image = problem
    if not fits(kernel, options, image.shape[1:3]):
        return
    trace = cv.Convolution(kernel, **options).trace(image)
    np.testing.assert_array_equal(trace.output, reference.convolve(image.tolist(), kernel.tolist(), **options))
    for step in trace[:: max(1, len(trace) // 7)]:
        assert step.holds()
        for (i, j), value in np.ndenumerate(step.values[:, :, 0]):
            cell, position = step.sources[i][j], (step.rows[i], step.columns[j])
            assert value == image[step.batch][cell][step.channels[0]]
            assert step.kinds[i][j] == ("cell" if cell == position else "padding")


def test_zeros_come_from_nowhere():
    step = cv.Convolution([[1, 1]], padding=((0, 0), (1, 0))).trace(ROW)[0]
    assert step.sources == ((None, (0, 0)),)


def test_a_cell_that_is_read_as_a_copy_is_read():
    """With strides of 3 no window stands on the last column, but the one at the left end reads it around the corner."""
    axes = {mode: window_geometry((1, 5), (1, 2), 3, ((0, 0), (1, 0)), padding_mode=mode).columns for mode in NUMPY}
    assert {mode: axis.unreached() for mode, axis in axes.items()} == {
        "zeros": [1, 4],
        "reflect": [4],
        "symmetric": [1, 4],
        "replicate": [1, 4],
        "circular": [1],
    }


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("mode", COPYING)
def test_pictures_show_the_copies_as_padding(mode, lang):
    example = cv.examples.get("lecture_6x6")
    trace = example.operation.changed(padding="same", padding_mode=mode).trace(example.image)
    board = trace.board(lang)
    scene, stage = board.scene(0), board.stage
    grid = stage.grid("input")
    padded = np.pad(np.array(example.image), 1, mode=NUMPY[mode])
    cells = list(scene.cells(grid))
    assert [cell.text for cell in cells] == [str(value) for value in padded.ravel()]
    inside = [1 <= cell.row <= 6 and 1 <= cell.column <= 6 for cell in cells]
    window = [cell.row < 3 and cell.column < 3 for cell in cells]
    names = {(True, True): "window", (True, False): "cell", (False, True): "copy_window", (False, False): "copy"}
    assert [cell.role for cell in cells] == [names[pair] for pair in zip(inside, window, strict=True)]
    title = {"reflect": "reflected border", "circular": "circular border"} if lang == "en" else {"circular": "周期境界"}
    assert title.get(mode, "") in stage.title
    zeros = example.operation.changed(padding="same").trace(example.image).board(lang).stage
    assert len(stage.texts) == len(zeros.texts) + 1  # a remark says how the padding is filled


def test_nothing_is_said_of_a_border_where_there_is_no_padding():
    example = cv.examples.get("lecture_6x6")
    plain, changed = (operation.trace(example.image).board() for operation in (
        example.operation, example.operation.changed(padding_mode="reflect")))  # fmt: skip
    assert changed.stage.title == plain.stage.title and changed.scene(0) == plain.scene(0)


def test_copies_are_told_from_cells_in_a_terminal():
    text = cv.Convolution([[1, 1, 1]], padding="same", padding_mode="circular").trace(ROW).text(0)
    assert "{4} [1] [2]  3   4  (1)" in text


def test_a_photograph_has_a_greyed_border():
    image = np.add.outer(np.arange(40), np.arange(60)).astype(np.uint8)
    trace = cv.Convolution(np.ones((3, 3), int), padding=4, padding_mode="symmetric").trace(image)
    pixels = trace.board(steps=[0]).stage.grid("input").pixels.astype(int)
    padded = np.pad(image.astype(int), 4, mode="symmetric")
    np.testing.assert_array_equal(pixels[4:-4, 4:-4], image)
    grey = (padded + 222) // 2
    grey[4:-4, 4:-4] = image
    np.testing.assert_array_equal(pixels, grey)


# ---------------------------------------------------------------- checking an answer


@pytest.mark.parametrize("right", NUMPY)
@pytest.mark.parametrize("taken", NUMPY)
def test_an_answer_with_another_border_is_named(right, taken):
    example = cv.examples.get("lecture_6x6")
    conv = example.operation.changed(padding=2, padding_mode=right)
    answer = conv.changed(padding_mode=taken)(example.image)
    report = conv.check(example.image, answer)
    kinds = {
        "zeros": "border_zeros",
        "reflect": "border_mirrored",
        "symmetric": "border_symmetric",
        "replicate": "border_repeated",
        "circular": "border_wrapped",
    }
    assert bool(report) == (right == taken)
    assert [explanation.kind for explanation in report.explanations][:1] == ([] if right == taken else [kinds[taken]])


@pytest.mark.parametrize("mode", COPYING)
def test_a_value_read_beside_the_right_one_may_be_a_copy(mode):
    """A slip in one cell at the border: the kernel's first weight meets the copy beside the one that it should."""
    conv = cv.Convolution([[7, 1, 0]], padding=((0, 0), (2, 2)), padding_mode=mode)
    image = [[10, 23, 31, 47, 52]]
    answer, row = conv(image), np.pad([10, 23, 31, 47, 52], 2, mode=NUMPY[mode])
    answer[0, 1] += 7 * int(row[0] - row[1])
    report = conv.check(image, answer)
    if row[0] == row[1]:
        assert report
    else:
        assert ("value_from_neighbour", (row[1], row[0])) in [(slip.kind, slip.details) for slip in report.cells[0].slips]
