"""Activations of one cell, and how a gradient goes back through them; the definitions are those of Keras 3.

`parameter` is the negative slope of leaky_relu and the alpha of elu; the others do not look at it. Gradients need the
result y or, where their docstring says so, the argument x. Constants take the type of the cell, or float32 would
become float64. No intermediate result overflows, arguments may be infinite, and NaN stays NaN.
"""

from math import erfc, exp, expm1, log1p

__all__ = [
    "elu",
    "elu_gradient",
    "gelu",
    "gelu_gradient",
    "leaky_relu",
    "leaky_relu_gradient",
    "limited",
    "linear",
    "linear_gradient",
    "mish",
    "mish_gradient",
    "relu",
    "relu_gradient",
    "selu",
    "selu_gradient",
    "sigmoid",
    "sigmoid_gradient",
    "softplus",
    "softplus_gradient",
    "swish",
    "swish_gradient",
    "tanh",
    "tanh_gradient",
]

SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
ROOT_HALF, ROOT_2_PI = 0.70710678118654752440, 2.50662827463100050242


def limited(x):
    """x, but at least −1000, so that infinity times a factor of 0 is not NaN."""
    low = type(x)(-1000)
    return low if x < low else x


def linear(x, parameter):
    """x."""
    return x


def linear_gradient(gradient, y, parameter):
    """The gradient itself."""
    return gradient


def relu(x, parameter):
    """max(x, 0)."""
    zero = type(x)(0)
    return zero if x <= zero else x


def relu_gradient(gradient, y, parameter):
    """The gradient, 0 where y is 0; an infinite one too."""
    zero = type(y)(0)
    return zero if y <= zero else gradient


def leaky_relu(x, parameter):
    """x, times the negative slope where it is negative."""
    return parameter * x if x < type(x)(0) else x


def leaky_relu_gradient(gradient, y, parameter):
    """From y, whose sign is x's unless the negative slope is negative; at 0 the slope is the negative one."""
    return gradient if y > type(y)(0) else gradient * parameter


def elu(x, parameter):
    """x, or alpha·(e^x − 1) where it is negative."""
    zero = type(x)(0)
    return x if x > zero else parameter * expm1(zero if x > zero else x)


def elu_gradient(gradient, y, parameter):
    """From y, as alpha·e^x = y + alpha."""
    return gradient if y > type(y)(0) else gradient * (y + parameter)


def selu(x, parameter):
    """scale·x, or scale·alpha·(e^x − 1) where x is negative."""
    zero, scale, alpha = type(x)(0), type(x)(SELU_SCALE), type(x)(SELU_SCALE * SELU_ALPHA)
    return scale * x if x > zero else alpha * expm1(zero if x > zero else x)


def selu_gradient(gradient, y, parameter):
    """From y, as for elu."""
    scale, alpha = type(y)(SELU_SCALE), type(y)(SELU_SCALE * SELU_ALPHA)
    return gradient * (scale if y > type(y)(0) else y + alpha)


def sigmoid(x, parameter):
    """1 / (1 + e^−x)."""
    one, small = type(x)(1), exp(-abs(x))
    return (small if x < type(x)(0) else one) / (one + small)


def sigmoid_gradient(gradient, y, parameter):
    """y·(1 − y)."""
    return gradient * (y * (type(y)(1) - y))


def tanh(x, parameter):
    """(1 − e^−2x) / (1 + e^−2x)."""
    two = type(x)(2)
    below = expm1(-two * abs(x))
    size = -below / (two + below)
    return -size if x < type(x)(0) else size


def tanh_gradient(gradient, y, parameter):
    """1 − y²."""
    one = type(y)(1)
    return gradient * ((one - y) * (one + y))


def softplus(x, parameter):
    """log(1 + e^x) = max(x, 0) + log(1 + e^−|x|)."""
    zero = type(x)(0)
    return (zero if x < zero else x) + log1p(exp(-abs(x)))


def softplus_gradient(gradient, y, parameter):
    """sigmoid(x) = 1 − e^−y."""
    return gradient * -expm1(-y)


def swish(x, parameter):
    """x·sigmoid(x), also called SiLU."""
    one, small = type(x)(1), exp(-abs(x))
    return limited(x) * ((small if x < type(x)(0) else one) / (one + small))


def swish_gradient(gradient, x, parameter):
    """From x: s + x·s·(1 − s), where s is sigmoid(x)."""
    one, size = type(x)(1), -limited(-abs(x))
    small = exp(-size)
    s = (small if x < type(x)(0) else one) / (one + small)
    # s·(1 − s) is the same on both sides of 0
    slope = size * (small / ((one + small) * (one + small)))
    return gradient * (s - slope if x < type(x)(0) else s + slope)


def gelu(x, parameter):
    """x·(1 + erf(x / √2)) / 2, the exact form."""
    return type(x)(0.5) * limited(x) * erfc(-x * type(x)(ROOT_HALF))


def gelu_gradient(gradient, x, parameter):
    """From x: P(x) + x·P′(x), where P is the normal distribution."""
    half, size = type(x)(0.5), -limited(-abs(x))
    slope = size * exp(-half * size * size) / type(x)(ROOT_2_PI)
    normal = half * erfc(-x * type(x)(ROOT_HALF))
    return gradient * (normal - slope if x < type(x)(0) else normal + slope)


def mish(x, parameter):
    """x·tanh(softplus(x)) = x·(n² + 2n) / (n² + 2n + 2), where n = e^x."""
    one, two, small = type(x)(1), type(x)(2), exp(-abs(x))
    above = one + two * small
    below = small * (small + two)
    part = below / (below + two) if x < type(x)(0) else above / (above + two * small * small)
    return limited(x) * part


def mish_gradient(gradient, x, parameter):
    """From x: t + x·(1 − t²)·sigmoid(x), where t = tanh(softplus(x)) = p / q and 1 − t² = (q − p)·(q + p) / q²."""
    one, two, size = type(x)(1), type(x)(2), -limited(-abs(x))
    small = exp(-size)
    negative = x < type(x)(0)
    p = small * (small + two) if negative else one + two * small
    q = p + two if negative else p + two * small * small
    slope = size * type(x)(4) * (one + small) * (small if negative else small * small) / (q * q)
    return gradient * (p / q - slope if negative else p / q + slope)
