"""All that convviz uses of numba beyond what numba's documentation promises; tests/kernels/test_numba_private.py tests each.

Where a new version of numba changes one of these, this is the file to change.
"""

import numba
from numba.core import cgutils
from numba.core.codegen import CodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.errors import TypingError
from numba.core.registry import CPUDispatcher
from numba.np.ufunc import parallel

__all__ = [
    "KERNEL_OPTIONS",
    "RUNS_WHEN_LOADED",
    "TypingError",
    "cgutils",
    "compiler_lock",
    "enable_caching",
    "internal",
    "run_when_loaded",
    "symbol_address",
    "thread_pool_started",
]

#: Held while numba compiles. Importing a module of kernels and forking take it too; a thread may take it twice.
compiler_lock = global_compiler_lock

#: For functions that Python calls: nothing is compiled by which C would call them.
KERNEL_OPTIONS = {"no_cfunc_wrapper": True}


class Internal(CPUDispatcher):
    """A compiled function that only compiled functions may call."""

    def __call__(self, *arguments, **options):
        """Without code to call it from Python, the process would end here."""
        raise TypeError(f"{self.__name__} can be called by compiled functions only")


def internal(function):
    """`function` compiled for other compiled functions: no code is made by which Python or C would call it."""
    dispatcher = numba.njit(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)
    dispatcher.__class__ = Internal
    return dispatcher


def enable_caching(dispatcher, key):
    """Keep what a dispatcher compiles on disk while `key`, a text, stays the same; numba's own key is its file's time.

    Where no folder can be written to every process compiles.
    """
    try:
        dispatcher.enable_caching()
    except RuntimeError:
        return
    file = getattr(dispatcher._cache, "_cache_file", None)
    if hasattr(file, "_source_stamp"):
        file._source_stamp = key


def thread_pool_started():
    """Whether numba has started its own threads, or may have."""
    return getattr(parallel, "_is_initialized", True)


#: Whether `run_when_loaded` is possible: since numba 0.63.
RUNS_WHEN_LOADED = "_reload_init" in CodeLibrary.__init__.__code__.co_names


def run_when_loaded(context, function):
    """Let a function be called whenever the code that `context` is making comes from the cache on disk."""
    context.active_code_library._reload_init.add(function)


def symbol_address(dispatcher, signature, name):
    """The address of the function of this name in the machine code that a dispatcher has for a signature."""
    dispatcher.compile(signature)
    return dispatcher.overloads[signature].library.get_pointer_to_function(name)
