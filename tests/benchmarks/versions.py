"""Two versions of convviz beside each other: start-up, the first feature map, a GIF, a page, a deck, a training step.

    python tests/benchmarks/versions.py ../before          # a checkout of the version before, against this one
    python tests/benchmarks/versions.py ../before . --runs 15 --only gif page

Each measurement runs in processes of its own, the two versions in turn, so that a busy machine slows both alike. What is
printed: the median of each in milliseconds, and the median of the ratios before/after of neighbouring runs; more than 1
means that the second version is faster. Compiled code is in the cache of each version before anything is measured.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LECTURE = (
    "import convviz as cv; e = cv.examples.lecture_6x6; trace = e.trace(); import tempfile, time; d = tempfile.mkdtemp()\n"
)
#: What is measured as a whole process, from its start to its end.
PROCESSES = {
    "import convviz": "import convviz",
    "first feature map": "import convviz as cv; cv.conv2d([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 2], [0, 1]])",
    "first trace and text": "import convviz as cv; cv.MaxPooling(2).trace([[3, 4], [1, 2]]).text(0)",
    "convviz --help": "import sys; sys.argv = ['convviz', '--help']; from convviz.cli import main; main()",
    "convviz list": "import sys; from convviz.cli import main; main(['list'])",
}


def saved(ending):
    """A snippet that saves the 16 steps of the lecture's example and prints the least seconds of five times.

    Not their mean: the garbage collector strikes in one of them, and in which depends on how many objects there were before.
    """
    return LECTURE + (
        "times = []\n"
        "for _ in range(5):\n"
        f"    s = time.perf_counter(); trace.save(d + '/a{ending}'); times.append(time.perf_counter() - s)\n"
        "print(min(times))"
    )


#: What is measured within a process, which prints its seconds.
SNIPPETS = {
    "gif": saved(".gif"),
    "page": saved(".html"),
    "deck": saved(".pptx"),
    "svg": saved(".svg"),
    "16 formulas": LECTURE + "s = time.perf_counter(); [step.formula() for step in trace]; print(time.perf_counter() - s)",
    "check of a wrong answer": LECTURE
    + "e.operation.check(e.image, e.published)\n"
    + "s = time.perf_counter(); str(e.operation.check(e.image, e.published)); print(time.perf_counter() - s)",
    "small call": LECTURE + "f = e.operation; f(e.image)\n"
    "s = time.perf_counter(); [f(e.image) for _ in range(2000)]; print((time.perf_counter() - s) / 2000)",
    "training step": """
import time
from convviz import nn
nn.set_random_seed(1)
x, y = nn.datasets.shapes(64 * 21, seed=1)
model = nn.Sequential([nn.Conv2D(32, 3, padding="same", activation="relu", input_shape=(28, 28, 1)),
    nn.Conv2D(64, 3, padding="same", activation="relu"), nn.MaxPooling2D(2), nn.Flatten(), nn.Dropout(0.5),
    nn.Dense(4, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", device="cpu")
model.fit(x[:64], y[:64], batch_size=64, epochs=1, verbose=0)
s = time.perf_counter(); model.fit(x[64:], y[64:], batch_size=64, epochs=1, verbose=0); print((time.perf_counter() - s) / 20)
""",
}


def seconds(name, checkout):
    """The seconds of one run with the convviz of a checkout."""
    environment = os.environ | {"PYTHONPATH": str(checkout)}
    code = PROCESSES.get(name) or SNIPPETS[name]
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, cwd="/")
    return time.perf_counter() - start if name in PROCESSES else float(done.stdout.split()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before")
    parser.add_argument("after", nargs="?", default=ROOT)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--only", nargs="+", choices=[*PROCESSES, *SNIPPETS])
    given = parser.parse_args()
    checkouts = [Path(path).resolve() for path in (given.before, given.after)]
    for checkout in checkouts:  # as pip does when it installs, and also where PYTHONDONTWRITEBYTECODE is set
        subprocess.run([sys.executable, "-m", "compileall", "-q", checkout / "convviz"], check=True)
    print(f"{'':26}{'before':>10}{'after':>10}{'before/after':>14}")
    for name in given.only or [*PROCESSES, *SNIPPETS]:
        for checkout in checkouts:
            seconds(name, checkout)
        pairs = [tuple(seconds(name, checkout) for checkout in checkouts) for _ in range(given.runs)]
        medians = [1000 * statistics.median(times) for times in zip(*pairs, strict=True)]
        ratio = statistics.median(before / after for before, after in pairs)
        print(f"{name:26}{medians[0]:8.2f}ms{medians[1]:8.2f}ms{ratio:14.2f}", flush=True)


if __name__ == "__main__":
    main()
