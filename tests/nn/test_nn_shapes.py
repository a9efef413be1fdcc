"""Whole trainings: generated images, real ones if they are there, the same bits again, and no memory lost on the way."""

import gc
import itertools
import tracemalloc
from pathlib import Path

import numba
import numpy as np
import pytest

import convviz
from convviz.nn import (
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalMaxPooling2D,
    MaxPooling2D,
    Sequential,
    datasets,
    optimizers,
    set_random_seed,
)

FASHION = Path(__file__).parents[3] / "shared" / "data" / "fashion-mnist"


def small_network(shape):
    return Sequential(
        [
            Conv2D(8, 5, activation="relu", input_shape=shape),
            MaxPooling2D(2),
            Conv2D(16, 5, activation="relu"),
            GlobalMaxPooling2D(),
            Dense(4, activation="softmax"),
        ]
    )


def test_a_small_network_learns_the_shapes():
    x, y = datasets.shapes(2000, seed=3)
    set_random_seed(1)
    model = small_network(x.shape[1:])
    model.compile(optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=5, validation_split=0.25, verbose=0).history
    assert history["val_accuracy"][-1] > 0.9
    assert history["val_accuracy"][0] < history["val_accuracy"][-1] and history["loss"][-1] < history["loss"][0]
    held, labels = datasets.shapes(400, seed=4)
    assert model.evaluate(held, labels, verbose=0)[1] > 0.9
    assert (model.predict(held, verbose=0).argmax(1) == labels).mean() == model.evaluate(held, labels, verbose=0)[1]


def network_3(shape=(28, 28, 1)):
    return Sequential(
        [
            Conv2D(32, 3, padding="same", activation="relu", input_shape=shape),
            Conv2D(64, 3, padding="same", activation="relu"),
            MaxPooling2D(2),
            Flatten(),
            Dropout(0.5),
            Dense(10, activation="softmax"),
        ]
    )


@pytest.mark.skipif(not FASHION.is_dir(), reason="the files of Fashion-MNIST are not beside the checkout")
def test_a_network_learns_clothes_from_two_thousand_images():
    """Three seeds gave 0.82, 0.78 and 0.81."""
    (x, y), (held, labels) = datasets.fashion_mnist.load_data(FASHION)
    x, held = (array.astype(np.float32)[..., None] / 255 for array in (x[:2000], held[:1000]))
    set_random_seed(1)
    model = network_3()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y[:2000], batch_size=32, epochs=2, verbose=0)
    assert model.evaluate(held, labels[:1000], verbose=0)[1] > 0.72


def course(threads):
    """The weights, losses and predictions of a short training with everything in it, on so many threads."""
    before = numba.get_num_threads()
    numba.set_num_threads(threads)
    try:
        set_random_seed(8)
        x, y = datasets.shapes(200, seed=5)
        model = Sequential(
            [
                Conv2D(8, 3, padding="same", input_shape=x.shape[1:]),
                BatchNormalization(),
                MaxPooling2D(2),
                Dropout(0.3),
                Conv2D(20, 3, activation="relu"),
                MaxPooling2D(2),
                Dropout(0.2),
                Flatten(),
                Dense(40, activation="gelu"),
                Dense(4, activation="softmax"),
            ]
        )
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(x, y, batch_size=64, epochs=2, validation_split=0.2, verbose=0).history
        return model.get_weights(), history, model.predict(x, verbose=0)
    finally:
        numba.set_num_threads(before)


def test_training_gives_the_same_bits_again_and_on_any_number_of_threads():
    runs = [course(1), course(1)]
    if numba.config.NUMBA_NUM_THREADS > 1:
        runs.append(course(2))
    weights, history, predictions = runs[0]
    for other in runs[1:]:
        assert history == other[1]
        assert predictions.tobytes() == other[2].tobytes()
        for one, two in zip(weights, other[0], strict=True):
            assert one.tobytes() == two.tobytes()


def test_training_does_not_grow():
    """Steps, with tests and predictions between them, leave as much memory in use as there was before.

    Only what convviz allocates counts: other threads of the process, and what ran before, have memory of their own. A single
    object left by every call would show in every round.
    """
    ours = [tracemalloc.Filter(True, str(Path(convviz.__file__).parent / "*"))]
    x, y = datasets.shapes(64, seed=5)
    model = small_network(x.shape[1:])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

    def visible_after(count):
        for _ in range(count):
            model.train_on_batch(x, y)
            model.test_on_batch(x[:10], y[:10])
            model.predict_on_batch(x[:3])
        gc.collect()
        return sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces(ours).traces)

    tracemalloc.start()
    try:
        visible = [visible_after(100)]
        held = model._engine.current.nbytes
        visible += [visible_after(100) for _ in range(4)]
    finally:
        tracemalloc.stop()
    assert model._engine.current.nbytes == held > 0
    assert min(after - before for before, after in itertools.pairwise(visible)) < 100 * 16


def test_batches_of_all_sizes_use_one_memory():
    x, y = datasets.shapes(64, seed=5)
    model = small_network(x.shape[1:])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.train_on_batch(x, y)
    engine = model._engine.current
    held = engine.nbytes
    for count in (1, 64, 7, 63):
        model.train_on_batch(x[:count], y[:count])
    assert model._engine.current is engine and engine.nbytes == held
