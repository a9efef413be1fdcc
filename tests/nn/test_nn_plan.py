"""Plans: which layers are joined into a step, and where their arrays lie."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    MaxPooling2D,
    Model,
    Sequential,
)
from convviz.nn.engine import buffers, plan


def planned(model, training=True, merge=""):
    return plan.make(model.inputs, model.outputs, training, merge)


def lines(model, **settings):
    return str(planned(model, **settings)).splitlines()


def course_network():
    return Sequential(
        [
            Conv2D(32, 3, padding="same", activation="relu", input_shape=(28, 28, 1)),
            Conv2D(64, 3, padding="same", activation="relu"),
            MaxPooling2D(2),
            Dropout(0.5),
            Flatten(),
            Dense(10, activation="softmax"),
        ]
    )


def test_the_course_network_is_three_steps_of_training():
    found = planned(course_network(), merge="softmax")
    assert str(found).splitlines() == [
        "conv2d: convolution + relu",
        "conv2d_1: convolution + relu + max_pooling + dropout",
        "dense: dense",
    ]
    assert found.loss == "softmax"
    assert found.steps[1].output.shape == (14, 14, 64) and found.steps[1].before.shape == (28, 28, 64)
    assert found.steps[2].inputs[0].shape == (14 * 14 * 64,)


def test_prediction_leaves_dropout_out_and_keeps_the_softmax():
    assert lines(course_network(), training=False) == [
        "conv2d: convolution + relu",
        "conv2d_1: convolution + relu + max_pooling",
        "dense: dense",
        "dense: softmax in place",
    ]


def test_what_is_looked_at_from_outside_is_not_joined():
    model = course_network()
    inside = Model(model.inputs, [model.layers[1].output, model.output])
    assert lines(inside, training=False)[1:3] == ["conv2d_1: convolution + relu", "max_pooling2d: max_pooling"]


def test_what_two_layers_read_is_not_joined():
    x = Input((6, 6, 2))
    first = Conv2D(2, 3, padding="same")(x)
    model = Model(x, Add()([Activation("relu")(first), first]))
    assert lines(model) == ["conv2d: convolution", "activation: relu", "add: add"]


@pytest.mark.parametrize(
    "name, place", [("sigmoid", " in place"), ("tanh", " in place"), ("elu", " in place"), ("swish", ""), ("gelu", "")]
)
def test_activations_work_in_place_where_their_gradient_needs_the_result_only(name, place):
    model = Sequential([Conv2D(2, 3, activation=name, input_shape=(6, 6, 1)), Flatten(), Dense(2)])
    assert lines(model)[1] == f"conv2d: {name}{place}"


def test_a_batch_normalization_keeps_a_relu_from_the_convolution():
    model = Sequential([Conv2D(2, 3, input_shape=(6, 6, 1)), BatchNormalization(), Activation("relu"), MaxPooling2D(2)])
    assert lines(model) == [
        "conv2d: convolution",
        "batch_normalization: batch_normalization",
        "activation: relu in place",
        "max_pooling2d: max_pooling",
    ]


def test_dropout_after_a_sigmoid_keeps_the_sigmoid():
    model = Sequential([Dense(4, activation="sigmoid", input_shape=(3,)), Dropout(0.5), Dense(2)])
    assert lines(model) == ["dense: dense", "dense: sigmoid in place", "dropout: dropout", "dense_1: dense"]


@pytest.mark.parametrize("pool", [MaxPooling2D(3), MaxPooling2D(2, strides=1), MaxPooling2D(2, padding="same")])
def test_other_windows_are_pooled_in_a_step_of_their_own(pool):
    model = Sequential([Conv2D(2, 3, activation="relu", input_shape=(9, 9, 1)), pool])
    assert lines(model)[1] == f"{pool.name}: max_pooling"


def test_a_loss_takes_over_the_very_last_softmax_only():
    model = Sequential([Dense(4, activation="softmax", input_shape=(3,)), Dense(2)])
    assert planned(model, merge="softmax").loss == ""
    model.add(Activation("softmax"))
    assert planned(model, merge="softmax").loss == "softmax"
    assert planned(model, merge="sigmoid").loss == ""


def test_a_model_that_is_nothing_but_its_input():
    x = Input((3,))
    assert planned(Model(x, x)).steps == ()


needs = st.lists(
    st.builds(
        lambda size, first, length: (size, first, first + length),
        st.integers(1, 200),
        st.integers(0, 12),
        st.integers(0, 6),
    ),
    max_size=20,
)


@given(needs)
def test_arrays_that_are_needed_at_the_same_time_do_not_overlap(sizes):
    wishes = [buffers.Need(number, *size) for number, size in enumerate(sizes)]
    places, size = buffers.pack(wishes)
    for one in wishes:
        assert places[one.name] % buffers.ALIGNMENT == 0 and places[one.name] + one.size <= size
        for other in wishes:
            if one is not other and one.first <= other.last and other.first <= one.last:
                apart = places[one.name] + one.size <= places[other.name] or places[other.name] + other.size <= places[one.name]
                assert apart


def test_what_is_no_longer_needed_makes_room():
    model = Sequential([Input((8, 8, 4)), *(Conv2D(4, 3, padding="same", activation="relu") for _ in range(10))])
    one = 8 * 8 * 4
    assert buffers.layout(planned(model, training=False)).size == 2 * one
    # forward the input and ten results stay; the way back needs two gradients at a time
    assert buffers.layout(planned(model)).size == 13 * one


def branches():
    x = Input((4, 4, 2), dtype="float64")
    settings = {"padding": "same", "dtype": "float64"}
    first = Conv2D(3, 3, activation="relu", **settings)(x)
    joined = Concatenate(dtype="float64")([Conv2D(2, 1, activation="tanh", **settings)(first), first, first])
    added = Add(dtype="float64")([joined, Conv2D(8, 3, activation="swish", **settings)(first)])
    return Model(x, Dense(2, dtype="float64")(Flatten(dtype="float64")(added)))


def test_a_model_gives_the_same_whatever_shares_memory(monkeypatch):
    """Laid out one behind the other, arrays cannot disturb one another."""
    model = branches()
    random = np.random.default_rng(0)
    x, y = random.standard_normal((5, 4, 4, 2)), random.standard_normal((5, 2))
    start = model.get_weights()
    results = []
    for apart in (False, True):
        if apart:

            def one_by_one(wishes):
                places, size = {}, 0
                for need in wishes:
                    places[need.name] = size
                    size += -(-need.size // 16) * 16
                return buffers.Layout(places, size)

            monkeypatch.setattr(buffers, "pack", one_by_one)
        model.set_weights(start)
        model.compile("sgd", "mse")
        for _ in range(3):
            model.train_on_batch(x, y)
        results.append(model.get_weights())
    for one, other in zip(*results, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("small", [16, 48, 80, 112])
def test_an_array_goes_into_the_first_gap_that_is_large_enough(small):
    # "gone" ends before "small" begins, so that the 112 numbers below "long" are free again
    wishes = [buffers.Need("gone", 112, 0, 0), buffers.Need("long", 100, 0, 1), buffers.Need("small", small, 1, 1)]
    assert buffers.pack(wishes).places["small"] == 0
    assert buffers.pack(wishes).size == 112 + 112
