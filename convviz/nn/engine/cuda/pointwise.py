"""Elementwise steps, and softmax, on a GPU."""

from convviz.kernels.cuda import activations, dropout, softmax
from convviz.nn.engine.executor import StepRunner, random_key

__all__ = ["Activation", "Dropout", "Pointwise"]


class Pointwise(StepRunner):
    """Base class of the steps that keep the shape: the gradient is computed in place."""

    def backward(self, samples, targets):
        if targets[0] is None:
            return
        gradient = self.output_gradient(samples)
        self.executor.move(gradient, targets[0])
        self.change(targets[0], samples)

    def change(self, gradient, samples):
        """Turn the gradient of the result into that of the input."""
        raise NotImplementedError


class Activation(Pointwise):
    """An activation function."""

    def forward(self, samples):
        source, result, stream = self.input(samples), self.output(samples), self.executor.stream
        if self.step.activation == "softmax":
            softmax.softmax(source, result, stream=stream)
        else:
            activations.activate(self.step.activation, source, result, stream=stream)

    def change(self, gradient, samples):
        result, stream = self.output(samples), self.executor.stream
        if self.step.activation == "softmax":
            softmax.softmax_gradient(gradient, result, stream=stream)
        else:
            source = self.input(samples) if self.step.needs_inputs else None
            activations.activation_gradient(self.step.activation, gradient, result, source, stream=stream)


class Dropout(Pointwise):
    """Dropout; the backward pass computes the mask again."""

    @property
    def numbers(self):
        """What names the mask: rate, seed, step and layer."""
        return self.layer.rate, random_key(self), self.executor.clock, self.step.number

    def forward(self, samples):
        dropout.dropout(self.input(samples), self.output(samples), *self.numbers, stream=self.executor.stream)

    def change(self, gradient, samples):
        dropout.dropout_gradient(gradient, *self.numbers, stream=self.executor.stream)
