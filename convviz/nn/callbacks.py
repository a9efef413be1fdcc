"""The callbacks, which are called in the course of training and may end it, by Keras's names."""

import math
import os
import tempfile
from typing import Any

from convviz import geometry
from convviz._support import lazy_names
from convviz.nn.lookup import suggestion
from convviz.nn.types import Array, Logs, PathLikeStr

__all__ = ["Callback", "EarlyStopping", "History", "ModelCheckpoint"]


def __dir__():
    return lazy_names.listed(globals())


class Callback:
    """Base class of all callbacks: define a subclass with the methods that you need.

    Attributes
    ----------
    model : convviz.nn.Model
        ``model.stop_training = True`` ends training: after the step if it is set there, else after the epoch.
    params : dict
        "epochs"; "steps", the batches of an epoch (None if not known); "verbose", 0, 1 or 2; and "validation_freq" where
        not every epoch ends with validation.
    every_batch : bool, default True
        Whether a callback with methods for batches is called for every single one. With False, a device that computes
        several batches at once calls it for the last of them.

    Notes
    -----
    ``logs`` holds the loss and the metrics so far; those of validation have names that begin with val\\_.

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
        """At the end: after the last epoch, when Ctrl-C was pressed, and before an error leaves `fit`."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Before every epoch, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """After every epoch and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Before every step, counted from 0 in its epoch."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """After every step; `logs` are the means of the epoch so far."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Before validation."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """After it."""


class History(Callback):
    """What `fit` returns.

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

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}
        self.unfinished: Logs = {}
        self.first, self.interrupted = 0, False

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {values[-1]:.4g}" for name, values in self.history.items())
        return f"<History of {len(self.epoch)} epochs{': ' if last else ''}{last}>"

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class MonitorCallback(Callback):
    """Base class of the callbacks that wait for a value to improve.

    Parameters
    ----------
    monitor : str
        Name in the logs.
    mode : {"auto", "min", "max"}
        Whether less is better; "auto" takes more for accuracies.
    unknown : dict
        Unknown settings by name, for an error.

    Notes
    -----
    The sign of the value is changed if more is better, so that less always is.
    """

    def __init__(self, monitor: str, mode: str, unknown: dict[str, Any]) -> None:
        refuse(self, unknown)
        if not isinstance(monitor, str):
            raise TypeError(f"monitor of {type(self).__name__} is a name in the logs such as 'val_loss', not {monitor!r}")
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"mode is 'auto', 'min' or 'max', not {mode!r}")
        self.monitor = monitor
        self._sign = -1 if mode == "max" or (mode == "auto" and "acc" in monitor) else 1

    def _watched(self, logs):
        """The value, the less the better; None after an epoch without the validation that others have; or an error."""
        if self.monitor.startswith("val_") and "validation_freq" in self.params and not validated(logs):
            return None
        self._require_watched(logs)
        return self._sign * logs[self.monitor]

    def _require_watched(self, names):
        """Raise ValueError unless the value is among the names in logs."""
        if self.monitor not in names:
            raise ValueError(
                f"{type(self).__name__} watches {self.monitor!r}{missing(self.monitor, names)} "
                f"There are: {', '.join(sorted(names))}"
            )


def validated(names):
    """Whether names in logs, or logs, have values of a validation."""
    return any(name.startswith("val_") for name in names)


def missing(name, names):
    """The middle of a message about a name that is not in logs: to validate, or the nearest of the `names` there."""
    if name.startswith("val_") and not validated(names):
        return "; give fit validation_data or validation_split."
    return suggestion(name, names)


#: Settings of Keras that do not exist here, and what to do instead.
ELSEWHERE = {
    "save_weights_only": "; it always saves the whole model, so leave it out.",
    "save_freq": "; it saves after epochs, so leave it out.",
}


def refuse(callback, unknown):
    """Raise TypeError for settings that a callback does not have."""
    for name in unknown:
        hint = ELSEWHERE.get(name) or suggestion(name, callback._settings)
        raise TypeError(f"{type(callback).__name__} has no setting {name!r}{hint} It has: {', '.join(callback._settings)}")


def finite(value, name):
    """A setting as a float, or an error."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"{name} is a number, not {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{name} is a finite number, not {value!r}")
    return float(value)


class EarlyStopping(MonitorCallback):
    """End training when a value has not improved for some epochs.

    Parameters
    ----------
    monitor : str, default "val_loss"
    min_delta : float, default 0
        The least change that counts as an improvement.
    patience : int, default 0
        Epochs without an improvement before training ends.
    verbose : int, default 0
        With 1, print a line about it.
    mode : {"auto", "min", "max"}
    baseline : float, optional
        The value that must be improved at first.
    restore_best_weights : bool, default False
        Restore the weights of the best epoch at the end.
    start_from_epoch : int, default 0
        Epochs at the beginning that do not count.

    Raises
    ------
    TypeError, ValueError
        For settings that make no sense, and before training, if there will be no value of that name.

    Examples
    --------
    >>> from convviz.nn import Activation, Sequential
    >>> model = Sequential([Activation("linear", input_shape=(1,))])
    >>> model.compile("sgd", "mean_squared_error")
    >>> stop = EarlyStopping("loss", patience=2)
    >>> model.fit([[1.0]], [[3.0]], epochs=10, verbose=0, callbacks=[stop]).epoch  # there is nothing to train
    [0, 1, 2]
    """

    _settings = (
        "monitor",
        "min_delta",
        "patience",
        "verbose",
        "mode",
        "baseline",
        "restore_best_weights",
        "start_from_epoch",
    )

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
        **unknown: Any,
    ) -> None:
        super().__init__(monitor, mode, unknown)
        self.min_delta, self.patience = abs(finite(min_delta, "min_delta")), geometry.whole_number(patience, "patience", 0)
        self.baseline = None if baseline is None else finite(baseline, "baseline")
        self.start_from_epoch = geometry.whole_number(start_from_epoch, "start_from_epoch", 0)
        self.verbose, self.restore_best_weights = verbose, restore_best_weights

    def check(self, names: list[str]) -> None:
        self._require_watched(names)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.best = math.inf if self.baseline is None else self._sign * self.baseline
        self.wait, self.stopped_epoch = 0, 0
        self.best_epoch: int | None = None
        self.best_weights: list[Array] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if epoch < self.start_from_epoch:
            return
        value = self._watched(logs)
        if value is None:
            return
        if self.best_weights is None and self.restore_best_weights:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        if value < self.best - self.min_delta:
            self.best, self.best_epoch, self.wait = value, epoch, 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch, self.model.stop_training = epoch, True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: {self.monitor} has not got better for {self.wait} epochs; training ends.")
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)


class ModelCheckpoint(MonitorCallback):
    """Save the model after every epoch, or after every epoch that is the best so far.

    Parameters
    ----------
    filepath : str or path
        Ends in .npz, in a folder that exists; ``{epoch}`` and names of the logs are filled in, as in
        ``"net-{epoch:02d}-{val_loss:.2f}.npz"``.
    monitor : str, default "val_loss"
    verbose : int, default 0
        With 1, print a line about it.
    save_best_only : bool, default False
        Only after epochs in which `monitor` was better than in all before.
    mode : {"auto", "min", "max"}

    Raises
    ------
    TypeError, ValueError
        For another ending, and before training, if there will be no value of a name that is given.
    OSError
        Before training, if there is no such folder, or nothing can be written there.

    Examples
    --------
    >>> import os, tempfile
    >>> from convviz.nn import Activation, Sequential
    >>> model = Sequential([Activation("linear", input_shape=(1,))])
    >>> model.compile("sgd", "mean_squared_error")
    >>> folder = tempfile.mkdtemp()
    >>> save = ModelCheckpoint(os.path.join(folder, "net-{epoch}-{loss:.1f}.npz"))
    >>> history = model.fit([[1.0]], [[3.0]], epochs=2, verbose=0, callbacks=[save])
    >>> sorted(os.listdir(folder))
    ['net-1-4.0.npz', 'net-2-4.0.npz']
    """

    _settings = ("filepath", "monitor", "verbose", "save_best_only", "mode")

    def __init__(
        self,
        filepath: PathLikeStr,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        mode: str = "auto",
        **unknown: Any,
    ) -> None:
        super().__init__(monitor, mode, unknown)
        self.filepath, self.verbose, self.save_best_only = os.fspath(filepath), verbose, save_best_only
        if not self.filepath.endswith(".npz"):
            raise ValueError(
                f"filepath of ModelCheckpoint must end in .npz, as 'net-{{epoch:02d}}.npz'; it is {self.filepath!r}"
            )
        self.best = math.inf

    def check(self, names: list[str]) -> None:
        if self.save_best_only:
            self._require_watched(names)
        every = "validation_freq" not in self.params or (self.save_best_only and self.monitor.startswith("val_"))
        # epochs without validation are saved, too
        known = names if every else [name for name in names if not name.startswith("val_")]
        self._filled(0, dict.fromkeys(known, 0.5))
        folder = os.path.dirname(self.filepath) or os.curdir
        if "{" not in folder:
            require_writable(folder)

    def _filled(self, epoch, logs):
        """The path after an epoch, or an error about the pattern."""
        try:
            return self.filepath.format(epoch=epoch + 1, **logs)
        except KeyError as error:
            name = error.args[0]
            raise ValueError(
                f"filepath {self.filepath!r} names {name!r}, but the logs have: epoch, {', '.join(sorted(logs))}"
                f"{missing(name, ['epoch', *logs])}"
            ) from None
        except (AttributeError, IndexError, TypeError, ValueError) as error:
            raise ValueError(
                f"filepath {self.filepath!r} cannot be filled in ({error}); write fields as in 'net-{{epoch:02d}}.npz' or "
                f"'net-{{loss:.2f}}.npz', of: epoch, {', '.join(sorted(logs))}"
            ) from None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_best_only:
            value = self._watched(logs)
            if value is None or not value < self.best:
                return
            self.best = value
        path = self._filled(epoch, logs)
        self.model.save(path)
        if self.verbose:
            print(f"Epoch {epoch + 1}: saved to {path}")


def require_writable(folder):
    """Raise OSError unless the folder exists and files can be written there."""
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"there is no folder {folder!r} for the files of ModelCheckpoint; make it first")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise OSError(f"ModelCheckpoint cannot write into the folder {folder!r} ({reason}); choose another") from None
