"""What the tests of the network kernels share."""

import numpy as np

from convviz.kernels.cpu import threads

__all__ = ["DTYPES", "arrays_of", "same_for_any_threads", "tolerance"]

DTYPES = [np.float32, np.float64]


def tolerance(dtype, roundings=4):
    """So many roundings of numbers around 1."""
    return roundings * float(np.finfo(dtype).eps)


def arrays_of(shape, dtype, count, seed=0):
    """So many arrays of normal random numbers."""
    random = np.random.default_rng(seed)
    return [random.standard_normal(shape).astype(dtype) for _ in range(count)]


def same_for_any_threads(monkeypatch, calculate):
    """Assert that `calculate()`, which gives arrays, gives the same bits whoever does how much of the work."""
    results = []
    for count in (1, 2, 3, 7):
        monkeypatch.setattr(threads, "thread_count", lambda count=count: count)
        results.append([np.array(array) for array in calculate()])
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            assert one.tobytes() == two.tobytes()
