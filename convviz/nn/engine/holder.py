"""The engine of a model, which is kept as long as it fits the model, and used by one thread at a time."""

import contextlib
import threading

from convviz.nn.engine import devices

__all__ = ["EngineHolder"]


class EngineHolder:
    """The engine of a model.

    A copy of a holder is empty: a copied model computes in memory of its own.

    Attributes
    ----------
    current : Engine or None
        The present engine; None before anything was computed.
    """

    def __init__(self):
        self.current, self._signature, self._lock = None, None, threading.RLock()

    def __getstate__(self):
        return {}

    def __setstate__(self, state):
        self.__init__()

    def get(self, model):
        """The engine of the model: the current one if it still fits, else a new one."""
        signature = signature_of(model)
        if self.current is None or self._signature != signature:
            self.sync_to_host()
            self._signature, self.current = signature, devices.engine(model)
        return self.current

    @contextlib.contextmanager
    def computing(self, model):
        """The engine for one thread at a time, since the next use overwrites what it gives."""
        with self._lock:
            yield self.get(model)

    def sync_to_host(self):
        """Bring the model's weights up to date with what the engine has computed."""
        if self.current is not None:
            self.current.sync_to_host()

    def drop(self):
        """Forget the engine."""
        self.current = self._signature = None


def signature_of(model):
    """What an engine depends on: layers with their settings, and what `compile` was given."""
    # layers may be changed: an activation removed, a layer frozen
    layers = [layer._signature() for layer in model.layers]
    return layers, model.loss, model.seed, model.device, model.precision
