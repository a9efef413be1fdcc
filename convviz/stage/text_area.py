"""Areas for captions that differ from step to step."""

from dataclasses import dataclass

from convviz.stage.text_width import bold_width, em_width, wrap

__all__ = ["TextArea"]

#: To how many terms a sum is shortened, one after the other, until it fits.
FEWER = (24, 18, 14, 10, 8, 6, 4)


@dataclass(frozen=True)
class TextArea:
    """Lines for a caption that differs from step to step.

    Attributes
    ----------
    width : float
        Width of a line, in sizes of its letters.
    lines : int
        How many lines a caption takes at most; 0 where no step has one.
    bold : bool
    """

    width: float
    lines: int
    bold: bool = False

    @classmethod
    def for_texts(cls, texts, width, most, bold=False):
        """An area with as many lines as the longest of `texts` needs, but no more than `most`."""
        needed = (wrap(text, width, measure=bold_width if bold else em_width).count("\n") + 1 for text in texts if text)
        return cls(width, min(most, max(needed, default=0)), bold)

    def wrapped(self, text):
        """A text in the lines of this area, its middle left out where it is too long."""
        return wrap(text, self.width, self.lines or 1, self._measure)

    def fitted(self, text, shorter):
        """A text in the lines of this area, with fewer terms where it is too long.

        Parameters
        ----------
        text : str
        shorter : callable
            ``shorter(terms)`` is the text with at most so many terms.
        """
        for terms in FEWER:
            folded = wrap(text, self.width, measure=self._measure)
            if folded.count("\n") < max(self.lines, 1):
                return folded
            text = shorter(terms)
        return self.wrapped(text)

    @property
    def _measure(self):
        return bold_width if self.bold else em_width
