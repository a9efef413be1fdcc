"""Arithmetic of numbers as they are written: exact in Fractions, NaN and infinities by the rules of IEEE 754.

A number is a Fraction, or a float that is NaN or an infinity.
"""

from fractions import Fraction

__all__ = ["add_up", "largest", "plus", "same", "times"]


def plus(left, right):
    """The sum of two numbers.

    Examples
    --------
    >>> from math import inf
    >>> plus(Fraction(1, 3), Fraction(2, 3)), plus(Fraction(10**400), -inf), plus(inf, -inf)
    (Fraction(1, 1), -inf, nan)
    """
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left + right
    return sign_of(left) + sign_of(right)


def times(left, right):
    """The product of two numbers.

    Examples
    --------
    >>> from math import inf
    >>> times(Fraction(1, 3), Fraction(2)), times(Fraction(0), inf), times(Fraction(-1, 9), inf)
    (Fraction(2, 3), nan, -inf)
    """
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left * right
    return sign_of(left) * sign_of(right)


def add_up(numbers):
    """The sum of some numbers, 0 if there are none."""
    numbers = list(numbers)
    if all(isinstance(number, Fraction) for number in numbers):
        return sum(numbers, Fraction(0))
    return sum(map(sign_of, numbers))


def largest(numbers):
    """The largest of some numbers; NaN if one is NaN.

    Examples
    --------
    >>> from math import inf, nan
    >>> largest([Fraction(1), -inf]), largest([nan, inf])
    (Fraction(1, 1), nan)
    """
    return next((number for number in numbers if number != number), None) or max(numbers)


def same(left, right):
    """Whether two numbers are equal, or both NaN."""
    return left == right or (left != left and right != right)


def sign_of(number):
    """A number as a float that says what matters beside NaN and infinities: the sign, or that it is 0."""
    return float((number > 0) - (number < 0)) if isinstance(number, Fraction) else number
