"""A model as plain data in a file.

A file holds the layers with their settings and how they are connected, all weights, and the results of `compile` and
training: the optimizer with its moving averages, the loss, the metrics, the seed and the number of epochs. Training that
continues from a file goes on as if it had never stopped, to the bit. `convviz.nn.storage.files` has the format of the file,
`convviz.nn.storage.loading` reads it.
"""

import warnings
from typing import Any

from convviz.nn import initializers, losses, optimizers, regularizers
from convviz.nn.graph import nodes_of
from convviz.nn.layers import kinds
from convviz.nn.layers.checks import describe
from convviz.nn.storage import files
from convviz.nn.storage.weights import require_saveable, weight_arrays, weight_names
from convviz.nn.types import PathLikeStr

__all__ = ["save_model"]


def save_model(model: Any, path: PathLikeStr) -> None:
    """Write a model to a file, whole or not at all.

    Parameters
    ----------
    model : convviz.nn.Model
        Built; compiled or not.
    path : str or os.PathLike
        Ends in .npz. An existing file is replaced.

    Raises
    ------
    TypeError, ValueError
        If the path does not end in .npz or the model is not built, and for custom layers, optimizers, losses and
        initializers, which a file cannot hold.
    OSError
        If the file cannot be written.

    Warns
    -----
    UserWarning
        For custom metrics: they are left out.

    Examples
    --------
    >>> import os, tempfile
    >>> import convviz.nn
    >>> from convviz.nn import Dense, Sequential
    >>> path = os.path.join(tempfile.mkdtemp(), "net.npz")
    >>> save_model(Sequential([Dense(2, input_shape=(3,))]), path)
    >>> convviz.nn.load_model(path).count_params()
    8
    """
    path = files.checked_path(path)
    require_saveable(model)
    arrays = weight_arrays(model)
    description = architecture(model) | {"weights": weight_names(model), "compiled": None}
    if model.loss is not None:
        description["compiled"] = compiled(model)
        arrays |= optimizer_arrays(model)
    files.write(path, description, arrays)


def architecture(model):
    """The layers and how they are connected, as plain data: places and layers are numbered."""
    nodes = nodes_of(model)
    layers = list({id(node.layer): node.layer for node in nodes}.values())
    numbers = {id(layer): number for number, layer in enumerate(layers)}
    places = {id(node): place for place, node in enumerate(nodes)}
    found = {
        "kind": model._kind,
        "name": model.name,
        "layers": [{"class": type(layer).__name__, "config": config(layer)} for layer in layers],
        "places": [
            {"layer": numbers[id(node.layer)], "inputs": [places[id(tensor.node)] for tensor in node.inputs]} for node in nodes
        ],
    }
    if found["kind"] == "Model":
        found |= {name: [places[id(tensor.node)] for tensor in getattr(model, name)] for name in ("inputs", "outputs")}
        found["single_output"] = not isinstance(model.output, list)
    return found


def config(layer):
    """A layer's settings, or an error if it could not be created from them again."""
    require_known(layer, kinds(), f"layer {layer.name!r}")
    for value in vars(layer).values():
        if isinstance(value, initializers.Initializer):
            require_known(value, initializers.KNOWN, f"an initializer of {describe(layer)}")
        elif isinstance(value, regularizers.L1L2):
            require_known(value, {"": regularizers.L1L2}, f"a regularizer of {describe(layer)}")
    return layer.get_config()


def require_known(thing, known, what):
    """Raise ValueError for an object of a class that `load_model` would not find."""
    if not any(type(thing) is kind for kind in known.values()):
        raise ValueError(
            f"{what} is of a class of your own, {type(thing).__name__}, which a file cannot hold; save_weights writes the "
            "weights alone"
        )


def compiled(model):
    """The results of `compile` and training, as plain data."""
    require_known(model.optimizer, optimizers.KNOWN, "the optimizer")
    require_known(model.loss, losses.KNOWN, "the loss")
    named = [metric for metric in model.metrics if isinstance(metric, str)]
    for metric in model.metrics:
        if not isinstance(metric, str):
            name = getattr(metric, "__name__", "metric")
            warnings.warn(
                f"the metric {name!r} is a function of your own, which a file cannot hold; after load_model add it again: "
                f"model.metrics.append({name})",
                stacklevel=5,
            )
    name = next(name for name, kind in optimizers.KNOWN.items() if type(model.optimizer) is kind)
    return {
        "optimizer": {"name": name, "settings": model.optimizer.get_config(), "iterations": model.optimizer.iterations},
        "loss": model.loss.get_config(),
        "metrics": named,
        "device": model.device,
        "seed": model.seed,
        "epochs": model.epochs,
    }


def optimizer_arrays(model):
    """The arrays that the optimizer keeps for the model's weights, by names in a file."""
    return {
        files.key("optimizer", layer.name, weight.name, slot): array
        for layer in model.layers
        for weight in layer.weights
        for slot, array in model.optimizer.state.get(f"{layer.name}/{weight.name}", {}).items()
    }
