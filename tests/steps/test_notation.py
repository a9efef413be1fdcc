"""Numbers as text."""

import re
from decimal import ROUND_FLOOR, Decimal
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
        (0.0625, "0.0625"),
        (-1.3125, "−1.3125"),
        (0.015625, "0.01563"),
        (2.34375, "2.344"),
        (0.12345, "0.1235"),
        (0.00625005, "0.00625"),
        (12370.05, "12370.05"),
        (-99999.99, "−99999.99"),
        (123456.78, "123457"),
        (9.99996, "10"),
        (np.float32(3333.342), "3333"),
        (np.float32(2272.05), "2272.05"),
        (np.float32(0.7) * 3, "2.1"),
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


@given(st.integers(-(10**7), 10**7), st.integers(0, 9))
def test_a_short_decimal_is_written_whole(digits, places):
    number = float(Decimal(digits).scaleb(-places))
    plain = f"{Decimal(repr(number)):f}".removesuffix(".0")
    if len(plain.lstrip("-")) <= 6:
        assert show(number).text == plain.replace("-", "−").replace("−0", "0" if number == 0 else "−0")
        assert show(number).exact


@given(st.floats(1e-3, 1e3), st.booleans())
def test_other_floats_are_rounded_half_up(number, negative):
    shown = show(-number if negative else number)
    exact = Decimal(repr(number))
    if not shown.complete:
        step = Decimal(1).scaleb(min(exact.adjusted() - 3, 0))
        up = (exact / step + Decimal("0.5")).to_integral_value(ROUND_FLOOR) * step
        assert abs(shown.value) == Fraction(up)


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.fractions()))
def test_shorten_fits_a_cell(number):
    shown = shorten(number)
    assert len(shown.text.lstrip("−")) <= (8 if 1e-9 < abs(number) < 1e99 or number == 0 else 10), shown.text
    assert shown.value == value_of(shown.text)
    assert abs(shown.value - Fraction(number)) <= abs(Fraction(number)) / 1000 + Fraction(1, 10**320)
    assert shown.exact == (shown.value == (Fraction(repr(number)) if isinstance(number, float) else number))


@given(st.one_of(st.integers(-(10**8) + 1, 10**8 - 1), st.floats(-1e5, 1e5), st.fractions(-99, 99, max_denominator=9999)))
def test_a_number_has_one_text_in_formulas_and_in_pictures(number):
    if len(show(number).text.lstrip("−")) <= 8:
        assert shorten(number) == show(number)


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
