"""Compiling for NVIDIA GPUs and launching. What is particular to the numba-cuda package stands here and in `device`.

A kernel is a Python function that every thread runs; `kernel` gives it a number of threads in a block and keeps what a
launch needs, and `part` makes functions that kernels call. Under numba's simulator (``NUMBA_ENABLE_CUDASIM=1``) both run
as plain Python; blocks should be tiny there, for which a test may set `Kernel.threads`.
"""

import functools
import hashlib
import os
import warnings
from pathlib import Path

import numpy as np

from ..compile import sources_hash

# small grids are what small images need
os.environ.setdefault("NUMBA_CUDA_LOW_OCCUPANCY_WARNINGS", "0")


def load_numba_cuda():
    """``numba.cuda``. The package up to 0.30 asks numpy for a name that is gone since 2.5."""
    missing = not hasattr(np, "row_stack")
    if missing:
        np.row_stack = np.vstack
    try:
        from numba import cuda

        if not cuda.config.ENABLE_CUDASIM:
            import numba.cuda.np.arrayobj  # noqa: F401
    finally:
        if missing:
            del np.row_stack
    return cuda


cuda = load_numba_cuda()

__all__ = ["SIMULATED", "Kernel", "count_up", "cuda", "kernel", "part", "ptx"]

#: Whether kernels run in numba's simulator.
SIMULATED = bool(cuda.config.ENABLE_CUDASIM)
#: What runs is then the code that `ptx` shows, whether or not the linker for another kind of code is installed.
TARGET = {"lto": False}
#: Blocks of a launch over cells, at most; each thread then takes several. Some 16 for each multiprocessor of a large GPU.
MOST_BLOCKS = 2048
#: Blocks along the second and third axis of a launch, at most.
MOST_ROWS = 65535
#: Threads that run in step; a test may set fewer.
WARP = 32
#: Configured launches that a kernel keeps.
KEPT = 64


def part(function):
    """`function` for use inside kernels."""
    return cuda.jit(function, device=True, **({} if SIMULATED else {"forceinline": True, **TARGET}))


class Kernel:
    """A function that every thread of a launch runs; made by `kernel`.

    Attributes
    ----------
    function : callable
        As it was written.
    threads : int
        Threads of a block unless a launch says otherwise. Registers are assigned for so many.
    blocks_at_once : int
        For how many blocks on one multiprocessor at the same time registers are assigned.
    """

    def __init__(self, function, threads, blocks_at_once):
        self.function, self.threads, self.blocks_at_once = function, threads, blocks_at_once
        self._kept = {}
        functools.update_wrapper(self, function)

    @functools.cached_property
    def compiled(self):
        """numba's dispatcher, which compiles for the types of a first launch."""
        if SIMULATED:
            return cuda.jit(self.function)
        dispatcher = cuda.jit(self.function, launch_bounds=(self.threads, self.blocks_at_once), **TARGET)
        if plain_numbers(self.function):
            keep_on_disk(dispatcher)
        return dispatcher

    def __call__(self, blocks, *arguments, threads=None, stream=0):
        """Run `blocks` (a number, or a tuple of up to three) blocks; the caller sees to it that no argument is empty."""
        self._configured(blocks, threads or self.threads, stream)(*arguments)

    def over(self, count, *arguments, stream=0):
        """Run enough threads for `count` things, of which each takes every so many, as in `convviz.kernels.cuda.plain`."""
        if count:
            self(min(-(-count // self.threads), MOST_BLOCKS), *arguments, stream=stream)

    def over_cells(self, shape, *arguments, stream=0):
        """Run threads for the cells of ``(N, rows, columns, channels)``: a block for each n and row, a thread a cell.

        In the kernel n goes from ``cuda.blockIdx.z`` on in steps of ``cuda.gridDim.z``, the row from ``cuda.blockIdx.y`` in
        steps of ``cuda.gridDim.y``, and ``column·channels + channel`` from ``cuda.grid(1)`` in steps of ``cuda.blockDim.x *
        cuda.gridDim.x``.
        """
        images, rows, wide = shape[0], shape[1], shape[2] * shape[3]
        if images * rows * wide:
            threads = min(self.threads, -(-wide // WARP) * WARP)
            blocks = -(-wide // threads), min(rows, MOST_ROWS), min(images, MOST_ROWS)
            self(blocks, *arguments, threads=threads, stream=stream)

    def _configured(self, blocks, threads, stream):
        """What launches; made once for each choice, since making it costs more than a launch."""
        if SIMULATED:  # gives the same object for every choice
            return self.compiled[blocks, threads]
        key = blocks, threads, stream
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", cuda.core.errors.NumbaPerformanceWarning)
                found = self._kept[key] = self.compiled[blocks, threads, stream]
        return found

    def __repr__(self):
        return f"<kernel {self.function.__name__}, {self.threads} threads a block>"


def kernel(function=None, *, threads=256, blocks_at_once=1):
    """Make a `Kernel` of a function; nothing is compiled before its first launch.

    Examples
    --------
    ``@kernel`` or ``@kernel(threads=128, blocks_at_once=2)`` above a function, then ``function(blocks, *arguments)``, or
    ``function.over(cells, *arguments)`` for one whose threads step through the cells.
    """
    if function is None:
        return functools.partial(kernel, threads=threads, blocks_at_once=blocks_at_once)
    return Kernel(function, threads, blocks_at_once)


def ptx(kernel, signature, cc=(9, 0)):
    """The PTX of a kernel, for which no GPU is needed, but NVIDIA's compiler library (``cuda-toolkit[nvvm,nvrtc]``) is.

    Parameters
    ----------
    kernel : Kernel
    signature : str or tuple of numba types
        Of the arguments: ``"void(float32[::1], int64)"``.
    cc : (int, int)
        Compute capability: (8, 0), (9, 0), ….

    Returns
    -------
    str
    """
    from numba.cuda import dispatcher

    class Device:
        compute_capability = cc

    before = dispatcher.get_current_device
    # parts are compiled for the machine's GPU as it is found there
    dispatcher.get_current_device = Device
    try:
        bounds = kernel.threads, kernel.blocks_at_once
        return cuda.compile(
            kernel.function, signature, device=False, abi="numba", cc=cc, launch_bounds=bounds, output="ptx"
        )[0]
    finally:
        dispatcher.get_current_device = before


@kernel(threads=32)
def count_up(numbers):
    """Let cell i hold i + 1: the line that shows whether kernels run."""
    for i in range(cuda.grid(1), numbers.size, cuda.gridsize(1)):
        numbers[i] = i + 1


# ---------------------------------------------------------------- the cache on disk


def plain_numbers(function):
    """Whether a function closes over nothing but numbers; with compiled functions in there the cache would never hit."""
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    return all(isinstance(value, int | float | str | tuple) for value in cells)


@functools.lru_cache(maxsize=1)
def all_sources_hash():
    """Hash of every source file of the kernels, the CPU's included: parts come from there."""
    digest = hashlib.sha256(sources_hash().encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def keep_on_disk(dispatcher):
    """Keep what is compiled on disk where possible, until any source of the kernels changes."""
    try:
        dispatcher.enable_caching()
    except RuntimeError:  # no folder can be written to
        return
    file = getattr(dispatcher._cache, "_cache_file", None)
    if hasattr(file, "_source_stamp"):
        file._source_stamp = all_sources_hash()
