"""Layers of real size, what PyTorch says of them in float64, and how far sums of float32 may be from that."""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from hardware import REHEARSAL, SANITIZE, scaled
from torch.nn import functional

from convviz.geometry import window_geometry
from convviz.kernels.cuda import gather_tables

__all__ = ["COURSE", "LAYERS", "RARE", "Judged", "Layer", "close", "each", "judged", "products", "weighed"]

#: PyTorch's own kernels are none of compute-sanitizer's business.
JUDGE = "cuda" if torch.cuda.is_available() and not SANITIZE else "cpu"


class Layer(NamedTuple):
    """A convolution: ``(images, rows = columns, channels, filters)``, those of a rehearsal if it has a part in it, settings."""

    name: str
    real: tuple
    tiny: tuple = None
    window: tuple = (3, 3)
    padding: object = "same"
    strides: int = 1
    dilation: int = 1
    groups: int = 1

    @property
    def sizes(self):
        """Images, rows = columns, channels and filters of this run."""
        images, size, channels, filters = self.real
        return scaled(self.real, (min(images, 8), min(size, 12), channels, filters), self.tiny)

    @property
    def parts(self):
        """The groups of this run: one for each channel stays that."""
        return self.sizes[2] if self.groups == self.real[2] else self.groups

    @property
    def axes(self):
        """Rows and columns as `convviz.geometry.Axis`."""
        where = window_geometry((self.sizes[1],) * 2, self.window, self.strides, self.padding, self.dilation)
        return where.rows, where.columns

    @property
    def settings(self):
        """What the functions of `convviz` are told."""
        return {"strides": self.strides, "padding": self.padding, "dilation_rate": self.dilation, "groups": self.parts}

    def shapes(self):
        """Shapes of image, kernel, bias, and result."""
        images, size, channels, filters = self.sizes
        rows, columns = self.axes
        kernel = (*self.window, channels // self.parts, filters)
        return (images, size, size, channels), kernel, (filters,), (images, rows.output, columns.output, filters)

    def drawn(self, draw):
        """Image, kernel, bias and gradient of the result."""
        return [draw(*shape) for shape in self.shapes()]


#: The convolutions of the course's networks, and one as in VGG.
COURSE = [
    Layer("28x28 1to32", (64, 28, 1, 32), (1, 4, 1, 5)),
    Layer("28x28 32to64", (64, 28, 32, 64), (1, 4, 4, 8)),
    Layer("14x14 64to64", (64, 14, 64, 64)),
    Layer("14x14 64to128", (64, 14, 64, 128)),
    Layer("56x56 128to128", (8, 56, 128, 128)),
]
#: What else tiles and the depthwise kernels are for.
LAYERS = COURSE + [
    Layer("5x5 stride 2", (64, 28, 32, 64), window=(5, 5), strides=2),
    Layer("stride 3 unpadded", (64, 28, 16, 24), (1, 5, 4, 4), padding="valid", strides=3),
    Layer("dilation 2", (64, 28, 32, 32), dilation=2),
    Layer("4 groups", (64, 14, 64, 128), (1, 2, 8, 16), groups=4),
    Layer("3 channels 37 filters", (64, 28, 3, 37)),
    Layer("33 channels 31 filters full", (32, 14, 33, 31), (1, 2, 5, 3), window=(4, 3), padding="full"),
    Layer("1x1", (64, 14, 64, 256), window=(1, 1)),
    Layer("1x1 stride 2", (64, 28, 64, 128), (2, 3, 4, 12), window=(1, 1), strides=2),
    Layer("11x2 padded to one side", (16, 28, 8, 16), window=(11, 2), padding=((7, 0), (0, 3))),
    Layer("batch 1", (1, 28, 32, 64)),
    Layer("batch 512", (512, 28, 32, 64)),
    Layer("depthwise", (64, 28, 64, 64), (2, 3, 4, 4), groups=64),
    Layer("depthwise 5x5 stride 2", (64, 28, 32, 32), window=(5, 5), strides=2, groups=32),
    Layer("depthwise dilation 2", (64, 14, 128, 128), padding="valid", dilation=2, groups=128),
]
#: What neither is for.
RARE = [
    Layer("3 filters a group", (32, 14, 24, 12), (1, 3, 4, 12), groups=4),
    Layer("2 filters a channel", (32, 14, 32, 64), (1, 3, 4, 8), groups=32),
    Layer("17x17", (16, 28, 8, 16), window=(17, 17)),
]


def each(layers, *only):
    """Let a test have layers, or those of them that are named, one after the other; a rehearsal has a few."""
    chosen = [layer for layer in layers if (layer.tiny or not REHEARSAL) and (not only or layer.name in only)]
    return pytest.mark.parametrize("layer", chosen, ids=[layer.name.replace(" ", "-") for layer in chosen])


# ---------------------------------------------------------------- PyTorch in float64


class Judged(NamedTuple):
    """The result of a layer, and the gradients of its sum with factors `gradient`; numpy, float64."""

    result: np.ndarray
    image: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray


def judged(layer, image, kernel, bias, gradient):
    """What PyTorch says in float64."""
    given = [torch.tensor(value, dtype=torch.float64, device=JUDGE, requires_grad=True) for value in (image, kernel, bias)]
    planes, weights = given[0].permute(0, 3, 1, 2), given[1].permute(3, 2, 0, 1)
    around = [number for axis in reversed(layer.axes) for number in (-axis.low, axis.high - axis.size)]
    settings = {"stride": layer.strides, "dilation": layer.dilation, "groups": layer.parts}
    with torch.backends.cudnn.flags(enabled=False):
        result = functional.conv2d(functional.pad(planes, around), weights, given[2], **settings).permute(0, 2, 3, 1)
        result.backward(torch.tensor(gradient, dtype=torch.float64, device=JUDGE))
    return Judged(*(value.detach().cpu().numpy() for value in (result, *(one.grad for one in given))))


def weighed(layer, *given):
    """`Judged` of the magnitudes: for each sum what its products add up to, signs apart."""
    return judged(layer, *map(np.abs, given))


def products(layer):
    """How many products are added up one after the other, at most, as `Judged`."""
    images, _, channels, filters = layer.sizes
    depth, parts = channels // layer.parts, filters // layer.parts
    taps = layer.window[0] * layer.window[1]
    (splits,) = gather_tables.weights(images, *layer.axes, layer.parts, depth, parts, tensor=True)
    return Judged(taps * depth, taps * parts, splits.numbers.span, splits.numbers.span)


def close(found, wanted, weight, count, tensor=False, more=0.0):
    """Whether sums of float32 are what they can be: each within some roundings of what it adds up, signs apart.

    Roundings to nearest go up and down, so that of many a few do not cancel: up to seven were seen on a CPU. Tensor cores cut
    numbers off, four products at a time, which always makes sums smaller, so errors grow with the root of `count`: up to 1.1
    times that in a simulation of it.

    Parameters
    ----------
    found, wanted : ndarray
    weight : ndarray
        The sums of magnitudes.
    count : int
        Products that are added up one after the other.
    tensor : bool
    more : float
        What else may differ, as a part of `weight`.
    """
    roundings = 16 + (2 * np.sqrt(count) if tensor else 0)
    return bool((np.abs(found - wanted) <= (roundings * 2.0**-24 + more) * weight + 1e-30).all())
