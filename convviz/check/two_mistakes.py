"""Two of the known mistakes in one answer.

All pairs are computed in floats first, many at a time: kernels as products of matrices, images as one batch. The few that agree
with the answer are then computed as the operation computes, and only those that agree exactly are named.
"""

import itertools
from functools import cached_property

import numpy as np

from convviz.arrays import Numbers
from convviz.check.map_mistakes import Attempt, Change, both, computed, excluded
from convviz.check.mistake_groups import alike, is_border, is_plain, settings_key, sorted_out, without_bias
from convviz.check.tap_windows import kernels_of, maps_of, tap_windows

__all__ = ["Search", "pairs_of_mistakes", "together"]

#: Numbers that are computed at most for all pairs of one kind; answers and kernels beyond these sizes are not searched.
BUDGET, CELLS, WEIGHTS = 4_000_000, 1500, 100
#: Mistakes that leave every weight in its place.
IN_PLACE = frozenset(("weight_zeros_as_ones", "signs_lost", "weights_cut_off", "weights_rounded"))
#: How many pairs that agree in floats are computed exactly.
EXACT = 12


def pairs_of_mistakes(search, attempts):
    """The pairs that give an answer, the usual ones first, and how many pairs were tried.

    Parameters
    ----------
    search : Search
    attempts : list of convviz.check.map_mistakes.Attempt

    Returns
    -------
    pairs : list of convviz.check.map_mistakes.Attempt
    tried : int
    """
    task = search.task
    with np.errstate(all="ignore"):
        found = sorted(dict.fromkeys(search.pairs()), key=lambda pair: (pair[0] + pair[1], pair))
    pairs = {}
    for one, other, *as_made in found[:EXACT]:
        attempt = together(task, attempts[one], attempts[other], *as_made)
        if attempt is not None:
            pairs.setdefault(frozenset((one, other)), attempt)
    return list(pairs.values()), search.tried


def together(task, one, other, border_first=False):
    """The `Attempt` of two mistakes; None where they cannot be made together."""
    change = both(one, other, border_first)
    if change is None:
        return None
    details = ((one.kind, one.details), (other.kind, other.details))
    return Attempt("two_mistakes", details, lambda: computed(task, change), change)


class Search:
    """The search for pairs in floats.

    Parameters
    ----------
    task : convviz.check.map_mistakes.Task
    attempts : list of convviz.check.map_mistakes.Attempt
        The known mistakes; pairs are numbers of them.
    target : convviz.check.target.Target
    """

    def __init__(self, task, attempts, target):
        self.task, self.mistakes, self.target = task, sorted_out(attempts), target
        self.image = task.numbers.array
        self.right = task.right.astype(np.float64)
        self.size = max(target.values.size, 1)
        self.tried = 0
        self.shapes, self.operations, self.found_windows = {}, {}, {}

    @cached_property
    def is_small(self):
        """Whether all numbers are finite and so few that pairs are searched for."""
        operation = self.task.operation
        few = self.size <= CELLS and not (operation.weighted and operation.kernel.size > WEIGHTS)
        return few and bool(np.isfinite(self.right).all())

    def pairs(self):
        """The ranks of each pair that agrees with the answer; a third part says that a border is filled first."""
        if not self.is_small:
            return
        singles = list(self.with_places())
        if self.task.operation.weighted and self.mistakes.kernels:
            ranks = [rank for rank, _ in self.mistakes.kernels]
            maps = yield from self.with_kernels(ranks)
            singles.append((ranks, maps))
        singles = alike(singles)
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
        bias, windows = self.bias, self.windows(self.image, {})
        alone = maps_of(operation, windows, kernels) + bias
        for number, (rank, attempt) in enumerate(self.mistakes.kernels if count * count * self.size < BUDGET else ()):
            first = self.made_before(number)
            if first:
                maps = maps_of(operation, windows, attempt.change.kernel(kernels[..., first])) + bias
                for other in self.matching([ranks[place] for place in first], maps):
                    yield other, rank
        for places, change, images in self.placed:
            if "kernel" in change.settings or not self.fits(change.settings, images.shape):
                continue
            if change.compute:
                for other in self.with_each_kernel(change, images, kernels):
                    yield places[0], other
                continue
            if count * len(places) * self.size <= BUDGET:
                many = maps_of(operation, self.windows(images, change.settings), kernels) + bias
                many = many.reshape(count, len(places), -1, *many.shape[2:])
                for number, place in enumerate(places):
                    for other in self.matching(ranks, many[:, number]):
                        yield place, other
        return alone

    def with_each_kernel(self, change, images, kernels):
        """The mistakes with the kernel that make a pair with one in what is computed."""
        if change.of_kernels:
            operation = self.operation_with(change.settings)
            maps = change.of_kernels(operation, Numbers(images, self.task.numbers.weak), kernels)
            yield from self.matching([rank for rank, _ in self.mistakes.kernels], maps)
            return
        kernel = self.task.operation.kernel
        for rank, attempt in self.mistakes.kernels:
            settings = {**change.settings, "kernel": attempt.change.kernel(kernel)}
            maps = self.computed(settings, change.compute, images, 1)
            if maps is None or maps.shape[1:] != self.target.values.shape:
                return
            yield from self.matching([rank], maps)

    def made_before(self, number):
        """Which mistakes with the kernel may come before one of them.

        One that names a weight, row or column means the kernel as it is written, so it is not made on a turned kernel.
        """
        named = bool(self.mistakes.kernels[number][1].details)
        others = enumerate(self.mistakes.kernels)
        return [place for place, (_, one) in others if place != number and (not named or one.details or one.kind in IN_PLACE)]

    @cached_property
    def on_images(self):
        """The images that mistakes with the image only give, those of one shape together: ranks and (V·N, H, W, C)."""
        plain = ((rank, attempt.change) for rank, attempt in self.mistakes.places if is_plain(attempt.change))
        return alike(((rank,), change.image(self.image)) for rank, change in plain)

    @cached_property
    def others(self):
        """Mistakes in `places` that change more than the image, with their ranks, in lists of those with the same settings."""
        found = {}
        for entry in self.mistakes.places:
            change = entry[1].change
            if not is_plain(change):
                found.setdefault((settings_key(change.settings), id(change.compute)), []).append(entry)
        return list(found.values())

    @cached_property
    def placed(self):
        """Mistakes with image, padding, strides and what is taken of windows: ranks, what is computed, on which images."""
        found = [(ranks, Change(), images) for ranks, images in self.on_images]
        for entries in self.others:
            images = alike(((rank,), self.image_of(attempt.change)) for rank, attempt in entries)
            found += [(ranks, entries[0][1].change, part) for ranks, part in images]
        return found

    @cached_property
    def bias(self):
        """The bias of each channel of the right answer, as floats."""
        return self.task.operation.spread_bias(self.right.shape[3]).astype(np.float64)

    def windows(self, images, settings):
        """`tap_windows` of images that the search holds, with other settings than the bias; each is made once."""
        key = (id(images), settings_key(settings))
        if key not in self.found_windows:
            self.found_windows[key] = tap_windows(self.task.operation, images, **without_bias(settings))
        return self.found_windows[key]

    def image_of(self, change):
        """The image of a change."""
        return self.image if change.image is None else change.image(self.image)

    def with_places(self):
        """The answer of each mistake with image, padding, strides and what is taken of windows, with its ranks."""
        for ranks, change, images in self.placed:
            maps = self.computed(change.settings, change.compute, images, len(ranks))
            if maps is not None:
                yield ranks, maps

    def two_places(self):
        """Pairs of mistakes with image, padding, strides and what is taken of windows."""
        yield from self.two_images()
        for entries, (ranks, images) in itertools.product(self.others, self.on_images):
            several = (  # the mistake with the image comes first
                ([(other, rank) for other in ranks], attempt.change.image(images) if attempt.change.image else images)
                for rank, attempt in entries
            )
            several = alike(several) if images.size * len(entries) <= BUDGET else several
            yield from self.matching_images(entries[0][1].change, several)
        yield from self.borders_first()
        for entries, others in itertools.combinations(self.others, 2):
            if not excluded(entries[0][1].change, others[0][1].change):
                yield from self.two_others(entries, others)

    def two_images(self):
        """Pairs of mistakes with the image only."""
        for (rank, attempt), (ranks, images) in itertools.product(self.mistakes.places, self.on_images):
            if not is_plain(attempt.change):
                continue
            kept = [number for number, other in enumerate(ranks) if other < rank]
            if kept:
                images = images.reshape(len(ranks), -1, *images.shape[1:])[kept].reshape(-1, *images.shape[1:])
                found = [([(ranks[number], rank) for number in kept], attempt.change.image(images))]
                yield from self.matching_images(Change(), found)

    def two_others(self, entries, others):
        """Pairs of one mistake and another one, each of those that differ in the image only."""
        pairs = (sorted(pair, key=lambda entry: entry[0]) for pair in itertools.product(entries, others))
        changes = [(tuple(rank for rank, _ in pair), both(*(attempt for _, attempt in pair))) for pair in pairs]
        return self.matching_images(changes[0][1], alike(([ranks], self.image_of(change)) for ranks, change in changes))

    def matching_images(self, change, several):
        """The ranks of those images, with as many ranks each, whose answers agree."""
        for ranks, images in several:
            maps = self.computed(change.settings, change.compute, images, len(ranks))
            if maps is not None:
                yield from self.matching(ranks, maps)

    def borders_first(self):
        """Pairs of a border and a mistake with the image that is made when the border is filled."""
        filled = [(rank, attempt.change) for rank, attempt in self.mistakes.places if is_border(attempt.change)]
        images = [change.image(self.image) for _, change in filled]
        for rank, attempt in self.mistakes.places if filled else ():
            if is_plain(attempt.change):
                changed = attempt.change.image(np.concatenate(images))
                maps = self.computed(filled[0][1].settings, None, changed, len(filled))
                if maps is not None:
                    for other in self.matching([number for number, _ in filled], maps):
                        yield other, rank, True

    def with_biases(self, singles):
        """Pairs of a mistake with the bias and one that is not in the result."""
        for rank, extra in self.extra_biases():
            for ranks, maps in singles:
                if extra.size in (1, maps.shape[-1]):
                    for second in self.matching(ranks, maps + extra):
                        yield rank, second

    def extra_biases(self):
        """What mistakes with the bias add to the right answer, by their ranks."""
        for rank, attempt in self.mistakes.biases:
            yield rank, self.extra(attempt)

    def extra(self, attempt):
        """What another bias adds to the right answer, for each channel."""
        operation, filters = self.task.operation, self.right.shape[3]
        other = operation.changed(**attempt.change.settings)
        return (other.spread_bias(filters) - operation.spread_bias(filters)).astype(np.float64)

    def with_results(self, singles):
        """Pairs with a mistake in the result, which is made last."""
        others = [([rank], (self.right + extra)[None]) for rank, extra in self.extra_biases()]
        others += [([rank], self.finished(attempt, self.right)[None]) for rank, attempt in self.mistakes.results]
        stacks = alike([*singles, *others])
        for rank, attempt in self.mistakes.results:
            for ranks, maps in stacks:
                if maps.size <= BUDGET:
                    for first in self.matching(ranks, self.finished(attempt, maps)):
                        if first != rank:
                            yield first, rank

    def finished(self, attempt, maps):
        """Answers with a mistake in the result."""
        if attempt.change.settings:
            extra = self.extra(attempt)
            maps = maps + (extra if maps.shape[-1] == extra.size else np.nan)
        return attempt.change.result(maps).astype(np.float64)

    def fits(self, settings, shape):
        """Whether the operation with some settings changed gives an answer of the right shape for an image of `shape`."""
        key = (shape[1:3], settings_key(settings))
        if key not in self.shapes:
            try:
                operation = self.operation_with(settings)
                wanted = self.target.values.shape[1:3]  # or with rows for columns, where the answer was transposed
                self.shapes[key] = operation.output_shape(shape[1:3]) in (wanted, wanted[::-1])
            except (TypeError, ValueError):
                self.shapes[key] = False
        return self.shapes[key]

    def operation_with(self, settings):
        """The operation with some settings changed, whose values the mistakes hold: each is made once."""
        key = settings_key(settings)
        if key not in self.operations:
            self.operations[key] = self.task.operation.changed(**settings) if settings else self.task.operation
        return self.operations[key]

    def computed(self, settings, compute, images, count):
        """The answers for images of one shape, (count, N, rows, columns, C), as floats; None where there is none that fits."""
        if not self.fits(settings, images.shape):
            return None
        operation = self.operation_with(settings)
        numbers = Numbers(images, self.task.numbers.weak)
        try:
            found = operation.compute(numbers) if compute is None else compute(operation, numbers)
        except (TypeError, ValueError, OverflowError, ZeroDivisionError):
            return None
        return found.astype(np.float64).reshape(count, -1, *found.shape[1:])
