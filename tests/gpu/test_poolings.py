"""Poolings both ways and sums on a GPU against PyTorch and the CPU, on arrays of real size."""

from typing import NamedTuple

import hardware
import numpy as np
import pytest
import torch
from hardware import host, on_gpu, unknown
from torch.nn import functional

from convviz.geometry import window_geometry
from convviz.kernels.cpu import global_pooling as cpu_global
from convviz.kernels.cpu import pooling as cpu
from convviz.kernels.cuda import global_pooling, pooling, sums


class Pool(NamedTuple):
    """A pooling: ``(images, rows, columns, channels)``, those of a rehearsal, and its settings."""

    name: str
    real: tuple
    tiny: tuple
    window: tuple = (2, 2)
    strides: tuple = (2, 2)
    padding: object = "valid"
    dilation: tuple = (1, 1)
    ceil: bool = False

    @property
    def shape(self):
        images, rows, columns, channels = self.real
        return hardware.scaled(self.real, (min(images, 4), min(rows, 14), min(columns, 14), channels), self.tiny)

    @property
    def axes(self):
        """Rows and columns as `convviz.geometry.Axis`."""
        settings = self.window, self.strides, self.padding, self.dilation, self.ceil
        where = window_geometry(self.shape[1:3], *settings, kind="pool")
        return where.rows, where.columns

    @property
    def pooled(self):
        rows, columns = self.axes
        return self.shape[0], rows.output, columns.output, self.shape[3]


POOLS = [
    Pool("2x2 of 28x28", (64, 28, 28, 64), (2, 4, 4, 3)),
    Pool("2x2 of 14x14", (512, 14, 14, 128), (3, 4, 2, 4)),
    Pool("2x2 of 56x56", (8, 56, 56, 128), (1, 6, 4, 2)),
    Pool("2x2 of 15x17", (32, 15, 17, 33), (1, 5, 3, 3)),
    Pool("3x3 stride 2 same", (64, 28, 28, 64), (1, 5, 5, 2), (3, 3), (2, 2), "same"),
    Pool("3x2 ceil", (64, 28, 27, 32), (1, 5, 4, 2), (3, 2), (2, 3), "valid", (1, 1), True),
    Pool("dilation 2", (64, 14, 14, 64), (1, 5, 5, 2), (3, 3), (1, 1), 2, (2, 2)),
]
every_pool = pytest.mark.parametrize("pool", POOLS, ids=[pool.name.replace(" ", "-") for pool in POOLS])


def planes_of(pool, image, filler):
    """An image as PyTorch has it, with its padding written out."""
    around = [number for axis in reversed(pool.axes) for number in (-axis.low, axis.high - axis.size)]
    return functional.pad(torch.tensor(image, dtype=torch.float64).permute(0, 3, 1, 2), around, value=filler)


def largest(pool, image):
    """Maxima by PyTorch."""
    found = functional.max_pool2d(planes_of(pool, image, -np.inf), pool.window, pool.strides, 0, pool.dilation)
    return found.permute(0, 2, 3, 1).numpy()


def means(pool, image, gradient, include):
    """Means by PyTorch in float64, and their gradient: sums by a convolution with ones, over how many cells count."""
    planes = planes_of(pool, image, 0).requires_grad_()
    channels = image.shape[3]
    ones = torch.ones((channels, 1, *pool.window), dtype=torch.float64)
    total = functional.conv2d(planes, ones, None, pool.strides, 0, pool.dilation, channels).permute(0, 2, 3, 1)
    counts = np.multiply.outer(*(np.array(axis.counts(include), np.float64) for axis in pool.axes))
    total.backward(torch.tensor(gradient / counts[..., None]))
    back = planes.grad.permute(0, 2, 3, 1).numpy()
    inside = [slice(-axis.low, axis.size - axis.low) for axis in pool.axes]
    whole = np.zeros(image.shape)
    found = back[:, inside[0], inside[1]]
    whole[:, : found.shape[1], : found.shape[2]] = found
    return total.detach().numpy() / counts[..., None], whole


# ---------------------------------------------------------------- maxima


@pytest.mark.sanitize
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@every_pool
def test_maxima(pool, dtype, integers):
    """Equal numbers abound; the first wins."""
    image = integers(*pool.shape, dtype=dtype)
    out, alone = (unknown(*pool.pooled, dtype=dtype) for _ in range(2))
    argmax = unknown(*pool.pooled, dtype=np.int32)
    pooling.max_pool(*on_gpu(image), *pool.axes, out, argmax)
    pooling.max_pool(*on_gpu(image), *pool.axes, alone)
    values, places = np.zeros(pool.pooled, np.float32), np.zeros(pool.pooled, np.int32)
    cpu.max_pool(image.astype(np.float32), *pool.axes, values, places)
    np.testing.assert_array_equal(values, largest(pool, image))
    for found in (out, alone):
        np.testing.assert_array_equal(host(found), values)
    np.testing.assert_array_equal(host(argmax), places)


@every_pool
def test_the_first_nan_is_the_maximum(pool, numbers):
    image = numbers(*pool.shape)
    image[numbers(*pool.shape) > 1.5] = np.nan
    out, argmax = unknown(*pool.pooled), unknown(*pool.pooled, dtype=np.int64)
    pooling.max_pool(*on_gpu(image), *pool.axes, out, argmax)
    values, places = np.zeros(pool.pooled, np.float32), np.zeros(pool.pooled, np.int32)
    cpu.max_pool(image, *pool.axes, values, places)
    assert np.isnan(values).any()
    np.testing.assert_array_equal(host(out), values)
    np.testing.assert_array_equal(host(argmax), places)


@pytest.mark.sanitize
@pytest.mark.parametrize("gated", [False, True])
@every_pool
def test_gradients_of_maxima(pool, gated, integers):
    image, gradient = np.maximum(integers(*pool.shape), 0), integers(*pool.pooled)
    values, places = np.zeros(pool.pooled, np.float32), np.zeros(pool.pooled, np.int32)
    cpu.max_pool(image, *pool.axes, values, places)
    assert not gated or (values == 0).any() or hardware.REHEARSAL
    out, wanted = unknown(*pool.shape), np.full(pool.shape, np.nan, np.float32)
    there = on_gpu(gradient, places)
    pooling.max_pool_gradient(*there, *pool.axes, out, on_gpu(values)[0] if gated else None)
    cpu.max_pool_gradient(gradient, places, *pool.axes, wanted, values if gated else None)
    np.testing.assert_array_equal(host(out), wanted)


# ---------------------------------------------------------------- means


@pytest.mark.sanitize
@pytest.mark.parametrize("include", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@every_pool
def test_means(pool, dtype, include, integers):
    """Sums of whole numbers are exact, so a division is all that rounds, and in float64 once more does no harm."""
    image = integers(*pool.shape, dtype=dtype)
    out = unknown(*pool.pooled, dtype=np.float64 if dtype == np.int64 else dtype)
    pooling.average_pool(*on_gpu(image), *pool.axes, out, pooling.counts_of(*pool.axes, dtype, include))
    wanted, _ = means(pool, image, np.zeros(pool.pooled), include)
    np.testing.assert_array_equal(host(out), wanted.astype(out.dtype))


@pytest.mark.sanitize
@pytest.mark.parametrize("include", [False, True])
@every_pool
def test_gradients_of_means(pool, include, integers):
    """Each is the sum of a few quotients: some roundings of what it adds up."""
    gradient = integers(*pool.pooled)
    out = unknown(*pool.shape)
    pooling.average_pool_gradient(*on_gpu(gradient), *pool.axes, out, pooling.counts_of(*pool.axes, np.float32, include))
    image = np.zeros(pool.shape, np.float32)
    (_, wanted), (_, weight) = (means(pool, image, one, include) for one in (gradient, abs(gradient)))
    assert (abs(host(out) - wanted) <= 4 * 2.0**-24 * weight).all()


# ---------------------------------------------------------------- whole images


SHAPES = hardware.scaled(
    [(64, 7, 7, 128), (512, 14, 14, 33), (8, 56, 56, 128), (1, 300, 400, 3)],
    [(4, 7, 7, 128), (8, 14, 14, 33), (1, 100, 90, 3)],
    [(3, 2, 3, 5), (1, 5, 4, 1)],
)
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


@pytest.mark.sanitize
@every_shape
def test_largest_of_images_both_ways(shape, integers):
    image, gradient = integers(*shape), integers(shape[0], shape[3])
    image[0, 1, 1, 0] = np.nan
    out, argmax, back = unknown(*gradient.shape), unknown(*gradient.shape, dtype=np.int32), unknown(*shape)
    global_pooling.global_max_pool(*on_gpu(image), out, argmax)
    global_pooling.global_max_pool_gradient(*on_gpu(gradient), argmax, back)
    wanted, places = np.zeros_like(gradient), np.zeros(gradient.shape, np.int32)
    given = np.full(shape, np.nan, np.float32)
    cpu_global.global_max_pool(image, wanted, places)
    cpu_global.global_max_pool_gradient(gradient, places, given)
    np.testing.assert_array_equal(wanted, image.max(axis=(1, 2)))
    for found, one in ((out, wanted), (argmax, places), (back, given)):
        np.testing.assert_array_equal(host(found), one)


@pytest.mark.sanitize
@every_shape
def test_means_of_images_both_ways(shape, integers):
    image, gradient = integers(*shape), integers(shape[0], shape[3])
    out, back = unknown(*gradient.shape), unknown(*shape)
    global_pooling.global_average_pool(*on_gpu(image), out)
    global_pooling.global_average_pool_gradient(*on_gpu(gradient), back)
    cells = shape[1] * shape[2]
    np.testing.assert_array_equal(host(out), (image.sum(axis=(1, 2), dtype=np.float64) / cells).astype(np.float32))
    wanted = gradient[:, None, None] * np.float32(1 / cells)
    np.testing.assert_array_equal(host(back), np.broadcast_to(wanted, shape))


@pytest.mark.sanitize
@pytest.mark.parametrize("shape", hardware.scaled([(100352, 128), (3136, 1), (70001, 33)], [(3000, 64)], [(600, 5)]), ids=str)
def test_sums_of_columns(shape, integers, numbers):
    whole, cells = integers(*shape), numbers(*shape)
    outs = [unknown(shape[1]) for _ in range(3)]
    for values, out in zip((whole, cells, cells), outs, strict=True):
        sums.column_sums(*on_gpu(values), out)
    np.testing.assert_array_equal(host(outs[0]), whole.sum(axis=0, dtype=np.float64))
    exact, weight = cells.sum(axis=0, dtype=np.float64), abs(cells).sum(axis=0, dtype=np.float64)
    assert (abs(host(outs[1]) - exact) <= 2.0**-22 * weight).all()
    assert hardware.bits(outs[1]) == hardware.bits(outs[2])


@every_pool
def test_every_run_gives_the_same_bits(pool, numbers):
    image, gradient = on_gpu(numbers(*pool.shape), numbers(*pool.pooled))
    counts = pooling.counts_of(*pool.axes, np.float32)

    def run():
        outs = unknown(*pool.pooled), unknown(*pool.pooled, dtype=np.int32), unknown(*pool.pooled)
        backs = unknown(*pool.shape), unknown(*pool.shape)
        pooling.max_pool(image, *pool.axes, *outs[:2])
        pooling.average_pool(image, *pool.axes, outs[2], counts)
        pooling.max_pool_gradient(gradient, outs[1], *pool.axes, backs[0])
        pooling.average_pool_gradient(gradient, *pool.axes, backs[1], counts)
        return [hardware.bits(one) for one in (*outs, *backs)]

    first = run()
    assert all(run() == first for _ in range(hardware.scaled(3, 1, 1)))
