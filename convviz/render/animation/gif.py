"""Animated GIFs, as of the GIF89a specification."""

import io
import struct

import numpy as np
from PIL import Image

from convviz._support.files import atomic_file
from convviz.render.animation.options import AnimationOptions, hundredths
from convviz.render.animation.palette import TRANSPARENT, Palette
from convviz.render.pixels import changed_box
from convviz.render.progress import watched

__all__ = ["save_gif"]


def save_gif(board, path, **options):
    """Write a GIF of the steps.

    Parameters
    ----------
    board : convviz.stage.protocol.Board
    path : str or os.PathLike
    **options
        Those of `convviz.render.animation.options.AnimationOptions`.

    Notes
    -----
    One palette of 255 colours serves all frames: the theme's colours exactly, and approximations of the others
    that a few sampled steps show. A transparent GIF shows nothing where nothing was drawn; pixels that are partly
    covered, at the edges of letters, are mixed with the theme's background.
    """
    options = AnimationOptions(**options)
    screen = options.screen(board.stage)
    palette = Palette.of(screen, board)
    delays = [hundredths(delay) for delay in options.delays(board)]
    with atomic_file(path) as temporary, open(temporary, "wb") as file:
        file.write(_head(screen.drawing.size, palette, options.loop))
        previous = None
        for index, delay in zip(watched(board.indices, options.progress), delays, strict=True):
            keys = screen.paint_keys(board.scene(index))
            if options.transparent:
                file.write(_frame_alone(keys, screen.pixels[..., 3] == 0, palette, delay))
            else:
                file.write(_frame(keys, previous, palette, delay))
            previous = keys
        file.write(b";")


def _head(size, palette, loop):
    colours = palette.colours.tobytes().ljust(3 * 256, b"\0")
    head = b"GIF89a" + struct.pack("<HHBBB", *size, 0xF7, 0, 0) + colours
    return head + (b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0" if loop else b"")


def _frame(keys, previous, palette, delay):
    """The bytes of one frame: the box that changed, in which unchanged pixels are transparent."""
    left, top, right, bottom = changed_box(keys, previous)
    part = palette.indices(keys[top:bottom, left:right])
    if previous is not None:
        part[keys[top:bottom, left:right] == previous[top:bottom, left:right]] = TRANSPARENT
    return _image(part, left, top, 4 | (previous is not None), delay)


def _frame_alone(keys, clear, palette, delay):
    """The bytes of one frame that is removed before the next is shown, and shows nothing where `clear` is true."""
    part = palette.indices(keys)
    part[clear] = TRANSPARENT
    return _image(part, 0, 0, 9, delay)


def _image(part, left, top, flags, delay):
    """The bytes of one frame; in `flags`, 1 makes an index transparent, 4 leaves the frame, and 8 removes it."""
    control = struct.pack("<BHBB", flags, delay, TRANSPARENT, 0)
    place = struct.pack("<HHHHB", left, top, part.shape[1], part.shape[0], 0)
    return b"!\xf9\x04" + control + b"," + place + _compressed(part)


def _compressed(part):
    """The image data of a GIF, as Pillow compresses them: what follows the image's descriptor."""
    file = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(part))
    image.save(file, "GIF", optimize=False, interlace=0)
    data = file.getvalue()
    start = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while data[start] == 0x21:
        start += 2
        while data[start]:
            start += data[start] + 1
        start += 1
    flags = data[start + 9]
    return data[start + 10 + (3 << (flags & 7) + 1 if flags & 0x80 else 0) : -1]
