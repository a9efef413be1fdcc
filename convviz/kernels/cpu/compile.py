"""Compiling for the CPU, with a cache on disk whose key covers all sources of the kernels."""

import numba

from convviz.kernels import sources
from convviz.kernels.cpu import numba_private

__all__ = ["compiled", "device_function", "inline", "library"]


def device_function(function):
    """`function` for use inside other compiled functions only: what would call it from Python is not compiled."""
    return numba_private.internal(function)


def inline(function):
    """`function` as a part of the compiled functions that call it: what it holds is then compiled once, not once a level."""
    return numba.njit(function, inline="always")


def compiled(function):
    """`function` compiled on first call for its argument types, without the interpreter's lock, kept on disk where possible."""
    return kept(numba.njit(nogil=True, **numba_private.KERNEL_OPTIONS)(function))


def library(function):
    """`function` as a holder of compiled code that is never called from Python, kept on disk where possible."""
    return kept(device_function(function))


def kept(dispatcher):
    """A compiled function with its cache."""
    numba_private.enable_caching(dispatcher, sources.sources_hash("cpu"))
    return dispatcher
