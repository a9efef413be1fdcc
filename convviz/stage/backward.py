"""From pooling backward to scenes: the image with its windows, the gradient that comes back, and where it goes."""

from dataclasses import replace

from convviz.stage import frames, grids, layout
from convviz.stage.boxes import beside, caption, captioned
from convviz.stage.captions import bold_width, words, wrap
from convviz.stage.scene import Grid, Mark, Moment, Scene
from convviz.steps import MaximumStep, value_at
from convviz.steps.notation import decimal, shorten, show

__all__ = ["BackwardBoard"]


class BackwardBoard:
    """The steps of pooling backward that are shown, as scenes: what a `convviz.stage.layout.Board` is for a trace.

    Parameters
    ----------
    trace : convviz.trace.backward.BackwardTrace
    lang, steps, still
        As for `convviz.stage.layout.board`.

    Attributes
    ----------
    indices : list of int
    stage : convviz.stage.scene.Stage
    """

    def __init__(self, trace, lang="en", steps=None, still=False):
        self.trace, self.lang, self.words = trace, lang, words(lang, trace.captions)
        rows, columns = trace.forward.source.shape[1:3]
        large = max(rows, columns) > layout.NUMERIC  # said before anything is laid out, which takes long
        self.forward = None if large else layout.board(trace.forward, lang, steps, still)
        if large or not (self.forward.numeric_input and self.forward.numeric_output):
            raise ValueError(
                f"the image has {rows}×{columns} cells; expected at most {layout.NUMERIC} a side, padding included, so that "
                "gradients can be drawn as numbers. Trace a part of it; trace.output has the gradients of any image"
            )
        self.indices = self.forward.indices
        self.stage = self.build()

    def build(self):
        """The stage: image, gradient of the result and gradient of the image side by side, and captions around them."""
        image = self.forward.stage.grid("input")
        self.forward.notes.clear()  # they are about the result as well, which is not shown
        for value in self.trace.forward.source.flat:
            self.forward.short(value)
        arrow = caption("arrow", "→", 0.7, "faint")
        body = beside([captioned(image), captioned(self.gradient_grid()), arrow, captioned(self.output_grid())])
        title = layout.title_of(self.forward, "_backward")
        return layout.staged(body, title, self.captions_below, len(self.trace), self.lang)

    def gradient_grid(self):
        """The gradient of the result."""
        texts = tuple(tuple(self.short(value) for value in row) for row in self.trace.gradient.tolist())
        shown = [text for row in texts for text in row]
        rows, columns = self.trace.gradient.shape
        pitch = grids.roomy(shown, max(rows, columns))
        title = self.words["output_gradient"].format(grids.times(rows, columns))
        roles = grids.filled(rows, columns, "product")
        return Grid("gradient", title, 0, 0, pitch, rows, columns, texts, roles, grids.letters(shown, pitch), first=0)

    def output_grid(self):
        """The gradient of the image, which grows step by step."""
        rows, columns = self.trace.forward.source.shape[1:3]
        history = {cell: tuple((when, self.short(value)) for when, value in past) for cell, past in self.trace.history.items()}
        title = self.words["input_gradient"].format(grids.times(rows, columns))
        texts, roles = (grids.filled(rows, columns, each) for each in ("", "pending"))
        return grids.growing(Grid("output", title, 0, 0, 1.0, rows, columns, texts, roles), history)

    def short(self, value):
        """A number as the text of a cell; a rounded one is remarked under the picture."""
        return self.forward.short(decimal(value))

    def captions_below(self, width):
        """Captions under the grids, as `convviz.stage.layout.captions_below` gives them."""
        self.room = width / layout.FORMULA
        samples = [self.formula(self.trace[step.index]) for step in self.forward.samples()]
        self.lines = layout.room(samples, self.room, 3, bold_width)
        yield "formula", layout.FORMULA, "strong", self.lines, ""
        yield from layout.remarks_below([self.words["no_gradient"], *layout.remarks_of(self.forward)], width)

    def formula(self, step, asked=False):
        """What a step does with its gradient, as one sentence; the result left open if it is `asked` for."""
        if not isinstance(step.forward, MaximumStep):
            working = step.formula()
            return self.words["shared"].format(f"{working.split(' ')[0]} = ?" if asked else working)
        gradient = show(step.gradient).text
        if asked:
            return self.words["routed"].format(gradient, "?")
        said = self.words["routed_to"].format(gradient, *step.forward.winner, show(step.forward.result).text)
        return f"{said}: {step.formula()}"

    def texts(self, step, formula):
        """The captions of a step by name."""
        return {
            "place": frames.place(self.forward, step.forward),
            "formula": wrap(formula, self.room, self.lines, bold_width),
        }

    def moment(self, index):
        """What step `index` changes on the stage."""
        step = self.trace[index]
        seen = self.forward.moment(index)
        cells = {
            "input": seen.cells["input"],
            "gradient": {step.position: (None, "current", None)},
            "output": {
                cell: (self.short(value), "window", frames.signed(shorten(decimal(step.share)).text))
                for cell, value in step.after.items()
            },
        }
        formula = self.formula(step)
        marks = [mark for mark in seen.marks if mark.grid == "input"]
        marks += [Mark("gradient", *step.position, role="current"), *self.outlines(step)]
        spoken = frames.spoken(self.forward, step.forward, formula)
        return Moment(index, cells, tuple(marks), (), self.texts(step, formula), spoken)

    def outlines(self, step):
        """One outline around the cells of the image's gradient that a step adds to; of a dilated window one around each."""
        if not step.after:
            return []
        around = frames.around("output", step.after)
        if around.rows * around.columns == len(step.after):
            return [around]
        return [Mark("output", *cell, role="current") for cell in step.after]

    def question(self, index):
        """What step `index` changes while it is still to be found where the gradient goes."""
        answer, step = self.moment(index), self.trace[index]
        cells = {
            "input": frames.unmarked(answer.cells["input"]),
            "gradient": answer.cells["gradient"],
            "output": {cell: self.held(cell, index) for cell in step.after},
        }
        formula = self.formula(step, asked=True)
        marks = tuple(mark for mark in answer.marks if mark.grid != "output")
        spoken = frames.spoken(self.forward, step.forward, formula)
        return replace(answer, cells=cells, marks=marks, texts=self.texts(step, formula), spoken=spoken)

    def held(self, cell, index):
        """What a cell of the image's gradient shows before a step."""
        text = value_at(self.stage.grid("output").history[cell], index - 1, "")
        return text, "done" if text else "pending", None

    def scene(self, index):
        """Step `index` as a `convviz.stage.scene.Scene`."""
        return Scene(self.stage, self.moment(index))
