"""What the callbacks share that watch a value: which is better, and errors about settings and names."""

import math
from typing import Any

from convviz._support.values import as_index, brief, real_number
from convviz.nn import metrics
from convviz.nn.callbacks.base import Callback
from convviz.nn.lookup import refuse_settings, suggestion

__all__ = ["MonitorCallback", "finite", "missing"]


class MonitorCallback(Callback):
    """Base class of the callbacks that wait for a value to improve.

    Parameters
    ----------
    monitor : str
        Name in the logs.
    mode : {"auto", "min", "max"}
        Whether less is better; "auto" takes less for losses and errors, and more for accuracies.
    unknown : dict
        Unknown settings by name, for an error.
    """

    def __init__(self, monitor: str, mode: str, unknown: dict[str, Any]) -> None:
        refuse_settings(self, unknown, self._settings)
        if not isinstance(monitor, str):
            raise TypeError(f"monitor of {type(self).__name__} is a name in the logs such as 'val_loss', not {brief(monitor)}")
        if not isinstance(mode, str) or mode not in ("auto", "min", "max"):
            raise ValueError(f"mode is 'auto', 'min' or 'max', not {brief(mode)}")
        self.monitor, self.mode = monitor, mode
        self._sign = {"min": 1, "max": -1}[mode] if mode != "auto" else sign_of(monitor)

    def _watched(self, logs):
        """The value; None after an epoch without the validation that others have; or an error."""
        if self.monitor.startswith("val_") and "validation_freq" in self.params and not validated(logs):
            return None
        self._require_watched(logs)
        return logs[self.monitor]

    def _improves(self, value, best, min_delta=0.0):
        """Whether a value is better than the best so far, by more than `min_delta`; the first, with None, is."""
        return best is None or self._sign * value + min_delta < self._sign * best

    def _require_watched(self, names):
        """Raise ValueError unless the value is among the names in logs."""
        if self.monitor not in names:
            raise ValueError(
                f"{type(self).__name__} watches {self.monitor!r}{missing(self.monitor, names)} "
                f"There are: {', '.join(sorted(names))}"
            )
        if not self._sign:
            raise ValueError(
                f"{type(self).__name__} watches {self.monitor!r}; give mode='max' if more of it is better, or mode='min'"
            )


def sign_of(monitor):
    """1 for a name in logs of which less is better, -1 for one of which more is, and 0 if that is not known."""
    name = monitor.removeprefix("val_").lower()
    if "acc" in name:
        return -1
    return 1 if name == "loss" or name in metrics.KNOWN else 0


def validated(names):
    """Whether names in logs, or logs, have values of a validation."""
    return any(name.startswith("val_") for name in names)


def missing(name, names):
    """The middle of a message about a name that is not in logs: to validate, or the nearest of the `names` there."""
    if name.startswith("val_") and not validated(names):
        return "; give fit validation_data or validation_split."
    return suggestion(name, names)


def finite(value, name):
    """A setting as a float, or an error."""
    number = real_number(value)
    if number is None and as_index(value) is None:
        raise TypeError(f"{name} is a number, not {brief(value)}")
    if number is None or not math.isfinite(number):
        raise ValueError(f"{name} is a finite number, not {brief(value)}")
    return number
