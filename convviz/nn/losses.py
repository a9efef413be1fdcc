"""The losses, which training makes small, by Keras's names. Each is the mean over the samples."""

from collections.abc import Callable
from typing import Any

import numpy as np

from convviz._support import lazy_names
from convviz._support.keywords import explained
from convviz._support.values import brief, flag
from convviz.kernels.cpu import losses as kernels
from convviz.nn.lookup import find, instance_of
from convviz.nn.types import Array, ArrayLike

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "get",
    "mean_squared_error",
    "sparse_categorical_crossentropy",
]


def __dir__():
    return lazy_names.listed(globals())


class Loss:
    """Base class of all losses.

    Parameters
    ----------
    from_logits : bool, default False
        Whether the model ends without softmax or sigmoid, which the loss then adds.

    Attributes
    ----------
    name : str
        The name by which `get` knows the loss.
    from_logits : bool

    Raises
    ------
    ValueError
        For `from_logits` with a loss that goes with neither.
    """

    name: str = ""
    #: The activation that is computed together with the loss, which is more exact than one after the other.
    _merges = ""
    #: Whether targets are labels, one number instead of a row.
    _labels = False

    @explained
    def __init__(self, from_logits: bool = False) -> None:
        self.from_logits = flag(from_logits, "from_logits")
        if self.from_logits and not self._merges:
            raise ValueError(f"{type(self).__name__} knows no logits")

    def get_config(self) -> dict[str, Any]:
        """The settings, to be written to a file."""
        return {"name": self.name, "from_logits": self.from_logits}

    def targets(self, y: ArrayLike, shape: tuple[int, ...], dtype: str) -> Array:
        """Targets as the loss computes with them, or an error that says what does not fit.

        Parameters
        ----------
        y : array_like
            For n samples.
        shape : tuple
            Of a sample's output.
        dtype : str

        Returns
        -------
        ndarray
            (n, ...), not copied if it fits.
        """
        y = np.asarray(y)
        if y.ndim == len(shape) and shape[-1] == 1:
            y = y[..., None]
        if y.shape[1:] != shape:
            raise ValueError(
                f"loss {self.name!r} compares with outputs of shape {('n', *shape)}; the targets are {y.shape}"
                f"{self._hint(y, shape)}"
            )
        return numeric(y, "targets")

    def _hint(self, y, shape):
        """What to do about targets of a wrong shape."""
        return ""

    def compute(
        self, merged: bool, outputs: Array, targets: Array, predictions: Array, gradient: Array | None, losses: Array
    ) -> None:
        """Losses of samples and the gradient of their mean.

        Parameters
        ----------
        merged : bool
            Whether `outputs` are logits.
        outputs, predictions, gradient : ndarray, (rows, K)
            `predictions` receives what comes after softmax or sigmoid; it may be `outputs`. `gradient` may be None.
        targets : ndarray
        losses : ndarray, (rows,)
        """
        raise NotImplementedError


def numeric(array, what):
    """An array, or an error if it holds no numbers."""
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{what} must be numbers; these are of dtype {array.dtype}")
    return array


class CategoricalCrossentropy(Loss):
    """``−Σ t·log p`` over the classes, where t is one row a sample, usually 1 for the right class and else 0.

    Parameters
    ----------
    from_logits : bool, default False
    """

    name = "categorical_crossentropy"
    _merges = "softmax"

    def _hint(self, y, shape):
        if y.ndim == len(shape) or y.shape[1:] == (1,):
            return "; for labels use 'sparse_categorical_crossentropy', or to_categorical(y)"
        if y.ndim == len(shape) + 1 and y.shape[1:-1] == shape[:-1]:
            return f"; the last layer has {shape[-1]} units, the targets have {y.shape[-1]} classes"
        return ""

    def targets(self, y: ArrayLike, shape: tuple[int, ...], dtype: str) -> Array:
        y = super().targets(y, shape, dtype)
        if y.size and y.min() < 0:
            raise ValueError(f"loss {self.name!r} takes rows of shares, 1 for the right class; {y.min():g} is among them")
        return y

    def compute(
        self, merged: bool, outputs: Array, targets: Array, predictions: Array, gradient: Array | None, losses: Array
    ) -> None:
        if merged:
            kernels.softmax_cross_entropy(outputs, targets, predictions, gradient, losses)
        else:
            predictions[...] = outputs
            kernels.categorical_cross_entropy(outputs, targets, gradient, losses)


class SparseCategoricalCrossentropy(CategoricalCrossentropy):
    """`CategoricalCrossentropy` for labels 0, 1, 2, … instead of rows: ``−log p`` of the right class.

    Parameters
    ----------
    from_logits : bool, default False
    """

    name = "sparse_categorical_crossentropy"
    _labels = True

    def targets(self, y: ArrayLike, shape: tuple[int, ...], dtype: str) -> Array:
        given = numeric(np.asarray(y), "labels")
        if given.ndim == len(shape) + 1 and given.shape[-1] == 1:
            given = given[..., 0]
        if given.ndim != len(shape) or given.shape[1:] != shape[:-1]:
            rows = given.ndim == len(shape) + 1 and given.shape[1:] == shape
            hint = "; for rows use 'categorical_crossentropy', or y.argmax(axis=-1)" if rows else ""
            raise ValueError(f"loss {self.name!r} takes labels of shape {('n', *shape[:-1])}; these are {given.shape}{hint}")
        with np.errstate(invalid="ignore"):  # NaN and numbers beyond int64 raise an error below
            labels = given.astype(np.int64)
        if (labels != given).any():
            raise ValueError(
                f"loss {self.name!r} takes whole numbers as labels; {given[labels != given].flat[0]:g} is among them"
            )
        if labels.size and not 0 <= labels.min() <= labels.max() < shape[-1]:
            worst = labels.min() if labels.min() < 0 else labels.max()
            raise ValueError(
                f"loss {self.name!r}: label {worst} is not one of 0 to {shape[-1] - 1}; the last layer has {shape[-1]} units, "
                "one a class"
            )
        return labels


class BinaryCrossentropy(Loss):
    """``−t·log p − (1 − t)·log(1 − p)``, the mean over the outputs.

    Parameters
    ----------
    from_logits : bool, default False
    """

    name = "binary_crossentropy"
    _merges = "sigmoid"

    def targets(self, y: ArrayLike, shape: tuple[int, ...], dtype: str) -> Array:
        y = super().targets(y, shape, dtype)
        if y.size and not (y.min() >= 0 and y.max() <= 1):
            raise ValueError(f"loss {self.name!r} takes targets from 0 to 1; these go from {y.min()} to {y.max()}")
        return y

    def compute(
        self, merged: bool, outputs: Array, targets: Array, predictions: Array, gradient: Array | None, losses: Array
    ) -> None:
        if merged:
            kernels.sigmoid_cross_entropy(outputs, targets, predictions, gradient, losses)
        else:
            predictions[...] = outputs
            kernels.binary_cross_entropy(outputs, targets, gradient, losses)


class MeanSquaredError(Loss):
    """``(p − t)²``, the mean over the outputs.

    Parameters
    ----------
    from_logits : bool, default False
        Only False: this loss takes outputs as they are.
    """

    name = "mean_squared_error"

    def compute(
        self, merged: bool, outputs: Array, targets: Array, predictions: Array, gradient: Array | None, losses: Array
    ) -> None:
        predictions[...] = outputs
        kernels.mean_squared_error(outputs, targets, gradient, losses)


def each(kind, y_true, y_pred):
    """The loss of every sample, as Keras's functions give it.

    Parameters
    ----------
    kind : Loss
    y_true, y_pred : array_like
        Targets, and outputs ``(n, ..., K)``.

    Returns
    -------
    ndarray
        ``(n, ...)``.
    """
    outputs = np.asarray(y_pred)
    outputs = np.ascontiguousarray(outputs, outputs.dtype if outputs.dtype == np.float64 else np.float32)
    targets = kind.targets(y_true, outputs.shape[1:], outputs.dtype)
    if targets.dtype != np.int64 or targets.ndim == outputs.ndim:
        targets = targets.astype(outputs.dtype)
    lines = outputs.reshape(-1, outputs.shape[-1])
    flat = targets.reshape(-1) if targets.ndim < outputs.ndim else np.ascontiguousarray(targets.reshape(lines.shape))
    losses = np.empty(len(lines), outputs.dtype)
    kind.compute(False, lines, flat, np.empty_like(lines), None, losses)
    return losses.reshape(outputs.shape[:-1])


@explained
def categorical_crossentropy(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """`CategoricalCrossentropy` of every sample; as ``loss=`` of `compile` it means that loss.

    Parameters
    ----------
    y_true : array_like, (n, ..., K)
        Rows of shares, usually 1 for the right class and else 0.
    y_pred : array_like, (n, ..., K)
        Probabilities.

    Returns
    -------
    ndarray, (n, ...)

    Raises
    ------
    TypeError, ValueError
        For targets that are no numbers, out of range, or do not fit to the outputs.

    Examples
    --------
    >>> categorical_crossentropy([[0, 1]], [[0.5, 0.5]]).round(4).tolist()
    [0.6931]
    """
    return each(CategoricalCrossentropy(), y_true, y_pred)


@explained
def sparse_categorical_crossentropy(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """`SparseCategoricalCrossentropy` of every sample; as ``loss=`` of `compile` it means that loss.

    Parameters
    ----------
    y_true : array_like, (n, ...)
    y_pred : array_like, (n, ..., K)
        Probabilities.

    Returns
    -------
    ndarray, (n, ...)

    Raises
    ------
    TypeError, ValueError
        For targets that are no numbers, out of range, or do not fit to the outputs.

    Examples
    --------
    >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).round(4).tolist()
    [0.6931]
    """
    return each(SparseCategoricalCrossentropy(), y_true, y_pred)


@explained
def binary_crossentropy(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """`BinaryCrossentropy` of every sample; as ``loss=`` of `compile` it means that loss.

    Parameters
    ----------
    y_true : array_like, (n, ..., K)
    y_pred : array_like, (n, ..., K)
        Probabilities.

    Returns
    -------
    ndarray, (n, ...)

    Raises
    ------
    TypeError, ValueError
        For targets that are no numbers, out of range, or do not fit to the outputs.

    Examples
    --------
    >>> binary_crossentropy([[1], [0]], [[0.9], [0.9]]).round(4).tolist()
    [0.1054, 2.3026]
    """
    return each(BinaryCrossentropy(), y_true, y_pred)


@explained
def mean_squared_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """`MeanSquaredError` of every sample; as ``loss=`` of `compile` it means that loss.

    Parameters
    ----------
    y_true : array_like, (n, ..., K)
    y_pred : array_like, (n, ..., K)
        Outputs.

    Returns
    -------
    ndarray, (n, ...)

    Raises
    ------
    TypeError, ValueError
        For targets that are no numbers, out of range, or do not fit to the outputs.

    Examples
    --------
    >>> mean_squared_error([[1, 2]], [[1, 4]]).tolist()
    [2.0]
    """
    return each(MeanSquaredError(), y_true, y_pred)


FUNCTIONS = (categorical_crossentropy, sparse_categorical_crossentropy, binary_crossentropy, mean_squared_error)
KINDS = CategoricalCrossentropy, SparseCategoricalCrossentropy, BinaryCrossentropy, MeanSquaredError
KNOWN = {kind.name: kind for kind in KINDS}


#: What `get` takes.
Given = str | dict[str, Any] | Callable[[ArrayLike, ArrayLike], Array] | type[Loss] | Loss


def merged_activation(loss: Loss) -> str:
    """The activation that a loss computes together with itself: "softmax", "sigmoid" or ""."""
    return loss._merges


def takes_labels(loss: Loss) -> bool:
    """Whether the targets of a loss are labels, one number for a row of outputs."""
    return loss._labels


@explained
def get(loss: Given) -> Loss:
    """A `Loss` from its name or from its settings in a file; an object as it is.

    Parameters
    ----------
    loss : str, callable, dict, type or Loss
        A name in any spelling, one of the functions here, what `Loss.get_config` gave, a class, or a loss.

    Returns
    -------
    Loss

    Raises
    ------
    TypeError, ValueError
        For anything else, and for unknown names; the message has the nearest one.

    Examples
    --------
    >>> get("mse").name
    'mean_squared_error'
    """
    loss = loss.__name__ if callable(loss) and loss in FUNCTIONS else instance_of(loss, Loss)
    if isinstance(loss, Loss):
        return loss
    known = KNOWN | {"mse": MeanSquaredError}
    if isinstance(loss, dict):
        if set(loss) != {"name", "from_logits"}:
            raise ValueError(f"a loss as a dict has a name and from_logits, not {brief(loss)}; give the name by itself")
        kind = find(loss["name"], known, "loss")
        return kind(True) if flag(loss["from_logits"], "from_logits") else kind()
    return find(loss, known, "loss")()
