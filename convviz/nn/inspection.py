"""Looking into a model: what its layers give for an image, what a unit sees of it, and where the model is wrong."""

from typing import NamedTuple

import numpy as np

from convviz.nn.layers.base import Layer
from convviz.nn.lookup import suggestion
from convviz.nn.model import Model

__all__ = [
    "Confused",
    "confusion_matrix",
    "feature_maps",
    "kernels_of",
    "layer_input",
    "most_confused",
    "receptive_field",
]


# ------------------------------------------------------------ what layers give


def feature_maps(model, image, layers=None):
    """What the layers of a model give for one image, computed in one pass.

    Parameters
    ----------
    model : convviz.nn.Model
    image : array_like, or a list of them for a model with several inputs
        ``(rows, columns, channels)``; ``(rows, columns)`` where there is one channel. No axis of samples.
    layers : list of str or Layer, optional
        All whose outputs are images if not given, inputs apart.

    Returns
    -------
    dict of str to ndarray
        By layer name ``(rows, columns, channels)``, or ``(units,)`` for a layer that gives no images. A layer at several
        places stands there as "name", "name#2", and so on.

    Raises
    ------
    ValueError
        For an image that does not fit, and names of layers that are not there.

    Examples
    --------
    >>> import numpy as np
    >>> from convviz.nn import Conv2D, Dense, Flatten, MaxPooling2D, Sequential
    >>> model = Sequential([Conv2D(4, 3, input_shape=(8, 8, 1)), MaxPooling2D(), Flatten(), Dense(10)])
    >>> {name: maps.shape for name, maps in feature_maps(model, np.zeros((8, 8))).items()}
    {'conv2d': (6, 6, 4), 'max_pooling2d': (3, 3, 4)}
    """
    require_built(model)
    known = named_nodes(model)
    if layers is None:
        chosen = [name for name, node in known.items() if len(node.output.shape) == 4 and node.inputs]
    else:
        given = [layers] if isinstance(layers, (str, Layer)) else list(layers)
        chosen = [name_of(known, layer) for layer in given]
    return dict(zip(chosen, computed(model, [known[name].output for name in chosen], image), strict=True))


def layer_input(model, layer, image):
    """What a layer receives when the model is given an image: for ``layer.operation(filter).trace(...)``.

    Parameters
    ----------
    model : convviz.nn.Model
    layer : str or Layer
    image : array_like
        As in `feature_maps`.

    Returns
    -------
    ndarray or list of ndarray
        ``(rows, columns, channels)`` or ``(size,)``; a list for a layer with several inputs.

    Examples
    --------
    >>> import numpy as np
    >>> from convviz.nn import Conv2D, MaxPooling2D, Sequential
    >>> model = Sequential([MaxPooling2D(input_shape=(8, 8, 2)), Conv2D(4, 3)])
    >>> seen = layer_input(model, "conv2d", np.ones((8, 8, 2)))
    >>> seen.shape, model.layers[1].operation(filter=0).trace(seen).output.shape
    ((4, 4, 2), (2, 2, 1))
    """
    require_built(model)
    known = named_nodes(model)
    node = known[name_of(known, layer)]
    if not node.inputs:
        raise ValueError(f"{node.layer.title} is where images enter; no layer stands before it")
    found = computed(model, node.inputs, image)
    return found[0] if len(found) == 1 else found


def computed(model, tensors, image):
    """The arrays that stand at tensors of a model for one image, without the samples' axis."""
    if not tensors:
        return []
    inside = Model(model.inputs, list(tensors), name=model.name)
    return [array[0] for array in inside.predict(samples(model, image), verbose=0)]


def samples(model, image):
    """One image, or a list of them, with an axis of samples in front, or an error."""
    several = len(model.inputs) > 1
    given = list(image) if several and isinstance(image, (list, tuple)) else [image]
    if len(given) != len(model.inputs):
        raise ValueError(f"the model has {len(model.inputs)} inputs; give a list of as many images")
    arrays = [np.asarray(one)[None] for one in given]
    for array, tensor in zip(arrays, model.inputs, strict=True):
        wanted = tensor.shape[1:]
        if array.shape[1:] != wanted and (*array.shape[1:], 1) != wanted:
            hint = "; this looks like several images: take one, x[0]" if array.shape[2:] == wanted else ""
            raise ValueError(f"the model takes an image of shape {wanted}; it is {array.shape[1:]}{hint}")
    return arrays if several else arrays[0]


def require_built(model):
    """Raise ValueError for a `Sequential` that does not know the shape of its input."""
    model.require_built()


def named_nodes(model):
    """The nodes of a model by layer name, in order; of a layer at several places the later ones as "name#2"."""
    found, counts = {}, {}
    for node in model.nodes:
        name = node.layer.name
        counts[name] = counts.get(name, 0) + 1
        found[name if counts[name] == 1 else f"{name}#{counts[name]}"] = node
    return found


def name_of(known, layer):
    """The name of a layer that is given by name or itself, or an error that says what there is."""
    if isinstance(layer, Layer):
        name = next((name for name, node in known.items() if node.layer is layer), None)
        if name is None:
            raise ValueError(f"{layer.title} is no layer of the model; it has: {', '.join(known)}")
        return name
    if not isinstance(layer, str):
        raise TypeError(f"a layer is given by its name or itself, not by {layer!r}")
    if layer not in known:
        raise ValueError(f"there is no layer {layer!r}{suggestion(layer, known)} The layers are: {', '.join(known)}")
    return layer


def kernels_of(layer):
    """A layer's kernels, in the same order for every kind of layer.

    Parameters
    ----------
    layer : Conv2D, DepthwiseConv2D, Conv2DTranspose or Dense

    Returns
    -------
    ndarray, (channels, filters, rows, columns)
        Channels that go in; with groups, those of a filter's own group; 1 for a depthwise layer, whose filters each read one
        channel. A Dense layer has one kernel, (1, 1, inputs, units).

    Raises
    ------
    TypeError, ValueError
        For a layer that has no kernel, and one that is not built.

    Examples
    --------
    >>> from convviz.nn import Conv2D, Sequential
    >>> kernels_of(Sequential([Conv2D(8, 3, input_shape=(28, 28, 1))]).layers[0]).shape
    (1, 8, 3, 3)
    """
    if getattr(layer, "kind", "") not in ("convolution", "depthwise", "transposed", "dense"):
        raise TypeError(f"{getattr(layer, 'title', repr(layer))} has no kernel; convolutions and Dense have one")
    kernel = layer.kernel
    if kernel is None:
        raise ValueError(f"{layer.title} has no weights yet; build the model")
    if layer.kind == "dense":
        return kernel[None, None]
    if layer.kind == "transposed":
        return kernel.transpose(3, 2, 0, 1)
    if layer.kind == "depthwise":  # every output channel reads one channel
        return kernel.reshape(*kernel.shape[:2], 1, -1).transpose(2, 3, 0, 1)
    return kernel.transpose(2, 3, 0, 1)


# ------------------------------------------------------------ where the model is wrong


class Confused(NamedTuple):
    """Samples that a model takes for something else, the surest first.

    Attributes
    ----------
    indices : ndarray of int64, (m,)
        Which samples.
    predicted, true : ndarray of int64, (m,)
        The class that the model gives, and the right one.
    probabilities : ndarray of float64, (m,)
        What the model gives the wrong class.
    """

    indices: np.ndarray
    predicted: np.ndarray
    true: np.ndarray
    probabilities: np.ndarray


def confusion_matrix(model_or_predictions, x=None, y=None, classes=None):
    """How many samples of each class the model takes for which.

    Parameters
    ----------
    model_or_predictions : convviz.nn.Model or array_like
        A model, which is given `x`; or its outputs ``(n, classes)``; or class numbers ``(n,)``. With arrays leave `x` out.
    x : array_like, optional
        ``(n, ...)``.
    y : array_like
        The right classes: numbers ``(n,)`` or ``(n, 1)``, or rows with a single one ``(n, classes)``.
    classes : int, optional
        How many there are: as many as outputs if not given.

    Returns
    -------
    ndarray of int64, (classes, classes)
        Rows are the right classes, columns the predicted ones; the diagonal counts what is right.

    Raises
    ------
    TypeError, ValueError
        For labels out of range, and numbers of samples that differ.

    Examples
    --------
    >>> confusion_matrix([0, 1, 1, 2], y=[0, 1, 2, 2]).tolist()
    [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
    """
    if hasattr(model_or_predictions, "predict"):
        if x is None or y is None:
            raise TypeError("with a model give images and right classes: confusion_matrix(model, x, y)")
        outputs = scores(model_or_predictions, x)
    else:
        if x is not None or y is None:
            raise TypeError("with predictions give the right classes by name: confusion_matrix(predictions, y=labels)")
        outputs = np.asarray(model_or_predictions)
    predicted, count = decided(outputs)
    true = labels(y, len(predicted), "y")
    count = max(count, 1 + max(true.max(initial=0), predicted.max(initial=0))) if classes is None else classes
    for name, numbers in (("y", true), ("predictions", predicted)):
        require_classes(name, numbers, count)
    return np.bincount(true * count + predicted, minlength=count * count).reshape(count, count).astype(np.int64)


def require_classes(name, numbers, count):
    """Raise ValueError for class numbers that there are not."""
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < count:
        there = f"{name} has classes {numbers.min()} to {numbers.max()}"
        raise ValueError(f"{there}; with {count} classes they are 0 to {count - 1}")


def most_confused(model, x, y, n=12):
    """The samples that a model gets wrong, those first in which it is surest of the wrong class.

    Parameters
    ----------
    model : convviz.nn.Model
        With probabilities as outputs; outputs that are logits, by its loss, are turned into them.
    x : array_like
        ``(m, ...)``.
    y : array_like
        The right classes as `confusion_matrix` takes them.
    n : int or None, default 12
        The most that are wanted, None for all.

    Returns
    -------
    Confused

    Raises
    ------
    TypeError, ValueError
        For labels out of range, and numbers of samples that differ.

    Examples
    --------
    >>> import numpy as np
    >>> from convviz.nn import Activation, Sequential
    >>> model = Sequential([Activation("softmax", input_shape=(2,))])
    >>> found = most_confused(model, np.array([[1.0, 0.0], [0.0, 3.0], [5.0, 0.0]]), [1, 0, 0])
    >>> found.indices.tolist(), found.predicted.tolist(), found.probabilities.round(2).tolist()
    ([1, 0], [1, 0], [0.95, 0.73])
    """
    outputs = scores(model, x)
    predicted, classes = decided(outputs)
    true = labels(y, len(predicted), "y")
    require_classes("y", true, classes)
    if outputs.shape[1] == 1:
        outputs = np.concatenate([1 - outputs, outputs], axis=1)
    sure = outputs[np.arange(len(outputs)), predicted].astype(np.float64)
    wrong = np.flatnonzero(predicted != true)
    wrong = wrong[np.argsort(-sure[wrong], kind="stable")][:n]
    return Confused(wrong.astype(np.int64), predicted[wrong], true[wrong], sure[wrong])


def scores(model, x):
    """A model's outputs for samples as probabilities, (n, classes)."""
    outputs = model.predict(x, verbose=0)
    if isinstance(outputs, list) or outputs.ndim != 2:
        shape = [one.shape for one in outputs] if isinstance(outputs, list) else outputs.shape
        raise ValueError(f"a classifier gives (samples, classes); this model gives {shape}")
    if not getattr(model.loss, "from_logits", False):
        return outputs
    if model.loss.merges == "sigmoid":
        return 1 / (1 + np.exp(-outputs.astype(np.float64)))
    powers = np.exp(outputs.astype(np.float64) - outputs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def decided(outputs):
    """The class of each sample, and how many classes there are (0 if that cannot be seen)."""
    if outputs.ndim == 1:
        return labels(outputs, len(outputs), "predictions"), 0
    if outputs.ndim != 2:
        raise ValueError(f"predictions are (samples, classes) or class numbers (samples,); they are {outputs.shape}")
    if outputs.shape[1] == 1:
        return labels(outputs, len(outputs), "predictions") if whole(outputs) else (outputs[:, 0] > 0.5).astype(np.int64), 2
    return outputs.argmax(axis=1).astype(np.int64), outputs.shape[1]


def whole(array):
    """Whether an array's dtype is one of whole numbers."""
    return array.dtype.kind in "iub"


def labels(y, count, name):
    """Right classes as numbers, (n,), or an error."""
    y = np.asarray(y)
    if y.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be class numbers; its dtype is {y.dtype}")
    if y.ndim == 2:
        y = y[:, 0] if y.shape[1] == 1 else y.argmax(axis=1)
    if y.ndim != 1 or len(y) != count:
        raise ValueError(f"{name} must hold one class for each of {count} samples; its shape is {y.shape}")
    if not (whole(y) or np.array_equal(y, np.floor(y))):
        raise ValueError(f"{name} must be whole class numbers; there is {y[y != np.floor(y)][0]}")
    return y.astype(np.int64)


# ------------------------------------------------------------ what a unit sees


def receptive_field(model, layer, row=None, column=None, clipped=True, input_index=0):
    """Which part of the image a unit of a layer sees.

    Parameters
    ----------
    model : convviz.nn.Model
    layer : str or Layer
    row, column : int, optional
        The unit's place in the layer's feature maps; all units of the layer together if not given, and for layers that
        give no images.
    clipped : bool, default True
        Count cells of the image only. Otherwise padding is counted as if the image and all feature maps went on for ever,
        so that the box is equally large for all units, and may begin at negative numbers.
    input_index : int, default 0
        Which input of a model with several.

    Returns
    -------
    top, left, bottom, right : int
        ``image[top:bottom, left:right]`` is what the unit sees: the smallest box around all cells that can change it. All
        are 0 if it sees nothing.

    Raises
    ------
    ValueError
        For a unit that is not there, and an input that is no image.

    Notes
    -----
    Rows and columns that count are followed back from layer to layer (`convviz.geometry.Axis.cells`), so that the answer is
    exact at borders too, where the closed form of Araujo, Norris and Sim ("Computing receptive fields of convolutional
    neural networks", Distill 2019) is not.

    Examples
    --------
    >>> from convviz.nn import Conv2D, MaxPooling2D, Sequential
    >>> model = Sequential([Conv2D(4, 3, padding="same", input_shape=(28, 28, 1)), MaxPooling2D(), Conv2D(8, 3)])
    >>> receptive_field(model, "conv2d_1", 5, 5)
    (9, 9, 17, 17)
    >>> receptive_field(model, "conv2d_1", 0, 0), receptive_field(model, "conv2d_1", 0, 0, clipped=False)
    ((0, 0, 7, 7), (-1, -1, 7, 7))
    """
    require_built(model)
    known = named_nodes(model)
    node = known[name_of(known, layer)]
    if not 0 <= input_index < len(model.inputs):
        raise ValueError(f"the model has {len(model.inputs)} inputs; input_index is {input_index}")
    goal = model.inputs[input_index]
    if len(goal.shape) != 4:
        raise ValueError(f"the input {goal.node.layer.name!r} is no image: its shape is {goal.shape}")
    seen = {id(node.output): [chosen(node, row, 0), chosen(node, column, 1)]}
    for other in reversed(model.nodes):
        places = seen.get(id(other.output))
        for tensor in other.inputs if places else ():
            rows, columns = (before(other, tensor, axis, places[axis], clipped) for axis in (0, 1))
            if rows and columns:  # else nothing but padding is read here, which adds nothing to other ways to the input
                found = seen.setdefault(id(tensor), [set(), set()])
                seen[id(tensor)] = [found[0] | rows, found[1] | columns]
    if id(goal) not in seen:
        return 0, 0, 0, 0
    rows, columns = seen[id(goal)]
    return min(rows), min(columns), max(rows) + 1, max(columns) + 1


def chosen(node, place, axis):
    """The rows (axis 0) or columns (1) of a node's output that a question is about, as a set."""
    shape = node.output.shape
    if len(shape) != 4:
        return {0}
    if place is None:
        return set(range(shape[1 + axis]))
    name = ("row", "column")[axis]
    if isinstance(place, bool) or not hasattr(place, "__index__"):
        raise TypeError(f"{name} is a whole number, not {place!r}")
    if not 0 <= place < shape[1 + axis]:
        raise ValueError(f"{node.layer.title} gives {shape[1]} × {shape[2]} units; there is no {name} {place}")
    return {int(place)}


def before(node, tensor, axis, places, clipped):
    """The rows or columns of an input of a node that rows or columns of its output are computed from, as a set."""
    layer, shape = node.layer, tensor.shape
    if len(shape) != 4:
        return {0}
    everything = set(range(shape[1 + axis]))
    if len(node.output.shape) != 4 or layer.kind in ("global_average", "global_max"):
        return everything
    if hasattr(layer, "windows"):
        windows = layer.windows(shape)
        found = read(windows.columns if axis else windows.rows, places)
    elif layer.kind == "padding":
        found = {place - layer.padding[axis][0] for place in places}
    else:
        found = places
    return found & everything if clipped else found


def read(axis, places):
    """The cells of the input that windows number `places` read along an axis, beyond its ends too."""
    positions = {position for place in places for position in axis.cells(place)}
    return {position // axis.spacing for position in positions if position % axis.spacing == 0}
