"""New small problems with whole-number answers, made by a rule from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convviz._support.keywords import explained
from convviz._support.values import brief, whole_number
from convviz.operations import AveragePooling, Convolution, MaxPooling, TransposedConvolution

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any, Literal

    from convviz._support.annotations import FilePath, Language, NumbersLike
    from convviz.check import CheckReport
    from convviz.interactive.quizzes import Quiz
    from convviz.trace import Trace

__all__ = ["DIFFICULTIES", "KINDS", "Exercise", "exercise"]

#: What an exercise can be about.
KINDS = ("convolution", "max_pooling", "average_pooling", "transposed_convolution")
DIFFICULTIES = ("easy", "medium", "hard")


@dataclass(frozen=True, eq=False)
class Exercise:
    """A problem to be worked out by hand. Made by `exercise`.

    Attributes
    ----------
    kind, difficulty : str
    seed : int
        The same kind, difficulty and seed always give the same problem.
    operation : convviz.operations.Operation
    image : numpy.ndarray, (H, W)
        Whole numbers.

    Examples
    --------
    >>> problem = exercise("max_pooling", seed=3)
    >>> problem.answer.shape, bool(problem.check(problem.answer))
    ((2, 2), True)
    """

    kind: str
    difficulty: str
    seed: int
    operation: Any
    image: np.ndarray

    @property
    def answer(self) -> np.ndarray:
        """The right answer: int64, (rows, columns)."""
        return self.operation(self.image).astype(np.int64)

    @explained
    def trace(self) -> Trace[Any]:
        """Every step to the answer, as a `convviz.trace.Trace`."""
        return self.operation.trace(self.image)

    @explained
    def check(self, answer: NumbersLike, **options: Any) -> CheckReport:
        """Compare `answer` with the right one.

        Parameters
        ----------
        answer : array_like, (rows, columns)
            None is a blank cell.
        **options
            Those of `convviz.check.check`.

        Returns
        -------
        convviz.check.CheckReport
        """
        return self.operation.check(self.image, answer, **options)

    @explained
    def worksheet(self, path: FilePath, lang: Language = "en") -> tuple[Path, Path]:
        """Write a page with the problem and blanks, and beside it the answer key with all steps.

        Parameters
        ----------
        path : str or os.PathLike
            Ends in .pdf or .html. The key gets the same name with ``-key`` before the ending.
        lang : {"en", "ja"}

        Returns
        -------
        tuple of pathlib.Path
            The sheet and the key.

        Raises
        ------
        ValueError
            For another ending.
        OSError
            Where a file cannot be written.
        """
        from convviz.interactive.worksheets import worksheet

        return worksheet(self, path, lang)

    @explained
    def quiz(self, lang: Language = "en") -> Quiz:
        """The problem with fields in the cells of its feature map, for a notebook or a page.

        Each cell is judged when it is filled in; buttons give hints, reveal the answer and clear the fields.

        Parameters
        ----------
        lang : {"en", "ja"}

        Returns
        -------
        convviz.interactive.quizzes.Quiz
            A notebook shows it; ``save("quiz.html")`` writes it as a page.

        Notes
        -----
        The page holds the answer, so that it can judge without Python: it is compressed and cannot be read in the source, but
        it is no secret.
        """
        from convviz.interactive.quizzes import quiz

        return quiz(self, lang)

    @explained
    def text(self, lang: Language = "en") -> str:
        """The problem for a terminal, its answer left blank.

        Parameters
        ----------
        lang : {"en", "ja"}

        Returns
        -------
        str
        """
        from convviz.interactive.worksheets import blank_scene
        from convviz.render.text import text

        return text(blank_scene(self, lang))

    def _repr_html_(self):
        from convviz.interactive.worksheets import problem_board
        from convviz.render.svg import svg

        return svg(problem_board(self, "en").scene(0))

    def __repr__(self):
        return f"exercise({self.kind!r}, seed={self.seed}, difficulty={self.difficulty!r})"


@explained
def exercise(
    kind: Literal["convolution", "max_pooling", "average_pooling", "transposed_convolution"] = "convolution",
    seed: int | None = None,
    difficulty: Literal["easy", "medium", "hard"] = "easy",
) -> Exercise:
    """Make a new small problem with whole-number answers.

    Parameters
    ----------
    kind : {"convolution", "max_pooling", "average_pooling", "transposed_convolution"}
    seed : int, optional
        Gives the same problem again; a fresh one is drawn if it is not given, and kept in `Exercise.seed`.
    difficulty : {"easy", "medium", "hard"}
        Easy: a small image, strides of 1 (pooling: of the pool size), no padding. Medium: larger, with padding or strides.
        Hard: negative numbers, padding and strides, a bias.

    Returns
    -------
    Exercise

    Raises
    ------
    ValueError
        For an unknown kind or difficulty; the message lists the known ones.

    Examples
    --------
    >>> problem = exercise("convolution", seed=1)
    >>> problem.image.shape, problem.operation.kernel.shape, problem.answer.dtype
    ((4, 4), (2, 2), dtype('int64'))
    """
    for name, value, known in (("kind", kind, KINDS), ("difficulty", difficulty, DIFFICULTIES)):
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"{name} is {brief(value)}; expected {', '.join(map(repr, known))}")
    seed = int(np.random.default_rng().integers(1_000_000)) if seed is None else whole_number(seed, "seed", 0, 2**128 - 1)
    rng = np.random.default_rng([seed, KINDS.index(kind), DIFFICULTIES.index(difficulty)])
    while True:
        operation, image = MAKERS[kind](rng, DIFFICULTIES.index(difficulty))
        if np.ptp(operation(image)):  # a map of equal numbers tells nothing
            return Exercise(kind, difficulty, seed, operation, image)


def numbers(rng, level, *shape):
    """An image of small whole numbers; negative ones only in hard problems."""
    return rng.integers(-4 if level == 2 else 0, (5, 6, 5)[level], shape)


def weights(rng, level, side):
    """A kernel that is not the same turned by 180° and not all zero, so that flipping it shows."""
    while True:
        kernel = rng.integers(-2 if level else 0, 3, (side, side))
        plain = np.array_equal(kernel, kernel[::-1, ::-1]) or np.array_equal(kernel, kernel.T)
        if not plain and 2 * np.count_nonzero(kernel) > kernel.size:
            return kernel


def make_convolution(rng, level):
    """A convolution of a 4×4, 5×5 or 6×6 image."""
    kernel = weights(rng, level, 2 if level == 0 else 3)
    settings = {}
    if level == 1:
        settings = {"padding": "same"} if rng.random() < 0.5 else {"strides": 2}
    if level == 2:
        settings = {"padding": 1, "strides": 2, "bias": int(rng.integers(1, 5))}
    return Convolution(kernel, **settings), numbers(rng, level, *(((4, 4), (5, 5), (6, 6))[level]))


def make_max_pooling(rng, level):
    """A max pooling; hard ones overlap and are padded, with negative numbers, so that 0 for padding shows."""
    pool = (MaxPooling(2), MaxPooling(3, 2), MaxPooling(3, 2, padding=1))[level]
    side = (4, 7, 6)[level]
    image = rng.integers(-9, 0, (side, side)) if level == 2 else rng.integers(0, 10, (side, side))
    return pool, image


def make_average_pooling(rng, level):
    """An average pooling whose means are whole numbers: the last cell of each window is set so that it divides."""
    side = (4, 6, 6)[level]
    size = (2, 3, 2)[level]
    image = rng.integers(-9 if level == 2 else 0, 10, (side, side))
    blocks = image.reshape(side // size, size, side // size, size)
    blocks[:, -1, :, -1] -= blocks.sum(axis=(1, 3)) % (size * size)
    if level < 2:  # easy problems have no negative numbers
        blocks[:, -1, :, -1] += size * size * (blocks[:, -1, :, -1] < 0)
    return AveragePooling(size), image


def make_transposed(rng, level):
    """A transposed convolution of a 2×2 or 3×3 image."""
    settings = ({"strides": 2}, {}, {"strides": 2, "padding": 1, "output_padding": 1})[level]
    side = (2, 2, 3)[level]
    return TransposedConvolution(weights(rng, level, 2 if level == 0 else 3), **settings), numbers(rng, level, side, side)


MAKERS = {
    "convolution": make_convolution,
    "max_pooling": make_max_pooling,
    "average_pooling": make_average_pooling,
    "transposed_convolution": make_transposed,
}
