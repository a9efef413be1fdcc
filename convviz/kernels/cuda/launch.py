"""Compiling for NVIDIA GPUs and launching.

A kernel is a Python function that every thread runs; `kernel` gives it a number of threads in a block and keeps what a
launch needs, and `device_function` makes functions that kernels call. Under numba's simulator
(``NUMBA_ENABLE_CUDASIM=1``) both run as plain Python; blocks should be tiny there, for which a test may set
`Kernel.threads`.
"""

import contextlib
import functools
from typing import NamedTuple

from convviz.kernels.cuda import disk_cache
from convviz.kernels.cuda.numba_cuda_private import EXTENSIONS, SIMULATED, compile_ptx, cuda, without_performance_warnings

__all__ = ["SIMULATED", "Kernel", "count_up", "cuda", "device_function", "kernel", "ptx", "recorded"]

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


def device_function(function):
    """`function` for use inside kernels."""
    return cuda.jit(function, device=True, **({} if SIMULATED else {"forceinline": True, **TARGET}))


class Call(NamedTuple):
    """A launch, as `recorded` notes it."""

    kernel: object
    blocks: object
    threads: int
    arguments: tuple


#: Lists in which launches are noted.
RECORDS = []


@contextlib.contextmanager
def recorded():
    """Note every launch of a `Kernel` in a list of `Call`, which so keeps what it was given alive."""
    calls = []
    RECORDS.append(calls)
    try:
        yield calls
    finally:
        RECORDS[:] = [others for others in RECORDS if others is not calls]


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
    key : str, number, tuple or None
        Which of its family it is.
    """

    def __init__(self, function, threads, blocks_at_once, key=None):
        if not disk_cache.is_text(key):
            raise TypeError(f"key is {key!r}; expected text, numbers, or tuples of them, the same in every process")
        self.function, self.threads, self.blocks_at_once, self.key = function, threads, blocks_at_once, key
        self._kept = {}
        functools.update_wrapper(self, function)

    @functools.cached_property
    def compiled(self):
        """numba's dispatcher, which compiles for the types of a first launch."""
        if SIMULATED:
            return cuda.jit(self.function)
        bounds = self.threads, self.blocks_at_once
        dispatcher = cuda.jit(self.function, launch_bounds=bounds, extensions=EXTENSIONS, **TARGET)
        member = disk_cache.closed_over(self.function) if self.key is None else self.key
        if member is not None:
            disk_cache.enable(dispatcher, member)
        return dispatcher

    def __call__(self, blocks, *arguments, threads=None, stream=0):
        """Run `blocks` (a number, or a tuple of up to three) blocks; the caller sees to it that no argument is empty."""
        for calls in RECORDS:
            calls.append(Call(self, blocks, threads or self.threads, arguments))
        self._configured(blocks, threads or self.threads, stream)(*arguments)

    def over(self, count, *arguments, stream=0):
        """Run enough threads for `count` things, of which each takes every so many, as in `convviz.kernels.cuda.cellwise`."""
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
            with without_performance_warnings():
                found = self._kept[key] = self.compiled[blocks, threads, stream]
        return found

    def __repr__(self):
        return f"<kernel {self.function.__name__}, {self.threads} threads a block>"


def kernel(function=None, *, threads=256, blocks_at_once=1, key=None):
    """Make a `Kernel` of a function; nothing is compiled before its first launch.

    Parameters
    ----------
    function : callable
    threads, blocks_at_once : int
        See `Kernel`.
    key : str, number or tuple of these, optional
        For kernels of one code, which close over different parts or have different ones by the same names: what tells
        one from the others, completely. What is compiled is kept on disk under that name, without a key only of
        functions that close over nothing but numbers and text.

    Examples
    --------
    ``@kernel`` or ``@kernel(threads=128, blocks_at_once=2)`` above a function, then ``function(blocks, *arguments)``, or
    ``function.over(cells, *arguments)`` for one whose threads step through the cells.
    """
    if function is None:
        return functools.partial(kernel, threads=threads, blocks_at_once=blocks_at_once, key=key)
    return Kernel(function, threads, blocks_at_once, key)


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
    return compile_ptx(kernel.function, signature, cc, (kernel.threads, kernel.blocks_at_once))


# ---------------------------------------------------------------- a kernel of one line


@kernel(threads=32)
def count_up(numbers):
    """Let cell i of `numbers` hold i + 1: the line that shows whether kernels run."""
    for i in range(cuda.grid(1), numbers.size, cuda.gridsize(1)):
        numbers[i] = i + 1
