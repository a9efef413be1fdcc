"""Layers connected to a graph: shapes, weights and calls on tensors. `convviz.nn.Model` adds training and files."""

from collections.abc import Sequence
from typing import Any

from convviz._support.keywords import explained
from convviz.nn import graph
from convviz.nn.layers.base import InputLayer, Layer
from convviz.nn.layers.checks import describe
from convviz.nn.layers.naming import number_layers
from convviz.nn.layers.weights import Weight, copies, listed_arrays, split
from convviz.nn.lookup import snake_case, suggestion
from convviz.nn.samples import numbers
from convviz.nn.types import Array, ArrayLike

__all__ = ["Network", "require_built"]


class Network:
    """Base class of models: layers between inputs and outputs."""

    #: What files call a model of the class.
    _kind = "Model"

    name: str
    layers: list[Layer]
    inputs: list[graph.Tensor]
    outputs: list[graph.Tensor]
    dtype: str
    built: bool

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None) -> None:
        self.name = name or snake_case(type(self).__name__)
        self._connect(inputs, outputs)

    def _connect(self, inputs, outputs):
        """Use these tensors as inputs and outputs."""
        self._single_output = not isinstance(outputs, (list, tuple))
        self.inputs, self.outputs = tensors(inputs, "inputs"), tensors(outputs, "outputs")
        nodes = checked_nodes(self.inputs, self.outputs)
        self.layers = list({id(node.layer): node.layer for node in nodes}.values())
        dtypes = {layer.dtype for layer in self.layers}
        if len(dtypes) > 1:
            raise ValueError(f"all layers must have one dtype; these have {sorted(dtypes)}")
        self.dtype, self.built = self.layers[0].dtype, True
        number_layers(self.layers)

    # ------------------------------------------------------------ the graph

    @property
    def input(self) -> graph.Tensor | list[graph.Tensor]:
        """The input tensor, or the list of them."""
        return self.inputs[0] if len(self.inputs) == 1 else self.inputs

    @property
    def output(self) -> graph.Tensor | list[graph.Tensor]:
        """The output tensor, or the list of them."""
        return self.outputs[0] if self._single_output else self.outputs

    @property
    def input_shape(self) -> Any:
        """``(None, ...)``, a list for several inputs."""
        shapes = [tensor.shape for tensor in self.inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self) -> Any:
        """``(None, ...)``, a list for several outputs."""
        shapes = [tensor.shape for tensor in self.outputs]
        return shapes[0] if self._single_output else shapes

    @explained
    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by its name, or by its place in `layers`.

        Parameters
        ----------
        name : str, optional
        index : int, optional
            Counted from 0, or from the end if negative. If it is given, the name does not matter.

        Returns
        -------
        convviz.nn.Layer

        Raises
        ------
        ValueError
            If there is no such layer; the message has the names of all.
        """
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(f"the model has {len(self.layers)} layers; there is none with index {index}")
            return self.layers[index]
        known = {layer.name: layer for layer in self.layers}
        if name not in known:
            raise ValueError(f"there is no layer {name!r}{suggestion(str(name), known)} The layers are: {', '.join(known)}")
        return known[name]

    def _call_on(self, given):
        """The outputs for other tensors, computed by the same layers."""
        if [tensor.shape for tensor in given] != [tensor.shape for tensor in self.inputs]:
            raise ValueError(f"the model takes {self.input_shape}; {[tensor.shape for tensor in given]} came")
        found = {id(tensor): other for tensor, other in zip(self.inputs, given, strict=True)}
        for node in graph.nodes_of(self):
            if id(node.output) not in found:
                found[id(node.output)] = node.layer([found[id(tensor)] for tensor in node.inputs])
        results = [found[id(tensor)] for tensor in self.outputs]
        return results[0] if self._single_output else results

    # ------------------------------------------------------------ weights

    @property
    def weights(self) -> list[Weight]:
        """All weights, layer by layer."""
        return [weight for layer in self.layers for weight in layer.weights]

    @property
    def trainable_weights(self) -> list[Weight]:
        """The weights that training changes."""
        return [weight for layer in self.layers for weight in layer.trainable_weights]

    @property
    def non_trainable_weights(self) -> list[Weight]:
        """The other weights."""
        return [weight for layer in self.layers for weight in layer.non_trainable_weights]

    @property
    def trainable(self) -> bool:
        """Whether any layer is trained; setting it sets that of all layers."""
        return any(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, trainable: bool) -> None:
        for layer in self.layers:
            layer.trainable = bool(trainable)

    @explained
    def count_params(self) -> int:
        """The number of numbers in all weights."""
        return sum(layer.count_params() for layer in self.layers)

    @explained
    def get_weights(self) -> list[Array]:
        """Copies of the arrays of all weights, in order."""
        return copies(self.weights)

    @explained
    def set_weights(self, arrays: Sequence[ArrayLike]) -> None:
        """Copy numbers to all weights.

        Parameters
        ----------
        arrays : sequence of array_like
            As `get_weights` gives them.

        Raises
        ------
        TypeError, ValueError
            If number, shapes or dtypes do not fit; then nothing is changed.
        """
        for layer, part in checked_arrays(self, arrays):
            layer.set_weights(part)


def require_built(network: Network) -> None:
    """Raise ValueError if a model does not know the shape of its input yet."""
    if network.built:
        return
    raise ValueError(
        "the model is not built: give its first layer input_shape=(...), or call build((None, ...))"
        if network.layers
        else "the model has no layers; add some first"
    )


def checked_arrays(network, arrays):
    """Each layer with its part of arrays for all weights, or an error if they do not fit."""
    arrays = listed_arrays(arrays)
    if len(arrays) != len(network.weights):
        raise ValueError(f"the model has {len(network.weights)} weights, but {len(arrays)} arrays came")
    pairs = split(network.layers, arrays)
    for layer, part in pairs:
        shapes = [weight.array.shape for weight in layer.weights]
        if shapes != [array.shape for array in part]:
            raise ValueError(f"{describe(layer)} has weights of the shapes {shapes}, but {[a.shape for a in part]} came")
        for weight, array in zip(layer.weights, part, strict=True):
            numbers(array, f"the {weight.name} of {describe(layer)}")
    return pairs


def checked_nodes(inputs, outputs):
    """The nodes between tensors, or an error if the outputs need something else."""
    for tensor in inputs:
        if not isinstance(tensor.node.layer, InputLayer):
            raise ValueError(f"inputs of a model come from Input(shape); {tensor!r} does not")
    entered = {id(tensor.node) for tensor in inputs}
    nodes = graph.between(inputs, outputs)
    for node in nodes:
        if not node.inputs and id(node) not in entered:
            raise ValueError(f"the outputs need {node.output!r}, which is not among the inputs of the model")
    return nodes


def tensors(given, what):
    """A list of tensors, or an error."""
    found = list(given) if isinstance(given, (list, tuple)) else [given]
    for tensor in found:
        if not isinstance(tensor, graph.Tensor):
            raise TypeError(f"{what} of a Model are tensors, such as Input((28, 28, 1)) gives; {type(tensor).__name__} came")
    if not found:
        raise ValueError(f"a Model needs {what}")
    return found
