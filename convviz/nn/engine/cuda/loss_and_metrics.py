"""Outputs compared with targets on a GPU: the loss, the gradient of the outputs, and the metrics, written into a log.

A log has a line for each batch of a run: the loss, each metric that there is a kernel for, and what regularizers add. It
stays on the GPU until it is read.
"""

import math

import numpy as np

from convviz.kernels.cuda import arrays, elementwise, losses, metrics, penalties
from convviz.nn import metrics as meaning
from convviz.nn.losses import merged_activation, takes_labels

__all__ = ["LossAndMetrics"]

#: Kernels for the metrics by what `convviz.nn.metrics` has for them.
KERNELS = {
    meaning.hits: metrics.hits,
    meaning.binary_hits: metrics.binary_hits,
    meaning.squares: metrics.squares,
    meaning.distances: metrics.distances,
}


class LossAndMetrics:
    """What is computed of a model's outputs.

    Parameters
    ----------
    model : convviz.nn.Model
    device_weights : convviz.nn.engine.cuda.device_weights.DeviceWeights
    stream : a stream of numba's

    Attributes
    ----------
    labels : bool
        Whether targets are numbers of classes.
    kernels : dict
        Functions of `convviz.kernels.cuda.metrics` by the place of their metric; other metrics are computed on the host.
    penalized : bool
        Whether regularizers add to the loss.
    """

    def __init__(self, model, device_weights, stream):
        self.model, self.device_weights, self.stream, self.loss = model, device_weights, stream, model.loss
        self.units = model.outputs[0].shape[-1]
        self.labels = takes_labels(self.loss)
        found = {place: self.kernel(metric) for place, metric in enumerate(model.metrics)}
        self.kernels = {place: kernel for place, kernel in found.items() if kernel is not None}
        self.columns = 1 + len(self.kernels)
        factors = [weight.regularizer for weight in device_weights.trained]
        self.penalized = any(factors)
        if self.penalized:
            self.segments = penalties.segments(
                np.diff([*device_weights.layout.offsets, device_weights.layout.size]),
                [one.l1 if one else 0 for one in factors],
                [one.l2 if one else 0 for one in factors],
            )
            self.sums = arrays.empty((penalties.chunks_of(device_weights.weights.size),), np.float32, "penalties")

    def kernel(self, metric):
        """The kernel for a metric, or None."""
        function = meaning.get(metric)[1]
        if function is meaning.right:
            function = meaning.binary_hits if self.units == 1 else meaning.hits
        if self.labels and function is not meaning.hits:
            return None
        # by identity: a custom function may have no hash
        return next((kernel for known, kernel in KERNELS.items() if known is function), None)

    @property
    def on_host(self):
        """Whether a metric needs the predictions on the host."""
        return len(self.kernels) < len(self.model.metrics)

    @property
    def width(self):
        """Columns of a log."""
        return self.columns + self.penalized

    @property
    def cells(self):
        """Cells of four bytes that a sample needs here: its target and two copies of it, predictions, loss and metrics."""
        rows = math.prod(self.model.outputs[0].shape[1:-1])
        return rows * (3 * (2 if self.labels else self.units) + self.units + self.columns)

    # ------------------------------------------------------------ launches

    def targets(self, executor, samples):
        """The targets of this many samples, in memory of their own."""
        shape = self.model.outputs[0].shape[1:]
        if self.labels:
            return executor.beside("the targets", shape[:-1], samples, np.int64)
        return executor.beside("the targets", shape, samples)

    def launch(self, executor, samples, log, training):
        """Write loss and metrics into the log, and the gradient of the outputs where it is wanted."""
        value = executor.plan.outputs[0]
        outputs = executor.rows(value, samples)
        targets, rows = self.targets(executor, samples), outputs.shape[0]
        targets = targets.reshape(rows) if self.labels else targets.reshape(rows, self.units)
        gradient = executor.rows(value, samples, gradient=True) if training else None
        found = executor.scratch("losses and metrics", self.columns, rows)
        predictions = self.predictions(executor, samples)
        seen = self.compute(executor, outputs, targets, predictions, gradient, found[0])
        for column, (_, kernel) in enumerate(sorted(self.kernels.items()), 1):
            kernel(targets, seen, found[column], stream=self.stream)
        if self.on_host:  # the backward pass overwrites outputs
            elementwise.copy(seen, predictions, stream=self.stream)
        metrics.record(found, log, executor.clock, stream=self.stream)
        if self.penalized:
            self.penalize(log, executor.clock)

    def predictions(self, executor, samples):
        """What comes after softmax or sigmoid, in rows; after a step, what metrics on the host see."""
        value = executor.plan.outputs[0]
        whole = executor.beside("the predictions", value.shape, samples)
        return whole.reshape(samples * value.size // self.units, self.units)

    def compute(self, executor, outputs, targets, predictions, gradient, row):
        """Launch the loss; gives what metrics compare with the targets."""
        stream, merged = self.stream, bool(executor.plan.loss) or self.loss.from_logits
        activation = merged_activation(self.loss)
        if activation and merged:
            kernel = losses.softmax_cross_entropy if activation == "softmax" else losses.sigmoid_cross_entropy
            kernel(outputs, targets, predictions, gradient, row, stream=stream)
            # with from_logits, Keras's metrics see the logits
            return outputs if self.loss.from_logits else predictions
        plain = {"softmax": losses.categorical_cross_entropy, "sigmoid": losses.binary_cross_entropy}
        kernel = plain.get(activation, losses.mean_squared_error)
        kernel(outputs, targets, gradient, row, stream=stream)
        return outputs

    def penalize(self, log, clock):
        """Write what the regularizers add to the loss."""
        penalties.penalty(self.device_weights.weights, *self.segments, log, clock, self.columns, self.sums, stream=self.stream)

    def add_penalty_gradients(self):
        """Add what the regularizers add to the gradients."""
        if self.penalized:
            penalties.add_penalty_gradient(
                self.device_weights.weights, self.device_weights.slopes, *self.segments, stream=self.stream
            )

    # ------------------------------------------------------------ on the host

    def host_metrics(self, executor, samples):
        """The metrics of a batch that there is no kernel for, by place; waits for the GPU."""
        self.stream.synchronize()
        seen = arrays.to_host(self.predictions(executor, samples)).reshape(samples, *self.model.outputs[0].shape[1:])
        targets = arrays.to_host(self.targets(executor, samples))
        places = [place for place in range(len(self.model.metrics)) if place not in self.kernels]
        means = meaning.means([self.model.metrics[place] for place in places], targets, seen)
        return dict(zip(places, means, strict=True))

    def values(self, line, host):
        """The loss and the metrics of a batch, from its line in the log and `host_metrics`."""
        found = dict(zip(sorted(self.kernels), map(float, line[1 : self.columns]), strict=True)) | host
        loss = float(line[0]) + (float(line[self.columns]) if self.penalized else 0.0)
        return [loss, *(found[place] for place in range(len(self.model.metrics)))]
