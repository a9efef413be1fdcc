"""The training loop: what is trained with when, what callbacks see of it, how it ends, and what it refuses."""

import os
import signal
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from convviz import nn
from convviz.nn import Dense, Dropout, Flatten, Input, Model, Sequential
from convviz.nn.callbacks import Callback, EarlyStopping, History, ModelCheckpoint
from convviz.nn.engine.not_a_number import NotANumber
from convviz.nn.training import progress


def samples(count=40, seed=0):
    random = np.random.default_rng(seed)
    x = random.standard_normal((count, 6)).astype(np.float32)
    return x, (x.sum(axis=1) > 0).astype(np.int64)


def network(*, dropout=0.0, seed=3, **settings):
    nn.set_random_seed(seed)
    model = Sequential([Dense(8, activation="relu", input_shape=(6,)), Dropout(dropout), Dense(2, activation="softmax")])
    model.compile(**{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]} | settings)
    return model


class Seen(Callback):
    """Keeps what it is called with."""

    def __init__(self):
        self.events = []

    def on_train_begin(self, logs=None):
        self.events.append("begin")

    def on_train_end(self, logs=None):
        self.events.append("end")

    def on_epoch_begin(self, epoch, logs=None):
        self.events.append(f"epoch {epoch}")

    def on_epoch_end(self, epoch, logs=None):
        self.events.append(sorted(logs))

    def on_train_batch_end(self, batch, logs=None):
        self.events.append(batch)

    def on_test_begin(self, logs=None):
        self.events.append("test")


def test_callbacks_are_called_in_the_order_of_training():
    x, y = samples(20)
    seen = Seen()
    history = network().fit(x, y, batch_size=8, epochs=2, validation_split=0.2, verbose=0, callbacks=seen)
    logs = ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert seen.events == ["begin", "epoch 0", 0, 1, "test", logs, "epoch 1", 0, 1, "test", logs, "end"]
    assert history.epoch == [0, 1] and sorted(history.history) == logs and not history.interrupted
    assert seen.params == {"epochs": 2, "steps": 2, "verbose": 0}


def test_validation_takes_the_last_part_and_does_not_train_with_it():
    x, y = samples(20)
    split, given = network(), network()
    split.fit(x, y, epochs=2, validation_split=0.25, verbose=0)
    history = given.fit(x[:15], y[:15], epochs=2, validation_data=(x[15:], y[15:]), verbose=0)
    for one, other in zip(split.get_weights(), given.get_weights(), strict=True):
        assert np.array_equal(one, other)
    assert split.history.history == history.history
    assert history.history["val_loss"][-1] == given.evaluate(x[15:], y[15:], verbose=0)[0]


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    x, y = samples()
    found = []
    for seed in (1, 1, 2):
        model = network(dropout=0.4, seed=seed)
        model.fit(x, y, batch_size=16, epochs=3, verbose=0)
        found.append(np.concatenate([array.ravel() for array in model.get_weights()]))
    assert np.array_equal(found[0], found[1]) and not np.array_equal(found[0], found[2])


def test_epochs_go_on_where_they_were():
    x, y = samples()
    once, twice = network(dropout=0.3), network(dropout=0.3)
    once.fit(x, y, batch_size=16, epochs=4, verbose=0)
    twice.fit(x, y, batch_size=16, epochs=2, verbose=0)
    history = twice.fit(x, y, batch_size=16, epochs=4, initial_epoch=2, verbose=0)
    assert history.epoch == [2, 3]
    for one, other in zip(once.get_weights(), twice.get_weights(), strict=True):
        assert np.array_equal(one, other)


def test_batches_are_shuffled_anew_each_epoch_and_each_sample_comes_once():
    from convviz.nn.training import data

    orders = [data.order(50, True, 7, epoch) for epoch in range(3)]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert len({tuple(order) for order in orders}) == 3
    assert np.array_equal(orders[1], data.order(50, True, 7, 1))
    assert data.order(4, False, 7, 0).tolist() == [0, 1, 2, 3]


def test_the_loss_of_an_epoch_counts_samples_not_batches():
    x, y = samples(10)
    model = network(optimizer=nn.optimizers.SGD(0.0))
    model.fit(x, y, batch_size=8, verbose=0)
    assert model.history.history["loss"][0] == pytest.approx(model.evaluate(x, y, verbose=0)[0], rel=1e-6)
    assert model.history.history["accuracy"][0] == model.evaluate(x, y, verbose=0)[1]


def test_metrics_of_logits_see_what_the_step_forward_gave():
    """Not what the way back has put in its place."""
    x, y = samples(16)
    nn.set_random_seed(4)
    model = Sequential([Dense(2, input_shape=(6,)), Dense(2)])
    seen = []
    loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss, metrics=[lambda targets, predictions: seen.append(predictions.copy()) or 0.0])
    wanted = model.predict(x, verbose=0)
    model.train_on_batch(x, y)
    np.testing.assert_array_equal(seen[0], wanted)


def test_a_generator_and_a_sequence_give_batches():
    x, y = samples(32)

    def endless():
        while True:
            for start in range(0, 32, 8):
                yield x[start : start + 8], y[start : start + 8]

    class Indexed:
        def __len__(self):
            return 4

        def __getitem__(self, place):
            if place >= 4:
                raise IndexError(place)
            return x[8 * place : 8 * place + 8], y[8 * place : 8 * place + 8]

    plain, drawn, indexed = network(), network(), network()
    plain.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0)
    drawn.fit(endless(), steps_per_epoch=4, epochs=3, verbose=0)
    indexed.fit(Indexed(), epochs=3, verbose=0)
    for one, two, three in zip(plain.get_weights(), drawn.get_weights(), indexed.get_weights(), strict=True):
        assert np.array_equal(one, two) and np.array_equal(one, three)
    assert plain.evaluate(Indexed(), verbose=0) == pytest.approx(plain.evaluate(x, y, verbose=0), rel=1e-6)


def test_training_on_single_batches_is_training():
    x, y = samples(16)
    one, other = network(), network()
    one.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0)
    losses = [other.train_on_batch(x, y)[0] for _ in range(3)]
    assert losses == one.history.history["loss"]
    assert other.test_on_batch(x, y, return_dict=True) == one.evaluate(x, y, verbose=0, return_dict=True)


def test_a_frozen_layer_stays_and_the_others_learn():
    x, y = samples()
    model = network()
    model.layers[0].trainable = False
    before = model.get_weights()
    model.fit(x, y, verbose=0)
    after = model.get_weights()
    assert np.array_equal(before[0], after[0]) and not np.array_equal(before[2], after[2])
    model.layers[0].trainable = True
    model.fit(x, y, verbose=0)
    assert not np.array_equal(after[0], model.get_weights()[0])


def test_early_stopping_ends_and_restores_the_best_weights():
    x, y = samples()

    class Worse(Callback):
        kept = None

        def on_epoch_end(self, epoch, logs=None):
            logs["val_loss"] = [3.0, 1.0, 2.0, 2.5, 0.1][epoch]
            if epoch == 1:
                self.kept = self.model.get_weights()

    worse = Worse()
    model = network()
    stop = EarlyStopping(patience=2, restore_best_weights=True)
    history = model.fit(x, y, epochs=5, validation_data=(x, y), verbose=0, callbacks=[worse, stop])
    assert history.epoch == [0, 1, 2, 3] and stop.stopped_epoch == 3 and stop.best_epoch == 1
    for one, other in zip(worse.kept, model.get_weights(), strict=True):
        assert np.array_equal(one, other)


def test_early_stopping_says_what_it_could_watch():
    x, y = samples()
    with pytest.raises(ValueError, match=r"watches 'val_loss'; give fit validation_data .* There are: accuracy, loss"):
        network().fit(x, y, verbose=0, callbacks=EarlyStopping())
    with pytest.raises(ValueError, match=r"watches 'acuracy'; did you mean 'accuracy'\?"):
        network().fit(x, y, verbose=0, callbacks=EarlyStopping("acuracy"))


def test_a_callback_ends_training():
    x, y = samples()

    class Enough(Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    assert network().fit(x, y, epochs=9, verbose=0, callbacks=[Enough()]).epoch == [0, 1]


@pytest.mark.parametrize("what", [Enough := type("Enough", (Callback,), {}), object(), "EarlyStopping"])
def test_what_is_no_callback_is_refused(what):
    x, y = samples()
    with pytest.raises(TypeError, match="callbacks are objects of"):
        network().fit(x, y, verbose=0, callbacks=[what])


class PressControlC(Callback):
    """Presses Ctrl-C in the middle of the second epoch."""

    def on_train_batch_begin(self, batch, logs=None):
        if len(self.model.history.epoch) == 1 and batch == 1:
            signal.raise_signal(signal.SIGINT)


def test_control_c_ends_training_with_what_there_is():
    x, y = samples()
    model = network()
    history = model.fit(x, y, batch_size=10, epochs=5, verbose=0, callbacks=[PressControlC()])
    assert isinstance(history, History) and history.interrupted and history.epoch == [0]
    assert sorted(history.unfinished) == ["accuracy", "loss"]
    assert model.optimizer.iterations == 4 + 2  # the step at work was finished
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert np.isfinite(model.predict(x, verbose=0)).all()


@pytest.mark.skipif(os.name != "posix", reason="interrupts are sent by a POSIX signal")
def test_control_c_from_outside_ends_training():
    x, y = samples(64)
    model = network()
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    start = time.monotonic()
    history = model.fit(x, y, epochs=10**6, verbose=0)
    assert history.interrupted and len(history.epoch) < 10**6 and time.monotonic() - start < 60


def test_a_loss_that_is_no_number_stops_and_says_where():
    x, y = samples()
    bad = x.copy()
    bad[3, 2] = np.nan
    model = network()
    before = model.get_weights()
    with pytest.raises(NotANumber, match="in epoch 1, batch 1 the loss became nan: the inputs hold 1 NaN of 240"):
        model.fit(bad, y, batch_size=40, verbose=0)
    for one, other in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(one, other)
    model.layers[1 + 1].kernel[0, 0] = np.inf
    with pytest.raises(NotANumber, match="the kernel of layer 'dense_1' holds 1 infinite of 16 numbers; a smaller"):
        model.fit(x, y, verbose=0)
    model = network(optimizer=nn.optimizers.SGD(1e30))
    with pytest.raises(NotANumber, match="batch [12] the loss became (nan|inf): the (kernel|bias|output) of layer"):
        model.fit(x, y, epochs=50, verbose=0)


def test_checkpoints_are_written(tmp_path):
    x, y = samples()
    model = network()
    checkpoint = ModelCheckpoint(tmp_path / "net-{epoch:02d}-{loss:.1f}.npz")
    model.fit(x, y, epochs=2, verbose=0, callbacks=[checkpoint])
    assert [path.name[:7] for path in sorted(tmp_path.iterdir())] == ["net-01-", "net-02-"]
    with pytest.raises(ValueError, match="names 'val_loss', but the logs have: epoch, accuracy, loss"):
        model.fit(x, y, verbose=0, callbacks=ModelCheckpoint(tmp_path / "{val_loss}.npz"))


def test_lines_and_bars(capsys, monkeypatch):
    clock = iter(range(0, 1000, 7))  # a busy machine may take longer than the bars need
    monkeypatch.setattr(progress, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    x, y = samples()
    network().fit(x, y, epochs=2, verbose=2)
    out = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in out] == ["Epoch 1/2", "Epoch 2/2"] and "accuracy 0." in out[1]

    class Slow(Callback):  # bars are drawn ten times a second
        def on_train_batch_end(self, batch, logs=None):
            time.sleep(0.15)

    network().fit(x, y, batch_size=10, epochs=2, validation_split=0.25, callbacks=Slow())
    found = capsys.readouterr()
    assert "Epoch 2/2:  67%" in found.err and "2/3" in found.err and "accuracy=0." in found.err and "loss=0." in found.err
    assert max(len(line) for line in found.err.replace("\n", "\r").split("\r")) <= 80
    assert "Epoch 2/2: 7 s, loss " in found.out and "val_accuracy 0." in found.out
    network().fit(x, y, verbose=0)
    assert capsys.readouterr() == ("", "")


def test_a_generator_that_ends_early_ends_training():
    x, y = samples(16)
    batches = iter([(x, y)] * 3)
    with pytest.warns(UserWarning, match="training ends before epoch 2: the iterator gives no more batches"):
        history = network().fit(batches, epochs=4, verbose=0)
    assert history.epoch == [0] and not history.interrupted


def test_threads_that_predict_with_one_model_wait_for_each_other():
    from concurrent.futures import ThreadPoolExecutor

    x, _ = samples(200)
    model = network()
    parts = [x[start : start + 10] for start in range(0, 200, 10)]
    expected = [model.predict(part, verbose=0) for part in parts]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(20):
            found = list(pool.map(lambda part: model.predict(part, verbose=0), parts))
            assert all(np.array_equal(one, other) for one, other in zip(expected, found, strict=True))


def test_an_optimizer_is_one_models():
    optimizer = nn.optimizers.Adam()
    model = network(optimizer=optimizer)
    model.compile(optimizer, "mse")
    with pytest.raises(ValueError, match=r"this Adam belongs to another model, .* make a new one: Adam\(\.\.\.\)"):
        network(optimizer=optimizer)


def test_settings_of_an_optimizer_are_checked_when_they_change():
    x, y = samples()
    model = network(optimizer="sgd")
    model.fit(x, y, verbose=0)
    with pytest.raises(ValueError, match="learning_rate of an optimizer is a number from 0 on, not '0.1'"):
        model.optimizer.learning_rate = "0.1"
    model.optimizer.momentum = 0.9
    model.fit(x, y, verbose=0)
    assert sorted(model.optimizer.state["dense/kernel"]) == ["velocity"]


def test_weights_that_are_changed_by_hand_serve_at_once():
    x, y = samples()
    model = network()
    before = model.predict(x, verbose=0)
    loss = model.evaluate(x, y, verbose=0)[0]
    model.layers[0].kernel[...] *= 2
    assert not np.array_equal(before, model.predict(x, verbose=0)) and model.evaluate(x, y, verbose=0)[0] != loss
    weights = model.get_weights()

    class Reset(Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.set_weights(weights)

    model.compile(nn.optimizers.SGD(0.0), "sparse_categorical_crossentropy")
    history = model.fit(x, y, batch_size=40, epochs=3, shuffle=False, verbose=0, callbacks=Reset())
    assert len(set(history.history["loss"])) == 1


def test_a_large_prediction_leaves_the_memory_for_training_small():
    x, y = samples(400)
    model = network()
    model.train_on_batch(x[:8], y[:8])
    size = model._engine.current.executors["train"].arena.nbytes
    model.predict_on_batch(x)
    model.train_on_batch(x[:8], y[:8])
    assert model._engine.current.executors["train"].arena.nbytes == size


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "labels, message",
    [
        (lambda y: y + 1, r"label 2 is not one of 0 to 1; the last layer has 2 units, one a class"),
        (lambda y: y - 1, r"label -1 is not one of 0 to 1"),
        (lambda y: y[:-1], r"x has 40 samples and y has 39"),
        (lambda y: y + 0.5, r"takes whole numbers as labels; 0.5 is among them|1.5 is among them"),
        (lambda y: np.eye(2)[y], r"takes labels of shape \('n',\); these are \(40, 2\); for rows use 'categorical_cross"),
        (lambda y: y.astype(str), r"must be numbers; it is of dtype"),
        (lambda y: None, "y is missing"),
    ],
)
def test_labels_that_do_not_fit(labels, message):
    x, y = samples()
    model = network()
    before = model.get_weights()
    with pytest.raises((ValueError, TypeError), match=message):
        model.fit(x, labels(y), verbose=0)
    assert all(np.array_equal(one, other) for one, other in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize(
    "inputs, message",
    [
        (lambda x: x[:, :5], r"takes x of shape \('n', 6\); it is \(40, 5\)"),
        (lambda x: x[0], r"it is \(6,\); a single sample needs an axis of samples in front: x\[None\]"),
        (lambda x: x[:0], r"x is empty: its shape is \(0, 6\)"),
        (lambda x: x.astype(complex), "x must be numbers; it is of dtype complex64|complex128"),
        (lambda x: x.astype(object), "x must be numbers; it is of dtype object"),
        (lambda x: [[1, 2], [3]], "x is no array of numbers"),
    ],
)
def test_inputs_that_do_not_fit(inputs, message):
    x, y = samples()
    given = inputs(x)
    with pytest.raises((ValueError, TypeError), match=message):
        network().fit(given, y[: len(given)], verbose=0)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"batch_size": 41}, "batch_size is 41, but there are only 40 samples; use batch_size=40 or less"),
        ({"batch_size": 0}, "batch_size is 0; expected a whole number of at least 1"),
        ({"batch_size": 2.0}, "batch_size is 2.0; expected a whole number of at least 1"),
        ({"epochs": -1}, "epochs is -1; expected a whole number of at least 0"),
        ({"validation_split": 1.5}, "validation_split is a share between 0 and 1, not 1.5"),
        ({"validation_split": 0.999}, "leaves nothing for one of the two parts"),
        ({"validation_data": 3}, r"validation_data is a pair \(x, y\)"),
        ({"batch_size": 32, "steps_per_epoch": 3}, "steps_per_epoch is 3, but 40 samples give 2 batches of 32"),
        ({"verbose": 3}, "verbose is 0"),
        ({"shuffle": "batch"}, "shuffle is True or False, not 'batch'"),
        ({"validation_split": 0.5, "validation_batch_size": 2.5}, "validation_batch_size is 2.5; expected a whole number"),
    ],
)
def test_settings_of_fit_that_make_no_sense(settings, message):
    x, y = samples()
    with pytest.raises((ValueError, TypeError), match=message):
        network().fit(x, y, **{"verbose": 0} | settings)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"optimizer": "adma"}, "no optimizer 'adma'; did you mean 'adam'"),
        ({"loss": "crossentropy"}, "no loss 'crossentropy'; did you mean 'binary_crossentropy'|'categorical"),
        ({"loss": None}, "compile needs a loss"),
        ({"metrics": ["acuracy"]}, "no metric 'acuracy'; did you mean 'accuracy'"),
        ({"device": "gpu"}, "no device 'gpu'"),
        ({"optimizer": 3}, "optimizer must be a name"),
    ],
)
def test_unknown_names(settings, message):
    with pytest.raises((ValueError, TypeError), match=message):
        network(**settings)


def test_a_model_that_was_not_compiled_says_so():
    x, y = samples()
    model = Sequential([Dense(2, input_shape=(6,))])
    with pytest.raises(RuntimeError, match="fit needs a loss: call compile"):
        model.fit(x, y)
    assert model.predict(x, verbose=0).shape == (40, 2)


def test_a_generator_that_ends_too_soon_says_so():
    x, y = samples()
    ended = iter([])
    with pytest.raises(ValueError, match="the iterator gave no batches"):
        network().fit(ended, steps_per_epoch=2, verbose=0)
    with pytest.raises(TypeError, match=r"gives pairs \(x, y\); it gave ndarray"):
        network().fit(iter([x]), verbose=0)
    with pytest.raises(ValueError, match="leave y out"):
        network().fit(iter([(x, y)]), y, verbose=0)


def test_several_inputs():
    a, b = Input((3,)), Input((4,))
    model = Model([a, b], Dense(1)(nn.Concatenate()([a, b])))
    model.compile("sgd", "mse")
    random = np.random.default_rng(0)
    x = [random.random((8, 3)), random.random((8, 4))]
    history = model.fit(x, x[0].sum(axis=1), epochs=20, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    with pytest.raises(ValueError, match="the model has 2 inputs .* x must be a list of 2 arrays"):
        model.predict(x[0])
    with pytest.raises(ValueError, match=r"have \[8, 7\] samples"):
        model.predict([x[0], x[1][:7]])


def test_images_without_the_axis_of_one_channel_are_taken():
    model = Sequential([nn.Conv2D(2, 3, input_shape=(8, 8, 1)), Flatten(), Dense(2)])
    x = np.random.default_rng(0).random((3, 8, 8))
    assert np.array_equal(model.predict(x, verbose=0), model.predict(x[..., None], verbose=0))
