"""Widths of texts, estimated without a font, and texts broken into lines."""

import unicodedata
from functools import cache

__all__ = ["LATIN", "bold_width", "em_width", "full_width", "wrap"]

#: How much wider a line may be than asked for: widths of words do not add up exactly.
ROUNDING = 1e-9
#: Width of a Latin letter in sizes of it, on the generous side.
LATIN = 0.64
#: Widths of bold letters in sizes of them, a little more than in DejaVu Sans, whose are wide: of most letters, and of others.
LETTER = 0.66
LETTERS = {" ": 0.36, "(": 0.48, ")": 0.48, ".": 0.4, ",": 0.4, "/": 0.4}
LETTERS |= dict.fromkeys("0123456789", 0.71) | dict.fromkeys("+−×=≈→∞", 0.87) | dict.fromkeys("mwMW", 1.05)
#: The same of ordinary letters; capitals, and others.
FULL = {" ": 0.33, "w": 0.83, "m": 0.98, "M": 0.88, "W": 1.0, "%": 0.96, "…": 1.0, "—": 1.0}
FULL |= dict.fromkeys("+−×=≈→∞<>#", 0.85)
CAPITAL = 0.8


def em_width(text):
    """Width of a text in sizes of its letters, on the generous side: 0.64 for Latin, 1 for Japanese letters.

    Examples
    --------
    >>> round(em_width("18"), 2), round(em_width("入力"), 2)
    (1.28, 2.0)
    """
    return sum(map(plain_letter, text))


def bold_width(text):
    """Width of a line of bold letters in sizes of them, on the generous side.

    Examples
    --------
    >>> round(bold_width("2×(−1) + 3"), 2), bold_width("入力")
    (6.42, 2.0)
    """
    return sum(map(bold_letter, text))


@cache
def plain_letter(letter):
    """Width of a letter in sizes of it."""
    return 1.0 if unicodedata.east_asian_width(letter) in "WF" else LATIN


@cache
def bold_letter(letter):
    """Width of a bold letter in sizes of it."""
    return LETTERS.get(letter, LETTER) if plain_letter(letter) < 1 else 1.0


def full_width(text):
    """Width of a line of ordinary letters in sizes of them, which is no less in any font: for words with wide letters.

    Examples
    --------
    >>> round(full_width("sums"), 2), full_width("入力")
    (2.9, 2.0)
    """
    letters = (FULL.get(letter, CAPITAL if letter.isupper() else em_width(letter)) for letter in text)
    return max(em_width(text), sum(letters))


def wrap(text, width, lines=None, measure=em_width):
    """`text` broken at spaces into lines of at most `width`, as `measure` says it: sizes of its letters.

    With `lines`, what does not fit into so many is replaced by "…" in the middle, so that the end (a result) stays.

    Examples
    --------
    >>> wrap("1 + 2 + 3 + 4 = 10", 6)
    '1 + 2 + 3\\n+ 4 = 10'
    """
    rows, pieces = [], [shortened(piece, width, measure) for piece in together(text.split(" "))]
    blank, filled = measure(" "), 0.0
    for piece in pieces:
        wide = measure(piece)
        if rows and filled + blank + wide <= width + ROUNDING:
            rows[-1], filled = f"{rows[-1]} {piece}", filled + blank + wide
        else:
            rows.append(piece)
            filled = wide
    if lines and len(rows) > lines and len(pieces) > 3:
        middle = len(pieces) // 2
        dots = [piece for piece in pieces if "…" in piece]
        kept = (
            without_one(pieces, pieces.index(dots[0]))
            if dots
            else [*pieces[:middle], left_out(pieces[middle]), *pieces[middle + 1 :]]
        )
        return wrap(" ".join(kept), width, lines, measure)
    return "\n".join(rows)


def shortened(piece, width, measure):
    """A word that is wider than a whole line, with its middle left out."""
    if measure(piece) <= width:
        return piece
    keep = len(piece)
    while keep > 2 and measure(piece[: keep // 2] + "…" + piece[-(keep // 2) :]) > width:
        keep -= max(1, keep // 20)
    return piece[: keep // 2] + "…" + piece[-(keep // 2) :]


def together(pieces):
    """Words of a line of arithmetic, each sign of operation or equality kept with what follows it."""
    joined = []
    for piece in pieces:
        if joined and joined[-1] in ("+", "−", "=", "≈", "→"):
            joined[-1] += " " + piece
        else:
            joined.append(piece)
    return joined


def left_out(piece):
    """What stands for a word that is left out: with the sign before it, or the comma behind it, of a list."""
    if piece.endswith(","):
        return "…,"
    return "→ …" if piece.startswith("→") else "+ …"


def without_one(pieces, at):
    """`pieces` with one fewer beside the "…" at index `at`: from the longer side."""
    if at > len(pieces) - at - 1:
        return pieces[: at - 1] + pieces[at:]
    return pieces[: at + 1] + pieces[at + 2 :]
