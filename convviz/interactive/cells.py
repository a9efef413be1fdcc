"""A grid of numbers that can be edited cell by cell."""

import ipywidgets

from convviz.inputs import Usage
from convviz.inputs.numbers import number, plain
from convviz.inputs.tables import read_row
from convviz.interactive.widget_versions import give_tooltip
from convviz.steps.notation import show

__all__ = ["CellGrid", "read_cell", "read_cells"]

#: Width of a field, and the border of one with something else than a number.
WIDTH, WRONG_BORDER = "3.4em", "2px dashed #c24e00"
#: Up to how many cells a side fields are made.
SIDE = 10


class CellGrid(ipywidgets.GridBox):
    """Text fields for the numbers of an array, one for each cell.

    Parameters
    ----------
    name : str
        What the numbers are called: "kernel".
    cell : str
        How one of them is called by a screen reader and in errors: ``"{}, row {}, column {}"``.
    changed : function
        Called with row, column and the number when one was changed.
    refused : function
        Called with the words of the error when something else than a number was typed.

    Attributes
    ----------
    fields : list of list of ipywidgets.Text
    """

    def __init__(self, name, cell, changed, refused):
        super().__init__([])
        self.name, self.cell, self.changed, self.refused = name, cell, changed, refused
        self.fields, self.quiet = [], False

    @property
    def shape(self):
        """Rows and columns of fields."""
        return len(self.fields), len(self.fields[0]) if self.fields else 0

    def fill(self, values):
        """Show the numbers of an array (rows, columns)."""
        if self.shape != values.shape:
            self.make(*values.shape)
        self.quiet = True
        for row, line in enumerate(self.fields):
            for column, field in enumerate(line):
                text = written(values[row, column])
                if field.value != text:
                    field.value = text
                mark(field, False)
        self.quiet = False

    def make(self, rows, columns):
        """Make fields for so many rows and columns; present ones are kept."""
        kept, before = self.shape, self.fields
        self.fields = [
            [self.fields[r][c] if r < kept[0] and c < kept[1] else self.field(r, c) for c in range(columns)]
            for r in range(rows)
        ]
        self.children = [field for line in self.fields for field in line]
        for r, line in enumerate(before):
            for c, field in enumerate(line):
                if r >= rows or c >= columns:
                    field.close()
        self.layout.grid_template_columns = f"repeat({columns}, {WIDTH})"
        self.layout.grid_gap = "0"

    def field(self, row, column):
        """The field of one cell."""
        made = ipywidgets.Text(continuous_update=False, layout=ipywidgets.Layout(width=WIDTH, margin="0"))
        give_tooltip(made, self.cell.format(self.name, row, column))
        made.observe(lambda change: self.typed(row, column, change["new"]), names="value")
        return made

    def typed(self, row, column, text):
        """Handle text that was typed into a field."""
        if self.quiet:
            return
        try:
            value = read_cell(text)
        except ValueError as error:
            mark(self.fields[row][column], True)
            self.refused(f"{self.cell.format(self.name, row, column)}: {error}")
            return
        mark(self.fields[row][column], False)
        self.changed(row, column, value)


def mark(field, wrong):
    """Draw a border around a field that holds no number, or remove it."""
    border = WRONG_BORDER if wrong else None
    if field.layout.border != border:
        field.layout.border = border


def written(value):
    """A number as the text that a user would type."""
    return show(value, None).text.replace("−", "-")


def read_cell(text):
    """A number from what was typed: 3, -1.5, 1e3 or a fraction such as 1/9.

    Raises
    ------
    ValueError
        For anything else.

    Examples
    --------
    >>> read_cell(" −3 "), read_cell("0.5"), read_cell("1/9")
    (-3, 0.5, Fraction(1, 9))
    >>> read_cell("two")
    Traceback (most recent call last):
        ...
    ValueError: “two” is not a number; type one such as 3, -1.5 or 1/9
    """
    if not text.strip():
        raise ValueError("nothing stands there; type a number")
    try:
        return number(text)
    except Usage as error:
        said = str(error).replace(repr(text.strip()), f"“{text.strip()}”", 1)
    raise ValueError(said if "; " in said else f"{said}; type one such as 3, -1.5 or 1/9")


def read_cells(text):
    """Numbers separated by blanks, commas or semicolons, as a tuple.

    Raises
    ------
    ValueError
        For anything else, and for a comma that may be a decimal mark or stand between two numbers.

    Examples
    --------
    >>> read_cells("1 -2; 0.5"), read_cells("１、２")
    ((1, -2, 0.5), (1, 2))
    """
    if not text.strip():
        return ()
    try:
        return tuple(read_row(plain(text).replace(";", " "), "the text"))
    except Usage as error:
        raise ValueError(str(error)) from None
