"""Failures while a GPU trains: the host keeps the weights of the last epoch, and the model stays usable."""

import contextlib
import re

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

from convviz.kernels.cuda import arrays, device, launch

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

import twins

from convviz import nn
from convviz.nn import Activation, Dense, Dropout, Sequential, callbacks, optimizers
from convviz.nn.engine.cuda import device_weights, engine, input_pipeline
from convviz.nn.engine.not_a_number import NotANumber

SPARSE = "sparse_categorical_crossentropy"
generator = np.random.default_rng(8)
ROWS, LABELS = generator.standard_normal((12, 3)).astype(np.float32), generator.integers(0, 3, 12)

#: Kernels compute with NaN and infinity here.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.fixture(autouse=True)
def kernels(monkeypatch):
    """Tiny kernels, and an engine that puts more and more batches into one call."""
    twins.quicken(monkeypatch)
    monkeypatch.setattr(engine, "PATIENCE", 1e9)


def network():
    """A small network with moving averages, which an error must not name as the cause."""
    return Sequential(
        [
            Dense(4, input_shape=(3,)),
            nn.BatchNormalization(),
            Activation("tanh"),
            Dropout(0.2),
            Dense(3, activation="softmax"),
        ]
    )


def trained(**settings):
    """Two equal models after one epoch of six steps on the GPU."""
    models = twins.twins(network, optimizers.SGD(0.1, momentum=0.5), SPARSE, devices=("cuda", "cuda"), **settings)
    twins.fitted(models, ROWS, LABELS, batch_size=2)
    return models


def require_usable(model, twin, device="cuda"):
    """Fail unless a model equals its twin, and still does after more training."""
    twins.compare(model, twin, 0, 0)
    model.device = twin.device = device
    twins.fitted([model, twin], ROWS, LABELS, batch_size=2, epochs=2, initial_epoch=1)
    twins.compare(model, twin, 0, 0)


# ---------------------------------------------------------------- NaN and infinity


@pytest.mark.parametrize("listens", [False, True])
def test_a_loss_that_is_nan(listens):
    """The message names the batch; weights are those of the last epoch, or with a callback for batches, of the last batch."""
    model, twin = trained()
    bad = ROWS.copy()
    bad[5] = np.nan
    listeners = [Listener()] * listens
    with pytest.raises(NotANumber) as caught:
        model.fit(bad, LABELS, batch_size=2, shuffle=False, verbose=0, epochs=3, initial_epoch=1, callbacks=listeners)
    assert str(caught.value).startswith(
        "in epoch 2, batch 3 the loss became nan: the inputs hold 3 NaN of 6 numbers; look at x for missing values"
    )
    if listens:
        twin.fit(ROWS, LABELS, batch_size=2, steps_per_epoch=2, shuffle=False, verbose=0)
        twin.epochs -= 1
    require_usable(model, twin)


class Listener(callbacks.Callback):
    """A callback for batches."""

    def on_train_batch_end(self, batch, logs=None):
        pass


@pytest.mark.parametrize("use", ["fit", "train_on_batch"])
@pytest.mark.parametrize(("place", "name"), [(0, "dense"), (4, "dense_1")])
def test_the_error_names_the_layer_that_overflows_and_not_the_averages(place, name, use):
    """The output of a layer is infinite, and so are then the moving averages after it, on the GPU only."""
    model, twin = trained()
    for one in (model, twin):
        one.layers[place].kernel[...] = 3e38
    with pytest.raises(NotANumber, match=rf"the output of layer '{name}' holds \d+ .*a smaller learning_rate"):
        model.fit(9 * ROWS, LABELS, verbose=0) if use == "fit" else model.train_on_batch(9 * ROWS, LABELS)
    twins.compare(model, twin, 0, 0)


def test_the_bad_batch_is_examined_with_its_own_dropout_mask():
    """Dropout drops nearly everything: the loss is infinite only in a batch where a cell was kept."""
    (model,) = twins.twins(
        lambda: Sequential([Dropout(0.9, input_shape=(1,)), Dense(1, use_bias=False)]), "sgd", "mse", devices=["cuda"], seed=9
    )
    model.layers[1].kernel[...] = 3e38
    with pytest.raises(NotANumber, match="batch 20 the loss became inf: the output of layer 'dense' holds 1 infinite"):
        model.fit(np.ones((60, 1)), np.zeros(60), batch_size=1, verbose=0)


def test_an_infinite_penalty():
    (model,) = twins.twins(
        lambda: Sequential([Dense(1, kernel_regularizer="l2", kernel_initializer="ones", input_shape=(2,))]),
        "sgd",
        "mse",
        devices=["cuda"],
    )
    model.layers[0].kernel[...] = 1e20
    with pytest.raises(NotANumber, match="epoch 1, batch 1 the loss became inf"):
        model.fit(np.zeros((4, 2)), np.zeros(4), verbose=0, batch_size=2)


@pytest.mark.parametrize("number", range(3))
def test_the_error_names_the_batch_of_an_iterator(number):
    """The loss is read only when the next batch comes."""

    def batches():
        for k in range(3):
            yield np.where(k == number, np.inf, ROWS[:4]), LABELS[:4]

    model, twin = trained()
    with pytest.raises(NotANumber, match=f"in epoch 1, batch {number + 1} the loss became nan: the inputs hold 12 infinite"):
        model.fit(batches(), steps_per_epoch=3, verbose=0)
    require_usable(model, twin)


def test_a_nan_in_validation_is_in_the_history():
    """As on the CPU, training goes on."""
    model, _ = trained()
    bad = np.full((4, 3), np.nan)
    history = model.fit(ROWS, LABELS, batch_size=6, verbose=0, validation_data=(bad, LABELS[:4]))
    assert np.isnan(history.history["val_loss"][0])
    assert np.isfinite(history.history["loss"][0])


def test_the_log_of_a_failed_run_is_not_in_the_next():
    """The loss of the next run is the mean of its own batches."""
    model, twin = trained()
    bad = ROWS.copy()
    bad[11] = np.nan
    with pytest.raises(NotANumber):
        model.fit(bad, LABELS, batch_size=2, shuffle=False, verbose=0)
    logs = [one.evaluate(ROWS, LABELS, batch_size=6, verbose=0) for one in (model, twin)]
    assert logs[0] == logs[1]


# ---------------------------------------------------------------- memory


@pytest.fixture
def memory(monkeypatch):
    """``memory(free)`` gives the GPU this many free bytes; arrays that do not fit raise MemoryError."""
    held = []

    def limit(free):
        def allocate(shape, dtype, name, make):
            size = int(np.prod(shape, dtype=object)) * np.dtype(dtype).itemsize
            if size > free - sum(held):
                raise MemoryError(f"{name} of shape {tuple(shape)} needs {size} bytes on the GPU")
            held.append(size)
            return make()

        held.clear()
        monkeypatch.setattr(arrays, "allocate", allocate)
        monkeypatch.setattr(device, "memory_info", lambda: (max(free - sum(held), 0), 2**34))

    return limit


def wide():
    """A network that needs more than 4000 bytes for each sample."""
    return Sequential([Dense(1000, input_shape=(3,)), Dense(3, activation="softmax")])


def large(samples):
    """Data for that network."""
    return np.zeros((samples, 3), np.float32), np.zeros(samples, int)


@pytest.fixture
def no_threads(monkeypatch):
    """Kernels do nothing when launched."""
    device.require()  # launches a kernel, once in a process
    monkeypatch.setattr(launch.Kernel, "_configured", lambda kernel, *choice: lambda *arguments: None)


def test_batches_that_are_too_large(memory, no_threads):
    """The message says how many bytes were needed and which batch_size would fit, and that size fits."""
    (model,) = twins.twins(wide, "sgd", SPARSE, devices=["cuda"])
    before = model.get_weights()
    model.predict(np.zeros((1, 3)), verbose=0)
    memory(6_000_000)
    words = r"what a step computes of shape \(\d+,\) needs \d+ bytes on the GPU; batch_size=(\d+) would fit$"
    with pytest.raises(MemoryError, match=words) as caught:
        model.fit(*large(1000), batch_size=1000, verbose=0)
    fits = int(re.search(words, str(caught.value)).group(1))
    assert 600 < fits < 750
    for mine, found in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, mine)
    memory(6_000_000)
    model.fit(*large(1000), batch_size=fits, steps_per_epoch=1, verbose=0)
    assert model.optimizer.iterations == 1


def test_a_single_sample_that_does_not_fit(memory, no_threads):
    (model,) = twins.twins(wide, "sgd", SPARSE, devices=["cuda"])
    model.predict(np.zeros((1, 3)), verbose=0)
    memory(3000)
    with pytest.raises(MemoryError, match="not even a batch of one sample would fit"):
        model.train_on_batch(*large(2))
    model.device = "cpu"
    model.train_on_batch(*large(2))


@pytest.mark.parametrize("use", ["evaluate", "predict"])
def test_evaluate_and_predict_that_do_not_fit(use, memory, no_threads):
    (model,) = twins.twins(wide, "sgd", SPARSE, devices=["cuda"])
    model.train_on_batch(*large(1))
    memory(100_000)
    with pytest.raises(MemoryError, match="batch_size="):
        model.evaluate(*large(900), batch_size=900, verbose=0) if use == "evaluate" else model.predict_on_batch(large(900)[0])
    assert model._engine.get(model).executors == {}  # its memory is free for the next call


def test_no_memory_left_after_the_arrays_of_a_step(memory, no_threads, monkeypatch):
    """The arrays of a step fit, those after them do not: the advice counts the memory of the step as free."""
    (model,) = twins.twins(wide, "sgd", SPARSE, devices=["cuda"])
    model.predict(np.zeros((1, 3)), verbose=0)
    memory(1_400_000)
    with monkeypatch.context() as short:
        short.setattr(engine.LossAndMetrics, "predictions", lambda *ignored: raise_error(MemoryError("a row needs more")))
        with pytest.raises(MemoryError, match="a row needs more; batch_size=90 would fit"):
            model.train_on_batch(*large(100))
    memory(1_400_000)
    model.train_on_batch(*large(90))


def raise_error(error):
    """Raise an error, as an expression."""
    raise error


def test_a_data_set_that_does_not_fit_is_copied_batch_by_batch(monkeypatch):
    """Free memory may be fragmented."""

    def fail(*arguments):
        raise MemoryError

    monkeypatch.setattr(input_pipeline, "Resident", type("Resident", (input_pipeline.Resident,), {"__init__": fail}))
    models = twins.twins(network, "sgd", SPARSE)
    twins.fitted(models, ROWS, LABELS, batch_size=4)
    twins.compare(*models)


# ---------------------------------------------------------------- a GPU that fails


class CudaDriverError(Exception):
    """The name of numba's base class of driver errors."""


class CudaAPIError(CudaDriverError):
    """The name of numba's error of a failed driver call."""


def failing(after):
    """A function that works this many times and then fails like the driver."""
    calls = []

    def configured(kernel, *choice):
        calls.append(kernel)
        if len(calls) > after:
            raise CudaAPIError("[700] Call to cuLaunchKernel results in CUDA_ERROR_ILLEGAL_ADDRESS")
        return usual(kernel, *choice)

    usual = launch.Kernel._configured
    return configured


WORDS = (
    r"the GPU failed \(CudaAPIError: \[700\] Call to cuLaunchKernel .*weights of the last epoch .*model.device = 'cpu' it is "
    "trained on.*new process"
)


@pytest.mark.parametrize("after", [0, 70])
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_launch_that_fails(after, device, monkeypatch):
    """At the first step of an epoch, and in the middle of it."""
    model, twin = trained()
    with monkeypatch.context() as broken:
        broken.setattr(launch.Kernel, "_configured", failing(after))
        with pytest.raises(RuntimeError, match=WORDS):
            model.fit(ROWS, LABELS, batch_size=2, epochs=3, initial_epoch=1, verbose=0)
    require_usable(model, twin, device)


@pytest.mark.parametrize("what", ["numbers", "upload", "upload_averages"])
def test_copies_that_fail(what, monkeypatch):
    """To the GPU, and back at the end of an epoch."""
    model, twin = trained()

    def fail(self):
        raise CudaAPIError("[700] Call to cuLaunchKernel results in CUDA_ERROR_ILLEGAL_ADDRESS")

    with monkeypatch.context() as broken:
        broken.setattr(device_weights.DeviceWeights, what, fail)
        with pytest.raises(RuntimeError, match=WORDS):
            model.fit(ROWS, LABELS, batch_size=2, epochs=3, initial_epoch=1, verbose=0)
    require_usable(model, twin, "cpu")


def test_a_failure_in_validation_keeps_the_weights_of_the_epoch(monkeypatch):
    """The training of the epoch is complete."""
    model, twin = trained()
    launched = engine.Engine.launch

    def launch_or_fail(self, work, *given):
        if work.use == "test":
            raise CudaAPIError("[700] Call to cuLaunchKernel results in CUDA_ERROR_ILLEGAL_ADDRESS")
        launched(self, work, *given)

    with monkeypatch.context() as broken:
        broken.setattr(engine.Engine, "launch", launch_or_fail)
        with pytest.raises(RuntimeError, match=WORDS):
            model.fit(ROWS, LABELS, batch_size=2, epochs=2, initial_epoch=1, verbose=0, validation_data=(ROWS, LABELS))
    twin.fit(ROWS, LABELS, batch_size=2, epochs=2, initial_epoch=1, verbose=0)
    twins.compare(model, twin, 0, 0)


def test_a_model_trains_on_the_cpu_after_its_gpu_is_lost(monkeypatch):
    """A change of device after a failure uses nothing of the GPU."""
    model, twin = trained()
    with monkeypatch.context() as broken:
        broken.setattr(launch.Kernel, "_configured", failing(30))
        lost = CudaAPIError("CUDA_ERROR_DEVICE_UNAVAILABLE")
        broken.setattr(device_weights.DeviceWeights, "numbers", lambda self: raise_error(lost))
        with pytest.raises(RuntimeError, match=WORDS):
            model.fit(ROWS, LABELS, batch_size=2, verbose=0)
        model.device = twin.device = "cpu"
        twins.fitted([model, twin], ROWS, LABELS, batch_size=2)
    twin.epochs = model.epochs
    twins.compare(model, twin, 0, 0)


def test_an_error_in_a_callback_keeps_the_weights_of_the_last_batch():
    """No finished step is lost."""

    class Failing(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                raise KeyError("a mistake in a callback")

    models = twins.twins(network, "sgd", SPARSE)
    for model in models:
        with contextlib.suppress(KeyError):
            model.fit(ROWS, LABELS, batch_size=3, verbose=0, callbacks=[Failing()])
    assert models[1].optimizer.iterations == 2
    twins.compare(*models)
