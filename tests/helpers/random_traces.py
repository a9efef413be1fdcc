"""Traces of random operations of every kind, for property tests: small, with all settings."""

import numpy as np
from hypothesis import strategies as st

import convviz as cv

KINDS = ("convolution", "transposed", "scatter", "max", "average")


def pairs(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high))


@st.composite
def traces(draw, kinds=KINDS, sizes=(3, 8), images=1):
    """A trace of an operation with random settings on a random image of whole numbers, whatever of these gives an output."""
    while True:
        kind = draw(st.sampled_from(kinds))
        rng = np.random.default_rng(draw(st.integers(0, 2**16)))
        rows, columns = draw(pairs(*sizes))
        groups = draw(st.sampled_from([1, 1, 2]))
        channels, filters = (groups * draw(st.sampled_from([1, 2, 3, 5])) for _ in range(2))
        shape = (rows, columns, channels) if images == 1 else (draw(st.integers(1, images)), rows, columns, channels)
        image = rng.integers(-9, 10, shape)
        try:
            if kind in ("max", "average"):
                return draw(poolings(kind)).trace(image)
            operation = draw(weighted(kind, rng, channels, filters, groups))
            return operation.trace(image, **({"view": "scatter"} if kind == "scatter" else {}))
        except ValueError:  # no window fits: other settings
            continue


@st.composite
def poolings(draw, kind):
    cls = cv.MaxPooling if kind == "max" else cv.AveragePooling
    pool = draw(pairs(1, 3))
    padding = draw(st.sampled_from(["valid", "same", ((min(1, pool[0] // 2), 0), (0, min(1, pool[1] // 2)))]))
    return cls(pool, draw(pairs(1, 3)), padding, dilation_rate=draw(pairs(1, 2)), ceil_mode=draw(st.booleans()))


@st.composite
def weighted(draw, kind, rng, channels, filters, groups):
    size = draw(pairs(1, 3))
    strides, dilation = draw(pairs(1, 3)), draw(pairs(1, 2))
    bias = draw(st.sampled_from([None, rng.integers(-9, 10, filters)]))
    if kind == "convolution":
        kernel = rng.integers(-9, 10, (*size, channels // groups, filters))
        padding = draw(st.sampled_from(["valid", "same", "full", ((1, 0), (0, 2)), 1, (1, 2)]))
        options = {"flip_kernel": draw(st.booleans()), "groups": groups}
        return cv.Convolution(kernel, bias, strides, padding, dilation_rate=dilation, **options)
    kernel = rng.integers(-9, 10, (*size, filters // groups, channels))
    padding = draw(st.sampled_from(["valid", "same", ((1, 0), (0, 1)), 1]))
    return cv.TransposedConvolution(kernel, bias, strides, padding, dilation_rate=dilation, groups=groups)
