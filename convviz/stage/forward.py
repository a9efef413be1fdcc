"""The board of an operation: its steps, ready to be drawn."""

from dataclasses import dataclass, replace

from convviz.stage import frames, layout
from convviz.stage.fitting import Captions, checked_shape
from convviz.stage.parts import checked_show
from convviz.stage.remarks import remarks_of
from convviz.stage.scene import Scene, Stage
from convviz.stage.step_cache import StepCache
from convviz.stage.text_area import TextArea
from convviz.stage.titles import title_of
from convviz.stage.view import FILE, PAGE, View, view_of

__all__ = ["ForwardBoard", "board", "boards"]


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

    def position(self, index):
        """Which cell step `index` of the trace is about, as text."""
        return frames.position_text(self.view, self.steps[index])

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
    show : str or iterable of str, optional
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
    shape = checked_shape(shape)
    arranged = Arranged.of(trace, lang, steps, still, show, page=shape is None)
    return arranged.board(arranged.captions.fitted(arranged.bodies, shape))


def boards(trace, lang="en", steps=None, still=False, show=None, page=False):
    """The steps of a trace in every arrangement that is possible, or of a `page`, as a list of `ForwardBoard`.

    The other parameters are those of `board`.
    """
    arranged = Arranged.of(trace, lang, steps, still, show, page)
    captions = arranged.captions
    found = captions.pages(arranged.bodies) if page else captions.possible(arranged.bodies)
    return [arranged.board(fitted) for fitted in found]


@dataclass(frozen=True, eq=False)
class Arranged:
    """The grids of a view in all arrangements, and what is written around them.

    Attributes
    ----------
    view : convviz.stage.view.View
    steps : convviz.stage.step_cache.StepCache
    bodies : list of convviz.stage.boxes.Box
    captions : convviz.stage.fitting.Captions
    """

    view: View
    steps: StepCache
    bodies: list
    captions: Captions

    @classmethod
    def of(cls, trace, lang, steps, still, show, page):
        """The arrangements of a trace, for a page or for other media; the parameters are those of `board`."""
        view = view_of(trace, lang, steps, still, PAGE if page else FILE)
        kept = StepCache(trace, view.indices)
        samples = kept.samples()
        bodies, grid_remarks = layout.arrange(view, samples, notes=page)
        size = view.captions["size_line"].format(trace.geometry.formula(view.captions["axes"]))
        captions = Captions(
            title_of(view),
            [frames.step_text(view, step) for step in samples],
            [frames.formula(view, step) for step in samples],
            [frames.running(view, step) for step in samples],
            [(size, True), *remarks_of(view, grid_remarks)],
            checked_show(show),
        )
        return cls(view, kept, bodies, captions)

    def board(self, fitted):
        """The board with a stage of these grids."""
        view = self.view
        stage = replace(fitted.stage, steps=len(view.trace), lang=view.lang, strongest=view.strongest)
        return ForwardBoard(view, self.steps, stage, fitted.formula_area, fitted.running_area)
