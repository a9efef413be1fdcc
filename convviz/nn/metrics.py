"""What is counted along with the loss, by Keras's names, as sums over samples."""

import numpy as np

from .names import find

__all__ = ["NAMES", "get"]


def hits(targets, predictions):
    """For each prediction 1 where its largest number is where it should be."""
    labels = targets if targets.ndim < predictions.ndim else targets.argmax(axis=-1)
    return predictions.argmax(axis=-1) == labels


def binary_hits(targets, predictions):
    """For each prediction 1 where it is on the right side of 0.5."""
    return (predictions > 0.5) == (targets > 0.5)


def squares(targets, predictions):
    """Squared differences."""
    return np.square(predictions.astype(np.float64) - targets)


def distances(targets, predictions):
    """Absolute differences."""
    return np.abs(predictions.astype(np.float64) - targets)


KNOWN = {
    "categorical_accuracy": hits, "sparse_categorical_accuracy": hits, "binary_accuracy": binary_hits,
    "mean_squared_error": squares, "mse": squares, "mean_absolute_error": distances, "mae": distances,
}  # fmt: skip
NAMES = ("accuracy", *KNOWN)


def get(metric, loss):
    """The name of a metric and the function ``(targets, predictions) → one number a sample or more``.

    "accuracy" (or "acc") is chosen by the loss, as in Keras. A function of one's own is taken as it is.

    Examples
    --------
    >>> from convviz.nn import losses
    >>> name, function = get("accuracy", losses.get("binary_crossentropy"))
    >>> name, function.__name__
    ('accuracy', 'binary_hits')
    """
    if callable(metric):
        return getattr(metric, "__name__", "metric"), metric
    accuracy = binary_hits if loss.name in ("binary_crossentropy", "mean_squared_error") else hits
    known = {"accuracy": accuracy, "acc": accuracy} | KNOWN
    function = find(metric, known, "metric")
    return metric, function


def mean(values, samples, name):
    """What a metric gave for samples, as one number."""
    values = np.asarray(values, np.float64)
    if values.ndim and len(values) != samples:
        raise ValueError(
            f"the metric {name!r} gave {values.shape} for {samples} samples; one number, or one a sample, was expected"
        )
    return float(values.mean())
