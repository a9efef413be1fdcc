"""A scene as shapes of DrawingML, the language of slides: tables, text boxes, lines and pictures, as XML.

Nothing here needs a slide library. The order of elements is that of the schemas of ISO/IEC 29500-1, which PowerPoint
insists on.
"""

import itertools

from convviz.render.slides.arrangement import LEADING, POINT, bold_extent, extent, title_of
from convviz.render.slides.blocks import blocks_of
from convviz.render.slides.drawingml import NAMESPACES, colour, escaped, hexadecimal, properties, run, stroke, transform
from convviz.render.slides.transitions import MATCHED
from convviz.stage.text_width import bold_width, full_width

__all__ = ["Inks", "Shapes"]

#: Widths of lines in units, around a cell, of a link, of a mark on large and on small cells; of the paper along a mark
#: on a picture; and the least size of a mark on a picture.
EDGE, LINK, MARK, THIN_MARK, CASING, LEAST_RING = 0.022, 0.05, 0.08, 0.05, 0.03, 0.3
#: Cells of a smaller pitch than this get thin marks.
SMALL_PITCH = 0.6
#: How much of the width of a cell bold letters take at most.
WIDE = 0.94
#: How much of the edges' colour the lines of hatching have; less than all, so that digits on them stay readable.
HATCHING = 0.55
#: The table style "No Style, No Grid": only what a cell states itself is drawn.
NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"

_DECORATIVE = (
    '<a:extLst><a:ext uri="{C183D7F6-B498-43B3-948B-1728B52AA6E4}"><adec:decorative '
    'xmlns:adec="http://schemas.microsoft.com/office/drawing/2017/decorative" val="1"/></a:ext></a:extLst>'
)
_ALIGNED = {"start": "l", "middle": "ctr", "end": "r"}


class Inks:
    """The colours of captions, as fills, and of lines and titles of channels; and the fonts.

    Parameters
    ----------
    text, faint : str
        XML.
    look : convviz.stage.theme.Theme
        Its marks have the colours of what stands beside the cells.
    fonts : dict of str to str, optional
        As for `run`.
    """

    def __init__(self, text, faint, look, fonts=None):
        self.text, self.faint, self.look, self.fonts = text, faint, look, fonts

    def of(self, role):
        return self.faint if role == "faint" else self.text


class Shapes:
    """The shapes of a scene.

    Parameters
    ----------
    scene : convviz.stage.scene.Scene
    sheet : convviz.render.slides.arrangement.Sheet
    look : convviz.stage.theme.Theme
    inks : Inks
    embed : callable
        Given a grid of pixels, puts its picture into the file and returns the id of the relationship.
    first : int
        The number of the first shape; the others follow.
    motion : bool
        Whether outlines have names by which they are found again on the next slide, as the transition Morph wants them.
    """

    def __init__(self, scene, sheet, look, inks, embed, first=2, motion=False):
        self.scene, self.sheet, self.look, self.inks, self.embed = scene, sheet, look, inks, embed
        self.placement, self.language = sheet.placement, scene.stage.lang
        self.numbers, self.moving = itertools.count(first), {} if motion else None

    def xml(self):
        """All shapes, those at the back first, as one element ``p:spTree``."""
        return f"<p:spTree {NAMESPACES}>{''.join(self.all())}</p:spTree>"

    def all(self):
        """Each shape as XML, from the back."""
        stage = self.scene.stage
        for grid in stage.grids:
            if grid.pixels is not None:
                yield self.picture(grid)
                yield from self.veil(grid)
            if grid.texts is not None:
                yield self.table(grid)
        yield from (self.link(link) for link in self.scene.links if not self.sheet.separates(link))
        for mark in self.scene.marks:
            yield from self.mark(mark, stage.grid(mark.grid), self.name_of(mark))
        yield from blocks_of(self)
        for grid in stage.grids:
            if grid.title:
                yield self.text_box(f"title of {grid.name}", *title_of(grid, self.sheet.title_size), self.title_ink(grid))
        for text in self.scene.texts:
            if text.text and text.name not in self.sheet.without:
                yield self.caption(text)

    # ---- grids ----

    def table(self, grid):
        """A grid of numbers as one table."""
        box = self.placement.box(grid.x, grid.y, grid.width, grid.height)
        width, height = round(box[2] / grid.columns), round(box[3] / grid.rows)
        cells = list(self.scene.cells(grid))
        rows = [cells[start : start + grid.columns] for start in range(0, len(cells), grid.columns)]
        dashed = [[self.look.cells[cell.role].dashed for cell in row] for row in rows]
        columns = f'<a:gridCol w="{width}"/>' * grid.columns
        lines = "".join(f'<a:tr h="{height}">{"".join(self.cell(grid, cell, dashed) for cell in row)}</a:tr>' for row in rows)
        box = *box[:2], width * grid.columns, height * grid.rows
        return (
            f"<p:graphicFrame><p:nvGraphicFramePr>{self.named(grid.name, self.described(grid))}"
            '<p:cNvGraphicFramePr><a:graphicFrameLocks noGrp="1"/></p:cNvGraphicFramePr><p:nvPr/></p:nvGraphicFramePr>'
            f"{transform('p:xfrm', box)}<a:graphic>"
            '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/table">'
            f"<a:tbl><a:tblPr><a:tableStyleId>{NO_STYLE}</a:tableStyleId></a:tblPr>"
            f"<a:tblGrid>{columns}</a:tblGrid>{lines}</a:tbl>"
            "</a:graphicData></a:graphic></p:graphicFrame>"
        )

    def cell(self, grid, cell, dashed):
        """One cell: its note, its text, four edges and the colour of its role."""
        style = self.look.style(cell)
        fill, bold = colour(style.text), style.bold
        # a text that does not fit would be broken into two lines
        size = min(grid.font, WIDE * grid.pitch / max(bold_width(cell.text), 1))
        lines = [(cell.note, self.placement.points(grid.note_font), False)] if cell.note else []
        lines += [(cell.text, self.placement.points(size), bold)] if cell.text or not cell.note else []
        # Without a size of its own, an empty cell would be as high as a line of 18 points.
        paragraphs = "".join(
            '<a:p><a:pPr algn="ctr"/>'
            + (
                run(words, self.language, size, fill, bold, self.inks.fonts)
                if words
                else properties("endParaRPr", self.language, size)
            )
            + "</a:p>"
            for words, size, bold in lines
        )
        return (
            f"<a:tc><a:txBody><a:bodyPr/><a:lstStyle/>{paragraphs}</a:txBody>"
            '<a:tcPr marL="0" marR="0" marT="0" marB="0" anchor="ctr">'
            f"{''.join(self.edges(cell, dashed))}{self.fill(style)}</a:tcPr></a:tc>"
        )

    def edges(self, cell, dashed):
        """The lines at the left, right, top and bottom: dashed where the cells on both sides are."""
        width = max(round(EDGE * self.placement.scale), 6350)
        for tag, down, across in (("lnL", 0, -1), ("lnR", 0, 1), ("lnT", -1, 0), ("lnB", 1, 0)):
            row, column = cell.row + down, cell.column + across
            beside = not (0 <= row < len(dashed) and 0 <= column < len(dashed[0])) or dashed[row][column]
            dash = "dash" if dashed[cell.row][cell.column] and beside else "solid"
            yield f'<a:{tag} w="{width}">{colour(self.look.edge)}<a:prstDash val="{dash}"/></a:{tag}>'

    def fill(self, style):
        """The colour of a cell; lines across it where it is hatched."""
        if not style.hatched:
            return colour(style.fill)
        lines, paper = hexadecimal(mixed(self.look.edge, style.fill)), hexadecimal(style.fill)
        return f'<a:pattFill prst="wdUpDiag"><a:fgClr>{lines}</a:fgClr><a:bgClr>{paper}</a:bgClr></a:pattFill>'

    def picture(self, grid):
        """A grid of pixels as a picture."""
        return (
            f"<p:pic><p:nvPicPr>{self.named(grid.name, self.described(grid))}"
            '<p:cNvPicPr><a:picLocks noChangeAspect="1"/></p:cNvPicPr><p:nvPr/></p:nvPicPr>'
            f'<p:blipFill><a:blip r:embed="{self.embed(grid)}"/><a:stretch><a:fillRect/></a:stretch></p:blipFill>'
            f"<p:spPr>{transform('a:xfrm', self.placement.box(grid.x, grid.y, grid.width, grid.height))}"
            f"{_RECTANGLE}{stroke(EDGE * self.placement.scale, colour(self.look.edge))}</p:spPr></p:pic>"
        )

    def veil(self, grid):
        """A shape over the part of a picture that is still to come, from the rest of the row that is being filled."""
        full, rest = divmod(self.scene.revealed(grid), grid.columns)
        if full == grid.rows:
            return
        left, top, width, height = self.placement.box(
            grid.x, grid.y + full * grid.pitch, grid.width, (grid.rows - full) * grid.pitch
        )
        side = round(grid.pitch * self.placement.scale)
        at = round(rest * grid.pitch * self.placement.scale)
        corners = (
            [(at, 0), (width, 0), (width, height), (0, height), (0, side), (at, side)]
            if rest
            else [(0, 0), (width, 0), (width, height), (0, height)]
        )
        first, *others = (f'<a:pt x="{x}" y="{min(y, height)}"/>' for x, y in corners)
        path = f"<a:moveTo>{first}</a:moveTo>{''.join(f'<a:lnTo>{point}</a:lnTo>' for point in others)}<a:close/>"
        outline = (
            '<a:custGeom><a:avLst/><a:gdLst/><a:ahLst/><a:cxnLst/><a:rect l="0" t="0" r="r" b="b"/>'
            f'<a:pathLst><a:path w="{width}" h="{height}">{path}</a:path></a:pathLst></a:custGeom>'
        )
        look = outline + colour(self.look.veil, self.scene.veil) + "<a:ln><a:noFill/></a:ln>"
        yield self.shape(f"pending of {grid.name}", (left, top, width, height), look)

    # ---- lines ----

    def link(self, link):
        """A line between grids as a connector."""
        left, top, width, height = self.placement.box(
            min(link.x1, link.x2), min(link.y1, link.y2), abs(link.x2 - link.x1), abs(link.y2 - link.y1)
        )
        turned = ' flipH="1"' * (link.x2 < link.x1) + ' flipV="1"' * (link.y2 < link.y1)
        ink = colour(self.inks.look.mark.get(link.role, self.inks.look.mark["link"]))
        head = '<a:tailEnd type="triangle" w="med" len="med"/>' if link.arrow else ""
        return (
            f"<p:cxnSp><p:nvCxnSpPr>{self.named('link', decorative=True)}<p:cNvCxnSpPr/><p:nvPr/></p:nvCxnSpPr>"
            f"<p:spPr>{transform('a:xfrm', (left, top, width, height), turned)}"
            '<a:prstGeom prst="line"><a:avLst/></a:prstGeom>'
            f"{stroke(LINK * self.placement.scale, ink, end=head)}</p:spPr></p:cxnSp>"
        )

    def name_of(self, mark):
        """The name of an outline. If it moves, it is the only one of that name on the slide."""
        name = f"{mark.role} on {mark.grid}"
        if self.moving is None:
            return name
        number = self.moving[name] = self.moving.get(name, 0) + 1
        return MATCHED + (name if number == 1 else f"{name} {number}")

    def mark(self, mark, grid, name):
        """A thick outline around cells; on a picture larger, and between two lines of the background's colour."""
        ink = self.look.outline_colour(mark, grid)
        x, y = grid.x + mark.column * grid.pitch, grid.y + mark.row * grid.pitch
        width, height = mark.columns * grid.pitch, mark.rows * grid.pitch
        if grid.pixels is None:
            thick = THIN_MARK if grid.pitch < SMALL_PITCH else MARK
            yield self.ring(name, x, y, width, height, thick / 2, thick, ink)
            return
        x, y = x + min(width - LEAST_RING, 0) / 2, y + min(height - LEAST_RING, 0) / 2
        box, gap = (x, y, max(width, LEAST_RING), max(height, LEAST_RING)), CASING + MARK / 2
        words = name.removeprefix(MATCHED)
        paper = f"{name[: len(name) - len(words)]}paper around {words}"
        yield self.ring(paper, *box, gap, 2 * gap, self.look.background)
        yield self.ring(name, *box, gap, MARK, ink)

    def ring(self, name, x, y, width, height, gap, thick, ink):
        """A line of this thickness whose middle runs around a rectangle, at this distance."""
        box = self.placement.box(x - gap, y - gap, width + 2 * gap, height + 2 * gap)
        line = stroke(thick * self.placement.scale, colour(ink), join="<a:round/>")
        return self.shape(name, box, f"{_RECTANGLE}<a:noFill/>{line}")

    def shape(self, name, box, look):
        """A shape without words, which a screen reader passes over."""
        return (
            f"<p:sp><p:nvSpPr>{self.named(name, decorative=True)}<p:cNvSpPr/><p:nvPr/></p:nvSpPr>"
            f"<p:spPr>{transform('a:xfrm', box)}{look}</p:spPr>"
            f"<p:txBody><a:bodyPr/><a:lstStyle/><a:p>{properties('endParaRPr', self.language, 10)}</a:p></p:txBody>"
            "</p:sp>"
        )

    # ---- words ----

    def caption(self, text):
        """A caption in its place: above or below the grids in letters that can be read, elsewhere to scale."""
        ink, bold = self.inks.of(text.role), text.role == "strong"
        caption = self.sheet.captions.get(text.name)
        if caption is None:
            return self.text_box(text.name, text.text, text.size, text.x, text.y, text.anchor, ink, bold)
        words = caption.wrapped(text.text)
        widest = max(map(bold_extent if bold else full_width, words.split("\n")))
        width = min(caption.width, round(widest * caption.points * POINT))
        height = round(LEADING * caption.points * POINT) * (words.count("\n") + 1)
        box = caption.left, caption.top, width, height
        return self.words(text.name, words, box, caption.points, "start", ink, bold)

    def title_ink(self, grid):
        """The fill of the letters of a grid's title."""
        return colour(self.inks.look.title_colour(grid)) if grid.colour in self.look.mark else self.inks.text

    def text_box(self, name, words, size, x, y, anchor, ink, bold=False):
        """Words to scale, as `convviz.stage.scene.Text` places them."""
        left, top, right, bottom = extent(words, size, x, y, anchor)
        more = max(map(bold_extent if bold else full_width, words.split("\n"))) * size - (right - left)
        left -= more * {"start": 0, "middle": 0.5, "end": 1}[anchor]
        box = self.placement.box(left, top, right - left + more, bottom - top)
        return self.words(name, words, box, self.placement.points(size), anchor, ink, bold)

    def words(self, name, words, box, points, anchor, ink, bold):
        """A text box with fixed lines: none is broken, and nothing grows or shrinks."""
        look = self.language, points, ink, bold, self.inks.fonts
        lines = [run(line, *look) for line in words.split("\n")]
        between = f"<a:br>{properties('rPr', *look)}</a:br>"
        return (
            f'<p:sp><p:nvSpPr>{self.named(name)}<p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr>'
            f"<p:spPr>{transform('a:xfrm', box)}{_RECTANGLE}<a:noFill/></p:spPr>"
            '<p:txBody><a:bodyPr wrap="none" lIns="0" tIns="0" rIns="0" bIns="0" anchor="t"><a:noAutofit/></a:bodyPr>'
            f'<a:lstStyle/><a:p><a:pPr marL="0" indent="0" algn="{_ALIGNED[anchor]}">'
            f'<a:lnSpc><a:spcPts val="{round(LEADING * points * 100)}"/></a:lnSpc>'
            '<a:spcBef><a:spcPts val="0"/></a:spcBef><a:spcAft><a:spcPts val="0"/></a:spcAft><a:buNone/></a:pPr>'
            f"{between.join(lines)}</a:p></p:txBody></p:sp>"
        )

    def named(self, name, description="", decorative=False):
        """The number, the name and the description of a shape."""
        description = f' descr="{escaped(description)}"' if description else ""
        inside = _DECORATIVE if decorative else ""
        matched = MATCHED if name.startswith(MATCHED) else ""
        name = f"{matched}convviz {escaped(name.removeprefix(MATCHED))}"
        return f'<p:cNvPr id="{next(self.numbers)}" name="{name}"{description}>{inside}</p:cNvPr>'

    def described(self, grid):
        """The description of a grid for screen readers: its title, and for the first grid the step as a sentence."""
        parts = [grid.title.replace("\n", " ") or grid.name]
        if grid is self.scene.stage.grids[0] and self.scene.frame.spoken:
            parts.append(self.scene.frame.spoken)
        return ". ".join(parts)


def mixed(ink, paper):
    """The colour of hatching: an ink that leaves the digits on it readable."""
    pairs = zip(bytes.fromhex(ink[1:]), bytes.fromhex(paper[1:]), strict=True)
    return "#" + "".join(f"{round(one * HATCHING + other * (1 - HATCHING)):02x}" for one, other in pairs)


_RECTANGLE = '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
