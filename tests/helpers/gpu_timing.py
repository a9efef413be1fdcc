"""What `benchmarks/gpu.py` measures with: CUDA graphs, events, peaks of the chip; and what plays them in a rehearsal."""

import importlib.metadata
import math
import statistics
import subprocess
import time

import numpy as np
import torch

from convviz.kernels.cuda.launch import cuda, kernel

__all__ = ["Gpu", "Rehearsal", "multiply_add"]

#: Seconds that a replay shall take, so that its launch does not count, and calls in it at most.
SPAN, MOST_CALLS = 2e-3, 200
#: Numbers that a thread of `multiply_add` keeps going, and steps between two looks at the loop's end.
CHAINS, UNROLLED = 8, 16


@kernel(threads=256)
def multiply_add(steps, factor, addend, out):
    """Chains of ``x·factor + addend``, eight a thread that do not wait for each other: all that a chip can do in float32."""
    a = factor + np.float32(cuda.threadIdx.x)
    b, c, d = a + addend, a - addend, a * factor
    e, f, g, h = a * addend, a + factor, a - factor, b * factor
    for _ in range(steps):
        for _ in range(UNROLLED):
            a, b, c, d = a * factor + addend, b * factor + addend, c * factor + addend, d * factor + addend
            e, f, g, h = e * factor + addend, f * factor + addend, g * factor + addend, h * factor + addend
    out[cuda.grid(1)] = a + b + c + d + e + f + g + h


class Gpu:
    """An NVIDIA GPU: ours and PyTorch's calls as graphs on one stream, timed by events.

    Each call is captured some hundred times over into a graph, whose replay is timed, so that what the host does in between
    counts for nobody.
    """

    #: Rounds, at least.
    least = 7

    def __init__(self):
        self.side = torch.cuda.Stream()
        self.stream = cuda.external_stream(self.side.cuda_stream)
        self.events = [torch.cuda.Event(enable_timing=True) for _ in range(2)]
        torch.backends.cudnn.benchmark = True

    @staticmethod
    def put(values):
        """Numbers on the GPU: PyTorch's tensor, and ours over the same memory."""
        tensor = torch.tensor(values, device="cuda")
        return tensor, cuda.as_cuda_array(tensor)

    def between(self, call):
        """Seconds of the GPU between begin and end of a call."""
        begin, end = self.events
        with torch.cuda.stream(self.side):
            begin.record()
            call()
            end.record()
        end.synchronize()
        return begin.elapsed_time(end) / 1e3

    def ready(self, call):
        """A function that runs a call so often that it counts, and gives the seconds of one."""
        torch.cuda.synchronize()
        for _ in range(3):
            took = self.between(call)
        repeats = max(1, min(MOST_CALLS, math.ceil(SPAN / took)))
        graph = torch.cuda.CUDAGraph()
        capture = torch.cuda.graph(graph, stream=self.side, capture_error_mode="relaxed")
        with cuda.defer_cleanup(), capture:
            for _ in range(repeats):
                call()
        return lambda: self.between(graph.replay) / repeats

    def held(self, call):
        """Bytes that PyTorch takes for a call, at the peak."""
        call()  # tries cuDNN's algorithms
        torch.cuda.synchronize()
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        call()
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated() - before

    @staticmethod
    def finish():
        """Wait for the GPU."""
        torch.cuda.synchronize()

    @staticmethod
    def multiplies(precision):
        """The precision that our kernels are told."""
        return precision

    @staticmethod
    def allow_tf32(allowed):
        """Let PyTorch multiply in TF32 or not."""
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = allowed

    def compare(self, ours, theirs, seconds):
        """Our median time, the number of the fastest of `theirs`, and the median ratio of its time to ours; runs alternate."""
        timed = [self.ready(call) for call in (ours, *theirs)]
        times, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end or len(times) < self.least:
            times.append([one() for one in timed])
        medians = [statistics.median(column) for column in zip(*times, strict=True)]
        best = min(range(1, len(medians)), key=medians.__getitem__)
        return medians[0], best - 1, statistics.median(row[best] / row[0] for row in times)

    @staticmethod
    def header():
        """What is measured, and with which versions."""
        major, minor = torch.cuda.get_device_capability()
        cudnn = torch.backends.cudnn.version()
        yield f"{torch.cuda.get_device_name()}, compute capability {major}.{minor}, driver {driver()}"
        yield f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}, cuDNN {cudnn}, {versions()}"

    def peaks(self):
        """Products and sums a second, of float32 and TF32, and how they were measured."""
        sizes, blocks = (2048, 4096, 8192), 16 * torch.cuda.get_device_properties(0).multi_processor_count
        return {
            "float32": (self.chains(blocks, 2000), "chains of multiply-add, 8 a thread"),
            "float32, cuBLAS": (self.products(sizes, False), "the fastest of matrix products, 2048² to 8192²"),
            "tf32": (self.products(sizes, True), "the fastest of cuBLAS's TF32 matrix products, 2048² to 8192²"),
        }

    def chains(self, blocks, steps):
        """Operations a second of `multiply_add`."""
        threads = blocks * multiply_add.threads
        _, out = self.put(np.zeros(threads, np.float32))
        numbers = np.float32(0.999), np.float32(0.001), out
        timed = self.ready(lambda: multiply_add(blocks, steps, *numbers, stream=self.stream))
        return 2 * CHAINS * UNROLLED * steps * threads / statistics.median(timed() for _ in range(self.least))

    def products(self, sizes, tensor):
        """Operations a second of the fastest of PyTorch's matrix products."""
        self.allow_tf32(tensor)
        found = []
        for size in sizes:
            (a, _), (b, _) = (self.put(np.random.default_rng(k).standard_normal((size, size), np.float32)) for k in range(2))
            timed = self.ready(lambda a=a, b=b: torch.mm(a, b))
            found.append(2 * size**3 / statistics.median(timed() for _ in range(self.least)))
        return max(found)


class Rehearsal(Gpu):
    """The same by numba's simulator and PyTorch on the CPU. Its numbers mean nothing."""

    least = 1

    def __init__(self):
        self.stream = cuda.stream()

    @staticmethod
    def put(values):
        # the simulator's arrays and PyTorch's tensors lie over the same memory too
        tensor = torch.tensor(values)
        return tensor, type(cuda.to_device(np.zeros(1)))(tensor.numpy())

    def between(self, call):
        start = time.perf_counter()
        call()
        return time.perf_counter() - start

    def ready(self, call):
        call()
        return lambda: self.between(call)

    def held(self, call):
        call()
        return 0

    def finish(self):
        pass

    @staticmethod
    def multiplies(precision):
        return "float32"

    @staticmethod
    def header():
        yield "this is a rehearsal in numba's simulator on the CPU, with tiny layers: no number says anything about speed"
        yield f"PyTorch {torch.__version__}, {versions()}"

    def peaks(self):
        found = self.chains(2, 1), self.products((16,), False), self.products((16,), True)
        return dict(zip(("float32", "float32, cuBLAS", "tf32"), ((value, "rehearsed") for value in found), strict=True))


def driver():
    """The driver's version and the clock that multiprocessors may reach, as nvidia-smi tells them."""
    ask = ["nvidia-smi", "--query-gpu=driver_version,clocks.max.sm", "--format=csv,noheader"]
    try:
        return subprocess.run(ask, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def versions():
    """Versions of what compiles our kernels."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("numba", "numba-cuda", "numpy"))
