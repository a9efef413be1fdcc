"""Where a model is trained: what is said where no GPU works, what "auto" takes, and that CUDA stays unloaded."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from convviz.kernels.cuda import device
from convviz.nn import Dense, Sequential, losses, optimizers
from convviz.nn.engine import devices
from convviz.nn.engine.cpu.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
X, Y = np.ones((4, 2), np.float32), np.zeros((4, 1), np.float32)


@pytest.fixture
def missing(monkeypatch):
    """``missing(text)``: let that be what keeps kernels from running; "" for nothing."""

    def let(text):
        monkeypatch.setattr(device, "probe", lambda process: text)

    let(device.DRIVER)
    monkeypatch.setattr(device, "simulated", lambda: False)
    return let


def network(**settings):
    """A model, not compiled."""
    return Sequential([Dense(1, input_shape=(2,), **settings)])


class OwnLoss(losses.MeanSquaredError):
    """No kernel knows it."""


class OwnOptimizer(optimizers.SGD):
    """No kernel knows it."""


# ---------------------------------------------------------------- "cuda"


def test_cuda_without_a_gpu_says_what_is_missing_and_changes_nothing(missing):
    """Neither a model that was never compiled nor one that was; and the optimizer can be used for another model."""
    model, optimizer = network(), optimizers.SGD(0.5)
    words = "device='cuda' needs an NVIDIA GPU .* no NVIDIA driver was found.*; device='cpu' trains everywhere, and"
    with pytest.raises(RuntimeError, match=words):
        model.compile(optimizer, "mse", device="cuda")
    assert (model.loss, model.optimizer, model.metrics, model.device) == (None, None, [], "cpu")
    with pytest.raises(RuntimeError, match="fit needs a loss"):
        model.fit(X, Y)
    model.compile(optimizer, "mse", metrics=["mae"], device="cpu")
    model.fit(X, Y, verbose=0)
    before = model.optimizer, model.loss, model.metrics, model.device, model.seed, model.epochs
    with pytest.raises(RuntimeError, match=words):
        model.compile("adam", "mse", device="cuda")
    assert (model.optimizer, model.loss, model.metrics, model.device, model.seed, model.epochs) == before
    model.fit(X, Y, epochs=2, initial_epoch=1, verbose=0)
    assert model.optimizer.iterations == 2


def test_a_device_that_is_set_later_is_asked_for_at_the_next_use(missing):
    """And what is there goes on."""
    model = network()
    model.compile("sgd", "mse", device="cpu")
    model.fit(X, Y, verbose=0)
    for name, error, words in (
        ("cuda", RuntimeError, "no NVIDIA driver was found"),
        ("gpu", ValueError, "there is no device 'gpu'"),
    ):
        model.device = name
        for use in (lambda: model.fit(X, Y, verbose=0), lambda: model.predict(X, verbose=0)):
            with pytest.raises(error, match=words):
                use()
    model.device = "CPU"
    model.fit(X, Y, verbose=0)
    assert model.optimizer.iterations == 2


@pytest.mark.parametrize(
    ("settings", "optimizer", "loss", "words"),
    [
        ({"dtype": "float64"}, "sgd", "mse", "a GPU computes in float32 here, and the model in float64"),
        ({}, OwnOptimizer(), "mse", "there is no kernel for OwnOptimizer, only for SGD, Adagrad, RMSprop, Adam, Adadelta"),
        ({}, "sgd", OwnLoss(), "there is no kernel for OwnLoss, only for CategoricalCrossentropy,"),
    ],
)
def test_models_that_there_are_no_kernels_for(settings, optimizer, loss, words, missing):
    """Where a GPU is there: "cuda" says so at once, "auto" takes the CPU."""
    missing("")
    model = network(**settings)
    with pytest.raises(RuntimeError, match=f"device='cuda' cannot compute this model: {words}.*; device='cpu' can"):
        model.compile(optimizer, loss, device="cuda")
    assert (model.loss, model.optimizer) == (None, None)
    model.compile(optimizer, loss)
    assert model.device == "auto"
    model.fit(X, Y, verbose=0)
    assert isinstance(model._engine.get(model), Engine)
    model.device = "cuda"
    with pytest.raises(RuntimeError, match=words):
        model.predict(X, verbose=0)


# ---------------------------------------------------------------- "auto"


@pytest.mark.parametrize("what", [{}, {"device": "auto"}, {"device": "Auto", "precision": "tf32"}])
def test_auto_trains_on_the_cpu_where_no_gpu_works(what, missing):
    model = network()
    model.compile("sgd", "mse", **what)
    model.fit(X, Y, verbose=0)
    assert (model.device, isinstance(model._engine.get(model), Engine)) == ("auto", True)


def test_auto_does_not_train_in_the_simulator(missing, monkeypatch):
    """It is right, and thousands of times as slow as the CPU."""
    missing("")
    monkeypatch.setattr(device, "simulated", lambda: True)
    model = network()
    model.compile("sgd", "mse")
    assert isinstance(model._engine.get(model), Engine)


def test_auto_takes_a_gpu_that_works(missing):
    """For what was compiled: predictions of others are not worth the start of a GPU."""
    missing("")
    model = network()
    model.device = "auto"
    assert not devices.on_gpu(model)
    model.compile("sgd", "mse")
    assert devices.on_gpu(model)
    model.device = "cpu"
    assert not devices.on_gpu(model)


# ---------------------------------------------------------------- precision


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"precision": "tf23"}, ValueError, "there is no precision 'tf23'; did you mean 'tf32'[?] Known are: float32, tf32"),
        ({"precision": 32}, TypeError, "precision must be a name"),
        ({"precision": "tf32", "device": "cpu"}, ValueError, "precision='tf32' is for tensor cores of a GPU: .*leave it out"),
        ({"device": "tpu"}, ValueError, "there is no device 'tpu'"),
        ({"device": None}, TypeError, "device must be a name"),
    ],
)
def test_settings_that_make_no_sense(settings, error, words, missing):
    model = network()
    with pytest.raises(error, match=words):
        model.compile("sgd", "mse", **settings)
    assert (model.loss, model.optimizer, model.device, model.precision) == (None, None, "cpu", "float32")


# ---------------------------------------------------------------- what is loaded


def loaded(code):
    """Which modules of CUDA a new interpreter has after `code`."""
    ask = "import json, sys; print(json.dumps([name for name in sys.modules if 'cuda' in name]))"
    known = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    done = subprocess.run([sys.executable, "-c", f"{code}\n{ask}"], capture_output=True, text=True, cwd=ROOT, env=known)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


TRAIN = """
from convviz.nn import Dense, Sequential
model = Sequential([Dense(1, input_shape=(2,))])
model.compile("adam", "mse", device="{device}")
model.fit([[1.0, 2.0]], [1.0], verbose=0)
model.predict([[1.0, 2.0]], verbose=0)
"""


@pytest.mark.parametrize("name", ["cpu", "auto"])
def test_training_on_the_cpu_loads_no_cuda(name):
    """Half a second, and a library that is in use by others."""
    if name == "auto" and importlib.util.find_spec("numba_cuda") is not None:
        pytest.skip("numba-cuda is installed, so a GPU is looked for")
    found = loaded(TRAIN.format(device=name))
    ours = {one for one in found if one.startswith("convviz")} - {"convviz.kernels.cuda", "convviz.kernels.cuda.device"}
    assert ours == set()
    assert not {one for one in found if one.startswith(("numba.cuda", "numba_cuda", "cuda"))}
