"""A plan's steps carried out, forward and backward, in memory that is laid out once: what all devices share.

A device has an `Executor` of its own, which says where arrays lie, and for each kind of step an `Operation`.
"""

import math

import numpy as np

from convviz.nn.engine import buffers

__all__ = ["Executor", "Operation", "key_of", "kinds_of"]


class Operation:
    """What carries out one step of a plan.

    Parameters
    ----------
    step : convviz.nn.engine.plan.Step
    room : Executor
        Gives the arrays.
    """

    def __init__(self, step, room):
        self.step, self.room, self.layer = step, room, step.layer
        self.prepare()

    def prepare(self):
        """Work out what stays the same from batch to batch."""

    def input(self, samples, place=0):
        """The array of one of the step's inputs."""
        return self.room.value(self.step.inputs[place], samples)

    def output(self, samples):
        """The array of the step's result."""
        return self.room.value(self.step.output, samples)

    def output_gradient(self, samples):
        """The gradient with respect to the result; a step may change it, since nobody reads it afterwards."""
        return self.room.gradient(self.step.output, samples)

    def forward(self, samples):
        """Compute the result of so many samples."""
        raise NotImplementedError

    def backward(self, samples, targets):
        """Write the gradients of the weights, and those of the inputs into `targets`, a list of arrays or None."""
        raise NotImplementedError

    def gradient_of(self, name):
        """Where the gradient of a weight goes, or None where training does not change it."""
        for weight in self.step.trained:
            if weight.name == name:
                return self.room.weight_gradient(weight)
        return None


def kinds_of(convolution, joining, normalization, pointwise, pooling):
    """The `Operation` for a step of each kind, out of a device's modules."""
    return {
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


def key_of(operation):
    """The two words of a dropout layer's own seed, or those of the model's."""
    layer = operation.step.dropout or operation.layer
    return operation.room.key if layer.seed is None else words(layer.seed)


def words(seed):
    """A seed as two words of 32 bits."""
    return seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF


class Executor:
    """The arrays of a plan for up to `capacity` samples, and what computes them.

    Parameters
    ----------
    plan : convviz.nn.engine.plan.Plan
    capacity : int
        The most samples at a time.
    dtype : str
    seed : int
        For dropout.

    Attributes
    ----------
    operations : list of Operation
        One for each step.
    """

    #: The module of kernels for single cells, and what its functions are told besides arrays and numbers.
    elementwise, options = None, {}
    #: What `kinds_of` gives.
    kinds = {}

    def __init__(self, plan, capacity, dtype, seed=0):
        self.plan, self.capacity, self.dtype, self.key = plan, capacity, np.dtype(dtype), words(seed)
        self.layout = buffers.layout(plan)
        self.wanted = buffers.wanted(plan) if plan.training else set()
        self.slots = buffers.gradient_slots(plan) if plan.training else {}
        self.sharing, self.adding = self.shares()
        self.furnish()
        self.operations = [self.kinds[step.kind](step, self) for step in plan.steps]

    def backward_steps(self):
        """The steps of the backward pass with their numbers, in its order."""
        for number, step in reversed(list(enumerate(self.plan.steps))):
            if self.plan.training and step.output.slot in self.wanted:
                yield number, step

    def shares(self):
        """Who adds to a gradient instead of writing it: steps of a weight, and (step, place) of an input."""
        sharing, adding, written = set(), set(), set()
        for number, step in self.backward_steps():
            if step.trained:
                if step.layer in written:
                    sharing.add(number)
                written.add(step.layer)
            for place, value in enumerate(step.inputs):
                if self.plan.readings(value.slot) > 1 and not step.in_place:
                    if ("input", value.slot) in written:
                        adding.add((number, place))
                    written.add(("input", value.slot))
        return sharing, adding

    # ------------------------------------------------------------ what a device says

    def furnish(self):
        """Make room for all arrays."""
        raise NotImplementedError

    def part(self, start, size, dtype):
        """A row of so many cells of four or eight bytes, as `dtype` says, that begins at a cell of the room."""
        raise NotImplementedError

    def weight_gradient(self, weight):
        """Where the gradient with respect to a weight goes."""
        raise NotImplementedError

    def copied(self, array):
        """A copy of an array."""
        raise NotImplementedError

    def move(self, source, target):
        """Copy an array into another, unless they are the same memory."""
        raise NotImplementedError

    def accumulate(self, array, other):
        """Add another array to one."""
        self.elementwise.accumulate(array, other, **self.options)

    # ------------------------------------------------------------ arrays

    def view(self, name, shape, samples, dtype=None):
        """The array of a name for so many samples."""
        start, size = self.layout.places[name] * self.capacity, samples * math.prod(shape)
        return self.part(start, size, dtype or self.dtype).reshape(samples, *shape)

    def value(self, value, samples):
        """The numbers of a value."""
        return self.view(("value", value.slot), value.shape, samples)

    def gradient(self, value, samples):
        """The gradient with respect to a value."""
        return self.view(("gradient", self.slots.get(value.slot, value.slot)), value.shape, samples)

    def places(self, step, samples):
        """The places of a step's maxima."""
        return self.view(("winners", step.output.slot), step.output.shape, samples, np.dtype(np.int32))

    # ------------------------------------------------------------ passes

    def forward(self, samples):
        """Compute all values from the inputs."""
        for operation in self.operations:
            operation.forward(samples)

    def backward(self, samples):
        """Compute the gradients of all weights from that of the output."""
        for number, step in self.backward_steps():
            before = [self.copied(self.weight_gradient(weight)) for weight in step.trained if number in self.sharing]
            self.operations[number].backward(samples, self.targets(number, step, samples))
            self.add_shares(number, step, samples)
            for weight, held in zip(step.trained, before, strict=False):
                self.accumulate(self.weight_gradient(weight), held)

    def targets(self, number, step, samples):
        """Where a step writes the gradients of its inputs; None for those that nobody needs."""
        return [
            None
            if value.slot not in self.wanted
            else self.view(("added", number, place), value.shape, samples)
            if (number, place) in self.adding
            else self.gradient(value, samples)
            for place, value in enumerate(step.inputs)
        ]

    def add_shares(self, number, step, samples):
        """Add what a step wrote apart to the gradients of its inputs."""
        for place, value in enumerate(step.inputs):
            if (number, place) in self.adding and value.slot in self.wanted:
                self.accumulate(self.gradient(value, samples), self.view(("added", number, place), value.shape, samples))
