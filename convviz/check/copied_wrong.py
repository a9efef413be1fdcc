"""Mistakes that hold a number of their own, which the answer tells: one weight or one cell of the input copied wrong, another
bias, all results too large by an amount or by a factor."""

from fractions import Fraction
from functools import partial

import numpy as np

from convviz.arrays import Numbers
from convviz.check.map_mistakes import is_whole
from convviz.check.tap_windows import tap_windows
from convviz.check.weight_mistakes import named_weight

__all__ = ["copied_wrong", "weight_changes"]

#: Of how many weights or cells of the input one is looked for at most, and how many numbers are tried in one.
MANY, VALUES = 400, 6
#: How far from proportional floats may be.
CLOSE = 1e-9


def copied_wrong(task, target, wrong):
    """The `Attempt`s of mistakes with one number that would explain an answer.

    Parameters
    ----------
    task : convviz.check.map_mistakes.Task
    target : convviz.check.target.Target
    wrong : numpy.ndarray of bool
        Which cells of the answer are wrong.
    """
    right = task.right.astype(np.float64)
    if target.values.shape != right.shape or not np.isfinite(right[target.filled]).all():
        return
    difference = np.where(target.filled, target.values - right, 0)
    with np.errstate(all="ignore"):
        if task.operation.weighted:
            yield from weights_wrong(task, target, difference)
            yield from biases_wrong(task, target, difference)
        yield from cells_wrong(task, target, difference, wrong)
        yield from all_wrong(task, target, difference)


def amounts(responses, difference):
    """How much of each response (cells, R) makes up a difference (cells,), and for which of them it makes up all."""
    norms = np.einsum("ij,ij->j", responses, responses)
    parts = difference @ responses / np.where(norms > 0, norms, 1)
    left = difference[:, None] - responses * parts
    small = CLOSE * max(np.abs(difference).max(initial=0), 1)
    return parts, (norms > 0) & (np.abs(left).max(axis=0, initial=0) <= small)


def weights_wrong(task, target, difference):
    """One weight of the kernel copied wrong."""
    operation, kernel = task.operation, task.operation.kernel
    if kernel.size > MANY:
        return
    for place, changed in weight_changes(operation, tap_windows(operation, task.numbers.array), target.filled, difference):
        used = tidy(kernel[place] + changed, task, kernel)
        if used is not None:
            kind, details = named_weight(operation, place, "weight_wrong")
            yield task.on_kernel(kind, partial(replaced, place, used), (*details, plain(kernel[place]), used))


def weight_changes(operation, windows, filled, difference):
    """The places of weights that make up a difference of answers when they are changed, and by how much."""
    kernel, (groups, taps) = operation.kernel, windows.shape[3:]
    if kernel.ndim == 2:
        responses = np.where(filled[..., None], windows, 0).reshape(-1, taps)
        parts, fits = amounts(responses, difference.ravel())
        for tap in np.flatnonzero(fits):
            yield tuple(map(int, np.unravel_index(tap, kernel.shape))), parts[tap]
        return
    concerned = np.flatnonzero(np.any(difference != 0, axis=(0, 1, 2)))
    if len(concerned) != 1:
        return
    output = int(concerned[0])
    group, number = divmod(output, difference.shape[3] // groups)
    responses = np.where(filled[..., output, None], windows[..., group, :], 0).reshape(-1, taps)
    parts, fits = amounts(responses, difference[..., output].ravel())
    rows, columns = operation.kernel_size
    for tap in np.flatnonzero(fits):
        row, column, channel = (int(part) for part in np.unravel_index(tap, (rows, columns, taps // (rows * columns))))
        if operation.channel_axis == 2:
            yield (row, column, channel, output), parts[tap]
        else:
            yield (row, column, number, group * (taps // (rows * columns)) + channel), parts[tap]


def replaced(place, used, kernel):
    """A kernel with another weight in one place."""
    changed = kernel.astype(kernel.dtype if isinstance(used, int) or kernel.dtype.kind in "fO" else np.float64)
    changed[place] = used
    return changed


def tidy(value, task, given):
    """A number that someone may have used, found in floats; None where it cannot be, such as a half among whole numbers."""
    if not np.isfinite(value):
        return None
    near = round(float(value))
    if abs(value - near) <= 1e-6 * max(1, abs(near)):
        return near
    if given.dtype.kind in "iu" or (given.dtype == object and is_whole(given)):
        return None
    return float(f"{float(value):.6g}")


def plain(value):
    """A number of an array as one of Python's own."""
    return value.item() if isinstance(value, np.generic) else value


def biases_wrong(task, target, difference):
    """Another bias used."""
    operation = task.operation
    if operation.bias is None:
        return
    concerned = np.flatnonzero(np.any(difference != 0, axis=(0, 1, 2)))
    if operation.bias.size == 1:
        concerned = concerned[:1]
    if len(concerned) != 1:
        return
    channel = int(concerned[0]) if operation.bias.size > 1 else 0
    filled = target.filled[..., channel]
    extra = difference[..., channel][filled]
    bias = operation.bias.reshape(-1)
    used = tidy(bias[channel] + extra.mean(), task, bias)
    if used is None or np.ptp(extra) > CLOSE * max(np.abs(extra).max(), 1) or len(extra) < 2:
        return
    changed = [used if number == channel else plain(part) for number, part in enumerate(bias)]
    kind, details = ("bias_wrong_filter", (channel,)) if len(bias) > 1 else ("bias_wrong", ())
    yield task.change(kind, (*details, plain(bias[channel]), used), bias=changed)


def cells_wrong(task, target, difference, wrong):
    """One cell of the input copied wrong."""
    image = task.numbers.array
    if len(image) > 1 or image.size > MANY or task.operation.is_global:
        return
    for place, read in possible_cells(task, target, difference, wrong):
        row, column, channel = place
        details = (row, column, channel) if image.shape[3] > 1 else (row, column)
        kind = "input_wrong_channel" if image.shape[3] > 1 else "input_wrong"
        yield task.on_image(kind, partial(replaced, (0, *place), read), (*details, plain(image[(0, *place)]), read))


def possible_cells(task, target, difference, wrong):
    """The cells that may have been copied wrong, each with what was read."""
    image, operation = task.numbers.array, task.operation
    units = np.eye(image.size).reshape(image.size, *image.shape[1:])
    if operation.weighted:
        operation = operation.changed(bias=None)
    responses = operation.compute(Numbers(units))
    places = [tuple(int(part) for part in place) for place in np.ndindex(image.shape[1:])]
    if is_linear(responses, image, operation.compute(task.numbers)):
        responses = np.where(target.filled[0], responses, 0).reshape(len(units), -1).T
        parts, fits = amounts(responses, difference.ravel())
        found = (
            (places[number], tidy(image[(0, *places[number])] + parts[number], task, image)) for number in np.flatnonzero(fits)
        )
        yield from ((place, read) for place, read in found if read is not None)
        return
    values = [plain(value) for value in np.unique(target.values[wrong])][:VALUES]
    reached = np.all((responses > 0) | ~wrong[0], axis=(1, 2, 3))  # a cell that all wrong cells of the answer read
    for number in np.flatnonzero(reached):
        for value in values:
            read = tidy(value, task, image)
            if read is not None:
                yield places[number], read


def is_linear(responses, image, result):
    """Whether a result is the sum of the responses to single cells, times the cells."""
    total = np.tensordot(image.ravel().astype(np.float64), responses.astype(np.float64), axes=(0, 0))
    return np.allclose(total, result[0].astype(np.float64), rtol=1e-5)


def all_wrong(task, target, difference):
    """All results too large, too small, or a multiple of the right ones."""
    extra = difference[target.filled]
    if np.count_nonzero(extra) < 3:
        return
    if np.ptp(extra) <= CLOSE * np.abs(extra).max():
        size = tidy(abs(extra.mean()), task, task.right)
        if size:
            kind = "all_too_large" if extra[0] > 0 else "all_too_small"
            signed = size if extra[0] > 0 else -size
            yield task.on_result(kind, lambda result: result + signed, (size,))
    right, values = task.right[target.filled].astype(np.float64), target.values[target.filled]
    ratio = values @ right / (right @ right) if np.any(right) else np.nan
    if np.isfinite(ratio) and np.abs(values - ratio * right).max() <= CLOSE * np.abs(values).max(initial=0):
        factor = Fraction(float(ratio)).limit_denominator(1000)
        if factor not in (0, 1) and abs(float(factor) - ratio) <= 1e-9 * abs(ratio):
            yield task.on_result("all_times", lambda result: result * scale(factor, result), (plain_fraction(factor),))


def scale(factor, result):
    """A factor as numbers of an array take it."""
    return factor if result.dtype == object else float(factor)


def plain_fraction(factor):
    """A factor as a whole number where it is one."""
    return int(factor) if factor.denominator == 1 else factor
