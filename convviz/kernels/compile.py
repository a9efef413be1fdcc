"""Compiling for the CPU, with a cache on disk that notices a change in any of the kernels' sources.

Numba keys its cache by the file a function stands in, so a change in `window.py` would leave what was compiled into
`cpu.py` as it was. Here every function is keyed by all sources of this folder.
"""

import functools
import hashlib
from pathlib import Path

import numba

__all__ = ["compiled", "leaf", "part"]


@functools.lru_cache(maxsize=1)
def sources_hash():
    """Hash of every source file of the kernels."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def leaf(function):
    """`function` for use inside other compiled functions."""
    return numba.njit(function)


def part(function):
    """`function` as a part of the compiled functions that call it: what it holds is then compiled once, not once a level."""
    return numba.njit(function, inline="always")


def compiled(function):
    """`function` compiled on first call for its argument types, without the interpreter's lock, kept on disk where possible."""
    dispatcher = numba.njit(nogil=True)(function)
    try:
        dispatcher.enable_caching()
    except RuntimeError:  # no folder can be written to: compile anew in every process
        return dispatcher
    file = getattr(dispatcher._cache, "_cache_file", None)
    if hasattr(file, "_source_stamp"):
        file._source_stamp = sources_hash()
    return dispatcher
