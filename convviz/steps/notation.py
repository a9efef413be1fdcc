"""Numbers and sums as text: what a person reads, and whether it is exact.

A number has one text wherever it stands. A short decimal is written whole; other floats are rounded, half up, to
`DIGITS` significant digits. A rounded number is one whose text has another value than itself. A line of arithmetic says
"=" where its numbers come to its result exactly as they are written, and "≈" where they do not. Terms that are left out
("…") count with the others.
"""

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from convviz._support.values import whole_number
from convviz.steps.arithmetic import same, times

__all__ = [
    "DIGITS",
    "NumberText",
    "TERMS",
    "Term",
    "agree",
    "decimal",
    "equation",
    "factor",
    "join",
    "product_term",
    "relation",
    "shorten",
    "show",
]

#: Significant digits of a rounded number.
DIGITS = 4
#: How long a decimal is that is always written whole; how long with no more than so many decimal places.
SHORT, LONG, PLACES = 6, 8, 2
#: How many terms of a sum a formula shows before it leaves out the middle.
TERMS = 49

MINUS = "−"
#: What the texts of numbers that are not finite stand for.
NOT_FINITE = {"NaN": math.nan, "∞": math.inf, MINUS + "∞": -math.inf}


@dataclass(frozen=True)
class NumberText:
    """A number as text.

    Attributes
    ----------
    text : str
    value : Fraction or None
        What the text says; None for NaN and infinities.
    exact : bool
        Whether the text says all of the number.
    complete : bool
        Whether it says all of a number that was computed: what floats add to the last of their digits does not count.
    """

    text: str
    value: Fraction | None
    exact: bool = True
    complete: bool = True

    @property
    def number(self):
        """What the text says, for `convviz.steps.arithmetic`: `value`, or NaN or an infinity as a float."""
        return NOT_FINITE[self.text] if self.value is None else self.value


class Term(NamedTuple):
    """A term of a sum: its text, and the number that the text comes to."""

    text: str
    number: Fraction | float


def show(value, digits=DIGITS):
    """`value` as text.

    A float whose decimals end soon is written whole: up to six characters, or eight with no more than two decimal places.
    Any other is rounded, half up, but keeps the digits before its point.

    Parameters
    ----------
    value : int, float, Fraction or numpy scalar
    digits : int or None
        Significant digits of a rounded float; with None a float has as many as tell it from its neighbours.

    Returns
    -------
    NumberText

    Examples
    --------
    >>> show(-3).text, show(18.0).text, show(0.1 + 0.2).text, show(Fraction(10, 4)).text
    ('−3', '18', '0.3', '5/2')
    >>> show(0.0625).text, show(2272.05).text, show(0.123456).text, show(0.00625005).text
    ('0.0625', '2272.05', '0.1235', '0.00625')
    >>> show(1 / 3).exact, show(float("inf")).text
    (False, '∞')
    """
    if isinstance(value, int | np.integer | Fraction):
        value = Fraction(int(value) if not isinstance(value, Fraction) else value)
        return NumberText(str(value).replace("-", MINUS), value)
    if math.isnan(value):
        return NumberText("NaN", None)
    if math.isinf(value):
        return NumberText("∞" if value > 0 else MINUS + "∞", None)
    full = trimmed(str(value.item() if isinstance(value, np.float64) else value))
    certain = certain_text(value)
    if digits is None or is_short(full):
        text = full
    else:
        ends = is_short(certain) and len(certain) < certain_digits(value)  # its decimals end before they are uncertain
        text = certain if ends else rounded(full, digits)
    said = Fraction(text)
    exact = said == Fraction(full)
    return NumberText(text.replace("-", MINUS), said, exact, exact or said == Fraction(certain))


def certain_text(value):
    """A float as text in as many digits as are certain where it is the sum of some floats."""
    return trimmed(f"{value:.{certain_digits(value)}g}")


def certain_digits(value):
    """To how many digits the sum of some floats is certain."""
    return 6 if isinstance(value, np.float32) else 12


def is_short(text):
    """Whether a float's text is written whole, since it is short or has few decimal places."""
    places, length = len(text.partition(".")[2]), len(text.lstrip("-"))
    return "e" not in text and length <= (LONG if places <= PLACES else SHORT)


def rounded(text, digits):
    """A float's text, rounded half up to `digits` significant digits where it has more."""
    number = Decimal(text)
    last = number.adjusted() - digits + 1
    if "e" not in text:  # digits before the point are never given up: 12345.6 becomes 12346, not 1.235e4
        last = min(last, 0)
    if number.as_tuple().exponent >= last:
        return text
    number = number.quantize(Decimal(1).scaleb(last), ROUND_HALF_UP, Context(prec=400))
    return trimmed(f"{number:e}" if "e" in text else f"{number:f}")


def trimmed(text):
    """A float's text without needless digits: 18.0 → 18, 1e-05 → 1e-5."""
    mantissa, _, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    if mantissa in ("-0", ""):
        mantissa = "0"
    return mantissa + (f"e{int(exponent)}" if exponent else "")


def shorten(value):
    """`value` for a picture: as `show` writes it, but with an exponent where that is longer than eight characters.

    Examples
    --------
    >>> shorten(-1234567).text, shorten(1 / 3).text, shorten(255 * 9.25).text, shorten(Fraction(1, 9)).text
    ('−1234567', '0.3333', '2358.75', '1/9')
    >>> shorten(2**63).text, shorten(0.00012345).text, shorten(Fraction(10000, 30001)).text
    ('9.223e18', '1.235e−4', '0.3333')
    """
    shown = show(value)
    if shown.value is None or len(shown.text.lstrip(MINUS)) <= LONG:
        return shown
    text = briefly(shown.value)
    same_value = Fraction(text) == shown.value
    return NumberText(text.replace("-", MINUS), Fraction(text), same_value and shown.exact, same_value and shown.complete)


def briefly(number):
    """A Fraction as a decimal of `DIGITS` significant digits, with an exponent where it is shorter so."""
    size = abs(number)
    exponent = len(str(size.numerator)) - len(str(size.denominator))
    exponent -= size < Fraction(10) ** exponent
    digits = math.floor(size / Fraction(10) ** (exponent - DIGITS + 1) + Fraction(1, 2))  # half up
    decimal_ = Decimal(digits if number > 0 else -digits).scaleb(exponent - DIGITS + 1, Context(prec=DIGITS + 1))
    plain, scientific = (trimmed(f"{decimal_:{form}}") for form in "fe") if abs(exponent) < LONG else (None, f"{decimal_:e}")
    return plain if plain and len(plain.lstrip("-")) <= LONG else trimmed(scientific)


def factor(text):
    """A number's text beside a × or +: in parentheses if it is negative or a fraction."""
    return f"({text})" if text[0] == MINUS or "/" in text else text


def equation(left, value, result):
    """``left = result``, or with ≈ where the numbers do not come to the result as they are written.

    Parameters
    ----------
    left : str
        A line of arithmetic.
    value : Fraction or float
        What `left` comes to as it is written, by `convviz.steps.arithmetic`.
    result : NumberText

    Examples
    --------
    >>> equation("1×2", Fraction(2), show(2)), equation("1/3", Fraction(1, 3), show(1 / 3))
    ('1×2 = 2', '1/3 ≈ 0.3333')
    >>> equation("0.1 + 0.2", Fraction("0.3"), show(0.1 + 0.2))  # although floats come to 0.30000000000000004
    '0.1 + 0.2 = 0.3'
    """
    return f"{left} {relation(value, result.number)} {result.text}"


def relation(left, right):
    """The sign between two sides that come to these numbers: "=" or "≈"."""
    return "=" if same(left, right) else "≈"


def decimal(value):
    """A Fraction as a float, or as an int where it is whole; any other number as it is."""
    if not isinstance(value, Fraction):
        return value
    if value.denominator == 1:
        return int(value)
    try:
        return float(value)
    except OverflowError:
        return value


def agree(terms, result, dtype):
    """Whether `terms` come to `result`: exactly for Python's numbers, else but for rounding; NaN and infinity always."""
    if np.dtype(dtype).kind == "O":
        return sum(terms) == result
    error = 4 * len(terms) * np.finfo(dtype).eps * sum(abs(term) for term in terms)
    return not np.isfinite(error) or abs(sum(terms) - float(result)) <= error


def product_term(left, right):
    """The product of two shown numbers as a `Term`.

    Examples
    --------
    >>> product_term(show(2), show(-3))
    Term(text='2×(−3)', number=Fraction(-6, 1))
    """
    return Term(f"{factor(left.text)}×{factor(right.text)}", times(left.number, right.number))


def join(words, channels, limit):
    """Terms of a sum joined by +, each channel's in parentheses if there are several; the middle left out beyond `limit`.

    Examples
    --------
    >>> join(["1", "2", "3", "4"], 2, None), join(["1", "2", "3", "4"], 1, 3), join([], 1, None)
    ('(1 + 2) + (3 + 4)', '1 + … + 4', '0')
    """
    if limit is not None and len(words) > whole_number(limit, "limit", 0):
        return " + ".join([*words[: limit // 2], "…", words[-1]])
    if channels == 1 or not words:
        return " + ".join(words) or "0"
    each = len(words) // channels
    return " + ".join(f"({' + '.join(words[start : start + each])})" for start in range(0, len(words), each))
