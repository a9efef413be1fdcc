"""Convolutions and dense layers on the CPU. A dense layer is a convolution of images of one pixel."""

import numpy as np

from convviz.geometry import Axis
from convviz.kernels.cpu import dropout, memory, pooling
from convviz.kernels.cpu.dispatch import transposed_back
from convviz.nn.engine.cpu import algorithms
from convviz.nn.engine.execution import Operation, key_of

__all__ = ["Convolution", "Dense", "Transposed"]


class Sweeping(Operation):
    """What operations with packed weights share: the way to compute the convolution, and its packed weights."""

    def prepare(self):
        self.settle(self.layer)
        depth, filters = self.kernel().shape[2:]
        self.way = algorithms.choose(self.rows, self.columns, self.groups, depth, filters // self.groups)
        self.packed = {"forward": None, "backward": None}
        self.versions = {"forward": -1, "backward": -1}
        self.no_bias = np.zeros(self.step.output.shape[-1], self.room.dtype)
        self.spare_bias = np.zeros_like(self.no_bias)

    def settle(self, layer):
        """Set rows, columns and groups."""
        windows = layer.windows((None, *self.step.inputs[0].shape))
        self.rows, self.columns, self.groups = windows.rows, windows.columns, getattr(layer, "groups", 1)

    def kernel(self):
        """The weights as the kernels take them, (kh, kw, C_in // groups, C_out)."""
        return self.layer.kernel

    def shaped(self, array):
        """A gradient of the kernel in the same shape."""
        return array

    def pack(self, way):
        """Weights packed for one way, anew if they have changed."""
        if self.versions[way] != self.room.version:
            function = self.way.pack_forward if way == "forward" else self.way.pack_backward
            self.packed[way] = function(self.kernel(), self.packed[way])
            self.versions[way] = self.room.version
        return self.packed[way]

    @property
    def bias(self):
        """The biases, zeros where the layer has none."""
        return self.no_bias if self.layer.bias is None else self.layer.bias

    def drop(self, result):
        """Dropout in the place of the result, if it is part of the step."""
        if self.step.dropout:
            rate = self.step.dropout.rate
            dropout.dropout(result, result, rate, key_of(self), self.room.moment, self.step.number)

    def before_relu(self, gradient, result):
        """The gradient before dropout and ReLU, in its place."""
        if self.step.relu:
            scale = 1 / (1 - self.step.dropout.rate) if self.step.dropout else 1.0
            dropout.relu_dropout_gradient(gradient, result, scale)
        return gradient


class Convolution(Sweeping):
    """Convolution, depthwise too, with ReLU, 2 × 2 max pooling and dropout."""

    def settle(self, layer):
        super().settle(layer)
        if self.step.kind == "depthwise":
            self.groups = self.step.inputs[0].shape[2]

    def kernel(self):
        return self.shaped(self.layer.kernel)

    def shaped(self, array):
        if self.step.kind == "depthwise":  # (kh, kw, C, multiplier): the filters of a channel lie side by side
            return array.reshape(*array.shape[:2], 1, -1)
        return array

    def forward(self, samples):
        result = self.output(samples)
        winners = self.room.places(self.step, samples) if self.step.pool else None
        self.way.forward(
            self.input(samples), self.pack("forward"), self.bias, result, winners, self.step.relu, self.room.workspace
        )
        self.drop(result)

    def backward(self, samples, targets):
        gradient = self.before_relu(self.output_gradient(samples), self.output(samples) if self.step.relu else None)
        if self.step.pool:
            gradient = self.unpooled(gradient, samples)
        kernel, bias = self.gradient_of("kernel"), self.gradient_of("bias")
        if kernel is not None:
            bias = self.spare_bias if bias is None else bias
            self.way.kernel_gradient(self.input(samples), gradient, self.shaped(kernel), bias, self.room.workspace)
        if targets[0] is not None:
            self.way.input_gradient(gradient, self.pack("backward"), targets[0], self.room.workspace)

    def unpooled(self, gradient, samples):
        """The gradient with respect to what was pooled."""
        whole = self.room.view(("whole", self.step.output.slot), self.step.before.shape, samples)
        windows = self.step.pool.windows((None, *self.step.before.shape))
        pooling.max_pool_gradient(gradient, self.room.places(self.step, samples), windows.rows, windows.columns, whole)
        return whole


class Dense(Sweeping):
    """A dense layer with ReLU and dropout; inputs of more axes are joined along the last."""

    def settle(self, layer):
        self.rows = self.columns = Axis(1, 1, 1, 1, 0, 0, False, 1)
        self.groups = 1

    def kernel(self):
        return self.layer.kernel[None, None]

    @staticmethod
    def pixels(array):
        """An array as images of one pixel."""
        return array.reshape(-1, 1, 1, array.shape[-1])

    def forward(self, samples):
        result = self.output(samples)
        source, packed = self.pixels(self.input(samples)), self.pack("forward")
        self.way.forward(source, packed, self.bias, self.pixels(result), None, self.step.relu, self.room.workspace)
        self.drop(result)

    def backward(self, samples, targets):
        gradient = self.before_relu(self.output_gradient(samples), self.output(samples) if self.step.relu else None)
        gradient = self.pixels(gradient)
        kernel, bias = self.gradient_of("kernel"), self.gradient_of("bias")
        if kernel is not None:
            bias = self.spare_bias if bias is None else bias
            source = self.pixels(self.input(samples))
            self.way.kernel_gradient(source, gradient, kernel[None, None], bias, self.room.workspace)
        if targets[0] is not None:
            self.way.input_gradient(gradient, self.pack("backward"), self.pixels(targets[0]), self.room.workspace)


class Transposed(Sweeping):
    """Transposed convolution: the gradient with respect to the input of the convolution that is transposed."""

    def settle(self, layer):
        super().settle(layer)
        self.rows, self.columns = transposed_back(self.rows), transposed_back(self.columns)

    def forward(self, samples):
        result = self.output(samples)
        self.way.input_gradient(self.input(samples), self.pack("backward"), result, self.room.workspace)
        if self.layer.bias is not None:
            result += self.layer.bias

    def backward(self, samples, targets):
        gradient = memory.readable(self.output_gradient(samples))
        kernel, bias = self.gradient_of("kernel"), self.gradient_of("bias")
        if kernel is not None:
            spare = np.empty(kernel.shape[3], self.room.dtype)
            self.way.kernel_gradient(gradient, self.input(samples), kernel, spare, self.room.workspace)
        if bias is not None:
            # line by line in float32, thousands of lines would lose digits
            bias[...] = gradient.reshape(-1, len(bias)).sum(axis=0, dtype=np.float64)
        if targets[0] is not None:
            zeros = np.zeros(self.layer.kernel.shape[3], self.room.dtype)
            self.way.forward(gradient, self.pack("forward"), zeros, targets[0], None, False, self.room.workspace)
