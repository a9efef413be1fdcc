"""Speed of the training kernels on the CPU, as ratios: PyTorch's time divided by ours, so that more than 1 is faster.

Run ``python tests/benchmarks/cpu.py [threads]``. PyTorch takes the better of its two layouts, (N, C, H, W) and channels
last. Runs alternate in one process, and the median of the ratios of neighbouring runs is shown, since a busy machine slows
both alike. Ours are computed as in training: in the faster of two ways, into arrays that are used again, with weights
packed each time.

PyTorch's threads wait passively: otherwise its idle ones spin while ours run, and the two disturb each other. OpenCV is
compared with where the package opencv-python-headless is installed.
"""

import itertools
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read when torch is loaded
sys.path.insert(0, str(Path(__file__).parents[2]))

import numba
import numpy as np
import torch

from convviz import geometry
from convviz.kernels.cpu import memory, planes, simd
from convviz.nn.engine.cpu import algorithms

#: Name, images, rows = columns, channels, filters, kernel, stride, groups.
LAYERS = [
    ("28×28 1→32 3×3", 64, 28, 1, 32, 3, 1, 1),
    ("28×28 32→64 3×3", 64, 28, 32, 64, 3, 1, 1),
    ("14×14 64→64 3×3", 64, 14, 64, 64, 3, 1, 1),
    ("14×14 64→128 3×3", 64, 14, 64, 128, 3, 1, 1),
    ("56×56 128→128 3×3", 8, 56, 128, 128, 3, 1, 1),
    ("28×28 64 depthwise 3×3", 64, 28, 64, 64, 3, 1, 64),
    ("14×14 64→256 1×1", 64, 14, 64, 256, 1, 1, 1),
    ("28×28 32→64 5×5 /2", 64, 28, 32, 64, 5, 2, 1),
]


class Layer:
    """One layer's arrays, ours and PyTorch's."""

    def __init__(self, images, size, channels, filters, kernel, stride, groups):
        random = np.random.default_rng(0)
        where = geometry.window_geometry((size, size), kernel, stride, kernel // 2)
        self.rows, self.columns = where.rows, where.columns
        self.image = self.filled(random, (images, size, size, channels))
        self.kernel = self.filled(random, (kernel, kernel, channels // groups, filters)) * np.float32(0.05)
        self.bias = self.filled(random, (filters,))
        shape = images, self.rows.output, self.columns.output, filters
        self.gradient = self.filled(random, shape)
        self.out = memory.aligned(shape, np.float32)
        half = images, shape[1] // 2, shape[2] // 2, filters
        self.pooled, self.argmax = memory.aligned(half, np.float32), memory.aligned(half, np.int32)
        self.image_gradient = memory.aligned(self.image.shape, np.float32)
        self.kernel_gradient, self.bias_gradient = np.empty_like(self.kernel), np.empty_like(self.bias)
        self.workspace = memory.Workspace()
        self.packed = self.packed_backward = None
        self.settings = {"stride": stride, "padding": kernel // 2, "groups": groups}
        self.algorithm = algorithms.choose(self.rows, self.columns, groups, channels // groups, filters // groups)

    @staticmethod
    def filled(random, shape):
        array = memory.aligned(shape, np.float32)
        array[...] = random.standard_normal(shape)
        return array

    def forward(self):
        self.packed = self.algorithm.pack_forward(self.kernel, self.packed)
        self.algorithm.forward(self.image, self.packed, self.bias, self.out, None, False, self.workspace)

    def fused(self):
        self.packed = self.algorithm.pack_forward(self.kernel, self.packed)
        self.algorithm.forward(self.image, self.packed, self.bias, self.pooled, self.argmax, True, self.workspace)

    def input_gradient(self):
        self.packed_backward = self.algorithm.pack_backward(self.kernel, self.packed_backward)
        self.algorithm.input_gradient(self.gradient, self.packed_backward, self.image_gradient, self.workspace)

    def kernel_gradients(self):
        self.algorithm.kernel_gradient(self.image, self.gradient, self.kernel_gradient, self.bias_gradient, self.workspace)

    def torch_calls(self, layout):
        """PyTorch's calls for the same work: forward, fused, input gradient, kernel gradient."""
        both = (torch.tensor(array).permute(0, 3, 1, 2) for array in (self.image, self.gradient))
        image, gradient = (tensor.contiguous(memory_format=layout) for tensor in both)
        kernel = torch.tensor(self.kernel).permute(3, 2, 0, 1).contiguous(memory_format=layout)
        bias = torch.tensor(self.bias)
        stride, padding, groups = self.settings.values()

        def backward(*mask):
            return torch.ops.aten.convolution_backward(
                gradient, image, kernel, [len(bias)], [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], groups, mask
            )

        def forward():
            return torch.nn.functional.conv2d(image, kernel, bias, **self.settings)

        def fused():
            return torch.nn.functional.max_pool2d(torch.relu(forward()), 2, return_indices=True)

        return forward, fused, lambda: backward(True, False, False), lambda: backward(False, True, True)


def timed(call):
    """Seconds a call takes: with one thread those that it computed, so that a busy machine does not count."""
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    start = clock()
    call()
    return clock() - start


def compare(ours, theirs, seconds):
    """Our median time, and the median ratio of the better of `theirs` to ours, over alternating runs."""
    for call in (ours, *theirs) * 2:
        call()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 7:
        times.append([timed(ours), *(timed(call) for call in theirs)])
    medians = [statistics.median(column) for column in zip(*times, strict=True)]
    best = min(range(1, len(medians)), key=medians.__getitem__)
    return medians[0], statistics.median(row[best] / row[0] for row in times)


def table(seconds):
    """Print the table of layers."""
    names = "forward", "conv+ReLU+pool", "input gradient", "kernel gradient"
    print(f"{'layer':26}" + "".join(f"{name:>22}" for name in names))
    columns = []
    for name, *numbers in LAYERS:
        layer = Layer(*numbers)
        theirs = zip(*(layer.torch_calls(layout) for layout in (torch.contiguous_format, torch.channels_last)), strict=True)
        ours = layer.forward, layer.fused, layer.input_gradient, layer.kernel_gradients
        results = [compare(*pair, seconds) for pair in zip(ours, theirs, strict=True)]
        columns.append([ratio for _, ratio in results])
        print(f"{name:26}" + "".join(f"{1e3 * took:12.2f} ms {ratio:5.2f}×" for took, ratio in results), flush=True)
    print(f"{'median':26}" + "".join(f"{statistics.median(column):21.2f}×" for column in zip(*columns, strict=True)))


def photographs(seconds):
    """Print the table of single images, against OpenCV and SciPy (which takes each channel by itself)."""
    import scipy.signal

    try:
        import cv2
    except ImportError:
        print("photographs are compared with OpenCV: pip install opencv-python-headless")
        return
    cv2.setNumThreads(numba.get_num_threads())
    print(f"{'photograph':26}{'ours':>12}{'OpenCV':>12}{'SciPy':>12}")
    random = np.random.default_rng(0)
    for size, channels, kernel in itertools.product((512, 1024, 4096), (1, 3), (3, 5, 7, 15)):
        where = geometry.window_geometry((size, size), kernel, 1, "same")
        image, out = (memory.aligned((1, size, size, channels), np.float32) for _ in range(2))
        image[...] = random.random(image.shape)
        weights, workspace = random.random((kernel, kernel)).astype(np.float32), memory.Workspace()
        picture = image[0].squeeze()

        def ours(args=(image, weights, 0.0, where.rows, where.columns, out, workspace)):
            planes.correlate(*args)

        into = np.empty_like(picture)

        def opencv(picture=picture, weights=weights, into=into):
            cv2.filter2D(picture, -1, weights, into, borderType=cv2.BORDER_CONSTANT)

        def scipys(image=image, weights=weights):
            for channel in range(image.shape[3]):
                scipy.signal.correlate2d(image[0, ..., channel], weights, "same")

        took, ratio = compare(ours, [opencv], seconds)
        once = timed(scipys) if size * kernel < 4096 * 5 else np.nan
        name = f"{size}² × {channels}, {kernel}×{kernel}"
        print(f"{name:26}{1e3 * took:9.2f} ms{ratio:11.2f}×{once / took:11.1f}×", flush=True)


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else numba.config.NUMBA_NUM_THREADS
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    numba.set_num_threads(threads)
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    print(f"{type(simd.machine()).__name__}, {os.cpu_count()} cores, {threads} threads")
    table(seconds)
    photographs(seconds)


if __name__ == "__main__":
    main()
