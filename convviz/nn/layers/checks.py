"""Settings of layers that are checked in the same way everywhere, and the name of a layer in errors."""

import numpy as np

from convviz._support.values import brief, is_bool
from convviz.nn import initializers, regularizers

__all__ = ["as_plain_data", "checked_dtype", "checked_shape", "describe", "require_channels_last"]

DTYPES = ("float32", "float64")


def describe(layer):
    """A layer's name and class, for errors."""
    return f"layer {layer.name!r} ({type(layer).__name__})"


def require_channels_last(data_format):
    """Raise ValueError for a `data_format` other than channels last, with what to do."""
    if not (data_format is None or (isinstance(data_format, str) and data_format == "channels_last")):
        raise ValueError(
            f"data_format {brief(data_format)}: convviz.nn computes with channels last, (samples, rows, columns, channels); "
            "leave data_format out and move the axis with numpy.moveaxis(images, 1, -1)"
        )


def as_plain_data(value):
    """A setting as data that JSON knows."""
    if isinstance(value, initializers.Initializer):
        return initializers.described(value)
    return value.get_config() if isinstance(value, regularizers.L1L2) else value


def checked_dtype(dtype):
    """The name of a dtype, or an error."""
    try:
        name = np.dtype(dtype).name
    except Exception:  # NumPy shows the object in its error, which may fail in any way
        name = ""
    if name not in DTYPES or dtype is None:
        raise ValueError(f"dtype of a layer is float32 or float64, not {brief(dtype)}")
    return name


def checked_shape(shape):
    """A shape as a tuple of integers from 1 on, or an error."""
    shape = (shape,) if hasattr(shape, "__index__") else shape
    try:
        sizes = tuple(None if is_bool(size) or not hasattr(size, "__index__") else int(size) for size in shape)
    except TypeError:
        raise TypeError(f"a shape is a tuple of whole numbers such as (28, 28, 1), not {brief(shape)}") from None
    if not sizes or any(size is None or size < 1 for size in sizes):
        raise ValueError(f"a shape is a tuple of whole numbers from 1 on such as (28, 28, 1), not {brief(shape)}")
    return sizes
