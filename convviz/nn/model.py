"""Models: layers joined to a graph, and what can be done with them."""

import contextlib
import threading

import numpy as np

from convviz.nn import graph, losses, metrics, optimizers, seeds
from convviz.nn.engine import devices, options
from convviz.nn.layers.base import InputLayer, Layer, checked_shape
from convviz.nn.lookup import snake, suggestion
from convviz.nn.training import data, loop

__all__ = ["Model", "Sequential"]


class Model:
    """Layers between inputs and outputs.

    Parameters
    ----------
    inputs : Tensor or list of Tensor
        From `Input`.
    outputs : Tensor or list of Tensor
        What layers gave for them. Training needs a single one; several serve to look inside.
    name : str, optional

    Attributes
    ----------
    layers : list of Layer
    inputs, outputs : list of Tensor
    history : convviz.nn.callbacks.History or None
        Of the last `fit`.
    stop_training : bool
        For callbacks: training ends with the step or the epoch after which it becomes True.

    Raises
    ------
    TypeError, ValueError
        Where tensors are missing, or outputs do not come from the inputs alone.

    Examples
    --------
    >>> from convviz.nn import Add, Conv2D, Input, Model
    >>> x = Input((8, 8, 4))
    >>> y = Conv2D(4, 3, padding="same", activation="relu")(x)
    >>> model = Model(x, Add()([x, y]))
    >>> model.output_shape, model.count_params()
    ((None, 8, 8, 4), 148)
    """

    def __init__(self, inputs, outputs, name=None):
        self.start(name)
        self.connect(inputs, outputs)

    def start(self, name):
        """What every model has before it is compiled."""
        self.name = name or snake(type(self).__name__)
        self.loss, self.optimizer, self.metrics, self.device, self.precision = None, None, [], "cpu", "float32"
        self.seed, self.epochs, self.history, self.stop_training, self._engine = 0, 0, None, False, None
        self._turn = threading.RLock()

    def __getstate__(self):
        """What a copy takes over: a copy computes in memory of its own."""
        return self.__dict__ | {"_engine": None, "_turn": None}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._turn = threading.RLock()

    def require_built(self, x=None):
        """Nothing to do: what is made of tensors has its weights. A `Sequential` may have to be built for samples x."""

    # ------------------------------------------------------------ the graph

    def connect(self, inputs, outputs):
        """Make the model one of these tensors."""
        self.single_output = not isinstance(outputs, (list, tuple))
        self.inputs, self.outputs = tensors(inputs, "inputs"), tensors(outputs, "outputs")
        for tensor in self.inputs:
            if not isinstance(tensor.node.layer, InputLayer):
                raise ValueError(f"inputs of a model come from Input(shape); {tensor!r} does not")
        self.nodes = graph.ordered(self.outputs)
        entered = {id(tensor.node) for tensor in self.inputs}
        for node in self.nodes:
            if not node.inputs and id(node) not in entered:
                raise ValueError(f"the outputs need {node.output!r}, which is not among the inputs of the model")
        self.nodes = [tensor.node for tensor in self.inputs if tensor.node not in self.nodes] + self.nodes
        self.layers = list({id(node.layer): node.layer for node in self.nodes}.values())
        if len({layer.dtype for layer in self.layers}) > 1:
            raise ValueError(f"all layers must have one dtype; these have {sorted({layer.dtype for layer in self.layers})}")
        self.dtype = self.layers[0].dtype
        self.number_layers()

    def number_layers(self):
        """Give layers without a name of their own one that no other has; names that were given must differ."""
        layers = list(dict.fromkeys(self.layers))
        used = {layer.given_name for layer in layers if not layer.numbered}
        for layer in layers:  # numbered in another model as one is called here: it gets another number
            if layer.numbered:
                layer.given_name = None if layer.given_name in used else layer.given_name
                used.add(layer.given_name)
        named = [layer.given_name for layer in layers if layer.given_name]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ValueError(f"layers must have different names; {', '.join(map(repr, twice))} stands for more than one")
        taken, counts = set(named), {}
        for layer in layers:
            if not layer.given_name:
                stem = layer.name
                while True:
                    number = counts[stem] = counts.get(stem, -1) + 1
                    name = f"{stem}_{number}" if number else stem
                    if name not in taken:
                        break
                layer.given_name, layer.numbered = name, True
                taken.add(name)

    @property
    def input(self):
        """The tensor that goes in, or the list of them."""
        return self.inputs[0] if len(self.inputs) == 1 else self.inputs

    @property
    def output(self):
        """The tensor that comes out, or the list of them."""
        return self.outputs[0] if self.single_output else self.outputs

    @property
    def input_shape(self):
        """``(None, ...)``, a list for several inputs."""
        shapes = [tensor.shape for tensor in self.inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self):
        """``(None, ...)``, a list for several outputs."""
        shapes = [tensor.shape for tensor in self.outputs]
        return shapes[0] if self.single_output else shapes

    def get_layer(self, name=None, index=None):
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
            For a layer that there is not; the message has the names of all.
        """
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(f"the model has {len(self.layers)} layers; there is none with index {index}")
            return self.layers[index]
        known = {layer.name: layer for layer in self.layers}
        if name not in known:
            raise ValueError(f"there is no layer {name!r}{suggestion(str(name), known)} The layers are: {', '.join(known)}")
        return known[name]

    def __call__(self, inputs):
        """The model's layers, with the same weights, on other tensors; with an array, its predictions.

        Parameters
        ----------
        inputs : Tensor, list of Tensor, or array_like

        Returns
        -------
        Tensor or ndarray, or a list of them for several outputs

        Raises
        ------
        TypeError, ValueError
            For tensors or samples of other shapes than the model takes.
        """
        given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        if not all(isinstance(tensor, graph.Tensor) for tensor in given):
            return self.predict(inputs, verbose=0)
        if [tensor.shape for tensor in given] != [tensor.shape for tensor in self.inputs]:
            raise ValueError(f"the model takes {self.input_shape}; {[tensor.shape for tensor in given]} came")
        found = {id(tensor): other for tensor, other in zip(self.inputs, given, strict=True)}
        for node in self.nodes:
            if id(node.output) not in found:
                found[id(node.output)] = node.layer.join(tuple(found[id(tensor)] for tensor in node.inputs))
        results = [found[id(tensor)] for tensor in self.outputs]
        return results[0] if self.single_output else results

    # ------------------------------------------------------------ weights

    @property
    def weights(self):
        """All weights, layer by layer."""
        return [weight for layer in self.layers for weight in layer.weights]

    @property
    def trainable_weights(self):
        """Those that training changes."""
        return [weight for layer in self.layers for weight in layer.trainable_weights]

    @property
    def non_trainable_weights(self):
        """The others."""
        return [weight for layer in self.layers for weight in layer.non_trainable_weights]

    @property
    def trainable(self):
        """Whether any layer is trained; setting it sets that of all layers."""
        return any(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, trainable):
        for layer in self.layers:
            layer.trainable = bool(trainable)

    def count_params(self):
        """How many numbers all weights are."""
        return sum(layer.count_params() for layer in self.layers)

    def get_weights(self):
        """Copies of the arrays of all weights, in order."""
        return [weight.array.copy() for weight in self.weights]

    def set_weights(self, arrays):
        """Put numbers into all weights.

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
        if len(arrays) != len(self.weights):
            raise ValueError(f"the model has {len(self.weights)} weights, but {len(arrays)} arrays came")
        for layer, part in by_layer(self.layers, arrays):
            shapes = [weight.array.shape for weight in layer.weights]
            if shapes != [array.shape for array in part]:
                raise ValueError(f"{layer.title} has weights of the shapes {shapes}, but {[a.shape for a in part]} came")
            for weight, array in zip(layer.weights, part, strict=True):
                data.numbers(array, f"the {weight.name} of {layer.title}")
        for layer, part in by_layer(self.layers, arrays):
            layer.set_weights(part)

    # ------------------------------------------------------------ training

    def compile(self, optimizer="rmsprop", loss=None, metrics=None, device="auto", precision="float32"):
        """Say how the model is trained.

        Parameters
        ----------
        optimizer : str or Optimizer, default "rmsprop"
        loss : str or Loss
            "categorical_crossentropy", "sparse_categorical_crossentropy", "binary_crossentropy", "mean_squared_error".
        metrics : list of str or callable, optional
            "accuracy", "mean_absolute_error" and others of `convviz.nn.metrics`, or functions of targets and predictions.
        device : {"auto", "cpu", "cuda"}
            "auto" takes an NVIDIA GPU if there is one that runs kernels, and there are kernels for the model.
            ``model.device`` may be changed later: weights and all that training has worked out stay.
        precision : {"float32", "tf32"}
            With "tf32" a GPU's tensor cores multiply, which read 10 bits after the point of every number; sums stay float32.

        Raises
        ------
        TypeError, ValueError
            For names that are not known, with the nearest right one, and for two metrics of one name.
        RuntimeError
            With "cuda", where there is no such GPU, with what is missing, or there is no kernel for the model.

        Examples
        --------
        >>> from convviz.nn import Dense, Sequential
        >>> model = Sequential([Dense(3, activation="softmax", input_shape=(8,))])
        >>> model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        """
        if loss is None:
            raise ValueError(f"compile needs a loss: one of {', '.join(losses.KNOWN)}")
        if len(self.outputs) > 1:
            raise ValueError(f"a model is trained by its only output; this one has {len(self.outputs)}")
        loss, optimizer = losses.get(loss), optimizers.get(optimizer)
        named = [metrics] if isinstance(metrics, str) or callable(metrics) else list(metrics or ())
        require_metrics(named)
        if self._engine is not None:
            self._engine[1].sync_to_host()
        before = self.loss, self.optimizer, self.metrics, self.device, self.precision
        self.loss, self.optimizer, self.metrics = loss, optimizer, named
        try:
            self.device, self.precision = options.device_name(device), precision
            devices.require(self, precision)
            if optimizer is not before[1]:
                optimizer.engage()
        except Exception:
            self.loss, self.optimizer, self.metrics, self.device, self.precision = before
            raise
        self.seed, self.epochs, self._engine = seeds.next_seed(), 0, None

    def engine(self):
        """What computes batches: the one at hand if it still fits the layers."""
        # the steps are planned by these: an activation that was taken away, a layer that was frozen
        layers = [(layer, layer.trainable, *(getattr(layer, name) for name in layer.settings)) for layer in self.layers]
        signature = layers, len(self.nodes), self.loss, self.seed, self.device, self.precision
        held = self._engine
        if held is None or held[0] != signature:
            if held is not None:
                held[1].sync_to_host()
            self._engine = held = signature, devices.engine(self)
        return held[1]

    @contextlib.contextmanager
    def computing(self):
        """The engine, for one thread at a time: what it gives stands in memory that the next uses."""
        with self._turn:
            yield self.engine()

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
    ):
        """Train.

        Parameters
        ----------
        x : array_like, list of array_like, or iterator
            ``(n, ...)`` for the input, a list for several inputs; or an iterator of pairs (x, y), a batch each.
        y : array_like
            ``(n, ...)``.
        batch_size : int, optional
            32 if not given, or all samples if they are fewer.
        epochs : int, default 1
            Up to which epoch, counted from 1; `initial_epoch` are taken as done.
        verbose : {"auto", 0, 1, 2}
            Nothing, a bar with the loss, the metrics and the time left, or a line an epoch.
        callbacks : list of Callback, optional
        validation_split : float, default 0
            The share of the samples, the last ones, that is not trained with and validated with after every epoch.
        validation_data : (x, y) or iterator, optional
            To validate with instead.
        shuffle : bool, default True
            Whether samples come in a new order in every epoch.
        initial_epoch : int, default 0
        steps_per_epoch, validation_steps : int, optional
            Batches to take, of an iterator above all; all that there are if not given.
        validation_batch_size : int, optional
            That of training if not given, or 32.
        validation_freq : int, default 1
            Validate after every so many epochs.

        Returns
        -------
        convviz.nn.callbacks.History
            Also when Ctrl-C ended training: the step at work is finished, and the weights are those of that moment.

        Raises
        ------
        TypeError, ValueError
            Before training starts, for what does not fit.
        convviz.nn.engine.not_a_number.NotANumber
            When the loss becomes NaN or infinite; the message says where that began. The weights are as before that step, or
            on a GPU, unless a callback is told of every batch, as after the last epoch.

        Examples
        --------
        >>> from convviz.nn import Dense, Sequential, datasets, Flatten, set_random_seed
        >>> set_random_seed(1)
        >>> x, y = datasets.shapes(200, seed=1)
        >>> model = Sequential([Flatten(input_shape=x.shape[1:]), Dense(4, activation="softmax")])
        >>> model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        >>> history = model.fit(x, y, epochs=3, validation_split=0.25, verbose=0)
        >>> sorted(history.history), history.epoch
        (['accuracy', 'loss', 'val_accuracy', 'val_loss'], [0, 1, 2])
        """
        return loop.fit(
            self,
            x,
            y,
            batch_size,
            epochs,
            verbose,
            callbacks,
            validation_split,
            validation_data,
            shuffle,
            initial_epoch,
            steps_per_epoch,
            validation_steps,
            validation_batch_size,
            validation_freq,
        )

    def fit_generator(self, generator, **options):
        """`fit` with an iterator of batches, under its name in older versions of Keras."""
        return self.fit(generator, **options)

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", steps=None, return_dict=False):
        """The loss and the metrics for samples, without training.

        Parameters
        ----------
        x, y, batch_size, verbose : as in `fit`
        steps : int, optional
            Batches to take, of an iterator above all; all that there are if not given.
        return_dict : bool, default False

        Returns
        -------
        float, list of float or dict
            The loss; with metrics the list of the loss and them; or all by name.

        Raises
        ------
        TypeError, ValueError
            For what does not fit.
        RuntimeError
            Where the model is not compiled.

        Examples
        --------
        >>> from convviz.nn import Activation, Sequential
        >>> model = Sequential([Activation("linear", input_shape=(1,))])
        >>> model.compile("sgd", "mean_squared_error", metrics=["mean_absolute_error"])
        >>> model.evaluate([[1.0], [4.0]], [[1.0], [2.0]], verbose=0, return_dict=True)
        {'loss': 2.0, 'mean_absolute_error': 1.0}
        """
        return loop.evaluate(self, x, y, batch_size, verbose, steps, return_dict)

    def predict(self, x, batch_size=None, verbose="auto"):
        """The outputs for inputs.

        Parameters
        ----------
        x : array_like or list of array_like
            ``(n, ...)``.
        batch_size : int, optional
            32 if not given.
        verbose : {"auto", 0, 1, 2}

        Returns
        -------
        ndarray or list of ndarray
            ``(n, ...)``.

        Raises
        ------
        TypeError, ValueError
            For what does not fit.

        Examples
        --------
        >>> from convviz.nn import Activation, Sequential
        >>> Sequential([Activation("relu", input_shape=(2,))]).predict([[-1.0, 1.0]], verbose=0)
        array([[0., 1.]], dtype=float32)
        """
        return loop.predict(self, x, batch_size, verbose)

    def predict_on_batch(self, x):
        """The outputs for one batch.

        Parameters
        ----------
        x : array_like or list of array_like
            ``(n, ...)``; all samples are computed at once.

        Returns
        -------
        ndarray or list of ndarray
            ``(n, ...)``.
        """
        return loop.predict(self, x, batch_size=2**31, verbose=0)

    def train_on_batch(self, x, y, return_dict=False):
        """One step of training.

        Parameters
        ----------
        x, y : array_like
            ``(n, ...)``, one batch.
        return_dict : bool, default False

        Returns
        -------
        float, list of float or dict
            The loss before that step; with metrics the list of the loss and them; or all by name.

        Raises
        ------
        TypeError, ValueError
            For what does not fit.
        RuntimeError
            Where the model is not compiled.

        Examples
        --------
        >>> from convviz.nn import Dense, Sequential
        >>> model = Sequential([Dense(1, kernel_initializer="zeros", input_shape=(1,))])
        >>> model.compile("sgd", "mean_squared_error")
        >>> model.train_on_batch([[1.0]], [[3.0]]), round(float(model.layers[0].bias[0]), 4)
        (9.0, 0.06)
        """
        logs = loop.single(self, x, y, True)
        return logs if return_dict else loop.scalars(logs)

    def test_on_batch(self, x, y, return_dict=False):
        """The loss and the metrics of one batch, without training.

        Parameters
        ----------
        x, y : array_like
            ``(n, ...)``, one batch.
        return_dict : bool, default False

        Returns
        -------
        float, list of float or dict
            The loss; with metrics the list of the loss and them; or all by name.
        """
        logs = loop.single(self, x, y, False)
        return logs if return_dict else loop.scalars(logs)

    # ------------------------------------------------------------ doors to the floors above

    def summary(self, print_fn=None):
        """Print the table of layers, shapes and numbers of weights.

        Parameters
        ----------
        print_fn : callable, optional
            What takes the text instead of `print`.
        """
        from convviz.nn.summary import summary

        (print_fn or print)(summary(self))

    def plot(self, **options):
        """The model drawn with its layers and shapes.

        Parameters
        ----------
        **options
            Those of `convviz.nn.plots.plot_model`.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from convviz.nn.plots import plot_model

        return plot_model(self, **options)

    def save(self, path):
        """Write the model with weights, optimizer and settings to a file, whole or not at all; `load_model` reads it.

        Parameters
        ----------
        path : str or os.PathLike
            Ends in .npz. What stands there is replaced.

        Raises
        ------
        TypeError, ValueError
            For another ending, a model that is not built, and layers, optimizers, losses and initializers of one's own,
            which a file cannot hold. Metrics of one's own are left out, with a warning.
        OSError
            Where the file cannot be written.
        """
        from convviz.nn.storage.saving import save_model

        save_model(self, path)

    def save_weights(self, path):
        """Write the weights alone to a file; `load_weights` reads it.

        Parameters
        ----------
        path : str or os.PathLike
            Ends in .npz. What stands there is replaced.

        Raises
        ------
        ValueError, OSError
            For another ending, a model that is not built, and where the file cannot be written.
        """
        from convviz.nn.storage.saving import save_weights

        save_weights(self, path)

    def load_weights(self, path):
        """Take the weights of a file that `save_weights` or `save` wrote, layer after layer.

        Parameters
        ----------
        path : str or os.PathLike

        Raises
        ------
        ValueError, OSError
            Where layers or shapes do not fit, the file is damaged, or there is none; then no weight is changed.
        """
        from convviz.nn.storage.saving import load_weights

        load_weights(self, path)


def require_metrics(named):
    """Raise an error for metrics that are not known, and for two that would stand under one name."""
    taken = {"loss"}
    for name, _ in map(metrics.get, named):
        if name in taken:
            raise ValueError(f"metrics must have different names, none of them 'loss'; {name!r} stands for more than one")
        taken.add(name)


def chained(model):
    """The layers of a model that is a chain, or an error."""
    if not graph.is_chain(model.nodes):
        raise ValueError(
            f"model {model.name!r} is no chain of layers, so it cannot be a part of a Sequential; "
            "join it with Model(inputs, outputs) by calling it on a tensor"
        )
    if len(model.outputs) != 1 or (model.nodes and model.outputs[0] is not model.nodes[-1].output):
        raise ValueError(f"model {model.name!r} has several outputs, so it cannot be a part of a Sequential")
    return [node.layer for node in model.nodes] or model.layers


def by_layer(layers, arrays):
    """Each layer with its part of a list of arrays."""
    start = 0
    for layer in layers:
        yield layer, arrays[start : start + len(layer.weights)]
        start += len(layer.weights)


def tensors(given, what):
    """A list of tensors, or an error."""
    found = list(given) if isinstance(given, (list, tuple)) else [given]
    for tensor in found:
        if not isinstance(tensor, graph.Tensor):
            raise TypeError(f"{what} of a Model are tensors, such as Input((28, 28, 1)) gives; {type(tensor).__name__} came")
    if not found:
        raise ValueError(f"a Model needs {what}")
    return found


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

    def __init__(self, layers=None, name=None):
        self.stack, self.built = [], False
        self.nodes, self.layers, self.inputs, self.outputs, self.dtype = [], [], [], [], "float32"
        self.start(name)
        for layer in layers or ():
            self.append(layer)
        self.settle()

    def add(self, layer):
        """Add a layer at the end.

        Parameters
        ----------
        layer : Layer

        Raises
        ------
        TypeError, ValueError
            For what is no layer, or does not fit to those before it; then the model stays as it was.
        """
        before = list(self.stack)
        try:
            self.append(layer)
            self.settle()
        except Exception:
            self.stack = before
            self.settle()
            raise

    def pop(self):
        """Take the last layer away.

        Raises
        ------
        ValueError
            Where there is none.
        """
        if not self.layers:
            raise ValueError("there is no layer to take away")
        self.stack.pop()
        self.settle()
        if not self.layers:
            self.nodes, self.inputs, self.outputs, self.built = [], [], [], False

    def append(self, layer):
        """Check and keep a layer."""
        if isinstance(layer, graph.Tensor) and isinstance(layer.node.layer, InputLayer):
            layer = layer.node.layer
        if isinstance(layer, type):
            raise TypeError(f"add a layer, not a class: {layer.__name__}(...)")
        if isinstance(layer, Model):
            for part in chained(layer):
                if not isinstance(part, InputLayer) or not self.stack:
                    self.append(part)
            return
        if not isinstance(layer, Layer):
            raise TypeError(f"a Sequential is made of layers; {type(layer).__name__} came")
        if isinstance(layer, InputLayer) and self.stack:
            raise ValueError("Input stands at the beginning of a Sequential")
        self.stack.append(layer)

    def settle(self):
        """Join the layers if the shape of the input is known."""
        if not self.stack:
            self.layers = []
            return
        first = self.stack[0]
        self.layers = [layer for layer in self.stack if not isinstance(layer, InputLayer)]
        if isinstance(first, InputLayer):
            self.chain(first.tensor)
        elif first.batch_input_shape is not None:
            self.chain(self.entry(first, first.batch_input_shape[1:]))
        elif self.inputs:  # it was built for samples that it saw
            self.chain(self.inputs[0])

    def entry(self, first, shape):
        """A tensor of a shape for the first layer."""
        if self.inputs and self.inputs[0].shape == (None, *shape):
            return self.inputs[0]
        return InputLayer(shape, dtype=first.dtype).tensor

    def build(self, input_shape):
        """Make the weights for inputs of a shape, ``(None, ...)`` or without the samples' axis."""
        shape = input_shape[1:] if len(input_shape) > 1 and input_shape[0] is None else input_shape
        if not self.layers:
            raise ValueError("a Sequential without layers cannot be built; add layers first")
        self.chain(self.entry(self.layers[0], checked_shape(shape)))

    def chain(self, tensor):
        """Join the layers one after the other, from a tensor on."""
        begin, shape = tensor, tensor.shape
        self.number_layers()  # before they are joined, so that errors say which layer does not fit
        for layer in self.layers:  # all of them before the first makes weights, which are for one size of inputs
            shape = layer.shape_after(shape)
        for layer in self.layers:
            tensor = next((node.output for node in layer.nodes if node.inputs == (tensor,)), None) or layer.join((tensor,))
        self.connect(begin, tensor)
        self.layers = [layer for layer in self.layers if not isinstance(layer, InputLayer)]
        self.built = True

    def require_built(self, x=None):
        """Build for samples x if need be; an error without."""
        if self.built:
            return
        if x is None or not self.layers or loop.is_batches(x):
            raise ValueError(
                "the model is not built: give its first layer input_shape=(...), or call build((None, ...))"
                if self.layers
                else "the model has no layers; add some first"
            )
        shape = data.numbers(x, "x").shape
        if len(shape) < 2:
            raise ValueError(f"x is of shape {shape}; the model takes samples, ('n', size) or ('n', rows, columns, channels)")
        self.build((None, *shape[1:]))

    @property
    def input_shape(self):
        self.require_built()
        return super().input_shape

    @property
    def output_shape(self):
        self.require_built()
        return super().output_shape

    def __call__(self, inputs):
        if isinstance(inputs, graph.Tensor) and not self.built:
            self.build(inputs.shape)
        return super().__call__(inputs)
