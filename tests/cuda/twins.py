"""The same model on the CPU and in numba's simulator, for the tests of the engine of CUDA."""

import copy

import numpy as np
import tiny_launches
import turns

import convviz.nn as nn
from convviz.nn import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Input,
    MaxPooling2D,
    Sequential,
    ZeroPadding2D,
)

__all__ = ["CHAINS", "IMAGE", "chain", "compare", "fitted", "quicken", "twins"]

IMAGE = (4, 5, 2)
#: Networks by what is special about them: functions that make their layers.
CHAINS = {
    "convolutions": (
        lambda: Conv2D(4, 3, strides=2, padding="same", activation="relu"),
        lambda: Conv2D(2, (2, 1), use_bias=False),
        lambda: Conv2D(3, 1, padding=1, activation="tanh"),
    ),
    "groups and dilation": (
        lambda: Conv2D(4, (2, 3), groups=2, padding="same"),
        lambda: Conv2D(4, 2, dilation_rate=(1, 2), activation="swish"),
    ),
    "depthwise": (
        lambda: DepthwiseConv2D(2, activation="relu"),
        lambda: DepthwiseConv2D(3, depth_multiplier=2, padding="same"),
    ),
    "transposed": (
        lambda: Conv2DTranspose(2, 2, strides=2, activation="relu"),
        lambda: Conv2DTranspose(2, 3, strides=(1, 2), padding="same", use_bias=False),
        lambda: Conv2D(2, 3, strides=3, padding="same"),
    ),
    "pooling joined to a convolution": (
        lambda: Conv2D(2, 2, activation="relu", padding="same"),
        lambda: MaxPooling2D(2),
        lambda: Dropout(0.3),
        lambda: Conv2D(2, 1),
        lambda: MaxPooling2D(2),
        lambda: Activation("relu"),
    ),
    "pooling apart": (
        lambda: MaxPooling2D(2, strides=1, padding="same"),
        lambda: AveragePooling2D(3, strides=2, padding="same"),
        lambda: MaxPooling2D((1, 2)),
        lambda: AveragePooling2D(2, ceil_mode=True),
    ),
    "a relu kept from its pooling": (
        lambda: DepthwiseConv2D(2),
        lambda: Activation("relu"),
        lambda: MaxPooling2D(3, strides=2, padding="same"),
    ),
    "normalization": (
        lambda: Conv2D(2, 2, use_bias=False),
        lambda: BatchNormalization(),
        lambda: Activation("relu"),
        lambda: BatchNormalization(scale=False, momentum=0.5),
        lambda: BatchNormalization(center=False, trainable=False),
    ),
    "dropout": (
        lambda: Dropout(0.4),
        lambda: Conv2D(2, 2),
        lambda: Dropout(0.3, seed=2**40 + 1),
        lambda: Activation("tanh"),
        lambda: Dropout(0.2),
        lambda: Dropout(0),
    ),
    "global maxima": (lambda: Conv2D(3, 2, activation="elu"), lambda: GlobalMaxPooling2D()),
    "global means": (lambda: ZeroPadding2D(((0, 1), (2, 0))), lambda: GlobalAveragePooling2D(keepdims=True)),
    "dense on images": (lambda: Dense(3, activation="relu"), lambda: Dropout(0.3), lambda: Dense(2, use_bias=False)),
    "softmax in the middle": (lambda: Conv2D(3, 2, activation="softmax"), lambda: Activation("softmax")),
    "frozen layers": (
        lambda: Conv2D(2, 2, trainable=False, activation="relu"),
        lambda: Conv2D(2, 2),
        lambda: Dense(3, trainable=False),
        lambda: BatchNormalization(),
    ),
}


def chain(name):
    """A function that makes the network of a name, which ends with a softmax over three classes."""
    layers = CHAINS[name]
    return lambda: Sequential([Input(IMAGE), *(make() for make in layers), Flatten(), Dense(3, activation="softmax")])


def quicken(monkeypatch, tiles=False):
    """Kernels of few threads, which take turns; convolutions cell by cell unless `tiles` are wanted."""
    from convviz.kernels.cuda import convolution

    tiny_launches.shrink_blocks(monkeypatch.setattr)
    tiny_launches.shrink_tiles(monkeypatch.setattr)
    if not tiles:
        monkeypatch.setattr(convolution, "tiled", lambda *arguments: False)
    turns.take_turns(monkeypatch.setattr)


def twins(build, optimizer, *settings, devices=("cpu", "cuda"), seed=5, **more):
    """Models that ``build()`` makes with the same weights and are compiled alike but for the device."""
    made = []
    for device in devices:
        nn.set_random_seed(seed)
        model = build()
        model.compile(copy.deepcopy(optimizer), *settings, device=device, **more)
        made.append(model)
    return made


def fitted(models, *data, **settings):
    """What `fit` returns for each of some models."""
    return [model.fit(*data, verbose=0, **settings) for model in models]


def compare(one, other, rtol=2e-5, atol=2e-6, averages=True):
    """Fail unless two models have the same weights and averages within rounding, after as many steps."""
    assert one.optimizer.iterations == other.optimizer.iterations
    for held, mine, found in zip(one.weights, one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(found, mine, rtol, atol, err_msg=held.name)
    if averages:
        assert set(one.optimizer.state) == set(other.optimizer.state)
        for key, slots in one.optimizer.state.items():
            assert set(slots) == set(other.optimizer.state[key])
            for slot, mine in slots.items():
                np.testing.assert_allclose(other.optimizer.state[key][slot], mine, rtol, atol, err_msg=f"{slot} of {key}")
