"""Which cells of an input the windows of a convolution or pooling read, as compiled code takes it."""

from typing import NamedTuple

from convviz.geometry import Axis

__all__ = ["Sampling", "transposed_axis", "transposed_sampling", "window_sampling"]


class Sampling(NamedTuple):
    """Strides, dilations and first positions of both axes; every number is an int and counts cells of the input.

    Tap ``(i, j)`` of the window of output cell ``(row, column)`` reads the input cell ``(first_row + row·stride_rows +
    i·dilation_rows, first_column + column·stride_columns + j·dilation_columns)``, which may lie in the padding.

    Attributes
    ----------
    stride_rows, stride_columns : int
        From one window to the next.
    dilation_rows, dilation_columns : int
        From one tap of a window to the next.
    first_row, first_column : int
        Of the first tap of the first window; negative in the padding. Of a transposed convolution instead the rows and
        columns that are cut off before the first cell of the result.
    """

    stride_rows: int
    stride_columns: int
    dilation_rows: int
    dilation_columns: int
    first_row: int
    first_column: int


def window_sampling(rows, columns):
    """The `Sampling` of a convolution or pooling.

    Parameters
    ----------
    rows, columns : convviz.geometry.Axis
    """
    return Sampling(rows.stride, columns.stride, rows.dilation, columns.dilation, rows.start(0), columns.start(0))


def transposed_sampling(rows, columns):
    """The `Sampling` of a transposed convolution, or of the gradient of a convolution with respect to its input.

    Parameters
    ----------
    rows, columns : convviz.geometry.TransposedAxis or convviz.geometry.Axis
    """
    return Sampling(rows.stride, columns.stride, rows.dilation, columns.dilation, rows.before, columns.before)


def transposed_axis(axis):
    """The axis of the convolution that a `convviz.geometry.TransposedAxis` transposes: its input is the latter's output."""
    return Axis(axis.output, axis.window, axis.stride, axis.dilation, axis.before, axis.after, False, axis.size)
