"""The operations: what a convolution or pooling is told once, and then does to every image."""

import dataclasses
import functools
from fractions import Fraction

import numpy as np

from convviz import arrays, geometry
from convviz.kernels.cpu import dispatch as cpu

__all__ = [
    "AveragePooling",
    "Convolution",
    "GlobalAveragePooling",
    "GlobalMaxPooling",
    "MaxPooling",
    "Operation",
    "TransposedConvolution",
]


#: Products from which on "auto" looks for a GPU, and how many of them each cell of the image must take part in: below
#: that, sending the image there and the result back takes longer than a processor of several cores computes it.
LARGE = 1 << 28
PRODUCTS_PER_CELL = 256


def on_gpu(value):
    """Whether a value is an array in a GPU's memory, whoever made it."""
    return hasattr(value, "__cuda_array_interface__") or getattr(value, "__cuda_ndarray__", False)


def require_gpu_for(name):
    """Raise RuntimeError unless kernels run on what is on a GPU already."""
    from convviz.kernels.cuda import device as gpu

    gpu.require(f"{name} in a GPU's memory", "copied to main memory, it is computed by the CPU")


def four_axes(batch):
    """A batch as it is."""
    return batch, None


def require_float32(dtype):
    """Raise TypeError unless a convolution for which TF32 was allowed is computed in float32."""
    if dtype != np.float32:
        kind = "exact numbers" if dtype.kind == "O" else dtype.name
        raise TypeError(
            f"precision='tf32' rounds float32, but this convolution is computed in {kind}: give image, kernel and bias as "
            "float32 (image.astype(np.float32), …), or leave precision out"
        )


class Operation:
    """What all operations share. Make one of its subclasses.

    Subclasses answer `geometry(shape)` and compute a batch in `_compute(batch, kernels)`, where `kernels` is
    `convviz.kernels.cpu.dispatch` or its counterpart for GPUs.
    """

    #: Names of the settings, in the order of the constructor.
    settings = ()

    def __call__(self, image, data_format="channels_last", device="cpu"):
        """The result for `image`, as an array.

        Parameters
        ----------
        image : array_like, (H, W), (H, W, C) or (N, H, W, C)
            Or such an array on a GPU, of CuPy, PyTorch or whatever offers ``__cuda_array_interface__``.
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
        if self._goes_to_gpu(image, data_format, device):
            return self._on_gpu(image, data_format, self._compute)[0]
        numbers, layout = arrays.as_batch(image, data_format)
        return self.restore(self._within_int64(numbers), layout)

    def trace(self, image, data_format="channels_last", **options):
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

    def check(self, image, answer, **options):
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
        >>> report = MaxPooling(2).check([[3, 4], [1, 2]], [[3]])
        >>> bool(report), report.cells[0].formula
        (False, 'max(3, 4, 1, 2) = 4')
        """
        from convviz.check import check

        return check(self, image, answer, **options)

    def output_shape(self, shape):
        """``(rows, columns)`` of the result for an image of ``(rows, columns)``.

        Examples
        --------
        >>> MaxPooling(3, strides=2).output_shape((28, 28))
        (13, 13)
        """
        return self.geometry(shape).output_shape

    def dtype(self, numbers):
        """The dtype in which the operation on `numbers` (a `convviz.arrays.Numbers`) is computed."""
        return arrays.common_dtype(numbers)

    def bound(self, batch):
        """No sum of integers in the result for `batch` is larger than this, sign apart."""
        return largest(batch)

    def compute(self, numbers):
        """The result for a batch of `Numbers`, exact in an array of dtype object where int64 might not do."""
        dtype = self.dtype(numbers)
        if dtype.kind == "i" and self.bound(numbers.array) > arrays.INT64.max:
            return self._compute(arrays.as_dtype(numbers.array, np.dtype(object)))
        return self._compute(arrays.as_dtype(numbers.array, dtype))

    def _within_int64(self, numbers):
        """`compute`, but integers come back as int64 or not at all."""
        result = self.compute(numbers)
        if result.dtype.kind != "O" or self.dtype(numbers).kind == "O":
            return result
        if not arrays.within_int64(result.flat):
            raise OverflowError(
                f"a sum reaches {max(result.flat, key=abs)}, which int64 cannot hold; "
                "give the image as float64, or as an array of dtype object to stay exact"
            )
        return result.astype(np.float64 if any(isinstance(v, Fraction) for v in result.flat) else np.int64)

    def products(self, shape):
        """How many numbers are multiplied for a batch of this shape; 0 if it is too little work for a GPU."""
        return 0

    def _goes_to_gpu(self, image, data_format, device):
        """Whether `image` is computed on a GPU, or an error if that can't be."""
        if device not in ("cpu", "cuda", "auto"):
            raise ValueError(f"device is {device!r}; expected 'cpu', 'cuda' or 'auto'")
        if on_gpu(image):
            require_gpu_for("an image")
            return True
        if device == "cpu" or (device == "auto" and not self._gains(image, data_format)):
            return False
        from convviz.kernels.cuda import device as gpu

        if device == "auto":
            return gpu.available() and not gpu.simulated()
        gpu.require()
        return True

    def _gains(self, image, data_format):
        """Whether an image in main memory is worth the way to a GPU and back."""
        numbers, _ = arrays.as_batch(image, data_format)
        # GPUs made for games compute float64 slowly
        if self.dtype(numbers) != np.float32:
            return False
        work = self.products(numbers.array.shape)
        return work >= LARGE and work >= PRODUCTS_PER_CELL * numbers.array.size

    def _on_gpu(self, image, data_format, compute):
        """The results, a list, of ``compute(batch, kernels)`` on a GPU; in main memory unless `image` is on the GPU."""
        from convviz.kernels.cuda import dispatch as gpu_kernels

        there = on_gpu(image)
        if there:
            batch, layout = gpu_kernels.taken(image, functools.partial(arrays.arrange, data_format=data_format))
            numbers = arrays.Numbers(gpu_kernels.extent(batch))
        else:
            numbers, layout = arrays.as_batch(image, data_format)
            batch = numbers.array
        dtype = self.dtype(numbers)
        if dtype.kind == "O":
            raise TypeError("Fractions and integers beyond int64 are computed on the CPU only: device='cpu'")
        if dtype.kind == "i" and self.bound(numbers.array) > arrays.INT64.max:
            raise OverflowError(
                "sums of these integers might leave int64, which a GPU would not notice; device='cpu' looks at each sum"
            )
        batch = gpu_kernels.as_dtype(batch, dtype) if there else gpu_kernels.taken(arrays.as_dtype(batch, dtype), four_axes)[0]
        results = compute(batch, gpu_kernels)
        results = results if isinstance(results, tuple) else (results,)
        restore = functools.partial(self.restore, layout=layout)
        return [gpu_kernels.given(result, restore, image if there else None) for result in results]

    def restore(self, batch, layout):
        """A result ``(N, rows, columns, C)`` laid out as the image was: see `convviz.arrays.Layout`."""
        return layout.restore(batch, keep_channels=layout.ndim != 2)

    def __repr__(self):
        parts = []
        for name in self.settings:
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                value = value.tolist() if value.size <= 25 else f"<{value.dtype} array {value.shape}>"
            parts.append(f"{name}={value}" if name == "kernel" else f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(parts)})"


def in_main_memory(value, name):
    """A value as it is, or the numbers of an array on a GPU as numpy's: an operation keeps what no one else can change."""
    if not on_gpu(value):
        return value
    require_gpu_for(f"a {name}")
    from convviz.kernels.cuda import dispatch as gpu_kernels

    return gpu_kernels.numbers_of(value, name)


def kept(numbers):
    """Numbers of an operation's own, which neither it nor the caller can change afterwards."""
    array = numbers.array.copy()
    array.flags.writeable = False
    return arrays.Numbers(array, numbers.weak)


def largest(array):
    """The largest magnitude in an array of integers, as a Python int."""
    return max(int(array.max()), -int(array.min()))


def counted(number, thing):
    """A number of things as words: 1 filter, 2 filters."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


class Weighted(Operation):
    """What the two convolutions share: a kernel, a bias, groups."""

    def __init__(self, kernel, bias, strides, padding, dilation_rate, groups):
        self._kernel = kept(arrays.read_numbers(in_main_memory(kernel, "kernel"), "kernel"))
        if self._kernel.array.ndim not in (2, 4):
            layout = "(kh, kw, C_in // groups, C_out)" if isinstance(self, Convolution) else "(kh, kw, C_out // groups, C_in)"
            hint = "; one filter over several channels is kernel[..., None]" if self._kernel.array.ndim == 3 else ""
            raise ValueError(f"kernel has shape {self._kernel.array.shape}; expected (kh, kw) or {layout}{hint}")
        self._bias = None if bias is None else kept(arrays.read_numbers(in_main_memory(bias, "bias"), "bias"))
        if self._bias is not None and self._bias.array.ndim > 1:
            raise ValueError(f"bias has shape {self._bias.array.shape}; expected one number per filter, (C_out,)")
        self.strides = geometry.whole_pair(strides, "strides")
        self.dilation_rate = geometry.whole_pair(dilation_rate, "dilation_rate")
        self.groups = geometry.whole(groups, "groups", 1)
        geometry.padding_rules(padding)
        self.padding = padding

    @property
    def kernel(self):
        """The kernel as it was given, as an array."""
        return self._kernel.array

    @property
    def weak(self):
        """Whether the dtype of the kernel was only implied: it came as Python's floats."""
        return self._kernel.weak

    @property
    def bias(self):
        """The bias as it was given, as an array; None if there is none."""
        return None if self._bias is None else self._bias.array

    @property
    def kernel_size(self):
        """``(rows, columns)`` of the kernel."""
        return self.kernel.shape[:2]

    def dtype(self, numbers):
        return arrays.common_dtype(numbers, self._kernel, *([] if self._bias is None else [self._bias]))

    def __call__(self, image, data_format="channels_last", device="cpu", precision="float32"):
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
        if precision == "float32":
            return super().__call__(image, data_format, device)
        if precision != "tf32":
            raise ValueError(f"precision is {precision!r}; expected 'float32' or 'tf32'")
        return self._rounded(image, data_format, device)

    def _rounded(self, image, data_format, device):
        """The result where the tensor cores of a GPU may round what they multiply."""
        if device == "cpu" and not on_gpu(image):
            raise ValueError(
                "precision='tf32' is for the tensor cores of an NVIDIA GPU, but device is 'cpu', which computes float32 in "
                "full: leave precision out, or give device='cuda' or 'auto'"
            )
        if not self._goes_to_gpu(image, data_format, device):
            require_float32(self.dtype(arrays.as_batch(image, data_format)[0]))
            return super().__call__(image, data_format)

        def compute(batch, kernels):
            require_float32(batch.dtype)
            cores = device != "auto" or kernels.tensor_cores()
            return self._compute(batch, kernels, precision="tf32" if cores else "float32")

        return self._on_gpu(image, data_format, compute)[0]

    def spread_kernel(self, channels):
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

    def spread_bias(self, filters):
        """One bias per filter; zeros if there is none."""
        if self._bias is None:
            return np.zeros(filters, np.int64)
        if self.bias.size not in (1, filters):
            raise ValueError(
                f"bias has shape {self.bias.shape}, but the kernel has {counted(filters, 'filter')}; expected ({filters},)"
            )
        return np.broadcast_to(self.bias.reshape(-1), (filters,))

    def bound(self, batch):
        # in floats, rounded up: the bound may be a little too large, never too small
        weights = np.abs(self.kernel.astype(np.float64))
        summed = (0, 1, 2) if isinstance(self, Convolution) else (0, 1, 3)
        total = weights.sum() if weights.ndim == 2 else weights.sum(axis=summed).max()
        return largest(batch) * int(total * (1 + 1e-9) + 1) + (0 if self.bias is None else largest(self.bias))

    def products(self, shape):
        images, *sizes, channels = shape
        places = self.output_shape(sizes) if isinstance(self, Convolution) else sizes
        return images * places[0] * places[1] * self.kernel.size * (channels if self.kernel.ndim == 2 else 1)

    def restore(self, batch, layout):
        return layout.restore(batch, keep_channels=self.kernel.ndim == 4)


class Convolution(Weighted):
    """A convolution: at every position the sum of the products of a window with the kernel, plus a bias.

    As in Keras and PyTorch the kernel is not flipped (cross-correlation), unless `flip_kernel` is true.

    Parameters
    ----------
    kernel : array_like, (kh, kw) or (kh, kw, C_in // groups, C_out)
        A 2-D kernel is for images of one channel, or with ``groups=C`` for each of C channels by itself.
    bias : array_like, (C_out,), or number, optional
    strides, dilation_rate : int or (int, int), default 1
    padding : {"valid", "same", "full"}, int, (int, int) or ((int, int), (int, int)), default "valid"
        Zeros around the image, see `convviz.geometry.window_geometry`.
    groups : int, default 1
        The channels are cut into so many groups, each with filters of its own; one per channel is a depthwise
        convolution.
    flip_kernel : bool, default False
        Rotate the kernel by 180° first, which is the convolution of mathematics.

    Raises
    ------
    TypeError, ValueError
        For settings that make no sense; on a call for images that do not fit.

    Examples
    --------
    >>> image = [[0, 2, 3], [4, 2, 1], [2, 2, 1]]
    >>> conv = Convolution([[1, 2], [0, 1]])
    >>> conv(image)
    array([[ 6,  9],
           [10,  5]])
    >>> conv.trace(image)[0].formula()
    '0×1 + 2×2 + 4×0 + 2×1 = 6'
    """

    settings = ("kernel", "bias", "strides", "padding", "dilation_rate", "groups", "flip_kernel")

    def __init__(self, kernel, bias=None, strides=1, padding="valid", dilation_rate=1, groups=1, flip_kernel=False):
        super().__init__(kernel, bias, strides, padding, dilation_rate, groups)
        self.flip_kernel = bool(flip_kernel)
        filters = self.groups if self.kernel.ndim == 2 else self.kernel.shape[3]
        if filters % self.groups:
            raise ValueError(
                f"the kernel {self.kernel.shape} has {counted(filters, 'filter')}; groups={groups} does not divide that"
            )
        self.spread_bias(filters)

    def check_channels(self, channels):
        """Raise ValueError unless a 4-D kernel fits `channels` channels."""
        wanted = self.kernel.shape[2] * self.groups
        if channels != wanted:
            groups = f" in {self.groups} groups" if self.groups > 1 else ""
            raise ValueError(
                f"the kernel {self.kernel.shape} is for {counted(wanted, 'channel')}{groups}, but the image has {channels}; "
                f"expected an image (H, W, {wanted}) or a kernel (kh, kw, {channels}{' // groups' if groups else ''}, C_out)"
            )

    def geometry(self, shape):
        """Where the windows stand on an image of ``(rows, columns)``, as a `convviz.geometry.Geometry`."""
        return geometry.window_geometry(shape, self.kernel_size, self.strides, self.padding, self.dilation_rate)

    def weights(self, channels):
        """The kernel as an image of `channels` channels meets it: (kh, kw, C_in // groups, C_out)."""
        kernel = self.spread_kernel(channels)
        return kernel[::-1, ::-1] if self.flip_kernel else kernel

    def _compute(self, batch, kernels=cpu, **precision):
        kernel = arrays.as_dtype(self.weights(batch.shape[3]), batch.dtype)
        bias = arrays.as_dtype(self.spread_bias(kernel.shape[3]), batch.dtype)
        where = self.geometry(batch.shape[1:3])
        rows, columns = where.rows, where.columns
        if where.padded and batch.dtype.kind == "f" and not np.isfinite(kernel).all():
            # zeros of padding times infinity are NaN: the kernels, which skip padding, must see them
            batch, rows, columns = with_zeros(batch, rows, columns, kernels)
        return kernels.convolve(batch, kernel, bias, rows, columns, self.groups, **precision)


def with_zeros(batch, rows, columns, kernels=cpu):
    """A batch with its padding written out, and the two axes for it."""
    around = [(-axis.low, axis.high - axis.size) for axis in (rows, columns)]
    if kernels is cpu:
        padded = np.ascontiguousarray(np.pad(batch, [(0, 0), *around, (0, 0)]))
    else:
        padded = kernels.padded(batch, *around[0], *around[1])
    axes = (
        dataclasses.replace(axis, size=axis.size + sum(more), before=0, after=0)
        for axis, more in zip((rows, columns), around, strict=True)
    )
    return padded, *axes


class TransposedConvolution(Weighted):
    """A transposed convolution: every input cell stamps the kernel, times its value, onto the result.

    It undoes the shape of the `Convolution` with the same settings, not its values.

    Parameters
    ----------
    kernel : array_like, (kh, kw) or (kh, kw, C_out // groups, C_in)
    bias : array_like, (C_out,), or number, optional
    strides, dilation_rate : int or (int, int), default 1
    padding : {"valid", "same", "full"}, int, (int, int) or ((int, int), (int, int)), default "valid"
        The padding of the convolution that is transposed: so many cells are cut off the result. "same" gives
        ``size·strides`` cells.
    output_padding : int or (int, int), default 0
        Cells added at the bottom and right, smaller than the strides or the dilation: with strides several input
        sizes of the convolution share one output size, and this says which is meant.
    groups : int, default 1

    Raises
    ------
    TypeError, ValueError
        For settings that make no sense; on a call for images that do not fit.

    Examples
    --------
    >>> up = TransposedConvolution([[1, 2], [3, 4]], strides=2)
    >>> up([[1, 10]])
    array([[ 1,  2, 10, 20],
           [ 3,  4, 30, 40]])
    """

    settings = ("kernel", "bias", "strides", "padding", "output_padding", "dilation_rate", "groups")

    def __init__(self, kernel, bias=None, strides=1, padding="valid", output_padding=0, dilation_rate=1, groups=1):
        super().__init__(kernel, bias, strides, padding, dilation_rate, groups)
        self.output_padding = geometry.whole_pair(output_padding, "output_padding", 0)
        for extra, stride, dilation in zip(self.output_padding, self.strides, self.dilation_rate, strict=True):
            if extra and extra >= max(stride, dilation):
                raise ValueError(
                    f"output_padding is {output_padding}; it must be smaller than the strides {self.strides} "
                    f"or the dilation_rate {self.dilation_rate}"
                )
        if self.kernel.ndim == 4 and self.kernel.shape[3] % self.groups:
            raise ValueError(
                f"the kernel {self.kernel.shape} is for {counted(self.kernel.shape[3], 'channel')}; "
                f"groups={groups} does not divide that"
            )
        self.spread_bias(self.groups * (1 if self.kernel.ndim == 2 else self.kernel.shape[2]))

    def check_channels(self, channels):
        """Raise ValueError unless a 4-D kernel fits `channels` channels."""
        wanted = self.kernel.shape[3]
        if channels != wanted:
            raise ValueError(
                f"the kernel {self.kernel.shape} is for {counted(wanted, 'channel')}, but the image has {channels}; "
                f"expected an image (H, W, {wanted}) or a kernel (kh, kw, C_out // groups, {channels})"
            )

    def geometry(self, shape):
        """Where the cells of the result come from, as a `convviz.geometry.Geometry`."""
        return geometry.transposed_geometry(
            shape, self.kernel_size, self.strides, self.padding, self.output_padding, self.dilation_rate
        )

    def weights(self, channels):
        """The kernel for an image of `channels` channels: (kh, kw, C_out // groups, C_in)."""
        return self.spread_kernel(channels)

    def _compute(self, batch, kernels=cpu, **precision):
        kernel = arrays.as_dtype(self.weights(batch.shape[3]), batch.dtype)
        bias = arrays.as_dtype(self.spread_bias(kernel.shape[2] * self.groups), batch.dtype)
        where = self.geometry(batch.shape[1:3])
        return kernels.convolve_transposed(batch, kernel, bias, where.rows, where.columns, self.groups, **precision)


class Pooling(Operation):
    """What the poolings share: a pool size and where windows stand."""

    settings = ("pool_size", "strides", "padding", "dilation_rate", "ceil_mode")

    def __init__(self, pool_size=2, strides=None, padding="valid", dilation_rate=1, ceil_mode=False):
        self.pool_size = geometry.whole_pair(pool_size, "pool_size")
        self.strides = self.pool_size if strides is None else geometry.whole_pair(strides, "strides")
        self.dilation_rate = geometry.whole_pair(dilation_rate, "dilation_rate")
        geometry.padding_rules(padding)
        self.padding = padding
        self.ceil_mode = bool(ceil_mode)

    def geometry(self, shape):
        """Where the windows stand on an image of ``(rows, columns)``, as a `convviz.geometry.Geometry`."""
        where = geometry.window_geometry(
            shape, self.pool_size, self.strides, self.padding, self.dilation_rate, self.ceil_mode, "pool"
        )
        geometry.require_cells(where)
        return where


class MaxPooling(Pooling):
    """Max pooling: the largest value of every window, channel by channel.

    Of equal values the first in row order wins. Padding is −∞, never 0. A NaN in a window is its maximum.

    Parameters
    ----------
    pool_size : int or (int, int), default 2
    strides : int or (int, int), optional
        The pool size if not given.
    padding : as in `Convolution`, default "valid"
    dilation_rate : int or (int, int), default 1
    ceil_mode : bool, default False
        Let the last windows hang over the end rather than leave cells unread.

    Raises
    ------
    TypeError, ValueError
        For settings that make no sense; on a call where a window would hold nothing but padding.

    Examples
    --------
    >>> MaxPooling(2)([[3, 4, 5, 6], [1, 2, 3, 4], [-1, 3, 0, 3], [2, 2, 5, 2]])
    array([[4, 6],
           [3, 5]])
    """

    def bound(self, batch):
        return 0  # nothing is added up

    def _compute(self, batch, kernels=cpu):
        where = self.geometry(batch.shape[1:3])
        alone = {} if kernels is cpu else {"places": False}
        return kernels.max_pool(batch, where.rows, where.columns, **alone)[0]

    def values_and_winners(self, batch, kernels=cpu):
        """Maxima of a batch, and where each stands in its plane, as ``row·W + column``, int64."""
        where = self.geometry(batch.shape[1:3])
        values, winners = kernels.max_pool(batch, where.rows, where.columns)
        return values, winners if winners.dtype == np.int64 else winners.astype(np.int64)

    def with_argmax(self, image, data_format="channels_last", device="cpu"):
        """The maxima of `image`, and where each stands.

        Parameters
        ----------
        image, data_format, device
            As for every operation, see `Operation`.

        Returns
        -------
        maxima : numpy.ndarray
            As a call gives them.
        places : numpy.ndarray of int64
            Laid out alike: each maximum's place in its plane, ``row·W + column``.

        Examples
        --------
        >>> MaxPooling(2).with_argmax([[3, 4], [1, 2]])
        (array([[4]]), array([[1]]))
        """
        if self._goes_to_gpu(image, data_format, device):
            return tuple(self._on_gpu(image, data_format, self.values_and_winners))
        numbers, layout = arrays.as_batch(image, data_format)
        found = self.values_and_winners(arrays.as_dtype(numbers.array, self.dtype(numbers)))
        return tuple(self.restore(part, layout) for part in found)


class AveragePooling(Pooling):
    """Average pooling: the mean of every window, channel by channel.

    Parameters
    ----------
    pool_size, strides, padding, dilation_rate, ceil_mode
        As in `MaxPooling`.
    count_include_pad : bool, default False
        Count the zeros of padding as cells. What hangs over beyond the padding in `ceil_mode` never counts.

    Raises
    ------
    TypeError, ValueError
        As in `MaxPooling`.

    Notes
    -----
    Means of integers are float64; of Fractions and large integers, exact Fractions.

    Examples
    --------
    >>> AveragePooling(2)([[3, 4, 5, 6], [1, 2, 3, 4]])
    array([[2.5, 4.5]])
    """

    settings = (*Pooling.settings, "count_include_pad")

    def __init__(self, pool_size=2, strides=None, padding="valid", dilation_rate=1, ceil_mode=False, count_include_pad=False):
        super().__init__(pool_size, strides, padding, dilation_rate, ceil_mode)
        self.count_include_pad = bool(count_include_pad)

    def bound(self, batch):
        return largest(batch) * self.pool_size[0] * self.pool_size[1]

    def counts(self, where):
        """By how many cells the sum of each window is divided: int64, ``(rows, columns)`` of the result."""
        rows, columns = (axis.counts(self.count_include_pad) for axis in (where.rows, where.columns))
        return np.multiply.outer(np.array(rows, np.int64), np.array(columns, np.int64))

    def _compute(self, batch, kernels=cpu):
        where = self.geometry(batch.shape[1:3])
        return kernels.average_pool(batch, where.rows, where.columns, self.count_include_pad)


class Global:
    """One window over the whole image; results drop the two axes of position."""

    settings = ()

    def __init__(self):
        super().__init__(1)

    def geometry(self, shape):
        """One window as large as the image."""
        return geometry.window_geometry(shape, shape, kind="pool")

    def bound(self, batch):
        return largest(batch) * batch.shape[1] * batch.shape[2]

    def restore(self, batch, layout):
        batch = batch[:, 0, 0, :]
        return batch if layout.ndim == 4 else batch[0] if layout.ndim == 3 else batch[0, 0]

    def sibling(self, kind):
        """The global pooling that takes the maximum, or the mean, as the pooling class `kind` does."""
        return GlobalMaxPooling() if kind is MaxPooling else GlobalAveragePooling()


class GlobalMaxPooling(Global, MaxPooling):
    """The largest value of each channel: a number for ``(H, W)``, ``(C,)`` for ``(H, W, C)``, ``(N, C)`` for a batch.

    Examples
    --------
    >>> GlobalMaxPooling()([[3, 4], [1, 2]])
    np.int64(4)
    """


class GlobalAveragePooling(Global, AveragePooling):
    """The mean of each channel: a number for ``(H, W)``, ``(C,)`` for ``(H, W, C)``, ``(N, C)`` for a batch.

    Examples
    --------
    >>> GlobalAveragePooling()([[3, 4], [1, 2]])
    np.float64(2.5)
    """
