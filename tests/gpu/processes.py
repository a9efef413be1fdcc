"""What tests of this folder do in a process of its own: ``python processes.py train`` or ``fail``. The last line is JSON."""

import json
import os
import sys
import tempfile
from pathlib import Path

import hardware
import numpy as np

if hardware.REHEARSAL:
    import tiny_launches
    import turns

    turns.take_turns(setattr)
    tiny_launches.shrink_blocks(setattr)
    tiny_launches.shrink_tiles(setattr)

from networks import BATCH, STEPS, bits, compiled, samples

from convviz import nn
from convviz.kernels.cuda import arrays, launch
from convviz.nn import callbacks


def train():
    """Train, evaluate and predict; how many kernels for that were on disk, and how many were compiled."""
    images, labels = samples()
    model = compiled("network 4")
    with launch.recorded() as calls:
        model.fit(images, labels, batch_size=BATCH, verbose=0)
        model.evaluate(images, labels, batch_size=BATCH, verbose=0)
        model.predict(images, verbose=0)
    found = {"bits": bits(model)}
    if not hardware.REHEARSAL:  # the simulator compiles nothing
        stats = [kernel.compiled.stats for kernel in {call.kernel for call in calls}]
        found["on disk"] = sum(sum(one.cache_hits.values()) for one in stats)
        found["compiled"] = sum(sum(one.cache_misses.values()) for one in stats)
    return found


class Noting(callbacks.Callback):
    """Notes the weights after every epoch."""

    def on_epoch_end(self, epoch, logs=None):
        self.bits = bits(self.model)


class Breaking:
    """A metric that is worked out between steps, and lets the GPU fail in the second epoch."""

    __name__ = "breaking"

    def __init__(self):
        self.calls = 0

    def __call__(self, targets, predictions):
        self.calls += 1
        if self.calls == STEPS + 2:
            break_gpu()
        return np.zeros(len(targets))


def break_gpu():
    """Let a kernel write where no memory is."""
    if hardware.REHEARSAL:
        launch.Kernel._configured = lambda kernel, *choice: fail_as_the_driver_does
        return
    one = arrays.zeros((1,), np.float32)
    far = arrays.restrided(one, (1 << 16,), (1 << 32,))
    launch.count_up.over(far.size, far)


class CudaDriverError(Exception):
    """As numba calls what the driver says, for a rehearsal."""


def fail_as_the_driver_does(*arguments):
    """A launch in a rehearsal."""
    raise CudaDriverError("[700] Call to cuLaunchKernel results in CUDA_ERROR_ILLEGAL_ADDRESS")


def fail():
    """Train until the GPU fails, then on the CPU, and save."""
    images, labels = samples()
    model, noting = compiled("network 4", metrics=["accuracy", Breaking()]), Noting()
    try:
        model.fit(images, labels, batch_size=BATCH, epochs=3, verbose=0, callbacks=[noting])
        words = "nothing failed"
    except RuntimeError as error:
        words = str(error)
    found = {"words": words, "weights": bits(model), "wanted": noting.bits}
    model.device = "cpu"
    model.fit(images, labels, batch_size=BATCH, epochs=2, initial_epoch=1, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        model.save(path)
        saved = bits(nn.load_model(path))
    return found | {"steps": model.optimizer.iterations, "bits": bits(model), "saved": saved}


if __name__ == "__main__":
    print(json.dumps({"train": train, "fail": fail}[sys.argv[1]]()), flush=True)
    os._exit(0)  # numba would ask a GPU that failed to free its memory
