"""One step of an operation as data: what was read, multiplied, added and chosen, and its formula.

Integers and Fractions are exact, whatever their size; floats keep their dtype. A trace makes the steps, the stage draws
them, the checker explains them.
"""

import itertools
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from convviz.steps.base import BaseStep
from convviz.steps.notation import decimal, equation, factor, show

__all__ = ["AverageStep", "BackwardStep", "MaximumStep", "ScatterStep", "Step", "add_up", "value_at"]

#: How many terms of a sum a formula shows before it leaves out the middle.
TERMS = 49


@dataclass(frozen=True, eq=False)
class Step(BaseStep):
    """One step: one cell of the result, and all that went into it.

    Attributes
    ----------
    index : int
        Which step of the trace it is.
    position : tuple of int
        ``(row, column)`` of the cell in the result.
    channel, batch : int
        Which filter (channel of the result) and which image of a batch.
    rows, columns : tuple of int
        Positions that the window reads; outside the image is padding. Of a transposed convolution, positions in the
        input with zeros put between its cells.
    kinds : tuple of tuple of str
        By row and column of the window: "cell", "padding", "outside" (beyond the padding) or "stuffed" (a zero put
        in between).
    channels : tuple of int
        The channels that are read.
    values : numpy.ndarray, (kh, kw, C)
        What was read. Padding is 0, in max pooling −∞.
    weights, products : numpy.ndarray, (kh, kw, C), or None
        The kernel for this step, and values times weights; None for pooling.
    sums : numpy.ndarray, (C,), or None
        Sum of the products of each channel.
    bias : number or None
    result : number
        The cell of the result, as the kernels computed it.

    Examples
    --------
    >>> import convviz as cv
    >>> step = cv.Convolution([[1, 2], [0, 1]], bias=3).trace([[0, 2, 3], [4, 2, 1]])[1]
    >>> step.position, step.formula(), step.running
    ((0, 1), '2×1 + 3×2 + 2×0 + 1×1 + 3 = 12', [2, 8, 8, 9, 12])
    >>> step.products[:, :, 0].tolist()
    [[2, 6], [0, 1]]
    """

    kind = "sum"

    index: int
    position: tuple
    channel: int
    batch: int
    rows: tuple
    columns: tuple
    kinds: tuple
    channels: tuple
    values: np.ndarray
    result: object
    weights: np.ndarray | None = None
    products: np.ndarray | None = None
    sums: np.ndarray | None = None
    bias: object = None

    @property
    def terms(self):
        """``(value, weight)`` of every product, channel by channel, each in row order."""
        pairs = []
        for c in range(len(self.channels)):
            pairs += zip(self.values[:, :, c].ravel(), self.weights[:, :, c].ravel(), strict=True)
        return pairs

    @property
    def running(self):
        """The sum after each product in the order of the formula, and after the bias if there is one."""
        products = [product for c in range(len(self.channels)) for product in self.products[:, :, c].ravel()]
        with np.errstate(all="ignore"):
            return list(itertools.accumulate(products + ([] if self.bias is None else [self.bias])))

    def holds(self):
        """Whether the numbers that were read come to the result, but for rounding."""
        terms = [*self.products.ravel().tolist(), *([] if self.bias is None else [self.bias])]
        return agree(terms, self.result, self.products.dtype)

    def formula(self, limit=TERMS):
        """The step written out, e.g. ``0×1 + 2×2 = 4``.

        Parameters
        ----------
        limit : int or None
            From how many terms on the middle of the sum is left out.

        Returns
        -------
        str
            With "≈" for "=" where the numbers as they are written do not come to the result as it is written.
        """
        pairs = [(show(value), show(weight)) for value, weight in self.terms]
        words = [f"{factor(value.text)}×{factor(weight.text)}" for value, weight in pairs]
        total = add_up(product_of(value, weight) for value, weight in pairs)
        text, exact = join(words, len(self.channels), limit), all(number.exact for pair in pairs for number in pair)
        if self.bias is not None:
            bias = show(self.bias)
            text, total, exact = f"{text} + {factor(bias.text)}", add_up([total, bias.value]), exact and bias.exact
        return equation(text, total, show(self.result), exact)

    def __repr__(self):
        return f"<{type(self).__name__} {self.index} at {self.position}: {self.formula(12)}>"


def agree(terms, result, dtype):
    """Whether `terms` come to `result`: exactly for Python's numbers, else but for rounding; NaN and infinity always."""
    if np.dtype(dtype).kind == "O":
        return sum(terms) == result
    error = 4 * len(terms) * np.finfo(dtype).eps * sum(abs(term) for term in terms)
    return not np.isfinite(error) or abs(sum(terms) - float(result)) <= error


def product_of(left, right):
    """Product of two shown numbers as a Fraction; None if either is not finite."""
    return None if left.value is None or right.value is None else left.value * right.value


def add_up(values):
    """Sum of Fractions; None if one is None."""
    values = list(values)
    return None if None in values else sum(values, Fraction(0))


def join(words, channels, limit):
    """Terms of a sum joined by +, each channel's in parentheses if there are several; the middle left out beyond `limit`."""
    if limit is not None and len(words) > limit:
        return f"{' + '.join(words[: limit // 2])} + … + {words[-1]}"
    if channels == 1:
        return " + ".join(words)
    each = len(words) // channels
    return " + ".join(f"({' + '.join(words[start : start + each])})" for start in range(0, len(words), each))


@dataclass(frozen=True, eq=False, repr=False)
class MaximumStep(Step):
    """A step of max pooling.

    Attributes
    ----------
    winner : tuple of int
        ``(row, column)`` in the image of the cell that is the maximum; of equals the first in row order.

    Examples
    --------
    >>> import convviz as cv
    >>> step = cv.MaxPooling(2).trace([[3, 4], [1, 2]])[0]
    >>> step.winner, step.formula()
    ((0, 1), 'max(3, 4, 1, 2) = 4')
    """

    kind = "maximum"
    running = ()

    winner: tuple = field(default=(0, 0))

    @property
    def chosen(self):
        """The cell that is the maximum."""
        return (self.winner,)

    def holds(self):
        """Whether the result is the largest value that was read."""
        values = [float(value) for value in self.values.ravel()]
        return any(value != value for value in values) or max(values) == float(self.result)

    def formula(self, limit=TERMS):
        """The step written out, e.g. ``max(3, 4, 1, 2) = 4``; padding is written −∞."""
        cells = [show(value) for value in self.values.ravel()]
        words = [cell.text for cell in cells]
        if limit is not None and len(words) > limit:
            words = [*words[: limit // 2], "…", words[-1]]
        return equation(f"max({', '.join(words)})", None, show(self.result), all(cell.exact for cell in cells))


@dataclass(frozen=True, eq=False, repr=False)
class AverageStep(Step):
    """A step of average pooling.

    Attributes
    ----------
    count : int
        By how many cells the sum is divided.
    counted : numpy.ndarray of bool, (kh, kw)
        Which cells of the window count.

    Examples
    --------
    >>> import convviz as cv
    >>> cv.AveragePooling(2).trace([[3, 4], [1, 2]])[0].formula()
    '(3 + 4 + 1 + 2)/4 = 10/4 = 2.5'
    """

    kind = "average"

    count: int = 1
    counted: np.ndarray | None = None

    @property
    def total(self):
        """Sum of the cells that count."""
        return self.values[self.counted].sum()

    @property
    def running(self):
        """The sum after each cell that counts, in row order."""
        with np.errstate(all="ignore"):
            return list(itertools.accumulate(self.values[self.counted].ravel()))

    def holds(self):
        """Whether the mean of what was read is the result, but for rounding."""
        terms = [value / self.count for value in self.values[self.counted].ravel().tolist()]
        return agree(terms, self.result, np.asarray(self.result).dtype)

    def formula(self, limit=TERMS):
        """The step written out, e.g. ``(3 + 4 + 1 + 2)/4 = 10/4 = 2.5``."""
        cells = [show(value) for value in self.values[self.counted].ravel()]
        with np.errstate(all="ignore"):
            total = show(self.total)
        words = [factor(cell.text) for cell in cells]
        written = add_up(cell.value for cell in cells)
        exact = all(cell.exact for cell in cells)
        left = equation(f"({join(words, 1, limit)})/{self.count}", written, replace(total, text=factor(total.text)), exact)
        value = None if total.value is None else total.value / self.count
        return equation(f"{left}/{self.count}", value, average_shown(self.result), total.exact)


def average_shown(result):
    """A mean as text; a Fraction as a decimal number where that is short and exact."""
    if isinstance(result, Fraction):
        as_float = show(float(result))
        if as_float.value == result:
            return as_float
    return show(result)


@dataclass(frozen=True, eq=False, repr=False)
class ScatterStep(BaseStep):
    """A step of a transposed convolution seen from the input: one input cell stamps the kernel onto the result.

    Attributes
    ----------
    index : int
    position : tuple of int
        ``(row, column)`` of the input cell.
    channel, batch : int
        Which channel of the result, which image of a batch.
    rows, columns : tuple of int
        Where the stamp falls in the result; positions outside it are cut off.
    channels : tuple of int
        The channels of the input that are summed.
    values : numpy.ndarray, (C,)
        The input cell.
    weights, products : numpy.ndarray, (kh, kw, C)
        The kernel, and the cell times the kernel.
    sums : numpy.ndarray, (kh, kw)
        What is added to each cell of the result: the products summed over channels.
    before, after : dict of (int, int) to number
        Cells of the result under the stamp, before and after this step.

    Examples
    --------
    >>> import convviz as cv
    >>> trace = cv.TransposedConvolution([[1, 2]]).trace([[3, 4]], view="scatter")
    >>> trace[1].formula(), trace[1].after
    ('4 × kernel', {(0, 1): 10, (0, 2): 8})
    """

    kind = "scatter"

    index: int
    position: tuple
    channel: int
    batch: int
    rows: tuple
    columns: tuple
    channels: tuple
    values: np.ndarray
    weights: np.ndarray
    products: np.ndarray
    sums: np.ndarray
    before: dict
    after: dict
    bias: object = None

    def __repr__(self):
        return f"<ScatterStep {self.index} at {self.position}: {self.formula(12)}>"

    def formula(self, limit=TERMS, kernel="kernel"):
        """What is stamped, e.g. ``4 × kernel``; `kernel` is the word for it."""
        words = [f"{factor(show(value).text)} × {kernel}" for value in self.values]
        if len(words) > 1:
            words = [f"{word} {c}" for word, c in zip(words, self.channels, strict=True)]
        return join(words, 1, limit)


def value_at(past, moment, start):
    """The last value of a history at `moment`; `start` before the first."""
    return next((value for when, value in reversed(past) if when <= moment), start)


@dataclass(frozen=True, eq=False, repr=False)
class BackwardStep(BaseStep):
    """One step: the gradient of one cell of the result, and the cells of the image that get it.

    Attributes
    ----------
    forward : convviz.steps.Step
        The step that computed the cell.
    gradient : number
        The gradient of the loss with respect to the cell.
    share : number
        What each cell of `after` gets: in max pooling the gradient itself, in average pooling its part.
    before, after : dict of (int, int) to number
        The gradients of the cells of the image that get something, before and after this step.

    Examples
    --------
    >>> import convviz as cv
    >>> trace = cv.MaxPooling(2, strides=1).trace([[1, 2, 3], [4, 9, 5]], view="backward", gradient=[[3, 1]])
    >>> trace[1].forward.winner, trace[1].before, trace[1].after, trace[1].formula()
    ((1, 1), {(1, 1): 3}, {(1, 1): 4}, '3 + 1 = 4')
    """

    kind = "backward"

    forward: Step
    gradient: object
    share: object
    before: dict
    after: dict

    @property
    def index(self):
        """Which step of the trace it is."""
        return self.forward.index

    @property
    def position(self):
        """``(row, column)`` of the cell of the result."""
        return self.forward.position

    @property
    def channel(self):
        """Which channel of the result."""
        return self.forward.channel

    @property
    def batch(self):
        """Which image of a batch."""
        return self.forward.batch

    @property
    def chosen(self):
        """The cells that get the whole gradient because they were chosen; empty where all get a part."""
        return self.forward.chosen

    def formula(self):
        """What is computed: the sum in the cell of the maximum, or the share of each cell of a mean."""
        gradient, share = show(self.gradient), show(self.share)
        if isinstance(self.forward, MaximumStep):
            (before,), (after,) = self.before.values(), self.after.values()
            parts = [show(before), gradient]
            left = " + ".join(factor(part.text) for part in parts)
            return equation(left, add_up(part.value for part in parts), show(after), all(part.exact for part in parts))
        value = None if gradient.value is None else gradient.value / self.forward.count
        return equation(f"{factor(gradient.text)}/{self.forward.count}", value, show(decimal(self.share)), share.exact)

    def __repr__(self):
        return f"<{type(self).__name__} {self.index} at {self.position}: {self.formula()}>"
