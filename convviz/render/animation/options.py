"""The options of animations, and how long their frames are shown."""

import math
from dataclasses import dataclass

from convviz.render.screen import Screen
from convviz.render.sizes import DPI

__all__ = ["AnimationOptions", "delays", "hundredths"]

#: How many times as long as the others the last frame is shown by default.
LAST = 2.5


@dataclass(frozen=True)
class AnimationOptions:
    """The options of an animation.

    Attributes
    ----------
    size : as `convviz.render.sizes.checked_size` takes it, or None
        Width and height in pixels or as lengths such as "8in".
    theme : {"light", "dark"} or convviz.stage.theme.Theme
    seconds : float
        How long a step is shown; in a GIF rounded to hundredths.
    hold : float or None
        How long the last one is shown, in seconds; None for 2.5 times `seconds`.
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
    seconds: float = 0.8
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
    """How long each frame is shown, in seconds."""
    last = LAST * seconds if hold is None else hold
    return [seconds] * (len(board.indices) - 1) + [last]


def hundredths(seconds):
    """Two at least: viewers show anything shorter ten times as long."""
    return min(max(2, math.floor(100 * seconds + 0.5)), 65535)
