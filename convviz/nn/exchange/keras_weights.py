"""Weights from and for Keras 3: its ``.weights.h5`` files, and the one of these inside of a ``.keras`` file.

In such a file every layer has a group named after its class and counted, conv2d, conv2d_1, …, in the order in which Keras
keeps the layers of a model. The group's ``vars`` are numbered, and name the layer. Weights have the same layout here.
"""

import io
import os
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from convviz._support.files import atomic_file
from convviz._support.keywords import explained
from convviz.nn.exchange.putting import numbers, put, require_fit, require_model
from convviz.nn.graph import nodes_of
from convviz.nn.lookup import snake_case
from convviz.nn.network import Network
from convviz.nn.sequential import Sequential
from convviz.nn.types import PathLikeStr

__all__ = ["load_keras_weights", "save_keras_weights"]

#: The weights inside of a .keras file.
INNER = "model.weights.h5"


class Group(NamedTuple):
    """A layer in a file: the kind of layer, its number among these, the layer's name, where it stands and its arrays."""

    kind: str
    number: int
    name: str
    place: str
    arrays: list


def library():
    """h5py, or an error that says how to get it."""
    try:
        import h5py
    except ImportError:
        raise ImportError("files of Keras are HDF5 files, which h5py reads and writes: pip install h5py") from None
    return h5py


@explained
def load_keras_weights(model: Network, path: PathLikeStr) -> None:
    """Put the weights of a file of Keras into a model.

    Parameters
    ----------
    model : convviz.nn.Model
        Built like the model in Keras: the same layers with weights, joined in the same way.
    path : str or os.PathLike
        What ``model.save_weights("net.weights.h5")`` or ``model.save("net.keras")`` of Keras 3 wrote.

    Raises
    ------
    ValueError
        If the file is damaged or something else, and if layers or shapes do not fit; then nothing is changed.
    ImportError
        Without h5py.
    OSError
        If there is no such file.

    Notes
    -----
    Layers of a kind are paired by their names if these agree and are not only those that are given automatically, else in
    order. Check with ``model.evaluate`` afterwards: settings without weights, such as strides or the epsilon
    of batch normalization, are not compared.

    Examples
    --------
    >>> from convviz.nn import Dense, Sequential
    >>> load_keras_weights(Sequential([Dense(2, input_shape=(3,))]), "absent.weights.h5")
    Traceback (most recent call last):
    ...
    FileNotFoundError: [Errno 2] No such file or directory: 'absent.weights.h5'
    """
    require_model(model)
    h5py = library()
    content = Path(path).read_bytes()
    title = os.fspath(path)
    try:
        with h5py.File(io.BytesIO(unpacked(content, title)), "r") as file:
            found = groups(file, title)
    except (OSError, RuntimeError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"{title!r} is not a file of Keras, or damaged ({error})") from None
    put(sourced(paired(model, found, title), title))


def unpacked(content, title):
    """The HDF5 file itself, out of a .keras file if it is one."""
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if INNER not in archive.namelist():
            raise ValueError(f"{title!r} is an archive without {INNER}, so it is not a model that Keras 3 saved")
        return archive.read(INNER)


def groups(file, title):
    """The layers with weights in a file."""
    if "layers" not in file:
        older = "model_weights" in file or "layer_names" in file.attrs
        reason = "is in Keras's older format; load it in Keras 3 and" if older else "holds no layers;"
        raise ValueError(f"{title!r} {reason} save it there with model.save_weights('net.weights.h5')")
    found = []
    for name, group in file["layers"].items():
        if "layers" in group:
            raise ValueError(f"{title!r} has a model, {name!r}, for a layer; build it in Keras of single layers")
        held = group.get("vars", ())
        if len(held):
            arrays = [numbers(held[place][()], f"{name}/{place}") for place in sorted(filter(str.isdigit, held), key=int)]
            kind, number = re.fullmatch(r"(.*?)(?:_(\d+))?", name).groups()
            found.append(Group(kind, int(number or 0), str(held.attrs.get("name", name)), held.name, arrays))
    return sorted(found, key=lambda group: (group.kind, group.number))


def paired(model, found, title):
    """Each layer with its group in a file, by name or by kind and order."""
    layers = [layer for layer in keras_order(model) if layer.weights]
    own, given = (Counter(kinds) for kinds in ([kind(layer) for layer in layers], [group.kind for group in found]))
    if own != given:
        raise ValueError(f"the model has weights in {counted(own)}, but {title!r} in {counted(given)}; nothing was changed")
    return [
        pair
        for name in own
        for pair in of_kind(
            [layer for layer in layers if kind(layer) == name], [group for group in found if group.kind == name]
        )
    ]


def of_kind(layers, found):
    """Layers and groups of one kind in pairs: by name where all names agree and tell more than the order does."""
    by_name = {group.name: group for group in found}
    named = any(not automatic(layer) for layer in layers)
    if named and by_name.keys() == {layer.name for layer in layers}:
        return [(layer, by_name[layer.name]) for layer in layers]
    return list(zip(layers, found, strict=True))


def sourced(pairs, title):
    """Pairs of layers and groups as `put` takes them."""
    return [(layer, f"{group.name!r} in {title!r}", group.arrays) for layer, group in pairs]


def kind(layer):
    """What Keras calls groups of layers of a class."""
    return snake_case(type(layer).__name__)


def automatic(layer):
    """Whether a layer's name is one that is given to layers without a name."""
    return re.fullmatch(rf"{kind(layer)}(_\d+)?", layer.name) is not None


def counted(kinds):
    """Kinds of layers and how many there are, in words."""
    return ", ".join(f"{count} {name}" for name, count in sorted(kinds.items())) or "no layer"


def keras_order(model):
    """The layers in the order in which Keras keeps them: by the longest way to an output, then as met from the outputs."""
    if isinstance(model, Sequential):
        return model.layers
    depths, of_nodes = {}, {}
    for node in reversed(nodes_of(model)):
        depth = max(of_nodes.get(id(node), 0), depths.get(id(node.layer), 0))
        depths[id(node.layer)] = of_nodes[id(node)] = depth
        for tensor in node.inputs:
            of_nodes[id(tensor.node)] = max(depth + 1, of_nodes.get(id(tensor.node), 0))
    met = met_from(model.outputs)
    return sorted(model.layers, key=lambda layer: (-depths[id(layer)], met.get(id(layer), len(met))))


def met_from(outputs):
    """When each layer is first met on the way from the outputs to the inputs, each before those it needs."""
    met, seen, pending = {}, set(), [tensor.node for tensor in reversed(outputs)]
    while pending:
        node = pending.pop()
        if id(node) not in seen:
            seen.add(id(node))
            met.setdefault(id(node.layer), len(met))
            pending.extend(tensor.node for tensor in reversed(node.inputs))
    return met


@explained
def save_keras_weights(model: Network, path: PathLikeStr) -> None:
    """Write a model's weights to a file for ``model.load_weights`` of Keras 3, whole or not at all.

    Parameters
    ----------
    model : convviz.nn.Model
    path : str or os.PathLike
        Ends in .weights.h5. If it ends in .keras, it is a file that Keras saved of the same network: its weights are
        replaced, and what else it holds stays, also the moving averages of its optimizer: compile it again in Keras.

    Raises
    ------
    ValueError
        For other endings, and where the network in the .keras file has other layers or shapes.
    ImportError
        Without h5py.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import os, tempfile
    >>> from convviz.nn import Dense, Sequential
    >>> path = os.path.join(tempfile.mkdtemp(), "net.weights.h5")
    >>> first, second = (Sequential([Dense(2, input_shape=(3,))]) for _ in range(2))
    >>> save_keras_weights(first, path)
    >>> load_keras_weights(second, path)
    >>> bool((first.layers[0].kernel == second.layers[0].kernel).all())
    True
    """
    require_model(model)
    h5py = library()
    title = os.fspath(path)
    if title.endswith(".keras"):
        replace(model, title, h5py)
        return
    if not title.endswith(".weights.h5"):
        raise ValueError(f"Keras reads weights from files that end in .weights.h5; {title!r} does not")
    with atomic_file(path) as temporary:
        temporary.write_bytes(packed(model, h5py))


def packed(model, h5py):
    """The bytes of an HDF5 file with the weights of a model."""
    stream, numbered = io.BytesIO(), Counter()
    with h5py.File(stream, "w") as file:
        file.create_group("vars").attrs["name"] = model.name
        for layer in keras_order(model):
            number = numbered[kind(layer)]
            numbered[kind(layer)] += 1
            group = file.create_group(f"layers/{kind(layer)}{f'_{number}' if number else ''}/vars")
            group.attrs["name"] = layer.name
            for place, weight in enumerate(layer.weights):
                group.create_dataset(str(place), data=weight.array)
    return stream.getvalue()


def replace(model, title, h5py):
    """Put a model's weights into a .keras file."""
    if not os.path.exists(title):
        raise ValueError(
            f"there is no {title!r}, whose weights could be replaced: save the same network in Keras first, with "
            f"model.save({os.path.basename(title)!r}), or write a file that ends in .weights.h5 for model.load_weights"
        )
    try:
        with zipfile.ZipFile(title) as archive:
            parts = {info: archive.read(info) for info in archive.infolist()}
        inner = next(part for info, part in parts.items() if info.filename == INNER)
        stream = io.BytesIO(inner)
        with h5py.File(stream, "r+") as file:
            fill(model, file, title)
    except (OSError, RuntimeError, KeyError, StopIteration, zipfile.BadZipFile) as error:
        raise ValueError(f"{title!r} is not a model of Keras 3, or damaged ({error})") from None
    with atomic_file(title) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for info, part in parts.items():
            archive.writestr(info, stream.getvalue() if info.filename == INNER else part)


def fill(model, file, title):
    """Write a model's weights over those in an open file."""
    pairs = paired(model, groups(file, title), title)
    require_fit(sourced(pairs, title))
    for layer, group in pairs:
        for number, weight in enumerate(layer.weights):
            file[f"{group.place}/{number}"][...] = weight.array
