"""Colours by role: the one place that says what a padding cell or a winner looks like.

The hues are spaced after Okabe and Ito's palette for colour-blind readers, and the roles that stand side by side
differ in lightness too, so that a photocopy still tells them apart. What colour says is said a second time by a
line: padding is dashed, cells that no window reaches are hatched, the cell in question is bold.
"""

import re
from dataclasses import dataclass, replace

from convviz._support.values import brief
from convviz.stage.tints import LEVELS, STRENGTHS

__all__ = ["DARK", "LIGHT", "ROLES", "VEIL", "Style", "Theme", "theme"]

#: How much of what is still to come in a picture of a feature map its veil covers.
VEIL = 0.65


#: The darkest grey on which black letters are read better than white ones.
MIDDLE_GREY = 118


def checked_colour(value, name):
    """Raise TypeError or ValueError unless a value is a colour as every kind of file takes it: #rrggbb."""
    if not isinstance(value, str):
        raise TypeError(f"the colour {name} is {brief(value)}; expected a text such as '#1a1a1a'")
    if not re.fullmatch("#[0-9a-fA-F]{6}", value):
        raise ValueError(f"the colour {name} is {brief(value)}; expected red, green and blue as six digits, such as '#1a1a1a'")


@dataclass(frozen=True)
class Style:
    """How a cell of one role is drawn: colours as ``#rrggbb``."""

    fill: str
    text: str
    bold: bool = False
    dashed: bool = False
    hatched: bool = False

    def __post_init__(self):
        for name in ("fill", "text"):
            checked_colour(getattr(self, name), name)


@dataclass(frozen=True)
class Theme:
    """A set of styles.

    Attributes
    ----------
    name : str
        "light" or "dark".
    background, text, faint : str
        Colours of the paper, of captions and of secondary captions.
    edge : str
        Colour of the lines between cells.
    mark : dict of str to str
        Colour of the outline that a mark of a role draws, and of channels: "channel-0" to "channel-3".
    cells : dict of str to Style
        The style of each role in `ROLES`.
    negative, positive : str
        Colours of numbers below and above 0, of which cells that are coloured by value take some; 0 is as a "cell" is.
    veil : str
        Colour of the veil over what is still to come in a picture: neither white, as 0 often is, nor black.
    """

    name: str
    background: str
    text: str
    faint: str
    edge: str
    mark: dict
    cells: dict
    negative: str = "#1b4fa8"
    positive: str = "#a81f1b"
    veil: str = "#c4c4c4"

    def __post_init__(self):
        for name in ("background", "text", "faint", "edge", "negative", "positive", "veil"):
            checked_colour(getattr(self, name), name)
        for name, given, roles in (("mark", self.mark, MARKS), ("cells", self.cells, ROLES)):
            if not isinstance(given, dict) or not set(roles) <= set(given):
                raise ValueError(f"{name} of a theme is {brief(given)}; expected a dict with {', '.join(roles)}")
        for role, colour in self.mark.items():
            checked_colour(colour, f"of the mark {brief(role)}")
        for role, style in self.cells.items():
            if not isinstance(style, Style):
                raise TypeError(f"the style of cells {brief(role)} is {brief(style)}; expected a convviz.stage.theme.Style")

    def style(self, cell):
        """The `Style` of a cell of a scene: that of its role, with a tint or grey where it is coloured by value."""
        style = self.cells[cell.role]
        if cell.grey is not None:
            return replace(style, fill=f"#{3 * f'{cell.grey:02x}'}", text="#000000" if cell.grey >= MIDDLE_GREY else "#ffffff")
        if cell.tint is None:
            return style
        part = STRENGTHS[cell.role] * abs(cell.tint) / LEVELS
        pairs = zip(*(bytes.fromhex(colour[1:]) for colour in (self.sign(cell.tint), self.cells["cell"].fill)), strict=True)
        return replace(style, fill="#" + "".join(f"{round(one * part + other * (1 - part)):02x}" for one, other in pairs))

    def sign(self, number):
        """The colour of the sign of a number."""
        return self.negative if number < 0 else self.positive

    def title_colour(self, grid):
        """Colour of a grid's title: that of its channel, if it has one."""
        return self.mark.get(grid.colour, self.text)

    def outline_colour(self, mark, grid):
        """Colour of an outline on a grid: a window has the colour of its channel."""
        role = grid.colour if mark.role == "window" and grid.colour in self.mark else mark.role
        return self.mark.get(role, self.mark["window"])


#: What a cell can be. "cell" is an ordinary number, "window" one that the present step reads, "padding" one that padding adds,
#: "padding_window" such a one when it is read, "copy" and "copy_window" the same where it is a copy of a cell, "outside" lies
#: beyond the padding (a ceil-mode window hangs over), "stuffed" is a zero that a transposed convolution puts between inputs,
#: "unreached" is read by no window, "weight" and "product" belong to the kernel and the element-wise products, "winner" is the
#: maximum, "current" is the output cell in question, "done" and "pending" are output cells before and after it, "lit" is an
#: input cell that a hovered weight meets.
ROLES = (
    "cell",
    "window",
    "padding",
    "padding_window",
    "copy",
    "copy_window",
    "outside",
    "stuffed",
    "unreached",
    "weight",
    "product",
    "winner",
    "current",
    "done",
    "pending",
    "lit",
)

#: What a mark can be in every theme.
MARKS = ("window", "current", "winner", "lit", "link")


def channels(*colours):
    """The colours of channels, by the names that grids have for them."""
    return {f"channel-{number}": colour for number, colour in enumerate(colours)}


LIGHT = Theme(
    name="light",
    background="#ffffff",
    text="#1a1a1a",
    faint="#5c5c5c",
    edge="#8a8a8a",
    mark={"window": "#d55e00", "current": "#d55e00", "winner": "#0b3c6f", "lit": "#0072b2", "link": "#8a8a8a"}
    | channels("#b3202f", "#17713f", "#1f57b8", "#7a3a9c"),
    cells={
        "cell": Style("#ffffff", "#5f6368"),
        "window": Style("#ffb938", "#1a1a1a"),
        "padding": Style("#dedede", "#5c5c5c", dashed=True),
        "padding_window": Style("#d99a3c", "#2b2b2b", dashed=True),
        "copy": Style("#dedede", "#3c3c3c", dashed=True),
        "copy_window": Style("#d99a3c", "#1a1a1a", dashed=True),
        "outside": Style("#ffffff", "#5c5c5c", dashed=True, hatched=True),
        "stuffed": Style("#d4e0ea", "#5c5c5c", dashed=True),
        "unreached": Style("#ffffff", "#5c5c5c", hatched=True),
        "weight": Style("#b9d9ee", "#1a1a1a"),
        "product": Style("#fff3d6", "#1a1a1a"),
        "winner": Style("#0b3c6f", "#ffffff", bold=True),
        "current": Style("#c24e00", "#ffffff", bold=True),
        "done": Style("#bfe3d3", "#1a1a1a"),
        "pending": Style("#f7f7f7", "#5c5c5c"),
        "lit": Style("#56a9de", "#0f1418"),
    },
)

DARK = Theme(
    name="dark",
    background="#16181c",
    text="#f0f0f0",
    faint="#b4b8bf",
    edge="#6d737d",
    mark={"window": "#ffb000", "current": "#ffb000", "winner": "#8fd0ff", "lit": "#56b4e9", "link": "#7d838c"}
    | channels("#ff8a80", "#6fd39a", "#8ab4f8", "#d0a3f0"),
    cells={
        "cell": Style("#23262c", "#b4b8bf"),
        "window": Style("#8f6100", "#ffffff"),
        "padding": Style("#383d46", "#b4b8bf", dashed=True),
        "padding_window": Style("#6b5422", "#e6e6e6", dashed=True),
        "copy": Style("#383d46", "#d8dbe0", dashed=True),
        "copy_window": Style("#6b5422", "#ffffff", dashed=True),
        "outside": Style("#16181c", "#b4b8bf", dashed=True, hatched=True),
        "stuffed": Style("#31404f", "#b4b8bf", dashed=True),
        "unreached": Style("#23262c", "#b4b8bf", hatched=True),
        "weight": Style("#174f74", "#ffffff"),
        "product": Style("#3d3115", "#ffffff"),
        "winner": Style("#bfe4ff", "#0a2a44", bold=True),
        "current": Style("#ffb000", "#1a1a1a", bold=True),
        "done": Style("#14513b", "#ffffff"),
        "pending": Style("#1d2025", "#b4b8bf"),
        "lit": Style("#4aa3e0", "#10161c"),
    },
    negative="#5b8def",
    positive="#d9534f",
    veil="#8c929c",
)


def theme(name):
    """The theme called `name`, or `name` itself when it is a `Theme`.

    Parameters
    ----------
    name : {"light", "dark"} or Theme

    Raises
    ------
    ValueError
        For any other name.

    Examples
    --------
    >>> theme("dark").background
    '#16181c'
    """
    if isinstance(name, Theme):
        return name
    for known in (LIGHT, DARK):
        if isinstance(name, str) and name == known.name:
            return known
    raise ValueError(f"theme is {brief(name)}; expected 'light', 'dark' or a convviz.stage.theme.Theme")
