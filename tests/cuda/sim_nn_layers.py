"""Networks of every kind of layer in numba's simulator: two steps, evaluation and prediction as on the CPU.

The losses of several runs and all weights are compared; both compute in float32, and add up in different orders.
"""

import numpy as np
import pytest

pytest.importorskip("numba_cuda")

from convviz.kernels.cuda import launch

if not launch.SIMULATED:
    pytest.skip("for numba's simulator: NUMBA_ENABLE_CUDASIM=1", allow_module_level=True)

import twins
from twins import CHAINS, IMAGE, chain

from convviz.nn import (
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    Model,
    Sequential,
    optimizers,
)
from convviz.nn.activations import NAMES


@pytest.fixture(autouse=True, params=["cell by cell"])
def kernels(request, monkeypatch):
    """Tiny kernels, for each of the ways to compute convolutions that a test names."""
    twins.quicken(monkeypatch, tiles=request.param == "tiles")


def require_the_same(build, rtol=2e-5, atol=3e-6):
    """Two steps with dropout and momentum, evaluation in batches of two sizes and prediction are as on the CPU."""
    models = twins.twins(build, optimizers.SGD(0.2, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    generator = np.random.default_rng(1)
    inputs = [generator.standard_normal((4, *tensor.shape[1:])).astype(np.float32) for tensor in models[0].inputs]
    x, y = inputs if len(inputs) > 1 else inputs[0], generator.integers(0, 3, 4)
    before = models[0].get_weights()
    mine, found = twins.fitted(models, x, y, batch_size=2)
    np.testing.assert_allclose(found.history["loss"], mine.history["loss"], rtol, atol)
    assert found.history["accuracy"] == mine.history["accuracy"]
    twins.compare(*models, rtol, atol)
    assert not np.array_equal(before[-1], models[1].get_weights()[-1])
    for function in (lambda model: model.evaluate(x, y, batch_size=3, verbose=0), lambda model: model.predict(x, verbose=0)):
        np.testing.assert_allclose(function(models[1]), function(models[0]), rtol, atol)


@pytest.mark.parametrize("name", CHAINS)
def test_layers(name):
    require_the_same(chain(name))


@pytest.mark.parametrize("kernels", ["tiles"], indirect=True)
@pytest.mark.parametrize("name", ["convolutions", "groups and dilation", "transposed", "pooling joined to a convolution"])
def test_layers_in_tiles(name):
    require_the_same(chain(name))


def test_activations():
    """Each on its own numbers, some of them in place."""

    def build():
        x = Input((7,))
        branches = [Activation(name)(Dense(3, activation=name)(x)) for name in NAMES]
        return Model(x, Dense(3, activation="softmax")(Concatenate()(branches)))

    require_the_same(build)


def test_branches_and_shared_layers():
    """What several layers read, a tensor twice in a list, sums of three, and layers at two places."""

    def build():
        x = Input(IMAGE)
        shared, relu, normalization = Conv2D(2, 3, padding="same"), Activation("relu"), BatchNormalization()
        first = relu(normalization(shared(x)))
        second = relu(normalization(shared(first)))
        three = Add()([first, second, x])
        joined = Concatenate()([three, first, three])
        dense = Dense(2, activation="tanh")
        return Model(x, Dense(3, activation="softmax")(Flatten()(Add()([dense(joined), dense(Dropout(0.2)(joined))]))))

    require_the_same(build)


def test_several_inputs():
    def build():
        image, row = Input((3, 4, 1)), Input((2,))
        seen = Flatten()(Conv2D(2, 2, activation="relu")(image))
        return Model([image, row], Dense(3, activation="softmax")(Concatenate()([seen, Dense(2)(row)])))

    require_the_same(build)


def test_several_outputs_are_predicted():
    """Of a model that was never compiled; an input may be an output too."""
    x = Input((4,))
    hidden = Dense(3, activation="tanh")(x)
    model = Model(x, [hidden, x, Dense(2)(hidden)])
    given = np.random.default_rng(2).standard_normal((5, 4)).astype(np.float32)
    wanted = model.predict(given, verbose=0)
    model.device = "cuda"
    for _ in range(2):
        for one, other in zip(model.predict(given, batch_size=2, verbose=0), wanted, strict=True):
            np.testing.assert_allclose(one, other, 1e-6, 1e-6)


#: Networks with next to nothing in them, or an odd end: what makes them, and the shape of their outputs.
ODD = {
    "an input that is the output": (lambda: Sequential([Activation("linear", input_shape=(3,))]), (3,)),
    "dropout alone": (lambda: Sequential([Dropout(0.5, input_shape=(3,))]), (3,)),
    "softmax alone": (lambda: Sequential([Activation("softmax", input_shape=(3,))]), (3,)),
    "an input twice": (lambda: twice(Input((3,))), (3,)),
    "flattened at the end": (lambda: Sequential([Conv2D(2, 2, input_shape=(3, 3, 1)), Flatten()]), (8,)),
    "dropout at the end": (lambda: Sequential([Dense(2, activation="softmax", input_shape=(3,)), Dropout(0.3)]), (2,)),
    "images that come out": (lambda: Sequential([Conv2D(2, 2, activation="softmax", input_shape=(3, 3, 1))]), (2, 2, 2)),
    "a window too wide for tiles": (lambda: Sequential([Conv2D(2, (1, 17), padding="same", input_shape=(1, 2, 1))]), (1, 2, 2)),
}


def twice(x):
    """A sum of the input and itself."""
    return Model(x, Add()([x, x]))


@pytest.mark.parametrize("kernels", ["tiles"], indirect=True)
@pytest.mark.parametrize("name", ODD)
def test_odd_networks(name):
    build, shape = ODD[name]
    models = twins.twins(build, optimizers.SGD(0.3), "mse", metrics=["mae"])
    generator = np.random.default_rng(5)
    x, y = generator.random((5, *models[0].inputs[0].shape[1:])), generator.random((5, *shape))
    mine, found = twins.fitted(models, x, y, batch_size=2)
    for key, values in mine.history.items():
        np.testing.assert_allclose(found.history[key], values, 1e-5)
    twins.compare(*models)
    np.testing.assert_allclose(*(model.predict(x, verbose=0) for model in models), 1e-5, 1e-6)


def test_nothing_to_train():
    """A model whose layers are all frozen goes through its steps and stays as it is."""
    models = twins.twins(
        lambda: Sequential([Dense(3, input_shape=(2,), trainable=False, activation="softmax")]),
        "adam",
        "sparse_categorical_crossentropy",
    )
    x, y = np.ones((4, 2), np.float32), np.arange(4) % 3
    mine, found = twins.fitted(models, x, y, batch_size=2)
    np.testing.assert_allclose(found.history["loss"], mine.history["loss"], 1e-6)
    twins.compare(*models, 0, 0)


def test_layers_are_taken_away_and_frozen_between_runs():
    """What was planned and captured for the model as it was serves no longer."""
    x, y = np.random.default_rng(3).random((4, 3)).astype(np.float32), np.arange(4) % 2
    models = twins.twins(lambda: Sequential([Dense(4, activation="tanh", input_shape=(3,)), Dense(4), Dense(2)]), "sgd", "mse")
    for model in models:
        model.fit(x, np.eye(2)[y], verbose=0)
        model.layers[0].trainable = False
        model.fit(x, np.eye(2)[y], verbose=0)
        model.pop()
        model.add(Dense(2, kernel_initializer="ones"))
        model.fit(x, np.eye(2)[y], verbose=0)
    twins.compare(*models)
