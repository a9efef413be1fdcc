"""Training in numba's simulator: the loop, optimizers, losses, callbacks and feeding as on the CPU.

Both compute in float32 and add up in different orders, so weights of the two are compared within rounding; two runs on one
device to the bit.
"""

import os
import signal
import threading

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

from convviz.kernels.cuda import launch

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

import twins

from convviz import nn
from convviz.nn import (
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
    Model,
    Sequential,
    callbacks,
    optimizers,
    regularizers,
)
from convviz.nn.engine.cuda import engine, input_pipeline
from convviz.nn.samples import Arrays, Run
from convviz.nn.training.progress import Progress


@pytest.fixture(autouse=True)
def kernels(monkeypatch):
    """Tiny kernels, convolutions cell by cell."""
    twins.quicken(monkeypatch)


@pytest.fixture
def strides(monkeypatch):
    """Let calls of the engine do ever more batches, however slow they are."""
    monkeypatch.setattr(engine, "PATIENCE", 1e9)


def whole(regularizer=None):
    """A small network with everything that the course's have, and normalization."""
    return Sequential(
        [
            Conv2D(2, 2, activation="relu", kernel_regularizer=regularizer, input_shape=(4, 4, 1)),
            MaxPooling2D(2, strides=1),
            Dropout(0.2),
            BatchNormalization(),
            Flatten(),
            Dense(4, activation="relu"),
            Dropout(0.3),
            Dense(3, activation="softmax"),
        ]
    )


def dense(activation="softmax", units=3, **settings):
    """A smaller one, for what has nothing to do with layers."""

    def build():
        first = Dense(4, activation="tanh", input_shape=(3,), **settings)
        return Sequential([first, Dropout(0.3), Dense(units, activation=activation)])

    return build


generator = np.random.default_rng(4)
IMAGES, ROWS = generator.random((10, 4, 4, 1)).astype(np.float32), generator.standard_normal((10, 3)).astype(np.float32)
LABELS = generator.integers(0, 3, 10)
SPARSE = "sparse_categorical_crossentropy"


class Told(callbacks.Callback):
    """What is told of training, and what `look` says of the model at every batch."""

    def __init__(self, every=True, look=None):
        self.every_batch, self.look, self.events, self.found = every, look, [], []

    def on_train_batch_begin(self, batch, logs=None):
        self.events.append(("begin", batch))

    def on_train_batch_end(self, batch, logs=None):
        self.events.append(("end", batch))
        if self.look:
            self.found.append(self.look(self.model, batch, logs))

    def on_epoch_end(self, epoch, logs=None):
        self.events.append(("epoch", epoch))


# ---------------------------------------------------------------- steps


def test_a_whole_network_trains_in_tiles(monkeypatch):
    """Two steps."""
    monkeypatch.undo()
    twins.quicken(monkeypatch, tiles=True)
    models = twins.twins(whole, "adam", SPARSE, metrics=["accuracy"])
    mine, found = twins.fitted(models, IMAGES[:8], LABELS[:8], batch_size=4)
    np.testing.assert_allclose(found.history["loss"], mine.history["loss"], 1e-6)
    assert found.history["accuracy"] == mine.history["accuracy"]
    twins.compare(*models)
    steps = models[1]._engine.get(models[1]).executors["train"].runners
    assert [type(step.algorithm).__name__ for step in steps if hasattr(step, "algorithm")] == ["Tiled"] * 3


def test_ten_steps_track_the_cpu():
    """With dropout on; Adam turns rounding where gradients are next to nothing into steps, so it gets more of it."""
    for optimizer, atol in ((optimizers.SGD(0.1, momentum=0.9), 2e-6), (optimizers.Adam(0.01), 2e-5)):
        models = twins.twins(whole, optimizer, SPARSE)
        twins.fitted(models, IMAGES, LABELS, batch_size=4, epochs=4)
        assert models[1].optimizer.iterations == 12
        twins.compare(*models, rtol=2e-5, atol=atol)


def test_the_same_seed_gives_the_same_bits():
    one, other = twins.twins(whole, "adam", SPARSE, devices=("cuda", "cuda"))
    twins.fitted([one, other], IMAGES, LABELS, batch_size=4, epochs=2)
    twins.compare(one, other, 0, 0)


OPTIMIZERS = [
    optimizers.SGD(0.1),
    optimizers.SGD(0.1, decay=0.3),
    optimizers.SGD(0.1, momentum=0.9),
    optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    optimizers.Adagrad(0.1),
    optimizers.RMSprop(0.01),
    optimizers.RMSprop(0.01, momentum=0.5),
    optimizers.RMSprop(0.01, centered=True),
    optimizers.RMSprop(0.01, momentum=0.5, centered=True, rho=0.5),
    optimizers.Adam(0.01),
    optimizers.Adam(0.01, amsgrad=True),
    optimizers.Adadelta(1.0),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda one: str(one.get_config()))
def test_optimizers(optimizer):
    """Weights and averages, in one launch and over the bounds of epochs."""
    models = twins.twins(dense(), optimizer, SPARSE)
    twins.fitted(models, ROWS, LABELS, batch_size=5, epochs=2)
    twins.compare(*models, rtol=5e-5, atol=5e-6)


@pytest.mark.parametrize("moment", ["epoch_begin", "train_batch_begin", "train_batch_end"])
def test_a_learning_rate_that_a_callback_changes(moment, strides):
    class Slower(callbacks.Callback):
        pass

    def slower(self, number, logs=None):
        self.model.optimizer.learning_rate = self.model.optimizer.learning_rate * 0.5

    setattr(Slower, f"on_{moment}", slower)
    models = twins.twins(dense(), optimizers.SGD(0.8), SPARSE)
    twins.fitted(models, ROWS, LABELS, batch_size=3, epochs=2, callbacks=[Slower()])
    assert models[0].optimizer.learning_rate == models[1].optimizer.learning_rate < 0.3
    twins.compare(*models)


def test_a_learning_rate_that_is_changed_between_calls_for_several_batches(strides):
    """By a callback that is told of some batches only: what comes after it goes by the new rate."""

    def slower(model, batch, logs):
        model.optimizer.learning_rate = 0.0
        return batch

    (model,) = twins.twins(dense(), "sgd", SPARSE, devices=["cuda"])
    told = Told(every=False, look=slower)
    model.fit(ROWS, LABELS, batch_size=1, verbose=0, callbacks=[told])
    assert told.found == [0, 2, 6, 9]
    (other,) = twins.twins(dense(), "sgd", SPARSE, devices=["cuda"])
    other.fit(ROWS, LABELS, batch_size=1, steps_per_epoch=1, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], other.get_weights()[0])


def test_other_settings_between_runs():
    """A momentum that comes, goes and comes again: its average is where it was left, as on the CPU."""
    models = twins.twins(dense(), optimizers.SGD(0.1), SPARSE)
    for model in models:
        for momentum in (0.0, 0.9, 0.0, 0.9):
            model.optimizer.momentum = momentum
            model.fit(ROWS, LABELS, batch_size=5, verbose=0)
    twins.compare(*models)


# ---------------------------------------------------------------- losses and metrics


LOSSES = {
    "labels": (SPARSE, dense(), LABELS),
    "labels, logits": (nn.losses.SparseCategoricalCrossentropy(from_logits=True), dense("linear"), LABELS[:, None]),
    "labels, no softmax": (SPARSE, dense("sigmoid"), LABELS),
    "rows": ("categorical_crossentropy", dense(), np.eye(3)[LABELS]),
    "rows, logits": (nn.losses.CategoricalCrossentropy(from_logits=True), dense("linear"), np.eye(3)[LABELS]),
    "rows, no softmax": ("categorical_crossentropy", dense("sigmoid"), np.eye(3, dtype=np.uint8)[LABELS]),
    "yes or no": ("binary_crossentropy", dense("sigmoid", 1), LABELS > 1),
    "yes or no, logits": (nn.losses.BinaryCrossentropy(from_logits=True), dense("linear", 2), np.eye(3)[LABELS][:, :2]),
    "yes or no, no sigmoid": ("binary_crossentropy", dense("softmax", 2), np.eye(3, dtype=np.int32)[LABELS][:, :2]),
    "squares": ("mse", dense("tanh", 2), generator.random((10, 2))),
    "squares of one": ("mse", dense("linear", 1), generator.random(10).astype(np.float32)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    loss, build, targets = LOSSES[name]
    metrics = ["accuracy"] if "labels" in name else ["accuracy", "mae"]
    models = twins.twins(build, optimizers.SGD(0.2), loss, metrics=metrics)
    mine, found = twins.fitted(models, ROWS, targets, batch_size=4, validation_split=0.2)
    assert mine.history.keys() == found.history.keys()
    for key, values in mine.history.items():
        np.testing.assert_allclose(found.history[key], values, 5e-6, 1e-7, err_msg=key)
    twins.compare(*models)


@pytest.mark.parametrize("loss", [SPARSE, "mse"])
def test_losses_of_outputs_with_more_axes(loss):
    """A prediction for each row of each sample."""

    def build():
        return Sequential([Dense(3, activation="softmax", input_shape=(2, 3))])

    models = twins.twins(build, optimizers.SGD(0.5), loss, metrics=["accuracy"])
    x = generator.random((6, 2, 3))
    y = generator.integers(0, 3, (6, 2)) if loss == SPARSE else generator.random((6, 2, 3))
    mine, found = twins.fitted(models, x, y, batch_size=4)
    for key, values in mine.history.items():
        np.testing.assert_allclose(found.history[key], values, 5e-6)
    twins.compare(*models)


class Unhashable:
    """A metric of one's own that is no function; it sees targets as the model computes with them."""

    __name__ = "share"

    def __eq__(self, other):
        return self is other

    def __call__(self, targets, predictions):
        assert (targets.dtype, targets.shape[1:]) == (np.float32, predictions.shape[1:])
        return (np.abs(predictions - targets) < 0.5).mean(axis=-1)


def test_metrics():
    """Those that there are kernels for, and others, in the order in which they were asked for."""

    def largest(targets, predictions):
        return predictions.max(axis=-1)

    metrics = [
        "mae",
        Unhashable(),
        "mse",
        "accuracy",
        largest,
        "binary_accuracy",
        "categorical_accuracy",
        "mean_absolute_error",
    ]
    models = twins.twins(dense("sigmoid"), "sgd", "mse", metrics=metrics)
    data = ROWS, np.eye(3)[LABELS].astype(np.float64)
    mine, found = twins.fitted(models, *data, batch_size=4, epochs=2, validation_split=0.3)
    assert list(mine.history) == list(found.history)
    for key, values in mine.history.items():
        np.testing.assert_allclose(found.history[key], values, 3e-6, err_msg=key)
    np.testing.assert_allclose(*(model.evaluate(*data, batch_size=3, verbose=0) for model in models), 3e-6)
    for logs in zip(*(model.test_on_batch(*data) for model in models), strict=True):
        np.testing.assert_allclose(*logs, 3e-6)


def test_metrics_of_labels_that_see_the_host():
    """A metric that there is a kernel for, with targets that it is not for."""

    def right(targets, predictions):
        assert targets.dtype == np.int64
        return predictions[np.arange(len(targets)), targets]

    models = twins.twins(dense(), "sgd", SPARSE, metrics=["accuracy", right])
    mine, found = twins.fitted(models, ROWS, LABELS.astype(np.uint8), batch_size=4)
    np.testing.assert_allclose(found.history["right"], mine.history["right"], 3e-6)


@pytest.mark.parametrize("regularizer", [regularizers.l1(0.02), regularizers.l2(0.05), regularizers.l1_l2(0.01, 0.02)])
def test_regularizers(regularizer):
    """Of some weights: the loss says them, in tests too."""
    settings = {"kernel_regularizer": regularizer, "bias_regularizer": regularizers.l2(0.3), "bias_initializer": "ones"}
    models = twins.twins(dense(**settings), optimizers.SGD(0.2), SPARSE, metrics=["accuracy"])
    mine, found = twins.fitted(models, ROWS, LABELS, batch_size=4, validation_split=0.2)
    for key, values in mine.history.items():
        np.testing.assert_allclose(found.history[key], values, 3e-6)
    twins.compare(*models)
    twins.compare(*twins.twins(lambda: whole(regularizer), "sgd", SPARSE))


# ---------------------------------------------------------------- feeding


@pytest.fixture
def fed(monkeypatch):
    """Names of what feeds batches."""
    found, launched = [], engine.Engine.launch

    def noted(self, work, *arguments):
        found.append(type(work.feed).__name__)
        launched(self, work, *arguments)

    monkeypatch.setattr(engine.Engine, "launch", noted)
    return found


KINDS = {
    "bytes": lambda x: (3 * np.abs(x)).astype(np.uint8),
    "float64": lambda x: x.astype(np.float64),
    "short": lambda x: (3 * x).astype(np.int16),
    "half": lambda x: x.astype(np.float16),
    "boolean": lambda x: x > 0,
    "every other column": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "backwards": lambda x: x[::-1],
    "by columns": np.asfortranarray,
    "other byte order": lambda x: x.astype(x.dtype.newbyteorder()),
    "a list": lambda x: x.tolist(),
}


@pytest.mark.parametrize("share", [0.5, 0])
@pytest.mark.parametrize("kind", KINDS)
def test_inputs_of_any_kind(kind, share, fed, monkeypatch):
    """Data sets that lie on the GPU as they are, and those that come batch by batch."""
    monkeypatch.setattr(input_pipeline, "SHARE", share)
    models = twins.twins(dense("tanh"), optimizers.SGD(0.01), "mse", metrics=["mae"])
    x = KINDS[kind](ROWS)
    mine, found = twins.fitted(models, x, KINDS[kind](ROWS), batch_size=4, epochs=2, validation_split=0.2)
    assert set(fed) == {"Resident" if share else "Staged"}
    for key, values in mine.history.items():
        np.testing.assert_allclose(found.history[key], values, 3e-6)
    twins.compare(*models)
    np.testing.assert_allclose(*(model.predict(x, batch_size=3, verbose=0) for model in models), 1e-5, 1e-6)


def test_batches_of_the_whole_data_set_lie_on_the_gpu_too(fed):
    models = twins.twins(dense("tanh"), optimizers.SGD(0.01), "mse")
    twins.fitted(models, ROWS, ROWS, batch_size=len(ROWS), epochs=2)
    twins.compare(*models)
    assert set(fed) == {"Resident"}


def test_several_inputs_by_batches(monkeypatch):
    def build():
        one, other = Input((3,)), Input((2,))
        return Model([one, other], Dense(3, activation="softmax")(nn.Concatenate()([Dense(2)(one), other])))

    monkeypatch.setattr(input_pipeline, "SHARE", 0)
    models = twins.twins(build, optimizers.SGD(0.3), SPARSE)
    twins.fitted(models, [ROWS, ROWS[:, ::-1][:, :2]], LABELS, batch_size=4, epochs=2)
    twins.compare(*models)


class Sequence:
    """Batches of several sizes, as Keras's sequences give them."""

    def __len__(self):
        return 4

    def __getitem__(self, place):
        part = slice(place, 3 * place + 1)
        return ROWS[part], LABELS[part]


def test_iterators_of_batches(fed):
    """Of ever other sizes, some cut up by `batch_size`, with an iterator to validate with and a generator."""
    models = twins.twins(dense(), optimizers.SGD(0.2), SPARSE, metrics=["accuracy"])
    for settings in ({"batch_size": 2}, {}):
        mine, found = twins.fitted(models, Sequence(), epochs=2, validation_data=Sequence(), **settings)
        for key, values in mine.history.items():
            np.testing.assert_allclose(found.history[key], values, 3e-6)
    for model in models:
        model.fit((Sequence()[k] for k in (3, 1, 2)), steps_per_epoch=1, epochs=3, verbose=0)
    twins.compare(*models)
    assert "Staged" in fed
    np.testing.assert_allclose(*(model.evaluate(Sequence(), verbose=0) for model in models), 3e-6)


def test_a_data_set_is_uploaded_once(monkeypatch):
    """For all epochs, and one to validate with too."""
    found, made = [], input_pipeline.Resident.__init__

    def noted(self, data, *arguments):
        found.append(len(data))
        made(self, data, *arguments)

    monkeypatch.setattr(input_pipeline.Resident, "__init__", noted)
    (model,) = twins.twins(dense(), "sgd", SPARSE, devices=["cuda"])
    model.fit(ROWS, LABELS, batch_size=2, epochs=3, validation_split=0.4, verbose=0)
    assert found == [6, 4]


# ---------------------------------------------------------------- callbacks


def test_callbacks_are_told_of_every_batch_or_of_the_last_of_some(strides):
    (model,) = twins.twins(dense(), "sgd", SPARSE, devices=["cuda"])
    every, some = Told(), Told(every=False)
    model.fit(ROWS, LABELS, batch_size=1, epochs=1, verbose=0, callbacks=[every, some])
    wanted = [(word, batch) for batch in range(10) for word in ("begin", "end")]
    assert every.events == some.events == [*wanted, ("epoch", 0)]
    (model,) = twins.twins(dense(), "sgd", SPARSE, devices=["cuda"])
    some = Told(every=False, look=lambda model, batch, logs: round(logs["loss"], 6))
    history = model.fit(ROWS, LABELS, batch_size=1, verbose=0, callbacks=[some])
    wanted = [("begin", 0), ("end", 0), ("begin", 1), ("end", 2), ("begin", 3), ("end", 6), ("begin", 7), ("end", 9)]
    assert some.events == [*wanted, ("epoch", 0)]
    assert some.found[-1] == round(history.history["loss"][0], 6)


def test_the_bar_goes_on_by_as_many_batches_as_were_done(strides, monkeypatch, capsys):
    found, told = [], Progress.on_train_batch_end

    def noted(self, batch, logs=None):
        told(self, batch, logs)
        found.append((self.bar.n, self.bar.total, sorted(logs)))

    monkeypatch.setattr(Progress, "on_train_batch_end", noted)
    (model,) = twins.twins(dense(), "sgd", SPARSE, devices=["cuda"], metrics=["accuracy"])
    model.fit(ROWS, LABELS, batch_size=1, verbose=1)
    assert found == [(n, 10, ["accuracy", "loss"]) for n in (1, 3, 7, 10)]
    model.evaluate(ROWS, LABELS, batch_size=1, verbose=1)
    assert "Epoch 1/1: " in capsys.readouterr().out


def test_weights_are_right_in_every_batch_and_those_that_are_changed_count():
    """A callback reads the weights after each batch, and sets some."""

    def look(model, batch, logs):
        found = model.get_weights()
        if batch == 1:
            model.layers[0].kernel[...] = 0.25
            model.layers[-1].set_weights([np.ones((4, 3)), np.zeros(3)])
        return np.concatenate([array.ravel() for array in found]), model.optimizer.iterations, logs["loss"]

    models = twins.twins(dense(), optimizers.SGD(0.3, momentum=0.5), SPARSE)
    told = [Told(look=look), Told(look=look)]
    for model, one in zip(models, told, strict=True):
        model.fit(ROWS, LABELS, batch_size=3, epochs=2, verbose=0, callbacks=[one])
    for mine, found in zip(told[0].found, told[1].found, strict=True):
        np.testing.assert_allclose(found[0], mine[0], 1e-5, 1e-6)
        np.testing.assert_allclose(found[1:], mine[1:], 3e-6)
    twins.compare(*models)


def test_evaluation_and_prediction_within_an_epoch():
    """In a callback: with the weights of the moment, and training goes on as if nothing had been."""

    def look(model, batch, logs):
        return [model.evaluate(IMAGES, LABELS, batch_size=3, verbose=0), *model.predict(IMAGES, verbose=0).ravel()]

    models = twins.twins(whole, optimizers.SGD(0.2, momentum=0.5), SPARSE)
    told = [Told(look=look), Told(look=look)]
    histories = [
        model.fit(IMAGES, LABELS, batch_size=4, verbose=0, validation_split=0.2, callbacks=[one])
        for model, one in zip(models, told, strict=True)
    ]
    np.testing.assert_allclose(told[1].found, told[0].found, 2e-5, 1e-6)
    np.testing.assert_allclose(histories[1].history["loss"], histories[0].history["loss"], 1e-6)
    (alone,) = twins.twins(whole, optimizers.SGD(0.2, momentum=0.5), SPARSE, devices=["cuda"])
    alone.fit(IMAGES, LABELS, batch_size=4, verbose=0, validation_split=0.2)
    twins.compare(alone, models[1], 0, 0)


def test_prediction_between_calls_for_several_batches(strides):
    """By a callback that is told of some batches only; as another thread may do: what was trained is not lost."""

    def look(model, batch, logs):
        return model.predict(ROWS, verbose=0)

    models = twins.twins(dense(), optimizers.SGD(0.3, momentum=0.5), SPARSE)
    told = [Told(every=False, look=look) for _ in models]
    for model, one in zip(models, told, strict=True):
        model.fit(ROWS, LABELS, batch_size=1, verbose=0, callbacks=[one])
    assert [batch for word, batch in told[1].events if word == "end"] == [0, 2, 6, 9]
    for batch, found in zip((0, 2, 6, 9), told[1].found, strict=True):
        np.testing.assert_allclose(found, told[0].found[batch], 1e-5, 1e-6)
    twins.compare(*models)


def test_a_thread_that_predicts_does_not_disturb_training():
    """Each has the weights of the moment, and training ends where it does without."""
    one, other = twins.twins(dense(), "adam", SPARSE, devices=["cuda", "cuda"])
    thread = threading.Thread(target=lambda: one.fit(ROWS, LABELS, batch_size=1, epochs=3, verbose=0))
    thread.start()
    seen = [one.predict(ROWS, verbose=0)]
    while thread.is_alive():
        seen.append(one.predict(ROWS, verbose=0))
    thread.join()
    other.fit(ROWS, LABELS, batch_size=1, epochs=3, verbose=0)
    twins.compare(other, one, 0, 0)
    assert len({found.tobytes() for found in seen}) > 1


def test_weights_that_are_changed_within_a_run_count():
    """As they do where another thread sets them while a model is tested."""
    models = twins.twins(dense(), "sgd", SPARSE)
    for model in models:
        run = Run(Arrays([ROWS], LABELS), np.arange(10), 5)
        with model._engine.computing(model) as found:
            found.refresh()
            assert found.test(run, 0) == 1
            model.layers[0].kernel[...] *= 3
            found.refresh()
            assert found.test(run, 1) == 1
            model.lines = found.rows()
    for mine, other in zip(*(model.lines for model in models), strict=True):
        np.testing.assert_allclose(mine[1], other[1], 3e-6)


def test_early_stopping_restores_and_validation_every_other_epoch():
    settings = {"batch_size": 5, "epochs": 4, "validation_data": (ROWS, LABELS), "validation_freq": 2}
    models = twins.twins(dense(), optimizers.SGD(3.0), SPARSE)
    histories = [
        model.fit(
            ROWS,
            LABELS,
            verbose=0,
            **settings,
            callbacks=[callbacks.EarlyStopping("loss", patience=1, restore_best_weights=True)],
        )
        for model in models
    ]
    assert histories[0].epoch == histories[1].epoch
    np.testing.assert_allclose(histories[1].history["val_loss"], histories[0].history["val_loss"], 1e-4)
    twins.compare(*models, 1e-4, 1e-4)


def test_a_callback_ends_training():
    """After the batch, with its weights."""

    def stop(model, batch, logs):
        model.stop_training = batch == 1

    models = twins.twins(dense(), optimizers.SGD(0.3), SPARSE)
    twins.fitted(models, ROWS, LABELS, batch_size=2, epochs=3, callbacks=[Told(look=stop)])
    assert models[1].optimizer.iterations == 2
    twins.compare(*models)


# ---------------------------------------------------------------- single batches, and other devices


def test_single_batches():
    models = twins.twins(whole, "adam", SPARSE, metrics=["accuracy"])
    for start, stop in ((0, 4), (4, 8), (8, 10)):
        part = IMAGES[start:stop], LABELS[start:stop]
        logs = [
            [*model.test_on_batch(*part), *model.train_on_batch(*part), *model.predict_on_batch(part[0]).ravel()]
            for model in models
        ]
        np.testing.assert_allclose(logs[1], logs[0], 2e-5, 1e-6)
    twins.compare(*models, atol=5e-6)


def test_a_batch_that_is_larger_than_those_before():
    """Rooms are made anew, while a callback keeps training from going on."""

    def look(model, batch, logs):
        return model.test_on_batch(IMAGES, LABELS)

    models = twins.twins(whole, optimizers.SGD(0.1), SPARSE)
    for model in models:
        model.train_on_batch(IMAGES[:2], LABELS[:2])
        model.fit(IMAGES, LABELS, batch_size=4, verbose=0, callbacks=[Told(look=look)])
        model.train_on_batch(IMAGES, LABELS)
        model.fit(IMAGES[:7], LABELS[:7], batch_size=3, verbose=0)
    twins.compare(*models)


@pytest.mark.parametrize("devices", [("cuda", "cpu"), ("cpu", "cuda"), ("cuda", "cuda")])
@pytest.mark.parametrize("how", ["saved", "set"])
def test_training_goes_on_on_another_device(devices, how, tmp_path):
    """From a file, or by setting ``device``: the same as going straight on."""
    straight, broken = twins.twins(whole, "adam", SPARSE, devices=devices[:1] * 2, metrics=["accuracy"])
    straight.fit(IMAGES, LABELS, batch_size=4, epochs=2, verbose=0)
    broken.fit(IMAGES, LABELS, batch_size=4, verbose=0)
    if how == "saved":
        broken.save(tmp_path / "model.npz")
        broken = nn.load_model(tmp_path / "model.npz")
    broken.device = devices[1]
    broken.fit(IMAGES, LABELS, batch_size=4, epochs=2, initial_epoch=1, verbose=0)
    exact = devices[0] == devices[1]
    twins.compare(straight, broken, *((0, 0) if exact else (2e-5, 2e-5)))


def test_a_checkpoint_in_the_middle_holds_the_weights_of_that_moment(tmp_path):
    models = twins.twins(dense(), "adam", SPARSE)
    for model in models:
        path = os.fspath(tmp_path / f"{model.device}-{{epoch}}.npz")
        model.fit(ROWS, LABELS, batch_size=4, epochs=2, verbose=0, callbacks=[callbacks.ModelCheckpoint(path)])
    for epoch in (1, 2):
        twins.compare(*(nn.load_model(tmp_path / f"{device}-{epoch}.npz") for device in ("cpu", "cuda")), 2e-5, 5e-6)


def test_predicting_leaves_the_optimizer_alone():
    """It has no averages before training."""
    models = twins.twins(dense(), "adam", SPARSE)
    for model in models:
        model.predict(ROWS, verbose=0)
        model.evaluate(ROWS, LABELS, verbose=0)
        assert (model.optimizer.state, model.optimizer.iterations) == ({}, 0)


# ---------------------------------------------------------------- Ctrl-C


def press(*ignored):
    """Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)


def test_control_c_ends_training_with_the_weights_of_that_moment():
    models = twins.twins(dense(), optimizers.SGD(0.3), SPARSE)
    look = Told(look=lambda model, batch, logs: press() if batch == 1 else None)
    mine, found = twins.fitted(models, ROWS, LABELS, batch_size=2, epochs=3, callbacks=[look])
    assert (mine.interrupted, found.interrupted, found.epoch) == (True, True, [])
    assert models[1].optimizer.iterations == 2
    np.testing.assert_allclose(found.unfinished["loss"], mine.unfinished["loss"], 1e-6)
    twins.compare(*models)


def test_control_c_between_calls_for_several_batches(strides):
    """What was begun is finished, and the weights are those after it."""

    def pressing(targets, predictions):
        seen.append(len(predictions))
        if len(seen) == 5:
            press()
        return 0.0

    seen = []
    (model,) = twins.twins(dense(), "sgd", SPARSE, devices=["cuda"], metrics=[pressing])
    history = model.fit(ROWS, LABELS, batch_size=1, epochs=2, verbose=0)
    assert (history.interrupted, model.optimizer.iterations, len(seen)) == (True, 7, 7)
    (other,) = twins.twins(dense(), "sgd", SPARSE, devices=["cuda"])
    other.fit(ROWS, LABELS, batch_size=1, steps_per_epoch=7, verbose=0)
    twins.compare(other, model, 0, 0)


def test_a_second_control_c_leaves_the_last_epoch_s_weights(strides):
    """In the middle of what cannot be finished; the model trains on."""

    def pressing(targets, predictions):
        seen.append(len(predictions))
        if len(seen) in (15, 16):
            press()
        return 0.0

    seen = []
    (model,) = twins.twins(dense(), "adam", SPARSE, devices=["cuda"], metrics=[pressing])
    history = model.fit(ROWS, LABELS, batch_size=1, epochs=2, verbose=0)
    assert (history.interrupted, history.epoch, model.optimizer.iterations) == (True, [0], 10)
    one, other = twins.twins(dense(), "adam", SPARSE, devices=["cuda", "cuda"], metrics=[lambda targets, predictions: 0.0])
    one.fit(ROWS, LABELS, batch_size=1, verbose=0)
    twins.compare(one, model, 0, 0)
    other.fit(ROWS, LABELS, batch_size=1, epochs=2, verbose=0)
    model.fit(ROWS, LABELS, batch_size=1, epochs=2, initial_epoch=1, verbose=0)
    twins.compare(other, model, 0, 0)


def test_control_c_while_weights_come_back_leaves_them_whole(monkeypatch):
    """All weights and the number of steps are those after the batch."""

    class Pressing(np.ndarray):
        def __setitem__(self, place, numbers):
            if not pressed:
                pressed.append(True)
                raise KeyboardInterrupt
            super().__setitem__(place, numbers)

    pressed = []
    one, other = twins.twins(dense(), optimizers.SGD(0.3), SPARSE, devices=["cuda", "cuda"])
    held = other.layers[-1].weights[0]
    held.array = held.array.view(Pressing)
    histories = twins.fitted([one, other], ROWS, LABELS, batch_size=10)
    assert [history.interrupted for history in histories] == [False, True]
    twins.compare(one, other, 0, 0)
