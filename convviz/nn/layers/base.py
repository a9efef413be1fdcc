"""What all layers share: a name, weights, a shape in and out, and settings that can be written down."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from convviz._support.keywords import elsewhere, explained
from convviz._support.values import brief, flag
from convviz.nn import lookup
from convviz.nn.engine.prediction import predict_tensors
from convviz.nn.graph import Node, Tensor
from convviz.nn.layers.checks import as_plain_data, checked_dtype, checked_shape, describe
from convviz.nn.layers.weights import Weight, assign, copies, initial_array
from convviz.nn.regularizers import L1L2
from convviz.nn.types import Array, ArrayLike, Shape, Shapes

__all__ = ["Input", "InputLayer", "Layer", "Weight"]

COMMON = ("name", "trainable", "dtype", "input_shape", "input_dim")


class Layer:
    """Base class of all layers.

    Parameters
    ----------
    name : str, optional
        Name of the layer in its model; without one the model numbers it as Keras does: conv2d, conv2d_1, …
    trainable : bool, default True
        Whether training changes the weights.
    dtype : {"float32", "float64"}
        Of the numbers that are computed.
    input_shape : tuple, optional
        ``(H, W, C)`` or ``(size,)``, without the samples' axis: for the first layer of a `Sequential`.
    input_dim : int, optional
        The same as ``input_shape=(input_dim,)``.

    Attributes
    ----------
    weights : list of Weight
    built : bool
        Whether the weights exist.
    kind : str
        What the layer computes, by a name that all parts of convviz share.
    activation : str or None
        The activation function; None for layers without one.
    """

    kind: str = ""
    activation: str | None = None
    #: Names of the settings, in the order of the constructor, beside name, trainable and dtype.
    _settings: tuple[str, ...] = ()
    #: How many axes an input has, the samples' axis included; None for any.
    _rank: int | None = None
    #: Whether the layer takes a list of tensors.
    _takes_list = False

    if TYPE_CHECKING:  # a member of a list of layers has the settings and methods of its own class, too

        def __getattr__(self, name: str) -> Any: ...

    @explained
    def __init__(
        self,
        name: str | None = None,
        trainable: bool = True,
        dtype: str = "float32",
        input_shape: int | Sequence[int] | None = None,
        input_dim: int | None = None,
        **unknown: Any,
    ) -> None:
        self._refuse(unknown)
        if name is not None and (not isinstance(name, str) or not name):
            raise TypeError(f"a layer's name is a text, not {brief(name)}")
        if input_dim is not None:
            input_shape = (input_dim,)
        self._name, self.trainable, self.dtype = name, flag(trainable, "trainable"), checked_dtype(dtype)
        self._batch_input_shape = None if input_shape is None else (None, *checked_shape(input_shape))
        self.weights: list[Weight] = []
        self.built = False
        self._built_for: Any = None
        self._saved_array: Callable[[str, tuple[int, ...]], Array] | None = None
        self._numbered = False  # whether the name is one that a model gave
        self._nodes: list[Node] = []

    def _refuse(self, unknown):
        """Raise TypeError for settings that the layer does not have."""
        for name in unknown:
            known = (*self._settings, *COMMON)
            hint = elsewhere(name, known) or lookup.suggestion(name, known)
            raise TypeError(f"{type(self).__name__} has no setting {name!r}{hint} It has: {', '.join(known)}")

    # ------------------------------------------------------------ name

    @property
    def name(self) -> str:
        """The name of the layer."""
        return self._name or lookup.snake_case(type(self).__name__)

    def _set_number(self, name):
        """Take a name that a model gives, or with None return to the name of the class."""
        self._name, self._numbered = name, name is not None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    # ------------------------------------------------------------ shapes and weights

    @explained
    def build(self, input_shape: Shapes) -> None:
        """Create the weights for inputs of a shape ``(None, ...)``; a second call changes nothing."""
        if not self.built:
            self._make_weights(input_shape)
            self.built, self._built_for = True, input_shape

    def _make_weights(self, input_shape):
        """Add the weights for inputs of a shape."""

    @explained
    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The shape ``(None, ...)`` of the output for inputs of a shape; a ValueError if nothing would come out."""
        return input_shape

    def _check(self, input_shape):
        """Raise ValueError for inputs that the layer cannot take."""
        if isinstance(input_shape, list):
            raise ValueError(f"{describe(self)} takes one tensor; {len(input_shape)} came, of the shapes {input_shape}")
        if self._rank is not None and len(input_shape) != self._rank:
            axes = {2: "(samples, size)", 4: "(samples, rows, columns, channels)"}[self._rank]
            hint = "; put Flatten() before it" if self._rank == 2 and len(input_shape) > 2 else ""
            raise ValueError(f"{describe(self)} takes inputs {axes}, but {input_shape} came{hint}")

    def _check_built(self, shape):
        """Raise ValueError if weights that exist do not fit inputs of a shape."""
        first = self._built_for
        if self.weights and shape[-1] != first[-1]:
            raise ValueError(f"{describe(self)} was built for {first[-1]} channels; inputs of shape {shape} have {shape[-1]}")

    def _output_shape_for(self, shape):
        """`compute_output_shape` after all checks, with the layer's name in the error."""
        self._check(shape)
        if self.built:
            self._check_built(shape)
        try:
            return self.compute_output_shape(shape)
        except ValueError as error:
            message = str(error)
            raise ValueError(message if describe(self) in message else f"{describe(self)} on {shape}: {message}") from None

    @explained
    def add_weight(
        self,
        name: str,
        shape: Sequence[int],
        initializer: Callable[..., Array],
        regularizer: L1L2 | None = None,
        trained: bool = True,
    ) -> Array:
        """Add a weight and give its array."""
        create = self._saved_array or (lambda name, shape: initial_array(self, name, shape, initializer))
        self.weights.append(Weight(name, create(name, tuple(shape)), trained, regularizer))
        return self.weights[-1].array

    def _load_weights_with(self, saved_array):
        """Let `add_weight` take arrays from ``saved_array(name, shape)``; from initializers again with None."""
        self._saved_array = saved_array

    def _weight(self, name):
        """The array of a weight, or None if the layer has none of that name."""
        return next((weight.array for weight in self.weights if weight.name == name), None)

    @property
    def kernel(self) -> Any:
        """The kernel's array, as training changes it; None before the layer is built and for layers without one."""
        return self._weight("kernel")

    @property
    def bias(self) -> Any:
        """The bias's array; None before the layer is built and for layers without one."""
        return self._weight("bias")

    @property
    def trainable_weights(self) -> list[Weight]:
        """The weights that training changes."""
        return [weight for weight in self.weights if weight.trained and self.trainable]

    @property
    def non_trainable_weights(self) -> list[Weight]:
        """The other weights."""
        return [weight for weight in self.weights if not (weight.trained and self.trainable)]

    @explained
    def count_params(self) -> int:
        """The number of numbers in all weights."""
        return sum(weight.array.size for weight in self.weights)

    @explained
    def get_weights(self) -> list[Array]:
        """Copies of the weights' arrays, in the order of `weights`."""
        return copies(self.weights)

    @explained
    def set_weights(self, arrays: Sequence[ArrayLike]) -> None:
        """Copy numbers to the weights.

        Parameters
        ----------
        arrays : sequence of array_like
            As `get_weights` gives them.

        Raises
        ------
        TypeError, ValueError
            If number, shapes or dtypes do not fit; then nothing is changed.
        """
        assign(self, arrays)

    # ------------------------------------------------------------ calls

    @explained
    def __call__(self, inputs: Any) -> Any:
        """Connect the layer to a tensor, or to a list of them; with an array, compute.

        Parameters
        ----------
        inputs : Tensor, list of Tensor, or array_like

        Returns
        -------
        Tensor or ndarray
        """
        tensors = tuple(inputs) if isinstance(inputs, (list, tuple)) else (inputs,)
        if not all(isinstance(tensor, Tensor) for tensor in tensors):
            return self._compute(inputs)
        node = self._node_on(tensors)
        self._nodes.append(node)
        return node.output

    def _node_on(self, tensors):
        """A node of the layer on tensors, which the layer does not keep; the layer is built for them."""
        for tensor in tensors:
            if tensor.dtype != self.dtype:
                raise ValueError(
                    f"{describe(self)} computes in {self.dtype}, but {describe(tensor.node.layer)} gives {tensor.dtype}; "
                    "give all layers the same dtype"
                )
        shapes = [tensor.shape for tensor in tensors]
        shape = shapes[0] if len(shapes) == 1 else shapes
        output_shape = self._output_shape_for(shape)
        self.build(shape)
        return Node.of(self, tensors, output_shape, self.dtype)

    def _compute(self, inputs):
        """The layer's output for an array, or for a list of arrays if the layer takes a list."""
        arrays = [np.asarray(array) for array in inputs] if self._takes_list else [np.asarray(inputs)]
        tensors = [InputLayer(array.shape[1:], dtype=self.dtype).tensor for array in arrays]
        output = self._node_on(tuple(tensors)).output
        return predict_tensors(tensors, [output], arrays if len(arrays) > 1 else arrays[0])[0]

    # ------------------------------------------------------------ the first place in a graph

    @property
    def input(self) -> Tensor | list[Tensor]:
        """The tensor that the layer takes at its first place, or the list of them."""
        inputs = self._first_node().inputs
        return inputs[0] if len(inputs) == 1 else list(inputs)

    @property
    def output(self) -> Tensor:
        """The tensor that the layer gives at its first place."""
        return self._first_node().output

    @property
    def input_shape(self) -> Any:
        """``(None, ...)`` of what the layer takes, a list of them for several inputs."""
        shapes = [tensor.shape for tensor in self._first_node().inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self) -> Shape:
        """``(None, ...)`` of what the layer gives."""
        return self.output.shape

    def _first_node(self):
        """The layer's first node."""
        if not self._nodes:
            raise ValueError(f"{describe(self)} is not joined to anything yet, so its shapes are not known; build the model")
        return self._nodes[0]

    def _output_on(self, tensor):
        """The layer's output where it already takes a tensor alone, or None."""
        return next((node.output for node in self._nodes if node.inputs == (tensor,)), None)

    # ------------------------------------------------------------ settings

    def _signature(self):
        """What a plan depends on: an engine is replaced if this has changed."""
        return (self, self.trainable, *(getattr(self, name) for name in self._settings))

    @explained
    def get_config(self) -> dict[str, Any]:
        """The settings, as plain data that `from_config` takes."""
        common = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
        return common | {name: as_plain_data(getattr(self, name)) for name in self._settings}

    @classmethod
    @explained
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A new layer with settings that `get_config` gave."""
        return cls(**config)


class InputLayer(Layer):
    """Where a model's input enters. `Input` creates one and gives its tensor.

    Parameters
    ----------
    shape : tuple
        ``(H, W, C)`` or ``(size,)``, without the samples' axis.
    name, trainable, dtype
        As in `Layer`; there is nothing to train.

    Attributes
    ----------
    tensor : Tensor
        What the model begins with.
    """

    _settings = ("shape",)
    kind = "input"

    @explained
    def __init__(
        self, shape: int | Sequence[int], name: str | None = None, trainable: bool = True, dtype: str = "float32"
    ) -> None:
        super().__init__(name, trainable, dtype)
        self.shape = checked_shape(shape)
        self.built = True
        node = Node.of(self, (), (None, *self.shape), self.dtype)
        self.tensor = node.output
        self._nodes.append(node)

    @property
    def input_shape(self) -> Shape:
        return self.tensor.shape


@explained
def Input(shape: int | Sequence[int], name: str | None = None, dtype: str = "float32") -> Tensor:
    """A tensor for a model to begin with.

    Parameters
    ----------
    shape : tuple
        ``(H, W, C)`` or ``(size,)``, without the samples' axis.
    name : str, optional
    dtype : {"float32", "float64"}

    Returns
    -------
    Tensor

    Examples
    --------
    >>> Input((28, 28, 1)).shape
    (None, 28, 28, 1)
    """
    return InputLayer(shape, name, dtype=dtype).tensor
