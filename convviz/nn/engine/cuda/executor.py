"""A plan's arrays on a GPU, and what carries out its steps."""

import math
import weakref
from typing import NamedTuple

import numpy as np

from convviz.kernels.cuda import arrays, elementwise
from convviz.nn.engine import executor, merging
from convviz.nn.engine.cuda import convolution, normalization, pointwise, pooling

__all__ = ["Executor"]

#: For how many kinds of steps graphs are kept, with the views of arrays and the tables that they need; batches of
#: new sizes add more of them.
MOST_GRAPHS = 12


class Device(NamedTuple):
    """What the steps of a model share on a GPU.

    Attributes
    ----------
    weights : convviz.nn.engine.cuda.device_weights.DeviceWeights
        Gives the weights and the arrays for their gradients.
    clock : device array
        See `convviz.kernels.cuda.clock`.
    precision : {"float32", "tf32"}
    stream : a stream of numba's
        All kernels are launched on it.
    """

    weights: object
    clock: object
    precision: str
    stream: object


class Executor(executor.BaseExecutor):
    """The arrays of a plan in one block of the GPU's memory.

    Making a view of it takes longer than many kernels, so views are kept; a step for as many samples as before makes none.

    Parameters
    ----------
    plan, capacity, dtype, seed
        As for `convviz.nn.engine.executor.BaseExecutor`.
    device : Device

    Attributes
    ----------
    graphs : mapping
        For each object that feeds the executor, what was captured; see `graphs_of`.
    tables : dict
        Tables of offsets on the GPU, kept for convolutions.
    """

    elementwise = elementwise
    classes = executor.runner_classes(convolution, merging, normalization, pointwise, pooling)

    def __init__(self, plan, capacity, dtype, seed, device):
        self.device_weights, self.clock, self.precision, self.stream = device
        self.options = {"stream": self.stream}
        self.views, self.extra, self.tables, self.graphs = {}, {}, {}, weakref.WeakKeyDictionary()
        super().__init__(plan, capacity, dtype, seed)

    def allocate(self):
        self.arena = arrays.empty((max(self.layout.size * self.capacity, 1),), self.dtype, "what a step computes")

    def part(self, start, size, dtype):
        row = self.arena[start : start + size]
        return row if dtype == self.dtype else row.view(dtype)

    def graphs_of(self, feed, key):
        """What was captured of steps fed by one object, by what tells steps apart; forgotten when that object is.

        `key` is that of the step that comes now.
        """
        known = key in self.graphs.get(feed, ())
        if not known and sum(map(len, self.graphs.values())) > MOST_GRAPHS:
            # all at once: a step that has run and is to be captured next must find its views and tables
            for held in self.graphs, self.views, self.tables:
                held.clear()
        return self.graphs.setdefault(feed, {})

    def release(self):
        """Break the circles of references, so that the memory is free as soon as it is unused."""
        self.runners = []
        self.graphs.clear()

    # ------------------------------------------------------------ arrays

    def view(self, name, shape, samples, dtype=None):
        key = name, shape, samples, dtype
        if key not in self.views:
            self.views[key] = super().view(name, shape, samples, dtype)
        return self.views[key]

    def scratch(self, use, *shape):
        """Memory for one use, float32, whose numbers stay until the next; None for 0 cells."""
        cells = math.prod(shape)
        if not cells:
            return None
        key = "scratch", use, shape
        if key not in self.views:
            if use not in self.extra or self.extra[use].size < cells:
                # views of what was there before are for graphs that hold them
                self.views = {key: view for key, view in self.views.items() if key[:2] != ("scratch", use)}
                self.extra[use] = arrays.empty((cells,), np.float32, f"room for {use}")
            self.views[key] = self.extra[use][:cells].reshape(*shape)
        return self.views[key]

    def beside(self, use, shape, samples, dtype=np.float32):
        """An array beside those of the plan, for a number of samples of a shape, always in the same memory."""
        key = "beside", use, shape, samples
        if key not in self.views:
            if use not in self.extra:
                self.extra[use] = arrays.empty((self.capacity, *shape), dtype, use)
            self.views[key] = self.extra[use][:samples]
        return self.views[key]

    def rows(self, value, samples, gradient=False):
        """A value, or its gradient, as rows of numbers along the last axis."""
        key = "rows", value, samples, gradient
        if key not in self.views:
            found = self.gradient(value, samples) if gradient else self.value(value, samples)
            *_, units = value.shape
            self.views[key] = found.reshape(samples * value.size // units, units)
        return self.views[key]

    def weight(self, weight):
        return self.device_weights.arrays[id(weight)]

    def weight_gradient(self, weight):
        return self.device_weights.gradients[id(weight)]

    def copied(self, array):
        held = self.scratch(f"copies of {id(array)}", *array.shape)
        elementwise.copy(array, held, stream=self.stream)
        return held

    def move(self, source, target):
        if source is not target:
            elementwise.copy(source, target, stream=self.stream)

    @property
    def nbytes(self):
        """Bytes held."""
        return self.arena.nbytes + sum(array.nbytes for array in self.extra.values())
