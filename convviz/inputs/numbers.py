"""Single numbers as people and spreadsheets write them: decimal points and commas, marks between thousands, full-width digits.

A number is read where it has one meaning only. ``1,234`` could be 1234 or 1.234, so it is refused; ``1,5`` cannot be anything
but 1.5, and ``1,234.5`` nothing but 1234.5.
"""

import functools
import math
import re
import unicodedata

from convviz._support.values import brief
from convviz.inputs.errors import Ambiguous, Usage

__all__ = ["PLAIN", "POINTS", "WHOLE", "cut", "is_name", "number", "plain", "refusal", "value_of", "written"]

#: The decimal marks.
POINTS = (".", ",")
WHOLE = re.compile(r"[+-]?\d+")

#: What keyboards, spreadsheets and texts copied from convviz hold in place of plain signs.
OTHER_SIGNS = {
    "-": "−‐‑‒–﹣ー",
    ".": "。٫",
    ",": "、",
    "'": "’٬",
    " ": "　",
}
PLAIN = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {
    ord(other): sign for sign, others in OTHER_SIGNS.items() for other in others
}
#: Marks without a width, which texts copied from pages hold. Between digits they may separate two numbers, so they stay there.
INVISIBLE = "\u200b-\u200f\u2060\ufeff"
UNNEEDED = re.compile(rf"(?<![\d.{INVISIBLE}])[{INVISIBLE}]++|[{INVISIBLE}]++(?![\d.])")
#: Most letters of a word in an error or a note.
LONGEST = 60

#: Blanks that do not break a line stand between thousands in some languages.
BLANKS = " \u00a0\u2007\u2009\u202f"
INFINITIES = ("inf", "infinity", "∞")


@functools.cache
def grammar(point):
    """The pattern of numbers with a decimal mark. The other one, an apostrophe or a blank may stand between thousands."""
    group = POINTS[1 - POINTS.index(point)]
    thousands = "|".join(rf"(?:{mark}\d{{3}})+" for mark in (re.escape(group), "'", f"[{BLANKS}]"))
    # only a point may end a number: 1, is a number and a comma
    decimals = r"\.\d*" if point == "." else r",\d+"
    return re.compile(rf"[+-]?(?:(?:\d+|[1-9]\d{{0,2}}(?:{thousands}))(?:{decimals})?|\{point}\d+)(?:[eE][+-]?\d+)?")


#: What most numbers look like: whole ones, and those with a decimal point.
USUAL = re.compile(r"[+-]?(?:(\d+)|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
#: A fraction; what is divided by 1 is rather the end of a row and the first number of the next.
FRACTION = re.compile(r"([+-]?\d+)/(?!1$)(\d+)")


def plain(text):
    """A text with plain digits, signs and blanks in place of full-width and other ones.

    Examples
    --------
    >>> plain("－３．５"), plain("٣")
    ('-3.5', '3')
    """
    if text.isascii():
        return text
    text = text.translate(PLAIN)
    return UNNEEDED.sub("", "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text))


def cut(word):
    """A word, or the beginning of a long one.

    Examples
    --------
    >>> cut("width"), len(cut("x" * 4000))
    ('width', 61)
    """
    return word if len(word) <= LONGEST else f"{word[:LONGEST]}…"


def value_of(word, point):
    """A plain word as an int, float or Fraction, with the given decimal mark; None if it is no number then.

    Raises
    ------
    Usage
        For numbers that are too large or too long.

    Examples
    --------
    >>> value_of("1,234", "."), value_of("1,234", ","), value_of("1,5", "."), value_of("1/3", ".")
    (1234, 1.234, None, Fraction(1, 3))
    """
    usual = USUAL.fullmatch(word) if point == "." else None
    if usual:
        return digits(word) if usual[1] else real(word, word)
    if grammar(point).fullmatch(word):
        return converted(word, point)
    unsigned = word.lower().lstrip("+-")
    if len(word) - len(unsigned) <= 1 and unsigned in (*INFINITIES, "nan"):
        return float(word.replace("∞", "inf"))
    fraction = FRACTION.fullmatch(word)
    if not fraction:
        return None
    above, below = (digits(part) for part in fraction.groups())
    if not below:
        raise Usage(f"{brief(word)} divides by 0; write a number")
    from fractions import Fraction

    return above // below if above % below == 0 else Fraction(above, below)


def converted(word, point):
    """A word that is a number as an int, or a float if it has decimals or an exponent."""
    clean = re.sub(rf"['{BLANKS}{',' if point == '.' else '.'}]", "", word).replace(",", ".")
    if WHOLE.fullmatch(clean):
        return digits(clean)
    return real(clean, word)


def real(clean, word):
    """A float from its text in Python's notation; `word` is what was written."""
    value = float(clean)
    if math.isinf(value):
        raise Usage(f"{cut(word)} is too large; floats end near 1.8e308")
    if not value and re.search("[1-9]", re.split("[eE]", clean)[0]):
        raise Usage(f"{cut(word)} is too close to 0; floats end near 5e-324")
    return value


def digits(word):
    """A word of digits as an int."""
    try:
        return int(word)
    except ValueError:
        raise Usage(f"a number of {len(word):,} digits is too long") from None


def number(word):
    """A word as an int, a float, or a Fraction.

    Raises
    ------
    Usage
        For what is no number, or could be two; the text says what to write.

    Examples
    --------
    >>> number("１８"), number("1,5"), number("1'234.50"), number("1/3")
    (18, 1.5, 1234.5, Fraction(1, 3))
    >>> number("1,234")
    Traceback (most recent call last):
        ...
    convviz.inputs.errors.Ambiguous: '1,234' can be 1234 or 1.234; write one of these
    """
    clean = plain(word).strip().removesuffix("/1")  # a fraction, since here no row can end
    values = [value_of(clean, point) for point in POINTS]
    if values == [None, None]:
        raise Usage(refusal(word.strip()))
    if "," in clean and None not in values and values[0] != values[1]:
        raise Ambiguous(f"{brief(word.strip())} can be {written(values[0])} or {written(values[1])}; write one of these")
    return values[1] if values[0] is None else values[0]


def written(value):
    """A number as text that has one meaning in any table."""
    return str(value)


#: What people write in place of a number, and what to write.
HINTS = (
    (r"[\[{|].*", "write rows as 1 2 / 3 4"),
    (rf".*[\d.][{INVISIBLE}]+[\d.].*", "it holds a mark that cannot be seen; write its digits again"),
    (r"#(?:[\w/¡¿]+[!?]?)", "it is an error of the spreadsheet; correct its formula"),
    (r"(?i)true|false|wahr|falsch|vrai|faux", "write 1 for true and 0 for false"),
    (r"(?i)n/?a|<na>|nat|null|nil|none|missing|empty|undefined", "write nan for a number that is missing"),
    (r".*[\d.]\s*%|%.*", "write 50% as 0.5"),
    (r".*(?:[$€£¥₩₹円]|USD|EUR|JPY).*", "write the number without its currency"),
    (r"\(.*\d.*\)|.*\d-", "write a negative number as -5"),
    (r"[+-]?[\d.,]+[dD][+-]?\d+", "write the exponent with e, as in 1e5"),
    (r".*\d\s*[×x*]\s*10.*", "write the exponent with e, as in 1e5"),
    (r"[+-]?\d[\d.,' ]*[.,' ]\d*", "write it without marks between thousands, and with a point for decimals"),
)


def refusal(word):
    """Why a word is no number, and what to write.

    Examples
    --------
    >>> refusal("50%")
    "'50%' is not a number; write 50% as 0.5"
    """
    clean = plain(word)
    if not clean:
        return "nothing stands there; expected a number"
    said = f"{brief(word)} is not a number"
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,15}", clean):
        return f"{said}; write {int(clean, 16)}"
    if len(clean) == 1 and "⁄" in unicodedata.normalize("NFKC", clean):
        return f"{said}; write {unicodedata.numeric(clean):g}"
    hint = next((hint for pattern, hint in HINTS if len(clean) < 60 and re.fullmatch(pattern, clean)), None)
    return f"{said}; {hint}" if hint else said


#: Letters that look like digits, and words for numbers that are missing.
NO_NAMES = ("o", "l", "i", "na", "n/a", "none", "null", "nil", "missing", "empty", "undefined")


def is_name(word):
    """Whether a word in a table of numbers names a row or a column.

    What may be a number with a slip in it, such as ``1x``, letters that look like digits, and words for what is missing are no
    names.

    Examples
    --------
    >>> [is_name(word) for word in ("width", "x1", "1x", "O", "#N/A", "TRUE", "nan")]
    [True, True, False, False, False, False, False]
    """
    clean = plain(word).strip()
    if not clean or not (clean[0].isalpha() or clean[0] in "_ ") or clean.lower() in NO_NAMES:
        return False
    return any(letter.isalpha() for letter in clean) and value_of(clean, ".") is None and "; " not in refusal(clean)
