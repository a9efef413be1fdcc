"""Training by every optimizer, loss and regularizer against PyTorch and Keras, from the same weights with the same batches."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from nn_judge import Judge

from convviz.nn import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    Input,
    MaxPooling2D,
    Sequential,
    optimizers,
    regularizers,
    set_random_seed,
)
from convviz.nn.losses import BinaryCrossentropy, CategoricalCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy

STEPS, SHAPE, CLASSES = 10, (8, 7, 2), 3


def network(dtype="float64", name="tanh", normalized=True):
    """Convolutions, perhaps a normalization, pooling and a dense layer.

    The first convolution has no bias: its gradient would be 0, of which optimizers that divide by its size make noise.
    """
    set_random_seed(2)
    d = {"dtype": dtype}
    return Sequential(
        [
            Conv2D(4, 3, padding="same", use_bias=False, input_shape=SHAPE, **d),
            *[BatchNormalization(**d)] * normalized,
            Activation(name, **d),
            MaxPooling2D(2, **d),
            Conv2D(3, 2, activation=name, **d),
            Flatten(**d),
            Dense(CLASSES, activation="softmax", **d),
        ]
    )


def batches(dtype="float64"):
    random = np.random.default_rng(3)
    return [
        (random.standard_normal((6, *SHAPE)).astype(dtype), np.eye(CLASSES, dtype=dtype)[random.integers(0, CLASSES, 6)])
        for _ in range(STEPS)
    ]


def trained(optimizer, *settings):
    """The weights before and after ten steps, those that are trained, and the model."""
    model = network(*settings)
    model.compile(optimizer, "categorical_crossentropy")
    before = [weight.array.copy() for weight in model.trainable_weights]
    for x, y in batches(model.dtype):
        model.train_on_batch(x, y)
    return before, [weight.array for weight in model.trainable_weights], model


def require_same(before, found, expected, dtype):
    """Assert that weights have gone the same way.

    In float64 they may be apart by a billionth of the way; in float32 by a thousandth of it and four roundings of 1.
    """
    part, rounding = (1e-9, 1e-15) if dtype == "float64" else (1e-3, 5e-7)
    for start, one, other in zip(before, found, expected, strict=True):
        way = np.abs(other - start).max()
        assert way > 0
        assert np.abs(one - other).max() <= part * way + rounding


# ---------------------------------------------------------------- PyTorch

# PyTorch adds epsilon to the root and, in Adam, after the correction for the start; Keras adds it under the root, or before
# the correction. With 1e-30, which is far below every gradient of this network, both are the same. Adadelta is the same
# with any epsilon.
TINY = 1e-30
PYTORCH = {
    "SGD": (optimizers.SGD(0.1), lambda w: torch.optim.SGD(w, 0.1)),
    "SGD, momentum": (optimizers.SGD(0.1, momentum=0.9), lambda w: torch.optim.SGD(w, 0.1, momentum=0.9)),
    "SGD, nesterov": (
        optimizers.SGD(0.1, momentum=0.8, nesterov=True),
        lambda w: torch.optim.SGD(w, 0.1, momentum=0.8, nesterov=True),
    ),
    "Adagrad": (
        optimizers.Adagrad(0.05, epsilon=TINY),
        lambda w: torch.optim.Adagrad(w, 0.05, initial_accumulator_value=0.1, eps=TINY),
    ),
    "RMSprop": (optimizers.RMSprop(0.01, epsilon=TINY), lambda w: torch.optim.RMSprop(w, 0.01, alpha=0.9, eps=TINY)),
    "RMSprop, momentum": (
        optimizers.RMSprop(0.01, momentum=0.5, epsilon=TINY),
        lambda w: torch.optim.RMSprop(w, 0.01, alpha=0.9, momentum=0.5, eps=TINY),
    ),
    "RMSprop, centered": (
        optimizers.RMSprop(0.01, rho=0.8, centered=True, epsilon=TINY),
        lambda w: torch.optim.RMSprop(w, 0.01, alpha=0.8, centered=True, eps=TINY),
    ),
    "RMSprop, centered, momentum": (
        optimizers.RMSprop(0.01, rho=0.8, centered=True, momentum=0.5, epsilon=TINY),
        lambda w: torch.optim.RMSprop(w, 0.01, alpha=0.8, centered=True, momentum=0.5, eps=TINY),
    ),
    "Adam": (optimizers.Adam(0.01, epsilon=TINY), lambda w: torch.optim.Adam(w, 0.01, eps=TINY)),
    "Adam, amsgrad": (
        optimizers.Adam(0.01, beta_2=0.5, epsilon=TINY, amsgrad=True),
        lambda w: torch.optim.Adam(w, 0.01, betas=(0.9, 0.5), eps=TINY, amsgrad=True),
    ),
    "Adadelta": (optimizers.Adadelta(1.0, rho=0.9), lambda w: torch.optim.Adadelta(w, 1.0, rho=0.9, eps=1e-7)),
}


def trained_by_torch(make):
    """Ten steps in float64, whatever dtype the model is compared in."""
    model = network()
    judge = Judge(model)
    weights = [judge.parameters[id(weight)] for weight in model.trainable_weights]
    optimizer = make(weights)
    for x, y in batches():
        optimizer.zero_grad()
        (-(torch.tensor(y) * torch.log(judge(x)[0])).sum(-1).mean()).backward()
        optimizer.step()
    return [weight.detach().numpy() for weight in weights]


def fresh(optimizer):
    return optimizers.get({"name": type(optimizer).__name__, "settings": optimizer.get_config()})


@pytest.mark.parametrize("name", PYTORCH)
def test_ten_steps_are_those_of_pytorch(name):
    ours, theirs = PYTORCH[name]
    before, found, _ = trained(fresh(ours))
    require_same(before, found, trained_by_torch(theirs), "float64")


@pytest.mark.parametrize("name", PYTORCH)
def test_ten_steps_in_float32_are_those_of_pytorch_in_float64(name):
    """From weights and samples that are the same up to their rounding to float32."""
    ours, theirs = PYTORCH[name]
    before, found, _ = trained(fresh(ours), "float32")
    require_same(before, found, trained_by_torch(theirs), "float32")


# ---------------------------------------------------------------- Keras


@pytest.fixture
def keras():
    keras = pytest.importorskip("keras", reason="keras is not installed")
    before = keras.config.floatx(), keras.config.dtype_policy()
    compute_in(keras, "float64")
    yield keras
    compute_in(keras, *before)


def compute_in(keras, dtype, policy=None):
    """Make Keras compute in a dtype, losses and metrics too."""
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(policy or dtype)


def copied(keras, model):
    """A model of one layer after the other as Keras's, with the same weights."""
    copy = keras.Sequential([keras.Input(model.input_shape[1:], dtype=model.dtype)])
    for layer in model.layers:
        config = layer.get_config()
        config.pop("ceil_mode", None)
        config = {name: plainly(keras, name, value) for name, value in config.items()}
        copy.add(getattr(keras.layers, type(layer).__name__)(**config))
    copy.set_weights(model.get_weights())
    return copy


def plainly(keras, name, value):
    """A setting as Keras takes it; it says "same" of axes and padding as convviz does."""
    if name.endswith("_initializer"):
        return "zeros"
    return keras.regularizers.L1L2(**value) if name.endswith("_regularizer") and value else value


KERAS = {
    "SGD": {},
    "SGD, momentum": {"learning_rate": 0.1, "momentum": 0.9},
    "Adagrad": {},
    "RMSprop": {},
    "Adam": {},
    "SGD, nesterov": {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    "Adadelta": {},
    "RMSprop, centered": {"momentum": 0.4, "centered": True},
    "Adam, amsgrad": {"amsgrad": True, "beta_2": 0.5},
    "Adagrad, large": {"learning_rate": 0.1, "initial_accumulator_value": 0.01, "epsilon": 1e-2},
    "RMSprop, large": {"learning_rate": 0.1, "rho": 0.7, "epsilon": 1e-2},
    "Adam, large": {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-2},
    "Adadelta, large": {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-2},
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name, dtype", [(name, "float64") for name in KERAS] + [(name, "float32") for name in KERAS if not KERAS[name]]
)
def test_ten_steps_are_those_of_keras(name, dtype, keras):
    """Without settings too: the two have the same defaults. Keras normalizes batches in float32 in any case."""
    compute_in(keras, dtype)
    kind, settings, network_settings = name.split(",")[0], KERAS[name], (dtype, "relu", dtype == "float32")
    before, found, model = trained(getattr(optimizers, kind)(**settings), *network_settings)
    theirs = copied(keras, network(*network_settings))
    theirs.compile(getattr(keras.optimizers, kind)(**settings), "categorical_crossentropy")
    for x, y in batches(dtype):
        theirs.train_on_batch(x, y)
    require_same(before, found, [np.asarray(weight) for weight in theirs.trainable_weights], dtype)
    averages = [weight.array for weight in model.non_trainable_weights]
    for one, other in zip(averages, theirs.non_trainable_weights, strict=True):
        np.testing.assert_allclose(one, np.asarray(other), rtol=1e-4, atol=1e-6)


def test_decay_makes_steps_smaller():
    """The learning rate of step t, counted from 0, is η / (1 + decay·t)."""
    model = Sequential([Dense(1, use_bias=False, kernel_initializer="zeros", input_shape=(1,), dtype="float64")])
    model.compile(optimizers.SGD(0.5, decay=0.25), MeanSquaredError())
    weight, kernel = 0.0, model.layers[0].kernel
    for rate in (0.5, 0.5 / 1.25, 0.5 / 1.5, 0.5 / 1.75):
        model.train_on_batch(np.ones((1, 1)), np.full((1, 1), 3.0))
        weight -= rate * 2 * (weight - 3)
        assert kernel[0, 0] == pytest.approx(weight, rel=1e-14)


def test_the_learning_rate_may_be_changed_between_steps():
    model = Sequential([Dense(1, input_shape=(1,))])
    model.compile(optimizers.SGD(0.0), "mse")
    before = model.get_weights()
    model.train_on_batch(np.ones((1, 1)), np.ones((1, 1)))
    np.testing.assert_array_equal(before[0], model.layers[0].kernel)
    model.optimizer.learning_rate = 0.1
    model.train_on_batch(np.ones((1, 1)), np.ones((1, 1)))
    assert before[0] != model.layers[0].kernel


def test_state_of_a_layer_of_another_shape_is_noticed_before_anything_is_changed():
    model = Sequential([Dense(5, input_shape=(4,)), Dense(2)])
    model.compile("adam", "mse")
    model.train_on_batch(np.ones((1, 4)), np.ones((1, 2)))
    model.pop()
    model.add(Dense(3, name="dense_1"))
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"this Adam holds the state of a weight 'dense_1/kernel' of shape \(5, 2\).*\(5, 3\)"):
        model.train_on_batch(np.ones((1, 4)), np.ones((1, 3)))
    assert model.optimizer.iterations == 1
    assert all(np.array_equal(one, other) for one, other in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: optimizers.Adam(beta1=0.9), r"Adam has no setting 'beta1'; did you mean 'beta_1'\?"),
        (lambda: optimizers.SGD(learningrate=1), r"SGD has no setting 'learningrate'; did you mean 'learning_rate'"),
        (lambda: optimizers.SGD(-0.1), "learning_rate of an optimizer is a number from 0 on, not -0.1"),
        (lambda: optimizers.SGD("fast"), "not 'fast'"),
        (lambda: optimizers.SGD(float("nan")), "not nan"),
        (lambda: optimizers.Adam(epsilon=None), "epsilon of an optimizer .* not None"),
        (lambda: optimizers.Adam(beta_1=1.0), "beta_1 of an optimizer is a number from 0 to below 1, not 1.0"),
        (lambda: optimizers.Adam(beta_2=1.5), "beta_2 .* below 1, not 1.5"),
        (lambda: optimizers.RMSprop(rho=-1), "rho .* not -1"),
        (lambda: optimizers.SGD(momentum=2), "momentum of an optimizer is a number from 0 to 1, not 2"),
        (lambda: optimizers.get("sdg"), "no optimizer 'sdg'; did you mean 'sgd'"),
    ],
)
def test_settings_that_make_no_sense(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


# ---------------------------------------------------------------- losses


# Keras computes tanh in float32 in any case, so it is not among these activations.


def ended(activation, shape=(5,), **settings):
    set_random_seed(4)
    d = {"dtype": "float64"}
    return Sequential(
        [
            Input(shape, **d),
            Dense(4, activation="sigmoid", **d),
            Dense(CLASSES, activation=activation, **d, **settings),
        ]
    )


#: Loss, whether of logits, last activation, targets: "rows" that add up to 1, "labels" or "any" numbers from 0 to 1.
LOSSES = [
    (CategoricalCrossentropy, False, "softmax", "rows"),
    (CategoricalCrossentropy, True, None, "rows"),
    (CategoricalCrossentropy, False, "sigmoid", "rows"),
    (CategoricalCrossentropy, True, "softplus", "any"),
    (CategoricalCrossentropy, False, "softmax", "any"),
    (SparseCategoricalCrossentropy, False, "softmax", "labels"),
    (SparseCategoricalCrossentropy, True, None, "labels"),
    (SparseCategoricalCrossentropy, False, "sigmoid", "labels"),
    (BinaryCrossentropy, False, "sigmoid", "any"),
    (BinaryCrossentropy, True, None, "any"),
    (BinaryCrossentropy, False, "softmax", "any"),
    (BinaryCrossentropy, True, "relu", "any"),
    (MeanSquaredError, False, "softplus", "any"),
    (MeanSquaredError, False, None, "any"),
    (MeanSquaredError, False, "softmax", "any"),
]


def targets(kind, shape):
    random = np.random.default_rng(5)
    if kind == "labels":
        return random.integers(0, CLASSES, shape[:-1])
    values = random.random(shape)
    return values / values.sum(axis=-1, keepdims=True) if kind == "rows" else values


def loss_by_torch(kind, logits, result, y):
    y = torch.tensor(y)
    if kind is MeanSquaredError:
        return torch.nn.functional.mse_loss(result, y)
    if kind is BinaryCrossentropy:
        return torch.nn.functional.binary_cross_entropy(result.sigmoid() if logits else result, y)
    p = result.softmax(-1) if logits else result / result.sum(-1, keepdim=True)
    y = torch.nn.functional.one_hot(y, CLASSES) if kind is SparseCategoricalCrossentropy else y
    return -(y * p.log()).sum(-1).mean()


@pytest.mark.parametrize("shape", [(5,), (2, 3, 5)], ids=["rows", "images"])
@pytest.mark.parametrize("kind, logits, activation, of", LOSSES)
def test_a_loss_and_its_gradient_are_those_of_pytorch(kind, logits, activation, of, shape):
    model = ended(activation, shape)
    model.compile(optimizers.SGD(1.0), kind(logits) if logits else kind())
    x, y = np.random.default_rng(6).standard_normal((4, *shape)), targets(of, (4, *shape[:-1], CLASSES))
    judge = Judge(model)
    expected = loss_by_torch(kind, logits, judge(x)[0], y)
    expected.backward()
    before = model.get_weights()
    assert model.test_on_batch(x, y) == pytest.approx(expected.item(), rel=1e-12)
    assert model.train_on_batch(x, y) == pytest.approx(expected.item(), rel=1e-12)
    for weight, start in zip(model.weights, before, strict=True):
        np.testing.assert_allclose(start - weight.array, judge.parameters[id(weight)].grad, rtol=1e-10, atol=1e-13)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind, logits, activation, of", LOSSES)
def test_a_loss_and_its_gradient_are_those_of_keras(kind, logits, activation, of, keras):
    model = ended(activation)
    model.compile(optimizers.SGD(1.0), kind(logits) if logits else kind())
    theirs = copied(keras, model)
    options = {"from_logits": True} if logits else {}
    theirs.compile(keras.optimizers.SGD(1.0), getattr(keras.losses, kind.__name__)(**options))
    x, y = np.random.default_rng(6).standard_normal((4, 5)), targets(of, (4, CLASSES))
    before = model.get_weights()
    assert model.train_on_batch(x, y) == pytest.approx(float(theirs.train_on_batch(x, y)), rel=2e-7)
    require_near(before, model, theirs)


def require_near(before, model, theirs):
    """Assert that weights have gone the same way: Keras takes means of losses in float32 in any case."""
    for start, one, other in zip(before, model.get_weights(), theirs.get_weights(), strict=True):
        assert np.abs(one - other).max() <= 2e-7 * np.abs(other - start).max()


@pytest.mark.parametrize("loss, activation", [("categorical_crossentropy", "softmax"), ("binary_crossentropy", "sigmoid")])
def test_a_loss_joined_with_the_last_activation_stays_exact_where_probabilities_are_0(loss, activation):
    """A logit of 50 against the target: the loss is 50 (less log 2 or so), which a probability of 0 cannot say."""
    for dtype in ("float32", "float64"):
        model = Sequential([Dense(2, use_bias=False, activation=activation, input_shape=(1,), dtype=dtype)])
        model.set_weights([[[50.0, -50.0]]])
        model.compile(optimizers.SGD(1.0), loss)
        expected = 100.0 if activation == "softmax" else 50.0
        assert model.train_on_batch(np.ones((1, 1)), np.array([[0.0, 1.0]])) == pytest.approx(expected, rel=1e-6)
        share = 1 if activation == "softmax" else 0.5  # binary losses are means over the two outputs
        np.testing.assert_allclose(model.layers[0].kernel, [[50 - share, -50 + share]], rtol=1e-6)


def test_targets_of_any_number_type_serve():
    x = np.random.default_rng(0).standard_normal((6, 5))
    labels = np.array([0, 2, 1, 1, 0, 2])
    losses = []
    for dtype in ("int8", "uint8", "int32", "int64", "float32", "float64"):
        model = ended("softmax")
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        losses.append(model.train_on_batch(x, labels.astype(dtype)))
        model = ended("softmax")
        model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
        losses.append(model.train_on_batch(x.astype("float32"), np.eye(3)[labels].astype(dtype)))
    assert all(loss == pytest.approx(losses[0], rel=1e-6) for loss in losses)
    model = ended("softmax")
    model.compile("sgd", "categorical_crossentropy")
    assert model.train_on_batch(x, np.eye(3)[labels] == 1) == pytest.approx(losses[0][0], rel=1e-12)


# ---------------------------------------------------------------- regularizers

REGULARIZERS = {
    "l1": ("l1", {"l1": 0.01}),
    "l2": (regularizers.l2(0.1), {"l2": 0.1}),
    "l1_l2": (regularizers.l1_l2(0.02, 0.03), {"l1": 0.02, "l2": 0.03}),
    "by settings": ({"l1": 0.2, "l2": 0}, {"l1": 0.2}),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", REGULARIZERS)
def test_regularizers_are_those_of_keras(name, keras):
    given, settings = REGULARIZERS[name]
    model = ended("softmax", kernel_regularizer=given, bias_regularizer=regularizers.l2(0.5))
    model.layers[1].bias[...] = [0.5, -1, 2]
    model.compile(optimizers.SGD(0.5), "categorical_crossentropy")
    theirs = copied(keras, model)
    assert theirs.layers[1].kernel_regularizer.get_config() == pytest.approx({"l1": 0.0, "l2": 0.0} | settings)
    theirs.compile(keras.optimizers.SGD(0.5), "categorical_crossentropy")
    x, y, before = np.random.default_rng(6).standard_normal((4, 5)), targets("rows", (4, CLASSES)), model.get_weights()
    assert model.test_on_batch(x, y) == pytest.approx(float(theirs.test_on_batch(x, y)), rel=2e-7)
    for _ in range(3):
        model.train_on_batch(x, y)
        theirs.train_on_batch(x, y)
    require_near(before, model, theirs)


@pytest.mark.parametrize(
    "layer",
    [
        lambda **r: Conv2D(2, 3, input_shape=(5, 5, 2), dtype="float64", kernel_regularizer=r["r"], bias_regularizer=r["r"]),
        lambda **r: BatchNormalization(input_shape=(3,), dtype="float64", gamma_regularizer=r["r"], beta_regularizer=r["r"]),
    ],
    ids=["convolution", "normalization"],
)
def test_a_penalty_is_part_of_the_loss_and_of_the_gradient(layer):
    random = np.random.default_rng(7)
    found = []
    for regularizer in (None, regularizers.L1L2(0.3, 0.2)):
        set_random_seed(1)
        model = Sequential([layer(r=regularizer)])
        weights = [random.standard_normal(array.shape) for array in model.get_weights()] if not found else found[0][0]
        model.set_weights([np.abs(array) for array in weights])
        model.compile(optimizers.SGD(1.0), "mse")
        x = np.random.default_rng(8).standard_normal((3, *model.input_shape[1:]))
        loss = model.train_on_batch(x, np.zeros((3, *model.output_shape[1:])))
        found.append((weights, loss, [weight.array for weight in model.trainable_weights]))
    trained_weights = [np.abs(array) for array in found[0][0][:2]]
    penalty = sum(0.3 * np.abs(array).sum() + 0.2 * np.square(array).sum() for array in trained_weights)
    assert found[1][1] - found[0][1] == pytest.approx(penalty, rel=1e-12)
    for start, plain, drawn in zip(trained_weights, found[0][2], found[1][2], strict=True):
        np.testing.assert_allclose(plain - drawn, 0.3 + 0.4 * start, rtol=1e-11)


def test_frozen_weights_are_not_penalized():
    model = Sequential([Dense(2, kernel_regularizer="l2", trainable=False, input_shape=(3,)), Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((2, 3))
    assert model.test_on_batch(x, model.predict(x, verbose=0)) == 0
    model.layers[0].trainable = True
    assert model.test_on_batch(x, model.predict(x, verbose=0)) > 0
