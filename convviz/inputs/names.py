"""Names of rows and columns in a table of numbers, which are left out, and said to be."""

from convviz.inputs.errors import Usage
from convviz.inputs.numbers import cut, is_name

__all__ = ["without_names"]

#: How many names a note lists.
LISTED = 4


def without_names(rows, blanks=()):
    """Rows of words without the names of rows and columns, and notes about what was left out.

    Parameters
    ----------
    rows : list of (int, list of str)
        Each row with its number.
    blanks : tuple of str
        Words for blank cells, which are no names.

    Examples
    --------
    >>> without_names([(1, ["", "a", "b"]), (2, ["x", "1", "2"])])[0]
    [(2, ['1', '2'])]
    """
    require_no_numbering(rows)
    notes, head = [], rows[0][1]
    names = [word for word in head if word]
    header = bool(names) and all(is_name(word) and word not in blanks for word in names) and all(head[1:])
    below = rows[1:] if header else rows
    column = all(len(words) > 1 and is_name(words[0]) and words[0] not in blanks for _, words in below)
    if header and head[0] == "" and not column:
        raise Usage(
            "the first column has no name, so it may number the rows or hold numbers of the table; delete it or give it a name"
        )
    if header:
        require_a_name_for_each_column(names, below[0], column)
        notes.append(f"the first row ({listed(names)}) was read as names of columns and left out")
    if column:
        notes.append(f"the first column ({listed([words[0] for _, words in below])}) was read as names of rows and left out")
        below = [(place, words[1:]) for place, words in below]
    return below, notes


def require_a_name_for_each_column(names, row, column):
    """Raise Usage for more or fewer names than columns; the first column needs none if it holds names (`column`)."""
    place, words = row
    if len(names) not in (len(words), len(words) - column):
        count = "1 name" if len(names) == 1 else f"{len(names)} names"
        raise Usage(
            f"the first row has {count} ({listed(names)}), but row {place} has length {len(words)}; "
            "write decimals with a point, and one name for each column or none"
        )


def listed(names):
    """A few names."""
    return ", ".join(cut(name) for name in names[:LISTED]) + (", …" if len(names) > LISTED else "")


def require_no_numbering(rows):
    """Raise Usage for a table whose first row and column count from 0, as pandas writes it."""
    head = rows[0][1]
    if len(head) < 2 or head[0] or len(rows) < 2:
        return
    counted = [str(number) for number in range(max(len(head), len(rows)) - 1)]
    if head[1:] == counted[: len(head) - 1] and [words[0] for _, words in rows[1:]] == counted[: len(rows) - 1]:
        raise Usage(
            "the first row and the first column only count from 0; delete them, in pandas with "
            "to_csv(header=False, index=False)"
        )
