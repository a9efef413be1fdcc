"""Sizes and positions against the reference, against sliding windows by hand, and the words of errors and formulas."""

import math
import re
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import reference

from convviz.geometry import (
    convolution_parameters,
    dense_parameters,
    receptive_field,
    require_cells,
    transposed_geometry,
    whole_pair,
    window_geometry,
)

PADDINGS = ["valid", "same", "full", 0, 1, 3, (0, 2), (2, 1)]


def windows():
    """(size, window, stride, dilation, padding, ceil_mode) over small numbers."""
    return product(range(1, 10), range(1, 5), range(1, 4), range(1, 4), PADDINGS, (False, True))


def for_both(padding):
    """A padding of one axis as the setting of an operation that pads both axes so."""
    return (padding, padding) if isinstance(padding, tuple) else padding


def axes():
    """(Axis, its settings) for every case of `windows` where a window fits."""
    for case in windows():
        size, window, stride, dilation, padding, ceil_mode = case
        try:
            reference.output_size(*case)
        except ValueError:
            continue
        shape, pool = (size, size), (window, window)
        yield window_geometry(shape, pool, stride, for_both(padding), dilation, ceil_mode).rows, case


def transposed_cases():
    """(TransposedAxis, its settings) where something is left after cropping."""
    for case in product(range(1, 7), range(1, 5), range(1, 4), range(1, 4), PADDINGS, range(3)):
        size, window, stride, dilation, padding, extra = case
        try:
            reference.transposed_size(*case)
        except ValueError:
            continue
        yield transposed_geometry((size, size), window, stride, for_both(padding), extra, dilation).columns, case


# Sizes


def test_window_sizes_are_the_reference_s():
    seen = 0
    for case in windows():
        size, window, stride, dilation, padding, ceil_mode = case
        settings = ((size, 50), (window, 1), (stride, 1), for_both(padding), (dilation, 1), ceil_mode)
        try:
            expected = reference.output_size(*case)
        except ValueError:
            with pytest.raises(ValueError, match="kernel spans"):
                window_geometry(*settings)
        else:
            axis = window_geometry(*settings).rows
            assert axis.output == expected, case
            assert (axis.before, axis.after) == reference.pad_amounts(size, window, stride, dilation, padding), case
            seen += 1
    assert seen > 3000


def test_transposed_sizes_are_the_reference_s():
    seen = 0
    for case in product(range(1, 7), range(1, 5), range(1, 4), range(1, 4), PADDINGS, range(4)):
        size, window, stride, dilation, padding, extra = case
        settings = ((50, size), (1, window), (1, stride), for_both(padding), (0, extra), (1, dilation))
        try:
            expected = reference.transposed_size(*case)
            if padding in (3, (0, 2), (2, 1)) or padding == 1:
                settings = ((50, size), (1, window), (1, stride), (0, padding), (0, extra), (1, dilation))
        except ValueError:
            with pytest.raises(ValueError, match="output_padding|nothing is left"):
                transposed_geometry(*settings)
        else:
            axis = transposed_geometry(*settings).columns
            assert axis.output == expected, case
            assert axis.before == reference.crop_amounts(window, stride, dilation, padding)[0], case
            seen += 1
    assert seen > 1500


def test_same_cuts_off_what_the_convolution_that_is_transposed_pads():
    for size, window, stride, dilation in product(range(1, 7), range(1, 6), range(1, 5), range(1, 4)):
        cut = transposed_geometry((size, 1), (window, 1), (stride, 1), "same", 0, (dilation, 1)).rows
        padded = window_geometry((cut.output, 1), (window, 1), (stride, 1), "same", (dilation, 1)).rows
        assert padded.output == size
        assert (cut.before, cut.after) == (padded.before, padded.after), (size, window, stride, dilation)


def test_settings_of_the_two_axes_do_not_mix():
    geometry = window_geometry((9, 20), (2, 3), (1, 2), ((1, 2), (3, 4)), (3, 5))
    rows, columns = geometry.rows, geometry.columns
    assert (rows.size, rows.window, rows.stride, rows.before, rows.after, rows.dilation) == (9, 2, 1, 1, 2, 3)
    assert (columns.size, columns.window, columns.stride) == (20, 3, 2)
    assert (columns.before, columns.after, columns.dilation) == (3, 4, 5)
    assert geometry.output_shape == ((9 + 3 - 4) // 1 + 1, (20 + 7 - 11) // 2 + 1)

    geometry = transposed_geometry((4, 5), (2, 3), (3, 4), ((1, 0), (2, 1)), (2, 3), (1, 2))
    assert geometry.output_shape == (3 * (4 - 1) + 2 - 1 + 2, 4 * (5 - 1) + 5 - 3 + 3)


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_numpy_integers_are_whole_numbers(value):
    assert window_geometry((7, 7), value, value, value, value) == window_geometry((7, 7), 3, 3, 3, 3)
    assert type(window_geometry((7, 7), value).rows.output) is int


def test_arrays_and_lists_are_pairs():
    assert whole_pair(np.array([1, 2]), "strides") == whole_pair([1, 2], "strides") == (1, 2)
    expected = window_geometry((7, 7), 3, padding=((1, 2), (3, 4)))
    assert window_geometry((7, 7), 3, padding=[[1, 2], [3, 4]]) == expected
    assert window_geometry((7, 7), 3, padding=np.array([[1, 2], [3, 4]])) == expected


def test_names_of_padding_may_be_written_in_capitals():
    assert window_geometry((7, 7), 3, padding="SAME") == window_geometry((7, 7), 3, padding="same")


# Relationships of the guide to convolution arithmetic, over a range of sizes


def test_relationship_general():
    for i, k, s, p, d in product(range(1, 12), range(1, 5), range(1, 4), range(4), range(1, 4)):
        if i + 2 * p >= k + (k - 1) * (d - 1):
            o = math.floor(Fraction(i + 2 * p - k - (k - 1) * (d - 1), s)) + 1
            assert window_geometry((i, i), k, s, p, d).output_shape == (o, o)


def test_relationship_valid_half_and_full():
    for i, k in product(range(1, 12), range(1, 8)):
        if i >= k:
            assert window_geometry((i, i), k).rows.output == i - k + 1
        if k % 2:
            assert window_geometry((i, i), k, padding=k // 2).rows.output == i
        assert window_geometry((i, i), k, padding=k - 1).rows.output == i + (k - 1)
        assert window_geometry((i, i), k, padding="full").rows.output == i + (k - 1)


def test_relationship_same_depends_on_size_and_strides_only():
    for i, k, s, d in product(range(1, 15), range(1, 6), range(1, 5), range(1, 4)):
        assert window_geometry((i, i), k, s, "same", d).rows.output == math.ceil(Fraction(i, s))


def test_relationship_pooling():
    for i, k, s in product(range(1, 12), range(1, 5), range(1, 5)):
        if i >= k:
            assert window_geometry((i, i), k, s).rows.output == math.floor(Fraction(i - k, s)) + 1


def test_relationship_transposed():
    for i, k, s, p in product(range(1, 12), range(1, 5), range(1, 4), range(4)):
        if i + 2 * p >= k and p <= k - 1:
            o = window_geometry((i, i), k, s, p).rows.output
            a = (i + 2 * p - k) % s
            back = transposed_geometry((o, o), k, s, p, a).rows
            assert back.output == s * (o - 1) + a + k - 2 * p == i


@pytest.mark.parametrize(
    "i, k, s, p, d, o, back",
    [
        (4, 3, 1, 0, 1, 2, (2, 2, 2, 0, 4)),
        (5, 4, 1, 2, 1, 6, (6, 6, 1, 0, 5)),
        (5, 3, 1, 1, 1, 5, (5, 5, 1, 0, 5)),
        (5, 3, 1, 2, 1, 7, (7, 7, 0, 0, 5)),
        (5, 3, 2, 0, 1, 2, (2, 3, 2, 0, 5)),
        (5, 3, 2, 1, 1, 3, (3, 5, 1, 0, 5)),
        (6, 3, 2, 1, 1, 3, (3, 5, 1, 1, 6)),
        (7, 3, 1, 0, 2, 3, None),
    ],
)
def test_the_guide_s_animations(i, k, s, p, d, o, back):
    assert window_geometry((i, i), k, s, p, d).output_shape == (o, o)
    if back:
        size, stretched, direct_padding, extra, output = back
        axis = transposed_geometry((size, size), k, s, p, extra).rows
        assert (axis.stretched, -axis.low, axis.output) == (stretched, direct_padding, output)
        assert axis.high - axis.stretched == direct_padding + extra


# Positions


def test_positions_of_windows():
    for axis, (size, window, stride, dilation, padding, _) in axes():
        before, after = reference.pad_amounts(size, window, stride, dilation, padding)
        for number in range(axis.output):
            expected = [number * stride - before + tap * dilation for tap in range(window)]
            assert list(axis.cells(number)) == expected
            assert axis.start(number) == expected[0]
        assert axis.reach == len(range(expected[0], expected[-1] + 1))
        assert axis.low == -before
        assert axis.high == max(size + after, expected[-1] + 1)


def test_a_floor_mode_window_never_hangs_over_and_no_further_one_fits():
    for axis, (size, window, stride, dilation, padding, ceil_mode) in axes():
        if not ceil_mode:
            before, after = reference.pad_amounts(size, window, stride, dilation, padding)
            assert all(-before <= cell < size + after for n in range(axis.output) for cell in axis.cells(n))
            assert axis.cells(axis.output)[-1] >= size + after


def test_kinds_of_positions():
    for axis, (size, window, stride, dilation, padding, _) in axes():
        before, after = reference.pad_amounts(size, window, stride, dilation, padding)
        kinds = ["outside"] + ["padding"] * before + ["cell"] * size + ["padding"] * after + ["outside"]
        assert [axis.kind(position) for position in range(-before - 1, size + after + 1)] == kinds


def test_readers_and_unreached_cells_by_looking_into_every_window():
    some_unreached = 0
    for axis, (size, *_) in axes():
        for position in range(axis.low, axis.high):
            expected = [number for number in range(axis.output) if position in list(axis.cells(number))]
            assert axis.readers(position) == expected
        unread = [position for position in range(size) if not axis.readers(position)]
        assert axis.unreached() == unread
        some_unreached += bool(unread)
    assert some_unreached > 100


def test_counts_of_cells_in_windows():
    for axis, (size, window, stride, dilation, padding, _) in axes():
        before, after = reference.pad_amounts(size, window, stride, dilation, padding)
        real = [sum(0 <= cell < size for cell in axis.cells(number)) for number in range(axis.output)]
        padded = [sum(-before <= cell < size + after for cell in axis.cells(number)) for number in range(axis.output)]
        assert axis.counts() == real
        assert axis.counts(padding=True) == padded


def test_a_window_of_padding_only_is_found():
    for axis, (size, window, stride, dilation, padding, ceil_mode) in axes():
        geometry = window_geometry((size, size), (window, 1), (stride, 1), padding_of_rows(padding), (dilation, 1), ceil_mode)
        empty = [number for number in range(axis.output) if not any(0 <= cell < size for cell in axis.cells(number))]
        if empty:
            with pytest.raises(ValueError, match=f"window {empty[0]} along the rows holds nothing but padding"):
                require_cells(geometry)
        else:
            require_cells(geometry)
    with pytest.raises(ValueError, match="window 0 along the columns holds nothing but padding"):
        require_cells(window_geometry((4, 4), 2, 1, ((0, 0), (2, 0))))


def padding_of_rows(padding):
    """A padding of the rows alone, as the setting of an operation; names stand for both axes."""
    return padding if isinstance(padding, str) else (padding, 0)


def test_sources_of_positions():
    axis = window_geometry((4, 4), 2, padding=1).rows
    assert [axis.source(position) for position in range(-1, 5)] == [None, 0, 1, 2, 3, None]
    for axis, (size, _window, stride, *_) in transposed_cases():
        for position in range(axis.low - 1, axis.high + 1):
            cells = [i for i in range(size) if i * stride == position]
            assert axis.source(position) == (cells[0] if cells else None)


def test_unreached_example():
    geometry = window_geometry((7, 6), (2, 3), (3, 2))
    assert geometry.unreached() == ([2, 5, 6], [5])
    assert transposed_geometry((4, 4), 1, padding=((1, 0), (0, 2))).unreached() == ([0], [2, 3])


def test_transposed_positions_come_from_the_stamping_rule():
    for axis, (size, window, stride, dilation, _padding, _extra) in transposed_cases():
        stamps = {(i, k): i * stride + k * dilation - axis.before for i in range(size) for k in range(window)}
        for i in range(size):
            assert list(axis.targets(i)) == [stamps[i, k] for k in range(window)]
        for u in range(axis.output):
            read = [position // stride for position in axis.cells(u) if axis.kind(position) == "cell"]
            assert read == sorted(i for (i, _), target in stamps.items() if target == u)
            # the tap that meets it is that of the rotated kernel
            for place, position in enumerate(axis.cells(u)):
                if axis.kind(position) == "cell":
                    assert stamps[position // stride, window - 1 - place] == u
        lost = [i for i in range(size) if not any(0 <= stamps[i, k] < axis.output for k in range(window))]
        assert axis.unreached() == lost


def test_transposed_kinds_and_bounds():
    for axis, (size, _window, stride, _dilation, _padding, _extra) in transposed_cases():
        stuffed = (["cell"] + ["stuffed"] * (stride - 1)) * size
        stuffed = stuffed[: len(stuffed) - (stride - 1)]
        assert axis.stretched == len(stuffed)
        assert [axis.kind(position) for position in range(axis.stretched)] == stuffed
        assert axis.kind(-1) == axis.kind(axis.stretched) == "padding"
        read = [position for u in range(axis.output) for position in axis.cells(u)]
        assert axis.low == min([0, *read])
        assert axis.high == max([axis.stretched - 1, *read]) + 1


def test_kinds_of_cells_of_both_axes():
    geometry = window_geometry((3, 3), 2, 2, ((0, 0), (1, 0)), ceil_mode=True)
    assert geometry.rows.output == 2  # the second window hangs over the last row
    assert geometry.kind(0, 0) == "cell"
    assert geometry.kind(0, -1) == "padding"
    assert geometry.kind(3, 0) == geometry.kind(3, -1) == "outside"
    stretched = transposed_geometry((2, 2), 2, 2)
    assert [stretched.kind(0, 0), stretched.kind(0, 1), stretched.kind(1, -1)] == ["cell", "stuffed", "padding"]


def test_padded_says_whether_a_window_reads_beyond_the_input():
    assert not window_geometry((4, 4), 3).padded
    assert not window_geometry((4, 4), 2, 2, "same").padded
    assert window_geometry((4, 4), 3, padding=(0, 1)).padded
    assert window_geometry((4, 4), 3, padding=((0, 1), (0, 0))).padded
    assert window_geometry((5, 5), 2, 2, ceil_mode=True).padded


# Formulas


def numbers(formula):
    return [int(number) for number in re.findall(r"\d+", formula)]


def holds(formula):
    """Work out the left side of a formula with exact fractions; whether it is the number on the right side."""
    left, right = formula.split(" = ")
    signs = {"·": "*", "−": "-", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")"}
    code = "".join(signs.get(sign, sign) for sign in left)
    assert re.fullmatch(r"[\d()+\-*/ a-z]*", code), formula
    value = eval(re.sub(r"\d+", r"Fraction(\g<0>)", code), vars(math) | {"Fraction": Fraction})
    return value == int(right)


def written(before, after):
    """The numbers of a padding as a formula has them."""
    return [] if before == after == 0 else [2, before] if before == after else [before, after]


def test_window_formulas_hold_and_show_the_settings():
    for axis, (size, window, stride, dilation, padding, ceil_mode) in axes():
        formula = axis.formula()
        before, after = reference.pad_amounts(size, window, stride, dilation, padding)
        gaps = [window, 1, dilation, 1] if dilation > 1 and window > 1 else []
        plain = [size, *written(before, after), window, *gaps, stride, 1, axis.output]
        one_less = [*plain[:-1], 1, axis.output]
        assert holds(formula), formula
        assert numbers(formula) == plain or (ceil_mode and numbers(formula) == one_less), formula
        assert ("⌈" in formula) == ceil_mode


def test_transposed_formulas_hold_and_show_the_settings():
    for axis, (size, window, stride, dilation, padding, extra) in transposed_cases():
        formula = axis.formula()
        assert holds(formula), formula
        added = [extra] if extra else []
        if padding == "same":
            assert numbers(formula) == [stride, size, *added, axis.output]
        else:
            gaps = [window, 1, dilation, 1] if dilation > 1 and window > 1 else []
            cut = written(*reference.crop_amounts(window, stride, dilation, padding))
            assert numbers(formula) == [stride, size, 1, window, *gaps, *cut, *added, axis.output], formula


@pytest.mark.parametrize(
    "settings, formula",
    [
        (dict(strides=2, padding=1), "⌊(6 + 2·1 − 3)/2⌋ + 1 = 3"),
        (dict(), "⌊(6 − 3)/1⌋ + 1 = 4"),
        (dict(strides=2, padding="same"), "⌊(6 + 0 + 1 − 3)/2⌋ + 1 = 3"),
        (dict(padding="full", dilation_rate=2), "⌊(6 + 2·4 − 3 − (3 − 1)·(2 − 1))/1⌋ + 1 = 10"),
        (dict(strides=2, ceil_mode=True), "⌈(6 − 3)/2⌉ + 1 = 3"),
        (dict(strides=4, padding=2, ceil_mode=True), "⌈(6 + 2·2 − 3)/4⌉ + 1 − 1 = 2"),
    ],
)
def test_formula_as_written(settings, formula):
    assert window_geometry((6, 6), 3, **settings).formula() == formula


@pytest.mark.parametrize(
    "settings, formula",
    [
        (dict(), "1·(3 − 1) + 3 = 5"),
        (dict(strides=2, padding=1, output_padding=1), "2·(3 − 1) + 3 − 2·1 + 1 = 6"),
        (dict(padding=((1, 0), (1, 0))), "1·(3 − 1) + 3 − 1 − 0 = 4"),
        (dict(dilation_rate=3), "1·(3 − 1) + 3 + (3 − 1)·(3 − 1) = 9"),
        (dict(strides=2, padding="same"), "2·3 = 6"),
        (dict(strides=2, padding="same", output_padding=1), "2·3 + 1 = 7"),
    ],
)
def test_transposed_formula_as_written(settings, formula):
    assert transposed_geometry((3, 3), 3, **settings).formula() == formula


def test_formula_names_the_axes_where_they_differ():
    assert window_geometry((4, 5), 3).formula() == "rows ⌊(4 − 3)/1⌋ + 1 = 2, columns ⌊(5 − 3)/1⌋ + 1 = 3"


# Receptive fields


def test_receptive_field_by_following_cells_back():
    layers = [(3, 1, "same", 1), (2, 2, "valid", 1), (3, 2, 1, 2), (2, 1, (0, 1), 1), (1, 3, 0, 1)]
    for depth in range(len(layers) + 1):
        stack, size = [], 60
        for window, stride, padding, dilation in layers[:depth]:
            axis = window_geometry((size, size), window, stride, for_both(padding), dilation).rows
            stack.append(axis)
            size = axis.output
        fields = []
        for unit in (0, 1):
            seen = {unit}
            for axis in reversed(stack):
                seen = {cell for number in seen for cell in axis.cells(number)}
            fields.append((min(seen), max(seen)))
        (start, end), (next_start, _) = fields
        assert receptive_field(stack) == (end - start + 1, next_start - start, start)


# Parameter counts, as printed in the lecture and textbook examples


def test_parameter_counts():
    assert convolution_parameters(3, 1, 32) == (3 * 3 * 1 + 1) * 32 == 320
    assert convolution_parameters(3, 32, 64) == (3 * 3 * 32 + 1) * 64 == 18_496
    assert convolution_parameters(3, 64, 64) == 36_928
    assert convolution_parameters((2, 5), 6, 8, groups=2, bias=False) == 2 * 5 * 3 * 8
    assert dense_parameters(28 * 28 * 32, 10) == 250_890
    assert dense_parameters(28 * 28 * 64, 10) == 501_770
    assert dense_parameters(14 * 14 * 64, 10) == 125_450
    assert dense_parameters(784, 32) + dense_parameters(32, 10) == 25_120 + 330 == 25_450
    assert dense_parameters(3, 4, bias=False) == 12


# Errors: the text says what was expected and what came


@pytest.mark.parametrize("name, least", [("strides", 1), ("dilation_rate", 1), ("kernel size", 1), ("input size", 1)])
@pytest.mark.parametrize(
    "value, kind, words",
    [
        (0, ValueError, "{name}{where} is 0; expected a whole number of at least {least}"),
        (-2, ValueError, "{name}{where} is -2; expected a whole number of at least {least}"),
        (1.5, TypeError, "{name}{where} is 1.5; expected a whole number of at least {least}"),
        (2.0, TypeError, "{name}{where} is 2.0; expected a whole number of at least {least}"),
        (True, TypeError, "{name}{where} is True; expected a whole number of at least {least}"),
        (np.True_, TypeError, "expected a whole number of at least {least}"),
        ("2", TypeError, "{name}{where} is '2'; expected a whole number of at least {least}"),
        (None, TypeError, "{name}{where} is None; expected a whole number of at least {least}"),
        (1j, TypeError, "{name}{where} is 1j; expected a whole number of at least {least}"),
    ],
)
def test_settings_that_are_not_whole_numbers(name, least, value, kind, words):
    argument = {"kernel size": "window_shape", "input size": "input_shape"}.get(name, name)
    for where, setting in [("", value), (" (rows)", (value, 1)), (" (columns)", (1, value))]:
        settings = {"input_shape": (9, 9), "window_shape": 3, argument: setting}
        with pytest.raises(kind) as caught:
            window_geometry(**settings)
        assert words.format(name=name, where=where, least=least) in str(caught.value)


@pytest.mark.parametrize("value", [(), (1,), (1, 2, 3), np.ones(3, int)])
@pytest.mark.parametrize("name", ["strides", "dilation_rate", "output_padding"])
def test_settings_that_are_not_pairs(name, value):
    with pytest.raises(ValueError) as caught:
        transposed_geometry((5, 5), 3, **{name: value})
    assert str(caught.value) == f"{name} is {value!r}; expected one whole number or two, (rows, columns)"


@pytest.mark.parametrize(
    "padding, kind, words",
    [
        (-1, ValueError, ["padding is -1", "a whole number of at least 0"]),
        (1.5, TypeError, ["padding is 1.5", "a whole number of at least 0"]),
        (True, TypeError, ["padding is True", "a whole number of at least 0"]),
        (None, TypeError, ["padding is None", "a whole number of at least 0"]),
        ("half", ValueError, ["padding is 'half'", "'valid', 'same', 'full'"]),
        ("", ValueError, ["padding is ''", "'valid', 'same', 'full'"]),
        ((1,), ValueError, ["padding is (1,)", "(rows, columns) or ((top, bottom), (left, right))"]),
        ((1, 1, 1, 1), ValueError, ["padding is (1, 1, 1, 1)", "(rows, columns) or ((top, bottom), (left, right))"]),
        ((-1, 0), ValueError, ["padding (rows) is -1"]),
        ((0, 0.5), TypeError, ["padding (columns) is 0.5"]),
        (("same", "valid"), TypeError, ["padding is ('same', 'valid')", "a name stands for both axes"]),
        (((1, 2, 3), (0, 0)), ValueError, ["padding is ((1, 2, 3), (0, 0))", "(top, bottom), where (1, 2, 3) stands"]),
        ({1, 2}, TypeError, ["padding is {1, 2}", "a whole number"]),
        (((0, 0), (1, -4)), ValueError, ["padding (right) is -4; expected a whole number of at least 0"]),
    ],
)
def test_padding_that_makes_no_sense(padding, kind, words):
    for geometry in (window_geometry, transposed_geometry):
        with pytest.raises(kind) as caught:
            geometry((5, 5), 3, padding=padding)
        for word in words:
            assert word in str(caught.value)


@pytest.mark.parametrize(
    "settings, words",
    [
        (
            dict(input_shape=(4, 9), window_shape=5),
            "the kernel spans 5 rows, but the input has only 4; use a smaller kernel, a smaller dilation_rate or more padding",
        ),
        (
            dict(input_shape=(9, 4), window_shape=3, dilation_rate=4),
            "the kernel spans 9 columns (3 with dilation 4), but the input has only 4; "
            "use a smaller kernel, a smaller dilation_rate or more padding",
        ),
        (
            dict(input_shape=(2, 9), window_shape=7, padding=((1, 2), (0, 0)), kind="pool"),
            "the pool spans 7 rows, but the input has only 5 (2 and 3 of padding); "
            "use a smaller pool, a smaller dilation_rate or more padding",
        ),
    ],
)
def test_a_kernel_larger_than_the_padded_input(settings, words):
    with pytest.raises(ValueError) as caught:
        window_geometry(**settings)
    assert str(caught.value) == words


def test_output_padding_too_large():
    with pytest.raises(ValueError) as caught:
        transposed_geometry((5, 5), 3, strides=(2, 3), output_padding=(2, 1))
    assert str(caught.value) == ("output_padding (rows) is 2; it must be smaller than the stride (2) or the dilation (1)")
    assert transposed_geometry((5, 5), 3, dilation_rate=3, output_padding=2).output_shape == (5 - 1 + 7 + 2,) * 2
    with pytest.raises(ValueError, match="output_padding is -1; expected a whole number of at least 0"):
        transposed_geometry((5, 5), 3, output_padding=-1)


def test_everything_cropped():
    with pytest.raises(ValueError) as caught:
        transposed_geometry((2, 2), 3, padding=(2, 0))
    assert str(caught.value) == "padding cuts off 4 of the 4 rows of the result, so nothing is left; use less padding"


def test_groups_must_divide():
    with pytest.raises(ValueError, match=r"groups is 2; it must divide the channels \(3\) and the filters \(4\)"):
        convolution_parameters(3, 3, 4, groups=2)
