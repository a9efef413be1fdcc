"""Tests of the CUDA kernels. None of those in this folder needs a GPU.

Files ``sim_*.py`` are for numba's simulator and a process of their own::

    NUMBA_ENABLE_CUDASIM=1 python -m pytest tests/cuda/sim_*.py

Without the package numba-cuda everything here is skipped.
"""

import importlib
import pkgutil

import numpy as np
import pytest


#: Numbers of threads, of blocks and of what they share, by the names that modules have for them; tests take tiny ones.
TINY = {"WARP": 4, "MOST_ROWS": 2, "MOST_BLOCKS": 2, "CHANNELS": 4, "SLICES": 2, "THREADS": 8}
#: Modules whose kernels are made for one number of threads.
FIXED = ("gemm", "convolution", "depthwise", "tables", "intrinsics")


@pytest.fixture
def tiny_blocks(monkeypatch):
    """Blocks of a few threads and launches of a few blocks, so that tiny arrays fill several and go round more than once."""
    from convviz.kernels import cuda as package
    from convviz.kernels.cuda import launch

    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        if info.name in FIXED:
            continue
        for name, value in vars(module).items():
            if name in TINY:
                monkeypatch.setattr(module, name, TINY[name])
            for made in value.values() if isinstance(value, dict) else [value]:
                if isinstance(made, launch.Kernel) and made.function.__module__ == module.__name__:
                    monkeypatch.setattr(made, "threads", TINY["THREADS"])


@pytest.fixture
def integers():
    """``integers(*shape, dtype=…)``: random whole numbers of −3 … 3, which float32 adds up exactly."""
    generator = np.random.default_rng(7)

    def draw(*shape, dtype=np.float32):
        return generator.integers(-3, 4, shape).astype(dtype)

    return draw
