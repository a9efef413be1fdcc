"""Several callbacks as one."""

from convviz.nn.callbacks import Callback

__all__ = ["CallbackList", "checked_callbacks"]


class CallbackList:
    """Several callbacks: each event calls the method of all of them, in order.

    Attributes
    ----------
    on_batches : bool
        Whether any of them does something at the beginning or end of batches.
    on_every_batch : bool
        Whether any of these must be called for every single batch.
    """

    def __init__(self, callbacks, model, params):
        self.callbacks = callbacks
        for callback in callbacks:
            callback.set_model(model)
            callback.set_params(params)
        listening = [callback for callback in callbacks if listens_to_batches(callback)]
        self.on_batches, self.on_every_batch = bool(listening), any(callback.every_batch for callback in listening)

    def call(self, event, *arguments):
        """Call ``on_<event>`` of all."""
        for callback in self.callbacks:
            getattr(callback, f"on_{event}")(*arguments)


def listens_to_batches(callback):
    """Whether a callback does something at the beginning or end of batches."""
    return any(
        getattr(getattr(callback, name), "__func__", None) is not getattr(Callback, name)
        for name in ("on_train_batch_begin", "on_train_batch_end")
    )


def checked_callbacks(callbacks):
    """A list of callbacks, or an error."""
    given = [] if callbacks is None else list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
    for callback in given:
        if isinstance(callback, type) or not isinstance(callback, Callback):
            raise TypeError(
                f"callbacks are objects of convviz.nn.callbacks.Callback; {callback!r} is "
                f"{'a class: make one of it with ()' if isinstance(callback, type) else type(callback).__name__}"
            )
    return given
