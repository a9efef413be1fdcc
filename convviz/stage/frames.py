"""One step on the stage: the cells that it reads, the grids that it fills, and its captions."""

import re
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from convviz.stage import lines
from convviz.stage.grids import has_notes
from convviz.stage.scene import Frame, Mark
from convviz.steps import value_at
from convviz.steps.arithmetic import add_up, same
from convviz.steps.notation import NumberText, equation, factor, shorten

__all__ = [
    "formula",
    "frame",
    "held",
    "input_changes",
    "outline",
    "position_text",
    "product_notes",
    "question",
    "running",
    "signed",
    "spoken",
    "step_text",
    "channel_sums",
    "without_chosen",
]

#: The most terms of a sum that is written out; of a longer one the middle is left out.
TERMS = 30


def frame(board, index):
    """What step `index` changes on the stage of a `convviz.stage.forward.ForwardBoard`.

    Returns
    -------
    convviz.stage.scene.Frame
    """
    view, step = board.view, board.steps[index]
    cells, marks = gathered(board, step) if view.gathers else scattered(board, step)
    links = tuple(lines.lines_of(board, marks, step.channel)) if view.gathers else ()
    written = formula(view, step)
    texts = {"place": step_text(view, step), "formula": board.formula_area.fitted(written, partial(formula, view, step))}
    if board.running_area.lines:
        texts["running"] = board.running_area.fitted(running(view, step), partial(running, view, step))
    return Frame(index, cells, tuple(marks), links, texts, spoken(view, step, written))


def question(board, index):
    """What step `index` changes on the stage of a `convviz.stage.forward.ForwardBoard`, with what is to be found hidden.

    The cell in question shows "?" and the formula ends so; products and sums are left empty, and no maximum is marked.

    Returns
    -------
    convviz.stage.scene.Frame

    Examples
    --------
    >>> import convviz as cv
    >>> asked = question(cv.MaxPooling(2).trace([[3, 4], [1, 2]]).board(), 0)
    >>> asked.texts["formula"], asked.cells["output"][0, 0]
    ('max(3, 4, 1, 2) = ?', ('?', 'current', None))
    """
    view, answer, step = board.view, frame(board, index), board.steps[index]
    cells = {name: without_chosen(changes) for name, changes in answer.cells.items()}
    slots = [view.slot_name(kind, slot, step.channel) for kind in ("products", "stamp") for slot in range(view.slots)]
    for name in {"sums", *slots} & cells.keys():
        cells[name] = {cell: ("", role, note) for cell, (_, role, note) in cells[name].items()}
    result = view.output_name(step.channel)
    if result in cells:
        cells[result] = asked_cells(board, step)
    written = open_formula(view, step)
    fitted = board.formula_area.fitted(written, partial(open_formula, view, step))
    texts = {**answer.texts, **dict.fromkeys(answering(board), ""), "formula": fitted}
    return replace(answer, cells=cells, texts=texts, spoken=spoken(view, step, written), asked=True)


def asked_cells(board, step):
    """The cells of the feature map that the step is about; above those under a stamp, what they hold before it."""
    if board.view.gathers:
        return {step.position: ("?", "current", None)}
    history, cells = board.stage.grid(board.view.output_name(step.channel)).history, {}
    for cell in step.after:
        before = value_at(history[cell], step.index - 1, None)
        cells[cell] = "?", "window", before and f"{before}→"
    return cells


def held(grid, cell, index):
    """What a cell whose text changes more than once shows before step `index`, as a change of it."""
    text = value_at(grid.history.get(cell, ()), index - 1, "")
    return text, "done" if text else "pending", None


def without_chosen(changes):
    """The changes of a grid's cells without the mark of a chosen one, such as the maximum."""
    return {cell: (text, "window" if role == "winner" else role, note) for cell, (text, role, note) in changes.items()}


def answering(board):
    """Names of the captions and remarks that would give results away."""
    names = board.view.captions
    starts = names["grey"].split("{}")[0], names["signs"].split("{}")[0], names["finished"]
    for text in board.stage.texts:
        written = text.text.replace("\n", " ")
        remarked = text.name.startswith("remark.") and (
            any(start in written for start in starts) if names["remarks_line"] else written.startswith(starts)
        )
        if text.name == "running" or remarked:
            yield text.name


# Captions of a step


def spoken(view, step, written):
    """The step as one sentence that ends with its formula."""
    return view.captions["spoken"].format(step.index + 1, f"{len(view.trace):,}", position_text(view, step), written)


def formula(view, step, terms=TERMS):
    """The step written out, with so many terms: of several channels the sum of each."""
    if view.adds_channels:
        lines = [line for line in channel_sums(view, step) if line.kind != "total"]
        value = add_up(line.number.number for line in lines)
        written = equation(" + ".join(line.term for line in lines), value, shorten(step.result))
    else:
        written = terms_formula(view, step, terms)
    return view.captions["formula_line"].format(written)


def terms_formula(view, step, terms=TERMS):
    """The step written out, with so many terms: products, cells of a pooling, or what is stamped."""
    if view.gathers:
        return step.write(shorten, terms)
    return view.captions["stamped"].format(step.write(shorten, terms, view.captions["stamping"]))


def open_formula(view, step, terms=TERMS):
    """The step written out term by term, its result to be found."""
    written = terms_formula(view, step, terms)
    return view.captions["formula_line"].format(f"{re.split(' [=≈] ', written)[0]} = ?" if view.gathers else written)


def running(view, step, terms=TERMS):
    """The sum as it grows, product by product, in so many terms; empty where nothing is added up.

    It says "≈" where a number, as it is written, is not the sum of the terms so far as the formula writes them.
    """
    if view.adds_channels:  # the formula has the sums of the channels
        return ""
    sums, half = step.running, terms // 2
    if not len(sums):
        return ""
    whole = len(sums) <= terms
    sums = [shorten(value) for value in (sums if whole else [*sums[:half], sums[-1]])]
    written = step.sums_written(shorten) if whole else step.ends_written(shorten, half)
    about = "" if all(same(number.number, sum_) for number, sum_ in zip(sums, written, strict=True)) else " (≈)"
    texts = [number.text for number in sums]
    if not whole:
        texts = [*texts[:-1], "…", texts[-1]]
    line = view.captions["running_line"]
    shown = " → ".join(texts)
    return line.format(shown, about) if "{1}" in line else line.format(shown + about)


def position_text(view, step):
    """Which cell the step is about."""
    names = view.captions
    parts = [names["place" if view.gathers else "source"].format(*step.position)]
    if view.trace.shape[1] > 1:
        parts.append(names["of_channel" if view.pooled else "filter"].format(step.channel))
    if view.trace.shape[0] > 1:
        parts.append(names["image"].format(step.batch))
    return names["comma"].join(parts)


def step_text(view, step):
    """The line under the title: which of how many steps, and which cell."""
    return view.captions["step_line"].format(f"{step.index + 1:,}", f"{len(view.trace):,}", position_text(view, step))


def product_notes(step, slot):
    """What is multiplied for each product: ``2×3``, as rows of texts; empty where nothing is multiplied."""
    rows = zip(step.values[:, :, slot], step.weights[:, :, slot], counted_cells(step), strict=True)
    return [[product_note(*pair) if counts else "" for *pair, counts in zip(*row, strict=True)] for row in rows]


def product_note(value, weight):
    """What is multiplied: ``2×3``."""
    return f"{factor(shorten(value).text)}×{factor(shorten(weight).text)}"


def counted_cells(step):
    """Which cells of the window count, as an array of bool, (kh, kw)."""
    return np.ones(step.values.shape[:2], bool) if step.counted is None else step.counted


class SumLine(NamedTuple):
    """A number in the grid of sums.

    Attributes
    ----------
    number : convviz.steps.notation.NumberText
    label : str
        The channel, the bias, or the total.
    exact : bool
        Whether the numbers that are added come to it as they are written, as far as they are shown.
    kind : {"channel", "bias", "total"}
        What it is; the total is the result.
    sign : {"", "+"}
        How it follows the line above.
    """

    number: NumberText
    label: str
    exact: bool = True
    kind: str = "channel"
    sign: str = ""

    @property
    def text(self):
        """What the cell shows."""
        return self.number.text if self.exact else f"≈ {self.number.text}"

    @property
    def note(self):
        """What stands above it in the grid of sums, which so reads as a sum: ``ch 0``, ``+ ch 1``, ``total``."""
        return f"{self.sign} {self.label}".strip()

    @property
    def term(self):
        """What the formula shows."""
        return f"{self.label}{':' * (self.kind == 'channel')} {self.number.text}"


def channel_sums(view, step):
    """The lines of the grid of sums: those of the channels that a step adds up, the bias, the total of both."""
    lines, labels = [], iter(view.sum_labels(step.channels))
    if view.adds_channels:
        sums = list(step.sums)
        lines = [SumLine(shorten(sums[slot]), next(labels), adds_up(step, slot)) for slot in range(view.slots)]
        if view.depth > view.slots:
            with np.errstate(all="ignore"):
                lines.append(SumLine(shorten(sum(sums[view.slots :])), next(labels)))
    if step.bias is not None and not view.apart:
        lines.append(SumLine(shorten(step.bias), next(labels), kind="bias"))
    if view.adds_channels:
        total = shorten(step.result)
        exact = same(add_up(line.number.number for line in lines), total.number)
        lines = [lines[0], *(line._replace(sign="+") for line in lines[1:])]
        lines.append(SumLine(total, next(labels), exact, "total"))
    return lines


def adds_up(step, slot):
    """Whether the products of a channel, as they are written, come to their sum as it is written."""
    products = step.products[:, :, slot][counted_cells(step)]
    return same(add_up(shorten(product).number for product in products), shorten(step.sums[slot]).number)


# Cells and outlines of a step that reads a window


def gathered(board, step):
    """The cells that a step changes, by grid, and its outlines."""
    view = board.view
    cells, marks = input_changes(view, step)
    for slot in range(view.slots if view.numeric_kernel else 0):
        cells |= slot_changes(board, step, slot)
    cells |= sum_changes(view, step)
    name = view.output_name(step.channel)
    if view.numeric_output:
        cells[name] = {step.position: (None, "current", None)}
    return cells, [*marks, Mark(name, *step.position, role="current")]


def input_changes(view, step):
    """The cells of the input that a step reads, by grid, and the outlines around them."""
    (top, _), (left, _) = view.extent
    rows, columns = step.rows[-1] - step.rows[0] + 1, step.columns[-1] - step.columns[0] + 1
    # a colour picture is one grid, although the step reads three channels
    names = list(dict.fromkeys(filter(None, map(view.input_name, step.channels))))
    marks = [Mark(name, step.rows[0] - top, step.columns[0] - left, rows, columns) for name in names]
    if not view.numeric_input:
        return {}, marks
    cells = {
        (y - top, x - left): (None, window_role(step, i, j), None)
        for i, y in enumerate(step.rows)
        for j, x in enumerate(step.columns)
    }
    cells |= {(y - top, x - left): (None, "winner", None) for y, x in step.chosen}
    return {name: dict(cells) for name in names}, marks


def window_role(step, i, j):
    """The role of the cell that the step reads at row `i` and column `j` of the window."""
    if step.kinds[i][j] == "cell":
        return "window"
    return "copy_window" if step.sources and step.sources[i][j] else "padding_window"


def slot_changes(board, step, slot):
    """The enlarged window, the products and the kernel of one of the channels that a step reads, by grid."""
    view, cells = board.view, {}
    if view.pooled or not view.numeric_input:
        cells[view.slot_name("window", slot)] = window_cells(step, slot)
    if not view.pooled:
        name = view.slot_name("products", slot, step.channel)
        notes = product_notes(step, slot) if has_notes(board.stage.grid(name)) else None
        cells[name] = number_cells(step.products[:, :, slot], notes, counted_cells(step))
        cells |= kernel_changes(view, step, slot)
    return cells


def number_cells(values, notes=None, counted=None):
    """The changes of a grid's cells to these numbers, (kh, kw), with notes above them, given by row, if there are any.

    Cells that do not count, where `counted` says so, are left empty.
    """
    return {
        (i, j): (shorten(value).text if counted is None or counted[i, j] else "", None, notes[i][j] if notes else None)
        for (i, j), value in np.ndenumerate(values)
    }


def window_cells(step, slot):
    """The enlarged window: values, the chosen cell, padding, and cells that a pooling does not count left empty."""
    cells, chosen = {}, step.chosen
    shown = counted_cells(step) if step.weights is None else np.ones(step.values.shape[:2], bool)
    for (i, j), value in np.ndenumerate(step.values[:, :, slot]):
        role = "winner" if (step.rows[i], step.columns[j]) in chosen else window_role(step, i, j)
        cells[i, j] = (shorten(value).text if shown[i, j] else "", role, None)
    return cells


def kernel_changes(view, step, slot):
    """The weights of the step's filter, if the stage shows those of another."""
    if step.channel == view.filters[0] or view.apart:
        return {}
    return {view.slot_name("kernel", slot): number_cells(view.slot_weights(step.channel, slot))}


def sum_changes(view, step):
    """The cells of the grid of sums, if there is one."""
    lines = channel_sums(view, step)
    return {"sums": {(row, 0): (line.text, None, line.note) for row, line in enumerate(lines)}} if lines else {}


# Cells and outlines of a step that stamps an input cell onto the result


def scattered(board, step):
    """The cells that a stamp changes, by grid, and its outlines."""
    view, cells = board.view, {}
    names = list(filter(None, map(view.input_name, step.channels)))
    marks = [Mark(name, *step.position) for name in names]
    if view.numeric_input:
        cells |= {name: {step.position: (None, "window", None)} for name in names}
    for slot in range(view.slots if view.numeric_kernel else 0):
        cells[view.slot_name("stamp", slot)] = number_cells(step.products[:, :, slot])
        cells |= kernel_changes(view, step, slot)
    cells |= sum_changes(view, step)
    if step.after:
        name = view.output_name(step.channel)
        marks.append(outline(name, step.after))
        if view.numeric_output:
            cells[name] = stamped_cells(step)
    return cells, marks


def stamped_cells(step):
    """The cells of the feature map under a stamp, with what is added to each above its number."""
    added = {(y, x): step.sums[i, j] for i, y in enumerate(step.rows) for j, x in enumerate(step.columns)}
    return {cell: (shorten(value).text, "window", signed(shorten(added[cell]).text)) for cell, value in step.after.items()}


def outline(name, cells):
    """The outline of the smallest rectangle of a grid that holds all of `cells`."""
    (top, bottom), (left, right) = ((min(each), max(each)) for each in zip(*cells, strict=True))
    return Mark(name, top, left, bottom - top + 1, right - left + 1, "current")


def signed(text):
    """A number's text with its sign, also where that is plus."""
    return text if text[0] == "−" else f"+{text}"
