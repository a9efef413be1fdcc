"""to_categorical against Keras's and by hand, and what it refuses."""

import numpy as np
import pytest

from convviz.nn import datasets
from convviz.nn.datasets import to_categorical


def test_each_label_becomes_a_row():
    found = to_categorical(np.array([1, 0, 3], np.uint8))
    assert found.dtype == np.float32
    assert found.tolist() == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]]


@pytest.mark.parametrize(
    ("y", "shape"),
    [
        (2, (5,)),
        ([2], (1, 5)),
        ([[2], [4]], (2, 5)),
        ([[1, 2, 3]], (1, 3, 5)),
        (np.ones((2, 3, 1)), (2, 3, 5)),
        ([], (0, 5)),
    ],
)
def test_shapes_are_keras_s(y, shape):
    found = to_categorical(y, 5)
    assert found.shape == shape
    assert found.dtype == np.float32


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint64, np.float16, np.float64])
def test_whole_numbers_of_any_type(kind):
    assert to_categorical(np.array([0, 1], kind), 3).tolist() == [[1, 0, 0], [0, 1, 0]]


def test_keras_says_the_same(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    theirs_to_categorical = pytest.importorskip("keras").utils.to_categorical
    y = np.random.default_rng(0).integers(0, 7, (4, 5, 1))
    for classes in (None, 9):
        theirs = theirs_to_categorical(y, classes)
        assert (to_categorical(y, classes) == theirs).all() and to_categorical(y, classes).shape == theirs.shape


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (([0, -1],), ValueError, "y[1] is -1, but class numbers start at 0"),
        (([[0], [1.5]],), ValueError, "y[1][0] is 1.5, but a class number must be a whole number"),
        (([0, float("nan")],), ValueError, "y[1] is nan, but a class number must be a whole number"),
        (([0, float("inf")],), ValueError, "y[1] is inf, but that is more classes than memory holds"),
        ((3, 3), ValueError, "y is 3, but num_classes=3 allows labels from 0 to 2; give num_classes=4"),
        (([1, 9, 4, 12], 4), ValueError, "y[1] is 9, but num_classes=4 allows labels from 0 to 3; give num_classes=13"),
        (([],), ValueError, "y holds no labels, so the number of classes is unknown; give num_classes"),
        ((["cat", "dog"],), TypeError, "y is an array of <U3; expected class numbers: 0, 1, 2, ..."),
        ((None,), TypeError, "y is an array of object; expected class numbers"),
        (([1j],), TypeError, "y is an array of complex128; expected class numbers"),
        (([[0], [1, 2]],), ValueError, "y is ragged"),
        (([0], 0), ValueError, "num_classes is 0; expected at least 1"),
        (([0], 2.0), TypeError, "num_classes is 2.0; expected a whole number"),
        (([0], True), TypeError, "num_classes is True; expected a whole number"),
    ],
)
def test_wrong_labels_are_refused(given, error, words):
    with pytest.raises(error) as caught:
        to_categorical(*given)
    assert str(caught.value).startswith(words)


def test_the_package_names_what_it_has():
    assert set(datasets.__all__) <= set(dir(datasets))
    assert all(getattr(datasets, name) for name in datasets.__all__)
    assert "train_test_split" in datasets.__doc__
    with pytest.raises(AttributeError, match="'convviz.nn.datasets' has no attribute 'imagenet'"):
        datasets.imagenet  # noqa: B018
