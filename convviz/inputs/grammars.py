"""The ways in which a text may be split into rows of words: at blanks, commas, semicolons, slashes, or as CSV."""

import csv
import re
from dataclasses import dataclass

from convviz._support.values import brief
from convviz.inputs.errors import Usage

__all__ = ["INDIAN", "BOTH_MARKS", "Grammar", "grammars", "split_leniently", "splits", "words_of"]

#: Words that are one number with commas or points between thousands.
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:(?:,\d{3})+(?:\.\d*)?|(?:\.\d{3})+,\d+)")
#: Words between commas that are one number as it is written in India: groups of two digits, then one of three.
INDIAN = re.compile(r"[+-]?[1-9]\d?(?:,\d\d)+,\d{3}(?:\.\d*)?")
#: A number with a decimal comma that is hardly two numbers, such as -0,5 and 1,05; where nothing else stands 1,5e3, too.
DECIMAL = re.compile(r"[+-]0+,\d+|[+-]?(?:0\d+,\d+|\d+,0\d+)")
DECIMAL_ALONE = re.compile(r"[+-]?\d+,\d+[eE][+-]?\d+")
#: A number with one mark between thousands and another for decimals, which can hardly be two.
BOTH_MARKS = re.compile(r"[+-]?[1-9]\d{0,2}(?:(?:,\d{3})+\.\d+|(?:\.\d{3})+,\d+)")
#: A comma with nothing between it and the next.
EMPTY_CELL = re.compile(r",[^\S\n]*,")
#: Blanks at which no line breaks, which may stand between thousands.
UNBREAKABLE = re.compile("[\u00a0\u2007\u2009\u202f]")
#: What ends a row within a line: every slash, one beside a blank (others are those of fractions), also a blank between words.
#: Errors of spreadsheets, such as #N/A and #DIV/0!, stay whole.
SLASH = r"(?:(?<![nNvV])/|/(?![aA0]))"
ENDS = {
    "slash": re.compile(SLASH),
    "spaced slash": re.compile(r"(?<=\s)/|/(?=\s)|^/|/$"),
    "slash or blank": re.compile(SLASH + r"|(?<=[^\s,/])\s+(?=[^\s,/])"),
    "none": re.compile(r"(?!)"),
}


def split_leniently(row, place):
    """Words between commas or blanks."""
    return re.split(r"\s*,\s*|\s+", row.strip())


def split_at_blanks(row, place):
    """Words between blanks; a comma may be part of a number."""
    return [word[1:-1] if re.fullmatch('".*"', word) else word for word in row.split()]


def split_at_breaks(row, place):
    """Words between blanks at which a line may break, so that others can stand between thousands."""
    return re.split(r"[ \t]+", row.strip(" \t"))


def split_after_commas(row, place):
    """Words between commas that are followed by a blank."""
    return re.split(r"\s*,\s+", row.strip())


def split_cells(mark):
    """A function that splits a row as CSV with a separator."""

    def split(row, place):
        row = row.strip(" ")
        try:
            words = next(csv.reader([row], delimiter=mark, skipinitialspace=True, strict=True))
            return [word.strip() for word in words] or [""]
        except csv.Error:
            words = next(csv.reader([row], delimiter=mark, skipinitialspace=True))
            said = f"{brief(words[-1])} is not a number; a quotation mark is not closed, or stands inside a cell"
            raise Usage(f"row {place}, column {len(words)} (counting from 1): {said}") from None

    return split


@dataclass(frozen=True)
class Grammar:
    """One way to split a text into rows of words.

    Attributes
    ----------
    split : callable
        Row and its number to words.
    ends : str
        What ends a row beside the end of a line, a key of `ENDS`.
    semicolons : bool
        Whether semicolons end rows.
    commas : bool
        Whether a comma may be a decimal mark here though each row is one word.
    points : bool
        Whether a point may stand between thousands even if there is no comma.
    """

    split: object
    ends: str = "slash"
    semicolons: bool = True
    commas: bool = False
    points: bool = False

    def rows(self, lines):
        """Rows of words, each with the number of its line, or of its row if all stand in one line."""
        parts = []
        for place, line in lines:
            cut = line.split(";") if self.semicolons else [line]
            parts += [(place, part) for piece in cut for part in ENDS[self.ends].split(piece)]
        if len(lines) == 1:
            parts = [(number, part) for number, (_, part) in enumerate(parts, 1)]
        return [(place, self.split(part, place)) for place, part in parts]


def grammars(lines, separator, table):
    """The ways in which lines may be meant."""
    text = "\n".join(line for _, line in lines)
    if separator:
        return [csv_grammar(separator)]
    if not table:
        return free_grammars(text, len(lines) == 1)
    unquoted = re.sub('"[^"]*"', "", text)
    mark = next((mark for mark in ";\t," if mark in unquoted), None)
    if mark in (";", "\t"):
        return [csv_grammar(mark)]
    if mark == "," or '"' in text:
        blank = re.search(r"[^\s,]\s+[^\s,]", unquoted.replace("\n", ","))
        others = blank or has_decimal_commas(text)
        return [csv_grammar(","), *(free_grammars(text, len(lines) == 1) if others else ())]
    return free_grammars(text, len(lines) == 1)


def csv_grammar(mark, ends="none"):
    """Lines as rows of CSV."""
    return Grammar(split_cells(mark), ends, semicolons=False, commas=True, points=mark in ";\t")


def free_grammars(text, one_line):
    """The ways in which a text that is not known to be CSV may be meant; the usual one first."""
    tight = re.search(r"\S/\S", text)
    ends = ("slash", "spaced slash") if tight else ("slash",)
    found = [Grammar(split, end, one_line, single) for end in ends for split, single in splits(text, one_line)]
    if re.search(r"[^\s,],[^\s,]", text) and ENDS["slash or blank"].search(re.sub("/", " / ", text)):
        found.append(Grammar(split_leniently, "slash or blank", one_line))
    if '"' in text or UNBREAKABLE.search(text):
        found += [Grammar(split_cells(","), end, one_line, commas=True) for end in ends]
    return found + [csv_grammar(mark, end) for end in ends for mark in ";\t" if mark in text]


def splits(text, one_line):
    """The ways to split rows of a text into words, and whether a comma may be decimal there though each row is one word."""
    commas = "," in text
    grouped = one_line and commas and all(GROUPED.fullmatch(word) or "," not in word for word in words_of(text))
    single = grouped or has_decimal_commas(text)
    if EMPTY_CELL.search(text):
        return [(split_leniently, False)]  # every comma separates, or the empty cell would be lost
    ways = [
        (split_leniently, False, True),
        (split_at_blanks, single, commas or '"' in text),
        (split_at_breaks, single, UNBREAKABLE.search(text)),
        (split_after_commas, False, re.search(r",\s", text)),
    ]
    return [(split, single) for split, single, fits in ways if fits]


def has_decimal_commas(text):
    """Whether a word of a text is hardly two numbers, though a comma could separate them."""
    words = [word for word in words_of(text) if word]
    alone = bool(words) and all(map(DECIMAL_ALONE.fullmatch, words))
    return alone or any(DECIMAL.fullmatch(word) or BOTH_MARKS.fullmatch(word) for word in words)


def words_of(text):
    """What stands between blanks, slashes and semicolons."""
    return re.split(r"[\s/;]+", text)
