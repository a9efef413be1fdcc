"""What the stage and the renderers agree on."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from convviz.stage.scene import Frame, Scene, Stage

__all__ = ["Board"]


@runtime_checkable
class Board(Protocol):
    """The steps that are shown, ready to be drawn: all that a renderer knows of a trace.

    Three classes have this protocol: `convviz.stage.forward.ForwardBoard` for the steps of an operation,
    `convviz.stage.backward.BackwardBoard` for those of pooling backward, and `convviz.stage.side_by_side.PairBoard` for
    two operations on one image. They are made by the method ``board`` of a trace, and nothing in them changes afterwards.
    """

    @property
    def indices(self) -> Sequence[int]:
        """The steps of the trace that are shown, ascending."""

    @property
    def stage(self) -> Stage:
        """What all steps share: grids, captions and lines in their places."""

    def frame(self, index: int) -> Frame:
        """What step `index` of the trace changes on the stage."""

    def question(self, index: int) -> Frame:
        """What step `index` changes on the stage, with what is to be found left out."""

    def scene(self, index: int) -> Scene:
        """The stage as it looks at step `index`."""
