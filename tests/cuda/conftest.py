"""Tests of the CUDA kernels. None of those in this folder needs a GPU.

Files ``sim_*.py`` are for numba's simulator and a process of their own::

    NUMBA_ENABLE_CUDASIM=1 python -m pytest tests/cuda/sim_*.py

Without the package numba-cuda everything here is skipped.
"""

import importlib.util
import os

import numpy as np
import pytest
import tiny_launches


@pytest.fixture(autouse=True, scope="session")
def threads_take_turns():
    """In the simulator threads run one after the other, the same way every time."""
    if os.environ.get("NUMBA_ENABLE_CUDASIM") == "1" and importlib.util.find_spec("numba_cuda"):
        import turns

        with pytest.MonkeyPatch.context() as patch:
            turns.take_turns(patch.setattr)
            yield
    else:
        yield


@pytest.fixture
def tiny_blocks(monkeypatch):
    """Blocks of a few threads and launches of a few blocks, so that tiny arrays fill several and go round more than once."""
    tiny_launches.shrink_blocks(monkeypatch.setattr)


@pytest.fixture
def integers():
    """``integers(*shape, dtype=…)``: random whole numbers of −3 … 3, which float32 adds up exactly."""
    generator = np.random.default_rng(7)

    def draw(*shape, dtype=np.float32):
        return generator.integers(-3, 4, shape).astype(dtype)

    return draw
