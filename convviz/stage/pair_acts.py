"""A step of a comparison played in acts: both sides play those of one name together."""

from dataclasses import replace

from convviz.stage.acts import Act
from convviz.stage.side_by_side import counted

__all__ = ["PairPlaying"]

#: The acts in the order in which they follow each other.
ORDER = ("slide", "multiply", "compare", "add", "find", "write")


class PairPlaying:
    """A step of a comparison, played. A side without a new window waits.

    Parameters
    ----------
    board : convviz.stage.side_by_side.PairBoard
    index : int
        One of the steps that are shown.
    playing : function
        Gives for a board and one of its steps what plays it.

    Attributes
    ----------
    acts : tuple of convviz.stage.acts.Act
    """

    def __init__(self, board, index, playing):
        self.board, self.index, self.steps = board, index, board.steps_at(index)
        self.sides = [playing(side.board, step) if new else None for side, step, new in self.steps]
        known = {}
        for act in (act for side in self.sides if side for act in side.acts):
            parts = max(act.parts, known[act.name].parts if act.name in known else 0)
            known[act.name] = Act(act.name, known.get(act.name, act).caption, parts)
        self.acts = tuple(known[name] for name in ORDER if name in known)

    def moment(self, number, part):
        """What the stage shows in act `number` when `part` of it, from 0 to 1, has passed.

        Returns
        -------
        convviz.stage.scene.Frame
        """
        name, texts = self.acts[number].name, {}
        frames = [self._frame(place, name, part) for place in range(len(self.sides))]
        frame = self.board.joined(self.index, [frame for frame, _ in frames])
        for (side, _, new), (_, act) in zip(self.steps, frames, strict=True):
            if new:
                words, total = side.board.view.captions, self.board.stage.steps
                texts[f"{side.name}.place"] = counted(words, self.index, total, act.caption)
        return replace(frame, texts={**frame.texts, **texts})

    def _frame(self, place, name, part):
        """The frame of a side in the act of this name, and its act; the one before, finished, where it has none of the name."""
        played, (side, step, _) = self.sides[place], self.steps[place]
        if played is None:
            return side.frames[step], None
        names = [act.name for act in played.acts]
        if name in names:
            return played.moment(names.index(name), part), played.acts[names.index(name)]
        before = max(number for number, own in enumerate(names) if ORDER.index(own) < ORDER.index(name))
        return played.moment(before, 1), played.acts[before]
