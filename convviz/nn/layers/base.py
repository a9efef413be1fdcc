"""What all layers share: a name, weights, a shape in and out, and settings that can be written down."""

import dataclasses
import math

import numpy as np

from convviz.nn import initializers, lookup, regularizers
from convviz.nn.graph import Node, Tensor

__all__ = ["Input", "InputLayer", "Layer", "Weight"]

DTYPES = ("float32", "float64")
COMMON = ("name", "trainable", "dtype", "input_shape", "input_dim")


@dataclasses.dataclass(eq=False)
class Weight:
    """A weight of a layer.

    Attributes
    ----------
    name : str
        "kernel", "bias", "gamma" and so on.
    array : ndarray
        The numbers themselves, C-ordered; training writes into them.
    trained : bool
        Whether training changes it by its gradient. The moving means of batch normalization are not.
    regularizer : convviz.nn.regularizers.L1L2 or None
    """

    name: str
    array: np.ndarray
    trained: bool = True
    regularizer: object = None


class Layer:
    """The start of every layer.

    Parameters
    ----------
    name : str, optional
        What the layer is called in its model; without one the model numbers it as Keras does: conv2d, conv2d_1, …
    trainable : bool, default True
        Whether training changes the weights.
    dtype : {"float32", "float64"}
        Of the numbers that are computed.
    input_shape : tuple, optional
        ``(H, W, C)`` or ``(size,)``, without the samples' axis: for the first layer of a `Sequential`.
    input_dim : int, optional
        The same as ``input_shape=(input_dim,)``.
    """

    #: Names of the settings, in the order of the constructor, beside name, trainable and dtype.
    settings = ()
    #: What kind of step the layer is to those who compute it.
    kind = ""
    #: How many axes an input has, the samples' axis included; None for any.
    rank = None
    #: Whether the layer takes a list of tensors.
    joins = False
    #: A layer without an activation of its own, and without a bias, does nothing after its kind of step.
    activation = None

    def __init__(self, name=None, trainable=True, dtype="float32", input_shape=None, input_dim=None, **unknown):
        self.refuse(unknown)
        if name is not None and (not isinstance(name, str) or not name):
            raise TypeError(f"a layer's name is a text, not {name!r}")
        if input_dim is not None:
            input_shape = (input_dim,)
        self.given_name, self.trainable, self.dtype = name, bool(trainable), checked_dtype(dtype)
        self.batch_input_shape = None if input_shape is None else (None, *checked_shape(input_shape))
        self.weights = []
        self.built, self.built_for = False, None
        self.numbered = False  # whether the name is one that a model gave
        self.nodes = []

    def refuse(self, unknown):
        """Raise TypeError for settings that the layer does not have."""
        for name in unknown:
            known = (*self.settings, *COMMON)
            hint = lookup.suggestion(name, known)
            raise TypeError(f"{type(self).__name__} has no setting {name!r}{hint} It has: {', '.join(known)}")

    # ------------------------------------------------------------ identity

    @property
    def name(self):
        """What the layer is called."""
        return self.given_name or lookup.snake(type(self).__name__)

    @property
    def title(self):
        """The layer as errors speak of it."""
        return f"layer {self.name!r} ({type(self).__name__})"

    def __repr__(self):
        return f"<{type(self).__name__} {self.name!r}>"

    # ------------------------------------------------------------ shapes and weights

    def build(self, input_shape):
        """Make the weights for inputs of a shape ``(None, ...)``; nothing is changed by a second call."""
        if not self.built:
            self.make_weights(input_shape)
            self.built, self.built_for = True, input_shape

    def make_weights(self, input_shape):
        """Add the weights that the layer has, for inputs of a shape."""

    def compute_output_shape(self, input_shape):
        """The shape ``(None, ...)`` of the output for inputs of a shape; a ValueError where nothing would come out."""
        return input_shape

    def check(self, input_shape):
        """Raise ValueError for inputs that the layer cannot take."""
        if isinstance(input_shape, list):
            raise ValueError(f"{self.title} takes one tensor; {len(input_shape)} came, of the shapes {input_shape}")
        if self.rank is not None and len(input_shape) != self.rank:
            axes = {2: "(samples, size)", 4: "(samples, rows, columns, channels)"}[self.rank]
            hint = "; put Flatten() before it" if self.rank == 2 and len(input_shape) > 2 else ""
            raise ValueError(f"{self.title} takes inputs {axes}, but {input_shape} came{hint}")

    def add_weight(self, name, shape, initializer, regularizer=None, trained=True):
        """Add a weight and give its array."""
        array = np.ascontiguousarray(self.initial(name, shape, initializer))
        if array.shape != tuple(shape):
            raise ValueError(f"the initializer of {name} in {self.title} gave {array.shape} instead of {tuple(shape)}")
        self.weights.append(Weight(name, array, trained, regularizer))
        return array

    def initial(self, name, shape, initializer):
        """The first numbers of a weight, or an error that names the layer where they are more than can be."""
        large = f"the {name} of {self.title} would have the shape {tuple(shape)}, which {{}}; make the layer smaller"
        size = math.prod(shape) * np.dtype(self.dtype).itemsize
        if size > np.iinfo(np.intp).max:
            raise ValueError(large.format("no memory can hold"))
        try:
            return initializer(shape, self.dtype)
        except MemoryError:
            raise MemoryError(large.format(f"takes {size / 2**30:,.1f} GiB, more than there is")) from None

    def weight(self, name):
        """The array of a weight, or None where the layer has none of that name."""
        return next((weight.array for weight in self.weights if weight.name == name), None)

    @property
    def kernel(self):
        """The kernel's array, as training changes it; None before the layer is built and where it has none."""
        return self.weight("kernel")

    @property
    def bias(self):
        """The bias's array; None before the layer is built and where it has none."""
        return self.weight("bias")

    @property
    def trainable_weights(self):
        """The weights that training changes."""
        return [weight for weight in self.weights if weight.trained and self.trainable]

    @property
    def non_trainable_weights(self):
        """The others."""
        return [weight for weight in self.weights if not (weight.trained and self.trainable)]

    def count_params(self):
        """How many numbers all weights are."""
        return sum(weight.array.size for weight in self.weights)

    def get_weights(self):
        """Copies of the weights' arrays, in the order of `weights`."""
        return [weight.array.copy() for weight in self.weights]

    def set_weights(self, arrays):
        """Put numbers into the weights.

        Parameters
        ----------
        arrays : sequence of array_like
            As `get_weights` gives them.

        Raises
        ------
        TypeError, ValueError
            Where number, shapes or dtypes do not fit; then nothing is changed.
        """
        arrays = [np.asarray(array) for array in arrays]
        held = [weight.array.shape for weight in self.weights]
        came = [array.shape for array in arrays]
        if held != came:
            raise ValueError(f"{self.title} has weights of the shapes {held}, but {came} came")
        for weight, array in zip(self.weights, arrays, strict=True):
            if array.dtype.kind not in "biuf":
                raise TypeError(f"the {weight.name} of {self.title} is made of numbers, not of {array.dtype}")
        for weight, array in zip(self.weights, arrays, strict=True):
            weight.array[...] = array

    # ------------------------------------------------------------ joining

    def __call__(self, inputs):
        """Join the layer to a tensor, or to a list of them; with an array, compute.

        Parameters
        ----------
        inputs : Tensor, list of Tensor, or array_like

        Returns
        -------
        Tensor or ndarray
        """
        tensors = tuple(inputs) if isinstance(inputs, (list, tuple)) else (inputs,)
        if not all(isinstance(tensor, Tensor) for tensor in tensors):
            return self.computed(inputs)
        return self.join(tensors)

    def join(self, tensors):
        """A new node of the layer on tensors; its output."""
        for tensor in tensors:
            if tensor.dtype != self.dtype:
                raise ValueError(
                    f"{self.title} computes in {self.dtype}, but {tensor.node.layer.title} gives {tensor.dtype}; "
                    "give all layers the same dtype"
                )
        shapes = [tensor.shape for tensor in tensors]
        shape = shapes[0] if len(shapes) == 1 else shapes
        output_shape = self.shape_after(shape)
        self.build(shape)
        node = Node(self, tensors)
        node.output = Tensor(output_shape, self.dtype, node)
        self.nodes.append(node)
        return node.output

    def shape_after(self, shape):
        """`compute_output_shape` with the layer's name in the error."""
        self.check(shape)
        if self.built:
            self.check_built(shape)
        try:
            return self.compute_output_shape(shape)
        except ValueError as error:
            message = str(error)
            raise ValueError(message if self.title in message else f"{self.title} on {shape}: {message}") from None

    def check_built(self, shape):
        """Raise ValueError where weights that exist do not fit inputs of a shape."""
        first = self.built_for
        if self.weights and shape[-1] != first[-1]:
            raise ValueError(f"{self.title} was built for {first[-1]} channels; inputs of shape {shape} have {shape[-1]}")

    def computed(self, inputs):
        """The layer's output for an array, or for a list of arrays if the layer joins them."""
        from convviz.nn.model import Model

        arrays = [np.asarray(array) for array in inputs] if self.joins else [np.asarray(inputs)]
        tensors = [InputLayer(array.shape[1:], dtype=self.dtype).tensor for array in arrays]
        before = len(self.nodes), self.given_name, self.numbered
        try:
            model = Model(tensors, self.join(tuple(tensors)))
            return model.predict(arrays if self.joins else arrays[0], verbose=0)
        finally:  # the layer is as it was: joined nowhere else, and not named by a model that is gone
            del self.nodes[before[0] :]
            self.given_name, self.numbered = before[1:]

    @property
    def input(self):
        """The tensor that the layer takes at its first place, or the list of them."""
        inputs = self.place().inputs
        return inputs[0] if len(inputs) == 1 else list(inputs)

    @property
    def output(self):
        """The tensor that the layer gives at its first place."""
        return self.place().output

    @property
    def input_shape(self):
        """``(None, ...)`` of what the layer takes, a list of them for several inputs."""
        shapes = [tensor.shape for tensor in self.place().inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self):
        """``(None, ...)`` of what the layer gives."""
        return self.output.shape

    def place(self):
        """The layer's first node."""
        if not self.nodes:
            raise ValueError(f"{self.title} is not joined to anything yet, so its shapes are not known; build the model")
        return self.nodes[0]

    # ------------------------------------------------------------ settings

    def get_config(self):
        """The settings, as plain data that `from_config` takes."""
        common = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
        return common | {name: plain(getattr(self, name)) for name in self.settings}

    @classmethod
    def from_config(cls, config):
        """A new layer with settings that `get_config` gave."""
        return cls(**config)


def require_channels_last(data_format):
    """Raise ValueError for a `data_format` other than channels last, with what to do."""
    if data_format not in (None, "channels_last"):
        raise ValueError(
            f"data_format {data_format!r}: convviz.nn computes with channels last, (samples, rows, columns, channels); "
            "leave data_format out and move the axis with numpy.moveaxis(images, 1, -1)"
        )


def plain(value):
    """A setting as data that JSON knows."""
    if isinstance(value, initializers.Initializer):
        return initializers.described(value)
    return value.get_config() if isinstance(value, regularizers.L1L2) else value


def checked_dtype(dtype):
    """The name of a dtype, or an error."""
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = ""
    if name not in DTYPES or dtype is None:
        raise ValueError(f"dtype of a layer is float32 or float64, not {dtype!r}")
    return name


def checked_shape(shape):
    """A shape as a tuple of whole numbers from 1 on, or an error."""
    shape = (shape,) if hasattr(shape, "__index__") else shape
    try:
        whole = tuple(int(size) if hasattr(size, "__index__") else None for size in shape)
    except TypeError:
        raise TypeError(f"a shape is a tuple of whole numbers such as (28, 28, 1), not {shape!r}") from None
    if not whole or any(size is None or size < 1 for size in whole):
        raise ValueError(f"a shape is a tuple of whole numbers from 1 on such as (28, 28, 1), not {shape!r}")
    return whole


class InputLayer(Layer):
    """Where a model's input enters. `Input` makes one and gives its tensor.

    Parameters
    ----------
    shape : tuple
        ``(H, W, C)`` or ``(size,)``, without the samples' axis.
    name, trainable, dtype
        As in `Layer`; there is nothing to train.
    """

    settings = ("shape",)
    kind = "input"

    def __init__(self, shape, name=None, trainable=True, dtype="float32"):
        super().__init__(name, trainable, dtype)
        self.shape = checked_shape(shape)
        self.built = True
        node = Node(self, ())
        self.tensor = node.output = Tensor((None, *self.shape), self.dtype, node)
        self.nodes.append(node)

    @property
    def input_shape(self):
        return self.tensor.shape


def Input(shape, name=None, dtype="float32"):
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
