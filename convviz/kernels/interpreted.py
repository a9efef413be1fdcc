"""What stands for compiled code where ``NUMBA_DISABLE_JIT=1`` tells numba not to compile: Python runs the kernels, slowly.

Python and machine code differ where a result is no ordinary number. Machine code gives infinity or NaN, and whole numbers
of 64 bits wrap around; Python raises an error for ``math.exp(1000)``, and NumPy warns. Here both give what machine code
gives. The bits are those of compiled code that is told ``CONVVIZ_SIMD=plain``, but for logarithms of float32, whose last
digit may differ; code for a processor's vectors rounds a product and a sum together, and so differs in last digits anyway.
"""

import functools
import math as standard
from types import SimpleNamespace

import numba
import numpy as np

__all__ = ["INTERPRETED", "math", "numpy_arithmetic", "quiet", "rebound"]

#: Whether kernels are run by Python. Numba reads the environment variable once, when it is loaded.
INTERPRETED = bool(numba.config.DISABLE_JIT)


def unfailing(function, other):
    """A function of `math`, in the type of its argument; what the C library gives where `math` raises an error: `other`."""

    @functools.wraps(function)
    def calculate(x):
        if isinstance(x, np.float32):
            return other(x)
        try:
            return np.float64(function(x))
        except (OverflowError, ValueError):
            return np.float64(other(x))

    return calculate


#: By each function of `math` that kernels call the one that gives infinity or NaN where it raises an error.
FUNCTIONS = {
    getattr(standard, name): unfailing(getattr(standard, name), other)
    for name, other in {
        "erfc": lambda x: type(x)(standard.erfc(x)),  # NumPy has none
        "exp": np.exp,
        "expm1": np.expm1,
        "log": np.log,
        "log1p": np.log1p,
        "sqrt": np.sqrt,
    }.items()
}


def rebound(scope):
    """The names of a module, with the functions of `math` among them as machine code has them."""
    if not INTERPRETED:
        return scope
    return {name: FUNCTIONS.get(value, value) if callable(value) else value for name, value in scope.items()}


def quiet(function):
    """`function` without NumPy's warnings, such as that an integer has wrapped around."""

    @functools.wraps(function)
    def quietly(*arguments):
        with np.errstate(all="ignore"):
            return function(*arguments)

    return quietly


def numpy_arithmetic(function):
    """`function` for numbers of Python too, which become NumPy's: a division by zero then gives infinity or NaN."""

    @functools.wraps(function)
    def calculate(*numbers):
        if float not in map(type, numbers):  # as in all kernels: this runs for every cell
            return function(*numbers)
        with np.errstate(all="ignore"):
            return function(*(np.float64(number) if type(number) is float else number for number in numbers))

    return calculate


#: What kernels use as `math`.
math = SimpleNamespace(**rebound(vars(standard))) if INTERPRETED else standard
