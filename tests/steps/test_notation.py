"""Numbers as text."""

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convviz.steps.notation import equation, factor, shorten, show


def value_of(text):
    """What a text says, read back by other means than the library's."""
    return Fraction(text.replace("−", "-"))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (-7, "−7"),
        (2**70, "1180591620717411303424"),
        (Fraction(3, 4), "3/4"),
        (Fraction(-1, 9), "−1/9"),
        (1.0, "1"),
        (-0.0, "0"),
        (0.5, "0.5"),
        (1 / 3, "0.3333"),
        (12345.678, "12346"),
        (1e-5, "1e-5"),
        (1e300, "1e300"),
        (float("nan"), "NaN"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (np.float32(0.1), "0.1"),
        (np.int64(-3), "−3"),
    ],
)
def test_show(number, text):
    assert show(number).text == text.replace("-", "−")


@given(st.one_of(st.integers(), st.fractions(), st.floats(allow_nan=False, allow_infinity=False)))
def test_exact_means_that_the_text_says_the_number(number):
    shown = show(number)
    assert value_of(shown.text) == shown.value
    exact = Fraction(repr(number)) if isinstance(number, float) else Fraction(number)
    assert shown.exact == (shown.value == exact)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_rounding_keeps_four_digits(number):
    shown = show(number)
    assert abs(shown.value - Fraction(number)) <= abs(Fraction(number)) * Fraction(1, 1000) + Fraction(1, 10**320)


@given(st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e9, 1e9), st.fractions(-5, 5, max_denominator=99)))
def test_shorten_fits_a_cell(number):
    shown = shorten(number)
    assert len(shown.text.lstrip("−")) <= (6 if 1e-9 < abs(number) < 1e99 or number == 0 else 8), shown.text
    assert shown.value == value_of(shown.text)
    assert abs(float(shown.value) - float(number)) <= 0.06 * abs(float(number)) + 1e-320


def test_factor_puts_negative_numbers_and_fractions_in_parentheses():
    assert factor("−1") == "(−1)"
    assert factor("1/3") == "(1/3)"
    assert factor("12") == "12"


def test_equation_says_approximately_only_where_it_must():
    assert equation("1 + 1", Fraction(2), show(2)) == "1 + 1 = 2"
    assert re.search("≈", equation("1/3", Fraction(1, 3), show(1 / 3)))
    assert equation("∞ + 1", np.inf, show(float("inf"))) == "∞ + 1 = ∞"
    assert equation("∞ − ∞", np.nan, show(float("nan"))) == "∞ − ∞ = NaN"
    assert equation("∞ + 1", np.inf, show(float("nan"))) == "∞ + 1 ≈ NaN"
