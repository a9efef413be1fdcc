"""Means of the loss and the metrics over batches."""

from convviz.nn import metrics

__all__ = ["Means"]


class Means:
    """Means over the samples so far of the loss and the metrics."""

    def __init__(self, model):
        names = ["loss", *(metrics.get(metric)[0] for metric in model.metrics)]
        self.sums, self.samples = dict.fromkeys(names, 0.0), 0

    def add(self, samples, values):
        """Count a batch with its loss and metrics."""
        self.samples += samples
        for name, value in zip(self.sums, values, strict=True):
            self.sums[name] += value * samples

    def add_rows(self, engine):
        """Count the batches that an engine has done since it was last asked."""
        for samples, values in engine.rows():
            self.add(samples, values)

    def logs(self, prefix=""):
        """The means by name."""
        return {prefix + name: total / self.samples for name, total in self.sums.items()}
