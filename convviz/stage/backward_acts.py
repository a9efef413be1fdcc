"""A step of pooling backward played in acts: the next cell of the gradient, the cells that it goes to, and what they get."""

from convviz.stage import frames
from convviz.stage.acts import Act, between, captioned_act, covered, frame_before
from convviz.stage.scene import Frame

__all__ = ["BackwardPlaying"]


class BackwardPlaying:
    """A step of a board of pooling backward, played.

    Parameters
    ----------
    board : convviz.stage.backward.BackwardBoard
    index : int
        One of the steps that are shown.

    Attributes
    ----------
    acts : tuple of convviz.stage.acts.Act

    Examples
    --------
    >>> import convviz as cv
    >>> trace = cv.MaxPooling(2).trace([[3, 4], [1, 2]], view="backward", gradient=[[5]])
    >>> playing = BackwardPlaying(trace.board(), 0)
    >>> [(act.name, act.caption) for act in playing.acts]
    [('slide', 'the next cell'), ('find', 'the maximum is found'), ('write', 'added to the gradient of the input')]
    """

    def __init__(self, board, index):
        self.board, self.final = board, board.frame(index)
        self.before = frame_before(board, index)
        words, chosen = board.view.captions, board.steps[index].forward.chosen
        self.acts = (
            Act("slide", words["act_take"], 0),
            Act("find", words["act_find" if chosen else "act_window"], 1),
            Act("write", words["act_hand"], 1),
        )

    def moment(self, number, part):
        """What the stage shows in act `number` when `part` of it, from 0 to 1, has passed.

        Returns
        -------
        convviz.stage.scene.Frame
        """
        act = self.acts[number]
        frame = {"slide": self._sliding, "find": self._finding, "write": lambda part: self.final}[act.name](part)
        return captioned_act(frame, self.final, act)

    def _open(self, marks, cells):
        """A frame in which nothing has been handed on yet."""
        grid = self.board.stage.grid("output")
        output = {cell: frames.held(grid, cell, self.final.step) for cell in self.final.cells["output"]}
        texts = dict.fromkeys(self.final.texts, "")
        return Frame(self.final.step, {"output": output, **cells}, tuple(marks), (), texts, self.final.spoken)

    def _sliding(self, part):
        """The cell of the gradient, on its way from the one before."""
        end = self._gradient(self.final)
        mark = between(self._gradient(self.before), end, part) if self.before else end
        changes = covered(self.board.stage.grid("gradient"), mark, self.final.cells["gradient"])
        return self._open([mark], {"gradient": {cell: (None, "current", None) for cell in changes}})

    def _gradient(self, frame):
        """The outline around the cell of the gradient."""
        return next(mark for mark in frame.marks if mark.grid == "gradient")

    def _finding(self, part):
        """The window that the cell came from, at last with its maximum."""
        cells = self.final.cells["input"]
        marks = [mark for mark in self.final.marks if mark.grid != "output"]
        found = cells if part == 1 else frames.without_chosen(cells)
        return self._open(marks, {"input": found, "gradient": self.final.cells["gradient"]})
