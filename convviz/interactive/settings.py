"""The settings of an operation on an image, and which values of each give an output."""

from dataclasses import dataclass, field

import numpy as np

from convviz._support.padding_modes import PADDING_MODES
from convviz.interactive.changes import changed
from convviz.operations import class_of
from convviz.operations.base import CLASSES

__all__ = ["ALL", "AXES", "CONTROLLED", "Options", "Settings", "candidates", "kinds"]

#: The settings of operations that have controls, beside kernel and bias.
CONTROLLED = (
    "strides",
    "padding",
    "padding_mode",
    "dilation_rate",
    "groups",
    "flip_kernel",
    "output_padding",
    "pool_size",
    "ceil_mode",
    "count_include_pad",
)

#: In place of the number of an axis: all of them together, with one value.
ALL = "all"
#: Settings of both axes: rows, then columns. Amounts of padding have four values: top, bottom, left, right.
AXES = ("kernel_size", "pool_size", "strides", "dilation_rate", "output_padding", "size")
#: The values that are tried of each setting, along one axis where it has two.
CANDIDATES = {
    "kernel_size": range(1, 8),
    "pool_size": range(1, 7),
    "strides": range(1, 5),
    "dilation_rate": range(1, 5),
    "amounts": range(5),
    "output_padding": range(4),
    "groups": range(1, 9),
    "filters": range(1, 5),
    "size": range(1, 11),
    "channels": range(1, 5),
    "padding": ("valid", "same", "full", "amounts"),
    "padding_mode": tuple(PADDING_MODES),
    "view": ("gather", "scatter"),
}


def kinds():
    """The kinds of operations that can be chosen."""
    return tuple(CLASSES)


def candidates(name):
    """The values that are tried of a setting, along one axis where it has two."""
    return kinds() if name == "kind" else CANDIDATES[name]


@dataclass(frozen=True)
class Options:
    """Values of a setting that give an output.

    Attributes
    ----------
    values : tuple
    reason : str
        Why the next value is not among them, as an error says it; empty if all that were tried are.
    refused : object
        That value.
    """

    values: tuple
    reason: str = ""
    refused: object = None


@dataclass(frozen=True, eq=False)
class Settings:
    """An operation on an image, as settings. Made by `convviz.interactive.start.settings_of`; `change` returns a copy.

    Attributes
    ----------
    kind : str
        The kind of the operation.
    image : numpy.ndarray, (H, W, C)
    kernel : numpy.ndarray
        (kh, kw, C // groups, filters); of a transposed convolution (kh, kw, filters // groups, C).
    bias : tuple of numbers, or None
        One for each filter.
    strides : tuple of int, or None
        None for those of a pooling that are its pool size.
    padding : {"valid", "same", "full", "amounts"}
    amounts : tuple of int
        Cells of padding at the top, bottom, left and right, if `padding` is "amounts".
    padding_mode : {"zeros", "reflect", "symmetric", "replicate", "circular"}
        How the padding of a convolution is filled.
    weak : bool
        Whether the kernel's numbers came as text or lists, so that the dtype of the kernel does not count.
    others : dict
        By name, the settings that have no controls and stay as they are.
    given_class : type or None
        The class of the operation that was given, which may be a subclass of the one registered under its kind.

    Examples
    --------
    >>> from convviz.interactive.start import settings_of
    >>> settings = settings_of("convolution")
    >>> settings.operation()
    Convolution(kernel=[[1, 2, 2], [0, 0, 1], [2, 1, 1]], bias=None, strides=(1, 1), padding='valid', \
dilation_rate=(1, 1), groups=1, flip_kernel=False)
    >>> settings.change("strides", (2, 2)).trace().output.tolist()
    [[18, 19], [18, 21]]
    >>> settings.options("dilation_rate", 0).values
    (1, 2)
    """

    kind: str
    image: np.ndarray
    kernel: np.ndarray
    bias: tuple | None = None
    strides: tuple | None = (1, 1)
    padding: str = "valid"
    amounts: tuple = (0, 0, 0, 0)
    dilation_rate: tuple = (1, 1)
    groups: int = 1
    flip_kernel: bool = False
    output_padding: tuple = (0, 0)
    view: str = "gather"
    pool_size: tuple = (2, 2)
    ceil_mode: bool = False
    count_include_pad: bool = False
    padding_mode: str = "zeros"
    weak: bool = True
    others: dict = field(default_factory=dict)
    given_class: type | None = None

    @property
    def operation_class(self):
        """The class of the operation."""
        given = self.given_class
        return given if given is not None and given.names.kind == self.kind else class_of(self.kind)

    @property
    def weighted(self):
        """Whether the operation has a kernel."""
        return self.operation_class.weighted

    @property
    def setting_names(self):
        """Names of the settings that the operation has and that can be changed."""
        own = [name for name in self.operation_class.settings if name == "bias" or name in CONTROLLED]
        return (*own, *(["filters"] if self.weighted else []), *(["view"] if self._can_scatter else []))

    @property
    def channels(self):
        """How many channels the image has."""
        return self.image.shape[2]

    @property
    def filters(self):
        """How many filters the kernel has."""
        return self.kernel.shape[2] * self.groups if self.operation_class.transposed else self.kernel.shape[3]

    @property
    def kernel_size(self):
        """Rows and columns of the kernel."""
        return self.kernel.shape[:2]

    @property
    def size(self):
        """Rows and columns of the image."""
        return self.image.shape[:2]

    @property
    def _can_scatter(self):
        """Whether the trace can be shown stamp by stamp."""
        return "scatter" in self.operation_class.views

    def operation(self):
        """The operation with these settings; ValueError if there is none."""
        cls = self.operation_class
        given = {name: getattr(self, name) for name in cls.settings if name in CONTROLLED}
        given |= {name: value for name, value in self.others.items() if name in cls.settings}
        if self.padding == "amounts" and "padding" in given:
            top, bottom, left, right = self.amounts
            given["padding"] = ((top, bottom), (left, right))
        if not self.weighted:
            return cls(**given)
        kernel = self.kernel if self.kernel.shape[2:] != (1, 1) else self.kernel[:, :, 0, 0]
        bias = None if self.bias is None else list(self.bias)
        return cls(kernel.tolist() if self.weak else kernel, bias, **given)

    def trace(self):
        """Every step of the operation on the image."""
        view = {"view": "scatter"} if self.view == "scatter" and self._can_scatter else {}
        return self.operation().trace(self.image[:, :, 0] if self.channels == 1 else self.image, **view)

    def require_output(self):
        """Raise the error that says why these settings give no output; nothing is computed."""
        operation = self.operation()
        operation.geometry(self.size)
        if self.weighted and self.kernel.ndim == 4 and self.kernel.shape[2:] != (1, 1):
            operation.check_channels(self.channels)

    def change(self, name, value, index=None):
        """The settings with one of them changed, and with those that depend on it adapted.

        Parameters
        ----------
        name : str
            A field, or "kernel_size", "filters", "size" and "channels" of the image, "cell" (of the kernel), "pixel".
        value : object
        index : tuple of int, optional
            Of a cell of the kernel or a pixel: its index.

        Returns
        -------
        Settings

        Raises
        ------
        ValueError, TypeError
            If the new settings give no output.
        """
        other = changed(self, name, value, index)
        other.require_output()
        return other

    def options(self, name, axis=None):
        """Which values of a setting give an output while the others stay.

        Parameters
        ----------
        name : str
            "kernel_size", "pool_size", "strides", "dilation_rate", "output_padding" or "size" (with `axis` 0 for
            rows, 1 for columns), "amounts" (0 to 3 for top, bottom, left, right), "padding", "padding_mode", "groups",
            "filters", "channels" or "kind".
        axis : int or "all", optional
            "all" for values that all axes, or all sides, get together.

        Returns
        -------
        Options
        """
        present = self.present(name, axis)
        tried = candidates(name)
        if present not in tried:
            tried = sorted({*tried, present})
        good, reason, refused = [], "", None
        for value in tried:
            try:
                self.change(name, value if axis is None else self.with_axis(name, axis, value))
                good.append(value)
            except (TypeError, ValueError) as error:
                refused, reason = (refused, reason) if reason else (value, str(error))
        return Options(tuple(good), reason, refused)

    def along_axes(self, name):
        """A setting along all its axes, also strides of a pooling that are its pool size."""
        return getattr(self, name) or self.pool_size

    def present(self, name, axis=None):
        """The value of a setting, or of one of its axes; of "all" axes that of the first."""
        if axis is None:
            return getattr(self, name)
        return self.along_axes(name)[0 if axis == ALL else axis]

    def with_axis(self, name, axis, value):
        """A setting along all its axes, with the value of one of them changed, or of "all"."""
        values = self.along_axes(name)
        if axis == ALL:
            return (value,) * len(values)
        return (*values[:axis], value, *values[axis + 1 :])
