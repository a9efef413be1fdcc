"""Every step of an operation as data: what was read, multiplied, added and chosen.

Steps are made on demand, so a trace holds little more than its result. Integers and Fractions are exact in steps,
whatever their size; floats keep their dtype.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar, overload

import numpy as np

from convviz import arrays
from convviz._support.keywords import explained
from convviz._support.read_only import read_only
from convviz._support.values import brief, index_number
from convviz.stage.captions import checked_names
from convviz.steps import Window
from convviz.trace.sequence import StepSequence

if TYPE_CHECKING:
    from collections.abc import Callable

    # typing has defaults from Python 3.13 on only
    from typing_extensions import TypeVar

    from convviz._support.annotations import Captions, DataFormat, ImageLike, Number
    from convviz.operations import Operation
    from convviz.stage.protocol import Board
    from convviz.steps import BaseStep, Step

    StepT = TypeVar("StepT", bound=BaseStep, covariant=True, default=Step)
else:
    StepT = TypeVar("StepT", covariant=True)

__all__ = ["Trace", "plain_number"]

#: Images of at most so many bytes are copied.
COPIED = 1 << 22


class Trace(StepSequence, Sequence[StepT]):
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
        The kernel in the dtype of the computation, read-only: (kh, kw, C_in // groups, C_out); None for pooling.
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

    #: "gather": a step is a cell of the result. "scatter": a step is a cell of the input.
    view = "gather"

    @explained
    def __init__(
        self,
        operation: Operation,
        image: ImageLike,
        data_format: DataFormat = "channels_last",
        captions: Captions | None = None,
    ):
        parts = ("input", "kernel", "output") if operation.weighted else ("input", "output")
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
        self._borrowed = self.source.nbytes > COPIED
        if not self._borrowed:
            self.source = self.source.copy()
        self.weights = self._biases = None
        if operation.weighted:
            self.weights = read_only(arrays.as_dtype(operation.weights(self.source.shape[3]), self.dtype))
            self._biases = arrays.as_dtype(operation.spread_bias(self.result.shape[3]), self.dtype)

    @property
    def output(self) -> np.ndarray:
        """The result in the layout of the image that was given: the feature map."""
        return self.operation.restore(self.result, self.layout)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """How many steps there are in each direction: ``(N, C_out, rows, columns)``."""
        n, rows, columns, channels = self.result.shape
        return n, channels, rows, columns

    def __len__(self) -> int:
        n, channels, rows, columns = self.shape
        return n * channels * rows * columns

    @overload
    def __getitem__(self, index: int) -> StepT: ...
    @overload
    def __getitem__(self, index: slice) -> list[StepT]: ...
    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        number = self._position_of(index)
        n, channel, row, column = (int(part) for part in np.unravel_index(number, self.shape))
        step = self._make_step(number, n, channel, row, column)
        if self._borrowed and not step.holds():
            raise RuntimeError(
                f"step {number} does not come to {step.result} any more: the image was changed after the trace was made; "
                "make the trace again, or give it a copy of the image"
            )
        return step

    @explained
    def index_of(self, row: int, column: int, channel: int = 0, batch: int = 0) -> int:
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
        given = {"batch": batch, "channel": channel, "row": row, "column": column}
        place = [index_number(value, name) for name, value in given.items()]
        for name, part, size in zip(given, place, self.shape, strict=True):
            if not 0 <= part < size:
                raise IndexError(f"{name} {brief(part)} of {size}; expected 0 to {size - 1}")
        return int(np.ravel_multi_index(place, self.shape))

    @explained
    def at(self, row: int, column: int, channel: int = 0, batch: int = 0) -> StepT:
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

    @explained
    def convert(self, values: np.ndarray) -> np.ndarray:
        """Cells of the image in the dtype of steps, where integers are Python's, of any size."""
        return arrays.as_dtype(np.asarray(values), self.dtype)

    @explained
    def channels_of(self, channel: int) -> tuple[int, ...]:
        """The channels of the image that a channel of the result is made of."""
        total = self.source.shape[3]
        if not self.operation.weighted:
            return (channel,)
        per_group = total // self.operation.groups
        first = channel // (self.result.shape[3] // self.operation.groups) * per_group
        return tuple(range(first, first + per_group))

    def _read(self, n: int, rows: Sequence[int], columns: Sequence[int], channels: int, outside: Number) -> np.ndarray:
        """Values at positions of the window, (kh, kw, C); `outside` where there is no cell of the image and no copy."""
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

    def _make_step(self, index: int, n: int, channel: int, row: int, column: int) -> BaseStep:
        """The step for one cell of the result."""
        rows, columns = tuple(self.geometry.rows.cells(row)), tuple(self.geometry.columns.cells(column))
        kinds = self.geometry.kinds(rows, columns)
        channels = self.channels_of(channel)
        made = self.operation.make_step(
            Window(
                index=index,
                position=(row, column),
                channel=channel,
                batch=n,
                rows=rows,
                columns=columns,
                kinds=kinds,
                channels=channels,
                values=self._read(n, rows, columns, channels, self.operation.padding_value),
                result=plain_number(self.result[n, row, column, channel]),
                weights=self.weights_for(channel) if self.operation.weighted else None,
                bias=self._bias_of(channel),
                sources=self.geometry.sources(rows, columns),
            )
        )
        if not hasattr(made, "formula"):
            name = type(self.operation).__name__
            raise TypeError(f"{name}.make_step returned {brief(made)}; expected a step such as convviz.steps.Step(…)")
        return made

    def _bias_of(self, channel: int) -> Number | None:
        """The bias of a channel of the result; None if there is none."""
        return None if self._biases is None or self.operation.bias is None else plain_number(self._biases[channel])

    @explained
    def weights_for(self, channel: int) -> np.ndarray:
        """The weights that make a channel of the result, as they meet the window: (kh, kw, C)."""
        return self.operation.window_weights(self.weights, channel, self.channels_of(channel))

    def __repr__(self):
        size = "×".join(str(part) for part in self.source.shape[1:3])
        made = "×".join(str(part) for part in self.result.shape[1:3])
        return f"<Trace of {self.operation!r} on {size}: {made}, {len(self)} steps>"

    def _board_maker(self) -> Callable[..., Board]:
        from convviz.stage.forward import board

        return board

    def _volumes_maker(self) -> Callable[..., Board]:
        from convviz.stage.volumes import volume_board

        return volume_board

    def _boards_maker(self) -> Callable[..., list[Board]]:
        """What makes the boards of all arrangements, for a comparison; see `convviz.stage.forward.boards`."""
        from convviz.stage.forward import boards

        return boards


def plain_number(value):
    """An integer as Python's own; any other number as it is."""
    return int(value) if isinstance(value, np.integer) else value
