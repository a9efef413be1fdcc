"""The blocks of a scene as freeform shapes of DrawingML, a group for each block: see `convviz.render.slides.shapes`."""

from itertools import groupby

from convviz.render.slides.drawingml import colour, run, stroke, transform

__all__ = ["blocks_of"]

#: Width of the line that closes the gap between two faces without lines of their own, in EMU.
SEAM = 3175
#: Numbers in smaller letters, in points, are left out.
SMALLEST = 9


def blocks_of(shapes):
    """The faces of a scene as XML, those of each block in a group.

    Parameters
    ----------
    shapes : convviz.render.slides.shapes.Shapes

    Yields
    ------
    str
    """
    for name, faces in groupby(shapes.scene.faces, key=lambda face: face.block):
        faces = list(faces)
        corners = [point for face in faces for point in face.points]
        box = box_of(shapes, corners)
        left, top, width, height = box
        inner = f'<a:chOff x="{left}" y="{top}"/><a:chExt cx="{width}" cy="{height}"/></a:xfrm>'
        yield (
            f"<p:grpSp><p:nvGrpSpPr>{shapes.named(name, described(shapes, name))}<p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>"
            f"<p:grpSpPr>{transform('a:xfrm', box).removesuffix('</a:xfrm>')}{inner}</p:grpSpPr>"
            f"{''.join(freeform(shapes, face) for face in faces)}</p:grpSp>"
        )


def described(shapes, name):
    """The description of a block for screen readers: the line under it, and for the first block the step as a sentence."""
    texts = {text.name: text.text for text in shapes.scene.texts}
    parts = [texts.get(f"label.{name}", name)]
    if name == "input" and shapes.scene.frame.spoken:
        parts.append(shapes.scene.frame.spoken)
    return ". ".join(parts)


def box_of(shapes, corners):
    """Left, top, width and height around corners, on the slide."""
    across, down = zip(*corners, strict=True)
    left, top = min(across), min(down)
    return shapes.placement.box(left, top, max(across) - left, max(down) - top)


def freeform(shapes, face):
    """A face as a shape with its text."""
    style, box = shapes.look.face(face), box_of(shapes, face.points)
    left, top, width, height = box
    points = [shapes.placement.box(x, y, 0, 0)[:2] for x, y in face.points]
    first, *others = (f'<a:pt x="{min(x - left, width)}" y="{min(y - top, height)}"/>' for x, y in points)
    path = f"<a:moveTo>{first}</a:moveTo>{''.join(f'<a:lnTo>{point}</a:lnTo>' for point in others)}<a:close/>"
    outline = (
        '<a:custGeom><a:avLst/><a:gdLst/><a:ahLst/><a:cxnLst/><a:rect l="0" t="0" r="r" b="b"/>'
        f'<a:pathLst><a:path w="{width}" h="{height}">{path}</a:path></a:pathLst></a:custGeom>'
    )
    fill = colour(style.fill) if style.fill else "<a:noFill/>"
    return (
        f"<p:sp><p:nvSpPr>{shapes.named(f'{face.side} of {face.block}', decorative=True)}<p:cNvSpPr/><p:nvPr/></p:nvSpPr>"
        f"<p:spPr>{transform('a:xfrm', box)}{outline}{fill}{edge(shapes, style)}</p:spPr>{words(shapes, face, style)}</p:sp>"
    )


def edge(shapes, style):
    """The line around a face."""
    dash = '<a:prstDash val="dash"/>' if style.dashed and style.line else ""
    width = style.width * shapes.placement.scale if style.line else SEAM
    return stroke(width, colour(style.line or style.fill) + dash, join="<a:round/>")


def words(shapes, face, style):
    """The text of a face, in its middle."""
    points = shapes.placement.points(face.size)
    look = shapes.language, points, colour(style.text), style.bold, shapes.inks.fonts
    inside = f'<a:pPr algn="ctr"/>{run(face.text, *look)}' if face.text and points >= SMALLEST else ""
    return (
        '<p:txBody><a:bodyPr wrap="none" lIns="0" tIns="0" rIns="0" bIns="0" anchor="ctr"/>'
        f"<a:lstStyle/><a:p>{inside}</a:p></p:txBody>"
    )
