"""The operations as single calls.

Each takes ``device="cpu"``, ``"cuda"`` for an NVIDIA GPU, or ``"auto"``, which chooses one if it works and there is enough to
multiply. An image that is in a GPU's memory already, of CuPy, PyTorch or whatever offers ``__cuda_array_interface__``, is
computed there whatever `device` says, and so is the result an array there.

The two convolutions also take ``precision="tf32"``, which lets the tensor cores of a GPU round what they multiply; see
`convviz.Convolution.__call__`.
"""

from .operations import (
    AveragePooling,
    Convolution,
    GlobalAveragePooling,
    GlobalMaxPooling,
    MaxPooling,
    TransposedConvolution,
)

__all__ = ["avg_pool2d", "conv2d", "conv2d_transpose", "global_avg_pool2d", "global_max_pool2d", "max_pool2d"]


def conv2d(
    image, kernel, bias=None, strides=1, padding="valid", dilation_rate=1, groups=1, flip_kernel=False,
    data_format="channels_last", device="cpu", precision="float32",
):  # fmt: skip
    """The convolution of `image` with `kernel`.

    Parameters are those of `convviz.Convolution`, whose call this is.

    Examples
    --------
    >>> conv2d([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 0], [0, 1]], strides=1)
    array([[ 6,  8],
           [12, 14]])
    """
    conv = Convolution(kernel, bias, strides, padding, dilation_rate, groups, flip_kernel)
    return conv(image, data_format, device, precision)


def conv2d_transpose(
    image, kernel, bias=None, strides=1, padding="valid", output_padding=0, dilation_rate=1, groups=1,
    data_format="channels_last", device="cpu", precision="float32",
):  # fmt: skip
    """The transposed convolution of `image` with `kernel`.

    Parameters are those of `convviz.TransposedConvolution`, whose call this is.

    Examples
    --------
    >>> conv2d_transpose([[1, 2]], [[1, 1]])
    array([[1, 3, 2]])
    """
    up = TransposedConvolution(kernel, bias, strides, padding, output_padding, dilation_rate, groups)
    return up(image, data_format, device, precision)


def max_pool2d(
    image, pool_size=2, strides=None, padding="valid", dilation_rate=1, ceil_mode=False, return_argmax=False,
    data_format="channels_last", device="cpu",
):  # fmt: skip
    """Max pooling of `image`.

    Parameters are those of `convviz.MaxPooling`; with `return_argmax` the result is a pair: the maxima, and where
    each stands in its plane, as ``row·W + column``.

    Examples
    --------
    >>> max_pool2d([[1, 5], [5, 2]], return_argmax=True)
    (array([[5]]), array([[1]]))
    """
    pool = MaxPooling(pool_size, strides, padding, dilation_rate, ceil_mode)
    return pool.with_argmax(image, data_format, device) if return_argmax else pool(image, data_format, device)


def avg_pool2d(
    image, pool_size=2, strides=None, padding="valid", dilation_rate=1, ceil_mode=False, count_include_pad=False,
    data_format="channels_last", device="cpu",
):  # fmt: skip
    """Average pooling of `image`.

    Parameters are those of `convviz.AveragePooling`, whose call this is.

    Examples
    --------
    >>> avg_pool2d([[1, 2], [3, 4]])
    array([[2.5]])
    """
    pool = AveragePooling(pool_size, strides, padding, dilation_rate, ceil_mode, count_include_pad)
    return pool(image, data_format, device)


def global_max_pool2d(image, data_format="channels_last", device="cpu"):
    """The largest value of each channel of `image`.

    Examples
    --------
    >>> global_max_pool2d([[1, 2], [3, 4]])
    np.int64(4)
    """
    return GlobalMaxPooling()(image, data_format, device)


def global_avg_pool2d(image, data_format="channels_last", device="cpu"):
    """The mean of each channel of `image`.

    Examples
    --------
    >>> global_avg_pool2d([[1, 2], [3, 4]])
    np.float64(2.5)
    """
    return GlobalAveragePooling()(image, data_format, device)
