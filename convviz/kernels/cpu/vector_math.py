"""Exponentials of float32 that compilers can make vector code of; those of float64 come from the C library.

A library's function has to be called number by number. These are polynomials instead, fitted at Chebyshev's points to a
relative error below 2e-8, so that what remains is the rounding of float32: see each function.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import overload

from convviz.kernels.cpu.compile import intrinsic
from convviz.kernels.interpreted import INTERPRETED, math
from convviz.kernels.scalar.targets import FLOATS, arithmetic

__all__ = ["erfc", "exp", "expm1", "log1p"]

F = np.float32
#: Adding this to a small float32 and taking it away again rounds to a whole number.
ROUND = F(1.5 * 2**23)
LOG2_E, LN2_HIGH, LN2_LOW = F(1.4426950408889634), F(0.693145751953125), F(1.42860682030941723212e-6)
#: (e^r − 1 − r) / r² for |r| ≤ ln 2 / 2.
EXPONENTIAL = tuple(F(c) for c in (0.50000000135, 0.16666666719, 0.04166646491, 0.00833329847, 0.00139336504, 0.00019899285))
#: 2·artanh(s) / s in powers of s², for s ≤ 1/3.
LOGARITHM = tuple(F(c) for c in (1.9999999998, 0.66666679253, 0.3999869481, 0.28620623444, 0.21394267037, 0.24409404729))
#: erfc(a)·e^a² / t in powers of t = 2 / (2 + a), for a ≥ 0.
COMPLEMENT = tuple(
    F(c)
    for c in (
        0.28209479506,
        0.28209377679,
        0.24688387983,
        0.17532407538,
        0.09341474853,
        -0.05905091009,
        0.13185004036,
        -0.45456371840,
        0.49338574204,
        -0.23460549071,
        0.04317306595,
    )
)


@intrinsic(instead=lambda exponent: F(math.ldexp(1, int(exponent))))
def power_of_two(typing, exponent):
    """2^k as float32 for an int32 `exponent` k, −126 ≤ k ≤ 127: k into the bits that hold the exponent."""

    def codegen(context, builder, signature, arguments):
        integer = ir.IntType(32)
        bits = builder.shl(builder.add(arguments[0], integer(127)), integer(23))
        return builder.bitcast(bits, ir.FloatType())

    return types.float32(types.int32), codegen


@arithmetic
def reduced(x):
    """k and r with x = k·ln 2 + r, and (e^r − 1)."""
    k = (x * LOG2_E + ROUND) - ROUND
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    c = EXPONENTIAL
    series = c[0] + r * (c[1] + r * (c[2] + r * (c[3] + r * (c[4] + r * c[5]))))
    return np.int32(k), r + (r * r) * series


@arithmetic
def bounded(x, low, high):
    """x, or the bound it lies beyond, `low` or `high`; `low` for NaN, which must not be made a whole number."""
    x = high if x > high else x
    return x if x >= low else low


@arithmetic
def exp_float32(x):
    """e^x within one unit in the last place, denormal and infinite results too."""
    k, rest = reduced(bounded(x, F(-104), F(89)))
    half = k >> np.int32(1)
    # in two steps, as neither 2^128 nor 2^−149 has an exponent of its own
    result = (F(1) + rest) * power_of_two(half) * power_of_two(k - half)
    return result if x == x else x


@arithmetic
def expm1_float32(x):
    """e^x − 1 for x ≤ 0 within one unit in the last place."""
    k, rest = reduced(bounded(x, F(-20), F(0)))
    power = power_of_two(k)
    result = power * rest + (power - F(1))
    return result if x == x else x


@arithmetic
def log1p_float32(x):
    """log(1 + x) for 0 ≤ x ≤ 1 within 3 units in the last place."""
    s = x / (F(2) + x)
    q, c = s * s, LOGARITHM
    return s * (c[0] + q * (c[1] + q * (c[2] + q * (c[3] + q * (c[4] + q * c[5])))))


@arithmetic
def erfc_float32(x):
    """1 − erf(x), with an error of 4e-7, and where it is small, of about x² units in the last place."""
    a = abs(x)
    t, c = F(2) / (F(2) + a), COMPLEMENT
    series = c[6] + t * (c[7] + t * (c[8] + t * (c[9] + t * c[10])))
    series = c[0] + t * (c[1] + t * (c[2] + t * (c[3] + t * (c[4] + t * (c[5] + t * series)))))
    right = exp_float32(-(a * a)) * (t * series)
    return right if x >= F(0) else F(2) - right


def exp(x):
    """e^x."""
    return math.exp(x)


def expm1(x):
    """e^x − 1, for x ≤ 0."""
    return math.expm1(x)


def log1p(x):
    """log(1 + x), for 0 ≤ x ≤ 1."""
    return math.log1p(x)


def erfc(x):
    """1 − erf(x)."""
    return math.erfc(x)


def by_dtype(function, single):
    """`function` as compiled code and Python call it: `single` for float32, and as it stands for float64."""

    def chosen(x):
        return (lambda x: single(x)) if x == types.float32 else function

    if INTERPRETED:
        return lambda x: single(x) if isinstance(x, F) else function(x)
    overload(function, jit_options=FLOATS)(chosen)
    return function


exp = by_dtype(exp, exp_float32)
expm1 = by_dtype(expm1, expm1_float32)
log1p = by_dtype(log1p, log1p_float32)
erfc = by_dtype(erfc, erfc_float32)
