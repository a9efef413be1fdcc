"""Activations of whole arrays, and their gradients. Arrays are C-ordered, of any shape, of float32 or float64.

The formulas stand in `convviz.kernels.scalar.activations`; what a gradient needs is y for linear, relu, leaky_relu, elu,
selu, sigmoid, tanh and softplus, and x for swish, gelu and mish.

Arguments of kernels besides those that `convviz.kernels` describes:

========== ================================================================================
parameter  the negative slope of leaky_relu, the alpha of elu; the others do not look at it
kind       an instance of the activation's type, see `ACTIVATIONS`
known      x or y, as the gradient needs it
========== ================================================================================
"""

from collections import namedtuple

import numpy as np
from numba.extending import overload

from convviz.kernels.cpu import memory, vector_math
from convviz.kernels.cpu.chunks import share_cells
from convviz.kernels.cpu.compile import compiled
from convviz.kernels.scalar import activations as scalar
from convviz.kernels.scalar.targets import FLOATS, compile_functions

__all__ = ["ACTIVATIONS", "DEFAULTS", "NEEDS_X", "activate", "activation_gradient"]

NAMES = "linear relu leaky_relu elu selu sigmoid tanh softplus swish gelu mish"
#: What `parameter` is unless it is given: leaky_relu's negative slope, elu's alpha.
DEFAULTS = {"leaky_relu": 0.2, "elu": 1.0}
#: The gradients of these need x, all others y.
NEEDS_X = frozenset({"swish", "gelu", "mish"})
#: Cells that are done at a time.
BLOCK = 1024

(Linear, Relu, LeakyRelu, Elu, Selu, Sigmoid, Tanh, Softplus, Swish, Gelu, Mish) = kinds = [
    # compiled code is made for each of these types, and kept on disk under its name
    namedtuple(name, (), module=__name__)
    for name in "Linear Relu LeakyRelu Elu Selu Sigmoid Tanh Softplus Swish Gelu Mish".split()
]
#: An instance of its type by the name of each activation.
ACTIVATIONS = {name: kind() for name, kind in zip(NAMES.split(), kinds, strict=True)}

functions = {"erfc": vector_math.erfc, "exp": vector_math.exp, "expm1": vector_math.expm1, "log1p": vector_math.log1p}
VALUES = dict(zip(kinds, compile_functions(scalar, NAMES, **functions), strict=True))
GRADIENTS = dict(
    zip(kinds, compile_functions(scalar, " ".join(f"{n}_gradient" for n in NAMES.split()), **functions), strict=True)
)


def value(kind, x, parameter):
    """The activation of one cell."""
    return VALUES[type(kind)](x, parameter)


@overload(value, jit_options=FLOATS)
def value_for(kind, x, parameter):
    """The function of the kind's type."""
    function = VALUES[kind.instance_class]
    return lambda kind, x, parameter: function(x, parameter)


def give_back(kind, gradient, known, parameter):
    """The gradient of one cell."""
    return GRADIENTS[type(kind)](gradient, known, parameter)


@overload(give_back, jit_options=FLOATS)
def give_back_for(kind, gradient, known, parameter):
    """The function of the kind's type."""
    function = GRADIENTS[kind.instance_class]
    return lambda kind, gradient, known, parameter: function(gradient, known, parameter)


@compiled
def value_cells(x, y, parameter, kind, begin, end):
    """Cells `begin` … `end` of `activate`; flat arrays."""
    # x and y may be one array; compilers make vector code only where they see that source and target are two
    results = np.empty(BLOCK, y.dtype)
    for first in range(begin, end, BLOCK):
        source = x[first : min(first + BLOCK, end)]
        target = y[first : min(first + BLOCK, end)]
        for i in range(len(source)):
            results[i] = value(kind, source[i], parameter)
        for i in range(len(target)):
            target[i] = results[i]


@compiled
def gradient_cells(gradient, known, parameter, kind, begin, end):
    """Cells `begin` … `end` of `activation_gradient`; flat arrays."""
    mine, known = gradient[begin:end], known[begin:end]
    for i in range(len(mine)):
        mine[i] = give_back(kind, mine[i], known[i], parameter)


def activate(name, x, y, parameter=None):
    """An activation of every cell.

    Parameters
    ----------
    name : str
        One of `ACTIVATIONS`.
    x, y : ndarray of float32 or float64, of one shape
        Argument and result; they may be the same array.
    parameter : float, optional
        leaky_relu's negative slope (0.2 unless given) or elu's alpha (1).
    """
    memory.require("y", y, x.shape, x.dtype)
    cells = memory.readable(x).reshape(-1), memory.writable(y, "y")
    share_cells(value_cells, x.size, *cells, number(name, parameter, y.dtype), ACTIVATIONS[name])


def activation_gradient(name, gradient, y, x=None, parameter=None):
    """The gradient with respect to x, calculated from that with respect to y in its place.

    Parameters
    ----------
    name : str
        One of `ACTIVATIONS`.
    gradient : ndarray of float32 or float64
    y, x : ndarray of the same shape and dtype, or None
        Result and argument of the activation. For those in `NEEDS_X` only x is looked at, for the others only y.
    parameter : float, optional
        As for `activate`.
    """
    known, which = (x, "x") if name in NEEDS_X else (y, "y")
    if name == "linear":
        return
    if known is None:
        raise ValueError(f"the gradient of {name} is calculated from {which}, which is None")
    memory.require(which, known, gradient.shape, gradient.dtype)
    cells = memory.writable(gradient, "gradient"), memory.readable(known).reshape(-1)
    share_cells(gradient_cells, gradient.size, *cells, number(name, parameter, gradient.dtype), ACTIVATIONS[name])


def number(name, parameter, dtype):
    """The parameter of an activation in the type of the cells."""
    if name not in ACTIVATIONS:
        raise ValueError(f"unknown activation {name!r}; there are {', '.join(sorted(ACTIVATIONS))}")
    return dtype.type(DEFAULTS.get(name, 0) if parameter is None else parameter)
