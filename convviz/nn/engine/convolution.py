"""What steps with a kernel have in common on all devices: where their windows stand, and the shapes that kernels take."""

from convviz.geometry import Axis
from convviz.kernels.sampling import transposed_axis
from convviz.nn.engine.executor import StepRunner

__all__ = ["ConvolutionStep", "DenseStep", "KernelStep", "TransposedStep"]


class KernelStep(StepRunner):
    """Base class of the steps with a kernel.

    Attributes
    ----------
    rows, columns : convviz.geometry.Axis
    groups : int
    """

    def set_geometry(self):
        """Set rows, columns and groups."""
        windows = self.layer.windows((None, *self.step.inputs[0].shape))
        self.rows, self.columns, self.groups = windows.rows, windows.columns, getattr(self.layer, "groups", 1)

    def kernel(self):
        """The weights as the kernels take them, (kh, kw, C_in // groups, C_out)."""
        return self.shaped(self.weight("kernel"))

    def shaped(self, array):
        """The kernel, or its gradient, in that shape."""
        return array

    def images(self, array):
        """An array as images, which the kernels take."""
        return array


class ConvolutionStep(KernelStep):
    """Convolution, depthwise too."""

    def set_geometry(self):
        super().set_geometry()
        if self.step.kind == "depthwise":
            self.groups = self.step.inputs[0].shape[2]

    def shaped(self, array):
        if self.step.kind == "depthwise":  # (kh, kw, C, multiplier): the filters of a channel lie side by side
            return array.reshape(*array.shape[:2], 1, array.shape[2] * array.shape[3])
        return array


class DenseStep(KernelStep):
    """A dense layer: a convolution of images of one pixel. Inputs of more axes are joined along the last."""

    def set_geometry(self):
        self.rows = self.columns = Axis(1, 1, 1, 1, 0, 0, False, 1)
        self.groups = 1

    def shaped(self, array):
        return array.reshape(1, 1, *array.shape)

    def images(self, array):
        *_, channels = array.shape
        return array.reshape(array.size // channels, 1, 1, channels)


class TransposedStep(KernelStep):
    """Transposed convolution: the gradient with respect to the input of the convolution that is transposed."""

    def set_geometry(self):
        super().set_geometry()
        self.rows, self.columns = transposed_axis(self.rows), transposed_axis(self.columns)
