"""The metrics, which are computed along with the loss, by Keras's names: values for samples, of which the mean is shown."""

from collections.abc import Callable, Sequence

import numpy as np

from convviz._support import lazy_names
from convviz._support.keywords import explained
from convviz.nn.lookup import find
from convviz.nn.types import Array, ArrayLike, Metric

__all__ = ["NAMES", "get", "means"]


def __dir__():
    return lazy_names.listed(globals())


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


def right(targets, predictions):
    """`binary_hits` of a single output, `hits` of several: what Keras takes "accuracy" for, whatever the loss."""
    return (binary_hits if predictions.shape[-1] == 1 else hits)(targets, predictions)


KNOWN = {
    "accuracy": right,
    "acc": right,
    "categorical_accuracy": hits,
    "sparse_categorical_accuracy": hits,
    "binary_accuracy": binary_hits,
    "mean_squared_error": squares,
    "mse": squares,
    "mean_absolute_error": distances,
    "mae": distances,
}
NAMES = tuple(name for name in KNOWN if name != "acc")


@explained
def get(metric: Metric) -> tuple[str, Callable[[Array, Array], ArrayLike]]:
    """A metric by its name, or a custom function as it is.

    Parameters
    ----------
    metric : str or callable
        "accuracy" (also "acc"), "categorical_accuracy", "sparse_categorical_accuracy", "binary_accuracy",
        "mean_squared_error" (also "mse"), "mean_absolute_error" (also "mae"), or a function of targets and predictions
        that gives one number, or one a sample.

    Returns
    -------
    name : str
        Its name in the logs: as it was given, or the function's.
    function : callable

    Raises
    ------
    TypeError, ValueError
        For what is neither, and for unknown names.

    Examples
    --------
    >>> import numpy as np
    >>> name, function = get("accuracy")
    >>> function(np.array([1, 0]), np.array([[0.2, 0.8], [0.4, 0.6]])).tolist()
    [True, False]
    """
    if callable(metric):
        return getattr(metric, "__name__", "metric"), metric
    return metric, find(metric, KNOWN, "metric")


def mean(values, samples, name):
    """What a metric gave for samples, as one number."""
    values = np.asarray(values, np.float64)
    if values.ndim and len(values) != samples:
        raise ValueError(
            f"the metric {name!r} gave {values.shape} for {samples} samples; one number, or one a sample, was expected"
        )
    return float(values.mean())


@explained
def means(metrics: Sequence[Metric], targets: Array, predictions: Array) -> list[float]:
    """What metrics, as they were given to `compile`, say of a batch.

    Parameters
    ----------
    metrics : sequence of str or callable
        As `get` takes them.
    targets : ndarray, (n, ...)
        Labels, or what the outputs should be.
    predictions : ndarray, (n, ..., K)

    Returns
    -------
    list of float
        The mean of each metric.

    Raises
    ------
    TypeError, ValueError
        For unknown metrics, and one that does not give a number, or one a sample.

    Examples
    --------
    >>> import numpy as np
    >>> means(["accuracy"], np.array([1, 0]), np.array([[0.2, 0.8], [0.4, 0.6]]))
    [0.5]
    """
    functions = map(get, metrics)
    return [mean(function(targets, predictions), len(predictions), name) for name, function in functions]
