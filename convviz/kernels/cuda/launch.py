"""Compiling for NVIDIA GPUs and launching. What is particular to the numba-cuda package stands here and in `device`.

A kernel is a Python function that every thread runs; `kernel` gives it a number of threads in a block and keeps what a
launch needs, and `part` makes functions that kernels call. Under numba's simulator (``NUMBA_ENABLE_CUDASIM=1``) both run
as plain Python; blocks should be tiny there, for which a test may set `Kernel.threads`.
"""

import contextlib
import functools
import hashlib
import os
import pickle
import sys
import types
import uuid
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from convviz.kernels.cpu.compile import sources_hash

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

__all__ = ["SIMULATED", "Kernel", "count_up", "cuda", "kernel", "part", "ptx", "recorded"]

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


if SIMULATED:
    EXTENSIONS = []
else:
    from numba.cuda.args import ArgHint
    from numba.cuda.cudadrv.devicearray import DeviceNDArray

    class Ready(ArgHint):
        """An array that is on the GPU."""

        def to_device(self, retr, stream=0):
            """Nothing is copied."""
            return self.value._strided_memory_view_shim

    class Direct:
        """Hands arrays on the GPU to kernels. Numba imports names anew for each, which is most of what a launch takes."""

        def prepare_args(self, kind, value, stream, retr):
            """The type and the value of an argument."""
            return kind, Ready(value) if isinstance(value, DeviceNDArray) else value

    #: What numba asks about every argument of a launch; nothing where arrays do not have what is taken here.
    EXTENSIONS = [Direct()] if hasattr(DeviceNDArray, "_strided_memory_view_shim") else []


def part(function):
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
        if not plain(key):
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
        member = closed_over(self.function) if self.key is None else self.key
        if member is not None:
            keep_on_disk(dispatcher, member)
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
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", cuda.core.errors.NumbaPerformanceWarning)
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
    from numba.cuda import dispatcher

    class Device:
        compute_capability = cc

    before = dispatcher.get_current_device
    # parts are compiled for the machine's GPU as it is found there
    dispatcher.get_current_device = Device
    try:
        bounds = kernel.threads, kernel.blocks_at_once
        return cuda.compile(kernel.function, signature, device=False, abi="numba", cc=cc, launch_bounds=bounds, output="ptx")[0]
    finally:
        dispatcher.get_current_device = before


# ---------------------------------------------------------------- the cache on disk

#: Bytes of a hash at the beginning of a file.
SEAL = hashlib.sha256().digest_size


def plain(value):
    """Whether a value's text is the same in every process and says all of it."""
    if isinstance(value, tuple):
        return all(map(plain, value))
    return value is None or isinstance(value, int | float | str)


def closed_over(function):
    """What a function closes over, if that tells it from all others by the same code, otherwise None."""
    cells = tuple(cell.cell_contents for cell in function.__closure__ or ())
    own_names = getattr(sys.modules.get(function.__module__), "__dict__", None)
    return cells if plain(cells) and function.__globals__ is own_names else None


@functools.lru_cache(maxsize=1)
def all_sources_hash():
    """Hash of every source file of the kernels, the CPU's included: parts come from there."""
    digest = hashlib.sha256(sources_hash().encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@functools.lru_cache(maxsize=1)
def versions():
    """What reads and writes files of compiled kernels, to the version."""
    import numba
    from cuda.core import __version__ as core

    return sys.version, numba.__version__, core


class Shelf:
    """Compiled kernels in a folder, each in a file of its own; stands in for numba's files.

    Those have an index, through which processes that write at the same time can exchange kernels, and they notice only
    changes in the file where a function stands. Here a file's name is made of all that tells kernels apart, and a file
    begins with a hash of that, of the sources and of what follows, so one that is old or cut short is no file.

    Parameters
    ----------
    folder : path
    name : str
        What files' names begin with.
    sources : str
        Changes whenever anything has to be compiled again.
    """

    def __init__(self, folder, name, sources):
        self.folder, self.name, self.sources = Path(folder), name, sources

    def place(self, key):
        """The file of a kernel."""
        digest = hashlib.sha256(repr((versions(), key)).encode()).hexdigest()
        return self.folder / f"{self.name}-{digest[:32]}.nbc"

    def seal(self, key, data):
        """What a file of that kernel begins with."""
        return hashlib.sha256(repr((versions(), self.sources, key)).encode() + data).digest()

    def load(self, key):
        """What was saved, or None."""
        try:
            found = self.place(key).read_bytes()
        except OSError:
            return None
        data = found[SEAL:]
        return pickle.loads(data) if found[:SEAL] == self.seal(key, data) else None

    def save(self, key, states):
        """Keep what is compiled; where that fails, the next process compiles again."""
        from numba.cuda.serialize import dumps

        data, place = dumps(states), self.place(key)
        unfinished = place.with_suffix(f".{uuid.uuid4().hex}")
        with contextlib.suppress(OSError):
            try:
                unfinished.write_bytes(self.seal(key, data) + data)
                unfinished.replace(place)
            finally:
                unfinished.unlink(missing_ok=True)


def stand_in(dispatcher, member):
    """A function that closes over nothing but text, by which numba's cache knows the function of a dispatcher."""
    function = dispatcher.py_func
    code, options = function.__code__, repr({**dispatcher.targetoptions, "extensions": None})
    text = repr((function.__module__, function.__qualname__, code.co_firstlineno, code.co_code, options, member))

    def known():
        return text

    place = {"co_filename": code.co_filename, "co_firstlineno": code.co_firstlineno}
    return types.FunctionType(known.__code__.replace(**place), {}, function.__name__, None, known.__closure__)


def keep_on_disk(dispatcher, member):
    """Keep what is compiled on disk where possible, until any source of the kernels changes.

    Parameters
    ----------
    dispatcher : numba's, of a kernel
    member : text, number or tuple
        What tells its function from others by the same code.
    """
    from numba.cuda.dispatcher import CUDACache

    function = dispatcher.py_func
    try:
        own = Path(function.__code__.co_filename).read_bytes()
        cache = CUDACache(stand_in(dispatcher, member))
    except (OSError, RuntimeError):  # no file, or no folder can be written to
        return
    name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
    cache._cache_file = Shelf(cache.cache_path, name, all_sources_hash() + hashlib.sha256(own).hexdigest())
    dispatcher._cache = cache


# ---------------------------------------------------------------- a kernel of one line


@kernel(threads=32)
def count_up(numbers):
    """Let cell i hold i + 1: the line that shows whether kernels run."""
    for i in range(cuda.grid(1), numbers.size, cuda.gridsize(1)):
        numbers[i] = i + 1
