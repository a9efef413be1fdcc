"""Training steps of the course's networks on a GPU against PyTorch, in the ways that PyTorch has: part of `benchmarks/gpu.py`.

Both train on data that lies on the GPU, and both with a single launch of Adam. Ours is timed as `fit` trains: it goes through
epochs of a data set the size of Fashion-MNIST's, picks each batch out of it, counts what is right, sums up the loss, and
brings the weights back at the end of an epoch. PyTorch is given one batch that is ready, and asked for nothing but the step.
Seconds are those that pass until the GPU has done it all; runs alternate in one process.

Before that the networks are compared without dropout: a step from the same weights has to give the same loss and the same
change of every weight. Adam's epsilon is so large in it that the change is the gradient nearly, rounding included.
"""

import functools
import math
import statistics
import time
from typing import NamedTuple

import course_networks
import numpy as np
import torch
from gpu_timing import Rehearsal
from torch.nn.functional import cross_entropy

from convviz import nn
from convviz.nn.samples import Arrays, Run
from convviz.nn.training import data

__all__ = ["REAL", "TINY", "Sizes", "table"]


class Sizes(NamedTuple):
    """Rows = columns of images, of how many filters there is one, batches, how many samples, and how many rounds at least."""

    image: int
    share: int
    batches: tuple
    samples: int
    rounds: int


REAL, TINY = Sizes(28, 1, (64, 512), 48_000, 7), Sizes(4, 16, (2, 3), 4, 1)
PRECISIONS = "float32", "tf32"
LAYOUTS = {"NCHW": torch.contiguous_format, "NHWC": torch.channels_last}
#: What counts as fast enough: by a batch's place in `Sizes.batches` the least ratio to each of PyTorch's ways.
WANTED = {"eager": (2.0, 1.0), "graph": (1.0, None)}
#: By which part a loss may differ, and a weight's change from its size. Where rounding decides about a ReLU or a maximum the
#: way back goes elsewhere: such steps in float32 and float64 differ by up to 8e-4, with TF32's rounding by up to 0.04.
ALLOWED = {"float32": (1e-5, 5e-3), "tf32": (1e-3, 0.15)}
#: Seconds that a run of PyTorch's steps shall take.
SPAN = 0.1


# ---------------------------------------------------------------- ours


class Ours:
    """A network of convviz on the GPU.

    Parameters
    ----------
    number : {1, 2, 3, 4}
    sizes : Sizes
    precision : {"float32", "tf32"}
    optimizer : str or convviz.nn.optimizers.Optimizer
    dropout : bool
    """

    def __init__(self, number, sizes, precision, optimizer="adam", dropout=True):
        nn.set_random_seed(number)
        self.model = course_networks.ours(number, sizes.image, sizes.share, dropout)
        self.model.compile(optimizer, course_networks.LOSS, metrics=["accuracy"], device="cuda", precision=precision)

    def trains(self, images, labels, batch):
        """A function that trains for an epoch as `fit` does, and gives the seconds of a step."""
        whole = len(labels) // batch * batch
        arrays = Arrays([images[:whole]], labels[:whole])

        def epoch():
            began = time.perf_counter()
            order = data.order(whole, True, self.model.seed, self.model.epochs)
            run, done = Run(arrays, order, batch), 0
            with self.model._engine.computing(self.model) as engine:
                engine.refresh()
                while done < len(run):
                    done += engine.train(run, done)
                engine.rows()
                engine.sync_to_host()
            self.model.epochs += 1
            return (time.perf_counter() - began) / done

        return epoch


# ---------------------------------------------------------------- PyTorch


class Theirs:
    """PyTorch's ways to train a network.

    Parameters
    ----------
    machine : gpu_timing.Gpu
    """

    def __init__(self, machine):
        self.machine, self.rehearsed = machine, isinstance(machine, Rehearsal)
        self.device = "cpu" if self.rehearsed else "cuda"
        self.ways = {"eager": self.eager, "compiled": self.compiled, "graph": self.graph}
        self.trouble = ""

    def network(self, number, sizes, layout, dropout=True):
        """A network on the device."""
        made = course_networks.theirs(number, sizes.image, sizes.share, dropout)
        return made.to(self.device, memory_format=layout)

    def batch(self, images, labels, layout):
        """Images and labels on the device."""
        planes = torch.tensor(images).permute(0, 3, 1, 2).to(self.device).contiguous(memory_format=layout)
        return planes, torch.tensor(labels, device=self.device)

    def adam(self, network, **settings):
        """The optimizer, in the fastest of its forms."""
        return torch.optim.Adam(network.parameters(), fused=True, **{"eps": 1e-7} | settings)

    def eager(self, network, images, labels):
        """A step as everybody writes it."""
        return step_of(network, self.adam(network), lambda: cross_entropy(network(images), labels))

    def compiled(self, network, images, labels):
        """The same with forward and backward compiled; the compiler chooses layouts itself."""

        def loss(images, labels):
            return cross_entropy(network(images), labels)

        # what other networks left would count against the number of times that a function may be compiled
        torch.compiler.reset()
        how = {"backend": "eager"} if self.rehearsed else {"mode": "reduce-overhead"}
        faster = torch.compile(loss, dynamic=False, **how)
        step = step_of(network, self.adam(network), lambda: faster(images, labels))

        def begin():
            torch.compiler.cudagraph_mark_step_begin()
            step()

        return begin

    def graph(self, network, images, labels):
        """The whole step, captured."""
        optimizer = self.adam(network, capturable=not self.rehearsed)
        step = step_of(network, optimizer, lambda: cross_entropy(network(images), labels))
        if self.rehearsed:
            return step
        self.machine.finish()
        with torch.cuda.stream(self.machine.side):
            for _ in range(3):
                step()
        self.machine.finish()
        graph = torch.cuda.CUDAGraph()
        optimizer.zero_grad()
        with torch.cuda.graph(graph, stream=self.machine.side, capture_error_mode="relaxed"):
            step()
        return graph.replay

    def trains(self, step):
        """A function that runs a step some times, and gives the seconds of one."""

        def run(steps):
            self.machine.finish()
            began = time.perf_counter()
            for _ in range(steps):
                step()
            self.machine.finish()
            return (time.perf_counter() - began) / steps

        with torch.enable_grad():
            took = [run(3) for _ in range(3)]  # tries cuDNN's algorithms, and compiles
        steps = 1 if self.rehearsed else max(3, math.ceil(SPAN / took[-1]))
        return torch.enable_grad()(functools.partial(run, steps))

    def starts(self, way, network, images, labels):
        """`trains` for a way; None where PyTorch's compiler does not work, and `trouble` says why."""
        if way == "compiled" and self.trouble:
            return None
        try:
            with torch.enable_grad():
                return self.trains(self.ways[way](network, images, labels))
        except Exception as error:
            if way != "compiled":
                raise
            # no compiler for C, no Triton, one for another PyTorch, …
            self.trouble = f"{type(error).__name__}: {error}".strip().splitlines()[0][:200]
        return None


def step_of(network, optimizer, loss):
    """A step of training by a function that gives the loss."""
    network.train()

    def step():
        optimizer.zero_grad()
        found = loss()
        found.backward()
        optimizer.step()
        return found

    return step


# ---------------------------------------------------------------- the same?


def differences(theirs, number, sizes, precision):
    """Relative differences of the losses, and of what a step changes in the weight where it is largest; without dropout."""
    rate, epsilon = 100.0, 1.0
    # PyTorch's epsilon stands before √(1 − 0.999), ours behind it
    ours = Ours(number, sizes, precision, nn.optimizers.Adam(rate, epsilon=epsilon * math.sqrt(1 - 0.999)), dropout=False)
    images, labels = course_networks.samples(sizes.batches[0], sizes.image, seed=1)
    network = theirs.network(number, sizes, torch.contiguous_format, dropout=False)
    network.load_state_dict(nn.exchange.to_torch(ours.model))
    before = ours.model.get_weights()
    adam, batch = theirs.adam(network, lr=rate, eps=epsilon), theirs.batch(images, labels, torch.contiguous_format)
    with torch.enable_grad():
        wanted = float(step_of(network, adam, lambda: cross_entropy(network(batch[0]), batch[1]))().detach())
    found, *_ = ours.model.train_on_batch(images, labels)
    right = course_networks.ours(number, sizes.image, sizes.share, dropout=False)
    nn.exchange.from_torch(right, network.state_dict())
    changes = [
        [(after - old).astype(np.float64) for after, old in zip(model.get_weights(), before, strict=True)]
        for model in (ours.model, right)
    ]
    apart = [np.linalg.norm(mine - its) / np.linalg.norm(its) for mine, its in zip(*changes, strict=True)]
    return abs(found - wanted) / wanted, float(max(apart))


def checked(theirs, sizes, networks, precision, told):
    """Lines of a comparison; what is wrong is added to `told`."""
    for number in networks:
        loss, change = differences(theirs, number, sizes, theirs.machine.multiplies(precision))
        fine = loss <= ALLOWED[precision][0] and change <= ALLOWED[precision][1]
        words = f"network {number}: a step's loss differs from PyTorch's by {loss:.1e}, what it changes by {change:.1e}"
        if not fine:
            told.append(f"{words}, {precision}")
        yield words + ("" if fine else "  WRONG")


# ---------------------------------------------------------------- the table


class Found(NamedTuple):
    """What was measured of a network: seconds of a step of ours, and for each of PyTorch's ways the ratio and the layout."""

    number: int
    batch: int
    precision: str
    took: float
    ratios: dict

    def __str__(self):
        return f"{self.batch} × network {self.number}, {self.precision}"


def measured(theirs, number, sizes, batch, precision, images, labels, seconds):
    """Compare ours with PyTorch's."""
    ours = Ours(number, sizes, theirs.machine.multiplies(precision)).trains(images, labels, batch)
    ours()
    timed, names = [ours], [None]
    for way in theirs.ways:
        for name, layout in LAYOUTS.items():
            if way == "compiled" and name != "NCHW":
                continue
            network, ready = theirs.network(number, sizes, layout), theirs.batch(images[:batch], labels[:batch], layout)
            if run := theirs.starts(way, network, *ready):
                timed.append(run)
                names.append((way, name))
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < sizes.rounds:
        times.append([one() for one in timed])
    return Found(number, batch, precision, statistics.median(row[0] for row in times), ratios(times, names))


def ratios(times, names):
    """For each of PyTorch's ways the median ratio to ours of its faster layout, and that layout.

    Parameters
    ----------
    times : list of list of float
        Seconds of ours, then of PyTorch's ways and layouts, for every round.
    names : list
        None for ours, and pairs of a way and a layout.
    """
    medians, found = [statistics.median(column) for column in zip(*times, strict=True)], {}
    for way in dict.fromkeys(name[0] for name in names[1:]):
        place = min((k for k, name in enumerate(names) if name and name[0] == way), key=medians.__getitem__)
        found[way] = statistics.median(row[place] / row[0] for row in times), names[place][1]
    return found


def table(machine, sizes, networks, seconds):
    """Lines of the table; SystemExit where results are wrong.

    Parameters
    ----------
    machine : gpu_timing.Gpu
    sizes : Sizes
    networks : sequence of {1, 2, 3, 4}
    seconds : float
        For each comparison, at least.
    """
    theirs, every, wrong = Theirs(machine), [], []
    images, labels = course_networks.samples(sizes.samples, sizes.image)
    for precision in PRECISIONS:
        machine.allow_tf32(precision == "tf32")
        yield from checked(theirs, sizes, networks, precision, wrong)
        yield f"{precision:24}{'ours, a step':>16}" + "".join(f"{f'{way} / ours':>20}" for way in theirs.ways)
        for batch in sizes.batches:
            rows = []
            for number in networks:
                rows.append(measured(theirs, number, sizes, batch, precision, images, labels, seconds))
                yield f"{batch:5} × network {number:<9}{1e3 * rows[-1].took:13.4f} ms{texts(rows[-1].ratios, theirs.ways)}"
            common = [way for way in theirs.ways if all(way in row.ratios for row in rows)]
            middle = {way: (statistics.median(row.ratios[way][0] for row in rows), "") for way in common}
            yield f"{batch:5} × median{'':26}{texts(middle, theirs.ways)}"
            every += rows
    if theirs.trouble:
        yield f"torch.compile does not work here: {theirs.trouble}"
    yield from verdict(every, sizes, wrong)


def texts(ratios, ways):
    """Ratios with PyTorch's better layout."""
    return "".join(f"{ratios[way][0]:14.2f}× {ratios[way][1]:4}" if way in ratios else f"{'none':>20}" for way in ways)


def verdict(every, sizes, wrong):
    """Lines that say which ratios are too small; a SystemExit where results are wrong."""
    for way, least in WANTED.items():
        for batch, ratio in zip(sizes.batches, least, strict=True):
            rows = [one for one in every if one.batch == batch]
            if ratio is not None:
                slow = [one for one in rows if one.ratios[way][0] < ratio]
                yield f"batch {batch}, {way} / ours {ratio:g}× or more: {len(rows) - len(slow)} of {len(rows)}"
                yield from (f"  less: {one} {one.ratios[way][0]:.2f}×" for one in slow)
    yield from (f"  WRONG: {one}" for one in wrong)
    if wrong:
        raise SystemExit(1)
