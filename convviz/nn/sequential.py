"""Models whose layers come one after the other."""

from collections.abc import Iterable
from typing import Any

from convviz._support.keywords import explained
from convviz.nn import graph
from convviz.nn.layers.base import InputLayer, Layer
from convviz.nn.layers.checks import checked_shape
from convviz.nn.layers.naming import number_layers
from convviz.nn.lookup import snake_case
from convviz.nn.model import Model
from convviz.nn.network import require_built
from convviz.nn.samples import numbers
from convviz.nn.training.batches import is_batches
from convviz.nn.types import Shape

__all__ = ["Sequential"]


class Sequential(Model):
    """Layers one after the other.

    Parameters
    ----------
    layers : sequence of Layer, optional
        The first has an ``input_shape``, or is an `Input`; else the model is built when it sees its first samples.
    name : str, optional

    Examples
    --------
    >>> from convviz.nn import Dense, Flatten, Sequential
    >>> model = Sequential()
    >>> model.add(Flatten(input_shape=(28, 28)))
    >>> model.add(Dense(10, activation="softmax"))
    >>> model.count_params()
    7850
    """

    _kind = "Sequential"

    @explained
    def __init__(self, layers: Iterable[Any] | None = None, name: str | None = None) -> None:
        self.name = name or snake_case(type(self).__name__)
        self._given: list[Layer] = []
        self._single_output = True
        self._set_unbuilt()
        self._set_uncompiled()
        for layer in layers or ():
            self._given = extended(self._given, layer)
        self._join_layers()

    def _set_unbuilt(self):
        """Forget the graph."""
        self.layers, self.inputs, self.outputs, self.dtype, self.built = [], [], [], "float32", False

    @explained
    def add(self, layer: Any) -> None:
        """Add a layer at the end.

        Parameters
        ----------
        layer : Layer
            Also the tensor of an `Input` as the first, or a model that is a chain of layers.

        Raises
        ------
        TypeError, ValueError
            For anything else, and for a layer that does not fit those before it; then the model stays as it was.
        """
        before = self._given
        try:
            self._given = extended(before, layer)
            self._join_layers()
        except Exception:
            self._given = before
            self._join_layers()
            raise

    @explained
    def pop(self) -> None:
        """Remove the last layer.

        Raises
        ------
        ValueError
            If there is none.
        """
        if not self.layers:
            raise ValueError("there is no layer to take away")
        self._given = self._given[:-1]
        self._join_layers()
        if not self.layers:
            self._set_unbuilt()

    @explained
    def build(self, input_shape: Shape) -> None:
        """Create the weights for inputs of a shape, ``(None, ...)`` or without the samples' axis.

        Parameters
        ----------
        input_shape : tuple
        """
        shape = input_shape[1:] if len(input_shape) > 1 and input_shape[0] is None else input_shape
        if not self.layers:
            raise ValueError("a Sequential without layers cannot be built; add layers first")
        self._join_to(self._input_tensor(self.layers[0], checked_shape(shape)))

    def _join_layers(self):
        """Connect the layers if the shape of the input is known."""
        self.layers = [layer for layer in self._given if not isinstance(layer, InputLayer)]
        if not self._given:
            return
        first = self._given[0]
        if isinstance(first, InputLayer):
            self._join_to(first.tensor)
        elif first._batch_input_shape is not None:
            self._join_to(self._input_tensor(first, first._batch_input_shape[1:]))
        elif self.inputs:  # it was built for samples that it saw
            self._join_to(self.inputs[0])

    def _input_tensor(self, first, shape):
        """An input tensor of a shape for the first layer: the present one if it has that shape."""
        if self.inputs and self.inputs[0].shape == (None, *shape):
            return self.inputs[0]
        return InputLayer(shape, dtype=first.dtype).tensor

    def _join_to(self, tensor):
        """Connect the layers one after the other, from an input tensor on."""
        begin, shape = tensor, tensor.shape
        number_layers(self.layers)  # before they are connected, so that errors say which layer does not fit
        for layer in self.layers:  # all of them before the first creates weights, which are for one size of inputs
            shape = layer._output_shape_for(shape)
        for layer in self.layers:
            tensor = layer._output_on(tensor) or layer(tensor)
        self._connect(begin, tensor)
        self.layers = [layer for layer in self.layers if not isinstance(layer, InputLayer)]

    def _build_for(self, x):
        """Build the model for samples if it is not built yet, or raise ValueError."""
        if self.built:
            return
        if x is None or not self.layers or is_batches(x):
            require_built(self)
        shape = numbers(x, "x").shape
        if isinstance(x, (list, tuple)) and len(x) == 1 and len(shape) > 2 and not isinstance(x[0], (list, tuple)):
            given = f"x is a list of one array, of shape {shape[1:]}"
            raise ValueError(f"{given}; give the array, or give the first layer input_shape=(...)")
        if len(shape) < 2:
            raise ValueError(f"x is of shape {shape}; the model takes samples, ('n', size) or ('n', rows, columns, channels)")
        self.build((None, *shape[1:]))

    @property
    def input(self) -> graph.Tensor:
        """The input tensor."""
        require_built(self)
        return self.inputs[0]

    @property
    def output(self) -> graph.Tensor:
        """The output tensor."""
        require_built(self)
        return self.outputs[0]

    @property
    def input_shape(self) -> Shape:
        """``(None, ...)``."""
        return self.input.shape

    @property
    def output_shape(self) -> Shape:
        """``(None, ...)``."""
        return self.output.shape

    @explained
    def __call__(self, inputs: Any) -> Any:
        if isinstance(inputs, graph.Tensor) and not self.built:
            self.build(inputs.shape)
        return super().__call__(inputs)


def extended(layers, layer):
    """A list of layers with one more, or with those of a model, or an error."""
    if isinstance(layer, graph.Tensor) and isinstance(layer.node.layer, InputLayer):
        layer = layer.node.layer
    if isinstance(layer, type):
        raise TypeError(f"add a layer, not a class: {layer.__name__}(...)")
    if isinstance(layer, Model):
        for part in chained(layer):
            if not isinstance(part, InputLayer) or not layers:
                layers = extended(layers, part)
        return layers
    if not isinstance(layer, Layer):
        raise TypeError(f"a Sequential is made of layers; {type(layer).__name__} came")
    if isinstance(layer, InputLayer) and layers:
        raise ValueError("Input stands at the beginning of a Sequential")
    return [*layers, layer]


def chained(model):
    """The layers of a model that is a chain, or an error."""
    nodes = graph.nodes_of(model)
    if not graph.is_chain(nodes):
        raise ValueError(
            f"model {model.name!r} is no chain of layers, so it cannot be a part of a Sequential; "
            "join it with Model(inputs, outputs) by calling it on a tensor"
        )
    if len(model.outputs) != 1 or (nodes and model.outputs[0] is not nodes[-1].output):
        raise ValueError(f"model {model.name!r} has several outputs, so it cannot be a part of a Sequential")
    return [node.layer for node in nodes] or model.layers
