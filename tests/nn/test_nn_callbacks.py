"""Callbacks: what could not work raises an error before training."""

import math
import os
import sys

import numpy as np
import pytest

from convviz.nn import Activation, LivePlot, Sequential
from convviz.nn.callbacks import Callback, EarlyStopping, ModelCheckpoint

NAMES = ["loss", "accuracy"]
VALIDATED = [*NAMES, "val_loss", "val_accuracy"]


def refusal(callback, names, error=ValueError, params=None):
    """What a callback says of names in logs before training."""
    callback.set_params(params or {})
    with pytest.raises(error) as caught:
        callback.check(names)
    return str(caught.value)


def fitted(callbacks, **options):
    """Train a model that has nothing to train."""
    model = Sequential([Activation("linear", input_shape=(1,))])
    model.compile("sgd", "mean_squared_error")
    x, y = np.ones((4, 1)), np.full((4, 1), 3.0)
    return model.fit(x, y, verbose=0, callbacks=callbacks, **options)


# ------------------------------------------------------------ early stopping


def test_a_name_that_is_wrong_has_the_nearest_right_one():
    message = refusal(EarlyStopping("val_los"), VALIDATED)
    assert message.startswith("EarlyStopping watches 'val_los'; did you mean 'val_loss'?") and "give fit" not in message
    assert message.endswith("There are: accuracy, loss, val_accuracy, val_loss")


@pytest.mark.parametrize("callback", [EarlyStopping(), ModelCheckpoint("net.npz", save_best_only=True)])
def test_without_validation_it_is_asked_for(callback):
    message = refusal(callback, NAMES)
    assert "watches 'val_loss'; give fit validation_data or validation_split. There are: accuracy, loss" in message
    callback.check(VALIDATED)


def test_training_does_not_begin_where_a_callback_cannot_work(tmp_path):
    class Seen(Callback):
        batches = 0

        def on_train_batch_end(self, batch, logs=None):
            self.batches += 1

    for wrong in (EarlyStopping(), EarlyStopping("los"), ModelCheckpoint(tmp_path / "{los}.npz")):
        seen = Seen()
        with pytest.raises(ValueError, match="give fit validation_data|did you mean 'loss'"):
            fitted([seen, wrong])
        assert not seen.batches
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"patience": 1.5}, TypeError, r"patience is 1\.5; expected a whole number of at least 0"),
        ({"patience": -1}, ValueError, "patience is -1; expected a whole number of at least 0"),
        ({"patience": True}, TypeError, "patience is True; expected a whole number"),
        ({"start_from_epoch": "2"}, TypeError, "start_from_epoch is '2'; expected a whole number"),
        ({"min_delta": "0.1"}, TypeError, "min_delta is a number, not '0.1'"),
        ({"min_delta": math.nan}, ValueError, "min_delta is a finite number, not nan"),
        ({"baseline": True}, TypeError, "baseline is a number, not True"),
        ({"baseline": [1]}, TypeError, r"baseline is a number, not \[1\]"),
        ({"monitor": None}, TypeError, "monitor of EarlyStopping is a name in the logs such as 'val_loss', not None"),
        ({"mode": "less"}, ValueError, "mode is 'auto', 'min' or 'max', not 'less'"),
    ],
)
def test_settings_that_make_no_sense(settings, error, message):
    with pytest.raises(error, match=message):
        EarlyStopping(**settings)


def test_numbers_of_numpy_are_settings():
    stop = EarlyStopping(patience=np.int64(2), min_delta=np.float32(-0.5), baseline=np.float64(1))
    assert (stop.patience, stop.min_delta, stop.baseline) == (2, 0.5, 1.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EarlyStopping(patiance=1), r"EarlyStopping has no .* 'patiance'; did you mean 'patience'\? It has: monitor"),
        (lambda: EarlyStopping(restore_best=True), "did you mean 'restore_best_weights'"),
        (lambda: ModelCheckpoint("net.npz", save_best=True), "ModelCheckpoint has no setting 'save_best'; .*'save_best_only'"),
        (lambda: ModelCheckpoint("net.npz", save_weights_only=True), "it always saves the whole model, so leave it out"),
        (lambda: ModelCheckpoint("net.npz", save_freq="epoch"), "it saves after epochs, so leave it out"),
        (lambda: LivePlot(filter=True), "LivePlot has no setting 'filter'; did you mean 'filters'"),
    ],
)
def test_settings_that_there_are_not(make, message):
    with pytest.raises(TypeError, match=message):
        make()


# ------------------------------------------------------------ checkpoints


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("{.npz", "cannot be filled in (expected '}' before end of string); write fields as in 'net-{epoch:02d}.npz'"),
        ("{0}.npz", "cannot be filled in (Replacement index 0 out of range for positional args tuple); write fields as in"),
        ("{}.npz", "cannot be filled in (Replacement index 0 out of range for positional args tuple); write fields as in"),
        ("{loss:02d}.npz", "cannot be filled in (Unknown format code 'd' for object of type 'float'); write fields as in"),
        ("{loss.mean}.npz", "cannot be filled in ('float' object has no attribute 'mean'); write fields as in"),
        ("{val_los}.npz", "names 'val_los', but the logs have: epoch, accuracy, loss, val_accuracy, val_loss; did you mean"),
        ("{epochs}.npz", "; did you mean 'epoch'?"),
    ],
)
def test_patterns_that_cannot_be_filled(pattern, words, tmp_path):
    message = refusal(ModelCheckpoint(tmp_path / pattern), VALIDATED)
    assert message.startswith(f"filepath {str(tmp_path / pattern)!r} ") and words in message


def test_a_pattern_with_values_of_validation_needs_it(tmp_path):
    checkpoint = ModelCheckpoint(tmp_path / "{epoch:02d}-{val_loss:.2f}.npz")
    checkpoint.check(VALIDATED)
    assert refusal(checkpoint, NAMES).endswith("have: epoch, accuracy, loss; give fit validation_data or validation_split.")


def test_epochs_without_validation_cannot_fill_in_its_values(tmp_path):
    path = tmp_path / "{val_loss:.2f}.npz"
    assert "names 'val_loss'" in refusal(ModelCheckpoint(path), VALIDATED, params={"validation_freq": 2})
    best = ModelCheckpoint(path, save_best_only=True)
    best.set_params({"validation_freq": 2})
    best.check(VALIDATED)
    fitted([best], epochs=4, validation_data=([[1.0]], [[3.0]]), validation_freq=2)
    assert os.listdir(tmp_path) == ["4.00.npz"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    folder = tmp_path / "missing"
    message = refusal(ModelCheckpoint(folder / "net.npz"), NAMES, FileNotFoundError)
    assert message == f"there is no folder {str(folder)!r} for the files of ModelCheckpoint; make it first"
    assert not folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="of the files of Linux, in which not even root can write")
def test_a_folder_that_cannot_be_written_is_named():
    message = refusal(ModelCheckpoint("/proc/net.npz"), NAMES, OSError)
    assert message.startswith("ModelCheckpoint cannot write into the folder '/proc' (")


def test_checking_leaves_nothing_in_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / "{epoch}.npz", "{epoch}-{loss}.npz"):
        ModelCheckpoint(path).check(NAMES)
    assert not os.listdir(tmp_path)
