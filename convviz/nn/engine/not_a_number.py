"""A loss that is NaN or infinite: the error, and where the first such number is."""

import numpy as np

__all__ = ["NotANumber", "locate"]


class NotANumber(ArithmeticError):
    """The loss became NaN or infinite, so training stopped.

    Parameters
    ----------
    loss : float
    where : str
        What holds the first numbers that are not finite.
    batch : int, default 0
        Number of the batch in its run, counted from 0.
    when : str, default ""
        Epoch and batch as the beginning of the message, such as ``"in epoch 1, batch 3 "``.
    """

    def __init__(self, loss, where, batch=0, when=""):
        super().__init__(loss, where, batch, when)
        self.loss, self.where, self.batch, self.when = loss, where, batch, when

    def __str__(self):
        return f"{self.when}the loss became {self.loss}: {self.where}"


def locate(executor, model, targets, samples):
    """In words, where the first number that is not finite is: in the inputs, targets, weights or a layer's output.

    The inputs are loaded. The steps are computed again, one by one, since later values may overwrite earlier ones.
    """
    for value in executor.plan.inputs:
        if bad := unfinite(executor.value(value, samples)):
            return f"the inputs hold {bad}; look at x for missing values, and at how it was scaled"
    if bad := unfinite(targets):
        return f"the targets hold {bad}; look at y"
    for layer in model.layers:
        for weight in layer.weights:
            if bad := unfinite(weight.array):
                return f"the {weight.name} of layer {layer.name!r} holds {bad}{ADVICE}"
    for runner, step in zip(executor.runners, executor.plan.steps, strict=True):
        runner.forward(samples)
        if bad := unfinite(executor.value(step.output, samples)):
            return f"the output of layer {step.layer.name!r} holds {bad}{ADVICE}"
    return f"all outputs are finite, but the loss of them is not{ADVICE}"


ADVICE = "; a smaller learning_rate, or inputs scaled to 0…1, usually help"


def unfinite(array):
    """How many numbers of an array are NaN or infinite, in words; "" for none."""
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return ""
    nan, infinite = int(np.isnan(array).sum()), int(np.isinf(array).sum())
    parts = [f"{nan} NaN"] * bool(nan) + [f"{infinite} infinite"] * bool(infinite)
    return f"{' and '.join(parts)} of {array.size} numbers"
