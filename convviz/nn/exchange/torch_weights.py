"""Weights from and for PyTorch, as a ``state_dict``, of arrays where PyTorch itself is not installed.

==================  ==================================  =======================================
Layer               here                                there
==================  ==================================  =======================================
Conv2D              (kh, kw, C_in / groups, filters)    (filters, C_in / groups, kh, kw)
DepthwiseConv2D     (kh, kw, C, multiplier)             (C · multiplier, 1, kh, kw), groups = C
Conv2DTranspose     (kh, kw, filters, C_in)             (C_in, filters, kh, kw)
Dense               (inputs, units)                     (units, inputs)
BatchNormalization  gamma, beta                         weight, bias
BatchNormalization  moving_mean, moving_variance        running_mean, running_var
==================  ==================================  =======================================

PyTorch has channels first, so that it flattens images in another order than channels last does. The inputs of a layer
after `Flatten` are put in that order.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from convviz._support.keywords import explained
from convviz.nn.exchange.putting import layers_with_weights, numbers, put, require_model
from convviz.nn.graph import is_chain, nodes_of
from convviz.nn.layers.checks import describe
from convviz.nn.network import Network

__all__ = ["from_torch", "to_torch"]

#: What PyTorch calls weights.
THERE = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
#: Counts batches there; there is no such number here.
COUNTER = "num_batches_tracked"
#: Layers that are two modules there: `AdaptiveAvgPool2d(1)` or `AdaptiveMaxPool2d(1)` and `Flatten`.
GLOBAL = ("global_average", "global_max")


@explained
def from_torch(model: Network, state_dict: Mapping[str, Any], names: Mapping[str, str] | None = None) -> None:
    """Put the weights of a PyTorch module into a model.

    Parameters
    ----------
    model : convviz.nn.Model
        Built like the module: the same layers with weights. For one with `BatchNorm2d`, PyTorch's defaults are
        ``BatchNormalization(momentum=0.9, epsilon=1e-5)``.
    state_dict : mapping of str to tensor or array_like
        What ``module.state_dict()`` gives.
    names : mapping of str to str, optional
        For each layer with weights by its name here the beginning of the names there, such as ``{"conv2d": "features.0"}``.
        Without, the layers are taken in order.

    Raises
    ------
    TypeError, ValueError
        If number, names or shapes do not fit; then nothing is changed.

    Notes
    -----
    ``running_var`` is taken as ``moving_variance``, so predictions are those of PyTorch. When training goes on, the two
    differ a little: PyTorch averages the unbiased variance of batches, Keras and convviz the biased one.

    Examples
    --------
    >>> import numpy as np
    >>> from convviz.nn import Dense, Sequential
    >>> model = Sequential([Dense(2, input_shape=(3,))])
    >>> from_torch(model, {"0.weight": np.ones((2, 3)), "0.bias": np.zeros(2)})
    >>> model.predict([[1, 2, 3]], verbose=0).tolist()
    [[6.0, 6.0]]
    """
    require_model(model)
    if not isinstance(state_dict, Mapping):
        hint = "; give module.state_dict()" if hasattr(state_dict, "state_dict") else ""
        raise TypeError(f"a state_dict maps names to tensors; {type(state_dict).__name__} came{hint}")
    orders, found = input_orders(model), []
    for layer, prefix, held in paired(model, grouped(state_dict), names):
        wanted = {THERE[weight.name]: weight for weight in layer.weights}
        if held.keys() != wanted.keys():
            raise ValueError(
                f"{describe(layer)} is {', '.join(wanted)} in PyTorch, but {prefix!r} has {', '.join(held)}; nothing was "
                "changed"
            )
        arrays = [inward(layer, wanted[name], held[name], orders[layer], joined(prefix, name)) for name in wanted]
        found.append((layer, repr(prefix), arrays))
    put(found)


@explained
def to_torch(model: Network, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A model's weights as PyTorch lays them out.

    Parameters
    ----------
    model : convviz.nn.Model
    names : mapping of str to str, optional
        For each layer with weights by its name here the beginning of the names there. Without, they are those of a
        ``torch.nn.Sequential`` of the same layers, where an activation is a module of its own; ``Input`` is none, and
        global pooling, `Flatten` included, two. In a network with branches they are the layers' names.

    Returns
    -------
    dict of str to torch.Tensor
        What ``module.load_state_dict`` takes, with numbers of their own. Where PyTorch cannot be imported, ndarrays.

    Examples
    --------
    >>> from convviz.nn import Conv2D, Dense, Flatten, Sequential
    >>> model = Sequential([Conv2D(8, 3, activation="relu", input_shape=(6, 6, 1)), Flatten(), Dense(2)])
    >>> {name: tuple(weight.shape) for name, weight in to_torch(model).items()}
    {'0.weight': (8, 1, 3, 3), '0.bias': (8,), '3.weight': (2, 128), '3.bias': (2,)}

    In PyTorch::

        module.load_state_dict(to_torch(model))
    """
    require_model(model)
    prefixes = checked_names(model, names) if names is not None else sequential_names(model)
    orders = input_orders(model)
    tensor = tensors()
    return {
        joined(prefixes[layer.name], THERE[weight.name]): tensor(np.array(outward(layer, weight, orders[layer]), order="C"))
        for layer in layers_with_weights(model)
        for weight in layer.weights
    }


def tensors():
    """What makes a tensor of an array; arrays stay as they are where PyTorch is missing or does not load."""
    try:
        import torch
    except (ImportError, OSError):
        return np.asarray
    return torch.from_numpy


# ------------------------------------------------------------ layouts


def outward(layer, weight, order):
    """A weight as PyTorch lays it out; `order` is that of the layer's inputs."""
    array = weight.array
    if order is not None and (layer.kind != "dense" or weight.name == "kernel"):
        array = np.empty_like(array)
        array[order] = weight.array
    if weight.name != "kernel":
        return array
    if layer.kind == "depthwise":
        rows, columns, channels, multiplier = array.shape
        array = array.reshape(rows, columns, 1, channels * multiplier)
    return array.T if layer.kind == "dense" else array.transpose(3, 2, 0, 1)


def inward(layer, weight, tensor, order, name):
    """A weight of PyTorch as it is laid out here, or an error."""
    array = plain(tensor, name)
    theirs = outward(layer, weight, None).shape
    if array.shape != theirs:
        hint = ""
        if layer.kind == "transposed" and array.ndim == 4 and array.shape[0] == theirs[0]:
            hint = "; groups of a ConvTranspose2d are not known here"
        raise ValueError(
            f"the {weight.name} of {describe(layer)} is {weight.array.shape} here and {theirs} in PyTorch, but {name!r} is "
            f"{array.shape}{hint}; nothing was changed"
        )
    if weight.name == "kernel":
        array = array.T if layer.kind == "dense" else array.transpose(2, 3, 1, 0).reshape(weight.array.shape)
    return array[order] if order is not None and (layer.kind != "dense" or weight.name == "kernel") else array


def plain(tensor, name):
    """A tensor, wherever it is, as an array of numbers."""
    for step in ("detach", "cpu"):
        tensor = getattr(tensor, step, lambda tensor=tensor: tensor)()
    try:
        array = np.asarray(tensor)
    except TypeError as error:
        raise TypeError(f"{name!r} is of a dtype that NumPy does not know ({error}); give tensor.float()") from None
    return numbers(array, repr(name))


def input_orders(model):
    """For each layer, the order of its inputs in PyTorch.

    Returns
    -------
    dict of Layer to ndarray or None
        Input j here is input ``order[j]`` there; None where the two are the same.
    """
    orders, found = {}, {}
    for node in nodes_of(model):
        before = [orders[id(tensor)] for tensor in node.inputs]
        order = before[0] if before else None
        if node.layer.weights and node.layer in found and not alike(found[node.layer], order):
            raise ValueError(
                f"{describe(node.layer)} stands behind images of different shapes, which PyTorch flattens differently"
            )
        found[node.layer] = order
        orders[id(node.output)] = order_after(node, before)
    return found


def alike(one, two):
    """Whether two orders are the same."""
    return (one is None) == (two is None) and (one is None or np.array_equal(one, two))


def order_after(node, before):
    """The order of numbers in PyTorch after a layer, given those of its inputs."""
    kind = node.layer.kind
    if kind == "flatten" and len(node.inputs[0].shape) == 4:
        rows, columns, channels = node.inputs[0].shape[1:]
        return np.arange(rows * columns * channels).reshape(channels, rows, columns).transpose(1, 2, 0).ravel()
    if kind in ("dense", "input") or all(order is None for order in before):
        return None
    sizes = [tensor.shape[-1] for tensor in node.inputs]
    before = [np.arange(size) if order is None else order for order, size in zip(before, sizes, strict=True)]
    if kind == "concatenate":
        starts = np.cumsum([0, *sizes[:-1]])
        return np.concatenate([start + order for start, order in zip(starts, before, strict=True)])
    if not all(np.array_equal(before[0], order) for order in before):
        raise ValueError(
            f"{describe(node.layer)} joins flattened images of different shapes, which has no counterpart in PyTorch"
        )
    return before[0]


# ------------------------------------------------------------ names


def joined(prefix, name):
    """The full name of a weight."""
    return f"{prefix}.{name}" if prefix else name


def grouped(state_dict):
    """Tensors by the module that holds them and their names in it, in order."""
    found = {}
    for full, tensor in state_dict.items():
        prefix, _, name = str(full).rpartition(".")
        if name == COUNTER:
            continue
        if name not in THERE.values():
            raise ValueError(f"{full!r} is of a kind of module that convviz.nn does not have; nothing was changed")
        found.setdefault(prefix, {})[name] = tensor
    return found


def paired(model, groups, names):
    """Each layer with the name of its module and what that holds."""
    layers = layers_with_weights(model)
    if names is not None:
        prefixes = checked_names(model, names)
        for layer in layers:
            if prefixes[layer.name] not in groups:
                raise ValueError(f"there is no {prefixes[layer.name]!r} in the state_dict; it has {', '.join(groups)}")
        return [(layer, prefixes[layer.name], groups[prefixes[layer.name]]) for layer in layers]
    if len(layers) != len(groups):
        raise ValueError(
            f"the model has weights in {len(layers)} layers ({', '.join(layer.name for layer in layers)}), the state_dict in "
            f"{len(groups)} ({', '.join(groups)}); nothing was changed"
        )
    return [(layer, prefix, held) for layer, (prefix, held) in zip(layers, groups.items(), strict=True)]


def checked_names(model, names):
    """`names` if it has a different one for each layer with weights, or an error."""
    wanted = [layer.name for layer in layers_with_weights(model)]
    if not isinstance(names, Mapping):
        raise TypeError(f"names maps layers' names to those of modules; {type(names).__name__} came")
    if set(names) != set(wanted):
        raise ValueError(f"names must have all layers with weights, {', '.join(wanted)}; it has {', '.join(map(str, names))}")
    if len(set(names.values())) < len(names):
        raise ValueError(f"names must give each layer a module of its own; it gives {', '.join(map(str, names.values()))}")
    return names


def sequential_names(model):
    """Layers' places in a torch.nn.Sequential of the same layers, or their names where they are not one chain."""
    chain = [node.layer for node in nodes_of(model)]
    if not is_chain(nodes_of(model)) or len(set(chain)) < len(chain):
        return {layer.name: layer.name for layer in chain}
    places, place = {}, 0
    for layer in chain:
        places[layer.name] = str(place)
        place += modules(layer)
    return places


def modules(layer):
    """How many modules a layer is in a torch.nn.Sequential."""
    if layer.kind in ("input", "activation"):
        return int(layer.kind == "activation")
    pools = layer.kind in GLOBAL and not layer.keepdims
    return 1 + pools + (layer.activation not in (None, "linear"))
