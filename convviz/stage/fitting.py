"""What is written around the grids of a board, and which of their arrangements a medium gets: that with the largest letters."""

import math
from dataclasses import dataclass, replace

from convviz._support.values import brief, real_number
from convviz.stage import layout, telephone
from convviz.stage.boxes import TITLE, scale_on
from convviz.stage.scene import Stage
from convviz.stage.text_area import TextArea
from convviz.stage.text_width import bold_width

__all__ = ["Captions", "Fitted", "checked_shape"]

#: The least and the greatest shape of a medium.
FLATTEST = (1e-3, 1e3)
#: How many lines a formula and a running sum take at most; and a formula on a medium that is narrower than this, in heights.
FORMULA_LINES, RUNNING_LINES = 3, 2
FORMULA_LINES_OF_NARROW, NARROW = 6, 1.2
#: Numbers that are lower than this, in heights of the medium, are small: 18 points on a slide of 7.5 inches.
SMALL = 1 / 30
#: Width of a page in heights, in a window of 1280×720 pixels or an output of a notebook.
PAGE, NEARLY = 1.8, 0.9
#: Height of captions, about, in units: so the arrangement does not depend on which steps are shown.
CAPTIONS = 4.8
#: A title that would be wider than this, in units, is broken into lines wherever it stands.
LONGEST_TITLE = 30


def checked_shape(shape):
    """A shape as a float, or None; TypeError or ValueError for what is none."""
    if shape is None:
        return None
    number = real_number(shape)
    if number is None:
        raise TypeError(f"shape is {brief(shape)}; expected a number, the width of the medium in heights, such as 16 / 9")
    if not FLATTEST[0] <= number <= FLATTEST[1]:
        raise ValueError(f"shape is {brief(shape)}; expected from {FLATTEST[0]} to {FLATTEST[1]}, the width in heights")
    return number


def letters_on(body, shape, others=math.inf):
    """Height of the smallest letters of numbers, in heights of a medium of this shape; `others` is that of further letters."""
    return scale_on(body, shape) * min(others, *(grid.font for grid in body.grids if grid.texts is not None), math.inf)


def lines_on(shape):
    """How many lines a formula takes at most on a medium of this shape."""
    return FORMULA_LINES_OF_NARROW if shape < NARROW else FORMULA_LINES


@dataclass(frozen=True, eq=False)
class Fitted:
    """A stage, and where the formula and the running sum of a step stand.

    Attributes
    ----------
    stage : convviz.stage.scene.Stage
    formula_area, running_area : convviz.stage.text_area.TextArea
    """

    stage: Stage
    formula_area: TextArea
    running_area: TextArea


@dataclass(frozen=True, eq=False)
class Captions:
    """What is written around the grids of a board.

    Attributes
    ----------
    title : str
    places, formulas, runnings : list of str
        Of some steps: which they are, their formulas and running sums, for which there must be space.
    remarks : list of (str, bool)
        What is written below, the size of the result first, each with whether it is shown; for one that is not, there is space.
    shown : frozenset of str
        What of `convviz.stage.parts.PARTS` is shown.
    """

    title: str
    places: list
    formulas: list
    runnings: list
    remarks: list
    shown: frozenset

    def fitted(self, bodies, shape=None):
        """The stage of the arrangement with the largest letters on a medium of this shape.

        Parameters
        ----------
        bodies : convviz.stage.arrangements.Bodies
            The grids in each arrangement.
        shape : float, optional
            Width of the medium in heights; if not given, that of a page.
        """
        if shape is None:
            return self.pages(bodies)[0]
        best = self.best(bodies.usual, shape)
        if letters_on(best.stage, shape) < SMALL and (tight := bodies.tight()):
            best = self.larger(best, self.best(tight, shape), shape)
        return replace(best, stage=replace(best.stage, narrow=self.narrow(bodies)))

    def on_a_page(self, usual):
        """That of these boxes with the largest letters on a page; the first one, if others hardly have larger letters."""
        sizes = [letters_on(replace(body, height=body.height + CAPTIONS), PAGE, TITLE) for body in usual]
        return next(body for body, size in zip(usual, sizes, strict=True) if size >= NEARLY * max(sizes))

    def larger(self, usual, tight, shape):
        """The one with the larger numbers on a medium of this shape; the first if they are as large, or only it is whole."""
        lines = lines_on(shape)
        sizes = [(self.is_whole(found, lines), letters_on(found.stage, shape)) for found in (usual, tight)]
        return tight if sizes[1] > sizes[0] else usual

    def best(self, bodies, shape):
        """The stage of that of these boxes with the largest letters on a medium of this shape."""
        lines, best, largest = lines_on(shape), None, (False, 0.0)
        for body in sorted(bodies, key=lambda body: -letters_on(body, shape, TITLE)):
            if largest[0] and letters_on(body, shape, TITLE) <= largest[1]:  # captions cannot make them larger
                break
            for room in self.rooms():
                found = self.staged(body, *room, lines=lines)
                size = self.is_whole(found, lines), letters_on(found.stage, shape, TITLE)
                if best is None or size > largest:
                    best, largest = found, size
        return best

    def pages(self, bodies):
        """The stages that suit a page: that with the largest letters, and the first one if that is another."""
        chosen, first = self.on_a_page(bodies.usual), bodies.usual[0]
        stages = map(self.staged, [chosen] if chosen is first else [chosen, first])
        return [replace(found, stage=replace(found.stage, narrow=self.narrow(bodies))) for found in stages]

    def possible(self, bodies):
        """The stages of all arrangements, in the most and in the least room, as `Fitted`."""
        most, *_, least = self.rooms()
        return [self.staged(body, *room) for room in (most, least) for body in bodies.usual]

    def rooms(self):
        """The ways to give captions room: how wide the stage is at least, and whether the title may be broken into lines."""
        return [(layout.LEAST_WIDTH, False), (telephone.NARROWEST, False), (telephone.NARROWEST, True)]

    def is_whole(self, fitted, lines):
        """Whether no formula has to be shortened to so many lines."""
        return (
            "formula" not in self.shown
            or TextArea.for_texts(self.formulas, fitted.formula_area.width, lines + 1, bold=True).lines <= lines
        )

    def staged(self, body, least=layout.LEAST_WIDTH, broken=False, margin=layout.MARGIN, lines=FORMULA_LINES):
        """A stage with the grids as `body` has them, of at least this width; its title may be `broken` into lines.

        A formula takes at most so many `lines`.
        """
        shown = self.shown
        places = self.places if "step" in shown else []
        broken = broken or bold_width(self.title) * layout.HEADING > LONGEST_TITLE
        width = layout.page_width(body, "" if broken or "title" not in shown else self.title, places, least)
        formula_area = TextArea.for_texts(self.formulas if "formula" in shown else [], width / layout.FORMULA, lines, bold=True)
        running_area = TextArea.for_texts(self.runnings if "running sum" in shown else [], width / layout.SMALL, RUNNING_LINES)
        below = self.below(formula_area, running_area, width)
        stage = layout.stage_of(body, self.title, below, width, shown, margin)
        return Fitted(stage, formula_area, running_area)

    def narrow(self, bodies):
        """The grids for a telephone, without captions, in the arrangement that suits it best."""
        body = max(bodies.narrow, key=telephone.suits)
        return replace(self, shown=frozenset()).staged(body, telephone.NARROWEST, broken=True, margin=telephone.MARGIN).stage

    def below(self, formula_area, running_area, width):
        """The captions under the grids: formula, running sum, size of the result, remarks."""
        if formula_area.lines:
            yield layout.CaptionBelow("formula", layout.FORMULA, "strong", formula_area.lines)
        if running_area.lines:
            yield layout.CaptionBelow("running", layout.SMALL, "faint", running_area.lines)
        yield from layout.remark_captions(self.remarks, width, self.shown)
