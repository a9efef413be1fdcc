"""Many threads at once, forked children, several processes with one cache: no crash, no hang, the same bits.

What could crash or hang runs in a process of its own with a time limit, so that it turns a test red and no more.
"""

import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import convviz
from convviz.kernels.cpu import threads

LIMIT = 300  # seconds, compiling included; only a hang takes so long

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

#: What every script starts with: `everything()` runs all kernels, small and large, and gives a digest of the results.
PRELUDE = """
import hashlib, itertools, os, sys, threading
import numpy as np
import convviz as cv
from convviz.kernels.cpu import dispatch as cpu

def whole_numbers(seed, *shape):
    return np.random.default_rng(seed).integers(-9, 10, shape)

def case(size, dtype):
    random = np.random.default_rng(1)
    def array(*shape):
        if dtype == "int64":
            return random.integers(-9, 10, shape)
        return random.standard_normal(shape).astype(dtype)
    image, plane = array(2, size, size + 3, 4), array(3 * size, 3 * size)
    kernel, stamp, square = array(3, 2, 2, 6), array(3, 2, 3, 4), array(3, 3)
    return [
        lambda: cv.conv2d(image, kernel, padding="same", groups=2),
        lambda: cv.conv2d(plane, square, bias=1, dilation_rate=2),
        lambda: cv.conv2d_transpose(image, stamp, strides=(1, 2), padding=1),
        lambda: cv.max_pool2d(image, 3, 1, return_argmax=True)[1],
        lambda: cv.max_pool2d(image, 3, 1),
        lambda: cv.max_pool2d(np.tile(image, 8)),
        lambda: cv.avg_pool2d(image, 3, 1, "same"),
        lambda: cv.global_avg_pool2d(image),
    ]

calls = [call for size in (6, 50) for dtype in ("int64", "float32", "float64") for call in case(size, dtype)]

def everything(start=0):
    # each caller begins elsewhere, so that unlike kernels run side by side
    answers = [None] * len(calls)
    for number in range(len(calls)):
        place = (start + number) % len(calls)
        answers[place] = hashlib.sha256(calls[place]().tobytes()).hexdigest()
    return hashlib.sha256("".join(answers).encode()).hexdigest()

def in_threads(count, rounds=1):
    digests = []
    def work(number):
        for _ in range(rounds):
            digests.append(everything(number * 5))
    helpers = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for helper in helpers:
        helper.start()
    for helper in helpers:
        helper.join()
    assert len(digests) == count * rounds, "a thread died"
    return digests
"""


def started(script, **environment):
    """A process that runs the prelude and `script`, with more variables in its environment."""
    path = os.pathsep.join([str(Path(convviz.__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", PRELUDE + script],
        env={**os.environ, "PYTHONPATH": path, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process):
    """What the process printed, by words, once it ended well."""
    try:
        output, errors = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        output, errors = process.communicate()
        pytest.fail(f"still running after {LIMIT} s; it printed {output!r} and {errors[-3000:]}")
    assert process.returncode == 0, f"ended with {process.returncode}: {errors[-3000:]}"
    return output.split()


def run(script, **environment):
    return finished(started(script, **environment))


@pytest.fixture(scope="module")
def digest():
    """What all kernels give in one thread."""
    return run("print(everything())", NUMBA_NUM_THREADS="1")


def test_integers_are_the_same_by_serial_code():
    script = """
exact = case(50, "int64")
answers = [call().tobytes() for call in exact]
cpu.LARGE = 10**15
assert [call().tobytes() for call in exact] == answers
"""
    run(script, NUMBA_NUM_THREADS="4")


def test_large_and_small_inputs_take_both_paths():
    script = """
taken = []
from convviz.kernels.cpu import threads
spread = threads.spread
def recorded(*arguments):
    taken.append(True)
    spread(*arguments)
threads.spread = recorded
for call in calls:
    taken.clear()
    call()
    print(len(taken))
"""
    taken = [int(number) for number in run(script)]
    small, large = taken[: len(taken) // 2], taken[len(taken) // 2 :]
    assert not any(small)
    # all but the global mean, whose few rows are few cells' work
    assert all(count for number, count in enumerate(large) if number % 8 != 7)


def test_many_threads_at_once(digest):
    """The first calls of all, too: every thread may find a kernel that is not compiled yet."""
    assert set(run("print(*in_threads(8, rounds=2))", NUMBA_NUM_THREADS="4")) == set(digest)


def test_many_threads_while_each_call_has_one(digest):
    assert set(run("print(*in_threads(4))", NUMBA_NUM_THREADS="1")) == set(digest)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_same_bits_with_any_number_of_threads(count, digest):
    script = f"""
from convviz.kernels.cpu import threads
assert threads.thread_count() == {count}, threads.thread_count()
print(everything())
"""
    assert run(script, NUMBA_NUM_THREADS=str(count)) == digest


def test_same_bits_when_numba_is_told_how_many_threads(digest):
    script = """
import numba
from convviz.kernels.cpu import threads
for count in (4, 1, 2, 3):
    numba.set_num_threads(count)
    assert threads.thread_count() == count, threads.thread_count()
    print(everything())
"""
    assert run(script, NUMBA_NUM_THREADS="4") == digest * 4


@pytest.mark.parametrize(
    "late",
    ["threading.Thread(target=work).start()", "import atexit\natexit.register(work)"],
    ids=["a thread that outlives the main one", "at exit"],
)
def test_kernels_work_until_the_very_end(late, digest):
    """Python's thread pools take no work once the main thread has ended; a program's last call may come later."""
    script = """
import time
print(everything())
def work():
    while threading.main_thread().is_alive() and threading.current_thread() is not threading.main_thread():
        time.sleep(0.01)
    print(everything(), flush=True)
"""
    assert run(script + late, NUMBA_NUM_THREADS="4") == digest * 2


FORKED = """
import signal

def in_child(work=lambda: [everything()]):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # a child that hangs dies
        try:
            os.write(writing, " ".join(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    return reading

def answer(reading):
    with os.fdopen(reading) as pipe:
        return pipe.read() or "the-child-died"
"""


@needs_fork
def test_a_forked_child_of_a_parent_that_used_the_kernels(digest):
    script = FORKED + "print(everything(), answer(in_child()), everything(), answer(in_child()))"
    assert run(script, NUMBA_NUM_THREADS="4") == digest * 4


@needs_fork
def test_a_forked_child_of_a_parent_that_did_not(digest):
    assert run(FORKED + "print(answer(in_child()), everything())", NUMBA_NUM_THREADS="4") == digest * 2


@needs_fork
def test_a_forked_child_after_numba_s_own_threads_were_started(digest):
    script = FORKED + "import numba\nnumba.set_num_threads(2)\nprint(everything(), answer(in_child()), everything())"
    assert run(script, NUMBA_NUM_THREADS="4") == digest * 3


@needs_fork
def test_children_forked_while_other_threads_compute(digest):
    script = (
        FORKED
        + """
everything()
done = threading.Event()
def busy(number):
    while not done.is_set():
        everything(number)
helpers = [threading.Thread(target=busy, args=(number,)) for number in range(4)]
for helper in helpers:
    helper.start()
print(*[answer(in_child()) for _ in range(6)])
done.set()
for helper in helpers:
    helper.join()
print(everything())
"""
    )
    assert run(script, NUMBA_NUM_THREADS="4") == digest * 7


@needs_fork
def test_a_child_forked_while_another_thread_compiles(digest):
    """Numba compiles under a lock; a child that inherits it locked must not wait for a thread that it does not have."""
    script = (
        FORKED
        + """
import time
from numba.core.compiler_lock import global_compiler_lock
compiling = threading.Event()
def compile_something():
    with global_compiler_lock:
        compiling.set()
        time.sleep(0.5)
helper = threading.Thread(target=compile_something)
helper.start()
compiling.wait()
print(answer(in_child()), everything())
"""
    )
    assert run(script, NUMBA_NUM_THREADS="4") == digest * 2


@needs_fork
def test_a_child_forked_while_another_thread_loads_the_vector_code(digest):
    """A child that inherits half a module, and the lock of a thread that it does not have, would wait for ever."""
    script = (
        FORKED
        + """
import time
loading = threading.Event()
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "convviz.kernels.cpu.sweeps":
            loading.set()
            time.sleep(0.5)
sys.meta_path.insert(0, Slow())
helper = threading.Thread(target=everything)
helper.start()
loading.wait()
print(answer(in_child()), everything())
helper.join()
"""
    )
    assert run(script, NUMBA_NUM_THREADS="4") == digest * 2


@needs_fork
def test_a_child_forked_while_another_thread_starts_the_pool(digest):
    script = (
        FORKED
        + """
import time
from convviz.kernels.cpu import threads
starting = threading.Event()
def start():
    with threads._lock:
        starting.set()
        time.sleep(0.5)
helper = threading.Thread(target=start)
helper.start()
starting.wait()
print(answer(in_child()), everything())
"""
    )
    assert run(script, NUMBA_NUM_THREADS="4") == digest * 2


@needs_fork
def test_a_forked_child_shares_rows_among_threads_too():
    script = (
        FORKED
        + """
from convviz.kernels.cpu import threads
def names():
    together, seen = threading.Barrier(4), set()
    def work(start, stop):
        if threading.get_ident() not in seen:
            seen.add(threading.get_ident())
            together.wait(60)
    threads.share(work, 100)
    return [str(len(seen))]
print(*names(), answer(in_child(names)))
"""
    )
    assert run(script, NUMBA_NUM_THREADS="4") == ["4", "4"]


@needs_fork
def test_a_forked_child_with_threads_of_its_own(digest):
    script = FORKED + "everything()\nprint(answer(in_child(lambda: in_threads(3))))"
    assert run(script, NUMBA_NUM_THREADS="4") == digest * 3


@pytest.mark.parametrize("method", [pytest.param("fork", marks=needs_fork), "spawn"])
def test_multiprocessing(method, digest, tmp_path):
    """A pool of processes, as data loaders make them."""
    body = """
import multiprocessing
if __name__ == "__main__":
    mine = everything()
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        print(mine, *pool.map(everything, [0, 3, 9, 12]))
"""
    program = tmp_path / "program.py"
    program.write_text(PRELUDE + body)
    code = f"import runpy, sys; sys.argv = ['', {method!r}]; runpy.run_path({str(program)!r}, run_name='__main__')"
    if method == "spawn":
        code = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, {str(program)!r}, 'spawn']))"
    assert run(code) == digest * 5


def test_processes_that_fill_an_empty_cache_at_once(tmp_path):
    script = """
image, kernel = np.arange(90000.0).reshape(300, 300), np.ones((3, 3))
print(cv.conv2d(image[:5, :5], kernel).sum(), cv.conv2d(image, kernel).sum(), cv.max_pool2d(image).sum())
"""
    processes = [started(script, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(3)]
    first, *others = [finished(process) for process in processes]
    assert len(first) == 3 and all(other == first for other in others)
    assert list(tmp_path.rglob("*.nbi")), "nothing was cached"
    assert run(script, NUMBA_CACHE_DIR=str(tmp_path)) == first


# Sharing rows


@pytest.mark.parametrize("count", [1, 2, 3, 8])
@pytest.mark.parametrize("rows", [0, 1, 2, 5, 31, 1000])
def test_rows_are_covered_once(rows, count, monkeypatch):
    monkeypatch.setattr(threads, "thread_count", lambda: count)
    chunks = []
    threads.share(lambda extra, start, stop: chunks.append((start, stop, extra)), rows, "extra")
    covered = sorted(itertools.chain.from_iterable(range(start, stop) for start, stop, _ in chunks))
    assert covered == list(range(rows))
    assert all(extra == "extra" for *_, extra in chunks)


def test_rows_are_shared_by_as_many_threads_as_asked(monkeypatch):
    count = min(2, threads.numba.config.NUMBA_NUM_THREADS)
    monkeypatch.setattr(threads, "thread_count", lambda: count)
    together = threading.Barrier(count)
    seen = set()

    def work(start, stop):
        if threading.get_ident() not in seen:
            seen.add(threading.get_ident())
            together.wait(LIMIT)  # opens only when all of them are here

    threads.share(work, 100)
    assert len(seen) == count


@pytest.mark.parametrize("bad", [0, 50, 99])
def test_an_error_in_any_row_reaches_the_caller(bad, monkeypatch):
    monkeypatch.setattr(threads, "thread_count", lambda: 2)

    def work(start, stop):
        if bad in range(start, stop):
            raise ZeroDivisionError(f"row {bad}")

    with pytest.raises(ZeroDivisionError, match=f"row {bad}"):
        threads.share(work, 100)
    assert threads.share(lambda start, stop: None, 100) is None  # and the next call finds all in order
