"""The same calls and callbacks in Keras 3 and here: what is taken, which batches run, what callbacks hear, what results.

`tests/helpers/keras_calls.py` makes as many random calls as one likes.
"""

import keras_calls
import numpy as np
import pytest

from convviz.nn import callbacks as ours

# of Keras, which reads the arrays of JAX so
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

#: Of random calls, some that between them have every kind of x, run, validation and action.
CALLS = range(3000, 3008)
SEQUENCES = range(150)


@pytest.fixture(scope="module")
def keras():
    pytest.importorskip("torch")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "jax")
        yield pytest.importorskip("keras")


@pytest.mark.parametrize("seed", CALLS)
def test_a_random_call_does_the_same(seed, keras):
    assert keras_calls.difference(keras_calls.call_for(seed)) in ("", *keras_calls.DOCUMENTED)


def test_differences_are_seen(keras, monkeypatch):
    call = {
        **{"seed": 0, "kind": "fit", "network": "softmax", "samples": 6, "x": "arrays", "metrics": True, "batch": 2},
        **{"weights": None, "validation": None, "act": ("history", 0), "settings": {"batch_size": 4, "shuffle": False}},
    }
    assert keras_calls.difference(call) == ""
    theirs, right = (keras_calls.made(call, library) for library in ("keras", "ours"))
    kind, number, logs = right.events[-1]
    for change, words in (
        ({"events": right.events[:-1]}, "events: "),
        ({"events": [*right.events[:-1], (kind, number, {"loss": logs["loss"]})]}, "events: "),
        ({"events": [*right.events[:-1], (kind, number, logs | {"loss": logs["loss"] * 1.001})]}, "logs of "),
        ({"result": right.result | {"loss": right.result["loss"] * 1.001}}, "loss: "),
        ({"result": {}}, "results: "),
        ({"weights": [array + 1e-3 for array in right.weights]}, "weights"),
        ({"error": "ValueError: something"}, "errors: None / ValueError"),
    ):
        outcomes = {"keras": theirs, "ours": right._replace(**change)}
        monkeypatch.setattr(keras_calls, "made", lambda call, library, outcomes=outcomes: outcomes[library])
        assert keras_calls.difference(call).startswith(words)


# ------------------------------------------------------------ callbacks that watch a value


class Rate:
    learning_rate = 1.0


class Stub:
    """What callbacks see of a model: weights are the number of the epoch."""

    def __init__(self):
        self.epoch, self.stop_training, self.optimizer, self.saved, self.metrics, self.restored = 0, False, Rate(), [], [], None

    def get_weights(self):
        return [np.array(self.epoch)]

    def set_weights(self, weights):
        self.restored = int(weights[0])

    def save(self, path, **options):
        self.saved.append((self.epoch, str(path).rpartition(".")[0]))


def driven(callback, sequence):
    """The state of a callback and of the stub after each epoch of a sequence of logs, and at the end."""
    model, states = Stub(), []
    callback.set_model(model)
    callback.set_params({"epochs": len(sequence)})
    callback.on_train_begin({})
    for epoch, logs in enumerate(sequence):
        model.epoch = epoch
        callback.on_epoch_begin(epoch, {})
        callback.on_epoch_end(epoch, dict(logs))
        names = ("best", "wait", "stopped_epoch", "cooldown_counter")
        state = [getattr(callback, name) for name in names if hasattr(callback, name)]
        states.append((*state, model.stop_training, model.optimizer.learning_rate, len(model.saved)))
        if model.stop_training:
            break
    callback.on_train_end({})
    return states, model.restored, model.saved


def sequence_for(random, monitor):
    """Logs of epochs, with values in eighths: ties are frequent, and float32 holds them, in which Keras compares."""
    start, count = random.integers(0, 16), random.integers(1, 12)
    steps = random.integers(-2, 3, count) if random.random() < 0.7 else random.integers(-8, 9, count)
    values = (start + np.cumsum(steps)) / 8
    if random.random() < 0.1:
        values[random.integers(count)] = np.nan
    return [{monitor: float(value), "other": 0.0} for value in values]


def settings_for(random, name):
    """Random settings of a callback."""

    def pick(*choices):
        return choices[random.integers(len(choices))]

    settings = {"monitor": pick("loss", "val_loss", "accuracy", "val_accuracy"), "mode": pick("min", "max", "auto")}
    if name == "ModelCheckpoint":
        return settings | {"save_best_only": pick(True, True, False), "initial_value_threshold": pick(None, None, 1.0)}
    settings |= {"min_delta": pick(0, 0.125, 0.25, -0.125), "patience": int(random.integers(0, 4))}
    if name == "ReduceLROnPlateau":
        return settings | {"factor": 0.5, "cooldown": int(random.integers(0, 4)), "min_lr": pick(0, 0.25, 0.375)}
    settings |= {"baseline": pick(None, None, 0.5, 1.0, 2.0), "restore_best_weights": pick(True, False)}
    return settings | {"start_from_epoch": pick(0, 0, 1, 3)}


@pytest.mark.filterwarnings("ignore:Can save best model only")
@pytest.mark.parametrize("name", ["EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint"])
def test_a_callback_decides_as_in_keras(name, keras):
    """min_delta, baseline, mode, patience, cooldown, start_from_epoch, ties, NaN, the weights restored, the epochs saved."""
    for seed in SEQUENCES:
        random = np.random.default_rng(seed)
        settings = settings_for(random, name)
        sequence = sequence_for(random, settings["monitor"])
        # Keras reads from the metrics of a compiled model which is better; here names say so
        theirs = settings | {"mode": "max" if settings["mode"] == "auto" and "acc" in settings["monitor"] else settings["mode"]}
        path = (["net-{epoch}.npz"], ["net-{epoch}.keras"]) if name == "ModelCheckpoint" else ([], [])
        found = driven(getattr(ours, name)(*path[0], **settings), sequence)
        expected = driven(getattr(keras.callbacks, name)(*path[1], **theirs), sequence)
        np.testing.assert_equal(found, expected, err_msg=f"{settings} {sequence}")


@pytest.mark.parametrize("monitor", ["accuracy", "val_accuracy", "loss", "val_loss", "mean_absolute_error"])
def test_auto_is_the_direction_that_keras_knows(monitor, keras):
    """With a compiled model of Keras, which knows for its metrics."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["accuracy", "mean_absolute_error"])
    model.evaluate(np.ones((2, 1)), np.ones((2, 1)), verbose=0)  # metrics are there then
    theirs, mine = keras.callbacks.EarlyStopping(monitor), ours.EarlyStopping(monitor)
    theirs.set_model(model)
    theirs._set_monitor_op()
    assert mine._improves(1.0, 2.0) == bool(theirs._is_improvement(1.0, 2.0)) != mine._improves(2.0, 1.0)


def test_keras_and_convviz_ask_for_the_mode_of_what_they_do_not_know(keras):
    theirs, mine = keras.callbacks.EarlyStopping("f1"), ours.EarlyStopping("f1")
    theirs.set_model(Stub())
    with pytest.raises(ValueError, match="Pass `mode='max'`"):
        theirs._set_monitor_op()
    with pytest.raises(ValueError, match="watches 'f1'; give mode='max' if more of it is better, or mode='min'"):
        mine.check(["loss", "f1"])
    ours.EarlyStopping("f1", mode="max").check(["loss", "f1"])
