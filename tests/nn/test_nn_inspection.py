"""Looking into models, against what can be computed by hand or by trying."""

import numpy as np
import pytest

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
    Input,
    MaxPooling2D,
    Model,
    Sequential,
    ZeroPadding2D,
)
from convviz.nn.graph import nodes_of
from convviz.nn.inspection import confusion_matrix, feature_maps, kernels_of, layer_input, most_confused, receptive_field

RNG = np.random.default_rng(5)


def small():
    first = Conv2D(3, 3, activation="relu", input_shape=(9, 8, 2))
    return Sequential([first, MaxPooling2D(), Conv2D(4, 2), Dropout(0.5), Flatten(), Dense(5)])


# ------------------------------------------------------------ feature maps


def test_maps_are_those_of_the_layers_one_by_one():
    model, image = small(), RNG.random((9, 8, 2), dtype=np.float32)
    found = feature_maps(model, image)
    assert list(found) == ["conv2d", "max_pooling2d", "conv2d_1", "dropout"]
    value = image[None]
    for layer in model.layers[:4]:
        value = layer(value)
        np.testing.assert_array_equal(found[layer.name], value[0])


def test_layers_may_be_chosen_by_name_and_by_themselves():
    model, image = small(), RNG.random((9, 8, 2))
    found = feature_maps(model, image, [model.layers[0], "dense"])
    assert {name: array.shape for name, array in found.items()} == {"conv2d": (7, 6, 3), "dense": (5,)}
    np.testing.assert_array_equal(found["dense"], model.predict(image[None], verbose=0)[0])
    assert list(feature_maps(model, image, "dense")) == ["dense"]


def test_an_image_of_one_channel_needs_no_axis_for_it():
    model = Sequential([Conv2D(2, 3, input_shape=(6, 6, 1))])
    image = RNG.random((6, 6))
    np.testing.assert_array_equal(feature_maps(model, image)["conv2d"], feature_maps(model, image[..., None])["conv2d"])


def test_a_shared_layer_has_maps_at_every_place():
    a = Input((6, 6, 1))
    shared = Conv2D(1, 3, padding="same", name="shared")
    model = Model(a, shared(shared(a)))
    image = RNG.random((6, 6, 1), dtype=np.float32)
    found = feature_maps(model, image)
    assert list(found) == ["shared", "shared#2"]
    np.testing.assert_array_equal(found["shared#2"], model.predict(image[None], verbose=0)[0])


def test_looking_changes_neither_names_nor_weights():
    model = small()
    names, weights = [layer.name for layer in model.layers], model.get_weights()
    feature_maps(model, np.zeros((9, 8, 2)))
    assert [layer.name for layer in model.layers] == names
    assert all(np.array_equal(a, b) for a, b in zip(weights, model.get_weights(), strict=True))


@pytest.mark.parametrize("filter", [0, 2, None])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_input_of_a_layer_goes_into_its_operation(filter, channels):
    model = Sequential([MaxPooling2D(input_shape=(12, 12, channels)), Conv2D(3, 3, padding="same")])
    image = RNG.random((12, 12, channels), dtype=np.float32)
    layer = model.layers[1]
    seen = layer_input(model, layer, image)
    traced = np.asarray(layer.operation(filter).trace(seen).output).reshape(6, 6, -1)
    expected = feature_maps(model, image)["conv2d"]
    np.testing.assert_allclose(traced, expected if filter is None else expected[..., [filter]], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Conv2D(4, 3, activation="relu"),
        lambda: DepthwiseConv2D(3, activation="relu"),
        lambda: Conv2DTranspose(4, 3, activation="relu"),
    ],
)
def test_an_operation_leaves_the_activation_out(make):
    layer, image = make(), np.random.default_rng(0).normal(size=(7, 6, 3)).astype("f4")
    model = Sequential([Input(image.shape), layer])
    before = layer.operation()(image)
    assert before.min() < 0
    np.testing.assert_allclose(np.maximum(before, 0), model.predict(image[None], verbose=0)[0], atol=1e-6)


def test_the_first_layer_receives_the_image_and_joints_receive_several():
    image = RNG.random((9, 8, 2), dtype=np.float32)
    np.testing.assert_array_equal(layer_input(small(), "conv2d", image), image)
    x = Input((4, 4, 1))
    y = Conv2D(1, 3, padding="same")(x)
    image = RNG.random((4, 4, 1), dtype=np.float32)
    first, second = layer_input(Model(x, Add()([x, y])), "add", image)
    np.testing.assert_array_equal(first, image)
    assert second.shape == (4, 4, 1) and not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("image", "layers", "words"),
    [
        (np.zeros((8, 9, 2)), None, r"\(9, 8, 2\); it is \(8, 9, 2\)"),
        (np.zeros((3, 9, 8, 2)), None, "take one, x\\[0\\]"),
        (np.zeros((9, 8, 2)), ["conv"], "did you mean 'conv2d'"),
        (np.zeros((9, 8, 2)), [Dense(3, name="other")], "no layer of the model"),
    ],
)
def test_what_does_not_fit_is_refused(image, layers, words):
    with pytest.raises(ValueError, match=words):
        feature_maps(small(), image, layers)


def test_an_unbuilt_model_is_refused():
    with pytest.raises(ValueError, match="not built"):
        feature_maps(Sequential([Conv2D(2, 3)]), np.zeros((5, 5, 1)))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Conv2D(6, (3, 2)), (4, 6, 3, 2)),
        (Conv2D(6, 3, groups=2), (2, 6, 3, 3)),
        (DepthwiseConv2D(3, depth_multiplier=2), (1, 8, 3, 3)),
        (Conv2DTranspose(5, 3), (4, 5, 3, 3)),
    ],
)
def test_kernels_come_in_one_order(layer, shape):
    Sequential([Input((6, 6, 4)), layer])
    found = kernels_of(layer)
    assert found.shape == shape
    kernel = layer.kernel
    for channel, filter in ((0, 0), (shape[0] - 1, shape[1] - 1)):
        place = {"transposed": (filter, channel), "depthwise": divmod(filter, 2)}.get(layer.kind, (channel, filter))
        np.testing.assert_array_equal(found[channel, filter], kernel[:, :, *place])


# ------------------------------------------------------------ what is wrong


def identity(classes, **options):
    """A model whose outputs are its inputs."""
    return Sequential([Activation("linear", input_shape=(classes,), **options)])


def test_the_matrix_counts_rows_of_true_classes():
    true, predicted = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 0, 2, 2])
    expected = [[1, 1, 0], [0, 1, 0], [1, 0, 2]]
    onehot = np.eye(3, dtype=np.float32)
    for given in (predicted, onehot[predicted]):
        for y in (true, true[:, None], onehot[true], list(true)):
            found = confusion_matrix(given, y=y)
            assert found.tolist() == expected and found.dtype == np.int64
    assert confusion_matrix(identity(3), onehot[predicted], true).tolist() == expected
    assert confusion_matrix(predicted, y=true, classes=5).shape == (5, 5)


def test_a_single_output_decides_at_one_half():
    shares = np.array([[0.2], [0.5], [0.500001], [0.9]], np.float32)
    assert confusion_matrix(shares, y=[0, 1, 1, 0]).tolist() == [[1, 1], [1, 1]]


@pytest.mark.parametrize(
    ("predictions", "y", "options", "error", "words"),
    [
        ([0, 1], [0, 3], {"classes": 3}, ValueError, "y has classes 0 to 3; with 3 classes they are 0 to 2"),
        ([0, 1], [-1, 1], {}, ValueError, "y has classes -1"),
        ([0, 1, 1], [0, 1], {}, ValueError, "one class for each of 3 samples"),
        ([0, 1], [0.5, 1], {}, ValueError, "whole class numbers; there is 0.5"),
        ([0, 1], ["a", "b"], {}, TypeError, "class numbers"),
        ([0, 1], None, {}, TypeError, "y=labels"),
        (np.zeros((2, 3, 3)), [0, 1], {}, ValueError, "predictions are"),
    ],
)
def test_labels_that_do_not_fit_are_refused(predictions, y, options, error, words):
    with pytest.raises(error, match=words):
        confusion_matrix(predictions, y=y, **options)


def test_the_surest_mistakes_come_first_and_ties_in_order():
    shares = np.array([[0.9, 0.1], [0.3, 0.7], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.0, 1.0]])
    found = most_confused(identity(2, dtype="float64"), shares, [0, 0, 1, 0, 1, 1])
    assert found.indices.tolist() == [3, 2, 1]
    assert found.predicted.tolist() == [1, 0, 1] and found.true.tolist() == [0, 1, 0]
    assert found.probabilities.tolist() == [0.9, 0.8, 0.7]
    equal = most_confused(identity(2), np.tile([[0.25, 0.75]], (5, 1)), np.zeros(5, int), 3)
    assert equal.indices.tolist() == [0, 1, 2]
    assert len(most_confused(identity(2), shares, shares.argmax(1)).indices) == 0


def test_logits_become_probabilities():
    model = identity(2)
    model.compile("sgd", "sparse_categorical_crossentropy")
    from convviz.nn import losses

    model.loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    found = most_confused(model, np.array([[0.0, np.log(3)]], np.float32), [0])
    assert found.probabilities[0] == pytest.approx(0.75, abs=1e-6)


def test_one_output_gives_the_probability_of_either_class():
    found = most_confused(identity(1), np.array([[0.1], [0.7]], np.float32), [1, 0])
    assert found.indices.tolist() == [0, 1] and found.probabilities == pytest.approx([0.9, 0.7])


# ------------------------------------------------------------ receptive fields


def branches():
    x = Input((11, 9, 1))
    wide = Conv2D(2, 5, padding="same")(x)
    low = Conv2D(2, 1)(ZeroPadding2D(((0, 2), (1, 0)))(MaxPooling2D(3, 1, "valid")(x)))
    y = Concatenate()([Add()([wide, ZeroPadding2D(((0, 0), (0, 1)))(low)]), Conv2D(1, 1)(x)])
    return Model(x, Conv2D(2, 2, strides=2)(y))


def chain(*layers, size=(13, 11)):
    first, *others = layers
    return Sequential([Input((*size, 1)), first, *others])


CHAINS = {
    "valid": lambda: chain(Conv2D(2, 3), Conv2D(2, (1, 4))),
    "same and strides": lambda: chain(Conv2D(2, 3, padding="same", strides=2), Conv2D(2, 3, padding="same", strides=(1, 2))),
    "gaps": lambda: chain(Conv2D(2, 3, dilation_rate=3, padding="same"), Conv2D(2, 2, dilation_rate=(2, 1))),
    "stride over gaps": lambda: chain(Conv2D(1, 1, strides=3), Conv2D(1, 3, padding="same")),
    "full": lambda: chain(Conv2D(2, 3, padding="full"), Conv2D(2, 3, padding=((2, 0), (0, 3)))),
    "pooling": lambda: chain(Conv2D(2, 3), MaxPooling2D(2), DepthwiseConv2D(2), AveragePooling2D(3, 2, "same")),
    "ceil": lambda: chain(MaxPooling2D(3, 2, ceil_mode=True), AveragePooling2D(2, ceil_mode=True)),
    "padding": lambda: chain(ZeroPadding2D(((3, 1), (0, 2))), Conv2D(2, 3, strides=2), BatchNormalization(), Activation("elu")),
    "transposed": lambda: chain(Conv2D(2, 3, strides=3), Conv2DTranspose(2, 3, strides=2), Conv2D(1, 2)),
    "transposed same": lambda: chain(Conv2DTranspose(2, 4, strides=3, padding="same"), Conv2D(1, 3, strides=4)),
    "whole": lambda: chain(Conv2D(2, 3, strides=2), GlobalAveragePooling2D(keepdims=True), Conv2D(3, 1)),
    "branches": branches,
}


def positive(model):
    """Weights and inputs with which every cell that counts makes a difference: all positive."""
    model.set_weights([RNG.uniform(0.5, 1, array.shape) for array in model.get_weights()])


def found_by_trying(model, tensor):
    """For every unit of a tensor the smallest box around the input cells that change it."""
    inside = Model(model.inputs, tensor)
    rows, columns = model.inputs[0].shape[1:3]
    base = RNG.uniform(0.5, 1, (rows, columns, 1))
    images = np.tile(base, (rows * columns + 1, 1, 1, 1)).astype(np.float32)
    for cell in range(rows * columns):
        images[cell + 1, cell // columns, cell % columns] = 1000
    values = inside.predict(images, verbose=0)
    values = values if values.ndim == 4 else values[:, None, None, :]
    changed = (values[1:] != values[0]).any(axis=-1).reshape(rows, columns, *values.shape[1:3])
    for row, column in np.ndindex(values.shape[1:3]):
        seen = np.argwhere(changed[:, :, row, column])
        low, high = (seen.min(0), seen.max(0) + 1) if len(seen) else (np.zeros(2, int), np.zeros(2, int))
        yield row, column, (*map(int, low), *map(int, high))


@pytest.mark.parametrize("name", CHAINS)
def test_fields_are_what_trying_every_input_cell_finds(name):
    model = CHAINS[name]()
    positive(model)
    count = 0
    for node in nodes_of(model):
        if node.inputs and len(node.output.shape) == 4:
            for row, column, box in found_by_trying(model, node.output):
                assert receptive_field(model, node.layer, row, column) == box, (node.layer.name, row, column)
                count += 1
    assert count >= 2


def test_dense_units_see_what_the_layers_before_see_together():
    model = chain(Conv2D(2, 3, strides=2), Flatten(), Dense(3), size=(12, 11))
    positive(model)
    ((_, _, box),) = list(found_by_trying(model, model.outputs[0]))
    assert receptive_field(model, "dense") == receptive_field(model, "flatten") == box == (0, 0, 11, 11)


def test_without_clipping_all_units_see_equally_much():
    model = chain(Conv2D(2, 3, padding="same"), MaxPooling2D(2), Conv2D(2, 3, padding="same"), size=(12, 12))
    boxes = {place: receptive_field(model, "conv2d_1", *place, clipped=False) for place in np.ndindex(6, 6)}
    assert {(bottom - top, right - left) for top, left, bottom, right in boxes.values()} == {(8, 8)}
    assert boxes[0, 0] == (-3, -3, 5, 5) and boxes[5, 2] == (7, 1, 15, 9)
    assert receptive_field(model, "conv2d_1", 0, 0) == (0, 0, 5, 5)


def test_a_unit_that_reads_only_padding_sees_nothing():
    model = chain(ZeroPadding2D(2), size=(4, 4))
    assert receptive_field(model, "zero_padding2d", 0, 3) == (0, 0, 0, 0)


def test_a_way_through_padding_adds_nothing_to_another():
    x = Input((4, 4, 1))
    ways = [ZeroPadding2D(((2, 0), (1, 0)))(x), ZeroPadding2D(((0, 2), (0, 1)))(x)]
    model = Model(x, Concatenate()(ways))
    for row, column, box in found_by_trying(model, model.outputs[0]):
        assert receptive_field(model, "concatenate", row, column) == box
    assert receptive_field(model, "concatenate", 0, 3) == (0, 3, 1, 4)


def test_several_inputs_are_told_apart():
    a, b = Input((6, 6, 1)), Input((6, 6, 1))
    model = Model([a, b], Concatenate()([Conv2D(1, 3, padding="same")(a), b]))
    fields = [receptive_field(model, "concatenate", 2, 2, input_index=number) for number in (0, 1)]
    assert fields == [(1, 1, 4, 4), (2, 2, 3, 3)]


@pytest.mark.parametrize(
    ("place", "error", "words"),
    [((7, 0), ValueError, "no row 7"), ((0, -1), ValueError, "no column -1"), ((1.5, 0), TypeError, "whole number")],
)
def test_units_that_are_not_there_are_refused(place, error, words):
    with pytest.raises(error, match=words):
        receptive_field(small(), "conv2d", *place)


@pytest.mark.parametrize("given", [np.array([[0.2], [0.1], [0.4]]), np.array([[0.9], [0.1], [0.6]])])
def test_probabilities_of_one_class_are_of_two_classes(given):
    matrix = confusion_matrix(given, y=[0, 0, 0])
    assert matrix.tolist() == [[int((given <= 0.5).sum()), int((given > 0.5).sum())], [0, 0]]
