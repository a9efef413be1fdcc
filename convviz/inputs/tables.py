"""Numbers in rows as text: typed in one line, pasted from a spreadsheet, in a CSV file, on standard input.

A text is split in each way in which it may be meant. If the ways in which it is a table of numbers all give the same numbers,
it is read; if they do not, it is refused, and the error shows them.
"""

import itertools
import re

from convviz._support.values import brief
from convviz.inputs.errors import Ambiguous, Usage
from convviz.inputs.grammars import BOTH_MARKS, INDIAN, Grammar, grammars, split_leniently, splits, words_of
from convviz.inputs.names import without_names
from convviz.inputs.numbers import POINTS, cut, number, plain, refusal, value_of, written

__all__ = ["read_row", "read_table"]

SEPARATOR = re.compile(r'\s*"?sep=(.)"?\s*')
#: A line that is a comment, as numpy.savetxt writes it; an error of a spreadsheet such as #N/A is none.
COMMENT = re.compile(r"\s*#(?![A-ZÀ-Þ0-9/¡¿]+[!?]?(?:[\s,;]|$))")
#: A slash of full width that ends a row, which that of #N/A does not.
WIDE_SLASH = re.compile(r"(?<![nNvVｎＮｖＶ])／|／(?![aA0ａＡ０])")
#: Numbers with both marks, with a comma between them.
SERIES = re.compile(rf"(?:{BOTH_MARKS.pattern})(?:,(?:{BOTH_MARKS.pattern}))+")
#: Between other numbers, two that are rather one with a decimal comma; 1,050 is rather one with a comma between thousands.
SPLIT_DECIMAL = re.compile(r"(?:^|,)([+-]0+,\d{1,99}|[+-]?\d{1,99},0(?:\d|\d{3,99}))(?=,|$)")
#: Two numbers that can be one with a decimal comma.
PAIR = re.compile(r"([+-]?\d+),(\d+)")
#: How many letters of a table are shown in an error.
SHOWN = 40


def read_table(text, where, table=False, blanks=()):
    """Rows of numbers from text, and what was left out of it.

    Parameters
    ----------
    text : str
    where : str
        What it is called in errors.
    table : bool
        The text is a file of a spreadsheet: lines are its rows, and a semicolon, a tab or a comma separates its cells.
    blanks : tuple of str
        Words for cells that are not filled in.

    Returns
    -------
    list of list of number
        All of one length, None for blank cells.
    list of str
        Notes such as "the first row (a, b) was read as names of columns and left out".

    Raises
    ------
    Usage
        With row and column, counting from 1; `Ambiguous` for what can be read in two ways.

    Examples
    --------
    >>> read_table("1 2 / 3 4", "INPUT")
    ([[1, 2], [3, 4]], [])
    >>> read_table("a;b\\n1,5;2", "x.csv", table=True)
    ([[1.5, 2]], ['the first row (a, b) was read as names of columns and left out'])
    >>> read_table("1,5 2,5", "INPUT")
    Traceback (most recent call last):
        ...
    convviz.inputs.errors.Ambiguous: INPUT can be read as '1 5 2 5' or as '1.5 2.5'; write it in one of these ways
    """
    lines = list(enumerate(plain(WIDE_SLASH.sub(" / ", text)).splitlines(), 1))
    lines = [(place, line) for place, line in lines if line.strip() and not COMMENT.match(line)]
    given = SEPARATOR.fullmatch(lines[0][1]) if lines else None
    lines = lines[1:] if given else lines
    if not lines:
        raise Usage(f"{where} is empty; expected rows of numbers")
    separator = given[1] if given else ""
    if not (table or given):
        lines = without_row_ends(lines)
        require_no_other_groups(lines, where)
    if separator in ("", ","):
        require_no_split_decimals(lines, where)
        require_no_split_series(lines, where)
    values, notes = only_reading(lines, grammars(lines, separator, table), where, blanks)
    return values, notes or pair_notes(lines, values, table)


def pair_notes(lines, values, table):
    """A note where each row, two numbers with a comma between them, looks like one number with a decimal comma.

    It does if all rows have equally many digits after the comma, two or more, if 5 and 0 is all that stands there, and if a 0
    stands before each comma. A file of one row is a table.
    """
    if any(len(row) != 2 for row in values):
        return []
    found = [PAIR.fullmatch(part.strip()) for _, line in lines for part in re.split("[/;]", line)]
    if not all(found) or values != [[int(pair[1]), int(pair[2])] for pair in found] or (table and len(found) == 1):
        return []
    decimals = {pair[2] for pair in found}
    fixed = len(min(decimals, key=len)) > 1 and len(set(map(len, decimals))) == 1
    small = all(pair[1] == "0" for pair in found)
    if not (fixed or small or decimals in ({"5"}, {"0", "5"})):
        return []
    one, other = map(cut, found[0].groups())
    rows = ("two numbers", "") if len(found) == 1 else ("two numbers in each row", " in the first")
    return [f"was read as {rows[0]}, {one} and {other}{rows[1]}; for one number write {one}.{other}"]


def read_row(text, where="the text"):
    """Numbers in one row, between commas or blanks, as a list; a slash is that of a fraction.

    Examples
    --------
    >>> read_row("1, -2"), read_row("1/3 ２．５")
    ([1, -2], [Fraction(1, 3), 2.5])
    """
    line = " ".join(plain(text).split())
    for require in (require_no_other_groups, require_no_split_decimals, require_no_split_series):
        require([(1, line)], where)
    ways = [Grammar(split, "none", False, single) for split, single in splits(line, True)]
    try:
        return only_reading([(1, line)], ways, where, ())[0][0]
    except Ambiguous:
        raise
    except Usage:
        return [number(word) for word in split_leniently(line, 1)]  # raises the error of the first word that is none


def without_row_ends(lines):
    """Lines without the marks that end a row where a line ends or begins anyway."""
    stripped = [(place, line.strip(" /;\n\t")) for place, line in lines]
    return [(place, line) for place, line in stripped if line] or lines[:1]


def require_no_split_decimals(lines, where):
    """Raise Ambiguous for a row of more than two numbers that can hold one with a decimal comma, as -0,5 and 1,05 are."""
    for place, line in lines:
        for word in words_of(line):
            found = SPLIT_DECIMAL.search(word) if word.count(",") > 1 else None
            if found and len(set(map(len, word.split(",")))) > 1:
                whole, decimals = found[1].split(",")
                raise Ambiguous(
                    f"{where}: row {place}: {whole!r} and {decimals!r} can be two numbers or {whole}.{decimals}; write "
                    f"{whole}.{decimals}, or '{int(whole)},{int(decimals)}'"
                )


def require_no_split_series(lines, where):
    """Raise Ambiguous for rows that are each several numbers with both marks, such as 1.234,56,2.345,67."""
    words = [word for _, line in lines for word in words_of(line) if word]
    if all(map(SERIES.fullmatch, words)):
        one = " / ".join(word.replace(",", " ") for word in words)
        other = " / ".join(" ".join(joined(part[0]) for part in BOTH_MARKS.finditer(word)) for word in words)
        raise Ambiguous(f"{where} can be read as '{cut(one)}' or as '{cut(other)}'; write it in one of these ways")


def joined(word):
    """A number without the mark between its thousands, and with a decimal point."""
    return word.replace(",", "") if word.rfind(".") > word.find(",") else word.replace(".", "").replace(",", ".")


def require_no_other_groups(lines, where):
    """Raise Ambiguous for a row whose words can each be one number with commas between groups of two digits."""
    words = [word for word in words_of(lines[0][1]) if word]
    with_commas = [word for word in words if "," in word]
    if len(lines) == 1 and with_commas and all(INDIAN.fullmatch(word) for word in with_commas):
        one, other = (" ".join(words).replace(",", mark) for mark in (" ", ""))
        raise Ambiguous(f"{where} can be read as '{one}' or as '{other}'; write it in one of these ways")


def only_reading(lines, ways, where, blanks):
    """The one table that lines can be; an error if there are two, or none."""
    found, errors = {}, []
    for grammar in ways:
        try:
            values, notes = parsed(grammar, lines, blanks)
        except Ambiguous as error:
            ways = [shown(values) for values, _ in found.values()]
            if not (ways and error.readings):
                raise Ambiguous(f"{where}: {error}") from None
            one, other = map(shown, error.readings)
            said = f"'{ways[0]}', '{one}' or '{other}'; write numbers without marks between thousands, in one of these ways"
            raise Ambiguous(f"{where} can be {said}") from None
        except Usage as error:
            errors.append(error)
        else:
            found.setdefault(repr(values), (values, notes))
    if not found:
        raise Usage(f"{where}: {errors[0]}")
    if len(found) > 1:
        one, other = (shown(values) for values, _ in itertools.islice(found.values(), 2))
        raise Ambiguous(f"{where} can be read as '{one}' or as '{other}'; write it in one of these ways")
    return next(iter(found.values()))


def shown(values):
    """The beginning of a table as it could be typed."""
    text = " / ".join(" ".join("_" if value is None else decimal(value) for value in row) for row in values)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def decimal(value):
    """A number as text without a slash, which would end a row."""
    return written(value if isinstance(value, int) else float(value))


def parsed(grammar, lines, blanks):
    """Rows of numbers in one way to read lines, and notes."""
    rows, notes = grammar.rows(lines), []
    if not blanks:
        rows = without_margins(rows)
    split = any("," in word for _, words in rows for word in words)  # names are split as numbers are
    if len(lines) > 1 and len(rows) > 1:
        rows, notes = without_names(rows, blanks)
    commas = any("," in word for _, words in rows for word in words)
    if split and not grammar.commas and all(len(words) == 1 for _, words in rows) and grammar.split is not split_leniently:
        raise Usage("a comma separates numbers")
    values, failure = values_of(rows, blanks, commas or (grammar.points and any("." in w for _, words in rows for w in words)))
    require_one_length(rows, failure)
    if not values:
        raise failure
    if not grammar.points:
        require_no_split_thousands(rows)
    if len(values) == 2 and repr(values["."]) != repr(values[","]):
        raise Ambiguous(difference(rows, values), values.values())
    return next(iter(values.values())), notes


def values_of(rows, blanks, both):
    """Rows of numbers by the decimal mark with which they are numbers, and the first error.

    The decimal comma is tried where `both` are possible, or a point gives no numbers.
    """
    values, failure = {}, None
    for point in POINTS:
        if point == "," and not (both or failure):
            break
        try:
            values[point] = numbers(rows, point, blanks)
        except Usage as error:
            failure = failure or error
    return values, failure


def without_margins(rows):
    """Rows without empty rows and columns around the numbers."""
    filled = [(place, words) for place, words in rows if len(words) < 2 or any(words)]
    if not filled:
        raise Usage("all cells are empty; expected rows of numbers")
    first, last = rows.index(filled[0]), rows.index(filled[-1])
    rows = rows[first : last + 1]
    lengths = {len(words) for _, words in rows}
    while len(lengths) == 1 and lengths != {1}:
        side = next((end for end in (-1, 0) if not any(words[end] for _, words in rows)), None)
        if side is None:
            break
        rows = [(place, words[:-1] if side else words[1:]) for place, words in rows]
        lengths = {len(words) for _, words in rows}
    return rows


def numbers(rows, point, blanks):
    """Rows of words as lists of numbers with one decimal mark."""
    return [[cell(word, point, (row, column), blanks) for column, word in enumerate(words, 1)] for row, words in rows]


def cell(word, point, place, blanks):
    """A word as a number, or None for a blank cell."""
    if word in blanks:
        return None
    where = "row {}, column {} (counting from 1)".format(*place)
    try:
        value = value_of(word, point)
    except Usage as error:
        raise Usage(f"{where}: {error}") from None
    if value is None:
        other = POINTS[1 - POINTS.index(point)]
        if value_of(word, other) is not None:
            raise Usage(f"{where}: {brief(word)} is not a number with the decimal mark of the others; use points for all")
        raise Usage(f"{where}: {refusal(word)}")
    return value


def require_one_length(rows, failure):
    """Raise Usage where rows have different lengths, unless an earlier row has a word that is no number."""
    first, length = rows[0][0], len(rows[0][1])
    for row, words in rows:
        if len(words) != length:
            raise failure or Usage(
                f"row {row} has length {len(words)}, but row {first} has length {length}; every row needs as many numbers"
            )


def require_no_split_thousands(rows):
    """Raise Ambiguous for words such as 1 and 000 side by side, unless all words have three digits."""
    if all(len(word) == 3 for _, words in rows for word in words):
        return
    for row, words in rows:
        for column, (before, after) in enumerate(itertools.pairwise(words), 1):
            if re.fullmatch(r"[+-]?[1-9]\d{0,2}", before) and re.fullmatch(r"0\d\d(?:\.\d*)?", after):
                raise Ambiguous(
                    f"row {row}, column {column} (counting from 1): {before!r} and {after!r} can be two numbers or "
                    f"{before}{after}; write {before}{after}, or {written(value_of(after, '.'))} in place of {after}"
                )


def difference(rows, values):
    """The first cell that differs with the decimal mark, as words."""
    for (row, words), one, other in zip(rows, values["."], values[","], strict=True):
        for column, (word, *pair) in enumerate(zip(words, one, other, strict=True), 1):
            if repr(pair[0]) != repr(pair[1]):
                ways = " or ".join(map(written, pair))
                return (
                    f"row {row}, column {column} (counting from 1): {brief(word)} can be {ways}; "
                    "write numbers without marks between thousands, in a table separated by blanks or commas"
                )
    return ""
