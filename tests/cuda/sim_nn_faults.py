"""What goes wrong while a GPU trains: the host keeps the weights of the last epoch, and the model can be used."""

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

#: Kernels compute with numbers that are none here.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.fixture(autouse=True)
def kernels(monkeypatch):
    """Tiny kernels, and calls of the engine that do ever more batches."""
    twins.quicken(monkeypatch)
    monkeypatch.setattr(engine, "PATIENCE", 1e9)


def network():
    """A small network, whose averages of batches must not be blamed."""
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
    """A model after an epoch of six steps on the GPU, and its twin."""
    models = twins.twins(network, optimizers.SGD(0.1, momentum=0.5), SPARSE, devices=("cuda", "cuda"), **settings)
    twins.fitted(models, ROWS, LABELS, batch_size=2)
    return models


def require_usable(model, twin, device="cuda"):
    """Fail unless a model is where its twin is, and trains on as that does."""
    twins.compare(model, twin, 0, 0)
    model.device = twin.device = device
    twins.fitted([model, twin], ROWS, LABELS, batch_size=2, epochs=2, initial_epoch=1)
    twins.compare(model, twin, 0, 0)


# ---------------------------------------------------------------- numbers that are none


@pytest.mark.parametrize("listens", [False, True])
def test_a_loss_that_is_no_number(listens):
    """The message says where; weights are those of the last epoch, or where callbacks saw every batch, of the last one."""
    model, twin = trained()
    bad = ROWS.copy()
    bad[5] = np.nan
    heard = [Listener()] * listens
    with pytest.raises(NotANumber) as caught:
        model.fit(bad, LABELS, batch_size=2, shuffle=False, verbose=0, epochs=3, initial_epoch=1, callbacks=heard)
    assert str(caught.value).startswith(
        "in epoch 2, batch 3 the loss became nan: the inputs hold 3 NaN of 6 numbers; look at x for missing values"
    )
    if listens:
        twin.fit(ROWS, LABELS, batch_size=2, steps_per_epoch=2, shuffle=False, verbose=0)
        twin.epochs -= 1
    require_usable(model, twin)


class Listener(callbacks.Callback):
    """Hears of every batch."""

    def on_train_batch_end(self, batch, logs=None):
        pass


@pytest.mark.parametrize("use", ["fit", "train_on_batch"])
@pytest.mark.parametrize(("place", "name"), [(0, "dense"), (4, "dense_1")])
def test_weights_that_grow_without_end_are_blamed_and_not_the_averages(place, name, use):
    """What a layer gives is infinite, and so become the moving averages behind it, on the GPU alone."""
    model, twin = trained()
    for one in (model, twin):
        one.layers[place].kernel[...] = 3e38
    with pytest.raises(NotANumber, match=rf"the output of layer '{name}' holds \d+ .*a smaller learning_rate"):
        model.fit(9 * ROWS, LABELS, verbose=0) if use == "fit" else model.train_on_batch(9 * ROWS, LABELS)
    twins.compare(model, twin, 0, 0)


def test_the_batch_is_looked_at_with_the_mask_that_it_had():
    """A batch is bad only where dropout, which drops nearly everything, kept something; not in those around it here."""
    (model,) = twins.twins(
        lambda: Sequential([Dropout(0.9, input_shape=(1,)), Dense(1, use_bias=False)]), "sgd", "mse", devices=["cuda"], seed=9
    )
    model.layers[1].kernel[...] = 3e38
    with pytest.raises(NotANumber, match="batch 20 the loss became inf: the output of layer 'dense' holds 1 infinite"):
        model.fit(np.ones((60, 1)), np.zeros(60), batch_size=1, verbose=0)


def test_a_penalty_that_is_infinite():
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
def test_the_batch_of_an_iterator_is_named(number):
    """Though it is the next one that notices."""

    def batches():
        for k in range(3):
            yield np.where(k == number, np.inf, ROWS[:4]), LABELS[:4]

    model, twin = trained()
    with pytest.raises(NotANumber, match=f"in epoch 1, batch {number + 1} the loss became nan: the inputs hold 12 infinite"):
        model.fit(batches(), steps_per_epoch=3, verbose=0)
    require_usable(model, twin)


def test_a_number_that_is_none_in_validation_is_told():
    """As on the CPU: training goes on, and the history has it."""
    model, _ = trained()
    bad = np.full((4, 3), np.nan)
    history = model.fit(ROWS, LABELS, batch_size=6, verbose=0, validation_data=(bad, LABELS[:4]))
    assert np.isnan(history.history["val_loss"][0])
    assert np.isfinite(history.history["loss"][0])


def test_a_failed_run_leaves_no_lines_for_the_next():
    """The loss of the next run is of its batches alone."""
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
    """``memory(free)``: let the GPU have so many bytes free at first, and arrays of more than are left fail."""
    held = []

    def let(free):
        def allocate(shape, dtype, name, make):
            size = int(np.prod(shape, dtype=object)) * np.dtype(dtype).itemsize
            if size > free - sum(held):
                raise MemoryError(f"{name} of shape {tuple(shape)} needs {size} bytes on the GPU")
            held.append(size)
            return make()

        held.clear()
        monkeypatch.setattr(arrays, "allocate", allocate)
        monkeypatch.setattr(device, "memory_info", lambda: (max(free - sum(held), 0), 2**34))

    return let


def wide():
    """A network of which a sample takes 4000 numbers and more."""
    return Sequential([Dense(1000, input_shape=(3,)), Dense(3, activation="softmax")])


def large(samples):
    """Data for it, of so many samples."""
    return np.zeros((samples, 3), np.float32), np.zeros(samples, int)


@pytest.fixture
def no_threads(monkeypatch):
    """Launches that do nothing."""
    device.require()  # which launches something, once in a process
    monkeypatch.setattr(launch.Kernel, "_configured", lambda kernel, *choice: lambda *arguments: None)


def test_batches_that_are_too_large(memory, no_threads):
    """The message says how much was needed and what would fit, and that fits."""
    (model,) = twins.twins(wide, "sgd", SPARSE, devices=["cuda"])
    before = model.get_weights()
    model.predict(np.zeros((1, 3)), verbose=0)
    memory(6_000_000)
    words = r"what a step computes of shape \(\d+,\) needs \d+ bytes on the GPU; batch_size=(\d+) would fit$"
    with pytest.raises(MemoryError, match=words) as told:
        model.fit(*large(1000), batch_size=1000, verbose=0)
    fits = int(re.search(words, str(told.value)).group(1))
    assert 600 < fits < 750
    for mine, found in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, mine)
    memory(6_000_000)
    model.fit(*large(1000), batch_size=fits, steps_per_epoch=1, verbose=0)
    assert model.optimizer.iterations == 1


def test_not_even_one_sample(memory, no_threads):
    (model,) = twins.twins(wide, "sgd", SPARSE, devices=["cuda"])
    model.predict(np.zeros((1, 3)), verbose=0)
    memory(3000)
    with pytest.raises(MemoryError, match="not even a batch of one sample would fit"):
        model.train_on_batch(*large(2))
    model.device = "cpu"
    model.train_on_batch(*large(2))


@pytest.mark.parametrize("use", ["evaluate", "predict"])
def test_other_uses_need_memory_too(use, memory, no_threads):
    (model,) = twins.twins(wide, "sgd", SPARSE, devices=["cuda"])
    model.train_on_batch(*large(1))
    memory(100_000)
    with pytest.raises(MemoryError, match="batch_size="):
        model.evaluate(*large(900), batch_size=900, verbose=0) if use == "evaluate" else model.predict_on_batch(large(900)[0])
    assert model._engine.get(model).executors == {}  # what was held is given up, for what is asked for next


def test_room_beside_what_a_step_computes(memory, no_threads, monkeypatch):
    """The arrays of a step have their room, and what comes after has none: what is held counts as free in the advice."""
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


def test_a_data_set_that_turns_out_not_to_fit_comes_batch_by_batch(monkeypatch):
    """Free memory may be in chunks."""

    def fail(*arguments):
        raise MemoryError

    monkeypatch.setattr(input_pipeline, "Resident", type("Resident", (input_pipeline.Resident,), {"__init__": fail}))
    models = twins.twins(network, "sgd", SPARSE)
    twins.fitted(models, ROWS, LABELS, batch_size=4)
    twins.compare(*models)


# ---------------------------------------------------------------- a GPU that fails


class CudaDriverError(Exception):
    """As numba calls what its errors of the driver are kinds of."""


class CudaAPIError(CudaDriverError):
    """As numba calls it."""


def failing(after):
    """A function that works so many times and then fails as the driver does."""
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
    """At the first step of an epoch, and in the middle."""
    model, twin = trained()
    with monkeypatch.context() as broken:
        broken.setattr(launch.Kernel, "_configured", failing(after))
        with pytest.raises(RuntimeError, match=WORDS):
            model.fit(ROWS, LABELS, batch_size=2, epochs=3, initial_epoch=1, verbose=0)
    require_usable(model, twin, device)


@pytest.mark.parametrize("what", ["numbers", "upload", "upload_averages"])
def test_copies_that_fail(what, monkeypatch):
    """On the way to the GPU, and back at the end of an epoch."""
    model, twin = trained()

    def fail(self):
        raise CudaAPIError("[700] Call to cuLaunchKernel results in CUDA_ERROR_ILLEGAL_ADDRESS")

    with monkeypatch.context() as broken:
        broken.setattr(device_weights.DeviceWeights, what, fail)
        with pytest.raises(RuntimeError, match=WORDS):
            model.fit(ROWS, LABELS, batch_size=2, epochs=3, initial_epoch=1, verbose=0)
    require_usable(model, twin, "cpu")


def test_a_failure_while_validating_leaves_the_epoch_before_it(monkeypatch):
    """Its training is done, and its weights are there."""
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


def test_a_gpu_that_is_lost_does_not_keep_the_model_from_the_cpu(monkeypatch):
    """Nothing of the GPU is asked when the device is changed after a failure."""
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


def test_an_error_of_a_callback_leaves_the_weights_of_the_last_batch():
    """Nothing is lost that was trained."""

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
