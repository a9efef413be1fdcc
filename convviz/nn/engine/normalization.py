"""What batch normalization has in common on all devices."""

from convviz.nn.engine.executor import StepRunner

__all__ = ["NormalizationStep"]


class NormalizationStep(StepRunner):
    """Channels normalized to a mean and a deviation: by the batch while training, else by the moving averages.

    The gradient is computed in place of that of the result.
    """

    @property
    def by_batch(self):
        """Whether the mean and the variance of the batch are used."""
        return self.executor.plan.training and self.layer.trainable
