"""Models: how layers are joined, named, found, fed and opened; initial weights; what is refused and in what words."""

import numpy as np
import pytest

from convviz import nn
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
    initializers,
    set_random_seed,
)


def ones(*shape):
    return np.ones(shape, np.float32)


# ---------------------------------------------------------------- Sequential


def test_a_sequential_grows_and_shrinks():
    model = Sequential()
    model.add(Input((6,)))
    model.add(Dense(4))
    model.add(Dense(3))
    assert model.output_shape == (None, 3) and model.count_params() == 7 * 4 + 5 * 3
    first = model.layers[0].kernel
    model.pop()
    assert model.output_shape == (None, 4) and [layer.name for layer in model.layers] == ["dense"]
    model.add(Dense(2))
    assert model.output_shape == (None, 2) and model.layers[0].kernel is first


def test_layers_taken_away_are_not_computed_any_more():
    model = Sequential([Dense(4, input_shape=(6,)), Dense(3)])
    model.compile("sgd", "mse")
    model.train_on_batch(ones(2, 6), ones(2, 3))
    model.predict(ones(2, 6), verbose=0)
    model.pop()
    model.add(Dense(5, kernel_initializer="zeros", bias_initializer="ones"))
    assert model.predict(ones(2, 6), verbose=0).tolist() == [[1] * 5] * 2
    model.train_on_batch(ones(2, 6), 2 * ones(2, 5))
    assert (model.layers[1].bias > 1).all()


def test_a_sequential_is_built_by_its_first_samples():
    model = Sequential([Flatten(), Dense(3, activation="relu"), Dense(2)])
    assert not model.built and model.layers[1].kernel is None
    with pytest.raises(ValueError, match=r"the model is not built: give its first layer input_shape=\(...\), or call build"):
        _ = model.output_shape
    assert model.predict(ones(4, 2, 5), verbose=0).shape == (4, 2)
    assert model.layers[1].kernel.shape == (10, 3) and model.input_shape == (None, 2, 5)
    other = Sequential([Dense(2)])
    other.build((None, 7))
    assert other.layers[0].kernel.shape == (7, 2)
    trained = Sequential([Dense(2)])
    trained.compile("sgd", "mse")
    trained.fit(ones(4, 3), ones(4, 2), verbose=0)
    assert trained.layers[0].kernel.shape == (3, 2)


def test_input_dim_is_an_input_shape_of_one_axis():
    assert Sequential([Dense(2, input_dim=7)]).input_shape == (None, 7)


def test_a_layer_may_stand_in_a_sequential_twice():
    dense = Dense(4)
    model = Sequential([Dense(4, input_shape=(3,)), dense, dense])
    assert model.count_params() == 4 * 4 + 5 * 4 and len(model.layers) == 2
    x = np.random.default_rng(0).standard_normal((2, 3)).astype(np.float32)
    first, second = model.layers
    expected = ((x @ first.kernel + first.bias) @ second.kernel) @ second.kernel
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Sequential([Dense]), r"add a layer, not a class: Dense\(...\)"),
        (lambda: Sequential([3]), "a Sequential is made of layers; int came"),
        (lambda: Sequential([Dense(2), Input((3,))]), "Input stands at the beginning"),
        (lambda: Sequential().pop(), "there is no layer to take away"),
        (lambda: Sequential().predict(ones(1, 2)), "the model has no layers; add some first"),
        (lambda: Sequential([Dense(2, name="a", input_shape=(3,)), Dense(2, name="a")]), "'a' stands for more than one"),
    ],
)
def test_what_a_sequential_refuses(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


# ---------------------------------------------------------------- graphs


def test_several_inputs_and_outputs():
    one, other = Input((3,)), Input((2,))
    joined = Concatenate()([one, other])
    model = Model([one, other], [joined, Dense(1, kernel_initializer="ones")(joined)])
    first, second = np.arange(6).reshape(2, 3), np.arange(4).reshape(2, 2)
    found = model.predict([first, second], verbose=0)
    assert [array.shape for array in found] == [(2, 5), (2, 1)]
    np.testing.assert_array_equal(found[0], np.concatenate([first, second], 1))
    np.testing.assert_array_equal(found[1][:, 0], found[0].sum(1))
    assert model.input_shape == [(None, 3), (None, 2)] and model.output_shape == [(None, 5), (None, 1)]
    with pytest.raises(ValueError, match="a model is trained by its only output; this one has 2"):
        model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"the model has 2 inputs .* x must be a list of 2 arrays"):
        model.predict(first)
    with pytest.raises(ValueError, match=r"the arrays of x have \[2, 1\] samples; they must be as many"):
        model.predict([first, second[:1]])


def test_a_model_of_two_inputs_is_trained():
    one, other = Input((3,)), Input((2,))
    model = Model([one, other], Dense(1)(Concatenate()([one, other])))
    model.compile(nn.optimizers.Adam(0.1), "mse")
    random = np.random.default_rng(0)
    x = [random.standard_normal((40, 3)), random.standard_normal((40, 2))]
    y = x[0][:, :1] - x[1][:, 1:]
    assert model.fit(x, y, epochs=40, verbose=0).history["loss"][-1] < 0.01


def test_an_input_that_nothing_reads_does_not_matter():
    one, other = Input((3,)), Input((2,))
    model = Model([one, other], Dense(1)(one))
    model.compile("sgd", "mse", device="cpu")
    x = [np.random.default_rng(0).standard_normal((4, 3)), ones(4, 2)]
    np.testing.assert_allclose(model.predict(x, verbose=0), x[0] @ model.layers[-1].kernel, rtol=1e-5, atol=1e-6)
    before = model.get_weights()
    model.train_on_batch(x, ones(4, 1))
    assert not np.array_equal(before[0], model.layers[-1].kernel)


def test_inner_outputs_are_looked_at_while_the_rest_goes_on():
    model = Sequential([Conv2D(2, 3, activation="relu", input_shape=(6, 6, 1)), MaxPooling2D(2), Flatten(), Dense(3)])
    every = Model(model.inputs, [layer.output for layer in model.layers])
    x = np.random.default_rng(0).standard_normal((3, 6, 6, 1)).astype(np.float32)
    found = every.predict(x, verbose=0)
    np.testing.assert_allclose(found[-1], model.predict(x, verbose=0), rtol=1e-6)
    for layer, before, after in zip(model.layers, [x, *found[:-1]], found, strict=True):
        np.testing.assert_allclose(layer(before), after, rtol=1e-5, atol=1e-6)


def test_more_samples_than_a_batch_and_a_last_batch_of_fewer():
    model = Sequential([Dense(3, input_shape=(4,))])
    x = np.random.default_rng(0).standard_normal((70, 4)).astype(np.float32)
    expected = x @ model.layers[0].kernel
    for size in (None, 1, 7, 70, 100):
        np.testing.assert_allclose(model.predict(x, batch_size=size, verbose=0), expected, rtol=1e-5, atol=1e-6)
    assert model.predict(x[:0], verbose=0).shape == (0, 3)


def test_float64_models_compute_in_float64():
    model = Sequential([Dense(3, activation="tanh", input_shape=(4,), dtype="float64"), Dense(2, dtype=np.float64)])
    x = np.random.default_rng(0).standard_normal((5, 4))
    first, second = model.layers
    found = model.predict(x, verbose=0)
    assert found.dtype == np.float64 and first.kernel.dtype == np.float64
    np.testing.assert_allclose(found, np.tanh(x @ first.kernel) @ second.kernel, rtol=1e-13, atol=1e-15)


def test_models_and_layers_compute_arrays():
    dense = Dense(3, activation="relu")
    x = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
    expected = np.maximum(x @ (dense(x), dense.kernel)[1], 0)
    np.testing.assert_allclose(dense(x), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(Sequential([Input((4,)), dense])(x), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(Add()([x, x, 2 * x]), 4 * x)
    np.testing.assert_array_equal(Concatenate()([x, x]), np.concatenate([x, x], -1))


def test_a_layer_that_computed_an_array_is_not_named_or_joined_by_that():
    first, second = Dense(3), Dense(3)
    first(ones(1, 4))
    second(ones(1, 3))
    model = Sequential([Input((4,)), first, second])
    assert [layer.name for layer in model.layers] == ["dense", "dense_1"]
    lonely = Dense(3)
    lonely(ones(1, 4))
    with pytest.raises(ValueError, match=r"was built for 4 channels; inputs of shape \(None, 5\) have 5"):
        lonely(Input((5,)))


def test_a_layer_computes_an_array_without_a_model(monkeypatch):
    def fail(*ignored, **also):
        raise AssertionError("a model was made")

    monkeypatch.setattr(Model, "__init__", fail)
    dense, x = Dense(3), np.random.default_rng(0).standard_normal((70, 4)).astype(np.float32)
    np.testing.assert_allclose(dense(x), x @ dense.kernel, rtol=1e-5, atol=1e-6)
    assert dense(x[:0]).shape == (0, 3)
    with pytest.raises(ValueError, match="is not joined to anything yet"):
        print(dense.output)


def test_a_model_is_used_as_a_layer_with_the_same_weights():
    inner = Sequential([Dense(3, activation="tanh", input_shape=(4,), name="inner"), Dense(2, name="last")])
    x = Input((4,))
    model = Model(x, Dense(1, name="head")(inner(x)))
    assert [layer.name for layer in model.layers[1:]] == ["inner", "last", "head"]
    assert model.get_layer("inner").kernel is inner.layers[0].kernel
    model.compile(nn.optimizers.SGD(0.5), "mse")
    before = inner.get_weights()
    model.train_on_batch(ones(2, 4), ones(2, 1))
    assert not np.array_equal(before[0], inner.layers[0].kernel)
    stacked = Sequential([inner, Dense(5)])
    assert stacked.output_shape == (None, 5) and stacked.layers[0] is inner.layers[0]
    assert inner.output_shape == (None, 2)


@pytest.mark.parametrize("sizes", [[1], [3], [1, 1], [2, 1], [1, 3], [3, 2, 1], [2, 2, 2]])
@pytest.mark.parametrize("first", ["layer", "model"])
def test_models_in_a_sequential_give_it_all_of_their_layers_in_order(sizes, first):
    groups = [[Dense(4, activation="tanh") for _ in range(size)] for size in sizes]
    parts = [Sequential([Input((4,)), *group]) for group in groups]
    begun = Dense(4, input_shape=(4,))
    model = Sequential([begun, *parts] if first == "layer" else parts)
    expected = [begun] * (first == "layer") + [layer for group in groups for layer in group]
    assert [layer for layer in model.layers if layer.weights] == expected
    values = x = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
    for layer in expected:
        values = layer(values)
    np.testing.assert_allclose(model(x), values, rtol=1e-5, atol=1e-6)


def test_a_sequential_is_built_by_the_first_tensor_that_it_is_called_on():
    inner = Sequential([Conv2D(2, 3), Flatten(), Dense(3)])
    x = Input((6, 5, 1))
    model = Model(x, Activation("softmax")(inner(x)))
    assert inner.input_shape == (None, 6, 5, 1) and model.output_shape == (None, 3)
    weights = inner.get_weights()
    Model(y := Input((6, 5, 1)), inner(y))  # a second time it keeps its weights
    assert all(map(np.array_equal, inner.get_weights(), weights))
    with pytest.raises(ValueError, match=r"the model takes \(None, 6, 5, 1\); \[\(None, 5, 6, 1\)\] came"):
        inner(Input((5, 6, 1)))


def test_two_models_of_layers_without_names_are_joined():
    one, other = (Sequential([Dense(3, input_shape=(4,))]) for _ in range(2))
    x = Input((4,))
    model = Model(x, Add()([one(x), other(x)]))
    assert len({layer.name for layer in model.layers}) == len(model.layers) == 4


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Model(Input((2,)), Dense(2)(Input((2,)))), "which is not among the inputs of the model"),
        (lambda: Model(x := Input((2,)), [x, 3]), "outputs of a Model are tensors, .*; int came"),
        (lambda: Model([], Input((2,))), "a Model needs inputs"),
        (lambda: Model(Dense(2)(Input((2,))), Input((2,))), "inputs of a model come from Input"),
        (lambda: np.asarray(Input((2,))), "stands for an array and holds no numbers"),
        (lambda: Add()(Input((2,))), r"joins a list of two or more tensors: Add\(\)\(\[a, b\]\)"),
        (lambda: Add()([Input((2,)), Input((3,))]), r"adds tensors of one shape; these are \[\(None, 2\), \(None, 3\)\]"),
        (lambda: Concatenate()([Input((2, 2)), Input((3, 2))]), "differ in their last axis only"),
        (lambda: Concatenate(axis=1)([Input((2, 2)), Input((2, 2))]), "joins along the last axis, -1; axis is 1"),
        (lambda: Dense(2)([Input((2,)), Input((2,))]), r"'dense' \(Dense\) takes one tensor; 2 came"),
        (lambda: BatchNormalization()([Input((2,))] * 2), "takes one tensor; 2 came"),
        (lambda: Conv2D(2, 2)([Input((4, 4, 1))] * 4), "takes one tensor; 4 came"),
    ],
)
def test_what_a_graph_refuses(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


# ---------------------------------------------------------------- names


def test_layers_are_numbered_by_kind():
    layers = [
        Conv2D(1, 1, input_shape=(4, 4, 1)),
        Conv2D(1, 1, name="conv2d_1"),
        Conv2D(1, 1),
        MaxPooling2D(2),
        Flatten(),
        Dense(1),
        BatchNormalization(),
        Dense(1),
    ]
    assert [layer.name for layer in Sequential(layers).layers] == [
        "conv2d",
        "conv2d_1",
        "conv2d_2",
        "max_pooling2d",
        "flatten",
        "dense",
        "batch_normalization",
        "dense_1",
    ]


def test_layers_are_found_by_name_and_place():
    model = Sequential([Dense(2, input_shape=(3,)), Activation("relu", name="bend")])
    assert model.get_layer("bend") is model.layers[1] is model.get_layer(index=-1)
    with pytest.raises(ValueError, match="there is no layer 'bent'; did you mean 'bend'. The layers are: dense, bend"):
        model.get_layer("bent")
    with pytest.raises(ValueError, match="the model has 2 layers; there is none with index 2"):
        model.get_layer(index=2)


# ---------------------------------------------------------------- weights


@pytest.mark.parametrize(
    "arrays, message",
    [
        ([ones(2, 3)], "the model has 4 weights, but 1 arrays came"),
        (
            [ones(2, 3), ones(3), ones(3, 2), ones(1)],
            r"'dense_1' \(Dense\) has weights of the shapes \[\(3, 1\), \(1,\)\], but \[\(3, 2\), \(1,\)\] came",
        ),
    ],
)
def test_weights_that_do_not_fit_change_nothing(arrays, message):
    model = Sequential([Dense(3, input_shape=(2,)), Dense(1)])
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        model.set_weights(arrays)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("bad", [np.full((2, 3), "a"), np.full((2, 3), 1j), np.full((2, 3), None)])
def test_weights_that_are_no_numbers_change_nothing(bad):
    layer = Sequential([Dense(3, input_shape=(2,))]).layers[0]
    before = layer.get_weights()
    for arrays, name in (([bad, ones(3)], "kernel"), ([ones(2, 3), bad[0]], "bias")):
        with pytest.raises(TypeError, match=f"the {name} of layer 'dense' .* is made of numbers"):
            layer.set_weights(arrays)
        assert all(np.array_equal(*pair) for pair in zip(before, layer.get_weights(), strict=True))


def test_weights_are_copied_out_and_written_in_place():
    model = Sequential([Dense(3, input_shape=(2,))])
    layer = model.layers[0]
    held, copies = layer.kernel, model.get_weights()
    copies[0][...] = 7
    assert not (held == 7).any()
    model.set_weights([array.tolist() for array in copies])
    assert layer.kernel is held and (held == 7).all()


# ---------------------------------------------------------------- the explainer


CONVOLVING = {
    "convolution": lambda: Conv2D(3, 3, padding="same", activation="relu"),
    "strides, no bias": lambda: Conv2D(2, (2, 3), strides=(2, 1), use_bias=False),
    "groups": lambda: Conv2D(6, 3, groups=2, activation="sigmoid"),
    "a group a channel": lambda: Conv2D(4, 3, groups=4, dilation_rate=2),
    "padding": lambda: Conv2D(1, 2, padding=((0, 2), (1, 0))),
    "depthwise": lambda: DepthwiseConv2D(3, padding="same", activation="tanh"),
    "depthwise, multiplier": lambda: DepthwiseConv2D(2, depth_multiplier=3, strides=2),
    "transposed": lambda: Conv2DTranspose(3, 3, strides=2, padding="same", activation="relu"),
    "transposed, beyond": lambda: Conv2DTranspose(2, 2, strides=3),
    "transposed, output padding": lambda: Conv2DTranspose(2, 3, strides=2, padding="same", output_padding=1),
    "transposed, cropped": lambda: Conv2DTranspose(2, (3, 2), dilation_rate=2, padding=1, use_bias=False),
}


def opened(make, channels=4):
    """A layer in a model with biases, an image, and the layer's result for it before its activation."""
    set_random_seed(3)
    layer = make()
    layer.activation = "linear" if layer.activation else None
    model = Sequential([Input((7, 6, channels), dtype=layer.dtype), layer])
    if layer.bias is not None:
        layer.bias[...] = np.linspace(-1, 1, len(layer.bias)) + 0.1
    image = np.random.default_rng(1).standard_normal((7, 6, channels)).astype(np.float32)
    return layer, image, model.predict(image[None], verbose=0)[0]


@pytest.mark.parametrize("channels", [4, 1])
@pytest.mark.parametrize("name", CONVOLVING)
def test_a_layer_opens_as_an_operation_with_its_numbers(name, channels):
    if channels == 1 and "group" in name:
        return
    layer, image, expected = opened(CONVOLVING[name], channels)
    result = layer.operation()(image)
    np.testing.assert_allclose(result.reshape(expected.shape), expected, rtol=1e-5, atol=1e-5)
    for filter in range(expected.shape[2]):
        operation = layer.operation(filter)
        np.testing.assert_allclose(
            operation(image).squeeze(-1) if operation(image).ndim == 3 else operation(image),
            expected[..., filter],
            rtol=1e-5,
            atol=1e-5,
        )
        assert not np.shares_memory(operation.kernel, layer.kernel)
    with pytest.raises(ValueError, match=f"has the filters 0 to {expected.shape[2] - 1}, not {expected.shape[2]}"):
        layer.operation(filter=expected.shape[2])


@pytest.mark.parametrize(
    "make",
    [
        lambda: MaxPooling2D(3, strides=2, padding="same"),
        lambda: MaxPooling2D(2, ceil_mode=True),
        lambda: AveragePooling2D((2, 3), strides=1),
        lambda: AveragePooling2D(2, padding=1, count_include_pad=True),
        lambda: GlobalMaxPooling2D(),
        lambda: GlobalAveragePooling2D(),
    ],
)
def test_pooling_opens_as_an_operation(make):
    layer, image, expected = opened(make)
    np.testing.assert_allclose(layer.operation()(image).reshape(expected.shape), expected, rtol=1e-6, atol=1e-6)


def test_a_trained_filter_is_traced():
    layer, image, expected = opened(CONVOLVING["convolution"])
    trace = layer.operation(filter=1).trace(image)
    np.testing.assert_allclose(np.squeeze(trace.output), expected[..., 1], rtol=1e-5, atol=1e-5)
    with pytest.raises(ValueError, match="has no weights yet; build the model"):
        Conv2D(3, 3).operation(1)


# ---------------------------------------------------------------- initial weights

#: Name: variance by fan in and fan out, and the largest number in standard deviations (None for no bound).
SPREADS = {
    "glorot_uniform": (lambda into, out: 2 / (into + out), 3**0.5),
    "he_uniform": (lambda into, out: 2 / into, 3**0.5),
    "lecun_uniform": (lambda into, out: 1 / into, 3**0.5),
    "glorot_normal": (lambda into, out: 2 / (into + out), 2 / 0.8796),
    "he_normal": (lambda into, out: 2 / into, 2 / 0.8796),
    "lecun_normal": (lambda into, out: 1 / into, 2 / 0.8796),
    "random_normal": (lambda into, out: 0.05**2, None),
    "random_uniform": (lambda into, out: 0.05**2 / 3, 3**0.5),
    "variance_scaling": (lambda into, out: 1 / into, 2 / 0.8796),
}
#: Layer: shape of its kernel on 32 channels, and its fans by Keras's rule.
FANS = {
    "dense": (lambda **i: Dense(200, **i), (32, 200), 32, 200),
    "convolution": (lambda **i: Conv2D(64, (3, 5), **i), (3, 5, 32, 64), 15 * 32, 15 * 64),
    "groups": (lambda **i: Conv2D(64, (3, 5), groups=4, **i), (3, 5, 8, 64), 15 * 8, 15 * 64),
    "transposed": (lambda **i: Conv2DTranspose(64, 3, **i), (3, 3, 64, 32), 9 * 64, 9 * 32),
}


@pytest.mark.parametrize("layer", FANS)
@pytest.mark.parametrize("name", SPREADS)
def test_initial_weights_have_the_spread_of_their_name(name, layer):
    make, shape, into, out = FANS[layer]
    set_random_seed(11)
    kernel = Sequential([Input((8, 8, 32)), make(kernel_initializer=name)]).layers[0].kernel
    variance, bound = SPREADS[name]
    deviation = variance(into, out) ** 0.5
    assert kernel.shape == shape
    # five standard errors; the fourth moment of none of these is above 3
    assert abs(kernel.std() / deviation - 1) < 5 / np.sqrt(2 * kernel.size) * 1.1
    assert abs(kernel.mean()) < 5 * deviation / np.sqrt(kernel.size)
    if bound:
        assert 0.97 * bound < np.abs(kernel).max() / deviation < bound * 1.0001


def test_depthwise_kernels_follow_keras_too():
    set_random_seed(1)
    kernel = Sequential([DepthwiseConv2D(5, depth_multiplier=3, input_shape=(9, 9, 40))]).layers[0].kernel
    limit = (6 / (25 * 40 + 25 * 3)) ** 0.5
    assert kernel.shape == (5, 5, 40, 3) and 0.99 * limit < np.abs(kernel).max() <= limit


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SPREADS)
def test_limits_are_those_of_keras(name, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="keras is not installed")
    set_random_seed(1)
    keras.utils.set_random_seed(1)
    for shape in ((50, 30), (3, 3, 20, 40)):
        theirs = np.asarray(keras.initializers.get(name)(shape))
        ours = initializers.get(name)(shape)
        assert ours.dtype == np.float32
        assert ours.std() == pytest.approx(theirs.std(), rel=10 / np.sqrt(2 * ours.size))
        if name != "random_normal":
            assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.02)


def test_seeds_give_the_same_weights():
    def kernels():
        return [layer.kernel for layer in Sequential([Dense(5, input_shape=(5,)), Dense(5)]).layers]

    set_random_seed(4)
    first = kernels()
    again_differs = kernels()
    set_random_seed(4)
    second = kernels()
    assert np.array_equal(first[0], second[0]) and np.array_equal(first[1], second[1])
    assert not np.array_equal(first[0], first[1]) and not np.array_equal(first[0], again_differs[0])
    own = initializers.HeNormal(seed=3)
    assert np.array_equal(own((4, 4)), own((4, 4))) and not np.array_equal(own((4, 4)), initializers.HeNormal(seed=4)((4, 4)))
    assert (initializers.Constant(2.5)((3,)) == 2.5).all() and (initializers.get("ones")((2,)) == 1).all()


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: initializers.VarianceScaling(scale=0), "scale of an initializer is a number above 0, not 0"),
        (lambda: initializers.VarianceScaling(mode="fan_im"), "no mode 'fan_im'; did you mean 'fan_in'"),
        (lambda: initializers.VarianceScaling(distribution="normal"), "no distribution 'normal'; did you mean"),
        (lambda: initializers.GlorotUniform(seed=-1), "seed is -1; expected a whole number of at least 0"),
        (lambda: initializers.GlorotUniform(seed=0.5), "seed is 0.5; expected a whole number of at least 0"),
        (lambda: set_random_seed("a"), "seed is 'a'; expected a whole number of at least 0"),
        (lambda: Sequential([Dense(2, kernel_initializer=Wrong(), input_shape=(3,))]), r"gave \(1,\) instead of \(3, 2\)"),
    ],
)
def test_initializers_that_make_no_sense(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


class Wrong(initializers.Initializer):
    def values(self, generator, shape):
        return np.ones(1)


def test_capitals_do_not_matter_in_names():
    scaling = initializers.VarianceScaling(mode="FAN_AVG", distribution="Uniform")
    assert (scaling.mode, scaling.distribution) == ("fan_avg", "uniform") and scaling((3, 3)).shape == (3, 3)
    assert Conv2D(2, 3, padding="SAME", activation="ReLU").get_config()["padding"] == "same"


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "make, message",
    [
        # a place in a model that does not fit
        (
            lambda: Sequential([Conv2D(3, 3, input_shape=(5, 5))]),
            r"'conv2d' \(Conv2D\) takes inputs \(samples, rows, columns, channels\), but \(None, 5, 5\) came",
        ),
        (lambda: Sequential([Dense(3, input_shape=(4,)), GlobalMaxPooling2D()]), r"but \(None, 3\) came"),
        (
            lambda: Sequential([Conv2D(3, 3, input_shape=(5, 5, 1)), MaxPooling2D(2), Conv2D(3, 2, name="third")]),
            r"'third' \(Conv2D\) on \(None, 1, 1, 3\): the kernel spans 2 rows, but the input has only 1",
        ),
        (
            lambda: Sequential([MaxPooling2D(3, input_shape=(2, 5, 1))]),
            r"'max_pooling2d' \(MaxPooling2D\) on \(None, 2, 5, 1\): the pool spans 3 rows, but the input has only 2",
        ),
        (lambda: Sequential([Conv2DTranspose(1, 1, padding=1, input_shape=(2, 2, 1))]), "so nothing is left; use less padding"),
        (lambda: Sequential([AveragePooling2D(2, padding=3, input_shape=(2, 5, 1))]), "holds nothing but padding"),
        (lambda: Sequential([Conv2D(4, 3, groups=2, input_shape=(5, 5, 3))]), "groups is 2; it must divide the 3 channels"),
        (
            lambda: Sequential([Dense(3, input_shape=(2,), dtype="float64"), Dense(2)]),
            "computes in float32, but layer 'dense' .* gives float64; give all layers the same dtype",
        ),
        (lambda: Sequential([BatchNormalization(axis=1, input_shape=(3, 3, 2))]), "along the last axis, -1; axis is 1"),
        # names
        (lambda: Conv2D(3, 3, data_format="channels_first"), "computes with channels last.*leave data_format out.*moveaxis"),
        (lambda: MaxPooling2D(3, data_format="channels_first"), "computes with channels last.*leave data_format out.*moveaxis"),
        (lambda: GlobalMaxPooling2D(data_format="channels_first"), "channels last.*leave data_format out.*moveaxis"),
        (lambda: ZeroPadding2D(1, data_format="channels_first"), "channels last.*leave data_format out.*moveaxis"),
        # sizes that no memory holds
        (
            lambda: Sequential([Dense(10**30, input_shape=(3,))]),
            r"the kernel of layer 'dense' \(Dense\) would have the shape \(3, 10{30}\), which no memory can hold; make",
        ),
        (lambda: Sequential([Conv2D(10**30, 3, input_shape=(5, 5, 1), name="wide")]), "the kernel of layer 'wide'"),
        (lambda: Dense(3, activation="reul"), "no activation 'reul'; did you mean 'relu'"),
        (lambda: Activation("sigmod"), "no activation 'sigmod'; did you mean 'sigmoid'"),
        (lambda: Dense(3, activation=np.tanh), "activation must be a name"),
        (lambda: Conv2D(3, 3, kernel_initializer="he_norml"), "no initializer 'he_norml'; did you mean 'he_normal'"),
        (lambda: Dense(3, kernel_regularizer="l3"), "no regularizer 'l3'; did you mean 'l"),
        (lambda: Conv2D(3, 3, padding="smae"), "padding is 'smae'; expected 'valid', 'same'"),
        (
            lambda: Conv2D(3, 3, activaton="relu"),
            r"Conv2D has no setting 'activaton'; did you mean 'activation'\? It has: filters, kernel_size",
        ),
        (lambda: MaxPooling2D(2, stride=2), r"MaxPooling2D has no setting 'stride'; did you mean 'strides'"),
        (lambda: Dropout(0.5, inputshape=(3,)), r"Dropout has no setting 'inputshape'; did you mean 'input_shape'"),
        # numbers
        (lambda: Conv2D(0, 3), "filters is 0; expected a whole number of at least 1"),
        (lambda: Conv2D(3, 0), "kernel_size is 0; expected a whole number of at least 1"),
        (lambda: Conv2D(3, (1, 2, 3)), r"kernel_size is \(1, 2, 3\); expected one whole number or two"),
        (lambda: Conv2D(3, 2.5), "kernel_size is 2.5; expected a whole number"),
        (lambda: Conv2D(3, 3, strides=-1), "strides is -1; expected a whole number of at least 1"),
        (lambda: Conv2D(3, 3, dilation_rate=0), "dilation_rate is 0"),
        (lambda: Conv2D(3, 3, groups=2), r"groups is 2; it must divide the filters \(3\)"),
        (lambda: DepthwiseConv2D(3, depth_multiplier=0), "depth_multiplier is 0"),
        (
            lambda: Sequential([Conv2DTranspose(1, 3, strides=2, output_padding=2, input_shape=(3, 3, 1))]),
            r"output_padding \(rows\) is 2; it must be smaller than the stride",
        ),
        (lambda: MaxPooling2D("2"), "pool_size is '2'; expected a whole number"),
        (lambda: Dense("10"), "units is '10'; expected a whole number"),
        (lambda: Dense(True), "units is True; expected a whole number"),
        (lambda: Dropout(1), "rate of Dropout must be a number from 0 to below 1, not 1"),
        (lambda: Dropout(-0.1), "rate of Dropout must be a number"),
        (lambda: Dropout(float("nan")), "rate of Dropout must be a number"),
        (lambda: BatchNormalization(momentum=1.5), "momentum must be a number from 0 to below 1, not 1.5"),
        (lambda: nn.regularizers.L1L2(l1=-1), "l1 of a regularizer must be a number from 0 on, not -1"),
        (lambda: ZeroPadding2D(-1), "padding is -1"),
        (lambda: ZeroPadding2D("same"), r"padding of ZeroPadding2D is a number of cells, .* not 'same'"),
        (lambda: Input((0, 3)), r"a shape is a tuple of whole numbers from 1 on such as \(28, 28, 1\), not \(0, 3\)"),
        (lambda: Input((None, 3)), r"not \(None, 3\)"),
        (lambda: Input(3.5), "a shape is a tuple of whole numbers such as"),
        (lambda: Dense(3, name=3), "a layer's name is a text, not 3"),
        (lambda: Dense(3, dtype="float16"), "dtype of a layer is float32 or float64, not 'float16'"),
        (lambda: Dense(3, dtype="flaot32"), "dtype of a layer is float32 or float64, not 'flaot32'"),
    ],
)
def test_what_layers_refuse(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_a_layer_that_takes_more_memory_than_there_is_is_named():
    words = r"kernel of layer 'dense' \(Dense\) would have the shape \(3, 10{15}\), which takes 11,175,870\.9 GiB, more than"
    with pytest.raises(MemoryError, match=words):
        Sequential([Dense(10**15, input_shape=(3,))])


def test_a_layer_without_a_name_is_told_from_the_others_in_errors():
    layers = [Conv2D(3, 3, activation="relu", input_shape=(6, 6, 1)), Conv2D(3, 3), Conv2D(3, 3)]
    with pytest.raises(ValueError, match=r"layer 'conv2d_2' \(Conv2D\) on \(None, 2, 2, 3\): the kernel spans 3 rows"):
        Sequential(layers)


def test_settings_are_written_down_and_read_back():
    layers = [
        Conv2D(
            2,
            (3, 2),
            strides=(2, 1),
            padding=((0, 1), (2, 3)),
            dilation_rate=2,
            activation="elu",
            kernel_regularizer="l2",
            kernel_initializer=initializers.HeUniform(seed=3),
            name="one",
        ),
        DepthwiseConv2D(3, depth_multiplier=2, depthwise_regularizer=nn.regularizers.l1(0.5)),
        Conv2DTranspose(2, 3, output_padding=1, strides=2),
        Conv2DTranspose(2, 3),
        MaxPooling2D(3, 2, "same", ceil_mode=True),
        AveragePooling2D(count_include_pad=True),
        GlobalMaxPooling2D(keepdims=True),
        ZeroPadding2D(((1, 2), (3, 4))),
        Flatten(dtype="float64"),
        Dense(3, use_bias=False, trainable=False),
        Dropout(0.3, seed=5),
        Activation("mish"),
        BatchNormalization(momentum=0.5, center=False),
        Add(),
        Concatenate(),
    ]
    for layer in layers:
        config = layer.get_config()
        assert type(layer).from_config(config).get_config() == config
        assert set(config) == {"name", "trainable", "dtype", *layer._settings}
