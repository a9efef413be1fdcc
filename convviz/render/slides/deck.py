"""Slides for PowerPoint, Keynote, LibreOffice Impress and Google Slides: one for each step, made of shapes to edit.

Numbers are cells of tables, captions are text boxes, outlines and lines are shapes; a picture is only what is shown
as pixels.
"""

from __future__ import annotations

import gc
import io
from typing import TYPE_CHECKING

import numpy as np

from convviz._support.files import atomic_file
from convviz._support.keywords import explained
from convviz._support.values import brief, flag, index_number
from convviz.render.png import png
from convviz.render.progress import watched
from convviz.render.slides.arrangement import INCH, Area, Sheet, title_points
from convviz.render.slides.drawingml import NAMESPACES, printable, run
from convviz.render.slides.drawingml import colour as colour_of
from convviz.render.slides.ground import LETTERS, LINES, contrast, ground_of, resolved, seen_on, visible
from convviz.render.slides.shapes import Inks, Shapes
from convviz.render.slides.templates import (
    INSET,
    free_area,
    library,
    own_deck,
    templated_deck,
    text_colour,
    text_fonts,
    title_layout,
    title_letters,
    title_of,
)
from convviz.render.slides.transitions import add_morph
from convviz.stage.parts import checked_show
from convviz.stage.shaded import shaded
from convviz.stage.theme import theme as named_theme

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Literal

    from convviz._support.annotations import FilePath, Language
    from convviz.stage.protocol import Board
    from convviz.stage.theme import Theme
    from convviz.trace.sequence import StepSequence

__all__ = ["add_to_slide", "save_pptx"]

#: Opacity of a faint caption, in thousandths of a percent: about that of the theme's faint colour on its background.
FAINT = 72_000
#: The faint colour of slides of our own: the second text colour of their theme.
OWN_FAINT = '<a:solidFill><a:schemeClr val="tx2"/></a:solidFill>'
#: Pixels a side up to which a picture with large pixels is enlarged, so that their edges stay sharp on a slide.
CRISP = 1024
#: Lengths below `SHORT` EMU, and widths and heights below `NARROW`, are refused: they were probably meant in inches.
SHORT, NARROW = 1000, INCH // 2
#: The longest length, far beyond the largest slide of 56 inches.
FARTHEST = 2**31 - 1


def save_pptx(
    board: Board,
    path: FilePath,
    theme: Literal["light", "dark"] | Theme = "light",
    template: FilePath | None = None,
    progress: bool | None = None,
    motion: bool = False,
) -> None:
    """Write a deck of slides, one for each step.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    path : str or os.PathLike
    theme : {"light", "dark"} or convviz.stage.theme.Theme
        Colours of cells; without a template, of the slides too.
    template : str or os.PathLike, optional
        A deck (.pptx) or template (.potx) whose size, masters, layouts, fonts and background are taken; its own slides
        are left out. The layout with a title and nothing else is used. Captions have the colour and the fonts of the
        master's text, and lines and titles of channels have colours that can be seen on its background. Without it
        slides are 13.33 × 7.5 inches, 16 to 9.
    progress : bool or None
        Whether to show a progress bar; None for many slides when a person is at the terminal.
    motion : bool
        Whether the window moves from slide to slide: by the transition Morph, which PowerPoint knows since 2019; in other
        programs each slide fades in.

    Raises
    ------
    ImportError
        When the package python-pptx is not installed.
    FileNotFoundError
        When there is no such template.
    ValueError
        When the template is not a deck in PowerPoint's present format, or leaves too little room.
    """
    try:
        _write_deck(board, path, named_theme(theme), template, progress, motion)
    finally:
        # The parts of a deck know one another, so that it waits for the collector, which comes seldom: it counts the objects
        # of Python, but not the XML that each of them holds.
        gc.collect()


def _write_deck(board, path, look, template, progress, motion):
    """`save_pptx` with a theme that is looked up; nothing of the deck is left but for the garbage collector."""
    stage = board.stage
    deck = own_deck(look, printable(stage.title)) if template is None else templated_deck(template)
    layout, slides, pictures, sheet, inks = title_layout(deck), deck.slides, _Pictures(), None, None
    with atomic_file(path) as temporary:
        for index in watched(board.indices, progress):
            scene, slide = board.scene(index), slides.add_slide(layout)
            without = _write_title(slide, scene, template is None)
            if sheet is None:
                texts = [board.frame(step).texts for step in board.indices]
                sheet = Sheet(stage, texts, free_area(slide), without)
                inks = _inks(slide, template is None, look)
            _draw(slide, scene, sheet, look, inks, pictures, motion)
            if motion and index != board.indices[0]:
                add_morph(slide)
            _write_notes(slide, scene)
        deck.save(temporary)


@explained
def add_to_slide(
    trace: StepSequence,
    step: int,
    slide: Any,
    left: int | None = None,
    top: int | None = None,
    width: int | None = None,
    height: int | None = None,
    theme: Literal["light", "dark"] | Theme = "light",
    lang: Language = "en",
    title: bool = True,
    show: str | Iterable[str] | None = None,
    colour: Literal["sign"] | None = None,
) -> list[Any]:
    """Place one step on a slide of a deck that is open in python-pptx.

    Parameters
    ----------
    trace : convviz.trace.Trace
        Or what else makes boards, such as a comparison.
    step : int
        Which step, counted from 0, or from the end if negative.
    slide : pptx.slide.Slide
        What stands on it stays.
    left, top, width, height : pptx.util.Length or int, optional
        Where, in EMU; the step is drawn as large as it fits, in the middle. Without them, the part of the slide that
        its master has for text, below the title.
    theme : {"light", "dark"} or convviz.stage.theme.Theme
        Colours of cells. Captions have the colour and the fonts of the master's text.
    lang : {"en", "ja"}
    title : bool, default True
        Whether the title of the picture is drawn; not needed where the slide has its own.
    show : str or iterable of str, optional
        The captions that are drawn, as in `convviz.Trace.save`. All unless given.
    colour : "sign", optional
        Numbers get a tint of blue below 0 and of red above, as in `convviz.Trace.save`.

    Returns
    -------
    list of pptx.shapes.base.BaseShape
        What was added, those at the back first: tables, pictures, lines and text boxes.

    Raises
    ------
    ImportError
        When the package python-pptx is not installed.
    TypeError, ValueError
        For a step that the trace does not have, a slide that is none, and lengths that make no sense.

    Examples
    --------
    >>> import convviz as cv
    >>> from pptx import Presentation
    >>> from pptx.util import Inches
    >>> deck = Presentation()
    >>> slide = deck.slides.add_slide(deck.slide_layouts[5])
    >>> shapes = add_to_slide(cv.MaxPooling(2).trace([[3, 4], [1, 2]]), 0, slide, top=Inches(2))
    >>> shapes[0].name, shapes[0].table.cell(0, 1).text
    ('convviz input', '4')
    """
    if not isinstance(slide, library().slide.Slide):
        raise TypeError(f"slide is {brief(slide)}; expected one of python-pptx, such as Presentation('a.pptx').slides[0]")
    if not hasattr(trace, "board"):
        raise TypeError(f"trace is {brief(trace)}; expected a trace, such as operation.trace(image), or a comparison")
    look, area = named_theme(theme), _area(slide, left, top, width, height)
    parts = checked_show(show) - (set() if flag(title, "title") else {"title"})
    shape = area.width / area.height if area.height else None
    board = shaded(trace.board(lang, [step], True, shape, parts, colour), shape, parts)
    scene = board.scene(board.indices[0])
    sheet = Sheet(scene.stage, [scene.frame.texts], area)
    return _draw(slide, scene, sheet, look, _inks(slide, False, look), _Pictures())


def _draw(slide, scene, sheet, look, inks, pictures, motion=False):
    """Put the shapes of a scene on a slide, those that move with names of their own; return them."""
    from pptx.oxml import parse_xml

    tree = slide.shapes._spTree
    taken = [int(number) for number in tree.xpath("//@id") if number.isdecimal()]
    first = max(taken, default=1) + 1
    shapes = Shapes(scene, sheet, look, inks, lambda grid: pictures.on(slide, grid), first, motion)
    for element in list(parse_xml(shapes.xml())):
        tree.insert_element_before(element, "p:extLst")
    return [shape for shape in slide.shapes if shape.shape_id >= first]


class _Pictures:
    """The pictures of a file: each is stored once, even if several slides show it."""

    def __init__(self):
        self.parts = {}

    def on(self, slide, grid):
        """The id under which a slide knows the picture of a grid."""
        from pptx.opc.constants import RELATIONSHIP_TYPE

        if grid.name not in self.parts:
            self.parts[grid.name], _ = slide.part.get_or_add_image_part(io.BytesIO(png(_crisp(grid))))
        return slide.part.relate_to(self.parts[grid.name], RELATIONSHIP_TYPE.IMAGE)


def _crisp(grid):
    """The pixels of a grid, large ones repeated, since slides blur what they enlarge."""
    repeats = CRISP // max(grid.pixels.shape[:2])
    if grid.pixels.shape[0] >= 16 * grid.height or repeats < 2:
        return grid.pixels
    return np.repeat(np.repeat(grid.pixels, repeats, axis=0), repeats, axis=1)


def _inks(slide, own, look):
    """The colours of captions: that of the master's text, and a faint version of it; of lines; and the fonts of that text."""
    from lxml import etree

    text = text_colour(slide)
    colour = etree.tostring(text, encoding="unicode")
    if own:
        return Inks(f"<a:solidFill>{colour}</a:solidFill>", OWN_FAINT, look)
    ground, plain = ground_of(slide), resolved(text, slide)
    beside = seen_on(look, ground, slide), text_fonts(slide)
    if None not in (plain, ground) and contrast(plain, ground) < LINES:  # on a slide with a ground of its own
        readable = colour_of(visible(plain, ground, LETTERS))
        return Inks(readable, readable, *beside)
    name = f"{{{text.nsmap['a']}}}alpha"
    for alpha in text.findall(name):
        text.remove(alpha)
    etree.SubElement(text, name, val=str(FAINT))
    faint = etree.tostring(text, encoding="unicode")
    return Inks(f"<a:solidFill>{colour}</a:solidFill>", f"<a:solidFill>{faint}</a:solidFill>", *beside)


def _write_title(slide, scene, own):
    """Write the title and below it which step this is; return the names of the captions that it replaces.

    The placeholders that stay empty are removed.
    """
    from pptx.oxml import parse_xml

    title = title_of(slide)
    for other in list(slide.placeholders):
        if title is None or other.shape_id != title.shape_id:
            other._element.getparent().remove(other._element)
    if title is None:
        return ()
    texts, lang = {text.name: text.text.replace("\n", " ") for text in scene.texts}, scene.stage.lang
    # two operations have a title each, and one in common
    titled = any(name.split(".")[-1] == "title" for name in texts)
    words, place = texts.get("title") or (scene.stage.title if titled else ""), texts.get("place", "")
    if not words and not place:
        title._element.getparent().remove(title._element)
        return ()
    letters = title_letters(slide)
    width, height = title.width - 2 * INSET, title.height - INSET
    large, small = title_points(words, place, width, height, letters, bold=own)
    lines = [run(words, lang, large if large < letters else None)]
    if place:  # on a template the colour stays the title's, which may stand on a bar
        lines.append(run(place, lang, small, *((OWN_FAINT, False) if own else ())))
    paragraph = title.text_frame.paragraphs[0]._p
    for element in list(parse_xml(f"<a:p {NAMESPACES}>{'<a:br/>'.join(lines)}</a:p>")):
        paragraph.append(element)
    return ("title", "place")


def _write_notes(slide, scene):
    """The working as the speaker's notes: the step as a sentence, and what else the step says."""
    frame = slide.notes_slide.notes_text_frame
    if frame is None:  # the template's notes have no space for text
        return
    spoken = scene.frame.spoken
    texts = [words.replace("\n", " ") for name, words in scene.frame.texts.items() if name.split(".")[-1] != "place"]
    frame.text = printable("\n".join(filter(None, [spoken, *(words for words in texts if words not in spoken)])))


def _area(slide, left, top, width, height):
    """The given area of a slide; sides that are not given are those of its free part."""
    lengths = {"left": left, "top": top, "width": width, "height": height}
    left, top, width, height = (_length(name, value) for name, value in lengths.items())
    free = free_area(slide)
    left, top = (free.left if left is None else left), (free.top if top is None else top)
    width = max(free.right - left, 0) if width is None else width
    height = max(free.bottom - top, 0) if height is None else height
    return Area(left, top, width, height)


def _length(name, value):
    if value is None:
        return None
    advice = "expected a length such as pptx.util.Inches(2), which is a whole number of EMU"
    try:
        number = index_number(value, name)
    except TypeError:
        raise TypeError(f"{name} is {brief(value)}; {advice}") from None
    if abs(number) > FARTHEST:
        raise ValueError(f"{name} is {brief(value)}; {advice}, {FARTHEST} at most")
    if 0 < abs(number) < SHORT or (name in ("width", "height") and number < NARROW):
        raise ValueError(f"{name} is {brief(value)}; {advice}" + (", half an inch at least" if number >= SHORT else ""))
    return number
