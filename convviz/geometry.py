"""Sizes, padding and positions of windows: every rule about where a window stands, and every error about shapes.

No other module adds up padding. Along one axis an input of `size` cells is read by windows of `window` cells,
`dilation` apart, that start every `stride` cells; `before` and `after` cells of padding stand at the two ends. A
window reaches over ``(window − 1)·dilation + 1`` cells. Formulas follow V. Dumoulin and F. Visin, "A guide to
convolution arithmetic for deep learning" (2016); "same" is TensorFlow's rule and `ceil_mode` PyTorch's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from convviz._support import lazy_names
from convviz._support.keywords import explained
from convviz._support.padding_modes import checked_padding_mode, copied_cell
from convviz._support.values import brief, choice, flag, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

    from convviz._support.annotations import PaddingLike, PaddingMode, PairLike

__all__ = [
    "Axis",
    "Geometry",
    "TransposedAxis",
    "convolution_parameters",
    "dense_parameters",
    "receptive_field",
    "require_cells",
    "transposed_geometry",
    "whole_pair",
    "window_geometry",
]


def __dir__():
    return lazy_names.listed(globals())


AXES = ("rows", "columns")
SIDES = {"rows": ("top", "bottom"), "columns": ("left", "right")}
#: The largest size, stride, dilation and amount of padding. Positions are sums of products of two of them, which int64, in
#: which the kernels count, holds.
LARGEST = 2**31 - 1
#: What can stand at a position; where the two axes differ, the later one counts.
STRANGENESS = ("cell", "stuffed", "padding", "outside")


@explained
def whole_pair(value: PairLike, name: str, least: int = 1) -> tuple[int, int]:
    """A setting per axis, as ``(rows, columns)``.

    Parameters
    ----------
    value : int or pair of int
        One number stands for both axes.
    name : str
        The setting's name, for the error.
    least : int, default 1
        The smallest number that makes sense.

    Returns
    -------
    pair of int

    Raises
    ------
    TypeError, ValueError
        For what is not a whole number, or two of them, from `least` to 2³¹ − 1. True and False are no numbers.

    Examples
    --------
    >>> whole_pair(2, "strides"), whole_pair((1, 3), "strides")
    ((2, 2), (1, 3))
    """
    if type(value) is tuple and len(value) == 2 and type(value[0]) is type(value[1]) is int:
        if least <= value[0] <= LARGEST and least <= value[1] <= LARGEST:
            return value  # as an operation keeps its settings, and hands them on in each call
    parts = sequence(value)
    if parts is None:
        number = whole_number(value, name, least, LARGEST)
        return number, number
    if len(parts) != 2:
        raise ValueError(f"{name} is {brief(value)}; expected one whole number or two, (rows, columns)")
    return tuple(whole_number(part, f"{name} ({axis})", least, LARGEST) for part, axis in zip(parts, AXES, strict=True))


def sequence(value):
    """`value` as a list if it is a list, tuple or array of numbers; None if it is anything else."""
    if isinstance(value, list | tuple):
        return list(value)
    return value.tolist() if getattr(value, "ndim", 0) and hasattr(value, "tolist") else None


def padding_rules(padding):
    """`padding` as one rule per axis: "valid", "same", "full", or a pair of amounts ``(before, after)``."""
    if isinstance(padding, str):
        if padding.lower() not in ("valid", "same", "full"):
            raise ValueError(f"padding is {brief(padding)}; expected 'valid', 'same', 'full' or amounts of cells")
        return padding.lower(), padding.lower()
    parts = sequence(padding)
    if parts is None:
        amount = whole_number(padding, "padding", 0, LARGEST)
        return (amount, amount), (amount, amount)
    if len(parts) != 2:
        raise ValueError(f"padding is {brief(padding)}; expected (rows, columns) or ((top, bottom), (left, right))")
    return tuple(padding_pair(part, axis, padding) for part, axis in zip(parts, AXES, strict=True))


def padding_pair(part, axis, padding):
    """The amounts ``(before, after)`` of one axis, given as one number or two."""
    sides = SIDES[axis]
    if isinstance(part, str):
        raise TypeError(f"padding is {brief(padding)}; a name stands for both axes: padding={brief(part)}")
    amounts = sequence(part)
    if amounts is None:
        amount = whole_number(part, f"padding ({axis})", 0, LARGEST)
        return amount, amount
    if len(amounts) != 2:
        expected = f"expected two amounts, ({', '.join(sides)}), where {brief(part)} stands"
        raise ValueError(f"padding is {brief(padding)}; {expected}")
    return tuple(whole_number(amount, f"padding ({side})", 0, LARGEST) for amount, side in zip(amounts, sides, strict=True))


def amounts(before, after):
    """Padding as it stands in a formula: ``2·1`` where both ends have 1, else both amounts."""
    if before == after == 0:
        return ""
    return f" + 2·{before}" if before == after else f" + {before} + {after}"


@dataclass(frozen=True)
class Axis:
    """Windows along one axis of an input.

    Attributes
    ----------
    size : int
        Cells of the input.
    window, stride, dilation : int
        Cells of a window, steps between windows, steps between the cells of a window.
    before, after : int
        Cells of padding at the two ends.
    ceil : bool
        The size was rounded up, so the last window may hang over the end.
    output : int
        Number of windows.
    padding_mode : {"zeros", "reflect", "symmetric", "replicate", "circular"}
        How the padding is filled: with zeros, or with copies of cells of the input.

    Examples
    --------
    >>> axis = window_geometry((6, 6), (3, 3), strides=2, padding=1).rows
    >>> axis.output, list(axis.cells(0)), axis.formula()
    (3, [-1, 0, 1], '⌊(6 + 2·1 − 3)/2⌋ + 1 = 3')
    """

    size: int
    window: int
    stride: int
    dilation: int
    before: int
    after: int
    ceil: bool
    output: int
    padding_mode: str = "zeros"

    @property
    def reach(self) -> int:
        """How many cells a window spans, gaps included."""
        return (self.window - 1) * self.dilation + 1

    @property
    def stretched(self) -> int:
        """Cells of the input as it is drawn: its size, since nothing is put between them."""
        return self.size

    @property
    def spacing(self) -> int:
        """From one input cell to the next as they are drawn."""
        return 1

    @property
    def step(self) -> int:
        """From one window to the next."""
        return self.stride

    @property
    def low(self) -> int:
        """Position of the first cell of padding (0 where there is none)."""
        return -self.before

    @property
    def high(self) -> int:
        """One past the last cell that padding adds or a window hangs over."""
        return max(self.size + self.after, self.start(self.output - 1) + self.reach)

    def start(self, output: int) -> int:
        """Position of the first cell that window number `output` reads; negative in the padding."""
        return output * self.stride - self.before

    def cells(self, output: int) -> range:
        """Positions that window number `output` reads, as a range; outside 0 … size − 1 is padding."""
        start = self.start(output)
        return range(start, start + self.reach, self.dilation)

    def kind(self, position: int) -> str:
        """What stands at `position`: "cell", "padding", or "outside" beyond the padding."""
        if 0 <= position < self.size:
            return "cell"
        return "padding" if -self.before <= position < self.size + self.after else "outside"

    def source(self, position: int) -> int | None:
        """Number of the input cell at `position`, or of the one that is copied there; None where a zero stands or nothing."""
        if self.kind(position) == "outside":
            return None
        return copied_cell(position, self.size, self.padding_mode)

    def readers(self, position: int) -> list[int]:
        """Numbers of the windows that read `position`."""
        return [output for output in range(self.output) if position in self.cells(output)]

    def unreached(self) -> list[int]:
        """Positions of the input that no window reads, itself or a copy in the padding, in order."""
        reached = {self.source(position) for output in range(self.output) for position in self.cells(output)}
        return [position for position in range(self.size) if position not in reached]

    def counts(self, padding: bool = False) -> list[int]:
        """How many input cells each window holds, as a list; with `padding` its padding cells count too, overhang never."""
        low, high = (-self.before, self.size + self.after) if padding else (0, self.size)
        counts = []
        for output in range(self.output):
            # the first cell of the window at or beyond `low`, and the first at or beyond `high`
            first, stop = (-(-(end - self.start(output)) // self.dilation) for end in (low, high))
            counts.append(max(0, min(stop, self.window) - max(first, 0)))
        return counts

    def formula(self) -> str:
        """The size formula with its numbers, e.g. ``⌊(6 + 2·1 − 3)/2⌋ + 1 = 3``."""
        gaps = f" − ({self.window} − 1)·({self.dilation} − 1)" if self.dilation > 1 and self.window > 1 else ""
        inside = f"({self.size}{amounts(self.before, self.after)} − {self.window}{gaps})/{self.stride}"
        if not self.ceil:
            return f"⌊{inside}⌋ + 1 = {self.output}"
        room = self.size + self.before + self.after - self.reach
        dropped = " − 1" if -(-room // self.stride) + 1 > self.output else ""
        return f"⌈{inside}⌉ + 1{dropped} = {self.output}"


@dataclass(frozen=True)
class TransposedAxis:
    """A transposed convolution along one axis, read as the convolution that it equals.

    The input is stretched: ``stride − 1`` zeros are put between its cells. Padded, it is read by windows of the
    rotated kernel that move one cell at a time. Positions are those of the stretched input; input cell number i
    stands at ``i·stride``.

    Attributes
    ----------
    size : int
        Cells of the input, before stretching.
    window, stride, dilation : int
        As of the convolution that is transposed.
    before, after : int
        Cells of the full result that are cut off at the two ends: the padding of the convolution that is
        transposed.
    output_padding : int
        Cells added at the end.
    output : int
        Cells of the result.
    named : str
        "same" where that rule gave the size, else "".

    Examples
    --------
    >>> axis = transposed_geometry((3, 3), (3, 3), strides=2, padding=1, output_padding=1).rows
    >>> axis.output, axis.stretched, axis.low, axis.high, axis.formula()
    (6, 5, -1, 7, '2·(3 − 1) + 3 − 2·1 + 1 = 6')
    """

    size: int
    window: int
    stride: int
    dilation: int
    before: int
    after: int
    output_padding: int
    output: int
    named: str = ""

    @property
    def reach(self) -> int:
        """How many cells the kernel spans, gaps included."""
        return (self.window - 1) * self.dilation + 1

    @property
    def stretched(self) -> int:
        """Cells of the input once zeros stand between them."""
        return self.stride * (self.size - 1) + 1

    @property
    def spacing(self) -> int:
        """From one input cell to the next in the stretched input."""
        return self.stride

    @property
    def step(self) -> int:
        """From one window to the next: they move one cell at a time."""
        return 1

    @property
    def low(self) -> int:
        """Position of the first cell of padding around the stretched input (0 where there is none)."""
        return min(0, self.start(0))

    @property
    def high(self) -> int:
        """One past the last position that is read or belongs to the stretched input."""
        return max(self.stretched, self.start(self.output - 1) + self.reach)

    def start(self, output: int) -> int:
        """Position in the stretched input of the first cell that is read for cell number `output` of the result."""
        return output + self.before - (self.reach - 1)

    def cells(self, output: int) -> range:
        """Positions in the stretched input that cell number `output` of the result reads, as a range."""
        start = self.start(output)
        return range(start, start + self.reach, self.dilation)

    def kind(self, position: int) -> str:
        """What stands at `position` of the stretched input: "cell", "stuffed" (a zero between cells) or "padding"."""
        if not 0 <= position < self.stretched:
            return "padding"
        return "stuffed" if position % self.stride else "cell"

    def source(self, position: int) -> int | None:
        """Number of the input cell at `position` of the stretched input; None where a zero stands."""
        return position // self.stride if self.kind(position) == "cell" else None

    def targets(self, cell: int) -> range:
        """Positions in the result where input cell number `cell` stamps the kernel; those outside it are cut off."""
        start = cell * self.stride - self.before
        return range(start, start + self.reach, self.dilation)

    def unreached(self) -> list[int]:
        """Numbers of the input cells that no cell of the result reads, in order."""
        return [i for i in range(self.size) if not any(0 <= place < self.output for place in self.targets(i))]

    def formula(self) -> str:
        """The size formula with its numbers, e.g. ``2·(3 − 1) + 3 − 2·1 + 1 = 6``."""
        extra = f" + {self.output_padding}" if self.output_padding else ""
        if self.named == "same":
            return f"{self.stride}·{self.size}{extra} = {self.output}"
        gaps = f" + ({self.window} − 1)·({self.dilation} − 1)" if self.dilation > 1 and self.window > 1 else ""
        cut = amounts(self.before, self.after)
        if cut:
            cut = f" − 2·{self.before}" if self.before == self.after else f" − {self.before} − {self.after}"
        return f"{self.stride}·({self.size} − 1) + {self.window}{gaps}{cut}{extra} = {self.output}"


@dataclass(frozen=True)
class Geometry:
    """Both axes of an operation.

    Attributes
    ----------
    rows, columns : Axis or TransposedAxis

    Examples
    --------
    >>> window_geometry((6, 6), (3, 3)).output_shape
    (4, 4)
    """

    rows: Axis
    columns: Axis

    @property
    def output_shape(self) -> tuple[int, int]:
        """``(rows, columns)`` of the result."""
        return self.rows.output, self.columns.output

    @property
    def padded(self) -> bool:
        """Whether any window reads beyond the input."""
        return any(axis.low < 0 or axis.high > axis.stretched for axis in (self.rows, self.columns))

    @property
    def copies(self) -> bool:
        """Whether there is padding, and it holds copies of input cells."""
        return self.padded and getattr(self.rows, "padding_mode", "zeros") != "zeros"

    def formula(self, axes: str = "rows {}, columns {}") -> str:
        """The size formula with its numbers; both axes where they differ, in the words of `axes`.

        Examples
        --------
        >>> window_geometry((6, 6), (3, 3)).formula()
        '⌊(6 − 3)/1⌋ + 1 = 4'
        >>> window_geometry((4, 6), (3, 3), padding="same", strides=2).formula()
        'rows ⌊(4 + 0 + 1 − 3)/2⌋ + 1 = 2, columns ⌊(6 + 0 + 1 − 3)/2⌋ + 1 = 3'
        """
        rows, columns = self.rows.formula(), self.columns.formula()
        return rows if rows == columns else axes.format(rows, columns)

    def unreached(self) -> list[tuple[int, int]]:
        """``(rows, columns)`` of input cells that no window reads: two lists of positions."""
        return self.rows.unreached(), self.columns.unreached()

    def sources(self, rows: Iterable[int], columns: Iterable[int]) -> tuple[tuple[tuple[int, int] | None, ...], ...]:
        """The input cells, by row and column, whose values stand at some positions: ``(row, column)``, or None."""
        down, across = [self.rows.source(y) for y in rows], [self.columns.source(x) for x in columns]
        return tuple(tuple(None if y is None or x is None else (y, x) for x in across) for y in down)

    def kind(self, row: int, column: int) -> str:
        """What stands at a position: "cell", "stuffed", "padding" or "outside"; the stranger of the two axes' kinds."""
        return max(self.rows.kind(row), self.columns.kind(column), key=STRANGENESS.index)

    def kinds(self, rows: Iterable[int], columns: Iterable[int]) -> tuple[tuple[str, ...], ...]:
        """What stands at some positions, by row and column, as `kind` says it."""
        across = [self.columns.kind(x) for x in columns]
        lines = {kind: tuple(max(kind, other, key=STRANGENESS.index) for other in across) for kind in STRANGENESS}
        return tuple(lines[self.rows.kind(y)] for y in rows)


def padding_amounts(rule, size, reach, stride):
    """Cells of padding ``(before, after)`` that a rule of `padding_rules` adds along one axis."""
    if rule == "valid":
        return 0, 0
    if rule == "full":
        return reach - 1, reach - 1
    if rule == "same":
        windows = -(-size // stride)
        total = max((windows - 1) * stride + reach - size, 0)
        return total // 2, total - total // 2
    return rule


def window_axis(size, window, stride, dilation, rule, ceil, axis="rows", kind="kernel"):
    """An `Axis` from a padding rule, or the error that says why no window fits."""
    reach = (window - 1) * dilation + 1
    before, after = padding_amounts(rule, size, reach, stride)
    room = size + before + after - reach
    output = (-(-room // stride) if ceil else room // stride) + 1
    if ceil and (output - 1) * stride >= size + before:
        output -= 1
    if output < 1:
        spread = f" ({window} with dilation {dilation})" if dilation > 1 else ""
        padded = f" ({size} and {before + after} of padding)" if before + after else ""
        raise ValueError(
            f"the {kind} spans {reach} {axis}{spread}, but the input has only {size + before + after}{padded}; "
            f"use a smaller {kind}, a smaller dilation_rate or more padding"
        )
    return Axis(size, window, stride, dilation, before, after, ceil, output)


@explained
def window_geometry(
    input_shape: PairLike,
    window_shape: PairLike,
    strides: PairLike = 1,
    padding: PaddingLike = "valid",
    dilation_rate: PairLike = 1,
    ceil_mode: bool = False,
    kind: Literal["kernel", "pool"] = "kernel",
    padding_mode: PaddingMode = "zeros",
) -> Geometry:
    """Where the windows of a convolution or pooling stand.

    Parameters
    ----------
    input_shape : pair of int
        ``(rows, columns)`` of the input.
    window_shape : int or pair of int
        ``(rows, columns)`` of the kernel or pool.
    strides, dilation_rate : int or pair of int, default 1
    padding : {"valid", "same", "full"}, int, (int, int) or ((int, int), (int, int)), default "valid"
        "same" is TensorFlow's rule: ``⌈size/stride⌉`` windows, an odd cell of padding at the bottom and right.
        "full" pads by one less than a window reaches. Amounts are for both ends, per axis, or ``((top, bottom),
        (left, right))``.
    ceil_mode : bool, default False
        Round the number of windows up; as in PyTorch, a window must still start inside the input or the padding
        before it.
    kind : str, default "kernel"
        What the window is called in errors.
    padding_mode : {"zeros", "reflect", "symmetric", "replicate", "circular"}, default "zeros"
        How the padding is filled, as in `convviz.Convolution`.

    Returns
    -------
    Geometry

    Raises
    ------
    TypeError, ValueError
        For settings that are not whole numbers in their range, which ends at 2³¹ − 1 and to which True and False do not
        belong, for a `ceil_mode` that is neither True nor False, and where no window fits into the padded input.

    Notes
    -----
    ``o = ⌊(i + 2p − k − (k − 1)(d − 1))/s⌋ + 1`` (Dumoulin and Visin, relationship 15).

    Examples
    --------
    >>> window_geometry((6, 6), 3, strides=2, padding="same").output_shape
    (3, 3)
    >>> window_geometry((4, 4), 5)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: the kernel spans 5 rows, but the input has only 4; use a smaller kernel, ...
    """
    ceil, kind = flag(ceil_mode, "ceil_mode"), choice(kind, "kind", ("kernel", "pool"))
    settings = (
        whole_pair(input_shape, "input size"),
        whole_pair(window_shape, f"{kind} size"),
        whole_pair(strides, "strides"),
        whole_pair(dilation_rate, "dilation_rate"),
        padding_rules(padding),
    )
    mode = checked_padding_mode(padding_mode)
    axes = (window_axis(*(setting[axis] for setting in settings), ceil, AXES[axis], kind) for axis in (0, 1))
    return Geometry(*(axes if mode == "zeros" else (replace(axis, padding_mode=mode) for axis in axes)))


def empty_window(axis):
    """The number of the first window of an `Axis` that holds no cell of the input; None if there is none."""
    if axis.before >= axis.reach:
        return 0
    if axis.dilation > axis.size:  # the cells of a window may stand on both sides of the input
        for output in range(min(axis.output, -(-axis.before // axis.stride))):
            if axis.start(output) % axis.dilation >= axis.size:
                return output
    beyond = -(-(axis.size + axis.before) // axis.stride)
    return beyond if beyond < axis.output else None


@explained
def require_cells(geometry: Geometry) -> None:
    """Raise ValueError where a window of a pooling would hold padding only: it has no maximum and no mean.

    Parameters
    ----------
    geometry : Geometry

    Raises
    ------
    TypeError
        For what is no `Geometry`.
    ValueError
        The message says which window.

    Examples
    --------
    >>> require_cells(window_geometry((4, 4), 2, padding=2))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: window 0 along the rows holds nothing but padding ...
    """
    if not isinstance(geometry, Geometry):
        raise TypeError(f"geometry is {brief(geometry)}; expected a Geometry, as window_geometry gives it")
    for axis, name in ((geometry.rows, "rows"), (geometry.columns, "columns")):
        empty = empty_window(axis)
        if empty is not None:
            raise ValueError(
                f"window {empty} along the {name} holds nothing but padding ({axis.before} before and {axis.after} "
                f"after {axis.size} cells, pool size {axis.window}); padding must be smaller than the pool reaches"
            )


def transposed_axis(size, window, stride, dilation, rule, output_padding, axis="rows"):
    """A `TransposedAxis` from a padding rule, or the error that says what does not fit."""
    if output_padding and output_padding >= max(stride, dilation):
        raise ValueError(
            f"output_padding ({axis}) is {output_padding}; it must be smaller than the stride ({stride}) "
            f"or the dilation ({dilation})"
        )
    reach = (window - 1) * dilation + 1
    if rule == "same":
        cut = max(reach - stride, 0)
        before, after, output = cut // 2, cut - cut // 2, size * stride + output_padding
    else:
        before, after = padding_amounts(rule, size, reach, stride)
        output = stride * (size - 1) + reach - before - after + output_padding
    if output < 1:
        raise ValueError(
            f"padding cuts off {before + after} of the {stride * (size - 1) + reach} {axis} of the result, so nothing is left; "
            "use less padding"
        )
    return TransposedAxis(size, window, stride, dilation, before, after, output_padding, output, rule if rule == "same" else "")


@explained
def transposed_geometry(
    input_shape: PairLike,
    kernel_shape: PairLike,
    strides: PairLike = 1,
    padding: PaddingLike = "valid",
    output_padding: PairLike = 0,
    dilation_rate: PairLike = 1,
) -> Geometry:
    """Where the cells of a transposed convolution come from and go to.

    Parameters
    ----------
    input_shape, kernel_shape : pair of int
    strides, dilation_rate : int or pair of int, default 1
    padding : as in `window_geometry`
        The padding of the convolution that is transposed: so many cells are cut off. "same" gives ``size·stride``
        cells.
    output_padding : int or pair of int, default 0
        Cells added at the bottom and right; smaller than the stride or the dilation.

    Returns
    -------
    Geometry

    Raises
    ------
    TypeError, ValueError
        For settings out of their range, and where padding cuts off everything.

    Notes
    -----
    ``o′ = s(i′ − 1) + a + k − 2p`` (Dumoulin and Visin, relationship 14).

    Examples
    --------
    >>> transposed_geometry((2, 2), (3, 3), strides=2).output_shape
    (5, 5)
    """
    settings = (
        whole_pair(input_shape, "input size"),
        whole_pair(kernel_shape, "kernel size"),
        whole_pair(strides, "strides"),
        whole_pair(dilation_rate, "dilation_rate"),
        padding_rules(padding),
        whole_pair(output_padding, "output_padding", 0),
    )
    return Geometry(*(transposed_axis(*(setting[axis] for setting in settings), AXES[axis]) for axis in (0, 1)))


@explained
def receptive_field(axes: Iterable[Axis]) -> tuple[int, int, int]:
    """Which input cells one cell of the last of several layers sees, along one axis.

    Parameters
    ----------
    axes : sequence of Axis
        One per layer, the first layer first.

    Returns
    -------
    size, step, start : int
        How many input cells a unit sees, how far apart those of neighbouring units begin, and where the first
        unit's begin (negative in the padding).

    Raises
    ------
    TypeError
        For what is no list of axes.

    Notes
    -----
    ``r ← r + (k − 1)·d·j``, ``start ← start − p·j``, ``j ← j·s`` from the first layer on (A. Araujo, W. Norris and
    J. Sim, "Computing receptive fields of convolutional neural networks", Distill 2019).

    Examples
    --------
    >>> conv = window_geometry((28, 28), 3, padding="same").rows
    >>> pool = window_geometry((28, 28), 2, strides=2).rows
    >>> receptive_field([conv, conv, pool])
    (6, 2, -2)
    """
    expected = "expected a list of axes, such as [window_geometry((28, 28), 3).rows]"
    try:
        layers = list(axes)
    except TypeError:
        raise TypeError(f"axes is {brief(axes)}; {expected}") from None
    size, step, start = 1, 1, 0
    for number, axis in enumerate(layers):
        if not isinstance(axis, Axis):
            raise TypeError(f"axes[{number}] is {brief(axis)}; {expected}")
        size += (axis.reach - 1) * step
        start -= axis.before * step
        step *= axis.stride
    return size, step, start


@explained
def convolution_parameters(kernel_size: PairLike, channels: int, filters: int, groups: int = 1, bias: bool = True) -> int:
    """Number of weights and biases of a convolution: ``(kh·kw·channels/groups + 1)·filters``.

    Parameters
    ----------
    kernel_size : int or pair of int
    channels, filters : int
        Channels that go in, and that come out.
    groups : int, default 1
    bias : bool, default True
        Whether every filter has one.

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        For what are no whole numbers from 1 on, and groups that do not divide channels and filters.

    Examples
    --------
    >>> convolution_parameters(3, 1, 32), convolution_parameters((3, 3), 32, 64)
    (320, 18496)
    """
    rows, columns = whole_pair(kernel_size, "kernel_size")
    channels, filters, groups = (
        whole_number(value, name, 1) for value, name in ((channels, "channels"), (filters, "filters"), (groups, "groups"))
    )
    if channels % groups or filters % groups:
        raise ValueError(f"groups is {groups}; it must divide the channels ({channels}) and the filters ({filters})")
    return (rows * columns * (channels // groups) + flag(bias, "bias")) * filters


@explained
def dense_parameters(inputs: int, units: int, bias: bool = True) -> int:
    """Number of weights and biases of a dense layer: ``(inputs + 1)·units``.

    Parameters
    ----------
    inputs, units : int
    bias : bool, default True
        Whether every unit has one.

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        For what are no whole numbers from 1 on.

    Examples
    --------
    >>> dense_parameters(28 * 28 * 32, 10)
    250890
    """
    return (whole_number(inputs, "inputs", 1) + flag(bias, "bias")) * whole_number(units, "units", 1)
