"""Where a model is wrong: the confusion matrix, and the samples that it mistakes for another class."""

from typing import Any, NamedTuple

import numpy as np

from convviz._support.keywords import explained
from convviz.nn.losses import merged_activation
from convviz.nn.types import Array, ArrayLike

__all__ = ["Confused", "confusion_matrix", "most_confused"]


class Confused(NamedTuple):
    """Samples that a model takes for something else, the surest first.

    Attributes
    ----------
    indices : ndarray of int64, (m,)
        Which samples.
    predicted, true : ndarray of int64, (m,)
        The class that the model gives, and the right one.
    probabilities : ndarray of float64, (m,)
        What the model gives the wrong class.
    """

    indices: np.ndarray
    predicted: np.ndarray
    true: np.ndarray
    probabilities: np.ndarray


@explained
def confusion_matrix(model_or_predictions: Any, x: Any = None, y: ArrayLike | None = None, classes: int | None = None) -> Array:
    """How many samples of each class the model takes for which.

    Parameters
    ----------
    model_or_predictions : convviz.nn.Model or array_like
        A model, which is given `x`; or its outputs ``(n, classes)``; or class numbers ``(n,)``. With arrays leave `x` out.
    x : array_like, optional
        ``(n, ...)``.
    y : array_like
        The right classes: numbers ``(n,)`` or ``(n, 1)``, or rows with a single one ``(n, classes)``.
    classes : int, optional
        How many there are: as many as outputs if not given.

    Returns
    -------
    ndarray of int64, (classes, classes)
        Rows are the right classes, columns the predicted ones; the diagonal counts what is right.

    Raises
    ------
    TypeError, ValueError
        For labels out of range, and numbers of samples that differ.

    Examples
    --------
    >>> confusion_matrix([0, 1, 1, 2], y=[0, 1, 2, 2]).tolist()
    [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
    """
    if hasattr(model_or_predictions, "predict"):
        if x is None or y is None:
            raise TypeError("with a model give images and right classes: confusion_matrix(model, x, y)")
        outputs = scores(model_or_predictions, x)
    else:
        if x is not None or y is None:
            raise TypeError("with predictions give the right classes by name: confusion_matrix(predictions, y=labels)")
        outputs = np.asarray(model_or_predictions)
    predicted, count = decided(outputs)
    true = labels(y, len(predicted), "y")
    count = max(count, 1 + max(true.max(initial=0), predicted.max(initial=0))) if classes is None else classes
    for name, numbers in (("y", true), ("predictions", predicted)):
        require_classes(name, numbers, count)
    return np.bincount(true * count + predicted, minlength=count * count).reshape(count, count).astype(np.int64)


def require_classes(name, numbers, count):
    """Raise ValueError for class numbers out of range."""
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < count:
        there = f"{name} has classes {numbers.min()} to {numbers.max()}"
        raise ValueError(f"{there}; with {count} classes they are 0 to {count - 1}")


@explained
def most_confused(model: Any, x: Any, y: ArrayLike, n: int | None = 12) -> Confused:
    """The samples that a model gets wrong, those first in which it is surest of the wrong class.

    Parameters
    ----------
    model : convviz.nn.Model
        With probabilities as outputs; outputs that are logits, by its loss, are turned into them.
    x : array_like
        ``(m, ...)``.
    y : array_like
        The right classes as `confusion_matrix` takes them.
    n : int or None, default 12
        The most that are wanted, None for all.

    Returns
    -------
    Confused

    Raises
    ------
    TypeError, ValueError
        For labels out of range, and numbers of samples that differ.

    Examples
    --------
    >>> import numpy as np
    >>> from convviz.nn import Activation, Sequential
    >>> model = Sequential([Activation("softmax", input_shape=(2,))])
    >>> found = most_confused(model, np.array([[1.0, 0.0], [0.0, 3.0], [5.0, 0.0]]), [1, 0, 0])
    >>> found.indices.tolist(), found.predicted.tolist(), found.probabilities.round(2).tolist()
    ([1, 0], [1, 0], [0.95, 0.73])
    """
    outputs = scores(model, x)
    predicted, classes = decided(outputs)
    true = labels(y, len(predicted), "y")
    require_classes("y", true, classes)
    if outputs.shape[1] == 1:
        outputs = np.concatenate([1 - outputs, outputs], axis=1)
    sure = outputs[np.arange(len(outputs)), predicted].astype(np.float64)
    wrong = np.flatnonzero(predicted != true)
    wrong = wrong[np.argsort(-sure[wrong], kind="stable")][:n]
    return Confused(wrong.astype(np.int64), predicted[wrong], true[wrong], sure[wrong])


def scores(model, x):
    """A model's outputs for samples as probabilities, (n, classes)."""
    outputs = model.predict(x, verbose=0)
    if isinstance(outputs, list) or outputs.ndim != 2:
        shape = [one.shape for one in outputs] if isinstance(outputs, list) else outputs.shape
        raise ValueError(f"a classifier gives (samples, classes); this model gives {shape}")
    if not getattr(model.loss, "from_logits", False):
        return outputs
    if merged_activation(model.loss) == "sigmoid":
        return 1 / (1 + np.exp(-outputs.astype(np.float64)))
    powers = np.exp(outputs.astype(np.float64) - outputs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def decided(outputs):
    """The class of each sample, and how many classes there are (0 if that cannot be seen)."""
    if outputs.ndim == 1:
        return labels(outputs, len(outputs), "predictions"), 0
    if outputs.ndim != 2:
        raise ValueError(f"predictions are (samples, classes) or class numbers (samples,); they are {outputs.shape}")
    if outputs.shape[1] == 1:
        return labels(outputs, len(outputs), "predictions") if is_integer(outputs) else (outputs[:, 0] > 0.5).astype(
            np.int64
        ), 2
    return outputs.argmax(axis=1).astype(np.int64), outputs.shape[1]


def is_integer(array):
    """Whether an array's dtype is one of whole numbers."""
    return array.dtype.kind in "iub"


def labels(y, count, name):
    """Right classes as numbers, (n,), or an error."""
    y = np.asarray(y)
    if y.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be class numbers; its dtype is {y.dtype}")
    if y.ndim == 2:
        y = y[:, 0] if y.shape[1] == 1 else y.argmax(axis=1)
    if y.ndim != 1 or len(y) != count:
        raise ValueError(f"{name} must hold one class for each of {count} samples; its shape is {y.shape}")
    if not (is_integer(y) or np.array_equal(y, np.floor(y))):
        raise ValueError(f"{name} must be whole class numbers; there is {y[y != np.floor(y)][0]}")
    return y.astype(np.int64)
