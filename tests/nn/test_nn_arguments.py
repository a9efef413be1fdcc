"""Arguments of `fit`, `evaluate`, `predict` and `compile`: Keras's are taken, and other names are answered with ours."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convviz.nn import Dense, Sequential, callbacks, optimizers, set_random_seed
from convviz.nn.training import arguments


def network(loss="sparse_categorical_crossentropy", units=2, **settings):
    set_random_seed(1)
    model = Sequential([Dense(units, activation="softmax" if units > 1 else None, input_shape=(3,))])
    model.compile(optimizers.SGD(0.1), loss, device="cpu", **settings)
    return model


def samples(count=10):
    x = np.random.default_rng(0).standard_normal((count, 3)).astype(np.float32)
    return x, (x.sum(axis=1) > 0).astype(np.int64)


def test_the_name_of_keras_1_is_answered():
    x, y = samples()
    with pytest.raises(TypeError) as caught:
        network().fit(x, y, nb_epoch=3)
    assert str(caught.value) == "fit has no argument 'nb_epoch'; it is called epochs; Keras 1 calls it nb_epoch"


def call(name, **settings):
    x, y = samples()
    method = getattr(network(), name)
    return method(**settings) if name == "compile" else method(x, *([y] if name != "predict" else []), verbose=0, **settings)


@pytest.mark.parametrize("name", arguments.KNOWN)
@pytest.mark.parametrize("other", [*arguments.OTHERS, *arguments.INSTEAD, "epohcs", "xyz"])
def test_every_other_name_gets_a_sentence(name, other):
    if other in arguments.KNOWN[name]:
        return
    with pytest.raises(TypeError, match=f"{name} has no argument '{other}'(; it is called |: |; did you mean |\\. It has: )"):
        call(name, **{other: 1})


@pytest.mark.parametrize("name", arguments.KNOWN)
def test_the_known_arguments_are_those_of_the_call(name):
    taken = inspect.signature(getattr(network(), name)).parameters.values()
    assert [one.name for one in taken if one.kind is not one.VAR_KEYWORD] == list(arguments.KNOWN[name])


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: callbacks.ModelCheckpoint("net.npz", period=2), "'period'; it saves after every epoch, so leave it out"),
        (lambda: callbacks.EarlyStopping(epsilon=0.1), "'epsilon'; did you mean 'min_delta'\\? Keras 1 calls it epsilon"),
        (lambda: optimizers.Adam(eps=1e-8), "'eps'; did you mean 'epsilon'\\? PyTorch calls it eps"),
        (lambda: optimizers.Adam(betas=(0.9, 0.99)), "'betas'; give beta_1 and beta_2; PyTorch has both in betas"),
        (lambda: optimizers.RMSprop(alpha=0.99), "'alpha'; did you mean 'rho'\\? PyTorch calls it alpha"),
        (lambda: optimizers.SGD(weight_decay=0.1), "'weight_decay'; give layers kernel_regularizer=L2"),
        (lambda: optimizers.SGD(clipnorm=1), "'clipnorm'; gradients are not clipped here, so leave it out"),
        (lambda: optimizers.Adam(decay=1e-6), "'decay'; only SGD has it; for others use the callback LearningRateScheduler"),
    ],
)
def test_settings_that_others_have(make, message):
    with pytest.raises(TypeError, match=message):
        make()


# ------------------------------------------------------------ compile


@pytest.mark.parametrize("name, values", arguments.WITHOUT_EFFECT.items())
def test_what_changes_nothing_is_taken(name, values):
    x, y = samples()
    plain = network().fit(x, y, verbose=0).history
    for value in values:
        assert network(**{name: value}).fit(x, y, verbose=0).history == plain
    with pytest.raises(ValueError, match=f"{name} is 'maybe'; expected one of"):
        network(**{name: "maybe"})


@pytest.mark.parametrize(
    "name, taken, refused",
    [
        ("loss_weights", [None, 1, 1.0, [1.0]], [0.5, [2], {"a": 1}]),
        ("weighted_metrics", [None, []], [["accuracy"]]),
        ("steps_per_execution", [1, None], [2, True]),
    ],
)
def test_what_has_a_single_value_here(name, taken, refused):
    for value in taken:
        network(**{name: value})
    for value in refused:
        with pytest.raises(ValueError, match=f"{name} is .*; only (None|1) is taken here: "):
            network(**{name: value})


# ------------------------------------------------------------ weights of samples and classes


@given(st.lists(st.integers(0, 3), min_size=6, max_size=6).filter(any))
def test_a_weight_is_a_number_of_copies(weights):
    """The loss of weighted samples, times their number, is that of samples that are there as often; so are the gradients."""
    x, y = samples(6)
    copies = np.repeat(np.arange(6), weights)
    for loss, units, targets in (
        ("sparse_categorical_crossentropy", 2, y),
        ("categorical_crossentropy", 2, np.eye(2)[y]),
        ("mean_squared_error", 1, y.astype(float)),
    ):
        one, other = network(loss, units), network(loss, units)
        other.optimizer.learning_rate = 0.1 * sum(weights) / 6
        weighted = one.train_on_batch(x, targets, sample_weight=np.array(weights))
        assert weighted * 6 == pytest.approx(other.train_on_batch(x[copies], targets[copies]) * sum(weights), rel=1e-5)
        for array, expected in zip(one.get_weights(), other.get_weights(), strict=True):
            assert array == pytest.approx(expected, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("rows", [False, True])
def test_weights_of_classes_are_those_of_their_samples(rows):
    x, y = samples()
    loss, targets = ("categorical_crossentropy", np.eye(2)[y]) if rows else ("sparse_categorical_crossentropy", y)
    weights = np.where(y == 1, 5.0, 1.0)
    results = []
    for given_weights in ({"class_weight": {1: 5.0}}, {"sample_weight": weights}, {"sample_weight": weights[:, None]}):
        model = network(loss)
        history = model.fit(x, targets, batch_size=4, epochs=2, shuffle=True, verbose=0, **given_weights)
        results.append((history.history["loss"], [array.tolist() for array in model.get_weights()]))
    assert results[0] == results[1] == results[2] != network(loss).fit(x, targets, batch_size=4, epochs=2, verbose=0).history
    batches = network(loss)
    batches.fit(((x[start : start + 4], targets[start : start + 4]) for start in (0, 4, 8)), class_weight={1: 5.0}, verbose=0)
    parts = network(loss)
    parts.fit(x, targets, batch_size=4, shuffle=False, sample_weight=weights, verbose=0)
    assert all(map(np.array_equal, batches.get_weights(), parts.get_weights()))


def test_weights_of_validation():
    x, y = samples()
    weights = np.linspace(0, 2, 10)
    split = network().fit(x, y, validation_split=0.3, sample_weight=weights, verbose=0).history
    given_apart = network().fit(
        x[:7], y[:7], sample_weight=weights[:7], validation_data=(x[7:], y[7:], weights[7:]), batch_size=7, verbose=0
    )
    assert split == given_apart.history
    model = network()
    classes = model.fit(x, y, class_weight={0: 9.0}, validation_data=(x, y), verbose=0).history
    assert classes["val_loss"][0] == pytest.approx(model.evaluate(x, y, verbose=0))  # class_weight is for training
    assert model.evaluate(x, y, sample_weight=weights, verbose=0) == pytest.approx(
        np.mean([weight * model.evaluate(x[[k]], y[[k]], verbose=0) for k, weight in enumerate(weights)]), rel=1e-5
    )


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"class_weight": {0: 1.0}, "sample_weight": np.ones(10)}, "give class_weight or sample_weight, not both"),
        ({"class_weight": [1.0, 2.0]}, r"class_weight is a dict such as \{0: 1.0, 1: 5.0\}.*, not \[1.0, 2.0\]"),
        ({"class_weight": "balanced"}, "class_weight is a dict .* not 'balanced'"),
        ({"class_weight": {"cat": 1.0}}, "class_weight has 'cat' as a class; classes are whole numbers"),
        ({"class_weight": {0: "1"}}, "class_weight gives class 0 the weight '1'; weights are finite numbers"),
        ({"class_weight": {0: np.nan}}, "class_weight gives class 0 the weight nan"),
        ({"sample_weight": np.ones(9)}, r"sample_weight holds one number a sample, of shape \(10,\); it is \(9,\)"),
        ({"sample_weight": np.ones((10, 2))}, r"sample_weight holds one number a sample"),
        ({"sample_weight": np.full(10, np.inf)}, "sample_weight holds NaN or infinite numbers"),
    ],
)
def test_weights_that_do_not_fit(settings, message):
    x, y = samples()
    model = network()
    before = model.get_weights()
    with pytest.raises((TypeError, ValueError), match=message):
        model.fit(x, y, verbose=0, **settings)
    assert all(map(np.array_equal, before, model.get_weights()))


def test_a_gpu_does_not_weigh(monkeypatch):
    from convviz.nn.engine import devices

    monkeypatch.setattr(devices, "on_gpu", lambda model: True)
    x, y = samples()
    for settings in ({"class_weight": {0: 2.0}}, {"sample_weight": np.ones(10)}):
        with pytest.raises(ValueError, match="sample_weight and class_weight are for the CPU: call compile with device='cpu'"):
            network().fit(x, y, verbose=0, **settings)
