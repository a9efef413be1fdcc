"""Where a run of training steps stands, as three numbers in the memory of the GPU.

Steps are counted there and not on the host because a training step is captured into a CUDA graph once and then replayed:
what the host handed to its kernels was baked in when it was captured. Whatever differs from step to step has to be read
from memory, and the last kernel of a step moves it on.
"""

import numpy as np

from convviz.kernels.cuda import arrays
from convviz.kernels.cuda.launch import cuda, kernel

__all__ = ["BAD", "STEP", "POSITION", "advance", "new", "require"]

#: Places in a clock: the optimizer's steps before this one, which also name dropout's masks; which batch of the planned run
#: of batches this is, from 0; and 0, or 1 + the position of the first batch whose loss was not finite.
STEP, POSITION, BAD = 0, 1, 2


@kernel(threads=32)
def tick(clock):
    """Move to the next batch; one thread does it."""
    if cuda.grid(1) == 0:
        clock[STEP] += 1
        clock[POSITION] += 1


def require(clock):
    """Raise ValueError for what is no clock; kernels would not notice."""
    arrays.require("clock", clock, (3,), np.int64)


def advance(clock, stream=0):
    """Move to the next batch, after all that reads the clock: `STEP` and `POSITION` grow by 1.

    Parameters
    ----------
    clock : device array, int64 (3,)
    stream : a stream of numba's, default 0
    """
    require(clock)
    tick(1, clock, threads=1, stream=stream)


def new(step=0):
    """A clock at the first batch of a run, after `step` steps of the optimizer.

    Returns
    -------
    device array, int64 (3,)
    """
    return arrays.to_gpu(np.array([step, 0, 0], np.int64), "the clock")
