"""Models in files: what a model is made of as plain data, and a model made of that again.

A file holds the layers with their settings and how they are joined, all weights, and what `compile` and training left: the
optimizer with its moving averages, the loss, the metrics, the seed and the number of epochs. Training that is taken up
from a file goes on as if it had never stopped, to the bit. See `convviz.nn.storage.files` for how the data stand in the file.
"""

import warnings

from convviz.nn import initializers, losses, metrics, optimizers, regularizers
from convviz.nn.engine import options
from convviz.nn.layers import InputLayer, Weight, kinds
from convviz.nn.lookup import find, suggestion
from convviz.nn.model import Model, Sequential
from convviz.nn.storage import files

__all__ = ["load_model", "load_weights", "save_model", "save_weights"]

#: What constructors and settings of layers raise for data that make no sense.
NONSENSE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
#: Sizes beyond this come from damaged files only; to work out shapes with them could take for ever.
LARGEST = 2**24


# ------------------------------------------------------------ saving


def save_model(model, path):
    """Write a model to a file, whole or not at all.

    Parameters
    ----------
    model : convviz.nn.Model
        Built; compiled or not.
    path : str or os.PathLike
        Ends in .npz. What stands there is replaced.

    Raises
    ------
    TypeError, ValueError
        Where the path does not end in .npz, where the model is not built, and for layers, optimizers, losses and
        initializers of one's own, which a file cannot hold.
    OSError
        Where the file cannot be written.

    Warns
    -----
    UserWarning
        For metrics of one's own: they are left out.

    Examples
    --------
    >>> import os, tempfile
    >>> from convviz.nn import Dense, Sequential
    >>> path = os.path.join(tempfile.mkdtemp(), "net.npz")
    >>> save_model(Sequential([Dense(2, input_shape=(3,))]), path)
    >>> load_model(path).count_params()
    8
    """
    path = files.checked_path(path)
    require_built(model)
    arrays = weights_of(model)
    description = architecture(model) | {"weights": weight_names(model), "compiled": None}
    if model.loss is not None:
        description["compiled"] = compiled(model)
        arrays |= optimizer_arrays(model)
    files.write(path, description, arrays)


def save_weights(model, path):
    """Write a model's weights alone; parameters and errors as in `save_model`, layers of one's own apart.

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
    require_built(model)
    files.write(path, {"kind": "weights", "weights": weight_names(model)}, weights_of(model))


def require_built(model):
    """Raise an error for what is no model, or has no weights yet."""
    if not isinstance(model, Model):
        raise TypeError(f"a convviz.nn.Model is saved, not {type(model).__name__}")
    model.require_built()
    placed = {id(node.layer) for node in model.nodes}
    for layer in model.layers:
        if id(layer) not in placed:
            raise ValueError(f"{layer.title} is not joined to the others yet; call build((None, ...)) first")


def weights_of(model):
    """All weights by their names in a file."""
    return {files.key("weights", layer.name, weight.name): weight.array for layer in model.layers for weight in layer.weights}


def weight_names(model):
    """Layers that have weights, in order: name, class and the names of the weights."""
    return [
        [layer.name, type(layer).__name__, [weight.name for weight in layer.weights]] for layer in model.layers if layer.weights
    ]


def architecture(model):
    """The layers and how they are joined, as plain data: places are numbered, and so are the layers."""
    layers = list({id(node.layer): node.layer for node in model.nodes}.values())
    numbers = {id(layer): number for number, layer in enumerate(layers)}
    places = {id(node): place for place, node in enumerate(model.nodes)}
    found = {
        "kind": "Sequential" if isinstance(model, Sequential) else "Model",
        "name": model.name,
        "layers": [{"class": type(layer).__name__, "config": config(layer)} for layer in layers],
        "places": [
            {"layer": numbers[id(node.layer)], "inputs": [places[id(tensor.node)] for tensor in node.inputs]}
            for node in model.nodes
        ],
    }
    if found["kind"] == "Model":
        found |= {name: [places[id(tensor.node)] for tensor in getattr(model, name)] for name in ("inputs", "outputs")}
        found["single_output"] = model.single_output
    return found


def config(layer):
    """A layer's settings, or an error where it could not be made of them again."""
    require_known(layer, kinds(), f"layer {layer.name!r}")
    for value in vars(layer).values():
        if isinstance(value, initializers.Initializer):
            require_known(value, initializers.KNOWN, f"an initializer of {layer.title}")
        elif isinstance(value, regularizers.L1L2):
            require_known(value, {"": regularizers.L1L2}, f"a regularizer of {layer.title}")
    return layer.get_config()


def require_known(thing, known, what):
    """Raise ValueError where something is of a class that `load_model` would not find."""
    if not any(type(thing) is kind for kind in known.values()):
        raise ValueError(
            f"{what} is of a class of your own, {type(thing).__name__}, which a file cannot hold; save_weights writes the "
            "weights alone"
        )


def compiled(model):
    """What `compile` and training left, as plain data."""
    require_known(model.optimizer, optimizers.KNOWN, "the optimizer")
    require_known(model.loss, losses.KNOWN, "the loss")
    named = [metric for metric in model.metrics if isinstance(metric, str)]
    for metric in model.metrics:
        if not isinstance(metric, str):
            name = getattr(metric, "__name__", "metric")
            warnings.warn(
                f"the metric {name!r} is a function of your own, which a file cannot hold; after load_model add it again: "
                f"model.metrics.append({name})",
                stacklevel=4,
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
    """What the optimizer keeps for the model's weights, by names in a file."""
    return {
        files.key("optimizer", layer.name, weight.name, slot): array
        for layer in model.layers
        for weight in layer.weights
        for slot, array in model.optimizer.state.get(f"{layer.name}/{weight.name}", {}).items()
    }


# ------------------------------------------------------------ loading


def load_model(path, compile=True):
    """A model from a file that `Model.save` wrote.

    Parameters
    ----------
    path : str or os.PathLike
    compile : bool, default True
        Whether the model is ready to go on training as it was when it was saved. Without, it has layers and weights only.

    Returns
    -------
    convviz.nn.Model or convviz.nn.Sequential
        It predicts and trains to the bit as the one that was saved. Neither the random numbers of
        `convviz.nn.set_random_seed` nor anything else outside of the model is touched.

    Raises
    ------
    ValueError
        Where the file is damaged, of a newer version, or was not written by convviz; the message says what is wrong.
    OSError
        Where there is no such file.

    Notes
    -----
    A model that was compiled for "cuda" is loaded for "auto", so that it opens on machines without a GPU.

    Examples
    --------
    >>> load_model("absent.npz")
    Traceback (most recent call last):
    ...
    FileNotFoundError: [Errno 2] No such file or directory: 'absent.npz'
    """
    description, arrays = files.read(path)
    if description.get("kind") == "weights":
        raise files.Unreadable(path, "it holds weights alone; build the model and use model.load_weights")
    try:
        model = rebuilt(description, arrays)
        restored = field(description, "compiled", (dict, type(None)))
        if restored is not None:
            restore(model, restored, arrays, compile)
        if arrays:
            raise ValueError(f"the array {next(iter(arrays))!r} in it belongs to nothing in the model")
    except NONSENSE as error:
        raise files.Unreadable(path, said(error)) from None
    return model


def said(error):
    """An error as a reason: one that looks a name up says nothing but that name."""
    return f"its description has no {error}" if isinstance(error, KeyError) else str(error)


def field(description, name, kind, least=None):
    """An entry of a description, of a kind; a ValueError where it is missing or something else."""
    if not isinstance(description, dict) or name not in description:
        raise ValueError(f"its description has no {name!r}")
    value = description[name]
    wrong = not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)
    if wrong or (least is not None and value < least):
        raise ValueError(f"{name!r} of its description is {shortened(value)}")
    return value


def shortened(value):
    """A value as text of bearable length."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def rebuilt(description, arrays):
    """The model that a description is of; the weights are taken out of `arrays`."""
    layers = [made(entry, number) for number, entry in enumerate(field(description, "layers", list))]
    for layer in layers:
        layer.add_weight = adopting(layer, arrays)
    name, kind = field(description, "name", str), field(description, "kind", str)
    if kind not in ("Model", "Sequential"):
        raise ValueError(f"it is of the unknown kind {kind!r}")
    places = field(description, "places", list)
    order = [element(layers, field(place, "layer", int), "layer") for place in places]
    if {id(layer) for layer in order} != {id(layer) for layer in layers}:
        raise ValueError("some of its layers have no place")
    if kind == "Sequential":
        require_chain(places)
        model = Sequential(order, name)
        model.require_built()
    else:
        model = joined(description, places, order, name)
    for layer in layers:
        del layer.add_weight
    return model


def made(entry, number):
    """A layer of its class and settings."""
    name = field(entry, "class", str)
    known = kinds()
    if name not in known:
        hint = suggestion(name, known)
        raise ValueError(f"its layer {number} is of the unknown class {name!r}{hint} Known are: {', '.join(sorted(known))}")
    try:
        return known[name].from_config(tupled(field(entry, "config", dict)))
    except NONSENSE as error:
        raise ValueError(f"the settings of its layer {number} ({name}) make no sense: {said(error)}") from None


def tupled(value):
    """Settings as layers keep them: what were tuples before JSON made lists of them are tuples."""
    if isinstance(value, dict):
        return {name: part if name == "seed" else tupled(part) for name, part in value.items()}
    if isinstance(value, int) and value > LARGEST:
        raise ValueError(f"{value} is larger than anything in a network")
    return tuple(map(tupled, value)) if isinstance(value, list) else value


def adopting(layer, arrays):
    """An `add_weight` for a layer that takes the weight out of `arrays` instead of drawing it."""

    def add_weight(name, shape, initializer, regularizer=None, trained=True):
        array = taken(arrays, files.key("weights", layer.name, name), tuple(shape), layer.dtype, f"the {name} of {layer.title}")
        layer.weights.append(Weight(name, array, trained, regularizer))
        return array

    return add_weight


def taken(arrays, name, shape, dtype, what):
    """An array, out of those of a file; a ValueError where it is missing or of another shape or dtype."""
    if name not in arrays:
        raise ValueError(f"{what} is missing in it")
    array = arrays.pop(name)
    if array.shape != shape or array.dtype != dtype:
        raise ValueError(f"{what} is {dtype} of shape {shape}, but {array.dtype} of shape {array.shape} is in it")
    return array


def element(items, place, what):
    """An item of a list by its place, or a ValueError."""
    if not 0 <= place < len(items):
        raise ValueError(f"it names {what} {place}, but there are {len(items)}")
    return items[place]


def require_chain(places):
    """Raise ValueError unless each place takes what the one before it gives."""
    for number, place in enumerate(places):
        if field(place, "inputs", list) != [number - 1] * (number > 0):
            raise ValueError(f"it is a Sequential, but layer {number} takes {shortened(place['inputs'])}")


def joined(description, places, order, name):
    """A `Model` of layers that are joined as a description says."""
    tensors = []
    for place, layer in zip(places, order, strict=True):
        inputs = [element(tensors, number, "place") for number in numbers(place, "inputs")]
        if isinstance(layer, InputLayer) != (not inputs):
            raise ValueError(f"{layer.title} has {len(inputs)} inputs")
        tensors.append(layer.join(tuple(inputs)) if inputs else layer.tensor)
    inputs = [element(tensors, number, "place") for number in numbers(description, "inputs")]
    outputs = [element(tensors, number, "place") for number in numbers(description, "outputs")]
    single = field(description, "single_output", bool)
    if single and len(outputs) != 1:
        raise ValueError(f"it has a single output, but names {len(outputs)}")
    return Model(inputs, outputs[0] if single else outputs, name)


def numbers(description, name):
    """An entry that is a list of whole numbers."""
    values = field(description, name, list)
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        raise ValueError(f"{name!r} of its description is {shortened(values)}")
    return values


def restore(model, description, arrays, compile):
    """Make a model ready for training as it was, or only take what belongs to that out of `arrays`."""
    given = field(description, "optimizer", dict)
    optimizer = find(field(given, "name", str), optimizers.KNOWN, "optimizer")(**field(given, "settings", dict))
    optimizer.iterations = field(given, "iterations", int, 0)
    optimizer.state = states(model, optimizer, arrays)
    loss = losses.get(field(description, "loss", dict))
    named = field(description, "metrics", list)
    for metric in named:
        metrics.get(metric)
    device = options.device_name(field(description, "device", str))
    seed, epochs = field(description, "seed", int, 0), field(description, "epochs", int, 0)
    if compile:
        model.optimizer, model.loss, model.metrics = optimizer, loss, named
        model.device, model.seed, model.epochs = "auto" if device == "cuda" else device, seed, epochs


def states(model, optimizer, arrays):
    """What an optimizer keeps, taken out of `arrays`: of a weight that was trained all, of others nothing."""
    found = {}
    for layer in model.layers:
        for weight in layer.weights:
            names = {slot: files.key("optimizer", layer.name, weight.name, slot) for slot in optimizer.active_slots()}
            if any(name in arrays for name in names.values()):
                what = f"of the optimizer for the {weight.name} of {layer.title}"
                found[f"{layer.name}/{weight.name}"] = {
                    slot: taken(arrays, name, weight.array.shape, weight.array.dtype, f"the {slot} {what}")
                    for slot, name in names.items()
                }
    return found


def load_weights(model, path):
    """Put the weights of a file into a model, layer after layer.

    Parameters
    ----------
    model : convviz.nn.Model
        Built, with layers of the same classes and shapes in the same order; their names may differ.
    path : str or os.PathLike
        What `save_weights` or `save_model` wrote.

    Raises
    ------
    ValueError, OSError
        As `load_model`, and where layers or shapes do not fit; then no weight is changed.
    """
    require_built(model)
    description, arrays = files.read(path)
    try:
        given = [checked_entry(entry) for entry in field(description, "weights", list)]
        found = [
            taken(arrays, files.key("weights", name, weight.name), weight.array.shape, weight.array.dtype, title)
            for name, weight, title in paired(model, given)
        ]
    except NONSENSE as error:
        raise files.Unreadable(path, said(error)) from None
    model.set_weights(found)


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
            yield name, weight, f"the {weight.name} of {layer.title}"


def listed(entries):
    """Layers with their weights, in words."""
    return ", ".join(f"{name!r} ({kind}: {', '.join(weights)})" for name, kind, weights in entries) or "no layer"
