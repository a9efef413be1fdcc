"""Whole networks that train on a GPU: as on the CPU, the same bits every time, captured or not, and what happens when
something goes wrong.

What training changes in a weight is compared in size: the part by which it differs from what the CPU changes. Where a ReLU or
a maximum hangs on a rounding the way back goes elsewhere, so the course's networks get more of it: after ten steps on a CPU,
float32 and float64 differ by up to 0.02 of a change, and with TF32's rounding played there by up to 0.07; the other networks
by up to 2e-4.
"""

import functools
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hardware import REHEARSAL, SANITIZE, scaled
from networks import BATCH, COURSE, NETWORKS, STEPS, bits, compiled, samples

from convviz import nn
from convviz.kernels.cuda import arrays, device, graphs, launch
from convviz.nn import callbacks, layers
from convviz.nn.engine.cuda import input_pipeline
from convviz.nn.engine.not_a_number import NotANumber
from convviz.nn.graph import nodes_of

HERE = Path(__file__).parent
#: By which part of its size a change may differ, and the loss.
NEAR = {"float32": (scaled(0.05, 2e-4, 2e-4), 3e-4), "tf32": (0.25, 3e-3)}
NEAR_WITHOUT_TURNS = scaled(2e-3, 2e-4, 2e-4), 1e-4
#: The networks of tests that train often: in a rehearsal those that have the most in them.
CHOSEN = scaled(NETWORKS, NETWORKS, ["network 4", "normalization", "branches"])
GIBIBYTE, PLAYED = 1 << 30, 1 << 24


def require_near(wanted, found, start, most):
    """Fail unless every weight has changed from `start` as in another model, up to a part of that change."""
    for weight, mine, its, before in zip(wanted.weights, wanted.get_weights(), found.get_weights(), start, strict=True):
        away, moved = (np.linalg.norm(array.astype(np.float64)) for array in (its - mine, mine - before))
        assert away <= most * moved, f"{weight.name}: {away / moved if moved else away:.1e}"


# ---------------------------------------------------------------- as on the CPU, and the same every time


def test_there_is_a_network_with_each_kind_of_layer():
    found = {type(node.layer) for name in NETWORKS for node in nodes_of(compiled(name, "cpu"))}
    assert found == set(layers.kinds().values())


CASES = [(name, "float32") for name in NETWORKS] + [(name, "tf32") for name in scaled(COURSE, ["network 4"], [])]


@pytest.mark.sanitize
@pytest.mark.parametrize(("name", "precision"), CASES)
def test_steps_track_the_cpu(name, precision):
    """With dropout on; then evaluation, of images without an axis of channels, and prediction, with a smaller last batch."""
    images, labels = samples()
    mine, found = compiled(name, "cpu"), compiled(name, precision=precision)
    start = mine.get_weights()
    near, near_loss = NEAR[precision] if name in COURSE else NEAR_WITHOUT_TURNS
    histories = [model.fit(images, labels, batch_size=BATCH, verbose=0).history for model in (mine, found)]
    np.testing.assert_allclose(histories[1]["loss"], histories[0]["loss"], near_loss)
    assert mine.optimizer.iterations == found.optimizer.iterations == STEPS
    require_near(mine, found, start, near)
    found.set_weights(mine.get_weights())
    more, classes = samples(1, 1)
    losses = [model.evaluate(more[..., 0], classes, batch_size=BATCH, verbose=0)[0] for model in (mine, found)]
    np.testing.assert_allclose(losses[1], losses[0], near_loss)
    outputs = [model.predict(more, batch_size=BATCH, verbose=0) for model in (mine, found)]
    np.testing.assert_allclose(outputs[1], outputs[0], 0, 2e-5 if precision == "float32" else 1e-2)


@pytest.mark.parametrize("precision", scaled(["float32", "tf32"], ["float32"], ["float32"]))
@pytest.mark.parametrize("name", CHOSEN)
def test_the_same_seed_gives_the_same_bits(name, precision):
    images, labels = samples()
    found = []
    for _ in range(2):
        model = compiled(name, precision=precision)
        history = model.fit(images, labels, batch_size=BATCH, epochs=2, validation_split=0.25, verbose=0).history
        found.append((bits(model), history, model.predict(images[:BATCH], verbose=0).tobytes()))
    assert found[0] == found[1]


# ---------------------------------------------------------------- graphs, and ways in


class Played:
    """Stands for a graph in a rehearsal: the calls of a capture, in which nothing runs, made again as they were."""

    def __init__(self, function, stream):
        with pytest.MonkeyPatch.context() as idle, launch.recorded() as self.calls:
            idle.setattr(launch.Kernel, "_configured", lambda kernel, *choice: lambda *arguments: None)
            function()

    def __call__(self):
        for call in self.calls:
            call.kernel(call.blocks, *call.arguments, threads=call.threads)


@pytest.fixture
def captured(monkeypatch):
    """A list that grows with each capture; a rehearsal captures too."""
    found, usual = [], Played if REHEARSAL else graphs.captured

    def noted(function, stream):
        found.append(usual(function, stream))
        return found[-1]

    monkeypatch.setattr(graphs, "captured", noted)
    return found


def capturing(name, wanted=True):
    """A network whose steps are captured, or not."""
    model = compiled(name)
    model._engine.get(model).capturing = wanted
    return model


@pytest.mark.parametrize("name", CHOSEN)
def test_captured_steps_are_bit_for_bit_those_that_were_not(name, captured):
    """Of two sizes of batches, in two epochs, with validation and prediction."""
    images, labels = samples(STEPS, 1)
    found = []
    for wanted in (True, False):
        model = capturing(name, wanted)
        history = model.fit(images, labels, batch_size=BATCH, epochs=2, validation_data=(images, labels), verbose=0).history
        outputs = [model.predict(images[:BATCH], batch_size=BATCH, verbose=0).tobytes() for _ in range(2)]
        assert model._engine.get(model).capturing == wanted
        found.append((bits(model), history, outputs))
    assert found[0] == found[1]
    # whole batches and the last one, to train with and to validate with; and a batch to predict
    assert len(captured) == 5


@pytest.mark.parametrize("wanted", [False, True], ids=["launched", "captured"])
@pytest.mark.parametrize("name", scaled([*COURSE, "branches"], ["network 4"], ["network 4"]))
def test_batches_that_the_host_picks_give_the_same_bits(name, wanted, captured, monkeypatch):
    """As a data set that lies on the GPU; two buffers take turns."""
    images, labels = samples(STEPS, 1)
    found = []
    for share in (input_pipeline.SHARE, 0):
        monkeypatch.setattr(input_pipeline, "SHARE", share)
        model = capturing(name, wanted)
        history = model.fit(images, labels, batch_size=BATCH, epochs=2, verbose=0).history
        assert list(model._engine.get(model).staged) == ["train"] * (not share)
        found.append((bits(model), history))
    assert found[0] == found[1]
    assert bool(captured) == wanted


def test_another_thread_trains_on(captured):
    """With steps that were captured in the main thread."""
    images, labels = samples()
    model, twin = capturing("network 3"), capturing("network 3")
    fit = functools.partial(model.fit, images, labels, batch_size=BATCH, verbose=0)
    fit(epochs=1)
    thread = threading.Thread(target=fit, kwargs={"epochs": 2, "initial_epoch": 1})
    thread.start()
    thread.join()
    twin.fit(images, labels, batch_size=BATCH, epochs=1, verbose=0)
    twin.fit(images, labels, batch_size=BATCH, epochs=2, initial_epoch=1, verbose=0)
    assert model.optimizer.iterations == 2 * STEPS
    assert bits(model) == bits(twin)


@pytest.mark.parametrize("way", [("cuda", "cpu"), ("cpu", "cuda"), ("cuda", "cuda")], ids="-to-".join)
def test_a_checkpoint_is_taken_up_on_another_device(way, tmp_path):
    images, labels = samples()
    path = tmp_path / "{epoch}.npz"
    straight = compiled("network 4", way[0])
    start, settings = straight.get_weights(), {"batch_size": BATCH, "epochs": 2, "verbose": 0}
    straight.fit(images, labels, **settings, callbacks=[callbacks.ModelCheckpoint(os.fspath(path))])
    resumed = nn.load_model(tmp_path / "1.npz")
    resumed.device = way[1]
    resumed.fit(images, labels, **settings, initial_epoch=1)
    if way[0] == way[1]:
        assert bits(resumed) == bits(straight) == bits(nn.load_model(tmp_path / "2.npz"))
    else:
        require_near(straight, resumed, start, NEAR["float32"][0])


# ---------------------------------------------------------------- what goes wrong


def twins(name, **settings):
    """Two models after an epoch."""
    images, labels = samples()
    models = [compiled(name, **settings) for _ in range(2)]
    for model in models:
        model.fit(images, labels, batch_size=BATCH, verbose=0)
    return models


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_a_loss_that_is_no_number_leaves_the_last_epoch():
    """The message says where; training goes on with other data."""
    images, labels = samples()
    model, twin = twins("network 4")
    bad = images.copy()
    bad[BATCH] = np.nan
    words = rf"in epoch 2, batch 2 the loss became nan: the inputs hold {images[0].size} NaN"
    with pytest.raises(NotANumber, match=words):
        model.fit(bad, labels, batch_size=BATCH, epochs=3, initial_epoch=1, shuffle=False, verbose=0)
    assert bits(model) == bits(twin)
    for one in (model, twin):
        one.fit(images, labels, batch_size=BATCH, epochs=2, initial_epoch=1, verbose=0)
    assert bits(model) == bits(twin)


@pytest.fixture
def little_memory(monkeypatch):
    """``little_memory()``: from then on about a gibibyte is free. In a rehearsal `PLAYED` bytes, and launches do nothing."""
    held = []

    def played(shape, dtype, name, make):
        size = int(np.prod(shape, dtype=object)) * np.dtype(dtype).itemsize
        if size > PLAYED - sum(held):
            raise MemoryError(f"{name} of shape {tuple(shape)} needs {size} bytes on the GPU")
        held.append(size)
        return make()

    def begin():
        if REHEARSAL:
            monkeypatch.setattr(arrays, "allocate", played)
            monkeypatch.setattr(device, "memory_info", lambda: (max(PLAYED - sum(held), 0), GIBIBYTE))
            monkeypatch.setattr(launch.Kernel, "_configured", lambda kernel, *choice: lambda *arguments: None)
        else:
            held.append(arrays.empty(((device.memory_info()[0] - GIBIBYTE) // 4,), np.float32, "what a test holds"))

    yield begin
    held.clear()


@pytest.mark.skipif(SANITIZE, reason="too much for compute-sanitizer")
@pytest.mark.parametrize("name", ["network 2", "network 4", "dense alone"])
def test_the_batch_size_that_is_said_to_fit_fits(name, little_memory):
    """Where memory is short for a batch; the model is as before, and trains with a batch of the size that was named."""
    model = compiled(name)
    model.train_on_batch(*samples(1))
    before, count = bits(model), scaled(400_000, None, 100_000)
    images, labels = (np.broadcast_to(array[:1], (count, *array.shape[1:])) for array in samples(1))
    little_memory()
    with pytest.raises(MemoryError, match=r"needs .* on the GPU.*batch_size=\d+ would fit$") as told:
        model.fit(images, labels, batch_size=count, verbose=0)
    assert bits(model) == before
    fits = int(re.search(r"batch_size=(\d+) would fit", str(told.value)).group(1))
    assert BATCH < fits < count
    model.fit(images[:fits], labels[:fits], batch_size=fits, verbose=0)
    assert model.optimizer.iterations == 2


class Pressing(callbacks.Callback):
    """Presses Ctrl-C some time after the first epoch."""

    def __init__(self, seconds):
        self.timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))

    def on_epoch_end(self, epoch, logs=None):
        if not epoch:
            self.timer.start()


def test_control_c_ends_training_between_two_steps():
    """Whenever it comes: what was begun is finished, and the weights are those after so many steps."""
    images, labels = samples()
    model, twin = compiled("network 3"), compiled("network 3")
    history = model.fit(images, labels, batch_size=BATCH, epochs=10**6, verbose=0, callbacks=[Pressing(scaled(1, 1, 0.5))])
    assert history.interrupted
    epochs, rest = divmod(model.optimizer.iterations, STEPS)
    assert 0 <= model.optimizer.iterations - STEPS * len(history.epoch) <= STEPS
    twin.fit(images, labels, batch_size=BATCH, epochs=epochs, verbose=0)
    if rest:
        settings = {"initial_epoch": epochs, "steps_per_epoch": rest}
        twin.fit(images, labels, batch_size=BATCH, epochs=epochs + 1, verbose=0, **settings)
    assert bits(model) == bits(twin)


# ---------------------------------------------------------------- in a process of its own


def alone(what, **more):
    """What `processes.py` says of what it did, by name."""
    paths = os.pathsep.join(map(os.fspath, [HERE.parents[1], HERE.parent, HERE.parent / "helpers", HERE]))
    environment = {**os.environ, "PYTHONPATH": paths, **more}
    done = subprocess.run([sys.executable, HERE / "processes.py", what], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_second_process_finds_the_kernels_on_disk(tmp_path):
    """All that a step needs; and the same seed gives the same bits there."""
    first, second = (alone("train", NUMBA_CACHE_DIR=os.fspath(tmp_path)) for _ in range(2))
    assert first["bits"] == second["bits"]
    if not REHEARSAL:
        assert first["compiled"] > 10
        assert (second["compiled"], second["on disk"] > 10) == (0, True)


def test_a_gpu_that_fails_leaves_the_last_epoch_and_a_model_that_the_cpu_trains():
    """A kernel writes where no memory is, after which the driver does nothing any more in this process."""
    found = alone("fail")
    assert re.match(r"the GPU failed \(.*weights of the last epoch .*model.device = 'cpu' it is trained on", found["words"])
    assert found["weights"] == found["wanted"]
    assert found["steps"] == 2 * STEPS
    assert found["saved"] == found["bits"]
