"""What is sent with the player of the blocks of volumes: each face once, and by step which faces there are."""

from convviz.render.page.colours import themes_of
from convviz.render.svg import SCALE, number

__all__ = ["Faces"]


class Faces:
    """The faces of all steps, each with a number. volume.js draws them.

    Parameters
    ----------
    theme : {"auto", "light", "dark"} or convviz.stage.theme.Theme
    stage : convviz.stage.scene.Stage

    Attributes
    ----------
    numbers : dict of convviz.stage.scene.Face to int
    """

    def __init__(self, theme, stage):
        self.themes, self.stage, self.numbers = themes_of(theme), stage, {}

    def of(self, frame):
        """The numbers of the faces of a frame, from the back."""
        return [self.numbers.setdefault(face, len(self.numbers)) for face in frame.faces]

    def data(self):
        """The looks as a style sheet, the corners of polygons, and the faces: corners, look, block, text with place and size.

        On a narrow screen blocks stand elsewhere: how far each is moved, and by how much it is enlarged.
        """
        looks, corners = {}, {}
        shapes = [self._shape(face, looks, corners) for face in self.numbers]
        return {"style": "".join(self._rules(looks)), "points": list(corners), "shapes": shapes, "narrow": list(self._narrow())}

    def _narrow(self):
        """For each block how far it is moved on a narrow screen, and by how much it is enlarged."""
        for name, (left, top, right, _) in self.stage.blocks.items():
            there = self.stage.narrow.blocks[name]
            scale = (there[2] - there[0]) / (right - left)
            moved = SCALE * (there[0] - scale * left), SCALE * (there[1] - scale * top)
            yield [round(side, 4) for side in (*moved, scale)]

    def _shape(self, face, looks, corners):
        points = " ".join(f"{number(x * SCALE)},{number(y * SCALE)}" for x, y in face.points)
        styles = tuple(look.face(face) for look in self.themes)
        block = list(self.stage.blocks).index(face.block)
        shape = [corners.setdefault(points, len(corners)), looks.setdefault(styles, len(looks)), block]
        if face.text:
            x, y = face.middle
            places = (x, y + 0.35 * face.size, face.size)
            shape += [face.text, *(float(number(side * SCALE)) for side in places)]
        return shape

    def _rules(self, looks):
        """The style sheet: what the first theme says, and below `cv-dark` what the second does."""
        for styles, name in looks.items():
            for under, style in zip(("", ".cv-dark "), styles, strict=False):
                where = f"{under}.cv-face{name}>"
                width = style.width * SCALE if style.line else 0.6
                dashes = f";stroke-dasharray:{number(0.12 * SCALE)} {number(0.08 * SCALE)}" * bool(style.dashed and style.line)
                yield (
                    f"{where}polygon{{fill:{style.fill or 'none'};stroke:{style.line or style.fill};"
                    f"stroke-width:{number(width, 2)};stroke-linejoin:round{dashes}}}"
                )
                bold = ";font-weight:700" if style.bold else ""
                yield f"{where}text{{fill:{style.text}{bold}}}"
