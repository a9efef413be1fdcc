"""What each mistake of a whole answer gives, computed with the slow reference and plain numpy: the judge of the diagnoses.

A problem is the kind of operation, the settings for the reference, the image (N, H, W, C), and what is done to the result
afterwards. `MISTAKES` has for each kind of mistake what it makes of a problem, given the details that its sentence names, and
`DETAILS` draws such details. Nothing of convviz is imported.
"""

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
import reference

__all__ = ["DETAILS", "MISTAKES", "Problem", "answer", "applied", "drawn_details", "made"]


@dataclass(frozen=True)
class Problem:
    """An operation on an image, as the reference takes it."""

    kind: str
    settings: dict
    image: np.ndarray
    after: tuple = ()
    take: object = None

    def change(self, **settings):
        return replace(self, settings={**self.settings, **settings})

    def then(self, function):
        return replace(self, after=(*self.after, function))


def computed(problem):
    """The reference's result, without what is done to it afterwards."""
    image, settings = problem.image, problem.settings
    if problem.take:
        return problem.take(problem)
    if problem.kind == "convolution":
        return np.array(reference.convolve(image, **settings))
    if problem.kind == "transposed":
        return np.array(reference.transposed(image, **settings))
    if problem.kind == "maximum":
        return np.array(reference.max_pool(image, **without(settings, "count_include_pad"))[0])
    return np.array(reference.avg_pool(image, **settings)).astype(float)


def without(settings, name):
    return {key: value for key, value in settings.items() if key != name}


def answer(problem):
    """The answer to a problem, an array (N, rows, columns, C)."""
    result = computed(problem)
    for function in problem.after:
        result = function(result)
    return result


def kernel(function):
    """A mistake with the kernel."""
    return lambda problem, *details: problem.change(kernel=function(problem.settings["kernel"], *details))


def image(function):
    """A mistake with the image."""
    return lambda problem, *details: replace(problem, image=function(problem.image, *details))


def result(function):
    """A mistake with the result."""
    return lambda problem, *details: problem.then(lambda array: function(array, *details))


def setting(name, value):
    """Another setting, always the same."""
    return lambda problem: problem.change(**{name: value})


def with_weight(weights, row, column, *rest):
    """A kernel with one weight changed: the last detail is what was used, the one before what should have been."""
    *where, right, used = rest
    channel, output = (*where, 0, 0)[:2]
    assert weights[row, column, channel, output] == right
    changed = weights.astype(object if isinstance(used, int) else float)
    changed[row, column, channel, output] = used
    return changed.astype(weights.dtype) if isinstance(used, int) and weights.dtype.kind == "i" else changed.astype(float)


def lost_sign(weights, row, column, channel=0, output=0):
    changed = weights.copy()
    assert changed[row, column, channel, output] < 0
    changed[row, column, channel, output] *= -1
    return changed


def without_line(weights, axis, number):
    changed = weights.copy()
    changed[(slice(None),) * axis + (number,)] = 0
    return changed


def swapped_lines(weights, axis, one, other):
    order = list(range(weights.shape[axis]))
    order[one], order[other] = order[other], order[one]
    return weights.take(order, axis)


def swapped_weights(weights, a, b, c, d):
    changed = weights.copy()
    changed[a, b], changed[c, d] = weights[c, d], weights[a, b]
    return changed


def only_channel(weights, channel):
    return np.concatenate([weights[:, :, c : c + 1] * (c == channel) for c in range(weights.shape[2])], axis=2)


def less_channel(weights, channel):
    return np.concatenate([weights[:, :, c : c + 1] * (c != channel) for c in range(weights.shape[2])], axis=2)


def as_ours(weights):
    """PyTorch's numbers, in the order of memory, read as a kernel (rows, columns, C_in, C_out)."""
    rows, columns, inputs, outputs = weights.shape
    flat = [weights[i, j, c, f] for f in range(outputs) for c in range(inputs) for i in range(rows) for j in range(columns)]
    return np.array(flat).reshape(weights.shape)


def as_torch(weights):
    """The numbers of a kernel, in the order of memory, read as PyTorch's (C_out, C_in, rows, columns)."""
    rows, columns, inputs, outputs = weights.shape
    torch = np.array(weights.ravel().tolist()).reshape(outputs, inputs, rows, columns)
    return np.array(
        [[[[torch[f, c, i, j] for f in range(outputs)] for c in range(inputs)] for j in range(columns)] for i in range(rows)]
    )


def product_kernel(weights, which):
    """The kernel whose convolution is what a matrix product gives when its numbers are added up, or the first of them."""
    size = len(weights)
    changed = np.zeros_like(weights)
    for i, j in itertools.product(range(size), repeat=2):
        for r in range(size):
            if which == "window first":  # window[i][j] meets kernel[j][r] for each column r
                changed[i, j] += weights[j, r]
            elif which == "kernel first":  # kernel[r][i] meets window[i][j] for each row r
                changed[i, j] += weights[r, i]
        if which == "first number" and i == 0:
            changed[i, j] = weights[j, 0]
    return changed


def reaches(problem):
    """How many cells a window spans along rows and columns."""
    window = (
        problem.settings["kernel"].shape[:2] if "kernel" in problem.settings else reference.pair(problem.settings["pool_size"])
    )
    return [
        reference.span(size, step) for size, step in zip(window, reference.pair(problem.settings["dilation_rate"]), strict=True)
    ]


def amounts(problem):
    """Cells of padding before and after rows and columns that windows read."""
    settings, found = problem.settings, []
    window = settings["kernel"].shape[:2] if "kernel" in settings else reference.pair(settings["pool_size"])
    for axis in (0, 1):
        size, stride = problem.image.shape[1 + axis], reference.pair(settings["strides"])[axis]
        dilation, padding = reference.pair(settings["dilation_rate"])[axis], reference.along(settings["padding"], axis)
        before, _ = reference.pad_amounts(size, window[axis], stride, dilation, padding)
        count = reference.output_size(size, window[axis], stride, dilation, padding, settings.get("ceil_mode", False))
        last = (count - 1) * stride + reference.span(window[axis], dilation) - before
        found.append((before, max(last - size, 0)))
    return found


def border(mode, added=False, **options):
    """Padding filled in another way, as numpy.pad does."""

    def function(problem):
        sizes = [((reach - 1) // 2, reach // 2) for reach in reaches(problem)] if added else amounts(problem)
        padded = np.pad(problem.image, [(0, 0), *sizes, (0, 0)], mode=mode, **options)
        changed = replace(problem, image=padded).change(padding="valid")
        return changed.change(ceil_mode=False) if "ceil_mode" in problem.settings else changed

    return function


def moved(array, down, across):
    """The image with each window reading further down or across; zeros come in."""
    found = np.zeros_like(array)
    height, width = array.shape[1:3]
    for y, x in itertools.product(range(height), range(width)):
        if 0 <= y + down < height and 0 <= x + across < width:
            found[:, y, x] = array[:, y + down, x + across]
    return found


def windows(problem):
    """The cells of each window of a pooling, without padding: {(n, row, column, channel): list}."""
    found = {}
    for n, plane in enumerate(problem.image.tolist()):
        where = reference.pool_windows(plane, *(problem.settings[name] for name in POOL))
        for y, x in itertools.product(range(len(where)), range(len(where[0]))):
            real = [cell for cell in where[y][x] if reference.inside(plane, *cell)]
            for c in range(len(plane[0][0])):
                found[n, y, x, c] = [plane[i][j][c] for i, j in real]
    return found


POOL = ("pool_size", "strides", "padding", "dilation_rate", "ceil_mode")


def taken(function):
    """Something else taken of each window of a pooling."""

    def compute(problem, *details):
        cells = windows(problem)
        shape = tuple(1 + max(place[axis] for place in cells) for axis in range(4))
        found = np.zeros(shape)
        for place, values in cells.items():
            found[place] = function(values, *details)
        return found

    return lambda problem, *details: replace(problem, take=lambda changed: compute(changed, *details))


def halves_away(value):
    return math.copysign(math.floor(abs(value) + 0.5), value)


def near(value):
    """A float that is whole but for its last digits, as that whole number."""
    return round(value) if abs(value - round(value)) < 1e-9 * max(1, abs(value)) else value


def each(function):
    """A function of numbers for arrays."""
    return lambda array, *details: np.vectorize(lambda value: float(function(near(float(value)), *details)))(array)


def truncated(array, decimals=1):
    return each(lambda value: math.trunc(near(value * 10**decimals)) / 10**decimals)(array)


def wrapped(array, low, bits):
    return each(lambda value: (math.trunc(value) - low) % 2**bits + low)(array)


def bias_of(problem, outputs):
    return np.broadcast_to(np.array(problem.settings["bias"]).reshape(-1), (outputs,))


def terms(problem):
    rows, columns, channels, _ = problem.settings["kernel"].shape
    return rows * columns * channels


def stamped(last):
    """A transposed convolution whose stamps cover one another instead of being added."""

    def compute(problem):
        settings = problem.settings
        ordinary = np.array(reference.transposed(problem.image, **settings))
        found, written = np.zeros_like(ordinary), np.zeros(ordinary.shape[1:3], bool)
        for y, x in itertools.product(*map(range, problem.image.shape[1:3])):
            alone = np.zeros_like(problem.image)
            alone[:, y, x] = problem.image[:, y, x]
            stamp = np.array(reference.transposed(alone, **{**settings, "bias": None}))
            ones = np.zeros_like(problem.image)
            ones[:, y, x] = 1
            where = np.array(
                reference.transposed(ones, **{**settings, "bias": None, "kernel": np.ones_like(settings["kernel"])})
            )
            place = where[0, :, :, 0] > 0
            place &= True if last else ~written
            found[:, place] = stamp[:, place]
            written |= place
        return found + (0 if settings["bias"] is None else bias_of(problem, found.shape[3]))

    return lambda problem: replace(problem, take=compute)


def untransposed(problem):
    settings = without(problem.settings, "output_padding")
    return replace(problem, kind="convolution", settings={**settings, "kernel": settings["kernel"].swapaxes(2, 3)})


def normalised(problem):
    weights = problem.settings["kernel"]
    return problem.change(kernel=weights / weights.sum(axis=(0, 1, 2)))


def not_summed(problem):
    def compute(changed):
        weights = changed.settings["kernel"]
        parts = [
            np.array(
                reference.convolve(
                    changed.image[..., c : c + 1], **{**changed.settings, "kernel": weights[:, :, c : c + 1], "bias": None}
                )
            )
            for c in range(weights.shape[2])
        ]
        return np.concatenate(parts, axis=3)

    return replace(problem, take=compute)


def padded_with_zero(problem):
    sizes = amounts(problem)
    return replace(problem, image=np.pad(problem.image, [(0, 0), *sizes, (0, 0)])).change(padding="valid", ceil_mode=False)


def one_bias(problem, *details):
    *channel, right, used = details
    bias = list(problem.settings["bias"])
    assert bias[(channel or [0])[0]] == right
    bias[(channel or [0])[0]] = used
    return problem.change(bias=np.array(bias))


def one_cell(array, row, column, *rest):
    *channel, right, read = rest
    place = (0, row, column, (channel or [0])[0])
    assert array[place] == right
    changed = array.astype(float if isinstance(read, float) else array.dtype)
    changed[place] = read
    return changed


def sides(problem, before):
    """All padding before, or all behind."""
    return tuple((sum(pair), 0) if before else (0, sum(pair)) for pair in full_amounts(problem))


def full_amounts(problem):
    settings = problem.settings
    window = settings["kernel"].shape[:2] if "kernel" in settings else reference.pair(settings["pool_size"])
    return [
        reference.pad_amounts(
            problem.image.shape[1 + axis],
            window[axis],
            reference.pair(settings["strides"])[axis],
            reference.pair(settings["dilation_rate"])[axis],
            reference.along(settings["padding"], axis),
        )
        for axis in (0, 1)
    ]


def flat(array):
    return array.reshape(-1)


FLIP = kernel(lambda weights: weights[::-1, ::-1])
MISTAKES = {
    "kernel_flipped": FLIP,
    "kernel_upside_down": kernel(lambda weights: weights[::-1]),
    "kernel_mirrored": kernel(lambda weights: weights[:, ::-1]),
    "kernel_transposed": kernel(lambda weights: weights.swapaxes(0, 1)),
    "kernel_turned_left": kernel(lambda weights: weights.swapaxes(0, 1)[::-1]),
    "kernel_turned_right": kernel(lambda weights: weights.swapaxes(0, 1)[:, ::-1]),
    "kernel_row_left_out": kernel(lambda weights, row: without_line(weights, 0, row)),
    "kernel_column_left_out": kernel(lambda weights, column: without_line(weights, 1, column)),
    "kernel_rows_swapped": kernel(lambda weights, one, other: swapped_lines(weights, 0, one, other)),
    "kernel_columns_swapped": kernel(lambda weights, one, other: swapped_lines(weights, 1, one, other)),
    "weights_swapped": kernel(swapped_weights),
    "weight_zeros_as_ones": kernel(lambda weights: weights + (weights == 0)),
    "weights_cut_off": kernel(lambda weights: np.sign(weights) * np.floor(np.abs(weights))),
    "weights_rounded": kernel(lambda weights: np.array([round(float(w)) for w in flat(weights)]).reshape(weights.shape)),
    "sign_lost": kernel(lost_sign),
    "sign_lost_channel": kernel(lost_sign),
    "sign_lost_filter": kernel(lost_sign),
    "signs_lost": kernel(lambda weights: np.where(weights < 0, -weights, weights)),
    "weight_wrong": kernel(with_weight),
    "weight_wrong_channel": kernel(with_weight),
    "weight_wrong_filter": kernel(with_weight),
    "kernel_read_as_ours": kernel(as_ours),
    "kernel_read_as_torch": kernel(as_torch),
    "kernel_channels_swapped": kernel(lambda weights: weights.swapaxes(2, 3)),
    "kernel_axes": kernel(lambda weights, *order: weights.transpose([number - 1 for number in order])),
    "not_multiplied": kernel(lambda weights: weights * 0 + 1),
    "added": lambda p: p.change(
        kernel=p.settings["kernel"] * 0 + 1,
        bias=p.settings["kernel"].sum(axis=(0, 1, 2)) + (0 if p.settings["bias"] is None else np.array(p.settings["bias"])),
    ),
    "matrix_product": kernel(lambda weights: product_kernel(weights, "window first")),
    "matrix_product_reversed": kernel(lambda weights: product_kernel(weights, "kernel first")),
    "matrix_product_first": kernel(lambda weights: product_kernel(weights, "first number")),
    "kernel_normalised": normalised,
    "averaged": lambda p, count: p.change(kernel=p.settings["kernel"] / count),
    "channel_left_out": kernel(less_channel),
    "one_channel_only": kernel(only_channel),
    "channels_not_summed": not_summed,
    "bias_left_out": setting("bias", None),
    "bias_twice": lambda p: p.change(bias=np.array(p.settings["bias"]) * 2),
    "bias_subtracted": lambda p: p.change(bias=-np.array(p.settings["bias"])),
    "bias_each_product": lambda p, count: p.change(bias=np.array(p.settings["bias"]) * count),
    "bias_each_channel": lambda p, count: p.change(bias=np.array(p.settings["bias"]) * count),
    "bias_multiplied": lambda p: p.change(bias=None).then(lambda array: array * np.array(p.settings["bias"])),
    "bias_reversed": lambda p: p.change(bias=np.array(p.settings["bias"])[::-1]),
    "bias_of_first": lambda p: p.change(bias=np.array(p.settings["bias"]) * 0 + p.settings["bias"][0]),
    "bias_wrong": one_bias,
    "bias_wrong_filter": one_bias,
    "not_transposed": untransposed,
    "overlap_last": stamped(last=True),
    "overlap_first": stamped(last=False),
    "padding_left_out": setting("padding", "valid"),
    "padding_added": lambda p, amount: p.change(padding=amount),
    "padding_wrong": lambda p, amount: p.change(padding=amount),
    "padding_taken": lambda p, rows, columns: p.change(padding=((rows, rows), (columns, columns))),
    "padding_same": setting("padding", "same"),
    "padding_full": setting("padding", "full"),
    "padding_first": lambda p: p.change(padding=sides(p, True)),
    "padding_last": lambda p: p.change(padding=sides(p, False)),
    "padding_swapped": lambda p: p.change(padding=tuple(pair[::-1] for pair in full_amounts(p))),
    "border_mirrored": border("reflect"),
    "border_symmetric": border("symmetric"),
    "border_repeated": border("edge"),
    "border_wrapped": border("wrap"),
    "border_ones": border("constant", constant_values=1),
    "border_zeros": border("constant"),
    "border_added_mirrored": border("reflect", added=True),
    "border_added_symmetric": border("symmetric", added=True),
    "border_added_repeated": border("edge", added=True),
    "border_added_wrapped": border("wrap", added=True),
    "border_added_ones": border("constant", added=True, constant_values=1),
    "strides_ignored": setting("strides", (1, 1)),
    "strides_one": setting("strides", (1, 1)),
    "strides_two": setting("strides", (2, 2)),
    "strides_swapped": lambda p: p.change(strides=reference.pair(p.settings["strides"])[::-1]),
    "strides_kernel": lambda p: p.change(strides=p.settings["kernel"].shape[:2]),
    "strides_pool": lambda p: p.change(strides=p.settings["pool_size"]),
    "strides_wrong": lambda p, amount: p.change(strides=(amount, amount)),
    "strides_taken": lambda p, rows, columns: p.change(strides=(rows, columns)),
    "dilation_ignored": setting("dilation_rate", (1, 1)),
    "dilation_wrong": lambda p, amount: p.change(dilation_rate=(amount, amount)),
    "output_padding_ignored": setting("output_padding", 0),
    "row_late": image(lambda array: moved(array, 1, 0)),
    "row_early": image(lambda array: moved(array, -1, 0)),
    "column_late": image(lambda array: moved(array, 0, 1)),
    "column_early": image(lambda array: moved(array, 0, -1)),
    "input_transposed": image(lambda array: array.swapaxes(1, 2)),
    "input_upside_down": image(lambda array: array[:, ::-1]),
    "input_mirrored": image(lambda array: array[:, :, ::-1]),
    "input_zeros_as_ones": image(lambda array: array + (array == 0)),
    "input_cut_off": image(each(math.trunc)),
    "input_rounded": image(each(round)),
    "input_wrapped_unsigned": image(lambda array, bits, top: wrapped(array, 0, bits)),
    "input_wrapped_signed": image(lambda array, bits, low, top: wrapped(array, low, bits)),
    "input_clipped": image(lambda array, low, high: np.clip(array, low, high)),
    "input_divided": image(lambda array, divisor: array / divisor),
    "input_wrong": image(one_cell),
    "input_wrong_channel": image(one_cell),
    "channels_reversed": image(lambda array: array[..., [2, 1, 0, 3] if array.shape[3] == 4 else slice(None, None, -1)]),
    "answer_transposed": result(lambda array: array.swapaxes(1, 2)),
    "answer_upside_down": result(lambda array: array[:, ::-1]),
    "answer_mirrored": result(lambda array: array[:, :, ::-1]),
    "answer_turned": result(lambda array: array[:, ::-1, ::-1]),
    "answer_turned_left": result(lambda array: array.swapaxes(1, 2)[:, ::-1]),
    "answer_turned_right": result(lambda array: array.swapaxes(1, 2)[:, :, ::-1]),
    "results_summed": result(lambda array: array.sum(axis=3, keepdims=True)),
    "results_maximum": result(lambda array: array.max(axis=3, keepdims=True)),
    "results_averaged": result(lambda array: array.mean(axis=3, keepdims=True)),
    "negative_zeroed": result(lambda array: np.where(array < 0, 0, array)),
    "absolute_value": result(np.abs),
    "negated": result(lambda array: -array),
    "scaled_to_range": result(lambda array, top: (array - array.min()) / (array.max() - array.min()) * top),
    "scaled_to_maximum": result(lambda array, top: array / array.max() * top),
    "divided_by_255": result(lambda array: array / 255),
    "multiplied_by_255": result(lambda array: array * 255),
    "all_times": result(lambda array, factor: array * float(factor)),
    "all_too_large": result(lambda array, amount: array + amount),
    "all_too_small": result(lambda array, amount: array - amount),
    "cut_off": result(each(math.trunc)),
    "rounded_to_whole": result(each(halves_away)),
    "rounded_half_even": result(each(lambda value: round(near(value * 2) / 2))),
    "rounded_down": result(each(math.floor)),
    "rounded_up": result(each(math.ceil)),
    "truncated_one": result(truncated),
    "truncated": result(truncated),
    "clipped": result(lambda array, low, high: np.clip(array, low, high)),
    "wrapped_unsigned": result(lambda array, bits, top: wrapped(array, 0, bits)),
    "wrapped_signed": result(lambda array, bits, low, top: wrapped(array, low, bits)),
    "rounded": result(each(lambda value, decimals: round(value, decimals))),
    "results_reordered": result(lambda array: array[..., ::-1]),
    "ceil_mode_true": setting("ceil_mode", True),
    "ceil_mode_false": setting("ceil_mode", False),
    "mean_rounded_down": result(each(math.floor)),
    "mean_rounded": result(each(halves_away)),
    "mean_taken": lambda p: replace(p, kind="average"),
    "maximum_taken": lambda p: replace(p, kind="maximum"),
    "minimum_taken": taken(min),
    "sum_taken": taken(sum),
    "sum_for_maximum": taken(sum),
    "first_taken": taken(lambda cells: cells[0]),
    "last_taken": taken(lambda cells: cells[-1]),
    "median_taken": taken(lambda cells: (sorted(cells)[(len(cells) - 1) // 2] + sorted(cells)[len(cells) // 2]) / 2),
    "second_taken": taken(lambda cells: sorted(cells)[max(len(cells) - 2, 0)]),
    "magnitude_taken": taken(lambda cells: max(abs(cell) for cell in cells)),
    "range_taken": taken(lambda cells: max(cells) - min(cells)),
    "mean_divided_by": taken(lambda cells, divisor: sum(cells) / divisor),
    "zeros_not_counted": taken(lambda cells: sum(cells) / max(sum(cell != 0 for cell in cells), 1)),
    "sum_wrapped": taken(lambda cells, bits, top: sum(cells) % 2**bits / len(cells)),
    "padding_counted": setting("count_include_pad", True),
    "padding_not_counted": setting("count_include_pad", False),
    "padding_zero": padded_with_zero,
    "floor_taken": setting("ceil_mode", False),
    "ceil_taken": setting("ceil_mode", True),
    "pool_swapped": lambda p: p.change(
        pool_size=reference.pair(p.settings["pool_size"])[::-1], strides=reference.pair(p.settings["strides"])[::-1]
    ),
    "pool_wrong": lambda p, rows, columns: p.change(
        pool_size=(rows, columns),
        strides=(rows, columns) if p.settings["strides"] == p.settings["pool_size"] else p.settings["strides"],
    ),
}
#: Other ways in which some mistakes are made.
OTHER_WAYS = {
    "kernel_row_left_out": [kernel(lambda weights, row: np.delete(weights, row, 0))],
    "kernel_column_left_out": [kernel(lambda weights, column: np.delete(weights, column, 1))],
    "kernel_normalised": [
        lambda p: normalised(p).change(bias=np.array(p.settings["bias"]) / p.settings["kernel"].sum(axis=(0, 1, 2)))
    ],
    "channels_not_summed": [lambda p: not_summed(p).then(lambda array: array + np.array(p.settings["bias"]))],
    "mean_rounded": [result(each(lambda value: math.floor(value + 0.5)))],
    "rounded": [result(each(lambda value, decimals: halves_away(value * 10**decimals) / 10**decimals))],
    "results_reordered": [
        result(lambda array, order=order: array[..., list(order)])
        for count in (2, 3)
        for order in itertools.permutations(range(count))
    ],
}


def made(problem, kind, details):
    """The answers that a mistake gives, in all ways in which it is made; two mistakes in both orders."""
    orders = (details, details[::-1]) if kind == "two_mistakes" else (((kind, details),),)
    found = []
    for changed in itertools.chain.from_iterable(chained(problem, order) for order in orders):
        try:
            with np.errstate(all="ignore"):
                found.append(answer(changed))
        except (TypeError, ValueError, IndexError):
            continue  # this way is none of this problem, as where there is no bias
    return found


def chained(problem, mistakes):
    """The problems that several mistakes make of one, one mistake after another."""
    (kind, details), *others = mistakes
    for way in ways(kind):
        try:
            changed = way(problem, *details)
            yield from chained(changed, others) if others else (changed,)
        except (AssertionError, IndexError, TypeError):
            continue


def ways(kind):
    """The ways in which a mistake is made."""
    return [MISTAKES[kind], *OTHER_WAYS.get(kind, ())]


def place_of_weight(problem, rng):
    weights = problem.settings["kernel"]
    return tuple(int(rng.integers(size)) for size in weights.shape)


def named(problem, kind, place):
    """Kind and place of a mistake with one weight as sentences name it."""
    channels, filters = problem.settings["kernel"].shape[2:]
    if filters > 1:
        return f"{kind}_filter", place
    return (f"{kind}_channel", place[:3]) if channels > 1 else (kind, place[:2])


def wrong_weight(problem, rng):
    place = place_of_weight(problem, rng)
    right = problem.settings["kernel"][place].item()
    kind, where = named(problem, "weight_wrong", place)
    return kind, (*where, right, right + int(rng.choice([-4, -3, -2, 2, 3, 5])))


def lost(problem, rng):
    negative = np.argwhere(problem.settings["kernel"] < 0)
    if not len(negative):
        return None
    return named(problem, "sign_lost", tuple(map(int, negative[rng.integers(len(negative))])))


def wrong_cell(problem, rng):
    _, row, column, channel = (int(rng.integers(size)) for size in problem.image.shape)
    right = problem.image[0, row, column, channel].item()
    where = (row, column, channel) if problem.image.shape[3] > 1 else (row, column)
    kind = "input_wrong_channel" if len(where) == 3 else "input_wrong"
    return kind, (*where, right, right + int(rng.choice([-3, -2, 2, 4])))


def swapped_pair(problem, rng):
    rows, columns, channels, filters = problem.settings["kernel"].shape
    if channels * filters > 1:
        return None
    row, column = int(rng.integers(rows)), int(rng.integers(columns - 1))
    return "weights_swapped", (row, column, row, column + 1)


def line(kind, axis):
    return lambda problem, rng: (kind, (int(rng.integers(problem.settings["kernel"].shape[axis])),))


def several(kind, *choices):
    return lambda problem, rng: (kind, choices[rng.integers(len(choices))])


def channel(kind):
    def draw(problem, rng):
        channels = problem.settings["kernel"].shape[2]
        return (kind, (int(rng.integers(channels)),)) if channels > 1 else None

    return draw


#: Kinds of mistakes by operation, each with what draws its details: a function of problem and rng that gives kind and details.
EVERYWHERE = dict.fromkeys(
    "padding_left_out padding_first padding_last padding_swapped border_mirrored border_symmetric "
    "border_repeated border_wrapped border_ones border_added_mirrored border_added_repeated strides_swapped "
    "dilation_ignored row_late row_early column_late column_early input_transposed input_upside_down "
    "input_mirrored input_zeros_as_ones channels_reversed answer_transposed negative_zeroed absolute_value "
    "negated divided_by_255 multiplied_by_255 cut_off rounded_to_whole rounded_half_even rounded_down "
    "rounded_up truncated_one results_summed".split()
)
EVERYWHERE |= {
    "padding_added": several("padding_added", (1,), (2,)),
    "padding_wrong": several("padding_wrong", (1,), (2,)),
    "dilation_wrong": several("dilation_wrong", (2,)),
    "strides_wrong": several("strides_wrong", (3,)),
    "scaled_to_range": several("scaled_to_range", (255,), (1,)),
    "scaled_to_maximum": several("scaled_to_maximum", (255,), (1,)),
    "truncated": several("truncated", (2,), (3,)),
    "clipped": several("clipped", (0, 255), (-128, 127), (0, 1)),
    "wrapped_unsigned": several("wrapped_unsigned", (8, 255)),
    "wrapped_signed": several("wrapped_signed", (8, -128, 127)),
    "input_wrong": wrong_cell,
}
OF_KERNELS = dict.fromkeys(
    "kernel_flipped kernel_upside_down kernel_mirrored kernel_transposed kernel_turned_left "
    "kernel_turned_right weight_zeros_as_ones signs_lost kernel_read_as_ours kernel_read_as_torch "
    "kernel_channels_swapped not_multiplied added kernel_normalised bias_left_out bias_twice bias_subtracted "
    "bias_multiplied strides_ignored strides_two strides_kernel".split()
)
OF_KERNELS |= {
    "kernel_row_left_out": line("kernel_row_left_out", 0),
    "kernel_column_left_out": line("kernel_column_left_out", 1),
    "sign_lost": lost,
    "weight_wrong": wrong_weight,
    "weights_swapped": swapped_pair,
    "averaged": lambda problem, rng: ("averaged", (terms(problem),)),
}
CONVOLUTION = {
    **EVERYWHERE,
    **OF_KERNELS,
    **dict.fromkeys("channels_not_summed matrix_product matrix_product_reversed matrix_product_first".split()),
    "channel_left_out": channel("channel_left_out"),
    "bias_each_product": lambda problem, rng: ("bias_each_product", (terms(problem),)),
}
TRANSPOSED = {name: draw for name, draw in {**EVERYWHERE, **OF_KERNELS}.items() if "border" not in name}
TRANSPOSED |= dict.fromkeys(("overlap_last", "overlap_first", "not_transposed"))
POOLING = {
    **EVERYWHERE,
    **dict.fromkeys("minimum_taken first_taken last_taken median_taken second_taken magnitude_taken range_taken".split()),
    **dict.fromkeys(("strides_one", "floor_taken", "ceil_taken")),
    "pool_wrong": several("pool_wrong", (2, 2), (3, 3), (4, 4)),
}
MAXIMUM = {**POOLING, **dict.fromkeys(("mean_taken", "sum_for_maximum", "padding_zero"))}
AVERAGE = {**POOLING, **dict.fromkeys("maximum_taken sum_taken zeros_not_counted padding_counted mean_rounded".split())}
AVERAGE["mean_divided_by"] = lambda problem, rng: ("mean_divided_by", problem.settings["pool_size"][:1])
DETAILS = {"convolution": CONVOLUTION, "transposed": TRANSPOSED, "maximum": MAXIMUM, "average": AVERAGE}


def reads_outside(problem):
    """Cells of padding that windows read, before and after rows and columns; of a transposed convolution those cut off."""
    if problem.kind == "transposed":
        return [reference.pair(problem.settings["padding"])]
    return amounts(problem)


def drawn_details(problem, name, rng):
    """A mistake of a kind as sentences name it, (kind, details); None where it cannot be made."""
    weights, padded = problem.settings.get("kernel"), any(sum(pair) for pair in reads_outside(problem))
    applies = {
        "bias": problem.settings.get("bias") is not None,
        "border_added": not padded,
        "padding_added": not padded,
        "padding_wrong": padded,
        "kernel_channels_swapped": weights is not None and weights.shape[2] == weights.shape[3],
        "channels_not_summed": weights is not None and weights.shape[3] == 1,
    }
    if not all(condition for begin, condition in applies.items() if name.startswith(begin)):
        return None
    draw = DETAILS[problem.kind][name]
    return (name, ()) if draw is None else draw(problem, rng)


def applied(problem, mistakes):
    """The answer to a problem with mistakes; None where they cannot be made."""
    try:
        with np.errstate(all="ignore"):
            for kind, details in mistakes:
                problem = MISTAKES[kind](problem, *details)
            found = answer(problem)
    except (ValueError, IndexError, AssertionError, ZeroDivisionError, OverflowError, KeyError, TypeError):
        return None
    return found if found.size and np.isfinite(found.astype(float)).all() else None
