"""The error in what a user typed or uploaded, and lines on stderr."""

import sys

__all__ = ["Ambiguous", "Usage", "complain"]


class Usage(Exception):
    """An error in what the user typed; its text is one line."""


class Ambiguous(Usage):
    """What the user typed can be read in two ways; the text says what to write.

    Attributes
    ----------
    readings : tuple
        The two tables of numbers, where decimal points and decimal commas give different ones.
    """

    def __init__(self, text, readings=()):
        super().__init__(text)
        self.readings = tuple(readings)


def complain(text):
    """One line on stderr."""
    print(f"convviz: {text}", file=sys.stderr)
