"""The command gallery: all animations, written by several processes at once."""

import contextlib

from convviz._support import processes
from convviz._support.suggestions import nearest
from convviz._support.values import brief
from convviz.cli.converters import given
from convviz.cli.file_options import check_look, options_of, writable_folder
from convviz.cli.output import weight
from convviz.cli.terminal import reason, say
from convviz.cli.texts import TEXTS
from convviz.inputs import Usage, complain
from convviz.inputs.sources import LIST

__all__ = ["write_gallery"]

#: Each job is a process of some 100 MB.
MOST_JOBS = 64
#: What must be installed for a format: the module, the package that has it, and the extra of convviz.
PACKAGES = {".mp4": ("imageio_ffmpeg", "imageio-ffmpeg", "video"), ".pptx": ("pptx", "python-pptx", "slides")}


def write_gallery(arguments):
    """Write the gallery; exit status 1 if some of it failed."""
    endings = formats(arguments)
    files = [(name, each) for name in animations(arguments.only) for each in endings]
    jobs = processes.cores() if arguments.jobs is None else number_of_jobs(arguments.jobs)
    folder = writable_folder(arguments.out)
    sizes, failures = write_all(folder, files, jobs, endings, arguments)
    if sizes and not arguments.quiet:
        text = TEXTS[arguments.lang]["written" if len(sizes) > 1 else "written_one"]
        say(text.format(len(sizes), folder, weight(sum(sizes))))
    for failure in sorted(failures):
        complain(failure)
    return 1 if failures else 0


def write_all(folder, files, jobs, endings, arguments):
    """Write the files under a progress bar: the sizes of those that were written, and a line for each that failed."""
    from tqdm import tqdm

    from convviz.examples import gallery

    look = {each: given(arguments, "theme", *options_of(each)) for each in endings}
    sizes, failures = [], []
    bar = tqdm(total=len(files), unit="file", leave=False, disable=True if arguments.quiet else None)
    with bar, contextlib.closing(gallery.write(folder, files, jobs, arguments.lang, look)) as written:
        for name, count, error in written:
            bar.update()
            if error is None:
                sizes.append(count)
            else:
                failures.append(failure_of(name, error))
    return sizes, failures


def failure_of(name, error):
    """The line for a file that could not be written."""
    known = isinstance(error, (ValueError, TypeError, OSError, ImportError, MemoryError, RuntimeError))
    text = reason(error) if known else f"{type(error).__name__}: {reason(error)}"
    return text if name in text else f"{name}: {text}"


def animations(only):
    """Names of the animations that are asked for, each once; None asks for all."""
    from convviz import examples
    from convviz.examples import gallery

    known = gallery.names()
    for name in only or ():
        if name in examples.names("calculation"):
            raise Usage(f"--only {name}: that is a calculation, which has no steps to show")
        if name not in known:
            raise Usage(f"--only {name}: no animation is called that; {nearest(name, known, LIST)}")
    return known if only is None else [name for name in known if name in only]


def formats(arguments):
    """The endings that are asked for, each once; an error if a package that one needs is not installed."""
    from importlib.util import find_spec

    endings = list(dict.fromkeys(arguments.formats or [".gif"]))
    check_look(arguments, endings, "--formats with")
    for each in endings:
        module, package, extra = PACKAGES.get(each, ("sys", "", ""))
        if find_spec(module) is None:
            raise Usage(f"to write {each}, install {package}, which is the extra [{extra}] of convviz: pip install {package}")
    return endings


def number_of_jobs(value):
    """The value of --jobs, or an error if it is none."""
    if value < 1:
        raise Usage(f"--jobs is {brief(value)}; expected a whole number of at least 1")
    most = max(MOST_JOBS, processes.cores())
    if value > most:
        raise Usage(f"--jobs is {brief(value)}; expected a whole number of at most {most}")
    return value
