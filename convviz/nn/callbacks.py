"""What is told of a training's course, and may end it, by Keras's names."""

import math
import os

from .names import suggestion

__all__ = ["Callback", "EarlyStopping", "History", "ModelCheckpoint"]


class Callback:
    """The start of every callback: make a subclass and define the methods you need.

    Attributes
    ----------
    model : convviz.nn.Model
        ``model.stop_training = True`` ends training: after the step if it is set there, else after the epoch.
    params : dict
        "epochs"; "steps", the batches of an epoch (None if not known); "verbose", 0, 1 or 2; and "validation_freq" where
        not every epoch ends with validation.

    Notes
    -----
    ``logs`` holds the loss and the metrics so far; those of validation have names that begin with val\\_.

    Examples
    --------
    >>> class Losses(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(epoch, sorted(logs))
    """

    model = None
    params = {}  # noqa: RUF012, replaced and never changed

    def set_model(self, model):
        """Told once, before training."""
        self.model = model

    def set_params(self, params):
        """Told once, before training."""
        self.params = params

    def on_train_begin(self, logs=None):
        """Before the first epoch."""

    def on_train_end(self, logs=None):
        """At the end: after the last epoch, when Ctrl-C was pressed, and before an error leaves `fit`."""

    def on_epoch_begin(self, epoch, logs=None):
        """Before every epoch, counted from 0."""

    def on_epoch_end(self, epoch, logs=None):
        """After every epoch and its validation."""

    def on_train_batch_begin(self, batch, logs=None):
        """Before every step, counted from 0 in its epoch."""

    def on_train_batch_end(self, batch, logs=None):
        """After every step; `logs` are the means of the epoch so far."""

    def on_test_begin(self, logs=None):
        """Before validation."""

    def on_test_end(self, logs=None):
        """After it."""


class History(Callback):
    """What `fit` returns.

    Attributes
    ----------
    epoch : list of int
        Numbers of the epochs that were finished.
    history : dict of list
        By name, the loss and the metrics of each.
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

    def __init__(self):
        self.epoch, self.history, self.interrupted = [], {}, False

    def __repr__(self):
        last = ", ".join(f"{name} {values[-1]:.4g}" for name, values in self.history.items())
        return f"<History of {len(self.epoch)} epochs{': ' if last else ''}{last}>"

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class Watching(Callback):
    """What callbacks that wait for a value to get better share.

    Parameters
    ----------
    monitor : str
        Name in the logs.
    mode : {"auto", "min", "max"}
        Whether less is better; "auto" takes more for accuracies.

    Notes
    -----
    What is compared has its sign changed where more is better, so that less always is.
    """

    def __init__(self, monitor="val_loss", mode="auto"):
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"mode is 'auto', 'min' or 'max', not {mode!r}")
        self.monitor = monitor
        self.sign = -1 if mode == "max" or (mode == "auto" and "acc" in monitor) else 1

    def watched(self, logs):
        """The value, the less the better; None after an epoch without validation where others have one; or an error."""
        if self.monitor not in logs:
            of_validation = self.monitor.startswith("val_")
            if of_validation and "validation_freq" in self.params and not validated(logs):
                return None
            validation = "; give fit validation_data or validation_split" if of_validation else ""
            hint = suggestion(self.monitor, logs) if not validation else "."
            raise ValueError(
                f"{type(self).__name__} watches {self.monitor!r}{validation}{hint} There are: {', '.join(sorted(logs))}"
            )
        return self.sign * logs[self.monitor]


def validated(logs):
    """Whether there was a validation after the epoch."""
    return any(name.startswith("val_") for name in logs)


class EarlyStopping(Watching):
    """End training when a value has not got better for some epochs.

    Parameters
    ----------
    monitor : str, default "val_loss"
    min_delta : float, default 0
        How much better counts.
    patience : int, default 0
        Epochs without getting better that are waited for.
    verbose : int, default 0
        With 1, say so.
    mode : {"auto", "min", "max"}
    baseline : float, optional
        What must be beaten at first.
    restore_best_weights : bool, default False
        Go back to the weights of the best epoch at the end.
    start_from_epoch : int, default 0
        Epochs at the beginning that do not count.

    Raises
    ------
    ValueError
        While training, where there is no value of that name.

    Examples
    --------
    >>> from convviz.nn import Activation, Sequential
    >>> model = Sequential([Activation("linear", input_shape=(1,))])
    >>> model.compile("sgd", "mean_squared_error")
    >>> stop = EarlyStopping("loss", patience=2)
    >>> model.fit([[1.0]], [[3.0]], epochs=10, verbose=0, callbacks=[stop]).epoch  # there is nothing to train
    [0, 1, 2]
    """

    def __init__(
        self, monitor="val_loss", min_delta=0, patience=0, verbose=0, mode="auto", baseline=None, restore_best_weights=False,
        start_from_epoch=0,
    ):  # fmt: skip
        super().__init__(monitor, mode)
        self.min_delta, self.patience, self.verbose, self.baseline = abs(min_delta), patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch

    def on_train_begin(self, logs=None):
        self.best = math.inf if self.baseline is None else self.sign * self.baseline
        self.wait, self.stopped_epoch, self.best_epoch, self.best_weights = 0, 0, None, None

    def on_epoch_end(self, epoch, logs=None):
        if epoch < self.start_from_epoch:
            return
        value = self.watched(logs)
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

    def on_train_end(self, logs=None):
        if self.stopped_epoch and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: {self.monitor} has not got better for {self.wait} epochs; training ends.")
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)


class ModelCheckpoint(Watching):
    """Save the model after every epoch, or after every one that is the best so far.

    Parameters
    ----------
    filepath : str or path
        Ends in .npz; ``{epoch}`` and names of the logs are filled in, as in ``"net-{epoch:02d}-{val_loss:.2f}.npz"``.
    monitor : str, default "val_loss"
    verbose : int, default 0
        With 1, say so.
    save_best_only : bool, default False
        Only after epochs in which `monitor` was better than ever.
    mode : {"auto", "min", "max"}

    Raises
    ------
    ValueError
        For another ending, and while training, where there is no value of a name that is given.

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

    def __init__(self, filepath, monitor="val_loss", verbose=0, save_best_only=False, mode="auto"):
        super().__init__(monitor, mode)
        self.filepath, self.verbose, self.save_best_only = os.fspath(filepath), verbose, save_best_only
        if not self.filepath.endswith(".npz"):
            raise ValueError(
                f"filepath of ModelCheckpoint must end in .npz, as 'net-{{epoch:02d}}.npz'; it is {self.filepath!r}"
            )
        self.best = math.inf

    def on_epoch_end(self, epoch, logs=None):
        if self.save_best_only:
            value = self.watched(logs)
            if value is None or not value < self.best:
                return
            self.best = value
        try:
            path = self.filepath.format(epoch=epoch + 1, **logs)
        except (KeyError, IndexError) as error:
            raise ValueError(
                f"filepath {self.filepath!r} names {error}, but the logs have: epoch, {', '.join(sorted(logs))}"
            ) from None
        self.model.save(path)
        if self.verbose:
            print(f"Epoch {epoch + 1}: saved to {path}")


class Callbacks:
    """Several callbacks as one: each method calls that of all, in order."""

    def __init__(self, callbacks, model, params):
        self.callbacks = callbacks
        for callback in callbacks:
            callback.set_model(model)
            callback.set_params(params)

    def tell(self, event, *arguments):
        """Call ``on_<event>`` of all."""
        for callback in self.callbacks:
            getattr(callback, f"on_{event}")(*arguments)


def checked(callbacks):
    """A list of callbacks, or an error."""
    given = [] if callbacks is None else list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
    for callback in given:
        if isinstance(callback, type) or not isinstance(callback, Callback):
            raise TypeError(
                f"callbacks are objects of convviz.nn.callbacks.Callback; {callback!r} is "
                f"{'a class: make one of it with ()' if isinstance(callback, type) else type(callback).__name__}"
            )
    return given
