"""Every step of an operation as data: what was read, multiplied, added and chosen.

Steps are made on demand, so a trace holds little more than its result. Integers and Fractions are exact in steps,
whatever their size; floats keep their dtype.
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from convviz import arrays
from convviz.operations import MaxPooling, TransposedConvolution
from convviz.stage.captions import checked_names
from convviz.steps.step import AverageStep, MaximumStep, ScatterStep, Step, value_at
from convviz.trace.sequence import Shown

__all__ = ["ScatterTrace", "Trace", "trace"]


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
        """The steps as scenes, for a renderer; see `convviz.stage.layout.board`."""
        from convviz.stage.layout import board

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
    Trace, ScatterTrace or convviz.trace.backward.BackwardTrace

    Examples
    --------
    >>> import convviz as cv
    >>> len(trace(cv.TransposedConvolution([[1, 2]]), [[3, 4]], view="gather"))
    3
    """
    if view == "backward":
        from convviz.trace.backward import BackwardTrace

        return BackwardTrace(operation, image, data_format, captions, gradient)
    if view not in ("gather", "scatter"):
        raise ValueError(f"view is {view!r}; expected 'gather', 'scatter' or 'backward'")
    if gradient is not None:
        raise ValueError(f"gradient is for view='backward', not for {view!r}")
    if view == "scatter" and not isinstance(operation, TransposedConvolution):
        raise ValueError(f"view='scatter' is for TransposedConvolution, not for {type(operation).__name__}")
    return (ScatterTrace if view == "scatter" else Trace)(operation, image, data_format, captions)
