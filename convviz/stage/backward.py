"""The board of pooling backward: the image with its windows, the gradient that comes back, and where it goes."""

from dataclasses import dataclass, replace

from convviz.stage import frames, grids
from convviz.stage.arrangements import NEAR, Bodies, sign
from convviz.stage.boxes import above, beside, captioned
from convviz.stage.fitting import Captions, checked_shape
from convviz.stage.parts import checked_show
from convviz.stage.remarks import remarks_of
from convviz.stage.scene import Frame, Grid, Mark, Scene, Stage
from convviz.stage.step_cache import StepCache
from convviz.stage.text_area import TextArea
from convviz.stage.titles import title_of
from convviz.stage.view import NUMERIC, View, view_of
from convviz.steps.notation import decimal, shorten

__all__ = ["BackwardBoard", "backward_board", "backward_boards"]


@dataclass(frozen=True, eq=False)
class BackwardBoard:
    """The steps of pooling backward that are shown; a `convviz.stage.protocol.Board`. Made by `backward_board`.

    Attributes
    ----------
    view : convviz.stage.view.View
        What is shown of the steps forward.
    steps : convviz.stage.step_cache.StepCache
        The steps backward.
    stage : convviz.stage.scene.Stage
    formula_area : convviz.stage.text_area.TextArea
        Where the formula of a step stands.
    """

    view: View
    steps: StepCache
    stage: Stage
    formula_area: TextArea

    @property
    def indices(self):
        """The steps that are shown, ascending."""
        return self.view.indices

    def frame(self, index):
        """What step `index` changes on the stage."""
        step = self.steps[index]
        cells, marks = frames.input_changes(self.view, step.forward)
        share = frames.signed(shorten(decimal(step.share)).text)
        cells["gradient"] = {step.position: (None, "current", None)}
        cells["output"] = {cell: (shorten(decimal(value)).text, "window", share) for cell, value in step.after.items()}
        marks = (*marks, Mark("gradient", *step.position, role="current"), *outlines(step))
        written = formula(self.view, step)
        return Frame(index, cells, marks, (), self.texts(step, written), frames.spoken(self.view, step.forward, written))

    def question(self, index):
        """What step `index` changes while it is still to be found where the gradient goes."""
        answer, step = self.frame(index), self.steps[index]
        cells = {
            "input": frames.without_chosen(answer.cells["input"]),
            "gradient": answer.cells["gradient"],
            "output": {cell: frames.held(self.stage.grid("output"), cell, index) for cell in step.after},
        }
        written = formula(self.view, step, asked=True)
        marks = tuple(mark for mark in answer.marks if mark.grid != "output")
        spoken = frames.spoken(self.view, step.forward, written)
        return replace(answer, cells=cells, marks=marks, texts=self.texts(step, written), spoken=spoken)

    def position(self, index):
        """Which cell step `index` is about, as text."""
        return frames.position_text(self.view, self.steps[index].forward)

    def scene(self, index):
        """Step `index` as a `convviz.stage.scene.Scene`."""
        return Scene(self.stage, self.frame(index))

    def texts(self, step, written):
        """The captions of a step by name."""
        return {"place": frames.step_text(self.view, step.forward), "formula": self.formula_area.wrapped(written)}


def backward_board(trace, lang="en", steps=None, still=False, shape=None, show=None):
    """The steps of pooling backward, ready to be drawn.

    Parameters
    ----------
    trace : convviz.trace.BackwardTrace
    lang, steps, still, shape, show
        As for `convviz.stage.forward.board`.

    Raises
    ------
    ValueError
        For an image that is too large to be drawn as numbers.
    """
    view = checked_view(trace, lang, steps, still)
    parts = [grids.input_grid(view, view.inputs[0]), gradient_grid(view, trace), output_grid(view, trace)]
    image, gradient, output = (captioned(part.grid) for part in grids.alike(parts))
    arrows = sign("gradient", "→"), sign("output", "→")
    bodies = [
        beside([image, arrows[0], gradient, arrows[1], output], NEAR),
        above([beside([image, arrows[0], gradient], NEAR), arrows[1], output], 0.15),
        above([image, arrows[0], gradient, arrows[1], output], 0.15),
    ]
    kept = StepCache(trace, view.indices)
    samples = kept.samples()
    grid_remarks = dict.fromkeys(remark for part in parts for remark in part.remarks)
    captions = Captions(
        title_of(view, backward=True),
        [frames.step_text(view, step.forward) for step in samples],
        [formula(view, step) for step in samples],
        [],
        [(view.captions["no_gradient"], True), *remarks_of(view, grid_remarks)],
        checked_show(show),
    )
    fitted = captions.fitted(Bodies(bodies, bodies), checked_shape(shape))
    return BackwardBoard(view, kept, replace(fitted.stage, steps=len(trace), lang=lang), fitted.formula_area)


def backward_boards(trace, lang="en", steps=None, still=False, show=None, page=False):
    """The steps of pooling backward in every arrangement that is possible, of which there is one: a list of `BackwardBoard`.

    The parameters are those of `convviz.stage.forward.boards`.
    """
    return [backward_board(trace, lang, steps, still, show=show)]


def checked_view(trace, lang, steps, still):
    """What is shown of the steps forward; ValueError if that would be a picture without numbers."""
    rows, columns = trace.forward.source.shape[1:3]
    # a large image is refused before its steps are chosen
    view = None if max(rows, columns) > NUMERIC else view_of(trace.forward, lang, steps, still, reading=None)
    if view is None or not (view.numeric_input and view.numeric_output):
        raise ValueError(
            f"the image has {rows}×{columns} cells; expected at most {NUMERIC} a side, padding included, so that "
            "gradients can be drawn as numbers. Trace a part of it; trace.output has the gradients of any image"
        )
    return view


def gradient_grid(view, trace):
    """The gradient of the result."""
    numbers = [[shorten(decimal(value)) for value in row] for row in trace.gradient.tolist()]
    rows, columns = trace.gradient.shape
    texts = grids.texts_of(numbers)
    pitch = grids.cell_size(grids.flat(texts), max(rows, columns))
    grid = Grid(
        "gradient",
        view.captions["output_gradient"].format(grids.size_text(rows, columns)),
        pitch=pitch,
        rows=rows,
        columns=columns,
        texts=texts,
        roles=grids.filled(rows, columns, "product"),
        font=grids.font_size(grids.flat(texts), pitch),
        first=0,
    )
    return grids.GridPart(grid, grids.rounding_remark(view, grids.flat(numbers), computed=False))


def output_grid(view, trace):
    """The gradient of the image, which grows step by step."""
    rows, columns = trace.forward.source.shape[1:3]
    history = {cell: [(step, shorten(decimal(value))) for step, value in past] for cell, past in trace.history.items()}
    title = view.captions["input_gradient"].format(grids.size_text(rows, columns))
    texts, roles = (grids.filled(rows, columns, each) for each in ("", "pending"))
    grid = grids.growing(Grid("output", title, rows=rows, columns=columns, texts=texts, roles=roles), history)
    remarks = grids.rounding_remark(view, [number for past in history.values() for _, number in past])
    return grids.GridPart(grid, remarks, noted=True)


def formula(view, step, asked=False):
    """What a step does with its gradient, as one sentence; with `asked` the result is left open."""
    return view.captions["formula_line"].format(sentence_of(view, step, asked))


def sentence_of(view, step, asked):
    """What a step does with its gradient in the usual words."""
    if not step.chosen:
        working = step.write(shorten)
        return view.captions["shared"].format(f"{working.split(' ')[0]} = ?" if asked else working)
    gradient = shorten(step.gradient).text
    if asked:
        return view.captions["routed"].format(gradient, "?")
    (cell,) = step.chosen
    sentence = view.captions["routed_to"].format(gradient, *cell, shorten(step.forward.result).text)
    return f"{sentence}: {step.write(shorten)}"


def outlines(step):
    """One outline around the cells of the image's gradient that a step adds to; of a dilated window one around each."""
    if not step.after:
        return []
    around = frames.outline("output", step.after)
    if around.rows * around.columns == len(step.after):
        return [around]
    return [Mark("output", *cell, role="current") for cell in step.after]
