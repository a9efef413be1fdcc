"""Outputs compared with targets on the CPU: the loss, the gradient of the outputs, and what regularizers add."""

import math

import numpy as np

from convviz.kernels.cpu.penalties import penalty

__all__ = ["compare", "penalties"]


def compare(executor, model, targets, weights, with_gradient):
    """The loss of a batch that has been computed, penalties included, and what the metrics compare with the targets.

    `weights`, one a sample or None, multiply the losses of samples. `with_gradient` says whether the gradient of the outputs
    is written.
    """
    samples, loss, value = len(targets), model.loss, executor.plan.outputs[0]
    outputs = executor.value(value, samples)
    rows = outputs.reshape(-1, outputs.shape[-1])
    flat = targets.reshape(-1) if targets.ndim < outputs.ndim else targets.reshape(rows.shape)
    predictions = executor.workspace.take("predictions", 1, rows.size, rows.dtype)[0, : rows.size].reshape(rows.shape)
    losses = executor.workspace.take("losses", 1, len(rows), rows.dtype)[0, : len(rows)]
    gradient = executor.gradient(value, samples).reshape(rows.shape) if with_gradient else None
    loss.compute(bool(executor.plan.loss) or loss.from_logits, rows, flat, predictions, gradient, losses)
    if weights is not None:
        scales = np.repeat(weights, len(rows) // samples)
        losses *= scales
        if gradient is not None:
            gradient *= scales[:, None]
    mean = float(losses.mean(dtype=np.float64)) + penalties(model)
    # with from_logits, Keras's metrics see the logits
    return mean, outputs if loss.from_logits else predictions.reshape(outputs.shape)


def penalties(model):
    """What the regularizers add to the loss."""
    return math.fsum(
        penalty(weight.array, weight.regularizer.l1, weight.regularizer.l2)
        for weight in model.trainable_weights
        if weight.regularizer
    )
