"""Elementwise steps, and softmax, on the CPU."""

from convviz.kernels.cpu import activations, dropout, softmax
from convviz.nn.engine.executor import StepRunner, random_key

__all__ = ["Activation", "Dropout"]


class Pointwise(StepRunner):
    """Base class of the steps that keep the shape: the gradient is computed in place."""

    def backward(self, samples, targets):
        gradient = self.output_gradient(samples)
        if targets[0] is None:
            return
        self.executor.move(gradient, targets[0])
        self.change(targets[0], samples)


class Activation(Pointwise):
    """An activation function."""

    def forward(self, samples):
        source, result = self.input(samples), self.output(samples)
        if self.step.activation == "softmax":
            softmax.softmax(source, result)
        else:
            activations.activate(self.step.activation, source, result)

    def change(self, gradient, samples):
        """Turn the gradient of the result into that of the input."""
        result = self.output(samples)
        if self.step.activation == "softmax":
            softmax.softmax_gradient(gradient, result)
        else:
            source = self.input(samples) if self.step.needs_inputs else None
            activations.activation_gradient(self.step.activation, gradient, result, source)


class Dropout(Pointwise):
    """Dropout; the backward pass computes the mask again."""

    def forward(self, samples):
        numbers = self.layer.rate, random_key(self), self.executor.iteration, self.step.number
        dropout.dropout(self.input(samples), self.output(samples), *numbers)

    def change(self, gradient, samples):
        """Turn the gradient of the result into that of the input."""
        dropout.dropout_gradient(gradient, self.layer.rate, random_key(self), self.executor.iteration, self.step.number)
