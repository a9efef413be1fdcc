"""Batch normalization on the CPU."""

import numpy as np

from ...kernels import normalization
from .operation import Operation

__all__ = ["BatchNormalization"]


class BatchNormalization(Operation):
    """Channels brought to a mean and a deviation: the batch's own while training, else the moving averages."""

    def prepare(self):
        channels, dtype = self.step.output.shape[-1], self.room.dtype
        self.mean, self.inverse = np.zeros(channels, dtype), np.ones(channels, dtype)
        self.ones, self.zeros = np.ones(channels, dtype), np.zeros(channels, dtype)
        self.spare = {name: np.zeros(channels, dtype) for name in ("gamma", "beta")}

    @property
    def by_batch(self):
        """Whether the batch's own mean and variance serve."""
        return self.room.plan.training and self.layer.trainable

    def lines(self, array):
        """An array as rows of channels."""
        return array.reshape(-1, array.shape[-1])

    def forward(self, samples):
        layer = self.layer
        gamma, beta = layer.weight("gamma"), layer.weight("beta")
        gamma, beta = self.ones if gamma is None else gamma, self.zeros if beta is None else beta
        moving = layer.weight("moving_mean"), layer.weight("moving_variance")
        x, y = self.lines(self.input(samples)), self.lines(self.output(samples))
        if self.by_batch:
            normalization.batch_norm_training(
                x, y, gamma, beta, layer.epsilon, self.mean, self.inverse, *moving, layer.momentum, self.room.workspace
            )
        else:
            normalization.batch_norm_inference(x, y, gamma, beta, layer.epsilon, *moving)

    def backward(self, samples, targets):
        raise NotImplementedError
