"""Training with steps that are captured and replayed: the same bits as kernel by kernel.

The simulator has no graphs. What stands for one holds the calls of a capture, in which nothing runs, and does them again with
the very same arguments, as a graph does.
"""

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

from convviz.kernels.cuda import graphs, launch

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

import twins

from convviz import nn
from convviz.nn import Dense, Dropout, Sequential, callbacks, optimizers, regularizers
from convviz.nn.engine.cuda import engine, input_pipeline

SPARSE = "sparse_categorical_crossentropy"
generator = np.random.default_rng(6)
ROWS, LABELS = generator.standard_normal((14, 3)).astype(np.float32), generator.integers(0, 3, 14)


@pytest.fixture(autouse=True)
def kernels(monkeypatch):
    """Tiny kernels."""
    twins.quicken(monkeypatch)


class Replay:
    """The calls of a capture."""

    def __init__(self, calls, launched):
        self.calls, self.launched = calls, launched

    def __call__(self):
        self.launched.append(len(self.calls))
        for call in self.calls:
            call.kernel(call.blocks, *call.arguments, threads=call.threads)


@pytest.fixture
def replays(monkeypatch):
    """Let engines capture; how many calls each replay had."""
    launched = []

    def captured(function, stream):
        with pytest.MonkeyPatch.context() as idle, launch.recorded() as calls:
            idle.setattr(launch.Kernel, "_configured", lambda kernel, *choice: lambda *arguments: None)
            function()
        return Replay(calls, launched)

    monkeypatch.setattr(engine, "SIMULATED", False)
    monkeypatch.setattr(graphs, "captured", captured)
    return launched


def network():
    """Everything that a step may consist of, but for what other layers launch in its place."""
    return Sequential(
        [
            Dense(4, activation="tanh", kernel_regularizer=regularizers.l2(0.1), input_shape=(3,)),
            Dropout(0.3),
            nn.BatchNormalization(),
            Dense(3, activation="softmax"),
        ]
    )


def both(monkeypatch, train, optimizer="adam", build=network, **settings):
    """The model that ``train(model)`` was called with, captured and not, after the same was found by both."""
    found = []
    for captures in (True, False):
        monkeypatch.setattr(engine, "SIMULATED", not captures)
        (model,) = twins.twins(build, optimizer, SPARSE, devices=["cuda"], **settings)
        found.append((train(model), model))
    twins.compare(found[0][1], found[1][1], 0, 0)
    assert found[0][0] == found[1][0]
    return found[0][1]


def test_replayed_steps_are_those_that_were_launched(replays, monkeypatch):
    """Batches of two sizes, in a new order in each epoch, with dropout, validation and a rate that falls."""

    def train(model):
        data = {"batch_size": 4, "epochs": 4, "validation_split": 0.2}
        return model.fit(ROWS, LABELS, verbose=0, **data).history

    for optimizer in (optimizers.Adam(0.02), optimizers.SGD(0.3, momentum=0.9, decay=0.1)):
        replays.clear()
        both(monkeypatch, train, optimizer, metrics=["accuracy"])
        assert len(replays) == (4 * 3 - 2) + (4 - 1)  # all but the first of each size; validation is one batch


@pytest.mark.parametrize("name", twins.CHAINS)
def test_layers_of_all_kinds(name, replays, monkeypatch):
    """Three steps, of which two are replayed."""

    def train(model):
        images = np.random.default_rng(1).standard_normal((6, *twins.IMAGE)).astype(np.float32)
        found = model.fit(images, LABELS[:6], batch_size=2, verbose=0).history
        return found, [model.predict(images, batch_size=3, verbose=0).tolist() for _ in range(2)]

    both(monkeypatch, train, optimizers.SGD(0.2), twins.chain(name))
    assert len(replays) == 2 + 3


def test_batches_that_the_host_picks(replays, monkeypatch):
    """Through buffers that take turns."""
    monkeypatch.setattr(input_pipeline, "SHARE", 0)
    model = both(monkeypatch, lambda model: model.fit(ROWS, LABELS, batch_size=3, epochs=2, verbose=0).history)
    assert len(replays) == 10 - 2
    model.fit(((ROWS[k : k + 3], LABELS[k : k + 3]) for k in range(3)), verbose=0, steps_per_epoch=3)
    assert len(replays) == 13 - 2


def test_what_happens_between_batches(replays, monkeypatch):
    """Other weights, another rate, other settings, evaluation of larger data, and a metric of one's own."""

    class Meddling(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            optimizer = self.model.optimizer
            if batch == 2:
                self.model.layers[0].kernel[...] *= 0.5
            if batch in (3, 6):
                optimizer.learning_rate, optimizer.beta_1 = optimizer.learning_rate * 2, 0.5 + batch / 20
            if batch in (4, 5):
                optimizer.amsgrad = not optimizer.amsgrad
            if batch == 7:
                found.append(self.model.evaluate(ROWS, LABELS, batch_size=1 + batch, verbose=0))

    def train(model):
        found.clear()
        settings = {"batch_size": 1, "verbose": 0, "callbacks": [Meddling()]}
        return model.fit(ROWS, LABELS, epochs=2, **settings).history, list(map(tuple, found))

    found = []
    both(monkeypatch, train, metrics=[lambda targets, predictions: predictions[:, 0]])
    assert len(replays) > 10


@pytest.mark.parametrize("share", [0.5, 0])
def test_longer_runs_and_larger_batches_than_before(share, replays, monkeypatch):
    """Arrays are made anew, here for validation and tests; what was captured with the old ones serves no longer."""
    from convviz.nn.engine.cuda import run_log

    monkeypatch.setattr(run_log, "LEAST", 1)
    monkeypatch.setattr(input_pipeline, "SHARE", share)

    class Testing(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.train_on_batch(ROWS[: 2 + 2 * epoch], LABELS[: 2 + 2 * epoch])
            found.append(self.model.evaluate(ROWS, LABELS, batch_size=1 + epoch, verbose=0))

    def train(model):
        found.clear()
        settings = {"batch_size": 2, "epochs": 3, "validation_data": (ROWS[:7], LABELS[:7]), "validation_batch_size": 1}
        return model.fit(ROWS[:6], LABELS[:6], verbose=0, callbacks=[Testing()], **settings).history, tuple(found)

    found = []
    both(monkeypatch, train)


def test_where_the_driver_cannot_capture_kernels_are_launched(monkeypatch):
    """With one warning, and right."""

    def captured(function, stream):
        raise graphs.DriverError("cuStreamEndCapture of the NVIDIA driver failed: CUDA_ERROR_STREAM_CAPTURE_INVALIDATED")

    monkeypatch.setattr(graphs, "captured", captured)
    with pytest.warns(UserWarning, match="launched kernel by kernel, which is slower: cuStreamEndCapture") as found:
        both(monkeypatch, lambda model: model.fit(ROWS, LABELS, batch_size=3, epochs=2, verbose=0).history)
    assert len(found) == 1


def test_what_fails_while_a_step_is_captured_is_not_swallowed(monkeypatch):
    def captured(function, stream):
        raise ZeroDivisionError

    monkeypatch.setattr(engine, "SIMULATED", False)
    monkeypatch.setattr(graphs, "captured", captured)
    (model,) = twins.twins(network, "adam", SPARSE, devices=["cuda"])
    before = model.get_weights()
    with pytest.raises(ZeroDivisionError):
        model.fit(ROWS, LABELS, batch_size=3, verbose=0)
    assert model.optimizer.iterations == 0
    for mine, found in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, mine)
