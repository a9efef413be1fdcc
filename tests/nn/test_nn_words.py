"""The words of the course's programs, which were written for several versions of Keras, mean here what they meant there."""

import numpy as np
import pytest

from convviz import nn
from convviz.nn import losses, optimizers, regularizers


def test_names_stand_in_the_modules_where_keras_has_them():
    from convviz.nn.callbacks import EarlyStopping, ModelCheckpoint
    from convviz.nn.datasets import cifar10, fashion_mnist, mnist
    from convviz.nn.layers import Activation, AvgPool2D, Conv2D, Dense, Flatten, MaxPool2D
    from convviz.nn.models import Model, Sequential, load_model
    from convviz.nn.optimizers import SGD
    from convviz.nn.utils import plot_model, to_categorical

    assert (Model, Sequential, load_model, to_categorical) == (nn.Model, nn.Sequential, nn.load_model, nn.to_categorical)
    assert (MaxPool2D, AvgPool2D) == (nn.MaxPooling2D, nn.AveragePooling2D)
    assert all(map(callable, (EarlyStopping, ModelCheckpoint, Activation, Conv2D, Dense, Flatten, SGD, plot_model)))
    assert all(callable(module.load_data) for module in (cifar10, fashion_mnist, mnist))


def test_a_program_of_the_course_runs_word_for_word():
    model = nn.Sequential()
    model.add(nn.Dense(20, input_dim=8, kernel_regularizer=regularizers.l2(0.03)))
    model.add(nn.BatchNormalization())
    model.add(nn.Activation("relu"))
    model.add(nn.Dropout(0.3))
    model.add(nn.Dense(3, activation="softmax"))
    model.compile(
        optimizer=optimizers.SGD(lr=0.01, decay=1e-6, momentum=0.9), loss=losses.categorical_crossentropy, metrics=["accuracy"]
    )
    random = np.random.default_rng(0)
    x, y = random.random((40, 8)), nn.to_categorical(random.integers(0, 3, 40), 3)
    history = model.fit(x, y, batch_size=8, epochs=2, validation_split=0.2, verbose=0)
    assert sorted(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    again = model.fit_generator(((x[:8], y[:8]) for _ in range(6)), steps_per_epoch=3, epochs=2, verbose=0)
    assert again.epoch == [0, 1] and model.optimizer.iterations == 2 * 4 + 6


@pytest.mark.parametrize(
    "function, y_true, y_pred, expected",
    [
        (losses.categorical_crossentropy, [[0, 1], [1, 0]], [[0.2, 0.8], [0.5, 0.5]], -np.log([0.8, 0.5])),
        (losses.sparse_categorical_crossentropy, [1, 0], [[0.2, 0.8], [0.5, 0.5]], -np.log([0.8, 0.5])),
        (losses.binary_crossentropy, [[1, 0]], [[0.5, 0.75]], [-(np.log(0.5) + np.log(0.25)) / 2]),
        (losses.mean_squared_error, [[1, 2], [0, 0]], [[1, 4], [3, 1]], [2, 5]),
    ],
)
def test_losses_are_functions_too(function, y_true, y_pred, expected):
    assert function(y_true, y_pred) == pytest.approx(np.array(expected), rel=1e-6)
    assert losses.get(function).name == function.__name__


def test_classes_stand_for_objects_of_them():
    layer = nn.Dense(2, kernel_initializer=nn.initializers.HeNormal, kernel_regularizer=regularizers.L2)
    assert isinstance(layer.kernel_initializer, nn.initializers.HeNormal) and layer.kernel_regularizer.l2 == 0.01
    model = nn.Sequential([nn.Input((3,)), layer])
    model.compile(optimizer=optimizers.Adam, loss=losses.MeanSquaredError)
    assert isinstance(model.optimizer, optimizers.Adam) and model.loss.name == "mean_squared_error"


def test_targets_that_are_no_shares_are_refused():
    model = nn.Sequential([nn.Dense(2, activation="softmax", input_shape=(3,))])
    model.compile("sgd", "categorical_crossentropy")
    with pytest.raises(ValueError, match="takes rows of shares, 1 for the right class; -1 is among them"):
        model.fit(np.ones((2, 3)), [[1, -1], [0, 1]], verbose=0)
