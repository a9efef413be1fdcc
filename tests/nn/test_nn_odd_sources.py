"""Objects that say what is not so: lengths that are none, indices that fail, iterators that are none. Each gets a sentence."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convviz import nn

X, Y = np.ones((4, 2)), np.ones((4, 1))
CALLS = ("fit", "evaluate", "predict")


def model():
    """A small compiled model."""
    made = nn.Sequential([nn.Dense(1, input_shape=(2,))])
    made.compile("sgd", "mse", device="cpu")
    return made


def odd(**members):
    """An object with these methods and attributes in its class."""
    return type("Odd", (), members)()


def raises(error):
    """A method that raises an error."""

    def method(*args, **settings):
        raise error

    return method


def sentence(call, x, *more):
    """What a call says of x; a failure if it is taken."""
    with pytest.raises((TypeError, ValueError)) as caught:
        getattr(model(), call)(x, *more, verbose=0)
    return str(caught.value)


NUMBERS = st.one_of(
    st.integers(max_value=-1),
    st.integers(min_value=10**8 + 1),
    st.floats(),
    st.booleans(),
    st.text(),
    st.just(np.array([1, 2])),
)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(CALLS), NUMBERS, st.booleans(), st.booleans())
def test_a_length_that_is_none(call, number, property_of_keras, iterates):
    members = {"num_batches": number} if property_of_keras else {"__len__": lambda self: number}
    members |= {"__iter__": lambda self: iter([(X, Y)])} if iterates else {"__getitem__": lambda self, place: (X, Y)}
    name = "num_batches" if property_of_keras else "__len__"
    assert sentence(call, odd(**members)).startswith(f"the number of batches of x ({name} of Odd) is ")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("error", [IndexError("no more"), KeyError(1), StopIteration()])
def test_a_length_that_is_too_long(call, error):
    """Also one of many batches, of which the first calls are right."""
    many = odd(__len__=lambda self: 10**8, __getitem__=lambda self, place: (X, Y) if place < 2 else raises(error)())
    assert sentence(call, many) == f"x says that it has 100000000 batches, but x[2] raised {error!r}"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("given", [None, 5, "itself"])
def test_what_cannot_be_iterated(call, given):
    x = odd(__iter__=lambda self: self if given == "itself" else given)
    assert sentence(call, x).startswith("x is of type Odd, which cannot be iterated: iter() returned non-iterator of type ")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", ["__iter__", "__getitem__", "__next__"])
def test_methods_that_are_none(call, name):
    more = () if call == "predict" else (Y,)
    assert sentence(call, odd(**{name: None}), *more) == "x must be an array of numbers; Odd came"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("error", [IndexError("i"), KeyError("k"), OverflowError("o"), RuntimeError("r"), StopIteration()])
@pytest.mark.parametrize("method", ["__array__", "to_dense", "toarray", "numpy"])
def test_numbers_that_cannot_be_read(call, error, method):
    more = () if call == "predict" else (Y,)
    said = sentence(call, odd(**{method: raises(error)}), *more)
    assert said == f"x is of type Odd, whose numbers cannot be read: {error}"


def test_what_only_looks_like_a_tensor():
    said = sentence("predict", odd(detach=lambda self: self))
    assert said == "x must be an array of numbers; Odd came"


@pytest.mark.parametrize("shape", [5, None, "x", (9, 9), (4.5, 2), len])
def test_a_shape_that_is_another(shape):
    """The numbers count, not what is said of them."""
    x = odd(shape=shape, __array__=lambda self, *args, **settings: X)
    expected = model().predict(X, verbose=0).shape
    assert model().predict(x, verbose=0).shape == model().predict([x], verbose=0).shape == expected


def endless():
    """An object of two elements, each of which is such an object; its index never ends."""
    return odd(__len__=lambda self: 2, __getitem__=lambda self, place: endless())


def holding_itself(times):
    """A list that holds itself so often."""
    made = []
    made += [made] * times
    return made


def calls_with(given):
    """Calls of a model with numbers where there may be some: targets, weights of samples, in a batch, of validation."""
    return {
        "y": lambda: model().fit(X, given, verbose=0),
        "sample_weight": lambda: model().fit(X, Y, sample_weight=given, verbose=0),
        "validation_y": lambda: model().fit(X, Y, validation_data=(X, given), verbose=0),
        "x": lambda: model().predict(iter([given]), verbose=0),
        "weights[0]": lambda: model().set_weights([given, given]),
    }


@pytest.mark.parametrize("name", calls_with(0))
@pytest.mark.parametrize("given", [endless(), holding_itself(1), holding_itself(2), [endless()], [1, holding_itself(1)]])
def test_numbers_that_never_end(name, given):
    with pytest.raises(ValueError, match="is nested more than 32 lists deep, or holds itself; expected numbers") as caught:
        calls_with(given)[name]()
    assert str(caught.value).startswith(name)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=4, max_size=4), st.booleans())
def test_an_index_is_read_as_far_as_the_length_says(values, whole):
    """Also in a list, and if the index never ends."""
    places = []

    def at(self, place):
        places.append(place)
        return [values[place % 4]]

    y = odd(__len__=lambda self: 4, __getitem__=at)
    found, expected = (model_with_seed().fit(X, one, verbose=0).history for one in (y if whole else [*y_parts(values)], values))
    assert found == expected
    assert places == (list(range(4)) if whole else [])


def model_with_seed():
    """A small compiled model that begins with the same weights each time."""
    nn.set_random_seed(1)
    return model()


def y_parts(values):
    """Objects with one element each, whose index never ends."""
    return [odd(__len__=lambda self: 1, __getitem__=lambda self, place, value=value: value) for value in values]


@pytest.mark.parametrize("name", calls_with(0))
def test_what_has_every_attribute(name):
    every = odd(__getattr__=lambda self, attribute: lambda *args, **settings: self)
    with pytest.raises(TypeError, match="is of type Odd, whose numbers cannot be read: it has an attribute of any name"):
        calls_with(every)[name]()


def test_targets_that_are_an_open_file(tmp_path):
    (tmp_path / "y.txt").write_text("1")
    with open(tmp_path / "y.txt") as file:
        assert sentence("fit", X, file) == "y must be an array of numbers; TextIOWrapper came"


def test_targets_that_are_pairs():
    """As a dataset of PyTorch that holds inputs too: its items are pairs."""
    pairs = odd(__len__=lambda self: 4, __getitem__=lambda self, place: (X[place], Y[place]))
    expected = "y[0][0] has shape (2,), but y[0][1] has shape (1,); every row needs as many numbers as the first"
    assert sentence("fit", X, pairs) == f"y is no array of numbers: {expected}"


def test_an_epoch_without_an_end_is_told_of(monkeypatch):
    monkeypatch.setattr("convviz.nn.training.batches.MOST", 5)
    made = model()
    stop = nn.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: setattr(made, "stop_training", batch >= 8))
    with pytest.warns(UserWarning, match="x has given 5 batches and goes on; if it never ends, stop") as caught:
        made.fit(odd(__getitem__=lambda self, place: (X, Y)), callbacks=[stop], verbose=0)
    assert len(caught) == 1


@pytest.mark.parametrize(
    "given, said",
    [
        (3, "weights is 3; expected a list of arrays, as get_weights gives them"),
        ("ab", "weights is 'ab'; expected a list of arrays, as get_weights gives them"),
        (itertools.repeat(1), "weights is repeat(1), which gives more than 10,000 arrays; expected a list of arrays, "),
    ],
)
def test_weights_that_are_no_list(given, said):
    for holder in (model(), model().layers[0]):
        before = holder.get_weights()
        with pytest.raises((TypeError, ValueError)) as caught:
            holder.set_weights(given)
        assert str(caught.value).startswith(said)
        assert all(map(np.array_equal, before, holder.get_weights()))


@pytest.mark.parametrize("path", [2**64, None, [1], 10**400])
def test_paths_that_are_none(path):
    for call in (nn.load_model, model().load_weights, model().save):
        with pytest.raises(TypeError, match="path is the name of a file, such as 'net.npz', not "):
            call(path)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(("epochs", "initial_epoch", "validation_freq")), st.integers(min_value=2**31))
def test_epochs_of_any_size(name, value):
    with pytest.raises(ValueError, match=f"{name} is .*; expected a whole number of at most 2147483647"):
        model().fit(X, Y, verbose=0, **{name: value})


def test_an_object_that_is_its_own_first_element():
    x = odd(__len__=lambda self: 2, __getitem__=lambda self, place: self)
    assert sentence("predict", x) == "x must be an array of numbers; x[0] of the Odd that came is itself"


@pytest.mark.parametrize(
    "setting, value, said",
    [
        ("loss", {"name": "mse"}, "a loss as a dict has a name and from_logits, not {'name': 'mse'}; give the name by itself"),
        ("loss", {"name": "mse", "from_logits": 3}, "from_logits is 3; expected True or False"),
        ("optimizer", {"name": "adam"}, "an optimizer as a dict has a name and settings, not {'name': 'adam'}"),
        ("optimizer", {"name": "adam", "settings": 3}, "an optimizer as a dict has a name and settings, not "),
        ("optimizer", {"learning_rate": 0.1}, "an optimizer as a dict has a name and settings, not {'learning_rate': 0.1}"),
    ],
)
def test_parts_of_dicts(setting, value, said):
    made = nn.Sequential([nn.Dense(1, input_shape=(2,))])
    with pytest.raises((TypeError, ValueError)) as caught:
        made.compile(**{"optimizer": "sgd", "loss": "mse"} | {setting: value})
    assert str(caught.value).startswith(said)


def test_an_output_that_is_called_name():
    made = nn.Sequential([nn.Dense(1, input_shape=(2,), name="name")])
    made.compile("sgd", {"name": "mse"})
    assert made.loss.name == "mean_squared_error"
