"""The board of pooling backward: the image with its windows, the gradient that comes back, and where it goes."""

from dataclasses import dataclass, replace

from convviz.stage import frames, grids, layout
from convviz.stage.boxes import beside, caption, captioned
from convviz.stage.parts import checked_show
from convviz.stage.remarks import remarks_of
from convviz.stage.scene import Frame, Grid, Mark, Scene, Stage
from convviz.stage.step_cache import StepCache
from convviz.stage.text_area import TextArea
from convviz.stage.titles import title_of
from convviz.stage.view import NUMERIC, View, view_of
from convviz.steps import value_at
from convviz.steps.notation import decimal, shorten

__all__ = ["BackwardBoard", "backward_board"]


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
            "output": {cell: self.held(cell, index) for cell in step.after},
        }
        written = formula(self.view, step, asked=True)
        marks = tuple(mark for mark in answer.marks if mark.grid != "output")
        spoken = frames.spoken(self.view, step.forward, written)
        return replace(answer, cells=cells, marks=marks, texts=self.texts(step, written), spoken=spoken)

    def scene(self, index):
        """Step `index` as a `convviz.stage.scene.Scene`."""
        return Scene(self.stage, self.frame(index))

    def texts(self, step, written):
        """The captions of a step by name."""
        return {"place": frames.step_text(self.view, step.forward), "formula": self.formula_area.wrapped(written)}

    def held(self, cell, index):
        """What a cell of the image's gradient shows before a step."""
        text = value_at(self.stage.grid("output").history[cell], index - 1, "")
        return text, "done" if text else "pending", None


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
    image, gradient, output = (captioned(part.grid) for part in parts)
    body = beside([image, gradient, caption("arrow", "→", 0.7, "faint"), output])
    title, shown = title_of(view, backward=True), checked_show(show)
    kept = StepCache(trace, view.indices)
    samples = kept.samples()
    places = [frames.step_text(view, step.forward) for step in samples] if "step" in shown else []
    width = layout.page_width(body, title if "title" in shown else "", places)
    formulas = [formula(view, step) for step in samples] if "formula" in shown else []
    formula_area = TextArea.for_texts(formulas, width / layout.FORMULA, 3, bold=True)
    grid_remarks = dict.fromkeys(remark for part in parts for remark in part.remarks)
    remarks = [(view.captions["no_gradient"], True), *remarks_of(view, grid_remarks)]
    below = [
        *([layout.CaptionBelow("formula", layout.FORMULA, "strong", formula_area.lines)] if formula_area.lines else []),
        *layout.remark_captions(remarks, width, shown),
    ]
    return BackwardBoard(view, kept, layout.stage_of(body, title, below, len(trace), lang, width, shown), formula_area)


def checked_view(trace, lang, steps, still):
    """What is shown of the steps forward; ValueError if that would be a picture without numbers."""
    rows, columns = trace.forward.source.shape[1:3]
    # a large image is refused before its steps are chosen
    view = None if max(rows, columns) > NUMERIC else view_of(trace.forward, lang, steps, still)
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
    return grids.GridPart(grid, grids.rounding_remark(view, [number for past in history.values() for _, number in past]))


def formula(view, step, asked=False):
    """What a step does with its gradient, as one sentence; with `asked` the result is left open."""
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
