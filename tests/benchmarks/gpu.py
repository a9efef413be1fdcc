"""Speed of the CUDA kernels and of training on an NVIDIA GPU, as ratios: PyTorch's time divided by ours, so that more than 1
is faster. And what the course's networks reach, and whether memory stays as it is.

Run ``python tests/benchmarks/gpu.py``, or with one or more of ``convolutions fused memory training`` for parts of it. Without
a GPU, or with a PyTorch that finds none, it says why and that it is skipped. ``--rehearse`` runs all of it in numba's
simulator, with tiny layers and PyTorch on the CPU: so it is known to run, and every line says that it is a rehearsal.

On a machine with a GPU, in this order; each is to take less than ten minutes, and the first to run compiles kernels, which
are kept on disk::

    python -m pytest -q tests/gpu/test_limits.py tests/gpu/test_graphs.py tests/gpu/test_steps.py tests/gpu/test_calls.py
    python -m pytest -q tests/gpu/test_layers.py tests/gpu/test_poolings.py
    python -m pytest -q tests/gpu/test_convolutions.py
    python -m pytest -q tests/gpu/test_training.py
    python tests/benchmarks/gpu.py --train curves --steps
    python tests/benchmarks/gpu.py training --networks 1 2
    python tests/benchmarks/gpu.py training --networks 3 4
    python tests/benchmarks/gpu.py convolutions fused memory
    python -m pytest -q tests/gpu
    tests/gpu/sanitize memcheck    then initcheck, racecheck and synccheck, a command each

`python -m pytest -q tests/gpu` also looks for kernels that no test launches. Lines come as they are found, so a command that
is broken off has not run in vain.

Kernels
    cuDNN is called through PyTorch, which takes the better of its two layouts, (N, C, H, W) and channels last, and has tried
    all of cuDNN's algorithms before (``cudnn.benchmark``). Both compute at equal precision: float32 with TF32 forbidden, and
    TF32. Runs alternate in one process, each a CUDA graph of many calls, so that the host's time counts for nobody; the
    median of the ratios of neighbouring runs is shown. Results are compared before they are timed.

    "% of peak" is how much of the chip's measured peak a kernel reaches, counted as products and sums of a direct
    convolution: cuDNN's algorithms with fewer products may well pass 100 %. For float32 the peak is what chains of
    multiply-add reach, for TF32 the fastest of cuBLAS's matrix products.
Training
    ``training`` compares whole steps of the course's four networks at batches of 64 and 512 with PyTorch step by step
    ("eager"), compiled (``torch.compile(mode="reduce-overhead")``) and as a CUDA graph made by hand; see `gpu_networks`.
``--train [FOLDER]``
    trains them on Fashion-MNIST as on the course's slides, whose accuracies stand beside, and writes the learning curves.
    The data are looked for as `convviz.nn.datasets.fashion_mnist.load_data` says, or in ``--data FOLDER``. Seconds are those
    of the first run with kernels to compile, if there are any: once more shows them without. See `gpu_training`.
``--steps [N]``
    trains for so many steps, 10,000 if not told, and says by what memory grew.
"""

import argparse
import functools
import importlib.util
import os
import statistics
import sys
from pathlib import Path
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "helpers")]
REHEARSAL = "--rehearse" in sys.argv
if REHEARSAL:
    os.environ["NUMBA_ENABLE_CUDASIM"] = "1"  # read when numba is loaded

import numpy as np
import tiny_launches

from convviz import geometry

#: What counts as fast enough.
WANTED = 0.6
#: Rows = columns, channels and filters of the convolutions of the course's networks, all 3 × 3.
COURSE = [(28, 1, 32), (28, 32, 64), (14, 64, 64), (14, 64, 128)]
#: Images, rows = columns, channels, filters; the last ones are as in VGG.
LAYERS = [(images, *rest) for images in (64, 512) for rest in COURSE] + [(8, 56, 128, 128), (64, 56, 128, 128)]
TINY = [(1, 4, 1, 5), (1, 2, 4, 8)]
#: What is computed of a layer, by which function of ours, and into which array.
KINDS = {
    "forward": ("convolve", "result"),
    "input gradient": ("input_gradient", "image gradient"),
    "kernel gradient": ("kernel_gradient", "kernel gradient"),
}
FUSED = "conv+ReLU+pool"
PRECISIONS = "float32", "tf32"
#: By which part of a result's size (root mean square) two ways to compute it may differ.
ALLOWED = {"float32": 1e-4, "tf32": 3e-3}


# ---------------------------------------------------------------- calls


class Layer:
    """A convolution's arrays, and the calls for it, ours and PyTorch's."""

    def __init__(self, machine, sizes, precision):
        self.machine, self.sizes, self.precision = machine, sizes, precision
        images, size, channels, filters = sizes
        where = geometry.window_geometry((size, size), (3, 3), 1, "same")
        self.axes = where.rows, where.columns, 1
        random = np.random.default_rng(0)
        whole, half = (images, size, size, filters), (images, size // 2, size // 2, filters)
        image, kernel = (images, size, size, channels), (3, 3, channels, filters)
        given = {"image": image, "kernel": kernel, "bias": filters, "gradient": whole}
        results = {"result": whole, "image gradient": image, "kernel gradient": kernel, "maxima": half}
        rooms = {f"room for {kind}": self.room(function) for kind, (function, _) in KINDS.items()}
        values = {name: random.standard_normal(shape, np.float32) for name, shape in given.items()}
        values |= {name: np.zeros(shape, np.float32) for name, shape in (results | rooms).items()}
        values["argmax"] = np.zeros(half, np.int32)
        both = {name: machine.put(value) for name, value in values.items()}
        self.tensors, self.arrays = ({name: pair[k] for name, pair in both.items()} for k in range(2))

    @property
    def name(self):
        """How the layer is shown."""
        images, size, channels, filters = self.sizes
        return f"{images:3} × {size}×{size} {channels}→{filters}"

    @property
    def work(self):
        """Products and sums, the same for each kind."""
        images, size, channels, filters = self.sizes
        return 2 * images * size * size * 9 * channels * filters

    def room(self, function):
        """Cells of float32 that sums of splits need, at least one."""
        from convviz.kernels.cuda import convolution

        images, _, channels, filters = self.sizes
        precision = self.machine.multiplies(self.precision)
        return max(1, convolution.scratch_cells(function, images, *self.axes, channels, filters, precision))

    def tables(self):
        """Bytes of the tables of offsets of all kinds."""
        from convviz.kernels.cuda import gather_tables

        images, _, channels, filters = self.sizes
        plans = (
            plan(images, *self.axes, channels, filters)
            for plan in (gather_tables.forward, gather_tables.backward, gather_tables.weights)
        )
        return sum(product.table.nbytes for products in plans for product in products)

    def ours(self, kind):
        """Our call."""
        from convviz.kernels.cuda import convolution

        arrays = self.arrays
        more = {"precision": self.machine.multiplies(self.precision), "stream": self.machine.stream}
        if kind == FUSED:
            outs, more["relu"], function = (arrays["maxima"], arrays["argmax"]), True, convolution.convolve
        else:
            name, result = KINDS[kind]
            outs, more["scratch"], function = (arrays[result],), arrays[f"room for {kind}"], getattr(convolution, name)
        forward = "image", "kernel", "bias"
        given = {"input gradient": ("gradient", "kernel"), "kernel gradient": ("image", "gradient")}.get(kind, forward)
        return functools.partial(function, *(arrays[name] for name in given), *self.axes, *outs, **more)

    def theirs(self, kind, layout):
        """PyTorch's call, whose result is (N, C, H, W), or (filters, channels, 3, 3)."""
        import torch
        from torch.nn.functional import conv2d, max_pool2d

        both = (self.tensors[name].permute(0, 3, 1, 2) for name in ("image", "gradient"))
        image, gradient = (tensor.contiguous(memory_format=layout) for tensor in both)
        kernel = self.tensors["kernel"].permute(3, 2, 0, 1).contiguous(memory_format=layout)

        def forward():
            return conv2d(image, kernel, self.tensors["bias"], padding=1)

        def backward(*mask):
            settings = [0], [1, 1], [1, 1], [1, 1], False, [0, 0], 1, mask
            return torch.ops.aten.convolution_backward(gradient, image, kernel, *settings)

        return {
            "forward": forward,
            FUSED: lambda: max_pool2d(torch.relu_(forward()), 2, return_indices=True)[0],
            "input gradient": lambda: backward(True, False, False)[0],
            "kernel gradient": lambda: backward(False, True, False)[1],
        }[kind]

    def both_layouts(self, kind):
        """PyTorch's calls in its two layouts."""
        import torch

        return [self.theirs(kind, layout) for layout in (torch.contiguous_format, torch.channels_last)]

    def difference(self, kind):
        """By which part of its size our result differs from PyTorch's."""
        order = (2, 3, 1, 0) if kind == "kernel gradient" else (0, 2, 3, 1)
        wanted = self.both_layouts(kind)[0]().permute(order).double()
        self.machine.finish()
        self.ours(kind)()
        self.machine.finish()
        found = self.tensors[self.result(kind)].double()
        return float((found - wanted).norm() / wanted.norm())

    @staticmethod
    def result(kind):
        """The array that our call writes."""
        return "maxima" if kind == FUSED else KINDS[kind][1]


class Found(NamedTuple):
    """What was measured of a layer: seconds of ours, PyTorch's better layout, the ratio, and by how much results differ."""

    layer: Layer
    kind: str
    took: float
    layout: str
    ratio: float
    difference: float

    @property
    def wrong(self):
        """Whether the results can't be the same."""
        return not self.difference <= ALLOWED[self.layer.precision]

    def __str__(self):
        return f"{self.layer.name.strip()}, {self.kind}, {self.layer.precision}"


def measured(machine, layer, kind, seconds):
    """Compare ours with PyTorch's."""
    machine.allow_tf32(layer.precision == "tf32")
    difference = layer.difference(kind)
    took, best, ratio = machine.compare(layer.ours(kind), layer.both_layouts(kind), seconds)
    return Found(layer, kind, took, ("NCHW", "NHWC")[best], ratio, difference)


def verdict(every):
    """Lines that say which ratios are too small; a SystemExit where results are wrong."""
    slow, wrong = [one for one in every if one.ratio < WANTED], [one for one in every if one.wrong]
    yield f"ratios of {WANTED} or more: {len(every) - len(slow)} of {len(every)}"
    yield from (f"  less: {one} {one.ratio:.2f}×" for one in slow)
    yield from (f"  WRONG: {one} differs from PyTorch's result by {one.difference:.1e} of its size" for one in wrong)
    if wrong:
        raise SystemExit(1)


# ---------------------------------------------------------------- tables


def convolutions(machine, layers, seconds):
    """Forward, with a bias, and both gradients of single layers, and how much of the chip's peak they reach."""
    peaks, every = machine.peaks(), []
    for name, (peak, how) in peaks.items():
        yield f"measured peak, {name:16}{peak / 1e12:8.2f} TFLOP/s, {how}"
    for precision in PRECISIONS:
        yield f"{precision:24}" + "".join(f"{kind + ', % of peak':>38}" for kind in KINDS)
        rows = []
        for sizes in layers:
            layer = Layer(machine, sizes, precision)
            rows.append([measured(machine, layer, kind, seconds) for kind in KINDS])
            shares = (layer.work / one.took / peaks[precision][0] for one in rows[-1])
            texts = (f"{text(one, 15)} {share:7.1%}" for one, share in zip(rows[-1], shares, strict=True))
            yield f"{layer.name:24}" + "".join(texts)
        yield medians(f"median, {precision}", zip(*rows, strict=True), 38)
        every += sum(rows, [])
    yield from verdict(every)


def fused(machine, layers, seconds):
    """Convolution with bias, ReLU and 2 × 2 max pooling with places as one kernel, against PyTorch's three calls."""
    yield f"{FUSED:24}" + "".join(f"{precision:>28}" for precision in PRECISIONS)
    rows = []
    for sizes in layers:
        made = [Layer(machine, sizes, precision) for precision in PRECISIONS]
        rows.append([measured(machine, layer, FUSED, seconds) for layer in made])
        yield f"{made[0].name:24}" + "".join(text(one, 13) for one in rows[-1])
    yield medians("median", zip(*rows, strict=True), 28)
    yield from verdict(sum(rows, []))


def text(one, width):
    """Our time, the ratio, and PyTorch's better layout."""
    return f"{1e3 * one.took:{width}.4f} ms {one.ratio:5.2f}× {one.layout}"


def medians(name, columns, width):
    """A line of the medians of columns' ratios."""
    found = (statistics.median(one.ratio for one in column) for column in columns)
    return f"{name:24}" + "".join(f"{ratio:{width - 6}.2f}×     " for ratio in found)


def memory(machine, layers, seconds):
    """Megabytes that a call holds beside what it is given and its result: sums of splits of ours, whatever PyTorch takes."""
    kinds = [*KINDS, FUSED]
    yield f"{'MB, ours / PyTorch':24}" + "".join(f"{kind:>24}" for kind in kinds) + f"{'our tables, once':>20}"
    for sizes in layers:
        layer, cells = Layer(machine, sizes, "float32"), []
        machine.allow_tf32(False)
        for kind in kinds:
            result = layer.tensors[layer.result(kind)]
            least = min(machine.held(call) for call in layer.both_layouts(kind)) - result.numel() * result.element_size()
            mine = layer.tensors[f"room for {kind}"].numel() * 4 if kind in KINDS else 0
            cells.append(f"{mine / 1e6:14.2f} /{max(0, least) / 1e6:8.2f}")
        yield f"{layer.name:24}" + "".join(cells) + f"{layer.tables() / 1e6:20.2f}"


TABLES = {"convolutions": convolutions, "fused": fused, "memory": memory}


# ---------------------------------------------------------------- what is run


def training(machine, options):
    """Lines of the table of training steps."""
    import gpu_networks

    sizes = gpu_networks.TINY if REHEARSAL else gpu_networks.REAL
    return gpu_networks.table(machine, sizes, options.networks, 0 if REHEARSAL else options.seconds)


def whole_trainings(options):
    """Lines of ``--train`` and ``--steps``."""
    import gpu_training

    sizes = gpu_training.TINY if REHEARSAL else gpu_training.REAL
    samples = gpu_training.shapes() if REHEARSAL else gpu_training.fashion_mnist(options.data)
    if options.train:
        yield from gpu_training.reach(options.train, samples, sizes, options.networks, options.precision, options.epochs)
    if options.steps:
        yield from gpu_training.watch(samples, sizes, options.networks, options.steps, options.precision)


def parts(machine, options):
    """Lines of each part that is asked for."""
    layers, seconds = (TINY, 0) if REHEARSAL else (LAYERS, options.seconds)
    for name in options.tables:
        yield training(machine, options) if name == "training" else TABLES[name](machine, layers, seconds)
    if options.train or options.steps:
        yield whole_trainings(options)


def missing():
    """Why nothing can be measured, or ""."""
    if importlib.util.find_spec("torch") is None:
        return "PyTorch, which calls cuDNN, is not installed"
    import torch

    from convviz.kernels.cuda import device

    reason = device.missing()
    if reason or REHEARSAL:
        return reason
    if device.simulated():
        return "numba's simulator is no GPU; --rehearse rehearses this in it"
    if not torch.cuda.is_available():
        return f"PyTorch {torch.__version__} finds no GPU; a build of it for CUDA is needed, see https://pytorch.org"
    return ""


def arguments():
    """What is asked for."""
    known = *TABLES, "training"
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0].replace("\n", " "))
    parser.add_argument("tables", nargs="*", help=f"of {', '.join(known)}; all if nothing is asked for")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each comparison (default 0.5)")
    parser.add_argument("--rehearse", action="store_true", help="in numba's simulator, with tiny layers")
    parser.add_argument("--networks", type=int, nargs="+", choices=(1, 2, 3, 4), help="of the course; all if none is named")
    parser.add_argument("--train", nargs="?", const="learning-curves", metavar="FOLDER", help="train them, and save curves")
    parser.add_argument("--epochs", type=int, help="so many instead of 50, and judge nothing")
    parser.add_argument("--steps", type=int, nargs="?", const=10_000, metavar="N", help="watch memory over N steps (10,000)")
    parser.add_argument("--data", metavar="FOLDER", help="where Fashion-MNIST is")
    parser.add_argument("--precision", choices=PRECISIONS, default=PRECISIONS[0], help="for --train and --steps")
    options = parser.parse_args()
    unknown = set(options.tables) - set(known)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; expected {', '.join(known)}")
    if not (options.tables or options.train or options.steps):
        options.tables = list(known)
    options.networks = options.networks or ([1, 4] if REHEARSAL else [1, 2, 3, 4])
    return options


def rehearse():
    """Tiny blocks and tiles, whose threads take turns."""
    import turns

    tiny_launches.shrink_blocks(setattr)
    tiny_launches.shrink_tiles(setattr)
    turns.take_turns(setattr)


def main():
    options = arguments()
    if reason := missing():
        print(f"skipped: {reason}")
        return
    import torch
    from gpu_timing import Gpu, Rehearsal

    torch.set_grad_enabled(False)
    if REHEARSAL:
        rehearse()
    machine = Rehearsal() if REHEARSAL else Gpu()
    mark = "rehearsal | " if REHEARSAL else ""
    for line in machine.header():
        print(mark + line)
    for lines in parts(machine, options):
        print(mark)
        for line in lines:
            print(mark + line, flush=True)


if __name__ == "__main__":
    main()
