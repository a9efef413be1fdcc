"""Sharing rows of an output among all cores.

Compiled functions release the interpreter's lock, so plain threads serve. Numba's own parallel loops would not: of
the thread pools that come with it, one aborts the process when two threads enter it at once and another when a
forked child does. Each row is computed by one thread in a fixed order, so results do not depend on how many there
are.
"""

import contextlib
import itertools
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numba

from convviz.kernels.cpu.numba_private import compiler_lock, thread_pool_started

__all__ = ["share", "share_with", "thread_count"]

_lock = threading.Lock()
_pool = None


def thread_count():
    """How many threads to use: what ``numba.set_num_threads`` said, else ``NUMBA_NUM_THREADS``, else one per core."""
    # asking numba starts its thread pool, which a process that never uses it should not pay for
    if thread_pool_started():
        return numba.get_num_threads()
    return numba.config.NUMBA_NUM_THREADS


def forget():
    """Forget the pool: after a fork the child holds a copy whose threads do not exist, and perhaps a locked lock."""
    global _pool, _lock
    _pool, _lock = None, threading.Lock()
    compiler_lock.release()


if hasattr(os, "register_at_fork"):
    # a child forked while another thread compiles would find numba's lock taken for ever, and half a compiler
    os.register_at_fork(before=compiler_lock.acquire, after_in_parent=compiler_lock.release, after_in_child=forget)


def pool():
    """The threads, started on first use."""
    global _pool
    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(numba.config.NUMBA_NUM_THREADS, thread_name_prefix="convviz")
        return _pool


def share(function, rows, *arguments):
    """Call ``function(*arguments, start, stop)`` for ranges that cover ``range(rows)``, on all cores."""
    spread(function, rows, arguments, min(thread_count(), rows))


def spread(function, rows, arguments, threads):
    """`share` with so many threads at most."""
    if threads < 2:
        function(*arguments, 0, rows)
        return
    # more chunks than threads, so that a core that is busy elsewhere does not hold the others up
    chunks = min(rows, threads * 4)
    bounds = [rows * chunk // chunks for chunk in range(chunks + 1)]
    remaining = itertools.pairwise(bounds)
    take = threading.Lock()

    def work():
        while True:
            with take:
                span = next(remaining, None)
            if span is None:
                return
            function(*arguments, *span)

    helpers = []
    # at the end of a program the pool takes no more work: then this thread does it all
    with contextlib.suppress(RuntimeError):
        for _ in range(threads - 1):
            helpers.append(pool().submit(work))
    try:
        work()
    finally:
        for helper in helpers:
            if not helper.cancel():  # it has begun; one that has not finds nothing left to do
                helper.result()


def share_with(spaces, function, rows, *arguments):
    """`share` for functions with scratch space, a row of `spaces` a thread: ``function(*arguments, space, start, stop)``."""
    if rows == 0:
        return
    free = list(spaces)

    def with_space(*rest):
        space = free.pop()
        try:
            function(*rest[:-2], space, *rest[-2:])
        finally:
            free.append(space)

    spread(with_space, rows, arguments, min(thread_count(), rows, len(spaces)))
