"""The options of each kind of file, and checks of the requested files before any work is done."""

import tempfile
from pathlib import Path

from convviz.inputs import Usage

__all__ = ["check_files", "check_look", "options_of", "writable_folder"]

#: Which endings have an option; all have the others.
TIMED = (".gif", ".webp", ".apng", ".mp4")
STILL = (".pdf", ".png", ".svg")
PIXELS = (*TIMED, ".png")
CLEAR = (".gif", ".webp", ".apng", *STILL)
ONLY_FOR = {"size": TIMED + STILL, "dpi": PIXELS, "transparent": CLEAR, "seconds": TIMED, "motion": (*TIMED, ".pdf", ".pptx")}


def check_files(arguments):
    """Raise an error for a file that has no writer, or an option that no file has."""
    from convviz.render import ENDINGS

    endings = [Path(name).suffix.lower() for name in arguments.out]
    for name, ending in zip(arguments.out, endings, strict=True):
        if ending not in ENDINGS:
            raise Usage(f"--out {name}: expected the ending {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")
        if not Path(name).parent.is_dir():
            raise Usage(f"--out {name}: {Path(name).parent}: there is no folder to write {Path(name).name!r} in")
    if arguments.style == "volume":
        for option in ("motion", "colour_by"):
            if getattr(arguments, option):
                raise Usage(f"--{option.replace('_', '-')} is for --style grid")
    check_look(arguments, endings, "--out with the ending")


def check_look(arguments, endings, how):
    """Raise an error for an option that none of the files has, or a size that is too large."""
    from convviz.render.options import LONGEST
    from convviz.render.sizes import DPI, checked_size

    if arguments.seconds is not None and arguments.seconds > LONGEST:
        raise Usage(f"--seconds is {arguments.seconds:g}; expected more than 0 and at most {LONGEST} seconds")
    for ending in endings:
        if arguments.size is not None and "size" in options_of(ending):
            checked_size(arguments.size, arguments.dpi if arguments.dpi and "dpi" in options_of(ending) else DPI)
    for option, fitting in ONLY_FOR.items():
        if getattr(arguments, option) is not None and not set(endings) & set(fitting):
            raise Usage(f"--{option} is for files: {how} {', '.join(fitting[:-1])} or {fitting[-1]}")


def options_of(ending):
    """The options, of those that only some files have, that a file with this ending has."""
    return [option for option, endings in ONLY_FOR.items() if ending in endings]


def writable_folder(name):
    """A folder in which files can be written; it is made if needed."""
    folder = Path(name)
    if folder.exists() and not folder.is_dir():
        raise Usage(f"{name} is a file; give the name of a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise Usage(f"{name}: no files can be written there ({error.strerror}); choose another folder") from None
