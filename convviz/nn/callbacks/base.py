"""The base class of all callbacks, the history, and callbacks of functions."""

from collections.abc import Callable
from typing import Any

from convviz._support.keywords import explained
from convviz._support.values import brief
from convviz.nn.lookup import suggestion
from convviz.nn.types import Logs

__all__ = ["Callback", "History", "LambdaCallback"]


class Callback:
    """Base class of all callbacks: define a subclass with the methods that you need.

    Attributes
    ----------
    model : convviz.nn.Model
        ``model.stop_training = True`` ends training: after the step if it is set there, else after the epoch.
    params : dict
        "epochs"; "steps", the batches of an epoch (None if not known); "verbose", 0, 1 or 2; and "validation_freq" where
        not every epoch ends with validation. In `evaluate` and `predict` "epochs" is 1.
    every_batch : bool, default True
        Whether a callback with methods for batches is called for every single one. With False, a device that computes
        several batches at once calls it for the last of them.

    Notes
    -----
    ``logs`` holds the loss and the metrics so far; at the end of an epoch also those of validation, by names that begin with
    val\\_. All methods are called as in Keras: validation within `fit` calls those for tests. `evaluate` and `predict` have
    ``callbacks=``, too.

    Examples
    --------
    >>> class Losses(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(epoch, sorted(logs))
    """

    model: Any = None
    params: dict[str, Any] = {}
    #: Names of the settings, in the order of the constructor.
    _settings: tuple[str, ...] = ()
    every_batch: bool = True

    @explained
    def __init__(self) -> None:
        super().__init__()

    def set_model(self, model: Any) -> None:
        """Called once, before training."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Called once, before training."""
        self.params = params

    def check(self, names: list[str]) -> None:
        """Called before training, after `set_model` and `set_params`: raise an error for what could not work.

        Parameters
        ----------
        names : list of str
            What logs will hold at the end of an epoch: the loss, the metrics and, if there is validation, these of it. A
            callback that puts values of its own into logs adds their names, so that callbacks after it may watch them.
        """

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """At the end: after the last epoch, of which the logs are; when Ctrl-C was pressed; before an error leaves `fit`."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Before every epoch, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """After every epoch and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before every step, counted from 0 in its epoch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After every step; `logs` are the means of the epoch so far."""
        self.on_batch_end(batch, logs=logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called by `on_train_batch_begin`: its name in older versions of Keras."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called by `on_train_batch_end`: its name in older versions of Keras."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Before an evaluation, which also validation is."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """After it, with its loss and metrics by their plain names."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before every batch of an evaluation, counted from 0."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After every batch of an evaluation; `logs` are the means so far."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Before `predict`."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """After it."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before every batch of `predict`, counted from 0."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """After every batch of `predict`; `logs` has its "outputs"."""


class History(Callback):
    """What `fit` returns. One that is given to `fit` among the callbacks goes on with the values that it has.

    Attributes
    ----------
    epoch : list of int
        Numbers of the epochs that were finished.
    history : dict of list
        By name, the loss and the metrics of each.
    unfinished : dict
        The means so far of an epoch that Ctrl-C ended.
    first : int
        The epoch that training began with.
    interrupted : bool
        Whether Ctrl-C ended training.

    Examples
    --------
    >>> from convviz.nn import Activation, Sequential
    >>> model = Sequential([Activation("linear", input_shape=(1,))])
    >>> model.compile("sgd", "mean_squared_error")
    >>> history = model.fit([[1.0]], [[3.0]], epochs=2, verbose=0)
    >>> history.epoch, history.history
    ([0, 1], {'loss': [4.0, 4.0]})
    """

    @explained
    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}
        self.unfinished: Logs = {}
        self.first, self.interrupted = 0, False

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {values[-1]:.4g}" for name, values in self.history.items())
        return f"<History of {len(self.epoch)} epochs{': ' if last else ''}{last}>"

    def _begin(self, first):
        """A new training begins with an epoch."""
        self.unfinished, self.first, self.interrupted = {}, first, False

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class LambdaCallback(Callback):
    """A callback of functions.

    Parameters
    ----------
    on_epoch_begin, on_epoch_end : callable, optional
        Called with the epoch, counted from 0, and logs.
    on_train_begin, on_train_end : callable, optional
        Called with logs.
    on_train_batch_begin, on_train_batch_end : callable, optional
        Called with the batch, counted from 0, and ``logs=``.
    **others : callable
        The other methods of `Callback` by name, such as ``on_test_end``.

    Raises
    ------
    TypeError
        For what cannot be called, and names of no method.

    Examples
    --------
    >>> from convviz.nn import Activation, Sequential
    >>> model = Sequential([Activation("linear", input_shape=(1,))])
    >>> model.compile("sgd", "mean_squared_error")
    >>> say = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs))
    >>> history = model.fit([[1.0]], [[3.0]], epochs=2, verbose=0, callbacks=[say])
    0 {'loss': 4.0}
    1 {'loss': 4.0}
    """

    @explained
    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **others: Callable[..., Any],
    ) -> None:
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        methods = [name for name in vars(Callback) if name.startswith(("on_", "set_"))]
        for name, function in (given | others).items():
            if name not in methods:
                raise TypeError(f"callbacks have no {name!r}{suggestion(name, methods)} They have: {', '.join(methods)}")
            if function is None:
                continue
            if not callable(function):
                raise TypeError(f"{name} of LambdaCallback is a function, not {brief(function)}")
            setattr(self, name, function)
