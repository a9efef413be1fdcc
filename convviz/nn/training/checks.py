"""Checks of what `fit`, `evaluate` and `predict` are given, before anything is computed."""

from convviz.nn import samples

__all__ = ["batch_size_for", "checked_arrays", "is_batches", "optional", "require_compiled", "whole_number"]


def require_compiled(model, what):
    """Raise RuntimeError unless the model is compiled."""
    if model.loss is None:
        raise RuntimeError(f"{what} needs a loss: call compile(optimizer=..., loss=...) first")


def is_batches(x):
    """Whether x gives batches instead of being an array."""
    if hasattr(x, "__array__") or isinstance(x, (list, tuple)):
        return False
    return hasattr(x, "__iter__") or hasattr(x, "__getitem__")


def checked_arrays(model, x, y, what=""):
    """x and y as `samples.Arrays`, or an error before anything is computed."""
    inputs = samples.as_inputs(x, [tensor.shape for tensor in model.inputs], f"{what}x")
    if y is None:
        raise ValueError(f"{what}y is missing: training and evaluation compare outputs with targets")
    targets = model.loss.targets(samples.numbers(y, f"{what}y"), model.outputs[0].shape[1:], model.dtype)
    found = samples.Arrays(inputs, targets)
    if not len(found):
        raise ValueError(f"{what}x is empty: its shape is {inputs[0].shape}")
    return found


def whole_number(value, name, least=1):
    """A setting as an integer, or an error."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} is a whole number, not {value!r}")
    if value < least:
        raise ValueError(f"{name} is {least} or more, not {value}")
    return int(value)


def optional(value, name):
    """A setting as an integer from 1 on, None as it is, or an error."""
    return None if value is None else whole_number(value, name)


def batch_size_for(batch_size, count):
    """The batch size for a number of samples: by default 32, or all samples if they are fewer."""
    if batch_size is None:
        return min(32, count)
    if whole_number(batch_size, "batch_size") > count:
        raise ValueError(f"batch_size is {batch_size}, but there are only {count} samples; use batch_size={count} or less")
    return int(batch_size)
