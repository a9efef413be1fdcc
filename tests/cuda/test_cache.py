"""What was compiled is found again on disk, by other processes too, and no kernel is taken for another.

A stand-in for a GPU lets numba compile for one of compute capability 9.0 without one. What only a GPU can show: that
what comes from the disk is loaded there and runs.
"""

import os
import struct
import subprocess
import sys

import pytest

pytest.importorskip("numba_cuda")

from convviz.kernels.cuda import disk_cache, gemm, launch

if launch.SIMULATED:
    pytest.skip("for the compiler, not for numba's simulator", allow_module_level=True)

import test_ptx
from cuda.core import ObjectCode
from numba.core import config
from numba.cuda import dispatcher
from numba.cuda.core.caching import CacheImpl
from numba.cuda.cudadrv import devices, driver
from signatures import INT, ROW, cells

cuda = launch.cuda


# ---------------------------------------------------------------- a stand-in for a GPU


class Gpu:
    """A device, its context, and a module loaded there: what numba asks of each to compile."""

    id, compute_capability, initialized = 0, (9, 0), True
    device = module = kernel = property(lambda gpu: gpu)

    def create_module_image(self, code, setup, teardown):
        return self

    def get_function(self, name):
        return self


class Linker:
    """Takes PTX for the machine's code: what makes the one of the other is a library that compiling does not need."""

    info_log, lto = "", False

    def __init__(self, max_registers, cc, lto):
        assert not lto

    def add_ptx(self, text):
        self.text = text

    def complete(self):
        return ObjectCode.from_cubin(self.text)


def stand_in_for_a_gpu(put):
    """Let there be one, by calls of ``put(object, name, value)``."""
    gpu = Gpu()
    put(dispatcher, "get_current_device", lambda: gpu)
    put(devices, "get_context", lambda: gpu)
    put(driver, "_Linker", Linker)


def keep_in(monkeypatch, folder):
    """Let a folder be the place for what is compiled."""
    monkeypatch.setattr(config, "CACHE_DIR", str(folder))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder))  # numba reads it again when it starts to compile


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """An empty folder for what is compiled."""
    stand_in_for_a_gpu(monkeypatch.setattr)
    keep_in(monkeypatch, tmp_path)
    return tmp_path


# ---------------------------------------------------------------- kernels


def scaling(factor, key=("scaling",), **options):
    """A kernel as families have them: of one code, each closing over a part of its own."""

    @launch.device_function
    def scaled(number):
        return number * factor

    @launch.kernel(key=key and (*key, factor), **options)
    def scale(numbers):
        for i in range(cuda.grid(1), numbers.size, cuda.gridsize(1)):
            numbers[i] = scaled(numbers[i])

    return scale


def adding(number):
    """A kernel that closes over a number only, or over an array."""

    @launch.kernel
    def add(numbers):
        numbers[cuda.grid(1)] += number

    return add


def compiled(kernel, *kinds):
    """The PTX of a kernel that this process has not compiled yet, and whether it came from the disk."""
    made = kernel.compiled
    (code,) = made.compile(kinds or (ROW,)).library._cubin_cache.values()
    found, missed = (sum(counts.values()) for counts in (made.stats.cache_hits, made.stats.cache_misses))
    assert found + missed == 1
    return code.code.decode(), found == 1


def files(folder):
    """What is on disk."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


# ---------------------------------------------------------------- what is found again


def test_what_was_compiled_is_found_again(folder):
    text, found = compiled(scaling(2))
    assert not found
    assert ".visible .entry" in text
    (file,) = files(folder)
    assert file.name.startswith("test_cache.scale-")
    assert compiled(scaling(2)) == (text, True)
    assert files(folder) == [file]


def test_another_process_finds_it(folder):
    text, _ = compiled(scaling(3))
    paths = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", "import test_cache; test_cache.in_another_process()"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": "7"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"True\n{text}\n"
    assert len(files(folder)) == 1


def in_another_process():
    """Print what that one finds."""
    stand_in_for_a_gpu(setattr)
    text, found = compiled(scaling(3))
    print(found, text, sep="\n")


def test_tiles_are_found_again():
    kernels = [gemm.gemm.__wrapped__(gemm.Variant(gemm.TINY, relu=relu)) for relu in (True, True, False)]
    texts, found = zip(*(compiled(kernel, *test_ptx.TILED) for kernel in kernels), strict=True)
    assert found == (False, True, False)
    assert texts[0] == texts[1] != texts[2]


def test_kernels_that_close_over_numbers_need_no_key():
    text, found = compiled(adding(2))
    assert not found
    assert compiled(adding(2)) == (text, True)
    assert not compiled(adding(3))[1]


def test_every_kernel_is_kept_under_a_name_of_its_own():
    made = [*test_ptx.written().items(), *((name, gemm.gemm(variant)) for name, variant in test_ptx.variants())]
    fresh = {name: launch.Kernel(one.function, one.threads, one.blocks_at_once, one.key) for name, one in made}
    assert [name for name, kernel in fresh.items() if not kept(kernel)] == []
    names = {kernel.compiled._cache._py_func() for kernel in fresh.values()}
    assert len(names) == len(fresh)


# ---------------------------------------------------------------- what is not taken for another


def constant(number):
    """A float32 as PTX has it."""
    return "0f" + struct.pack(">f", number).hex().upper()


def kept(kernel):
    """Whether what is compiled of a kernel is kept on disk."""
    return isinstance(getattr(kernel.compiled._cache, "_cache_file", None), disk_cache.Files)


def test_members_of_a_family_keep_apart(folder):
    texts = [compiled(scaling(factor))[0] for factor in (3, 5)]
    assert len(files(folder)) == 2
    assert [compiled(scaling(factor)) for factor in (3, 5)] == [(text, True) for text in texts]
    assert [[constant(factor) in text for factor in (3, 5)] for text in texts] == [[True, False], [False, True]]


@pytest.mark.parametrize(
    ("options", "kinds"),
    [({"threads": 128}, [ROW]), ({"blocks_at_once": 2}, [ROW]), ({"key": ("other",)}, [ROW]), ({}, [cells(1, INT)])],
)
def test_so_do_other_blocks_keys_and_arguments(folder, options, kinds):
    text, _ = compiled(scaling(2))
    other, found = compiled(scaling(2, **options), *kinds)
    assert not found
    assert len(files(folder)) == 2
    assert compiled(scaling(2)) == (text, True)
    assert compiled(scaling(2, **options), *kinds) == (other, True)


def test_so_do_other_gpus(folder, monkeypatch):
    text, _ = compiled(scaling(2))
    monkeypatch.setattr(Gpu, "compute_capability", (8, 0))
    other, found = compiled(scaling(2))
    assert not found
    assert ".target sm_80" in other
    assert other != text


def test_so_do_functions_of_one_name():
    def made(first):
        if first:

            @launch.kernel
            def same(numbers):
                numbers[0] = 1

        else:

            @launch.kernel
            def same(numbers):
                numbers[0] = 2

        return same

    assert [compiled(made(first))[1] for first in (True, False, False)] == [False, False, True]


def test_without_a_key_nothing_is_kept_of_what_text_can_not_tell_apart(folder):
    """Of functions that close over others, and of those by the same code with other names around it."""
    rebound = type(scaling)(adding(1).function.__code__, {**globals()}, "add", None, adding(1).function.__closure__)
    for kernel in (scaling(2, key=None), launch.kernel(rebound)):
        assert [compiled(launch.kernel(kernel.function))[1] for _ in range(2)] == [False, False]
        assert files(folder) == []
    assert kept(launch.kernel(rebound, key="add 1"))


@pytest.mark.parametrize("key", [["scaling"], ("scaling", print), {"scaling": 1}, (b"scaling",)])
def test_keys_are_text_and_numbers(key):
    with pytest.raises(TypeError, match="key is .*; expected text, numbers, or tuples of them"):
        launch.kernel(print, key=key)


# ---------------------------------------------------------------- what is old or broken


def test_other_sources_are_compiled_anew_in_the_same_place(folder, monkeypatch):
    compiled(scaling(2))
    before = files(folder)
    with monkeypatch.context() as patch:
        patch.setattr(disk_cache, "sources_hash", lambda device: f"other sources for {device}")
        text, found = compiled(scaling(2))
        assert not found
        assert compiled(scaling(2)) == (text, True)
    assert not compiled(scaling(2))[1]
    assert files(folder) == before


def test_other_packages_are_compiled_with_anew(monkeypatch):
    """Another version might read what is on disk otherwise."""
    compiled(scaling(2))
    monkeypatch.setattr(disk_cache, "versions", lambda: ("another version",))
    assert not compiled(scaling(2))[1]


@pytest.mark.parametrize("size", [0, 10, disk_cache.SEAL, -1])
def test_broken_files_are_replaced(folder, size):
    compiled(scaling(2))
    (file,) = files(folder)
    file.write_bytes(file.read_bytes()[:size])
    assert not compiled(scaling(2))[1]
    assert compiled(scaling(2))[1]


def test_so_are_those_with_a_wrong_byte(folder):
    compiled(scaling(2))
    (file,) = files(folder)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert not compiled(scaling(2))[1]


def test_where_nothing_can_be_written_kernels_are_compiled_all_the_same(folder, monkeypatch):
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    assert [compiled(scaling(2))[1] for _ in range(2)] == [False, False]


def test_a_full_disk_is_no_error(folder, monkeypatch):
    def full(path, data):
        path.touch()
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(disk_cache.Path, "write_bytes", full)
        compiled(scaling(2))
    assert files(folder) == []
    assert not compiled(scaling(2))[1]
