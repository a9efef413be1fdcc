"""What layers are joined by: tensors, which stand for arrays of a shape, and nodes, each a layer at one place."""

import dataclasses
import itertools

__all__ = ["Node", "Tensor", "is_chain", "ordered"]


@dataclasses.dataclass(eq=False)
class Tensor:
    """The place of an array between two layers.

    Attributes
    ----------
    shape : tuple
        ``(None, ...)``: the first axis counts samples, as many as come.
    dtype : str
    node : Node
        What computes it.
    """

    shape: tuple
    dtype: str
    node: "Node" = None

    def __repr__(self):
        return f"<Tensor {self.shape} from {self.node.layer.name!r}>"

    def __array__(self, *arguments, **options):
        raise TypeError(f"{self!r} stands for an array and holds no numbers; make a Model of it and call predict")


@dataclasses.dataclass(eq=False)
class Node:
    """A layer at one place in a graph: the tensors it takes and the one it gives."""

    layer: object
    inputs: tuple
    output: Tensor = None


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


def is_chain(nodes):
    """Whether each node takes what the node before it gives, and nothing else; the first may take anything."""
    return all(node.inputs == (before.output,) for before, node in itertools.pairwise(nodes))
