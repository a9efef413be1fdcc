"""What the stage reads of a trace, and what renderers read of the stage."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from convviz.stage.scene import Frame, Scene, Stage

__all__ = ["Board", "TraceData"]


@runtime_checkable
class TraceData(Protocol):
    """What the stage reads of a trace: a sequence of steps, and the arrays and the geometry that they share.

    Attributes
    ----------
    operation : convviz.operations.Operation
        Read for its settings and its names.
    geometry : convviz.geometry.Geometry
    source : numpy.ndarray, (N, H, W, C)
        The image.
    result : numpy.ndarray, (N, rows, columns, C_out)
    weights : numpy.ndarray, (kh, kw, C_in // groups, C_out), or None
        None where the operation has no kernel.
    shape : tuple of int
        Images, channels of the result, rows and columns: a step for each.
    view : {"gather", "scatter"}
        Whether a step is a cell of the result that reads a window, or a cell of the input that is stamped onto the result.
    captions : dict
        Names of input, kernel and output: by grid, then by language.
    """

    operation: object
    geometry: object
    source: object
    result: object
    weights: object
    shape: tuple
    view: str
    captions: dict

    def __len__(self) -> int:
        """How many steps there are."""

    def __getitem__(self, index: int) -> object:
        """A step; see `convviz.steps.BaseStep`."""

    def channels_of(self, channel: int) -> tuple:
        """The channels of the image that a channel of the result is made of."""

    def weights_for(self, channel: int) -> object:
        """The weights that make a channel of the result, as they meet the window: (kh, kw, C)."""

    def convert(self, values: object) -> object:
        """Cells of the image in the dtype of steps."""

    def index_of(self, row: int, column: int, channel: int = 0, batch: int = 0) -> int:
        """Index of the step at a place of the result."""


@runtime_checkable
class Board(Protocol):
    """The steps that are shown, ready to be drawn: all that a renderer knows of a trace.

    Four classes have this protocol: `convviz.stage.forward.ForwardBoard` for the steps of an operation,
    `convviz.stage.volumes.VolumeBoard` for them as volumes, `convviz.stage.backward.BackwardBoard` for those of pooling
    backward, and `convviz.stage.side_by_side.PairBoard` for two operations on one image. They are made by the method
    ``board`` of a trace, volumes by ``save``, and nothing in them changes afterwards.
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
