"""Reads lines of arithmetic as people write them, and says whether what they state is so. Imports nothing of convviz.

A line such as ``(3 + 4)/2 = 7/2 = 3.5`` states an equality for each of its signs. "=" is right where both sides come to the
same number, in exact fractions of what is written; "≈" is right where they do not, but nearly. NaN and infinities follow
IEEE 754.
"""

import math
import re
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Statement", "left_side", "partial_sums", "same", "statements", "terms_of", "value_of"]

TOKEN = re.compile(r" +|(?P<number>\d+(?:\.\d+)?(?:e−?\d+)?)|(?P<word>NaN|∞|max|…)|(?P<sign>[+−×·÷/(),⌊⌋⌈⌉])")
#: Rounding to four digits changes a number by no more than this part of it, a product of two by twice that.
ROUNDING = Fraction(11, 10_000)
#: From here on a sum may be an infinity in float32.
OVERFLOW = Fraction(34, 10) * 10**38


@dataclass(frozen=True)
class Part:
    """What a part of a line comes to, and how large its terms are, sign apart: both are Fractions, or floats not finite."""

    value: object
    size: object

    @property
    def finite(self):
        """Whether it is neither NaN nor an infinity."""
        return isinstance(self.value, Fraction)


@dataclass(frozen=True)
class Statement:
    """Two sides and the sign between them."""

    left: Part
    sign: str
    right: Part

    @property
    def equal(self):
        """Whether the sides come to the same."""
        return same(self.left.value, self.right.value)

    @property
    def near(self):
        """Whether the sides are as near as rounding leaves them."""
        left, right = self.left, self.right
        if left.finite and right.finite:
            # besides, numbers below the least of float32 are written as 0
            allowed = ROUNDING * (left.size + right.size) + Fraction(1, 10**37)
            return abs(left.value - right.value) <= allowed
        return left.finite and left.size >= OVERFLOW * (1 - ROUNDING)

    @property
    def holds(self):
        """Whether what is stated is so."""
        return self.equal if self.sign == "=" else not self.equal and self.near


def same(left, right):
    """Whether two numbers are the same, NaN and NaN among them."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left == right
    if isinstance(left, Fraction) or isinstance(right, Fraction):
        return False
    return left == right or (math.isnan(left) and math.isnan(right))


def loose(number):
    """A number as a float that has its sign and is finite, infinite, NaN or 0 as it is."""
    return float((number > 0) - (number < 0)) if isinstance(number, Fraction) else number


def plus(left, right):
    """The sum of two numbers."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left + right
    return loose(left) + loose(right)


def times(left, right):
    """The product of two numbers."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left * right
    return loose(left) * loose(right)


def over(left, right):
    """The quotient of two numbers; the divisor is a number other than 0."""
    return left / right if isinstance(left, Fraction) else left * loose(right)


def tokens_of(text):
    """The words and signs of a line."""
    at, found = 0, []
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"cannot read {text[at:]!r} in {text!r}")
        if match[0].strip():
            found.append(match[0])
        at = match.end()
    return found


class Reader:
    """Reads an expression from its tokens, the operations in their usual order."""

    def __init__(self, text):
        self.text, self.tokens, self.at = text, tokens_of(text), 0

    def next_is(self, *tokens):
        """Whether the next token is one of these."""
        return self.at < len(self.tokens) and self.tokens[self.at] in tokens

    def take(self, *tokens):
        """The next token, which has to be one of `tokens` if there are any."""
        if self.at == len(self.tokens) or (tokens and self.tokens[self.at] not in tokens):
            raise ValueError(f"expected {tokens or 'more'} after {self.tokens[: self.at]} in {self.text!r}")
        self.at += 1
        return self.tokens[self.at - 1]

    def whole(self):
        """All of the text as one expression."""
        found = self.sum()
        if self.at < len(self.tokens):
            raise ValueError(f"cannot read {self.tokens[self.at :]} in {self.text!r}")
        return found

    def sum(self):
        """Products with plus and minus between them."""
        found = self.product()
        while self.next_is("+", "−"):
            minus = self.take() == "−"
            other = self.product()
            value = times(Fraction(-1), other.value) if minus else other.value
            found = Part(plus(found.value, value), plus(found.size, other.size))
        return found

    def product(self):
        """Factors with × and / between them."""
        found = self.factor()
        while self.next_is("×", "·", "/", "÷"):
            act = times if self.take() in "×·" else over
            other = self.factor()
            found = Part(act(found.value, other.value), act(found.size, abs(other.value)))
        return found

    def factor(self):
        """A number, a minus before it, or an expression in brackets."""
        token = self.take()
        if token == "−":
            found = self.factor()
            return Part(times(Fraction(-1), found.value), found.size)
        if token in "(⌊⌈":
            found = self.sum()
            self.take({"(": ")", "⌊": "⌋", "⌈": "⌉"}[token])
            act = {"(": lambda value: value, "⌊": math.floor, "⌈": math.ceil}[token]
            return found if token == "(" else Part(Fraction(act(found.value)), found.size)
        if token == "max":
            return self.largest()
        if token in ("NaN", "∞"):
            return Part(*[math.nan if token == "NaN" else math.inf] * 2)
        if not token[0].isdigit():
            raise ValueError(f"cannot read {token!r} in {self.text!r}")
        value = Fraction(token.replace("−", "-"))
        return Part(value, value)

    def largest(self):
        """The largest of some numbers; NaN if one is."""
        self.take("(")
        found = [self.sum()]
        while self.next_is(","):
            self.take()
            found.append(self.sum())
        self.take(")")
        nan = [part for part in found if part.value != part.value]
        return nan[0] if nan else max(found, key=lambda part: part.value)


def value_of(text):
    """What an expression comes to: a Fraction, or a float for NaN and infinities.

    Examples
    --------
    >>> value_of("⌊(6 + 2·1 − 3)/2⌋ + 1"), value_of("2×(−1/4)"), value_of("0×∞"), value_of("max(−∞, 3)")
    (Fraction(3, 1), Fraction(-1, 2), nan, Fraction(3, 1))
    """
    return Reader(text).whole().value


def statements(line):
    """All that a line with "=" and "≈" states.

    Examples
    --------
    >>> [statement.holds for statement in statements("(3 + 4)/2 = 7/2 = 3.5")]
    [True, True]
    >>> [statements(line)[0].holds for line in ("1/3 = 0.3333", "1/3 ≈ 0.3333", "1/2 ≈ 0.5", "1 + 1 ≈ 3")]
    [False, True, False, False]
    """
    sides = re.split(" ([=≈]) ", line)
    parts = [Reader(side).whole() for side in sides[::2]]
    return [Statement(*found) for found in zip(parts, sides[1::2], parts[1:], strict=False)]


def left_side(line):
    """What stands before the first "=" or "≈"."""
    return re.split(" [=≈] ", line)[0]


def terms_of(text):
    """The terms of a sum, those in parentheses around several of them too: texts.

    Examples
    --------
    >>> terms_of("(1×2 + (−3)×4) + (5×6) + 7"), terms_of("(3 + 4)/2"), terms_of("(−1)")
    (['1×2', '(−3)×4', '5×6', '7'], ['3', '4'], ['(−1)'])
    """
    depth, start, parts = 0, 0, []
    for at, letter in enumerate(text):
        depth += (letter in "(") - (letter in ")")
        if depth == 0 and text[at : at + 3] == " + ":
            parts.append(text[start:at])
            start = at + 3
    parts.append(text[start:])
    if len(parts) > 1:
        return [term for part in parts for term in terms_of(part)]
    inside = re.fullmatch(r"\((.*)\)(/\d+)?", text)
    if inside and balanced(inside[1]) and (" + " in inside[1] or "×" in inside[1] or inside[2]):
        return terms_of(inside[1])
    return parts


def balanced(text):
    """Whether every parenthesis is closed after it was opened."""
    depth = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return depth == 0


def partial_sums(terms):
    """What a sum comes to after each of its terms, which are texts."""
    total, found = Fraction(0), []
    for term in terms:
        total = plus(total, value_of(term))
        found.append(total)
    return found
