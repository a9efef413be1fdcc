"""The two algorithms for a convolution in training, with the same methods: directly, or with fewer products."""

from convviz.kernels.cpu import convolution, winograd

__all__ = ["choose"]


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


class Winograd:
    """Windows of 3 × 3 with strides of 1, with four ninths of the products."""

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


def choose(rows, columns, groups, depth, filters):
    """The faster algorithm for a layer; `depth` and `filters` are the channels of a group that go in and come out."""
    if winograd.applies(rows, columns, groups, depth, filters):
        return Winograd(rows, columns)
    return Direct(rows, columns, groups)
