"""How often a report's first explanation is the mistake that was made: ``python tests/benchmarks/diagnosis.py
[problems]``.

Random problems (sizes, paddings, strides, one to three channels, poolings) get every mistake in turn that changes
their answer. A hit is a first explanation that is the applied mistake, or one that gives the identical answer on
that problem. Mistakes are applied here with the slow reference, not with the library's own list of them.
"""

import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "helpers")]

import reference

import convviz as cv
from convviz.arrays import Numbers
from convviz.check.map_mistakes import map_mistakes

SEED = 20240607


def array(nested):
    """A reference's result as an array."""
    return np.array(nested)


def convolution_problem(rng):
    """A convolution with whole numbers: settings for the reference, and the image (1, H, W, C)."""
    channels = int(rng.integers(1, 4))
    size = int(rng.integers(4, 8))
    k = int(rng.integers(2, 4))
    settings = {
        "kernel": rng.integers(-3, 5, (k, k, channels, 1)),
        "bias": rng.integers(1, 6, 1) if rng.random() < 0.5 else None,
        "strides": (1, 1) if rng.random() < 0.6 else tuple(int(s) for s in rng.integers(1, 3, 2)),
        "padding": [(0, 0), (1, 1), "same", ((1, 0), (0, 1))][rng.integers(0, 4)],
        "dilation_rate": (2, 2) if rng.random() < 0.2 and size > 5 else (1, 1),
    }
    return settings, rng.integers(0, 10, (1, size, size + int(rng.integers(0, 2)), channels))


def convolve(settings, image, **changes):
    """The reference's convolution with some settings changed."""
    return array(reference.convolve(image, **{**settings, **changes}))


def is_padded(settings, image):
    """Whether any padding is added."""
    valid = reference_shape(settings, image, padding="valid")
    return valid is None or valid != convolve(settings, image).shape


def reference_shape(settings, image, **changes):
    """Shape of a changed convolution; None where it does not fit."""
    try:
        return convolve(settings, image, **changes).shape
    except ValueError:
        return None


def shift(image, down, across):
    """The image with each window reading further down or across; zeros come in."""
    moved = np.zeros_like(image)
    height, width = image.shape[1:3]
    for y in range(height):
        for x in range(width):
            if 0 <= y + down < height and 0 <= x + across < width:
                moved[:, y, x] = image[:, y + down, x + across]
    return moved


def convolution_mistakes(settings, image, rng):
    """Name and answer of each mistake that applies to a convolution."""
    kernel, bias = settings["kernel"], settings["bias"]

    def with_kernel(changed):
        return lambda: convolve(settings, image, kernel=changed)

    tries = {
        "kernel_flipped": with_kernel(kernel[::-1, ::-1]),
        "kernel_upside_down": with_kernel(kernel[::-1]),
        "kernel_mirrored": with_kernel(kernel[:, ::-1]),
        "kernel_transposed": with_kernel(kernel.swapaxes(0, 1)),
        "input_transposed": lambda: convolve(settings, image.swapaxes(1, 2)),
        "not_multiplied": with_kernel(np.ones_like(kernel)),
        "row_late": lambda: convolve(settings, shift(image, 1, 0)),
        "row_early": lambda: convolve(settings, shift(image, -1, 0)),
        "column_late": lambda: convolve(settings, shift(image, 0, 1)),
        "column_early": lambda: convolve(settings, shift(image, 0, -1)),
    }
    if is_padded(settings, image):
        tries["padding_left_out"] = lambda: convolve(settings, image, padding="valid")
        tries["padding_wrong"] = lambda: convolve(settings, image, padding=2)
        tries["padding_last"] = lambda: convolve(settings, image, padding=((0, 2), (0, 2)))
        if settings["padding"] in ("same", ((1, 0), (0, 1))):
            del tries["padding_last"]
    else:
        tries["padding_added"] = lambda: convolve(settings, image, padding=1)
    if settings["strides"] != (1, 1):
        tries["strides_ignored"] = lambda: convolve(settings, image, strides=(1, 1))
    if settings["strides"][0] != settings["strides"][1]:
        tries["strides_swapped"] = lambda: convolve(settings, image, strides=settings["strides"][::-1])
    if settings["dilation_rate"] != (1, 1):
        tries["dilation_ignored"] = lambda: convolve(settings, image, dilation_rate=(1, 1))
    if bias is not None:
        tries["bias_left_out"] = lambda: convolve(settings, image, bias=None)
        tries["bias_twice"] = lambda: convolve(settings, image, bias=bias * 2)
    if kernel.sum() not in (0, 1):
        total = kernel.sum()
        tries["kernel_normalised"] = lambda: (convolve(settings, image, bias=None) / total) + (0 if bias is None else bias)
    if kernel.shape[2] > 1:
        channel = int(rng.integers(kernel.shape[2]))
        left = kernel.copy()
        left[:, :, channel] = 0
        tries["channel_left_out"] = with_kernel(left)
        tries["channels_not_summed"] = lambda: np.concatenate(
            [
                convolve(settings, image[..., c : c + 1], kernel=kernel[:, :, c : c + 1], bias=None)
                for c in range(kernel.shape[2])
            ],
            axis=3,
        )
    negative = np.argwhere(kernel < 0)
    if len(negative):
        place = tuple(negative[rng.integers(len(negative))])
        lost = kernel.copy()
        lost[place] = -lost[place]
        tries["sign_lost"] = with_kernel(lost)
    return tries


def pooling_problem(rng):
    """A pooling with whole numbers: kind, settings for the reference, image."""
    pool = int(rng.integers(2, 4))
    settings = {
        "pool_size": (pool, pool),
        "strides": (pool, pool) if rng.random() < 0.5 else (2, 2),
        "padding": [(0, 0), (1, 1), "same"][rng.integers(0, 3)],
        "ceil_mode": bool(rng.random() < 0.3),
    }
    size = int(rng.integers(5, 9))
    image = rng.integers(-9, 10, (1, size, size, int(rng.integers(1, 4))))
    return ("maximum", "average")[rng.integers(2)], settings, image


def maximum(settings, image, **changes):
    """The reference's max pooling."""
    return array(reference.max_pool(image, **{**settings, **changes})[0])


def average(settings, image, **changes):
    """The reference's average pooling."""
    return array(reference.avg_pool(image, **{**settings, **changes})).astype(float)


def pooling_mistakes(kind, settings, image):
    """Name and answer of each mistake that applies to a pooling."""
    tries = {
        "minimum_taken": lambda: -maximum(settings, -image),
        "strides_one": lambda: (maximum if kind == "maximum" else average)(settings, image, strides=(1, 1)),
        "floor_or_ceil": lambda: (maximum if kind == "maximum" else average)(
            settings, image, ceil_mode=not settings["ceil_mode"]
        ),
    }
    if kind == "maximum":
        tries["mean_taken"] = lambda: average(settings, image)
        if settings["padding"] == (1, 1) and not settings["ceil_mode"]:
            padded = np.pad(image, [(0, 0), (1, 1), (1, 1), (0, 0)])
            tries["padding_zero"] = lambda: maximum(settings, padded, padding="valid")
    else:
        tries["maximum_taken"] = lambda: maximum(settings, image)
        if settings["padding"] != (0, 0):
            tries["padding_counted"] = lambda: average(settings, image, count_include_pad=True)
    return tries


def as_operation(settings, kind="convolution"):
    """The library's operation for the reference's settings."""
    makers = {"convolution": cv.Convolution, "maximum": cv.MaxPooling, "average": cv.AveragePooling}
    return makers[kind](**settings)


def drawn(problems, rng):
    """Random problems that can be computed: kind, settings for the reference, image, operation, right answer."""
    for number in range(problems):
        if number % 3:
            kind, (settings, image) = "convolution", convolution_problem(rng)
        else:
            kind, settings, image = pooling_problem(rng)
        try:
            operation = as_operation(settings, kind)
            yield kind, settings, image, operation, operation(image)
        except ValueError:
            continue


def whole_answers(problems, rng):
    """By mistake: explanations that give the identical answer, those of them of the same name, and how many there were."""
    hits, named, counts, misses = Counter(), Counter(), Counter(), []
    for kind, settings, image, operation, right in drawn(problems, rng):
        tries = convolution_mistakes(settings, image, rng) if kind == "convolution" else pooling_mistakes(kind, settings, image)
        for name, make in tries.items():
            try:
                answer = make()
            except (ValueError, IndexError):
                continue
            if answer.size == 0 or answer.shape == right.shape and np.allclose(answer, right):
                continue
            report = operation.check(image, answer)
            first = report.explanations[0] if report.explanations else None
            counts[name] += 1
            if first is not None and gives(first, operation, image, right, answer):
                hits[name] += 1
                named[name] += first.kind == name
            else:
                misses.append((name, operation, answer.shape, first))
    return hits, named, counts, misses


def gives(explanation, operation, image, right, answer):
    """Whether the mistake that an explanation names, computed anew, gives exactly the answer that was handed in."""
    if explanation.cell is not None:
        return answer.shape == right.shape and int((answer != right).sum()) == 1
    for mistake in map_mistakes(operation, Numbers(image), right):
        if (mistake.kind, mistake.details) == (explanation.kind, explanation.details):
            return mistake.answer.shape == answer.shape and np.allclose(mistake.answer.astype(float), answer)
    return False


def slip_of(kind, step, rng):
    """The number that a slip of a kind makes of a step; None if it cannot."""
    channel = int(rng.integers(step.products.shape[2]))
    products, values, weights = (part[:, :, channel] for part in (step.products, step.values, step.weights))
    i, j = (int(rng.integers(side)) for side in products.shape)
    value, weight, product, right = values[i, j], weights[i, j], products[i, j], step.result
    if kind == "product_left_out":
        return right - product
    if kind == "product_twice":
        return right + product
    if kind == "zero_as_one":
        return right + value + weight if (value == 0) != (weight == 0) else None
    if kind == "value_from_neighbour":
        down, across = ((0, 1), (1, 0), (0, -1), (-1, 0))[rng.integers(4)]
        if not (0 <= i + down < values.shape[0] and 0 <= j + across < values.shape[1]):
            return None
        return right - product + values[i + down, j + across] * weight
    if kind == "addition":
        return right + int(rng.choice([-1, 1, -10, 10]))
    digits = list(str(abs(int(right))))
    if len(digits) < 2:
        return None
    digits[0], digits[1] = digits[1], digits[0]
    return int("".join(digits)) * (-1 if right < 0 else 1)


SLIPS = ("product_left_out", "product_twice", "zero_as_one", "value_from_neighbour", "addition", "digits_swapped")


def single_cells(problems, rng):
    """By slip: how often the right cell was found, the kind listed, and the kind listed first."""
    found = {kind: [] for kind in SLIPS}
    for _ in range(problems):
        settings, image = convolution_problem(rng)
        try:
            trace = cv.Convolution(**settings).trace(image)
        except ValueError:
            continue
        for kind in SLIPS:
            step = trace[int(rng.integers(len(trace)))]
            value = slip_of(kind, step, rng)
            if value is None or value == step.result:
                continue
            answer = trace.output.copy()
            answer[0, *step.position, 0] = value
            report = trace.operation.check(image, answer)
            cell = [wrong.position for wrong in report.cells] == [step.position]
            kinds = [slip.kind for slip in report.cells[0].slips] if cell else []
            found[kind].append((cell, kind in kinds, kinds[:1] == [kind]))
    return found


def unrelated(problems, rng):
    """How many answers of random numbers in the right range are called unexplained."""
    unexplained = total = 0
    for _kind, _settings, image, operation, right in drawn(problems, rng):
        answer = rng.integers(int(right.min()), int(right.max()) + 2, right.shape)
        report = operation.check(image, answer)
        if report:
            continue
        total += 1
        unexplained += not report.explanations
    return unexplained, total


def false_alarms(problems, rng):
    """How many right answers are called wrong or explained."""
    alarms = 0
    for number in range(problems):
        dtype = (int, float, np.float32)[number % 3]
        image = rng.integers(-9, 10, (6, 6)) if dtype is int else rng.normal(size=(6, 6)).astype(dtype)
        kernel = rng.integers(-3, 4, (3, 3)) if dtype is int else rng.normal(size=(3, 3)).astype(dtype)
        operation = (cv.Convolution(kernel, padding="same"), cv.MaxPooling(2), cv.AveragePooling(2))[number // 3 % 3]
        report = operation.check(image, operation(image).tolist())
        alarms += not report or bool(report.explanations)
    return alarms


def milliseconds(rng):
    """Median time of one check with diagnosis of a 6×6 answer, warm."""
    image, kernel = rng.integers(0, 10, (6, 6)), rng.integers(-3, 7, (3, 3))
    operation, times = cv.Convolution(kernel, padding="same", bias=2), []
    answer = operation(image)
    answer[1, 2] += 2
    answer[3, 1] -= 1
    for _ in range(30):
        start = time.perf_counter()
        operation.check(image, answer)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def main(problems=300):
    """Print the table."""
    rng = np.random.default_rng(SEED)
    hits, named, counts, misses = whole_answers(problems, rng)
    print(f"{'mistake of the whole answer':32} {'identical':>9} {'same name':>9} {'of':>6} {'identical %':>11}")
    for name in sorted(counts):
        print(f"{name:32} {hits[name]:9} {named[name]:9} {counts[name]:6} {100 * hits[name] / counts[name]:11.2f}")
    found, total = sum(hits.values()), sum(counts.values())
    print(f"{'all':32} {found:9} {sum(named.values()):9} {total:6} {100 * found / total:11.2f}")
    for miss in misses[:5]:
        print("  missed:", *miss)
    print(f"\n{'slip in a single cell':32} {'cell %':>8} {'listed %':>9} {'first %':>8} {'of':>6}")
    single = single_cells(problems, rng)
    for kind, rows in single.items():
        print(f"{kind:32} {mean(rows, 0):8.2f} {mean(rows, 1):9.2f} {mean(rows, 2):8.2f} {len(rows):6}")
    every = [row for rows in single.values() for row in rows]
    print(f"{'all':32} {mean(every, 0):8.2f} {mean(every, 1):9.2f} {mean(every, 2):8.2f} {len(every):6}")
    unexplained, total = unrelated(problems * 3, rng)
    print(f"\nunrelated answers called unexplained: {unexplained} of {total} ({100 * unexplained / total:.2f} %)")
    print(f"false alarms on 10,000 right answers: {false_alarms(10_000, rng)}")
    print(f"one 6×6 answer with two wrong cells, checked and diagnosed: {milliseconds(rng):.1f} ms (median of 30)")


def mean(rows, column):
    """Share of rows where a column is true, in percent."""
    return 100 * sum(row[column] for row in rows) / len(rows)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
