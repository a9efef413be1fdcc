"""What an entry of the worked examples is: an operation on an image, or a number that is calculated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

import numpy as np

if TYPE_CHECKING:
    from typing import Any, Literal

    from convviz.trace import BackwardTrace, ScatterTrace, Trace

__all__ = ["KINDS", "KIND_OF", "Calculation", "Example"]

#: The kinds of entries, as `names` and `entries` take them.
KINDS = ("convolution", "transposed", "pooling", "calculation")

#: Which of them an example of an operation is, by the kind of the operation.
KIND_OF = {
    "convolution": "convolution",
    "transposed_convolution": "transposed",
    "max_pooling": "pooling",
    "average_pooling": "pooling",
}


@dataclass(frozen=True, eq=False, repr=False)
class Example:
    """An operation on an image, and the right answer.

    Attributes
    ----------
    name, title, title_ja : str
        The name, and what the example is in English and Japanese.
    operation : convviz.operations.Operation
    image, answer : numpy.ndarray, (H, W) or (H, W, C)
        The input and the right answer; they cannot be written to, so take ``image.copy()`` to change numbers.
    published : numpy.ndarray or None
        What the source printed, where it differs from the right answer.
    source, note : str
        Where the numbers come from, and what else there is to know.
    captions : dict
        What pictures call input, kernel and output, where that is not what they are; see `convviz.trace.trace`.

    Examples
    --------
    >>> import convviz as cv
    >>> example = cv.examples.lecture_6x6
    >>> example
    <Example lecture_6x6: Convolution, 6×6 → 4×4, 2 published cells are wrong>
    >>> example.wrong_cells
    [(0, 1), (3, 1)]
    >>> example.operation(example.image)[0].tolist(), example.published[0].tolist()
    ([18, 20, 19, 20], [18, 22, 19, 20])
    """

    name: str
    title: str
    title_ja: str
    operation: Any
    image: np.ndarray
    answer: np.ndarray
    published: np.ndarray | None = None
    source: str = ""
    note: str = ""
    captions: dict = field(default_factory=dict)

    @overload
    def trace(self, *, view: Literal["scatter"], **options: Any) -> ScatterTrace: ...
    @overload
    def trace(self, *, view: Literal["backward"], **options: Any) -> BackwardTrace: ...
    @overload
    def trace(self, **options: Any) -> Trace[Any]: ...
    def trace(self, **options: Any) -> Any:
        """Every step of the example, as ``operation.trace(image, **options)`` gives it, with its `captions`."""
        return self.operation.trace(self.image, **{"captions": self.captions, **options})

    @property
    def kind(self) -> str:
        """Which of `KINDS` it is."""
        return KIND_OF[self.operation.kind]

    @property
    def wrong_cells(self) -> list[tuple[int, int]]:
        """``(row, column)`` of every cell that the source printed wrong, in row order."""
        if self.published is None:
            return []
        return [(int(row), int(column)) for row, column in np.argwhere(self.published != self.answer)]

    def __repr__(self):
        size, made = ("×".join(map(str, array.shape)) for array in (self.image, self.answer))
        wrong = len(self.wrong_cells)
        said = f", {wrong} published cell{'s are' if wrong > 1 else ' is'} wrong" if wrong else ""
        return f"<Example {self.name}: {self.operation.names.python}, {size} → {made}{said}>"


@dataclass(frozen=True, eq=False, repr=False)
class Calculation:
    """A number that is calculated or was measured: parameters of a layer or network, a function's value, an accuracy.

    Attributes
    ----------
    name, title, title_ja : str
        The name, and what is calculated in English and Japanese.
    expression : str
        How it is calculated, as one writes it; for networks the layers.
    answer : int, float or tuple of float
        The right answer; for networks the number of weights and biases, for accuracies the measured one.
    published : int or None
        What the source printed, where it differs.
    source, note : str
        Where the numbers come from, and what else there is to know.
    input_shape : tuple of int or None
        For networks: the shape of one input.
    layers : tuple of tuple
        For networks: each layer as ``(name, settings …)``, for example ``("Conv2D", 32, 3, "same")``.
    table : tuple of Layer
        For networks: output shapes and parameters, layer by layer.

    Examples
    --------
    >>> import convviz as cv
    >>> first = cv.examples.lecture_conv2d_32
    >>> first.expression, first.answer, first.compute()
    ('(3·3·1 + 1)·32', 320, 320)
    >>> cv.examples.lecture_network_1.table[0]
    Layer(name='Conv2D', output_shape=(28, 28, 32), parameters=320)
    """

    name: str
    title: str
    title_ja: str
    expression: str
    answer: Any
    published: Any = None
    source: str = ""
    note: str = ""
    input_shape: tuple | None = None
    layers: tuple = ()
    table: tuple = ()
    rule: Callable | None = field(default=None)

    #: Which of `KINDS` it is.
    kind = "calculation"

    def compute(self) -> Any:
        """The answer, calculated by convviz.

        Raises
        ------
        ValueError
            For what was measured and cannot be calculated, like an accuracy.
        """
        if self.rule is None:
            raise ValueError(f"{self.name} was measured, not calculated; its answer is {self.answer}")
        return self.rule(self)

    def __repr__(self):
        said = "" if self.published is None else f" (published: {self.published})"
        return f"<Calculation {self.name}: {self.expression}{' →' if self.layers else ' ='} {self.answer}{said}>"
