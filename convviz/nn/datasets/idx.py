"""The IDX files of MNIST and its kin: a header of big-endian numbers, then the pixels or labels as bytes.

Format: two zero bytes, one for the type (8 is unsigned byte), one for the number of axes, then the length of each axis
as four bytes (Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", section "File formats").
"""

import gzip
import math
import os
import zlib

import numpy as np

from convviz.nn.datasets.packed import is_packed, unpacked

__all__ = ["read", "read_pair"]

TYPES = {0x08: "uint8", 0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}

#: Deflate, the method of gzip, makes data at most about this many times shorter.
SHORTEST = 1032


def read(path, axes):
    """An IDX file of bytes, packed with gzip or plain (which one, its content says, not its name).

    Parameters
    ----------
    path : str or os.PathLike
    axes : int
        How many axes are expected: 3 for images, 1 for labels.

    Returns
    -------
    numpy.ndarray of uint8
        Writable and C-ordered.

    Raises
    ------
    ValueError
        For a file that is no IDX file of unsigned bytes with this many axes, that is empty, broken, shorter or longer
        than its header says. The message begins with the file's name.
    OSError
        If the file cannot be opened.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "labels"
    >>> _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]))
    >>> read(path, 1)
    array([7, 2, 1], dtype=uint8)
    >>> _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2]))
    >>> read(path, 1)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: .../labels is cut short: its header (3) promises 3 bytes, but 2 follow; get the file anew
    """
    longest = os.path.getsize(path) * (SHORTEST if is_packed(path) else 1)
    try:
        with unpacked(path) as file:
            return read_body(file, read_header(file, axes), longest)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged: {str(error).rstrip('.')}; get the file anew") from None
    except ValueError as error:
        raise ValueError(f"{path} {error}; get the file anew") from None


def read_header(file, axes):
    """The lengths of the axes."""
    begin = file.read(4)
    if not begin:
        raise ValueError("is empty (0 bytes)")
    if len(begin) < 4 or begin[:2] != b"\0\0" or begin[2] not in TYPES:
        page = "; this looks like a web page" if begin.lstrip().startswith(b"<") else ""
        raise ValueError(f"is no IDX file: it begins with the bytes {begin.hex(' ')}{page}")
    if TYPES[begin[2]] != "uint8":
        raise ValueError(f"holds {TYPES[begin[2]]}; expected uint8")
    if begin[3] != axes:
        raise ValueError(f"has {begin[3]} axes; expected {axes} ({'images' if axes == 3 else 'labels'})")
    lengths = file.read(4 * axes)
    if len(lengths) < 4 * axes:
        raise ValueError(f"is cut short: it ends after {4 + len(lengths)} bytes, within the header")
    return tuple(int(length) for length in np.frombuffer(lengths, ">u4"))


def read_body(file, shape, longest):
    """The bytes after the header, exactly as many as it promises."""
    size, header = math.prod(shape), ", ".join(map(str, shape))
    if size == 0:
        raise ValueError(f"is empty: its header says ({header})")
    # a wrong header must not ask for more memory than the file can fill
    body = np.empty(min(size, longest), np.uint8)
    filled = 0
    while filled < body.size and (count := file.readinto(memoryview(body)[filled:])):
        filled += count
    if filled < size:
        raise ValueError(f"is cut short: its header ({header}) promises {size:,} bytes, but {filled:,} follow")
    if file.read(1):
        raise ValueError(f"is too long: its header ({header}) promises {size:,} bytes, but more follow")
    return body.reshape(shape)


def read_pair(images, labels, size, classes):
    """Images and their labels from two IDX files, checked to belong together.

    Parameters
    ----------
    images, labels : str or os.PathLike
    size : tuple of two ints
        Height and width that the images must have.
    classes : int
        Labels must be below it.

    Returns
    -------
    x : numpy.ndarray of uint8, (n, height, width)
    y : numpy.ndarray of uint8, (n,)

    Raises
    ------
    ValueError, OSError
        As `read` does; ValueError also for images of another size, for a label that is too large, and when there are
        not as many images as labels.
    """
    x, y = read(images, 3), read(labels, 1)
    if x.shape[1:] != tuple(size):
        raise ValueError(f"{images} holds images of {x.shape[1]}×{x.shape[2]} pixels; expected {size[0]}×{size[1]}")
    if len(x) != len(y):
        raise ValueError(
            f"{images} holds {len(x):,} images, but {labels} {len(y):,} labels; these files do not belong together"
        )
    if y.max() >= classes:
        place = int(np.argmax(y >= classes))
        raise ValueError(f"{labels} is damaged: label {place:,} is {y[place]}; expected 0 to {classes - 1}")
    return x, y
