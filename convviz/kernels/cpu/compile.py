"""Compiling for the CPU, with a cache on disk whose key covers all sources of the kernels.

Where numba is told not to compile every function stays as it is, see `convviz.kernels.interpreted`.
"""

import numba
import numba.extending

from convviz.kernels import sources
from convviz.kernels.cpu import numba_private
from convviz.kernels.interpreted import INTERPRETED, quiet

__all__ = ["compiled", "device_function", "inline", "intrinsic", "library"]


def device_function(function):
    """`function` for use inside other compiled functions only: what would call it from Python is not compiled."""
    return function if INTERPRETED else numba_private.internal(function)


def inline(function):
    """`function` as a part of the compiled functions that call it: what it holds is then compiled once, not once a level."""
    return numba.njit(function, inline="always")


def compiled(function):
    """`function` compiled on first call for its argument types, without the interpreter's lock, kept on disk where possible."""
    if INTERPRETED:
        return quiet(function)
    return kept(numba.njit(nogil=True, **numba_private.KERNEL_OPTIONS)(function))


def library(function):
    """`function` as a holder of compiled code that is never called from Python, kept on disk where possible."""
    return function if INTERPRETED else kept(device_function(function))


def intrinsic(instead, prefer_literal=False):
    """A decorator for functions that write llvm code, as numba's of this name; `instead` is the same for Python to run."""
    if INTERPRETED:
        return lambda function: instead
    return numba.extending.intrinsic(prefer_literal=prefer_literal)


def kept(dispatcher):
    """A compiled function with its cache."""
    numba_private.enable_caching(dispatcher, sources.sources_hash("cpu"))
    return dispatcher
