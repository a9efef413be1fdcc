"""A step played in acts: the window slides, its numbers meet the weights, the products are added up, the sum is written.

An act is data, and so is every moment of it: a `convviz.stage.scene.Frame` as any other, so that all media show the same.
"""

from dataclasses import dataclass, replace

import numpy as np

from convviz.stage import frames, lines
from convviz.stage.scene import Frame, Mark
from convviz.steps.arithmetic import add_up
from convviz.steps.notation import equation, shorten

__all__ = ["Act", "Playing", "between", "captioned_act", "covered", "frame_before"]

#: What a sum ends with while terms are still to come.
MORE = " + …"


@dataclass(frozen=True)
class Act:
    """What happens in a part of a step.

    Attributes
    ----------
    name : {"slide", "multiply", "compare", "add", "find", "write"}
        The window or the cell that is read moves; products appear; numbers are compared; they are added up; the cells are
        found to which a gradient goes; the result is written.
    caption : str
        That in words.
    parts : int
        In how many parts it falls: the products that appear one after the other. Sliding has none, it is smooth: 0.
    """

    name: str
    caption: str
    parts: int


class Playing:
    """A step of a board, played.

    Parameters
    ----------
    board : convviz.stage.forward.ForwardBoard
    index : int
        One of the steps that are shown.

    Attributes
    ----------
    acts : tuple of Act

    Examples
    --------
    >>> import convviz as cv
    >>> board = cv.examples.lecture_6x6.trace().board()
    >>> playing = Playing(board, 1)
    >>> [(act.name, act.parts) for act in playing.acts]
    [('slide', 0), ('multiply', 9), ('add', 9), ('write', 1)]
    >>> half = playing.moment(0, 0.5)
    >>> half.marks[0].column, playing.moment(2, 0.5).texts["formula"]
    (0.5, '2×1 + 3×2 + 1×2 + 2×0 = 10')
    >>> playing.moment(3, 1) == replace(board.frame(1), texts=playing.moment(3, 1).texts)
    True
    """

    def __init__(self, board, index):
        self.board, self.view, self.step = board, board.view, board.steps[index]
        self.final = board.frame(index)
        self.before = frame_before(board, index)
        self.acts = tuple(self._acts())

    def _acts(self):
        """The acts that the step has, with their parts."""
        names, counted = self.view.captions, len(self._cells())
        smooth = "slide" if self.view.gathers else "take"
        yield Act("slide", names[f"act_{smooth}"], 0)
        if self.view.numeric_kernel and counted:
            if not self.view.pooled:
                yield Act("multiply", names["act_multiply"], counted)
            elif self.step.chosen:
                yield Act("compare", names["act_compare"], counted)
            if self._sums():
                yield Act("add", names["act_add_numbers" if self.view.pooled else "act_add"], len(self._sums()))
        yield Act("write", names["act_write" if self.view.gathers else "act_stamp"], 1)

    def moment(self, number, part):
        """What the stage shows in act `number` when `part` of it, from 0 to 1, has passed.

        Returns
        -------
        convviz.stage.scene.Frame
        """
        act = self.acts[number]
        if act.name == "slide":
            frame = self._sliding(part)
        elif act.name == "write":
            frame = self.final
        else:
            frame = getattr(self, f"_{act.name}")(int(part * act.parts))
        return captioned_act(frame, self.final, act)

    # What every moment before the last is made of

    def _cells(self):
        """The cells of the window that count, as ``(row, column)`` in it."""
        if not self.view.gathers:
            return list(np.ndindex(self.step.products.shape[:2]))
        return [(int(i), int(j)) for i, j in np.argwhere(frames.counted_cells(self.step))]

    def _open(self, marks=(), cells=None, texts=None, links=()):
        """A frame in which the result is still to come."""
        cleared = {name: self._cleared(name, changes) for name, changes in self.final.cells.items()}
        texts = {**dict.fromkeys(self.final.texts, ""), **(texts or {})}
        return Frame(self.final.step, {**cleared, **(cells or {})}, tuple(marks), tuple(links), texts, self.final.spoken)

    def _cleared(self, name, changes):
        """The changes of a grid's cells without what the step finds."""
        kind = name.split(".")[0]
        if kind in ("products", "stamp", "sums", "window"):
            return {cell: ("", role if kind == "sums" else "pending", None) for cell, (_, role, _) in changes.items()}
        if name == self.view.output_name(self.step.channel):
            grid = self.board.stage.grid(name)
            return {cell: frames.held(grid, cell, self.final.step) for cell in changes}
        return {cell: (text, "window" if role == "winner" else role, None) for cell, (text, role, _) in changes.items()}

    def _lines(self):
        """The lines from what is read to what it is multiplied with."""
        return lines.lines_of(self.board, self._windows(), self.step.channel) if self.view.gathers else ()

    def _windows(self):
        """The outlines around what is read."""
        return [mark for mark in self.final.marks if mark.role == "window"]

    # The acts

    def _sliding(self, part):
        """The window on its way from where it was."""
        ends = self._windows()
        starts = [mark for mark in self.before.marks if mark.role == "window"] if self.before else ends
        if [mark.grid for mark in starts] != [mark.grid for mark in ends]:
            starts = ends
        marks = [between(start, end, part) for start, end in zip(starts, ends, strict=True)]
        cells = {}
        for mark in marks:
            changes = self.final.cells.get(mark.grid)
            if changes:
                cells[mark.grid] = self._read(mark, changes)
        return self._open(marks, cells)

    def _read(self, mark, changes):
        """The cells that the window covers on its way, those of the nearest place."""
        grid = self.board.stage.grid(mark.grid)
        places = covered(grid, mark, changes)
        return {(row, column): (None, COVERED.get(grid.roles[row][column], "window"), None) for row, column in places}

    def _multiply(self, count):
        """So many products have appeared."""
        shown, cells = self._cells()[:count], {}
        for name in self._found("products", "stamp"):
            found = self.final.cells[name]
            cells[name] = {cell: found[cell] if cell in shown else ("", None, None) for cell in found}
        written = self._terms()[:count]
        more = MORE if count < len(self._terms()) else ""
        texts = {} if self.view.adds_channels or not self.view.gathers else {"formula": " + ".join(written) + more}
        marks = [*self._windows(), *(self._pair(shown[-1]) if shown else ())]
        return self._open(marks, cells, self._fitted(texts), self._lines())

    def _pair(self, cell):
        """Outlines around a number, the weight that it is multiplied with, and their product."""
        i, j = cell
        yield from self._read_by(cell)
        for slot in range(len(self._windows()[: self.view.slots])):
            yield Mark(self.view.slot_name("kernel", slot, self.step.channel), i, j, role="lit")
            kind = "products" if self.view.gathers else "stamp"
            yield Mark(self.view.slot_name(kind, slot, self.step.channel), i, j, role="lit")

    def _read_by(self, cell):
        """Outlines around the numbers of the input that stand at a cell of the window."""
        if self.view.gathers and self.view.numeric_input:
            (top, _), (left, _) = self.view.extent
            for window in self._windows()[: self.view.slots]:
                yield Mark(window.grid, self.step.rows[cell[0]] - top, self.step.columns[cell[1]] - left, role="lit")

    def _compare(self, count):
        """So many numbers of the window have been compared; the largest of them is marked."""
        shown, cells = self._cells()[:count], {}
        values = self.step.values[:, :, 0]
        best = max(shown, key=lambda cell: values[cell]) if shown else None
        for name in self._found("window"):
            found = self.final.cells[name]
            role = {cell: "winner" if cell == best else "window" for cell in shown}
            cells[name] = {
                cell: (found[cell][0], role[cell], None) if cell in role else ("", "pending", None) for cell in found
            }
        marks = [*self._windows(), *(self._read_by(shown[-1]) if shown else ())]
        marks += [Mark(name, *shown[-1], role="lit") for name in cells if shown]
        numbers = ", ".join(shorten(values[cell]).text for cell in shown)
        more = ", …" if count < len(self._cells()) else ""
        return self._open(marks, cells, self._fitted({"formula": f"max({numbers}{more})" if shown else ""}), self._lines())

    def _sums(self):
        """What is added up, as ``(what is written so far, the sum so far as it is written and as it is)``."""
        step = self.step
        if not self.view.gathers or self.view.pooled and step.chosen:
            return []
        if self.view.adds_channels:
            added = [line for line in frames.channel_sums(self.view, step) if line.kind != "total"]
            totals = running_totals([line.number.number for line in added])
            return [(" + ".join(line.term for line in added[: k + 1]), total, total) for k, total in enumerate(totals)]
        written, terms = step.sums_written(shorten), self._terms()
        if len(terms) != len(written):
            return []
        return [(" + ".join(terms[: k + 1]), written[k], step.running[k]) for k in range(len(terms))]

    def _add(self, count):
        """So many terms have been added; the result shows their sum."""
        texts, cells, marks = {}, self._all_found(), self._windows()
        if count:
            written, total, value = self._sums()[count - 1]
            number = shorten(value)
            texts["formula"] = written if count == 1 and written == number.text else equation(written, total, number)
            name = self.view.output_name(self.step.channel)
            if self.view.numeric_output:
                cells[name] = {self.step.position: (number.text, "current", None)}
            marks = [*marks, Mark(name, *self.step.position, role="current"), *self._added(count)]
        if self.view.adds_channels:
            found = self.final.cells["sums"]
            cells["sums"] = {cell: found[cell] if cell[0] < count else ("", None, found[cell][2]) for cell in found}
        return self._open(marks, cells, self._fitted(texts), self._lines())

    def _added(self, count):
        """Outlines around what has just been added."""
        if self.view.adds_channels:
            yield Mark("sums", count - 1, 0, role="lit")
            return
        shown = self._cells()
        for name in self._found("products", "window"):
            if count <= len(shown):
                yield Mark(name, *shown[count - 1], role="lit")
        if count > len(shown) and not self.view.apart:
            yield Mark("sums", 0, 0, role="lit")

    def _found(self, *kinds):
        """Names of the grids of these kinds that the step fills."""
        return [name for name in self.final.cells if name.split(".")[0] in kinds]

    def _all_found(self):
        """The cells of the window and of the products, all shown."""
        return {name: self.final.cells[name] for name in self._found("products", "window")}

    def _terms(self):
        """The terms of the sum as they are written."""
        if not self.view.gathers or self.view.adds_channels:
            return []
        return self.step.terms_written(shorten)

    def _fitted(self, texts):
        """Captions in the lines that there are for them."""
        line, area = self.view.captions["formula_line"], self.board.formula_area
        return {name: area.wrapped(line.format(text)) if text else "" for name, text in texts.items()}


#: The roles of cells that the window covers.
COVERED = {"padding": "padding_window", "copy": "copy_window"}


def between(start, end, part):
    """An outline on its way from one place to another."""
    return replace(end, row=start.row + (end.row - start.row) * part, column=start.column + (end.column - start.column) * part)


def frame_before(board, index):
    """The frame of the step that is shown before this one; None if this is the first."""
    earlier = [each for each in board.indices if each < index]
    return board.frame(earlier[-1]) if earlier else None


def covered(grid, mark, cells):
    """The cells that an outline covers on its way, those of the nearest place; at its end they are `cells`."""
    top, left = min(cells)
    down, across = round(mark.row) - top, round(mark.column) - left
    places = [(row + down, column + across) for row, column in cells]
    return [(row, column) for row, column in places if row < grid.rows and column < grid.columns]


def captioned_act(frame, final, act):
    """The frame of an act with its caption, after the number of the step that the last frame has."""
    place = f"{final.texts['place'].split(' · ')[0]} · {act.caption}"
    return replace(frame, texts={**frame.texts, "place": place})


def running_totals(numbers):
    """The sum after each of the numbers."""
    return [add_up(numbers[: count + 1]) for count in range(len(numbers))]
