"""How a line of letters is written."""

from dataclasses import dataclass

__all__ = ["Letters"]


@dataclass(frozen=True)
class Letters:
    """Size and look of a line of letters.

    Attributes
    ----------
    size : float
        Size in pixels.
    colour : str
    anchor : {"center", "left", "right"}
        Which part of the line stands at its position.
    bold : bool
    width : float or None
        A line that would be wider than so many pixels gets smaller letters.
    zorder : float
        Where the line stands among other artists, from the back.
    """

    size: float
    colour: str
    anchor: str = "center"
    bold: bool = False
    width: float | None = None
    zorder: float = 6
