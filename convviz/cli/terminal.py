"""Writing to a terminal: missing characters, closed pipes, Ctrl-C, and errors as one line."""

import codecs
import contextlib
import os
import re
import signal
import sys
import threading
import unicodedata

__all__ = ["attempt", "coloured", "folded", "interrupts", "prepare_output", "reason", "say", "with_options"]

#: Width of a paragraph.
PAGE = 79
#: Most letters of a word in an error.
LONGEST = 300
#: The options of settings that are called otherwise on the command line.
OPTIONS = {
    "dilation_rate": "--dilation",
    "ceil_mode": "--ceil",
    "flip_kernel": "--flip",
    "gradient": "--backward",
    "pool": "--pool-size",
}
#: Where an error of the library names a setting: names that are no words, and other names where they are no words there.
SETTINGS = re.compile(
    r"\b(?:dilation_rate|pool_size|output_padding|padding_mode|count_include_pad|ceil_mode|flip_kernel)\b"
    r"|^(?:strides|padding|groups|bias|decimals|gradient|size)(?= (?:\([\w ]+\) )?(?:is|has) )"
    r"|(?<=leave out )groups\b|(?<=; )padding(?= must)|(?<=use a smaller )pool(?=,)|(?<=\bor )groups(?==)|(?<=; )groups(?==)"
)
#: What stands for a character that the terminal cannot write.
INSTEAD = {
    "×": "x",
    "·": "*",
    "−": "-",
    "–": "-",
    "—": "-",
    "⌊": "[",
    "⌋": "]",
    "⌈": "[",
    "⌉": "]",
    "≈": "~",
    "→": ">",
    "…": ".",
    "│": "|",
    "┃": "|",
    "─": "-",
    "━": "-",
    "“": '"',
    "”": '"',
}


@contextlib.contextmanager
def interrupts():
    """A list that is no longer empty once Ctrl-C was pressed.

    Compiled code of other packages may turn the exception into an error of its own: matplotlib says "Invalid bounding
    box" where it is interrupted while it reads one.
    """
    pressed = []

    def note(*about):
        pressed.append(True)
        raise KeyboardInterrupt

    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or threading.current_thread() is not threading.main_thread():
        yield pressed
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def prepare_output():
    """Replace characters that the encoding of the terminal lacks, instead of failing at the first ×."""
    codecs.register_error("convviz", look_alike)
    # streams that are closed (>&-) do not exist
    sys.stdout, sys.stderr = sys.stdout or open(os.devnull, "w"), sys.stderr or open(os.devnull, "w")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="convviz")


def look_alike(error):
    """A codec's error handler: a similar plain character for each, or a question mark."""
    return "".join(INSTEAD.get(letter, "?") for letter in error.object[error.start : error.end]), error.end


def say(text=""):
    """Print a line."""
    attempt(print, text)


def folded(text):
    """A paragraph as lines that fit on the page; wide letters count twice."""
    lines, widths = [], []
    for word in text.split(" "):
        width = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in word)
        if lines and widths[-1] + 1 + width <= PAGE:
            lines[-1] += f" {word}"
            widths[-1] += 1 + width
        else:
            lines.append(f"  {word}" if lines else word)
            widths.append(width + 2 if widths else width)
    return "\n".join(lines)


def attempt(action, *arguments):
    """Write to stdout. When its reader has left, the rest goes nowhere; files asked for are still written."""
    try:
        action(*arguments)
    except BrokenPipeError:
        silence()
    except OSError:
        silence()
        raise


def silence():
    """Send the rest of stdout nowhere, so that Python does not fail on it when it leaves."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def reason(error):
    """An error as one line."""
    if isinstance(error, MemoryError):
        words = f"not enough memory; give a smaller image{f' ({error})' if str(error) else ''}"
    elif isinstance(error, OSError) and error.strerror:
        words = error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    else:
        words = str(error) or type(error).__name__
    return " ".join(shortened(word) for word in words.split())


def with_options(text):
    """An error of the library with the options of the command line in place of the names of settings.

    Examples
    --------
    >>> with_options("dilation_rate (rows) is 0; expected a whole number of at least 1")
    '--dilation (rows) is 0; expected a whole number of at least 1'
    """
    found = SETTINGS.sub(lambda name: OPTIONS.get(name[0], f"--{name[0].replace('_', '-')}"), text)
    return re.sub(r"(--[\w-]+)=", r"\1 ", found)


def shortened(word):
    """A word as it is, or its beginning and end where it is longer than any path."""
    return word if len(word) <= LONGEST else f"{word[:60]}…{word[-20:]}"


def coloured():
    """Whether stdout is a terminal that wants colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
