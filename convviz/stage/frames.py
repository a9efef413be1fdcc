"""One step on the stage: which cells are read, what stands in the grids that steps fill, and its words."""

import re
from dataclasses import replace

import numpy as np

from convviz.stage.captions import bold_width, wrap
from convviz.stage.scene import Link, Mark, Moment
from convviz.steps import AverageStep, MaximumStep, value_at
from convviz.steps.notation import factor, shorten

__all__ = ["formula", "moment", "product_notes", "question", "running", "sums"]

#: From how many terms on a sum is written with its middle left out.
TERMS = 30


def moment(board, index):
    """What step `index` changes on the stage of `board`, as a `convviz.stage.scene.Moment`."""
    step = board.trace[index]
    cells, marks, links = {}, [], []
    if board.gathers:
        show_window(board, step, cells, marks)
        show_slots(board, step, cells)
        show_output(board, step, cells, marks)
        links = zoom(board, marks)
    else:
        show_stamp(board, step, cells, marks)
    words = formula(board, step)
    texts = {"place": place(board, step), "formula": wrap(words, board.formula_room, board.formula_lines or 1, bold_width)}
    if board.running_lines:
        texts["running"] = wrap(running(board, step), board.running_room, board.running_lines)
    return Moment(index, cells, tuple(marks), tuple(links), texts, spoken(board, step, words))


def spoken(board, step, words):
    """The step as one sentence that ends with its formula."""
    return board.words["spoken"].format(step.index + 1, f"{len(board.trace):,}", where(board, step), words)


def question(board, index):
    """What step `index` changes on the stage of `board`, with what is to be found hidden.

    The cell in question shows "?" and the formula ends so; products and sums are left empty, and no maximum is marked.

    Returns
    -------
    convviz.stage.scene.Moment

    Examples
    --------
    >>> import convviz as cv
    >>> asked = question(cv.MaxPooling(2).trace([[3, 4], [1, 2]]).board(), 0)
    >>> asked.texts["formula"], asked.cells["output"][0, 0]
    ('max(3, 4, 1, 2) = ?', ('?', 'current', None))
    """
    answer, step = moment(board, index), board.trace[index]
    cells = {name: unmarked(changes) for name, changes in answer.cells.items()}
    slots = [board.slot_name(kind, slot) for kind in ("products", "stamp") for slot in range(board.slots)]
    for name in {"sums", *slots} & cells.keys():
        cells[name] = {place: ("", role, note) for place, (_, role, note) in cells[name].items()}
    result = board.output_name(step.channel)
    if result in cells:
        cells[result] = asked_cells(board, step)
    words = formula(board, step) if not board.gathers else f"{re.split(' [=≈] ', formula(board, step))[0]} = ?"
    texts = {**answer.texts, **dict.fromkeys(telling(board), "")}
    texts["formula"] = wrap(words, board.formula_room, board.formula_lines or 1, bold_width)
    return replace(answer, cells=cells, texts=texts, spoken=spoken(board, step, words))


def asked_cells(board, step):
    """The cells of the feature map that the step is about; above those under a stamp, what they hold before it."""
    if board.gathers:
        return {step.position: ("?", "current", None)}
    history, cells = board.stage.grid(board.output_name(step.channel)).history, {}
    for cell in step.after:
        before = value_at(history[cell], step.index - 1, None)
        cells[cell] = "?", "window", before and f"{before}→"
    return cells


def unmarked(changes):
    """The cells that a step changes, with the maximum like the others."""
    return {place: (text, "window" if role == "winner" else role, note) for place, (text, role, note) in changes.items()}


def telling(board):
    """Names of what is running or remarked on the stage and says something about the results."""
    names = board.words
    starts = names["grey"].split("{}")[0], names["finished"]
    for text in board.stage.texts:
        remarked = text.name.startswith("remark.") and text.text.replace("\n", " ").startswith(starts)
        if text.name == "running" or remarked:
            yield text.name


def formula(board, step):
    """The step written out."""
    if board.gathers:
        return step.formula(TERMS)
    return board.words["stamped"].format(step.formula(TERMS, board.words["stamping"]))


def running(board, step):
    """The sum as it grows, product by product; empty where there is nothing to add up."""
    if not board.gathers or isinstance(step, MaximumStep):
        return ""
    sums = [shorten(value, 9) for value in step.running]
    about = "" if all(shown.exact for shown in sums) else " (≈)"
    words = [shown.text for shown in sums]
    if len(words) > TERMS:
        words = [*words[: TERMS // 2], "…", words[-1]]
    return f"{board.words['running']}{about}: {' → '.join(words)}"


def where(board, step):
    """Which cell the step is about, as words."""
    names = board.words
    parts = [names["place" if board.gathers else "source"].format(*step.position)]
    if board.trace.shape[1] > 1:
        parts.append(names["of_channel" if board.pooled else "filter"].format(step.channel))
    if board.trace.shape[0] > 1:
        parts.append(names["image"].format(step.batch))
    return names["comma"].join(parts)


def place(board, step):
    """The line under the title: which of how many steps, and which cell."""
    return f"{board.words['step'].format(f'{step.index + 1:,}', f'{len(board.trace):,}')} · {where(board, step)}"


def product_notes(step, slot):
    """What is multiplied for each product: ``2×3``, as rows of texts."""
    values, weights = step.values[:, :, slot], step.weights[:, :, slot]
    return [
        [f"{factor(shorten(value).text)}×{factor(shorten(weight).text)}" for value, weight in zip(*pair, strict=True)]
        for pair in zip(values, weights, strict=True)
    ]


def sums(board, step):
    """Texts and labels of the channels' sums and the bias."""
    if board.pooled or not board.gathers:
        values = []
    else:
        values = list(step.sums) if board.depth > 1 else []
        if board.depth > board.slots:
            with np.errstate(all="ignore"):
                values[board.slots :] = [sum(values[board.slots :])]
    if step.bias is not None:
        values.append(step.bias)
    labels = board.sum_labels(step.channels)[-len(values) :] if values else []
    return [(shorten(value).text, label) for value, label in zip(values, labels, strict=True)]


def window_role(kind):
    """The role of a cell that the step reads."""
    return "window" if kind == "cell" else "padding_window"


def show_window(board, step, cells, marks):
    """Colour the cells that are read, and outline them."""
    (top, _), (left, _) = board.extent
    # a colour picture is outlined once, not once a channel
    for name in dict.fromkeys(filter(None, map(board.input_name, step.channels))):
        rows, columns = step.rows[-1] - step.rows[0] + 1, step.columns[-1] - step.columns[0] + 1
        marks.append(Mark(name, step.rows[0] - top, step.columns[0] - left, rows, columns))
        if board.numeric_input:
            cells[name] = {
                (y - top, x - left): (None, window_role(step.kinds[i][j]), None)
                for i, y in enumerate(step.rows)
                for j, x in enumerate(step.columns)
            }
            if isinstance(step, MaximumStep):
                cells[name][step.winner[0] - top, step.winner[1] - left] = (None, "winner", None)


def show_slots(board, step, cells):
    """Fill the enlarged window, the kernel, the products and the sums."""
    for slot in range(board.slots if board.numeric_kernel else 0):
        if board.pooled or not board.numeric_input:
            cells[board.slot_name("window", slot)] = window_cells(step, slot)
        if not board.pooled:
            notes = product_notes(step, slot) if board.notes_fit else None
            cells[board.slot_name("products", slot)] = texts_of(step.products[:, :, slot], notes)
            show_kernel(board, step, slot, cells)
    show_sums(board, step, cells)


def texts_of(values, notes=None):
    """The texts that numbers, (kh, kw), put into the cells of a grid, with notes by row above them if there are any."""
    return {(i, j): (shorten(value).text, None, notes[i][j] if notes else None) for (i, j), value in np.ndenumerate(values)}


def window_cells(step, slot):
    """The enlarged window: values, the winner, padding, and cells that do not count left empty."""
    cells = {}
    for (i, j), value in np.ndenumerate(step.values[:, :, slot]):
        role = window_role(step.kinds[i][j])
        if isinstance(step, MaximumStep) and (step.rows[i], step.columns[j]) == step.winner:
            role = "winner"
        silent = isinstance(step, AverageStep) and not step.counted[i, j]
        cells[i, j] = ("" if silent else shorten(value).text, role, None)
    return cells


def show_kernel(board, step, slot, cells):
    """The weights of the step's filter, where the stage shows those of another."""
    if step.channel != board.filters[0]:
        cells[board.slot_name("kernel", slot)] = texts_of(board.slot_weights(step.channel, slot))


def show_sums(board, step, cells):
    """Fill the grid of sums, if there is one."""
    lines = sums(board, step)
    if lines:
        cells["sums"] = {(row, 0): (text, None, label) for row, (text, label) in enumerate(lines)}


def show_output(board, step, cells, marks):
    """Outline the cell in question."""
    name, (row, column) = board.output_name(step.channel), step.position
    marks.append(Mark(name, row, column, role="current"))
    if board.numeric_output:
        cells[name] = {(row, column): (None, "current", None)}


def zoom(board, marks):
    """Lines from the rows of the window, at the edge of a picture, to the enlarged windows beside it."""
    one_picture = board.colour or len(board.inputs) == 1  # lines from several would cross the pictures beside
    if board.numeric_input or not board.numeric_kernel or not one_picture:
        return
    mark, source = next(mark for mark in marks if mark.grid == "input"), board.stage.grid("input")
    first, last = (board.stage.grid(board.slot_name("window", slot)) for slot in (0, board.slots - 1))
    x, y = source.x + source.width, source.y + mark.row * source.pitch
    yield Link(x, y, first.x, first.y)
    yield Link(x, y + mark.rows * source.pitch, last.x, last.y + last.height)


def show_stamp(board, step, cells, marks):
    """An input cell, the kernel times it, and where that is added to the feature map."""
    for channel in step.channels:
        name = board.input_name(channel)
        if name:
            marks.append(Mark(name, *step.position))
            if board.numeric_input:
                cells[name] = {step.position: (None, "window", None)}
    if board.numeric_kernel:
        for slot in range(board.slots):
            cells[board.slot_name("stamp", slot)] = texts_of(step.products[:, :, slot])
            show_kernel(board, step, slot, cells)
    show_sums(board, step, cells)
    show_stamped(board, step, cells, marks)


def show_stamped(board, step, cells, marks):
    """The cells of the feature map under the stamp, with what is added to each."""
    if not step.after:
        return
    name = board.output_name(step.channel)
    marks.append(around(name, step.after))
    if board.numeric_output:
        added = {(y, x): step.sums[i, j] for i, y in enumerate(step.rows) for j, x in enumerate(step.columns)}
        cells[name] = {
            cell: (shorten(value).text, "window", signed(shorten(added[cell]).text)) for cell, value in step.after.items()
        }


def around(name, cells):
    """The outline of the smallest rectangle of a grid that holds all of `cells`."""
    (top, bottom), (left, right) = ((min(each), max(each)) for each in zip(*cells, strict=True))
    return Mark(name, top, left, bottom - top + 1, right - left + 1, "current")


def signed(text):
    """A number's text with its sign, also where that is plus."""
    return text if text[0] == "−" else f"+{text}"
