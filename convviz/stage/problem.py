"""A problem to be worked out as a picture: the input, what it is multiplied with, and a feature map without numbers."""

from dataclasses import dataclass, replace

from convviz.stage import layout
from convviz.stage.boxes import TITLE_SPACE, Box, above, beside, caption, captioned
from convviz.stage.grids import alike, filled, font_size, input_grid, kernel_grid, output_grid
from convviz.stage.scene import Frame, Grid, Scene, Stage
from convviz.stage.text_width import bold_width, wrap
from convviz.stage.titles import title_of
from convviz.stage.view import view_of
from convviz.steps.notation import shorten

__all__ = ["ProblemBoard", "is_numeric", "problem"]

#: Heights of the signs between grids and of those that are words, and the distance of grids and signs, in units.
SIGN, WORD, NEAR = 0.8, 0.6, 0.5
#: The least width of a stage without its margins, in units; titles that are longer are broken into lines.
LEAST_WIDTH, NARROWEST = 13.5, 8.0
#: Side of the cell of the bias, in units.
BIAS = 1.3


@dataclass(frozen=True, eq=False)
class ProblemBoard:
    """A problem as a `convviz.stage.protocol.Board` of one step.

    Attributes
    ----------
    stage : convviz.stage.scene.Stage
    task : str
        What is to be done.
    """

    stage: Stage
    task: str

    @property
    def indices(self):
        """The steps that are shown."""
        return (0,)

    def frame(self, index):
        """What step `index` changes on the stage: nothing."""
        return Frame(index, spoken=self.task)

    def question(self, index):
        """The same as `frame`."""
        return self.frame(index)

    def scene(self, index):
        """The problem as a `convviz.stage.scene.Scene`."""
        return Scene(self.stage, self.frame(index))


def problem(trace, lang, task, width=LEAST_WIDTH):
    """The input, the kernel and the bias of a trace, and its feature map without numbers.

    Parameters
    ----------
    trace : convviz.stage.protocol.TraceData
    lang : {"en", "ja"}
    task : str
        What is to be done, which stands under the grids.
    width : float
        The least width of the stage without its margins, in units.

    Returns
    -------
    ProblemBoard

    Examples
    --------
    >>> import convviz as cv
    >>> shown = problem(cv.MaxPooling(2).trace([[3, 4], [1, 2]]), "en", "Work out the feature map.")
    >>> [grid.name for grid in shown.stage.grids], shown.stage.grid("output").texts
    (['input', 'output'], (('',),))
    """
    view = view_of(trace, lang, None, still=True)
    parts = [
        [input_grid(view, channel) for channel in ([None] if view.colour else view.inputs)],
        [] if view.pooled else [kernel_grid(view, slot) for slot in range(view.slots)],
        [output_grid(view, channel) for channel in view.filters],
    ]
    remarks = dict.fromkeys(remark for part in (*parts[0], *parts[1]) for remark in part.remarks)
    same_size = iter(alike([part for each in parts for part in each]))
    inputs, kernels, outputs = ([next(same_size).grid for _ in each] for each in parts)
    inputs, kernels = ([captioned(replace(grid, first=None, meets=None)) for grid in each] for each in (inputs, kernels))
    outputs = [captioned(blank(grid)) for grid in outputs]
    after = [*bias_of(view), *result_signs(view)]
    row = beside([*across(inputs, kernels), *after, *arrow(view, "→"), above(outputs)], NEAR)
    column = above([*down(inputs, kernels, [*after, *arrow(view, "↓")]), *outputs], 0.2)
    title, notes = title_of(view), (task, remarks)
    usual = max(row.width, width)
    wide = min(max(usual, bold_width(title) * layout.HEADING), 1.3 * usual)  # rather wider than with a title of two lines
    stage = staged(row, title, notes, lang, wide, ("title", "task"))
    narrow = staged(column, title, notes, lang, max(column.width, NARROWEST), ())
    return ProblemBoard(replace(stage, narrow=narrow), task)


def is_numeric(trace, lang="en"):
    """Whether the picture of a problem shows every number that is needed, and one feature map for all results."""
    view = view_of(trace, lang, None, still=True)
    shown = view.numeric_input and view.numeric_output and (view.pooled or view.numeric_kernel)
    return shown and trace.result.shape[3] == 1 and len(view.inputs) == trace.source.shape[3]


def blank(grid):
    """A feature map without its numbers."""
    texts, roles = (filled(grid.rows, grid.columns, word) for word in ("", "cell"))
    return replace(grid, texts=texts, roles=roles, pixels=None, first=None, when=None, reveals=False, history={})


def staged(body, title, notes, lang, width, shown):
    """A stage with the title above the grids, and below them what is to be done and what is remarked."""
    task, remarks = notes
    below = [layout.CaptionBelow("formula", layout.FORMULA, "strong", 1, task)] if "task" in shown else []
    for number, remark in enumerate(remarks if "task" in shown else ()):
        text = wrap(remark, width / layout.SMALL)
        below.append(layout.CaptionBelow(f"remark.{number}", layout.SMALL, "faint", text.count("\n") + 1, text))
    stage = layout.stage_of(body, title, below, width, frozenset(shown))
    return replace(stage, steps=1, lang=lang)


def result_signs(view):
    """The sign before the result, in a list: none for an operation that no sign says."""
    text = view.captions.get(f"sign_{view.trace[0].kind}", "") if view.pooled else "="
    return [sign("output", text)] if text else []


def arrow(view, text):
    """The arrow to the result of a pooling, in a list."""
    return [sign("arrow", text)] if view.pooled else []


def sign(name, text):
    """A sign between two grids as a box, in the middle of the grids and not of their titles."""
    box = caption(f"sign.{name}", text, SIGN if len(text) == 1 else WORD, "strong")
    return above([Box(box.width, TITLE_SPACE), box], 0)


def across(inputs, kernels):
    """The channels from left to right, each kernel at the right of its input, or under it if there are several."""
    if len(kernels) < 2:
        return [above(inputs), *([sign("input.0", "∗"), *kernels] if kernels else [])]
    first, *others = [
        above([one, sign(f"input.{n}", "∗"), other], 0.1) for n, (one, other) in enumerate(zip(inputs, kernels, strict=True))
    ]
    return [first, *(part for n, pair in enumerate(others, 1) for part in (sign(f"plus.{n}", "+"), pair))]


def down(inputs, kernels, after):
    """The channels from top to bottom, each kernel beside its input if there are several, or else under it."""
    if len(kernels) < 2:
        return [*inputs, beside([*([sign("input.0", "∗"), *kernels] if kernels else []), *after], NEAR)]
    rows = []
    for n, (one, other) in enumerate(zip(inputs, kernels, strict=True)):
        plus = sign(f"plus.{n}", "+")
        rows.append(beside([plus if n else Box(plus.width, 0), one, sign(f"input.{n}", "∗"), other], 0.3))
    return [*rows, beside(after, NEAR)]


def bias_of(view):
    """The bias of the feature map with its sign, as boxes; none where there is none."""
    bias = None if view.pooled else getattr(view.trace[0], "bias", None)
    if bias is None:
        return []
    text = shorten(bias).text
    grid = Grid(
        "sums", view.captions["bias"], pitch=BIAS, texts=((text,),), roles=(("product",),), font=font_size([text], BIAS)
    )
    return [sign("bias", "+"), captioned(grid)]
