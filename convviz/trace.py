"""Every step of an operation as data: what was read, multiplied, added and chosen.

Steps are made on demand, so a trace holds little more than its result. Integers and Fractions are exact in steps,
whatever their size; floats keep their dtype.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from . import arrays
from .notation import equation, factor, show
from .operations import MaxPooling, TransposedConvolution
from .shown import Shown
from .words import checked_names

__all__ = ["AverageStep", "MaximumStep", "ScatterStep", "ScatterTrace", "Step", "Trace", "trace"]

#: How many terms of a sum a formula shows before it leaves out the middle.
TERMS = 49


@dataclass(frozen=True, eq=False)
class Step:
    """One step: one cell of the result, and all that went into it.

    Attributes
    ----------
    index : int
        Which step of the trace it is.
    position : tuple of int
        ``(row, column)`` of the cell in the result.
    channel, batch : int
        Which filter (channel of the result) and which image of a batch.
    rows, columns : tuple of int
        Positions that the window reads; outside the image is padding. Of a transposed convolution, positions in the
        input with zeros put between its cells.
    kinds : tuple of tuple of str
        By row and column of the window: "cell", "padding", "outside" (beyond the padding) or "stuffed" (a zero put
        in between).
    channels : tuple of int
        The channels that are read.
    values : numpy.ndarray, (kh, kw, C)
        What was read. Padding is 0, in max pooling −∞.
    weights, products : numpy.ndarray, (kh, kw, C), or None
        The kernel for this step, and values times weights; None for pooling.
    sums : numpy.ndarray, (C,), or None
        Sum of the products of each channel.
    bias : number or None
    result : number
        The cell of the result, as the kernels computed it.

    Examples
    --------
    >>> import convviz as cv
    >>> step = cv.Convolution([[1, 2], [0, 1]], bias=3).trace([[0, 2, 3], [4, 2, 1]])[1]
    >>> step.position, step.formula(), step.running
    ((0, 1), '2×1 + 3×2 + 2×0 + 1×1 + 3 = 12', [2, 8, 8, 9, 12])
    >>> step.products[:, :, 0].tolist()
    [[2, 6], [0, 1]]
    """

    index: int
    position: tuple
    channel: int
    batch: int
    rows: tuple
    columns: tuple
    kinds: tuple
    channels: tuple
    values: np.ndarray
    result: object
    weights: np.ndarray | None = None
    products: np.ndarray | None = None
    sums: np.ndarray | None = None
    bias: object = None

    @property
    def terms(self):
        """``(value, weight)`` of every product, channel by channel, each in row order."""
        pairs = []
        for c in range(len(self.channels)):
            pairs += zip(self.values[:, :, c].ravel(), self.weights[:, :, c].ravel(), strict=True)
        return pairs

    @property
    def running(self):
        """The sum after each product in the order of the formula, and after the bias if there is one."""
        products = [product for c in range(len(self.channels)) for product in self.products[:, :, c].ravel()]
        with np.errstate(all="ignore"):
            return list(itertools.accumulate(products + ([] if self.bias is None else [self.bias])))

    def holds(self):
        """Whether the numbers that were read come to the result, but for rounding."""
        terms = [*self.products.ravel().tolist(), *([] if self.bias is None else [self.bias])]
        return agree(terms, self.result, self.products.dtype)

    def formula(self, limit=TERMS):
        """The step written out, e.g. ``0×1 + 2×2 = 4``.

        Parameters
        ----------
        limit : int or None
            From how many terms on the middle of the sum is left out.

        Returns
        -------
        str
            With "≈" for "=" where the numbers as they are written do not come to the result as it is written.
        """
        pairs = [(show(value), show(weight)) for value, weight in self.terms]
        words = [f"{factor(value.text)}×{factor(weight.text)}" for value, weight in pairs]
        total = add_up(product_of(value, weight) for value, weight in pairs)
        text, exact = join(words, len(self.channels), limit), all(number.exact for pair in pairs for number in pair)
        if self.bias is not None:
            bias = show(self.bias)
            text, total, exact = f"{text} + {factor(bias.text)}", add_up([total, bias.value]), exact and bias.exact
        return equation(text, total, show(self.result), exact)

    def __repr__(self):
        return f"<{type(self).__name__} {self.index} at {self.position}: {self.formula(12)}>"


def agree(terms, result, dtype):
    """Whether `terms` come to `result`: exactly for Python's numbers, else but for rounding; NaN and infinity always."""
    if np.dtype(dtype).kind == "O":
        return sum(terms) == result
    error = 4 * len(terms) * np.finfo(dtype).eps * sum(abs(term) for term in terms)
    return not np.isfinite(error) or abs(sum(terms) - float(result)) <= error


def product_of(left, right):
    """Product of two shown numbers as a Fraction; None if either is not finite."""
    return None if left.value is None or right.value is None else left.value * right.value


def add_up(values):
    """Sum of Fractions; None if one is None."""
    values = list(values)
    return None if None in values else sum(values, Fraction(0))


def join(words, channels, limit):
    """Terms of a sum joined by +, each channel's in parentheses if there are several; the middle left out beyond `limit`."""
    if limit is not None and len(words) > limit:
        return f"{' + '.join(words[: limit // 2])} + … + {words[-1]}"
    if channels == 1:
        return " + ".join(words)
    each = len(words) // channels
    return " + ".join(f"({' + '.join(words[start : start + each])})" for start in range(0, len(words), each))


@dataclass(frozen=True, eq=False, repr=False)
class MaximumStep(Step):
    """A step of max pooling.

    Attributes
    ----------
    winner : tuple of int
        ``(row, column)`` in the image of the cell that is the maximum; of equals the first in row order.

    Examples
    --------
    >>> import convviz as cv
    >>> step = cv.MaxPooling(2).trace([[3, 4], [1, 2]])[0]
    >>> step.winner, step.formula()
    ((0, 1), 'max(3, 4, 1, 2) = 4')
    """

    winner: tuple = field(default=(0, 0))

    def holds(self):
        """Whether the result is the largest value that was read."""
        values = [float(value) for value in self.values.ravel()]
        return any(value != value for value in values) or max(values) == float(self.result)

    def formula(self, limit=TERMS):
        """The step written out, e.g. ``max(3, 4, 1, 2) = 4``; padding is written −∞."""
        cells = [show(value) for value in self.values.ravel()]
        words = [cell.text for cell in cells]
        if limit is not None and len(words) > limit:
            words = [*words[: limit // 2], "…", words[-1]]
        return equation(f"max({', '.join(words)})", None, show(self.result), all(cell.exact for cell in cells))


@dataclass(frozen=True, eq=False, repr=False)
class AverageStep(Step):
    """A step of average pooling.

    Attributes
    ----------
    count : int
        By how many cells the sum is divided.
    counted : numpy.ndarray of bool, (kh, kw)
        Which cells of the window count.

    Examples
    --------
    >>> import convviz as cv
    >>> cv.AveragePooling(2).trace([[3, 4], [1, 2]])[0].formula()
    '(3 + 4 + 1 + 2)/4 = 10/4 = 2.5'
    """

    count: int = 1
    counted: np.ndarray | None = None

    @property
    def total(self):
        """Sum of the cells that count."""
        return self.values[self.counted].sum()

    @property
    def running(self):
        """The sum after each cell that counts, in row order."""
        with np.errstate(all="ignore"):
            return list(itertools.accumulate(self.values[self.counted].ravel()))

    def holds(self):
        """Whether the mean of what was read is the result, but for rounding."""
        terms = [value / self.count for value in self.values[self.counted].ravel().tolist()]
        return agree(terms, self.result, np.asarray(self.result).dtype)

    def formula(self, limit=TERMS):
        """The step written out, e.g. ``(3 + 4 + 1 + 2)/4 = 10/4 = 2.5``."""
        cells = [show(value) for value in self.values[self.counted].ravel()]
        with np.errstate(all="ignore"):
            total = show(self.total)
        words = [factor(cell.text) for cell in cells]
        written = add_up(cell.value for cell in cells)
        exact = all(cell.exact for cell in cells)
        left = equation(f"({join(words, 1, limit)})/{self.count}", written, replace(total, text=factor(total.text)), exact)
        value = None if total.value is None else total.value / self.count
        return equation(f"{left}/{self.count}", value, average_shown(self.result), total.exact)


def average_shown(result):
    """A mean as text; a Fraction as a decimal number where that is short and exact."""
    if isinstance(result, Fraction):
        as_float = show(float(result))
        if as_float.value == result:
            return as_float
    return show(result)


class Trace(Shown, Sequence):
    """Every step of an operation on an image: a sequence of `Step`.

    Made by ``operation.trace(image)``. Steps run through the result in row order, filter by filter, image by image of
    a batch. The image is read again whenever a step is asked for. An array of more than 4 MiB is not copied:
    leave it as it is. A step whose numbers do not come to its result any more is an error.

    Attributes
    ----------
    operation : convviz.operations.Operation
    geometry : convviz.geometry.Geometry
    layout : convviz.arrays.Layout
        How image and result are laid out for the caller.
    source : numpy.ndarray, (N, H, W, C)
        The image.
    result : numpy.ndarray, (N, rows, columns, C_out)
        The result.
    weights : numpy.ndarray or None
        The kernel in the dtype of the computation: (kh, kw, C_in // groups, C_out); None for pooling.
    dtype : numpy.dtype
    captions : dict
        What pictures call input, kernel and output where they do not use the usual words: by grid, then by language.

    Examples
    --------
    >>> import convviz as cv
    >>> trace = cv.Convolution([[1, 2], [0, 1]]).trace([[0, 2, 3], [4, 2, 1], [2, 2, 1]])
    >>> len(trace), trace.output.tolist(), trace.at(1, 0).result
    (4, [[6, 9], [10, 5]], 10)
    """

    #: Images of at most so many bytes are copied.
    COPIED = 1 << 22

    #: "gather": a step is a cell of the result. "scatter": a step is a cell of the input.
    view = "gather"

    def __init__(self, operation, image, data_format="channels_last", captions=None):
        parts = ("input", "kernel", "output") if hasattr(operation, "weights") else ("input", "output")
        self.captions = checked_names(captions, parts)
        numbers, self.layout = arrays.as_batch(image, data_format)
        self.operation = operation
        self.geometry = operation.geometry(numbers.array.shape[1:3])
        with np.errstate(all="ignore"):
            self.result = operation.compute(numbers)
        wanted = operation.dtype(numbers)
        self.dtype = np.dtype(object) if wanted == np.int64 else wanted
        own = isinstance(image, np.ndarray) and image.dtype.kind in "biuf"
        self.source = arrays.arrange(image, data_format)[0] if own else numbers.array
        self.borrowed = self.source.nbytes > self.COPIED
        if not self.borrowed:
            self.source = self.source.copy()
        self.weights = self.biases = None
        if hasattr(operation, "weights"):
            self.weights = arrays.as_dtype(operation.weights(self.source.shape[3]), self.dtype)
            self.biases = arrays.as_dtype(operation.spread_bias(self.result.shape[3]), self.dtype)

    @property
    def output(self):
        """The result in the layout of the image that was given: the feature map."""
        return self.operation.restore(self.result, self.layout)

    @property
    def shape(self):
        """How many steps there are in each direction: ``(N, C_out, rows, columns)``."""
        n, rows, columns, channels = self.result.shape
        return n, channels, rows, columns

    def __len__(self):
        n, channels, rows, columns = self.shape
        return n * channels * rows * columns

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        number = self.position_of(index)
        n, channel, row, column = (int(part) for part in np.unravel_index(number, self.shape))
        step = self.make_step(number, n, channel, row, column)
        if self.borrowed and not step.holds():
            raise RuntimeError(
                f"step {number} does not come to {step.result} any more: the image was changed after the trace was made; "
                "make the trace anew, or give it a copy of the image"
            )
        return step

    def index_of(self, row, column, channel=0, batch=0):
        """Index of the step at a place of the result.

        Parameters
        ----------
        row, column : int
        channel : int, default 0
            Which filter.
        batch : int, default 0
            Which image.

        Returns
        -------
        int

        Raises
        ------
        IndexError
            Where there is no such place.
        """
        place = batch, channel, row, column
        for name, part, size in zip(("batch", "channel", "row", "column"), place, self.shape, strict=True):
            if not 0 <= part < size:
                raise IndexError(f"{name} {part} of {size}; expected 0 to {size - 1}")
        return int(np.ravel_multi_index(place, self.shape))

    def at(self, row, column, channel=0, batch=0):
        """The step at a place of the result.

        Parameters
        ----------
        row, column, channel, batch : int
            As in `index_of`.

        Returns
        -------
        Step

        Raises
        ------
        IndexError
            Where there is no such place.
        """
        return self[self.index_of(row, column, channel, batch)]

    def convert(self, values):
        """Cells of the image in the dtype of steps, where integers are Python's, of any size."""
        return arrays.as_dtype(np.asarray(values), self.dtype)

    def channels_of(self, channel):
        """The channels of the image that a channel of the result is made of."""
        total = self.source.shape[3]
        if self.weights is None:
            return (channel,)
        per_group = total // self.operation.groups
        first = channel // (self.result.shape[3] // self.operation.groups) * per_group
        return tuple(range(first, first + per_group))

    def read(self, n, rows, columns, channels, outside):
        """Values at positions of the window, (kh, kw, C); `outside` where no cell of the image stands."""
        values = np.empty((len(rows), len(columns), len(channels)), self.dtype)
        values[...] = outside
        down = [(i, self.geometry.rows.source(position)) for i, position in enumerate(rows)]
        across = [(j, self.geometry.columns.source(position)) for j, position in enumerate(columns)]
        down = [pair for pair in down if pair[1] is not None]
        across = [pair for pair in across if pair[1] is not None]
        if down and across:
            (i, y), (j, x) = zip(*down, strict=True), zip(*across, strict=True)
            values[np.ix_(i, j)] = self.convert(self.source[n][np.ix_(y, x, channels)])
        return values

    def make_step(self, index, n, channel, row, column):
        """The step for one cell of the result."""
        rows, columns = tuple(self.geometry.rows.cells(row)), tuple(self.geometry.columns.cells(column))
        kinds = tuple(tuple(self.geometry.kind(y, x) for x in columns) for y in rows)
        channels = self.channels_of(channel)
        pooled = isinstance(self.operation, MaxPooling)
        values = self.read(n, rows, columns, channels, -np.inf if pooled else 0)
        result = plain_number(self.result[n, row, column, channel])
        common = {
            "index": index,
            "position": (row, column),
            "channel": channel,
            "batch": n,
            "rows": rows,
            "columns": columns,
            "kinds": kinds,
            "channels": channels,
            "values": values,
            "result": result,
        }
        if pooled:
            return MaximumStep(**common, winner=winner_of(values[:, :, 0], kinds, rows, columns))
        if self.weights is None:
            return self.average_step(common, row, column)
        return self.product_step(common, kinds, channel)

    def average_step(self, common, row, column):
        """A step of average pooling from the fields that all steps have."""
        kinds = np.array(common["kinds"])
        counted = kinds == "cell"
        if self.operation.count_include_pad:
            counted |= kinds == "padding"
        count = int(counted.sum())
        if self.dtype == object and self.result.dtype == object:
            common["result"] = Fraction(common["result"])
        return AverageStep(**common, count=count, counted=counted)

    def product_step(self, common, kinds, channel):
        """A step of a convolution from the fields that all steps have."""
        weights = self.weights_for(channel)
        with np.errstate(all="ignore"):
            products = common["values"] * weights
            if isinstance(self.operation, TransposedConvolution):
                # where no input cell stands nothing is stamped: the product is 0 even for an infinite weight
                products[np.array(kinds) != "cell"] = 0
            sums = products.reshape(-1, products.shape[2]).sum(axis=0)
        bias = None if self.operation.bias is None else plain_number(self.biases[channel])
        return Step(**common, weights=weights, products=products, sums=sums, bias=bias)

    def weights_for(self, channel):
        """The weights that make a channel of the result, as they meet the window: (kh, kw, C)."""
        if not isinstance(self.operation, TransposedConvolution):
            return self.weights[:, :, :, channel]
        per_group = self.weights.shape[2]
        stamped = self.weights[:, :, channel % per_group, list(self.channels_of(channel))]
        return stamped[::-1, ::-1]

    def __repr__(self):
        size = "×".join(str(part) for part in self.source.shape[1:3])
        made = "×".join(str(part) for part in self.result.shape[1:3])
        return f"<Trace of {self.operation!r} on {size}: {made}, {len(self)} steps>"

    def board(self, lang="en", steps=None, still=False):
        """The steps as scenes, for a renderer; see `convviz.layout.board`."""
        from .layout import board

        return board(self, lang, steps, still)


def plain_number(value):
    """An integer as Python's own; any other number as it is."""
    return int(value) if isinstance(value, np.integer) else value


def winner_of(values, kinds, rows, columns):
    """``(row, column)`` of the maximum of a window; the first of equals, the first NaN."""
    cells = [(i, j) for i in range(len(rows)) for j in range(len(columns)) if kinds[i][j] == "cell"]
    nan = [cell for cell in cells if values[cell] != values[cell]]
    i, j = nan[0] if nan else max(cells, key=lambda cell: values[cell])
    return rows[i], columns[j]


@dataclass(frozen=True, eq=False, repr=False)
class ScatterStep:
    """A step of a transposed convolution seen from the input: one input cell stamps the kernel onto the result.

    Attributes
    ----------
    index : int
    position : tuple of int
        ``(row, column)`` of the input cell.
    channel, batch : int
        Which channel of the result, which image of a batch.
    rows, columns : tuple of int
        Where the stamp falls in the result; positions outside it are cut off.
    channels : tuple of int
        The channels of the input that are summed.
    values : numpy.ndarray, (C,)
        The input cell.
    weights, products : numpy.ndarray, (kh, kw, C)
        The kernel, and the cell times the kernel.
    sums : numpy.ndarray, (kh, kw)
        What is added to each cell of the result: the products summed over channels.
    before, after : dict of (int, int) to number
        Cells of the result under the stamp, before and after this step.

    Examples
    --------
    >>> import convviz as cv
    >>> trace = cv.TransposedConvolution([[1, 2]]).trace([[3, 4]], view="scatter")
    >>> trace[1].formula(), trace[1].after
    ('4 × kernel', {(0, 1): 10, (0, 2): 8})
    """

    index: int
    position: tuple
    channel: int
    batch: int
    rows: tuple
    columns: tuple
    channels: tuple
    values: np.ndarray
    weights: np.ndarray
    products: np.ndarray
    sums: np.ndarray
    before: dict
    after: dict
    bias: object = None

    def holds(self):
        """Always: what a step of this kind shows is what it reads."""
        return True

    def __repr__(self):
        return f"<ScatterStep {self.index} at {self.position}: {self.formula(12)}>"

    def formula(self, limit=TERMS, kernel="kernel"):
        """What is stamped, e.g. ``4 × kernel``; `kernel` is the word for it."""
        words = [f"{factor(show(value).text)} × {kernel}" for value in self.values]
        if len(words) > 1:
            words = [f"{word} {c}" for word, c in zip(words, self.channels, strict=True)]
        return join(words, 1, limit)


class ScatterTrace(Trace):
    """A transposed convolution traced input cell by input cell: a sequence of `ScatterStep`.

    Made by ``operation.trace(image, view="scatter")``; its attributes are those of `Trace`.
    """

    view = "scatter"

    @property
    def shape(self):
        """How many steps there are in each direction: ``(N, C_out, input rows, input columns)``."""
        n, rows, columns, _ = self.source.shape
        return n, self.result.shape[3], rows, columns

    def make_step(self, index, n, channel, row, column):
        """The step for one cell of the input."""
        axes = self.geometry.rows, self.geometry.columns
        rows, columns = (tuple(axis.targets(i)) for axis, i in zip(axes, (row, column), strict=True))
        channels = self.channels_of(channel)
        weights = self.weights_for(channel)[::-1, ::-1]
        values = self.convert(self.source[n, row, column, list(channels)])
        with np.errstate(all="ignore"):
            products = values * weights
        under = [(y, x) for y in rows for x in columns if 0 <= y < axes[0].output and 0 <= x < axes[1].output]
        sofar = {cell: self.history(n, channel, *cell) for cell in under}
        here = row * self.source.shape[2] + column
        before = {cell: value_at(past, here - 1, self.empty(channel)) for cell, past in sofar.items()}
        after = {cell: value_at(past, here, self.empty(channel)) for cell, past in sofar.items()}
        bias = None if self.operation.bias is None else plain_number(self.biases[channel])
        return ScatterStep(
            index,
            (row, column),
            channel,
            n,
            rows,
            columns,
            channels,
            values,
            weights,
            products,
            products.sum(axis=2),
            before,
            after,
            bias,
        )

    def empty(self, channel):
        """What a cell of the result holds before anything is stamped onto it: the bias."""
        return plain_number(self.biases[channel])

    def history(self, n, channel, row, column):
        """How a cell of the result grows: ``(input cell as row·W + column, value from then on)`` in order.

        The last value is the one that the kernels computed, so that rounding in another order does not show.
        """
        axes = self.geometry.rows, self.geometry.columns
        weights, channels = self.weights_for(channel), list(self.channels_of(channel))
        total, past = self.biases[channel], []
        with np.errstate(all="ignore"):
            for i, y in enumerate(axes[0].cells(row)):
                for j, x in enumerate(axes[1].cells(column)):
                    source = axes[0].source(y), axes[1].source(x)
                    if None not in source:
                        total = total + (self.convert(self.source[n][source][channels]) * weights[i, j]).sum()
                        past.append((source[0] * self.source.shape[2] + source[1], plain_number(total)))
        if past:
            past[-1] = past[-1][0], plain_number(self.result[n, row, column, channel])
        return past


def value_at(past, moment, start):
    """The last value of a history at `moment`; `start` before the first."""
    return next((value for when, value in reversed(past) if when <= moment), start)


def trace(operation, image, data_format="channels_last", view="gather", captions=None, gradient=None):
    """The trace of an operation on an image.

    Parameters
    ----------
    operation : convviz.operations.Operation
    image : array_like, (H, W), (H, W, C) or (N, H, W, C)
    data_format : {"channels_last", "channels_first"}
    view : {"gather", "scatter", "backward"}
        "scatter" is for transposed convolutions: a step is an input cell that stamps the kernel. With "gather" a
        step is a cell of the result, of a transposed convolution read from the input with zeros put between its
        cells. "backward" is for max and average pooling: a step is a cell of the result that hands its gradient back.
    captions : dict, optional
        What pictures call "input", "kernel" and "output", where the usual words are not those of the lesson: a text, or one
        one for each of some languages, as in ``{"kernel": {"en": "gradient", "ja": "勾配"}}``.
    gradient : array_like, (rows, columns), optional
        With view "backward", the gradient of the loss with respect to each cell of the result.

    Returns
    -------
    Trace, ScatterTrace or convviz.backward.BackwardTrace

    Examples
    --------
    >>> import convviz as cv
    >>> len(trace(cv.TransposedConvolution([[1, 2]]), [[3, 4]], view="gather"))
    3
    """
    if view == "backward":
        from .backward import BackwardTrace

        return BackwardTrace(operation, image, data_format, captions, gradient)
    if view not in ("gather", "scatter"):
        raise ValueError(f"view is {view!r}; expected 'gather', 'scatter' or 'backward'")
    if gradient is not None:
        raise ValueError(f"gradient is for view='backward', not for {view!r}")
    if view == "scatter" and not isinstance(operation, TransposedConvolution):
        raise ValueError(f"view='scatter' is for TransposedConvolution, not for {type(operation).__name__}")
    return (ScatterTrace if view == "scatter" else Trace)(operation, image, data_format, captions)
