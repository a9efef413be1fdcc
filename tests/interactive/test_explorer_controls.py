"""All controls of `explore` after every kind of change, also changes that come from elsewhere: none is left behind."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convviz as cv
from convviz import examples
from convviz.interactive import Explorer
from convviz.interactive.settings import AXES, CANDIDATES, kinds
from convviz.interactive.start import settings_of

COLOUR = np.arange(5 * 6 * 3).reshape(5, 6, 3)
LARGE = np.arange(12 * 11).reshape(12, 11)
SWITCHES = ("flip_kernel", "ceil_mode", "count_include_pad")
#: Beside those that are tried of each setting: values of every other change that a settings object knows.
OTHERS = {
    "kernel": ([[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.arange(4).reshape(2, 2)),
    "image": (COLOUR, LARGE, COLOUR[:, :, 0]),
    "bias": (None, (7,), (1, -2), (1, 2, 3)),
    "cell": (-5, 2.5),
    "pixel": (-5, 2.5),
    **dict.fromkeys(SWITCHES, (True, False)),
    "kind": kinds(),
}


def values_of(name):
    """The values of a setting that are tried."""
    if name in AXES:
        first, *_, last = CANDIDATES[name]
        return [(first + 1, first), (first, first + 1), (last, last - 1)]
    if name == "amounts":
        return [(0, 1, 2, 3), (1, 1, 1, 1)]
    return OTHERS.get(name) or tuple(CANDIDATES[name])[:4]


CHANGES = [(name, value) for name in (*CANDIDATES, *OTHERS) for value in values_of(name)]


def change(explorer, name, value):
    """A change from elsewhere than the control of the setting: the last cell, or a whole setting."""
    place = {"cell": explorer.state.kernel.shape, "pixel": explorer.state.image.shape}.get(name)
    explorer.change(name, value, place and tuple(length - 1 for length in place))


def seen(widget):
    return widget.layout.display != "none"


def fields(grid):
    """What stands in the fields of a grid of numbers."""
    return [[field.value for field in line] for line in grid.fields]


def written(number):
    """A number as a person types it: the shortest text that is read as the same number."""
    return str(int(number)) if number == int(number) else repr(float(number))


def accepted(state, name, axis, value):
    """Whether a value of a setting gives an output, asked of the settings without their own list of what to offer."""
    present = getattr(state, name) or state.pool_size
    if axis == "all":
        whole = (value,) * len(present)
    else:
        whole = value if axis is None else (*present[:axis], value, *present[axis + 1 :])
    try:
        return bool(state.change(name, whole))
    except (TypeError, ValueError):
        return False


def opened(operation, image=None):
    """An explorer whose numbers are shown."""
    explorer = Explorer(settings_of(operation, image))
    explorer._panels.numbers.open()
    return explorer


def require_fresh(explorer):
    """Every control that is seen shows what the settings hold, and offers what they accept."""
    state, panels = explorer.state, explorer._panels
    visible = {name for name, row in panels.rows.items() if seen(row)}
    weighted = "kernel" in cv.operations.class_of(state.kind).settings
    assert seen(panels.kernel_part) == weighted
    own = set(explorer.operation.settings)
    few, deep = max(state.image.shape[:2]) <= 10, state.image.shape[2] > 1
    expected = own & {"strides", "padding", "dilation_rate", "output_padding", "pool_size", "bias", *SWITCHES}
    expected |= {"amounts"} if "padding" in own and state.padding == "amounts" else set()
    expected |= {"padding_mode"} if "padding_mode" in own and state.padding != "valid" else set()
    expected |= {"groups"} if "groups" in own and deep else set()
    expected |= {"filters", "kernel_size"} if weighted else set()
    expected |= {"view"} if state.kind == "transposed_convolution" else set()
    expected |= {"size", "channels"} if few else set()
    expected |= {"input_channel"} if few and deep else set()
    if weighted:
        expected |= {name for name, axis in (("shown_channel", 2), ("shown_filter", 3)) if state.kernel.shape[axis] > 1}
    assert visible == expected

    for choice in (each for each in panels.choices if each.name in visible | {"kind"}):
        separate = choice.axis is not None and panels.axes[choice.name].toggle.value
        along = () if choice.axis is None else getattr(state, choice.name) or state.pool_size
        assert separate or len(set(along)) < 2  # values that differ are not hidden behind one control
        if choice.axis is not None:
            assert list(map(seen, panels.axes[choice.name].boxes)) == [not separate, separate]
        if choice.axis is None or separate == (choice.axis != "all"):
            present = getattr(state, choice.name) if choice.axis is None else along[0 if choice.axis == "all" else choice.axis]
            assert choice.widget.value == present, (choice.name, choice.axis)
            offered = [value for _, value in choice.widget.options]
            tried = kinds() if choice.name == "kind" else CANDIDATES[choice.name]
            right = [value for value in tried if accepted(state, choice.name, choice.axis, value)]
            assert [value for value in offered if value in tried] == right, (choice.name, choice.axis)
            assert set(offered) - set(tried) <= {present}
    for name, switch in panels.switches.items():
        assert switch.widget.value is getattr(state, name)
    require_fresh_numbers(explorer)
    require_fresh_names(explorer)


def require_fresh_numbers(explorer):
    """The fields of input, kernel and bias, and which channel and filter they are of."""
    state, panels = explorer.state, explorer._panels
    rows, columns, channels = state.image.shape
    assert [value for _, value in panels.input_channel.options] == list(range(channels))
    if max(rows, columns) <= 10:
        assert seen(panels.pixels) and not seen(panels.picture)
        of_channel = state.image[:, :, panels.input_channel.value].tolist()
        assert fields(panels.pixels) == [[written(number) for number in line] for line in of_channel]
    else:
        assert not seen(panels.pixels) and seen(panels.picture)
        assert f"{rows} × {columns}" in panels.picture.value
    for picker, count in ((panels.channel, state.kernel.shape[2]), (panels.filter, state.kernel.shape[3])):
        assert [value for _, value in picker.options] == list(range(count))
    weights = state.kernel[:, :, panels.channel.value, panels.filter.value].tolist()
    assert fields(panels.weights) == [[written(number) for number in line] for line in weights]
    assert panels.channel.value == panels.input_channel.value % state.kernel.shape[2]
    assert panels.bias.value.split() == [written(number) for number in state.bias or ()]


def require_fresh_names(explorer):
    """The names of the kernel and the worked example, where the input comes from, and the player."""
    state, panels = explorer.state, explorer._panels
    alike = (state.kernel == state.kernel[:, :, :1, :1]).all()
    named = [name for name in examples.kernels() if np.array_equal(examples.kernel(name), state.kernel[:, :, 0, 0])]
    assert panels.kernel_name.value == (named[0] if named and alike else "")
    if panels.example.value:
        example = examples.get(panels.example.value)
        np.testing.assert_array_equal(explorer.trace.output, example.answer)
        assert explorer.operation.kind == example.operation.kind
        np.testing.assert_array_equal(explorer.image, example.image)
    assert seen(panels.upload) == (panels.source.value == "upload")
    if max(state.size) <= 10:
        assert panels.source.value == "drawn"
    else:
        assert panels.source.value != "drawn"
    # trace, operation and player are of the same settings
    np.testing.assert_array_equal(explorer.trace.output, state.operation()(explorer.image))
    assert repr(explorer.operation) == repr(state.operation())
    assert explorer._html == player_of(explorer, state, state.trace())


def player_of(explorer, state, trace):
    """In place of a player, which takes longer to draw than all controls: what it would show."""
    return f"{state.operation()!r} on {state.image.tolist()}: {trace!r}"


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch):
    monkeypatch.setattr(Explorer, "_drawn", player_of)


@pytest.mark.parametrize("kind", kinds())
def test_every_control_follows_every_change_of_the_settings(kind):
    explorer = opened(kind)
    start = explorer.state
    require_fresh(explorer)
    done = set()
    for name, value in CHANGES:
        if hasattr(start, name) or name in ("cell", "pixel"):
            explorer._take(start)
            before = explorer.state
            change(explorer, name, value)
            if explorer.state is not before:
                done.add(name)
                require_fresh(explorer)
    wanted = {"kind", "size", "channels", "image", "pixel", *explorer.operation.settings} & {name for name, _ in CHANGES}
    assert wanted - {"groups"} <= done


@given(st.sampled_from(kinds()), st.sets(st.sampled_from(AXES)), st.lists(st.sampled_from(CHANGES), min_size=2, max_size=5))
@settings(max_examples=12)
def test_every_control_follows_changes_one_after_the_other(kind, separate, changes):
    explorer = opened(kind)
    for name in separate:
        explorer._panels.axes[name].toggle.value = True
    for name, value in changes:
        change(explorer, name, value)
        require_fresh(explorer)


def test_choosing_what_is_shown_shows_its_numbers():
    explorer = opened("convolution", COLOUR)
    change(explorer, "filters", 3)
    for name, shape in (("channel", 2), ("filter", 3)):
        for number in range(explorer.state.kernel.shape[shape]):
            for each in (0, 1, 2):
                explorer.change("cell", 10 * each + number, (0, 0, *((each, 0) if name == "channel" else (0, each))))
            getattr(explorer._panels, name).value = number
            require_fresh(explorer)


def test_choosing_no_example_or_no_name_changes_nothing():
    explorer = Explorer(settings_of("lecture_6x6"))
    assert explorer._panels.example.value == "lecture_6x6"
    change(explorer, "kernel", examples.kernel("sobel_x"))
    assert explorer._panels.kernel_name.value == "sobel_x"
    explorer._panels.example.value = "lecture_max_pooling"
    for name in ("example", "kernel_name"):
        if name == "kernel_name":
            explorer.change("kind", "convolution")
            explorer.change("kernel", examples.kernel("sobel_x"))
        state, picker = explorer.state, getattr(explorer._panels, name)
        assert picker.value
        picker.value = ""
        assert explorer.state is state and "alert" not in explorer.message.value
