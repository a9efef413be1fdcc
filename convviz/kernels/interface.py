"""The interface of whole arrays: what `convviz.kernels.cpu.dispatch` and `convviz.kernels.cuda.dispatch` both have.

An operation calls one of these two modules and needs not know which. Arrays are C-ordered and all of one dtype: float32,
float64 or int64, on the CPU also object (Fractions, integers beyond int64), which stays exact. `image` and results are numpy
arrays on the CPU and device arrays on a GPU; `kernel` and `bias` are numpy arrays on both. N, H, W and C count images, rows,
columns and channels, `kh` and `kw` the rows and columns of a kernel. `rows` and `columns` are the two axes of a
`convviz.geometry.Geometry`; they give strides, dilation, padding and the size of the result, all in cells.
"""

from typing import Protocol

__all__ = ["Dispatch"]


class Dispatch(Protocol):
    """The functions of a device."""

    def convolve(self, image, kernel, bias, rows, columns, groups, precision="float32"):
        """Cross-correlation of a batch.

        Parameters
        ----------
        image : array, (N, H, W, C_in)
        kernel : ndarray, (kh, kw, C_in // groups, C_out)
        bias : ndarray, (C_out,)
        rows, columns : convviz.geometry.Axis
        groups : int
            In so many parts are channels and filters cut; each filter sees the channels of its part.
        precision : {"float32", "tf32"}
            With "tf32" tensor cores may round what they multiply; a device without them computes float32 in full or
            raises RuntimeError.

        Returns
        -------
        array, (N, rows.output, columns.output, C_out)
        """

    def convolve_transposed(self, image, kernel, bias, rows, columns, groups, precision="float32"):
        """Transposed convolution of a batch.

        Parameters
        ----------
        image : array, (N, H, W, C_in)
        kernel : ndarray, (kh, kw, C_out // groups, C_in)
        bias : ndarray, (C_out,)
        rows, columns : convviz.geometry.TransposedAxis
        groups, precision
            As for `convolve`.

        Returns
        -------
        array, (N, rows.output, columns.output, C_out)
        """

    def max_pool(self, image, rows, columns, with_argmax=True):
        """Maxima of a batch's windows: the first of equals, and the first NaN over everything.

        Parameters
        ----------
        image : array, (N, H, W, C)
        rows, columns : convviz.geometry.Axis
        with_argmax : bool
            Whether the second result is wanted.

        Returns
        -------
        values : array, (N, rows.output, columns.output, C)
        argmax : array of int64 or int32, of the same shape, or None
            ``y·W + x`` of each maximum, counted in its plane from 0.
        """

    def average_pool(self, image, rows, columns, count_include_pad=False):
        """Means of a batch's windows; padding adds nothing to a sum.

        Parameters
        ----------
        image : array, (N, H, W, C)
        rows, columns : convviz.geometry.Axis
        count_include_pad : bool
            Whether a sum is divided by the cells of padding too.

        Returns
        -------
        array, (N, rows.output, columns.output, C)
            Of integers float64, of objects exact Fractions, else of the image's dtype.
        """

    def padded(self, image, above, below, left, right):
        """An image with zeros around it.

        Parameters
        ----------
        image : array, (N, H, W, C)
        above, below, left, right : int
            Rows and columns of zeros.

        Returns
        -------
        array, (N, above + H + below, left + W + right, C)
        """

    def tensor_cores(self):
        """Whether the device multiplies TF32: a bool."""
