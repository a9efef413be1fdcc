"""Where the files of a data set are looked for, and the error if they are not found."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from convviz.nn.datasets.download import NotFetched, fetch

__all__ = ["Absent", "Source", "obtain"]


class Absent(Exception):
    """A place does not hold the files; the text says why."""


@dataclass(frozen=True)
class Source:
    """A data set, and where it is found.

    title : its name in errors.
    module : its name in convviz.nn.datasets.
    folder : its folder within CONVVIZ_DATA and the cache.
    keras : its places within Keras's folder of data sets.
    torchvision : its places within torchvision's usual root, ./data.
    files : what is downloaded, each a `download.Remote`.
    """

    title: str
    module: str
    folder: str
    keras: tuple
    torchvision: tuple
    files: tuple


def obtain(source, path, find):
    """The files of a data set: from the folder given, from the usual places, or downloaded.

    Parameters
    ----------
    source : Source
    path : str, os.PathLike or None
        Where to look; then nowhere else, and nothing is downloaded.
    find : callable
        Takes a place (a `pathlib.Path`) and returns what the caller reads, or raises `Absent`.

    Raises
    ------
    FileNotFoundError
        If they are not found; the message says which files are wanted, where they were looked for, which addresses were
        tried, and what to do.
    OSError
        If the folder for downloads cannot be created or written.
    """
    looked = []
    for place in places(source, path):
        try:
            return find(place)
        except Absent as absent:
            looked.append(f"{place}: {absent}")
    if path is not None:
        raise FileNotFoundError(report(source, looked, []))
    folder = cache(source)
    try:
        download(source, folder)
    except NotFetched as error:
        raise FileNotFoundError(report(source, looked, error.args)) from None
    return find(folder)


def places(source, path):
    """The folders to look in, in order, none twice."""
    if path is not None:
        given = absolute(checked(path))
        inner = () if given.is_file() else (source.folder, *source.torchvision)
        return unique([given, *(given / name for name in inner)])
    found = []
    if own := os.environ.get("CONVVIZ_DATA"):
        found += [absolute(own) / name for name in (source.folder, *source.torchvision, "")]
    keras = absolute(os.environ.get("KERAS_HOME") or "~/.keras") / "datasets"
    found += [keras / name for name in source.keras]
    found += [absolute("data") / name for name in source.torchvision]
    return unique([*found, cache(source)])


def checked(path):
    """A path, or an error for anything else."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path is {path!r} ({type(path).__name__}); expected the name of a folder")
    if not os.fspath(path):
        raise ValueError("path is empty; give the name of a folder, or nothing to look in the usual places")
    return path


def absolute(path):
    """A full path, so that an error names it in full."""
    return Path(os.path.abspath(os.path.expanduser(path)))


def unique(paths):
    """Paths without repetitions, in order."""
    return list(dict.fromkeys(paths))


def cache(source):
    """The folder for downloads."""
    if own := os.environ.get("CONVVIZ_DATA"):
        return absolute(own) / source.folder
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return absolute(base) / "convviz" / source.folder


def download(source, folder):
    """Fetch what a folder lacks."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        words = f"{error.strerror}: no folder for {source.title}; set CONVVIZ_DATA to one that may be written"
        raise type(error)(error.errno, words, str(folder)) from None
    for remote in source.files:
        if not (folder / remote.name).exists():
            fetch(remote, folder)


def report(source, looked, tried):
    """The text of the error if the files are not found."""
    names = ", ".join(remote.name for remote in source.files)
    lines = [f"the files of {source.title} were not found.", f"Wanted: {names}", "Looked in:", *indented(looked)]
    if tried:
        lines += ["Tried to download:", *indented(tried)]
    get = "" if tried else ", or call load_data() without a path to have them downloaded"
    return "\n".join(
        [
            *lines,
            f"What to do: put these files into one folder and call {source.module}.load_data(folder), or set the "
            f"environment variable CONVVIZ_DATA to it{get}.",
            f"They are offered at {source.files[0].addresses[0].rpartition('/')[0]}/",
            "With no files at all, datasets.shapes(2000) gives images to train on.",
        ]
    )


def indented(lines):
    """Lines that are indented under another."""
    return [f"  {line}" for line in lines]
