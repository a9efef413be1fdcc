"""The convolution, and the base class of the convolutions."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from convviz import arrays, geometry
from convviz._support.keywords import explained
from convviz._support.padding_modes import checked_padding_mode
from convviz._support.values import choice, flag
from convviz.kernels.cpu import dispatch as cpu
from convviz.operations import devices
from convviz.operations.base import Operation, largest, register, require_room
from convviz.operations.names import NAMES
from convviz.steps import Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from convviz._support.annotations import (
        DataFormat,
        Device,
        ImageLike,
        Number,
        NumbersLike,
        PaddingLike,
        PaddingMode,
        PairLike,
        Precision,
    )
    from convviz.arrays import Layout, Numbers
    from convviz.check.map_mistakes import Attempt, Task
    from convviz.geometry import Geometry
    from convviz.steps import BaseStep, Window
    from convviz.trace import Trace

__all__ = ["Convolution"]


class BaseConvolution(Operation):
    """Base class of the two convolutions: a kernel, a bias, groups.

    Attributes
    ----------
    kernel_layout : str
        The axes of a 4-D kernel, as errors write them.
    channel_axis, filter_axis : int
        Which axis of a 4-D kernel runs over channels of the image, and which over filters.
    """

    weighted = True
    kernel_layout = ""
    channel_axis, filter_axis = 2, 3

    def __init__(self, kernel, bias, strides, padding, dilation_rate, groups):
        self._kernel = kept(arrays.read_numbers(devices.in_main_memory(kernel, "kernel"), "kernel"))
        if self._kernel.array.ndim not in (2, 4):
            hint = "; one filter over several channels is kernel[..., None]" if self._kernel.array.ndim == 3 else ""
            raise ValueError(f"kernel has shape {self._kernel.array.shape}; expected (kh, kw) or {self.kernel_layout}{hint}")
        self._bias = None if bias is None else kept(arrays.read_numbers(devices.in_main_memory(bias, "bias"), "bias"))
        if self._bias is not None and self._bias.array.ndim > 1:
            raise ValueError(f"bias has shape {self._bias.array.shape}; expected one number per filter, (C_out,)")
        self.strides = geometry.whole_pair(strides, "strides")
        self.dilation_rate = geometry.whole_pair(dilation_rate, "dilation_rate")
        self.groups = geometry.whole_number(groups, "groups", 1, geometry.LARGEST)
        geometry.padding_rules(padding)
        self.padding = padding

    @property
    def kernel(self) -> np.ndarray:
        """The kernel as it was given, as an array."""
        return self._kernel.array

    @property
    def weak(self) -> bool:
        """Whether the dtype of the kernel was only implied: it came as Python's floats."""
        return self._kernel.weak

    @property
    def bias(self) -> np.ndarray | None:
        """The bias as it was given, as an array; None if there is none."""
        return None if self._bias is None else self._bias.array

    def make_step(self, window: Window) -> Step:
        counted = self._counted(window)
        with np.errstate(all="ignore"):
            products = window.values * window.weights
            if counted is not None:
                products[~counted] = 0
            sums = products.reshape(-1, products.shape[2]).sum(axis=0)
        return Step(**vars(window), products=products, sums=sums, counted=counted)

    def _counted(self, window):
        """Which cells of a window are multiplied, bool (kh, kw); None if all are."""
        return None

    def map_mistakes(self, task: Task) -> Iterator[Attempt]:
        from convviz.check.kernel_mistakes import kernel_mistakes

        yield from kernel_mistakes(task)
        yield from super().map_mistakes(task)

    def cell_mistakes(self, trace: Trace, step: BaseStep) -> Iterator[tuple[str, tuple[Any, ...], Number]]:
        from convviz.check.cell_mistakes import product_mistakes

        yield from product_mistakes(trace, step)

    def _settings(self):
        # numbers that came as Python's own are given back as such: they do not decide the dtype
        given = super()._settings()
        for name, numbers in (("kernel", self._kernel), ("bias", self._bias)):
            if numbers is not None and numbers.weak:
                given[name] = numbers.array.tolist()
        return given

    def filters(self, channels: int) -> int:
        """How many filters there are for an image of `channels` channels."""
        filters = self.spread_kernel(channels).shape[self.filter_axis]
        return filters * self.groups if self.transposed else filters

    def window_weights(self, weights, channel, channels):
        """The weights that make a channel of the result, as they meet the window: (kh, kw, C).

        Parameters
        ----------
        weights : numpy.ndarray
            As `weights` gives them.
        channel : int
            Of the result.
        channels : sequence of int
            The channels of the image that it is made of.
        """
        raise NotImplementedError

    @property
    def kernel_size(self) -> tuple[int, int]:
        """``(rows, columns)`` of the kernel."""
        return self.kernel.shape[:2]

    def dtype(self, numbers: Numbers) -> np.dtype:
        return arrays.common_dtype(numbers, self._kernel, *([] if self._bias is None else [self._bias]))

    @explained
    def __call__(
        self,
        image: ImageLike,
        data_format: DataFormat = "channels_last",
        device: Device = "cpu",
        precision: Precision = "float32",
    ) -> np.ndarray:
        """The result for `image`, as an array.

        Parameters
        ----------
        image, data_format, device
            As for every operation, see `Operation`.
        precision : {"float32", "tf32"}, default "float32"
            How an NVIDIA GPU may multiply float32. With "tf32" its tensor cores multiply the numbers of image and kernel
            rounded to 10 bits after the point (three decimal digits) and add up in float32, which is faster. It is an
            allowance: small images and rare settings are computed in float32 nevertheless, and with ``device="auto"`` so
            is what goes to the CPU or to a GPU without such cores.

        Returns
        -------
        numpy.ndarray, or an array on the GPU
            As for every operation.

        Raises
        ------
        TypeError, ValueError, OverflowError, RuntimeError
            As for every operation, and for ``precision="tf32"`` on the CPU, on a GPU older than NVIDIA's Ampere (compute
            capability 8.0), and where the result is not float32.
        """
        if isinstance(precision, str) and precision == "float32":
            return super().__call__(image, data_format, device)
        choice(precision, "precision", ("float32", "tf32"))
        return self._rounded(image, data_format, device)

    def _rounded(self, image, data_format, device):
        """The result where the tensor cores of a GPU may round what they multiply."""
        if device == "cpu" and not devices.on_gpu(image):
            raise ValueError(
                "precision='tf32' is for the tensor cores of an NVIDIA GPU, but device is 'cpu', which computes float32 in "
                "full: leave precision out, or give device='cuda' or 'auto'"
            )
        if not devices.goes_to_gpu(self, image, data_format, device):
            devices.require_float32(self.dtype(arrays.as_batch(image, data_format)[0]))
            return super().__call__(image, data_format)

        def compute(batch, kernels):
            devices.require_float32(batch.dtype)
            cores = device != "auto" or kernels.tensor_cores()
            return self._compute(batch, kernels, precision="tf32" if cores else "float32")

        return devices.compute_on_gpu(self, image, data_format, compute)[0]

    def spread_kernel(self, channels: int) -> np.ndarray:
        """The kernel with all four axes, for an image of `channels` channels, or the error that says why it does not fit."""
        kernel = self.kernel
        if kernel.ndim == 4:
            self.check_channels(channels)
            return kernel
        if channels != self.groups:
            if channels == 1:
                raise ValueError(f"groups is {self.groups}, but the image has 1 channel; leave out groups")
            raise ValueError(
                f"the kernel has shape {kernel.shape}, for one channel, but the image has {channels} channels; give a "
                f"kernel {kernel.shape + (channels, 1)} to sum over them, or groups={channels} to treat each by itself"
            )
        return np.broadcast_to(kernel[:, :, None, None], (*kernel.shape, 1, channels))

    def spread_bias(self, filters: int) -> np.ndarray:
        """One bias per filter; zeros if there is none."""
        self._check_bias(filters)
        if self._bias is None:
            return np.zeros(filters, np.int64)
        return np.broadcast_to(self.bias.reshape(-1), (filters,))

    def _check_bias(self, filters):
        """Raise ValueError unless there is one bias, or one for each filter, or none."""
        if self._bias is not None and self.bias.size not in (1, filters):
            raise ValueError(
                f"bias has shape {self.bias.shape}, but the kernel has {quantity(filters, 'filter')}; expected ({filters},)"
            )

    def bound(self, batch: np.ndarray) -> int:
        # in floats, rounded up: the bound may be a little too large, never too small
        weights = np.abs(self.kernel.astype(np.float64))
        total = weights.sum() if weights.ndim == 2 else weights.sum(axis=(0, 1, self.channel_axis)).max()
        return largest(batch) * int(total * (1 + 1e-9) + 1) + (0 if self.bias is None else largest(self.bias))

    def products(self, shape: Sequence[int]) -> int:
        images, *sizes, channels = shape
        places = sizes if self.transposed else self.output_shape(sizes)
        return images * places[0] * places[1] * self.kernel.size * (channels if self.kernel.ndim == 2 else 1)

    def restore(self, batch: np.ndarray, layout: Layout) -> np.ndarray:
        return layout.restore(batch, keep_channels=self.kernel.ndim == 4)


def kept(numbers):
    """Numbers of an operation's own, which neither it nor the caller can change afterwards."""
    array = numbers.array.copy()
    array.flags.writeable = False
    return arrays.Numbers(array, numbers.weak)


def quantity(number, thing):
    """A number of things as words: 1 filter, 2 filters."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


@register
class Convolution(BaseConvolution):
    """A convolution: at every position the sum of the products of a window with the kernel, plus a bias.

    As in Keras and PyTorch the kernel is not flipped (cross-correlation), unless `flip_kernel` is true.

    Parameters
    ----------
    kernel : array_like, (kh, kw) or (kh, kw, C_in // groups, C_out)
        A 2-D kernel is for images of one channel, or with ``groups=C`` for each of C channels by itself.
    bias : array_like, (C_out,), or number, optional
    strides, dilation_rate : int or (int, int), default 1
    padding : {"valid", "same", "full"}, int, (int, int) or ((int, int), (int, int)), default "valid"
        Cells around the image, see `convviz.geometry.window_geometry`.
    groups : int, default 1
        The channels are cut into so many groups, each with filters of its own; one per channel is a depthwise
        convolution.
    flip_kernel : bool, default False
        Rotate the kernel by 180° first, which is the convolution of mathematics.
    padding_mode : {"zeros", "reflect", "symmetric", "replicate", "circular"}, default "zeros"
        How the padding is filled: with zeros, or with copies of cells of the image, as the notes show. Other libraries'
        names are understood where they have one meaning, such as "edge" and "wrap" of numpy, "nearest" and "mirror" of
        SciPy, and "BORDER_REFLECT_101" of OpenCV.

    Raises
    ------
    TypeError, ValueError
        For settings that make no sense; on a call for images that do not fit.

    Notes
    -----
    What the padding modes put beyond the two ends of a row 1 2 3 4:

    =============  ================================  =============================================
    padding_mode                                     also called
    =============  ================================  =============================================
    "zeros"        0 0 0 | 1 2 3 4 | 0 0 0           "constant"
    "reflect"      4 3 2 | 1 2 3 4 | 3 2 1           "mirror", "reflect101", "BORDER_REFLECT_101"
    "symmetric"    3 2 1 | 1 2 3 4 | 4 3 2           "grid-mirror", "symm", "BORDER_REFLECT"
    "replicate"    1 1 1 | 1 2 3 4 | 4 4 4           "edge", "nearest", "BORDER_REPLICATE"
    "circular"     2 3 4 | 1 2 3 4 | 1 2 3           "wrap", "grid-wrap", "BORDER_WRAP"
    =============  ================================  =============================================

    "reflect" does not repeat the cell at the edge, as in numpy and PyTorch; what SciPy's ``ndimage`` calls "reflect" is
    "symmetric" here. Farther out than the image is long the pattern goes on, as in ``numpy.pad``, where PyTorch raises an
    error. Modes other than "zeros" are computed on the CPU only.

    Examples
    --------
    >>> image = [[0, 2, 3], [4, 2, 1], [2, 2, 1]]
    >>> conv = Convolution([[1, 2], [0, 1]])
    >>> conv(image)
    array([[ 6,  9],
           [10,  5]])
    >>> conv.trace(image)[0].formula()
    '0×1 + 2×2 + 4×0 + 2×1 = 6'
    >>> Convolution([[1, 1, 1]], padding="same", padding_mode="reflect")([[1, 2, 3, 4]])
    array([[ 5,  6,  9, 10]])
    """

    names = NAMES["convolution"]
    settings = ("kernel", "bias", "strides", "padding", "dilation_rate", "groups", "flip_kernel", "padding_mode")
    kernel_layout = "(kh, kw, C_in // groups, C_out)"

    @explained
    def __init__(
        self,
        kernel: NumbersLike,
        bias: NumbersLike | None = None,
        strides: PairLike = 1,
        padding: PaddingLike = "valid",
        dilation_rate: PairLike = 1,
        groups: int = 1,
        flip_kernel: bool = False,
        padding_mode: PaddingMode = "zeros",
    ):
        super().__init__(kernel, bias, strides, padding, dilation_rate, groups)
        self.flip_kernel = flag(flip_kernel, "flip_kernel")
        self.padding_mode = checked_padding_mode(padding_mode)
        filters = self.groups if self.kernel.ndim == 2 else self.kernel.shape[3]
        if filters % self.groups:
            raise ValueError(
                f"the kernel {self.kernel.shape} has {quantity(filters, 'filter')}; groups={groups} does not divide that"
            )
        self._check_bias(filters)

    def check_channels(self, channels: int) -> None:
        """Raise ValueError unless a 4-D kernel fits `channels` channels."""
        wanted = self.kernel.shape[2] * self.groups
        if channels != wanted:
            groups = f" in {self.groups} groups" if self.groups > 1 else ""
            raise ValueError(
                f"the kernel {self.kernel.shape} is for {quantity(wanted, 'channel')}{groups}, but the image has {channels}; "
                f"expected an image (H, W, {wanted}) or a kernel (kh, kw, {channels}{' // groups' if groups else ''}, C_out)"
            )

    @explained
    def geometry(self, shape: Sequence[int]) -> Geometry:
        """Where the windows stand on an image of ``(rows, columns)``, as a `convviz.geometry.Geometry`."""
        settings = self.kernel_size, self.strides, self.padding, self.dilation_rate
        return geometry.window_geometry(shape, *settings, padding_mode=self.padding_mode)

    def weights(self, channels: int) -> np.ndarray:
        """The kernel as an image of `channels` channels meets it: (kh, kw, C_in // groups, C_out)."""
        kernel = self.spread_kernel(channels)
        return kernel[::-1, ::-1] if self.flip_kernel else kernel

    def window_weights(self, weights: np.ndarray, channel: int, channels: int) -> np.ndarray:
        return weights[:, :, :, channel]

    def _compute(self, batch, kernels=cpu, **precision):
        kernel = arrays.as_dtype(self.weights(batch.shape[3]), batch.dtype)
        bias = arrays.as_dtype(self.spread_bias(kernel.shape[3]), batch.dtype)
        where = self.geometry(batch.shape[1:3])
        require_room(batch, where, kernel.shape[3])
        rows, columns = where.rows, where.columns
        if where.copies:
            batch, rows, columns = with_copies(batch, rows, columns)
        elif where.padded and batch.dtype.kind == "f" and not np.isfinite(kernel).all():
            # zeros of padding times infinity are NaN: the kernels, which skip padding, must see them
            batch, rows, columns = with_zeros(batch, rows, columns, kernels)
        return kernels.convolve(batch, kernel, bias, rows, columns, self.groups, **precision)


def with_zeros(batch, rows, columns, kernels=cpu):
    """A batch with its padding written out, and the two axes for it."""
    around = [(-axis.low, axis.high - axis.size) for axis in (rows, columns)]
    padded = kernels.padded(batch, *around[0], *around[1])
    axes = (
        dataclasses.replace(axis, size=axis.size + sum(more), before=0, after=0)
        for axis, more in zip((rows, columns), around, strict=True)
    )
    return padded, *axes


def with_copies(batch, rows, columns):
    """A batch with the copies in its padding written out, and the two axes for it."""
    (down, rows), (across, columns) = written_out(rows), written_out(columns)
    return np.ascontiguousarray(batch[:, down[:, None], across]), rows, columns


def written_out(axis):
    """The cells of an axis one after the other, copies included, as an array of int, and the axis for it."""
    positions = range(axis.low, axis.high)
    cells = np.array([axis.source(position) for position in positions], np.intp)
    return cells, dataclasses.replace(axis, size=len(positions), before=0, after=0, padding_mode="zeros")
