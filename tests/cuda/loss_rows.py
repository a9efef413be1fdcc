"""What the tests of losses, softmax, metrics and penalties in numba's simulator share."""

import numpy as np

from convviz.kernels.cuda import arrays, row_reductions

__all__ = ["EXTREME", "IEEE", "SHAPES", "on_gpu", "same_for_any_launch", "to_host", "unknown"]

#: Rows and their length: one number, one row, fewer cells than lanes are worth, several blocks, many cells a lane.
SHAPES = [(1, 1), (1, 10), (5, 1), (7, 3), (19, 10), (2, 33), (1, 1000)]
#: Rows of numbers that overflow, cancel or are none.
EXTREME = [
    [1e4, -1e4, 0, 1],
    [1e4, 1e4, 1e4, 1e4],
    [-1e4, -1e4, -1e4, -1e4],
    [1e38, -1e38, 3, 0],
    [0, 0, 0, 0],
    [np.inf, 0, 1, 2],
    [-np.inf, 0, 1, 2],
    [np.inf, -np.inf, 0, 0],
    [-np.inf, -np.inf, -np.inf, -np.inf],
    [np.nan, 0, 1, 2],
    [0, 1, np.nan, 2],
    [np.nan, np.inf, -np.inf, 0],
    [1e-45, -1e-45, 0, 1],
]
#: Simulated kernels warn where the GPU only does as IEEE 754 has it.
IEEE = ("ignore:invalid value:RuntimeWarning", "ignore:overflow:RuntimeWarning", "ignore:divide by zero:RuntimeWarning")


def on_gpu(*values):
    """Copies on the GPU; None stays."""
    copies = [None if value is None else arrays.to_gpu(value, "a test's array") for value in values]
    return copies if len(copies) > 1 else copies[0]


def to_host(array):
    return None if array is None else arrays.to_host(array)


def unknown(*shape, dtype=np.float32):
    """An array on the GPU that holds what no result holds."""
    return arrays.to_gpu(np.full(shape, 12345, dtype), "a test's array")


def same_for_any_launch(monkeypatch, calculate):
    """Assert that `calculate()`, which gives arrays, gives the same bits in however many blocks."""
    results = []
    for most in (1, 2, 1000):
        monkeypatch.setattr(row_reductions, "MOST_BLOCKS", most)
        results.append([np.array(array).tobytes() for array in calculate()])
    assert results[0] == results[1] == results[2]
