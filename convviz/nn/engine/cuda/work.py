"""The state of a run of batches on a GPU: how much is launched, planned and read."""

import dataclasses
from typing import Any

from convviz.nn.samples import Run

__all__ = ["Work"]


@dataclasses.dataclass(eq=False)
class Work:
    """A run of batches that has begun.

    Attributes
    ----------
    run : convviz.nn.samples.Run
    use : {"train", "test"}
    executor : Executor
    feed : input_pipeline.Resident or input_pipeline.Staged
    position, read, planned : int
        The number of batches that have been launched, of those whose lines of the log have been read, and of those whose
        learning rates the GPU knows.
    host : dict
        By the numbers of batches, the metrics that are computed on the host.
    """

    run: Run
    use: str
    executor: Any
    feed: Any
    position: int = 0
    read: int = 0
    planned: int = 0
    host: dict = dataclasses.field(default_factory=dict)

    def samples(self, number):
        """How many samples a batch has."""
        return min(self.run.size, len(self.run.order) - number * self.run.size)

    def set_range(self, first, last):
        """Begin at a batch, with learning rates known up to another."""
        self.position = self.read = first
        self.planned = last

    def advance(self, count):
        """Count batches that have been launched."""
        self.position += count

    def mark_read(self):
        """All lines of the log up to here have been read."""
        self.read = self.position
