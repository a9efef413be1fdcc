"""A plan's arrays on the CPU, and what carries out its steps."""

import numpy as np

from convviz.kernels.cpu import elementwise, memory
from convviz.nn.engine import executor, merging
from convviz.nn.engine.cpu import convolution, normalization, pointwise, pooling
from convviz.nn.engine.cpu.input_pipeline import load_inputs

__all__ = ["Executor"]


class Executor(executor.BaseExecutor):
    """The arrays of a plan in one block of memory.

    Parameters
    ----------
    plan, capacity, dtype, seed : as in `BaseExecutor`
    exact : bool, default False
        Whether NaN and infinity reach exactly the cells that they reach by definition, as in the operations.

    Attributes
    ----------
    iteration, version : int
        Number of the training step, and of the weights' version: packed weights of an older one are packed again.
    """

    elementwise = elementwise
    classes = executor.runner_classes(convolution, merging, normalization, pointwise, pooling)

    def __init__(self, plan, capacity, dtype, seed=0, exact=False):
        self.exact = exact
        super().__init__(plan, capacity, dtype, seed)

    def allocate(self):
        self.iteration, self.version = 0, 0
        self.arena = memory.aligned(self.layout.size * self.capacity, self.dtype)
        self.workspace = memory.Workspace()
        self.gradients = {
            id(weight): memory.aligned(weight.array.shape, self.dtype)
            for _, step in self.backward_steps()
            for weight in step.trained
        }

    def set_version(self, version):
        """Set the version of the weights."""
        self.version = version

    def set_iteration(self, iteration):
        """Set the number of the training step, from which dropout's random numbers follow."""
        self.iteration = iteration & 0xFFFFFFFF

    def compute(self, data, indices):
        """Compute all values for some samples, and return the executor that holds them.

        Where outputs that are read are not finite, they are computed once more by another executor, which is `exact`.
        """
        load_inputs(self, data, indices)
        self.forward(len(indices))
        if self.plan.training or self.exact or self.finite(len(indices)):
            return self
        return Executor(self.plan, len(indices), self.dtype, exact=True).compute(data, indices)

    def finite(self, samples):
        """Whether all outputs are finite, and those of the operations would be, too."""
        if any(getattr(runner, "hides", False) for runner in self.runners):
            return False
        return all(np.isfinite(self.value(value, samples)).all() for value in self.plan.outputs)

    def part(self, start, size, dtype):
        return self.arena[start : start + size].view(dtype)[:size]

    def weight(self, weight):
        return weight.array

    def weight_gradient(self, weight):
        return self.gradients[id(weight)]

    def copied(self, array):
        return array.copy()

    def move(self, source, target):
        if not np.shares_memory(source, target, max_work=1):
            target[...] = source

    @property
    def nbytes(self):
        """Bytes held."""
        return self.arena.nbytes + self.workspace.nbytes + sum(array.nbytes for array in self.gradients.values())
