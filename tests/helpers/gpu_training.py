"""Whole trainings of the course's networks on a GPU: what they reach, how long they take, and whether memory stays as it is.

Part of `benchmarks/gpu.py`. Nothing of PyTorch is needed here.
"""

import json
import os
import time
from pathlib import Path
from typing import NamedTuple

import course_networks
import numpy as np

from convviz import nn
from convviz.kernels.cuda import device
from convviz.nn import callbacks, datasets

__all__ = ["REAL", "TINY", "Sizes", "reach", "watch"]


class Sizes(NamedTuple):
    """Rows = columns of images, of how many filters there is one, the batch, and epochs where nobody says how many."""

    image: int
    share: int
    batch: int
    epochs: int


REAL, TINY = Sizes(28, 1, 64, 50), Sizes(4, 16, 2, 1)
#: How much less than on the course's slides is still the same, since initial weights and the order of samples are others.
LESS = 0.005
#: Seconds that a training may take on an H100.
LONGEST = 60
SPLIT = 0.2
#: Bytes that a GPU's free memory may go up and down by, and the process's may grow by: pages, and what the driver keeps.
SWAY, GROWTH = 4 << 20, 32 << 20


def fashion_mnist(path):
    """Images of Fashion-MNIST from 0 to 1 and their labels, for training and for tests."""
    pairs = datasets.fashion_mnist.load_data(path)
    return [(images * np.float32(1 / 255), labels) for images, labels in pairs]


def shapes():
    """A few tiny images of shapes, likewise."""
    return [(images[:, ::3, ::3], labels) for images, labels in (datasets.shapes(count, count, 12) for count in (10, 4))]


def compiled(number, sizes, precision):
    """A network, on the GPU."""
    nn.set_random_seed(number)
    model = course_networks.ours(number, sizes.image, sizes.share)
    model.compile("adam", course_networks.LOSS, metrics=["accuracy"], device="cuda", precision=precision)
    return model


# ---------------------------------------------------------------- what is reached


class Clock(callbacks.Callback):
    """The seconds of every epoch, with its validation."""

    def __init__(self):
        self.seconds = []

    def on_train_begin(self, logs=None):
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.began - sum(self.seconds))


def reach(folder, samples, sizes, networks, precision="float32", epochs=None):
    """Train networks, write their learning curves to a folder, and give lines about what they reach.

    Parameters
    ----------
    folder : str or os.PathLike
        Made if it is not there. Of each network it receives a picture, and the same numbers as JSON.
    samples : list of (ndarray, ndarray)
        Images and labels for training and for tests.
    sizes : Sizes
    networks : sequence of {1, 2, 3, 4}
    precision : {"float32", "tf32"}
    epochs : int, optional
        Those of `sizes` if not given; only after these is the result judged.
    """
    from convviz.nn import plots

    folder, epochs = Path(folder), epochs or sizes.epochs
    folder.mkdir(parents=True, exist_ok=True)
    judged = sizes == REAL and epochs == sizes.epochs
    yield f"trained {epochs} epochs, batch {sizes.batch}, {precision}; curves go to {folder}"
    yield f"{'':12}{'test accuracy':>16}{'published':>12}{'seconds':>10}{'first epoch':>14}{'a later one':>14}"
    for number in networks:
        model, clock = compiled(number, sizes, precision), Clock()
        settings = {"batch_size": sizes.batch, "epochs": epochs, "validation_split": SPLIT, "verbose": 0}
        began = time.perf_counter()
        history = model.fit(*samples[0], **settings, callbacks=[clock])
        took = time.perf_counter() - began
        loss, reached = model.evaluate(*samples[1], batch_size=256, verbose=0)
        later = float(np.median(clock.seconds[1:] or clock.seconds))
        found = {"accuracy": reached, "loss": loss, "seconds": took, "epochs": clock.seconds, "precision": precision}
        stem = folder / f"network-{number}-{precision}"
        stem.with_suffix(".json").write_text(json.dumps(found | {"history": history.history}, indent=1) + "\n")
        title = f"Network {number}, {epochs} epochs of batches of {sizes.batch}: test accuracy {reached:.4f}"
        plots.plot_history(history, title=title).savefig(stem.with_suffix(".png"))
        words = opinion(number, reached, took) if judged else "not judged"
        yield (
            f"network {number:<4}{reached:16.4f}{course_networks.PUBLISHED[number]:12.4f}{took:10.1f}{clock.seconds[0]:14.2f}"
            f"{later:14.2f}   {words}"
        )


def opinion(number, reached, took):
    """What to think of an accuracy and of the seconds that it took."""
    wanted = course_networks.PUBLISHED[number] - LESS
    right = f"reached (from {wanted:.4f} on)" if reached >= wanted else f"MISSED: less than {wanted:.4f}"
    return f"{right}, {'in under a minute' if took < LONGEST else f'LONGER than {LONGEST} s'}"


# ---------------------------------------------------------------- memory


class Watch(callbacks.Callback):
    """After every epoch: steps, bytes that are free on the GPU, bytes that the engine holds, and those of the process."""

    def __init__(self):
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        engine = self.model._engine.get(self.model)
        self.seen.append((self.model.optimizer.iterations, device.memory_info()[0], engine.nbytes, resident()))


def resident():
    """Bytes of main memory that the process holds, 0 where the system does not say it so."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def watch(samples, sizes, networks, steps, precision="float32"):
    """Train for many steps, and give lines about the memory after the first epochs and at the end.

    Parameters
    ----------
    samples, sizes, networks, precision : as for `reach`
    steps : int
        At least so many are done after the second epoch, from which on all is warm.
    """
    images, labels = samples[0]
    each = -(-int(len(labels) * (1 - SPLIT)) // sizes.batch)
    epochs = 2 + -(-steps // each)
    yield f"memory over {(epochs - 2) * each:,} steps, batch {sizes.batch}, {precision}; MB"
    yield f"{'':12}{'engine':>10}{'it grew by':>14}{'the GPU’s by':>14}{'the process by':>16}"
    for number in networks:
        model, seen = compiled(number, sizes, precision), Watch()
        model.fit(images, labels, batch_size=sizes.batch, epochs=epochs, validation_split=SPLIT, verbose=0, callbacks=[seen])
        (first, free, held, mine), (last, left, holds, mine_now) = seen.seen[1], seen.seen[-1]
        grown = holds - held, free - left, mine_now - mine
        flat = grown[0] == 0 and grown[1] <= SWAY and grown[2] <= GROWTH and last - first == (epochs - 2) * each
        numbers = "".join(f"{size / 1e6:+{wide}.2f}" for size, wide in zip(grown, (14, 14, 16), strict=True))
        yield f"network {number:<4}{holds / 1e6:10.1f}{numbers}   {'flat' if flat else 'GROWS'}"
