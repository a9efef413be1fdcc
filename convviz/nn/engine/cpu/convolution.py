"""Convolutions and dense layers on the CPU. A dense layer is a convolution of images of one pixel."""

import numpy as np

from convviz.kernels.cpu import dropout, memory, pooling
from convviz.nn.engine.convolution import ConvolutionStep, DenseStep, KernelStep, TransposedStep
from convviz.nn.engine.cpu import algorithms
from convviz.nn.engine.executor import random_key

__all__ = ["Convolution", "Dense", "Transposed"]


class WithKernel(KernelStep):
    """Base class of the steps with a kernel and a bias: forward and backward with ReLU, pooling and dropout."""

    def prepare(self):
        self.set_geometry()
        depth, filters = self.kernel().shape[2:]
        where = self.rows, self.columns, self.groups
        if self.executor.exact:
            self.algorithm = algorithms.exact(*where, self.kernel())
        else:
            self.algorithm = algorithms.choose(*where, depth, filters // self.groups)
        self.packed = {"forward": None, "backward": None}
        self.versions = {"forward": -1, "backward": -1}
        self.checked, self.finite = -1, True
        self.no_bias = np.zeros(self.step.output.shape[-1], self.executor.dtype)
        self.unused_bias = np.zeros_like(self.no_bias)

    def finite_kernel(self):
        """Whether all weights are finite; looked at again if they have changed."""
        if self.checked != self.executor.version:
            self.checked, self.finite = self.executor.version, bool(np.isfinite(self.kernel()).all())
        return self.finite

    def pack(self, direction):
        """Weights packed for "forward" or "backward"; packed again if they have changed."""
        if self.versions[direction] != self.executor.version:
            function = self.algorithm.pack_forward if direction == "forward" else self.algorithm.pack_backward
            self.packed[direction] = function(self.kernel(), self.packed[direction])
            self.versions[direction] = self.executor.version
        return self.packed[direction]

    def bias(self):
        """The biases, zeros if the layer has none."""
        bias = self.weight("bias")
        return self.no_bias if bias is None else bias

    def drop(self, result):
        """Apply dropout to the result in place, if it is part of the step."""
        if self.step.dropout:
            rate = self.step.dropout.rate
            dropout.dropout(result, result, rate, random_key(self), self.executor.iteration, self.step.number)

    def forward(self, samples):
        result, packed = self.output(samples), self.pack("forward")
        argmax = self.executor.argmax(self.step, samples) if self.step.pool else None
        source, out = self.images(self.input(samples)), self.images(result)
        self.algorithm.forward(source, packed, self.bias(), out, argmax, self.step.relu, self.executor.workspace)
        self.drop(result)

    def backward(self, samples, targets):
        gradient = self.images(self.before_pooling(self.output_gradient(samples), samples))
        kernel, bias = self.weight_gradient("kernel"), self.weight_gradient("bias")
        if kernel is not None:
            bias = self.unused_bias if bias is None else bias
            source = self.images(self.input(samples))
            self.algorithm.kernel_gradient(source, gradient, self.shaped(kernel), bias, self.executor.workspace)
        if targets[0] is not None:
            packed = self.pack("backward")
            self.algorithm.input_gradient(gradient, packed, self.images(targets[0]), self.executor.workspace)

    def before_pooling(self, gradient, samples):
        """The gradient before dropout, ReLU and pooling."""
        if self.step.relu:
            scale = 1 / (1 - self.step.dropout.rate) if self.step.dropout else 1.0
            dropout.relu_dropout_gradient(gradient, self.output(samples), scale)
        if not self.step.pool:
            return gradient
        unpooled = self.executor.view(("unpooled", self.step.output.slot), self.step.before.shape, samples)
        windows = self.step.pool.windows((None, *self.step.before.shape))
        argmax = self.executor.argmax(self.step, samples)
        pooling.max_pool_gradient(gradient, argmax, windows.rows, windows.columns, unpooled)
        return unpooled


class Convolution(ConvolutionStep, WithKernel):
    """Convolution, depthwise too, with ReLU, 2 × 2 max pooling and dropout."""

    @property
    def hides(self):
        """Whether results may be finite that are NaN by definition: padding is skipped, and weights are not finite."""
        padded = self.rows.before or self.rows.after or self.columns.before or self.columns.after
        return bool(padded) and not self.finite_kernel()


class Dense(DenseStep, WithKernel):
    """A dense layer with ReLU and dropout."""


class Transposed(TransposedStep, WithKernel):
    """Transposed convolution: the gradient with respect to the input of the convolution that is transposed.

    The fast algorithms multiply zeros that lie around the image. Those are no terms of a transposed convolution, and give
    NaN with weights that are not finite, so such weights are multiplied row by row.
    """

    def prepare(self):
        super().prepare()
        self.rowwise = algorithms.Rowwise(self.rows, self.columns)

    def forward(self, samples):
        source, result, bias = self.input(samples), self.output(samples), self.weight("bias")
        if self.finite_kernel():
            self.algorithm.input_gradient(source, self.pack("backward"), result, self.executor.workspace)
        else:
            self.rowwise.input_gradient(source, self.kernel(), result)
        if bias is not None:
            result += bias

    def backward(self, samples, targets):
        gradient = memory.readable(self.output_gradient(samples))
        kernel, bias = self.weight_gradient("kernel"), self.weight_gradient("bias")
        if kernel is not None:
            self.write_kernel_gradient(gradient, self.input(samples), kernel)
        if bias is not None:
            # line by line in float32, thousands of lines would lose digits
            bias[...] = gradient.reshape(-1, len(bias)).sum(axis=0, dtype=np.float64)
        if targets[0] is not None:
            self.write_input_gradient(gradient, targets[0])

    def write_kernel_gradient(self, gradient, source, kernel):
        """Write the gradient of the kernel; `source` is what the layer is given."""
        unused = np.empty(kernel.shape[3], self.executor.dtype)
        self.algorithm.kernel_gradient(gradient, source, kernel, unused, self.executor.workspace)
        if not np.isfinite(kernel).all():  # zeros around the gradient may have met infinite cells
            self.rowwise.kernel_gradient(gradient, source, kernel)

    def write_input_gradient(self, gradient, target):
        """Write the gradient of what the layer is given."""
        if not self.finite_kernel():
            self.rowwise.forward(gradient, self.kernel(), target)
            return
        zeros = np.zeros(self.kernel().shape[3], self.executor.dtype)
        packed = self.pack("forward")
        self.algorithm.forward(gradient, packed, zeros, target, None, False, self.executor.workspace)
