"""The algorithms for a convolution in training: directly, or with fewer products, and what is not finite by itself."""

import numpy as np

from convviz.kernels.cpu import convolution, rowwise, threads, winograd
from convviz.kernels.sampling import transposed_sampling, window_sampling
from convviz.operations.convolution import with_zeros

__all__ = ["Rowwise", "choose", "exact"]


class Direct:
    """Every product is computed: any strides, dilation, padding and groups.

    Parameters
    ----------
    rows, columns : convviz.geometry.Axis
    groups : int
    """

    def __init__(self, rows, columns, groups):
        self.where = rows, columns, groups

    def pack_forward(self, kernel, out):
        """Weights as `forward` reads them, in the memory of `out`, if that is not None."""
        return convolution.pack_forward(kernel, *self.where, out=out)

    def pack_backward(self, kernel, out):
        """Weights as `input_gradient` reads them."""
        return convolution.pack_backward(kernel, *self.where, out=out)

    def forward(self, image, packed, bias, out, argmax, relu, workspace):
        """The result, with ReLU and 2 × 2 max pooling if wanted."""
        convolution.convolve(image, packed, bias, *self.where, out, argmax, relu, workspace)

    def input_gradient(self, gradient, packed, out, workspace):
        """The gradient with respect to the image."""
        convolution.input_gradient(gradient, packed, *self.where, out, workspace)

    def kernel_gradient(self, image, gradient, kernel, bias, workspace):
        """The gradients with respect to kernel and bias."""
        convolution.kernel_gradient(image, gradient, *self.where, kernel, bias, workspace)


class Padded(Direct):
    """Padding is written out, not skipped: zeros of padding times infinite weights are NaN."""

    def forward(self, image, packed, bias, out, argmax, relu, workspace):
        rows, columns, groups = self.where
        padded, *axes = with_zeros(image, rows, columns)
        convolution.convolve(padded, packed, bias, *axes, groups, out, argmax, relu, workspace)


class Winograd:
    """Windows of 3 × 3 with strides of 1, with four ninths of the products.

    NaN and infinity in a cell also reach neighbouring results, whose windows it is not in.
    """

    def __init__(self, rows, columns):
        self.where = rows, columns

    def pack_forward(self, kernel, out):
        """Weights as `forward` reads them, in the memory of `out`, if that is not None."""
        return winograd.pack_forward(kernel, out)

    def pack_backward(self, kernel, out):
        """Weights as `input_gradient` reads them."""
        return winograd.pack_backward(kernel, out)

    def forward(self, image, packed, bias, out, argmax, relu, workspace):
        """The result, with ReLU and 2 × 2 max pooling if wanted."""
        winograd.convolve(image, packed, bias, *self.where, out, argmax, relu, workspace)

    def input_gradient(self, gradient, packed, out, workspace):
        """The gradient with respect to the image."""
        winograd.input_gradient(gradient, packed, *self.where, out, workspace=workspace)

    def kernel_gradient(self, image, gradient, kernel, bias, workspace):
        """The gradients with respect to kernel and bias."""
        winograd.kernel_gradient(image, gradient, *self.where, kernel, bias, workspace)


class Rowwise:
    """Only what has a cell is multiplied, no zeros of padding: slow, for numbers that are not finite.

    Parameters
    ----------
    rows, columns : convviz.geometry.Axis
    """

    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns

    def forward(self, image, kernel, out):
        """The convolution without bias; padding adds no terms."""
        bias = np.zeros(kernel.shape[3], kernel.dtype)
        numbers = image, kernel, bias, window_sampling(self.rows, self.columns), 1, out
        threads.share(rowwise.convolve_rows, out.shape[0] * out.shape[1], *numbers)

    def input_gradient(self, gradient, kernel, out):
        """The gradient with respect to the image."""
        bias = np.zeros(kernel.shape[2], kernel.dtype)
        numbers = gradient, kernel, bias, transposed_sampling(self.rows, self.columns), 1, out
        threads.share(rowwise.transposed_rows, out.shape[0] * out.shape[1], *numbers)

    def kernel_gradient(self, image, gradient, out):
        """The gradient with respect to the kernel."""
        down = [tap_cells(self.rows, tap) for tap in range(self.rows.window)]
        across = [tap_cells(self.columns, tap) for tap in range(self.columns.window)]
        for i, (rows, outputs) in enumerate(down):
            for j, (columns, places) in enumerate(across):
                cells, results = image[:, rows, columns], gradient[:, outputs, places]
                out[i, j] = np.einsum("nyxc,nyxf->cf", cells, results, dtype=np.float64, casting="same_kind")


def tap_cells(axis, tap):
    """The cells of an axis that a tap of the windows reads, padding apart, and the results that they go to; two slices."""
    shift = tap * axis.dilation - axis.before
    first = max(0, -(shift // axis.stride))
    stop = max(first, min(axis.output, (axis.size - 1 - shift) // axis.stride + 1))
    start = first * axis.stride + shift
    return slice(start, start + (stop - first) * axis.stride, axis.stride), slice(first, stop)


def choose(rows, columns, groups, depth, filters):
    """The faster algorithm for a layer; `depth` and `filters` are the channels of a group that go in and come out."""
    if winograd.applies(rows, columns, groups, depth, filters):
        return Winograd(rows, columns)
    return Direct(rows, columns, groups)


def exact(rows, columns, groups, kernel):
    """The algorithm whose results are those of the operations where numbers are not finite, too."""
    return (Direct if np.isfinite(kernel).all() else Padded)(rows, columns, groups)
