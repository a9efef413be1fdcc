"""The cache of compiled kernels on disk: what a file is called, when it is right, and what kernels may be kept."""

import contextlib
import functools
import hashlib
import pickle
import sys
import types
import uuid
from pathlib import Path

from convviz.kernels.cuda import numba_cuda_private
from convviz.kernels.sources import sources_hash

__all__ = ["Files", "closed_over", "enable", "is_text"]

#: Bytes of a hash at the beginning of a file.
SEAL = hashlib.sha256().digest_size


def is_text(value):
    """Whether a value's text is the same in every process and says all of it."""
    if isinstance(value, tuple):
        return all(map(is_text, value))
    return value is None or isinstance(value, int | float | str)


def closed_over(function):
    """What a function closes over, if that tells it from all others by the same code, otherwise None."""
    cells = tuple(cell.cell_contents for cell in function.__closure__ or ())
    own_names = getattr(sys.modules.get(function.__module__), "__dict__", None)
    return cells if is_text(cells) and function.__globals__ is own_names else None


@functools.lru_cache(maxsize=1)
def versions():
    """What reads and writes files of compiled kernels, to the version."""
    import numba
    from cuda.core import __version__ as core

    return sys.version, numba.__version__, core


class Files:
    """Compiled kernels in a folder, each in a file of its own, in place of numba's files.

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

    def path(self, key):
        """The file of a kernel."""
        digest = hashlib.sha256(repr((versions(), key)).encode()).hexdigest()
        return self.folder / f"{self.name}-{digest[:32]}.nbc"

    def seal(self, key, data):
        """What a file of that kernel begins with."""
        return hashlib.sha256(repr((versions(), self.sources, key)).encode() + data).digest()

    def load(self, key):
        """What was saved, or None."""
        try:
            found = self.path(key).read_bytes()
        except OSError:
            return None
        data = found[SEAL:]
        return pickle.loads(data) if found[:SEAL] == self.seal(key, data) else None

    def save(self, key, states):
        """Keep what is compiled; where that fails, the next process compiles again."""
        data, path = numba_cuda_private.dumps(states), self.path(key)
        unfinished = path.with_suffix(f".{uuid.uuid4().hex}")
        with contextlib.suppress(OSError):
            try:
                unfinished.write_bytes(self.seal(key, data) + data)
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)


def cache_function(dispatcher, member):
    """A function that closes over nothing but text, by which numba's cache knows the function of a dispatcher."""
    function = dispatcher.py_func
    code, options = function.__code__, repr({**dispatcher.targetoptions, "extensions": None})
    text = repr((function.__module__, function.__qualname__, code.co_firstlineno, code.co_code, options, member))

    def known():
        return text

    position = {"co_filename": code.co_filename, "co_firstlineno": code.co_firstlineno}
    return types.FunctionType(known.__code__.replace(**position), {}, function.__name__, None, known.__closure__)


def enable(dispatcher, member):
    """Keep what is compiled on disk where possible, until any source of the kernels changes.

    Parameters
    ----------
    dispatcher : numba's, of a kernel
    member : text, number or tuple
        What tells its function from others by the same code.
    """
    function = dispatcher.py_func
    name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
    # without a file, or a folder that can be written to, every process compiles
    with contextlib.suppress(OSError, RuntimeError):
        own = hashlib.sha256(Path(function.__code__.co_filename).read_bytes()).hexdigest()
        sources = sources_hash("cuda") + own
        known = cache_function(dispatcher, member)
        numba_cuda_private.enable_caching(dispatcher, known, lambda folder: Files(folder, name, sources))
