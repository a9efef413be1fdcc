"""The layers of a model by name, each at each of its places."""

from convviz.nn.graph import nodes_of
from convviz.nn.layers.base import Layer
from convviz.nn.layers.checks import describe
from convviz.nn.lookup import suggestion

__all__ = ["name_of", "named_nodes"]


def named_nodes(model):
    """The nodes of a model by layer name, in order; of a layer at several places the later ones as "name#2"."""
    found, counts = {}, {}
    for node in nodes_of(model):
        name = node.layer.name
        counts[name] = counts.get(name, 0) + 1
        found[name if counts[name] == 1 else f"{name}#{counts[name]}"] = node
    return found


def name_of(known, layer):
    """The name of a layer that is given by name or as an object, or an error that lists the layers."""
    if isinstance(layer, Layer):
        name = next((name for name, node in known.items() if node.layer is layer), None)
        if name is None:
            raise ValueError(f"{describe(layer)} is no layer of the model; it has: {', '.join(known)}")
        return name
    if not isinstance(layer, str):
        raise TypeError(f"a layer is given by its name or itself, not by {layer!r}")
    if layer not in known:
        raise ValueError(f"there is no layer {layer!r}{suggestion(layer, known)} The layers are: {', '.join(known)}")
    return layer
