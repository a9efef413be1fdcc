"""How samples reach a step on the CPU: each batch is picked from the data set."""

import numpy as np

from convviz.kernels.cpu import batches
from convviz.nn.losses import takes_labels

__all__ = ["load_inputs", "pick_targets"]


def load_inputs(executor, data, indices):
    """Copy the samples with some indices to the inputs of an executor."""
    for value, source in zip(executor.plan.inputs, data.inputs, strict=True):
        batches.gather(source, indices, executor.value(value, len(indices)))


def pick_targets(model, data, indices):
    """The targets of samples: labels as int64, others in the model's dtype."""
    source = data.targets
    dtype = np.int64 if source.dtype == np.int64 and takes_labels(model.loss) else model.dtype
    target = np.empty((len(indices), *source.shape[1:]), dtype)
    if dtype == np.int64:
        np.take(source, indices, axis=0, out=target)
    else:
        batches.gather(source, indices, target)
    return target
