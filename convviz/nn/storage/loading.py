"""A model from a file that `Model.save` wrote; see `convviz.nn.storage.saving`."""

from convviz._support.keywords import explained
from convviz.nn import losses, metrics, optimizers
from convviz.nn.engine import options
from convviz.nn.layers import InputLayer, kinds
from convviz.nn.layers.checks import describe
from convviz.nn.lookup import find, suggestion
from convviz.nn.model import Model
from convviz.nn.network import require_built
from convviz.nn.sequential import Sequential
from convviz.nn.storage import files
from convviz.nn.storage.description import NONSENSE, element, field, numbers, said, shortened, take
from convviz.nn.types import PathLikeStr

__all__ = ["load_model"]

#: Sizes beyond this come from damaged files only; computing shapes with them could take hours.
LARGEST = 2**24


@explained
def load_model(path: PathLikeStr, compile: bool = True) -> Model:
    """A model from a file that `Model.save` wrote.

    Parameters
    ----------
    path : str or os.PathLike
    compile : bool, default True
        Whether the model can continue training as it was when it was saved. With False, it has layers and weights only.

    Returns
    -------
    convviz.nn.Model or convviz.nn.Sequential
        It predicts and trains to the bit as the one that was saved. Neither the random numbers of
        `convviz.nn.set_random_seed` nor anything else outside of the model is touched.

    Raises
    ------
    ValueError
        If the file is damaged, of a newer version, or was not written by convviz; the message says what is wrong.
    OSError
        If there is no such file.

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
            state = compiled_state(model, restored, arrays)
            if compile:
                model._restore(*state)
        if arrays:
            raise ValueError(f"the array {next(iter(arrays))!r} in it belongs to nothing in the model")
    except NONSENSE as error:
        raise files.Unreadable(path, said(error)) from None
    return model


def rebuilt(description, arrays):
    """The model of a description; its weights are taken out of `arrays`."""
    layers = [created(entry, number) for number, entry in enumerate(field(description, "layers", list))]
    for layer in layers:
        layer._load_weights_with(saved_arrays(layer, arrays))
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
        require_built(model)
    else:
        model = connected(description, places, order, name)
    for layer in layers:
        layer._load_weights_with(None)
    return model


def created(entry, number):
    """A layer from its class and settings."""
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
    """Settings as layers keep them: JSON has turned tuples into lists."""
    if isinstance(value, dict):
        return {name: part if name == "seed" else tupled(part) for name, part in value.items()}
    if isinstance(value, int) and value > LARGEST:
        raise ValueError(f"{value} is larger than anything in a network")
    return tuple(map(tupled, value)) if isinstance(value, list) else value


def saved_arrays(layer, arrays):
    """What gives the arrays of a layer's weights, taken out of `arrays`."""

    def saved_array(name, shape):
        return take(arrays, files.key("weights", layer.name, name), shape, layer.dtype, f"the {name} of {describe(layer)}")

    return saved_array


def require_chain(places):
    """Raise ValueError unless each place takes what the one before it gives."""
    for number, place in enumerate(places):
        if field(place, "inputs", list) != [number - 1] * (number > 0):
            raise ValueError(f"it is a Sequential, but layer {number} takes {shortened(place['inputs'])}")


def connected(description, places, order, name):
    """A `Model` of layers that are connected as a description says."""
    tensors = []
    for place, layer in zip(places, order, strict=True):
        inputs = [element(tensors, number, "place") for number in numbers(place, "inputs")]
        if isinstance(layer, InputLayer) != (not inputs):
            raise ValueError(f"{describe(layer)} has {len(inputs)} inputs")
        tensors.append(layer(inputs) if inputs else layer.tensor)
    inputs = [element(tensors, number, "place") for number in numbers(description, "inputs")]
    outputs = [element(tensors, number, "place") for number in numbers(description, "outputs")]
    single = field(description, "single_output", bool)
    if single and len(outputs) != 1:
        raise ValueError(f"it has a single output, but names {len(outputs)}")
    return Model(inputs, outputs[0] if single else outputs, name)


def compiled_state(model, description, arrays):
    """The results of `compile` and training, as `Model._restore` takes them; what belongs to them is taken out of `arrays`."""
    given = field(description, "optimizer", dict)
    optimizer = find(field(given, "name", str), optimizers.KNOWN, "optimizer")(**field(given, "settings", dict))
    steps = field(given, "iterations", int, 0)
    optimizer = optimizers.restored(optimizer, steps, states(model, optimizer, arrays))
    loss = losses.get(field(description, "loss", dict))
    named = field(description, "metrics", list)
    for metric in named:
        metrics.get(metric)
    device = options.device_name(field(description, "device", str))
    seed, epochs = field(description, "seed", int, 0), field(description, "epochs", int, 0)
    return optimizer, loss, named, "auto" if device == "cuda" else device, seed, epochs


def states(model, optimizer, arrays):
    """The arrays that an optimizer keeps, taken out of `arrays`: of a trained weight all, of others none."""
    found = {}
    for layer in model.layers:
        for weight in layer.weights:
            names = {slot: files.key("optimizer", layer.name, weight.name, slot) for slot in optimizers.slots(optimizer)}
            if any(name in arrays for name in names.values()):
                what = f"of the optimizer for the {weight.name} of {describe(layer)}"
                found[f"{layer.name}/{weight.name}"] = {
                    slot: take(arrays, name, weight.array.shape, weight.array.dtype, f"the {slot} {what}")
                    for slot, name in names.items()
                }
    return found
