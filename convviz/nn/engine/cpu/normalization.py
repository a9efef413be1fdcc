"""Batch normalization on the CPU."""

import numpy as np

from convviz.kernels.cpu import normalization
from convviz.nn.engine.normalization import NormalizationStep

__all__ = ["BatchNormalization"]


class BatchNormalization(NormalizationStep):
    """Batch normalization with the kernels of the CPU."""

    def prepare(self):
        channels, dtype = self.step.output.shape[-1], self.executor.dtype
        self.mean, self.inverse = np.zeros(channels, dtype), np.ones(channels, dtype)

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
