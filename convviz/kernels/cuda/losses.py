"""Losses of a batch and their gradients on a GPU.

Arrays are device arrays, C-ordered, of one float dtype, (N, K): N rows (samples, or pixels of samples) of K numbers. Each
loss is given row by row. Where it is the mean of a row, as in Keras, and since the loss of a batch is the mean of its rows,
gradients are divided by N, or by N · K. A gradient that is None is not computed.

What is added up in a row is rounded once, see `convviz.kernels.cuda.row_reductions`; each of its terms is rounded as its
formula has it. Labels cannot be looked at from the host without waiting for the GPU: check them before they go there. For
one that names no cell of its row nothing is read or written beyond the row, and the loss is NaN.

Arguments of kernels besides those that `convviz.kernels` describes:

=======  =========================================
width    cells of a row, 0 for one beyond the last
array    (N, K): what is added up
highest  the largest logit of a row
=======  =========================================
"""

import math

import numpy as np

from convviz.kernels.cpu.losses import EPSILON
from convviz.kernels.cuda import arrays
from convviz.kernels.cuda.launch import cuda, device_function, kernel
from convviz.kernels.cuda.row_reductions import (
    THREADS,
    cells_of,
    lane_of,
    more,
    over_rows,
    put_mean,
    rows_of,
    sum_of_lanes,
    width_of,
)
from convviz.kernels.cuda.softmax import softmax_numbers
from convviz.kernels.scalar import losses as scalar
from convviz.kernels.scalar.targets import compile_functions

__all__ = [
    "EPSILON",
    "binary_cross_entropy",
    "categorical_cross_entropy",
    "mean_squared_error",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
]

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
    how=device_function,
)


# ---------------------------------------------------------------- softmax and cross-entropy


@device_function
def label_of(labels, n, rows, classes):
    """The label of a row; -1 for one that is none of the `classes`, and for a row beyond the last of `rows`."""
    label = labels[n] if n < rows else -1
    return label if 0 <= label < classes else -1


@device_function
def row_total(array, n, width, bits, highs, lows):
    """The sum of a row, for each lane."""
    high, low = array.dtype.type(0), array.dtype.type(0)
    for i in range(cells_of(width, bits)):
        high, low = more(high, low, array[n, lane_of(bits) + (i << bits)])
    return sum_of_lanes(highs, lows, bits, high, low)


@kernel(threads=THREADS)
def labelled_rows(logits, labels, probabilities, gradient, losses, scale, wanted, bits):
    """Rows of `softmax_cross_entropy` for labels."""
    highs = cuda.shared.array(THREADS, logits.dtype)
    lows = cuda.shared.array(THREADS, logits.dtype)
    lane, zero = lane_of(bits), logits.dtype.type(0)
    for n in rows_of(logits.shape[0], bits):
        width = width_of(logits, n)
        label = label_of(labels, n, logits.shape[0], logits.shape[1])
        # logits may be where probabilities go: what the loss takes of them comes first
        of_label = logits[n, label] if label >= 0 else logits.dtype.type(math.nan)
        highest, total = softmax_numbers(logits, n, width, bits, highs, lows)
        for i in range(cells_of(width, bits)):
            k = lane + (i << bits)
            probability = math.exp(logits[n, k] - highest) / total
            probabilities[n, k] = probability
            if wanted:
                gradient[n, k] = probability * scale - (scale if k == label else zero)
        if lane == 0 and width > 0:
            losses[n] = math.log(total) - (of_label - highest)


@device_function
def expected_logit(logits, targets, n, width, highest, bits, highs, lows):
    """The sum of a row's targets times what its logits exceed the largest by; a target of 0 asks for no logit."""
    zero = targets.dtype.type(0)
    high, low = zero, zero
    for i in range(cells_of(width, bits)):
        k = lane_of(bits) + (i << bits)
        if targets[n, k] != zero:
            high, low = more(high, low, targets[n, k] * (logits[n, k] - highest))
    return sum_of_lanes(highs, lows, bits, high, low)


@kernel(threads=THREADS)
def target_rows(logits, targets, probabilities, gradient, losses, scale, wanted, bits):
    """Rows of `softmax_cross_entropy` for targets."""
    highs = cuda.shared.array(THREADS, logits.dtype)
    lows = cuda.shared.array(THREADS, logits.dtype)
    lane = lane_of(bits)
    for n in rows_of(logits.shape[0], bits):
        width = width_of(logits, n)
        weight = row_total(targets, n, width, bits, highs, lows)
        highest, total = softmax_numbers(logits, n, width, bits, highs, lows)
        expected = expected_logit(logits, targets, n, width, highest, bits, highs, lows)
        for i in range(cells_of(width, bits)):
            k = lane + (i << bits)
            probability = math.exp(logits[n, k] - highest) / total
            probabilities[n, k] = probability
            if wanted:
                gradient[n, k] = (probability * weight - targets[n, k]) * scale
        if lane == 0 and width > 0:
            losses[n] = weight * math.log(total) - expected


def softmax_cross_entropy(logits, target, probabilities, gradient, losses, stream=0):
    """Softmax and the cross-entropy of its result, which is stable as the two together.

    The loss is −Σ t·log p, its gradient with respect to the logits (p·Σt − t) / N.

    Parameters
    ----------
    logits : device array, (N, K)
    target : device array
        Labels 0 … K − 1, int64 or int32 (N,), or what was to come out, (N, K) of the logits' dtype: any numbers.
    probabilities : device array, (N, K)
        For the softmax. May be `logits`.
    gradient : device array, (N, K), or None
        May be `logits` or `probabilities`, which are then lost.
    losses : device array, (N,)
    stream : a stream of numba's, default 0

    Raises
    ------
    ValueError
        If shapes or dtypes do not fit.
    """
    by_label = require_target(target, logits)
    arrays.require("probabilities", probabilities, logits.shape, logits.dtype)
    given = outputs(logits, gradient, losses)
    over_rows(labelled_rows if by_label else target_rows, logits.shape, logits, target, probabilities, *given, stream=stream)


# ---------------------------------------------------------------- means of rows


@kernel(threads=THREADS)
def sigmoid_rows(logits, targets, probabilities, gradient, losses, scale, wanted, bits):
    """Rows of `sigmoid_cross_entropy`."""
    highs = cuda.shared.array(THREADS, logits.dtype)
    lows = cuda.shared.array(THREADS, logits.dtype)
    for n in rows_of(logits.shape[0], bits):
        width, high, low = width_of(logits, n), logits.dtype.type(0), logits.dtype.type(0)
        for i in range(cells_of(width, bits)):
            k = lane_of(bits) + (i << bits)
            logit, target = logits[n, k], targets[n, k]
            high, low = more(high, low, sigmoid_loss(logit, target))
            probability = sigmoid(logit)
            probabilities[n, k] = probability
            if wanted:
                gradient[n, k] = (probability - target) * scale
        put_mean(losses, n, width, bits, highs, lows, high, low)


def sigmoid_cross_entropy(logits, targets, probabilities, gradient, losses, stream=0):
    """Sigmoid and the binary cross-entropy of its result, which is stable as the two together.

    Parameters
    ----------
    logits, targets : device array, (N, K)
    probabilities : device array, (N, K)
        For the sigmoids. May be `logits`.
    gradient : device array, (N, K), or None
        May be `logits` or `probabilities`, which are then lost.
    losses : device array, (N,)
        The mean of each row.
    stream : a stream of numba's, default 0

    Raises
    ------
    ValueError
        If shapes or dtypes do not fit.
    """
    arrays.require("targets", targets, logits.shape, logits.dtype)
    arrays.require("probabilities", probabilities, logits.shape, logits.dtype)
    given = outputs(logits, gradient, losses, logits.shape[1])
    over_rows(sigmoid_rows, logits.shape, logits, targets, probabilities, *given, stream=stream)


@kernel(threads=THREADS)
def squared_rows(predictions, targets, gradient, losses, scale, wanted, bits):
    """Rows of `mean_squared_error`."""
    highs = cuda.shared.array(THREADS, losses.dtype)
    lows = cuda.shared.array(THREADS, losses.dtype)
    for n in rows_of(predictions.shape[0], bits):
        width, high, low = width_of(predictions, n), losses.dtype.type(0), losses.dtype.type(0)
        for i in range(cells_of(width, bits)):
            k = lane_of(bits) + (i << bits)
            prediction, target = predictions[n, k], targets[n, k]
            high, low = more(high, low, squared_error(prediction, target))
            if wanted:
                gradient[n, k] = squared_slope(prediction, target) * scale
        put_mean(losses, n, width, bits, highs, lows, high, low)


def mean_squared_error(predictions, targets, gradient, losses, stream=0):
    """Squared differences.

    Parameters
    ----------
    predictions, targets : device array, (N, K)
    gradient : device array, (N, K), or None
        With respect to the predictions. May be `predictions`, which are then lost.
    losses : device array, (N,)
        The mean of each row.
    stream : a stream of numba's, default 0

    Raises
    ------
    ValueError
        If shapes or dtypes do not fit.
    """
    arrays.require("targets", targets, predictions.shape, predictions.dtype)
    given = outputs(predictions, gradient, losses, predictions.shape[1])
    over_rows(squared_rows, predictions.shape, predictions, targets, *given, stream=stream)


@kernel(threads=THREADS)
def binary_rows(predictions, targets, epsilon, gradient, losses, scale, wanted, bits):
    """Rows of `binary_cross_entropy`."""
    highs = cuda.shared.array(THREADS, losses.dtype)
    lows = cuda.shared.array(THREADS, losses.dtype)
    for n in rows_of(predictions.shape[0], bits):
        width, high, low = width_of(predictions, n), losses.dtype.type(0), losses.dtype.type(0)
        for i in range(cells_of(width, bits)):
            k = lane_of(bits) + (i << bits)
            prediction, target = predictions[n, k], targets[n, k]
            high, low = more(high, low, binary_loss(prediction, target, epsilon))
            if wanted:
                gradient[n, k] = binary_slope(prediction, target, epsilon) * scale
        put_mean(losses, n, width, bits, highs, lows, high, low)


def binary_cross_entropy(predictions, targets, gradient, losses, epsilon=EPSILON, stream=0):
    """Cross-entropy of probabilities that are not known to be sigmoids: −t·log p − (1 − t)·log(1 − p).

    Parameters
    ----------
    predictions, targets : device array, (N, K)
    gradient : device array, (N, K), or None
        With respect to the predictions; 0 where one was clipped. May be `predictions`, which are then lost.
    losses : device array, (N,)
        The mean of each row.
    epsilon : float
        Predictions are clipped to epsilon … 1 − epsilon.
    stream : a stream of numba's, default 0

    Raises
    ------
    ValueError
        If shapes or dtypes do not fit.
    """
    arrays.require("targets", targets, predictions.shape, predictions.dtype)
    given = outputs(predictions, gradient, losses, predictions.shape[1])
    sources = predictions, targets, predictions.dtype.type(epsilon)
    over_rows(binary_rows, predictions.shape, *sources, *given, stream=stream)


# ---------------------------------------------------------------- cross-entropy of probabilities


@device_function
def target_of(target, n, k, predictions):
    """What was to come out at class `k` of row n: 1 and else 0 for labels."""
    if target.ndim == 1:  # known when this is compiled
        return predictions.dtype.type(target[n] == k)
    return target[n, k]


@device_function
def categorical_row(predictions, target, n, width, epsilon, total, bits, highs, lows):
    """The loss of a row, whose sum is `total`, and the part of the slope that is the same for all of it."""
    zero, lane = predictions.dtype.type(0), lane_of(bits)
    loss, loss_low, common, common_low = zero, zero, zero, zero
    for i in range(cells_of(width, bits)):
        k = lane + (i << bits)
        p, wanted = predictions[n, k] / total, target_of(target, n, k, predictions)
        loss, loss_low = more(loss, loss_low, -wanted * math.log(clipped(p, epsilon)))
        common, common_low = more(common, common_low, zero if was_clipped(p, epsilon) else wanted)
    loss = sum_of_lanes(highs, lows, bits, loss, loss_low)
    return loss, sum_of_lanes(highs, lows, bits, common, common_low)


@kernel(threads=THREADS)
def categorical_rows(predictions, target, epsilon, gradient, losses, scale, wanted, bits):
    """Rows of `categorical_cross_entropy`."""
    highs = cuda.shared.array(THREADS, losses.dtype)
    lows = cuda.shared.array(THREADS, losses.dtype)
    rows, classes = predictions.shape
    for n in rows_of(rows, bits):
        width = width_of(predictions, n)
        total = row_total(predictions, n, width, bits, highs, lows)
        loss, common = categorical_row(predictions, target, n, width, epsilon, total, bits, highs, lows)
        for i in range(cells_of(width, bits) if wanted else 0):
            k = lane_of(bits) + (i << bits)
            slope = entropy_slope(predictions[n, k] / total, target_of(target, n, k, predictions), epsilon)
            gradient[n, k] = (common - slope) / total * scale
        if lane_of(bits) == 0 and width > 0:
            known = target.ndim == 2 or label_of(target, n, rows, classes) >= 0
            losses[n] = loss if known else losses.dtype.type(math.nan)


def categorical_cross_entropy(predictions, target, gradient, losses, epsilon=EPSILON, stream=0):
    """Cross-entropy of probabilities that are not known to be a softmax: −Σ t·log p, where p is divided by its sum.

    Parameters
    ----------
    predictions : device array, (N, K)
    target : device array
        Labels 0 … K − 1, int64 or int32 (N,), or what was to come out, (N, K).
    gradient : device array, (N, K), or None
        With respect to the predictions, through the division. May be `predictions`, which are then lost.
    losses : device array, (N,)
    epsilon : float
        Probabilities are clipped to epsilon … 1 − epsilon.
    stream : a stream of numba's, default 0

    Raises
    ------
    ValueError
        If shapes or dtypes do not fit.
    """
    require_target(target, predictions)
    given = outputs(predictions, gradient, losses)
    sources = predictions, target, predictions.dtype.type(epsilon)
    over_rows(categorical_rows, predictions.shape, *sources, *given, stream=stream)


# ---------------------------------------------------------------- checks


def require_target(target, predictions):
    """Whether a target is labels; raises ValueError if it is neither those nor rows like the predictions."""
    by_label = len(target.shape) == 1
    if by_label:
        kind = target.dtype if target.dtype == np.int32 else np.int64
        arrays.require("labels", target, predictions.shape[:1], kind)
    else:
        arrays.require("target", target, predictions.shape, predictions.dtype)
    return by_label


def outputs(predictions, gradient, losses, share=1):
    """Where gradient and losses go, what the gradient is multiplied by, and whether it is wanted."""
    if len(predictions.shape) != 2 or predictions.shape[1] == 0:
        raise ValueError(f"expected rows of numbers, (N, K) with K at least 1; the shape is {predictions.shape}")
    arrays.require("losses", losses, predictions.shape[:1], predictions.dtype)
    scale = predictions.dtype.type(1 / max(predictions.shape[0] * share, 1))
    if gradient is None:  # any array of the right type serves
        return predictions, losses, scale, False
    arrays.require("gradient", gradient, predictions.shape, predictions.dtype)
    return gradient, losses, scale, True
