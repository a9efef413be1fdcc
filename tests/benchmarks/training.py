"""Training and prediction of the course's four Fashion-MNIST networks against PyTorch, and what they reach.

Run ``python tests/benchmarks/training.py``, or with one or more of ``step predict memory growth accuracy`` for parts of
it. Times are ratios, PyTorch's divided by ours, so that more than 1 is faster: runs alternate in one process with the same
number of threads, PyTorch is given the better of its two layouts, and the median of the ratios of neighbouring runs is
shown. A step is forward, backward and Adam on a batch of 64; prediction goes through ten such batches. Memory is the peak
of a process of its own that trains network 4. ``accuracy`` needs the data set: see `convviz.nn.datasets.fashion_mnist`.
"""

import functools
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read when torch is loaded
ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "helpers")]

import course_networks
import numba
import numpy as np

from convviz import nn
from convviz.kernels.cpu import simd

BATCH, BATCHES = 64, 10


def ours(number):
    """A network of convviz."""
    model = course_networks.ours(number)
    model.compile("adam", course_networks.LOSS, metrics=["accuracy"], device="cpu")
    return model


def torch_calls(number, layout):
    """PyTorch's step and prediction in one layout."""
    import torch

    x, y = course_networks.samples(BATCH)
    images = torch.tensor(x).permute(0, 3, 1, 2).contiguous(memory_format=layout)
    labels = torch.tensor(y)
    net = course_networks.theirs(number).to(memory_format=layout)
    optimizer = torch.optim.Adam(net.parameters(), eps=1e-7)

    def step():
        net.train()
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(images), labels).backward()
        optimizer.step()

    def predict():
        net.eval()
        with torch.no_grad():
            for _ in range(BATCHES):
                torch.softmax(net(images), 1)

    return step, predict


def compare(mine, others, seconds=6.0):
    """Our median time, and the median ratio of the better of the others to ours."""
    for call in (mine, *others) * 3:
        call()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 9:
        row = []
        for call in (mine, *others):
            start = time.perf_counter()
            call()
            row.append(time.perf_counter() - start)
        times.append(row)
    medians = [statistics.median(column) for column in zip(*times, strict=True)]
    best = min(range(1, len(medians)), key=medians.__getitem__)
    return medians[0], statistics.median(row[best] / row[0] for row in times)


def speed(which):
    """Print the table of steps, or of predictions."""
    import torch

    torch.set_num_threads(numba.get_num_threads())
    x, y = course_networks.samples(BATCH)
    print(f"{which:10}{'ours':>12}{'PyTorch / ours':>18}")
    for number in course_networks.NETWORKS:
        model = ours(number)
        mine = functools.partial(model.train_on_batch, x, y)
        if which == "predict":
            mine = functools.partial(model.predict, np.concatenate([x] * BATCHES), BATCH, verbose=0)
        others = [torch_calls(number, layout)[which == "predict"] for layout in (torch.contiguous_format, torch.channels_last)]
        took, ratio = compare(mine, others)
        print(f"network {number} {1e3 * took:9.1f} ms{ratio:16.2f}×", flush=True)


def train_alone(whose, steps):
    """Train network 4 in this process and print its peak memory, and what it grew after the first tenth."""
    x, y = course_networks.samples(BATCH)
    if whose == "convviz":
        model = ours(4)

        def step():
            return model.train_on_batch(x, y)

    else:
        import torch

        torch.set_num_threads(numba.get_num_threads())
        step = torch_calls(4, torch.contiguous_format)[0]
    for number in range(steps):
        step()
        if number == steps // 10:
            early = resident()
    print(peak(), resident() - early)


def peak():
    """The most megabytes that the process held; what `resource` knows would count the process that started this one."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def resident():
    """Megabytes that the process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def alone(whose, steps):
    """What `train_alone` says in a process of its own."""
    found = subprocess.run([sys.executable, __file__, "alone", whose, str(steps)], stdout=subprocess.PIPE, check=True)
    return [float(number) for number in found.stdout.split()]


def memory():
    """Print the peaks of memory."""
    for whose in ("convviz", "PyTorch"):
        print(f"memory, network 4: {whose} {alone(whose, 20)[0]:.0f} MB at most", flush=True)


def growth(steps=1000):
    """Print what training grows by."""
    print(f"memory after {steps} steps: {alone('convviz', steps)[1]:+.1f} MB since step {steps // 10}", flush=True)


def accuracy(epochs=2):
    """Train network 3 on the real data and print its accuracy."""
    folder = ROOT.parent / "shared" / "data" / "fashion-mnist"
    (x, y), (x_test, y_test) = nn.datasets.fashion_mnist.load_data(folder if folder.is_dir() else None)
    nn.set_random_seed(0)
    model = ours(3)
    start = time.perf_counter()
    scale = np.float32(1 / 255)
    model.fit(x * scale, y, batch_size=BATCH, epochs=epochs, validation_split=0.2, verbose=2)
    took = time.perf_counter() - start
    loss, reached = model.evaluate(x_test * scale, y_test, batch_size=256, verbose=0)
    print(f"network 3 after {epochs} epochs: {reached:.4f} of the test images right, loss {loss:.4f}, {took:.0f} s")


PARTS = {
    "step": lambda: speed("step"),
    "predict": lambda: speed("predict"),
    "memory": memory,
    "growth": growth,
    "accuracy": accuracy,
}


def main():
    if sys.argv[1:2] == ["alone"]:
        train_alone(sys.argv[2], int(sys.argv[3]))
        return
    print(f"{type(simd.machine()).__name__}, {os.cpu_count()} cores, {numba.get_num_threads()} threads")
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()


if __name__ == "__main__":
    main()
