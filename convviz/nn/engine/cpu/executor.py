"""A plan's arrays on the CPU, and what carries out its steps."""

import numpy as np

from convviz.kernels.cpu import elementwise, memory
from convviz.nn.engine import executor, merging
from convviz.nn.engine.cpu import convolution, normalization, pointwise, pooling

__all__ = ["Executor"]


class Executor(executor.BaseExecutor):
    """The arrays of a plan in one block of memory.

    Attributes
    ----------
    iteration, version : int
        Number of the training step, and of the weights' version: packed weights of an older one are packed again.
    """

    elementwise = elementwise
    classes = executor.runner_classes(convolution, merging, normalization, pointwise, pooling)

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
