"""Convolutions and dense layers on a GPU. A dense layer is a convolution of images of one pixel."""

from convviz.kernels.cuda import arrays, dropout, pooling
from convviz.nn.engine.convolution import ConvolutionStep, DenseStep, KernelStep, TransposedStep
from convviz.nn.engine.cuda import algorithms
from convviz.nn.engine.executor import random_key

__all__ = ["Convolution", "Dense", "Transposed"]


class WithKernel(KernelStep):
    """Base class of the steps with a kernel and a bias: forward and backward with ReLU, pooling and dropout."""

    def prepare(self):
        self.set_geometry()
        depth, filters = self.kernel().shape[2:]
        self.algorithm = algorithms.choose(self.rows, self.columns, self.groups, depth, filters // self.groups, self.executor)

    def bias(self):
        """The biases, zeros where the layer has none."""
        bias = self.weight("bias")
        return arrays.no_bias(self.step.output.shape[-1], self.executor.dtype) if bias is None else bias

    def drop(self, result):
        """Apply dropout to the result in place, if it is part of the step."""
        if self.step.dropout:
            numbers = self.step.dropout.rate, random_key(self), self.executor.clock, self.step.number
            dropout.dropout(result, result, *numbers, stream=self.executor.stream)

    def forward(self, samples):
        result = self.output(samples)
        argmax = self.executor.argmax(self.step, samples) if self.step.pool else None
        source = self.images(self.input(samples))
        self.algorithm.forward(source, self.kernel(), self.bias(), self.images(result), argmax, self.step.relu)
        self.drop(result)

    def backward(self, samples, targets):
        gradient = self.images(self.before_pooling(self.output_gradient(samples), samples))
        self.write_weight_gradients(self.images(self.input(samples)), gradient)
        if targets[0] is not None:
            self.algorithm.input_gradient(gradient, self.kernel(), self.images(targets[0]))

    def write_weight_gradients(self, source, gradient):
        """Write the gradients of kernel and bias."""
        kernel, bias = self.weight_gradient("kernel"), self.weight_gradient("bias")
        if kernel is not None:
            self.algorithm.kernel_gradient(source, gradient, self.shaped(kernel))
        if bias is not None:
            self.algorithm.bias_gradient(gradient, bias)

    def before_pooling(self, gradient, samples):
        """The gradient before dropout, pooling and ReLU."""
        result = self.output(samples) if self.step.relu else None
        if self.step.relu and (self.step.dropout or not self.step.pool):
            scale = 1 / (1 - self.step.dropout.rate) if self.step.dropout else 1.0
            dropout.relu_dropout_gradient(gradient, result, scale, stream=self.executor.stream)
            result = None
        if not self.step.pool:
            return gradient
        unpooled = self.executor.view(("unpooled", self.step.output.slot), self.step.before.shape, samples)
        windows = self.step.pool.windows((None, *self.step.before.shape))
        # with `result` the same launch goes back through the ReLU
        pooling.max_pool_gradient(
            gradient,
            self.executor.argmax(self.step, samples),
            windows.rows,
            windows.columns,
            unpooled,
            result,
            stream=self.executor.stream,
        )
        return unpooled


class Convolution(ConvolutionStep, WithKernel):
    """Convolution, depthwise too, with ReLU, 2 × 2 max pooling and dropout."""


class Dense(DenseStep, WithKernel):
    """A dense layer with ReLU and dropout."""


class Transposed(TransposedStep, WithKernel):
    """Transposed convolution: the gradient with respect to the input of the convolution that is transposed."""

    def forward(self, samples):
        bias = self.weight("bias")
        self.algorithm.input_gradient(self.input(samples), self.kernel(), self.output(samples), bias)

    def backward(self, samples, targets):
        gradient = self.output_gradient(samples)
        kernel, bias = self.weight_gradient("kernel"), self.weight_gradient("bias")
        if kernel is not None:
            self.algorithm.kernel_gradient(gradient, self.input(samples), kernel)
        if bias is not None:
            self.algorithm.bias_gradient(gradient, bias)
        if targets[0] is not None:
            nothing = arrays.no_bias(self.layer.kernel.shape[3], self.executor.dtype)
            self.algorithm.forward(gradient, self.kernel(), nothing, targets[0], None, False)
