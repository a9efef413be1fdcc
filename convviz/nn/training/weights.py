"""Weights of classes, as weights of samples."""

import numpy as np

from convviz._support.values import as_index, brief, real_number
from convviz.nn.engine import devices
from convviz.nn.samples import Arrays

__all__ = ["checked_class_weight", "weighted"]


def checked_class_weight(given):
    """Weights of classes, a dict from classes to numbers, or an error; None as it is."""
    if given is None:
        return None
    if not isinstance(given, dict):
        raise TypeError(f"class_weight is a dict such as {{0: 1.0, 1: 5.0}}, from classes to numbers, not {brief(given)}")
    for label, weight in given.items():
        if as_index(label) is None:
            raise TypeError(f"class_weight has {brief(label)} as a class; classes are whole numbers, as in {{0: 1.0, 1: 5.0}}")
        number = real_number(weight)
        if number is None or not np.isfinite(number):
            raise ValueError(f"class_weight gives class {brief(label)} the weight {brief(weight)}; weights are finite numbers")
    return {int(label): float(weight) for label, weight in given.items()}


def weighted(model, arrays, class_weight):
    """A data set in which every sample has the weight of its class, 1 for a class without one; as it is for None."""
    if class_weight is None:
        return arrays
    devices.require_weights(model)
    if arrays.weights is not None:
        raise ValueError("give class_weight or sample_weight, not both")
    targets = arrays.targets
    if targets.ndim > 2:
        raise ValueError(f"class_weight is for one class a sample; the targets are of shape {targets.shape}")
    if targets.ndim == 2:
        targets = targets.argmax(axis=1) if targets.shape[1] > 1 else targets[:, 0]
    labels = np.round(targets).astype(np.int64)
    weights = np.array([class_weight.get(label, 1.0) for label in labels.tolist()])
    return Arrays(arrays.inputs, arrays.targets, weights)
