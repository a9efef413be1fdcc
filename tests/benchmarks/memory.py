"""Memory of a process that saves again and again, for each kind of file.

    python tests/benchmarks/memory.py [saves] [endings]

Each kind has a process of its own. What grows between save number 50 and the last is printed, of the whole process and of what
its allocator has given out, in KiB. Where nothing is kept both stay where they are, but for a few pages.
"""

import ctypes
import gc
import multiprocessing
import sys
import tempfile
from pathlib import Path

ENDINGS = "apng gif html mp4 pdf png pptx svg txt webp npz".split()
WARM = 50


class Allocated(ctypes.Structure):
    """glibc's mallinfo2."""

    _fields_ = [
        (name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks used free keepcost".split()
    ]


def resident():
    """KiB of the process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


def allocated():
    """KiB that the C library has given out."""
    library = ctypes.CDLL(None)
    library.mallinfo2.restype = Allocated
    now = library.mallinfo2()
    return (now.used + now.hblkhd) // 1024


def saver(ending, folder):
    """A function that saves once."""
    import convviz as cv

    if ending == "npz":
        model = cv.nn.Sequential([cv.nn.Dense(50, input_shape=(2000,))])
        return lambda: model.save(Path(folder, "a.npz"))
    trace = cv.Convolution([[1, 0], [0, -1]]).trace([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    return lambda: trace.save(Path(folder, f"a.{ending}"))


def measure(ending, saves):
    """Print one line."""
    with tempfile.TemporaryDirectory() as folder:
        save = saver(ending, folder)
        figures = []
        for number in range(1, saves + 1):
            save()
            if number in (WARM, saves):
                gc.collect()
                figures.append((resident(), allocated()))
    (first, given), (last, taken) = figures
    print(
        f"{ending:5} after {WARM}: {first:7} KiB, after {saves}: {last - first:+6} KiB, allocated {taken - given:+6} KiB",
        flush=True,
    )


if __name__ == "__main__":
    saves = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    for ending in sys.argv[2:] or ENDINGS:
        process = multiprocessing.get_context("spawn").Process(target=measure, args=(ending, saves))
        process.start()
        process.join()
