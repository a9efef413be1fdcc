"""Colours by role: the one place that says what a padding cell or a winner looks like.

The hues are spaced after Okabe and Ito's palette for colour-blind readers, and the roles that stand side by side
differ in lightness too, so that a photocopy still tells them apart. What colour says is said a second time by a
line: padding is dashed, cells that no window reaches are hatched, the cell in question is bold.
"""

import re
from dataclasses import dataclass, replace

from convviz._support.values import brief
from convviz.stage.tints import LEVELS, STRENGTHS

__all__ = ["DARK", "FACES", "LIGHT", "ROLES", "VEIL", "FaceStyle", "Style", "Theme", "theme"]

#: How much of what is still to come in a picture of a feature map its veil covers.
VEIL = 0.65


#: The darkest grey on which black letters are read better than white ones.
MIDDLE_GREY = 118

#: What a face of a block can be, and how much of the colour of its filter or channel it has.
FACES = {
    "cell": 0.14,
    "padding": 0.18,
    "stuffed": 0.18,
    "outside": 0.18,
    "window": 0.55,
    "padding_window": 0.35,
    "weight": 0.5,
    "done": 0.35,
    "pending": 0.05,
    "current": 1.0,
    "winner": 1.0,
    "glass": 0.05,
}
#: How much of the colour of the lines the sides of a block have that are not in front.
SHADES = {"top": 0.12, "right": 0.28}

#: The luminance, as WCAG 2 defines it, from which on black letters are read better than white ones.
MIDDLE = 0.179


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
class FaceStyle:
    """How a face of a block is drawn: its colours as ``#rrggbb``; None for no fill or line.

    Attributes
    ----------
    fill, line : str or None
    text : str
    bold : bool
    dashed : bool
        Whether the line is dashed.
    width : float
        Width of the line, in units.
    """

    fill: str | None
    line: str | None
    text: str
    bold: bool = False
    dashed: bool = False
    width: float = 0.022


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
        return replace(style, fill=blended(self.sign(cell.tint), self.cells["cell"].fill, part))

    def face(self, face):
        """The `FaceStyle` of a face of a block: some of the colour of its filter or channel, by its role, and its shade.

        Examples
        --------
        >>> from convviz.stage.scene import Face
        >>> LIGHT.face(Face((), "current")).fill, LIGHT.face(Face((), "outline")).fill
        ('#d55e00', None)
        """
        colour = self.mark.get(face.colour, self.mark["window"])
        if face.role in ("outline", "edge"):
            wide = 0.03 if face.role == "edge" else 0.06 if face.block.startswith("filter.") else 0.1
            return FaceStyle(None, colour if face.role == "outline" else self.edge, self.text, width=wide)
        paper = self.cells[face.role if face.role in ("padding", "stuffed", "outside") else "cell"].fill
        if face.role == "padding_window":
            paper = self.cells["padding"].fill
        # an input whose channels have no colours of their own is neither tinted nor white
        plain = not face.colour and face.role in ("cell", "padding", "stuffed", "outside")
        part = 0.0 if plain else FACES[face.role]
        fill = blended(self.edge, blended(colour, paper, part), SHADES.get(face.side, 0.0))
        if face.role == "cell" and not face.colour:
            fill = blended(self.edge, fill, 0.08)
        chosen = face.role in ("current", "winner")
        text = readable(fill) if face.role in FACES and part >= 0.3 else self.text
        dashed = face.role in ("glass", "padding", "padding_window", "outside", "stuffed")
        # lines between strong colours are as light as the paper, or as dark
        line = self.background if part >= 0.3 else self.edge
        return FaceStyle(fill, line if face.lined else None, text, chosen, dashed)

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


def blended(colour, paper, part):
    """A colour of which `part` is `colour` and the rest `paper`.

    Examples
    --------
    >>> blended("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(paper[1:]), strict=True)
    return "#" + "".join(f"{round(one * part + other * (1 - part)):02x}" for one, other in pairs)


def readable(fill):
    """Black or white, whichever is read better on a colour.

    Examples
    --------
    >>> readable("#ffcc00"), readable("#0b3c6f")
    ('#000000', '#ffffff')
    """
    parts = (value / 255 for value in bytes.fromhex(fill[1:]))
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#000000" if luminance > MIDDLE else "#ffffff"


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
