"""Activations of whole arrays on a GPU, and their gradients: the functions of `convviz.kernels.scalar.activations`.

Arrays are C-ordered and on the GPU, of any shape, of float32 or float64. Each activation has two kernels of its own,
one of values and one of gradients. `convviz.kernels.cpu.activations` says which gradients need x, and what `parameter` is
unless it is given.
"""

import types

from convviz.kernels.cpu.activations import NAMES, NEEDS_X, number
from convviz.kernels.cuda import arrays, elementwise
from convviz.kernels.cuda.intrinsics import tools
from convviz.kernels.cuda.launch import cuda, device_function, kernel
from convviz.kernels.scalar import activations as scalar
from convviz.kernels.scalar.targets import compile_functions

__all__ = ["GRADIENTS", "VALUES", "activate", "activation_gradient"]

load4, store4 = tools().load4, tools().store4


def value(x, parameter):
    """The activation of one cell; every kernel made of `value_cells` has its own in this place."""
    raise NotImplementedError("for kernels")


def give_back(gradient, known, parameter):
    """The gradient of one cell; every kernel made of `gradient_cells` has its own in this place."""
    raise NotImplementedError("for kernels")


def value_cells(x, y, parameter, fours):
    """y from x, which may be the same row of cells."""
    i = cuda.grid(1)
    if i < fours:
        a, b, c, d = load4(x, 4 * i)
        a, b, c, d = value(a, parameter), value(b, parameter), value(c, parameter), value(d, parameter)
        store4(y, 4 * i, a, b, c, d)
    else:
        i += 3 * fours
        if i < x.size:
            y[i] = value(x[i], parameter)


def gradient_cells(gradient, known, parameter, fours):
    """The gradient with respect to x in the place of that with respect to y."""
    i = cuda.grid(1)
    if i < fours:
        a, b, c, d = load4(gradient, 4 * i)
        e, f, g, h = load4(known, 4 * i)
        a, b = give_back(a, e, parameter), give_back(b, f, parameter)
        c, d = give_back(c, g, parameter), give_back(d, h, parameter)
        store4(gradient, 4 * i, a, b, c, d)
    else:
        i += 3 * fours
        if i < gradient.size:
            gradient[i] = give_back(gradient[i], known[i], parameter)


def family(cells, place, names):
    """Kernels by the activation's name, all but linear's, made of `cells` with another function at the name `place`."""
    made = {}
    functions = compile_functions(scalar, names, how=device_function)
    for name, title, function in zip(NAMES.split(), names.split(), functions, strict=True):
        title = f"{title}_cells"
        own = types.FunctionType(cells.__code__, {**globals(), place: function}, title)
        own.__qualname__, own.__doc__ = title, cells.__doc__
        made[name] = kernel(own, key=title)
    del made["linear"]
    return made


#: The kernels of values and of gradients.
VALUES = family(value_cells, "value", NAMES)
GRADIENTS = family(gradient_cells, "give_back", " ".join(f"{name}_gradient" for name in NAMES.split()))


def activate(name, x, y, parameter=None, stream=0):
    """An activation of every cell.

    Parameters
    ----------
    name : str
        One of `convviz.kernels.cpu.activations.ACTIVATIONS`.
    x, y : device array of float32 or float64, of one shape
        Argument and result; they may be the same array.
    parameter : float, optional
        leaky_relu's negative slope (0.2 unless given) or elu's alpha (1).
    stream : a stream of numba's, default 0

    Raises
    ------
    ValueError
        If there is no such activation, or x and y do not fit.
    """
    arrays.require("y", y, x.shape, x.dtype)
    parameter = number(name, parameter, y.dtype)
    if name == "linear":
        elementwise.copy(x, y, stream=stream)
    else:
        elementwise.launch_fours(VALUES[name], [x, y], parameter, stream=stream)


def activation_gradient(name, gradient, y, x=None, parameter=None, stream=0):
    """The gradient with respect to x, calculated from that with respect to y in its place.

    Parameters
    ----------
    name : str
        One of `convviz.kernels.cpu.activations.ACTIVATIONS`.
    gradient : device array of float32 or float64
    y, x : device array of the same shape and dtype, or None
        Result and argument of the activation. For those in `convviz.kernels.cpu.activations.NEEDS_X` only x is looked at,
        for the others only y, and for linear neither.
    parameter : float, optional
        As for `activate`.
    stream : a stream of numba's, default 0

    Raises
    ------
    ValueError
        If there is no such activation, or what it needs is None or does not fit.
    """
    parameter = number(name, parameter, gradient.dtype)
    if name == "linear":
        return
    known, which = (x, "x") if name in NEEDS_X else (y, "y")
    if known is None:
        raise ValueError(f"the gradient of {name} is calculated from {which}, which is None")
    arrays.require(which, known, gradient.shape, gradient.dtype)
    elementwise.launch_fours(GRADIENTS[name], [gradient, known], parameter, stream=stream)
