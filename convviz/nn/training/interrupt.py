"""Ctrl-C while a model trains: the current step is finished first, so that no weight is left half changed."""

import contextlib
import signal
import threading

__all__ = ["noticed"]


@contextlib.contextmanager
def noticed():
    """A list that is no longer empty once Ctrl-C was pressed; pressed again, it raises KeyboardInterrupt as always."""
    pressed = []
    usual = signal.getsignal(signal.SIGINT)
    if usual is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield pressed
        return

    def note(number, frame):
        if pressed:
            signal.signal(signal.SIGINT, usual)
            raise KeyboardInterrupt
        pressed.append(True)

    signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, usual)
