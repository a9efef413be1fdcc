"""Two of the known mistakes in one answer.

All pairs are computed in floats first, many at a time: kernels as products of matrices, images as one batch. The few that agree
with the answer are then computed as the operation computes, and only those that agree exactly are named.
"""

import itertools
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from convviz.arrays import Numbers
from convviz.check.map_mistakes import Attempt, Change, computed
from convviz.check.tap_windows import kernels_of, maps_of, tap_windows

__all__ = ["Target", "of_kernel", "pairs_of_mistakes"]

#: Numbers that are computed at most for all pairs of one kind; answers and kernels beyond these sizes are not searched.
BUDGET, CELLS, WEIGHTS = 4_000_000, 1500, 100
#: Mistakes with many numbers to choose from, which are tried alone only.
ALONE = frozenset(("strides_wrong", "dilation_wrong", "pool_wrong", "kernel_axes", "input_cut_off", "input_rounded"))
#: Mistakes that leave every weight in its place.
IN_PLACE = frozenset(("weight_zeros_as_ones", "signs_lost", "weights_cut_off", "weights_rounded"))
#: How many pairs that agree in floats are computed exactly.
EXACT = 12


@dataclass(frozen=True, eq=False)
class Target:
    """The answer that pairs of mistakes have to give.

    Attributes
    ----------
    values : numpy.ndarray, (N, rows, columns, C)
    filled : numpy.ndarray of bool
    slack : numpy.ndarray
        By how much floats may differ from it.
    """

    values: np.ndarray
    filled: np.ndarray
    slack: np.ndarray

    def met(self, maps):
        """The numbers of those answers (V, N, rows, columns, C) that agree in all cells that are filled in."""
        if maps.shape[1:] != self.values.shape:
            return []
        probe = self.probe
        near = np.flatnonzero(np.abs(maps[(slice(None), *probe)] - self.values[probe]) <= self.slack[probe])
        if not len(near):
            return near
        agrees = np.abs(maps[near] - self.values) <= self.slack
        return near[np.all(agrees | ~self.filled, axis=(1, 2, 3, 4))]

    @cached_property
    def probe(self):
        """The cell in which answers are compared first: the one that is farthest from the others."""
        far = np.abs(self.values - np.median(self.values[self.filled]))
        return np.unravel_index(np.argmax(np.where(self.filled, far, -1)), self.values.shape)


@dataclass(eq=False)
class Mistakes:
    """The mistakes that can be made together, by what they change; numbers are ranks, the usual ones first."""

    kernels: list = field(default_factory=list)
    biases: list = field(default_factory=list)
    places: list = field(default_factory=list)
    results: list = field(default_factory=list)


def sorted_out(attempts):
    """Attempts as `Mistakes`, each with its rank."""
    found = Mistakes()
    for entry in enumerate(attempts):
        change = entry[1].change
        if change is None or entry[1].kind in ALONE:
            continue
        if of_kernel(entry[1]):
            found.kernels.append(entry)
        elif change.result and not (change.settings or change.image or change.compute or change.kernel):
            found.results.append(entry)
        elif set(change.settings) == {"bias"} and not (change.kernel or change.image or change.compute or change.result):
            found.biases.append(entry)
        elif not (change.kernel or change.result):
            found.places.append(entry)
    return found


def of_kernel(attempt):
    """Whether a mistake changes the kernel only."""
    settings, kernel, *others = attempt.change or ({}, None)
    return kernel is not None and not settings and not any(others)


def pairs_of_mistakes(task, attempts, target):
    """The pairs that give an answer, the usual ones first, and how many pairs were tried.

    Parameters
    ----------
    task : convviz.check.map_mistakes.Task
    attempts : list of convviz.check.map_mistakes.Attempt
    target : Target

    Returns
    -------
    pairs : list of convviz.check.map_mistakes.Attempt
    tried : int
    """
    mistakes = sorted_out(attempts)
    with np.errstate(all="ignore"):
        search = Search(task, mistakes, target)
        found = sorted(dict.fromkeys(search.pairs()), key=lambda pair: (sum(pair), pair))
    pairs = {}
    for one, other in found[:EXACT]:
        attempt = together(task, attempts[one], attempts[other])
        if attempt is not None:
            pairs.setdefault(frozenset((one, other)), attempt)
    return list(pairs.values()), search.tried


def together(task, one, other):
    """The `Attempt` of two mistakes; None where they cannot be made together."""
    change = both(one, other)
    if change is None:
        return None
    details = ((one.kind, one.details), (other.kind, other.details))
    return Attempt("two_mistakes", details, lambda: computed(task, change), change)


def both(one, other):
    """The `Change` of one attempt and then another; None where both change the same part in ways that exclude each other."""
    first, second = one.change, other.change
    if excluded(first, second):
        return None
    by_place = (second, first) if "padding" in first.settings else (first, second)  # a border is filled last
    return Change(
        {**first.settings, **second.settings},
        chained([first.kernel, second.kernel]),
        chained([change.image for change in by_place]),
        first.compute or second.compute,
        chained([first.result, second.result]),
    )


def excluded(first, second):
    """Whether two changes cannot be made together."""
    if not first.settings.keys().isdisjoint(second.settings) or (first.compute and second.compute):
        return True
    return bool((first.kernel and "kernel" in second.settings) or (second.kernel and "kernel" in first.settings))


def chained(functions):
    """One function after another; None where there is none."""
    functions = [function for function in functions if function]
    if len(functions) < 2:
        return functions[0] if functions else None
    return lambda value: functions[1](functions[0](value))


class Search:
    """The search for pairs in floats."""

    def __init__(self, task, mistakes, target):
        self.task, self.mistakes, self.target = task, mistakes, target
        self.image = task.numbers.array
        self.right = task.right.astype(np.float64)
        self.size = max(target.values.size, 1)
        self.tried = 0
        self.shapes = {}

    def pairs(self):
        """The ranks of each pair that agrees with the answer."""
        operation = self.task.operation
        if self.size > CELLS or (operation.weighted and operation.kernel.size > WEIGHTS) or not np.isfinite(self.right).all():
            return
        singles = [([rank], maps) for rank, maps in self.with_places()]
        if self.task.operation.weighted and self.mistakes.kernels:
            ranks = [rank for rank, _ in self.mistakes.kernels]
            maps = yield from self.with_kernels(ranks)
            singles.append((ranks, maps))
        yield from self.with_biases(singles)
        yield from self.with_results(singles)
        yield from self.two_places()

    def matching(self, ranks, maps):
        """The ranks of those maps that agree with the answer."""
        self.tried += len(maps)
        return [ranks[number] for number in self.target.met(maps)]

    def with_kernels(self, ranks):
        """Pairs of two mistakes with the kernel, or of one and one in `places`; gives the answers of the former."""
        operation = self.task.operation
        kernels = kernels_of(operation, [attempt for _, attempt in self.mistakes.kernels])
        count = kernels.shape[-1]
        bias = operation.spread_bias(self.right.shape[3]).astype(np.float64)
        windows = tap_windows(operation, self.image)
        alone = maps_of(operation, windows, kernels) + bias
        for number, (rank, attempt) in enumerate(self.mistakes.kernels if count * count * self.size < BUDGET else ()):
            first = self.made_before(number)
            if first:
                maps = maps_of(operation, windows, attempt.change.kernel(kernels[..., first])) + bias
                for other in self.matching([ranks[place] for place in first], maps):
                    yield other, rank
        changes = ((entry, entry[1].change) for entry in self.mistakes.places)
        places = [entry for entry, change in changes if "kernel" not in change.settings and not change.compute]
        for settings, _, group in self.groups([(entry,) for entry in places]):
            if count * len(group) * self.size > BUDGET or "groups" in settings:
                continue
            found = tap_windows(operation, np.concatenate([image for _, image in group]), **without_bias(settings))
            many = maps_of(operation, found, kernels) + bias
            many = many.reshape(count, len(group), -1, *many.shape[2:])
            for place, ((rank,), _) in enumerate(group):
                for other in self.matching(ranks, many[:, place]):
                    yield rank, other
        return alone

    def made_before(self, number):
        """Which mistakes with the kernel may come before one of them.

        One that names a weight, row or column means the kernel as it is written, so it is not made on a turned kernel.
        """
        named = bool(self.mistakes.kernels[number][1].details)
        others = enumerate(self.mistakes.kernels)
        return [place for place, (_, one) in others if place != number and (not named or one.details or one.kind in IN_PLACE)]

    def with_places(self):
        """The answer of each mistake with image, padding, strides and what is taken of windows, by its rank."""
        for settings, compute, group in self.groups([(entry,) for entry in self.mistakes.places]):
            maps = self.computed(settings, compute, [image for _, image in group])
            if maps is not None:
                for ((rank,), _), answer in zip(group, maps, strict=True):
                    yield rank, answer[None]

    def two_places(self):
        """Pairs of mistakes with image, padding, strides and what is taken of windows."""
        pairs = itertools.combinations(self.mistakes.places, 2)
        several = [pair for pair in pairs if not excluded(pair[0][1].change, pair[1][1].change)]
        for settings, compute, group in self.groups(several):
            maps = self.computed(settings, compute, [image for _, image in group])
            if maps is not None:
                yield from self.matching([ranks for ranks, _ in group], maps)

    def with_biases(self, singles):
        """Pairs of a mistake with the bias and one that is not in the result."""
        operation = self.task.operation
        for rank, attempt in self.mistakes.biases:
            other = operation.changed(**attempt.change.settings)
            extra = (other.spread_bias(self.right.shape[3]) - operation.spread_bias(self.right.shape[3])).astype(np.float64)
            for ranks, maps in singles:
                if maps.shape[-1] == extra.size:
                    for second in self.matching(ranks, maps + extra):
                        yield rank, second

    def with_results(self, singles):
        """Pairs with a mistake in the result."""
        operation = self.task.operation
        bias = operation.spread_bias(self.right.shape[3]) if self.mistakes.biases else 0
        several = [*singles]
        for rank, attempt in self.mistakes.biases:
            other = operation.changed(**attempt.change.settings).spread_bias(self.right.shape[3])
            several.append(([rank], (self.right - bias + other).astype(np.float64)[None]))
        for rank, attempt in self.mistakes.results:
            for ranks, maps in self.alike(several):
                if maps.size <= BUDGET:
                    for first in self.matching(ranks, attempt.change.result(maps)):
                        yield first, rank
            several.append(([rank], attempt.change.result(self.right)[None]))

    def alike(self, several):
        """Answers (V, N, rows, columns, C) and their ranks, those of one shape together."""
        found = {}
        for ranks, maps in several:
            found.setdefault(maps.shape[1:], []).append((ranks, maps))
        return [
            ([rank for ranks, _ in parts for rank in ranks], np.concatenate([maps for _, maps in parts]))
            for parts in found.values()
        ]

    def groups(self, several):
        """Mistakes that differ in the image only, as (settings, compute, [(ranks, image)]); those of a wrong shape left out."""
        found = {}
        for entries in several:
            changes = [attempt.change for _, attempt in entries]
            settings = {name: value for change in changes for name, value in change.settings.items()}
            compute = next((change.compute for change in changes if change.compute), None)
            border = any(change.image and "padding" in change.settings for change in changes)
            key = (id(compute), border, *sorted((name, id(value)) for name, value in settings.items()))
            found.setdefault(key, (settings, compute, []))[2].append(entries)
        for settings, compute, group in found.values():
            alike = {}
            for entries in group:
                change = entries[0][1].change if len(entries) == 1 else both(entries[0][1], entries[1][1])
                image = self.image if change.image is None else change.image(self.image)
                if image.shape not in alike and not self.fits(settings, image.shape):
                    if image.shape[1] == image.shape[2]:
                        break  # the images of the others have the same shape
                    continue
                alike.setdefault(image.shape, []).append((tuple(rank for rank, _ in entries), image))
            yield from ((settings, compute, images) for images in alike.values())

    def fits(self, settings, shape):
        """Whether the operation with some settings changed gives an answer of the right shape for an image of `shape`."""
        key = (shape, *sorted((name, id(value)) for name, value in settings.items()))
        if key not in self.shapes:
            try:
                operation = self.task.operation.changed(**settings) if settings else self.task.operation
                wanted = self.target.values.shape[1:3]  # or with rows for columns, where the answer was transposed
                self.shapes[key] = operation.output_shape(shape[1:3]) in (wanted, wanted[::-1])
            except (TypeError, ValueError):
                self.shapes[key] = False
        return self.shapes[key]

    def computed(self, settings, compute, images):
        """The answers for several images of one shape, (images, N, rows, columns, C), as floats; None where there is none."""
        operation = self.task.operation.changed(**settings) if settings else self.task.operation
        numbers = Numbers(np.concatenate(images), self.task.numbers.weak)
        try:
            found = operation.compute(numbers) if compute is None else compute(operation, numbers)
        except (TypeError, ValueError, OverflowError, ZeroDivisionError):
            return None
        return found.astype(np.float64).reshape(len(images), -1, *found.shape[1:])


def without_bias(settings):
    """Settings but for the bias, which is added to what was computed."""
    return {name: value for name, value in settings.items() if name != "bias"}
