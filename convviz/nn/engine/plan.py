"""From a graph of layers to the steps that compute it; neighbours that have a common kernel become one step.

A plan is plain data that knows no device. Its values are arrays of samples; each has a slot, and values of the same
memory share one (a flattened array is the array; dropout and activations work in place where the numbers before them are
not needed again).

What is joined into one step:

- convolution or dense layer, ReLU, 2 × 2 max pooling (convolution only) and dropout,
- the last softmax or sigmoid and the loss (``loss`` names it, and the steps end with its logits).
"""

import dataclasses
import math
from collections import Counter
from typing import Any, NamedTuple

from convviz.kernels.cpu.activations import NEEDS_X
from convviz.nn import losses
from convviz.nn.graph import between

__all__ = ["Plan", "PlanStep", "Value", "for_use", "make"]

#: Steps whose kernel can finish with a ReLU.
WITH_RELU = ("convolution", "depthwise", "dense")


class Value(NamedTuple):
    """An array of samples: its slot, and its shape without the samples' axis."""

    slot: int
    shape: tuple

    @property
    def size(self):
        """Numbers a sample."""
        return math.prod(self.shape)


@dataclasses.dataclass(frozen=True)
class PlanStep:
    """One step of a plan.

    Attributes
    ----------
    kind : str
        The kind of its layer, "activation" too for the activation that a layer has of its own.
    layer : convviz.nn.layers.Layer
    inputs : tuple of Value
    output : Value
    activation : str
        Of a step of kind "activation": which.
    relu : bool
        Whether ReLU is part of it.
    pool : Layer or None
        The 2 × 2 max pooling that is part of it.
    dropout : Layer or None
        The dropout that is part of it.
    number : int
        Which of the model's layers the step, or the dropout in it, is: for random numbers.
    before : Value or None
        With a pooling, the shape of what is pooled.
    """

    kind: str
    layer: Any
    inputs: tuple
    output: Value
    activation: str = "linear"
    relu: bool = False
    pool: Any = None
    dropout: Any = None
    number: int = 0
    before: Value | None = None

    @property
    def in_place(self):
        """Whether the result replaces the input."""
        return any(value.slot == self.output.slot for value in self.inputs)

    @property
    def needs_output(self):
        """Whether its backward pass reads its result."""
        return self.relu or self.kind == "activation"

    @property
    def needs_inputs(self):
        """Whether its backward pass reads its inputs."""
        if self.kind == "activation":
            return self.activation in NEEDS_X
        return self.kind in ("convolution", "depthwise", "transposed", "dense", "batch_normalization")

    @property
    def trained(self):
        """The weights that training changes."""
        return () if self.kind == "activation" else tuple(self.layer.trainable_weights)

    def __str__(self):
        parts = [self.kind if self.kind != "activation" else self.activation]
        parts += ["relu"] * self.relu + ["max_pooling"] * bool(self.pool) + ["dropout"] * bool(self.dropout)
        return f"{self.layer.name}: {' + '.join(parts)}{' in place' * self.in_place}"


class Plan(NamedTuple):
    """The steps of a model, forward.

    Attributes
    ----------
    inputs, outputs : tuple of Value
    steps : tuple of PlanStep
    training : bool
    loss : str
        The activation that the loss computes together with itself, "softmax" or "sigmoid"; "" for none.
    """

    inputs: tuple
    outputs: tuple
    steps: tuple
    training: bool
    loss: str

    def __str__(self):
        return "\n".join(map(str, self.steps))

    def readings(self, slot):
        """How often a slot is read, apart from steps that put their result in its place."""
        return sum(value.slot == slot for step in self.steps if not step.in_place for value in step.inputs)


def make(inputs, outputs, training=False, merge=""):
    """The plan for a graph.

    Parameters
    ----------
    inputs, outputs : sequence of Tensor
    training : bool
        Whether dropout drops, and whether a backward pass follows.
    merge : {"", "softmax", "sigmoid"}
        The activation that the loss takes over if it is the very last step.

    Returns
    -------
    Plan
    """
    steps, values = unfold(between(inputs, outputs), training)
    results = tuple(values[id(tensor)] for tensor in outputs)
    loss = ""
    if merge and steps and ends_with(steps[-1], merge, results):
        loss, last = merge, steps.pop()
        results = (last.inputs[0],)
    fixed = {value.slot for value in (*results, *(values[id(tensor)] for tensor in inputs))}
    steps, renamed = joined(steps, fixed)
    results = tuple(Value(renamed.get(value.slot, value.slot), value.shape) for value in results)
    return Plan(tuple(values[id(tensor)] for tensor in inputs), results, tuple(steps), training, loss)


def for_use(model, use):
    """The plan of a model for "train", "test" or "predict"."""
    merge = "" if use == "predict" or model.loss.from_logits else losses.merged_activation(model.loss)
    return make(model.inputs, model.outputs, use == "train", merge)


def ends_with(step, activation, results):
    """Whether a step is an activation whose result is the only output."""
    return step.kind == "activation" and step.activation == activation and results == (step.output,)


def unfold(nodes, training):
    """One step for every node, one more for every activation that a layer has; and the value of every tensor."""
    steps, values = [], {}
    for number, node in enumerate(nodes):
        layer = node.layer
        taken = tuple(values[id(tensor)] for tensor in node.inputs)
        shape = node.output.shape[1:]
        if nothing_to_do(layer, training):
            values[id(node.output)] = Value(taken[0].slot, shape)
            continue
        value = Value(len(values) + len(steps), shape)
        if layer.kind not in ("input", "activation"):
            steps.append(PlanStep(layer.kind, layer, taken, value, number=number))
            taken = (value,)
        if layer.activation not in (None, "linear"):
            value = Value(len(values) + len(steps), shape)
            steps.append(PlanStep("activation", layer, taken, value, layer.activation, number=number))
        values[id(node.output)] = value
    return steps, values


def nothing_to_do(layer, training):
    """Whether a layer leaves the numbers as they are."""
    if layer.kind == "dropout":
        return not training or layer.rate == 0
    return layer.kind == "flatten" or (layer.kind == "activation" and layer.activation == "linear")


def joined(steps, fixed):
    """The steps with neighbours joined, and new slots of values by their old ones.

    Slots of `fixed` are read from outside and keep their values.
    """
    readers = Counter(value.slot for step in steps for value in step.inputs)
    kept, makers, renamed = [], {}, {}
    for step in steps:
        taken = tuple(Value(renamed.get(value.slot, value.slot), value.shape) for value in step.inputs)
        step = dataclasses.replace(step, inputs=taken)
        first, last = taken[0].slot, step.output.slot
        maker = kept[makers[first]] if first in makers else None
        alone = maker is not None and readers[first] == 1 and first not in fixed
        combined = absorb(maker, step) if alone else None
        if combined or (alone and works_in_place(maker, step)):
            renamed[last], readers[first] = first, readers[last]
            fixed = fixed | {first} if last in fixed else fixed
            step = dataclasses.replace(step, output=Value(first, step.output.shape))
        if combined:
            kept[makers[first]] = combined
        else:
            makers[step.output.slot] = len(kept)
            kept.append(step)
    return kept, renamed


def absorb(maker, step):
    """A step and the step after it as one, or None if no kernel computes both."""
    if step.kind == "activation" and step.activation == "relu" and maker.kind in WITH_RELU:
        if maker.relu or maker.pool or maker.dropout:
            return None
        return dataclasses.replace(maker, relu=True)
    if step.kind == "max_pooling" and maker.kind == "convolution" and pairs(step):
        if maker.pool or maker.dropout:
            return None
        output = Value(maker.output.slot, step.output.shape)
        return dataclasses.replace(maker, pool=step.layer, before=maker.output, output=output)
    if step.kind == "dropout" and maker.relu:
        return None if maker.dropout else dataclasses.replace(maker, dropout=step.layer, number=step.number)
    return None


def works_in_place(maker, step):
    """Whether a step is an activation or a dropout, and the numbers before it are not needed afterwards."""
    if step.kind not in ("activation", "dropout"):
        return False
    keeps_input = step.kind == "activation" and step.activation in NEEDS_X
    return not maker.needs_output and not keeps_input and not maker.dropout


def pairs(step):
    """Whether a max pooling has windows of 2 × 2 that tile the image, apart from a last odd row and column."""
    windows = step.layer.windows((None, *step.inputs[0].shape))
    return all(
        axis.window == axis.stride == 2 and axis.dilation == 1 and not axis.before and axis.high <= axis.size
        for axis in (windows.rows, windows.columns)
    )
