"""What a run of batches needs on a GPU beside its samples: their order, the learning rates, a clock, and a log."""

import numpy as np

from convviz.kernels.cuda import arrays
from convviz.kernels.cuda import clock as clocks
from convviz.nn.engine.cuda.device_weights import put

__all__ = ["RunLog"]

#: Lines of a log at least, and places for samples.
LEAST = 1024


class RunLog:
    """Arrays that kernels read and write as a run goes on, step by step as the clock says.

    Parameters
    ----------
    width : int
        Columns of the log.
    stream : a stream of numba's

    Attributes
    ----------
    clock : device array
        See `convviz.kernels.cuda.clock`.
    order, rates, log : device array or None
        Which samples come, int32; the learning rate of each step; and a line for each batch.
    """

    def __init__(self, width, stream):
        self.width, self.stream, self.clock = width, stream, clocks.new()
        self.order = self.rates = self.log = None

    def hold(self, run):
        """Make the arrays large enough for a run: whether that took new arrays."""
        lines, places = (0, 0) if self.log is None else (self.log.shape[0], self.order.size)
        if lines >= len(run) and places >= len(run.order):
            return False
        lines, places = max(lines, len(run), LEAST), max(places, len(run.order), LEAST)
        log = arrays.zeros((lines, self.width), np.float32, "the log")
        rates = arrays.zeros((lines,), np.float32, "the rates of steps")
        # all at once: where memory ends, none is new
        self.order, self.rates, self.log = arrays.empty((places,), np.int32, "the order of samples"), rates, log
        return True

    def set_order(self, order):
        """The samples of a run, in their order."""
        put(self.order, order.astype(np.int32), self.stream)

    def set_rates(self, first, rates):
        """The learning rates of batches from one on."""
        put(self.rates[first:], rates, self.stream)

    def set_clock(self, iteration, position):
        """Continue with a batch, after a number of steps of the optimizer."""
        put(self.clock, np.array([iteration & 0xFFFFFFFF, position, 0], np.int64), self.stream)

    def lines(self, first, last):
        """The lines of batches, on the host; waits for the GPU."""
        self.stream.synchronize()
        return arrays.to_host(self.log[first:last])

    def first_bad(self):
        """The number of the first batch whose loss was not finite, or None."""
        bad = int(arrays.to_host(self.clock)[clocks.BAD])
        return bad - 1 if bad else None
