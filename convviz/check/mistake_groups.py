"""The known mistakes by what they change, and arrays of which many are computed at once."""

from dataclasses import dataclass, field

import numpy as np

__all__ = ["alike", "is_border", "is_plain", "of_kernel", "settings_key", "sorted_out", "without_bias"]

#: Mistakes with many numbers to choose from, which are tried alone only.
ALONE = frozenset(("strides_wrong", "dilation_wrong", "pool_wrong", "kernel_axes", "input_cut_off", "input_rounded"))


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
        elif change.result and change.settings.keys() <= {"bias"} and not (change.image or change.compute or change.kernel):
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


def settings_key(settings):
    """What tells settings apart whose values the mistakes hold."""
    return tuple(sorted((name, id(value)) for name, value in settings.items()))


def is_plain(change):
    """Whether a mistake changes the image only, by itself."""
    return change.image is not None and not change.settings and change.compute is None


def is_border(change):
    """Whether a mistake fills a border."""
    return change.image is not None and "padding" in change.settings and change.compute is None


def alike(several):
    """Arrays that begin with what belongs to each of their ranks, those of one shape together, with all their ranks."""
    found = {}
    for ranks, arrays in several:
        found.setdefault(arrays.shape[1:], []).append((ranks, arrays))
    return [
        ([rank for ranks, _ in parts for rank in ranks], np.concatenate([arrays for _, arrays in parts]))
        for parts in found.values()
    ]


def without_bias(settings):
    """Settings but for the bias, which is added to what was computed."""
    return {name: value for name, value in settings.items() if name != "bias"}
