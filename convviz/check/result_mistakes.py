"""What people do wrong with finished numbers: signs, rounding, scaling, the types and pictures in which they are stored.

All functions take arrays (…, N, rows, columns, C).
"""

import itertools
import math
from fractions import Fraction
from functools import partial

import numpy as np

__all__ = ["ROUNDING", "number_mistakes", "place_mistakes", "stored_mistakes", "truncating_mistakes"]

#: The axes of one answer.
ANSWER = (-4, -3, -2, -1)
#: Bits of the integers in which results wrap around, the usual ones first.
BITS = (8, 16, 32)
#: Ranges to which results are clipped.
RANGES = ((0, 255), (0, 1), (-128, 127), (-1, 1), (0, 65535), (-32768, 32767))


def number_mistakes(task):
    """Mistakes with the sign and the scale of all results, as `Attempt`s."""
    yield task.on_result("negative_zeroed", lambda result: np.maximum(result, 0))
    yield task.on_result("absolute_value", np.abs)
    yield task.on_result("negated", np.negative)
    for top in (255, 1):
        yield task.on_result("scaled_to_range", partial(stretched, top), (top,))
    for top in (255, 1):
        yield task.on_result("scaled_to_maximum", partial(scaled_to_maximum, top), (top,))
    yield task.on_result("divided_by_255", lambda result: result / 255)
    yield task.on_result("multiplied_by_255", lambda result: result * 255)


def stretched(top, result):
    """Results spread from 0 to `top`."""
    low, high = (extreme(result, axis=ANSWER, keepdims=True) for extreme in (np.min, np.max))
    return (result - low) * top / (high - low)


def scaled_to_maximum(top, result):
    """Results scaled so that the largest is `top`."""
    return result * top / np.max(result, axis=ANSWER, keepdims=True)


def stored_mistakes(task):
    """What rounding, integers of fixed width and pictures do to results, as `Attempt`s."""
    for kind, function in ROUNDING.items():
        yield task.on_result(kind, function)
    yield from truncating_mistakes(task)
    for low, high in RANGES:
        yield task.on_result("clipped", partial(clipped, low, high), (low, high))
    for bits in BITS:
        yield task.on_result("wrapped_unsigned", partial(wrapped, bits, 0), (bits, 2**bits - 1))
        low = -(2 ** (bits - 1))
        yield task.on_result("wrapped_signed", partial(wrapped, bits, low), (bits, low, -low - 1))


def truncating_mistakes(task):
    """Decimals cut off after the first ones, as `Attempt`s."""
    for decimals in range(1, 5):
        kind = "truncated_one" if decimals == 1 else "truncated"
        yield task.on_result(kind, partial(truncated, decimals), (decimals,) if decimals > 1 else ())


def clipped(low, high, result):
    """Results below and above a range set to its ends."""
    return np.minimum(np.maximum(result, low), high)


def wrapped(bits, low, result):
    """Results, cut off to whole numbers, as integers of so many bits hold them; unchanged where they hold all of an answer."""
    whole = cut_off(result)
    outside = np.asarray((whole < low) | (whole >= low + 2**bits), bool).any(axis=ANSWER, keepdims=True)
    return np.where(outside, (whole - low) % 2**bits + low, result)


def elementwise(function):
    """A function of numbers of any kind for arrays of dtype object."""
    return np.frompyfunc(lambda value: function(value) if math.isfinite(value) else value, 1, 1)


def towards(of_floats, of_numbers, result):
    """Results made whole by one function for floats, or the same one for numbers of dtype object."""
    return elementwise(of_numbers)(result) if result.dtype == object else of_floats(nearly_whole(result))


def nearly_whole(result):
    """Floats, whole where only the last digits say that they are not: 0.1 × 30 is 3."""
    if result.dtype.kind != "f":
        return result
    near = np.rint(result)
    small = 1e-5 if result.dtype == np.float32 else 1e-9
    return np.where(np.abs(result - near) <= small * np.maximum(1, np.abs(result)), near, result)


def cut_off(result):
    """Results without what stands behind the point."""
    return towards(np.trunc, math.trunc, result)


def rounded_half_up(result):
    """Results rounded to whole numbers, halves away from zero."""
    if result.dtype == object:
        return np.sign(result) * elementwise(lambda value: math.floor(value + Fraction(1, 2)))(np.abs(result))
    return np.sign(result) * np.floor(nearly_whole(np.abs(result) * 2) / 2 + 0.5)


def rounded_half_even(result):
    """Results rounded to whole numbers, halves to the even neighbour."""
    return elementwise(round)(result) if result.dtype == object else np.rint(nearly_whole(result * 2) / 2)


#: The ways to make whole numbers, by their kinds.
ROUNDING = {
    "cut_off": cut_off,
    "rounded_to_whole": rounded_half_up,
    "rounded_half_even": rounded_half_even,
    "rounded_down": partial(towards, np.floor, math.floor),
    "rounded_up": partial(towards, np.ceil, math.ceil),
}


def truncated(decimals, result):
    """Results cut off after so many decimals."""
    power = 10**decimals
    if result.dtype == object:
        return elementwise(lambda value: Fraction(math.trunc(value * power), power))(result)
    return cut_off(result * power) / power


def place_mistakes(task):
    """The answer turned or mirrored, its channels in another order or merged, as `Attempt`s."""
    rows, columns, channels = task.right.shape[1:]
    if rows > 1:
        yield task.on_result("answer_upside_down", lambda result: np.flip(result, -3))
    if columns > 1:
        yield task.on_result("answer_mirrored", lambda result: np.flip(result, -2))
    if rows > 1 and columns > 1:
        yield task.on_result("answer_turned", lambda result: np.flip(result, (-3, -2)))
        yield task.on_result("answer_turned_left", lambda result: np.rot90(result, 1, (-3, -2)))
        yield task.on_result("answer_turned_right", lambda result: np.rot90(result, -1, (-3, -2)))
    if channels > 1:
        yield task.on_result("results_summed", lambda result: result.sum(axis=-1, keepdims=True))
        yield task.on_result("results_maximum", lambda result: result.max(axis=-1, keepdims=True))
        yield task.on_result("results_averaged", lambda result: result.sum(axis=-1, keepdims=True) / channels)
    for order in itertools.permutations(range(channels)) if 1 < channels < 4 else ():
        if order != tuple(range(channels)):
            yield task.attempt("results_reordered", partial(np.take, task.right, order, axis=-1))
