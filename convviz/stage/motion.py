"""A board whose steps are played: the frames of a film, each with the time for which it is shown."""

from dataclasses import dataclass

from convviz.stage.acts import Playing
from convviz.stage.backward import BackwardBoard
from convviz.stage.backward_acts import BackwardPlaying
from convviz.stage.forward import ForwardBoard
from convviz.stage.pair_acts import PairPlaying
from convviz.stage.protocol import Board
from convviz.stage.scene import Scene, Stage
from convviz.stage.side_by_side import PairBoard

__all__ = ["Film", "film", "finished_acts", "playing"]

#: How long a smooth act takes, and each part of another act, in seconds; how many frames a second a smooth act has.
SLIDE, PART, RATE = 0.4, 0.2, 20


@dataclass(frozen=True, eq=False)
class Film:
    """The frames of a film; a `convviz.stage.protocol.Board` whose steps they are. Made by `film`.

    Attributes
    ----------
    board : convviz.stage.protocol.Board
    played : dict
        By step, what plays it: see `playing`.
    shots : tuple of tuple
        For each frame: a step, the number of an act, and what part of it has passed.
    seconds : tuple of float or None
        How long each frame is shown; None for a finished step, which is shown as long as it would be in a still.
    """

    board: Board
    played: dict
    shots: tuple
    seconds: tuple

    @property
    def indices(self):
        """The frames, ascending."""
        return range(len(self.shots))

    @property
    def stage(self) -> Stage:
        """What all frames share."""
        return self.board.stage

    def frame(self, index):
        """What frame `index` changes on the stage."""
        step, act, part = self.shots[index]
        return self.played[step].moment(act, part)

    def question(self, index):
        """What frame `index` changes; a film asks nothing."""
        return self.frame(index)

    def scene(self, index):
        """Frame `index` as a `convviz.stage.scene.Scene`."""
        return Scene(self.stage, self.frame(index))


def playing(board, index):
    """What plays a step of a board: it has `acts`, and a frame for each `moment` of them.

    Raises
    ------
    ValueError
        For a board whose steps have no acts.
    """
    if isinstance(board, ForwardBoard):
        return Playing(board, index)
    if isinstance(board, BackwardBoard):
        return BackwardPlaying(board, index)
    if isinstance(board, PairBoard):
        return PairPlaying(board, index, playing)
    raise ValueError("motion=True is for operations and comparisons as grids; volumes have no acts")


def film(board, rate=RATE):
    """The steps of a board as a film.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    rate : float, default 20
        Frames a second while something slides.

    Returns
    -------
    Film

    Raises
    ------
    ValueError
        For a board whose steps have no acts.

    Examples
    --------
    >>> import convviz as cv
    >>> shown = film(cv.MaxPooling(2).trace([[3, 4], [1, 2]]).board())
    >>> [shot[1:] for shot in shown.shots][-5:]
    [(1, 0.25), (1, 0.5), (1, 0.75), (1, 1.0), (2, 1.0)]
    """
    shots, seconds, played = [], [], {index: playing(board, index) for index in board.indices}
    for place, (index, step) in enumerate(played.items()):
        for number, act in enumerate(step.acts):
            if act.name == "slide":
                count = round(SLIDE * rate) if place else 1
                parts = [part / count for part in range(1, count + 1)]
                times = [1 / rate] * count
            else:
                parts = [part / act.parts for part in range(1, act.parts + 1)]
                times = [None if act.name == "write" else PART] * len(parts)
            shots += [(index, number, part) for part in parts]
            seconds += times
    return Film(board, played, tuple(shots), tuple(seconds))


def finished_acts(board, step=None):
    """A frame for each act of the steps of a board, or of one step, as it is when the act ends.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    step : int, optional

    Returns
    -------
    Film

    Raises
    ------
    ValueError
        For a board whose steps have no acts.

    Examples
    --------
    >>> import convviz as cv
    >>> finished_acts(cv.MaxPooling(2).trace([[3, 4], [1, 2]]).board()).shots
    ((0, 0, 1.0), (0, 1, 1.0), (0, 2, 1.0))
    """
    played = {index: playing(board, index) for index in (board.indices if step is None else [step])}
    shots = tuple((index, number, 1.0) for index, step in played.items() for number in range(len(step.acts)))
    return Film(board, played, shots, (None,) * len(shots))
