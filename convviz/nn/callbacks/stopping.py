"""The callback that ends training when a value does not improve any more."""

from typing import Never

from convviz import geometry
from convviz._support.keywords import explained
from convviz._support.values import flag
from convviz.nn.callbacks.monitor import MonitorCallback, finite
from convviz.nn.types import Array, Logs

__all__ = ["EarlyStopping"]


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
        A value to get better than: epochs that do not get there count as epochs without an improvement. As in Keras, training
        does not end with an epoch that is the best so far.
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

    @explained
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
        **unknown: Never,
    ) -> None:
        super().__init__(monitor, mode, unknown)
        self.min_delta, self.patience = abs(finite(min_delta, "min_delta")), geometry.whole_number(patience, "patience", 0)
        self.baseline = None if baseline is None else finite(baseline, "baseline")
        self.start_from_epoch = geometry.whole_number(start_from_epoch, "start_from_epoch", 0)
        self.verbose, self.restore_best_weights = verbose, flag(restore_best_weights, "restore_best_weights")

    def check(self, names: list[str]) -> None:
        self._require_watched(names)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.best: float | None = None
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
        self.wait += 1
        if self._improves(value, self.best, self.min_delta):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self._improves(value, self.baseline, self.min_delta):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch, self.model.stop_training = epoch, True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: {self.monitor} has not got better for {self.wait} epochs; training ends.")
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)
