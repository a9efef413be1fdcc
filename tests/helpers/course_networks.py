"""The four networks for Fashion-MNIST that the course trains, here and in PyTorch, in their own size or a smaller one."""

import numpy as np

from convviz import nn

__all__ = ["LOSS", "NETWORKS", "PUBLISHED", "ours", "samples", "theirs"]

#: Of every network the layers after each other: filters of a convolution, "pool", a rate of dropout.
NETWORKS = {
    1: (32, 0.5),
    2: (32, 64, 0.5),
    3: (32, 64, "pool", 0.5),
    4: (32, 64, "pool", 0.5, 64, 128, "pool", 0.5, 0.5),
}
#: The share of the test images that the course's slides have them get right, after 50 epochs of batches of 64 with Adam.
PUBLISHED = {1: 0.9032, 2: 0.9117, 3: 0.9247, 4: 0.9290}
CLASSES = 10
LOSS = "sparse_categorical_crossentropy"


def ours(number, size=28, share=1, dropout=True):
    """A network of convviz, not compiled.

    Parameters
    ----------
    number : {1, 2, 3, 4}
    size : int
        Rows and columns of the images, which have one channel.
    share : int
        Of so many filters there is one.
    dropout : bool
    """
    model, layers = nn.Sequential([nn.Input((size, size, 1))]), NETWORKS[number]
    for place, part in enumerate(layers):
        if place == len(layers) - 1:
            model.add(nn.Flatten())
        if part == "pool":
            model.add(nn.MaxPooling2D(2))
        elif not isinstance(part, float):
            model.add(nn.Conv2D(part // share, 3, padding="same", activation="relu"))
        elif dropout:
            model.add(nn.Dropout(part))
    model.add(nn.Dense(CLASSES, activation="softmax"))
    return model


def theirs(number, size=28, share=1, dropout=True):
    """The same network of PyTorch, without the softmax, which its loss has."""
    import torch

    parts, channels, layers = [], 1, NETWORKS[number]
    for place, part in enumerate(layers):
        if place == len(layers) - 1:
            parts.append(torch.nn.Flatten())
        if part == "pool":
            parts.append(torch.nn.MaxPool2d(2))
            size //= 2
        elif not isinstance(part, float):
            parts += [torch.nn.Conv2d(channels, part // share, 3, padding=1), torch.nn.ReLU()]
            channels = part // share
        elif dropout:
            parts.append(torch.nn.Dropout(part))
    return torch.nn.Sequential(*parts, torch.nn.Linear(size * size * channels, CLASSES))


def samples(count, size=28, seed=0):
    """Images of noise, float32, and labels."""
    random = np.random.default_rng(seed)
    return random.random((count, size, size, 1), np.float32), random.integers(0, CLASSES, count)
