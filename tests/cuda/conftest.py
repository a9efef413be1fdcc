"""Tests of the CUDA kernels. None of those in this folder needs a GPU.

Files ``sim_*.py`` are for numba's simulator and a process of their own::

    NUMBA_ENABLE_CUDASIM=1 python -m pytest tests/cuda/sim_*.py

Without the package numba-cuda everything here is skipped.
"""

import sys

import numpy as np
import pytest


@pytest.fixture
def tiny_blocks(monkeypatch):
    """Blocks of a few threads and launches of a few blocks, so that tiny arrays fill several and go round more than once."""
    from convviz.kernels.cuda import launch, plain, pooling, sums  # noqa: F401

    modules = [module for name, module in sys.modules.items() if name.startswith("convviz.kernels.cuda.")]
    for module in modules:
        for name, number in (("WARP", 4), ("MOST_ROWS", 2), ("MOST_BLOCKS", 2), ("CHANNELS", 4), ("SLICES", 2)):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, number)
    monkeypatch.setattr(sums, "THREADS", 8)
    for module in (plain, pooling, sums):
        for value in vars(module).values():
            if isinstance(value, launch.Kernel):
                monkeypatch.setattr(value, "threads", 8)


@pytest.fixture
def integers():
    """``integers(*shape, dtype=…)``: random whole numbers of −3 … 3, which float32 adds up exactly."""
    generator = np.random.default_rng(7)

    def draw(*shape, dtype=np.float32):
        return generator.integers(-3, 4, shape).astype(dtype)

    return draw
