"""Results of random kernels and of random small trainings, to be compared between two ways of running them.

As a program, ``python random_results.py KERNELS TRAININGS FILE`` writes those of the first so many seeds.
"""

import sys
from unittest import mock

import numpy as np

from convviz import geometry, nn
from convviz.kernels.cpu import dispatch

DTYPES = (np.int64, np.float32, np.float64)
OPTIMIZERS = ("sgd", "adam", "rmsprop", "adagrad", "adadelta", "nesterov")
LOSSES = ("categorical_crossentropy", "binary_crossentropy", "mse")
ACTIVATIONS = ("relu", "elu", "selu", "sigmoid", "tanh", "softplus", "swish", "gelu", "mish", "leaky_relu")


def numbers(random, shape, dtype):
    """Random numbers of a dtype: whole ones of any size, floats around 1 with now and then an infinite one or a NaN."""
    if dtype is np.int64:
        most = 2 ** int(random.integers(2, 64)) - 1
        return random.integers(-most, most, shape, endpoint=True)
    cells = random.standard_normal(shape).astype(dtype)
    if random.random() < 0.2:
        cells.flat[random.integers(cells.size)] = random.choice([np.inf, -np.inf, np.nan, 0])
    return cells


def kernel_result(seed):
    """The result of a random convolution, transposed convolution or pooling, small or large."""
    random = np.random.default_rng(seed)
    dtype, large = DTYPES[seed % 3], random.random() < 0.3
    window, strides, dilation = (
        int(number) for number in (random.integers(1, 4), random.integers(1, 3), random.integers(1, 3))
    )
    groups = int(random.choice([1, 1, 2]))
    depth, filters = (int(number) for number in random.integers(1, 9 if large else 4, 2))
    size = [int(number) for number in random.integers(12, 30, 2)] if large else [8, 9]
    image = numbers(random, (2, *size, depth * groups), dtype)
    padding = str(random.choice(["valid", "same"]))
    name = str(random.choice(["convolve", "convolve_transposed", "max_pool", "average_pool"]))
    kernel = window, window
    if name == "convolve_transposed":
        axes = geometry.transposed_geometry(size, kernel, strides=strides, padding=padding, dilation_rate=1)
        weights = numbers(random, (*kernel, filters, depth * groups), dtype)
    else:
        strides = 1 if dilation > 1 else strides
        axes = geometry.window_geometry(size, kernel, strides=strides, padding=padding, dilation_rate=dilation)
        weights = numbers(random, (*kernel, depth, filters * groups), dtype)
    if name == "max_pool":
        return np.concatenate([np.ravel(part).astype(np.float64) for part in dispatch.max_pool(image, axes.rows, axes.columns)])
    if name == "average_pool":
        return dispatch.average_pool(image, axes.rows, axes.columns, bool(random.integers(2)))
    return getattr(dispatch, name)(image, weights, numbers(random, (filters * groups,), dtype), axes.rows, axes.columns, groups)


def training_result(seed):
    """Losses, weights and predictions of a random small model that has been trained for three batches."""
    random = np.random.default_rng(seed)
    nn.utils.set_random_seed(seed)
    activation = ACTIVATIONS[seed % len(ACTIVATIONS)]
    pooling = random.choice([nn.MaxPooling2D, nn.AveragePooling2D])
    model = nn.Sequential(
        [
            nn.Input((9, 8, int(random.integers(1, 4)))),
            nn.Conv2D(int(random.integers(1, 6)), 3, activation=activation, padding="same", strides=int(random.integers(1, 3))),
            random.choice([nn.BatchNormalization, lambda: nn.Dropout(0.3)])(),
            pooling(int(random.integers(2, 4)), strides=2, padding="same"),
            random.choice([lambda: nn.DepthwiseConv2D(2), lambda: nn.Conv2DTranspose(2, 2, kernel_regularizer="l2")])(),
            random.choice([nn.Flatten, nn.GlobalAveragePooling2D, nn.GlobalMaxPooling2D])(),
            nn.Dense(3, activation=("softmax", "sigmoid", "linear")[seed % 3]),
        ]
    )
    optimizer = OPTIMIZERS[seed % len(OPTIMIZERS)]
    model.compile(nn.optimizers.SGD(0.01, 0.9, nesterov=True) if optimizer == "nesterov" else optimizer, LOSSES[seed % 3])
    x, y = random.standard_normal((6, *model.input_shape[1:])).astype("float32"), np.eye(3)[random.integers(0, 3, 6)]
    losses = model.fit(x, y, epochs=1, batch_size=2, verbose=0).history["loss"]
    return np.concatenate([losses, *map(np.ravel, model.get_weights()), np.ravel(model.predict(x, verbose=0))])


def results(kernels, trainings):
    """By name, those of so many kernels and so many trainings."""
    with mock.patch.object(dispatch, "LARGE", 5_000):  # so that vector code has its share in little time
        found = {f"kernel {seed}": kernel_result(seed) for seed in range(kernels)}
    return found | {f"training {seed}": training_result(seed) for seed in range(trainings)}


if __name__ == "__main__":
    np.savez(sys.argv[3], **results(int(sys.argv[1]), int(sys.argv[2])))
