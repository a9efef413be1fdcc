"""Every kernel is compiled for sm_80 and sm_90 and assembled by ptxas: no spills, no stack, few registers, no float64.

What ptxas says of each is kept in ``registers.txt``, so that a change shows in a diff. To renew it::

    PYTHONPATH=.:tests/helpers python tests/cuda/test_ptx.py

Kernels need the package numba-cuda and NVIDIA's compilers, ``cuda-toolkit[nvcc,nvvm,nvrtc]==13.0.*`` from PyPI, but no
GPU.
"""

import concurrent.futures
import functools
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import tiny_launches

pytest.importorskip("numba_cuda")

from convviz.kernels.cuda import gather_tables, gemm, launch

if launch.SIMULATED:
    pytest.skip("for the compiler, not for numba's simulator", allow_module_level=True)

from numba.cuda import types
from signatures import INT, ROW, SIGNATURES, cells

TABLE = Path(__file__).with_name("registers.txt")
TARGETS = (8, 0), (9, 0)
#: Bytes of shared memory that a block may always have, and registers of a multiprocessor.
MOST_SHARED, REGISTERS = 48 * 1024, 65536
#: Registers of a thread, at most, of a kernel that is not made of tiles.
MOST_REGISTERS = 128

TILED = (ROW, ROW, ROW, ROW, cells(1, types.int32), cells(1, INT))
TILED += (types.NamedUniTuple(INT, len(gemm.Numbers._fields), gemm.Numbers),)


def variants():
    """Names and variants of tiled kernels: those that layers get, and those with the most registers."""
    named = {"large": gemm.LARGE, "medium": gemm.MEDIUM, "narrow": gemm.NARROW, "small": gemm.SMALL}
    loose = {"a_wide": False, "b_wide": False, "out_wide": False}
    kinds = {
        "forward relu": {"relu": True},
        "forward unaligned": loose,
        "forward relu pooled": {"relu": True, "pooled": True},
        "input gradient": {"turned": True},
        "input gradient unaligned": {"turned": True, **loose},
        "kernel gradient": {"across": True},
        "kernel gradient unaligned": {"across": True, **loose},
    }
    for size, tile in named.items():
        for kind, choices in kinds.items():
            yield f"tiles {size} {kind}", gemm.Variant(tile, **choices)
    for size, tile in {"large": gemm.LARGE, "medium": gemm.MEDIUM, "narrow": gather_tables.TENSOR_NARROW}.items():
        for kind in ("forward relu pooled", "input gradient", "kernel gradient", "kernel gradient unaligned"):
            yield f"tensor tiles {size} {kind}", gemm.Variant(tile, tensor=True, **kinds[kind])


def written():
    """All kernels that stand in modules and in dictionaries there, by name."""
    return {name: kernel for kernel, name in tiny_launches.kernels().items()}


def argument_types(name):
    """The types of a kernel's arguments; those of a dictionary stand under its name."""
    return SIGNATURES[name.partition("[")[0]]


# ---------------------------------------------------------------- compilers


@functools.cache
def assembler():
    """The path of ptxas, from the wheels or from a toolkit, or None."""
    for folder in map(Path, sys.path):
        for found in sorted(folder.glob("nvidia/*/bin/ptxas")):
            return str(found)
    return shutil.which("ptxas")


def versions():
    """What compiles, to the version: only the same give the same registers."""
    names = "numba-cuda", "nvidia-nvvm", "nvidia-cuda-nvcc"
    return ", ".join(f"{name} {version_of(name)}" for name in names)


def version_of(name):
    """A package's version, "?" for one that is not there."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "?"


def assembled(text, cc):
    """Registers, bytes of shared memory, of stack and of spills that ptxas reports for PTX."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "kernel.ptx")
        source.write_text(text, "utf-8")
        command = [assembler(), f"-arch=sm_{cc[0]}{cc[1]}", "-v", str(source), "-o", str(source.with_suffix(".cubin"))]
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    patterns = r"Used (\d+) registers", r"(\d+) bytes smem", r"(\d+) bytes stack frame", r"(\d+) bytes spill stores"
    return tuple(max(map(int, re.findall(pattern, done.stderr)), default=0) for pattern in patterns)


@functools.cache
def reports():
    """For each kernel its `launch.Kernel`, its PTX, and what ptxas says, each for all targets."""
    every = [(name, kernel, argument_types(name)) for name, kernel in sorted(written().items())]
    every += [(name, gemm.gemm(variant), TILED) for name, variant in variants()]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = {}
        for name, kernel, signature in every:
            texts = [launch.ptx(kernel, types.void(*signature), cc) for cc in TARGETS]
            found[name] = (
                kernel,
                texts,
                [pool.submit(assembled, text, cc) for text, cc in zip(texts, TARGETS, strict=True)],
            )
        return {name: (kernel, texts, [f.result() for f in waiting]) for name, (kernel, texts, waiting) in found.items()}


needs_assembler = pytest.mark.skipif(
    assembler() is None, reason="no ptxas: pip install 'cuda-toolkit[nvcc,nvvm,nvrtc]==13.0.*'"
)


def table():
    """The golden file's text."""
    lines = [versions(), f"{'registers and bytes of shared memory':46} sm_80         sm_90"]
    for name, (_, _, found) in reports().items():
        lines.append(f"{name:46} " + "   ".join(f"{one[0]:3} {one[1]:6} B" for one in found))
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------- tests


def test_every_kernel_is_looked_at():
    assert {name.partition("[")[0] for name in written()} == set(SIGNATURES)


@needs_assembler
def test_nothing_is_spilled_and_no_thread_has_a_stack():
    found = {name: [one[2:] for one in results] for name, (_, _, results) in reports().items()}
    assert {name: pairs for name, pairs in found.items() if any(map(any, pairs))} == {}


@needs_assembler
def test_registers_and_shared_memory_are_enough_for_the_blocks_that_are_wanted():
    for name, (kernel, _, results) in reports().items():
        tiled = name.startswith(("tiles", "tensor"))
        most = REGISTERS // (kernel.threads * kernel.blocks_at_once) if tiled else MOST_REGISTERS
        for registers, shared, *_ in results:
            assert registers <= most, name
            assert shared <= MOST_SHARED, name


@needs_assembler
def test_no_kernel_of_float32_computes_in_float64():
    assert [name for name, (_, texts, _) in reports().items() if any(".f64" in text for text in texts)] == []


@needs_assembler
def test_tiles_are_the_code_they_are_meant_to_be():
    """Loads of four cells, products unrolled, tensor cores' instructions."""
    found = {name: texts[1] for name, (_, texts, _) in reports().items()}
    large, tensor = found["tiles large forward relu"], found["tensor tiles large forward relu pooled"]
    assert (large.count("ld.shared.v4.f32"), large.count("fma.rn.f32")) == (32, 512)
    assert large.count("ld.global.v4.f32") == 4
    assert tensor.count("mma.sync.aligned.m16n8k8") == 16
    assert tensor.count("cvt.rna.tf32.f32") == 2 * 8  # before the loop and in it


@needs_assembler
def test_registers_are_those_of_the_table():
    kept = TABLE.read_text("utf-8")
    if kept.splitlines()[0] != versions():
        pytest.skip(f"{TABLE.name} is for {kept.splitlines()[0]}; here are {versions()}")
    assert table() == kept


if __name__ == "__main__":
    TABLE.write_text(table(), "utf-8")
