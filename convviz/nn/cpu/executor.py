"""A plan's steps carried out on the CPU, forward and backward, in memory that is laid out once."""

import numpy as np

from ...kernels import elementwise, memory
from .. import buffers
from . import convolution, joining, normalization, pointwise, pooling

__all__ = ["Executor"]

#: What carries out a step of each kind.
OPERATIONS = {
    "convolution": convolution.Convolution,
    "depthwise": convolution.Convolution,
    "transposed": convolution.Transposed,
    "dense": convolution.Dense,
    "max_pooling": pooling.Maximum,
    "average_pooling": pooling.Average,
    "global_max": pooling.GlobalMaximum,
    "global_average": pooling.GlobalAverage,
    "activation": pointwise.Activation,
    "dropout": pointwise.Dropout,
    "batch_normalization": normalization.BatchNormalization,
    "padding": joining.Padding,
    "add": joining.Add,
    "concatenate": joining.Concatenate,
}


class Executor:
    """The arrays of a plan for up to `capacity` samples, and what computes them.

    Parameters
    ----------
    plan : convviz.nn.plan.Plan
    capacity : int
        The most samples at a time.
    dtype : str
    seed : int
        For dropout.
    """

    def __init__(self, plan, capacity, dtype, seed=0):
        self.plan, self.capacity, self.dtype = plan, capacity, np.dtype(dtype)
        self.layout = buffers.layout(plan)
        self.arena = memory.aligned(self.layout.size * capacity, self.dtype)
        self.workspace = memory.Workspace()
        self.key = seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF
        #: Number of the training step, and of the weights' version: packed weights of an older one are packed anew.
        self.moment, self.version = 0, 0
        self.wanted = buffers.wanted(plan) if plan.training else set()
        self.slots = buffers.gradient_slots(plan) if plan.training else {}
        self.operations = [OPERATIONS[step.kind](step, self) for step in plan.steps]
        self.settle_gradients()

    def settle_gradients(self):
        """Make the arrays for the weights' gradients, and find who adds to one instead of writing it."""
        self.gradients, self.sharing, written = {}, set(), set()
        self.adding = set()
        for number, step in reversed(list(enumerate(self.plan.steps))):
            if not self.plan.training or step.output.slot not in self.wanted:
                continue
            if step.trained:
                if step.layer in written:
                    self.sharing.add(number)
                written.add(step.layer)
            for weight in step.trained:
                self.gradients.setdefault(id(weight), memory.aligned(weight.array.shape, self.dtype))
            for place, value in enumerate(step.inputs):
                if self.plan.readings(value.slot) > 1 and not step.in_place:
                    if ("input", value.slot) in written:
                        self.adding.add((number, place))
                    written.add(("input", value.slot))

    # ------------------------------------------------------------ arrays

    def view(self, name, shape, samples):
        """The array of a name for so many samples."""
        start = self.layout.places[name] * self.capacity
        size = samples
        for length in shape:
            size *= length
        return self.arena[start : start + size].reshape(samples, *shape)

    def value(self, value, samples):
        """The numbers of a value."""
        return self.view(("value", value.slot), value.shape, samples)

    def gradient(self, value, samples):
        """The gradient with respect to a value."""
        return self.view(("gradient", self.slots.get(value.slot, value.slot)), value.shape, samples)

    def places(self, step, samples):
        """The places of a step's maxima, int32."""
        start = self.layout.places["winners", step.output.slot] * self.capacity
        size = samples * step.output.size
        return self.arena[start : start + size].view(np.int32)[:size].reshape(samples, *step.output.shape)

    def weight_gradient(self, weight):
        """Where the gradient with respect to a weight goes."""
        return self.gradients[id(weight)]

    # ------------------------------------------------------------ passes

    def forward(self, samples):
        """Compute all values from the inputs."""
        for operation in self.operations:
            operation.forward(samples)

    def backward(self, samples):
        """Compute the gradients of all weights from that of the output."""
        for number in reversed(range(len(self.operations))):
            step = self.plan.steps[number]
            if step.output.slot in self.wanted:
                before = [self.weight_gradient(weight).copy() for weight in step.trained if number in self.sharing]
                self.operations[number].backward(samples, self.targets(number, step, samples))
                self.add_shares(number, step, samples)
                for weight, held in zip(step.trained, before, strict=False):
                    elementwise.accumulate(self.weight_gradient(weight), held)

    def targets(self, number, step, samples):
        """Where a step writes the gradients of its inputs; None for those that nobody needs."""
        return [
            None if value.slot not in self.wanted
            else self.view(("added", number, place), value.shape, samples) if (number, place) in self.adding
            else self.gradient(value, samples)
            for place, value in enumerate(step.inputs)
        ]  # fmt: skip

    def add_shares(self, number, step, samples):
        """Add what a step wrote apart to the gradients of its inputs."""
        for place, value in enumerate(step.inputs):
            if (number, place) in self.adding and value.slot in self.wanted:
                apart = self.view(("added", number, place), value.shape, samples)
                elementwise.accumulate(self.gradient(value, samples), apart)
