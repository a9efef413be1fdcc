"""The files of CIFAR-10: batches as pickles (python version) or as bytes (binary version), in a folder or an archive.

A pickle is a program that can call any function. Here it can call none: what it names is looked up in a short list of
names of numpy, and even these are replaced by an object that only keeps its arguments. The array is then built here,
from what was kept.
"""

import contextlib
import io
import pickle
import pickletools
import tarfile
import warnings
import zlib
from pathlib import PurePosixPath

import numpy as np

from convviz.nn.datasets.packed import unpacked

__all__ = ["members", "read_binary", "read_pickle"]

SHAPE = (3, 32, 32)
PIXELS = 3 * 32 * 32
CLASSES = 10
#: No batch is larger: what an archive says of a file's length must not fill the memory.
LARGEST = 64 * 2**20

#: What a pickled array names of numpy 1 or 2.
ALLOWED = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy._core.numeric", "_frombuffer"),
}
#: What may be wrong with a pickle that is damaged on purpose or by accident: its reader raises nearly anything.
BROKEN = (ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, TypeError, ValueError)


class Refused(pickle.UnpicklingError):
    """A pickle names something that a batch of images does not need."""


class Kept:
    """Replaces what a pickle names: a call runs nothing and keeps the arguments."""

    __slots__ = ("given", "name", "state")

    def __init__(self, name, given=()):
        self.name, self.given, self.state = name, given, ()

    def __call__(self, *given):
        return Kept(self.name, given)

    def __setstate__(self, state):
        self.state = state


class Unpickler(pickle.Unpickler):
    """Builds lists, dictionaries, numbers and text, and `Kept` for the names allowed."""

    def find_class(self, module, name):
        if (module, name) not in ALLOWED:
            raise Refused(f"it asks for {module}.{name}, which no batch of images needs and which is not run")
        return Kept(name)


def read_pickle(content, name, count):
    """A batch of the python version, read without running anything that it may hold.

    Parameters
    ----------
    content : bytes
    name : str or os.PathLike
        What the file is called in errors.
    count : int
        How many images a batch holds.

    Returns
    -------
    pixels : numpy.ndarray of uint8, (count, 3, 32, 32)
        Read-only.
    labels : numpy.ndarray of uint8, (count,)

    Raises
    ------
    ValueError
        For anything else than such a batch, with the reason.
    """
    with damage(name):
        batch = unpickled(content)
        return pixels_of(entry(batch, "data"), count), labels_of(entry(batch, "labels"), count)


@contextlib.contextmanager
def damage(name):
    """Name the file in an error about its content."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{name} is no batch of CIFAR-10 images, or damaged: {error}; get the file anew") from None


def unpickled(content):
    """The dictionary in a pickle, keys as text."""
    if not content:
        raise ValueError("it is empty (0 bytes)")
    try:
        with warnings.catch_warnings():
            # damaged text may hold escapes that Python's reader warns of
            warnings.simplefilter("ignore")
            scan(content)
            batch = Unpickler(io.BytesIO(content), encoding="bytes").load()
    except (pickle.UnpicklingError, *BROKEN) as error:
        raise ValueError(str(error) or type(error).__name__) from None
    if not isinstance(batch, dict):
        raise ValueError(f"it holds a {type(batch).__name__}; expected a dictionary with data and labels")
    return {key.decode("latin1") if isinstance(key, bytes) else key: value for key, value in batch.items()}


def scan(content):
    """Raise ValueError for what the list of names does not stop: names by number, and numbers that fill the memory."""
    for opcode, argument, _ in pickletools.genops(content):
        if opcode.name.startswith("EXT"):
            raise ValueError("it asks for a name by its number in this program's register of extensions")
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and argument > len(content):
            raise ValueError(f"it keeps a value under the number {argument:,}, more than it can hold")


def entry(batch, key):
    """What a batch holds under a key."""
    if key not in batch:
        kind = " (fine_labels: this is CIFAR-100)" if "fine_labels" in batch else ""
        raise ValueError(f"it has no entry {key!r}{kind}")
    return batch[key]


def pixels_of(kept, count):
    """A pickled array's bytes as images, its type, order and shape checked; nothing of numpy's own unpickling runs."""
    if not isinstance(kept, Kept):
        raise ValueError(f"its data are a {type(kept).__name__}; expected an array")
    match kept.name, kept.given, kept.state:
        case "_reconstruct", _, (_, tuple(shape), Kept(name="dtype") as dtype, fortran, bytes() as content):
            ordered = not fortran
        case "_frombuffer", (bytes() | bytearray() as content, Kept(name="dtype") as dtype, tuple(shape), order), _:
            ordered = order == "C"
        case _:
            raise ValueError("its data are in a form that is not known; expected an array")
    if not dtype.given or dtype.given[0] not in ("u1", b"u1"):
        raise ValueError("its images are not of type uint8")
    if shape != (count, PIXELS) or not ordered:
        raise ValueError(f"its images have the shape {shape!s:.60}; expected ({count}, {PIXELS}), in C order")
    if len(content) != count * PIXELS:
        raise ValueError(f"its images have {len(content):,} bytes; expected {count * PIXELS:,}")
    return np.frombuffer(content, np.uint8).reshape(count, *SHAPE)


def labels_of(labels, count):
    """A list of whole numbers as labels."""
    if not isinstance(labels, list) or len(labels) != count:
        found = f"a list of {len(labels):,}" if isinstance(labels, list) else f"a {type(labels).__name__}"
        raise ValueError(f"its labels are {found}; expected a list of {count:,}, as many as images")
    for place, label in enumerate(labels):
        if type(label) is not int or not 0 <= label < CLASSES:
            raise ValueError(f"label {place:,} is {label!r:.40}; expected 0 to {CLASSES - 1}")
    return np.array(labels, np.uint8)


def read_binary(content, name, count):
    """A batch of the binary version: for each image one byte for the label, then red, green and blue.

    Parameters, results and errors are those of `read_pickle`.
    """
    with damage(name):
        if len(content) != count * (1 + PIXELS):
            expected = f"expected {count * (1 + PIXELS):,}, which is {count:,} images of {1 + PIXELS:,} bytes"
            raise ValueError(f"it has {len(content):,} bytes; {expected}")
        rows = np.frombuffer(content, np.uint8).reshape(count, 1 + PIXELS)
        return rows[:, 1:].reshape(count, *SHAPE), labels_of(rows[:, 0].tolist(), count)


def members(path, names):
    """Batches out of a .tar.gz, read into memory: nothing is written, so a member's path can lead nowhere.

    Parameters
    ----------
    path : str or os.PathLike
    names : collection of str
        Names of the batches that are wanted, without folders and without ``.bin``.

    Yields
    ------
    name : str
    content : bytes

    Raises
    ------
    ValueError
        For a damaged archive, one that lacks a file, holds it twice, or holds a link or a giant in its place.
    """
    found = set()
    try:
        with unpacked(path) as file, tarfile.open(fileobj=file, mode="r:") as archive:
            for member in archive:
                name = PurePosixPath(member.name).name
                batch = name.removesuffix(".bin")
                if batch in names:
                    yield name, content_of(archive, member, batch in found)
                    found.add(batch)
            while file.read(2**20):
                pass  # only at its end is the checksum of gzip verified
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ValueError(f"{path} is a damaged archive: {error or type(error).__name__}; get it anew") from None
    except Wrong as error:
        raise ValueError(f"{path} is not the archive of CIFAR-10: {error}; get it anew") from None
    if missing := ", ".join(sorted(set(names) - found)):
        raise ValueError(f"{path} is not the archive of CIFAR-10, or cut short: it lacks {missing}; get it anew")


class Wrong(Exception):
    """What is wrong with a member of an archive."""


def content_of(archive, member, again):
    """The bytes of an ordinary file in an archive."""
    if again:
        raise Wrong(f"{member.name} is in it twice")
    if not member.isreg():
        raise Wrong(f"{member.name} is no ordinary file")
    if member.size > LARGEST:
        raise Wrong(f"{member.name} has {member.size:,} bytes")
    content = archive.extractfile(member).read()
    if len(content) != member.size:
        raise EOFError(f"{member.name} ends after {len(content):,} of {member.size:,} bytes")
    return content
