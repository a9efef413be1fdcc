"""Animated PNGs, as of the third edition of the PNG specification."""

import itertools
import struct
import zlib

import numpy as np

from convviz._support.files import atomic_file
from convviz.render.animation.options import AnimationOptions, hundredths
from convviz.render.pixels import changed_box
from convviz.render.png import SIGNATURE, chunk
from convviz.render.progress import watched

__all__ = ["save_apng"]


def save_apng(board, path, **options):
    """Write an animated PNG of the steps, without loss of colour. The options are those of `save_gif`."""
    options = AnimationOptions(**options)
    screen = options.screen(board.stage)
    numbers = itertools.count()
    delays = options.delays(board)
    with atomic_file(path) as temporary, open(temporary, "wb") as file:
        file.write(SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", *screen.drawing.size, 8, 6, 0, 0, 0)))
        # Pixels per metre, both ways.
        file.write(chunk(b"pHYs", struct.pack(">IIB", *[round(options.dpi / 0.0254)] * 2, 1)))
        file.write(chunk(b"acTL", struct.pack(">II", len(delays), 0 if options.loop else 1)))
        previous = None
        for index, delay in zip(watched(board.indices, options.progress), delays, strict=True):
            pixels = screen.paint(board.scene(index))
            file.write(_frame(pixels, previous, delay, numbers, options.transparent))
            previous = pixels.copy()
        file.write(chunk(b"IEND", b""))


def _frame(pixels, previous, delay, numbers, transparent):
    """The bytes of one frame: the box that changed, in which unchanged pixels are transparent, so that it takes few bytes.

    What is to be transparent cannot be painted over what is there: the box then replaces it.
    """
    left, top, right, bottom = changed_box(pixels, previous)
    part = pixels[top:bottom, left:right]
    over = previous is not None and not transparent
    if over:
        part = np.where((part == previous[top:bottom, left:right]).all(axis=2, keepdims=True), np.uint8(0), part)
    # Each row begins with the number of its filter; 0, no filter, is best for flat areas.
    rows = np.pad(part.reshape(bottom - top, -1), ((0, 0), (1, 0)))
    data = zlib.compress(rows.tobytes(), 6)
    box = (right - left, bottom - top, left, top)
    control = struct.pack(">IIIIIHHBB", next(numbers), *box, hundredths(delay), 100, 0, over)
    if previous is None:
        return chunk(b"fcTL", control) + chunk(b"IDAT", data)
    return chunk(b"fcTL", control) + chunk(b"fdAT", struct.pack(">I", next(numbers)) + data)
