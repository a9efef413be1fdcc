"""The options of animations, and how long their frames are shown."""

import math
from dataclasses import dataclass

from convviz.render.screen import Screen
from convviz.render.sizes import DPI

__all__ = ["VIDEO_RATE", "AnimationOptions", "delays", "hundredths"]

#: Frames a second of a video. Some players fail at one frame a second, so frames are repeated.
VIDEO_RATE = 30
#: How many times as long as the others the last frame is shown by default.
LAST = 2.5
#: How long a step is shown at least and at most unless told otherwise, in seconds; in the shortest time, so many letters of a
#: formula are read. Of how many steps the formulas are measured.
SHORTEST, LONGEST, READ, SAMPLES = 0.8, 3.0, 80, 4


@dataclass(frozen=True)
class AnimationOptions:
    """The options of an animation.

    Attributes
    ----------
    size : as `convviz.render.sizes.checked_size` takes it, or None
        Width and height in pixels or as lengths such as "8in".
    theme : {"light", "dark"} or convviz.stage.theme.Theme
    seconds : float, sequence of float, or None
        How long a step is shown; in a GIF rounded to hundredths. A sequence has a time for each step that is shown. None
        for 0.8, more where the captions have much to read.
    hold : float or None
        How long the last one is shown, in seconds; None for its own time of a sequence, or 2.5 times that of the others.
    loop : bool
        Whether the animation begins again after its end.
    progress : bool or None
        Whether to show a progress bar; None for many frames when a person is at the terminal.
    dpi : float
        Pixels per inch.
    transparent : bool
        Whether no background is painted.
    """

    size: object = None
    theme: object = "light"
    seconds: float | tuple | None = None
    hold: float | None = None
    loop: bool = True
    progress: bool | None = None
    dpi: float = DPI
    transparent: bool = False

    def screen(self, stage):
        """The screen on which the scenes of a stage are shown."""
        return Screen(stage, self.size, self.theme, self.dpi, self.transparent)

    def delays(self, board):
        """How long each frame is shown, in seconds."""
        return delays(board, self.seconds, self.hold)


def delays(board, seconds, hold):
    """How long each frame is shown, in seconds; ValueError for times of another number of steps."""
    steps = len(board.indices)
    if isinstance(seconds, tuple):
        if len(seconds) != steps:
            times = "1 time" if len(seconds) == 1 else f"{len(seconds)} times"
            each = "the only step that is shown" if steps == 1 else f"each of the {steps} steps that are shown"
            raise ValueError(f"seconds has {times}; expected one for {each}")
        return [*seconds[:-1], seconds[-1] if hold is None else hold]
    seconds = reading_time(board) if seconds is None else seconds
    return [seconds] * (steps - 1) + [LAST * seconds if hold is None else hold]


def reading_time(board):
    """How long a step is shown, by the longest formula of some of the steps, in seconds.

    Examples
    --------
    >>> import convviz as cv
    >>> reading_time(cv.MaxPooling(2).trace([[3, 4], [1, 2]]).board())
    0.8
    """
    some = board.indices[:: max(1, len(board.indices) // SAMPLES)]
    letters = max(sum(len(text) for name, text in board.frame(index).texts.items() if "formula" in name) for index in some)
    return min(max(SHORTEST, round(SHORTEST * letters / READ, 2)), LONGEST)


def hundredths(seconds):
    """Two at least: viewers show anything shorter ten times as long."""
    return min(max(2, math.floor(100 * seconds + 0.5)), 65535)
