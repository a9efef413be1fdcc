"""Batch normalization on a GPU."""

from convviz.kernels.cuda import arrays, normalization
from convviz.nn.engine.normalization import NormalizationStep

__all__ = ["BatchNormalization"]


class BatchNormalization(NormalizationStep):
    """Batch normalization with the kernels of a GPU."""

    def prepare(self):
        channels, dtype = self.step.output.shape[-1], self.executor.dtype
        self.mean, self.inverse = arrays.zeros((channels,), dtype), arrays.zeros((channels,), dtype)

    def weights(self, *names):
        """The layer's weights by name, None for those that it does not have."""
        return [self.weight(name) for name in names]

    def scratch(self, samples):
        """Room for sums of chunks."""
        channels = self.step.output.shape[-1]
        rows = samples * self.step.output.size // channels
        return self.executor.scratch("chunks", normalization.partial_cells(rows, channels))

    def forward(self, samples):
        layer, given = self.layer, (self.input(samples), self.output(samples))
        gamma, beta, *moving = self.weights("gamma", "beta", "moving_mean", "moving_variance")
        if self.by_batch:
            normalization.batch_norm_training(
                *given,
                gamma,
                beta,
                layer.epsilon,
                self.mean,
                self.inverse,
                *moving,
                layer.momentum,
                self.scratch(samples),
                stream=self.executor.stream,
            )
        else:
            normalization.batch_norm_inference(*given, gamma, beta, layer.epsilon, *moving, stream=self.executor.stream)

    def backward(self, samples, targets):
        gradient, (gamma,) = self.output_gradient(samples), self.weights("gamma")
        if self.by_batch:
            normalization.batch_norm_gradient(
                gradient,
                self.input(samples),
                gamma,
                self.mean,
                self.inverse,
                self.weight_gradient("gamma"),
                self.weight_gradient("beta"),
                self.scratch(samples),
                stream=self.executor.stream,
            )
        else:
            normalization.batch_norm_frozen_gradient(
                gradient, gamma, *self.weights("moving_variance"), self.layer.epsilon, stream=self.executor.stream
            )
        if targets[0] is not None:
            self.executor.move(gradient, targets[0])
