"""Plain scalar arithmetic: compiled functions call one another, and float32 stays float32."""

import ast
from pathlib import Path

import numba
import numpy as np
import pytest

from convviz.kernels.cpu import chunks, compile, threads
from convviz.kernels.scalar import activations, losses, optimizers, philox, targets

MODULES = [activations, losses, optimizers]
EVERY = [(module, name) for module in MODULES for name in module.__all__]
compiled_only = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="looks into compiled code, and there is none")


@compiled_only
@pytest.mark.parametrize(("module", "name"), EVERY, ids=[name for _, name in EVERY])
def test_float32_does_not_become_float64(module, name):
    (function,) = targets.compile_functions(module, name)
    numbers = [np.float32(0.25)] * function.py_func.__code__.co_argcount
    function(*numbers)
    assert function.signatures == [(numba.float32,) * len(numbers)]
    (code,) = function.inspect_llvm().values()
    body = code[code.index("define") : code.index("}", code.index("define"))]
    assert "float" in body and "double" not in body


@pytest.mark.parametrize("module", [*MODULES, philox])
def test_scalar_arithmetic_imports_nothing_but_math(module):
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= {"math"} and not any(isinstance(node, ast.Import) for node in ast.walk(tree))


def test_functions_can_be_given_others_to_call():
    (sigmoid,) = targets.compile_functions(losses, "sigmoid", exp=numba.njit(lambda x: x - x))
    assert sigmoid(3.0) == 1
    assert targets.compile_functions(losses, "sigmoid")[0](0.0) == 0.5


def test_division_by_zero_is_infinite():
    assert targets.arithmetic(lambda x: 1 / x)(0.0) == np.inf


@compiled_only
def test_functions_for_compiled_code_refuse_to_be_called_from_python():
    inner = compile.device_function(lambda x: x + 1)
    assert numba.njit(lambda x: inner(x))(1) == 2
    with pytest.raises(TypeError, match="compiled functions only"):
        inner(1)


@pytest.mark.parametrize("size", [0, 1, chunks.SMALL, chunks.SMALL + 1, 20 * chunks.CHUNK, 20 * chunks.CHUNK + 1])
def test_chunks_cover_all_cells_once(size, monkeypatch):
    monkeypatch.setattr(threads, "thread_count", lambda: 3)
    spans = []
    chunks.share_cells(lambda begin, end: spans.append((begin, end)), size)
    spans.sort()
    assert [begin for begin, _ in spans] == [0, *(end for _, end in spans[:-1])] and spans[-1][1] == size
    assert all(begin % chunks.CHUNK == 0 for begin, _ in spans)
    assert len(spans) == (1 if size <= chunks.SMALL else 12)
