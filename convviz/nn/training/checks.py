"""Checks of what `fit`, `evaluate` and `predict` are given, before anything is computed."""

import numpy as np

from convviz._support.values import brief, whole_number
from convviz.geometry import LARGEST
from convviz.nn import samples
from convviz.nn.engine import devices
from convviz.nn.lookup import suggestion

__all__ = [
    "batch_size_for",
    "checked_arrays",
    "checked_inputs",
    "each_or_some",
    "optional",
    "require_compiled",
    "size_for_steps",
]


def require_compiled(model, what):
    """Raise RuntimeError unless the model is compiled."""
    if model.loss is None:
        raise RuntimeError(f"{what} needs a loss: call compile(optimizer=..., loss=...) first")


def checked_inputs(model, x, what="x"):
    """The arrays of x, a list or a dict by the names of the inputs for several, or an error."""
    if isinstance(x, dict):
        names = [tensor.node.layer.name for tensor in model.inputs]
        for name in x:
            if name not in names:
                raise ValueError(
                    f"{what} has {name!r}, which is no input{suggestion(str(name), names)} There are: {', '.join(names)}"
                )
        if len(x) < len(names):
            raise ValueError(f"{what} lacks {', '.join(repr(name) for name in names if name not in x)}; the inputs are {names}")
        x = [x[name] for name in names] if len(names) > 1 else x[names[0]]
    return samples.as_inputs(x, [tensor.shape for tensor in model.inputs], what)


def checked_arrays(model, x, y, weights=None, what=""):
    """x, y and the weights of samples as `samples.Arrays`, or an error before anything is computed."""
    inputs = checked_inputs(model, x, f"{what}x")
    if y is None:
        raise ValueError(f"{what}y is missing: training and evaluation compare outputs with targets")
    if isinstance(y, (list, tuple)) and len(y) == 1 != len(inputs[0]):  # as Keras takes the targets of its outputs
        y = y[0]
    targets = model.loss.targets(samples.numbers(y, f"{what}y"), model.outputs[0].shape[1:], model.dtype)
    found = samples.Arrays(inputs, targets, None if weights is None else checked_weights(model, weights, len(targets)))
    if not len(found):
        raise ValueError(f"{what}x is empty: its shape is {inputs[0].shape}")
    return found


def checked_weights(model, weights, count):
    """The weights of samples, ``(n,)``, or an error."""
    devices.require_weights(model)
    array = samples.numbers(weights, "sample_weight")
    if array.shape not in ((count,), (count, 1)):
        raise ValueError(f"sample_weight holds one number a sample, of shape ({count},); it is {array.shape}")
    array = array.reshape(count).astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError("sample_weight holds NaN or infinite numbers")
    return array


def optional(value, name):
    """A setting as an integer from 1 on, None as it is, or an error."""
    return None if value is None else whole_number(value, name, 1)


def each_or_some(value, name):
    """A number, for every so many epochs, or a list of epochs, counted from 1."""
    if not isinstance(value, (list, tuple)):
        return whole_number(value, name, 1, LARGEST)
    return [whole_number(epoch, f"an epoch of {name}", 1, LARGEST) for epoch in value]


def batch_size_for(batch_size, count, steps=None):
    """The batch size to train a number of samples with: by default 32, or all samples if they are fewer."""
    if batch_size is None:
        return min(size_for_steps(None, count, steps, ("batch_size", "steps_per_epoch")), count)
    size = whole_number(batch_size, "batch_size", 1)
    if size > count:
        raise ValueError(f"batch_size is {brief(size)}, but there are only {count} samples; use batch_size={count} or less")
    return size


def size_for_steps(batch_size, count, steps, names=("batch_size", "steps")):
    """A batch size: as given, else what makes as many batches as steps are given, else 32."""
    size, steps = optional(batch_size, names[0]), optional(steps, names[1])
    return size or (max(1, -(-count // steps)) if steps else 32)
