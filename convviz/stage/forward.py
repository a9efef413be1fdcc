"""The board of an operation: its steps, ready to be drawn."""

from dataclasses import dataclass, replace

from convviz._support.values import brief, real_number
from convviz.stage import frames, layout
from convviz.stage.parts import checked_show
from convviz.stage.remarks import remarks_of
from convviz.stage.scene import Scene, Stage
from convviz.stage.step_cache import StepCache
from convviz.stage.text_area import TextArea
from convviz.stage.titles import title_of
from convviz.stage.view import View, view_of

__all__ = ["ForwardBoard", "board"]

#: A medium of a smaller width, in heights, is narrow: titles are broken into lines.
NARROW = 1.2
#: Width of the part of a telephone that is for the picture, in heights.
TELEPHONE = 0.5
#: The least and the greatest shape of a medium.
FLATTEST = (1e-3, 1e3)


@dataclass(frozen=True, eq=False)
class ForwardBoard:
    """The steps of an operation that are shown; a `convviz.stage.protocol.Board`. Made by `board`.

    Attributes
    ----------
    view : convviz.stage.view.View
        What is shown.
    steps : convviz.stage.step_cache.StepCache
    stage : convviz.stage.scene.Stage
    formula_area, running_area : convviz.stage.text_area.TextArea
        Where the formula and the running sum of a step stand.
    """

    view: View
    steps: StepCache
    stage: Stage
    formula_area: TextArea
    running_area: TextArea

    @property
    def indices(self):
        """The steps that are shown, ascending."""
        return self.view.indices

    def frame(self, index):
        """What step `index` of the trace changes on the stage, as a `convviz.stage.scene.Frame`."""
        return frames.frame(self, index)

    def question(self, index):
        """What step `index` changes on the stage, with its results hidden, as a `convviz.stage.scene.Frame`."""
        return frames.question(self, index)

    def scene(self, index):
        """Step `index` of the trace as a `convviz.stage.scene.Scene`."""
        return Scene(self.stage, self.frame(index))


def board(trace, lang="en", steps=None, still=False, shape=None, show=None):
    """The steps of a trace, ready to be drawn.

    Parameters
    ----------
    trace : convviz.trace.Trace
    lang : {"en", "ja"}
        Language of the captions.
    steps : int, slice or iterable of int, optional
        How many steps, evenly spread, or which. Without it all, but of more than 200 only 60.
    still : bool, default False
        The scenes become single pictures: they do not say how many of the steps are shown.
    shape : float, optional
        Width of the medium in heights: the grids are arranged so that their letters become as large as possible on it.
        The factors of each product are then shown in the formula only. If not given, the grids are arranged as in a page.
    show : iterable of str, optional
        The captions that are shown, some of `convviz.stage.parts.PARTS`. All unless given.

    Returns
    -------
    ForwardBoard

    Examples
    --------
    >>> import convviz as cv
    >>> shown = board(cv.MaxPooling(2).trace([[3, 4], [1, 2]]))
    >>> shown.indices, [grid.name for grid in shown.stage.grids]
    ((0,), ['input', 'window', 'output'])
    >>> shown.scene(0).cell(shown.stage.grid("output"), 0, 0).text
    '4'
    """
    view, shape = view_of(trace, lang, steps, still), checked_shape(shape)
    kept = StepCache(trace, view.indices)
    samples = kept.samples()
    bodies, grid_remarks = layout.arrange(view, samples, notes=shape is None)
    texts = [[text(view, step) for step in samples] for text in (frames.formula, frames.running)]
    remarks = list(remarks_of(view, grid_remarks))
    captions = Captions(view, texts, remarks, [frames.step_text(view, step) for step in samples], checked_show(show))
    staged = [captions.staged(body, bool(shape and shape < NARROW)) for body in (bodies[:1] if shape is None else bodies)]
    stage, formula_area, running_area = max(staged, key=lambda parts: scale_on(parts[0], shape or 1))
    if shape is None:
        stage = replace(stage, narrow=captions.narrow(bodies))
    return ForwardBoard(view, kept, stage, formula_area, running_area)


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


def scale_on(stage, shape):
    """How large a unit of a stage is on a medium of this shape, whose height is 1."""
    return min(shape / stage.width, 1 / stage.height)


@dataclass(frozen=True, eq=False)
class Captions:
    """What is written beside the grids of a view.

    Attributes
    ----------
    view : convviz.stage.view.View
    texts : pair of list of str
        Formulas and running sums of some steps, for which there must be space.
    remarks : list of (str, bool)
    places : list of str
        Which steps these are.
    shown : frozenset of str
        What of `convviz.stage.parts.PARTS` is shown.
    """

    view: View
    texts: tuple
    remarks: list
    places: list
    shown: frozenset

    def staged(self, body, narrow):
        """A stage with the grids as `body` has them, and the areas of the formula and of the running sum."""
        view, shown = self.view, self.shown
        title = title_of(view)
        places = self.places if "step" in shown else []
        width = layout.page_width(body, title if "title" in shown else "", places, narrow)
        formula_area = TextArea.for_texts(self.texts[0] if "formula" in shown else [], width / layout.FORMULA, 3, bold=True)
        running_area = TextArea.for_texts(self.texts[1] if "running sum" in shown else [], width / layout.SMALL, 2)
        below = self.below(formula_area, running_area, width)
        stage = layout.stage_of(body, title, below, len(view.trace), view.lang, width, shown)
        return stage, formula_area, running_area

    def narrow(self, bodies):
        """The grids for a narrow medium, without captions."""
        body = max(bodies, key=lambda body: scale_on(body, TELEPHONE))
        stage, _, _ = replace(self, shown=frozenset()).staged(body, narrow=True)
        return stage

    def below(self, formula_area, running_area, width):
        """The captions under the grids: formula, running sum, size of the result, remarks."""
        view = self.view
        if formula_area.lines:
            yield layout.CaptionBelow("formula", layout.FORMULA, "strong", formula_area.lines)
        if running_area.lines:
            yield layout.CaptionBelow("running", layout.SMALL, "faint", running_area.lines)
        size = f"{view.captions['size']}: {view.trace.geometry.formula(view.captions['axes'])}"
        yield from layout.remark_captions([(size, True), *self.remarks], width, self.shown)
