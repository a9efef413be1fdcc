"""Files that are whole or absent: what is written half never stands under the final name."""

import contextlib
import errno
import os
import secrets
import shutil
import stat
from pathlib import Path

from convviz._support.termination import undone

__all__ = ["atomic_file", "write_text"]


@contextlib.contextmanager
def atomic_file(path):
    """Write a file under another name and give it its own when it is complete.

    Parameters
    ----------
    path : str or os.PathLike
        Where the file is to stand in the end. A symbolic link keeps pointing to its target, which is replaced.

    Yields
    ------
    pathlib.Path
        An empty file in the same folder, with the same ending, to be written by the body of the ``with`` statement and
        closed by its end. It then replaces `path`. When the body raises anything, `KeyboardInterrupt` too, it is
        removed and what stood at `path` stays as it was; so too when SIGTERM or SIGHUP end the process.

    Raises
    ------
    FileNotFoundError
        When the folder does not exist.
    NotADirectoryError
        When a file stands where the folder should be.
    IsADirectoryError
        When `path` is itself a folder.
    PermissionError
        When the folder, or the file that is to be replaced, may not be written.
    FileExistsError
        When `path` is a device or a pipe, which cannot be replaced.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> with atomic_file(folder / "words.txt") as temporary:
    ...     _ = temporary.write_text("complete")
    ...     (folder / "words.txt").exists()
    False
    >>> (folder / "words.txt").read_text()
    'complete'
    """
    final = Path(os.path.realpath(path))
    _check(final)
    temporary = final.with_name(f".{secrets.token_hex(6)}{final.suffix}")
    with undone(lambda: temporary.unlink(missing_ok=True)):
        try:
            _create(temporary, final)
            yield temporary
            os.replace(temporary, final)
        except BaseException as error:
            temporary.unlink(missing_ok=True)
            error.add_note(f"{final} was not written; what stood there before is unchanged.")
            raise


def _create(temporary, final):
    """Make the empty file with the permissions that an ordinary new file, or the one to be replaced, has."""
    try:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    except PermissionError as error:
        raise _unwritable(final.parent) from error
    if final.exists():
        shutil.copymode(final, temporary)


def _unwritable(folder):
    words = "this folder may not be written; choose another one or change its permissions"
    return PermissionError(errno.EACCES, words, str(folder))


def _check(final):
    """Raise the error that a later step would raise, before any work is done and in words that help."""
    folder = final.parent
    if not folder.exists():
        words = f"there is no folder to write {final.name!r} in; make it first, for example with os.makedirs"
        raise FileNotFoundError(errno.ENOENT, words, str(folder))
    if not folder.is_dir():
        words = f"this is a file, so {final.name!r} cannot be written in it; choose a folder"
        raise NotADirectoryError(errno.ENOTDIR, words, str(folder))
    if final.is_dir():
        raise IsADirectoryError(errno.EISDIR, "this is a folder; add the name of a file", str(final))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unwritable(folder)
    if final.exists():
        if not stat.S_ISREG(final.stat().st_mode):
            raise FileExistsError(errno.EEXIST, "this is not an ordinary file; choose another name", str(final))
        if not os.access(final, os.W_OK):
            words = "this file is protected against writing; choose another name or change its permissions"
            raise PermissionError(errno.EACCES, words, str(final))


def write_text(path, text):
    """Write a text as a file in UTF-8 that is whole or absent."""
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
