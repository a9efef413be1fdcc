"""Callbacks hear of everything that Keras tells them of, in its order, with its arguments."""

import numpy as np
import pytest

from convviz.nn import Dense, Sequential, set_random_seed
from convviz.nn.callbacks import Callback, History, LambdaCallback, LearningRateScheduler, ReduceLROnPlateau

RUNS = ("train", "test", "predict")
HOOKS = [f"on_{run}_{when}" for run in RUNS for when in ("begin", "end", "batch_begin", "batch_end")]
HOOKS += ["on_epoch_begin", "on_epoch_end", "on_batch_begin", "on_batch_end", "set_model", "set_params"]


def network():
    set_random_seed(1)
    model = Sequential([Dense(2, activation="softmax", input_shape=(3,))])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], device="cpu")
    return model


def samples(count=10):
    x = np.random.default_rng(0).standard_normal((count, 3)).astype(np.float32)
    return x, (x.sum(axis=1) > 0).astype(np.int64)


class Seen(Callback):
    """Keeps each call: its name, the number and the names of the logs."""

    def __init__(self):
        self.events = []

    def __getattribute__(self, name):
        found = super().__getattribute__(name)
        if name not in HOOKS or name.startswith("set_"):
            return found

        def method(*given, **named):
            logs = named["logs"] if named else given[-1]
            self.events.append((name, *(value for value in given if value is not logs), *sorted(logs)))
            return found(*given, **named)

        return method


def test_all_hooks_of_a_training_in_keras_s_order():
    x, y = samples()
    seen = Seen()
    network().fit(x, y, batch_size=4, epochs=1, validation_split=0.2, validation_batch_size=1, verbose=0, callbacks=seen)
    logs = ("accuracy", "loss")
    step = [("on_train_batch_begin", 0), ("on_batch_begin", 0), ("on_train_batch_end", 0, *logs), ("on_batch_end", 0, *logs)]
    assert seen.events == [
        ("on_train_begin",),
        ("on_epoch_begin", 0),
        *step,
        *((name, 1, *rest) for name, _, *rest in step),
        ("on_test_begin",),
        ("on_test_batch_begin", 0),
        ("on_test_batch_end", 0, *logs),
        ("on_test_batch_begin", 1),
        ("on_test_batch_end", 1, *logs),
        ("on_test_end", *logs),
        ("on_epoch_end", 0, *logs, "val_accuracy", "val_loss"),
        ("on_train_end", *logs, "val_accuracy", "val_loss"),
    ]


def test_all_hooks_of_an_evaluation_and_a_prediction():
    x, y = samples(5)
    for call, run, logs in ((network().evaluate, "test", ("accuracy", "loss")), (network().predict, "predict", ("outputs",))):
        seen = Seen()
        call(*((x, y) if run == "test" else (x,)), batch_size=3, verbose=0, callbacks=[seen])
        assert seen.events == [
            (f"on_{run}_begin",),
            *((f"on_{run}_batch_{when}", batch, *end) for batch in (0, 1) for when, end in (("begin", ()), ("end", logs))),
            (f"on_{run}_end", *(logs if run == "test" else ())),
        ]
        assert seen.params == {"epochs": 1, "steps": 2, "verbose": 0}


def test_a_history_of_losses_as_the_books_write_it():
    class LossHistory(Callback):
        def on_train_begin(self, logs={}):  # noqa: B006, as it stands in Keras's documentation
            self.losses = []

        def on_batch_end(self, batch, logs={}):  # noqa: B006
            self.losses.append(logs.get("loss"))

    x, y = samples()
    losses = LossHistory()
    history = network().fit(x, y, batch_size=4, epochs=2, verbose=0, callbacks=[losses])
    assert len(losses.losses) == 6 and losses.losses[2::3] == history.history["loss"]


def test_logs_of_batches_are_means_so_far():
    x, y = samples()
    found = []
    keep = LambdaCallback(on_test_batch_end=lambda batch, logs: found.append(logs["loss"]))
    model = network()
    model.evaluate(x, y, batch_size=4, verbose=0, callbacks=[keep])
    assert found == pytest.approx([model.evaluate(x[:end], y[:end], verbose=0)[0] for end in (4, 8, 10)], rel=1e-6)


def test_outputs_of_batches_are_those_of_the_prediction():
    x, _ = samples()
    kept = []
    keep = LambdaCallback(on_predict_batch_end=lambda batch, logs: kept.append(logs["outputs"]))
    result = network().predict(x, batch_size=4, verbose=0, callbacks=[[keep]])
    assert [len(part) for part in kept] == [4, 4, 2] and np.array_equal(np.concatenate(kept), result)


def test_weights_that_a_hook_changes_serve_the_next_batch():
    x, y = samples(6)
    model = network()
    zeros = [np.zeros_like(array) for array in model.get_weights()]
    change = lambda batch, logs: model.set_weights(zeros)  # noqa: E731
    result = model.predict(x, batch_size=3, verbose=0, callbacks=LambdaCallback(on_predict_batch_end=change))
    assert (result[3:] == 0.5).all() and (result[:3] != 0.5).any()
    model = network()
    first = model.evaluate(x[:3], y[:3], verbose=0)[0]
    mixed = model.evaluate(x, y, batch_size=3, verbose=0, callbacks=LambdaCallback(on_test_batch_end=change))[0]
    assert mixed == pytest.approx((first + np.log(2)) / 2, rel=1e-6)


# ------------------------------------------------------------ how runs end


@pytest.mark.parametrize("hook", ["on_train_begin", "on_epoch_begin", "on_batch_begin", "on_batch_end", "on_test_begin"])
def test_training_that_is_stopped_anywhere_ends_its_epoch_after_the_batch(hook):
    x, y = samples()

    class Stop(Callback):
        def __init__(self):
            setattr(self, hook, self.stop)

        def stop(self, *given, logs=None):
            self.model.stop_training = True

    seen, model = Seen(), network()
    history = model.fit(x, y, batch_size=4, epochs=3, validation_data=(x, y), verbose=0, callbacks=[Stop(), seen])
    steps = 3 if hook == "on_test_begin" else 1
    assert model.optimizer.iterations == steps and history.epoch == [0] and "val_loss" in history.history
    assert [event[0] for event in seen.events].count("on_batch_end") == steps
    assert [event[0] for event in seen.events][-2:] == ["on_epoch_end", "on_train_end"]
    assert model.fit(x, y, batch_size=4, verbose=0).epoch == [0] and model.optimizer.iterations == steps + 3


@pytest.mark.parametrize("last", [0, 1])
def test_an_epoch_of_what_gives_batches_is_cut_short_after_the_batch(last):
    x, y = samples(12)
    batches = [(x[start : start + 4], y[start : start + 4]) for start in (0, 4, 8)]
    for give in (iter, lambda parts: (part for part in parts)):
        model = network()
        stop = LambdaCallback(
            on_train_batch_end=lambda batch, logs, model=model: setattr(model, "stop_training", batch == last)
        )
        assert model.fit(give(batches), epochs=3, verbose=0, callbacks=stop).epoch == [0]
        assert model.optimizer.iterations == last + 1


def test_the_loss_of_an_epoch_cut_short_is_that_of_its_batches():
    x, y = samples(12)
    model = network()
    model.optimizer.learning_rate = 0.0
    stop = LambdaCallback(on_train_batch_end=lambda batch, logs: setattr(model, "stop_training", batch == 1))
    history = model.fit(x, y, batch_size=4, epochs=5, shuffle=False, verbose=0, callbacks=stop)
    assert history.history["loss"] == pytest.approx([model.evaluate(x[:8], y[:8], verbose=0)[0]], rel=1e-6)


def test_evaluation_and_prediction_can_be_stopped():
    x, y = samples()
    model = network()
    stop = LambdaCallback(on_test_batch_end=lambda batch, logs: setattr(model, "stop_evaluating", True))
    first = model.evaluate(x, y, batch_size=4, verbose=0, callbacks=stop)
    assert first == model.evaluate(x[:4], y[:4], verbose=0) != model.evaluate(x, y, batch_size=4, verbose=0)
    stop = LambdaCallback(on_predict_batch_end=lambda batch, logs: setattr(model, "stop_predicting", batch == 1))
    assert np.array_equal(
        model.predict(x, batch_size=4, verbose=0, callbacks=stop), model.predict(x[:8], verbose=0, batch_size=4)
    )
    assert len(model.predict(x, batch_size=4, verbose=0)) == 10


@pytest.mark.parametrize("hook", HOOKS)
def test_an_error_in_a_hook_leaves_the_run(hook):
    def fail(*given, **named):
        raise ZeroDivisionError(hook)

    x, y = samples()
    model = network()
    with pytest.raises(ZeroDivisionError, match=hook):
        if "predict" in hook:
            model.predict(x, verbose=0, callbacks=[LambdaCallback(**{hook: fail})])
        else:
            model.fit(x, y, validation_data=(x, y), verbose=0, callbacks=[LambdaCallback(**{hook: fail})])
    assert model.fit(x, y, verbose=0).epoch == [0] and len(model.predict(x, verbose=0)) == 10


def test_callbacks_hear_of_the_end_of_a_training_that_an_error_ended():
    def fail(batch, logs):
        raise ZeroDivisionError

    x, y = samples()
    seen = Seen()
    with pytest.raises(ZeroDivisionError):
        network().fit(x, y, verbose=0, callbacks=[seen, LambdaCallback(on_train_batch_end=fail)])
    assert seen.events[-1] == ("on_train_end",)


# ------------------------------------------------------------ order, and the history


def test_the_history_hears_of_an_epoch_after_the_callbacks():
    x, y = samples()
    known = []

    class Look(Callback):
        def on_epoch_end(self, epoch, logs=None):
            known.append((list(self.model.history.epoch), len(self.model.history.history.get("loss", []))))
            logs["own"] = float(epoch)

    history = network().fit(x, y, epochs=3, verbose=0, callbacks=[Look()])
    assert known == [([], 0), ([0], 1), ([0, 1], 2)] and history.history["own"] == [0.0, 1.0, 2.0]


def test_callbacks_are_called_in_the_order_in_which_they_are_given():
    x, y = samples()
    called = []
    each = [LambdaCallback(on_epoch_end=lambda epoch, logs, name=name: called.append(name)) for name in "abc"]
    network().fit(x, y, verbose=0, callbacks=[each[0], [each[1], each[2]]])
    assert called == ["a", "b", "c"]


def test_a_history_that_is_given_is_the_one():
    x, y = samples()
    model, own = network(), History()
    assert model.fit(x, y, epochs=2, verbose=0, callbacks=[own]) is own is model.history
    assert own.epoch == [0, 1] and len(own.history["loss"]) == 2
    model.fit(x, y, epochs=3, initial_epoch=2, verbose=0, callbacks=[own])  # as in Keras, values are added
    assert own.epoch == [2] and len(own.history["loss"]) == 3


@pytest.mark.parametrize("given, epochs", [(2, [1, 3]), ([1, 4], [0, 3]), ((3,), [2]), ([9], [])])
def test_validation_after_some_epochs(given, epochs):
    x, y = samples()
    seen = Seen()
    history = network().fit(x, y, epochs=4, validation_data=(x, y), validation_freq=given, verbose=0, callbacks=seen)
    validated = [event[1] for event in seen.events if event[0] == "on_epoch_end" and "val_loss" in event]
    assert validated == epochs and len(history.history.get("val_loss", [])) == len(epochs)


@pytest.mark.parametrize("given", [0, [0], "2", 1.5, [True]])
def test_epochs_to_validate_after_that_make_no_sense(given):
    x, y = samples()
    with pytest.raises((TypeError, ValueError), match="validation_freq is"):
        network().fit(x, y, validation_data=(x, y), validation_freq=given, verbose=0)


# ------------------------------------------------------------ callbacks of functions, and of the learning rate


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"on_epoch_ends": print}, r"callbacks have no 'on_epoch_ends'; did you mean 'on_epoch_end'\? They have: "),
        ({"on_epoch_end": 3}, "on_epoch_end of LambdaCallback is a function, not 3"),
    ],
)
def test_functions_that_could_not_be_called(settings, message):
    with pytest.raises(TypeError, match=message):
        LambdaCallback(**settings)


def test_a_schedule_sets_the_rate_of_each_epoch(capsys):
    x, y = samples()
    for schedule in (lambda epoch: 0.5**epoch, lambda epoch, rate: rate / 2 if epoch else 1.0):
        model = network()
        history = model.fit(x, y, epochs=3, verbose=0, callbacks=LearningRateScheduler(schedule, verbose=1))
        assert history.history["learning_rate"] == [1.0, 0.5, 0.25] and model.optimizer.learning_rate == 0.25
        assert capsys.readouterr().out.splitlines()[1] == "Epoch 2: learning rate 0.5"
    for wrong in (lambda epoch: None, lambda epoch: np.nan, lambda epoch: -1.0):
        with pytest.raises(ValueError, match="LearningRateScheduler gave|learning_rate of an optimizer is a number from 0 on"):
            network().fit(x, y, verbose=0, callbacks=LearningRateScheduler(wrong))
    with pytest.raises(TypeError, match="schedule of LearningRateScheduler is a function of the epoch, not 0.1"):
        LearningRateScheduler(0.1)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"factor": 1.0}, "factor is 1.0; expected a number between 0 and 1"),
        ({"factor": 0}, "factor is 0; expected a number between 0 and 1"),
        ({"min_lr": -1}, "min_lr is -1; expected a number from 0 on"),
        ({"cooldown": -1}, "cooldown is -1"),
        ({"patience": 1.5}, "patience is 1.5"),
        ({"epsilon": 0.1}, r"has no setting 'epsilon'; did you mean 'min_delta'\? Keras 1 calls it epsilon"),
        ({"monitor": 3}, "monitor of ReduceLROnPlateau is a name"),
    ],
)
def test_settings_of_a_plateau_that_make_no_sense(settings, message):
    with pytest.raises((TypeError, ValueError), match=message):
        ReduceLROnPlateau(**settings)
