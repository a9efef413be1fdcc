"""How often a report's first explanation is the mistake that was made: ``python tests/benchmarks/diagnosis.py
[problems]``.

Random problems (sizes, paddings, strides, one to three channels and filters, transposed, poolings) get every mistake in turn
that changes their answer, then two of them together. A hit is a first explanation that gives the identical answer. Mistakes
are applied, and explanations recomputed, with the slow reference (`tests/helpers/mistakes.py`), not with the library's own.
"""

import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "helpers")]

import mistakes
from mistakes import Problem, applied, drawn_details, made

import convviz as cv

SEED = 20240607
#: Mistakes that the library tries alone only: those with a number of their own, and those with many numbers to choose from.
ALONE = "strides_wrong dilation_wrong pool_wrong input_wrong weight_wrong overlap_last overlap_first not_transposed".split()


def convolution_problem(rng):
    """A convolution with whole numbers."""
    channels = int(rng.integers(1, 4))
    size = int(rng.integers(4, 8))
    k = int(rng.integers(2, 4))
    filters = 1 if rng.random() < 0.7 else int(rng.integers(2, 4))
    settings = {
        "kernel": rng.integers(-3, 5, (k, k, channels, filters)),
        "bias": rng.integers(1, 6, filters) if rng.random() < 0.5 else None,
        "strides": (1, 1) if rng.random() < 0.6 else tuple(int(s) for s in rng.integers(1, 3, 2)),
        "padding": [(0, 0), (1, 1), "same", ((1, 0), (0, 1))][rng.integers(0, 4)],
        "dilation_rate": (2, 2) if rng.random() < 0.2 and size > 5 else (1, 1),
    }
    return Problem("convolution", settings, rng.integers(0, 10, (1, size, size + int(rng.integers(0, 2)), channels)))


def transposed_problem(rng):
    """A transposed convolution with whole numbers."""
    k = int(rng.integers(2, 4))
    settings = {
        "kernel": rng.integers(-3, 5, (k, k, 1, 1)),
        "bias": rng.integers(1, 6, 1) if rng.random() < 0.5 else None,
        "strides": (1, 1) if rng.random() < 0.4 else (2, 2),
        "padding": [(0, 0), (1, 1)][rng.integers(0, 2)],
        "output_padding": 0,
        "dilation_rate": (1, 1),
    }
    return Problem("transposed", settings, rng.integers(0, 10, (1, int(rng.integers(3, 6)), int(rng.integers(3, 6)), 1)))


def pooling_problem(rng):
    """A pooling with whole numbers."""
    pool = int(rng.integers(2, 4))
    settings = {
        "pool_size": (pool, pool),
        "strides": (pool, pool) if rng.random() < 0.5 else (2, 2),
        "padding": [(0, 0), (1, 1), "same"][rng.integers(0, 3)],
        "dilation_rate": (1, 1),
        "ceil_mode": bool(rng.random() < 0.3),
        "count_include_pad": False,
    }
    size = int(rng.integers(5, 9))
    image = rng.integers(-9, 10, (1, size, size, int(rng.integers(1, 4))))
    return Problem(("maximum", "average")[rng.integers(2)], settings, image)


def as_operation(problem):
    """The library's operation for a problem."""
    makers = {
        "convolution": cv.Convolution,
        "transposed": cv.TransposedConvolution,
        "maximum": cv.MaxPooling,
        "average": cv.AveragePooling,
    }
    settings = problem.settings
    if problem.kind == "maximum":
        settings = {name: value for name, value in settings.items() if name != "count_include_pad"}
    return makers[problem.kind](**settings)


MAKERS = (convolution_problem, pooling_problem, convolution_problem, transposed_problem)


def drawn(problems, rng):
    """Random problems that can be computed: problem, operation, right answer."""
    for number in range(problems):
        problem = MAKERS[number % len(MAKERS)](rng)
        try:
            operation = as_operation(problem)
            yield problem, operation, operation(problem.image)
        except ValueError:
            continue


def one_each(problem, rng):
    """Every mistake of a problem, each with details of its own."""
    for name in mistakes.DETAILS[problem.kind]:
        mistake = drawn_details(problem, name, rng)
        if mistake is not None:
            yield (mistake,)


def pairs(problem, rng, count=12):
    """Some pairs of mistakes of a problem."""
    names = [name for name in mistakes.DETAILS[problem.kind] if name not in ALONE]
    for _ in range(count):
        chosen = [drawn_details(problem, names[i], rng) for i in rng.choice(len(names), 2, replace=False)]
        if None not in chosen:
            yield tuple(chosen)


def beside_a_weight(problem, rng, names=None, count=4):
    """Some pairs of a weight copied wrong and another mistake."""
    known = mistakes.DETAILS[problem.kind]
    if "weight_wrong" in known:
        names = [name for name in names or known if name in known and name not in ALONE]
        for _ in range(count):
            chosen = [drawn_details(problem, name, rng) for name in ("weight_wrong", names[rng.integers(len(names))])]
            if None not in chosen:
                yield tuple(chosen)


def whole_answers(problems, rng, choose=one_each):
    """By mistake: explanations that give the identical answer, those of them of the same name, and how many there were."""
    hits, named, counts, misses = Counter(), Counter(), Counter(), []
    for problem, operation, right in drawn(problems, rng):
        for made_mistakes in choose(problem, rng):
            found = applied(problem, made_mistakes)
            if found is None or agree(found, right):
                continue
            if len(made_mistakes) > 1 and any(agree(found, applied(problem, (one,))) for one in made_mistakes):
                continue  # one of them changes nothing
            name = " + ".join(kind for kind, _ in made_mistakes)
            report = operation.check(problem.image, found)
            first = report.explanations[0] if report.explanations else None
            counts[name] += 1
            if first is not None and gives(first, problem, right, found):
                hits[name] += 1
                named[name] += first.kind == name
            else:
                misses.append((name, operation, found.shape, first, made_mistakes))
    return hits, named, counts, misses


def agree(one, other):
    """Whether two answers are the same."""
    return (
        one is not None
        and other is not None
        and one.shape == other.shape
        and np.allclose(one.astype(float), other.astype(float))
    )


def gives(explanation, problem, right, found):
    """Whether the mistake that an explanation names, computed by the judge, gives exactly the answer that was handed in."""
    if explanation.cell is not None:
        return found.shape == right.shape and int((~np.isclose(found.astype(float), right.astype(float))).sum()) == 1
    return any(agree(way, found) for way in made(problem, explanation.kind, explanation.details))


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
        problem = convolution_problem(rng)
        try:
            trace = as_operation(problem).trace(problem.image)
        except ValueError:
            continue
        for kind in SLIPS:
            step = trace[int(rng.integers(len(trace)))]
            value = slip_of(kind, step, rng)
            if value is None or value == step.result:
                continue
            mine = trace.output.copy()
            mine[0, *step.position, step.channel] = value
            report = trace.operation.check(problem.image, mine)
            cell = [wrong.position for wrong in report.cells] == [step.position]
            kinds = [slip.kind for slip in report.cells[0].slips] if cell else []
            found[kind].append((cell, kind in kinds, kinds[:1] == [kind]))
    return found


def unrelated(problems, rng):
    """How many answers of random numbers in the right range are called unexplained."""
    unexplained = total = 0
    for problem, operation, right in drawn(problems, rng):
        mine = rng.integers(int(right.min()), int(right.max()) + 2, right.shape)
        report = operation.check(problem.image, mine)
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
    """Median times of one check with diagnosis of a 6×6 answer, warm: two slips, one mistake, two mistakes, random numbers."""
    image, kernel = rng.integers(0, 10, (6, 6)), rng.integers(-3, 7, (3, 3))
    operation, times = cv.Convolution(kernel, padding="same", bias=2), []
    slips, two = operation(image), cv.conv2d(image, kernel[::-1, ::-1], padding="same")
    slips[1, 2] += 2
    slips[3, 1] -= 1
    for mine in (slips, cv.conv2d(image, kernel.T, padding="same", bias=2), two, rng.integers(0, 200, (6, 6))):
        took = []
        for _ in range(30):
            start = time.perf_counter()
            operation.check(image, mine)
            took.append((time.perf_counter() - start) * 1000)
        times.append(statistics.median(took))
    return times


def main(problems=300):
    """Print the table."""
    rng = np.random.default_rng(SEED)
    hits, named, counts, misses = whole_answers(problems, rng)
    print(f"{'mistake of the whole answer':32} {'identical':>9} {'same name':>9} {'of':>6} {'identical %':>11}")
    for name in sorted(counts):
        print(f"{name:32} {hits[name]:9} {named[name]:9} {counts[name]:6} {100 * hits[name] / counts[name]:11.2f}")
    found, total = sum(hits.values()), sum(counts.values())
    print(f"{'all':32} {found:9} {sum(named.values()):9} {total:6} {100 * found / total:11.2f}")
    for miss in misses[:12]:
        print("  missed:", *miss)
    for name, choose in (("two mistakes together", pairs), ("a wrong weight and another", beside_a_weight)):
        hits, _, counts, misses = whole_answers(problems, rng, choose)
        found, total = sum(hits.values()), sum(counts.values())
        print(f"{name:32} {found:9} {'':9} {total:6} {100 * found / total:11.2f}")
        for miss in misses[:12]:
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
    times = ", ".join(f"{time:.1f}" for time in milliseconds(rng))
    print(f"one 6×6 answer, ms (two slips, one mistake, two mistakes, random numbers; medians of 30): {times}")


def mean(rows, column):
    """Share of rows where a column is true, in percent."""
    return 100 * sum(row[column] for row in rows) / len(rows)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
