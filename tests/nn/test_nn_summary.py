"""The table of layers: the numbers that textbooks and lectures print, and what does not fit a plain table."""

import re

import pytest

from convviz.nn import Add, BatchNormalization, Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D, Model, Sequential
from convviz.nn.summary import summary, width_of

IMAGE = {"input_shape": (28, 28, 1)}


def conv(filters, **options):
    return Conv2D(filters, 3, padding="same", activation="relu", **options)


def end():
    return [Flatten(), Dropout(0.5), Dense(10, activation="softmax")]


def network(number):
    """The four networks of the lecture on Fashion-MNIST."""
    return Sequential(
        {
            1: [conv(32, **IMAGE), *end()],
            2: [conv(32, **IMAGE), conv(64), *end()],
            3: [conv(32, **IMAGE), conv(64), MaxPooling2D(2), *end()],
            4: [
                *(conv(32, **IMAGE), conv(64), MaxPooling2D(2), Dropout(0.5)),
                *(conv(64), conv(128), MaxPooling2D(2), Dropout(0.5), *end()),
            ],
        }[number]
    )


def rows(model):
    """The rows of the table as lists of texts."""
    lines = [line for line in summary(model).splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def totals(model):
    return [int(number.replace(",", "")) for number in re.findall(r"params: ([\d,]+)", summary(model))]


@pytest.mark.parametrize(("number", "total"), [(1, "251,210"), (2, "520,586"), (3, "144,266"), (4, "192,330")])
def test_totals_are_those_of_the_lecture(number, total):
    text = summary(network(number)).splitlines()
    assert text[-3:] == [f"Total params: {total}", f"Trainable params: {total}", "Non-trainable params: 0"]


def test_rows_are_those_of_the_lecture():
    assert rows(network(3)) == [
        ["Layer (type)", "Output Shape", "Param #"],
        ["conv2d (Conv2D)", "(None, 28, 28, 32)", "320"],
        ["conv2d_1 (Conv2D)", "(None, 28, 28, 64)", "18,496"],
        ["max_pooling2d (MaxPooling2D)", "(None, 14, 14, 64)", "0"],
        ["flatten (Flatten)", "(None, 12544)", "0"],
        ["dropout (Dropout)", "(None, 12544)", "0"],
        ["dense (Dense)", "(None, 10)", "125,450"],
    ]
    assert rows(network(1))[-1] == ["dense (Dense)", "(None, 10)", "250,890"]
    assert rows(network(2))[-1] == ["dense (Dense)", "(None, 10)", "501,770"]


def test_the_network_that_ends_576_64_10():
    layers = [Conv2D(32, 3, **IMAGE), MaxPooling2D(), Conv2D(64, 3), MaxPooling2D(), Conv2D(64, 3)]
    found = rows(Sequential([*layers, Flatten(), Dense(64), Dense(10)]))[1:]
    shapes = [(26, 26, 32), (13, 13, 32), (11, 11, 64), (5, 5, 64), (3, 3, 64), (576,), (64,), (10,)]
    assert [row[1] for row in found] == [str((None, *shape)) for shape in shapes]
    assert [row[2] for row in found] == ["320", "0", "18,496", "0", "36,928", "0", "36,928", "650"]


def test_two_dense_layers():
    model = Sequential([Dense(32, input_shape=(784,)), Dense(10)])
    assert [row[2] for row in rows(model)[1:]] == ["25,120", "330"]
    assert totals(model) == [25450, 25450, 0]


def test_what_is_not_trained_is_counted_apart():
    model = Sequential([Conv2D(8, 3, **IMAGE), BatchNormalization(), Flatten(), Dense(2)])
    assert totals(model) == [80 + 32 + 10818, 80 + 16 + 10818, 16]
    model.layers[0].trainable = False
    assert totals(model) == [10930, 16 + 10818, 80 + 16]


def test_branches_have_a_column_of_sources():
    x = Input((8, 8, 4), name="image")
    first, second = Conv2D(4, 3, padding="same", name="left")(x), Conv2D(4, 1, name="right")(x)
    model = Model(x, Add(name="sum")([first, second]))
    head, *found = rows(model)
    assert head[-1] == "Connected to"
    assert found[0] == ["image (InputLayer)", "(None, 8, 8, 4)", "0", "–"]
    assert found[-2:] == [["sum (Add)", "(None, 8, 8, 4)", "0", "left"], ["", "", "", "right"]]


def test_a_functional_chain_needs_no_such_column():
    x = Input((8, 8, 4))
    assert rows(Model(x, Dense(2)(Flatten()(x))))[0] == ["Layer (type)", "Output Shape", "Param #"]


def test_a_shared_layer_is_one_row_with_all_sources():
    a, b = Input((4,), name="a"), Input((4,), name="b")
    shared = Dense(3, name="shared")
    model = Model([a, b], Add()([shared(a), shared(b)]))
    found = rows(model)
    place = next(number for number, row in enumerate(found) if row[0].startswith("shared"))
    assert [row[3] for row in found[place : place + 2]] == ["a", "b"]
    assert totals(model) == [15, 15, 0]


def test_an_unbuilt_model_says_so():
    text = summary(Sequential([Flatten(), Dense(10)]))
    assert "flatten (Flatten)" in text and "not built" in text and "Total params" not in text
    assert "no layers" in summary(Sequential())


def test_long_and_japanese_names_keep_the_table_straight():
    layers = [Conv2D(4, 3, name="畳み込み" * 12, **IMAGE), Conv2D(4, 3, name="a" * 90), Flatten(name="Ａ層")]
    lines = [line for line in summary(Sequential(layers)).splitlines() if line[0] in "┌│├└"]
    assert len({width_of(line) for line in lines}) == 1
    assert width_of(lines[0]) <= 100
    assert sum(line.count("畳") for line in lines) == 12 and sum(line.count("a") for line in lines) >= 90


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_tables_fit_a_terminal(number):
    assert max(map(width_of, summary(network(number)).splitlines())) <= 80


def test_the_model_prints_it(capsys):
    model = network(1)
    model.summary()
    assert capsys.readouterr().out == summary(model) + "\n"
