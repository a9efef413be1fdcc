"""The ground on which a slide shows its shapes, as its master and its theme say, and colours that can be seen on it."""

import colorsys
import re
from dataclasses import replace
from statistics import fmean

from convviz.stage.theme import DARK, LIGHT

__all__ = ["LETTERS", "LINES", "contrast", "ground_of", "resolved", "seen_on", "visible"]

#: The least contrast of letters, and of lines, with what is behind them.
LETTERS, LINES = 4.5, 3.0
#: Colours of a theme for lines, the first of which that can be seen is taken.
ACCENTS = tuple(f"accent{number}" for number in range(1, 7))
#: Where names of colours lead to if a master does not say.
USUAL = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}
#: What the elements of colours that are not in the theme are called, and which attribute holds the colour.
_GIVEN = {"srgbClr": "val", "sysClr": "lastClr"}
#: Steps in which a colour is moved towards another until it can be seen.
STEPS = 10


def contrast(one, other):
    """The contrast of two colours, from 1 to 21.

    Examples
    --------
    >>> contrast("#000000", "#ffffff"), round(contrast("#17713f", "#0a1f44"), 1)
    (21.0, 2.7)
    """
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    """The relative luminance of a colour, from 0 to 1."""
    parts = (part / 255 for part in bytes.fromhex(colour[1:]))
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def ground_of(slide):
    """The colour of a slide's background as ``#rrggbb``, of a gradient its mean; None for a picture or a pattern."""
    layout = slide.slide_layout
    for holder in (slide, layout, layout.slide_master):
        for background in holder._element.xpath("p:cSld/p:bg"):
            if background.xpath("p:bgPr/a:blipFill | p:bgPr/a:pattFill"):
                return None
            found = background.xpath("p:bgPr/a:solidFill/* | p:bgPr/a:gradFill/a:gsLst/a:gs/* | p:bgRef/*")
            colours = [colour for colour in (resolved(element, slide) for element in found) if colour]
            if colours:
                return mean(colours)
    return named("bg1", slide)


def resolved(element, slide):
    """An element of XML that names a colour as ``#rrggbb``; None for one of a kind that is not known."""
    kind = re.sub("{.*}", "", element.tag)
    if kind == "schemeClr":
        colour = named(element.get("val"), slide)
    else:
        colour = element.get(_GIVEN.get(kind, ""))
        colour = f"#{colour.lower()}" if colour else None
    if colour is None:
        return None
    changes = {re.sub("{.*}", "", change.tag): int(change.get("val", 0)) / 100_000 for change in element}
    return changed(colour, changes)


def named(name, slide):
    """A colour of a slide's theme by name, such as "tx1" or "accent2"; None if there is none."""
    from lxml import etree
    from pptx.opc.constants import RELATIONSHIP_TYPE

    master = slide.slide_layout.slide_master
    maps = master._element.xpath("p:clrMap")
    for holder in (slide.slide_layout, slide):
        maps += holder._element.xpath("p:clrMapOvr/a:overrideClrMapping")
    name = maps[-1].get(name, name) if maps else USUAL.get(name, name)
    theme = etree.fromstring(master.part.part_related_by(RELATIONSHIP_TYPE.THEME).blob)
    for element in theme.iterfind(f".//{{*}}clrScheme/{{*}}{name}/*"):
        return resolved(element, slide)
    return None


def changed(colour, changes):
    """A colour with the changes of its lightness that slides know, as parts of 1."""
    red, green, blue = (part / 255 for part in bytes.fromhex(colour[1:]))
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    light = light * changes.get("lumMod", 1) + changes.get("lumOff", 0)
    light = light * changes.get("shade", 1)
    light = 1 - (1 - light) * changes.get("tint", 1)
    return hexadecimal(colorsys.hls_to_rgb(hue, min(max(light, 0), 1), saturation))


def hexadecimal(parts):
    """Parts of 1 as ``#rrggbb``."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def mean(colours):
    """The mean of some colours."""
    parts = zip(*(bytes.fromhex(colour[1:]) for colour in colours), strict=True)
    return hexadecimal(fmean(part) / 255 for part in parts)


def seen_on(look, ground, slide):
    """A theme whose lines, and titles in the colour of a channel, can be seen on the ground of a slide.

    Lines of no role take the first accent of the slide's theme that can be seen. Cells have colours of their own.

    Parameters
    ----------
    look : convviz.stage.theme.Theme
    ground : str or None
    slide : pptx.slide.Slide
    """
    if ground is None:
        return look
    marks = {role: best(role, look, ground) for role in look.mark}
    accents = filter(None, (named(name, slide) for name in ACCENTS))
    line = next((accent for accent in accents if contrast(accent, ground) >= LINES), marks["link"])
    return replace(look, mark=marks | {"link": line})


def best(role, look, ground):
    """The colour of a mark of a theme, or if it cannot be seen on a ground that of the light or the dark theme, moved."""
    least = LETTERS if role.startswith("channel") else LINES
    tried = [other.mark.get(role, look.mark[role]) for other in (look, LIGHT, DARK)]
    clear = [colour for colour in tried if contrast(colour, ground) >= least]
    return clear[0] if clear else visible(max(tried, key=lambda colour: contrast(colour, ground)), ground, least)


def visible(colour, ground, least):
    """A colour, moved towards white or black as far as its contrast with the ground asks for.

    Examples
    --------
    >>> visible("#1f57b8", "#ffffff", 4.5), visible("#1f57b8", "#0a1f44", 4.5)
    ('#1f57b8', '#6289cd')
    """
    end = max(("#000000", "#ffffff"), key=lambda end: contrast(end, ground))
    for step in range(STEPS + 1):
        part = step / STEPS
        pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(end[1:]), strict=True)
        moved = hexadecimal((one * (1 - part) + other * part) / 255 for one, other in pairs)
        if contrast(moved, ground) >= least:
            break
    return moved
