"""Decks of slides, read and written with python-pptx: a new one, one from a template, and the free part of a slide."""

import copy
import errno
import io
import os
import re
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

from convviz._support.values import brief
from convviz.render.slides.arrangement import INCH, Area

__all__ = [
    "INSET",
    "free_area",
    "library",
    "own_deck",
    "templated_deck",
    "text_colour",
    "text_fonts",
    "title_layout",
    "title_letters",
    "title_of",
]

#: A slide without a template, in inches: 16 to 9.
SLIDE = 13 + 1 / 3, 7.5
#: Where its title and its body stand: left, top, width and height in inches; where its footers stand: top and height.
TITLE, BODY, FOOTERS = (0.3, 0.2, 12 + 11 / 15, 0.85), (0.3, 1.05, 12 + 11 / 15, 6), (7.05, 0.35)
#: The letters of its title in points; the fonts for Latin and for Japanese letters.
LETTERS, FONTS = 28, ("Arial", "Yu Gothic")
#: The longest title that the properties of a file may hold.
LONGEST = 255
#: The part of a slide that is left free at its edges where the master does not say where its text stands.
MARGIN = 0.05
#: How far words stand from the edges of a body and of a title.
INSET = INCH // 10
#: A title that ends lower than this part of a slide does not stand above anything.
HIGH = 0.6

#: The type of the main part in templates and slide shows, and in those with macros; and in ordinary decks.
_KINDS = re.compile(
    rb"application/vnd\.(openxmlformats-officedocument\.presentationml\.(template|slideshow)"
    rb"|ms-powerpoint\.(presentation|template|slideshow)\.macroEnabled)\.main\+xml"
)
_DECK = b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
_OLD = b"\xd0\xcf\x11\xe0"


def library():
    """python-pptx with its module of slides.

    Raises
    ------
    ImportError
        When it is not installed.
    """
    try:
        import pptx
        import pptx.slide
    except ImportError as error:
        raise ImportError(
            "to write .pptx, install python-pptx, which is the extra [slides] of convviz: pip install python-pptx"
        ) from error
    return pptx


# ---- a new deck ----


def own_deck(look, title):
    """A deck without slides, 16 to 9, whose colours are those of a theme.

    Parameters
    ----------
    look : convviz.stage.theme.Theme
    title : str

    Returns
    -------
    pptx.presentation.Presentation
    """
    deck = library().Presentation()
    wider = SLIDE[0] * INCH / deck.slide_width
    deck.slide_width, deck.slide_height = (round(side * INCH) for side in SLIDE)
    master = deck.slide_master
    for holder in (master, *master.slide_layouts):
        for place in holder._element.xpath("//p:spPr/a:xfrm"):
            place.off.x, place.ext.cx = round(place.off.x * wider), round(place.ext.cx * wider)
    _place_master(master)
    _colour_theme(master, look)
    about, now = deck.core_properties, datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    about.title, about.author, about.last_modified_by, about.comments = title[:LONGEST], "", "", ""
    about.created = about.modified = now
    _drop_preview(deck)
    return deck


def _place_master(master):
    """The title at the top left, the body below, the footers at the bottom."""
    for shape in master.placeholders:
        kind = shape._element.ph.get("type")
        if kind in ("title", "body"):
            sides = TITLE if kind == "title" else BODY
            shape.left, shape.top, shape.width, shape.height = (round(side * INCH) for side in sides)
        else:
            shape.top, shape.height = (round(side * INCH) for side in FOOTERS)
    (style,) = master._element.xpath("p:txStyles/p:titleStyle/a:lvl1pPr")
    style.set("algn", "l")
    (letters,) = master._element.xpath("p:txStyles/p:titleStyle/a:lvl1pPr/a:defRPr")
    letters.set("sz", str(LETTERS * 100))
    letters.set("b", "1")


def _colour_theme(master, look):
    """Make the colours and fonts of a master's theme those of `look`."""
    from lxml import etree
    from pptx.opc.constants import RELATIONSHIP_TYPE

    part = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    root = etree.fromstring(part.blob)
    names = {"a": root.nsmap["a"]}
    colours = {"dk1": look.text, "lt1": look.background, "dk2": look.faint, "lt2": look.cells["pending"].fill}
    for name, colour in colours.items():
        (place,) = root.iterfind(f".//a:clrScheme/a:{name}", names)
        place[:] = [etree.Element(f"{{{names['a']}}}srgbClr", val=colour[1:].upper())]
    for fonts in root.iterfind(".//a:fontScheme/*", names):
        fonts.find("a:latin", names).set("typeface", FONTS[0])
        fonts.find("a:ea", names).set("typeface", FONTS[1])
        for font in fonts.iterfind("a:font[@script='Jpan']", names):
            font.set("typeface", FONTS[1])
    part.blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


# ---- a template ----


def _is_file(path):
    """Whether there is such a file; names that are too long or hold a zero byte are none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def templated_deck(template):
    """The deck or template at a path, without its slides.

    Parameters
    ----------
    template : str or os.PathLike
        Ends in .pptx or .potx; also .ppsx, .pptm and .potm, whose macros are left out.

    Returns
    -------
    pptx.presentation.Presentation

    Raises
    ------
    TypeError
        For what is not a path.
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is not a deck in PowerPoint's present format.
    """
    if not isinstance(template, str | os.PathLike):
        raise TypeError(f"template is {brief(template)}; expected the path of a deck, such as 'lecture.pptx'")
    path = Path(template)
    if not _is_file(path):
        words = "there is no such template; give the path of a .pptx or .potx file"
        raise FileNotFoundError(errno.ENOENT, words, str(path)[:300])
    try:
        deck = library().Presentation(_as_deck(path))
    except (zipfile.BadZipFile, zlib.error, KeyError, RuntimeError, SyntaxError, ValueError) as error:
        raise ValueError(f"template {str(path)!r} is not a deck of slides: {_advice(path)}") from error
    _empty(deck)
    _drop_preview(deck)
    return deck


def _as_deck(path):
    """The file as an ordinary deck in memory, from which templates and slide shows differ in one name only."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, _KINDS.sub(_DECK, data) if name == "[Content_Types].xml" else data)
    content.seek(0)
    return content


def _advice(path):
    with open(path, "rb") as file:
        start = file.read(4)
    if start == _OLD:
        return "it has the old format .ppt, or a password; save it as .pptx without one, in PowerPoint or LibreOffice"
    return "expected a .pptx or .potx file; save it as one, in PowerPoint or LibreOffice"


def _empty(deck):
    """Remove the slides of a deck, and what points to them."""
    from pptx.opc.constants import RELATIONSHIP_TYPE

    part, root = deck.part, deck.part._element
    for slide in list(deck.slides._sldIdLst):
        part.rels.pop(slide.rId)
        slide.getparent().remove(slide)
    for lists in root.xpath("p:custShowLst | p:extLst/p:ext[*[local-name() = 'sectionLst']]"):
        lists.getparent().remove(lists)
    for name in [name for name, link in part.rels.items() if link.reltype.endswith("/vbaProject")]:
        part.rels.pop(name)
    for master in deck.slide_masters:
        for holder in (master, *master.slide_layouts):
            gone = [name for name, link in holder.part.rels.items() if link.reltype == RELATIONSHIP_TYPE.SLIDE]
            for name in gone:
                for link in holder._element.xpath(f"//a:hlinkClick[@r:id='{name}'] | //a:hlinkHover[@r:id='{name}']"):
                    link.getparent().remove(link)
                holder.part.rels.pop(name)


def _drop_preview(deck):
    """Remove the preview for file managers, which shows another slide."""
    from pptx.opc.constants import RELATIONSHIP_TYPE

    links = deck.part.package._rels
    for name in [name for name, link in links.items() if link.reltype == RELATIONSHIP_TYPE.THUMBNAIL]:
        links.pop(name)


# ---- what a slide offers ----


def title_layout(deck):
    """The layout with a title and nothing else to fill in, or the one most like it."""
    layouts = [layout for master in deck.slide_masters for layout in master.slide_layouts]
    if not layouts:
        raise ValueError("the template has no slide layouts; open it in PowerPoint or LibreOffice and save it again")

    def distance(layout):
        kinds = [shape._element.ph.get("type", "obj") for shape in layout.placeholders]
        fields = [kind for kind in kinds if kind not in ("title", "ctrTitle", "dt", "ftr", "sldNum")]
        return "title" not in kinds, "ctrTitle" not in kinds, layout._element.get("type") != "titleOnly", len(fields)

    return min(layouts, key=distance)


def title_of(slide):
    """The placeholder of a slide's title; None where it has none."""
    kinds = ("title", "ctrTitle")
    return next((shape for shape in slide.placeholders if shape._element.ph.get("type") in kinds), None)


def title_letters(slide):
    """Size of the letters of a slide's title in points, as its layout and its master say."""
    layout, master = slide.slide_layout, slide.slide_layout.slide_master
    place = "//p:sp[p:nvSpPr/p:nvPr/p:ph[@type='title' or @type='ctrTitle']]/p:txBody/a:lstStyle/a:lvl1pPr/a:defRPr/@sz"
    sizes = layout._element.xpath(place) + master._element.xpath(place)
    sizes += master._element.xpath("p:txStyles/p:titleStyle/a:lvl1pPr/a:defRPr/@sz")
    return int(sizes[0]) / 100 if sizes else 44.0


def text_colour(slide):
    """The colour of a master's text, as an element of XML that no other holds."""
    from pptx.oxml import parse_xml

    master = slide.slide_layout.slide_master._element
    found = master.xpath("p:txStyles/p:bodyStyle/a:lvl1pPr/a:defRPr/a:solidFill/*")
    if found:
        return copy.deepcopy(found[0])
    return parse_xml('<a:schemeClr xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" val="tx1"/>')


def text_fonts(slide):
    """The fonts that a master names for its text, "latin" and "ea", beside those of its theme, which all shapes have."""
    master, fonts = slide.slide_layout.slide_master._element, {}
    for kind in ("latin", "ea"):
        names = master.xpath(f"p:txStyles/p:bodyStyle/a:lvl1pPr/a:defRPr/a:{kind}/@typeface")
        if names and names[0] and not names[0].startswith("+mn"):
            fonts[kind] = str(names[0])
    return fonts


def free_area(slide):
    """The part of a slide that its master has for text, below the title.

    Parameters
    ----------
    slide : pptx.slide.Slide

    Returns
    -------
    convviz.render.slides.arrangement.Area
    """
    deck = slide.part.package.presentation_part.presentation
    width, height = deck.slide_width, deck.slide_height
    left, right, top, bottom = (round(part * side) for side in (width, height) for part in (MARGIN, 1 - MARGIN))
    master = slide.slide_layout.slide_master.placeholders
    body = next((shape for shape in master if shape._element.ph.get("type") == "body"), None)
    if body is not None and None not in (body.left, body.width):
        left, right = max(body.left, 0) + INSET, min(body.left + body.width, width) - INSET
        top, bottom = max(body.top, 0), min(body.top + body.height, height)
    title = title_of(slide)
    if title is not None and title.top is not None and title.top + title.height < HIGH * height:
        top = max(top, title.top + title.height)
    return Area(left, top, right - left, bottom - top)
