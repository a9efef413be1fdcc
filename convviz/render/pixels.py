"""RGBA pixels: colours as numbers, on paper, and what differs between two frames."""

import numpy as np

__all__ = ["bled", "changed_box", "over", "packed"]


def packed(pixels):
    """Red + 256 green + 65536 blue of each pixel of an RGBA image."""
    return pixels.view("<u4")[..., 0] & 0xFFFFFF


def over(pixels, colour):
    """An RGBA image blended with a background colour ``#rrggbb``; its alpha is kept."""
    seen, partly = pixels.copy(), pixels[..., 3] != 255
    paper = np.frombuffer(bytes.fromhex(colour[1:]), np.uint8).astype(int)
    colours, alpha = pixels[partly][:, :3].astype(int), pixels[partly][:, 3:].astype(int)
    seen[partly, :3] = (colours * alpha + paper * (255 - alpha) + 127) // 255
    return seen


def bled(pixels):
    """An RGBA image in which transparent pixels beside others have their colours.

    They are not seen, unless something scales the colours apart from alpha, as viewers of PDF do with a picture in it:
    what it then mixes into the edges of letters must not be white.
    """
    clear = pixels[..., 3] == 0
    drawn = np.pad(~clear, 1)
    beside = drawn[:-2] | drawn[1:-1] | drawn[2:]
    rows, columns = np.nonzero(clear & (beside[:, :-2] | beside[:, 1:-1] | beside[:, 2:]))
    around = np.pad(pixels, ((1, 1), (1, 1), (0, 0)))
    near = [around[rows + down, columns + right].astype(int) for down in range(3) for right in range(3)]
    weights = sum(part[:, 3:] for part in near)
    bled = pixels.copy()
    bled[rows, columns, :3] = sum(part[:, :3] * part[:, 3:] for part in near) // weights
    return bled


def changed_box(shown, previous):
    """The smallest box ``(left, top, right, bottom)`` around all pixels that differ; at least one pixel."""
    height, width = shown.shape[:2]
    if previous is None:
        return 0, 0, width, height
    differs = shown != previous
    if differs.ndim == 3:
        differs = differs.any(axis=2)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return 0, 0, 1, 1
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
