"""The values of tensors computed from samples: a small plan without training, on the CPU."""

import numpy as np

from convviz.nn import samples
from convviz.nn.engine import plan as plans

__all__ = ["predict_tensors"]

#: Samples of a batch, as `Model.predict` takes them.
BATCH = 32


def predict_tensors(inputs, outputs, x):
    """The values of tensors for samples.

    Parameters
    ----------
    inputs : list of Tensor
        The tensors that `x` is for.
    outputs : list of Tensor
    x : array_like or list of array_like
        ``(n, ...)`` for each input.

    Returns
    -------
    list of ndarray
        ``(n, ...)`` for each output.
    """
    from convviz.nn.engine.cpu.executor import Executor

    data = samples.Arrays(samples.as_inputs(x, [tensor.shape for tensor in inputs]))
    results = [np.empty((len(data), *tensor.shape[1:]), tensor.dtype) for tensor in outputs]
    if not len(data):
        return results
    executor = Executor(plans.make(inputs, outputs), min(BATCH, len(data)), inputs[0].dtype)
    for start in range(0, len(data), BATCH):
        indices = np.arange(start, min(start + BATCH, len(data)))
        found = executor.compute(data, indices)
        for result, value in zip(results, executor.plan.outputs, strict=True):
            result[start : start + len(indices)] = found.value(value, len(indices))
    return results
