"""Names of classes stand where their classes do, also in the middle of a list."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convviz.nn import Activation, Flatten, Sequential
from convviz.nn.datasets import cifar10, fashion_mnist, mnist
from convviz.nn.plots import plot_confused, plot_confusion_matrix

#: As the authors of the data sets list them.
FASHION = "T-shirt/top, Trouser, Pullover, Dress, Coat, Sandal, Shirt, Sneaker, Bag, Ankle boot"
CIFAR = "airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck"


def test_names_of_the_data_sets():
    assert ", ".join(fashion_mnist.class_names) == FASHION
    assert ", ".join(cifar10.class_names) == CIFAR
    assert "".join(mnist.class_names) == "0123456789"


names_of = st.integers(2, 8).flatmap(lambda n: st.permutations([f"name {letter}" for letter in "abcdefgh"[:n]]))


@settings(max_examples=8, deadline=None)
@given(names_of, st.integers(0, 2**32 - 1))
def test_rows_and_columns_of_a_confusion_matrix_have_their_names(names, seed):
    matrix = np.random.default_rng(seed).permutation(len(names) ** 2).reshape(len(names), -1) + 100
    texts = [(text.get_text(), *text.get_position()) for text in plot_confusion_matrix(matrix, names).axes[0].texts]
    at = {text: (x, y) for text, x, y in texts if text in map(str, matrix.flat)}
    xs, ys = ([at[str(count)][axis] for count in line] for axis, line in ((0, matrix[0]), (1, matrix[:, 0])))
    for number, name in enumerate(names):
        places = [(x, y) for text, x, y in texts if text == name]
        beside = [place for place in places if place[0] < min(xs)]
        above = [place for place in places if place not in beside]
        assert [y for _, y in beside] == pytest.approx([ys[number]]) and [x for x, _ in above] == pytest.approx([xs[number]])
    for (row, column), count in np.ndenumerate(matrix):
        assert at[str(count)] == pytest.approx((xs[column], ys[row]))
    shares = [f"{100 * matrix[k, k] / matrix[k].sum():.1f} %" for k in range(len(names))]
    assert [text for text, *_ in texts if text.endswith(" %")] == shares


@settings(max_examples=4, deadline=None)
@given(names_of.filter(lambda names: len(names) > 2), st.integers(0, 2**32 - 1))
def test_mistakes_have_the_names_of_both_classes(names, seed):
    count = len(names)
    model = Sequential([Flatten(input_shape=(1, count)), Activation("softmax")])
    pairs = np.random.default_rng(seed).permutation(
        [pair for pair in itertools.product(range(count), repeat=2) if pair[0] != pair[1]]
    )
    pairs = pairs[:5]
    x = 4.0 * np.eye(count)[pairs[:, 0]][:, None]
    written = [text.get_text() for text in plot_confused(model, x, pairs[:, 1], names).axes[0].texts]
    found = {(words.split(",")[0], after) for words, after in itertools.pairwise(written) if words.startswith("predicted ")}
    assert found == {(f"predicted {names[predicted]}", f"is {names[true]}") for predicted, true in pairs}
