"""Numba's simulator with threads that take turns: the same every time, and many times as fast.

The simulator starts a thread of Python's for each thread of a block. They run at the same time, so that two may make the
same shared array, one each, and one that looks after them keeps the interpreter from them. Here each runs up to a barrier,
then the next; every other time the last one begins, so that a barrier that is missing shows. Kernels without a barrier
need no threads of Python's at all.
"""

import functools
import threading

import numpy as np
from numba.cuda.simulator import kernel as simulator
from numba.cuda.simulator.kernelapi import Dim3

__all__ = ["Turns", "take_turns"]


def take_turns(put):
    """Let all kernels run so, by a call of ``put(object, name, value)``, such as `setattr`."""
    put(simulator, "BlockManager", Turns)


def reached(function):
    """What a function of Python's may call or use, by the names in its code."""
    names = set(function.__code__.co_names)
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    return names, [function.__globals__.get(name) for name in names] + cells


@functools.cache
def waits(function, *seen):
    """Whether a function, or one that it calls, has a barrier."""
    names, values = reached(function)
    if any(name.startswith("sync") for name in names):
        return True
    inner = (getattr(value, "fn", value) for value in values)
    return any(
        waits(one, function, *seen)
        for one in inner
        if isinstance(one, type(waits.__wrapped__)) and one is not function and one not in seen
    )


class Worker(threading.Thread):
    """What is a thread of a block for a while, again and again."""

    def __init__(self, stopped):
        super().__init__(daemon=True)
        self.stopped, self.gate, self.job, self.error, self.abort = stopped, threading.Semaphore(0), None, None, False
        self.start()

    def run(self):
        while True:
            self.gate.acquire()
            try:
                if not self.abort:
                    self.job()
            except BaseException as error:  # noqa: B036, it is raised where the kernel was launched
                self.error = error
            self.job = None
            self.stopped.release()

    def go(self):
        """Run up to a barrier, or to the end."""
        self.gate.release()
        self.stopped.acquire()

    def syncthreads(self):
        """Wait for all others."""
        self.stopped.release()
        self.gate.acquire()
        if self.abort:
            raise RuntimeError("another thread of the block failed")


#: Workers, and where they say that they have stopped.
WORKERS, STOPPED = [], threading.Semaphore(0)


class Turns(simulator.BlockManager):
    """The simulator's manager of a block."""

    def run(self, grid_point, *args):
        points = list(np.ndindex(*self._block_dim))
        if waits(self._f):
            self.by_workers(grid_point, points, args)
        else:
            me = threading.current_thread()
            for point in points:
                self.become(me, grid_point, point)
                self._f(*args)

    def become(self, thread, grid_point, point):
        """Let a thread of Python's stand for one of the block."""
        wide, high, _ = self._block_dim
        thread.blockIdx, thread.threadIdx = Dim3(*grid_point), Dim3(*point)
        thread.thread_id = point[0] + wide * (point[1] + high * point[2])

    def by_workers(self, grid_point, points, args):
        """Run the threads of a block in turns."""
        while len(WORKERS) < len(points):
            WORKERS.append(Worker(STOPPED))
        running = WORKERS[: len(points)]
        for worker, point in zip(running, points, strict=True):
            self.become(worker, grid_point, point)
            worker.job, worker.error, worker.abort = functools.partial(self._f, *args), None, False
        while running:
            for worker in running:
                worker.go()
                if worker.error is not None:
                    self.give_up(running, worker.error)
            running = [worker for worker in reversed(running) if worker.job is not None]

    @staticmethod
    def give_up(running, error):
        """End the other threads, and raise the error of one."""
        for worker in running:
            worker.abort = True
            if worker.job is not None:
                worker.go()
        raise error
