"""What the compiled code of kernels depends on besides the function that is compiled: its key in the caches on disk.

Numba keys its cache by the file that a function stands in. A change in a function that is compiled into another, or in a
named tuple that is handed to it, would leave what was compiled before as it was. Here everything is keyed by all sources.
"""

import functools
import hashlib
from pathlib import Path

import llvmlite
import numba
import numpy as np

__all__ = ["FOLDER", "digest_of", "sources_hash", "versions"]

#: The folder of the kernels.
FOLDER = Path(__file__).parent
#: Which of its folders hold what a device compiles, besides the files of the folder itself.
PARTS = {"cpu": ("scalar", "cpu"), "cuda": ("scalar", "cpu", "cuda")}


def versions():
    """What makes machine code of sources, to the version."""
    return numba.__version__, llvmlite.__version__, np.__version__


def digest_of(folder, device):
    """The hash of all that a device compiles.

    Parameters
    ----------
    folder : Path
        Of the kernels, or of a copy.
    device : {"cpu", "cuda"}

    Returns
    -------
    str
    """
    digest = hashlib.sha256(repr(versions()).encode())
    files = [*folder.glob("*.py"), *(path for part in PARTS[device] for path in (folder / part).rglob("*.py"))]
    for path in sorted(files):
        # with its name, so that what moves from one file to the next is a change
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@functools.cache
def sources_hash(device):
    """`digest_of` the kernels that this process runs, for "cpu" or "cuda"; read once."""
    return digest_of(FOLDER, device)
