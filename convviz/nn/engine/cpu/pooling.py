"""Pooling on the CPU, in windows and over whole feature maps."""

from convviz.kernels.cpu import global_pooling, pooling
from convviz.nn.engine.executor import StepRunner

__all__ = ["Average", "GlobalAverage", "GlobalMaximum", "Maximum"]


class Windowed(StepRunner):
    """Base class of pooling in windows."""

    def prepare(self):
        windows = self.layer.windows((None, *self.step.inputs[0].shape))
        self.rows, self.columns = windows.rows, windows.columns


class Maximum(Windowed):
    """Max pooling; the argmax is kept for the backward pass."""

    def forward(self, samples):
        argmax = self.executor.argmax(self.step, samples)
        pooling.max_pool(self.input(samples), self.rows, self.columns, self.output(samples), argmax)

    def backward(self, samples, targets):
        argmax = self.executor.argmax(self.step, samples)
        pooling.max_pool_gradient(self.output_gradient(samples), argmax, self.rows, self.columns, targets[0])


class Average(Windowed):
    """Average pooling."""

    def forward(self, samples):
        counted = self.layer.count_include_pad
        pooling.average_pool(self.input(samples), self.rows, self.columns, self.output(samples), counted)

    def backward(self, samples, targets):
        counted = self.layer.count_include_pad
        pooling.average_pool_gradient(self.output_gradient(samples), self.rows, self.columns, targets[0], counted)


class GlobalMaximum(StepRunner):
    """The largest value of every feature map."""

    def forward(self, samples):
        rows = samples, self.step.inputs[0].shape[2]
        argmax = self.executor.argmax(self.step, samples).reshape(rows)
        global_pooling.global_max_pool(self.input(samples), self.output(samples).reshape(rows), argmax)

    def backward(self, samples, targets):
        rows = samples, self.step.inputs[0].shape[2]
        argmax = self.executor.argmax(self.step, samples).reshape(rows)
        global_pooling.global_max_pool_gradient(self.output_gradient(samples).reshape(rows), argmax, targets[0])


class GlobalAverage(StepRunner):
    """The mean of every feature map."""

    def forward(self, samples):
        rows = samples, self.step.inputs[0].shape[2]
        global_pooling.global_average_pool(self.input(samples), self.output(samples).reshape(rows))

    def backward(self, samples, targets):
        rows = samples, self.step.inputs[0].shape[2]
        global_pooling.global_average_pool_gradient(self.output_gradient(samples).reshape(rows), targets[0])
