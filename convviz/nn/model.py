"""Models: layers connected to a graph, which are trained, saved and drawn."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Never

from convviz._support.keywords import explained
from convviz._support.values import brief, flag
from convviz.nn import graph, losses, metrics, optimizers, seeds
from convviz.nn.callbacks import Callback, History
from convviz.nn.engine import devices, options
from convviz.nn.engine.holder import EngineHolder
from convviz.nn.network import Network
from convviz.nn.training import arguments, evaluation, loop
from convviz.nn.training.evaluation import RunOptions
from convviz.nn.training.loop import FitOptions
from convviz.nn.types import ArrayLike, Metric, PathLikeStr

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Model"]


class Model(Network):
    """Layers between inputs and outputs.

    Parameters
    ----------
    inputs : Tensor or list of Tensor
        From `Input`.
    outputs : Tensor or list of Tensor
        What layers gave for them. Training needs a single one; several are for looking inside.
    name : str, optional

    Attributes
    ----------
    layers : list of Layer
    inputs, outputs : list of Tensor
    history : convviz.nn.callbacks.History or None
        Of the last `fit`.
    loss, optimizer, metrics, device, precision
        What `compile` was given.
    seed : int
        The order of samples and dropout follow from it; drawn by `compile`.
    epochs : int
        Epochs that the model has been trained for since `compile`.
    built : bool
        Whether the model knows the shape of its input, and has weights.
    stop_training : bool
        For callbacks: training ends after the step or the epoch in which it becomes True.
    stop_evaluating, stop_predicting : bool
        The same for `evaluate` and `predict`, which end after that batch.

    Raises
    ------
    TypeError, ValueError
        If tensors are missing, or outputs do not come from the inputs alone.

    Examples
    --------
    >>> from convviz.nn import Add, Conv2D, Input, Model
    >>> x = Input((8, 8, 4))
    >>> y = Conv2D(4, 3, padding="same", activation="relu")(x)
    >>> model = Model(x, Add()([x, y]))
    >>> model.output_shape, model.count_params()
    ((None, 8, 8, 4), 148)
    """

    # None before `compile` and `fit`
    loss: Any
    optimizer: Any
    history: Any
    metrics: list[Metric]

    @explained
    def __init__(self, inputs: Any, outputs: Any, name: str | None = None) -> None:
        super().__init__(inputs, outputs, name)
        self._set_uncompiled()

    def _set_uncompiled(self):
        """Set what every model has before it is compiled."""
        self.loss, self.optimizer, self.metrics, self.device, self.precision = None, None, [], "cpu", "float32"
        self.seed, self.epochs, self.history, self.stop_training = 0, 0, None, False
        self.stop_evaluating = self.stop_predicting = False
        self._engine = EngineHolder()

    def __getstate__(self) -> dict[str, Any]:
        """What a copy takes over: a copy computes in memory of its own."""
        return self.__dict__ | {"_engine": EngineHolder()}

    def _build_for(self, x):
        """Build the model for samples; a model of tensors is built already."""

    @explained
    def __call__(self, inputs: Any) -> Any:
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
        return self._call_on(given)

    # ------------------------------------------------------------ training

    @explained
    def compile(
        self,
        optimizer: optimizers.Given = "rmsprop",
        loss: losses.Given | None = None,
        metrics: Metric | Sequence[Metric] | None = None,
        device: str = "auto",
        precision: str = "float32",
        **keras: Any,
    ) -> None:
        """Set how the model is trained.

        Parameters
        ----------
        optimizer : str or Optimizer, default "rmsprop"
        loss : str or Loss
            "categorical_crossentropy", "sparse_categorical_crossentropy", "binary_crossentropy", "mean_squared_error".
        metrics : list of str or callable, optional
            "accuracy", "mean_absolute_error" and others of `convviz.nn.metrics`, or functions of targets and predictions.
        device : {"auto", "cpu", "cuda"}
            "auto" takes an NVIDIA GPU if there is one that runs kernels, and there are kernels for the model.
            ``model.device`` may be changed later: weights and all that training has computed stay.
        precision : {"float32", "tf32"}
            With "tf32" a GPU's tensor cores multiply, which read 10 bits after the point of every number; sums stay float32.
        **keras
            Other arguments of Keras: ``run_eagerly``, ``jit_compile`` and ``auto_scale_loss``, which change nothing here, and
            ``loss_weights``, ``weighted_metrics`` and ``steps_per_execution`` with their defaults.

        Raises
        ------
        TypeError, ValueError
            For unknown names, with the nearest right one, and for two metrics with one name.
        RuntimeError
            With "cuda", if there is no such GPU, with what is missing, or there is no kernel for the model.

        Examples
        --------
        >>> from convviz.nn import Dense, Sequential
        >>> model = Sequential([Dense(3, activation="softmax", input_shape=(8,))])
        >>> model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        """
        arguments.check_compile(keras)
        if loss is None:
            raise ValueError(f"compile needs a loss: one of {', '.join(losses.KNOWN)}")
        if len(self.outputs) > 1:
            raise ValueError(f"a model is trained by its only output; this one has {len(self.outputs)}")
        loss, metrics = of_the_output(self, loss, "loss"), of_the_output(self, metrics, "metrics")
        found = losses.get(loss), optimizers.get(optimizer), checked_metrics(metrics)
        self._engine.sync_to_host()
        before = self.loss, self.optimizer, self.metrics, self.device, self.precision
        self.loss, self.optimizer, self.metrics = found
        try:
            self.device, self.precision = options.device_name(device), precision
            devices.require(self, precision)
            if self.optimizer is not before[1]:
                optimizers.claim(self.optimizer)
        except Exception:
            self.loss, self.optimizer, self.metrics, self.device, self.precision = before
            raise
        self.seed, self.epochs = seeds.next_seed(), 0
        self._engine.drop()

    @explained
    def fit(
        self,
        x: Any = None,
        y: ArrayLike | None = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Callback | Sequence[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
        class_weight: dict[int, float] | None = None,
        sample_weight: ArrayLike | None = None,
        **unknown: Never,
    ) -> History:
        """Train.

        Parameters
        ----------
        x : array_like, list or dict of array_like, or object that gives batches
            ``(n, ...)`` for the input; for several a list, or a dict by the names of the inputs. Or a generator, an iterator,
            a sequence with ``__len__`` and ``__getitem__``, or a loader of data, of pairs (x, y) or triples
            (x, y, sample_weight), a batch each.
        y : array_like
            ``(n, ...)``.
        batch_size : int, optional
            32 if not given, or what makes `steps_per_epoch` batches; all samples if they are fewer.
        epochs : int, default 1
            Up to which epoch, counted from 1; `initial_epoch` are taken as done.
        verbose : {"auto", 0, 1, 2}
            Nothing, a bar with the loss, the metrics and the time left, or a line an epoch.
        callbacks : Callback or list of Callback, optional
        validation_split : float, default 0
            The share of the samples, the last ones, that is not trained with and validated with after every epoch.
        validation_data : (x, y), (x, y, sample_weight) or object that gives batches, optional
            To validate with instead.
        shuffle : bool, default True
            Whether every epoch takes the samples in another order.
        initial_epoch : int, default 0
        steps_per_epoch, validation_steps : int, optional
            Batches to take, above all from an iterator; all of them if not given. If the samples make more batches, the next
            epoch goes on with them.
        validation_batch_size : int, optional
            That of training if not given, or 32.
        validation_freq : int or list of int, default 1
            Validate after every so many epochs, or after those that are listed, counted from 1.
        class_weight : dict, optional
            What the losses of a class's samples are multiplied by in training, by the class; 1 for a class without one.
        sample_weight : array_like, optional
            ``(n,)``: what the losses of samples are multiplied by.

        Returns
        -------
        convviz.nn.callbacks.History
            Also if Ctrl-C ended training: the current step is finished, and the weights are those after it.

        Raises
        ------
        TypeError, ValueError
            Before training starts, for what does not fit, and with class_weight or sample_weight on a GPU.
        convviz.nn.engine.not_a_number.NotANumber
            If the loss becomes NaN or infinite; the message says where that began. The weights are as before that step, or
            on a GPU, unless a callback is called for every batch, as after the last epoch.

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
        arguments.refuse("fit", unknown)
        self._build_for(x)
        options = FitOptions(
            x=x,
            y=y,
            batch_size=batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_data=validation_data,
            shuffle=shuffle,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_batch_size=validation_batch_size,
            validation_freq=validation_freq,
            class_weight=class_weight,
            sample_weight=sample_weight,
        )
        training = loop.Training(self, self._engine, options)
        self.history, self.stop_training = training.history, False
        training.run()
        return training.history

    def _restore(self, optimizer, loss, metrics, device, seed, epochs):
        """Continue with what `compile` and training left in another model, which was saved."""
        self.optimizer, self.loss, self.metrics = optimizer, loss, metrics
        self.device, self.seed, self.epochs = device, seed, epochs

    def _begin_evaluation(self):
        """Forget that an evaluation before was stopped."""
        self.stop_evaluating = False

    def _finish_epoch(self):
        """Count an epoch of training."""
        self.epochs += 1

    @explained
    def fit_generator(
        self, generator: Iterable[Any], steps_per_epoch: int | None = None, epochs: int = 1, **options: Any
    ) -> History:
        """`fit` with an iterator of batches, under its name in older versions of Keras."""
        return self.fit(generator, steps_per_epoch=steps_per_epoch, epochs=epochs, **options)

    @explained
    def evaluate(
        self,
        x: Any = None,
        y: ArrayLike | None = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: int | None = None,
        return_dict: bool = False,
        sample_weight: ArrayLike | None = None,
        callbacks: Callback | Sequence[Callback] | None = None,
        **unknown: Never,
    ) -> Any:
        """The loss and the metrics for samples, without training.

        Parameters
        ----------
        x, y, batch_size, verbose, sample_weight, callbacks : as in `fit`
        steps : int, optional
            Batches to take, above all from an iterator; all of them if not given.
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
            If the model is not compiled.

        Examples
        --------
        >>> from convviz.nn import Activation, Sequential
        >>> model = Sequential([Activation("linear", input_shape=(1,))])
        >>> model.compile("sgd", "mean_squared_error", metrics=["mean_absolute_error"])
        >>> model.evaluate([[1.0], [4.0]], [[1.0], [2.0]], verbose=0, return_dict=True)
        {'loss': 2.0, 'mean_absolute_error': 1.0}
        """
        arguments.refuse("evaluate", unknown)
        flag(return_dict, "return_dict")  # Keras has sample_weight at its place
        self._build_for(x)
        self._begin_evaluation()
        options = RunOptions(batch_size, verbose, steps, callbacks)
        logs = evaluation.evaluate(self, self._engine, x, y, sample_weight, options)
        return logs if return_dict else evaluation.scalars(logs)

    @explained
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: int | None = None,
        callbacks: Callback | Sequence[Callback] | None = None,
        **unknown: Never,
    ) -> Any:
        """The outputs for inputs.

        Parameters
        ----------
        x : array_like, list or dict of array_like, or object that gives batches
            As `fit` takes it; of batches (x, y) only x is read.
        batch_size : int, optional
            32 if not given, or what makes `steps` batches.
        verbose : {"auto", 0, 1, 2}
        steps : int, optional
            Batches to take, above all from an iterator; all of them if not given.
        callbacks : Callback or list of Callback, optional

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
        arguments.refuse("predict", unknown)
        self._build_for(x)
        self.stop_predicting = False
        return evaluation.predict(self, self._engine, x, RunOptions(batch_size, verbose, steps, callbacks))

    @explained
    def predict_on_batch(self, x: Any) -> Any:
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
        return self.predict(x, batch_size=2**31, verbose=0)

    @explained
    def train_on_batch(
        self,
        x: Any,
        y: ArrayLike,
        return_dict: bool = False,
        sample_weight: ArrayLike | None = None,
        class_weight: dict[int, float] | None = None,
    ) -> Any:
        """One step of training.

        Parameters
        ----------
        x, y : array_like
            ``(n, ...)``, one batch.
        return_dict : bool, default False
        sample_weight, class_weight : as in `fit`

        Returns
        -------
        float, list of float or dict
            The loss before that step; with metrics the list of the loss and them; or all by name.

        Raises
        ------
        TypeError, ValueError
            For what does not fit.
        RuntimeError
            If the model is not compiled.

        Examples
        --------
        >>> from convviz.nn import Dense, Sequential
        >>> model = Sequential([Dense(1, kernel_initializer="zeros", input_shape=(1,))])
        >>> model.compile("sgd", "mean_squared_error")
        >>> model.train_on_batch([[1.0]], [[3.0]]), round(float(model.layers[0].bias[0]), 4)
        (9.0, 0.06)
        """
        flag(return_dict, "return_dict")  # Keras has sample_weight at its place
        self._build_for(x)
        logs = evaluation.on_batch(self, self._engine, (x, y, sample_weight, class_weight), training=True)
        return logs if return_dict else evaluation.scalars(logs)

    @explained
    def test_on_batch(self, x: Any, y: ArrayLike, return_dict: bool = False, sample_weight: ArrayLike | None = None) -> Any:
        """The loss and the metrics of one batch, without training.

        Parameters
        ----------
        x, y : array_like
            ``(n, ...)``, one batch.
        return_dict : bool, default False
        sample_weight : as in `fit`

        Returns
        -------
        float, list of float or dict
            The loss; with metrics the list of the loss and them; or all by name.
        """
        flag(return_dict, "return_dict")
        self._build_for(x)
        logs = evaluation.on_batch(self, self._engine, (x, y, sample_weight, None), training=False)
        return logs if return_dict else evaluation.scalars(logs)

    # ------------------------------------------------------------ summary, plot and files

    @explained
    def summary(self, print_fn: Callable[[str], Any] | None = None) -> None:
        """Print the table of layers, shapes and numbers of weights.

        Parameters
        ----------
        print_fn : callable, optional
            Called with the text instead of `print`.
        """
        from convviz.nn.summary import summary

        (print_fn or print)(summary(self))

    @explained
    def plot(self, **options: Any) -> "Figure":
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

    @explained
    def save(self, path: PathLikeStr) -> None:
        """Write the model with weights, optimizer and settings to a file, whole or not at all; `load_model` reads it.

        Parameters
        ----------
        path : str or os.PathLike
            Ends in .npz. An existing file is replaced.

        Raises
        ------
        TypeError, ValueError
            For another ending, a model that is not built, and custom layers, optimizers, losses and initializers, which a
            file cannot hold. Custom metrics are left out, with a warning.
        OSError
            If the file cannot be written.
        """
        from convviz.nn.storage.saving import save_model

        save_model(self, path)

    @explained
    def save_weights(self, path: PathLikeStr) -> None:
        """Write the weights alone to a file; `load_weights` reads it.

        Parameters
        ----------
        path : str or os.PathLike
            Ends in .npz. An existing file is replaced.

        Raises
        ------
        ValueError, OSError
            For another ending, for a model that is not built, and if the file cannot be written.
        """
        from convviz.nn.storage.weights import save_weights

        save_weights(self, path)

    @explained
    def load_weights(self, path: PathLikeStr) -> None:
        """Read the weights from a file that `save_weights` or `save` wrote, layer after layer.

        Parameters
        ----------
        path : str or os.PathLike

        Raises
        ------
        ValueError, OSError
            If layers or shapes do not fit, or the file is damaged or missing; then no weight is changed.
        """
        from convviz.nn.storage.weights import load_weights

        load_weights(self, path)


def of_the_output(model, given, what):
    """What is given for the only output, where it stands in a list of one or in a dict by the name of the output."""
    if isinstance(given, (list, tuple)) and len(given) == 1:
        return given[0]
    name = model.outputs[0].node.layer.name if model.outputs else ""
    if not isinstance(given, dict) or ("name" in given and name != "name"):  # a loss as it stands in a file
        return given
    if list(given) != [name]:
        raise ValueError(f"{what} is {brief(given)}; a dict has the name of the only output, {name!r}, and nothing else")
    return given[name]


def checked_metrics(given):
    """A list of metrics, or an error for unknown ones and for two with one name."""
    if given is not None and not isinstance(given, (str, list, tuple)) and not callable(given):
        raise TypeError(f"metrics is a list of names and functions, such as ['accuracy'], not {brief(given)}")
    found = [given] if isinstance(given, str) or callable(given) else list(given or ())
    taken = {"loss"}
    for name, _ in map(metrics.get, found):
        if name in taken:
            raise ValueError(f"metrics must have different names, none of them 'loss'; {name!r} stands for more than one")
        taken.add(name)
    return found
