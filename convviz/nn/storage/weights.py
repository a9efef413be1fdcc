"""Weights alone in a file, and read into a model that exists."""

from convviz.nn.graph import nodes_of
from convviz.nn.layers.checks import describe
from convviz.nn.network import Network, require_built
from convviz.nn.storage import files
from convviz.nn.storage.description import NONSENSE, field, said, shortened, take
from convviz.nn.types import PathLikeStr

__all__ = ["load_weights", "require_saveable", "save_weights", "weight_arrays", "weight_names"]


def save_weights(model: Network, path: PathLikeStr) -> None:
    """Write a model's weights alone; parameters and errors as in `save_model`, but with custom layers.

    Examples
    --------
    >>> import os, tempfile
    >>> from convviz.nn import Dense, Sequential
    >>> path = os.path.join(tempfile.mkdtemp(), "weights.npz")
    >>> first, second = (Sequential([Dense(2, input_shape=(3,))]) for _ in range(2))
    >>> save_weights(first, path)
    >>> load_weights(second, path)
    >>> bool((first.layers[0].kernel == second.layers[0].kernel).all())
    True
    """
    path = files.checked_path(path)
    require_saveable(model)
    files.write(path, {"kind": "weights", "weights": weight_names(model)}, weight_arrays(model))


def load_weights(model: Network, path: PathLikeStr) -> None:
    """Copy the weights in a file to a model, layer after layer.

    Parameters
    ----------
    model : convviz.nn.Model
        Built, with layers of the same classes and shapes in the same order; their names may differ.
    path : str or os.PathLike
        What `save_weights` or `save_model` wrote.

    Raises
    ------
    ValueError, OSError
        As `load_model`, and if layers or shapes do not fit; then no weight is changed.
    """
    require_saveable(model)
    description, arrays = files.read(path)
    try:
        given = [checked_entry(entry) for entry in field(description, "weights", list)]
        found = [
            take(arrays, files.key("weights", name, weight.name), weight.array.shape, weight.array.dtype, title)
            for name, weight, title in paired(model, given)
        ]
    except NONSENSE as error:
        raise files.Unreadable(path, said(error)) from None
    model.set_weights(found)


def require_saveable(model):
    """Raise an error for anything but a model that has its weights."""
    if not isinstance(model, Network):
        raise TypeError(f"a convviz.nn.Model is saved, not {type(model).__name__}")
    require_built(model)
    placed = {id(node.layer) for node in nodes_of(model)}
    for layer in model.layers:
        if id(layer) not in placed:
            raise ValueError(f"{describe(layer)} is not joined to the others yet; call build((None, ...)) first")


def weight_arrays(model):
    """All weights by their names in a file."""
    return {files.key("weights", layer.name, weight.name): weight.array for layer in model.layers for weight in layer.weights}


def weight_names(model):
    """Layers that have weights, in order: name, class and the names of the weights."""
    return [
        [layer.name, type(layer).__name__, [weight.name for weight in layer.weights]] for layer in model.layers if layer.weights
    ]


def checked_entry(entry):
    """A layer's entry of a file with weights, or a ValueError."""
    texts = isinstance(entry, list) and len(entry) == 3 and isinstance(entry[2], list) and [*entry[:2], *entry[2]]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"'weights' of its description holds {shortened(entry)}")
    return entry


def paired(model, given):
    """Each weight of a model with the name of its layer in a file, and what errors call it."""
    own = weight_names(model)
    if [entry[1:] for entry in own] != [entry[1:] for entry in given]:
        raise ValueError(f"it has weights of {listed(given)}, but the model has {listed(own)}")
    layers = [layer for layer in model.layers if layer.weights]
    for layer, (name, _, _) in zip(layers, given, strict=True):
        for weight in layer.weights:
            yield name, weight, f"the {weight.name} of {describe(layer)}"


def listed(entries):
    """Layers with their weights, in words."""
    return ", ".join(f"{name!r} ({kind}: {', '.join(weights)})" for name, kind, weights in entries) or "no layer"
