"""Pooling on a GPU, in windows and over whole feature maps."""

from convviz.kernels.cuda import global_pooling, pooling
from convviz.nn.engine.executor import StepRunner

__all__ = ["Average", "GlobalAverage", "GlobalMaximum", "Maximum"]


class Windowed(StepRunner):
    """Base class of pooling in windows."""

    def prepare(self):
        windows = self.layer.windows((None, *self.step.inputs[0].shape))
        self.where = windows.rows, windows.columns


class Maximum(Windowed):
    """Max pooling; the argmax is kept for the backward pass."""

    def forward(self, samples):
        argmax = self.executor.argmax(self.step, samples)
        pooling.max_pool(self.input(samples), *self.where, self.output(samples), argmax, stream=self.executor.stream)

    def backward(self, samples, targets):
        if targets[0] is not None:
            argmax, gradient = self.executor.argmax(self.step, samples), self.output_gradient(samples)
            pooling.max_pool_gradient(gradient, argmax, *self.where, targets[0], stream=self.executor.stream)


class Average(Windowed):
    """Average pooling."""

    def prepare(self):
        super().prepare()
        self.counts = pooling.counts_of(*self.where, self.executor.dtype, self.layer.count_include_pad)

    def forward(self, samples):
        result = self.output(samples)
        pooling.average_pool(self.input(samples), *self.where, result, self.counts, stream=self.executor.stream)

    def backward(self, samples, targets):
        if targets[0] is not None:
            gradient = self.output_gradient(samples)
            pooling.average_pool_gradient(gradient, *self.where, targets[0], self.counts, stream=self.executor.stream)


class Global(StepRunner):
    """Base class of pooling whole feature maps, whose results are rows, (samples, channels)."""

    def rows(self, array):
        """A result, its gradient or its argmax as rows."""
        return array.reshape(array.shape[0], self.step.inputs[0].shape[2])


class GlobalMaximum(Global):
    """The largest value of every feature map."""

    def forward(self, samples):
        argmax = self.rows(self.executor.argmax(self.step, samples))
        global_pooling.global_max_pool(
            self.input(samples), self.rows(self.output(samples)), argmax, stream=self.executor.stream
        )

    def backward(self, samples, targets):
        if targets[0] is not None:
            argmax = self.rows(self.executor.argmax(self.step, samples))
            gradient = self.rows(self.output_gradient(samples))
            global_pooling.global_max_pool_gradient(gradient, argmax, targets[0], stream=self.executor.stream)


class GlobalAverage(Global):
    """The mean of every feature map."""

    def forward(self, samples):
        global_pooling.global_average_pool(self.input(samples), self.rows(self.output(samples)), stream=self.executor.stream)

    def backward(self, samples, targets):
        if targets[0] is not None:
            gradient = self.rows(self.output_gradient(samples))
            global_pooling.global_average_pool_gradient(gradient, targets[0], stream=self.executor.stream)
