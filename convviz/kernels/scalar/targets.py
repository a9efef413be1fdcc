"""Compiling a module of plain scalar arithmetic, for the CPU or for another target.

Such a module holds undecorated functions that import nothing but ``math``, so that every target can compile them. They
may call one another; compiled code can only call what is compiled too.
"""

import types

import numba

from convviz.kernels.interpreted import INTERPRETED, numpy_arithmetic, rebound

__all__ = ["FLOATS", "arithmetic", "compile_functions"]


#: A division by 0 gives infinity or NaN. Otherwise it would raise ZeroDivisionError as Python does, and the test for
#: that, like a call, keeps compilers from making vector code.
FLOATS = {"error_model": "numpy", "forceinline": True}


def arithmetic(function):
    """`function` for use inside other compiled functions: without calls, and with a division as IEEE 754 has it."""
    return numpy_arithmetic(function) if INTERPRETED else numba.njit(function, **FLOATS)


def compile_functions(module, names, how=arithmetic, **others):
    """Compile all of a module's public functions and give those that are asked for.

    Parameters
    ----------
    module : module
        Each function of its ``__all__`` is compiled.
    names : str
        Those that are asked for, with blanks between them.
    how : callable, optional
        What compiles one function.
    **others : compiled functions
        What the functions shall call instead of what the module imports by that name, such as ``exp=``.

    Returns
    -------
    list
    """
    scope = {**rebound(vars(module)), **others}
    for name in module.__all__:
        function = getattr(module, name)
        scope[name] = how(types.FunctionType(function.__code__, scope, name, function.__defaults__))
    return [scope[name] for name in names.split()]
