"""The benchmark for GPUs runs from end to end in numba's simulator, and says so; without a GPU it says what is missing."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba_cuda")
pytest.importorskip("torch")

in_the_simulator = pytest.mark.skipif(
    os.environ.get("NUMBA_ENABLE_CUDASIM") != "1", reason="for numba's simulator: NUMBA_ENABLE_CUDASIM=1"
)
SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "gpu.py"


def lines(*arguments):
    """What the script prints in a process of its own, which must end well."""
    done = subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, env={**os.environ})
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def rehearsed(*arguments):
    """What it prints in a rehearsal: no line could be taken for a measurement."""
    found = lines("--rehearse", *arguments)
    assert all(line.startswith("rehearsal |") for line in found)
    text = "\n".join(found)
    assert "WRONG" not in text
    return text


def test_every_table_is_rehearsed():
    text = rehearsed()
    for words in ("measured peak, tf32", "kernel gradient, % of peak", "median, tf32", "conv+ReLU+pool", "MB, ours / PyTorch"):
        assert words in text
    assert "ratios of 0.6 or more: " in text
    assert "none" not in text
    for network in (1, 4):
        assert text.count(f"network {network}: a step's loss differs from PyTorch's by ") == 2
        assert text.count(f"     3 × network {network} ") == 2
    for words in ("batch 2, eager / ours 2× or more: ", "batch 3, eager / ours 1× or more: ", "batch 2, graph / ours 1× or"):
        assert words in text


def test_whole_trainings_are_rehearsed(tmp_path):
    """Curves are written, and memory is looked at."""
    text = rehearsed("--train", str(tmp_path), "--steps", "7", "--networks", "2", "4")
    assert f"trained 1 epochs, batch 2, float32; curves go to {tmp_path}" in text
    assert text.count("not judged") == 2
    assert "memory over 8 steps" in text
    assert text.count("   flat") == 2
    for network in (2, 4):
        assert (tmp_path / f"network-{network}-float32.png").read_bytes().startswith(b"\x89PNG")
        found = json.loads((tmp_path / f"network-{network}-float32.json").read_text())
        assert [len(values) for values in found["history"].values()] == [1] * 4


@in_the_simulator
def test_a_compiler_that_does_not_work_is_named(monkeypatch):
    """Its column is empty then, and the others are there."""
    import gpu_networks
    import torch
    import twins
    from gpu_timing import Rehearsal

    def fail(*arguments, **settings):
        asked.append(settings)
        raise RuntimeError("Failed to find C compiler. Please specify via CC environment variable.\nMore.")

    asked = []
    twins.quicken(monkeypatch)
    monkeypatch.setattr(torch, "compile", fail)
    text = list(gpu_networks.table(Rehearsal(), gpu_networks.TINY, (1,), 0))
    rows = [line.split() for line in text if "× network 1 " in line]
    assert [row[8] for row in rows] == ["none"] * 4
    assert all(row[k].endswith("×") for row in rows for k in (6, 9))
    assert "torch.compile does not work here: RuntimeError: Failed to find C compiler. Please specify via CC environment" in (
        "\n".join(text)
    )
    assert len(asked) == 1


def test_ratios_are_medians_of_rounds_with_the_faster_layout():
    import gpu_networks

    names = [None, ("eager", "NCHW"), ("eager", "NHWC"), ("graph", "NCHW")]
    times = [[1.0, 9.0, 4.0, 2.0], [2.0, 1.0, 4.0, 1.0], [4.0, 9.0, 4.0, 2.0]]
    assert gpu_networks.ratios(times, names) == {"eager": (2.0, "NHWC"), "graph": (0.5, "NCHW")}


def test_what_is_thought_of_an_accuracy():
    """Those of the course, 0.005 less at most, in under a minute."""
    import gpu_training

    assert gpu_training.opinion(1, 0.8982, 59.9) == "reached (from 0.8982 on), in under a minute"
    assert gpu_training.opinion(4, 0.9239, 60.0) == "MISSED: less than 0.9240, LONGER than 60 s"


@in_the_simulator
def test_memory_that_grows_is_told(monkeypatch):
    """Here by a megabyte an epoch; a few pages are nothing."""
    import gpu_training
    import twins

    twins.quicken(monkeypatch)
    free = itertools.count(1 << 30, -(1 << 20))
    monkeypatch.setattr(gpu_training.device, "memory_info", lambda: (next(free), 1 << 30))
    for steps, word in ((8, "flat"), (24, "GROWS")):
        told = list(gpu_training.watch(gpu_training.shapes(), gpu_training.TINY, (1,), steps))
        assert told[-1].endswith(word)


@in_the_simulator
def test_what_gives_other_results_than_pytorch_is_wrong(monkeypatch):
    """Loss and change are compared; a mistake of a tenth is more than rounding, and the table ends with an error."""
    import gpu_networks
    import twins
    from gpu_timing import Rehearsal

    twins.quicken(monkeypatch)
    theirs, told, usual = gpu_networks.Theirs(Rehearsal()), [], gpu_networks.Theirs.adam
    assert not any("WRONG" in line for line in gpu_networks.checked(theirs, gpu_networks.TINY, (3,), "float32", told))
    monkeypatch.setattr(gpu_networks.Theirs, "adam", lambda self, network, **more: usual(self, network, **more | {"lr": 110.0}))
    assert all(line.endswith("WRONG") for line in gpu_networks.checked(theirs, gpu_networks.TINY, (3,), "float32", told))
    assert len(told) == 1
    with pytest.raises(SystemExit):
        list(gpu_networks.verdict([], gpu_networks.TINY, told))


@in_the_simulator
def test_the_simulator_alone_is_no_gpu():
    assert lines() == ["skipped: numba's simulator is no GPU; --rehearse rehearses this in it"]


def test_tables_that_do_not_exist_are_refused():
    done = subprocess.run([sys.executable, str(SCRIPT), "convolution"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "unknown: convolution; expected convolutions, fused, memory, training" in done.stderr
