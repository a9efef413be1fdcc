"""Memory of a process that saves again and again, for each kind of file.

    python tests/benchmarks/memory.py [saves] [endings]

Each kind has a process of its own; `npz` is a model. Printed is what the process has in memory (resident), and what its C
library has given out (allocated), in KiB, after 50 saves, in the middle and at the end, as soon as each is known. Where nothing
is kept both stay where they are, but for a few pages.
"""

import ctypes
import gc
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

from convviz.render import ENDINGS

KINDS = [*(ending[1:] for ending in ENDINGS), "npz"]
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


def saver(kind, folder):
    """A function that saves once."""
    import convviz as cv

    if kind == "npz":
        model = cv.nn.Sequential([cv.nn.Dense(50, input_shape=(2000,))])
        return lambda: model.save(Path(folder, "a.npz"))
    trace = cv.Convolution([[1, 0], [0, -1]]).trace([[1, 2, 3], [4, 5, 6]])
    small = {} if kind in ("html", "pptx") else {"size": 320}
    return lambda: trace.save(Path(folder, f"a.{kind}"), **small)


def measure(kind, saves):
    """Save so many times, and print a line, piece by piece."""
    warm = min(WARM, saves)
    print(f"{kind:5}", end="", flush=True)
    begun, before = time.monotonic(), None
    with tempfile.TemporaryDirectory() as folder:
        save = saver(kind, folder)
        for number in range(1, saves + 1):
            save()
            if number in (warm, (warm + saves) // 2, saves):
                gc.collect()
                now = resident(), allocated()
                before = before or now
                print(f"  {number:4}: {now[0]:7} resident, {now[1]:7} allocated", end="", flush=True)
    print(f"  grown by {now[0] - before[0]:+} and {now[1] - before[1]:+} KiB in {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    saves = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    for kind in sys.argv[2:] or KINDS:
        process = multiprocessing.get_context("spawn").Process(target=measure, args=(kind, saves))
        process.start()
        process.join()
