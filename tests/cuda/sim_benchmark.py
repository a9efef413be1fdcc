"""The benchmark for GPUs runs from end to end in numba's simulator, and says so; without a GPU it says what is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba_cuda")
pytest.importorskip("torch")

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "gpu.py"


def lines(*arguments):
    """What the script prints in a process of its own, which must end well."""
    done = subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, env={**os.environ})
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_table_is_rehearsed():
    """No line could be taken for a measurement."""
    found = lines("--rehearse")
    assert all(line.startswith("rehearsal |") for line in found)
    text = "\n".join(found)
    for words in ("measured peak, tf32", "kernel gradient, % of peak", "median, tf32", "conv+ReLU+pool", "MB, ours / PyTorch"):
        assert words in text
    assert "WRONG" not in text
    assert "ratios of 0.6 or more: " in text


def test_the_simulator_alone_is_no_gpu():
    if os.environ.get("NUMBA_ENABLE_CUDASIM") != "1":
        pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1")
    assert lines() == ["skipped: numba's simulator is no GPU; --rehearse rehearses this in it"]


def test_tables_that_do_not_exist_are_refused():
    done = subprocess.run([sys.executable, str(SCRIPT), "convolution"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "unknown: convolution; expected convolutions, fused, memory" in done.stderr
