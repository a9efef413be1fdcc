"""Several callbacks as one."""

from convviz._support.values import brief
from convviz.nn.callbacks import Callback

__all__ = ["CallbackList", "checked_callbacks"]

#: The methods for batches of each kind of run; those of training have older names, too.
BATCH_METHODS = {
    "train": ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"),
    "test": ("on_test_batch_begin", "on_test_batch_end"),
    "predict": ("on_predict_batch_begin", "on_predict_batch_end"),
}


class CallbackList:
    """Several callbacks: each event calls the method of all of them, in order.

    Parameters
    ----------
    callbacks : list of convviz.nn.callbacks.Callback
    model : convviz.nn.Model
    params : dict
        See `convviz.nn.callbacks.Callback`.
    """

    def __init__(self, callbacks, model, params):
        self.callbacks = callbacks
        for callback in callbacks:
            callback.set_model(model)
        for callback in callbacks:
            callback.set_params(params)
        self.listening = {kind: [one for one in callbacks if listens(one, kind)] for kind in BATCH_METHODS}

    def listens(self, kind):
        """Whether any callback does something at the beginning or end of batches of "train", "test" or "predict"."""
        return bool(self.listening[kind])

    def on_every_batch(self, kind):
        """Whether any of these must be called for every single batch."""
        return any(callback.every_batch for callback in self.listening[kind])

    def call(self, event, *arguments):
        """Call ``on_<event>`` of all."""
        for callback in self.callbacks:
            getattr(callback, f"on_{event}")(*arguments)

    def call_batch(self, event, batch, logs):
        """Call ``on_<event>`` for a batch, such as "train_batch_end", of those that do something then."""
        for callback in self.listening[event.split("_")[0]]:
            getattr(callback, f"on_{event}")(batch, logs=logs)


def listens(callback, kind):
    """Whether a callback does something at the beginning or end of batches."""
    return any(
        getattr(getattr(callback, name), "__func__", None) is not getattr(Callback, name) for name in BATCH_METHODS[kind]
    )


def checked_callbacks(callbacks):
    """A list of callbacks, or an error; lists of lists and dicts are taken, too."""
    if callbacks is None:
        return []
    if isinstance(callbacks, dict):
        callbacks = list(callbacks.values())
    if isinstance(callbacks, (list, tuple)):
        return [found for one in callbacks for found in checked_callbacks(one)]
    if isinstance(callbacks, type) or not isinstance(callbacks, Callback):
        raise TypeError(
            f"callbacks are objects of convviz.nn.callbacks.Callback; {brief(callbacks)} is "
            f"{'a class: make one of it with ()' if isinstance(callbacks, type) else type(callbacks).__name__}"
        )
    return [callbacks]
