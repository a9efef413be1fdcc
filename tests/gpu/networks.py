"""Networks that train on a GPU in tests: the course's four, and some that have layers of every kind."""

import copy
import hashlib

import course_networks
from hardware import REHEARSAL, scaled

from convviz import nn
from convviz.nn import (
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
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
    Model,
    Sequential,
    ZeroPadding2D,
    datasets,
    optimizers,
    regularizers,
)

__all__ = ["BATCH", "COURSE", "KINDS", "NETWORKS", "STEPS", "bits", "compiled", "samples"]

#: Rows = columns of images, and filters.
SIZE, WIDE = scaled(28, 12, 4), scaled(32, 8, 2)
#: Of so many filters of the course's networks there is one.
SHARE = scaled(1, 4, 16)
BATCH, STEPS = scaled(64, 8, 2), scaled(10, 3, 3)
COURSE = {f"network {number}": number for number in course_networks.NETWORKS}


def chain(*layers):
    """Layers one after the other, and a softmax."""
    return Sequential([Input((SIZE, SIZE, 1)), *layers, Flatten(), Dense(4, activation="softmax")])


def branches():
    """A layer at two places, sums and joints of what several layers read."""
    x = Input((SIZE, SIZE, 1))
    first = Conv2D(WIDE, 3, padding="same", activation="tanh")(x)
    shared, scaled_by_batch = Conv2D(WIDE, 3, padding="same", use_bias=False), BatchNormalization()
    second = scaled_by_batch(shared(first))
    third = Activation("swish")(scaled_by_batch(shared(second)))
    joined = Concatenate()([Add()([first, second, third]), first, x])
    return Model(x, Dense(4, activation="softmax")(Flatten()(AveragePooling2D(2)(joined))))


#: Functions that make networks, by what is special about them.
KINDS = {
    "strides": lambda: chain(
        Conv2D(WIDE, 3, strides=2, padding="same", activation="tanh"),
        Conv2D(WIDE, (2, 1), use_bias=False),
        Conv2D(WIDE, 1, activation="swish", kernel_regularizer=regularizers.l2(0.01)),
    ),
    "groups and dilation": lambda: chain(
        Conv2D(WIDE, 3, padding="same"),
        Conv2D(2 * WIDE, (2, 3), groups=2, activation="elu"),
        Conv2D(WIDE, 2, dilation_rate=(1, 2), padding="same", activation="tanh"),
    ),
    "depthwise": lambda: chain(
        Conv2D(WIDE, 1),
        DepthwiseConv2D(3, padding="same", activation="tanh"),
        Dropout(0.3),
        DepthwiseConv2D(2, depth_multiplier=2, activation="tanh"),
    ),
    "transposed": lambda: chain(
        Conv2D(WIDE, 3, strides=2, padding="same"),
        Conv2DTranspose(WIDE, 2, strides=2, activation="tanh"),
        Conv2DTranspose(2, 3, padding="same", use_bias=False),
        Dropout(0.2),
    ),
    "pooling": lambda: chain(
        ZeroPadding2D(((0, 1), (2, 0))),
        Conv2D(WIDE, 2, activation="tanh"),
        MaxPooling2D(2, strides=1, padding="same"),
        Dropout(0.3),
        AveragePooling2D(3, strides=2, padding="same"),
        MaxPooling2D(2, strides=1),
    ),
    "normalization": lambda: chain(
        Conv2D(WIDE, 3, use_bias=False),
        BatchNormalization(),
        Activation("relu"),
        Dropout(0.4),
        Conv2D(WIDE, 1, use_bias=False),
        BatchNormalization(scale=False, momentum=0.5),
        Activation("tanh"),
    ),
    "global maxima": lambda: chain(Conv2D(WIDE, 3, activation="elu"), GlobalMaxPooling2D()),
    "global means": lambda: chain(
        Conv2D(WIDE, 3, activation="tanh"),
        GlobalAveragePooling2D(keepdims=True),
        Dense(WIDE, activation="tanh"),
    ),
    "dense on images": lambda: chain(
        Dense(WIDE, activation="tanh"),
        Dropout(0.3, seed=2**40 + 1),
        Dense(2, use_bias=False),
        Activation("softmax"),
    ),
    "frozen": lambda: chain(
        Conv2D(WIDE, 3, activation="tanh", trainable=False),
        BatchNormalization(trainable=False),
        Dense(WIDE, activation="tanh"),
    ),
    "dense alone": chain,
    "branches": branches,
}
NETWORKS = [*COURSE, *KINDS]


def compiled(name, device="cuda", precision="float32", optimizer=None, **settings):
    """A network with the same weights every time; the course's with Adam, the others with momentum if not told."""
    nn.set_random_seed(5)
    build = KINDS.get(name) or (lambda: course_networks.ours(COURSE[name], SIZE, SHARE))
    model = build()
    usual = optimizers.Adam(0.002) if name in COURSE else optimizers.SGD(0.05, momentum=0.9)
    settings = {"loss": course_networks.LOSS, "metrics": ["accuracy"], "precision": precision} | settings
    model.compile(copy.deepcopy(optimizer) or usual, device=device, **settings)
    return model


def samples(steps=STEPS, more=0):
    """Images of shapes and their labels, for so many batches and a few images more."""
    count = steps * BATCH + more
    if REHEARSAL:
        images, labels = datasets.shapes(count, 1, 12)
        return images[:, ::3, ::3], labels
    return datasets.shapes(count, 1, SIZE)


def bits(model):
    """A digest of all that training has changed: weights, the optimizer's averages, and the number of steps."""
    digest = hashlib.sha256(str(model.optimizer.iterations).encode())
    for array in model.get_weights():
        digest.update(array.tobytes())
    for key, slots in sorted(model.optimizer.state.items()):
        for slot, array in sorted(slots.items()):
            digest.update(f"{key} {slot}".encode() + array.tobytes())
    return digest.hexdigest()
