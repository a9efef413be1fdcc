"""How long the first steps with convviz take, and how its convolution compares with SciPy's; printed as a table.

    python tests/benchmarks/kernels.py [--rounds 7] [--size 4096]

Competitors take turns, so that a machine that is busy for a while hinders all of them; medians are compared, and the
range stands beside each. "cold" starts with an empty folder of compiled kernels (NUMBA_CACHE_DIR), "warm" with a
filled one.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FEATURE_MAP = "import convviz as cv; cv.conv2d([[0, 2, 3], [4, 2, 1], [2, 2, 1]], [[1, 2], [0, 1]])"
LARGE_MAPS = {
    "512×512 float32, 3×3": ((512, 512), (3, 3)),
    "8×28×28×32 float32, 3×3, 64 filters": ((8, 28, 28, 32), (3, 3, 32, 64)),
}


@dataclass
class Row:
    """A line of the table: what was measured, what it is compared with, and what is wanted of the two."""

    what: str
    seconds: list
    against: str
    comparison: str
    wanted: str
    met: bool


def medians(rounds, *competitors):
    """Seconds of each competitor in each round, one list per competitor; they take turns."""
    return list(zip(*[[competitor() for competitor in competitors] for _ in range(rounds)], strict=True))


def process(code, cache):
    """A function that runs `code` in a new Python, with compiled kernels kept in `cache`, and gives the seconds."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path}

    def timed():
        with tempfile.TemporaryDirectory() as empty:
            environment["NUMBA_CACHE_DIR"] = cache or empty
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], env=environment, check=True)
            return time.perf_counter() - start

    return timed


def call(function, *arguments, **options):
    """A function that calls `function` and gives the seconds."""

    def timed():
        start = time.perf_counter()
        function(*arguments, **options)
        return time.perf_counter() - start

    return timed


def imports(rounds, cache):
    """Rows on importing: the package alone, and with what a first call loads."""
    numpy, package, name = medians(
        rounds,
        process("import numpy", cache),
        process("import convviz", cache),
        process("from convviz import conv2d", cache),
    )
    base = statistics.median(numpy)
    for what, seconds, limit in (("import convviz", package, 0.15), ("from convviz import conv2d", name, None)):
        more = statistics.median(seconds) - base
        wanted = f"≤ +{limit} s" if limit else ""
        yield Row(what, seconds, f"import numpy {base:.3f} s", f"{more:+.3f} s", wanted, limit is None or more <= limit)


def first_feature_maps(rounds, cache):
    """Rows on the first feature map in a new process."""
    process(FEATURE_MAP, cache)()
    bare, warm = medians(rounds, process("pass", cache), process(FEATURE_MAP, cache))
    (cold,) = medians(max(3, rounds // 2), process(FEATURE_MAP, None))
    base = statistics.median(bare)
    for what, seconds, limit in (("first feature map, warm", warm, 0.7), ("first feature map, cold", cold, 4)):
        median = statistics.median(seconds)
        yield Row(what, seconds, f"python {base:.3f} s", f"{median / base:.1f} ×", f"≤ {limit} s", median <= limit)


def first_large_maps(rounds, cache):
    """Rows on the first feature map of large arrays in a new process, which loads the vector code, beyond a small one."""
    for name, shapes in LARGE_MAPS.items():
        ones = ", ".join(f"np.ones({shape}, np.float32)" for shape in shapes)
        code = f"{FEATURE_MAP}; import numpy as np; cv.conv2d({ones})"
        process(code, cache)()
        small, warm = medians(rounds, process(FEATURE_MAP, cache), process(code, cache))
        (cold,) = medians(max(3, rounds // 2), process(code, None))
        base = statistics.median(small)
        for what, seconds, limit in ((f"first {name}, warm", warm, 0.5), (f"first {name}, cold", cold, 15)):
            more = statistics.median(seconds) - base
            yield Row(what, seconds, f"small one, warm {base:.3f} s", f"{more:+.3f} s", f"≤ +{limit} s", more <= limit)


def large_images(rounds, size):
    """Rows on a large float32 image and a 3 × 3 kernel, against SciPy."""
    import numpy as np
    from scipy import ndimage, signal

    sys.path.insert(0, str(ROOT))
    import convviz as cv

    random = np.random.default_rng(0)
    image = random.standard_normal((size, size), np.float32)
    kernel = random.standard_normal((3, 3), np.float32)
    rivals = {
        "scipy.ndimage.correlate": call(ndimage.correlate, image, kernel, mode="constant"),
        "scipy.signal.correlate2d": call(signal.correlate2d, image, kernel, mode="same"),
    }
    ours = call(cv.conv2d, image, kernel, padding="same")
    answer = cv.conv2d(image, kernel, padding="same")
    assert np.allclose(answer, ndimage.correlate(image.astype(float), kernel.astype(float), mode="constant"), atol=1e-4)
    mine, *theirs = medians(rounds, ours, *rivals.values())
    for name, seconds in zip(rivals, theirs, strict=True):
        ratio = statistics.median(seconds) / statistics.median(mine)
        against = f"{name} {statistics.median(seconds):.3f} s"
        yield Row(f"{size}×{size} float32, 3×3", mine, against, f"{ratio:.2f} × as fast", "≥ 1 ×", ratio >= 1)


def table(rows):
    """The rows as lines of text in columns."""
    head = ("what", "median", "range", "against", "compared", "wanted", "met")
    lines = [head]
    for row in rows:
        spread = f"{min(row.seconds):.3f}–{max(row.seconds):.3f} s"
        median = f"{statistics.median(row.seconds):.3f} s"
        met = ("yes" if row.met else "NO") if row.wanted else ""
        lines.append((row.what, median, spread, row.against, row.comparison, row.wanted, met))
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        yield "  ".join(part.ljust(width) for part, width in zip(line, widths, strict=True)).rstrip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="turns of each competitor (default 7)")
    parser.add_argument("--size", type=int, default=4096, help="side of the large image (default 4096)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        rows = [
            *imports(options.rounds, cache),
            *first_feature_maps(options.rounds, cache),
            *first_large_maps(options.rounds, cache),
            *large_images(options.rounds, options.size),
        ]
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, {options.rounds} rounds")
    print("\n".join(table(rows)))
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
