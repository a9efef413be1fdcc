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
        self.algorithm = algorithms.choose(self.rows, self.columns, self.groups, depth, filters // self.groups)
        self.packed = {"forward": None, "backward": None}
        self.versions = {"forward": -1, "backward": -1}
        self.no_bias = np.zeros(self.step.output.shape[-1], self.executor.dtype)
        self.unused_bias = np.zeros_like(self.no_bias)

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


class Dense(DenseStep, WithKernel):
    """A dense layer with ReLU and dropout."""


class Transposed(TransposedStep, WithKernel):
    """Transposed convolution: the gradient with respect to the input of the convolution that is transposed."""

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
