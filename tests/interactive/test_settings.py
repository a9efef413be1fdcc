"""Settings changed one at a time: what they come to, and which are offered."""

from types import SimpleNamespace

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

import convviz as cv
from convviz.interactive.settings import AXES, CANDIDATES, candidates, kinds
from convviz.interactive.start import settings_of

SWITCHES = ("flip_kernel", "ceil_mode", "count_include_pad")
COLOUR = np.arange(5 * 6 * 3).reshape(5, 6, 3)


NAMES = [name for kind in ("convolution", "transposed", "pooling") for name in cv.examples.names(kind)]


@pytest.mark.parametrize("name", NAMES)
def test_every_worked_example_can_be_begun_with(name):
    example = cv.examples.get(name)
    for start in (settings_of(name), settings_of(example), settings_of(example.operation, example.image)):
        np.testing.assert_array_equal(start.trace().output, example.answer)
        assert repr(start.operation()).split("padding")[0] == repr(example.operation).split("padding")[0]


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("image", [None, COLOUR, COLOUR[:, :, 0].astype(np.float32)], ids=["none", "colour", "float32"])
def test_every_kind_can_be_begun_with(kind, image):
    start = settings_of(kind, image)
    assert start.kind == kind
    output = start.trace().output
    assert np.isfinite(output).all()
    if image is not None:
        assert start.image.shape[:2] == image.shape[:2]
        if image.dtype == np.float32:
            assert output.dtype == np.float32


@st.composite
def walks(draw):
    """A beginning, and changes that may or may not give an output."""
    start = settings_of(draw(st.sampled_from(kinds())), draw(st.sampled_from([None, COLOUR])))
    changes = []
    for _ in range(draw(st.integers(1, 6))):
        name = draw(st.sampled_from([*CANDIDATES, "kind", *SWITCHES]))
        if name in AXES or name == "amounts":
            value = tuple(draw(st.sampled_from(CANDIDATES[name])) for _ in range(2 if name in AXES else 4))
        else:
            value = draw(st.sampled_from((False, True) if name in SWITCHES else candidates(name)))
        changes.append((name, value))
    return start, changes


@given(walks())
def test_whatever_is_accepted_computes_and_whatever_is_offered_is_accepted(walk):
    state, changes = walk
    for name, value in changes:
        try:
            state = state.change(name, value)
        except ValueError as error:
            assert len(str(error)) > 10
            continue
        output = state.trace().output
        assert output.size
        kernel = state.operation()
        if state.weighted:
            assert kernel.kernel.shape[:2] == state.kernel_size
    for name in ("kernel_size", "strides", "dilation_rate", "padding", "groups", "kind"):
        axis = 0 if name in AXES else None
        options = state.options(name, axis)
        for value in options.values:
            whole = value if axis is None else (value, *state.along_axes(name)[1:])
            state.change(name, whole).trace()
        if options.reason:
            assert options.refused not in options.values


@given(walks())
def test_outputs_are_those_of_the_reference(walk):
    state, changes = walk
    for name, value in changes:
        try:
            state = state.change(name, value)
        except ValueError:
            continue
    if state.kind != "convolution":
        return
    operation = state.operation()
    kernel = operation.kernel if operation.kernel.ndim == 4 else operation.kernel[:, :, None, None]
    options = {name: getattr(operation, name) for name in operation.settings[2:]}
    expected = reference.convolve([state.image.tolist()], kernel.tolist(), None, **options)[0]
    found = operation(state.image if kernel.ndim == 4 and state.channels > 1 else state.image[:, :, 0])
    np.testing.assert_array_equal(np.asarray(found).reshape(np.shape(expected)), expected)


def test_a_refused_value_says_why():
    options = settings_of("convolution").options("kernel_size", 0)
    assert options.values == (1, 2, 3, 4, 5, 6)
    assert (options.refused, options.reason.split(",")[0]) == (7, "the kernel spans 7 rows")


@pytest.mark.parametrize(("channels", "words"), [(1, "1 channel cannot"), (2, "2 channels cannot"), (4, "4 channels cannot")])
def test_groups_that_do_not_fit_are_refused_in_plain_english(channels, words):
    with pytest.raises(ValueError, match=f"^{words} be cut into 3 groups$"):
        settings_of("convolution").change("channels", channels).change("groups", 3)


@pytest.mark.parametrize("fields", [{"kind": "max_pooling"}, {"kind": "unknown", "settings": ()}, {"settings": ()}, {}])
def test_what_only_looks_like_an_operation_has_no_settings(fields):
    with pytest.raises(TypeError, match="expected an operation such as"):
        settings_of(SimpleNamespace(**fields))


def test_channels_and_groups_are_fitted():
    state = settings_of("convolution").change("channels", 2).change("filters", 4)
    assert state.kernel.shape == (3, 3, 2, 4)
    assert state.options("groups").values == (1, 2)
    state = state.change("groups", 2)
    assert state.kernel.shape == (3, 3, 1, 4)
    assert state.options("filters").values == (2, 4)
    assert state.change("kind", "transposed_convolution").kernel.shape == (3, 3, 2, 2)
    assert state.change("image", COLOUR).groups == 1


def test_larger_kernels_and_images_keep_what_is_there():
    state = settings_of("convolution").change("kernel_size", (4, 2)).change("size", (7, 3))
    assert state.kernel[:, :, 0, 0].tolist() == [[2, 2], [0, 1], [1, 1], [0, 0]]
    assert state.image[:, :, 0].tolist()[:2] == [[0, 2, 3], [4, 2, 1]]
    assert not state.image[6].any()


def test_the_state_before_a_change_stays():
    before = settings_of("convolution")
    kernel, image = before.kernel.copy(), before.image.copy()
    before.change("cell", 2.5, (0, 0, 0, 0)).change("pixel", -1, (0, 0, 0))
    np.testing.assert_array_equal(before.kernel, kernel)
    np.testing.assert_array_equal(before.image, image)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("convolutions",), ValueError, "did you mean 'convolution'"),
        ((3,), TypeError, "expected an operation"),
        (("max_pooling", np.zeros((0, 0))), ValueError, "empty"),
        (("convolution", np.zeros((2, 2))), ValueError, "spans 3 rows, but the input has only 2"),
        (("convolution", np.zeros((2, 6, 6, 1))), ValueError, "a batch of 2"),
        (("convolution", [["a"]]), TypeError, "image"),
    ],
)
def test_nonsense_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        settings_of(*arguments)


@pytest.mark.parametrize("size", [(5, 5), (4, 4), (7, 3), (5, 6)])
def test_a_kernel_that_grows_stays_in_the_middle_and_comes_back(size):
    before = settings_of("convolution").change("size", (9, 9))
    grown = before.change("kernel_size", size)
    top, left = ((new - 3) // 2 for new in size)
    assert grown.kernel[top : top + 3, left : left + 3].tolist() == before.kernel.tolist()
    assert np.count_nonzero(grown.kernel) == np.count_nonzero(before.kernel)
    assert grown.change("kernel_size", (3, 3)).kernel.tolist() == before.kernel.tolist()


@given(st.lists(st.tuples(st.integers(3, 9), st.integers(3, 9)), min_size=1, max_size=5))
def test_a_kernel_grows_step_by_step_as_at_once(sizes):
    before = settings_of("convolution").change("size", (9, 9))
    slowly = before
    for size in sizes:
        slowly = slowly.change("kernel_size", size)
    assert slowly.kernel.tolist() == before.change("kernel_size", sizes[-1]).kernel.tolist()


@given(st.integers(3, 9), st.integers(3, 9))
def test_a_larger_kernel_with_padding_same_gives_the_same_map(rows, columns):
    before = settings_of("convolution").change("padding", "same").change("size", (9, 9))
    larger = before.change("kernel_size", (rows, columns))
    assert larger.trace().output.tolist() == before.trace().output.tolist()


def test_new_channels_and_filters_differ_from_those_that_are_there():
    before = settings_of("convolution")
    state = before.change("channels", 3).change("filters", 3)
    assert (state.image[:, :, :1] == before.image).all() and (state.kernel[:, :, :1, :1] == before.kernel).all()
    channels = {state.image[:, :, channel].tobytes() for channel in range(3)}
    filters = {state.kernel[..., f].tobytes() for f in range(3)}
    weights = {state.kernel[:, :, channel, 0].tobytes() for channel in range(3)}
    assert len(channels) == len(filters) == len(weights) == 3
    # fewer, and then more again, are the same
    again = state.change("filters", 1).change("filters", 3).change("channels", 1).change("channels", 3)
    assert (again.kernel == state.kernel).all() and (again.image == state.image).all()
