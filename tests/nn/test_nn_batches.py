"""Objects that give batches: whatever `fit` takes, `evaluate` and `predict` take as well, and none of them waits for ever."""

import contextlib
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convviz.nn import Dense, Flatten, Input, Model, Sequential, set_random_seed
from convviz.nn.callbacks import Callback
from convviz.nn.training import batches

SIZE = 3


def network(inputs=1):
    set_random_seed(1)
    tensors = [Input((SIZE,), name=name) for name in "ab"[:inputs]]
    from convviz.nn import Concatenate

    model = Model(tensors if inputs > 1 else tensors[0], Dense(2)(Concatenate()(tensors) if inputs > 1 else tensors[0]))
    model.compile("sgd", "mean_squared_error")
    return model


def samples(count=10, seed=0):
    random = np.random.default_rng(seed)
    return random.standard_normal((count, SIZE)).astype(np.float32), random.standard_normal((count, 2)).astype(np.float32)


class Indexed:
    """Keras's Sequence of older versions: a length and an index, and no IndexError behind the end."""

    def __init__(self, parts):
        self.parts, self.events = parts, []

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, place):
        return self.parts[place % len(self.parts)]

    def on_epoch_begin(self):
        self.events.append("begin")

    def on_epoch_end(self):
        self.events.append("end")


class Flow(Indexed):
    """What `flow_from_directory` gives: an iterator without end, which has a length."""

    place = -1

    def __iter__(self):
        return self

    def __next__(self):
        self.place += 1
        return self[self.place]


class Loader:
    """An iterable with or without a length, as PyTorch's DataLoader."""

    def __init__(self, parts, length=None):
        self.parts, self.length = parts, length

    def __len__(self):
        if self.length is None:
            raise TypeError("the dataset has no length")
        return self.length

    def __iter__(self):
        return iter(self.parts)


class Numbered(Indexed):
    """A PyDataset that says `num_batches` instead of a length."""

    __len__ = None

    @property
    def num_batches(self):
        return len(self.parts)


KINDS = {
    "indexed": Indexed,
    "flow": Flow,
    "loader": lambda parts: Loader(parts, len(parts)),
    "loader without a length": Loader,
    "numbered": Numbered,
    "generator": lambda parts: (part for part in parts),
    "iterator": iter,
    "map": lambda parts: map(lambda part: part, parts),
}


def cut(size, *arrays):
    return [tuple(array[start : start + size] for array in arrays) for start in range(0, len(arrays[0]), size)]


@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_predict_takes_what_fit_takes(kind, parts):
    x, y = samples()
    model = network()
    given = cut(4, x, y, np.ones(10))
    source = KINDS[kind]([batch[:parts] for batch in given])
    assert np.array_equal(model.predict(source, verbose=0), model.predict(x, batch_size=4, verbose=0))


@pytest.mark.parametrize("kind", KINDS)
def test_batches_of_inputs_alone_are_predicted(kind):
    x, _ = samples()
    source = KINDS[kind]([x[:4], x[4:8], x[8:]])
    assert np.array_equal(network().predict(source, verbose=0), network().predict(x, batch_size=4, verbose=0))


@pytest.mark.parametrize("kind", KINDS)
def test_fit_and_evaluate_see_the_same_batches(kind):
    x, y = samples()
    plain, other = network(), network()
    plain.fit(x, y, batch_size=4, epochs=1, shuffle=False, verbose=0)
    other.fit(KINDS[kind](cut(4, x, y)), verbose=0)
    assert all(map(np.array_equal, plain.get_weights(), other.get_weights()))
    assert plain.evaluate(x, y, batch_size=4, verbose=0) == other.evaluate(KINDS[kind](cut(4, x, y)), verbose=0)


@pytest.mark.parametrize("taken", [1, 2, 5])
def test_an_iterator_with_an_index_begins_with_its_first_batch(taken):
    """As `flow_from_directory` gives them: predictions stand in the order of the samples, whatever was looked at before."""
    x, y = samples()
    source, model = Flow(cut(4, x, y)), network()
    for _ in range(taken):
        next(source)
    expected = model.predict(x, batch_size=4, verbose=0)
    assert np.array_equal(model.predict(source, verbose=0), expected)
    assert [np.array_equal(model.predict(source, steps=2, verbose=0), expected[:8]) for _ in range(2)] == [True, True]
    with pytest.raises(ValueError, match="steps is 4, but x has 3 batches"):
        model.predict(source, steps=4, verbose=0)


def test_images_of_keras_in_their_order(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    image = pytest.importorskip("keras.src.legacy.preprocessing.image")
    x, y = samples(10)
    source = image.ImageDataGenerator().flow(x.reshape(10, SIZE, 1, 1), y, batch_size=4, shuffle=False)
    model = Sequential([Flatten(input_shape=(SIZE, 1, 1)), Dense(2)])
    next(source)
    for _ in range(2):
        found = model.predict(source, verbose=0)
        assert np.array_equal(found, model.predict(x.reshape(10, SIZE, 1, 1), batch_size=4, verbose=0))


def test_sequences_follow_the_epochs():
    x, y = samples()
    source = Indexed(cut(4, x, y))
    network().fit(source, epochs=2, verbose=0)
    assert source.events == ["begin", "end"] * 2


def test_batches_of_a_py_dataset_are_shuffled_unless_that_is_declined():
    class PyDataset(Indexed):
        def __getitem__(self, place):
            self.events.append(place)
            return super().__getitem__(place)

    x, y = samples(24)
    orders = {}
    for shuffle in (True, False):
        source = PyDataset(cut(2, x, y))
        network().fit(source, epochs=2, shuffle=shuffle, verbose=0)
        taken = [event for event in source.events if not isinstance(event, str)]
        orders[shuffle] = [taken[:12], taken[12:]]
    assert orders[False] == [list(range(12))] * 2
    assert orders[True][0] != orders[True][1] and all(sorted(taken) == list(range(12)) for taken in orders[True])


def test_several_inputs_by_name_and_in_tuples():
    (a, y), (b, _) = samples(seed=1), samples(seed=2)
    model = network(2)
    expected = model.predict([a, b], batch_size=5, verbose=0)
    assert np.array_equal(model.predict({"b": b, "a": a}, batch_size=5, verbose=0), expected)
    parts = [([one, other],) for one, other in zip(np.split(a, 2), np.split(b, 2), strict=True)]
    assert np.array_equal(model.predict(iter(parts), verbose=0), expected)
    named = [({"a": one, "b": other}, None) for one, other in zip(np.split(a, 2), np.split(b, 2), strict=True)]
    assert np.array_equal(model.predict(Indexed(named), verbose=0), expected)
    assert network(2).evaluate({"a": a, "b": b}, y, verbose=0) == network(2).evaluate([a, b], y, verbose=0)


@pytest.mark.parametrize(
    "x, message",
    [
        (lambda a: {"a": a}, r"x lacks 'b'; the inputs are \['a', 'b'\]"),
        (lambda a: {"a": a, "b": a, "c": a}, "x has 'c', which is no input.* There are: a, b"),
        (lambda a: iter([(a, a)]), "the model has 2 inputs .* x must be a list of 2 arrays"),
    ],
)
def test_inputs_by_name_that_do_not_fit(x, message):
    with pytest.raises(ValueError, match=message):
        network(2).predict(x(samples()[0]), verbose=0)


def test_tensors_with_gradients_are_samples():
    torch = pytest.importorskip("torch")
    x, y = samples()
    tensor, model = torch.tensor(x, requires_grad=True), network()
    expected = model.predict(x, batch_size=4, verbose=0)
    assert np.array_equal(model.predict(tensor, batch_size=4, verbose=0), expected)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y)), batch_size=4)
    assert np.array_equal(model.predict(loader, verbose=0), expected)
    stream = type("Stream", (torch.utils.data.IterableDataset,), {"__iter__": lambda self: iter(torch.tensor(x))})()
    assert np.array_equal(model.predict(torch.utils.data.DataLoader(stream, batch_size=4), verbose=0), expected)


ONE = {
    "list": lambda x: [x],
    "tuple": lambda x: (x,),
    "list of a tensor": lambda x: [pytest.importorskip("torch").tensor(x, requires_grad=True)],
    "sparse": lambda x: pytest.importorskip("scipy.sparse").csr_matrix(x),
    "memory": memoryview,
    "list of tensors": lambda x: list(pytest.importorskip("torch").tensor(x, requires_grad=True)),
}


@pytest.mark.parametrize("kind", ONE)
def test_other_ways_to_give_an_array(kind):
    x, y = samples()
    model, other = network(), network()
    assert np.array_equal(model.predict(ONE[kind](x), verbose=0), model.predict(x, verbose=0))
    targets = [y] if kind in ("list", "tuple") else y
    assert model.evaluate(ONE[kind](x), targets, verbose=0) == model.evaluate(x, y, verbose=0)
    given = {"validation_split": 0.3, "shuffle": False, "verbose": 0}
    assert model.fit(ONE[kind](x), targets, **given).history == other.fit(x, y, **given).history


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), st.integers(1, 4), st.booleans())
def test_a_list_of_one_is_an_array_or_a_sample(shape, count, is_sample):
    from convviz.nn.samples import as_inputs

    array = np.arange(count * np.prod(shape), dtype=np.float32).reshape(count, *shape)
    (found,) = as_inputs([array[0]] if is_sample else [array], [(None, *shape)])
    assert np.array_equal(found, array[:1] if is_sample else array)


def test_short_floats_of_other_libraries_are_numbers():
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax.numpy")
    x, _ = samples()
    x, model = np.round(x), network()  # whole numbers, which bfloat16 holds
    for given_array in (torch.tensor(x, dtype=torch.bfloat16), jax.asarray(x, jax.bfloat16), torch.tensor(x).to_sparse()):
        assert np.array_equal(model.predict(given_array, verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize("given_x, words", [(Indexed, "type came"), ({1, 2}, "set came"), (range(3), "shape"), (len, "came")])
def test_what_holds_no_samples_is_refused_in_a_sentence(given_x, words):
    for call in (network().predict, network().fit):
        with pytest.raises((TypeError, ValueError), match=f"(must be an array of numbers|the model takes x).*{words}"):
            call(given_x, verbose=0)


def test_masked_cells_are_not_read():
    x, y = samples()
    masked = np.ma.masked_array(x, mask=x > 0)
    with pytest.raises(ValueError, match=r"x is a masked array with masked cells; fill them first, for example x\.filled\(0\)"):
        network().fit(masked, y, verbose=0)
    assert network().predict(np.ma.masked_array(x), verbose=0).shape == (10, 2)


def test_validation_data_stands_before_a_split():
    x, y = samples()
    for given_x in ({"x": x, "y": y}, {"x": iter(cut(5, x, y))}):
        assert "val_loss" in network().fit(**given_x, validation_data=(x, y), validation_split=0.5, verbose=0).history
    with pytest.raises(ValueError, match="validation_split takes the last part of arrays"):
        network().fit(iter(cut(5, x, y)), validation_split=0.5, verbose=0)


# ------------------------------------------------------------ no end


def forever(part):
    while True:
        yield part


class Endless:
    """An object with an index and no end."""

    def __init__(self, part):
        self.part = part

    def __getitem__(self, place):
        return self.part


class EndlessDataset(Endless):
    num_batches = None


class EndlessTensors:
    """A dataset of TensorFlow after `repeat()`."""

    def __init__(self, part):
        self.part = part

    def cardinality(self):
        return np.int64(-1)

    def __len__(self):
        raise TypeError("The dataset is infinite.")

    def __iter__(self):
        return itertools.repeat(self.part)


SEEN = {
    "generator": forever,
    "cycle": lambda part: itertools.cycle([part]),
    "dataset": EndlessDataset,
    "repeat": itertools.repeat,
    "tensors": EndlessTensors,
}
UNSEEN = {"index": Endless, "map": lambda part: map(lambda _: part, itertools.count())}


@pytest.mark.parametrize("kind", SEEN)
@pytest.mark.parametrize(
    "call, setting",
    [
        (lambda model, x: model.predict(x, verbose=0), "steps"),
        (lambda model, x: model.evaluate(x, verbose=0), "steps"),
        (lambda model, x: model.fit(x, verbose=0), "steps_per_epoch"),
        (lambda model, x: model.fit(*samples(), validation_data=x, verbose=0), "validation_steps"),
    ],
)
def test_what_is_seen_never_to_end_is_refused_at_once(kind, call, setting):
    with pytest.raises(ValueError, match=f"x never ends; give {setting}, the number of batches"):
        call(network(), SEEN[kind](samples(2)))


@pytest.mark.parametrize("kind", UNSEEN)
def test_what_does_not_end_is_given_up(kind, monkeypatch):
    monkeypatch.setattr(batches, "MOST", 50)
    for call in (network().predict, network().evaluate):
        with pytest.raises(ValueError, match="x has given 50 batches and goes on; give steps, the number of batches to take"):
            call(UNSEEN[kind](samples(2)), verbose=0)
    x, _ = samples(2)
    assert network().predict(UNSEEN[kind]((x, x)), steps=60, verbose=0).shape == (120, 2)


@pytest.mark.parametrize("kind", [*SEEN, *UNSEEN])
def test_steps_end_what_has_no_end(kind):
    x, y = samples(2)
    source = (SEEN | UNSEEN)[kind]((x, y))
    assert network().predict(source, steps=3, verbose=0).shape == (6, 2)
    assert network().fit(source, steps_per_epoch=2, epochs=2, verbose=0).epoch == [0, 1]
    assert network().evaluate(source, steps=2, verbose=0) == pytest.approx(network().evaluate(x, y, verbose=0))


def ending(count):
    """Generators of many shapes that end."""

    def counted():
        place = 0
        while True:
            if place == count:
                return
            yield place
            place += 1

    def caught():
        given = iter(range(count))
        while True:
            try:
                yield next(given)
            except StopIteration:
                break

    return [counted(), caught(), (place for place in range(count)), iter_in_with(count)]


def failing(parts):
    """A generator that never returns: an error ends it."""
    yield from parts
    raise OSError("the disk is gone")


def iter_in_with(count):
    with contextlib.nullcontext():
        yield from range(count)


def test_generators_that_end_are_not_taken_for_endless():
    assert not any(map(batches.endless, ending(3)))
    assert [list(generator) for generator in ending(3)] == [[0, 1, 2]] * 4
    x, y = samples()
    for call in (network().predict, network().fit, network().evaluate):
        with pytest.raises(OSError, match="the disk is gone"):
            call(failing(cut(4, x, y)), verbose=0)


def test_a_list_of_one_array_builds_no_model():
    """It may be one sample or all of them."""
    x, _ = samples()
    with pytest.raises(ValueError, match=r"x is a list of one array, of shape \(10, 3\); give the array, or give the first"):
        Sequential([Dense(2)]).predict([x], verbose=0)
    assert Sequential([Dense(2)]).predict([x[0]], verbose=0).shape == (1, 2)


# ------------------------------------------------------------ steps and epochs


class Batchwise(Callback):
    """Keeps the numbers of batches, an epoch a list."""

    def __init__(self):
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs.append(0)

    def on_train_batch_end(self, batch, logs=None):
        self.epochs[-1] += 1
        assert batch == self.epochs[-1] - 1


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 7), st.integers(1, 7), st.integers(1, 4))
@pytest.mark.filterwarnings("ignore:an epoch ends after")
def test_an_epoch_goes_on_where_the_one_before_ended(total, steps, epochs):
    """Steps beside a number of batches: each pass is read to its end, whatever gives the batches."""
    x, y = samples(total)
    expected, left = [], total
    for _ in range(epochs):
        expected.append(min(steps, left))
        left = left - expected[-1] or total
    for kind in ("arrays", "indexed", "loader"):
        seen = Batchwise()
        call = {"x": x, "y": y, "batch_size": 1} if kind == "arrays" else {"x": KINDS[kind](cut(1, x, y))}
        options = {"steps_per_epoch": steps, "epochs": epochs, "shuffle": False, "verbose": 0, "callbacks": [seen]}
        if steps > total:
            with pytest.raises(ValueError, match=f"steps_per_epoch is {steps}, but .* {total} batches"):
                network().fit(**call, **options)
        else:
            network().fit(**call, **options)
            assert seen.epochs == expected


def test_an_epoch_cut_short_says_so():
    x, y = samples()
    seen = Batchwise()
    with pytest.warns(UserWarning, match="an epoch ends after 1 of 2 batches: x gives no more"):
        history = network().fit(iter(cut(4, x, y)), steps_per_epoch=2, epochs=2, verbose=0, callbacks=[seen])
    assert seen.epochs == [2, 1] and history.epoch == [0, 1]
    with pytest.warns(UserWarning, match="an epoch ends after 1 of 2 batches: these are the last of a pass"):
        network().fit(x, y, batch_size=4, steps_per_epoch=2, epochs=2, verbose=0)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 12))
def test_steps_without_a_batch_size_make_as_many_batches(count, steps):
    """As in Keras: evaluation and prediction go through all samples in so many batches, if that can be."""
    x, y = samples(count)
    size = -(-count // steps)
    if -(-count // size) < steps:
        with pytest.raises(ValueError, match=f"steps is {steps}, but {count} samples give"):
            network().predict(x, steps=steps, verbose=0)
        return
    assert np.array_equal(network().predict(x, steps=steps, verbose=0), network().predict(x, batch_size=size, verbose=0))
    assert network().evaluate(x, y, steps=steps, verbose=0) == network().evaluate(x, y, batch_size=size, verbose=0)
    seen = Batchwise()
    network().fit(x, y, steps_per_epoch=steps, verbose=0, callbacks=[seen])
    assert seen.epochs == [steps]


@pytest.mark.parametrize(
    "source, message",
    [
        (lambda x: iter([]), "there is nothing to predict: the iterator gave no batches"),
        (lambda x: Indexed([]), "there is nothing to predict"),
        (lambda x: iter([(x, x, x, x)]), r"gives x, \(x,\), \(x, y\) or \(x, y, sample_weight\); it gave 4 parts"),
        (lambda x: iter([x[0]]), r"a single sample needs an axis of samples in front"),
        (lambda x: "abc", "x must be numbers; it is of dtype"),
        (lambda x: iter(["abc"]), "x must be numbers; it is of dtype"),
    ],
)
def test_batches_that_do_not_fit(source, message):
    with pytest.raises((TypeError, ValueError), match=message):
        network().predict(source(samples()[0]), verbose=0)


def test_lists_of_numbers_are_arrays_and_no_pairs():
    model = Sequential([Dense(1, kernel_initializer="ones", input_shape=(1,))])
    assert model.predict(iter([[[1.0], [2.0]], [[3.0]]]), verbose=0).tolist() == [[1.0], [2.0], [3.0]]


def test_what_stands_beside_batches_is_refused():
    x, y = samples()
    for name in ("y", "sample_weight"):
        with pytest.raises(ValueError, match=f"x is an iterator of batches, which holds .*; leave {name} out"):
            network().evaluate(iter(cut(4, x, y)), verbose=0, **{name: y})
