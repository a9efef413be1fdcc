"""Compiling for the CPU, with a cache on disk that notices a change in any of the kernels' sources.

Numba keys its cache by the file a function stands in, so a change in `window.py` would leave what was compiled into
`cpu.py` as it was. Here every function is keyed by all sources of this folder.
"""

import functools
import hashlib
from pathlib import Path

import numba
from numba.core.registry import CPUDispatcher

__all__ = ["compiled", "leaf", "part"]


@functools.lru_cache(maxsize=1)
def sources_hash():
    """Hash of every source file of the kernels."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class Leaf(CPUDispatcher):
    """A function for compiled code only."""

    def __call__(self, *arguments, **options):
        """Without code to call it from Python, the process would end here."""
        raise TypeError(f"{self.__name__} can be called by compiled functions only")


def leaf(function):
    """`function` for use inside other compiled functions only: what would call it from Python is not compiled."""
    dispatcher = numba.njit(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)
    dispatcher.__class__ = Leaf
    return dispatcher


def part(function):
    """`function` as a part of the compiled functions that call it: what it holds is then compiled once, not once a level."""
    return numba.njit(function, inline="always")


def compiled(function):
    """`function` compiled on first call for its argument types, without the interpreter's lock, kept on disk where possible."""
    return kept(numba.njit(nogil=True, no_cfunc_wrapper=True)(function))


def library(function):
    """`function` as a holder of compiled code that is never called from Python, kept on disk where possible."""
    return kept(leaf(function))


def kept(dispatcher):
    """A compiled function with its cache."""
    try:
        dispatcher.enable_caching()
    except RuntimeError:  # no folder can be written to: compile anew in every process
        return dispatcher
    file = getattr(dispatcher._cache, "_cache_file", None)
    if hasattr(file, "_source_stamp"):
        file._source_stamp = sources_hash()
    return dispatcher
