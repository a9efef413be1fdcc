"""Losses of a batch and their gradients.

Arrays are C-ordered, of one float dtype, (N, K): N rows (samples, or pixels of samples) of K numbers. Each loss is
given row by row. Where it is the mean of a row, as in Keras, and since the loss of a batch is the mean of its rows,
gradients are divided by N, or by N · K. A gradient that is None is not computed.

Arguments of kernels besides those that `convviz.kernels` describes:

=========== ================================
values      (count,): numbers to be added up
prediction  (K,): a row of predictions
=========== ================================
"""

import numpy as np

from convviz.kernels.cpu import memory
from convviz.kernels.cpu.chunks import share_rows
from convviz.kernels.cpu.compile import compiled
from convviz.kernels.cpu.softmax import softmax_row
from convviz.kernels.interpreted import math
from convviz.kernels.scalar import losses as scalar
from convviz.kernels.scalar.targets import arithmetic, compile_functions

__all__ = [
    "EPSILON",
    "binary_cross_entropy",
    "categorical_cross_entropy",
    "count_correct",
    "mean_squared_error",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "total",
]

#: How far Keras keeps probabilities from 0 and 1 before it takes their logarithm.
EPSILON = 1e-7

(
    sigmoid,
    sigmoid_loss,
    binary_loss,
    binary_slope,
    clipped,
    entropy_slope,
    was_clipped,
    squared_error,
    squared_slope,
) = compile_functions(
    scalar,
    "sigmoid sigmoid_cross_entropy binary_cross_entropy binary_cross_entropy_slope clipped cross_entropy_slope "
    "was_clipped squared_error squared_error_slope",
)


@compiled
def labelled_rows(logits, labels, probabilities, gradient, losses, scale, wanted, begin, end):
    """Rows `begin` … `end` of `softmax_cross_entropy` for labels."""
    for n in range(begin, end):
        label, mine, given = labels[n], probabilities[n], gradient[n * wanted]
        of_label = logits[n, label]
        highest, logarithm = softmax_row(logits[n], mine)
        losses[n] = logarithm - (of_label - highest)
        if wanted:
            for k in range(len(mine)):
                given[k] = mine[k] * scale
            given[label] -= scale


@compiled
def target_rows(logits, targets, probabilities, gradient, losses, scale, wanted, begin, end):
    """Rows `begin` … `end` of `softmax_cross_entropy` for targets."""
    zero = losses.dtype.type(0)
    for n in range(begin, end):
        target, mine, given = targets[n], probabilities[n], gradient[n * wanted]
        # logits may be where probabilities go: what the loss takes of them comes first
        expected, weight, largest = zero, zero, logits[n].max()
        for k in range(len(target)):
            if target[k] != 0:
                expected += target[k] * (logits[n, k] - largest)
                weight += target[k]
        losses[n] = weight * softmax_row(logits[n], mine)[1] - expected
        if wanted:
            for k in range(len(target)):
                given[k] = (mine[k] * weight - target[k]) * scale


def softmax_cross_entropy(logits, target, probabilities, gradient, losses):
    """Softmax and the cross-entropy of its result, which is stable as the two together.

    The loss is −Σ t·log p, its gradient with respect to the logits (p·Σt − t) / N.

    Parameters
    ----------
    logits : ndarray, (N, K)
    target : ndarray
        Labels 0 … K − 1, int64 (N,), or what was to come out, (N, K) of the logits' dtype: any numbers.
    probabilities : ndarray, (N, K)
        For the softmax. May be `logits`.
    gradient : ndarray, (N, K), or None
        May be `logits` or `probabilities`, which are then lost.
    losses : ndarray, (N,)

    Raises
    ------
    ValueError
        If shapes or dtypes do not fit, or a label is not one of 0 … K − 1.
    """
    by_label = target.ndim == 1
    if by_label:
        check_labels(target, logits)
    else:
        memory.require("target", target, logits.shape, logits.dtype)
    memory.require("probabilities", probabilities, logits.shape, logits.dtype)
    given = outputs(logits, gradient, losses)
    sources = memory.readable(logits), memory.readable(target), in_place(probabilities, "probabilities")
    share_rows(labelled_rows if by_label else target_rows, len(logits), logits.size, *sources, *given)


@compiled
def sigmoid_rows(logits, targets, probabilities, gradient, losses, scale, wanted, begin, end):
    """Rows `begin` … `end` of `sigmoid_cross_entropy`."""
    for n in range(begin, end):
        total, mine, given = np.float64(0), probabilities[n], gradient[n * wanted]
        for k in range(len(mine)):
            target = targets[n, k]
            total += sigmoid_loss(logits[n, k], target)
            mine[k] = sigmoid(logits[n, k])
            if wanted:
                given[k] = (mine[k] - target) * scale
        losses[n] = total / len(mine)


def sigmoid_cross_entropy(logits, targets, probabilities, gradient, losses):
    """Sigmoid and the binary cross-entropy of its result, which is stable as the two together.

    Parameters
    ----------
    logits, targets : ndarray, (N, K)
    probabilities : ndarray, (N, K)
        For the sigmoids. May be `logits`.
    gradient : ndarray, (N, K), or None
        May be `logits` or `probabilities`, which are then lost.
    losses : ndarray, (N,)
        The mean of each row.

    Raises
    ------
    ValueError
        If shapes or dtypes do not fit.
    """
    memory.require("targets", targets, logits.shape, logits.dtype)
    memory.require("probabilities", probabilities, logits.shape, logits.dtype)
    given = outputs(logits, gradient, losses, logits.shape[1])
    sources = memory.readable(logits), memory.readable(targets), in_place(probabilities, "probabilities")
    share_rows(sigmoid_rows, len(logits), logits.size, *sources, *given)


@compiled
def squared_rows(predictions, targets, gradient, losses, scale, wanted, begin, end):
    """Rows `begin` … `end` of `mean_squared_error`."""
    for n in range(begin, end):
        total, prediction, target, given = np.float64(0), predictions[n], targets[n], gradient[n * wanted]
        for k in range(len(prediction)):
            total += squared_error(prediction[k], target[k])
            if wanted:
                given[k] = squared_slope(prediction[k], target[k]) * scale
        losses[n] = total / len(prediction)


def mean_squared_error(predictions, targets, gradient, losses):
    """Squared differences.

    Parameters
    ----------
    predictions, targets : ndarray, (N, K)
    gradient : ndarray, (N, K), or None
        With respect to the predictions. May be `predictions`, which are then lost.
    losses : ndarray, (N,)
        The mean of each row.

    Raises
    ------
    ValueError
        If shapes or dtypes do not fit.
    """
    memory.require("targets", targets, predictions.shape, predictions.dtype)
    given = outputs(predictions, gradient, losses, predictions.shape[1])
    sources = memory.readable(predictions), memory.readable(targets)
    share_rows(squared_rows, len(predictions), predictions.size, *sources, *given)


@compiled
def binary_rows(predictions, targets, epsilon, gradient, losses, scale, wanted, begin, end):
    """Rows `begin` … `end` of `binary_cross_entropy`."""
    for n in range(begin, end):
        total, prediction, target, given = np.float64(0), predictions[n], targets[n], gradient[n * wanted]
        for k in range(len(prediction)):
            total += binary_loss(prediction[k], target[k], epsilon)
            if wanted:
                given[k] = binary_slope(prediction[k], target[k], epsilon) * scale
        losses[n] = total / len(prediction)


def binary_cross_entropy(predictions, targets, gradient, losses, epsilon=EPSILON):
    """Cross-entropy of probabilities that are not known to be sigmoids: −t·log p − (1 − t)·log(1 − p).

    Parameters
    ----------
    predictions, targets : ndarray, (N, K)
    gradient : ndarray, (N, K), or None
        With respect to the predictions; 0 where one was clipped. May be `predictions`, which are then lost.
    losses : ndarray, (N,)
        The mean of each row.
    epsilon : float
        Predictions are clipped to epsilon … 1 − epsilon.

    Raises
    ------
    ValueError
        If shapes or dtypes do not fit.
    """
    memory.require("targets", targets, predictions.shape, predictions.dtype)
    given = outputs(predictions, gradient, losses, predictions.shape[1])
    sources = memory.readable(predictions), memory.readable(targets), predictions.dtype.type(epsilon)
    share_rows(binary_rows, len(predictions), predictions.size, *sources, *given)


@arithmetic
def categorical_row(prediction, target, epsilon):
    """Sum of a row, its loss, and the part of the slope that is the same for all of it."""
    zero = type(epsilon)(0)
    total, loss, common = zero, zero, zero
    for k in range(len(prediction)):
        total += prediction[k]
    for k in range(len(prediction)):
        p = prediction[k] / total
        loss -= target[k] * math.log(clipped(p, epsilon))
        common += zero if was_clipped(p, epsilon) else target[k]
    return total, loss, common


@arithmetic
def categorical_slopes(prediction, target, epsilon, total, common, given, scale):
    """Slopes of a row, into `given` (K,); `total` and `common` are what `categorical_row` gives."""
    for k in range(len(prediction)):
        given[k] = (common - entropy_slope(prediction[k] / total, target[k], epsilon)) / total * scale


@compiled
def categorical_rows(predictions, targets, epsilon, gradient, losses, scale, wanted, begin, end):
    """Rows `begin` … `end` of `categorical_cross_entropy` for targets."""
    for n in range(begin, end):
        total, losses[n], common = categorical_row(predictions[n], targets[n], epsilon)
        if wanted:
            categorical_slopes(predictions[n], targets[n], epsilon, total, common, gradient[n], scale)


def categorical_cross_entropy(predictions, target, gradient, losses, epsilon=EPSILON):
    """Cross-entropy of probabilities that are not known to be a softmax: −Σ t·log p, where p is divided by its sum.

    Parameters
    ----------
    predictions : ndarray, (N, K)
    target : ndarray
        Labels 0 … K − 1, int64 (N,), or what was to come out, (N, K).
    gradient : ndarray, (N, K), or None
        With respect to the predictions, through the division. May be `predictions`, which are then lost.
    losses : ndarray, (N,)
    epsilon : float
        Probabilities are clipped to epsilon … 1 − epsilon.

    Raises
    ------
    ValueError
        If shapes or dtypes do not fit, or a label is not one of 0 … K − 1.
    """
    if target.ndim == 1:
        check_labels(target, predictions)
        target = np.equal(target[:, None], np.arange(predictions.shape[1])).astype(predictions.dtype)
    memory.require("target", target, predictions.shape, predictions.dtype)
    given = outputs(predictions, gradient, losses)
    sources = memory.readable(predictions), memory.readable(target), predictions.dtype.type(epsilon)
    share_rows(categorical_rows, len(predictions), predictions.size, *sources, *given)


def check_labels(labels, predictions):
    """Raise ValueError unless there is one label 0 … K − 1 for every row: compiled code would read beyond it."""
    rows, classes = predictions.shape
    memory.require("labels", labels, (rows,), np.int64)
    if rows and not 0 <= labels.min() <= labels.max() < classes:
        worst = int(np.argmax((labels < 0) | (labels >= classes)))
        raise ValueError(
            f"labels must be 0 … {classes - 1}, as there are {classes} classes; labels[{worst}] is {labels[worst]}"
        )


def in_place(array, name):
    """An array that is written to, as compiled code takes it."""
    return memory.writable(array, name).reshape(array.shape)


def outputs(predictions, gradient, losses, share=1):
    """Where gradient and losses go, what the gradient is multiplied by, and whether it is wanted."""
    if predictions.ndim != 2 or predictions.shape[1] == 0:
        raise ValueError(f"expected rows of numbers, (N, K) with K at least 1; the shape is {predictions.shape}")
    memory.require("losses", losses, (len(predictions),), predictions.dtype)
    scale = predictions.dtype.type(1 / max(len(predictions) * share, 1))
    if gradient is None:  # any array of the right type serves
        return np.empty((1, 1), predictions.dtype), in_place(losses, "losses"), scale, False
    memory.require("gradient", gradient, predictions.shape, predictions.dtype)
    return in_place(gradient, "gradient"), in_place(losses, "losses"), scale, True


@compiled
def add_up(values):
    """The sum in float64, one after the other."""
    total = np.float64(0)
    for value in values:
        total += value
    return total


def total(values):
    """The sum of an array as a float, added up in float64 in order.

    Parameters
    ----------
    values : ndarray of float32 or float64
    """
    return add_up(memory.readable(values).reshape(-1))


def count_correct(predictions, target):
    """How many rows have their largest number where they should.

    Parameters
    ----------
    predictions : ndarray, (N, K)
        The first of equals counts as the largest, and a NaN as larger than everything.
    target : ndarray
        Labels, int64 (N,), or rows (N, K) whose largest number is in the right place.

    Returns
    -------
    int
    """
    labels = target if target.ndim == 1 else target.argmax(axis=1)
    return int(np.count_nonzero(predictions.argmax(axis=1) == labels))
