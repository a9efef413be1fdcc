"""Convolutions and dense layers on the CPU. A dense layer is a convolution of images of one pixel."""

import numpy as np

from convviz.geometry import Axis
from convviz.kernels.cpu import dropout, memory, pooling
from convviz.kernels.sampling import transposed_axis
from convviz.nn.engine.cpu import algorithms
from convviz.nn.engine.executor import StepRunner, random_key

__all__ = ["Convolution", "Dense", "Transposed"]


class WithKernel(StepRunner):
    """Base class of the operations with a kernel and a bias: forward and backward with ReLU, pooling and dropout."""

    def prepare(self):
        self.set_geometry(self.layer)
        depth, filters = self.kernel().shape[2:]
        self.algorithm = algorithms.choose(self.rows, self.columns, self.groups, depth, filters // self.groups)
        self.packed = {"forward": None, "backward": None}
        self.versions = {"forward": -1, "backward": -1}
        self.no_bias = np.zeros(self.step.output.shape[-1], self.executor.dtype)
        self.unused_bias = np.zeros_like(self.no_bias)

    def set_geometry(self, layer):
        """Set rows, columns and groups."""
        windows = layer.windows((None, *self.step.inputs[0].shape))
        self.rows, self.columns, self.groups = windows.rows, windows.columns, getattr(layer, "groups", 1)

    def kernel(self):
        """The weights as the kernels take them, (kh, kw, C_in // groups, C_out)."""
        return self.shaped(self.weight("kernel"))

    def shaped(self, array):
        """The kernel, or its gradient, in that shape."""
        return array

    def images(self, array):
        """An array as images, which the kernels take."""
        return array

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


class Convolution(WithKernel):
    """Convolution, depthwise too, with ReLU, 2 × 2 max pooling and dropout."""

    def set_geometry(self, layer):
        super().set_geometry(layer)
        if self.step.kind == "depthwise":
            self.groups = self.step.inputs[0].shape[2]

    def shaped(self, array):
        if self.step.kind == "depthwise":  # (kh, kw, C, multiplier): the filters of a channel lie side by side
            return array.reshape(*array.shape[:2], 1, -1)
        return array


class Dense(WithKernel):
    """A dense layer with ReLU and dropout; inputs of more axes are joined along the last."""

    def set_geometry(self, layer):
        self.rows = self.columns = Axis(1, 1, 1, 1, 0, 0, False, 1)
        self.groups = 1

    def shaped(self, array):
        return array[None, None]

    def images(self, array):
        return array.reshape(-1, 1, 1, array.shape[-1])


class Transposed(WithKernel):
    """Transposed convolution: the gradient with respect to the input of the convolution that is transposed."""

    def set_geometry(self, layer):
        super().set_geometry(layer)
        self.rows, self.columns = transposed_axis(self.rows), transposed_axis(self.columns)

    def forward(self, samples):
        result, bias = self.output(samples), self.weight("bias")
        self.algorithm.input_gradient(self.input(samples), self.pack("backward"), result, self.executor.workspace)
        if bias is not None:
            result += bias

    def backward(self, samples, targets):
        gradient = memory.readable(self.output_gradient(samples))
        kernel, bias = self.weight_gradient("kernel"), self.weight_gradient("bias")
        if kernel is not None:
            unused = np.empty(kernel.shape[3], self.executor.dtype)
            self.algorithm.kernel_gradient(gradient, self.input(samples), kernel, unused, self.executor.workspace)
        if bias is not None:
            # line by line in float32, thousands of lines would lose digits
            bias[...] = gradient.reshape(-1, len(bias)).sum(axis=0, dtype=np.float64)
        if targets[0] is not None:
            zeros = np.zeros(self.kernel().shape[3], self.executor.dtype)
            packed = self.pack("forward")
            self.algorithm.forward(gradient, packed, zeros, targets[0], None, False, self.executor.workspace)
