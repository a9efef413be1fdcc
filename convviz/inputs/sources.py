"""INPUT, KERNEL and ANSWER of the command line as arrays: files of numbers, pictures, standard input, numbers as text, names.

What cannot be read raises `Usage`, whose text is the one line of error that the user sees. What is left out of a file is said
in one line on stderr.
"""

import codecs
import io
import re
import sys
from pathlib import Path

from convviz._support.suggestions import nearest
from convviz._support.values import brief
from convviz.inputs.errors import Usage, complain
from convviz.inputs.numbers import plain
from convviz.inputs.pictures import EXPECTED, decoded
from convviz.inputs.tables import read_table

__all__ = ["LIST", "STDIN", "read", "read_answer", "require_one_stdin"]

TABLES = (".csv", ".tsv")
TEXTS = (*TABLES, ".txt")
PICTURES = (".apng", ".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
#: Endings of files that are not read, and what to do.
SPREADSHEET = "is a file of a spreadsheet program; save the sheet there as CSV (UTF-8) and give that file"
OBJECTS = "holds Python objects, which could run any program; save the numbers with numpy.save"
REFUSED = {
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers"), SPREADSHEET),
    **dict.fromkeys((".pkl", ".pickle", ".pt", ".pth"), OBJECTS),
    ".npz": "holds several arrays; save the one that is meant with numpy.save as .npy",
    ".json": "holds JSON; write the numbers in rows, as CSV",
    ".mat": "is a file of MATLAB; write the matrix there with writematrix(M, 'matrix.csv')",
    ".svg": "is a drawing; save it as PNG",
    ".pdf": "is a document; save the picture in it as PNG, or the table as CSV",
}
#: Where such a file is not there, its name is not a name of something else or a number either.
READABLE = (*TEXTS, *PICTURES, *REFUSED, ".npy")
STDIN = "-"
LIST = "convviz list"
ANSWER_EXPECTED = "give a .csv or .npy file, or numbers such as '18 20 / 16 18'"

#: Words for a cell of an answer that was not filled in.
BLANKS = ("", "_", "?", "nan", "NaN")
NUMPY, ZIP = b"\x93NUMPY", b"PK\x03\x04"
BYTE_ORDER_MARKS = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32", codecs.BOM_UTF8: "utf-8-sig"} | {
    mark: "utf-16" for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
}


def read(text, what, colour=False, frame=None):
    """INPUT or KERNEL as an array.

    Parameters
    ----------
    text : str
        A file's name, "-" for standard input, numbers, or the name of a kernel or an example.
    what : {"INPUT", "KERNEL", "--backward"}
    colour : bool
        Keep the channels of a colour image.
    frame : int, optional
        Which frame of an animation, or page, counting from 1.
    """
    text = text.strip()
    if not text:
        raise Usage(f"{what} is empty; {EXPECTED}")
    content, name, ending = content_of(text, what, EXPECTED)
    if content is not None and is_picture(content, ending):
        picture, notes = decoded(content, name, colour, frame)
        say_notes(name, notes)
        return picture
    if frame is not None:
        raise Usage(f"--frame is for pictures, but {what} is {brief(name)}")
    if content is not None:
        return array_of(numbers_in(content, name, ending, ()), name)
    if re.match(r"[\[({]*[+-]?[.,']?\d|[+-]?(?:inf|∞|nan)(?![^\W\d])", plain(text), re.IGNORECASE):
        return array_of(numbers_of(text, what, False, ()), what)
    return read_named(text, what, colour)


def read_answer(text):
    """An answer as nested lists of numbers, None for blank cells: nothing, _ or ? in a file or in the text.

    Parameters
    ----------
    text : str
        A file's name, "-" for standard input, or numbers such as ``18 _ 19 / 16 18 21``.
    """
    text = text.strip()
    if not text:
        raise Usage(f"ANSWER is empty; {ANSWER_EXPECTED}")
    content, name, ending = content_of(text, "ANSWER", ANSWER_EXPECTED)
    if content is None:
        return numbers_of(text, "ANSWER", False, BLANKS)
    if is_picture(content, ending):
        raise Usage(f"{name} is not a table of numbers; {ANSWER_EXPECTED}")
    return numbers_in(content, name, ending, BLANKS)


def require_one_stdin(**given):
    """Raise Usage if "-" is given for several arguments, since standard input can be read once."""
    names = [name for name, text in given.items() if text is not None and text.strip() == STDIN]
    if len(names) > 1:
        raise Usage(
            f"{' and '.join(names)} are -, but standard input holds one of them; give the other as a file or as numbers"
        )


def content_of(text, what, expected):
    """The bytes of a file or of standard input, what it is called, and its ending; None for bytes if it is neither."""
    if text == STDIN:
        if sys.stdin is None:
            raise Usage("standard input is closed; give a file, or numbers")
        return sys.stdin.buffer.read(), "standard input", ""
    path = Path(text)
    ending = path.suffix.lower()
    if not exists(path):
        if ending in READABLE:
            raise Usage(f"{what}: there is no file {brief(text)}; {expected}")
        return None, text, ""
    if path.is_dir():
        raise Usage(f"{path} is a folder; {expected}")
    if ending in REFUSED:
        raise Usage(f"{path} {REFUSED[ending]}")
    return path.read_bytes(), str(path), ending


def exists(path):
    """Whether a path exists; False for a text that cannot be the name of a file, such as a long row of numbers."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def is_picture(content, ending):
    """Whether a file is read as a picture: by its ending, or if it has none that is known, by its bytes."""
    if ending in (*TEXTS, ".npy"):
        return False
    if ending in PICTURES:
        return True
    if content.startswith((NUMPY, ZIP)) or not content:
        return bool(ending and not content)
    try:
        return content.startswith((b"GIF8", b"BM")) or "\0" in text_in(content, "")
    except Usage:
        return True


def numbers_in(content, name, ending, blanks):
    """The numbers of a file's bytes."""
    if content.startswith(ZIP):
        raise Usage(f"{name} {SPREADSHEET}")
    if ending == ".npy" or content.startswith(NUMPY):
        return read_npy(content, name)
    return numbers_of(text_in(content, name), name, ending in TABLES, blanks)


def numbers_of(text, where, table, blanks):
    """The numbers of a text; what was left out is said."""
    values, notes = read_table(text, where, table, blanks)
    say_notes(where, notes)
    return values


def say_notes(name, notes):
    """A line on stderr for each thing that was lost."""
    for note in notes:
        complain(f"{name}{':' if note.startswith('the ') else ''} {note}")


def array_of(values, where):
    """Numbers as an array."""
    from convviz.arrays import read_numbers

    return read_numbers(values, where).array if isinstance(values, list) else values


def text_in(content, name):
    """Bytes as text: in UTF-8, or in UTF-16 or UTF-32 with a byte order mark."""
    encoding = next((encoding for mark, encoding in BYTE_ORDER_MARKS.items() if content.startswith(mark)), "utf-8")
    halves = [half.count(0) for half in (content[0::2], content[1::2])] if encoding == "utf-8" else [0]
    if 3 * max(halves) > len(content) > 3:
        raise Usage(f"{name} seems to be UTF-16 without a byte order mark; save it as CSV (UTF-8)")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise Usage(f"{name} is not text in {encoding.upper().removesuffix('-SIG')}; save it as CSV (UTF-8)") from None


def read_npy(content, name):
    """An array that numpy.save wrote."""
    import numpy as np

    if not content.startswith(NUMPY):
        raise Usage(f"{name} is not a .npy file; write it with numpy.save")
    try:
        return np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError) as error:
        if "Object arrays" in str(error):
            raise Usage(f"{name} holds Python objects (a pickle), which could run any program; save numbers instead") from None
        raise Usage(f"{name} cannot be read ({error}); write it again with numpy.save") from None


def read_named(name, what, colour):
    """An input or kernel by its name."""
    from convviz import examples

    if what == "INPUT" and name == "photograph":
        return examples.photograph(colour)
    if what == "KERNEL" and name in examples.kernels():
        return examples.kernel(name)
    fitting = names_for(what)
    if name in fitting:
        return examples.get(name).image if what == "INPUT" else examples.get(name).operation.kernel
    known = [*fitting, "photograph"] if what == "INPUT" else [*fitting, *examples.kernels()]
    shown = name if len(name) <= 60 else f"{name[:57]}..."
    raise Usage(f"{what} {shown!r} is no file, no numbers and no known name; {EXPECTED}; {nearest(name, known, LIST)}")


def names_for(what):
    """Names of the examples that have an image, or a kernel."""
    from convviz import examples

    kinds = ("convolution", "transposed", "pooling") if what == "INPUT" else ("convolution", "transposed")
    return [name for kind in kinds for name in examples.names(kind)]
