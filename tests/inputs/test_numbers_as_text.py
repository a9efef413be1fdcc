"""Numbers as people and spreadsheets write them are read where they have one meaning, and refused where they have two."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convviz
from convviz.cli.converters import bias
from convviz.inputs import Ambiguous, Usage
from convviz.inputs.numbers import number, plain
from convviz.inputs.sources import BLANKS, read
from convviz.inputs.tables import read_row, read_table
from convviz.interactive.cells import read_cell, read_cells

# One number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("－３", -3),
        ("3．5", 3.5),
        ("１８", 18),
        ("ー３", -3),
        ("3。5", 3.5),
        ("−3", -3),
        ("–3", -3),
        ("＋3", 3),
        ("٣٫٥", 3.5),
        ("１／３", Fraction(1, 3)),
        ("6/3", 2),
        ("3/1", 3),
        ("1E+05", 1e5),
        ("1,5", 1.5),
        ("1,5E-3", 0.0015),
        ("0,234", 0.234),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1,234,567", 1234567),
        ("1.234.567", 1234567),
        ("1'234", 1234),
        ("1’234’567.5", 1234567.5),
        ("1 234", 1234),
        ("1\u202f234,5", 1234.5),
        ("1.234", 1.234),
        ("-Infinity", -np.inf),
        ("∞", np.inf),
        (".5", 0.5),
        ("5.", 5.0),
        ("007", 7),
        ("\u200e-5\u200b", -5),
        ("9" * 30, int("9" * 30)),
    ],
)
def test_numbers_with_one_meaning(text, value):
    for reader in (number, read_cell):
        found = reader(f" {text} ")
        assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,234", "can be 1234 or 1.234; write one of these"),
        ("12,34,567", "write it without marks between thousands"),
        ("1.234.5", "write it without marks"),
        ("50%", "write 50% as 0.5"),
        ("５０％", "write 50% as 0.5"),
        ("$5", "write the number without its currency"),
        ("5 €", "write the number without its currency"),
        ("100円", "write the number without its currency"),
        ("(5)", "write a negative number as -5"),
        ("5-", "write a negative number as -5"),
        ("TRUE", "write 1 for true and 0 for false"),
        ("NA", "write nan for a number that is missing"),
        ("null", "write nan for a number that is missing"),
        ("#DIV/0!", "error of the spreadsheet"),
        ("#N/A", "error of the spreadsheet"),
        ("0x10", "write 16"),
        ("½", "write 0.5"),
        ("1d5", "write the exponent with e, as in 1e5"),
        ("2×10", "write the exponent with e, as in 1e5"),
        ("1/0", "divides by 0"),
        ("1e400", "is too large"),
        ("1e-400", "is too close to 0"),
        ("9" * 5000, "a number of 5,000 digits is too long"),
        ("3²", "'3²' is not a number"),
        ("1_000", "'1_000' is not a number"),
        ("1 2", "'1 2' is not a number"),
        ("1,", "'1,' is not a number"),
        ("--1", "is not a number"),
        ("+-1", "is not a number"),
        ("", "nothing stands there"),
        ("　", "nothing stands there"),
    ],
)
def test_what_is_refused_says_what_to_write(text, said):
    with pytest.raises(Usage) as caught:
        number(text)
    assert said in str(caught.value)
    with pytest.raises(ValueError):
        read_cell(text)


# Several numbers in one text


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1 2 3 / 4 5 6", [[1, 2, 3], [4, 5, 6]]),
        ("1,2,3;4,5,6", [[1, 2, 3], [4, 5, 6]]),
        ("1, 2\n3, 4\n", [[1, 2], [3, 4]]),
        ("1 2;\n3 4;", [[1, 2], [3, 4]]),
        ("１、２／３、４", [[1, 2], [3, 4]]),
        ("-1,1", [[-1, 1]]),
        ("1 0/0 1", [[1, 0], [0, 1]]),
        ("0 1/1 0", [[0, 1], [1, 0]]),
        ("1/9 1/9 / 1/9 1/9", [[Fraction(1, 9)] * 2] * 2),
        ("1'000 2", [[1000, 2]]),
        ("1;2\n3;4", [[1, 2], [3, 4]]),
        ("1,5;2\n3;4", [[1.5, 2], [3, 4]]),
        ("1,5\t2\n3\t4", [[1.5, 2], [3, 4]]),
        ('"1,5","2"', [[1.5, 2]]),
        ("# made by numpy\n1 2\n3 4", [[1, 2], [3, 4]]),
        ("sep=;\n1,5;2", [[1.5, 2]]),
        ("1\u00a02\u00a03", [[1, 2, 3]]),
    ],
)
def test_texts_with_one_meaning(text, rows):
    assert read_table(text, "INPUT") == (rows, [])


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("1,5 2,5", "1 5 2 5", "1.5 2.5"),
        ("1,5, 2,5", "1 5 2 5", "1.5 2.5"),
        ("1,2,3 4,5,6", "1 2 3 4 5 6", "1 2 3 / 4 5 6"),
        ("1;2;3", "1 / 2 / 3", "1 2 3"),
        ("1,2;3,4", "1 2 / 3 4", "1.2 3.4"),
        ("1/2", "1 / 2", "0.5"),
        ("1 2/3 4", "1 2 / 3 4", "1 0.6666666666666666 4"),
        ("1,234.5", "1 234.5", "1234.5"),
        ("255,128,100", "255 128 100", "255128100"),
        ("1\u202f234 5", "1 234 5", "1234 5"),
        ("-0,5", "0 5", "-0.5"),
        ("-0,5 / 1,5", "0 5 / 1 5", "-0.5 / 1.5"),
        ("1,05\n2,5", "1 5 / 2 5", "1.05 / 2.5"),
        ("1,5e3", "1 5000.0", "1500.0"),
        ("12,34,567", "12 34 567", "1234567"),
        ("-10,20,300 1,23,456", "-10 20 300 1 23 456", "-1020300 123456"),
        ("1.234,56\n2.345,67", "1.234 56 / 2.345 67", "1234.56 / 2345.67"),
        ("1,234.56\n-2,345.67", "1 234.56 / -2 345.67", "1234.56 / -2345.67"),
    ],
)
def test_texts_with_two_meanings(text, one, other):
    with pytest.raises(Ambiguous) as caught:
        read_table(text, "INPUT")
    assert str(caught.value) == f"INPUT can be read as '{one}' or as '{other}'; write it in one of these ways"
    if all(mark in text for mark in ",.") or re.search(r"-0,|,0\d", text):  # no one writes such numbers in two cells
        with pytest.raises(Ambiguous, match=re.escape(f"can be read as '{one}' or as '{other}'")):
            read_table(text.replace(" / ", "\n"), "x.csv", table=True)
    # what is to be written has one meaning
    assert read_table(one, "INPUT") != read_table(other, "INPUT")


@pytest.mark.parametrize("text", ["1;1.234", "1,234;2,345", '"1,234","5"', "1.234\t5", "1,234"])
def test_thousands_or_decimals(text):
    with pytest.raises(Ambiguous, match="can be .* or .*; write numbers without marks between thousands"):
        read_table(text, "INPUT", table=True if "," not in text or text[0] in '"1' and ";" in text or '"' in text else False)


def test_two_groups_of_three_digits_can_be_three_things():
    for text in ("100,200", "1,234", "-12,345"):
        with pytest.raises(Ambiguous) as caught:
            read_table(text, "INPUT")
        ways = [text.replace(",", mark).rstrip("0" if mark == "." else "") for mark in (" ", "", ".")]
        assert re.findall("'([^']+)'", str(caught.value)) == ways
        assert len({repr(read_table(way, "INPUT")[0]) for way in ways}) == 3
    assert read_table("100,200", "x.csv", table=True)[0] == [[100, 200]]


def test_two_numbers_that_can_be_one_below_1_are_said_to_be_two():
    assert read_table("0,25", "INPUT") == ([[0, 25]], ["was read as two numbers, 0 and 25; for one number write 0.25"])
    for text, table in (("0,25", True), ("0 25", False), ("0,25 / 1,5", False), ("0,2,5", False)):
        assert read_table(text, "INPUT", table)[1] == []


@given(st.integers(-99, 99), st.text("0123456789", min_size=1, max_size=4), st.booleans(), st.booleans())
def test_a_number_with_a_decimal_comma_is_never_split_without_a_word(whole, decimals, minus, table):
    """Where it can hardly be two numbers: a minus before a 0, decimals that begin with 0."""
    text = f"{'-' if minus and whole >= 0 else ''}{whole},{decimals}"
    lost = text.startswith("-0") or (len(decimals) > 1 and decimals.startswith("0"))
    if not lost:
        return
    with pytest.raises(Ambiguous) as caught:
        read_table(text, "INPUT", table)
    said = str(caught.value)
    written = [way for way in re.findall("'([^']+)'", said) if "," not in way]
    assert len(written) > 1, said
    for way in written:
        assert all(np.isfinite(value) for value in read_table(way, "INPUT")[0][0])


# Decimal commas between commas


@pytest.mark.parametrize(
    ("text", "names", "length"),
    [
        ("a\n1,5\n2,5", "1 name (a)", 2),
        ("x,y\n1,5,2,5\n3,5,4,5", "2 names (x, y)", 4),
        ("x,y\nr,1,5,2,5", "2 names (x, y)", 5),
        ("a,b,c\n1,2", "3 names (a, b, c)", 2),
    ],
)
def test_names_that_are_not_as_many_as_columns_are_refused(text, names, length):
    for table in (True, False):
        with pytest.raises(Usage) as caught:
            read_table(text, "x.csv", table)
        assert str(caught.value) == (
            f"x.csv: the first row has {names}, but row 2 has length {length}; "
            "write decimals with a point, and one name for each column or none"
        )


@given(st.integers(1, 4), st.integers(1, 8), st.booleans(), st.booleans())
def test_a_row_of_names_is_left_out_only_if_each_column_has_one(names, columns, corner, table):
    head = ",".join(f"n{i}" for i in range(names))
    below = ",".join((["r"] if corner else []) + ["3"] * columns)
    try:
        values, _ = read_table(f"{head}\n{below}\n{below}", "x.csv", table)
    except Usage:
        assert names not in (columns, columns + corner)
    else:
        assert values == [[3] * columns] * 2 and names in (columns, columns + corner)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12,50\n7,25", "two numbers in each row, 12 and 50 in the first; for one number write 12.50"),
        ("0,1\n0,27", "two numbers in each row, 0 and 1 in the first; for one number write 0.1"),
        ("1,5\n2,0\n-3,5", "two numbers in each row, 1 and 5 in the first; for one number write 1.5"),
        ("1,234\n5,678", "two numbers in each row, 1 and 234 in the first; for one number write 1.234"),
    ],
)
def test_two_columns_that_look_like_one_of_decimals_are_said_to_be_two(text, said):
    rows = [[int(word) for word in line.split(",")] for line in text.splitlines()]
    for table in (True, False):
        assert read_table(text, "x.csv", table) == (rows, [f"was read as {said}"])
    assert read_table(f"a,b\n{text}", "x.csv", True)[1] == ["the first row (a, b) was read as names of columns and left out"]
    if "234" not in text:  # in one line it can be thousands, too, and is refused
        assert read_table(text.replace("\n", " / "), "INPUT") == (rows, [f"was read as {said}"])


@pytest.mark.parametrize("text", ["1,2\n3,4", "1,0\n0,1", "1,10\n2,3", "1, 50\n2, 25", "1,50,25\n3,75,25", "12;50\n7;25"])
def test_other_tables_are_read_without_a_remark(text):
    assert read_table(text, "x.csv", True)[1] == read_table(text, "INPUT")[1] == []


@pytest.mark.parametrize("text", ["1,25;2,50", "1,25;2,50\n3,75;4,50", '"1,25","2,50"', "1,25\t2,50"])
def test_decimal_commas_that_are_read_as_such_get_no_remark(text):
    values, notes = read_table(text, "x.csv", True)
    assert values[0] == [1.25, 2.5] and notes == []


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("1.234,56,2.345,67", "1.234 56 2.345 67", "1234.56 2345.67"),
        ("1,234.56,2,345.67\n-3,456.7,1,111.1", "1 234.56 2 345.67 / -3 456.7 1 111.1", "1234.56 2345.67 / -3456.7 1111.1"),
        ("1,2e3\n2,3e3", "1 2000.0 / 2 3000.0", "1200.0 / 2300.0"),
    ],
)
def test_rows_of_numbers_that_commas_split_are_refused(text, one, other):
    for table in (True, False):
        with pytest.raises(Ambiguous) as caught:
            read_table(text, "x.csv", table)
        assert str(caught.value) == f"x.csv can be read as '{one}' or as '{other}'; write it in one of these ways"


@given(st.lists(st.tuples(st.integers(-999, 999), st.integers(0, 99)), min_size=2, max_size=5), st.booleans())
def test_prices_are_never_split_without_a_word(prices, table):
    text = "\n".join(f"{whole},{cents:02d}" for whole, cents in prices)
    try:
        _, notes = read_table(text, "x.csv", table)
    except Ambiguous as error:
        assert re.search("can be read as '.*' or as '.*'", str(error))
    else:
        assert notes and f"write {prices[0][0]}.{prices[0][1]:02d}" in notes[0]


@pytest.mark.parametrize(
    ("text", "one", "two"),
    [
        ("1,05,2,50\n3,75,4,50", "1.05", "1,5"),
        ("1,5,-0,5", "-0.5", "0,5"),
        ("7,02,10", "7.02", "7,2"),
        ("1,0001,3", "1.0001", "1,1"),
    ],
)
def test_a_decimal_comma_in_a_longer_row_is_not_split(text, one, two):
    for table in (True, False):
        with pytest.raises(Ambiguous, match=re.escape(f"can be two numbers or {one}; write {one}, or '{two}'")):
            read_table(text, "x.csv", table)
    with pytest.raises(Ambiguous, match=re.escape(f"can be two numbers or {one}")):
        read_row(text.splitlines()[0])
    assert read_table("01,02,10", "x.csv", True)[0] == [[1, 2, 10]]


# Cells that are empty, marks that cannot be seen, errors of spreadsheets, long words


@given(
    st.lists(st.sampled_from(["", "1", "2.5", "-3"]), min_size=2, max_size=5),
    st.sampled_from([",", ", ", " , ", " ,"]),
    st.booleans(),
)
def test_an_empty_cell_is_never_merged_with_its_neighbour(cells, mark, lines):
    if "" not in cells[1:-1] or "" in (cells[0], cells[-1]):
        cells = ["1", "", "2"]
    text = mark.join(cells)
    with pytest.raises(Usage, match="nothing stands there; expected a number"):
        read_row(text)
    with pytest.raises(Usage, match="nothing stands there; expected a number"):
        read_table("\n".join([text] * (1 + lines)), "INPUT")
    wanted = [None if cell == "" else float(cell) for cell in cells]
    assert read_table(text, "ANSWER", False, BLANKS)[0] == [wanted]


@given(
    st.text("0123456789.", min_size=2, max_size=6), st.sampled_from("\u200b\u200c\u200d\u200e\u2060\ufeff"), st.integers(1, 3)
)
def test_a_number_is_never_made_by_leaving_out_a_mark_inside_it(digits, mark, count):
    for place in range(1, len(digits)):
        text = digits[:place] + mark * count + digits[place:]
        for reader in (number, read_row, lambda text: read_table(text, "INPUT"), lambda text: read_table(text, "x", True)):
            with pytest.raises(Usage, match="a mark that cannot be seen; write its digits again"):
                reader(text)
    assert number(f"{mark}-{mark}5{mark}") == -5 and read_row(f"1,{mark}-2{mark} 3") == [1, -2, 3]


@pytest.mark.parametrize("word", ["#N/A", "N/A", "n/a", "#DIV/0!", "＃Ｎ／Ａ", "#¡DIV/0!"])
@pytest.mark.parametrize("text", ["1 {} 2", "{} 1 / 2 3", "1 2/3 {}", "1,{};2,3", "1 2\n3 {}"])
def test_words_with_a_slash_stay_whole(word, text):
    if text.startswith("{") and word == "n/a":
        text = f"1 {text}"
    with pytest.raises(Usage, match=f"{plain(word)!r} is not a number; (it is an error|write nan for)"):
        read_table(text.format(word), "INPUT")


@pytest.mark.parametrize("letter", ["x", "9x", "é", "'", "#", "-", "1.5.", "N/A", "__", "1e"])
def test_long_words_are_shortened_in_errors(letter):
    word = letter * (4200 // len(letter))
    for reader in (number, read_cell, read_row, lambda text: read_table(text, "INPUT"), lambda text: read(text, "INPUT")):
        for text in (word, word + ".csv"):
            with pytest.raises((Usage, ValueError)) as caught:
                reader(text)
            assert len(str(caught.value)) < 400
    notes = read_table(f"{'width' * 1000};b\n1;2", "x.csv", table=True)[1]
    assert len(notes[0]) < 200
    for text in ("9" * 400 + ".5", "1" * 4000 + "/0"):
        with pytest.raises(Usage) as caught:
            number(text)
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize("word", ["NA", "N/A", "NULL", "null", "None", "<NA>", "missing"])
def test_words_for_missing_numbers_are_refused_with_what_to_write(word):
    for text in (f"1,{word}\n2,3", f"{word},1\n{word},2"):
        with pytest.raises(Usage, match="is not a number; write nan for a number that is missing"):
            read_table(text, "x.csv", table=True)
    assert np.isnan(read_table("1,nan\n2,3", "x.csv", table=True)[0][0][1])


@pytest.mark.parametrize(
    ("text", "one", "instead"),
    [("1 000 000", "1000", 0), ("2, 1, 000.5", "1000.5", 0.5), ("1,050,2,000\n3,4,5,6", "1050", 50)],
)
def test_thousands_that_a_separator_splits(text, one, instead):
    for table in (True, False):
        with pytest.raises(Ambiguous, match=f"can be two numbers or {one}; write {one}, or {instead} in place of 0"):
            read_table(text, "INPUT", table)


def test_numbers_of_a_fixed_width():
    assert read_table("255 000 128 / 007 012 000", "INPUT")[0] == [[255, 0, 128], [7, 12, 0]]


def test_lists_of_programs_are_refused_by_a_hint():
    for text in ("[[1, 2], [3, 4]]", "| 1 | 2 |", "{1, 2}"):
        with pytest.raises(Usage, match="is not a number; write rows as 1 2 / 3 4"):
            read_table(text, "INPUT")
    with pytest.raises(Usage, match="write rows as 1 2 / 3 4"):
        read("[[1, 2], [3, 4]]", "INPUT")


# Tables of spreadsheets


@pytest.mark.parametrize(
    ("text", "rows", "notes"),
    [
        ("1;2;3", [[1, 2, 3]], []),
        ("1.234;1,5", [[1234, 1.5]], []),
        ("1 234;5,5", [[1234, 5.5]], []),
        ("123,234,210\n101,111,222", [[123, 234, 210], [101, 111, 222]], []),
        ("1,2,\n3,4,\n,,\n", [[1, 2], [3, 4]], []),
        (",,\n,1,2\n,3,4", [[1, 2], [3, 4]], []),
        ("1/2;1/4", [[Fraction(1, 2), Fraction(1, 4)]], []),
        ("a;b\n1;2", [[1, 2]], ["the first row (a, b) was read as names of columns and left out"]),
        ("左\t右\n1\t2", [[1, 2]], ["the first row (左, 右) was read as names of columns and left out"]),
        ("top,1,2\nend,3,4", [[1, 2], [3, 4]], ["the first column (top, end) was read as names of rows and left out"]),
        (
            ",a,b,c,d,e\nx,1,2,3,4,5",
            [[1, 2, 3, 4, 5]],
            [
                "the first row (a, b, c, d, …) was read as names of columns and left out",
                "the first column (x) was read as names of rows and left out",
            ],
        ),
    ],
)
def test_tables_with_one_meaning(text, rows, notes):
    assert read_table(text, "x.csv", table=True) == (rows, notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1.5;2,5", "'2,5' is not a number with the decimal mark of the others; use points for all"),
        (",a,b\n0,1,2\n1,3,4", "the first column has no name, so it may number the rows"),
        (",0,1\n0,5,6\n1,7,8", "only count from 0; delete them, in pandas with to_csv(header=False, index=False)"),
        ("O,1\nO,2", "'O' is not a number"),
        ("null,1\nnull,2", "'null' is not a number"),
        ("1,#N/A", "row 1, column 2 (counting from 1): '#N/A' is not a number; it is an error of the spreadsheet"),
        ("1,2\nTotal,3", "row 2, column 1 (counting from 1): 'Total' is not a number"),
        ('1,"2"3', "a quotation mark is not closed, or stands inside a cell"),
        ("1,5 234,5", "can be read as '1 5234 5' or as '1 5 234 5'"),
        (",,\n,,", "all cells are empty"),
        ("# nothing", "is empty; expected rows of numbers"),
        ("a,b", "'a' is not a number"),
    ],
)
def test_tables_that_are_refused(text, said):
    with pytest.raises(Usage) as caught:
        read_table(text, "x.csv", table=True)
    assert said in str(caught.value) and str(caught.value).startswith("x.csv")


def test_blank_cells_of_answers():
    for text, table in (
        ("18 _ 19 / 1 ? 3", False),
        ("18,,19\n1,nan,3", True),
        ("18;;19\n1;＿;3", True),
        ("18\t\t19\n1\tNaN\t3", False),
    ):
        assert read_table(text, "ANSWER", table, BLANKS)[0] == [[18, None, 19], [1, None, 3]]


def test_a_row_of_numbers():
    assert read_row("1 -2") == read_row("1, -2") == read_row("1,-2") == read_row("１、－２") == [1, -2]
    assert read_cells("1; 2") == (1, 2) and read_cells(" ") == ()
    assert bias("1/3 ２") == [Fraction(1, 3), 2]
    with pytest.raises(Ambiguous, match="'1 5 2 5' or as '1.5 2.5'"):
        read_row("1,5 2,5")


# All grids, in all ways to write them: what is read is what was written


def grouped(value, mark, size=3):
    """Digits with a mark between groups."""
    sign, digits = ("-" if value < 0 else "", str(abs(value)))
    parts = []
    while len(digits) > size:
        parts.insert(0, digits[-size:])
        digits = digits[:-size]
    return sign + mark.join([digits, *parts])


def spelled(value, point, mark):
    """A number with a decimal mark, and a mark between thousands."""
    whole, _, decimals = f"{value}".partition(".")
    negative = whole.startswith("-")
    text = ("-" if negative else "") + (grouped(abs(int(whole)), mark) if mark else whole.lstrip("-"))
    return text + (f"{point}{decimals}" if decimals else "")


NUMBERS = st.one_of(
    st.integers(-9, 9),
    st.integers(-5_000_000, 5_000_000),
    st.decimals(-9999, 9999, places=1).map(float),
    st.decimals(-9999, 9999, places=3).map(float),
)
GRIDS = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(st.lists(NUMBERS, min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0])
)
MARKS = {".": ("", ",", "'", " ", "\u202f"), ",": ("", ".", "'", " ", "\u202f")}
WIDE = str.maketrans("0123456789.,-;/ ", "０１２３４５６７８９．，－；／　")


@given(
    GRIDS,
    st.sampled_from([(point, mark) for point, marks in MARKS.items() for mark in marks]),
    st.sampled_from([",", ";", "\t", " ", ", "]),
    st.sampled_from(["\n", "\r\n", " / ", "/", ";"]),
    st.sampled_from(["plain", "wide", "trailing", "quoted", "sep", "names"]),
    st.booleans(),
)
def test_what_is_read_is_what_was_written(grid, dialect, separator, end, style, table):
    point, mark = dialect
    cells = [[spelled(value, point, mark) for value in row] for row in grid]
    # a cell with the separator or a blank in it is written in quotes, as spreadsheets do
    if separator in (",", ";", "\t"):
        special = f"{separator} "
        cells = [[f'"{c}"' if style == "quoted" or any(s in c for s in special) else c for c in row] for row in cells]
    elif any(" " in cell or "," in separator and "," in cell for row in cells for cell in row):
        return
    if len(grid[0]) == 1 and any("," in row[0] and '"' not in row[0] for row in cells):
        return  # a comma between digits, and no other separator, is one: 1,2 is two numbers
    if dialect == (",", ".") and (separator not in (";", "\t") or len(grid[0]) == 1):
        return  # a point is the decimal mark where no semicolon and no tab stands between cells
    text = end.join(separator.join(row) for row in cells)
    if style == "sep" and separator in (",", ";", "\t") and end in ("\n", "\r\n"):
        text = f"sep={separator}\n{text}"
    if style == "names" and end in ("\n", "\r\n"):
        text = separator.join(f"x{i}" for i in range(len(grid[0]))) + f"{end}{text}"
    if style == "wide":
        text = text.translate(WIDE)
    if style == "trailing":
        text += end
    # rows of an inline text in which ; ends a row are no file of a spreadsheet, and one of its cells may not hold another mark
    if end in (" / ", "/", ";") and (table or separator == end):
        return
    try:
        values, _ = read_table(text, "INPUT", table)
    except Usage:
        return
    assert values == grid, text


@given(GRIDS, st.sampled_from([" ", ", ", "\t"]), st.sampled_from(["\n", " / "]))
def test_plain_grids_are_never_refused(grid, separator, end):
    text = end.join(separator.join(map(str, row)) for row in grid)
    if separator == "\t" and any(isinstance(value, float) for row in grid for value in row):
        return  # 1.234 may have a mark between thousands there
    assert read_table(text, "INPUT")[0] == grid


@given(st.text("0123456789 ,;/.-eE\n\t\"'#x%０１－．、−", max_size=20), st.booleans())
def test_any_text_is_read_or_refused(text, table):
    try:
        values, _ = read_table(text, "INPUT", table)
    except Usage as error:
        assert "\n" not in str(error)
    else:
        assert len({len(row) for row in values}) == 1
        digits = "".join(letter for letter in plain(text) if letter.isdigit())
        assert sum(len(str(value).lstrip("-").replace(".", "")) for row in values for value in row) >= 1 and digits


# The page of the reference

PAGE = Path(convviz.__file__).parents[1] / "docs" / "reference" / "numbers.md"


def lines_of(heading):
    """What is written and what it is, for each line of a table of the page."""
    part = PAGE.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| `")]
    assert len(lines) > 8
    return [(re.findall("`([^`]+)`", left), right) for left, right in lines]


@pytest.mark.parametrize(("texts", "said"), lines_of("One number"))
def test_the_page_about_one_number(texts, said):
    values = re.findall("`([^`]+)`", said)
    for place, text in enumerate(texts):
        if said.startswith("refused"):
            with pytest.raises(Usage) as caught:
                number(text)
            assert all(value in str(caught.value) for value in values)
        elif said.startswith("as in Python"):
            assert number(text) == float(text)
        elif values:
            assert number(text) == float(values[min(place, len(values) - 1)])
        else:
            assert number(text) == Fraction(1, 3) or not np.isfinite(number(text))


@pytest.mark.parametrize(("texts", "said"), lines_of("Several numbers"))
def test_the_page_about_several_numbers(texts, said):
    values = re.findall("`([^`]+)`", said)
    (text,) = (text.replace(" ↵ ", "\n") for text in texts)
    if said.startswith("refused"):
        with pytest.raises(Ambiguous) as caught:
            read_table(text, "INPUT")
        assert all(value in str(caught.value) for value in values)
    else:
        rows, _ = read_table(text, "INPUT")
        assert rows == [[number(word) for word in row.split()] for row in values[0].split(" / ")]
