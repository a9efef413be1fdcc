"""Reads the texts of many random operations and counts what is not so.

    python tests/helpers/random_formulas.py 20000
    python tests/helpers/random_formulas.py 20000 --seed 7

Operations of every kind on numbers of every kind are traced. Of each step the formula and the running sum are read by
`arithmetic`, which knows nothing of convviz, and of each operation the formula of its size. The counts are printed by kind;
the status is 1 if a statement does not hold.
"""

import argparse
import re
import secrets
import sys
import warnings
from collections import Counter
from fractions import Fraction

import arithmetic
import numpy as np

import convviz as cv
from convviz.steps.notation import shorten

__all__ = ["KINDS", "NUMBERS", "count", "random_trace", "wrong_statements"]


def whole(rng, shape):
    """Small integers."""
    return rng.integers(-9, 10, shape)


def decimals(rng, shape):
    """Floats with one digit after the point."""
    return rng.integers(-50, 51, shape) / 10


def fractions(rng, shape):
    """Fractions with small denominators, some of them whole."""
    found = np.empty(shape, object)
    for cell in np.ndindex(*shape):
        found[cell] = Fraction(int(rng.integers(-9, 10)), int(rng.integers(1, 7)))
    return found


def large(rng, shape):
    """Integers beyond int64 among small ones."""
    found = np.empty(shape, object)
    for cell in np.ndindex(*shape):
        found[cell] = int(rng.integers(-9, 10)) * 10 ** int(rng.choice([0, 0, 1, 30, 400]))
    return found


def special(rng, shape):
    """NaN and infinities among whole numbers, zeros and decimals."""
    return rng.choice(
        [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -2.0, 0.5, 0.1], shape, p=[0.04] * 3 + [0.3, 0.08] + [0.125] * 4
    )


def spread(rng, shape):
    """Floats of all magnitudes, the largest and the smallest too."""
    return rng.choice([-1.0, 1.0], shape) * 10.0 ** rng.integers(-320, 309, shape) * rng.random(shape)


def mixed(rng, shape):
    """Floats that cancel: large ones beside small ones."""
    return rng.choice([1e20, -1e20, 1.0, 3.0, 0.1, 1e-5, 12345.678], shape)


#: Numbers by what they are called: a function of a generator and a shape.
NUMBERS = {
    "whole": whole,
    "decimals": decimals,
    "float64": lambda rng, shape: rng.normal(0, 3, shape),
    "float32": lambda rng, shape: rng.normal(0, 3, shape).astype(np.float32),
    "float16": lambda rng, shape: rng.normal(0, 3, shape).astype(np.float16),
    "decimals32": lambda rng, shape: decimals(rng, shape).astype(np.float32),
    "fractions": fractions,
    "large": large,
    "special": special,
    "special32": lambda rng, shape: special(rng, shape).astype(np.float32),
    "spread": spread,
    "mixed": mixed,
}
#: Kernels that are often taken: means, which are no decimals.
MEANS = (lambda rng, shape: np.full(shape, 1 / 9), lambda rng, shape: np.full(shape, 0.1))

#: How the padding of a convolution is filled.
BORDERS = ("zeros", "zeros", "reflect", "symmetric", "replicate", "circular")


def pair(rng, low, high):
    """Two whole numbers from `low` to `high`."""
    return tuple(int(number) for number in rng.integers(low, high + 1, 2))


def padding(rng, *names):
    """A name or amounts on each side."""
    return [*names, 0, 1, ((1, 0), (0, 2)), (pair(rng, 0, 2), pair(rng, 0, 2))][rng.integers(len(names) + 4)]


def weights(rng, numbers, shape):
    """A kernel, mostly of the numbers of the image."""
    if numbers in ("decimals", "float64") and rng.random() < 0.3:
        return MEANS[rng.integers(2)](rng, shape)
    return NUMBERS["whole" if rng.random() < 0.25 else numbers](rng, shape)


def convolution(rng, numbers):
    """A convolution of one channel or several, in groups or depthwise, with a bias or without."""
    groups, depth, per_group = (int(rng.choice([1, 1, 2])) for _ in range(3))
    size = pair(rng, 1, 3)
    alone = groups > 1 and rng.random() < 0.4
    shape = size if alone else (*size, depth, per_group * groups)
    filters = groups if alone else per_group * groups
    conv = cv.Convolution(
        weights(rng, numbers, shape),
        bias=NUMBERS[numbers](rng, (filters,)) if rng.random() < 0.4 else None,
        strides=pair(rng, 1, 3),
        padding=padding(rng, "same", "full"),
        dilation_rate=pair(rng, 1, 2),
        groups=groups,
        flip_kernel=bool(rng.integers(2)),
        padding_mode=str(rng.choice(BORDERS)),
    )
    return conv, (*pair(rng, 5, 7), groups if alone else depth * groups), {}


def transposed(rng, numbers):
    """A transposed convolution, read from the input."""
    groups, depth, per_group = (int(rng.choice([1, 1, 2])) for _ in range(3))
    strides, dilation = pair(rng, 1, 3), pair(rng, 1, 2)
    room = [max(pairs) for pairs in zip(strides, dilation, strict=True)]
    up = cv.TransposedConvolution(
        weights(rng, numbers, (*pair(rng, 1, 3), per_group, depth * groups)),
        bias=NUMBERS[numbers](rng, (per_group * groups,)) if rng.random() < 0.4 else None,
        strides=strides,
        padding=[0, "same", ((0, 1), (1, 0))][rng.integers(3)],
        output_padding=tuple(int(rng.integers(0, most)) for most in room),
        dilation_rate=dilation,
        groups=groups,
    )
    return up, (*pair(rng, 3, 4), depth * groups), {}


def pooling(name):
    """A maker of poolings of a class."""

    def made(rng, numbers):
        """A pooling."""
        more = {"count_include_pad": bool(rng.integers(2))} if name == "AveragePooling" else {}
        pool = getattr(cv, name)(
            pair(rng, 1, 4), pair(rng, 1, 3), padding(rng, "same"), pair(rng, 1, 2), bool(rng.integers(2)), **more
        )
        return pool, (*pair(rng, 7, 9), 1), {}

    return made


def whole_image(name):
    """A maker of global poolings of a class."""
    return lambda rng, numbers: (getattr(cv, name)(), (*pair(rng, 1, 6), int(rng.integers(1, 3))), {})


def backward(name):
    """A maker of poolings that hand a gradient back."""

    def made(rng, numbers):
        """A pooling and the gradient of its result."""
        pool, shape, _ = pooling(name)(rng, numbers)
        size = pool.output_shape(shape[:2])
        return pool, shape, {"view": "backward", "gradient": NUMBERS[numbers](rng, size)}

    return made


#: Makers of operations by kind: each returns an operation, the shape of an image and options of the trace.
KINDS = {
    "convolution": convolution,
    "transposed convolution": transposed,
    "max pooling": pooling("MaxPooling"),
    "average pooling": pooling("AveragePooling"),
    "global max pooling": whole_image("GlobalMaxPooling"),
    "global average pooling": whole_image("GlobalAveragePooling"),
    "max pooling backward": backward("MaxPooling"),
    "average pooling backward": backward("AveragePooling"),
}


def random_trace(rng, kind, numbers):
    """The trace of a random operation of a kind on random numbers; None where no window fits."""
    try:
        operation, shape, options = KINDS[kind](rng, numbers)
        return operation.trace(NUMBERS[numbers](rng, shape), **options)
    except ValueError:
        return None


def products_hold(scene):
    """Whether each product is that of the numbers above it as they are written, unless numbers are said to be rounded."""
    if any(text.text.startswith("≈") for text in scene.texts):
        return True
    cells = [cell for name, cells in scene.frame.cells.items() if "products" in name for cell in cells.values() if cell[2]]
    return all(arithmetic.same(arithmetic.value_of(text), arithmetic.value_of(note)) for text, _, note in cells)


def wrong_statements(trace, index):
    """What the texts of a step state that is not so, and how many "=" and "≈" its formula has: a list of texts, a Counter."""
    written, in_pictures, scene = trace[index].formula(None), trace[index].write(shorten, None), trace.scene(index)
    spoken, running = scene.frame.spoken, scene.frame.texts.get("running", "").replace("\n", " ")
    found = arithmetic.statements(written)
    wrong = [written] if not found or not all(statement.holds for statement in found) else []
    signs = Counter(statement.sign for statement in found)
    if not all(statement.holds for statement in arithmetic.statements(in_pictures)):
        wrong.append(in_pictures)
    if "sums" in scene.frame.cells and getattr(trace, "view", "") == "gather" and len(trace[index].channels) > 1:
        wrong += wrong_sums(scene)
    elif [sign for sign in spoken if sign in "=≈"] != [sign for sign in in_pictures if sign in "=≈"]:
        wrong.append(f"{spoken}, but in full {in_pictures}")
    if running and not running_holds(in_pictures, running):
        wrong.append(f"{running}, but {in_pictures}")
    if not products_hold(scene):
        wrong.append(f"products {scene.frame.cells}")
    return wrong, signs


def wrong_sums(scene):
    """What the formula of several channels, the sums above it and the products beside them state that is not so."""
    formula, cells = scene.frame.spoken.split(": ", 1)[1], scene.frame.cells
    (left, sign, right), wrong = re.split(" ([=≈]) ", formula), []
    terms = [term.rpartition(" ")[2] for term in left.split(" + ")]
    if (sign == "=") != holds(terms, right):
        wrong.append(formula)
    *sums, total = [cells["sums"][row, 0][0] for row in range(len(cells["sums"]))]
    if [text.removeprefix("≈ ") for text in sums] != terms or total != ("≈ " * (sign == "≈") + right):
        wrong.append(f"sums {sums}, {total}, but {formula}")
    for slot, text in enumerate(sums):
        products = [product for product, _, _ in cells.get(f"products.{slot}", {}).values() if product]
        if products and text.startswith("≈") == holds(products, text.removeprefix("≈ ")):
            wrong.append(f"{products} have the sum {text}")
    return wrong


def holds(terms, total):
    """Whether numbers given as texts come to their total."""
    return arithmetic.same(arithmetic.partial_sums(terms)[-1], arithmetic.value_of(total))


def running_holds(written, running):
    """Whether a running sum is said to be rounded exactly where it is not that of the terms as they are written."""
    about, sums = "(≈)" in running, running.split(": ")[1].split(" → ")
    if any("…" in number for number in sums):
        return True
    terms = arithmetic.terms_of(arithmetic.left_side(written))
    if terms[0] == "0" and len(terms) == len(sums) + 1:
        terms = terms[1:]  # a sum of no products, to which the bias is added
    exact, said = arithmetic.partial_sums(terms), [arithmetic.value_of(number) for number in sums]
    return len(said) == len(exact) and about != all(map(arithmetic.same, exact, said))


def sizes_hold(trace):
    """Whether the formulas of the size hold, and come to the size."""
    geometry = getattr(trace, "forward", trace).geometry
    for axis in (geometry.rows, geometry.columns):
        (statement,) = arithmetic.statements(axis.formula())
        if not statement.equal or statement.right.value != axis.output:
            return False
    return True


def count(formulas, seed, kinds=tuple(KINDS)):
    """Read at least so many formulas of operations of these kinds.

    Returns
    -------
    dict of str to Counter
        By kind: formulas, "=", "≈", wrong.
    list of str
        What is wrong.
    """
    rng, found, wrong = np.random.default_rng(seed), {kind: Counter() for kind in kinds}, []
    while sum(counts["formulas"] for counts in found.values()) < formulas:
        for kind, counts in found.items():
            numbers = list(NUMBERS)[rng.integers(len(NUMBERS))]
            trace = random_trace(rng, kind, numbers)
            if trace is None:
                continue
            if not sizes_hold(trace):
                wrong.append(f"{kind}: {getattr(trace, 'forward', trace).geometry.formula()}")
            for index in sorted({int(index) for index in rng.integers(0, len(trace), 6)}):
                said, signs = wrong_statements(trace, index)
                wrong += [f"{kind} of {numbers}: {text}" for text in said]
                counts.update(signs)
                counts.update({"formulas": 1, "wrong": len(said)})
    return found, wrong


def main():
    """Count, print, and say by the status whether all holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("formulas", type=int)
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"seed {seed}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, wrong = count(given.formulas, seed)
    for text in wrong[:40]:
        print(text if len(text) < 400 else f"{text[:200]} … {text[-200:]}")
    print(f"{'':26}{'formulas':>9}{'=':>8}{'≈':>8}{'wrong':>8}")
    for kind, counts in found.items():
        print(f"{kind:26}{counts['formulas']:9}{counts['=']:8}{counts['≈']:8}{counts['wrong']:8}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
