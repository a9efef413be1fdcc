"""The callbacks that change the learning rate."""

import inspect
import math
from collections.abc import Callable
from typing import Never

from convviz import geometry
from convviz._support.keywords import explained
from convviz._support.values import brief, real_number
from convviz.nn.callbacks.base import Callback
from convviz.nn.callbacks.monitor import MonitorCallback, finite
from convviz.nn.types import Logs

__all__ = ["LearningRateScheduler", "ReduceLROnPlateau"]


class ReduceLROnPlateau(MonitorCallback):
    """Make the learning rate smaller when a value has not improved for some epochs. Logs then have "learning_rate".

    Parameters
    ----------
    monitor : str, default "val_loss"
    factor : float, default 0.1
        What the learning rate is multiplied by; less than 1.
    patience : int, default 10
        Epochs without an improvement before that.
    verbose : int, default 0
        With 1, print a line about it.
    mode : {"auto", "min", "max"}
    min_delta : float, default 0.0001
        The least change that counts as an improvement.
    cooldown : int, default 0
        Epochs after that which do not count.
    min_lr : float, default 0
        The least learning rate.

    Raises
    ------
    TypeError, ValueError
        For settings that make no sense, and before training, if there will be no value of that name.

    Examples
    --------
    >>> from convviz.nn import Activation, Sequential
    >>> model = Sequential([Activation("linear", input_shape=(1,))])
    >>> model.compile("sgd", "mean_squared_error")
    >>> slower = ReduceLROnPlateau("loss", factor=0.5, patience=2)
    >>> history = model.fit([[1.0]], [[3.0]], epochs=6, verbose=0, callbacks=[slower])  # there is nothing to train
    >>> history.history["learning_rate"]
    [0.01, 0.01, 0.01, 0.005, 0.005, 0.0025]
    """

    _settings = ("monitor", "factor", "patience", "verbose", "mode", "min_delta", "cooldown", "min_lr")

    @explained
    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **unknown: Never,
    ) -> None:
        super().__init__(monitor, mode, unknown)
        self.factor, self.min_lr = finite(factor, "factor"), finite(min_lr, "min_lr")
        if not 0 < self.factor < 1:
            raise ValueError(f"factor is {brief(factor)}; expected a number between 0 and 1")
        if self.min_lr < 0:
            raise ValueError(f"min_lr is {brief(min_lr)}; expected a number from 0 on")
        self.min_delta, self.verbose = abs(finite(min_delta, "min_delta")), verbose
        self.patience = geometry.whole_number(patience, "patience", 0)
        self.cooldown = geometry.whole_number(cooldown, "cooldown", 0)

    def check(self, names: list[str]) -> None:
        self._require_watched(names)
        names += ["learning_rate"] * ("learning_rate" not in names)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.best: float | None = None
        self.wait, self.cooldown_counter = 0, 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = {} if logs is None else logs
        logs["learning_rate"] = self.model.optimizer.learning_rate
        value = self._watched(logs)
        if value is None:
            return
        if self.cooldown_counter:
            self.cooldown_counter -= 1
            self.wait = 0
        if self._improves(value, self.best, self.min_delta):
            self.best, self.wait = value, 0
        elif not self.cooldown_counter:
            self.wait += 1
            if self.wait >= self.patience and self.model.optimizer.learning_rate > self.min_lr:
                self._reduce(epoch)

    def _reduce(self, epoch):
        """Make the learning rate smaller, and wait again."""
        optimizer = self.model.optimizer
        optimizer.learning_rate = max(optimizer.learning_rate * self.factor, self.min_lr)
        self.cooldown_counter, self.wait = self.cooldown, 0
        if self.verbose:
            print(f"Epoch {epoch + 1}: learning rate {optimizer.learning_rate:g} from now on")


class LearningRateScheduler(Callback):
    """Set the learning rate before every epoch. Logs then have "learning_rate".

    Parameters
    ----------
    schedule : callable
        Gives the learning rate for the epoch, counted from 0, and the present rate; or for the epoch alone.
    verbose : int, default 0
        With 1, print a line about it.

    Raises
    ------
    TypeError, ValueError
        For what cannot be called, and if it gives no number from 0 on.

    Examples
    --------
    >>> from convviz.nn import Activation, Sequential
    >>> model = Sequential([Activation("linear", input_shape=(1,))])
    >>> model.compile("sgd", "mean_squared_error")
    >>> halved = LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch else rate)
    >>> model.fit([[1.0]], [[3.0]], epochs=3, verbose=0, callbacks=[halved]).history["learning_rate"]
    [0.01, 0.005, 0.0025]
    """

    @explained
    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        if not callable(schedule):
            raise TypeError(f"schedule of LearningRateScheduler is a function of the epoch, not {brief(schedule)}")
        self.schedule, self.verbose = schedule, verbose

    def check(self, names: list[str]) -> None:
        names += ["learning_rate"] * ("learning_rate" not in names)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        optimizer = self.model.optimizer
        rate = self._rate(epoch, optimizer.learning_rate)
        number = real_number(rate)
        if number is None or not 0 <= number < math.inf:
            raise ValueError(
                f"schedule of LearningRateScheduler gave {brief(rate)} for epoch {epoch}; expected a number from 0 on"
            )
        optimizer.learning_rate = number
        if self.verbose:
            print(f"Epoch {epoch + 1}: learning rate {optimizer.learning_rate:g}")

    def _rate(self, epoch, present):
        """What the schedule says; it may take the epoch alone."""
        try:
            inspect.signature(self.schedule).bind(epoch, present)
        except TypeError:
            return self.schedule(epoch)
        except ValueError:  # of a function of C, which says nothing
            pass
        return self.schedule(epoch, present)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = self.model.optimizer.learning_rate
