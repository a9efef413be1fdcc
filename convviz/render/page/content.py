"""What a page shows: a board, and the options of the page."""

from dataclasses import dataclass, replace
from functools import cached_property

from convviz.stage.protocol import Board

__all__ = ["PARTS", "Content"]

# The parts of the script that a page needs only where it has what they are about, in the order in which they are added.
PARTS = ("predict", "notes", "numbers", "quiz", "reveal_inline", "reveal_frame", "tints", "volume")


@dataclass(frozen=True)
class Content:
    """What is asked for: `standalone` is a page of its own, `framed` one for an iframe in a slide.

    `heading` is what the picture says and the page would not where scripts do not run, as HTML; `quiz` is what quiz.js reads.
    """

    board: Board
    theme: object
    predict: bool
    notes: tuple
    standalone: bool = False
    framed: bool = False
    heading: str = ""
    quiz: dict | None = None

    @property
    def parts(self):
        """The names of the parts of the script."""
        asks, tinted = self.quiz is not None, any(grid.scale for grid in self.stage.grids)
        usual = self.predict, bool(self.notes), asks, asks, not (self.standalone or asks), self.framed, tinted
        wanted = *usual, self.stage.box is not None
        return tuple(name for name, is_wanted in zip(PARTS, wanted, strict=True) if is_wanted)

    @cached_property
    def frames(self):
        """The steps."""
        return [self.board.frame(step) for step in self.board.indices]

    @property
    def start(self):
        """Where the page begins: at the step that shows most, unless its steps are gone through in order."""
        ordered = self.predict or self.framed or self.board.stage.strongest is None
        return 0 if ordered else list(self.board.indices).index(self.board.stage.strongest)

    @cached_property
    def questions(self):
        """The steps with their results hidden, in predict mode."""
        return [self.board.question(step) for step in self.board.indices] if self.predict else []

    @cached_property
    def hidden(self):
        """In predict mode, the captions that say something about the results, by name, with what they say instead.

        These are the ones that only questions replace. They stay replaced when a question is solved.
        """
        brought = {name for frame in self.frames for name in frame.texts}
        return {name: text for question in self.questions for name, text in question.texts.items() if name not in brought}

    @cached_property
    def stage(self):
        """The stage, with hidden captions replaced."""
        texts = (replace(text, text=self.hidden.get(text.name, text.text)) for text in self.board.stage.texts)
        return replace(self.board.stage, texts=tuple(texts))

    @cached_property
    def veiled(self):
        """In predict mode, the names of the grids that show the result of all steps at once as a picture."""
        marked = {mark.grid for question in self.questions for mark in question.marks if mark.role == "current"}
        return {grid.name for grid in self.stage.grids if grid.name in marked and not (grid.texts or grid.reveals)}
