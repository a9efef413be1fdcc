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

__all__ = ["cores", "each"]

#: How many seconds a process that is told to end has before it is killed.
PATIENCE = 5


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
        How many processes there are at most. With one job, or one task, no other process is started.

    Yields
    ------
    task : object
    result : object
        What the function returned; None if it failed.
    error : Exception or None
        What it raised; RuntimeError where its process died.

    Notes
    -----
    When the caller stops, by Ctrl-C too, the processes are ended at once, in the middle of what they do.

    Examples
    --------
    >>> for task, result, error in each(int, ["7", "x"], jobs=1):
    ...     print(task, result, error)
    7 7 None
    x None invalid literal for int() with base 10: 'x'
    """
    waiting = collections.deque(tasks)
    if min(jobs, len(waiting)) <= 1:
        for task in waiting:
            yield task, *outcome(function, task)
        return
    workers = {}
    try:
        for _ in range(min(jobs, len(waiting))):
            begin(workers, Worker(function), waiting)
        while workers:
            for connection in wait(list(workers)):
                worker = workers.pop(connection)
                done = worker.task, *worker.answer()
                if waiting:
                    begin(workers, Worker(function) if worker.died else worker, waiting)
                else:
                    worker.end()
                yield done
    finally:
        for worker in workers.values():
            worker.end()


def begin(workers, worker, waiting):
    """Give the next task to a worker."""
    workers[worker.connection] = worker
    worker.give(waiting.popleft())


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
        self.process = context.Process(target=serve, args=(function, theirs), daemon=True)
        self.task, self.died = None, False
        with deaf():
            self.process.start()
        theirs.close()

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
            self.end()
            return None, RuntimeError(f"the process that worked on it ended with status {self.process.exitcode}")

    def end(self):
        """End the process, whatever it is doing; what cleans up in it has a moment for that."""
        self.process.terminate()
        self.process.join(PATIENCE)
        self.process.kill()
        self.process.join()
        self.connection.close()


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
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
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
    """What is started meanwhile never hears Ctrl-C, which reaches all processes at the terminal."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
