"""The sides of blocks that are drawn in oblique projection."""

from matplotlib.patches import Polygon

from convviz.render.figure.letters import Letters

__all__ = ["face_artists"]

#: Where faces stand among other artists, and the lines around several of them, from the back.
FACE, LINE = 4.5, 4.7
#: Width of the line that closes the gap between two faces without lines of their own, and the least of others, in pixels.
SEAM, THIN = 0.6, 0.7
#: The largest part of the width of a cell that its letters take.
WIDE = 0.94
#: Dashes and gaps, in units.
DASHES = (0.12, 0.08)


def face_artists(drawing, face):
    """The polygon of a face and its text.

    Parameters
    ----------
    drawing : convviz.render.figure.drawing.Drawing
    face : convviz.stage.scene.Face

    Yields
    ------
    matplotlib.artist.Artist
    """
    paper, style = drawing.paper, drawing.theme.face(face)
    corners = [(paper.x(x), paper.y(y)) for x, y in face.points]
    wide = max(style.width * paper.unit, THIN) if style.line else SEAM
    # matplotlib counts dashes in widths of the line
    dashes = (0, tuple(part * paper.unit / wide for part in DASHES)) if style.dashed and style.line else "solid"
    look = {"facecolor": style.fill or "none", "edgecolor": style.line or style.fill, "linestyle": dashes}
    polygon = Polygon(corners, linewidth=wide * 72 / paper.dpi, joinstyle="round", capstyle="butt", snap=False, **look)
    yield drawing.add(polygon, LINE if style.fill is None else FACE)
    if face.text:
        x, y = face.middle
        wide = WIDE * (face.points[1][0] - face.points[0][0]) * paper.unit
        letters = Letters(face.size * paper.unit, style.text, bold=style.bold, width=max(wide, 1), zorder=FACE)
        yield drawing.write(paper.x(x), paper.y(y), face.text, letters)
