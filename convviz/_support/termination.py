"""SIGTERM and SIGHUP while something is unfinished: it is undone, then the process ends as it would have done anyway.

An exception, as for Ctrl-C, would not do: compiled code that calls Python may swallow it, and a program may catch it.
"""

import contextlib
import os
import signal
import threading

__all__ = ["postponed", "undone"]

SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
#: What is to be undone, as (process, function), the last first. A process that is forked meanwhile leaves it alone.
_unfinished = []


@contextlib.contextmanager
def undone(undo):
    """Call `undo()` if SIGTERM or SIGHUP end the process while the body of the ``with`` statement runs.

    Signals are heard by the main thread; where the body runs in another one, `undo` is called if the main thread has a body
    of its own. Whoever handles or ignores a signal by a function of their own is not disturbed.

    Examples
    --------
    >>> with undone(lambda: print("removed")):
    ...     signal.getsignal(signal.SIGTERM) is end
    True
    >>> signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    True
    """
    entry = os.getpid(), undo
    _unfinished.append(entry)
    taken = take_signals()
    try:
        yield
    finally:
        for number in taken:
            if signal.getsignal(number) is end:
                signal.signal(number, signal.SIG_DFL)
        _unfinished.remove(entry)


def take_signals():
    """Handle the signals by which the process would simply end; which ones these are."""
    if threading.current_thread() is not threading.main_thread():
        return []
    taken = [number for number in SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, end)
    return taken


def end(number, frame):
    """Undo what is unfinished, and end by the same signal."""
    for process, undo in reversed(_unfinished):
        if process == os.getpid():
            with contextlib.suppress(Exception):
                undo()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


@contextlib.contextmanager
def postponed():
    """Signals that come meanwhile are heard at the end; programs that are started meanwhile never hear them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    usual = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, usual)
