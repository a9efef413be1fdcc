"""What connects layers: tensors, which stand for arrays of a shape, and nodes, each a layer at one place."""

import dataclasses
import itertools
from typing import Any, Self

__all__ = ["Node", "Tensor", "between", "is_chain", "nodes_of", "ordered"]


@dataclasses.dataclass(eq=False)
class Tensor:
    """The place of an array between two layers.

    Attributes
    ----------
    shape : tuple
        ``(None, ...)``: the first axis counts samples, any number of them.
    dtype : str
    node : Node
        What computes it.
    """

    shape: tuple[int | None, ...]
    dtype: str
    node: "Node"

    def __repr__(self):
        return f"<Tensor {self.shape} from {self.node.layer.name!r}>"

    def __array__(self, *arguments, **options):
        raise TypeError(f"{self!r} stands for an array and holds no numbers; make a Model of it and call predict")


@dataclasses.dataclass(eq=False)
class Node:
    """A layer at one place in a graph: the tensors it takes and the one it gives."""

    layer: Any
    inputs: tuple[Tensor, ...]
    output: Tensor = dataclasses.field(init=False)

    @classmethod
    def of(cls, layer, inputs, output_shape, dtype) -> Self:
        """A node with its output."""
        node = cls(layer, inputs)
        node.output = Tensor(output_shape, dtype, node)
        return node


def ordered(outputs):
    """All nodes that the tensors `outputs` come from, each after those it needs.

    Parameters
    ----------
    outputs : sequence of Tensor

    Returns
    -------
    list of Node
    """
    found, seen = [], set()
    pending = [(tensor.node, False) for tensor in reversed(outputs)]
    while pending:
        node, ready = pending.pop()
        if ready:
            found.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            pending.append((node, True))
            pending.extend((tensor.node, False) for tensor in reversed(node.inputs))
    return found


def between(inputs, outputs):
    """All nodes between tensors, each after those it needs; inputs that nothing reads come first."""
    nodes = ordered(outputs)
    return [tensor.node for tensor in inputs if tensor.node not in nodes] + nodes


def nodes_of(model):
    """The nodes of a model, each after those it needs; none before it is built."""
    return between(model.inputs, model.outputs)


def is_chain(nodes):
    """Whether each node takes what the node before it gives, and nothing else; the first may take anything."""
    return all(node.inputs == (before.output,) for before, node in itertools.pairwise(nodes))
