"""Files that may be packed with gzip."""

import contextlib
import gzip

__all__ = ["is_packed", "unpacked"]

MAGIC = b"\x1f\x8b"


def is_packed(path):
    """Whether a file is packed with gzip: its first bytes say so, for names are kept by browsers that unpack."""
    with open(path, "rb") as file:
        return file.read(len(MAGIC)) == MAGIC


@contextlib.contextmanager
def unpacked(path):
    """A file opened for reading what was packed, or what it holds as it is.

    Whoever reads to the end has the checksum verified that gzip put there; reading raises what `gzip` raises.
    """
    with gzip.open(path) if is_packed(path) else open(path, "rb") as file:
        yield file
