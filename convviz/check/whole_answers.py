"""The search for mistakes that explain a whole answer: one of the known ones, one wrong number, then two of the known ones."""

import math
from dataclasses import replace
from functools import cached_property

import numpy as np

from convviz import arrays
from convviz.check.copied_wrong import copied_wrong
from convviz.check.map_mistakes import Task, answer_of
from convviz.check.mistake_groups import of_kernel
from convviz.check.report import Explanation
from convviz.check.tap_windows import kernels_of, maps_of, tap_windows
from convviz.check.target import Target
from convviz.check.two_mistakes import Search, pairs_of_mistakes
from convviz.check.weight_and_another import weight_and_another

__all__ = ["Judge", "image_of", "in_order", "is_rare"]

#: A mistake that explains only part of an answer is named if chance would hardly do so: one in so many unrelated answers.
RARE = 1 / 1000
#: How likely an unrelated number is taken to hit the one that a mistake gives; the logarithm of how many mistakes there are.
HIT, TRIES = 0.12, math.log(100)
#: Two mistakes, or one with a number of its own, are named if chance gives as much in fewer than so many unrelated answers.
SELDOM = 1 / 50
#: Mistakes that others say in better words: they are left out where those explain as much.
SAID_BY = {
    "rounded_to_whole": "mean_rounded",
    "rounded_down": "mean_rounded_down",
    "strides_wrong": "strides_pool",
    "results_reordered": "channels_reversed",
    "all_times": "averaged",
}


def in_order(found):
    """Explanations with how well they fit, as a tuple of explanations, the best first, each with how many fit as well."""
    found = sorted(found, key=lambda entry: -entry[0])
    kinds = {explanation.kind for _, explanation in found}
    found = [entry for entry in found if SAID_BY.get(entry[1].kind) not in kinds]
    if found and found[0][0] == 1:  # beside what explains all, nothing is named that explains a part
        found = [entry for entry in found if entry[0] == 1]
    sentences = {}
    for entry in found:  # several ways to make one mistake are one mistake
        sentences.setdefault((entry[1].kind, entry[1].details, entry[1].cell), entry)
    found = list(sentences.values())
    return tuple(
        replace(explanation, alternatives=sum(bool(other == fit) for other, _ in found) - 1) for fit, explanation in found
    )


class Judge:
    """What mistakes explain of an answer. A mistake is sure if an unrelated answer would hardly ever agree with it.

    Parameters
    ----------
    trace : convviz.trace.Trace
    values : numpy.ndarray, (N, rows, columns, C)
    filled, wrong : numpy.ndarray of bool
    equality : convviz.check.equality.Equality
    """

    def __init__(self, trace, values, filled, wrong, equality):
        self.task = Task(trace.operation, image_of(trace), trace.result)
        self.values, self.filled, self.wrong, self.equality = values, filled, wrong, equality
        self.count = int(wrong.sum())

    @cached_property
    def attempts(self):
        """The known mistakes of the operation."""
        return list(self.task.operation.map_mistakes(self.task))

    def known(self):
        """Explanations by one of the known mistakes, the likeliest first."""
        return self.explained_by(self.near(self.attempts))

    def explained_by(self, attempts):
        """Explanations by some attempts, the likeliest first."""
        return in_order([entry for attempt in attempts if (entry := self.explained(attempt)) is not None])

    def share(self, attempt):
        """The share of the wrong cells that an attempt explains."""
        answer = answer_of(attempt)
        if answer is None or answer.shape != self.values.shape:
            return 0.0
        return float((self.equality(self.values, answer) & self.wrong).sum() / self.count)

    def near(self, attempts):
        """The attempts that may explain the answer: kernels are all tried in floats first, which takes little time."""
        target, operation = self.target, self.task.operation
        kernels = [attempt for attempt in attempts if operation.weighted and of_kernel(attempt)]
        if target is None or len(kernels) < 2 or self.task.right.dtype == object or kernel_is_large(operation, kernels):
            return attempts
        with np.errstate(all="ignore"):
            windows = tap_windows(operation, self.task.numbers.array)
            maps = maps_of(operation, windows, kernels_of(operation, kernels))
        if maps.shape[1:] != self.values.shape:
            return [attempt for attempt in attempts if not of_kernel(attempt)]
        bias = operation.spread_bias(maps.shape[4])
        hits = (np.abs(maps + bias - target.values) <= target.slack * 2) & self.wrong
        enough = 2 * hits.sum(axis=(1, 2, 3, 4)) >= self.count
        far = {id(attempt) for attempt, agrees in zip(kernels, enough, strict=True) if not agrees}
        return [attempt for attempt in attempts if id(attempt) not in far]

    def explained(self, attempt):
        """The explanation that an attempt is, with how well it fits; None if it is none."""
        return self.explained_as(attempt, answer_of(attempt))

    def explained_as(self, attempt, answer):
        """`explained` of an attempt whose answer was computed."""
        if answer is None or answer.shape != self.values.shape or changes_nothing(answer, self.task.right, self.equality):
            return None
        hits = self.filled & self.equality(self.values, answer)
        explained, complete = int((hits & self.wrong).sum()), bool(hits[self.filled].all())
        if not complete and 2 * explained < self.count:
            return None
        sure = is_rare(answer, self.count, explained)
        if not (complete or sure):
            return None
        fit = hits.sum() / self.filled.sum()
        return fit, Explanation(attempt.kind, attempt.details, explained / self.count, complete, complete and sure)

    def one_number(self):
        """Explanations of the whole answer by one number that was copied wrong."""
        target = self.target
        if self.count < 2 or target is None:
            return ()
        attempts = copied_wrong(self.task, target, self.wrong)
        return in_order([entry for attempt in attempts if (entry := self.complete(attempt, 1, self.choices(attempt)))])

    def choices(self, attempt):
        """In how many places a mistake with one number could have been made."""
        if attempt.kind.startswith("weight"):
            kernel = self.task.operation.kernel
            return kernel.size if kernel.ndim == 2 else kernel[..., 0].size
        return self.task.numbers.array.size if attempt.kind.startswith("input") else 5

    def two(self):
        """Explanations of the whole answer by two mistakes, the likeliest first."""
        target = self.target
        if self.count < 2 or target is None:
            return ()
        search = Search(self.task, self.attempts, target)
        pairs, tried = pairs_of_mistakes(search, self.attempts)
        found = [entry for attempt in pairs if (entry := self.complete(attempt, 0, max(tried, 1)))]
        if not found:
            pairs, tried = weight_and_another(search, self.attempts)
            found = [entry for attempt in pairs if (entry := self.complete(attempt, 1, max(tried, 1)))]
            found = [entry for entry in found if entry[1].sure]
        return in_order(found)

    def complete(self, attempt, free, tries):
        """`explained` of an attempt that took `free` numbers from the answer; None unless it explains all, hardly by chance."""
        answer = answer_of(attempt)
        entry = self.explained_as(attempt, answer)
        if entry is None or not entry[1].whole:
            return None
        # where few cells are wrong, which ones they are is evidence as well
        filled = int(self.filled.sum())
        luck = math.log(tries) - (log_choices(filled, self.count) if 2 * self.count <= filled else 0)
        chance = luck + np.sort(by_chance(answer)[self.wrong])[free:].sum()
        if chance >= math.log(SELDOM):
            return None
        return entry[0], replace(entry[1], sure=bool(chance < math.log(RARE)))

    def _numbers(self):
        """What the search for mistakes computes with in floats, beside the answer."""
        operation = self.task.operation
        given = (operation.kernel, operation.bias) if operation.weighted else ()
        return [numbers for numbers in (self.task.right, self.task.numbers.array, *given) if numbers is not None]

    @cached_property
    def target(self):
        """The answer as the searches in floats take it; None where floats do not hold it, or the numbers it is made of."""
        try:
            values = self.values.astype(np.float64)
            for numbers in self._numbers():
                numbers.astype(np.float64)
        except OverflowError:
            return None
        if not np.isfinite(values[self.filled]).all():
            return None
        slack = max(self.equality.tolerance, 1e-9) * np.maximum(1, np.abs(values))
        slack = np.maximum(slack, self.equality.unit * np.abs(values) + self.equality.rounding)
        if self.equality.decimals is not None:
            slack = np.maximum(slack, 10.0**-self.equality.decimals)
        return Target(values, self.filled, slack)


def kernel_is_large(operation, kernels):
    """Whether trying all kernels at once in floats would take more than it saves."""
    return operation.kernel.size * len(kernels) > 20_000 or operation.kernel.size > 400


def changes_nothing(answer, right, equality):
    """Whether a mistake gives the right answer."""
    return answer.shape == right.shape and bool(equality(answer, right).all())


def image_of(trace):
    """The image of a trace in the dtype of its computation."""
    if trace.dtype == object:
        return arrays.read_numbers(trace.source)
    return arrays.Numbers(trace.convert(trace.source))


def by_chance(answer):
    """How likely an unrelated number is that of each cell, as logarithms, of the shape of an answer.

    The more often other cells hold it, the likelier it is. Others are hit less in a wide range, and still less where the
    numbers are not whole.
    """
    numbers = answer.astype(np.float64)
    _, which, times = np.unique(numbers.ravel(), return_inverse=True, return_counts=True)
    whole = np.mean(numbers == np.round(numbers))
    one = 1 / (1 + np.ptp(numbers)) if whole > 0.5 else 0.02
    return np.log(np.clip((times - 1) / max(numbers.size - 1, 1), min(HIT, 1.5 * one), 0.99))[which].reshape(answer.shape)


def is_rare(answer, count, explained, luck=TRIES):
    """Whether an unrelated answer would hardly ever agree with one of many mistakes in so many of its wrong cells.

    `luck` is the logarithm of how many mistakes there are to agree with.
    """
    _, times = np.unique(np.vectorize(str)(answer) if answer.dtype == object else answer, return_counts=True)
    common = (times.max() - 1) / max(answer.size - 1, 1)  # how often another cell holds the most common number
    hit = min(max(HIT, common), 0.99)
    return log_choices(count, explained) + explained * math.log(hit) + luck < math.log(RARE)


def log_choices(count, chosen):
    """The logarithm of the number of ways to choose some of `count`."""
    return math.lgamma(count + 1) - math.lgamma(chosen + 1) - math.lgamma(count - chosen + 1)
