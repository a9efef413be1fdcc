"""What convviz uses of numba beyond its documentation is in the installed version, and does what is needed."""

import ast
import ctypes
import threading
from pathlib import Path

import numba
import numpy as np
import pytest
from llvmlite import ir
from numba.extending import intrinsic

import convviz
from convviz.kernels.cpu import compile, numba_private

PACKAGE = Path(convviz.__file__).parent


def test_a_thread_may_take_the_compilers_lock_twice_and_others_wait():
    taken = threading.Event()

    def other():
        with numba_private.compiler_lock:
            taken.set()

    with numba_private.compiler_lock, numba_private.compiler_lock:
        helper = threading.Thread(target=other)
        helper.start()
        assert not taken.wait(0.1)
    assert taken.wait(10)
    helper.join()
    numba_private.compiler_lock.acquire()
    numba_private.compiler_lock.release()


def test_numba_compiles_under_that_lock():
    compiled = threading.Event()

    def compile_something():
        numba.njit(lambda x: x + 1)(1)
        compiled.set()

    with numba_private.compiler_lock:
        helper = threading.Thread(target=compile_something)
        helper.start()
        assert not compiled.wait(0.5)
    assert compiled.wait(60)
    helper.join()


def test_internal_functions_serve_compiled_code_and_refuse_python():
    @numba_private.internal
    def double(x):
        return x + x

    @numba.njit
    def four_times(x):
        return double(double(x))

    assert four_times(3) == 12
    with pytest.raises(TypeError, match="double can be called by compiled functions only"):
        double(3)


def test_functions_without_a_wrapper_for_c_are_called_by_python():
    @numba.njit(**numba_private.KERNEL_OPTIONS)
    def twice(x):
        return 2 * x

    assert twice(4) == 8
    (library,) = (overload.library for overload in twice.overloads.values())
    assert "cfunc" not in library.get_llvm_str()


def test_the_key_decides_what_is_found_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))

    def fresh(key):
        def double(x):
            return x + x

        made = numba.njit(double)
        numba_private.enable_caching(made, key)
        assert made(3) == 6
        return bool(made.stats.cache_hits)

    assert [fresh(key) for key in ("one", "one", "two", "two", "one")] == [False, True, False, True, False]


def test_without_a_folder_nothing_is_kept(monkeypatch):
    made = numba.njit(lambda x: x + 1)
    monkeypatch.setattr(numba.core.caching.CacheImpl, "_locator_classes", [])
    numba_private.enable_caching(made, "key")
    assert made(1) == 2


def test_the_thread_pool_of_numba_is_not_started_by_asking():
    assert isinstance(numba_private.thread_pool_started(), bool)
    numba.get_num_threads()
    assert numba_private.thread_pool_started()


def test_the_address_of_a_function_in_compiled_code():
    @intrinsic
    def write(typing, number):
        def codegen(context, builder, signature, arguments):
            kind = ir.FunctionType(ir.IntType(64), [ir.IntType(64)])
            function = numba_private.cgutils.get_or_insert_function(builder.module, kind, "convviz.test.triple")
            inside = ir.IRBuilder(function.append_basic_block())
            inside.ret(inside.mul(function.args[0], ir.IntType(64)(3)))
            return context.get_dummy_value()

        return numba.types.void(number), codegen

    @numba_private.internal
    def holder(number):
        write(number)

    address = numba_private.symbol_address(holder, (numba.types.int64,), "convviz.test.triple")
    assert ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(address)(14) == 42


def test_loops_of_cgutils():
    @intrinsic
    def count(typing, stop):
        def codegen(context, builder, signature, arguments):
            cgutils, integer = numba_private.cgutils, ir.IntType(64)
            total = cgutils.alloca_once_value(builder, integer(0))
            with cgutils.for_range(builder, arguments[0], intp=integer) as loop:
                builder.store(builder.add(builder.load(total), loop.index), total)
            with cgutils.for_range_slice(builder, integer(0), arguments[0], integer(2), intp=integer) as (index, _):
                builder.store(builder.add(builder.load(total), index), total)
            return builder.load(total)

        return numba.types.int64(numba.types.int64), codegen

    @numba.njit
    def counted(stop):
        return count(stop)

    assert counted(5) == sum(range(5)) + sum(range(0, 5, 2))


def test_a_typing_error_of_ours_is_one_of_numbas():
    @intrinsic
    def refuse(typing, number):
        raise numba_private.TypingError("not this")

    with pytest.raises(numba.TypingError, match="not this"):
        numba.njit(lambda: refuse(1))()


def imports_of(path):
    """The modules that a file imports anywhere."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


#: What numba and numba-cuda document for those who extend them.
DOCUMENTED = {"numba", "numba.extending", "numba.cuda", "numba.cuda.extending"}


def test_nothing_else_imports_private_parts():
    found = {
        (path.name, module)
        for path in PACKAGE.rglob("*.py")
        if path.name not in ("numba_private.py", "numba_cuda_private.py")
        for module in imports_of(path)
        if module.startswith("numba") and module not in DOCUMENTED
    }
    assert found == set()


def test_kernels_are_compiled_without_the_interpreters_lock():
    @compile.compiled
    def total(numbers):
        result = 0.0
        for number in numbers:
            result += number
        return result

    assert total(np.ones(4)) == 4
    assert total.targetoptions["nogil"]
