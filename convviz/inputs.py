"""Inputs that people type or upload, read as arrays: files of numbers, pictures, numbers as text, names.

What cannot be read raises `Usage`, whose text is the one line of error that the user sees.
"""

import csv
import io
import math
import re
import sys
from pathlib import Path

from convviz._support.suggestions import nearest

__all__ = ["Usage", "complain", "decoded", "number", "read", "read_answer", "split_words"]

#: Endings of files that hold numbers or pictures: where such a file is not there, it is not a name or a number either.
READABLE = (".bmp", ".csv", ".gif", ".jpeg", ".jpg", ".npy", ".npz", ".png", ".tif", ".tiff", ".tsv", ".txt", ".webp")
LIST = "convviz list"
EXPECTED = "give an image file, a .npy or .csv file, or numbers such as '1 2 3 / 4 5 6'"

#: What stands for a cell of an answer that was not filled in.
BLANKS = ("", "_", "?", "nan", "NaN")

WHOLE = re.compile(r"[+-]?\d+")
NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|∞|nan)", re.IGNORECASE)
#: What a Japanese keyboard, or a text copied from convviz, holds in place of plain signs.
PLAIN = str.maketrans("−－＋．，；／　", "--+.,;/ ")


class Usage(Exception):
    """An error in what the user typed; its text is one line."""


def complain(text):
    """One line on stderr."""
    print(f"convviz: {text}", file=sys.stderr)


def read(text, what, colour=False):
    """INPUT or KERNEL as an array.

    Parameters
    ----------
    text : str
        A file's name, numbers, or the name of a kernel or an example.
    what : {"INPUT", "KERNEL"}
    colour : bool
        Keep the channels of a colour image.
    """
    text = text.strip()
    if not text:
        raise Usage(f"{what} is empty; {EXPECTED}")
    path = Path(text)
    if exists(path):
        return read_file(path, colour)
    if path.suffix.lower() in READABLE:
        raise Usage(f"{what}: there is no file {text!r}; {EXPECTED}")
    if NUMBER.fullmatch(re.split(r"[\s,;/]", text.translate(PLAIN).strip(), maxsplit=1)[0]):
        return read_inline(text, what)
    return read_named(text, what, colour)


def exists(path):
    """Whether a path exists; False for a text that cannot be the name of a file, such as a long row of numbers."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def read_inline(text, what):
    """Rows of numbers from text; /, ; and line breaks end a row."""
    return grid(inline_rows(text), what)


def inline_rows(text):
    """Rows of words, each with its number."""
    rows = re.split(r"\s*[/;\n]\s*", text.translate(PLAIN).strip(" \t\n/;"))
    return [(place, split_words(row)) for place, row in enumerate(rows, 1)]


def split_words(row):
    """A row's numbers as words, separated by commas or blanks."""
    return re.split(r"\s*,\s*|\s+", row.strip())


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


def read_file(path, colour):
    """The numbers of a file."""
    if path.is_dir():
        raise Usage(f"{path} is a folder; {EXPECTED}")
    ending = path.suffix.lower()
    if ending == ".npz":
        raise Usage(f"{path} holds several arrays; save the one that is meant with numpy.save as .npy")
    if ending == ".npy":
        return read_npy(path)
    return read_csv(path) if ending in (".csv", ".tsv", ".txt") else read_image(path, colour)


def read_npy(path):
    """An array that numpy.save wrote."""
    import numpy as np

    with open(path, "rb") as file:
        if file.read(6) != b"\x93NUMPY":
            raise Usage(f"{path} is not a .npy file; write it with numpy.save")
        file.seek(0)
        try:
            return np.load(file, allow_pickle=False)
        except ValueError as error:
            if "Object arrays" in str(error):
                raise Usage(
                    f"{path} holds Python objects (a pickle), which could run any program; save numbers instead"
                ) from None
            raise Usage(f"{path} cannot be read ({error}); write it anew with numpy.save") from None


def read_csv(path):
    """Rows of numbers, separated by commas, semicolons, tabs or blanks."""
    return grid(table(path), str(path))


def table(path):
    """The lines of a text file that are not empty, each with its number and its words."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            lines = file.read().splitlines()
    except UnicodeDecodeError:
        raise Usage(f"{path} is not text in UTF-8; save it as CSV (UTF-8)") from None
    filled = [(place, line) for place, line in enumerate(lines, 1) if line.strip()]
    if not filled:
        raise Usage(f"{path} is empty; expected rows of numbers")
    separator = next((mark for mark in ";\t," if mark in filled[0][1]), None)
    return [(place, cells(line, separator)) for place, line in filled]


def read_answer(text):
    """An answer as nested lists of numbers, None for blank cells: nothing, _ or ? in a file or in the text.

    Parameters
    ----------
    text : str
        Name of a .csv, .tsv, .txt or .npy file, or numbers such as ``18 _ 19 / 16 18 21``.
    """
    text = text.strip()
    path = Path(text)
    if exists(path) and path.suffix.lower() == ".npy":
        return read_npy(path)
    if exists(path):
        if path.is_dir():
            raise Usage(f"{path} is a folder; give a .csv or .npy file with the answer")
        return numbers(table(path), str(path), BLANKS)
    if path.suffix.lower() in READABLE or not text:
        raise Usage(f"ANSWER: there is no file {text!r}; give a .csv or .npy file, or numbers such as '18 20 / 16 18'")
    return numbers(inline_rows(text), "ANSWER", BLANKS)


def cells(line, separator):
    """A line of a table as words."""
    return next(csv.reader([line], delimiter=separator)) if separator else line.split()


def grid(rows, where):
    """Rows of words as an array; errors name row and column, counting from 1."""
    from convviz.arrays import read_numbers

    return read_numbers(numbers(rows, where), where).array


def numbers(rows, where, blanks=()):
    """Rows of words as lists of numbers, all of one length; None for a word in `blanks`."""
    values = []
    for row, words in rows:
        values.append([])
        for column, word in enumerate(words, 1):
            word = word.translate(PLAIN).strip()
            try:
                values[-1].append(None if word in blanks else number(word))
            except Usage as error:
                raise Usage(f"{where}: row {row}, column {column} (counting from 1): {error}") from None
        if len(words) != len(rows[0][1]):
            raise Usage(
                f"{where}: row {row} has length {len(words)}, but row {rows[0][0]} has length {len(rows[0][1])}; "
                "every row needs as many numbers"
            )
    return values


def number(word):
    """A word as an int, or a float."""
    if not NUMBER.fullmatch(word):
        raise Usage(f"{word!r} is not a number" if word else "nothing stands there; expected a number")
    if WHOLE.fullmatch(word):
        try:
            return int(word)
        except ValueError:
            raise Usage(f"a number of {len(word):,} digits is too long") from None
    value = float(word.replace("∞", "inf"))
    if math.isinf(value) and word[-1].isdigit():
        raise Usage(f"{word} is too large; floats end near 1.8e308")
    return value


def read_image(path, colour):
    """A picture in a file as grey (H, W), or in colour (H, W, 3)."""
    with open(path, "rb") as file:
        picture = decoded(file.read(), path, colour=True)
    if picture.ndim == 3 and not colour:
        complain(f"{path} is in colour and was turned grey; --colour keeps red, green and blue")
        return decoded(path.read_bytes(), path, colour=False)
    return picture


def decoded(content, name, colour):
    """A picture from the bytes of its file.

    Parameters
    ----------
    content : bytes
    name : str or os.PathLike
        What the file is called in errors.
    colour : bool
        Keep red, green and blue.

    Returns
    -------
    numpy.ndarray, (H, W), in colour (H, W, 3)

    Raises
    ------
    Usage
        For what is empty or no picture.
    """
    import numpy as np
    from PIL import Image, ImageOps, UnidentifiedImageError

    if not content:
        raise Usage(f"{name} is empty (0 bytes); {EXPECTED}")
    try:
        with Image.open(io.BytesIO(content)) as file:
            picture = ImageOps.exif_transpose(file)
            if picture.mode in ("L", "I", "F") or picture.mode.startswith("I;16"):
                return np.array(picture)
            pixels = np.array(picture.convert("RGB"))
            grey = np.array(picture.convert("L"))
    except UnidentifiedImageError:
        raise Usage(f"{name} is not a picture that can be read; {EXPECTED}") from None
    except (Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        # Pillow's word for a broken file
        raise Usage(f"{name} cannot be read as a picture: {error}") from None
    if (pixels == pixels[:, :, :1]).all():
        return pixels[:, :, 0]
    return pixels if colour else grey
