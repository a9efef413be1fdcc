"""Batch normalization on the CPU."""

import numpy as np

from convviz.kernels.cpu import normalization
from convviz.nn.engine.executor import StepRunner

__all__ = ["BatchNormalization"]


class BatchNormalization(StepRunner):
    """Channels normalized to a mean and a deviation: by the batch while training, else by the moving averages.

    The gradient is computed in place of that of the result.
    """

    def prepare(self):
        channels, dtype = self.step.output.shape[-1], self.executor.dtype
        self.mean, self.inverse = np.zeros(channels, dtype), np.ones(channels, dtype)

    @property
    def by_batch(self):
        """Whether the mean and the variance of the batch are used."""
        return self.executor.plan.training and self.layer.trainable

    def forward(self, samples):
        layer = self.layer
        numbers = self.weight("gamma"), self.weight("beta"), layer.epsilon
        moving = self.weight("moving_mean"), self.weight("moving_variance")
        arrays = self.input(samples), self.output(samples)
        if self.by_batch:
            normalization.batch_norm_training(
                *arrays, *numbers, self.mean, self.inverse, *moving, layer.momentum, self.executor.workspace
            )
        else:
            normalization.batch_norm_inference(*arrays, *numbers, *moving)

    def backward(self, samples, targets):
        gradient, gamma = self.output_gradient(samples), self.weight("gamma")
        if self.by_batch:
            normalization.batch_norm_gradient(
                gradient,
                self.input(samples),
                gamma,
                self.mean,
                self.inverse,
                self.weight_gradient("gamma"),
                self.weight_gradient("beta"),
                self.executor.workspace,
            )
        else:
            normalization.batch_norm_frozen_gradient(gradient, gamma, self.weight("moving_variance"), self.layer.epsilon)
        if targets[0] is not None:
            self.executor.move(gradient, targets[0])
