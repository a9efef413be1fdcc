"""Tasks done by several processes at once: one that fails, or whose process dies, leaves the others alone."""

import collections
import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from multiprocessing.connection import wait

from convviz._support.termination import postponed, undone

__all__ = ["cores", "each"]

#: How many seconds a process that is told to end has: before it ends itself in the middle, and before it is killed.
MOMENT, PATIENCE = 3, 5


def cores():
    """How many cores this process may use.

    Examples
    --------
    >>> cores() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def each(function, tasks, jobs):
    """Do every task, and yield what came of each as soon as it is done.

    Parameters
    ----------
    function : callable
        Takes a task. It is sent to new processes, so it is a function of a module, or a `functools.partial` of one.
    tasks : iterable
        In the order in which they are begun.
    jobs : int
        How many processes there are at most; fewer where the system lets no more begin. With one job, or one task, no
        other process is started.

    Yields
    ------
    task : object
    result : object
        What the function returned; None if it failed.
    error : Exception or None
        What it raised; RuntimeError where its process died.

    Notes
    -----
    When the caller stops, by Ctrl-C, SIGTERM or SIGHUP too, the processes are ended at once, in the middle of what they do.

    Examples
    --------
    >>> for task, result, error in each(int, ["7", "x"], jobs=1):
    ...     print(task, result, error)
    7 7 None
    x None invalid literal for int() with base 10: 'x'
    """
    waiting = collections.deque(tasks)
    if min(jobs, len(waiting)) <= 1:
        yield from here(function, waiting)
        return
    busy, idle = {}, []
    with undone(lambda: end([*busy.values(), *idle])):
        try:
            employ(function, waiting, jobs, busy, idle)
            while busy:
                for connection in wait(list(busy)):
                    worker = busy.pop(connection)
                    done = worker.task, *worker.answer()
                    if not worker.died:
                        idle.append(worker)
                    employ(function, waiting, jobs, busy, idle)
                    yield done
            yield from here(function, waiting)
        finally:
            end([*busy.values(), *idle])


def here(function, tasks):
    """Do tasks in this process, one after the other."""
    for task in tasks:
        with insistent():
            done = task, *outcome(function, task)
        yield done


def employ(function, waiting, jobs, busy, idle):
    """Give tasks to workers, new ones if there are fewer than `jobs`, until no task or no worker is left."""
    while waiting and len(busy) < jobs:
        try:
            with postponed():  # until it stands where those are looked for that are to be ended
                worker = idle.pop() if idle else Worker(function)
                busy[worker.connection] = worker
        except OSError:  # no more processes, or files, may be opened: those that there are do the work
            return
        worker.give(waiting.popleft())


def end(workers):
    """End workers, whatever they are doing; what cleans up in them has a moment for that."""
    with deaf():
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.end()


def outcome(function, task):
    """What a function returns, and what it raises; one of them is None."""
    try:
        return function(task), None
    except Exception as error:
        return None, error


class Worker:
    """A process that does one task after the other.

    Attributes
    ----------
    process : multiprocessing.Process
    connection : multiprocessing.connection.Connection
        Becomes ready when the task is done or the process has died.
    task : object
        What it is doing.
    died : bool
        Whether the process ended while it did a task.
    """

    def __init__(self, function):
        # A new interpreter, whatever the system's custom: copies of this one would hold locks of threads that they lack.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.task, self.died = None, False
        self.process = context.Process(target=serve, args=(function, theirs), daemon=True)
        try:
            with theirs, deaf():
                self.process.start()
        except BaseException:
            self.connection.close()
            raise

    def give(self, task):
        """Let it do a task."""
        self.task = task
        with contextlib.suppress(OSError):  # it has died: `answer` will say so
            self.connection.send(task)

    def answer(self):
        """Result and error of its task."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            self.died = True
            self.process.join(PATIENCE)  # it is about to end: told to, it would end with another status
            self.end()
            return None, RuntimeError(f"the process that worked on it {said_of(self.process.exitcode)}")

    def end(self):
        """End the process."""
        self.process.terminate()
        self.process.join(PATIENCE)
        self.process.kill()
        self.process.join()
        self.connection.close()


def said_of(status):
    """How a process ended, as words."""
    if status == -getattr(signal, "SIGKILL", 0):
        return f"was killed (status {status}), as it is where memory runs out"
    return f"ended with status {status}"


def serve(function, connection):
    """What a worker does: the tasks that come, until the process that sends them has gone."""
    if hasattr(os, "setpgrp"):
        os.setpgrp()  # Ctrl-C would reach other programs that the worker starts
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, leave)
    with contextlib.suppress(EOFError, OSError):
        while True:
            result, error = outcome(function, connection.recv())
            connection.send((result, portable(error)))


def leave(*about):
    """End this process in good order, and without a word about what was left unfinished."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would interrupt what cleans up
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if hasattr(signal, "setitimer"):
        # compiled code that calls Python back, as numba's does, may swallow what is raised in it
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, MOMENT)
    sys.exit()


def portable(error):
    """An exception, or where another process could not read it, one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


@contextlib.contextmanager
def deaf():
    """Ctrl-C, which reaches all processes at the terminal, is heard after this; what is started meanwhile never hears it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # the first process would start it, and it would lend its ear to that one
    usual = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, usual)


@contextlib.contextmanager
def insistent():
    """Ctrl-C ends what is done meanwhile, at its end at the latest.

    Compiled code that calls Python back may swallow the KeyboardInterrupt, or make an error of its own of it.
    """
    usual, complain = signal.getsignal(signal.SIGINT), sys.unraisablehook
    if threading.current_thread() is not threading.main_thread() or not callable(usual):
        yield
        return
    pressed = []

    def note(*about):
        pressed.append(True)
        usual(*about)

    def quiet(about):
        if not issubclass(about.exc_type, KeyboardInterrupt):
            complain(about)

    signal.signal(signal.SIGINT, note)
    sys.unraisablehook = quiet
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        sys.unraisablehook = complain
    if pressed:
        raise KeyboardInterrupt
