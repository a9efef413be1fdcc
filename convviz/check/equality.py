"""When two numbers count as the same.

Where the right answer is whole numbers or Fractions, an answer is right if it is equal. Where it is floats, it may differ by
``tolerance·max(1, |right|)``, by default 1e-6 for float64 and 1e-4 for float32. An answer of shorter floats, such as a tensor
of float32 or bfloat16, may also differ by what rounding the image, the weights and the result to its dtype changes
(`convviz.check.precision`), unless a tolerance was given. With ``decimals=n`` an answer may also differ by half a unit of the
n-th decimal, so that both ways of rounding a tie are accepted.
"""

import math
import numbers
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from convviz._support.values import brief, whole_number
from convviz.check.precision import DOUBLE, precision_of, rounding_error

__all__ = ["Equality", "equality_for", "is_finite"]


@dataclass(frozen=True)
class Equality:
    """When an answered number counts as the same as another.

    Attributes
    ----------
    exact : bool
        Whole numbers and Fractions have to be equal.
    tolerance : float
        Floats may differ by ``tolerance·max(1, |wanted|)``.
    decimals : int or None
        All may differ by half a unit of this decimal.
    unit, rounding : float
        All may differ by ``unit·|wanted| + rounding``, the rounding errors of short floats.
    """

    exact: bool
    tolerance: float
    decimals: int | None = None
    unit: float = 0.0
    rounding: float = 0.0

    def __call__(self, answered, wanted):
        """Whether `answered` counts as `wanted`: numbers, or arrays of one shape."""
        answered, wanted = np.asarray(answered), np.asarray(wanted)
        if "O" in answered.dtype.kind + wanted.dtype.kind:
            pairs = zip(answered.ravel().tolist(), wanted.ravel().tolist(), strict=True)
            return np.array([self.same(*pair) for pair in pairs], bool).reshape(answered.shape)
        if self.exact and "f" not in answered.dtype.kind + wanted.dtype.kind:
            return answered == wanted
        return self.close(answered, wanted)

    def close(self, answered, wanted):
        """`__call__` for arrays of numbers that floats hold."""
        strict = self.exact and wanted.dtype.kind != "f"
        answered, wanted = answered.astype(np.float64), wanted.astype(np.float64)
        with np.errstate(all="ignore"):
            slack = self.unit * np.abs(wanted) + self.rounding
            if not strict:
                slack = np.maximum(slack, self.tolerance * np.maximum(1, np.abs(wanted)))
            if self.decimals is not None:  # a hair more than half a unit: 2.345 and 2.35 are not exactly what they say
                slack = np.maximum(slack, 0.5 * 10.0**-self.decimals * (1 + 1e-9))
            same = np.isfinite(wanted) & (np.abs(answered - wanted) <= slack)
        return same | (answered == wanted) | (np.isnan(answered) & np.isnan(wanted))

    def same(self, answered, wanted):
        """Whether two numbers count as the same, exactly where both are whole numbers or Fractions, of any size."""
        if answered == wanted or (answered != answered and wanted != wanted):
            return True
        if any(isinstance(value, float) and not math.isfinite(value) for value in (answered, wanted)):
            return False
        answered, wanted = Fraction(answered), Fraction(wanted)
        slack = Fraction(self.unit) * abs(wanted) + Fraction(self.rounding)
        if not self.exact:
            slack = max(slack, Fraction(self.tolerance) * max(1, abs(wanted)))
        if self.decimals is not None:
            slack = max(slack, Fraction(1, 2 * 10**self.decimals) * (1 + Fraction(1, 10**9)))
        return abs(answered - wanted) <= slack


def equality_for(trace, batch, decimals, tolerance, bits=DOUBLE):
    """How numbers of a trace's result are compared with an answer whose significands have so many bits.

    `batch` is the image as `Numbers`, in the dtype of the computation.
    """
    if decimals is not None:
        decimals = whole_number(decimals, "decimals", 0, 300)
    given = tolerance is not None
    if not given:
        tolerance = 1e-4 if trace.result.dtype == np.float32 else 1e-6
    elif isinstance(tolerance, bool) or not isinstance(tolerance, numbers.Real) or not 0 <= tolerance < math.inf:
        raise ValueError(f"tolerance is {brief(tolerance)}; expected a number of at least 0")
    try:
        tolerance = float(tolerance)
    except OverflowError:
        raise ValueError(f"tolerance is {brief(tolerance)}; expected a number that a float holds") from None
    exact = trace.result.dtype.kind != "f" and not given
    bits = min(bits, precision_of(trace.result))
    if given or bits == DOUBLE:
        return Equality(exact, tolerance, decimals)
    return Equality(exact, tolerance, decimals, 2.0**-bits, rounding_error(trace, batch, bits))


def is_finite(value):
    """Whether a number is neither infinite nor NaN; Python's own are of any size."""
    return not isinstance(value, float | np.floating) or math.isfinite(value)
