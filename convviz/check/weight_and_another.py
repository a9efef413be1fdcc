"""One weight of the kernel copied wrong, together with one of the known mistakes.

The answer of a known mistake changes in proportion to each weight. Where what is left of the answer is in proportion to one of
these changes, the factor tells which number was used. Only what agrees exactly is named.
"""

from functools import partial

import numpy as np

from convviz.arrays import Numbers
from convviz.check.copied_wrong import CLOSE, plain, replaced, tidy
from convviz.check.mistake_groups import alike
from convviz.check.tap_windows import maps_of
from convviz.check.two_mistakes import BUDGET, EXACT, together
from convviz.check.weight_mistakes import named_weight

__all__ = ["weight_and_another"]

#: Mistakes in the result that leave all numbers but the smallest and the largest as they are.
LIMITED = ("negative_zeroed", "clipped")


def weight_and_another(search, attempts):
    """The pairs of a weight and a known mistake that may give an answer, the usual ones first, and how many were tried.

    Parameters
    ----------
    search : convviz.check.two_mistakes.Search
    attempts : list of convviz.check.map_mistakes.Attempt
        The known mistakes.

    Returns
    -------
    pairs : list of convviz.check.map_mistakes.Attempt
    tried : int
    """
    task = search.task
    if not task.operation.weighted or not search.is_small:
        return [], 0
    kernel = task.operation.kernel
    with np.errstate(all="ignore"):
        found, tried = changes_of_weights(search)
    pairs = []
    for rank, weight, amount in sorted(found):
        place = tuple(map(int, np.unravel_index(weight, kernel.shape)))
        used = tidy(kernel[place] + amount, task, kernel)
        if used is not None and used != kernel[place]:
            kind, details = named_weight(task.operation, place, "weight_wrong")
            copied = task.on_kernel(kind, partial(replaced, place, used), (*details, plain(kernel[place]), used))
            pairs.append(together(task, copied, attempts[rank]))
    return [pair for pair in pairs if pair is not None][:EXACT], tried


def changes_of_weights(search):
    """The rank of a mistake, a weight and how much more of it, where these give the answer; and how many were tried."""
    target, kernel = search.target, search.task.operation.kernel.astype(np.float64)
    alone = kernel[..., None]
    kernels = alone + np.eye(kernel.size, kernel.size + 1, 1).reshape(*kernel.shape, -1)
    several = kernel.ndim == 4 and target.values.shape[3] > 1
    made = []
    for ranks, answers in possible(search, BUDGET // (kernels.shape[-1] * search.size)):
        # a weight changes one channel of the result, where there are several
        if not several or concerns_one_channel(answers(alone), target):
            made.append((ranks, answers(kernels)))
    found, tried = [], 0
    for ranks, maps in alike(made):
        if maps.shape[2:] == target.values.shape:
            tried += len(maps) * kernel.size
            found += [(ranks[number], *change) for number, *change in proportions(maps, target, target.filled)]
    inside = target.filled & (target.values > target.values.min()) & (target.values < target.values.max())
    limited = [rank for rank, attempt in search.mistakes.results if attempt.kind in LIMITED]
    right = answers_of_windows(search, search.image, {})(kernels)[None]
    if limited and inside.any() and right.shape[2:] == target.values.shape:
        changes = [change for _, *change in proportions(right, target, inside)]
        found += [(rank, *change) for rank in limited for change in changes]
        tried += len(limited) * kernel.size
    return found, tried


def answers_of_windows(search, images, settings):
    """A function that gives the answers of many kernels (kernel's axes, V), with the bias of the operation."""
    windows = search.windows(images, settings)
    return lambda kernels: maps_of(search.task.operation, windows, kernels) + search.bias


def possible(search, room):
    """The known mistakes of which at most `room` are made together: ranks, and a function that gives (ranks, V, …)."""
    mistakes, right = search.mistakes, answers_of_windows(search, search.image, {})
    for rank, attempt in mistakes.kernels[:room]:
        yield [rank], lambda kernels, attempt=attempt: right(attempt.change.kernel(kernels))[None]
    for rank, extra in search.extra_biases():
        yield [rank], lambda kernels, extra=extra: (right(kernels) + extra)[None]
    for rank, attempt in mistakes.results:
        yield [rank], lambda kernels, attempt=attempt: search.finished(attempt, right(kernels))[None]
    for ranks, change, images in search.placed:
        answers = with_windows(search, change, images) if len(ranks) <= room else None
        if answers:
            yield ranks, lambda kernels, answers=answers, ranks=ranks: by_image(answers(kernels), len(ranks))


def by_image(maps, count):
    """Answers (V, count·N, …) as (count, V, N, …)."""
    return maps.reshape(len(maps), count, -1, *maps.shape[2:]).swapaxes(0, 1)


def with_windows(search, change, images):
    """`answers_of_windows` of a mistake with the windows; None where it changes the kernel or does not fit."""
    if "kernel" in change.settings or not search.fits(change.settings, images.shape):
        return None
    if not change.compute:
        return answers_of_windows(search, images, change.settings)
    operation, numbers = search.operation_with(change.settings), Numbers(images, search.task.numbers.weak)
    return change.of_kernels and partial(change.of_kernels, operation, numbers)


def concerns_one_channel(maps, target):
    """Whether the answers (V, 1, N, rows, columns, C) of some mistake differ from the target in one channel at most."""
    if maps.shape[2:] != target.values.shape:
        return False
    differs = (np.abs(maps[:, 0] - target.values) > target.slack) & target.filled
    return bool((differs.any(axis=(1, 2, 3)).sum(axis=1) <= 1).any())


def proportions(maps, target, filled):
    """Which mistake, which weight and how much more of it give an answer, of answers (V, 1 + weights, N, rows, columns, C)."""
    flat = np.where(filled, maps, 0).reshape(*maps.shape[:2], -1)
    changes = flat[:, 1:] - flat[:, :1]
    left = np.where(filled, target.values, 0).ravel() - flat[:, 0]
    norms = np.einsum("vwc,vwc->vw", changes, changes)
    parts = np.einsum("vwc,vc->vw", changes, left) / np.where(norms > 0, norms, 1)
    rest = np.abs(left[:, None] - changes * parts[..., None]).max(axis=2, initial=0)
    small = CLOSE * np.maximum(np.abs(left).max(axis=1, initial=0), 1)
    for number, weight in np.argwhere((norms > 0) & (rest <= small[:, None])):
        yield int(number), int(weight), float(parts[number, weight])
