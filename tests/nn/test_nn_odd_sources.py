"""Objects that say what is not so: lengths that are none, indices that fail, iterators that are none. Each gets a sentence."""

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
    assert said == "x is of type Odd, whose numbers cannot be read: 'Odd' object has no attribute 'layout'"


@pytest.mark.parametrize("shape", [5, None, "x", (9, 9), (4.5, 2), len])
def test_a_shape_that_is_another(shape):
    """The numbers count, not what is said of them."""
    x = odd(shape=shape, __array__=lambda self, *args, **settings: X)
    expected = model().predict(X, verbose=0).shape
    assert model().predict(x, verbose=0).shape == model().predict([x], verbose=0).shape == expected


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
