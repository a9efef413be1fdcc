"""The operations as single calls.

Each takes ``device="cpu"``, ``"cuda"`` for an NVIDIA GPU, or ``"auto"``, which chooses one if it works and there is enough to
multiply. An image that is already in a GPU's memory, of CuPy, PyTorch or any library with ``__cuda_array_interface__``, is
computed there, whatever `device` is; the result is an array there too.

The two convolutions also take ``precision="tf32"``, which lets the tensor cores of a GPU round what they multiply; see
`convviz.Convolution.__call__`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convviz._support.keywords import explained
from convviz._support.values import flag
from convviz.operations import (
    AveragePooling,
    Convolution,
    GlobalAveragePooling,
    GlobalMaxPooling,
    MaxPooling,
    TransposedConvolution,
)

if TYPE_CHECKING:
    import numpy as np

    from convviz._support.annotations import (
        DataFormat,
        Device,
        ImageLike,
        NumbersLike,
        PaddingLike,
        PaddingMode,
        PairLike,
        Precision,
    )

__all__ = ["avg_pool2d", "conv2d", "conv2d_transpose", "global_avg_pool2d", "global_max_pool2d", "max_pool2d"]


@explained
def conv2d(
    image: ImageLike,
    kernel: NumbersLike,
    bias: NumbersLike | None = None,
    strides: PairLike = 1,
    padding: PaddingLike = "valid",
    dilation_rate: PairLike = 1,
    groups: int = 1,
    flip_kernel: bool = False,
    data_format: DataFormat = "channels_last",
    device: Device = "cpu",
    precision: Precision = "float32",
    padding_mode: PaddingMode = "zeros",
) -> np.ndarray:
    """The convolution of `image` with `kernel`.

    Parameters
    ----------
    image : array_like, (H, W), (H, W, C) or (N, H, W, C)
    kernel, bias, strides, padding, dilation_rate, groups, flip_kernel, padding_mode
        As in `convviz.Convolution`.
    data_format, device, precision
        As when a `convviz.Convolution` is called.

    Returns
    -------
    numpy.ndarray, or an array on the GPU, laid out like the image

    Raises
    ------
    TypeError, ValueError, OverflowError, RuntimeError
        As from `convviz.Convolution` and from calling it.

    Examples
    --------
    >>> conv2d([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 0], [0, 1]], strides=1)
    array([[ 6,  8],
           [12, 14]])
    """
    conv = Convolution(kernel, bias, strides, padding, dilation_rate, groups, flip_kernel, padding_mode)
    return conv(image, data_format, device, precision)


@explained
def conv2d_transpose(
    image: ImageLike,
    kernel: NumbersLike,
    bias: NumbersLike | None = None,
    strides: PairLike = 1,
    padding: PaddingLike = "valid",
    output_padding: PairLike = 0,
    dilation_rate: PairLike = 1,
    groups: int = 1,
    data_format: DataFormat = "channels_last",
    device: Device = "cpu",
    precision: Precision = "float32",
) -> np.ndarray:
    """The transposed convolution of `image` with `kernel`.

    Parameters
    ----------
    image : array_like, (H, W), (H, W, C) or (N, H, W, C)
    kernel, bias, strides, padding, output_padding, dilation_rate, groups
        As in `convviz.TransposedConvolution`.
    data_format, device, precision
        As when a `convviz.TransposedConvolution` is called.

    Returns
    -------
    numpy.ndarray, or an array on the GPU, laid out like the image

    Raises
    ------
    TypeError, ValueError, OverflowError, RuntimeError
        As from `convviz.TransposedConvolution` and from calling it.

    Examples
    --------
    >>> conv2d_transpose([[1, 2]], [[1, 1]])
    array([[1, 3, 2]])
    """
    up = TransposedConvolution(kernel, bias, strides, padding, output_padding, dilation_rate, groups)
    return up(image, data_format, device, precision)


@explained
def max_pool2d(
    image: ImageLike,
    pool_size: PairLike = 2,
    strides: PairLike | None = None,
    padding: PaddingLike = "valid",
    dilation_rate: PairLike = 1,
    ceil_mode: bool = False,
    return_argmax: bool = False,
    data_format: DataFormat = "channels_last",
    device: Device = "cpu",
) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """Max pooling of `image`.

    Parameters
    ----------
    image : array_like, (H, W), (H, W, C) or (N, H, W, C)
    pool_size, strides, padding, dilation_rate, ceil_mode
        As in `convviz.MaxPooling`.
    return_argmax : bool, default False
    data_format, device
        As when a `convviz.MaxPooling` is called.

    Returns
    -------
    numpy.ndarray, or an array on the GPU, laid out like the image
        With `return_argmax` a pair: the maxima, and the position of each in its plane, ``row·W + column``, int64.

    Raises
    ------
    TypeError, ValueError, OverflowError, RuntimeError
        As from `convviz.MaxPooling` and from calling it.

    Examples
    --------
    >>> max_pool2d([[1, 5], [5, 2]], return_argmax=True)
    (array([[5]]), array([[1]]))
    """
    pool = MaxPooling(pool_size, strides, padding, dilation_rate, ceil_mode)
    if flag(return_argmax, "return_argmax"):
        return pool.with_argmax(image, data_format, device)
    return pool(image, data_format, device)


@explained
def avg_pool2d(
    image: ImageLike,
    pool_size: PairLike = 2,
    strides: PairLike | None = None,
    padding: PaddingLike = "valid",
    dilation_rate: PairLike = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = False,
    data_format: DataFormat = "channels_last",
    device: Device = "cpu",
) -> np.ndarray:
    """Average pooling of `image`.

    Parameters
    ----------
    image : array_like, (H, W), (H, W, C) or (N, H, W, C)
    pool_size, strides, padding, dilation_rate, ceil_mode, count_include_pad
        As in `convviz.AveragePooling`.
    data_format, device
        As when a `convviz.AveragePooling` is called.

    Returns
    -------
    numpy.ndarray, or an array on the GPU, laid out like the image

    Raises
    ------
    TypeError, ValueError, OverflowError, RuntimeError
        As from `convviz.AveragePooling` and from calling it.

    Examples
    --------
    >>> avg_pool2d([[1, 2], [3, 4]])
    array([[2.5]])
    """
    pool = AveragePooling(pool_size, strides, padding, dilation_rate, ceil_mode, count_include_pad)
    return pool(image, data_format, device)


@explained
def global_max_pool2d(image: ImageLike, data_format: DataFormat = "channels_last", device: Device = "cpu") -> np.ndarray:
    """The largest value of each channel of `image`.

    Parameters
    ----------
    image : array_like, (H, W), (H, W, C) or (N, H, W, C)
    data_format, device
        As when a `convviz.GlobalMaxPooling` is called.

    Returns
    -------
    number, or numpy.ndarray
        A number for ``(H, W)``, else ``(C,)`` or ``(N, C)``; an array on the GPU for an image there.

    Raises
    ------
    TypeError, ValueError, OverflowError, RuntimeError
        As from calling `convviz.GlobalMaxPooling`.

    Examples
    --------
    >>> global_max_pool2d([[1, 2], [3, 4]])
    np.int64(4)
    """
    return GlobalMaxPooling()(image, data_format, device)


@explained
def global_avg_pool2d(image: ImageLike, data_format: DataFormat = "channels_last", device: Device = "cpu") -> np.ndarray:
    """The mean of each channel of `image`.

    Parameters
    ----------
    image : array_like, (H, W), (H, W, C) or (N, H, W, C)
    data_format, device
        As when a `convviz.GlobalAveragePooling` is called.

    Returns
    -------
    number, or numpy.ndarray
        A number for ``(H, W)``, else ``(C,)`` or ``(N, C)``; an array on the GPU for an image there.

    Raises
    ------
    TypeError, ValueError, OverflowError, RuntimeError
        As from calling `convviz.GlobalAveragePooling`.

    Examples
    --------
    >>> global_avg_pool2d([[1, 2], [3, 4]])
    np.float64(2.5)
    """
    return GlobalAveragePooling()(image, data_format, device)
