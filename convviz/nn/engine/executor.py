"""What the executors of all devices share: the memory of a plan, and its steps carried out forward and backward.

A device has an `Executor` of its own, which says where arrays are, and a `StepRunner` for each kind of step.
"""

import math
from typing import Any

import numpy as np

from convviz.nn.engine import buffers

__all__ = ["BaseExecutor", "StepRunner", "runner_classes", "random_key"]


class StepRunner:
    """Base class of what carries out one step of a plan.

    Parameters
    ----------
    step : convviz.nn.engine.plan.PlanStep
    executor : BaseExecutor
        Gives the arrays.
    """

    def __init__(self, step, executor):
        self.step, self.executor, self.layer = step, executor, step.layer
        self.prepare()

    def prepare(self):
        """Compute what stays the same from batch to batch."""

    def input(self, samples, place=0):
        """The array of one of the step's inputs."""
        return self.executor.value(self.step.inputs[place], samples)

    def output(self, samples):
        """The array of the step's result."""
        return self.executor.value(self.step.output, samples)

    def output_gradient(self, samples):
        """The gradient with respect to the result; a step may change it, since nobody reads it afterwards."""
        return self.executor.gradient(self.step.output, samples)

    def forward(self, samples):
        """Compute the result for this many samples."""
        raise NotImplementedError

    def backward(self, samples, targets):
        """Write the gradients of the weights, and those of the inputs into `targets`, a list of arrays or None."""
        raise NotImplementedError

    def weight(self, name):
        """The array of a weight on the device, or None if the layer has none of that name."""
        return next((self.executor.weight(weight) for weight in self.layer.weights if weight.name == name), None)

    def weight_gradient(self, name):
        """The array for the gradient of a weight, or None if training does not change the weight."""
        return next((self.executor.weight_gradient(weight) for weight in self.step.trained if weight.name == name), None)


def runner_classes(convolution, merging, normalization, pointwise, pooling):
    """The `StepRunner` for each kind of step, from a device's modules."""
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
        "padding": merging.Padding,
        "add": merging.Add,
        "concatenate": merging.Concatenate,
    }


def random_key(runner):
    """The key of a dropout layer's random numbers, two words: from its own seed, or from the model's."""
    layer = runner.step.dropout or runner.layer
    return runner.executor.key if layer.seed is None else seed_words(layer.seed)


def seed_words(seed):
    """A seed as two words of 32 bits."""
    return seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF


class BaseExecutor:
    """Base class of the executors: the arrays of a plan for up to `capacity` samples, and what computes them.

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
    runners : list of StepRunner
        One for each step.
    """

    #: The device's module of elementwise kernels, and the keyword arguments that its functions take.
    elementwise: Any = None
    options: dict[str, Any] = {}
    #: The `StepRunner` for each kind of step; see `runner_classes`.
    classes: dict[str, type[StepRunner]] = {}

    def __init__(self, plan, capacity, dtype, seed=0):
        self.plan, self.capacity, self.dtype, self.key = plan, capacity, np.dtype(dtype), seed_words(seed)
        self.layout = buffers.layout(plan)
        self.wanted = buffers.wanted(plan) if plan.training else set()
        self.slots = buffers.gradient_slots(plan) if plan.training else {}
        self.sharing, self.adding = self.shares()
        self.allocate()
        self.runners = [self.classes[step.kind](step, self) for step in plan.steps]

    def backward_steps(self):
        """The steps of the backward pass with their numbers, in its order."""
        for number, step in reversed(list(enumerate(self.plan.steps))):
            if self.plan.training and step.output.slot in self.wanted:
                yield number, step

    def shares(self):
        """What adds to a gradient instead of writing it: numbers of steps for weights, (step, place) for inputs."""
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

    # ------------------------------------------------------------ what a device defines

    def allocate(self):
        """Allocate all arrays."""
        raise NotImplementedError

    def part(self, start, size, dtype):
        """This many cells of four or eight bytes, as `dtype` says, from a cell of the memory on."""
        raise NotImplementedError

    def weight(self, weight):
        """The array of a weight on the device."""
        raise NotImplementedError

    def weight_gradient(self, weight):
        """The array for the gradient with respect to a weight."""
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
        """The array with a name, for this many samples."""
        start, size = self.layout.places[name] * self.capacity, samples * math.prod(shape)
        return self.part(start, size, dtype or self.dtype).reshape(samples, *shape)

    def value(self, value, samples):
        """The numbers of a value."""
        return self.view(("value", value.slot), value.shape, samples)

    def gradient(self, value, samples):
        """The gradient with respect to a value."""
        return self.view(("gradient", self.slots.get(value.slot, value.slot)), value.shape, samples)

    def argmax(self, step, samples):
        """Where the maxima of a step's windows are."""
        return self.view(("argmax", step.output.slot), step.output.shape, samples, np.dtype(np.int32))

    # ------------------------------------------------------------ passes

    def forward(self, samples):
        """Compute all values from the inputs."""
        for runner in self.runners:
            runner.forward(samples)

    def backward(self, samples):
        """Compute the gradients of all weights from the gradient of the output."""
        for number, step in self.backward_steps():
            before = [self.copied(self.weight_gradient(weight)) for weight in step.trained if number in self.sharing]
            self.runners[number].backward(samples, self.targets(number, step, samples))
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
        """Add the gradients that a step wrote to memory of their own to those of its inputs."""
        for place, value in enumerate(step.inputs):
            if (number, place) in self.adding and value.slot in self.wanted:
                self.accumulate(self.gradient(value, samples), self.view(("added", number, place), value.shape, samples))
