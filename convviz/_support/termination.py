"""SIGTERM and SIGHUP while something is unfinished: it is undone, then the process ends as it would have done anyway.

An exception, as for Ctrl-C, would not do: compiled code that calls Python may swallow it, and a program may catch it.
"""

import contextlib
import os
import signal
import threading

__all__ = ["postponed", "undone"]

#: The signals that end a process unless it handles them; Windows has no SIGHUP.
SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
#: What is to be undone, as (process, function), the last first. A process that is forked meanwhile leaves it alone.
_unfinished = []


@contextlib.contextmanager
def undone(undo):
    """Call `undo()` if SIGTERM or SIGHUP end the process while the body of the ``with`` statement runs.

    What the body leaves behind when it raises an exception is removed within the body, so that no moment is left out.

    Signals are handled by the main thread; where the body runs in another one, `undo` is called if the main thread has a body
    of its own. A signal that is ignored, as SIGHUP under nohup, or that has a handler is left alone.

    Examples
    --------
    >>> with undone(lambda: print("removed")):
    ...     signal.getsignal(signal.SIGTERM) is end
    True
    >>> signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    True
    """
    entry = os.getpid(), undo
    try:
        _unfinished.append(entry)
        take_signals()
        yield
    finally:
        with contextlib.suppress(ValueError):  # Ctrl-C came before it was there
            _unfinished.remove(entry)
        give_signals_back()


def take_signals():
    """Handle the signals by which the process would simply end."""
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, end)


def give_signals_back():
    """Let them end the process, unless something is unfinished still: bodies of generators do not end in order."""
    if threading.current_thread() is not threading.main_thread() or any(process == os.getpid() for process, _ in _unfinished):
        return
    for number in SIGNALS:
        if signal.getsignal(number) is end:
            signal.signal(number, signal.SIG_DFL)


def end(number, frame):
    """Undo what is unfinished, and end by the same signal. Other signals, Ctrl-C too, would leave it half undone."""
    for other in (*SIGNALS, signal.SIGINT):
        signal.signal(other, signal.SIG_IGN)
    for process, undo in reversed(_unfinished):
        if process == os.getpid():
            with contextlib.suppress(Exception):
                undo()
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)  # of this thread: it does not return


@contextlib.contextmanager
def postponed():
    """Handle SIGTERM, SIGHUP and Ctrl-C at the end of the body.

    Blocking them would not do: other threads would receive them, and programs that the body starts would never do.

    Examples
    --------
    >>> with undone(lambda: None), postponed():
    ...     signal.getsignal(signal.SIGTERM) is end
    False
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came, usual = [], {}
    try:
        for number in (*SIGNALS, signal.SIGINT):
            handler = signal.getsignal(number)
            if callable(handler):
                usual[number] = handler
                signal.signal(number, lambda number, frame: came.append(number))
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
        for number in sorted(came, key=signal.SIGINT.__eq__):  # the exception of Ctrl-C would end the loop
            signal.raise_signal(number)
