"""Areas for captions that differ from step to step."""

from dataclasses import dataclass

from convviz.stage.text_width import bold_width, em_width, wrap

__all__ = ["TextArea"]


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
        return wrap(text, self.width, self.lines or 1, bold_width if self.bold else em_width)
