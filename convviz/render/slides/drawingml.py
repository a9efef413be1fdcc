"""Pieces of DrawingML, the language of slides, as XML: colours, lines, places and runs of text."""

import re
from html import escape

__all__ = ["NAMESPACES", "colour", "escaped", "hexadecimal", "printable", "properties", "run", "stroke", "transform"]

NAMESPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(words):
    """Words in which characters that XML cannot hold, such as a null character, become the replacement character."""
    return _NOT_XML.sub("\ufffd", words)


def escaped(words):
    """Words as XML."""
    return escape(printable(words))


def colour(name, opacity=1):
    """A colour ``#rrggbb`` as a fill.

    Examples
    --------
    >>> colour("#ffd27f")
    '<a:solidFill><a:srgbClr val="FFD27F"/></a:solidFill>'
    """
    return f"<a:solidFill>{hexadecimal(name, opacity)}</a:solidFill>"


def hexadecimal(name, opacity=1):
    """A colour ``#rrggbb`` as XML."""
    inside = f'><a:alpha val="{round(opacity * 100_000)}"/></a:srgbClr>' if opacity < 1 else "/>"
    return f'<a:srgbClr val="{name[1:].upper()}"{inside}'


def run(words, language, points=None, fill="", bold=None, fonts=None):
    """Words of one line as a run of text.

    Parameters
    ----------
    words : str
    language : str
        "en" or "ja": decides the font of Japanese letters.
    points : float or None
        Size of the letters.
    fill : str
        Their colour as XML.
    bold : bool or None
    fonts : dict of str to str, optional
        Names of the fonts for "latin" and for "ea", Japanese letters.

    Notes
    -----
    What is not given is as the slide, its layout and its master have it.
    """
    return f"<a:r>{properties('rPr', language, points, fill, bold, fonts)}<a:t>{escaped(words)}</a:t></a:r>"


def properties(tag, language, points=None, fill="", bold=None, fonts=None):
    """How a run of text, or the end of a paragraph, looks; the parameters are those of `run`."""
    # With "+mn-ea" the theme decides which font has the Japanese letters.
    japanese = language == "ja"
    names = 'lang="ja-JP" altLang="en-US"' if japanese else 'lang="en-US"'
    size = "" if points is None else f' sz="{max(round(points * 100), 100)}"'
    weight = "" if bold is None else f' b="{int(bold)}"'
    fonts = ({"ea": "+mn-ea"} if japanese else {}) | (fonts or {})
    named = "".join(f'<a:{kind} typeface="{escaped(fonts[kind])}"/>' for kind in ("latin", "ea") if kind in fonts)
    return f'<a:{tag} {names}{size}{weight} noProof="1">{fill}{named}</a:{tag}>'


def transform(tag, box, turned=""):
    """The place and the size of a shape."""
    left, top, width, height = box
    return f'<{tag}{turned}><a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/></{tag}>'


def stroke(width, ink, join="", end=""):
    """The line of a shape, its width in EMU."""
    return f'<a:ln w="{max(round(width), 6350)}">{ink}{join}{end}</a:ln>'
