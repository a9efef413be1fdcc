"""Every layer: its result against the reference and PyTorch, its gradients against slopes and PyTorch."""

import numpy as np
import pytest
import reference

pytest.importorskip("torch", reason="torch is not installed")

from nn_judge import Judge, gradients, judged_gradients, train

from convviz.nn import (
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Input,
    MaxPooling2D,
    Model,
    Sequential,
    ZeroPadding2D,
    optimizers,
    set_random_seed,
)
from convviz.nn.activations import NAMES
from convviz.nn.engine import plan

IMAGE, ROW = (7, 6, 4), (5,)

#: Layers by what is special about them; each is called with what all layers of the model are given.
LAYERS = {
    "convolution": lambda **d: Conv2D(3, 3, **d),
    "convolution, same": lambda **d: Conv2D(3, 3, padding="same", **d),
    "convolution, same, strides": lambda **d: Conv2D(5, (3, 2), strides=(2, 3), padding="same", **d),
    "convolution, same, window of even size": lambda **d: Conv2D(2, 4, padding="same", **d),
    "convolution, strides": lambda **d: Conv2D(3, 2, strides=2, **d),
    "convolution, strides beyond the window": lambda **d: Conv2D(3, 1, strides=(3, 2), **d),
    "convolution, padding by a number": lambda **d: Conv2D(2, 3, padding=2, **d),
    "convolution, padding on two sides": lambda **d: Conv2D(2, (2, 3), strides=2, padding=((0, 2), (1, 0)), **d),
    "convolution, full": lambda **d: Conv2D(2, 3, padding="full", **d),
    "convolution, dilation": lambda **d: Conv2D(3, 3, dilation_rate=(2, 1), padding="same", **d),
    "convolution, groups": lambda **d: Conv2D(6, 3, groups=2, padding="same", **d),
    "convolution, a group a channel": lambda **d: Conv2D(8, 3, groups=4, **d),
    "convolution, no bias": lambda **d: Conv2D(3, 3, use_bias=False, **d),
    "convolution of one cell": lambda **d: Conv2D(9, 1, **d),
    "convolution, window as large as the image": lambda **d: Conv2D(3, (7, 6), activation="relu", **d),
    "depthwise": lambda **d: DepthwiseConv2D(3, **d),
    "depthwise, multiplier": lambda **d: DepthwiseConv2D((3, 2), depth_multiplier=3, strides=2, padding="same", **d),
    "depthwise, no bias, relu": lambda **d: DepthwiseConv2D(3, padding="same", use_bias=False, activation="relu", **d),
    "depthwise, dilation": lambda **d: DepthwiseConv2D(2, dilation_rate=2, depth_multiplier=2, activation="tanh", **d),
    "transposed": lambda **d: Conv2DTranspose(3, 3, **d),
    "transposed, strides": lambda **d: Conv2DTranspose(3, (2, 3), strides=2, **d),
    "transposed, strides beyond the window": lambda **d: Conv2DTranspose(2, 2, strides=3, **d),
    "transposed, strides beyond the window, output padding": lambda **d: Conv2DTranspose(
        2, 2, strides=3, output_padding=0, **d
    ),
    "transposed, same": lambda **d: Conv2DTranspose(3, 3, strides=2, padding="same", activation="relu", **d),
    "transposed, same, large window": lambda **d: Conv2DTranspose(2, 5, strides=(1, 2), padding="same", **d),
    "transposed, same, strides beyond": lambda **d: Conv2DTranspose(2, 2, strides=3, padding="same", **d),
    "transposed, same, output padding": lambda **d: Conv2DTranspose(2, 3, strides=2, padding="same", output_padding=1, **d),
    "transposed, same, output padding 0": lambda **d: Conv2DTranspose(2, 4, strides=2, padding="same", output_padding=0, **d),
    "transposed, cropped": lambda **d: Conv2DTranspose(2, 3, strides=2, padding=1, output_padding=1, **d),
    "transposed, cropped on two sides": lambda **d: Conv2DTranspose(2, 4, strides=3, padding=((0, 2), (1, 0)), **d),
    "transposed, dilation": lambda **d: Conv2DTranspose(2, (3, 2), dilation_rate=(1, 2), use_bias=False, **d),
    "transposed, dilation, same": lambda **d: Conv2DTranspose(2, 2, dilation_rate=3, padding="same", activation="elu", **d),
    "max": lambda **d: MaxPooling2D(2, **d),
    "max, overlap": lambda **d: MaxPooling2D(3, strides=1, **d),
    "max, gaps": lambda **d: MaxPooling2D((1, 2), strides=3, **d),
    "max, same": lambda **d: MaxPooling2D((3, 2), strides=2, padding="same", **d),
    "max, ceil": lambda **d: MaxPooling2D(2, ceil_mode=True, **d),
    "max, padding": lambda **d: MaxPooling2D(3, strides=2, padding=1, **d),
    "average": lambda **d: AveragePooling2D(2, **d),
    "average, overlap": lambda **d: AveragePooling2D((2, 3), strides=1, **d),
    "average, same": lambda **d: AveragePooling2D(3, strides=2, padding="same", **d),
    "average, ceil": lambda **d: AveragePooling2D((4, 3), strides=(2, 3), ceil_mode=True, **d),
    "global max": lambda **d: GlobalMaxPooling2D(**d),
    "global max, axes kept": lambda **d: GlobalMaxPooling2D(keepdims=True, **d),
    "global average": lambda **d: GlobalAveragePooling2D(**d),
    "global average, axes kept": lambda **d: GlobalAveragePooling2D(keepdims=True, **d),
    "flatten": lambda **d: Flatten(**d),
    "padding": lambda **d: ZeroPadding2D(((0, 2), (3, 1)), **d),
    "padding by nothing": lambda **d: ZeroPadding2D(0, **d),
    "dense along the last axis": lambda **d: Dense(3, activation="tanh", **d),
    "normalization": lambda **d: BatchNormalization(**d),
    "normalization, no center": lambda **d: BatchNormalization(center=False, **d),
    "normalization, no scale": lambda **d: BatchNormalization(scale=False, **d),
    "normalization, neither": lambda **d: BatchNormalization(center=False, scale=False, epsilon=0.1, **d),
    "normalization, frozen": lambda **d: BatchNormalization(trainable=False, **d),
    "dropout": lambda **d: Dropout(0.3, **d),
    "dropout of nothing": lambda **d: Dropout(0, **d),
    "dropout of its own seed": lambda **d: Dropout(0.5, seed=2**40 + 1, **d),
} | {f"convolution, {name}": lambda name=name, **d: Conv2D(3, 2, activation=name, **d) for name in NAMES}
#: Layers of what is no image.
ROWS = {
    "dense": lambda **d: Dense(3, **d),
    "dense, no bias": lambda **d: Dense(7, use_bias=False, activation="relu", **d),
    "dense of one unit": lambda **d: Dense(1, activation="sigmoid", **d),
    "normalization of rows": lambda **d: BatchNormalization(momentum=0.5, **d),
    "dropout of rows": lambda **d: Dropout(0.6, **d),
    "flatten of rows": lambda **d: Flatten(**d),
} | {f"activation {name}": lambda name=name, **d: Activation(name, **d) for name in NAMES}
CHAINS = {
    "convolution, relu, pooling, dropout": lambda **d: [
        Conv2D(5, 3, padding="same", activation="relu", **d),
        MaxPooling2D(2, **d),
        Dropout(0.4, **d),
    ],
    "convolution, pooling, relu": lambda **d: [Conv2D(5, 3, **d), MaxPooling2D(2, **d), Activation("relu", **d)],
    "depthwise, relu, pooling": lambda **d: [DepthwiseConv2D(3, activation="relu", **d), MaxPooling2D(2, **d)],
    "convolution, relu, dropout, pooling": lambda **d: [
        Conv2D(5, 3, activation="relu", **d),
        Dropout(0.4, **d),
        MaxPooling2D(2, **d),
    ],
    "convolution, dropout, dropout": lambda **d: [Conv2D(2, 3, activation="relu", **d), Dropout(0.4, **d), Dropout(0.2, **d)],
    "convolution, two relus": lambda **d: [Conv2D(5, 3, activation="relu", **d), Activation("relu", **d)],
    "sigmoid, tanh, swish, elu": lambda **d: [
        Conv2D(2, 3, activation="sigmoid", **d),
        *(Activation(name, **d) for name in ("tanh", "swish", "elu", "gelu")),
    ],
    "dropout, tanh, dropout": lambda **d: [Conv2D(2, 3, **d), Dropout(0.2, **d), Activation("tanh", **d), Dropout(0.3, **d)],
    "normalization, relu, normalization": lambda **d: [
        Conv2D(4, 3, use_bias=False, **d),
        BatchNormalization(**d),
        Activation("relu", **d),
        BatchNormalization(**d),
    ],
    "normalization, swish, pooling": lambda **d: [
        BatchNormalization(**d),
        Activation("swish", **d),
        AveragePooling2D(2, **d),
        Activation("mish", **d),
    ],
    "flatten between": lambda **d: [
        Conv2D(2, 3, **d),
        Flatten(**d),
        Activation("relu", **d),
        Dropout(0.1, **d),
        Dense(3, activation="softmax", **d),
    ],
    "separable": lambda **d: [DepthwiseConv2D(3, depth_multiplier=2, **d), Conv2D(3, 1, activation="selu", **d)],
    "pooling, softmax": lambda **d: [GlobalMaxPooling2D(keepdims=True, **d), Activation("softmax", **d)],
    "up and down": lambda **d: [
        Conv2D(3, 3, strides=2, activation="relu", **d),
        Conv2DTranspose(2, 3, strides=2, activation="tanh", **d),
        ZeroPadding2D(1, **d),
        Conv2DTranspose(1, 1, **d),
    ],
}


def branching(**d):
    """A value that two layers and the sum itself read, a tensor twice in a list, and a value read through a flattening."""
    x = Input(IMAGE, **d)
    probe = Conv2D(4, 1, activation="relu", **d)(x)
    left = MaxPooling2D(3, strides=1, padding="same", **d)(probe)
    right = Activation("swish", **d)(DepthwiseConv2D(3, padding="same", **d)(probe))
    three = Add(**d)([left, right, probe])
    twice = Concatenate(**d)([three, left, three])
    flat = Flatten(**d)(twice)
    other = Activation("tanh", **d)(BatchNormalization(**d)(twice))
    return Model(x, Concatenate(**d)([Dense(2, **d)(flat), GlobalAveragePooling2D(**d)(other), flat]))


def same_tensor_twice(**d):
    x = Input(ROW, **d)
    first = Dense(3, activation="tanh", **d)(x)
    return Model(x, Concatenate(**d)([Add(**d)([first, first]), first, first]))


def layers_at_two_places(**d):
    """A convolution, a normalization and an activation that are used twice, once behind the other."""
    x = Input((6, 6, 3), **d)
    convolution, relu = Conv2D(3, 3, padding="same", **d), Activation("relu", **d)
    normalization, dense = BatchNormalization(**d), Dense(3, use_bias=False, **d)
    first = relu(normalization(convolution(x)))
    second = relu(normalization(convolution(first)))
    return Model(x, dense(GlobalMaxPooling2D(**d)(Add(**d)([dense(first), second]))))


def residual(**d):
    x = Input((6, 6, 3), **d)
    inner = Conv2D(3, 3, padding="same", activation="relu", **d)(x)
    for _ in range(2):
        inner = Activation("relu", **d)(Add(**d)([inner, Conv2D(3, 3, padding="same", **d)(inner)]))
        inner = Dropout(0.2, **d)(inner)
    return Model(x, GlobalAveragePooling2D(**d)(inner))


def frozen_below(**d):
    """Nothing below the trained layers needs a gradient, and one frozen layer between them passes it on."""
    layers = [
        Conv2D(3, 3, activation="tanh", trainable=False, input_shape=IMAGE, **d),
        MaxPooling2D(2, **d),
        Conv2D(3, 2, activation="relu", **d),
        BatchNormalization(trainable=False, **d),
        Conv2D(3, 1, trainable=False, **d),
        Dropout(0.2, **d),
        Flatten(**d),
    ]
    return Sequential(layers)


def seen_layer_is_read_again(**d):
    """A ReLU whose argument another layer reads cannot take its place."""
    x = Input(IMAGE, **d)
    first = Conv2D(2, 3, **d)(x)
    return Model(x, Concatenate(**d)([Activation("relu", **d)(first), Activation("elu", **d)(first), first]))


GRAPHS = {
    "branching": branching,
    "same tensor twice": same_tensor_twice,
    "layers at two places": layers_at_two_places,
    "residual": residual,
    "frozen below": frozen_below,
    "argument read again": seen_layer_is_read_again,
}
NAMED = [*LAYERS, *ROWS, *CHAINS, *GRAPHS]


def network(name, dtype="float64"):
    """The model of a name; before a single layer stands one with weights, so that the gradient of its input is judged."""
    set_random_seed(5)
    d = {"dtype": dtype}
    if name in GRAPHS:
        model = GRAPHS[name](**d)
    elif name in ROWS:
        model = Sequential([Dense(5, input_shape=ROW, **d), ROWS[name](**d)])
    else:
        layers = CHAINS[name](**d) if name in CHAINS else [LAYERS[name](**d)]
        model = Sequential([Conv2D(4, 1, input_shape=IMAGE, **d), *layers])
    random = np.random.default_rng(1)
    for weight in model.weights:
        spread = random.uniform(0.5, 1.5, weight.array.shape)
        weight.array[...] = spread if "variance" in weight.name else weight.array + 0.3 * (spread - 1)
    model.compile(optimizers.SGD(0.0), "mse")
    return model


def samples(model, count=3):
    random = np.random.default_rng(2)
    return (
        random.standard_normal((count, *model.input_shape[1:])).astype(model.dtype),
        random.standard_normal((count, *model.output_shape[1:])).astype(model.dtype),
    )


def apart(found, expected):
    """How far two arrays are apart, in parts of the largest number expected."""
    assert found.shape == expected.shape
    return np.abs(found - expected).max() / np.abs(expected).max()


def each_apart(found, expected):
    """The same for the arrays of two lists. Arrays of numbers under a tenth of the largest count as if those were
    so large: the bias before a normalization has a gradient of 0, which is a sum of large numbers.
    """
    largest = max(np.abs(array).max() for array in expected)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        yield np.abs(one - other).max() / max(np.abs(other).max(), 0.1 * largest)


@pytest.mark.parametrize("dtype, bound", [("float64", 1e-13), ("float32", 2e-6)])
@pytest.mark.parametrize("name", NAMED)
def test_results_are_those_of_pytorch(name, dtype, bound):
    model = network(name, dtype)
    x, _ = samples(model)
    expected = Judge(model, training=False)(x)[0].detach().numpy()
    assert expected.shape[1:] == model.output_shape[1:]
    assert apart(model.predict(x, verbose=0), expected) < bound


@pytest.mark.parametrize("dtype, bound", [("float64", 1e-12), ("float32", 1e-5)])
@pytest.mark.parametrize("name", NAMED)
def test_gradients_are_those_of_pytorch(name, dtype, bound):
    model = network(name, dtype)
    x, y = samples(model)
    for distance in each_apart(gradients(model, x, y), judged_gradients(model, x, y)):
        assert distance < bound


@pytest.mark.parametrize("name", NAMED)
def test_gradients_are_slopes(name):
    """Central differences along single numbers of every weight, and along a way that changes all of them at once.

    A step of 1e-5 leaves an error of about 1e-10 where the loss is around 1.
    """
    model = network(name)
    x, y = samples(model, 2)
    random = np.random.default_rng(4)
    for weight, found in zip(model.trainable_weights, gradients(model, x, y), strict=True):
        size = weight.array.size
        ways = [np.eye(1, size, place)[0] for place in random.permutation(size)[:5]] + [random.standard_normal(size)]
        start = weight.array.copy()
        for way in ways:
            heights = []
            for step in (1e-5, -1e-5):
                weight.array[...] = start + step * way.reshape(start.shape)
                heights.append(train(model, x, y))
            weight.array[...] = start
            slope = (heights[0] - heights[1]) / 2e-5
            assert found.ravel() @ way == pytest.approx(slope, rel=1e-6, abs=1e-8), weight.name


def unjoined(monkeypatch):
    monkeypatch.setattr(plan, "absorb", lambda maker, step: None)
    monkeypatch.setattr(plan, "works_in_place", lambda maker, step: False)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMED)
def test_joined_steps_compute_what_single_ones_do(name, dtype, monkeypatch):
    joined = network(name, dtype)
    x, y = samples(joined)
    found = gradients(joined, x, y)
    single = network(name, dtype)
    single.seed = joined.seed
    unjoined(monkeypatch)
    bound = 4 * float(np.finfo(dtype).eps)
    for distance in each_apart(found, gradients(single, x, y)):
        assert distance <= bound
    assert apart(joined.predict(x, verbose=0), single.predict(x, verbose=0)) <= bound
    steps = single._engine.current.executors["train"].plan.steps
    assert not any(step.relu or step.pool or step.dropout or step.in_place for step in steps)


# ---------------------------------------------------------------- the slow reference, to the bit


def whole_numbers(layer, shape=IMAGE):
    """A model of one layer with whole numbers for weights, and images of them: every order of sums gives the same."""
    model = Sequential([Input(shape), layer])
    random = np.random.default_rng(3)
    model.set_weights([random.integers(-4, 5, weight.array.shape) for weight in model.weights])
    return model, random.integers(-4, 5, (2, *shape))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"strides": 2},
        {"padding": "same"},
        {"padding": "same", "strides": (2, 3)},
        {"padding": ((0, 2), (1, 0))},
        {"dilation_rate": 2, "padding": 1},
        {"groups": 2},
        {"use_bias": False},
        {"padding": "full", "groups": 4},
    ],
    ids=str,
)
def test_convolution_is_the_reference(settings):
    model, image = whole_numbers(Conv2D(4, (3, 2), **settings))
    layer = model.layers[0]
    bias = None if layer.bias is None else layer.bias.astype(int).tolist()
    given = {name: value for name, value in settings.items() if name != "use_bias"}
    expected = reference.convolve(image.tolist(), layer.kernel.astype(int).tolist(), bias, **given)
    np.testing.assert_array_equal(model.predict(image, verbose=0), expected)


@pytest.mark.parametrize(
    "settings",
    [
        {"output_padding": 0},
        {"strides": 2, "padding": 1, "output_padding": (0, 1)},
        {"padding": "same", "strides": (2, 1)},
        {"dilation_rate": 2, "output_padding": 1},
    ],
    ids=str,
)
def test_transposed_convolution_is_the_reference(settings):
    model, image = whole_numbers(Conv2DTranspose(3, (3, 2), **settings))
    layer = model.layers[0]
    kernel, bias = layer.kernel.astype(int).tolist(), layer.bias.astype(int).tolist()
    expected = reference.transposed(image.tolist(), kernel, bias, **settings)
    np.testing.assert_array_equal(model.predict(image, verbose=0), expected)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("extra", [None, 0, 1])
@pytest.mark.parametrize("window, stride, dilation", [(3, 2, 1), (4, 2, 1), (2, 3, 1), (5, 2, 1), (1, 2, 1), (2, 1, 3)])
def test_transposed_convolution_has_the_size_of_keras(padding, extra, window, stride, dilation, monkeypatch):
    if extra is not None and extra >= stride:
        return
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="keras is not installed")
    settings = {"strides": stride, "padding": padding, "output_padding": extra, "dilation_rate": dilation}
    model, image = whole_numbers(Conv2DTranspose(3, window, **settings))
    theirs = keras.layers.Conv2DTranspose(3, window, **settings)
    theirs.build((None, *IMAGE))
    theirs.set_weights(model.get_weights())
    found, expected = model.predict(image, verbose=0), np.asarray(theirs(image.astype(np.float32)))
    np.testing.assert_array_equal(found, expected)
    operation = model.layers[0].operation()
    np.testing.assert_array_equal(operation(image[0]), expected[0])


POOLS = [
    (2, {}),
    (3, {"strides": 1}),
    ((3, 2), {"strides": 2, "padding": "same"}),
    (2, {"ceil_mode": True}),
    (3, {"strides": 2, "padding": 1}),
]


@pytest.mark.parametrize("size, settings", POOLS, ids=str)
def test_pooling_is_the_reference(size, settings):
    model, image = whole_numbers(MaxPooling2D(size, **settings))
    np.testing.assert_array_equal(model.predict(image, verbose=0), reference.max_pool(image.tolist(), size, **settings)[0])
    for counted in (False, True):
        model, image = whole_numbers(AveragePooling2D(size, count_include_pad=counted, **settings))
        expected = np.array(reference.avg_pool(image.tolist(), size, count_include_pad=counted, **settings))
        # times 1/9 instead of divided by 9
        np.testing.assert_allclose(model.predict(image, verbose=0), expected, rtol=1.5e-7, atol=0)


# ---------------------------------------------------------------- dropout


@pytest.mark.parametrize("before", [[], [Activation("relu")]], ids=["alone", "joined to relu"])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_drops_its_share_and_scales_the_rest(rate, before):
    model = Sequential([Input((100, 100)), Dense(100, kernel_initializer="zeros", bias_initializer="ones"), *before])
    model.add(Dropout(rate))
    model.compile(optimizers.SGD(0.0), "mse")
    masks = []
    for step in range(3):
        model.optimizer.iterations = step
        model.train_on_batch(np.zeros((8, 100, 100)), np.zeros((8, 100, 100)))
        executor = model._engine.current.executors["train"]
        masks.append(executor.value(executor.plan.outputs[0], 8).copy())
    for mask in masks:
        kept = mask != 0
        assert np.unique(mask[kept]).tolist() == [np.float32(1) / np.float32(1 - rate)]
        # five standard deviations of so many coins
        assert abs(kept.mean() - (1 - rate)) < 5 * np.sqrt(rate * (1 - rate) / mask.size)
    shares = [np.mean((masks[0] != 0) & (masks[1] != 0)), np.mean((masks[0][0] != 0) & (masks[0][1] != 0))]
    np.testing.assert_allclose(shares, (1 - rate) ** 2, atol=0.02)
    assert (model.predict(np.zeros((1, 100, 100)), verbose=0) == 1).all()
    assert model.evaluate(np.zeros((1, 100, 100)), np.ones((1, 100, 100)), verbose=0) == 0


def test_two_dropouts_drop_differently():
    x = Input((2000,), dtype="float64")
    outputs = [Dropout(0.5, dtype="float64", **seed)(x) for seed in ({}, {}, {"seed": 1}, {"seed": 1}, {"seed": 2})]
    model = Model(x, Concatenate(dtype="float64")(outputs))
    model.compile(optimizers.SGD(0.0), "mse")
    model.train_on_batch(np.ones((1, 2000)), np.ones((1, 10000)))
    executor = model._engine.current.executors["train"]
    masks = executor.value(executor.plan.outputs[0], 1).reshape(5, 2000) != 0
    for one in range(5):
        for other in range(one):
            assert abs(np.mean(masks[one] == masks[other]) - 0.5) < 0.06


def test_a_seed_of_its_own_makes_dropout_the_same_for_every_model():
    found = []
    for seed in (1, 2):
        set_random_seed(seed)
        model = Sequential([Dropout(0.5, seed=9, input_shape=(50,)), Dense(1, kernel_initializer="ones")])
        model.compile(optimizers.SGD(0.0), "mse")
        found.append(model.train_on_batch(np.arange(100).reshape(2, 50), np.zeros((2, 1))))
    assert found[0] == found[1]


# ---------------------------------------------------------------- batch normalization


@pytest.mark.parametrize("shape", [(3,), (4, 5, 3)], ids=str)
def test_moving_averages_follow_the_batches(shape):
    model = Sequential([BatchNormalization(momentum=0.7, input_shape=shape, dtype="float64")])
    model.compile(optimizers.SGD(0.0), "mse")
    random = np.random.default_rng(0)
    mean, variance = np.zeros(3), np.ones(3)
    for _ in range(4):
        x = random.normal(3, 2, (6, *shape))
        model.train_on_batch(x, x)
        axes = tuple(range(x.ndim - 1))
        mean, variance = 0.7 * mean + 0.3 * x.mean(axes), 0.7 * variance + 0.3 * x.var(axes)
    layer = model.layers[0]
    np.testing.assert_allclose(layer._weight("moving_mean"), mean, rtol=1e-13)
    np.testing.assert_allclose(layer._weight("moving_variance"), variance, rtol=1e-13)
    model.evaluate(x, x, verbose=0)
    np.testing.assert_allclose(layer._weight("moving_mean"), mean, rtol=1e-13)
    expected = (x - mean) / np.sqrt(variance + 1e-3)
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-12, atol=1e-12)


def test_a_frozen_normalization_keeps_its_averages_and_goes_by_them():
    model = Sequential([BatchNormalization(trainable=False, input_shape=(3,)), Dense(1)])
    model.compile("sgd", "mse")
    before = model.layers[0].get_weights()
    x = np.random.default_rng(0).normal(5, 1, (8, 3)).astype(np.float32)
    assert model.train_on_batch(x, x[:, :1]) > 0
    for one, other in zip(before, model.layers[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    model.layers[0].trainable = True
    model.train_on_batch(x, x[:, :1])
    assert not np.array_equal(before[2], model.layers[0]._weight("moving_mean"))


def test_a_loss_that_is_no_number_leaves_the_averages():
    model = Sequential([BatchNormalization(input_shape=(3,)), Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((4, 3), np.float32)
    model.train_on_batch(x, x[:, :1])
    before = model.get_weights()
    x[1, 1] = np.nan
    with pytest.raises(ArithmeticError, match="the inputs hold 1 NaN"):
        model.train_on_batch(x, x[:, :1])
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
