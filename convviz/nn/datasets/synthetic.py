"""Images of simple shapes, drawn on demand: data to train on without files and without a network."""

from typing import TYPE_CHECKING, cast

import numpy as np

from convviz._support.keywords import explained
from convviz._support.memory import memory
from convviz._support.values import brief, real_number, whole_number
from convviz.nn.types import Array

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ParamSpec, Protocol, TypeVar

    _Settings = ParamSpec("_Settings")
    _Made = TypeVar("_Made", covariant=True)

    class _WithClassNames(Protocol[_Settings, _Made]):
        """A function that makes a data set, and has the names of its classes as an attribute."""

        class_names: tuple[str, ...]

        def __call__(self, *args: _Settings.args, **kwargs: _Settings.kwargs) -> _Made: ...


__all__ = ["shapes"]

CLASS_NAMES = ("bar", "cross", "circle", "corner")

#: Images drawn at once: as many as fit the caches of a processor.
CHUNK = 256

#: Random numbers taken for each image: centre (2), extent, thickness, brightness, tilt, three choices of two.
NUMBERS = 9


def names_its_classes(function: "Callable[_Settings, _Made]") -> "_WithClassNames[_Settings, _Made]":
    """The function itself, which type checkers then let have ``class_names``."""
    return cast("_WithClassNames[_Settings, _Made]", function)


@names_its_classes
@explained
def shapes(n: int = 1000, seed: int = 0, size: int = 28, noise: float = 0.1) -> tuple[Array, Array]:
    """Images of bars, crosses, circles and corners.

    Position, extent, thickness, brightness and tilt (up to 17 degrees) vary; a bar lies or stands, a corner opens to
    any of four sides. A shape stays inside the image. Where bright pixels are says little about the class, how they lie
    to each other says everything: a small convolutional network learns it, a linear model does not.

    Parameters
    ----------
    n : int, default 1000
        How many images. Each class has n / 4 of them, rounded up or down, in random order.
    seed : int, default 0
        The same seed gives the same images on every machine. The first images do not depend on `n`:
        ``shapes(100)`` begins ``shapes(200)``.
    size : int, default 28
        Height and width in pixels, at least 12.
    noise : float, default 0.1
        Each pixel is changed by an amount spread evenly from -noise to +noise, then kept within 0 and 1.

    Returns
    -------
    x : numpy.ndarray of float32, (n, size, size, 1)
        From 0 (black) to 1 (white).
    y : numpy.ndarray of int64, (n,)
        0 to 3; ``shapes.class_names[label]`` is the name.

    Raises
    ------
    TypeError
        For `n`, `seed` or `size` that are no whole numbers, and a `noise` that is no number.
    ValueError
        For `n` below 1, `seed` below 0, `size` below 12, and `noise` outside 0 to 1.

    Notes
    -----
    ``numpy.random.SeedSequence(seed).spawn(3)`` seeds three PCG64 generators, for the order of the classes, for the
    geometry and for the noise. Only their raw output, which NumPy keeps the same for ever, and arithmetic that rounds
    alike on every processor (no sine, no exponential) are used.

    Examples
    --------
    >>> x, y = shapes(8, seed=1)
    >>> x.shape, x.dtype, y.dtype
    ((8, 28, 28, 1), dtype('float32'), dtype('int64'))
    >>> [shapes.class_names[label] for label in y[:4]]
    ['cross', 'corner', 'circle', 'bar']
    >>> x, _ = shapes(1, seed=9, size=12, noise=0)
    >>> for row in x[0, :, :, 0]:
    ...     print("".join("-=+#"[int(3 * value + 0.5)] for value in row))
    ------------
    ------------
    -------+=---
    -------#=---
    ------=#=---
    ------=#=---
    --=====#----
    --+#####----
    -------=----
    ------------
    ------------
    ------------
    """
    n, seed, size = whole_number(n, "n", 1), whole_number(seed, "seed", 0), whole_number(size, "size", 12)
    noise = fraction("noise", noise)
    if 4 * n * size**2 > memory():
        raise ValueError(
            f"n is {brief(n)} and size is {brief(size)}: more pixels than this machine's memory holds; make fewer or smaller"
        )
    order, geometry, grain = (np.random.PCG64(stream) for stream in np.random.SeedSequence(seed).spawn(3))
    y = balanced(order, n)
    numbers = uniform(geometry, n * NUMBERS).reshape(n, NUMBERS)
    x = np.empty((n, size, size), np.float32)
    changes = pixel_noise(grain, n, size, noise)
    for start in range(0, n, CHUNK):
        part = slice(start, start + CHUNK)
        draw(x[part], y[part], numbers[part])
        if noise:
            x[part] += next(changes)
            np.clip(x[part], 0, 1, out=x[part])
    return x[..., np.newaxis], y


shapes.class_names = CLASS_NAMES


def fraction(name, value):
    """A number from 0 to 1, checked."""
    number = real_number(value)
    if number is None:
        raise TypeError(f"{name} is {brief(value)} ({type(value).__name__}); expected a number from 0 to 1")
    if not 0 <= number <= 1:
        raise ValueError(f"{name} is {number}; expected a number from 0 to 1")
    return number


def uniform(generator, count):
    """Numbers from 0 to below 1: the upper 53 bits of each raw output."""
    return (generator.random_raw(count) >> np.uint64(11)) * 2.0**-53


def balanced(generator, n):
    """Labels in which every block of four holds each class once; a last block that is cut holds none twice."""
    blocks = -(-n // len(CLASS_NAMES))
    keys = generator.random_raw(blocks * len(CLASS_NAMES)).reshape(blocks, len(CLASS_NAMES))
    return np.argsort(keys, axis=1, kind="stable").astype(np.int64).reshape(-1)[:n]


def pixel_noise(generator, n, size, noise):
    """Changes of all pixels, a chunk of images at a time; one raw output serves four pixels of an image."""
    words = -(-size * size // 4)
    for start in range(0, n, CHUNK):
        count = min(CHUNK, n - start)
        # little-endian everywhere, so that the quarters come in the same order
        quarters = generator.random_raw(count * words).astype("<u8", copy=False).view("<u2")
        pixels = quarters.reshape(count, 4 * words)[:, : size * size].reshape(count, size, size)
        changes = pixels.astype(np.float32)
        changes *= np.float32(2 * noise / 65535)
        changes -= np.float32(noise)
        yield changes


def draw(x, y, numbers):
    """Draw each shape, bright on black, into the images x (n, size, size)."""
    size = x.shape[-1]
    for label, draw_class in enumerate((bar, cross, circle, corner)):
        chosen = np.flatnonzero(y == label)
        across, down, extent, thickness, brightness, tilt, *choices = numbers[chosen].T[:, :, np.newaxis, np.newaxis]
        radius = size * (0.14 + 0.12 * extent)
        width = np.maximum(1.5, size * (0.06 + 0.06 * thickness))
        # far enough from the edge for what is tilted, too
        margin = 1.25 * (radius + width / 2) + 0.5
        place = np.arange(size) + 0.5
        u, v = tilted(
            place[np.newaxis, np.newaxis, :] - (margin + (size - 2 * margin) * across),
            place[np.newaxis, :, np.newaxis] - (margin + (size - 2 * margin) * down),
            0.3 * tilt - 0.15,
        )
        ink = draw_class(u, v, radius.astype(np.float32), width.astype(np.float32), [one < 0.5 for one in choices])
        x[chosen] = ink * (0.5 + 0.5 * brightness).astype(np.float32)


def tilted(x, y, half):
    """Coordinates turned by the angle whose half has the tangent `half`, without a sine."""
    cosine, sine = (1 - half**2) / (1 + half**2), 2 * half / (1 + half**2)
    return (cosine * x + sine * y).astype(np.float32), (cosine * y - sine * x).astype(np.float32)


def inside(distance):
    """How much of a pixel is covered, by how far its centre lies inside an edge."""
    return np.clip(distance + np.float32(0.5), 0, 1)


def box(u, v, length, width):
    """A straight stroke around the origin along u."""
    return inside(length / 2 - np.abs(u)) * inside(width / 2 - np.abs(v))


def bar(u, v, radius, width, choices):
    """One stroke that lies or stands."""
    u, v = np.where(choices[0], u, v), np.where(choices[0], v, u)
    return box(u, v, np.float32(2.5) * radius, width)


def cross(u, v, radius, width, choices):
    """Two strokes that meet in their middles."""
    return np.maximum(box(u, v, 2 * radius, width), box(v, u, 2 * radius, width))


def circle(u, v, radius, width, choices):
    """A ring."""
    return inside(width / 2 - np.abs(np.sqrt(u * u + v * v) - radius))


def corner(u, v, radius, width, choices):
    """Two strokes that meet at their ends."""
    u, v = np.where(choices[0], u, -u), np.where(choices[1], v, -v)
    length = 2 * radius + width
    return np.maximum(box(u, v - radius, length, width), box(v, u - radius, length, width))
