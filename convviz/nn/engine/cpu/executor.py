"""A plan's arrays on the CPU, and what carries out its steps."""

import numpy as np

from convviz.kernels.cpu import elementwise, memory
from convviz.nn.engine import execution, merging
from convviz.nn.engine.cpu import convolution, normalization, pointwise, pooling

__all__ = ["Executor"]


class Executor(execution.Executor):
    """The arrays of a plan in one block of memory.

    Attributes
    ----------
    moment, version : int
        Number of the training step, and of the weights' version: packed weights of an older one are packed anew.
    """

    elementwise = elementwise
    kinds = execution.kinds_of(convolution, merging, normalization, pointwise, pooling)

    def furnish(self):
        self.moment, self.version = 0, 0
        self.arena = memory.aligned(self.layout.size * self.capacity, self.dtype)
        self.workspace = memory.Workspace()
        self.gradients = {
            id(weight): memory.aligned(weight.array.shape, self.dtype)
            for _, step in self.backward_steps()
            for weight in step.trained
        }

    def part(self, start, size, dtype):
        return self.arena[start : start + size].view(dtype)[:size]

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
