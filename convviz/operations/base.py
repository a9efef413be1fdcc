"""The base class of operations, and the table of the classes by kind."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar, overload

import numpy as np

from convviz import arrays
from convviz._support.keywords import explained
from convviz._support.memory import memory
from convviz._support.public_dir import PublicDir
from convviz._support.values import brief, choice
from convviz.operations import devices
from convviz.operations.names import OperationNames

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Literal, Protocol, Self

    from convviz._support.annotations import DataFormat, Device, ImageLike, Number, NumbersLike
    from convviz.arrays import Layout, Numbers
    from convviz.check import CheckReport
    from convviz.check.map_mistakes import Attempt, Task
    from convviz.geometry import Geometry
    from convviz.steps import BaseStep, Window
    from convviz.trace import BackwardTrace, ScatterTrace, Trace
    from convviz.trace.forward import StepT

    class _StepMaker(Protocol[StepT]):
        """An operation, by the class of its steps: ``make_step`` says what a trace holds."""

        def make_step(self, window: Window) -> StepT: ...


__all__ = ["CLASSES", "Operation", "class_of", "register"]

AnyClass = TypeVar("AnyClass", bound=type)

#: The class of each kind of operation that is registered.
CLASSES: dict[str, type[Operation]] = {}


def register(cls: AnyClass) -> AnyClass:
    """Make an operation known by its kind; a decorator for its class.

    A class of the same module and name replaces the one registered before, as when a notebook's cell runs again.

    Raises
    ------
    TypeError
        For what is no subclass of `Operation`, or has no `names`.
    ValueError
        If another class is registered under the kind.

    Examples
    --------
    >>> class_of("max_pooling")
    <class 'convviz.operations.pooling.MaxPooling'>
    """
    if not (isinstance(cls, type) and issubclass(cls, Operation)):
        raise TypeError(f"got {brief(cls)} to register; expected a subclass of convviz.operations.Operation")
    if not isinstance(cls.names, OperationNames):
        raise TypeError(
            f"the names of {cls.__name__} are {brief(cls.names)}; expected convviz.operations.names.OperationNames(…)"
        )
    known = CLASSES.get(cls.names.kind, cls)
    if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
        raise ValueError(f"the kind {cls.names.kind!r} of {cls.__name__} is that of {known.__name__}; give it names of its own")
    CLASSES[cls.names.kind] = cls
    return cls


def class_of(kind: str) -> type[Any]:
    """The class of a kind of operation; ValueError if there is none."""
    return CLASSES[choice(kind, "the kind of operation", CLASSES)]


class Operation(PublicDir):
    """Base class of operations. Make one of its subclasses.

    What others need to know of an operation they read here, never from its class. A subclass sets `names` and the other
    attributes below, and defines `geometry`, `_compute` and `make_step`. One with a kernel is best a subclass of
    `convviz.operations.convolution.BaseConvolution`; see the notes.

    Attributes
    ----------
    names : convviz.operations.names.OperationNames
        What the operation is called, in Python, in words and elsewhere.
    settings : tuple of str
        Names of the settings, in the order of the constructor.
    views : tuple of str
        The views of its trace, see `convviz.trace.trace`.
    weighted : bool
        Whether the operation has a kernel and may have a bias.
    transposed : bool
        Whether a cell of the input is stamped onto the result, rather than a window of the input read.
    is_global : bool
        Whether one window covers the whole image.
    padding_value : number
        The value of a cell of padding.
    padding_counts : bool
        Whether cells of padding count as cells of the window.

    Notes
    -----
    Where `weighted` is true, traces and pictures read more of the operation: ``kernel``, ``bias`` (an array or None) and
    ``groups``; ``weights(channels)``, the kernel for an image of so many channels, (kh, kw, C // groups, C_out);
    ``spread_bias(filters)``, one bias for each filter; and ``window_weights(weights, channel, channels)``, those of one
    step, (kh, kw, C). `explore` reads ``kernel_size``, ``spread_kernel(channels)``, ``check_channels(channels)`` and
    ``weak`` too. ``BaseConvolution`` defines them from ``kernel``, ``bias`` and ``groups``, save for ``weights``,
    ``window_weights`` and ``check_channels``.
    """

    names = None
    settings = ()
    views = ("gather",)
    weighted = False
    transposed = False
    is_global = False
    padding_value = 0
    padding_counts = True

    # what traces, the stage and the check ask of an operation
    _internal = frozenset(
        "bound cell_mistakes channel_axis check_channels compute counts dtype filter_axis filters is_global kernel_layout "
        "make_step map_mistakes padding_counts products restore spread_bias spread_kernel transposed untransposed views "
        "weak weighted weights window_weights".split()
    )

    @property
    def kind(self) -> str:
        """Which kind of operation it is, e.g. "convolution" or "max_pooling"."""
        return self.names.kind

    @explained
    def changed(self, **settings: Any) -> Self:
        """The same operation with some settings changed.

        Examples
        --------
        >>> from convviz import MaxPooling
        >>> MaxPooling(2).changed(strides=1)
        MaxPooling(pool_size=(2, 2), strides=(1, 1), padding='valid', dilation_rate=(1, 1), ceil_mode=False)
        """
        return type(self)(**{**self._settings(), **settings})

    @explained
    def sibling(self, kind: str) -> Any:
        """The operation of another kind with the same settings, as far as it has them.

        Parameters
        ----------
        kind : str

        Examples
        --------
        >>> from convviz import MaxPooling
        >>> MaxPooling(3, strides=2).sibling("average_pooling").strides
        (2, 2)
        """
        other = class_of(kind)
        return other(**{name: value for name, value in self._settings().items() if name in other.settings})

    def geometry(self, shape: Sequence[int]) -> Geometry:
        """Where the windows stand on an image of ``(rows, columns)``, as a `convviz.geometry.Geometry`."""
        raise NotImplementedError

    def _compute(self, batch, kernels=None):
        """The result for a batch (N, H, W, C), an array that is computed in its own dtype.

        Parameters
        ----------
        batch : numpy.ndarray, or an array on a GPU
        kernels : module
            `convviz.kernels.cpu.dispatch` or `convviz.kernels.cuda.dispatch`; the former unless given.
        """
        raise NotImplementedError

    def make_step(self, window: Window) -> Any:
        """The step of a trace that a window gives, a `convviz.steps.Step`.

        Parameters
        ----------
        window : convviz.steps.Window
        """
        raise NotImplementedError

    def map_mistakes(self, task: Task) -> Iterator[Attempt]:
        """The mistakes of a whole answer that people make with this operation, the likely ones first.

        Parameters
        ----------
        task : convviz.check.map_mistakes.Task

        Yields
        ------
        convviz.check.map_mistakes.Attempt
        """
        from convviz.check.position_mistakes import axis_mistakes, position_mistakes
        from convviz.check.result_mistakes import number_mistakes, place_mistakes, stored_mistakes

        if not self.is_global:
            yield from position_mistakes(task)
        yield from axis_mistakes(task)
        yield from number_mistakes(task)
        yield from stored_mistakes(task)
        yield from place_mistakes(task)

    def cell_mistakes(self, trace: Trace, step: BaseStep) -> Iterator[tuple[str, tuple[Any, ...], Number]]:
        """The mistakes in a single cell that people make with this operation.

        Parameters
        ----------
        trace : convviz.trace.Trace
        step : convviz.steps.Step

        Yields
        ------
        kind : str
        details : tuple
            What the sentence about the mistake names.
        value : number
            What the mistake gives.
        """
        from convviz.check.cell_mistakes import windows_beside

        yield from windows_beside(trace, step)

    def _settings(self):
        """The settings as the constructor takes them."""
        return {name: getattr(self, name) for name in self.settings}

    @explained
    def __call__(self, image: ImageLike, data_format: DataFormat = "channels_last", device: Device = "cpu") -> np.ndarray:
        """The result for `image`, as an array.

        Parameters
        ----------
        image : array_like, (H, W), (H, W, C) or (N, H, W, C)
            Or such an array on a GPU, of CuPy, PyTorch or any library with ``__cuda_array_interface__``.
        data_format : {"channels_last", "channels_first"}
            With "channels_first" image and result are ``(C, H, W)`` or ``(N, C, H, W)``.
        device : {"cpu", "cuda", "auto"}
            Where numbers in main memory are computed; "auto" chooses an NVIDIA GPU if one works and there is enough to
            multiply. What is on a GPU already is computed there.

        Returns
        -------
        numpy.ndarray
            int64, float32, float64 or object (exact Fractions and large integers), by the rule in `convviz.arrays`. For
            an image on a GPU an array there, of the library that made the image.

        Raises
        ------
        TypeError, ValueError
            For images that are not numbers or do not fit the operation; the message gives both shapes.
        OverflowError
            Where a sum of integers leaves int64; on a GPU already where it might.
        RuntimeError
            With ``device="cuda"`` where there is no GPU that works; the message says what is missing.
        """
        if devices.goes_to_gpu(self, image, data_format, device):
            return devices.compute_on_gpu(self, image, data_format, self._compute)[0]
        numbers, layout = arrays.as_batch(image, data_format)
        return self.restore(self._within_int64(numbers), layout)

    @overload
    def trace(
        self, image: ImageLike, data_format: DataFormat = "channels_last", *, view: Literal["scatter"], **options: Any
    ) -> ScatterTrace: ...
    @overload
    def trace(
        self, image: ImageLike, data_format: DataFormat = "channels_last", *, view: Literal["backward"], **options: Any
    ) -> BackwardTrace: ...
    @overload
    def trace(
        self: _StepMaker[StepT], image: ImageLike, data_format: DataFormat = "channels_last", **options: Any
    ) -> Trace[StepT]: ...
    @explained
    def trace(self, image: ImageLike, data_format: DataFormat = "channels_last", **options: Any) -> Any:
        """Every step of the operation on `image`, as a `convviz.trace.Trace`.

        Parameters
        ----------
        image : array_like, (H, W), (H, W, C) or (N, H, W, C)
        data_format : {"channels_last", "channels_first"}
        **options
            ``view``: ``"scatter"`` shows a transposed convolution stamp by stamp, ``"backward"`` how a pooling hands a
            ``gradient`` back; ``captions``: other words for input, kernel and output. See `convviz.trace.trace`.
        """
        from convviz.trace import trace

        return trace(self, image, data_format, **options)

    @explained
    def check(self, image: ImageLike, answer: NumbersLike, **options: Any) -> CheckReport:
        """Compare an answer worked out by hand with the right one.

        Parameters
        ----------
        image, answer : array_like
        **options
            Those of `convviz.check.check`.

        Returns
        -------
        convviz.CheckReport

        Examples
        --------
        >>> from convviz import MaxPooling
        >>> report = MaxPooling(2).check([[3, 4], [1, 2]], [[3]])
        >>> bool(report), report.cells[0].formula
        (False, 'max(3, 4, 1, 2) = 4')
        """
        from convviz.check import check

        return check(self, image, answer, **options)

    @explained
    def output_shape(self, shape: Sequence[int]) -> tuple[int, int]:
        """``(rows, columns)`` of the result for an image of ``(rows, columns)``.

        Examples
        --------
        >>> from convviz import MaxPooling
        >>> MaxPooling(3, strides=2).output_shape((28, 28))
        (13, 13)
        """
        return self.geometry(shape).output_shape

    def dtype(self, numbers: Numbers) -> np.dtype:
        """The dtype in which the operation on `numbers` (a `convviz.arrays.Numbers`) is computed."""
        return arrays.common_dtype(numbers)

    def bound(self, batch: np.ndarray) -> int:
        """No sum of integers in the result for `batch` is larger than this, sign apart."""
        return largest(batch)

    def compute(self, numbers: Numbers) -> np.ndarray:
        """The result for a batch of `Numbers`, exact in an array of dtype object where int64 might overflow."""
        dtype = self.dtype(numbers)
        if dtype.kind == "i" and self.bound(numbers.array) > arrays.INT64.max:
            dtype = np.dtype(object)
        result = self._compute(arrays.as_dtype(numbers.array, dtype))
        if not isinstance(result, np.ndarray):
            raise TypeError(f"{type(self).__name__}._compute returned {brief(result)}; expected an array (N, rows, columns, C)")
        return result

    def _within_int64(self, numbers):
        """`compute`, with integers as int64; OverflowError where they do not fit."""
        result = self.compute(numbers)
        if result.dtype.kind != "O" or self.dtype(numbers).kind == "O":
            return result
        if not arrays.within_int64(result.flat):
            raise OverflowError(
                f"a sum reaches {max(result.flat, key=abs)}, which int64 cannot hold; "
                "give the image as float64, or as an array of dtype object to stay exact"
            )
        return result.astype(np.float64 if any(isinstance(v, Fraction) for v in result.flat) else np.int64)

    def products(self, shape: Sequence[int]) -> int:
        """How many numbers are multiplied for a batch of this shape; 0 if it is too little work for a GPU."""
        return 0

    def restore(self, batch: np.ndarray, layout: Layout) -> np.ndarray:
        """A result ``(N, rows, columns, C)`` laid out as the image was: see `convviz.arrays.Layout`."""
        return layout.restore(batch, keep_channels=layout.ndim != 2)

    def __repr__(self):
        parts = []
        for name in self.settings:
            value = getattr(self, name)
            if name == "padding_mode" and value == "zeros":
                continue  # what everyone expects of padding
            if isinstance(value, np.ndarray):
                value = value.tolist() if value.size <= 25 else f"<{value.dtype} array {value.shape}>"
            parts.append(f"{name}={value}" if name == "kernel" else f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(parts)})"


def require_room(batch, where, channels):
    """Raise ValueError where the padded batch, or the result of so many channels, is larger than the machine's memory.

    Parameters
    ----------
    batch : numpy.ndarray, (N, H, W, C), or an array on a GPU
    where : convviz.geometry.Geometry
    channels : int
    """
    rows, columns = where.rows, where.columns
    padded = (rows.high - rows.low) * (columns.high - columns.low) * batch.shape[3]
    cells = len(batch) * max(padded, rows.output * columns.output * channels)
    if cells * batch.dtype.itemsize > memory():
        raise ValueError(
            f"the padded image and the result have {cells:,} cells, more than this machine's memory holds; "
            "use less padding, other strides or a smaller image"
        )


def largest(array):
    """The largest magnitude in an array of integers, as a Python int."""
    return max(int(array.max()), -int(array.min()))
