"""Files of models: a ``.npz`` archive of arrays and a JSON text, each with a checksum, and no code.

``numpy.load(path)`` reads the arrays, any program for ZIP files the text, ``model.json``. It names all arrays with their
SHA-256; the text itself has the archive's CRC-32.
"""

import hashlib
import io
import json
import math
import os
import tokenize
import zipfile
from pathlib import Path
from urllib.parse import quote

import numpy as np

from convviz import __version__
from convviz._support.files import atomic_file
from convviz._support.values import brief

__all__ = ["Unreadable", "checked_path", "key", "read", "write"]

FORMAT = "convviz.nn"
#: Goes up when older versions of convviz could not read what is written.
VERSION = 1
TEXT = "model.json"
#: The date of every part, so that the same model makes the same bytes.
DATE_TIME = (1980, 1, 1, 0, 0, 0)
ENCRYPTED = 1
#: What Python raises for archives whose bytes make no sense.
DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    tokenize.TokenError,
)


class Unreadable(ValueError):
    """A file that is not, or no longer, what `write` made; says the path and what is wrong."""

    def __init__(self, path, reason):
        super().__init__(os.fspath(path), reason)

    def __str__(self):
        return "cannot load {!r}: {}".format(*self.args)


def checked_path(path):
    """A path that ends in .npz, or an error.

    Raises
    ------
    TypeError, ValueError
        If it is not a path, or has another ending.
    """
    path = named(path)
    if path.suffix.lower() != ".npz":
        hint = ""
        if path.suffix.lower() in (".h5", ".keras"):
            hint = "; convviz.nn.exchange.save_keras_weights writes files for Keras"
        raise ValueError(f"a model is saved in a file that ends in .npz; {str(path)!r} does not{hint}")
    return path


def named(path):
    """A path, or a TypeError for what is none."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path is the name of a file, such as 'net.npz', not {brief(path)}")
    return Path(path)


def key(*names):
    """The name of an array in a file, from names that may hold any character.

    Examples
    --------
    >>> key("weights", "conv2d/left", "kernel")
    'weights/conv2d%2Fleft/kernel'
    """
    return "/".join(quote(name, safe="") for name in names)


def write(path, description, arrays):
    """Write a file, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
    description : dict
        Of what JSON knows, and NumPy's numbers.
    arrays : dict of ndarray
        float32 or float64, by names that `key` made.
    """
    parts = {name: encoded(array) for name, array in arrays.items()}
    sums = {name: hashlib.sha256(part).hexdigest() for name, part in parts.items()}
    head = {"format": FORMAT, "version": VERSION, "convviz": __version__}
    text = json.dumps(head | description | {"arrays": sums}, indent=1, allow_nan=False, default=number)
    with atomic_file(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        archive.writestr(zipfile.ZipInfo(TEXT, DATE_TIME), text)
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", DATE_TIME), part)


def encoded(array):
    """An array in NumPy's format, little-endian and C-ordered."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.ascontiguousarray(array, array.dtype.newbyteorder("<")), (1, 0), allow_pickle=False)
    return stream.getvalue()


def number(value):
    """A number of NumPy as one that JSON knows."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"{value!r} cannot be written to a file")


def read(path):
    """The description and the arrays of a file, after their checksums.

    Raises
    ------
    TypeError
        If the path is none.
    OSError
        If there is no such file, or it may not be read.
    Unreadable
        If it is not a file of this format, of a newer version, or damaged.
    """
    content = named(path).read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            require_ours(path, archive)
            description = described(path, archive)
            return description, decoded(path, archive, description["arrays"])
    except Unreadable:
        raise
    except DAMAGE as error:
        reason = foreign(content) or f"it is damaged or not complete ({error})"
        raise Unreadable(path, reason) from None


def foreign(content):
    """What a file that is no archive is, in words; "" where its beginning is that of one."""
    if not content:
        return "it is empty"
    if content.startswith(b"\x89HDF"):
        return "it is an HDF5 file; weights of Keras are read by convviz.nn.exchange.load_keras_weights"
    return "" if content.startswith(b"PK") else "it is not a .npz file"


def require_ours(path, archive):
    """Raise Unreadable for archives that others wrote."""
    names = archive.namelist()
    if TEXT in names:
        return
    reason = f"it has no {TEXT}, so it is not a model that convviz saved"
    if "config.json" in names:
        reason = "it is a model of Keras; build it here and read the weights with convviz.nn.exchange.load_keras_weights"
    elif any(name.endswith("data.pkl") for name in names):
        reason = "it is a file of PyTorch; load it there and give its state_dict to convviz.nn.exchange.from_torch"
    raise Unreadable(path, reason)


def described(path, archive):
    """The description, if this version of convviz knows its format."""
    text = json.loads(part(path, archive, TEXT))
    if not isinstance(text, dict) or text.get("format") != FORMAT:
        raise Unreadable(path, f"its {TEXT} does not describe a model of convviz")
    version = text.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise Unreadable(path, f"its version is {version!r}")
    if version > VERSION:
        raise Unreadable(
            path,
            f"convviz {text.get('convviz')} wrote it in format {version}; this is convviz {__version__}, which knows "
            f"formats up to {VERSION}. Install that version or a newer one: pip install --upgrade convviz",
        )
    if not isinstance(text.get("arrays"), dict):
        raise Unreadable(path, f"its {TEXT} names no arrays")
    return text


def part(path, archive, name):
    """The bytes of a part of the archive, whose CRC-32 is checked."""
    info = archive.getinfo(name)
    # what is not compressed cannot be larger than the file
    if info.flag_bits & ENCRYPTED or info.compress_type != zipfile.ZIP_STORED:
        raise Unreadable(path, f"{name} in it is compressed or encrypted; convviz writes plain archives")
    return archive.read(name)


def decoded(path, archive, sums):
    """All arrays by name."""
    held = {name.removesuffix(".npy") for name in archive.namelist() if name != TEXT}
    if missing := sorted(sums.keys() - held):
        raise Unreadable(path, f"the array {missing[0]!r} is missing in it")
    if unknown := sorted(held - sums.keys()):
        raise Unreadable(path, f"it holds {unknown[0]!r}, which its {TEXT} does not name")
    arrays = {}
    for name, expected in sums.items():
        data = part(path, archive, f"{name}.npy")
        if hashlib.sha256(data).hexdigest() != expected:
            raise Unreadable(path, f"the array {name!r} is damaged: its SHA-256 is not that of {TEXT}")
        arrays[name] = array_of(path, name, data)
    return arrays


def array_of(path, name, data):
    """The array that bytes in NumPy's format are; floating-point numbers only."""
    stream = io.BytesIO(data)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise Unreadable(path, f"the array {name!r} is in a version of NumPy's format that is not read")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    if fortran or dtype.str not in ("<f4", "<f8"):
        raise Unreadable(path, f"the array {name!r} is of dtype {dtype}; weights are C-ordered float32 or float64")
    numbers = data[stream.tell() :]
    if math.prod(shape) * dtype.itemsize != len(numbers):
        raise Unreadable(path, f"the array {name!r} has {len(numbers):,} bytes, which do not make the shape {shape}")
    return np.frombuffer(numbers, dtype).reshape(shape).astype(dtype.newbyteorder("="))
