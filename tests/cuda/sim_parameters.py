"""Weights in one flat array."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numba_cuda")

from convviz.kernels.cuda import arrays, launch
from convviz.kernels.cuda.parameters import Parameters

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

SHAPES = [(3, 3, 1, 5), (5,), (4,), (1,), (7, 2), ()]


def numbers(shapes):
    """Arrays of 1, 2, 3, …, no two cells alike, of float32."""
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    return [
        np.arange(end - math.prod(shape) + 1, end + 1, dtype=np.float32).reshape(shape)
        for end, shape in zip(ends, shapes, strict=True)
    ]


@given(st.lists(st.lists(st.integers(1, 6), max_size=4).map(tuple), max_size=6))
def test_arrays_are_packed_without_overlap(shapes):
    parameters = Parameters(shapes)
    values = numbers(shapes)
    flat = parameters.pack(values)
    assert (flat.shape, flat.dtype) == ((parameters.size,), np.float32)
    assert parameters.size % 4 == 0
    assert all(offset % 4 == 0 for offset in parameters.offsets)
    assert parameters.size < sum(value.size + 4 for value in values) + 1
    for one, right in zip(parameters.unpack(flat), values, strict=True):
        assert np.array_equal(one, right)
    assert sorted(flat[flat != 0]) == list(range(1, sum(value.size for value in values) + 1))


def test_views_share_the_memory_of_the_gpu():
    parameters, values = Parameters(SHAPES), numbers(SHAPES)
    flat = arrays.to_gpu(parameters.pack(values), "weights")
    views = parameters.views(flat)
    assert len(views) == len(parameters) == len(SHAPES)
    for view, right in zip(views, values, strict=True):
        assert type(view) is type(flat)
        assert tuple(view.shape) == right.shape
        assert np.array_equal(arrays.to_host(view), right)
    views[1][2] = 99
    changed = parameters.unpack(arrays.to_host(flat))
    assert changed[1].tolist() == [46, 47, 99, 49, 50]
    assert np.array_equal(changed[2], values[2])


def test_what_is_unpacked_is_a_copy_and_what_is_packed_may_go_where_one_likes():
    parameters, values = Parameters(SHAPES), numbers(SHAPES)
    flat = np.full(parameters.size, np.nan, np.float32)
    assert parameters.pack(values, flat) is flat
    assert not np.isnan(flat).any()
    before = parameters.unpack(flat)
    flat[:] = 0
    assert all(map(np.array_equal, before, values))


def test_what_does_not_fit_is_refused():
    parameters = Parameters([(2, 3), (4,)])
    with pytest.raises(ValueError, match=r"expected arrays of shapes \[\(2, 3\), \(4,\)\]; theirs are \[\(3, 2\), \(4,\)\]"):
        parameters.pack(numbers([(3, 2), (4,)]))
    with pytest.raises(ValueError, match=r"theirs are \[\(2, 3\)\]"):
        parameters.pack(numbers([(2, 3)]))
    with pytest.raises(ValueError, match=r"expected a flat array of 12 cells; its shape is \(11,\)"):
        parameters.views(np.zeros(11, np.float32))
