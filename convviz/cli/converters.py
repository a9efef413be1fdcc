"""The values of options: from what was typed to what the operations and the writers of files take."""

import argparse
import math
import re

from convviz._support.padding_modes import PADDING_MODES, checked_padding_mode
from convviz.inputs import Usage
from convviz.inputs.numbers import PLAIN, WHOLE, number

__all__ = [
    "bias",
    "chosen_steps",
    "dpi",
    "ending",
    "given",
    "padding",
    "padding_mode",
    "pair",
    "seconds",
    "size",
    "steps",
    "whole_number",
]

#: Python reads numbers of at most 4,300 digits; none of so many makes sense.
DIGITS = 1000


def wholes(text, counts, expected):
    """Whole numbers separated by commas, × or blanks, as many as one of `counts`."""
    words = re.split(r"\s*[,x×]\s*|\s+", text.translate(PLAIN).strip())
    if len(words) not in counts or not all(WHOLE.fullmatch(word) for word in words):
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is not {expected}")
    if max(map(len, words)) > DIGITS:
        raise argparse.ArgumentTypeError(f"a number of {max(map(len, words)):,} digits is too large; expected {expected}")
    return tuple(int(word) for word in words)


def whole_number(text):
    """A whole number."""
    return wholes(text, (1,), "a whole number")[0]


def pair(text):
    """One whole number, or two for rows and columns."""
    found = wholes(text, (1, 2), "a whole number, or two for rows and columns such as 2,1")
    return found[0] if len(found) == 1 else found


def padding(text):
    """The value of --padding, as operations take it."""
    if text.strip().lower() in ("valid", "same", "full"):
        return text.strip().lower()
    found = wholes(text, (1, 2, 4), "valid, same, full, or cells: 1, or rows,columns, or top,bottom,left,right")
    return found[0] if len(found) == 1 else found if len(found) == 2 else (found[:2], found[2:])


def padding_mode(text):
    """The value of --padding-mode."""
    try:
        return checked_padding_mode(text)
    except ValueError:
        *others, last = PADDING_MODES
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is not {', '.join(others)} or {last}") from None


def size(text):
    """The value of --size, as files take it; whether it is too large depends on --dpi."""
    from convviz.render.sizes import parsed_size

    try:
        return parsed_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def ending(text):
    """A value of --formats as the ending of a file."""
    from convviz.render import ENDINGS

    found = f".{text.strip().lower().removeprefix('.')}"
    if found not in ENDINGS:
        known = [each.removeprefix(".") for each in ENDINGS]
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is not {', '.join(known[:-1])} or {known[-1]}")
    return found


def dpi(text):
    """The value of --dpi."""
    from convviz.render.sizes import checked_dpi

    try:
        return checked_dpi(number(text.strip()))
    except Usage:
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is not a number of pixels per inch such as 200") from None
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def seconds(text):
    """The value of --seconds."""
    try:
        value = number(text.strip())
    except Usage:
        value = 0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is not a number of seconds such as 0.8")
    return value


def bias(text):
    """The value of --bias: a list of numbers."""
    try:
        from convviz.inputs.tables import read_row

        return read_row(text)
    except Usage as error:
        raise argparse.ArgumentTypeError(f"{error}; expected a number, or one for each filter such as 1,2,3") from None


def steps(text):
    """The value of --steps: how many, or which."""
    text = text.translate(PLAIN).strip()
    spans = [re.fullmatch(r"(\d+)(?:\s*-\s*(\d+))?", part.strip()) for part in text.split(",") if part.strip()]
    if not spans or None in spans or max(map(len, re.split("[,-]", text))) > DIGITS:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number of steps nor steps such as 1-4,9")
    if WHOLE.fullmatch(text):
        return int(text)
    return Spans(text, [(int(span[1]), int(span[2] or span[1])) for span in spans])


class Spans:
    """Steps by their numbers, which begin with 1."""

    def __init__(self, text, spans):
        self.text, self.spans = text, spans

    def indices(self, count):
        """Indices in a trace of `count` steps, or the error that says which steps there are."""
        for low, high in self.spans:
            if not 1 <= low <= high <= count:
                raise Usage(f"--steps {self.text}: there are steps 1 to {count:,}, and a range runs from low to high")
        return sorted({i - 1 for low, high in self.spans for i in range(low, high + 1)})


def chosen_steps(value, count):
    """The value of --steps for a trace of `count` steps: None for all, how many, or the indices of those asked for."""
    return value.indices(count) if isinstance(value, Spans) else value


def given(arguments, *names, **renamed):
    """The settings that were given, by the names that operations have for them."""
    pairs = [(name, name) for name in names] + list(renamed.items())
    found = {setting: getattr(arguments, name) for name, setting in pairs}
    return {setting: value for setting, value in found.items() if value is not None and value is not False}
